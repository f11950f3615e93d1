//! The picture the report turns on: leads against conversion for every threshold, with the policies where they stand.
//!
//! `spots` finds what is marked, `drawing` draws, `notebook` says the same to Vega-Lite.

mod drawing;
mod notebook;
mod spots;

use std::collections::BTreeMap;

use self::spots::{Spot, spots};
use super::chart::Chart;
use super::numbers::{about, share, share_range};
use crate::frontier::{FrontierRow, Per};
use crate::report::RunParts;
use crate::report::words::amount;

/// Fewest leads a drawn conversion is made of. Among fewer, one win more or less moves it by more than 5 %.
const MIN_LEADS: f64 = 20.0;

/// Leads a month (or of 1,000 leads) against the share of them that converts, with the 90 % band, the policies and the
/// recommendation.
pub fn frontier(parts: &RunParts<'_>) -> Option<Chart> {
    let rows = telling_rows(&parts.frontier.rows);
    if rows.is_empty() {
        return None;
    }
    let spots = spots(parts);
    let leads = leads_in_words(parts.frontier.per);
    let title = title(&spots, leads);
    let description = description(parts, &spots, leads);
    let drawing = drawing::draw(rows, &spots, leads);
    let vega = notebook::spec_of(&title, &description, rows, &spots, leads);
    Some(Chart::new("frontier", &title, &description, drawing, vega))
}

/// Where each threshold lies on the picture of [`frontier`], for a marker above it: per cent of its width from the left and
/// of its height from the top. A threshold that so few leads reach that it is not drawn is left out.
pub fn frontier_places(parts: &RunParts<'_>) -> BTreeMap<i32, (f64, f64)> {
    let rows = telling_rows(&parts.frontier.rows);
    rows.iter().map(|row| row.threshold).zip(drawing::places(rows, &spots(parts))).collect()
}

fn leads_in_words(per: Per) -> &'static str {
    match per {
        Per::Month { .. } => "leads a month",
        Per::ThousandLeads => "of 1,000 leads",
    }
}

/// Rows whose conversion is made of enough leads to be drawn; all rows where none is.
fn telling_rows(rows: &[FrontierRow]) -> &[FrontierRow] {
    // Lowest threshold first: the number of leads falls along the rows.
    match rows.partition_point(|row| row.chosen.n_leads >= MIN_LEADS) {
        0 => rows,
        n_telling => &rows[..n_telling],
    }
}

fn title(spots: &[Spot], leads: &str) -> String {
    let policies = || spots.iter().filter(|spot| !spot.is_recommended);
    let few = policies().min_by(|a, b| a.leads.total_cmp(&b.leads));
    let many = policies().max_by(|a, b| a.leads.total_cmp(&b.leads));
    match (few, many) {
        (Some(few), Some(many)) if few.leads < many.leads && few.conversion > many.conversion => format!(
            "More leads, lower conversion: {} {} at {}, or {} at {}",
            about(few.leads),
            leads.strip_prefix("leads ").unwrap_or(leads),
            share(few.conversion),
            about(many.leads),
            share(many.conversion)
        ),
        _ => "How many leads go to sales, and how many of them convert".to_owned(),
    }
}

fn description(parts: &RunParts<'_>, spots: &[Spot], leads: &str) -> String {
    let all = parts.frontier.at_least(i32::MIN);
    let mut text = format!(
        "A line from few leads with many points to all leads. All {} {leads} convert at {}.",
        amount(all.leads_per),
        share(all.conversion)
    );
    for spot in spots {
        let from = spot.threshold.map_or_else(String::new, |points| format!(" from {points} points"));
        let sure = spot
            .interval
            .map_or_else(String::new, |interval| format!(" (90 % sure: {})", share_range(interval.low, interval.high)));
        text += &format!(
            " {}{from}: {} {leads} at {}{sure}, {} wins.",
            spot.name,
            amount(spot.leads),
            share(spot.conversion),
            amount(spot.leads * spot.conversion)
        );
    }
    text
}
