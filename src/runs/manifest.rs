//! Manifest: what is in a run folder, byte for byte, and what it was made from.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::RunError;
use super::fingerprint::sha256_hex;
use crate::data::read::InputFile;

/// Name of the manifest in its run folder; written last, so a folder that has it is whole.
pub const MANIFEST: &str = "MANIFEST.json";

/// Format of the manifest that this version writes and reads.
const FORMAT: u32 = 1;

/// `MANIFEST.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Format of this file.
    pub format: u32,
    /// Name of the run.
    pub id: String,
    /// Engine and version that made it.
    pub engine: String,
    /// Files of the run, by name.
    pub files: Vec<ManifestFile>,
    /// Files it was made from, in reading order.
    pub inputs: Vec<InputFile>,
}

/// One file of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Name in the run folder.
    pub name: String,
    /// Size.
    pub n_bytes: u64,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// SHA-256 of its content without durations, for a file that holds some: equal runs agree in this one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256_without_durations: Option<String>,
}

impl ManifestFile {
    /// Fingerprint that two equal runs share.
    fn lasting_sha256(&self) -> &str {
        self.sha256_without_durations.as_deref().unwrap_or(&self.sha256)
    }
}

impl Manifest {
    pub(super) fn new(id: &str, mut files: Vec<ManifestFile>, inputs: &[InputFile]) -> Self {
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let engine = concat!("bantam ", env!("CARGO_PKG_VERSION")).to_owned();
        Self { format: FORMAT, id: id.to_owned(), engine, files, inputs: inputs.to_vec() }
    }

    /// The manifest of a run folder.
    ///
    /// # Errors
    /// [`RunError::NoManifest`], [`RunError::BadManifest`].
    pub fn read(folder: &Path) -> Result<Self, RunError> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read(&path).map_err(|reason| RunError::NoManifest(folder.to_owned(), reason))?;
        let bad = |reason: String| RunError::BadManifest(path.clone(), reason);
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(bad(format!("it has format {}, and this version reads {FORMAT}", manifest.format)));
        }
        match manifest.files.iter().find(|file| !is_file_name(&file.name)) {
            Some(file) => Err(bad(format!("`{}` is not the name of a file in the folder", file.name))),
            None => Ok(manifest),
        }
    }

    /// What is wrong with the files beside the manifest: one sentence per file that is missing or differs.
    pub(super) fn damage(&self, folder: &Path) -> Vec<String> {
        self.files.iter().filter_map(|file| damage_of(file, folder)).collect()
    }

    /// Whether `other` holds the same results from the same inputs; durations may differ, and so may the paths of inputs.
    pub(super) fn is_same_run(&self, other: &Self) -> bool {
        let content = |manifest: &Self| -> Vec<(String, String)> {
            manifest.files.iter().map(|file| (file.name.clone(), file.lasting_sha256().to_owned())).collect()
        };
        self.id == other.id && self.engine == other.engine && content(self) == content(other)
    }
}

/// Whether `name` is a file directly in its folder: no `/`, no `..`, not empty.
pub(super) fn is_plain_name(name: &str) -> bool {
    !name.contains(['/', '\\', '\0']) && !matches!(name, "" | "." | ".." | MANIFEST)
}

/// Whether `name` is a file in the run folder: a plain name, or one in a folder with a plain name, such as
/// `charts/frontier.svg`.
pub(super) fn is_file_name(name: &str) -> bool {
    match name.split_once('/') {
        Some((folder, file)) => is_plain_name(folder) && is_plain_name(file),
        None => is_plain_name(name),
    }
}

fn damage_of(file: &ManifestFile, folder: &Path) -> Option<String> {
    let name = &file.name;
    match std::fs::read(folder.join(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(format!("{name} is missing")),
        Err(error) => Some(format!("{name} cannot be read: {error}")),
        Ok(bytes) if bytes.len() as u64 != file.n_bytes => {
            Some(format!("{name} has {} bytes where the manifest says {}", bytes.len(), file.n_bytes))
        }
        Ok(bytes) if sha256_hex(&bytes) != file.sha256 => {
            Some(format!("{name} has other content than the manifest says"))
        }
        Ok(_) => None,
    }
}
