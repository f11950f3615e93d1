//! Tables that are in memory already, handed over in the place of files.
//!
//! Always true: messages and the manifest call such a table by the path of the settings; the settings' fingerprint knows
//! nothing of it, as it knows nothing of where files lie.

use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

/// A table as Arrow record batches of one schema.
#[derive(Clone)]
pub struct TableInMemory {
    schema: SchemaRef,
    batches: Arc<[RecordBatch]>,
}

/// The tables that are not read from files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TablesInMemory {
    /// In the place of `leads.path`.
    pub leads: Option<TableInMemory>,
    /// In the place of `outcome.path`.
    pub outcomes: Option<TableInMemory>,
    /// In the place of `events.path`.
    pub events: Option<TableInMemory>,
}

impl TableInMemory {
    /// - `batches`: all of this schema.
    pub fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Self { schema, batches: batches.into() }
    }

    /// Its columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Its rows.
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// Number of its rows.
    pub fn n_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

/// The same rows in the same place; equal values elsewhere are another table.
impl PartialEq for TableInMemory {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.batches, &other.batches)
    }
}

impl fmt::Debug for TableInMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows of {} columns in memory", self.n_rows(), self.schema.fields().len())
    }
}
