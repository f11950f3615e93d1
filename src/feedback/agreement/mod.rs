//! Agreement: what sales accepts held against what converts, on the same criteria and the same levels.
//!
//! Two fits of the joint model ([`fit_joint`](crate::model::fit::fit_joint)): acceptance on all leads that were accepted or rejected;
//! conversion on accepted leads with a fair outcome, because nobody knows what a lead would have become that sales did not work.
//! Given the answers of a lead, the two have no likelihood in common, so their errors are independent.
//!
//! Levels are cut without a look at any outcome (`levels`), so that the same rows stand in both columns and no interval is
//! narrowed by choice. `weights` puts both on one scale and tells the differences with their errors, `combinations` looks for
//! answers, and pairs of answers, that sales turns down although they convert, `rules` reads what marketing gives points for
//! today.

mod combinations;
pub mod levels;
pub mod rules;
mod weights;

pub use combinations::{Combination, Direction};
pub use weights::{LevelWeights, RuleWeight, Weights};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shrink::GroupShare;
use crate::data::features::CriterionColumn;
use crate::data::labels::{Disposition, HandOffs, KnownOutcome};
use crate::model::bins::CriterionCells;
use crate::model::fit::FitError;
use crate::notes::{Note, count, counted};
use levels::Levels;
use rules::Rules;

/// Fewest leads of the rarer kind in either model: as for a card.
const MIN_OF_A_KIND: usize = crate::data::labels::MIN_PER_OUTCOME;
/// Turned-down leads with a fair outcome from which it is strange that none has converted.
const MANY_TURNED_DOWN: u64 = 50;
/// Share of the listed differences that may be luck.
pub const FALSE_DISCOVERY: f64 = 0.10;

/// What sales accepts beside what converts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Agreement {
    /// Accepted, of the leads that were accepted or rejected.
    pub accepted: GroupShare,
    /// Converted, of the accepted leads with a fair outcome.
    pub converted: GroupShare,
    /// Converted all the same, of the rejected leads with a fair outcome.
    pub rejected_converted: GroupShare,
    /// Level by level.
    #[serde(flatten)]
    pub weights: Weights,
    /// Answers, and pairs of answers, that sales turns down although they convert, or takes although they do not.
    pub combinations: Vec<Combination>,
    /// Share of the listed differences that may be luck.
    pub false_discovery: f64,
}

/// Compares; `None` where there are too few leads of a kind, which a note says.
///
/// - `columns`, `cells`: the criteria of every hand-off.
///
/// # Errors
/// Those of the fit.
pub fn agreement(
    hand_offs: &HandOffs,
    columns: &[CriterionColumn],
    cells: &[CriterionCells],
    rules: Option<&Rules>,
    notes: &mut Vec<Note>,
) -> Result<Option<Agreement>, FitError> {
    let did = |lead: &u32| hand_offs.disposition_of(*lead as usize);
    let decided: Vec<u32> = (0..hand_offs.n_leads() as u32)
        .filter(|lead| matches!(did(lead), Some(Disposition::Accepted | Disposition::Rejected)))
        .collect();
    let is_accepted = |lead: &u32| did(lead) == Some(Disposition::Accepted);
    let is_fair = |lead: &u32| hand_offs.known[*lead as usize].is_fair();
    let has_converted = |lead: &u32| hand_offs.known[*lead as usize] == KnownOutcome::Converted;
    let worked: Vec<u32> = decided.iter().copied().filter(|lead| is_accepted(lead) && is_fair(lead)).collect();
    let share = |leads: &[u32], is_hit: &dyn Fn(&u32) -> bool| GroupShare::count(leads.iter().map(is_hit)).by_itself();
    let (accepted, converted) = (share(&decided, &is_accepted), share(&worked, &has_converted));
    let rejected: Vec<u32> = decided.iter().copied().filter(|lead| !is_accepted(lead) && is_fair(lead)).collect();
    let rejected_converted = share(&rejected, &has_converted);
    for (share, yes, no) in
        [(accepted, "were accepted", "rejected"), (converted, "were accepted and converted", "did not convert")]
    {
        if (share.hits.min(share.n - share.hits) as usize) < MIN_OF_A_KIND || cells.is_empty() {
            let text = format!(
                "what sales accepts cannot be held against what converts: {} {yes} and {} {no}, and it takes {MIN_OF_A_KIND} of \
                 each and a criterion",
                counted(share.hits, "lead"),
                count(share.n - share.hits)
            );
            notes.push(Note::new("agreement", text));
            return Ok(None);
        }
    }
    if rejected_converted.hits == 0 && rejected_converted.n >= MANY_TURNED_DOWN {
        let text = format!(
            "none of the {} with a fair outcome converted: either nobody works a rejected lead, or a lead that was won is called \
             accepted afterwards; in the second case acceptance knows the outcome, and sales looks wiser than it is",
            counted(rejected_converted.n, "rejected lead")
        );
        notes.push(Note::new("agreement", text));
    }
    let levels = Levels::cut(columns, cells, &decided);
    let side = |leads: &[u32], is_hit: &dyn Fn(&u32) -> bool| weights::Side {
        codes: levels.codes(cells, leads),
        outcome: leads.iter().map(|lead| f64::from(u8::from(is_hit(lead)))).collect(),
    };
    let sides = weights::Sides { accepted: side(&decided, &is_accepted), converted: side(&worked, &has_converted) };
    let rule_points = rules.map(|rules| rules.points(columns, &levels, &decided, notes));
    let weights = weights::compare(&levels, &sides, rule_points.as_ref())?;
    let answers: Vec<combinations::Answer> = decided
        .iter()
        .map(|lead| combinations::Answer {
            is_accepted: is_accepted(lead),
            fair: is_fair(lead).then(|| has_converted(lead)),
        })
        .collect();
    Ok(Some(Agreement {
        combinations: combinations::find(&levels, &sides.accepted.codes, &answers, accepted, converted),
        accepted,
        converted,
        rejected_converted,
        weights,
        false_discovery: FALSE_DISCOVERY,
    }))
}
