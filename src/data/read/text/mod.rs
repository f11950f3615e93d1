//! Text files and sheets: rows of texts under named columns, whatever surrounds them.
//!
//! In: a file of delimited text, packed or not, in any encoding, or a workbook. Out: [`Rows`]: the records that are leads, and
//! [`LeftOut`], what is none.
//!
//! Start at [`TextTable::open`]. `bytes` unpacks and decodes, `layout` finds separator and header, `sheet` reads workbooks, `rows`
//! walks through the records.
//!
//! Always true: calibrating and scoring walk through the same [`Rows`], so they agree on which row is which; whatever is left out
//! is counted with its line.

mod bytes;
mod layout;
mod left_out;
mod rows;
mod sheet;

use std::path::{Path, PathBuf};

pub(super) use rows::{Cells, Rows};

use super::LeadError;
use super::format::Format;
use super::options::ReadOptions;
use bytes::TextBytes;
use layout::Layout;
use rows::{CsvRecords, RecordSource, SheetRecords};
use sheet::Sheet;

/// A table of texts whose columns are known.
#[derive(Debug)]
pub(super) struct TextTable {
    path: PathBuf,
    layout: Layout,
    source: Source,
    /// What was noticed before the first row: encoding, sheet.
    pub(super) remarks: Vec<String>,
}

#[derive(Debug)]
enum Source {
    Text(TextBytes),
    Sheet(Sheet),
}

impl TextTable {
    /// Finds out how a file is written.
    ///
    /// # Errors
    /// [`LeadError`]: empty, no text, no workbook, two columns of one name, no such sheet.
    pub(super) fn open(format: Format, path: &Path, options: &ReadOptions) -> Result<Self, LeadError> {
        let (source, layout, remarks) = match format {
            Format::Workbook => {
                let sheet = Sheet::read(path, options.sheet.as_deref())?;
                let layout = Layout::of_sheet(sheet.rows());
                let remarks = sheet.remark().into_iter().collect();
                (Source::Sheet(sheet), layout, remarks)
            }
            _ => {
                let text = TextBytes::open(path, options.encoding)?;
                let layout = Layout::of_text(path, &text.head(path)?)?;
                let remarks = text.remark().into_iter().collect();
                (Source::Text(text), layout, remarks)
            }
        };
        let layout = layout.ok_or_else(|| LeadError::no_bytes(path.display()))?;
        layout.check_names(path)?;
        Ok(Self { path: path.to_owned(), layout, source, remarks })
    }

    /// Names of the columns; one that has none in the file is called by its position.
    pub(super) fn columns(&self) -> &[String] {
        &self.layout.columns
    }

    /// The records that are leads.
    ///
    /// # Errors
    /// [`LeadError`]: unreadable.
    pub(super) fn rows(&self) -> Result<Rows, LeadError> {
        let source: Box<dyn RecordSource> = match &self.source {
            Source::Text(text) => Box::new(CsvRecords::new(text.reader(&self.path)?, &self.path, &self.layout)),
            Source::Sheet(sheet) => Box::new(SheetRecords::new(sheet)),
        };
        Ok(Rows::new(source, &self.path, &self.layout))
    }
}
