//! PMML 4.4: the card as a Scorecard with reasons, and its golden rows as ModelVerification.
//!
//! Start at [`export`]. `predicates` has the rules of levels, `sums` the cells of pairs, `known` how much is known of a lead, `verification` the golden rows, `xml` the writing.
//!
//! What PMML does not know is put into what it knows: a text is trimmed by a derived field, its spellings of Unicode are listed,
//! and a ten-thousandth of a point, less with every criterion, settles which of two equal losses comes first.

mod known;
mod predicates;
mod sums;
mod verification;
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::columns::{days_notes, inputs_of, reads};
use super::curve::{Step, share_text, steps_of};
use super::names::unused;
use super::pairs::codes_of_levels;
use super::source::head_lines;
use super::{Export, ExportError, Proof, note_if, spellings};
use crate::card::{Card, Criterion, Input, InputKind, When, in_short};
use crate::score::{MAX_REASONS, Shortfall, shortfalls_of};
use known::KnownField;
use sums::SumFields;
use xml::{Xml, unholdable};

/// The card as a PMML document.
///
/// # Errors
/// [`ExportError::Unsupported`] for a text that XML cannot hold, and where two criteria give the same reason.
pub(super) fn export(card: &Card) -> Result<Export, ExportError> {
    check_texts(card)?;
    let reasons: Vec<Vec<Option<Shortfall>>> = card.criteria.iter().map(shortfalls_of).collect();
    check_reasons(card, &reasons)?;
    let bytes = write(card, &reasons).map_err(ExportError::wrong)?;
    let how = "load it in an evaluator that runs ModelVerification, such as `make_evaluator(path).verify()` of jpmml_evaluator";
    Ok(Export::file(bytes, &[], Proof::ByHand(how.to_owned()), notes(card)))
}

/// Names of the fields that are not columns.
struct FieldNames {
    /// By column of texts, the derived field that holds them trimmed.
    trimmed: BTreeMap<String, String>,
    /// The derived field that says how much is known of a lead, where the band depends on it.
    known: Option<KnownField>,
    /// The derived fields that it and pairs look at.
    sums: SumFields,
    score: String,
    probability: String,
    band: String,
    reasons: Vec<String>,
}

impl FieldNames {
    /// Names that no column has.
    fn new(card: &Card) -> Self {
        let inputs = inputs_of(card);
        let mut taken: BTreeSet<String> = inputs.iter().map(|input| input.column.clone()).collect();
        let [score, probability, band] = ["score", "probability", "band"].map(|name| unused(name, &mut taken));
        let reasons = (1..=MAX_REASONS).map(|rank| unused(&format!("reason_{rank}"), &mut taken)).collect();
        let texts = inputs.iter().filter(|input| input.kind == InputKind::Text);
        let trimmed =
            texts.map(|input| (input.column.clone(), unused(&format!("{}, trimmed", input.column), &mut taken)));
        let trimmed = trimmed.collect();
        let known = KnownField::new(card, &mut taken);
        let sums = SumFields::new(card, known.as_ref().map(|field| &field.known), &mut taken);
        Self { trimmed, known, sums, score, probability, band, reasons }
    }

    /// The field that the levels of a criterion look at.
    fn of<'a>(&'a self, input: &'a Input) -> &'a str {
        self.trimmed.get(&input.column).unwrap_or(&input.column)
    }
}

fn write(card: &Card, reasons: &[Vec<Option<Shortfall>>]) -> io::Result<Vec<u8>> {
    let fields = FieldNames::new(card);
    let mut xml = Xml::new()?;
    xml.element("PMML", &[("xmlns", "http://www.dmg.org/PMML-4_4"), ("version", "4.4")], |xml| {
        write_header(xml, card)?;
        write_dictionary(xml, card)?;
        let base_points = card.base_points.to_string();
        let attributes = [
            ("modelName", "card"),
            ("functionName", "regression"),
            ("initialScore", &base_points),
            ("useReasonCodes", "true"),
            ("reasonCodeAlgorithm", "pointsBelow"),
            ("baselineMethod", "max"),
        ];
        xml.element("Scorecard", &attributes, |xml| {
            write_schema(xml, card)?;
            write_output(xml, card, &fields)?;
            write_derived(xml, card, &fields)?;
            xml.element("Characteristics", &[], |xml| {
                let mut criteria = card.criteria.iter().zip(reasons).enumerate();
                criteria
                    .try_for_each(|(idx, (criterion, reasons))| write_criterion(xml, idx, criterion, reasons, &fields))
            })?;
            verification::write(xml, card, &fields)
        })
    })?;
    Ok(xml.into_bytes())
}

fn write_header(xml: &mut Xml, card: &Card) -> io::Result<()> {
    xml.element("Header", &[("description", "Points of a lead")], |xml| {
        xml.empty("Application", &[("name", "Bantam")])?;
        let lines = head_lines(card);
        lines.iter().filter(|line| unholdable(line).is_none()).try_for_each(|line| xml.text("Annotation", &[], line))
    })
}

fn write_dictionary(xml: &mut Xml, card: &Card) -> io::Result<()> {
    let inputs = inputs_of(card);
    xml.element("DataDictionary", &[("numberOfFields", &inputs.len().to_string())], |xml| {
        inputs.iter().try_for_each(|input| {
            let column = ("name", input.column.as_str());
            match input.kind {
                InputKind::Text => xml.empty("DataField", &[column, ("optype", "categorical"), ("dataType", "string")]),
                InputKind::Boolean => {
                    xml.empty("DataField", &[column, ("optype", "categorical"), ("dataType", "boolean")])
                }
                // An integer of PMML may end at 32 bits.
                InputKind::Number => {
                    xml.element("DataField", &[column, ("optype", "continuous"), ("dataType", "double")], |xml| {
                        xml.empty("Value", &[("value", "NaN"), ("property", "missing")])
                    })
                }
            }
        })
    })
}

fn write_schema(xml: &mut Xml, card: &Card) -> io::Result<()> {
    xml.element("MiningSchema", &[], |xml| {
        inputs_of(card).iter().try_for_each(|input| {
            let treatment = [("missingValueTreatment", "asIs"), ("invalidValueTreatment", "asIs")];
            xml.empty("MiningField", &[("name", &input.column), ("usageType", "active"), treatment[0], treatment[1]])
        })
    })
}

fn write_output(xml: &mut Xml, card: &Card, fields: &FieldNames) -> io::Result<()> {
    xml.element("Output", &[], |xml| {
        let whole = [("optype", "continuous"), ("dataType", "integer"), ("feature", "predictedValue")];
        xml.empty("OutputField", &[("name", &fields.score), whole[0], whole[1], whole[2]])?;
        let share = [("optype", "continuous"), ("dataType", "double"), ("feature", "transformedValue")];
        xml.element("OutputField", &[("name", &fields.probability), share[0], share[1], share[2]], |xml| {
            // Some readers give the text of a bin; times one it is the number.
            xml.element("Apply", &[("function", "*")], |xml| {
                xml.text("Constant", &[("dataType", "double")], "1")?;
                let value = |step: &Step| share_text(step.probability_bp);
                let steps: Vec<(i32, String)> = steps_of(card).iter().map(|step| (step.from, value(step))).collect();
                write_steps(xml, fields, "double", &steps)
            })
        })?;
        let name = [("optype", "categorical"), ("dataType", "string"), ("feature", "transformedValue")];
        xml.element("OutputField", &[("name", &fields.band), name[0], name[1], name[2]], |xml| {
            let by_score = |xml: &mut Xml| write_steps(xml, fields, "string", &band_steps(card));
            match &fields.known {
                None => by_score(xml),
                Some(known) => known.write_band(xml, by_score),
            }
        })?;
        for (rank, field) in (1..).zip(&fields.reasons) {
            let rank = i32::to_string(&rank);
            let reason = [("optype", "categorical"), ("dataType", "string"), ("feature", "reasonCode")];
            xml.empty("OutputField", &[("name", field), reason[0], reason[1], reason[2], ("rank", &rank)])?;
        }
        Ok(())
    })
}

/// The bands, lowest first; the lowest starts at the lowest score there is.
fn band_steps(card: &Card) -> Vec<(i32, String)> {
    let lowest = card.curve.first().map_or(0, |entry| entry.score);
    card.bands.iter().rev().map(|band| (band.from.unwrap_or(lowest), band.name.clone())).collect()
}

/// The value of the step that the score lies on; the first step takes everything below the second.
fn write_steps(xml: &mut Xml, fields: &FieldNames, data_type: &str, steps: &[(i32, String)]) -> io::Result<()> {
    xml.element("Discretize", &[("field", &fields.score), ("dataType", data_type)], |xml| {
        for (idx, (from, value)) in steps.iter().enumerate() {
            let from = from.to_string();
            let next = steps.get(idx + 1).map(|(from, _)| from.to_string());
            let ends: &[(&str, &str)] = match &next {
                Some(next) if idx == 0 => &[("closure", "openOpen"), ("rightMargin", next)],
                Some(next) => &[("closure", "closedOpen"), ("leftMargin", &from), ("rightMargin", next)],
                None => &[("closure", "closedOpen"), ("leftMargin", &from)],
            };
            xml.element("DiscretizeBin", &[("binValue", value)], |xml| xml.empty("Interval", ends))?;
        }
        Ok(())
    })
}

/// A derived field per column of texts, without white space at the ends; empty where the text is missing. Behind them the sums.
fn write_derived(xml: &mut Xml, card: &Card, fields: &FieldNames) -> io::Result<()> {
    if fields.trimmed.is_empty() && fields.known.is_none() && fields.sums.is_empty() {
        return Ok(());
    }
    let pattern = trimming_pattern();
    xml.element("LocalTransformations", &[], |xml| {
        // What stands between; some readers take an empty constant for a missing one.
        let alone = Trimming { pattern: &pattern, missing: "", form: "$1" };
        fields.trimmed.iter().try_for_each(|(column, trimmed)| alone.write(xml, column, trimmed))?;
        fields.sums.write(xml, card, &pattern)?;
        fields.known.as_ref().map_or(Ok(()), |known| known.write(xml, &fields.sums))
    })
}

/// How white space is taken off the ends of a text.
struct Trimming<'a> {
    /// As of [`trimming_pattern`].
    pattern: &'a str,
    /// What a missing text becomes.
    missing: &'a str,
    /// What any other becomes, with what stands between as `$1`.
    form: &'a str,
}

impl Trimming<'_> {
    /// The derived field `name` with the texts of `column`.
    fn write(&self, xml: &mut Xml, column: &str, name: &str) -> io::Result<()> {
        let text = [("optype", "categorical"), ("dataType", "string")];
        xml.element("DerivedField", &[("name", name), text[0], text[1]], |xml| {
            xml.element("Apply", &[("function", "replace"), ("mapMissingTo", self.missing)], |xml| {
                xml.empty("FieldRef", &[("field", column)])?;
                xml.text("Constant", &[("dataType", "string")], self.pattern)?;
                xml.text("Constant", &[("dataType", "string")], self.form)
            })
        })
    }
}

/// A regular expression over a whole text whose first group is what stands between the white space at its ends.
///
/// White space is that of [`crate::card::TEXT_RULE`]. Its characters are written one by one: some readers of PMML lose what comes
/// before a bracket, and the short forms mean other characters in every dialect. `*+` keeps Java from recursing.
fn trimming_pattern() -> String {
    let white_space: Vec<String> = (char::MIN..=char::MAX)
        .filter(|c| c.is_whitespace())
        .map(|c| {
            if u32::from(c) < 0x100 { format!("\\x{:02x}", u32::from(c)) } else { format!("\\x{{{:x}}}", u32::from(c)) }
        })
        .collect();
    let any = format!("(?:{})*+", white_space.join("|"));
    format!("(?s)^{any}(.*?){any}$")
}

fn write_criterion(
    xml: &mut Xml,
    idx: usize,
    criterion: &Criterion,
    reasons: &[Option<Shortfall>],
    fields: &FieldNames,
) -> io::Result<()> {
    let baseline = baseline(criterion.points_max(), idx);
    let attributes = [("name", criterion.name.as_str()), ("reasonCode", &criterion.name), ("baselineScore", &baseline)];
    xml.element("Characteristic", &attributes, |xml| {
        for ((level, codes), reason) in criterion.levels.iter().zip(codes_of_levels(criterion)).zip(reasons) {
            let points = level.points.to_string();
            let mut attributes = vec![("partialScore", points.as_str())];
            attributes.extend(reason.as_ref().map(|reason| ("reasonCode", reason.words.as_str())));
            xml.element("Attribute", &attributes, |xml| match criterion.input() {
                Some(input) => predicates::write(xml, fields.of(input), input.kind, &level.when),
                None => predicates::write_cells(xml, fields.sums.cell(criterion), &level.when, &codes),
            })?;
        }
        Ok(())
    })
}

/// The points of the best level less a fraction: 30 for the first criterion is `29.9999`, for the second `29.9998`.
///
/// Losses are whole, so the fraction decides nothing but ties, and what loses nothing lies above the baseline and is no reason.
fn baseline(most_points: i32, criterion_idx: usize) -> String {
    // Criteria end at 2,000, the fraction therefore at 0.2.
    let ten_thousandths = i64::from(most_points) * 10_000 - 1 - criterion_idx as i64;
    let sign = if ten_thousandths < 0 { "-" } else { "" };
    format!("{sign}{}.{:04}", ten_thousandths.abs() / 10_000, ten_thousandths.abs() % 10_000)
}

/// Every text of the card is one that XML can hold.
fn check_texts(card: &Card) -> Result<(), ExportError> {
    let mut texts: Vec<(String, &str)> = Vec::new();
    for criterion in &card.criteria {
        let place = format!("criterion `{}`", in_short(&criterion.name));
        texts.push((place.clone(), &criterion.name));
        texts.push((format!("the label of {place}"), criterion.shown()));
        let columns = criterion.inputs.iter();
        texts.extend(columns.map(|input| (format!("the column of {place}"), input.column.as_str())));
        for level in &criterion.levels {
            let place = format!("level `{}` of {place}", in_short(&level.label));
            texts.push((place.clone(), &level.label));
            texts.push((format!("what people read of {place}"), level.shown()));
            if let When::OneOf(named) = &level.when {
                texts.extend(
                    named.iter().map(|text| (format!("the text \"{}\" in {place}", in_short(text)), text.as_str())),
                );
            }
        }
    }
    for (axis, _) in card.criteria.iter().flat_map(Criterion::axes) {
        let place = format!("part of `{}`", in_short(&axis.criterion));
        let named = axis.parts.iter().flat_map(|part| part.when.texts());
        texts.extend(named.map(|text| (format!("the text \"{}\" in a {place}", in_short(text)), text.as_str())));
    }
    texts.extend(card.bands.iter().map(|band| (format!("band `{}`", in_short(&band.name)), band.name.as_str())));
    match texts.iter().find_map(|(place, text)| Some((place, unholdable(text)?))) {
        None => Ok(()),
        Some((place, c)) => Err(ExportError::unsupported(
            "PMML",
            format!("{place} has the character U+{:04X}, which XML has no way to write", u32::from(c)),
            "clean that value in the leads and calibrate again, or choose --to python, javascript or sql",
        )),
    }
}

/// No reason stands for two criteria: evaluators would add up what both lose.
fn check_reasons(card: &Card, reasons: &[Vec<Option<Shortfall>>]) -> Result<(), ExportError> {
    let mut given_by: BTreeMap<&str, &str> = BTreeMap::new();
    for (criterion, reasons) in card.criteria.iter().zip(reasons) {
        let words = reasons.iter().flatten().map(|reason| reason.words.as_str());
        for words in std::iter::once(criterion.name.as_str()).chain(words) {
            let first = *given_by.entry(words).or_insert(&criterion.name);
            if first != criterion.name {
                let [first, second, words] = [first, &criterion.name, words].map(in_short);
                return Err(ExportError::unsupported(
                    "PMML",
                    format!("criteria `{first}` and `{second}` give the same reason, \"{words}\""),
                    "rename one of the two criteria in the config and calibrate again",
                ));
            }
        }
    }
    Ok(())
}

/// What whoever installs it has to know.
fn notes(card: &Card) -> Vec<String> {
    let mut notes = vec![
        "a value that is missing is null, NaN or left out; numbers are doubles, and whole ones beyond 2^53 lose digits before \
         they are compared"
            .to_owned(),
    ];
    note_if(
        &mut notes,
        reads(card, InputKind::Text),
        "white space at the ends of texts is taken off by the function `replace` and a regular expression that Java and PCRE \
             know; for an evaluator without them, trim texts before scoring",
    );
    notes.extend(days_notes(card));
    notes.extend(spellings::note(card));
    notes.push(
        "the score comes with its reasons and not with the points of each criterion; an evaluator that finds fewer than three \
         reasons leaves the rest empty or repeats the last"
            .to_owned(),
    );
    let n_left_out = card.golden.len() - verification::rows(card).len();
    if n_left_out > 0 {
        notes.push(format!(
            "{n_left_out} of {} made-up leads hold values that PMML cannot hold and are not in ModelVerification",
            card.golden.len()
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::super::Layout;
    use super::*;
    use crate::card::tests::{card_of, criterion, example_card, level, one_of, paired_card};

    fn document(card: &Card) -> String {
        let Layout::File { bytes, .. } = export(card).expect("a document").layout else { panic!("one file") };
        String::from_utf8(bytes).expect("text")
    }

    fn refusal(card: &Card) -> String {
        export(card).expect_err("refused").to_string()
    }

    #[test]
    fn a_card_that_asks_first_looks_at_what_is_known() {
        let mut card = example_card();
        card.criteria[0].levels[3].n_leads = 0;
        card.known_at_least = Some(6);
        card.golden.truncate(5);
        let document = document(&card);
        let from = document.find("<OutputField name=\"band\"").expect("a band");
        let to = document[from..].find("</OutputField>").expect("its end") + from;
        let known = document.find("<DerivedField name=\"budget, signed\"").expect("texts behind a sign");
        let end = document.find("</LocalTransformations>").expect("its end");
        insta::assert_snapshot!(format!("{}\n\n{}", &document[from..to], &document[known..end]));
        assert_eq!(document.matches("<band>ask first</band>").count(), 2, "nothing known, and the narrowest alone");
    }

    #[test]
    fn a_pair_looks_at_its_cell() {
        let mut card = paired_card();
        card.known_at_least = Some(6);
        card.golden.truncate(2);
        let document = document(&card);
        let from = document.find("<DerivedField name=\"budget and clicks, cell\"").expect("a cell");
        let to = document[from..].find("</DerivedField>").expect("its end") + from;
        let pair = document.find("<Characteristic name=\"budget and clicks\"").expect("a characteristic");
        let end = document[pair..].find("</Characteristic>").expect("its end") + pair;
        insta::assert_snapshot!(format!("{}\n\n{}", &document[from..to], &document[pair..end]));
        assert!(document.contains("<DerivedField name=\"role and demo, cell\""), "{document}");
    }

    #[test]
    fn a_card_reads_like_this() {
        let mut card = example_card();
        for entry in &mut card.curve {
            entry.probability_bp = if entry.score < 20 { 250 } else { 1_999 };
        }
        card.golden.truncate(3);
        insta::assert_snapshot!(document(&card));
    }

    #[test]
    fn fields_that_are_no_columns_give_way_to_columns() {
        let mut card = example_card();
        card.criteria[0].inputs[0].column = "score".to_owned();
        card.criteria[1].inputs[0].column = "score, trimmed".to_owned();
        let card = card_of(0, card.criteria);
        let fields = FieldNames::new(&card);
        assert_eq!(fields.score, "score_2");
        assert_eq!(fields.trimmed["score"], "score, trimmed_2");
        assert!(document(&card).contains("<Discretize field=\"score_2\""));
    }

    #[test]
    fn a_card_with_one_band_and_a_flat_curve_needs_no_second_step() {
        let mut card = example_card();
        card.bands.remove(0);
        card.curve.iter_mut().for_each(|entry| entry.probability_bp = 100);
        let text = document(&card);
        assert_eq!(text.matches("<Interval closure=\"closedOpen\" leftMargin=\"0\"/>").count(), 2, "{text}");
    }

    #[test]
    fn equal_losses_come_in_the_order_of_the_card() {
        assert_eq!(baseline(30, 0), "29.9999");
        assert_eq!(baseline(0, 1), "-0.0002");
        assert_eq!(baseline(-3, 9), "-3.0010");
        assert_eq!(baseline(1_000_000, 1_999), "999999.8000");
    }

    #[test]
    fn the_pattern_has_every_white_space_and_nothing_a_reader_stumbles_over() {
        let pattern = trimming_pattern();
        assert_eq!(pattern.matches('|').count(), 2 * 24, "25 characters, twice");
        assert!(pattern.contains(r"\x09") && pattern.contains(r"\xa0") && pattern.contains(r"\x{3000}"));
        assert!(!pattern.contains(['[', ']', '&', '<', '>']), "{pattern}");
    }

    #[test]
    fn what_xml_cannot_hold_is_refused_with_its_place() {
        let mut card = example_card();
        card.criteria[0].levels[2].when = one_of(&["approved", "bell \u{7}"]);
        assert_eq!(
            refusal(&card),
            "PMML cannot hold this card: the text \"bell \\u{7}\" in level `approved` of criterion `budget` has the character \
             U+0007, which XML has no way to write\n\
             hint: clean that value in the leads and calibrate again, or choose --to python, javascript or sql"
        );
        let mut card = example_card();
        card.bands[0].name = "hot\0".to_owned();
        assert!(refusal(&card).contains("band `hot\\0` has the character U+0000"), "{}", refusal(&card));
    }

    #[test]
    fn rows_that_xml_cannot_hold_are_counted() {
        let mut card = example_card();
        card.golden[4].inputs.insert("budget".to_owned(), "\u{1}".into());
        let n_rows = card.golden.len();
        assert!(document(&card).contains(&format!("recordCount=\"{}\"", n_rows - 1)));
        let notes = export(&card).expect("a document").notes.join("\n");
        assert!(notes.contains(&format!("1 of {n_rows} made-up leads hold values")), "{notes}");
    }

    #[test]
    fn two_criteria_that_give_one_reason_are_refused() {
        let levels = |label: &str| {
            vec![level(When::Missing, label, 0), level(one_of(&["x"]), "best", 5), level(When::Else, "else", 5)]
        };
        let criteria =
            vec![criterion("a", InputKind::Text, levels("b: c")), criterion("a: b", InputKind::Text, levels("c"))];
        assert_eq!(
            refusal(&card_of(0, criteria)),
            "PMML cannot hold this card: criteria `a` and `a: b` give the same reason, \"a: b: c (5 points below best)\"\n\
             hint: rename one of the two criteria in the config and calibrate again"
        );
    }
}
