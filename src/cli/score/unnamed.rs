//! Answers that the card does not name: they get the points of `other`, which hides that a system writes them otherwise now.
//!
//! In: scored batches. Out: a sentence per column in which there are more of them than the card's own leads explain.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use serde_json::{Map, Value};

use crate::card::{Card, Criterion, in_short};
use crate::nearest::nearest;
use crate::notes::{count, counted};
use crate::score::{ScoreError, ScoredBatch, Scorer};

/// Answers of one column that are looked at one by one; beyond, they are only counted.
const MAX_LOOKED_AT: usize = 10_000;

/// What the card does not name, per criterion.
pub(super) struct UnnamedAnswers<'a> {
    card: &'a Card,
    of_criterion: Vec<Unnamed>,
    n_leads: u64,
}

#[derive(Debug, Clone, Default)]
struct Unnamed {
    n_leads: u64,
    n_looked_at: usize,
    by_text: BTreeMap<String, u64>,
}

impl<'a> UnnamedAnswers<'a> {
    pub(super) fn none(card: &'a Card) -> Self {
        Self { card, of_criterion: vec![Unnamed::default(); card.criteria.len()], n_leads: 0 }
    }

    /// Adds a batch that was scored.
    ///
    /// # Errors
    /// As [`Scorer::score_batch`].
    pub(super) fn add(&mut self, batch: &RecordBatch, scored: &ScoredBatch, scorer: &Scorer) -> Result<(), ScoreError> {
        self.n_leads += scored.n_rows() as u64;
        for (at, (unnamed, &n_here)) in self.of_criterion.iter_mut().zip(&scored.n_unnamed).enumerate() {
            unnamed.n_leads += n_here;
            if n_here > 0 && unnamed.n_looked_at < MAX_LOOKED_AT {
                let texts = scorer.unnamed_texts(batch, at)?;
                unnamed.n_looked_at += texts.len();
                texts.into_iter().for_each(|text| *unnamed.by_text.entry(text).or_default() += 1);
            }
        }
        Ok(())
    }

    /// Adds a lead that was scored.
    pub(super) fn add_lead(&mut self, lead: &Map<String, Value>, scorer: &Scorer) {
        self.n_leads += 1;
        for (at, text) in scorer.unnamed_in_lead(lead) {
            let unnamed = &mut self.of_criterion[at];
            unnamed.n_leads += 1;
            if unnamed.n_looked_at < MAX_LOOKED_AT {
                unnamed.n_looked_at += 1;
                *unnamed.by_text.entry(text).or_default() += 1;
            }
        }
    }

    /// One sentence per column with more such answers than the leads of the card had.
    pub(super) fn in_words(&self) -> Vec<String> {
        let of_criterion = self.card.criteria.iter().zip(&self.of_criterion);
        of_criterion.filter_map(|(criterion, unnamed)| unnamed.in_words(criterion, self.n_leads)).collect()
    }
}

impl Unnamed {
    fn in_words(&self, criterion: &Criterion, n_leads: u64) -> Option<String> {
        let column = &criterion.input()?.column;
        let n_before: u64 = criterion.levels.iter().map(|level| level.n_leads).sum();
        let n_other_before = criterion.levels.last().map_or(0, |level| level.n_leads);
        // As many as the card's own leads had, and what chance adds to that (three standard deviations of a Poisson count).
        let expected = n_leads as f64 * n_other_before as f64 / (n_before as f64).max(1.0);
        if self.n_leads as f64 <= expected + 3.0 * expected.sqrt() {
            return None;
        }
        const MAX_SHOWN: usize = 3;
        let mut commonest: Vec<(&String, u64)> = self.by_text.iter().map(|(text, &n)| (text, n)).collect();
        // Stable: of answers given as often the first in byte order comes first.
        commonest.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let of_all = match self.n_looked_at as u64 {
            n if n < self.n_leads => format!(" of {} looked at", count(n)),
            _ => String::new(),
        };
        let shown: Vec<String> = commonest
            .iter()
            .take(MAX_SHOWN)
            .map(|(text, n)| format!("\"{}\" ({}{of_all})", in_short(text), count(*n)))
            .collect();
        let more = if commonest.len() > MAX_SHOWN { " ..." } else { "" };
        let first = commonest.first().map_or("", |(text, _)| text.as_str());
        let near = nearest(first, criterion.texts().map(String::as_str));
        let near = near.first().map_or_else(String::new, |near| format!("; near \"{}\"", in_short(near)));
        Some(format!(
            "column \"{}\": {} the card does not name, e.g. {}{more}{near}; they get the points of `{}`",
            in_short(column),
            counted(self.n_leads, "answer"),
            shown.join(", "),
            in_short(&criterion.levels.last()?.label)
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::StringArray;

    use super::*;
    use crate::card::tests::example_card;

    /// What is said of so many leads that say "Approved" and so many that say "none"; a quarter of the card's own leads are at `other`.
    fn said(n_approved: usize, n_none: usize) -> Vec<String> {
        let card = example_card();
        let scorer = Scorer::new(&card).expect("sound").allow_missing_columns(true);
        let texts = std::iter::repeat_n("Approved", n_approved).chain(std::iter::repeat_n("none", n_none));
        let batch = RecordBatch::try_from_iter([("budget", Arc::new(StringArray::from_iter_values(texts)) as _)]);
        let batch = batch.expect("a column");
        let mut unnamed = UnnamedAnswers::none(&card);
        for _ in 0..2 {
            unnamed.add(&batch, &scorer.score_batch(&batch).expect("scored"), &scorer).expect("listed");
        }
        let said = unnamed.in_words();
        let mut lead_by_lead = UnnamedAnswers::none(&card);
        let texts = std::iter::repeat_n("Approved", 2 * n_approved).chain(std::iter::repeat_n("none", 2 * n_none));
        for text in texts {
            let lead = Map::from_iter([("budget".to_owned(), Value::from(text))]);
            lead_by_lead.add_lead(&lead, &scorer);
        }
        assert_eq!(lead_by_lead.of_criterion[0].n_leads, unnamed.of_criterion[0].n_leads);
        if n_approved < MAX_LOOKED_AT {
            assert_eq!(lead_by_lead.in_words(), said, "the same lead by lead");
        }
        said
    }

    #[test]
    fn more_than_the_card_knew_are_said_with_an_example_and_what_is_near() {
        assert_eq!(
            said(300, 10),
            [
                "column \"budget\": 600 answers the card does not name, e.g. \"Approved\" (600); near \"approved\"; they get the \
                 points of `other`"
            ]
        );
        assert!(said(20_000, 0)[0].contains("e.g. \"Approved\" (20,000 of 20,000 looked at)"), "{:?}", said(20_000, 0));
    }

    #[test]
    fn as_many_as_the_leads_of_the_card_had_are_not_worth_a_word() {
        assert_eq!(said(25, 75), Vec::<String>::new());
        assert_eq!(said(0, 100), Vec::<String>::new());
    }
}
