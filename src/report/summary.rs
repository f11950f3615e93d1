//! The summary that `bantam calibrate` ends with: a sales manager reads it top down and need not know statistics.

use std::path::Path;

use super::RunParts;
use super::shown_criteria::{by_group, widest};
use super::verdict::verdict_sentences;
use crate::analyses::about::Summary;
use crate::analyses::censored::record::MaturityMetrics;
use crate::analyses::champion::advice_of;
use crate::analyses::too_good::too_good_sentences;
use crate::calibrate::UseIt;
use crate::calibrate::record::{BaselineMetrics, Metrics, ThresholdMetrics};
use crate::card::{Criterion, CurveEntry, GradeCell, Level, render};
use crate::data::read::{Verdict, VerdictKind};
use crate::decide::forecast::record::{Estimate, Forecast, Scenario};
use crate::decide::frontier::{GroupLine, Per, Resolved};
use crate::decide::grades::{GradePolicy, GradesRecord};
use crate::decide::history::record::PastPromises;
use crate::measures::{Interval, OutOfFoldMetrics};
use crate::notes::in_words;
use crate::render::terminal::{Head, band, heading, joined, lines, notes_section, section, table, warning};
use crate::render::words::{
    amount, basis_points, capital, count, counted, ends, harmless, paragraph, per_cent, range, range_in_per_cent,
    reasons, sentence, shortened, signed,
};
use crate::settings::ReportConfig;

/// Most criteria that are listed; those with the widest range of points come before the others are counted.
const MAX_CRITERIA: usize = 20;
/// Most notes that are printed in full.
const MAX_NOTES: usize = 12;
/// Most columns left out that are named in the first lines.
const MAX_LEFT_OUT: usize = 12;
/// About how many scores the curve is shown at.
const N_SCORES: i32 = 7;

/// The summary: what was learnt, the card, what a score is worth, what each policy brings, how far to trust it, and where
/// the files are.
///
/// It carries terminal styles; print it through `anstream`, which removes them where they do not belong. As wide as
/// the terminal, from 60 to 100 columns.
pub fn summary(parts: &RunParts<'_>) -> String {
    joined([
        report_head(&parts.metrics.report),
        verdict_sentences(&parts.metrics.verdict).iter().map(|said| warning(said)).collect(),
        lines("", too_good_of(parts.metrics)),
        lines("", decision_sentences(parts)),
        policies_section(parts),
        lines("", first_sentences(parts.metrics)),
        card_section(parts),
        scores_section(parts),
        grades_section(parts),
        analyses_sections(parts),
        section(
            "How far to trust it",
            "- ",
            trust_sentences(parts.metrics).into_iter().chain(at_the_lines(parts.metrics)),
        ),
        notes_section(&parts.metrics.notes, MAX_NOTES, |n_more| {
            format!("and {} in metrics.json", counted(n_more, "more note"))
        }),
        files_section(parts.folder),
    ])
}

/// `card.txt`: whose card it is, where the config says so, and the card.
pub fn card_text(parts: &RunParts<'_>) -> String {
    let head = report_head(&parts.metrics.report);
    let gap = if head.is_empty() { "" } else { "\n" };
    format!("{head}{gap}{}", render(parts.card))
}

/// Title, and whose it is, for when and by whom; nothing where the config says nothing.
fn report_head(report: &ReportConfig) -> String {
    let lines = [report.title.clone().unwrap_or_default(), report.whose()];
    lines.iter().filter(|line| !line.is_empty()).map(|line| paragraph(line)).collect()
}

fn too_good_of(metrics: &Metrics) -> Vec<String> {
    metrics.findings.too_good.as_ref().map(too_good_sentences).unwrap_or_default()
}

/// Which leads to hand over, what that brings and why; what to do about the card in use; where the page is.
fn decision_sentences(parts: &RunParts<'_>) -> Vec<String> {
    let metrics = parts.metrics;
    let forecast = metrics.forecast.of_a_month();
    let mut sentences = Vec::new();
    if let Some(found) = forecast.recommended.as_ref().filter(|_| metrics.verdict.use_it != UseIt::DoNotUse) {
        let hand = if found.is_chosen { "Chosen: hand" } else { "Hand" };
        let scenario = &found.scenario;
        let which = scenario.one_line().map_or_else(
            || format!("leads by “{}”, each group at a line of its own", harmless(&scenario.rule)),
            |line| which_leads(line.score, line.share_of_tied),
        );
        sentences.push(format!(
            "{hand} over {which}. In the {} that is about {} leads and {} wins: {} convert.",
            forecast.ahead,
            amount(scenario.leads.expected),
            amount(scenario.wins.expected),
            per_cent(scenario.conversion.expected)
        ));
        sentences.push(format!("Why there: {}", sentence(&found.reason)));
    }
    let champion = metrics.findings.champion.as_ref();
    sentences.extend(champion.and_then(|champion| advice_of(&champion.advice).into_iter().next()));
    sentences.extend(parts.folder.map(|folder| format!("The page: {}", folder.join("report.html").display())));
    sentences
}

/// What the card was learnt from.
fn first_sentences(metrics: &Metrics) -> Vec<String> {
    let mut sentences = learnt_sentences(metrics);
    sentences.extend(left_out_sentence(&metrics.verdicts));
    sentences
}

/// Columns that were left out as known only afterwards, by name.
fn left_out_sentence(verdicts: &[Verdict]) -> Option<String> {
    let is_late =
        |verdict: &&Verdict| matches!(verdict.verdict, VerdictKind::GivesTheOutcomeAway | VerdictKind::KnownAfterwards);
    let late: Vec<&Verdict> = verdicts.iter().filter(is_late).collect();
    let shown: Vec<String> = late.iter().take(MAX_LEFT_OUT).map(|verdict| harmless(&verdict.column)).collect();
    let more = match late.len() - shown.len() {
        0 => String::new(),
        n_more => format!(" and {} more", count(n_more as u64)),
    };
    (!late.is_empty()).then(|| {
        format!(
            "Known only after the hand-off, as far as names and figures tell (see the notes): {}{more}.",
            shown.join(", ")
        )
    })
}

/// How many columns Bantam left out by itself, and for which kinds of reason; `None` where there are none.
pub(super) fn left_out_in_words(verdicts: &[Verdict]) -> Option<String> {
    const KINDS: [(&[VerdictKind], &str); 6] = [
        (
            &[VerdictKind::GivesTheOutcomeAway, VerdictKind::KnownAfterwards, VerdictKind::LaterThanAsOf],
            "known only after the hand-off",
        ),
        (&[VerdictKind::PersonalData], "personal data"),
        (&[VerdictKind::Routing], "about who works the lead"),
        (&[VerdictKind::ForeignKey], "keys or running numbers"),
        (&[VerdictKind::FreeText, VerdictKind::TooManyLevels], "texts with too many answers"),
        (
            &[
                VerdictKind::Constant,
                VerdictKind::AllMissing,
                VerdictKind::Duplicate,
                VerdictKind::ExcelErrors,
                VerdictKind::Unsupported,
            ],
            "without anything to tell",
        ),
    ];
    let n_of = |kinds: &[VerdictKind]| verdicts.iter().filter(|verdict| kinds.contains(&verdict.verdict)).count();
    let said: Vec<(usize, &str)> = KINDS.iter().map(|(kinds, why)| (n_of(kinds), *why)).collect();
    let n_left_out: usize = said.iter().map(|(n, _)| n).sum();
    let were = if n_left_out == 1 { "was" } else { "were" };
    (n_left_out > 0)
        .then(|| format!("{} {were} left out: {}.", counted(n_left_out as u64, "column"), reasons(&said).join(", ")))
}

/// How many leads the card was learnt from, and how many were left out.
pub(super) fn learnt_sentences(metrics: &Metrics) -> Vec<String> {
    let rate = metrics.n_converted as f64 / (metrics.n_leads as f64).max(1.0);
    let mut sentences = vec![format!(
        "Learnt from {}, of which {} converted ({}).",
        counted(metrics.n_leads as u64, "lead"),
        count(metrics.n_converted as u64),
        per_cent(rate)
    )];
    let takes_part = metrics.findings.maturity.as_ref().is_some_and(MaturityMetrics::takes_part);
    if takes_part {
        sentences.push(format!(
            "{} whose outcome is still open count in part, by their age.",
            counted(metrics.leads.n_immature as u64, "recent lead")
        ));
    }
    let left_out = reasons(&[
        (if takes_part { 0 } else { metrics.leads.n_immature }, "too young to say"),
        (metrics.leads.n_untouched, "never touched by sales"),
        (metrics.leads.n_left_out, "for other reasons (see the notes)"),
    ]);
    if !left_out.is_empty() {
        sentences.push(format!("Left out: {}.", left_out.join(", ")));
    }
    sentences
}

fn card_section(parts: &RunParts<'_>) -> String {
    let size = &parts.metrics.card;
    let mut text = heading("The card");
    text += &paragraph(&format!(
        "{} and {}; a lead has {} to {} points. Every answer is in card.txt.",
        counted(size.n_criteria as u64, "criterion"),
        counted(size.n_rows as u64, "answer"),
        size.points_min,
        size.points_max
    ));
    let criteria: Vec<&Criterion> = parts.card.criteria.iter().collect();
    let shown = widest(&criteria, MAX_CRITERIA);
    let mut rows = Vec::new();
    for (group, criteria) in by_group(&shown) {
        if let Some(group) = group {
            rows.push([shortened(group, 40), String::new(), String::new()]);
        }
        let indent = if group.is_some() { "  " } else { "" };
        for criterion in criteria {
            let (low, high) = (criterion.points_min(), criterion.points_max());
            let best = criterion.printed_levels().filter(|level| level.points == high);
            let best: Vec<&str> = best.map(Level::shown).collect();
            rows.push([
                format!("{indent}{}", shortened(criterion.shown(), 40)),
                format!("{low} to {high}"),
                shortened(&best.join(", "), 38),
            ]);
        }
    }
    text += &table(&[Head::Words("criterion"), Head::Figures("points"), Head::Words("most points for")], &rows);
    let n_more = parts.card.criteria.len() - shown.len();
    if n_more > 0 {
        text += &format!("   and {} with a smaller range of points\n", counted(n_more as u64, "criterion"));
    }
    text
}

fn scores_section(parts: &RunParts<'_>) -> String {
    let entries = telling_scores(&parts.card.curve);
    if entries.is_empty() {
        return String::new();
    }
    let n_leads = (parts.frontier.n_leads as f64).max(1.0);
    let forecast = &parts.metrics.forecast;
    let row = |entry: &CurveEntry| -> Vec<String> {
        let ahead = forecast.worth_ahead(entry);
        let share = parts.frontier.at_least(entry.score).n_leads / n_leads;
        [
            Some(entry.score.to_string()),
            Some(basis_points(entry.probability_bp)),
            Some(format!("{} to {}", basis_points(entry.low_bp), basis_points(entry.high_bp))),
            ahead.map(|ahead| format!("{} to {}", per_cent(ahead.low), per_cent(ahead.high))),
            Some(format!("{} %", amount_of_few(share * 100.0))),
            Some(band(parts.card.band_name(entry.score))),
        ]
        .into_iter()
        .flatten()
        .collect()
    };
    let mut heads =
        vec![Head::Figures("score"), Head::Figures("chance to convert"), Head::Figures("of leads like these")];
    heads.extend(forecast.rate_shift.map(|_| Head::Figures("next quarter")));
    heads.extend([Head::Figures("leads from here up"), Head::Words("band")]);
    let mut text = heading("What a score is worth");
    text += &paragraph("Ranges: 90 % intervals of the share that converts among many leads with such a score.");
    text + &table(&heads, &entries.into_iter().map(row).collect::<Vec<_>>())
}

/// The grades with their leads; nothing where the card has none.
fn grades_section(parts: &RunParts<'_>) -> String {
    let Some(record) = &parts.metrics.grades else { return String::new() };
    let [rows, columns] = record.grades.axes();
    let n_leads = (record.n_leads() as f64).max(1.0);
    let (row_name, column_name) = (shortened(&rows.group, 14), shortened(&columns.group, 14));
    let row = |(at, cell): (usize, &GradeCell)| {
        let interval = Interval { low: f64::from(cell.low_bp) / 1e4, high: f64::from(cell.high_bp) / 1e4 };
        let converts = |share: f64| format!("{} ({})", per_cent(share), range_in_per_cent(interval, 1));
        [
            cell.grade.clone(),
            rows.sub_scores_in_words(at / columns.n_classes()),
            columns.sub_scores_in_words(at % columns.n_classes()),
            count(cell.n_leads),
            format!("{} %", amount_of_few(cell.n_leads as f64 / n_leads * 100.0)),
            cell.conversion().map_or_else(|| "-".to_owned(), converts),
        ]
    };
    let heads = Head::words_then_figures(&["grade", &row_name, &column_name, "leads", "of all leads", "converts"]);
    let mut text = heading("Grades");
    text += &paragraph(&format!(
        "The letter adds up the points in {row_name}, the number those in {column_name}; A1 is best. {}",
        grade_order_sentence(record)
    ));
    text += &table(&heads, &record.grades.cells.iter().enumerate().map(row).collect::<Vec<_>>());
    let policies = record.policies_of_a_month(&parts.metrics.forecast);
    text + &lines("   ", policies.iter().map(|policy| grade_policy_sentence(policy, parts.frontier.per)))
}

/// What a policy by grade brings, and what as many leads by score would.
fn grade_policy_sentence(policy: &GradePolicy, per: Per) -> String {
    let GradePolicy { leads, wins, conversion, .. } = policy;
    let counts =
        |Estimate { expected, low, high }: &Estimate| (amount(*expected), range(Interval { low: *low, high: *high }));
    let ((leads, leads_range), (wins, wins_range)) = (counts(leads), counts(wins));
    format!(
        "{} ({}): {leads} {} ({leads_range}), {wins} wins ({wins_range}), {} convert ({}).{}",
        shortened(&policy.policy, 30),
        policy.words(),
        per.leads_words(),
        per_cent(conversion.expected),
        range_in_per_cent(Interval { low: conversion.low, high: conversion.high }, 1),
        policy.more_by_score.map_or_else(String::new, |more| format!(" {}.", capital(&more_by_score_in_words(more))))
    )
}

/// Whether as many leads by score would win more than a policy by grade.
pub(super) fn more_by_score_in_words(more: Estimate) -> String {
    let Estimate { expected, low, high } = more;
    let by_score = "as many leads with the highest scores would win";
    if low > 0.0 {
        format!("{by_score} {} more ({})", amount(expected), ends(low, high, amount))
    } else if high < 0.0 {
        format!("{by_score} {} fewer ({})", amount(-expected), ends(-high, -low, amount))
    } else if low == high {
        format!("{by_score} as many")
    } else {
        format!("{by_score} about as many ({} more)", ends(low, high, signed))
    }
}

/// Whether conversion falls along rows and columns, and where it does not.
pub(super) fn grade_order_sentence(record: &GradesRecord) -> String {
    let pairs: Vec<String> = record.reversals.iter().map(|one| format!("{} below {}", one.better, one.worse)).collect();
    match pairs.is_empty() {
        true => "No grade converts less than its worse neighbour, beyond chance.".to_owned(),
        false => format!("Not everywhere does the better grade convert more: {}.", in_words(&pairs, "and")),
    }
}

fn policies_section(parts: &RunParts<'_>) -> String {
    let forecast = &parts.metrics.forecast;
    let mut text = heading("How many leads, how many wins");
    text += &paragraph(&horizon_sentence(parts));
    if parts.policies.is_empty() {
        return text + "No policy could be met; the notes say why.\n";
    }
    let per_unit = 1.0 / forecast.n_months.unwrap_or(1.0);
    let row = |policy: &Resolved| {
        let scenario = forecast.scenarios.iter().find(|scenario| scenario.policy == policy.name);
        let figure = |figure: fn(&Scenario) -> Estimate, show: &dyn Fn(Estimate) -> String| {
            scenario.map_or_else(|| "-".to_owned(), |scenario| show(figure(scenario)))
        };
        let count = |estimate: Estimate| {
            let Estimate { expected, low, high } = estimate.times(per_unit);
            format!("{} ({})", amount(expected), range(Interval { low, high }))
        };
        let share = |Estimate { expected, low, high }: Estimate| {
            format!("{} ({})", per_cent(expected), range_in_per_cent(Interval { low, high }, 1))
        };
        [
            shortened(&policy.name, 14),
            policy.threshold.to_string(),
            figure(|scenario| scenario.leads, &count),
            figure(|scenario| scenario.conversion, &share),
            figure(|scenario| scenario.wins, &count),
            format!("{:.0} %", policy.chosen.share_of_wins * 100.0),
        ]
    };
    let heads = Head::words_then_figures(&["policy", "from score", "leads", "conversion", "wins", "of all wins"]);
    text += &table(&heads, &parts.policies.iter().map(row).collect::<Vec<_>>());
    text += &lines("   ", parts.policies.iter().map(rule_sentence));
    text += &promises_sentence(&parts.metrics.past_promises).map_or_else(String::new, |said| paragraph(&said));
    text += &comparison(forecast, parts.frontier.per).map_or_else(String::new, |said| paragraph(&said));
    text
}

/// What the figures of the policies are figures of.
fn horizon_sentence(parts: &RunParts<'_>) -> String {
    let forecast = &parts.metrics.forecast;
    let brackets = "In brackets: 90 % intervals of what comes, chance included";
    match parts.frontier.per {
        Per::Month { .. } => {
            let says =
                if forecast.leads_next.is_some() { "as `forecast.leads_next` says" } else { "going by the history" };
            format!(
                "For a month of the {}, in which {} leads a month are expected ({says}). {brackets}.",
                forecast.ahead,
                amount(forecast.leads_per)
            )
        }
        Per::ThousandLeads => {
            format!(
                "For the {}, because the leads have no dates. {brackets}, if the next leads are like these.",
                forecast.ahead
            )
        }
    }
}

/// "Of 24 past promises of this kind, 14 held."
pub(super) fn promises_sentence(promises: &PastPromises) -> Option<String> {
    let PastPromises { n_promises, n_held, leads_factor, wins_factor, conversion_factor, .. } = *promises;
    if n_promises == 0 {
        return None;
    }
    let widest = leads_factor.max(wins_factor).max(conversion_factor);
    let widened = if widest < 1.05 {
        String::new()
    } else {
        let by = [("leads", leads_factor), ("wins", wins_factor), ("conversion", conversion_factor)];
        let by: Vec<String> = (by.into_iter())
            .filter(|(_, factor)| *factor >= 1.05)
            .map(|(what, factor)| format!("{what} {factor:.1} times"))
            .collect();
        format!(" The brackets are wider for it: {}.", in_words(&by, "and"))
    };
    Some(format!(
        "Of {} of this kind made for past periods, {n_held} held.{widened}",
        counted(n_promises as u64, "promise")
    ))
}

/// What the analyses say, each under its heading.
fn analyses_sections(parts: &RunParts<'_>) -> String {
    let summaries: Vec<Summary> = parts.shown().into_iter().filter_map(|analysis| analysis.summary).collect();
    joined(summaries.chunk_by(|a, b| a.title == b.title).map(|same| {
        let said = same.iter().map(|summary| lines(summary.first, &summary.sentences));
        heading(same[0].title) + &said.collect::<String>()
    }))
}

/// How the card did on leads it had not seen, beside a plain logistic regression.
pub(super) fn trust_sentences(metrics: &Metrics) -> Vec<String> {
    let measured = &metrics.out_of_fold;
    let plain = &metrics.baseline_logistic;
    vec![
        format!(
            "Every figure here was measured on {} that the card judging them had not seen. {}",
            counted(measured.n_leads as u64, "lead"),
            sentence(&metrics.folds_by)
        ),
        format!(
            "Of 100 pairs of a lead that converted and one that did not, the card puts {:.0} the right way round; a \
             plain logistic regression {:.0}, a coin 50.",
            measured.auc * 100.0,
            plain.auc * 100.0
        ),
        format!("Its probabilities fit what happened {}.", beside_plain(measured.log_loss, plain)),
        format!(
            "It predicted {} wins; {} came ({:.0} %).{}",
            amount(measured.n_converted as f64 / measured.observed_over_expected),
            count(measured.n_converted as u64),
            measured.observed_over_expected * 100.0,
            slope_sentence(measured).map_or_else(String::new, |said| format!(" {said}"))
        ),
    ]
}

/// Wins that came for each one predicted, among the leads of each policy.
pub(super) fn at_the_lines(metrics: &Metrics) -> Option<String> {
    let at: Vec<String> = metrics.at_threshold.iter().map(at_threshold).collect();
    (!at.is_empty()).then(|| format!("Wins that came for each one predicted, at each line: {}.", at.join("; ")))
}

fn files_section(folder: Option<&Path>) -> String {
    let Some(folder) = folder else { return String::new() };
    let files = [
        ["report.html", "all of this with pictures, to open in a browser and pass on"],
        ["scorecard.xlsx", "the card as a workbook, with a calculator"],
        ["definition.html", "what is a qualified lead, on one page to sign, and the call form"],
        ["card.txt", "the card, to read"],
        ["card.json", "the card, to score with: bantam score"],
        ["metrics.json", "everything that was measured"],
        ["charts/", "the pictures, for slides (SVG) and notebooks (Vega-Lite)"],
        ["frontier.parquet", "what each threshold brings"],
        ["histogram.parquet", "counts of judged leads, to compare policies with: bantam compare"],
        ["out_of_fold.parquet", "every judged lead with its score"],
    ];
    heading("Files")
        + &paragraph(&folder.display().to_string())
        + &table(&[Head::Words(""); 2], &files.map(|row| row.map(str::to_owned)))
}

/// "selective is top 50 a month: every lead with 63 points or more, and as many of those with 62 as there is room for."
fn rule_sentence(policy: &Resolved) -> String {
    if !policy.groups.is_empty() {
        let line = |group: &GroupLine| match group.threshold {
            Some(threshold) => format!("{} from {threshold}", shortened(&group.group, 30)),
            None => format!("none of {}", shortened(&group.group, 30)),
        };
        let lines: Vec<String> = policy.groups.iter().map(line).collect();
        return format!("{} is {}: {}.", policy.name, policy.rule, lines.join(", "));
    }
    format!("{} is {}: {}.", policy.name, policy.rule, which_leads(policy.threshold, policy.share_of_tied))
}

/// "every lead with 63 points or more, and as many of those with 62 as there is room for", or "every lead with 62 points or more".
pub(super) fn which_leads(threshold: i32, share_of_tied: f64) -> String {
    if share_of_tied < 0.995 {
        // Nobody can hand over 9 % of the leads with one score.
        format!(
            "every lead with {} points or more, and as many of those with {threshold} as there is room for",
            threshold + 1
        )
    } else {
        format!("every lead with {threshold} points or more")
    }
}

/// What the larger of the first two policies brings on top of the smaller; nothing where their leads do not lie inside each other.
fn comparison(forecast: &Forecast, per: Per) -> Option<String> {
    let pair = forecast.pairs.first()?;
    let scenario = |name: &str| forecast.scenarios.iter().find(|scenario| scenario.policy == name);
    let is_small = |name: &String| pair.contained.as_ref() == Some(name);
    let (small, large, difference) = if is_small(&pair.a) {
        (scenario(&pair.a)?, scenario(&pair.b)?, pair.wins_difference.reversed())
    } else if is_small(&pair.b) {
        (scenario(&pair.b)?, scenario(&pair.a)?, pair.wins_difference)
    } else {
        return None;
    };
    let per_unit = 1.0 / forecast.n_months.unwrap_or(1.0);
    let leads = |scenario: &Scenario| scenario.leads.expected * per_unit;
    let volume = |scenario: &Scenario| {
        let (leads, words) = (amount(leads(scenario)), per.leads_words());
        format!("{}: {leads} {words}, about {} wins", scenario.policy, amount(scenario.wins.expected * per_unit))
    };
    let both = format!("{}; {}.", volume(small), volume(large));
    let Some(extra_conversion) = pair.extra_conversion else {
        return Some(format!("{both} They choose the same leads."));
    };
    let Estimate { expected, low, high } = difference.times(per_unit);
    Some(format!(
        "{both} The {} extra leads bring about {} more wins ({}): they convert at {}, the first {} at {}.",
        amount(leads(large) - leads(small)),
        amount(expected),
        range(Interval { low, high }),
        per_cent(extra_conversion),
        amount(leads(small)),
        per_cent(small.conversion.expected)
    ))
}

/// How the log loss lies beside that of a plain logistic regression, and how sure that is.
fn beside_plain(log_loss: f64, plain: &BaselineMetrics) -> String {
    let Estimate { expected, low, high } = plain.card_gain.times(100.0 / plain.log_loss);
    let losses = format!("log loss {log_loss:.4} against {:.4}", plain.log_loss);
    let than = "than those of a plain logistic regression";
    if low > 0.0 {
        format!("{expected:.1} % better ({low:.1} to {high:.1}) {than}: {losses}")
    } else if high < 0.0 {
        format!("{:.1} % worse ({:.1} to {:.1}) {than}: {losses}", -expected, -high, -low)
    } else {
        format!(
            "neither surely better nor surely worse {than}: {losses}, a gain of {} % ({} to {})",
            signed(expected),
            signed(low),
            signed(high)
        )
    }
}

/// Whether high and low scores are worth what they say; `None` where nobody can tell.
fn slope_sentence(measured: &OutOfFoldMetrics) -> Option<String> {
    let (slope, low, high) =
        (measured.calibration_slope?, measured.calibration_slope_low?, measured.calibration_slope_high?);
    let what = if high < 1.0 {
        "High scores are worth less than they say, and low scores more"
    } else if low > 1.0 {
        "High scores are worth more than they say, and low scores less"
    } else {
        "There is no sign that high or low scores are worth other than they say"
    };
    Some(format!("{what} (slope {slope:.2}, {low:.2} to {high:.2})."))
}

fn at_threshold(row: &ThresholdMetrics) -> String {
    format!("{} {:.2} ({:.2} to {:.2})", row.policy, row.observed_over_expected, row.low, row.high)
}

/// Scores at round steps over the range that leads have.
pub(super) fn telling_scores(curve: &[CurveEntry]) -> Vec<&CurveEntry> {
    let seen = || curve.iter().filter(|entry| entry.n_leads > 0).map(|entry| entry.score);
    let (Some(lowest), Some(highest)) = (seen().min(), seen().max()) else { return Vec::new() };
    let step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]
        .into_iter()
        .find(|step| (highest - lowest) / step < N_SCORES + 2)
        .unwrap_or((highest - lowest) / N_SCORES);
    curve
        .iter()
        .filter(|entry| (lowest..=highest).contains(&entry.score) && entry.score.rem_euclid(step) == 0)
        .collect()
}

/// Whole from 1 on, with one decimal below.
pub(super) fn amount_of_few(value: f64) -> String {
    if value >= 1.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::notes::Note;
    use crate::report::testing::{Company, company, graded, with_questions};
    use crate::settings::PolicyConfig;

    fn plain(company: &Company) -> String {
        let parts = company.parts();
        anstream::adapter::strip_str(&summary(&parts)).to_string()
    }

    #[track_caller]
    fn assert_narrow(text: &str) {
        for line in text.lines() {
            assert!(line.width() <= 100, "{} columns: {line}", line.width());
        }
    }

    #[test]
    fn a_company_with_dates_sees_its_months() {
        let text = plain(&company());
        assert_narrow(&text);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_policy_by_grade_stands_below_the_grades_by_the_month() {
        let text = plain(&graded(company()));
        assert_narrow(&text);
        let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = "fit first (grades A1 to B2): 80 leads a month (73.3-86.7), 16 wins (14.7-17.3), 20.0 % convert (18.3-21.7). As \
                    many leads with the highest scores would win 2 more (1.8-2.2).";
        assert!(said.contains(line), "{text}");
    }

    #[test]
    fn a_line_by_score_wins_more_fewer_or_about_as_many() {
        let said = |expected, low, high| more_by_score_in_words(Estimate { expected, low, high });
        assert_eq!(said(6.0, 2.0, 10.0), "as many leads with the highest scores would win 6 more (2-10)");
        assert_eq!(said(-6.0, -10.0, -2.0), "as many leads with the highest scores would win 6 fewer (2-10)");
        assert_eq!(
            said(0.0, 0.0, 0.0),
            "as many leads with the highest scores would win as many",
            "all leads are these"
        );
        assert_eq!(
            said(1.0, -2.0, 4.0),
            "as many leads with the highest scores would win about as many (\u{2212}2 to 4 more)"
        );
    }

    #[test]
    fn points_set_by_hand_are_shown_with_their_cost() {
        let mut company = company();
        assert!(!plain(&company).contains("by hand"), "nobody set any");
        company.metrics.findings.overrides = Some(crate::analyses::overrides::testing::example());
        let text = plain(&company);
        assert_narrow(&text);
        let section = text.split("Points set by hand, and what they cost").nth(1).expect("a section of its own");
        assert!(section.contains("set by Ann (sales) until 2026-12-31"), "{section}");
        assert!(
            section.contains("206.5 conversions instead of 214") || section.contains("207 conversions"),
            "{section}"
        );
    }

    #[test]
    fn what_questions_are_worth_is_said_in_a_few_lines() {
        let company = with_questions(company());
        let text = plain(&company);
        assert_narrow(&text);
        let section = text.split("What a question is worth\n").nth(1).expect("a section of its own");
        insta::assert_snapshot!(section.split("How far to trust it").next().expect("lines"));
    }

    #[test]
    fn a_company_without_dates_sees_thousands() {
        let text = plain(&company().without_dates());
        assert_narrow(&text);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn awkward_names_and_many_criteria_stay_within_100_columns() {
        let mut company = company();
        let mut awkward = company.card.criteria[0].clone();
        awkward.name = "予算の承認状況と意思決定者の役職についての長い名前".to_owned();
        awkward.levels[1].label =
            "red \u{1b}[31m and \u{202e}backwards, quotes \" and ' and a very long rest".to_owned();
        for number in 0..25 {
            let mut criterion = awkward.clone();
            criterion.name += &number.to_string();
            company.card.criteria.push(criterion);
        }
        company.metrics.notes =
            (0..15).map(|i| Note::new("leads", format!("note {i} {}", "word ".repeat(40)))).collect();
        let text = plain(&company);
        assert_narrow(&text);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
        assert!(text.contains("   and 8 criteria with a smaller range of points\n"), "{text}");
        assert!(text.contains("- and 3 more notes in metrics.json\n"), "{text}");
    }

    #[test]
    fn without_colour_nothing_is_lost_and_with_it_headings_stand_out() {
        let company = company();
        let styled = summary(&company.parts());
        assert!(styled.contains("\u{1b}[1mThe card\u{1b}[0m"));
        assert!(plain(&company).contains("The card\n"));
    }

    #[test]
    fn policies_are_compared_from_the_smaller_to_the_larger() {
        let company = company();
        let (mut forecast, per) = (company.metrics.forecast, company.frontier.per);
        let text = comparison(&forecast, per).expect("one lies in the other");
        assert!(text.starts_with("selective: ") && text.contains("about 8 more wins (3.7-12.7)"), "{text}");
        let pair = &mut forecast.pairs[0];
        (pair.a, pair.b) = (pair.b.clone(), pair.a.clone());
        pair.wins_difference = pair.wins_difference.reversed();
        assert_eq!(comparison(&forecast, per).as_ref(), Some(&text));
        forecast.pairs[0].extra_conversion = None;
        assert!(comparison(&forecast, per).expect("the same").ends_with("They choose the same leads."));
        forecast.pairs[0].contained = None;
        assert_eq!(comparison(&forecast, per), None);
    }

    #[test]
    fn a_policy_by_team_names_the_line_of_every_team() {
        let mut policy = company().policies[0].clone();
        let line = |team: &str, threshold| GroupLine {
            group: team.to_owned(),
            threshold,
            share_of_tied: 1.0,
            chosen: policy.chosen,
        };
        policy.groups = vec![line("north", Some(41)), line("south", None)];
        assert_eq!(rule_sentence(&policy), "selective is top 50 a month: north from 41, none of south.");
    }

    #[test]
    fn no_policy_is_said() {
        let mut company = company();
        let out_of_reach =
            PolicyConfig { name: "greedy".into(), points_at_least: Some(1000), ..PolicyConfig::default() };
        company.policies = company.resolve(&[out_of_reach]);
        assert!(plain(&company).contains("No policy could be met; the notes say why."));
    }

    #[test]
    fn worse_than_the_baseline_is_said_plainly() {
        let said = |expected: f64, low: f64, high: f64| {
            let card_gain = Estimate { expected, low, high };
            beside_plain(0.2, &BaselineMetrics { log_loss: 0.2, auc: 0.5, card_gain })
        };
        assert_eq!(
            said(-0.1, -0.15, -0.05),
            "50.0 % worse (25.0 to 75.0) than those of a plain logistic regression: log loss 0.2000 against 0.2000"
        );
        assert!(said(0.002, 0.001, 0.003).starts_with("1.0 % better (0.5 to 1.5) than those of a plain"));
        assert_eq!(
            said(0.002, -0.001, 0.005),
            "neither surely better nor surely worse than those of a plain logistic regression: log loss 0.2000 against \
             0.2000, a gain of 1 % (−0.5 to 2.5)"
        );
    }

    #[test]
    fn a_slope_says_something_only_where_chance_does_not() {
        let said = |slope: f64, error: f64| {
            let measured = OutOfFoldMetrics {
                calibration_slope: Some(slope),
                calibration_slope_low: Some(slope - error),
                calibration_slope_high: Some(slope + error),
                ..OutOfFoldMetrics::default()
            };
            slope_sentence(&measured).expect("a slope")
        };
        assert_eq!(
            said(0.7, 0.2),
            "High scores are worth less than they say, and low scores more (slope 0.70, 0.50 to 0.90)."
        );
        assert_eq!(
            said(1.17, 0.2),
            "There is no sign that high or low scores are worth other than they say (slope 1.17, 0.97 to 1.37)."
        );
        assert_eq!(slope_sentence(&OutOfFoldMetrics::default()), None);
    }
}
