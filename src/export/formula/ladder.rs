//! A criterion as tests in order, each with its points.

use super::System;
use super::edges::Edge;
use crate::card::{Criterion, InputKind, When};
use crate::export::ExportError;
use crate::export::spellings::spellings_of;

/// Points of a criterion: read top down, the first rung that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::export) struct Ladder {
    /// Points where the field is empty.
    pub(in crate::export) missing: i32,
    /// Tests of a value that is there.
    pub(in crate::export) rungs: Vec<Rung>,
    /// Points where none fits.
    pub(in crate::export) otherwise: i32,
}

/// A test and what it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::export) struct Rung {
    /// What the value has to be.
    pub(in crate::export) test: Test,
    /// Points.
    pub(in crate::export) points: i32,
}

/// What a value has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::export) enum Test {
    /// Strictly below this decimal.
    Below(String),
    /// This text, code point by code point.
    Is(String),
    /// True.
    IsTrue,
}

impl Test {
    /// The text it asks for.
    pub(in crate::export) fn text(&self) -> Option<&str> {
        match self {
            Self::Is(text) => Some(text),
            Self::Below(_) | Self::IsTrue => None,
        }
    }
}

/// The ladder of `criterion` for values that `system` can hold.
///
/// - `notes`: what was left out, or cannot be told apart, is added here.
///
/// # Errors
/// [`ExportError::Unsupported`] names the text that a formula cannot say.
pub(in crate::export) fn ladder_of(
    criterion: &Criterion,
    system: &System,
    notes: &mut Vec<String>,
) -> Result<Ladder, ExportError> {
    let points_when = |wanted: &When| criterion.levels.iter().find(|level| level.when == *wanted);
    let missing = points_when(&When::Missing).map_or(0, |level| level.points);
    let otherwise = points_when(&When::Else).map_or(0, |level| level.points);
    if criterion.kind() == InputKind::Boolean {
        let points_of = |flag: bool| {
            let level = criterion.level_of(&serde_json::Value::Bool(flag)).and_then(|idx| criterion.levels.get(idx));
            level.map_or(otherwise, |level| level.points)
        };
        let rungs = vec![Rung { test: Test::IsTrue, points: points_of(true) }];
        return Ok(Ladder { missing, rungs, otherwise: points_of(false) });
    }
    let mut ladder = Ladder { missing, rungs: Vec::new(), otherwise };
    for level in &criterion.levels {
        match &level.when {
            When::Missing | When::Else | When::Cells(_) => {}
            When::Below(edge) => match system.numbers.below(*edge) {
                Edge::None => {}
                Edge::Below(decimal) => ladder.rungs.push(Rung { test: Test::Below(decimal), points: level.points }),
                Edge::All => {
                    ladder.otherwise = level.points;
                    return Ok(ladder);
                }
            },
            When::OneOf(texts) => {
                for text in texts {
                    let spelled = spelled(criterion, text, system, notes)?;
                    let rung = |text| Rung { test: Test::Is(text), points: level.points };
                    ladder.rungs.extend(spelled.into_iter().map(rung));
                }
            }
        }
    }
    Ok(ladder)
}

/// The ladder of a criterion of [`crate::export::known::Known`]: as few rungs as tell what is known. What is left out of it was left out
/// of the points, and said.
///
/// # Errors
/// As [`ladder_of`].
pub(in crate::export) fn known_ladder_of(criterion: &Criterion, system: &System) -> Result<Ladder, ExportError> {
    let mut ladder = ladder_of(criterion, system, &mut Vec::new())?;
    while ladder.rungs.pop_if(|last| last.points == ladder.otherwise).is_some() {}
    Ok(ladder)
}

/// The ways to write `text` that a field can hold.
fn spelled(
    criterion: &Criterion,
    text: &str,
    system: &System,
    notes: &mut Vec<String>,
) -> Result<Vec<String>, ExportError> {
    if text.chars().count() > system.max_text {
        let note = format!(
            "`{}` names a text of more than {} characters ({}), which no field holds: it is left out",
            criterion.name,
            system.max_text,
            shown(text)
        );
        add_once(notes, note);
        return Ok(Vec::new());
    }
    if let Some(what) = system.cannot_say(text) {
        let problem =
            format!("criterion `{}` names the text {}, which has {what}", criterion.name.escape_debug(), shown(text));
        return Err(system.refuse(problem, "give the answer a plain text in the leads and calibrate again"));
    }
    let spellings = spellings_of(text);
    if !spellings.are_all {
        let note = format!(
            "Unicode can write the text {} of `{}` in more ways than a formula has room for: the usual one and the fully \
             decomposed one are taken",
            shown(text),
            criterion.name
        );
        add_once(notes, note);
    }
    Ok(spellings.texts)
}

/// A pair names the texts of other criteria again.
fn add_once(notes: &mut Vec<String>, note: String) {
    if !notes.contains(&note) {
        notes.push(note);
    }
}

/// The start of a text, on one line.
fn shown(text: &str) -> String {
    const MAX_SHOWN: usize = 40;
    let start: String = text.chars().take(MAX_SHOWN).collect();
    let dots = if start.len() < text.len() { "…" } else { "" };
    format!("{:?}", format!("{start}{dots}"))
}
