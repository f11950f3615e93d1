//! Monitor: is a card in use still right? Who comes, and what becomes of them, against what the card was fitted on and promised.
//!
//! In: a card and [`ScoredNewLeads`], read and scored by [`crate::monitor::score_new_leads`]. Out: a [`Monitor`], the content of
//! `monitor.json`, with gates that pass or fail and what to do about those that fail.
//!
//! Start at [`monitor()`]. `drift` compares leads per level, `sequential` is the test of the promise, `leeway` what a right card may be
//! off by, `betting` the bets of the other gates; all of them may be looked at every week. `promises` has bands and thresholds,
//! [`crate::quarter`] the advice, `volume` and `inflation` what their names say, `gates` the limits,
//! `challenger` holds another card against the one in use.
//! `words`, `summary`, `page` and `chart` say what was found.
//!
//! Always true: a lead whose outcome is not known yet is compared with the history and judged by nothing; what too few leads can
//! say is said to be unknown, and is no alarm; a gate fails only where the difference is surely beyond its limit, and all gates together ever fail a right
//! card with the chance that the settings allow, however often one looks.

mod betting;
mod challenger;
mod chart;
mod drift;
mod file;
mod gates;
mod inflation;
mod leeway;
mod page;
mod population_drift;
mod promises;
pub mod score_new_leads;
mod sequential;
#[cfg(test)]
mod shown_tests;
mod summary;
mod volume;
mod words;

pub use challenger::{ChallengerError, Contender};
pub use file::*;
pub use page::monitor_page;
pub use summary::monitor_report;

use std::collections::BTreeMap;

use crate::card::{Card, CurveEntry};
use crate::data::labels::{KnownOutcome, LeadIds, parse_time, show_day, show_time};
use crate::data::read::InputFile;
use crate::decide::forecast::record::Forecast;
use crate::decide::frontier::{FrontierError, Histogram, OutOfFold};
use crate::decide::history::record::BandMonth;
use crate::measures::{Cells, reliability_rows};
use crate::notes::{Note, count, counted};
use crate::quarter::{LeadsOfCard, RecentLeads, is_ask_first, judge};
use crate::settings::MonitorConfig;
use sequential::weekly_test;

/// Leads held against a card; every list has one entry per lead, in the order of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredNewLeads {
    /// Moment of hand-off, microseconds since 1970 UTC.
    pub as_of: Option<Vec<i64>>,
    /// Points.
    pub score: Vec<i32>,
    /// Per criterion of the card: position of each lead's level.
    pub levels: Vec<Vec<u16>>,
    /// Per criterion: the answers that the card does not name.
    pub unnamed: Vec<UnnamedTexts>,
    /// What is known of each lead.
    pub known: Vec<KnownOutcome>,
    /// Which leads belong to one account or contact, where a column says so.
    pub cluster: Option<Vec<u64>>,
    /// Days in which a conversion counts.
    pub horizon_days: Option<f64>,
    /// Rows of the lead table.
    pub n_read: usize,
    /// Rows that are no hand-off a card could be asked about, and are not here.
    pub n_left_out: usize,
    /// Of those, handed off after they had converted.
    pub n_as_of_after_conversion: usize,
    /// Files that were read.
    pub files: Vec<InputFile>,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
}

/// Answers to one criterion that its card does not name; empty where answers are no texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnnamedTexts {
    /// The answers, in byte order.
    pub texts: Vec<String>,
    /// Position of each lead's answer among them, where it gave one.
    pub of_lead: Vec<Option<u32>>,
}

/// What is asked about the card.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// SHA-256 of the card's file.
    pub card_sha256: &'a str,
    /// First moment of hand-off to look at; `None`: everything after the leads that the card was fitted on.
    pub since: Option<i64>,
    /// The limits.
    pub settings: &'a MonitorConfig,
    /// The forecast of the run that made the card.
    pub forecast: Option<&'a Forecast>,
    /// Another card to hold against it.
    pub challenger: Option<Contender<'a>>,
    /// What became of the card's own history, by band and month, as its run says; nothing where that is not known.
    pub history: &'a [BandMonth],
}

/// Why a card cannot be looked at.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MonitorError {
    /// Nobody was handed off in the time that is looked at.
    #[error(
        "none of the {} was handed off from {since} on; the last one was on {last}\n\
         hint: choose an earlier day with --since, or give newer leads",
        counted(*n_leads as u64, "lead")
    )]
    NobodySince {
        /// Leads there are.
        n_leads: usize,
        /// The day that was asked for.
        since: String,
        /// Day of the last hand-off.
        last: String,
    },
    /// A first day, and no dates.
    #[error("--since asks for leads from a day on, and the leads have no dates\nhint: name the column with --as-of")]
    SinceWithoutDates,
    /// No row is a hand-off.
    #[error(
        "none of the {} is a hand-off that a card could be asked about: without id or time, twice in the table, or handed off \
         after the conversion\nhint: `bantam check` says of every column what it was taken for",
        counted(*n_read as u64, "row")
    )]
    NoLeads {
        /// Rows of the table.
        n_read: usize,
    },
    /// A challenger that sees other leads.
    #[error(transparent)]
    Challenger(#[from] ChallengerError),
    /// A hand-off off the calendar.
    #[error(transparent)]
    Calendar(#[from] FrontierError),
}

/// Holds leads against the card they were scored with.
///
/// # Errors
/// A [`MonitorError`] where there is no lead to look at.
pub fn monitor(card: &Card, followed: ScoredNewLeads, question: &Question<'_>) -> Result<Monitor, MonitorError> {
    let mut notes = followed.notes.clone();
    let chosen = choose(card, &followed, question.since, &mut notes)?;
    let compared = Compared::new(card, &followed, &chosen);
    let judged = compared.judged();
    note_counts(&followed, &compared, &mut notes);

    let handed_over = compared.judged_by_score();
    let histogram = Histogram::count(&handed_over, None, None)?;
    let settings = question.settings;
    let drift = population_drift::drift(&compared, settings.max_psi);
    let answers = population_drift::answers(&compared, settings);
    let weekly_test = weekly_test(&compared, question.history, settings.false_alarms * gates::PART_OF_WEEKLY_TEST);
    let quality = promises::quality(&judged);
    let repeats = weekly_test.as_ref().map_or(1.0, |test| test.allowed.repeats);
    let at_threshold = promises::at_threshold(card, &handed_over, settings.calibration, repeats);
    let volume = volume::volume(&compared, question.forecast, &mut notes)?;
    let inflation = inflation::inflation(&compared)?;
    let gates = gates::GateInputs {
        drift: &drift,
        answers: &answers,
        weekly_test: weekly_test.as_ref(),
        at_threshold: &at_threshold,
        n_compared: compared.leads.len(),
        settings,
    };
    let gates = gates.judge();
    let challenger = question
        .challenger
        .map(|contender| challenger::challenge(card, &followed, &compared.leads, contender))
        .transpose()?;
    let advice = judge(&leads_of_card(card, &followed, &compared.came_since()), None);
    Ok(Monitor {
        card: MonitoredCard {
            sha256: question.card_sha256.to_owned(),
            engine: card.provenance.engine.clone(),
            n_leads: card.provenance.n_leads,
            n_converted: card.provenance.n_converted,
            last_as_of: card.provenance.last_as_of.clone(),
        },
        gates,
        leads: lead_counts(&followed, &chosen, &compared, &judged),
        advice,
        advised: None,
        challenger,
        drift,
        answers,
        weekly_test,
        quality,
        reliability: reliability_rows(&Cells::count(&judged.score, &judged.probability, &judged.converted).by_score()),
        bands: promises::bands(&histogram, &card.bands),
        bands_by_month: promises::bands_by_month(&histogram, &card.bands),
        at_threshold,
        volume,
        inflation,
        settings: settings.clone(),
        inputs: followed.files,
        labels: card.criteria.iter().filter_map(|one| Some((one.name.clone(), one.label.clone()?))).collect(),
        notes,
    })
}

/// The leads to look at, in the order of hand-off, those that sales never touched among them.
fn all_of<'a>(card: &'a Card, followed: &ScoredNewLeads, chosen: &LookedAt) -> Vec<Lead<'a>> {
    let lead = |&position: &usize| {
        let score = followed.score[position];
        Some(Lead {
            position,
            as_of: followed.as_of.as_ref().map(|as_of| as_of[position]),
            score,
            worth: card.worth_of(score)?,
            outcome: followed.known[position].outcome(),
            is_ask_first: is_ask_first(card, &followed.levels, position),
        })
    };
    let mut leads: Vec<Lead<'a>> = chosen.leads.iter().filter_map(lead).collect();
    leads.sort_by_key(|lead| (lead.as_of, lead.position));
    leads
}

/// Leaves out the leads that the card may have learned from; none where nobody can tell.
fn keep_those_since(card: &Card, followed: &ScoredNewLeads, leads: &mut Vec<Lead<'_>>) {
    if let Some(until) = card.learned_until_us().filter(|_| followed.as_of.is_some()) {
        leads.retain(|lead| lead.as_of > Some(until));
    }
}

/// Leads with a known outcome as the card's judge sees them.
fn leads_of_card<'a>(card: &'a Card, followed: &ScoredNewLeads, among: &[Lead<'_>]) -> LeadsOfCard<'a> {
    let leads: Vec<(&Lead<'_>, bool)> = among.iter().filter_map(|lead| Some((lead, lead.outcome?))).collect();
    let until = card.learned_until_us().filter(|_| followed.as_of.is_some());
    let of = |values: &Vec<u16>| leads.iter().map(|(lead, _)| values[lead.position]).collect();
    LeadsOfCard {
        card,
        score: leads.iter().map(|(lead, _)| lead.score).collect(),
        levels: followed.levels.iter().map(of).collect(),
        as_of: leads.iter().map(|(lead, _)| lead.as_of).collect(),
        converted: leads.iter().map(|(_, converted)| *converted).collect(),
        cluster: (followed.cluster.as_ref())
            .map(|cluster| leads.iter().map(|(lead, _)| cluster[lead.position]).collect()),
        is_fresh: until.is_some_and(|until| leads.iter().all(|(lead, _)| lead.as_of > Some(until))),
    }
}

/// Leads that a card can be recalibrated on: those that came since it was made, or since the day asked for.
///
/// # Errors
/// A [`MonitorError`] where there is no lead to look at.
pub fn recent_leads<'a>(
    card: &'a Card,
    followed: &ScoredNewLeads,
    since: Option<i64>,
    notes: &mut Vec<Note>,
) -> Result<RecentLeads<'a>, MonitorError> {
    let chosen = choose(card, followed, since, notes)?;
    let mut leads = all_of(card, followed, &chosen);
    if since.is_none() {
        keep_those_since(card, followed, &mut leads);
    }
    let has_outcome = |at: &u32| leads[*at as usize].outcome.is_some();
    Ok(RecentLeads {
        judged: leads_of_card(card, followed, &leads),
        handed_off: leads.iter().map(|lead| (lead.score, lead.is_ask_first)).collect(),
        as_of: leads.iter().map(|lead| lead.as_of).collect(),
        position: (0..leads.len() as u32).filter(has_outcome).collect(),
    })
}

/// The leads to look at.
struct LookedAt {
    /// Their positions.
    leads: Vec<usize>,
    /// Leads handed off before.
    n_before: usize,
}

/// Those handed off since the day asked for, or after the history of the card; all, where that cannot be told.
fn choose(
    card: &Card,
    followed: &ScoredNewLeads,
    since: Option<i64>,
    notes: &mut Vec<Note>,
) -> Result<LookedAt, MonitorError> {
    let n_leads = followed.score.len();
    if n_leads == 0 {
        return Err(MonitorError::NoLeads { n_read: followed.n_read });
    }
    let mut say = |text: String| notes.push(Note::new("monitor", text));
    let everyone = LookedAt { leads: (0..n_leads).collect(), n_before: 0 };
    let learnt_until = card.provenance.last_as_of.as_deref().and_then(parse_time).map(|(moment, _)| moment);
    let Some(as_of) = &followed.as_of else {
        if since.is_some() {
            return Err(MonitorError::SinceWithoutDates);
        }
        say("the leads have no dates: all of them are compared, in the order of the table, whether or not the card was fitted on \
             them; name the column with --as-of"
            .to_owned());
        return Ok(everyone);
    };
    let from = |is_chosen: &dyn Fn(i64) -> bool| -> Vec<usize> {
        (0..n_leads).filter(|&lead| is_chosen(as_of[lead])).collect()
    };
    let (leads, n_learnt_from) = match (since, learnt_until) {
        (Some(since), learnt_until) => {
            let leads = from(&|moment| moment >= since);
            if leads.is_empty() {
                let last = as_of.iter().max().map_or_else(String::new, |&last| show_day(last));
                return Err(MonitorError::NobodySince { n_leads, since: show_day(since), last });
            }
            let n_learnt = leads.iter().filter(|&&lead| Some(as_of[lead]) <= learnt_until).count();
            (leads, if learnt_until.is_some() { n_learnt } else { 0 })
        }
        (None, Some(learnt_until)) => match from(&|moment| moment > learnt_until) {
            later if later.is_empty() => (everyone.leads, n_leads),
            later => (later, 0),
        },
        (None, None) => (everyone.leads, 0),
    };
    if n_learnt_from > 0 {
        say(format!(
            "{} handed off until {}, when the history of the card ends: that the card is right about leads it was fitted on \
             says nothing about the next ones",
            if n_learnt_from == leads.len() {
                format!("all {} were", counted(n_learnt_from as u64, "lead"))
            } else {
                format!("{} of the leads were", count(n_learnt_from as u64))
            },
            learnt_until.map_or_else(String::new, show_time)
        ));
    }
    Ok(LookedAt { n_before: n_leads - leads.len(), leads })
}

/// A lead that is compared with the history.
#[derive(Debug, Clone, Copy)]
struct Lead<'a> {
    /// Position among the followed leads.
    position: usize,
    as_of: Option<i64>,
    score: i32,
    worth: &'a CurveEntry,
    outcome: Option<bool>,
    /// Whether too little is known of it for its score: no band of the card takes it and no line hands it over.
    is_ask_first: bool,
}

/// The leads that are compared with the history, in the order of hand-off.
struct Compared<'a> {
    card: &'a Card,
    followed: &'a ScoredNewLeads,
    leads: Vec<Lead<'a>>,
    n_untouched: usize,
}

impl<'a> Compared<'a> {
    fn new(card: &'a Card, followed: &'a ScoredNewLeads, chosen: &LookedAt) -> Self {
        // The history has no leads that sales never touched.
        let is_touched = |lead: &Lead<'_>| followed.known[lead.position] != KnownOutcome::Untouched;
        let mut leads = all_of(card, followed, chosen);
        leads.retain(is_touched);
        let n_untouched = chosen.leads.len() - leads.len();
        Self { card, followed, leads, n_untouched }
    }

    /// Those that came since the card was made, in the order of hand-off; all where nobody can tell.
    fn came_since(&self) -> Vec<Lead<'a>> {
        let mut leads = self.leads.clone();
        keep_those_since(self.card, self.followed, &mut leads);
        leads
    }

    /// Those with a known outcome, as the other stages know them.
    fn judged(&self) -> OutOfFold {
        out_of_fold(&self.leads.iter().filter_map(|lead| Some((lead, lead.outcome?))).collect::<Vec<_>>())
    }

    /// Those of them that bands and lines are for.
    fn judged_by_score(&self) -> OutOfFold {
        out_of_fold(&self.by_score().filter_map(|lead| Some((lead, lead.outcome?))).collect::<Vec<_>>())
    }

    /// All of them in the same form, as if nobody had converted: for counts by month.
    fn all(&self) -> OutOfFold {
        out_of_fold(&self.leads.iter().map(|lead| (lead, false)).collect::<Vec<_>>())
    }

    /// Leads of which enough is known for a score.
    fn by_score(&self) -> impl Iterator<Item = &Lead<'a>> {
        self.leads.iter().filter(|lead| !lead.is_ask_first)
    }

    /// Leads of which too little is known for one.
    fn ask_first(&self) -> impl Iterator<Item = &Lead<'a>> {
        self.leads.iter().filter(|lead| lead.is_ask_first)
    }

    /// How often each answer that the card does not name was given, for one criterion.
    fn unnamed(&self, criterion: usize) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        let UnnamedTexts { texts, of_lead } = &self.followed.unnamed[criterion];
        let text = |lead: &Lead<'_>| texts.get((*of_lead.get(lead.position)?)? as usize).map(String::as_str);
        for answer in self.leads.iter().filter_map(text) {
            *counts.entry(answer).or_insert(0) += 1;
        }
        counts
    }
}

impl Lead<'_> {
    /// Probability of conversion that the card promised.
    fn promised(&self) -> f64 {
        f64::from(self.worth.probability_bp) / 10_000.0
    }
}

/// - `leads`: each with whether it counts as converted.
fn out_of_fold(leads: &[(&Lead<'_>, bool)]) -> OutOfFold {
    let rows: Vec<u32> = leads.iter().map(|(lead, _)| lead.position as u32).collect();
    OutOfFold {
        leads: rows.clone(),
        ids: LeadIds::RowNumber,
        rows,
        fold: vec![0; leads.len()],
        as_of: leads.iter().map(|(lead, _)| lead.as_of).collect(),
        score: leads.iter().map(|(lead, _)| lead.score).collect(),
        probability: leads.iter().map(|(lead, _)| lead.promised()).collect(),
        converted: leads.iter().map(|(_, converted)| *converted).collect(),
    }
}

fn lead_counts(
    followed: &ScoredNewLeads,
    chosen: &LookedAt,
    compared: &Compared<'_>,
    judged: &OutOfFold,
) -> MonitoredLeads {
    let with =
        |known: KnownOutcome| compared.leads.iter().filter(|lead| followed.known[lead.position] == known).count();
    let moment = |lead: Option<&Lead<'_>>| lead.and_then(|lead| lead.as_of).map(show_time);
    MonitoredLeads {
        n_read: followed.n_read,
        n_before: chosen.n_before,
        n_left_out: followed.n_left_out,
        n_untouched: compared.n_untouched,
        n_compared: compared.leads.len(),
        n_too_young: with(KnownOutcome::TooYoung),
        n_unknown: with(KnownOutcome::Nothing),
        n_judged: judged.n_leads(),
        n_converted: judged.converted.iter().filter(|&&converted| converted).count(),
        ask_first: compared.card.known_at_least.map(|_| AskFirstCounts {
            n_leads: compared.ask_first().count(),
            n_judged: compared.ask_first().filter(|lead| lead.outcome.is_some()).count(),
            n_converted: compared.ask_first().filter(|lead| lead.outcome == Some(true)).count(),
        }),
        // A sum of nothing is -0 otherwise.
        n_expected: judged.probability.iter().sum::<f64>() + 0.0,
        first_as_of: moment(compared.leads.first()),
        last_as_of: moment(compared.leads.last()),
    }
}

/// Who is in no figure, or only in some, and why.
fn note_counts(followed: &ScoredNewLeads, compared: &Compared<'_>, notes: &mut Vec<Note>) {
    let mut say = |n: usize, text: &dyn Fn(&str) -> String| {
        if n > 0 {
            notes.push(Note::new("monitor", text(&counted(n as u64, "lead"))));
        }
    };
    say(followed.n_as_of_after_conversion, &|leads| {
        format!("{leads} left out because they were handed off after they had converted")
    });
    say(followed.n_left_out - followed.n_as_of_after_conversion, &|leads| {
        format!("{leads} left out: without an id or a time of hand-off, or twice in the table")
    });
    say(compared.n_untouched, &|leads| {
        format!("{leads} left out because sales never touched them; there are none of that kind in the history either")
    });
    say(compared.ask_first().count(), &|leads| {
        let limit = compared.card.known_at_least.unwrap_or(0);
        format!(
            "{leads} to ask first: the answers known of them are worth fewer than {limit} of the card's {} points; no line hands \
             them over, so they are in no band, at no threshold and in no volume",
            compared.card.span()
        )
    });
    let n_too_young =
        compared.leads.iter().filter(|lead| followed.known[lead.position] == KnownOutcome::TooYoung).count();
    let horizon =
        followed.horizon_days.map_or_else(String::new, |days| format!("the {days} days in which a conversion counts"));
    say(n_too_young, &|leads| {
        format!(
            "{leads} too young to judge: {horizon} have not ended; they are compared with the history and with nothing else"
        )
    });
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod years_table;
