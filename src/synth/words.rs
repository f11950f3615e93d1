//! The files of a set that people read: the truth, the config, the README.

use std::fmt::Write;

use super::weights::{EVENTS, EventCriterion, TEXT, TextCriterion};
use super::{Disposition, HORIZON_DAYS, SetFile, SynthError, SynthSet};

/// `truth.json`.
pub(super) fn truth(set: &SynthSet) -> Result<String, SynthError> {
    let mut json =
        serde_json::to_string_pretty(&set.truth).map_err(SynthError::fault("cannot write the truth as JSON"))?;
    json.push('\n');
    Ok(json)
}

/// `bantam.toml`.
pub(super) fn config(set: &SynthSet) -> String {
    let mut toml = format!(
        "# Calibrates the made-up leads beside this file: bantam calibrate bantam.toml\n\
         seed = {seed}\n\
         \n\
         [leads]\n\
         path = \"leads.parquet\"\n\
         id = \"lead_id\"\n\
         as_of = \"handed_off_at\"\n\
         source = \"source\"\n\
         segment = \"industry\"\n\
         team = \"region\"\n\
         \n\
         [outcome]\n\
         path = \"outcomes.parquet\"\n\
         converted_at = \"won_at\"\n\
         horizon = \"{HORIZON_DAYS}d\"\n\
         observed_until = \"{observed_until}\"\n\
         # maturity = \"exclude\" leaves leads whose horizon is open out; without it they count by their age\n\
         value = \"deal_value\"\n\
         disposition = \"disposition\"\n\
         reason = \"rejection_reason\"\n\
         first_touch = \"first_touch_at\"\n\
         \n\
         [events]\n\
         path = \"events.parquet\"\n\
         lead = \"lead_id\"\n\
         at = \"at\"\n\
         kind = \"kind\"\n",
        seed = set.params.seed,
        observed_until = set.truth.observed_until,
    );
    for criterion in &TEXT {
        toml.push_str(&text_criterion(criterion));
    }
    toml.push_str("\n[[criterion]]\nname = \"company_size\"\nlabel = \"Employees\"\nasked = false\ngroup = \"fit\"\n");
    for EventCriterion { name, label, kind, within, measure, trend, .. } in EVENTS {
        let keys = [("kind", kind), ("within", within), ("measure", measure)];
        let given =
            keys.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| format!("{key} = \"{value}\""));
        let events = given.collect::<Vec<_>>().join(", ");
        toml.push_str(&format!(
            "\n[[criterion]]\nname = \"{name}\"\nlabel = \"{label}\"\nevents = {{ {events} }}\ngroup = \"engagement\"\ntrend = \"{trend}\"\n"
        ));
    }
    toml.push_str(
        "\n[folds]\nby = \"time\"\n\
         \n[[policy]]\nname = \"selective\"\ntop = \"50/month\"\n\
         \n[[policy]]\nname = \"wide\"\ntop = \"100/month\"\n\
         \n[sales]\nhours_per_lead = 20\ncost_per_lead = 2400\nreps = 20\ncurrency = \"EUR\"\n\
         \n# What stands at the head of what people read, and in definition.html\n\
         [report]\ncompany = \"Example Ltd\"\nperiod = \"July to September 2026\"\nauthor = \"Revenue operations\"\n\
         touch_within = \"2 working days\"\n",
    );
    toml
}

fn text_criterion(criterion: &TextCriterion) -> String {
    let TextCriterion { name, label, question, group, .. } = criterion;
    let mut toml = format!("\n[[criterion]]\nname = \"{name}\"\n");
    for (key, text) in [("label", label), ("question", question)] {
        if !text.is_empty() {
            toml.push_str(&format!("{key} = \"{text}\"\n"));
        }
    }
    if question.is_empty() {
        toml.push_str("asked = false\n");
    }
    toml.push_str(&format!("group = \"{group}\"\n"));
    if criterion.is_ordered {
        let levels: Vec<String> = criterion.levels.iter().map(|(level, ..)| format!("\"{level}\"")).collect();
        toml.push_str(&format!("order = [{}]\ntrend = \"increasing\"\n", levels.join(", ")));
    } else {
        toml.push_str("trend = \"unordered\"\n");
    }
    toml
}

/// `README.md`.
pub(super) fn readme(set: &SynthSet) -> String {
    let params = &set.params;
    let n_counted = set.hand_offs.iter().filter(|hand_off| hand_off.won.is_some()).count();
    let n_won = set.hand_offs.iter().filter(|hand_off| hand_off.won == Some(true)).count();
    let n_untouched = set.outcomes.iter().filter(|outcome| outcome.disposition == Disposition::Untouched).count();
    let mut text = format!(
        "# Made-up leads\n\
         \n\
         No lead, company or person here is real. The chance of every lead to convert is known (`truth.json`), so that a\n\
         card made from these leads can be held against it. Made by\n\
         \n\
         ```sh\n\
         bantam synth --leads {} --months {} --seed {} --rate {} --drift {}{} --out DIR\n\
         ```\n\
         \n\
         The same command gives the same bytes. {} leads in {} hand-offs: {} of them are old enough to say and were touched by\n\
         sales, {} of these converted within {HORIZON_DAYS} days ({:.1} %). Sales never touched {} leads. {} events.\n\
         Outcomes are known until {}, so hand-offs of the last {HORIZON_DAYS} days are too young to say.\n\
         \n\
         | file | one row per | to know |\n\
         |---|---|---|\n",
        params.n_leads,
        params.n_months,
        params.seed,
        params.rate,
        params.drift,
        if params.opinion { " --opinion" } else { "" },
        set.outcomes.len(),
        set.hand_offs.len(),
        n_counted,
        n_won,
        100.0 * n_won as f64 / n_counted as f64,
        n_untouched,
        set.events.len(),
        set.truth.observed_until,
    );
    let notes = [
        "hand-off | a lead that was recycled and came back is a second row with the same `lead_id`",
        "lead | its final fate, of its last hand-off; `won_at` and `deal_value` as known on the last day",
        "event | before and after the hand-off; the later ones say more, and a fair card must not see them",
        "hand-off | everything in one table, events counted up to the hand-off; `won` is empty for untouched and too young leads",
        "- | the true weights in log-odds, and how they add up",
        "- | the config that fits the first three tables",
        "- | this page",
    ];
    for (name, note) in SetFile::NAMES.into_iter().zip(notes) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| `{name}` | {note} |");
    }
    text.push_str(
        "\nCounts reach back 30 days from the hand-off. `opens_30d`, `days_since_last_visit` and `active_days_90d` are worth\n\
         nothing by themselves; they only go along with what is. Times are UTC.\n",
    );
    text
}
