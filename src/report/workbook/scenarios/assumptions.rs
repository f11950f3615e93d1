//! The cells with what a lead costs and a win is worth, which the reader may change, and from which score a lead pays.

use rust_xlsxwriter::{DataValidation, DataValidationRule, Format};

use super::formulas::{if_numbers, ratio};
use crate::calibrate::record::Metrics;
use crate::card::{Card, CurveEntry};
use crate::render::words::harmless;
use crate::report::workbook::WorkbookError;
use crate::report::workbook::cell::Cell;
use crate::report::workbook::curve::{Curve, share};
use crate::report::workbook::look::Look;
use crate::report::workbook::sheet::{Cached, Sheet};
use crate::settings::parse_capacity;

/// Where the assumptions stand, and what they are to begin with.
pub(super) struct Assumptions {
    pub(super) hours_per_lead: Assumption,
    pub(super) cost_per_lead: Assumption,
    pub(super) value_per_win: Assumption,
    pub(super) reps: Assumption,
    pub(super) capacity: Assumption,
    /// Months ahead, which `capacity` is given for one of; `None` without dates.
    pub(super) months: Option<Assumption>,
    money: String,
    /// First row below.
    pub(super) end: Cell,
}

/// A cell that the reader may change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Assumption {
    pub(super) cell: Cell,
    /// What it holds to begin with.
    pub(super) value: Option<f64>,
}

impl Assumptions {
    /// Writes the cells from `at` down.
    pub(super) fn write(
        sheet: &mut Sheet,
        at: Cell,
        metrics: &Metrics,
        card: &Card,
        curve: &Curve,
        look: &Look,
    ) -> Result<Self, WorkbookError> {
        let forecast = &metrics.forecast;
        let sales = &forecast.sales;
        let money = sales.currency.as_deref().map(harmless).unwrap_or_default();
        let in_money = |words: &str| in_money(words, &money);
        let capacity = match forecast.n_months {
            Some(_) => "Hours that sales has for leads in a month".to_owned(),
            None => format!("Hours that sales has for the {}", forecast.ahead),
        };
        sheet.text(at, "Assumptions", &look.section)?;
        sheet.text(at.right(1), "change the yellow cells; everything below follows", &look.quiet)?;
        let mut at = at.down(1);
        let mut input = |words: &str, value: Option<f64>, format: &Format, found: &str, what: &str| {
            sheet.text(at, words, &look.text)?;
            let cell = at.right(1);
            sheet.number(cell, value, format)?;
            let at_least_0 = DataValidation::new()
                .allow_decimal_number(DataValidationRule::GreaterThanOrEqualTo(0.0))
                .set_error_title("Not a number")?
                .set_error_message("Type a number that is not below 0, or leave the cell empty.")?;
            sheet.inner().add_data_validation(cell.row, cell.col, cell.row, cell.col, &at_least_0)?;
            let note = match value {
                Some(_) => found.to_owned(),
                None => format!("not in the config: type it in, and {what} show below"),
            };
            sheet.text(at.right(2), &note, &look.quiet)?;
            at = at.down(1);
            Ok::<_, WorkbookError>(Assumption { cell, value })
        };
        let (number, amount) = (&look.input_number, &look.input_amount);
        let config = "from the config";
        let hours_per_lead = input("Hours of sales work for a lead", sales.hours_per_lead, number, config, "hours")?;
        let cost_per_lead = input(&in_money("Cost of working a lead"), sales.cost_per_lead, amount, config, "costs")?;
        let average = "from the config, or what a win of the history was worth on average";
        let value_per_win = input(&in_money("Value of a win"), sales.value_per_win, amount, average, "values")?;
        let reps = input("Sales people", sales.reps, number, config, "figures for each of them")?;
        let hours = "hours over and under it";
        let bound = "from the first policy that is bound by hours";
        let capacity = input(&capacity, capacity_a_month(metrics), number, bound, hours)?;

        let months = match forecast.n_months {
            Some(n_months) => {
                let cell = at.right(1);
                sheet.text(at, "Months ahead", &look.text)?;
                sheet.number(cell, n_months, &look.number_left)?;
                at = at.down(1);
                Some(Assumption { cell, value: Some(n_months) })
            }
            None => None,
        };
        let end = write_break_even(sheet, at, cost_per_lead, value_per_win, card, curve, look)?;
        Ok(Self { hours_per_lead, cost_per_lead, value_per_win, reps, capacity, months, money, end })
    }
}

/// Hours a month of the first policy that is bound by hours.
fn capacity_a_month(metrics: &Metrics) -> Option<f64> {
    metrics.forecast.n_months?;
    let (hours, period) =
        metrics.policies.iter().find_map(|policy| parse_capacity(policy.capacity.as_deref()?).ok())?;
    Some(hours * period.per_month())
}

/// From which chance, and from which score, a lead is worth its cost; returns the first row below.
fn write_break_even(
    sheet: &mut Sheet,
    at: Cell,
    cost: Assumption,
    value: Assumption,
    card: &Card,
    curve: &Curve,
    look: &Look,
) -> Result<Cell, WorkbookError> {
    let chance = cost.value.zip(value.value).filter(|(_, value)| *value > 0.0).map(|(cost, value)| cost / value);
    let formula = if_numbers(&[cost.cell, value.cell], &ratio(&cost.cell.fixed(), &value.cell.fixed()));
    sheet.text(at, "A lead is worth its cost from a chance of", &look.text)?;
    sheet.formula(at.right(1), &formula, chance, &look.share_left)?;

    let (scores, chances) = curve.scores_and_chances();
    let from = at.right(1).fixed();
    let n_below = format!("SUMPRODUCT(--({chances}<{from}))");
    let formula = format!(
        "=IF(ISNUMBER({from}),IF({n_below}<ROWS({scores}),INDEX({scores},{n_below}+1),\"{WORTH_NO_SCORE}\"),\"\")"
    );
    let cached = chance.map_or(Cached::Blank, |chance| {
        // Spreadsheets take numbers for equal that agree in 15 digits, and cost / value seldom comes out to the last one.
        let is_worth_it = |entry: &&CurveEntry| share(entry.probability_bp) >= chance * (1.0 - 1e-14);
        let entry = card.curve.iter().find(is_worth_it);
        entry.map_or(Cached::Text(WORTH_NO_SCORE.to_owned()), |entry| f64::from(entry.score).into())
    });
    sheet.text(at.down(1), "which is from score", &look.text)?;
    sheet.formula(at.down(1).right(1), &formula, cached, &look.count_left)?;
    Ok(at.down(2))
}

const WORTH_NO_SCORE: &str = "no score is worth so much";

impl Assumptions {
    /// Words with the currency behind them, where it is known: "cost of a win, EUR".
    pub(super) fn in_money(&self, words: &str) -> String {
        in_money(words, &self.money)
    }
}

fn in_money(words: &str, money: &str) -> String {
    if money.is_empty() { words.to_owned() } else { format!("{words}, {money}") }
}
