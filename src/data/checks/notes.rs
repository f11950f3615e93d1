//! Notes on the verdicts: what was left out and how it comes back, and wishes of the config that had better not be met.
//!
//! Always true: columns left out for the same kind of reason share a note, and one line puts all of them back.

use super::classify::listed;
use crate::data::DataError;
use crate::data::read::{Verdict, VerdictKind};
use crate::data::table::Table;
use crate::nearest::nearest;
use crate::notes::{Note, count};
use crate::settings::Settings;

/// Most columns whose reason stands in a note; the others are named.
const MAX_REASONS: usize = 8;

/// Why columns are left out, in the words of a note.
const LEFT_OUT: [(VerdictKind, &str); 6] = [
    (VerdictKind::GivesTheOutcomeAway, "left out, because they give the outcome away"),
    (VerdictKind::KnownAfterwards, "left out, because they are known only after the hand-off"),
    (VerdictKind::Routing, "left out, because they say who works the lead"),
    (VerdictKind::PersonalData, "left out, because they are personal data"),
    (VerdictKind::ForeignKey, "left out, because they are keys or running numbers"),
    (VerdictKind::ExcelErrors, "left out, because they hold errors of a spreadsheet"),
];

/// What a careful person would mention about the verdicts.
pub fn classification_notes(settings: &Settings, verdicts: &[Verdict]) -> Vec<Note> {
    let mut notes = left_out_notes(settings, verdicts);
    for verdict in verdicts.iter().filter(|verdict| listed(settings, &verdict.column)) {
        notes.extend(wish_note(verdict));
    }
    for column in &settings.segments.fairness {
        let is_offset = settings.segments.offsets && settings.leads.segment.as_ref() == Some(column);
        if listed(settings, column) || is_offset {
            let text = format!(
                "column {column:?} is compared in `segments.fairness` and gives points on the card as well: its groups may differ in \
                 how often they are handed off for that alone"
            );
            notes.push(Note::new("leads", text));
        }
    }
    notes
}

fn left_out_notes(settings: &Settings, verdicts: &[Verdict]) -> Vec<Note> {
    if !settings.criteria.is_empty() {
        return Vec::new();
    }
    let mut notes = Vec::new();
    let mut left_out: Vec<&str> = Vec::new();
    for (kind, why) in LEFT_OUT {
        let of_kind: Vec<&Verdict> = verdicts.iter().filter(|verdict| verdict.verdict == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        left_out.extend(of_kind.iter().map(|verdict| verdict.column.as_str()));
        notes.push(Note::new("leads", format!("{why}: {}", with_reasons(&of_kind))));
    }
    let is_text = |verdict: &&Verdict| matches!(verdict.verdict, VerdictKind::FreeText | VerdictKind::TooManyLevels);
    let texts: Vec<&str> = verdicts.iter().filter(is_text).map(|verdict| verdict.column.as_str()).collect();
    if !texts.is_empty() {
        let text = format!(
            "left out, because they are texts with too many answers: {}. Rules make a few answers of them: `map = [{{ match = \
             \"vp|vice president\", to = \"executive\" }}]` under a [[criterion]]",
            quoted(&texts)
        );
        notes.push(Note::new("leads", text));
    }
    if !left_out.is_empty() {
        let text = format!(
            "of the columns left out, those that sales knows at hand-off come back with `leads.known_at_hand_off = [{}]` (or \
             --known-at-hand-off COLUMN)",
            quoted(&left_out)
        );
        notes.push(Note::new("leads", text));
    }
    notes
}

fn with_reasons(verdicts: &[&Verdict]) -> String {
    let (first, others) = verdicts.split_at(verdicts.len().min(MAX_REASONS));
    let mut said: Vec<String> =
        first.iter().map(|verdict| format!("{:?} ({})", verdict.column, verdict.reason)).collect();
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|verdict| verdict.column.as_str()).collect();
        said.push(format!("and {} more: {}", count(others.len() as u64), quoted(&names)));
    }
    said.join("; ")
}

/// Names as a list of TOML.
fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

/// What is said of a column that the config lists although the checks would not take it.
fn wish_note(verdict: &Verdict) -> Option<Note> {
    let Verdict { column: name, verdict, reason } = verdict;
    let text = match verdict {
        VerdictKind::GivesTheOutcomeAway | VerdictKind::KnownAfterwards => {
            let what = match verdict {
                VerdictKind::KnownAfterwards => "is known only after the hand-off",
                _ => "gives the outcome away",
            };
            format!(
                "WARNING: criterion column {name:?} {what} ({reason}). It stays because the config lists it; if sales does not know it \
                 at hand-off, every figure of this run is too good, and if it does, `leads.known_at_hand_off` says so"
            )
        }
        VerdictKind::LaterThanAsOf => format!("criterion column {name:?} is {reason}; those values count as missing"),
        VerdictKind::Constant | VerdictKind::AllMissing => {
            format!("criterion column {name:?} was dropped: {reason}")
        }
        _ => return None,
    };
    Some(Note::new("leads", text))
}

/// Every name in `leads.known_at_hand_off` is that of a column, or of a criterion.
///
/// # Errors
/// [`DataError`] with the first that is neither, and the nearest that is.
pub fn check_known(table: &Table, settings: &Settings) -> Result<(), DataError> {
    let names = || {
        let criteria = settings.criteria.iter().map(|wish| wish.name.as_str());
        table.names.iter().map(String::as_str).chain(criteria)
    };
    let known = &settings.leads.known_at_hand_off;
    let Some(strange) = known.iter().find(|known| names().all(|name| name != known.as_str())) else { return Ok(()) };
    let hint = match nearest(strange, names()).first() {
        Some(near) => format!("\nhint: did you mean {near:?}?"),
        None => "\nhint: `bantam check` lists the columns".to_owned(),
    };
    Err(DataError::new(format!("`leads.known_at_hand_off` names {strange:?}, and no column has that name{hint}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::table;
    use crate::settings::Config;

    fn verdict(column: &str, verdict: VerdictKind) -> Verdict {
        Verdict { column: column.to_owned(), verdict, reason: format!("reason of {column}") }
    }

    #[test]
    fn columns_left_out_for_one_reason_share_a_note_and_one_line_puts_all_back() {
        let verdicts = [
            verdict("Lost Reason", VerdictKind::KnownAfterwards),
            verdict("budget", VerdictKind::Criterion),
            verdict("SLA", VerdictKind::KnownAfterwards),
            verdict("Owner", VerdictKind::Routing),
        ];
        let notes = classification_notes(&Config::default().unchecked(), &verdicts);
        let texts: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "left out, because they are known only after the hand-off: \"Lost Reason\" (reason of Lost Reason); \"SLA\" (reason of SLA)",
                "left out, because they say who works the lead: \"Owner\" (reason of Owner)",
                "of the columns left out, those that sales knows at hand-off come back with `leads.known_at_hand_off = [\"Lost Reason\", \"SLA\", \"Owner\"]` (or --known-at-hand-off COLUMN)",
            ]
        );
    }

    #[test]
    fn texts_with_too_many_answers_come_with_the_rules_that_would_make_few() {
        let verdicts = [verdict("Job Title", VerdictKind::TooManyLevels), verdict("note", VerdictKind::FreeText)];
        let notes = classification_notes(&Config::default().unchecked(), &verdicts);
        let [note] = &notes[..] else { panic!("{notes:?}") };
        assert_eq!(
            note.text,
            "left out, because they are texts with too many answers: \"Job Title\", \"note\". Rules make a few answers of them: \
             `map = [{ match = \"vp|vice president\", to = \"executive\" }]` under a [[criterion]]"
        );
    }

    #[test]
    fn a_screen_of_reasons_is_enough() {
        let names: Vec<String> = (0..30).map(|at| format!("c{at}")).collect();
        let verdicts: Vec<Verdict> = names.iter().map(|name| verdict(name, VerdictKind::KnownAfterwards)).collect();
        let notes = classification_notes(&Config::default().unchecked(), &verdicts);
        assert_eq!(notes.len(), 2);
        assert_eq!(notes[0].text.matches("reason of").count(), MAX_REASONS);
        assert!(notes[0].text.contains("and 22 more: \"c8\", "), "{}", notes[0].text);
    }

    #[test]
    fn a_mistyped_column_is_an_error_with_the_nearest() {
        let mut config = Config::default();
        config.leads.known_at_hand_off = vec!["Lost Raeson".to_owned()];
        let leads = table!("Lost Reason" => [1.0, 2.0]);
        let error = check_known(&leads, &config.unchecked()).expect_err("mistyped").to_string();
        assert_eq!(
            error,
            "`leads.known_at_hand_off` names \"Lost Raeson\", and no column has that name\nhint: did you mean \"Lost Reason\"?"
        );
        config.leads.known_at_hand_off = vec!["Lost Reason".to_owned()];
        assert!(check_known(&leads, &config.unchecked()).is_ok());
    }
}
