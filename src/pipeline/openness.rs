//! Openness: which leads were open when, and what was known of them then; whether `maturity = "model"` can be had at all.
//!
//! Positions: labelled leads first, behind them the untouched and then the open ones whose criteria are known
//! ([`super::intake::Others`]).
//!
//! Always true: what a fold learns of an open lead was known when the fold's period began.

use super::intake::Others;
use super::judge::FoldView;
use crate::config::{Maturity, US_PER_DAY};
use crate::labels::folds::FoldPlan;
use crate::labels::{LabelledLeads, NO_CONVERSION};
use crate::math::logistic;
use crate::maturity::{DelayCurve, MIN_CONVERSIONS, OpenLead, SeenConversion, Timeline, compare_delays};
use crate::metrics::{DelayByScore, MaturityMetrics, RecentVolume, SeenByAge};
use crate::notes::{Note, count, counted};

/// When leads were handed off and converted, by position.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    as_of: Vec<i64>,
    delay_us: Vec<i64>,
    horizon_us: i64,
    observed_until_us: i64,
    n_labelled: usize,
    others: Others,
}

impl Moments {
    /// `None` where nobody says when leads convert, or there is no horizon.
    pub fn of(leads: &LabelledLeads, others: Others) -> Option<Self> {
        let (horizon_us, observed_until_us) = (leads.horizon_us()?, leads.observed_until_us?);
        let (as_of, delay_us) = (leads.as_of.as_ref()?, leads.delay_us.as_ref()?);
        let untouched = leads.untouched.as_of.iter().take(others.n_untouched);
        // Open leads always tell of delays; their criteria are there only if they take part in the fit.
        Some(Self {
            as_of: as_of.iter().chain(untouched).chain(&leads.open.as_of).copied().collect(),
            delay_us: (delay_us.iter().copied())
                .chain(std::iter::repeat_n(NO_CONVERSION, others.n_untouched))
                .chain(leads.open.delay_us.iter().copied())
                .collect(),
            horizon_us,
            observed_until_us,
            n_labelled: leads.n_leads(),
            others,
        })
    }

    fn timeline(&self) -> Timeline<'_> {
        Timeline { as_of: &self.as_of, delay_us: &self.delay_us, horizon_us: self.horizon_us }
    }

    fn is_untouched(&self, lead: usize) -> bool {
        (self.n_labelled..self.n_labelled + self.others.n_untouched).contains(&lead)
    }

    /// Delays of the conversions seen at a moment.
    fn seen_at(&self, moment: i64) -> Vec<SeenConversion> {
        self.timeline().seen_at(moment, |lead| !self.is_untouched(lead))
    }

    /// What is known today of how long conversions take.
    pub fn delays_today(&self) -> Option<DelayCurve> {
        DelayCurve::estimate(&self.seen_at(self.observed_until_us))
    }

    /// Leads that are open today, as seen today.
    pub fn open_today(&self, delays: &DelayCurve) -> Vec<OpenLead> {
        let first = self.n_labelled + self.others.n_untouched;
        (first..self.as_of.len()).map(|lead| self.timeline().as_seen(lead, self.observed_until_us, delays)).collect()
    }

    /// Conversions seen today, of leads whose criteria are known: position and delay.
    pub fn conversions_today(&self) -> Vec<(u32, SeenConversion)> {
        let with_criteria = self.n_labelled + self.others.n_untouched + self.others.n_open;
        let conversion = |lead: usize| {
            let limit_us = self.horizon_us.min(self.observed_until_us - self.as_of[lead]);
            let delay_us = self.delay_us[lead];
            (delay_us <= limit_us).then_some((lead as u32, SeenConversion { delay_us, limit_us }))
        };
        (0..with_criteria).filter_map(conversion).collect()
    }
}

/// What was known of a lead at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Seen {
    /// Its outcome.
    Known,
    /// Its age, and whether it had converted.
    Open(OpenLead),
    /// Nothing that could be used: too few conversions were known to say how long they take.
    Unknown,
}

/// Who was open at the start of each period, and who is today.
#[derive(Debug)]
pub struct Openness<'a> {
    moments: &'a Moments,
    today: DelayCurve,
    /// Start of each period, and what was known then of how long conversions take; empty unless folds are periods.
    periods: Vec<(i64, Option<DelayCurve>)>,
}

impl<'a> Openness<'a> {
    /// As the folds of `plan` see it.
    pub fn new(moments: &'a Moments, today: DelayCurve, plan: &FoldPlan) -> Self {
        let starts = plan.folds.iter().filter_map(|fold| fold.begins_us);
        let periods = starts.map(|start| (start, DelayCurve::estimate(&moments.seen_at(start)))).collect();
        Self { moments, today, periods }
    }

    /// A lead as seen when a period began; as seen today without one.
    pub fn seen(&self, lead: u32, period: Option<usize>) -> Seen {
        let at = lead as usize;
        let timeline = self.moments.timeline();
        let (moment, delays) = match period.and_then(|period| self.periods.get(period)) {
            Some((start, delays)) => (*start, delays.as_ref()),
            None if at < self.moments.n_labelled => return Seen::Known,
            None => (self.moments.observed_until_us, Some(&self.today)),
        };
        if self.moments.is_untouched(at) {
            return Seen::Unknown;
        }
        // Open today is who was found too young, whatever the clock says of the last moment.
        if at < self.moments.n_labelled && !timeline.is_open(at, moment) {
            return Seen::Known;
        }
        delays.map_or(Seen::Unknown, |delays| Seen::Open(timeline.as_seen(at, moment, delays)))
    }

    /// Open leads a fold's card learns from.
    fn open_of(&self, plan: &FoldPlan, fold: usize) -> Vec<OpenLead> {
        match self.periods.get(fold) {
            Some((start, Some(delays))) => {
                let n_labelled = self.moments.n_labelled;
                self.moments.timeline().open_at(*start, delays, |lead| lead < n_labelled).leads
            }
            Some((_, None)) => Vec::new(),
            None if plan.is_by_time => Vec::new(),
            None => self.moments.open_today(&self.today),
        }
    }
}

/// What each fold learns from open leads, and which leads without a fair outcome it scores: by time, those handed off during
/// its period (the last one takes all that follow); otherwise each is dealt to one fold, whose card does not learn from it.
pub fn fold_views(
    plan: &FoldPlan,
    leads: &LabelledLeads,
    others: Others,
    keys: &[u64],
    openness: Option<&Openness<'_>>,
) -> Vec<FoldView> {
    let n_labelled = leads.n_leads();
    let n_folds = plan.folds.len();
    let dealt = deal(plan, leads, others, keys);
    (0..n_folds)
        .map(|fold| {
            let own = (0_u32..).zip(&dealt).filter(|(_, to)| **to == Some(fold));
            let others: Vec<u32> = own.map(|(at, _)| n_labelled as u32 + at).collect();
            let mut open = openness.map_or_else(Vec::new, |openness| openness.open_of(plan, fold));
            open.retain(|lead| others.binary_search(&lead.lead).is_err());
            FoldView { open, others }
        })
        .collect()
}

/// The fold of each other lead; `None` for one that no fold can score without knowing what came later.
fn deal(plan: &FoldPlan, leads: &LabelledLeads, others: Others, keys: &[u64]) -> Vec<Option<usize>> {
    let n_folds = plan.folds.len() as u64;
    let parts = [(&leads.untouched, others.n_untouched), (&leads.open, others.n_open)];
    let at = parts.into_iter().flat_map(|(part, n)| (0..n).map(move |at| (part, at)));
    at.zip(&keys[leads.n_leads()..])
        .map(|((part, at), &key)| {
            if plan.is_by_time {
                let as_of = *part.as_of.get(at)?;
                return plan.folds.iter().rposition(|fold| fold.begins_us.is_some_and(|start| start <= as_of));
            }
            match &leads.own_fold {
                Some(_) => {
                    let own = part.own_fold.as_ref()?.get(at)?.to_string();
                    plan.folds.iter().position(|fold| fold.name == own)
                }
                None => Some(((key >> 32) % n_folds) as usize),
            }
        })
        .collect()
}

/// Whether open leads can take part as the config wishes, and if not, why.
///
/// # Errors
/// The note that says why not; none where the config wishes so, or says nothing and there is nothing to say.
pub fn can_model(
    wish: Option<Maturity>,
    leads: &LabelledLeads,
    others: Others,
    delays: Option<&DelayCurve>,
) -> Result<(), Option<Note>> {
    let n_immature = leads.counts.n_immature;
    let is_silent = wish.is_none() && (n_immature == 0 || leads.delay_us.is_none());
    if wish == Some(Maturity::Exclude) || is_silent {
        return Err(None);
    }
    let why = match (leads.horizon_days, &leads.delay_us, delays) {
        (None, ..) => "there is no `outcome.horizon`, so no lead is too young".to_owned(),
        (_, None, _) => "no column says when leads converted (`outcome.converted_at`)".to_owned(),
        (.., None) => format!(
            "too few conversions are known with their day to say how long they take ({MIN_CONVERSIONS} of all ages are needed)"
        ),
        _ if n_immature == 0 => "no lead is too young".to_owned(),
        _ if others.n_open == 0 => "their criteria are not known".to_owned(),
        _ => return Ok(()),
    };
    let left_out = match n_immature {
        0 => String::new(),
        n => format!("; {} left out as too young", counted(n as u64, "lead")),
    };
    let text = format!("leads cannot count by their age (`outcome.maturity = \"model\"`): {why}{left_out}");
    Err(Some(Note::new("maturity", text)))
}

/// Whether it depends on the score how long conversions take, and what was made of it.
///
/// - `scored`: score and delay of each conversion seen.
pub fn delays_by_score(scored: &[(i32, SeenConversion)]) -> Option<DelayByScore> {
    let found = compare_delays(scored)?;
    Some(DelayByScore {
        n_low: found.n_low,
        n_high: found.n_high,
        days: found.half_seen_us as f64 / US_PER_DAY as f64,
        low_share: found.low_share,
        high_share: found.high_share,
        z: found.z,
        depends: found.depends(),
    })
}

/// Says that delays depend on the score, and what follows.
pub fn dependence_note(found: &DelayByScore) -> Note {
    let (slow, fast) = if found.low_share < found.high_share { ("low", "high") } else { ("high", "low") };
    let per_cent = |share: f64| format!("{:.0} %", share * 100.0);
    let (less, more) = (found.low_share.min(found.high_share), found.low_share.max(found.high_share));
    let text = format!(
        "leads with {slow} scores take longer to convert than those with {fast} ones ({} days after the hand-off {} of their \
         conversions have come, and {}): leads that are too young to say are left out, because counting them by their age would \
         favour {fast} scores",
        found.days.round(),
        per_cent(less),
        per_cent(more)
    );
    Note::new("maturity", text)
}

/// Says how many open leads took part, and for how much.
pub fn open_note(open: &[OpenLead]) -> Note {
    let worth: f64 = open.iter().map(|lead| if lead.has_converted { 1.0 } else { lead.seen }).sum();
    let n_converted = open.iter().filter(|lead| lead.has_converted).count();
    let text = format!(
        "{} too young to say took part in fit and curve for as much as they tell: as {} leads, {} of them converted already; no \
         figure on leads the card had not seen rests on them",
        counted(open.len() as u64, "lead"),
        count(worth.round() as u64),
        count(n_converted as u64)
    );
    Note::new("maturity", text)
}

/// The maturity picture: one step a day up to 30, so that about 30 stand in the file whatever the horizon.
pub fn seen_by_age(moments: &Moments, delays: &DelayCurve) -> Vec<SeenByAge> {
    let n_steps = (moments.horizon_us / US_PER_DAY).clamp(1, 30);
    (1..=n_steps)
        .map(|step| {
            let age_us = (moments.horizon_us as f64 * step as f64 / n_steps as f64).round() as i64;
            let interval = delays.interval(age_us);
            SeenByAge {
                days: age_us as f64 / US_PER_DAY as f64,
                share: delays.share(age_us),
                low: interval.low,
                high: interval.high,
            }
        })
        .collect()
}

/// What the maturity section says.
pub fn metrics(
    moments: &Moments,
    delays: &DelayCurve,
    (open, probabilities): (&[OpenLead], Option<&[f64]>),
    is_modelled: bool,
    by_score: Option<DelayByScore>,
    volume: Vec<RecentVolume>,
) -> MaturityMetrics {
    let expected = probabilities.map(|p| open.iter().zip(p).map(|(lead, &p)| lead.expected(p)).sum());
    MaturityMetrics {
        in_force: if is_modelled { Maturity::Model } else { Maturity::Exclude }.word().to_owned(),
        n_open: open.len(),
        n_open_converted: open.iter().filter(|lead| lead.has_converted).count(),
        n_open_expected: expected,
        n_conversions: delays.n_conversions,
        half_seen_days: delays.age_of(0.5) as f64 / US_PER_DAY as f64,
        seen: seen_by_age(moments, delays),
        by_score,
        volume,
    }
}

/// Chance of an outcome that was open, drawn once per lead: a number in `0.0..1.0` from its key.
pub fn draw_of(key: u64, period: usize) -> f64 {
    (crate::labels::keys::mix(key ^ (period as u64 + 1)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Outcome of a judged lead as seen when a period began: as it was known, or drawn with the chance it then had.
pub fn outcome_as_seen(seen: Seen, converted: bool, log_odds: f64, draw: f64) -> bool {
    match seen {
        Seen::Known => converted,
        Seen::Open(lead) => draw < lead.expected(logistic(log_odds)),
        Seen::Unknown => draw < logistic(log_odds),
    }
}
