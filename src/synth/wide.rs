//! One flat table of any length for speed: 6 text criteria, 8 counts, 6 numbers with 5 % missing, and `converted`.
//!
//! Rows are made and written group by group, so memory stays flat however long the table.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, StandardNormal};

use super::SynthError;
use super::folder::prepare;
use super::generate::stream;
use super::intercept::bisect;
use super::params::check_rate;
use super::tables::properties;
use crate::math::logistic;

/// Name of the file.
pub const NAME: &str = "wide.parquet";

/// Rows per row group: a few megabytes in memory.
const ROWS_PER_GROUP: usize = 131_072;
/// Rows from which the intercept is solved: the rate is then met within `sqrt(0.18 * 0.82 / 50000)` = 0.0017.
const N_SOLVED: usize = 50_000;
/// Share of numbers that are missing.
const MISSING: f64 = 0.05;

/// Text criteria: name, number of levels, how far their weights reach on either side.
const TEXT: [(&str, usize, f64); 6] = [
    ("budget", 5, 0.8),
    ("need", 6, 0.7),
    ("industry", 12, 0.4),
    ("country", 20, 0.3),
    ("campaign", 30, 0.3),
    ("product", 40, 0.2),
];
/// Counts: name, mean, weight of `ln(1 + count)`.
const COUNTS: [(&str, f64, f64); 8] = [
    ("opens_30d", 4.0, 0.0),
    ("clicks_30d", 1.5, 0.4),
    ("visits_30d", 2.5, 0.3),
    ("pages_30d", 9.0, 0.15),
    ("webinars_90d", 0.3, 0.5),
    ("downloads_90d", 0.6, 0.3),
    ("calls_90d", 1.0, 0.1),
    ("days_since_last_visit", 20.0, -0.15),
];
/// Numbers: name, typical value, spread of the logarithm, weight per spread.
const NUMBERS: [(&str, f64, f64, f64); 6] = [
    ("company_size", 85.0, 1.4, 0.3),
    ("revenue_m", 12.0, 1.6, 0.2),
    ("company_age", 14.0, 0.8, 0.1),
    ("seats", 20.0, 1.0, 0.25),
    ("growth_index", 100.0, 0.3, 0.15),
    ("distance_km", 180.0, 1.0, 0.0),
];

/// Wishes for a wide table.
#[derive(Debug, Clone, PartialEq)]
pub struct WideParams {
    /// Rows, at least one.
    pub n_rows: usize,
    /// Start of every random draw.
    pub seed: u64,
    /// Share of rows that convert, `0.005..=0.9`.
    pub rate: f64,
}

/// Writes `wide.parquet` into a folder, which is made if it is missing, and says where.
///
/// # Errors
/// [`SynthError`] for a wish that cannot be met, a file that is there already without `force`, a full disk.
pub fn write_wide(folder: &Path, params: &WideParams, force: bool) -> Result<PathBuf, SynthError> {
    SynthError::unless(params.n_rows > 0, "leads", 0, "a wide table has at least one row")?;
    check_rate(params.rate)?;
    prepare(folder, &[NAME], force)?;
    let path = folder.join(NAME);
    let part = folder.join(format!("{NAME}.part"));
    let written = write_rows(&part, params);
    if written.is_err() {
        // The error in hand says more than a second one about clearing up after it.
        let _ = fs::remove_file(&part);
    }
    written?;
    fs::rename(&part, &path).map_err(SynthError::write(path.display()))?;
    Ok(path)
}

fn write_rows(path: &Path, params: &WideParams) -> Result<(), SynthError> {
    let not_parquet = SynthError::write(format!("{} as Parquet", path.display()));
    let levels = level_names();
    let intercept = solve_intercept(params);
    let mut file = Some(File::create(path).map_err(SynthError::write(path.display()))?);
    let mut writer = None;
    for (group, first_row) in (0..params.n_rows).step_by(ROWS_PER_GROUP).enumerate() {
        let n_rows = ROWS_PER_GROUP.min(params.n_rows - first_row);
        let mut rng = stream(params.seed, group as u64 + 1);
        let batch = Group::draw(n_rows, &mut rng)
            .into_batch(first_row, intercept, &levels, &mut rng)
            .map_err(SynthError::fault(format!("the columns of {} do not fit together", path.display())))?;
        if let Some(file) = file.take() {
            let properties = properties().set_max_row_group_row_count(Some(ROWS_PER_GROUP)).build();
            writer = Some(ArrowWriter::try_new(file, batch.schema(), Some(properties)).map_err(&not_parquet)?);
        }
        if let Some(writer) = &mut writer {
            writer.write(&batch).map_err(&not_parquet)?;
            writer.flush().map_err(&not_parquet)?;
        }
    }
    match writer {
        Some(writer) => writer.close().map(|_| ()).map_err(&not_parquet),
        None => Ok(()),
    }
}

/// Rows of one group, column by column, with their summed weights.
struct Group {
    text: [Vec<u8>; TEXT.len()],
    counts: [Vec<i64>; COUNTS.len()],
    numbers: [Vec<Option<f64>>; NUMBERS.len()],
    weights: Vec<f64>,
}

impl Group {
    fn draw(n_rows: usize, rng: &mut ChaCha8Rng) -> Self {
        // Half of every criterion is one hidden interest, so that criteria go along with each other as they do in life.
        let interest: Vec<f64> = (0..n_rows).map(|_| StandardNormal.sample(rng)).collect();
        let mut weights = vec![0.0; n_rows];
        let text = TEXT.map(|(_, n_levels, reach)| {
            let mut column = Vec::with_capacity(n_rows);
            for (row, weight) in weights.iter_mut().enumerate() {
                // Squared, low levels are commoner than high ones; interest shifts them.
                let height = (rng.random::<f64>().powi(2) + 0.08 * interest[row]).clamp(0.0, 0.999_999);
                let level = (height * n_levels as f64) as usize;
                *weight += level_weight(level, n_levels, reach);
                column.push(level as u8);
            }
            column
        });
        let counts = COUNTS.map(|(_, mean, per_log)| {
            let mut column = Vec::with_capacity(n_rows);
            for (row, weight) in weights.iter_mut().enumerate() {
                let exponential: f64 = Exp1.sample(rng);
                let count = (exponential * (mean + 0.5) * (0.3 * interest[row]).exp()).floor();
                *weight += per_log * count.ln_1p();
                column.push(count as i64);
            }
            column
        });
        let numbers = NUMBERS.map(|(_, typical, spread, per_spread)| {
            let mut column = Vec::with_capacity(n_rows);
            for (row, weight) in weights.iter_mut().enumerate() {
                let own: f64 = StandardNormal.sample(rng);
                let is_missing = rng.random::<f64>() < MISSING;
                let z = 0.3 * interest[row] + 0.95 * own;
                *weight += if is_missing { 0.0 } else { per_spread * z };
                column.push((!is_missing).then_some(typical * (spread * z).exp()));
            }
            column
        });
        Self { text, counts, numbers, weights }
    }

    fn into_batch(
        self,
        first_row: usize,
        intercept: f64,
        levels: &[Vec<String>],
        rng: &mut ChaCha8Rng,
    ) -> Result<RecordBatch, arrow_schema::ArrowError> {
        let n_rows = self.weights.len();
        let ids = (first_row..first_row + n_rows).map(|row| format!("W{:09}", row + 1));
        let mut columns: Vec<(&str, ArrayRef)> = vec![("id", Arc::new(StringArray::from_iter_values(ids)))];
        for (((name, _, _), column), levels) in TEXT.into_iter().zip(self.text).zip(levels) {
            let texts = column.iter().map(|level| levels.get(usize::from(*level)));
            columns.push((name, Arc::new(texts.collect::<StringArray>())));
        }
        for ((name, _, _), column) in COUNTS.into_iter().zip(self.counts) {
            columns.push((name, Arc::new(Int64Array::from(column))));
        }
        for ((name, _, _, _), column) in NUMBERS.into_iter().zip(self.numbers) {
            columns.push((name, Arc::new(Float64Array::from(column))));
        }
        let converted = self.weights.iter().map(|weight| Some(rng.random::<f64>() < logistic(intercept + weight)));
        columns.push(("converted", Arc::new(converted.collect::<BooleanArray>())));
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
    }
}

/// True weight of a level. The levels of one criterion lie evenly between `-reach` and `reach`; where there are more than six,
/// they are shuffled by a step that shares no divisor with 12, 20, 30 or 40, so that their order says nothing.
fn level_weight(level: usize, n_levels: usize, reach: f64) -> f64 {
    let place = if n_levels > 6 { level * 7 % n_levels } else { level };
    reach * (2.0 * place as f64 / (n_levels - 1) as f64 - 1.0)
}

fn level_names() -> Vec<Vec<String>> {
    TEXT.iter().map(|(name, n_levels, _)| (1..=*n_levels).map(|level| format!("{name} {level:02}")).collect()).collect()
}

fn solve_intercept(params: &WideParams) -> f64 {
    let weights = Group::draw(N_SOLVED, &mut stream(params.seed, 0)).weights;
    bisect(|intercept| {
        let expected: f64 = weights.iter().map(|weight| logistic(intercept + weight)).sum();
        expected / N_SOLVED as f64 - params.rate
    })
}

#[cfg(test)]
mod tests {
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;

    fn params(n_rows: usize) -> WideParams {
        WideParams { n_rows, seed: 7, rate: 0.18 }
    }

    #[test]
    fn a_wide_table_has_twenty_criteria_and_the_asked_rate() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = write_wide(dir.path(), &params(ROWS_PER_GROUP + 10_000), false).expect("written");
        let file = SerializedFileReader::new(File::open(&path).expect("there")).expect("Parquet");
        assert_eq!(file.metadata().num_row_groups(), 2);
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).expect("there")).expect("Parquet");
        let (mut n_rows, mut n_converted, mut n_missing) = (0, 0, 0);
        for batch in reader.build().expect("readable") {
            let batch = batch.expect("readable");
            assert_eq!(batch.num_columns(), 22);
            n_rows += batch.num_rows();
            n_missing += batch.column_by_name("seats").expect("there").null_count();
            let converted = batch.column_by_name("converted").expect("there");
            n_converted += converted.as_any().downcast_ref::<BooleanArray>().expect("boolean").true_count();
        }
        assert_eq!(n_rows, ROWS_PER_GROUP + 10_000);
        // Standard errors over 141,000 rows: 0.001 of the rate, and 0.0017 of its solution; 0.0006 of the missing. Four each.
        assert!((n_converted as f64 / n_rows as f64 - 0.18).abs() < 0.008, "{n_converted} of {n_rows}");
        assert!((n_missing as f64 / n_rows as f64 - MISSING).abs() < 0.0025, "{n_missing} of {n_rows}");
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
        let dir = tempfile::tempdir().expect("a folder");
        let bytes =
            |params: &WideParams| fs::read(write_wide(dir.path(), params, true).expect("written")).expect("read");
        let first = bytes(&params(2_000));
        assert!(first == bytes(&params(2_000)));
        assert!(first != bytes(&WideParams { seed: 8, ..params(2_000) }));
    }

    #[test]
    fn what_cannot_be_written_is_said() {
        let dir = tempfile::tempdir().expect("a folder");
        let says = |params: &WideParams| write_wide(dir.path(), params, false).expect_err("refused").to_string();
        assert_eq!(says(&params(0)), "`--leads` is 0; a wide table has at least one row");
        assert_eq!(
            says(&WideParams { rate: 18.0, ..params(10) }),
            "`--rate` is 18; it takes a share from 0.005 to 0.9, such as 0.18 for 18 %"
        );
        write_wide(dir.path(), &params(10), false).expect("written");
        let expected = format!(
            "{} already holds wide.parquet\nhint: choose another folder, or replace them with `--force`",
            dir.path().display()
        );
        assert_eq!(says(&params(10)), expected);
    }
}
