//! Pages: one HTML file each, offline, with its style and script inside it.
//!
//! In: a [`Document`] of sections, or a [`Page`] with looks of its own. Out: HTML. `elements` has what sections are made of, `lock`
//! the content security policy, `page.css` and `page.js` the looks and the slider; the colours are those of `colours`.
//!
//! Always true: nothing is loaded and nothing is sent; the policy lets only the script and the style inside the page run, by
//! their hash, so there is no style attribute and no handler on any element; every text from the data is escaped.

pub(crate) mod elements;
mod lock;
#[cfg(test)]
pub(crate) mod testing;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::CHART_CSS;
use super::words::harmless;
use crate::colours::style_sheet;

const SCRIPT: &str = include_str!("page.js");
/// Faces of all pages.
const FACES: &str = ":root{--serif:\"Iowan Old Style\",\"Palatino Linotype\",Palatino,\"Book Antiqua\",Georgia,\"Times New Roman\",serif}\n";

/// What makes a page.
pub(crate) struct Document<'a> {
    /// Its name, and its first line.
    pub(crate) title: &'a str,
    /// The engine that made it.
    pub(crate) generator: &'a str,
    /// Words of the link to the first section.
    pub(crate) skip: &'a str,
    /// What stands under the first line.
    pub(crate) under_title: Markup,
    /// Looks of its own, beside those of all reports.
    pub(crate) own_style: &'a str,
    /// Id, heading and body of each section.
    pub(crate) sections: Vec<(String, String, Markup)>,
}

/// A section of a [`Document`].
pub(crate) fn section(id: &str, title: &str, body: Markup) -> (String, String, Markup) {
    (id.to_owned(), title.to_owned(), body)
}

/// A page of sections, each in the contents, in the looks of all our reports.
pub(crate) fn document(document: Document<'_>) -> String {
    let first = document.sections.first().map_or("", |(id, ..)| id.as_str());
    let body = html! {
        a.skip href={ "#" (first) } { (document.skip) }
        header { h1 { (document.title) } (document.under_title) }
        nav aria-label="Contents" {
            ol { @for (id, title, _) in &document.sections { li { a href={ "#" (id) } { (title) } } } }
        }
        main {
            @for (id, title, body) in &document.sections {
                section id=(id) aria-labelledby={ (id) "-title" } {
                    h2 id={ (id) "-title" } { (title) }
                    (body)
                }
            }
        }
    };
    let style = format!("{}{CHART_CSS}{}", include_str!("page.css"), document.own_style);
    page(&Page { title: document.title, generator: document.generator, style: &style, script: SCRIPT, body })
}

/// One HTML file.
pub(crate) struct Page<'a> {
    /// Its name.
    pub(crate) title: &'a str,
    /// The engine that made it.
    pub(crate) generator: &'a str,
    /// How it looks, beside the colours and faces of all pages.
    pub(crate) style: &'a str,
    /// What it does.
    pub(crate) script: &'a str,
    /// What stands in it.
    pub(crate) body: Markup,
}

/// The file as text, under a policy that lets exactly its own script and style run.
pub(crate) fn page(page: &Page<'_>) -> String {
    let style = format!("{}{FACES}{}", style_sheet(), page.style);
    let html = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(lock::policy(page.script, &style));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(harmless(page.generator));
                title { (page.title) }
                style { (PreEscaped(&style)) }
            }
            body {
                (page.body)
                script { (PreEscaped(page.script)) }
            }
        }
    };
    html.into_string()
}
