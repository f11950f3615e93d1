//! Columns that the card counts from events, beside the columns of the file.
//!
//! Always true: only what the leads do not have themselves is counted.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;

use super::{CardFile, ScoreArgs};
use crate::card::in_short;
use crate::cli::calibrate::intake_failure;
use crate::cli::exit::{Exit, Failure};
use crate::config;
use crate::pipeline::counted::{Counted, count, counted_inputs};

/// What was counted, as columns for batches of the file.
#[derive(Debug, Default)]
pub(super) struct CountedColumns(Vec<(FieldRef, Float64Array)>);

impl CountedColumns {
    /// Counts what the card counts and the leads do not have, where a config says what the events are.
    pub(super) fn count(args: &ScoreArgs, card: &CardFile, schema: &Schema) -> Result<Self, Failure> {
        let Some(path) = &args.config else { return Ok(Self::default()) };
        let refuse = |error: config::ConfigError| Failure::caused(Exit::Usage, "the config cannot be used", &error);
        let mut config = config::load(path).map_err(refuse)?;
        let Some(mut events) = config.events.take() else {
            return Err(Failure::usage(format!(
                "{} has no table of events\nhint: add [events] with `path`, `lead` and `at` to it",
                path.display()
            )));
        };
        if let Some(path) = &args.events {
            events.path.clone_from(path);
        }
        let is_there = |column: &str| schema.column_with_name(column).is_some();
        let inputs: Vec<_> = counted_inputs(&card.card).filter(|(_, input)| !is_there(&input.column)).collect();
        if inputs.is_empty() {
            return Ok(Self::default());
        }
        // What the options say, then what the config says, then what the card was made of.
        let id = args.id.clone().or(config.leads.id).or_else(|| card.card.id_column.clone());
        let as_of = config.leads.as_of.or_else(|| card.card.as_of_column.clone());
        let (Some(id), Some(as_of)) = (id, as_of) else {
            return Err(Failure::usage(format!(
                "events belong to leads by their id and count up to their hand-off, and nothing says which columns those are\n\
                 hint: set `leads.id` and `leads.as_of` in {}",
                path.display()
            )));
        };
        let counted = count(&inputs, &args.leads, &events, (&id, &as_of)).map_err(|error| intake_failure(&error))?;
        args.check_keys(&counted, (&id, &as_of))?;
        Ok(Self::of(counted))
    }

    fn of(counted: Counted) -> Self {
        let column = |(name, values): (String, Vec<f64>)| {
            (Arc::new(Field::new(name, DataType::Float64, true)), Float64Array::from(values))
        };
        Self(counted.columns.into_iter().map(column).collect())
    }

    /// The columns of the file, and behind them the counted ones.
    pub(super) fn beside(&self, schema: &SchemaRef) -> SchemaRef {
        let own = schema.fields().iter().chain(self.0.iter().map(|(field, _)| field));
        Arc::new(Schema::new(own.cloned().collect::<Vec<FieldRef>>()))
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
        RecordBatch::try_new(self.beside(&batch.schema()), columns)
            .map_err(|error| Failure::internal(format!("leads and their events do not fit together: {error}")))
    }
}

impl ScoreArgs {
    /// Refuses leads whose events cannot be found, unless that is allowed.
    fn check_keys(&self, counted: &Counted, (id, as_of): (&str, &str)) -> Result<(), Failure> {
        let shown = self.leads.display();
        if let Some(row) = counted.first_without_key {
            let (id, as_of) = (in_short(id), in_short(as_of));
            if !self.allow_missing {
                return Err(Failure::bad_data(format!(
                    "{shown}: row {row} has no `{id}` or no `{as_of}`, so its events cannot be found\n\
                     hint: give it both, or add `--allow-missing` to count what is made of events as missing for such leads"
                )));
            }
        }
        if !self.quiet {
            counted.notes.iter().for_each(|note| eprintln!("note: {}", note.text));
        }
        Ok(())
    }
}
