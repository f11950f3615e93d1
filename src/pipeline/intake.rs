//! Intake: everything up to the values of the criteria. Files are read here, before the fit, and nowhere after.

use std::path::Path;

use polars::prelude::DataFrame;

use super::progress::Progress;
use crate::config::{self, Config, Maturity};
use crate::features::{CriterionColumn, Derived, FeatureError, derive};
use crate::labels::{LabelError, LabelledLeads, OtherLeads, label_leads};
use crate::leads::checks::{complete_roles, judge_columns, judge_notes};
use crate::leads::{AsOfProof, InputFile, LeadError, Table, Verdict, read_table};
use crate::notes::{Note, counted};
use crate::runs::data_fingerprint;

/// Labelled leads with their criteria, and everything noticed on the way.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Leads with a fair outcome.
    pub leads: LabelledLeads,
    /// Their criteria, and behind them those of [`Prepared::others`].
    pub criteria: Vec<CriterionColumn>,
    /// Leads without a fair outcome whose criteria are known.
    pub others: Others,
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
    let Derived { mut columns, proofs, notes: feature_notes } =
        progress.stage("criteria", || derive(&frame, events.as_ref(), config, &labelled, &verdicts))?;
    notes.extend(feature_notes);
    let has_others = labelled.untouched.n_leads() + labelled.open.n_leads() > 0;
    let derive_all_others = || {
        let mut derive_others = |others: &OtherLeads, what: &str| {
            add_others(others, what, &mut columns, &mut notes, &|leads| {
                derive(&frame, events.as_ref(), config, leads, &verdicts)
            })
        };
        Others {
            n_untouched: derive_others(&labelled.untouched, "untouched"),
            n_open: match config.outcome.maturity.unwrap_or_default() {
                Maturity::Model => derive_others(&labelled.open, "with an open horizon"),
                Maturity::Exclude => 0,
            },
        }
    };
    let others = if has_others { progress.stage("criteria of others", derive_all_others) } else { Others::default() };
    Ok(Prepared {
        leads: labelled,
        criteria: columns,
        others,
        verdicts,
        proofs,
        data_sha256: data_fingerprint(&files),
        files,
        notes,
        config_sha256: config::fingerprint(config),
    })
}

/// Leads whose criteria stand behind those of the labelled leads: first the untouched, then the open ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Others {
    /// All of `labels.untouched`, or none of them.
    pub n_untouched: usize,
    /// All of `labels.open`, or none of them.
    pub n_open: usize,
}

/// Puts the values of other leads behind; gives how many there are now. Where their criteria cannot be made, the card can: it
/// does without them, and a note says so.
fn add_others(
    others: &OtherLeads,
    what: &str,
    columns: &mut [CriterionColumn],
    notes: &mut Vec<Note>,
    derive: &dyn Fn(&LabelledLeads) -> Result<Derived, FeatureError>,
) -> usize {
    if others.n_leads() == 0 || columns.is_empty() {
        return 0;
    }
    match derive(&others.as_labelled()) {
        Ok(derived) if derived.columns.len() == columns.len() => {
            columns.iter_mut().zip(derived.columns).for_each(|(column, more)| column.extend(more));
            others.n_leads()
        }
        Ok(_) => 0,
        Err(error) => {
            let why = error.to_string().replace("\nhint: ", "; ");
            let text = format!("{} {what} cannot be scored: {why}", counted(others.n_leads() as u64, "lead"));
            notes.push(Note::new("features", text));
            0
        }
    }
}

fn read_optional(
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
