//! The card as bars: points per level, by criterion, by group; for slides.
//!
//! Long cards are cut: criteria with the widest range of points stay, and of a long criterion the levels with fewest and
//! most points and those with most leads; what was left out is said.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::card::{Criterion, Level};
use crate::notes::counted;
use crate::render::chart::{
    ACCENT, ACCENT_2, Anchor, Chart, Drawing, Notebook, Scale, block, colour_where, cut_to, line, text,
};
use crate::report::RunParts;
use crate::report::shown_criteria::{by_group, range, widest};

/// Width of one column of criteria, and the space between two.
const COLUMN: f64 = 324.0;
const GUTTER: f64 = 32.0;
/// Left and right end of the bars in a column; left of them stand the labels, right of them there is room for a number.
const BARS: (f64, f64) = (174.0, 290.0);
/// Widest name of a group or criterion, and of a level.
const NAME_WIDTH: f64 = 290.0;
const LABEL_WIDTH: f64 = 164.0;
const ROW: f64 = 18.0;
const GROUP: f64 = 26.0;
const NAME: f64 = 22.0;
const AFTER: f64 = 10.0;
/// Most criteria that are drawn.
const MAX_CRITERIA: usize = 12;
/// How many levels of a criterion are drawn at most, by how much room the whole card takes.
const MAX_LEVELS: [usize; 5] = [24, 16, 12, 8, 6];
/// Height of all columns together in a picture that fits a slide.
const ROOM: f64 = 1_500.0;
/// Height from which one more column is opened.
const COLUMN_HEIGHT: f64 = 360.0;
const MAX_COLUMNS: usize = 3;
/// Two columns are as wide as the other pictures, so that letters are of one size.
const MIN_COLUMNS: usize = 2;

/// Points per level by criterion by group, as bars on one scale.
pub fn card(parts: &RunParts<'_>) -> Option<Chart> {
    let criteria: Vec<&Criterion> =
        parts.card.criteria.iter().filter(|criterion| criterion.printed_levels().next().is_some()).collect();
    let most =
        criteria.iter().copied().max_by_key(|criterion| (range(criterion), std::cmp::Reverse(&criterion.name)))?;
    Some(Chart::new("card", &title(parts, most), &description(parts, &criteria), draw(&criteria), notebook(&criteria)))
}

fn title(parts: &RunParts<'_>, most: &Criterion) -> String {
    let (lowest, highest) = parts.card.score_range();
    let name = cut_to(most.shown(), 20.0, 300.0);
    match (range(most), highest - lowest) {
        (0, _) => "Every lead gets the same points".to_owned(),
        (range, all) => format!("{name} counts most: it decides {range} of {all} points"),
    }
}

fn description(parts: &RunParts<'_>, criteria: &[&Criterion]) -> String {
    let (lowest, highest) = parts.card.score_range();
    let mut text = format!(
        "Scores run from {lowest} to {highest}. Points of each criterion, from its lowest to its highest level:"
    );
    for criterion in criteria {
        text += &format!(" {} {} to {};", criterion.shown(), criterion.points_min(), criterion.points_max());
    }
    text.pop();
    text + "."
}

/// One criterion with the levels that are drawn, under its group.
struct Block<'a> {
    group: Option<&'a str>,
    criterion: &'a Criterion,
    levels: Vec<&'a Level>,
}

impl Block<'_> {
    fn n_left_out(&self) -> usize {
        self.criterion.printed_levels().count() - self.levels.len()
    }

    fn height(&self) -> f64 {
        let n_rows = self.levels.len() + usize::from(self.n_left_out() > 0);
        NAME + ROW * n_rows as f64 + AFTER
    }
}

/// The criteria that are drawn, group by group, those without one last.
fn blocks<'a>(criteria: &[&'a Criterion], max_levels: usize) -> Vec<Block<'a>> {
    let block = |criterion: &'a Criterion| Block {
        group: criterion.group.as_deref(),
        criterion,
        levels: telling_levels(criterion, max_levels),
    };
    by_group(&widest(criteria, MAX_CRITERIA)).into_iter().flat_map(|(_, criteria)| criteria).map(block).collect()
}

/// Levels with fewest and most points, then those with most leads, in the order of the card.
fn telling_levels(criterion: &Criterion, most: usize) -> Vec<&Level> {
    let levels: Vec<&Level> = criterion.printed_levels().collect();
    let by_points = |at: &usize| levels[*at].points;
    let ends = [(0..levels.len()).min_by_key(by_points), (0..levels.len()).max_by_key(by_points)];
    let mut ranked: Vec<usize> = (0..levels.len()).collect();
    ranked.sort_by_key(|at| (!ends.contains(&Some(*at)), std::cmp::Reverse(levels[*at].n_leads)));
    ranked.truncate(most);
    ranked.sort_unstable();
    ranked.into_iter().map(|at| levels[at]).collect()
}

/// A block with its place: column, top, and whether the heading of its group stands above it.
struct Placed<'a> {
    block: Block<'a>,
    column: usize,
    top: f64,
    has_heading: bool,
}

/// Fills columns from the left, none higher than `most` unless one block alone is.
fn flow(blocks: Vec<Block<'_>>, most: f64) -> Vec<Placed<'_>> {
    let has_groups = blocks.iter().any(|block| block.group.is_some());
    let (mut column, mut y) = (0, 0.0);
    let mut group_above: Option<Option<&str>> = None;
    let mut placed = Vec::with_capacity(blocks.len());
    for block in blocks {
        let heading = |above: Option<Option<&str>>| has_groups && above != Some(block.group);
        let height = |has_heading: bool| block.height() + if has_heading { GROUP } else { 0.0 };
        if y > 0.0 && y + height(heading(group_above)) > most {
            (column, y, group_above) = (column + 1, 0.0, None);
        }
        let has_heading = heading(group_above);
        group_above = Some(block.group);
        let top = y;
        y += height(has_heading);
        placed.push(Placed { block, column, top, has_heading });
    }
    placed
}

fn draw(criteria: &[&Criterion]) -> Drawing {
    let height = |max_levels: &usize| blocks(criteria, *max_levels).iter().map(Block::height).sum::<f64>();
    let max_levels = MAX_LEVELS.into_iter().find(|max_levels| height(max_levels) <= ROOM).unwrap_or(MAX_LEVELS[4]);
    let n_columns = ((height(&max_levels) / COLUMN_HEIGHT).ceil() as usize).clamp(MIN_COLUMNS, MAX_COLUMNS);
    // The lowest columns that hold everything.
    let mean = height(&max_levels) / n_columns as f64;
    let fits = |most: &f64| flow(blocks(criteria, max_levels), *most).iter().all(|placed| placed.column < n_columns);
    let most = (0..100).map(|tenth| mean + f64::from(tenth) * 10.0).find(fits).unwrap_or(f64::INFINITY);
    let placed = flow(blocks(criteria, max_levels), most);

    let bottom = placed.iter().map(bottom).fold(0.0, f64::max);
    let width = COLUMN * n_columns as f64 + GUTTER * (n_columns - 1) as f64;
    let drawn_criteria = placed.len();
    let levels = || placed.iter().flat_map(|placed| &placed.block.levels).map(|level| f64::from(level.points));
    let scale = Scale::new((levels().fold(0.0, f64::min), levels().fold(1.0, f64::max)), BARS);
    let caption = if drawn_criteria < criteria.len() {
        format!(
            "The {drawn_criteria} of {} with the widest range of points.",
            counted(criteria.len() as u64, "criterion")
        )
    } else {
        String::new()
    };
    let body = html! {
        @for placed in &placed { (draw_block(placed, &scale)) }
        @if !caption.is_empty() { (text((0.0, bottom + 18.0), Anchor::Start, "c-m", &caption)) }
    };
    Drawing { width, height: bottom + if caption.is_empty() { 0.0 } else { 26.0 }, body }
}

fn bottom(placed: &Placed<'_>) -> f64 {
    placed.top + placed.block.height() + if placed.has_heading { GROUP } else { 0.0 }
}

fn draw_block(placed: &Placed<'_>, scale: &Scale) -> Markup {
    let Placed { block, column, top, has_heading } = placed;
    let left = *column as f64 * (COLUMN + GUTTER);
    let name_top = top + if *has_heading { GROUP } else { 0.0 };
    let rows_top = name_top + NAME;
    let rows_bottom = rows_top + ROW * block.levels.len() as f64;
    let zero = left + scale.at(0.0);
    html! {
        @if *has_heading {
            (text((left, top + 14.0), Anchor::Start, "c-h", &cut_to(block.group.unwrap_or("Other criteria"), 13.0, NAME_WIDTH)))
            (line((left, top + 20.0), (left + COLUMN, top + 20.0), "c-grid"))
        }
        (text((left, name_top + 15.0), Anchor::Start, "c-b", &cut_to(block.criterion.shown(), 14.0, NAME_WIDTH)))
        (line((zero, rows_top + 2.0), (zero, rows_bottom), "c-axis"))
        @for (at, level) in block.levels.iter().enumerate() {
            (level_row(level, left, rows_top + ROW * at as f64, scale))
        }
        @if block.n_left_out() > 0 {
            (text((left, rows_bottom + 13.0), Anchor::Start, "c-m", &format!("and {}", counted(block.n_left_out() as u64, "more level"))))
        }
    }
}

fn level_row(level: &Level, left: f64, top: f64, scale: &Scale) -> Markup {
    let (zero, end) = (left + scale.at(0.0), left + scale.at(f64::from(level.points)));
    let base = top + 13.0;
    html! {
        (text((left, base), Anchor::Start, "c-t", &cut_to(level.shown(), 13.0, LABEL_WIDTH)))
        @if level.points >= 0 {
            @if level.points > 0 { (block_of(zero, end, top, "c-bar")) }
            (text((end + 5.0, base), Anchor::Start, "c-t", &level.points.to_string()))
        } @else {
            (block_of(end, zero, top, "c-bar-2"))
            (text((zero + 5.0, base), Anchor::Start, "c-t", &format!("−{}", level.points.unsigned_abs())))
        }
    }
}

fn block_of(from: f64, to: f64, top: f64, class: &str) -> Markup {
    block((from, top + 3.0), (to, top + 14.0), class)
}

fn notebook(criteria: &[&Criterion]) -> Notebook {
    let level = |criterion: &Criterion, (at, level): (usize, &Level)| {
        json!({
            "group": criterion.group,
            "criterion": criterion.shown(),
            "order": at,
            "level": level.shown(),
            "points": level.points,
            "leads": level.n_leads,
            "converted": level.n_converted,
        })
    };
    let levels: Vec<Value> = criteria
        .iter()
        .flat_map(|criterion| criterion.printed_levels().enumerate().map(|row| level(criterion, row)))
        .collect();
    Notebook::of_views(
        json!({ "levels": levels }),
        json!({
            "data": { "name": "levels" },
            "facet": {
                "row": {
                    "field": "criterion", "type": "nominal", "sort": null, "title": null,
                    "header": { "labelAngle": 0, "labelAlign": "left", "labelLimit": 160 },
                },
            },
            "resolve": { "scale": { "y": "independent" } },
            "spec": {
                "width": 300,
                "height": { "step": 16 },
                "encoding": {
                    "x": { "field": "points", "type": "quantitative" },
                    "y": {
                        "field": "level", "type": "nominal", "title": null,
                        "sort": { "field": "order", "op": "min", "order": "ascending" },
                    },
                },
                "layer": [
                    {
                        "mark": { "type": "bar", "tooltip": { "content": "data" } },
                        "encoding": {
                            "color": colour_where("datum.points < 0", ACCENT_2, ACCENT),
                        },
                    },
                    {
                        "mark": { "type": "text", "align": "left", "dx": 4 },
                        "encoding": { "text": { "field": "points", "type": "quantitative" } },
                    },
                ],
            },
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::cases;
    use super::*;
    use crate::render::chart::xml::elements;
    use crate::report::testing::company;

    #[test]
    fn bars_are_as_long_as_their_points() {
        let elements = elements(&card(&company().parts()).expect("criteria").svg.into_string()).expect("XML");
        let widths: Vec<f64> =
            elements.iter().filter(|element| element.name == "rect").map(|bar| bar.number("width")).collect();
        // Groups in the order they appear, without a group last: budget 2, 14, 40; clicks 16, 30; region 10, 4. The
        // longest bar is 116 long.
        assert_eq!(widths, [5.8, 40.6, 116.0, 46.4, 87.0, 29.0, 11.6]);
    }

    #[test]
    fn the_criterion_with_the_widest_range_gives_the_title() {
        assert_eq!(card(&company().parts()).expect("criteria").title, "budget counts most: it decides 40 of 80 points");
    }

    #[test]
    fn a_long_criterion_keeps_its_ends_and_what_many_leads_have() {
        let mut criterion = company().card.criteria[1].clone();
        let level = criterion.levels[0].clone();
        criterion.levels = (0..20)
            .map(|at| Level { label: at.to_string(), points: 20 - at, n_leads: (100 + at % 7) as u64, ..level.clone() })
            .collect();
        let kept: Vec<&str> = telling_levels(&criterion, 5).iter().map(|level| level.label.as_str()).collect();
        // 0 has most points and 19 fewest; 6 and 13 have 106 leads, 5 is the first with 105.
        assert_eq!(kept, ["0", "5", "6", "13", "19"]);
    }

    #[test]
    fn a_long_card_is_cut_and_says_so() {
        let (_, company) = cases().into_iter().find(|(name, _)| *name == "40-criteria").expect("a case");
        let chart = card(&company.parts()).expect("criteria");
        let page = chart.svg.into_string();
        assert!(page.contains("The 12 of 40 criteria with the widest range of points."), "{page}");
        assert!(page.contains("and 6 more levels"), "{page}");
        // A notebook gets all of it.
        assert_eq!(chart.vega_lite["datasets"]["levels"].as_array().map(Vec::len), Some(480));
    }

    #[test]
    fn columns_are_about_equally_high() {
        let (_, company) = cases().into_iter().find(|(name, _)| *name == "40-criteria").expect("a case");
        let criteria: Vec<&Criterion> = company.card.criteria.iter().collect();
        let placed = flow(blocks(&criteria, 6), 640.0);
        let heights: Vec<f64> = (0..3)
            .map(|column| placed.iter().filter(|placed| placed.column == column).map(bottom).fold(0.0, f64::max))
            .collect();
        assert!(heights.iter().all(|height| (400.0..=640.0).contains(height)), "{heights:?}");
    }
}
