//! Roles nobody named: which column names the lead, and which is the moment of hand-off.
//!
//! Always true: what is guessed is said in a note, with the key that changes it; nothing is guessed from two candidates.

use std::collections::HashSet;

use super::belongs::complete_belongs;
use super::names::{as_of_rank, id_rank, is_called_weight};
use super::outcome_role::names_the_closed;
use super::time_of_day::time_of_day_note;
use super::values::{Sampled, holds_dates_as_text};
use crate::data::DataError;
use crate::data::labels::{as_argument, exact_copies};
use crate::data::read::Doubt;
use crate::data::table::{Column, Content, Table};
use crate::notes::{Note, count};
use crate::settings::{CriterionRule, Settings};

/// Completes `leads.id` and `leads.as_of` where the config leaves them open and one column fits.
///
/// Each guess, and each choice that was not made because several columns fit, is a note.
///
/// # Errors
/// [`DataError`] where a column would be the moment of hand-off if anybody could say whether its days or months come first.
pub fn complete_roles(table: &Table, settings: &mut Settings, doubts: &[Doubt]) -> Result<Vec<Note>, DataError> {
    let mut notes = Vec::new();
    let mut say = |text: String| notes.push(Note::new("leads", text));
    if settings.leads.id.is_none()
        && let Some(column) = guess_id(table, settings)
    {
        let n_rows = count(table.n_rows as u64);
        say(format!(
            "column {column:?} was taken for the lead's id: it differs in all {n_rows} rows. To change that, set `leads.id`"
        ));
        settings.leads.id = Some(column);
    }
    let is_free = |column: &str| free_columns(table, settings).iter().any(|free| free.name == column);
    let is_asked = |doubt: &&Doubt| match &settings.leads.as_of {
        Some(as_of) => doubt.column == *as_of,
        None => as_of_rank(&doubt.column).is_some() && is_free(&doubt.column),
    };
    if let Some(doubt) = doubts.iter().find(is_asked) {
        return Err(day_or_month(doubt));
    }
    if settings.leads.as_of.is_none() {
        match &guess_as_of(table, settings)[..] {
            [] => {}
            [column] => {
                say(format!(
                    "column {column:?} was taken for the moment of hand-off, so folds go by time and nothing later is used. \
                     To change that, set `leads.as_of`, or put the column into `leads.ignore`"
                ));
                settings.leads.as_of = Some(column.clone());
            }
            several => {
                let names: Vec<String> = several.iter().map(|name| format!("{name:?}")).collect();
                let names = names.join(", ");
                say(format!(
                    "no moment of hand-off was chosen, because {names} all could be it: name one in `leads.as_of`, or folds are \
                     random and no column with dates is used"
                ));
            }
        }
    }
    notes.extend(time_of_day_note(table, settings));
    notes.extend(complete_belongs(table, settings));
    notes.extend(propose_weight(table, settings));
    Ok(notes)
}

/// Says of a column that is called a weight and holds counts how to make it one. It is not taken: a weight may be a load in kilograms.
fn propose_weight(table: &Table, settings: &Settings) -> Option<Note> {
    if settings.leads.weight.is_some() || !settings.criteria.is_empty() {
        return None;
    }
    let column = free_columns(table, settings).into_iter().find(|column| {
        is_called_weight(&column.name) && column.content.is_whole() && column.content.n_missing() == 0
    })?;
    let name = &column.name;
    let text = format!(
        "column {name:?} may say for how many leads a row counts. If so, set `leads.weight = {name:?}` (--weight {}); until then every \
         row counts once and the column is looked at like any other",
        as_argument(name)
    );
    Some(Note::new("leads", text))
}

/// That nothing in a table says which of two numbers is the day.
fn day_or_month(doubt: &Doubt) -> DataError {
    let Doubt { column, example } = doubt;
    DataError::new(format!(
        "column {column:?} holds dates such as {example:?}, and no date in it shows whether the day or the month comes first\n\
         hint: say it with --day-first or --month-first, or in the config as `leads.dates = \"day-first\"`; \
         --ignore {column:?} leaves the column out"
    ))
}

/// Whether [`complete_roles`] or [`super::complete_outcome`] may look at a column of this name.
pub fn may_get_role(settings: &Settings, name: &str) -> bool {
    (settings.leads.id.is_none() && id_rank(name).is_some())
        || (settings.leads.as_of.is_none() && as_of_rank(name).is_some())
        || (settings.outcome.closed.is_none() && names_the_closed(name))
}

/// Columns that have no other role, are not criteria by the config, and are not ignored.
pub(super) fn free_columns<'a>(table: &'a Table, settings: &Settings) -> Vec<&'a Column> {
    let roles = settings.lead_roles();
    let taken: HashSet<&str> = (roles.iter().map(|(_, column)| *column))
        .chain(settings.leads.ignore.iter().map(String::as_str))
        .chain(settings.criteria.iter().filter_map(CriterionRule::column))
        .collect();
    table.columns.iter().filter(|column| !taken.contains(column.name.as_str())).collect()
}

/// The surest column that names every row: an id by name, or else text that differs everywhere and holds no sentence.
fn guess_id(table: &Table, settings: &Settings) -> Option<String> {
    let mut named: Vec<(u8, &Column)> =
        free_columns(table, settings).into_iter().filter_map(|column| Some((id_rank(&column.name)?, column))).collect();
    named.sort_by_key(|(rank, _)| *rank);
    named
        .into_iter()
        .find(|(_, column)| names_every_row(&column.content, || exact_copies(table).len()))
        .map(|(_, column)| column.name.clone())
}

/// - `n_copies`: rows that are the same as an earlier one in every column.
fn names_every_row(content: &Content, n_copies: impl FnOnce() -> usize) -> bool {
    let is_id_type = content.is_whole() || matches!(content, Content::Texts(_));
    let (n_distinct, n_rows) = (content.n_distinct(), content.n_rows());
    // Copies are looked for only where enough rows differ to make it worth while.
    is_id_type
        && content.n_missing() == 0
        && (n_distinct == n_rows || 4 * n_distinct >= n_rows && n_distinct == n_rows - n_copies())
}

/// Share of rows that may lack the moment; leads without it cannot be used.
const MAX_MISSING_AS_OF: f64 = 0.01;

/// Dates and times, also those written as text (the labels read them row by row).
pub(super) fn holds_moments(column: &Column) -> bool {
    match &column.content {
        Content::Texts(_) => {
            let first_rows: Vec<usize> = (0..column.content.n_rows().min(1000)).collect();
            holds_dates_as_text(&Sampled::read(column, &first_rows))
        }
        content => content.is_time(),
    }
}

/// The columns that fit best; more than one when names do not settle it.
fn guess_as_of(table: &Table, settings: &Settings) -> Vec<String> {
    let is_filled =
        |column: &Column| column.content.n_missing() as f64 <= MAX_MISSING_AS_OF * column.content.n_rows() as f64;
    let fitting: Vec<(u8, &Column)> = free_columns(table, settings)
        .into_iter()
        .filter(|column| is_filled(column))
        .filter_map(|column| Some((as_of_rank(&column.name)?, column)))
        .filter(|(_, column)| holds_moments(column))
        .collect();
    let best = fitting.iter().map(|(rank, _)| *rank).min();
    fitting.iter().filter(|(rank, _)| Some(*rank) == best).map(|(_, column)| column.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::table;
    use crate::settings::Config;

    fn settings() -> Settings {
        let mut config = Config::default();
        config.outcome.converted = Some("won".to_owned());
        config.unchecked()
    }

    fn with_date(leads: Table, name: &str) -> Table {
        leads.with(Column::days(name, (0..leads.n_rows as i32).map(|day| Some(20_000 + day))))
    }

    #[test]
    fn the_id_and_the_hand_off_are_guessed_and_said() {
        let leads = table!("campaign_id" => [7, 7, 8], "lead_id" => ["a", "b", "c"], "row_id" => [1, 2, 3], "won" => [true, false, true]);
        let leads = with_date(with_date(leads, "created_at"), "won_at");
        let mut settings = settings();
        let notes = complete_roles(&leads, &mut settings, &[]).expect("no doubt");
        assert_eq!(settings.leads.id.as_deref(), Some("lead_id"));
        assert_eq!(settings.leads.as_of.as_deref(), Some("created_at"));
        let texts: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "column \"lead_id\" was taken for the lead's id: it differs in all 3 rows. To change that, set `leads.id`",
                "column \"created_at\" was taken for the moment of hand-off, so folds go by time and nothing later is used. To change that, set `leads.as_of`, or put the column into `leads.ignore`",
            ]
        );
    }

    #[test]
    fn two_hand_offs_are_none() {
        let leads = table!("won" => [true, false]);
        let leads = with_date(with_date(leads, "created_at"), "received_at");
        let mut settings = settings();
        let notes = complete_roles(&leads, &mut settings, &[]).expect("no doubt");
        assert_eq!(settings.leads.as_of, None);
        assert_eq!(
            notes[0].text,
            "no moment of hand-off was chosen, because \"created_at\", \"received_at\" all could be it: name one in `leads.as_of`, or folds are random and no column with dates is used"
        );
        let leads = with_date(leads, "as_of_date");
        complete_roles(&leads, &mut settings, &[]).expect("no doubt");
        assert_eq!(settings.leads.as_of.as_deref(), Some("as_of_date"));
    }

    #[test]
    fn what_the_config_says_stays() {
        let leads = with_date(table!("lead_id" => ["a", "b"], "code" => ["x", "y"]), "created_at");
        let mut settings = settings();
        settings.leads.id = Some("code".to_owned());
        settings.leads.ignore = vec!["created_at".to_owned()];
        assert!(complete_roles(&leads, &mut settings, &[]).expect("no doubt").is_empty());
        assert_eq!((settings.leads.id.as_deref(), settings.leads.as_of), (Some("code"), None));
    }

    #[test]
    fn a_repeated_or_missing_id_is_no_id() {
        let leads = table!("lead_id" => [Some("a"), Some("a")], "id" => [Some("a"), None]);
        let mut settings = settings();
        assert!(complete_roles(&leads, &mut settings, &[]).expect("no doubt").is_empty());
        assert_eq!(settings.leads.id, None);
    }
}
