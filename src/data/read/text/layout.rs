//! Layout: which character separates, and which line names the columns.
//!
//! In: the beginning of a file. Out: its [`Layout`].
//!
//! Always true: the separator is the one by which most lines have the same number of fields, and as many as can be; what stands
//! above the header is not a lead.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use crate::data::read::LeadError;
use crate::data::read::footer::first_duplicate;

/// How a table of texts is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// Character between two fields.
    pub separator: u8,
    /// Names of the columns; "column 3" for one without.
    pub columns: Vec<String>,
    /// The header as it is written, to know it again.
    pub header: StringRecord,
    /// Records above the header, blank lines not counted.
    pub n_above: usize,
    /// What the first of them says.
    pub above: Option<String>,
}

/// Separators in the order in which ties are settled.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Records that settle the layout.
const N_LOOKED_AT: usize = 200;

impl Layout {
    /// Of delimited text; `None` without a record.
    ///
    /// # Errors
    /// [`LeadError`]: a first line without an end.
    pub(super) fn of_text(path: &Path, head: &str) -> Result<Option<Self>, LeadError> {
        const LONGEST_LINE: usize = 1 << 20;
        if head.len() + 4 >= LONGEST_LINE && !head.contains(['\n', '\r']) {
            let seen = "its first line, which names the columns, does not end within a megabyte";
            return Err(LeadError::wrong_format(path.display(), "a CSV file", seen));
        }
        let first_line = head.lines().next().unwrap_or_default().trim();
        // Excel's own way of saying it.
        let said = first_line.strip_prefix("sep=").and_then(|rest| rest.trim_matches('"').bytes().next());
        let candidates: Vec<u8> = said.map_or(SEPARATORS.to_vec(), |said| vec![said]);
        let n_skipped = usize::from(said.is_some());
        let mut best: Option<(u8, Vec<StringRecord>, Fit)> = None;
        for separator in candidates {
            let records: Vec<StringRecord> = records_of(head, separator).into_iter().skip(n_skipped).collect();
            let fit = Fit::of(&records);
            if best.as_ref().is_none_or(|(_, _, best)| fit.goodness() > best.goodness() + 1e-9) {
                best = Some((separator, records, fit));
            }
        }
        Ok(best.and_then(|(separator, records, fit)| Self::find(separator, &records, fit.width, n_skipped)))
    }

    /// Of the rows of a sheet; `None` without one.
    pub(super) fn of_sheet(rows: &[StringRecord]) -> Option<Self> {
        let filled: Vec<StringRecord> =
            rows.iter().filter(|row| n_filled(row) > 0).take(N_LOOKED_AT).cloned().collect();
        // Every row of a sheet is as wide as the sheet: how many cells are filled tells the header.
        let mut widths: Vec<usize> = filled.iter().map(filled_width).collect();
        widths.sort_unstable();
        let typical = widths.get(widths.len() / 2).copied().unwrap_or(0);
        Self::find(b',', &filled, typical.max(1), 0)
    }

    /// - `width`: fields of most records.
    /// - `n_skipped`: records before `records`.
    fn find(separator: u8, records: &[StringRecord], width: usize, n_skipped: usize) -> Option<Self> {
        let header_at =
            records.iter().enumerate().position(|(at, record)| is_header(record, width, at == 0)).unwrap_or(0);
        let header = records.get(header_at)?.clone();
        let columns = names_of(&header);
        let above = records[..header_at].iter().find_map(|record| record.iter().find(|field| !field.trim().is_empty()));
        Some(Self { separator, columns, above: above.map(str::to_owned), header, n_above: header_at + n_skipped })
    }

    /// Two columns of one name cannot be told apart.
    ///
    /// # Errors
    /// [`LeadError`] with the name.
    pub(super) fn check_names(&self, path: &Path) -> Result<(), LeadError> {
        match first_duplicate(self.columns.iter().map(String::as_str)) {
            Some((column, n)) => Err(LeadError::duplicate_column(path.display(), column, n)),
            None => Ok(()),
        }
    }
}

/// Whether a record names the columns: as wide as the table, and more than half of its fields are filled. Half are enough in the
/// first record, unless it is a title that a spreadsheet has padded.
fn is_header(record: &StringRecord, width: usize, is_first: bool) -> bool {
    let n_filled = n_filled(record);
    let is_half_enough = is_first && (n_filled > 1 || filled_width(record) == record.len());
    record.len() >= width && 2 * n_filled + usize::from(is_half_enough) > width
}

fn n_filled(record: &StringRecord) -> usize {
    record.iter().filter(|field| !field.trim().is_empty()).count()
}

/// Fields up to the last that is filled.
fn filled_width(record: &StringRecord) -> usize {
    record.iter().enumerate().filter(|(_, field)| !field.trim().is_empty()).last().map_or(0, |(last, _)| last + 1)
}

/// The names of a header: trimmed, and a position for one that is blank.
fn names_of(header: &StringRecord) -> Vec<String> {
    let name = |(at, field): (usize, &str)| match field.trim() {
        "" => format!("column {}", at + 1),
        name => name.to_owned(),
    };
    header.iter().enumerate().map(name).collect()
}

/// The first records of a text; the last may be cut off and is left out where there are others.
fn records_of(head: &str, separator: u8) -> Vec<StringRecord> {
    let mut reader =
        ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(head.as_bytes());
    reader.records().filter_map(Result::ok).take(N_LOOKED_AT).collect()
}

/// How well a separator fits.
struct Fit {
    /// Fields of most records.
    width: usize,
    /// Share of records with so many.
    share: f64,
}

impl Fit {
    fn of(records: &[StringRecord]) -> Self {
        let mut counts = std::collections::BTreeMap::new();
        records.iter().for_each(|record| *counts.entry(record.len()).or_insert(0_usize) += 1);
        // Of two widths equally common that of the first record, which likely is the header, or the wider: small print is narrow.
        let first = records.first().map_or(0, StringRecord::len).max(2);
        let (width, n) = counts
            .iter()
            .max_by_key(|&(&width, &n)| (n, width == first, width))
            .map_or((1, 0), |(&width, &n)| (width, n));
        Self { width, share: n as f64 / records.len().max(1) as f64 }
    }

    fn goodness(&self) -> f64 {
        (self.width - 1) as f64 * self.share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> Layout {
        Layout::of_text(Path::new("leads.csv"), text).expect("readable").expect("a table")
    }

    #[test]
    fn the_separator_is_the_one_that_fits_most_lines() {
        for (text, separator, columns) in [
            ("a,b\n1,2\n", b',', vec!["a", "b"]),
            ("a;b;c\n1,5;2,5;x\n3,5;4,5;y\n", b';', vec!["a", "b", "c"]),
            ("a\tb\n1\t2\n", b'\t', vec!["a", "b"]),
            ("a|b\n1|2\n", b'|', vec!["a", "b"]),
            ("a,b;c,d\n1,2,3\n", b',', vec!["a", "b;c", "d"]),
            ("sep=;\na;b\n1;2\n", b';', vec!["a", "b"]),
            ("lead_id\nx\n", b',', vec!["lead_id"]),
            ("\"a;x\",b\n\"1;2\",3\n", b',', vec!["a;x", "b"]),
        ] {
            let found = layout(text);
            assert_eq!(
                (found.separator, found.columns),
                (separator, columns.iter().map(|&c| c.to_owned()).collect()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_stands_above_the_header_is_counted() {
        let found = layout("Lead report\nDate range,1/8/24 - 11/3/24\n\nid,won,size,at\n1,0,5,x\n2,1,6,y\n3,1,6,y\n");
        assert_eq!((found.n_above, found.above.as_deref()), (2, Some("Lead report")));
        assert_eq!(found.columns, ["id", "won", "size", "at"]);
        // A spreadsheet pads what stands above.
        let found = layout("Lead report,,,\n,,,\nid,won,size,at\n1,0,5,x\n2,1,6,y\n");
        assert_eq!((found.n_above, found.columns.len()), (2, 4));
        assert_eq!(layout("sep=;\nid;won\n1;0\n").n_above, 1);
    }

    #[test]
    fn a_column_without_a_name_is_called_by_its_position() {
        assert_eq!(layout(",id,won,\n0,a,x,1\n1,b,y,2\n").columns, ["column 1", "id", "won", "column 4"]);
        assert_eq!(layout(",id\n0,a\n1,b\n").columns, ["column 1", "id"]);
        assert_eq!(layout(" id , size\n1,2\n").columns, ["id", "size"]);
    }

    #[test]
    fn rows_of_a_sheet_tell_the_header_by_what_is_filled() {
        let rows: Vec<StringRecord> =
            [vec!["Report", "", ""], vec!["", "", ""], vec!["id", "won", "size"], vec!["1", "0", ""]]
                .into_iter()
                .map(StringRecord::from)
                .collect();
        let found = Layout::of_sheet(&rows).expect("a table");
        assert_eq!((found.columns, found.n_above), (vec!["id".to_owned(), "won".to_owned(), "size".to_owned()], 1));
    }
}
