//! Frontier: lead volume against conversion, for every threshold, from leads the card had not seen.
//!
//! In: [`OutOfFold`], and every lead handed off with its score by the card that ships. Out: a [`Histogram`], from it an [`Outlook`]
//! (how many leads come, and how well they convert) and a [`Frontier`], from those the threshold of each [`Policy`]; and the files
//! `frontier.parquet` and `out_of_fold.parquet`.
//!
//! Start at [`Frontier::trace`]. `histogram` counts, `chances` says what scores are worth, `outlook` looks ahead, `trace` adds up, `wins` has the interval of wins per month, `policy`
//! checks rules, `ranking` orders leads as a policy takes them, `resolve` turns policies into thresholds, `bands` cuts
//! hot from nurture from reject, `files` writes and reads.
//!
//! Always true: leads are chosen from the highest score down; leads tied at a threshold share the last places in
//! proportion; intervals are 90 %.

mod bands;
mod chances;
mod files;
mod groups;
mod histogram;
mod histogram_file;
mod outlook;
mod policy;
mod ranking;
mod resolve;
#[cfg(test)]
pub(crate) mod testing;
mod trace;
mod wins;

pub use crate::cross_fit::OutOfFold;
pub use bands::{DecidedLines, derive_bands, nurture_from};
pub use chances::{Chances, curve_entry, spread_of};
pub use files::{CARD_SHA256, frontier_table, out_of_fold_tables, write_frontier, write_out_of_fold, write_table};
pub use groups::{GroupBelief, GroupLeads, group_offsets, leads_of_groups};
pub use histogram::{HandedOff, Histogram, HistogramCell, Month, Outcomes, Span};
pub use histogram_file::{HistogramFileError, read_histogram, write_histogram};
pub use outlook::{Known, Outlook, Prediction, Window};
pub use policy::{Policy, Rule, check_policies, default_policies};
pub use ranking::{Ranking, Seen, Step, Tally};
pub use resolve::{DrawnLine, Evidence, GroupLine, Resolved, draw_line, resolve, resolve_policies, threshold_metrics};
pub use trace::{Chosen, Frontier, FrontierRow, Per};
pub use wins::wins_per_month;

/// A policy or band that cannot be, or leads that cannot be counted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FrontierError {
    /// A policy that says nothing, several things, or what cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A hand-off off the calendar.
    #[error(
        "a hand-off lies {microseconds} microseconds from 1970, outside the years -9999 to 9999\n\
         hint: look for broken dates in the as-of column"
    )]
    TimeOutOfRange {
        /// Microseconds since 1970 UTC.
        microseconds: i64,
    },
    /// A volume per period, and leads without dates.
    #[error(
        "policy `{name}` ({rule}) needs to know when leads were handed over, and they have no dates\n\
         hint: name the column in `leads.as_of`, or choose by `share = 0.25` or `points_at_least`"
    )]
    VolumeWithoutDates {
        /// The policy.
        name: String,
        /// Its rule in words.
        rule: String,
    },
    /// Hours without hours per lead.
    #[error(
        "policy `{name}` chooses by hours, and nobody said how many a lead takes\n\
         hint: set `sales.hours_per_lead` (--hours-per-lead)"
    )]
    NoHours {
        /// The policy.
        name: String,
    },
    /// Break-even without cost or value.
    #[error(
        "policy `{name}` chooses the leads that pay, and `sales.{key}` is not known\n\
         hint: set `sales.cost_per_lead` and `sales.value_per_win` (--cost-per-lead, --value-per-win)"
    )]
    NoMoney {
        /// The policy.
        name: String,
        /// What is missing.
        key: &'static str,
    },
    /// A break-even above 1.
    #[error(
        "policy `{name}`: a lead costs {cost_per_lead} and a win brings {value_per_win:.0}, so no lead can pay, whatever its \
         chance\nhint: `sales.cost_per_lead` is the cost of one lead, `sales.value_per_win` the worth of one win"
    )]
    NeverPays {
        /// The policy.
        name: String,
        /// Cost of one lead.
        cost_per_lead: f64,
        /// Worth of one win.
        value_per_win: f64,
    },
    /// A chance that no lead has.
    #[error(
        "policy `{name}` ({rule}) is out of reach: the best leads have a chance of {best_per_cent:.1} %\n\
         hint: a cheaper lead or a dearer win would bring it within reach"
    )]
    ChanceOutOfReach {
        /// The policy.
        name: String,
        /// Its rule in words.
        rule: String,
        /// Best chance, in per cent.
        best_per_cent: f64,
    },
    /// A band that the card does not have.
    #[error("policy `{name}` asks for the band `{band}`, and the card has {known}\nhint: name one of them")]
    UnknownBand {
        /// The policy.
        name: String,
        /// The band.
        band: String,
        /// The bands there are.
        known: String,
    },
    /// Thresholds by team, and no team.
    #[error(
        "policy `{name}` draws a line for every {by}, and the leads have none\nhint: name the column in `leads.{by}`"
    )]
    NoGroups {
        /// The policy.
        name: String,
        /// team or segment.
        by: &'static str,
    },
    /// A rule that cannot differ between teams.
    #[error(
        "policy `{name}` ({rule}) draws the same line for every {by}, so `by = \"{by}\"` changes nothing\n\
         hint: leave `by` out, or use `top`, `share`, `capacity`, `conversion_at_least` or `break_even`"
    )]
    SameForAll {
        /// The policy.
        name: String,
        /// team or segment.
        by: &'static str,
        /// Its rule in words.
        rule: String,
    },
    /// Nobody was judged.
    #[error("policy `{name}` has no leads to choose from")]
    NoLeads {
        /// The policy.
        name: String,
    },
    /// More leads wanted than there are.
    #[error(
        "policy `{name}` ({rule}) wants more leads than there are: {per_month:.1} a month\n\
         hint: ask for fewer, or compare it once there are more"
    )]
    NotEnoughLeads {
        /// The policy.
        name: String,
        /// Its rule in words.
        rule: String,
        /// Leads that there are.
        per_month: f64,
    },
    /// More points wanted than any lead has.
    #[error(
        "policy `{name}` asks for at least {points} points, and no lead has more than {highest}\n\
         hint: lower `points_at_least`"
    )]
    PointsOutOfReach {
        /// The policy.
        name: String,
        /// Points wanted.
        points: i32,
        /// Most points that a judged lead has.
        highest: i32,
    },
    /// A higher conversion wanted than any threshold gives.
    #[error(
        "policy `{name}` ({rule}) is out of reach: the best is {best_per_cent:.1} %, of the {n_leads} leads with at least \
         {threshold} points\nhint: lower `conversion_at_least`"
    )]
    ConversionOutOfReach {
        /// The policy.
        name: String,
        /// Its rule in words.
        rule: String,
        /// Best conversion, in per cent.
        best_per_cent: f64,
        /// Leads that have it.
        n_leads: f64,
        /// Where they begin.
        threshold: i32,
    },
    /// A conversion wanted where there are too few leads to tell one.
    #[error("policy `{name}` chooses by conversion, and {n_leads} judged leads are too few to tell one: it takes 20")]
    TooFewForARate {
        /// The policy.
        name: String,
        /// Judged leads.
        n_leads: u64,
    },
}
