//! Intake: everything up to the values of the criteria. Files are read here, before the fit, and nowhere after.

use std::collections::BTreeMap;

use crate::card::Reading;
use crate::data::DataError;
use crate::data::champion::{ChampionCard, ChampionColumns, champion_columns, event_rules};
use crate::data::checks::{
    check_known, classification_notes, classify_columns, complete_outcome, complete_roles, event_count_notes,
};
use crate::data::features::{CountError, CriterionColumn, Derived, EventCounts, count_events, derive, derive_last};
use crate::data::inputs::{Tables, read_tables, room_of};
use crate::data::labels::{
    HandOffs, Identities, LabelledLeads, OtherLeads, equal_rows, keep_copies_together, label_hand_offs, label_leads,
};
use crate::data::read::{AsOfProof, Doubt, DrawnRows, InputFile, LeadError, PiecedTable, Verdict, VerdictKind};
use crate::data::table::{Column, Table};
use crate::notes::{Note, counted, in_one_line};
use crate::progress::Progress;
use crate::runs::data_fingerprint;
use crate::settings::{CriteriaRules, CriterionRule, EventRule, Settings};

/// Leads with their criteria, and everything noticed on the way: what crosses into the core.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Leads with a fair outcome.
    pub leads: LabelledLeads,
    /// How many of the leads there are these are, where they were drawn at random.
    pub drawn: Option<DrawnRows>,
    /// Their criteria, and behind them those of [`Dataset::unlabelled`].
    pub criteria: Vec<CriterionColumn>,
    /// Leads without a fair outcome whose criteria are known.
    pub unlabelled: Unlabelled,
    /// The card in use on these leads.
    pub champion: Option<ChampionColumns>,
    /// What every column was taken for.
    pub verdicts: Vec<Verdict>,
    /// The rules by which texts of the lead table are numbers or moments.
    pub readings: BTreeMap<String, Reading>,
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
    /// Nothing says who converted, and no column certainly does.
    #[error(transparent)]
    Outcome(DataError),
    /// Outcomes and leads do not go together.
    #[error(transparent)]
    Labels(DataError),
    /// A criterion cannot be made.
    #[error(transparent)]
    Features(DataError),
    /// The card in use does not fit these leads.
    #[error(transparent)]
    Champion(DataError),
}

impl From<CountError> for IntakeError {
    fn from(error: CountError) -> Self {
        match error {
            CountError::Read(error) => Self::Leads(error),
            CountError::Data(error) => Self::Features(error),
        }
    }
}

/// Reads, labels, checks and derives; `settings` are completed with the roles that were guessed.
///
/// - `champion`: the card in use, to be held against the new one.
///
/// # Errors
/// An [`IntakeError`] that names file, column, row or key.
pub fn read_dataset(
    settings: &mut Settings,
    champion: Option<ChampionCard>,
    progress: &mut Progress,
) -> Result<Dataset, IntakeError> {
    let card = champion.as_ref().map(|champion| &champion.card);
    let mut tables = read_tables(settings, card, Some(room_of(settings)), progress)?;
    let roles = progress.stage("roles", || complete(&tables.leads, settings, &tables.doubts));
    tables.notes.extend(roles?);
    dataset_of(tables, settings, champion, None, progress)
}

/// Says of criteria what they were made of before.
pub(crate) type Restate<'a> = &'a dyn Fn(&mut [CriterionColumn]);

/// Labels, checks and derives tables that have been read.
///
/// - `restate`: for rows that were counted as alike, and stand for leads of their own: what the criteria were made of before.
///
/// # Errors
/// An [`IntakeError`] that names file, column, row or key.
pub(crate) fn dataset_of(
    tables: Tables,
    settings: &Settings,
    champion: Option<ChampionCard>,
    restate: Option<Restate<'_>>,
    progress: &mut Progress,
) -> Result<Dataset, IntakeError> {
    let Tables { mut leads, drawn, outcomes, events, mut files, mut notes, unsupported, readings, .. } = tables;
    let labelled = progress.stage("label", || label_leads(&leads, outcomes.as_ref(), settings));
    let (mut labelled, label_notes) = labelled.map_err(IntakeError::Labels)?;
    notes.extend(label_notes);
    check_known(&leads, settings).map_err(IntakeError::Features)?;
    let mut verdicts = progress.stage("check", || classify_columns(&leads, settings, &labelled));
    verdicts.extend(unsupported);
    notes.extend(classification_notes(settings, &verdicts));
    let labelled = progress.stage("copies", || {
        if restate.is_some() {
            return labelled;
        }
        let passed = columns_that_passed(&leads, &verdicts);
        notes.extend(keep_equal_leads_together(&leads, &passed, &mut labelled));
        notes.extend(keep_copies_together(&leads, &passed, &mut labelled));
        labelled.counted_out()
    });
    // Those without a fair outcome as well, so that the events are read once.
    let others = [&labelled.untouched, &labelled.open, &labelled.volume_only];
    let parts: Vec<Identities<'_>> = std::iter::once(labelled.identities())
        .chain(others.iter().filter(|others| others.n_leads() > 0).map(|others| others.identities()))
        .collect();
    let of_champion = champion.as_ref().map_or_else(Vec::new, |champion| event_rules(&champion.card));
    let counts = count(events.as_ref(), settings, &of_champion, &parts, progress)?;
    files.extend(counts.iter().flat_map(|counts| counts.files.iter().cloned()));
    let counts_of_part = |part: usize| counts.as_ref().map(|counts| counts.of_part(part));
    let has_others = parts.len() > 1;
    let is_wanted_again = has_others || champion.is_some();
    let derived = progress.stage("criteria", || {
        let (rules, identities) = (settings.criteria_rules(), labelled.identities());
        if is_wanted_again {
            derive(&leads, counts_of_part(0), &rules, identities, &verdicts)
        } else {
            derive_last(std::mem::take(&mut leads), counts_of_part(0), &rules, identities, &verdicts)
        }
    });
    let Derived { mut columns, proofs, notes: feature_notes } = derived.map_err(IntakeError::Features)?;
    if let Some(restate) = restate {
        restate(&mut columns);
    }
    notes.extend(feature_notes);
    notes.extend(event_count_notes(&columns, settings, &labelled));
    let champion = champion.map(|champion| {
        files.push(champion.file.clone());
        // Without verdicts no column is dropped for telling nothing.
        let derive_own = |rule: CriterionRule| {
            let rules = CriteriaRules { criteria: &[rule], ..settings.criteria_rules() };
            derive(&leads, counts_of_part(0), &rules, labelled.identities(), &[])
        };
        progress.stage("champion", || {
            champion_columns(champion, &columns, settings.champion.allow_missing, &mut notes, &derive_own)
        })
    });
    let champion = champion.transpose().map_err(IntakeError::Champion)?;
    let derive_all_others = || {
        let mut part = 0;
        let mut derive_others = |others: &OtherLeads, what: &str| {
            part += usize::from(others.n_leads() > 0);
            add_others(others, what, &mut columns, &mut notes, &|others| {
                derive(&leads, counts_of_part(part), &settings.criteria_rules(), others, &verdicts)
            })
        };
        Unlabelled {
            n_untouched: derive_others(&labelled.untouched, "untouched"),
            n_open: derive_others(&labelled.open, "with an open horizon"),
            n_volume_only: derive_others(&labelled.volume_only, "without a known outcome"),
        }
    };
    let others =
        if has_others { progress.stage("criteria of others", derive_all_others) } else { Unlabelled::default() };
    Ok(Dataset {
        leads: labelled,
        drawn,
        criteria: columns,
        unlabelled: others,
        champion,
        verdicts,
        readings,
        proofs,
        data_sha256: data_fingerprint(&files),
        files,
        notes,
        config_sha256: settings.fingerprint(),
    })
}

/// Outcome and roles that nobody named, where they are certain.
fn complete(leads: &Table, settings: &mut Settings, doubts: &[Doubt]) -> Result<Vec<Note>, IntakeError> {
    let mut notes = complete_outcome(leads, settings).map_err(IntakeError::Outcome)?;
    notes.extend(complete_roles(leads, settings, doubts).map_err(IntakeError::Labels)?);
    Ok(notes)
}

/// Counts the events of leads in parts, for the criteria of the settings and `more` rules.
fn count(
    events: Option<&PiecedTable>,
    settings: &Settings,
    more: &[(String, EventRule)],
    parts: &[Identities<'_>],
    progress: &mut Progress,
) -> Result<Option<EventCounts>, IntakeError> {
    let (Some(events), Some(config)) = (events, &settings.events) else { return Ok(None) };
    let own = settings.criteria.iter().filter_map(|wish| Some((wish.name.as_str(), wish.events()?)));
    let rules: Vec<(&str, &EventRule)> = own.chain(more.iter().map(|(name, rule)| (name.as_str(), rule))).collect();
    Ok(Some(progress.stage("count events", || count_events(events, config, &rules, parts))?))
}

/// The columns of the lead table that can be criteria.
fn columns_that_passed<'a>(table: &'a Table, verdicts: &[Verdict]) -> Vec<&'a Column> {
    let passed = verdicts.iter().filter(|verdict| verdict.verdict == VerdictKind::Criterion);
    passed.filter_map(|verdict| table.column(&verdict.column)).collect()
}

/// Makes leads that are alike in every criterion far beyond chance a cluster each, where nobody has named accounts or contacts.
fn keep_equal_leads_together(table: &Table, criteria: &[&Column], labelled: &mut LabelledLeads) -> Option<Note> {
    if labelled.cluster.is_some() {
        return None;
    }
    let equal = equal_rows(table, criteria, &labelled.rows)?;
    let of = |rows: &[u32]| Some(rows.iter().map(|&row| equal.hash_of_row[row as usize]).collect());
    labelled.cluster = of(&labelled.rows);
    for others in [&mut labelled.untouched, &mut labelled.open, &mut labelled.volume_only] {
        others.cluster = of(&others.rows);
    }
    let what = format!(
        "({:.0} %) say the same as an earlier one in every criterion, which chance does not explain: near copies, or one contact \
         that came back. Folds keep them on one side, so that none judges another; `leads.contact` or `leads.account` would name \
         what they share",
        100.0 * equal.n_copies as f64 / labelled.n_leads() as f64
    );
    Note::of_some("leads", equal.n_copies, "lead", &what)
}

/// Leads whose criteria stand behind those of the labelled leads: first the untouched, then the open ones, then
/// those that only count as volume.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unlabelled {
    /// All of `labels.untouched`, or none of them.
    pub n_untouched: usize,
    /// All of `labels.open`, or none of them.
    pub n_open: usize,
    /// All of `labels.volume_only`, or none of them.
    pub n_volume_only: usize,
}

/// Puts the values of other leads behind; gives how many there are now. Where their criteria cannot be made, the card can: it
/// does without them, and a note says so.
fn add_others(
    others: &OtherLeads,
    what: &str,
    columns: &mut [CriterionColumn],
    notes: &mut Vec<Note>,
    derive: &dyn Fn(Identities<'_>) -> Result<Derived, DataError>,
) -> usize {
    if others.n_leads() == 0 || columns.is_empty() {
        return 0;
    }
    match derive(others.identities()) {
        Ok(derived) if derived.columns.len() == columns.len() => {
            columns.iter_mut().zip(derived.columns).for_each(|(column, more)| column.extend(more));
            others.n_leads()
        }
        Ok(_) => 0,
        Err(error) => {
            let why = in_one_line(&error.to_string());
            let text = format!("{} {what} cannot be scored: {why}", counted(others.n_leads() as u64, "lead"));
            notes.push(Note::new("features", text));
            0
        }
    }
}

/// Every hand-off with its criteria and what sales did.
#[derive(Debug, Clone)]
pub struct HandOffDataset {
    /// The hand-offs.
    pub hand_offs: HandOffs,
    /// Their criteria, one value per hand-off.
    pub criteria: Vec<CriterionColumn>,
    /// What a careful person would mention of files, outcomes and dispositions; of the criteria `check` tells.
    pub notes: Vec<Note>,
    /// SHA-256 over the fingerprints of all inputs.
    pub data_sha256: String,
}

/// Reads as [`read_dataset`] does, but keeps every hand-off, whatever became of it. The columns that are criteria are those that
/// pass the checks on leads with a fair outcome.
///
/// # Errors
/// An [`IntakeError`] that names file, column, row or key.
pub fn read_hand_offs(settings: &mut Settings, progress: &mut Progress) -> Result<HandOffDataset, IntakeError> {
    let Tables { leads, outcomes, events, mut files, mut notes, unsupported, doubts, .. } =
        read_tables(settings, None, Some(room_of(settings)), progress)?;
    let roles = progress.stage("roles", || complete(&leads, settings, &doubts));
    notes.extend(roles?);
    let labels = progress.stage("label", || label_hand_offs(&leads, outcomes.as_ref(), settings));
    let (labelled, hand_offs, label_notes) = labels.map_err(IntakeError::Labels)?;
    notes.extend(label_notes);
    let mut verdicts = progress.stage("check", || classify_columns(&leads, settings, &labelled));
    verdicts.extend(unsupported);
    let identities = hand_offs.leads.identities();
    let counts = count(events.as_ref(), settings, &[], &[identities], progress)?;
    files.extend(counts.iter().flat_map(|counts| counts.files.iter().cloned()));
    let derived = progress.stage("criteria", || {
        let of_events = counts.as_ref().map(|counts| counts.of_part(0));
        derive(&leads, of_events, &settings.criteria_rules(), identities, &verdicts)
    });
    let derived = derived.map_err(IntakeError::Features)?;
    Ok(HandOffDataset { hand_offs, criteria: derived.columns, notes, data_sha256: data_fingerprint(&files) })
}
