//! Inputs: the user's tables, each with the columns that somebody looks at.
//!
//! Always true: a column that is not read would not have changed what anybody is told; where every column of the leads gets a
//! verdict by its values, or a role may be guessed, it is read.

use std::collections::BTreeMap;
use std::path::Path;

use crate::card::{Card, Criterion, Derivation, Input, Measure, Reading};
use crate::data::checks::may_get_role;
use crate::data::read::{
    Columns, Doubt, DrawnRows, InputFile, LeadError, PiecedTable, ReadOptions, ReadTable, Room, Verdict, open_pieces,
    read_table,
};
use crate::data::table::Table;
use crate::notes::Note;
use crate::progress::Progress;
use crate::settings::{EventsConfig, Settings, parse_bytes};

/// The user's tables as read.
pub(crate) struct Tables {
    pub(crate) leads: Table,
    /// How many of the rows of the lead table these are, where they were drawn at random.
    pub(crate) drawn: Option<DrawnRows>,
    pub(crate) outcomes: Option<Table>,
    /// Not read yet, as far as they come in pieces; their files are known once they are.
    pub(crate) events: Option<PiecedTable>,
    pub(crate) files: Vec<InputFile>,
    pub(crate) notes: Vec<Note>,
    pub(crate) unsupported: Vec<Verdict>,
    /// The rules by which texts of the lead table are numbers or moments.
    pub(crate) readings: BTreeMap<String, Reading>,
    /// What nobody but the user can decide in the lead table.
    pub(crate) doubts: Vec<Doubt>,
}

/// Reads all tables that the settings name.
///
/// - `card`: a card that the leads are held against, beside the criteria of the settings.
/// - `room`: for the leads, which are drawn where they do not fit in; all of them without it.
pub(crate) fn read_tables(
    settings: &Settings,
    card: Option<&Card>,
    room: Option<Room>,
    progress: &mut Progress,
) -> Result<Tables, LeadError> {
    let of_leads = ReadOptions { room, ..ReadOptions::new(&settings.leads, card) };
    // Sheet and rules are those of the lead table; how letters and dates are written holds for every export of one system.
    let of_others = ReadOptions { sheet: None, readings: BTreeMap::new(), room: None, ..of_leads.clone() };
    let in_memory = &settings.in_memory;
    let mut read = |path: &Path, table: &str, columns: Columns<'_>| {
        let options = match table {
            "leads" => &of_leads.clone().of_table(in_memory.leads.as_ref()),
            _ => &of_others.clone().of_table(in_memory.outcomes.as_ref()),
        };
        progress.stage(&format!("read {table}"), || read_table(&path.to_string_lossy(), table, columns, options))
    };
    let is_of_leads = |name: &str| is_looked_at(settings, card, name);
    let columns = if settings.criteria.is_empty() { Columns::All } else { Columns::Where(&is_of_leads) };
    let ReadTable { table: leads, mut files, drawn, mut notes, unsupported, readings, doubts } =
        read(&settings.leads.path, "leads", columns)?;
    let mut read_optional = |path: Option<&Path>, table: &str, columns: Columns<'_>| -> Result<_, LeadError> {
        let Some(path) = path else { return Ok(None) };
        let read = read(path, table, columns)?;
        files.extend(read.files);
        notes.extend(read.notes);
        Ok(Some(read.table))
    };
    let named = outcome_columns(settings);
    let is_of_outcomes = |name: &str| named.iter().flatten().any(|named| *named == name);
    // Without the name of the id one is guessed among the leads, and looked for in the outcomes.
    let columns = if named[0].is_some() { Columns::Where(&is_of_outcomes) } else { Columns::All };
    let outcomes = read_optional(settings.outcome.path.as_deref(), "outcomes", columns)?;
    let of_settings = settings.criteria.iter().filter_map(|wish| Some(&wish.events()?.measure));
    let inputs = card.into_iter().flat_map(|card| &card.criteria).flat_map(|criterion| &criterion.inputs);
    let measures: Vec<&Measure> = of_settings.chain(inputs.filter_map(event_measure)).collect();
    let is_of_events = |name: &str| {
        settings.events.as_ref().is_some_and(|events| is_event_column(events, measures.iter().copied(), name))
    };
    let of_events = of_others.of_table(in_memory.events.as_ref());
    let events = settings.events.as_ref().map(|events| {
        let open = || open_pieces(&events.path.to_string_lossy(), "events", Columns::Where(&is_of_events), &of_events);
        progress.stage("read events", open)
    });
    let events = events.transpose()?;
    notes.extend(events.iter().flat_map(|events| events.notes.iter().cloned()));
    Ok(Tables { leads, drawn, outcomes, events, files, notes, unsupported, readings, doubts })
}

/// How much memory the leads may take.
pub(crate) fn room_of(settings: &Settings) -> Room {
    let max_bytes = settings.leads.max_memory.as_deref().and_then(|size| parse_bytes(size).ok());
    Room { max_bytes, seed: settings.seed }
}

/// Whether a column of the lead table has a role or may get one, or a criterion of config or card is made of it.
fn is_looked_at(settings: &Settings, card: Option<&Card>, name: &str) -> bool {
    let is_of_card = |card: &Card| {
        let is_input = card.criteria.iter().filter_map(Criterion::input).any(|input| input.reads(name));
        is_input || [&card.id_column, &card.as_of_column].into_iter().flatten().any(|column| column == name)
    };
    settings.criteria.iter().any(|wish| wish.column() == Some(name))
        || settings.lead_roles().iter().any(|(_, column)| *column == name)
        || may_get_role(settings, name)
        || card.is_some_and(is_of_card)
}

/// The columns of the outcome table that the config names, its id first.
fn outcome_columns(settings: &Settings) -> [Option<&str>; 8] {
    let outcome = &settings.outcome;
    [
        outcome.id.as_deref().or(settings.leads.id.as_deref()),
        outcome.converted.as_deref(),
        outcome.converted_at.as_deref(),
        outcome.closed.as_deref(),
        outcome.value.as_deref(),
        outcome.disposition.as_deref(),
        outcome.reason.as_deref(),
        outcome.first_touch.as_deref(),
    ]
}

/// What an input of a card measures of events.
pub(crate) fn event_measure(input: &Input) -> Option<&Measure> {
    match &input.derivation {
        Some(Derivation::Events { measure, .. }) => Some(measure),
        _ => None,
    }
}

/// Whether a column of the event table has a role, or one of the measures adds it up.
pub(crate) fn is_event_column<'a>(
    events: &EventsConfig,
    mut measures: impl Iterator<Item = &'a Measure>,
    name: &str,
) -> bool {
    let has_role =
        [Some(&events.lead), Some(&events.at), events.kind.as_ref()].into_iter().flatten().any(|role| role == name);
    has_role || measures.any(|measure| matches!(measure, Measure::Sum { column } if column == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::read::Piece;
    use crate::settings::Config;

    fn names(table: &Table) -> Vec<&str> {
        table.columns.iter().map(|column| column.name.as_str()).collect()
    }

    #[test]
    fn only_columns_that_somebody_looks_at_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            path
        };
        let leads = write("leads.csv", "note,deal_id,size,created_at,team\nx,1,5,2026-01-01,North\n");
        let mut config = Config::around(&leads);
        config.outcome.path = Some(write("outcomes.csv", "comment,deal_id,won\nx,1,true\n"));
        config.outcome.converted = Some("won".to_owned());
        config.events = Some(EventsConfig {
            path: write("events.csv", "page,lead,at,amount\nx,1,2026-01-01,3\n"),
            lead: "lead".to_owned(),
            at: "at".to_owned(),
            kind: None,
        });
        let mut progress = Progress::hidden();
        let all = read_tables(&config.unchecked(), None, None, &mut progress).expect("read");
        assert_eq!(names(&all.leads), ["note", "deal_id", "size", "created_at", "team"]);
        assert_eq!(
            names(all.outcomes.as_ref().expect("there")),
            ["comment", "deal_id", "won"],
            "the id may be guessed"
        );

        let wish = |name: &str| crate::settings::CriterionConfig { name: name.to_owned(), ..Default::default() };
        let mut spent = wish("spent");
        let measure = "sum:amount".to_owned();
        spent.events = Some(crate::settings::EventMeasureConfig { measure, ..Default::default() });
        config.criterion = vec![wish("size"), spent];
        let guessed = read_tables(&config.unchecked(), None, None, &mut progress).expect("read");
        assert_eq!(names(&guessed.leads), ["deal_id", "size", "created_at"]);
        assert_eq!(guessed.leads.names, all.leads.names);

        config.leads.id = Some("deal_id".to_owned());
        config.leads.as_of = Some("note".to_owned());
        let named = read_tables(&config.unchecked(), None, None, &mut progress).expect("read");
        assert_eq!(names(&named.leads), ["note", "deal_id", "size"]);
        assert_eq!(names(named.outcomes.as_ref().expect("there")), ["deal_id", "won"]);
        let read = |piece: Piece<'_>| assert_eq!(names(piece.table), ["lead", "at", "amount"]);
        named.events.as_ref().expect("there").for_each_piece(&read).expect("read");
    }
}
