//! Pairs: which two criteria say enough together to be worth a table, by leads held out inside.
//!
//! The leads are dealt into a few parts, each of which is held out from a fit and from tables made of the others. One table comes after the other: of the pairs that seem to gain most the one that leads held out gain most by.
//! It stays where they gain beyond chance and enough to be worth a reader's time; each next one is judged with those before it in place.
//!
//! Always true: leads held out decide whether there is a table, never what stands in it.

use rayon::prelude::*;

use super::settings::{N_INNER, inner_part};
use super::{TrainingPart, subsample_by_key};
use crate::measures::{PairedDifference, losses_of_log_odds, mean, paired_difference};
use crate::model::bins::{BinPlan, Codes, PairBins};
use crate::model::fit::loss::{Observed, log_odds};
use crate::model::fit::newton::{Known, NewtonParams, Weights, minimise};
use crate::model::fit::{FitError, Trial};
use crate::model::pairs::{Residuals, Table, all_pairs};
use crate::settings::PairsWanted;

/// Tables that a card may have.
#[derive(Debug, Clone, PartialEq)]
pub struct PairRule {
    /// How many may be found.
    pub wanted: PairsWanted,
    /// Positions of the criteria of those that were asked for.
    pub asked: Vec<[usize; 2]>,
}

impl PairRule {
    /// No tables.
    pub fn none() -> Self {
        Self { wanted: PairsWanted::AtMost(0), asked: Vec::new() }
    }

    /// Whether there can be any.
    pub(super) fn is_none(&self) -> bool {
        self.wanted == PairsWanted::AtMost(0) && self.asked.is_empty()
    }
}

/// Most tables that are found unless a number was asked for: more nobody reads.
const MOST: usize = 6;

/// Share of the loss that a table has to take away from leads held out.
const LEAST_SHARE: f64 = 0.001;

/// Standard errors by which leads held out have to gain. One is not enough for the best of thirty.
const PROOF: f64 = 2.0;

/// Most leads that pairs are chosen on.
const MAX_LEADS: usize = 60_000;

/// Pairs that leads held out are asked about: those whose tables made the outcomes likeliest at first.
const N_FINALISTS: usize = 30;

/// Two criteria by their positions in the plan.
type Pair = [usize; 2];

/// The tables that are worth it, those asked for first. A pair whose cells do not differ has none.
///
/// - `which`: criteria of the plan, by their positions among all; `trial`: the fit of the criteria alone.
pub(super) fn find_tables(
    part: &TrainingPart<'_>,
    which: &[usize],
    bins: &BinPlan,
    trial: &Trial,
    rule: &PairRule,
) -> Result<Vec<PairBins>, FitError> {
    let position = |criterion: usize| which.iter().position(|&of_plan| of_plan == criterion);
    let positions = |asked: &Pair| match asked.map(position) {
        [Some(row), Some(column)] => Some([row, column]),
        _ => None,
    };
    let mut found: Vec<Pair> = rule.asked.iter().filter_map(positions).collect();
    if rule.wanted != PairsWanted::AtMost(0) {
        let leads = subsample_by_key(part.leads, part.keys, MAX_LEADS);
        found = Candidates::of(part, bins, trial, &leads)?.choose(found, rule.wanted);
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let codes = bins.encode(part.criteria, part.leads);
    let outcome = super::outcome_of(part, part.leads);
    let mut so_far = log_odds(&codes, trial.intercept, &trial.coefficients);
    let mut tables = Vec::new();
    for pair in found {
        if let Some(table) = Residuals::of(&so_far, &outcome, |_| true).table(bins, &codes, pair) {
            table.add_to(&mut so_far, &codes);
            tables.push(table.bins);
        }
    }
    Ok(tables)
}

/// The tables chosen so far, and the leads that judge the next.
struct Candidates<'a> {
    bins: &'a BinPlan,
    codes: Codes,
    outcome: Vec<f64>,
    /// Which part each lead is held out with.
    part_of_lead: Vec<u8>,
    /// Per part, log-odds of all leads by the fit and the tables made without it.
    log_odds: Vec<Vec<f64>>,
    chosen: Vec<Pair>,
}

impl<'a> Candidates<'a> {
    fn of(part: &TrainingPart<'_>, bins: &'a BinPlan, trial: &Trial, leads: &[u32]) -> Result<Self, FitError> {
        let codes = bins.encode(part.criteria, leads);
        let outcome = super::outcome_of(part, leads);
        let part_of_lead: Vec<u8> = leads.iter().map(|&lead| inner_part(part.keys[lead as usize]) as u8).collect();
        let everyone = Observed { codes: &codes, outcome: &outcome, weight: None };
        // A hundred-thousandth of a nat per lead is a hundredth of what a table has to gain.
        let params = NewtonParams { tolerance: 1e-5, curvature_leads: 8000, ..NewtonParams::default() };
        let curvature = everyone.hessian(trial.intercept, &trial.coefficients, params.curvature_leads);
        let without = |held_out: u64| {
            let weight: Vec<f64> =
                part_of_lead.iter().map(|&part| f64::from(u8::from(u64::from(part) != held_out))).collect();
            let observed = Observed { weight: Some(&weight), ..everyone };
            let start = Weights { intercept: trial.intercept, coefficients: trial.coefficients.clone() };
            let mut known = Known::curvature(curvature.clone());
            let (weights, _) = minimise(&observed, &trial.penalty, &start, &mut known, &params)?;
            Ok(log_odds(&codes, weights.intercept, &weights.coefficients))
        };
        let log_odds = (0..N_INNER).into_par_iter().map(without).collect::<Result<_, FitError>>()?;
        Ok(Self { bins, outcome, part_of_lead, log_odds, codes, chosen: Vec::new() })
    }

    /// - `asked`: pairs that are chosen already.
    fn choose(mut self, asked: Vec<Pair>, wanted: PairsWanted) -> Vec<Pair> {
        let most = asked.len()
            + match wanted {
                PairsWanted::Auto => MOST,
                PairsWanted::AtMost(most) => most,
            };
        for pair in asked {
            let tables = self.tables(pair, &self.residuals());
            self.put(pair, &tables);
        }
        let mut open = self.finalists();
        while self.chosen.len() < most {
            let Some(best) = self.best_of(&open) else { break };
            if !best.is_worth_it(wanted) {
                break;
            }
            self.put(best.pair, &best.tables);
            open.retain(|pair| *pair != best.pair);
        }
        self.chosen
    }

    /// The pairs whose tables make the outcomes of the leads of the first fit likeliest.
    fn finalists(&self) -> Vec<Pair> {
        let first = &self.residuals()[0];
        let evidence = |&pair: &Pair| Some((first.table(self.bins, &self.codes, pair)?.evidence, pair));
        let pairs = all_pairs(self.bins);
        let mut ranked: Vec<(f64, Pair)> =
            pairs.par_iter().filter(|pair| !self.chosen.contains(pair)).filter_map(evidence).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.truncate(N_FINALISTS);
        ranked.into_iter().map(|(_, pair)| pair).collect()
    }

    /// For each part what is left over of the leads of the others.
    fn residuals(&self) -> Vec<Residuals> {
        let of_part = |(part, log_odds): (usize, &Vec<f64>)| {
            Residuals::of(log_odds, &self.outcome, |lead| usize::from(self.part_of_lead[lead]) != part)
        };
        self.log_odds.par_iter().enumerate().map(of_part).collect()
    }

    /// The table of a pair for each part, made of the leads of the others.
    fn tables(&self, pair: Pair, residuals: &[Residuals]) -> Vec<Option<Table>> {
        residuals.iter().map(|residuals| residuals.table(self.bins, &self.codes, pair)).collect()
    }

    /// Losses of all leads, each by what was made without its part.
    ///
    /// - `tables`: of one more pair, per part; none where there is no more.
    fn held_losses(&self, tables: &[Option<Table>]) -> Vec<f64> {
        let of_lead = |(lead, &part): (usize, &u8)| {
            let table = tables.get(usize::from(part)).and_then(Option::as_ref);
            let more = table.map_or(0.0, |table| table.weight(table.bins.of.map(|at| self.codes.columns[at][lead])));
            self.log_odds[usize::from(part)][lead] + more
        };
        let held: Vec<f64> = self.part_of_lead.iter().enumerate().map(of_lead).collect();
        losses_of_log_odds(&held, &self.outcome)
    }

    fn put(&mut self, pair: Pair, tables: &[Option<Table>]) {
        for (log_odds, table) in self.log_odds.iter_mut().zip(tables) {
            table.iter().for_each(|table| table.add_to(log_odds, &self.codes));
        }
        self.chosen.push(pair);
    }

    /// The pair that leads held out gain most by.
    fn best_of(&self, pairs: &[Pair]) -> Option<Candidate> {
        let without = self.held_losses(&[]);
        let loss = mean(&without);
        let residuals = self.residuals();
        let judge = |&pair: &Pair| {
            let tables = self.tables(pair, &residuals);
            let gain = paired_difference(&without, &self.held_losses(&tables));
            Candidate { pair, gain, loss, tables }
        };
        let judged: Vec<Candidate> = pairs.par_iter().map(judge).collect();
        judged.into_iter().reduce(|best, next| if next.gain.mean > best.gain.mean { next } else { best })
    }
}

/// A pair that leads held out have judged.
struct Candidate {
    pair: Pair,
    gain: PairedDifference,
    /// Their mean loss without it.
    loss: f64,
    tables: Vec<Option<Table>>,
}

impl Candidate {
    fn is_worth_it(&self, wanted: PairsWanted) -> bool {
        let least = if wanted == PairsWanted::Auto { LEAST_SHARE * self.loss } else { 0.0 };
        self.gain.mean > least && self.gain.mean > PROOF * self.gain.standard_error
    }
}
