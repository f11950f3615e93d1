//! Format: what kind of file it is, by its name and by its first bytes.

use std::path::Path;

/// Kinds of files a table can come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Parquet,
    /// Delimited text, packed or not.
    Text,
    Workbook,
    Arrow,
}

/// Endings of a text that is packed as a whole.
const PACKED: [&str; 3] = ["gz", "zst", "zstd"];

impl Format {
    const ALL: [Self; 4] = [Self::Parquet, Self::Text, Self::Workbook, Self::Arrow];

    /// The kind that the ending of the name promises.
    pub(super) fn of_name(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_lowercase();
        if PACKED.contains(&ending.as_str()) {
            let inner = Self::of_name(&path.with_extension(""));
            return inner.filter(|format| *format == Self::Text);
        }
        Self::ALL.into_iter().find(|format| format.endings().contains(&ending.as_str()))
    }

    /// The kind that the first bytes prove; text proves nothing.
    pub(super) fn of_bytes(head: &[u8]) -> Option<Self> {
        // `PARE` is encrypted, which the footer check says in so many words.
        if head.starts_with(b"PAR1") || head.starts_with(b"PARE") {
            Some(Self::Parquet)
        } else if head.starts_with(b"ARROW1") {
            Some(Self::Arrow)
        } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xd0\xcf\x11\xe0") {
            Some(Self::Workbook)
        } else {
            None
        }
    }

    /// What it is called in a message.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::Text => "CSV",
            Self::Workbook => "Excel",
            Self::Arrow => "Arrow IPC",
        }
    }

    /// With its article.
    pub(super) fn a_file(self) -> &'static str {
        match self {
            Self::Parquet => "a Parquet file",
            Self::Text => "a CSV file",
            Self::Workbook => "an Excel workbook",
            Self::Arrow => "an Arrow IPC file",
        }
    }

    /// The endings of its files; the first is the usual one.
    pub(super) fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Parquet => &["parquet", "parq", "pq"],
            Self::Text => &["csv", "tsv", "txt"],
            Self::Workbook => &["xlsx", "xlsm", "xlsb", "xls", "ods"],
            Self::Arrow => &["arrow", "feather", "ipc"],
        }
    }
}

/// All endings, for the message of an empty folder.
pub(super) fn all_endings() -> String {
    Format::ALL
        .map(|format| format.endings().iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(" "))
        .join(" ")
}

/// What a file looks like that is not what its name says, and what helps.
pub(super) fn describe_bytes(head: &[u8]) -> String {
    let text = String::from_utf8_lossy(&head[..head.len().min(64)]).trim_start().to_lowercase();
    if head.starts_with(b"PAR1") {
        "it looks like Parquet: name it .parquet".to_owned()
    } else if head.starts_with(b"ARROW1") {
        "it looks like Arrow IPC: name it .arrow".to_owned()
    } else if head.starts_with(b"\xff\xff\xff\xff") {
        "it looks like an Arrow stream; write it in the Arrow file format".to_owned()
    } else if head.starts_with(b"PK\x03\x04") {
        "it looks like a zip archive or an Excel workbook: name it .xlsx if it is one, unpack it otherwise".to_owned()
    } else if head.starts_with(b"\x1f\x8b") || head.starts_with(b"\x28\xb5\x2f\xfd") {
        "it is compressed as a whole: name it .csv.gz or .csv.zst if it is text, unpack it otherwise".to_owned()
    } else if text.starts_with("<!doctype") || text.starts_with("<html") || text.starts_with("<?xml") {
        "it looks like a web page; a download that failed leaves such files: download it again".to_owned()
    } else if text.starts_with('{') || text.starts_with('[') {
        "it looks like JSON: convert it to Parquet or CSV".to_owned()
    } else if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        "it looks like text in UTF-16: if it is CSV, name it .csv".to_owned()
    } else if looks_like_text(head) {
        "it looks like text: if it is CSV, name it .csv".to_owned()
    } else {
        format!("it begins with the bytes {}", hex(&head[..head.len().min(8)]))
    }
}

/// Whether bytes can be the beginning of a text.
pub(super) fn looks_like_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        // A letter may be cut in two at the end.
        Err(error) => error.error_len().is_none(),
    };
    valid && !head.iter().any(|&byte| byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x0c))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_first_bytes_tell_the_kind() {
        assert_eq!(Format::of_name(Path::new("a/b.PARQUET")), Some(Format::Parquet));
        assert_eq!(Format::of_name(Path::new("leads.tsv")), Some(Format::Text));
        assert_eq!(Format::of_name(Path::new("leads.xlsx")), Some(Format::Workbook));
        assert_eq!(Format::of_name(Path::new("leads.csv.gz")), Some(Format::Text));
        assert_eq!(Format::of_name(Path::new("leads.parquet.gz")), None);
        assert_eq!(Format::of_name(Path::new("leads")), None);
        assert_eq!(Format::of_bytes(b"ARROW1\0\0"), Some(Format::Arrow));
        assert_eq!(Format::of_bytes(b"a,b\n"), None);
    }

    #[test]
    fn strangers_are_recognised() {
        for (head, said) in [
            (
                &b"PK\x03\x04\x14"[..],
                "it looks like a zip archive or an Excel workbook: name it .xlsx if it is one, unpack it otherwise",
            ),
            (
                b"\x1f\x8b\x08",
                "it is compressed as a whole: name it .csv.gz or .csv.zst if it is text, unpack it otherwise",
            ),
            (
                b"  <!DOCTYPE html>",
                "it looks like a web page; a download that failed leaves such files: download it again",
            ),
            (b"{\"a\": 1}", "it looks like JSON: convert it to Parquet or CSV"),
            (b"\xff\xfea\0", "it looks like text in UTF-16: if it is CSV, name it .csv"),
            (b"a;b\n1;2\n", "it looks like text: if it is CSV, name it .csv"),
            (b"\x00\x01\x02", "it begins with the bytes 00 01 02"),
        ] {
            assert_eq!(describe_bytes(head), said);
        }
    }
}
