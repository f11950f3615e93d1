//! What systems with formula fields have in common: a card as a few short formulas that name one another.
//!
//! In: a card, a [`System`] (what its fields hold, how long a formula may be) and a [`Language`] (how it spells one). Out:
//! [`Fields`]: one field per criterion, then score, probability and band, each after the fields it names.
//!
//! Start at [`fields_of`]. `ladder` turns a criterion into tests in order, `edges` writes edges as decimals, `parts` cuts what is
//! too long for one field, `golden` writes the golden rows as a file to import, `guide` the words around it all.
//!
//! Always true: every value that a field of the system can hold gets the points of the card; a text the system could not read
//! back is refused; no formula is longer than the system takes.

mod edges;
mod golden;
mod guide;
mod ladder;
mod parts;

use std::collections::BTreeMap;
use std::ops::Range;

pub(super) use edges::Numbers;
pub(super) use golden::{People, golden_file, rows_held, worth_of};
pub(super) use guide::{Guide, cell, counted, curve_range, describe_input};
pub(super) use ladder::{Ladder, Rung, Test, known_ladder_of, ladder_of};

use super::columns::{inputs_of, inputs_of_each};
use super::curve::share_text;
use super::known::{self, Known};
use super::names::identifiers;
use super::pairs::{Coded, cells_of};
use super::{Export, ExportError, Proof};
use crate::card::{ASK_FIRST, Card, Criterion, Input, InputKind};
use parts::cut;

/// What the fields of a system hold, as far as the points depend on it.
pub(super) struct System {
    /// As a person calls it in an error.
    pub(super) target: &'static str,
    /// Numbers that its fields hold.
    pub(super) numbers: Numbers,
    /// Longest text of a field, in characters; longer ones of the card are never met and left out of the formulas.
    pub(super) max_text: usize,
    /// Whether a field for yes and no can be empty.
    pub(super) has_empty_booleans: bool,
    /// Most characters of a formula.
    pub(super) max_chars: usize,
    /// Most bytes of a formula.
    pub(super) max_bytes: usize,
    /// Longest name of a field that is made up here, with its ending.
    pub(super) max_name: usize,
    /// What the system puts after the name of a custom field.
    pub(super) name_ending: &'static str,
    /// Ending of a file with one formula.
    pub(super) file_ending: &'static str,
    /// What a formula cannot say of a text, in words; nothing where it can say every text without control characters.
    pub(super) unspeakable: fn(&str) -> Option<&'static str>,
}

impl System {
    /// A refusal in the name of the system.
    pub(super) fn refuse(&self, problem: String, hint: &str) -> ExportError {
        ExportError::unsupported(self.target, problem, hint)
    }

    /// What of `text` a formula cannot say, in words.
    fn cannot_say(&self, text: &str) -> Option<&'static str> {
        let control = text.chars().any(char::is_control).then_some("a line break or another control character");
        control.or_else(|| (self.unspeakable)(text))
    }

    /// Whether a formula of the system may be as long as `formula`.
    fn takes(&self, formula: &str) -> bool {
        formula.len() <= self.max_bytes && formula.chars().count() <= self.max_chars
    }
}

/// How a system spells a formula.
pub(super) trait Language {
    /// What its fields hold.
    fn system(&self) -> &System;

    /// Points of a criterion: `missing` for an empty field, then the first rung that fits, then `otherwise`.
    ///
    /// - `missing`: absent in the later parts of a criterion in several fields, which never meet an empty one.
    /// - `otherwise`: a number of [`Language::number`], or the field with the next part.
    fn criterion(&self, input: &FormulaInput, missing: Option<i32>, rungs: &[Rung], otherwise: &str) -> String;

    /// Points of a pair by its cell: those of the first of `cells` whose code the number in `cell` does not lie above, then `otherwise`.
    fn cells(&self, cell: &FormulaInput, cells: &[CellPoints], otherwise: &str) -> String {
        // Neighbours with the same points are one test, and the last needs none where what follows is the same.
        let runs: Vec<&[CellPoints]> = cells.chunk_by(|a, b| a.points == b.points).collect();
        let rung = |run: &&[CellPoints]| {
            let last = run.last()?;
            Some(Rung { test: Test::Below((last.code + 1).to_string()), points: last.points })
        };
        let mut rungs: Vec<Rung> = runs.iter().filter_map(rung).collect();
        rungs.pop_if(|last| self.number(last.points) == otherwise);
        self.criterion(cell, None, &rungs, otherwise)
    }

    /// A whole number.
    fn number(&self, number: i32) -> String {
        number.to_string()
    }

    /// Sum of a number and fields.
    fn sum(&self, base: i32, mut terms: Vec<String>) -> String {
        if base != 0 || terms.is_empty() {
            terms.insert(0, self.number(base));
        }
        terms.join(" + ")
    }

    /// Probability of scores from `lowest` up, in basis points one entry per score; `above` is for scores beyond them.
    fn probability(&self, score: &str, lowest: i32, basis_points: &[u32], above: Option<&str>) -> String;

    /// The band of a score.
    fn band(&self, score: &str, card: &Card) -> String;

    /// `then` where the number in `field` is below `limit`, else `otherwise`: formulas both, or a text.
    fn below(&self, field: &str, limit: i32, then: &str, otherwise: &str) -> String;

    /// A text of ours.
    fn text(&self, text: &str) -> String;

    /// Whether the formula of a criterion can be a term of a sum; where it cannot, it takes a field of its own.
    fn adds_formulas(&self) -> bool {
        true
    }

    /// What the system takes beyond the length of a formula.
    ///
    /// # Errors
    /// [`ExportError::Unsupported`] where the fields together are too much.
    fn check(&self, _: &Fields) -> Result<(), ExportError> {
        Ok(())
    }
}

/// A column of the card and the field of the system that holds it.
#[derive(Debug)]
pub(super) struct FormulaInput<'a> {
    /// What the card reads.
    pub(super) input: &'a Input,
    /// Name of the field in the system.
    pub(super) field: String,
    /// Whether the field is a list of choices that formulas treat in a way of their own.
    pub(super) is_picklist: bool,
    /// Whether the name was made here, because the column's is none in the system.
    pub(super) is_made_up: bool,
}

impl FormulaInput<'_> {
    /// Type of the value.
    pub(super) fn kind(&self) -> InputKind {
        self.input.kind
    }
}

/// What a cell of a pair is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CellPoints {
    /// Its code, in rising order; 0 stands for every code below it.
    pub(super) code: i32,
    /// Its points.
    pub(super) points: i32,
}

impl CellPoints {
    /// The points of every cell of a pair.
    fn of(pair: &Criterion) -> Vec<Self> {
        let cells = pair.grid.as_ref().map_or_else(Vec::new, |grid| cells_of(pair, grid));
        let points = |level: usize| pair.levels.get(level).map_or(0, |level| level.points);
        cells.into_iter().map(|cell| Self { code: cell.code, points: points(cell.level) }).collect()
    }
}

/// The inputs of a card, under the names that `field_of` gives them; where it gives none, a name is made up.
///
/// - `field_of`: name of the field, and whether it is a picklist.
pub(super) fn inputs_for<'a>(
    card: &'a Card,
    system: &System,
    field_of: impl Fn(&Input) -> Option<(String, bool)>,
) -> Vec<FormulaInput<'a>> {
    let inputs = inputs_of(card);
    let room = system.max_name - system.name_ending.len();
    let made_up = identifiers("lead_", inputs.iter().map(|input| input.column.as_str()), room);
    inputs
        .into_iter()
        .zip(made_up)
        .map(|(input, made_up)| match field_of(input) {
            Some((field, is_picklist)) => FormulaInput { input, field, is_picklist, is_made_up: false },
            None => {
                let field = format!("{made_up}{}", system.name_ending);
                FormulaInput { input, field, is_picklist: false, is_made_up: true }
            }
        })
        .collect()
}

/// What a formula field gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    /// Points of a criterion, the score, or a part of either: a whole number.
    Points,
    /// The probability, a number with four decimals.
    Probability,
    /// The name of the band.
    Band,
}

/// A formula field.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name in the system.
    pub(super) name: String,
    /// What a person reads.
    pub(super) label: String,
    pub(super) gives: Gives,
    pub(super) formula: String,
    /// Positions of the fields it names, as often as it names them; all lie before its own.
    pub(super) names: Vec<usize>,
}

/// The formula fields of a card, in the order to create them.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) fields: Vec<Field>,
    /// Position of the field with the points of each criterion, in the order of the card.
    pub(super) of_criteria: Vec<usize>,
    /// Positions of the other results.
    pub(super) score: usize,
    pub(super) probability: usize,
    pub(super) band: usize,
    /// What has to be known of the formulas, one sentence each.
    pub(super) notes: Vec<String>,
}

/// Made-up names of the fields with points, and of score, probability and band.
const POINTS: &str = "points_";
const SCORE: &str = "bantam_score";
const PROBABILITY: &str = "bantam_probability";
const BAND: &str = "bantam_band";
const KNOWN: &str = "bantam_known";
/// Start of the names of fields with the cell of a pair, and of those with the code of one of its answers.
const CELL: &str = "cell_";
const SIDES: [&str; 2] = ["row_", "column_"];
/// Start of the names of fields with the points that are known of one criterion.
const KNOWN_OF: &str = "known_";

/// Fewest terms that a formula has to have room for, for one of them to stand in it.
const MIN_TERMS: usize = 4;

/// Room left in a name for the number of its part.
const PART_ENDING: usize = "_part_999".len();

/// Writes the card as formula fields.
///
/// # Errors
/// [`ExportError::Unsupported`] for a text or a length that the system does not take.
pub(super) fn fields_of(
    card: &Card,
    inputs: &[FormulaInput<'_>],
    language: &dyn Language,
) -> Result<Fields, ExportError> {
    let system = language.system();
    let room = system.max_name - system.name_ending.len() - PART_ENDING;
    let names = identifiers(POINTS, card.criteria.iter().map(|criterion| criterion.name.as_str()), room);
    let mut writer = Writer { system, fields: Vec::new(), cells: BTreeMap::new() };
    let mut notes = Vec::new();
    let mut of_criteria = Vec::new();
    let named = |start| identifiers(start, card.criteria.iter().map(|criterion| criterion.name.as_str()), room);
    let [rows, columns, cells] = [SIDES[0], SIDES[1], CELL].map(named);
    for (idx, (criterion, read)) in card.criteria.iter().zip(inputs_of_each(card)).enumerate() {
        let (name, label) = (&names[idx], format!("Points: {}", criterion.name));
        if let Some(coded) = Coded::of(criterion) {
            let sides = read.iter().map(|&input| &inputs[input]);
            let names = CellNames { sides: [&rows[idx], &columns[idx]], cell: &cells[idx] };
            let cell = writer.cell(names, criterion, coded.axes.iter().zip(sides), language, &mut notes)?;
            writer.cells.insert(idx, cell);
            of_criteria.push(writer.points_of_cells(name, &label, criterion, cell, language)?);
            continue;
        }
        let Some(input) = read.first().map(|&input| &inputs[input]) else { continue };
        let ladder = ladder_of(criterion, system, &mut notes)?;
        let spell = |range: Range<usize>, next: Option<&str>| {
            let missing = (range.start == 0).then_some(ladder.missing);
            let otherwise = next.map_or_else(|| language.number(ladder.otherwise), str::to_owned);
            language.criterion(input, missing, &ladder.rungs[range], &otherwise)
        };
        of_criteria.push(writer.chain(name, &label, Gives::Points, ladder.rungs.len(), &[], &spell)?);
    }

    for band in &card.bands {
        if let Some(what) = system.cannot_say(&band.name) {
            let problem = format!("the band {:?} has {what}", band.name);
            return Err(system.refuse(problem, "give the band a plain name and calibrate again"));
        }
    }
    let score = writer.total(card.base_points, &of_criteria, language)?;
    let score_field = writer.fields[score].name.clone();
    let curve: Vec<u32> = card.curve.iter().map(|entry| entry.probability_bp).collect();
    let (lowest, _) = curve_range(card);
    let spell = |range: Range<usize>, next: Option<&str>| {
        // Within a card's range every score is a 32-bit whole number.
        let from = lowest.saturating_add(i32::try_from(range.start).unwrap_or(i32::MAX));
        language.probability(&score_field, from, &curve[range], next)
    };
    let probability =
        writer.chain(PROBABILITY, "Probability of conversion", Gives::Probability, curve.len(), &[score], &spell)?;
    let known =
        Known::of(card).map(|known| writer.known(&known, inputs, &inputs_of_each(card), language)).transpose()?;
    let mut formula = language.band(&score_field, card);
    if let Some((known, limit)) = known.zip(card.known_at_least) {
        formula = language.below(&writer.fields[known].name, limit, &language.text(ASK_FIRST), &formula);
    }
    let band = writer.one(BAND, "Band", Gives::Band, formula, std::iter::once(score).chain(known).collect())?;
    Ok(Fields { fields: writer.fields, of_criteria, score, probability, band, notes })
}

/// Names of the fields of a pair's cell.
#[derive(Debug, Clone, Copy)]
struct CellNames<'a> {
    /// With the codes of its row and its column.
    sides: [&'a str; 2],
    /// With their sum.
    cell: &'a str,
}

/// Writes fields one after the other.
struct Writer<'a> {
    system: &'a System,
    fields: Vec<Field>,
    /// By position of a pair on the card, the field with its cell.
    cells: BTreeMap<usize, usize>,
}

impl Writer<'_> {
    /// One field; its position.
    fn one(
        &mut self,
        name: &str,
        label: &str,
        gives: Gives,
        formula: String,
        names: Vec<usize>,
    ) -> Result<usize, ExportError> {
        if !self.system.takes(&formula) {
            return Err(self.too_long(label, &formula));
        }
        let name = format!("{name}{}", self.system.name_ending);
        self.fields.push(Field { name, label: label.to_owned(), gives, formula, names });
        Ok(self.fields.len() - 1)
    }

    fn too_long(&self, label: &str, formula: &str) -> ExportError {
        let n_chars = formula.chars().count();
        let problem = format!(
            "the formula `{label}` has {n_chars} characters or more, and one may have {}",
            self.system.max_chars
        );
        self.system.refuse(problem, "calibrate a smaller card, or score with `bantam score` and import the scores")
    }

    /// A field whose formula is a list of `n_items`, cut into a chain of fields where it is too long for one. The last part
    /// comes first, because the part before it names it. The position of the first part, which has the whole value.
    fn chain(
        &mut self,
        name: &str,
        label: &str,
        gives: Gives,
        n_items: usize,
        named: &[usize],
        spell: &dyn Fn(Range<usize>, Option<&str>) -> String,
    ) -> Result<usize, ExportError> {
        let part_name = |part: usize| if part == 0 { name.to_owned() } else { format!("{name}_part_{}", part + 1) };
        // While cutting, every next part is taken to have the longest name.
        let longest = format!("{name}_part_999{}", self.system.name_ending);
        let fits = |range: Range<usize>| {
            let is_last = range.end == n_items;
            self.system.takes(&spell(range, (!is_last).then_some(&longest)))
        };
        let ranges = cut(n_items, fits)
            .filter(|ranges| ranges.len() < 999)
            .ok_or_else(|| self.too_long(label, &spell(0..n_items.min(1), (n_items > 1).then_some(&longest))))?;
        let n_parts = ranges.len();
        let mut next: Option<usize> = None;
        for (part, range) in ranges.into_iter().enumerate().rev() {
            let next_name = next.map(|idx| self.fields[idx].name.clone());
            let formula = spell(range, next_name.as_deref());
            let label = if n_parts == 1 { label.to_owned() } else { format!("{label}, part {}", part + 1) };
            let names = next.into_iter().chain(named.iter().copied()).collect();
            next = Some(self.one(&part_name(part), &label, gives, formula, names)?);
        }
        Ok(next.unwrap_or(0))
    }

    /// Fields with the code of either answer of a pair, and one with their sum, whose position this gives.
    fn cell<'b>(
        &mut self,
        names: CellNames<'_>,
        pair: &Criterion,
        sides: impl Iterator<Item = (&'b Criterion, &'b FormulaInput<'b>)>,
        language: &dyn Language,
        notes: &mut Vec<String>,
    ) -> Result<usize, ExportError> {
        let mut codes = Vec::new();
        for (((axis, input), name), what) in sides.zip(names.sides).zip(["Row", "Column"]) {
            let ladder = ladder_of(axis, self.system, notes)?;
            let label = format!("{what} of {}: {}", pair.name, axis.name);
            let spell = |range: Range<usize>, next: Option<&str>| {
                let missing = (range.start == 0).then_some(ladder.missing);
                let otherwise = next.map_or_else(|| language.number(ladder.otherwise), str::to_owned);
                language.criterion(input, missing, &ladder.rungs[range], &otherwise)
            };
            codes.push(self.chain(name, &label, Gives::Points, ladder.rungs.len(), &[], &spell)?);
        }
        let terms = codes.iter().map(|idx| self.fields[*idx].name.clone()).collect();
        self.one(names.cell, &format!("Cell of {}", pair.name), Gives::Points, language.sum(0, terms), codes)
    }

    /// Points of a pair by the field with its cell.
    fn points_of_cells(
        &mut self,
        name: &str,
        label: &str,
        pair: &Criterion,
        cell: usize,
        language: &dyn Language,
    ) -> Result<usize, ExportError> {
        let (cells, otherwise) = (CellPoints::of(pair), pair.levels.last().map_or(0, |level| level.points));
        let input = Input { column: pair.name.clone(), kind: InputKind::Number, derivation: None };
        let field = self.fields[cell].name.clone();
        let input = FormulaInput { input: &input, field, is_picklist: false, is_made_up: false };
        let spell = |range: Range<usize>, next: Option<&str>| {
            let otherwise = next.map_or_else(|| language.number(otherwise), str::to_owned);
            language.cells(&input, &cells[range], &otherwise)
        };
        self.chain(name, label, Gives::Points, cells.len(), &[cell], &spell)
    }

    /// The points that are known of a lead: a sum of the formulas of the criteria, in more than one field where it is long. The
    /// position of the field with the whole of it.
    fn known(
        &mut self,
        known: &Known,
        inputs: &[FormulaInput<'_>],
        inputs_of_each: &[Vec<usize>],
        language: &dyn Language,
    ) -> Result<usize, ExportError> {
        let room = self.system.max_name - self.system.name_ending.len() - PART_ENDING;
        let names = identifiers(KNOWN_OF, known.criteria().map(|(_, criterion)| criterion.name.as_str()), room);
        let mut terms: Vec<String> = Vec::new();
        let mut named: Vec<usize> = Vec::new();
        for ((idx, criterion), name) in known.criteria().zip(names) {
            if let Some(&cell) = self.cells.get(&idx) {
                let label = format!("Known: {}", criterion.name);
                let field = self.points_of_cells(&name, &label, criterion, cell, language)?;
                terms.push(self.fields[field].name.clone());
                named.push(field);
                continue;
            }
            let Some(input) = inputs_of_each[idx].first().map(|&input| &inputs[input]) else { continue };
            let ladder = known_ladder_of(criterion, self.system)?;
            let spell = |range: Range<usize>, next: Option<&str>| {
                let missing = (range.start == 0).then_some(ladder.missing);
                let otherwise = next.map_or_else(|| language.number(ladder.otherwise), str::to_owned);
                language.criterion(input, missing, &ladder.rungs[range], &otherwise)
            };
            let whole = spell(0..ladder.rungs.len(), None);
            if language.adds_formulas() && whole.chars().count() <= self.system.max_chars / MIN_TERMS {
                terms.push(whole);
            } else {
                let label = format!("Known: {}", criterion.name);
                let field = self.chain(&name, &label, Gives::Points, ladder.rungs.len(), &[], &spell)?;
                terms.push(self.fields[field].name.clone());
                named.push(field);
            }
        }
        let spell = |range: Range<usize>, next: Option<&str>| {
            let next = next.map(str::to_owned);
            language.sum(0, terms[range].iter().cloned().chain(next).collect())
        };
        self.chain(KNOWN, "Points known", Gives::Points, terms.len(), &named, &spell)
    }

    /// The score: the sum of the points, through sums of a part of them where one formula cannot name them all.
    fn total(&mut self, base: i32, terms: &[usize], language: &dyn Language) -> Result<usize, ExportError> {
        let sum_of = |base: i32, fields: &[Field], terms: &[usize]| {
            language.sum(base, terms.iter().map(|idx| fields[*idx].name.clone()).collect())
        };
        let whole = sum_of(base, &self.fields, terms);
        if self.system.takes(&whole) {
            return self.one(SCORE, "Score", Gives::Points, whole, terms.to_vec());
        }
        let fits = |range: Range<usize>| self.system.takes(&sum_of(0, &self.fields, &terms[range]));
        let ranges = cut(terms.len(), fits).ok_or_else(|| self.too_long("Score", &whole))?;
        let mut sums = Vec::new();
        for (part, range) in ranges.into_iter().enumerate() {
            let (name, label) = (format!("{SCORE}_part_{}", part + 1), format!("Score, part {}", part + 1));
            let formula = sum_of(0, &self.fields, &terms[range.clone()]);
            sums.push(self.one(&name, &label, Gives::Points, formula, terms[range].to_vec())?);
        }
        let whole = sum_of(base, &self.fields, &sums);
        self.one(SCORE, "Score", Gives::Points, whole, sums)
    }
}

impl Fields {
    /// The fields that hold what a lead is worth, in order: points per criterion, score, probability, band.
    pub(super) fn results(&self) -> impl Iterator<Item = &Field> {
        let idxs = self.of_criteria.iter().copied().chain([self.score, self.probability, self.band]);
        idxs.map(|idx| &self.fields[idx])
    }

    /// Longest way from a field over the formula fields it names, in steps.
    pub(super) fn depth(&self) -> usize {
        let mut depths: Vec<usize> = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            depths.push(field.names.iter().map(|idx| depths[*idx] + 1).max().unwrap_or(0));
        }
        depths.into_iter().max().unwrap_or(0)
    }
}

/// A card in the formulas of a system, with the golden rows that prove them.
pub(super) struct FormulaCard<'a> {
    /// What the fields of the system hold.
    system: &'a System,
    /// The card.
    pub(super) card: &'a Card,
    /// What it reads.
    pub(super) inputs: Vec<FormulaInput<'a>>,
    /// Its formulas.
    pub(super) fields: Fields,
    /// The golden rows as a file to import.
    pub(super) golden: String,
    /// How many of them there are.
    n_rows: usize,
    /// How many of their values no field holds.
    n_left_out: usize,
}

impl<'a> FormulaCard<'a> {
    /// Writes `card` in `language`.
    ///
    /// - `people`: what the system asks of every lead that is imported.
    ///
    /// # Errors
    /// [`ExportError::Unsupported`] for a text or a length that the system does not take.
    pub(super) fn new(
        card: &'a Card,
        inputs: Vec<FormulaInput<'a>>,
        language: &'a dyn Language,
        people: &People,
    ) -> Result<Self, ExportError> {
        let checked = |card: &Card| {
            let fields = fields_of(card, &inputs, language)?;
            language.check(&fields).map(|()| fields)
        };
        let by_score = Card { known_at_least: None, ..card.clone() };
        let (fields, scored_by) = match (checked(card), known::note(card, "this export has no room for it and")) {
            // Bands by the score alone, and words about it, are more use than no export.
            (Err(_), Some(note)) => {
                let mut fields = checked(&by_score)?;
                fields.notes.push(note);
                (fields, &by_score)
            }
            (fields, _) => (fields?, card),
        };
        let (rows, n_left_out) = rows_held(card, &inputs, language.system());
        let results: Vec<String> = fields.results().map(|field| field.name.clone()).collect();
        let golden = golden_file(scored_by, &inputs, &rows, people, &results)?;
        let n_rows = rows.len();
        Ok(Self { system: language.system(), card, inputs, fields, golden, n_rows, n_left_out })
    }

    /// Whether the card reads a value of this kind.
    pub(super) fn reads(&self, kind: InputKind) -> bool {
        self.inputs.iter().any(|input| input.kind() == kind)
    }

    /// A row per formula for a table: its file, its name, what it gives, and `more`.
    pub(super) fn rows(&self, more: impl Fn(usize, &Field) -> Vec<String>) -> impl Iterator<Item = Vec<String>> {
        self.fields.fields.iter().enumerate().map(move |(idx, field)| {
            let mut row = vec![cell(&self.file_name(idx)), cell(&field.name), cell(&field.label)];
            row.extend(more(idx, field));
            row
        })
    }

    /// Name of the file with one field, numbered in the order to create them.
    pub(super) fn file_name(&self, idx: usize) -> String {
        let fields = &self.fields.fields;
        let width = fields.len().to_string().len().max(2);
        format!("{:0width$}-{}.{}", idx + 1, fields[idx].name, self.system.file_ending)
    }

    /// The page, the golden rows, and a file per formula.
    ///
    /// - `content`: of the file of a formula.
    /// - `leads`, `field`: what the system calls them, for how the golden rows are run.
    pub(super) fn export(
        &self,
        guide: String,
        notes: Vec<String>,
        content: impl Fn(&Field) -> String,
        [leads, field]: [&str; 2],
    ) -> Export {
        let mut files = vec![("INSTALL.md".to_owned(), guide), ("golden.csv".to_owned(), self.golden.clone())];
        let formulas = self.fields.fields.iter().enumerate();
        files.extend(formulas.map(|(idx, field)| (self.file_name(idx), content(field))));
        let by_hand = format!(
            "import golden.csv as {leads} into a sandbox and compare each {field} with the column `expected ...` of its name"
        );
        folder(files, Proof::ByHand(by_hand), notes)
    }

    /// Says what the made-up leads are.
    pub(super) fn held_note(&self, system: &str) -> String {
        held_note("golden.csv", self.n_rows, self.n_left_out, system)
    }
}

/// Says what the made-up leads in `file` are.
pub(super) fn held_note(file: &str, n_rows: usize, n_left_out: usize, system: &str) -> String {
    let leads = format!("{file} has {} made of the card's golden rows", counted(n_rows, "lead"));
    if n_left_out == 0 {
        return leads;
    }
    let values = counted(n_left_out, "value");
    format!(
        "{leads}, without {values} of theirs that no field of {system} holds or that a spreadsheet would take for a formula"
    )
}

/// The curve as one text, five digits a score, which a formula cuts the right ones out of.
pub(super) fn curve_digits(basis_points: &[u32]) -> String {
    basis_points.iter().map(|basis_points| format!("{basis_points:05}")).collect()
}

/// Scores from the lowest up that are worth the same, as the score after them and the share; the last has no end.
pub(super) fn steps_up(lowest: i32, basis_points: &[u32]) -> Vec<(Option<i32>, String)> {
    let mut steps: Vec<(Option<i32>, String)> = Vec::new();
    let mut score = lowest;
    for run in basis_points.chunk_by(|a, b| a == b) {
        score = score.saturating_add(i32::try_from(run.len()).unwrap_or(i32::MAX));
        steps.extend(run.first().map(|basis_points| (Some(score), share_text(*basis_points))));
    }
    if let Some((end, _)) = steps.last_mut() {
        *end = None;
    }
    steps
}

/// Bands with a lowest score, highest first, and the one that takes the rest.
pub(super) fn bands_down(card: &Card) -> (Vec<(i32, &str)>, &str) {
    let from = card.bands.iter().filter_map(|band| band.from.map(|from| (from, band.name.as_str()))).collect();
    (from, card.bands.last().map_or("", |band| band.name.as_str()))
}

/// A table of the inputs: column of the card, field, its type in words of the system, what it holds.
pub(super) fn input_table(
    guide: &mut Guide,
    formulas: &FormulaCard<'_>,
    type_of: impl Fn(&FormulaInput<'_>) -> &'static str,
) {
    let row = |input: &FormulaInput<'_>| {
        let holds = describe_input(input.input, formulas.card.as_of_column.as_deref());
        vec![cell(&input.input.column), cell(&input.field), type_of(input).to_owned(), holds]
    };
    guide.table(&["column of the card", "field", "type", "holds"], formulas.inputs.iter().map(row));
}

/// Says which names of fields were made here.
pub(super) fn made_up_note(inputs: &[FormulaInput<'_>], example: &str) -> Option<String> {
    let made_up: Vec<String> =
        inputs.iter().filter(|input| input.is_made_up).map(|input| format!("`{}`", input.field)).collect();
    (!made_up.is_empty()).then(|| {
        format!(
            "the card does not say what these fields are called: {}; say it with --column {example}",
            made_up.join(", ")
        )
    })
}

/// An export of these files.
pub(super) fn folder(files: Vec<(String, String)>, proof: Proof, notes: Vec<String>) -> Export {
    let files = files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    Export { layout: super::Layout::Folder(files), proof, notes }
}

#[cfg(test)]
pub(super) mod tests;
