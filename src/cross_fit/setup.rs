//! Setup: everything that is known before the first fit: every lead as cells, who is fitted and who is judged, and which leads
//! were right-censored when.
//!
//! In: a [`Dataset`] and the settings. Out: a [`Setup`], which every later step looks at and none changes.
//!
//! Always true: positions are those of the labelled leads, behind them the untouched, the right-censored and those leads that only
//! count as volume, as far as their criteria are known; unlabelled leads have no outcome (NaN).

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::CrossFitError;
use super::censored::{CensoringHistory, DelayTiming, can_model, deal_unlabelled};
use super::champion::ChampionOnLeads;
use super::folds::{Fold, FoldPlan, make_folds};
use crate::card::Reading;
use crate::data::dataset::{Dataset, Unlabelled};
use crate::data::features::CriterionColumn;
use crate::data::labels::keys::{lead_keys, mix};
use crate::data::labels::{Grouping, LabelledLeads, OtherLeads};
use crate::data::read::{AsOfProof, DrawnRows, InputFile, Verdict};
use crate::model::bins::CriterionCells;
use crate::model::censoring::CensoredLead;
use crate::model::levels::{CriterionSpec, Spellings};
use crate::model::train::{TrainParams, TrainingPart};
use crate::notes::{Note, in_words};
use crate::progress::Progress;
use crate::settings::Settings;

/// Leads, folds and wishes of one calibration.
#[derive(Debug)]
pub struct Setup<'a> {
    /// The settings in force.
    pub settings: &'a Settings,
    /// Leads with a fair outcome.
    pub leads: LabelledLeads,
    /// Leads behind them, without one.
    pub unlabelled: Unlabelled,
    /// What each criterion is called and reads.
    pub specs: Vec<CriterionSpec>,
    /// Values of each criterion, one cell per position.
    pub cells: Vec<CriterionCells>,
    /// Outcome per position, 0 or 1; NaN for an unlabelled lead.
    pub converted: Vec<f64>,
    /// A seeded number per position that decides every random choice about the lead.
    pub keys: Vec<u64>,
    /// Positions of the labelled leads.
    pub labelled: Vec<u32>,
    /// Wishes for the card.
    pub params: TrainParams,
    /// Who is fitted, who is judged.
    pub plan: FoldPlan,
    /// Who was right-censored when; `None` where nobody can say.
    pub censoring: Option<CensoringHistory>,
    /// Whether right-censored leads may join the fits.
    pub may_use_censored: bool,
    /// The card in use on these leads.
    pub champion: Option<ChampionOnLeads>,
    /// Edges of its numeric criteria, which the card that ships keeps so that its rows can; one list per criterion of the data.
    pub kept_edges: Vec<Vec<f64>>,
    /// A number per position that leads of one account or contact share; `None` where nobody says which belong together.
    pub cluster: Option<Vec<u64>>,
    /// When and where from every position was handed off, whatever became of it.
    pub hand_offs: AllHandOffs,
    /// What was read, and what was made of it.
    pub inputs: Inputs,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
}

/// Hand-offs of all positions; every vector has one entry per position.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AllHandOffs {
    /// Moment of hand-off, microseconds since 1970 UTC.
    pub as_of: Option<Vec<i64>>,
    /// Segment of the lead, `None` without such a column.
    pub segment: Option<Grouping>,
    /// Team of the lead.
    pub team: Option<Grouping>,
}

impl AllHandOffs {
    fn of(leads: &LabelledLeads, unlabelled: Unlabelled) -> Self {
        let parts: Vec<&OtherLeads> = parts(leads, unlabelled).collect();
        let all = |own: &Option<Grouping>, of_part: fn(&OtherLeads) -> &Option<Grouping>| {
            let mut all = own.clone()?;
            parts.iter().filter_map(|part| of_part(part).as_ref()).for_each(|more| all.extend(more));
            Some(all)
        };
        let as_of = leads
            .as_of
            .as_ref()
            .map(|as_of| as_of.iter().chain(parts.iter().flat_map(|part| &part.as_of)).copied().collect());
        Self { as_of, segment: all(&leads.segment, |part| &part.segment), team: all(&leads.team, |part| &part.team) }
    }
}

/// The unlabelled leads whose criteria are known, in the order of their positions.
fn parts(leads: &LabelledLeads, unlabelled: Unlabelled) -> impl Iterator<Item = &OtherLeads> {
    [
        (&leads.untouched, unlabelled.n_untouched),
        (&leads.open, unlabelled.n_open),
        (&leads.volume_only, unlabelled.n_volume_only),
    ]
    .into_iter()
    .filter(|(_, n)| *n > 0)
    .map(|(part, _)| part)
}

/// What was read, for card and metrics.
#[derive(Debug, Default)]
pub struct Inputs {
    /// How many of the leads there are these are, where they were drawn at random.
    pub drawn: Option<DrawnRows>,
    /// What every column was taken for.
    pub verdicts: Vec<Verdict>,
    /// The rules by which texts of the lead table are numbers or moments.
    pub readings: BTreeMap<String, Reading>,
    /// Proof per criterion that nothing after as-of was used.
    pub proofs: Vec<AsOfProof>,
    /// Files that were read.
    pub files: Vec<InputFile>,
    /// SHA-256 over the fingerprints of all inputs.
    pub data_sha256: String,
    /// SHA-256 of the config in force.
    pub config_sha256: String,
}

impl<'a> Setup<'a> {
    /// Makes folds and cells.
    ///
    /// # Errors
    /// [`CrossFitError::NoCriteria`], [`CrossFitError::Folds`], [`CrossFitError::NoSuchCriterion`].
    pub fn new(data: Dataset, settings: &'a Settings, progress: &mut Progress) -> Result<Self, CrossFitError> {
        let Dataset { leads, criteria, unlabelled, champion, mut notes, .. } = data;
        if criteria.is_empty() {
            return Err(CrossFitError::NoCriteria);
        }
        let cluster = all_clusters(&leads, unlabelled);
        let (keys, plan) = progress.stage("deal", || {
            let keys = keys_of_all(&leads, unlabelled, settings.seed, cluster.as_deref());
            let plan = make_folds(&leads, &settings.folds, &keys);
            (keys, plan)
        });
        let mut plan = plan?;
        let mut converted: Vec<f64> = leads.converted.iter().map(|&won| f64::from(u8::from(won))).collect();
        converted.resize(keys.len(), f64::NAN);
        let hand_offs = AllHandOffs::of(&leads, unlabelled);
        let as_of = hand_offs.as_of.as_deref();
        let champion =
            champion.map(|found| ChampionOnLeads::score(found, &criteria, leads.n_leads(), as_of, keys.len()));
        let n_criteria = criteria.len();
        let asked = pairs_asked_for(&settings.pairs, &criteria)?;
        let (specs, cells) = progress.stage("bins", || to_specs_and_cells(criteria));
        let censoring = CensoringHistory::of(&leads, unlabelled, &plan);
        deal_unlabelled(&mut plan, &leads, unlabelled, &keys, censoring.as_ref());
        if let Some(cluster) = &cluster {
            plan.part_clusters(cluster);
            plan.check(&leads)?;
        }
        let delays = censoring.as_ref().map(|history| &history.delays);
        let may_use_censored = can_model(settings.outcome.maturity, &leads, unlabelled, delays).and_then(|()| {
            let timing = censoring.as_ref().map(|history| history.delay_timing(&leads.converted));
            timing.filter(DelayTiming::has_changed).map_or(Ok(()), |timing| Err(Some(timing.note())))
        });
        notes.extend(may_use_censored.as_ref().err().cloned().flatten());
        Ok(Self {
            settings,
            labelled: (0..leads.n_leads() as u32).collect(),
            hand_offs,
            leads,
            unlabelled,
            cluster,
            specs,
            cells,
            converted,
            keys,
            params: TrainParams::of(&settings.points, asked),
            plan,
            censoring,
            may_use_censored: may_use_censored.is_ok(),
            kept_edges: champion
                .as_ref()
                .filter(|_| settings.champion.change_price != Some(0.0))
                .map_or_else(Vec::new, |found| found.edges(n_criteria)),
            champion,
            inputs: Inputs {
                drawn: data.drawn,
                verdicts: data.verdicts,
                readings: data.readings,
                proofs: data.proofs,
                files: data.files,
                data_sha256: data.data_sha256,
                config_sha256: data.config_sha256,
            },
            notes,
        })
    }

    /// Leads that are right-censored today; none where nobody can say.
    pub fn censored_today(&self) -> &[CensoredLead] {
        self.censoring.as_ref().map_or(&[], |history| &history.open)
    }

    /// What the card that ships learns from.
    pub fn part(&self, uses_censored: bool) -> TrainingPart<'_> {
        let open = if uses_censored { self.censored_today() } else { &[] };
        TrainingPart {
            criteria: &self.cells,
            converted: &self.converted,
            keys: &self.keys,
            leads: &self.labelled,
            censored: open,
            kept_edges: &self.kept_edges,
        }
    }

    /// What the card of a fold learns from.
    pub fn fold_part<'s>(&'s self, fold: &'s Fold, uses_censored: bool) -> TrainingPart<'s> {
        let open = if uses_censored { &fold.censored[..] } else { &[] };
        // The champion may have learned from the leads that the folds judge.
        TrainingPart { leads: &fold.fit, censored: open, kept_edges: &[], ..self.part(false) }
    }

    /// Outcomes of some labelled leads.
    pub fn outcomes<'s>(&'s self, leads: &'s [u32]) -> impl Iterator<Item = bool> + 's {
        leads.iter().map(|&lead| self.leads.converted[lead as usize])
    }
}

/// Positions of the criteria of the pairs that were asked for.
fn pairs_asked_for(pairs: &[[String; 2]], criteria: &[CriterionColumn]) -> Result<Vec<[usize; 2]>, CrossFitError> {
    let position = |name: &String| {
        criteria.iter().position(|criterion| criterion.name == *name).ok_or_else(|| CrossFitError::NoSuchCriterion {
            name: name.clone(),
            known: in_words(
                &criteria.iter().map(|criterion| format!("`{}`", criterion.name)).collect::<Vec<_>>(),
                "and",
            ),
        })
    };
    pairs.iter().map(|[rows, columns]| Ok([position(rows)?, position(columns)?])).collect()
}

/// A seeded number for every position.
fn keys_of_all(leads: &LabelledLeads, unlabelled: Unlabelled, seed: u64, cluster: Option<&[u64]>) -> Vec<u64> {
    let mut keys = lead_keys(leads.identities(), seed);
    parts(leads, unlabelled).for_each(|part| keys.extend(lead_keys(part.identities(), seed)));
    // The upper half decides which side of a split a lead is on: one for all leads of a cluster.
    for (key, cluster) in keys.iter_mut().zip(cluster.unwrap_or_default()) {
        *key = (mix(cluster ^ seed) & UPPER_HALF) | (*key & !UPPER_HALF);
    }
    keys
}

/// The bits of a key that decide which side of a split a lead is on.
const UPPER_HALF: u64 = 0xffff_ffff_0000_0000;

/// A number per position that leads of one account or contact share.
fn all_clusters(leads: &LabelledLeads, unlabelled: Unlabelled) -> Option<Vec<u64>> {
    let mut all = leads.cluster.clone()?;
    for part in parts(leads, unlabelled) {
        all.extend(part.cluster.iter().flatten());
    }
    Some(all)
}

fn to_specs_and_cells(criteria: Vec<CriterionColumn>) -> (Vec<CriterionSpec>, Vec<CriterionCells>) {
    criteria
        .into_par_iter()
        .map(|criterion| {
            let cells = CriterionCells::of(&criterion);
            let spellings = Spellings::of(criterion.written.as_ref());
            let CriterionColumn { name, group, wording, input, map, .. } = criterion;
            (CriterionSpec { name, group, wording, input, map, spellings }, cells)
        })
        .unzip()
}
