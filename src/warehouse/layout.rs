//! Layout: what a pattern is made of, in the order of its columns.

use std::collections::BTreeMap;

use super::WarehouseError;
use crate::card::{InputKind, Measure};
use crate::settings::{ColumnType, CriterionSource, EventRule, EventsConfig, Settings, WarehouseConfig};

/// The tables of a history, and which of their columns make a pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// What each whole number of a pattern says.
    pub parts: Vec<Part>,
    /// Column with the lead's id.
    pub id: String,
    /// Column with the moment of hand-off.
    pub as_of: Option<(String, ColumnType)>,
    /// Most cells of a number.
    pub n_cells: u32,
}

/// One whole number of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// Column of the expanded table; unique.
    pub name: String,
    /// What it is made of.
    pub source: Source,
    /// What the whole number says.
    pub coding: Coding,
}

/// What a part is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// A column as it stands.
    Column {
        /// Whose column.
        table: TableRole,
        /// The user's column.
        column: String,
    },
    /// Whole days from a column of the leads to the hand-off; missing where it comes after.
    DaysBefore {
        /// The user's column.
        column: String,
    },
    /// What is counted of events up to the hand-off.
    Events(EventRule),
    /// Day of the hand-off.
    AsOfDay,
    /// When the lead converted: whole days from the day of the hand-off, rounded away from it; without a hand-off the day itself.
    Converted {
        /// Whose column.
        table: TableRole,
        /// The user's column.
        column: String,
        /// Whether it has a time of day.
        column_type: ColumnType,
    },
}

/// A table of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TableRole {
    /// One row per hand-off.
    Leads,
    /// What became of them.
    Outcomes,
}

/// What the whole number of a part says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Position of the cell of a number, from 1; 0 where there is none.
    Number,
    /// Position of a text, from 1; 0 where there is none.
    Text,
    /// 1 for no, 2 for yes, 0 where nobody says.
    Boolean,
    /// Itself, or nothing.
    Whole,
}

/// What a column has to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Values of this kind.
    Kind(InputKind),
    /// Numbers without a fraction that 64 bits hold.
    Whole,
    /// Days or moments.
    Time,
}

/// What a column of a table has to hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Demand {
    /// Whose column; `None` for the table of events.
    pub table: Option<TableRole>,
    /// The user's column.
    pub column: String,
    /// What it has to hold.
    pub form: Form,
}

/// Names of the columns that [`Settings`] give roles, once they all stand in one table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RoleColumns(pub BTreeMap<&'static str, String>);

/// Which type a column has; `None` where nobody knows.
pub(super) type TypeOf<'a> = &'a dyn Fn(TableRole, &str) -> Option<ColumnType>;

impl Layout {
    /// The layout for these settings.
    ///
    /// - returns: with it the columns of the roles under the names they have once outcomes stand beside their leads.
    ///
    /// # Errors
    /// [`WarehouseError::Types`] with every column whose type is not known or does not fit.
    pub(super) fn of(
        settings: &Settings,
        warehouse: &WarehouseConfig,
        type_of: TypeOf<'_>,
    ) -> Result<(Self, RoleColumns), WarehouseError> {
        let mut making = Making { parts: Vec::new(), roles: RoleColumns::default(), unknown: Vec::new(), type_of };
        let as_of = settings.leads.as_of.clone();
        let as_of = as_of.map(|column| {
            let column_type = making.typed(TableRole::Leads, &column, &[ColumnType::Moment, ColumnType::Day]);
            making.add_role("leads.as_of", &column, Source::AsOfDay, Coding::Whole);
            (column, column_type)
        });
        for wish in &settings.criteria {
            match &wish.source {
                CriterionSource::Column(column) => making.add_criterion(column, as_of.is_some()),
                CriterionSource::Events(rule) => {
                    making.part(&wish.name, "events", Source::Events(rule.clone()), Coding::Number);
                }
            }
        }
        let outcome = &settings.outcome;
        let of_outcome = if has_outcome_table(settings) { TableRole::Outcomes } else { TableRole::Leads };
        let leads = &settings.leads;
        for (key, table, column) in [
            ("outcome.converted", of_outcome, &outcome.converted),
            ("outcome.closed", of_outcome, &outcome.closed),
            ("outcome.disposition", of_outcome, &outcome.disposition),
            ("leads.source", TableRole::Leads, &leads.source),
            ("leads.segment", TableRole::Leads, &leads.segment),
            ("leads.team", TableRole::Leads, &leads.team),
        ] {
            if let Some(column) = column {
                making.add_plain(key, table, column);
            }
        }
        settings
            .segments
            .fairness
            .iter()
            .for_each(|column| making.add_plain("segments.fairness", TableRole::Leads, column));
        if let Some(column) = settings.folds.column() {
            let source = Source::Column { table: TableRole::Leads, column: column.to_owned() };
            making.add_role("folds.column", column, source, Coding::Whole);
        }
        if let Some(column) = &outcome.converted_at {
            let column_type = making.typed(of_outcome, column, &[ColumnType::Moment, ColumnType::Day]);
            let source = Source::Converted { table: of_outcome, column: column.clone(), column_type };
            making.add_role("outcome.converted_at", column, source, Coding::Whole);
        }
        let Making { parts, roles, unknown, .. } = making;
        if !unknown.is_empty() {
            return Err(WarehouseError::Types(unknown));
        }
        let id = leads.id.clone().unwrap_or_default();
        Ok((Self { parts, id, as_of, n_cells: warehouse.cells }, roles))
    }

    /// Parts that are counted from events, with their rules.
    pub(super) fn event_rules(&self) -> impl Iterator<Item = (&str, &EventRule)> {
        self.parts.iter().filter_map(|part| match &part.source {
            Source::Events(rule) => Some((part.name.as_str(), rule)),
            _ => None,
        })
    }

    /// What every column has to hold, each once; what a database does not see to is counted.
    pub(super) fn demands(&self, events: Option<&EventsConfig>) -> Vec<Demand> {
        let as_of = self.as_of.iter().map(|(column, _)| (Some(TableRole::Leads), column, Form::Time));
        let of_parts = self.parts.iter().filter_map(|part| match &part.source {
            Source::Column { table, column } => Some((Some(*table), column, part.coding.form())),
            Source::DaysBefore { column } => Some((Some(TableRole::Leads), column, Form::Time)),
            Source::Converted { table, column, .. } => Some((Some(*table), column, Form::Time)),
            Source::Events(EventRule { measure: Measure::Sum { column }, .. }) => Some((None, column, Form::Whole)),
            Source::Events(_) | Source::AsOfDay => None,
        });
        let has_events = self.event_rules().next().is_some();
        let of_events = events.filter(|_| has_events).map(|events| (None, &events.at, Form::Time));
        let mut demands: Vec<Demand> = Vec::new();
        for (table, column, form) in as_of.chain(of_parts).chain(of_events) {
            let demand = Demand { table, column: column.clone(), form };
            if !demands.contains(&demand) {
                demands.push(demand);
            }
        }
        demands
    }

    /// Kinds of events that are counted, each once.
    pub(super) fn kinds(&self) -> Vec<&str> {
        let mut kinds: Vec<&str> = Vec::new();
        for kind in self.event_rules().filter_map(|(_, rule)| rule.kind.as_deref()) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds
    }

    /// Columns of events that are added up, each once.
    pub(super) fn sum_columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = Vec::new();
        for (_, rule) in self.event_rules() {
            if let Measure::Sum { column } = &rule.measure
                && !columns.contains(&column.as_str())
            {
                columns.push(column);
            }
        }
        columns
    }

    /// Positions of the parts that have a grid.
    pub(super) fn coded(&self) -> impl Iterator<Item = usize> {
        (0..self.parts.len()).filter(|&at| matches!(self.parts[at].coding, Coding::Number | Coding::Text))
    }

    /// Whether hand-offs are days without a time.
    pub(super) fn are_days(&self) -> bool {
        self.as_of.as_ref().is_some_and(|(_, of)| *of == ColumnType::Day)
    }

    /// Position of the part with the conversion, its column, and what that holds.
    pub(super) fn conversion(&self) -> Option<(usize, &str, ColumnType)> {
        self.parts.iter().enumerate().find_map(|(at, part)| match &part.source {
            Source::Converted { column, column_type, .. } => Some((at, column.as_str(), *column_type)),
            _ => None,
        })
    }

    /// Position of the part with the day of the hand-off.
    pub(super) fn day_part(&self) -> Option<usize> {
        self.parts.iter().position(|part| part.source == Source::AsOfDay)
    }
}

impl Coding {
    fn form(self) -> Form {
        match self {
            Self::Number => Form::Kind(InputKind::Number),
            Self::Text => Form::Kind(InputKind::Text),
            Self::Boolean => Form::Kind(InputKind::Boolean),
            Self::Whole => Form::Whole,
        }
    }
}

impl Form {
    /// What a column of it holds.
    fn in_words(self) -> &'static str {
        match self {
            Self::Kind(kind) => kind.in_words(),
            Self::Whole => "whole numbers of 64 bits",
            Self::Time => "days or moments",
        }
    }
}

impl Demand {
    /// What is wrong where it is not met, as the totals call it.
    pub(super) fn unmet(&self) -> String {
        let table = match self.table {
            Some(TableRole::Leads) => "lead",
            Some(TableRole::Outcomes) => "outcome",
            None => "event",
        };
        format!("column {:?} ({table} table) holds something else than {}", self.column, self.form.in_words())
    }
}

impl Source {
    /// Whose column it is made of.
    pub(super) fn table(&self) -> TableRole {
        match self {
            Self::Column { table, .. } | Self::Converted { table, .. } => *table,
            Self::DaysBefore { .. } | Self::Events(_) | Self::AsOfDay => TableRole::Leads,
        }
    }
}

/// Whether outcomes have a table of their own.
pub(super) fn has_outcome_table(settings: &Settings) -> bool {
    settings.outcome.path.is_some() || settings.warehouse.as_ref().is_some_and(|warehouse| warehouse.outcomes.is_some())
}

struct Making<'a> {
    parts: Vec<Part>,
    roles: RoleColumns,
    /// Columns of no known type or a wrong one, with the key that asks for each.
    unknown: Vec<String>,
    type_of: TypeOf<'a>,
}

impl Making<'_> {
    /// The type of a column that has to be one of `wanted`; the first of them where it is another, which is put down.
    fn typed(&mut self, table: TableRole, column: &str, wanted: &[ColumnType]) -> ColumnType {
        match (self.type_of)(table, column) {
            Some(found) if wanted.contains(&found) => found,
            found => {
                let words: Vec<&str> = wanted.iter().map(|wanted| wanted.word()).collect();
                let found = found.map_or_else(
                    || "nobody says what it holds".to_owned(),
                    |found| format!("it is a {}", found.word()),
                );
                let text = format!("column {column:?} has to be a {}, and {found}", words.join(" or a "));
                if !self.unknown.contains(&text) {
                    self.unknown.push(text);
                }
                wanted[0]
            }
        }
    }

    fn add_criterion(&mut self, column: &str, has_as_of: bool) {
        use ColumnType::{Boolean, Day, Moment, Number, Text};
        let wanted: &[ColumnType] =
            if has_as_of { &[Text, Number, Boolean, Day, Moment] } else { &[Text, Number, Boolean] };
        let coding = coding_of(self.typed(TableRole::Leads, column, wanted));
        match coding {
            Some(coding) => {
                let source = Source::Column { table: TableRole::Leads, column: column.to_owned() };
                self.part(column, "leads", source, coding);
            }
            None => {
                let source = Source::DaysBefore { column: column.to_owned() };
                self.part(&format!("days before {column}"), "leads", source, Coding::Number);
            }
        }
    }

    fn add_plain(&mut self, key: &'static str, table: TableRole, column: &str) {
        let found = self.typed(table, column, &[ColumnType::Text, ColumnType::Number, ColumnType::Boolean]);
        let source = Source::Column { table, column: column.to_owned() };
        self.add_role(key, column, source, coding_of(found).unwrap_or(Coding::Text));
    }

    fn add_role(&mut self, key: &'static str, column: &str, source: Source, coding: Coding) {
        let name = self.part(column, "outcome", source, coding);
        // Several columns are compared; each keeps its own name.
        if key != "segments.fairness" {
            self.roles.0.insert(key, name);
        }
    }

    /// Adds a part once; gives the name of its column.
    fn part(&mut self, name: &str, whose: &str, source: Source, coding: Coding) -> String {
        if let Some(known) = self.parts.iter().find(|part| part.source == source && part.coding == coding) {
            return known.name.clone();
        }
        let is_taken = |name: &str| self.parts.iter().any(|part| part.name == name);
        let mut unique = name.to_owned();
        while is_taken(&unique) {
            unique = format!("{unique} ({whose})");
        }
        self.parts.push(Part { name: unique.clone(), source, coding });
        unique
    }
}

/// How a column that is no time is coded.
fn coding_of(column_type: ColumnType) -> Option<Coding> {
    match column_type {
        ColumnType::Number => Some(Coding::Number),
        ColumnType::Text => Some(Coding::Text),
        ColumnType::Boolean => Some(Coding::Boolean),
        ColumnType::Day | ColumnType::Moment => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::testing::{small_layout, small_settings};

    fn types_of(settings: &Settings) -> Result<(Layout, RoleColumns), String> {
        let warehouse = settings.warehouse.as_ref().expect("a warehouse");
        let type_of = |_: TableRole, column: &str| warehouse.types.get(column).copied();
        Layout::of(settings, warehouse, &type_of).map_err(|error| error.to_string())
    }

    #[test]
    fn a_pattern_has_a_whole_number_for_everything_a_card_looks_at() {
        let (layout, roles) = small_layout(&small_settings(&[]));
        let parts: Vec<(&str, Coding)> = layout.parts.iter().map(|part| (part.name.as_str(), part.coding)).collect();
        let expected = [
            ("at", Coding::Whole),
            ("need", Coding::Text),
            ("size", Coding::Number),
            ("asked", Coding::Boolean),
            ("days before since", Coding::Number),
            ("visits", Coding::Number),
            ("pages", Coding::Number),
            ("active", Coding::Number),
            ("last", Coding::Number),
            ("won_on", Coding::Whole),
        ];
        assert_eq!(parts, expected);
        assert_eq!(roles.0["outcome.converted_at"], "won_on");
    }

    #[test]
    fn a_column_with_two_roles_is_one_part() {
        let settings = small_settings(&[("as_of = \"at\"", "as_of = \"at\"\nsegment = \"need\"\nteam = \"need\"")]);
        let (layout, roles) = small_layout(&settings);
        assert_eq!(layout.parts, small_layout(&small_settings(&[])).0.parts);
        assert_eq!([&roles.0["leads.segment"], &roles.0["leads.team"]], ["need", "need"]);
    }

    #[test]
    fn every_column_of_no_known_or_a_wrong_type_is_named_once() {
        let settings = small_settings(&[("need = \"text\", ", ""), ("at = \"moment\"", "at = \"text\"")]);
        assert_eq!(
            types_of(&settings).expect_err("types are missing"),
            "column \"at\" has to be a moment or a day, and it is a text\n\
             column \"need\" has to be a text or a number or a boolean or a day or a moment, and nobody says what it holds\n\
             hint: say so under [warehouse], types = { column = \"text\" } (number, text, boolean, day, moment), or let `leads.path` lead to a \
             file with the same columns"
        );
    }

    #[test]
    fn what_columns_have_to_hold_is_asked_once_each() {
        let settings = small_settings(&[]);
        let (layout, _) = small_layout(&settings);
        let unmet: Vec<String> = layout.demands(settings.events.as_ref()).iter().map(Demand::unmet).collect();
        assert_eq!(unmet[0], "column \"at\" (lead table) holds something else than days or moments");
        assert!(
            unmet.contains(
                &"column \"pages\" (event table) holds something else than whole numbers of 64 bits".to_owned()
            )
        );
        assert!(unmet.contains(&"column \"at\" (event table) holds something else than days or moments".to_owned()));
        assert_eq!((layout.kinds(), layout.sum_columns()), (vec!["visit", "call"], vec!["pages"]));
    }
}
