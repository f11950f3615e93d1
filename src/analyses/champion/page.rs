//! The card in use beside the new one: what to do, what each wins, whose leads change places, and every changed point.

use maud::{Markup, html};

use super::record::{ChampionMetrics, ChampionPolicy, ChampionSides, PointChange, SideMetrics, SwapSide};
use super::words::{advice_of, champion_sentences, level_words, per_words, reason_words, signed_always};
use crate::analyses::about::{About, Place, Shown, Summary};
use crate::card::Card;
use crate::cross_fit::near_champion::ChangePricePoint;
use crate::quarter::{AdvisedCard, advised_sentences};
use crate::render::page::elements::{Column, details, table, with_range};
use crate::render::words::{amount, count, counted, day, ends, harmless, per_cent, signed};

/// The advice, and both cards side by side.
pub(crate) fn shown(record: &ChampionMetrics, about: &About<'_>) -> Option<Shown> {
    let record = &in_words(record, about.card);
    let title = "Beside the card in use";
    Some(Shown {
        rank: 3,
        summary: Some(Summary { title, first: "   ", sentences: champion_sentences(record, about.folder) }),
        place: Place::Section { id: "champion", title, after: "card" },
        body: body(record),
        charts: Vec::new(),
    })
}

/// The record with what people read in place of criteria and answers.
fn in_words(record: &ChampionMetrics, card: &Card) -> ChampionMetrics {
    let mut worded = record.clone();
    for change in &mut worded.changes {
        for level in [&mut change.champion_level, &mut change.challenger_level].into_iter().flatten() {
            *level = card.shown_level(&change.criterion, level).to_owned();
        }
        change.criterion = card.shown_name(&change.criterion).to_owned();
    }
    worded
}

fn body(champion: &ChampionMetrics) -> Markup {
    let advice = advice_of(&champion.advice);
    html! {
        @if let Some((first, rest)) = advice.split_first() {
            p { b { (first) } @for sentence in rest { " " (sentence) } }
        }
        (evidence(champion))
        @if let Some(advised) = &champion.advised { (advised_card(advised)) }
        h3 { "What each card wins" }
        p { (compared_words(&champion.side_by_side)) }
        @if !champion.side_by_side.policies.is_empty() {
            (wins_table(&champion.side_by_side))
            (swap_table(&champion.side_by_side))
        }
        (details("How well each card's chances fit", &fit_table(&champion.side_by_side)))
        h3 { "Every changed point" }
        (changes(champion))
        @if !champion.change_prices.is_empty() {
            (details("What holding points would have cost in past periods", &price_table(&champion.change_prices)))
        }
    }
}

/// The card that the advice comes to.
fn advised_card(advised: &AdvisedCard) -> Markup {
    let sentences = advised_sentences(advised, None);
    html! {
        @if let Some((first, rest)) = sentences.split_first() {
            p { (first) }
            @if !rest.is_empty() { ul { @for sentence in rest { li { (sentence) } } } }
        }
    }
}

/// The figures behind the advice.
fn evidence(champion: &ChampionMetrics) -> Markup {
    let advice = &champion.advice;
    html! {
        @if advice.gain_of_shift > 0.0 || advice.gain_of_points > 0.0 {
            p.quiet {
                "Log likelihood says how well chances fit what happened. Moving the curve of the card in use would gain "
                (amount(advice.gain_of_shift)) ", and chance alone gains up to " (amount(advice.chance_of_shift))
                " in 19 of 20 quarters. That some rows are worth other points would gain another " (amount(advice.gain_of_points))
                ", chance alone up to " (amount(advice.chance_of_points)) "."
            }
        }
    }
}

fn compared_words(sides: &ChampionSides) -> String {
    let days = match (&sides.first_as_of, &sides.last_as_of) {
        (Some(first), Some(last)) => format!(", handed off from {} to {}", day(first), day(last)),
        _ => String::new(),
    };
    let seen = if sides.is_fresh {
        "Neither card knew how they would end; the earlier of them the card in use may have known as young leads."
    } else {
        "The card in use may have learned from them, which flatters it; the new card's figures come from cards that had not."
    };
    format!("Both cards choose among the same {}{days}. {seen}", counted(sides.n_leads, "lead"))
}

fn wins_table(sides: &ChampionSides) -> Markup {
    let per = per_words(sides);
    let heads = Column::list(&format!("Policy | #Leads {per} | #Wins, card in use | #Wins, new card | #Difference"));
    let row = |policy: &ChampionPolicy| {
        let difference = signed_always(policy.challenger_wins_per - policy.champion_wins_per);
        html! {
            tr {
                th scope="row" { (harmless(&policy.policy)) }
                td { (amount(policy.leads_per)) }
                td { (amount(policy.champion_wins_per)) }
                td { (amount(policy.challenger_wins_per)) }
                td { (with_range(&difference, &ends(policy.difference_low, policy.difference_high, signed))) }
            }
        }
    };
    let body = html! { @for policy in &sides.policies { (row(policy)) } };
    table(&format!("Wins {per} at the same number of leads; in brackets the 90 % interval"), &heads, &body)
}

fn swap_table(sides: &ChampionSides) -> Markup {
    let heads = Column::list(
        "Policy | #Leads only the new card chooses | #Of those, converted | #Leads only the card in use chooses | \
         #Of those, converted",
    );
    let converted = |side: SwapSide| {
        html! {
            td { (amount(side.n_leads)) }
            td {
                @if side.n_leads > 0.0 {
                    (amount(side.n_wins)) " "
                    small {
                        "(" (per_cent(side.n_wins / side.n_leads)) "; "
                        (ends(side.conversion_low * 100.0, side.conversion_high * 100.0, |share| format!("{share:.0}"))) " %)"
                    }
                } @else { "none" }
            }
        }
    };
    let body = html! {
        @for policy in &sides.policies {
            tr { th scope="row" { (harmless(&policy.policy)) } (converted(policy.swapped_in)) (converted(policy.swapped_out)) }
        }
    };
    table(
        "Leads that change places, in all months together; in brackets their conversion and its 90 % interval",
        &heads,
        &body,
    )
}

fn fit_table(sides: &ChampionSides) -> Markup {
    let heads = Column::list("Card | #Log loss (lower is better) | #AUC (higher is better) | #Came / predicted");
    let row = |name: &str, side: SideMetrics| {
        html! {
            tr {
                th scope="row" { (name) }
                td { (format!("{:.4}", side.log_loss)) }
                td { (format!("{:.3}", side.auc)) }
                td { (format!("{:.2}", side.observed_over_expected)) }
            }
        }
    };
    html! {
        (table("Both cards on the same leads", &heads, &html! { (row("In use", sides.champion)) (row("New", sides.challenger)) }))
        p.quiet {
            "The new card's log loss is " (if sides.log_loss_gain < 0.0 { "higher" } else { "lower" }) " by "
            (format!("{:.4}", sides.log_loss_gain.abs())) " a lead; 90 % sure that it is lower by "
            (ends(sides.log_loss_gain_low, sides.log_loss_gain_high, four_digits)) "."
        }
    }
}

fn changes(champion: &ChampionMetrics) -> Markup {
    if champion.changes.is_empty() {
        return html! { p { "No answer has other points than on the card in use." } };
    }
    let seen = if champion.advice.is_fresh { "since" } else { "in all" };
    let heads =
        Column::list(&format!("Criterion | Answer | #Points | Why | #Leads | #Leads {seen} | #Promised | #Came",));
    let row = |change: &PointChange| {
        html! {
            tr {
                th scope="row" { (harmless(&change.criterion)) }
                td.w { (level_words(change)) }
                td { (change.points_before) " → " (change.points_now) }
                td.w { (reason_words(change)) }
                td { (count(change.n_leads)) }
                td { (count(change.n_fresh)) }
                td { (amount(change.n_promised)) }
                td { (count(change.n_converted)) }
            }
        }
    };
    let shown = &champion.changes[..champion.changes.len().min(MAX_SHOWN)];
    let body = html! { @for change in shown { (row(change)) } };
    html! {
        p {
            (counted(champion.points_changed as u64, "answer")) " with other points, "
            (count(champion.points_kept as u64)) " with the same. "
            "Conversion: leads with this answer converted differently from what the card in use predicted, beyond chance (at most one "
            "in ten of those listed so is luck). Mix: each converts as predicted, but other leads give the answer now. Noise: chance "
            "explains it. Set by hand: a person set the points on one of the cards, so leads have no part in the change."
        }
        (table("Answers whose points differ, those that move most first; predicted by the card in use", &heads, &body))
        @if shown.len() < champion.changes.len() {
            p.quiet { "And " (count((champion.changes.len() - shown.len()) as u64)) " more in metrics.json, key champion." }
        }
    }
}

/// Most changes on the page.
const MAX_SHOWN: usize = 60;

fn price_table(rungs: &[ChangePricePoint]) -> Markup {
    let heads = Column::list("#Price of a point | #Log loss (lower is better) | #Rows changed a period | ");
    let body = html! {
        @for rung in rungs {
            tr {
                th scope="row" { (format!("{}", rung.change_price)) }
                td { (with_range(&format!("{:.4}", rung.log_loss), &format!("± {:.4}", rung.difference_se))) }
                td { (amount(rung.rows_changed_per_period)) }
                td.w { @if rung.is_chosen { "this run" } }
            }
        }
    };
    table(
        "Past periods with a card for each, held near the one before at a price; in brackets the standard error of the difference \
         from the best",
        &heads,
        &body,
    )
}

/// A small figure with a minus that screen readers say: −0.0021.
fn four_digits(value: f64) -> String {
    format!("{value:.4}").replace('-', "\u{2212}")
}
