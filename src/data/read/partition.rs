//! Columns from `key=value` folders: whole numbers, days or text, whichever all their values are.

use arrow_schema::DataType;

use super::find::LocalFile;
use crate::data::table::{Content, EncodedTexts, Nullable};

/// A column made from folder names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PartitionColumn {
    pub name: String,
    pub data_type: DataType,
    position: usize,
}

/// The columns that the folders of these files make.
pub(super) fn partition_columns(files: &[LocalFile]) -> Vec<PartitionColumn> {
    let Some(first) = files.first() else { return Vec::new() };
    let names = first.partition.iter().map(|(name, _)| name.clone()).enumerate();
    let column = |(position, name): (usize, String)| {
        let values = || files.iter().filter_map(move |file| file.partition[position].1.as_deref());
        let data_type = if values().next().is_none() {
            DataType::Utf8
        } else if values().all(|value| whole_number(value).is_some()) {
            DataType::Int64
        } else if values().all(|value| crate::settings::parse_day(value).is_ok()) {
            DataType::Date32
        } else {
            DataType::Utf8
        };
        PartitionColumn { name, data_type, position }
    };
    names.map(column).collect()
}

impl PartitionColumn {
    /// The column for the rows of one file.
    pub(super) fn of_file(&self, file: &LocalFile, n_rows: usize) -> Content {
        let value = file.partition[self.position].1.as_deref();
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        let days = |value: &str| {
            let day = crate::settings::parse_day(value).ok()?;
            epoch.until(day).ok().map(|span| span.get_days())
        };
        match self.data_type {
            DataType::Int64 => Content::Whole(Nullable::collect((0..n_rows).map(|_| value.and_then(whole_number)), 0)),
            DataType::Date32 => Content::Days(Nullable::collect((0..n_rows).map(|_| value.and_then(days)), 0)),
            _ => Content::Texts(EncodedTexts::encode((0..n_rows).map(|_| value))),
        }
    }
}

/// A whole number as it would be written again: `007` is a code, not a number.
fn whole_number(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    let is_padded_month = text.len() == 2 && text.starts_with('0');
    (number.to_string() == text || is_padded_month).then_some(number)
}
