//! The sheet `Curve`: what every score is worth, and the formulas that look a score up there.

use rust_xlsxwriter::RowNum;

use super::cell::{Area, Cell};
use super::look::Look;
use super::sheet::{Cached, Sheet};
use super::{WorkbookError, words};
use crate::card::{ASK_FIRST, Card, CurveEntry};

/// Name of the sheet, as formulas on other sheets say it.
pub(crate) const NAME: &str = "Curve";

/// Where the scores stand.
pub(crate) struct Curve {
    scores: Area,
}

/// What a score can be looked up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worth {
    /// Chance to convert.
    Chance,
    /// Lower end of its interval.
    Low,
    /// Upper end of its interval.
    High,
    /// Name of the band.
    Band,
}

impl Worth {
    fn column(self) -> u16 {
        match self {
            Self::Chance => 1,
            Self::Low => 2,
            Self::High => 3,
            Self::Band => 4,
        }
    }

    /// What the card says of a score.
    pub(crate) fn of(self, card: &Card, entry: &CurveEntry) -> Cached {
        match self {
            Self::Chance => share(entry.probability_bp).into(),
            Self::Low => share(entry.low_bp).into(),
            Self::High => share(entry.high_bp).into(),
            Self::Band => Cached::Text(band(card, entry.score)),
        }
    }
}

impl Curve {
    /// Writes the sheet.
    pub(crate) fn write(card: &Card, look: &Look) -> Result<(Self, Sheet), WorkbookError> {
        let mut sheet = Sheet::new(NAME)?;
        sheet.widths(&[9.0, 18.0, 12.0, 12.0, 16.0, 12.0])?;
        let top = sheet.opening(
            NAME,
            &[
                "What every score is worth. Calculator and Leads look the chance and the band up here.",
                "Leads: how many had just this score when a card that had never seen them judged them.",
            ],
            look,
        )?;
        sheet.heads(Cell::new(top, 0), &look.heads(">score|>chance to convert|>90 % sure from|>to|band|>leads"))?;
        sheet.freeze(Cell::new(top + 1, 0), top)?;
        let first = Cell::new(top + 1, 0);
        for (idx, entry) in card.curve.iter().enumerate() {
            let at = first.down(idx as RowNum);
            sheet.number(at, f64::from(entry.score), &look.count)?;
            for (worth, bp) in
                [(Worth::Chance, entry.probability_bp), (Worth::Low, entry.low_bp), (Worth::High, entry.high_bp)]
            {
                sheet.number(at.right(worth.column()), share(bp), &look.fine_share)?;
            }
            sheet.text(at.right(Worth::Band.column()), &band(card, entry.score), &look.text)?;
            sheet.count(at.right(5), entry.n_leads, &look.count)?;
        }
        let last = first.down((card.curve.len() as RowNum).saturating_sub(1));
        sheet.colour_bands(first.right(Worth::Band.column()), last.right(Worth::Band.column()), look)?;
        Ok((Self { scores: first.to(last) }, sheet))
    }

    /// A formula that looks up the whole score in the cell `score`; nothing where there is none.
    pub(crate) fn look_up(&self, score: &str, worth: Worth) -> String {
        format!("=IF(ISNUMBER({score}),{},\"\")", self.found(score, worth))
    }

    /// A formula for the band of a lead with the score in the cell `score`: that of the score, unless `is_too_little` is true.
    pub(crate) fn band(&self, score: &str, is_too_little: Option<&str>) -> String {
        let by_score = self.found(score, Worth::Band);
        match is_too_little {
            None => self.look_up(score, Worth::Band),
            Some(is) => format!("=IF(ISNUMBER({score}),IF({is},\"{ASK_FIRST}\",{by_score}),\"\")"),
        }
    }

    fn found(&self, score: &str, worth: Worth) -> String {
        let column = self.scores.in_column(worth.column()).on(NAME);
        format!("INDEX({column},MATCH({score},{},0))", self.scores.on(NAME))
    }

    /// Scores and chances, as other sheets refer to them.
    pub(crate) fn scores_and_chances(&self) -> (String, String) {
        (self.scores.on(NAME), self.scores.in_column(Worth::Chance.column()).on(NAME))
    }
}

/// Basis points as a share.
pub(crate) fn share(basis_points: u32) -> f64 {
    f64::from(basis_points) / 10_000.0
}

/// Name of the band of a score.
pub(crate) fn band(card: &Card, score: i32) -> String {
    card.bands.get(card.band_of(score)).map(|band| words::result_name(&band.name)).unwrap_or_default()
}
