//! Levels as predicates of PMML.
//!
//! Always true: a predicate takes the values its level takes, of those that no predicate before it took.

use std::io;

use super::xml::Xml;
use crate::card::{InputKind, When};
use crate::export::spellings::spellings_of;

/// Writes the rule of a level.
///
/// - `field`: what it looks at: a column, or the trimmed text of a column.
pub(super) fn write(xml: &mut Xml, field: &str, kind: InputKind, when: &When) -> io::Result<()> {
    match when {
        // A trimmed text is never missing but empty; a reader without `mapMissingTo` still finds it missing.
        When::Missing if kind == InputKind::Text => one_of(xml, &[Part::Missing(field), Part::Equal(field, "")]),
        When::Missing => Part::Missing(field).write(xml),
        When::Below(edge) => {
            let edge = number(*edge);
            xml.empty("SimplePredicate", &[("field", field), ("operator", "lessThan"), ("value", &edge)])
        }
        When::OneOf(texts) => {
            let texts: Vec<String> = texts.iter().flat_map(|text| spellings_of(text).texts).collect();
            let in_array = |text: &&String| kind == InputKind::Text && is_plain(text);
            let listed: Vec<&str> = texts.iter().filter(in_array).map(String::as_str).collect();
            let alone = texts.iter().filter(|text| !in_array(text)).map(|text| Part::Equal(field, text));
            let list = (!listed.is_empty()).then_some(Part::In(field, &listed));
            one_of(xml, &list.into_iter().chain(alone).collect::<Vec<_>>())
        }
        When::Else | When::Cells(_) => xml.empty("True", &[]),
    }
}

/// Writes the rule of a pair's level.
///
/// - `field`: with the cell, below 0 where either answer is missing.
/// - `codes`: the cells of the level.
pub(super) fn write_cells(xml: &mut Xml, field: &str, when: &When, codes: &[i32]) -> io::Result<()> {
    let codes: Vec<String> = codes.iter().map(i32::to_string).collect();
    match when {
        When::Missing => xml.empty("SimplePredicate", &[("field", field), ("operator", "lessThan"), ("value", "0")]),
        When::Cells(_) => one_of(xml, &codes.iter().map(|code| Part::Equal(field, code)).collect::<Vec<_>>()),
        When::Else | When::Below(_) | When::OneOf(_) => xml.empty("True", &[]),
    }
}

/// An edge as text. Zero has its sign: readers who take -0.0 for less than 0.0 find both at -0.0, and to all others it is zero.
pub(super) fn number(edge: f64) -> String {
    if edge == 0.0 { "-0.0".to_owned() } else { format!("{edge:?}") }
}

/// Whether a text can stand in an array. The standard escapes quotes there and says nothing of backslashes, and some readers lose
/// what comes before a bracket or a reference; such texts stand alone in an attribute.
fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || " -_.,:;/()+%@#*!?='|~".contains(c))
}

/// A part of a rule.
enum Part<'a> {
    Missing(&'a str),
    Equal(&'a str, &'a str),
    In(&'a str, &'a [&'a str]),
}

impl Part<'_> {
    fn write(&self, xml: &mut Xml) -> io::Result<()> {
        match self {
            Self::Missing(field) => xml.empty("SimplePredicate", &[("field", field), ("operator", "isMissing")]),
            Self::Equal(field, text) => {
                xml.empty("SimplePredicate", &[("field", field), ("operator", "equal"), ("value", text)])
            }
            Self::In(field, texts) => {
                let count = texts.len().to_string();
                let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
                xml.element("SimpleSetPredicate", &[("field", field), ("booleanOperator", "isIn")], |xml| {
                    xml.text("Array", &[("n", &count), ("type", "string")], &quoted.join(" "))
                })
            }
        }
    }
}

fn one_of(xml: &mut Xml, parts: &[Part<'_>]) -> io::Result<()> {
    match parts {
        [one] => one.write(xml),
        _ => xml.element("CompoundPredicate", &[("booleanOperator", "or")], |xml| {
            parts.iter().try_for_each(|part| part.write(xml))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::tests::one_of;

    fn written(kind: InputKind, when: &When) -> String {
        let mut xml = Xml::new().expect("a document");
        write(&mut xml, "f", kind, when).expect("written");
        let text = String::from_utf8(xml.into_bytes()).expect("text");
        text.lines().skip(1).map(str::trim).collect()
    }

    #[test]
    fn plain_texts_share_an_array_and_others_stand_alone() {
        assert_eq!(
            written(InputKind::Text, &one_of(&["on hold", "für", "a\"b"])),
            "<CompoundPredicate booleanOperator=\"or\"><SimpleSetPredicate field=\"f\" booleanOperator=\"isIn\">\
             <Array n=\"2\" type=\"string\">&quot;on hold&quot; &quot;für&quot;</Array></SimpleSetPredicate>\
             <SimplePredicate field=\"f\" operator=\"equal\" value=\"fu\u{308}r\"/>\
             <SimplePredicate field=\"f\" operator=\"equal\" value=\"a&quot;b\"/></CompoundPredicate>"
        );
        assert_eq!(
            written(InputKind::Boolean, &one_of(&["true"])),
            "<SimplePredicate field=\"f\" operator=\"equal\" value=\"true\"/>"
        );
    }

    #[test]
    fn edges_are_written_with_all_their_digits() {
        let edge = |edge: f64| written(InputKind::Number, &When::Below(edge));
        assert_eq!(
            edge(0.1 + 0.2),
            "<SimplePredicate field=\"f\" operator=\"lessThan\" value=\"0.30000000000000004\"/>"
        );
        assert!(edge(0.0).contains("\"-0.0\"") && edge(-0.0).contains("\"-0.0\""));
        assert!(edge(f64::MAX).contains("\"1.7976931348623157e308\""), "{}", edge(f64::MAX));
    }
}
