//! Features: one column of values per criterion, as it was known at the lead's as-of moment.
//!
//! In: the labelled leads, their table, what has been counted of their events. Out: [`CriterionColumn`]s, one value per labelled lead each.
//!
//! Start at [`derive()`]. `columns` reads plain columns, `events` counts engagement.
//!
//! Always true: no value uses a time after the lead's as-of, and an [`AsOfProof`] says how close each came; text is
//! normalised; no value is infinite.

mod card_points;
mod columns;
mod events;
mod wording;

pub use card_points::{column_of_axis, levels_of, levels_of_pair, points_of, points_of_pair};
pub use events::{CountError, EventCounts, PartCounts, count_events};

/// Position that stands for "no text here".
pub use crate::data::columns::NO_TEXT as MISSING_TEXT;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::card::{Derivation, Input, InputKind, Measure, TextMap, normalise_text};
use crate::data::DataError;
use crate::data::columns::{Answers, Texts, UserColumn, UserTable, WordRules, Written, in_quotes};
use crate::data::labels::Identities;
use crate::data::read::{AsOfProof, InputFile, PiecedTable, Verdict, VerdictKind};
use crate::data::table::{Column, Table};
use crate::nearest::nearest;
use crate::notes::Note;
use crate::settings::{CriteriaRules, CriterionRule, CriterionSource, EventRule, EventsConfig, Trend, Wording};
use columns::{TextRules, column_values, settle_odd_numbers};

/// Criteria of all labelled leads.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// In the order of the config, or of the table.
    pub columns: Vec<CriterionColumn>,
    /// One per criterion, in the same order.
    pub proofs: Vec<AsOfProof>,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
}

/// Derives the configured criteria; without any, every column whose verdict is criterion.
///
/// # Errors
/// A [`DataError`] that names criterion, column and row.
pub fn derive(
    table: &Table,
    events: Option<PartCounts<'_>>,
    rules: &CriteriaRules<'_>,
    leads: Identities<'_>,
    verdicts: &[Verdict],
) -> Result<Derived, DataError> {
    let wishes = wishes(rules, verdicts).into_iter().map(|wish| (wish, None)).collect();
    Deriving { table, events, rules, leads }.all(wishes)
}

/// [`derive()`] for a table of which nothing else is wanted: each column is given back to memory as soon as its criterion is made.
///
/// # Errors
/// As [`derive()`].
pub fn derive_last(
    mut table: Table,
    events: Option<PartCounts<'_>>,
    rules: &CriteriaRules<'_>,
    leads: Identities<'_>,
    verdicts: &[Verdict],
) -> Result<Derived, DataError> {
    let wishes = wishes(rules, verdicts);
    let mut n_wishes_of = BTreeMap::<&str, usize>::new();
    wishes.iter().filter_map(CriterionRule::column).for_each(|name| *n_wishes_of.entry(name).or_default() += 1);
    let mut own = BTreeMap::<String, Column>::new();
    for column in std::mem::take(&mut table.columns) {
        match n_wishes_of.get(column.name.as_str()) {
            None => {}
            Some(1) => {
                own.insert(column.name.clone(), column);
            }
            Some(_) => table.columns.push(column),
        }
    }
    let wishes = wishes.into_iter().map(|wish| {
        let column = wish.column().and_then(|name| own.remove(name));
        (wish, column)
    });
    Deriving { table: &table, events, rules, leads }.all(wishes.collect())
}

/// What criteria are derived from.
#[derive(Clone, Copy)]
struct Deriving<'a> {
    table: &'a Table,
    events: Option<PartCounts<'a>>,
    rules: &'a CriteriaRules<'a>,
    leads: Identities<'a>,
}

/// A criterion, the latest use of its time, and what is to be said of it.
type Made = (CriterionColumn, Option<i64>, Vec<Note>);

impl Deriving<'_> {
    /// - `wishes`: each with its column, where that is not in the table.
    fn all(self, wishes: Vec<(CriterionRule, Option<Column>)>) -> Result<Derived, DataError> {
        let mut notes = self.events.map_or_else(Vec::new, |events| events.counts.notes.clone());
        let are_all = self.leads.rows.iter().zip(0..).all(|(&row, at)| row == at);
        let made = |(wish, column): (CriterionRule, Option<Column>)| match column {
            Some(own)
                if are_all && own.content.n_rows() == self.leads.rows.len() && self.is_plain_number(&wish, &own) =>
            {
                number_criterion(&wish, own)
            }
            column => self.criterion(&wish, column.as_ref()),
        };
        // The first criterion that cannot be made, whichever thread found it first.
        let made: Vec<Result<Made, DataError>> = wishes.into_par_iter().map(made).collect();
        let (mut columns, mut proofs) = (Vec::with_capacity(made.len()), Vec::with_capacity(made.len()));
        for made in made {
            let (column, latest_use_us, own_notes) = made?;
            notes.extend(own_notes);
            proofs.push(AsOfProof { criterion: column.name.clone(), latest_use_us });
            columns.push(column);
        }
        Ok(Derived { columns, proofs, notes })
    }

    /// Whether numbers are the values of a criterion as they stand.
    fn is_plain_number(self, wish: &CriterionRule, column: &Column) -> bool {
        let is_offset = self.rules.offset_segment == Some(&column.name);
        column.content.is_number() && wish.map.is_empty() && wish.order.is_empty() && !is_offset
    }

    fn criterion(self, wish: &CriterionRule, column: Option<&Column>) -> Result<Made, DataError> {
        let mut notes = Vec::new();
        let (criterion, latest_use_us) = match &wish.source {
            CriterionSource::Events(counted) => event_criterion(wish, counted, self.events, &mut notes)?,
            CriterionSource::Column(source) => {
                let is_offset = self.rules.offset_segment == Some(source);
                // What rules make of a text is named in `order`, not the text.
                let answers = if wish.map.is_empty() { &wish.order[..] } else { &[] };
                let words = WordRules { missing: self.rules.missing_words(wish), answers };
                let texts = TextRules { words, map: &wish.map };
                let key = format!("criterion[{}]", wish.name);
                let column = match column {
                    Some(own) => UserColumn::of_leads(&key, own),
                    None => UserTable::leads(self.table).column(&key, source)?,
                };
                plain_criterion(wish, column, is_offset, texts, self.leads, &mut notes)?
            }
        };
        Ok((criterion, latest_use_us, notes))
    }
}

/// What a card counts from events.
#[derive(Debug, Clone, PartialEq)]
pub struct CardCounts {
    /// Per criterion, in the order of the leads; NaN where it is missing.
    pub values: Vec<Vec<f64>>,
    /// Events that belong to one of the leads.
    pub n_events_of_leads: usize,
    /// The files of the event table.
    pub files: Vec<InputFile>,
}

/// What a card counts from events, for leads that it has not been fitted on.
///
/// - `inputs`: name and input of each criterion; every one of them is counted from events.
///
/// Where no event is of the kind a criterion counts every lead has none, and a note says so.
///
/// # Errors
/// A [`CountError`] where leads have no id or no hand-off, or the table lacks a column, has none of the kinds, holds what cannot be
/// added up, or cannot be read.
pub fn count_for_card(
    inputs: &[(&str, &Input)],
    events: &PiecedTable,
    config: &EventsConfig,
    leads: Identities<'_>,
    notes: &mut Vec<Note>,
) -> Result<CardCounts, CountError> {
    let rules = inputs.iter().map(|(name, input)| rule_of_input(name, input)).collect::<Result<Vec<_>, _>>()?;
    let named: Vec<(&str, &EventRule)> = inputs.iter().map(|(name, _)| *name).zip(&rules).collect();
    let counts = count_events(events, config, &named, &[leads])?;
    notes.extend(counts.notes.iter().cloned());
    let mut values = Vec::with_capacity(inputs.len());
    let (mut n_of_a_kind, mut n_absent, mut first_absent) = (0, 0, None);
    for (name, rule) in named {
        if let (Some(kind), None) = (&rule.kind, &config.kind) {
            let words = format!("it counts events of kind \"{kind}\"; name the column of kinds in `events.kind`");
            return Err(DataError::new(format!("criterion `{name}`: {words}")).into());
        }
        n_of_a_kind += usize::from(rule.kind.is_some());
        match rule.kind.as_deref().filter(|kind| !counts.has_kind(kind)) {
            None => values.push(counts.of_part(0).measure(name, rule)?.0),
            Some(kind) => {
                let nearest = counts.near_kind(kind);
                let text = format!(
                    "`{name}` counts events of kind \"{kind}\", and there is none{nearest}: every lead has none"
                );
                notes.push(Note::new("features", text));
                let none = if rule.measure == Measure::DaysSinceLast { f64::NAN } else { 0.0 };
                values.push(vec![none; leads.rows.len()]);
                n_absent += 1;
                first_absent.get_or_insert_with(|| counts.no_such_kind(name, kind));
            }
        }
    }
    if let Some(error) = first_absent.filter(|_| n_absent == n_of_a_kind) {
        return Err(error.into());
    }
    Ok(CardCounts { values, n_events_of_leads: counts.n_of_leads, files: counts.files })
}

/// What an input of a card counts from events.
///
/// # Errors
/// [`DataError`] where it counts none.
fn rule_of_input(name: &str, input: &Input) -> Result<EventRule, DataError> {
    match input.derivation.clone() {
        Some(Derivation::Events { kind, within_us, measure }) => Ok(EventRule { kind, within_us, measure }),
        _ => Err(no_events(name)),
    }
}

/// The configured criteria, less those that tell nothing; without any, the columns that passed the checks. With
/// `segments.offsets` the segment is one of them.
fn wishes(rules: &CriteriaRules<'_>, verdicts: &[Verdict]) -> Vec<CriterionRule> {
    let is_dropped = |verdict: &Verdict| matches!(verdict.verdict, VerdictKind::Constant | VerdictKind::AllMissing);
    // The checks say why it was dropped.
    let tells = |wish: &&CriterionRule| {
        !verdicts.iter().any(|verdict| wish.column() == Some(verdict.column.as_str()) && is_dropped(verdict))
    };
    let mut wanted: Vec<CriterionRule> = rules.criteria.iter().filter(tells).cloned().collect();
    if rules.criteria.is_empty() {
        let passed = verdicts.iter().filter(|verdict| verdict.verdict == VerdictKind::Criterion);
        wanted.extend(passed.map(|verdict| CriterionRule::of_column(&verdict.column)));
    }
    if let Some(segment) = rules.offset_segment
        && !wanted.iter().any(|wish| wish.column() == Some(segment))
    {
        wanted.push(CriterionRule { group: Some("segment".to_owned()), ..CriterionRule::of_column(segment) });
    }
    wanted
}

/// - `is_partially_pooled`: whether it is the segment, with points of its own by `segments.offsets`.
fn plain_criterion(
    wish: &CriterionRule,
    column: UserColumn<'_>,
    is_partially_pooled: bool,
    texts: TextRules<'_>,
    leads: Identities<'_>,
    notes: &mut Vec<Note>,
) -> Result<(CriterionColumn, Option<i64>), DataError> {
    let source = column.name();
    let mut read = column_values(column, &wish.name, texts, leads, notes)?;
    if is_partially_pooled && matches!(read.values, Values::Numbers(_)) {
        return Err(column.asked_by("segments.offsets").wrong_type("text"));
    }
    let order = match &read.values {
        Values::Text { positions, levels } => {
            let order = order_of(wish, source, read.kind, levels)?;
            let order = in_names_of_levels(order, read.answers.as_ref(), levels, positions, &mut read.written);
            check_order(wish, source, &order, positions, levels, notes)?;
            order
        }
        Values::Numbers(_) if !wish.order.is_empty() => {
            return Err(DataError::new(format!(
                "criterion `{}`: `order` is for text, and column `{source}` holds {}\n\
                 hint: leave `order` out; numbers and dates have one already",
                wish.name,
                column.content().in_words()
            )));
        }
        Values::Numbers(_) => Vec::new(),
    };
    let levels = match &read.values {
        Values::Text { levels, .. } => levels.as_slice(),
        Values::Numbers(_) => &[],
    };
    let wording = wording::in_names_of_levels(wish, levels, read.answers.as_ref(), notes)?;
    // A derived value gets a column of its own name: the source column holds something else.
    let column = if read.derivation.is_some() { wish.name.clone() } else { source.to_owned() };
    let criterion = CriterionColumn {
        name: wish.name.clone(),
        group: wish.group.clone(),
        wording,
        input: Input { column, kind: read.kind, derivation: read.derivation },
        map: read.map,
        trend: wish.trend,
        order,
        is_partially_pooled,
        values: read.values,
        written: read.written,
        cells: None,
    };
    Ok((criterion, read.latest_use_us))
}

/// The numbers of all leads, in the order of the table, in the memory of its column.
fn number_criterion(wish: &CriterionRule, column: Column) -> Result<Made, DataError> {
    let mut notes = Vec::new();
    let is_whole = column.content.is_whole();
    let mut values = column.content.into_numbers().unwrap_or_default();
    settle_odd_numbers(&mut values, is_whole, &column.name, &mut notes);
    let mut criterion = CriterionColumn::plain(&wish.name, InputKind::Number, Values::Numbers(values));
    criterion.input.column = column.name;
    let wording = wording::in_names_of_levels(wish, &[], None, &mut notes)?;
    Ok((CriterionColumn { group: wish.group.clone(), wording, trend: wish.trend, ..criterion }, None, notes))
}

fn event_criterion(
    wish: &CriterionRule,
    counted: &EventRule,
    events: Option<PartCounts<'_>>,
    notes: &mut Vec<Note>,
) -> Result<(CriterionColumn, Option<i64>), DataError> {
    let events = events.ok_or_else(|| no_events(&wish.name))?;
    let (values, latest_use_us) = events.measure(&wish.name, counted)?;
    let EventRule { kind, within_us, measure } = counted.clone();
    let mut criterion = CriterionColumn::plain(&wish.name, InputKind::Number, Values::Numbers(values));
    criterion.input.derivation = Some(Derivation::Events { kind, within_us, measure });
    let wording = wording::in_names_of_levels(wish, &[], None, notes)?;
    Ok((CriterionColumn { group: wish.group.clone(), wording, trend: wish.trend, ..criterion }, latest_use_us))
}

/// That a criterion is counted from events, and there are none.
pub fn no_events(name: &str) -> DataError {
    let words = format!("criterion `{name}` is counted from events, and there is no event table");
    DataError::new(format!("{words}\nhint: add [events] with path, lead, at and kind"))
}

/// The order of the levels: as the config says, or no before yes where a trend asks for one.
fn order_of(wish: &CriterionRule, column: &str, kind: InputKind, levels: &[String]) -> Result<Vec<String>, DataError> {
    let has_trend = matches!(wish.trend, Trend::Increasing | Trend::Decreasing | Trend::Turning);
    match kind {
        _ if !wish.order.is_empty() => Ok(wish.order.iter().map(|level| normalise_text(level).into_owned()).collect()),
        InputKind::Boolean if has_trend => Ok(levels.to_vec()),
        _ if has_trend => Err(DataError::new(format!(
            "criterion `{}`: its trend runs along an order, and column `{column}` is text without one\n\
             hint: say the levels from lowest to highest in `order`, or leave `trend` out; there are {}",
            wish.name,
            in_quotes(levels, 8)
        ))),
        _ => Ok(Vec::new()),
    }
}

/// The order in the names that the levels have: an answer may be named by any way of writing it.
fn in_names_of_levels(
    order: Vec<String>,
    answers: Option<&Answers>,
    levels: &[String],
    positions: &[u32],
    written: &mut Option<Written>,
) -> Vec<String> {
    let Some(answers) = answers else { return order };
    let mut named: Vec<String> = Vec::with_capacity(order.len());
    for text in order {
        let level = if levels.contains(&text) { None } else { answers.level_of(&text) };
        let name = level.map_or_else(|| text.clone(), str::to_owned);
        if name != text {
            let plain = || Written::plain(Texts { positions: positions.to_vec(), levels: levels.to_vec() });
            written.get_or_insert_with(plain).add_spelling(text, &name);
        }
        if !named.contains(&name) {
            named.push(name);
        }
    }
    named
}

/// Every level in the data must have its place in the order; places nobody takes are mentioned.
fn check_order(
    wish: &CriterionRule,
    column: &str,
    order: &[String],
    positions: &[u32],
    levels: &[String],
    notes: &mut Vec<Note>,
) -> Result<(), DataError> {
    if order.is_empty() {
        return Ok(());
    }
    if let Some(stray) = levels.iter().position(|level| !order.contains(level)) {
        let n_leads = positions.iter().filter(|&&at| at as usize == stray).count();
        let (name, level, nearest) = (&wish.name, &levels[stray], near_words(&levels[stray], order));
        return Err(DataError::new(format!(
            "criterion `{name}`: {n_leads} leads say \"{level}\" in column `{column}`, which `order` does not name{nearest}\n\
             hint: add it to `order`, or correct it in the data"
        )));
    }
    let unseen: Vec<String> =
        order.iter().filter(|level| !levels.contains(level)).map(|level| format!("\"{level}\"")).collect();
    if !unseen.is_empty() {
        notes.push(Note::new("features", format!("criterion `{}`: no lead says {}", wish.name, unseen.join(", "))));
    }
    Ok(())
}

/// "; did you mean ...?", or nothing where no known word is near.
fn near_words(wanted: &str, known: &[String]) -> String {
    let near = nearest(wanted, known.iter().map(String::as_str));
    near.first().map(|word| format!("; did you mean \"{word}\"?")).unwrap_or_default()
}

/// One criterion with its value for every labelled lead.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionColumn {
    /// What sales calls it; unique.
    pub name: String,
    /// Heading on the card.
    pub group: Option<String>,
    /// What people read, its answers by the names of the levels, and whether somebody asks.
    pub wording: Wording,
    /// What the production scorer reads: the user's column, or one of the criterion's name for a derived value.
    pub input: Input,
    /// What made answers of the text it reads, where rules did.
    pub map: Option<TextMap>,
    /// How points may run along the levels.
    pub trend: Trend,
    /// Text levels from lowest to highest, normalised; empty when the order is not given.
    pub order: Vec<String>,
    /// Whether each level has a weight of its own, however few its leads, and borrows from all levels what its own leads cannot
    /// say: the segment with `segments.offsets`.
    pub is_partially_pooled: bool,
    /// The values, one per labelled lead, in the order of the leads.
    pub values: Values,
    /// What leads wrote, where that is not always the name of their level.
    pub written: Option<Written>,
    /// Where a number stands for all of a cell, of which it is the lowest.
    pub cells: Option<NumberCells>,
}

/// Cells of numbers whose leads were counted together, ascending.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NumberCells {
    /// Lowest number of each, which stands for all of them.
    pub low: Vec<f64>,
    /// Highest number of each.
    pub high: Vec<f64>,
}

impl NumberCells {
    /// The highest number of the cell that a number stands for; itself where it stands for none.
    pub fn high_of(&self, low: f64) -> f64 {
        let at = self.low.binary_search_by(|known| known.total_cmp(&low));
        at.map_or(low, |at| self.high[at])
    }
}

impl CriterionColumn {
    /// A column as it stands, on its own: no group, no order, points may run as they like.
    pub fn plain(name: &str, kind: InputKind, values: Values) -> Self {
        Self {
            name: name.to_owned(),
            group: None,
            wording: Wording::default(),
            input: Input { column: name.to_owned(), kind, derivation: None },
            map: None,
            trend: Trend::Auto,
            order: Vec::new(),
            is_partially_pooled: false,
            values,
            written: None,
            cells: None,
        }
    }

    /// Puts the values of other leads behind, read from the same column by the same wish.
    pub fn extend(&mut self, others: Self) {
        self.extend_written(&others);
        match (&mut self.values, others.values) {
            (Values::Numbers(values), Values::Numbers(more)) => values.extend(more),
            (Values::Text { positions, levels }, Values::Text { positions: more, levels: more_levels }) => {
                let mut all = Texts { positions: std::mem::take(positions), levels: std::mem::take(levels) };
                all.extend(Texts { positions: more, levels: more_levels });
                (*positions, *levels) = (all.positions, all.levels);
            }
            // One column has one type.
            (Values::Numbers(values), Values::Text { positions, .. }) => {
                values.extend(positions.iter().map(|_| f64::NAN))
            }
            (Values::Text { positions, .. }, Values::Numbers(more)) => {
                positions.extend(more.iter().map(|_| MISSING_TEXT))
            }
        }
    }

    /// Puts what other leads wrote behind, before their values are.
    fn extend_written(&mut self, others: &Self) {
        if self.written.is_none() && others.written.is_none() {
            return;
        }
        let of = |column: &Self| column.written.clone().or_else(|| column.values.texts().map(Written::plain));
        self.written = match (of(self), of(others)) {
            (Some(mut own), Some(others)) => {
                own.extend(others);
                Some(own)
            }
            // One column has one type.
            (own, _) => own,
        };
    }
}

/// Values of a criterion.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers, NaN where missing; infinities have been made the largest number and noted.
    Numbers(Vec<f64>),
    /// Text (booleans as "true" and "false"), normalised (NFC, trimmed), as positions in `levels`.
    Text {
        /// Position of the lead's level, or [`MISSING_TEXT`].
        positions: Vec<u32>,
        /// Distinct levels in byte order.
        levels: Vec<String>,
    },
}

impl Values {
    /// The levels of text.
    fn texts(&self) -> Option<Texts> {
        match self {
            Self::Numbers(_) => None,
            Self::Text { positions, levels } => Some(Texts { positions: positions.clone(), levels: levels.clone() }),
        }
    }

    /// Number of leads.
    pub fn n_leads(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Text { positions, .. } => positions.len(),
        }
    }
}

#[cfg(test)]
mod tests;
