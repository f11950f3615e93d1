//! How cells look: the colours of the page, one meaning each. Cells to fill in are yellow, explanations grey.

use rust_xlsxwriter::{Color, ConditionalFormatDataBar, ConditionalFormatType, Format, FormatAlign, FormatBorder};

use crate::card::{Card, Criterion};
use crate::colours::{self, LIGHT, PALE_ACCENT, PALE_ACCENT_2, TO_FILL_IN};

/// Titles, and the line in the chart.
pub(crate) const INK: Color = color(LIGHT.accent);
const BAR: Color = color(PALE_ACCENT);
const BAR_BELOW: Color = color(PALE_ACCENT_2);
/// Marks in the chart, in turn.
pub(crate) const MARKS: [Color; 4] =
    [color(colours::MARKS[0]), color(colours::MARKS[1]), color(colours::MARKS[2]), color(colours::MARKS[3])];
/// Explanations, and the ends of intervals in the chart.
pub(crate) const QUIET: Color = color(LIGHT.muted);
const HEADING_FILL: Color = color(LIGHT.grid);
const GROUP_FILL: Color = color(LIGHT.tint);
/// What was checked and is right.
const GOOD_INK: Color = color(LIGHT.accent);
const WRONG_INK: Color = color(LIGHT.ink);
const WRONG_FILL: Color = color(PALE_ACCENT_2);
const INPUT_FILL: Color = color(TO_FILL_IN);
/// Lines between cells and behind the chart.
pub(crate) const RULE: Color = color(LIGHT.grid);

const fn color(colour: &str) -> Color {
    Color::RGB(colours::number(colour))
}

/// Every format of the workbook.
pub(crate) struct Look {
    /// First line of a sheet.
    pub(crate) title: Format,
    /// Heading of a block.
    pub(crate) section: Format,
    /// Sentences under a title.
    pub(crate) sentence: Format,
    /// Explanations in a cell.
    pub(crate) quiet: Format,
    /// [`Look::quiet`], over several columns.
    pub(crate) quiet_centred: Format,
    /// Head of a column of words.
    pub(crate) head: Format,
    /// Head of a column of numbers.
    pub(crate) head_right: Format,
    /// Head over several columns.
    pub(crate) head_centred: Format,
    /// A line with the name of a group.
    pub(crate) group: Format,
    /// Words.
    pub(crate) text: Format,
    /// Words that stand out.
    pub(crate) strong: Format,
    /// Words of any length, broken into lines.
    pub(crate) wrapped: Format,
    /// Text exactly as the card compares it; never taken for a number or a formula.
    pub(crate) exact: Format,
    /// Whole numbers: 1,235.
    pub(crate) count: Format,
    /// [`Look::count`] under words.
    pub(crate) count_left: Format,
    /// Numbers with one decimal: 1,234.5.
    pub(crate) amount: Format,
    /// [`Look::amount`] at the ends of an interval.
    pub(crate) quiet_amount: Format,
    /// [`Look::amount`] with its sign.
    pub(crate) signed_amount: Format,
    /// Whole numbers with their sign.
    pub(crate) signed_count: Format,
    /// Numbers with as many decimals as they have: edges.
    pub(crate) number: Format,
    /// [`Look::number`] under a yellow cell.
    pub(crate) number_left: Format,
    /// Shares with one decimal: 25.0 %.
    pub(crate) share: Format,
    /// [`Look::share`] under words.
    pub(crate) share_left: Format,
    /// [`Look::share`] at the ends of an interval.
    pub(crate) quiet_share: Format,
    /// [`Look::count`] at the ends of an interval.
    pub(crate) quiet_count: Format,
    /// Shares with two decimals: chances of single scores.
    pub(crate) fine_share: Format,
    /// Shares with their sign.
    pub(crate) signed_share: Format,
    /// The result a sheet is about: whole.
    pub(crate) big_count: Format,
    /// The result a sheet is about: a share.
    pub(crate) big_share: Format,
    /// The result a sheet is about: words.
    pub(crate) big_text: Format,
    /// A score, or words that say why there is none.
    pub(crate) score: Format,
    /// Explanations beside numbers.
    pub(crate) quiet_right: Format,
    /// Whether a sheet can be trusted.
    pub(crate) verdict: Format,
    /// What cannot be right: laid over a cell's own look.
    pub(crate) wrong: Format,
    /// Hot, nurture, reject: laid over a cell's own look.
    pub(crate) bands: [Format; 3],
    /// To fill in: the name of a column.
    pub(crate) input_head: Format,
    /// To fill in: text.
    pub(crate) input_text: Format,
    /// To fill in: a number.
    pub(crate) input_number: Format,
    /// To fill in: money.
    pub(crate) input_amount: Format,
}

impl Look {
    pub(crate) fn new() -> Self {
        Self::on(&Format::new().set_align(FormatAlign::Top))
    }

    /// Heads of columns, parted by `|`: those of words, and after a `>` those of numbers.
    pub(super) fn heads<'a>(&'a self, heads: &'a str) -> Vec<(&'a str, &'a Format)> {
        let head = |head: &'a str| head.strip_prefix('>').map_or((head, &self.head), |head| (head, &self.head_right));
        heads.split('|').map(head).collect()
    }

    /// The same with a line above each cell.
    pub(crate) fn ruled() -> Self {
        let plain = Format::new().set_align(FormatAlign::Top);
        Self::on(&plain.set_border_top(FormatBorder::Thin).set_border_top_color(RULE))
    }

    fn on(plain: &Format) -> Self {
        let right = |format: &str| plain.clone().set_align(FormatAlign::Right).set_num_format(format);
        let head = Format::new()
            .set_bold()
            .set_background_color(HEADING_FILL)
            .set_border_bottom(FormatBorder::Thin)
            .set_border_bottom_color(RULE)
            .set_align(FormatAlign::Bottom)
            .set_text_wrap();
        let big = |format: &str| {
            Format::new()
                .set_bold()
                .set_font_size(14)
                .set_font_color(INK)
                .set_align(FormatAlign::Left)
                .set_indent(1)
                .set_num_format(format)
        };
        let input = Format::new()
            .set_background_color(INPUT_FILL)
            .set_border(FormatBorder::Thin)
            .set_border_color(RULE)
            .set_align(FormatAlign::Left)
            .set_align(FormatAlign::Top)
            .set_indent(1);
        let words = plain.clone().set_align(FormatAlign::Left).set_indent(1);
        let quiet = words.clone().set_font_color(QUIET);
        Self {
            title: Format::new().set_bold().set_font_size(16).set_font_color(INK),
            section: Format::new().set_bold().set_font_size(12).set_font_color(INK),
            quiet_centred: plain.clone().set_font_color(QUIET).set_align(FormatAlign::Center).set_text_wrap(),
            sentence: plain.clone().set_font_color(QUIET),
            quiet,
            head_right: head.clone().set_align(FormatAlign::Right),
            head_centred: head.clone().set_align(FormatAlign::Center),
            head: head.set_align(FormatAlign::Left).set_indent(1),
            group: Format::new().set_bold().set_indent(1).set_font_color(INK).set_background_color(GROUP_FILL),
            text: words.clone(),
            strong: words.clone().set_bold(),
            wrapped: words.clone().set_text_wrap(),
            exact: words.clone().set_num_format("@"),
            count: right("#,##0"),
            count_left: right("#,##0").set_align(FormatAlign::Left).set_indent(1),
            amount: right("#,##0.0"),
            quiet_amount: right("#,##0.0").set_font_color(QUIET),
            quiet_share: right("0.0 %").set_font_color(QUIET),
            quiet_count: right("#,##0").set_font_color(QUIET),
            signed_amount: right("+#,##0.0;-#,##0.0;0.0"),
            signed_count: right("+#,##0;-#,##0;0"),
            number: right("General"),
            number_left: right("General").set_align(FormatAlign::Left).set_indent(1),
            share: right("0.0 %"),
            share_left: right("0.0 %").set_align(FormatAlign::Left).set_indent(1),
            fine_share: right("0.00 %"),
            signed_share: right("+0.0 %;-0.0 %;0.0 %"),
            big_count: big("#,##0"),
            big_share: big("0.0 %"),
            big_text: big("General"),
            // Numbers right, words left, as no alignment does.
            score: plain.clone().set_bold().set_num_format("#,##0"),
            quiet_right: right("General").set_font_color(QUIET),
            verdict: Format::new().set_bold().set_font_color(GOOD_INK),
            wrong: Format::new().set_font_color(WRONG_INK).set_background_color(WRONG_FILL),
            bands: [LIGHT.band_hot, LIGHT.band_nurture, LIGHT.band_reject]
                .map(|colour| Format::new().set_bold().set_font_color(color(colour))),
            input_head: input.clone().set_bold().set_num_format("@"),
            input_text: input.clone().set_num_format("@"),
            input_number: input.clone().set_num_format("General"),
            input_amount: input.set_num_format("#,##0.00"),
        }
    }
}

/// Bars behind points.
///
/// - `card`: its lowest and highest points are the ends of the scale; without it those of the cells themselves.
pub(crate) fn points_bar(card: Option<&Card>) -> ConditionalFormatDataBar {
    let bar = ConditionalFormatDataBar::new()
        .set_fill_color(BAR)
        .set_negative_fill_color(BAR_BELOW)
        .set_solid_fill(true)
        .set_border_off(true);
    let Some(card) = card else { return bar };
    let lowest = card.criteria.iter().map(Criterion::points_min).min().unwrap_or(0).min(0);
    let highest = card.criteria.iter().map(Criterion::points_max).max().unwrap_or(0).max(lowest + 1);
    bar.set_minimum(ConditionalFormatType::Number, lowest).set_maximum(ConditionalFormatType::Number, highest)
}
