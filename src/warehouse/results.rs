//! Results: what a warehouse counted, read back and held against what the statements promise.
//!
//! A result is a Parquet or CSV file named after what it holds: `values`, `patterns`, `totals`.

use std::collections::BTreeMap;
use std::path::Path;

use super::WarehouseError;
use super::count::Counted;
use super::grid::{Cells, Grid};
use super::layout::{Coding, Layout, has_outcome_table};
use super::patterns::{NONE, Patterns};
use super::sql::{beyond, events_of, part_name, plan_of, plan_with};
use crate::data::columns::{UserTable, show_day};
use crate::data::read::{Columns, ReadOptions, read_table};
use crate::data::table::Table;
use crate::notes::{count, counted};
use crate::settings::{LeadsConfig, Settings, US_PER_DAY};

/// The result of the first pass.
pub(super) const VALUES: &str = "values";
/// The result of the second pass.
pub(super) const PATTERNS: &str = "patterns";
/// What both are checked against.
pub(super) const TOTALS: &str = "totals";

const AGAIN: &str = "run `bantam sql` with this config and folder, and its statements, again";
const IN_A_VIEW: &str =
    "make a column of what is asked for in a view; of amounts store cents instead of euros, or round";
const AS_PRINTED: &str = "keep the file as the database wrote it: one row per line, names of columns in the first";

/// The grid that the values of the first pass come to; `None` where they are not there yet.
///
/// # Errors
/// [`WarehouseError::Contract`].
pub(super) fn read_grid(folder: &Path, plan: &str, layout: &Layout) -> Result<Option<Grid>, WarehouseError> {
    ResultFile::find(folder, VALUES)?.map(|values| grid_of(&values, plan, layout)).transpose()
}

/// The grid that the result of the first pass comes to.
///
/// # Errors
/// [`WarehouseError::Contract`].
pub(super) fn grid_of(result: &ResultFile, plan: &str, layout: &Layout) -> Result<Grid, WarehouseError> {
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
    grid.check(layout, &result.shown)?;
    Ok(grid)
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
    let found = ResultFile::find(folder, PATTERNS)?.ok_or_else(|| missing(PATTERNS))?;
    let totals = ResultFile::find(folder, TOTALS)?.ok_or_else(|| missing(TOTALS))?;
    counted_of(grid, &found, &totals, settings, layout)
}

/// What the results of the second pass come to.
///
/// # Errors
/// [`WarehouseError::Contract`].
pub(super) fn counted_of(
    grid: Grid,
    found: &ResultFile,
    totals: &ResultFile,
    settings: &Settings,
    layout: &Layout,
) -> Result<Counted, WarehouseError> {
    let plan = plan_with(&plan_of(settings, layout), &grid);
    found.check_plan(&plan)?;
    totals.check_plan(&plan)?;
    let columns = (0..layout.parts.len()).map(|at| found.codes(&part_name(at), layout.parts[at].coding));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let patterns = Patterns::of(columns, found.counts("n")?, layout, &grid);
    let patterns = patterns.map_err(|what| found.contract(what, AGAIN))?;
    let n_rows = check_totals(totals, found, &patterns, layout, settings)?;
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
    patterns.check_total(of("leads")?, &found.shown)?;
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

/// A result, from a file or as it came.
pub(super) struct ResultFile {
    /// What messages call it.
    shown: String,
    n_rows: usize,
    content: Content,
}

enum Content {
    Table(Table),
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
            return Ok(Some(Self::of_table(parquet.display().to_string(), read.table)));
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
        Ok(Some(Self { shown: csv.display().to_string(), n_rows: rows.len(), content: Content::Csv(names, rows) }))
    }

    /// A result in memory.
    pub(super) fn of_table(shown: String, table: Table) -> Self {
        Self { shown, n_rows: table.n_rows, content: Content::Table(table) }
    }

    fn contract(&self, what: String, hint: &'static str) -> WarehouseError {
        WarehouseError::Contract { file: self.shown.clone(), what, hint }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::layout::Demand;
    use crate::warehouse::testing::{small_layout, small_settings};

    /// A folder with what a warehouse might have counted of nine leads, and the settings that asked for it.
    struct Kept {
        folder: tempfile::TempDir,
        settings: Settings,
        layout: Layout,
        /// File and text of each result.
        files: BTreeMap<&'static str, String>,
    }

    impl Kept {
        fn new() -> Self {
            let settings = small_settings(&[]);
            let (layout, _) = small_layout(&settings);
            let folder = tempfile::tempdir().expect("temp dir");
            let plan = plan_of(&settings, &layout);
            // Need, size, days, visits, pages, active days and days since the last one.
            let cells = ["1,,,tit's met,4", "1,,,tnonet,4", "2,0,9,,3", "2,1e1,2.5e2,,5", "3,,,,9", "4,0,3,,9"];
            let more = ["1,,,,1", "2,NULL,NULL,NULL,1", "5,0,0,,9", "6,0,0,,9", "7,,,,9"];
            let rows = cells.iter().chain(&more).map(|row| format!("{plan},{row}\n"));
            let values = format!("plan,part,low,high,answer,n\n{}", rows.collect::<String>());
            let mut kept = Self { folder, settings, layout, files: BTreeMap::from([(VALUES, values)]) };
            kept.write();
            let grid = read_grid(kept.folder.path(), &plan, &kept.layout).expect("values").expect("a grid");
            let plan = plan_with(&plan, &grid);
            let patterns = ["20454,1,2,2,0,1,1,1,0,,4", "20454,2,1,1,0,1,1,1,0,3,3", "20455,0,0,0,0,1,1,1,0,,2"];
            let rows = patterns.map(|row| format!("{plan},{row}\n"));
            kept.files.insert(PATTERNS, format!("PLAN,p1,p2,p3,p4,p5,p6,p7,p8,p9,p10,n\n{}", rows.concat()));
            let demands = kept.layout.demands(kept.settings.events.as_ref());
            let zeros = demands.iter().map(Demand::unmet).chain([beyond("pages")]);
            let zeros = zeros.chain(["repeated hand-offs", "repeated outcomes"].map(str::to_owned));
            let mut rows: Vec<(String, &str, u64)> = zeros.map(|what| (what, "", 0)).collect();
            rows.extend(["leads", "rows"].map(|what| (what.to_owned(), "", 9)));
            rows.extend(["visit", "call"].map(|kind| (events_of(kind), "", 40)));
            rows.extend([("20454", 7), ("20455", 2)].map(|(day, n)| ("day".to_owned(), day, n)));
            let rows =
                rows.into_iter().map(|(what, day, n)| format!("{plan},\"{}\",{day},{n}\n", what.replace('"', "\"\"")));
            kept.files.insert(TOTALS, format!("plan,what,day,n\n{}", rows.collect::<String>()));
            kept.write();
            kept
        }

        fn write(&self) {
            for (stem, text) in &self.files {
                std::fs::write(self.folder.path().join(format!("{stem}.csv")), text).expect("written");
            }
        }

        /// What is said once a text of a result is another.
        #[track_caller]
        fn said_of(stem: &'static str, old: &str, new: &str) -> String {
            let mut kept = Self::new();
            let text = kept.files.get_mut(stem).expect("a result");
            assert!(text.contains(old), "{text}");
            *text = text.replace(old, new);
            kept.write();
            let error =
                read_results(kept.folder.path(), &kept.settings, &kept.layout).expect_err("refused").to_string();
            let said = error.split_once(".csv: ").expect("a file").1.split("\nhint: ").next().unwrap_or_default();
            said.to_owned()
        }
    }

    #[test]
    fn what_was_counted_comes_back_in_order() {
        let kept = Kept::new();
        let Counted { grid, patterns, n_left_out } =
            read_results(kept.folder.path(), &kept.settings, &kept.layout).expect("whole");
        assert_eq!(grid.parts[1], Some(Cells::Texts(vec!["it's me".to_owned(), "none".to_owned()])));
        assert_eq!(grid.parts[2], Some(Cells::Numbers { low: vec![0.0, 10.0], high: vec![9.0, 250.0] }));
        assert_eq!(grid.parts[4], Some(Cells::Numbers { low: vec![], high: vec![] }), "nobody had a value");
        assert_eq!(patterns.columns[0], [20454, 20454, 20455]);
        assert_eq!(patterns.columns[9], [NONE, 3, NONE]);
        assert_eq!((patterns.n_leads(), n_left_out), (9, 0));
    }

    #[test]
    fn what_is_not_whole_is_named() {
        let said = Kept::said_of;
        assert_eq!(said(VALUES, "tnonet,4", "tnonet,3"), "\"need\" has 8 leads and \"size\" has 9, so it is not whole");
        assert_eq!(said(VALUES, "2,0,9,", "2,0,99,"), "cells [0.0, 99.0] and [10.0, 250.0] of \"size\" overlap");
        assert_eq!(said(VALUES, "tnonet", "none"), "row 2: \"none\" is no text of the statement");
        assert_eq!(said(VALUES, "tnonet", "tit's met"), "\"it's me\" is there twice");
        assert_eq!(said(VALUES, "2,0,9,", "2,0,,"), "row 3: it is neither a cell of numbers nor a text");
        assert_eq!(said(VALUES, "2,0,9,", "8,0,9,"), "row 3: there is no part 8");
        assert_eq!(said(PATTERNS, ",2,1,1,", ",3,1,1,"), "row 2 has code 3 for \"need\", whose codes go from 0 to 2");
        assert_eq!(said(PATTERNS, ",3,3\n", ",3,0\n"), "row 2 counts no lead");
        assert_eq!(said(PATTERNS, ",3,3\n", ",3,-3\n"), "row 2: n is -3, and it counts leads");
        assert_eq!(said(PATTERNS, ",3,3\n", ",3,\n"), "row 2: n is nothing, and it counts leads");
        assert_eq!(said(PATTERNS, ",3,3\n", ",3,3.5\n"), "row 2: \"3.5\" in column n is no whole number");
        assert_eq!(said(PATTERNS, ",3,3\n", ",3,4\n"), "the patterns count 10 leads, and the totals 9 leads");
        assert_eq!(
            said(PATTERNS, "p9", "p11"),
            "has no column p9; it has PLAN, p1, p2, p3, p4, p5, p6, p7, p8, p11, p10, n"
        );
        assert_eq!(said(TOTALS, "\"rows\"", "\"row\""), "does not say \"rows\"");
        assert_eq!(said(TOTALS, "20455,2", "20456,2"), "of 2026-01-02 there are 2 leads more than by the totals");
        assert_eq!(
            said(TOTALS, "hand-offs\",,0", "hand-offs\",,3"),
            "3 repeated hand-offs: nobody can say which of the rows counts"
        );
        assert_eq!(
            said(TOTALS, "64 bits\",,0", "64 bits\",,1"),
            "1 row: column \"pages\" (event table) holds something else than whole numbers of 64 bits"
        );
        assert_eq!(said(TOTALS, "\"\"call\"\"\",,40", "\"\"call\"\"\",,0"), "no event is of kind \"call\"");
    }

    #[test]
    fn results_of_another_question_say_so() {
        let kept = Kept::new();
        let other = small_settings(&[("within = \"30d\"", "within = \"31d\"")]);
        let (layout, _) = small_layout(&other);
        let error = read_results(kept.folder.path(), &other, &layout).expect_err("refused").to_string();
        assert!(
            error.contains("row 1 was counted by plan plan-") && error.contains(", and this config asks for plan-"),
            "{error}"
        );
    }

    #[test]
    fn a_result_is_there_once() {
        let kept = Kept::new();
        let folder = kept.folder.path();
        std::fs::write(folder.join("patterns.parquet"), "").expect("written");
        let error = read_results(folder, &kept.settings, &kept.layout).expect_err("refused").to_string();
        assert!(error.contains("patterns.csv as well\nhint: keep the newer one"), "{error}");
        std::fs::remove_file(folder.join("patterns.parquet")).expect("removed");
        std::fs::remove_file(folder.join("patterns.csv")).expect("removed");
        let error = read_results(folder, &kept.settings, &kept.layout).expect_err("refused").to_string();
        assert!(error.contains("patterns.parquet or .csv: is not there\nhint: the README.md"), "{error}");
    }
}
