//! `frontier.parquet` and `out_of_fold.parquet`. The same values give the same bytes.

use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;

use super::OutOfFold;
use super::trace::{Frontier, FrontierRow, Per};
use crate::analyses::untouched::record::OddsBand;
use crate::data::labels::LeadIds;
use crate::notes::Note;

/// Key of the card's fingerprint in the metadata of every file that goes with it.
pub const CARD_SHA256: &str = "bantam.card_sha256";

/// Leads that are turned into arrays at a time; also the size of a row group, so that readers can take parts.
const LEADS_PER_BATCH: usize = 131_072;

/// Our columns of `out_of_fold.parquet` beside the lead's id.
const OUR_COLUMNS: [&str; 5] = ["fold", "as_of", "score", "probability", "converted"];

/// Writes `frontier.parquet`: one row per threshold, lowest first. All intervals are 90 %.
///
/// Columns: `threshold`, `leads`, `leads_per_month`, `conversion` (with `_low`, `_high`), `wins` (with `_low`, `_high`),
/// `wins_per_month` (with `_low`, `_high`), `share_of_wins` (with `_low`, `_high`), `predicted_conversion`. The columns
/// per month are null when the leads have no dates; then `leads_per_1000` and `wins_per_1000` say what a thousand new leads bring, by the
/// scores of the card that ships. Where there are untouched leads: `untouched`, how many lie at or above the
/// threshold, and the conversion of touched and untouched together if the latter convert at half, the same or twice the odds:
/// `conversion_at_half_odds`, `conversion_at_same_odds`, `conversion_at_double_odds`.
///
/// - `odds`: one band per row of the frontier, where there are untouched leads.
/// - `card_sha256`: fingerprint of `card.json`, kept in the file's metadata under [`CARD_SHA256`].
///
/// # Errors
/// Whatever the sink or the format says.
pub fn write_frontier(
    frontier: &Frontier,
    odds: Option<&[OddsBand]>,
    sink: impl Write + Send,
    card_sha256: &str,
) -> Result<(), ParquetError> {
    write_batch(&frontier_table(frontier, odds)?, Vec::new(), sink, card_sha256)
}

/// The rows of [`write_frontier`].
///
/// # Errors
/// Columns that do not go together: a fault of ours.
pub fn frontier_table(frontier: &Frontier, odds: Option<&[OddsBand]>) -> Result<RecordBatch, ArrowError> {
    let rows = &frontier.rows;
    let number = |value: fn(&FrontierRow) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(rows.iter().map(value)))
    };
    let whole = |value: fn(&FrontierRow) -> f64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| value(row) as i64)))
    };
    let has_months = matches!(frontier.per, Per::Month { .. });
    let per_month = |value: fn(&FrontierRow) -> f64| -> ArrayRef {
        Arc::new(rows.iter().map(|row| has_months.then(|| value(row))).collect::<Float64Array>())
    };
    let threshold: ArrayRef = Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.threshold)));
    let mut columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("threshold", threshold, false),
        ("leads", whole(|row| row.chosen.n_leads), false),
        ("leads_per_month", per_month(|row| row.chosen.leads_per), true),
        ("conversion", number(|row| row.chosen.conversion), false),
        ("conversion_low", number(|row| row.chosen.conversion_interval.low), false),
        ("conversion_high", number(|row| row.chosen.conversion_interval.high), false),
        ("wins", whole(|row| row.chosen.n_wins), false),
        ("wins_low", number(|row| row.chosen.n_wins_interval.low), false),
        ("wins_high", number(|row| row.chosen.n_wins_interval.high), false),
        ("wins_per_month", per_month(|row| row.chosen.wins_per), true),
        ("wins_per_month_low", per_month(|row| row.chosen.wins_per_interval.low), true),
        ("wins_per_month_high", per_month(|row| row.chosen.wins_per_interval.high), true),
        ("share_of_wins", number(|row| row.chosen.share_of_wins), false),
        ("share_of_wins_low", number(|row| row.chosen.share_of_wins_interval.low), false),
        ("share_of_wins_high", number(|row| row.chosen.share_of_wins_interval.high), false),
        ("predicted_conversion", number(|row| row.chosen.predicted_conversion), false),
    ];
    if !has_months {
        columns.push(("leads_per_1000", number(|row| row.chosen.leads_per), false));
        columns.push(("wins_per_1000", number(|row| row.chosen.wins_per), false));
    }
    if let Some(odds) = odds {
        let share = |value: fn(&OddsBand) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(odds.iter().map(value)))
        };
        let untouched = Int64Array::from_iter_values(odds.iter().map(|band| band.n_untouched as i64));
        columns.extend([
            ("untouched", Arc::new(untouched) as ArrayRef, false),
            ("conversion_at_half_odds", share(|band| band.conversion_at_half_odds), false),
            ("conversion_at_same_odds", share(|band| band.conversion_at_same_odds), false),
            ("conversion_at_double_odds", share(|band| band.conversion_at_double_odds), false),
        ]);
    }
    to_batch(columns)
}

/// Writes a Parquet file of one table: each column with its name, its values, and whether they may be null.
///
/// - `metadata`: put into the file beside the card's fingerprint.
///
/// # Errors
/// Whatever the sink or the format says.
pub fn write_table<N: Into<String>>(
    columns: Vec<(N, ArrayRef, bool)>,
    metadata: Vec<KeyValue>,
    sink: impl Write + Send,
    card_sha256: &str,
) -> Result<(), ParquetError> {
    write_batch(&to_batch(columns)?, metadata, sink, card_sha256)
}

fn to_batch<N: Into<String>>(columns: Vec<(N, ArrayRef, bool)>) -> Result<RecordBatch, ArrowError> {
    let (fields, values): (Vec<Field>, Vec<ArrayRef>) = columns
        .into_iter()
        .map(|(name, values, is_nullable)| (Field::new(name, values.data_type().clone(), is_nullable), values))
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), values)
}

fn write_batch(
    batch: &RecordBatch,
    metadata: Vec<KeyValue>,
    sink: impl Write + Send,
    card_sha256: &str,
) -> Result<(), ParquetError> {
    let mut writer = ArrowWriter::try_new(sink, batch.schema(), Some(properties(card_sha256)?))?;
    metadata.into_iter().for_each(|pair| writer.append_key_value_metadata(pair));
    writer.write(batch)?;
    writer.close()?;
    Ok(())
}

/// Writes `out_of_fold.parquet`: one row per judged lead.
///
/// Columns: the lead's id under its own name and type (`row`, its position in the lead table, when there is none), `fold`,
/// `as_of` (null when the leads have no dates), `score`, `probability`, `converted`. Where the id's own name is one of
/// ours, ours gets the prefix `bantam_`, and the returned note says so.
///
/// - `card_sha256`: fingerprint of `card.json`, kept in the file's metadata under [`CARD_SHA256`].
///
/// # Errors
/// Whatever the sink or the format says.
pub fn write_out_of_fold(
    judged: &OutOfFold,
    sink: impl Write + Send,
    card_sha256: &str,
) -> Result<Option<Note>, ParquetError> {
    let (schema, batches, note) = out_of_fold_tables(judged);
    let writer = ArrowWriter::try_new(sink, schema, Some(properties(card_sha256)?))?;
    let (mut file, row_groups) = writer.into_serialized_writer()?;
    for (number, batch) in batches.enumerate() {
        let columns = columns_of(&batch?, row_groups.create_column_writers(number)?)?;
        let mut row_group = file.next_row_group()?;
        columns.into_iter().try_for_each(|column| column.append_to_row_group(&mut row_group))?;
        row_group.close()?;
    }
    file.close()?;
    Ok(note)
}

/// The columns of a row group, made side by side.
fn columns_of(batch: &RecordBatch, writers: Vec<ArrowColumnWriter>) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
    let schema = batch.schema();
    let columns: Vec<_> = schema.fields().iter().zip(batch.columns()).zip(writers).collect();
    let write = |((field, values), mut writer): ((&FieldRef, &ArrayRef), ArrowColumnWriter)| {
        compute_leaves(field, values)?.iter().try_for_each(|leaf| writer.write(leaf))?;
        writer.close()
    };
    columns.into_par_iter().map(write).collect()
}

/// The rows of [`write_out_of_fold`], a row group each, and its note.
pub fn out_of_fold_tables(
    judged: &OutOfFold,
) -> (SchemaRef, impl Iterator<Item = Result<RecordBatch, ArrowError>> + '_, Option<Note>) {
    let (id_name, id_type) = match &judged.ids {
        LeadIds::Whole { column, .. } => (column.as_str(), DataType::Int64),
        LeadIds::Text { column, .. } => (column.as_str(), DataType::Utf8),
        LeadIds::RowNumber => ("row", DataType::Int64),
    };
    let mut note = None;
    let mut fields = vec![Field::new(id_name, id_type, false)];
    let our_types = [
        (DataType::Int32, false),
        (DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
        (DataType::Int32, false),
        (DataType::Float64, false),
        (DataType::Boolean, false),
    ];
    for (name, (data_type, is_nullable)) in OUR_COLUMNS.into_iter().zip(our_types) {
        // Many readers of Parquet do not tell upper from lower case in column names.
        let name = if name.eq_ignore_ascii_case(id_name) {
            let text = format!(
                "the id column is called `{id_name}`, so our column `{name}` of out_of_fold.parquet is `bantam_{name}`"
            );
            note = Some(Note::new("frontier", text));
            format!("bantam_{name}")
        } else {
            name.to_owned()
        };
        fields.push(Field::new(name, data_type, is_nullable));
    }
    let schema = Arc::new(Schema::new(fields));
    let of_file = schema.clone();
    let batch = move |start: usize| {
        let range = start..judged.score.len().min(start + LEADS_PER_BATCH);
        let ids: ArrayRef = match &judged.ids {
            LeadIds::Whole { values, .. } => {
                Arc::new(Int64Array::from_iter_values(values[range.clone()].iter().copied()))
            }
            LeadIds::Text { values, .. } => {
                Arc::new(StringArray::from_iter_values(range.clone().map(|lead| &values[lead])))
            }
            LeadIds::RowNumber => {
                Arc::new(Int64Array::from_iter_values(judged.rows[range.clone()].iter().map(|&row| i64::from(row))))
            }
        };
        let as_of = range.clone().map(|lead| judged.as_of.as_ref().map(|as_of| as_of[lead]));
        RecordBatch::try_new(
            schema.clone(),
            vec![
                ids,
                Arc::new(Int32Array::from_iter_values(judged.fold[range.clone()].iter().map(|&fold| i32::from(fold)))),
                Arc::new(as_of.collect::<TimestampMicrosecondArray>().with_timezone("UTC")),
                Arc::new(Int32Array::from_iter_values(judged.score[range.clone()].iter().copied())),
                Arc::new(Float64Array::from_iter_values(judged.probability[range.clone()].iter().copied())),
                Arc::new(BooleanArray::from_iter(judged.converted[range].iter().copied().map(Some))),
            ],
        )
    };
    (of_file, (0..judged.score.len()).step_by(LEADS_PER_BATCH).map(batch), note)
}

/// Settings that put nothing into a file but what was given: no clock, no host, and our own version as the writer.
fn properties(card_sha256: &str) -> Result<WriterProperties, ParquetError> {
    Ok(WriterProperties::builder()
        .set_created_by(concat!("bantam ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(LEADS_PER_BATCH))
        .set_key_value_metadata(Some(vec![KeyValue::new(CARD_SHA256.to_owned(), card_sha256.to_owned())]))
        .build())
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;
    use crate::decide::frontier::histogram::Histogram;
    use crate::decide::frontier::testing::{judged, month_of_leads};

    /// Schema names, the first batch, and the card's fingerprint.
    fn read(bytes: Vec<u8>) -> (Vec<String>, RecordBatch, Option<String>) {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), bytes).expect("written");
        let file = std::fs::File::open(file.path()).expect("opened");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("parquet");
        let metadata = reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
        let sha256 = metadata.into_iter().find(|pair| pair.key == CARD_SHA256).and_then(|pair| pair.value);
        let names = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
        let batch = reader.build().expect("a reader").next().expect("a batch").expect("good");
        (names, batch, sha256)
    }

    fn out_of_fold_bytes(leads: &OutOfFold) -> (Vec<u8>, Option<Note>) {
        let mut bytes = Vec::new();
        let note = write_out_of_fold(leads, &mut bytes, "abc").expect("written");
        (bytes, note)
    }

    fn frontier_bytes(leads: &OutOfFold) -> Vec<u8> {
        let mut bytes = Vec::new();
        let frontier = Frontier::like(&Histogram::count(leads, None, None).expect("times"));
        write_frontier(&frontier, None, &mut bytes, "abc").expect("written");
        bytes
    }

    #[test]
    fn untouched_leads_are_four_more_columns() {
        let frontier = Frontier::like(&Histogram::count(&month_of_leads(), None, None).expect("times"));
        let untouched = [crate::analyses::untouched::UntouchedLead { score: 4, probability: 0.5 }; 3];
        let odds = crate::analyses::untouched::odds_bands(&frontier.rows, &untouched);
        let mut bytes = Vec::new();
        write_frontier(&frontier, Some(&odds), &mut bytes, "abc").expect("written");
        let (names, batch, _) = read(bytes);
        let (plain, ..) = read(frontier_bytes(&month_of_leads()));
        assert_eq!(names[..plain.len()], plain[..]);
        assert_eq!(
            names[plain.len()..],
            ["untouched", "conversion_at_half_odds", "conversion_at_same_odds", "conversion_at_double_odds"]
        );
        let counts: Vec<i64> = batch.column(plain.len()).as_primitive::<Int64Type>().values().to_vec();
        assert_eq!((counts[0], counts[4], counts[5]), (3, 3, 0));
    }

    #[test]
    fn judged_leads_read_back_under_their_own_id() {
        let mut leads = month_of_leads();
        leads.ids = LeadIds::Text { column: "Lead Nr.".into(), values: (0..100).map(|i| format!("L-{i}")).collect() };
        leads.fold = (0..100).map(|lead| lead % 5).collect();
        let (bytes, note) = out_of_fold_bytes(&leads);
        let (names, batch, sha256) = read(bytes);
        assert_eq!(names, ["Lead Nr.", "fold", "as_of", "score", "probability", "converted"]);
        assert_eq!((sha256.as_deref(), note), (Some("abc"), None));
        assert_eq!(batch.num_rows(), 100);
        assert_eq!(batch.column(0).as_string::<i32>().value(7), "L-7");
        assert_eq!(batch.column(1).as_primitive::<Int32Type>().value(7), 2);
        assert_eq!(
            batch.column(2).as_primitive::<TimestampMicrosecondType>().value(7),
            leads.as_of.as_ref().expect("dates")[7]
        );
        assert_eq!(batch.column(2).data_type().to_string(), "Timestamp(µs, \"UTC\")");
        assert_eq!(batch.column(3).as_primitive::<Int32Type>().value(7), 7);
        assert_eq!(batch.column(4).as_primitive::<Float64Type>().value(7), leads.probability[7]);
        assert!(batch.column(5).as_boolean().value(7));
    }

    #[test]
    fn leads_without_an_id_are_named_by_their_row() {
        let mut leads = judged(&[3, 4], &[0.1, 0.2], &[false, true]);
        leads.rows = vec![17, 4];
        let (names, batch, _) = read(out_of_fold_bytes(&leads).0);
        assert_eq!(names[0], "row");
        assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[17, 4]);
        assert_eq!(batch.column(2).null_count(), 2);
    }

    #[test]
    fn an_id_column_named_like_ours_keeps_its_name() {
        let mut leads = judged(&[3], &[0.1], &[false]);
        leads.ids = LeadIds::Whole { column: "Score".into(), values: vec![9] };
        let (bytes, note) = out_of_fold_bytes(&leads);
        let (names, ..) = read(bytes);
        assert_eq!(names, ["Score", "fold", "as_of", "bantam_score", "probability", "converted"]);
        assert_eq!(
            note.expect("a note").text,
            "the id column is called `Score`, so our column `score` of out_of_fold.parquet is `bantam_score`"
        );
    }

    #[test]
    fn the_frontier_reads_back_one_row_per_threshold() {
        let (names, batch, sha256) = read(frontier_bytes(&month_of_leads()));
        assert_eq!(
            names.join(" "),
            "threshold leads leads_per_month conversion conversion_low conversion_high wins wins_low wins_high \
             wins_per_month wins_per_month_low wins_per_month_high share_of_wins share_of_wins_low share_of_wins_high \
             predicted_conversion"
        );
        assert_eq!(sha256.as_deref(), Some("abc"));
        assert_eq!(batch.num_rows(), 10);
        assert_eq!(batch.column(0).as_primitive::<Int32Type>().value(8), 8);
        assert_eq!(batch.column(1).as_primitive::<Int64Type>().value(8), 20);
        assert_eq!(batch.column(6).as_primitive::<Int64Type>().value(8), 17);
        assert_eq!(batch.column(3).as_primitive::<Float64Type>().value(8), 0.85);
    }

    #[test]
    fn without_dates_the_columns_per_month_are_empty() {
        let mut leads = month_of_leads();
        leads.as_of = None;
        let (names, batch, _) = read(frontier_bytes(&leads));
        assert_eq!(names[names.len() - 2..], ["leads_per_1000", "wins_per_1000"]);
        assert_eq!(batch.column(2).null_count(), 10);
        assert_eq!(batch.column(9).null_count(), 10);
        assert_eq!(batch.column(6).null_count(), 0);
    }

    #[test]
    fn the_same_leads_give_the_same_bytes() {
        let leads = month_of_leads();
        assert_eq!(out_of_fold_bytes(&leads).0, out_of_fold_bytes(&leads).0);
        assert_eq!(frontier_bytes(&leads), frontier_bytes(&leads));
    }

    #[test]
    fn a_full_disk_is_an_error_and_not_a_panic() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        assert!(write_out_of_fold(&month_of_leads(), Full, "abc").is_err());
    }
}
