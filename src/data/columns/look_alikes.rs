//! Look-alikes: texts that a person takes for the same answer.
//!
//! In: a text. Out: its keys; two texts with a key in common are one answer.
//!
//! Always true: capitals, the number of blanks, Unicode form, kind of dash or quotation mark, characters without width and letters
//! of another script that look like Latin ones decide nothing; letters and digits of ASCII never stand for each other (`O` and `0`,
//! `l` and `1`).

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

/// What a text is told apart by: its small letters, and for text beyond ASCII the same with look-alikes looked up before the capitals
/// go (a Cyrillic В looks like a B, and its small letter like none).
pub(super) fn keys(text: &str) -> [Option<String>; 2] {
    if text.is_ascii() {
        return [Some(tidy(&text.to_ascii_lowercase())), None];
    }
    let plain = plain(text);
    let small_first = tidy(&latin(&small(&plain)));
    let latin_first = tidy(&small(&latin(&plain)));
    let is_other = latin_first != small_first;
    [Some(small_first), is_other.then_some(latin_first)]
}

/// One form of every character, dash and quotation mark; what has no width is gone.
fn plain(text: &str) -> String {
    let one_form = |sign: char| match sign {
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}' => None,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => Some('-'),
        '‘' | '’' | '‚' | '‛' | '′' | '´' | '`' => Some('\''),
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => Some('"'),
        other => Some(other),
    };
    text.chars().filter_map(one_form).nfkc().collect()
}

/// Small letters, with `ß` as `ss`, both small sigmas as one and the Turkish i with the others.
fn small(text: &str) -> String {
    let small: String = text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    if small.contains('\u{307}') { small.replace("i\u{307}", "i") } else { small }
}

/// Letters that look like those of ASCII become them.
fn latin(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            all.push(letter);
            continue;
        }
        let mut bytes = [0; 4];
        let alike: String = skeleton(letter.encode_utf8(&mut bytes)).collect();
        // What looks like a letter of another script, or like a Latin one with an accent, stays what it is.
        if alike.is_ascii() { all.push_str(&alike) } else { all.push(letter) }
    }
    all
}

/// Blanks at the ends and around signs that join words go, runs of them become one.
fn tidy(text: &str) -> String {
    let joins = |sign: char| matches!(sign, '-' | '/' | '&' | ',' | '+' | '(' | ')' | '_' | ':' | ';');
    let mut tidied = String::with_capacity(text.len());
    let mut is_after_blank = false;
    for sign in text.trim().chars() {
        if sign.is_whitespace() {
            is_after_blank = true;
            continue;
        }
        if is_after_blank && !joins(sign) && !tidied.ends_with(joins) {
            tidied.push(' ');
        }
        is_after_blank = false;
        tidied.push(sign);
    }
    tidied
}

/// Texts in groups of look-alikes.
///
/// - returns: for every text the position of the first text it is one answer with; its own where it is the first.
pub(super) fn first_alike<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<u32> {
    let mut by_key = std::collections::HashMap::<Cow<'a, str>, u32, ahash::RandomState>::default();
    let mut first: Vec<u32> = Vec::with_capacity(texts.size_hint().0);
    for (at, text) in texts.enumerate() {
        first.push(at as u32);
        for key in keys(text).into_iter().flatten() {
            let other = *by_key.entry(Cow::Owned(key)).or_insert(at as u32);
            // Both keys may lead to groups that were two until now.
            let (one, other) = (root(&first, at as u32), root(&first, other));
            first[one.max(other) as usize] = one.min(other);
        }
    }
    (0..first.len() as u32).map(|at| root(&first, at)).collect()
}

fn root(first: &[u32], mut at: u32) -> u32 {
    while first[at as usize] != at {
        at = first[at as usize];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_one(a: &str, b: &str) -> bool {
        first_alike([a, b].into_iter())[1] == 0
    }

    #[test]
    fn what_a_person_takes_for_the_same_answer_is_one() {
        for (a, b) in [
            ("Web", "WEB"),
            ("Web site", "web  site"),
            ("Web", "Wеb"),
            ("WEB", "WEВ"),
            ("веб", "ВЕБ"),
            ("Ｗｅｂ", "Web"),
            ("1-10", "1–10"),
            ("1 - 10", "1-10"),
            ("Don't know", "don’t know"),
            ("\"so\"", "“so”"),
            ("Web\u{a0}site", "Web site"),
            ("Web\u{200b}", "Web"),
            ("Gro\u{308}ße", "GRÖSSE"),
            ("ANALİZ", "analiz"),
            ("R & D", "R&D"),
            ("Οδος", "οδοσ"),
        ] {
            assert!(are_one(a, b), "{a:?} {b:?}");
        }
    }

    #[test]
    fn what_a_person_tells_apart_stays_apart() {
        for (a, b) in [
            ("A1", "Al"),
            ("10", "1O"),
            ("I", "l"),
            ("01", "1"),
            ("1", "1+"),
            ("-1", "1"),
            ("web", "web2"),
            ("é", "e"),
            ("Größe", "Grobe"),
            ("ab", "a b"),
            ("m", "rn"),
            ("<5", ">5"),
            ("C", "C#"),
            ("購入", "買入"),
        ] {
            assert!(!are_one(a, b), "{a:?} {b:?}");
        }
    }

    #[test]
    fn groups_that_a_third_text_joins_are_one() {
        // The Cyrillic В alone is a small в and looks like B.
        assert_eq!(first_alike(["b", "в", "x", "В"].into_iter()), [0, 0, 2, 0]);
    }
}
