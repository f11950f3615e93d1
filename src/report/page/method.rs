//! The method in half a page, and where this card comes from.

use maud::{Markup, html};

use crate::analyses::censored::record::MaturityMetrics;
use crate::render::page::elements::with_code;
use crate::render::words::{amount, count, day, harmless, sentence};
use crate::report::RunParts;

pub(super) fn method(parts: &RunParts<'_>) -> Markup {
    let from = &parts.card.provenance;
    let curve = if parts.metrics.curve == "monotone" {
        "a curve that never falls, which fitted better here than a logistic one"
    } else {
        "a logistic curve"
    };
    let takes_part = parts.metrics.findings.maturity.as_ref().is_some_and(MaturityMetrics::takes_part);
    html! {
        p {
            strong { "Points. " }
            "Every criterion is cut into small steps. One model is fitted over the steps of all criteria at once, in which \
             neighbouring steps hold on to each other, so that few leads cannot make a large jump. Its weights are then turned into \
             whole points by a search for the whole numbers that lose least; neighbouring steps with the same points become one \
             level. Here every " (amount(from.points_per_log_odds * std::f64::consts::LN_2)) " points double the odds to convert."
        }
        p {
            strong { "Honest figures. " }
            "Every figure about conversion was measured on leads that the card judging them had not seen: the whole procedure, \
             settings included, is repeated without them. " (with_code(&sentence(&parts.metrics.folds_by)))
            " The card that ships is fitted on all of the leads by the same procedure. The tables criterion by criterion are the \
             exception: they count the history as it is."
        }
        p {
            strong { "What a score is worth. " }
            "The scores of the judged leads are turned into a chance by " (curve) ". Intervals are 90 %, of the share \
             that converts among many leads with a score; of a few leads chance moves it further."
        }
        p {
            strong { "Lines and policies. " }
            "For every line the judged leads at or above it are counted; months differ, and the intervals of leads and wins allow \
             for it. A policy comes to a line; leads tied there share the last places. The time ahead is simulated: months are drawn \
             from the history, what a score is worth is drawn within its interval, every lead converts or not by its chance, and \
             each policy chooses its line anew, so that the luck of choosing is seen and taken off."
        }
        p {
            strong { "Who is left out. " }
            "A lead too young to say is not a loss, and a lead that sales never touched says nothing about leads that it touched. \
             Both are counted, and in no other figure."
            @if takes_part {
                " The young ones do take part in the card and its curve: an age by which 60 % of the conversions have come makes a \
                 lead without one 60 % of a lost lead (the curve of ages: Lagakos, Barraj and De Gruttola, 1988)."
            }
        }
        p.quiet {
            "Made by " (harmless(&from.engine)) " from " (count(from.n_leads)) " leads"
            @if let (Some(first), Some(last)) = (&from.first_as_of, &from.last_as_of) {
                ", handed over " (day(first)) " to " (day(last))
            }
            ". Data " code { (short(&from.data_sha256)) } ", config " code { (short(&from.config_sha256)) } ", seed " (from.seed)
            ". The same data, config and seed give the same page, byte for byte."
        }
    }
}

/// First twelve characters of a fingerprint, which is what people compare.
fn short(sha256: &str) -> String {
    harmless(sha256).chars().take(12).collect()
}
