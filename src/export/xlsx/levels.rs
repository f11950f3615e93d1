//! The sheet `Levels`: every edge and every text of the card in a cell of its own, and the formulas that find the line of an
//! answer there.
//!
//! A criterion is a block of lines: missing first, then one line per edge or per text, the level that takes the rest last. An
//! answer has a line, and the line has points, a name, and the reason it is given for points that are not there.
//!
//! A pair is three blocks: behind all criteria one for either axis, whose lines have a code in place of points, and among the criteria
//! one with a line for every run of cells, whose codes are the sums of those two.
//!
//! Always true: no edge and no text stands in a formula. Numbers are compared by `FREQUENCY`, which counts the edges that a
//! number reaches bit by bit, where `<` takes numbers that differ in the sixteenth digit for equal. Text is compared by
//! `EXACT`, after white space at its ends is off; `=` and `MATCH` would take `Approved` for `approved`, and `*` for anything.

use rust_xlsxwriter::{RowNum, Workbook};
use serde_json::Value;

use super::WorkbookError;
use super::cell::{Area, Cell};
use super::look::Look;
use super::sheet::{Cached, Sheet};
use super::words::{self, MAX_CELL_CHARACTERS};
use crate::card::{Card, Criterion, Grid, InputKind, When, normalise_text};
use crate::export::columns::{inputs_of, inputs_of_each};
use crate::export::pairs::{Coded, cells_of};
use crate::export::spellings::spellings_of;
use crate::score::shortfalls_of;

/// Name of the sheet, as formulas on other sheets say it.
pub(crate) const NAME: &str = "Levels";

/// What the formulas call the numbers 1, 2, 3, ... that stand for the places of an answer's characters.
const PLACES: &str = "places";
/// What the formulas call the cell with every character that counts as white space.
const WHITE_SPACE: &str = "white_space";
/// Room for white space around the longest text of the card, in characters.
const ROOM_FOR_WHITE_SPACE: usize = 100;
/// The white space that has a code below 32. A cell with a line break and a tab comes out of LibreOffice with another
/// character for the tab, so a formula puts these together.
const CONTROL_WHITE_SPACE: [u8; 5] = [9, 10, 11, 12, 13];

/// Said instead of points where an answer is a truth value and the card compares text.
pub(crate) const NOT_TEXT: &str = "TRUE or FALSE: type it as text";
/// Said instead of points where an answer is a number and the card compares text: 00123 and 123 would be one.
pub(crate) const IS_A_NUMBER: &str = "a number: type it as text";
/// Said instead of points where a text is longer than any of the card and begins or ends with white space, which might be all
/// that makes it long.
pub(crate) const TOO_MUCH_WHITE_SPACE: &str = "too much white space";
/// Said instead of points where the card compares numbers.
pub(crate) const NOT_A_NUMBER: &str = "not a number";
/// Said instead of points where the card knows true and false only.
pub(crate) const NOT_TRUE_OR_FALSE: &str = "write true or false";
/// Said instead of points where the answer is an error of Excel.
pub(crate) const IS_AN_ERROR: &str = "the answer is an error";
/// Said instead of points where the card has no level for a missing answer.
pub(crate) const IS_NEEDED: &str = "an answer is needed";

/// Where each criterion's levels stand.
pub(crate) struct Levels {
    blocks: Vec<Block>,
    /// Of each pair its rows and its columns.
    axes: Vec<Block>,
    inputs: Vec<InputColumn>,
    /// Labels of all lines of all criteria.
    labels: Area,
    base_points: Cell,
    /// Points that have to be known of a lead for a band by its score.
    known_at_least: Option<i32>,
}

/// A column that the card reads.
pub(crate) struct InputColumn {
    /// Its name.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) kind: InputKind,
    /// Positions of the criteria that read it: at least one, and pairs only where no other does.
    pub(crate) criteria: Vec<usize>,
}

/// The lines of one criterion.
pub(crate) struct Block {
    /// Name of the criterion.
    pub(super) criterion: String,
    /// What people read of it.
    pub(super) shown: String,
    /// What the answers are.
    pub(super) kind: InputKind,
    /// What its lines are compared with.
    pub(super) looks_at: LooksAt,
    /// Lines of the criteria before it.
    pub(super) n_before: usize,
    lines: Vec<Line>,
    /// Names of the levels, all lines.
    labels: Area,
    /// Lines with an edge, or with a text; none where the card has neither.
    compared: Option<Area>,
    /// What a drop-down offers; none for numbers.
    offered: Option<Area>,
}

/// What the lines of a block are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LooksAt {
    /// The column at this position of [`Levels::inputs`].
    Column(usize),
    /// The sum of two codes: those of the axis at this position of [`Levels::axes`] and of the next.
    Cell(usize),
}

struct Line {
    level_idx: usize,
    takes: Takes,
}

/// What a line is compared with.
enum Takes {
    Missing,
    Below(f64),
    Text(String),
    Rest,
}

const CRITERION: u16 = 0;
const LABEL: u16 = 1;
const COMPARED: u16 = 2;
const POINTS: u16 = 3;
const TO_THE_END: u16 = 4;
const REASON: u16 = 5;
/// Column of the names of the columns that the card reads.
const COLUMN: u16 = 6;
/// Column of the points that are known of a lead at a line, on a card that asks for some; a gap on others.
const KNOWN: u16 = 7;
/// Column of [`PLACES`].
const PLACE: u16 = 8;
/// Column of that, white space and the like.
const AID: u16 = 9;

impl Levels {
    /// Writes the sheet.
    pub(crate) fn write(card: &Card, workbook: &mut Workbook, look: &Look) -> Result<(Self, Sheet), WorkbookError> {
        let mut sheet = Sheet::new(NAME)?;
        let known_width = if card.known_at_least.is_some() { 9.0 } else { 3.0 };
        sheet.widths(&[26.0, 34.0, 34.0, 9.0, 11.0, 60.0, 26.0, known_width, 8.0, 30.0])?;
        let top = sheet.opening(
            "Levels",
            &[
                "What the formulas on the other sheets look up. Change nothing here: it is the card, line by line.",
                "An answer gets the line that has exactly its text, or the first line whose edge lies above its number; \
                 the last line takes the rest.",
            ],
            look,
        )?;
        sheet.heads(
            Cell::new(top, 0),
            &look.heads("criterion|level|text, or numbers below|>points|>lines to the last|why not more|column"),
        )?;
        if card.known_at_least.is_some() {
            sheet.heads(Cell::new(top, KNOWN), &look.heads(">known"))?;
        }
        sheet.freeze(Cell::new(top + 1, 0), top)?;

        let aids = Aids::write(card, &mut sheet, workbook, top, look)?;
        let first = Cell::new(top + 1, LABEL);
        let mut n_lines = 0;
        let mut blocks = Vec::with_capacity(card.criteria.len());
        let inputs_of_each = inputs_of_each(card);
        let mut n_axes = 0;
        for (criterion, inputs) in card.criteria.iter().zip(&inputs_of_each) {
            let looks_at = match criterion.is_pair() {
                true => LooksAt::Cell(n_axes),
                false => LooksAt::Column(inputs.first().copied().unwrap_or(0)),
            };
            n_axes += if criterion.is_pair() { inputs.len() } else { 0 };
            let block = Block::write(criterion, looks_at, first, n_lines, &aids, &mut sheet, look)?;
            n_lines += block.lines.len();
            blocks.push(block);
        }
        let labels = first.to(first.down((n_lines as RowNum).saturating_sub(1)));
        let mut axes = Vec::with_capacity(n_axes);
        // Nothing is known of an axis alone.
        let aids = Aids { has_known: false, is_for_axes: true, ..aids };
        for (criterion, inputs) in card.criteria.iter().zip(&inputs_of_each) {
            let Some(coded) = Coded::of(criterion) else { continue };
            for (mut axis, &input) in coded.axes.into_iter().zip(inputs) {
                axis.label = Some(format!("{}: {}", criterion.shown(), axis.shown()));
                let block = Block::write(&axis, LooksAt::Column(input), first, n_lines, &aids, &mut sheet, look)?;
                n_lines += block.lines.len();
                axes.push(block);
            }
        }
        let reading = |input_idx: usize| -> Vec<usize> {
            let reads = |is_pair: bool| {
                let all = card.criteria.iter().zip(&inputs_of_each).enumerate();
                let reads =
                    all.filter(move |(_, (one, inputs))| one.is_pair() == is_pair && inputs.contains(&input_idx));
                reads.map(|(idx, _)| idx).collect::<Vec<_>>()
            };
            let plain = reads(false);
            if plain.is_empty() { reads(true) } else { plain }
        };
        let inputs = inputs_of(card)
            .into_iter()
            .enumerate()
            .map(|(idx, input)| InputColumn { name: input.column.clone(), kind: input.kind, criteria: reading(idx) })
            .collect();
        let known_at_least = card.known_at_least;
        Ok((Self { blocks, axes, inputs, labels, base_points: aids.base_points, known_at_least }, sheet))
    }

    /// The columns that the card reads, each once.
    pub(crate) fn inputs(&self) -> &[InputColumn] {
        &self.inputs
    }

    /// Points of the lines of all criteria, as another sheet refers to them.
    pub(crate) fn all_points(&self) -> String {
        self.labels.in_column(POINTS).on(NAME)
    }

    /// Reasons of the lines of all criteria, as another sheet refers to them.
    pub(crate) fn all_reasons(&self) -> String {
        self.labels.in_column(REASON).on(NAME)
    }

    /// Whether too little is known of the lead whose lines stand in the cells `lines` of one row; `None` where every lead has a band
    /// by its score.
    pub(crate) fn is_too_little_known(&self, lines: &str) -> Option<String> {
        let limit = self.known_at_least?;
        let (known, n_rows_above) = (self.labels.in_column(KNOWN).on(NAME), self.labels.first.row);
        Some(format!("SUMPRODUCT(({lines}=ROW({known})-{n_rows_above})*{known})<{limit}"))
    }

    /// Of each pair its rows and its columns, in the order of the card.
    pub(super) fn axes(&self) -> &[Block] {
        &self.axes
    }

    /// The block that reads a column: of a criterion, or of an axis where no criterion reads it alone. With the position of the axis.
    pub(super) fn reader_of(&self, input_idx: usize) -> Option<(&Block, Option<usize>)> {
        let reads = |block: &Block| block.looks_at == LooksAt::Column(input_idx);
        let plain = self.blocks.iter().find(|block| reads(block)).map(|block| (block, None));
        plain
            .or_else(|| self.axes.iter().enumerate().find(|(_, axis)| reads(axis)).map(|(idx, axis)| (axis, Some(idx))))
    }

    /// Points that have to be known of a lead for a band by its score, if any.
    pub(crate) fn known_at_least(&self) -> Option<i32> {
        self.known_at_least
    }

    /// Each criterion's lines, in the order of the card.
    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The lines of a criterion; `None` where it is of another card.
    pub(crate) fn block_of(&self, criterion: &Criterion) -> Option<&Block> {
        self.blocks.iter().find(|block| block.criterion == criterion.name)
    }

    /// Points that every lead starts with, as another sheet refers to them.
    pub(crate) fn base_points(&self) -> String {
        self.base_points.on(NAME)
    }
}

/// Cells beside the blocks that the formulas share.
struct Aids {
    /// Whether the lines say how many points are known.
    has_known: bool,
    /// Whether the lines have codes in place of points, which are no reason for anything.
    is_for_axes: bool,
    base_points: Cell,
    true_and_false: Area,
}

impl Aids {
    fn write(
        card: &Card,
        sheet: &mut Sheet,
        workbook: &mut Workbook,
        top: RowNum,
        look: &Look,
    ) -> Result<Self, WorkbookError> {
        sheet.heads(Cell::new(top, PLACE), &look.heads(">places|aids of the formulas"))?;
        let mut at = Cell::new(top + 1, AID);
        sheet.text(at, "points every lead starts with", &look.quiet)?;
        let base_points = at.down(1);
        sheet.number(base_points, f64::from(card.base_points), &look.count_left)?;

        at = at.down(3);
        sheet.text(at, "what a yes-or-no answer can be", &look.quiet)?;
        sheet.exact(at.down(1), "true", &look.exact)?;
        sheet.exact(at.down(2), "false", &look.exact)?;
        let true_and_false = at.down(1).to(at.down(2));

        at = at.down(4);
        sheet.text(at, "white space beyond the first five codes", &look.quiet)?;
        let others: String = white_space().filter(|&c| !is_control(c)).collect();
        sheet.exact(at.down(1), &others, &look.exact)?;
        sheet.text(at.down(2), "all white space", &look.quiet)?;
        let codes: Vec<String> = CONTROL_WHITE_SPACE.iter().map(|code| format!("CHAR({code})")).collect();
        let all: String = white_space().filter(|&c| is_control(c)).chain(others.chars()).collect();
        let formula = format!("={}&{}", codes.join("&"), at.down(1).fixed());
        sheet.formula(at.down(3), &formula, Cached::Text(all), &look.exact)?;
        workbook.define_name(WHITE_SPACE, &format!("={}", at.down(3).on(NAME)))?;

        let n_places = longest_text(card) + ROOM_FOR_WHITE_SPACE;
        let first = Cell::new(top + 1, PLACE);
        for idx in 0..n_places {
            sheet.count(first.down(idx as RowNum), idx as u64 + 1, &look.count)?;
        }
        let places = first.to(first.down(n_places as RowNum - 1));
        workbook.define_name(PLACES, &format!("={}", places.on(NAME)))?;
        let has_known = card.known_at_least.is_some();
        Ok(Self { has_known, is_for_axes: false, base_points, true_and_false })
    }
}

impl Block {
    fn write(
        criterion: &Criterion,
        looks_at: LooksAt,
        first: Cell,
        n_before: usize,
        aids: &Aids,
        sheet: &mut Sheet,
        look: &Look,
    ) -> Result<Self, WorkbookError> {
        let kind = if criterion.is_pair() { InputKind::Number } else { criterion.kind() };
        let (lines, n_offered) = lines_of(criterion);
        let n_lines = lines.len();
        let first_row = first.row + n_before as RowNum;
        let shortfalls = shortfalls_of(criterion);
        let is_axis = aids.is_for_axes;
        // A pair looks at two columns, which its axes name.
        if let Some(input) = criterion.input() {
            sheet.exact(Cell::new(first_row, COLUMN), &input.column, &look.exact)?;
        }
        for (idx, line) in lines.iter().enumerate() {
            let at = Cell::new(first_row + idx as RowNum, CRITERION);
            let level = &criterion.levels[line.level_idx];
            if idx == 0 {
                sheet.text(at, &words::name(criterion.shown()), &look.strong)?;
            }
            sheet.text(at.right(LABEL), &words::name(level.shown()), &look.text)?;
            match &line.takes {
                Takes::Below(edge) => sheet.number(at.right(COMPARED), *edge, &look.number)?,
                Takes::Text(text) => sheet.exact(at.right(COMPARED), text, &look.exact)?,
                Takes::Missing | Takes::Rest => {}
            }
            sheet.number(at.right(POINTS), f64::from(level.points), &look.count)?;
            sheet.count(at.right(TO_THE_END), (n_lines - 1 - idx) as u64, &look.count)?;
            if aids.has_known {
                sheet.number(at.right(KNOWN), f64::from(criterion.known_points(level)), &look.count)?;
            }
            if let Some(Some(shortfall)) = shortfalls.get(line.level_idx).filter(|_| !is_axis) {
                sheet.text(at.right(REASON), &shortfall.words, &look.quiet)?;
            }
        }
        let column = |first: usize, n: usize| {
            let first = Cell::new(first_row + first as RowNum, LABEL);
            first.to(first.down(n as RowNum - 1))
        };
        let labels = column(0, n_lines);
        let run = |is_in: &dyn Fn(&Line) -> bool| {
            let first = lines.iter().position(is_in)?;
            let n = lines[first..].iter().take_while(|line| is_in(line)).count();
            Some(column(first, n).in_column(COMPARED))
        };
        let compared = run(&|line| matches!(line.takes, Takes::Below(_) | Takes::Text(_)));
        let offered = match kind {
            InputKind::Number => None,
            InputKind::Boolean => Some(aids.true_and_false),
            InputKind::Text => compared.filter(|_| n_offered > 0).map(|area| {
                // Other spellings of the same texts follow them and are not offered.
                area.first.to(area.first.down(n_offered as RowNum - 1))
            }),
        };
        Ok(Self {
            criterion: criterion.name.clone(),
            shown: criterion.shown().to_owned(),
            kind,
            looks_at,
            n_before,
            lines,
            labels,
            compared,
            offered,
        })
    }

    /// The name of the column it reads, as another sheet refers to it.
    pub(crate) fn column(&self) -> String {
        self.labels.first.in_column(COLUMN).on(NAME)
    }

    /// Names of the levels, line by line, as another sheet refers to them.
    pub(crate) fn labels(&self) -> String {
        self.labels.on(NAME)
    }

    /// Points, line by line, as another sheet refers to them.
    pub(crate) fn points(&self) -> String {
        self.labels.in_column(POINTS).on(NAME)
    }

    /// Points known, line by line, as another sheet refers to them; only on a card that asks for some.
    pub(crate) fn known(&self) -> String {
        self.labels.in_column(KNOWN).on(NAME)
    }

    /// What a drop-down offers, as another sheet refers to it; `None` for numbers, and where nothing can be offered.
    pub(crate) fn offered(&self) -> Option<String> {
        self.offered.map(|area| area.on(NAME))
    }

    /// A formula, without its equals sign, that looks at the answer in the cell `x`: `found` of its line, or words that say why
    /// the answer has none. It never comes to an error.
    ///
    /// - `found`: makes a formula from one whose value is the number of a line, from 1.
    pub(crate) fn at_line_of(&self, x: &str, found: impl Fn(&str) -> String) -> String {
        let missing = match self.lines.first().map(|line| &line.takes) {
            Some(Takes::Missing) => found("1"),
            _ => format!("\"{IS_NEEDED}\""),
        };
        let rest = format!("ROWS({})", self.labels());
        let first_compared = self.compared.map_or(0, |area| area.first.row - self.labels.first.row + 1);
        let last_place = format!("SUMPRODUCT(MAX({}*{PLACES}))", is_ink(x));
        let answered = match (self.kind, self.compared) {
            (InputKind::Number, compared) => {
                let line = compared
                    .map_or(rest, |edges| format!("{first_compared}+INDEX(FREQUENCY({},{x}),1)", edges.on(NAME)));
                let text = format!("IF({last_place}=0,{missing},\"{NOT_A_NUMBER}\")");
                format!("IF(ISLOGICAL({x}),\"{NOT_A_NUMBER}\",IF(ISNUMBER({x}),{},{text}))", found(&line))
            }
            (InputKind::Text, compared) => {
                let line = compared
                    .map_or(rest.clone(), |texts| exact_line(texts, &without_white_space(x, &last_place), &rest));
                let long = format!("IF(AND({},{}),{},\"{TOO_MUCH_WHITE_SPACE}\")", begins(x), ends(x), found(&rest));
                let short = format!("IF({last_place}=0,{missing},{})", found(&line));
                let text = format!("IF(LEN({x})>ROWS({PLACES}),{long},{short})");
                format!("IF(ISLOGICAL({x}),\"{NOT_TEXT}\",IF(ISNUMBER({x}),\"{IS_A_NUMBER}\",{text}))")
            }
            (InputKind::Boolean, compared) => {
                // LibreOffice takes a truth value in a text cell for 1 or 0.
                let number = format!("IF({x}=1,\"true\",IF({x}=0,\"false\",\"\"))");
                let words = format!("IF(ISNUMBER({x}),{number},LOWER(TRIM({x})))");
                let answer = format!("IF(ISLOGICAL({x}),IF({x},\"true\",\"false\"),{words})");
                let line = compared.map_or(rest.clone(), |texts| exact_line(texts, &answer, &rest));
                let is_known = format!("OR({answer}=\"true\",{answer}=\"false\")");
                let blank = format!("AND(NOT(ISLOGICAL({x})),{last_place}=0)");
                format!("IF({blank},{missing},IF({is_known},{},\"{NOT_TRUE_OR_FALSE}\"))", found(&line))
            }
        };
        format!("IF(ISERROR({x}),\"{IS_AN_ERROR}\",IF({x}=\"\",{missing},{answered}))")
    }

    /// As [`Block::at_line_of`], for a pair: it looks at the cells with the codes of its answers, and passes on words that stand there.
    pub(super) fn at_line_of_cell(&self, [row, column]: [&str; 2], found: impl Fn(&str) -> String) -> String {
        let rest = format!("ROWS({})", self.labels());
        let first_compared = self.compared.map_or(0, |area| area.first.row - self.labels.first.row + 1);
        // Codes are small whole numbers, which every spreadsheet compares right.
        let line = self
            .compared
            .map_or(rest, |codes| format!("{first_compared}+SUMPRODUCT(({}<={row}+{column})*1)", codes.on(NAME)));
        let (missing, line) = (found("1"), found(&line));
        format!("IF(COUNT({row},{column})=2,IF({row}+{column}<0,{missing},{line}),IF(ISNUMBER({row}),{column},{row}))")
    }

    /// The line of a lead, from 1, as the engine finds it; `None` where the card has no level for it.
    ///
    /// - `value_of`: what stands under a column.
    pub(super) fn line_of_lead<'a>(
        &self,
        criterion: &Criterion,
        value_of: impl Fn(&str) -> Option<&'a Value>,
    ) -> Option<usize> {
        let value = |column: &str| value_of(column).unwrap_or(&Value::Null);
        let Some(coded) = Coded::of(criterion) else {
            return self.line_of(criterion, value(&criterion.input()?.column));
        };
        let codes = coded.axes.iter().map(|axis| code_of_answer(axis, value(&axis.input()?.column)));
        let code = codes.sum::<Option<i32>>()?;
        let takes = |line: &Line| match line.takes {
            Takes::Missing => code < 0,
            Takes::Below(edge) => f64::from(code) < edge,
            Takes::Text(_) => false,
            Takes::Rest => true,
        };
        self.lines.iter().position(takes).map(|idx| idx + 1)
    }

    /// The line of an answer, from 1, as the engine finds it; `None` where the card has no level for it.
    pub(crate) fn line_of(&self, criterion: &Criterion, answer: &Value) -> Option<usize> {
        let level_idx = criterion.level_of(answer)?;
        let text = match answer {
            // The line with the answer's own spelling, where it is listed.
            Value::String(text) if self.has_text(text.trim()) => Some(text.trim().into()),
            Value::String(text) => Some(normalise_text(text)),
            Value::Bool(flag) => Some(if *flag { "true".into() } else { "false".into() }),
            _ => None,
        };
        let fits = |line: &Line| {
            line.level_idx == level_idx
                && match &line.takes {
                    Takes::Text(own) => text.as_deref() == Some(own.as_str()),
                    Takes::Missing | Takes::Below(_) | Takes::Rest => true,
                }
        };
        self.lines.iter().position(fits).map(|idx| idx + 1)
    }

    fn has_text(&self, text: &str) -> bool {
        self.lines.iter().any(|line| matches!(&line.takes, Takes::Text(own) if own == text))
    }

    /// The level of a line that [`Block::line_of`] found.
    pub(crate) fn level_of_line(&self, line: usize) -> Option<usize> {
        self.lines.get(line.checked_sub(1)?).map(|line| line.level_idx)
    }
}

/// Lines in the order in which they are read, and how many of them are texts as the card has them. Those come first; after them
/// the other ways in which Unicode can spell them, because Excel compares what was typed and cannot normalise.
fn lines_of(criterion: &Criterion) -> (Vec<Line>, usize) {
    if let Some(grid) = &criterion.grid {
        return (lines_of_cells(criterion, grid), 0);
    }
    let mut first = Vec::new();
    let mut spelled_otherwise = Vec::new();
    let mut last = Vec::new();
    let mut n_texts = 0;
    for (level_idx, level) in criterion.levels.iter().enumerate() {
        match &level.when {
            When::Missing => first.push(Line { level_idx, takes: Takes::Missing }),
            When::Below(edge) => first.push(Line { level_idx, takes: Takes::Below(edge_in_excel(*edge)) }),
            When::Else => last.push(Line { level_idx, takes: Takes::Rest }),
            When::Cells(_) => {}
            When::OneOf(texts) => {
                // A text that no cell can hold is never an answer in a cell.
                for text in texts.iter().filter(|text| fits_a_cell(text)) {
                    n_texts += 1;
                    first.push(Line { level_idx, takes: Takes::Text(text.clone()) });
                    let others = spellings_of(text).texts.into_iter().skip(1).filter(|text| fits_a_cell(text));
                    spelled_otherwise.extend(others.map(|text| Line { level_idx, takes: Takes::Text(text) }));
                }
            }
        }
    }
    first.extend(spelled_otherwise);
    first.extend(last);
    (first, n_texts)
}

/// Lines of a pair: missing, then one for every run of cells at the same level, in the order of their codes.
fn lines_of_cells(pair: &Criterion, grid: &Grid) -> Vec<Line> {
    let cells = cells_of(pair, grid);
    let (missing, cells) = cells.split_at(cells.len().min(1));
    let mut lines: Vec<Line> =
        missing.iter().map(|cell| Line { level_idx: cell.level, takes: Takes::Missing }).collect();
    let runs = cells.chunk_by(|a, b| a.level == b.level).filter_map(|run| run.last());
    lines.extend(runs.map(|last| Line { level_idx: last.level, takes: Takes::Below(f64::from(last.code) + 1.0) }));
    // No code lies above those of the last run.
    if let Some(last) = lines.last_mut().filter(|last| !matches!(last.takes, Takes::Missing)) {
        last.takes = Takes::Rest;
    }
    lines
}

/// The code of an answer on an axis, as [`Coded`] has it.
pub(super) fn code_of_answer(axis: &Criterion, answer: &Value) -> Option<i32> {
    axis.levels.get(axis.level_of(answer)?).map(|level| level.points)
}

/// The edge for numbers as Excel has them. It takes those closer to 0 than the smallest normal number for 0, so that the first
/// number it can tell from those below the edge is 0 or that smallest one.
fn edge_in_excel(edge: f64) -> f64 {
    match edge {
        edge if edge == 0.0 || edge.abs() >= f64::MIN_POSITIVE => edge,
        edge if edge > 0.0 => f64::MIN_POSITIVE,
        _ => 0.0,
    }
}

/// Whether a cell can hold the text.
pub(super) fn fits_a_cell(text: &str) -> bool {
    text.len() <= MAX_CELL_CHARACTERS || text.encode_utf16().count() <= MAX_CELL_CHARACTERS
}

/// Length of the longest text that an answer is compared with.
fn longest_text(card: &Card) -> usize {
    let axes = card.criteria.iter().filter_map(Coded::of).flat_map(|coded| coded.axes);
    let axes: Vec<Criterion> = axes.collect();
    let lines = card.criteria.iter().chain(&axes).flat_map(|criterion| lines_of(criterion).0);
    let texts = lines.filter_map(|line| match line.takes {
        Takes::Text(text) => Some(text.encode_utf16().count()),
        Takes::Missing | Takes::Below(_) | Takes::Rest => None,
    });
    texts.max().unwrap_or(0)
}

/// The line whose text is exactly `answer`, else the last: `rest` lines less those between.
fn exact_line(texts: Area, answer: &str, rest: &str) -> String {
    let to_the_end = texts.in_column(TO_THE_END).on(NAME);
    format!("{rest}-SUMPRODUCT(EXACT({answer},{})*{to_the_end})", texts.on(NAME))
}

/// Place by place: whether the answer in `x` has a character there that is no white space. Behind its end there are blanks.
fn is_ink(x: &str) -> String {
    format!("ISERROR(FIND(MID({x}&REPT(\" \",ROWS({PLACES})),{PLACES},1),{WHITE_SPACE}))")
}

/// Whether the first character of the answer in `x` is no white space.
fn begins(x: &str) -> String {
    format!("ISERROR(FIND(LEFT({x},1),{WHITE_SPACE}))")
}

/// Whether the last character of the answer in `x` is no white space.
fn ends(x: &str) -> String {
    format!("ISERROR(FIND(RIGHT({x},1),{WHITE_SPACE}))")
}

/// The answer in `x` without the white space at its ends, which must not be all of it.
fn without_white_space(x: &str, last_place: &str) -> String {
    // The first place counts back from the end: a largest number that is 0 where there is none.
    let from_the_end = format!("SUMPRODUCT(MAX({}*(ROWS({PLACES})+1-{PLACES})))", is_ink(x));
    format!("MID({x},ROWS({PLACES})+1-{from_the_end},{last_place}+{from_the_end}-ROWS({PLACES}))")
}

/// Every character with the Unicode property `White_Space`, which is what the card trims.
fn white_space() -> impl Iterator<Item = char> {
    ('\0'..='\u{ffff}').filter(|c| c.is_whitespace())
}

fn is_control(c: char) -> bool {
    u8::try_from(c).is_ok_and(|code| CONTROL_WHITE_SPACE.contains(&code))
}
