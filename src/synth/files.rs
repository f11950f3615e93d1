//! The files of a set, name by name.

use super::{SynthError, SynthSet, tables, words};

/// One file: its name and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetFile {
    /// Name in the folder.
    pub name: &'static str,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl SetFile {
    /// Names of all files of a set, in the order of [`render`].
    pub const NAMES: [&'static str; 7] = [
        "leads.parquet",
        "outcomes.parquet",
        "events.parquet",
        "history.parquet",
        "truth.json",
        "bantam.toml",
        "README.md",
    ];
}

/// All files of a set; the same set gives the same bytes.
///
/// # Errors
/// [`SynthError`] from the writers of Parquet and JSON.
pub fn render(set: &SynthSet) -> Result<Vec<SetFile>, SynthError> {
    let bytes = [
        tables::leads(set)?,
        tables::outcomes(set)?,
        tables::events(set)?,
        tables::history(set)?,
        words::truth(set)?.into_bytes(),
        words::config(set).into_bytes(),
        words::readme(set).into_bytes(),
    ];
    Ok(SetFile::NAMES.into_iter().zip(bytes).map(|(name, bytes)| SetFile { name, bytes }).collect())
}
