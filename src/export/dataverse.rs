//! Dataverse (Dynamics 365): formula columns in Power Fx, as texts to paste.
//!
//! Dataverse compiles a formula column to a query of its database, where `=` takes `Approved` for `approved`. `exactin` does
//! not, so a text is equal where it is as long and contains the other.

use unicode_normalization::UnicodeNormalization;

use super::formula::{
    Fields, FormulaCard, FormulaInput, Gives, Guide, Language, Numbers, People, Rung, System, Test, bands_down,
    curve_digits, input_table, inputs_for,
};
use super::source::is_invisible;
use super::{Export, ExportError, note_if, sentences};
use crate::card::{Card, InputKind};

/// Microsoft, "Work with Dataverse formula columns": 1,000 characters; numbers from -100,000,000,000 to 100,000,000,000 with up
/// to ten decimals. "Types of columns": a line of text has 4,000 characters.
const DATAVERSE: System = System {
    target: "dataverse",
    numbers: Numbers { places: 10, bound: 100_000_000_000.0_f64.next_up() },
    max_text: 4_000,
    has_empty_booleans: true,
    max_chars: 1_000,
    max_bytes: usize::MAX,
    max_name: 60,
    name_ending: "",
    file_ending: "txt",
    unspeakable: |text| {
        if text.chars().any(|c| c > '\u{ffff}') {
            Some("a character (an emoji, say) that the database of Dataverse takes for any other")
        } else if text.chars().any(is_invisible) {
            Some("a character without width, which the database of Dataverse does not see")
        } else {
            None
        }
    },
};

/// Most formula columns on the way from one to the last that it names.
const MAX_DEPTH: usize = 10;

/// Words of Power Fx that are no names.
const WORDS: [&str; 11] =
    ["and", "or", "not", "in", "exactin", "true", "false", "blank", "parent", "self", "thisrecord"];

/// What every imported lead has.
const PEOPLE: &People = &[("Topic", |_| "Bantam check".to_owned()), ("Last Name", |row| format!("Made-up lead {row}"))];

/// The formula columns with a page that says how to create them, and the golden rows to import.
///
/// # Errors
/// [`ExportError::Unsupported`] for a text or a size that Dataverse does not take.
pub(super) fn export(card: &Card) -> Result<Export, ExportError> {
    let inputs = inputs_for(card, &DATAVERSE, |input| Some((input.column.clone(), false)));
    if let Some(input) = inputs.iter().find(|input| input.field.chars().any(char::is_control)) {
        let problem = format!("the column {:?} has a control character in its name", input.field);
        return Err(DATAVERSE.refuse(problem, "say what the column is called there: --column OLD=NEW"));
    }
    let formulas = FormulaCard::new(card, inputs, &PowerFx, PEOPLE)?;
    let notes = notes(&formulas);
    Ok(formulas.export(guide(&formulas, &notes), notes, |field| field.formula.clone(), ["leads", "column"]))
}

/// How Dataverse spells a formula.
struct PowerFx;

impl Language for PowerFx {
    fn system(&self) -> &System {
        &DATAVERSE
    }

    fn criterion(&self, input: &FormulaInput<'_>, missing: Option<i32>, rungs: &[Rung], otherwise: &str) -> String {
        let value = identifier(&input.field);
        let missing = missing.map(|points| (format!("IsBlank({value})"), points.to_string()));
        let rungs = rungs.iter().map(|rung| {
            let test = match &rung.test {
                Test::Below(edge) => format!("{value} < {edge}"),
                Test::Is(text) => is(&value, text),
                Test::IsTrue => value.clone(),
            };
            (test, rung.points.to_string())
        });
        branches(missing.into_iter().chain(rungs), otherwise)
    }

    fn probability(&self, score: &str, lowest: i32, basis_points: &[u32], above: Option<&str>) -> String {
        let digits = curve_digits(basis_points);
        let share = format!("Value(Mid(\"{digits}\", 5 * ({score} - {lowest}) + 1, 5)) / 10000");
        let end = i64::from(lowest) + basis_points.len() as i64;
        above.map_or_else(|| share.clone(), |above| format!("If({score} < {end},\n{share},\n{above})"))
    }

    fn band(&self, score: &str, card: &Card) -> String {
        let (bands, last) = bands_down(card);
        let tests = bands.into_iter().map(|(from, name)| (format!("{score} >= {from}"), literal(name)));
        branches(tests, &literal(last))
    }

    fn below(&self, field: &str, limit: i32, then: &str, otherwise: &str) -> String {
        branches(std::iter::once((format!("{field} < {limit}"), then.to_owned())), otherwise)
    }

    fn text(&self, text: &str) -> String {
        literal(text)
    }

    fn check(&self, fields: &Fields) -> Result<(), ExportError> {
        let depth = fields.depth();
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        let problem = format!("{depth} formula columns would have to name one another, and {MAX_DEPTH} may");
        let hint = "calibrate a card with fewer answers a criterion or fewer scores, or score with `bantam score` and import the \
                    scores";
        Err(DATAVERSE.refuse(problem, hint))
    }
}

/// Whether `value` is this text and no other. Where the database takes two spellings of a letter for one, a text of the length
/// of the longer spelling could contain the shorter and more; then it must be equal as well.
fn is(value: &str, text: &str) -> String {
    let (text, n_chars) = (literal(text), text.chars().count());
    let is_short = text.nfc().count() == text.chars().count();
    let equal = if is_short { String::new() } else { format!("{value} = {text} && ") };
    format!("{equal}Len({value}) = {n_chars} && {text} exactin {value}")
}

/// `If(test, value, test, value, otherwise)`, a line each.
fn branches(tests: impl Iterator<Item = (String, String)>, otherwise: &str) -> String {
    let tests: String = tests.map(|(test, value)| format!("{test}, {value},\n")).collect();
    if tests.is_empty() { otherwise.to_owned() } else { format!("If({tests}{otherwise})") }
}

/// A name as Power Fx reads it: in single quotes unless it is plain.
fn identifier(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && !WORDS.contains(&name.to_ascii_lowercase().as_str());
    if is_plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "''")) }
}

/// A text in quotes; a quote within is doubled.
fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn notes(formulas: &FormulaCard<'_>) -> Vec<String> {
    let mut notes = sentences([
        "nothing is written into Dataverse: an admin pastes the formulas, in the order of INSTALL.md, and sets the decimals",
        "no program outside Dataverse runs its formula columns: they were tried in a reader written from Microsoft's \
         documentation, so import the made-up leads before anybody relies on the score",
    ]);
    notes.push(formulas.held_note("Dataverse"));
    notes.push(
        "numbers are Decimal Number or Whole Number columns, not Float or Currency, and agree with the engine up to 15 digits"
            .to_owned(),
    );
    note_if(
        &mut notes,
        formulas.reads(InputKind::Text),
        "texts are lines of text, not choices; they are compared with upper and lower case apart, and white space at the \
             ends makes another answer",
    );
    note_if(
        &mut notes,
        formulas.reads(InputKind::Boolean),
        "a Yes/No column that is never empty counts as no where the answer is not known: take away its default",
    );
    notes.extend(formulas.fields.notes.iter().cloned());
    notes
}

fn guide(formulas: &FormulaCard<'_>, notes: &[String]) -> String {
    let mut guide = Guide::new("Lead score in Dataverse", formulas.card);
    guide.heading("Columns that have to be there");
    guide.say(
        "The formulas call them by the name in the first column; where the table calls one otherwise, export again with \
         `--column OLD=NEW`.",
    );
    input_table(&mut guide, formulas, |input| match input.kind() {
        InputKind::Number => "Decimal Number or Whole Number",
        InputKind::Text => "Single line of text",
        InputKind::Boolean => "Yes/No",
    });
    guide.heading("Formula columns to create");
    guide.steps(&[
        "make.powerapps.com in English (elsewhere Power Fx writes `;` for `,`), Tables, Lead, Columns, New column.",
        "Display name as below, data type *fx* Formula, paste the file as it is.",
        "Advanced options: decimals as below (0 for points, 4 for the probability). Save.",
        "From the first row of the table to the last: later formulas name earlier columns.",
    ]);
    let rows = formulas.rows(|_, field| {
        let decimals = match field.gives {
            Gives::Points => "0",
            Gives::Probability => "4",
            Gives::Band => "text",
        };
        vec![decimals.to_owned(), field.formula.chars().count().to_string()]
    });
    guide.table(&["file", "column", "what", "decimals", "characters (at most 1000)"], rows);
    guide.say(&format!(
        "The longest way from a formula over the formulas it names has {} steps; Dataverse takes {MAX_DEPTH}.",
        formulas.fields.depth()
    ));
    guide.heading("Check");
    guide.steps(&[
        "In a sandbox, import golden.csv as leads; leave out the columns `expected ...`.",
        "Make a view of the leads with the topic `Bantam check` and the formula columns.",
        "Every column has to hold what the column `expected ...` of its name says. Then delete the leads.",
    ]);
    guide.finish("To know", notes)
}

#[cfg(test)]
mod tests;
