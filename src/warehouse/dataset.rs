//! Dataset: leads as a calibration takes them, from patterns that were counted here or elsewhere.

use std::path::Path;

use super::WarehouseError;
#[cfg(feature = "adbc")]
use super::connect::Connection;
use super::count::{Counted, count, type_in};
use super::expand::expand;
use super::grid::{Cells, Grid};
use super::layout::{Coding, Layout, Part, RoleColumns, Source, TableRole, TypeOf};
use super::patterns::Patterns;
use super::results::read_results;
#[cfg(feature = "adbc")]
use super::results::{counted_of, grid_of};
#[cfg(feature = "adbc")]
use super::sql::Passes;
use crate::card::{Derivation, Input, InputKind};
use crate::data::champion::ChampionCard;
use crate::data::dataset::{Dataset, dataset_of};
use crate::data::features::{CriterionColumn, NumberCells};
use crate::data::inputs::{Tables, read_tables};
use crate::data::read::InputFile;
use crate::notes::{Note, counted};
use crate::progress::Progress;
use crate::settings::{ColumnType, CriterionSource, Settings, WarehouseConfig};

/// Counts the leads of the files that the settings name, as a warehouse would, and makes a dataset of the counts.
///
/// # Errors
/// A [`WarehouseError`] that names file, column or row.
pub fn read_counted(
    settings: &Settings,
    champion: Option<ChampionCard>,
    progress: &mut Progress,
) -> Result<Dataset, WarehouseError> {
    let warehouse = asked(settings)?;
    let tables = read_tables(settings, None, None, progress)?;
    let (layout, roles) = layout_of_tables(&tables, settings, warehouse)?;
    let found = progress.stage("count patterns", || count(&tables, settings, &layout))?;
    drop(tables);
    History { layout, roles, found }.dataset(settings, champion, progress)
}

/// Reads what a warehouse counted into a folder, and makes a dataset of it.
///
/// # Errors
/// A [`WarehouseError`]; [`WarehouseError::Contract`] where the results are not those of these settings, or not whole.
pub fn read_patterns(
    folder: &Path,
    settings: &Settings,
    champion: Option<ChampionCard>,
    progress: &mut Progress,
) -> Result<Dataset, WarehouseError> {
    let warehouse = asked(settings)?;
    let (layout, roles) = layout_of(settings, warehouse, progress)?;
    let found = progress.stage("read patterns", || read_results(folder, settings, &layout))?;
    History { layout, roles, found }.dataset(settings, champion, progress)
}

/// Has a warehouse count its leads, and makes a dataset of the counts.
///
/// # Errors
/// A [`WarehouseError`]: no connection, a statement that fails, results that are not whole.
#[cfg(feature = "adbc")]
pub fn read_connected(
    connection: &mut Connection,
    settings: &Settings,
    champion: Option<ChampionCard>,
    progress: &mut Progress,
) -> Result<Dataset, WarehouseError> {
    let warehouse = asked(settings)?;
    let types = progress.stage("types of columns", || connection.types(settings, warehouse))?;
    let type_of = |table: TableRole, column: &str| {
        warehouse.types.get(column).copied().or_else(|| types.get(&table)?.get(column).copied())
    };
    let (layout, roles) = match Layout::of(settings, warehouse, &type_of) {
        // What the warehouse does not say, files with the same columns may.
        Err(_) if types.is_empty() => layout_of(settings, warehouse, progress)?,
        found => found?,
    };
    let passes = Passes::of(settings, warehouse, layout, connection.dialect())?;
    let values = progress.stage("count values", || connection.result("values", &passes.first()))?;
    let grid = grid_of(&values, &passes.plan, &passes.layout)?;
    let [patterns, totals] = passes.second(&grid);
    let patterns = progress.stage("count patterns", || connection.result("patterns", &patterns))?;
    let totals = progress.stage("count totals", || connection.result("totals", &totals))?;
    let found = counted_of(grid, &patterns, &totals, settings, &passes.layout)?;
    History { layout: passes.layout, roles, found }.dataset(settings, champion, progress)
}

pub(super) fn asked(settings: &Settings) -> Result<&WarehouseConfig, WarehouseError> {
    settings.warehouse.as_ref().ok_or(WarehouseError::NotAsked)
}

/// The layout by the types of the config, and where it leaves some out by those of the files.
pub(super) fn layout_of(
    settings: &Settings,
    warehouse: &WarehouseConfig,
    progress: &mut Progress,
) -> Result<(Layout, RoleColumns), WarehouseError> {
    let by_config: TypeOf<'_> = &|_: TableRole, column: &str| warehouse.types.get(column).copied();
    let found = Layout::of(settings, warehouse, by_config);
    let is_there = settings.leads.path.exists() || settings.in_memory.leads.is_some();
    if found.is_ok() || !is_there {
        return found;
    }
    layout_of_tables(&read_tables(settings, None, None, progress)?, settings, warehouse)
}

/// The layout by the types of the tables.
fn layout_of_tables(
    tables: &Tables,
    settings: &Settings,
    warehouse: &WarehouseConfig,
) -> Result<(Layout, RoleColumns), WarehouseError> {
    let by_table = |table: TableRole, column: &str| type_in(tables, table, column);
    // The config has the last word on a column without a value, and none against what is there.
    let type_of = |table: TableRole, column: &str| by_table(table, column).or(warehouse.types.get(column).copied());
    let columns = || warehouse.types.iter().map(|(column, said)| (column, *said));
    let wrong: Vec<String> = columns()
        .filter_map(|(column, said)| {
            let found = by_table(TableRole::Leads, column).or(by_table(TableRole::Outcomes, column))?;
            (found != said).then(|| contradiction(column, said, found))
        })
        .collect();
    if !wrong.is_empty() {
        return Err(WarehouseError::Types(wrong));
    }
    Layout::of(settings, warehouse, &type_of)
}

fn contradiction(column: &str, said: ColumnType, found: ColumnType) -> String {
    format!("column {column:?} is a {} by `warehouse.types`, and a {} in the file", said.word(), found.word())
}

/// A counted history.
struct History {
    layout: Layout,
    roles: RoleColumns,
    found: Counted,
}

impl History {
    fn dataset(
        self,
        settings: &Settings,
        champion: Option<ChampionCard>,
        progress: &mut Progress,
    ) -> Result<Dataset, WarehouseError> {
        let Self { layout, roles, found: Counted { grid, patterns, n_left_out } } = self;
        let leads = progress.stage("expand", || expand(&patterns, &layout, &grid));
        let sha256 = patterns.sha256(&layout, &grid);
        let file = InputFile {
            path: "patterns".to_owned(),
            table: "patterns".to_owned(),
            sha256,
            n_bytes: 0,
            n_rows: patterns.n.len() as u64,
        };
        let notes = notes(&patterns, n_left_out, &grid, &layout);
        let tables = Tables {
            leads,
            drawn: None,
            outcomes: None,
            events: None,
            files: vec![file],
            notes,
            unsupported: Vec::new(),
            readings: Default::default(),
            doubts: Vec::new(),
        };
        let of_rows = settings_of_rows(settings, &layout, &roles);
        let restate = |columns: &mut [CriterionColumn]| restate(columns, settings, &layout, &grid);
        let dataset = dataset_of(tables, &of_rows, champion, Some(&restate), progress)?;
        Ok(Dataset { config_sha256: settings.fingerprint(), ..dataset })
    }
}

fn notes(patterns: &Patterns, n_left_out: u64, grid: &Grid, layout: &Layout) -> Vec<Note> {
    let leads = counted(patterns.n_leads(), "lead");
    let n_patterns = counted(patterns.n.len() as u64, "pattern");
    let counted_by =
        format!("{leads} were counted as {n_patterns}: by the day, and by what each criterion can tell apart");
    let cut: Vec<String> = (layout.parts.iter().zip(&grid.parts))
        .filter_map(|(part, cells)| match cells {
            Some(Cells::Numbers { low, high }) if low != high => Some(format!("`{}`", part.name)),
            _ => None,
        })
        .collect();
    let of_cells = (!cut.is_empty()).then(|| {
        let text = format!(
            "{} have more different values than cells (`warehouse.cells`), so neighbours share one",
            cut.join(", ")
        );
        Note::new("warehouse", text)
    });
    let left_out = Note::of_some("warehouse", n_left_out as usize, "row", "without id or hand-off took no part");
    std::iter::once(Note::new("warehouse", counted_by)).chain(of_cells).chain(left_out).collect()
}

/// The settings for rows of which every column stands in one table.
fn settings_of_rows(settings: &Settings, layout: &Layout, roles: &RoleColumns) -> Settings {
    let role = |key: &str| roles.0.get(key).cloned();
    let mut of_rows = settings.clone();
    of_rows.outcome.path = None;
    of_rows.outcome.id = None;
    of_rows.outcome.value = None;
    of_rows.outcome.reason = None;
    of_rows.outcome.first_touch = None;
    of_rows.outcome.converted = role("outcome.converted");
    of_rows.outcome.closed = role("outcome.closed");
    of_rows.outcome.disposition = role("outcome.disposition");
    of_rows.outcome.converted_at = role("outcome.converted_at");
    of_rows.leads.as_of = role("leads.as_of");
    of_rows.leads.source = role("leads.source");
    of_rows.leads.segment = role("leads.segment");
    of_rows.leads.team = role("leads.team");
    of_rows.events = None;
    for wish in &mut of_rows.criteria {
        if let Some(part) = part_of(&wish.source, layout) {
            wish.source = CriterionSource::Column(part.name.clone());
        }
    }
    of_rows
}

/// What a criterion is made of in a pattern.
fn part_of<'a>(source: &CriterionSource, layout: &'a Layout) -> Option<&'a Part> {
    layout.parts.iter().find(|part| match (&part.source, source) {
        (Source::Events(rule), CriterionSource::Events(wanted)) => rule == wanted,
        (Source::Column { table: TableRole::Leads, column }, CriterionSource::Column(wanted)) => {
            column == wanted && part.coding != Coding::Whole
        }
        (Source::DaysBefore { column }, CriterionSource::Column(wanted)) => column == wanted,
        _ => false,
    })
}

/// Says what criteria read in production, and which numbers stand for more than themselves.
fn restate(columns: &mut [CriterionColumn], settings: &Settings, layout: &Layout, grid: &Grid) {
    for column in columns {
        let Some(wish) = settings.criteria.iter().find(|wish| wish.name == column.name) else { continue };
        let Some(at) = part_of(&wish.source, layout).and_then(|own| layout.parts.iter().position(|part| part == own))
        else {
            continue;
        };
        let derivation = match &layout.parts[at].source {
            Source::Events(rule) => Some(Derivation::Events {
                kind: rule.kind.clone(),
                within_us: rule.within_us,
                measure: rule.measure.clone(),
            }),
            Source::DaysBefore { column } => Some(Derivation::DaysBefore { column: column.clone() }),
            _ => None,
        };
        if derivation.is_some() {
            column.input = Input { column: wish.name.clone(), kind: InputKind::Number, derivation };
        } else if let CriterionSource::Column(own) = &wish.source {
            column.input.column = own.clone();
        }
        if let Some(Cells::Numbers { low, high }) = &grid.parts[at] {
            column.cells = Some(NumberCells { low: low.clone(), high: high.clone() });
        }
    }
}
