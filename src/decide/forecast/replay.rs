//! Replay: one made-up history, the thresholds that policies choose on it, and the quarter that follows.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::estimates::{Draw, Draws};
use super::strata::{ChosenConversion, Said, Strata, Stratum};
use super::volume::{DrawnLeads, Volume, binomial};
use super::{ForecastParams, Player};
use crate::decide::frontier::{Evidence, GroupBelief, GroupLeads, Prediction, Ranking, Seen, Tally, group_offsets};
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
    players.iter().enumerate().map(|(at, player)| Draws::new(&player.policy, draws_of(at))).collect()
}

/// What every draw reads.
struct Table<'a> {
    players: &'a [Player],
    strata: &'a Strata,
    volume: &'a Volume,
    evidence: &'a Evidence<'a>,
    /// Log-odds of the judged leads of each stratum by the curve, whose folds' cards were weaker than the card that ships.
    in_history: Vec<f64>,
    /// What the history says of each stratum.
    said: Vec<Said>,
    /// What may be true of the groups, by grouping of the strata.
    beliefs: Vec<GroupBelief>,
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
            in_history: strata.strata.iter().map(Stratum::chance_in_history).map(logit).collect(),
            said: (0..strata.len()).map(|at| strata.said(at)).collect(),
            beliefs: (strata.groupings.iter())
                .map(|found| GroupBelief::new(&found.leads, &found.offsets, evidence.outlook.design_effect))
                .collect(),
            rate,
        }
    }
}

/// Room for one draw, used again for the next.
struct Round {
    leads: DrawnLeads,
    /// Order in which each player takes leads.
    rankings: Vec<Ranking>,
    /// Step of each stratum, by player.
    steps: Vec<Vec<usize>>,
    /// What is true of the groups in this draw, by grouping.
    groups: Vec<Vec<f64>>,
    /// What the made-up history says of each stratum.
    said: Vec<Said>,
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
            rankings: table.players.iter().map(|player| player.line.ranking.clone()).collect(),
            steps: table.players.iter().map(|player| table.strata.steps(&player.line.ranking)).collect(),
            groups: table.strata.groupings.iter().map(|grouping| vec![0.0; grouping.offsets.len()]).collect(),
            said: table.said.clone(),
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
        self.look_at_groups(table);
        let shift = table.evidence.outlook.rate_shift + self.shift_seen(table);
        for (position, player) in table.players.iter().enumerate() {
            let (tallies, volumes) = (&mut self.tallies[position], &mut self.volumes[position]);
            tallies.fill(Tally::default());
            volumes.fill(0.0);
            for (at, &step) in self.steps[position].iter().enumerate() {
                tallies[step].n_leads += table.strata.strata[at].n_leads;
                tallies[step].n_wins += self.wins_in_history[at];
                volumes[step] += self.leads.recent[at];
            }
            let (rule, bands) = (&player.policy.rule, table.evidence.bands);
            let seen = Seen { tallies, volumes, shift };
            let is_met = self.rankings[position].choose(rule, bands, seen, &mut self.shares[position]);
            let is_made = is_met || !rule.looks_at_outcomes();
            draws.push(Draw { is_made, ..self.look(table, position) });
        }
    }

    /// Draws the curve within its uncertainty, how the time ahead differs from it, and who converts.
    fn draw_outcomes(&mut self, table: &Table<'_>, rng: &mut impl Rng) {
        let of_curve: f64 = StandardNormal.sample(rng);
        let shift_ahead = table.rate.draw(rng);
        let design_effect = table.evidence.outlook.design_effect;
        self.groups.iter_mut().zip(&table.beliefs).for_each(|(groups, belief)| belief.draw(rng, groups));
        for (at, stratum) in table.strata.strata.iter().enumerate() {
            let offset = table.strata.offset(at, self.groups.iter().map(Vec::as_slice)) + of_curve * stratum.error;
            let log_odds = stratum.log_odds + offset;
            self.log_odds[at] = log_odds;
            let in_history = logistic(table.in_history[at] + offset);
            self.wins_in_history[at] = wins(stratum.n_leads, in_history, design_effect, rng);
            self.wins_ahead[at] =
                wins(self.leads.ahead[at] as f64, logistic(log_odds + shift_ahead), design_effect, rng);
        }
    }

    /// Takes the made-up history for the real one: where it puts the groups, and whom each line by group takes first.
    fn look_at_groups(&mut self, table: &Table<'_>) {
        let strata = table.strata;
        if strata.groupings.is_empty() {
            return;
        }
        let seen: Vec<Vec<f64>> = (strata.groupings.iter())
            .map(|grouping| {
                let leads: Vec<GroupLeads> = (strata.strata.iter().zip(&table.in_history).zip(&self.wins_in_history))
                    .map(|((stratum, &log_odds), &n_wins)| GroupLeads {
                        group: stratum.cell.group(Some(grouping.by)),
                        log_odds,
                        n_leads: stratum.n_leads,
                        n_wins,
                    })
                    .collect();
                group_offsets(&leads, grouping.offsets.len())
            })
            .collect();
        for (at, (said, stratum)) in self.said.iter_mut().zip(&strata.strata).enumerate() {
            *said = Said::new(stratum, strata.offset(at, seen.iter().map(Vec::as_slice)));
        }
        for (ranking, steps) in self.rankings.iter_mut().zip(&mut self.steps) {
            let Some(at) = strata.groupings.iter().position(|grouping| ranking.by() == Some(grouping.by)) else {
                continue;
            };
            ranking.move_groups(&seen[at]);
            steps.iter_mut().zip(&strata.strata).for_each(|(step, stratum)| *step = ranking.step_of(&stratum.cell));
        }
    }

    /// How far the made-up history would have moved the curve: one step of Newton's method on its intercept.
    fn shift_seen(&self, table: &Table<'_>) -> f64 {
        let (mut excess, mut variance) = (0.0, 0.0);
        for ((stratum, said), &n_wins) in table.strata.strata.iter().zip(&table.said).zip(&self.wins_in_history) {
            if stratum.n_leads <= 0.0 {
                continue;
            }
            let chance = said.worth / stratum.n_leads;
            excess += n_wins - stratum.n_leads * chance;
            variance += stratum.n_leads * chance * (1.0 - chance);
        }
        if variance > 0.0 { excess / variance } else { 0.0 }
    }

    /// What the made-up history promises player `position`, and what then comes.
    fn look(&self, table: &Table<'_>, position: usize) -> Draw {
        let (shares, steps) = (&self.shares[position], &self.steps[position]);
        let n_ahead = table.volume.n_ahead();
        let rate_shift = table.rate.mean();
        let mut draw = Draw::default();
        let mut promised = ChosenConversion::default();
        let (mut true_leads, mut true_wins) = (0.0, 0.0);
        for (at, &step) in steps.iter().enumerate() {
            let (share, stratum) = (shares[step], &table.strata.strata[at]);
            let (recent, ahead) = (self.leads.recent[at], self.leads.ahead[at] as f64);
            if share > 0.0 {
                promised.add(self.said[at], share, recent, self.wins_in_history[at], rate_shift);
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
        (draw.true_leads, draw.true_wins) = (true_leads * n_ahead, true_wins * n_ahead);
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
