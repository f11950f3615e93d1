//! How cells look: few colours, one meaning each. Cells to fill in are yellow, headings blue-grey, explanations grey.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// Dark blue of titles, of bars and of the line in the chart.
pub(super) const INK: Color = Color::RGB(0x1F_3864);
/// Bars behind points.
pub(super) const BAR: Color = Color::RGB(0x9D_B7D9);
/// Bars behind points below 0.
pub(super) const BAR_BELOW: Color = Color::RGB(0xE3_B5A4);
/// Marks in the chart, in turn.
pub(super) const MARKS: [Color; 4] =
    [Color::RGB(0xC5_5A11), Color::RGB(0x2E_7D5B), Color::RGB(0x7B_4FA0), Color::RGB(0x8A_6D00)];
/// Explanations, and the ends of intervals in the chart.
pub(super) const QUIET: Color = Color::RGB(0x59_5959);
const HEADING_FILL: Color = Color::RGB(0xDD_E5EF);
const GROUP_FILL: Color = Color::RGB(0xF2_F5F9);
const INPUT_FILL: Color = Color::RGB(0xFF_F9E0);
/// Lines between cells and behind the chart.
pub(super) const RULE: Color = Color::RGB(0xBF_C7D1);

/// Every format of the workbook.
pub(super) struct Look {
    /// First line of a sheet.
    pub(super) title: Format,
    /// Heading of a block.
    pub(super) section: Format,
    /// Sentences under a title.
    pub(super) sentence: Format,
    /// Explanations in a cell.
    pub(super) quiet: Format,
    /// [`Look::quiet`], over several columns.
    pub(super) quiet_centred: Format,
    /// Head of a column of words.
    pub(super) head: Format,
    /// Head of a column of numbers.
    pub(super) head_right: Format,
    /// Head over several columns.
    pub(super) head_centred: Format,
    /// A line with the name of a group.
    pub(super) group: Format,
    /// Words.
    pub(super) text: Format,
    /// Words that stand out.
    pub(super) strong: Format,
    /// Words of any length, broken into lines.
    pub(super) wrapped: Format,
    /// Text exactly as the card compares it; never taken for a number or a formula.
    pub(super) exact: Format,
    /// Whole numbers: 1,235.
    pub(super) count: Format,
    /// [`Look::count`] under words.
    pub(super) count_left: Format,
    /// Numbers with one decimal: 1,234.5.
    pub(super) amount: Format,
    /// [`Look::amount`] at the ends of an interval.
    pub(super) quiet_amount: Format,
    /// [`Look::amount`] with its sign.
    pub(super) signed_amount: Format,
    /// Whole numbers with their sign.
    pub(super) signed_count: Format,
    /// Numbers with as many decimals as they have: edges.
    pub(super) number: Format,
    /// [`Look::number`] under a yellow cell.
    pub(super) number_left: Format,
    /// Shares with one decimal: 25.0 %.
    pub(super) share: Format,
    /// [`Look::share`] under words.
    pub(super) share_left: Format,
    /// [`Look::share`] at the ends of an interval.
    pub(super) quiet_share: Format,
    /// [`Look::count`] at the ends of an interval.
    pub(super) quiet_count: Format,
    /// Shares with two decimals: chances of single scores.
    pub(super) fine_share: Format,
    /// Shares with their sign.
    pub(super) signed_share: Format,
    /// The result a sheet is about: whole.
    pub(super) big_count: Format,
    /// The result a sheet is about: a share.
    pub(super) big_share: Format,
    /// The result a sheet is about: words.
    pub(super) big_text: Format,
    /// To fill in: text.
    pub(super) input_text: Format,
    /// To fill in: a number.
    pub(super) input_number: Format,
    /// To fill in: money.
    pub(super) input_amount: Format,
}

impl Look {
    pub(super) fn new() -> Self {
        Self::on(&Format::new().set_align(FormatAlign::Top))
    }

    /// The same with a line above each cell.
    pub(super) fn ruled() -> Self {
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
            input_text: input.clone().set_num_format("@"),
            input_number: input.clone().set_num_format("General"),
            input_amount: input.set_num_format("#,##0.00"),
        }
    }
}
