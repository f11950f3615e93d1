//! Answers that the card does not name: they get the points of `other`, which hides that a system writes them otherwise now.
//!
//! In: scored batches. Out: a sentence per column in which there are more of them than the card's own leads explain.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;

use crate::card::{Card, Criterion, in_short};
use crate::nearest::nearest;
use crate::notes::counted;
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
        let of_all = if (self.n_looked_at as u64) < self.n_leads { " of the first 10,000" } else { "" };
        let shown: Vec<String> =
            commonest.iter().take(MAX_SHOWN).map(|(text, n)| format!("\"{}\" ({n}{of_all})", in_short(text))).collect();
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
