//! Decoding one file into columns, whatever its format, with every failure as a sentence that names it.
//!
//! In: a file that has passed the checks of its format. Out: its [`Opened`] schema, then the values of the columns asked for.
//!
//! Always true: text is handed on as it stands; what it means is settled when all files of the table are there.

use std::path::Path;

use arrow_array::{ArrayRef, BooleanArray};
use arrow_buffer::BooleanBuffer;
use arrow_schema::ArrowError;
use arrow_select::filter::filter;
use rayon::prelude::*;

use super::LeadError;
use super::bytes::in_words;
use super::content::GrowingContent;
use super::footer::FooterColumn;
use super::format::Format;
use super::options::ReadOptions;
use super::room::all_memory;
use super::stream::{LeadBatches, LeadStream, in_words_of, open_file};
use super::text::Cells;
use super::types::ColumnType;
use crate::data::table::Content;

/// A file whose schema has been read and checked.
#[derive(Debug)]
pub(super) struct Opened {
    stream: LeadStream,
    /// Columns in the order of the file.
    pub columns: Vec<FooterColumn>,
}

/// A file's part of a column.
#[derive(Debug)]
pub(super) enum Part {
    /// Of a file that has types.
    Typed(Content),
    /// Of a file of texts.
    Texts(Cells),
    /// The file has no such column: so many rows without a value.
    Absent(usize),
}

/// The columns of one file that were asked for, in that order.
#[derive(Debug)]
pub(super) struct Decoded {
    pub parts: Vec<Part>,
    /// Of the parts.
    pub n_rows: usize,
    /// Of the file; more than those of the parts where rows were drawn.
    pub n_rows_of_file: usize,
    /// What stands in the file and is no lead.
    pub remarks: Vec<String>,
}

/// Reads what a file says about itself.
///
/// # Errors
/// Everything in [`LeadError`] that concerns one file.
pub(super) fn open(format: Format, path: &Path, options: &ReadOptions) -> Result<Opened, LeadError> {
    Ok(Opened::of(open_file(format, path, options)?))
}

impl Opened {
    /// A table whose schema has been read and checked.
    pub(super) fn of(stream: LeadStream) -> Self {
        Self { columns: stream.columns(), stream }
    }

    /// Bytes the file takes in memory, by its own account; 0 where it gives none.
    pub(super) fn n_unpacked_bytes(&self, is_wanted: impl Fn(&str) -> bool) -> u128 {
        self.stream.footer().map_or(0, |footer| footer.n_unpacked_bytes(is_wanted))
    }

    /// Rows by its own account; 0 where it gives none.
    pub(super) fn n_claimed_rows(&self) -> usize {
        self.stream.n_rows().unwrap_or_default() as usize
    }

    /// Whether its rows come in groups that can be read one by one.
    pub(super) fn has_row_groups(&self) -> bool {
        self.stream.footer().is_some()
    }

    /// Rows of each of its row groups.
    pub(super) fn rows_of_groups(&self) -> impl Iterator<Item = usize> + '_ {
        let groups = self.stream.footer().into_iter().flat_map(|footer| footer.metadata.row_groups());
        groups.map(|group| group.num_rows() as usize)
    }

    /// Bytes its largest row group takes in memory, by its own account.
    pub(super) fn n_unpacked_bytes_of_a_group(&self, is_wanted: impl Fn(&str) -> bool) -> u128 {
        self.stream.footer().map_or(0, |footer| footer.n_unpacked_bytes_of_a_group(is_wanted))
    }

    /// Doubts the pages of the named columns.
    ///
    /// # Errors
    /// [`LeadError`]: damaged, unreadable.
    pub(super) fn check_pages(&self, names: &[String]) -> Result<(), LeadError> {
        self.stream.check_pages(&self.places(names))
    }

    /// Batches of a row group: the named columns, their pages checked.
    ///
    /// # Errors
    /// [`LeadError`]: damaged, unreadable; while reading, from the iterator.
    pub(super) fn group_batches(
        &self,
        group_idx: usize,
        names: &[&str],
        n_rows: usize,
    ) -> Result<LeadBatches, LeadError> {
        self.stream.group_batches(group_idx, &self.places(names), n_rows)
    }

    /// The file as messages name it.
    pub(super) fn shown(&self) -> String {
        self.stream.shown()
    }

    /// Positions of the named columns that it has, in its order.
    fn places<T: AsRef<str>>(&self, names: &[T]) -> Vec<usize> {
        let is_named = |column: &FooterColumn| names.iter().any(|name| name.as_ref() == column.name);
        (0..self.columns.len()).filter(|&at| is_named(&self.columns[at])).collect()
    }

    /// Whether it is text, in which types are not known before all of it is read.
    pub(super) fn is_text(&self) -> bool {
        self.stream.is_text()
    }

    /// Rows of the file; one that does not say how many is read through.
    ///
    /// # Errors
    /// [`LeadError`]: damaged, unreadable.
    pub(super) fn count_rows(&self) -> Result<usize, LeadError> {
        self.stream.n_rows().map_or_else(|| self.stream.count_rows(), |n_rows| Ok(n_rows as usize))
    }

    /// Decodes the named columns, in that order; one that the file does not have is absent.
    ///
    /// - `drawn`: which of its rows; all without it.
    ///
    /// # Errors
    /// [`LeadError`] for damage that shows in the pages alone.
    pub(super) fn decode(self, names: &[String], drawn: Option<&BooleanBuffer>) -> Result<Decoded, LeadError> {
        let place = |name: &String| self.columns.iter().position(|column| column.name == *name);
        let places: Vec<Option<usize>> = names.iter().map(place).collect();
        let mut wanted: Vec<usize> = places.iter().copied().flatten().collect();
        wanted.sort_unstable();
        if self.is_text() {
            return self.decode_texts(&places, &wanted, drawn);
        }
        let stream = &self.stream;
        stream.check_pages(&wanted)?;
        let read = |&at: &usize| -> Result<Content, LeadError> {
            let as_words = if stream.may_repeat(at) { &[at][..] } else { &[] };
            let data_type = stream.schema().field(at).data_type();
            let n_said = stream.n_rows().unwrap_or(0) as usize;
            let mut content = GrowingContent::new(data_type, drawn.map_or(n_said, BooleanBuffer::count_set_bits));
            let mut n_before = 0;
            for batch in stream.batches_unchecked(&[at], as_words)? {
                let part = batch?.column(0).clone();
                let n_rows = part.len();
                content.add(&in_words_of(stream.shown(), || drawn_of(part, drawn, n_before))?);
                n_before += n_rows;
            }
            in_words_of(stream.shown(), || content.finish())
        };
        // The first column with a fault, whichever thread found it first.
        let read: Vec<Result<Content, LeadError>> = wanted.par_iter().map(read).collect();
        let mut contents = Vec::with_capacity(wanted.len());
        for (at, content) in wanted.iter().zip(read) {
            contents.push((*at, content?));
        }
        let n_rows_of_file = match (drawn, stream.n_rows(), contents.first()) {
            (Some(drawn), _, _) => drawn.len(),
            (None, Some(n_rows), _) => n_rows as usize,
            (None, None, Some((_, content))) => content.n_rows(),
            (None, None, None) => stream.count_rows()?,
        };
        let n_rows = drawn.map_or(n_rows_of_file, BooleanBuffer::count_set_bits);
        let mut part = |place: &Option<usize>| match place {
            Some(place) => match contents.iter().position(|(at, _)| at == place) {
                Some(found) => Part::Typed(contents.swap_remove(found).1),
                None => Part::Absent(n_rows),
            },
            None => Part::Absent(n_rows),
        };
        let parts = places.iter().map(&mut part).collect();
        Ok(Decoded { parts, n_rows, n_rows_of_file, remarks: Vec::new() })
    }

    fn decode_texts(
        self,
        places: &[Option<usize>],
        wanted: &[usize],
        drawn: Option<&BooleanBuffer>,
    ) -> Result<Decoded, LeadError> {
        let is_wanted = |row: usize| drawn.is_none_or(|drawn| drawn.value(row));
        let (columns, n_rows, remarks) = self.stream.into_cells(wanted, is_wanted)?;
        let n_rows_of_file = drawn.map_or(n_rows, BooleanBuffer::len);
        let mut columns: Vec<Option<Cells>> = columns.into_iter().map(Some).collect();
        let part = |place: &Option<usize>| {
            let found = place.and_then(|place| wanted.binary_search(&place).ok());
            found.and_then(|at| columns[at].take()).map_or(Part::Absent(n_rows), Part::Texts)
        };
        Ok(Decoded { parts: places.iter().map(part).collect(), n_rows, n_rows_of_file, remarks })
    }
}

/// The drawn rows of a part of a column.
///
/// - `n_before`: rows of the file before it.
fn drawn_of(part: ArrayRef, drawn: Option<&BooleanBuffer>, n_before: usize) -> Result<ArrayRef, ArrowError> {
    match drawn {
        None => Ok(part),
        Some(drawn) => filter(&part, &BooleanArray::new(drawn.slice(n_before, part.len()), None)),
    }
}

/// Whether a column can be used.
pub(super) fn is_usable(column: &FooterColumn) -> bool {
    matches!(column.column_type, ColumnType::Usable(_))
}

/// Memory of this machine, the most that a table may claim to unpack to.
pub(super) fn memory_limit() -> u128 {
    all_memory().into()
}

/// Refuses a table that claims more than the machine has.
///
/// # Errors
/// [`LeadError`] with both figures.
pub(super) fn check_claim(shown: &str, n_claimed: u128, limit: u128) -> Result<(), LeadError> {
    if n_claimed <= limit {
        return Ok(());
    }
    Err(LeadError::new(format!(
        "{shown} says it unpacks to {}, and this machine has {} of memory\nhint: if that is right, read fewer columns or fewer \
         files; if it cannot be right, the file is damaged",
        in_words(n_claimed),
        in_words(limit)
    )))
}
