//! Text in a drawing: how wide it is, how it is cut, how numbers read.

use unicode_width::UnicodeWidthChar;

use crate::report::words::harmless;

/// Text from the data made harmless for a screen and allowed in an XML file.
pub(super) fn clean(text: &str) -> String {
    harmless(text).chars().map(|c| if matches!(c, '\u{FFFE}' | '\u{FFFF}') { '\u{FFFD}' } else { c }).collect()
}

/// About how wide `text` is at `size` in a sans-serif face such as Arial; a little more rather than less. Bold text is 7 %
/// wider.
pub(super) fn width_of(text: &str, size: f64) -> f64 {
    let em: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | '!' => 0.27,
            'f' | 'r' | 't' | 'I' | ' ' | '(' | ')' | '[' | ']' | '-' | '/' => 0.35,
            'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.89,
            'A'..='Z' => 0.72,
            _ if c.is_ascii() => 0.57,
            _ => c.width().unwrap_or(0) as f64 * 0.6,
        })
        .sum();
    em * size
}

/// [`clean`] text no wider than `most`; what is cut off becomes an ellipsis.
pub(super) fn cut_to(text: &str, size: f64, most: f64) -> String {
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
pub(super) fn wrapped_to(text: &str, size: f64, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
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
