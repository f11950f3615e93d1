//! Right-censored leads: which were too young to say at a moment, what was known of them then, and whether they can take part in
//! the fit at all (`maturity = "model"`).
//!
//! Positions: labelled leads first, behind them the untouched and then the right-censored ones whose criteria are known
//! ([`Unlabelled`]).
//!
//! Always true: every estimate for a moment uses only what was known at that moment; there is no look-ahead.

use crate::cross_fit::folds::FoldPlan;
use crate::data::dataset::Unlabelled;
use crate::data::labels::{LabelledLeads, NO_CONVERSION};
use crate::math::logistic;
use crate::model::censoring::{CensoredLead, DelayComparison, DelayCurve, MIN_CONVERSIONS, SeenConversion, Timeline};
use crate::notes::{Note, count, counted};
use crate::settings::{Maturity, US_PER_DAY};

/// What was known of a lead's outcome at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OutcomeStatus {
    /// The outcome itself.
    Observed,
    /// Its age, and whether it had converted.
    Censored(CensoredLead),
    /// Nothing that could be used: too few conversions were known to say how long they take, or nobody touched the lead.
    Unusable,
}

/// When leads were handed off and converted, by position, and what that told at each moment that matters.
#[derive(Debug, Clone, PartialEq)]
pub struct CensoringHistory {
    as_of: Vec<i64>,
    delay_us: Vec<i64>,
    /// Microseconds after the hand-off in which a conversion counts.
    pub horizon_us: i64,
    observed_until_us: i64,
    n_labelled: usize,
    unlabelled: Unlabelled,
    /// What is known today of how long conversions take.
    pub delays: DelayCurve,
    /// Leads that are right-censored today.
    pub open: Vec<CensoredLead>,
    /// Start of each period, and what was known then of how long conversions take; empty unless folds are periods.
    periods: Vec<(i64, Option<DelayCurve>)>,
}

impl CensoringHistory {
    /// `None` where nobody says when leads convert, there is no horizon, or too few have converted to say how long that takes.
    pub fn of(leads: &LabelledLeads, unlabelled: Unlabelled, plan: &FoldPlan) -> Option<Self> {
        let (horizon_us, observed_until_us) = (leads.horizon_us()?, leads.observed_until_us?);
        let (as_of, delay_us) = (leads.as_of.as_ref()?, leads.delay_us.as_ref()?);
        let untouched = leads.untouched.as_of.iter().take(unlabelled.n_untouched);
        // Right-censored leads always tell of delays; their criteria are there only if they take part in the fit.
        let as_of: Vec<i64> = as_of.iter().chain(untouched).chain(&leads.open.as_of).copied().collect();
        let delay_us: Vec<i64> = (delay_us.iter().copied())
            .chain(std::iter::repeat_n(NO_CONVERSION, unlabelled.n_untouched))
            .chain(leads.open.delay_us.iter().copied())
            .collect();
        let n_labelled = leads.n_leads();
        let is_touched = |lead: usize| !(n_labelled..n_labelled + unlabelled.n_untouched).contains(&lead);
        let timeline = Timeline { as_of: &as_of, delay_us: &delay_us, horizon_us };
        let delays_at = |moment: i64| DelayCurve::estimate(&timeline.seen_at(moment, is_touched));
        let delays = delays_at(observed_until_us)?;
        let first_open = n_labelled + unlabelled.n_untouched;
        let open = (first_open..as_of.len()).map(|lead| timeline.as_seen(lead, observed_until_us, &delays)).collect();
        let periods =
            plan.folds.iter().filter_map(|fold| fold.begins_us).map(|start| (start, delays_at(start))).collect();
        Some(Self { as_of, delay_us, horizon_us, observed_until_us, n_labelled, unlabelled, delays, open, periods })
    }

    fn timeline(&self) -> Timeline<'_> {
        Timeline { as_of: &self.as_of, delay_us: &self.delay_us, horizon_us: self.horizon_us }
    }

    fn is_untouched(&self, lead: usize) -> bool {
        (self.n_labelled..self.n_labelled + self.unlabelled.n_untouched).contains(&lead)
    }

    /// Conversions seen today, of leads whose criteria are known: position and delay.
    pub fn conversions_today(&self) -> Vec<(u32, SeenConversion)> {
        let with_criteria = self.n_labelled + self.unlabelled.n_untouched + self.unlabelled.n_open;
        let conversion = |lead: usize| {
            let limit_us = self.horizon_us.min(self.observed_until_us - self.as_of[lead]);
            let delay_us = self.delay_us[lead];
            (delay_us <= limit_us).then_some((lead as u32, SeenConversion { delay_us, limit_us }))
        };
        (0..with_criteria).filter_map(conversion).collect()
    }

    /// A lead as known when a period began; as known today without one.
    pub fn status(&self, lead: u32, period: Option<usize>) -> OutcomeStatus {
        let at = lead as usize;
        let (moment, delays) = match period.and_then(|period| self.periods.get(period)) {
            Some((start, delays)) => (*start, delays.as_ref()),
            None if at < self.n_labelled => return OutcomeStatus::Observed,
            None => (self.observed_until_us, Some(&self.delays)),
        };
        if self.is_untouched(at) {
            return OutcomeStatus::Unusable;
        }
        // Right-censored today is who was found too young, whatever the clock says of the last moment.
        if at < self.n_labelled && !self.timeline().is_censored(at, moment) {
            return OutcomeStatus::Observed;
        }
        let as_seen = |delays| OutcomeStatus::Censored(self.timeline().as_seen(at, moment, delays));
        delays.map_or(OutcomeStatus::Unusable, as_seen)
    }

    /// Right-censored leads that a fold's card may learn from.
    fn censored_at_origin(&self, plan: &FoldPlan, fold: usize) -> Vec<CensoredLead> {
        match self.periods.get(fold) {
            Some((start, Some(delays))) => self.timeline().censored_at(*start, delays, |lead| lead < self.n_labelled),
            Some((_, None)) => Vec::new(),
            None if plan.is_by_time => Vec::new(),
            None => self.open.clone(),
        }
    }
}

/// Conversions of the leads that were right-censored when the last periods began: how many were there already, and how many the
/// delays known then had expected.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DelayTiming {
    /// Those that came in the end.
    pub n_conversions: usize,
    /// Those that were there already.
    pub n_seen: usize,
    /// Those expected to be.
    pub expected_seen: f64,
    /// Variance of that number.
    variance: f64,
}

/// Periods that tell whether delays have changed lately.
const LAST_PERIODS: usize = 2;

/// Standard errors beyond which chance is no explanation: one run in a hundred.
const BEYOND_CHANCE: f64 = 2.58;

/// A promise of young leads that is off by less is as good as most.
const OFF_BY: f64 = 0.1;

impl DelayTiming {
    /// Conversions still to come for each one expected.
    pub fn to_come(&self) -> f64 {
        (self.n_conversions - self.n_seen) as f64 / (self.n_conversions as f64 - self.expected_seen)
    }

    /// Whether conversions came so much faster or slower than before, beyond chance, that young leads would be misjudged.
    pub fn has_changed(&self) -> bool {
        let off = self.n_seen as f64 - self.expected_seen;
        off.abs() > BEYOND_CHANCE * self.variance.sqrt() && (self.to_come() - 1.0).abs() > OFF_BY
    }

    /// Says that delays have changed, and what follows.
    pub fn note(&self) -> Note {
        let word = if self.to_come() < 1.0 { "faster" } else { "slower" };
        let text = format!(
            "leads convert {word} than they did: of the {} conversions of leads too young to say when the last periods began, {:.0} \
             should have come by then and {} had; so leads too young to say today are left out",
            count(self.n_conversions as u64),
            self.expected_seen,
            count(self.n_seen as u64)
        );
        Note::new("maturity", text)
    }
}

impl CensoringHistory {
    /// How the delays known at the beginning of the last periods did; no outcome beyond those of labelled leads is looked at.
    ///
    /// - `converted`: one entry per labelled lead.
    pub fn delay_timing(&self, converted: &[bool]) -> DelayTiming {
        let mut timing = DelayTiming::default();
        let known = self.periods.iter().rev().filter_map(|(start, delays)| Some((*start, delays.as_ref()?)));
        for (start, delays) in known.take(LAST_PERIODS) {
            let young = self.timeline().censored_at(start, delays, |lead| lead < self.n_labelled);
            for lead in young.into_iter().filter(|lead| converted[lead.lead as usize]) {
                timing.n_conversions += 1;
                timing.n_seen += usize::from(lead.has_converted);
                timing.expected_seen += lead.seen;
                timing.variance += lead.seen * (1.0 - lead.seen);
            }
        }
        timing
    }
}

/// Gives every fold the unlabelled leads it scores, and the right-censored ones it may learn from: by time, it scores those handed
/// off during its period (the last one takes all that follow); otherwise each is dealt to one fold, whose card does not learn
/// from it.
pub fn deal_unlabelled(
    plan: &mut FoldPlan,
    leads: &LabelledLeads,
    unlabelled: Unlabelled,
    keys: &[u64],
    history: Option<&CensoringHistory>,
) {
    let n_labelled = leads.n_leads() as u32;
    let dealt = fold_of_each(plan, leads, unlabelled, keys);
    for at in 0..plan.folds.len() {
        let own = (n_labelled..).zip(&dealt).filter(|(_, to)| **to == Some(at)).map(|(lead, _)| lead);
        let unlabelled: Vec<u32> = own.collect();
        let mut censored = history.map_or_else(Vec::new, |history| history.censored_at_origin(plan, at));
        censored.retain(|lead| unlabelled.binary_search(&lead.lead).is_err());
        let fold = &mut plan.folds[at];
        (fold.unlabelled, fold.censored) = (unlabelled, censored);
    }
}

/// The fold of each unlabelled lead; `None` for one that no fold can score without knowing what came later.
fn fold_of_each(plan: &FoldPlan, leads: &LabelledLeads, unlabelled: Unlabelled, keys: &[u64]) -> Vec<Option<usize>> {
    let n_folds = plan.folds.len() as u64;
    let parts = [(&leads.untouched, unlabelled.n_untouched), (&leads.open, unlabelled.n_open)];
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
    unlabelled: Unlabelled,
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
        _ if unlabelled.n_open == 0 => "their criteria are not known".to_owned(),
        _ => return Ok(()),
    };
    let left_out = match n_immature {
        0 => String::new(),
        n => format!("; {} left out as too young", counted(n as u64, "lead")),
    };
    let text = format!("leads cannot count by their age (`outcome.maturity = \"model\"`): {why}{left_out}");
    Err(Some(Note::new("maturity", text)))
}

/// Says that delays depend on the score, and what follows.
pub fn dependence_note(found: &DelayComparison) -> Note {
    let (slow, fast) = if found.low_share < found.high_share { ("low", "high") } else { ("high", "low") };
    let per_cent = |share: f64| format!("{:.0} %", share * 100.0);
    let (less, more) = (found.low_share.min(found.high_share), found.low_share.max(found.high_share));
    let text = format!(
        "leads with {slow} scores take longer to convert than those with {fast} ones ({} days after the hand-off {} of their \
         conversions have come, and {}): leads that are too young to say are left out, because counting them by their age would \
         favour {fast} scores",
        (found.half_seen_us as f64 / US_PER_DAY as f64).round(),
        per_cent(less),
        per_cent(more)
    );
    Note::new("maturity", text)
}

/// Says how many open leads took part, and for how much.
pub fn open_note(open: &[CensoredLead]) -> Note {
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

/// Chance of an outcome that was open, drawn once per lead: a number in `0.0..1.0` from its key.
pub fn uniform_from_key(key: u64, period: usize) -> f64 {
    (crate::data::labels::keys::mix(key ^ (period as u64 + 1)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Outcome of a held-out lead as known when a period began: as it was observed, or drawn with the chance it then had.
pub fn outcome_as_known(status: OutcomeStatus, converted: bool, log_odds: f64, draw: f64) -> bool {
    match status {
        OutcomeStatus::Observed => converted,
        OutcomeStatus::Censored(lead) => draw < lead.expected(logistic(log_odds)),
        OutcomeStatus::Unusable => draw < logistic(log_odds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cross_fit::folds::make_folds;
    use crate::data::labels::{LabelCounts, OtherLeads};
    use crate::settings::{FoldBasis, FoldRules};

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

    const UNLABELLED: Unlabelled = Unlabelled { n_untouched: 2, n_open: 89, n_volume_only: 0 };

    fn keys() -> Vec<u64> {
        (0..501).map(crate::data::labels::keys::mix).collect()
    }

    fn dealt(leads: &LabelledLeads, rules: &FoldRules) -> (FoldPlan, CensoringHistory) {
        let mut plan = make_folds(leads, rules, &keys()).expect("folds");
        let history = CensoringHistory::of(leads, UNLABELLED, &plan).expect("conversions with their day");
        deal_unlabelled(&mut plan, leads, UNLABELLED, &keys(), Some(&history));
        (plan, history)
    }

    #[test]
    fn a_period_knows_what_was_known_when_it_began() {
        let leads = history();
        let (plan, history) = dealt(&leads, &FoldRules::default());
        for (at, fold) in plan.folds.iter().enumerate() {
            let start = fold.begins_us.expect("a period") / US_PER_DAY;
            // Every lead handed off before the start is fitted on, known or open, and none is both.
            assert_eq!((fold.fit.len() + fold.censored.len()) as i64, start, "{}", fold.name);
            for lead in &fold.censored {
                let age = start - i64::from(lead.lead);
                assert!((1..90).contains(&age) && fold.fit.binary_search(&lead.lead).is_err());
                assert_eq!(lead.has_converted, lead.lead % 3 == 0 && age >= 10, "{}", fold.name);
                assert_eq!(lead.seen, if age >= 10 { 1.0 } else { 0.0 });
            }
            let n_others = if at + 1 == plan.folds.len() { 89 } else { 0 };
            let untouched = fold.unlabelled.iter().filter(|&&lead| lead < 412).count();
            assert_eq!(fold.unlabelled.len() - untouched, n_others, "{}", fold.name);
        }
        // The untouched lead of day 20 came before the first period, the one of day 300 in one of them.
        assert_eq!(
            plan.folds.iter().flat_map(|fold| &fold.unlabelled).filter(|&&lead| lead < 412).collect::<Vec<_>>(),
            [&411]
        );
        // What came of a lead is known today, and was not while it was young.
        let (first, last) = (plan.folds[0].judge[0], plan.folds.len() - 1);
        assert_eq!(history.status(first, None), OutcomeStatus::Observed);
        assert_eq!(history.status(first, Some(last)), OutcomeStatus::Observed);
        assert!(matches!(history.status(first + 40, Some(1)), OutcomeStatus::Censored(_)));
        assert!(matches!(history.status(450, None), OutcomeStatus::Censored(_)));
        assert_eq!(history.status(410, None), OutcomeStatus::Unusable, "nobody touched it");
    }

    #[test]
    fn at_random_every_open_lead_is_scored_by_a_card_that_did_not_learn_from_it() {
        let leads = history();
        let (plan, _) = dealt(&leads, &FoldRules { by: Some(FoldBasis::Random), ..FoldRules::default() });
        let mut scored: Vec<u32> = plan.folds.iter().flat_map(|fold| fold.unlabelled.clone()).collect();
        scored.sort_unstable();
        assert_eq!(scored, (410..501).collect::<Vec<u32>>());
        for fold in &plan.folds {
            let n_own = fold.unlabelled.iter().filter(|&&lead| lead >= 412).count();
            assert_eq!(fold.censored.len() + n_own, 89);
            assert!(fold.censored.iter().all(|lead| !fold.unlabelled.contains(&lead.lead)));
        }
    }

    #[test]
    fn conversions_that_come_faster_than_before_are_noticed() {
        let steady = dealt(&history(), &FoldRules::default()).1.delay_timing(&history().converted);
        assert!(!steady.has_changed() && steady.n_seen > 20, "{steady:?}");
        // Anything from 5 to 60 days in the first half, 5 days in the second.
        let days = |lead: i64| if lead < 200 { lead / 3 % 12 * 5 + 5 } else { 5 };
        let mut leads = history();
        let delays = leads.delay_us.iter_mut().flatten().zip(0..).filter(|(delay, _)| **delay != NO_CONVERSION);
        delays.for_each(|(delay, lead)| *delay = days(lead) * US_PER_DAY);
        let timing = dealt(&leads, &FoldRules::default()).1.delay_timing(&leads.converted);
        assert!(timing.has_changed() && timing.to_come() < 0.9, "{timing:?}");
        assert!(timing.note().text.starts_with("leads convert faster than they did"), "{}", timing.note().text);
    }

    #[test]
    fn why_open_leads_cannot_count_is_said() {
        let leads = history();
        let delays = Some(dealt(&leads, &FoldRules::default()).1.delays);
        let can = |wish, leads: &LabelledLeads, delays: Option<&DelayCurve>| can_model(wish, leads, UNLABELLED, delays);
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
        let half_seen_us = (24.6 * US_PER_DAY as f64) as i64;
        let found =
            DelayComparison { n_low: 200, n_high: 200, half_seen_us, low_share: 0.62, high_share: 0.38, z: 6.1 };
        assert_eq!(
            dependence_note(&found).text,
            "leads with high scores take longer to convert than those with low ones (25 days after the hand-off 38 % of their \
             conversions have come, and 62 %): leads that are too young to say are left out, because counting them by their age \
             would favour low scores"
        );
    }

    #[test]
    fn an_open_outcome_is_drawn_once_with_its_chance() {
        let open = CensoredLead { lead: 0, seen: 0.5, has_converted: false };
        // 0.5 * 0.5 / 0.75 is a third.
        let n_won = (0..3_000_u64)
            .filter(|&key| outcome_as_known(OutcomeStatus::Censored(open), true, 0.0, uniform_from_key(key, 2)))
            .count();
        assert!((920..1_080).contains(&n_won), "{n_won}");
        assert!(
            outcome_as_known(OutcomeStatus::Observed, true, -9.0, 0.9)
                && !outcome_as_known(OutcomeStatus::Unusable, true, -9.0, 0.9)
        );
        assert_eq!(uniform_from_key(7, 1), uniform_from_key(7, 1));
        assert_ne!(uniform_from_key(7, 1), uniform_from_key(7, 2));
    }
}
