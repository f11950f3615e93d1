//! A time of day in a column of its own beside the day of the hand-off.
//!
//! Always true: the two are not put together, because a card would have to say so to every scorer; what that costs is said.

use crate::data::columns::{UserTable, words};
use crate::data::table::{Column, Content, Table};
use crate::notes::{Note, count};
use crate::settings::Settings;

/// That the hand-off is a day, and another column its time of day; `None` where nothing of the kind is found.
pub(super) fn time_of_day_note(table: &Table, settings: &Settings) -> Option<Note> {
    let as_of = settings.leads.as_of.as_deref()?;
    let days = UserTable::leads(table).column("leads.as_of", as_of).ok()?;
    let is_its = |column: &&Column| names_its_time(&column.name, as_of);
    let (column, n_times) =
        table.columns.iter().filter(is_its).find_map(|column| Some((column, n_times_of_day(column)?)))?;
    if !days.to_times().ok()?.are_days {
        return None;
    }
    Some(Note::new(
        "leads",
        format!(
            "column {as_of:?} holds days, and {:?} the time of day of {} rows: the day alone counts, from its midnight, so what came \
             later that day is not used. If hours matter, put both into one column (2026-03-05 14:30)",
            column.name,
            count(n_times as u64)
        ),
    ))
}

/// `Created Time` beside `Created Date`: the same words but for those of a day and a time.
fn names_its_time(name: &str, as_of: &str) -> bool {
    const DAY: [&str; 12] =
        ["date", "day", "datum", "fecha", "data", "tag", "dag", "dt", "giorno", "dia", "jour", "le"];
    const TIME: [&str; 10] = ["time", "hour", "uhrzeit", "zeit", "heure", "hora", "ora", "tijd", "clock", "tm"];
    let without = |name: &str, left_out: &[&str]| -> Vec<String> {
        words(name).into_iter().filter(|word| !left_out.contains(&word.as_str())).collect()
    };
    let is_time = words(name).iter().any(|word| TIME.contains(&word.as_str()));
    is_time && name != as_of && without(name, &TIME) == without(as_of, &DAY)
}

/// Rows with a time of day, where a text holds nothing else.
fn n_times_of_day(column: &Column) -> Option<usize> {
    let Content::Texts(texts) = &column.content else { return None };
    let are_times = texts.distinct().all(|text| text.trim().is_empty() || is_time_of_day(text));
    let n_filled = column.content.n_rows() - column.content.n_missing();
    (are_times && n_filled > 0).then_some(n_filled)
}

/// `14:30`, `9:05:00`, `2:30 PM`.
fn is_time_of_day(text: &str) -> bool {
    let text = text.trim();
    let clock = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '.').trim_end();
    let half = text[clock.len()..].trim().replace('.', "").to_ascii_lowercase();
    let parts: Vec<Option<u32>> = clock.split(':').map(|part| part.parse().ok().filter(|_| part.len() <= 2)).collect();
    let is_clock = match parts[..] {
        [Some(hour), Some(minute)] => hour < 24 && minute < 60,
        [Some(hour), Some(minute), Some(second)] => hour < 24 && minute < 60 && second < 60,
        _ => false,
    };
    is_clock && matches!(half.as_str(), "" | "am" | "pm" | "h" | "uhr")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::table;
    use crate::settings::Config;

    fn said(table: &Table, as_of: &str) -> Option<String> {
        let mut settings = Config::default().unchecked();
        settings.leads.as_of = Some(as_of.to_owned());
        time_of_day_note(table, &settings).map(|note| note.text)
    }

    #[test]
    fn a_time_of_day_beside_the_day_of_hand_off_is_said_with_its_count() {
        let leads =
            table!("Created Time" => [Some("14:30"), Some("9:05:10"), None, Some("2:30 p.m.")], "x" => [1, 2, 3, 4]);
        let leads = leads.with(Column::days("Created Date", (0..4).map(|day| Some(20_000 + day))));
        assert_eq!(
            said(&leads, "Created Date").as_deref(),
            Some(
                "column \"Created Date\" holds days, and \"Created Time\" the time of day of 3 rows: the day alone counts, from its \
                 midnight, so what came later that day is not used. If hours matter, put both into one column (2026-03-05 14:30)"
            )
        );
    }

    #[test]
    fn other_times_and_other_texts_are_none() {
        let leads = table!("Call Time" => ["14:30", "9:05"], "Created Time" => ["14:30", "soon"]);
        let leads = leads.with(Column::days("Created Date", (0..2).map(|day| Some(20_000 + day))));
        assert_eq!(said(&leads, "Created Date"), None);
        for text in ["25:00", "14", "14:75", "1:2:3:4", "14:30 xy", "123:00", ""] {
            assert!(!is_time_of_day(text), "{text:?}");
        }
    }
}
