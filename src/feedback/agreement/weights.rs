//! Weights of every level in acceptance and in conversion, on one scale, and how sure their difference is.
//!
//! The weight of a level is its coefficient less the mean over the leads of its criterion, so that the average answer weighs
//! 0. Acceptance is stretched by the ratio of the spreads of the two models' log-odds over the leads, because sales that
//! decides by half as much is not wrong about every level by half. Errors come from the curvature of the fits, the penalty
//! included, and the uncertainty of the ratio with them (delta method).
//!
//! # Source
//! Intervals from the penalised curvature: Wahba (1983), *JRSS B* 45, 133-150; Nychka (1988), *JASA* 83, 1134-1143.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Col, Side as Triangle};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FALSE_DISCOVERY;
use super::levels::{Levels, MIN_LEADS};
use crate::feedback::shrink::GroupShare;
use crate::measures::{Estimate, above, discoveries, mean, standard_deviation};
use crate::model::bins::Codes;
use crate::model::fit::loss::{Observed, log_odds};
use crate::model::fit::newton::NewtonParams;
use crate::model::fit::penalty::Chains;
use crate::model::fit::{FitError, JointFit, Stiffness, fit_joint};

/// A light hand: weights within about one log-odds of the mean answer are expected, and 30 leads outweigh that.
const LIGHT: Stiffness = Stiffness { smoothness: 0.0, ridge: 1.0, reweighted: false };

/// Points that double the odds of conversion: the unit of all weights.
pub(super) const POINTS_TO_DOUBLE: f64 = 10.0;

/// One level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LevelWeights {
    /// The criterion.
    pub criterion: String,
    /// The answer, or range.
    pub level: String,
    /// Leads accepted or rejected with it.
    pub n_leads: u64,
    /// Accepted, of those.
    pub accepted: GroupShare,
    /// Converted, of the accepted ones with a fair outcome.
    pub converted: GroupShare,
    /// Points in acceptance: 10 double the odds, stretched so that both columns spread alike.
    pub acceptance: Estimate,
    /// Points in conversion: 10 double the odds.
    pub conversion: Estimate,
    /// Acceptance less conversion.
    pub difference: Estimate,
    /// Points in marketing's rules, stretched likewise; absent without rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RuleWeight>,
}

/// A level in marketing's rules.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleWeight {
    /// Points as the rules give them, mean over the leads of the level.
    pub own_points: f64,
    /// On the scale of the other columns.
    pub points: f64,
    /// Rules less conversion.
    pub difference: Estimate,
}

/// Leads of one model.
pub(super) struct Side {
    pub(super) codes: Codes,
    pub(super) outcome: Vec<f64>,
}

/// Both models. Those of `converted` are some of those of `accepted`.
pub(super) struct Sides {
    pub(super) accepted: Side,
    pub(super) converted: Side,
}

/// Both models level by level, and marketing's rules beside them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Weights {
    /// Correlation of the two models over the leads: 1 where sales wants exactly what converts.
    pub correlation: f64,
    /// The same of marketing's rules with what converts; absent without rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules_correlation: Option<f64>,
    /// Every level, criterion by criterion.
    pub levels: Vec<LevelWeights>,
    /// Positions in `levels` where sales differs from what converts, the weightiest first.
    pub differences: Vec<usize>,
    /// Positions in `levels` where marketing's rules do, the weightiest first; empty without rules.
    pub rule_differences: Vec<usize>,
}

/// Points of marketing's rules: one column per criterion of the levels, one entry per decided lead.
pub(super) type RulePoints = Vec<Vec<f64>>;

/// A fitted model, its root, and how it spreads over the decided leads.
struct Model {
    fit: JointFit,
    root: Llt<f64>,
    eta: Vec<f64>,
    spread: f64,
    /// Change of the spread with each coefficient.
    spread_by: Vec<f64>,
}

impl Model {
    fn fit(side: &Side, chains: &Chains, decided: &Codes) -> Result<Self, FitError> {
        let observed = Observed { codes: &side.codes, outcome: &side.outcome, weight: None };
        let fit = fit_joint(observed, chains, &LIGHT, &NewtonParams::default())?;
        let root = Llt::new(fit.hessian.as_ref(), Triangle::Lower).map_err(|_| FitError::NotANumber)?;
        let eta = log_odds(decided, fit.intercept, &fit.coefficients);
        let (middle, spread) = (mean(&eta), standard_deviation(&eta));
        let mut spread_by = vec![0.0; chains.n_coefficients()];
        let scale = 1.0 / (eta.len() as f64 * spread.max(1e-12));
        for (column, &offset) in decided.columns.iter().zip(&chains.offsets) {
            for (&code, eta) in column.iter().zip(&eta) {
                spread_by[offset + usize::from(code)] += (eta - middle) * scale;
            }
        }
        Ok(Self { fit, root, eta, spread, spread_by })
    }

    fn value(&self, contrast: &[f64]) -> f64 {
        contrast.iter().zip(&self.fit.coefficients).map(|(c, b)| c * b).sum()
    }

    /// Variance of a linear function of the coefficients.
    fn variance(&self, contrast: &[f64]) -> f64 {
        let padded = Col::from_fn(contrast.len() + 1, |k| if k == 0 { 0.0 } else { contrast[k - 1] });
        let solved = self.root.solve(&padded);
        (0..padded.nrows()).map(|k| padded[k] * solved[k]).sum::<f64>().max(0.0)
    }
}

/// Fits both and compares level by level.
pub(super) fn compare(levels: &Levels, sides: &Sides, rules: Option<&RulePoints>) -> Result<Weights, FitError> {
    let chains = Chains::of(&levels.plan);
    let decided = &sides.accepted.codes;
    let acceptance = Model::fit(&sides.accepted, &chains, decided)?;
    let conversion = Model::fit(&sides.converted, &chains, decided)?;
    let rule_totals: Option<Vec<f64>> =
        rules.map(|rules| (0..decided.n_leads).map(|lead| rules.iter().map(|points| points[lead]).sum()).collect());
    let rule_spread = rule_totals.as_ref().map(|totals| standard_deviation(totals));
    let ratio = conversion.spread / acceptance.spread.max(1e-12);
    let unit = POINTS_TO_DOUBLE / std::f64::consts::LN_2;
    let points = |value: f64, error: f64| Estimate::normal(value, error).times(unit);
    let mut found = Vec::new();
    let (mut p_values, mut rule_p_values) = (Vec::new(), Vec::new());
    for (at, (criterion, labels)) in levels.named.iter().enumerate() {
        let n_of = counts(&decided.columns[at], labels.len());
        for (code, level) in labels.iter().enumerate() {
            if (n_of[code] as f64) < MIN_LEADS || n_of[code] == decided.n_leads as u64 {
                continue;
            }
            let mut contrast = vec![0.0; chains.n_coefficients()];
            for (other, &n) in n_of.iter().enumerate() {
                contrast[chains.offsets[at] + other] = -(n as f64) / decided.n_leads as f64;
            }
            contrast[chains.offsets[at] + code] += 1.0;
            let (own, other) = (acceptance.value(&contrast), conversion.value(&contrast));
            // Acceptance times the ratio of spreads, with how the ratio itself changes.
            let by_acceptance: Vec<f64> = (contrast.iter().zip(&acceptance.spread_by))
                .map(|(c, by)| ratio * (c - own / acceptance.spread * by))
                .collect();
            let by_conversion: Vec<f64> = conversion.spread_by.iter().map(|by| own / acceptance.spread * by).collect();
            let less: Vec<f64> = by_conversion.iter().zip(&contrast).map(|(by, c)| by - c).collect();
            let of_acceptance = acceptance.variance(&by_acceptance);
            let error = (of_acceptance + conversion.variance(&less)).sqrt();
            let difference = ratio * own - other;
            p_values.push(two_sided(difference, error));
            let weight = rules.zip(rule_spread).map(|(rules, spread)| {
                let with = decided.columns[at].iter().zip(&rules[at]).filter(|(own, _)| usize::from(**own) == code);
                let own_points = mean(&with.map(|(_, points)| *points).collect::<Vec<_>>());
                let centred = own_points - mean(&rules[at]);
                // Rules that give every lead the same points have no spread, and weigh nothing.
                let per_spread = if spread > 1e-9 { centred / spread } else { 0.0 };
                let weight = per_spread * conversion.spread;
                let by: Vec<f64> =
                    conversion.spread_by.iter().zip(&contrast).map(|(by, c)| per_spread * by - c).collect();
                let rule_error = conversion.variance(&by).sqrt();
                rule_p_values.push(two_sided(weight - other, rule_error));
                RuleWeight { own_points, points: unit * weight, difference: points(weight - other, rule_error) }
            });
            let tally = |side: &Side| {
                let with = side.codes.columns[at].iter().zip(&side.outcome).filter(|(c, _)| usize::from(**c) == code);
                GroupShare::count(with.map(|(_, y)| *y > 0.5)).by_itself()
            };
            found.push(LevelWeights {
                criterion: criterion.clone(),
                level: level.clone(),
                n_leads: n_of[code],
                accepted: tally(&sides.accepted),
                converted: tally(&sides.converted),
                acceptance: points(ratio * own, (of_acceptance + conversion.variance(&by_conversion)).sqrt()),
                conversion: points(other, conversion.variance(&contrast).sqrt()),
                difference: points(difference, error),
                rules: weight,
            });
        }
    }
    let ranked = |p_values: &[f64], difference: &dyn Fn(&LevelWeights) -> f64| {
        let mut listed = discoveries(p_values, FALSE_DISCOVERY);
        // What a difference moves: its size, for the share of leads that it parts from the others.
        let moves = |at: &usize| {
            let share = found[*at].n_leads as f64 / decided.n_leads as f64;
            difference(&found[*at]).abs() * (share * (1.0 - share)).sqrt()
        };
        listed.sort_by(|a, b| moves(b).total_cmp(&moves(a)).then(a.cmp(b)));
        listed
    };
    Ok(Weights {
        differences: ranked(&p_values, &|level| level.difference.expected),
        rule_differences: ranked(&rule_p_values, &|level| level.rules.map_or(0.0, |weight| weight.difference.expected)),
        correlation: correlation(&acceptance.eta, &conversion.eta),
        rules_correlation: rule_totals.map(|totals| correlation(&totals, &conversion.eta)),
        levels: found,
    })
}

fn two_sided(difference: f64, error: f64) -> f64 {
    2.0 * above((difference / error).abs())
}

fn counts(codes: &[u8], n_levels: usize) -> Vec<u64> {
    let mut counts = vec![0; n_levels];
    codes.iter().for_each(|&code| counts[usize::from(code)] += 1);
    counts
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b, spread) = (mean(a), mean(b), standard_deviation(a) * standard_deviation(b));
    let products: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).collect();
    if spread > 1e-12 { (mean(&products) / spread).clamp(-1.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests;
