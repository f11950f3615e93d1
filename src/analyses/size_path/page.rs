//! Would a smaller card do? Under the card.

use maud::{Markup, html};

use super::record::SizePathPoint;
use crate::analyses::about::{About, Place, Shown};
use crate::render::page::elements::{Column, aside, table};
use crate::render::words::amount;

/// Cards from the most detailed to the smallest, under the card; nothing where there is only one.
pub(crate) fn shown(path: &[SizePathPoint], _: &About<'_>) -> Option<Shown> {
    (path.len() > 1).then(|| Shown {
        rank: 2,
        summary: None,
        place: Place::BelowScores,
        body: body(path),
        charts: Vec::new(),
    })
}

fn body(path: &[SizePathPoint]) -> Markup {
    let heads = Column::list("Rows | #Criteria | #Log loss | #Wins among the best 25 % | ");
    let rows = html! {
        @for card in path {
            tr {
                th.d scope="row" { (card.n_rows) }
                td { (card.n_criteria) }
                td { (format!("{:.4}", card.log_loss)) }
                td { (amount(card.wins_in_best_quarter)) }
                td.w { @if card.is_shipped { "this card" } }
            }
        }
    };
    aside(
        "Would a smaller card do?",
        &html! {
            (table("Cards from the most detailed to the smallest", &heads, &rows))
            p.quiet {
                "Log loss: how far the promised chances lie from what happened, on leads the card had not seen; lower is better. \
                 Wins among the best 25 %: how many of all conversions were among the quarter of the leads that it puts first."
            }
        },
    )
}
