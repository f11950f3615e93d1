//! Replay: one made-up history, the thresholds that policies choose on it, and the quarter that follows.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{ChiSquared, Distribution, StandardNormal};
use rayon::prelude::*;

use super::estimates::{Draw, Draws};
use super::strata::Strata;
use super::volume::{DrawnLeads, Volume, binomial};
use super::{ForecastParams, Player};
use crate::card::Band;
use crate::decide::frontier::Tally;
use crate::math::logistic;

/// Draws that one task plays before it hands over; large enough that handing over costs nothing.
const DRAWS_PER_TASK: usize = 250;

/// Plays the time ahead `params.n_draws` times. Gives the draws of each player, in the order of `players`.
pub(super) fn replay(
    players: &[Player],
    strata: &Strata,
    volume: &Volume,
    bands: &[Band],
    params: &ForecastParams,
) -> Vec<Draws> {
    let table = Table::new(players, strata, volume);
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
                round.play(&table, bands, &mut rng, &mut draws);
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
    /// Step of each stratum, by player.
    steps: Vec<Vec<usize>>,
    /// Chance of each stratum by the card's curve.
    chances: Vec<f64>,
    /// Leads of each stratum over the real history.
    totals: Vec<f64>,
}

impl<'a> Table<'a> {
    fn new(players: &'a [Player], strata: &'a Strata, volume: &'a Volume) -> Self {
        Self {
            players,
            strata,
            volume,
            steps: players.iter().map(|player| strata.steps(&player.line.ranking)).collect(),
            chances: strata.strata.iter().map(|stratum| logistic(stratum.log_odds)).collect(),
            totals: strata.totals(),
        }
    }
}

/// Room for one draw, used again for the next.
struct Round {
    leads: DrawnLeads,
    /// The chances that are true in this draw.
    chances: Vec<f64>,
    wins_in_history: Vec<f64>,
    wins_ahead: Vec<f64>,
    tallies: Vec<Vec<Tally>>,
    shares: Vec<Vec<f64>>,
}

impl Round {
    fn new(table: &Table<'_>) -> Self {
        let n_strata = table.strata.len();
        let n_steps = || table.players.iter().map(|player| player.line.ranking.steps.len());
        Self {
            leads: DrawnLeads { history: vec![0; n_strata], ahead: vec![0; n_strata] },
            chances: vec![0.0; n_strata],
            wins_in_history: vec![0.0; n_strata],
            wins_ahead: vec![0.0; n_strata],
            tallies: n_steps().map(|n| vec![Tally::default(); n]).collect(),
            shares: n_steps().map(|n| vec![0.0; n]).collect(),
        }
    }

    fn play(&mut self, table: &Table<'_>, bands: &[Band], rng: &mut impl Rng, draws: &mut Vec<Draw>) {
        table.volume.draw(rng, &mut self.leads);
        self.draw_outcomes(table, rng);
        let shift = self.shift_seen(table);
        for (position, player) in table.players.iter().enumerate() {
            let steps = &table.steps[position];
            let tallies = &mut self.tallies[position];
            tallies.fill(Tally::default());
            for (at, &step) in steps.iter().enumerate() {
                tallies[step].n_leads += self.leads.history[at] as f64;
                tallies[step].n_wins += self.wins_in_history[at];
            }
            let shares = &mut self.shares[position];
            let rule = &player.policy.rule;
            let is_met = player.line.ranking.choose(rule, bands, tallies, table.volume.n_months(), shift, shares);
            let is_made = is_met || !rule.looks_at_outcomes();
            draws.push(Draw { is_made, ..self.look(table, position) });
        }
    }

    /// Draws the curve within its uncertainty, how the months of the history and of the time ahead differ from it, and who
    /// converts.
    fn draw_outcomes(&mut self, table: &Table<'_>, rng: &mut impl Rng) {
        let mut normal = || -> f64 { StandardNormal.sample(rng) };
        let (of_curve, of_history, of_ahead) = (normal(), normal(), normal());
        let n_months = table.volume.n_months_seen() as f64;
        let sd = if table.strata.month_sd > 0.0 && n_months > 1.0 {
            let widening =
                ChiSquared::new(n_months - 1.0).map_or(1.0, |chi| ((n_months - 1.0) / chi.sample(rng)).sqrt());
            table.strata.month_sd * widening
        } else {
            0.0
        };
        let n_ahead = table.volume.ahead_per_history() * table.volume.n_months();
        let shift_of_history = if sd > 0.0 { of_history * sd / n_months.sqrt() } else { 0.0 };
        let shift_ahead = if sd > 0.0 { of_ahead * sd / n_ahead.max(1.0).sqrt() } else { 0.0 };
        for (at, stratum) in table.strata.strata.iter().enumerate() {
            let log_odds = stratum.log_odds + of_curve * stratum.error;
            self.chances[at] = logistic(log_odds);
            let (in_history, ahead) = if sd > 0.0 {
                (logistic(log_odds + shift_of_history), logistic(log_odds + shift_ahead))
            } else {
                (self.chances[at], self.chances[at])
            };
            self.wins_in_history[at] = binomial(self.leads.history[at], in_history, rng) as f64;
            self.wins_ahead[at] = binomial(self.leads.ahead[at], ahead, rng) as f64;
        }
    }

    /// How far the made-up history would have moved the curve: one step of Newton's method on its intercept.
    fn shift_seen(&self, table: &Table<'_>) -> f64 {
        let (mut excess, mut variance) = (0.0, 0.0);
        for (at, &chance) in table.chances.iter().enumerate() {
            let n_leads = self.leads.history[at] as f64;
            excess += self.wins_in_history[at] - n_leads * chance;
            variance += n_leads * chance * (1.0 - chance);
        }
        if variance > 0.0 { excess / variance } else { 0.0 }
    }

    /// What the made-up history promises player `position`, and what then comes.
    fn look(&self, table: &Table<'_>, position: usize) -> Draw {
        let (shares, steps) = (&self.shares[position], &table.steps[position]);
        let ahead_per_history = table.volume.ahead_per_history();
        let mut draw = Draw::default();
        let (mut seen_leads, mut true_leads, mut true_wins) = (0.0, 0.0, 0.0);
        for (at, &step) in steps.iter().enumerate() {
            let share = shares[step];
            let (history, ahead) = (self.leads.history[at] as f64, self.leads.ahead[at] as f64);
            if share > 0.0 {
                seen_leads += share * history;
                draw.promised_wins += share * self.wins_in_history[at];
                draw.leads += share * ahead;
                draw.wins += share * self.wins_ahead[at];
                true_leads += share * table.totals[at];
                true_wins += share * table.totals[at] * self.chances[at];
            }
            let (left_in_history, left_ahead) = ((1.0 - share) * history, (1.0 - share) * ahead);
            if table.strata.nurture_from.is_some_and(|from| table.strata.strata[at].score >= from) {
                draw.promised_to_nurture += left_in_history * ahead_per_history;
                draw.to_nurture += left_ahead;
            } else {
                draw.promised_rejected += left_in_history * ahead_per_history;
                draw.rejected += left_ahead;
            }
        }
        draw.true_conversion = if true_leads > 0.0 { true_wins / true_leads } else { 0.0 };
        // Where nobody is chosen, nothing is promised and nothing is seen that could differ.
        let conversion = |wins: f64, leads: f64| if leads > 0.0 { wins / leads } else { draw.true_conversion };
        draw.promised_conversion = conversion(draw.promised_wins, seen_leads);
        draw.conversion = conversion(draw.wins, draw.leads);
        draw.promised_leads = seen_leads * ahead_per_history;
        draw.promised_wins *= ahead_per_history;
        draw
    }
}
