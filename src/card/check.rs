//! Every rule a card keeps. Whatever reads or makes a card goes through [`Card::check`].

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde_json::Value;

use super::shown::in_short;
use super::text_map::MAX_RULES;
use super::{
    ASK_FIRST, Axis, CARD_FORMAT, Card, CardError, Criterion, CurveEntry, Derivation, Grid, Input, InputKind, Level,
    MAX_PARTS, OLDEST_CARD_FORMAT, Override, Part, TEXT_RULE, TextMap, When, normalise_text,
};

/// Most criteria of a card. With [`MAX_POINTS`] it keeps every partial sum of points within 32 bits: 2,000 x 1,000,000 < 2^31.
pub const MAX_CRITERIA: usize = 2_000;

/// Most levels of a criterion: fine bins stop at 255, and a card does not split them further.
pub const MAX_LEVELS: usize = 1_000;

/// Most points, up or down, of one level and of the base.
pub const MAX_POINTS: i32 = 1_000_000;

/// Most scores a card can tell apart, which is the length of its curve.
pub const MAX_SCORES: i64 = 200_000;

/// Most texts over all levels of a criterion.
const MAX_TEXTS: usize = 100_000;

/// Most bands, and most thresholds.
const MAX_NAMES: usize = 1_000;

/// Most golden rows.
const MAX_GOLDEN_ROWS: usize = 20_000;

/// Most levels, texts and bytes that all golden rows together are compared with: the largest real cards need a few million.
const MAX_GOLDEN_STEPS: usize = 1_000_000_000;

/// Longest name, label or level text, in bytes.
const MAX_TEXT_BYTES: usize = 10_000;

/// A probability of 100 % in basis points.
pub(super) const ONE_IN_BP: u32 = 10_000;

impl Card {
    /// Checks every rule but the golden rows, which [`Card::check_golden`] re-scores.
    ///
    /// # Errors
    /// The first rule that is broken, with its place on the card.
    pub fn check(&self) -> Result<(), CardError> {
        check_format(u64::from(self.format))?;
        let rule = in_short(&self.text);
        Place::Card.ensure(self.text == TEXT_RULE, || {
            format!("it compares text by the rule \"{rule}\", this version of Bantam knows \"{TEXT_RULE}\" only")
        })?;
        Place::Card.ensure_points("base points", self.base_points)?;
        check_count("criteria", self.criteria.len(), 1, MAX_CRITERIA)?;
        check_names("criterion", self.criteria.iter().map(|criterion| &criterion.name))?;
        self.criteria.iter().try_for_each(check_criterion)?;
        self.check_columns()?;
        self.check_size_of_golden()?;
        self.check_curve()?;
        self.check_bands()?;
        self.grades.as_ref().map_or(Ok(()), |grades| grades.check(&self.criteria))?;
        self.check_overrides()?;
        check_count("thresholds", self.thresholds.len(), 0, MAX_NAMES)?;
        check_names("threshold", self.thresholds.iter().map(|threshold| &threshold.name))?;
        for threshold in &self.thresholds {
            Place::Named("threshold", &threshold.name).ensure_text("rule", &threshold.rule)?;
        }
        for (what, column) in [("as_of_column", &self.as_of_column), ("id_column", &self.id_column)] {
            column.as_ref().map_or(Ok(()), |column| Place::Card.ensure_text(what, column))?;
        }
        let scale = self.provenance.points_per_log_odds;
        Place::Card.ensure(scale.is_finite() && scale > 0.0, || {
            format!("points per unit of log-odds are {scale}, they must be above 0")
        })
    }

    /// Criteria that share a column must agree on what it holds.
    fn check_columns(&self) -> Result<(), CardError> {
        let mut seen = HashMap::new();
        let inputs = self.criteria.iter().flat_map(|c| c.inputs.iter().map(|input| (c.name.as_str(), input)));
        for (name, input) in inputs {
            let (first_name, first) = *seen.entry(input.column.as_str()).or_insert((name, input));
            Place::Named("criterion", name).ensure(first == input, || {
                let (column, first_name) = (in_short(&input.column), in_short(first_name));
                let kind = input.kind.in_words();
                format!("it reads column `{column}` as {kind}, but criterion `{first_name}` reads the same column in another way")
            })?;
        }
        Ok(())
    }

    /// Scoring the golden rows takes seconds at most, however the card was made up.
    fn check_size_of_golden(&self) -> Result<(), CardError> {
        let n_rows = self.golden.len();
        check_count("golden rows", n_rows, 0, MAX_GOLDEN_ROWS)?;
        let mut readers: HashMap<&str, usize> = HashMap::new();
        for input in self.criteria.iter().flat_map(|criterion| &criterion.inputs) {
            *readers.entry(&input.column).or_default() += 1;
        }
        let bytes_read = |(column, value): (&String, &Value)| match value {
            Value::String(text) => text.len().saturating_mul(readers.get(column.as_str()).copied().unwrap_or(0)),
            _ => 0,
        };
        let bytes_read = self.golden.iter().flat_map(|row| row.inputs.iter().map(bytes_read));
        let levels = self.criteria.iter().flat_map(|criterion| &criterion.levels);
        let maps = self.criteria.iter().flat_map(Criterion::maps);
        let n_map_steps: usize =
            maps.map(|map| map.missing.len() + map.rules.iter().map(|rule| rule.phrases.len()).sum::<usize>()).sum();
        let axes = self.criteria.iter().filter_map(|criterion| criterion.grid.as_ref()).flat_map(Grid::axes);
        let rules = axes.flat_map(|axis| &axis.parts).map(|part| &part.when).chain(levels.map(|level| &level.when));
        let n_rule_steps = rules.map(|when| 1 + when.texts().len() + when.cells().len()).sum::<usize>();
        let n_steps = (n_rule_steps + n_map_steps).saturating_mul(n_rows);
        Place::Card.ensure(bytes_read.fold(n_steps, usize::saturating_add) <= MAX_GOLDEN_STEPS, || {
            format!(
                "its {n_rows} golden rows are too long, or too many for its levels: comparing them takes more than \
                 {MAX_GOLDEN_STEPS} steps"
            )
        })
    }

    /// One entry per reachable score, in range, and never falling.
    fn check_curve(&self) -> Result<(), CardError> {
        let (lowest, highest) = self.score_range();
        Place::Card.ensure(highest - lowest < MAX_SCORES, || {
            format!(
                "the points reach from {lowest} to {highest}: more than the {MAX_SCORES} scores a card may tell apart"
            )
        })?;
        let reached = || format!("the points add up to {lowest} at least and {highest} at most");
        let (Some(first), Some(last)) = (self.curve.first(), self.curve.last()) else {
            return Place::Curve.ensure(false, || format!("it has no entries, but {}", reached()));
        };
        if (i64::from(first.score), i64::from(last.score)) != (lowest, highest) {
            // Points edited by hand move the ends of the curve as well; the golden rows tell where.
            self.check_golden()?;
            return Place::Curve
                .ensure(false, || format!("it runs from score {} to {}, but {}", first.score, last.score, reached()));
        }
        self.curve.iter().try_for_each(check_curve_entry)?;
        for (before, entry) in self.curve.iter().zip(self.curve.iter().skip(1)) {
            let place = Place::Score(entry.score);
            place.ensure(i64::from(entry.score) == i64::from(before.score) + 1, || {
                format!("it follows score {}; the curve has one entry for every whole number", before.score)
            })?;
            let (was, is) = (before.probability_bp, entry.probability_bp);
            place.ensure(was <= is, || {
                format!(
                    "the probability falls from {was} to {is} basis points; more points never mean a lower probability"
                )
            })?;
        }
        Ok(())
    }

    /// Every override names a level of the card, with the points it has.
    fn check_overrides(&self) -> Result<(), CardError> {
        check_count("overrides", self.overrides.len(), 0, MAX_NAMES)?;
        for one in &self.overrides {
            let place = Place::Override(one);
            place.ensure_text("author", &one.author)?;
            place.ensure_text("reason", &one.reason)?;
            let criterion = self.criteria.iter().find(|criterion| criterion.name == one.criterion);
            let is_it = |level: &Level| level.label == one.level && level.points == one.points;
            place.ensure(criterion.is_some_and(|criterion| criterion.levels.iter().any(is_it)), || {
                format!("the card has no such level with {} points", one.points)
            })?;
        }
        Ok(())
    }

    /// Highest band first, the last one open.
    fn check_bands(&self) -> Result<(), CardError> {
        check_count("bands", self.bands.len(), 1, MAX_NAMES)?;
        check_names("band", self.bands.iter().map(|band| &band.name))?;
        if let Some(limit) = self.known_at_least {
            let span = self.span();
            Place::Card.ensure((1..=span).contains(&limit), || {
                format!("`known_at_least` is {limit}; the answers of a lead cover from 0 to {span} points")
            })?;
            let is_taken = self.bands.iter().any(|band| band.name == ASK_FIRST);
            Place::Card.ensure(!is_taken, || {
                format!("a band is called `{ASK_FIRST}`, the name for leads of which too little is known")
            })?;
        }
        let mut lowest_so_far: Option<i32> = None;
        for (idx, band) in self.bands.iter().enumerate() {
            let (place, is_last) = (Place::Named("band", &band.name), idx + 1 == self.bands.len());
            let Some(from) = band.from else {
                place.ensure(is_last, || "it has no `from`; only the last band takes the rest")?;
                continue;
            };
            place.ensure(!is_last, || {
                format!("it starts at {from}; the last band has no `from`, because it takes the rest")
            })?;
            if let Some(above) = lowest_so_far.replace(from) {
                place.ensure(from < above, || {
                    format!("it starts at {from}, not below the band before it, which starts at {above}")
                })?;
            }
        }
        Ok(())
    }
}

/// The format is the one this version reads.
pub(super) fn check_format(found: u64) -> Result<(), CardError> {
    let hint = if found > u64::from(CARD_FORMAT) {
        "score with the version that made the card, or a newer one"
    } else if found < u64::from(OLDEST_CARD_FORMAT) {
        "calibrate again, or score with the version that made the card"
    } else {
        return Ok(());
    };
    Err(CardError(format!(
        "the card has format {found}, this version of Bantam reads formats {OLDEST_CARD_FORMAT} to {CARD_FORMAT}\nhint: {hint}"
    )))
}

fn check_criterion(criterion: &Criterion) -> Result<(), CardError> {
    let place = Place::Named("criterion", &criterion.name);
    let (n_inputs, n_wanted) = (criterion.inputs.len(), if criterion.is_pair() { 2 } else { 1 });
    place.ensure(n_inputs == n_wanted, || match criterion.is_pair() {
        false => format!("it has {n_inputs} input columns; a criterion has exactly one"),
        true => format!("it has {n_inputs} input columns; a criterion with a grid has exactly two"),
    })?;
    criterion.inputs.iter().try_for_each(|input| check_input(place, input))?;
    if let Some(group) = criterion.group.as_ref().filter(|group| !group.is_empty()) {
        place.ensure_text("group", group)?;
    }
    for (what, text) in [("label", &criterion.label), ("question", &criterion.question)] {
        if let Some(text) = text {
            place.ensure_text(what, text)?;
        }
    }
    let n_levels = criterion.levels.len();
    place.ensure((2..=MAX_LEVELS).contains(&n_levels), || {
        format!("it has {n_levels} levels; a criterion has 2 to {MAX_LEVELS}")
    })?;
    for (idx, level) in criterion.levels.iter().enumerate() {
        let place = Place::Level { criterion, idx, level };
        place.ensure_text("label", &level.label)?;
        if let Some(words) = &level.words {
            place.ensure_text("words", words)?;
        }
        place.ensure_points("points", level.points)?;
        place.ensure(level.n_converted <= level.n_leads, || {
            format!("{} of its {} leads converted", level.n_converted, level.n_leads)
        })?;
    }
    match (&criterion.grid, criterion.inputs.as_slice()) {
        (Some(grid), [row, column]) => check_grid(criterion, grid, [row, column]),
        (None, [input]) => {
            let place = |idx: usize, level| Place::Level { criterion, idx, level };
            let levels = criterion.levels.iter().enumerate();
            check_map(Place::Named("criterion", &criterion.name), input.kind, criterion.map.as_ref())?;
            check_rules(input.kind, levels.map(|(idx, level)| (place(idx, level), &level.when)))
        }
        _ => Ok(()),
    }
}

fn check_input(place: Place<'_>, input: &Input) -> Result<(), CardError> {
    place.ensure_text("column", &input.column)?;
    if let Some(Derivation::DaysBefore { column }) = &input.derivation {
        place.ensure_text("column of `days_before`", column)?;
    }
    place.ensure(input.derivation.is_none() || input.kind == InputKind::Number, || {
        format!("a derived value is a number, not {}", input.kind.in_words())
    })
}

/// Rules that are read top down over one column: levels of a criterion, or parts of an axis.
fn check_rules<'a>(
    kind: InputKind,
    rules: impl ExactSizeIterator<Item = (Place<'a>, &'a When)>,
) -> Result<(), CardError> {
    let n_rules = rules.len();
    let mut texts = HashSet::new();
    let mut edge_before: Option<f64> = None;
    for (idx, (place, when)) in rules.enumerate() {
        place.ensure_position(when, idx == 0, idx + 1 == n_rules)?;
        match when {
            When::Missing | When::Else => {}
            When::Below(edge) => place.ensure_edge(kind, *edge, edge_before.replace(*edge))?,
            When::OneOf(list) => place.ensure_texts(kind, list, &mut texts)?,
            When::Cells(_) => place.ensure(false, || "`cells` are those of a grid, and here is none")?,
        }
    }
    Ok(())
}

/// Parts that are read as levels are, and levels of cells, each cell at one at most.
fn check_grid(criterion: &Criterion, grid: &Grid, inputs: [&Input; 2]) -> Result<(), CardError> {
    let whole = Place::Named("criterion", &criterion.name);
    whole.ensure(criterion.map.is_none(), || "its map stands outside its grid, whose axes have maps of their own")?;
    for ((side, axis), input) in [("rows", &grid.rows), ("columns", &grid.columns)].into_iter().zip(inputs) {
        check_axis(criterion, side, axis, input)?;
    }
    let n_levels = criterion.levels.len();
    let mut seen = HashSet::new();
    for (idx, level) in criterion.levels.iter().enumerate() {
        let place = Place::Level { criterion, idx, level };
        place.ensure_position(&level.when, idx == 0, idx + 1 == n_levels)?;
        let When::Cells(cells) = &level.when else {
            let is_cells = matches!(level.when, When::Missing | When::Else);
            place.ensure(is_cells, || "a level of a criterion with a grid takes `cells`")?;
            continue;
        };
        place.ensure(!cells.is_empty(), || "its `cells` are none")?;
        for cell @ &[row, column] in cells {
            let parts = [(&grid.rows, row), (&grid.columns, column)];
            let is_there = parts.iter().all(|(axis, position)| usize::from(*position) < axis.parts.len());
            place.ensure(is_there, || format!("the cell [{row},{column}] lies outside the grid"))?;
            let is_missing = parts.iter().any(|(axis, position)| axis.is_missing(usize::from(*position)));
            place.ensure(!is_missing, || {
                format!("the cell [{row},{column}] is one of leads without an answer, which the first level takes")
            })?;
            place
                .ensure(seen.insert(cell), || format!("the cell [{row},{column}] is named twice in this criterion"))?;
        }
    }
    Ok(())
}

fn check_axis(criterion: &Criterion, side: &'static str, axis: &Axis, input: &Input) -> Result<(), CardError> {
    let whole = Place::Named("criterion", &criterion.name);
    whole.ensure_text(if side == "rows" { "criterion of rows" } else { "criterion of columns" }, &axis.criterion)?;
    check_map(whole, input.kind, axis.map.as_ref())?;
    let n_parts = axis.answers().count();
    whole.ensure((1..=MAX_PARTS).contains(&n_parts), || {
        format!("its {side} have {n_parts} parts beside missing; a grid has 1 to {MAX_PARTS}")
    })?;
    let place = |idx, part| Place::Part { criterion, side, idx, part };
    let mut parts = axis.parts.iter().enumerate();
    parts.try_for_each(|(idx, part)| place(idx, part).ensure_text("label", &part.label))?;
    check_rules(input.kind, axis.parts.iter().enumerate().map(|(idx, part)| (place(idx, part), &part.when)))
}

/// Rules over text, each with phrases and an answer that is compared as it stands.
fn check_map(place: Place<'_>, kind: InputKind, map: Option<&TextMap>) -> Result<(), CardError> {
    let Some(map) = map else { return Ok(()) };
    place.ensure(kind == InputKind::Text, || format!("its map is for text, and it reads {}", kind.in_words()))?;
    let n_rules = map.rules.len();
    place.ensure((1..=MAX_RULES).contains(&n_rules), || {
        format!("its map has {n_rules} rules; it takes 1 to {MAX_RULES}")
    })?;
    for (idx, rule) in map.rules.iter().enumerate() {
        let place = Place::Numbered("rule of a map", idx + 1);
        place.ensure_text("match", &rule.phrases)?;
        if let Err(problem) = rule.needles() {
            place.ensure(false, || format!("its match {problem}"))?;
        }
        place.ensure_text("to", &rule.to)?;
        place.ensure(normalise_text(&rule.to) == rule.to, || "its answer is not written as the card compares text")?;
    }
    let n_words = map.missing.len();
    place.ensure(n_words <= MAX_TEXTS, || format!("its map has {n_words} words for missing, more than {MAX_TEXTS}"))?;
    for word in &map.missing {
        place.ensure_text("word for missing", word)?;
        place.ensure(
            normalise_text(word) == word.as_str(),
            || "a word for missing is not written as the card compares text",
        )?;
    }
    Ok(())
}

fn check_curve_entry(entry: &CurveEntry) -> Result<(), CardError> {
    let CurveEntry { score, probability_bp, low_bp, high_bp, .. } = *entry;
    Place::Score(score).ensure(probability_bp.max(low_bp).max(high_bp) <= ONE_IN_BP, || {
        format!(
            "probability {probability_bp}, interval {low_bp} to {high_bp}: basis points end at {ONE_IN_BP}, which is 100 %"
        )
    })?;
    Place::Score(score).ensure(low_bp <= probability_bp && probability_bp <= high_bp, || {
        format!("the probability {probability_bp} lies outside its interval {low_bp} to {high_bp}")
    })
}

/// Each name filled in, none twice.
fn check_names<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Result<(), CardError> {
    let mut seen = HashSet::new();
    for (idx, name) in names.enumerate() {
        Place::Numbered(what, idx + 1).ensure_text("name", name)?;
        Place::Named(what, name).ensure(seen.insert(name), || "its name is used twice")?;
    }
    Ok(())
}

fn check_count(what: &str, n: usize, least: usize, most: usize) -> Result<(), CardError> {
    Place::Card.ensure(n >= least, || format!("it has no {what}"))?;
    Place::Card.ensure(n <= most, || format!("it has {n} {what}, more than the {most} a card may have"))
}

/// A place on the card, and the rules of what stands there.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Card,
    Curve,
    Grades,
    /// An entry of the curve.
    Score(i32),
    /// What it is, and its name.
    Named(&'a str, &'a str),
    /// What it is, and its number, where the name itself is looked at.
    Numbered(&'a str, usize),
    Level {
        criterion: &'a Criterion,
        idx: usize,
        level: &'a Level,
    },
    /// A part of the `rows` or `columns` of a grid.
    Part {
        criterion: &'a Criterion,
        side: &'static str,
        idx: usize,
        part: &'a Part,
    },
    Override(&'a Override),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Card => f.write_str("card"),
            Self::Curve => f.write_str("curve"),
            Self::Grades => f.write_str("grades"),
            Self::Score(score) => write!(f, "curve at score {score}"),
            Self::Named(what, name) => write!(f, "{what} `{}`", in_short(name)),
            Self::Numbered(what, number) => write!(f, "{what} {number}"),
            Self::Level { criterion, idx, level } => {
                let (criterion, label) = (Self::Named("criterion", &criterion.name), in_short(&level.label));
                write!(f, "{criterion}, level {} (`{label}`)", idx + 1)
            }
            Self::Part { criterion, side, idx, part } => {
                let (criterion, label) = (Self::Named("criterion", &criterion.name), in_short(&part.label));
                write!(f, "{criterion}, part {} of its {side} (`{label}`)", idx + 1)
            }
            Self::Override(one) => write!(f, "override of `{}`, `{}`", in_short(&one.criterion), in_short(&one.level)),
        }
    }
}

impl<'a> Place<'a> {
    /// The rule holds, or its `problem` is said of this place.
    pub(super) fn ensure<P: Into<String>>(self, holds: bool, problem: impl FnOnce() -> P) -> Result<(), CardError> {
        if holds { Ok(()) } else { Err(CardError::broken(&self.to_string(), problem())) }
    }

    /// Not blank and not absurdly long.
    fn ensure_text(self, what: &str, text: &str) -> Result<(), CardError> {
        self.ensure(!text.trim().is_empty(), || format!("its {what} is empty"))?;
        self.ensure(text.len() <= MAX_TEXT_BYTES, || format!("its {what} is longer than {MAX_TEXT_BYTES} bytes"))
    }

    fn ensure_points(self, what: &str, points: i32) -> Result<(), CardError> {
        self.ensure((-MAX_POINTS..=MAX_POINTS).contains(&points), || {
            format!("its {what} are {points}, beyond {MAX_POINTS} up or down")
        })
    }

    /// Missing stands first and nowhere else, the total else last and nowhere else.
    fn ensure_position(self, when: &When, is_first: bool, is_last: bool) -> Result<(), CardError> {
        let (is_missing, is_else) = (*when == When::Missing, *when == When::Else);
        self.ensure(is_first || !is_missing, || "`missing` stands first, and once")?;
        self.ensure(is_last || !is_else, || "`else` stands last, and once: no level after it is ever reached")?;
        self.ensure(is_missing || !is_first, || "the first level of a criterion is `missing`")?;
        self.ensure(
            is_missing || is_else || !is_last,
            || "the last level of a criterion is `else`, so that every value has points",
        )
    }

    /// Finite, and above the edge before it.
    fn ensure_edge(self, kind: InputKind, edge: f64, before: Option<f64>) -> Result<(), CardError> {
        self.ensure(kind == InputKind::Number, || {
            format!("`below` compares numbers, but the criterion reads {}", kind.in_words())
        })?;
        self.ensure(edge.is_finite(), || format!("the edge {edge} is not a finite number"))?;
        let Some(before) = before else { return Ok(()) };
        self.ensure(edge > before, || format!("its edge {edge} does not lie above the edge {before} before it"))
    }

    /// Not empty, normalised, none twice within the criterion; true and false for a boolean.
    fn ensure_texts(self, kind: InputKind, list: &'a [String], texts: &mut HashSet<&'a str>) -> Result<(), CardError> {
        self.ensure(kind != InputKind::Number, || "`one_of` names texts, but the criterion reads a number")?;
        self.ensure(!list.is_empty(), || "its `one_of` names no text")?;
        for text in list {
            let shown = in_short(text);
            self.ensure(text.len() <= MAX_TEXT_BYTES, || {
                format!("the text \"{shown}\" is longer than {MAX_TEXT_BYTES} bytes")
            })?;
            self.ensure(normalise_text(text) == text.as_str(), || {
                format!(
                    "the text \"{shown}\" is not normalised (Unicode NFC, no white space at the ends) and would never match"
                )
            })?;
            self.ensure(!text.is_empty(), || "an empty text is missing, and no level of its own")?;
            self.ensure(kind != InputKind::Boolean || matches!(text.as_str(), "true" | "false"), || {
                format!("\"{shown}\" is neither `true` nor `false`")
            })?;
            self.ensure(texts.insert(text), || format!("the text \"{shown}\" is named twice in this criterion"))?;
        }
        self.ensure(texts.len() <= MAX_TEXTS, || format!("the criterion names more than {MAX_TEXTS} texts"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Band;
    use super::super::tests::{card_of, criterion, example_card, level, mapped_card, one_of, paired_card};
    use super::*;

    /// The message of the example card after `spoil`.
    fn refusal(spoil: impl FnOnce(&mut Card)) -> String {
        let mut card = example_card();
        spoil(&mut card);
        card.check().expect_err("the card was spoilt").to_string()
    }

    #[test]
    fn a_sound_card_passes() {
        example_card().check().expect("a sound card");
        card_of(600, super::super::tests::example_criteria()).check().expect("with base points");
    }

    #[test]
    fn another_format_says_what_to_do() {
        assert_eq!(
            refusal(|card| card.format = 5),
            "the card has format 5, this version of Bantam reads formats 1 to 4\n\
             hint: score with the version that made the card, or a newer one"
        );
        assert_eq!(
            refusal(|card| card.format = 0),
            "the card has format 0, this version of Bantam reads formats 1 to 4\n\
             hint: calibrate again, or score with the version that made the card"
        );
    }

    #[test]
    fn a_map_has_rules_over_text_that_can_match() {
        let said = |change: fn(&mut TextMap)| {
            let mut card = mapped_card();
            change(card.criteria[0].map.as_mut().expect("a map"));
            card.check().expect_err("broken").to_string()
        };
        assert_eq!(said(|map| map.rules.clear()), "criterion `role`: its map has 0 rules; it takes 1 to 1000");
        assert_eq!(
            said(|map| map.rules[1].phrases = "vp|".to_owned()),
            "rule of a map 2: its match has a phrase without a word: write words, with \"|\" between the phrases"
        );
        assert_eq!(said(|map| map.rules[0].to = " ".to_owned()), "rule of a map 1: its to is empty");
        assert_eq!(
            said(|map| map.missing[0] = "N/A ".to_owned()),
            "criterion `role`: a word for missing is not written as the card compares text"
        );
        let mut card = mapped_card();
        let map = card.criteria[0].map.clone();
        card.criteria[2].map = map;
        assert_eq!(
            card.check().expect_err("numbers").to_string(),
            "criterion `clicks_30d`: its map is for text, and it reads a number"
        );
    }

    #[test]
    fn the_card_as_a_whole_is_checked() {
        assert_eq!(
            refusal(|card| card.text = "lower".to_owned()),
            "card: it compares text by the rule \"lower\", this version of Bantam knows \"nfc-trim\" only"
        );
        assert_eq!(refusal(|card| card.criteria.clear()), "card: it has no criteria");
        assert_eq!(
            refusal(|card| card.base_points = i32::MIN),
            "card: its base points are -2147483648, beyond 1000000 up or down"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].name = "budget".to_owned()),
            "criterion `budget`: its name is used twice"
        );
        assert_eq!(refusal(|card| card.criteria[2].name = " ".to_owned()), "criterion 3: its name is empty");
        assert_eq!(refusal(|card| card.id_column = Some(String::new())), "card: its id_column is empty");
        assert_eq!(
            refusal(|card| card.provenance.points_per_log_odds = f64::NAN),
            "card: points per unit of log-odds are NaN, they must be above 0"
        );
        assert_eq!(
            refusal(|card| card.thresholds.push(card.thresholds[0].clone())),
            "threshold `selective`: its name is used twice"
        );
        assert_eq!(
            refusal(|card| card.criteria[0].name = "x".repeat(10_001)),
            "criterion 1: its name is longer than 10000 bytes"
        );
    }

    #[test]
    fn a_criterion_has_one_input_of_a_fitting_kind() {
        assert_eq!(
            refusal(|card| card.criteria[0].inputs.clear()),
            "criterion `budget`: it has 0 input columns; a criterion has exactly one"
        );
        assert_eq!(
            refusal(|card| card.criteria[0].inputs[0].column.clear()),
            "criterion `budget`: its column is empty"
        );
        assert_eq!(
            refusal(|card| card.criteria[0].inputs[0].kind = InputKind::Number),
            "criterion `budget`, level 2 (`none or unknown`): `one_of` names texts, but the criterion reads a number"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].inputs[0].kind = InputKind::Text),
            "criterion `clicks_30d`, level 2 (`below 1`): `below` compares numbers, but the criterion reads text"
        );
        assert_eq!(
            refusal(|card| card.criteria[3].inputs[0].kind = InputKind::Boolean),
            "criterion `days_since_form`: a derived value is a number, not true or false"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].inputs[0].column = "budget".to_owned()),
            "criterion `clicks_30d`: it reads column `budget` as a number, but criterion `budget` reads the same column in \
             another way"
        );
    }

    #[test]
    fn a_grid_is_sound_and_every_cell_stands_at_one_level() {
        let said = |spoil: fn(&mut Criterion)| {
            let mut card = paired_card();
            spoil(&mut card.criteria[4]);
            card.check().expect_err("spoilt").to_string()
        };
        fn grid(pair: &mut Criterion) -> &mut Grid {
            pair.grid.as_mut().expect("a grid")
        }
        paired_card().check().expect("a sound card");
        let pair = "criterion `budget and clicks`";
        assert_eq!(
            said(|pair| _ = pair.inputs.pop()),
            format!("{pair}: it has 1 input columns; a criterion with a grid has exactly two")
        );
        assert_eq!(
            said(|pair| pair.grid = None),
            format!("{pair}: it has 2 input columns; a criterion has exactly one")
        );
        assert_eq!(
            said(|pair| pair.map = Some(TextMap::default())),
            format!("{pair}: its map stands outside its grid, whose axes have maps of their own")
        );
        let few = format!("{pair}, level 3 (`few clicks`)");
        assert_eq!(
            said(|pair| pair.levels[2].when = When::Cells(vec![[2, 2]])),
            format!("{few}: the cell [2,2] is named twice in this criterion")
        );
        assert_eq!(
            said(|pair| pair.levels[2].when = When::Cells(vec![[4, 1]])),
            format!("{few}: the cell [4,1] lies outside the grid")
        );
        for cells in ["[0,1]", "[1,1]", "[2,0]"] {
            let mut card = paired_card();
            card.criteria[4].levels[2].when = When::Cells(vec![serde_json::from_str(cells).expect("a cell")]);
            let said = card.check().expect_err("spoilt").to_string();
            let wanted = "is one of leads without an answer, which the first level takes";
            assert_eq!(said, format!("{few}: the cell {cells} {wanted}"));
        }
        assert_eq!(said(|pair| pair.levels[2].when = When::Cells(Vec::new())), format!("{few}: its `cells` are none"));
        assert_eq!(
            said(|pair| pair.levels[2].when = one_of(&["x"])),
            format!("{few}: a level of a criterion with a grid takes `cells`")
        );
        assert_eq!(
            said(|pair| _ = pair.levels.pop()),
            format!("{few}: the last level of a criterion is `else`, so that every value has points")
        );
        assert_eq!(
            said(|pair| _ = grid(pair).rows.parts.remove(0)),
            format!("{pair}, part 1 of its rows (`missing (n/a)`): the first level of a criterion is `missing`")
        );
        assert_eq!(
            said(|pair| grid(pair).columns.parts[1].when = When::Below(f64::NAN)),
            format!("{pair}, part 2 of its columns (`below 2`): the edge NaN is not a finite number")
        );
        assert_eq!(
            said(|pair| grid(pair).columns.parts[1].when = When::Cells(vec![[2, 2]])),
            format!("{pair}, part 2 of its columns (`below 2`): `cells` are those of a grid, and here is none")
        );
        assert_eq!(
            said(|pair| {
                let part = |at: u8| Part { when: When::Below(f64::from(at)), label: at.to_string() };
                grid(pair).columns.parts.splice(1..2, (1..=8).map(part));
            }),
            format!("{pair}: its columns have 9 parts beside missing; a grid has 1 to 8")
        );
        assert_eq!(said(|pair| grid(pair).rows.criterion.clear()), format!("{pair}: its criterion of rows is empty"));
        assert_eq!(
            said(|pair| pair.inputs[1].kind = InputKind::Text),
            format!(
                "{pair}, part 2 of its columns (`below 2`): `below` compares numbers, but the criterion reads text"
            )
        );
        let mut card = example_card();
        card.criteria[1].levels[1].when = When::Cells(vec![[1, 1]]);
        assert_eq!(
            card.check().expect_err("no grid").to_string(),
            "criterion `clicks_30d`, level 2 (`below 1`): `cells` are those of a grid, and here is none"
        );
    }

    #[test]
    fn levels_start_with_missing_and_end_with_else() {
        assert_eq!(
            refusal(|card| card.criteria[1].levels.truncate(1)),
            "criterion `clicks_30d`: it has 1 levels; a criterion has 2 to 1000"
        );
        assert_eq!(
            refusal(|card| _ = card.criteria[1].levels.remove(0)),
            "criterion `clicks_30d`, level 1 (`below 1`): the first level of a criterion is `missing`"
        );
        assert_eq!(
            refusal(|card| _ = card.criteria[1].levels.pop()),
            "criterion `clicks_30d`, level 3 (`1 to 3.5`): the last level of a criterion is `else`, so that every value has \
             points"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].levels.insert(2, level(When::Missing, "again", 0))),
            "criterion `clicks_30d`, level 3 (`again`): `missing` stands first, and once"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].levels.insert(2, level(When::Else, "early", 0))),
            "criterion `clicks_30d`, level 3 (`early`): `else` stands last, and once: no level after it is ever reached"
        );
    }

    #[test]
    fn a_level_is_readable_and_bounded() {
        assert_eq!(
            refusal(|card| card.criteria[1].levels[1].label = "\t".to_owned()),
            "criterion `clicks_30d`, level 2 (`\\t`): its label is empty"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].levels[1].points = 1_000_001),
            "criterion `clicks_30d`, level 2 (`below 1`): its points are 1000001, beyond 1000000 up or down"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].levels[1].n_converted = 101),
            "criterion `clicks_30d`, level 2 (`below 1`): 101 of its 100 leads converted"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].levels[2].points = 900_000),
            "card: the points reach from 0 to 900045: more than the 200000 scores a card may tell apart"
        );
    }

    #[test]
    fn edges_are_finite_and_rise() {
        for (edge, seen) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
            assert_eq!(
                refusal(|card| card.criteria[1].levels[2].when = When::Below(edge)),
                format!("criterion `clicks_30d`, level 3 (`1 to 3.5`): the edge {seen} is not a finite number")
            );
        }
        for edge in [1.0, 0.5] {
            assert_eq!(
                refusal(|card| card.criteria[1].levels[2].when = When::Below(edge)),
                format!(
                    "criterion `clicks_30d`, level 3 (`1 to 3.5`): its edge {edge} does not lie above the edge 1 before it"
                )
            );
        }
        // -0.0 and 0.0 are one edge.
        let levels = [When::Missing, When::Below(-0.0), When::Below(0.0), When::Else].map(|when| level(when, "x", 0));
        let card = card_of(0, vec![criterion("n", InputKind::Number, levels.to_vec())]);
        assert!(card.check().is_err());
    }

    #[test]
    fn texts_are_normalised_and_named_once() {
        let spoil = |texts: &[&str]| {
            let when = one_of(texts);
            refusal(|card| card.criteria[0].levels[2].when = when)
        };
        let place = "criterion `budget`, level 3 (`approved`): ";
        assert_eq!(spoil(&[]), format!("{place}its `one_of` names no text"));
        assert_eq!(
            spoil(&["approved "]),
            format!(
                "{place}the text \"approved \" is not normalised (Unicode NFC, no white space at the ends) and would never \
                 match"
            )
        );
        assert!(spoil(&["fu\u{308}r"]).contains("is not normalised"));
        assert_eq!(spoil(&[""]), format!("{place}an empty text is missing, and no level of its own"));
        assert_eq!(spoil(&["yes", "none"]), format!("{place}the text \"none\" is named twice in this criterion"));
        assert_eq!(spoil(&["yes", "yes"]), format!("{place}the text \"yes\" is named twice in this criterion"));
        assert!(spoil(&[&"y".repeat(10_001)]).ends_with("yyy…\" is longer than 10000 bytes"));
        assert_eq!(
            refusal(|card| card.criteria[2].levels[1].when = one_of(&["yes"])),
            "criterion `asked_for_demo`, level 2 (`yes`): \"yes\" is neither `true` nor `false`"
        );
    }

    #[test]
    fn the_curve_has_every_score_once() {
        assert_eq!(
            refusal(|card| card.curve.clear()),
            "curve: it has no entries, but the points add up to 0 at least and 65 at most"
        );
        assert_eq!(
            refusal(|card| _ = card.curve.pop()),
            "curve: it runs from score 0 to 64, but the points add up to 0 at least and 65 at most"
        );
        assert_eq!(
            refusal(|card| _ = card.curve.remove(10)),
            "curve at score 11: it follows score 9; the curve has one entry for every whole number"
        );
    }

    #[test]
    fn the_curve_never_falls_and_stays_within_its_interval() {
        assert_eq!(
            refusal(|card| card.curve[65].high_bp = 10_001),
            "curve at score 65: probability 6100, interval 6050 to 10001: basis points end at 10000, which is 100 %"
        );
        assert_eq!(
            refusal(|card| card.curve[0].low_bp = 101),
            "curve at score 0: the probability 100 lies outside its interval 101 to 160"
        );
        assert_eq!(
            refusal(|card| {
                card.curve[30].probability_bp = 2_000;
                card.curve[30].low_bp = 0;
            }),
            "curve at score 30: the probability falls from 2776 to 2000 basis points; more points never mean a lower \
             probability"
        );
    }

    #[test]
    fn bands_fall_and_the_last_takes_the_rest() {
        assert_eq!(refusal(|card| card.bands.clear()), "card: it has no bands");
        assert_eq!(
            refusal(|card| card.bands[0].from = None),
            "band `hot`: it has no `from`; only the last band takes the rest"
        );
        assert_eq!(
            refusal(|card| card.bands[1].from = Some(3)),
            "band `reject`: it starts at 3; the last band has no `from`, because it takes the rest"
        );
        assert_eq!(
            refusal(|card| card.bands.insert(1, Band { name: "nurture".to_owned(), from: Some(32) })),
            "band `nurture`: it starts at 32, not below the band before it, which starts at 32"
        );
        assert_eq!(refusal(|card| card.bands[1].name = "hot".to_owned()), "band `hot`: its name is used twice");
    }

    #[test]
    fn absurd_sizes_are_refused() {
        let many = vec![example_card().criteria[0].clone(); MAX_CRITERIA + 1];
        assert_eq!(
            refusal(|card| card.criteria = many),
            "card: it has 2001 criteria, more than the 2000 a card may have"
        );
        let golden = example_card().golden[0].clone();
        assert_eq!(
            refusal(|card| card.golden = vec![golden; MAX_GOLDEN_ROWS + 1]),
            "card: it has 20001 golden rows, more than the 20000 a card may have"
        );
        let too_long = |n_rows| {
            format!(
                "card: its {n_rows} golden rows are too long, or too many for its levels: comparing them takes more than \
                 1000000000 steps"
            )
        };
        let mut long = example_card().golden[0].clone();
        long.inputs.insert("budget".to_owned(), Value::from("x".repeat(1_000_000)));
        let same = (0..MAX_CRITERIA).map(|idx| {
            let mut criterion = example_card().criteria[0].clone();
            criterion.name = format!("c{idx}");
            criterion
        });
        let spoil = |card: &mut Card| (card.criteria, card.golden) = (same.collect(), vec![long]);
        assert_eq!(refusal(spoil), too_long(1));
        let texts: Vec<String> = (10..MAX_TEXTS).map(|idx| format!("t{idx}")).collect();
        let golden = example_card().golden[0].clone();
        let spoil = |card: &mut Card| {
            card.criteria[0].levels[2].when = When::OneOf(texts);
            card.golden = vec![golden; MAX_GOLDEN_ROWS];
        };
        assert_eq!(refusal(spoil), too_long(20_000));
    }
}
