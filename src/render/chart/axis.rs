//! Axes: thin lines across the plot at round numbers, and what they say.

use maud::{Markup, html};

use super::labels::Area;
use super::scale::{Scale, Step};
use super::svg::{Anchor, line, text};
use super::text::{WIDE_FACE, width_of};

/// Height of a small text above its base line, so that it stands in the middle of a tick.
const HALF_TEXT: f64 = 4.0;

/// One tick: where, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) at: f64,
    pub(crate) words: String,
}

/// Ticks at the multiples of `step` on the whole scale; `words` says a value with so many decimals.
pub(crate) fn ticks(scale: &Scale, step: Step, words: impl Fn(f64, usize) -> String) -> Vec<Tick> {
    let (from, to) = scale.values;
    let tick = |value: f64| Tick { at: scale.at(value), words: words(value, step.n_decimals()) };
    step.multiples(from, to).into_iter().map(tick).collect()
}

/// Left end of a plot that has room for the words of its left axis.
pub(crate) fn left_end(up: &Scale, step: Step, words: impl Fn(f64, usize) -> String) -> f64 {
    let width = |tick: &Tick| WIDE_FACE * width_of(&tick.words, 12.0);
    ticks(up, step, words).iter().map(width).fold(36.0, f64::max) + 10.0
}

/// Lines across the plot and their words to the left of it; the lowest line is the axis.
pub(crate) fn left_axis(plot: &Area, ticks: &[Tick]) -> Markup {
    html! {
        @for tick in ticks {
            (line((plot.left, tick.at), (plot.right, tick.at), "c-grid"))
            (text((plot.left - 8.0, tick.at + HALF_TEXT), Anchor::End, "c-m", &tick.words))
        }
    }
}

/// The bottom line, short strokes below it, and their words; words that would touch the ones before are left out.
pub(crate) fn bottom_axis(plot: &Area, ticks: &[Tick]) -> Markup {
    let mut free_from = f64::NEG_INFINITY;
    let mut is_said = |tick: &&Tick| {
        let half = width_of(&tick.words, 12.0) / 2.0;
        let is_free = tick.at - half > free_from;
        if is_free {
            free_from = tick.at + half + 4.0;
        }
        is_free
    };
    html! {
        (line((plot.left, plot.bottom), (plot.right, plot.bottom), "c-axis"))
        @for tick in ticks { (line((tick.at, plot.bottom), (tick.at, plot.bottom + 4.0), "c-axis")) }
        @for tick in ticks.iter().filter(|tick| is_said(tick)) {
            (text((tick.at, plot.bottom + 17.0), Anchor::Middle, "c-m", &tick.words))
        }
    }
}

/// Lines up and down the plot at each tick, for pictures in rows, and their words below.
pub(crate) fn bottom_grid(plot: &Area, ticks: &[Tick]) -> Markup {
    html! {
        @for tick in ticks {
            (line((tick.at, plot.top), (tick.at, plot.bottom), "c-grid"))
            (text((tick.at, plot.bottom + 17.0), Anchor::Middle, "c-m", &tick.words))
        }
    }
}
