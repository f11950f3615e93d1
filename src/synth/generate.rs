//! Leads one by one, each from its own stream of random numbers, then the intercept, then what became of them.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::answers::draw_interest;
use super::calendar::Calendar;
use super::engagement::{SHARE_AFTER_CONVERTED, draw_after, draw_around};
use super::intercept::{Weighed, solve};
use super::outcomes::{CONVERTS_ANYWAY, Conversion, Touched, chance_of_touch, untouched};
use super::weights::SEASON;
use super::{Answers, Disposition, Engagement, Event, HORIZON_DAYS, Outcome, SynthError, SynthParams, Truth};
use crate::math::logistic;
use crate::settings::US_PER_DAY;

/// Share of leads that are recycled and come back, unless they convert or are never touched.
const SHARE_COMING_BACK: f64 = 0.06;
/// Rise of interest until they come back.
const INTEREST_GAINED: f64 = 0.6;

/// Numbers of the streams of random numbers: of the hand-off times, and of the first lead's answers and outcome.
const MOMENTS: u64 = 0;
const ANSWERS: u64 = 1 << 32;
const OUTCOMES: u64 = 2 << 32;

/// Leads, their outcomes, what they did, and the truth behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct SynthSet {
    /// The wishes it was made from.
    pub params: SynthParams,
    /// What every answer was worth.
    pub truth: Truth,
    /// All hand-offs, by time; a lead that came back has two.
    pub hand_offs: Vec<HandOff>,
    /// One per lead, in the order of the leads.
    pub outcomes: Vec<Outcome>,
    /// All events up to the last day, by time.
    pub events: Vec<Event>,
}

/// A lead at the moment it was handed to sales.
#[derive(Debug, Clone, PartialEq)]
pub struct HandOff {
    /// Position of the lead, from 0.
    pub lead: u32,
    /// Microseconds since 1970, UTC.
    pub at: i64,
    /// What it answered.
    pub answers: Answers,
    /// What its events said at that moment.
    pub engagement: Engagement,
    /// True chance to convert within 90 days if touched.
    pub true_probability: f64,
    /// Whether it converted within 90 days; `None` for leads never touched and for those whose 90 days are not over.
    pub won: Option<bool>,
}

/// Makes leads.
///
/// # Errors
/// [`SynthError`] for a wish that cannot be met.
pub fn generate(params: &SynthParams) -> Result<SynthSet, SynthError> {
    params.check()?;
    let calendar = Calendar::new(params.n_months);
    let drafts = draw_drafts(params, &calendar)?;
    let looks = Looks::of(&drafts);
    let is_mature = |moment: i64| moment + HORIZON_DAYS * US_PER_DAY <= calendar.end();
    let weighed: Vec<Weighed> = drafts
        .iter()
        .filter(|draft| is_mature(draft.first.at))
        .map(|draft| Weighed {
            weight: draft.first.weight,
            touched: chance_of_touch(looks.of_weight(draft.first.weight)),
            again: draft.again.as_ref().filter(|again| is_mature(again.at)).map(|again| again.weight),
        })
        .collect();
    let intercept = solve(&weighed, params.rate);
    let mut set = SynthSet {
        params: params.clone(),
        truth: Truth::new(params, &calendar, intercept),
        hand_offs: Vec::with_capacity(drafts.len()),
        outcomes: Vec::with_capacity(drafts.len()),
        events: Vec::new(),
    };
    let fates = Fates { seed: params.seed, intercept, looks, end: calendar.end(), opinion: params.opinion };
    for draft in drafts {
        fates.decide(draft, &mut set)?;
    }
    set.hand_offs.sort_by_key(|hand_off| (hand_off.at, hand_off.lead));
    set.events.retain(|event| event.at < calendar.end());
    set.events.sort_by_key(|event| (event.at, event.lead, event.kind));
    Ok(set)
}

/// A lead before its outcome.
struct Draft {
    lead: u32,
    first: DraftHandOff,
    /// The second hand-off, if the first does not convert.
    again: Option<DraftHandOff>,
}

struct DraftHandOff {
    at: i64,
    interest: f64,
    answers: Answers,
    engagement: Engagement,
    events: Vec<Event>,
    /// Sum of the true weights, season and drift included.
    weight: f64,
}

fn draw_drafts(params: &SynthParams, calendar: &Calendar) -> Result<Vec<Draft>, SynthError> {
    let mut rng = stream(params.seed, MOMENTS);
    let mut moments: Vec<i64> = (0..params.n_leads).map(|_| calendar.draw_hand_off(&mut rng)).collect();
    moments.sort_unstable();
    (0u32..).zip(moments).map(|(lead, at)| draw_draft(params, calendar, lead, at)).collect()
}

fn draw_draft(params: &SynthParams, calendar: &Calendar, lead: u32, at: i64) -> Result<Draft, SynthError> {
    let mut rng = stream(params.seed, ANSWERS + u64::from(lead));
    let log_odds_of_time = |moment: i64| {
        SEASON[calendar.calendar_month_of(moment)] + params.drift * (calendar.share_of_period(moment) - 0.5)
    };
    let hand_off = |at: i64, interest: f64, answers: Answers, events: Vec<Event>, earlier: &[Event]| {
        let engagement = Engagement::at(at, &[earlier, &events[..]].concat());
        let weight = answers.weight() + engagement.weight() + log_odds_of_time(at);
        DraftHandOff { at, interest, answers, engagement, events, weight }
    };
    let interest = draw_interest(&mut rng);
    let answers = Answers::draw(interest, &mut rng)?;
    let events = draw_around(lead, at, interest, i64::MIN, &mut rng)?;
    let first = hand_off(at, interest, answers, events, &[]);
    let mut again = None;
    if rng.random::<f64>() < SHARE_COMING_BACK {
        let later = at + rng.random_range(30..150) * US_PER_DAY;
        let later = Calendar::on_a_working_day(later, &mut rng);
        if later < calendar.end() {
            let interest = interest + INTEREST_GAINED;
            let answers = first.answers.draw_again(interest, &mut rng);
            let events = draw_around(lead, later, interest, at, &mut rng)?;
            again = Some(hand_off(later, interest, answers, events, &first.events));
        }
    }
    Ok(Draft { lead, first, again })
}

/// How good leads look to sales: their weights, brought to mean 0 and spread 1.
#[derive(Debug, Clone, Copy)]
struct Looks {
    mean: f64,
    spread: f64,
}

impl Looks {
    fn of(drafts: &[Draft]) -> Self {
        let n_leads = drafts.len() as f64;
        let mean = drafts.iter().map(|draft| draft.first.weight).sum::<f64>() / n_leads;
        let variance = drafts.iter().map(|draft| (draft.first.weight - mean).powi(2)).sum::<f64>() / n_leads;
        Self { mean, spread: variance.sqrt() }
    }

    fn of_weight(self, weight: f64) -> f64 {
        (weight - self.mean) / self.spread
    }
}

/// Decides what becomes of each lead.
struct Fates {
    seed: u64,
    intercept: f64,
    looks: Looks,
    end: i64,
    opinion: bool,
}

impl Fates {
    fn decide(&self, draft: Draft, set: &mut SynthSet) -> Result<(), SynthError> {
        let Draft { lead, first, again } = draft;
        let mut rng = stream(self.seed, OUTCOMES + u64::from(lead));
        if rng.random::<f64>() >= chance_of_touch(self.looks.of_weight(first.weight)) {
            set.outcomes.push(untouched(lead, first.at));
            self.keep(lead, first, None, set);
            return Ok(());
        }
        let conversion = Conversion::draw(self.probability(&first), again.is_none(), &mut rng)?;
        match again.filter(|_| conversion == Conversion::Never) {
            Some(again) => {
                self.keep(lead, first, Some(conversion), set);
                let conversion = Conversion::draw(self.probability(&again), true, &mut rng)?;
                self.conclude(lead, again, conversion, &mut rng, set)
            }
            None => self.conclude(lead, first, conversion, &mut rng, set),
        }
    }

    /// Outcome and events of the last hand-off of a lead.
    fn conclude(
        &self,
        lead: u32,
        hand_off: DraftHandOff,
        conversion: Conversion,
        rng: &mut ChaCha8Rng,
        set: &mut SynthSet,
    ) -> Result<(), SynthError> {
        let looks = self.looks.of_weight(hand_off.weight);
        let touched = Touched { lead, handed_off_at: hand_off.at, answers: &hand_off.answers, looks, end: self.end };
        let decision = self.opinion.then(|| touched.decide(rng));
        // Without the work of sales most of what would have converted does not.
        let is_left =
            decision.is_some_and(|did| did != Disposition::Accepted) && rng.random::<f64>() >= CONVERTS_ANYWAY;
        let conversion = if is_left { Conversion::Never } else { conversion };
        set.outcomes.push(touched.outcome(conversion, decision, rng)?);
        if conversion != Conversion::Never {
            set.events.extend(draw_after(lead, hand_off.at, hand_off.interest, SHARE_AFTER_CONVERTED, rng)?);
        }
        self.keep(lead, hand_off, Some(conversion), set);
        Ok(())
    }

    fn keep(&self, lead: u32, hand_off: DraftHandOff, conversion: Option<Conversion>, set: &mut SynthSet) {
        let is_mature = hand_off.at + HORIZON_DAYS * US_PER_DAY <= self.end;
        let true_probability = self.probability(&hand_off);
        let won = conversion.filter(|_| is_mature).map(Conversion::counts);
        let DraftHandOff { at, answers, engagement, events, .. } = hand_off;
        set.events.extend(events);
        set.hand_offs.push(HandOff { lead, at, answers, engagement, true_probability, won });
    }

    fn probability(&self, hand_off: &DraftHandOff) -> f64 {
        logistic(self.intercept + hand_off.weight)
    }
}

/// A stream of random numbers of its own, so that one lead's draws never move another's.
pub(super) fn stream(seed: u64, number: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    rng
}
