//! Rows: a few columns of a streamed file as a table, row for row as the stream gives them.
//!
//! Always true: one reader counts the rows, and settles what texts mean, as [`super::read_table`] does.

use super::LeadError;
use super::content::content_of;
use super::options::ReadOptions;
use super::stream::{LeadStream, in_words_of};
use super::text::Cells;
use super::values::{Surroundings, settle};
use crate::data::table::{Column, Content, EncodedTexts, Table};

impl LeadStream {
    /// The columns at these positions, in the order of the file.
    ///
    /// # Errors
    /// Those of [`LeadStream::batches`].
    pub fn into_table(self, columns: &[usize], options: &ReadOptions) -> Result<Table, LeadError> {
        let mut wanted = columns.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let is_untyped = self.is_text();
        let names: Vec<String> = wanted.iter().map(|&at| self.schema().field(at).name().clone()).collect();
        let (contents, n_rows) = if is_untyped {
            let (cells, n_rows, _) = self.into_cells(&wanted, |_| true)?;
            (cells.iter().map(texts_of).collect(), n_rows)
        } else {
            let (shown, schema) = (self.shown(), self.schema().clone());
            let batches = self.batches(&wanted, &[])?.collect::<Result<Vec<_>, LeadError>>()?;
            let content = |(at, &idx): (usize, &usize)| {
                let parts: Vec<_> = batches.iter().map(|batch| batch.column(at).clone()).collect();
                content_of(schema.field(idx).data_type(), &parts)
            };
            let contents: Vec<Content> = in_words_of(&shown, || wanted.iter().enumerate().map(content).collect())?;
            (contents, batches.iter().map(arrow_array::RecordBatch::num_rows).sum())
        };
        let columns = names.iter().zip(contents).map(|(name, content)| Column { name: name.clone(), content });
        let settled = settle(columns.collect(), Surroundings { options, is_untyped });
        Ok(Table { columns: settled.into_iter().map(|settled| settled.column).collect(), n_rows, names })
    }
}

/// Texts as they stand; those that are plain numbers need not be told apart.
pub(super) fn texts_of(cells: &Cells) -> Content {
    super::values::plain_numbers(cells.iter()).unwrap_or_else(|| Content::Texts(EncodedTexts::encode(cells.iter())))
}
