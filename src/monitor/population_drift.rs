//! Who comes: the score and each criterion against the history, missing answers, and answers that the card does not name.

use std::f64::consts::LN_10;

use super::betting::{BeyondLimit, REPEATED_ANSWERS, Side, drift_beyond};
use super::drift::{compare, index_term, tenths};
use super::{Answers, Compared, Drift, DriftRow, DriftVerdict, MovedLevel, UnnamedAnswer};
use crate::card::{Criterion, InputKind, Level, When};
use crate::settings::MonitorConfig;

/// Chance that any comparison passes the limit that is shown beside it, in one look, although nothing has changed.
const FAMILY_TAIL: f64 = 0.05;

/// Fewest leads that are compared: below, a difference that matters cannot be told from chance anyway.
pub(super) const MIN_LEADS: usize = 50;

/// Customary limits of the index.
const MODERATE: f64 = 0.10;
const LARGE: f64 = 0.25;

/// Most levels that are named as moved, and most unnamed answers that are listed.
const MAX_MOVED: usize = 3;
const MAX_UNNAMED: usize = 10;

/// The score and each criterion against the history.
pub(super) fn drift(compared: &Compared<'_>, max_psi: f64) -> Drift {
    let criteria = &compared.card.criteria;
    let n_tests = criteria.len() + 1;
    let tail = FAMILY_TAIL / n_tests as f64;
    let limits = Limits { tail, max_psi };
    let mut rows = vec![score_row(compared, limits)];
    rows.extend((0..criteria.len()).map(|criterion| criterion_row(compared, criterion, limits)));
    Drift {
        family_tail: FAMILY_TAIL,
        adjusted: format!("Bonferroni: each of {n_tests} comparisons has a chance of {FAMILY_TAIL} / {n_tests}"),
        rows,
    }
}

/// What an index is held against.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Chance that it passes the one that is shown.
    tail: f64,
    /// The one of the gate.
    max_psi: f64,
}

fn score_row(compared: &Compared<'_>, limits: Limits) -> DriftRow {
    let curve = &compared.card.curve;
    let first = curve.first().map_or(0, |entry| entry.score);
    let by_score: Vec<u64> = curve.iter().map(|entry| entry.n_leads).collect();
    let part_of = tenths(&by_score);
    let n_parts = part_of.last().map_or(0, |last| last + 1);
    let mut parts: Vec<Part> = (0..n_parts).map(|_| Part::default()).collect();
    let mut ends = vec![(i32::MAX, i32::MIN); n_parts];
    for (entry, &part) in curve.iter().zip(&part_of) {
        parts[part].before += entry.n_leads;
        ends[part] = (ends[part].0.min(entry.score), ends[part].1.max(entry.score));
    }
    for lead in &compared.leads {
        if let Some(&part) =
            usize::try_from(i64::from(lead.score) - i64::from(first)).ok().and_then(|at| part_of.get(at))
        {
            parts[part].now += 1;
        }
    }
    for (part, (low, high)) in parts.iter_mut().zip(ends) {
        part.name = if low == high { format!("{low} points") } else { format!("{low} to {high} points") };
    }
    let mut found = row("score", true, &parts, limits);
    // The scores of the history were given by the cards of the folds, whose points differ a little from those of the card that
    // shipped: 0.02 on made-up leads that had not changed at all. So little is not called drift, however many leads there are.
    if found.verdict == DriftVerdict::Small {
        found.verdict = DriftVerdict::Steady;
        found.moved.clear();
    }
    found
}

fn criterion_row(compared: &Compared<'_>, criterion: usize, limits: Limits) -> DriftRow {
    let levels = &compared.card.criteria[criterion].levels;
    let mut parts: Vec<Part> =
        levels.iter().map(|level| Part { name: level.label.clone(), before: level.n_leads, now: 0 }).collect();
    for lead in &compared.leads {
        parts[usize::from(compared.followed.levels[criterion][lead.position])].now += 1;
    }
    // How "not known" is written says nothing of who comes.
    for at in (1..levels.len()).rev().filter(|&at| levels[at].is_missing()) {
        let words = parts.remove(at);
        parts[0].before += words.before;
        parts[0].now += words.now;
    }
    row(&compared.card.criteria[criterion].name, false, &parts, limits)
}

/// A level, or a range of points, with its leads before and now.
#[derive(Debug, Clone, Default)]
struct Part {
    name: String,
    before: u64,
    now: u64,
}

fn row(name: &str, is_score: bool, parts: &[Part], limits: Limits) -> DriftRow {
    let before: Vec<u64> = parts.iter().map(|part| part.before).collect();
    let now: Vec<u64> = parts.iter().map(|part| part.now).collect();
    let (n_before, n_now) = (before.iter().sum::<u64>(), now.iter().sum::<u64>());
    let found = compare(&before, &now);
    let limit = found.as_ref().map(|found| found.limit(limits.tail));
    let verdict = match (&found, limit) {
        (Some(found), Some(limit)) if n_now as usize >= MIN_LEADS => verdict(found.psi, limit),
        _ => DriftVerdict::CannotSay,
    };
    let is_beyond_chance = !matches!(verdict, DriftVerdict::CannotSay | DriftVerdict::Steady);
    DriftRow {
        name: name.to_owned(),
        is_score,
        psi: found.as_ref().map(|found| found.psi),
        limit,
        n_groups: found.as_ref().map_or(0, |found| found.n_groups),
        log10_beyond: found.as_ref().map(|found| drift_beyond(found, limits.max_psi) / LN_10),
        verdict,
        moved: if is_beyond_chance { moved(parts, n_before as f64, n_now as f64) } else { Vec::new() },
    }
}

fn verdict(psi: f64, limit: f64) -> DriftVerdict {
    match psi {
        psi if psi <= limit => DriftVerdict::Steady,
        psi if psi < MODERATE => DriftVerdict::Small,
        psi if psi < LARGE => DriftVerdict::Moderate,
        _ => DriftVerdict::Large,
    }
}

/// The levels that add most to the index; the first, and those that add at least half as much.
fn moved(parts: &[Part], n_before: f64, n_now: f64) -> Vec<MovedLevel> {
    let n_parts = parts.len() as f64;
    // Half a lead for everyone, so that a level that is new or gone has a finite place in the order.
    let share = |n: u64, total: f64| (n as f64 + 0.5) / (total + 0.5 * n_parts);
    let mut moved: Vec<(f64, &Part)> =
        parts.iter().map(|part| (index_term(share(part.before, n_before), share(part.now, n_now)), part)).collect();
    moved.sort_by(|a, b| b.0.total_cmp(&a.0));
    let most = moved.first().map_or(0.0, |(most, _)| *most);
    moved
        .iter()
        .take_while(|(term, _)| *term >= most / 2.0)
        .take(MAX_MOVED)
        .map(|(_, part)| MovedLevel {
            level: part.name.clone(),
            before: part.before as f64 / n_before,
            now: part.now as f64 / n_now,
        })
        .collect()
}

/// Missing and unnamed answers of each criterion.
pub(super) fn answers(compared: &Compared<'_>, settings: &MonitorConfig) -> Vec<Answers> {
    (0..compared.card.criteria.len()).map(|criterion| answers_of(compared, criterion, settings)).collect()
}

fn answers_of(compared: &Compared<'_>, at: usize, settings: &MonitorConfig) -> Answers {
    let criterion = &compared.card.criteria[at];
    let n_before: u64 = criterion.levels.iter().map(|level| level.n_leads).sum();
    let share_before = |is_wanted: fn(&Level) -> bool| {
        let wanted = criterion.levels.iter().filter(|level| is_wanted(level));
        wanted.map(|level| level.n_leads).sum::<u64>() as f64 / (n_before as f64).max(1.0)
    };
    let n_now = (compared.leads.len() as f64).max(1.0);
    let n_missing = compared
        .leads
        .iter()
        .filter(|lead| criterion.levels[usize::from(compared.followed.levels[at][lead.position])].is_missing())
        .count();
    let counts = compared.unnamed(at);
    let n_unnamed: u64 = counts.values().sum();
    let mut unnamed: Vec<UnnamedAnswer> =
        counts.iter().map(|(answer, &n_leads)| UnnamedAnswer { answer: (*answer).to_owned(), n_leads }).collect();
    // Stable: of answers given as often the first in the alphabet comes first.
    unnamed.sort_by_key(|answer| std::cmp::Reverse(answer.n_leads));
    let n_distinct = unnamed.len();
    unnamed.truncate(MAX_UNNAMED);
    let is_text = is_text(criterion);
    let missing_before = share_before(Level::is_missing);
    let unnamed_before = is_text.then(|| share_before(|level| level.when == When::Else));
    let beyond = |limit: f64, n: f64| {
        let mut bets = BeyondLimit::new(Side::Above);
        bets.add(limit, n, compared.leads.len() as f64 - n);
        bets.ln(REPEATED_ANSWERS) / LN_10
    };
    Answers {
        criterion: criterion.name.clone(),
        missing_before,
        missing_now: n_missing as f64 / n_now,
        log10_missing_beyond: beyond(missing_before + settings.max_missing_rise, n_missing as f64),
        log10_unnamed_beyond: unnamed_before.map(|before| beyond(before + settings.max_new_levels, n_unnamed as f64)),
        unnamed_before,
        unnamed_now: is_text.then_some(n_unnamed as f64 / n_now),
        n_unnamed: n_distinct,
        unnamed,
    }
}

fn is_text(criterion: &Criterion) -> bool {
    criterion.input().is_some_and(|input| input.kind == InputKind::Text)
}
