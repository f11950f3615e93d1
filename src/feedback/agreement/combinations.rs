//! Answers, and pairs of answers, that sales turns down although they convert, or takes although they do not.
//!
//! Plain counts, no model: an answer is listed where sales accepts surely less often than on average *and* accepted leads
//! convert surely better than on average, or both the other way round. Both must hold, so the larger of the two one-sided
//! p-values counts (intersection-union test), over all answers and pairs together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FALSE_DISCOVERY;
use super::levels::Levels;
use crate::feedback::shrink::GroupShare;
use crate::measures::{above, discoveries};
use crate::model::bins::Codes;

/// Fewest decided leads, and fewest accepted ones with a fair outcome, before a combination is looked at.
const MIN_DECIDED: u64 = 50;
const MIN_WORKED: u64 = 30;
/// Most that are told, each way.
const TOLD: usize = 8;

/// One answer, or two answers of one lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Combination {
    /// Criterion and level, one or two.
    pub answers: Vec<(String, String)>,
    /// Which way sales and conversion part.
    pub direction: Direction,
    /// Accepted, of those accepted or rejected; Wilson's interval.
    pub accepted: GroupShare,
    /// Converted, of the accepted ones with a fair outcome.
    pub converted: GroupShare,
    /// Converted all the same, of the rejected ones with a fair outcome.
    pub rejected_converted: GroupShare,
}

/// Which way sales and conversion part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Accepted less than average, converts better.
    TurnedDownThoughItConverts,
    /// Accepted more than average, converts worse.
    AcceptedThoughItDoesNot,
}

/// What became of a decided lead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    pub(super) is_accepted: bool,
    /// Whether it converted, where that is fair.
    pub(super) fair: Option<bool>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    decided: GroupShare,
    worked: GroupShare,
    rejected: GroupShare,
}

impl Cell {
    fn add(&mut self, answer: Answer) {
        self.decided.add(answer.is_accepted);
        match (answer.fair, answer.is_accepted) {
            (Some(won), true) => self.worked.add(won),
            (Some(won), false) => self.rejected.add(won),
            (None, _) => {}
        }
    }
}

/// A combination as criterion and code, one or two.
type Answers = Vec<(usize, usize)>;

/// Looks at every level and every pair of levels.
pub(super) fn find(
    levels: &Levels,
    codes: &Codes,
    answers: &[Answer],
    accepted: GroupShare,
    converted: GroupShare,
) -> Vec<Combination> {
    let rate = |share: GroupShare| share.hits as f64 / share.n as f64;
    let (accepted, converted) = (rate(accepted), rate(converted));
    let mut looked_at: Vec<(Answers, Cell)> = cells(codes, answers);
    looked_at.retain(|(_, cell)| cell.decided.n >= MIN_DECIDED && cell.worked.n >= MIN_WORKED);
    // Score statistics against the average, positive where the combination has more.
    let z =
        |share: GroupShare, average: f64| (rate(share) - average) / (average * (1.0 - average) / share.n as f64).sqrt();
    let mut tests: Vec<(usize, Direction, f64)> = Vec::with_capacity(2 * looked_at.len());
    for (at, (_, cell)) in looked_at.iter().enumerate() {
        let (more_accepted, more_converted) = (z(cell.decided, accepted), z(cell.worked, converted));
        let both = |a: f64, b: f64| above(a).max(above(b));
        tests.push((at, Direction::TurnedDownThoughItConverts, both(-more_accepted, more_converted)));
        tests.push((at, Direction::AcceptedThoughItDoesNot, both(more_accepted, -more_converted)));
    }
    let p_values: Vec<f64> = tests.iter().map(|(.., p)| *p).collect();
    let mut listed: Vec<(usize, Direction, f64)> =
        discoveries(&p_values, FALSE_DISCOVERY).into_iter().map(|at| tests[at]).collect();
    // What is at stake: leads on the wrong side, times how far they convert from the average.
    let stake = |&(at, direction, _): &(usize, Direction, f64)| {
        let Cell { decided, worked, .. } = looked_at[at].1;
        let misplaced = match direction {
            Direction::TurnedDownThoughItConverts => decided.n - decided.hits,
            Direction::AcceptedThoughItDoesNot => decided.hits,
        };
        misplaced as f64 * (rate(worked) - converted).abs()
    };
    listed.sort_by(|a, b| stake(b).total_cmp(&stake(a)).then(a.0.cmp(&b.0)));
    let mut told: Vec<(Direction, &Answers)> = Vec::new();
    let mut combinations = Vec::new();
    for &(at, direction, _) in &listed {
        let (place, cell) = &looked_at[at];
        // A pair that only repeats an answer listed above, or the other way round, tells nothing new.
        let repeats = |(other, known): &(Direction, &Answers)| {
            *other == direction && place.iter().any(|answer| known.contains(answer))
        };
        if told.iter().any(repeats) || told.iter().filter(|(other, _)| *other == direction).count() >= TOLD {
            continue;
        }
        told.push((direction, place));
        combinations.push(Combination {
            answers: place
                .iter()
                .map(|&(c, code)| (levels.named[c].0.clone(), levels.named[c].1[code].clone()))
                .collect(),
            direction,
            accepted: cell.decided.by_itself(),
            converted: cell.worked.by_itself(),
            rejected_converted: cell.rejected.by_itself(),
        });
    }
    combinations
}

fn cells(codes: &Codes, answers: &[Answer]) -> Vec<(Answers, Cell)> {
    let mut found = Vec::new();
    for (a, column) in codes.columns.iter().enumerate() {
        let mut single = vec![Cell::default(); codes.n_bins[a]];
        column.iter().zip(answers).for_each(|(&code, &answer)| single[usize::from(code)].add(answer));
        found.extend(single.into_iter().enumerate().map(|(code, cell)| (vec![(a, code)], cell)));
        for (b, other) in codes.columns.iter().enumerate().skip(a + 1) {
            let width = codes.n_bins[b];
            let mut pairs = vec![Cell::default(); codes.n_bins[a] * width];
            for ((&code, &other), &answer) in column.iter().zip(other).zip(answers) {
                pairs[usize::from(code) * width + usize::from(other)].add(answer);
            }
            found
                .extend(pairs.into_iter().enumerate().map(|(at, cell)| (vec![(a, at / width), (b, at % width)], cell)));
        }
    }
    found
}
