//! Roles nobody named: which column names the lead, and which is the moment of hand-off.
//!
//! Always true: what is guessed is said in a note, with the key that changes it; nothing is guessed from two candidates.

use std::collections::HashSet;

use polars::prelude::{Column, DataFrame, DataType};

use super::leak::count;
use super::names::{as_of_rank, id_rank, outcome_rank};
use super::values::{Sampled, holds_dates_as_text};
use crate::data::read::LeadError;
use crate::notes::Note;
use crate::settings::Config;

/// Completes `leads.id` and `leads.as_of` where the config leaves them open and one column fits.
///
/// Each guess, and each choice that was not made because several columns fit, is a note.
pub fn complete_roles(frame: &DataFrame, config: &mut Config) -> Vec<Note> {
    let mut notes = Vec::new();
    if config.leads.id.is_none()
        && let Some(column) = guess_id(frame, config)
    {
        notes.push(Note::new(
            "leads",
            format!(
                "column {column:?} was taken for the lead's id: it differs in all {} rows. To change that, set `leads.id`",
                count(frame.height())
            ),
        ));
        config.leads.id = Some(column);
    }
    if config.leads.as_of.is_none() {
        match &guess_as_of(frame, config)[..] {
            [] => {}
            [column] => {
                notes.push(Note::new(
                    "leads",
                    format!(
                        "column {column:?} was taken for the moment of hand-off, so folds go by time and nothing later is used. \
                         To change that, set `leads.as_of`, or put the column into `leads.ignore`"
                    ),
                ));
                config.leads.as_of = Some(column.clone());
            }
            several => {
                let names: Vec<String> = several.iter().map(|name| format!("{name:?}")).collect();
                notes.push(Note::new(
                    "leads",
                    format!(
                        "no moment of hand-off was chosen, because {} all could be it: name one in `leads.as_of`, or folds are \
                         random and no column with dates is used",
                        names.join(", ")
                    ),
                ));
            }
        }
    }
    notes
}

/// The column that says who converted, by its name and type.
///
/// # Errors
/// [`LeadError::OutcomeUnknown`] with the columns that could be it.
pub fn guess_outcome(frame: &DataFrame) -> Result<String, LeadError> {
    let flags: Vec<&Column> = frame.columns().iter().filter(|column| is_flag(column)).collect();
    let named = |column: &&&Column| outcome_rank(column.name());
    let best = flags.iter().filter(|column| named(column).is_some()).min_by_key(named);
    best.map(|column| column.name().to_string())
        .ok_or_else(|| LeadError::OutcomeUnknown { candidates: flags.iter().map(|c| c.name().to_string()).collect() })
}

/// Yes and no, or 0 and 1 with both of them present.
fn is_flag(column: &Column) -> bool {
    match column.dtype() {
        DataType::Boolean => true,
        dtype if dtype.is_integer() => {
            let ends = column.min_reduce().and_then(|low| Ok((low, column.max_reduce()?)));
            let is = |scalar: &polars::prelude::Scalar, wanted: i64| {
                scalar.value().try_extract::<i64>().is_ok_and(|v| v == wanted)
            };
            ends.is_ok_and(|(low, high)| is(&low, 0) && is(&high, 1))
        }
        _ => false,
    }
}

/// Columns that have no other role, are not criteria by the config, and are not ignored.
fn free_columns<'a>(frame: &'a DataFrame, config: &Config) -> Vec<&'a Column> {
    let taken: HashSet<String> = config
        .lead_roles()
        .into_iter()
        .map(|(_, column)| column.to_owned())
        .chain(config.leads.ignore.iter().cloned())
        .chain(
            config
                .criterion
                .iter()
                .filter(|c| c.events.is_none())
                .map(|c| c.column.clone().unwrap_or_else(|| c.name.clone())),
        )
        .collect();
    frame.columns().iter().filter(|column| !taken.contains(column.name().as_str())).collect()
}

/// The surest column that names every row: an id by name, or else text that differs everywhere and holds no sentence.
fn guess_id(frame: &DataFrame, config: &Config) -> Option<String> {
    let mut named: Vec<(u8, &Column)> =
        free_columns(frame, config).into_iter().filter_map(|column| Some((id_rank(column.name())?, column))).collect();
    named.sort_by_key(|(rank, _)| *rank);
    named.into_iter().find(|(_, column)| names_every_row(column)).map(|(_, column)| column.name().to_string())
}

fn names_every_row(column: &Column) -> bool {
    let is_id_type = column.dtype().is_integer() || column.dtype() == &DataType::String;
    is_id_type && column.null_count() == 0 && column.n_unique().is_ok_and(|n_unique| n_unique == column.len())
}

/// Share of rows that may lack the moment; leads without it cannot be used.
const MAX_MISSING_AS_OF: f64 = 0.01;

/// Dates and times, also those written as text (the labels read them row by row).
fn holds_moments(column: &Column) -> bool {
    match column.dtype() {
        DataType::Date | DataType::Datetime(..) => true,
        DataType::String => {
            let first_rows: Vec<usize> = (0..column.len().min(1000)).collect();
            Sampled::read(column, &first_rows).is_ok_and(|values| holds_dates_as_text(&values))
        }
        _ => false,
    }
}

/// The columns that fit best; more than one when names do not settle it.
fn guess_as_of(frame: &DataFrame, config: &Config) -> Vec<String> {
    let is_filled = |column: &Column| column.null_count() as f64 <= MAX_MISSING_AS_OF * column.len() as f64;
    let fitting: Vec<(u8, &Column)> = free_columns(frame, config)
        .into_iter()
        .filter(|column| is_filled(column))
        .filter_map(|column| Some((as_of_rank(column.name())?, column)))
        .filter(|(_, column)| holds_moments(column))
        .collect();
    let best = fitting.iter().map(|(rank, _)| *rank).min();
    fitting.iter().filter(|(rank, _)| Some(*rank) == best).map(|(_, column)| column.name().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    fn config() -> Config {
        let mut config = Config::default();
        config.outcome.converted = Some("won".to_owned());
        config
    }

    fn with_date(mut frame: DataFrame, name: &str) -> DataFrame {
        let days: Vec<i32> = (0..frame.height() as i32).map(|day| 20_000 + day).collect();
        let days = Column::new(name.into(), days).cast(&DataType::Date).expect("days");
        frame.with_column(days).expect("same height");
        frame
    }

    #[test]
    fn the_id_and_the_hand_off_are_guessed_and_said() {
        let frame = df!("campaign_id" => [7, 7, 8], "lead_id" => ["a", "b", "c"], "row_id" => [1, 2, 3], "won" => [true, false, true]);
        let frame = with_date(with_date(frame.expect("frame"), "created_at"), "won_at");
        let mut config = config();
        let notes = complete_roles(&frame, &mut config);
        assert_eq!(config.leads.id.as_deref(), Some("lead_id"));
        assert_eq!(config.leads.as_of.as_deref(), Some("created_at"));
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
        let frame = df!("won" => [true, false]).expect("frame");
        let frame = with_date(with_date(frame, "created_at"), "received_at");
        let mut config = config();
        let notes = complete_roles(&frame, &mut config);
        assert_eq!(config.leads.as_of, None);
        assert_eq!(
            notes[0].text,
            "no moment of hand-off was chosen, because \"created_at\", \"received_at\" all could be it: name one in `leads.as_of`, or folds are random and no column with dates is used"
        );
        let frame = with_date(frame, "as_of_date");
        complete_roles(&frame, &mut config);
        assert_eq!(config.leads.as_of.as_deref(), Some("as_of_date"));
    }

    #[test]
    fn what_the_config_says_stays() {
        let frame = with_date(df!("lead_id" => ["a", "b"], "code" => ["x", "y"]).expect("frame"), "created_at");
        let mut config = config();
        config.leads.id = Some("code".to_owned());
        config.leads.ignore = vec!["created_at".to_owned()];
        assert!(complete_roles(&frame, &mut config).is_empty());
        assert_eq!((config.leads.id.as_deref(), config.leads.as_of), (Some("code"), None));
    }

    #[test]
    fn a_repeated_or_missing_id_is_no_id() {
        let frame = df!("lead_id" => [Some("a"), Some("a")], "id" => [Some("a"), None]).expect("frame");
        let mut config = config();
        assert!(complete_roles(&frame, &mut config).is_empty());
        assert_eq!(config.leads.id, None);
    }

    #[test]
    fn the_outcome_is_guessed_among_flags() {
        let frame =
            df!("converted_on" => ["x", "y"], "closed_won" => [0, 1], "is_vip" => [true, false]).expect("frame");
        assert_eq!(guess_outcome(&frame).expect("one"), "closed_won");
        let frame = df!("is_vip" => [true, false], "n" => [1, 2], "zero" => [0, 0], "flag" => [0, 1]).expect("frame");
        assert_eq!(
            guess_outcome(&frame).expect_err("none").to_string(),
            "which column says who converted is not clear from its name\nhint: give it with --converted; columns with yes and no: \"is_vip\", \"flag\""
        );
        let frame = df!("n" => [1, 2]).expect("frame");
        assert_eq!(
            guess_outcome(&frame).expect_err("none").to_string(),
            "which column says who converted is not clear from its name\nhint: give it with --converted"
        );
    }
}
