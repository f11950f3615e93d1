//! `bantam check`: what every column is, who has a fair outcome, and the proof that nothing after hand-off is used.

use serde_json::json;

use super::answers::{Request, Told};
use super::bar::progress;
use super::exit::Failure;
use super::input::InputArgs;
use super::{Format, print, to_json};
use crate::data::dataset::{Dataset, read_dataset};
use crate::progress::Progress;
use crate::report::check_report;

/// Say of every column what it is and why, before anything is fitted
///
/// Reads and labels the leads as `calibrate` would, and stops there: a verdict with its reason for every column, how many
/// leads have a fair outcome, and for each criterion the proof that nothing after the hand-off was used.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  bantam check leads.parquet --converted won\n  bantam check bantam.toml --format json"
)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    input: InputArgs,
    /// What goes to stdout: a page for people, or JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// No progress
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
pub(super) fn run(args: &CheckArgs) -> Result<(), Failure> {
    let mut settings = args.input.settings(None)?;
    let prepared = read_dataset(&mut settings, None, &mut progress(args.quiet))?;
    match args.format {
        Format::Text => {
            let Dataset { verdicts, leads, proofs, notes, .. } = &prepared;
            print(&check_report(verdicts, leads, proofs, notes));
        }
        Format::Json => print(&to_json(&for_programs(&prepared), "the check cannot be written as JSON")?),
    }
    Ok(())
}

/// What the command comes to with these options and tables.
pub(super) fn answer(request: &Request, progress: &mut Progress) -> Result<Told, Failure> {
    let args: CheckArgs = request.arguments()?;
    let mut config = request.config()?;
    args.input.apply(&mut config, None)?;
    let mut settings = request.settings(config.check_to_guess())?;
    let prepared = read_dataset(&mut settings, None, progress)?;
    let Dataset { verdicts, leads, proofs, notes, .. } = &prepared;
    Ok(Told {
        json: to_json(&for_programs(&prepared), "the check cannot be written as JSON")?,
        page: String::new(),
        text: check_report(verdicts, leads, proofs, notes),
        failed: Vec::new(),
        card: None,
    })
}

fn for_programs(prepared: &Dataset) -> serde_json::Value {
    let counts = &prepared.leads.counts;
    json!({
        "columns": prepared.verdicts,
        "leads": {
            "n_read": counts.n_read,
            "n_leads": prepared.leads.n_leads(),
            "n_converted": prepared.leads.n_converted(),
            "n_immature": counts.n_immature,
            "n_untouched": counts.n_untouched,
            "n_open": counts.n_open,
            "n_without_outcome": counts.n_without_outcome,
            "n_duplicate": counts.n_duplicate,
            "n_as_of_after_conversion": counts.n_as_of_after_conversion,
            "n_without_as_of": counts.n_without_as_of,
        },
        "as_of": prepared.proofs,
        "inputs": prepared.files,
        "notes": prepared.notes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Config;

    #[test]
    fn the_page_for_programs_has_every_column_and_count() {
        let folder = tempfile::tempdir().expect("temp dir");
        let path = folder.path().join("leads.csv");
        let rows: String = (0..100).map(|lead| format!("L{lead},{},{}\n", lead % 3 == 0, lead * 7 % 11)).collect();
        std::fs::write(&path, format!("lead_id,won,size\n{rows}")).expect("write");
        let mut config = Config::around(&path);
        config.outcome.converted = Some("won".to_owned());
        let prepared =
            read_dataset(&mut config.check().expect("settings"), None, &mut Progress::hidden()).expect("readable");
        let page = for_programs(&prepared);
        let verdict = |idx: usize| (page["columns"][idx]["column"].as_str(), page["columns"][idx]["verdict"].as_str());
        assert_eq!(verdict(0), (Some("lead_id"), Some("id")));
        assert_eq!(verdict(1), (Some("won"), Some("role")));
        assert_eq!(verdict(2), (Some("size"), Some("criterion")));
        assert_eq!(page["leads"]["n_leads"], 100);
        assert_eq!(page["leads"]["n_converted"], 34);
        assert_eq!(page["as_of"][0]["criterion"], "size");
        assert_eq!(page["inputs"][0]["n_rows"], 100);
    }
}
