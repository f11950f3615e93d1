//! The card as it is handed over.

use std::collections::BTreeMap;

use crate::analyses::Evidence;
use crate::card::{Card, Criterion, Provenance, Reading, TEXT_RULE};
use crate::data::labels::{LeadIds, show_time};
use crate::decide::frontier::Resolved;

/// Name and version of the engine, as it stands in cards and manifests.
pub const ENGINE: &str = concat!("bantam ", env!("CARGO_PKG_VERSION"));

/// The card that ships, with what its scores are worth, thresholds and bands.
pub(super) fn card_of(evidence: Evidence<'_>) -> Card {
    let Evidence { setup, fitted, decision, .. } = evidence;
    let final_card = &fitted.card;
    let readings = readings_of(evidence);
    let known_at_least = Some(decision.ask_first.known_at_least);
    let mut card = Card {
        format: Card::format_of(&final_card.assembled.criteria, &readings, known_at_least),
        base_points: final_card.base_points,
        golden: Vec::new(),
        known_at_least,
        grades: decision.grades.as_ref().map(|record| record.grades.clone()),
        overrides: fitted.by_hand.overrides.clone(),
        criteria: final_card.assembled.criteria.clone(),
        curve: decision.curve_table.clone(),
        thresholds: decision.resolved.iter().flat_map(Resolved::to_thresholds).collect(),
        bands: decision.bands.clone(),
        text: TEXT_RULE.to_owned(),
        as_of_column: setup.settings.leads.as_of.clone(),
        id_column: match &setup.leads.ids {
            LeadIds::Whole { column, .. } | LeadIds::Text { column, .. } => Some(column.clone()),
            LeadIds::RowNumber => None,
        },
        readings,
        provenance: provenance(evidence),
    };
    card.format = card.own_format();
    card.golden = card.golden_rows();
    card
}

/// The rules of the columns that the card reads.
fn readings_of(evidence: Evidence<'_>) -> BTreeMap<String, Reading> {
    let Evidence { setup, fitted, .. } = evidence;
    let inputs = fitted.card.assembled.criteria.iter().filter_map(Criterion::input);
    let columns = inputs.map(|input| input.time_column().unwrap_or(&input.column));
    let as_of = setup.settings.leads.as_of.as_deref();
    let rule = |column: &str| Some((column.to_owned(), setup.inputs.readings.get(column)?.clone()));
    columns.chain(as_of).filter_map(rule).collect()
}

fn provenance(evidence: Evidence<'_>) -> Provenance {
    let Evidence { setup, fitted, .. } = evidence;
    let leads = &setup.leads;
    let as_of = leads.as_of.iter().flatten();
    Provenance {
        engine: ENGINE.to_owned(),
        data_sha256: setup.inputs.data_sha256.clone(),
        config_sha256: setup.inputs.config_sha256.clone(),
        n_leads: leads.n_leads() as u64,
        n_converted: leads.n_converted() as u64,
        first_as_of: as_of.clone().min().map(|&moment| show_time(moment)),
        last_as_of: as_of.max().map(|&moment| show_time(moment)),
        points_per_log_odds: fitted.card.trained.points.scale,
        seed: setup.settings.seed,
        recalibrated: None,
    }
}
