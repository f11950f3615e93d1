//! Bands: how hot, nurture and reject did, overall and month by month.

use crate::card::{Band, band_of};
use crate::decide::frontier::{Histogram, HistogramCell};
use crate::decide::history::record::{BandMetrics, BandMonth};
use crate::measures::wilson_of_repeated;

/// Leads, conversions and promises of one band.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    pub n_leads: u64,
    pub n_converted: u64,
    pub n_expected: f64,
}

impl Count {
    pub(super) fn add(&mut self, cell: &HistogramCell) {
        self.n_leads += cell.n_leads;
        self.n_converted += cell.n_converted;
        self.n_expected += cell.n_expected();
    }
}

/// Each band over all months, highest first.
///
/// - `design_effect`: leads that tell as much as one on its own.
pub fn band_metrics(histogram: &Histogram, bands: &[Band], design_effect: f64) -> Vec<BandMetrics> {
    let mut counts = vec![Count::default(); bands.len()];
    for cell in &histogram.cells {
        if let Some(count) = counts.get_mut(band_of(bands, cell.score)) {
            count.add(cell);
        }
    }
    (bands.iter().zip(counts))
        .map(|(band, count)| {
            let interval = wilson_of_repeated(count.n_converted as f64, count.n_leads as f64, design_effect);
            BandMetrics {
                band: band.name.clone(),
                from: band.from,
                n_leads: count.n_leads,
                n_converted: count.n_converted,
                n_expected: count.n_expected,
                low: interval.low,
                high: interval.high,
            }
        })
        .collect()
}

/// Each band month by month, oldest month first; empty without dates. Months without a lead are there, with a count of 0.
///
/// - `design_effect`: leads that tell as much as one on its own.
pub fn bands_by_month(histogram: &Histogram, bands: &[Band], design_effect: f64) -> Vec<BandMonth> {
    let mut counts = vec![Count::default(); bands.len() * histogram.months.len()];
    for cell in &histogram.cells {
        if let Some(count) = counts.get_mut(cell.month as usize * bands.len() + band_of(bands, cell.score)) {
            count.add(cell);
        }
    }
    let places = histogram.months.iter().flat_map(|month| bands.iter().map(move |band| (month, band)));
    (places.zip(counts))
        .map(|((month, band), count)| {
            let interval = wilson_of_repeated(count.n_converted as f64, count.n_leads as f64, design_effect);
            BandMonth {
                month: month.to_string(),
                band: band.name.clone(),
                n_leads: count.n_leads,
                n_converted: count.n_converted,
                n_expected: count.n_expected,
                low: interval.low,
                high: interval.high,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::frontier::testing::month_of_leads;

    fn bands() -> Vec<Band> {
        [("hot", Some(8)), ("nurture", Some(4)), ("reject", None)]
            .map(|(name, from)| Band { name: name.to_owned(), from })
            .to_vec()
    }

    #[test]
    fn every_lead_is_in_one_band() {
        let histogram = Histogram::count(&month_of_leads(), None, None).expect("times");
        let found = band_metrics(&histogram, &bands(), 1.0);
        let counts: Vec<_> = found.iter().map(|band| (band.band.as_str(), band.n_leads, band.n_converted)).collect();
        assert_eq!(counts, [("hot", 20, 17), ("nurture", 40, 22), ("reject", 40, 6)]);
        let by_month = bands_by_month(&histogram, &bands(), 1.0);
        assert_eq!(by_month.len(), 3);
        assert_eq!((by_month[0].month.as_str(), by_month[0].n_leads, by_month[0].n_converted), ("2026-06", 20, 17));
        assert_eq!((by_month[0].low, by_month[0].high), (found[0].low, found[0].high));
    }

    #[test]
    fn without_dates_there_are_no_months() {
        let mut leads = month_of_leads();
        leads.as_of = None;
        let histogram = Histogram::count(&leads, None, None).expect("no times");
        assert!(bands_by_month(&histogram, &bands(), 1.0).is_empty());
        assert_eq!(band_metrics(&histogram, &bands(), 1.0)[0].n_leads, 20);
    }
}
