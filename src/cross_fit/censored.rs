//! CensoringHistory: which leads were open when, and what was known of them then; whether `maturity = "model"` can be had at all.
//!
//! Positions: labelled leads first, behind them the untouched and then the open ones whose criteria are known
//! ([`crate::data::dataset::Others`]).
//!
//! Always true: what a fold learns of an open lead was known when the fold's period began.

use crate::analyses::censored::record::{DelayByScore, MaturityMetrics, RecentVolume, SeenByAge};
use crate::cross_fit::curves::FoldView;
use crate::cross_fit::folds::FoldPlan;
use crate::data::dataset::Others;
use crate::data::labels::{LabelledLeads, NO_CONVERSION};
use crate::math::logistic;
use crate::model::censoring::{DelayCurve, MIN_CONVERSIONS, OpenLead, SeenConversion, Timeline, compare_delays};
use crate::notes::{Note, count, counted};
use crate::settings::{Maturity, US_PER_DAY};

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

/// What is known today of leads that are still open, and of how long conversions take.
#[derive(Debug, Clone, PartialEq)]
pub struct Today {
    /// When leads were handed off and converted.
    pub moments: Moments,
    /// How long conversions take.
    pub delays: DelayCurve,
    /// Leads that are open.
    pub open: Vec<OpenLead>,
}

impl Today {
    /// `None` where nobody says when leads convert, there is no horizon, or too few have converted to say how long that takes.
    pub fn of(leads: &LabelledLeads, others: Others) -> Option<Self> {
        let moments = Moments::of(leads, others)?;
        let delays = moments.delays_today()?;
        Some(Self { open: moments.open_today(&delays), moments, delays })
    }
}

/// Who was open at the start of each period, and who is today.
#[derive(Debug)]
pub struct CensoringHistory<'a> {
    today: &'a Today,
    /// Start of each period, and what was known then of how long conversions take; empty unless folds are periods.
    periods: Vec<(i64, Option<DelayCurve>)>,
}

impl<'a> CensoringHistory<'a> {
    /// As the folds of `plan` see it.
    pub fn new(today: &'a Today, plan: &FoldPlan) -> Self {
        let starts = plan.folds.iter().filter_map(|fold| fold.begins_us);
        let periods = starts.map(|start| (start, DelayCurve::estimate(&today.moments.seen_at(start)))).collect();
        Self { today, periods }
    }

    /// A lead as seen when a period began; as seen today without one.
    pub fn seen(&self, lead: u32, period: Option<usize>) -> Seen {
        let at = lead as usize;
        let moments = &self.today.moments;
        let timeline = moments.timeline();
        let (moment, delays) = match period.and_then(|period| self.periods.get(period)) {
            Some((start, delays)) => (*start, delays.as_ref()),
            None if at < moments.n_labelled => return Seen::Known,
            None => (moments.observed_until_us, Some(&self.today.delays)),
        };
        if moments.is_untouched(at) {
            return Seen::Unknown;
        }
        // Open today is who was found too young, whatever the clock says of the last moment.
        if at < moments.n_labelled && !timeline.is_open(at, moment) {
            return Seen::Known;
        }
        delays.map_or(Seen::Unknown, |delays| Seen::Open(timeline.as_seen(at, moment, delays)))
    }

    /// Open leads a fold's card learns from.
    fn open_of(&self, plan: &FoldPlan, fold: usize) -> Vec<OpenLead> {
        match self.periods.get(fold) {
            Some((start, Some(delays))) => {
                let moments = &self.today.moments;
                let n_labelled = moments.n_labelled;
                moments.timeline().open_at(*start, delays, |lead| lead < n_labelled).leads
            }
            Some((_, None)) => Vec::new(),
            None if plan.is_by_time => Vec::new(),
            None => self.today.open.clone(),
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
    openness: Option<&CensoringHistory<'_>>,
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
    today: &Today,
    probabilities: Option<&[f64]>,
    is_modelled: bool,
    by_score: Option<DelayByScore>,
    volume: Vec<RecentVolume>,
) -> MaturityMetrics {
    let Today { moments, delays, open } = today;
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
pub fn uniform_from_key(key: u64, period: usize) -> f64 {
    (crate::data::labels::keys::mix(key ^ (period as u64 + 1)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Outcome of a judged lead as seen when a period began: as it was known, or drawn with the chance it then had.
pub fn outcome_as_seen(seen: Seen, converted: bool, log_odds: f64, draw: f64) -> bool {
    match seen {
        Seen::Known => converted,
        Seen::Open(lead) => draw < lead.expected(logistic(log_odds)),
        Seen::Unknown => draw < logistic(log_odds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cross_fit::folds::make_folds;
    use crate::data::labels::{LabelCounts, OtherLeads};
    use crate::settings::{FoldsBy, FoldsConfig};

    /// A lead a day for 600 days, ten days to a conversion for every third; known until day 500, so that 100 with a horizon of
    /// 90 days are open or not yet handed off. Days are counted from 0.
    fn history() -> LabelledLeads {
        let day = US_PER_DAY;
        let delay = |lead: i64| if lead % 3 == 0 { 10 * day } else { NO_CONVERSION };
        let labelled: Vec<i64> = (0..410).collect();
        let open: Vec<i64> = (411..500).collect();
        LabelledLeads {
            rows: (0..410).collect(),
            as_of: Some(labelled.iter().map(|lead| lead * day).collect()),
            converted: labelled.iter().map(|lead| lead % 3 == 0).collect(),
            delay_us: Some(labelled.iter().map(|&lead| delay(lead)).collect()),
            horizon_days: Some(90.0),
            observed_until_us: Some(500 * day),
            open: OtherLeads {
                rows: open.iter().map(|&lead| lead as u32).collect(),
                as_of: open.iter().map(|lead| lead * day).collect(),
                delay_us: open.iter().map(|&lead| if lead + 10 <= 500 { delay(lead) } else { NO_CONVERSION }).collect(),
                ..OtherLeads::default()
            },
            untouched: OtherLeads {
                rows: vec![900, 901],
                as_of: vec![20 * day, 300 * day],
                delay_us: vec![NO_CONVERSION; 2],
                ..OtherLeads::default()
            },
            counts: LabelCounts { n_read: 501, n_immature: 89, n_untouched: 2, ..LabelCounts::default() },
            ..LabelledLeads::default()
        }
    }

    const OTHERS: Others = Others { n_untouched: 2, n_open: 89 };

    fn keys() -> Vec<u64> {
        (0..501).map(crate::data::labels::keys::mix).collect()
    }

    #[test]
    fn a_period_knows_what_was_known_when_it_began() {
        let leads = history();
        let today = Today::of(&leads, OTHERS).expect("conversions with their day");
        let plan = make_folds(&leads, &FoldsConfig::default(), &keys()).expect("folds");
        let openness = CensoringHistory::new(&today, &plan);
        let views = fold_views(&plan, &leads, OTHERS, &keys(), Some(&openness));
        for (at, (fold, view)) in plan.folds.iter().zip(&views).enumerate() {
            let start = fold.begins_us.expect("a period") / US_PER_DAY;
            // Every lead handed off before the start is fitted on, known or open, and none is both.
            assert_eq!((fold.fit.len() + view.open.len()) as i64, start, "{}", fold.name);
            for lead in &view.open {
                let age = start - i64::from(lead.lead);
                assert!((1..90).contains(&age) && fold.fit.binary_search(&lead.lead).is_err());
                assert_eq!(lead.has_converted, lead.lead % 3 == 0 && age >= 10, "{}", fold.name);
                assert_eq!(lead.seen, if age >= 10 { 1.0 } else { 0.0 });
            }
            let n_others = if at + 1 == plan.folds.len() { 89 } else { 0 };
            let untouched = view.others.iter().filter(|&&lead| lead < 412).count();
            assert_eq!(view.others.len() - untouched, n_others, "{}", fold.name);
        }
        // The untouched lead of day 20 came before the first period, the one of day 300 in one of them.
        assert_eq!(views.iter().flat_map(|view| &view.others).filter(|&&lead| lead < 412).collect::<Vec<_>>(), [&411]);
        // What came of a lead is known today, and was not while it was young.
        let (first, last) = (plan.folds[0].judge[0], plan.folds.len() - 1);
        assert_eq!(openness.seen(first, None), Seen::Known);
        assert_eq!(openness.seen(first, Some(last)), Seen::Known);
        assert!(matches!(openness.seen(first + 40, Some(1)), Seen::Open(_)));
        assert!(matches!(openness.seen(450, None), Seen::Open(_)));
        assert_eq!(openness.seen(410, None), Seen::Unknown, "nobody touched it");
    }

    #[test]
    fn at_random_every_open_lead_is_scored_by_a_card_that_did_not_learn_from_it() {
        let leads = history();
        let today = Today::of(&leads, OTHERS).expect("conversions with their day");
        let config = FoldsConfig { by: Some(FoldsBy::Random), ..FoldsConfig::default() };
        let plan = make_folds(&leads, &config, &keys()).expect("folds");
        let openness = CensoringHistory::new(&today, &plan);
        let views = fold_views(&plan, &leads, OTHERS, &keys(), Some(&openness));
        let mut scored: Vec<u32> = views.iter().flat_map(|view| view.others.clone()).collect();
        scored.sort_unstable();
        assert_eq!(scored, (410..501).collect::<Vec<u32>>());
        for view in &views {
            let n_own = view.others.iter().filter(|&&lead| lead >= 412).count();
            assert_eq!(view.open.len() + n_own, 89);
            assert!(view.open.iter().all(|lead| !view.others.contains(&lead.lead)));
        }
    }

    #[test]
    fn why_open_leads_cannot_count_is_said() {
        let leads = history();
        let delays = Today::of(&leads, OTHERS).map(|today| today.delays);
        let can = |wish, leads: &LabelledLeads, delays: Option<&DelayCurve>| can_model(wish, leads, OTHERS, delays);
        assert_eq!(can(None, &leads, delays.as_ref()), Ok(()));
        assert_eq!(can(Some(Maturity::Exclude), &leads, delays.as_ref()), Err(None));
        let few = can(None, &leads, None).expect_err("too few").expect("a note");
        assert_eq!(
            few.text,
            "leads cannot count by their age (`outcome.maturity = \"model\"`): too few conversions are known with their day to \
             say how long they take (30 of all ages are needed); 89 leads left out as too young"
        );
        let timeless = LabelledLeads { delay_us: None, ..leads.clone() };
        assert_eq!(can(None, &timeless, None), Err(None), "the label stage has said that they are left out");
        assert!(can(Some(Maturity::Model), &timeless, None).expect_err("no moments").is_some());
        let mature = LabelledLeads { counts: LabelCounts::default(), ..leads };
        assert_eq!(can(None, &mature, delays.as_ref()), Err(None));
    }

    #[test]
    fn delays_that_depend_on_the_score_are_said_in_plain_words() {
        let found = DelayByScore {
            n_low: 200,
            n_high: 200,
            days: 24.6,
            low_share: 0.62,
            high_share: 0.38,
            z: 6.1,
            depends: true,
        };
        assert_eq!(
            dependence_note(&found).text,
            "leads with high scores take longer to convert than those with low ones (25 days after the hand-off 38 % of their \
             conversions have come, and 62 %): leads that are too young to say are left out, because counting them by their age \
             would favour low scores"
        );
    }

    #[test]
    fn an_open_outcome_is_drawn_once_with_its_chance() {
        let open = OpenLead { lead: 0, seen: 0.5, has_converted: false };
        // 0.5 * 0.5 / 0.75 is a third.
        let n_won = (0..3_000_u64)
            .filter(|&key| outcome_as_seen(Seen::Open(open), true, 0.0, uniform_from_key(key, 2)))
            .count();
        assert!((920..1_080).contains(&n_won), "{n_won}");
        assert!(outcome_as_seen(Seen::Known, true, -9.0, 0.9) && !outcome_as_seen(Seen::Unknown, true, -9.0, 0.9));
        assert_eq!(uniform_from_key(7, 1), uniform_from_key(7, 1));
        assert_ne!(uniform_from_key(7, 1), uniform_from_key(7, 2));
    }
}
