//! Intake: everything up to the values of the criteria. Files are read here, before the fit, and nowhere after.

use std::path::Path;

use polars::prelude::DataFrame;

use super::progress::Progress;
use crate::config::{self, Config};
use crate::features::{CriterionColumn, Derived, FeatureError, derive};
use crate::labels::{HandOffs, LabelError, LabelledLeads, label_hand_offs, label_leads};
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
    let Tables { frame, outcomes, events, files, mut notes, unsupported } = read_tables(config, progress)?;
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

/// Every hand-off with its criteria and what sales did.
#[derive(Debug, Clone)]
pub struct PreparedHandOffs {
    /// The hand-offs.
    pub hand_offs: HandOffs,
    /// Their criteria, one value per hand-off.
    pub criteria: Vec<CriterionColumn>,
    /// What a careful person would mention of files, outcomes and dispositions; of the criteria `check` tells.
    pub notes: Vec<Note>,
    /// SHA-256 over the fingerprints of all inputs.
    pub data_sha256: String,
}

/// Reads as [`prepare`] does, but keeps every hand-off, whatever became of it. The columns that are criteria are those that
/// pass the checks on leads with a fair outcome.
///
/// # Errors
/// An [`IntakeError`] that names file, column, row or key.
pub fn prepare_hand_offs(config: &mut Config, progress: &mut Progress) -> Result<PreparedHandOffs, IntakeError> {
    let Tables { frame, outcomes, events, files, mut notes, unsupported } = read_tables(config, progress)?;
    notes.extend(complete_roles(&frame, config));
    let labels = progress.stage("label", || label_hand_offs(&frame, outcomes.as_ref(), config))?;
    let (labelled, hand_offs, label_notes) = labels;
    notes.extend(label_notes);
    let mut verdicts = progress.stage("check", || judge_columns(&frame, config, &labelled));
    verdicts.extend(unsupported);
    let derived =
        progress.stage("criteria", || derive(&frame, events.as_ref(), config, &hand_offs.leads, &verdicts))?;
    Ok(PreparedHandOffs { hand_offs, criteria: derived.columns, notes, data_sha256: data_fingerprint(&files) })
}

/// The user's tables as read.
pub(super) struct Tables {
    pub(super) frame: DataFrame,
    pub(super) outcomes: Option<DataFrame>,
    pub(super) events: Option<DataFrame>,
    pub(super) files: Vec<InputFile>,
    pub(super) notes: Vec<Note>,
    pub(super) unsupported: Vec<Verdict>,
}

/// Reads all tables that the config names.
pub(super) fn read_tables(config: &Config, progress: &mut Progress) -> Result<Tables, LeadError> {
    let mut read = |path: &Path, table: &str| {
        progress.stage(&format!("read {table}"), || read_table(&path.to_string_lossy(), table, None))
    };
    let Table { frame, mut files, mut notes, unsupported } = read(&config.leads.path, "leads")?;
    let mut read_optional = |path: Option<&Path>, table: &str| -> Result<Option<DataFrame>, LeadError> {
        let Some(path) = path else { return Ok(None) };
        let read = read(path, table)?;
        files.extend(read.files);
        notes.extend(read.notes);
        Ok(Some(read.frame))
    };
    let outcomes = read_optional(config.outcome.path.as_deref(), "outcomes")?;
    let events = read_optional(config.events.as_ref().map(|events| events.path.as_path()), "events")?;
    Ok(Tables { frame, outcomes, events, files, notes, unsupported })
}
