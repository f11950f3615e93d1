//! When to doubt the answer: what in this run speaks against taking its figures at their word.

use maud::{Markup, html};

use crate::analyses::censored::record::MaturityMetrics;
use crate::calibrate::record::Metrics;
use crate::decide::frontier::{Frontier, Per};
use crate::measures::observed_over_expected_interval;
use crate::render::words::{amount, count, counted, reasons};
use crate::report::RunParts;

use crate::render::page::elements::with_code;

/// Fewest conversions without a warning: with 200, the wins at a line that keeps half of them are known to about a sixth
/// either way (1.645 / sqrt(100)).
const FEW_CONVERSIONS: usize = 200;
/// Share of the leads read that may be left out without a warning.
const MANY_LEFT_OUT: f64 = 0.15;
/// Months of history in which seasons cannot be seen.
const SHORT_HISTORY_MONTHS: f64 = 9.0;
/// Working hours of one person in a month: 40 a week, 52 weeks, 12 months. Nobody gives all of them to leads.
const FULL_TIME_HOURS: f64 = 40.0 * 52.0 / 12.0;
/// Share of past promises that has to have held; nine in ten should.
const FEW_HELD: f64 = 0.75;

pub(super) fn caveats(parts: &RunParts<'_>) -> Markup {
    let metrics = parts.metrics;
    let caveats = [
        too_much_work(metrics),
        at_the_line(parts),
        few_conversions(metrics),
        left_out(metrics),
        known_too_late(metrics),
        not_proved(metrics),
        broken_promises(metrics),
        short_history(parts.frontier),
        Some(
            "Always: the figures rest on the sources, offers and ways of working of their time. When one of them changes, calibrate \
             again; at the latest next quarter."
                .to_owned(),
        ),
    ];
    html! {
        h3 { "When to doubt it" }
        ul.doubts { @for caveat in caveats.iter().flatten() { li { (with_code(caveat)) } } }
    }
}

/// Nobody could work the leads that pay.
fn too_much_work(metrics: &Metrics) -> Option<String> {
    let forecast = &metrics.forecast;
    let hours = forecast.recommended.as_ref()?.scenario.hours_per_rep?.expected;
    let n_months = forecast.n_months?;
    (hours > FULL_TIME_HOURS * n_months).then(|| {
        format!(
            "It asks {} hours of each person in the {}, and a full-time person has about {}. A policy by `capacity` \
             shows what the team can do.",
            amount(hours),
            forecast.ahead,
            amount(FULL_TIME_HOURS * n_months)
        )
    })
}

/// The card promised clearly more or less than came, among the very leads that would be handed over.
fn at_the_line(parts: &RunParts<'_>) -> Option<String> {
    let recommended = parts.metrics.forecast.recommended.as_ref()?;
    let line = recommended.scenario.one_line()?;
    let chosen = parts.frontier.at_least(line.score);
    let promised = chosen.predicted_conversion * chosen.n_leads;
    let ratio = observed_over_expected_interval(chosen.n_wins, chosen.n_leads, promised)?;
    (ratio.low > 1.0 || ratio.high < 1.0).then(|| {
        format!(
            "Among the leads at this line the card promised {} conversions and {} came; that is more than chance explains.",
            amount(promised),
            amount(chosen.n_wins)
        )
    })
}

fn few_conversions(metrics: &Metrics) -> Option<String> {
    (metrics.n_converted < FEW_CONVERSIONS).then(|| {
        format!(
            "Only {} converted in the history, so every figure is rough: read the brackets, not the middle.",
            counted(metrics.n_converted as u64, "lead")
        )
    })
}

fn left_out(metrics: &Metrics) -> Option<String> {
    let counts = &metrics.leads;
    let n_left_out = counts.n_immature + counts.n_untouched + counts.n_left_out;
    (n_left_out as f64 > MANY_LEFT_OUT * counts.n_read as f64).then(|| {
        let why = reasons(&[(counts.n_immature, "too young to say"), (counts.n_untouched, "never touched by sales")]);
        let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join(", ")) };
        let takes_part = metrics.findings.maturity.as_ref().is_some_and(MaturityMetrics::takes_part);
        let in_part = if takes_part { "; the card itself counts the young ones in part" } else { "" };
        format!(
            "{} of the {} leads are in none of these figures{why}{in_part}. If they would have done better or worse than the others, \
             so would the answer.",
            count(n_left_out as u64),
            count(counts.n_read as u64)
        )
    })
}

fn known_too_late(metrics: &Metrics) -> Option<String> {
    let n_late = metrics.as_of.iter().filter(|proof| proof.latest_use_us.is_some_and(|us| us > 0)).count();
    (n_late > 0).then(|| {
        format!(
            "{} used what was only known after the hand-off: the figures are too good.",
            counted(n_late as u64, "criterion")
        )
    })
}

fn not_proved(metrics: &Metrics) -> Option<String> {
    let n_unproved = metrics.as_of.iter().filter(|proof| proof.latest_use_us.is_none()).count();
    (n_unproved > 0).then(|| {
        format!(
            "For {} of {} we cannot check whether the answers were filled in before the hand-off. If sales fills some of them in \
             later, the figures are too good.",
            count(n_unproved as u64),
            counted(metrics.as_of.len() as u64, "criterion")
        )
    })
}

fn broken_promises(metrics: &Metrics) -> Option<String> {
    let promises = &metrics.past_promises;
    ((promises.n_held as f64) < FEW_HELD * promises.n_promises as f64).then(|| {
        format!(
            "Of {} promises that earlier cards made, {} held; nine in ten should.",
            promises.n_promises, promises.n_held
        )
    })
}

fn short_history(frontier: &Frontier) -> Option<String> {
    match frontier.per {
        Per::Month { n_months } if n_months < SHORT_HISTORY_MONTHS => Some(format!(
            "The judged leads span {} months: a season cannot be told from chance in so short a time.",
            amount(n_months)
        )),
        Per::Month { .. } => None,
        Per::ThousandLeads => {
            Some("The leads have no dates, so nothing here shows whether conversion changes over time.".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::read::AsOfProof;
    use crate::decide::forecast::record::Estimate;
    use crate::decide::history::record::PastPromises;
    use crate::report::testing::{Company, company};

    fn said(company: &Company) -> String {
        caveats(&company.parts()).into_string()
    }

    #[test]
    fn a_sound_run_has_only_the_caveat_of_every_run() {
        let mut company = company();
        company.metrics.past_promises = PastPromises::default();
        assert_eq!(said(&company).matches("<li>").count(), 1);
    }

    #[test]
    fn nobody_works_a_thousand_hours_in_three_months() {
        let mut company = company();
        let recommended = company.metrics.forecast.recommended.as_mut().expect("one");
        recommended.scenario.hours_per_rep = Some(Estimate { expected: 1_053.0, low: 887.0, high: 1_209.0 });
        let said = said(&company);
        assert!(said.contains("It asks 1,053 hours of each person in the next 3 months"), "{said}");
        assert!(said.contains("a full-time person has about 520."), "{said}");
    }

    #[test]
    fn criteria_from_the_future_and_without_a_time_are_named_apart() {
        let mut company = company();
        let proof = |latest_use_us| AsOfProof { criterion: "budget".to_owned(), latest_use_us };
        company.metrics.as_of = vec![proof(None), proof(Some(5)), proof(Some(-5))];
        let said = said(&company);
        assert!(said.contains("1 criterion used what was only known after the hand-off"), "{said}");
        assert!(said.contains("For 1 of 3 criteria we cannot check"), "{said}");
    }

    #[test]
    fn few_conversions_many_left_out_and_broken_promises_are_said() {
        let mut company = company();
        company.metrics.n_converted = 87;
        company.metrics.leads.n_untouched = 2_000;
        let said = said(&company);
        assert!(said.contains("Only 87 leads converted in the history"), "{said}");
        assert!(
            said.contains("2,430 of the 4,600 leads are in none of these figures (412 too young to say, 2,000"),
            "{said}"
        );
        assert!(said.contains("Of 18 promises that earlier cards made, 10 held; nine in ten should."), "{said}");
    }
}
