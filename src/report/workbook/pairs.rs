//! The sheet `Pairs`, of a card that has any: what each says in a sentence, and its grids of points, leads and conversion.

use rust_xlsxwriter::{ColNum, RowNum};

use super::look::points_bar;
use super::{Look, Pen, Sheet, WorkbookError, Written, words};
use crate::card::{Card, Criterion, Grid, GridBlock, MAX_PARTS, Part, how_made};

/// Width of the answers beside a grid.
const ANSWERS_WIDTH: f64 = 30.0;
/// Width of a column of a grid.
const CELL_WIDTH: f64 = 15.0;

/// Writes the sheet; `None` for a card without pairs.
pub(super) fn write(card: &Card, look: &Look) -> Result<Option<Sheet>, WorkbookError> {
    let mut pairs = card.criteria.iter().filter_map(|criterion| Some((criterion, criterion.grid.as_ref()?))).peekable();
    if pairs.peek().is_none() {
        return Ok(None);
    }
    let mut widths = [CELL_WIDTH; MAX_PARTS + 1];
    widths[0] = ANSWERS_WIDTH;
    let sentences = [
        "What two answers say together: these points are added to those of either answer, and are on the sheets Card and Calculator as well.",
        "Leads and conversion are those of the history; cells that count as one, with the same points, have theirs in the first of them.",
    ];
    let mut pen = Pen::new("Pairs", &widths, "Pairs", &sentences, look)?;
    for (pair, grid) in pairs {
        write_pair(&mut pen, card, pair, grid)?;
    }
    Ok(Some(pen.sheet))
}

fn write_pair(pen: &mut Pen<'_>, card: &Card, pair: &Criterion, grid: &Grid) -> Written {
    pen.heading(&words::name(pair.shown()))?;
    for sentence in pair.pair_sentences(card).into_iter().chain(how_made(pair)) {
        pen.quiet(0, &sentence)?;
        pen.down(1);
    }
    let blocks = pair.blocks();
    let first = pen.at.down(1).right(1);
    let [n_rows, n_columns] = grid.axes().map(|axis| axis.answers().count());
    let last = first.down((n_rows as RowNum).saturating_sub(1)).right((n_columns as ColNum).saturating_sub(1));
    pen.sheet.inner().add_conditional_format(first.row, first.col, last.row, last.col, &points_bar(None))?;
    let [of_rows, of_columns] = grid.axes().map(|axis| card.shown_name(&axis.criterion));
    let title = |what: &str| words::name(&format!("{what}: {of_rows} by {of_columns}"));
    write_grid(pen, &title("points"), grid, |pen, col, [row, column]| {
        // A cell inside a block has the points of the whole block.
        let block = blocks.iter().find(|block| holds(block, [row, column]));
        block.map_or(Ok(()), |block| pen.points(col, pair.levels[block.level].points))
    })?;
    let first_of = |place: [usize; 2]| pair.level_counted_at(&blocks, place);
    write_grid(pen, &title("leads"), grid, |pen, col, place| {
        first_of(place).map_or(Ok(()), |level| pen.count(col, level.n_leads))
    })?;
    write_grid(pen, &title("conversion"), grid, |pen, col, place| {
        first_of(place).map_or(Ok(()), |level| pen.share(col, level.n_converted as f64 / level.n_leads as f64))
    })?;
    pen.down(1);
    Ok(())
}

fn holds(block: &GridBlock, [row, column]: [usize; 2]) -> bool {
    (block.row..block.row + block.n_rows).contains(&row)
        && (block.column..block.column + block.n_columns).contains(&column)
}

/// A grid under a title that says what is in it.
///
/// - `write_cell`: writes the cell of a row and a column of answers into a column of the sheet.
fn write_grid(
    pen: &mut Pen<'_>,
    title: &str,
    grid: &Grid,
    write_cell: impl Fn(&mut Pen<'_>, ColNum, [usize; 2]) -> Written,
) -> Written {
    let columns: Vec<&Part> = grid.columns.answers().map(|(_, part)| part).collect();
    let names: Vec<String> = columns.iter().map(|part| words::name(&part.label)).collect();
    let heads = names.iter().map(|name| (name.as_str(), &pen.look.head_right));
    let heads: Vec<_> = std::iter::once((title, &pen.look.head)).chain(heads).collect();
    pen.sheet.heads(pen.at, &heads)?;
    pen.down(1);
    for (row, (_, part)) in grid.rows.answers().enumerate() {
        pen.lines(0, &words::name(&part.label))?;
        for column in 0..columns.len() {
            write_cell(pen, column as ColNum + 1, [row, column])?;
        }
        pen.down(1);
    }
    pen.down(1);
    Ok(())
}
