//! Marketo, which has no formulas: what an admin clicks together, and files to import.
//!
//! Out: `BUILD.md`, the build sheet to print; `choices.csv`, the same choices for whoever checks them; `test-people.csv`, the
//! golden rows to import; `scores-template.csv`, the form of a file with scores.
//!
//! Marketo compares texts without regard to upper and lower case, so a card that gives `OK` and `ok` different points is refused.

use super::columns::inputs_of_each;
use unicode_normalization::UnicodeNormalization;

use super::csv::{as_text, csv_text};
use super::curve::{share_text, steps_of};
use super::formula::{
    FormulaInput, Guide, Ladder, Numbers, People, Rung, System, Test, bands_down, cell, counted, describe_input,
    folder, golden_file, held_note, inputs_for, known_ladder_of, ladder_of, rows_held, worth_of,
};
use super::known::Known;
use super::{Export, ExportError, Proof, note_if, sentences};
use crate::card::{ASK_FIRST, Card, GoldenRow, Input, InputKind};

/// Marketo, "Custom field types": strings of 255 characters, boolean fields that are true or false, scores as whole numbers. It
/// does not say how many digits a float keeps.
const MARKETO: System = System {
    target: "marketo",
    numbers: Numbers { places: 400, bound: f64::INFINITY },
    max_text: 255,
    has_empty_booleans: false,
    max_chars: usize::MAX,
    max_bytes: usize::MAX,
    max_name: 100,
    name_ending: "",
    file_ending: "txt",
    unspeakable: |_| None,
};

/// Names of the fields that the campaign fills.
const SCORE: &str = "Bantam Score";
const PROBABILITY: &str = "Bantam Probability";
const BAND: &str = "Bantam Band";
/// Field with the points that are known of a person, where the band depends on them.
const KNOWN: &str = "Bantam Known";

/// Most choices of one flow step on the sheet: a probability of more steps is imported with the scores instead.
const MAX_CHOICES: usize = 50;

/// What every imported person has.
const PEOPLE: &People = &[("Email Address", |row| format!("made-up-{row}@example.com"))];

/// One line of the sheet: a choice of a flow step.
struct Choice {
    /// The field it looks at, where it is not that of the step.
    field: Option<&'static str>,
    /// The test, as Marketo words it.
    operator: &'static str,
    /// What the field is compared with, one each.
    values: Vec<String>,
    /// What the step does then.
    change: String,
}

/// A flow step with its choices.
struct FlowStep {
    /// The flow step.
    action: &'static str,
    /// Field that it changes.
    changes: &'static str,
    /// What a person calls it.
    what: String,
    /// Field that the choices look at.
    field: String,
    /// The choices, tried from the first.
    choices: Vec<Choice>,
    /// What is done where none fits.
    default: String,
}

/// The build sheet with its files.
///
/// # Errors
/// [`ExportError::Unsupported`] for texts that Marketo cannot tell apart or a field cannot hold.
pub(super) fn export(card: &Card) -> Result<Export, ExportError> {
    let inputs = inputs_for(card, &MARKETO, field_name);
    let mut notes = notes(&inputs);
    let mut steps = Vec::new();
    let input_of_each: Vec<usize> = inputs_of_each(card).into_iter().flatten().collect();
    for (criterion, &input) in card.criteria.iter().zip(&input_of_each) {
        let ladder = ladder_of(criterion, &MARKETO, &mut notes)?;
        let ladder = typed(ladder);
        refuse_same_letters(&criterion.name, &ladder)?;
        steps.push(step_of(SCORE, format!("points of {}", criterion.name), &inputs[input], &ladder));
    }
    let known = Known::of(card);
    if let Some(known) = &known {
        for (idx, criterion) in known.criteria() {
            let input = &inputs[input_of_each[idx]];
            let ladder = typed(known_ladder_of(criterion, &MARKETO)?);
            refuse_same_letters(&criterion.name, &ladder)?;
            steps.push(step_of(KNOWN, format!("known of {}", criterion.name), input, &ladder));
        }
    }
    let curve = curve_step(card);
    let has_curve = curve.choices.len() <= MAX_CHOICES;
    if has_curve {
        steps.push(curve);
    } else {
        notes.push(format!(
            "the probability has {} and is no step of the campaign: it comes with the imported scores",
            counted(curve.choices.len() + 1, "step")
        ));
    }
    steps.push(band_step(card, known.as_ref()));

    let (rows, n_left_out) = rows_held(card, &inputs, &MARKETO);
    notes.push(held_note("test-people.csv", rows.len(), n_left_out, "Marketo"));
    let names = card.criteria.iter().map(|criterion| format!("points {}", criterion.name));
    let results: Vec<String> = names.chain([SCORE, PROBABILITY, BAND].map(str::to_owned)).collect();
    let files = vec![
        ("BUILD.md".to_owned(), sheet(card, &inputs, &steps, has_curve, &notes)),
        ("choices.csv".to_owned(), choices_file(card, &steps)?),
        ("test-people.csv".to_owned(), golden_file(card, &inputs, &rows, PEOPLE, &results)?),
        ("scores-template.csv".to_owned(), template(card, &rows)?),
    ];
    let by_hand = "import test-people.csv into a static list, run the campaign for it, and compare with the columns \
                   `expected ...`";
    Ok(folder(files, Proof::ByHand(by_hand.to_owned()), notes))
}

/// The field a column stands for: any name that can be read on a sheet.
fn field_name(input: &Input) -> Option<(String, bool)> {
    let name = input.column.trim();
    let is_plain = !name.is_empty() && !name.chars().any(char::is_control);
    is_plain.then(|| (name.to_owned(), false))
}

/// The ladder without spellings that nobody types: `ü` as two characters looks the same on a sheet.
fn typed(mut ladder: Ladder) -> Ladder {
    ladder.rungs.retain(|rung| rung.test.text().is_none_or(|text| text.nfc().eq(text.chars())));
    ladder
}

/// Refuses answers with different points that differ in upper and lower case alone.
fn refuse_same_letters(criterion: &str, ladder: &Ladder) -> Result<(), ExportError> {
    let texts = ladder.rungs.iter().filter_map(|rung| Some((rung.test.text()?, rung.points)));
    let mut seen = std::collections::BTreeMap::new();
    for (text, points) in texts {
        let (first, first_points) = *seen.entry(text.to_lowercase()).or_insert((text, points));
        if first_points != points {
            let problem = format!(
                "criterion `{}` gives {first:?} and {text:?} different points, and Marketo takes one for the other",
                criterion.escape_debug()
            );
            return Err(MARKETO.refuse(problem, "write the answers in one way in the leads and calibrate again"));
        }
    }
    Ok(())
}

/// The step that adds the points of a criterion to a field.
fn step_of(changes: &'static str, what: String, input: &FormulaInput<'_>, ladder: &Ladder) -> FlowStep {
    let choice =
        |operator, values: Vec<String>, points| Choice { field: None, operator, values, change: signed(points) };
    let mut choices = Vec::new();
    if input.kind() != InputKind::Boolean {
        choices.push(choice("is empty", Vec::new(), ladder.missing));
    }
    // Answers with the same points are one choice.
    let is_same = |a: &Rung, b: &Rung| a.points == b.points && a.test.text().is_some() && b.test.text().is_some();
    for rungs in ladder.rungs.chunk_by(is_same) {
        let Some(first) = rungs.first() else { continue };
        let texts = rungs.iter().filter_map(|rung| rung.test.text().map(str::to_owned));
        choices.push(match &first.test {
            Test::Below(edge) => choice("less than", vec![edge.clone()], first.points),
            Test::IsTrue => choice("is", vec!["true".to_owned()], first.points),
            Test::Is(_) => choice("is", texts.collect(), first.points),
        });
    }
    FlowStep {
        action: "Change Score",
        changes,
        what,
        field: input.field.clone(),
        choices,
        default: signed(ladder.otherwise),
    }
}

/// Points as Marketo adds them.
fn signed(points: i32) -> String {
    format!("{points:+}")
}

/// The step that writes the probability of a score.
fn curve_step(card: &Card) -> FlowStep {
    let steps = steps_of(card);
    let mut shares = steps.iter().map(|step| (step.from, share_text(step.probability_bp)));
    let lowest = shares.next().map_or_else(String::new, |(_, share)| share);
    step_by_score(PROBABILITY, shares.rev(), lowest)
}

/// The step that writes the band of a score.
fn band_step(card: &Card, known: Option<&Known>) -> FlowStep {
    let (bands, last) = bands_down(card);
    let mut step = step_by_score(BAND, bands.into_iter().map(|(from, name)| (from, name.to_owned())), last.to_owned());
    if let Some(known) = known {
        let values = vec![known.limit.to_string()];
        let change = ASK_FIRST.to_owned();
        step.choices.insert(0, Choice { field: Some(KNOWN), operator: "less than", values, change });
    }
    step
}

/// The step that writes what goes with a score, by the lowest score of each value, highest first.
fn step_by_score(changes: &'static str, from_down: impl Iterator<Item = (i32, String)>, default: String) -> FlowStep {
    let choice = |(from, change): (i32, String)| {
        let values = vec![from.to_string()];
        Choice { field: None, operator: "at least", values, change }
    };
    FlowStep {
        action: "Change Data Value",
        changes,
        what: changes.to_owned(),
        field: SCORE.to_owned(),
        choices: from_down.map(choice).collect(),
        default,
    }
}

/// What sets the points known to none.
const NOTHING: &str = "=0";

/// Steps that set the numbers to what every person starts with.
fn n_first_steps(card: &Card) -> usize {
    1 + usize::from(card.known_at_least.is_some())
}

const HEADS: [&str; 8] = ["step", "action", "sets", "choice", "field", "operator", "value", "change"];

/// Every choice, a line per value; the values are JSON, so that they are exact and no spreadsheet takes one for a formula.
fn choices_file(card: &Card, steps: &[FlowStep]) -> Result<String, ExportError> {
    let base = as_text(&format!("={}", card.base_points));
    let mut lines = vec![HEADS.map(str::to_owned).to_vec()];
    lines.push(["1", "Change Score", SCORE, "default", "", "", "", &base].map(str::to_owned).to_vec());
    if card.known_at_least.is_some() {
        let nothing = as_text(NOTHING);
        lines.push(["2", "Change Score", KNOWN, "default", "", "", "", &nothing].map(str::to_owned).to_vec());
    }
    for (idx, step) in steps.iter().enumerate() {
        let number = (idx + n_first_steps(card) + 1).to_string();
        let mut line = |choice: &str, field: &str, operator: &str, value: &str, change: &str| {
            let value = if value.is_empty() { String::new() } else { serde_json::Value::from(value).to_string() };
            let (sets, field, change) = (as_text(&step.what), as_text(field), as_text(change));
            let cells: [&str; 8] = [&number, step.action, &sets, choice, &field, operator, &value, &change];
            lines.push(cells.map(str::to_owned).to_vec());
        };
        for (idx, choice) in step.choices.iter().enumerate() {
            let number = (idx + 1).to_string();
            let field = choice.field.unwrap_or(&step.field);
            if choice.values.is_empty() {
                line(&number, field, choice.operator, "", &choice.change);
            }
            choice.values.iter().for_each(|value| line(&number, field, choice.operator, value, &choice.change));
        }
        line("default", &step.field, "", "", &step.default);
    }
    csv_text(lines)
}

/// The form of a file with scores, filled with those of the made-up people.
fn template(card: &Card, rows: &[GoldenRow]) -> Result<String, ExportError> {
    let heads = ["Email Address", SCORE, PROBABILITY, BAND].map(str::to_owned).to_vec();
    let records = rows.iter().enumerate().map(|(idx, row)| {
        let who = PEOPLE.iter().map(|(_, of_row)| of_row(idx + 1));
        who.chain(worth_of(card, row)).collect()
    });
    csv_text(std::iter::once(heads).chain(records))
}

fn notes(inputs: &[FormulaInput<'_>]) -> Vec<String> {
    let mut notes = sentences([
        "Marketo has no formulas and no program runs its campaigns: an admin builds BUILD.md by hand, and every number of it is \
         typed in",
        "exact scores come by import: score the leads with `bantam score CARD LEADS -o scored.parquet`, write them as CSV in the \
         form of scores-template.csv, and import that",
        "Marketo compares texts without regard to upper and lower case: an answer that differs from one on the card in that \
         alone gets its points in Marketo and those of any other answer from the engine",
        "Marketo does not say how many digits a number keeps: one within a rounding of an edge may fall on its other side; white \
         space at the ends of a text makes another answer",
    ]);
    note_if(
        &mut notes,
        inputs.iter().any(|input| input.kind() == InputKind::Text),
        "a letter with a mark is one character, as people type it; where a lead has it as two, Marketo sees another answer",
    );
    notes.push(
        "in choices.csv an apostrophe stands before +4 and the like, so that no spreadsheet reckons with it".to_owned(),
    );
    note_if(
        &mut notes,
        inputs.iter().any(|input| input.kind() == InputKind::Boolean),
        "a boolean field is never empty: where the answer is not known it counts as no",
    );
    notes
}

/// The build sheet.
fn sheet(card: &Card, inputs: &[FormulaInput<'_>], steps: &[FlowStep], has_curve: bool, notes: &[String]) -> String {
    let mut guide = Guide::new("Lead score in Marketo: build sheet", card);
    guide.heading("1. Fields");
    guide.say("Admin, Field Management, New Custom Field:");
    let has_known = card.known_at_least.is_some();
    let made = [
        (SCORE, "Score", true),
        (KNOWN, "Score", has_known),
        (PROBABILITY, "Float", has_curve),
        (BAND, "String", true),
    ];
    let made = made.into_iter().filter(|(.., is_made)| *is_made);
    guide.table(&["field", "type"], made.map(|(field, kind, _)| vec![cell(field), kind.to_owned()]));
    guide.say("These have to be there already:");
    let row = |input: &FormulaInput<'_>| {
        let kind = match input.kind() {
            InputKind::Number => "Integer or Float",
            InputKind::Text => "String",
            InputKind::Boolean => "Boolean",
        };
        let holds = describe_input(input.input, card.as_of_column.as_deref());
        vec![cell(&input.field), kind.to_owned(), holds]
    };
    guide.table(&["field", "type", "holds"], inputs.iter().map(row));
    guide.heading("2. Smart campaign `Bantam score`");
    let watched: Vec<String> = inputs.iter().map(|input| cell(&input.field)).collect();
    guide.list(&[
        "Smart List: trigger **Person is Created**, and a trigger **Data Value Changes** for each of these fields: ".to_owned()
            + &watched.join(", "),
        "Schedule: each person can run through the flow **every time**.".to_owned(),
        format!("Run a second campaign with the same flow once in batch, for everybody. {} starts anew in step 1, so another \
                 campaign should look at {}, which is written last.", cell(SCORE), cell(BAND)),
    ]);
    guide.heading("3. Flow");
    guide.say(&format!(
        "**Step 1 · Change Score** · {} · Change {}",
        cell(SCORE),
        cell(&format!("={}", card.base_points))
    ));
    if has_known {
        guide.say(&format!("**Step 2 · Change Score** · {} · Change {}", cell(KNOWN), cell(NOTHING)));
    }
    for (idx, step) in steps.iter().enumerate() {
        let is_score = step.action == "Change Score";
        let what = if is_score { format!(" · {}", cell(&step.what)) } else { String::new() };
        let number = idx + n_first_steps(card) + 1;
        guide.say(&format!("**Step {number} · {}** · {}{what}", step.action, cell(step.changes)));
        let then = if is_score { "Change" } else { "New Value" };
        let rows = step.choices.iter().enumerate().map(|(idx, choice)| {
            let values: Vec<String> = choice.values.iter().map(|value| cell(value)).collect();
            let (number, operator) = ((idx + 1).to_string(), choice.operator.to_owned());
            vec![number, cell(choice.field.unwrap_or(&step.field)), operator, values.join("<br>"), cell(&choice.change)]
        });
        let default = vec!["default".to_owned(), String::new(), String::new(), String::new(), cell(&step.default)];
        guide.table(&["choice", "if", "is", "value (any of)", then], rows.chain([default]));
    }
    guide.say("The order of the choices counts: Marketo takes the first that fits.");
    guide.heading("4. Check");
    guide.steps(&[
        "Import test-people.csv into a static list; leave out the columns `expected ...`.",
        "Run the flow for that list in batch, and export the list with the fields of the first table.",
        "Every field has to hold what its column `expected ...` says. Then delete the people.",
    ]);
    guide.heading("5. Exact scores by import");
    guide.say(
        "The engine scores the leads, and Marketo holds the result. Try the import with scores-template.csv first, which has the \
         made-up people. Then:",
    );
    guide.say(
        "```sh\nbantam score card.json leads.parquet -o scored.parquet --id email\nduckdb -c \"COPY (SELECT email AS \\\"Email \
         Address\\\", score AS \\\"Bantam Score\\\", probability AS \\\"Bantam Probability\\\", band AS \\\"Bantam Band\\\" FROM \
         'scored.parquet') TO 'scores.csv' (HEADER)\"\n```",
    );
    guide.finish("6. To know", notes)
}

#[cfg(test)]
mod tests;
