//! Files of an export, put in place one by one, each in one step.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::exit::Failure;
use crate::export::{Export, Layout};

/// Writes every file; the paths in order, the main file (or the folder) first.
///
/// # Errors
/// A [`Failure`] (4) that names the file.
pub(super) fn write(export: &Export, out: &Path) -> Result<Vec<PathBuf>, Failure> {
    match &export.layout {
        Layout::File { bytes, companions } => {
            if out.is_dir() {
                return Err(Failure::usage(format!(
                    "{} is a folder\nhint: this export is a file; name it as well",
                    out.display()
                )));
            }
            let mut written = vec![out.to_owned()];
            put(out, bytes)?;
            for companion in companions {
                let path = companion_path(out, companion.ending);
                put(&path, &companion.bytes)?;
                written.push(path);
            }
            Ok(written)
        }
        Layout::Folder(files) => {
            for (name, bytes) in files {
                let path = out.join(name);
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder).map_err(|error| Failure::unwritable(folder, &error))?;
                }
                put(&path, bytes)?;
            }
            Ok(vec![out.to_owned()])
        }
    }
}

/// `card.sql` with the ending `.verify.sql` is `card.verify.sql`.
pub(super) fn companion_path(main: &Path, ending: &str) -> PathBuf {
    let stem = main.file_stem().unwrap_or_default().to_string_lossy();
    main.with_file_name(format!("{stem}{ending}"))
}

/// Writes one file beside its place and moves it there.
pub(in crate::cli) fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: std::io::Error| Failure::unwritable(path, &error);
    // As a plain new file would be: readable by whom the user's settings say, not by the user alone.
    let mut staged = tempfile::Builder::new()
        .prefix(".bantam-export-")
        .make_in(folder, |path| std::fs::OpenOptions::new().write(true).create_new(true).open(path))
        .map_err(failed)?;
    staged.write_all(bytes).and_then(|()| staged.as_file().sync_all()).map_err(failed)?;
    staged.persist(path).map_err(|error| Failure::unwritable(path, &error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;
    use crate::export::{Companion, Proof};

    fn of(layout: Layout) -> Export {
        Export { layout, proof: Proof::Done, notes: Vec::new() }
    }

    #[test]
    fn a_file_and_what_stands_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let main = folder.path().join("card.v2.sql");
        let companions = vec![Companion { ending: ".verify.sql", bytes: b"check".to_vec() }];
        let written = write(&of(Layout::File { bytes: b"old".to_vec(), companions: Vec::new() }), &main);
        assert_eq!(written, Ok(vec![main.clone()]));
        let written = write(&of(Layout::File { bytes: b"new".to_vec(), companions }), &main).expect("written");
        assert_eq!(written, [main.clone(), folder.path().join("card.v2.verify.sql")]);
        assert_eq!(std::fs::read(&main).expect("there"), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing else is left behind");
    }

    #[test]
    fn a_folder_is_made_with_what_belongs_in_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("deep/er");
        write(&of(Layout::Folder(vec![("models/a.sql".to_owned(), b"a".to_vec())])), &out).expect("written");
        assert_eq!(std::fs::read(out.join("models/a.sql")).expect("there"), b"a");
    }

    #[test]
    fn a_place_that_is_no_place_for_a_file_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |path: &Path| write(&of(Layout::File { bytes: Vec::new(), companions: Vec::new() }), path);
        assert_eq!(file(folder.path()).expect_err("a folder").exit, Exit::Usage);
        let nowhere = file(&folder.path().join("no/such/card.sql")).expect_err("no folder");
        assert_eq!(nowhere.exit, Exit::Environment);
        assert!(nowhere.message.contains("no/such/card.sql"), "{}", nowhere.message);
    }
}
