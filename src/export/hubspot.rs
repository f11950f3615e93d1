//! HubSpot: calculation properties of the contact, as bodies for its properties API, which is where HubSpot has written its
//! formula language down.

use super::formula::{
    Field, FormulaCard, FormulaInput, Gives, Guide, Language, Numbers, People, Rung, System, Test, bands_down,
    input_table, inputs_for, made_up_note, steps_up,
};
use super::{Export, ExportError, note_if, sentences};
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
    file_ending: "json",
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
const WORDS: &str = "if then elseif else endif and or not equals true false max min string bool contains concatenate \
                     is_present number_to_string";

/// What every imported contact has.
const PEOPLE: &People = &[("Email", |row| format!("made-up-{row}@example.com"))];

/// The properties with a page that says how to create them, and the golden rows to import.
///
/// # Errors
/// [`ExportError::Unsupported`] for a text that no formula of HubSpot can say.
pub(super) fn export(card: &Card) -> Result<Export, ExportError> {
    let inputs = inputs_for(card, &HUBSPOT, internal_name);
    let formulas = FormulaCard::new(card, inputs, &HubspotFormulas, PEOPLE)?;
    let notes = notes(&formulas);
    Ok(formulas.export(guide(&formulas, &notes), notes, body, ["contacts", "property"]))
}

/// The property a column stands for: lower-case letters, digits and `_`, and no word of the language.
fn internal_name(input: &Input) -> Option<(String, bool)> {
    let name = input.column.as_str();
    let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let is_name = is_plain && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= HUBSPOT.max_name;
    (is_name && !WORDS.split(' ').any(|word| word == name)).then(|| (name.to_owned(), false))
}

/// How HubSpot spells a formula.
struct HubspotFormulas;

impl Language for HubspotFormulas {
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

    fn below(&self, field: &str, limit: i32, then: &str, otherwise: &str) -> String {
        let test = format!("{field} < {}", self.number(limit));
        // What follows goes on with `elseif` where it starts with `if`: the documentation shows no statement within another.
        match otherwise.strip_prefix("if ") {
            Some(rest) => format!("if {test} then {then}\nelseif {rest}"),
            None => branches(std::iter::once((test, then.to_owned())), otherwise),
        }
    }

    fn text(&self, text: &str) -> String {
        literal(text)
    }

    fn adds_formulas(&self) -> bool {
        false
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

fn notes(formulas: &FormulaCard<'_>) -> Vec<String> {
    let mut notes = sentences([
        "nothing is written into HubSpot: an admin creates the properties through its API, in the order of INSTALL.md; HubSpot \
         cannot edit them on the screen afterwards",
        "no program outside HubSpot reads its formulas: they were tried in a reader written from HubSpot's documentation, so \
         import the made-up leads before anybody relies on the score",
        "try a contact with every answer empty first: users have seen HubSpot leave a result empty where a property was, though \
         its documentation says otherwise; the points for missing answers must appear",
    ]);
    notes.push(formulas.held_note("HubSpot"));
    notes.push(
        "numbers agree with the engine up to 15 digits; texts are compared with upper and lower case apart, and white space at \
         the ends makes another answer"
            .to_owned(),
    );
    notes.extend(made_up_note(&formulas.inputs, "budget=lead_budget"));
    note_if(&mut notes, formulas.reads(InputKind::Text), "of a dropdown the internal value is compared, not the label");
    notes.extend(formulas.fields.notes.iter().cloned());
    notes
}

fn guide(formulas: &FormulaCard<'_>, notes: &[String]) -> String {
    let mut guide = Guide::new("Lead score in HubSpot", formulas.card);
    guide.heading("Properties that have to be there");
    input_table(&mut guide, formulas, |input| match input.kind() {
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
        (0..formulas.fields.fields.len()).map(|idx| format!("  {}", formulas.file_name(idx))).collect();
    guide.say(&format!(
        "```sh\nfor file in \\\n{}\ndo\n  curl --fail-with-body https://api.hubapi.com/crm/v3/properties/contacts \\\n    \
         -H \"Authorization: Bearer $HUBSPOT_TOKEN\" -H 'Content-Type: application/json' -d @\"$file\" || break\ndone\n```",
        sent.join(" \\\n")
    ));
    let rows = formulas.rows(|_, field| {
        let kind = if field.gives == Gives::Band { "text" } else { "number" };
        vec![kind.to_owned(), field.formula.chars().count().to_string()]
    });
    let heads = ["file", "property", "what", "type", "characters of the formula (HubSpot names no limit)"];
    guide.table(&heads, rows);
    guide.heading("Check");
    guide.steps(&[
        "In a sandbox, import golden.csv as contacts; leave out the columns `expected ...`.",
        "Export the contacts `made-up-...@example.com` with the calculation properties.",
        "Every property has to hold what the column `expected ...` of its name says. Then delete the contacts.",
    ]);
    guide.finish("To know", notes)
}

#[cfg(test)]
mod tests;
