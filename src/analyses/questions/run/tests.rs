//! Companies with known truth: what a strong criterion, a copy of it and a useless one are worth.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::analyses::questions::record::{CriterionWorth, QuestionMetrics};
use crate::card::{Input, InputKind};
use crate::cross_fit::folds::FoldPlan;
use crate::cross_fit::near_champion::ChangePriceSearch;
use crate::cross_fit::setup::{AllHandOffs, Inputs};
use crate::data::dataset::Unlabelled;
use crate::data::labels::LabelledLeads;
use crate::math::logistic;
use crate::model::bins::CriterionCells;
use crate::model::bins::cells::{CellColumn, CellMeaning};
use crate::model::fit::Stiffness;
use crate::model::levels::{Assembled, Spellings};
use crate::model::overrides::Applied;
use crate::model::points::ScaleRule;
use crate::model::train::{FitSettings, PairRule, TrainParams};
use crate::settings::{CardSize, Config, Trend, Wording};

const STIFFNESS: Stiffness = Stiffness { smoothness: 3.0, ridge: 1.0, reweighted: false };
const SETTINGS: FitSettings = FitSettings { stiffness: STIFFNESS, row_price: 0.25, offset_variance: None };
const RULE: PointsRule = PointsRule { scale: ScaleRule::PerLogOdds(15.0), unit: 1 };

/// Leads with `NAMES` as criteria: 0 need (strong), 1 size (weaker), 2 noise, 3 copy of need.
struct World {
    cells: Vec<CriterionCells>,
    chance: Vec<f64>,
    converted: Vec<f64>,
}

const NAMES: [&str; 4] = ["need", "size", "noise", "copy"];

fn world(n_leads: usize, n_criteria: usize, rng: &mut ChaCha8Rng) -> World {
    let (mut columns, mut chance, mut converted) = (vec![Vec::new(); 4], Vec::new(), Vec::new());
    for _ in 0..n_leads {
        let (need, size, noise) = (rng.random_range(0..4), rng.random_range(0..5), rng.random_range(0..4));
        let p = logistic(-2.6 + [-1.0, -0.2, 0.4, 1.6][need] + 0.25 * (size as f64 - 2.0));
        for (column, answer) in columns.iter_mut().zip([need, size, noise, need]) {
            column.push(answer as u16 + 1);
        }
        chance.push(p);
        converted.push(f64::from(u8::from(rng.random::<f64>() < p)));
    }
    let cells = columns.into_iter().take(n_criteria).map(|cells| {
        let names = (0..5).map(|level| format!("level {level}")).collect();
        let column = CellColumn { cells, meaning: CellMeaning::Levels { names } };
        CriterionCells { column, order: Vec::new(), trend: Trend::Free, is_partially_pooled: false }
    });
    World { cells: cells.collect(), chance, converted }
}

fn fitted(part: &TrainingPart<'_>, leads: &[u32], which: &[usize]) -> Trained {
    let bins = fit_bins(part.criteria, which, leads, part.converted, &BinParams::default());
    let chains = Chains::of(&bins);
    let (codes, outcome) = (bins.encode(part.criteria, leads), outcome_of(part, leads));
    let observed = Observed { codes: &codes, outcome: &outcome, weight: None };
    let fit = fit_joint(observed, &chains, &STIFFNESS, &NewtonParams::default()).expect("fits");
    let points = PointsProblem::new(&fit, observed, &chains, &bins.trends()).choose(&RULE, SETTINGS.row_price);
    Trained { bins, chains, fit, points, settings: SETTINGS, censored_counts: Vec::new() }
}

/// What the questions of a world are worth per 1,000 leads, at the volume of a fifth, from three folds.
fn asked_of(world: &World) -> QuestionMetrics {
    let n_leads = world.converted.len() as u32;
    let everyone: Vec<u32> = (0..n_leads).collect();
    let keys: Vec<u64> = (0..u64::from(n_leads)).map(|lead| lead.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    let which: Vec<usize> = (0..world.cells.len()).collect();
    let folds: Vec<Fold> = (0..3)
        .map(|fold| {
            let (judge, fit) = everyone.iter().partition(|&&lead| lead % 3 == fold);
            Fold { name: fold.to_string(), fit, judge, ..Fold::default() }
        })
        .collect();
    let specs: Vec<CriterionSpec> = (NAMES.iter().take(which.len()))
        .map(|name| CriterionSpec {
            name: (*name).to_owned(),
            group: None,
            wording: Wording::default(),
            input: Input { column: (*name).to_owned(), kind: InputKind::Text, derivation: None },
            map: None,
            spellings: Spellings::default(),
        })
        .collect();
    let mut config = Config::default();
    config.leads.path = "leads.parquet".into();
    config.outcome.converted = Some("won".to_owned());
    let settings = config.check().expect("nothing to object to");
    let setup = Setup {
        settings: &settings,
        leads: LabelledLeads {
            converted: world.converted.iter().map(|&won| won > 0.5).collect(),
            ..LabelledLeads::default()
        },
        unlabelled: Unlabelled::default(),
        specs,
        cells: world.cells.clone(),
        converted: world.converted.clone(),
        keys,
        labelled: everyone.clone(),
        params: TrainParams {
            rule: RULE,
            may_be_finer: false,
            size: CardSize::Accurate,
            max_criteria: None,
            max_rows: None,
            pairs: PairRule::none(),
        },
        plan: FoldPlan { sentence: String::new(), is_by_time: false, folds },
        censoring: None,
        may_use_censored: false,
        champion: None,
        kept_edges: Vec::new(),
        cluster: None,
        hand_offs: AllHandOffs::default(),
        inputs: Inputs::default(),
        notes: Vec::new(),
    };
    let trained = fitted(&setup.part(false), &everyone, &which);
    let score_to_log_odds = LogOddsLine { intercept: trained.points.intercept, slope: 1.0 / trained.points.scale };
    let assembled = Assembled { criteria: Vec::new(), taken_off: 0 };
    let fitted = Fitted {
        card: FinalCard { trained, assembled, base_points: 0, score_to_log_odds },
        folds: setup.plan.folds.iter().map(|fold| fitted(&setup.part(false), &fold.fit, &which)).collect(),
        by_hand: Applied::default(),
        uses_censored: false,
        delays: None,
        changes: ChangePriceSearch::default(),
        notes: Vec::new(),
    };
    let (judged, curve) = judge(&setup, &fitted).expect("fits");
    let line = Line { policy: "fifth".to_owned(), threshold: 0, share: 0.2 };
    measure(&judged, &curve, &[line], f64::from(n_leads) / 1_000.0).expect("questions")
}

fn worth<'a>(found: &'a QuestionMetrics, name: &str) -> Option<&'a CriterionWorth> {
    found.criteria.iter().find(|criterion| criterion.criterion == name)
}

/// Wins per 1,000 fresh leads that a card of some criteria takes with a fifth of them.
fn wins_of(world: &World, fresh: &World, which: &[usize]) -> f64 {
    let everyone: Vec<u32> = (0..world.converted.len() as u32).collect();
    let part = TrainingPart {
        criteria: &world.cells,
        converted: &world.converted,
        keys: &[],
        leads: &everyone,
        censored: &[],
        kept_edges: &[],
    };
    let trained = fitted(&part, &everyone, which);
    let all: Vec<u32> = (0..fresh.converted.len() as u32).collect();
    let scores = trained.points.scores(&trained.bins.encode(&fresh.cells, &all));
    let mut ranked: Vec<(i32, f64)> = scores.into_iter().zip(fresh.chance.iter().copied()).collect();
    ranked.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let (mut left, mut wins) = (0.2 * ranked.len() as f64, 0.0);
    for tied in ranked.chunk_by(|a, b| a.0 == b.0) {
        let taken = f64::min(left, tied.len() as f64) / tied.len() as f64;
        wins += taken * tied.iter().map(|(_, chance)| chance).sum::<f64>();
        left -= taken * tied.len() as f64;
    }
    wins / ranked.len() as f64 * 1_000.0
}

#[test]
fn a_strong_criterion_is_worth_what_it_wins_among_200_000_fresh_leads() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (history, fresh) = (world(12_000, 3, &mut rng), world(200_000, 3, &mut rng));
    let truth = wins_of(&history, &fresh, &[0, 1, 2]) - wins_of(&history, &fresh, &[1, 2]);
    assert!(truth > 15.0, "{truth}");
    let found = asked_of(&history);
    let gain = worth(&found, "need").expect("on the card").at[0].gain;
    assert!(gain.low <= truth && truth <= gain.high, "{gain:?} {truth}");
    assert!(gain.high - gain.low < truth, "{gain:?}");
    assert_eq!(found.criteria[0].criterion, "need");
}

#[test]
fn a_useless_criterion_is_worth_nothing_in_nine_of_ten_histories() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let histories: Vec<World> = (0..100).map(|_| world(1_500, 3, &mut rng)).collect();
    let gains: Vec<_> = (histories.par_iter())
        .filter_map(|history| worth(&asked_of(history), "noise").map(|noise| noise.at[0].gain))
        .collect();
    // Where the card of a history has no row for it, there is nothing to price.
    assert!(gains.len() >= 40, "{}", gains.len());
    let n_held = gains.iter().filter(|gain| gain.low <= 0.0 && 0.0 <= gain.high).count();
    assert!(n_held as f64 >= 0.8 * gains.len() as f64, "{n_held} of {}: {gains:?}", gains.len());
    let mean = gains.iter().map(|gain| gain.expected).sum::<f64>() / gains.len() as f64;
    assert!(mean.abs() < 1.0, "{mean}");
}

#[test]
fn a_copy_is_worth_nothing_although_it_has_many_points() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let found = asked_of(&world(6_000, 4, &mut rng));
    let (need, copy) = (worth(&found, "need").expect("on the card"), worth(&found, "copy").expect("on the card"));
    assert!(copy.points_range >= 6, "{copy:?}");
    let gain = copy.at[0].gain;
    assert!(gain.low <= 0.0 && gain.expected < 4.0, "{gain:?}");
    // Without either of the two the other stands in; without both, wins are lost.
    assert!(need.at[0].gain.expected < 10.0, "{need:?}");
    let one = &found.path[0];
    assert!(one.enter == ["need"] || one.enter == ["copy"], "{one:?}");
    assert!(found.enough[0].n_criteria <= 2, "{:?}", found.enough);
}

#[test]
fn the_path_ends_with_the_card_that_has_everything() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let found = asked_of(&world(3_000, 3, &mut rng));
    let last = found.path.last().expect("cards");
    assert_eq!(last.n_criteria, found.criteria.len());
    assert_eq!(last.at[0].wins, found.criteria[0].at[0].wins_with);
    assert!(found.path.windows(2).all(|pair| pair[0].n_criteria < pair[1].n_criteria));
    assert_eq!(found.path[0].enter, ["need"]);
}
