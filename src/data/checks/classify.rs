//! Judging: one verdict with a reason for every column of the lead table.
//!
//! In: the table, the config, the labelled leads. Out: a [`Verdict`] per column, in the order of the table. Judged on labelled
//! leads only: the others have no outcome to give away, and no card will see them.
//!
//! Always true: a reason carries the figures or the name that decided it, and no personal data; a strong criterion is kept unless it
//! leaves the outcome in no doubt or its name says that it is known only afterwards; what the config lists, or calls known at
//! hand-off, is kept.

use rayon::prelude::*;

use super::afterwards::presence::Filled;
use super::afterwards::strength::{LEAK_AUC, cross_checked_auc, sure_level};
use super::afterwards::{Dated, Evidence, carriers, suspicion};
use super::describe::describe;
use super::duplicates::mark_duplicates;
use super::identity::{self, names_leads};
use super::personal::{is_personal_name, personal};
use super::routing::routing;
use super::sample::Samples;
use super::values::{Sampled, are_filled, excel_errors, holds_dates_as_text};
use crate::data::columns::{Texts, UserColumn, WordRules};
use crate::data::labels::LabelledLeads;
use crate::data::read::{Verdict, VerdictKind, show_value};
use crate::data::table::{Column, Content, Table};
use crate::notes::count;
use crate::settings::Settings;

/// Gives every column of the lead table a verdict with its reason, in the order of the table.
pub fn classify_columns(table: &Table, settings: &Settings, labels: &LabelledLeads) -> Vec<Verdict> {
    let samples = Samples::draw(labels);
    let judge = Classifier { settings, labels, samples: &samples };
    let mut verdicts: Vec<Verdict> = table.names.par_iter().map(|name| judge.judge(name, table)).collect();
    mark_duplicates(table, settings, &mut verdicts, &judge.rows(&samples.broad));
    judge.mark_carriers(table, &mut verdicts);
    verdicts
}

/// Whether a `[[criterion]]` of the config is made of this column.
pub(super) fn listed(settings: &Settings, column: &str) -> bool {
    settings.criteria.iter().any(|wish| wish.column() == Some(column))
}

/// Whether the config says that a column is known at hand-off.
pub(super) fn trusted(settings: &Settings, column: &str) -> bool {
    settings.leads.known_at_hand_off.iter().any(|known| known == column)
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
        let broad = Sampled::read(column, &self.rows(&self.samples.broad));
        if let Some(verdict) = self.tells_nothing(column, &broad) {
            return verdict;
        }
        // Whoever lists a column, or calls it known, has looked at it.
        let is_guessed = !listed(self.settings, &column.name) && !trusted(self.settings, &column.name);
        if is_guessed {
            if let Some(reason) = excel_errors(&broad) {
                return (VerdictKind::ExcelErrors, reason);
            }
            if let Some(reason) = personal(column, &broad) {
                return (VerdictKind::PersonalData, reason);
            }
        }
        if let Some(verdict) = self.is_no_past_time(column) {
            return verdict;
        }
        if !listed(self.settings, &column.name) && holds_dates_as_text(&broad) {
            let reason = "dates written as text; export them as dates, and they count as days before as-of";
            return (VerdictKind::Ignored, reason.to_owned());
        }
        let answers = self.answers(column);
        if answers.as_ref().is_some_and(|answers| answers.levels.is_empty()) {
            let n_leads = count(self.labels.n_leads() as u64);
            return (VerdictKind::AllMissing, format!("no answer for any of {n_leads} leads, only words such as N/A"));
        }
        let told = self.outcome_told(column, &broad);
        let by_identity = || is_guessed.then(|| self.by_identity(column, &broad)).flatten();
        let by_hand_off = || told.known_afterwards.map(|reason| (VerdictKind::KnownAfterwards, reason));
        (told.outright.map(|reason| (VerdictKind::GivesTheOutcomeAway, reason)))
            .or_else(by_identity)
            .or_else(by_hand_off)
            .unwrap_or_else(|| {
                let remark = told.remark.map_or_else(String::new, |remark| format!("; {remark}"));
                (VerdictKind::Criterion, describe(column, &broad, answers.as_ref(), self.labels.n_leads()) + &remark)
            })
    }

    /// For a column of times: that nothing says what they are counted from, or that they are later.
    fn is_no_past_time(&self, column: &Column) -> Option<(VerdictKind, String)> {
        if !column.content.is_time() {
            return None;
        }
        let Some(as_of) = &self.labels.as_of else {
            let reason = "dates, and no moment of hand-off to count days from: name it in `leads.as_of`";
            return Some((VerdictKind::Ignored, reason.to_owned()));
        };
        self.later_than_as_of(column, as_of).map(|reason| (VerdictKind::LaterThanAsOf, reason))
    }

    /// Columns that name a lead, or say who works it.
    fn by_identity(&self, column: &Column, broad: &Sampled) -> Option<(VerdictKind, String)> {
        let thorough = || self.rows(&self.samples.thorough);
        let all = || self.all_rows();
        let values = identity::Values { broad, thorough: &thorough, all: &all, as_of: self.labels.as_of.as_deref() };
        let routing = || routing(column, broad).map(|reason| (VerdictKind::Routing, reason));
        routing().or_else(|| names_leads(column, &values))
    }

    /// Criteria whose name is a hint, and which tell more than all others together.
    fn mark_carriers(&self, table: &Table, verdicts: &mut [Verdict]) {
        if !self.settings.criteria.is_empty() {
            return;
        }
        let criteria: Vec<(usize, &Column)> = (verdicts.iter().enumerate())
            .filter(|(_, verdict)| verdict.verdict == VerdictKind::Criterion)
            .filter_map(|(at, verdict)| Some((at, table.column(&verdict.column)?)))
            .collect();
        let leads = &self.samples.balanced;
        let (rows, converted) = (self.rows(leads), self.outcomes(leads));
        let names: Vec<&str> = criteria.iter().map(|(_, column)| column.name.as_str()).collect();
        let found = carriers(&names, &|at| Sampled::read(criteria[at].1, &rows), leads, &converted);
        for (at, reason) in found {
            let verdict = &mut verdicts[criteria[at].0];
            if !trusted(self.settings, &verdict.column) {
                (verdict.verdict, verdict.reason) = (VerdictKind::KnownAfterwards, reason);
            }
        }
    }

    fn outcomes(&self, leads: &[usize]) -> Vec<bool> {
        leads.iter().map(|&lead| self.labels.converted[lead]).collect()
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
        if is_personal_name(&column.name) {
            return Some((VerdictKind::Constant, format!("one value for all {n_leads} leads")));
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

    /// What the column says of the outcome that it should not know.
    fn outcome_told(&self, column: &Column, broad: &Sampled) -> Told {
        let leads = &self.samples.balanced;
        let converted = self.outcomes(leads);
        let values = Sampled::read(column, &self.rows(leads));
        let remark = sure_level(&values, &converted).filter(|_| !is_personal_name(&column.name));
        if trusted(self.settings, &column.name) {
            return Told {
                remark: Some("known at hand-off (`leads.known_at_hand_off`)".to_owned()),
                ..Told::default()
            };
        }
        let is_filled = self.who_is_filled(column, broad);
        let filled = self.filled(&is_filled);
        let auc = cross_checked_auc(&values, leads, &converted);
        let almost_surely = auc.filter(|&auc| auc >= LEAK_AUC).map(|auc| {
            format!(
                "tells converted leads from others almost surely (AUC {auc:.3} on leads held back), so it is known only \
                 once the outcome is"
            )
        });
        let outright = filled.gives_away().or(almost_surely);
        let dated = self.labels.as_of.as_deref().map(|as_of| Dated {
            as_of,
            converted: &self.labels.converted,
            is_filled: &is_filled,
        });
        let evidence = Evidence { column: &column.name, values: broad, filled, dated, auc };
        let known_afterwards = if outright.is_none() { suspicion(&evidence) } else { None };
        Told { outright, known_afterwards, remark }
    }

    /// Which labelled leads have a value; all of them, where none of the sample lacks one.
    fn who_is_filled(&self, column: &Column, broad: &Sampled) -> Vec<bool> {
        let n_leads = self.labels.n_leads();
        if broad.filled().count() == broad.len() {
            return vec![true; n_leads];
        }
        are_filled(column, &self.labels.rows)
    }

    fn filled(&self, is_filled: &[bool]) -> Filled {
        let (n_converted_in_all, converted) = (self.labels.n_converted(), &self.labels.converted);
        let n_filled = |outcome: bool| {
            is_filled.iter().zip(converted).filter(|&(&filled, &converted)| filled && converted == outcome).count()
        };
        Filled {
            n_converted: n_filled(true),
            n_others: n_filled(false),
            n_converted_in_all,
            n_others_in_all: converted.len() - n_converted_in_all,
        }
    }

    /// The answers of the broad sample, as a criterion has them; `None` for what is no text.
    fn answers(&self, column: &Column) -> Option<Texts> {
        let Content::Texts(_) = &column.content else { return None };
        let rules = self.settings.criteria_rules();
        let wish = rules.criteria.iter().find(|wish| wish.column() == Some(&column.name));
        let missing = wish.map_or(rules.missing, |wish| rules.missing_words(wish));
        let map = wish.map_or(&[][..], |wish| &wish.map);
        let words = WordRules { missing, answers: wish.filter(|_| map.is_empty()).map_or(&[], |wish| &wish.order) };
        let rows: Vec<u32> = self.samples.broad.iter().map(|&lead| self.labels.rows[lead]).collect();
        let answers = UserColumn::unasked(column).to_answers(words).ok()?;
        Some(if map.is_empty() { answers.of_rows(&rows).levels } else { answers.mapped(map).of_rows(&rows) })
    }
}

/// What a column says of the outcome.
#[derive(Debug, Default)]
struct Told {
    /// Why it gives the outcome away.
    outright: Option<String>,
    /// Why it is known only afterwards.
    known_afterwards: Option<String>,
    /// What to mention of a criterion.
    remark: Option<String>,
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
        "leads.weight" => "says for how many leads a row counts",
        "segments.fairness" => "groups compared in how often they are handed off",
        "outcome.converted" => "says who converted",
        "outcome.converted_at" => "says when a lead converted",
        "outcome.closed" => "says which deals are closed",
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
