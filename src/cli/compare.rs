//! `bantam compare`: policies side by side, from a finished run or from two numbers typed in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::answers::{Told, arguments};
use super::card_file::CardFile;
use super::exit::{Exit, Failure};
use super::{Format, RUNS, print, to_json};
use crate::calibrate::Calibrated;
use crate::calibrate::record::Metrics;
use crate::card::Card;
use crate::data::read::DrawnRows;
use crate::decide::forecast::record::Forecast;
use crate::decide::forecast::{Deal, ForecastParams, Leading, compare_deals, forecast, write_scenarios};
use crate::decide::frontier::{
    Evidence, Frontier, Histogram, Known, Outlook, check_policies, read_histogram, resolve_policies,
};
use crate::notes::{Note, in_words};
use crate::report::{compare_report, deal_report};
use crate::runs::{RunError, open_run};
use crate::settings::{PolicyConfig, SalesConfig, parse_policy};

/// Compare ways to choose leads: what each brings next quarter, and the odds
///
/// Reads a finished run, plays next quarter through under every policy, and says what the difference is worth. Or compares two
/// numbers typed in: --a 50@25% --b 100@10%.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Policies:\n  \"top 50/month\"  \"12/week\"  \"points 62\"  \"conversion 25%\"  \"share 20%\"  \"capacity 160h/month\"  \"break-even\"\n  \"band hot\"; a name may stand before (\"selective: top 50/month\"), \"by team\" or \"by segment\" behind.\n\nExamples:\n  bantam compare\n  bantam compare --policy \"top 50/month\" --policy \"top 100/month\" --hours-per-lead 2.5\n  bantam compare bantam-out/runs/ID --policy break-even --cost-per-lead 60 --value-per-win 4000\n  bantam compare --a 50@25% --b 100@10% --cost-per-lead 60 --value-per-win 4000"
)]
pub(super) struct CompareArgs {
    /// Run folder, or the folder that holds all runs (then the latest)
    #[arg(default_value = RUNS, conflicts_with_all = ["a", "b"])]
    run: PathBuf,
    /// A way to choose leads; may be given several times [default: those of the run]
    #[arg(short, long, value_name = "POLICY", conflicts_with_all = ["a", "b"])]
    policy: Vec<String>,
    /// Leads at a conversion, with no data at all, such as 50@25%
    #[arg(long, value_name = "LEADS@SHARE", requires = "b")]
    a: Option<String>,
    /// What to compare it with, such as 100@10%
    #[arg(long, value_name = "LEADS@SHARE", requires = "a")]
    b: Option<String>,
    /// Hours that sales spends on one lead
    #[arg(long, value_name = "HOURS", value_parser = parse_above_0)]
    hours_per_lead: Option<f64>,
    /// Cost of working one lead
    #[arg(long, value_name = "MONEY", value_parser = parse_above_0)]
    cost_per_lead: Option<f64>,
    /// Worth of one win
    #[arg(long, value_name = "MONEY", value_parser = parse_above_0)]
    value_per_win: Option<f64>,
    /// People who work the leads
    #[arg(long, value_name = "N", value_parser = parse_above_0)]
    reps: Option<f64>,
    /// Months ahead
    #[arg(long, value_name = "N", default_value = "3", value_parser = parse_months)]
    months: f64,
    /// Leads a month that you expect, where you know better than the history
    #[arg(long, value_name = "N", value_parser = parse_above_0)]
    leads_next: Option<f64>,
    /// How often the time ahead is played through
    #[arg(long, value_name = "N", default_value = "10000", value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    draws: u32,
    /// Start of every random choice [default: that of the run]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Also write one row per policy to a Parquet file
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What goes to stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// No text; JSON is printed all the same
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
pub(super) fn run(args: &CompareArgs) -> Result<(), Failure> {
    match (&args.a, &args.b) {
        (Some(a), Some(b)) => compare_typed(a, b, args),
        _ => compare_run(args),
    }
}

fn compare_typed(a: &str, b: &str, args: &CompareArgs) -> Result<(), Failure> {
    let deal = |option: &str, text: &str| -> Result<Deal, Failure> {
        text.parse().map_err(|error| Failure::usage(format!("{option}: {error}")))
    };
    let (a, b) = (deal("--a", a)?, deal("--b", b)?);
    let found = compare_deals(a, b);
    let sales = args.sales(&SalesConfig::default());
    match args.format {
        Format::Text if args.quiet => {}
        Format::Text => print(&deal_report(a, b, &sales, &found)),
        Format::Json => {
            let of = |deal: Deal, wins| {
                json!({
                    "leads": deal.n_leads,
                    "conversion": deal.conversion,
                    "wins": wins,
                    "hours": sales.hours_per_lead.map(|hours| hours * f64::from(deal.n_leads)),
                    "cost": sales.cost_per_lead.map(|cost| cost * f64::from(deal.n_leads)),
                    "net_value": deal.net_value(&sales),
                })
            };
            let value = json!({
                "a": of(a, found.a_wins),
                "b": of(b, found.b_wins),
                "wins_difference": found.difference,
                "a_wins_more": found.a_wins_more,
                "b_wins_more": found.b_wins_more,
                "b_needs_to_win_as_much": b.needs_to_win(a.expected_wins()),
                "b_needs_to_be_worth_as_much": b.needs_to_be_worth(a, &sales),
            });
            print(&format!("{value:#}\n"));
        }
    }
    Ok(())
}

fn compare_run(args: &CompareArgs) -> Result<(), Failure> {
    let run = open_run(&args.run).map_err(|error| run_failure(&error))?;
    let CardFile { card, sha256, .. } = CardFile::read(&run.join("card.json"))?;
    let metrics = read_metrics(&run)?;
    let histogram = read_histogram(&run.join("histogram.parquet"))
        .map_err(|error| Failure::caused(Exit::BadData, "cannot use the run", &error))?;
    let Compared { forecast, n_leads, notes } = args.compared(&card, &metrics, &histogram)?;
    if let Some(out) = &args.out {
        let mut bytes = Vec::new();
        write_scenarios(&forecast, &mut bytes, &sha256)
            .map_err(|error| Failure::caused(Exit::Internal, "the table of policies cannot be made", &error))?;
        std::fs::write(out, bytes)
            .map_err(|error| Failure::unwritable(out, &error).hint("choose another place with --out"))?;
    }
    match args.format {
        Format::Text if args.quiet => {}
        Format::Text => print(&compare_report(&forecast, n_leads, &notes)),
        Format::Json => print(&format!("{:#}\n", json!({ "forecast": forecast, "notes": notes }))),
    }
    Ok(())
}

/// Policies side by side.
struct Compared {
    forecast: Forecast,
    /// Leads that the run judged.
    n_leads: u64,
    notes: Vec<Note>,
}

/// What the command comes to with these options, on a run that is in memory.
pub(super) fn answer(options: &[OsString], run: &Calibrated) -> Result<Told, Failure> {
    let args: CompareArgs = arguments(options)?;
    let Compared { forecast, n_leads, notes } = args.compared(&run.card, &run.metrics, &run.histogram)?;
    Ok(Told {
        json: to_json(&json!({ "forecast": forecast, "notes": notes }), "the comparison cannot be written as JSON")?,
        page: String::new(),
        text: compare_report(&forecast, n_leads, &notes),
        failed: Vec::new(),
        card: None,
    })
}

impl CompareArgs {
    fn compared(&self, card: &Card, metrics: &Metrics, histogram: &Histogram) -> Result<Compared, Failure> {
        let args = self;
        let sales = args.sales(&metrics.forecast.sales);
        let configs = if args.policy.is_empty() { metrics.policies.clone() } else { policies_typed(&args.policy)? };
        let policies = check_policies(&configs, &sales, !histogram.months.is_empty())
            .map_err(|error| Failure::caused(Exit::Usage, "cannot compare these policies", &error))?;
        let outlook = Outlook::new(
            histogram,
            Known {
                design_effect: metrics.forecast.design_effect,
                leads_next: args.leads_next.or(metrics.forecast.leads_next),
                leads_behind: metrics.leads.drawn.map_or(1.0, DrawnRows::rows_behind),
            },
        );
        let frontier = Frontier::trace(histogram, &outlook);
        let evidence =
            Evidence { histogram, frontier: &frontier, outlook: &outlook, curve: &card.curve, bands: &card.bands };
        let (_, mut notes) = resolve_policies(&policies, &evidence);
        let seed = args.seed.unwrap_or(card.provenance.seed);
        let params = ForecastParams {
            n_months: args.months,
            n_draws: args.draws as usize,
            seed,
            widening: metrics.past_promises.widening(),
        };
        let (forecast, forecast_notes) = forecast(&policies, &Leading::recommended(&sales), &evidence, &sales, &params);
        if forecast.scenarios.is_empty() {
            let reasons: Vec<String> = notes.into_iter().map(|note| note.text).collect();
            return Err(Failure::usage(format!("no policy can be met:\n- {}", reasons.join("\n- "))));
        }
        notes.extend(forecast_notes);
        notes.extend(if args.policy.is_empty() { by_grade_note(metrics) } else { None });
        Ok(Compared { forecast, n_leads: frontier.n_leads, notes })
    }

    /// The figures of the run, with those typed in on top.
    fn sales(&self, of_run: &SalesConfig) -> SalesConfig {
        SalesConfig {
            hours_per_lead: self.hours_per_lead.or(of_run.hours_per_lead),
            cost_per_lead: self.cost_per_lead.or(of_run.cost_per_lead),
            value_per_win: self.value_per_win.or(of_run.value_per_win),
            reps: self.reps.or(of_run.reps),
            currency: of_run.currency.clone(),
        }
    }
}

/// Says which policies of the run are not among those compared.
fn by_grade_note(metrics: &Metrics) -> Option<Note> {
    let policies = &metrics.grades.as_ref()?.policies;
    let names: Vec<String> = policies.iter().map(|policy| format!("`{}`", policy.policy)).collect();
    (!names.is_empty()).then(|| {
        let text = format!(
            "a run keeps its counts by score, so what goes by grade is not played again: see {} under `grades` in metrics.json",
            in_words(&names, "and")
        );
        Note::new("grades", text)
    })
}

fn policies_typed(texts: &[String]) -> Result<Vec<PolicyConfig>, Failure> {
    let read = |text: &String| parse_policy(text).map_err(|error| Failure::usage(format!("--policy {error}")));
    texts.iter().map(read).collect()
}

fn read_metrics(run: &Path) -> Result<Metrics, Failure> {
    let path = run.join("metrics.json");
    let again = "run the calibration again";
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failure::bad_data(format!("cannot read {}: {error}", path.display())).hint(again))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::bad_data(format!("{} is not of this version of bantam: {error}", path.display())).hint(again)
    })
}

/// A run that cannot be used.
pub(super) fn run_failure(error: &RunError) -> Failure {
    let exit = match error {
        RunError::NoRun { .. } => Exit::Usage,
        _ => Exit::BadData,
    };
    Failure::caused(exit, "cannot use the run", error)
}

fn parse_above_0(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("a number above 0 is needed".to_owned()),
    }
}

fn parse_months(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(months) if (0.1..=24.0).contains(&months) => Ok(months),
        _ => Err("between 0.1 and 24 months can be looked ahead".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_typed_in_stand_above_those_of_the_run() {
        let args = CompareArgs {
            leads_next: None,
            run: PathBuf::from("run"),
            policy: Vec::new(),
            a: None,
            b: None,
            hours_per_lead: Some(2.0),
            cost_per_lead: None,
            value_per_win: None,
            reps: None,
            months: 3.0,
            draws: 100,
            seed: None,
            out: None,
            format: Format::Text,
            quiet: false,
        };
        let of_run = SalesConfig { hours_per_lead: Some(9.0), cost_per_lead: Some(60.0), ..SalesConfig::default() };
        let sales = args.sales(&of_run);
        assert_eq!((sales.hours_per_lead, sales.cost_per_lead, sales.reps), (Some(2.0), Some(60.0), None));
    }
}
