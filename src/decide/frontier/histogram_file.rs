//! `histogram.parquet`: the counts that policies, forecasts and `bantam compare` read instead of leads.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int32Array, Int64Array, StringArray};
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;

use super::files::write_table;
use super::histogram::{Histogram, HistogramCell, Month};

/// Key of the months in the metadata of the file: `2026-01 12 31` for each, separated by commas; the days are those covered by
/// judged leads and by all.
const MONTHS: &str = "bantam.months";

/// More points than any card spans; a file that says so is no histogram of a card.
const MAX_SPAN: u32 = 10_000_000;

/// Columns of the file and their types.
const COLUMNS: [(&str, DataType, bool); 9] = [
    ("score", DataType::Int32, false),
    ("month", DataType::Utf8, true),
    ("segment", DataType::Utf8, true),
    ("team", DataType::Utf8, true),
    ("handed_off", DataType::Int64, false),
    ("leads", DataType::Int64, false),
    ("converted", DataType::Int64, false),
    ("expected_billionths", DataType::Int64, false),
    ("worth_billionths", DataType::Int64, false),
];

/// A file that is not what [`write_histogram`] writes.
#[derive(Debug, thiserror::Error)]
pub enum HistogramFileError {
    /// It cannot be opened.
    #[error("cannot open {path}: {reason}")]
    Open {
        /// The file.
        path: String,
        /// What the system says.
        reason: std::io::Error,
    },
    /// It is no Parquet file, or a damaged one.
    #[error("cannot read {path}: {reason}\nhint: run the calibration again")]
    Read {
        /// The file.
        path: String,
        /// What the format says.
        reason: String,
    },
    /// It holds something else.
    #[error("{path} is not a histogram of this version: {problem}\nhint: run the calibration again")]
    Content {
        /// The file.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

/// Writes `histogram.parquet`: one row per score, month, segment and team that has leads.
///
/// Columns: `score`, `month` ("2026-01"; null without dates), `segment` and `team` (null where the leads have none),
/// `handed_off` (all leads with that score on the card that ships, judged or not), `leads` (those judged), `converted`, `expected_billionths` (sum of the predicted probabilities, in billionths, so that sums are exact),
/// `worth_billionths` (the same by the curve of all folds).
///
/// - `card_sha256`: fingerprint of `card.json`, kept in the file's metadata.
///
/// # Errors
/// Whatever the sink or the format says.
pub fn write_histogram(histogram: &Histogram, sink: impl Write + Send, card_sha256: &str) -> Result<(), ParquetError> {
    let cells = &histogram.cells;
    let names = |names: &[String], position: fn(&HistogramCell) -> u32| -> ArrayRef {
        let is_known = !matches!(names, [only] if only.is_empty());
        Arc::new(StringArray::from_iter(
            cells.iter().map(|cell| is_known.then(|| names[position(cell) as usize].as_str())),
        ))
    };
    let months: Vec<String> = histogram.months.iter().map(Month::to_string).collect();
    let month: ArrayRef =
        Arc::new(StringArray::from_iter(cells.iter().map(|cell| months.get(cell.month as usize).map(String::as_str))));
    let whole = |value: fn(&HistogramCell) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(cells.iter().map(|cell| value(cell) as i64)))
    };
    let values: [ArrayRef; 9] = [
        Arc::new(Int32Array::from_iter_values(cells.iter().map(|cell| cell.score))),
        month,
        names(&histogram.segments, |cell| cell.segment),
        names(&histogram.teams, |cell| cell.team),
        whole(|cell| cell.n_handed_off),
        whole(|cell| cell.n_leads),
        whole(|cell| cell.n_converted),
        whole(|cell| cell.expected_billionths),
        whole(|cell| cell.worth_billionths),
    ];
    let columns = COLUMNS.into_iter().zip(values).map(|((name, _, is_nullable), values)| (name, values, is_nullable));
    let months: Vec<String> =
        histogram.months.iter().map(|month| format!("{month} {} {}", month.n_days, month.n_days_handed_off)).collect();
    let metadata = vec![KeyValue::new(MONTHS.to_owned(), months.join(","))];
    write_table(columns.collect(), metadata, sink, card_sha256)
}

/// Reads what [`write_histogram`] wrote.
///
/// # Errors
/// [`HistogramFileError`]: a file that is missing, damaged, or something else.
pub fn read_histogram(path: &Path) -> Result<Histogram, HistogramFileError> {
    let shown = || path.display().to_string();
    let read = |reason: String| HistogramFileError::Read { path: shown(), reason };
    let content = |problem: String| HistogramFileError::Content { path: shown(), problem };
    let file = File::open(path).map_err(|reason| HistogramFileError::Open { path: shown(), reason })?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| read(error.to_string()))?;
    for (name, data_type, _) in COLUMNS {
        match builder.schema().field_with_name(name) {
            Ok(field) if *field.data_type() == data_type => {}
            Ok(field) => return Err(content(format!("column `{name}` is of type {}", field.data_type()))),
            Err(_) => return Err(content(format!("column `{name}` is missing"))),
        }
    }
    let metadata = builder.metadata().file_metadata().key_value_metadata();
    let months = metadata.into_iter().flatten().find(|pair| pair.key == MONTHS).and_then(|pair| pair.value.clone());
    let months =
        read_months(&months.unwrap_or_default()).ok_or_else(|| content("its months cannot be read".to_owned()))?;
    let batches: Vec<RecordBatch> = builder
        .build()
        .and_then(|reader| reader.collect::<Result<_, _>>().map_err(ParquetError::from))
        .map_err(|error| read(error.to_string()))?;
    let month_position: BTreeMap<String, u32> =
        months.iter().enumerate().map(|(position, month)| (month.to_string(), position as u32)).collect();
    let (segments, teams) = (distinct(&batches, "segment"), distinct(&batches, "team"));
    let mut cells = Vec::new();
    for batch in &batches {
        let texts = |name: &str| batch.column_by_name(name).map(|column| column.as_string::<i32>().clone());
        let (Some(month), Some(segment), Some(team)) = (texts("month"), texts("segment"), texts("team")) else {
            continue;
        };
        let whole = |name: &str| batch.column_by_name(name).map(|column| column.as_primitive::<Int64Type>().clone());
        let (Some(handed_off), Some(leads), Some(converted), Some(expected), Some(worth)) = (
            whole("handed_off"),
            whole("leads"),
            whole("converted"),
            whole("expected_billionths"),
            whole("worth_billionths"),
        ) else {
            continue;
        };
        let Some(score) = batch.column_by_name("score").map(|column| column.as_primitive::<Int32Type>().clone()) else {
            continue;
        };
        for row in 0..batch.num_rows() {
            let count = |column: &Int64Array, name: &str| {
                u64::try_from(column.value(row)).map_err(|_| content(format!("`{name}` holds {}", column.value(row))))
            };
            let name =
                |column: &StringArray| if column.is_null(row) { String::new() } else { column.value(row).to_owned() };
            let month = if month.is_null(row) {
                0
            } else {
                let found = month_position.get(month.value(row));
                *found.ok_or_else(|| content(format!("the month {} is not one of its months", month.value(row))))?
            };
            cells.push(HistogramCell {
                score: score.value(row),
                month,
                segment: segments.get(&name(&segment)).copied().unwrap_or_default(),
                team: teams.get(&name(&team)).copied().unwrap_or_default(),
                n_handed_off: count(&handed_off, "handed_off")?,
                n_leads: count(&leads, "leads")?,
                n_converted: count(&converted, "converted")?,
                expected_billionths: count(&expected, "expected_billionths")?,
                worth_billionths: count(&worth, "worth_billionths")?,
            });
        }
    }
    cells.sort_unstable_by_key(|cell| (cell.score, cell.month, cell.segment, cell.team));
    if let (Some(first), Some(last)) = (cells.first(), cells.last())
        && last.score.abs_diff(first.score) > MAX_SPAN
    {
        return Err(content(format!("its scores run from {} to {}", first.score, last.score)));
    }
    let names = |found: BTreeMap<String, u32>| found.into_keys().collect();
    Ok(Histogram { months, segments: names(segments), teams: names(teams), cells })
}

/// Distinct texts of a column in byte order, with their positions; null is the empty text.
fn distinct(batches: &[RecordBatch], name: &str) -> BTreeMap<String, u32> {
    let columns = batches.iter().filter_map(|batch| batch.column_by_name(name));
    let mut found: BTreeMap<String, u32> = columns
        .flat_map(|column| column.as_string::<i32>().iter().map(|text| (text.unwrap_or_default().to_owned(), 0)))
        .collect();
    found.values_mut().zip(0..).for_each(|(position, number)| *position = number);
    found
}

/// `2026-01 31 31,2026-02 0 28`; `None` where a part is something else.
fn read_months(text: &str) -> Option<Vec<Month>> {
    let read = |part: &str| {
        let [month, n_days, n_days_handed_off] = part.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let (year, month) = month.rsplit_once('-')?;
        Some(Month {
            year: year.parse().ok()?,
            month: month.parse().ok()?,
            n_days: n_days.parse().ok()?,
            n_days_handed_off: n_days_handed_off.parse().ok()?,
        })
    };
    text.split(',').filter(|part| !part.is_empty()).map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::labels::Grouping;
    use crate::decide::frontier::OutOfFold;
    use crate::decide::frontier::testing::{judged, month_of_leads};

    fn written(histogram: &Histogram) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        write_histogram(histogram, file.reopen().expect("the file"), "abc").expect("written");
        file
    }

    fn teams(leads: &OutOfFold) -> Grouping {
        let positions = (0..leads.n_leads() as u32).map(|lead| lead % 2).collect();
        Grouping { column: "region".into(), names: vec!["\"no,rth\"".into(), "süd".into()], positions }
    }

    #[test]
    fn what_is_written_reads_back() {
        let leads = month_of_leads();
        let histogram = Histogram::count(&leads, None, Some(&teams(&leads))).expect("times");
        assert_eq!(read_histogram(written(&histogram).path()).expect("a histogram"), histogram);
        let without = Histogram::count(&judged(&[3, 4], &[0.1, 0.2], &[true, false]), None, None).expect("no times");
        assert_eq!(read_histogram(written(&without).path()).expect("a histogram"), without);
    }

    #[test]
    fn the_same_counts_give_the_same_bytes() {
        let histogram = Histogram::count(&month_of_leads(), None, None).expect("times");
        let bytes = || std::fs::read(written(&histogram).path()).expect("bytes");
        assert_eq!(bytes(), bytes());
    }

    #[test]
    fn something_else_is_refused_by_name() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), b"not parquet").expect("written");
        let error = read_histogram(file.path()).expect_err("no parquet").to_string();
        assert!(error.contains("cannot read") && error.ends_with("hint: run the calibration again"), "{error}");
        let error = read_histogram(Path::new("/nowhere/histogram.parquet")).expect_err("no file").to_string();
        assert!(error.starts_with("cannot open /nowhere/histogram.parquet: "), "{error}");
        let mut bytes = Vec::new();
        let leads = judged(&[3], &[0.1], &[true]);
        super::super::write_out_of_fold(&leads, &mut bytes, "abc").expect("written");
        std::fs::write(file.path(), bytes).expect("written");
        let error = read_histogram(file.path()).expect_err("another file").to_string();
        assert!(error.contains("is not a histogram of this version: column `month` is missing"), "{error}");
    }
}
