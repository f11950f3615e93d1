//! Counted: what a card counts from events, for the rows of a file of leads that is about to be scored.
//!
//! Always true: a lead's events are those of its id up to its hand-off, as when the card was fitted ([`crate::data::features`]).

use std::collections::BTreeSet;

use crate::card::{Card, Input};
use crate::data::dataset::IntakeError;
use crate::data::features::count_for_card;
use crate::data::inputs::{event_measure, is_event_column};
use crate::data::labels::{KeyColumns, keyed_leads};
use crate::data::read::{Columns, ReadOptions, open_pieces};
use crate::data::table::Table;
use crate::notes::Note;
use crate::settings::EventsConfig;

/// Values of the criteria that a card counts from events.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// Per criterion: the column under which the card reads it, and a value per row of the leads; NaN where it is missing.
    pub columns: Vec<(String, Vec<f64>)>,
    /// First row, from 0, without an id or without a hand-off: its events cannot be found, and all its values are missing.
    pub first_without_key: Option<u32>,
    /// Events that belong to one of the leads.
    pub n_events_of_leads: usize,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
}

/// Columns of a card that are counted from events, each with the first criterion that reads it.
pub fn counted_inputs(card: &Card) -> impl Iterator<Item = (&str, &Input)> {
    let mut seen = BTreeSet::new();
    card.criteria
        .iter()
        .flat_map(|criterion| criterion.inputs.iter().map(move |input| (criterion.name.as_str(), input)))
        .filter(move |(_, input)| event_measure(input).is_some() && seen.insert(input.column.as_str()))
}

/// Counts events for every row of a file.
///
/// - `inputs`: criteria to be counted, of [`counted_inputs`].
/// - `leads`: all rows of the file, with at least the columns `keys`.
/// - `options`: how the table of events is read.
///
/// # Errors
/// An [`IntakeError`] that names file, column, row or key.
pub fn count(
    inputs: &[(&str, &Input)],
    leads: &Table,
    keys: &KeyColumns,
    events: &EventsConfig,
    options: &ReadOptions,
) -> Result<Counted, IntakeError> {
    let measures = || inputs.iter().filter_map(|(_, input)| event_measure(input));
    let is_wanted = |name: &str| is_event_column(events, measures(), name);
    let happened = open_pieces(&events.path.to_string_lossy(), "events", Columns::Where(&is_wanted), options)?;
    let mut notes = happened.notes.clone();
    let keyed = keyed_leads(leads, keys, &mut notes).map_err(IntakeError::Labels)?;
    let counts = count_for_card(inputs, &happened, events, keyed.identities(), &mut notes)?;
    let spread = |counted: Vec<f64>| {
        let mut values = vec![f64::NAN; leads.n_rows];
        keyed.rows.iter().zip(counted).for_each(|(&row, value)| values[row as usize] = value);
        values
    };
    let names = inputs.iter().map(|(_, input)| input.column.clone());
    Ok(Counted {
        columns: names.zip(counts.values.into_iter().map(spread)).collect(),
        first_without_key: keyed.first_without,
        n_events_of_leads: counts.n_events_of_leads,
        notes,
    })
}
