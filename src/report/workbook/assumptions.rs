//! The cells with what a lead costs and a win is worth, which the reader may change, and the figures that follow from them.
//!
//! Always true: an assumption that is empty, or no number, leaves the figures that need it empty; nothing is divided by 0.

use rust_xlsxwriter::{DataValidation, DataValidationRule, Format};

use super::WorkbookError;
use super::cell::Cell;
use super::curve::{Curve, share};
use super::look::Look;
use super::sheet::{Cached, Sheet};
use crate::card::{Card, CurveEntry};
use crate::config::parse_capacity;
use crate::metrics::Metrics;
use crate::report::words::harmless;

/// Where the assumptions stand, and what they are to begin with.
pub(super) struct Assumptions {
    hours_per_lead: Assumption,
    cost_per_lead: Assumption,
    value_per_win: Assumption,
    reps: Assumption,
    capacity: Assumption,
    /// Months ahead, which `capacity` is given for one of; `None` without dates.
    months: Option<Assumption>,
    money: String,
    /// First row below.
    pub(super) end: Cell,
}

#[derive(Debug, Clone, Copy)]
struct Assumption {
    cell: Cell,
    value: Option<f64>,
}

/// Time that leads and wins of a column are counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// The whole time ahead.
    Ahead,
    /// One month, or 1,000 leads.
    One,
}

/// A column in which figures follow from leads and wins.
pub(super) struct Column {
    /// Cell with the leads.
    pub(super) leads: Cell,
    /// Cell with the wins.
    pub(super) wins: Cell,
    /// Cell with the conversion.
    pub(super) conversion: Cell,
    /// Cell with the conversion at the other end of its interval: the dearest win goes with the lowest conversion.
    pub(super) opposite: Cell,
    /// Cell with the lower end of the conversion.
    pub(super) least: Cell,
    /// What they come to; `None` where the cells are empty to begin with.
    pub(super) values: Option<Values>,
    /// What they are counted for.
    pub(super) time: Time,
}

/// What the cells of a [`Column`] come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Values {
    pub(super) leads: f64,
    pub(super) wins: f64,
    pub(super) conversion: f64,
    pub(super) opposite: f64,
    pub(super) least: f64,
}

/// A figure that follows from leads, wins and assumptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Live {
    Hours,
    HoursPerRep,
    OverCapacity,
    CapacityUsed,
    WinsPerRep,
    WinsPer100Hours,
    Cost,
    CostPerWin,
    NetValue,
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
        let in_money = |words: &str| if money.is_empty() { words.to_owned() } else { format!("{words}, {money}") };
        let capacity = match forecast.n_months {
            Some(_) => "Hours that sales has for leads in a month".to_owned(),
            None => format!("Hours that sales has for the {}", forecast.ahead),
        };
        sheet.text(at, "Assumptions", &look.section)?;
        sheet.text(at.right(1), "change the yellow cells; everything below follows", &look.quiet)?;
        let mut at = at.down(1);
        let mut input = |words: &str, value: Option<f64>, what: &str| -> Result<Assumption, WorkbookError> {
            sheet.text(at, words, &look.text)?;
            let cell = at.right(1);
            sheet.number(cell, value, &look.input_number)?;
            let at_least_0 = DataValidation::new()
                .allow_decimal_number(DataValidationRule::GreaterThanOrEqualTo(0.0))
                .set_error_title("Not a number")?
                .set_error_message("Type a number that is not below 0, or leave the cell empty.")?;
            sheet.inner().add_data_validation(cell.row, cell.col, cell.row, cell.col, &at_least_0)?;
            let note = match value {
                Some(_) => "from the config".to_owned(),
                None => format!("not in the config: type it in, and {what} show below"),
            };
            sheet.text(at.right(2), &note, &look.quiet)?;
            at = at.down(1);
            Ok(Assumption { cell, value })
        };
        let hours_per_lead = input("Hours of sales work for a lead", sales.hours_per_lead, "hours")?;
        let cost_per_lead = input(&in_money("Cost of working a lead"), sales.cost_per_lead, "costs")?;
        let value_per_win = input(&in_money("Value of a win"), sales.value_per_win, "values")?;
        let reps = input("Sales people", sales.reps, "figures for each of them")?;
        let capacity = input(&capacity, capacity_a_month(metrics), "hours over and under it")?;

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

impl Live {
    pub(super) const ALL: [Self; 9] = [
        Self::Hours,
        Self::HoursPerRep,
        Self::OverCapacity,
        Self::CapacityUsed,
        Self::WinsPerRep,
        Self::WinsPer100Hours,
        Self::Cost,
        Self::CostPerWin,
        Self::NetValue,
    ];

    /// What the row is called.
    pub(super) fn words(self, assumptions: &Assumptions) -> String {
        let in_money = |words: &str| match assumptions.money.as_str() {
            "" => words.to_owned(),
            money => format!("{words}, {money}"),
        };
        match self {
            Self::Hours => "hours of sales work".to_owned(),
            Self::HoursPerRep => "hours for each of the sales people".to_owned(),
            Self::OverCapacity => "hours over (+) or under (-) what sales has".to_owned(),
            Self::CapacityUsed => "share of the hours sales has".to_owned(),
            Self::WinsPerRep => "wins for each of the sales people".to_owned(),
            Self::WinsPer100Hours => "wins for 100 hours of work".to_owned(),
            Self::Cost => in_money("cost of working the leads"),
            Self::CostPerWin => in_money("cost of a win"),
            Self::NetValue => in_money("net value: wins less cost"),
        }
    }

    /// Whether an interval of leads, of wins or of conversion is one of this figure too. What depends on leads and on wins has
    /// none: they go together.
    pub(super) fn has_interval(self) -> bool {
        self != Self::NetValue
    }

    /// How its cells look: the figure itself, and the ends of its interval.
    pub(super) fn look(self, is_end: bool, look: &Look) -> &Format {
        match (self, is_end) {
            (Self::Hours | Self::Cost | Self::CostPerWin | Self::NetValue, false) => &look.count,
            (Self::Hours | Self::Cost | Self::CostPerWin | Self::NetValue, true) => &look.quiet_count,
            (Self::OverCapacity, _) => &look.signed_count,
            (Self::CapacityUsed, false) => &look.share,
            (Self::CapacityUsed, true) => &look.quiet_share,
            (Self::HoursPerRep | Self::WinsPerRep | Self::WinsPer100Hours, false) => &look.amount,
            (Self::HoursPerRep | Self::WinsPerRep | Self::WinsPer100Hours, true) => &look.quiet_amount,
        }
    }

    /// How the difference of two of them looks.
    pub(super) fn look_of_difference(self, look: &Look) -> &Format {
        match self {
            Self::CapacityUsed => &look.signed_share,
            Self::HoursPerRep | Self::WinsPerRep | Self::WinsPer100Hours => &look.signed_amount,
            Self::Hours | Self::Cost | Self::CostPerWin | Self::NetValue | Self::OverCapacity => &look.signed_count,
        }
    }

    /// The formula, and what it comes to.
    pub(super) fn in_column(self, column: &Column, with: &Assumptions) -> (String, Option<f64>) {
        let (leads, wins) = (column.leads.plain(), column.wins.plain());
        let cell = |assumption: Assumption| assumption.cell.fixed();
        let hours = format!("{leads}*{}", cell(with.hours_per_lead));
        let cost = format!("{leads}*{}", cell(with.cost_per_lead));
        let capacity = match with.months.filter(|_| column.time == Time::Ahead) {
            Some(months) => format!("{}*{}", cell(with.capacity), cell(months)),
            None => cell(with.capacity),
        };
        let expression = match self {
            Self::Hours => hours,
            Self::HoursPerRep => ratio(&hours, &cell(with.reps)),
            Self::OverCapacity => format!("{hours}-{capacity}"),
            Self::CapacityUsed => ratio(&hours, &format!("({capacity})")),
            Self::WinsPerRep => ratio(&wins, &cell(with.reps)),
            Self::WinsPer100Hours => {
                let hours_per_lead = cell(with.hours_per_lead);
                format!("IF({hours_per_lead}>0,{}*(100/{hours_per_lead}),\"\")", column.conversion.plain())
            }
            Self::Cost => cost,
            Self::CostPerWin => {
                let (least, opposite) = (column.least.plain(), column.opposite.plain());
                format!("IF({least}>0,{}/{opposite},\"\")", cell(with.cost_per_lead))
            }
            Self::NetValue => net_value(&leads, &wins, with.cost_per_lead, with.value_per_win),
        };
        let mut needed = vec![column.leads, column.wins, column.conversion];
        needed.extend(self.needs(with).iter().map(|assumption| assumption.cell));
        (if_numbers(&needed, &expression), self.value(column, with))
    }

    fn needs(self, with: &Assumptions) -> Vec<Assumption> {
        match self {
            Self::Hours | Self::WinsPer100Hours => vec![with.hours_per_lead],
            Self::HoursPerRep => vec![with.hours_per_lead, with.reps],
            Self::OverCapacity | Self::CapacityUsed => vec![with.hours_per_lead, with.capacity],
            Self::WinsPerRep => vec![with.reps],
            Self::Cost | Self::CostPerWin => vec![with.cost_per_lead],
            Self::NetValue => vec![with.cost_per_lead, with.value_per_win],
        }
    }

    /// In the same order of operations as the formula.
    fn value(self, column: &Column, with: &Assumptions) -> Option<f64> {
        let Values { leads, wins, conversion, opposite, least } = column.values?;
        let hours = with.hours_per_lead.value.map(|hours| leads * hours);
        let cost = with.cost_per_lead.value.map(|cost| leads * cost);
        let n_months = with.months.filter(|_| column.time == Time::Ahead).and_then(|months| months.value);
        let capacity = with.capacity.value.map(|capacity| capacity * n_months.unwrap_or(1.0));
        let ratio = |above: Option<f64>, below: Option<f64>| {
            above.zip(below).filter(|(_, below)| *below > 0.0).map(|(above, below)| above / below)
        };
        match self {
            Self::Hours => hours,
            Self::HoursPerRep => ratio(hours, with.reps.value),
            Self::OverCapacity => hours.zip(capacity).map(|(hours, capacity)| hours - capacity),
            Self::CapacityUsed => ratio(hours, capacity),
            Self::WinsPerRep => ratio(Some(wins), with.reps.value),
            Self::WinsPer100Hours => {
                with.hours_per_lead.value.filter(|hours| *hours > 0.0).map(|hours| conversion * (100.0 / hours))
            }
            Self::Cost => cost,
            Self::CostPerWin => with.cost_per_lead.value.filter(|_| least > 0.0).map(|cost| cost / opposite),
            Self::NetValue => with.value_per_win.value.zip(cost).map(|(value, cost)| wins * value - cost),
        }
    }
}

impl Assumptions {
    /// Net value of a difference of wins and leads: the formula, and what it comes to.
    pub(super) fn net_value(&self, leads: Cell, wins: Cell, values: (f64, f64)) -> (String, Option<f64>) {
        let (cost, value) = (self.cost_per_lead, self.value_per_win);
        let expression = net_value(&leads.plain(), &wins.plain(), cost, value);
        let known = value.value.zip(cost.value).map(|(value, cost)| values.1 * value - values.0 * cost);
        (if_numbers(&[leads, wins, cost.cell, value.cell], &expression), known)
    }

    /// ", EUR" behind a heading, where the currency is known.
    pub(super) fn money(&self) -> String {
        if self.money.is_empty() { String::new() } else { format!(", {}", self.money) }
    }
}

/// `expression` where every cell holds a number, else nothing.
pub(super) fn if_numbers(cells: &[Cell], expression: &str) -> String {
    let names: Vec<String> = cells.iter().map(|cell| cell.fixed()).collect();
    format!("=IF(COUNT({})={},{expression},\"\")", names.join(","), names.len())
}

fn net_value(leads: &str, wins: &str, cost: Assumption, value: Assumption) -> String {
    format!("{wins}*{}-{leads}*{}", value.cell.fixed(), cost.cell.fixed())
}

/// `above / below`, nothing where `below` is not above 0.
fn ratio(above: &str, below: &str) -> String {
    format!("IF({below}>0,{above}/{below},\"\")")
}
