//! The summary that `bantam feedback` prints.

use std::path::Path;

use unicode_width::UnicodeWidthStr;

use super::words::{self, share_words};
use super::{Feedback, GroupRow};
use crate::render::terminal::{GAP, Head, heading, joined, lines, notes_section, section, table};
use crate::render::words::{columns, count, paragraph, shortened};

/// Most lines of each list.
const MOST: usize = 8;
/// Most notes that are printed in full.
const MAX_NOTES: usize = 12;

/// What sales did, source by source, why, and where it parts from what converts. At most 100 columns wide.
///
/// - `folder`: where the files are; `None` when nothing was written.
pub fn feedback_summary(feedback: &Feedback, folder: Option<&Path>) -> String {
    let feedback = &feedback.as_shown();
    joined([
        lines("", words::counts(feedback)),
        funnel_section(feedback),
        reasons_section(feedback),
        agreement_section(feedback),
        later_section(feedback),
        notes_section(&feedback.notes, MAX_NOTES, |n_more| {
            format!("{n_more} more are on the page and in feedback.json.")
        }),
        folder.map_or_else(String::new, |folder| {
            let page = folder.join("feedback.html");
            paragraph(&format!("The page, with a section for each source: {}", page.display()))
        }),
    ])
}

fn listed(sentences: impl Iterator<Item = String>) -> String {
    lines("- ", sentences.take(MOST))
}

fn funnel_section(feedback: &Feedback) -> String {
    let sources: Vec<_> = feedback.funnel.groups.iter().filter(|row| row.by == "source").take(MOST + 4).collect();
    let text = lines("", words::sources(feedback));
    if sources.is_empty() {
        return text;
    }
    let heads = ["source", "leads", "accepted", "accepted convert", "turned down convert", "untouched"];
    let row = |row: &&GroupRow| {
        let shares = [row.accepted, row.accepted_converted, row.turned_down_converted, row.untouched];
        let [accepted, converted, anyway, untouched] = shares.map(share_words);
        [row.name.clone(), count(row.n_leads), accepted, converted, anyway, untouched]
    };
    let mut rows: Vec<[String; 6]> = sources.iter().map(row).collect();
    // The figures take what they need, the names what is left.
    let width_of = |at: usize| GAP.len() + rows.iter().map(|row| row[at].width()).fold(heads[at].width(), usize::max);
    let n_figures: usize = (1..heads.len()).map(width_of).sum();
    let n_left = columns().saturating_sub(GAP.len() + n_figures);
    rows.iter_mut().for_each(|row| row[0] = shortened(&row[0], n_left));
    heading("From lead to conversion") + &text + &table(&Head::words_then_figures(&heads), &rows)
}

fn reasons_section(feedback: &Feedback) -> String {
    let Some(reasons) = &feedback.reasons else { return String::new() };
    let mut text = heading("Why leads are turned down");
    text += &paragraph(&format!(
        "{} of {} leads that were turned down have a reason: {}.",
        count(reasons.n_with_reason),
        count(reasons.n_turned_down),
        reasons.method
    ));
    let rows = reasons.all.iter().take(MOST);
    let rows = rows.map(|row| [shortened(&row.reason, 48), count(row.share.hits), share_words(row.share)]);
    text + &table(&Head::words_then_figures(&["reason", "leads", "share"]), &rows.collect::<Vec<_>>())
}

fn agreement_section(feedback: &Feedback) -> String {
    let Some(agreement) = &feedback.agreement else { return String::new() };
    let weights = &agreement.weights;
    let mut text = heading("Do sales and marketing agree?");
    text += &lines("", words::agreement(agreement));
    text += &listed(agreement.combinations.iter().map(|found| words::combination(found, agreement)));
    text += &listed(weights.differences.iter().map(|&at| words::difference(&weights.levels[at])));
    text += &listed(weights.rule_differences.iter().map(|&at| words::rule_difference(&weights.levels[at])));
    if weights.differences.is_empty() && agreement.combinations.is_empty() {
        text += &paragraph("No answer was found to be clearly over- or undervalued by sales.");
    }
    text
}

fn later_section(feedback: &Feedback) -> String {
    let came_back = feedback.came_back.as_ref().map(words::came_back).unwrap_or_default();
    let mut text = section("Leads that came back", "", came_back);
    if let Some(speed) = &feedback.speed {
        text += &heading("Speed");
        text += &listed(speed.untouched.iter().map(words::untouched));
        text += &lines("", words::waiting(speed));
    }
    text
}
