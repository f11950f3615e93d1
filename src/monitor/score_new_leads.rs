//! Follow: leads held against a card that exists already. Files are read here; what they say of the card is worked out in
//! [`crate::monitor`].
//!
//! In: a card, and a config that says where leads and outcomes are. Out: [`ScoredNewLeads`]: each lead with its level of every
//! criterion, its score, and what is known of it by now.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int32Array, NullArray, RecordBatch,
    RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::ArrowError;
use arrow_schema::{DataType, Field, Schema, TimeUnit};

use crate::card::{Card, CardError, Criterion, Derivation, Input, InputKind, When};
use crate::data::DataError;
use crate::data::columns::{NO_TIME, UserColumn, UserTable};
use crate::data::dataset::IntakeError;
use crate::data::event_counts::counted_inputs;
use crate::data::features::{count_for_card, no_events};
use crate::data::inputs::{Tables, read_tables};
use crate::data::labels::{HandOffs, LabelledLeads, follow_hand_offs};
use crate::data::read::{InputFile, PiecedTable};
use crate::data::table::{Content, Table};
use crate::monitor::{ScoredNewLeads, UnnamedTexts};
use crate::notes::Note;
use crate::progress::Progress;
use crate::score::{ScoreError, Scorer};
use crate::settings::{CriterionRule, EventsConfig, FoldRules, LeadsConfig, SegmentsConfig, Settings};

/// Why leads cannot be held against the card.
#[derive(Debug, thiserror::Error)]
pub enum ScoreNewLeadsError {
    /// A table cannot be read or labelled.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The leads lack what the card reads.
    #[error("{error}")]
    Misfit {
        /// Every column that does not fit.
        error: ScoreError,
        /// The columns that there are.
        columns: Vec<String>,
    },
    /// The card is not sound.
    #[error(transparent)]
    Card(#[from] CardError),
    /// Columns that do not go together: a fault of ours.
    #[error("the columns of the card cannot be put together")]
    Columns(#[from] ArrowError),
}

/// Reads the leads and what became of them, and scores them.
///
/// # Errors
/// A [`ScoreNewLeadsError`] that names file, column, row or key; of columns that the leads lack it names all.
pub fn score_new_leads(
    card: &Card,
    settings: &Settings,
    progress: &mut Progress,
) -> Result<ScoredNewLeads, ScoreNewLeadsError> {
    let scorer = Scorer::new(card)?;
    let mut settings = settings_of_card(settings, card);
    let read = read_tables(&settings, Some(card), None, progress).map_err(IntakeError::Leads)?;
    let Tables { leads: table, outcomes, events, mut files, mut notes, .. } = read;

    take_roles_of_card(&mut settings, card, &table);
    let columns = || table.names.clone();
    let misfit = |error: ScoreError| ScoreNewLeadsError::Misfit { error, columns: columns() };
    let sources = Sources::find(card, &scorer, &settings, &table).map_err(misfit)?;
    let labels = progress.stage("label", || follow_hand_offs(&table, outcomes.as_ref(), &settings));
    let (HandOffs { leads, known, .. }, label_notes) = labels.map_err(IntakeError::Labels)?;
    notes.extend(label_notes);
    let happened = events.as_ref().zip(settings.events.as_ref());
    let counted = progress.stage("count events", || sources.counted_from_events(happened, &leads, &mut notes))?;
    files.extend(counted.files);
    let batch = progress.stage("criteria", || sources.batch(&table, counted.columns, &leads))?;
    let scored = progress.stage("score", || Ok((scorer.levels_of_batch(&batch)?, scorer.score_batch(&batch)?)));
    let (levels, scored) = scored.map_err(misfit)?;
    Ok(ScoredNewLeads {
        unnamed: card.criteria.iter().map(|criterion| unnamed_answers(criterion, &batch)).collect(),
        as_of: leads.as_of.clone(),
        score: scored.scores,
        levels,
        known,
        cluster: leads.cluster.clone(),
        horizon_days: leads.horizon_days,
        n_read: leads.counts.n_read,
        n_left_out: leads.counts.n_read - leads.n_leads(),
        n_as_of_after_conversion: leads.counts.n_as_of_after_conversion,
        files,
        notes,
    })
}

/// The settings without a table of events that the card does not count from, and with criteria of the card's columns.
fn settings_of_card(settings: &Settings, card: &Card) -> Settings {
    let mut settings = settings.clone();
    let mut columns: Vec<&str> = Vec::new();
    for input in card.criteria.iter().flat_map(|criterion| &criterion.inputs) {
        // A pair reads the columns of other criteria again.
        if !columns.contains(&input.column.as_str()) {
            columns.push(&input.column);
        }
    }
    settings.criteria = columns.into_iter().map(CriterionRule::of_column).collect();
    settings.events = settings.events.filter(|_| counted_inputs(card).next().is_some());
    settings
}

/// The card's own names of id and hand-off where none are named, and no roles that play no part here.
fn take_roles_of_card(settings: &mut Settings, card: &Card, table: &Table) {
    let own = |column: &Option<String>| column.clone().filter(|column| table.column(column).is_some());
    let LeadsConfig { id, as_of, source, segment, team, weight, .. } = &mut settings.leads;
    *id = id.take().or_else(|| own(&card.id_column));
    *as_of = as_of.take().or_else(|| own(&card.as_of_column));
    (*source, *segment, *team) = (None, None, None);
    if table.column(weight.as_deref().unwrap_or_default()).is_none() {
        *weight = None;
    }
    settings.segments = SegmentsConfig::default();
    settings.folds = FoldRules::default();
    let outcome = &mut settings.outcome;
    (outcome.value, outcome.reason, outcome.first_touch) = (None, None, None);
}

/// Where each criterion of the card finds its values; a pair finds them in two places.
struct Sources<'a> {
    card: &'a Card,
    of_criterion: Vec<(&'a Criterion, Source<'a>)>,
}

/// Where one criterion finds its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source<'a> {
    /// In this column.
    Column(&'a Input),
    /// In the days between this column and the hand-off.
    Days(&'a str),
    /// In the events.
    Events(&'a Input),
}

impl<'a> Sources<'a> {
    /// Finds the sources; of all columns that are not there, or hold what the card cannot read, the names.
    fn find(card: &'a Card, scorer: &Scorer, settings: &Settings, table: &Table) -> Result<Self, ScoreError> {
        let mut fields: Vec<Field> = Vec::new();
        let mut add = |name: &str, data_type: DataType| {
            if !fields.iter().any(|field| field.name() == name) {
                fields.push(Field::new(name, data_type, true));
            }
        };
        // The scorer looks for the hand-off under the card's name of it.
        if let (Some(of_card), Some(_)) = (&card.as_of_column, &settings.leads.as_of) {
            add(of_card, timestamp());
        }
        let mut of_criterion = Vec::new();
        let inputs =
            card.criteria.iter().flat_map(|criterion| criterion.inputs.iter().map(move |input| (criterion, input)));
        for (criterion, input) in inputs {
            let own = table.column(&input.column).map(|column| arrow_type(&column.content));
            let source = match &input.derivation {
                Some(Derivation::Events { .. }) if own.is_none() && settings.events.is_some() => Source::Events(input),
                Some(Derivation::DaysBefore { column })
                    if own.as_ref().is_none_or(|own| *column == input.column && is_time(own)) =>
                {
                    Source::Days(column)
                }
                _ => Source::Column(input),
            };
            match source {
                Source::Events(input) => add(&input.column, DataType::Float64),
                Source::Days(column) => {
                    if let Some(found) = table.column(column) {
                        add(column, arrow_type(&found.content));
                    }
                }
                Source::Column(input) => {
                    if let Some(own) = own {
                        add(&input.column, own);
                    }
                }
            }
            of_criterion.push((criterion, source));
        }
        scorer.check_columns(&Schema::new(fields))?;
        Ok(Self { card, of_criterion })
    }

    /// The columns of the card for all followed leads.
    ///
    /// - `counted`: those that are counted from events.
    fn batch(
        &self,
        table: &Table,
        counted: BTreeMap<String, ArrayRef>,
        leads: &LabelledLeads,
    ) -> Result<RecordBatch, ScoreNewLeadsError> {
        let mut columns = counted;
        let rows = &leads.rows;
        for (criterion, source) in &self.of_criterion {
            let read = |column: &str| {
                let key = format!("criterion[{}]", criterion.name);
                UserTable::leads(table).column(&key, column).and_then(|column| values_of(column, *source, rows))
            };
            let (name, array) = match source {
                Source::Column(input) => (input.column.as_str(), read(&input.column)),
                Source::Days(column) => (*column, read(column)),
                Source::Events(_) => continue,
            };
            columns.insert(name.to_owned(), array.map_err(IntakeError::Features)?);
        }
        let has_days = self.of_criterion.iter().any(|(_, source)| matches!(source, Source::Days(_)));
        if let (true, Some(name), Some(as_of)) = (has_days, &self.card.as_of_column, &leads.as_of) {
            columns.insert(name.clone(), Arc::new(TimestampMicrosecondArray::from(as_of.clone())));
        }
        let fields: Vec<Field> =
            columns.iter().map(|(name, array)| Field::new(name, array.data_type().clone(), true)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let columns = columns.into_values().collect();
        Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?)
    }

    /// The criteria that are counted from events.
    fn counted_from_events(
        &self,
        events: Option<(&PiecedTable, &EventsConfig)>,
        leads: &LabelledLeads,
        notes: &mut Vec<Note>,
    ) -> Result<CountedColumns, ScoreNewLeadsError> {
        let mut counted: Vec<(&str, &Input)> = Vec::new();
        for (criterion, source) in &self.of_criterion {
            if let Source::Events(input) = source
                && !counted.iter().any(|(_, other)| other.column == input.column)
            {
                counted.push((criterion.name.as_str(), input));
            }
        }
        if counted.is_empty() {
            return Ok(CountedColumns::default());
        }
        let Some((events, roles)) = events else {
            return Err(IntakeError::Features(no_events(counted[0].0)).into());
        };
        let counts = count_for_card(&counted, events, roles, leads.identities(), notes).map_err(IntakeError::from)?;
        let arrays = counts.values.into_iter().map(|values| Arc::new(Float64Array::from(values)) as ArrayRef);
        let columns = counted.iter().map(|(_, input)| input.column.clone()).zip(arrays).collect();
        Ok(CountedColumns { columns, files: counts.files })
    }
}

/// Criteria that are counted from events.
#[derive(Default)]
struct CountedColumns {
    /// Under the columns of the card.
    columns: BTreeMap<String, ArrayRef>,
    /// The files of the events.
    files: Vec<InputFile>,
}

/// The values of the rows in the form the scorer reads.
fn values_of(column: UserColumn<'_>, source: Source<'_>, rows: &[u32]) -> Result<ArrayRef, DataError> {
    let is_nothing = column.content().has_no_value();
    Ok(match source {
        _ if is_nothing => Arc::new(NullArray::new(rows.len())),
        Source::Days(_) => {
            let times = column.to_times()?.micros;
            let time = |&row: &u32| Some(times[row as usize]).filter(|&time| time != NO_TIME);
            Arc::new(TimestampMicrosecondArray::from_iter(rows.iter().map(time)))
        }
        Source::Column(input) | Source::Events(input) => match input.kind {
            InputKind::Number => {
                let numbers = column.to_numbers()?;
                Arc::new(Float64Array::from_iter_values(rows.iter().map(|&row| numbers[row as usize])))
            }
            InputKind::Boolean => {
                let flags = column.to_booleans()?;
                Arc::new(BooleanArray::from_iter(rows.iter().map(|&row| flags[row as usize])))
            }
            InputKind::Text => {
                let texts = column.to_texts()?;
                // A missing text has a position beyond every level, and becomes a key of its own.
                let key = |&row: &u32| i32::try_from(texts.positions[row as usize]).ok();
                let keys = Int32Array::from_iter(rows.iter().map(key));
                let levels = StringArray::from_iter_values(&texts.levels);
                Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(levels)))
            }
        },
    })
}

/// Answers that the card does not name; they get the points of the level that takes the rest.
fn unnamed_answers(criterion: &Criterion, batch: &RecordBatch) -> UnnamedTexts {
    let read = || {
        // A map has an answer for every text.
        let input = criterion.input().filter(|input| input.kind == InputKind::Text && criterion.map.is_none())?;
        let texts = batch.column_by_name(&input.column)?.as_any().downcast_ref::<DictionaryArray<Int32Type>>()?;
        Some((texts.keys(), texts.values().as_any().downcast_ref::<StringArray>()?))
    };
    let Some((keys, levels)) = read() else { return UnnamedTexts::default() };
    let mut texts = Vec::new();
    let place_of: Vec<Option<u32>> = levels
        .iter()
        .map(|level| {
            let level = level?;
            let at = criterion.level_of(&serde_json::Value::from(level))?;
            (criterion.levels[at].when == When::Else).then(|| {
                texts.push(level.to_owned());
                texts.len() as u32 - 1
            })
        })
        .collect();
    UnnamedTexts { texts, of_lead: keys.iter().map(|key| place_of[key? as usize]).collect() }
}

fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, None)
}

fn is_time(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(..) | DataType::Utf8 | DataType::Null)
}

/// What a column of the lead table is to the scorer, as far as it can tell types apart.
fn arrow_type(content: &Content) -> DataType {
    match content {
        // A CSV column without a value says nothing of its type.
        nothing if nothing.has_no_value() => DataType::Null,
        Content::Booleans(_) => DataType::Boolean,
        Content::Texts(_) => DataType::Utf8,
        Content::Days(_) | Content::Times(_) => timestamp(),
        Content::Nothing(_) => DataType::Null,
        Content::Whole(_) | Content::Large(_) | Content::Floats(_) => DataType::Float64,
        Content::Other { .. } => DataType::Binary,
    }
}
