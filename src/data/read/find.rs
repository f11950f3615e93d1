//! Finding the files of a table: a file, a folder, a glob or `key=value` folders.
//!
//! In: what the user typed. Out: [`Found`], its files in byte order of their paths, so that two runs read alike.

use std::path::{Path, PathBuf};

use super::LeadError;
use super::format::{Format, all_endings, looks_like_text};
use crate::nearest::nearest;

/// The files of a table: at least one, all of one format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub format: Format,
    pub files: Vec<LocalFile>,
}

/// One file and the `key=value` folders between it and the place the user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LocalFile {
    pub path: PathBuf,
    /// Keys with their values, outermost first; `None` is the folder for missing values.
    pub partition: Vec<(String, Option<String>)>,
}

impl LocalFile {
    /// The path as it appears in messages and in the manifest.
    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

/// Deepest folder below the one the user named; only a loop of links goes deeper.
const MAX_DEPTH: usize = 16;

/// Finds the files behind what the user typed.
///
/// # Errors
/// [`LeadError`]: nothing there, an address of another machine, files that make no table, a single file of unknown kind.
pub(super) fn find(spec: &str) -> Result<Found, LeadError> {
    if spec.contains("://") {
        return Err(LeadError::new(format!(
            "{spec} is not on this machine, and Bantam reads files of this machine only\n\
             hint: copy it here first (`aws s3 cp --recursive`, `gcloud storage cp -r`, `azcopy copy`), or mount it as a folder"
        )));
    }
    let path = Path::new(spec);
    if path.is_file() {
        return Ok(Found {
            format: format_of_one(path)?,
            files: vec![LocalFile { path: path.to_owned(), partition: Vec::new() }],
        });
    }
    let (root, found) = if path.is_dir() {
        (path.to_owned(), walk(path, 0)?)
    } else if spec.contains(['*', '?', '[']) {
        (fixed_part(spec), expand(spec)?)
    } else {
        let nearest = names_beside(path).join(" or ");
        let hint = if nearest.is_empty() { String::new() } else { format!("\nhint: did you mean {nearest}?") };
        return Err(LeadError::new(format!("there is no file or folder {spec}{hint}")));
    };
    of_one_format(spec, &root, found)
}

/// A single file may have any name as long as its first bytes say what it is.
fn format_of_one(path: &Path) -> Result<Format, LeadError> {
    let named = Format::of_name(path);
    if let Some(format) = named.filter(|format| *format != Format::Workbook) {
        return Ok(format);
    }
    let head = super::bytes::head(path).map_err(LeadError::unreadable(path))?;
    // Some systems write plain text under the name of a workbook.
    if let Some(format) = named {
        let is_text = Format::of_bytes(&head).is_none() && looks_like_text(&head) && !head.is_empty();
        return Ok(if is_text { Format::Text } else { format });
    }
    if head.is_empty() {
        return Err(LeadError::no_bytes(path.display()));
    }
    Format::of_bytes(&head).ok_or_else(|| {
        let known = "a file Bantam knows (Parquet, CSV, Excel, Arrow IPC)";
        LeadError::wrong_format(path.display(), known, super::format::describe_bytes(&head))
    })
}

/// All files below a folder, without those hidden or set aside (`.name`, `_name`), in byte order.
fn walk(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, LeadError> {
    let unreadable = LeadError::unreadable(folder);
    let mut files = Vec::new();
    if depth > MAX_DEPTH {
        return Ok(files);
    }
    for entry in std::fs::read_dir(folder).map_err(&unreadable)? {
        let path = entry.map_err(&unreadable)?.path();
        if is_set_aside(&path) {
            continue;
        }
        if path.is_dir() {
            files.extend(walk(&path, depth + 1)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_set_aside(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    // `_key=value` is a partition all the same.
    name.starts_with('.') || (name.starts_with('_') && !name.contains('='))
}

/// All files a glob stands for; a folder it names is walked.
fn expand(spec: &str) -> Result<Vec<PathBuf>, LeadError> {
    let bad = |error: glob::PatternError| LeadError::new(format!("{spec} is not a pattern for files: {}", error.msg));
    let mut files = Vec::new();
    for entry in glob::glob(spec).map_err(bad)? {
        let path = entry.map_err(|error| LeadError::environment(error.path().display(), error.error()))?;
        if path.is_dir() {
            // `**` names a folder and what is in it; the file is found once more and dropped below.
            files.extend(walk(&path, 0)?);
        } else if !is_set_aside(&path) {
            files.push(path);
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// The part of a glob before its first wildcard: `key=value` folders count from here on.
fn fixed_part(spec: &str) -> PathBuf {
    Path::new(spec)
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']))
        .collect()
}

fn of_one_format(spec: &str, root: &Path, found: Vec<PathBuf>) -> Result<Found, LeadError> {
    let n_found = found.len();
    let known: Vec<(Format, PathBuf)> =
        found.into_iter().filter_map(|path| Format::of_name(&path).map(|format| (format, path))).collect();
    let Some((format, first)) = known.first().cloned() else {
        let others = match n_found {
            0 => "no file at all".to_owned(),
            1 => "1 file of another kind".to_owned(),
            n => format!("{n} files of other kinds"),
        };
        return Err(LeadError::new(format!(
            "no table in {spec}: looked for files that end in {}, and found {others}\nhint: give the file itself, or a folder or \
             glob that holds such files",
            all_endings()
        )));
    };
    if let Some((other_format, other)) = known.iter().find(|(other_format, _)| *other_format != format) {
        let of_kind = |format: Format, path: &Path| format!("{} ({})", format.name(), path.display());
        return Err(LeadError::new(format!(
            "{spec} mixes {} and {}\nhint: give one kind, for example {spec}/*.{}",
            of_kind(format, &first),
            of_kind(*other_format, other),
            format.endings()[0]
        )));
    }
    let files: Vec<LocalFile> = known
        .into_iter()
        .map(|(_, path)| LocalFile { partition: partition_of(path.strip_prefix(root).unwrap_or(&path)), path })
        .collect();
    same_partitions(&files)?;
    Ok(Found { format, files })
}

/// The `key=value` folders of a path.
fn partition_of(below: &Path) -> Vec<(String, Option<String>)> {
    let folders = below.parent().unwrap_or(Path::new(""));
    let folders = folders.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    folders.filter_map(|folder| folder.split_once('=').map(|(key, value)| (decode(key), value_of(value)))).collect()
}

fn value_of(written: &str) -> Option<String> {
    // The name that Hive, Spark, DuckDB and polars give the folder of missing values.
    if written == "__HIVE_DEFAULT_PARTITION__" || written.is_empty() { None } else { Some(decode(written)) }
}

/// `%20` and its kin back to characters; anything else stays.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while position < bytes.len() {
        let digits = bytes.get(position + 1..position + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| bytes[position] == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                position += 3;
            }
            None => {
                decoded.push(bytes[position]);
                position += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

fn same_partitions(files: &[LocalFile]) -> Result<(), LeadError> {
    let keys = |file: &LocalFile| file.partition.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    let in_words = |keys: &[String]| match keys {
        [] => "no key=value folder".to_owned(),
        keys => format!("folders of {}", keys.join(", ")),
    };
    let first = &files[0];
    match files.iter().find(|file| keys(file) != keys(first)) {
        None => Ok(()),
        Some(other) => Err(LeadError::new(format!(
            "{} lies in {} and {} in {}\nhint: all files need the same key=value folders above them",
            first.shown(),
            in_words(&keys(first)),
            other.shown(),
            in_words(&keys(other))
        ))),
    }
}

/// Names in the same folder that somebody may have meant.
fn names_beside(path: &Path) -> Vec<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names: Vec<String> =
        entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let close = nearest(&wanted, names.iter().map(String::as_str));
    close.into_iter().map(|name| path.with_file_name(name).display().to_string()).collect()
}
