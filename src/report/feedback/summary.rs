//! The summary that `bantam feedback` prints.

use std::path::Path;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::sentences::{self, share_words};
use crate::feedback::Feedback;
use crate::render::table::{Align, GAP, table};
use crate::render::words::{MAX_COLUMNS, count, sentence, shortened, wrapped};

const HEADING: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();

/// Most lines of each list.
const MOST: usize = 8;
/// Most notes that are printed in full.
const MAX_NOTES: usize = 12;

/// What sales did, source by source, why, and where it parts from what converts. At most 100 columns wide.
///
/// - `folder`: where the files are; `None` when nothing was written.
pub fn feedback_summary(feedback: &Feedback, folder: Option<&Path>) -> String {
    let sections = [
        lines(&sentences::counts(feedback)),
        funnel_section(feedback),
        reasons_section(feedback),
        agreement_section(feedback),
        later_section(feedback),
        notes_section(feedback),
        folder.map_or_else(String::new, |folder| {
            wrapped(
                "",
                &format!("The page, with a section for each source: {}", folder.join("feedback.html").display()),
            )
        }),
    ];
    let sections: Vec<String> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    sections.join("\n")
}

fn lines(sentences: &[String]) -> String {
    sentences.iter().map(|sentence| wrapped("", sentence)).collect()
}

fn heading(text: &str) -> String {
    format!("{HEADING}{text}{HEADING:#}\n")
}

fn listed(sentences: impl Iterator<Item = String>) -> String {
    sentences.take(MOST).map(|sentence| wrapped("- ", &sentence)).collect()
}

fn funnel_section(feedback: &Feedback) -> String {
    let sources: Vec<_> = feedback.funnel.groups.iter().filter(|row| row.by == "source").take(MOST + 4).collect();
    let mut text = lines(&sentences::sources(feedback));
    if sources.is_empty() {
        return text;
    }
    let heads = ["source", "leads", "accepted", "accepted convert", "turned down convert", "untouched"];
    let mut rows = vec![heads.map(str::to_owned)];
    rows.extend(sources.iter().map(|row| {
        [
            row.name.clone(),
            count(row.n_leads),
            share_words(row.accepted),
            share_words(row.accepted_converted),
            share_words(row.turned_down_converted),
            share_words(row.untouched),
        ]
    }));
    // The figures take what they need, the names what is left.
    let width_of = |at: usize| GAP.len() + rows.iter().map(|row| row[at].width()).max().unwrap_or(0);
    let n_figures: usize = (1..heads.len()).map(width_of).sum();
    let n_left = MAX_COLUMNS.saturating_sub(GAP.len() + n_figures);
    rows[1..].iter_mut().for_each(|row| row[0] = shortened(&row[0], n_left));
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.to_vec()).collect();
    let align = [Align::Left, Align::Right, Align::Right, Align::Right, Align::Right, Align::Right];
    text += &table(&align, &rows, QUIET);
    heading("From lead to conversion") + &text
}

fn reasons_section(feedback: &Feedback) -> String {
    let Some(reasons) = &feedback.reasons else { return String::new() };
    let mut text = heading("Why leads are turned down");
    text += &wrapped(
        "",
        &format!(
            "{} of {} leads that were turned down have a reason: {}.",
            count(reasons.n_with_reason),
            count(reasons.n_turned_down),
            reasons.method
        ),
    );
    let mut rows = vec![["reason", "leads", "share"].map(str::to_owned).to_vec()];
    rows.extend(
        reasons
            .all
            .iter()
            .take(MOST)
            .map(|row| vec![shortened(&row.reason, 48), count(row.share.hits), share_words(row.share)]),
    );
    text + &table(&[Align::Left, Align::Right, Align::Right], &rows, QUIET)
}

fn agreement_section(feedback: &Feedback) -> String {
    let Some(agreement) = &feedback.agreement else { return String::new() };
    let mut text = heading("Do sales and marketing agree?");
    text += &lines(&sentences::agreement(agreement));
    text += &listed(agreement.combinations.iter().map(|found| sentences::combination(found, agreement)));
    text += &listed(agreement.differences.iter().map(|&at| sentences::difference(&agreement.levels[at])));
    text += &listed(agreement.rule_differences.iter().map(|&at| sentences::rule_difference(&agreement.levels[at])));
    if agreement.differences.is_empty() && agreement.combinations.is_empty() {
        text += &wrapped("", "No answer stands out where sales surely parts from what converts.");
    }
    text
}

fn later_section(feedback: &Feedback) -> String {
    let came_back = feedback.came_back.as_ref().map(sentences::came_back).unwrap_or_default();
    let mut text = String::new();
    if !came_back.is_empty() {
        text += &(heading("Leads that came back") + &lines(&came_back));
    }
    if let Some(speed) = &feedback.speed {
        text += &heading("Speed");
        text += &listed(speed.untouched.iter().map(sentences::untouched));
        text += &lines(&sentences::waiting(speed));
    }
    text
}

fn notes_section(feedback: &Feedback) -> String {
    if feedback.notes.is_empty() {
        return String::new();
    }
    let mut text = heading("Notes");
    for note in feedback.notes.iter().take(MAX_NOTES) {
        text += &wrapped("- ", &sentence(&note.text));
    }
    match feedback.notes.len().saturating_sub(MAX_NOTES) {
        0 => text,
        n_more => text + &wrapped("- ", &format!("{n_more} more are on the page and in feedback.json.")),
    }
}
