//! The sheet `Card`: the card as it hangs on a wall, what a score is worth, thresholds and bands, where it comes from.

use super::cell::Cell;
use super::curve::{band, share};
use super::look::{Look, points_bar};
use super::sheet::Sheet;
use super::tables::{heads, section};
use super::{WorkbookError, words};
use crate::card::{Band, Card, Criterion, how_made, in_groups, scores_of_bands};
use crate::decide::history::record::BandMetrics;
use crate::report::RunParts;
use crate::report::summary::{telling_scores, which_leads};

/// Writes the sheet.
pub(super) fn write(parts: &RunParts<'_>, per: &str, look: &Look) -> Result<Sheet, WorkbookError> {
    let card = parts.card;
    let mut sheet = Sheet::new("Card")?;
    sheet.widths(&[28.0, 36.0, 14.0, 13.0, 13.0, 13.0, 62.0])?;
    let start = match card.base_points {
        0 => "Add up the points of one line per criterion: that is the lead's score.".to_owned(),
        base => format!("Start with {base} points and add those of one line per criterion: that is the lead's score."),
    };
    let top = sheet.opening(
        "Card",
        &[
            &start,
            "Lines are read from the top: the first that fits counts. Leads and conversion are those of the history.",
        ],
        look,
    )?;
    let mut at = write_criteria(&mut sheet, Cell::new(top, 0), card, look)?;
    at = write_worth(&mut sheet, at, parts, look)?;
    at = write_thresholds(&mut sheet, at.down(1), parts, per, look)?;
    at = write_bands(&mut sheet, at.down(1), &parts.metrics.bands, look)?;
    write_provenance(&mut sheet, at.down(1), card, look)?;
    Ok(sheet)
}

fn write_criteria(sheet: &mut Sheet, first: Cell, card: &Card, look: &Look) -> Result<Cell, WorkbookError> {
    let ruled = Look::ruled();
    let mut at = first;
    for (group, criteria) in in_groups(&card.criteria) {
        // Every group has the heads of the columns, so that they are in sight wherever one reads.
        let group = group.map_or_else(|| "criterion".to_owned(), words::name);
        sheet.lines(at, &group, &look.head)?;
        heads(sheet, at.right(1), "level | #points | #leads | #converted | #conversion | how it is made", look)?;
        at = at.down(1);
        for criterion in criteria {
            at = write_criterion(sheet, at, criterion, look, &ruled)?;
        }
        at = at.down(1);
    }
    let bar = points_bar(None);
    sheet.inner().add_conditional_format(first.row, 2, at.row.saturating_sub(1).max(first.row), 2, &bar)?;
    Ok(at)
}

fn write_criterion(
    sheet: &mut Sheet,
    first: Cell,
    criterion: &Criterion,
    look: &Look,
    ruled: &Look,
) -> Result<Cell, WorkbookError> {
    let mut at = first;
    for (idx, level) in criterion.levels.iter().enumerate() {
        // A line above the first level parts the criteria.
        let look = if idx == 0 { ruled } else { look };
        let (name, how) = if idx == 0 { (criterion.name.as_str(), how_made(criterion)) } else { ("", None) };
        sheet.text(at, &words::name(name), &look.strong)?;
        sheet.lines(at.right(1), &words::name(&level.label), &look.wrapped)?;
        sheet.number(at.right(2), f64::from(level.points), &look.count)?;
        sheet.count(at.right(3), level.n_leads, &look.count)?;
        sheet.count(at.right(4), level.n_converted, &look.count)?;
        sheet.number(at.right(5), level.n_converted as f64 / level.n_leads as f64, &look.share)?;
        sheet.text(at.right(6), &words::name(&how.unwrap_or_default()), &look.quiet)?;
        at = at.down(1);
    }
    Ok(at)
}

/// Scores at round steps, as the summary has them; every score is on the sheet `Curve`.
fn write_worth(sheet: &mut Sheet, at: Cell, parts: &RunParts<'_>, look: &Look) -> Result<Cell, WorkbookError> {
    let entries = telling_scores(&parts.card.curve);
    if entries.is_empty() {
        return Ok(at);
    }
    let n_leads = parts.frontier.n_leads as f64;
    let heads = "score | band | #chance to convert | #90 % sure from | #to | #leads from here up";
    let mut at = section(sheet, at, "What a score is worth", heads, look)?;
    for entry in entries {
        sheet.number(at, f64::from(entry.score), &look.count_left)?;
        sheet.text(at.right(1), &band(parts.card, entry.score), &look.text)?;
        for (col, bp) in [entry.probability_bp, entry.low_bp, entry.high_bp].into_iter().enumerate() {
            sheet.number(at.right(2 + col as u16), share(bp), &look.share)?;
        }
        sheet.number(at.right(5), parts.frontier.at_least(entry.score).n_leads / n_leads, &look.share)?;
        at = at.down(1);
    }
    Ok(at)
}

fn write_thresholds(
    sheet: &mut Sheet,
    at: Cell,
    parts: &RunParts<'_>,
    per: &str,
    look: &Look,
) -> Result<Cell, WorkbookError> {
    if parts.policies.is_empty() {
        return Ok(at);
    }
    let heads = &format!("policy | rule | #from score | #leads {per} | #wins {per} | #conversion | which leads");
    let mut at = section(sheet, at, "Thresholds", heads, look)?;
    for policy in parts.policies {
        sheet.text(at, &words::name(&policy.name), &look.text)?;
        sheet.text(at.right(1), &words::name(&policy.rule), &look.text)?;
        sheet.number(at.right(2), f64::from(policy.threshold), &look.count)?;
        sheet.number(at.right(3), policy.chosen.leads_per, &look.amount)?;
        sheet.number(at.right(4), policy.chosen.wins_per, &look.amount)?;
        sheet.number(at.right(5), policy.chosen.conversion, &look.share)?;
        let which = match policy.groups.as_slice() {
            [] => which_leads(policy.threshold, policy.share_of_tied),
            _ => "the lowest of several lines, by team or segment: see Scenarios".to_owned(),
        };
        sheet.text(at.right(6), &which, &look.quiet)?;
        at = at.down(1);
    }
    Ok(at)
}

fn write_bands(sheet: &mut Sheet, at: Cell, bands: &[BandMetrics], look: &Look) -> Result<Cell, WorkbookError> {
    if bands.is_empty() {
        return Ok(at);
    }
    let heads = "band | scores | #judged leads | #converted | #conversion | #promised | 90 % sure";
    let mut at = section(sheet, at, "Bands", heads, look)?;
    let of_card: Vec<Band> = bands.iter().map(|band| Band { name: band.band.clone(), from: band.from }).collect();
    for (band, scores) in bands.iter().zip(scores_of_bands(&of_card)) {
        let n_leads = band.n_leads as f64;
        sheet.text(at, &words::result_name(&band.band), &look.text)?;
        sheet.text(at.right(1), &scores, &look.text)?;
        sheet.count(at.right(2), band.n_leads, &look.count)?;
        sheet.count(at.right(3), band.n_converted, &look.count)?;
        sheet.number(at.right(4), band.n_converted as f64 / n_leads, &look.share)?;
        sheet.number(at.right(5), band.n_expected / n_leads, &look.share)?;
        if band.n_leads > 0 {
            let between = format!("{:.1} % to {:.1} %", band.low * 100.0, band.high * 100.0);
            sheet.text(at.right(6), &between, &look.quiet)?;
        }
        at = at.down(1);
    }
    Ok(at)
}

fn write_provenance(sheet: &mut Sheet, at: Cell, card: &Card, look: &Look) -> Result<(), WorkbookError> {
    let from = &card.provenance;
    sheet.text(at, "Where it comes from", &look.section)?;
    let handed_off = match (&from.first_as_of, &from.last_as_of) {
        (Some(first), Some(last)) => format!("{} to {}", words::name(first), words::name(last)),
        _ => "the leads have no dates".to_owned(),
    };
    let rate = from.n_converted as f64 / from.n_leads as f64;
    let mut at = at.down(1);
    let mut words = |what: &str, text: &str| -> Result<(), WorkbookError> {
        sheet.text(at, what, &look.text)?;
        sheet.text(at.right(1), &words::name(text), &look.text)?;
        at = at.down(1);
        Ok(())
    };
    words("Made by", &from.engine)?;
    words("Leads handed off", &handed_off)?;
    words("Fingerprint of the data", &from.data_sha256)?;
    words("Fingerprint of the config", &from.config_sha256)?;
    let doubling =
        format!("every {:.1} points double the odds of conversion", from.points_per_log_odds * std::f64::consts::LN_2);
    words("What a point is worth", &doubling)?;
    sheet.text(at, "Fitted on leads", &look.text)?;
    sheet.count(at.right(1), from.n_leads, &look.count_left)?;
    sheet.text(at.down(1), "Of those converted", &look.text)?;
    sheet.count(at.down(1).right(1), from.n_converted, &look.count_left)?;
    sheet.text(at.down(2), "Conversion", &look.text)?;
    sheet.number(at.down(2).right(1), rate, &look.share_left)
}
