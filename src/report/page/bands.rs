//! Hot, nurture and reject: over the whole history, and month by month.

use maud::{Markup, html};

use crate::decide::history::record::{BandMetrics, BandMonth};
use crate::measures::Interval;
use crate::render::page::elements::{Column, details, figure, share, share_cells, table};
use crate::render::words::{amount, count, counted, harmless};
use crate::report::{RunParts, charts};

pub(super) fn bands(parts: &RunParts<'_>) -> Markup {
    let (bands, months) = (&parts.metrics.bands, &parts.metrics.bands_by_month);
    html! {
        p {
            "A band is a range of scores: hot leads go to sales at once, leads to nurture are kept warm by marketing, the others \
             are let go. If the bands keep their order month after month, the card does its work."
        }
        @if bands.is_empty() { p { "This card has no bands." } } @else { (bands_table(bands)) }
        @if months.is_empty() {
            p { "The leads have no dates, so there are no months to show." }
        } @else {
            (figure(charts::bands_by_month(parts).as_ref()))
            @let left_out = parts.frontier.part_months();
            @if !left_out.is_empty() {
                p.quiet { "Not on the picture, because the judged leads cover a part of it: " (left_out.join(", ")) "." }
            }
            (details("The months as a table", &months_table(bands, months)))
        }
    }
}

fn bands_table(bands: &[BandMetrics]) -> Markup {
    let heads = Column::list("Band | #Points from | #Leads | #Converted | #Promised | #Conversion | ~");
    let full = bands.iter().map(|band| band.high).fold(0.0, f64::max);
    let rows = html! {
        @for band in bands {
            @let conversion = band.n_converted as f64 / (band.n_leads as f64).max(1.0);
            tr {
                th scope="row" { (harmless(&band.band)) }
                td { @match band.from { Some(from) => (from), None => "the rest" } }
                td { (count(band.n_leads)) }
                td { (count(band.n_converted)) }
                td { (amount(band.n_expected)) }
                (share_cells(conversion, Interval { low: band.low, high: band.high }, full))
            }
        }
    };
    table("The bands over the whole history; in brackets the 90 % interval", &heads, &rows)
}

fn months_table(bands: &[BandMetrics], cells: &[BandMonth]) -> Markup {
    let mut heads = Column::list("Month");
    for band in bands {
        heads.push(Column::figures(format!("{}, leads", harmless(&band.band))));
        heads.push(Column::figures(format!("{}, conversion", harmless(&band.band))));
    }
    let rows = html! {
        @for month in cells.chunk_by(|a, b| a.month == b.month) {
            tr {
                th.d scope="row" { (harmless(&month[0].month)) }
                @for band in bands {
                    @match month.iter().find(|cell| cell.band == band.band && cell.n_leads > 0) {
                        Some(cell) => {
                            td { (count(cell.n_leads)) }
                            td { (share(cell.n_converted as f64 / cell.n_leads as f64, Interval { low: cell.low, high: cell.high })) }
                        }
                        None => { td { "0" } td {} }
                    }
                }
            }
        }
    };
    let n_months = cells.chunk_by(|a, b| a.month == b.month).count() as u64;
    table(&format!("Conversion of each band over {}", counted(n_months, "month")), &heads, &rows)
}
