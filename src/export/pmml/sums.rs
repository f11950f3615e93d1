//! The points of a criterion as an expression, and cells of pairs, which are the sum of two of them.
//!
//! A Scorecard adds up the points of its characteristics only, and each of those looks at one field. What is known of a lead and the
//! cell of a pair are sums of conditions beside it. They look at texts with a sign before them: some readers take an empty constant for
//! a missing one.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::Trimming;
use super::predicates::number;
use super::xml::Xml;
use crate::card::{Card, Criterion, Input, InputKind, Level, When};
use crate::export::columns::inputs_of;
use crate::export::known::Known;
use crate::export::names::unused;
use crate::export::pairs::{Coded, codes_of_levels};
use crate::export::spellings::spellings_of;

/// Stands before every text.
const SIGN: &str = "=";

/// The derived fields that sums look at, and those that hold the cell of a pair.
pub(super) struct SumFields {
    /// By column of texts that a condition looks at, the derived field that holds them behind a sign.
    signed: BTreeMap<String, String>,
    /// By name of a pair, the derived field with its cell.
    cells: BTreeMap<String, String>,
}

impl SumFields {
    /// Names that no other field has.
    pub(super) fn new(card: &Card, known: Option<&Known>, taken: &mut BTreeSet<String>) -> Self {
        let is_looked_at = |input: &&Input| {
            let is_known = known.is_some_and(|known| known.criteria().any(|(_, one)| one.input() == Some(*input)));
            let is_of_a_pair = card.criteria.iter().any(|one| one.is_pair() && one.inputs.contains(input));
            input.kind == InputKind::Text && (is_known || is_of_a_pair)
        };
        let texts = inputs_of(card).into_iter().filter(is_looked_at);
        let signed = texts.map(|input| (input.column.clone(), unused(&format!("{}, signed", input.column), taken)));
        let signed = signed.collect();
        let pairs = card.criteria.iter().filter(|criterion| criterion.is_pair());
        let cells = pairs.map(|pair| (pair.name.clone(), unused(&format!("{}, cell", pair.name), taken))).collect();
        Self { signed, cells }
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.signed.is_empty() && self.cells.is_empty()
    }

    /// The field with the cell of a pair.
    pub(super) fn cell(&self, pair: &Criterion) -> &str {
        self.cells.get(&pair.name).map_or("", String::as_str)
    }

    /// The derived fields.
    ///
    /// - `pattern`: what trims a text.
    pub(super) fn write(&self, xml: &mut Xml, card: &Card, pattern: &str) -> io::Result<()> {
        let signed = Trimming { pattern, missing: SIGN, form: &format!("{SIGN}$1") };
        self.signed.iter().try_for_each(|(column, field)| signed.write(xml, column, field))?;
        card.criteria.iter().filter_map(|pair| Some((pair, Coded::of(pair)?))).try_for_each(|(pair, coded)| {
            write_sum(xml, self.cell(pair), |xml| coded.axes.iter().try_for_each(|axis| self.write_points(xml, axis)))
        })
    }

    /// The points of the first level whose condition holds: conditions one within the other, or terms of a sum.
    pub(super) fn write_points(&self, xml: &mut Xml, criterion: &Criterion) -> io::Result<()> {
        let otherwise = criterion.levels.last().map_or(0, |level| level.points);
        let Some(input) = criterion.input() else {
            return write_first_that_holds(xml, &conditions_of_cells(criterion, self.cell(criterion)), otherwise);
        };
        let column = input.column.as_str();
        if let Some(field) = self.signed.get(column) {
            return write_text(xml, field, criterion);
        }
        let conditions: Vec<Condition<'_>> = criterion
            .levels
            .iter()
            .filter_map(|level| {
                let test = match &level.when {
                    When::Else | When::Cells(_) => return None,
                    When::Missing => Test::Missing(column),
                    When::Below(edge) => Test::Below(column, "double", number(*edge)),
                    When::OneOf(texts) => Test::OneOf(column, "boolean", texts.clone()),
                };
                Some(Condition { test, points: level.points })
            })
            .collect();
        write_first_that_holds(xml, &conditions, otherwise)
    }
}

/// A derived field with a whole number that is a sum.
///
/// - `terms`: writes them.
pub(super) fn write_sum(xml: &mut Xml, name: &str, terms: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<()> {
    let whole = [("optype", "continuous"), ("dataType", "integer")];
    xml.element("DerivedField", &[("name", name), whole[0], whole[1]], |xml| {
        xml.element("Apply", &[("function", "sum")], |xml| {
            constant(xml, "integer", "0")?;
            terms(xml)
        })
    })
}

/// Levels of a pair as conditions over its cell.
fn conditions_of_cells<'a>(pair: &Criterion, cell: &'a str) -> Vec<Condition<'a>> {
    let condition = |(level, codes): (&Level, Vec<i32>)| {
        let test = match &level.when {
            When::Missing => Test::Below(cell, "integer", "0".to_owned()),
            When::Cells(_) => Test::OneOf(cell, "integer", codes.iter().map(i32::to_string).collect()),
            When::Else | When::Below(_) | When::OneOf(_) => return None,
        };
        Some(Condition { test, points: level.points })
    };
    pair.levels.iter().zip(codes_of_levels(pair)).filter_map(condition).collect()
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
            When::Below(_) | When::Cells(_) | When::Else => Vec::new(),
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
    /// With the type of the constant.
    Below(&'a str, &'static str, String),
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
            Test::Below(field, data_type, edge) => compared(xml, "lessThan", field, data_type, edge)?,
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
pub(super) fn compared(xml: &mut Xml, function: &str, field: &str, data_type: &str, value: &str) -> io::Result<()> {
    xml.element("Apply", &[("function", function)], |xml| {
        xml.empty("FieldRef", &[("field", field)])?;
        constant(xml, data_type, value)
    })
}

pub(super) fn constant(xml: &mut Xml, data_type: &str, value: &str) -> io::Result<()> {
    xml.text("Constant", &[("dataType", data_type)], value)
}
