//! What each question is worth: wins with and without a criterion, asking it where it is unknown, and how many are
//! enough.

use maud::{Markup, html};

use super::chart::questions;
use super::record::{AskingWorth, CriterionWorth, PathRung, QuestionMetrics};
use super::words::question_sentences;
use crate::analyses::about::{About, Place, Shown, Summary};
use crate::render::page::elements::{Column, details, estimate, figure, table};
use crate::render::words::{amount, count, counted, harmless, signed};

/// Odds of leads without an answer that differ from those of others by more than this are mentioned.
const ODD_FACTOR: f64 = 1.5;

/// What each question is worth, and how many are enough.
pub(crate) fn shown(record: &QuestionMetrics, about: &About<'_>) -> Option<Shown> {
    let sentences = question_sentences(record, about);
    Some(Shown {
        rank: 4,
        summary: Some(Summary { title: "What a question is worth", first: "- ", sentences }),
        place: Place::Section { id: "questions", title: "What is a question worth?", after: "criteria" },
        body: body(record, about),
        charts: questions(record, about.per).into_iter().collect(),
    })
}

fn body(found: &QuestionMetrics, about: &About<'_>) -> Markup {
    html! {
        ul { @for sentence in question_sentences(found, about) { li { (sentence) } } }
        (figure(questions(found, about.per).as_ref()))
        (worth_table(found, about))
        p.quiet {
            "The card was made again without each criterion in turn and chose as many leads; the figure is what it wins less. A \
             criterion whose answer others give away as well is worth little, however many points it has. Counted on "
            (count(found.n_judged)) " leads that no card had seen. Asked is what the config says, else all but what is counted "
            "from events."
            @if found.n_not_priced > 0 {
                " " (counted(found.n_not_priced as u64, "criterion")) " with fewer points were not priced."
            }
        }
        (asking_part(found, about))
        (details("Cards of few criteria as a table", &path_table(found, about)))
    }
}

fn worth_table(questions: &QuestionMetrics, about: &About<'_>) -> Markup {
    let mut heads = Column::list("Criterion |  | #Range of points");
    heads.extend(questions.lines.iter().map(|line| {
        let leads = amount(line.leads_per);
        Column::figures(format!("{}: wins {} it adds to {leads} leads", harmless(&line.policy), about.per.words()))
    }));
    let body = html! {
        @for criterion in &questions.criteria {
            tr {
                th scope="row" { (harmless(about.card.shown_name(&criterion.criterion))) }
                td.w { (kind(criterion)) }
                td { (criterion.points_range) }
                @for at in &criterion.at { td { (estimate(at.gain, signed)) } }
            }
        }
    };
    table("What would be lost without each criterion; in brackets the 90 % interval", &heads, &body)
}

fn kind(criterion: &CriterionWorth) -> &'static str {
    if criterion.is_asked { "asked" } else { "not asked" }
}

fn asking_part(questions: &QuestionMetrics, about: &About<'_>) -> Markup {
    let asked: Vec<(&CriterionWorth, usize, &AskingWorth)> = (questions.criteria.iter())
        .filter(|criterion| criterion.is_asked)
        .flat_map(|criterion| {
            let at = criterion.at.iter().enumerate();
            at.filter_map(move |(line, at)| Some((criterion, line, at.asking.as_ref()?)))
        })
        .collect();
    html! {
        h3 { "Asking where the answer is unknown" }
        @if asked.is_empty() {
            p { "There are too few leads without an answer, or too few with one, to say what asking would bring." }
        } @else {
            (asking_table(questions, &asked, about))
            p.quiet {
                "It is taken for granted that leads who were not asked would answer like leads who were, at about the same points. \
                 Asking makes no lead better: on average its chance stays what it is without the answer, and what is won is to know \
                 which leads are the better ones. Outside the points named here no usual answer moves a lead across the line. \
                 " b { "The points hold" } " says how far the points for the answers kept their word on leads whose answer is \
                 known: 1 as they say, 0 not at all."
                @for (criterion, odds) in odd(&asked) {
                    " Leads without " b.name { (harmless(about.card.shown_name(&criterion.criterion))) } " convert at " (amount(odds)) " times the odds \
                     that the answers of others would give them: doubt the figure there."
                }
            }
        }
    }
}

/// Criteria, each once, whose unknown leads are unlike others.
fn odd<'a>(asked: &[(&'a CriterionWorth, usize, &'a AskingWorth)]) -> Vec<(&'a CriterionWorth, f64)> {
    let is_odd = |odds: f64| !(1.0 / ODD_FACTOR..=ODD_FACTOR).contains(&odds);
    let first = asked.iter().filter(|(_, line, asking)| *line == asked[0].1 && is_odd(asking.odds_of_unknown));
    first.map(|(criterion, _, asking)| (*criterion, asking.odds_of_unknown)).collect()
}

fn asking_table(
    questions: &QuestionMetrics,
    asked: &[(&CriterionWorth, usize, &AskingWorth)],
    about: &About<'_>,
) -> Markup {
    let per = about.per.words();
    let heads = Column::list(&format!(
        "Criterion | Policy | #Unknown {per} | #Worth asking {per} | #With points | #More wins {per} | \
         #More wins for 100 asked | #The points hold",
    ));
    let body = html! {
        @for (criterion, line, asking) in asked {
            tr {
                th scope="row" { (harmless(about.card.shown_name(&criterion.criterion))) }
                td.w { (harmless(&questions.lines[*line].policy)) }
                td { (amount(asking.unknown_per)) }
                td { (amount(asking.worth_asking_per)) }
                td { @if let (Some(from), Some(to)) = (asking.score_from, asking.score_to) { (from) " to " (to) } }
                td { (estimate(asking.wins, signed)) }
                td { @if let Some(wins) = asking.wins_per_100 { (estimate(wins, signed)) } }
                td { (estimate(asking.holds, |holds| format!("{holds:.2}").replace('-', "\u{2212}"))) }
            }
        }
    };
    table("What asking would bring where the answer is unknown; in brackets the 90 % interval", &heads, &body)
}

fn path_table(questions: &QuestionMetrics, about: &About<'_>) -> Markup {
    let mut heads = Column::list("#Criteria | #To ask | New on the card | #Log loss | #Pairs the right way round");
    let wins = |policy: &str| Column::figures(format!("{}: wins {}", harmless(policy), about.per.words()));
    heads.extend(questions.lines.iter().map(|line| wins(&line.policy)));
    let body = html! {
        @for rung in &questions.path {
            tr {
                th scope="row" { (rung.n_criteria) }
                td { (rung.n_asked) }
                td.w { (changes(rung, about)) }
                td { (format!("{:.4}", rung.log_loss)) }
                td { (format!("{:.0} %", rung.auc * 100.0)) }
                @for at in &rung.at { td { (amount(at.wins)) } }
            }
        }
    };
    table("Cards of few criteria, each chosen and fitted without the leads that judge it", &heads, &body)
}

/// "budget, need; without region".
fn changes(rung: &PathRung, about: &About<'_>) -> String {
    let names = |names: &[String]| {
        names.iter().map(|name| harmless(about.card.shown_name(name))).collect::<Vec<_>>().join(", ")
    };
    if rung.leave.is_empty() {
        return names(&rung.enter);
    }
    format!("{}; without {}", names(&rung.enter), names(&rung.leave))
}
