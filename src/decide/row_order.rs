//! Row order: whether leads without dates change along the file, which is the only clock they have.

use crate::cross_fit::OutOfFold;
use crate::measures::chi_square_above;
use crate::notes::Note;

/// Parts of the file that are held against each other.
const N_PARTS: usize = 10;

/// Chance alone says so once in a hundred runs.
const SURELY: f64 = 0.01;

/// Fewest conversions that a part should have to be spoken of.
const MIN_PER_PART: f64 = 5.0;

/// Warns where conversion, beside what the card expects, differs between parts of the file: then "the next 1,000 leads" are those
/// that follow the last rows, and not like all.
///
/// With `r` the wins less those expected of a part and `v` the variance of so many coins, `sum r^2 / v` over the parts is
/// chi-square with one degree of freedom a part, but for the level that the curve was fitted to.
pub(super) fn row_order_note(judged: &OutOfFold) -> Option<Note> {
    if judged.as_of.is_some() {
        return None;
    }
    let mut by_row: Vec<usize> = (0..judged.n_leads()).collect();
    by_row.sort_unstable_by_key(|&at| judged.rows[at]);
    let parts: Vec<Part> =
        by_row.chunks(by_row.len().div_ceil(N_PARTS).max(1)).map(|leads| Part::of(judged, leads)).collect();
    let (first, last) = (parts.first()?, parts.last()?);
    if parts.len() < N_PARTS || parts.iter().any(|part| part.expected < MIN_PER_PART) {
        return None;
    }
    let statistic: f64 = parts.iter().map(|part| (part.wins - part.expected).powi(2) / part.variance).sum();
    (chi_square_above(statistic, parts.len() as u32 - 1) < SURELY).then(|| {
        let text = format!(
            "the order of the rows matters: for each conversion expected {:.2} came in the first tenth of the file and {:.2} in the last, \
             and chance does not explain such differences. If the rows are in the order in which leads came, the next 1,000 leads are \
             not like all of these: name the column with dates in `leads.as_of`",
            first.wins / first.expected,
            last.wins / last.expected
        );
        Note::new("forecast", text)
    })
}

/// Leads of one part of the file.
struct Part {
    wins: f64,
    expected: f64,
    variance: f64,
}

impl Part {
    fn of(judged: &OutOfFold, leads: &[usize]) -> Self {
        let chances = leads.iter().map(|&at| judged.probability[at]);
        Self {
            wins: leads.iter().filter(|&&at| judged.converted[at]).count() as f64,
            expected: chances.clone().sum(),
            variance: chances.map(|chance| chance * (1.0 - chance)).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::frontier::testing::judged;

    /// 2,000 leads with a chance of one in five, of which one in five converts as the first `n` rows have it.
    fn leads(converts: impl Fn(usize) -> bool) -> OutOfFold {
        let converted: Vec<bool> = (0..2_000).map(converts).collect();
        judged(&[1; 2_000], &[0.2; 2_000], &converted)
    }

    #[test]
    fn only_an_order_that_matters_is_told() {
        assert_eq!(row_order_note(&leads(|row| row % 5 == 0)), None);
        let falling = leads(|row| if row < 1_000 { row % 4 == 0 } else { row % 7 == 0 });
        let note = row_order_note(&falling).expect("a trend");
        assert!(note.text.contains("1.25 came in the first tenth of the file and 0.7"), "{}", note.text);
        let dated = OutOfFold { as_of: Some(vec![0; 2_000]), ..falling };
        assert_eq!(row_order_note(&dated), None);
    }
}
