//! `card.json`: reading with every check, and writing so that a person can read it and a diff is small.

use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;

use super::check::check_format;
use super::shown::shortened;
use super::{Card, CardError};

/// Largest `card.json` that is read: a card of 2,000 criteria with their golden rows stays well below.
pub const MAX_CARD_BYTES: usize = 64 * 1024 * 1024;

/// A container that fits on a line of so many characters is written on one.
const LINE: usize = 110;

/// The one key that is read before all others: a newer format may have keys this version does not know.
#[derive(Deserialize)]
struct FormatOnly {
    format: u64,
}

impl Card {
    /// Reads a card, checks every rule, and scores its golden rows.
    ///
    /// # Errors
    /// [`CardError`] says what is wrong and where; a card that fails never scores a lead.
    pub fn from_json(text: &str) -> Result<Self, CardError> {
        if text.len() > MAX_CARD_BYTES {
            let n_bytes = text.len();
            let words = format!("a card of {n_bytes} bytes is refused: no card needs more than {MAX_CARD_BYTES} bytes");
            return Err(CardError(words));
        }
        // Windows editors leave a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let not_a_card = |error: serde_json::Error| CardError::not_a_card(&json_error_in_words(&error));
        if text.trim_start().is_empty() {
            return Err(CardError::not_a_card("it is empty"));
        }
        let FormatOnly { format } = serde_json::from_str(text).map_err(not_a_card)?;
        check_format(format)?;
        let mut card: Self = serde_json::from_str(text).map_err(not_a_card)?;
        // A card of an older format has nothing that this one reads otherwise.
        card.format = card.own_format();
        card.check()?;
        if card.golden.is_empty() {
            return Err(CardError::broken(
                "card",
                "it has no golden rows, so nothing proves that it is read as it was meant",
            ));
        }
        card.check_golden()?;
        Ok(card)
    }

    /// The card as `card.json`: one level, one score and one golden row per line; the same card gives the same bytes.
    pub fn to_json(&self) -> String {
        let value = serde_json::to_value(self).expect("a card is plain data: text keys, numbers, lists");
        let mut json = String::new();
        write_value(&value, 0, false, &mut json);
        json.push('\n');
        json
    }

    /// JSON Schema of `card.json`.
    ///
    /// # Errors
    /// Those of writing JSON; none is known.
    #[cfg(feature = "export")]
    pub fn json_schema() -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(&schemars::schema_for!(Self))? + "\n")
    }
}

/// What a JSON reader found wrong, and where: short, on one line, whatever the text holds.
pub(crate) fn json_error_in_words(error: &serde_json::Error) -> String {
    const MAX_CHARS: usize = 300;
    let place = match error.line() {
        0 => String::new(),
        line => format!(" at line {line} column {}", error.column()),
    };
    let whole = error.to_string();
    let what = whole.strip_suffix(&place).unwrap_or(&whole);
    match (error.classify(), what) {
        (_, "recursion limit exceeded") => format!("lists or objects stand within each other too deep{place}"),
        (Category::Eof, _) => format!("it ends too early{place}, perhaps it was cut off"),
        (Category::Syntax, _) => format!("it is not sound JSON: {}{place}", shortened(what, MAX_CHARS)),
        (Category::Data | Category::Io, _) => format!("{}{place}", shortened(what, MAX_CHARS)),
    }
}

/// Writes `value` at depth `indent`; short containers, and everything below `one_line`, on one line.
fn write_value(value: &Value, indent: usize, one_line: bool, json: &mut String) {
    let compact = value.to_string();
    let is_short = compact.len() + 2 * indent <= LINE;
    match value {
        Value::Array(items) if !is_short && !one_line => {
            write_lines('[', ']', indent, json, items, |item, json| write_value(item, indent + 1, is_row(item), json));
        }
        Value::Object(entries) if !is_short && !one_line => {
            write_lines('{', '}', indent, json, entries, |(key, item), json| {
                json.push_str(&Value::from(key.as_str()).to_string());
                json.push_str(": ");
                write_value(item, indent + 1, false, json);
            });
        }
        _ => json.push_str(&compact),
    }
}

/// A line each for levels and golden rows, however long: they are compared line by line.
fn is_row(value: &Value) -> bool {
    value.get("when").is_some() || (value.get("points").is_some() && value.get("inputs").is_some())
}

fn write_lines<T>(
    open: char,
    close: char,
    indent: usize,
    json: &mut String,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut String),
) {
    json.push(open);
    for (idx, item) in items.into_iter().enumerate() {
        json.push_str(if idx == 0 { "\n" } else { ",\n" });
        json.push_str(&"  ".repeat(indent + 1));
        write(item, json);
    }
    json.push('\n');
    json.push_str(&"  ".repeat(indent));
    json.push(close);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{card_of, criterion, example_card, level};
    use super::super::{InputKind, When};
    use super::*;

    fn refusal(json: &str) -> String {
        Card::from_json(json).expect_err("refused").to_string()
    }

    #[test]
    fn a_card_of_the_older_format_is_read_and_written_anew() {
        let card = example_card();
        let old = card.to_json().replacen("\"format\": 2", "\"format\": 1", 1);
        assert_ne!(old, card.to_json());
        assert_eq!(Card::from_json(&old).expect("format 1 reads"), card);
    }

    #[test]
    fn overrides_stay_on_the_card_and_have_to_fit_it() {
        let mut card = example_card();
        card.overrides = vec![crate::card::Override {
            criterion: "budget".to_owned(),
            level: "approved".to_owned(),
            points: 30,
            fitted_points: 22,
            author: "Ann".to_owned(),
            reason: "agreed with sales".to_owned(),
            until: Some("2026-12-31".to_owned()),
        }];
        assert_eq!(Card::from_json(&card.to_json()).expect("reads back"), card);
        card.overrides[0].points = 31;
        assert_eq!(
            refusal(&card.to_json()),
            "override of `budget`, `approved`: the card has no such level with 31 points"
        );
    }

    #[test]
    fn a_card_written_and_read_back_is_the_same_card() {
        let card = example_card();
        let json = card.to_json();
        assert_eq!(Card::from_json(&json).expect("reads back"), card);
        assert_eq!(Card::from_json(&json).expect("reads back").to_json(), json, "the same bytes");
        assert!(json.ends_with("}\n"));
        let with_mark = format!("\u{feff}{json}");
        assert_eq!(Card::from_json(&with_mark).expect("a byte order mark does no harm"), card);
    }

    #[test]
    fn levels_scores_and_golden_rows_stand_on_lines_of_their_own() {
        let json = example_card().to_json();
        let lines: Vec<&str> = json.lines().collect();
        assert!(lines.contains(
            &"        {\"when\":{\"below\":3.5},\"label\":\"1 to 3.5\",\"points\":8,\"n_leads\":100,\"n_converted\":10},"
        ), "{json}");
        assert!(
            lines.contains(&"    {\"score\":0,\"probability_bp\":100,\"low_bp\":50,\"high_bp\":160,\"n_leads\":7},"),
            "{json}"
        );
        assert_eq!(lines.iter().filter(|line| line.contains("\"inputs\":{")).count(), example_card().golden.len());
    }

    #[test]
    fn what_is_no_card_is_refused_in_one_sentence() {
        for nothing in ["", " \n", "\u{feff}"] {
            assert_eq!(refusal(nothing), "this is not a card that Bantam wrote: it is empty");
        }
        let json = example_card().to_json();
        assert_eq!(
            refusal(&json[..json.len() - 2]).split_once(" at line ").expect("a place").0,
            "this is not a card that Bantam wrote: it ends too early"
        );
        assert_eq!(refusal("{}"), "this is not a card that Bantam wrote: missing field `format` at line 1 column 2");
        assert_eq!(
            refusal("PAR1"),
            "this is not a card that Bantam wrote: it is not sound JSON: expected value at line 1 column 1"
        );
        assert!(refusal("[1]").starts_with("this is not a card that Bantam wrote: "));
        assert!(refusal(&"[".repeat(1_000_000)).starts_with("this is not a card that Bantam wrote: "));
        assert_eq!(
            refusal(&" ".repeat(MAX_CARD_BYTES + 1)),
            "a card of 67108865 bytes is refused: no card needs more than 67108864 bytes"
        );
    }

    #[test]
    fn a_newer_format_is_named_even_when_its_keys_are_new() {
        assert!(refusal(r#"{"format": 7, "grids": []}"#).starts_with("the card has format 7, this version"));
        assert!(refusal(r#"{"format": 0}"#).contains("hint: calibrate again"));
        assert!(refusal(r#"{"format": -1}"#).starts_with("this is not a card that Bantam wrote: invalid value"));
    }

    #[test]
    fn unknown_keys_and_wrong_types_say_where() {
        let json = example_card().to_json();
        let message = refusal(&json.replacen("\"points\":", "\"pionts\":", 1));
        assert!(
            message.starts_with("this is not a card that Bantam wrote: unknown field `pionts`, expected one of `when`"),
            "{message}"
        );
        assert!(message.contains("at line "), "{message}");
        assert!(refusal(&json.replacen("\"points\":4", "\"points\":4.5", 1)).contains("invalid type: floating point"));
        assert!(refusal(&json.replacen("\"points\":4", "\"points\":4e9", 1)).contains("this is not a card"));
        assert!(refusal(&json.replacen("{\"below\":1.0}", "{\"below\":NaN}", 1)).contains("expected value at line"));
        assert!(refusal(&json.replacen("{\"below\":1.0}", "{\"below\":1e999}", 1)).contains("number out of range"));
        assert!(refusal(&json.replacen("{\"below\":1.0}", "{\"below\":null}", 1)).contains("invalid type: null"));
        assert!(refusal(&json.replacen("\"missing\"", "\"absent\"", 1)).contains("unknown variant `absent`"));
    }

    #[test]
    fn keys_stand_once() {
        let json = example_card().to_json();
        let twice = |key: &str| refusal(&json.replacen(key, &format!("{key}0,{key}"), 1));
        assert!(twice("\"base_points\": ").contains("duplicate field `base_points` at line "));
        assert!(twice("\"points\":").contains("duplicate field `points` at line "));
        assert!(twice("\"clicks_30d\":").contains("key `clicks_30d` stands there twice at line "));
        assert!(twice("\"format\": ").contains("duplicate field `format` at line "));
    }

    #[test]
    fn a_hostile_key_does_not_flood_or_steer_the_terminal() {
        let key = format!("\\u001b[2J\\n{}", "x".repeat(1_000_000));
        let json = example_card().to_json().replacen("\"base_points\"", &format!("\"{key}\""), 1);
        let message = refusal(&json);
        assert!(
            message.starts_with("this is not a card that Bantam wrote: unknown field `\\u{1b}[2J\\nxxx"),
            "{message}"
        );
        assert!(message.len() < 500 && message.contains("… at line "), "{message}");
    }

    #[test]
    fn a_depth_bomb_in_a_golden_row_is_refused() {
        let bomb = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let json =
            example_card().to_json().replacen("\"asked_for_demo\":null", &format!("\"asked_for_demo\":{bomb}"), 1);
        let message = refusal(&json);
        assert!(
            message.starts_with(
                "this is not a card that Bantam wrote: lists or objects stand within each other too deep at line "
            ),
            "{message}"
        );
    }

    #[test]
    fn a_card_without_golden_rows_or_with_wrong_ones_is_refused() {
        let mut card = example_card();
        card.golden.clear();
        assert_eq!(
            refusal(&card.to_json()),
            "card: it has no golden rows, so nothing proves that it is read as it was meant"
        );
        let edited = example_card().to_json().replacen(
            "\"label\":\"approved\",\"points\":30",
            "\"label\":\"approved\",\"points\":29",
            1,
        );
        // The points no longer reach the end of the curve either; where they were changed says more.
        assert!(refusal(&edited).contains("them: row 3: `budget` 29 instead of 30;"), "{}", refusal(&edited));
        let edited = example_card().to_json().replacen(
            "\"label\":\"other\",\"points\":12",
            "\"label\":\"other\",\"points\":11",
            1,
        );
        let message = refusal(&edited);
        assert!(
            message.contains("golden rows do not get the points written beside them: row 2: `budget` 11 instead of 12"),
            "{message}"
        );
    }

    #[test]
    fn edges_on_the_finest_steps_survive() {
        for edge in [f64::MIN_POSITIVE, 5e-324, 0.1 + 0.2, 1e22, 9_007_199_254_740_993.0, f64::MAX, -0.0] {
            let levels = [When::Missing, When::Below(edge), When::Else].map(|when| level(when, "x", 1));
            let card = card_of(0, vec![criterion("n", InputKind::Number, levels.to_vec())]);
            let read = Card::from_json(&card.to_json()).expect("reads back");
            let When::Below(back) = read.criteria[0].levels[1].when else { panic!("an edge") };
            assert_eq!(back.to_bits(), edge.to_bits(), "{edge:?}");
        }
    }

    proptest! {
        #[test]
        fn any_edges_and_names_survive(
            edges in proptest::collection::vec(proptest::num::f64::ANY, 0..12),
            name in "[^ ]\\PC{0,12}",
            label in "\\PC{0,6}[^\\s]",
        ) {
            let mut edges = edges;
            edges.retain(|edge| edge.is_finite());
            edges.sort_by(f64::total_cmp);
            edges.dedup_by(|a, b| a == b);
            let mut levels = vec![level(When::Missing, &label, 0)];
            levels.extend(edges.iter().enumerate().map(|(idx, &edge)| level(When::Below(edge), &label, idx as i32)));
            levels.push(level(When::Else, &label, -3));
            let card = card_of(-2, vec![criterion(&format!("{name}x"), InputKind::Number, levels)]);
            let read = Card::from_json(&card.to_json()).expect("reads back");
            prop_assert_eq!(read, card);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,200}|[{}\\[\\]\",:0-9a-z]{0,200}") {
            prop_assert!(Card::from_json(&text).is_err());
        }
    }
}
