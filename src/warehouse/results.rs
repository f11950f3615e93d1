//! Results: what a warehouse counted, read back and held against what the statements promise.
//!
//! A result is a Parquet or CSV file named after what it holds: `values`, `patterns`, `totals`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::WarehouseError;
use super::count::Counted;
use super::grid::{Cells, Grid};
use super::layout::{Coding, Layout, has_outcome_table};
use super::patterns::{NONE, Patterns};
use super::sql::{beyond, events_of, part_name, plan_of, plan_with};
use crate::data::columns::{UserTable, show_day};
use crate::data::read::{Columns, ReadOptions, read_table};
use crate::notes::{count, counted};
use crate::settings::{LeadsConfig, Settings, US_PER_DAY};

/// The result of the first pass.
pub(super) const VALUES: &str = "values";
/// The result of the second pass.
pub(super) const PATTERNS: &str = "patterns";
/// What both are checked against.
pub(super) const TOTALS: &str = "totals";

const AGAIN: &str = "run `bantam sql` with this config and folder, and its statements, again";
const IN_A_VIEW: &str = "make a column of what is asked for in a view; of amounts store cents instead of euros, or round";
const AS_PRINTED: &str = "keep the file as the database wrote it: one row per line, names of columns in the first";

/// The grid that the values of the first pass come to; `None` where they are not there yet.
///
/// # Errors
/// [`WarehouseError::Contract`].
pub(super) fn read_grid(folder: &Path, plan: &str, layout: &Layout) -> Result<Option<Grid>, WarehouseError> {
    let Some(result) = ResultFile::find(folder, VALUES)? else { return Ok(None) };
    result.check_plan(plan)?;
    let (parts, low, high) = (result.whole("part")?, result.numbers("low")?, result.numbers("high")?);
    let (answers, n) = (result.texts("answer")?, result.counts("n")?);
    let coded: Vec<usize> = layout.coded().collect();
    let mut cells: Vec<Vec<[f64; 2]>> = vec![Vec::new(); coded.len()];
    let mut texts: Vec<Vec<String>> = vec![Vec::new(); coded.len()];
    let mut n_of_part = vec![0_u64; coded.len()];
    for row in 0..result.n_rows {
        let strange = |what: String| result.contract(format!("row {}: {what}", row + 1), AGAIN);
        let part = parts[row].unwrap_or_default();
        let nth = usize::try_from(part - 1).ok().filter(|nth| *nth < coded.len());
        let nth = nth.ok_or_else(|| strange(format!("there is no part {part}")))?;
        n_of_part[nth] += n[row];
        match (layout.parts[coded[nth]].coding, low[row], high[row], &answers[row]) {
            (_, None, None, None) => {}
            (Coding::Number, Some(low), Some(high), None) if low <= high => {
                cells[nth].push([low, high].map(|end| end.clamp(f64::MIN, f64::MAX)));
            }
            (Coding::Text, None, None, Some(text)) => {
                let marked = text.strip_prefix('t').and_then(|text| text.strip_suffix('t'));
                texts[nth]
                    .push(marked.ok_or_else(|| strange(format!("{text:?} is no text of the statement")))?.to_owned());
            }
            _ => return Err(strange("it is neither a cell of numbers nor a text".to_owned())),
        }
    }
    if let Some(nth) = (1..coded.len()).find(|&nth| n_of_part[nth] != n_of_part[0]) {
        let names = [0, nth].map(|nth| format!("{:?}", layout.parts[coded[nth]].name));
        let [one, other] = [0, nth].map(|nth| count(n_of_part[nth]));
        let what = format!("{} has {one} leads and {} has {other}, so it is not whole", names[0], names[1]);
        return Err(result.contract(what, AGAIN));
    }
    let mut parts = vec![None; layout.parts.len()];
    for ((&at, mut cells), mut texts) in coded.iter().zip(cells).zip(texts) {
        parts[at] = Some(match layout.parts[at].coding {
            Coding::Text => {
                texts.sort_unstable();
                if let Some(pair) = texts.windows(2).find(|pair| pair[0] == pair[1]) {
                    return Err(result.contract(format!("{:?} is there twice", pair[0]), AGAIN));
                }
                Cells::Texts(texts)
            }
            _ => {
                cells.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]));
                if let Some(pair) = cells.windows(2).find(|pair| pair[0][1] >= pair[1][0]) {
                    let what = format!("cells {:?} and {:?} of {:?} overlap", pair[0], pair[1], layout.parts[at].name);
                    return Err(result.contract(what, AGAIN));
                }
                Cells::Numbers {
                    low: cells.iter().map(|cell| cell[0]).collect(),
                    high: cells.iter().map(|cell| cell[1]).collect(),
                }
            }
        });
    }
    let grid = Grid { parts };
    grid.check(layout, &result.shown())?;
    Ok(Some(grid))
}

/// Reads the results of both passes.
///
/// # Errors
/// [`WarehouseError::Contract`] where they are not those of these settings, or not whole.
pub(super) fn read_results(folder: &Path, settings: &Settings, layout: &Layout) -> Result<Counted, WarehouseError> {
    let plan = plan_of(settings, layout);
    let missing = |stem: &str| {
        let file = format!("{}/{stem}.parquet or .csv", folder.display());
        WarehouseError::Contract {
            file,
            what: "is not there".to_owned(),
            hint: "the README.md that `bantam sql` wrote says how it is made",
        }
    };
    let grid = read_grid(folder, &plan, layout)?.ok_or_else(|| missing(VALUES))?;
    let plan = plan_with(&plan, &grid);
    let found = ResultFile::find(folder, PATTERNS)?.ok_or_else(|| missing(PATTERNS))?;
    found.check_plan(&plan)?;
    let columns = (0..layout.parts.len()).map(|at| found.codes(&part_name(at), layout.parts[at].coding));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let patterns = Patterns::of(columns, found.counts("n")?, layout, &grid);
    let patterns = patterns.map_err(|what| found.contract(what, AGAIN))?;
    let totals = ResultFile::find(folder, TOTALS)?.ok_or_else(|| missing(TOTALS))?;
    totals.check_plan(&plan)?;
    let n_rows = check_totals(&totals, &found, &patterns, layout, settings)?;
    let n_left_out = n_rows.saturating_sub(patterns.n_leads());
    Ok(Counted { grid, patterns, n_left_out })
}

/// Holds the patterns against the totals; gives the rows of the lead table.
fn check_totals(
    totals: &ResultFile,
    found: &ResultFile,
    patterns: &Patterns,
    layout: &Layout,
    settings: &Settings,
) -> Result<u64, WarehouseError> {
    let (what, at, n) = (totals.texts("what")?, totals.whole("day")?, totals.counts("n")?);
    let of = |wanted: &str| {
        let row = (0..totals.n_rows).find(|&row| what[row].as_deref() == Some(wanted));
        row.map(|row| n[row]).ok_or_else(|| totals.contract(format!("does not say {wanted:?}"), AGAIN))
    };
    patterns.check_total(of("leads")?, &found.shown())?;
    let mut repeated = vec![
        ("repeated hand-offs", "keep one row of each lead and hand-off in a view, and name that in `warehouse.leads`"),
        ("repeated outcomes", "keep one row of each lead in a view, and name that in `warehouse.outcomes`"),
    ];
    repeated.truncate(if has_outcome_table(settings) { 2 } else { 1 });
    for (repeated, hint) in repeated {
        let n = of(repeated)?;
        if n > 0 {
            let what = format!("{} {repeated}: nobody can say which of the rows counts", count(n));
            return Err(totals.contract(what, hint));
        }
    }
    let demands = layout.demands(settings.events.as_ref());
    let unmet = demands.iter().map(|demand| (demand.unmet(), IN_A_VIEW));
    let beyond = layout.sum_columns().into_iter().map(|sum| (beyond(sum), "use a coarser unit in a view"));
    for (unmet, hint) in unmet.chain(beyond) {
        let n = of(&unmet)?;
        if n > 0 {
            return Err(totals.contract(format!("{}: {unmet}", counted(n, "row")), hint));
        }
    }
    for kind in layout.kinds() {
        if of(&events_of(kind))? == 0 {
            let hint = "look at how the kind is written; its criterion would say 0 for everybody";
            return Err(totals.contract(format!("no event is of kind {kind:?}"), hint));
        }
    }
    if let Some(part) = layout.day_part() {
        let mut of_day = BTreeMap::<i64, i64>::new();
        for row in (0..totals.n_rows).filter(|&row| what[row].as_deref() == Some("day")) {
            *of_day.entry(at[row].unwrap_or(NONE)).or_default() += n[row] as i64;
        }
        for (day, n) in patterns.columns[part].iter().zip(&patterns.n) {
            *of_day.entry(*day).or_default() -= *n as i64;
        }
        if let Some((day, n)) = of_day.into_iter().find(|(_, n)| *n != 0) {
            let day = show_day(day.saturating_mul(US_PER_DAY));
            let (n, more) = (counted(n.unsigned_abs(), "lead"), if n > 0 { "fewer" } else { "more" });
            return Err(found.contract(format!("of {day} there are {n} {more} than by the totals"), AGAIN));
        }
    }
    of("rows")
}

/// A result as a file holds it.
struct ResultFile {
    path: PathBuf,
    n_rows: usize,
    content: Content,
}

enum Content {
    Table(crate::data::table::Table),
    /// Names, and cells row by row.
    Csv(Vec<String>, Vec<csv::StringRecord>),
}

impl ResultFile {
    fn find(folder: &Path, stem: &str) -> Result<Option<Self>, WarehouseError> {
        let of_ending = |ending: &str| folder.join(format!("{stem}.{ending}"));
        let (parquet, csv) = (of_ending("parquet"), of_ending("csv"));
        if parquet.exists() && csv.exists() {
            let file = parquet.display().to_string();
            let what = format!("there is {} as well", csv.display());
            return Err(WarehouseError::Contract { file, what, hint: "keep the newer one" });
        }
        if parquet.exists() {
            let options = ReadOptions::new(&LeadsConfig::default(), None);
            let read = read_table(&parquet.to_string_lossy(), stem, Columns::All, &options)?;
            return Ok(Some(Self { path: parquet, n_rows: read.table.n_rows, content: Content::Table(read.table) }));
        }
        if !csv.exists() {
            return Ok(None);
        }
        let unreadable = |error: csv::Error| WarehouseError::Contract {
            file: csv.display().to_string(),
            what: error.to_string(),
            hint: AS_PRINTED,
        };
        let mut reader = csv::Reader::from_path(&csv).map_err(unreadable)?;
        let names = reader.headers().map_err(unreadable)?.iter().map(|name| name.trim().to_owned()).collect();
        let rows = reader.records().collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        Ok(Some(Self { path: csv, n_rows: rows.len(), content: Content::Csv(names, rows) }))
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }

    fn contract(&self, what: String, hint: &'static str) -> WarehouseError {
        WarehouseError::Contract { file: self.shown(), what, hint }
    }

    fn check_plan(&self, plan: &str) -> Result<(), WarehouseError> {
        let plans = self.texts("plan")?;
        match plans.iter().position(|found| found.as_deref() != Some(plan)) {
            None if plans.is_empty() => Err(self.contract("has no rows".to_owned(), AGAIN)),
            None => Ok(()),
            Some(row) => {
                let found = plans[row].as_deref().unwrap_or("nothing");
                let what = format!("row {} was counted by plan {found}, and this config asks for {plan}", row + 1);
                Err(self.contract(what, AGAIN))
            }
        }
    }

    /// The position of a column; databases write names in letters of their own.
    fn column(&self, names: &[String], name: &str) -> Result<usize, WarehouseError> {
        let at = names.iter().position(|known| known.eq_ignore_ascii_case(name));
        at.ok_or_else(|| self.contract(format!("has no column {name}; it has {}", names.join(", ")), AS_PRINTED))
    }

    /// A column of what `parse` makes of its cells; an empty one is nothing, and so is NULL, as some programs print it: texts of leads
    /// come with a mark.
    fn parsed<T>(
        &self,
        name: &str,
        what: &str,
        parse: impl Fn(&str) -> Option<T>,
        of_table: impl Fn(crate::data::columns::UserColumn<'_>) -> Result<Vec<Option<T>>, crate::data::DataError>,
    ) -> Result<Vec<Option<T>>, WarehouseError> {
        match &self.content {
            Content::Table(table) => {
                let own = &table.names[self.column(&table.names, name)?];
                let strange = |_| self.contract(format!("column {name} holds something else than {what}s"), AS_PRINTED);
                UserTable::leads(table).column(name, own).and_then(of_table).map_err(strange)
            }
            Content::Csv(names, rows) => {
                let at = self.column(names, name)?;
                let cell = |(row, record): (usize, &csv::StringRecord)| match record.get(at).unwrap_or_default() {
                    "" | "NULL" => Ok(None),
                    text => parse(text).map(Some).ok_or_else(|| {
                        self.contract(format!("row {}: {text:?} in column {name} is no {what}", row + 1), AS_PRINTED)
                    }),
                };
                rows.iter().enumerate().map(cell).collect()
            }
        }
    }

    fn whole(&self, name: &str) -> Result<Vec<Option<i64>>, WarehouseError> {
        self.parsed(name, "whole number", |text| text.parse().ok(), |column| column.to_whole_numbers(AGAIN))
    }

    fn numbers(&self, name: &str) -> Result<Vec<Option<f64>>, WarehouseError> {
        let of_table = |column: crate::data::columns::UserColumn<'_>| {
            Ok(column.to_numbers()?.into_iter().map(|number| (!number.is_nan()).then_some(number)).collect())
        };
        self.parsed(name, "number", |text| text.parse().ok(), of_table)
    }

    fn texts(&self, name: &str) -> Result<Vec<Option<String>>, WarehouseError> {
        let of_table = |column: crate::data::columns::UserColumn<'_>| {
            Ok(column.to_encoded_texts()?.iter().map(|text| text.map(str::to_owned)).collect())
        };
        self.parsed(name, "text", |text| Some(text.to_owned()), of_table)
    }

    fn counts(&self, name: &str) -> Result<Vec<u64>, WarehouseError> {
        let numbers = self.whole(name)?;
        let count = |(row, n): (usize, &Option<i64>)| {
            n.and_then(|n| u64::try_from(n).ok()).ok_or_else(|| {
                let n = n.map_or_else(|| "nothing".to_owned(), |n| n.to_string());
                self.contract(format!("row {}: {name} is {n}, and it counts leads", row + 1), AGAIN)
            })
        };
        numbers.iter().enumerate().map(count).collect()
    }

    fn codes(&self, name: &str, coding: Coding) -> Result<Vec<i64>, WarehouseError> {
        let missing = if coding == Coding::Whole { NONE } else { -1 };
        Ok(self.whole(name)?.into_iter().map(|code| code.unwrap_or(missing)).collect())
    }
}
