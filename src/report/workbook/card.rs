//! The sheet `Card`: the card as it hangs on a wall, what a score is worth, thresholds and bands, where it comes from.

use super::curve::{band, share};
use super::look::points_bar;
use super::{Look, Pen, Sheet, WorkbookError, Written, words};
use crate::card::{Band, Card, Criterion, how_made, in_groups, scores_of_bands};
use crate::decide::grades::GradePolicy;
use crate::decide::history::record::BandMetrics;
use crate::report::RunParts;
use crate::report::summary::{telling_scores, which_leads};

/// Writes the sheet.
pub(super) fn write(parts: &RunParts<'_>, per: &str, look: &Look) -> Result<Sheet, WorkbookError> {
    let card = parts.card;
    let start = match card.base_points {
        0 => "Add up the points of one answer per criterion: that is the lead's score.".to_owned(),
        base => {
            format!("Start with {base} points and add those of one answer per criterion: that is the lead's score.")
        }
    };
    let read =
        "Answers are read from the top: the first that fits counts. Leads and conversion are those of the history.";
    let ruled = Look::ruled();
    let report = &parts.metrics.report;
    let (title, whose) =
        (report.title.as_deref().map_or_else(|| "Card".to_owned(), words::name), words::name(&report.whose()));
    let mut sentences = vec![start.as_str(), read];
    if !whose.is_empty() {
        sentences.insert(0, &whose);
    }
    let mut pen = Pen::new("Card", &[28.0, 36.0, 14.0, 13.0, 13.0, 13.0, 62.0], &title, &sentences, look)?;
    write_criteria(&mut pen, card, &ruled)?;
    write_worth(&mut pen, parts)?;
    pen.down(1);
    write_thresholds(&mut pen, parts, per)?;
    pen.down(1);
    write_bands(&mut pen, &parts.metrics.bands)?;
    pen.down(1);
    write_grades(&mut pen, card)?;
    write_grade_policies(&mut pen, parts, per)?;
    write_provenance(&mut pen, card)?;
    Ok(pen.sheet)
}

fn write_criteria<'a>(pen: &mut Pen<'a>, card: &Card, ruled: &'a Look) -> Written {
    let first = pen.at;
    for (group, criteria) in in_groups(&card.criteria) {
        // Every group has the heads of the columns, so that they are in sight wherever one reads.
        let group = group.map_or_else(|| "criterion".to_owned(), words::name);
        pen.sheet.lines(pen.at, &group, &pen.look.head)?;
        pen.heads(1, "answer | #points | #leads | #converted | #conversion | how it is made")?;
        pen.down(1);
        for criterion in criteria {
            write_criterion(pen, card, criterion, ruled)?;
        }
        pen.down(1);
    }
    let bar = points_bar(None);
    pen.sheet.inner().add_conditional_format(first.row, 2, pen.at.row.saturating_sub(1).max(first.row), 2, &bar)?;
    Ok(())
}

/// - `ruled`: the look of the first level; the line above it parts the criteria.
fn write_criterion<'a>(pen: &mut Pen<'a>, card: &Card, criterion: &Criterion, ruled: &'a Look) -> Written {
    let plain = pen.look;
    let mut said = criterion.pair_sentences(card).into_iter();
    for (idx, level) in criterion.printed_levels().enumerate() {
        pen.look = if idx == 0 { ruled } else { plain };
        let name = if idx == 0 { criterion.shown() } else { "" };
        let how = if idx == 0 { how_made(criterion) } else { said.next() };
        pen.sheet.text(pen.at, &words::name(name), &pen.look.strong)?;
        pen.lines(1, &words::name(level.shown()))?;
        pen.points(2, level.points)?;
        pen.count(3, level.n_leads)?;
        pen.count(4, level.n_converted)?;
        pen.share(5, level.n_converted as f64 / level.n_leads as f64)?;
        pen.quiet(6, &words::name(&how.unwrap_or_default()))?;
        pen.down(1);
    }
    pen.look = plain;
    Ok(())
}

/// Scores at round steps, as the summary has them; every score is on the sheet `Curve`.
fn write_worth(pen: &mut Pen<'_>, parts: &RunParts<'_>) -> Written {
    let entries = telling_scores(&parts.card.curve);
    if entries.is_empty() {
        return Ok(());
    }
    let n_leads = parts.frontier.n_leads as f64;
    pen.section(
        "What a score is worth",
        "score | band | #chance to convert | #90 % sure from | #to | #leads from here up",
    )?;
    let first = pen.at.right(1);
    let last = first.down(entries.len() as u32 - 1);
    pen.sheet.colour_bands(first, last, pen.look)?;
    for entry in entries {
        pen.number(0, f64::from(entry.score), &pen.look.count_left)?;
        pen.text(1, &band(parts.card, entry.score))?;
        pen.share(2, share(entry.probability_bp))?;
        pen.share(3, share(entry.low_bp))?;
        pen.share(4, share(entry.high_bp))?;
        pen.share(5, parts.frontier.at_least(entry.score).n_leads / n_leads)?;
        pen.down(1);
    }
    Ok(())
}

fn write_thresholds(pen: &mut Pen<'_>, parts: &RunParts<'_>, per: &str) -> Written {
    if parts.policies.is_empty() {
        return Ok(());
    }
    let heads = format!("policy | rule | #from score | #leads {per} | #wins {per} | #conversion | which leads");
    pen.section("Thresholds", &heads)?;
    for policy in parts.policies {
        pen.name(0, &policy.name)?;
        pen.name(1, &policy.rule)?;
        pen.points(2, policy.threshold)?;
        pen.amount(3, policy.chosen.leads_per)?;
        pen.amount(4, policy.chosen.wins_per)?;
        pen.share(5, policy.chosen.conversion)?;
        let which = match policy.groups.as_slice() {
            [] => which_leads(policy.threshold, policy.share_of_tied),
            _ => "the lowest of several lines, by team or segment: see Scenarios".to_owned(),
        };
        pen.quiet(6, &which)?;
        pen.down(1);
    }
    Ok(())
}

fn write_bands(pen: &mut Pen<'_>, bands: &[BandMetrics]) -> Written {
    if bands.is_empty() {
        return Ok(());
    }
    pen.section("Bands", "band | scores | #judged leads | #converted | #conversion | #promised | 90 % sure")?;
    pen.sheet.colour_bands(pen.at, pen.at.down(bands.len() as u32 - 1), pen.look)?;
    let of_card: Vec<Band> = bands.iter().map(|band| Band { name: band.band.clone(), from: band.from }).collect();
    for (band, scores) in bands.iter().zip(scores_of_bands(&of_card)) {
        let n_leads = band.n_leads as f64;
        pen.text(0, &words::result_name(&band.band))?;
        pen.text(1, &scores)?;
        pen.count(2, band.n_leads)?;
        pen.count(3, band.n_converted)?;
        pen.share(4, band.n_converted as f64 / n_leads)?;
        pen.share(5, band.n_expected / n_leads)?;
        if band.n_leads > 0 {
            pen.quiet(6, &format!("{:.1} % to {:.1} %", band.low * 100.0, band.high * 100.0))?;
        }
        pen.down(1);
    }
    Ok(())
}

/// The grades with their leads; nothing where the card has none.
fn write_grades(pen: &mut Pen<'_>, card: &Card) -> Written {
    let Some(grades) = &card.grades else { return Ok(()) };
    let [rows, columns] = grades.axes();
    pen.section("Grades", "grade | points | #judged leads | #converted | #conversion | #of all leads | 90 % sure")?;
    let n_leads: u64 = grades.cells.iter().map(|cell| cell.n_leads).sum();
    let (first, last) = (pen.at.row, pen.at.row + grades.cells.len() as u32 - 1);
    for (at, cell) in grades.cells.iter().enumerate() {
        let (row, column) = (at / columns.n_classes(), at % columns.n_classes());
        let points = format!(
            "{} {}, {} {}",
            words::name(&rows.group),
            rows.sub_scores_in_words(row),
            words::name(&columns.group),
            columns.sub_scores_in_words(column)
        );
        pen.sheet.text(pen.at, &cell.grade, &pen.look.strong)?;
        pen.lines(1, &points)?;
        pen.count(2, cell.n_leads)?;
        pen.count(3, cell.n_converted)?;
        pen.share(4, cell.conversion())?;
        pen.share(5, cell.n_leads as f64 / n_leads as f64)?;
        if cell.n_leads > 0 {
            let ends = [cell.low_bp, cell.high_bp].map(|end| f64::from(end) / 100.0);
            pen.quiet(6, &format!("{:.1} % to {:.1} %", ends[0], ends[1]))?;
        }
        pen.down(1);
    }
    pen.sheet.inner().add_conditional_format(first, 4, last, 4, &points_bar(None))?;
    pen.down(1);
    Ok(())
}

/// What each policy by grade brings; nothing where nobody asked for one.
fn write_grade_policies(pen: &mut Pen<'_>, parts: &RunParts<'_>, per: &str) -> Written {
    let Some(record) = parts.metrics.grades.as_ref().filter(|record| !record.policies.is_empty()) else {
        return Ok(());
    };
    let heads = format!("policy | grades | #leads {per} | #wins {per} | #conversion | #more by score | 90 % sure");
    pen.section("Policies by grade", &heads)?;
    for policy in record.policies_of_a_month(&parts.metrics.forecast) {
        let GradePolicy { leads, wins, conversion, .. } = policy;
        pen.name(0, &policy.policy)?;
        pen.text(1, &policy.words())?;
        pen.amount(2, leads.expected)?;
        pen.amount(3, wins.expected)?;
        pen.share(4, conversion.expected)?;
        pen.number(5, policy.more_by_score.map(|more| more.expected), &pen.look.amount)?;
        let per_cent = conversion.times(100.0);
        let sure = format!(
            "leads {:.1} to {:.1}, wins {:.1} to {:.1}, conversion {:.1} % to {:.1} %",
            leads.low, leads.high, wins.low, wins.high, per_cent.low, per_cent.high
        );
        pen.quiet(6, &sure)?;
        pen.down(1);
    }
    pen.quiet(0, "Every lead whose grade is as good on both sides; more by score: wins more of as many leads, those with the highest scores.")?;
    pen.down(2);
    Ok(())
}

fn write_provenance(pen: &mut Pen<'_>, card: &Card) -> Written {
    let from = &card.provenance;
    let handed_off = match (&from.first_as_of, &from.last_as_of) {
        (Some(first), Some(last)) => format!("{} to {}", words::name(first), words::name(last)),
        _ => "the leads have no dates".to_owned(),
    };
    let points_to_double = from.points_per_log_odds * std::f64::consts::LN_2;
    pen.heading("Where it comes from")?;
    for (what, text) in [
        ("Made by", &from.engine),
        ("Leads handed off", &handed_off),
        ("Fingerprint of the data", &from.data_sha256),
        ("Fingerprint of the config", &from.config_sha256),
        ("What a point is worth", &format!("every {points_to_double:.1} points double the odds of conversion")),
    ] {
        pen.text(0, what)?;
        pen.name(1, text)?;
        pen.down(1);
    }
    for (what, n) in [("Fitted on leads", from.n_leads), ("Of those converted", from.n_converted)] {
        pen.text(0, what)?;
        pen.number(1, n as f64, &pen.look.count_left)?;
        pen.down(1);
    }
    pen.text(0, "Conversion")?;
    pen.number(1, from.n_converted as f64 / from.n_leads as f64, &pen.look.share_left)
}
