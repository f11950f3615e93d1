//! Figures: `metrics.json`, from everything the stages came to, with the ladder of smaller cards.

use std::cmp::Ordering;

use crate::analyses::censored::record::{DelayByScore, MaturityMetrics, RecentVolume};
use crate::analyses::champion::record::ChampionMetrics;
use crate::analyses::overrides::record::OverrideMetrics;
use crate::analyses::questions::record::QuestionMetrics;
use crate::analyses::segments::record::SegmentsMetrics;
use crate::analyses::untouched::record::UntouchedMetrics;
use crate::calibrate::record::{
    BaselineMetrics, CardMetrics, FoldMetrics, LeadCounts, Metrics, SettingsMetrics, SizePathPoint, StageSeconds,
};
use crate::calibrate::{Folds, Study};
use crate::card::Card;
use crate::cross_fit::censored::{self, Today};
use crate::cross_fit::curves::HeldOutFold;
use crate::cross_fit::final_card::ShippedCard;
use crate::cross_fit::held_out::{HeldOut, ScoredOthers};
use crate::data::labels::LabelledLeads;
use crate::data::read::{AsOfProof, InputFile, Verdict};
use crate::decide::decision::Choice;
use crate::decide::frontier::{self, Resolved};
use crate::measures::{Cells, OutOfFoldMetrics, auc, log_loss, reliability_rows};
use crate::model::censoring::OpenLead;
use crate::model::curve::Curve;
use crate::model::fit::baseline::MAX_BASELINE_LEADS;
use crate::model::points::ScaleRule;
use crate::model::train::{ROW_PRICES, Settings, ladder, mean, paired_difference};
use crate::notes::Note;
use crate::progress::Progress;
use crate::settings::{DAYS_PER_MONTH, US_PER_DAY};

/// What the stages had to tell that does not follow from card, judged leads and choice.
pub(crate) struct Told {
    pub(crate) judged: OutOfFoldMetrics,
    pub(crate) ladder: Vec<SizePathPoint>,
    pub(crate) overrides: Option<OverrideMetrics>,
    pub(crate) segments: Option<SegmentsMetrics>,
    pub(crate) maturity: Option<MaturityMetrics>,
    pub(crate) untouched: Option<UntouchedMetrics>,
    pub(crate) champion: Option<ChampionMetrics>,
    pub(crate) questions: Option<QuestionMetrics>,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) proofs: Vec<AsOfProof>,
    pub(crate) files: Vec<InputFile>,
    pub(crate) notes: Vec<Note>,
}

/// Everything that stands in `metrics.json`.
pub(crate) fn metrics(
    study: &Study<'_>,
    at: &Folds<'_>,
    (shipped, card): (&ShippedCard, &Card),
    unseen: &HeldOut,
    choice: &Choice,
    told: Told,
    progress: &Progress,
) -> Metrics {
    let (leads, judged) = (study.leads, &unseen.out_of_fold);
    Metrics {
        n_leads: leads.n_leads(),
        n_converted: leads.n_converted(),
        leads: lead_counts(leads),
        out_of_fold: told.judged,
        baseline_logistic: baseline_metrics(&unseen.folds, leads),
        card: CardMetrics {
            n_criteria: card.criteria.len(),
            n_rows: card.n_rows(),
            points_min: card.curve.first().map_or(0, |entry| entry.score),
            points_max: card.curve.last().map_or(0, |entry| entry.score),
        },
        settings: settings_metrics(&shipped.trained.settings),
        curve: unseen.curve.name().to_owned(),
        folds: fold_metrics(unseen, leads),
        folds_by: at.plan.sentence.clone(),
        overrides: told.overrides,
        ladder: told.ladder,
        reliability: reliability_rows(&Cells::count(&judged.score, &judged.probability, &judged.converted).by_score()),
        at_threshold: frontier::threshold_metrics(&choice.resolved, &choice.frontier),
        policies: choice.policies.clone(),
        forecast: choice.forecast.clone(),
        back_test: choice.back_test.clone(),
        bands: choice.band_metrics.clone(),
        bands_by_month: choice.bands_by_month.clone(),
        funnels: choice.funnels.clone(),
        segments: told.segments,
        maturity: told.maturity,
        untouched: told.untouched,
        champion: told.champion,
        questions: told.questions,
        verdicts: told.verdicts,
        as_of: told.proofs,
        inputs: told.files,
        seconds: progress
            .seconds()
            .iter()
            .map(|(stage, seconds)| StageSeconds { stage: stage.clone(), seconds: *seconds })
            .collect(),
        notes: told.notes,
    }
}

/// What is said of leads that are open today; `None` where there are none.
pub(crate) fn maturity(
    study: &Study<'_>,
    today: &Today,
    (unseen, others): (&HeldOut, &ScoredOthers),
    choice: &Choice,
    (is_modelled, by_score): (bool, Option<DelayByScore>),
) -> Option<MaturityMetrics> {
    if today.open.is_empty() {
        return None;
    }
    let probabilities = is_modelled.then(|| curve_of_open(&unseen.curve, &others.open, &today.open));
    let volume = if is_modelled { recent_volume(&others.open, &study.leads.open.as_of, choice) } else { Vec::new() };
    Some(censored::metrics(today, probabilities.as_deref(), is_modelled, by_score, volume))
}

/// Chance of each open lead by its score; the mean of the others for one that no fold scored.
fn curve_of_open(curve: &Curve, scored: &[(usize, i32)], open: &[OpenLead]) -> Vec<f64> {
    let known: Vec<(usize, f64)> =
        scored.iter().map(|&(at, score)| (at, curve.probability(f64::from(score)))).collect();
    let middle = mean(&known.iter().map(|(_, probability)| *probability).collect::<Vec<_>>());
    let mut probabilities = vec![if middle.is_finite() { middle } else { 0.0 }; open.len()];
    known.into_iter().for_each(|(at, probability)| probabilities[at] = probability);
    probabilities
}

/// Leads a month at the line of each policy: judged ones, and those still open.
fn recent_volume(open: &[(usize, i32)], as_of: &[i64], choice: &Choice) -> Vec<RecentVolume> {
    let hand_offs: Vec<i64> = open.iter().filter_map(|&(at, _)| as_of.get(at).copied()).collect();
    let (Some(first), Some(last)) = (hand_offs.iter().min(), hand_offs.iter().max()) else { return Vec::new() };
    let n_months = ((last - first) / US_PER_DAY + 1) as f64 / DAYS_PER_MONTH;
    if choice.histogram.months.is_empty() || n_months < MIN_RECENT_MONTHS {
        return Vec::new();
    }
    let of_policy = |policy: &Resolved| {
        let share = |score: i32| match score.cmp(&policy.threshold) {
            Ordering::Greater => 1.0,
            Ordering::Equal => policy.share_of_tied,
            Ordering::Less => 0.0,
        };
        RecentVolume {
            policy: policy.name.clone(),
            threshold: policy.threshold,
            leads_per_month: policy.chosen.leads_per,
            open_leads_per_month: open.iter().map(|&(_, score)| share(score)).sum::<f64>() / n_months,
        }
    };
    choice.resolved.iter().filter(|policy| policy.groups.is_empty()).map(of_policy).collect()
}

/// Months below which the leads of a time say little about its volume.
const MIN_RECENT_MONTHS: f64 = 1.0;

/// Cards of several sizes on the scale of the one that ships; none where levels are bounded.
pub(crate) fn rungs(study: &Study<'_>, shipped: &ShippedCard, folds: &[HeldOutFold]) -> Vec<SizePathPoint> {
    let (part, params) = (&study.part, study.params);
    if matches!(params.rule.scale, ScaleRule::Bounded(..)) {
        return Vec::new();
    }
    let mut rule = params.rule;
    rule.scale = ScaleRule::PerLogOdds(shipped.trained.points.scale);
    let cards = ladder(part, &shipped.trained, &rule);
    let losses: Vec<Vec<f64>> = (0..ROW_PRICES.len())
        .map(|price| folds.iter().flat_map(|fold| fold.size_path_losses[price].iter().copied()).collect())
        .collect();
    let means: Vec<f64> = losses.iter().map(|losses| mean(losses)).collect();
    let best = (0..means.len()).fold(0, |best, price| if means[price] < means[best] { price } else { best });
    (0..ROW_PRICES.len())
        .map(|price| {
            let chains = &shipped.trained.chains;
            SizePathPoint {
                row_price: ROW_PRICES[price],
                n_rows: cards[price].n_card_rows(&shipped.trained.bins, chains),
                n_criteria: cards[price].used_criteria(chains).len(),
                log_loss: means[price],
                difference_se: paired_difference(&losses[price], &losses[best]).1,
                wins_in_best_quarter: wins_in_best_quarter(folds, part.converted, price),
                is_shipped: ROW_PRICES[price] == shipped.trained.settings.row_price,
            }
        })
        .collect()
}

/// Conversions among the quarter of the judged leads with the highest log-odds; ties share the last places.
fn wins_in_best_quarter(folds: &[HeldOutFold], converted: &[f64], price: usize) -> f64 {
    let mut judged: Vec<(f64, f64)> = folds
        .iter()
        .flat_map(|fold| {
            fold.size_path_log_odds[price].iter().zip(&fold.leads).map(|(&eta, &lead)| (eta, converted[lead as usize]))
        })
        .collect();
    judged.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut places = judged.len() as f64 / 4.0;
    let mut wins = 0.0;
    for tied in judged.chunk_by(|a, b| a.0 == b.0) {
        let share = (places / tied.len() as f64).min(1.0);
        wins += share * tied.iter().map(|(_, won)| won).sum::<f64>();
        places -= tied.len() as f64;
        if places <= 0.0 {
            break;
        }
    }
    wins
}

fn lead_counts(leads: &LabelledLeads) -> LeadCounts {
    let counts = &leads.counts;
    LeadCounts {
        n_read: counts.n_read,
        n_immature: counts.n_immature,
        n_untouched: counts.n_untouched,
        n_left_out: counts.n_without_outcome
            + counts.n_duplicate
            + counts.n_as_of_after_conversion
            + counts.n_without_as_of
            + counts.n_without_id,
    }
}

fn baseline_metrics(folds: &[HeldOutFold], leads: &LabelledLeads) -> BaselineMetrics {
    let probability: Vec<f64> = folds.iter().flat_map(|fold| fold.baseline.iter().copied()).collect();
    let converted: Vec<bool> =
        folds.iter().flat_map(|fold| fold.leads.iter().map(|&lead| leads.converted[lead as usize])).collect();
    BaselineMetrics {
        log_loss: log_loss(&probability, &converted).unwrap_or_default(),
        auc: auc(&probability, &converted).unwrap_or_default(),
    }
}

/// Says so when the plain logistic regression saw fewer leads than the card beside it.
pub(crate) fn baseline_note(folds: &[HeldOutFold]) -> Option<Note> {
    let most = folds.iter().map(|fold| fold.n_fit).max()?;
    (most > MAX_BASELINE_LEADS).then(|| {
        let text = format!(
            "the plain logistic regression beside the card was fitted on {MAX_BASELINE_LEADS} leads of each fold, drawn at random"
        );
        Note::new("fit", text)
    })
}

fn settings_metrics(settings: &Settings) -> SettingsMetrics {
    SettingsMetrics {
        smoothness: settings.stiffness.smoothness,
        ridge: settings.stiffness.ridge,
        reweighted: settings.stiffness.reweighted,
        row_price: settings.row_price,
        offset_spread: settings.offset_variance.map(f64::sqrt),
    }
}

fn fold_metrics(unseen: &HeldOut, leads: &LabelledLeads) -> Vec<FoldMetrics> {
    (unseen.folds.iter().zip(&unseen.probabilities))
        .map(|(fold, probability)| {
            let converted: Vec<bool> = fold.leads.iter().map(|&lead| leads.converted[lead as usize]).collect();
            FoldMetrics {
                fold: fold.name.clone(),
                n_fit: fold.n_fit,
                n_judged: fold.leads.len(),
                log_loss_fit: fold.log_loss_fit,
                log_loss_judged: log_loss(probability, &converted).unwrap_or_default(),
                settings: settings_metrics(&fold.settings),
            }
        })
        .collect()
}
