//! Bytes to letters: gzip and zstd unpacked, and every encoding but UTF-8 decoded, as they stream by.
//!
//! Always true: what is not UTF-8 throughout is read in an encoding that is said; a decoder never stops at a wrong byte.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::data::read::LeadError;
use crate::data::read::format::{Format, describe_bytes, looks_like_text};

/// How the letters of a file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextBytes {
    packing: Packing,
    encoding: &'static Encoding,
    origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zstd,
}

/// How the encoding is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// It is UTF-8, or the file's first bytes say so.
    Sure,
    /// By the letters.
    Guessed,
    /// The user said so.
    Asked,
}

/// Bytes in which separator and header are looked for.
const N_HEAD: usize = 1 << 20;

/// Bytes looked at at once.
const N_BLOCK: usize = 1 << 16;

impl TextBytes {
    /// Finds packing and encoding; looks at all bytes once.
    ///
    /// # Errors
    /// [`LeadError`]: empty, no text, unreadable.
    pub(super) fn open(path: &Path, asked: Option<&'static Encoding>) -> Result<Self, LeadError> {
        let unreadable = LeadError::unreadable(path);
        let packing = Packing::of(&super::super::bytes::head(path).map_err(&unreadable)?);
        let unpack = || packing.open(path);
        let mut head = Vec::new();
        unpack().and_then(|unpacked| unpacked.take(4096).read_to_end(&mut head)).map_err(&unreadable)?;
        if head.is_empty() {
            return Err(LeadError::no_bytes(path.display()));
        }
        if let Some(encoding) = by_first_bytes(&head) {
            return Ok(Self { packing, encoding, origin: Origin::Sure });
        }
        if head.contains(&0) || Format::of_bytes(&head).is_some() || describes_another(&head) {
            let seen = describe_bytes(&head);
            return Err(LeadError::wrong_format(path.display(), Format::Text.a_file(), seen));
        }
        if let Some(encoding) = asked {
            return Ok(Self { packing, encoding, origin: Origin::Asked });
        }
        let is_utf8 = unpack().and_then(is_utf8).map_err(&unreadable)?;
        if is_utf8 {
            return Ok(Self { packing, encoding: UTF_8, origin: Origin::Sure });
        }
        let encoding = unpack().and_then(guess).map_err(&unreadable)?;
        Ok(Self { packing, encoding, origin: Origin::Guessed })
    }

    /// The file as UTF-8, without a byte order mark.
    ///
    /// # Errors
    /// [`LeadError`]: unreadable.
    pub(super) fn reader(&self, path: &Path) -> Result<Box<dyn Read + Send>, LeadError> {
        let unpacked = self.packing.open(path).map_err(LeadError::unreadable(path))?;
        let decoded = DecodeReaderBytesBuilder::new()
            .encoding(Some(self.encoding))
            .utf8_passthru(self.encoding == UTF_8)
            .strip_bom(true)
            .bom_override(true)
            .build(unpacked);
        Ok(Box::new(decoded))
    }

    /// The first megabyte as text, up to the last whole letter.
    ///
    /// # Errors
    /// [`LeadError`]: unreadable.
    pub(super) fn head(&self, path: &Path) -> Result<String, LeadError> {
        let mut head = Vec::new();
        self.reader(path)?.take(N_HEAD as u64).read_to_end(&mut head).map_err(LeadError::unreadable(path))?;
        let n_valid = std::str::from_utf8(&head).map_or_else(|error| error.valid_up_to(), str::len);
        head.truncate(n_valid);
        Ok(String::from_utf8(head).unwrap_or_default())
    }

    /// That the letters are not UTF-8, and what they are taken for.
    pub(super) fn remark(&self) -> Option<String> {
        let name = self.encoding.name();
        let shown = if name == "windows-1252" { "Windows-1252 (Western Europe)" } else { name };
        match self.origin {
            Origin::Guessed => Some(format!(
                "its letters are not UTF-8 and were read as {shown}; if names look odd, say `encoding = \"...\"`"
            )),
            Origin::Sure | Origin::Asked => None,
        }
    }
}

impl Packing {
    fn of(head: &[u8]) -> Self {
        if head.starts_with(b"\x1f\x8b") {
            Self::Gzip
        } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
            Self::Zstd
        } else {
            Self::None
        }
    }

    fn open(self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        let file = BufReader::with_capacity(N_BLOCK, File::open(path)?);
        Ok(match self {
            Self::None => Box::new(file),
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(file)?),
        })
    }
}

/// The encoding that a byte order mark, or every second byte being zero, proves.
fn by_first_bytes(head: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Some(encoding);
    }
    let n_zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd, n_pairs) = (n_zeros(0), n_zeros(1), head.len() / 2);
    if n_pairs >= 4 && odd * 10 >= n_pairs * 7 && even == 0 {
        Some(UTF_16LE)
    } else if n_pairs >= 4 && even * 10 >= n_pairs * 7 && odd == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Whether it is text of another kind: a web page, JSON.
fn describes_another(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&head[..head.len().min(64)]).trim_start().to_lowercase();
    let is_page = ["<!doctype", "<html", "<?xml", "{", "[{"].iter().any(|start| text.starts_with(start));
    is_page && looks_like_text(head)
}

fn is_utf8(mut bytes: Box<dyn Read + Send>) -> io::Result<bool> {
    let mut block = vec![0; N_BLOCK];
    let mut n_kept = 0;
    loop {
        let n_read = bytes.read(&mut block[n_kept..])?;
        let filled = &block[..n_kept + n_read];
        n_kept = match std::str::from_utf8(filled) {
            Ok(_) => 0,
            // A letter may be cut in two at the end of a block, not at that of the file.
            Err(error) if error.error_len().is_none() && n_read > 0 => filled.len() - error.valid_up_to(),
            Err(_) => return Ok(false),
        };
        if n_read == 0 {
            return Ok(true);
        }
        let end = filled.len();
        block.copy_within(end - n_kept..end, 0);
    }
}

fn guess(mut bytes: Box<dyn Read + Send>) -> io::Result<&'static Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut block = vec![0; N_BLOCK];
    loop {
        let n_read = bytes.read(&mut block)?;
        detector.feed(&block[..n_read], n_read == 0);
        if n_read == 0 {
            return Ok(detector.guess(None, Utf8Detection::Deny));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("temp file");
        file.write_all(bytes).expect("write");
        file
    }

    fn read(bytes: &[u8]) -> (String, &'static str) {
        let file = file(bytes);
        let text = TextBytes::open(file.path(), None).expect("text");
        (text.head(file.path()).expect("readable"), text.encoding.name())
    }

    #[test]
    fn letters_are_those_that_were_written() {
        let said = "name;sector\nMüller;Öl & Gas\nGarcía;Gastronomía\nLefèvre;Café\n";
        let utf16 = |to_bytes: fn(u16) -> [u8; 2]| said.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
        let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(said);
        assert_eq!(read(said.as_bytes()), (said.to_owned(), "UTF-8"));
        assert_eq!(read(&[b"\xef\xbb\xbf", said.as_bytes()].concat()), (said.to_owned(), "UTF-8"));
        assert_eq!(read(&latin), (said.to_owned(), "windows-1252"));
        assert_eq!(read(&[&b"\xff\xfe"[..], &utf16(u16::to_le_bytes)].concat()), (said.to_owned(), "UTF-16LE"));
        assert_eq!(read(&utf16(u16::to_be_bytes)), (said.to_owned(), "UTF-16BE"));
    }

    #[test]
    fn packed_text_is_unpacked() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"a,b\n1,2\n").expect("packed");
        assert_eq!(read(&gzip.finish().expect("packed")).0, "a,b\n1,2\n");
        assert_eq!(read(&zstd::encode_all(&b"a,b\n1,2\n"[..], 1).expect("packed")).0, "a,b\n1,2\n");
    }

    #[test]
    fn a_letter_across_two_blocks_is_whole() {
        let mut text = "a".repeat(N_BLOCK - 1);
        text.push('ü');
        assert_eq!(read(text.as_bytes()).1, "UTF-8");
        assert_ne!(read(b"a,\xfc\n1,M\xfcller\n").1, "UTF-8");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for (bytes, said) in [
            (&b"\x00\x01\x02\x03"[..], "it begins with the bytes 00 01 02 03"),
            (b"<html><body>", "it looks like a web page"),
            (b"PAR1\x15\x04PAR1", "it looks like Parquet: name it .parquet"),
        ] {
            let file = file(bytes);
            let error = TextBytes::open(file.path(), None).expect_err("refused").to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
