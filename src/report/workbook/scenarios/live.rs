//! Figures that follow from leads, wins and assumptions by formulas.
//!
//! Always true: an assumption that is empty, or no number, leaves the figures that need it empty; nothing is divided by 0.

use rust_xlsxwriter::{Format, RowNum};

use super::ENDS;
use super::assumptions::Assumptions;
use super::formulas::{Number, Term};
use crate::report::workbook::{Cell, Look, Pen, Written};

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
    pub(super) leads: Number,
    pub(super) wins: Number,
    pub(super) conversion: Number,
    /// The conversion at the other end of its interval: the dearest win goes with the lowest conversion.
    pub(super) opposite: Number,
    /// The lower end of the conversion.
    pub(super) least: Number,
    /// What leads and wins are counted for.
    pub(super) time: Time,
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
    fn words(self, assumptions: &Assumptions) -> String {
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
    fn has_interval(self) -> bool {
        self != Self::NetValue
    }

    /// How its cells look: the figure itself, and the ends of its interval.
    fn look(self, is_end: bool, look: &Look) -> &Format {
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
        let hours_per_lead = with.hours_per_lead.fixed();
        let hours = column.leads.plain().times(&hours_per_lead);
        let cost_per_lead = with.cost_per_lead.fixed();
        let capacity = match with.months.filter(|_| column.time == Time::Ahead) {
            Some(months) => with.capacity.fixed().times(&months.fixed()),
            None => with.capacity.fixed(),
        };
        let (term, needs) = match self {
            Self::Hours => (hours, vec![with.hours_per_lead]),
            Self::HoursPerRep => (hours.ratio(&with.reps.fixed()), vec![with.hours_per_lead, with.reps]),
            Self::OverCapacity => (hours.less(&capacity), vec![with.hours_per_lead, with.capacity]),
            Self::CapacityUsed => (hours.ratio(&capacity.in_brackets()), vec![with.hours_per_lead, with.capacity]),
            Self::WinsPerRep => (column.wins.plain().ratio(&with.reps.fixed()), vec![with.reps]),
            Self::WinsPer100Hours => {
                let leads_in_100_hours = Term::constant_over(100, &hours_per_lead).in_brackets();
                let wins = column.conversion.plain().times(&leads_in_100_hours);
                (wins.where_positive(&hours_per_lead), vec![with.hours_per_lead])
            }
            Self::Cost => (column.leads.plain().times(&cost_per_lead), vec![with.cost_per_lead]),
            Self::CostPerWin => {
                let cost = cost_per_lead.over(&column.opposite.plain());
                (cost.where_positive(&column.least.plain()), vec![with.cost_per_lead])
            }
            Self::NetValue => {
                (net_value(column.leads, column.wins, with), vec![with.cost_per_lead, with.value_per_win])
            }
        };
        let of_column = [column.leads, column.wins, column.conversion];
        term.where_numbers(&of_column.into_iter().chain(needs).collect::<Vec<_>>())
    }

    /// The names of all of them, from `at` down.
    pub(super) fn write_words(pen: &mut Pen<'_>, at: Cell, assumptions: &Assumptions) -> Written {
        for (row, live) in Self::ALL.into_iter().enumerate() {
            pen.sheet.text(at.down(row as RowNum), &live.words(assumptions), &pen.look.text)?;
        }
        Ok(())
    }

    /// All of them with the ends of their intervals, from `at` down.
    ///
    /// - `column`: where each end finds leads and wins.
    pub(super) fn write_all(
        pen: &mut Pen<'_>,
        at: Cell,
        column: impl Fn(u16) -> LiveColumn,
        assumptions: &Assumptions,
    ) -> Written {
        for (row, live) in Self::ALL.into_iter().enumerate() {
            for end in 0..if live.has_interval() { ENDS } else { 1 } {
                let (formula, value) = live.in_column(&column(end), assumptions);
                let cell = at.down(row as RowNum).right(end);
                pen.sheet.formula(cell, &formula, value, live.look(end > 0, pen.look))?;
            }
        }
        Ok(())
    }
}

/// What wins are worth less what leads cost.
pub(super) fn net_value(leads: Number, wins: Number, with: &Assumptions) -> Term {
    let cost = leads.plain().times(&with.cost_per_lead.fixed());
    wins.plain().times(&with.value_per_win.fixed()).less(&cost)
}
