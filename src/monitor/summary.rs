//! What `bantam monitor` prints: does the card still hold, and if not, what to do.

use super::words::{
    advice_sentences, challenger_sentences, drift_words, index, inflation_words, lead_sentences, moved_sentences,
    quality_sentences, ratio, verdict, within_words,
};
use super::{BandPromise, DriftRow, LeadVolume, Monitor};
use crate::decide::forecast::record::Estimate;
use crate::render::terminal::{Head, heading, joined, lines, notes_section, section, table};
use crate::render::words::{amount, count, counted, per_cent, sentence, shortened, wrapped};

/// Most criteria that are listed with their drift.
const MAX_DRIFT_ROWS: usize = 12;
/// Latest months that are listed by band.
const MAX_MONTHS: usize = 3;

/// The summary: the verdict, the gates, who came, what became of them, volume and notes.
///
/// It carries terminal styles; print it through `anstream`. At most 100 columns wide.
pub fn monitor_report(found: &Monitor) -> String {
    let found = &found.as_shown();
    joined([
        verdict_section(found),
        gates_section(found),
        section("The card to go on with", "", moved_sentences(found)),
        challenger_section(found),
        promises_section(found),
        drift_section(found),
        answers_section(found),
        volume_section(found),
        notes_section(&found.notes, usize::MAX, |_| String::new()),
    ])
}

fn verdict_section(found: &Monitor) -> String {
    heading(&verdict(found))
        + &lines("", lead_sentences(&found.leads))
        + &wrapped("", &advice_sentences(found).join(" "))
}

fn gates_section(found: &Monitor) -> String {
    let mut text = heading("Gates");
    for gate in &found.gates {
        text += &wrapped(&format!("   {:16}{:11}", gate.gate.words(), gate.result.words()), &sentence(&gate.said));
        if let Some(advice) = &gate.advice {
            text += &wrapped(&format!("{:30}", ""), &format!("What to do: {}", sentence(advice)));
        }
    }
    text
}

fn challenger_section(found: &Monitor) -> String {
    let sentences = found.challenger.as_ref().map(challenger_sentences).unwrap_or_default();
    section("Beside the challenger", "", sentences)
}

fn promises_section(found: &Monitor) -> String {
    if found.leads.n_judged == 0 {
        return String::new();
    }
    let mut text = heading("What became of them, against the promise");
    let row = |name: String, band: &BandPromise| {
        vec![
            name,
            count(band.n_leads),
            count(band.n_converted),
            amount(band.n_expected),
            ratio(band.observed_over_expected, band.low, band.high),
        ]
    };
    let mut rows: Vec<_> = found.bands.iter().map(|band| row(shortened(&band.band, 20), band)).collect();
    let months: Vec<&str> = found
        .bands_by_month
        .chunk_by(|a, b| a.month == b.month)
        .filter_map(|month| month.first()?.month.as_deref())
        .collect();
    let shown = &months[months.len().saturating_sub(MAX_MONTHS)..];
    for band in found.bands_by_month.iter().filter(|band| band.month.as_deref().is_some_and(|m| shown.contains(&m))) {
        rows.push(row(format!("{} {}", band.month.as_deref().unwrap_or_default(), shortened(&band.band, 20)), band));
    }
    let heads = Head::words_then_figures(&["band", "leads", "converted", "predicted", "for each one predicted"]);
    text += &table(&heads, &rows);
    if months.len() > shown.len() {
        text += &wrapped("   ", &format!("and {}", counted((months.len() - shown.len()) as u64, "earlier month")));
    }
    text + &lines("", quality_sentences(found))
}

fn drift_section(found: &Monitor) -> String {
    let mut text = heading("Who came, against the history");
    let mut sorted: Vec<&DriftRow> = found.drift.rows.iter().collect();
    sorted.sort_by(|a, b| b.is_score.cmp(&a.is_score).then(b.psi.unwrap_or(-1.0).total_cmp(&a.psi.unwrap_or(-1.0))));
    let row = |row: &&DriftRow| {
        let moved = row.moved.first().map(|level| {
            format!("{} {}, {}", shortened(&level.level, 13), per_cent(level.now), per_cent(level.before))
        });
        let name = shortened(&row.name, 20);
        [name, index(row.psi), index(row.limit), row.verdict.words().to_owned(), moved.unwrap_or_default()]
    };
    let heads = [
        Head::Words(""),
        Head::Figures("drift (PSI)"),
        Head::Figures("by chance up to"),
        Head::Words(""),
        Head::Words("moved most (now, history)"),
    ];
    text += &table(&heads, &sorted.iter().take(MAX_DRIFT_ROWS).map(row).collect::<Vec<_>>());
    if sorted.len() > MAX_DRIFT_ROWS {
        text += &format!("   and {} that moved less\n", counted((sorted.len() - MAX_DRIFT_ROWS) as u64, "criterion"));
    }
    text + &wrapped("", &drift_words(found))
}

fn answers_section(found: &Monitor) -> String {
    let mut said = Vec::new();
    for answers in &found.answers {
        let (Some(before), Some(now)) = (answers.unnamed_before, answers.unnamed_now) else { continue };
        if answers.n_unnamed == 0 {
            continue;
        }
        let mut most: Vec<String> = answers
            .unnamed
            .iter()
            .take(5)
            .map(|answer| format!("\"{}\" ({})", shortened(&answer.answer, 30), count(answer.n_leads)))
            .collect();
        if answers.n_unnamed > most.len() {
            most.push(format!("{} more", count((answers.n_unnamed - most.len()) as u64)));
        }
        said.push(format!(
            "{}: {} of the leads, {} in the history: {}",
            shortened(&answers.criterion, 40),
            per_cent(now),
            per_cent(before),
            most.join(", ")
        ));
    }
    section("Answers that the card does not name", "- ", said)
}

fn volume_section(found: &Monitor) -> String {
    let mut text = found.volume.as_ref().map_or_else(String::new, volume_table);
    text += &lines("", found.inflation.as_ref().map(inflation_words));
    if text.is_empty() { text } else { heading("How many, and how good they say they are") + &text }
}

fn volume_table(volume: &LeadVolume) -> String {
    let rows = volume.rows.iter().map(|row| {
        let Estimate { expected, low, high } = row.promised;
        let forecast = format!("{} ({} to {})", amount(expected), amount(low), amount(high));
        [shortened(&row.policy, 20), amount(row.came), forecast, within_words(row.came, row.promised).to_owned()]
    });
    let heads = [Head::Words("policy"), Head::Figures("leads a month"), Head::Figures("forecast"), Head::Words("")];
    table(&heads, &rows.collect::<Vec<_>>())
}
