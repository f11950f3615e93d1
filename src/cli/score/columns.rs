//! Columns of a scoring run: which ones are read, and what the output holds under which name.
//!
//! Always true: no two columns of the output have the same name.

use std::collections::HashSet;

use arrow_schema::{DataType, Field, FieldRef, Schema};

use super::{ScoreArgs, did_you_mean};
use crate::card::{Card, in_short};
use crate::cli::exit::Failure;
use crate::score::Scorer;

/// Name of the id column where leads have none: the row in the file, from 0.
pub(super) const ROW: &str = "row";

/// The column that names the lead: the one that `--id` says, or the card's. `None` where its row number does.
pub(super) fn choose_id(args: &ScoreArgs, card: &Card) -> Option<String> {
    args.id.as_ref().or(card.id_column.as_ref()).cloned()
}

/// Names of the output's columns, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OutputNames {
    /// The column of the leads that names them; without one rows are numbered.
    pub id: Option<String>,
    /// Columns kept as they are.
    pub kept: Vec<String>,
    /// One per axis of the card's grid, where it has one: the sub-scores that the grade stands behind.
    pub sub_scores: Vec<String>,
    /// One per criterion, with `--explain`.
    pub points: Vec<String>,
}

/// Columns every output has after those of the lead.
pub(super) const SCORE: &str = "score";
pub(super) const PROBABILITY: &str = "probability";
pub(super) const BAND: &str = "band";
/// Behind the sub-scores, of a card that has grades.
pub(super) const GRADE: &str = "grade";
/// Of a lead from stdin: points of the card that its answers cover.
pub(super) const KNOWN: &str = "known";
/// Of one of which too little is known: what to ask, the widest range of points first.
pub(super) const ASK: &str = "ask";
/// The last column with `--explain`.
pub(super) const REASONS: &str = "reasons";

impl OutputNames {
    /// Settles the names and refuses two of one name.
    pub(super) fn settle(args: &ScoreArgs, id: Option<String>, scorer: &Scorer) -> Result<Self, Failure> {
        let points = match args.explain {
            true => scorer.criterion_names().map(|name| format!("points_{name}")).collect(),
            false => Vec::new(),
        };
        let groups = scorer.grade_groups().into_iter().flatten();
        let sub_scores = groups.map(|group| format!("{SCORE}_{group}")).collect();
        let names = Self { id, kept: args.keep.clone(), sub_scores, points };
        names.check(args.explain)?;
        Ok(names)
    }

    fn check(&self, explain: bool) -> Result<(), Failure> {
        let mut own: HashSet<&str> = [SCORE, PROBABILITY, BAND].into();
        own.extend(self.points.iter().chain(&self.sub_scores).map(String::as_str));
        own.extend((!self.sub_scores.is_empty()).then_some(GRADE));
        if explain {
            own.insert(REASONS);
        }
        let mut of_the_lead = HashSet::new();
        let id = self.id.as_deref().unwrap_or(ROW);
        for name in std::iter::once(id).chain(self.kept.iter().map(String::as_str)) {
            if own.contains(name) {
                return Err(Failure::usage(format!(
                    "column `{name}` of the leads would stand beside the `{name}` that scoring writes\n\
                     hint: rename it in the leads, or leave it out"
                )));
            }
            if !of_the_lead.insert(name) {
                let why = if name == id { "it names the lead and is there anyway" } else { "once is enough" };
                return Err(Failure::usage(format!("column `{name}` is to be kept twice: {why}")));
            }
        }
        Ok(())
    }
}

/// Positions of the columns of the lead that go into the output, id first.
///
/// # Errors
/// Names every column that is not there, with the nearest that is.
pub(super) fn find_kept(names: &OutputNames, schema: &Schema, place: &str) -> Result<Vec<usize>, Failure> {
    let mut positions = Vec::new();
    let mut absent = Vec::new();
    for name in names.id.iter().chain(&names.kept) {
        match schema.fields().iter().position(|field| field.name() == name) {
            Some(position) => positions.push(position),
            None => {
                let there = schema.fields().iter().map(|field| field.name().as_str());
                let meant = did_you_mean(name, there);
                let role = if Some(name) == names.id.as_ref() { "which names the lead" } else { "which is to be kept" };
                absent.push(format!("\n  column `{}` is not there, {role}{meant}", in_short(name)));
            }
        }
    }
    if absent.is_empty() {
        return Ok(positions);
    }
    let hint = "\n  hint: `--id COLUMN` says which column names the lead, `--keep` which others to keep";
    Err(Failure::bad_data(format!("{place} lacks columns for the output{}{hint}", absent.concat())))
}

/// Positions of the columns the card reads, of those that are there.
pub(super) fn find_inputs(scorer: &Scorer, schema: &Schema) -> Vec<usize> {
    let wanted = columns_read(scorer);
    let is_wanted = |(idx, field): (usize, &FieldRef)| wanted.contains(field.name().as_str()).then_some(idx);
    schema.fields().iter().enumerate().filter_map(is_wanted).collect()
}

/// Every column that scoring may look at.
fn columns_read(scorer: &Scorer) -> HashSet<&str> {
    let mut wanted: HashSet<&str> = scorer.inputs().map(|input| input.column.as_str()).collect();
    for input in scorer.inputs() {
        if let Some(column) = input.time_column() {
            wanted.insert(column);
            wanted.extend(scorer.as_of_column());
        }
    }
    wanted
}

/// The schema of the output; `lead` are the fields of the lead's own columns, id first.
pub(super) fn output_schema(names: &OutputNames, lead: impl Iterator<Item = FieldRef>, explain: bool) -> Schema {
    let mut fields: Vec<FieldRef> = Vec::new();
    let add = |fields: &mut Vec<FieldRef>, name: &str, data_type: DataType| {
        fields.push(FieldRef::new(Field::new(name, data_type, false)));
    };
    if names.id.is_none() {
        add(&mut fields, ROW, DataType::Int64);
    }
    fields.extend(lead);
    add(&mut fields, SCORE, DataType::Int32);
    add(&mut fields, PROBABILITY, DataType::Float64);
    add(&mut fields, BAND, DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)));
    names.sub_scores.iter().for_each(|name| add(&mut fields, name, DataType::Int32));
    if !names.sub_scores.is_empty() {
        add(&mut fields, GRADE, DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)));
    }
    names.points.iter().for_each(|name| add(&mut fields, name, DataType::Int32));
    if explain {
        add(&mut fields, REASONS, DataType::Utf8);
    }
    Schema::new(fields)
}
