//! Salesforce: formula fields on the lead, as texts to paste, with their lengths and what they may compile to.
//!
//! A formula that names another formula field compiles that one into itself, so the score is named once where it can be: the
//! curve is one text that `MID` cuts the right digits out of.

use super::formula::{
    CellPoints, Fields, FormulaCard, FormulaInput, Gives, Guide, Language, Numbers, People, Rung, System, Test,
    bands_down, curve_digits, curve_range, input_table, inputs_for, made_up_note,
};
use super::{Export, ExportError, note_if};
use crate::card::{Card, Input, InputKind};

/// Salesforce Help, "Formula field limits", "Custom field types": a formula has 3,900 characters and 4,000 bytes; numbers have
/// 18 digits; text fields that formulas can read have 255 characters; a name has 40 characters before `__c`.
const SALESFORCE: System = System {
    target: "salesforce",
    numbers: Numbers { places: 18, bound: 1e18 },
    max_text: 255,
    has_empty_booleans: false,
    max_chars: 3_900,
    max_bytes: 4_000,
    max_name: 43,
    name_ending: "__c",
    file_ending: "txt",
    unspeakable: |_| None,
};

/// Most bytes of a formula once compiled, with all that it names.
const MAX_COMPILED: usize = 15_000;

/// A formula compiles to a database query of a size that Salesforce alone can tell: admins report two to twenty bytes for each
/// written. The estimate takes the two that plain comparisons come to.
const COMPILED_PER_BYTE: usize = 2;

/// What every imported lead has.
const PEOPLE: &People =
    &[("LastName", |row| format!("Made-up lead {row}")), ("Company", |_| "Bantam check".to_owned())];

/// The formula fields with a page that says how to install them, and the golden rows to import.
///
/// # Errors
/// [`ExportError::Unsupported`] for a text or a size that Salesforce does not take.
pub(super) fn export(card: &Card) -> Result<Export, ExportError> {
    let inputs = inputs_for(card, &SALESFORCE, api_name);
    if let Some(input) = inputs.iter().find(|input| input.is_picklist && input.kind() != InputKind::Text) {
        let problem = format!("`{}` is {}, no picklist", input.input.column, input.kind().in_words());
        return Err(SALESFORCE.refuse(problem, "name the field without TEXT(...)"));
    }
    let formulas = FormulaCard::new(card, inputs, &SalesforceFormulas, PEOPLE)?;
    let sizes = written_out(&formulas.fields);
    let notes = notes(&formulas, &sizes);
    Ok(formulas.export(guide(&formulas, &sizes, &notes), notes, |field| field.formula.clone(), ["leads", "field"]))
}

/// The field a column stands for: `Budget__c`, `LeadSource` and `Account.Industry` as they are, `TEXT(Budget__c)` for a picklist.
/// Other names are no fields of Salesforce.
fn api_name(input: &Input) -> Option<(String, bool)> {
    let column = input.column.trim();
    let picklist = column.strip_prefix("TEXT(").and_then(|rest| rest.strip_suffix(')'));
    let name = picklist.unwrap_or(column);
    let is_part = |part: &str| {
        let mut chars = part.chars();
        let is_standard = chars.next().is_some_and(|c| c.is_ascii_uppercase());
        let is_custom = part.ends_with("__c") || part.ends_with("__r");
        let is_plain = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_plain && (is_standard || is_custom && part.starts_with(|c: char| c.is_ascii_alphabetic()))
    };
    name.split('.').all(is_part).then(|| (name.to_owned(), picklist.is_some()))
}

/// How Salesforce spells a formula.
struct SalesforceFormulas;

impl Language for SalesforceFormulas {
    fn system(&self) -> &System {
        &SALESFORCE
    }

    fn criterion(&self, input: &FormulaInput<'_>, missing: Option<i32>, rungs: &[Rung], otherwise: &str) -> String {
        let field = &input.field;
        let answer = match input.kind() {
            InputKind::Text => cases(field, rungs, otherwise),
            InputKind::Number | InputKind::Boolean => tests(field, rungs, otherwise),
        };
        match (missing, input.kind()) {
            // A checkbox is never empty.
            (None, _) | (_, InputKind::Boolean) => answer,
            (Some(points), _) if input.is_picklist => format!("IF(ISPICKVAL({field}, \"\"), {points},\n{answer})"),
            (Some(points), _) => format!("IF(ISBLANK({field}), {points},\n{answer})"),
        }
    }

    // The cell is named once, because its formulas are written out wherever it is.
    fn cells(&self, cell: &FormulaInput<'_>, cells: &[CellPoints], otherwise: &str) -> String {
        let is_other = |cell: &&CellPoints| cell.points.to_string() != otherwise;
        let case = |cell: &CellPoints| format!("{}, {},\n", cell.code, cell.points);
        let cases: String = cells.iter().filter(is_other).map(case).collect();
        if cases.is_empty() {
            otherwise.to_owned()
        } else {
            format!("CASE(MAX({}, 0),\n{cases}{otherwise})", cell.field)
        }
    }

    fn probability(&self, score: &str, lowest: i32, basis_points: &[u32], above: Option<&str>) -> String {
        let digits = curve_digits(basis_points);
        let share = format!("VALUE(MID(\"{digits}\", 5 * ({}) + 1, 5)) / 10000", minus(score, lowest));
        let end = i64::from(lowest) + basis_points.len() as i64;
        above.map_or_else(|| share.clone(), |above| format!("IF({score} < {end},\n{share},\n{above})"))
    }

    fn band(&self, score: &str, card: &Card) -> String {
        const MARKS: &str = "123456789abcdefghijklmnopqrstuvwxyz";
        let (bands, last) = bands_down(card);
        let (lowest, highest) = curve_range(card);
        if bands.len() < 2 || bands.len() > MARKS.len() {
            let tests = bands.iter().map(|(from, name)| format!("IF({score} >= {from}, {},\n", literal(name)));
            return tests.collect::<String>() + &literal(last) + &")".repeat(bands.len());
        }
        // One mark a score, so that the score is named once.
        let mark_of = |score: i32| {
            let band = bands.iter().position(|(from, _)| score >= *from);
            band.and_then(|idx| MARKS.chars().nth(idx)).unwrap_or('0')
        };
        let marks: String = (lowest..=highest).map(mark_of).collect();
        let names =
            bands.iter().zip(MARKS.chars()).map(|((_, name), mark)| format!("\"{mark}\", {},\n", literal(name)));
        let names: String = names.collect();
        format!("CASE(MID(\"{marks}\", {} + 1, 1),\n{names}{})", minus(score, lowest), literal(last))
    }

    fn below(&self, field: &str, limit: i32, then: &str, otherwise: &str) -> String {
        format!("IF({field} < {limit}, {then},\n{otherwise})")
    }

    fn text(&self, text: &str) -> String {
        literal(text)
    }

    fn check(&self, fields: &Fields) -> Result<(), ExportError> {
        let sizes = written_out(fields);
        let Some((field, size)) = fields.fields.iter().zip(&sizes).find(|(_, size)| **size > MAX_COMPILED) else {
            return Ok(());
        };
        let problem = format!(
            "`{}` has {size} bytes with the formulas it names written out, and a compiled formula may have {MAX_COMPILED}",
            field.label.escape_debug()
        );
        let hint = "calibrate a smaller card, or score with `bantam score` and import the scores into number fields";
        Err(SALESFORCE.refuse(problem, hint))
    }
}

/// `score - lowest` as Salesforce adds it up.
fn minus(score: &str, lowest: i32) -> String {
    match lowest {
        0 => score.to_owned(),
        1.. => format!("{score} - {lowest}"),
        ..0 => format!("{score} + {}", lowest.unsigned_abs()),
    }
}

/// Answers of a text, each with its points.
fn cases(field: &str, rungs: &[Rung], otherwise: &str) -> String {
    let case = |rung: &Rung| Some(format!("{}, {},\n", literal(rung.test.text()?), rung.points));
    let cases: String = rungs.iter().filter_map(case).collect();
    if cases.is_empty() { otherwise.to_owned() } else { format!("CASE({field},\n{cases}{otherwise})") }
}

/// Tests of a number or a checkbox, one within the other.
fn tests(field: &str, rungs: &[Rung], otherwise: &str) -> String {
    let test = |rung: &Rung| match &rung.test {
        Test::Below(edge) => format!("IF({field} < {edge}, {},\n", rung.points),
        Test::IsTrue | Test::Is(_) => format!("IF({field}, {},\n", rung.points),
    };
    rungs.iter().map(test).collect::<String>() + otherwise + &")".repeat(rungs.len())
}

/// A text in quotes; a backslash stands before a quote and before itself.
fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Bytes of each formula with the formulas it names written out in their place.
fn written_out(fields: &Fields) -> Vec<usize> {
    let mut sizes: Vec<usize> = Vec::with_capacity(fields.fields.len());
    for field in &fields.fields {
        let named = |idx: &usize| {
            let name = fields.fields[*idx].name.as_str();
            sizes[*idx] * field.formula.matches(name).count()
        };
        // A score is named twice in a part of the curve, and written out twice.
        sizes.push(field.formula.len() + field.names.iter().map(named).sum::<usize>());
    }
    sizes
}

fn notes(formulas: &FormulaCard<'_>, sizes: &[usize]) -> Vec<String> {
    let mut notes = vec![
        "nothing is written into Salesforce: an admin pastes the formulas, in the order of INSTALL.md, with \"Treat blank fields \
         as blanks\""
            .to_owned(),
        formulas.held_note("Salesforce"),
        "numbers agree with the engine up to 15 digits; texts are compared with upper and lower case apart, after Salesforce has \
         taken the spaces off both ends, and other white space at the ends makes another answer"
            .to_owned(),
    ];
    notes.extend(made_up_note(&formulas.inputs, "budget=Budget__c"));
    note_if(
        &mut notes,
        formulas.reads(InputKind::Text),
        "text is read from text fields; for a picklist, export again with --column 'budget=TEXT(Budget__c)'",
    );
    note_if(
        &mut notes,
        formulas.reads(InputKind::Boolean),
        "a checkbox is never empty: where the answer is not known it counts as no, and the points for a missing answer are \
             never given",
    );
    note_if(
        &mut notes,
        formulas.reads(InputKind::Boolean) && formulas.card.known_at_least.is_some(),
        "for `ask first` an answer in a checkbox is always known",
    );
    let largest = sizes.iter().copied().max().unwrap_or(0) * COMPILED_PER_BYTE;
    if largest > MAX_COMPILED {
        notes.push(format!(
            "the largest formula may compile to more than the {MAX_COMPILED} bytes that Salesforce takes (our estimate: \
             {largest}): try \"Check Syntax\" on the last fields of INSTALL.md first"
        ));
    }
    notes.extend(formulas.fields.notes.iter().cloned());
    notes
}

fn guide(formulas: &FormulaCard<'_>, sizes: &[usize], notes: &[String]) -> String {
    let mut guide = Guide::new("Lead score in Salesforce", formulas.card);
    guide.heading("Fields that have to be there");
    input_table(&mut guide, formulas, |input| match input.kind() {
        InputKind::Number => "Number",
        InputKind::Text if input.is_picklist => "Picklist",
        InputKind::Text => "Text",
        InputKind::Boolean => "Checkbox",
    });
    guide.heading("Formula fields to create");
    guide.steps(&[
        "Setup, Object Manager, Lead, Fields & Relationships, New, Formula.",
        "Field name and return type as below; points have 0 decimal places, the probability 4.",
        "Advanced Formula: paste the file as it is.",
        "Blank Field Handling: choose **Treat blank fields as blanks**. With zeroes, an unknown number would count as 0.",
        "Check Syntax, then save. From the first row of the table to the last: later formulas name earlier fields.",
    ]);
    let rows = formulas.rows(|idx, field| {
        let kind = match field.gives {
            Gives::Points => "Number",
            Gives::Probability => "Number, 4 decimals",
            Gives::Band => "Text",
        };
        let figures = [field.formula.chars().count(), sizes[idx], sizes[idx] * COMPILED_PER_BYTE];
        std::iter::once(kind.to_owned()).chain(figures.map(|figure| figure.to_string())).collect()
    });
    let heads = ["characters (at most 3900)", "bytes written out", "compiled, estimate (at most 15000)"];
    guide.table(&[&["file", "field", "what", "return type"][..], &heads].concat(), rows);
    guide.say(
        "*Written out* counts the formulas that a formula names in their place, as Salesforce compiles them. The compiled size is \
         an estimate of two bytes for each written; Salesforce alone measures it, under Check Syntax.",
    );
    guide.heading("Check");
    guide.steps(&[
        "In a sandbox, import golden.csv as leads and map the columns to the fields of their name; leave out `expected ...`.",
        "Make a report of the leads of company `Bantam check` with the formula fields.",
        "Every field has to hold what the column `expected ...` of its name says. Then delete the leads.",
    ]);
    guide.finish("To know", notes)
}

#[cfg(test)]
mod tests;
