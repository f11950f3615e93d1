//! Funnels: leads of each source, segment and team from arrival over the bands to conversion.

use maud::{Markup, html};

use crate::decide::history::record::FunnelRow;
use crate::measures::Interval;
use crate::render::page::elements::{Column, share_cells, table};
use crate::render::words::{amount, count, harmless, whole_per_cent};
use crate::report::RunParts;

pub(super) fn funnels(parts: &RunParts<'_>) -> Markup {
    let rows = &parts.metrics.funnels;
    if rows.is_empty() {
        return html! {
            p {
                "The config names no column for source, segment or team (" code { "leads.source" } ", " code { "leads.segment" } ", "
                code { "leads.team" } "), so there is nothing to tell apart."
            }
        };
    }
    html! {
        p {
            "How the leads of each divide over the bands, and how they convert. “Promised” is what the card expected of them: where \
             far more or fewer came, the source matters beyond what the card sees."
        }
        @for funnel in rows.chunk_by(|a, b| a.by == b.by) { (funnel_table(funnel)) }
    }
}

fn funnel_table(rows: &[FunnelRow]) -> Markup {
    let by = harmless(&rows[0].by);
    let heads = Column::list_behind(
        &by,
        "#Leads | #Hot | #Nurture | #Reject | #Converted | #Promised | #Conversion | ~ | #Conversion of hot",
    );
    let full = rows.iter().map(|row| row.high).fold(0.0, f64::max);
    let body = html! {
        @for row in rows {
            @let conversion = ratio(row.n_converted, row.n_leads);
            tr {
                th scope="row" { (harmless(&row.name)) }
                td { (count(row.n_leads)) }
                @for n in [row.n_hot, row.n_nurture, row.n_reject] { td { (whole_per_cent(ratio(n, row.n_leads))) } }
                td { (count(row.n_converted)) }
                td { (amount(row.n_expected)) }
                (share_cells(conversion, Interval { low: row.low, high: row.high }, full))
                td { @if row.n_hot > 0 { (whole_per_cent(ratio(row.n_hot_converted, row.n_hot))) } }
            }
        }
    };
    table(&format!("Leads by {by}; in brackets the 90 % interval"), &heads, &body)
}

fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / (whole as f64).max(1.0)
}
