//! Frontier: what each threshold would have brought, from the histogram.

use std::collections::BTreeSet;

use super::histogram::{Histogram, HistogramCell, Month};
use super::outlook::Outlook;
use super::wins::wins_per_month;
use crate::measures::{Interval, wilson_of_repeated};
use crate::notes::Note;
use crate::settings::DAYS_PER_MONTH;

/// Volume against conversion over all thresholds, lowest threshold first.
#[derive(Debug, Clone, PartialEq)]
pub struct Frontier {
    /// One row per threshold that separates leads: each score that some lead has.
    pub rows: Vec<FrontierRow>,
    /// What counts are given per.
    pub per: Per,
    /// Leads judged.
    pub n_leads: u64,
    /// Of those, how many converted.
    pub n_converted: u64,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
    /// Counts of each score, highest first.
    by_score: Vec<ScoreCounts>,
    months: Vec<Month>,
    /// Leads per unit that come, over all scores.
    leads_per: f64,
    /// Leads that tell as much as one on its own.
    design_effect: f64,
}

/// What counts are given per.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Per {
    /// A month of 30.4375 days.
    Month {
        /// Months from the day of the first judged hand-off to the day of the last; a fraction. What became of leads is counted
        /// over these.
        n_months: f64,
    },
    /// 1,000 leads, because the leads have no dates.
    ThousandLeads,
}

impl Per {
    /// What a count is given per: "12 a month", "12 of 1,000 leads".
    pub fn words(self) -> &'static str {
        match self {
            Self::Month { .. } => "a month",
            Self::ThousandLeads => "of 1,000 leads",
        }
    }

    /// The same behind a count of leads: "12 leads a month", "12 of 1,000 leads".
    pub fn leads_words(self) -> &'static str {
        match self {
            Self::Month { .. } => "leads a month",
            Self::ThousandLeads => "of 1,000 leads",
        }
    }
}

/// What one threshold would have brought: leads with at least so many points are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrontierRow {
    /// Fewest points of a chosen lead.
    pub threshold: i32,
    /// What the chosen leads did.
    pub chosen: Chosen,
}

/// Leads chosen from the top, what they did, and how sure that is. Counts may have fractions, because leads tied at a
/// threshold share the last places in proportion. All intervals are 90 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chosen {
    /// Leads, over all judged leads.
    pub n_leads: f64,
    /// Of those, how many converted.
    pub n_wins: f64,
    /// Interval of `n_wins`.
    pub n_wins_interval: Interval,
    /// Leads per unit of [`Frontier::per`] that come: by the card that ships, as many as the [`Outlook`] expects.
    pub leads_per: f64,
    /// Interval of the mean `leads_per`: months differ; per 1,000 leads, a share.
    pub leads_per_interval: Interval,
    /// Wins per unit: `leads_per` at the `conversion` of the judged leads.
    pub wins_per: f64,
    /// Interval of `wins_per`.
    pub wins_per_interval: Interval,
    /// Share of the chosen leads that converted; 0 when none is chosen.
    pub conversion: f64,
    /// Interval of `conversion`.
    pub conversion_interval: Interval,
    /// Mean predicted probability of the chosen leads.
    pub predicted_conversion: f64,
    /// Share of all conversions that the chosen leads hold.
    pub share_of_wins: f64,
    /// Interval of `share_of_wins`.
    pub share_of_wins_interval: Interval,
}

/// Counts of one score.
#[derive(Debug, Clone, PartialEq)]
struct ScoreCounts {
    score: i32,
    n_leads: u64,
    n_converted: u64,
    expected_billionths: u64,
    /// Leads of each month; empty without dates.
    leads_of_month: Vec<u64>,
    /// Conversions of each month.
    wins_of_month: Vec<u64>,
    /// Leads per unit that come.
    leads_per: f64,
}

impl Frontier {
    /// Adds up the histogram from the highest score down.
    ///
    /// Why these intervals (the counts of one threshold, all 90 %):
    ///
    /// - *conversion*: wins among chosen leads, a binomial share: Wilson;
    /// - *share of wins*: of `W` conversions in all, each lies above the threshold or below it. Given `W` the number above
    ///   is binomial too (a multinomial, conditioned on a sum), so Wilson again, with `W` in the place of the leads;
    /// - *leads and wins per month*: volume and season differ between months, so the binomial would be too narrow:
    ///   [`wins_per_month`];
    /// - *wins per 1,000 leads* (no dates): chosen-and-converted among all judged leads, Wilson.
    pub fn trace(histogram: &Histogram, outlook: &Outlook) -> Self {
        let by_score = count_scores(histogram, outlook);
        let n_leads = by_score.iter().map(|counts| counts.n_leads).sum();
        let n_converted = by_score.iter().map(|counts| counts.n_converted).sum();
        let n_days: u32 = histogram.months.iter().map(|month| month.n_days).sum();
        let per = match n_days {
            0 => Per::ThousandLeads,
            n_days => Per::Month { n_months: f64::from(n_days) / DAYS_PER_MONTH },
        };
        let notes = notes_on(histogram);
        let months = histogram.months.clone();
        let Outlook { leads_per, design_effect, .. } = *outlook;
        let rows = Vec::new();
        let mut frontier = Self { rows, per, n_leads, n_converted, notes, by_score, months, leads_per, design_effect };
        frontier.rows = frontier.trace_rows();
        frontier
    }

    /// Of months that come again as they were.
    #[cfg(test)]
    pub(crate) fn like(histogram: &Histogram) -> Self {
        Self::trace(histogram, &Outlook::like(histogram))
    }

    /// Highest score that a judged lead has.
    pub fn highest_score(&self) -> Option<i32> {
        self.by_score.iter().find(|counts| counts.n_leads > 0).map(|counts| counts.score)
    }

    /// Months of which the judged leads cover a part, such as "2026-03".
    pub fn part_months(&self) -> Vec<String> {
        self.months.iter().filter(|month| month.n_days > 0 && !month.is_judged_whole()).map(Month::to_string).collect()
    }

    /// Leads per unit of [`Frontier::per`] that come, whatever their score.
    pub fn leads_per(&self) -> f64 {
        self.leads_per
    }

    /// Units of [`Frontier::per`] that the judged leads make up: months, or thousands of leads.
    pub fn n_units(&self) -> f64 {
        match self.per {
            Per::Month { n_months } => n_months,
            Per::ThousandLeads => self.n_leads as f64 / 1000.0,
        }
    }

    /// A share of the leads of each cell.
    ///
    /// - `cells`: cells of the histogram this frontier was traced from, each with the share of its leads that is chosen.
    pub fn chosen_of<'a>(&self, cells: impl Iterator<Item = (&'a HistogramCell, f64)>, outlook: &Outlook) -> Chosen {
        let mut sum = Sum::new(self.months.len());
        for (cell, share) in cells.filter(|(_, share)| *share > 0.0) {
            sum.leads_per += share * outlook.leads_of(cell);
            sum.n_leads += share * cell.n_leads as f64;
            sum.n_wins += share * cell.n_converted as f64;
            sum.n_expected += share * cell.n_expected();
            if let Some(leads) = sum.leads_of_month.get_mut(cell.month as usize) {
                *leads += share * cell.n_leads as f64;
                sum.wins_of_month[cell.month as usize] += share * cell.n_converted as f64;
            }
        }
        self.chosen(&sum)
    }

    /// The `n_wanted` best leads, those tied at the last places in proportion; all where more are wanted than there are, `None`
    /// where there are none.
    pub fn best(&self, n_wanted: f64) -> Option<Chosen> {
        let mut sum = Sum::new(self.months.len());
        for counts in self.by_score.iter().filter(|counts| counts.n_leads > 0) {
            let share = ((n_wanted - sum.n_leads) / counts.n_leads as f64).clamp(0.0, 1.0);
            sum.add(counts, share);
            if share < 1.0 {
                break;
            }
        }
        (self.n_leads > 0).then(|| self.chosen(&sum))
    }

    /// All leads with at least `threshold` points.
    pub fn at_least(&self, threshold: i32) -> Chosen {
        let mut sum = Sum::new(self.months.len());
        for counts in self.by_score.iter().take_while(|counts| counts.score >= threshold) {
            sum.add(counts, 1.0);
        }
        self.chosen(&sum)
    }

    fn trace_rows(&self) -> Vec<FrontierRow> {
        let mut sum = Sum::new(self.months.len());
        let mut rows: Vec<FrontierRow> = self
            .by_score
            .iter()
            .filter_map(|counts| {
                sum.add(counts, 1.0);
                // A score that only leads without an outcome have shows nothing of conversion.
                (counts.n_leads > 0).then(|| FrontierRow { threshold: counts.score, chosen: self.chosen(&sum) })
            })
            .collect();
        rows.reverse();
        rows
    }

    /// Interval of a share of leads, which may repeat each other.
    fn share(&self, n_hits: f64, n_trials: f64) -> Interval {
        wilson_of_repeated(n_hits, n_trials, self.design_effect)
    }

    fn chosen(&self, sum: &Sum) -> Chosen {
        let n_units = self.n_units();
        let n_all_wins = self.n_converted as f64;
        let n_wins_interval = match self.per {
            Per::Month { n_months } => {
                wins_per_month(&sum.wins_of_month, &self.months).unwrap_or_default().times(n_months)
            }
            Per::ThousandLeads => self.share(sum.n_wins, self.n_leads as f64).times(self.n_leads as f64),
        };
        // As sure as the judged months are, around the volume that comes.
        let relative = |interval: Interval, middle: f64| interval.times(ratio(sum.leads_per, middle));
        let leads_per_interval = match self.per {
            Per::Month { .. } => relative(
                wins_per_month(&sum.leads_of_month, &self.months).unwrap_or_default(),
                ratio(sum.n_leads, n_units),
            ),
            Per::ThousandLeads => self.share(sum.n_leads, self.n_leads as f64).times(1000.0),
        };
        let per_judged = ratio(sum.leads_per, sum.n_leads);
        Chosen {
            n_leads: sum.n_leads,
            n_wins: sum.n_wins,
            n_wins_interval,
            leads_per: sum.leads_per,
            leads_per_interval,
            wins_per: sum.n_wins * per_judged,
            wins_per_interval: n_wins_interval.times(per_judged),
            conversion: ratio(sum.n_wins, sum.n_leads),
            conversion_interval: self.share(sum.n_wins, sum.n_leads),
            predicted_conversion: ratio(sum.n_expected, sum.n_leads),
            share_of_wins: ratio(sum.n_wins, n_all_wins),
            share_of_wins_interval: self.share(sum.n_wins, n_all_wins),
        }
    }
}

/// Running sum from the highest score down.
struct Sum {
    n_leads: f64,
    n_wins: f64,
    n_expected: f64,
    leads_of_month: Vec<f64>,
    wins_of_month: Vec<f64>,
    leads_per: f64,
}

impl Sum {
    fn new(n_months: usize) -> Self {
        let none = vec![0.0; n_months];
        Self {
            n_leads: 0.0,
            n_wins: 0.0,
            n_expected: 0.0,
            leads_of_month: none.clone(),
            wins_of_month: none,
            leads_per: 0.0,
        }
    }

    /// Adds `share` of the leads of one score.
    fn add(&mut self, counts: &ScoreCounts, share: f64) {
        self.n_leads += share * counts.n_leads as f64;
        self.n_wins += share * counts.n_converted as f64;
        self.n_expected += share * counts.expected_billionths as f64 / 1e9;
        self.leads_per += share * counts.leads_per;
        for (sums, counts) in
            [(&mut self.leads_of_month, &counts.leads_of_month), (&mut self.wins_of_month, &counts.wins_of_month)]
        {
            for (sum, &count) in sums.iter_mut().zip(counts) {
                *sum += share * count as f64;
            }
        }
    }
}

fn count_scores(histogram: &Histogram, outlook: &Outlook) -> Vec<ScoreCounts> {
    let mut by_score: Vec<ScoreCounts> = histogram
        .cells
        .chunk_by(|a, b| a.score == b.score)
        .map(|cells| {
            let mut leads_of_month = vec![0; histogram.months.len()];
            let mut wins_of_month = leads_of_month.clone();
            for cell in cells.iter().filter(|_| !histogram.months.is_empty()) {
                leads_of_month[cell.month as usize] += cell.n_leads;
                wins_of_month[cell.month as usize] += cell.n_converted;
            }
            ScoreCounts {
                score: cells[0].score,
                n_leads: cells.iter().map(|cell| cell.n_leads).sum(),
                n_converted: cells.iter().map(|cell| cell.n_converted).sum(),
                expected_billionths: cells.iter().map(|cell| cell.expected_billionths).sum(),
                leads_of_month,
                wins_of_month,
                leads_per: cells.iter().map(|cell| outlook.leads_of(cell)).sum(),
            }
        })
        .collect();
    by_score.reverse();
    by_score
}

fn notes_on(histogram: &Histogram) -> Vec<Note> {
    if histogram.months.is_empty() {
        let text = "the leads have no hand-off dates, so volumes are per 1,000 leads and not per month";
        return vec![Note::new("frontier", text)];
    }
    let with_leads: BTreeSet<u32> =
        histogram.cells.iter().filter(|cell| cell.n_leads > 0).map(|cell| cell.month).collect();
    let n_months = histogram.months.iter().filter(|month| month.n_days > 0).count();
    let n_empty = n_months - with_leads.len();
    if n_empty == 0 {
        return Vec::new();
    }
    let text = format!(
        "{n_empty} of the {n_months} months between the first and the last judged lead have no lead at all; they count in \
         every figure per month, so look for gaps or wrong dates"
    );
    vec![Note::new("frontier", text)]
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Binomial, Distribution, Poisson};

    use super::*;
    use crate::decide::frontier::testing::{judged, time};

    fn frontier_of(score: &[i32], converted: &[bool]) -> Frontier {
        let leads = judged(score, &vec![0.25; score.len()], converted);
        Frontier::like(&Histogram::count(&leads, None, None).expect("no dates"))
    }

    #[test]
    fn each_threshold_counts_the_leads_at_or_above_it() {
        let frontier = frontier_of(&[1, 3, 3, 8], &[false, true, false, true]);
        let found: Vec<_> = frontier
            .rows
            .iter()
            .map(|row| (row.threshold, row.chosen.n_leads, row.chosen.n_wins, row.chosen.share_of_wins))
            .collect();
        assert_eq!(found, [(1, 4.0, 2.0, 1.0), (3, 3.0, 2.0, 1.0), (8, 1.0, 1.0, 0.5)]);
        assert_eq!(frontier.rows[0].chosen.predicted_conversion, 0.25);
        assert_eq!(frontier.per, Per::ThousandLeads);
        assert_eq!(frontier.rows[1].chosen.leads_per, 750.0);
        assert_eq!(
            frontier.notes[0].text,
            "the leads have no hand-off dates, so volumes are per 1,000 leads and not per month"
        );
    }

    #[test]
    fn leads_per_month_allow_for_months_cut_off_at_the_ends() {
        // 22 January to 20 February are 30 days: a little less than a month of 30.4375.
        let mut leads = judged(&[1, 2, 3], &[0.1; 3], &[false, true, true]);
        leads.as_of = Some(["2026-01-22T23:00:00Z", "2026-02-20T01:00:00Z", "2026-02-02T01:00:00Z"].map(time).to_vec());
        let frontier = Frontier::like(&Histogram::count(&leads, None, None).expect("times"));
        assert!((frontier.leads_per() - 3.0 * 30.4375 / 30.0).abs() < 1e-12);
        assert!((frontier.rows[1].chosen.wins_per - 2.0 * 30.4375 / 30.0).abs() < 1e-12);
        assert!(frontier.notes.is_empty());
    }

    #[test]
    fn a_gap_between_months_is_noted() {
        let mut leads = judged(&[1, 2], &[0.1; 2], &[false, true]);
        leads.as_of = Some(["2026-01-22T23:00:00Z", "2026-04-20T01:00:00Z"].map(time).to_vec());
        let frontier = Frontier::like(&Histogram::count(&leads, None, None).expect("times"));
        assert_eq!(
            frontier.notes[0].text,
            "2 of the 4 months between the first and the last judged lead have no lead at all; they count in every \
             figure per month, so look for gaps or wrong dates"
        );
    }

    #[test]
    fn tied_leads_share_the_last_places_in_proportion() {
        // One lead with 8 points (won), four with 3 (two won): the best three are the first and half of the four.
        let frontier = frontier_of(&[8, 3, 3, 3, 3, 1], &[true, true, true, false, false, false]);
        let chosen = frontier.best(3.0).expect("six leads");
        assert_eq!((chosen.n_leads, chosen.n_wins), (3.0, 2.0));
        assert_eq!(frontier.best(99.0), Some(frontier.at_least(1)));
    }

    #[test]
    fn no_leads_have_an_empty_frontier() {
        let frontier = frontier_of(&[], &[]);
        assert!(frontier.rows.is_empty());
        assert_eq!(frontier.best(1.0), None);
        assert_eq!(frontier.at_least(0).conversion, 0.0);
    }

    proptest! {
        #[test]
        fn the_frontier_is_what_counting_leads_one_by_one_gives(
            leads in prop::collection::vec((-3_i32..6, any::<bool>()), 1..80),
        ) {
            let (score, converted): (Vec<i32>, Vec<bool>) = leads.into_iter().unzip();
            let frontier = frontier_of(&score, &converted);
            for row in &frontier.rows {
                let above = score.iter().zip(&converted).filter(|lead| *lead.0 >= row.threshold);
                prop_assert_eq!(row.chosen.n_leads, above.clone().count() as f64);
                prop_assert_eq!(row.chosen.n_wins, above.filter(|lead| *lead.1).count() as f64);
                prop_assert_eq!(row.chosen, frontier.at_least(row.threshold));
            }
        }
    }

    /// A company with known truth: scores 0..20, conversion by score, months of varying volume.
    struct Company {
        n_months: usize,
        leads_per_month: f64,
    }

    impl Company {
        const TOP: i32 = 20;

        fn conversion(score: i32) -> f64 {
            crate::math::logistic(-4.0 + 0.2 * f64::from(score))
        }

        fn history(&self, rng: &mut ChaCha8Rng) -> Histogram {
            let mut cells = Vec::new();
            for month in 0..self.n_months {
                let season = 0.75 + 0.5 * rng.random::<f64>();
                let per_score = self.leads_per_month * season / f64::from(Self::TOP);
                for score in 0..Self::TOP {
                    let n_leads = Poisson::new(per_score).expect("a rate").sample(rng) as u64;
                    let wins = Binomial::new(n_leads, Self::conversion(score)).expect("a chance").sample(rng);
                    cells.push(HistogramCell {
                        score,
                        month: month as u32,
                        segment: 0,
                        team: 0,
                        n_handed_off: n_leads,
                        n_leads,
                        n_converted: wins,
                        ..HistogramCell::default()
                    });
                }
            }
            cells.sort_unstable_by_key(|cell| (cell.score, cell.month));
            let months = vec![Month { year: 2026, month: 6, n_days: 30, n_days_handed_off: 30 }; self.n_months];
            Histogram { months, segments: vec![String::new()], teams: vec![String::new()], cells }
        }
    }

    #[test]
    fn intervals_of_90_per_cent_hold_in_87_to_93_of_100_simulated_histories() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let n_histories = 2_000;
        let mut table = String::new();
        let mut is_right = true;
        for (n_months, leads_per_month) in [(12, 120.0), (24, 600.0)] {
            let company = Company { n_months, leads_per_month };
            for threshold in [5, 10, 15] {
                let above = (threshold..Company::TOP).map(Company::conversion);
                let true_conversion = above.clone().sum::<f64>() / f64::from(Company::TOP - threshold);
                let all_wins: f64 = (0..Company::TOP).map(Company::conversion).sum();
                let true_share = above.clone().sum::<f64>() / all_wins;
                let true_wins = above.sum::<f64>() * leads_per_month / f64::from(Company::TOP) * DAYS_PER_MONTH / 30.0;
                let mut held = [0; 3];
                for _ in 0..n_histories {
                    let chosen = Frontier::like(&company.history(&mut rng)).at_least(threshold);
                    for (n_held, (interval, truth)) in held.iter_mut().zip([
                        (chosen.conversion_interval, true_conversion),
                        (chosen.share_of_wins_interval, true_share),
                        (chosen.wins_per_interval, true_wins),
                    ]) {
                        *n_held += usize::from(interval.low <= truth && truth <= interval.high);
                    }
                }
                let shares = held.map(|n| n as f64 / n_histories as f64);
                table += &format!("{n_months} x {leads_per_month}, from {threshold}: {shares:?}\n");
                is_right &= shares.iter().all(|share| (0.87..=0.93).contains(share));
            }
        }
        assert!(is_right, "conversion, share of wins, wins per month\n{table}");
    }
}
