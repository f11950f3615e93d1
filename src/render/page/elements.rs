//! What the sections are made of: headings, tables in a box of their own, figures with their range.

use maud::{Markup, html};

use crate::data::read::InputFile;
use crate::decide::forecast::record::Estimate;
use crate::measures::Interval;
use crate::notes::Note;
use crate::render::chart::Chart;
use crate::render::chart::bars::share_bar;
use crate::render::words::{
    count, ends, harmless, money, per_cent, range_in_per_cent, sentence, signed, whole_per_cent,
};

/// Head of a column.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    /// Over words, on the left.
    Words(String),
    /// Over figures, on the right.
    Figures(String),
    /// Over pictures that say nothing a figure beside them does not say.
    Bar,
}

impl Column {
    /// Columns in a line: words plain, figures behind `#`, and `~` for a bar: "Level | #Points | ~".
    pub(crate) fn list(line: &str) -> Vec<Self> {
        let column = |name: &str| match name.strip_prefix('#') {
            Some(figures) => Self::figures(figures),
            None if name == "~" => Self::Bar,
            None => Self::words(name),
        };
        line.split(" | ").map(column).collect()
    }

    /// A column of words whose head comes from the data, then those of [`Column::list`].
    pub(crate) fn list_behind(first: &str, line: &str) -> Vec<Self> {
        std::iter::once(Self::words(harmless(first))).chain(Self::list(line)).collect()
    }

    pub(crate) fn words(text: impl Into<String>) -> Self {
        Self::Words(text.into())
    }

    pub(crate) fn figures(text: impl Into<String>) -> Self {
        Self::Figures(text.into())
    }
}

/// A table with a caption, in a box that scrolls sideways when the screen is narrower.
///
/// - `rows`: `tr` elements; the first cell of each is a `th` with scope `row`, cells with words have the class `w`.
pub(crate) fn table(caption: &str, columns: &[Column], rows: &Markup) -> Markup {
    html! {
        div.box tabindex="0" role="group" aria-label=(caption) {
            table {
                caption { (caption) }
                (head(columns))
                tbody { (rows) }
            }
        }
    }
}

/// The heading row of a table.
pub(crate) fn head(columns: &[Column]) -> Markup {
    html! {
        thead {
            tr {
                @for column in columns {
                    @match column {
                        Column::Words(text) => th.w scope="col" { (text) },
                        Column::Figures(text) => th scope="col" { (text) },
                        Column::Bar => td aria-hidden="true" {},
                    }
                }
            }
        }
    }
}

/// More than most want to see: closed on the screen, open on paper.
pub(crate) fn details(summary: &str, body: &Markup) -> Markup {
    html! { details { summary { (summary) } (body) } }
}

/// Figures behind a decision that only some want to see: closed on the screen, and left out on paper unless somebody opened it.
pub(crate) fn aside(summary: &str, body: &Markup) -> Markup {
    html! { details.aside { summary { (summary) } (body) } }
}

/// A picture with its title; nothing where there is nothing to draw.
pub(crate) fn figure(chart: Option<&Chart>) -> Markup {
    figure_under(chart, &html! {})
}

/// A picture with something above it that is just as large.
pub(crate) fn figure_under(chart: Option<&Chart>, above: &Markup) -> Markup {
    html! {
        @if let Some(chart) = chart {
            figure {
                figcaption { (chart.title) }
                div.box tabindex="0" role="group" aria-label=(chart.title) { div.plot { (chart.svg) (above) } }
            }
        }
    }
}

/// A figure with its range, smaller, behind it.
pub(crate) fn with_range(figure: &str, range: &str) -> Markup {
    html! { (figure) " " small { "(" (range) ")" } }
}

/// An estimate with its 90 % interval, both ends written by `write`.
pub(crate) fn estimate(estimate: Estimate, write: impl Fn(f64) -> String) -> Markup {
    with_range(&write(estimate.expected), &ends(estimate.low, estimate.high, write))
}

/// A share with its 90 % interval: 22.7 % (21.1-24.3).
pub(crate) fn share_estimate(estimate: Estimate) -> Markup {
    share(estimate.expected, Interval { low: estimate.low, high: estimate.high })
}

/// A share with its range: 22.7 % (21.1-24.3).
pub(crate) fn share(share: f64, interval: Interval) -> Markup {
    with_range(&per_cent(share), &range_in_per_cent(interval, 1))
}

/// Two cells: a share with its range, and its bar; `full` is the share that fills the bar.
pub(crate) fn share_cells(value: f64, interval: Interval, full: f64) -> Markup {
    html! { td { (share(value, interval)) } td { (share_bar(value, interval, full)) } }
}

/// A share in whole per cent with its range: 77 % (73-79).
pub(crate) fn whole_share(share: f64, interval: Interval) -> Markup {
    with_range(&whole_per_cent(share), &range_in_per_cent(interval, 0))
}

/// Money with its 90 % interval, to three digits, because no forecast knows more; the currency stands once.
pub(crate) fn money_estimate(estimate: Estimate, currency: Option<&str>) -> Markup {
    with_range(
        &money(to_three_digits(estimate.expected), currency),
        &ends(to_three_digits(estimate.low), to_three_digits(estimate.high), signed),
    )
}

/// 17,843.2 as 17,800.
pub(crate) fn to_three_digits(value: f64) -> f64 {
    let unit = 10_f64.powf((value.abs().max(100.0).log10().floor() - 2.0).max(0.0));
    (value / unit).round() * unit
}

/// A name from the data inside a sentence.
pub(crate) fn name(text: &str) -> Markup {
    html! { b.name { (harmless(text)) } }
}

/// Text with what stands between back quotes set as code: the notes and reasons write columns and settings that way.
pub(crate) fn with_code(text: &str) -> Markup {
    let text = harmless(text);
    let is_paired = text.matches('`').count().is_multiple_of(2);
    html! {
        @if is_paired {
            @for (idx, part) in text.split('`').enumerate() {
                @if idx % 2 == 1 { code { (part) } } @else { (part) }
            }
        } @else {
            (text)
        }
    }
}

/// The notes of a run, one sentence each.
pub(crate) fn notes(notes: &[Note]) -> Markup {
    html! {
        @if notes.is_empty() { p { "Nothing happened on the way that had to be mentioned." } }
        @else { ul { @for note in notes { li { (with_code(&sentence(&note.text))) } } } }
    }
}

/// The files that were read, with their fingerprints.
pub(crate) fn inputs(files: &[InputFile]) -> Markup {
    let heads = Column::list("File | Table | #Rows | #Bytes | Fingerprint (SHA-256)");
    let rows = html! {
        @for file in files {
            tr {
                th scope="row" { (harmless(&file.path)) }
                td.w { (harmless(&file.table)) }
                td { (count(file.n_rows)) }
                td { (count(file.n_bytes)) }
                td.w { code { (harmless(&file.sha256)) } }
            }
        }
    };
    table("Two runs on files with the same fingerprints and the same config are the same", &heads, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_back_quotes_is_code() {
        assert_eq!(with_code("the column `a<b`.").into_string(), "the column <code>a&lt;b</code>.");
        assert_eq!(with_code("5` of `x`").into_string(), "5` of `x`");
    }

    #[test]
    fn money_of_the_future_has_three_digits() {
        let rough = [17_843.2, -17_843.2, 999.6, 105.4, 0.0].map(to_three_digits);
        assert_eq!(rough, [17_800.0, -17_800.0, 1_000.0, 105.0, 0.0]);
    }
}
