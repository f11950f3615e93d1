//! `feedback.html`: what sales told, for everybody, and a section for each source that can be sent to it.

use maud::{Markup, html};

use super::agreement::{Agreement, LevelWeights};
use super::chart;
use super::words::{self, answer};
use super::{Feedback, GroupRow, GroupShare, ReasonRow, Reasons, SourceLevel, Speed, Than};
use crate::decide::forecast::record::Estimate;
use crate::measures::Interval;
use crate::render::page::elements::{
    Column, details, figure, name, notes, share_cells, share_estimate, table, with_range,
};
use crate::render::page::{Document, document, section};
use crate::render::words::{amount, count, counted, ends, harmless, per_cent, signed, whole_per_cent};

/// The page as HTML.
///
/// - `engine`: name and version of what made it.
pub fn feedback_page(feedback: &Feedback, engine: &str) -> String {
    let feedback = &feedback.as_shown();
    let mut sections = vec![
        section("answer", "The answer", the_answer(feedback)),
        section("funnel", "From lead to conversion", funnel(feedback)),
        section("reasons", "Why leads are turned down", reasons(feedback.reasons.as_ref())),
        section("agreement", "Do sales and marketing agree?", agreement(feedback.agreement.as_ref())),
        section("later", "Leads that came back, leads that waited", later(feedback)),
    ];
    for (at, row) in sources(feedback).enumerate() {
        let title = format!("For {}", harmless(&row.name));
        sections.push((format!("source-{}", at + 1), title, for_source(feedback, row)));
    }
    sections.push(section("notes", "Notes", notes(&feedback.notes)));
    sections.push(section("method", "The method", method(feedback)));
    document(Document {
        title: "What sales did with the leads",
        generator: engine,
        skip: "Skip to the answer",
        under_title: under_title(feedback),
        own_style: "",
        sections,
    })
}

fn sources(feedback: &Feedback) -> impl Iterator<Item = &GroupRow> {
    let is_someone = |row: &&GroupRow| row.by == "source" && !row.name.starts_with('(');
    feedback.funnel.groups.iter().filter(is_someone)
}

fn under_title(feedback: &Feedback) -> Markup {
    html! {
        p {
            @for sentence in words::counts(feedback).iter().take(1) { (sentence) " " }
            @if let Some((first, last)) = &feedback.days { "Handed over from " (first) " to " (last) ". " }
            @if let Some(days) = feedback.horizon_days { "A conversion counts within " (amount(days)) " days." }
        }
    }
}

fn the_answer(feedback: &Feedback) -> Markup {
    html! {
        p.answer { @for sentence in words::counts(feedback).iter().skip(1) { (sentence) " " } }
        @let sources = words::sources(feedback);
        @if !sources.is_empty() { ul { @for sentence in &sources { li { (sentence) } } } }
        @if let Some(agreement) = &feedback.agreement {
            @if let Some(found) = agreement.combinations.first() { p { (words::combination(found, agreement)) } }
        }
    }
}

fn funnel(feedback: &Feedback) -> Markup {
    html! {
        p {
            "Accepted is a share of the leads that sales accepted, rejected or recycled. Small groups are pulled towards the others \
             of their column as far as their own counts are too few to say, and every share has its 90 % interval."
        }
        @for rows in feedback.funnel.groups.chunk_by(|a, b| a.by == b.by) { (funnel_table(rows)) }
    }
}

fn funnel_table(rows: &[GroupRow]) -> Markup {
    let by = &rows[0].by;
    let heads = Column::list_behind(
        by,
        "#Leads | #Accepted | ~ | #Accepted ones convert | ~ | #Turned down, convert anyway | #All convert | #Untouched",
    );
    let full = |access: fn(&GroupRow) -> GroupShare| {
        rows.iter().filter_map(|row| access(row).share).map(|share| share.high).fold(0.0, f64::max)
    };
    let (full_accepted, full_converted) = (full(|row| row.accepted), full(|row| row.accepted_converted));
    let body = html! {
        @for row in rows {
            tr {
                th scope="row" { (harmless(&row.name)) }
                td { (count(row.n_leads)) }
                (share_and_bar(row.accepted, full_accepted))
                (share_and_bar(row.accepted_converted, full_converted))
                td { (share(row.turned_down_converted)) }
                td { (share(row.converted)) }
                td { (share(row.untouched)) }
            }
        }
    };
    html! { div.stacked { (table(&format!("Leads by {by}; in brackets the 90 % interval"), &heads, &body)) } }
}

fn share(share: GroupShare) -> Markup {
    html! { @match share.share { Some(share) => (share_estimate(share)), None => "no leads" } }
}

/// Two cells: the share, and its bar.
fn share_and_bar(shown: GroupShare, full: f64) -> Markup {
    html! {
        @match shown.share {
            Some(Estimate { expected, low, high }) => (share_cells(expected, Interval { low, high }, full)),
            None => { td { "no leads" } td {} }
        }
    }
}

fn reasons(reasons: Option<&Reasons>) -> Markup {
    let Some(reasons) = reasons else {
        return html! { p { "No lead that was turned down has a reason (" code { "outcome.reason" } " names their column)." } };
    };
    html! {
        p {
            (count(reasons.n_with_reason)) " of " (count(reasons.n_turned_down)) " leads that were turned down have a reason. How they \
             were counted: " (reasons.method) "."
        }
        (reason_table("Reasons of all sources; in brackets the 90 % interval", &reasons.all))
    }
}

fn reason_table(caption: &str, rows: &[ReasonRow]) -> Markup {
    let full = rows.iter().filter_map(|row| row.share.share).map(|share| share.high).fold(0.0, f64::max);
    let says = rows.iter().any(|row| row.than_all.is_some());
    let mut heads = Column::list("Reason | #Leads | #Share | ~");
    if says {
        heads.push(Column::words("Against all sources"));
    }
    let body = html! {
        @for row in rows {
            tr {
                th scope="row" { (harmless(&row.reason)) }
                td { (count(row.share.hits)) }
                (share_and_bar(row.share, full))
                @if says {
                    td.w {
                        @match row.than_all { Some(Than::More) => "more often", Some(Than::Less) => "less often", None => "" }
                    }
                }
            }
        }
    };
    table(caption, &heads, &body)
}

fn agreement(agreement: Option<&Agreement>) -> Markup {
    let Some(agreement) = agreement else {
        return html! { p { "There are too few leads to hold what sales accepts against what converts; the notes say what is missing." } };
    };
    let weights = &agreement.weights;
    html! {
        @for sentence in words::agreement(agreement) { p { (sentence) } }
        @if !agreement.combinations.is_empty() {
            h3 { "Answers that sales clearly over- or undervalues" }
            ul { @for found in &agreement.combinations { li { (words::combination(found, agreement)) } } }
        }
        @if !weights.differences.is_empty() {
            h3 { "Answers that weigh too little or too much with sales" }
            ul { @for &at in &weights.differences { li { (words::difference(&weights.levels[at])) } } }
        }
        @if agreement.combinations.is_empty() && weights.differences.is_empty() {
            p { "No answer was found to be clearly over- or undervalued by sales." }
        }
        @if !weights.rule_differences.is_empty() {
            h3 { "Where marketing's rules part from what converts" }
            ul { @for &at in &weights.rule_differences { li { (words::rule_difference(&weights.levels[at])) } } }
        }
        (figure(chart::agreement(&weights.levels, &weights.differences).as_ref()))
        (details("Every answer, in points", &level_table(&weights.levels)))
        p.quiet {
            "Points: 10 double the odds of converting. Acceptance" @if weights.rules_correlation.is_some() { " and the rules are" } @else { " is" }
            " stretched so that the scores of leads spread alike, because only the order can be right or wrong. Of the differences \
             listed on average at most " (per_cent(agreement.false_discovery)) " are luck (Benjamini and Hochberg 1995)."
        }
    }
}

fn level_table(levels: &[LevelWeights]) -> Markup {
    let has_rules = levels.iter().any(|level| level.rules.is_some());
    let mut heads = Column::list(
        "Answer | #Leads | #Accepted | #Accepted ones convert | #Points in acceptance | #Points in conversion | \
         #Difference",
    );
    if has_rules {
        heads.extend([Column::figures("Points in the rules, as given"), Column::figures("On this scale")]);
    }
    let points = |estimate: Estimate| {
        let whole = |value: f64| signed(value.round());
        with_range(&whole(estimate.expected), &ends(estimate.low, estimate.high, whole))
    };
    let body = html! {
        @for level in levels {
            tr {
                th scope="row" { (answer(&level.criterion, &level.level)) }
                td { (count(level.n_leads)) }
                td { (share(level.accepted)) }
                td { (share(level.converted)) }
                td { (points(level.acceptance)) }
                td { (points(level.conversion)) }
                td { (points(level.difference)) }
                @if has_rules {
                    @match level.rules {
                        Some(rules) => { td { (signed(rules.own_points)) } td { (signed(rules.points.round())) } }
                        None => { td {} td {} }
                    }
                }
            }
        }
    };
    html! { div.stacked { (table("Every answer; in brackets the 90 % interval", &heads, &body)) } }
}

fn later(feedback: &Feedback) -> Markup {
    html! {
        h3 { "Leads that came back" }
        @let came_back = feedback.came_back.as_ref().map(words::came_back).unwrap_or_default();
        @if came_back.is_empty() { p { "No lead was handed over twice, as far as ids and times tell." } }
        @else { ul { @for sentence in &came_back { li { (sentence) } } } }
        h3 { "Leads that nobody called" }
        @match &feedback.speed {
            None => p { "Without the scores of a run nothing can be said here; " code { "bantam calibrate" } " makes one." },
            Some(speed) => (speed_part(speed)),
        }
    }
}

fn speed_part(speed: &Speed) -> Markup {
    html! {
        @if speed.untouched.is_empty() { p { "The card of the run has no threshold." } }
        @else { ul { @for row in &speed.untouched { li { (words::untouched(row)) } } } }
        h3 { "Time to first touch" }
        @if speed.touch.is_empty() { p { "No first touches are known of leads that the run judged." } }
        @else {
            p {
                "Good leads are called sooner and convert more often. So time is told within the bands of the card, beside what a \
                 card that had not seen these leads expected; it is no criterion and never on the card."
            }
            ul { @for sentence in words::waiting(speed) { li { (sentence) } } }
            (touch_table(speed))
        }
    }
}

fn touch_table(speed: &Speed) -> Markup {
    let heads = Column::list("Band | First touched | #Leads | #Converted | #Expected | #Conversion | ~");
    let full = speed.touch.iter().filter_map(|cell| cell.converted.share).map(|share| share.high).fold(0.0, f64::max);
    let body = html! {
        @for cell in &speed.touch {
            tr {
                th scope="row" { (harmless(&cell.band)) }
                td.w { (cell.touched) }
                td { (count(cell.converted.n)) }
                td { (count(cell.converted.hits)) }
                td { (amount(cell.n_expected)) }
                (share_and_bar(cell.converted, full))
            }
        }
    };
    table("Conversion by band and time to first touch; in brackets the 90 % interval", &heads, &body)
}

fn for_source(feedback: &Feedback, row: &GroupRow) -> Markup {
    let all = &feedback.funnel.all;
    let rows = [
        ("Accepted", row.accepted, all.accepted),
        ("Accepted ones convert", row.accepted_converted, all.accepted_converted),
        ("Turned down, convert anyway", row.turned_down_converted, all.turned_down_converted),
        ("All convert", row.converted, all.converted),
        ("Untouched", row.untouched, all.untouched),
    ];
    let body = html! {
        @for (what, own, of_all) in rows {
            tr {
                th scope="row" { (what) }
                td { (count(own.hits)) " of " (count(own.n)) }
                td { (share(own)) }
                td { (share(of_all)) }
            }
        }
    };
    let heads = Column::list("Share | #Leads | #This source | #All leads");
    let told =
        feedback.reasons.as_ref().and_then(|reasons| reasons.sources.iter().find(|told| told.source == row.name));
    let levels = |is_good: bool| -> Vec<&SourceLevel> {
        let is_wanted = |level: &&SourceLevel| level.source == row.name && level.is_good == is_good;
        feedback.source_levels.iter().filter(is_wanted).collect()
    };
    html! {
        p {
            "What sales did with the " (counted(row.n_leads, "lead")) " from " (name(&row.name)) ", why it turned some down, and which \
             of them convert."
        }
        (table("This source beside all leads; in brackets the 90 % interval", &heads, &body))
        h3 { "Why leads are turned down" }
        @match told {
            Some(told) => (reason_table(&format!("{} with a reason", counted(told.n_with_reason, "lead")), &told.rows)),
            None => p { "No lead of this source was turned down with a reason." },
        }
        h3 { "What to send instead" }
        @let (more, fewer) = (levels(true), levels(false));
        @if more.is_empty() && fewer.is_empty() {
            p { "No answer of these leads converts surely better or worse than they do on the whole." }
        }
        @if !more.is_empty() { p { "More of these, which convert better than the leads of this source on the whole:" } (advice(&more)) }
        @if !fewer.is_empty() { p { "Fewer of these, which convert worse:" } (advice(&fewer)) }
    }
}

fn advice(levels: &[&SourceLevel]) -> Markup {
    html! {
        ul {
            @for level in levels {
                li {
                    (answer(&level.criterion, &level.level)) ": converts " (words::share_words(level.converted)) " against "
                    (whole_per_cent(level.source_converted))
                    @if level.accepted.n > 0 { ", accepted " (words::share_words(level.accepted)) }
                    "; " (count(level.n_leads)) " leads."
                }
            }
        }
    }
}

fn method(feedback: &Feedback) -> Markup {
    html! {
        p {
            "Shares of groups: k of n leads hit, k is binomial, and the true shares of the groups of a column follow a beta \
             distribution that is learnt from all of them, its own uncertainty averaged over (Bayes empirical Bayes, Deely and \
             Lindley 1981; prior of Gelman et al., Bayesian Data Analysis, section 5.3). Shares of all leads, of answers and of cells \
             have Wilson's interval."
        }
        @if !feedback.funnel.common.is_empty() { (details("What small groups are pulled towards", &common_table(feedback))) }
        p {
            "Acceptance and conversion: one penalised logistic model each over all criteria at once (ridge 1). Levels are cut \
             without a look at any outcome: every answer of at least 30 leads, numbers in up to five ranges of about as many leads. \
             Acceptance is learnt from accepted and rejected leads, conversion from accepted ones with a fair outcome. Intervals come \
             from the curvature of the penalised fit (Wahba 1983; Nychka 1988) and carry the error of the common scale."
        }
        p {
            "Single answers and pairs of answers: listed where sales accepts surely less (or more) than on average and accepted leads \
             convert surely better (or worse); both must hold, over all answers and pairs that were looked at together \
             (Benjamini and Hochberg 1995)."
        }
        p { "Fingerprint of the data (SHA-256): " code { (feedback.data_sha256) } }
    }
}

fn common_table(feedback: &Feedback) -> Markup {
    let heads = Column::list("Column | Share | #Common share | #Worth, in leads");
    let body = html! {
        @for common in &feedback.funnel.common {
            tr {
                th scope="row" { (common.by) }
                td.w { (common.of.replace('_', " ")) }
                td { (per_cent(common.share)) }
                td { (amount(common.worth_leads)) }
            }
        }
    };
    table("After how many own leads a group's own share weighs as much as the common one", &heads, &body)
}
