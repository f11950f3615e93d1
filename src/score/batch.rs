//! Record batches: columns of Arrow, scored one criterion at a time.
//!
//! Always true: every row of a batch gets the points that [`Scorer::score_lead`] gives the same lead.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema};

use crate::card::{Derivation, normalise_text};

use super::cells::Cells;
use super::columns::{Column, is_readable};
use super::edges::FloatEdges;
use super::error::type_in_words;
use super::texts::TextLevels;
use super::times::{days_before_of, is_time, times_of};
use super::{ColumnProblem, CompiledCriterion, CompiledInput, LevelFinder, MISSING, ScoreError, Scorer};

/// Rows that are scored at once: their scores, levels and values (14 bytes a row) stay in the processor's first caches.
const ROWS_AT_ONCE: usize = 4_096;

/// Points of a batch of leads and what they are worth; vectors have one entry per row where nothing else is said.
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
    /// Points of the card's span that the answers of the lead cover; empty where the card asks for none.
    pub known: Vec<i32>,
    /// Position of the band in [`Scorer::band_names`].
    pub bands: Vec<u16>,
    /// Sub-scores on the rows and the columns of the card's grid; both empty where the card has none.
    pub sub_scores: [Vec<i32>; 2],
    /// Position of the grade in [`Scorer::grade_names`]; empty where the card has none.
    pub grades: Vec<u16>,
    /// Per criterion, in the order of the card: rows with a text that the card does not name; 0 for numbers and pairs.
    pub n_unnamed: Vec<u64>,
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

/// Where the values of one input are in a batch.
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
        let batch = self.read_batch(batch)?;
        let batch = batch.as_ref();
        let readers = self.readers_of(batch)?;
        let mut scores = vec![self.base_points; batch.num_rows()];
        let mut known = self.no_known(batch.num_rows());
        let mut sub_scores = self.no_sub_scores(batch.num_rows());
        let mut n_unnamed = vec![0; self.criteria.len()];
        let mut levels = [MISSING; ROWS_AT_ONCE];
        for (part_idx, scores) in scores.chunks_mut(ROWS_AT_ONCE).enumerate() {
            let rows = rows_of_part(part_idx, scores.len());
            let levels = &mut levels[..scores.len()];
            let known = &mut known.get_mut(rows.clone()).unwrap_or_default();
            let mut sub_scores = part_of(&mut sub_scores, &rows);
            let criteria = self.criteria.iter().zip(&readers).zip(&mut n_unnamed).enumerate();
            for (idx, ((criterion, reader), n_unnamed)) in criteria {
                reader.write_levels(&rows, levels)?;
                criterion.add_points(levels, scores);
                criterion.add_known(levels, known);
                self.axis_of(idx).into_iter().for_each(|axis| criterion.add_points(levels, sub_scores[axis]));
                *n_unnamed += criterion.n_unnamed(levels);
            }
        }
        Ok(ScoredBatch { n_unnamed, ..ScoredBatch::new(self, scores, known).graded(self, sub_scores) })
    }

    /// Scores every row of `batch` and says why.
    ///
    /// # Errors
    /// As [`Scorer::score_batch`].
    pub fn explain_batch(&self, batch: &RecordBatch) -> Result<ExplainedBatch, ScoreError> {
        let batch = self.read_batch(batch)?;
        let batch = batch.as_ref();
        let readers = self.readers_of(batch)?;
        let n_rows = batch.num_rows();
        let mut scores = vec![self.base_points; n_rows];
        let mut known = self.no_known(n_rows);
        let mut sub_scores = self.no_sub_scores(n_rows);
        let mut points = vec![Vec::with_capacity(n_rows); self.criteria.len()];
        let mut n_unnamed = vec![0; self.criteria.len()];
        let mut reasons = Vec::with_capacity(n_rows);
        let mut levels = vec![vec![MISSING; ROWS_AT_ONCE.min(n_rows)]; self.criteria.len()];
        for (part_idx, scores) in scores.chunks_mut(ROWS_AT_ONCE).enumerate() {
            let rows = rows_of_part(part_idx, scores.len());
            let known = &mut known.get_mut(rows.clone()).unwrap_or_default();
            let criteria = self.criteria.iter().zip(&readers).zip(&mut levels).zip(&mut points).zip(&mut n_unnamed);
            let mut sub_scores = part_of(&mut sub_scores, &rows);
            for (idx, ((((criterion, reader), levels), points), n_unnamed)) in criteria.enumerate() {
                let levels = &mut levels[..scores.len()];
                reader.write_levels(&rows, levels)?;
                criterion.add_points(levels, scores);
                criterion.add_known(levels, known);
                self.axis_of(idx).into_iter().for_each(|axis| criterion.add_points(levels, sub_scores[axis]));
                *n_unnamed += criterion.n_unnamed(levels);
                let levels = levels.iter().map(|&level| ((), usize::from(level)));
                criterion.points.each(levels, |(), found| points.push(found));
            }
            let reasons_of = |row: usize| joined(self.reasons_of(levels.iter().map(|levels| levels[row])));
            reasons.extend((0..scores.len()).map(reasons_of));
        }
        Ok(ExplainedBatch {
            scored: ScoredBatch { n_unnamed, ..ScoredBatch::new(self, scores, known).graded(self, sub_scores) },
            points,
            reasons,
        })
    }

    /// Known points of rows before any criterion has been looked at; nothing where the card asks for none.
    fn no_known(&self, n_rows: usize) -> Vec<i32> {
        vec![0; if self.known_at_least.is_some() { n_rows } else { 0 }]
    }

    /// Sub-scores of rows before any criterion has been looked at; nothing where the card has no grades.
    fn no_sub_scores(&self, n_rows: usize) -> [Vec<i32>; 2] {
        [(); 2].map(|()| vec![0; if self.grades.is_some() { n_rows } else { 0 }])
    }

    /// The sub-score that the points of a criterion are part of.
    fn axis_of(&self, criterion: usize) -> Option<usize> {
        self.grades.as_ref().and_then(|grades| grades.axes[criterion])
    }

    /// The texts of one criterion that the card does not name, in the order of the rows.
    ///
    /// # Errors
    /// As [`Scorer::score_batch`].
    pub fn unnamed_texts(&self, batch: &RecordBatch, criterion: usize) -> Result<Vec<String>, ScoreError> {
        self.check_columns(batch.schema_ref())?;
        let Some((texts, compiled)) =
            self.criteria.get(criterion).and_then(|criterion| criterion.texts().zip(criterion.input()))
        else {
            return Ok(Vec::new());
        };
        let Ok(Source::Column(idx)) = self.source_of(compiled, batch.schema_ref()) else { return Ok(Vec::new()) };
        let column = batch.column(idx);
        let written = arrow_cast::cast(column, &DataType::Utf8)
            .map_err(|error| ScoreError::arrow(&compiled.input.column, &error))?;
        let Some(otherwise) = texts.unnamed_level() else { return Ok(Vec::new()) };
        let unnamed = written.as_string::<i32>().iter().flatten().filter(|text| texts.level_of(text) == otherwise);
        Ok(unnamed.map(|text| normalise_text(text).into_owned()).collect())
    }

    /// Level of every row on each criterion, in the order of the card: positions in [`crate::card::Criterion::levels`].
    ///
    /// # Errors
    /// As [`Scorer::score_batch`].
    pub fn levels_of_batch(&self, batch: &RecordBatch) -> Result<Vec<Vec<u16>>, ScoreError> {
        let batch = self.read_batch(batch)?;
        let batch = batch.as_ref();
        let readers = self.readers_of(batch)?;
        let n_rows = batch.num_rows();
        let levels_of = |reader: &CriterionReader<'_>| {
            let mut levels = vec![MISSING; n_rows];
            reader.write_levels(&(0..n_rows), &mut levels)?;
            Ok(levels)
        };
        readers.iter().map(levels_of).collect()
    }

    /// Checks that `schema` has every column the card reads, in a type it can read.
    ///
    /// # Errors
    /// [`ScoreError::Columns`] names all that do not fit.
    pub fn check_columns(&self, schema: &Schema) -> Result<(), ScoreError> {
        self.sources_in(&self.read_schema(schema)).map(drop)
    }

    /// The input columns that are not there and can be made from nothing that is. Empty unless that was allowed, as it is an
    /// error otherwise.
    pub fn absent_columns(&self, schema: &Schema) -> Vec<&str> {
        let schema = self.read_schema(schema);
        let is_absent =
            |input: &&CompiledInput| matches!(self.source_of(input, &schema), Err(ColumnProblem::Absent { .. }));
        let mut columns: Vec<&str> = Vec::new();
        for input in self.compiled_inputs().filter(is_absent) {
            // A pair says nothing new of a column that another criterion reads.
            if !columns.contains(&input.input.column.as_str()) {
                columns.push(&input.input.column);
            }
        }
        columns
    }

    /// What gives each criterion its levels.
    fn readers_of<'a>(&'a self, batch: &'a RecordBatch) -> Result<Vec<CriterionReader<'a>>, ScoreError> {
        let mut sources = self.sources_in(batch.schema_ref())?.into_iter();
        let reader = |criterion: &'a CompiledCriterion| {
            let inputs = criterion.inputs.iter().zip(sources.by_ref());
            let readers: Result<Vec<_>, _> = inputs.map(|(input, source)| Reader::new(input, source, batch)).collect();
            Ok(CriterionReader { inputs: readers?, cells: criterion.cells.as_ref() })
        };
        self.criteria.iter().map(reader).collect()
    }

    /// Where each input of each criterion finds its values.
    fn sources_in(&self, schema: &Schema) -> Result<Vec<Source>, ScoreError> {
        let source_of = |input| self.source_of(input, schema).map_err(ScoreError::from);
        self.found_for_all(self.compiled_inputs().map(source_of), Source::Absent)
    }

    fn source_of(&self, compiled: &CompiledInput, schema: &Schema) -> Result<Source, ColumnProblem> {
        let input = &compiled.input;
        let own = column_called(&input.column, schema)?;
        if let Some(Derivation::DaysBefore { column: source }) = &input.derivation {
            let is_given = own.is_some_and(|idx| *source != input.column || !is_time(schema.field(idx).data_type()));
            if !is_given {
                let time = column_called(source, schema)?;
                let as_of = self.as_of_column().map(|column| column_called(column, schema)).transpose()?.flatten();
                let (Some(time), Some(as_of)) = (time, as_of) else {
                    return Err(compiled.absent(self.as_of_column()));
                };
                let mut fields = [time, as_of].into_iter().map(|idx| schema.field(idx));
                return match fields.find(|field| !is_time(field.data_type())) {
                    Some(field) => Err(compiled.no_times(field.name(), type_in_words(field.data_type()))),
                    None => Ok(Source::Days { time, as_of }),
                };
            }
        }
        let idx = own.ok_or_else(|| compiled.absent(self.as_of_column()))?;
        let data_type = schema.field(idx).data_type();
        if is_readable(input.kind, data_type) {
            Ok(Source::Column(idx))
        } else {
            Err(compiled.wrong_type(type_in_words(data_type)))
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

/// Reasons separated by `; `.
fn joined<'a>(reasons: impl Iterator<Item = &'a str>) -> String {
    reasons.fold(String::new(), |all, reason| if all.is_empty() { reason.to_owned() } else { all + "; " + reason })
}

/// The sub-scores of some rows.
fn part_of<'a>(sub_scores: &'a mut [Vec<i32>; 2], rows: &Range<usize>) -> [&'a mut [i32]; 2] {
    sub_scores.each_mut().map(|of_axis| of_axis.get_mut(rows.clone()).unwrap_or_default())
}

/// The rows of part `part_idx`, which has `n_rows`.
fn rows_of_part(part_idx: usize, n_rows: usize) -> Range<usize> {
    let first = part_idx * ROWS_AT_ONCE;
    first..first + n_rows
}

impl ScoredBatch {
    /// What `scores` are worth.
    ///
    /// - `known`: one entry per row, or none at all.
    fn new(scorer: &Scorer, scores: Vec<i32>, known: Vec<i32>) -> Self {
        let n_rows = scores.len();
        let mut scored = Self {
            scores,
            probability_bp: Vec::with_capacity(n_rows),
            low_bp: Vec::with_capacity(n_rows),
            high_bp: Vec::with_capacity(n_rows),
            bands: Vec::with_capacity(n_rows),
            known,
            ..Self::default()
        };
        for (row, &score) in scored.scores.iter().enumerate() {
            let worth = scorer.worth_of(score);
            scored.probability_bp.push(worth.probability_bp);
            scored.low_bp.push(worth.low_bp);
            scored.high_bp.push(worth.high_bp);
            let known = scored.known.get(row).copied();
            scored.bands.push(known.map_or(worth.band, |known| scorer.band_of(worth, known)));
        }
        scored
    }

    /// With the grades that `sub_scores` come to, where the card has any.
    fn graded(self, scorer: &Scorer, sub_scores: [Vec<i32>; 2]) -> Self {
        let Some(grades) = &scorer.grades else { return self };
        let [rows, columns] = &sub_scores;
        // A grid has at most 81 cells.
        let cells = rows.iter().zip(columns).map(|(&row, &column)| grades.grid.cell_of([row, column]) as u16);
        Self { grades: cells.collect(), sub_scores, ..self }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.scores.len()
    }
}

impl CompiledCriterion {
    /// How many of these levels are those of a text that the card does not name.
    fn n_unnamed(&self, levels: &[u16]) -> u64 {
        let Some(otherwise) = self.texts().and_then(TextLevels::unnamed_level) else { return 0 };
        // Counted in the width of a level, which the compiler does many at a time; a part has fewer rows than that holds.
        u64::from(levels.iter().map(|&level| u16::from(level == otherwise)).sum::<u16>())
    }

    /// Adds the points that each row's level makes known.
    fn add_known(&self, levels: &[u16], known: &mut [i32]) {
        let levels = levels.iter().map(|&level| usize::from(level));
        self.known.each(known.iter_mut().zip(levels), |known, points| *known += points);
    }

    /// Adds the points of each row's level to its score.
    fn add_points(&self, levels: &[u16], scores: &mut [i32]) {
        let levels = levels.iter().map(|&level| usize::from(level));
        self.points.each(scores.iter_mut().zip(levels), |score, points| *score += points);
    }
}

/// What gives the levels of one criterion in one batch.
struct CriterionReader<'a> {
    /// One, or the two of a pair.
    inputs: Vec<Reader<'a>>,
    /// How a pair finds its level.
    cells: Option<&'a Cells>,
}

impl CriterionReader<'_> {
    /// Level of every row in `rows`.
    fn write_levels(&self, rows: &Range<usize>, levels: &mut [u16]) -> Result<(), ScoreError> {
        match (self.inputs.as_slice(), self.cells) {
            ([row, column], Some(cells)) => {
                let mut columns = [MISSING; ROWS_AT_ONCE];
                for (part_idx, levels) in levels.chunks_mut(ROWS_AT_ONCE).enumerate() {
                    let part = rows_of_part(part_idx, levels.len());
                    let part = rows.start + part.start..rows.start + part.end;
                    let columns = &mut columns[..levels.len()];
                    row.write_levels(&part, levels)?;
                    column.write_levels(&part, columns)?;
                    cells.write_levels(columns, levels);
                }
                Ok(())
            }
            (inputs, _) => inputs.iter().try_for_each(|input| input.write_levels(rows, levels)),
        }
    }
}

/// What gives the values of one input in one batch.
enum Reader<'a> {
    /// A column, with its name.
    Column(Column<'a>, &'a str),
    /// The days between two columns.
    Days { edges: &'a FloatEdges, time: (&'a ArrayRef, &'a str), as_of: (&'a ArrayRef, &'a str) },
    /// Nothing: every row is at the missing level.
    Nothing,
}

impl<'a> Reader<'a> {
    fn new(compiled: &'a CompiledInput, source: Source, batch: &'a RecordBatch) -> Result<Self, ScoreError> {
        let column = |idx: usize| (batch.column(idx), batch.schema_ref().field(idx).name().as_str());
        Ok(match (source, &compiled.finder) {
            (Source::Column(idx), finder) => {
                let (array, name) = column(idx);
                Self::Column(Column::new(finder, array, name)?, name)
            }
            (Source::Days { time, as_of }, LevelFinder::Number(edges)) => {
                Self::Days { edges: &edges.floats, time: column(time), as_of: column(as_of) }
            }
            (Source::Days { .. } | Source::Absent, _) => Self::Nothing,
        })
    }

    /// Level of every row in `rows`.
    fn write_levels(&self, rows: &Range<usize>, levels: &mut [u16]) -> Result<(), ScoreError> {
        match self {
            Self::Column(column, name) => column.write_levels(rows, name, levels),
            Self::Days { edges, time, as_of } => {
                let times = |(array, name): &(&ArrayRef, &str)| {
                    let part = array.slice(rows.start, rows.len());
                    times_of(&part, name).map_err(|error| error.after_rows(rows.start))
                };
                edges.write_levels(&days_before_of(&times(time)?, &times(as_of)?), levels);
                Ok(())
            }
            Self::Nothing => {
                levels.fill(MISSING);
                Ok(())
            }
        }
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

#[cfg(test)]
mod tests;
