//! Charts: pictures of a run, for the page, for slides and for notebooks.
//!
//! In: [`RunParts`]. Out: a [`Chart`] per picture; what always holds of it stands in `render::chart`.

mod back_test;
mod card;
mod frontier;
mod recommended;
mod scenarios;
mod scores;
#[cfg(test)]
pub(super) mod testing;

pub use back_test::back_test;
pub use card::card;
pub use frontier::{frontier, frontier_places};
pub(super) use recommended::recommended_policy;
pub use scenarios::scenarios;
pub use scores::{score_places, scores};

use super::RunParts;
use crate::render::chart;
pub use crate::render::chart::Chart;

/// Promised against seen, in groups of leads by score.
pub(super) fn reliability(parts: &RunParts<'_>) -> Option<Chart> {
    chart::reliability::reliability(&parts.metrics.reliability)
}

/// Conversion of each band, month by month; months that the judged leads cover in part are no months to compare with.
pub(super) fn bands_by_month(parts: &RunParts<'_>) -> Option<Chart> {
    let part_months = parts.frontier.part_months();
    let rows = &parts.metrics.bands_by_month;
    let whole: Vec<_> = rows.iter().filter(|row| !part_months.contains(&row.month)).cloned().collect();
    chart::bands::bands_by_month(if whole.is_empty() { rows } else { &whole })
}

/// Every chart that this run has something to show for, in the order of the report.
pub fn all(parts: &RunParts<'_>) -> Vec<Chart> {
    let drawn = [frontier, scores, scenarios, card, reliability, bands_by_month, back_test];
    let of_analyses = parts.shown().into_iter().flat_map(|analysis| analysis.charts);
    drawn.iter().filter_map(|draw| draw(parts)).chain(of_analyses).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::testing::cases;
    use super::*;
    use crate::render::chart::xml::{Element, HOSTILE, elements};
    use crate::render::chart::{CHART_CSS, text};
    use crate::report::testing::company;

    /// Every chart of every case, with its name for messages.
    fn drawn() -> Vec<(String, Chart)> {
        let charts_of = |(case, company): (&str, crate::report::testing::Company)| {
            let charts = all(&company.parts());
            charts.into_iter().map(move |chart| (format!("{} of {case}", chart.name), chart)).collect::<Vec<_>>()
        };
        cases().into_iter().flat_map(charts_of).collect()
    }

    fn read(case: &str, xml: &str) -> Vec<Element> {
        elements(xml).unwrap_or_else(|error| panic!("{case}: {error}"))
    }

    #[test]
    fn a_company_with_dates_has_every_picture_and_one_without_leads_has_none() {
        let names = |company: crate::report::testing::Company| -> Vec<&str> {
            all(&company.parts()).iter().map(|chart| chart.name).collect()
        };
        let every = ["frontier", "scores", "scenarios", "card", "reliability", "bands_by_month", "back_test"];
        assert_eq!(names(company()), every);
        let case = |wanted: &str| cases().into_iter().find(|(name, _)| *name == wanted).expect("a case").1;
        assert_eq!(names(case("no-dates")), every[..5]);
        assert_eq!(names(case("nothing")), [""; 0]);
    }

    #[test]
    fn every_file_is_well_formed_and_says_what_it_shows() {
        for (case, chart) in drawn() {
            for xml in [chart.to_svg_file(), chart.svg.clone().into_string()] {
                let elements = read(&case, &xml);
                let root = &elements[0];
                assert_eq!((root.name.as_str(), root.attribute("role")), ("svg", Some("img")), "{case}");
                let named_by: Vec<&str> = root.attribute("aria-labelledby").expect("names").split(' ').collect();
                let said: Vec<&str> = named_by
                    .iter()
                    .flat_map(|id| elements.iter().find(|element| element.attribute("id") == Some(id)))
                    .map(|element| element.text.as_str())
                    .collect();
                assert_eq!(said, [chart.title.as_str(), chart.description.as_str()], "{case}");
                assert!(named_by.iter().all(|id| id.starts_with(&format!("chart-{}-", chart.name))), "{case}");
                let n_ids = elements.iter().filter(|element| element.attribute("id").is_some()).count();
                assert_eq!(n_ids, 2, "{case}");
            }
        }
    }

    #[test]
    fn nothing_needs_a_looser_security_policy_than_hashes() {
        for (case, chart) in drawn() {
            for element in read(&case, &chart.svg.clone().into_string()) {
                assert!(
                    !["script", "style", "a", "image", "use"].contains(&element.name.as_str()),
                    "{case}: {element:?}"
                );
                let is_allowed = |name: &str| name != "style" && !name.starts_with("on") && !name.contains("href");
                assert!(element.attributes.iter().all(|(name, _)| is_allowed(name)), "{case}: {element:?}");
            }
            assert!(!chart.to_svg_file().contains("style="), "{case}");
            // Slide programs know no variables.
            assert!(!chart.to_svg_file().contains("var("), "{case}");
        }
    }

    #[test]
    fn no_position_is_nan_or_endless_or_longer_than_a_tenth() {
        for (case, chart) in drawn() {
            for element in read(&case, &chart.to_svg_file()) {
                for (name, value) in
                    element.attributes.iter().filter(|(name, _)| name != "id" && name != "aria-labelledby")
                {
                    assert!(!value.contains("NaN") && !value.contains("inf"), "{case}: {name}={value}");
                    let decimals = value
                        .split('.')
                        .skip(1)
                        .map(|after| after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len()));
                    assert!(decimals.into_iter().all(|n_decimals| n_decimals <= 1), "{case}: {name}={value}");
                }
            }
            assert!(
                !chart.title.contains("NaN") && !chart.description.contains("NaN"),
                "{case}: {}",
                chart.description
            );
        }
    }

    #[test]
    fn no_word_leaves_the_picture() {
        for (case, chart) in drawn() {
            let elements = read(&case, &chart.svg.clone().into_string());
            let view: Vec<f64> = elements[0]
                .attribute("viewBox")
                .expect("a box")
                .split(' ')
                .map(|n| n.parse().expect("a number"))
                .collect();
            for word in elements.iter().filter(|element| element.name == "text") {
                let size = if word.attribute("class") == Some("c-m") { 12.0 } else { 13.0 };
                let width = text::WIDE_FACE * text::width_of(&word.text, size);
                let left = word.number("x")
                    - match word.attribute("text-anchor") {
                        Some("middle") => width / 2.0,
                        Some("end") => width,
                        _ => 0.0,
                    };
                let is_inside =
                    left >= -0.5 && left + width <= view[2] + 0.5 && (8.0..=view[3]).contains(&word.number("y"));
                assert!(is_inside, "{case}: {word:?} from {left} to {} of {view:?}", left + width);
            }
        }
    }

    #[test]
    fn every_class_has_a_rule_and_every_rule_of_a_file_is_a_plain_class() {
        let classes: BTreeSet<String> = drawn()
            .iter()
            .flat_map(|(case, chart)| read(case, &chart.to_svg_file()))
            .filter_map(|element| element.attribute("class").map(str::to_owned))
            .collect();
        for class in classes {
            assert!(CHART_CSS.contains(&format!(".{class}{{")), "{class}");
        }
    }

    #[test]
    fn text_from_the_data_stays_text() {
        let (_, hostile) = cases().into_iter().find(|(name, _)| *name == "hostile").expect("a case");
        for chart in all(&hostile.parts()) {
            let page = chart.svg.clone().into_string();
            assert!(!page.contains("<script"), "{}", chart.name);
            assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}') && !page.contains('\0'), "{}", chart.name);
        }
        let frontier = frontier(&hostile.parts()).expect("leads");
        assert_eq!(frontier.vega_lite["datasets"]["policies"][0]["policy"], HOSTILE);
        assert!(frontier.svg.into_string().contains("&lt;/svg&gt;&lt;script&gt;"));
    }

    #[test]
    fn the_same_run_gives_the_same_bytes() {
        let bytes = || -> Vec<String> {
            all(&company().parts()).iter().flat_map(|chart| [chart.to_svg_file(), chart.to_vega_file()]).collect()
        };
        assert_eq!(bytes(), bytes());
    }

    #[test]
    fn pictures_stay_small() {
        for (case, chart) in drawn() {
            let n_bytes = chart.svg.clone().into_string().len();
            assert!(n_bytes < 40_000, "{case}: {n_bytes} bytes");
        }
        let n_bytes: usize = all(&company().parts()).iter().map(|chart| chart.svg.clone().into_string().len()).sum();
        assert!(n_bytes < 60_000, "{n_bytes} bytes");
    }

    #[test]
    fn every_specification_names_its_schema_and_brings_its_data() {
        for (case, chart) in drawn() {
            let spec: Value = serde_json::from_str(&chart.to_vega_file()).expect("JSON");
            assert_eq!(spec, chart.vega_lite, "{case}");
            assert!(spec["$schema"].as_str().is_some_and(|schema| schema.contains("vega-lite/v6")), "{case}");
            assert_eq!(spec["title"]["text"], chart.title.as_str(), "{case}");
            let datasets = spec["datasets"].as_object().expect("data");
            assert!(datasets.values().any(|rows| rows.as_array().is_some_and(|rows| !rows.is_empty())), "{case}");
        }
    }
}
