//! A card from a file, with every check, for all commands that take one.

use std::io::Read;
use std::path::Path;

use super::exit::{Exit, Failure};
use crate::card::{Card, MAX_CARD_BYTES};
use crate::data::read::InputFile;
use crate::runs::sha256_hex;

/// A card, the file it came from, and its fingerprint.
#[derive(Debug, Clone)]
pub struct CardFile {
    /// The card.
    pub card: Card,
    /// The path as the user gave it.
    pub shown: String,
    /// SHA-256 of the file's bytes, hex.
    pub sha256: String,
    /// Size of the file.
    pub n_bytes: u64,
}

impl CardFile {
    /// The file as an input of what is made from it.
    pub fn as_input(&self) -> InputFile {
        InputFile {
            path: self.shown.clone(),
            table: "champion".to_owned(),
            sha256: self.sha256.clone(),
            n_bytes: self.n_bytes,
            n_rows: self.card.n_rows() as u64,
        }
    }

    /// # Errors
    /// A [`Failure`] that says why the file is no card, or why the card is refused.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display().to_string();
        if path.is_dir() {
            return Err(Failure::usage(format!("{shown} is a folder\nhint: give the card in it, {shown}/card.json")));
        }
        let cannot_read = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::bad_data(format!(
                "there is no card {shown}\nhint: `bantam calibrate` writes one into its run folder"
            )),
            _ => Failure::environment(format!("cannot read {shown}: {error}")),
        };
        // One byte more than any card has, so that a huge file by mistake is refused and not read.
        let mut bytes = Vec::new();
        let limit = MAX_CARD_BYTES as u64 + 1;
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(cannot_read)?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Failure::bad_data(format!("{shown} is not a card: {}", why_no_text(&bytes))))?;
        Self::of_text(shown, text)
    }

    /// A card that is in memory.
    ///
    /// # Errors
    /// A [`Failure`] that says why the card is refused.
    pub fn of_text(shown: String, text: &str) -> Result<Self, Failure> {
        let cannot_use = || format!("cannot use {shown}");
        let card = Card::from_json(text).map_err(|error| Failure::caused(Exit::BadData, cannot_use(), &error))?;
        Ok(Self { card, shown, sha256: sha256_hex(text.as_bytes()), n_bytes: text.len() as u64 })
    }
}

/// What a file is that is not in UTF-8, and what helps.
fn why_no_text(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        "it is text in UTF-16, and a card is JSON in UTF-8\nhint: save it as UTF-8, or take card.json from its run folder again"
    } else {
        "a card is JSON text, and this is not text\nhint: the card comes first, then the leads: `bantam score card.json leads.parquet`"
    }
}
