//! `definition.html`: what sales and marketing agree on, on one page to print and sign, and the form for the call behind it.
//!
//! In: [`RunParts`]. Out: HTML with its style and script inside it, under the policy of all pages. Start at [`definition`].
//! `agreement` is the page to sign, `call_form` the questions with their points and the stop rule, `line` the hand-off that both
//! speak of, `order` what is asked and in which order.
//!
//! Always true: nothing is computed about leads, every figure stands in card or metrics already; without the script the page is
//! a form for a pen; every text from the data is escaped; the same run gives the same bytes.

mod agreement;
mod call_form;
mod line;
mod order;
#[cfg(test)]
mod tests;

use maud::{Markup, html};

use super::RunParts;
use crate::render::page::{Page, page};

/// First line of the page, and its name.
const TITLE: &str = "What is a qualified lead?";

/// The page as HTML.
pub fn definition(parts: &RunParts<'_>) -> String {
    let body = html! {
        nav aria-label="Contents" {
            a href="#definition" { "The definition" }
            " "
            a href="#call-form" { "The call form" }
        }
        main {
            (agreement::agreement(parts))
            (call_form::call_form(parts))
        }
    };
    page(&Page {
        title: TITLE,
        generator: &parts.card.provenance.engine,
        style: include_str!("definition.css"),
        script: include_str!("definition.js"),
        body,
    })
}

/// A line to write on.
fn blank() -> Markup {
    html! { span.blank { "____" } }
}
