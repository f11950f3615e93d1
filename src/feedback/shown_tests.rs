//! What the page and the summary say, and what they must not hold.

use unicode_width::UnicodeWidthStr;

use super::testing::example::told;
use super::{Feedback, Funnel, GroupRow, feedback_page, feedback_summary};
use crate::render::page::testing::{assert_sound, text_of};

const NAMES: [&str; 3] = ["web", "event", "fax"];
const HOSTILE: [&str; 3] =
    ["<script>alert(1)</script>", "a\u{202e}b\u{1b}[31m\"'&", "Förderprogramm für Großkunden & Söhne 購入"];

fn nothing() -> Feedback {
    Feedback {
        funnel: Funnel {
            all: GroupRow { by: "all".to_owned(), name: "all".to_owned(), n_leads: 3, ..GroupRow::default() },
            groups: Vec::new(),
            common: Vec::new(),
        },
        reasons: None,
        source_levels: Vec::new(),
        came_back: None,
        speed: None,
        agreement: None,
        days: None,
        horizon_days: None,
        labels: Default::default(),
        data_sha256: String::new(),
        notes: Vec::new(),
    }
}

#[test]
fn the_page_reads_from_the_answer_to_each_source() {
    insta::assert_snapshot!("feedback_page", text_of(&feedback_page(&told(NAMES), "bantam")));
}

#[test]
fn the_summary_reads_top_down() {
    let text = anstream::adapter::strip_str(&feedback_summary(&told(NAMES), None)).to_string();
    insta::assert_snapshot!("feedback_summary", text);
}

#[test]
fn text_from_the_data_stays_text() {
    for feedback in [told(NAMES), told(HOSTILE), nothing()] {
        let page = feedback_page(&feedback, "bantam");
        assert_sound(&page);
        assert!(!page.contains("<script>alert") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
        let text = anstream::adapter::strip_str(&feedback_summary(&feedback, None)).to_string();
        assert!(text.lines().all(|line| line.width() <= 100), "{text}");
        assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}') && !text.contains("NaN"), "{text}");
    }
}

#[test]
fn every_source_has_a_section_of_its_own() {
    let page = feedback_page(&told(NAMES), "bantam");
    for (at, name) in ["web", "event", "fax"].iter().enumerate() {
        assert!(page.contains(&format!("<section id=\"source-{}\"", at + 1)), "{name}");
        assert!(page.contains(&format!("For {name}</h2>")), "{name}");
    }
}

#[test]
fn a_company_that_says_nothing_has_a_page() {
    let text = text_of(&feedback_page(&nothing(), "bantam"));
    for said in ["No lead that was turned down has a reason", "There are too few leads to hold what sales accepts"] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}
