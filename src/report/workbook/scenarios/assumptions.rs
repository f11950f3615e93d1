//! The cells with what a lead costs and a win is worth, which the reader may change, and from which score a lead pays.

use rust_xlsxwriter::{DataValidation, DataValidationRule, Format};

use super::formulas::Number;
use crate::calibrate::record::Metrics;
use crate::card::{Card, CurveEntry};
use crate::render::words::harmless;
use crate::report::workbook::curve::share;
use crate::report::workbook::{Cached, Cell, Curve, Pen, WorkbookError};
use crate::settings::parse_capacity;

/// The cells that the reader may change, and what they hold to begin with.
pub(super) struct Assumptions {
    pub(super) hours_per_lead: Number,
    pub(super) cost_per_lead: Number,
    pub(super) value_per_win: Number,
    pub(super) reps: Number,
    pub(super) capacity: Number,
    /// Months ahead, which `capacity` is given for one of; `None` without dates.
    pub(super) months: Option<Number>,
    /// From which score a lead pays at these figures.
    pub(super) pays_from: PaysFrom,
    money: String,
}

impl Assumptions {
    /// Writes the cells, and from which score a lead pays.
    pub(super) fn write(
        pen: &mut Pen<'_>,
        metrics: &Metrics,
        card: &Card,
        curve: &Curve,
    ) -> Result<Self, WorkbookError> {
        let forecast = &metrics.forecast;
        let sales = &forecast.sales;
        let money = sales.currency.as_deref().map(harmless).unwrap_or_default();
        let in_money = |words: &str| in_money(words, &money);
        let capacity = match forecast.n_months {
            Some(_) => "Hours that sales has for leads in a month".to_owned(),
            None => format!("Hours that sales has for the {}", forecast.ahead),
        };
        pen.sheet.text(pen.at, "Assumptions", &pen.look.section)?;
        pen.quiet(1, "change the yellow cells; everything below follows")?;
        pen.down(1);
        let (number, amount) = (&pen.look.input_number, &pen.look.input_amount);
        let mut input = |words: &str, value: Option<f64>, format: &Format, found: &str, what: &str| {
            pen.text(0, words)?;
            let cell = pen.at.right(1);
            pen.number(1, value, format)?;
            let at_least_0 = DataValidation::new()
                .allow_decimal_number(DataValidationRule::GreaterThanOrEqualTo(0.0))
                .set_error_title("Not a number")?
                .set_error_message("Type a number that is not below 0, or leave the cell empty.")?;
            pen.sheet.inner().add_data_validation(cell.row, cell.col, cell.row, cell.col, &at_least_0)?;
            let note = match value {
                Some(_) => found.to_owned(),
                None => format!("not in the config: type it in, and {what} show below"),
            };
            pen.quiet(2, &note)?;
            pen.down(1);
            Ok::<_, WorkbookError>(Number { cell, value })
        };
        let config = "from the config";
        let hours_per_lead = input("Hours of sales work for a lead", sales.hours_per_lead, number, config, "hours")?;
        let cost_per_lead = input(&in_money("Cost of working a lead"), sales.cost_per_lead, amount, config, "costs")?;
        let average = "from the config, or what a win of the history was worth on average";
        let value_per_win = input(&in_money("Value of a win"), sales.value_per_win, amount, average, "values")?;
        let reps = input("Sales people", sales.reps, number, config, "figures for each of them")?;
        let hours = "hours over and under it";
        let bound = "from the first policy that is bound by hours";
        let capacity = input(&capacity, capacity_a_month(metrics), number, bound, hours)?;

        let months = forecast.n_months.map(|n_months| Number { cell: pen.at.right(1), value: Some(n_months) });
        if let Some(months) = months {
            pen.text(0, "Months ahead")?;
            pen.number(1, months.value, &pen.look.number_left)?;
            pen.down(1);
        }
        let pays_from = write_break_even(pen, cost_per_lead, value_per_win, card, curve)?;
        Ok(Self { hours_per_lead, cost_per_lead, value_per_win, reps, capacity, months, pays_from, money })
    }

    /// Words with the currency behind them, where it is known: "cost of a win, EUR".
    pub(super) fn in_money(&self, words: &str) -> String {
        in_money(words, &self.money)
    }
}

fn in_money(words: &str, money: &str) -> String {
    if money.is_empty() { words.to_owned() } else { format!("{words}, {money}") }
}

/// Hours a month of the first policy that is bound by hours.
fn capacity_a_month(metrics: &Metrics) -> Option<f64> {
    metrics.forecast.n_months?;
    let (hours, period) =
        metrics.policies.iter().find_map(|policy| parse_capacity(policy.capacity.as_deref()?).ok())?;
    Some(hours * period.per_month())
}

/// The score from which a lead is worth what it costs, in a cell that follows what is typed.
pub(in crate::report::workbook) struct PaysFrom {
    pub(in crate::report::workbook) cell: Cell,
    /// What it comes to at the figures of the config.
    pub(in crate::report::workbook) cached: Cached,
}

const WORTH_NO_SCORE: &str = "no score is worth so much";

/// From which chance, and from which score, a lead is worth its cost.
fn write_break_even(
    pen: &mut Pen<'_>,
    cost: Number,
    value: Number,
    card: &Card,
    curve: &Curve,
) -> Result<PaysFrom, WorkbookError> {
    let from = pen.at.right(1);
    let (formula, chance) = cost.fixed().ratio(&value.fixed()).where_numbers(&[cost, value]);
    pen.text(0, "A lead is worth its cost from a chance of")?;
    pen.sheet.formula(from, &formula, chance, &pen.look.share_left)?;
    pen.down(1);

    let (scores, chances) = curve.scores_and_chances();
    let from = from.fixed();
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
    pen.text(0, "which is from score")?;
    let cell = pen.at.right(1);
    pen.sheet.formula(cell, &formula, cached.clone(), &pen.look.count_left)?;
    pen.down(1);
    Ok(PaysFrom { cell, cached })
}
