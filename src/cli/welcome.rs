//! `bantam` alone: what to type next for the files in this folder.
//!
//! Always true: nothing is read but names and the beginnings of `.toml` files, so it is there at once in any folder.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use unicode_width::UnicodeWidthStr;

use super::RUNS;
use crate::data::read::is_table;
use crate::runs::current_run;

/// Tables that are named; the others are counted.
const MOST_TABLES: usize = 3;

/// Bytes of a `.toml` file that say whether it is a config of ours.
const HEAD_BYTES: u64 = 1 << 16;

/// What stands in a folder.
#[derive(Debug, Default, PartialEq)]
struct Found {
    /// Configs of ours, by name.
    configs: Vec<String>,
    /// Files that can be tables, those that are called leads first.
    tables: Vec<String>,
    has_run: bool,
}

/// What to type next.
pub(super) fn welcome(folder: &Path) -> String {
    Found::in_folder(folder).in_words()
}

impl Found {
    fn in_folder(folder: &Path) -> Self {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let files = entries.filter(|entry| entry.path().is_file());
        let mut names: Vec<String> = files.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        let is_config = |name: &&String| name.ends_with(".toml") && is_our_config(&folder.join(name));
        let configs = names.iter().filter(is_config).cloned().collect();
        let mut tables: Vec<String> = names.into_iter().filter(|name| is_table(Path::new(name))).collect();
        tables.sort_by_key(|name| !name.to_lowercase().contains("lead"));
        Self { configs, tables, has_run: current_run(&folder.join(RUNS)).is_ok() }
    }

    fn in_words(&self) -> String {
        let mut text = "Bantam turns past sales leads into a card of whole points, with honest odds.\n".to_owned();
        if let Some(what) = self.what_is_here() {
            text += &format!("\nHere: {what}.\n");
        }
        text += "\nType next:\n";
        let steps = self.steps();
        let width = steps.iter().map(|(command, _)| command.width()).max().unwrap_or_default();
        for (command, does) in &steps {
            text += &format!("  {command}{}  {does}\n", " ".repeat(width - command.width()));
        }
        text += "\nbantam --help lists all commands, bantam COMMAND --help has examples of each.\n";
        text
    }

    fn what_is_here(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.has_run {
            parts.push(format!("a finished run ({RUNS}/current; its report.html opens in a browser)"));
        }
        parts.extend(self.configs.iter().map(|name| format!("a config ({name})")));
        let named: Vec<&str> = self.tables.iter().take(MOST_TABLES).map(String::as_str).collect();
        if !named.is_empty() {
            let n_more = self.tables.len() - named.len();
            let more = if n_more > 0 { format!(" and {n_more} more") } else { String::new() };
            parts.push(format!("tables ({}{more})", named.join(", ")));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Commands, and what each does.
    fn steps(&self) -> Vec<(String, String)> {
        let step = |command: String, does: &str| (command, does.to_owned());
        let mut steps = Vec::new();
        if self.has_run {
            steps.push(step("bantam compare".to_owned(), "what each way to choose leads brings next quarter"));
            if let Some(table) = self.tables.first() {
                let score = format!("bantam score {RUNS}/current/card.json {}", typed(table));
                steps.push(step(score, "score leads with the card"));
            }
        }
        for config in &self.configs {
            let again = if self.has_run { "learn the card anew" } else { "learn a card as the config says" };
            steps.push(step(format!("bantam calibrate {}", typed(config)), again));
        }
        if let Some(table) = self.tables.first().filter(|_| self.configs.is_empty()) {
            let table = typed(table);
            steps
                .push(step(format!("bantam check {table}"), "what every column is and why, before anything is fitted"));
            steps.push(step(format!("bantam init {table}"), "the same choices as bantam.toml, for you to edit"));
            steps.push(step(
                format!("bantam calibrate {table}"),
                "learn a card; --converted COLUMN where it is not plain who converted",
            ));
        }
        if self.configs.is_empty() && self.tables.is_empty() {
            steps.push(step(
                "bantam check FILE".to_owned(),
                "a table with one row per past lead: Parquet, CSV, Excel or Arrow",
            ));
            steps.push(step("bantam synth --out demo".to_owned(), "or make up leads to try it on"));
            steps.push(step("bantam calibrate demo/bantam.toml".to_owned(), "and learn a card from them"));
        }
        steps
    }
}

/// Whether it is a config of ours: it says where the leads are.
fn is_our_config(path: &Path) -> bool {
    let mut head = String::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_string(&mut head));
    read.is_ok() && head.lines().any(|line| line.trim() == "[leads]")
}

/// A file's name as a shell takes it.
fn typed(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)) && !name.starts_with('-');
    if is_plain { name.to_owned() } else { format!("'./{}'", name.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(files: &[(&str, &str)]) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).expect("written");
        }
        welcome(folder.path())
    }

    fn commands(said: &str) -> Vec<&str> {
        let lines = said.lines().filter_map(|line| line.strip_prefix("  "));
        lines.filter_map(|line| line.split("  ").next()).filter(|line| line.starts_with("bantam ")).collect()
    }

    #[test]
    fn an_empty_folder_is_led_to_made_up_leads() {
        let said = said(&[("notes.md", "")]);
        assert_eq!(
            commands(&said),
            ["bantam check FILE", "bantam synth --out demo", "bantam calibrate demo/bantam.toml"]
        );
        assert!(!said.contains("Here:"), "{said}");
    }

    #[test]
    fn tables_are_named_leads_first() {
        let said = said(&[("accounts.csv", ""), ("My leads.xlsx", ""), ("b.parquet", ""), ("c.arrow", "")]);
        assert!(said.contains("\nHere: tables (My leads.xlsx, accounts.csv, b.parquet and 1 more).\n"), "{said}");
        assert_eq!(
            commands(&said),
            ["bantam check './My leads.xlsx'", "bantam init './My leads.xlsx'", "bantam calibrate './My leads.xlsx'"]
        );
    }

    #[test]
    fn a_config_goes_before_tables_and_other_toml_is_none() {
        let said = said(&[
            ("bantam.toml", "seed = 3\n\n[leads]\npath = \"leads.csv\"\n"),
            ("Cargo.toml", "[package]\n"),
            ("leads.csv", ""),
        ]);
        assert_eq!(commands(&said), ["bantam calibrate bantam.toml"]);
    }
}
