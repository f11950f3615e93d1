//! Weights: how many leads each row of the lead table stands for, and how many of them converted.
//!
//! In: the columns of `leads.weight` and, with `outcome.shares`, of `outcome.converted`. Out: whole numbers per row
//! ([`RowWeights`], [`read_shares`]); then leads that stand for several ([`RowWeights::apply`]), and at last each of those on its own
//! ([`LabelledLeads::counted_out`]).
//!
//! Always true: a weight is a count, so that a row of weight 2 is the row twice for every later stage; nothing is rescaled, and a
//! weight that is no count is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::outcome_words::DealState;
use super::{Grouping, LabelledLeads, OtherLeads};
use crate::data::DataError;
use crate::data::columns::{UserColumn, UserTable};
use crate::notes::{Note, count, counted};

/// How many leads each row stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowWeights {
    /// The user's column.
    column: String,
    /// One per row of the lead table.
    pub of_row: Vec<u32>,
}

/// What weights made of the rows with a fair outcome.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Weighting {
    /// The column of `leads.weight`.
    pub column: String,
    /// Rows with a fair outcome and a weight above 0.
    pub n_rows: usize,
    /// Leads they stand for: the sum of the weights.
    pub n_leads: usize,
    /// Rows of equal weight that would tell as much, were each row one observation: `(sum w)^2 / sum w^2` (Kish 1965).
    pub n_effective: f64,
    /// Rows that were left out because their weight is 0.
    pub n_rows_of_weight_0: usize,
}

/// Most leads that weights may make: they are counted out one by one, and ten times as many would not fit into memory.
const MOST_LEADS: u64 = 20_000_000;

/// What a weight can be, for whoever gave another.
const COUNTS: &str = "a weight says for how many leads a row counts: 1, 2, 3 ..., or 0 to leave the row out";

impl RowWeights {
    /// Reads the column of `leads.weight`, where there is one.
    ///
    /// # Errors
    /// [`DataError`] with the first row whose weight is missing, negative or no whole number; also where all are 0, or too large.
    pub(super) fn read(table: UserTable<'_>, name: Option<&str>) -> Result<Option<Self>, DataError> {
        let Some(column) = table.optional("leads.weight", name)? else { return Ok(None) };
        let numbers = column.to_numbers()?;
        let read = |(row_idx, &number): (usize, &f64)| to_count(column, row_idx, number, &numbers);
        let of_row: Vec<u32> = numbers.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        let n_leads: u64 = of_row.iter().map(|&weight| u64::from(weight)).sum();
        let name = column.name();
        if n_leads == 0 {
            let words = format!("no row counts: column {name:?} (`leads.weight`) is 0 in every row\nhint: {COUNTS}");
            return Err(DataError::new(words));
        }
        if n_leads > MOST_LEADS.max(of_row.len() as u64) {
            return Err(DataError::new(format!(
                "the weights in column {name:?} (`leads.weight`) add up to {} leads, and this engine counts out up to {}\n\
                 hint: {COUNTS}. Where they are only relative, divide them all by one number",
                count(n_leads),
                count(MOST_LEADS)
            )));
        }
        Ok(Some(Self { column: name.to_owned(), of_row }))
    }

    /// Says for how many leads the rows count.
    pub(super) fn notes(&self) -> Vec<Note> {
        let Self { column, of_row } = self;
        let n_rows = of_row.iter().filter(|&&weight| weight > 0).count();
        let n_leads: u64 = of_row.iter().map(|&weight| u64::from(weight)).sum();
        let mut notes = vec![Note::new(
            "weights",
            format!(
                "{} {} as {} by column {column:?} (`leads.weight`): a row of weight 2 is two leads in fit, figures, frontier and \
                 volume. Weights are counts and are not rescaled",
                counted(n_rows as u64, "row"),
                if n_rows == 1 { "counts" } else { "count" },
                counted(n_leads, "lead")
            ),
        )];
        let left_out = format!("left out because column {column:?} gives the weight 0");
        notes.extend(Note::of_some("weights", of_row.len() - n_rows, "row", &left_out));
        let common = of_row.iter().fold(0, |common, &weight| greatest_common_divisor(common, weight));
        if common > 1 {
            let text = format!(
                "every weight is a multiple of {common}: if no row stands for {common} leads and the weights were only scaled, divide \
                 them by {common}, or volume and wins count {common} times as many"
            );
            notes.push(Note::new("weights", text));
        }
        notes
    }

    /// Gives each lead the weight of its row; a row of which only some converted becomes two leads.
    ///
    /// - `n_converted`: leads of each row that converted, where outcomes are shares.
    pub(super) fn apply(&self, labelled: &mut LabelledLeads, n_converted: Option<&[u32]>) {
        let (mut positions, mut converted, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for (at, &row) in (0_u32..).zip(&labelled.rows) {
            let weight = self.of_row[row as usize];
            let n_won = match n_converted {
                Some(n_converted) => n_converted[row as usize],
                None => weight * u32::from(labelled.converted[at as usize]),
            };
            for (has_converted, n_leads) in [(true, n_won), (false, weight - n_won)] {
                if n_leads > 0 {
                    positions.push(at);
                    converted.push(has_converted);
                    weights.push(n_leads);
                }
            }
        }
        labelled.weighting = Some(self.weighting(&labelled.rows));
        labelled.select(&positions);
        labelled.converted = converted;
        labelled.weight = Some(weights);
        for others in [&mut labelled.open, &mut labelled.untouched, &mut labelled.volume_only] {
            others.weight = Some(others.rows.iter().map(|&row| self.of_row[row as usize]).collect());
        }
    }

    fn weighting(&self, rows: &[u32]) -> Weighting {
        let weights = || rows.iter().map(|&row| u64::from(self.of_row[row as usize]));
        let (sum, squares) = (weights().sum::<u64>(), weights().map(|weight| weight * weight).sum::<u64>());
        Weighting {
            column: self.column.clone(),
            n_rows: rows.len(),
            n_leads: sum as usize,
            n_effective: if squares == 0 { 0.0 } else { (sum as f64).powi(2) / squares as f64 },
            n_rows_of_weight_0: self.of_row.iter().filter(|&&weight| weight == 0).count(),
        }
    }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

fn to_count(column: UserColumn<'_>, row_idx: usize, number: f64, all: &[f64]) -> Result<u32, DataError> {
    let refuse = |problem: &str, hint: &str| Err(column.bad_value(row_idx, &number.to_string(), problem, hint));
    match number {
        number if number.is_nan() => {
            let (row, name, table) = (row_idx + 1, column.name(), column.table);
            Err(DataError::new(format!(
                "row {row} of column {name:?} ({table} table, `leads.weight`) has no weight\nhint: {COUNTS}"
            )))
        }
        number if number < 0.0 => refuse("is a negative weight", COUNTS),
        number if number.fract() != 0.0 => {
            let hint = match factor_to_whole(all) {
                Some(factor) => format!(
                    "{COUNTS}. Multiplied by {factor} all of them are whole: then {factor} stands for one lead, and volume and wins \
                     are {factor} times as many"
                ),
                None => format!("{COUNTS}. Multiply the weights by 10 or more, and round them"),
            };
            refuse("is a weight that is not a whole number", &hint)
        }
        number if number > f64::from(u32::MAX) => refuse("is too large for a weight", COUNTS),
        number => Ok(number as u32),
    }
}

/// The smallest whole number up to 1,000 that makes all weights whole.
fn factor_to_whole(weights: &[f64]) -> Option<u32> {
    const LARGEST: u32 = 1_000;
    // A sum of a few rounding errors; a third in sixteen digits is told from 0.333.
    let is_whole = |number: f64| (number - number.round()).abs() <= 1e-9 * number.abs().max(1.0);
    let fractions: Vec<f64> = weights.iter().copied().filter(|weight| weight.fract() != 0.0).collect();
    (2..=LARGEST).find(|&factor| fractions.iter().all(|weight| is_whole(weight * f64::from(factor))))
}

/// Outcomes as shares of the leads of each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shares {
    /// Won where any lead of the row converted, lost where none did; `None` where the share is missing.
    pub flag: Vec<Option<DealState>>,
    /// How many leads of each row converted.
    pub n_converted: Vec<u32>,
}

/// Reads a column of shares, `0..=1`, and says how many leads they are.
///
/// - `weights`: how many leads each row stands for; one each without.
///
/// # Errors
/// [`DataError`] with the first row whose share is none, or of whose leads it is no whole number.
pub(super) fn read_shares(
    column: UserColumn<'_>,
    weights: Option<&RowWeights>,
    notes: &mut Vec<Note>,
) -> Result<Shares, DataError> {
    let shares = column.to_numbers()?;
    let rounding = rounding_error(&shares);
    let mut read = Shares { flag: Vec::with_capacity(shares.len()), n_converted: Vec::with_capacity(shares.len()) };
    let mut n_rounded = 0;
    for (row_idx, &share) in shares.iter().enumerate() {
        let weight = weights.map_or(1, |weights| weights.of_row[row_idx]);
        let n_won = match share {
            share if share.is_nan() => None,
            share if !(0.0..=1.0).contains(&share) => {
                let hint = "with `outcome.shares` a row says which share of its leads converted: 0.25 for a quarter";
                return Err(column.bad_value(row_idx, &share.to_string(), "is no share between 0 and 1", hint));
            }
            share => {
                let n_won = (share * f64::from(weight)).round();
                let off = if weight == 0 { 0.0 } else { (n_won / f64::from(weight) - share).abs() };
                if off > rounding {
                    return Err(not_of_whole_leads(column, row_idx, share, weights.map(|_| weight)));
                }
                n_rounded += usize::from(off > 1e-9);
                Some(n_won as u32)
            }
        };
        read.flag.push(n_won.map(|n_won| if n_won > 0 { DealState::Won } else { DealState::Lost }));
        read.n_converted.push(n_won.unwrap_or_default());
    }
    let name = column.name();
    let n_partly = (read.n_converted.iter().enumerate())
        .filter(|&(row, &n_won)| n_won > 0 && weights.is_some_and(|weights| n_won < weights.of_row[row]))
        .count();
    let mut text = format!(
        "column {name:?} holds shares (`outcome.shares`): {} converted in part, and each counts as so many leads that converted and so \
         many that did not",
        counted(n_partly as u64, "row")
    );
    if n_rounded > 0 {
        text += &format!(
            "; in {} the share is rounded, and the nearest whole number of leads was taken",
            count(n_rounded as u64)
        );
    }
    notes.push(Note::new("labels", text));
    Ok(read)
}

/// How far a share may be from a fraction of whole leads: half a unit of the last digit that the column is written with.
fn rounding_error(shares: &[f64]) -> f64 {
    const MOST_DIGITS: i32 = 9;
    let is_written_with = |digits: i32| {
        let unit = 10_f64.powi(digits);
        shares.iter().filter(|share| !share.is_nan()).all(|share| (share * unit - (share * unit).round()).abs() < 1e-6)
    };
    let digits = (1..MOST_DIGITS).find(|&digits| is_written_with(digits)).unwrap_or(MOST_DIGITS);
    // With a single digit nobody has rounded: 0.5 is a half.
    if digits < 2 { 1e-9 } else { 0.5 * 10_f64.powi(-digits) + 1e-9 }
}

fn not_of_whole_leads(column: UserColumn<'_>, row_idx: usize, share: f64, weight: Option<u32>) -> DataError {
    let (row, name, table) = (row_idx + 1, column.name(), column.table);
    let (of, hint) = match weight {
        Some(weight) => (
            counted(u64::from(weight), "lead"),
            "share times weight must be a whole number of leads; write the share with more digits, or mend the weight",
        ),
        None => (
            "1 lead".to_owned(),
            "say how many leads each row stands for: --weight COLUMN (`leads.weight` in a config)",
        ),
    };
    DataError::new(format!(
        "{share} in row {row} of column {name:?} ({table} table) is no whole number of leads: the row stands for {of}\nhint: {hint}"
    ))
}

impl LabelledLeads {
    /// Every lead as often as it counts, each on its own from here on.
    pub fn counted_out(mut self) -> Self {
        if let Some(weight) = self.weight.take() {
            self.select(&repeated(&weight));
        }
        for others in [&mut self.open, &mut self.untouched, &mut self.volume_only] {
            if let Some(weight) = others.weight.take() {
                others.select(&repeated(&weight));
            }
        }
        self
    }

    /// Takes the leads at these positions, some of them perhaps several times.
    fn select(&mut self, positions: &[u32]) {
        self.ids = self.ids.select(&positions.iter().map(|&at| at as usize).collect::<Vec<_>>());
        take(&mut self.rows, positions);
        take(&mut self.converted, positions);
        for times in [&mut self.as_of, &mut self.own_fold, &mut self.delay_us].into_iter().flatten() {
            take(times, positions);
        }
        self.value.iter_mut().for_each(|value| take(value, positions));
        self.cluster.iter_mut().for_each(|cluster| take(cluster, positions));
        let groups = [&mut self.segment, &mut self.source, &mut self.team].into_iter().flatten();
        groups.chain(&mut self.fairness).for_each(|group| *group = group.select(positions));
    }
}

impl OtherLeads {
    fn select(&mut self, positions: &[u32]) {
        self.ids = self.ids.select(&positions.iter().map(|&at| at as usize).collect::<Vec<_>>());
        take(&mut self.rows, positions);
        for times in [&mut self.as_of, &mut self.delay_us].into_iter().filter(|times| !times.is_empty()) {
            take(times, positions);
        }
        self.own_fold.iter_mut().for_each(|folds| take(folds, positions));
        self.cluster.iter_mut().for_each(|cluster| take(cluster, positions));
        let groups: [&mut Option<Grouping>; 2] = [&mut self.segment, &mut self.team];
        groups.into_iter().flatten().for_each(|group| *group = group.select(positions));
    }
}

fn take<T: Copy>(values: &mut Vec<T>, positions: &[u32]) {
    *values = positions.iter().map(|&at| values[at as usize]).collect();
}

/// Each position as often as it counts.
fn repeated(weight: &[u32]) -> Vec<u32> {
    (0_u32..).zip(weight).flat_map(|(at, &weight)| std::iter::repeat_n(at, weight as usize)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::labels::LeadIds;
    use crate::data::table::{Column, Table, table};

    fn read(weights: Column) -> Result<Option<RowWeights>, DataError> {
        let leads = Table::new(vec![weights]).expect("fine");
        RowWeights::read(UserTable::leads(&leads), Some("w"))
    }

    #[track_caller]
    fn assert_refused(weights: Column, expected: &str) {
        assert_eq!(read(weights).expect_err("refused").to_string(), expected);
    }

    #[test]
    fn weights_are_counts_and_their_sum_is_said() {
        let weights = read(Column::new("w", [2, 0, 4, 6])).expect("counts").expect("there");
        let texts: Vec<String> = weights.notes().into_iter().map(|note| note.text).collect();
        assert_eq!(
            texts,
            [
                "3 rows count as 12 leads by column \"w\" (`leads.weight`): a row of weight 2 is two leads in fit, figures, frontier \
                 and volume. Weights are counts and are not rescaled",
                "1 row left out because column \"w\" gives the weight 0",
                "every weight is a multiple of 2: if no row stands for 2 leads and the weights were only scaled, divide them by 2, or \
                 volume and wins count 2 times as many",
            ]
        );
        // 12^2 / (4 + 16 + 36)
        assert!((weights.weighting(&[0, 2, 3]).n_effective - 144.0 / 56.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_count_is_refused_with_its_row() {
        let counts = "a weight says for how many leads a row counts: 1, 2, 3 ..., or 0 to leave the row out";
        assert_refused(
            Column::new("w", [Some(1), None]),
            &format!("row 2 of column \"w\" (lead table, `leads.weight`) has no weight\nhint: {counts}"),
        );
        assert_refused(
            Column::new("w", [1, -3]),
            &format!("\"-3\" in row 2 of column \"w\" (lead table) is a negative weight\nhint: {counts}"),
        );
        assert_refused(
            Column::new("w", [1.0, 0.25, 1.5]),
            &format!(
                "\"0.25\" in row 2 of column \"w\" (lead table) is a weight that is not a whole number\nhint: {counts}. Multiplied \
                 by 4 all of them are whole: then 4 stands for one lead, and volume and wins are 4 times as many"
            ),
        );
        assert_refused(
            Column::new("w", [0.314_159_265]),
            &format!(
                "\"0.314159265\" in row 1 of column \"w\" (lead table) is a weight that is not a whole number\nhint: {counts}. \
                 Multiply the weights by 10 or more, and round them"
            ),
        );
        assert_refused(
            Column::new("w", [0, 0]),
            &format!("no row counts: column \"w\" (`leads.weight`) is 0 in every row\nhint: {counts}"),
        );
        assert_refused(
            Column::new("w", ["x"]),
            "`leads.weight` is \"w\", and that column of the lead table holds text; it takes numbers",
        );
        let error = read(Column::new("w", [15_000_000, 15_000_000])).expect_err("too many").to_string();
        assert!(error.contains("add up to 30,000,000 leads, and this engine counts out up to 20,000,000"), "{error}");
    }

    fn shares(shares: Vec<Option<f64>>, weights: Option<Vec<u32>>) -> Result<Shares, DataError> {
        let leads = Table::new(vec![Column::new("rate", shares)]).expect("fine");
        let column = UserTable::leads(&leads).column("outcome.converted", "rate").expect("there");
        let weights = weights.map(|of_row| RowWeights { column: "n".to_owned(), of_row });
        read_shares(column, weights.as_ref(), &mut Vec::new())
    }

    #[test]
    fn a_share_is_a_whole_number_of_leads() {
        let read = shares(vec![Some(0.5), Some(0.0), Some(1.0), None], Some(vec![2, 3, 4, 5])).expect("whole");
        assert_eq!(read.n_converted, [1, 0, 4, 0]);
        assert_eq!(read.flag, [Some(DealState::Won), Some(DealState::Lost), Some(DealState::Won), None]);
        // 14 of 37, written with two digits.
        assert_eq!(shares(vec![Some(0.38), Some(0.25)], Some(vec![37, 4])).expect("rounded").n_converted, [14, 1]);
    }

    #[test]
    fn a_share_of_no_whole_number_of_leads_is_refused() {
        let error = |all: Vec<Option<f64>>, weights| shares(all, weights).expect_err("refused").to_string();
        assert_eq!(
            error(vec![Some(0.5)], None),
            "0.5 in row 1 of column \"rate\" (lead table) is no whole number of leads: the row stands for 1 lead\n\
             hint: say how many leads each row stands for: --weight COLUMN (`leads.weight` in a config)"
        );
        assert_eq!(
            error(vec![Some(1.0), Some(0.5)], Some(vec![1, 3])),
            "0.5 in row 2 of column \"rate\" (lead table) is no whole number of leads: the row stands for 3 leads\n\
             hint: share times weight must be a whole number of leads; write the share with more digits, or mend the weight"
        );
        assert_eq!(
            error(vec![Some(35.0)], Some(vec![100])),
            "\"35\" in row 1 of column \"rate\" (lead table) is no share between 0 and 1\n\
             hint: with `outcome.shares` a row says which share of its leads converted: 0.25 for a quarter"
        );
    }

    #[test]
    fn a_row_becomes_as_many_leads_as_it_counts_for() {
        let weights = RowWeights { column: "n".to_owned(), of_row: vec![1, 3, 2] };
        let mut labelled = LabelledLeads {
            ids: LeadIds::Whole { column: "id".to_owned(), values: vec![7, 8, 9] },
            rows: vec![0, 1, 2],
            converted: vec![true, true, false],
            as_of: Some(vec![10, 20, 30]),
            open: OtherLeads { rows: vec![1], as_of: vec![20], ..OtherLeads::default() },
            ..LabelledLeads::default()
        };
        weights.apply(&mut labelled, Some(&[1, 2, 0]));
        assert_eq!(labelled.weight.as_deref(), Some(&[1, 2, 1, 2][..]));
        let counted = labelled.counted_out();
        assert_eq!(counted.rows, [0, 1, 1, 1, 2, 2]);
        assert_eq!(counted.converted, [true, true, true, false, false, false]);
        assert_eq!(counted.as_of, Some(vec![10, 20, 20, 20, 30, 30]));
        assert_eq!(counted.ids, LeadIds::Whole { column: "id".to_owned(), values: vec![7, 8, 8, 8, 9, 9] });
        assert_eq!((counted.open.rows, counted.open.as_of), (vec![1; 3], vec![20; 3]));
        assert_eq!(counted.weighting.map(|weighting| (weighting.n_rows, weighting.n_leads)), Some((3, 6)));
    }

    #[test]
    fn no_column_of_weights_is_no_weights() {
        let leads = table!("won" => [true]);
        assert_eq!(RowWeights::read(UserTable::leads(&leads), None).expect("nothing to read"), None);
        assert!(RowWeights::read(UserTable::leads(&leads), Some("wn")).is_err());
    }
}
