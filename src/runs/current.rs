//! `current`: the name that leads to the last finished run, switched in one step.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::{MANIFEST, RunError, RunFolder};

/// The link, where the file system has links.
const LINK: &str = "current";
/// A file with the same one line, where it has none.
const TEXT: &str = "current.txt";
/// Either of them before it takes its name.
const NEW: &str = ".current-new";

/// Lets `<out>/current` lead to `<out>/runs/<name>`.
///
/// A new link is made beside the old one and renamed over it, so that at every moment there is one of the two. Where the
/// file system has no links, `current.txt` holds the path instead.
///
/// - returns: what leads to the run now, `<out>/current` or `<out>/current.txt`.
pub(super) fn switch_current(disk: &dyn Disk, out: &Path, name: &str) -> Result<PathBuf, RunError> {
    let target = Path::new("runs").join(name);
    let failed = |current: PathBuf, reason| RunError::Current { run: out.join(&target), current, reason };
    let new = out.join(NEW);
    // Left by a run that was killed between making the new link and renaming it.
    match disk.remove_file(&new) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(failed(out.join(LINK), source)),
        _ => {}
    }
    let (current, other) = match disk.link(&target, &new) {
        Ok(()) => (out.join(LINK), out.join(TEXT)),
        Err(error) if has_no_links(&error) => {
            let current = out.join(TEXT);
            write_text(disk, &new, &target).map_err(|source| failed(current.clone(), source))?;
            (current, out.join(LINK))
        }
        Err(source) => return Err(failed(out.join(LINK), source)),
    };
    disk.rename(&new, &current)
        .and_then(|()| disk.sync_folder(out))
        .map_err(|source| failed(current.clone(), source))?;
    // The other form, left by a system with other abilities, would lead to an older run.
    match disk.remove_file(&other) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(failed(other, source)),
        _ => Ok(current),
    }
}

/// Refuses early what [`switch_current`] would fail at after the fit: something that is no link under its name.
pub(super) fn check_current(out: &Path) -> Result<(), RunError> {
    let link = out.join(LINK);
    match link.symlink_metadata() {
        Ok(found) if found.is_dir() => Err(RunError::Folder(link, io::ErrorKind::AlreadyExists.into())),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The folder of the last finished run in `out`.
///
/// # Errors
/// [`RunError::NoRun`] when there is none.
pub fn current_run(out: &Path) -> Result<PathBuf, RunError> {
    let link = out.join(LINK);
    let target = std::fs::read_link(&link)
        .or_else(|_| std::fs::read_to_string(out.join(TEXT)).map(|text| PathBuf::from(text.trim())));
    match target {
        Ok(target) if out.join(&target).is_dir() => Ok(out.join(target)),
        Ok(_) | Err(_) => Err(RunError::NoRun(out.to_owned())),
    }
}

/// The run that a path leads to: a run folder, or the last finished run of an output folder; checked against its manifest.
///
/// # Errors
/// [`RunError::NoRun`] when there is none, [`RunError::BadManifest`] or [`RunError::Damaged`] when it cannot be trusted.
pub fn open_run(path: &Path) -> Result<PathBuf, RunError> {
    let folder = if path.join(MANIFEST).exists() { path.to_owned() } else { current_run(path)? };
    RunFolder::verify(&folder)?;
    Ok(folder)
}

fn write_text(disk: &dyn Disk, new: &Path, target: &Path) -> io::Result<()> {
    let mut file = disk.make_file(new)?;
    writeln!(file, "{}", target.display())?;
    file.flush()?;
    file.sync()
}

/// File systems without links (FAT, some network shares) say so in several ways.
fn has_no_links(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
}
