//! Replay: one made-up history, the thresholds that policies choose on it, and the quarter that follows.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::estimates::{Draw, Draws};
use super::strata::{ChosenConversion, Strata, Stratum};
use super::volume::{DrawnLeads, Volume, binomial};
use super::{ForecastParams, Player};
use crate::decide::frontier::{Evidence, Prediction, Seen, Tally};
use crate::math::{logistic, logit};

/// Draws that one task plays before it hands over; large enough that handing over costs nothing.
const DRAWS_PER_TASK: usize = 250;

/// Plays the time ahead `params.n_draws` times. Gives the draws of each player, in the order of `players`.
pub(super) fn replay(
    players: &[Player],
    strata: &Strata,
    volume: &Volume,
    rate: &Prediction,
    evidence: &Evidence<'_>,
    params: &ForecastParams,
) -> Vec<Draws> {
    let table = Table::new(players, strata, volume, rate, evidence);
    let tasks: Vec<std::ops::Range<usize>> = (0..params.n_draws)
        .step_by(DRAWS_PER_TASK)
        .map(|start| start..(start + DRAWS_PER_TASK).min(params.n_draws))
        .collect();
    let played: Vec<Vec<Draw>> = tasks
        .into_par_iter()
        .map(|task| {
            let mut round = Round::new(&table);
            let mut draws = Vec::with_capacity(task.len() * players.len());
            for number in task {
                // A stream of its own for each draw: the same figures on any number of cores.
                let mut rng = ChaCha8Rng::seed_from_u64(params.seed);
                rng.set_stream(number as u64);
                round.play(&table, &mut rng, &mut draws);
            }
            draws
        })
        .collect();
    let all: Vec<Draw> = played.into_iter().flatten().collect();
    let draws_of = |player: usize| all.iter().skip(player).step_by(players.len()).copied();
    players.iter().enumerate().map(|(at, player)| Draws::new(&player.policy.rule, draws_of(at))).collect()
}

/// What every draw reads.
struct Table<'a> {
    players: &'a [Player],
    strata: &'a Strata,
    volume: &'a Volume,
    evidence: &'a Evidence<'a>,
    /// Step of each stratum, by player.
    steps: Vec<Vec<usize>>,
    /// Chance of the judged leads of each stratum, whose folds' cards were weaker than the card that ships.
    chances: Vec<f64>,
    /// How far the log-odds ahead lie from the curve.
    rate: &'a Prediction,
}

impl<'a> Table<'a> {
    fn new(
        players: &'a [Player],
        strata: &'a Strata,
        volume: &'a Volume,
        rate: &'a Prediction,
        evidence: &'a Evidence<'a>,
    ) -> Self {
        Self {
            players,
            strata,
            volume,
            evidence,
            steps: players.iter().map(|player| strata.steps(&player.line.ranking)).collect(),
            chances: strata.strata.iter().map(Stratum::chance_in_history).collect(),
            rate,
        }
    }
}

/// Room for one draw, used again for the next.
struct Round {
    leads: DrawnLeads,
    /// Log-odds that are true in this draw, as the history has them.
    log_odds: Vec<f64>,
    wins_in_history: Vec<f64>,
    wins_ahead: Vec<f64>,
    tallies: Vec<Vec<Tally>>,
    volumes: Vec<Vec<f64>>,
    shares: Vec<Vec<f64>>,
}

impl Round {
    fn new(table: &Table<'_>) -> Self {
        let n_strata = table.strata.len();
        let n_steps = || table.players.iter().map(|player| player.line.ranking.steps.len());
        Self {
            leads: DrawnLeads { recent: vec![0.0; n_strata], ahead: vec![0; n_strata] },
            log_odds: vec![0.0; n_strata],
            wins_in_history: vec![0.0; n_strata],
            wins_ahead: vec![0.0; n_strata],
            tallies: n_steps().map(|n| vec![Tally::default(); n]).collect(),
            volumes: n_steps().map(|n| vec![0.0; n]).collect(),
            shares: n_steps().map(|n| vec![0.0; n]).collect(),
        }
    }

    fn play(&mut self, table: &Table<'_>, rng: &mut impl Rng, draws: &mut Vec<Draw>) {
        table.volume.draw(rng, &mut self.leads);
        self.draw_outcomes(table, rng);
        let shift = table.evidence.outlook.rate_shift + self.shift_seen(table);
        for (position, player) in table.players.iter().enumerate() {
            let (tallies, volumes) = (&mut self.tallies[position], &mut self.volumes[position]);
            tallies.fill(Tally::default());
            volumes.fill(0.0);
            for (at, &step) in table.steps[position].iter().enumerate() {
                tallies[step].n_leads += table.strata.strata[at].n_leads;
                tallies[step].n_wins += self.wins_in_history[at];
                volumes[step] += self.leads.recent[at];
            }
            let (rule, bands) = (&player.policy.rule, table.evidence.bands);
            let seen = Seen { tallies, volumes, shift };
            let is_met = player.line.ranking.choose(rule, bands, seen, &mut self.shares[position]);
            let is_made = is_met || !rule.looks_at_outcomes();
            draws.push(Draw { is_made, ..self.look(table, position) });
        }
    }

    /// Draws the curve within its uncertainty, how the time ahead differs from it, and who converts.
    fn draw_outcomes(&mut self, table: &Table<'_>, rng: &mut impl Rng) {
        let of_curve: f64 = StandardNormal.sample(rng);
        let shift_ahead = table.rate.draw(rng);
        let design_effect = table.evidence.outlook.design_effect;
        for (at, stratum) in table.strata.strata.iter().enumerate() {
            let log_odds = stratum.log_odds + of_curve * stratum.error;
            self.log_odds[at] = log_odds;
            let in_history = logistic(logit(table.chances[at]) + of_curve * stratum.error);
            self.wins_in_history[at] = wins(stratum.n_leads, in_history, design_effect, rng);
            self.wins_ahead[at] =
                wins(self.leads.ahead[at] as f64, logistic(log_odds + shift_ahead), design_effect, rng);
        }
    }

    /// How far the made-up history would have moved the curve: one step of Newton's method on its intercept.
    fn shift_seen(&self, table: &Table<'_>) -> f64 {
        let (mut excess, mut variance) = (0.0, 0.0);
        for ((stratum, &chance), &n_wins) in table.strata.strata.iter().zip(&table.chances).zip(&self.wins_in_history) {
            excess += n_wins - stratum.n_leads * chance;
            variance += stratum.n_leads * chance * (1.0 - chance);
        }
        if variance > 0.0 { excess / variance } else { 0.0 }
    }

    /// What the made-up history promises player `position`, and what then comes.
    fn look(&self, table: &Table<'_>, position: usize) -> Draw {
        let (shares, steps) = (&self.shares[position], &table.steps[position]);
        let n_ahead = table.volume.n_ahead();
        let rate_shift = table.rate.mean();
        let mut draw = Draw::default();
        let mut promised = ChosenConversion::default();
        let (mut true_leads, mut true_wins) = (0.0, 0.0);
        for (at, &step) in steps.iter().enumerate() {
            let (share, stratum) = (shares[step], &table.strata.strata[at]);
            let (recent, ahead) = (self.leads.recent[at], self.leads.ahead[at] as f64);
            if share > 0.0 {
                promised.add(stratum, share, recent, self.wins_in_history[at], rate_shift);
                draw.leads += share * ahead;
                draw.wins += share * self.wins_ahead[at];
                true_leads += share * stratum.leads_per;
                true_wins += share * stratum.leads_per * logistic(self.log_odds[at] + rate_shift);
            }
            let (left_recent, left_ahead) = ((1.0 - share) * recent, (1.0 - share) * ahead);
            if table.strata.nurture_from.is_some_and(|from| stratum.score >= from) {
                draw.promised_to_nurture += left_recent * n_ahead;
                draw.to_nurture += left_ahead;
            } else {
                draw.promised_rejected += left_recent * n_ahead;
                draw.rejected += left_ahead;
            }
        }
        draw.true_conversion = if true_leads > 0.0 { true_wins / true_leads } else { 0.0 };
        // Where nobody is chosen, nothing is promised and nothing is seen that could differ.
        draw.promised_conversion = promised.conversion().unwrap_or(draw.true_conversion);
        draw.conversion = if draw.leads > 0.0 { draw.wins / draw.leads } else { draw.true_conversion };
        draw.promised_leads = promised.leads() * n_ahead;
        draw.promised_wins = draw.promised_leads * draw.promised_conversion;
        draw
    }
}

/// Who converts of some leads, where so many of them convert or do not as one.
fn wins(n_leads: f64, chance: f64, design_effect: f64, rng: &mut impl Rng) -> f64 {
    let n_alone = n_leads / design_effect;
    // Rounded up as often as the fraction says, so that the mean stays.
    let n_drawn = if design_effect > 1.0 { (n_alone + rng.random::<f64>()) as u64 } else { n_leads as u64 };
    (binomial(n_drawn, chance, rng) as f64 * design_effect).min(n_leads)
}
