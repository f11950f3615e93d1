//! Pairs: the grid over two answers, with points, leads and conversion in its cells, and what it says in a sentence.

use maud::{Markup, html};

use crate::card::{Card, Criterion, Grid, GridBlock, Part};
use crate::render::words::{counted, harmless, per_cent};

/// Looks of grids; none where the card has no pair.
pub(super) fn style(criteria: &[Criterion]) -> &'static str {
    if criteria.iter().any(Criterion::is_pair) { include_str!("grid.css") } else { "" }
}

/// What a pair says, in a sentence or two; empty for other criteria.
pub(super) fn sentences(card: &Card, criterion: &Criterion) -> String {
    harmless(&criterion.pair_sentences(card).join(" "))
}

/// The grid of a pair, below what it says; nothing for other criteria.
pub(super) fn grid_table(card: &Card, pair: &Criterion) -> Markup {
    let Some(grid) = &pair.grid else { return html! {} };
    let caption = format!("{}: points, leads and conversion by both answers", harmless(pair.shown()));
    let columns: Vec<&Part> = grid.columns.answers().map(|(_, part)| part).collect();
    let said = sentences(card, pair);
    let [of_rows, of_columns] = grid.axes().map(|axis| harmless(card.shown_name(&axis.criterion)));
    html! {
        @if !said.is_empty() { p { (said) } }
        div.box tabindex="0" role="group" aria-label=(caption) {
            table.together {
                caption { (caption) }
                thead {
                    tr {
                        td {}
                        th scope="colgroup" colspan=(columns.len()) { (of_columns) }
                    }
                    tr {
                        th.w scope="col" { (of_rows) }
                        @for part in &columns { th scope="col" { (harmless(&part.label)) } }
                    }
                }
                tbody { (rows(pair, grid)) }
            }
        }
        p.quiet {
            "Each cell: the points of the pair, which are added to those of either answer, and the leads of the history with their \
             conversion. Cells that count as one, with the same points, have their leads in the first of them."
        }
    }
}

fn rows(pair: &Criterion, grid: &Grid) -> Markup {
    let blocks = pair.blocks();
    let usual = pair.usual_points();
    html! {
        @for (row, (_, part)) in grid.rows.answers().enumerate() {
            tr {
                th scope="row" { (harmless(&part.label)) }
                @for block in blocks.iter().filter(|block| block.row == row) { (cell(pair, block, usual)) }
            }
        }
    }
}

/// - `usual`: points of the cells that the pair says nothing of.
fn cell(pair: &Criterion, block: &GridBlock, usual: i32) -> Markup {
    let level = &pair.levels[block.level];
    let class = match level.points {
        points if points > usual => Some("more"),
        points if points < usual => Some("fewer"),
        _ => None,
    };
    let [n_rows, n_columns] = [block.n_rows, block.n_columns].map(|n| (n > 1).then_some(n));
    html! {
        td class=[class] rowspan=[n_rows] colspan=[n_columns] {
            b { (level.points) }
            @if block.is_first {
                @if level.n_leads == 0 { " " small { "no leads" } }
                @else {
                    " " small { (counted(level.n_leads, "lead")) }
                    " " small { (per_cent(level.n_converted as f64 / level.n_leads as f64)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::page::testing::{assert_sound, text_of};
    use crate::report::page::page;
    use crate::report::testing::{company, with_pair};

    #[test]
    fn a_pair_is_a_grid_with_its_leads_and_a_sentence() {
        let company = with_pair(company());
        let page = page(&company.parts());
        assert_sound(&page);
        let text = text_of(&page);
        let from = text.rfind("budget and clicks_30d -4 to 5 points").expect("the pair");
        insta::assert_snapshot!(text[from..].split("Sources, segments").next().unwrap_or_default());
        let grid = grid_table(&company.card, &company.card.criteria[3]).into_string();
        assert!(grid.contains("<td class=\"fewer\" rowspan=\"2\" colspan=\"2\"><b>-4</b>"), "{grid}");
        assert!(page.contains(include_str!("grid.css")));
    }

    #[test]
    fn a_card_without_pairs_has_a_page_without_grids() {
        let company = company();
        let page = page(&company.parts());
        assert!(!page.contains("together {") && !page.contains("\"together\""), "looks of grids");
        assert!(grid_table(&company.card, &company.card.criteria[0]).into_string().is_empty());
        assert!(sentences(&company.card, &company.card.criteria[0]).is_empty());
    }
}
