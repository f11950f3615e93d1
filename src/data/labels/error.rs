//! Why leads cannot be labelled, in words for the person who has to mend it.

use crate::data::columns::ColumnError;
use crate::notes::{count, counted};

/// Why leads cannot be labelled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LabelError {
    /// A column is not there or cannot be read.
    #[error(transparent)]
    Column(#[from] ColumnError),
    /// Nobody said who converted.
    #[error(
        "nothing says which leads converted\n\
         hint: name the column in `outcome.converted` (or --converted), or the moment of conversion in `outcome.converted_at`"
    )]
    NoOutcomeColumn,
    /// A horizon counts from as-of.
    #[error(
        "`outcome.horizon` counts days from the hand-off, and no column says when that was\n\
         hint: name it in `leads.as_of`, or leave the horizon out"
    )]
    HorizonWithoutAsOf,
    /// Outcomes are joined by id.
    #[error("the outcome table is joined by lead id, and no column is named as the id\nhint: name it in `leads.id`")]
    OutcomesWithoutId,
    /// An empty table.
    #[error("the lead table has no rows")]
    NoRows,
    /// More rows than positions.
    #[error("the lead table has {} rows; this engine takes up to {}", count(*n_rows as u64), count(u64::from(u32::MAX) - 1))]
    TooManyRows {
        /// Rows in the table.
        n_rows: usize,
    },
    /// A flag that is a number, but not 0 or 1.
    #[error(
        "column {column:?} should say who converted, and row {row} of the {table} table is {value}\n\
         hint: a flag is true or false, 0 or 1, or text (or a code) with `outcome.converted_values`"
    )]
    FlagNumber {
        /// The column.
        column: String,
        /// The table it is in.
        table: &'static str,
        /// Row, counted from 1.
        row: usize,
        /// What is there.
        value: f64,
    },
    /// A text flag without the texts that mean yes.
    #[error(
        "column {column:?} should say who converted, and it holds text: {seen}\n\
         hint: say which of them mean yes, as in `converted_values = [{example:?}]`"
    )]
    FlagText {
        /// The column.
        column: String,
        /// Its levels with counts.
        seen: String,
        /// One of them.
        example: String,
    },
    /// None of the texts that mean yes is there.
    #[error(
        "none of `outcome.converted_values` ({wanted}) is in column {column:?}, which holds {seen}{}",
        did_you_mean(near)
    )]
    FlagNeverSeen {
        /// The column.
        column: String,
        /// What was looked for.
        wanted: String,
        /// Its levels with counts.
        seen: String,
        /// The level that looks most like one of them.
        near: Option<String>,
    },
    /// The same text, written in another way.
    #[error(
        "{seen:?} in {} of column {column:?} differs from {wanted:?} in `outcome.converted_values` only in \
         capitals or spaces\n\
         hint: add {seen:?} to `outcome.converted_values` if it means yes as well; clean the column if it does not",
        counted(*n_rows as u64, "row")
    )]
    FlagOtherCase {
        /// The column.
        column: String,
        /// What is there.
        seen: String,
        /// What it looks like.
        wanted: String,
        /// How often.
        n_rows: usize,
    },
    /// Nothing is left to learn from.
    #[error("no lead has a fair outcome: of {}, {why}", counted(*n_read as u64, "lead"))]
    NothingLeft {
        /// Leads in the table.
        n_read: usize,
        /// The counts of those left out.
        why: String,
    },
    /// Everybody converted, or nobody did.
    #[error(
        "{} of the {} with a fair outcome converted; a card needs both kinds{}",
        if *all { "every one" } else { "none" },
        counted(*n_leads as u64, "lead"),
        left_out_hint(left_out)
    )]
    OneOutcome {
        /// All of them, or none.
        all: bool,
        /// Leads with a fair outcome.
        n_leads: usize,
        /// The counts of those left out; may be empty.
        left_out: String,
    },
    /// Too few to tell levels apart.
    #[error(
        "only {} {} and {} {}; a card needs at least {MIN_PER_OUTCOME} of each{}",
        counted(*n_rare as u64, "lead"),
        if *rare_converted { "converted" } else { "did not convert" },
        count(*n_other as u64),
        if *rare_converted { "did not" } else { "did" },
        would_do(*n_rare, *n_other, left_out)
    )]
    TooFew {
        /// Leads of the rarer outcome.
        n_rare: usize,
        /// Leads of the other.
        n_other: usize,
        /// Whether the rarer outcome is the conversion.
        rare_converted: bool,
        /// The counts of those left out; may be empty.
        left_out: String,
    },
    /// The user's fold number is missing.
    #[error(
        "row {row} of the lead table has no number in the fold column {column:?}\nhint: give every lead a fold, or use `folds.by` = \"random\""
    )]
    NoFold {
        /// The column.
        column: String,
        /// Row, counted from 1.
        row: usize,
    },
}

/// Fewest conversions, and fewest non-conversions, a card is made from. With 20 of the rarer outcome the log-odds of all
/// leads has a standard error of about 1 / sqrt(20) = 0.22; with fewer, hardly any level can be told from another.
pub const MIN_PER_OUTCOME: usize = 20;

fn did_you_mean(near: &Option<String>) -> String {
    near.as_ref().map_or(String::new(), |near| format!("\nhint: did you mean {near:?}?"))
}

fn left_out_hint(left_out: &str) -> String {
    if left_out.is_empty() { String::new() } else { format!("\nleft out: {left_out}") }
}

fn would_do(n_rare: usize, n_other: usize, left_out: &str) -> String {
    let n_leads = n_rare + n_other;
    // At the rate seen so far; rounded up to tens, since it is a guess.
    let n_wanted = (n_leads * MIN_PER_OUTCOME).div_ceil(n_rare.max(1)).div_ceil(10) * 10;
    format!(
        "\nhint: at this rate about {} with a fair outcome would do{}",
        counted(n_wanted as u64, "lead"),
        left_out_hint(left_out)
    )
}
