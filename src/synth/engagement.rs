//! What a lead did: opens, clicks, visits, webinars and downloads, before and after its hand-off.
//!
//! Events become denser towards the hand-off and go on after it, more so for leads that convert. Whoever counts those later
//! events sees the outcome before it happened.

use std::collections::BTreeSet;

use rand::Rng;
use rand_distr::{Distribution, Poisson};

use super::SynthError;
use super::calendar::US_PER_SECOND;
use super::weights::{EVENTS, N_COUNTS};
use crate::settings::US_PER_DAY;

/// Days before the hand-off in which events happen.
const DAYS_BEFORE: f64 = 90.0;
/// Days after it.
const DAYS_AFTER: f64 = 45.0;
/// Events after the hand-off per event before it: of every lead, and on top for one that converts.
const SHARE_AFTER: f64 = 0.25;
pub(super) const SHARE_AFTER_CONVERTED: f64 = 0.5;

/// Kinds of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// An e-mail was opened; machines do that too, so it is worth nothing.
    EmailOpen,
    /// A link in an e-mail was clicked.
    EmailClick,
    /// The web site was visited; the event has the pages seen.
    Visit,
    /// A webinar was attended.
    Webinar,
    /// A paper was downloaded.
    Download,
}

impl EventKind {
    /// All kinds, in order.
    pub const ALL: [Self; 5] = [Self::EmailOpen, Self::EmailClick, Self::Visit, Self::Webinar, Self::Download];

    /// The kind as the event table has it.
    pub fn text(self) -> &'static str {
        match self {
            Self::EmailOpen => "email_open",
            Self::EmailClick => "email_click",
            Self::Visit => "visit",
            Self::Webinar => "webinar",
            Self::Download => "download",
        }
    }

    /// Events in 90 days of a lead of middling interest, and how steeply they rise with interest.
    fn rate(self) -> (f64, f64) {
        match self {
            Self::EmailOpen => (4.0, 0.4),
            Self::EmailClick => (1.6, 0.7),
            Self::Visit => (2.0, 0.7),
            Self::Webinar => (0.2, 0.6),
            Self::Download => (0.5, 0.6),
        }
    }
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Position of the lead, from 0.
    pub lead: u32,
    /// Microseconds since 1970, UTC.
    pub at: i64,
    /// What happened.
    pub kind: EventKind,
    /// Pages seen, for visits.
    pub pages: Option<i64>,
}

/// What the events say at a hand-off, from events before it alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Engagement {
    /// Opens, clicks, visits, pages, webinars, downloads in the 30 days before.
    pub counts_30d: [i64; N_COUNTS],
    /// Full days since the last visit; `None` without a visit.
    pub days_since_last_visit: Option<i64>,
    /// Calendar days (UTC) with an event in the 90 days before.
    pub active_days_90d: i64,
}

impl Engagement {
    /// Counts the events of one lead up to `as_of`.
    pub fn at(as_of: i64, events: &[Event]) -> Self {
        let mut engagement = Self::default();
        let mut active_days = BTreeSet::new();
        let mut last_visit = None;
        for event in events.iter().filter(|event| event.at < as_of) {
            let age = as_of - event.at;
            if age < 30 * US_PER_DAY {
                let count_idx = match event.kind {
                    EventKind::EmailOpen => 0,
                    EventKind::EmailClick => 1,
                    EventKind::Visit => 2,
                    EventKind::Webinar => 4,
                    EventKind::Download => 5,
                };
                engagement.counts_30d[count_idx] += 1;
                engagement.counts_30d[3] += event.pages.unwrap_or(0);
            }
            if age < 90 * US_PER_DAY {
                active_days.insert(event.at.div_euclid(US_PER_DAY));
            }
            if event.kind == EventKind::Visit {
                last_visit = last_visit.max(Some(event.at));
            }
        }
        engagement.days_since_last_visit = last_visit.map(|at| (as_of - at) / US_PER_DAY);
        engagement.active_days_90d = active_days.len() as i64;
        engagement
    }

    /// Sum of the true weights: `weight * ln(1 + count)` over the counts.
    pub(super) fn weight(&self) -> f64 {
        self.counts_30d.iter().zip(&EVENTS).map(|(count, criterion)| criterion.weight * (*count as f64).ln_1p()).sum()
    }
}

/// Events around a hand-off, as if the lead did not convert: no earlier than `not_before`.
pub(super) fn draw_around(
    lead: u32,
    hand_off: i64,
    interest: f64,
    not_before: i64,
    rng: &mut impl Rng,
) -> Result<Vec<Event>, SynthError> {
    let mut events = Vec::new();
    for kind in EventKind::ALL {
        for _ in 0..draw_number(kind, interest, 1.0, rng)? {
            // The power makes events denser towards the hand-off: 52 % of them lie in the last 30 of 90 days.
            let days = DAYS_BEFORE * rng.random::<f64>().powf(1.7);
            let event = draw_one(lead, hand_off - (days * US_PER_DAY as f64) as i64, kind, rng);
            if event.at >= not_before && event.at < hand_off {
                events.push(event);
            }
        }
    }
    events.extend(draw_after(lead, hand_off, interest, SHARE_AFTER, rng)?);
    Ok(events)
}

/// What a lead does after its hand-off: so much of its usual events, [`SHARE_AFTER_CONVERTED`] on top where it converts.
pub(super) fn draw_after(
    lead: u32,
    hand_off: i64,
    interest: f64,
    share: f64,
    rng: &mut impl Rng,
) -> Result<Vec<Event>, SynthError> {
    let mut events = Vec::new();
    for kind in EventKind::ALL {
        for _ in 0..draw_number(kind, interest, share, rng)? {
            let days = DAYS_AFTER * rng.random::<f64>();
            events.push(draw_one(lead, hand_off + (days * US_PER_DAY as f64) as i64, kind, rng));
        }
    }
    Ok(events)
}

fn draw_number(kind: EventKind, interest: f64, share: f64, rng: &mut impl Rng) -> Result<u32, SynthError> {
    let (rate, steepness) = kind.rate();
    // Interest beyond 3 happens once in 700 leads; held there, nobody clicks hundreds of times.
    let mean = share * rate * (steepness * interest.min(3.0)).exp();
    let number = Poisson::new(mean).map_err(SynthError::fault("cannot draw events"))?;
    Ok(number.sample(rng) as u32)
}

/// An event within the minute of `around`, never on the whole minute.
fn draw_one(lead: u32, around: i64, kind: EventKind, rng: &mut impl Rng) -> Event {
    let minute = around.div_euclid(60 * US_PER_SECOND) * 60 * US_PER_SECOND;
    let at = minute + rng.random_range(1..60) * US_PER_SECOND;
    // One page at least, four on average: the logarithm of a uniform number is exponential.
    let pages = (kind == EventKind::Visit).then(|| 1 + (-3.0 * (1.0 - rng.random::<f64>()).ln()).round() as i64);
    Event { lead, at, kind, pages }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn event(days_before: i64, kind: EventKind, pages: Option<i64>) -> Event {
        Event { lead: 0, at: (1000 - days_before) * US_PER_DAY + 1, kind, pages }
    }

    #[test]
    fn only_what_happened_before_the_hand_off_is_counted() {
        let events = [
            event(2, EventKind::EmailClick, None),
            event(5, EventKind::Visit, Some(4)),
            event(29, EventKind::Visit, Some(3)),
            event(31, EventKind::Visit, Some(50)),
            event(95, EventKind::Download, None),
            event(-1, EventKind::Webinar, None),
            event(-1, EventKind::Visit, Some(9)),
        ];
        let engagement = Engagement::at(1000 * US_PER_DAY, &events);
        assert_eq!(engagement.counts_30d, [0, 1, 2, 7, 0, 0]);
        assert_eq!(engagement.days_since_last_visit, Some(4)); // one microsecond short of five days
        assert_eq!(engagement.active_days_90d, 4);
    }

    #[test]
    fn nobody_who_did_nothing_has_a_last_visit() {
        assert_eq!(Engagement::at(0, &[]), Engagement::default());
        assert_eq!(Engagement::default().weight(), 0.0);
    }

    #[test]
    fn events_lie_on_both_sides_of_the_hand_off_and_never_on_a_whole_minute() {
        let (hand_off, mut rng) = (1000 * US_PER_DAY, ChaCha8Rng::seed_from_u64(3));
        let events = draw_around(0, hand_off, 2.0, 950 * US_PER_DAY, &mut rng).expect("drawn");
        assert!(events.iter().any(|event| event.at < hand_off) && events.iter().any(|event| event.at > hand_off));
        assert!(events.iter().all(|event| event.at % (60 * US_PER_SECOND) != 0 && event.at >= 950 * US_PER_DAY));
        assert!(events.iter().all(|event| event.pages.is_some() == (event.kind == EventKind::Visit)));
    }
}
