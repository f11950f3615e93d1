//! Words for answers, put to the names that the levels have.

use std::collections::BTreeMap;

use super::near_words;
use crate::card::normalise_text;
use crate::data::DataError;
use crate::data::columns::Answers;
use crate::notes::{Note, in_words};
use crate::settings::{CriterionRule, Wording};

/// Levels of every card beside the answers: no value, and a text that it does not name.
const BESIDE_ANSWERS: [&str; 2] = ["missing", "other"];

/// The wording of `wish` with its answers by the names of the levels: an answer may be named by any way of writing it.
///
/// - `levels`: names of the levels; empty for numbers.
///
/// # Errors
/// A [`DataError`] where two keys name one answer.
pub(super) fn in_names_of_levels(
    wish: &CriterionRule,
    levels: &[String],
    answers: Option<&Answers>,
    notes: &mut Vec<Note>,
) -> Result<Wording, DataError> {
    let mut named: BTreeMap<String, (&String, &String)> = BTreeMap::new();
    let mut strange: Vec<String> = Vec::new();
    for (key, words) in &wish.wording.answers {
        let text = normalise_text(key).into_owned();
        let is_there = levels.contains(&text);
        let level = if is_there { None } else { answers.and_then(|answers| answers.level_of(&text)) };
        let name = level.map_or_else(|| text.clone(), str::to_owned);
        if !is_there && level.is_none() && !BESIDE_ANSWERS.contains(&text.as_str()) {
            strange.push(format!("\"{key}\"{}", near_words(&text, levels).replace(';', ",")));
        }
        if let Some((other, _)) = named.insert(name, (key, words)) {
            return Err(DataError::new(format!(
                "criterion `{}`: `answers` has words for \"{other}\" and for \"{key}\", and they are one answer\n\
                 hint: keep one of them",
                wish.name
            )));
        }
    }
    if !strange.is_empty() {
        let text = format!(
            "criterion `{}`: `answers` has words for {}, and no lead gives that answer",
            wish.name,
            in_words(&strange, "and")
        );
        notes.push(Note::new("features", text));
    }
    let answers = named.into_iter().map(|(name, (_, words))| (name, words.clone())).collect();
    Ok(Wording { answers, ..wish.wording.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(keys: &[&str], levels: &[&str]) -> (Result<Wording, DataError>, Vec<String>) {
        let mut wish = CriterionRule::of_column("budget");
        wish.wording.answers = keys.iter().map(|&key| (key.to_owned(), format!("{key}!"))).collect();
        let levels: Vec<String> = levels.iter().map(|&level| level.to_owned()).collect();
        let mut notes = Vec::new();
        let wording = in_names_of_levels(&wish, &levels, None, &mut notes);
        (wording, notes.into_iter().map(|note| note.text).collect())
    }

    #[test]
    fn an_answer_that_no_lead_gives_is_mentioned() {
        let (wording, notes) = said(&["aproved", "missing", "none"], &["approved", "none"]);
        assert_eq!(wording.expect("sound").answers["none"], "none!");
        let note = "criterion `budget`: `answers` has words for \"aproved\", did you mean \"approved\"?, and no lead gives that answer";
        assert_eq!(notes, [note]);
        assert_eq!(said(&["none"], &[]).1.len(), 1, "numbers are no answers");
    }

    #[test]
    fn two_words_for_one_answer_are_an_error() {
        let message = said(&["none", "none "], &["none"]).0.expect_err("twice").to_string();
        assert!(message.contains("for \"none\" and for \"none \", and they are one answer"), "{message}");
    }
}
