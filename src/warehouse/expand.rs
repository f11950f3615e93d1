//! Expand: one row for each lead of a pattern, in the order of the patterns.

use super::grid::{Cells, Grid};
use super::layout::{Coding, Layout, Part, Source};
use super::patterns::{NONE, Patterns};
use crate::data::table::{Column, Content, Nullable, Table, TextEncoder};
use crate::settings::US_PER_DAY;

/// The rows of all leads. The column of ids counts them.
pub(super) fn expand(patterns: &Patterns, layout: &Layout, grid: &Grid) -> Table {
    let n_leads = patterns.n_leads() as usize;
    let rows = || {
        let all = patterns.n.iter().enumerate();
        all.flat_map(|(pattern, &n)| std::iter::repeat_n(pattern, n as usize))
    };
    let days = layout.day_part().map(|at| &patterns.columns[at]);
    let whole = |codes: &[i64]| Nullable::collect(rows().map(|pattern| present(codes[pattern])), 0);
    let content = |part: &Part, cells: Option<&Cells>, codes: &[i64]| match (&part.source, part.coding, cells) {
        (Source::AsOfDay, ..) => days_of(rows().map(|pattern| present(codes[pattern]))),
        (Source::Converted { .. }, ..) => days_of(rows().map(|pattern| {
            let day = days.map_or(Some(0), |days| present(days[pattern]))?;
            present(codes[pattern])?.checked_add(day)
        })),
        (_, Coding::Boolean, _) => {
            Content::Booleans(rows().map(|pattern| (codes[pattern] != 0).then(|| codes[pattern] == 2)).collect())
        }
        (_, Coding::Number, Some(Cells::Numbers { low, .. })) => {
            let number = |pattern: usize| codes[pattern].checked_sub(1).and_then(|at| low.get(at as usize)).copied();
            Content::Floats(Nullable::collect(rows().map(number), f64::NAN))
        }
        (_, Coding::Text, Some(Cells::Texts(texts))) => {
            let mut encoder = TextEncoder::with_rows(n_leads);
            let mut code_of = vec![None; texts.len()];
            for pattern in rows() {
                let at = usize::try_from(codes[pattern] - 1).ok().filter(|&at| at < texts.len());
                let code = at.map(|at| *code_of[at].get_or_insert_with(|| encoder.code_of(&texts[at])));
                encoder.push_code(code);
            }
            Content::Texts(encoder.finish())
        }
        _ => Content::Whole(whole(codes)),
    };
    let parts = layout.parts.iter().zip(&grid.parts).zip(&patterns.columns);
    let mut columns: Vec<Column> = parts
        .map(|((part, cells), codes)| Column { name: part.name.clone(), content: content(part, cells.as_ref(), codes) })
        .collect();
    let ids = Nullable::full((1..=n_leads as i64).collect());
    columns.insert(0, Column { name: layout.id.clone(), content: Content::Whole(ids) });
    let names = columns.iter().map(|column| column.name.clone()).collect();
    Table { columns, n_rows: n_leads, names }
}

fn present(code: i64) -> Option<i64> {
    (code != NONE).then_some(code)
}

/// Days as their first moments in UTC, as far as 64 bits reach.
fn days_of(days: impl Iterator<Item = Option<i64>>) -> Content {
    Column::moments("", days.map(|day| day?.checked_mul(US_PER_DAY))).content
}
