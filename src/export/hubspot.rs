//! HubSpot: calculation properties of the contact, as bodies for its properties API, which is where HubSpot has written its
//! formula language down.

use super::formula::{
    Field, FormulaInput, Gives, Guide, Language, Numbers, People, Rung, Sheet, System, Test, bands_down, cell, folder,
    input_table, inputs_for, made_up_note, steps_up,
};
use super::source::head_lines;
use super::{Export, ExportError, Proof};
use crate::card::{Card, Input, InputKind};

/// HubSpot, "Properties API", "Create calculation properties": texts in single or double quotes, no word about escapes; numbers
/// with a point; no limit on the length of a formula that it names. Text has 65,536 characters, a name 100.
const HUBSPOT: System = System {
    target: "hubspot",
    numbers: Numbers { places: 400, bound: f64::INFINITY },
    max_text: 65_536,
    has_empty_booleans: true,
    max_chars: usize::MAX,
    max_bytes: usize::MAX,
    max_name: 100,
    name_ending: "",
    unspeakable: |text| {
        if text.contains('\\') {
            Some("a backslash, and HubSpot does not say how a formula writes one")
        } else if pieces(text).len() > MAX_PIECES {
            Some("too many quotes of both kinds")
        } else {
            None
        }
    },
};

/// Most texts that `concatenate` joins.
const MAX_PIECES: usize = 100;

/// Words of the formula language, in any case; no property in a formula can be called so.
const WORDS: [&str; 19] = [
    "if",
    "then",
    "elseif",
    "else",
    "endif",
    "and",
    "or",
    "not",
    "equals",
    "true",
    "false",
    "max",
    "min",
    "string",
    "bool",
    "contains",
    "concatenate",
    "is_present",
    "number_to_string",
];

/// What every imported contact has.
const PEOPLE: &People = &[("Email", |row| format!("made-up-{row}@example.com"))];

/// The properties with a page that says how to create them, and the golden rows to import.
///
/// # Errors
/// [`ExportError::Unsupported`] for a text that no formula of HubSpot can say.
pub(super) fn export(card: &Card) -> Result<Export, ExportError> {
    let inputs = inputs_for(card, &HUBSPOT, internal_name);
    let sheet = Sheet::new(card, inputs, &Formulas, PEOPLE)?;
    let notes = notes(&sheet);
    let mut files =
        vec![("INSTALL.md".to_owned(), guide(&sheet, &notes)), ("golden.csv".to_owned(), sheet.golden.clone())];
    for (idx, field) in sheet.fields.fields.iter().enumerate() {
        files.push((sheet.fields.file_name(idx, "json"), body(field)));
    }
    let by_hand = "import golden.csv as contacts into a sandbox and compare each property with the column `expected ...` of its \
                   name";
    Ok(folder(files, Proof::ByHand(by_hand.to_owned()), notes))
}

/// The property a column stands for: lower-case letters, digits and `_`, and no word of the language.
fn internal_name(input: &Input) -> Option<(String, bool)> {
    let name = input.column.as_str();
    let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let is_name = is_plain && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= HUBSPOT.max_name;
    (is_name && !WORDS.contains(&name)).then(|| (name.to_owned(), false))
}

/// How HubSpot spells a formula.
struct Formulas;

impl Language for Formulas {
    fn system(&self) -> &System {
        &HUBSPOT
    }

    fn criterion(&self, input: &FormulaInput<'_>, missing: Option<i32>, rungs: &[Rung], otherwise: &str) -> String {
        let value = match input.kind() {
            InputKind::Number => input.field.clone(),
            InputKind::Text => format!("string({})", input.field),
            InputKind::Boolean => format!("bool({})", input.field),
        };
        let missing = missing.map(|points| (format!("not is_present({value})"), self.number(points)));
        let rungs = rungs.iter().map(|rung| {
            let test = match &rung.test {
                Test::Below(edge) => format!("{value} < {}", signed(edge)),
                Test::Is(text) => format!("{value} = {}", literal(text)),
                Test::IsTrue => value.clone(),
            };
            (test, self.number(rung.points))
        });
        branches(missing.into_iter().chain(rungs), otherwise)
    }

    fn number(&self, number: i32) -> String {
        signed(&number.to_string())
    }

    fn probability(&self, score: &str, lowest: i32, basis_points: &[u32], above: Option<&str>) -> String {
        let steps = steps_up(lowest, basis_points);
        let last = steps.last().map_or_else(String::new, |(_, share)| share.clone());
        let below =
            steps.into_iter().filter_map(|(end, share)| Some((format!("{score} < {}", self.number(end?)), share)));
        branches(below, above.unwrap_or(&last))
    }

    fn band(&self, score: &str, card: &Card) -> String {
        let (bands, last) = bands_down(card);
        let tests = bands.into_iter().map(|(from, name)| (format!("{score} >= {}", self.number(from)), literal(name)));
        branches(tests, &literal(last))
    }
}

/// `if ... then ... elseif ... then ... else ...`, a line each.
fn branches(tests: impl Iterator<Item = (String, String)>, otherwise: &str) -> String {
    let mut formula = String::new();
    for (test, value) in tests {
        let word = if formula.is_empty() { "if" } else { "elseif" };
        formula.push_str(&format!("{word} {test} then {value}\n"));
    }
    if formula.is_empty() { otherwise.to_owned() } else { format!("{formula}else {otherwise}") }
}

/// A number, taken from zero where it is negative: HubSpot shows no sign before a number.
fn signed(number: &str) -> String {
    number.strip_prefix('-').map_or_else(|| number.to_owned(), |number| format!("0 - {number}"))
}

/// A text in the quotes that are not in it, or joined of such texts.
fn literal(text: &str) -> String {
    let quoted: Vec<String> = pieces(text)
        .into_iter()
        .map(|piece| if piece.contains('\'') { format!("\"{piece}\"") } else { format!("'{piece}'") })
        .collect();
    match quoted.as_slice() {
        [] => "''".to_owned(),
        [one] => one.clone(),
        many => format!("concatenate({})", many.join(", ")),
    }
}

/// `text` cut so that no piece has both kinds of quotes.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (at, c) in text.char_indices().filter(|(_, c)| matches!(c, '\'' | '"')) {
        if quote.is_some_and(|quote| quote != c) {
            pieces.push(&text[start..at]);
            start = at;
        }
        quote = Some(c);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

/// What is sent to HubSpot to create a property.
fn body(field: &Field) -> String {
    let body = serde_json::json!({
        "name": field.name,
        "label": field.label.chars().filter(|c| !c.is_control()).collect::<String>(),
        "groupName": "contactinformation",
        "type": if field.gives == Gives::Band { "string" } else { "number" },
        "fieldType": "calculation_equation",
        "calculationFormula": field.formula,
    });
    // Cannot fail: there are texts only.
    serde_json::to_string_pretty(&body).unwrap_or_default() + "\n"
}

fn notes(sheet: &Sheet<'_>) -> Vec<String> {
    let mut notes = vec![
        "nothing is written into HubSpot: an admin creates the properties through its API, in the order of INSTALL.md; HubSpot \
         cannot edit them on the screen afterwards"
            .to_owned(),
        "no program outside HubSpot reads its formulas: they were tried in a reader written from HubSpot's documentation, so \
         import the made-up leads before anybody relies on the score"
            .to_owned(),
        "try a contact with every answer empty first: users have seen HubSpot leave a result empty where a property was, though \
         its documentation says otherwise; the points for missing answers must appear"
            .to_owned(),
        sheet.held_note("HubSpot"),
        "numbers agree with the engine up to 15 digits; texts are compared with upper and lower case apart, and white space at \
         the ends makes another answer"
            .to_owned(),
    ];
    notes.extend(made_up_note(&sheet.inputs, "budget=lead_budget"));
    if sheet.reads(InputKind::Text) {
        notes.push("of a dropdown the internal value is compared, not the label".to_owned());
    }
    notes.extend(sheet.fields.notes.iter().cloned());
    notes
}

fn guide(sheet: &Sheet<'_>, notes: &[String]) -> String {
    let mut guide = Guide::new("Lead score in HubSpot");
    guide.say(&head_lines(sheet.card).join(" "));
    guide.heading("Properties that have to be there");
    input_table(&mut guide, sheet, |input| match input.kind() {
        InputKind::Number => "Number",
        InputKind::Text => "Single-line text or dropdown",
        InputKind::Boolean => "Single checkbox",
    });
    guide.heading("Calculation properties to create");
    guide.say(
        "With the token of a private app that may write the schema of contacts, one after the other, because later formulas \
         name earlier properties:",
    );
    let sent: Vec<String> =
        (0..sheet.fields.fields.len()).map(|idx| format!("  {}", sheet.fields.file_name(idx, "json"))).collect();
    guide.say(&format!(
        "```sh\nfor file in \\\n{}\ndo\n  curl --fail-with-body https://api.hubapi.com/crm/v3/properties/contacts \\\n    \
         -H \"Authorization: Bearer $HUBSPOT_TOKEN\" -H 'Content-Type: application/json' -d @\"$file\" || break\ndone\n```",
        sent.join(" \\\n")
    ));
    let row = |(idx, field): (usize, &Field)| {
        let kind = if field.gives == Gives::Band { "text" } else { "number" };
        let n_chars = field.formula.chars().count().to_string();
        [cell(&sheet.fields.file_name(idx, "json")), cell(&field.name), cell(&field.label), kind.to_owned(), n_chars]
    };
    let heads = ["file", "property", "what", "type", "characters of the formula (HubSpot names no limit)"];
    guide.table(heads, sheet.fields.fields.iter().enumerate().map(row).collect());
    guide.heading("Check");
    guide.steps(&[
        "In a sandbox, import golden.csv as contacts; leave out the columns `expected ...`.".to_owned(),
        "Export the contacts `made-up-...@example.com` with the calculation properties.".to_owned(),
        "Every property has to hold what the column `expected ...` of its name says. Then delete the contacts."
            .to_owned(),
    ]);
    guide.heading("To know");
    guide.list(notes);
    guide.finish()
}

#[cfg(test)]
mod tests;
