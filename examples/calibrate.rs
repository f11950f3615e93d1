//! From a config to a run folder, as a program of one's own would make it.
//!
//! ```sh
//! cargo run --release --example calibrate -- data/bantam.toml bantam-out
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own: it talks to its terminal")]

use std::error::Error;
use std::path::PathBuf;

use bantam::data::dataset::read_dataset;
use bantam::progress::{Progress, Watch};
use bantam::runs::{RunFolder, write_run};
use bantam::settings;

/// Says which stage is running.
#[derive(Debug)]
struct OnStderr;

impl Watch for OnStderr {
    fn doing(&self, what: &str, n_done: u64, n: u64) {
        match (100 * n_done).checked_div(n) {
            Some(share) => eprintln!("{what}: {share} %"),
            None => eprintln!("{what}"),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(config), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: calibrate CONFIG FOLDER".into());
    };
    let mut settings = settings::load(&config)?.check()?;
    let mut progress = Progress::watched_by(OnStderr);
    // The folder first: a mistyped or read-only one costs a second, not the run.
    let folder = RunFolder::stage(&out)?;
    let data = read_dataset(&mut settings, None, &mut progress)?;
    let calibrated = bantam::calibrate(data, &settings, &mut progress)?;
    let run = write_run(folder, &calibrated)?;
    let quality = &run.metrics.out_of_fold;
    println!(
        "{} criteria, log loss {:.4} on {} leads the card had not seen: {}",
        run.card.criteria.len(),
        quality.log_loss,
        quality.n_leads,
        run.finished.current.display()
    );
    Ok(())
}
