//! Why a lead has the score it has: the criteria on which it loses most against the best level, in words.

use crate::card::Criterion;

use super::Scorer;

/// Most reasons given for one lead.
pub const MAX_REASONS: usize = 3;

/// What a level loses against the best level of its criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shortfall {
    /// Points below the best level; at least 1.
    pub(crate) points: i32,
    /// The reason in words.
    pub(crate) words: String,
}

/// The shortfall of every level of `criterion`, in order; `None` for levels that lose nothing.
pub(crate) fn shortfalls_of(criterion: &Criterion) -> Vec<Option<Shortfall>> {
    let most = criterion.points_max();
    let best = criterion.levels.iter().find(|level| level.points == most);
    let shortfall = |label: &str, points: i32, best: &str| {
        let unit = if points == 1 { "point" } else { "points" };
        Shortfall { points, words: format!("{}: {label} ({points} {unit} below {best})", criterion.shown()) }
    };
    criterion
        .levels
        .iter()
        .map(|level| {
            let best = best.filter(|best| best.points > level.points)?;
            Some(shortfall(level.shown(), best.points - level.points, best.shown()))
        })
        .collect()
}

impl Scorer {
    /// Up to [`MAX_REASONS`] reasons, largest loss first, ties in the order of the card.
    ///
    /// - `levels`: level of each criterion, in the order of the card.
    pub(super) fn reasons_of(&self, levels: impl Iterator<Item = u16>) -> impl Iterator<Item = &str> {
        let levels = levels.map(usize::from);
        let losses =
            self.criteria.iter().zip(levels).filter_map(|(criterion, level)| criterion.shortfalls.get(level)?.as_ref());
        let mut largest: [Option<&Shortfall>; MAX_REASONS] = [None; MAX_REASONS];
        for loss in losses {
            let is_beaten = |held: &Option<&Shortfall>| held.is_none_or(|held| loss.points > held.points);
            if let Some(place) = largest.iter().position(is_beaten) {
                largest[place..].rotate_right(1);
                largest[place] = Some(loss);
            }
        }
        largest.into_iter().flatten().map(|loss| loss.words.as_str())
    }
}

#[cfg(test)]
mod tests {
    use crate::card::tests::{criterion, example_card, level, one_of};
    use crate::card::{InputKind, When};

    use super::*;

    #[test]
    fn reasons_name_the_largest_losses_first() {
        let scorer = Scorer::new(&example_card()).expect("a sound card");
        // budget none, clicks below 1, no demo, form after the hand-off: 30, 20, 9 and 4 points below the best.
        let reasons_of = |levels: [u16; 4]| scorer.reasons_of(levels.into_iter()).collect::<Vec<_>>();
        assert_eq!(
            reasons_of([1, 1, 2, 1]),
            [
                "budget: none or unknown (30 points below approved)",
                "clicks_30d: below 1 (20 points below 3.5 and more)",
                "asked_for_demo: no (9 points below yes)",
            ]
        );
        assert_eq!(reasons_of([2, 3, 1, 1]), ["days_since_form: after the hand-off (4 points below within a week)"]);
        assert!(reasons_of([2, 3, 1, 2]).is_empty(), "the best lead there is");
    }

    #[test]
    fn reasons_are_in_the_words_that_people_read() {
        let mut card = example_card();
        card.criteria[0].label = Some("Money set aside".to_owned());
        card.criteria[0].levels[2].words = Some("yes".to_owned());
        let shortfalls = shortfalls_of(&card.criteria[0]);
        let words = shortfalls[1].as_ref().map(|loss| loss.words.as_str());
        assert_eq!(words, Some("Money set aside: none or unknown (30 points below yes)"));
    }

    #[test]
    fn one_point_is_singular_and_negative_points_count_from_the_best() {
        let levels = vec![
            level(When::Missing, "missing", -3),
            level(one_of(&["warm"]), "warm", -1),
            level(When::Else, "other", -2),
        ];
        let shortfalls = shortfalls_of(&criterion("timing", InputKind::Text, levels));
        let words: Vec<_> = shortfalls.iter().map(|loss| loss.as_ref().map(|loss| loss.words.as_str())).collect();
        assert_eq!(
            words,
            [Some("timing: missing (2 points below warm)"), None, Some("timing: other (1 point below warm)")]
        );
    }
}
