//! The folder of one run, from the moment its place is taken to the moment it is finished.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::RunError;
use super::current::{check_current, switch_current};
use super::disk::{Disk, RealDisk};
use super::fingerprint::sha256_hex;
use super::manifest::{MANIFEST, Manifest, ManifestFile, is_file_name, is_plain_name};
use crate::data::read::InputFile;
use crate::notes::Note;

const RUNS: &str = "runs";
const LOCK: &str = ".lock";
const STAGING: &str = ".staging-";

/// A run folder in the making. Dropped before [`RunFolder::finish`], it leaves nothing behind.
pub struct RunFolder {
    out: PathBuf,
    staging: PathBuf,
    files: Vec<ManifestFile>,
    /// Folders inside the run.
    folders: BTreeSet<String>,
    disk: Arc<dyn Disk>,
    /// Held open for its lock.
    _lock: File,
}

/// A run that is whole and in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedRun {
    /// The folder with the files: `<out>/runs/<id>`.
    pub folder: PathBuf,
    /// What leads to it: `<out>/current`, or `<out>/current.txt` where the file system has no links.
    pub current: PathBuf,
    /// The same results were there already, from an earlier run; they were kept.
    pub was_made_before: bool,
    /// What a careful person would mention.
    pub note: Option<Note>,
}

impl RunFolder {
    /// Takes the place for a run: makes `<out>` (not the folders above it), locks it, and starts a staging folder.
    ///
    /// Call it before the fit, so that a mistyped or read-only folder costs a second and not the run.
    ///
    /// # Errors
    /// [`RunError::Folder`], [`RunError::Lock`], or [`RunError::Busy`] while another run holds the lock.
    pub fn stage(out: &Path) -> Result<Self, RunError> {
        Self::stage_on(Arc::new(RealDisk), out)
    }

    /// Writes a file of the run and waits until it is on disk.
    ///
    /// # Errors
    /// [`RunError::Write`]; [`RunError::FileName`] for a name that is taken, or leads elsewhere: one folder inside the run, as
    /// in `charts/frontier.svg`, is as deep as it goes.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        if !is_file_name(name) {
            return Err(RunError::FileName(name.to_owned(), "not a plain name"));
        }
        if self.files.iter().any(|file| file.name == name) {
            return Err(RunError::FileName(name.to_owned(), "taken"));
        }
        if let Some((folder, _)) = name.split_once('/')
            && self.folders.insert(folder.to_owned())
        {
            let path = self.staging.join(folder);
            self.disk.make_folder(&path).map_err(|reason| RunError::Write(path, reason))?;
        }
        self.write_file(name, bytes)?;
        let (name, sha256) = (name.to_owned(), sha256_hex(bytes));
        self.files.push(ManifestFile { name, n_bytes: bytes.len() as u64, sha256, sha256_without_durations: None });
        Ok(())
    }

    /// Writes a file that holds durations, which differ between equal runs.
    ///
    /// - `without_durations`: the same content with the durations left out; equal runs agree in it.
    ///
    /// # Errors
    /// As [`RunFolder::write`].
    pub fn write_timed(&mut self, name: &str, bytes: &[u8], without_durations: &[u8]) -> Result<(), RunError> {
        self.write(name, bytes)?;
        if let Some(file) = self.files.last_mut() {
            file.sha256_without_durations = Some(sha256_hex(without_durations));
        }
        Ok(())
    }

    /// Writes a file whose content `fill` makes, and waits until it is on disk.
    ///
    /// # Errors
    /// [`RunError::Content`] when `fill` fails; otherwise as [`RunFolder::write`].
    pub fn write_with<T, E: Into<Box<dyn Error + Send + Sync>>>(
        &mut self,
        name: &str,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<T, E>,
    ) -> Result<T, RunError> {
        let mut bytes = Vec::new();
        let made = fill(&mut bytes).map_err(|error| RunError::Content(name.to_owned(), error.into()))?;
        self.write(name, &bytes)?;
        Ok(made)
    }

    /// Finishes the run: writes the manifest, gives the folder its name, and lets `current` lead to it.
    ///
    /// - `id`: see [`super::run_id`].
    /// - `inputs`: the files the run was made from.
    ///
    /// # Errors
    /// [`RunError::Write`]: the run is not there, `current` leads where it did. [`RunError::Current`]: the run is there,
    /// but `current` does not lead to it.
    pub fn finish(mut self, id: &str, inputs: &[InputFile]) -> Result<FinishedRun, RunError> {
        if !is_plain_name(id) || id.starts_with('.') {
            return Err(RunError::FileName(id.to_owned(), "not a plain name"));
        }
        let manifest = Manifest::new(id, std::mem::take(&mut self.files), inputs);
        let (name, was_made_before, note) = self.find_place(&manifest);
        let runs = self.out.join(RUNS);
        let folder = runs.join(&name);
        if !was_made_before {
            let mut text = serde_json::to_vec_pretty(&manifest)
                .map_err(|source| RunError::Content(MANIFEST.to_owned(), source.into()))?;
            text.push(b'\n');
            self.write_file(MANIFEST, &text)?;
            let failed = |reason| RunError::Write(folder.clone(), reason);
            for inside in &self.folders {
                self.disk.sync_folder(&self.staging.join(inside)).map_err(failed)?;
            }
            self.disk.sync_folder(&self.staging).map_err(failed)?;
            self.disk.rename(&self.staging, &folder).map_err(failed)?;
            self.disk.sync_folder(&runs).map_err(failed)?;
        }
        let current = switch_current(self.disk.as_ref(), &self.out, &name)?;
        Ok(FinishedRun { folder, current, was_made_before, note })
    }

    /// Checks a run folder against its manifest: every file there, every byte as it was written.
    ///
    /// # Errors
    /// [`RunError::NoManifest`], [`RunError::BadManifest`], or [`RunError::Damaged`] with a sentence per file.
    pub fn verify(folder: &Path) -> Result<Manifest, RunError> {
        let manifest = Manifest::read(folder)?;
        let damage = manifest.damage(folder);
        if damage.is_empty() { Ok(manifest) } else { Err(RunError::Damaged(folder.to_owned(), damage)) }
    }

    pub(super) fn stage_on(disk: Arc<dyn Disk>, out: &Path) -> Result<Self, RunError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |reason| RunError::Folder(path, reason)
        };
        make_folder_if_missing(disk.as_ref(), out).map_err(failed(out))?;
        let lock = take_lock(out)?;
        check_current(out)?;
        let runs = out.join(RUNS);
        make_folder_if_missing(disk.as_ref(), &runs).map_err(failed(&runs))?;
        remove_dead_staging(disk.as_ref(), &runs).map_err(failed(&runs))?;
        let staging = runs.join(format!("{STAGING}{}", std::process::id()));
        disk.make_folder(&staging).map_err(failed(&staging))?;
        Ok(Self { out: out.to_owned(), staging, files: Vec::new(), folders: BTreeSet::new(), disk, _lock: lock })
    }

    fn write_file(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        let path = self.staging.join(name);
        let written = self.disk.make_file(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.flush()?;
            file.sync()
        });
        written.map_err(|reason| RunError::Write(path, reason))
    }

    /// Where the run goes: its own name, unless another run has it; whether the same run is there already, which needs no
    /// new place; and what is to be said.
    fn find_place(&self, manifest: &Manifest) -> (String, bool, Option<Note>) {
        let mut reason = None;
        let mut number = 1_u32;
        loop {
            let name = if number == 1 { manifest.id.clone() } else { format!("{}-{number}", manifest.id) };
            let folder = self.out.join(RUNS).join(&name);
            if folder.symlink_metadata().is_err() {
                let note = reason.map(|reason| {
                    Note::new("runs", format!("{reason}, so this run is in runs/{name}; the other is untouched"))
                });
                return (name, false, note);
            }
            match Self::verify(&folder) {
                Ok(found) if found.is_same_run(manifest) => return (name, true, None),
                Ok(_) => reason = Some(format!("runs/{name} has other results of the same inputs and config")),
                Err(_) => reason = Some(format!("runs/{name} is damaged")),
            }
            number += 1;
        }
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // After `finish` there is nothing left to remove; after a failure the next run removes what we cannot.
        let _ = self.disk.remove_folder(&self.staging);
    }
}

fn make_folder_if_missing(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.make_folder(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}

fn take_lock(out: &Path) -> Result<File, RunError> {
    let path = out.join(LOCK);
    // The file stays when the run is done: removing it would let two runs lock two files of one name.
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(&path)
        .map_err(|reason| RunError::Folder(out.to_owned(), reason))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RunError::Busy(out.to_owned())),
        Err(TryLockError::Error(reason)) => Err(RunError::Lock(path, reason)),
    }
}

/// Removes staging folders; the caller holds the lock, so their runs are dead.
fn remove_dead_staging(disk: &dyn Disk, runs: &Path) -> io::Result<()> {
    for entry in fs::read_dir(runs)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(STAGING) {
            disk.remove_folder(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::runs::disk::SyncWrite;
    use crate::runs::{current_run, open_run};

    /// A disk that works for so many operations and then does nothing any more, as for a process that was killed: the
    /// clean-up on drop fails as well.
    struct DyingDisk {
        n_left: Arc<AtomicUsize>,
        links: bool,
    }

    impl DyingDisk {
        fn after(n_operations: usize) -> Arc<Self> {
            Arc::new(Self { n_left: Arc::new(AtomicUsize::new(n_operations)), links: true })
        }

        fn tick(&self) -> io::Result<()> {
            tick(&self.n_left)
        }
    }

    fn tick(n_left: &AtomicUsize) -> io::Result<()> {
        let take_one = |n: usize| n.checked_sub(1);
        match n_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take_one) {
            Ok(_) => Ok(()),
            Err(_) => Err(io::Error::other("killed")),
        }
    }

    /// Writes half of what it is given when the disk dies: a torn file.
    struct DyingFile {
        file: Box<dyn SyncWrite>,
        n_left: Arc<AtomicUsize>,
    }

    impl Write for DyingFile {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Err(error) = tick(&self.n_left) {
                self.file.write_all(&bytes[..bytes.len() / 2])?;
                return Err(error);
            }
            self.file.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            self.file.flush()
        }
    }

    impl SyncWrite for DyingFile {
        fn sync(&mut self) -> io::Result<()> {
            tick(&self.n_left)?;
            self.file.sync()
        }
    }

    impl Disk for DyingDisk {
        fn make_folder(&self, path: &Path) -> io::Result<()> {
            self.tick()?;
            RealDisk.make_folder(path)
        }
        fn make_file(&self, path: &Path) -> io::Result<Box<dyn SyncWrite>> {
            self.tick()?;
            Ok(Box::new(DyingFile { file: RealDisk.make_file(path)?, n_left: self.n_left.clone() }))
        }
        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.tick()?;
            RealDisk.rename(from, to)
        }
        fn link(&self, target: &Path, link: &Path) -> io::Result<()> {
            self.tick()?;
            if self.links { RealDisk.link(target, link) } else { Err(io::ErrorKind::Unsupported.into()) }
        }
        fn sync_folder(&self, path: &Path) -> io::Result<()> {
            self.tick()?;
            RealDisk.sync_folder(path)
        }
        fn remove_folder(&self, path: &Path) -> io::Result<()> {
            self.tick()?;
            RealDisk.remove_folder(path)
        }
        fn remove_file(&self, path: &Path) -> io::Result<()> {
            self.tick()?;
            RealDisk.remove_file(path)
        }
    }

    /// A disk on which files take so many bytes and no more.
    struct FullDisk;

    struct FullFile(Box<dyn SyncWrite>);

    impl Write for FullFile {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write_all(&bytes[..bytes.len().min(10)])?;
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    impl SyncWrite for FullFile {
        fn sync(&mut self) -> io::Result<()> {
            self.0.sync()
        }
    }

    impl Disk for FullDisk {
        fn make_folder(&self, path: &Path) -> io::Result<()> {
            RealDisk.make_folder(path)
        }
        fn make_file(&self, path: &Path) -> io::Result<Box<dyn SyncWrite>> {
            Ok(Box::new(FullFile(RealDisk.make_file(path)?)))
        }
        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            RealDisk.rename(from, to)
        }
        fn link(&self, target: &Path, link: &Path) -> io::Result<()> {
            RealDisk.link(target, link)
        }
        fn sync_folder(&self, path: &Path) -> io::Result<()> {
            RealDisk.sync_folder(path)
        }
        fn remove_folder(&self, path: &Path) -> io::Result<()> {
            RealDisk.remove_folder(path)
        }
        fn remove_file(&self, path: &Path) -> io::Result<()> {
            RealDisk.remove_file(path)
        }
    }

    fn input() -> InputFile {
        InputFile { path: "leads.parquet".into(), table: "leads".into(), sha256: "ab".into(), n_bytes: 2, n_rows: 1 }
    }

    /// Runs with these contents of card.json, and a metrics.json that took `seconds`.
    fn run_on(disk: Arc<dyn Disk>, out: &Path, id: &str, card: &str, seconds: u32) -> Result<FinishedRun, RunError> {
        let mut folder = RunFolder::stage_on(disk, out)?;
        folder.write("card.json", card.as_bytes())?;
        folder.write_timed("metrics.json", format!("{seconds} s").as_bytes(), b"")?;
        folder.finish(id, &[input()])
    }

    fn run(out: &Path, id: &str, card: &str) -> FinishedRun {
        run_on(Arc::new(RealDisk), out, id, card, 1).expect("a good disk")
    }

    fn names_in(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_run_is_whole_and_current_leads_to_it() {
        let place = tempfile::tempdir().expect("a folder");
        let out = place.path().join("bantam-out");
        let finished = run(&out, "aaa", "card");
        assert_eq!(finished.folder, out.join("runs/aaa"));
        assert_eq!(fs::read_link(&finished.current).expect("a link"), Path::new("runs/aaa"));
        assert_eq!(current_run(&out).expect("a run"), out.join("runs/aaa"));
        let manifest = RunFolder::verify(&finished.folder).expect("whole");
        let names: Vec<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["card.json", "metrics.json"]);
        assert_eq!(manifest.files[0].sha256, sha256_hex(b"card"));
        assert_eq!(manifest.inputs, [input()]);
        assert_eq!(names_in(&out.join("runs")), ["aaa"]);
        assert_eq!(names_in(&out), [".lock", "current", "runs"]);
    }

    #[test]
    fn the_next_run_takes_over_and_the_last_one_stays() {
        let place = tempfile::tempdir().expect("a folder");
        run(place.path(), "aaa", "card");
        run(place.path(), "bbb", "other card");
        assert_eq!(current_run(place.path()).expect("a run"), place.path().join("runs/bbb"));
        RunFolder::verify(&place.path().join("runs/aaa")).expect("whole");
    }

    #[test]
    fn killed_at_any_step_a_run_leaves_the_last_good_one_in_place() {
        let mut n_operations = 0;
        loop {
            let place = tempfile::tempdir().expect("a folder");
            let out = place.path();
            run(out, "aaa", "card");
            let killed = run_on(DyingDisk::after(n_operations), out, "bbb", "other card", 1);

            let current = current_run(out).expect("one of the two runs");
            assert!(current == out.join("runs/aaa") || current == out.join("runs/bbb"), "{n_operations}: {current:?}");
            assert!(killed.is_err() || current == out.join("runs/bbb"));
            for name in names_in(&out.join("runs")).iter().filter(|name| !name.starts_with('.')) {
                RunFolder::verify(&out.join("runs").join(name)).expect("whole");
            }
            // The next run cleans up after the dead one, and finishes.
            run(out, "bbb", "other card");
            assert_eq!(names_in(&out.join("runs")), ["aaa", "bbb"]);
            assert_eq!(names_in(out), [".lock", "current", "runs"]);
            assert_eq!(current_run(out).expect("a run"), out.join("runs/bbb"));
            if killed.is_ok() {
                break;
            }
            n_operations += 1;
        }
        // Folders, three files made, written and synced, three renames and links, three folders synced.
        assert!(n_operations > 15, "{n_operations} steps were tried");
    }

    #[test]
    fn killed_at_any_step_the_first_run_leaves_none_or_a_whole_one() {
        for n_operations in 0.. {
            let place = tempfile::tempdir().expect("a folder");
            let out = place.path().join("bantam-out");
            let killed = run_on(DyingDisk::after(n_operations), &out, "aaa", "card", 1);
            match current_run(&out) {
                Ok(current) => drop(RunFolder::verify(&current).expect("whole")),
                Err(_) => assert!(killed.is_err()),
            }
            if killed.is_ok() {
                break;
            }
        }
    }

    #[test]
    fn killed_at_any_step_a_repeated_run_never_goes_missing() {
        for n_operations in 0.. {
            let place = tempfile::tempdir().expect("a folder");
            run(place.path(), "aaa", "card");
            let killed = run_on(DyingDisk::after(n_operations), place.path(), "aaa", "card", 2);
            let current = current_run(place.path()).expect("the run");
            assert_eq!(current, place.path().join("runs/aaa"));
            RunFolder::verify(&current).expect("whole");
            if killed.is_ok() {
                break;
            }
        }
    }

    #[test]
    fn a_full_disk_is_one_sentence_and_leaves_nothing_behind() {
        let place = tempfile::tempdir().expect("a folder");
        run(place.path(), "aaa", "card");
        let mut folder = RunFolder::stage_on(Arc::new(FullDisk), place.path()).expect("a folder fits");
        let path = folder.staging.join("card.json");
        let error = folder.write("card.json", &[7; 100_000]).expect_err("full");
        assert_eq!(
            error.to_string(),
            format!(
                "cannot write {}: no storage space\n\
                 hint: free some space, or choose a folder on another disk with --out; earlier runs are untouched",
                path.display()
            )
        );
        drop(folder);
        assert_eq!(names_in(&place.path().join("runs")), ["aaa"]);
        assert_eq!(current_run(place.path()).expect("a run"), place.path().join("runs/aaa"));
    }

    #[test]
    fn content_that_cannot_be_made_names_the_file() {
        let place = tempfile::tempdir().expect("a folder");
        let mut folder = RunFolder::stage(place.path()).expect("a folder");
        let error = folder.write_with("card.json", |_| Err::<(), _>("no card")).expect_err("no content");
        assert_eq!(error.to_string(), "cannot make the content of card.json");
        assert_eq!(error.source().expect("a cause").to_string(), "no card");
    }

    #[test]
    fn the_same_run_again_keeps_its_folder_whatever_time_it_took() {
        let place = tempfile::tempdir().expect("a folder");
        run(place.path(), "aaa", "card");
        run(place.path(), "bbb", "card");
        let again = run_on(Arc::new(RealDisk), place.path(), "aaa", "card", 99).expect("a good disk");
        assert!(again.was_made_before);
        assert_eq!(fs::read(again.folder.join("metrics.json")).expect("read"), b"1 s");
        assert_eq!(current_run(place.path()).expect("a run"), again.folder);
        assert_eq!(names_in(&place.path().join("runs")), ["aaa", "bbb"]);
    }

    #[test]
    fn other_results_of_the_same_inputs_stand_beside_the_first() {
        let place = tempfile::tempdir().expect("a folder");
        run(place.path(), "aaa", "card");
        let changed = run(place.path(), "aaa", "changed card");
        assert_eq!(changed.folder, place.path().join("runs/aaa-2"));
        assert_eq!(
            changed.note.expect("a note").text,
            "runs/aaa has other results of the same inputs and config, so this run is in runs/aaa-2; the other is untouched"
        );
        assert!(run(place.path(), "aaa", "changed card").was_made_before);
    }

    #[test]
    fn a_damaged_run_is_left_as_it_is_and_made_again_beside_it() {
        let place = tempfile::tempdir().expect("a folder");
        let first = run(place.path(), "aaa", "card");
        fs::write(first.folder.join("card.json"), "cart").expect("damaged");
        let again = run(place.path(), "aaa", "card");
        assert_eq!(
            again.note.expect("a note").text,
            "runs/aaa is damaged, so this run is in runs/aaa-2; the other is untouched"
        );
        RunFolder::verify(&again.folder).expect("whole");
    }

    #[test]
    fn verification_names_every_damaged_file() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = run(place.path(), "aaa", "card").folder;
        fs::write(folder.join("card.json"), "cart").expect("same length, other bytes");
        fs::remove_file(folder.join("metrics.json")).expect("gone");
        assert_eq!(
            RunFolder::verify(&folder).expect_err("damaged").to_string(),
            format!(
                "{} is damaged: card.json has other content than the manifest says; metrics.json is missing\n\
                 hint: run the calibration again",
                folder.display()
            )
        );
        fs::write(folder.join("card.json"), "car").expect("cut");
        let error = RunFolder::verify(&folder).expect_err("damaged").to_string();
        assert!(error.contains("card.json has 3 bytes where the manifest says 4"), "{error}");
    }

    #[test]
    fn a_manifest_that_is_missing_cut_or_leads_elsewhere_is_refused() {
        let place = tempfile::tempdir().expect("a folder");
        let error = RunFolder::verify(place.path()).expect_err("no manifest").to_string();
        assert!(error.contains("is not a finished run: cannot read its MANIFEST.json"), "{error}");
        let folder = run(place.path(), "aaa", "card").folder;
        let text = fs::read_to_string(folder.join(MANIFEST)).expect("a manifest");
        fs::write(folder.join(MANIFEST), &text[..text.len() / 2]).expect("cut");
        assert!(matches!(RunFolder::verify(&folder), Err(RunError::BadManifest { .. })));
        fs::write(folder.join(MANIFEST), text.replace("\"card.json\"", "\"../../../card.json\"")).expect("changed");
        let error = RunFolder::verify(&folder).expect_err("leads elsewhere").to_string();
        assert!(error.contains("`../../../card.json` is not the name of a file in the folder"), "{error}");
    }

    #[test]
    fn two_runs_do_not_write_to_one_place() {
        let place = tempfile::tempdir().expect("a folder");
        let first = RunFolder::stage(place.path()).expect("free");
        assert_eq!(
            RunFolder::stage(place.path()).err().expect("taken").to_string(),
            format!(
                "another run is writing to {} at this moment\n\
                 hint: wait until it is done, or choose another folder with --out",
                place.path().display()
            )
        );
        drop(first);
        RunFolder::stage(place.path()).expect("free again");
    }

    #[test]
    fn a_mistyped_folder_fails_before_the_fit() {
        let place = tempfile::tempdir().expect("a folder");
        let error = RunFolder::stage(&place.path().join("no/such")).err().expect("no such folder").to_string();
        assert!(error.ends_with("hint: make the folder above it first, or check the spelling of --out"), "{error}");
        let file = place.path().join("leads.parquet");
        fs::write(&file, "x").expect("a file");
        let error = RunFolder::stage(&file).err().expect("a file").to_string();
        assert!(error.contains("there is a file where a folder is needed"), "{error}");
        fs::create_dir(place.path().join("current")).expect("a folder in the way");
        assert!(matches!(RunFolder::stage(place.path()), Err(RunError::Folder { .. })));
    }

    #[test]
    fn names_that_lead_out_of_the_folder_are_refused() {
        let place = tempfile::tempdir().expect("a folder");
        let mut folder = RunFolder::stage(place.path()).expect("a folder");
        for name in ["../card.json", "a/b/c", "/a", "a/", "a/..", "", "..", MANIFEST] {
            assert!(matches!(folder.write(name, b""), Err(RunError::FileName { .. })), "{name}");
        }
        folder.write("card.json", b"").expect("free");
        assert_eq!(
            folder.write("card.json", b"").expect_err("taken").to_string(),
            "`card.json` cannot be the name of a file in a run folder: it is taken"
        );
        assert!(matches!(folder.finish("../aaa", &[]), Err(RunError::FileName { .. })));
    }

    #[test]
    fn a_run_may_hold_a_folder_of_files() {
        let place = tempfile::tempdir().expect("a folder");
        let mut folder = RunFolder::stage(place.path()).expect("a folder");
        folder.write("charts/a.svg", b"a").expect("free");
        folder.write("charts/b.svg", b"b").expect("free");
        let finished = folder.finish("aaa", &[]).expect("a good disk");
        assert_eq!(fs::read(finished.folder.join("charts/b.svg")).expect("a file"), b"b");
        RunFolder::verify(&finished.folder).expect("whole");
        fs::remove_file(finished.folder.join("charts/a.svg")).expect("removed");
        let error = open_run(place.path()).expect_err("a file is gone").to_string();
        assert!(error.contains("is damaged: charts/a.svg is missing\nhint: run the calibration again"), "{error}");
    }

    #[test]
    fn without_links_a_text_file_leads_to_the_run() {
        let place = tempfile::tempdir().expect("a folder");
        let disk = || Arc::new(DyingDisk { n_left: Arc::new(AtomicUsize::new(1000)), links: false });
        run_on(disk(), place.path(), "aaa", "card", 1).expect("a good disk");
        let finished = run_on(disk(), place.path(), "bbb", "card", 1).expect("a good disk");
        assert_eq!(finished.current, place.path().join("current.txt"));
        assert_eq!(fs::read_to_string(&finished.current).expect("text"), "runs/bbb\n");
        assert_eq!(current_run(place.path()).expect("a run"), finished.folder);
        // With links again, the text is gone and cannot mislead.
        run(place.path(), "ccc", "card");
        assert_eq!(current_run(place.path()).expect("a run"), place.path().join("runs/ccc"));
        assert_eq!(names_in(place.path()), [".lock", "current", "runs"]);
    }

    #[test]
    fn a_folder_without_runs_has_no_current_one() {
        let place = tempfile::tempdir().expect("a folder");
        assert_eq!(
            current_run(place.path()).expect_err("none").to_string(),
            format!("{0} holds no finished run\nhint: `bantam calibrate --out {0}` makes one", place.path().display())
        );
    }
}
