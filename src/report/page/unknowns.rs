//! Leads without a fair outcome: those too young to say, and those sales never touched.

use maud::{Markup, html};

use crate::analyses::censored::record::{DelayByScore, MaturityMetrics, SeenByAge};
use crate::analyses::untouched::record::{CoverageRow, UntouchedMetrics};
use crate::measures::Interval;
use crate::render::chart::bars::share_bar;
use crate::render::page::elements::{Column, details, figure, per_words, share, table, with_code};
use crate::render::words::{amount, count, harmless, per_cent};
use crate::report::unknowns::{untouched_sentences, young_sentences};
use crate::report::{RunParts, charts};

/// Whether there is anything to say.
pub(super) fn is_there(parts: &RunParts<'_>) -> bool {
    parts.metrics.findings.maturity.is_some() || parts.metrics.findings.untouched.is_some()
}

pub(super) fn unknowns(parts: &RunParts<'_>) -> Markup {
    html! {
        @if let Some(maturity) = &parts.metrics.findings.maturity { (young(parts, maturity)) }
        @if let Some(untouched) = &parts.metrics.findings.untouched { (never_touched(parts, untouched)) }
    }
}

fn young(parts: &RunParts<'_>, maturity: &MaturityMetrics) -> Markup {
    html! {
        h3 { "Too young to say" }
        p { @for sentence in young_sentences(maturity) { (sentence) " " } }
        (figure(charts::maturity(parts).as_ref()))
        @if let Some(by_score) = &maturity.by_score { p { (delay_words(by_score)) } }
        p.quiet {
            "Conversions of young leads are seen only if they come early; that is allowed for. " code { "outcome.maturity" }
            " is " (with_code(&format!("`\"{}\"`", maturity.in_force))) " in this run."
        }
        (details("The ages as a table", &ages_table(&maturity.seen)))
    }
}

fn delay_words(by_score: &DelayByScore) -> String {
    let whole = |share: f64| format!("{:.0} %", share * 100.0);
    let both = format!(
        "By {} days after the hand-off {} of the conversions of low-scored leads have come and {} of those of high-scored ones",
        by_score.days.round(),
        whole(by_score.low_share),
        whole(by_score.high_share)
    );
    if by_score.depends {
        format!("{both}: more than chance explains, so young leads take no part.")
    } else {
        format!("{both}: no difference that matters, so an age tells the same of both.")
    }
}

fn ages_table(rows: &[SeenByAge]) -> Markup {
    let heads =
        [Column::figures("Days after the hand-off"), Column::figures("Conversions that have come"), Column::Bar];
    let body = html! {
        @for row in rows {
            tr {
                th scope="row" { (amount(row.days)) }
                td { (share(row.share, Interval { low: row.low, high: row.high })) }
                td { (share_bar(row.share, Some((row.low, row.high)), 1.0)) }
            }
        }
    };
    table(
        "Share of the conversions within the horizon that have come by an age; in brackets the 90 % interval",
        &heads,
        &body,
    )
}

fn never_touched(parts: &RunParts<'_>, untouched: &UntouchedMetrics) -> Markup {
    html! {
        h3 { "Never touched" }
        p { @for sentence in untouched_sentences(untouched) { (sentence) " " } }
        (coverage_table(&untouched.coverage))
        @if !untouched.policies.is_empty() { (odds_table(parts, untouched)) }
        p.quiet {
            "Nobody knows what leads that sales did not call would have done, so they are in none of the other figures. Here they \
             are given half, the same and twice the odds of touched leads with their points, by cards that had not seen them."
        }
    }
}

fn coverage_table(rows: &[CoverageRow]) -> Markup {
    let heads = [
        Column::words("Points"),
        Column::figures("Leads"),
        Column::figures("Touched"),
        Column::figures("Share touched"),
        Column::Bar,
        Column::words(""),
    ];
    let body = html! {
        @for row in rows {
            @let touched = row.n_touched as f64 / (row.n_leads as f64).max(1.0);
            tr {
                th.d scope="row" { (points(row)) }
                td { (count(row.n_leads)) }
                td { (count(row.n_touched)) }
                td { (share(touched, Interval { low: row.low, high: row.high })) }
                td { (share_bar(touched, Some((row.low, row.high)), 1.0)) }
                td.w { @if row.is_thin { "almost none: a guess" } }
            }
        }
    };
    table("Whom sales touched, by points; in brackets the 90 % interval", &heads, &body)
}

fn points(row: &CoverageRow) -> String {
    if row.score_from == row.score_to {
        row.score_from.to_string()
    } else {
        format!("{} to {}", row.score_from, row.score_to)
    }
}

fn odds_table(parts: &RunParts<'_>, untouched: &UntouchedMetrics) -> Markup {
    let per = per_words(parts.frontier.per);
    let heads = [
        Column::words("Policy"),
        Column::figures("Points from"),
        Column::figures(format!("Touched {per}")),
        Column::figures(format!("Untouched {per}")),
        Column::figures("Conversion of the touched"),
        Column::figures("Of all, at half the odds"),
        Column::figures("At the same odds"),
        Column::figures("At twice the odds"),
        Column::figures(format!("Wins missed {per}")),
        Column::figures("Random hand-offs below"),
    ];
    let body = html! {
        @for policy in &untouched.policies {
            @let band = &policy.band;
            tr {
                th scope="row" { (harmless(&policy.policy)) }
                td { (band.threshold) }
                td { (amount(policy.touched_per)) }
                td { (amount(policy.untouched_per)) }
                td { (per_cent(band.n_wins as f64 / (band.n_touched as f64).max(1.0))) }
                td { (per_cent(band.conversion_at_half_odds)) }
                td { (per_cent(band.conversion_at_same_odds)) }
                td { (per_cent(band.conversion_at_double_odds)) }
                td {
                    (amount(policy.wins_at_same_odds))
                    " " small { "(" (amount(policy.wins_at_half_odds)) "-" (amount(policy.wins_at_double_odds)) ")" }
                }
                td {
                    @if let Some(advice) = &policy.random_hand_offs {
                        (count(advice.n_leads)) " " small { "of " (amount(advice.available_per)) " " (per) }
                    }
                }
            }
        }
    };
    table(
        "What each line would bring with the leads nobody touched; in brackets at half and at twice the odds",
        &heads,
        &body,
    )
}
