//! The sheet `Frontier`: what every threshold would have brought, and a chart of leads against conversion.

use rust_xlsxwriter::{
    Chart, ChartDataLabel, ChartDataLabelPosition, ChartFont, ChartFormat, ChartLegendPosition, ChartLine,
    ChartLineDashType, ChartMarker, ChartMarkerType, ChartSolidFill, ChartType, Format,
};

use super::look::{INK, MARKS, QUIET, RULE};
use super::{Area, Cell, Look, Pen, Sheet, WorkbookError, Written};
use crate::decide::frontier::Chosen;
use crate::measures::Interval;
use crate::report::RunParts;

/// Name of the sheet, as formulas on other sheets say it.
pub(super) const NAME: &str = "Frontier";

/// First column right of the table.
const BESIDE: u16 = 14;

/// Where the table stands.
pub(super) struct FrontierTable {
    thresholds: Area,
}

/// A figure of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    /// Leads per month, or per 1,000 leads.
    Leads,
    /// Wins, likewise.
    Wins,
    /// Share of the leads that converted.
    Conversion,
    /// Share of all wins.
    ShareOfWins,
}

impl Figure {
    /// In the order of the sheets.
    pub(super) const ALL: [Self; 4] = [Self::Leads, Self::Wins, Self::Conversion, Self::ShareOfWins];

    /// The figure and its 90 % interval.
    pub(super) fn of(self, chosen: &Chosen) -> (f64, Interval) {
        match self {
            Self::Leads => (chosen.leads_per, chosen.leads_per_interval),
            Self::Wins => (chosen.wins_per, chosen.wins_per_interval),
            Self::Conversion => (chosen.conversion, chosen.conversion_interval),
            Self::ShareOfWins => (chosen.share_of_wins, chosen.share_of_wins_interval),
        }
    }

    /// The figure (0), or the lower (1) or upper end (2) of its interval.
    pub(super) fn at_end(self, chosen: &Chosen, end: u16) -> f64 {
        let (value, interval) = self.of(chosen);
        match end {
            0 => value,
            1 => interval.low,
            _ => interval.high,
        }
    }

    /// What the column is called.
    pub(super) fn words(self, per: &str) -> String {
        match self {
            Self::Leads => format!("leads {per}"),
            Self::Wins => format!("wins {per}"),
            Self::Conversion => "conversion".to_owned(),
            Self::ShareOfWins => "share of all wins".to_owned(),
        }
    }

    fn column(self) -> u16 {
        1 + 3 * self as u16
    }

    /// How its cells look: the figure itself, and the ends of its interval.
    pub(super) fn look(self, is_end: bool, look: &Look) -> &Format {
        match (self, is_end) {
            (Self::Leads | Self::Wins, false) => &look.amount,
            (Self::Leads | Self::Wins, true) => &look.quiet_amount,
            (Self::Conversion | Self::ShareOfWins, false) => &look.share,
            (Self::Conversion | Self::ShareOfWins, true) => &look.quiet_share,
        }
    }
}

impl FrontierTable {
    /// Writes the sheet.
    pub(super) fn write(parts: &RunParts<'_>, look: &Look) -> Result<(Self, Sheet), WorkbookError> {
        let per = parts.frontier.per.words();
        let widths = [9.0, 10.0, 9.0, 9.0, 10.0, 9.0, 9.0, 11.0, 9.0, 9.0, 10.0, 9.0, 9.0, 2.0];
        let sentences = [
            "If every lead from a score up had been handed to sales: how many leads, how many wins. Measured on leads that \
             the card judging them had not seen.",
            &format!("How many leads and wins {per}; from and to: 90 % sure."),
        ];
        let mut pen = Pen::new(NAME, &widths, NAME, &sentences, look)?;
        let top = pen.at.row;
        write_heads(&mut pen, per)?;
        let first = pen.at.down(1);
        pen.sheet.freeze(first.right(1), top)?;
        for row in &parts.frontier.rows {
            pen.down(1);
            pen.points(0, row.threshold)?;
            write_figures(&mut pen, &row.chosen)?;
        }
        let table = Self { thresholds: first.to(Cell::new(pen.at.row.max(first.row), 0)) };
        pen.at = Cell::new(top + 23, BESIDE);
        let policies = write_policies(&mut pen, parts, per)?;
        if !parts.frontier.rows.is_empty() {
            let highest = parts.frontier.rows.iter().map(|row| row.chosen.conversion_interval.high).fold(0.0, f64::max);
            let mut chart = chart(&table, policies, per);
            // Excel would go on to 120 %.
            if highest > 0.8 {
                chart.y_axis().set_max(1);
            }
            pen.sheet.inner().insert_chart(top + 1, BESIDE, &chart)?;
        }
        Ok((table, pen.sheet))
    }

    /// Scores that can be picked, as another sheet refers to them.
    pub(super) fn thresholds(&self) -> String {
        self.thresholds.on(NAME)
    }

    /// A column, as another sheet refers to it: the figure itself, or the lower or upper end of its interval.
    pub(super) fn column(&self, figure: Figure, end: u16) -> String {
        self.thresholds.in_column(figure.column() + end).on(NAME)
    }
}

fn write_heads(pen: &mut Pen<'_>, per: &str) -> Written {
    pen.sheet.lines(pen.at, "from score", &pen.look.head_right)?;
    for figure in Figure::ALL {
        let at = pen.at.right(figure.column());
        pen.sheet.lines(at, &figure.words(per), &pen.look.head_right)?;
        pen.sheet.text(at.right(1), "from", &pen.look.head_right)?;
        pen.sheet.text(at.right(2), "to", &pen.look.head_right)?;
    }
    Ok(())
}

fn write_figures(pen: &mut Pen<'_>, chosen: &Chosen) -> Written {
    for figure in Figure::ALL {
        for end in 0..3 {
            pen.number(figure.column() + end, figure.at_end(chosen, end), figure.look(end > 0, pen.look))?;
        }
    }
    Ok(())
}

/// The policies below the chart, where it finds them; returns the cells of their names.
fn write_policies(pen: &mut Pen<'_>, parts: &RunParts<'_>, per: &str) -> Result<Option<Area>, WorkbookError> {
    let marked = marked(parts);
    if marked.is_empty() {
        return Ok(None);
    }
    for (idx, width) in [22.0, 13.0, 16.0, 16.0, 13.0].into_iter().enumerate() {
        pen.sheet.width(BESIDE + idx as u16, width)?;
    }
    pen.heads(0, &format!("policy | #from score | #leads {per} | #wins {per} | #conversion"))?;
    let first = pen.at.down(1);
    for policy in marked {
        pen.down(1);
        pen.name(0, policy.name)?;
        pen.points(1, policy.score)?;
        pen.amount(2, policy.leads_per)?;
        pen.amount(3, policy.wins_per)?;
        pen.share(4, policy.conversion)?;
    }
    Ok(Some(first.to(pen.at)))
}

/// A policy as the chart marks it.
struct Marked<'a> {
    name: &'a str,
    score: i32,
    leads_per: f64,
    wins_per: f64,
    conversion: f64,
}

/// The policies, and the recommendation where it is one line.
fn marked<'a>(parts: &RunParts<'a>) -> Vec<Marked<'a>> {
    let policies = parts.policies.iter().map(|policy| Marked {
        name: &policy.name,
        score: policy.threshold,
        leads_per: policy.chosen.leads_per,
        wins_per: policy.chosen.wins_per,
        conversion: policy.chosen.conversion,
    });
    let recommended = parts.metrics.forecast.recommended.as_ref().and_then(|recommended| {
        let [line] = recommended.scenario.thresholds.as_slice() else { return None };
        Some(Marked {
            name: &recommended.scenario.policy,
            score: line.score,
            leads_per: line.leads_per,
            wins_per: line.leads_per * line.conversion,
            conversion: line.conversion,
        })
    });
    policies.chain(recommended).collect()
}

/// Most policies with a mark of their own in the chart; the table below it has all.
const MAX_MARKED: usize = 10;

/// Conversion over leads, with the ends of its interval and a mark per policy.
fn chart(table: &FrontierTable, policies: Option<Area>, per: &str) -> Chart {
    let mut chart = Chart::new(ChartType::ScatterStraight);
    let leads = format!("={}", table.column(Figure::Leads, 0));
    for (end, name) in [(1, "90 % sure: from"), (2, "90 % sure: to"), (0, "conversion")] {
        let mut line = ChartLine::new();
        if end == 0 {
            line.set_color(INK).set_width(2.25);
        } else {
            line.set_color(QUIET).set_width(0.75).set_dash_type(ChartLineDashType::Dash);
        }
        chart
            .add_series()
            .set_name(name)
            .set_categories(&leads)
            .set_values(&format!("={}", table.column(Figure::Conversion, end)))
            .set_format(ChartFormat::new().set_line(&line));
    }
    let marked = policies.into_iter().flat_map(|names| names.first.row..=names.last.row).take(MAX_MARKED);
    for (row, color) in marked.zip(MARKS.into_iter().cycle()) {
        let cell = |col| format!("={}", Cell::new(row, BESIDE + col).on(NAME));
        let mut fill = ChartFormat::new();
        fill.set_solid_fill(ChartSolidFill::new().set_color(color));
        chart
            .add_series()
            .set_name(&cell(0))
            .set_categories(&cell(2))
            .set_values(&cell(4))
            .set_format(ChartFormat::new().set_no_line())
            .set_marker(ChartMarker::new().set_type(ChartMarkerType::Circle).set_size(9).set_format(&mut fill))
            .set_data_label(ChartDataLabel::new().show_value().set_position(ChartDataLabelPosition::Above));
    }
    let quiet = || {
        let mut font = ChartFont::new();
        font.set_size(9).set_color(QUIET);
        font
    };
    chart.title().set_name("More leads, lower conversion").set_font(ChartFont::new().set_size(12).set_color(INK));
    chart.x_axis().set_name(&Figure::Leads.words(per)).set_num_format("#,##0").set_font(&quiet()).set_min(0);
    chart
        .y_axis()
        .set_name("conversion")
        .set_num_format("0 %")
        .set_font(&quiet())
        .set_min(0)
        .set_major_gridlines_line(ChartLine::new().set_color(RULE).set_width(0.5));
    chart.legend().set_position(ChartLegendPosition::Bottom).set_font(&quiet());
    chart
        .set_width(620)
        .set_height(400)
        .set_alt_text("Leads against conversion over all thresholds, with the policies marked");
    chart
}
