//! Counted: what a card counts from events, for the rows of a file of leads that is about to be scored.
//!
//! Always true: a lead's events are those of its id up to its hand-off, as when the card was fitted ([`crate::features`]).

use std::path::Path;

use super::intake::IntakeError;
use crate::card::{Card, Derivation, Input};
use crate::config::EventsConfig;
use crate::features::count_for_card;
use crate::labels::keyed_leads;
use crate::leads::read_table;
use crate::notes::Note;

/// Values of the criteria that a card counts from events.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// Per criterion: the column under which the card reads it, and a value per row of the leads; NaN where it is missing.
    pub columns: Vec<(String, Vec<f64>)>,
    /// First row, counted from 1, without an id or without a hand-off: its events cannot be found, and all its values are missing.
    pub first_without_key: Option<usize>,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
}

/// Criteria of a card that are counted from events: name and input.
pub fn counted_inputs(card: &Card) -> impl Iterator<Item = (&str, &Input)> {
    let inputs = card.criteria.iter().filter_map(|criterion| Some((criterion.name.as_str(), criterion.input()?)));
    inputs.filter(|(_, input)| matches!(input.derivation, Some(Derivation::Events { .. })))
}

/// Counts events for every row of a file.
///
/// - `inputs`: criteria to be counted, of [`counted_inputs`].
/// - `id`, `as_of`: columns of the leads with their id and the moment of their hand-off.
///
/// # Errors
/// An [`IntakeError`] that names file, column, row or key.
pub fn count(
    inputs: &[(&str, &Input)],
    leads: &Path,
    events: &EventsConfig,
    (id, as_of): (&str, &str),
) -> Result<Counted, IntakeError> {
    let keys = [id.to_owned(), as_of.to_owned()];
    let table = read_table(&leads.to_string_lossy(), "leads", Some(&keys))?;
    let happened = read_table(&events.path.to_string_lossy(), "events", None)?;
    let mut notes: Vec<Note> = table.notes.into_iter().chain(happened.notes).collect();
    let n_rows = table.frame.height();
    let keyed = keyed_leads(&table.frame, (id, as_of), &mut notes)?;
    let counted = count_for_card(inputs, &happened.frame, events, &keyed, &mut notes)?;
    let spread = |counted: Vec<f64>| {
        let mut values = vec![f64::NAN; n_rows];
        keyed.rows.iter().zip(counted).for_each(|(&row, value)| values[row as usize] = value);
        values
    };
    let names = inputs.iter().map(|(_, input)| input.column.clone());
    let first_without_key =
        (0_u32..).zip(&keyed.rows).find(|(at, row)| at != *row).map_or(keyed.rows.len(), |(at, _)| at as usize);
    Ok(Counted {
        columns: names.zip(counted.into_iter().map(spread)).collect(),
        first_without_key: (first_without_key < n_rows).then_some(first_without_key + 1),
        notes,
    })
}
