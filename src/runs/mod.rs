//! Runs: the folder a run leaves behind, whole or not at all.
//!
//! In: the files of a run, one by one, and what it was made from. Out: `<out>/runs/<id>/` with a `MANIFEST.json`, and
//! `<out>/current`, which leads to it.
//!
//! Start at [`RunFolder::stage`] and [`write_run`]. `disk` is what it asks of the file system, `manifest` lists and checks the files,
//! `current` switches, `fingerprint` names.
//!
//! Always true, wherever a run is killed or the disk is full: `current` leads to a whole run or does not exist yet; a
//! folder in `runs/` whose name does not begin with a dot is whole; no whole run is ever changed or removed.
//!
//! The order that makes it so: files are written and synced in `runs/.staging-<id of the process>`, the manifest last; the
//! folder takes its name in one rename; a new link takes the name `current` in one rename. All of it happens under the
//! lock `<out>/.lock`, which the operating system releases when the process ends, however it ends. Whoever holds the lock
//! may therefore remove staging folders: their runs are dead.
//!
//! A run that was made before (same inputs, config and version have the same id) keeps its folder when the content is the
//! same. Durations differ between equal runs, so a file that holds some (`metrics.json`) has two fingerprints in the
//! manifest: of its bytes, so that damage shows, and of its content without durations, by which runs are compared. When
//! the content differs (a damaged folder, or an engine changed without a new version) the new run is put beside the old
//! one, as `<id>-2`.

mod current;
mod disk;
mod fingerprint;
mod folder;
mod manifest;
mod write;

use std::io;
use std::path::PathBuf;

pub use current::{current_run, open_run};
pub use fingerprint::{data_fingerprint, run_id, sha256_hex};
pub use folder::{FinishedRun, RunFolder};
pub use manifest::{MANIFEST, Manifest, ManifestFile};
pub use write::{WriteRunError, WrittenRun, write_run};

/// A run folder that cannot be made, finished or trusted: the place, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The output folder cannot be opened.
    #[error("cannot make the folder {} for the results: {}\nhint: {}", .0.display(), .1, hint_for(.1))]
    Folder(PathBuf, io::Error),
    /// Another run writes to the same place.
    #[error(
        "another run is writing to {} at this moment\nhint: wait until it is done, or choose another folder with --out",
        .0.display()
    )]
    Busy(PathBuf),
    /// The output folder cannot be locked.
    #[error("cannot lock {}: {}\nhint: choose a folder on a local disk with --out", .0.display(), .1)]
    Lock(PathBuf, io::Error),
    /// A file cannot be written.
    #[error("cannot write {}: {}\nhint: {}; earlier runs are untouched", .0.display(), .1, hint_for(.1))]
    Write(PathBuf, io::Error),
    /// The content of a file cannot be made.
    #[error("cannot make the content of {0}")]
    Content(String, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file name that would lead out of the folder, or one that is taken.
    #[error("`{0}` cannot be the name of a file in a run folder: it is {1}")]
    FileName(String, &'static str),
    /// The results are complete, but `current` still leads to the run before.
    #[error(
        "the results are complete in {}, but {} could not be switched to them: {reason}\n\
         hint: use that folder by its name, or move what is at {} away and run again",
        .run.display(), .current.display(), .current.display()
    )]
    Current {
        /// The finished run.
        run: PathBuf,
        /// The link that was to lead to it.
        current: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// No run has been finished here.
    #[error("{} holds no finished run\nhint: `bantam calibrate --out {}` makes one", .0.display(), .0.display())]
    NoRun(PathBuf),
    /// A folder without a manifest.
    #[error("{} is not a finished run: cannot read its MANIFEST.json: {}", .0.display(), .1)]
    NoManifest(PathBuf, io::Error),
    /// A manifest that cannot be read.
    #[error("{} is damaged: {}\nhint: run the calibration again", .0.display(), .1)]
    BadManifest(PathBuf, String),
    /// Files that are missing, or not what was written: one sentence each.
    #[error("{} is damaged: {}\nhint: run the calibration again", .0.display(), .1.join("; "))]
    Damaged(PathBuf, Vec<String>),
}

/// What helps against an error of the file system.
fn hint_for(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space, or choose a folder on another disk with --out"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "choose a folder you may write to with --out"
        }
        io::ErrorKind::NotFound => "make the folder above it first, or check the spelling of --out",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "there is a file where a folder is needed; choose another folder with --out"
        }
        _ => "choose another folder with --out",
    }
}
