//! Overrides: points that a person sets by hand, put onto the fitted card, and what they cost.
//!
//! In: the criteria of a fitted card, the `[[override]]`s of the config, and the cells of the leads. Out: [`Applied`]: the
//! overrides as they stand on the card, and how far each lead's score moves. `cost` measures what that does to leads that the
//! card had not seen.
//!
//! Always true: an override changes the points of the one level or answer it names (of a pair, the level) and of nothing else; one that names what is
//! not there, or whose day has passed, is said, never dropped in silence.

use jiff::civil::Date;
use serde_json::Value;

use crate::card::{Axis, Criterion, Input, InputKind, Level, Override, When, normalise_text};
use crate::model::bins::CriterionCells;
use crate::model::bins::cells::CellMeaning;
use crate::model::levels::CriterionSpec;
use crate::nearest::nearest;
use crate::notes::{Note, counted, in_words};
use crate::settings::OverrideConfig;

/// The overrides that were put onto a card.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Applied {
    /// As they stand on the card.
    pub overrides: Vec<Override>,
    /// Points each override adds to each labelled lead: one list per override.
    pub shifts: Vec<Vec<i32>>,
    /// What was done, one note each.
    pub notes: Vec<Note>,
}

/// Why an override cannot be put onto the card, and what there is instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("override of {0}")]
pub struct OverrideError(String);

/// Puts `wanted` onto the fitted `criteria`, in order.
///
/// - `known`: every criterion of the data and its values; one that the fit gave no points can still get some by hand.
/// - `converted`: outcome of every labelled lead, `0.0..=1.0`.
/// - `known_until`: last day the data know of; overrides that ended before it are left out, with a note.
///
/// # Errors
/// [`OverrideError`] for a criterion or level that is not there.
pub fn apply(
    wanted: &[OverrideConfig],
    criteria: &mut Vec<Criterion>,
    known: &[(&CriterionSpec, &CriterionCells)],
    converted: &[f64],
    known_until: Option<Date>,
) -> Result<Applied, OverrideError> {
    let mut applied = Applied::default();
    for one in wanted {
        let pair = criteria.iter_mut().find(|criterion| criterion.is_pair() && criterion.name == one.criterion);
        let found = if pair.is_none() { Some(find(&one.criterion, known)?) } else { None };
        if let Some(note) = expired(one, known_until) {
            applied.notes.push(note);
            continue;
        }
        let Some((spec, cells)) = found else {
            if let Some(pair) = pair {
                applied.put_on_pair(one, pair, known)?;
            }
            continue;
        };
        let at = position_on_card(criteria, spec, cells, converted);
        let before = criteria[at].clone();
        let level_idx = find_level(&mut criteria[at], &one.level, spec, cells, converted)
            .ok_or_else(|| no_such_level(one, &before, ", and no lead gave that answer"))?;
        let levels = &mut criteria[at].levels;
        let fitted_points = std::mem::replace(&mut levels[level_idx].points, one.points);
        // Words for "not known" have the points of the missing level, whichever of the two was named.
        if levels[level_idx].is_missing() {
            levels.iter_mut().filter(|level| level.is_missing()).for_each(|level| level.points = one.points);
        }
        applied.shifts.push(shift_of_each_lead(&before, &criteria[at], cells));
        applied.add(one, &criteria[at].levels[level_idx], fitted_points);
    }
    Ok(applied)
}

fn no_such_level(one: &OverrideConfig, criterion: &Criterion, more: &str) -> OverrideError {
    let levels: Vec<String> = criterion.levels.iter().map(|level| format!("`{}`", level.label)).collect();
    let (criterion, level, levels) = (&one.criterion, &one.level, in_words(&levels, "and"));
    OverrideError(format!("`{criterion}`: there is no level `{level}`{more}\nhint: its levels are {levels}"))
}

impl Applied {
    /// Sets the points of a pair's level, which has to be named by its label: no answer alone is one of a pair.
    ///
    /// # Errors
    /// [`OverrideError`] for a level that is not there.
    fn put_on_pair(
        &mut self,
        one: &OverrideConfig,
        pair: &mut Criterion,
        known: &[(&CriterionSpec, &CriterionCells)],
    ) -> Result<(), OverrideError> {
        let at = pair.levels.iter().position(|level| level.label == one.level);
        let at = at.ok_or_else(|| no_such_level(one, pair, ""))?;
        let fitted_points = std::mem::replace(&mut pair.levels[at].points, one.points);
        let shift = one.points - fitted_points;
        let levels = level_of_leads(pair, known).unwrap_or_default();
        self.shifts.push(levels.into_iter().map(|level| if level == at { shift } else { 0 }).collect());
        self.add(one, &pair.levels[at], fitted_points);
        Ok(())
    }

    /// Notes what was done to `level`.
    fn add(&mut self, one: &OverrideConfig, level: &Level, fitted_points: i32) {
        self.notes.push(note_of(one, &level.label, fitted_points, level.n_leads));
        self.overrides.push(Override {
            criterion: one.criterion.clone(),
            level: level.label.clone(),
            points: one.points,
            fitted_points,
            author: one.author.clone(),
            reason: one.reason.clone(),
            until: one.last_day().map(|until| until.to_string()),
        });
    }

    /// Points all overrides together add to a labelled lead.
    pub fn shift_of(&self, lead: u32) -> i32 {
        self.shifts.iter().map(|shifts| shifts[lead as usize]).sum()
    }
}

fn find<'a>(
    name: &str,
    known: &[(&'a CriterionSpec, &'a CriterionCells)],
) -> Result<(&'a CriterionSpec, &'a CriterionCells), OverrideError> {
    known.iter().copied().find(|(spec, _)| spec.name == name).ok_or_else(|| {
        let all = || known.iter().map(|(spec, _)| spec.name.as_str());
        let close = nearest(name, all());
        let names = if close.is_empty() { all().collect() } else { close };
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        let names = in_words(&names, "and");
        OverrideError(format!("`{name}`: there is no such criterion\nhint: there is {names}"))
    })
}

/// The note of an override whose last day has passed; `None` while it holds.
fn expired(one: &OverrideConfig, known_until: Option<Date>) -> Option<Note> {
    let until = one.last_day()?;
    let today = known_until.filter(|today| until < *today)?;
    let text = format!(
        "the override of `{}`, `{}` by {} ended on {until} and was left out: the data reach to {today}",
        one.criterion, one.level, one.author
    );
    Some(Note::new("overrides", text))
}

fn note_of(one: &OverrideConfig, label: &str, fitted_points: i32, n_leads: u64) -> Note {
    let until = one.last_day().map_or_else(String::new, |until| format!(", until {until}"));
    let text = format!(
        "points set by hand: `{}`, `{label}` has {} instead of {fitted_points} ({}; by {}{until}): {}",
        one.criterion,
        one.points,
        counted(n_leads, "lead"),
        one.author,
        one.reason
    );
    Note::new("overrides", text)
}

/// Where the criterion stands on the card; one that the fit left out is put at the end, with 0 points throughout.
fn position_on_card(
    criteria: &mut Vec<Criterion>,
    spec: &CriterionSpec,
    cells: &CriterionCells,
    converted: &[f64],
) -> usize {
    criteria.iter().position(|criterion| criterion.name == spec.name).unwrap_or_else(|| {
        let plain = |when: When, label: &str, (n_leads, n_converted): (u64, u64)| Level {
            when,
            label: label.to_owned(),
            words: None,
            points: 0,
            n_leads,
            n_converted,
        };
        let missing = count(cells, converted, |cell| cell == 0);
        let answered = count(cells, converted, |cell| cell != 0);
        let rest = if spec.input.kind == InputKind::Number { "any value" } else { "other" };
        let mut levels = vec![plain(When::Missing, "missing", missing), plain(When::Else, rest, answered)];
        spec.spellings.insert_missing_words(&mut levels, converted);
        criteria.push(spec.to_criterion(levels));
        criteria.len() - 1
    })
}

/// The level called `wanted`; where `wanted` is one answer among several of a level, or one too rare for a level, it gets a
/// level of its own first. `None` when it is neither.
fn find_level(
    criterion: &mut Criterion,
    wanted: &str,
    spec: &CriterionSpec,
    cells: &CriterionCells,
    converted: &[f64],
) -> Option<usize> {
    if let Some(idx) = criterion.levels.iter().position(|level| level.label == wanted) {
        return Some(idx);
    }
    let CellMeaning::Levels { names } = &cells.column.meaning else { return None };
    let wanted = normalise_text(wanted);
    if spec.spellings.is_missing_word(&wanted) {
        return criterion.levels.iter().position(|level| level.when.texts().iter().any(|text| *text == wanted));
    }
    let answer = spec.spellings.name_of(&wanted).to_owned();
    let cell = names.iter().position(|name| *name == answer)? + 1;
    let (n_leads, n_converted) = count(cells, converted, |other| other == cell);
    let from = criterion.level_of_answer(&value_of(criterion.input()?.kind, &answer))?;
    let spellings = spec.spellings.of_answer(&answer);
    let pooled = &mut criterion.levels[from];
    if let When::OneOf(texts) = &mut pooled.when {
        let is_name = |text: &&String| names.contains(text);
        if texts.iter().filter(is_name).count() == 1 {
            return Some(from);
        }
        texts.retain(|text| !spellings.contains(text));
        pooled.label = texts.iter().filter(is_name).map(String::as_str).collect::<Vec<_>>().join(", ");
    }
    spec.put_into_words(pooled);
    pooled.n_leads -= n_leads.min(pooled.n_leads);
    pooled.n_converted -= n_converted.min(pooled.n_converted);
    let points = pooled.points;
    let mut own = Level { when: When::OneOf(spellings), label: answer, words: None, points, n_leads, n_converted };
    spec.put_into_words(&mut own);
    criterion.levels.insert(from, own);
    Some(from)
}

/// Leads, and conversions among them, whose cell is wanted.
fn count(cells: &CriterionCells, converted: &[f64], wanted: impl Fn(usize) -> bool) -> (u64, u64) {
    let leads = cells.column.cells.iter().zip(converted).filter(|(cell, _)| wanted(usize::from(**cell)));
    leads.fold((0, 0), |(n, won), (_, &outcome)| (n + 1, won + u64::from(outcome > 0.5)))
}

fn value_of(kind: InputKind, answer: &str) -> Value {
    match kind {
        InputKind::Boolean => Value::from(answer == "true"),
        _ => Value::from(answer),
    }
}

/// Points after less points before, per labelled lead.
fn shift_of_each_lead(before: &Criterion, after: &Criterion, cells: &CriterionCells) -> Vec<i32> {
    let (before, after) = (points_of_cells(before, cells), points_of_cells(after, cells));
    cells.column.cells.iter().map(|&cell| after[usize::from(cell)] - before[usize::from(cell)]).collect()
}

/// Points that a card's criterion gives each cell, in the order of [`level_of_cells`].
pub fn points_of_cells(criterion: &Criterion, cells: &CriterionCells) -> Vec<i32> {
    let points = |level: usize| criterion.levels.get(level).map_or(0, |level| level.points);
    level_of_cells(criterion, cells).into_iter().map(points).collect()
}

/// The level of every lead on a pair; `None` where the data have no criterion that reads what one of its axes does.
pub fn level_of_leads(pair: &Criterion, known: &[(&CriterionSpec, &CriterionCells)]) -> Option<Vec<usize>> {
    let parts_of = |(axis, input): (&Axis, &Input)| {
        let is_it = |spec: &CriterionSpec| spec.input == *input && spec.map == axis.map;
        let (_, cells) = known.iter().find(|(spec, _)| is_it(spec))?;
        let parts = level_of_cells(&axis.to_criterion(input, |_| 0), cells);
        Some(cells.column.cells.iter().map(|&cell| parts[usize::from(cell)]).collect::<Vec<usize>>())
    };
    let parts: Option<Vec<Vec<usize>>> = pair.axes().map(parts_of).collect();
    let [rows, columns] = <[Vec<usize>; 2]>::try_from(parts?).ok()?;
    Some(rows.into_iter().zip(columns).map(|(row, column)| pair.level_of_cell([row, column]).unwrap_or(0)).collect())
}

/// The level of a card's criterion that takes each cell: missing, the cells, and for texts the cell that no name stands for.
///
/// Where the card was made from these leads every cell lies in one level: edges run between cells. A cell of a card from elsewhere
/// goes by its lowest value.
pub fn level_of_cells(criterion: &Criterion, cells: &CriterionCells) -> Vec<usize> {
    let last = criterion.levels.len().saturating_sub(1);
    let kind = criterion.input().map_or(InputKind::Text, |input| input.kind);
    let level = |value: Value| criterion.level_of_answer(&value).unwrap_or(last);
    let mut of_cell = vec![level(Value::Null)];
    match &cells.column.meaning {
        CellMeaning::Numbers { low, .. } => of_cell.extend(low.iter().map(|&value| level(Value::from(value)))),
        CellMeaning::Levels { names } => {
            of_cell.extend(names.iter().map(|name| level(value_of(kind, name))));
            // Answers beyond the commonest share a cell without a name, which only the total else takes.
            of_cell.push(last);
        }
    }
    of_cell
}

#[cfg(test)]
mod tests;
