//! The verdict in words: what stands first where a card is weak or not to be used.

use crate::calibrate::{CardVerdict, UseIt, VerdictReason};
use crate::render::words::{capital, sentence};

/// The sentences that stand in place of a headline; none for a usable card.
pub(super) fn verdict_sentences(verdict: &CardVerdict) -> Vec<String> {
    let first = match verdict.use_it {
        UseIt::Usable => return Vec::new(),
        UseIt::Weak => "This card is weak: use it with care.",
        UseIt::DoNotUse => "Do not use this card.",
    };
    let reason = |VerdictReason { found, hint, .. }: &VerdictReason| {
        format!("{} What helps: {hint}.", capital(&sentence(found)))
    };
    std::iter::once(first.to_owned()).chain(verdict.reasons.iter().map(reason)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::record::Metrics;
    use crate::decide::history::record::PastPromises;
    use crate::report::testing::company;

    fn sound() -> Metrics {
        let mut metrics = company().metrics;
        metrics.past_promises.n_held = metrics.past_promises.n_promises;
        metrics
    }

    #[test]
    fn a_weak_card_says_why_and_what_helps() {
        let reason = VerdictReason {
            makes_it: UseIt::Weak,
            found: "only 60 leads converted in the history, so every figure is rough".to_owned(),
            hint: "read the brackets, not the middle".to_owned(),
        };
        let verdict = CardVerdict { use_it: UseIt::Weak, reasons: vec![reason] };
        assert_eq!(
            verdict_sentences(&verdict),
            [
                "This card is weak: use it with care.",
                "Only 60 leads converted in the history, so every figure is rough. What helps: read the brackets, not the middle."
            ]
        );
        assert!(verdict_sentences(&CardVerdict::default()).is_empty());
    }

    #[test]
    fn a_card_without_a_reason_is_usable() {
        let verdict = CardVerdict::on(&sound());
        assert_eq!(verdict, CardVerdict::default(), "{verdict:?}");
    }

    #[test]
    fn the_gravest_reason_gives_the_word_and_comes_first() {
        let mut metrics = sound();
        metrics.n_converted = 60;
        let verdict = CardVerdict::on(&metrics);
        assert_eq!(verdict.use_it, UseIt::Weak);
        assert_eq!(verdict.reasons[0].found, "only 60 leads converted in the history, so every figure is rough");
        metrics.past_promises = PastPromises { n_promises: 24, n_held: 14, ..PastPromises::default() };
        let verdict = CardVerdict::on(&metrics);
        assert_eq!(verdict.use_it, UseIt::DoNotUse);
        assert!(verdict.reasons[0].found.starts_with("of 24 promises for past periods 14 held"), "{verdict:?}");
        assert_eq!(verdict.reasons.len(), 2);
        metrics.past_promises.n_held = 17;
        assert_eq!(CardVerdict::on(&metrics).use_it, UseIt::Weak, "17 of 24 are fewer than three in four");
        metrics.past_promises.n_held = 18;
        assert_eq!(CardVerdict::on(&metrics).reasons.len(), 1);
    }
}
