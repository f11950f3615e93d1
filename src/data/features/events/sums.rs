//! Sums: the columns of the event table that are added up.

use crate::card::Measure;
use crate::data::DataError;
use crate::data::columns::UserTable;
use crate::data::table::Table;
use crate::settings::EventRule;

/// A column that is added up.
#[derive(Debug, Clone)]
pub(super) struct SumColumn {
    pub name: String,
    /// The first value of it that cannot be added up.
    pub broken: Option<DataError>,
    /// The key of the first criterion that asks for it.
    key: String,
    is_there: bool,
}

impl SumColumn {
    /// The columns that these rules add up.
    pub(super) fn of(rules: &[(&str, &EventRule)], header: &Table) -> Vec<Self> {
        let mut sums: Vec<Self> = Vec::new();
        for (name, rule) in rules {
            let Measure::Sum { column } = &rule.measure else { continue };
            if !sums.iter().any(|sum| sum.name == *column) {
                sums.push(Self {
                    name: column.clone(),
                    broken: None,
                    key: format!("criterion[{name}].events.measure"),
                    is_there: header.names.contains(column),
                });
            }
        }
        sums
    }

    /// Amounts of a piece; a missing one adds nothing.
    pub(super) fn amounts(&self, piece: UserTable<'_>) -> Result<Vec<Option<i64>>, DataError> {
        if !self.is_there {
            return Ok(Vec::new());
        }
        let hint = "sums are exact in whole numbers only; store cents instead of euros, or round first";
        piece.column(&self.key, &self.name)?.to_whole_numbers(hint)
    }
}
