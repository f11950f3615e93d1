//! Conversion of hot, nurture and reject leads month by month: do the bands keep apart, and do they hold over time?

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::colours::LIGHT;
use crate::decide::history::record::BandMonth;
use crate::notes::{count, counted};
use crate::render::chart::{
    Anchor, Area, Chart, Drawing, MonthTick, Notebook, Point, Scale, Shape, Step, area, cut_to, layer, left_axis,
    left_end, line, mark, month_number, month_ticks, polyline, rounded, share, share_quantity, share_range, share_tick,
    text, ticks, titled,
};

const WIDTH: f64 = 680.0;
const HEIGHT: f64 = 410.0;
const PLOT: Area = Area { left: 46.0, top: 30.0, right: 588.0, bottom: 330.0 };
/// A month of a band with fewer leads is marked as such: one win more or less moves its conversion by more than 5 %.
const FEW_LEADS: u64 = 20;
/// With more months than this only those with few leads have marks.
const MAX_MARKED: usize = 24;
/// Labels on the right stand at least so far apart.
const LABEL_GAP: f64 = 32.0;

/// Conversion of each band by month, with the 90 % interval shaded; months with few leads are hollow marks.
///
/// - `rows`: one per month and band, oldest month first.
pub(crate) fn bands_by_month(rows: &[BandMonth]) -> Option<Chart> {
    let bands = bands(rows);
    if bands.is_empty() {
        return None;
    }
    Some(Chart::new(
        "bands_by_month",
        &title(&bands),
        &description(&bands),
        Drawing { width: WIDTH, height: HEIGHT, body: draw(&bands) },
        notebook(&bands),
    ))
}

/// One band over all months.
struct BandLine<'a> {
    name: &'a str,
    style: Style,
    /// Months with leads, oldest first, each with its number on the axis.
    months: Vec<(i64, &'a BandMonth)>,
}

impl BandLine<'_> {
    fn n_leads(&self) -> u64 {
        self.months.iter().map(|(_, month)| month.n_leads).sum()
    }

    fn n_converted(&self) -> u64 {
        self.months.iter().map(|(_, month)| month.n_converted).sum()
    }

    fn rate(&self) -> f64 {
        self.n_converted() as f64 / self.n_leads().max(1) as f64
    }
}

/// Ending of the classes of a band, and its shape, so that colour is not the only difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Style {
    ending: &'static str,
    shape: Shape,
}

impl Style {
    fn of(band: &str) -> Self {
        match band {
            "hot" => Self { ending: "hot", shape: Shape::Circle },
            "nurture" => Self { ending: "nurture", shape: Shape::Square },
            _ => Self { ending: "reject", shape: Shape::Triangle },
        }
    }

    fn class(self, stem: &str) -> String {
        format!("c-{stem}-{}", self.ending)
    }
}

/// Ending of the classes of a band.
pub(crate) fn ending_of_band(band: &str) -> &'static str {
    Style::of(band).ending
}

fn rate(month: &BandMonth) -> f64 {
    month.n_converted as f64 / month.n_leads.max(1) as f64
}

/// Bands in the order they appear. Months that are no months ("2026-01" is one) are numbered as they come.
fn bands(rows: &[BandMonth]) -> Vec<BandLine<'_>> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.band.as_str()) {
            names.push(&row.band);
        }
    }
    let mut months: Vec<&str> = rows.iter().map(|row| row.month.as_str()).collect();
    months.dedup();
    let all_are_months = months.iter().all(|month| month_number(month).is_some());
    let number = |month: &str| match month_number(month) {
        Some(number) if all_are_months => number,
        _ => months.iter().position(|other| *other == month).unwrap_or(0) as i64,
    };
    let line = |name: &&'_ str| {
        let of_band = rows.iter().filter(|row| row.band == *name && row.n_leads > 0);
        let is_finite = |row: &&BandMonth| row.low.is_finite() && row.high.is_finite();
        of_band.filter(is_finite).map(|row| (number(&row.month), row)).collect::<Vec<_>>()
    };
    names
        .iter()
        .map(|name| BandLine { name, style: Style::of(name), months: line(name) })
        .filter(|band| !band.months.is_empty())
        .collect()
}

fn title(bands: &[BandLine<'_>]) -> String {
    let Some((hot, others)) = bands.split_first().filter(|(first, others)| first.name == "hot" && !others.is_empty())
    else {
        return "Conversion of each band, month by month".to_owned();
    };
    let best_other = |number: i64| {
        let of_month = others.iter().flat_map(|band| band.months.iter().filter(move |month| month.0 == number));
        of_month.map(|(_, month)| rate(month)).max_by(f64::total_cmp)
    };
    let compared: Vec<bool> =
        hot.months.iter().filter_map(|(number, month)| best_other(*number).map(|other| rate(month) > other)).collect();
    let n_won = compared.iter().filter(|is_won| **is_won).count();
    match (n_won, compared.len()) {
        (0, _) => "Conversion of each band, month by month".to_owned(),
        (1, 1) => "Hot leads converted more often than all others".to_owned(),
        (won, all) if won == all => format!("Hot leads converted more often than all others in each of {all} months"),
        (won, all) => format!("Hot leads converted more often than all others in {won} of {all} months"),
    }
}

fn description(bands: &[BandLine<'_>]) -> String {
    let mut text = "Share of the leads of each band that converted, by month of hand-off.".to_owned();
    for band in bands {
        let by_rate = |a: &&(i64, &BandMonth), b: &&(i64, &BandMonth)| rate(a.1).total_cmp(&rate(b.1));
        let ends = band.months.iter().min_by(by_rate).zip(band.months.iter().max_by(by_rate));
        let range = ends.map_or_else(String::new, |((_, low), (_, high))| {
            format!("; lowest {} ({}), highest {} ({})", share(rate(low)), low.month, share(rate(high)), high.month)
        });
        text += &format!(
            " {}: {} over all months, {} of {}{range}.",
            band.name,
            share(band.rate()),
            count(band.n_converted()),
            counted(band.n_leads(), "lead")
        );
    }
    text
}

fn draw(bands: &[BandLine<'_>]) -> Markup {
    let months = || bands.iter().flat_map(|band| &band.months);
    let first = months().map(|(number, _)| *number).min().unwrap_or(0);
    let last = months().map(|(number, _)| *number).max().unwrap_or(0);
    let (step, highest) = range(bands);
    let up = Scale::new((0.0, highest), (PLOT.bottom, PLOT.top));
    let plot = Area { left: left_end(&up, step, share_tick), ..PLOT };
    // Half a month of room on either side; one month alone stands in the middle.
    let across = Scale::new((first as f64 - 0.5, last as f64 + 0.5), (plot.left, plot.right));
    let n_months = (last - first + 1) as usize;
    let has_few = months().any(|(_, month)| month.n_leads < FEW_LEADS);
    let hollow = if has_few { format!(" Hollow: fewer than {FEW_LEADS} leads in that month.") } else { String::new() };
    html! {
        (left_axis(&plot, &ticks(&up, step, share_tick)))
        (month_axis(&plot, &month_ticks(first, last), bands, &across))
        @for (band, aside) in bands.iter().zip(asides(bands.len(), n_months)).rev() { (shades(band, aside, &across, &up)) }
        @for (band, aside) in bands.iter().zip(asides(bands.len(), n_months)).rev() {
            (line_of(band, aside, n_months, &across, &up))
        }
        (end_labels(bands, &up))
        (text((0.0, 12.0), Anchor::Start, "c-t", "Share of leads that converted"))
        (text((PLOT.right, PLOT.bottom + 52.0), Anchor::End, "c-t", "month of hand-off"))
        (text((0.0, HEIGHT - 6.0), Anchor::Start, "c-m", &format!("Shaded: 90 % sure.{hollow}")))
    }
}

/// Top of the picture. Intervals of few leads may leave it, unless the band has no others: they would press the rest flat.
fn range(bands: &[BandLine<'_>]) -> (Step, f64) {
    let seen = bands.iter().flat_map(|band| {
        let has_many = band.months.iter().any(|(_, month)| month.n_leads >= FEW_LEADS);
        band.months
            .iter()
            .map(move |(_, month)| if has_many && month.n_leads < FEW_LEADS { rate(month) } else { month.high })
    });
    let highest = seen.fold(0.0, f64::max);
    let step = Step::cutting(highest, 7);
    (step, step.at_or_above(highest).max(step.times(1)))
}

/// How far each band stands from the middle of its month: bands of one month alone would hide each other.
fn asides(n_bands: usize, n_months: usize) -> Vec<f64> {
    let width = if n_months == 1 { 60.0 } else { 0.0 };
    (0..n_bands).map(|at| (at as f64 - (n_bands as f64 - 1.0) / 2.0) * width).collect()
}

fn month_axis(plot: &Area, ticks: &[MonthTick], bands: &[BandLine<'_>], across: &Scale) -> Markup {
    let are_months = bands.iter().flat_map(|band| &band.months).all(|(_, month)| month_number(&month.month).is_some());
    html! {
        (line((plot.left, plot.bottom), (plot.right, plot.bottom), "c-axis"))
        @for tick in ticks {
            @let x = across.at(tick.number as f64);
            (line((x, plot.bottom), (x, plot.bottom + 4.0), "c-axis"))
            @if are_months {
                (text((x, plot.bottom + 17.0), Anchor::Middle, "c-m", tick.month))
                @if let Some(year) = &tick.year { (text((x, plot.bottom + 32.0), Anchor::Middle, "c-m", year)) }
            } @else {
                @let name = bands.iter().flat_map(|band| &band.months).find(|(number, _)| *number == tick.number);
                (text((x, plot.bottom + 17.0), Anchor::Middle, "c-m", &name.map_or_else(String::new, |(_, month)| cut_to(&month.month, 12.0, 36.0))))
            }
        }
    }
}

/// Stretches of months without a gap.
fn stretches<'a, 'b>(band: &'b BandLine<'a>) -> impl Iterator<Item = &'b [(i64, &'a BandMonth)]> {
    band.months.chunk_by(|before, after| after.0 == before.0 + 1)
}

fn shades(band: &BandLine<'_>, aside: f64, across: &Scale, up: &Scale) -> Markup {
    html! {
        @for stretch in stretches(band) {
            @if let [(number, month)] = stretch {
                @let x = across.at(*number as f64) + aside;
                (line((x, up.at(month.low)), (x, up.at(month.high)), &band.style.class("line")))
            } @else {
                @let edge = |value: fn(&BandMonth) -> f64| -> Vec<Point> {
                    stretch.iter().map(|(number, month)| (across.at(*number as f64), up.at(value(month)))).collect()
                };
                (area(&edge(|month| month.high), &edge(|month| month.low), &band.style.class("area")))
            }
        }
    }
}

fn line_of(band: &BandLine<'_>, aside: f64, n_months: usize, across: &Scale, up: &Scale) -> Markup {
    let place = |number: i64, month: &BandMonth| (across.at(number as f64) + aside, up.at(rate(month)));
    let is_marked = |month: &BandMonth| n_months <= MAX_MARKED || month.n_leads < FEW_LEADS;
    html! {
        @for stretch in stretches(band).filter(|stretch| stretch.len() > 1) {
            (polyline(&stretch.iter().map(|(number, month)| place(*number, month)).collect::<Vec<_>>(), &band.style.class("line")))
        }
        @for (number, month) in band.months.iter().filter(|(_, month)| is_marked(month)) {
            @let class = band.style.class(if month.n_leads < FEW_LEADS { "few" } else { "mark" });
            (titled(&said(month), &mark(band.style.shape, place(*number, month), 3.5, &class)))
        }
    }
}

fn said(month: &BandMonth) -> String {
    format!(
        "{}, {}: {} of {} converted, {} ({})",
        month.month,
        month.band,
        count(month.n_converted),
        counted(month.n_leads, "lead"),
        share(rate(month)),
        share_range(month.low, month.high)
    )
}

/// Names of the bands on the right, at the height of their overall conversion, moved apart where they would touch.
fn end_labels(bands: &[BandLine<'_>], up: &Scale) -> Markup {
    let mut order: Vec<usize> = (0..bands.len()).collect();
    order.sort_by(|&a, &b| bands[b].rate().total_cmp(&bands[a].rate()));
    let mut heights: Vec<f64> = order.iter().map(|&at| up.at(bands[at].rate()) - 2.0).collect();
    for at in 1..heights.len() {
        heights[at] = heights[at].max(heights[at - 1] + LABEL_GAP);
    }
    // The last ones must not leave the plot at the bottom.
    let mut lowest = PLOT.bottom - 14.0;
    for height in heights.iter_mut().rev() {
        *height = height.min(lowest);
        lowest = *height - LABEL_GAP;
    }
    html! {
        @for (&at, &y) in order.iter().zip(&heights) {
            @let band = &bands[at];
            (text((PLOT.right + 10.0, y), Anchor::Start, &band.style.class("text"), &cut_to(band.name, 14.0, 80.0)))
            (text((PLOT.right + 10.0, y + 14.0), Anchor::Start, "c-m", &format!("{} in all", share(band.rate()))))
        }
    }
}

fn notebook(bands: &[BandLine<'_>]) -> Notebook {
    let row = |band: &BandLine<'_>, month: &BandMonth| {
        json!({
            "month": month.month,
            "band": band.name,
            "leads": month.n_leads,
            "converted": month.n_converted,
            "conversion": rounded(rate(month)),
            "low": rounded(month.low),
            "high": rounded(month.high),
            "few": month.n_leads < FEW_LEADS,
        })
    };
    let rows: Vec<Value> =
        bands.iter().flat_map(|band| band.months.iter().map(move |(_, month)| row(band, month))).collect();
    let names: Vec<&str> = bands.iter().map(|band| band.name).collect();
    let colours: Vec<&str> = bands.iter().map(|band| LIGHT.of_band(band.name)).collect();
    let shapes: Vec<&str> = bands.iter().map(|band| band.style.shape.in_vega()).collect();
    let across = json!({
        "field": "month", "type": "ordinal", "title": "month of hand-off", "axis": { "labelOverlap": true, "labelAngle": 0 }
    });
    let up = |field: &str| share_quantity(field, "share that converted");
    let by =
        json!({ "field": "band", "type": "nominal", "title": "band", "scale": { "domain": names, "range": colours } });
    let shape =
        json!({ "field": "band", "type": "nominal", "title": "band", "scale": { "domain": names, "range": shapes } });
    Notebook::layered(
        560,
        320,
        json!({ "months": rows }),
        json!([
            layer(
                "months",
                json!({ "type": "area", "opacity": 0.15 }),
                json!({ "x": across, "y": up("low"), "y2": { "field": "high" }, "color": by })
            ),
            layer("months", json!({ "type": "line" }), json!({ "x": across, "y": up("conversion"), "color": by })),
            layer(
                "months",
                json!({ "type": "point", "opacity": 1, "tooltip": { "content": "data" } }),
                json!({
                    "x": across,
                    "y": up("conversion"),
                    "color": by,
                    "shape": shape,
                    "fillOpacity": { "condition": { "test": "datum.few", "value": 0 }, "value": 1 },
                    "fill": by,
                })
            ),
        ]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::chart::xml::{Element, elements};

    fn month(month: &str, band: &str, n_leads: u64, n_converted: u64) -> BandMonth {
        let interval = crate::measures::wilson(n_converted as f64, n_leads as f64);
        BandMonth {
            month: month.to_owned(),
            band: band.to_owned(),
            n_leads,
            n_converted,
            n_expected: 0.0,
            low: interval.low,
            high: interval.high,
        }
    }

    fn drawn(months: &[BandMonth]) -> (Chart, Vec<Element>) {
        let chart = bands_by_month(months).expect("months");
        let elements = elements(&chart.svg.clone().into_string()).expect("XML");
        (chart, elements)
    }

    fn of_class<'a>(elements: &'a [Element], class: &str) -> Vec<&'a Element> {
        elements.iter().filter(|element| element.attribute("class") == Some(class)).collect()
    }

    #[test]
    fn months_stand_side_by_side_and_few_leads_are_hollow() {
        let (chart, elements) = drawn(&[
            month("2025-12", "hot", 400, 160),
            month("2025-12", "reject", 400, 20),
            month("2026-01", "hot", 19, 0),
            month("2026-01", "reject", 400, 20),
        ]);
        assert_eq!(chart.title, "Hot leads converted more often than all others in 1 of 2 months");
        // Two months on 46 to 588: their middles at a quarter and at three quarters. 40 % of 0 to 50 % on 330 to 30.
        let full = of_class(&elements, "c-mark-hot");
        assert_eq!((full.len(), full[0].number("cx"), full[0].number("cy")), (1, 46.0 + 542.0 / 4.0, 90.0));
        let hollow = of_class(&elements, "c-few-hot");
        assert_eq!((hollow.len(), hollow[0].number("cx"), hollow[0].number("cy")), (1, 46.0 + 542.0 * 0.75, 330.0));
        let says = |words: &str| elements.iter().any(|element| element.text == words);
        assert!(says("Dec") && says("2025") && says("Jan") && says("2026"));
        assert!(says("Shaded: 90 % sure. Hollow: fewer than 20 leads in that month."));
    }

    #[test]
    fn a_month_without_leads_breaks_the_line() {
        let hot = |name| month(name, "hot", 100, 20);
        let (_, whole) = drawn(&[hot("2025-01"), hot("2025-02"), hot("2025-03"), hot("2025-04")]);
        assert_eq!(of_class(&whole, "c-area-hot").len(), 1);
        let (_, broken) = drawn(&[hot("2025-01"), hot("2025-02"), hot("2025-05"), hot("2025-06"), hot("2025-09")]);
        assert_eq!(of_class(&broken, "c-area-hot").len(), 2);
        // Two lines of two months each, and the interval of the month that stands alone.
        assert_eq!(of_class(&broken, "c-line-hot").len(), 3);
    }

    #[test]
    fn labels_of_bands_that_convert_alike_stand_apart() {
        let (_, elements) = drawn(&[month("2025-01", "hot", 100, 2), month("2025-01", "nurture", 100, 1)]);
        let y = |class| of_class(&elements, class)[0].number("y");
        assert!(y("c-text-nurture") - y("c-text-hot") >= LABEL_GAP);
        assert!(y("c-text-nurture") <= PLOT.bottom);
    }
}
