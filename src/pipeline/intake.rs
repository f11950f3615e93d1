//! Intake: everything up to the values of the criteria. Files are read here, before the fit, and nowhere after.

use std::path::Path;

use polars::prelude::DataFrame;

use super::progress::Progress;
use crate::config::{self, Config};
use crate::features::{CriterionColumn, Derived, FeatureError, derive};
use crate::labels::{LabelError, LabelledLeads, label_leads};
use crate::leads::checks::{complete_roles, judge_columns, judge_notes};
use crate::leads::{AsOfProof, InputFile, LeadError, Table, Verdict, read_table};
use crate::notes::Note;
use crate::runs::data_fingerprint;

/// Labelled leads with their criteria, and everything noticed on the way.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Leads with a fair outcome.
    pub leads: LabelledLeads,
    /// Their criteria.
    pub criteria: Vec<CriterionColumn>,
    /// What every column was taken for.
    pub verdicts: Vec<Verdict>,
    /// Proof per criterion that nothing after as-of was used.
    pub proofs: Vec<AsOfProof>,
    /// Files that were read.
    pub files: Vec<InputFile>,
    /// What a careful person would mention.
    pub notes: Vec<Note>,
    /// SHA-256 over the fingerprints of all inputs.
    pub data_sha256: String,
    /// SHA-256 of the config in force.
    pub config_sha256: String,
}

/// What can go wrong before the fit.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// A table cannot be read.
    #[error(transparent)]
    Leads(#[from] LeadError),
    /// Outcomes and leads do not go together.
    #[error(transparent)]
    Labels(#[from] LabelError),
    /// A criterion cannot be made.
    #[error(transparent)]
    Features(#[from] FeatureError),
}

/// Reads, labels, checks and derives; `config` is completed with the roles that were guessed.
///
/// # Errors
/// An [`IntakeError`] that names file, column, row or key.
pub fn prepare(config: &mut Config, progress: &mut Progress) -> Result<Prepared, IntakeError> {
    let leads = progress.stage("read leads", || read_table(&text(&config.leads.path), "leads", None))?;
    let Table { frame, mut files, mut notes, unsupported } = leads;
    let outcomes = read_optional(config.outcome.path.as_deref(), "outcomes", &mut files, &mut notes, progress)?;
    let events_path = config.events.as_ref().map(|events| events.path.clone());
    let events = read_optional(events_path.as_deref(), "events", &mut files, &mut notes, progress)?;

    notes.extend(complete_roles(&frame, config));
    let (labelled, label_notes) = progress.stage("label", || label_leads(&frame, outcomes.as_ref(), config))?;
    notes.extend(label_notes);
    let mut verdicts = progress.stage("check", || judge_columns(&frame, config, &labelled));
    verdicts.extend(unsupported);
    notes.extend(judge_notes(config, &verdicts));
    let Derived { columns, proofs, notes: feature_notes } =
        progress.stage("criteria", || derive(&frame, events.as_ref(), config, &labelled, &verdicts))?;
    notes.extend(feature_notes);
    Ok(Prepared {
        leads: labelled,
        criteria: columns,
        verdicts,
        proofs,
        data_sha256: data_fingerprint(&files),
        files,
        notes,
        config_sha256: config::fingerprint(config),
    })
}

pub(super) fn read_optional(
    path: Option<&Path>,
    table: &str,
    files: &mut Vec<InputFile>,
    notes: &mut Vec<Note>,
    progress: &mut Progress,
) -> Result<Option<DataFrame>, LeadError> {
    let Some(path) = path else { return Ok(None) };
    let read = progress.stage(&format!("read {table}"), || read_table(&text(path), table, None))?;
    files.extend(read.files);
    notes.extend(read.notes);
    Ok(Some(read.frame))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
