//! What `bantam monitor` found, for people: does the card still hold, and if not, what to do.

use anstyle::Style;

use crate::decide::forecast::record::Estimate;
use crate::monitor::{
    Action, Advice, BandPromise, DriftRow, GateResult, Inflation, InflationVerdict, LeadVolume, Monitor,
    MonitoredLeads, MonthlyChange,
};
use crate::render::table::{Align, table};
use crate::render::words::{amount, count, counted, per_cent, sentence, shortened, wrapped};

const HEADING: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();

/// Most criteria that are listed with their drift.
const MAX_DRIFT_ROWS: usize = 12;
/// Latest months that are listed by band.
const MAX_MONTHS: usize = 3;

/// The summary: the verdict, the gates, who came, what became of them, volume and notes.
///
/// It carries terminal styles; print it through `anstream`. At most 100 columns wide.
pub fn monitor_report(found: &Monitor) -> String {
    let sections = [
        verdict_section(found),
        gates_section(found),
        promises_section(found),
        drift_section(found),
        answers_section(found),
        volume_section(found),
        notes_section(found),
    ];
    let sections: Vec<String> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    sections.join("\n")
}

fn heading(title: &str) -> String {
    format!("{HEADING}{title}{HEADING:#}\n")
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// The verdict in a sentence.
pub(super) fn verdict(found: &Monitor) -> String {
    let n_failed = found.failed().count() as u64;
    let n_judged = found.gates.iter().filter(|gate| gate.result != GateResult::NotJudged).count() as u64;
    match (n_failed, n_judged) {
        (0, 0) => "Too little is known to say whether the card still holds.".to_owned(),
        (0, judged) if judged == found.gates.len() as u64 => "The card still holds: no gate failed.".to_owned(),
        (0, judged) => format!(
            "Nothing speaks against the card so far: {} of {} gates could be judged, and none failed.",
            judged,
            found.gates.len()
        ),
        (1, _) => "Look at the card: one gate failed.".to_owned(),
        (failed, _) => format!("Look at the card: {failed} of {} gates failed.", found.gates.len()),
    }
}

fn verdict_section(found: &Monitor) -> String {
    let mut text = format!("{HEADING}{}{HEADING:#}\n", verdict(found));
    for sentence in lead_sentences(&found.leads) {
        text += &wrapped("", &sentence);
    }
    text + &wrapped("", &found.advice.said)
}

/// Which leads were looked at.
pub(super) fn lead_sentences(leads: &MonitoredLeads) -> Vec<String> {
    let days = leads.first_as_of.as_deref().zip(leads.last_as_of.as_deref());
    let day = |moment: &str| moment.split_once('T').map_or(moment, |(day, _)| day).to_owned();
    let when =
        days.map_or_else(String::new, |(first, last)| format!(", handed off from {} to {}", day(first), day(last)));
    let mut sentences = vec![format!("Compared with the history: {}{when}.", counted(leads.n_compared as u64, "lead"))];
    sentences.push(match leads.n_judged {
        0 => "Of none of them is the outcome known yet.".to_owned(),
        n_judged => format!(
            "Of {} the outcome is known: {} converted, {} were promised.",
            count(n_judged as u64),
            count(leads.n_converted as u64),
            amount(leads.n_expected)
        ),
    });
    let open = [(leads.n_too_young, "too young to judge"), (leads.n_unknown, "without a known outcome")];
    let left_out = [
        (leads.n_before, "handed off before"),
        (leads.n_untouched, "never touched by sales"),
        (leads.n_left_out, "no hand-off to compare (see the notes)"),
    ];
    for (before, reasons) in [("Compared, but not judged", &open[..]), ("Left out", &left_out[..])] {
        let said: Vec<String> =
            reasons.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{} {why}", count(*n as u64))).collect();
        if !said.is_empty() {
            sentences.push(format!("{before}: {}.", said.join(", ")));
        }
    }
    sentences
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

fn promises_section(found: &Monitor) -> String {
    if found.leads.n_judged == 0 {
        return String::new();
    }
    let mut text = heading("What became of them, against the promise");
    let mut rows = vec![cells(["band", "leads", "converted", "promised", "for each one promised"])];
    let row = |name: String, band: &BandPromise| {
        vec![
            name,
            count(band.n_leads),
            count(band.n_converted),
            amount(band.n_expected),
            ratio(band.observed_over_expected, band.low, band.high),
        ]
    };
    for band in &found.bands {
        rows.push(row(shortened(&band.band, 20), band));
    }
    let months: Vec<&str> = found
        .bands_by_month
        .chunk_by(|a, b| a.month == b.month)
        .filter_map(|month| month.first()?.month.as_deref())
        .collect();
    let shown = &months[months.len().saturating_sub(MAX_MONTHS)..];
    for band in found.bands_by_month.iter().filter(|band| band.month.as_deref().is_some_and(|m| shown.contains(&m))) {
        rows.push(row(format!("{} {}", band.month.as_deref().unwrap_or_default(), shortened(&band.band, 20)), band));
    }
    text += &table(&[Align::Left, Align::Right, Align::Right, Align::Right, Align::Right], &rows, QUIET);
    if months.len() > shown.len() {
        text += &wrapped("   ", &format!("and {}", counted((months.len() - shown.len()) as u64, "earlier month")));
    }
    for sentence in quality_sentences(found) {
        text += &wrapped("", &sentence);
    }
    text
}

/// Slope, intercept and order, where enough outcomes are known.
pub(super) fn quality_sentences(found: &Monitor) -> Vec<String> {
    let Some(quality) = &found.quality else { return Vec::new() };
    let slope = quality.calibration_slope.map_or_else(String::new, |slope| format!("slope {slope:.2} (1 is right), "));
    vec![
        format!("Calibration: {slope}intercept {:.2} (0 is right).", quality.calibration_intercept),
        format!(
            "Of 100 pairs of a lead that converted and one that did not, the card puts {:.0} the right way round.",
            quality.auc * 100.0
        ),
    ]
}

/// "0.94 (0.81 to 1.09)"; a dash where nothing was promised.
pub(super) fn ratio(ratio: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    match (ratio, low, high) {
        (Some(ratio), Some(low), Some(high)) => format!("{ratio:.2} ({low:.2} to {high:.2})"),
        (Some(ratio), ..) => format!("{ratio:.2}"),
        _ => "-".to_owned(),
    }
}

fn drift_section(found: &Monitor) -> String {
    let mut text = heading("Who came, against the history");
    let mut sorted: Vec<&DriftRow> = found.drift.rows.iter().collect();
    sorted.sort_by(|a, b| b.is_score.cmp(&a.is_score).then(b.psi.unwrap_or(-1.0).total_cmp(&a.psi.unwrap_or(-1.0))));
    let mut rows = vec![cells(["", "drift (PSI)", "by chance up to", "", "moved most (now, history)"])];
    for row in sorted.iter().take(MAX_DRIFT_ROWS) {
        let moved: Vec<String> = row
            .moved
            .iter()
            .take(1)
            .map(|level| format!("{} {}, {}", shortened(&level.level, 13), per_cent(level.now), per_cent(level.before)))
            .collect();
        rows.push(vec![
            shortened(&row.name, 20),
            row.psi.map_or_else(|| "-".to_owned(), |psi| format!("{psi:.3}")),
            row.limit.map_or_else(|| "-".to_owned(), |limit| format!("{limit:.3}")),
            row.verdict.words().to_owned(),
            moved.join("; "),
        ]);
    }
    text += &table(&[Align::Left, Align::Right, Align::Right, Align::Left, Align::Left], &rows, QUIET);
    if sorted.len() > MAX_DRIFT_ROWS {
        text += &format!("   and {} that moved less\n", counted((sorted.len() - MAX_DRIFT_ROWS) as u64, "criterion"));
    }
    text + &wrapped("", &drift_words(found))
}

/// How to read the drift.
pub(super) fn drift_words(found: &Monitor) -> String {
    format!(
        "Customary limits are 0.1 (moderate) and 0.25 (large). If nothing had changed, every index would stay below its limit by \
         chance in {:.0} of 100 cases ({}). The history was scored by the cards of its folds, which differ a little from this one: \
         below 0.1 the score counts as steady, and no gate looks at it.",
        (1.0 - found.drift.family_tail) * 100.0,
        found.drift.adjusted
    )
}

fn answers_section(found: &Monitor) -> String {
    let mut lines = Vec::new();
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
        lines.push(wrapped(
            "- ",
            &format!(
                "{}: {} of the leads, {} in the history: {}",
                shortened(&answers.criterion, 40),
                per_cent(now),
                per_cent(before),
                most.join(", ")
            ),
        ));
    }
    if lines.is_empty() {
        return String::new();
    }
    heading("Answers that the card does not name") + &lines.concat()
}

fn volume_section(found: &Monitor) -> String {
    let mut text = String::new();
    if let Some(volume) = &found.volume {
        text += &volume_table(volume);
    }
    if let Some(inflation) = &found.inflation {
        text += &wrapped("", &inflation_words(inflation));
    }
    if text.is_empty() { text } else { heading("How many, and how good they say they are") + &text }
}

fn volume_table(volume: &LeadVolume) -> String {
    let mut rows = vec![cells(["policy", "leads a month", "forecast", ""])];
    for row in &volume.rows {
        let Estimate { expected, low, high } = row.promised;
        rows.push(vec![
            shortened(&row.policy, 20),
            amount(row.came),
            format!("{} ({} to {})", amount(expected), amount(low), amount(high)),
            within_words(row.came, row.promised).to_owned(),
        ]);
    }
    table(&[Align::Left, Align::Right, Align::Right, Align::Left], &rows, QUIET)
}

/// Whether as many leads came as forecast.
pub(super) fn within_words(came: f64, promised: Estimate) -> &'static str {
    match came {
        came if came < promised.low => "fewer than forecast",
        came if came > promised.high => "more than forecast",
        _ => "as forecast",
    }
}

/// What to make of the trend of the scores.
pub(super) fn inflation_words(inflation: &Inflation) -> String {
    let score = &inflation.score;
    let points =
        format!("{} points a month ({} to {})", signed_2(score.per_month), signed_2(score.low), signed_2(score.high));
    let excess = inflation.excess.map_or_else(String::new, |MonthlyChange { per_month, low, high }| {
        format!(
            " Conversions less those promised, of 100 leads: {} a month ({} to {}).",
            signed_2(per_month * 100.0),
            signed_2(low * 100.0),
            signed_2(high * 100.0)
        )
    });
    let what = match inflation.verdict {
        InflationVerdict::NoRise => "Scores do not rise",
        InflationVerdict::Rise if inflation.excess.is_none() => {
            "Scores rise, and too few outcomes are known to say whether conversions rise with them"
        }
        InflationVerdict::Rise => "Scores rise, and nothing says that conversions do not rise with them",
        InflationVerdict::Inflated => {
            "Scores rise and conversions do not follow: look for answers that are given because they bring points"
        }
    };
    format!("{what}: {points}.{excess}")
}

/// A small number with a sign and two decimals.
fn signed_2(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    if text == "0.00" {
        return "0".to_owned();
    }
    if value < 0.0 { format!("\u{2212}{text}") } else { text }
}

fn notes_section(found: &Monitor) -> String {
    if found.notes.is_empty() {
        return String::new();
    }
    let mut text = heading("Notes");
    for note in &found.notes {
        text += &wrapped("- ", &sentence(&note.text));
    }
    text
}

/// A word for what to do.
pub(super) fn action_words(advice: &Advice) -> &'static str {
    match advice.action {
        Action::Keep => "keep",
        Action::Shift => "shift the curve",
        Action::Refit => "refit",
        Action::Wait => "wait for outcomes",
    }
}

#[cfg(test)]
mod tests;
