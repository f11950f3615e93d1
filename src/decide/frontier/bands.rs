//! Bands: hot, nurture, reject.

use crate::card::{Band, CurveEntry};
use crate::notes::Note;
use crate::settings::BandsConfig;

/// How many times the usual odds a hot lead has at least, and a rejected one's are below or at one part in.
const ODDS_FACTOR: f64 = 2.0;

/// Lines of a decision that bands follow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DecidedLines {
    /// Fewest points of a lead that is handed over.
    pub hand_over: Option<i32>,
    /// Fewest points of a lead that is worth keeping warm, below it.
    pub keep_warm: Option<i32>,
}

/// Bands of the card, highest first; the last takes every score.
///
/// Hot is what the decision hands over; without one, where the odds of conversion are at least twice those of the average lead. Nurture
/// begins where a lead is worth keeping warm; without such a line, where the odds are more than half those of the average lead. The
/// rest is reject. Scores in the config overrule. A band that no score reaches is left out, with a note.
///
/// - `curve`: what each score is worth, lowest score first, never falling.
/// - `base_rate`: share of leads that convert, `0.0..=1.0`.
/// - `config`: checked, so nurture begins below hot.
pub fn derive_bands(
    curve: &[CurveEntry],
    base_rate: f64,
    config: &BandsConfig,
    lines: DecidedLines,
) -> (Vec<Band>, Vec<Note>) {
    let usual_odds = odds(base_rate);
    let lowest_where = |is_reached: &dyn Fn(f64) -> bool| {
        curve.iter().find(|entry| is_reached(odds(f64::from(entry.probability_bp) / 10_000.0))).map(|entry| entry.score)
    };
    let hot = config.hot.or(lines.hand_over).or_else(|| lowest_where(&|odds| odds >= ODDS_FACTOR * usual_odds));
    let keep_warm = lines.keep_warm.filter(|&line| hot.is_none_or(|hot| line < hot));
    let nurture = config.nurture.or(keep_warm).or_else(|| lowest_where(&|odds| odds > usual_odds / ODDS_FACTOR));
    // Below the first score of nurture everything is rejected, so hot cannot begin lower than a nurture that was asked for.
    let hot = match (hot, config.nurture) {
        (Some(hot), Some(asked)) => Some(hot.max(asked)),
        (hot, _) => hot,
    };
    let lowest = curve.first().map(|entry| entry.score);
    let nurture_is_left = nurture.is_some_and(|nurture| hot.is_none_or(|hot| nurture < hot));
    let rejected_to = if nurture_is_left { nurture } else { hot };
    let reject_is_left = rejected_to.is_none_or(|from| lowest.is_none_or(|lowest| from > lowest));

    let mut bands = Vec::new();
    let mut notes = Vec::new();
    if let Some(from) = hot {
        bands.push(Band { name: "hot".to_owned(), from: Some(from) });
    } else {
        notes.push(missing("hot", "no score has twice the usual odds of conversion"));
    }
    if nurture_is_left {
        bands.push(Band { name: "nurture".to_owned(), from: nurture });
    } else {
        notes.push(missing("nurture", "no score lies between reject and hot"));
    }
    if reject_is_left {
        bands.push(Band { name: "reject".to_owned(), from: None });
    } else {
        notes.push(missing("reject", "no score has half the usual odds of conversion or less"));
        if let Some(last) = bands.last_mut() {
            last.from = None;
        }
    }
    (bands, notes)
}

/// Lowest score worth nurturing: that of the band `nurture`, any score where it is the last one, `None` where the card has no
/// such band.
pub fn nurture_from(bands: &[Band]) -> Option<i32> {
    bands.iter().find(|band| band.name == "nurture").map(|band| band.from.unwrap_or(i32::MIN))
}

fn missing(band: &str, reason: &str) -> Note {
    Note::new("bands", format!("there is no band `{band}`: {reason}"))
}

fn odds(probability: f64) -> f64 {
    probability / (1.0 - probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_band_nothing_is_nurtured() {
        let band = |name: &str, from: Option<i32>| Band { name: name.to_owned(), from };
        assert_eq!(nurture_from(&[band("hot", Some(50)), band("nurture", Some(20)), band("reject", None)]), Some(20));
        assert_eq!(nurture_from(&[band("hot", Some(50)), band("nurture", None)]), Some(i32::MIN));
        assert_eq!(nurture_from(&[band("hot", Some(50)), band("reject", None)]), None);
    }

    /// Scores 10, 20, .. with these probabilities in per cent.
    fn curve(per_cent: &[u32]) -> Vec<CurveEntry> {
        per_cent
            .iter()
            .zip(1..)
            .map(|(&p, i)| CurveEntry {
                score: i * 10,
                probability_bp: p * 100,
                low_bp: 0,
                high_bp: 10_000,
                n_leads: 5,
            })
            .collect()
    }

    #[track_caller]
    fn assert_bands(per_cent: &[u32], config: BandsConfig, expected: &[(&str, Option<i32>)], n_notes: usize) {
        // Usual odds 1 to 4: hot from odds 1 to 2 (33.3 %), reject up to 1 to 8 (11.1 %).
        let (bands, notes) = derive_bands(&curve(per_cent), 0.2, &config, DecidedLines::default());
        let found: Vec<(&str, Option<i32>)> = bands.iter().map(|band| (band.name.as_str(), band.from)).collect();
        assert_eq!(found, expected);
        assert_eq!(notes.len(), n_notes, "{notes:?}");
    }

    #[test]
    fn hot_is_twice_the_usual_odds_and_reject_half() {
        let config = BandsConfig::default();
        assert_bands(
            &[5, 11, 12, 33, 34, 60],
            config,
            &[("hot", Some(50)), ("nurture", Some(30)), ("reject", None)],
            0,
        );
    }

    #[test]
    fn bands_follow_the_decision() {
        let bands_of = |hand_over, keep_warm| {
            let lines = DecidedLines { hand_over, keep_warm };
            let config = BandsConfig::default();
            let (bands, _) = derive_bands(&curve(&[5, 11, 12, 33, 34, 60]), 0.2, &config, lines);
            bands.into_iter().map(|band| (band.name, band.from)).collect::<Vec<_>>()
        };
        let named = |bands: [(&str, Option<i32>); 3]| bands.map(|(name, from)| (name.to_owned(), from)).to_vec();
        assert_eq!(bands_of(Some(40), Some(20)), named([("hot", Some(40)), ("nurture", Some(20)), ("reject", None)]));
        assert_eq!(bands_of(Some(40), None), named([("hot", Some(40)), ("nurture", Some(30)), ("reject", None)]));
        assert_eq!(bands_of(Some(40), Some(50)), bands_of(Some(40), None), "nothing is kept warm above the line");
    }

    #[test]
    fn the_config_overrules() {
        let config = BandsConfig { hot: Some(62), nurture: Some(15) };
        assert_bands(&[5, 12, 40], config, &[("hot", Some(62)), ("nurture", Some(15)), ("reject", None)], 0);
    }

    #[test]
    fn a_band_no_score_reaches_is_left_out_and_noted() {
        let config = BandsConfig::default();
        assert_bands(&[5, 12, 30], config.clone(), &[("nurture", Some(20)), ("reject", None)], 1);
        assert_bands(&[12, 40], config.clone(), &[("hot", Some(20)), ("nurture", None)], 1);
        assert_bands(&[20], config.clone(), &[("nurture", None)], 2);
        assert_bands(&[5, 40], config, &[("hot", Some(20)), ("reject", None)], 1);
    }

    #[test]
    fn one_band_of_the_config_never_crosses_the_other() {
        let late = BandsConfig { hot: None, nurture: Some(30) };
        assert_bands(&[5, 40, 50], late, &[("hot", Some(30)), ("reject", None)], 1);
        let early = BandsConfig { hot: Some(15), nurture: None };
        assert_bands(&[5, 10, 20, 40], early, &[("hot", Some(15)), ("reject", None)], 1);
    }
}
