//! Pictures: what they are made of, and the files one can be written to.
//!
//! In: figures, words and places that the caller worked out. Out: a [`Chart`], which is markup to inline in a page, a
//! stand-alone SVG file and a Vega-Lite spec with its data inside; and the tiny bars that stand in rows of tables.
//!
//! Start at [`Chart::new`]. `svg` has the pieces, `scale` and `axis` the round numbers, `labels` finds room for words, `text`
//! measures and cuts them, `numbers` and `months` say figures as an axis does, `vega` has the frame of the specs;
//! `bands` and `reliability` are pictures that several pages have.
//!
//! Always true: no `style` attribute and no script (the page allows only hashed ones); colours come from variables that page
//! and file define; numbers are rounded to a tenth of a unit; text from the data is escaped; ids begin with the chart's name.

pub(crate) mod axis;
pub(crate) mod bands;
pub(crate) mod bars;
pub(crate) mod labels;
pub(crate) mod months;
pub(crate) mod numbers;
pub(crate) mod reliability;
pub(crate) mod scale;
pub(crate) mod svg;
pub(crate) mod text;
pub(crate) mod vega;
#[cfg(test)]
pub(crate) mod xml;

use maud::{Markup, PreEscaped, html};
use serde_json::Value;

pub(crate) use self::axis::{Tick, bottom_axis, bottom_grid, left_axis, left_end, ticks};
pub(crate) use self::labels::{Area, Placer};
pub(crate) use self::months::{MonthTick, month_number, month_ticks, period_in_words};
pub(crate) use self::numbers::{about, in_wins, number_tick, share, share_range, share_tick, signed};
pub(crate) use self::scale::{Scale, Step};
use self::svg::Px;
pub(crate) use self::svg::{Anchor, Point, Shape, area, block, circle, line, mark, polyline, text, thinned, titled};
use self::text::balanced_to;
pub(crate) use self::text::{WIDE_FACE, clean, cut_to, width_of, wrapped_to};
pub(crate) use self::vega::{
    ACCENT, ACCENT_2, MUTED, Notebook, colour_where, layer, names, quantity, rounded, share_quantity,
};
use crate::colours::{LIGHT, WHITE};

/// Rules for the classes of every chart and tiny bar, on the colour variables `--ink`, `--muted`, `--grid`, `--accent`,
/// `--accent-2`, `--band-hot`, `--band-nurture`, `--band-reject` and `--paper`, which the page defines.
pub(crate) const CHART_CSS: &str = include_str!("chart.css");

/// The rules with the colours of the page written out, because slide programs do not know variables; a file lies on white.
fn rules_of_a_file() -> String {
    let on_white = CHART_CSS.replace("var(--paper)", WHITE);
    LIGHT.variables().iter().fold(on_white, |css, (name, colour)| css.replace(&format!("var({name})"), colour))
}

/// Space around the drawing in a file.
const MARGIN: f64 = 24.0;
/// Size of the title in a file, and the height of one of its lines.
const TITLE_SIZE: f64 = 20.0;
const TITLE_LINE: f64 = 26.0;
/// Bold text is wider, and a slide program may put a wide face in the place of ours.
const TITLE_WIDENING: f64 = 1.3;

/// One picture of a run.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Stem of its files: "frontier".
    pub name: &'static str,
    /// What it shows, in a sentence: "More leads, lower conversion".
    pub title: String,
    /// What a reader who cannot see it is told, with the key figures.
    pub description: String,
    /// To inline in a page: `<svg role="img">` named by title and description, with a `viewBox`, without width and height.
    pub svg: Markup,
    /// The same picture as a Vega-Lite specification with the data inside.
    pub vega_lite: Value,
    drawing: Drawing,
}

/// What is drawn, and how large.
#[derive(Debug, Clone)]
pub(crate) struct Drawing {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) body: Markup,
}

impl Chart {
    /// - `name`: stem of its files; ids begin with it.
    pub(crate) fn new(
        name: &'static str,
        title: &str,
        description: &str,
        drawing: Drawing,
        notebook: Notebook,
    ) -> Self {
        let (title, description) = (clean(title), clean(description));
        let svg = html! {
            svg.chart role="img" aria-labelledby={ "chart-" (name) "-title chart-" (name) "-desc" }
                viewBox={ "0 0 " (Px(drawing.width)) " " (Px(drawing.height)) } {
                (title_and_desc(name, &title, &description))
                (drawing.body)
            }
        };
        let vega_lite = notebook.spec(&title, &description);
        Self { name, title, description, svg, vega_lite, drawing }
    }

    /// A stand-alone SVG file for slides: with the title, its own colours, on white.
    pub fn to_svg_file(&self) -> String {
        let lines = balanced_to(&self.title, TITLE_SIZE * TITLE_WIDENING, self.drawing.width);
        let top = MARGIN + TITLE_LINE * lines.len() as f64 + 6.0;
        let (width, height) = (self.drawing.width + 2.0 * MARGIN, self.drawing.height + top + MARGIN);
        let file = html! {
            svg xmlns="http://www.w3.org/2000/svg" role="img"
                aria-labelledby={ "chart-" (self.name) "-title chart-" (self.name) "-desc" }
                font-family="Helvetica Neue, Helvetica, Arial, sans-serif"
                viewBox={ "0 0 " (Px(width)) " " (Px(height)) } width=(Px(width)) height=(Px(height)) {
                (title_and_desc(self.name, &self.title, &self.description))
                style { (PreEscaped(rules_of_a_file())) }
                rect width=(Px(width)) height=(Px(height)) fill=(WHITE) {}
                @for (at, line) in lines.iter().enumerate() {
                    text.c-title x=(Px(MARGIN)) y=(Px(MARGIN + TITLE_SIZE * 0.8 + TITLE_LINE * at as f64)) { (line) }
                }
                g transform={ "translate(" (Px(MARGIN)) " " (Px(top)) ")" } { (self.drawing.body) }
            }
        };
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", file.into_string())
    }

    /// The Vega-Lite specification as a file.
    pub fn to_vega_file(&self) -> String {
        format!("{:#}\n", self.vega_lite)
    }
}

fn title_and_desc(name: &str, title: &str, description: &str) -> Markup {
    html! {
        title id={ "chart-" (name) "-title" } { (title) }
        desc id={ "chart-" (name) "-desc" } { (description) }
    }
}
