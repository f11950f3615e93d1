//! What can be wrong with outcomes.

/// Outcomes and leads that do not make labels. Columns are named as the user named them, rows count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// No rows.
    #[error("the lead table has no rows\nhint: check the path and any filter of the export")]
    NoLeads,
    /// Nothing says who converted.
    #[error(
        "nothing says which leads converted\nhint: name the column with --converted, or `outcome.converted` or `outcome.converted_at` in the config"
    )]
    NoOutcome,
    /// A column that is not there.
    #[error("the {table} table has no column `{column}` ({key}){nearest}\nhint: the columns are {columns}")]
    NoColumn {
        /// leads or outcomes.
        table: &'static str,
        /// What was asked for.
        column: String,
        /// Key that asked for it.
        key: &'static str,
        /// "; did you mean ..." or nothing.
        nearest: String,
        /// Columns there are.
        columns: String,
    },
    /// Not a time.
    #[error(
        "column `{column}` ({key}), row {row}: {seen} is not a time\n\
         hint: use timestamps, dates, or text such as 2026-03-31 or 2026-03-31T17:00:00Z"
    )]
    NotATime {
        /// The column.
        column: String,
        /// Its key.
        key: &'static str,
        /// Row, from 1.
        row: usize,
        /// What was there.
        seen: String,
    },
    /// A flag that is neither yes nor no.
    #[error(
        "column `{column}` (outcome.converted), row {row}: {seen} is neither yes nor no\nhint: use true/false or 1/0, or list the texts that mean yes: `converted_values = [\"Won\"]`; seen here: {levels}"
    )]
    NotAFlag {
        /// The column.
        column: String,
        /// Row, from 1.
        row: usize,
        /// What was there.
        seen: String,
        /// Distinct values, the first few.
        levels: String,
    },
    /// Texts that mean yes but never occur.
    #[error("`outcome.converted_values` names {missing}, which column `{column}` never says\nhint: it says {levels}")]
    UnknownValues {
        /// The column.
        column: String,
        /// Values that never occur.
        missing: String,
        /// Distinct values, the first few.
        levels: String,
    },
    /// A lead without a name.
    #[error("column `{column}` ({key}), row {row}: the id is missing\nhint: every row of the {table} table needs one")]
    NoId {
        /// The column.
        column: String,
        /// Its key.
        key: &'static str,
        /// leads, outcomes or events.
        table: &'static str,
        /// Row, from 1.
        row: usize,
    },
    /// Outcomes are joined by id.
    #[error(
        "outcomes in a table of their own are joined by the lead's id, and none is named\nhint: set `leads.id` (and `outcome.id` where it is named differently there)"
    )]
    JoinWithoutId,
    /// A horizon is counted from the hand-off.
    #[error(
        "`outcome.horizon` = \"{horizon}\" counts days from the hand-off, and no column says when that was\nhint: set `leads.as_of`, or leave the horizon out"
    )]
    HorizonWithoutAsOf {
        /// The horizon as written.
        horizon: String,
    },
    /// A setting that cannot be read.
    #[error("`{key}` = \"{seen}\" cannot be read: {why}")]
    BadSetting {
        /// The key.
        key: &'static str,
        /// What was there.
        seen: String,
        /// What helps.
        why: String,
    },
    /// All or none converted.
    #[error(
        "{n_converted} of {n_leads} leads with a known outcome converted: there is nothing to tell apart\n\
         hint: check `outcome.converted` and the period; a card needs leads that converted and leads that did not"
    )]
    OneOutcome {
        /// Labelled leads.
        n_leads: usize,
        /// Of those, how many converted.
        n_converted: usize,
    },
    /// Too few of one kind.
    #[error(
        "only {n_few} of {n_leads} leads {kind}; at least {n_needed} are needed before points mean anything\n\
         hint: take a longer period, or wait for {n_more} more; 200 and more make good cards"
    )]
    TooFew {
        /// "converted" or "did not convert".
        kind: &'static str,
        /// How many of that kind there are.
        n_few: usize,
        /// Labelled leads.
        n_leads: usize,
        /// Fewest.
        n_needed: usize,
        /// How many are missing.
        n_more: usize,
    },
    /// Every lead was left out.
    #[error("none of the {n_read} leads has a fair outcome: {why}")]
    NoneLeft {
        /// Leads in the table.
        n_read: usize,
        /// Counts of the reasons.
        why: String,
    },
}
