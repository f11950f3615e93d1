//! The page on how files are read: every file on it is read, and what is said compared with what stands there.

use std::fmt::Write;

use bantam::data::read::{Columns, ReadOptions, read_table};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reading.md");

/// Kinds of the columns and the notes, as the page shows them.
fn said_of(csv: &str) -> String {
    let folder = tempfile::tempdir().expect("temp dir");
    let path = folder.path().join("leads.csv");
    std::fs::write(&path, csv).expect("write");
    let spec = path.display().to_string();
    let read = read_table(&spec, "leads", Columns::All, &ReadOptions::default()).expect("readable");
    let mut said = String::new();
    for column in &read.table.columns {
        writeln!(said, "{}: {}", column.name, column.content.in_words()).expect("a string");
    }
    for note in &read.notes {
        writeln!(said, "note: {}", note.text.replace(&spec, "leads.csv")).expect("a string");
    }
    said
}

#[test]
fn the_page_on_reading_says_what_is_done() {
    let page = std::fs::read_to_string(PAGE).expect("the page");
    let mut rest = page.as_str();
    let mut true_page = String::new();
    let mut n_files = 0;
    while let Some(at) = rest.find("```csv\n") {
        let (csv, after) = rest[at + 7..].split_once("```\n").expect("an end of the file");
        let (between, after) = after.split_once("```text\n").expect("what is said");
        let (_, after) = after.split_once("```").expect("an end of what is said");
        write!(true_page, "{}```csv\n{csv}```\n{between}```text\n{}```", &rest[..at], said_of(csv)).expect("a string");
        rest = after;
        n_files += 1;
    }
    true_page.push_str(rest);
    assert!(n_files >= 9, "{n_files} files");
    assert!(true_page == page, "the page should read\n{true_page}");
}
