//! Afterwards: is a column known only after the hand-off?
//!
//! In: the name of a column, its values and, over all labelled leads, who has one. Out: a [`Suspicion`] with its figures.
//!
//! `strength` measures what a column alone tells, `presence` what being filled tells, `filled_late` whether it fills with age,
//! `spans` looks for time that runs backwards, `names` reads the name, `gain` holds a column against all others.
//!
//! Always true: a strong name is enough; a weak name needs figures; figures alone have to be strong.

mod filled_late;
mod gain;
pub(super) mod names;
pub(super) mod presence;
mod spans;
pub(super) mod strength;

use names::Named;
use presence::Filled;
use rayon::prelude::*;

use super::values::Sampled;

/// What is known of a column beside its values.
pub(super) struct Evidence<'a> {
    /// The column.
    pub column: &'a str,
    /// A sample of its values.
    pub values: &'a Sampled,
    /// Who has one, by outcome.
    pub filled: Filled,
    /// Hand-offs, outcomes and who has a value, where leads have dates.
    pub dated: Option<Dated<'a>>,
    /// AUC of the column alone, on leads held back.
    pub auc: Option<f64>,
}

/// Leads with dates; one entry per lead.
#[derive(Clone, Copy)]
pub(super) struct Dated<'a> {
    pub as_of: &'a [i64],
    pub converted: &'a [bool],
    pub is_filled: &'a [bool],
}

/// AUC from which on a weak name is joined by figures: no honest criterion of our data sets but a page's value and an earlier
/// campaign's outcome comes near.
const HINT_AUC: f64 = 0.85;

/// Why a column is known only afterwards; `None` where nothing says so.
pub(super) fn suspicion(evidence: &Evidence<'_>) -> Option<String> {
    let Evidence { column, values, filled, dated, auc } = evidence;
    let named = names::named(column);
    let rise = dated.and_then(|dated| filled_late::rise_with_age(dated.as_of, dated.converted, dated.is_filled));
    if let Some(Named { what, is_strong: true }) = named {
        let figures = rise.map(|rise| rise.in_words()).or_else(|| filled.is_hint().then(|| filled.in_words()));
        let figures = figures.map_or_else(String::new, |figures| format!("; {figures}"));
        return Some(format!("{what}, by its name{figures}"));
    }
    let figures = spans::negative_span(column, values)
        .or_else(|| rise.filter(|rise| rise.is_strong() || filled.is_hint()).map(|rise| rise.in_words()));
    if figures.is_some() {
        return figures;
    }
    let Named { what, .. } = named?;
    let figures = rise
        .map(|rise| rise.in_words())
        .or_else(|| filled.is_hint().then(|| filled.in_words()))
        .or_else(|| auc.filter(|&auc| auc >= HINT_AUC).map(|auc| format!("AUC {auc:.2} alone on leads held back")));
    figures.map(|figures| format!("{what}, by its name; {figures}"))
}

/// Columns whose values are held at a time.
const COLUMNS_AT_ONCE: usize = 16;

/// Of columns whose name is a hint, those that carry the card: position and reason.
///
/// - `columns`: name and values of every criterion on the sample of `leads`, one at a time.
pub(super) fn carriers(
    names: &[&str],
    values_of: &(dyn Fn(usize) -> Sampled + Sync),
    leads: &[usize],
    converted: &[bool],
) -> Vec<(usize, String)> {
    let hinted: Vec<(usize, &str)> =
        (names.iter().enumerate()).filter_map(|(at, name)| names::named(name).map(|named| (at, named.what))).collect();
    if hinted.is_empty() || names.len() < 2 {
        return Vec::new();
    }
    let of_column = |at: usize| gain::log_odds_of(&values_of(at), leads, converted);
    let mut all = vec![0.0; leads.len()];
    // Added in the order of the columns, so that any number of threads comes to the same sums.
    let columns: Vec<usize> = (0..names.len()).collect();
    for some in columns.chunks(COLUMNS_AT_ONCE) {
        let of_some: Vec<Vec<f64>> = some.par_iter().map(|&at| of_column(at)).collect();
        for own in of_some {
            all.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        }
    }
    let reason = |(at, what): (usize, &str)| {
        let carried = gain::carried(&of_column(at), &all, leads, converted)?;
        Some((at, format!("{what}, by its name; {}", carried.in_words())))
    };
    hinted.into_iter().filter_map(reason).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HINT: Filled = Filled { n_converted: 80, n_others: 200, n_converted_in_all: 100, n_others_in_all: 500 };
    const NO_HINT: Filled = Filled { n_converted: 100, n_others: 500, n_converted_in_all: 100, n_others_in_all: 500 };

    fn said(column: &str, filled: Filled, auc: f64) -> Option<String> {
        let values = Sampled::Numbers(vec![1.0, 2.0]);
        suspicion(&Evidence { column, values: &values, filled, dated: None, auc: Some(auc) })
    }

    #[test]
    fn a_strong_name_is_enough_a_weak_one_needs_figures_and_figures_alone_have_to_be_strong() {
        assert_eq!(said("Lost Reason", NO_HINT, 0.5).as_deref(), Some("the reason of a loss or a win, by its name"));
        assert_eq!(said("Amount", NO_HINT, 0.7), None);
        assert_eq!(
            said("Amount", NO_HINT, 0.9).as_deref(),
            Some("an amount of the deal, by its name; AUC 0.90 alone on leads held back")
        );
        assert_eq!(
            said("Amount", HINT, 0.7).as_deref(),
            Some(
                "an amount of the deal, by its name; filled for 80 of the 100 converted leads and for 200 of the 500 others"
            )
        );
        assert_eq!(said("budget", HINT, 0.9), None);
    }
}
