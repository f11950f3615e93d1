//! The card in use, read onto the leads at hand: a column for each of its criteria.

use crate::card::{Card, Criterion, Derivation, Input};
use crate::data::DataError;
use crate::data::features::{CriterionColumn, Derived};
use crate::data::read::InputFile;
use crate::notes::{Note, in_words};
use crate::settings::{CriterionRule, CriterionSource, EventRule};

/// The card in use, as read.
#[derive(Debug, Clone, PartialEq)]
pub struct ChampionCard {
    /// The card.
    pub card: Card,
    /// Its file.
    pub file: InputFile,
}

/// Where a criterion of the card in use finds its values.
#[derive(Debug, Clone)]
pub enum ChampionColumn {
    /// In a criterion of the new card that reads the same; its position.
    Shared(usize),
    /// In a column of its own.
    Own(Box<CriterionColumn>),
    /// In two columns, those of its rows and its columns; none of them is of this kind or absent.
    Pair(Box<[ChampionColumn; 2]>),
    /// Nowhere: every lead counts as missing.
    Absent,
}

impl ChampionColumn {
    /// Whether any of its values are in a column that the new card does not read.
    pub fn is_own(&self) -> bool {
        match self {
            Self::Own(_) => true,
            Self::Pair(both) => both.iter().any(Self::is_own),
            Self::Shared(_) | Self::Absent => false,
        }
    }
}

/// The card in use and its criteria on the leads at hand.
#[derive(Debug, Clone)]
pub struct ChampionColumns {
    /// The card.
    pub champion: ChampionCard,
    /// One entry per criterion of it.
    pub columns: Vec<ChampionColumn>,
}

/// What a card counts from events, each with the criterion that does; a rule stands there once.
pub fn event_rules(card: &Card) -> Vec<(String, EventRule)> {
    let mut rules: Vec<(String, EventRule)> = Vec::new();
    for criterion in &card.criteria {
        for input in &criterion.inputs {
            if let Some(Derivation::Events { kind, within_us, measure }) = input.derivation.clone() {
                let rule = EventRule { kind, within_us, measure };
                if !rules.iter().any(|(_, known)| *known == rule) {
                    rules.push((criterion.name.clone(), rule));
                }
            }
        }
    }
    rules
}

/// Finds the values of every criterion of the card in use.
///
/// - `columns`: the criteria of the new card.
/// - `derive`: makes criteria of labelled leads that the new card does not have.
///
/// # Errors
/// [`DataError`] where the leads lack a criterion, unless that is allowed.
pub fn champion_columns(
    champion: ChampionCard,
    columns: &[CriterionColumn],
    allow_missing: bool,
    notes: &mut Vec<Note>,
    derive: &dyn Fn(CriterionRule) -> Result<Derived, DataError>,
) -> Result<ChampionColumns, DataError> {
    let mut reasons = Vec::new();
    let reads_the_same = |column: &CriterionColumn, criterion: &Criterion| {
        criterion.input() == Some(&column.input) && criterion.map == column.map
    };
    let mut find = |criterion: &Criterion| match columns.iter().position(|column| reads_the_same(column, criterion)) {
        Some(at) => ChampionColumn::Shared(at),
        None => column_of(criterion, derive).map_or_else(
            |reason| {
                // A pair says nothing new of the column of another criterion.
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
                ChampionColumn::Absent
            },
            |column| ChampionColumn::Own(Box::new(column)),
        ),
    };
    let mut find_all = |criterion: &Criterion| {
        let axes: Vec<Criterion> = criterion.axes().map(|(axis, input)| axis.to_criterion(input, |_| 0)).collect();
        match axes.as_slice() {
            [rows, columns] => match [find(rows), find(columns)] {
                [ChampionColumn::Absent, _] | [_, ChampionColumn::Absent] => ChampionColumn::Absent,
                both => ChampionColumn::Pair(Box::new(both)),
            },
            _ => find(criterion),
        }
    };
    let columns = champion.card.criteria.iter().map(&mut find_all).collect();
    if !reasons.is_empty() {
        let reasons = in_words(&reasons, "and");
        if !allow_missing {
            return Err(DataError::new(format!(
                "the champion {} cannot score these leads: {reasons}\n\
                 hint: give the leads these columns, or set `champion.allow_missing = true` to count them as missing",
                champion.file.path
            )));
        }
        let text = format!("the champion took these as missing: {reasons}");
        notes.push(Note::new("champion", text));
    }
    Ok(ChampionColumns { champion, columns })
}

/// Values of a criterion that only the card in use has, or why there are none.
fn column_of(
    criterion: &Criterion,
    derive: &dyn Fn(CriterionRule) -> Result<Derived, DataError>,
) -> Result<CriterionColumn, String> {
    let name = &criterion.name;
    let Some(input) = criterion.input() else { return Err(format!("`{name}` reads nothing")) };
    let source = match input.derivation.clone() {
        None => CriterionSource::Column(input.column.clone()),
        Some(Derivation::DaysBefore { column }) => CriterionSource::Column(column),
        Some(Derivation::Events { kind, within_us, measure }) => {
            CriterionSource::Events(EventRule { kind, within_us, measure })
        }
    };
    let mut rule = CriterionRule { source, ..CriterionRule::of_column(name) };
    if let Some(map) = &criterion.map {
        (rule.map, rule.missing) = (map.rules.clone(), Some(map.missing.clone()));
    }
    let derived = derive(rule).map_err(|error| {
        let first = error.to_string().lines().next().unwrap_or_default().to_owned();
        format!("`{name}` cannot be made ({first})")
    })?;
    let column = derived.columns.into_iter().next().ok_or_else(|| format!("`{name}` has no values"))?;
    let Input { kind, derivation, .. } = &column.input;
    if *kind == input.kind && derivation.is_some() == input.derivation.is_some() {
        Ok(column)
    } else {
        Err(format!("`{name}` is {} here and {} on the card", kind.in_words(), input.kind.in_words()))
    }
}
