//! `monitor.html`: a card in use, from the verdict down to the data.

use maud::{Markup, html};

use super::chart::{drift::drift, evidence::evidence};
use super::words::{
    advice_sentences, allowed_words, bets_words, challenger_sentences, drift_words, four_digits, index,
    inflation_words, lead_sentences, moved_sentences, quality_sentences, ratio, verdict, within_words,
};
use super::{
    BandPromise, Challenger, ChallengerLook, ChallengerVerdict, DriftRow, GateResult, Inflation, LeadVolume, Monitor,
};
use crate::decide::history::record::BandMonth;
use crate::measures::{Interval, wilson};
use crate::render::chart::bands::bands_by_month;
use crate::render::chart::reliability::reliability;
use crate::render::page::elements::{Column, details, estimate, figure, inputs, name, notes, table, with_code};
use crate::render::page::{Document, document, section};
use crate::render::words::{amount, count, day, harmless, per_cent, sentence};

/// The page as HTML.
pub fn monitor_page(found: &Monitor) -> String {
    let found = &found.as_shown();
    document(Document {
        title: "Is the card still right?",
        generator: &found.card.engine,
        skip: "Skip to the verdict",
        under_title: under_title(found),
        own_style: "",
        sections: [
            Some(section("verdict", "The verdict", verdict_section(found))),
            found.challenger.as_ref().map(|other| section("challenger", "Beside the challenger", challenger(other))),
            Some(section("promises", "What became of the leads", promises(found))),
            Some(section("weekly-test", "A test for every week", weekly_test(found))),
            Some(section("who-comes", "Who comes", population_drift(found))),
            Some(section("answers", "Missing and new answers", answers(found))),
            Some(section("volume", "How many, and how good they say they are", volume(found))),
            Some(section("data", "The data", data(found))),
        ]
        .into_iter()
        .flatten()
        .collect(),
    })
}

fn under_title(found: &Monitor) -> Markup {
    html! {
        p {
            "The card was fitted on " (count(found.card.n_leads)) " leads"
            @if let Some(last) = &found.card.last_as_of { ", the last of them handed off on " (day(last)) }
            ". Here it is held against the leads that came "
            @if found.leads.n_before > 0 { "since" } @else { "in this table" } "."
        }
    }
}

fn verdict_section(found: &Monitor) -> Markup {
    let has_failed = found.failed().next().is_some();
    html! {
        p.answer { (verdict(found)) }
        p.warning[has_failed] {
            @if let Some((first, rest)) = advice_sentences(found).split_first() {
                strong { (with_code(first)) } @for sentence in rest { " " (with_code(sentence)) }
            }
        }
        (facts(found))
        (gates_table(found))
        @if let Some((first, rest)) = moved_sentences(found).split_first() {
            h3 { "The card to go on with" }
            p { (with_code(first)) }
            ul { @for sentence in rest { li { (sentence) } } }
        }
        @for sentence in lead_sentences(&found.leads) { p.quiet { (sentence) } }
    }
}

fn facts(found: &Monitor) -> Markup {
    let leads = &found.leads;
    let mut facts = vec![("Leads compared", count(leads.n_compared as u64))];
    if leads.n_judged > 0 {
        facts.push(("With an outcome", count(leads.n_judged as u64)));
        facts.push(("Converted", count(leads.n_converted as u64)));
        facts.push(("Promised", amount(leads.n_expected)));
    }
    if let Some(quality) = &found.quality {
        facts.extend(quality.calibration_slope.map(|slope| ("Slope (1 is right)", format!("{slope:.2}"))));
    }
    html! { dl.facts { @for (what, figure) in &facts { div { dt { (what) } dd { (figure) } } } } }
}

fn gates_table(found: &Monitor) -> Markup {
    let rows = html! {
        @for gate in &found.gates {
            tr class=[(gate.result == GateResult::Failed).then_some("named")] {
                th scope="row" { (gate.gate.words()) }
                td.w { (gate.result.words()) }
                td.w { (with_code(&sentence(&gate.said))) }
                td.w { @if let Some(advice) = &gate.advice { (with_code(&sentence(advice))) } }
            }
        }
    };
    let heads = Column::list("Gate | Result | What was seen | What to do");
    let caption = format!(
        "What can fail; a gate fails only where the difference is surely beyond its limit. All gates together ever fail for a right \
         card with a chance of at most {}, however often one looks",
        per_cent(found.settings.false_alarms)
    );
    table(&caption, &heads, &rows)
}

/// Another card on the same leads, and the difference week by week.
fn challenger(challenger: &Challenger) -> Markup {
    let sentences = challenger_sentences(challenger);
    let heads = Column::list("Until | #Leads | #Gain of the challenger a lead | #Interval | Verdict");
    let row = |look: &ChallengerLook| {
        html! {
            tr {
                th.d scope="row" { (look.day.as_deref().unwrap_or("-")) }
                td { (count(look.n_leads)) }
                td { (four_digits(look.gain)) }
                td { (four_digits(look.low)) " to " (four_digits(look.high)) }
                td.w {
                    @match look.verdict() {
                        ChallengerVerdict::ChallengerBetter => "challenger better",
                        ChallengerVerdict::InUseBetter => "card in use better",
                        ChallengerVerdict::TooClose => "too close to call",
                    }
                }
            }
        }
    };
    let caption = "The difference of the Brier scores, week by week; the intervals hold at all looks together";
    html! {
        @if let Some((first, rest)) = sentences.split_first() {
            p { strong { (first) } @for sentence in rest { " " (sentence) } }
        }
        @if !challenger.looks.is_empty() {
            (details("The weeks as a table", &table(caption, &heads, &html! { @for look in &challenger.looks { (row(look)) } })))
        }
        p.quiet { "The challenger: " code { (harmless(&challenger.card.sha256)) } ", by " (harmless(&challenger.card.engine)) "." }
    }
}

fn promises(found: &Monitor) -> Markup {
    if found.leads.n_judged == 0 {
        return html! {
            p {
                "Of none of these leads is the outcome known yet, so nobody can say what became of them. "
                @if found.leads.n_too_young > 0 { (count(found.leads.n_too_young as u64)) " are too young." }
            }
        };
    }
    let months: Vec<BandMonth> = found.bands_by_month.iter().filter_map(band_month).collect();
    html! {
        (bands_table(&found.bands, "Each band over the whole time; in brackets the 90 % interval", false))
        @if months.is_empty() {
            p { "The leads have no dates, so there are no months to show." }
        } @else {
            (figure(bands_by_month(&months).as_ref()))
            (details("The months as a table", &bands_table(
                &found.bands_by_month,
                "Each band month by month; in brackets the 90 % interval of conversions for each one predicted",
                true
            )))
        }
        h3 { "At the thresholds" }
        (thresholds_table(found))
        @if !found.reliability.is_empty() {
            h3 { "Score by score" }
            @for sentence in quality_sentences(found) { p { (sentence) } }
            (figure(reliability(&found.reliability).as_ref()))
        }
    }
}

/// The month as the chart of bands takes it: with the interval of the share that converted.
fn band_month(promise: &BandPromise) -> Option<BandMonth> {
    let Interval { low, high } = wilson(promise.n_converted as f64, promise.n_leads as f64);
    Some(BandMonth {
        month: promise.month.clone()?,
        band: promise.band.clone(),
        n_leads: promise.n_leads,
        n_converted: promise.n_converted,
        n_expected: promise.n_expected,
        low,
        high,
    })
}

fn bands_table(bands: &[BandPromise], caption: &str, by_month: bool) -> Markup {
    let by = if by_month { "Month | Band" } else { "Band" };
    let heads = Column::list(&format!("{by} | #Leads | #Converted | #Predicted | #For each one predicted"));
    let rows = html! {
        @for band in bands {
            tr {
                @if by_month {
                    th.d scope="row" { (harmless(band.month.as_deref().unwrap_or_default())) }
                    td.w { (harmless(&band.band)) }
                } @else {
                    th scope="row" { (harmless(&band.band)) }
                }
                td { (count(band.n_leads)) }
                td { (count(band.n_converted)) }
                td { (amount(band.n_expected)) }
                td { (ratio(band.observed_over_expected, band.low, band.high)) }
            }
        }
    };
    table(caption, &heads, &rows)
}

fn thresholds_table(found: &Monitor) -> Markup {
    if found.at_threshold.is_empty() {
        return html! { p { "The card has no thresholds." } };
    }
    let [low, high] = found.settings.calibration;
    let heads =
        Column::list("Policy | Rule | #Points from | #Leads | #Converted | #Predicted | #For each one predicted");
    let rows = html! {
        @for threshold in &found.at_threshold {
            tr {
                th scope="row" { (harmless(&threshold.name)) }
                td.w { (harmless(&threshold.rule)) }
                td { (threshold.score) }
                td { (count(threshold.n_leads)) }
                td { (count(threshold.n_converted)) }
                td { (amount(threshold.n_expected)) }
                td { (ratio(threshold.observed_over_expected, threshold.low, threshold.high)) }
            }
        }
    };
    let caption = format!(
        "Leads from each threshold up; within {low} to {high} is right enough. In brackets the 95 % interval, for all thresholds \
         together and for one look; the gate asks for more, because it may be looked at often"
    );
    table(&caption, &heads, &rows)
}

fn weekly_test(found: &Monitor) -> Markup {
    let Some(test) = &found.weekly_test else {
        return html! { p { "No outcome is known yet, so there is nothing to test." } };
    };
    let chance = per_cent(test.false_alarms);
    html! {
        p {
            "An ordinary test that is looked at every week accuses every card sooner or later. This one may be looked at whenever you \
             like: it bets against the card, lead by lead, at the card's own odds, and a right card cannot be beaten in the long \
             run. The chance that it ever raises an alarm against a right card is at most " (chance) ", a part of the "
             (per_cent(found.settings.false_alarms)) " that all gates share."
        }
        @match &test.alarm {
            None => p { strong { "There is no alarm" } " after " (count(test.n_leads)) " leads with an outcome." },
            Some(alarm) => p.warning {
                strong { "Alarm" } " after " (count(alarm.n_leads)) " leads"
                @if let Some(day) = &alarm.day { ", those until " (day) }
                ": " (alarm.fault.words()) "."
            },
        }
        (figure(evidence(found).as_ref()))
        p.quiet {
            (bets_words()) " A right card is allowed to be off by what it cannot know: " (allowed_words(&test.allowed))
            " A lead counts once its outcome is known."
        }
    }
}

fn population_drift(found: &Monitor) -> Markup {
    html! {
        p {
            "A card learns from the leads of its time. When other leads come, it may still be right about each of them; that is what \
             the promises above are for. But it knows less about them, and the number above a threshold changes."
        }
        (figure(drift(found).as_ref()))
        p.quiet { (drift_words(found)) }
        (drift_table(&found.drift.rows))
    }
}

fn drift_table(rows: &[DriftRow]) -> Markup {
    let heads = Column::list("Score or criterion | #Drift (PSI) | #By chance up to | Verdict | Moved most");
    let rows = html! {
        @for row in rows {
            tr class=[row.is_score.then_some("named")] {
                th scope="row" { (harmless(&row.name)) }
                td { (index(row.psi)) }
                td { (index(row.limit)) }
                td.w { (row.verdict.words()) }
                td.w {
                    @for (at, level) in row.moved.iter().enumerate() {
                        @if at > 0 { "; " }
                        (name(&level.level)) ": " (per_cent(level.now)) " of the leads, " (per_cent(level.before)) " in the history"
                    }
                }
            }
        }
    };
    table("The score and each criterion against the history", &heads, &rows)
}

fn answers(found: &Monitor) -> Markup {
    let heads = Column::list(
        "Criterion | #Missing now | #In the history | #Not named by the card, now | #In the history | \
         Commonest of them",
    );
    let share = |share: Option<f64>| share.map_or_else(String::new, per_cent);
    let rows = html! {
        @for answers in &found.answers {
            tr {
                th scope="row" { (harmless(&answers.criterion)) }
                td { (per_cent(answers.missing_now)) }
                td { (per_cent(answers.missing_before)) }
                td { (share(answers.unnamed_now)) }
                td { (share(answers.unnamed_before)) }
                td.w {
                    @for (at, answer) in answers.unnamed.iter().enumerate() {
                        @if at > 0 { ", " }
                        (name(&answer.answer)) " (" (count(answer.n_leads)) ")"
                    }
                    @if answers.n_unnamed > answers.unnamed.len() {
                        ", and " (count((answers.n_unnamed - answers.unnamed.len()) as u64)) " more"
                    }
                }
            }
        }
    };
    html! {
        p {
            "An answer that the card does not name was rare in the history or is new. It gets the points of the level “other”, which \
             is a guess."
        }
        (table("Leads without an answer, and with one that the card does not name", &heads, &rows))
    }
}

fn volume(found: &Monitor) -> Markup {
    html! {
        @match &found.volume {
            Some(volume) => (volume_table(volume)),
            None => p { "There is no forecast to compare the number of leads with; the " a href="#data" { "notes" } " say why." },
        }
        h3 { "Do scores rise without conversions?" }
        @match &found.inflation {
            Some(inflation) => { p { (inflation_words(inflation)) } (months_table(inflation)) }
            None => p { "It takes leads with dates in at least eight weeks to say." },
        }
    }
}

fn volume_table(volume: &LeadVolume) -> Markup {
    let heads = Column::list("Policy | Rule | #Leads a month | #Forecast | Verdict");
    let rows = html! {
        @for row in &volume.rows {
            tr {
                th scope="row" { (harmless(&row.policy)) }
                td.w { (harmless(&row.rule)) }
                td { (amount(row.came)) }
                td { (estimate(row.promised, amount)) }
                td.w { (within_words(row.came, row.promised)) }
            }
        }
    };
    let caption = format!(
        "Leads a month over {} months, against the forecast of the card's run; in brackets its 90 % interval",
        amount(volume.n_months)
    );
    table(&caption, &heads, &rows)
}

fn months_table(inflation: &Inflation) -> Markup {
    let heads = Column::list("Month | #Leads | #Mean score | #With an outcome | #Converted | #Promised");
    let rows = html! {
        @for month in &inflation.months {
            tr {
                th.d scope="row" { (harmless(&month.month)) }
                td { (count(month.n_leads)) }
                td { (month.mean_score.map_or_else(|| "-".to_owned(), |score| format!("{score:.1}"))) }
                td { (count(month.n_judged)) }
                td { (count(month.n_converted)) }
                td { (amount(month.n_expected)) }
            }
        }
    };
    table("Scores and conversions month by month", &heads, &rows)
}

fn data(found: &Monitor) -> Markup {
    html! {
        h3 { "Notes" }
        (notes(&found.notes))
        @if !found.inputs.is_empty() { h3 { "Files that were read" } (inputs(&found.inputs)) }
        p.quiet { "The card: " code { (harmless(&found.card.sha256)) } ", by " (harmless(&found.card.engine)) "." }
    }
}
