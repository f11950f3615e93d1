//! The picture the report turns on: leads against conversion for every threshold, with the policies where they stand.
//!
//! `spots` finds what is marked, `line` what the line runs through, `drawing` draws, `notebook` says the same to Vega-Lite.

mod drawing;
mod line;
mod notebook;
mod spots;

use std::collections::BTreeMap;

use self::line::{line_down_to, telling_rows};
use self::spots::{Spot, spots};
use crate::decide::frontier::{Chosen, FrontierRow};
use crate::render::chart::{Chart, about, in_wins, share, share_range};
use crate::render::words::amount;
use crate::report::RunParts;

/// Fewest leads a drawn conversion is made of. Among fewer, one win more or less moves it by more than 5 %.
const MIN_LEADS: f64 = 20.0;

/// Leads a month (or of 1,000 leads) against the share of them that converts, with the 90 % band, the policies and the
/// recommendation.
pub fn frontier(parts: &RunParts<'_>) -> Option<Chart> {
    let seen = Contents::of(parts)?;
    let leads = parts.frontier.per.leads_words();
    Some(Chart::new(
        "frontier",
        &title(&seen.spots, leads),
        &description(parts, &seen.spots, leads),
        drawing::draw(&seen, leads),
        notebook::notebook(&seen, leads),
    ))
}

/// Where each threshold lies on the picture of [`frontier`], for a marker above it: per cent of its width from the left and
/// of its height from the top. A threshold that so few leads reach that it is not drawn is left out.
pub fn frontier_places(parts: &RunParts<'_>) -> BTreeMap<i32, (f64, f64)> {
    let Some(seen) = Contents::of(parts) else { return BTreeMap::new() };
    seen.rows.iter().map(|row| row.threshold).zip(drawing::places(&seen)).collect()
}

/// What is on the picture.
struct Contents<'a> {
    /// Thresholds, lowest first.
    rows: &'a [FrontierRow],
    /// The line, most leads first.
    line: Vec<Chosen>,
    spots: Vec<Spot>,
}

impl<'a> Contents<'a> {
    /// `None` when there are no leads.
    fn of(parts: &RunParts<'a>) -> Option<Self> {
        let frontier = parts.frontier;
        let spots = spots(parts);
        // The line begins where there are enough leads to tell a conversion, or at the smallest policy.
        let of_spots = spots.iter().map(|spot| spot.leads * frontier.n_units()).filter(|n_leads| *n_leads > 0.0);
        let fewest = of_spots.fold(MIN_LEADS, f64::min).min(frontier.n_leads as f64);
        let rows = telling_rows(&frontier.rows, fewest);
        (!rows.is_empty()).then(|| Self { rows, line: line_down_to(fewest, frontier), spots })
    }
}

fn title(spots: &[Spot], leads: &str) -> String {
    let policies = || spots.iter().filter(|spot| spot.is_policy);
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
        let recommended = if spot.is_policy && spot.is_recommended { " (recommended)" } else { "" };
        let sure = spot
            .interval
            .map_or_else(String::new, |interval| format!(" (90 % sure: {})", share_range(interval.low, interval.high)));
        text += &format!(
            " {}{recommended}{from}: {} {leads} at {}{sure}, {}.",
            spot.name,
            amount(spot.leads),
            share(spot.conversion),
            in_wins(spot.leads * spot.conversion)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::frontier::testing::judged;
    use crate::render::chart::xml::{Element, elements};
    use crate::report::testing::{Company, company};
    use crate::settings::PolicyConfig;

    /// Without dates, 100 leads with 8 points, of which 40 converted, and 300 with 2 points, of which 20 did; a policy on
    /// each line.
    pub(super) fn two_scores() -> Company {
        let lead = |at: usize| if at < 100 { (8, at < 40) } else { (2, at < 120) };
        let (score, converted): (Vec<i32>, Vec<bool>) = (0..400).map(lead).unzip();
        let mut company = company().of(judged(&score, &[0.15; 400], &converted));
        let from = |name: &str, points| PolicyConfig {
            name: name.to_owned(),
            points_at_least: Some(points),
            ..PolicyConfig::default()
        };
        company.policies = company.resolve(&[from("best", 8), from("all", 2)]);
        company.metrics.forecast = crate::decide::forecast::record::Forecast::default();
        company
    }

    fn drawn(company: &Company) -> (Chart, Vec<Element>) {
        let chart = frontier(&company.parts()).expect("leads");
        let elements = elements(&chart.svg.clone().into_string()).expect("XML");
        (chart, elements)
    }

    #[test]
    fn marks_stand_at_their_leads_and_their_conversion() {
        let (chart, elements) = drawn(&two_scores());
        assert_eq!(chart.title, "More leads, lower conversion: 250 of 1,000 leads at 40\u{a0}%, or 1,000 at 15\u{a0}%");
        // Across: 0 to 1,000 leads on 46 to 616.4, where "150 wins" has room on the right. Up: the widest interval, that of
        // 20 leads, ends below 60 %, so 0 to 60 % on 366 to 32.
        let marks: Vec<&Element> =
            elements.iter().filter(|element| element.attribute("class") == Some("c-mark")).collect();
        assert_eq!((marks[0].number("cx"), marks[0].number("cy")), (188.6, 143.3));
        // The second policy is a square, 5 to the left and up of (616.4, 366 - 334 x 0.15 / 0.6).
        assert!(marks[1].attribute("d").expect("a path").starts_with("M611.5 277.6L"), "{:?}", marks[1]);
    }

    #[test]
    fn a_description_has_the_figures_of_every_policy() {
        let (chart, _) = drawn(&two_scores());
        assert_eq!(
            chart.description.replace('\u{a0}', " "),
            "A line from few leads with many points to all leads. All 1,000 of 1,000 leads convert at 15 %. \
             best from 8 points: 250 of 1,000 leads at 40 % (90 % sure: 32 to 48 %), 100 wins. \
             all from 2 points: 1,000 of 1,000 leads at 15 % (90 % sure: 12 to 18 %), 150 wins."
        );
    }

    #[test]
    fn a_policy_of_a_few_leads_lies_on_the_line() {
        let mut company = company();
        let few = PolicyConfig { name: "few".to_owned(), share: Some(0.002), ..PolicyConfig::default() };
        company.policies = company.resolve(&[few]);
        let parts = company.parts();
        let seen = Contents::of(&parts).expect("leads");
        let last = seen.line.last().expect("a point");
        // A five-hundredth of 3,600 leads.
        assert!((last.n_leads - 7.2).abs() < 1e-9, "{last:?}");
    }

    #[test]
    fn a_marker_above_the_picture_stands_on_the_line() {
        let places = frontier_places(&two_scores().parts());
        let near = |at: (f64, f64), x: f64, y: f64| (at.0 * 6.8 - x).abs() < 0.1 && (at.1 * 4.36 - y).abs() < 0.1;
        assert_eq!(places.keys().copied().collect::<Vec<_>>(), [2, 8]);
        assert!(near(places[&8], 188.6, 143.3) && near(places[&2], 616.4, 282.5), "{places:?}");
    }

    #[test]
    fn the_policy_that_is_recommended_has_the_star_and_no_twin() {
        let (_, elements) = drawn(&company());
        let words: Vec<&str> = elements.iter().map(|element| element.text.as_str()).collect();
        assert!(words.contains(&"wide (recommended)") && !words.contains(&"recommended"), "{words:?}");
    }
}
