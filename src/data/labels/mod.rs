//! Labels: which leads converted within the horizon, and which are too young to say.
//!
//! In: the lead table and the outcomes. Out: [`LabelledLeads`]: the leads with a fair outcome.
//!
//! Start at [`label_leads`], at [`label_hand_offs`] for what sales did with every lead, or at [`follow_hand_offs`] for what is
//! known of every lead by now. `outcome_columns` reads what outcomes say, `dispositions` what sales did, `outcome_words` what words of
//! CRM systems mean, `join` finds the hand-off an outcome belongs to, `meeting` says why ids of two tables do not meet, `weights` for how many leads a row counts, `label` decides each lead's fate, `hand_offs` keeps all of them.
//!
//! Always true: every lead read is either labelled or counted in [`LabelCounts`], once, and each count has a note (some of those
//! counted are in [`OtherLeads`] as well, for the stages that can learn from them); nothing depends on the order of the rows,
//! except which of two equal rows is kept.

mod clusters;
mod copies;
mod dispositions;
mod flag;
mod groups;
mod hand_offs;
mod join;
pub mod keys;
mod label;
mod meeting;
mod outcome_columns;
mod outcome_words;
mod periods;
mod weights;

pub use crate::data::columns::{parse_time, show_day, show_time};
pub use clusters::keep_copies_together;
pub use copies::{EqualRows, answers_of_rows, equal_rows, exact_copies};
pub use dispositions::Disposition;
pub(in crate::data) use flag::as_argument;
pub use groups::NO_GROUP;
pub use hand_offs::{HandOffs, KnownOutcome, ReasonTexts};
pub(crate) use join::{Conversions, LeadIndex, NO_ROW};
pub use label::{MIN_PER_OUTCOME, follow_hand_offs, keyed_leads, label_hand_offs, label_leads};
pub(in crate::data) use outcome_words::{
    DealState, names_the_lost, says_nothing, sounding_like_won, state_in_words, yes_or_no_of,
};
pub use periods::{History, MIN_FIT_CONVERSIONS, longest_horizon};
pub use weights::Weighting;

use crate::data::table::PickedTexts;

/// The leads that have a fair outcome; every vector has one entry per labelled lead, in the order of the input.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LabelledLeads {
    /// Names of the leads.
    pub ids: LeadIds,
    /// Row of the lead in the lead table as read, `0..n_read`.
    pub rows: Vec<u32>,
    /// Moment of hand-off, microseconds since 1970 UTC.
    pub as_of: Option<Vec<i64>>,
    /// Converted within the horizon.
    pub converted: Vec<bool>,
    /// How many leads each stands for; `None` where each stands for itself, as all do once they are counted out.
    pub weight: Option<Vec<u32>>,
    /// What `leads.weight` made of the rows.
    pub weighting: Option<Weighting>,
    /// Value of the lead, in the user's currency; NaN where unknown.
    pub value: Option<Vec<f64>>,
    /// Segment of the lead (positions into names), `None` without such a column.
    pub segment: Option<Grouping>,
    /// Source of the lead.
    pub source: Option<Grouping>,
    /// Team of the lead.
    pub team: Option<Grouping>,
    /// A number per lead that leads of one account (or contact) share; `None` without such a column.
    pub cluster: Option<Vec<u64>>,
    /// Groups compared in how often they are handed off, one grouping per column of `segments.fairness`;
    /// ranges of numbers stand in their own order.
    pub fairness: Vec<Grouping>,
    /// The user's own fold numbers, when `folds.by = "column"`.
    pub own_fold: Option<Vec<i64>>,
    /// Microseconds from hand-off to conversion, [`NO_CONVERSION`] where there was none within the horizon; `None` where nobody
    /// says when leads converted, and without a horizon.
    pub delay_us: Option<Vec<i64>>,
    /// Days after as-of in which a conversion counts; `None` without a horizon.
    pub horizon_days: Option<f64>,
    /// Last moment for which outcomes are known; `None` without a horizon.
    pub observed_until_us: Option<i64>,
    /// Leads whose horizon is still open, as far as they are known; none where nobody says when leads convert.
    pub open: OtherLeads,
    /// Leads that sales never touched, those with an open horizon left out.
    pub untouched: OtherLeads,
    /// Hand-offs of which nothing is known but that they came: too young where nobody says when leads convert, still open
    /// without a horizon, or without an outcome.
    pub volume_only: OtherLeads,
    /// How many leads were read and why some are not here.
    pub counts: LabelCounts,
}

/// [`LabelledLeads::delay_us`] of a lead that did not convert.
pub const NO_CONVERSION: i64 = i64::MAX;

/// Leads without a fair outcome that still tell something; every vector has one entry per lead, in the order of the input.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OtherLeads {
    /// Names of the leads.
    pub ids: LeadIds,
    /// Row of the lead in the lead table as read.
    pub rows: Vec<u32>,
    /// How many leads each stands for; `None` where each stands for itself.
    pub weight: Option<Vec<u32>>,
    /// Moment of hand-off, microseconds since 1970 UTC; empty without such a column.
    pub as_of: Vec<i64>,
    /// Microseconds from hand-off to a conversion that is known, [`NO_CONVERSION`] where there is none; empty for untouched leads.
    pub delay_us: Vec<i64>,
    /// The user's own fold numbers, when `folds.by = "column"`.
    pub own_fold: Option<Vec<i64>>,
    /// Segment of the lead, `None` without such a column.
    pub segment: Option<Grouping>,
    /// Team of the lead.
    pub team: Option<Grouping>,
    /// A number per lead that leads of one account (or contact) share; `None` without such a column.
    pub cluster: Option<Vec<u64>>,
}

impl OtherLeads {
    /// Number of leads.
    pub fn n_leads(&self) -> usize {
        self.rows.len()
    }

    /// Who these leads are.
    pub fn identities(&self) -> Identities<'_> {
        let as_of = (self.as_of.len() == self.rows.len() && !self.rows.is_empty()).then_some(self.as_of.as_slice());
        Identities { ids: &self.ids, rows: &self.rows, as_of }
    }
}

/// Who leads are, for stages that do not look at what became of them; one entry per lead.
#[derive(Debug, Clone, Copy)]
pub struct Identities<'a> {
    /// Names of the leads.
    pub ids: &'a LeadIds,
    /// Row of the lead in the lead table as read.
    pub rows: &'a [u32],
    /// Moment of hand-off, microseconds since 1970 UTC.
    pub as_of: Option<&'a [i64]>,
}

impl LabelledLeads {
    /// Who these leads are.
    pub fn identities(&self) -> Identities<'_> {
        Identities { ids: &self.ids, rows: &self.rows, as_of: self.as_of.as_deref() }
    }

    /// Microseconds after as-of in which a conversion counts.
    pub fn horizon_us(&self) -> Option<i64> {
        self.horizon_days.map(|days| (days * crate::settings::US_PER_DAY as f64) as i64)
    }

    /// Number of labelled leads.
    pub fn n_leads(&self) -> usize {
        self.converted.len()
    }

    /// Number of labelled leads that converted.
    pub fn n_converted(&self) -> usize {
        self.converted.iter().filter(|&&converted| converted).count()
    }
}

/// A text column as positions into its distinct names; missing is the name `(missing)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// The user's column.
    pub column: String,
    /// Distinct names in byte order.
    pub names: Vec<String>,
    /// Position of each lead's name.
    pub positions: Vec<u32>,
}

impl Grouping {
    /// The groups of the leads at these positions.
    pub fn select(&self, leads: &[u32]) -> Self {
        let positions = leads.iter().map(|&lead| self.positions[lead as usize]).collect();
        Self { column: self.column.clone(), names: self.names.clone(), positions }
    }

    /// Puts the groups of more leads behind; names that are new take their place in byte order.
    pub fn extend(&mut self, more: &Self) {
        let mut names: Vec<String> = self.names.iter().chain(&more.names).cloned().collect();
        names.sort_unstable();
        names.dedup();
        let place = |known: &[String]| -> Vec<u32> {
            known.iter().map(|name| names.binary_search(name).unwrap_or_default() as u32).collect()
        };
        let (of_own, of_more) = (place(&self.names), place(&more.names));
        self.positions.iter_mut().for_each(|position| *position = of_own[*position as usize]);
        self.positions.extend(more.positions.iter().map(|&position| of_more[position as usize]));
        self.names = names;
    }
}

/// Leads by id and hand-off; nothing is said of what became of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeyedLeads {
    /// Names of the leads.
    pub ids: LeadIds,
    /// Moment of hand-off, microseconds since 1970 UTC.
    pub as_of: Vec<i64>,
    /// Row of each in the table as read.
    pub rows: Vec<u32>,
    /// First row without an id or without a hand-off.
    pub first_without: Option<u32>,
}

impl KeyedLeads {
    /// Who these leads are.
    pub fn identities(&self) -> Identities<'_> {
        Identities { ids: &self.ids, rows: &self.rows, as_of: Some(&self.as_of) }
    }
}

/// The columns of a lead table by which events find their lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyColumns {
    /// Names the lead.
    pub id: String,
    /// The moment of hand-off.
    pub as_of: String,
}

/// How many leads were read, kept and left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelCounts {
    /// Leads in the table.
    pub n_read: usize,
    /// Horizon ends after `observed_until`: too young to say, left out.
    pub n_immature: usize,
    /// Of those, how many have converted already.
    pub n_immature_converted: usize,
    /// Sales never touched the lead: no fair outcome, left out.
    pub n_untouched: usize,
    /// Neither won nor lost, and there is no horizon by which to count them: left out.
    pub n_open: usize,
    /// The outcome is missing (null flag, no outcome row for a flag column): left out.
    pub n_without_outcome: usize,
    /// Same id and as-of as an earlier row: left out.
    pub n_duplicate: usize,
    /// As-of after the conversion: left out, the card would know the answer.
    pub n_as_of_after_conversion: usize,
    /// No as-of moment where one is needed: left out.
    pub n_without_as_of: usize,
    /// No id although there is an id column: left out.
    pub n_without_id: usize,
}

impl LabelCounts {
    /// Leads with a fair outcome.
    pub fn n_labelled(&self) -> usize {
        self.n_read
            - self.n_immature
            - self.n_untouched
            - self.n_open
            - self.n_without_outcome
            - self.n_duplicate
            - self.n_as_of_after_conversion
            - self.n_without_as_of
            - self.n_without_id
    }
}

/// Names of leads under the user's own column name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LeadIds {
    /// Whole-number ids.
    Whole {
        /// The user's column.
        column: String,
        /// One per lead.
        values: Vec<i64>,
    },
    /// Text ids.
    Text {
        /// The user's column.
        column: String,
        /// One per lead.
        values: PickedTexts,
    },
    /// No id column: the row number names the lead, column `row`.
    #[default]
    RowNumber,
}

impl LeadIds {
    /// The names of some of the leads.
    pub fn select(&self, positions: &[usize]) -> Self {
        match self {
            Self::Whole { column, values } => {
                Self::Whole { column: column.clone(), values: positions.iter().map(|&lead| values[lead]).collect() }
            }
            Self::Text { column, values } => Self::Text { column: column.clone(), values: values.select(positions) },
            Self::RowNumber => Self::RowNumber,
        }
    }
}
