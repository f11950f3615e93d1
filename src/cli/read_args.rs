//! How files are read where they do not say it themselves.

use super::exit::Failure;
use super::input::put;
use crate::data::read::ReadOptions;
use crate::settings::{Config, DateOrder, LeadsConfig};

/// Options about files, that repeat the config.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct ReadArgs {
    /// Sheet of an Excel workbook [default: the first with a table]
    #[arg(long, value_name = "SHEET")]
    pub sheet: Option<String>,
    /// Encoding of text that is not UTF-8, such as windows-1252 [default: the letters tell]
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// 05/03/2026 is the fifth of March
    #[arg(long, conflicts_with = "month_first")]
    pub day_first: bool,
    /// 05/03/2026 is the third of May
    #[arg(long)]
    pub month_first: bool,
}

impl ReadArgs {
    /// Puts what was typed over what the config says.
    pub(super) fn apply(&self, leads: &mut LeadsConfig) {
        put(&mut leads.sheet, &self.sheet);
        put(&mut leads.encoding, &self.encoding);
        match (self.day_first, self.month_first) {
            (true, _) => leads.dates = Some(DateOrder::DayFirst),
            (_, true) => leads.dates = Some(DateOrder::MonthFirst),
            _ => {}
        }
    }

    /// What was typed, for a command without a config.
    ///
    /// # Errors
    /// An encoding that is none.
    pub(super) fn options(&self) -> Result<ReadOptions, Failure> {
        let mut config = Config::default();
        self.apply(&mut config.leads);
        let options = ReadOptions::new(&config.leads, None);
        match (&self.encoding, options.encoding) {
            (Some(label), None) => Err(Failure::usage(format!(
                "--encoding {label}: that is no encoding\nhint: write utf-8, windows-1252, utf-16le, shift_jis ..."
            ))),
            _ => Ok(options),
        }
    }
}
