//! A typical lead, which the calculator starts with.

use serde_json::{Number, Value};

use crate::card::{Criterion, InputKind, Level, When};

/// An answer that lies in the level with the most leads: the first of those where several have as many.
pub(crate) fn typical(criterion: &Criterion) -> Value {
    let mut best: Option<(usize, &Level)> = None;
    for (idx, level) in criterion.levels.iter().enumerate() {
        if best.is_none_or(|(_, best)| level.n_leads > best.n_leads) {
            best = Some((idx, level));
        }
    }
    let Some((idx, level)) = best else { return Value::Null };
    match (&level.when, criterion.kind()) {
        // A pair has no answer of its own.
        (When::Missing | When::Cells(_), _) => Value::Null,
        (When::OneOf(texts), InputKind::Boolean) => Value::Bool(texts.first().is_some_and(|text| text == "true")),
        (When::OneOf(texts), _) => texts.first().cloned().map_or(Value::Null, Value::String),
        (When::Below(edge), _) => number_between(edge_before(criterion, idx), Some(*edge)),
        (When::Else, InputKind::Number) => number_between(edge_before(criterion, idx), None),
        (When::Else, InputKind::Boolean) => Value::Bool(!names(criterion, "true")),
        (When::Else, InputKind::Text) => Value::String(unseen_text(criterion)),
    }
}

fn edge_before(criterion: &Criterion, idx: usize) -> Option<f64> {
    criterion.levels[..idx].iter().rev().find_map(|level| level.when.edge())
}

/// A number a person would type, at or above `low` and below `high`: whole where a whole number lies between them.
fn number_between(low: Option<f64>, high: Option<f64>) -> Value {
    let number = match (low, high) {
        (None, None) => 0.0,
        (Some(low), None) => low,
        // "below 1" of a count is 0, "below 2" is 1.
        (None, Some(high)) => (high - 1.0).ceil(),
        (Some(low), Some(high)) => {
            let middle = ((low + high) / 2.0).floor();
            if middle >= low { middle } else { low }
        }
    };
    // Far from 0 there is no whole number just below an edge.
    let number = if high.is_some_and(|high| number >= high) { high.unwrap_or_default().next_down() } else { number };
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn names(criterion: &Criterion, text: &str) -> bool {
    criterion.texts().any(|own| own == text)
}

/// A text that the card does not name.
fn unseen_text(criterion: &Criterion) -> String {
    let mut text = "other".to_owned();
    while names(criterion, &text) {
        text = format!("another {text}");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::card::tests::{criterion, level, one_of};

    fn with_most(mut levels: Vec<Level>, idx: usize, kind: InputKind) -> Value {
        levels[idx].n_leads = 1_000;
        let criterion = criterion("x", kind, levels);
        let value = typical(&criterion);
        assert_eq!(criterion.level_of(&value), Some(idx), "{value}");
        value
    }

    #[test]
    fn a_typical_number_lies_in_the_level_with_the_most_leads() {
        let levels = || {
            vec![
                level(When::Missing, "missing", 0),
                level(When::Below(3.0), "below 3", 0),
                level(When::Below(7.5), "3 to 7.5", 0),
                level(When::Below(7.75), "7.5 to 7.75", 0),
                level(When::Else, "7.75 or more", 0),
            ]
        };
        let found: Vec<Value> = (0..5).map(|idx| with_most(levels(), idx, InputKind::Number)).collect();
        assert_eq!(found, [json!(null), json!(2.0), json!(5.0), json!(7.5), json!(7.75)]);
        let far = |edge| {
            vec![level(When::Missing, "missing", 0), level(When::Below(edge), "low", 0), level(When::Else, "high", 0)]
        };
        for edge in [1e300, -1e300, 0.5, -0.25, 1e16] {
            with_most(far(edge), 1, InputKind::Number);
            with_most(far(edge), 2, InputKind::Number);
        }
    }

    #[test]
    fn a_typical_text_is_one_of_the_card_or_surely_none_of_it() {
        let levels = || {
            vec![
                level(When::Missing, "missing", 0),
                level(one_of(&["other", "b"]), "other or b", 0),
                level(When::Else, "the rest", 0),
            ]
        };
        let found: Vec<Value> = (0..3).map(|idx| with_most(levels(), idx, InputKind::Text)).collect();
        assert_eq!(found, [json!(null), json!("other"), json!("another other")]);
    }

    #[test]
    fn a_typical_yes_or_no_is_yes_or_no() {
        let levels =
            || vec![level(When::Missing, "missing", 0), level(one_of(&["true"]), "yes", 0), level(When::Else, "no", 0)];
        let found: Vec<Value> = (0..3).map(|idx| with_most(levels(), idx, InputKind::Boolean)).collect();
        assert_eq!(found, [json!(null), json!(true), json!(false)]);
    }
}
