//! Ask first in other people's systems: what is known of a lead, as criteria of their own.
//!
//! In: a card with a limit ([`Card::known_at_least`]). Out: [`Known`]: per criterion of the card the same tests with the points that are
//! known of a lead instead of those it gets, so that whatever writes a criterion writes this as well. A target that has no room for it
//! says so in the words of [`note`].
//!
//! Always true: tests that give the same are one; the points known of a lead are those that [`Criterion::known_points`] gives.

use serde_json::json;

use crate::card::{Card, Criterion, Level, When};

/// What is known of a lead.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    /// Below so many points the band is [`crate::card::ASK_FIRST`].
    pub(super) limit: i32,
    /// By criterion of the card, in its order: the points that are known at each of a few levels.
    criteria: Vec<Criterion>,
}

impl Known {
    /// `None` where every lead has a band by its score.
    pub(super) fn of(card: &Card) -> Option<Self> {
        let criteria = || card.criteria.iter().map(known_points_of).collect();
        card.known_at_least.map(|limit| Self { limit, criteria: criteria() })
    }

    /// The criteria of which something can be known, each with its position on the card.
    pub(super) fn criteria(&self) -> impl Iterator<Item = (usize, &Criterion)> {
        self.criteria.iter().enumerate().filter(|(_, criterion)| criterion.points_max() > 0)
    }

    /// The known points of the criterion at this position of the card, if there can be any.
    pub(super) fn at(&self, criterion_idx: usize) -> Option<&Criterion> {
        self.criteria.get(criterion_idx).filter(|criterion| criterion.points_max() > 0)
    }
}

/// The criterion with the points that are known at each level, in as few levels as tell them apart.
fn known_points_of(criterion: &Criterion) -> Criterion {
    let known = |level: &Level| Level { points: criterion.known_points(level), ..level.clone() };
    let rest = criterion.levels.last().map_or(0, |level| criterion.known_points(level));
    let mut levels: Vec<Level> = Vec::new();
    for level in criterion.levels.iter().map(known) {
        let twin = match &level.when {
            When::Missing | When::Else => None,
            // The edge above takes the numbers of both.
            When::Below(_) => {
                levels.last_mut().filter(|last| last.when.edge().is_some() && last.points == level.points)
            }
            // No text is named twice, so their order says nothing.
            When::OneOf(_) | When::Cells(_) if level.points == rest => continue,
            When::OneOf(_) => levels.iter_mut().find(|one| !one.when.texts().is_empty() && one.points == level.points),
            // Nor is a cell.
            When::Cells(_) => levels.iter_mut().find(|one| !one.when.cells().is_empty() && one.points == level.points),
        };
        match (twin, &level.when) {
            (Some(twin), When::OneOf(texts)) => twin.when = When::OneOf([twin.when.texts(), texts].concat()),
            (Some(twin), When::Cells(cells)) => twin.when = When::Cells([twin.when.cells(), cells].concat()),
            (Some(twin), _) => *twin = level,
            (None, When::Else) => {
                levels.pop_if(|last| last.when.edge().is_some() && last.points == rest);
                levels.push(level);
            }
            (None, _) => levels.push(level),
        }
    }
    Criterion { levels, ..criterion.clone() }
}

/// What a program that holds the card itself cannot see in it: the points known at each level, by criterion, and the band of each golden
/// row; `null` where every lead has a band by its score.
pub(super) fn as_json(card: &Card) -> String {
    let known = |criterion: &Criterion| -> Vec<i32> {
        criterion.levels.iter().map(|level| criterion.known_points(level)).collect()
    };
    match card.known_at_least {
        None => "null".to_owned(),
        Some(_) => {
            let points: Vec<Vec<i32>> = card.criteria.iter().map(known).collect();
            json!({ "bands": bands_of_golden(card), "points": points }).to_string()
        }
    }
}

/// The band of each golden row.
pub(super) fn bands_of_golden(card: &Card) -> Vec<&str> {
    card.golden.iter().map(|row| card.band_of_row(row)).collect()
}

/// Says that `what` does not know when to ask first, and what to look at instead; nothing where every lead has a band by its score.
pub(super) fn note(card: &Card, what: &str) -> Option<String> {
    let limit = card.known_at_least?;
    let mut widest_first: Vec<&Criterion> = card.criteria.iter().filter(|criterion| criterion.span() > 0).collect();
    widest_first.sort_by_key(|criterion| std::cmp::Reverse(criterion.span()));
    let worth = |criterion: &&Criterion| {
        let columns: Vec<String> =
            criterion.inputs.iter().map(|input| format!("`{}`", input.column.escape_debug())).collect();
        let together = if criterion.is_pair() { " together" } else { "" };
        format!("{}{together} {}", columns.join(" and "), criterion.span())
    };
    let fields: Vec<String> = widest_first.iter().map(worth).collect();
    Some(format!(
        "{what} does not know `ask first`: a lead of which little is known is judged by its score; hold back those whose answers \
         are worth fewer than {limit} of the card's {} points together; a field that is not empty is worth: {}",
        card.span(),
        fields.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::{card_of, criterion, example_card, level, one_of};
    use crate::card::{InputKind, label_of_missing_words};

    fn unseen(level: Level) -> Level {
        Level { n_leads: 0, ..level }
    }

    fn tests_of(kind: InputKind, levels: Vec<Level>) -> Vec<(When, i32)> {
        let levels = known_points_of(&criterion("c", kind, levels)).levels;
        levels.into_iter().map(|level| (level.when, level.points)).collect()
    }

    #[test]
    fn levels_that_tell_the_same_are_one() {
        let words = ["n/a".to_owned(), "?".to_owned()];
        let levels = vec![
            level(When::Missing, "missing", 4),
            level(When::OneOf(words.to_vec()), &label_of_missing_words(&words), 4),
            level(one_of(&["none"]), "none", 0),
            unseen(level(one_of(&["never"]), "never", 0)),
            level(When::Else, "other", 12),
        ];
        assert_eq!(
            tests_of(InputKind::Text, levels),
            [(When::Missing, 0), (one_of(&["n/a", "?", "never"]), 0), (When::Else, 12)]
        );
        let levels = vec![
            level(When::Missing, "missing", 0),
            level(one_of(&["a"]), "a", 1),
            level(one_of(&["b"]), "b", 2),
            unseen(level(When::Else, "other", 0)),
        ];
        assert_eq!(tests_of(InputKind::Text, levels), [(When::Missing, 0), (one_of(&["a", "b"]), 2), (When::Else, 0)]);
    }

    #[test]
    fn edges_stay_where_they_tell_something() {
        let below = |edge: f64, points| level(When::Below(edge), "x", points);
        let levels = vec![
            level(When::Missing, "missing", 0),
            unseen(below(0.0, 0)),
            below(1.0, 1),
            below(2.0, 2),
            unseen(below(3.0, 3)),
            below(4.0, 4),
            level(When::Else, "more", 5),
        ];
        assert_eq!(
            tests_of(InputKind::Number, levels),
            [(When::Missing, 0), (When::Below(0.0), 0), (When::Below(2.0), 5), (When::Below(3.0), 0), (When::Else, 5)]
        );
    }

    /// Over every golden row the merged tests know what the card knows.
    #[test]
    fn the_points_known_are_those_of_the_card() {
        let mut card = example_card();
        card.criteria[0].levels[3].n_leads = 0;
        card.criteria[1].levels[1].n_leads = 0;
        card.criteria[2].levels[1].n_leads = 0;
        let mut card = card_of(0, card.criteria);
        assert_eq!(Known::of(&card), None);
        assert_eq!(as_json(&card), "null");
        for limit in 1..=card.span() {
            card.known_at_least = Some(limit);
            let known = Known::of(&card).expect("a limit");
            for row in &card.golden {
                let points = known.criteria().map(|(_, criterion)| {
                    let level = criterion.level_of(&row.inputs[&criterion.inputs[0].column]);
                    level.map_or(0, |idx| criterion.levels[idx].points)
                });
                let is_too_little = points.sum::<i32>() < known.limit;
                assert_eq!(is_too_little, card.band_of_row(row) == crate::card::ASK_FIRST, "{limit} {row:?}");
            }
        }
    }

    #[test]
    fn who_has_no_room_names_the_fields_to_look_at() {
        let mut card = example_card();
        assert_eq!(note(&card, "this export"), None);
        card.known_at_least = Some(17);
        assert_eq!(
            note(&card, "this export").as_deref(),
            Some(
                "this export does not know `ask first`: a lead of which little is known is judged by its score; hold back those \
                 whose answers are worth fewer than 17 of the card's 65 points together; a field that is not empty is worth: \
                 `budget` 30, `clicks_30d` 20, `asked_for_demo` 10, `days_since_form` 5"
            )
        );
    }
}
