//! Pieces of SVG: numbers, text, lines, marks.
//!
//! Always true: no number is infinite or NaN, and none has more than one decimal; words are clean and escaped.

use std::fmt::Write as _;

use maud::{Markup, Render, html};

use super::text::clean;

/// A position or length in a drawing; written with at most one decimal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Px(pub(crate) f64);

impl Render for Px {
    fn render_to(&self, buffer: &mut String) {
        let tenths = if self.0.is_finite() { (self.0 * 10.0).round() } else { 0.0 };
        // Adding zero turns -0 into 0.
        buffer.push_str(&(tenths / 10.0 + 0.0).to_string());
    }
}

/// A place in a drawing: from the left, from the top.
pub(crate) type Point = (f64, f64);

/// Where a text stands against its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Start => None,
            Self::Middle => Some("middle"),
            Self::End => Some("end"),
        }
    }
}

/// `words` on the base line of `place`.
pub(crate) fn text(place: Point, anchor: Anchor, class: &str, words: &str) -> Markup {
    html! { text class=(class) x=(Px(place.0)) y=(Px(place.1)) text-anchor=[anchor.word()] { (clean(words)) } }
}

/// A straight line.
pub(crate) fn line(from: Point, to: Point, class: &str) -> Markup {
    html! { line class=(class) x1=(Px(from.0)) y1=(Px(from.1)) x2=(Px(to.0)) y2=(Px(to.1)) {} }
}

/// A line through all points.
pub(crate) fn polyline(points: &[Point], class: &str) -> Markup {
    html! { path class=(class) d=(path_of(points)) {} }
}

/// The area between two lines that run the same way.
pub(crate) fn area(upper: &[Point], lower: &[Point], class: &str) -> Markup {
    let around: Vec<Point> = upper.iter().chain(lower.iter().rev()).copied().collect();
    html! { path class=(class) d={ (path_of(&around)) "z" } {} }
}

fn path_of(points: &[Point]) -> String {
    let mut path = String::new();
    for (at, &(x, y)) in points.iter().enumerate() {
        let command = if at == 0 {
            "M"
        } else if at == 1 {
            "L"
        } else {
            " "
        };
        // Writing to a string cannot fail.
        let _ = write!(path, "{command}{} {}", Px(x).render().0, Px(y).render().0);
    }
    path
}

/// Shape of a mark; policies have one each, so that colour is never the only difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Circle,
    Square,
    Diamond,
    Triangle,
    Tip,
    Star,
}

impl Shape {
    /// The shape of the policy at this position.
    pub(crate) fn of_policy(position: usize) -> Self {
        [Self::Circle, Self::Square, Self::Diamond, Self::Triangle, Self::Tip][position % 5]
    }

    /// What Vega-Lite calls it, where it is a symbol there too; a path in a square of two by two otherwise.
    pub(crate) fn in_vega(self) -> &'static str {
        match self {
            Self::Circle => "circle",
            Self::Square => "square",
            Self::Diamond => "diamond",
            Self::Triangle => "triangle-up",
            Self::Tip => "triangle-down",
            Self::Star => {
                "M0,-1.2L0.28,-0.39L1.14,-0.37L0.46,0.15L0.71,0.97L0,0.48L-0.71,0.97L-0.46,0.15L-1.14,-0.37L-0.28,-0.39Z"
            }
        }
    }
}

/// A box from its upper left corner to its lower right one.
pub(crate) fn block(from: Point, to: Point, class: &str) -> Markup {
    html! {
        rect class=(class) x=(Px(from.0)) y=(Px(from.1)) width=(Px((to.0 - from.0).max(0.0))) height=(Px((to.1 - from.1).max(0.0))) {}
    }
}

/// A disc.
pub(crate) fn circle(middle: Point, radius: f64, class: &str) -> Markup {
    html! { circle class=(class) cx=(Px(middle.0)) cy=(Px(middle.1)) r=(Px(radius)) {} }
}

/// A mark in the middle of `place`, about as large as a circle of `radius`.
pub(crate) fn mark(shape: Shape, place: Point, radius: f64, class: &str) -> Markup {
    let (x, y) = place;
    let r = radius;
    let corners: Vec<Point> = match shape {
        Shape::Circle => return circle(place, r, class),
        Shape::Square => vec![(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        Shape::Diamond => vec![(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)],
        Shape::Triangle => vec![(0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)],
        Shape::Tip => vec![(0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)],
        Shape::Star => (0..10)
            .map(|at| {
                let angle = std::f64::consts::PI * (f64::from(at) / 5.0 - 0.5);
                let reach = if at % 2 == 0 { 1.5 } else { 0.65 };
                (reach * angle.cos(), reach * angle.sin())
            })
            .collect(),
    };
    let around: Vec<Point> = corners.iter().map(|(dx, dy)| (x + dx * r, y + dy * r)).collect();
    html! { path class=(class) d={ (path_of(&around)) "z" } {} }
}

/// `drawn` with words that show when a mouse rests on it.
pub(crate) fn titled(words: &str, drawn: &Markup) -> Markup {
    html! { g { title { (clean(words)) } (drawn) } }
}

/// The same line with as few points as a deviation of less than half a unit allows (Ramer, Douglas and Peucker).
pub(crate) fn thinned(points: &[Point]) -> Vec<Point> {
    const TOLERANCE: f64 = 0.4;
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    let mut is_kept = vec![false; points.len()];
    is_kept[0] = true;
    is_kept[last] = true;
    let mut pieces = vec![(0, last)];
    while let Some((first, last)) = pieces.pop() {
        let far = |at: usize| distance(points[at], points[first], points[last]);
        let farthest = (first + 1..last).max_by(|&a, &b| far(a).total_cmp(&far(b)));
        if let Some(at) = farthest.filter(|&at| far(at) > TOLERANCE) {
            is_kept[at] = true;
            pieces.extend([(first, at), (at, last)]);
        }
    }
    points.iter().zip(is_kept).filter(|(_, is_kept)| *is_kept).map(|(point, _)| *point).collect()
}

/// How far `point` lies from the straight piece between `from` and `to`.
fn distance(point: Point, from: Point, to: Point) -> f64 {
    let (along, up) = (to.0 - from.0, to.1 - from.1);
    let (dx, dy) = (point.0 - from.0, point.1 - from.1);
    let length = along.hypot(up);
    if length == 0.0 {
        return dx.hypot(dy);
    }
    let share = ((dx * along + dy * up) / (length * length)).clamp(0.0, 1.0);
    (dx - share * along).hypot(dy - share * up)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_decimal_at_most_and_are_never_nan() {
        let written = [1.0, 1.25, -0.04, 1.0 / 3.0, f64::NAN, f64::INFINITY].map(|value| Px(value).render().0);
        assert_eq!(written, ["1", "1.3", "0", "0.3", "0", "0"]);
    }

    #[test]
    fn words_are_escaped() {
        assert_eq!(
            text((1.0, 2.0), Anchor::End, "c-t", "<script>&\"").into_string(),
            r#"<text class="c-t" x="1" y="2" text-anchor="end">&lt;script&gt;&amp;&quot;</text>"#
        );
    }

    #[test]
    fn a_line_keeps_its_corners_and_loses_what_lies_on_it() {
        let line: Vec<Point> = (0..=600_i32).map(|x| (f64::from(x), f64::from((x - 300).abs()))).collect();
        assert_eq!(thinned(&line), [(0.0, 300.0), (300.0, 0.0), (600.0, 300.0)]);
        assert_eq!(thinned(&[(1.0, 1.0)]), [(1.0, 1.0)]);
        assert_eq!(thinned(&[]), []);
        let loops = [(0.0, 0.0), (5.0, 5.0), (0.0, 0.0)];
        assert_eq!(thinned(&loops), loops);
    }
}
