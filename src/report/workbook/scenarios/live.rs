//! Figures that follow from leads, wins and assumptions by formulas.
//!
//! Always true: an assumption that is empty, or no number, leaves the figures that need it empty; nothing is divided by 0.

use rust_xlsxwriter::Format;

use super::assumptions::{Assumption, Assumptions};
use super::formulas::{if_numbers, ratio};
use crate::decide::forecast::record::ScenarioPair;
use crate::report::workbook::cell::Cell;
use crate::report::workbook::look::Look;

/// Time that leads and wins of a column are counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// The whole time ahead.
    Ahead,
    /// One month, or 1,000 leads.
    One,
}

/// A column in which figures follow from leads and wins.
pub(super) struct LiveColumn {
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

/// What the cells of a [`LiveColumn`] come to.
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
        let in_money = |words: &str| assumptions.in_money(words);
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
    pub(super) fn in_column(self, column: &LiveColumn, with: &Assumptions) -> (String, Option<f64>) {
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
    fn value(self, column: &LiveColumn, with: &Assumptions) -> Option<f64> {
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

/// Net value of the first policy of a pair less that of the second: the formula, and what it comes to.
///
/// - `leads`, `wins`: cells with their differences.
pub(super) fn net_value_of_difference(
    leads: Cell,
    wins: Cell,
    pair: &ScenarioPair,
    with: &Assumptions,
) -> (String, Option<f64>) {
    let (cost, value) = (with.cost_per_lead, with.value_per_win);
    let expression = net_value(&leads.plain(), &wins.plain(), cost, value);
    let (more_leads, more_wins) = (pair.leads_difference.expected, pair.wins_difference.expected);
    let known = value.value.zip(cost.value).map(|(value, cost)| more_wins * value - more_leads * cost);
    (if_numbers(&[leads, wins, cost.cell, value.cell], &expression), known)
}

fn net_value(leads: &str, wins: &str, cost: Assumption, value: Assumption) -> String {
    format!("{wins}*{}-{leads}*{}", value.cell.fixed(), cost.cell.fixed())
}
