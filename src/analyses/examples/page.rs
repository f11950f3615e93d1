//! Leads to talk about, on the page.

use maud::{Markup, html};

use super::record::{ExampleLead, Examples};
use crate::analyses::about::{About, Place, Shown};
use crate::render::page::elements::{Column, table};
use crate::render::words::{harmless, per_cent, shortened};

/// A section of its own, in the appendix.
pub(crate) fn shown(record: &Examples, _: &About) -> Option<Shown> {
    (!record.at_the_line.is_empty()).then(|| Shown {
        rank: 9,
        summary: None,
        place: Place::Section { id: "leads-to-talk-about", title: "Leads to talk about", after: "trust" },
        body: body(record),
        charts: Vec::new(),
    })
}

fn body(record: &Examples) -> Markup {
    html! {
        p {
            "Talk a few of these through with sales: would you have called? Each is shown by its answers on the card, those that count \
             most first, and by nothing that names it."
        }
        (leads(&format!("Around the line of {} points", record.line), &record.at_the_line))
        (leads("Converted, although little was expected", &record.unexpected_wins))
        (leads("Did not convert, although much was expected", &record.unexpected_losses))
    }
}

fn leads(caption: &str, leads: &[ExampleLead]) -> Markup {
    let rows = html! {
        @for lead in leads {
            tr {
                th.d scope="row" { (lead.score) }
                td { (per_cent(lead.probability)) }
                td.w { @if lead.converted { "converted" } @else { "did not" } }
                td.w { (answers(lead)) }
            }
        }
    };
    html! {
        @if !leads.is_empty() {
            (table(caption, &Column::list("Score | #Chance | What happened | Answers, with their points"), &rows))
        }
    }
}

fn answers(lead: &ExampleLead) -> String {
    let answer = |answer: &super::record::ExampleAnswer| {
        format!("{}: {} ({})", harmless(&answer.criterion), shortened(&answer.answer, 30), answer.points)
    };
    lead.answers.iter().map(answer).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::record::ExampleAnswer;
    use super::*;

    #[test]
    fn a_lead_is_shown_by_its_answers() {
        let answers = vec![ExampleAnswer { criterion: "need".to_owned(), answer: "urgent".to_owned(), points: 13 }];
        let lead = ExampleLead { score: 44, probability: 0.29, converted: true, answers };
        let record = Examples { line: 44, at_the_line: vec![lead], ..Examples::default() };
        let html = body(&record).into_string();
        assert!(html.contains("Around the line of 44 points"), "{html}");
        assert!(html.contains("need: urgent (13)"), "{html}");
        assert!(!html.contains("little was expected</caption>"), "nothing to show there: {html}");
    }
}
