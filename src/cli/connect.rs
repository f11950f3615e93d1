//! Options of a warehouse that is asked itself.

use super::exit::{Exit, Failure};
use super::export::DialectName;
use crate::data::champion::ChampionCard;
use crate::data::dataset::Dataset;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::warehouse::{Connection, cancel_running, parse_address, read_connected};

/// Exit code of a command that was interrupted, as shells have it.
const INTERRUPTED: i32 = 130;

/// Where the warehouse is.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ConnectArgs {
    /// Have the warehouse of the config count its leads: an address such as postgresql://user@host/database, profile://NAME of an ADBC
    /// profile, or env:NAME for an environment variable with either, so that no password stands in the command
    #[arg(long, value_name = "ADDRESS", conflicts_with = "patterns")]
    connect: Option<String>,
    /// ADBC driver for --connect: its name, or the absolute path of its library [default: that of the address]
    #[arg(long, value_name = "NAME", requires = "connect")]
    driver: Option<String>,
    /// What SQL the warehouse speaks [default: that of the address]
    #[arg(long, value_name = "DATABASE", requires = "connect")]
    dialect: Option<DialectName>,
}

impl ConnectArgs {
    /// The counts of the warehouse; `None` where none is named.
    pub(super) fn read(
        &self,
        settings: &Settings,
        champion: Option<ChampionCard>,
        progress: &mut Progress,
    ) -> Result<Option<Dataset>, Failure> {
        let Some(typed) = &self.connect else { return Ok(None) };
        let address =
            parse_address(typed, self.driver.as_deref(), self.dialect.map(Into::into)).map_err(Failure::usage)?;
        // Without it the run would end and the warehouse go on counting.
        let interrupted = ctrlc::set_handler(|| {
            cancel_running();
            eprintln!("interrupted: the warehouse was told to stop; nothing was written");
            std::process::exit(INTERRUPTED);
        });
        interrupted.map_err(|error| Failure::caused(Exit::Environment, "an interrupt could not be noticed", &error))?;
        let mut connection = progress.stage("connect", || Connection::open(address))?;
        let dataset = read_connected(&mut connection, settings, champion, progress);
        connection.retries.iter().for_each(|retry| eprintln!("note: {retry}"));
        Ok(Some(dataset?))
    }
}
