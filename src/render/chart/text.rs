//! Text in a drawing: how wide it is, how it is cut, how numbers read.

use unicode_width::UnicodeWidthChar;

use crate::render::words::harmless;

/// A page may be set in a face that is wider than most; words at the edge of a picture have room for that.
pub(crate) const WIDE_FACE: f64 = 1.1;

/// Text from the data made harmless for a screen and allowed in an XML file.
pub(crate) fn clean(text: &str) -> String {
    harmless(text).chars().map(|c| if matches!(c, '\u{FFFE}' | '\u{FFFF}') { '\u{FFFD}' } else { c }).collect()
}

/// About how wide `text` is at `size` in a sans-serif face such as Arial; a little more rather than less. Bold text is 7 %
/// wider.
pub(crate) fn width_of(text: &str, size: f64) -> f64 {
    let em: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | '!' => 0.27,
            'f' | 'r' | 't' | 'I' | ' ' | '\u{a0}' | '(' | ')' | '[' | ']' | '-' | '/' => 0.35,
            'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.89,
            'A'..='Z' => 0.72,
            _ if c.is_ascii() => 0.57,
            _ => c.width().unwrap_or(0) as f64 * 0.6,
        })
        .sum();
    em * size
}

/// [`clean`] text no wider than `most`; what is cut off becomes an ellipsis.
pub(crate) fn cut_to(text: &str, size: f64, most: f64) -> String {
    let text = clean(text);
    if width_of(&text, size) <= most {
        return text;
    }
    let mut short = String::new();
    let mut width = size;
    for c in text.chars() {
        width += width_of(c.encode_utf8(&mut [0; 4]), size);
        if width > most {
            break;
        }
        short.push(c);
    }
    format!("{}…", short.trim_end())
}

/// [`clean`] text in lines no wider than `most`, broken between words; a word that is too wide is cut.
pub(crate) fn wrapped_to(text: &str, size: f64, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word = cut_to(word, size, most);
        match lines.last_mut() {
            Some(line) if width_of(line, size) + width_of(" ", size) + width_of(&word, size) <= most => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// [`wrapped_to`], with lines of about the same length.
pub(crate) fn balanced_to(text: &str, size: f64, most: f64) -> Vec<String> {
    let widest = wrapped_to(text, size, most);
    let narrower = (1..12).map(|n| wrapped_to(text, size, most * (1.0 - 0.05 * f64::from(n))));
    narrower.take_while(|lines| lines.len() == widest.len()).last().unwrap_or(widest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_too_wide_ends_in_an_ellipsis() {
        assert_eq!(cut_to("selective", 13.0, 100.0), "selective");
        let short = cut_to("a policy with a long name", 13.0, 100.0);
        assert!(short.ends_with('…') && width_of(&short, 13.0) <= 100.0 + 13.0, "{short}");
        assert!(cut_to("予算の承認状況と意思決定者", 13.0, 60.0).chars().count() < 6);
    }

    #[test]
    fn lines_are_broken_between_words_and_about_equal() {
        let lines = balanced_to("one two three four five six", 10.0, 110.0);
        assert_eq!(lines, ["one two three", "four five six"]);
        assert_eq!(wrapped_to("", 10.0, 100.0), Vec::<String>::new());
    }

    #[test]
    fn characters_that_xml_forbids_are_replaced() {
        assert_eq!(clean("a\u{0}b\u{FFFE}c\td"), "a\u{FFFD}b\u{FFFD}c\u{FFFD}d");
    }
}
