//! The sheet `Calculator`: one lead, answer by answer, with its points, its score and what that is worth; how far it is from the line,
//! and which open question could bring most.

use rust_xlsxwriter::{DataValidation, Format, Formula, RowNum};
use serde_json::Value;

use super::answers::typical;
use super::cell::Cell;
use super::curve::{Curve, Worth};
use super::levels::{Block, Levels, LooksAt, code_of_answer};
use super::look::{Look, points_bar};
use super::sheet::{Cached, Sheet};
use super::{WorkbookError, words};
use crate::card::{ASK_FIRST, Card, Criterion, CurveEntry, InputKind, Level, how_made, in_groups};
use crate::export::pairs::Coded;

const ANSWER: u16 = 1;
const COUNTS_AS: u16 = 2;
const POINTS: u16 = 3;
const AT_MOST: u16 = 4;
const HOW: u16 = 5;
const LINE: u16 = 6;
/// Points known, on a card that asks for some.
const KNOWN: u16 = 7;

/// Said where no question is open, or none that is open could add a point.
const ALL_ANSWERED: &str = "none is open";

/// Said instead of a score where an answer has no points.
const NO_SCORE: &str = "check the answers";

/// Writes the sheet, filled in with a typical lead.
pub(crate) fn write(card: &Card, levels: &Levels, curve: &Curve, look: &Look) -> Result<Sheet, WorkbookError> {
    let mut sheet = Sheet::new("Calculator")?;
    sheet.widths(&[28.0, 30.0, 32.0, 12.0, 9.0, 72.0, 7.0])?;
    let top = sheet.opening(
        "Calculator",
        &[
            "Fill in the yellow cells: pick from the list, or type. An empty cell is a missing answer. Score and chance follow.",
            "It starts with a typical lead: the commonest level of each criterion.",
        ],
        look,
    )?;
    let result = Cell::new(top, 0);
    sheet.large_rows(result.row, 6)?;
    let head = result.down(7);
    sheet.heads(head, &look.heads("criterion|your answer|counts as|>points|>at most|what to enter|line"))?;
    let asks = levels.known_at_least().is_some();
    if asks {
        sheet.width(KNOWN, 9.0)?;
        sheet.heads(head.right(KNOWN), &look.heads(">known"))?;
    }
    let open = LINE + 1 + u16::from(asks);
    sheet.width(open, 11.0)?;
    sheet.heads(head.right(open), &look.heads(">may add"))?;
    let codes = open + 1;
    if !levels.axes().is_empty() {
        sheet.width(codes, 7.0)?;
        sheet.width(codes + 1, 7.0)?;
        sheet.heads(head.right(codes), &look.heads(">row|>column"))?;
    }
    sheet.freeze(head.down(1), head.row)?;

    let mut at = head.down(1);
    let first = at;
    let rows = rows_of(card, levels);
    let answers = answers_of(&rows, at.down(u32::from(card.base_points != 0)));
    let mut score = Some(card.base_points);
    let mut best_question: Option<(String, i32)> = None;
    let mut known = 0;
    if card.base_points != 0 {
        sheet.text(at, "every lead starts with", &look.text)?;
        sheet.formula(
            at.right(POINTS),
            &format!("={}", levels.base_points()),
            f64::from(card.base_points),
            &look.count,
        )?;
        at = at.down(1);
    }
    let mut n_rows_with_points = u32::from(card.base_points != 0);
    let first_row = at;
    for row in &rows {
        let mut question = None;
        match row {
            Row::Group(group) => write_group(&mut sheet, at, open + 1, group, look)?,
            Row::Answer(axis, block) => {
                write_answer(&mut sheet, at, axis, block, look)?;
                question = Some((axis.as_ref(), *block, None));
            }
            Row::Criterion(criterion, block) => {
                let level = match block.looks_at {
                    LooksAt::Column(_) => write_criterion(&mut sheet, at, criterion, block, look)?,
                    LooksAt::Cell(axis_idx) => {
                        let axes = [axis_idx, axis_idx + 1].map(|idx| levels.axes().get(idx));
                        let looked_at = LookedAt { card, axes, answers: &answers, codes };
                        write_pair(&mut sheet, at, criterion, block, &looked_at, look)?
                    }
                };
                score = score.zip(level).map(|(score, level)| score + level.points);
                if asks {
                    let points = level.map_or(0, |level| criterion.known_points(level));
                    write_known(&mut sheet, at, block, points, look)?;
                    known += points;
                }
                question =
                    Some((*criterion, *block, Some(level.map_or(0, |level| criterion.points_max() - level.points))));
                n_rows_with_points += 1;
            }
        }
        if let Some((criterion, block, own)) = question.filter(|(criterion, ..)| criterion.is_asked()) {
            let pairs = pairs_beside(&rows, first_row, levels, &answers, block.looks_at);
            let gain = write_gain(&mut sheet, at.right(open), criterion, own, &pairs, look)?;
            if gain > best_question.as_ref().map_or(0, |(_, most)| *most) {
                best_question = Some((words::quoted(&words::name(criterion.shown())), gain));
            }
        }
        at = at.down(1);
    }
    let points = first.right(POINTS).to(Cell::new((at.row - 1).max(first.row), POINTS));
    sheet.inner().add_conditional_format(points.first.row, POINTS, points.last.row, POINTS, &points_bar(Some(card)))?;
    let formula = format!("=IF(COUNT({0})={n_rows_with_points},SUM({0}),\"{NO_SCORE}\")", points.fixed());
    let entry = score.and_then(|score| card.worth_of(score));
    write_result(&mut sheet, result, &formula, entry, card, curve, look)?;
    let known_cells = points.in_column(KNOWN).fixed();
    write_band(&mut sheet, result.down(3), &Knowledge { known, cells: &known_cells }, entry, card, curve, look)?;
    write_to_the_line(&mut sheet, result.down(4), card, score, look)?;
    let gains = points.in_column(open).fixed();
    write_next_question(&mut sheet, result.down(5), &points.in_column(0).fixed(), &gains, best_question, look)?;
    Ok(sheet)
}

/// How much is known of the lead.
struct Knowledge<'a> {
    /// Points known of the typical lead.
    known: i32,
    /// The cells that add up to them.
    cells: &'a str,
}

/// The band, and beside it how much is known where that counts.
fn write_band(
    sheet: &mut Sheet,
    at: Cell,
    knowledge: &Knowledge<'_>,
    entry: Option<&CurveEntry>,
    card: &Card,
    curve: &Curve,
    look: &Look,
) -> Result<(), WorkbookError> {
    let Knowledge { known, cells } = knowledge;
    let score = Cell::new(at.row - 3, ANSWER).fixed();
    let band = match (entry, card.known_at_least) {
        (None, _) => Cached::Blank,
        (Some(_), Some(limit)) if *known < limit => Cached::Text(ASK_FIRST.to_owned()),
        (Some(entry), _) => Worth::Band.of(card, entry),
    };
    let is_too_little = card.known_at_least.map(|limit| format!("SUM({cells})<{limit}"));
    sheet.text(at, "Band", &look.section)?;
    sheet.formula(at.right(ANSWER), &curve.band(&score, is_too_little.as_deref()), band, &look.big_text)?;
    sheet.colour_bands(at.right(ANSWER), at.right(ANSWER), look)?;
    if let Some(limit) = card.known_at_least {
        let span = card.span();
        let said = format!(" of {span} points are known; below {limit}: {ASK_FIRST}");
        let cached = Cached::Text(format!("{known}{said}"));
        sheet.formula(at.right(COUNTS_AS), &format!("=SUM({cells})&\"{said}\""), cached, &look.quiet)?;
    }
    Ok(())
}

/// How many points are missing to the band that goes to sales.
fn write_to_the_line(
    sheet: &mut Sheet,
    at: Cell,
    card: &Card,
    score: Option<i32>,
    look: &Look,
) -> Result<(), WorkbookError> {
    let Some(line) = card.bands.iter().find(|band| band.name == "hot").and_then(|band| band.from) else {
        return Ok(());
    };
    let cell = Cell::new(at.row - 4, ANSWER).fixed();
    let missing = score.map_or(Cached::Blank, |score| f64::from((line - score).max(0)).into());
    sheet.text(at, "Points to the line", &look.section)?;
    sheet.formula(
        at.right(ANSWER),
        &format!("=IF(ISNUMBER({cell}),MAX(0,{line}-{cell}),\"\")"),
        missing,
        &look.big_count,
    )?;
    sheet.text(at.right(COUNTS_AS), &format!("the line is at {line} points"), &look.quiet)
}

/// A pair that an answer may add points to.
struct PairBeside {
    /// First cell of its row.
    row: Cell,
    /// The cell of its other answer: without it the pair adds nothing.
    other: Cell,
    /// Points that it may add to the typical lead.
    gain: i32,
}

/// The pairs that look at an answer.
///
/// - `first`: first cell of the first of `rows`.
fn pairs_beside(
    rows: &[Row<'_>],
    first: Cell,
    levels: &Levels,
    answers: &[Answer],
    answer: LooksAt,
) -> Vec<PairBeside> {
    let beside = |(idx, row): (usize, &Row<'_>)| {
        let Row::Criterion(pair, block) = row else { return None };
        let LooksAt::Cell(axis_idx) = block.looks_at else { return None };
        let [rows, columns] = [axis_idx, axis_idx + 1].map(|idx| levels.axes().get(idx).map(|axis| axis.looks_at));
        let other = if rows == Some(answer) { columns } else { Some(rows?).filter(|_| columns == Some(answer)) };
        let other = answers.iter().find(|one| Some(one.looks_at) == other)?;
        let level = block.line_of_lead(pair, value_of(answers)).and_then(|line| block.level_of_line(line));
        let gain = level.map_or(0, |level| pair.points_max() - pair.levels[level].points);
        let gain = if is_open(&other.value) { 0 } else { gain };
        Some(PairBeside { row: first.down(idx as RowNum), other: other.at, gain })
    };
    rows.iter().enumerate().filter_map(beside).collect()
}

/// What stands under a column at first.
fn value_of<'a>(answers: &'a [Answer]) -> impl Fn(&str) -> Option<&'a Value> {
    |column| answers.iter().find(|answer| answer.column == column).map(|answer| &answer.value)
}

fn is_open(answer: &Value) -> bool {
    match answer {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// What an answer to a question that is open may add at most; returns it for the typical lead.
///
/// - `own`: points that the criterion may add to the typical lead; `None` where it has none of its own.
fn write_gain(
    sheet: &mut Sheet,
    at: Cell,
    criterion: &Criterion,
    own: Option<i32>,
    pairs: &[PairBeside],
    look: &Look,
) -> Result<i32, WorkbookError> {
    let may_add = |row: Cell| {
        let [points, at_most] = [POINTS, AT_MOST].map(|col| row.in_column(col).fixed());
        format!("IF(ISNUMBER({points}),MAX(0,{at_most}-{points}),0)")
    };
    let of_pair = |pair: &PairBeside| {
        let (other, may_add) = (pair.other.fixed(), may_add(pair.row));
        format!("IF(ISERROR({other}),0,IF({other}=\"\",0,{may_add}))")
    };
    let terms: Vec<String> = own.map(|_| may_add(at)).into_iter().chain(pairs.iter().map(of_pair)).collect();
    let terms = if terms.is_empty() { "0".to_owned() } else { terms.join("+") };
    let answer = at.in_column(ANSWER).fixed();
    let formula = format!("=IF(ISERROR({answer}),0,IF({answer}=\"\",{terms},0))");
    let gains = own.into_iter().chain(pairs.iter().map(|pair| pair.gain));
    let gain = if is_open(&typical(criterion)) { gains.map(|gain| gain.max(0)).sum() } else { 0 };
    sheet.formula(at, &formula, f64::from(gain), &look.quiet_count)?;
    Ok(gain)
}

/// The open question that may add most.
///
/// - `names`, `gains`: the cells of all criteria.
fn write_next_question(
    sheet: &mut Sheet,
    at: Cell,
    names: &str,
    gains: &str,
    best: Option<(String, i32)>,
    look: &Look,
) -> Result<(), WorkbookError> {
    let (name, gain) = best.map_or((ALL_ANSWERED.to_owned(), None), |(name, gain)| (name, Some(gain)));
    let formula =
        format!("=IF(MAX({gains})>0,\"“\"&INDEX({names},MATCH(MAX({gains}),{gains},0))&\"”\",\"{ALL_ANSWERED}\")");
    sheet.text(at, "Best next question", &look.section)?;
    sheet.formula(at.right(ANSWER), &formula, Cached::Text(name), &look.big_text)?;
    let gain = gain.map_or(Cached::Blank, |gain| Cached::Text(format!("up to {gain} points more")));
    let formula = format!("=IF(MAX({gains})>0,\"up to \"&MAX({gains})&\" points more\",\"\")");
    sheet.formula(at.right(COUNTS_AS), &formula, gain, &look.quiet)
}

/// The points known of one criterion.
fn write_known(sheet: &mut Sheet, at: Cell, block: &Block, points: i32, look: &Look) -> Result<(), WorkbookError> {
    let line = at.right(LINE).fixed();
    let formula = format!("=IF(ISNUMBER({line}),INDEX({},{line}),0)", block.known());
    sheet.formula(at.right(KNOWN), &formula, f64::from(points), &look.quiet_count)
}

/// Score, chance and interval, above the answers.
fn write_result(
    sheet: &mut Sheet,
    at: Cell,
    score_formula: &str,
    entry: Option<&CurveEntry>,
    card: &Card,
    curve: &Curve,
    look: &Look,
) -> Result<(), WorkbookError> {
    let score = at.right(ANSWER);
    let cached = entry.map_or(Cached::Text(NO_SCORE.to_owned()), |entry| f64::from(entry.score).into());
    sheet.text(at, "Score", &look.section)?;
    sheet.formula(score, score_formula, cached, &look.big_count)?;
    let mut line = |row: u32, words: &str, worth: &[(Worth, &Format)]| -> Result<(), WorkbookError> {
        sheet.text(at.down(row), words, &look.section)?;
        for (col, (worth, look)) in worth.iter().enumerate() {
            let cached = entry.map_or(Cached::Blank, |entry| worth.of(card, entry));
            sheet.formula(score.down(row).right(col as u16), &curve.look_up(&score.fixed(), *worth), cached, look)?;
        }
        Ok(())
    };
    line(1, "Chance to convert", &[(Worth::Chance, &look.big_share)])?;
    line(2, "90 % interval of leads like it", &[(Worth::Low, &look.big_share), (Worth::High, &look.big_share)])
}

/// A row of the sheet.
enum Row<'a> {
    /// A heading.
    Group(&'a str),
    /// An answer that pairs alone look at: the axis as a criterion.
    Answer(Box<Criterion>, &'a Block),
    Criterion(&'a Criterion, &'a Block),
}

/// The rows in order: criteria under their headings, and above a pair the answers that no other criterion asks for.
fn rows_of<'a>(card: &'a Card, levels: &'a Levels) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let mut has_answer: Vec<LooksAt> = levels.blocks().iter().map(|block| block.looks_at).collect();
    for (group, criteria) in in_groups(&card.criteria) {
        rows.extend(group.map(Row::Group));
        for criterion in criteria {
            let Some(block) = levels.block_of(criterion) else { continue };
            let axes = Coded::of(criterion).into_iter().flat_map(|coded| coded.axes);
            let first = if let LooksAt::Cell(first) = block.looks_at { first } else { 0 };
            for (axis, block) in axes.zip(levels.axes().iter().skip(first)) {
                if !has_answer.contains(&block.looks_at) {
                    has_answer.push(block.looks_at);
                    rows.push(Row::Answer(Box::new(axis), block));
                }
            }
            rows.push(Row::Criterion(criterion, block));
        }
    }
    rows
}

/// A cell with an answer, what its column is, and what stands there at first.
struct Answer {
    looks_at: LooksAt,
    column: String,
    at: Cell,
    value: Value,
}

/// Where the answers stand, the first under each column.
///
/// - `first`: the first row.
fn answers_of(rows: &[Row<'_>], first: Cell) -> Vec<Answer> {
    let answer = |(idx, row): (usize, &Row<'_>)| {
        let (criterion, block) = match row {
            Row::Group(_) => return None,
            Row::Answer(axis, block) => (axis.as_ref(), block),
            Row::Criterion(criterion, block) => (*criterion, block),
        };
        let (at, column) = (first.down(idx as RowNum).right(ANSWER), criterion.input()?.column.clone());
        Some(Answer { looks_at: block.looks_at, column, at, value: typical(criterion) })
    };
    rows.iter().enumerate().filter_map(answer).collect()
}

/// The cell for an answer, filled in with a typical one; returns its line.
fn write_answer(
    sheet: &mut Sheet,
    at: Cell,
    criterion: &Criterion,
    block: &Block,
    look: &Look,
) -> Result<Option<usize>, WorkbookError> {
    let answer = typical(criterion);
    let line = block.line_of(criterion, &answer);
    sheet.text(at, &words::name(criterion.shown()), &look.text)?;
    let input = if block.kind == InputKind::Number { &look.input_number } else { &look.input_text };
    sheet.answer(at.right(ANSWER), Some(&answer), input, input)?;
    offer(sheet, at.right(ANSWER), at.right(ANSWER), block)?;
    sheet.text(at.right(HOW), &what_to_enter(criterion, block), &look.quiet)?;
    let formula = format!("={}", block.at_line_of(&at.right(ANSWER).fixed(), str::to_owned));
    write_line(sheet, at, criterion, block, &formula, line, look)?;
    Ok(line)
}

/// The line of an answer, and what it counts as.
fn write_line(
    sheet: &mut Sheet,
    at: Cell,
    criterion: &Criterion,
    block: &Block,
    formula: &str,
    line: Option<usize>,
    look: &Look,
) -> Result<(), WorkbookError> {
    let level = line.and_then(|line| block.level_of_line(line)).and_then(|idx| criterion.levels.get(idx));
    let unread = || Cached::Text(super::levels::IS_NEEDED.to_owned());
    let line_cell = at.right(LINE).fixed();
    let in_quotes = format!("=IF(ISNUMBER({line_cell}),\"“\"&INDEX({},{line_cell})&\"”\",{line_cell})", block.labels());
    let counts_as = level.map(|level| words::quoted(&words::name(level.shown())));
    sheet.formula(at.right(COUNTS_AS), &in_quotes, counts_as.map_or_else(unread, Cached::Text), &look.text)?;
    let cached = line.map_or_else(unread, |line| (line as f64).into());
    sheet.formula(at.right(LINE), formula, cached, &look.quiet)
}

/// Points of a line, and the most there are.
fn write_points<'a>(
    sheet: &mut Sheet,
    at: Cell,
    criterion: &'a Criterion,
    block: &Block,
    line: Option<usize>,
    look: &Look,
) -> Result<Option<&'a Level>, WorkbookError> {
    let level = line.and_then(|line| block.level_of_line(line)).and_then(|idx| criterion.levels.get(idx));
    let line_cell = at.right(LINE).fixed();
    let points = format!("=IF(ISNUMBER({line_cell}),INDEX({},{line_cell}),\"\")", block.points());
    sheet.formula(at.right(POINTS), &points, level.map(|level| f64::from(level.points)), &look.count)?;
    sheet.number(at.right(AT_MOST), f64::from(criterion.points_max()), &look.count)?;
    Ok(level)
}

/// One criterion; returns the level of its typical answer.
fn write_criterion<'a>(
    sheet: &mut Sheet,
    at: Cell,
    criterion: &'a Criterion,
    block: &Block,
    look: &Look,
) -> Result<Option<&'a Level>, WorkbookError> {
    let line = write_answer(sheet, at, criterion, block, look)?;
    write_points(sheet, at, criterion, block, line, look)
}

/// What a pair looks at.
struct LookedAt<'a> {
    /// Knows what people call its sides.
    card: &'a Card,
    /// Its axes, rows first.
    axes: [Option<&'a Block>; 2],
    /// Where the answers stand.
    answers: &'a [Answer],
    /// The first of the two columns for the codes of its answers.
    codes: u16,
}

/// A pair, which looks at the answers of two other rows; returns its level.
fn write_pair<'a>(
    sheet: &mut Sheet,
    at: Cell,
    pair: &'a Criterion,
    block: &Block,
    LookedAt { card, axes, answers, codes: first_code }: &LookedAt<'_>,
    look: &Look,
) -> Result<Option<&'a Level>, WorkbookError> {
    let coded = Coded::of(pair).into_iter().flat_map(|coded| coded.axes);
    let mut codes = Vec::new();
    for ((axis, axis_block), col) in coded.zip(axes).zip(*first_code..) {
        let answer = axis_block.and_then(|block| answers.iter().find(|answer| answer.looks_at == block.looks_at));
        let (Some(block), Some(answer)) = (axis_block, answer) else { continue };
        let line = block.at_line_of(&answer.at.fixed(), |line| format!("INDEX({},{line})", block.points()));
        let cached = code_of_answer(&axis, &answer.value).map_or(Cached::Blank, |code| f64::from(code).into());
        sheet.formula(at.right(col), &format!("={line}"), cached, &look.quiet_count)?;
        codes.push(at.right(col).fixed());
    }
    let [row, column] = codes.as_slice() else { return Ok(None) };
    let line = block.line_of_lead(pair, value_of(answers));
    sheet.text(at, &words::name(pair.shown()), &look.text)?;
    let said = how_made(pair).into_iter().chain(pair.pair_sentences(card)).collect::<Vec<_>>().join(". ");
    sheet.text(at.right(HOW), &said, &look.quiet)?;
    let formula = format!("={}", block.at_line_of_cell([row, column], str::to_owned));
    write_line(sheet, at, pair, block, &formula, line, look)?;
    write_points(sheet, at, pair, block, line, look)
}

/// A drop-down with the texts of the card from `first` down to `last`. Other text can be typed: the card takes it as well.
pub(crate) fn offer(sheet: &mut Sheet, first: Cell, last: Cell, block: &Block) -> Result<(), WorkbookError> {
    if let Some(offered) = block.offered() {
        let list =
            DataValidation::new().allow_list_formula(Formula::new(format!("={offered}"))).show_error_message(false);
        sheet.inner().add_data_validation(first.row, first.col, last.row, last.col, &list)?;
    }
    Ok(())
}

/// What kind of answer is wanted, and how the engine makes it.
fn what_to_enter(criterion: &Criterion, block: &Block) -> String {
    let kind = match block.kind {
        InputKind::Number => "a number",
        InputKind::Text => "pick from the list, or type",
        InputKind::Boolean => "true or false",
    };
    match how_made(criterion) {
        Some(how) => format!("{kind}: {how}"),
        None => kind.to_owned(),
    }
}

/// A line over `n_cols` columns that opens a group.
fn write_group(sheet: &mut Sheet, at: Cell, n_cols: u16, group: &str, look: &Look) -> Result<(), WorkbookError> {
    for col in 1..n_cols {
        sheet.blank(at.right(col), &look.group)?;
    }
    sheet.text(at, &words::name(group), &look.group)
}
