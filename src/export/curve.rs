//! The curve in steps: scores that are worth the same stand together, so that targets without tables stay short.

use crate::card::Card;

/// Scores from `from` up to the next step are worth this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// Lowest score of the step.
    pub(super) from: i32,
    /// Probability of conversion in basis points, 0..=10000.
    pub(super) probability_bp: u32,
}

/// The steps of the card's curve, lowest score first; the first starts at the lowest score there is.
pub(super) fn steps_of(card: &Card) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for entry in &card.curve {
        if steps.last().is_none_or(|step| step.probability_bp != entry.probability_bp) {
            steps.push(Step { from: entry.score, probability_bp: entry.probability_bp });
        }
    }
    steps
}

/// Basis points as a share, written exactly: 1234 is `0.1234`.
pub(super) fn share_text(basis_points: u32) -> String {
    format!("{}.{:04}", basis_points / 10_000, basis_points % 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::example_card;

    #[test]
    fn a_flat_stretch_is_one_step() {
        let mut card = example_card();
        let flat = card.curve[9].probability_bp;
        for entry in &mut card.curve[10..] {
            entry.probability_bp = flat + u32::from(entry.score >= 40);
        }
        let steps = steps_of(&card);
        assert_eq!(steps.len(), 11);
        assert_eq!(steps[10].from, 40);
        assert_eq!(steps[0], Step { from: 0, probability_bp: 100 });
    }

    #[test]
    fn shares_are_written_with_all_their_digits() {
        assert_eq!([0, 7, 1_234, 10_000].map(share_text), ["0.0000", "0.0007", "0.1234", "1.0000"]);
        for basis_points in 0..=10_000 {
            let share: f64 = share_text(basis_points).parse().expect("a number");
            assert_eq!(share, f64::from(basis_points) / 10_000.0, "what `bantam score` writes");
        }
    }
}
