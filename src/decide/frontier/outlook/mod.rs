//! Outlook: how many leads the months ahead bring, of which scores, and how far their conversion lies from the history's.
//!
//! In: a [`Histogram`]. Out: an [`Outlook`].
//!
//! How many: all leads handed off count, judged or not, so that the count reaches up to today. Which scores: those that the card
//! that ships gives to the leads of the last months, at least two. How well they convert: the wins of every judged month beside
//! those that the curve expects, carried on to the months ahead.
//!
//! Always true: months of which only a part is covered tell nothing of volume; without dates the outlook is the history itself.

mod series;

pub use series::Prediction;

use super::chances::spread_of;
use super::histogram::{Histogram, HistogramCell, Month};
use crate::notes::{Note, count};
use crate::settings::DAYS_PER_MONTH;
use series::{MIN_MONTHS_FOR_SEASON, Point, SeriesPrior, predict};

/// Months whose leads say which scores come: two are the present, and too few of them only where leads are few.
const WINDOW_MONTHS: usize = 2;

/// Leads that a window holds where the history has them: a line that takes a fifth of them stands to 14 %.
const WINDOW_LEADS: u64 = 200;

/// Most months of a window; older leads are no longer the present.
const MAX_WINDOW_MONTHS: usize = 12;

/// Logarithm of the leads of a month. The sizes are those of monthly counts of leads in public exports (olist, bpic2012, a school's
/// CRM): months off by a tenth or two on their own, levels that wander by some per cent a month, growth up to half a year's double.
const VOLUME: SeriesPrior = SeriesPrior {
    level_sd: 10.0,
    walk_sds: &[(0.0, 0.35), (0.04, 0.3), (0.1, 0.2), (0.2, 0.15)],
    noise_sds: &[(0.0, 0.3), (0.08, 0.3), (0.2, 0.25), (0.4, 0.15)],
    slope_sds: &[(0.0, 0.5), (0.04, 0.5)],
    season_sds: &[(0.0, 0.5), (0.15, 0.25), (0.35, 0.25)],
};

/// Log-odds of a month's conversion beside the curve. An ordinary year moves the rate by a factor of e^0.5 at most (see
/// `CurvePrior::LATER_PERIOD`): 0.04 a month as a slope, or 0.1 a month as a walk.
const RATE: SeriesPrior = SeriesPrior {
    level_sd: 0.3,
    walk_sds: &[(0.0, 0.5), (0.04, 0.3), (0.1, 0.2)],
    noise_sds: &[(0.0, 0.4), (0.1, 0.3), (0.2, 0.2), (0.4, 0.1)],
    slope_sds: &[(0.0, 0.6), (0.04, 0.4)],
    season_sds: &[(0.0, 0.5), (0.15, 0.25), (0.35, 0.25)],
};

/// Fewest months whose differences say how much months differ.
const MIN_MONTHS_FOR_SPREAD: usize = 3;

/// What the months ahead look like.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The months whose leads say which scores come; `None` without dates.
    pub window: Option<Window>,
    /// Leads of the window, or of all there is without dates.
    n_in_window: f64,
    /// Whole months of all hand-offs.
    volume: Vec<Point>,
    /// Judged months.
    rate: Vec<Point>,
    /// The last month with a lead.
    last: i32,
    /// Leads that tell as much as one on its own.
    pub design_effect: f64,
    /// Leads a month that ops expect, where they say.
    pub leads_next: Option<f64>,
    /// Leads a month over the next quarter; 1,000 without dates.
    pub leads_per: f64,
    /// Shift of the log-odds over the next quarter.
    pub rate_shift: f64,
}

/// What is known beside the counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// Leads that tell as much as one on its own: 1 unless leads of one account or contact convert together.
    pub design_effect: f64,
    /// Leads a month that ops expect, where they say.
    pub leads_next: Option<f64>,
    /// Hand-offs that one lead of the histogram stands for: 1 unless leads were drawn at random.
    pub leads_behind: f64,
}

impl Known {
    /// The counts and nothing else.
    pub const NOTHING: Self = Self { design_effect: 1.0, leads_next: None, leads_behind: 1.0 };
}

/// Months in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first.
    pub first: Month,
    /// The last.
    pub last: Month,
    /// Positions in [`Histogram::months`], first and last.
    positions: (u32, u32),
    /// Days of them that hand-offs cover.
    n_days: u32,
}

/// Months of a quarter.
const QUARTER: f64 = 3.0;

impl Outlook {
    /// Looks ahead from a history.
    pub fn new(histogram: &Histogram, known: Known) -> Self {
        let Known { design_effect, leads_next, leads_behind } = known;
        let window = Window::of(histogram);
        let in_window = |cell: &&HistogramCell| window.is_none_or(|window| window.holds(cell));
        let n_in_window = histogram.cells.iter().filter(in_window).map(|cell| cell.n_handed_off).sum::<u64>() as f64;
        let last = histogram.months.last().map_or(0, month_number);
        let (volume, rate) = (monthly_volume(histogram, leads_behind), monthly_rate(histogram, design_effect));
        let mut outlook = Self {
            window,
            n_in_window,
            volume,
            rate,
            last,
            design_effect,
            leads_next,
            leads_per: 1000.0,
            rate_shift: 0.0,
        };
        if window.is_some() {
            outlook.leads_per = outlook.log_volume(QUARTER).mean().exp();
            outlook.rate_shift = outlook.rate(QUARTER).mean();
        }
        outlook
    }

    /// The months of a history once more: every month counts for which scores come, and as many leads come as did.
    #[cfg(test)]
    pub(crate) fn like(histogram: &Histogram) -> Self {
        let mut outlook = Self::new(histogram, Known::NOTHING);
        let n_handed_off = histogram.cells.iter().map(|cell| cell.n_handed_off).sum::<u64>() as f64;
        outlook.n_in_window = n_handed_off;
        outlook.rate_shift = 0.0;
        if let Some(window) = &mut outlook.window {
            let n_days = histogram.months.iter().map(|month| month.n_days_handed_off).sum();
            let last = histogram.months.len() as u32 - 1;
            *window = Window { first: histogram.months[0], positions: (0, last), n_days, ..*window };
            outlook.leads_per = n_handed_off / window.n_months();
        }
        outlook
    }

    /// Logarithm of the leads a month of the next `n_months`; what ops say has no error but that of months among themselves.
    pub fn log_volume(&self, n_months: f64) -> Prediction {
        match self.leads_next {
            Some(leads) => Prediction::known(leads.ln()),
            None => predict(&self.volume, &self.ahead(n_months), &VOLUME),
        }
    }

    /// How far the log-odds of the next `n_months` lie from the curve.
    pub fn rate(&self, n_months: f64) -> Prediction {
        match self.window {
            Some(_) => predict(&self.rate, &self.ahead(n_months), &RATE),
            None => Prediction::known(0.0),
        }
    }

    /// Leads a month (of 1,000 without dates) that come for those of a cell.
    pub fn leads_of(&self, cell: &HistogramCell) -> f64 {
        let is_in = self.window.is_none_or(|window| window.holds(cell));
        if is_in && self.n_in_window > 0.0 { self.leads_per * cell.n_handed_off as f64 / self.n_in_window } else { 0.0 }
    }

    /// Variance of the mean of the judged months' log-odds beside what it is in the long run: months differ beyond chance, and only so
    /// many were seen.
    pub fn variance_of_months(&self) -> f64 {
        if self.rate.len() < MIN_MONTHS_FOR_SPREAD {
            return 0.0;
        }
        let shifts: Vec<(f64, f64)> = self.rate.iter().map(|point| (point.value, 1.0 / point.variance)).collect();
        spread_of(&shifts) / self.rate.len() as f64
    }

    /// Leads whose scores say which come.
    pub fn n_in_window(&self) -> f64 {
        self.n_in_window
    }

    fn ahead(&self, n_months: f64) -> Vec<i32> {
        // The last month is seldom over when a history ends.
        (1..=(n_months.ceil() as i32).max(1)).map(|ahead| self.last + ahead).collect()
    }

    /// What a careful person would mention.
    pub fn notes(&self) -> Vec<Note> {
        let Some(window) = self.window else { return Vec::new() };
        let mut notes = Vec::new();
        let mut say = |text: String| notes.push(Note::new("forecast", text));
        say(format!(
            "volumes are those of the {} leads handed off from {} to {}, scored by this card, at {} a month",
            count(self.n_in_window as u64),
            window.first,
            window.last,
            count(self.leads_per.round() as u64)
        ));
        let n_months =
            self.volume.first().zip(self.volume.last()).map_or(0, |(first, last)| last.month - first.month + 1);
        if n_months < MIN_MONTHS_FOR_SEASON && self.leads_next.is_none() {
            say(format!(
                "a season shows only in two years or more and these are {n_months} whole months, so the forecast knows of none; \
                 `forecast.leads_next` tells it how many leads a month to expect"
            ));
        }
        notes
    }
}

impl Window {
    /// The last months with enough leads; a month that has just begun is taken along, not counted.
    fn of(histogram: &Histogram) -> Option<Self> {
        let last = histogram.months.len().checked_sub(1)?;
        let mut leads = vec![0; histogram.months.len()];
        histogram.cells.iter().for_each(|cell| leads[cell.month as usize] += cell.n_handed_off);
        let (mut first, mut n_leads, mut n_months) = (last, 0, 0);
        for at in (0..=last).rev() {
            first = at;
            n_leads += leads[at];
            n_months += usize::from(histogram.months[at].is_whole());
            if (n_months >= WINDOW_MONTHS && n_leads >= WINDOW_LEADS) || n_months >= MAX_WINDOW_MONTHS {
                break;
            }
        }
        let months = &histogram.months[first..=last];
        Some(Self {
            first: months[0],
            last: histogram.months[last],
            positions: (first as u32, last as u32),
            n_days: months.iter().map(|month| month.n_days_handed_off).sum(),
        })
    }

    /// How many months of 30.4375 days they are.
    pub fn n_months(&self) -> f64 {
        f64::from(self.n_days) / DAYS_PER_MONTH
    }

    fn holds(self, cell: &HistogramCell) -> bool {
        (self.positions.0..=self.positions.1).contains(&cell.month)
    }
}

fn month_number(month: &Month) -> i32 {
    i32::from(month.year) * 12 + i32::from(month.month) - 1
}

/// Logarithm of the leads of each whole month, as if it had 30.4375 days; where there is none, of all there is.
///
/// - `leads_behind`: hand-offs that one lead of the histogram stands for.
fn monthly_volume(histogram: &Histogram, leads_behind: f64) -> Vec<Point> {
    let mut leads = vec![0_u64; histogram.months.len()];
    if leads.is_empty() {
        return Vec::new();
    }
    histogram.cells.iter().for_each(|cell| leads[cell.month as usize] += cell.n_handed_off);
    let point = |month: &Month, n_leads: u64, n_days: u32| {
        // Half a lead keeps an empty month finite.
        let n_leads = n_leads as f64 + 0.5;
        let n_months = f64::from(n_days.max(1)) / DAYS_PER_MONTH;
        Point { month: month_number(month), value: (leads_behind * n_leads / n_months).ln(), variance: 1.0 / n_leads }
    };
    let months = histogram.months.iter().zip(&leads);
    let whole: Vec<Point> = months
        .filter(|(month, _)| month.is_whole())
        .map(|(month, &n_leads)| point(month, n_leads, month.n_days_handed_off))
        .collect();
    if whole.is_empty() {
        let n_days = histogram.months.iter().map(|month| month.n_days_handed_off).sum();
        return histogram.months.last().map(|last| point(last, leads.iter().sum(), n_days)).into_iter().collect();
    }
    whole
}

/// How far the log-odds of each judged month lie from the curve: one step of Newton's method on its intercept.
fn monthly_rate(histogram: &Histogram, design_effect: f64) -> Vec<Point> {
    let mut sums = vec![(0.0, 0.0); histogram.months.len()];
    for cell in histogram.cells.iter().filter(|cell| cell.n_leads > 0) {
        let Some((excess, information)) = sums.get_mut(cell.month as usize) else { continue };
        let (n_leads, worth) = (cell.n_leads as f64, cell.worth());
        *excess += cell.n_converted as f64 - worth;
        *information += worth * (1.0 - worth / n_leads);
    }
    (histogram.months.iter().zip(sums))
        .filter(|(_, (_, information))| *information > 0.0)
        .map(|(month, (excess, information))| Point {
            month: month_number(month),
            value: excess / information,
            variance: design_effect / information,
        })
        .collect()
}
