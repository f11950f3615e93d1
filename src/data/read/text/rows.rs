//! Rows: the records of a table of texts that are leads, one after the other.
//!
//! In: records of a file or sheet. Out: texts column by column, as many rows at a time as are wanted.
//!
//! Always true: a record that may belong to a report's footer waits until another lead follows it, or the file ends; a record
//! that ends early has nothing in its last columns; one with more values than columns is an error.

use std::io::Read;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};

use super::layout::Layout;
use super::left_out::LeftOut;
use super::sheet::Sheet;
use crate::data::read::LeadError;
use crate::data::read::footer::plain;

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Line of the file, or row of the sheet, from 1.
    line: u64,
    /// Whether a blank line stands above it.
    follows_blank: bool,
}

/// Records one after the other.
pub(super) trait RecordSource: Send {
    /// Writes the next record; `None` at the end.
    fn next(&mut self, record: &mut StringRecord) -> Result<Option<Place>, LeadError>;
}

/// Records of delimited text.
pub(super) struct CsvRecords {
    reader: csv::Reader<Box<dyn Read + Send>>,
    path: PathBuf,
}

impl CsvRecords {
    pub(super) fn new(bytes: Box<dyn Read + Send>, path: &Path, layout: &Layout) -> Self {
        let reader = ReaderBuilder::new()
            .delimiter(layout.separator)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 18)
            .from_reader(bytes);
        Self { reader, path: path.to_owned() }
    }
}

impl RecordSource for CsvRecords {
    fn next(&mut self, record: &mut StringRecord) -> Result<Option<Place>, LeadError> {
        let line_before = self.reader.position().line();
        let is_there = self.reader.read_record(record).map_err(|error| {
            let said = plain(&error.to_string());
            match error.into_kind() {
                csv::ErrorKind::Io(error) => LeadError::unreadable(&self.path)(error),
                _ => LeadError::undecodable(self.path.display(), said),
            }
        })?;
        if !is_there {
            return Ok(None);
        }
        let last_line = self.reader.position().line().saturating_sub(1).max(line_before);
        // A record on one line, as nearly all are, has no line end inside.
        let is_on_one = last_line == line_before;
        let n_inside = if is_on_one { 0 } else { record.as_slice().matches('\n').count() as u64 };
        let line = last_line.saturating_sub(n_inside).max(line_before);
        Ok(Some(Place { line, follows_blank: line > line_before }))
    }
}

/// Records of a sheet.
pub(super) struct SheetRecords {
    rows: std::vec::IntoIter<StringRecord>,
    line: u64,
}

impl SheetRecords {
    pub(super) fn new(sheet: &Sheet) -> Self {
        Self { rows: sheet.rows().to_vec().into_iter(), line: sheet.first_row() - 1 }
    }
}

impl RecordSource for SheetRecords {
    fn next(&mut self, record: &mut StringRecord) -> Result<Option<Place>, LeadError> {
        let line_before = self.line;
        for row in self.rows.by_ref() {
            self.line += 1;
            if row.iter().any(|cell| !cell.trim().is_empty()) {
                *record = row;
                return Ok(Some(Place { line: self.line, follows_blank: self.line > line_before + 1 }));
            }
        }
        Ok(None)
    }
}

/// The texts of one column, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::data::read) struct Cells {
    joined: String,
    ends: Vec<usize>,
}

impl Cells {
    fn push(&mut self, text: &str) {
        self.joined.push_str(text);
        self.ends.push(self.joined.len());
    }

    /// So many rows without a text.
    pub(in crate::data::read) fn empty(n_rows: usize) -> Self {
        Self { joined: String::new(), ends: vec![0; n_rows] }
    }

    /// The rows of both.
    pub(in crate::data::read) fn followed_by(mut self, other: Self) -> Self {
        let n_before = self.joined.len();
        self.joined.push_str(&other.joined);
        self.ends.extend(other.ends.iter().map(|end| end + n_before));
        self
    }

    /// Number of rows.
    pub(in crate::data::read) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text in a row; `None` where there is nothing but white space.
    pub(in crate::data::read) fn get(&self, row: usize) -> Option<&str> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        let text = &self.joined[start..self.ends[row]];
        // What begins with a letter or a digit is not blank; only the others are looked through.
        let is_filled = text.as_bytes().first().is_some_and(u8::is_ascii_graphic) || !text.trim().is_empty();
        is_filled.then_some(text)
    }

    /// The text of every row.
    pub(in crate::data::read) fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> + Clone {
        (0..self.len()).map(|row| self.get(row))
    }
}

/// The records that are leads.
pub(in crate::data::read) struct Rows {
    source: Box<dyn RecordSource>,
    path: PathBuf,
    header: StringRecord,
    n_columns: usize,
    /// Records that are the footer if no lead follows.
    held: Vec<(Place, StringRecord)>,
    /// Whether a held record must be handed out before another is read, because a lead has followed.
    next: Option<(Place, StringRecord)>,
    left_out: LeftOut,
    is_done: bool,
    n_above: usize,
}

/// First words of a line that adds up a report.
const TOTALS: [&str; 14] = [
    "total",
    "grand total",
    "subtotal",
    "sub-total",
    "sum",
    "summe",
    "gesamt",
    "gesamtsumme",
    "zwischensumme",
    "totale",
    "totaux",
    "total general",
    "somme",
    "suma",
];

/// Words of the small print below a report.
const SMALL_PRINT: [&str; 20] = [
    "confidential",
    "copyright",
    "(c)",
    "©",
    "all rights reserved",
    "generated",
    "exported",
    "report",
    "records",
    "rows",
    "page ",
    "filter",
    "filtered",
    "source:",
    "as of ",
    "printed",
    "end of",
    "vertraulich",
    "erstellt am",
    "datensätze",
];

impl Rows {
    pub(super) fn new(source: Box<dyn RecordSource>, path: &Path, layout: &Layout) -> Self {
        let above = layout.above.clone().map(|text| (text, layout.n_above));
        Self {
            source,
            path: path.to_owned(),
            header: layout.header.clone(),
            n_columns: layout.columns.len(),
            held: Vec::new(),
            next: None,
            left_out: LeftOut { above, ..LeftOut::default() },
            is_done: false,
            // The header itself is passed over as well.
            n_above: layout.n_above + 1,
        }
    }

    /// Reads up to `n_rows` leads; an empty answer is the end.
    ///
    /// - `wanted`: positions of the columns, in the order of the answer.
    ///
    /// # Errors
    /// [`LeadError`]: unreadable, or a record with more values than there are columns.
    pub(in crate::data::read) fn read(&mut self, wanted: &[usize], n_rows: usize) -> Result<Vec<Cells>, LeadError> {
        self.read_where(wanted, n_rows, |_| true)
    }

    /// As [`Rows::read`], of the leads that are wanted.
    ///
    /// - `is_row_wanted`: by the number of the lead, from 0 for the next one.
    ///
    /// # Errors
    /// As [`Rows::read`].
    pub(in crate::data::read) fn read_where(
        &mut self,
        wanted: &[usize],
        n_rows: usize,
        is_row_wanted: impl Fn(usize) -> bool,
    ) -> Result<Vec<Cells>, LeadError> {
        let mut columns = vec![Cells::default(); wanted.len()];
        let mut record = StringRecord::new();
        let (mut row, mut n_read) = (0, 0);
        while n_read < n_rows && self.next_lead(&mut record)? {
            if is_row_wanted(row) {
                columns
                    .iter_mut()
                    .zip(wanted)
                    .for_each(|(column, &at)| column.push(record.get(at).unwrap_or_default()));
                n_read += 1;
            }
            row += 1;
        }
        Ok(if n_read == 0 { Vec::new() } else { columns })
    }

    /// What was no lead; complete once the end is reached.
    pub(in crate::data::read) fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    fn next_lead(&mut self, record: &mut StringRecord) -> Result<bool, LeadError> {
        loop {
            // Records that waited go first, once it is known that they are leads.
            if self.next.is_some() || self.is_done {
                if !self.held.is_empty() {
                    *record = self.held.remove(0).1;
                    return Ok(true);
                }
                if let Some((_, waiting)) = self.next.take() {
                    *record = waiting;
                    return Ok(true);
                }
                return Ok(false);
            }
            let Some(place) = self.source.next(record)? else {
                self.is_done = true;
                self.drop_footer();
                continue;
            };
            if self.n_above > 0 {
                self.n_above -= 1;
                continue;
            }
            match self.kind_of(record, place)? {
                Kind::Lead if self.held.is_empty() => return Ok(true),
                Kind::Lead => self.next = Some((place, record.clone())),
                Kind::MaybeFooter => self.held.push((place, record.clone())),
                Kind::Header => {
                    if self.left_out.n_headers == 0 {
                        self.left_out.first_header_line = place.line;
                    }
                    self.left_out.n_headers += 1;
                }
                Kind::Blank => self.left_out.n_blank += 1,
            }
        }
    }

    fn kind_of(&self, record: &StringRecord, place: Place) -> Result<Kind, LeadError> {
        if record.len() > self.n_columns && record.iter().skip(self.n_columns).any(|field| !field.trim().is_empty()) {
            return Err(LeadError::new(format!(
                "line {} of {} has {} fields, and the header has {}\nhint: a field that holds the separator needs quotes around it",
                place.line,
                self.path.display(),
                record.len(),
                self.n_columns
            )));
        }
        // Nearly every record of nearly every file is done here.
        let mut filled = record.iter().filter(|field| !field.trim().is_empty());
        let Some(first) = filled.next() else { return Ok(Kind::Blank) };
        if first == first_filled(&self.header) && is_same(record, &self.header) {
            return Ok(Kind::Header);
        }
        let is_alone = filled.next().is_none();
        let may_be_footer = self.n_columns > 2 && (is_alone || starts_a_total(first));
        Ok(if may_be_footer { Kind::MaybeFooter } else { Kind::Lead })
    }

    /// At the end of the file: what waits is the footer from the first record on that says so, or stands apart.
    fn drop_footer(&mut self) {
        let is_footer = |(place, record): &(Place, StringRecord)| {
            let first = first_filled(record).trim().to_lowercase();
            place.follows_blank || starts_a_total(&first) || SMALL_PRINT.iter().any(|word| first.contains(word))
        };
        if let Some(from) = self.held.iter().position(is_footer) {
            let below = self.held.split_off(from);
            self.left_out.n_below = below.len();
            self.left_out.first_below =
                below.first().map(|(place, record)| (place.line, first_filled(record).trim().to_owned()));
        }
    }
}

enum Kind {
    Lead,
    MaybeFooter,
    Header,
    Blank,
}

fn first_filled(record: &StringRecord) -> &str {
    record.iter().find(|field| !field.trim().is_empty()).unwrap_or_default()
}

fn is_same(record: &StringRecord, header: &StringRecord) -> bool {
    record.len() == header.len() && record.iter().zip(header).all(|(field, name)| field.trim() == name.trim())
}

fn starts_a_total(text: &str) -> bool {
    if !text.starts_with(|first: char| matches!(first.to_ascii_lowercase(), 't' | 'g' | 's' | 'z')) {
        return false;
    }
    let lower = text.trim().to_lowercase();
    let words = lower.split(|c: char| !c.is_alphabetic() && c != '-' && c != ' ').next().unwrap_or_default().trim();
    let words = words.strip_suffix('s').unwrap_or(words);
    TOTALS.iter().any(|total| words == *total || words.strip_prefix(total).is_some_and(|rest| rest.starts_with(' ')))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn rows(text: &str) -> Rows {
        let path = Path::new("leads.csv");
        let layout = Layout::of_text(path, text).expect("readable").expect("a table");
        let records = CsvRecords::new(Box::new(Cursor::new(text.to_owned().into_bytes())), path, &layout);
        Rows::new(Box::new(records), path, &layout)
    }

    /// First column of the leads, and what was left out.
    fn read(text: &str) -> (Vec<String>, Vec<String>) {
        let mut rows = rows(text);
        let mut ids = Vec::new();
        loop {
            let columns = rows.read(&[0], 2).expect("readable");
            let Some(column) = columns.first() else { break };
            ids.extend(column.iter().map(|text| text.unwrap_or("nothing").to_owned()));
        }
        (ids, rows.left_out().in_words())
    }

    #[test]
    fn a_report_ends_with_its_last_lead() {
        let (ids, said) = read(
            "id,won,size\na,0,1\nb,1,2\n\n\"Grand Totals (2 records)\"\n\n\"Confidential\"\n\"Copyright (c) 2024\"\n",
        );
        assert_eq!(ids, ["a", "b"]);
        assert_eq!(
            said,
            [
                "3 lines below the last lead left out as the footer of a report, from line 5: \"Grand Totals (2 records)\""
            ]
        );
        assert_eq!(read("id,won,size\na,0,1\nTotal,,1\n").0, ["a"]);
        assert_eq!(read("id,won,size\na,0,1\nSumme;x,,1\n").0, ["a"]);
    }

    #[test]
    fn a_lead_with_little_known_is_one() {
        assert_eq!(read("id,won,size\na,0,1\nb\nc,1,2\n").0, ["a", "b", "c"]);
        assert_eq!(read("id,won,size\na,0,1\nb,,\n").0, ["a", "b"]);
        assert_eq!(read("id,won,size\nTotal Energies,0,1\nb,1,2\n").0, ["Total Energies", "b"]);
        assert_eq!(read("id\na\nb\n").0, ["a", "b"]);
    }

    #[test]
    fn the_header_once_more_and_blank_lines_are_no_leads() {
        let (ids, said) = read("id,won\na,0\nid,won\n,\nb,1\n");
        assert_eq!(ids, ["a", "b"]);
        assert_eq!(
            said,
            ["the header stands there again once, first in line 3: no leads", "1 line without a single value left out"]
        );
    }

    #[test]
    fn what_stands_above_the_header_is_passed_over() {
        let (ids, said) = read("Lead report\nfrom,to\n\nid,won,size,at\na,0,1,x\nb,1,2,y\nc,1,2,y\n");
        assert_eq!(ids, ["a", "b", "c"]);
        assert_eq!(said, ["2 lines above the header left out, the first says \"Lead report\""]);
        assert_eq!(read("sep=;\nid;won\na;0\n").0, ["a"]);
    }

    #[test]
    fn line_ends_and_quotes_of_every_kind_are_understood() {
        for text in ["id,won\ra,0\rb,1\r", "id,won\r\na,0\r\nb,1", "id,won\na,0\nb,1\n"] {
            assert_eq!(read(text).0, ["a", "b"], "{text:?}");
        }
        let (ids, _) = read("id,won\n\"said \"\"x\"\",\nand; left\",0\n19\" rack,1\n");
        assert_eq!(ids, ["said \"x\",\nand; left", "19\" rack"]);
    }

    #[test]
    fn a_line_with_too_many_fields_is_named() {
        let error = |text: &str| rows(text).read(&[0], 9).expect_err("refused").to_string();
        assert_eq!(
            error("a,b\n1,\"x\ny\"\n\n3,4,5\n7,8\n9,9\n"),
            "line 5 of leads.csv has 3 fields, and the header has 2\n\
             hint: a field that holds the separator needs quotes around it"
        );
        assert_eq!(read("a,b\n1,2,\n3,4\n5,6\n").0, ["1", "3", "5"], "separators at the end hold nothing");
    }
}
