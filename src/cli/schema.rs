//! `bantam schema`: the JSON Schema of what people write and programs read, for editors and validators.

use super::exit::{Exit, Failure};
use super::print;
use crate::calibrate::record::Metrics;
use crate::card::Card;
use crate::feedback::Feedback;
use crate::monitor::Monitor;
use crate::settings::Config;

/// Print the JSON Schema of a file: config, card, metrics, feedback or monitor
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  bantam schema config > bantam.schema.json\n  bantam schema card")]
pub(super) struct SchemaArgs {
    /// Which file it describes
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// bantam.toml
    Config,
    /// card.json
    Card,
    /// metrics.json
    Metrics,
    /// feedback.json
    Feedback,
    /// monitor.json
    Monitor,
}

/// Runs the command.
///
/// # Errors
/// A [`Failure`] of ours; none is known.
pub(super) fn run(args: &SchemaArgs) -> Result<(), Failure> {
    print(&schema(args.what)?);
    Ok(())
}

fn schema(what: What) -> Result<String, Failure> {
    let pretty = |schema| serde_json::to_string_pretty(&schema).map(|text| text + "\n");
    let text = match what {
        What::Config => pretty(schemars::schema_for!(Config)),
        What::Card => Card::json_schema(),
        What::Metrics => pretty(schemars::schema_for!(Metrics)),
        What::Feedback => pretty(schemars::schema_for!(Feedback)),
        What::Monitor => pretty(schemars::schema_for!(Monitor)),
    };
    text.map_err(|error| Failure::caused(Exit::Internal, "the schema cannot be written", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_schema_describes_its_file() {
        for (what, title, key) in [
            (What::Config, "Config", "criterion"),
            (What::Card, "Card", "golden"),
            (What::Metrics, "Metrics", "out_of_fold"),
            (What::Feedback, "Feedback", "funnel"),
            (What::Monitor, "Monitor", "weekly_test"),
        ] {
            let schema: serde_json::Value = serde_json::from_str(&schema(what).expect("schema")).expect("JSON");
            assert_eq!(schema["title"], title);
            assert!(schema["properties"][key].is_object(), "{what:?}");
        }
    }
}
