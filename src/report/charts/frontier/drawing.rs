//! The frontier as a drawing.

use maud::{Markup, html};

use super::Contents;
use super::spots::Spot;
use crate::decide::frontier::{Chosen, FrontierRow};
use crate::render::chart::{
    Anchor, Area, Drawing, Placer, Point, Scale, Step, WIDE_FACE, about, area, bottom_axis, circle, cut_to, in_wins,
    left_axis, left_end, line, mark, number_tick, polyline, share, share_tick, text, thinned, ticks, width_of,
};

const WIDTH: f64 = 680.0;
const HEIGHT: f64 = 436.0;
const PLOT: Area = Area { left: 46.0, top: 32.0, right: 618.0, bottom: 366.0 };

/// Widest name of a policy.
const NAME_WIDTH: f64 = 170.0;
/// Space between the plot and what stands on its right.
const LABEL_GAP: f64 = 6.0;
/// Most lines of equal wins.
const MAX_GUIDES: f64 = 5.0;
/// Height of one line of a label.
const LINE_HEIGHT: f64 = 14.0;
/// Most policies whose figures stand on the picture as well; with more of them, names alone.
const MAX_FIGURES: usize = 6;

/// The scales of one frontier.
struct Frame {
    plot: Area,
    most_wins: f64,
    most_leads: f64,
    highest: f64,
    step: Step,
    across: Scale,
    up: Scale,
}

impl Frame {
    fn around(seen: &Contents<'_>) -> Self {
        let leads = seen.line.iter().map(|at| at.leads_per).chain(seen.spots.iter().map(|spot| spot.leads));
        let shares =
            seen.line.iter().map(|at| at.conversion_interval.high).chain(seen.spots.iter().map(|spot| spot.conversion));
        let most_leads = rounded_up_a_little(leads.fold(0.0, f64::max));
        let highest = shares.fold(0.0, f64::max).min(1.0);
        let step = Step::cutting(highest, 8);
        let highest = step.at_or_above(highest);
        let most_wins = seen.line.iter().map(|at| at.wins_per).fold(0.0, f64::max);
        let right = PLOT.right.min(WIDTH - LABEL_GAP - WIDE_FACE * width_of(&in_wins(most_wins), 12.0));
        let up = Scale::new((0.0, highest), (PLOT.bottom, PLOT.top));
        let plot = Area { left: left_end(&up, step, share_tick), right, ..PLOT };
        Self {
            plot,
            most_wins,
            most_leads,
            highest,
            step,
            across: Scale::new((0.0, most_leads), (plot.left, plot.right)),
            up,
        }
    }

    fn at(&self, leads: f64, conversion: f64) -> Point {
        (self.across.at(leads), self.up.at(conversion))
    }

    fn at_row(&self, row: &FrontierRow) -> Point {
        self.at(row.chosen.leads_per, row.chosen.conversion)
    }

    fn line_of(&self, line: &[Chosen], value: impl Fn(&Chosen) -> f64) -> Vec<Point> {
        let points: Vec<Point> = line.iter().map(|at| self.at(at.leads_per, value(at))).collect();
        thinned(&points)
    }
}

/// Up to the next tick where it is near, so that the axis ends with a number.
fn rounded_up_a_little(most_leads: f64) -> f64 {
    let next = Step::cutting(most_leads, 8).at_or_above(most_leads);
    if next <= most_leads * 1.06 { next } else { most_leads }
}

pub(super) fn draw(seen: &Contents<'_>, leads: &str) -> Drawing {
    let frame = Frame::around(seen);
    let middle = frame.line_of(&seen.line, |at| at.conversion);
    let upper = frame.line_of(&seen.line, |at| at.conversion_interval.high);
    let lower = frame.line_of(&seen.line, |at| at.conversion_interval.low);
    let equal_wins = equal_wins(&frame);

    let mut placer = Placer::new(Area { right: WIDTH, ..frame.plot });
    for (label, points) in &equal_wins {
        placer.dislike_guide(points);
        if let Some(&(x, y)) = points.last() {
            let right = x + LABEL_GAP + width_of(label, 12.0);
            placer.take(Area { left: x, top: y - 8.0, right, bottom: y + 8.0 });
        }
    }
    placer.dislike_line(&middle);
    let marks = marks(&seen.spots, &frame, &mut placer);
    let scores = scores(seen.rows, &frame, &mut placer);

    let left = ticks(&frame.up, frame.step, share_tick);
    let bottom = ticks(&frame.across, Step::cutting(frame.most_leads, 8), number_tick);
    let body = html! {
        (left_axis(&frame.plot, &left))
        @for (label, points) in &equal_wins {
            (polyline(points, "c-guide"))
            @if let Some((x, y)) = points.last() { (text((x + LABEL_GAP, y + 4.0), Anchor::Start, "c-m", label)) }
        }
        (area(&upper, &lower, "c-area"))
        (polyline(&middle, "c-line"))
        @if let ([(x, low)], [(_, high)]) = (lower.as_slice(), upper.as_slice()) {
            (line((*x, *low), (*x, *high), "c-whisker"))
        }
        (bottom_axis(&frame.plot, &bottom))
        (scores)
        (marks)
        (text((0.0, 14.0), Anchor::Start, "c-t", "Share of the chosen leads that converts"))
        (text((frame.plot.right, PLOT.bottom + 36.0), Anchor::End, "c-t", leads))
        (text((0.0, HEIGHT - 6.0), Anchor::Start, "c-m",
            "Shaded: 90 % sure. Dotted: equal wins. Numbers along the line: fewest points of a chosen lead."))
    };
    Drawing { width: WIDTH, height: HEIGHT, body }
}

/// Where each row lies, in per cent of the drawing from the left and from the top.
pub(super) fn places(seen: &Contents<'_>) -> Vec<Point> {
    let frame = Frame::around(seen);
    let in_per_cent = |(x, y): Point| (x / WIDTH * 100.0, y / HEIGHT * 100.0);
    seen.rows.iter().map(|row| in_per_cent(frame.at_row(row))).collect()
}

/// Lines along which leads times conversion is the same, with what stands at their right end.
fn equal_wins(frame: &Frame) -> Vec<(String, Vec<Point>)> {
    let Frame { most_wins, most_leads, highest, .. } = *frame;
    if most_wins <= 0.0 {
        return Vec::new();
    }
    // On the right they end so far apart that their labels have room; more than a handful would hide the line itself.
    let least_apart = LINE_HEIGHT / (PLOT.bottom - PLOT.top) * highest * most_leads;
    let step = Step::cutting(least_apart.max(most_wins / MAX_GUIDES), 1);
    let wins: Vec<f64> = step.multiples(step.times(1), most_wins.min(highest * most_leads * 0.9));
    let last = wins.len().saturating_sub(1);
    wins.iter()
        .enumerate()
        .map(|(at, &wins)| {
            let first = wins / highest;
            // Even steps of the ratio keep the bend smooth where it is sharp.
            let leads = |n: i32| first * (most_leads / first).powf(f64::from(n) / 24.0);
            let points: Vec<Point> = (0..=24).map(|n| frame.at(leads(n), wins / leads(n))).collect();
            let label = if at == last { in_wins(wins) } else { about(wins) };
            (label, thinned(&points))
        })
        .collect()
}

/// Marks of policies and recommendation with their labels.
fn marks(spots: &[Spot], frame: &Frame, placer: &mut Placer) -> Markup {
    let place = |spot: &Spot| frame.at(spot.leads, spot.conversion);
    spots.iter().for_each(|spot| placer.take(Area::around(place(spot), 8.0)));
    // What the engine would take chooses its place first.
    let mut in_turn: Vec<&Spot> = spots.iter().collect();
    in_turn.sort_by_key(|spot| !spot.is_recommended);
    let has_figures = spots.len() <= MAX_FIGURES;
    let labels: Vec<Label> =
        in_turn.into_iter().map(|spot| Label::place(spot, place(spot), has_figures, placer)).collect();
    html! {
        @for label in &labels { (label.draw()) }
        @for spot in spots {
            (mark(spot.shape, place(spot), 5.5, if spot.is_recommended { "c-mark-2" } else { "c-mark" }))
        }
    }
}

/// One or two lines beside a mark.
struct Label {
    mark: Point,
    area: Area,
    name: String,
    figures: Option<String>,
}

impl Label {
    fn place(spot: &Spot, mark: Point, has_figures: bool, placer: &mut Placer) -> Self {
        let mut name = cut_to(&spot.name, 14.0, NAME_WIDTH);
        if spot.is_recommended && spot.is_policy {
            name += " (recommended)";
        }
        let wins = in_wins(spot.leads * spot.conversion);
        let figures = has_figures.then(|| format!("{} at {}, {wins}", about(spot.leads), share(spot.conversion)));
        let width = width_of(&name, 14.0).max(figures.as_deref().map_or(0.0, |figures| width_of(figures, 12.0)));
        let n_lines = if has_figures { 2.0 } else { 1.0 };
        let area = placer.place(mark, width, n_lines * LINE_HEIGHT + 1.0);
        let label = Self { mark, area, name, figures };
        if let Some(leader) = label.area.leader(mark) {
            placer.dislike_line(&leader);
        }
        label
    }

    fn draw(&self) -> Markup {
        let Self { mark, area, .. } = self;
        // Words lean towards the mark they belong to.
        let (x, anchor) = if area.right < mark.0 { (area.right, Anchor::End) } else { (area.left, Anchor::Start) };
        html! {
            @if let Some([from, to]) = area.leader(*mark) { (line(from, to, "c-axis")) }
            (text((x, area.top + 12.0), anchor, "c-b", &self.name))
            @if let Some(figures) = &self.figures { (text((x, area.top + 26.0), anchor, "c-m", figures)) }
        }
    }
}

/// Small dots on the line at round scores, and the score where there is room.
fn scores(rows: &[FrontierRow], frame: &Frame, placer: &mut Placer) -> Markup {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return html! {} };
    let step = Step::cutting_whole(f64::from(last.threshold) - f64::from(first.threshold), 8).times(1) as i32;
    let mut dots: Vec<(Point, Option<(Area, String)>)> = Vec::new();
    // From the highest score down; the first number says what they are.
    for row in rows.iter().rev().filter(|row| row.threshold % step.max(1) == 0) {
        let place = frame.at_row(row);
        let unit = if dots.iter().all(|(_, label)| label.is_none()) { " points" } else { "" };
        let words = format!("{}{unit}", row.threshold);
        let area = placer.place_if_free(place, 6.0, width_of(&words, 12.0), 12.0);
        dots.push((place, area.map(|area| (area, words))));
    }
    html! {
        @for (place, label) in &dots {
            (circle(*place, 2.5, "c-bar"))
            @if let Some((area, words)) = label { (text((area.left, area.bottom - 1.5), Anchor::Start, "c-m", words)) }
        }
    }
}
