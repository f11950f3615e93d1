//! A set as Parquet tables, in memory.
//!
//! Always true: the same set gives the same bytes; times are microseconds in UTC; nothing names the machine or the day.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::weights::{EVENTS, N_COUNTS, TEXT};
use super::{HandOff, SynthError, SynthSet};

type Columns = Vec<(&'static str, ArrayRef)>;

/// Name of a lead in the tables: `L000001` is the first.
pub(super) fn lead_id(lead: u32) -> String {
    format!("L{:06}", lead + 1)
}

/// `leads.parquet`: one row per hand-off.
pub(super) fn leads(set: &SynthSet) -> Result<Vec<u8>, SynthError> {
    let mut columns = keys(&set.hand_offs);
    columns.extend(answers(&set.hand_offs));
    to_parquet("leads.parquet", columns)
}

/// `history.parquet`: leads, what their events said, and whether they were won, in one flat table.
pub(super) fn history(set: &SynthSet) -> Result<Vec<u8>, SynthError> {
    let rows = &set.hand_offs;
    let mut columns = keys(rows);
    columns.extend(answers(rows));
    for (count_idx, criterion) in EVENTS.iter().take(N_COUNTS).enumerate() {
        columns.push((criterion.name, whole(rows.iter().map(|row| Some(row.engagement.counts_30d[count_idx])))));
    }
    columns.push(("days_since_last_visit", whole(rows.iter().map(|row| row.engagement.days_since_last_visit))));
    columns.push(("active_days_90d", whole(rows.iter().map(|row| Some(row.engagement.active_days_90d)))));
    columns.push(("won", Arc::new(rows.iter().map(|row| row.won).collect::<BooleanArray>())));
    to_parquet("history.parquet", columns)
}

/// `outcomes.parquet`: one row per lead.
pub(super) fn outcomes(set: &SynthSet) -> Result<Vec<u8>, SynthError> {
    let rows = &set.outcomes;
    let columns: Columns = vec![
        ("lead_id", text(rows.iter().map(|row| Some(lead_id(row.lead))))),
        ("handed_off_at", moments(rows.iter().map(|row| Some(row.handed_off_at)))),
        ("won_at", moments(rows.iter().map(|row| row.won_at))),
        ("deal_value", Arc::new(rows.iter().map(|row| row.deal_value).collect::<Float64Array>())),
        ("disposition", text(rows.iter().map(|row| Some(row.disposition.word())))),
        ("rejection_reason", text(rows.iter().map(|row| row.reason))),
        ("first_touch_at", moments(rows.iter().map(|row| row.first_touch_at))),
    ];
    to_parquet("outcomes.parquet", columns)
}

/// `events.parquet`: one row per event.
pub(super) fn events(set: &SynthSet) -> Result<Vec<u8>, SynthError> {
    let rows = &set.events;
    let columns: Columns = vec![
        ("lead_id", text(rows.iter().map(|row| Some(lead_id(row.lead))))),
        ("at", moments(rows.iter().map(|row| Some(row.at)))),
        ("kind", text(rows.iter().map(|row| Some(row.kind.text())))),
        ("pages", whole(rows.iter().map(|row| row.pages))),
    ];
    to_parquet("events.parquet", columns)
}

fn keys(rows: &[HandOff]) -> Columns {
    vec![
        ("lead_id", text(rows.iter().map(|row| Some(lead_id(row.lead))))),
        ("handed_off_at", moments(rows.iter().map(|row| Some(row.at)))),
    ]
}

fn answers(rows: &[HandOff]) -> Columns {
    let mut columns: Columns = Vec::new();
    for (criterion_idx, criterion) in TEXT.iter().enumerate() {
        columns.push((criterion.name, text(rows.iter().map(|row| row.answers.text(criterion_idx)))));
    }
    columns.push(("company_size", whole(rows.iter().map(|row| row.answers.company_size))));
    columns
}

fn text<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn whole(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

fn moments(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

/// How all tables are written.
pub(super) fn properties() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(Compression::SNAPPY).set_created_by("bantam synth".to_owned())
}

fn to_parquet(path: &str, columns: Columns) -> Result<Vec<u8>, SynthError> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .map_err(SynthError::fault(format!("the columns of {path} do not fit together")))?;
    let not_parquet = SynthError::write(format!("{path} as Parquet"));
    let mut properties = properties();
    // Times are nearly all different and follow each other closely: their differences take half the room.
    for name in ["handed_off_at", "won_at", "first_touch_at", "at"] {
        let column = ColumnPath::from(name);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties.build())).map_err(&not_parquet)?;
    writer.write(&batch).map_err(&not_parquet)?;
    writer.close().map_err(&not_parquet)?;
    Ok(bytes)
}
