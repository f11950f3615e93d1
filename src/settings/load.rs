//! Loading `bantam.toml`: every key known, every value of its type, every message with key and line.
//!
//! In: the file. Out: a [`Config`] that the checks have passed, its paths resolved against the file's folder. All problems
//! are reported at once, in the order of the file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::rules::check;
use super::shape::{Key, Shape};
use super::{Config, ConfigError, Problem};
use crate::nearest::nearest;

/// Largest config worth reading; a Parquet file given by mistake is larger.
const MAX_CONFIG_BYTES: u64 = 4 * 1024 * 1024;

/// Reads and checks a config; relative paths in it are taken from its folder.
///
/// # Errors
/// [`ConfigError`]: the file cannot be read, is not TOML, or says something that cannot be done.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let shown = path.display().to_string();
    let unreadable = |source| ConfigError::Unreadable { path: shown.clone(), source };
    let not_text = || ConfigError::Unusable(format!("{shown} is not a text file, so it cannot be a config"));
    if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_CONFIG_BYTES {
        return Err(not_text());
    }
    let text = String::from_utf8(std::fs::read(path).map_err(unreadable)?).map_err(|_| not_text())?;
    let mut config = parse(&shown, &text)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    for path in config.paths_mut() {
        resolve(path, folder);
    }
    Ok(config)
}

/// Reads a config from text; `shown` names it in messages. Paths stay as they are written.
///
/// # Errors
/// As [`load`], but for the reading.
pub fn parse(shown: &str, text: &str) -> Result<Config, ConfigError> {
    read(shown, text, |config| check(config).1)
}

/// As [`parse`], for text that options or tables in memory complete: the rules are left to [`Config::check`].
///
/// # Errors
/// As [`parse`], but for broken rules.
pub fn parse_unchecked(shown: &str, text: &str) -> Result<Config, ConfigError> {
    read(shown, text, |_| Vec::new())
}

/// - `check`: what is wrong with a config whose keys are known.
fn read(shown: &str, text: &str, check: impl FnOnce(&Config) -> Vec<Problem>) -> Result<Config, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let not_toml = |error: toml::de::Error| {
        let line = error.span().map_or(1, |span| line_at(text, span.start));
        let said = error.message().trim().replace('\n', "; ");
        ConfigError::Unusable(format!("{shown} is not valid TOML, line {line}: {said}"))
    };
    let table = DeTable::parse(text).map_err(not_toml)?;
    let mut reading = Reading { text, root: Shape::of_config(), problems: Vec::new(), lines: BTreeMap::new() };
    let root = reading.root.clone();
    reading.table(table.get_ref(), root.keys(), "");
    if reading.problems.is_empty() {
        let config = Config::deserialize(toml::Deserializer::parse(text).map_err(not_toml)?).map_err(not_toml)?;
        reading.problems = check(&config);
        for problem in &mut reading.problems {
            problem.line = reading.lines.get(&problem.key).copied();
        }
        if reading.problems.is_empty() {
            return Ok(config);
        }
    }
    reading.problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
    Err(ConfigError::Problems { path: Some(shown.to_owned()), problems: reading.problems })
}

/// One pass over the file, comparing it with the shape of a config.
struct Reading<'a> {
    text: &'a str,
    root: Shape,
    problems: Vec<Problem>,
    /// Line of every key, by its full name.
    lines: BTreeMap<String, usize>,
}

impl Reading<'_> {
    fn table(&mut self, table: &DeTable<'_>, keys: &[Key], path: &str) {
        for (name, value) in table {
            let full = if path.is_empty() { name.get_ref().to_string() } else { format!("{path}.{}", name.get_ref()) };
            match keys.iter().find(|key| key.name == *name.get_ref()) {
                Some(key) => {
                    self.lines.insert(full.clone(), line_at(self.text, name.span().start));
                    self.value(value.get_ref(), value.span(), &key.shape, &full);
                }
                None => {
                    let text = self.unknown_key(name.get_ref(), keys, path);
                    self.problem(&full, name.span(), text);
                }
            }
        }
    }

    fn value(&mut self, value: &DeValue<'_>, span: Range<usize>, shape: &Shape, full: &str) {
        match (shape, value) {
            (Shape::Table(keys), DeValue::Table(table)) => self.table(table, keys, full),
            (Shape::Words(each), DeValue::Table(table)) => {
                for (name, value) in table {
                    let full = format!("{full}.{}", name.get_ref());
                    self.lines.insert(full.clone(), line_at(self.text, name.span().start));
                    self.value(value.get_ref(), value.span(), each, &full);
                }
            }
            (Shape::List { items, n_items }, DeValue::Array(list)) => {
                if n_items.is_some_and(|n_items| n_items != list.len()) {
                    let text = format!("has {} items; it takes {}", list.len(), shape.wanted());
                    return self.problem(full, span, text);
                }
                for (position, item) in list.iter().enumerate() {
                    let full = format!("{full}[{}]", position + 1);
                    self.lines.insert(full.clone(), line_at(self.text, item.span().start));
                    self.value(item.get_ref(), item.span(), items, &full);
                }
            }
            (Shape::Text, DeValue::String(_))
            | (Shape::Number, DeValue::Integer(_) | DeValue::Float(_))
            | (Shape::Flag, DeValue::Boolean(_)) => {}
            (Shape::Choice(words), DeValue::String(word)) => {
                if !words.iter().any(|(known, _)| known == word) {
                    let close = nearest(word, words.iter().map(|(known, _)| known.as_str()));
                    let hint = close.first().map_or_else(String::new, |close| format!("; did you mean {close:?}?"));
                    self.problem(full, span, format!("is {word:?}; it takes {}{hint}", shape.wanted()));
                }
            }
            (Shape::Either(kinds), value) => {
                let takes = |kind: &&Shape| match (*kind, value) {
                    (Shape::Choice(words), DeValue::String(word)) => words.iter().any(|(known, _)| known == word),
                    (kind, DeValue::Integer(_)) => matches!(kind, Shape::Whole { .. } | Shape::Number),
                    _ => false,
                };
                match kinds.iter().find(takes) {
                    Some(kind) => self.value(value, span, kind, full),
                    None => self.problem(full, span, format!("is {}; it takes {}", described(value), shape.wanted())),
                }
            }
            (Shape::Whole { low, high }, DeValue::Integer(whole)) => {
                let within =
                    i128::from_str_radix(whole.as_str(), whole.radix()).is_ok_and(|n| (*low..=*high).contains(&n));
                if !within {
                    self.problem(full, span, format!("is {whole}; it takes a whole number from {low} to {high}"));
                }
            }
            _ => {
                let hint = hint_for(shape, value);
                self.problem(full, span, format!("is {}; it takes {}{hint}", described(value), shape.wanted()));
            }
        }
    }

    /// What to say about a key that `keys` does not have: the nearest one, or the table it belongs under.
    fn unknown_key(&self, name: &str, keys: &[Key], path: &str) -> String {
        let place = if path.is_empty() { "at the top level".to_owned() } else { format!("under `{path}`") };
        let close = nearest(name, keys.iter().map(|key| key.name.as_str()));
        if let Some(close) = close.first() {
            return format!("is not a key {place}; did you mean `{close}`?");
        }
        let home = self.root.keys().iter().find(|table| {
            let shape = if let Shape::List { items, .. } = &table.shape { items } else { &table.shape };
            shape.keys().iter().any(|key| key.name == name)
        });
        if let Some(home) = home {
            let brackets = if matches!(home.shape, Shape::List { .. }) { ("[[", "]]") } else { ("[", "]") };
            return format!("is not a key {place}; it belongs under {}{}{}", brackets.0, home.name, brackets.1);
        }
        let known: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name)).collect();
        format!("is not a key {place}; known: {}", known.join(", "))
    }

    fn problem(&mut self, key: &str, span: Range<usize>, text: String) {
        self.problems.push(Problem { line: Some(line_at(self.text, span.start)), key: key.to_owned(), text });
    }
}

/// A value in words.
fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(moment) => format!("the date {moment} without quotes"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// What to type instead, where that is clear.
fn hint_for(shape: &Shape, value: &DeValue<'_>) -> String {
    match (shape, value) {
        (Shape::Text, DeValue::Datetime(_) | DeValue::Integer(_) | DeValue::Float(_)) => match value {
            DeValue::Datetime(moment) => format!(": write \"{moment}\""),
            DeValue::Integer(number) => format!(": write \"{number}\""),
            _ => String::new(),
        },
        (Shape::List { items, .. }, DeValue::String(text)) if **items == Shape::Text => format!(": write [{text:?}]"),
        (Shape::List { items, .. }, DeValue::Table(_)) if matches!(**items, Shape::Table(_)) => {
            ": write its name in double brackets, [[ ]]".to_owned()
        }
        (Shape::Table(_), DeValue::Array(_)) => ": write its name in single brackets, [ ]".to_owned(),
        (Shape::Whole { .. } | Shape::Number, DeValue::String(text)) if text.trim().parse::<f64>().is_ok() => {
            format!(": write {} without quotes", text.trim())
        }
        _ => String::new(),
    }
}

/// Line of a byte of the text, from 1.
fn line_at(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|&&b| b == b'\n').count() + 1
}

/// A relative path is taken from the config's folder; an address (`s3://...`) stays as it is.
fn resolve(path: &mut PathBuf, folder: &Path) {
    let is_address = path.to_str().is_some_and(|text| text.contains("://"));
    if !is_address && path.is_relative() && !path.as_os_str().is_empty() && !folder.as_os_str().is_empty() {
        *path = folder.join(&path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "[leads]\npath = \"leads.parquet\"\n[outcome]\nconverted = \"won\"\n";

    /// Everything `parse` says about a config that begins with [`HEAD`] (four lines).
    #[track_caller]
    fn assert_says(rest: &str, expected: &str) {
        let error = parse("bantam.toml", &format!("{HEAD}{rest}")).expect_err(rest);
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_small_config_is_read() {
        let config = parse("bantam.toml", HEAD).expect("valid");
        assert_eq!(config.leads.path, Path::new("leads.parquet"));
        assert_eq!(config.outcome.converted.as_deref(), Some("won"));
        assert_eq!(config.folds.count, 5);
    }

    #[test]
    fn misspelt_keys_name_the_nearest_one_and_the_line() {
        assert_says(
            "[points]\ntotl = 100\n",
            "bantam.toml has a problem\n  line 6: `points.totl` is not a key under `points`; did you mean `total`?",
        );
        assert_says(
            "[[criterion]]\nname = \"a\"\n[[criterion]]\nname = \"b\"\ntrned = \"free\"\n",
            "bantam.toml has a problem\n  line 9: `criterion[2].trned` is not a key under `criterion[2]`; did you mean `trend`?",
        );
        assert_says(
            "[[criterion]]\nname = \"a\"\nevents = { knd = \"click\", measure = \"count\" }\n[events]\npath = \"e\"\nlead = \"l\"\nat = \"t\"\n",
            "bantam.toml has a problem\n  line 7: `criterion[1].events.knd` is not a key under `criterion[1].events`; did you mean `kind`?",
        );
        assert_says(
            "[point]\ntotal = 100\n",
            "bantam.toml has a problem\n  line 5: `point` is not a key at the top level; did you mean `points`?",
        );
    }

    #[test]
    fn a_key_in_the_wrong_table_is_sent_home() {
        assert_says(
            "[folds]\nhorizon = \"90d\"\n",
            "bantam.toml has a problem\n  line 6: `folds.horizon` is not a key under `folds`; it belongs under [outcome]",
        );
        assert_says(
            "[folds]\ntrend = \"free\"\n",
            "bantam.toml has a problem\n  line 6: `folds.trend` is not a key under `folds`; it belongs under [[criterion]]",
        );
        assert_says(
            "[folds]\nzebra = 1\n",
            "bantam.toml has a problem\n  line 6: `folds.zebra` is not a key under `folds`; known: `by`, `count`, `column`",
        );
    }

    #[test]
    fn wrong_types_are_named_by_key_and_line() {
        assert_says(
            "[folds]\ncount = \"five\"\n",
            "bantam.toml has a problem\n  line 6: `folds.count` is the text \"five\"; it takes a whole number of at least 0",
        );
        assert_says(
            "[folds]\ncount = \"5\"\n",
            "bantam.toml has a problem\n  line 6: `folds.count` is the text \"5\"; it takes a whole number of at least 0: write 5 without quotes",
        );
        assert_says(
            "[points]\ntotal = 99.5\n",
            "bantam.toml has a problem\n  line 6: `points.total` is 99.5; it takes \"auto\" or a whole number of at least 0",
        );
        assert_says(
            "[points]\ntotal = -1\n",
            "bantam.toml has a problem\n  line 6: `points.total` is -1; it takes a whole number from 0 to 4294967295",
        );
        assert_says(
            "[points]\npairs = \"lots\"\n",
            "bantam.toml has a problem\n  line 6: `points.pairs` is the text \"lots\"; it takes \"auto\" or a whole number of at least 0",
        );
        assert_says(
            "[points]\nrange = [-5]\n",
            "bantam.toml has a problem\n  line 6: `points.range` has 1 items; it takes a list of 2; each item is a whole number",
        );
        assert_says(
            "[[criterion]]\nname = \"a\"\norder = \"low\"\n",
            "bantam.toml has a problem\n  line 7: `criterion[1].order` is the text \"low\"; it takes a list; each item is text in quotes: write [\"low\"]",
        );
        assert_says(
            "horizon = 90\n",
            "bantam.toml has a problem\n  line 5: `outcome.horizon` is 90; it takes text in quotes: write \"90\"",
        );
        assert_says(
            "observed_until = 2026-09-30\n",
            "bantam.toml has a problem\n  line 5: `outcome.observed_until` is the date 2026-09-30 without quotes; it takes text in quotes: write \"2026-09-30\"",
        );
        assert_says(
            "[policy]\nname = \"a\"\n",
            "bantam.toml has a problem\n  line 5: `policy` is a table; it takes a list; each item is a table of keys: write its name in double brackets, [[ ]]",
        );
        assert_says(
            "[[folds]]\ncount = 3\n",
            "bantam.toml has a problem\n  line 5: `folds` is a list; it takes a table of keys: write its name in single brackets, [ ]",
        );
    }

    #[test]
    fn words_for_answers_have_keys_of_their_own() {
        let config =
            parse("bantam.toml", &format!("{HEAD}[[criterion]]\nname = \"a\"\nanswers = {{ \"no way\" = \"No\" }}\n"));
        assert_eq!(config.expect("valid").criterion[0].answers["no way"], "No");
        assert_says(
            "[[criterion]]\nname = \"a\"\nanswers = { yes = 1 }\n",
            "bantam.toml has a problem\n  line 7: `criterion[1].answers.yes` is 1; it takes text in quotes: write \"1\"",
        );
        assert_says(
            "[[criterion]]\nname = \"a\"\nanswers = [\"yes\"]\n",
            "bantam.toml has a problem\n  line 7: `criterion[1].answers` is a list; it takes a table in braces, such as { key = \"words\" }",
        );
        assert_says(
            "[report]\ncompani = \"ACME\"\n",
            "bantam.toml has a problem\n  line 6: `report.compani` is not a key under `report`; did you mean `company`?",
        );
    }

    #[test]
    fn a_word_that_is_not_a_choice_lists_the_choices() {
        assert_says(
            "[[criterion]]\nname = \"a\"\n[[criterion]]\nname = \"b\"\ntrend = \"increasng\"\n",
            "bantam.toml has a problem\n  line 9: `criterion[2].trend` is \"increasng\"; it takes one of \"increasing\", \"decreasing\", \"turning\", \"free\", \"auto\", \"unordered\"; did you mean \"increasing\"?",
        );
        assert_says(
            "[points]\nsize = \"tiny\"\n",
            "bantam.toml has a problem\n  line 6: `points.size` is \"tiny\"; it takes one of \"accurate\", \"balanced\", \"simple\"",
        );
    }

    #[test]
    fn all_problems_come_at_once_in_the_order_of_the_file() {
        assert_says(
            "[points]\ntotl = 100\n[folds]\ncount = true\n",
            "bantam.toml has 2 problems\n  line 6: `points.totl` is not a key under `points`; did you mean `total`?\n  line 8: `folds.count` is true; it takes a whole number of at least 0",
        );
    }

    #[test]
    fn rules_across_keys_know_their_line() {
        assert_says(
            "horizon = \"3 months\"\n",
            "bantam.toml has a problem\n  line 5: `outcome.horizon` \"3 months\": months, quarters and years have no fixed length; write days, such as \"91d\"",
        );
    }

    #[test]
    fn broken_toml_names_the_line() {
        let error = parse("bantam.toml", "[leads]\npath = leads.parquet\n").expect_err("not TOML").to_string();
        assert!(error.starts_with("bantam.toml is not valid TOML, line 2: "), "{error}");
        let error = parse("bantam.toml", "[leads]\npath = \"a\"\npath = \"b\"\n").expect_err("twice").to_string();
        assert!(error.starts_with("bantam.toml is not valid TOML, line 3: "), "{error}");
    }

    #[test]
    fn relative_paths_are_taken_from_the_folder_of_the_config() {
        let folder = tempfile::tempdir().expect("temp dir");
        let file = folder.path().join("bantam.toml");
        let rest = "path = \"s3://bucket/outcomes/\"\n[events]\npath = \"/srv/events\"\nlead = \"l\"\nat = \"t\"\n";
        let with_id = HEAD.replace("[outcome]", "id = \"lead_id\"\n[outcome]");
        std::fs::write(&file, with_id + rest).expect("write");
        let config = load(&file).expect("valid");
        assert_eq!(config.leads.path, folder.path().join("leads.parquet"));
        assert_eq!(config.outcome.path.as_deref(), Some(Path::new("s3://bucket/outcomes/")));
        assert_eq!(config.events.expect("events").path, Path::new("/srv/events"));
    }

    #[test]
    fn a_file_that_is_not_there_or_not_text_says_so() {
        let error = load(Path::new("no/such/bantam.toml")).expect_err("missing").to_string();
        assert_eq!(error, "cannot read no/such/bantam.toml\nhint: `bantam init leads.parquet` writes a config");
        let folder = tempfile::tempdir().expect("temp dir");
        let file = folder.path().join("bantam.toml");
        std::fs::write(&file, b"PAR1\xff\xfe").expect("write");
        let error = load(&file).expect_err("binary").to_string();
        assert_eq!(error, format!("{} is not a text file, so it cannot be a config", file.display()));
    }
}
