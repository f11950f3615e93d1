//! The path from one criterion to all: how good a card of each size is, and the smallest that is enough.

use rayon::prelude::*;

use super::{Judged, Line};
use crate::analyses::questions::record::{EnoughQuestions, PathRung, PathWins};
use crate::math::Z90;
use crate::measures::{auc_of_points, equal_volume_difference};

/// Quality of every card of the path, and its wins against the best at each volume.
///
/// - `wanted`: leads taken, per line; `per`: units per count.
pub(super) fn path(judged: &Judged, wanted: &[f64], per: f64) -> Vec<PathRung> {
    let at_lines: Vec<Vec<PathWins>> = wanted.iter().map(|&wanted| wins_along(judged, wanted, per)).collect();
    (judged.path.par_iter().enumerate())
        .map(|(at, size)| PathRung {
            log_loss: size.losses.iter().sum::<f64>() / (size.losses.len() as f64).max(1.0),
            auc: auc_of_points(&size.scores, &judged.converted).unwrap_or(0.5),
            at: at_lines.iter().filter_map(|wins| wins.get(at).copied()).collect(),
            ..size.rung.clone()
        })
        .collect()
}

fn wins_along(judged: &Judged, wanted: f64, per: f64) -> Vec<PathWins> {
    let all = judged.path.last().map_or(&[][..], |size| &size.scores);
    let wins: Vec<f64> = (judged.path.par_iter())
        .map(|size| {
            equal_volume_difference(&size.scores, all, &judged.converted, wanted).map_or(0.0, |sides| sides.wins_first)
        })
        .collect();
    let best = (0..wins.len()).fold(0, |best, at| if wins[at] > wins[best] { at } else { best });
    (judged.path.par_iter().zip(&wins))
        .map(|(size, &won)| {
            let sides = equal_volume_difference(&size.scores, &judged.path[best].scores, &judged.converted, wanted);
            let difference = sides.unwrap_or_default().difference;
            PathWins {
                wins: won * per,
                behind_best: (wins[best] - won) * per,
                behind_best_se: (difference.high - difference.low) / (2.0 * Z90) * per,
            }
        })
        .collect()
}

/// At each line the smallest card whose wins are within one standard error of the best.
pub(super) fn enough(path: &[PathRung], lines: &[Line]) -> Vec<EnoughQuestions> {
    let Some(all) = path.last() else { return Vec::new() };
    let of_line = |(at, line): (usize, &Line)| {
        let is_enough = |rung: &&PathRung| rung.at[at].behind_best <= rung.at[at].behind_best_se;
        let rung = path.iter().find(is_enough).unwrap_or(all);
        let wins = all.at[at].wins;
        EnoughQuestions {
            policy: line.policy.clone(),
            n_criteria: rung.n_criteria,
            n_asked: rung.n_asked,
            n_all: all.n_criteria,
            n_all_asked: all.n_asked,
            share_of_wins: if wins > 0.0 { rung.at[at].wins / wins } else { 1.0 },
        }
    };
    lines.iter().enumerate().map(of_line).collect()
}
