//! How much is known of a lead, as a derived field that the band looks at.
//!
//! A Scorecard adds up one number only, so the points known are a sum of conditions beside it. They look at texts with a sign before
//! them: some readers take an empty constant for a missing one.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::Trimming;
use super::predicates::number;
use super::xml::Xml;
use crate::card::{ASK_FIRST, Card, Criterion, InputKind, When};
use crate::export::columns::inputs_of;
use crate::export::known::Known;
use crate::export::names::unused;
use crate::export::spellings::spellings_of;

/// Stands before every text.
const SIGN: &str = "=";

/// The derived fields, and what they are made of.
pub(super) struct FieldNames {
    known: Known,
    /// By column of texts that a condition looks at, the derived field that holds them behind a sign.
    signed: BTreeMap<String, String>,
    /// The derived field with the points known.
    points: String,
}

impl FieldNames {
    /// Names that no other field has; `None` where every lead has a band by its score.
    pub(super) fn new(card: &Card, taken: &mut BTreeSet<String>) -> Option<Self> {
        let known = Known::of(card)?;
        let points = unused("points known", taken);
        let texts = inputs_of(card).into_iter().filter(|input| input.kind == InputKind::Text);
        let texts = texts.filter(|input| known.criteria().any(|(_, criterion)| criterion.input() == Some(*input)));
        let signed = texts.map(|input| (input.column.clone(), unused(&format!("{}, signed", input.column), taken)));
        let signed = signed.collect();
        Some(Self { known, signed, points })
    }

    /// The derived fields.
    ///
    /// - `pattern`: what trims a text.
    pub(super) fn write(&self, xml: &mut Xml, pattern: &str) -> io::Result<()> {
        let signed = Trimming { pattern, missing: SIGN, form: &format!("{SIGN}$1") };
        self.signed.iter().try_for_each(|(column, field)| signed.write(xml, column, field))?;
        let whole = [("optype", "continuous"), ("dataType", "integer")];
        xml.element("DerivedField", &[("name", &self.points), whole[0], whole[1]], |xml| {
            xml.element("Apply", &[("function", "sum")], |xml| {
                constant(xml, "integer", "0")?;
                self.known.criteria().try_for_each(|(_, criterion)| self.write_criterion(xml, criterion))
            })
        })
    }

    /// The band: `by_score`, unless too little is known.
    pub(super) fn write_band(
        &self,
        xml: &mut Xml,
        by_score: impl FnOnce(&mut Xml) -> io::Result<()>,
    ) -> io::Result<()> {
        xml.element("Apply", &[("function", "if")], |xml| {
            compared(xml, "lessThan", &self.points, "integer", &self.known.limit.to_string())?;
            constant(xml, "string", ASK_FIRST)?;
            by_score(xml)
        })
    }

    /// The points of the first level whose condition holds: conditions one within the other.
    fn write_criterion(&self, xml: &mut Xml, criterion: &Criterion) -> io::Result<()> {
        let Some(input) = criterion.input() else { return Ok(()) };
        let column = input.column.as_str();
        if let Some(field) = self.signed.get(column) {
            return write_text(xml, field, criterion);
        }
        let conditions: Vec<Condition<'_>> = criterion
            .levels
            .iter()
            .filter_map(|level| {
                let test = match &level.when {
                    When::Else => return None,
                    When::Missing => Test::Missing(column),
                    When::Below(edge) => Test::Below(column, number(*edge)),
                    When::OneOf(texts) => Test::OneOf(column, "boolean", texts.clone()),
                };
                Some(Condition { test, points: level.points })
            })
            .collect();
        write_first_that_holds(xml, &conditions, criterion.levels.last().map_or(0, |level| level.points))
    }
}

/// Terms of the sum for a text: what the rest is worth, and for every text that is named what it is worth more. A text stands in an
/// attribute, since PMML4S loses characters beyond U+FFFF of a constant.
fn write_text(xml: &mut Xml, field: &str, criterion: &Criterion) -> io::Result<()> {
    let rest = criterion.levels.last().map_or(0, |level| level.points);
    constant(xml, "integer", &rest.to_string())?;
    for level in &criterion.levels {
        let texts = match &level.when {
            When::Missing => vec![String::new()],
            When::OneOf(texts) => texts.iter().flat_map(|text| spellings_of(text).texts).collect(),
            When::Below(_) | When::Else => Vec::new(),
        };
        for text in texts {
            let value = format!("{SIGN}{text}");
            xml.element("Apply", &[("function", "*")], |xml| {
                constant(xml, "integer", &(level.points - rest).to_string())?;
                xml.empty("NormDiscrete", &[("field", field), ("value", &value), ("mapMissingTo", "0")])
            })?;
        }
    }
    Ok(())
}

struct Condition<'a> {
    test: Test<'a>,
    points: i32,
}

/// What a field is asked.
enum Test<'a> {
    Missing(&'a str),
    Below(&'a str, String),
    /// With the type of the constants.
    OneOf(&'a str, &'static str, Vec<String>),
}

fn write_first_that_holds(xml: &mut Xml, conditions: &[Condition<'_>], otherwise: i32) -> io::Result<()> {
    let Some((first, rest)) = conditions.split_first() else {
        return constant(xml, "integer", &otherwise.to_string());
    };
    xml.element("Apply", &[("function", "if")], |xml| {
        match &first.test {
            Test::Missing(field) => {
                xml.element("Apply", &[("function", "isMissing")], |xml| xml.empty("FieldRef", &[("field", field)]))?;
            }
            Test::Below(field, edge) => compared(xml, "lessThan", field, "double", edge)?,
            Test::OneOf(field, data_type, values) => one_of(xml, field, data_type, values)?,
        }
        constant(xml, "integer", &first.points.to_string())?;
        write_first_that_holds(xml, rest, otherwise)
    })
}

/// Whether a field is one of these values. Some readers look at the first two arguments of `or` alone, so it has two.
fn one_of(xml: &mut Xml, field: &str, data_type: &str, values: &[String]) -> io::Result<()> {
    match values {
        [] => constant(xml, "boolean", "false"),
        [one] => compared(xml, "equal", field, data_type, one),
        many => xml.element("Apply", &[("function", "or")], |xml| {
            let (some, others) = many.split_at(many.len() / 2);
            one_of(xml, field, data_type, some)?;
            one_of(xml, field, data_type, others)
        }),
    }
}

/// A field compared with a constant.
fn compared(xml: &mut Xml, function: &str, field: &str, data_type: &str, value: &str) -> io::Result<()> {
    xml.element("Apply", &[("function", function)], |xml| {
        xml.empty("FieldRef", &[("field", field)])?;
        constant(xml, data_type, value)
    })
}

fn constant(xml: &mut Xml, data_type: &str, value: &str) -> io::Result<()> {
    xml.text("Constant", &[("dataType", data_type)], value)
}
