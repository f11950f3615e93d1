//! The outcome column nobody named: found where it is certain, and asked for with what to type where it is not.
//!
//! In: the lead table and settings that do not say who converted. Out: the settings with `outcome.converted`, or an error
//! that lists the columns that could be it. `outcome.closed` is completed as well.
//!
//! Always true: only a column of yes and no with the name of an outcome is taken, and only where it is the only one; what is
//! taken is a note with what changes it; a column named after the lost is never taken.

use super::names::outcome_rank;
use super::roles::free_columns;
use crate::data::DataError;
use crate::data::columns::in_quotes;
use crate::data::columns::words;
use crate::data::labels::{
    DealState, as_argument, names_the_lost, says_nothing, sounding_like_won, state_in_words, yes_or_no_of,
};
use crate::data::table::{Column, Content, Table};
use crate::notes::{Note, in_words};
use crate::settings::Settings;

/// Completes `outcome.converted` where nothing says who converted, and `outcome.closed` where it is certain.
///
/// # Errors
/// A [`DataError`] with the columns that could say who converted, as they are typed.
pub fn complete_outcome(table: &Table, settings: &mut Settings) -> Result<Vec<Note>, DataError> {
    let mut notes = Vec::new();
    // Labelling says that there are no rows.
    if settings.outcome.path.is_some() || table.n_rows == 0 {
        return Ok(notes);
    }
    if !settings.outcome.says_who_converted() {
        let values = &settings.outcome.converted_values;
        let (column, why) = if values.is_empty() {
            (guess_outcome(table, settings)?, "of yes and no with such a name".to_owned())
        } else {
            (column_with(values, table, settings)?, format!("that holds {}", in_quotes(values, 5)))
        };
        notes.push(Note::new(
            "leads",
            format!(
                "column {column:?} was taken for the outcome: it is the one column {why}. To change that, give another with \
                 --converted"
            ),
        ));
        settings.outcome.converted = Some(column);
    }
    if settings.outcome.closed.is_none()
        && let Some(column) = guess_closed(table, settings)
    {
        notes.push(Note::new(
            "leads",
            format!(
                "column {column:?} was taken for whether a deal is closed (`outcome.closed`): every lead that converted is, \
                 and those that are not are still open. To change that, put the column into `leads.ignore`"
            ),
        ));
        settings.outcome.closed = Some(column);
    }
    Ok(notes)
}

fn guess_outcome(table: &Table, settings: &Settings) -> Result<String, DataError> {
    let mut columns = free_columns(table, settings);
    columns.retain(|column| !names_the_lost(&column.name));
    let flags: Vec<&Column> = columns.iter().copied().filter(|column| yes_no_rows(column).is_some()).collect();
    let ranked = |column: &&Column| outcome_rank(&column.name);
    let best = flags.iter().filter_map(ranked).min();
    let certain: Vec<&Column> =
        flags.iter().copied().filter(|column| best.is_some() && ranked(column) == best).collect();
    match certain[..] {
        [column] => Ok(column.name.clone()),
        _ => Err(outcome_unknown(&candidates(&columns, &certain), &flags)),
    }
}

/// The one column that holds the texts that mean converted.
fn column_with(values: &[String], table: &Table, settings: &Settings) -> Result<String, DataError> {
    let holds_all = |column: &&Column| match &column.content {
        Content::Texts(texts) => {
            let has = |value: &String| texts.distinct().any(|text| text.trim().eq_ignore_ascii_case(value.trim()));
            values.iter().all(has)
        }
        _ => false,
    };
    let fitting: Vec<&Column> = free_columns(table, settings).into_iter().filter(holds_all).collect();
    match fitting[..] {
        [column] => Ok(column.name.clone()),
        _ => {
            let names: Vec<&str> = fitting.iter().map(|column| column.name.as_str()).collect();
            let (shown, values) = (in_quotes(&names, 8), in_quotes(values, 5));
            let who =
                if names.is_empty() { "no column of text holds it".to_owned() } else { format!("it is in {shown}") };
            Err(DataError::new(format!(
                "which column says who converted is not clear: {values} means converted, and {who}\n\
                 hint: name the column with --converted"
            )))
        }
    }
}

/// What could be typed to say who converted, likeliest first.
fn candidates(columns: &[&Column], certain: &[&Column]) -> Vec<String> {
    const MOST: usize = 4;
    let named = |column: &&Column| format!("--converted {}", as_argument(&column.name));
    let mut options: Vec<String> = certain.iter().map(named).collect();
    let mut stages: Vec<(bool, String)> = columns.iter().filter_map(|column| stage_option(column)).collect();
    stages.sort_by_key(|(has_both, _)| !has_both);
    options.extend(stages.into_iter().map(|(_, option)| option));
    let is_day_of_conversion = |column: &&&Column| {
        let words = words(&column.name);
        let is_won = words.iter().any(|word| matches!(word.as_str(), "won" | "converted" | "conversion"));
        is_won && column.content.is_time() && column.content.n_missing() > 0
    };
    let days = columns.iter().filter(is_day_of_conversion);
    options.extend(days.map(|column| format!("--converted-at {}", as_argument(&column.name))));
    let named_only = columns.iter().filter(|column| outcome_rank(&column.name).is_some() && !column.content.is_time());
    for option in named_only.map(named) {
        let is_known = |known: &String| *known == option || known.starts_with(&format!("{option} "));
        if !options.iter().any(is_known) {
            options.push(option);
        }
    }
    options.truncate(MOST);
    options
}

/// Whether a column of stages has words for won and lost, and what to type for it.
fn stage_option(column: &Column) -> Option<(bool, String)> {
    const MOST_STAGES: usize = 60;
    const NAMES: &str =
        "stage status state outcome result disposition phase resultat ergebnis etapa fase estado stato statut";
    let Content::Texts(texts) = &column.content else { return None };
    if texts.n_distinct() > MOST_STAGES {
        return None;
    }
    let levels: Vec<&str> = texts.distinct().collect();
    let won = sounding_like_won(&levels);
    let has = |wanted: DealState| levels.iter().any(|level| state_in_words(level) == Some(wanted));
    let has_both = has(DealState::Won) && has(DealState::Lost);
    let has_name = words(&column.name).iter().any(|word| NAMES.split(' ').any(|name| name == word));
    if won.is_empty() || !(has_both || has_name) {
        return None;
    }
    let values: Vec<String> = won.iter().map(|won| format!(" --converted-value {}", as_argument(won))).collect();
    Some((has_both, format!("--converted {}{}", as_argument(&column.name), values.concat())))
}

/// That no column is certain to say who converted.
///
/// - `options`: what could be typed; `flags`: columns of yes and no.
fn outcome_unknown(options: &[String], flags: &[&Column]) -> DataError {
    let option = if options.is_empty() { "--converted".to_owned() } else { in_words(options, "or") };
    let is_new = |flag: &&&Column| !options.contains(&format!("--converted {}", as_argument(&flag.name)));
    let names: Vec<String> = flags.iter().filter(is_new).map(|column| format!("{:?}", column.name)).collect();
    let flags =
        if names.is_empty() { String::new() } else { format!("; columns with yes and no: {}", names.join(", ")) };
    DataError::new(format!("which column says who converted is not clear\nhint: give it with {option}{flags}"))
}

/// The column that says which deals are closed: yes and no, closed wherever a lead converted, and somewhere not.
fn guess_closed(table: &Table, settings: &Settings) -> Option<String> {
    let converted = converted_rows(table, settings)?;
    let fits = |column: &&&Column| {
        names_the_closed(&column.name)
            && yes_no_rows(column).is_some_and(|closed| closes_every_win(&closed, &converted))
    };
    let free = free_columns(table, settings);
    let mut fitting = free.iter().filter(fits);
    let only = fitting.next().filter(|_| fitting.next().is_none())?;
    Some(only.name.clone())
}

/// Who converted, where a flag says it, or the days of a column that is empty for the others.
fn converted_rows(table: &Table, settings: &Settings) -> Option<Vec<Option<bool>>> {
    let outcome = &settings.outcome;
    match (&outcome.converted, &outcome.converted_at) {
        (Some(_), _) if !outcome.converted_values.is_empty() => None,
        (Some(flag), _) => table.column(flag).filter(|flag| !names_the_lost(&flag.name)).and_then(yes_no_rows),
        (None, Some(day)) => {
            let day = table.column(day).filter(|day| day.content.is_time())?;
            Some((0..table.n_rows).map(|row| Some(day.content.micros(row).is_some())).collect())
        }
        (None, None) => None,
    }
}

/// Whether a column of this name says which deals are closed: `IsClosed`, `Deal Closed`.
pub(super) fn names_the_closed(name: &str) -> bool {
    matches!(words(name).concat().as_str(), "closed" | "isclosed" | "dealclosed" | "isdealclosed")
}

fn closes_every_win(closed: &[Option<bool>], converted: &[Option<bool>]) -> bool {
    let n_open = closed.iter().filter(|&&closed| closed == Some(false)).count();
    n_open > 0 && closed.iter().zip(converted).all(|pair| pair != (&Some(false), &Some(true)))
}

/// Yes and no of each row where the column holds both of them and nothing else.
fn yes_no_rows(column: &Column) -> Option<Vec<Option<bool>>> {
    let rows: Vec<Option<bool>> = match &column.content {
        Content::Booleans(flags) => flags.clone(),
        Content::Whole(numbers) => {
            if numbers.iter().flatten().any(|number| !matches!(number, 0 | 1)) {
                return None;
            }
            numbers.iter().map(|number| number.map(|number| number == 1)).collect()
        }
        Content::Floats(numbers) => {
            if numbers.iter().flatten().any(|number| !number.is_nan() && number != 0.0 && number != 1.0) {
                return None;
            }
            numbers.iter().map(|number| number.filter(|number| !number.is_nan()).map(|number| number == 1.0)).collect()
        }
        Content::Texts(texts) => {
            const MOST_LEVELS: usize = 20;
            if texts.n_distinct() > MOST_LEVELS {
                return None;
            }
            let levels: Vec<&str> = texts.distinct().collect();
            let means = yes_or_no_of(&levels);
            if levels.iter().zip(&means).any(|(level, yes)| yes.is_none() && !says_nothing(level)) {
                return None;
            }
            texts.codes.iter().map(|&code| means.get(code as usize).copied().flatten()).collect()
        }
        _ => return None,
    };
    let has = |wanted: bool| rows.contains(&Some(wanted));
    (has(true) && has(false)).then_some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::table;
    use crate::settings::Config;

    fn guess(leads: &Table) -> Result<String, String> {
        guess_outcome(leads, &Config::default().unchecked()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_outcome_is_the_one_flag_with_its_name() {
        let leads = table!("converted_on" => ["x", "y"], "closed_won" => [0, 1], "is_vip" => [true, false]);
        assert_eq!(guess(&leads).expect("one"), "closed_won");
        let leads = table!("Gewonnen" => ["ja", "nein"], "n" => [1, 2]);
        assert_eq!(guess(&leads).expect("one"), "Gewonnen");
        let leads = table!("is_vip" => [true, false], "n" => [1, 2], "zero" => [0, 0], "flag" => [0, 1]);
        assert_eq!(
            guess(&leads).expect_err("none"),
            "which column says who converted is not clear\nhint: give it with --converted; columns with yes and no: \"is_vip\", \"flag\""
        );
        let leads = table!("n" => [1, 2]);
        assert_eq!(
            guess(&leads).expect_err("none"),
            "which column says who converted is not clear\nhint: give it with --converted"
        );
    }

    #[test]
    fn stages_and_twins_are_asked_about() {
        let leads = table!("Deal Stage" => ["Closed Won", "Closed Lost", "Open"], "is_vip" => [true, false, true]);
        assert_eq!(
            guess(&leads).expect_err("asked"),
            "which column says who converted is not clear\nhint: give it with --converted \"Deal Stage\" --converted-value \"Closed Won\"; \
             columns with yes and no: \"is_vip\""
        );
        let leads = table!("won" => [true, false], "deal_won" => [true, false]);
        assert_eq!(
            guess(&leads).expect_err("asked"),
            "which column says who converted is not clear\nhint: give it with --converted won or --converted deal_won"
        );
    }

    #[test]
    fn the_text_that_means_yes_leads_to_its_column() {
        let leads = table!("stage" => ["Won", "Open"], "last" => ["won", "x"], "result" => ["Signed", "Lost"]);
        let guess = |value: &str| {
            let mut settings = Config::default().unchecked();
            settings.outcome.converted_values = vec![value.to_owned()];
            complete_outcome(&leads, &mut settings).map_err(|error| error.to_string())?;
            Ok::<_, String>(settings.outcome.converted.unwrap_or_default())
        };
        assert_eq!(guess("Signed").expect("one"), "result");
        let said = guess("Won").expect_err("two");
        assert!(said.contains("\"Won\" means converted, and it is in \"stage\", \"last\""), "{said}");
        assert!(guess("Paid").expect_err("none").contains("no column of text holds it"));
    }

    #[test]
    fn a_column_with_the_name_alone_is_asked_about() {
        let said = guess(&table!("won" => ["x", ""], "n" => [1, 2])).expect_err("asked");
        assert!(said.ends_with("give it with --converted won"), "{said}");
    }

    #[test]
    fn a_column_named_after_the_lost_is_never_taken() {
        let said = guess(&table!("not_converted" => [true, false])).expect_err("asked");
        assert!(said.ends_with("give it with --converted"), "{said}");
    }

    #[test]
    fn a_column_of_closed_deals_is_taken_where_every_win_is_closed() {
        let guess = |closed: [bool; 4]| {
            let leads = table!("IsWon" => [true, false, false, false], "IsClosed" => closed);
            let mut settings = Config::default().unchecked();
            let notes = complete_outcome(&leads, &mut settings).expect("certain");
            (settings.outcome.converted, settings.outcome.closed, notes.len())
        };
        let (converted, closed) = (Some("IsWon".to_owned()), Some("IsClosed".to_owned()));
        assert_eq!(guess([true, true, false, false]), (converted.clone(), closed, 2));
        assert_eq!(guess([false, true, false, false]), (converted.clone(), None, 1));
        assert_eq!(guess([true; 4]), (converted, None, 1), "all closed: nothing to learn");
    }

    #[test]
    fn days_of_conversion_say_who_is_closed_as_well() {
        let leads = table!("closed" => ["yes", "no", "yes"]).with(Column::days("won_at", [Some(20_000), None, None]));
        let mut settings = Config::default().unchecked();
        settings.outcome.converted_at = Some("won_at".to_owned());
        complete_outcome(&leads, &mut settings).expect("certain");
        assert_eq!(settings.outcome.closed.as_deref(), Some("closed"));
    }
}
