//! Disk: the few operations a run folder is made of, so that tests can let each of them fail.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// What a run folder asks of the disk.
pub(super) trait Disk: Send + Sync {
    /// Makes one folder; its parent exists.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes an empty file to write to.
    fn make_file(&self, path: &Path) -> io::Result<Box<dyn SyncWrite>>;
    /// Gives a file or folder its new name; replaces a file or link of that name in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes a link at `link` that leads to `target`; [`io::ErrorKind::Unsupported`] where there are no links.
    fn link(&self, target: &Path, link: &Path) -> io::Result<()>;
    /// Waits until names made in the folder will survive a power cut.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder with everything in it.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Removes a file or link.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
}

/// Something to write to that can wait until the bytes will survive a power cut.
pub(super) trait SyncWrite: Write + Send {
    /// Waits for the disk.
    fn sync(&mut self) -> io::Result<()>;
}

impl SyncWrite for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// The file system itself.
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn make_file(&self, path: &Path) -> io::Result<Box<dyn SyncWrite>> {
        Ok(Box::new(File::create_new(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    #[cfg(unix)]
    fn link(&self, target: &Path, link: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(target, link)
    }

    #[cfg(not(unix))]
    fn link(&self, _target: &Path, _link: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// A folder can be opened and synced on Unix only; elsewhere the file system journals names itself.
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}
