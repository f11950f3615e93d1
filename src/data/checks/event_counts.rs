//! Criteria counted from events: an event with a date of its own may have been written down later, and dated back.

use super::afterwards::strength::{LEAK_AUC, cross_checked_auc};
use super::classify::trusted;
use super::sample::Samples;
use super::values::Sampled;
use crate::card::Derivation;
use crate::data::features::{CriterionColumn, Values};
use crate::data::labels::LabelledLeads;
use crate::notes::Note;
use crate::settings::Settings;

/// AUC of a count alone from which on a time stamp does not settle that it was known: honest counts of visits and opened mails
/// stay well below.
const SUSPECT_AUC: f64 = 0.95;

/// A note for every criterion counted from events that knows the outcome.
pub fn event_count_notes(columns: &[CriterionColumn], settings: &Settings, labels: &LabelledLeads) -> Vec<Note> {
    let is_counted = |column: &&CriterionColumn| matches!(column.input.derivation, Some(Derivation::Events { .. }));
    let counted: Vec<&CriterionColumn> = columns.iter().filter(is_counted).collect();
    if counted.is_empty() {
        return Vec::new();
    }
    let leads = Samples::draw(labels).balanced;
    let converted: Vec<bool> = leads.iter().map(|&lead| labels.converted[lead]).collect();
    let say = |column: &&CriterionColumn| {
        let Values::Numbers(numbers) = &column.values else { return None };
        let values = Sampled::Numbers(leads.iter().map(|&lead| numbers[lead]).collect());
        let auc = cross_checked_auc(&values, &leads, &converted).filter(|&auc| auc >= SUSPECT_AUC)?;
        let how = if auc >= LEAK_AUC { "almost surely" } else { "better than any event before a hand-off should" };
        let text = format!(
            "WARNING: criterion {:?}, counted from events, tells converted leads from others {how} (AUC {auc:.3} on leads held back). \
             An event can be written down after the hand-off and dated back: a time stamp does not say when it was known. It stays \
             because the config lists it; if such events are known at hand-off, name the criterion in `leads.known_at_hand_off`",
            column.name
        );
        (!trusted(settings, &column.name)).then(|| Note::new("leads", text))
    };
    counted.iter().filter_map(say).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{InputKind, Measure};
    use crate::settings::Config;

    fn notes(count_of: impl Fn(usize, bool) -> usize, known: &[&str]) -> Vec<Note> {
        let converted: Vec<bool> = (0..400).map(|lead| lead % 4 == 0).collect();
        let values = converted.iter().enumerate().map(|(lead, &won)| count_of(lead, won) as f64).collect();
        let mut column = CriterionColumn::plain("calls", InputKind::Number, Values::Numbers(values));
        column.input.derivation = Some(Derivation::Events { kind: None, within_us: None, measure: Measure::Count });
        let mut config = Config::default();
        config.leads.known_at_hand_off = known.iter().map(|&name| name.to_owned()).collect();
        let labels = LabelledLeads { rows: (0..400).collect(), converted, ..LabelledLeads::default() };
        event_count_notes(&[column], &config.unchecked(), &labels)
    }

    #[test]
    fn a_back_dated_event_is_warned_of_and_an_honest_count_is_not() {
        let back_dated = |_: usize, won: bool| usize::from(won);
        let found = notes(back_dated, &[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].text.contains("\"calls\"") && found[0].text.contains("AUC 1.000"), "{}", found[0].text);
        assert_eq!(notes(back_dated, &["calls"]), []);
        assert_eq!(notes(|lead, won| lead * 7919 % 1009 % if won { 9 } else { 5 }, &[]), []);
    }
}
