//! Writing files into a folder, without writing over what is there.

use std::fs;
use std::path::Path;

use super::{SetFile, SynthError};

/// Makes the folder and refuses to write over files of these names, unless `force`.
///
/// # Errors
/// [`SynthError::Wish`] for a file in place of the folder and for files that are there, [`SynthError::Write`].
pub(super) fn prepare(folder: &Path, names: &[&str], force: bool) -> Result<(), SynthError> {
    if folder.is_file() {
        let path = folder.display();
        return Err(SynthError::Wish(format!(
            "{path} is a file, not a folder\nhint: name a folder in `--out`; it is made if it is missing"
        )));
    }
    let there: Vec<&str> = names.iter().copied().filter(|name| folder.join(name).exists()).collect();
    if !there.is_empty() && !force {
        let (folder, there) = (folder.display(), there.join(", "));
        return Err(SynthError::Wish(format!(
            "{folder} already holds {there}\nhint: choose another folder, or replace them with `--force`"
        )));
    }
    fs::create_dir_all(folder).map_err(SynthError::write(folder.display()))
}

/// Makes the folder of a set and refuses to write over another one, unless `force`: to be asked before the leads are made.
///
/// # Errors
/// [`SynthError::Wish`] for a file in place of the folder and for files that are there, [`SynthError::Write`].
pub fn prepare_set(folder: &Path, force: bool) -> Result<(), SynthError> {
    prepare(folder, &SetFile::NAMES, force)
}

/// Writes files into a folder, which is made if it is missing; files of the same names are replaced with `force` only.
///
/// # Errors
/// [`SynthError::Wish`] for a file in place of the folder and for files that are there, [`SynthError::Write`].
pub fn write_into(folder: &Path, files: &[SetFile], force: bool) -> Result<(), SynthError> {
    let names: Vec<&str> = files.iter().map(|file| file.name).collect();
    prepare(folder, &names, force)?;
    for file in files {
        // Written beside and renamed: a full disk leaves no half file under a name that somebody reads.
        let part = folder.join(format!("{}.part", file.name));
        fs::write(&part, &file.bytes).map_err(SynthError::write(part.display()))?;
        let path = folder.join(file.name);
        fs::rename(&part, &path).map_err(SynthError::write(path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> SetFile {
        SetFile { name: "truth.json", bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn nothing_is_replaced_without_force() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join("new/leads");
        write_into(&folder, &[file("one")], false).expect("a new folder");
        let error = write_into(&folder, &[file("two")], false).expect_err("there already");
        let expected = format!(
            "{} already holds truth.json\nhint: choose another folder, or replace them with `--force`",
            folder.display()
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(fs::read(folder.join("truth.json")).expect("still there"), b"one");
        write_into(&folder, &[file("two")], true).expect("forced");
        assert_eq!(fs::read(folder.join("truth.json")).expect("replaced"), b"two");
        assert_eq!(fs::read_dir(&folder).expect("listed").count(), 1);
    }

    #[test]
    fn a_file_is_not_a_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("leads.parquet");
        fs::write(&path, "x").expect("written");
        let error = write_into(&path, &[file("one")], true).expect_err("a file");
        let expected = format!(
            "{} is a file, not a folder\nhint: name a folder in `--out`; it is made if it is missing",
            path.display()
        );
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir(dir.path().join("truth.json")).expect("a folder in the way");
        let error = write_into(dir.path(), &[file("one")], true).expect_err("a folder in the way");
        assert_eq!(error.to_string(), format!("cannot write {}", dir.path().join("truth.json").display()));
    }
}
