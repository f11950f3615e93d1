//! The card that the advice about the card in use comes to, beside the new one.
//!
//! Always true: it is what `bantam recalibrate` and `bantam monitor` make of the same card and the same leads.

use super::ENGINE;
use crate::analyses::Evidence;
use crate::analyses::champion::record::ChampionMetrics;
use crate::analyses::champion::{both, leads_of_champion};
use crate::card::Card;
use crate::cross_fit::champion::ChampionOnLeads;
use crate::decide::Rules;
use crate::notes::{Note, in_one_line};
use crate::quarter::{Descent, LineRules, RecentLeads, advised_card, is_ask_first};

/// The card in use as it is or with a new curve; `None` without one, and where the new card is advised. What it is stands in `champion`.
pub(super) fn advised(
    evidence: Evidence<'_>,
    rules: &Rules,
    champion: Option<&mut ChampionMetrics>,
    notes: &mut Vec<Note>,
) -> Option<Card> {
    let (found, metrics) = (evidence.setup.champion.as_ref()?, champion?);
    let settings = evidence.setup.settings;
    let lines = LineRules::of(rules.policies(), rules.sales(), settings);
    let descent = Descent {
        from_sha256: found.champion.file.sha256.clone(),
        engine: ENGINE.to_owned(),
        data_sha256: evidence.setup.inputs.data_sha256.clone(),
        config_sha256: evidence.setup.inputs.config_sha256.clone(),
    };
    let leads = || recent_leads(evidence, found);
    match advised_card(&found.champion.card, &metrics.advice, leads, &lines, &descent) {
        Ok(made) => {
            let (card, advised, more) = made?;
            metrics.advised = Some(advised);
            notes.extend(more);
            Some(card)
        }
        Err(error) => {
            let text = in_one_line(&error.to_string());
            notes.push(Note::new("champion", format!("the card in use has no new curve: {text}")));
            None
        }
    }
}

/// The leads that came since the card in use was made.
fn recent_leads<'a>(evidence: Evidence<'a>, found: &'a ChampionOnLeads) -> RecentLeads<'a> {
    let both = both(evidence, found, &[], &[]);
    let judged = leads_of_champion(&both);
    let of = &found.came_since;
    let card = &found.champion.card;
    let score = |lead: usize| {
        let points = card.criteria.iter().zip(&of.levels).map(|(criterion, levels)| {
            let level = levels.get(lead).map_or(0, |&level| usize::from(level));
            criterion.levels.get(level).map_or(0, |level| level.points)
        });
        card.base_points + points.sum::<i32>()
    };
    let as_of = evidence.setup.hand_offs.as_of.as_ref();
    RecentLeads {
        handed_off: (0..of.leads.len()).map(|lead| (score(lead), is_ask_first(card, &of.levels, lead))).collect(),
        as_of: as_of.map(|as_of| of.leads.iter().map(|&lead| as_of[lead as usize]).collect()),
        position: (0..judged.n_leads() as u32).collect(),
        judged,
    }
}
