//! Arrow IPC files: doubted at both ends before a reader believes them.

use std::path::Path;

use super::format::{Format, describe_bytes};
use super::{LeadError, bytes};

/// `ARROW1` and two bytes, footer length, `ARROW1`.
const MIN_BYTES: u64 = 18;

/// Where the footer of a checked file lies.
pub(super) struct FooterPlace {
    /// Its first byte.
    pub start: u64,
    /// Its length.
    pub n_bytes: usize,
}

/// Magic at both ends, and a footer within the file.
///
/// # Errors
/// [`LeadError`]: empty, another format, damaged, unreadable.
pub(super) fn check_ends(path: &Path) -> Result<FooterPlace, LeadError> {
    let unreadable = LeadError::unreadable(path);
    let n_bytes = std::fs::metadata(path).map_err(&unreadable)?.len();
    let head = bytes::head(path).map_err(&unreadable)?;
    if n_bytes == 0 {
        return Err(LeadError::no_bytes(path.display()));
    }
    if Format::of_bytes(&head) != Some(Format::Arrow) {
        return Err(LeadError::wrong_format(path.display(), Format::Arrow.a_file(), describe_bytes(&head)));
    }
    let tail = bytes::tail(path, 10).map_err(&unreadable)?;
    let n_footer = tail.first_chunk::<4>().map_or(-1, |length| i64::from(i32::from_le_bytes(*length)));
    if n_bytes < MIN_BYTES || !tail.ends_with(b"ARROW1") {
        let what = "it does not end with ARROW1, so its end is cut off or overwritten";
        return Err(LeadError::damaged(path.display(), what));
    }
    if n_footer <= 0 || n_footer as u64 > n_bytes - MIN_BYTES {
        let what = format!("it says its footer has {n_footer} bytes, and the whole file has {n_bytes}");
        return Err(LeadError::damaged(path.display(), what));
    }
    Ok(FooterPlace { start: n_bytes - 10 - n_footer as u64, n_bytes: n_footer as usize })
}
