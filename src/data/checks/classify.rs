//! Judging: one verdict with a reason for every column of the lead table.
//!
//! In: the table, the config, the labelled leads. Out: a [`Verdict`] per column, in the order of the table. Judged on labelled
//! leads only: the others have no outcome to give away, and no card will see them.
//!
//! Always true: a reason carries the figures that decided it; a strong criterion is kept, and only one that leaves the outcome
//! in no doubt is not.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::leak::{Filled, LEAK_AUC, cross_checked_auc, sure_level};
use super::names::id_rank;
use super::sample::Samples;
use super::values::{Sampled, holds_dates_as_text};
use crate::data::columns::{Texts, UserColumn, WordRules};
use crate::data::labels::LabelledLeads;
use crate::data::read::{Verdict, VerdictKind, show_value};
use crate::data::table::{Column, Content, Table};
use crate::notes::{Note, count};
use crate::settings::Settings;

/// Gives every column of the lead table a verdict with its reason, in the order of the table.
pub fn classify_columns(table: &Table, settings: &Settings, labels: &LabelledLeads) -> Vec<Verdict> {
    let samples = Samples::draw(labels);
    let judge = Classifier { settings, labels, samples: &samples };
    let mut verdicts: Vec<Verdict> = table.names.par_iter().map(|name| judge.judge(name, table)).collect();
    mark_duplicates(table, settings, &mut verdicts, &samples);
    verdicts
}

/// What a careful person would mention about the verdicts: criteria that were left out because they know the outcome, and
/// wishes of the config that could not be met, or had better not.
pub fn classification_notes(settings: &Settings, verdicts: &[Verdict]) -> Vec<Note> {
    let mut notes = Vec::new();
    for verdict in verdicts {
        let name = &verdict.column;
        let is_listed = listed(settings, name);
        let text = match (verdict.verdict, is_listed) {
            (VerdictKind::GivesTheOutcomeAway, false) => format!(
                "column {name:?} was left out: {}. If sales knows it at hand-off, list it as a [[criterion]]",
                verdict.reason
            ),
            (VerdictKind::GivesTheOutcomeAway, true) => format!(
                "WARNING: criterion column {name:?} gives the outcome away ({}). It stays because the config lists it; if sales \
                 does not know it at hand-off, every figure of this run is too good",
                verdict.reason
            ),
            (VerdictKind::LaterThanAsOf, true) => {
                format!("criterion column {name:?} is {}; those values count as missing", verdict.reason)
            }
            (VerdictKind::Constant | VerdictKind::AllMissing, true) => {
                format!("criterion column {name:?} was dropped: {}", verdict.reason)
            }
            _ => continue,
        };
        notes.push(Note::new("leads", text));
    }
    for column in &settings.segments.fairness {
        let is_offset = settings.segments.offsets && settings.leads.segment.as_ref() == Some(column);
        if listed(settings, column) || is_offset {
            let text = format!(
                "column {column:?} is compared in `segments.fairness` and gives points on the card as well: its groups may differ in \
                 how often they are handed off for that alone"
            );
            notes.push(Note::new("leads", text));
        }
    }
    notes
}

/// Whether a `[[criterion]]` of the config is made of this column.
fn listed(settings: &Settings, column: &str) -> bool {
    settings.criteria.iter().any(|wish| wish.column() == Some(column))
}

/// Share of values that may lie after as-of as slips of the data; they count as missing.
const MAX_LATER: f64 = 0.001;

struct Classifier<'a> {
    settings: &'a Settings,
    labels: &'a LabelledLeads,
    samples: &'a Samples,
}

impl Classifier<'_> {
    fn judge(&self, name: &str, table: &Table) -> Verdict {
        let not_wanted = || (VerdictKind::Ignored, "not among the [[criterion]] entries of the config".to_owned());
        let (verdict, reason) = match (self.by_config(name), table.column(name)) {
            (Some(said), _) => said,
            (None, Some(column)) if listed(self.settings, name) => self.by_values(column),
            (None, Some(column)) if self.settings.criteria.is_empty() => {
                by_being_folds(column).unwrap_or_else(|| self.by_values(column))
            }
            (None, _) => not_wanted(),
        };
        Verdict { column: name.to_owned(), verdict, reason }
    }

    /// What the config says about a column that is not listed.
    fn by_config(&self, name: &str) -> Option<(VerdictKind, String)> {
        let settings = self.settings;
        if listed(settings, name) {
            return None;
        }
        if let Some((key, _)) = settings.lead_roles().into_iter().find(|(_, role)| *role == name) {
            let kind = if key == "leads.id" { VerdictKind::Id } else { VerdictKind::Role };
            let has_points = key == "leads.segment" && settings.segments.offsets;
            let more = if has_points { ", with points of its own (`segments.offsets`)" } else { "" };
            return Some((kind, format!("{} (`{key}`){more}", role_in_words(key))));
        }
        if settings.leads.ignore.iter().any(|ignored| ignored == name) {
            return Some((VerdictKind::Ignored, "named in `leads.ignore`".to_owned()));
        }
        None
    }

    fn by_values(&self, column: &Column) -> (VerdictKind, String) {
        let is_listed = listed(self.settings, &column.name);
        let rows = self.rows(&self.samples.broad);
        let broad = Sampled::read(column, &rows);
        if let Some(verdict) = self.tells_nothing(column, &broad) {
            return verdict;
        }
        if column.content.is_time() {
            let Some(as_of) = &self.labels.as_of else {
                let reason = "dates, and no moment of hand-off to count days from: name it in `leads.as_of`";
                return (VerdictKind::Ignored, reason.to_owned());
            };
            if let Some(reason) = self.later_than_as_of(column, as_of) {
                return (VerdictKind::LaterThanAsOf, reason);
            }
        }
        if !is_listed && holds_dates_as_text(&broad) {
            let reason = "dates written as text; export them as dates, and they count as days before as-of";
            return (VerdictKind::Ignored, reason.to_owned());
        }
        if self.answers(column).is_some_and(|answers| answers.levels.is_empty()) {
            let n_leads = count(self.labels.n_leads() as u64);
            return (VerdictKind::AllMissing, format!("no answer for any of {n_leads} leads, only words such as N/A"));
        }
        let (leak, remark) = self.outcome_told(column);
        if let Some(reason) = leak {
            return (VerdictKind::GivesTheOutcomeAway, reason);
        }
        if !is_listed && let Some(verdict) = self.names_leads(column, &broad) {
            return verdict;
        }
        let remark = remark.map_or_else(String::new, |remark| format!("; {remark}"));
        (VerdictKind::Criterion, self.describe(column, &broad) + &remark)
    }

    /// Rows of the table for positions of labelled leads.
    fn rows(&self, leads: &[usize]) -> Vec<usize> {
        leads.iter().map(|&lead| self.labels.rows[lead] as usize).collect()
    }

    fn all_rows(&self) -> Vec<usize> {
        self.labels.rows.iter().map(|&row| row as usize).collect()
    }

    /// No value, or a single one: first in the sample, then, if that holds nothing else, in all leads.
    fn tells_nothing(&self, column: &Column, broad: &Sampled) -> Option<(VerdictKind, String)> {
        let varies = |values: &Sampled| {
            let has_missing = values.filled().count() < values.len();
            values.n_distinct() + usize::from(has_missing) > 1
        };
        if varies(broad) {
            return None;
        }
        let all = Sampled::read(column, &self.all_rows());
        let n_leads = count(self.labels.n_leads() as u64);
        if varies(&all) {
            return None;
        }
        if all.n_distinct() == 0 {
            return Some((VerdictKind::AllMissing, format!("no value for any of {n_leads} leads")));
        }
        let value = match &all {
            Sampled::Levels { names, .. } => format!("{:?}", names[0]),
            Sampled::Numbers(_) => show_value(&column.content, self.labels.rows[0] as usize),
        };
        Some((VerdictKind::Constant, format!("{value} for all {n_leads} leads")))
    }

    /// For a column of times: how many lie after the lead's as-of, if more than slips would.
    fn later_than_as_of(&self, column: &Column, as_of: &[i64]) -> Option<String> {
        let moments = self.labels.rows.iter().map(|&row| column.content.micros(row as usize));
        let after: Vec<i64> = moments.zip(as_of).filter_map(|(moment, as_of)| Some(moment? - as_of)).collect();
        let n_late = after.iter().filter(|&&after| after > 0).count();
        if n_late as f64 <= MAX_LATER * after.len() as f64 {
            return None;
        }
        let latest = after.iter().copied().max().unwrap_or_default();
        let days = latest as f64 / crate::settings::US_PER_DAY as f64;
        let (n_late, n_filled) = (count(n_late as u64), count(after.len() as u64));
        Some(format!("later than as-of for {n_late} of {n_filled} leads, by up to {days:.1} days"))
    }

    /// Whether the column gives the outcome away, and what to mention if it does so for some leads only.
    fn outcome_told(&self, column: &Column) -> (Option<String>, Option<String>) {
        let leads = &self.samples.balanced;
        let converted: Vec<bool> = leads.iter().map(|&lead| self.labels.converted[lead]).collect();
        let values = Sampled::read(column, &self.rows(leads));
        // A sample with a filled lead of each outcome settles that being filled does not give the outcome away.
        let is_filled_for = |outcome: bool| values.filled().any(|at| converted[at] == outcome);
        if is_filled_for(true) != is_filled_for(false)
            && let Some(reason) = self.filled(column).gives_away()
        {
            return (Some(reason), None);
        }
        match cross_checked_auc(&values, leads, &converted) {
            Some(auc) if auc >= LEAK_AUC => {
                let reason = format!(
                    "tells converted leads from others almost surely (AUC {auc:.3} on leads held back), so it is known only \
                     once the outcome is"
                );
                (Some(reason), None)
            }
            _ => (None, sure_level(&values, &converted)),
        }
    }

    fn filled(&self, column: &Column) -> Filled {
        let values = Sampled::read(column, &self.all_rows());
        let (n_converted_in_all, converted) = (self.labels.n_converted(), &self.labels.converted);
        Filled {
            n_converted: values.filled().filter(|&at| converted[at]).count(),
            n_others: values.filled().filter(|&at| !converted[at]).count(),
            n_converted_in_all,
            n_others_in_all: converted.len() - n_converted_in_all,
        }
    }

    /// Ids, sentences and texts that hardly ever repeat: they name a lead rather than describe it.
    fn names_leads(&self, column: &Column, broad: &Sampled) -> Option<(VerdictKind, String)> {
        let n_filled = broad.filled().count();
        match broad {
            // In a sample of a table with common levels, most values turn up again.
            Sampled::Levels { names, .. } if names.len() > MIN_LEVELS && 2 * names.len() > n_filled => {
                TextLevels::count(column, &self.rows(&self.samples.thorough)).verdict()
            }
            Sampled::Numbers(numbers) if column.content.is_number() && broad.n_distinct() == n_filled => {
                self.numbered(column, numbers)
            }
            _ => None,
        }
    }

    /// Whole numbers that all differ are ids if they are called so, or if they count the rows.
    fn numbered(&self, column: &Column, broad: &[f64]) -> Option<(VerdictKind, String)> {
        if broad.iter().any(|number| number.fract().abs() > 0.0) {
            return None;
        }
        let Sampled::Numbers(mut numbers) = Sampled::read(column, &self.all_rows()) else { return None };
        numbers.retain(|number| !number.is_nan());
        numbers.sort_by(f64::total_cmp);
        let n = numbers.len();
        let all_differ = numbers.windows(2).all(|pair| pair[0] < pair[1]);
        if n <= MIN_LEVELS || !all_differ || numbers.iter().any(|number| number.fract() != 0.0) {
            return None;
        }
        let counts_rows = numbers[n - 1] - numbers[0] == (n - 1) as f64;
        let reason = if id_rank(&column.name).is_some() {
            format!(
                "{} different whole numbers in {} leads, under the name of an id",
                count(n as u64),
                count(self.labels.n_leads() as u64)
            )
        } else if counts_rows && n == self.labels.n_leads() {
            format!("counts the leads from {} to {}", numbers[0], numbers[n - 1])
        } else {
            return None;
        };
        Some((VerdictKind::Id, reason))
    }

    /// The answers of the broad sample, as a criterion has them; `None` for what is no text.
    fn answers(&self, column: &Column) -> Option<Texts> {
        let Content::Texts(_) = &column.content else { return None };
        let rules = self.settings.criteria_rules();
        let wish = rules.criteria.iter().find(|wish| wish.column() == Some(&column.name));
        let missing = wish.map_or(rules.missing, |wish| rules.missing_words(wish));
        let words = WordRules { missing, answers: wish.map_or(&[], |wish| &wish.order) };
        let rows: Vec<u32> = self.samples.broad.iter().map(|&lead| self.labels.rows[lead]).collect();
        Some(UserColumn::unasked(column).to_answers(words).ok()?.of_rows(&rows).levels)
    }

    /// What a criterion holds, in a few words.
    fn describe(&self, column: &Column, broad: &Sampled) -> String {
        let n = broad.len();
        let answers = self.answers(column);
        let n_missing = answers.as_ref().map_or_else(|| n - broad.filled().count(), Texts::n_missing);
        let missing = match n_missing {
            0 => "none missing".to_owned(),
            n_missing => format!("{:.1} % missing", 100.0 * n_missing as f64 / n as f64),
        };
        let is_all = n == self.labels.n_leads();
        let sampled = if is_all { String::new() } else { format!(" (by {} leads)", count(n as u64)) };
        let what = match (broad, &column.content) {
            (Sampled::Levels { .. }, Content::Booleans(_)) => "yes or no".to_owned(),
            (Sampled::Levels { names, .. }, _) => match answers.map_or(names.len(), |answers| answers.levels.len()) {
                1 => "text with 1 level".to_owned(),
                n => format!("text with {} levels", count(n as u64)),
            },
            (Sampled::Numbers(_), content) if content.is_time() => "days before as-of".to_owned(),
            (Sampled::Numbers(numbers), _) => {
                let low = numbers.iter().copied().fold(f64::NAN, f64::min);
                let high = numbers.iter().copied().fold(f64::NAN, f64::max);
                format!("numbers from {} to {}", figure(low), figure(high))
            }
        };
        format!("{what}, {missing}{sampled}")
    }
}

/// A number with as many digits as a reader takes in: 1.59978, 99999, 2.5e-7.
fn figure(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return format!("{number}");
    }
    // Six significant digits, written back the shortest way.
    let rounded: f64 = format!("{number:.5e}").parse().unwrap_or(number);
    if (1e-4..1e15).contains(&rounded.abs()) { format!("{rounded}") } else { format!("{rounded:e}") }
}

fn role_in_words(key: &str) -> &'static str {
    match key {
        "leads.id" => "names the lead",
        "leads.as_of" => "the moment of hand-off",
        "leads.source" => "the lead's source",
        "leads.segment" => "the lead's segment",
        "leads.team" => "the team that receives the lead",
        "leads.account" => "the account of the lead",
        "leads.contact" => "the contact, for leads that come back",
        "segments.fairness" => "groups compared in how often they are handed off",
        "outcome.converted" => "says who converted",
        "outcome.converted_at" => "says when a lead converted",
        "outcome.value" => "the value of a won lead",
        "outcome.disposition" => "what sales did with the lead",
        "outcome.reason" => "the reason of a rejection",
        "outcome.first_touch" => "when sales first touched the lead",
        _ => "your own fold numbers",
    }
}

/// Most fold numbers there can be; as many as `folds.count` allows.
const MAX_FOLDS: usize = 20;

/// That a column called `fold` holds fold numbers.
fn by_being_folds(column: &Column) -> Option<(VerdictKind, String)> {
    let is_fold = column.name == "fold" && column.content.is_whole();
    let n_folds = is_fold.then(|| column.content.n_distinct()).filter(|n_folds| *n_folds <= MAX_FOLDS)?;
    let how = "to judge by them, set `folds.by` = \"column\" and `folds.column` = \"fold\"";
    Some((VerdictKind::Ignored, format!("looks like {n_folds} fold numbers, which say nothing about a lead; {how}")))
}

/// With fewer levels than this, even levels seen once are no trouble: they are pooled.
const MIN_LEVELS: usize = 50;

/// Leads below which a level is pooled when the card is made.
const COMMON: u32 = 15;

/// How the texts of a column repeat.
#[derive(Debug, Default, PartialEq)]
struct TextLevels {
    n_filled: usize,
    n_levels: usize,
    n_seen_once: usize,
    /// Leads whose level has at least [`COMMON`] of them.
    n_in_common: usize,
    n_words: usize,
}

impl TextLevels {
    fn count(column: &Column, rows: &[usize]) -> Self {
        let mut counts: HashMap<&str, u32, ahash::RandomState> =
            HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
        let mut levels = Self::default();
        let Content::Texts(texts) = &column.content else { return levels };
        for text in rows.iter().filter_map(|&row| texts.get(row)).map(str::trim).filter(|text| !text.is_empty()) {
            *counts.entry(text).or_insert(0) += 1;
            levels.n_filled += 1;
        }
        levels.n_levels = counts.len();
        #[expect(clippy::iter_over_hash_type, reason = "sums of whole numbers are the same in any order")]
        for (text, n) in counts {
            levels.n_seen_once += usize::from(n == 1);
            levels.n_in_common += if n >= COMMON { n as usize } else { 0 };
            levels.n_words += n as usize * text.split_whitespace().count();
        }
        levels
    }

    fn verdict(&self) -> Option<(VerdictKind, String)> {
        let (n_levels, n_filled) = (count(self.n_levels as u64), count(self.n_filled as u64));
        let words_each = self.n_words as f64 / self.n_filled.max(1) as f64;
        let is_mostly_once = 2 * self.n_seen_once > self.n_levels;
        let covers_little = (self.n_in_common as f64) < 0.2 * self.n_filled as f64;
        if !is_mostly_once || !covers_little {
            return None;
        }
        if words_each >= 4.0 {
            let reason = format!("{n_levels} different texts in {n_filled} leads, {words_each:.1} words each");
            return Some((VerdictKind::FreeText, reason));
        }
        if self.n_levels == self.n_filled {
            return Some((
                VerdictKind::Id,
                format!("a different text in each of {n_filled} leads: it names a lead, it does not describe it"),
            ));
        }
        let share = 100.0 * self.n_in_common as f64 / self.n_filled as f64;
        let reason = format!(
            "{n_levels} levels in {n_filled} leads, {} of them seen once; levels of at least {COMMON} leads cover {share:.1} %",
            count(self.n_seen_once as u64)
        );
        Some((VerdictKind::TooManyLevels, reason))
    }
}

/// Finds criteria with the values of an earlier one, by a fingerprint of the sample and then by all rows.
fn mark_duplicates(table: &Table, settings: &Settings, verdicts: &mut [Verdict], samples: &Samples) {
    // A few hundred rows tell nearly all columns apart.
    const N_COMPARED: usize = 256;
    let step = samples.broad.len().div_ceil(N_COMPARED).max(1);
    let rows: Vec<usize> = samples.broad.iter().step_by(step).copied().collect();
    let mut seen: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for position in 0..verdicts.len() {
        let column = table.column(&verdicts[position].column);
        let Some(column) = column.filter(|_| verdicts[position].verdict == VerdictKind::Criterion) else { continue };
        let alike = seen.entry(fingerprint(column, &rows)).or_default();
        let is_twin = |&earlier: &usize| {
            table.column(&verdicts[earlier].column).is_some_and(|earlier| earlier.content.is_same(&column.content))
        };
        let twin = alike.iter().copied().find(is_twin);
        if let Some(earlier) = twin
            && !listed(settings, &column.name)
        {
            let reason = format!("the same values as {:?}", verdicts[earlier].column);
            verdicts[position].verdict = VerdictKind::Duplicate;
            verdicts[position].reason = reason;
        } else {
            alike.push(position);
        }
    }
}

fn fingerprint(column: &Column, rows: &[usize]) -> String {
    match Sampled::read(column, rows) {
        Sampled::Numbers(numbers) => numbers.iter().map(|n| format!("{n} ")).collect(),
        Sampled::Levels { positions, names } => {
            positions.iter().map(|at| at.map_or("- ".to_owned(), |at| format!("{:?} ", names[at as usize]))).collect()
        }
    }
}
