//! How files are read where they do not say it themselves.

use std::collections::BTreeMap;

use encoding_rs::Encoding;

use super::Room;
use crate::card::{Card, Reading};
use crate::settings::{DateOrder, LeadsConfig, TableInMemory};

/// What the user, or a card, says about files.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// Encoding of text that is not UTF-8.
    pub encoding: Option<&'static Encoding>,
    /// Which comes first in 05/03/2026.
    pub dates: Option<DateOrder>,
    /// Rules that a card states for columns.
    pub readings: BTreeMap<String, Reading>,
    /// How much memory there is; rows are drawn where a table does not fit. `None`: all rows, whatever they take.
    pub room: Option<Room>,
    /// The table itself, where it is in memory; no file is looked for then.
    pub in_memory: Option<TableInMemory>,
}

impl ReadOptions {
    /// What the config says, and the rules of a card that the leads are held against.
    pub fn new(leads: &LeadsConfig, card: Option<&Card>) -> Self {
        Self {
            sheet: leads.sheet.clone(),
            encoding: leads.encoding.as_deref().and_then(|label| Encoding::for_label(label.as_bytes())),
            dates: leads.dates,
            readings: card.map(|card| card.readings.clone()).unwrap_or_default(),
            room: None,
            in_memory: None,
        }
    }

    /// The same for a table that may be in memory.
    pub fn of_table(self, in_memory: Option<&TableInMemory>) -> Self {
        Self { in_memory: in_memory.cloned(), ..self }
    }
}
