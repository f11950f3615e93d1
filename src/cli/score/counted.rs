//! Columns that the card counts from events, beside the columns of the file.
//!
//! Always true: only what the leads do not have themselves is counted; the file's own reader says which row is which.

use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::{ArrayRef, Float64Array};
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};

use super::{CardFile, ScoreArgs, unreadable};
use crate::card::{Input, in_short};
use crate::cli::calibrate::intake_exit;
use crate::cli::exit::Failure;
use crate::data::event_counts::{Counted, count, counted_inputs};
use crate::data::labels::KeyColumns;
use crate::data::read::{LeadStream, ReadOptions};
use crate::notes::count as in_figures;
use crate::settings::{Config, EventsConfig, TableInMemory};

/// That none of so many leads has a single event is no chance.
const MANY_LEADS: usize = 50;

/// What is to be counted, and from what.
pub(super) struct ToCount<'a> {
    inputs: Vec<(&'a str, &'a Input)>,
    events: EventsConfig,
    /// How the leads and the events are read.
    options: ReadOptions,
    /// Columns of the leads: id and hand-off.
    keys: KeyColumns,
}

impl<'a> ToCount<'a> {
    /// What the card counts and the leads do not have, where a config says what the events are.
    ///
    /// - `schema`: of the leads.
    /// - `in_memory`: the events, where they are not in a file.
    /// - `say`: takes notes.
    pub(super) fn find(
        args: &ScoreArgs,
        card: &'a CardFile,
        schema: &Schema,
        config: &Config,
        in_memory: Option<&TableInMemory>,
        say: &dyn Fn(String),
    ) -> Result<Option<Self>, Failure> {
        let path = args.config.as_deref().unwrap_or(Path::new("the config"));
        let is_there = |column: &str| schema.column_with_name(column).is_some();
        let inputs: Vec<_> = counted_inputs(&card.card).filter(|(_, input)| !is_there(&input.column)).collect();
        if inputs.is_empty() {
            let shown = args.leads.display();
            say(format!("no event is counted: the card counts none, or {shown} has the counts itself"));
            return Ok(None);
        }
        let options = ReadOptions::new(&config.leads, Some(&card.card)).of_table(in_memory);
        let Some(mut events) = config.events.clone() else {
            return Err(Failure::usage(format!(
                "{} has no table of events\nhint: add [events] with `path`, `lead` and `at` to it",
                path.display()
            )));
        };
        if let Some(path) = &args.events {
            events.path.clone_from(path);
        }
        let of_leads = |names: [Option<String>; 3]| names.into_iter().flatten().find(|name| is_there(name));
        // Events name leads as the config does; the hand-off is the one that the card counts days to.
        let id = of_leads([config.leads.id.clone(), args.id.clone(), card.card.id_column.clone()]);
        let as_of = of_leads([card.card.as_of_column.clone(), config.leads.as_of.clone(), None]);
        let (Some(id), Some(as_of)) = (id, as_of) else {
            return Err(Failure::bad_data(format!(
                "{} lacks the column with the id or the one with the hand-off, by which events are counted\n\
                 hint: name those columns as {} and the card do",
                args.leads.display(),
                path.display()
            )));
        };
        Ok(Some(Self { inputs, events, options, keys: KeyColumns { id, as_of } }))
    }

    /// Where the events are.
    pub(super) fn path(&self) -> &Path {
        &self.events.path
    }

    /// Counts.
    ///
    /// - `stream`: the leads, once more.
    pub(super) fn count(
        &self,
        args: &ScoreArgs,
        stream: LeadStream,
        say: &dyn Fn(String),
    ) -> Result<CountedColumns, Failure> {
        let keys: Vec<usize> = [&self.keys.id, &self.keys.as_of]
            .into_iter()
            .filter_map(|name| Some(stream.schema().column_with_name(name)?.0))
            .collect();
        let leads = stream.into_table(&keys, &self.options).map_err(|error| unreadable(&error))?;
        let counted = count(&self.inputs, &leads, &self.keys, &self.events, &self.options).map_err(|error| {
            Failure::caused(intake_exit(&error), format!("cannot count the events of {}", args.leads.display()), &error)
        })?;
        if !args.allow_missing {
            self.refuse_strangers(args, &counted, leads.n_rows)?;
        }
        counted.notes.iter().for_each(|note| say(note.text.clone()));
        Ok(CountedColumns::of(counted))
    }

    /// Leads whose events cannot be found are no leads without events.
    fn refuse_strangers(&self, args: &ScoreArgs, counted: &Counted, n_leads: usize) -> Result<(), Failure> {
        let (shown, id, as_of) = (args.leads.display(), in_short(&self.keys.id), in_short(&self.keys.as_of));
        if let Some(row) = counted.first_without_key {
            return Err(Failure::bad_data(format!(
                "{shown}: row {} has no `{id}` or no `{as_of}`, so its events cannot be found\n\
                 hint: give it both, or add `--allow-missing` to count what is made of events as missing for such leads",
                row + 1
            )));
        }
        if counted.n_events_of_leads == 0 && n_leads >= MANY_LEADS {
            return Err(Failure::bad_data(format!(
                "none of the {} leads of {shown} has an event in {}: `{id}` of the leads and `{}` of the events do not meet\n\
                 hint: compare a few of both; if it is true that nothing happened yet, add `--allow-missing`",
                in_figures(n_leads as u64),
                self.events.path.display(),
                in_short(&self.events.lead)
            )));
        }
        Ok(())
    }

    /// The columns of the file, and behind them those to be counted.
    pub(super) fn beside(&self, schema: &SchemaRef) -> SchemaRef {
        beside(schema, self.inputs.iter().map(|(_, input)| field(&input.column)))
    }
}

fn field(name: &str) -> FieldRef {
    Arc::new(Field::new(name, DataType::Float64, true))
}

fn beside(schema: &SchemaRef, more: impl Iterator<Item = FieldRef>) -> SchemaRef {
    Arc::new(Schema::new(schema.fields().iter().cloned().chain(more).collect::<Vec<FieldRef>>()))
}

/// What was counted, as columns for batches of the file.
#[derive(Debug, Default)]
pub(super) struct CountedColumns(Vec<(FieldRef, Float64Array)>);

impl CountedColumns {
    fn of(counted: Counted) -> Self {
        let column = |(name, values): (String, Vec<f64>)| (field(&name), Float64Array::from(values));
        Self(counted.columns.into_iter().map(column).collect())
    }

    /// A batch of the file with its part of the counted columns.
    ///
    /// - `first_row`: rows of the file before it.
    pub(super) fn join(&self, batch: RecordBatch, first_row: u64) -> Result<RecordBatch, Failure> {
        if self.0.is_empty() {
            return Ok(batch);
        }
        let first = first_row as usize;
        let mut columns = batch.columns().to_vec();
        for (_, values) in &self.0 {
            if first + batch.num_rows() > values.len() {
                return Err(Failure::environment("the leads changed while they were read\nhint: run it again"));
            }
            columns.push(Arc::new(values.slice(first, batch.num_rows())) as ArrayRef);
        }
        let schema = beside(&batch.schema(), self.0.iter().map(|(field, _)| field.clone()));
        RecordBatch::try_new(schema, columns)
            .map_err(|error| Failure::internal(format!("leads and their events do not fit together: {error}")))
    }
}
