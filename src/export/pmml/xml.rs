//! XML whose texts come out as they went in, whoever reads it.
//!
//! Always true: a character that a reader would change, drop or not show is written as a reference.

use std::io;

use quick_xml::Writer;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::export::source::is_invisible;

/// Attributes of an element: name and value.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a str)];

/// A document in the making.
pub(super) struct Xml(Writer<Vec<u8>>);

impl Xml {
    pub(super) fn new() -> io::Result<Self> {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        Ok(Self(writer))
    }

    /// An element and what `inside` writes into it.
    pub(super) fn element(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.0.write_event(Event::Start(start(name, attributes)))?;
        inside(self)?;
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    /// An element without content.
    pub(super) fn empty(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        self.0.write_event(Event::Empty(start(name, attributes)))
    }

    /// An element that holds a text.
    pub(super) fn text(&mut self, name: &str, attributes: Attributes<'_>, text: &str) -> io::Result<()> {
        self.element(name, attributes, |xml| xml.0.write_event(Event::Text(BytesText::from_escaped(escaped(text)))))
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.0.into_inner();
        bytes.push(b'\n');
        bytes
    }
}

fn start<'a>(name: &'a str, attributes: Attributes<'_>) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (key, value) in attributes {
        // As bytes: the writer would escape once more, and leave line breaks as they are, which readers turn into spaces.
        start.push_attribute(Attribute::from((key.as_bytes(), escaped(value).as_bytes())));
    }
    start
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            ' ' => escaped.push(c),
            _ if c.is_control() || c.is_whitespace() || is_invisible(c) => {
                escaped.push_str(&format!("&#x{:X};", u32::from(c)));
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

/// The first character of `text` that XML 1.0 has no way to write.
///
/// # Source
/// XML 1.0, production 2 (`Char`).
pub(super) fn unholdable(text: &str) -> Option<char> {
    text.chars()
        .find(|c| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_read_back_as_they_were() {
        let text = " <a href=\"x\"> & 'b'\r\n\t]]> \u{85}\u{2028}\u{202e}\u{a0}für 預算 🙂 ";
        let mut xml = Xml::new().expect("a document");
        xml.text("t", &[("a", text)], text).expect("an element");
        let bytes = xml.into_bytes();
        let written = std::str::from_utf8(&bytes).expect("text");
        assert!(!written.contains('\u{202e}') && written.contains("&#x202E;"), "{written}");
        let mut reader = quick_xml::Reader::from_str(written);
        let mut content = String::new();
        loop {
            match reader.read_event().expect("sound XML") {
                Event::Start(start) => {
                    let attribute = start.attributes().next().expect("one").expect("sound");
                    assert_eq!(attribute.unescape_value().expect("sound"), text);
                }
                Event::Text(part) if !content.is_empty() || !part.is_empty() => {
                    content.push_str(&part.decode().expect("text"));
                }
                Event::GeneralRef(reference) => {
                    let name = reference.decode().expect("text").into_owned();
                    let c = reference.resolve_char_ref().expect("sound");
                    content.push_str(&c.map_or_else(
                        || quick_xml::escape::resolve_predefined_entity(&name).expect("known").to_owned(),
                        String::from,
                    ));
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(content.trim_matches('\n'), text);
    }

    #[test]
    fn what_xml_cannot_hold_is_found() {
        assert_eq!(unholdable("tab\tand\r\nbreaks, \u{7f} and \u{85} and 🙂"), None);
        assert_eq!(unholdable("bell \u{7}"), Some('\u{7}'));
        assert_eq!(unholdable("\u{fffe}"), Some('\u{fffe}'));
    }
}
