//! Pages: walks the page headers of the columns that will be read, before they are decoded.
//!
//! In: a checked footer and the columns wanted. Out: nothing, or the first thing that cannot be right: a header that does not
//! parse, a page that reaches beyond its chunk, counts that disagree, bytes whose checksum (where the writer gave one) is
//! another. Decoders trust all of these; they panic or ask for exabytes when they lie.
//!
//! Source: the Parquet format, `PageHeader` in `parquet.thrift`; the Thrift compact protocol.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use rayon::prelude::*;

use super::LeadError;
use super::footer::{Footer, FooterColumn, first_page};

/// Longest page header: statistics may hold a value of any length, but not megabytes of it.
const MAX_HEADER_BYTES: u64 = 8 * 1024 * 1024;

/// Walks the pages of the wanted columns.
///
/// # Errors
/// [`LeadError`]: damaged, unreadable.
pub(super) fn check_pages(path: &Path, footer: &Footer, is_wanted: impl Fn(&str) -> bool) -> Result<(), LeadError> {
    let wanted: Vec<(&FooterColumn, usize)> = footer
        .columns
        .iter()
        .filter(|column| is_wanted(&column.name))
        .filter_map(|column| column.leaf_idx.map(|leaf_idx| (column, leaf_idx)))
        .collect();
    let found = wanted.par_iter().map(|(column, leaf_idx)| {
        let mut file = File::open(path).map_err(LeadError::unreadable(path))?;
        for (group_idx, group) in footer.metadata.row_groups().iter().enumerate() {
            let chunk = group.column(*leaf_idx);
            let chunk = Chunk {
                path,
                place: format!("column {:?}, row group {}", column.name, group_idx + 1),
                start: first_page(chunk) as u64,
                end: footer.data_end,
                n_values: chunk.num_values(),
                n_unpacked: chunk.uncompressed_size(),
            };
            chunk.walk(&mut file)?;
        }
        Ok(())
    });
    // The first column of the file with a fault, whichever thread found it first.
    found.collect::<Vec<Result<(), LeadError>>>().into_iter().collect()
}

/// The pages of one column in one row group.
struct Chunk<'a> {
    path: &'a Path,
    /// Column and row group, for messages.
    place: String,
    start: u64,
    /// Where pages end at the latest. Old writers understate the length of a chunk, so this is the end of all pages.
    end: u64,
    n_values: i64,
    n_unpacked: i64,
}

impl Chunk<'_> {
    fn walk(&self, file: &mut File) -> Result<(), LeadError> {
        let wrong = |what: String| Err(self.damaged(&what));
        let (mut position, mut n_values, mut n_unpacked, mut page) = (self.start, 0_i64, 0_i64, 0_u32);
        let mut body = Vec::new();
        while n_values < self.n_values {
            page += 1;
            let (header, n_header) = self.read_header(file, page, position)?;
            position += n_header;
            let (Ok(n_packed), Ok(_)) = (u64::try_from(header.n_packed), u64::try_from(header.n_unpacked)) else {
                return wrong(format!(
                    "page {page} is said to have {} bytes, {} unpacked",
                    header.n_packed, header.n_unpacked
                ));
            };
            if n_packed > self.end.saturating_sub(position) {
                return wrong(format!("page {page} is said to have {n_packed} bytes, more than the file has left"));
            }
            if header.n_values < 0 {
                return wrong(format!("page {page} is said to have {} values", header.n_values));
            }
            if let Some(checksum) = header.checksum {
                body.resize(n_packed as usize, 0);
                self.read_at(file, position, &mut body)?;
                if crc32fast::hash(&body) != checksum {
                    return wrong(format!("the bytes of page {page} do not match their checksum"));
                }
            }
            position += n_packed;
            n_unpacked += i64::from(header.n_unpacked);
            if header.is_data {
                n_values += i64::from(header.n_values);
            }
        }
        if n_values != self.n_values {
            return wrong(format!("its pages have {n_values} values, and the footer says {}", self.n_values));
        }
        // Headers are part of the footer's figure, so the pages alone are never more, unless a writer left the dictionary
        // out of it; a claim of many times the figure is a forgery that a decoder would allocate.
        if n_unpacked / 4 > self.n_unpacked.max(1 << 20) {
            return wrong(format!("its pages unpack to {n_unpacked} bytes, and the footer says {}", self.n_unpacked));
        }
        Ok(())
    }

    /// Reads the header of a page, at `position`; returns it and its length.
    fn read_header(&self, file: &mut File, page: u32, position: u64) -> Result<(PageHeader, u64), LeadError> {
        let wrong = |what: &str| Err(self.damaged(&format!("page {page}: {what}")));
        let mut n_bytes: u64 = 4096;
        loop {
            let n_available = self.end.saturating_sub(position).min(n_bytes);
            if n_available == 0 {
                return wrong("it would begin behind the last page of the file");
            }
            let mut bytes = vec![0_u8; n_available as usize];
            self.read_at(file, position, &mut bytes)?;
            let mut thrift = Thrift { bytes: &bytes, position: 0 };
            match thrift.page_header() {
                Ok(header) => return Ok((header, thrift.position as u64)),
                // The header goes on behind what was read.
                Err(Broken::CutOff) if n_available == n_bytes && n_bytes < MAX_HEADER_BYTES => n_bytes *= 16,
                Err(_) => return wrong("its header cannot be read"),
            }
        }
    }

    fn read_at(&self, file: &mut File, position: u64, bytes: &mut [u8]) -> Result<(), LeadError> {
        let read = file.seek(SeekFrom::Start(position)).and_then(|_| file.read_exact(bytes));
        read.map_err(LeadError::unreadable(self.path))
    }

    fn damaged(&self, what: &str) -> LeadError {
        LeadError::damaged(self.path.display(), format!("{}: {what}", self.place))
    }
}

/// What a page says about itself.
#[derive(Debug, Default, PartialEq)]
struct PageHeader {
    n_unpacked: i32,
    n_packed: i32,
    checksum: Option<u32>,
    n_values: i32,
    is_data: bool,
}

/// A reader of the Thrift compact protocol over a slice.
struct Thrift<'a> {
    bytes: &'a [u8],
    position: usize,
}

#[derive(Debug, PartialEq)]
enum Broken {
    /// More bytes are needed.
    CutOff,
    /// No more bytes would help.
    Nonsense,
}

/// Structs within structs; a page header has two.
const MAX_DEPTH: u8 = 16;

impl Thrift<'_> {
    fn page_header(&mut self) -> Result<PageHeader, Broken> {
        let mut header = PageHeader::default();
        let mut kind = None;
        self.fields(0, |thrift, id, field_type| {
            match (id, field_type) {
                (1, 5) => kind = Some(thrift.int32()?),
                (2, 5) => header.n_unpacked = thrift.int32()?,
                (3, 5) => header.n_packed = thrift.int32()?,
                (4, 5) => header.checksum = Some(thrift.int32()? as u32),
                // Headers of a data page, a dictionary and a data page of version 2: field 1 of each counts the values.
                (5 | 7 | 8, 12) => {
                    header.is_data = id != 7;
                    thrift.fields(1, |thrift, id, field_type| match (id, field_type) {
                        (1, 5) => thrift.int32().map(|n_values| header.n_values = n_values),
                        _ => thrift.skip(field_type, 2),
                    })?;
                }
                _ => thrift.skip(field_type, 1)?,
            }
            Ok(())
        })?;
        // 0 data, 1 index, 2 dictionary, 3 data of version 2.
        if matches!(kind, Some(0..=3)) { Ok(header) } else { Err(Broken::Nonsense) }
    }

    /// Calls `read` for every field of a struct with its id and type.
    fn fields(
        &mut self,
        depth: u8,
        mut read: impl FnMut(&mut Self, i16, u8) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        if depth > MAX_DEPTH {
            return Err(Broken::Nonsense);
        }
        let mut id: i16 = 0;
        loop {
            let byte = self.byte()?;
            if byte == 0 {
                return Ok(());
            }
            id = match byte >> 4 {
                0 => i16::try_from(self.signed()?).map_err(|_| Broken::Nonsense)?,
                delta => id.checked_add(i16::from(delta)).ok_or(Broken::Nonsense)?,
            };
            read(self, id, byte & 0x0f)?;
        }
    }

    fn skip(&mut self, field_type: u8, depth: u8) -> Result<(), Broken> {
        if depth > MAX_DEPTH {
            return Err(Broken::Nonsense);
        }
        match field_type {
            // A boolean field is in its type.
            1 | 2 => Ok(()),
            3 => self.byte().map(|_| ()),
            4..=6 => self.unsigned().map(|_| ()),
            7 => self.advance(8),
            8 => {
                let length = self.unsigned()?;
                self.advance(usize::try_from(length).map_err(|_| Broken::Nonsense)?)
            }
            9 | 10 => {
                let byte = self.byte()?;
                let n_items = if byte >> 4 == 15 { self.unsigned()? } else { u64::from(byte >> 4) };
                // In a list a boolean takes a byte.
                let item_type = if matches!(byte & 0x0f, 1 | 2) { 3 } else { byte & 0x0f };
                (0..n_items).try_for_each(|_| self.skip(item_type, depth + 1))
            }
            12 => self.fields(depth + 1, |thrift, _, field_type| thrift.skip(field_type, depth + 1)),
            // No page header has a map (11).
            _ => Err(Broken::Nonsense),
        }
    }

    fn byte(&mut self) -> Result<u8, Broken> {
        let byte = *self.bytes.get(self.position).ok_or(Broken::CutOff)?;
        self.position += 1;
        Ok(byte)
    }

    fn advance(&mut self, n_bytes: usize) -> Result<(), Broken> {
        self.position = self.position.checked_add(n_bytes).ok_or(Broken::Nonsense)?;
        if self.position > self.bytes.len() { Err(Broken::CutOff) } else { Ok(()) }
    }

    /// Seven bits a byte, lowest first.
    fn unsigned(&mut self) -> Result<u64, Broken> {
        let mut value: u64 = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Broken::Nonsense)
    }

    /// Zigzag: 0, -1, 1, -2, ...
    fn signed(&mut self) -> Result<i64, Broken> {
        let value = self.unsigned()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn int32(&mut self) -> Result<i32, Broken> {
        i32::try_from(self.signed()?).map_err(|_| Broken::Nonsense)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_of(bytes: &[u8]) -> Result<PageHeader, Broken> {
        Thrift { bytes, position: 0 }.page_header()
    }

    #[test]
    fn a_data_page_header_is_read() {
        // kind 0, 100 bytes unpacked, 60 packed, checksum -1, data page header { 7 values, encoding 0, 3, 3 }, stop.
        let bytes = [0x15, 0, 0x15, 200, 1, 0x15, 120, 0x15, 1, 0x1c, 0x15, 14, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0];
        let wanted = PageHeader { n_unpacked: 100, n_packed: 60, checksum: Some(u32::MAX), n_values: 7, is_data: true };
        assert_eq!(header_of(&bytes), Ok(wanted));
        for n_bytes in 0..bytes.len() {
            assert_eq!(header_of(&bytes[..n_bytes]), Err(Broken::CutOff), "{n_bytes} bytes");
        }
    }

    #[test]
    fn nonsense_is_refused_without_reading_on() {
        // A kind that does not exist, a varint without end, structs without end.
        assert_eq!(header_of(&[0x15, 40, 0]), Err(Broken::Nonsense));
        assert_eq!(header_of(&[0x15, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]), Err(Broken::Nonsense));
        assert_eq!(header_of(&[0x9c; 64]), Err(Broken::Nonsense));
    }
}
