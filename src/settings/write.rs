//! Writing a config down: `bantam.toml` with the docs of every key as comments, and its fingerprint.
//!
//! In: a [`Config`]. Out: text that reads back to the same config; keys that are not set stand there as comments, so that
//! the file shows everything that can be said.

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::shape::{Key, Shape};
use super::{Config, ConfigError};

/// Comments on one config, besides the docs of its keys; each entry is a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// At the top of the file.
    pub head: Vec<String>,
    /// Under each `[[criterion]]`, in their order.
    pub criteria: Vec<Vec<String>>,
    /// Behind the last `[[criterion]]`.
    pub after_criteria: Vec<String>,
}

/// The config as commented TOML, with remarks on this very config; [`super::parse`] gives the same config back.
///
/// # Errors
/// [`ConfigError::Unusable`]: TOML cannot hold it (a path that is not Unicode, a seed beyond 2^63).
pub fn to_toml(config: &Config, remarks: &Remarks) -> Result<String, ConfigError> {
    let not_writable = |error| ConfigError::Unusable(format!("this config cannot be written as TOML: {error}"));
    let values = Table::try_from(config).map_err(not_writable)?;
    let shape = Shape::of_config();
    let mut text = String::new();
    for remark in &remarks.head {
        comment(&mut text, remark);
    }
    if !remarks.head.is_empty() {
        text.push('\n');
    }
    // TOML wants the keys of the top level before the first table.
    for key in shape.keys().iter().filter(|key| !is_table(&key.shape)) {
        write_key(&mut text, key, values.get(&key.name));
    }
    for key in shape.keys() {
        match (&key.shape, values.get(&key.name)) {
            (Shape::Table(keys), Some(Value::Table(table))) => {
                write_table(&mut text, &key.doc, &format!("[{}]", key.name), keys, table);
            }
            (Shape::Table(keys), _) => write_example(&mut text, &key.doc, &format!("[{}]", key.name), keys),
            (Shape::List { items, .. }, value) if is_table(items) => {
                let entries = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let is_criterion = key.name == "criterion";
                let of_entries = if is_criterion { &remarks.criteria[..] } else { &[] };
                write_entries(&mut text, key, items.keys(), entries, of_entries);
                if is_criterion && !remarks.after_criteria.is_empty() {
                    text.push('\n');
                    remarks.after_criteria.iter().for_each(|remark| comment(&mut text, remark));
                }
            }
            _ => {}
        }
    }
    Ok(text)
}

/// SHA-256, in hex, of what the config asks for. Where the files lie is left out: the same wishes in another folder have
/// the same fingerprint, and the files have fingerprints of their own. So is `[monitor]`, which changes nothing about a card.
pub(super) fn fingerprint(config: &Config) -> String {
    let mut placeless = config.clone();
    for path in placeless.paths_mut() {
        path.clear();
    }
    // Fields in the order of the structs: one config has one text.
    let mut fields = serde_json::to_value(&placeless).expect("a config without paths is plain numbers and text");
    if let Some(fields) = fields.as_object_mut() {
        fields.shift_remove("monitor");
    }
    let canonical = fields.to_string();
    Sha256::digest(canonical.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_table(shape: &Shape) -> bool {
    match shape {
        Shape::Table(_) => true,
        Shape::List { items, .. } => is_table(items),
        _ => false,
    }
}

fn write_table(text: &mut String, doc: &str, header: &str, keys: &[Key], table: &Table) {
    text.push('\n');
    comment(text, doc);
    line(text, header);
    for key in keys {
        write_key(text, key, table.get(&key.name));
    }
}

/// `[[criterion]]` and `[[policy]]`: the first entry explains its keys, the others are short.
fn write_entries(text: &mut String, key: &Key, keys: &[Key], entries: &[Value], remarks: &[Vec<String>]) {
    let header = format!("[[{}]]", key.name);
    if entries.is_empty() {
        return write_example(text, &key.doc, &header, keys);
    }
    for (position, entry) in entries.iter().enumerate() {
        let Value::Table(table) = entry else { continue };
        if position == 0 {
            write_table(text, &key.doc, &header, keys, table);
        } else {
            text.push('\n');
            line(text, &header);
            for key in keys {
                if let Some(value) = table.get(&key.name).filter(|value| !is_default(value, key)) {
                    line(text, &format!("{} = {value}", key.name));
                }
            }
        }
        remarks.get(position).into_iter().flatten().for_each(|remark| comment(text, remark));
    }
}

/// A table that is not there, as a comment.
fn write_example(text: &mut String, doc: &str, header: &str, keys: &[Key]) {
    text.push('\n');
    comment(text, doc);
    line(text, &format!("# {header}"));
    for key in keys {
        line(text, &format!("# {} = {}", key.name, example(&key.name, &key.shape)));
    }
}

fn write_key(text: &mut String, key: &Key, value: Option<&Value>) {
    comment(text, &key.doc);
    if let Shape::Choice(words) = &key.shape {
        for (word, meaning) in words {
            comment(text, &format!("  {word:?}: {meaning}"));
        }
    }
    let is_said = |value: &&Value| value.as_array().is_none_or(|items| !items.is_empty());
    match value.filter(is_said) {
        Some(value) => line(text, &format!("{} = {value}", key.name)),
        None => line(text, &format!("# {} = {}", key.name, example(&key.name, &key.shape))),
    }
}

/// In later entries of a list an empty list and the first-named default say nothing.
fn is_default(value: &Value, key: &Key) -> bool {
    match (value, &key.shape) {
        (Value::Array(items), _) => items.is_empty(),
        (Value::String(word), Shape::Choice(_)) => word == "auto",
        (Value::Boolean(flag), Shape::Flag) => !flag && !key.is_optional,
        _ => false,
    }
}

/// What a key could look like: a value that many a company would write.
fn example(name: &str, shape: &Shape) -> String {
    match shape {
        Shape::Table(keys) => {
            let keys: Vec<String> =
                keys.iter().map(|key| format!("{} = {}", key.name, example(&key.name, &key.shape))).collect();
            format!("{{ {} }}", keys.join(", "))
        }
        Shape::List { items, n_items } => {
            let items = match (name, n_items) {
                ("order", _) => vec!["\"low\"".to_owned(), "\"high\"".to_owned()],
                _ => vec![example(name, items); n_items.unwrap_or(1)],
            };
            format!("[{}]", items.join(", "))
        }
        Shape::Choice(words) => words.first().map_or_else(String::new, |(word, _)| format!("{word:?}")),
        Shape::Either(kinds) => kinds.first().map_or_else(String::new, |kind| example(name, kind)),
        Shape::Text => format!("{:?}", example_text(name)),
        Shape::Whole { .. } => "1".to_owned(),
        Shape::Number => "1.0".to_owned(),
        Shape::Flag => "true".to_owned(),
        Shape::Words(each) => format!("{{ \"...\" = {} }}", example(name, each)),
    }
}

/// A text for a key; dots where nothing is likelier than anything else.
fn example_text(key: &str) -> &'static str {
    match key {
        "id" | "lead" => "lead_id",
        "as_of" => "created_at",
        "source" => "source",
        "segment" => "industry",
        "team" => "team",
        "account" => "account_id",
        "contact" => "contact_id",
        "ignore" | "note" => "note",
        "missing" => "N/A",
        "known_at_hand_off" | "column" | "criterion" => "budget",
        "sheet" => "Leads",
        "encoding" => "windows-1252",
        "max_memory" => "4GiB",
        "path" => "table.csv",
        "converted" => "won",
        "converted_values" => "Won",
        "lost_values" => "Lost",
        "closed" => "is_closed",
        "converted_at" => "won_at",
        "horizon" => "90d",
        "within" => "30d",
        "observed_until" | "until" => "2026-12-31",
        "value" => "deal_value",
        "disposition" => "disposition",
        "accepted" | "rejected" | "recycled" | "untouched" => key_word(key),
        "reason" => "reason",
        "first_touch" => "first_touched_at",
        "at" => "happened_at",
        "kind" => "kind",
        "measure" => "count",
        "group" => "BANT",
        "match" => "vp|vice president",
        "to" => "executive",
        "top" => "50/month",
        "grades" => "B2",
        "capacity" => "160h/month",
        "currency" => "EUR",
        "card" => "card.json",
        "fairness" => "region",
        "rows" => "fit",
        "columns" => "engagement",
        _ => "...",
    }
}

/// What sales may say for a disposition.
fn key_word(key: &str) -> &'static str {
    match key {
        "accepted" => "Qualified",
        "rejected" => "Unqualified",
        "recycled" => "Nurture",
        _ => "New",
    }
}

/// Comment lines; what a comment must not hold (control characters of a column's name) is escaped.
fn comment(text: &mut String, doc: &str) {
    let is_harmful = |c: char| c.is_control() && c != '\n' && c != '\t';
    let doc: String =
        doc.chars().flat_map(|c| if is_harmful(c) { c.escape_unicode().collect() } else { vec![c] }).collect();
    for doc_line in doc.lines().filter(|doc_line| !doc_line.trim().is_empty()) {
        line(text, &format!("# {}", doc_line.trim_end()));
    }
}

fn line(text: &mut String, content: &str) {
    text.push_str(content);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::{
        BandsConfig, CriterionConfig, EventMeasureConfig, EventsConfig, FoldsBy, MapRuleConfig, PolicyConfig,
        SegmentsConfig, Trend, parse,
    };
    use super::*;

    fn small() -> Config {
        let mut config = Config::default();
        config.leads.path = PathBuf::from("leads.parquet");
        config.outcome.converted = Some("won".to_owned());
        config
    }

    fn full() -> Config {
        let mut config = small();
        config.seed = 7;
        config.leads.id = Some("lead \"id\"\n\u{7f}\\ 名前".to_owned());
        config.leads.ignore = vec!["note".to_owned(), " converted ".to_owned()];
        config.outcome.horizon = Some("90d".to_owned());
        config.events = Some(EventsConfig {
            path: PathBuf::from("events/"),
            lead: "lead".to_owned(),
            at: "at".to_owned(),
            kind: Some("kind".to_owned()),
        });
        let clicks = EventMeasureConfig {
            kind: Some("email_click".to_owned()),
            within: Some("30d".to_owned()),
            measure: "count".to_owned(),
        };
        config.criterion = vec![
            CriterionConfig {
                name: "budget".to_owned(),
                column: Some("budget".to_owned()),
                group: Some("BANT".to_owned()),
                order: vec!["none".to_owned(), "approved".to_owned()],
                trend: Trend::Increasing,
                events: None,
                missing: Some(vec!["ask".to_owned()]),
                map: [("n*|\"no\"", "none"), ("ok", "approved")]
                    .map(|(phrases, to)| MapRuleConfig { phrases: phrases.to_owned(), to: to.to_owned() })
                    .to_vec(),
                label: Some("Money \"set\" aside".to_owned()),
                question: Some("Has money\nbeen set aside?".to_owned()),
                answers: [("none", "no"), ("no = \"}", "{\u{1b}")].map(|(a, b)| (a.to_owned(), b.to_owned())).into(),
                asked: Some(true),
            },
            CriterionConfig {
                name: "clicks".to_owned(),
                events: Some(clicks),
                asked: Some(false),
                trend: Trend::Auto,
                ..Default::default()
            },
            CriterionConfig { name: "industry".to_owned(), trend: Trend::Unordered, ..Default::default() },
        ];
        config.folds.by = Some(FoldsBy::Column);
        config.folds.column = Some("fold".to_owned());
        config.points.range = Some([-5, 5]);
        config.policy = vec![
            PolicyConfig { name: "selective".to_owned(), top: Some("50/month".to_owned()), ..Default::default() },
            PolicyConfig { name: "safe".to_owned(), conversion_at_least: Some(0.25), ..Default::default() },
        ];
        config.bands = BandsConfig { hot: Some(60), nurture: Some(-3) };
        config.leads.segment = Some("industry".to_owned());
        config.report.company = Some("ACME".to_owned());
        config.segments = SegmentsConfig { offsets: true, fairness: vec!["region".to_owned()] };
        config
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        for config in [small(), full()] {
            let text = to_toml(&config, &Remarks::default()).expect("writable");
            assert_eq!(parse("bantam.toml", &text).unwrap_or_else(|e| panic!("{e}\n{text}")), config, "{text}");
        }
    }

    #[test]
    fn uncommented_examples_are_keys_that_exist() {
        let text = to_toml(&small(), &Remarks::default()).expect("writable");
        let is_example = |rest: &&str| {
            let before = rest.split(" = ").next().unwrap_or_default();
            rest.starts_with('[') || (before != *rest && !before.contains(' '))
        };
        let all: Vec<&str> =
            text.lines().map(|line| line.strip_prefix("# ").filter(is_example).unwrap_or(line)).collect();
        let all = all.join("\n");
        // Several of them exclude each other; none of them may be unknown or of the wrong type.
        let said = parse("bantam.toml", &all).expect_err("everything at once").to_string();
        assert!(
            !said.contains("is not a key") && !said.contains("it takes a ") && !said.contains("not valid TOML"),
            "{said}\n{all}"
        );
    }

    #[test]
    fn every_key_stands_there_with_its_doc() {
        let text = to_toml(&small(), &Remarks::default()).expect("writable");
        assert!(
            text.contains("# Column that names the lead; without one the row number does\n# id = \"lead_id\"\n"),
            "{text}"
        );
        assert!(text.contains("# How many folds, 2..=20\ncount = 5\n"), "{text}");
        assert!(text.contains("# [[policy]]\n# name = \"...\"\n"), "{text}");
    }

    #[test]
    fn remarks_stand_with_their_criterion_and_change_nothing() {
        let config = full();
        let remarks = Remarks {
            head: vec!["made by a test".to_owned()],
            criteria: vec![vec!["first".to_owned()], vec!["second\u{1b}[31m\nof two lines".to_owned()]],
            after_criteria: vec!["left out: \"x\"".to_owned()],
        };
        let text = to_toml(&config, &remarks).expect("writable");
        assert!(text.starts_with("# made by a test\n\n"), "{text}");
        assert!(text.contains("# second\\u{1b}[31m\n# of two lines\n\n[[criterion]]\nname = \"industry\"\n"), "{text}");
        assert!(text.contains("\n\n# left out: \"x\"\n"), "{text}");
        assert_eq!(parse("bantam.toml", &text).expect("valid"), config);
    }

    #[test]
    fn a_seed_toml_cannot_hold_is_said() {
        let config = Config { seed: u64::MAX, ..small() };
        let error = to_toml(&config, &Remarks::default()).expect_err("too large").to_string();
        assert!(error.starts_with("this config cannot be written as TOML: "), "{error}");
    }

    #[test]
    fn the_fingerprint_sees_wishes_and_not_places() {
        let config = full();
        let mut elsewhere = config.clone();
        elsewhere.leads.path = PathBuf::from("/srv/leads.parquet");
        assert_eq!(fingerprint(&config), fingerprint(&elsewhere));
        elsewhere.monitor.max_psi = 0.1;
        assert_eq!(fingerprint(&config), fingerprint(&elsewhere), "monitoring changes no card");
        let mut other = config.clone();
        other.points.range = Some([-5, 6]);
        assert_ne!(fingerprint(&config), fingerprint(&other));
        // A config that says nothing of segments asks for what it asked for before there were any.
        let small = serde_json::to_value(small()).expect("JSON");
        assert!(small.get("segments").is_none(), "{small}");
        assert_eq!(fingerprint(&config).len(), 64);
    }
}
