//! Months, working hours and microseconds: when leads are handed off.
//!
//! Hand-offs fall on whole minutes of working days and events never do, so that no event lies exactly on a hand-off or on the
//! edge of a window before it: every reader of the events counts the same, whether it takes `<` or `<=`.

use jiff::civil::Date;
use rand::Rng;

use crate::settings::US_PER_DAY;

/// Year of the first month, which is July.
pub const START_YEAR: i16 = 2024;
const START_MONTH: i8 = 7;

/// Microseconds in a second.
pub(super) const US_PER_SECOND: i64 = 1_000_000;

/// Leads per calendar month, January first, as a multiple of a usual month: a slow August and December.
const VOLUME_BY_MONTH: [f64; 12] = [1.05, 1.0, 1.1, 1.0, 1.0, 0.95, 0.9, 0.75, 1.1, 1.15, 1.1, 0.8];
/// Growth of the volume per month, as a share of the first month's.
const VOLUME_GROWTH: f64 = 0.012;

/// The months a set covers.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    /// Days since 1970 of the first day of each month, and of the day after the last one.
    first_days: Vec<i64>,
    /// Sum of volumes up to and with each month.
    cumulative_volume: Vec<f64>,
}

impl Calendar {
    pub(super) fn new(n_months: u32) -> Self {
        let epoch = Date::constant(1970, 1, 1);
        let first_days = (0..=n_months).map(|month| days_between(epoch, first_of(month))).collect();
        let cumulative_volume = (0..n_months)
            .scan(0.0, |sum, month| {
                *sum += VOLUME_BY_MONTH[calendar_month(month)] * (1.0 + VOLUME_GROWTH * f64::from(month));
                Some(*sum)
            })
            .collect();
        Self { first_days, cumulative_volume }
    }

    /// The first moment, in microseconds since 1970.
    pub(super) fn start(&self) -> i64 {
        self.first_days.first().map_or(0, |day| day * US_PER_DAY)
    }

    /// The first moment that is no longer known, in microseconds since 1970.
    pub(super) fn end(&self) -> i64 {
        self.first_days.last().map_or(0, |day| day * US_PER_DAY)
    }

    /// The last day the outcomes are known for.
    pub(super) fn last_day(&self) -> Date {
        let n_months = self.cumulative_volume.len() as u32;
        first_of(n_months).yesterday().unwrap_or(Date::constant(START_YEAR, START_MONTH, 1))
    }

    /// A whole minute between 8:00 and 18:00 of a working day, months weighted by their volume.
    pub(super) fn draw_hand_off(&self, rng: &mut impl Rng) -> i64 {
        let all = self.cumulative_volume.last().copied().unwrap_or(0.0);
        let at = rng.random::<f64>() * all;
        let month = self.cumulative_volume.partition_point(|sum| *sum <= at).min(self.cumulative_volume.len() - 1);
        loop {
            let day = rng.random_range(self.first_days[month]..self.first_days[month + 1]);
            if is_working_day(day) {
                return day * US_PER_DAY + rng.random_range(8 * 60..18 * 60) * 60 * US_PER_SECOND;
            }
        }
    }

    /// The nearest whole working minute at or after a moment's day.
    pub(super) fn on_a_working_day(moment: i64, rng: &mut impl Rng) -> i64 {
        let mut day = moment.div_euclid(US_PER_DAY);
        while !is_working_day(day) {
            day += 1;
        }
        day * US_PER_DAY + rng.random_range(8 * 60..18 * 60) * 60 * US_PER_SECOND
    }

    /// Calendar month of a moment, January is 0.
    pub(super) fn calendar_month_of(&self, moment: i64) -> usize {
        let day = moment.div_euclid(US_PER_DAY);
        let month = self.first_days.partition_point(|first| *first <= day).saturating_sub(1);
        calendar_month(month as u32)
    }

    /// How far into the period a moment lies: 0 on the first day, 1 at the end.
    pub(super) fn share_of_period(&self, moment: i64) -> f64 {
        (moment - self.start()) as f64 / (self.end() - self.start()) as f64
    }
}

/// 1970-01-01 was a Thursday.
fn is_working_day(day: i64) -> bool {
    (day + 3).rem_euclid(7) < 5
}

fn calendar_month(month: u32) -> usize {
    (START_MONTH as usize - 1 + month as usize) % 12
}

fn first_of(month: u32) -> Date {
    let months = START_MONTH as i64 - 1 + i64::from(month);
    let (year, month) = (i64::from(START_YEAR) + months / 12, months % 12 + 1);
    Date::new(year as i16, month as i8, 1).unwrap_or(Date::constant(START_YEAR, START_MONTH, 1))
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn two_years_run_from_july_2024_to_june_2026() {
        let calendar = Calendar::new(24);
        assert_eq!(calendar.start(), 1_719_792_000 * US_PER_SECOND); // 2024-07-01T00:00:00Z
        assert_eq!(calendar.end(), 1_782_864_000 * US_PER_SECOND); // 2026-07-01T00:00:00Z
        assert_eq!(calendar.last_day().to_string(), "2026-06-30");
        assert_eq!(calendar.calendar_month_of(calendar.start()), 6);
        assert_eq!(calendar.calendar_month_of(calendar.end() - 1), 5);
    }

    #[test]
    fn hand_offs_are_whole_minutes_of_working_days() {
        let (calendar, mut rng) = (Calendar::new(5), ChaCha8Rng::seed_from_u64(1));
        for _ in 0..500 {
            let moment = calendar.draw_hand_off(&mut rng);
            assert!((calendar.start()..calendar.end()).contains(&moment));
            assert_eq!(moment % (60 * US_PER_SECOND), 0);
            let weekday = (moment / US_PER_DAY + 3) % 7;
            assert!(weekday < 5, "{weekday}");
        }
    }
}
