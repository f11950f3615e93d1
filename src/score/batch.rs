//! Record batches: columns of Arrow, scored one criterion at a time.
//!
//! Always true: every row of a batch gets the points that [`Scorer::score_lead`] gives the same lead.

use arrow::array::{Array, ArrayAccessor, ArrayRef, AsArray, DictionaryArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowDictionaryKeyType, ArrowNativeType, ArrowPrimitiveType, DataType, Decimal32Type, Decimal64Type,
    Decimal128Type, Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Schema, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::record_batch::RecordBatch;

use crate::card::{Derivation, InputKind};

use super::edges::NumberEdges;
use super::error::type_in_words;
use super::texts::TextLevels;
use super::times::{days_before_of, is_time, times_of};
use super::{ColumnProblem, CompiledCriterion, LevelFinder, MISSING, ScoreError, Scorer};

/// Rows that are scored at once: their scores and levels (6 bytes a row) stay in the processor's second-level cache.
const ROWS_AT_ONCE: usize = 16_384;

/// Points of a batch of leads and what they are worth; every vector has one entry per row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScoredBatch {
    /// Whole points.
    pub scores: Vec<i32>,
    /// Probability of conversion in basis points, 0..=10000.
    pub probability_bp: Vec<u32>,
    /// Lower end of its 90 % interval.
    pub low_bp: Vec<u32>,
    /// Upper end of its 90 % interval.
    pub high_bp: Vec<u32>,
    /// Position of the band in [`Scorer::band_names`].
    pub bands: Vec<u16>,
}

/// A scored batch with points per criterion and reasons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExplainedBatch {
    /// Points and their worth.
    pub scored: ScoredBatch,
    /// Per criterion, in the order of the card: the points of every row.
    pub points: Vec<Vec<i32>>,
    /// Per row: up to [`super::MAX_REASONS`] reasons, largest loss first, separated by `; `.
    pub reasons: Vec<String>,
}

/// Where the values of one criterion are in a batch.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// In this column.
    Column(usize),
    /// To be made from the time in one column and the as-of moment in another.
    Days { time: usize, as_of: usize },
    /// Nowhere, which was allowed: missing for every lead.
    Absent,
}

impl Scorer {
    /// Scores every row of `batch`. Columns the card does not read are ignored.
    ///
    /// # Errors
    /// [`ScoreError::Columns`] names every column that is not there or holds something else than the card reads;
    /// [`ScoreError::NotATime`] a text that is no time.
    pub fn score_batch(&self, batch: &RecordBatch) -> Result<ScoredBatch, ScoreError> {
        let sources = self.sources_in(batch.schema_ref())?;
        let mut scored = ScoredBatch::with_capacity(batch.num_rows());
        for (first_row, part) in parts_of(batch) {
            let mut scores = vec![self.base_points; part.num_rows()];
            let mut levels = vec![MISSING; part.num_rows()];
            for (criterion, &source) in self.criteria.iter().zip(&sources) {
                criterion.write_levels(&part, source, &mut levels).map_err(|error| error.after_rows(first_row))?;
                add_points(&criterion.points, &levels, &mut scores);
            }
            scored.append(self, &scores);
        }
        Ok(scored)
    }

    /// Scores every row of `batch` and says why.
    ///
    /// # Errors
    /// As [`Scorer::score_batch`].
    pub fn explain_batch(&self, batch: &RecordBatch) -> Result<ExplainedBatch, ScoreError> {
        let sources = self.sources_in(batch.schema_ref())?;
        let n_rows = batch.num_rows();
        let mut explained = ExplainedBatch {
            scored: ScoredBatch::with_capacity(n_rows),
            points: vec![Vec::with_capacity(n_rows); self.criteria.len()],
            reasons: Vec::with_capacity(n_rows),
        };
        for (first_row, part) in parts_of(batch) {
            let mut scores = vec![self.base_points; part.num_rows()];
            let mut levels = vec![vec![MISSING; part.num_rows()]; self.criteria.len()];
            let criteria = self.criteria.iter().zip(&sources).zip(&mut levels).zip(&mut explained.points);
            for (((criterion, &source), levels), points) in criteria {
                criterion.write_levels(&part, source, levels).map_err(|error| error.after_rows(first_row))?;
                add_points(&criterion.points, levels, &mut scores);
                points.extend(levels.iter().map(|&level| criterion.points[usize::from(level)]));
            }
            let reasons = |row: usize| self.reasons_of(levels.iter().map(|levels| levels[row])).join("; ");
            explained.reasons.extend((0..part.num_rows()).map(reasons));
            explained.scored.append(self, &scores);
        }
        Ok(explained)
    }

    /// Checks that `schema` has every column the card reads, in a type it can read.
    ///
    /// # Errors
    /// [`ScoreError::Columns`] names all that do not fit.
    pub fn check_columns(&self, schema: &Schema) -> Result<(), ScoreError> {
        self.sources_in(schema).map(drop)
    }

    /// The input columns that are not there and can be made from nothing that is. Empty unless that was allowed, as it is an
    /// error otherwise.
    pub fn absent_columns(&self, schema: &Schema) -> Vec<&str> {
        let is_absent = |criterion: &&CompiledCriterion| {
            matches!(self.source_of(criterion, schema), Err(ColumnProblem::Absent { .. }))
        };
        self.criteria.iter().filter(is_absent).map(|criterion| criterion.input.column.as_str()).collect()
    }

    /// Where each criterion finds its values.
    fn sources_in(&self, schema: &Schema) -> Result<Vec<Source>, ScoreError> {
        let mut problems = Vec::new();
        let mut sources = Vec::with_capacity(self.criteria.len());
        for criterion in &self.criteria {
            match self.source_of(criterion, schema) {
                Ok(source) => sources.push(source),
                Err(ColumnProblem::Absent { .. }) if self.allow_missing_columns => sources.push(Source::Absent),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(sources) } else { Err(ScoreError::Columns { problems }) }
    }

    fn source_of(&self, criterion: &CompiledCriterion, schema: &Schema) -> Result<Source, ColumnProblem> {
        let input = &criterion.input;
        let own = column_called(&input.column, schema)?;
        if let Some(Derivation::DaysBefore { column: source }) = &input.derivation {
            let is_given = own.is_some_and(|idx| *source != input.column || !is_time(schema.field(idx).data_type()));
            if !is_given {
                let time = column_called(source, schema)?;
                let as_of = self.as_of_column().map(|column| column_called(column, schema)).transpose()?.flatten();
                let (Some(time), Some(as_of)) = (time, as_of) else {
                    return Err(criterion.absent(self.as_of_column()));
                };
                for idx in [time, as_of] {
                    let field = schema.field(idx);
                    if !is_time(field.data_type()) {
                        return Err(ColumnProblem::WrongType {
                            column: field.name().clone(),
                            criterion: criterion.name.clone(),
                            expected: "a time",
                            found: type_in_words(field.data_type()),
                        });
                    }
                }
                return Ok(Source::Days { time, as_of });
            }
        }
        let idx = own.ok_or_else(|| criterion.absent(self.as_of_column()))?;
        let data_type = schema.field(idx).data_type();
        if is_readable(input.kind, data_type) {
            Ok(Source::Column(idx))
        } else {
            Err(criterion.wrong_type(type_in_words(data_type)))
        }
    }
}

/// Position of the one column called `name`.
fn column_called(name: &str, schema: &Schema) -> Result<Option<usize>, ColumnProblem> {
    let mut found = schema.fields().iter().enumerate().filter(|(_, field)| field.name() == name).map(|(idx, _)| idx);
    let first = found.next();
    match found.next() {
        Some(_) => Err(ColumnProblem::Twice { column: name.to_owned() }),
        None => Ok(first),
    }
}

/// Whether a column of this type can be read as `kind`. A column that is null throughout can be anything.
fn is_readable(kind: InputKind, data_type: &DataType) -> bool {
    match (kind, data_type) {
        (_, DataType::Null) => true,
        (_, DataType::Dictionary(_, values)) => is_readable(kind, values),
        (InputKind::Number, data_type) => data_type.is_numeric(),
        (InputKind::Text, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => true,
        (InputKind::Boolean, DataType::Boolean) => true,
        _ => false,
    }
}

/// Slices of at most [`ROWS_AT_ONCE`] rows, each with its first row; nothing is copied.
fn parts_of(batch: &RecordBatch) -> impl Iterator<Item = (usize, RecordBatch)> {
    let n_rows = batch.num_rows();
    let starts = (0..n_rows).step_by(ROWS_AT_ONCE);
    starts.map(move |first| (first, batch.slice(first, ROWS_AT_ONCE.min(n_rows - first))))
}

/// Adds the points of each row's level to its score.
fn add_points(points: &[i32], levels: &[u16], scores: &mut [i32]) {
    for (score, &level) in scores.iter_mut().zip(levels) {
        *score += points[usize::from(level)];
    }
}

impl ScoredBatch {
    fn with_capacity(n_rows: usize) -> Self {
        Self {
            scores: Vec::with_capacity(n_rows),
            probability_bp: Vec::with_capacity(n_rows),
            low_bp: Vec::with_capacity(n_rows),
            high_bp: Vec::with_capacity(n_rows),
            bands: Vec::with_capacity(n_rows),
        }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.scores.len()
    }

    /// Adds rows with these scores, and what the scores are worth.
    fn append(&mut self, scorer: &Scorer, scores: &[i32]) {
        self.scores.extend_from_slice(scores);
        self.probability_bp.extend(scores.iter().map(|&score| scorer.worth_of(score).probability_bp));
        self.low_bp.extend(scores.iter().map(|&score| scorer.worth_of(score).low_bp));
        self.high_bp.extend(scores.iter().map(|&score| scorer.worth_of(score).high_bp));
        self.bands.extend(scores.iter().map(|&score| scorer.worth_of(score).band));
    }
}

impl ScoreError {
    /// The same error, `n_rows` further down.
    fn after_rows(self, n_rows: usize) -> Self {
        match self {
            Self::NotATime { column, row, text } => Self::NotATime { column, row: row + n_rows as u64, text },
            other => other,
        }
    }
}

impl CompiledCriterion {
    /// Level of every row of `batch`.
    fn write_levels(&self, batch: &RecordBatch, source: Source, levels: &mut [u16]) -> Result<(), ScoreError> {
        match source {
            Source::Column(idx) => self.finder.write_levels(batch.column(idx).as_ref(), &self.input.column, levels),
            Source::Days { time, as_of } => {
                let times = |idx: usize| times_of(batch.column(idx), batch.schema_ref().field(idx).name());
                let days = days_before_of(&times(time)?, &times(as_of)?);
                if let LevelFinder::Number(edges) = &self.finder {
                    edges.floats.write_levels(days.into_iter(), levels);
                }
                Ok(())
            }
            Source::Absent => {
                levels.fill(MISSING);
                Ok(())
            }
        }
    }
}

impl LevelFinder {
    /// Level of every value of `array`, whose type [`is_readable`] has let through.
    fn write_levels(&self, array: &dyn Array, column: &str, levels: &mut [u16]) -> Result<(), ScoreError> {
        match (self, array.data_type()) {
            (_, DataType::Null) => levels.fill(MISSING),
            (_, DataType::Dictionary(key, _)) => return self.write_dictionary(key, array, column, levels),
            (Self::Number(edges), data_type) => write_numbers(edges, data_type, array, column, levels)?,
            (Self::Text(texts), DataType::Utf8) => write_texts(texts, array.as_string::<i32>(), levels),
            (Self::Text(texts), DataType::LargeUtf8) => write_texts(texts, array.as_string::<i64>(), levels),
            (Self::Text(texts), DataType::Utf8View) => write_texts(texts, array.as_string_view(), levels),
            (Self::Boolean { no, yes }, DataType::Boolean) => {
                for (level, flag) in levels.iter_mut().zip(array.as_boolean().values()) {
                    *level = if flag { *yes } else { *no };
                }
            }
            (_, other) => return Err(unreadable(column, other)),
        }
        write_missing(array, levels);
        Ok(())
    }

    fn write_dictionary(
        &self,
        key: &DataType,
        array: &dyn Array,
        column: &str,
        levels: &mut [u16],
    ) -> Result<(), ScoreError> {
        match key {
            DataType::Int8 => self.write_keyed::<Int8Type>(array.as_dictionary(), column, levels),
            DataType::Int16 => self.write_keyed::<Int16Type>(array.as_dictionary(), column, levels),
            DataType::Int32 => self.write_keyed::<Int32Type>(array.as_dictionary(), column, levels),
            DataType::Int64 => self.write_keyed::<Int64Type>(array.as_dictionary(), column, levels),
            DataType::UInt8 => self.write_keyed::<UInt8Type>(array.as_dictionary(), column, levels),
            DataType::UInt16 => self.write_keyed::<UInt16Type>(array.as_dictionary(), column, levels),
            DataType::UInt32 => self.write_keyed::<UInt32Type>(array.as_dictionary(), column, levels),
            DataType::UInt64 => self.write_keyed::<UInt64Type>(array.as_dictionary(), column, levels),
            other => Err(unreadable(column, other)),
        }
    }

    /// Looks each dictionary value up once, and then each row's key.
    fn write_keyed<K: ArrowDictionaryKeyType>(
        &self,
        array: &DictionaryArray<K>,
        column: &str,
        levels: &mut [u16],
    ) -> Result<(), ScoreError> {
        let mut values: ArrayRef = array.values().clone();
        if values.len() > array.len() {
            // A dictionary longer than the rows that use it: unpack the rows, which is less.
            values =
                arrow::compute::take(&values, array.keys(), None).map_err(|error| ScoreError::arrow(column, &error))?;
            return self.write_levels(&values, column, levels);
        }
        let mut value_levels = vec![MISSING; values.len()];
        self.write_levels(&values, column, &mut value_levels)?;
        for (level, key) in levels.iter_mut().zip(array.keys().values()) {
            // The key of a missing row may be anything.
            *level = value_levels.get(key.as_usize()).copied().unwrap_or(MISSING);
        }
        write_missing(array, levels);
        Ok(())
    }
}

fn unreadable(column: &str, data_type: &DataType) -> ScoreError {
    ScoreError::arrow(column, &format!("no criterion reads {data_type}"))
}

/// Missing rows get the missing level, whatever was found for the bytes that stand there.
fn write_missing(array: &dyn Array, levels: &mut [u16]) {
    let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) else { return };
    for (level, is_there) in levels.iter_mut().zip(nulls.inner()) {
        *level = if is_there { *level } else { MISSING };
    }
}

fn write_texts<'a>(texts: &TextLevels, array: impl ArrayAccessor<Item = &'a str>, levels: &mut [u16]) {
    let has_nulls = array.null_count() > 0;
    for (row, level) in levels.iter_mut().enumerate() {
        *level = if has_nulls && array.is_null(row) { MISSING } else { texts.level_of(array.value(row)) };
    }
}

fn write_numbers(
    edges: &NumberEdges,
    data_type: &DataType,
    array: &dyn Array,
    column: &str,
    levels: &mut [u16],
) -> Result<(), ScoreError> {
    match data_type {
        DataType::Float64 => write_floats::<Float64Type>(edges, array, |x| x, levels),
        DataType::Float32 => write_floats::<Float32Type>(edges, array, f64::from, levels),
        DataType::Float16 => write_floats::<Float16Type>(edges, array, f64::from, levels),
        DataType::Int8 => write_floats::<Int8Type>(edges, array, f64::from, levels),
        DataType::Int16 => write_floats::<Int16Type>(edges, array, f64::from, levels),
        DataType::Int32 => write_floats::<Int32Type>(edges, array, f64::from, levels),
        DataType::UInt8 => write_floats::<UInt8Type>(edges, array, f64::from, levels),
        DataType::UInt16 => write_floats::<UInt16Type>(edges, array, f64::from, levels),
        DataType::UInt32 => write_floats::<UInt32Type>(edges, array, f64::from, levels),
        DataType::Int64 => edges.signed.write_levels(values_of::<Int64Type>(array), levels),
        DataType::UInt64 => edges.unsigned.write_levels(values_of::<UInt64Type>(array), levels),
        DataType::Decimal32(_, scale) => write_decimals::<Decimal32Type>(edges, array, *scale, levels),
        DataType::Decimal64(_, scale) => write_decimals::<Decimal64Type>(edges, array, *scale, levels),
        DataType::Decimal128(_, scale) => write_decimals::<Decimal128Type>(edges, array, *scale, levels),
        DataType::Decimal256(_, scale) => write_decimals::<Decimal256Type>(edges, array, *scale, levels),
        other => return Err(unreadable(column, other)),
    }
    Ok(())
}

fn values_of<T: ArrowPrimitiveType>(array: &dyn Array) -> impl Iterator<Item = T::Native> {
    let values: &PrimitiveArray<T> = array.as_primitive();
    values.values().iter().copied()
}

fn write_floats<T: ArrowPrimitiveType>(
    edges: &NumberEdges,
    array: &dyn Array,
    to_float: impl Fn(T::Native) -> f64,
    levels: &mut [u16],
) {
    edges.floats.write_levels(values_of::<T>(array).map(to_float), levels);
}

/// Decimals are compared as the nearest float, which is how the engine reads them when it sets the edges.
fn write_decimals<T: DecimalType>(edges: &NumberEdges, array: &dyn Array, scale: i8, levels: &mut [u16]) {
    let to_float = |value: T::Native| decimal_to_float::<T>(value, scale);
    edges.floats.write_levels(values_of::<T>(array).map(to_float), levels);
}

/// The float nearest to `value / 10^scale`.
fn decimal_to_float<T: DecimalType>(value: T::Native, scale: i8) -> f64 {
    // Up to 2^53 and 10^22 both numbers are exact floats, so one division rounds once. Beyond, the digits are parsed.
    const EXACT: i64 = 1 << 53;
    match (value.to_i64(), u8::try_from(scale)) {
        (Some(whole), Ok(places @ 0..=22)) if (-EXACT..=EXACT).contains(&whole) => {
            whole as f64 / 10_f64.powi(i32::from(places))
        }
        _ => T::format_decimal(value, T::MAX_PRECISION, scale).parse().unwrap_or(f64::NAN),
    }
}

#[cfg(test)]
mod tests;
