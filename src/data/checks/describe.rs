//! Words for what a column holds.

use super::values::Sampled;
use crate::data::columns::Texts;
use crate::data::table::{Column, Content};
use crate::notes::count;

/// What a criterion holds, in a few words.
///
/// - `broad`: a sample of the values; `answers`: the same as a criterion of text has them; `n_leads`: how many leads there are.
pub(super) fn describe(column: &Column, broad: &Sampled, answers: Option<&Texts>, n_leads: usize) -> String {
    let n = broad.len();
    let n_missing = answers.map_or_else(|| n - broad.filled().count(), Texts::n_missing);
    let missing = match n_missing {
        0 => "none missing".to_owned(),
        n_missing => format!("{:.1} % missing", 100.0 * n_missing as f64 / n as f64),
    };
    let is_all = n == n_leads;
    let sampled = if is_all { String::new() } else { format!(" (by {} leads)", count(n as u64)) };
    let what = match (broad, &column.content) {
        (Sampled::Levels { .. }, Content::Booleans(_)) => "yes or no".to_owned(),
        (Sampled::Levels { names, .. }, _) => match answers.map_or(names.len(), |answers| answers.levels.len()) {
            1 => "text with 1 level".to_owned(),
            n => format!("text with {} levels", count(n as u64)),
        },
        (Sampled::Numbers(_), content) if content.is_time() => "days before as-of".to_owned(),
        (Sampled::Numbers(numbers), _) => {
            let low = numbers.iter().copied().fold(f64::NAN, f64::min);
            let high = numbers.iter().copied().fold(f64::NAN, f64::max);
            format!("numbers from {} to {}", figure(low), figure(high))
        }
    };
    format!("{what}, {missing}{sampled}")
}

/// A number with as many digits as a reader takes in: 1.59978, 99999, 2.5e-7.
fn figure(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return format!("{number}");
    }
    // Six significant digits, written back the shortest way.
    let rounded: f64 = format!("{number:.5e}").parse().unwrap_or(number);
    if (1e-4..1e15).contains(&rounded.abs()) { format!("{rounded}") } else { format!("{rounded:e}") }
}
