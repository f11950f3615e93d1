//! The ways Unicode has to write one text, for targets that cannot normalise: `ü` is one code point or two.
//!
//! Always true: every spelling comes to the same text under NFC; where all are listed, no other text does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;

use crate::card::{Card, Criterion};

/// Most spellings of one text that are listed.
const MAX_SPELLINGS: usize = 64;

/// Most steps of the search through one stretch of a text; stretches are a few code points long unless somebody plays.
const MAX_STEPS: usize = 20_000;

/// The texts that are `text` to a reader who normalises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spellings {
    /// The normalised one first, the others in byte order.
    pub(crate) texts: Vec<String>,
    /// Whether these are all there are; otherwise they are the fully composed and the fully decomposed one.
    pub(crate) are_all: bool,
}

/// The spellings of `text`, which is normalised (NFC), as all texts of a card are.
pub(super) fn spellings_of(text: &str) -> Spellings {
    let decomposed: Vec<char> = text.nfd().collect();
    let of_stretches: Option<Vec<Vec<String>>> = stretches(&decomposed).map(spellings_of_stretch).collect();
    let all = of_stretches.and_then(|stretches| {
        let n_spellings = stretches.iter().try_fold(1_usize, |n, one| n.checked_mul(one.len()))?;
        (n_spellings <= MAX_SPELLINGS).then(|| joined(&stretches))
    });
    let are_all = all.is_some();
    let mut others = all.unwrap_or_else(|| BTreeSet::from([decomposed.iter().collect()]));
    others.remove(text);
    Spellings { texts: std::iter::once(text.to_owned()).chain(others).collect(), are_all }
}

/// A sentence about the texts of the card that have more spellings than are listed, if it names any.
pub(super) fn note(card: &Card) -> Option<String> {
    let texts = card.criteria.iter().flat_map(Criterion::texts);
    let mut many: Vec<&str> = Vec::new();
    for text in texts.map(String::as_str).filter(|text| !spellings_of(text).are_all) {
        // A pair names those of other criteria again.
        if !many.contains(&text) {
            many.push(text);
        }
    }
    (!many.is_empty()).then(|| {
        let many = many.join("`, `");
        format!("Unicode has more ways to write `{many}` than are listed; normalise such texts (NFC) before scoring")
    })
}

/// Every choice of one spelling per stretch, put together.
fn joined(stretches: &[Vec<String>]) -> BTreeSet<String> {
    stretches.iter().fold(BTreeSet::from([String::new()]), |texts, stretch| {
        texts.iter().flat_map(|text| stretch.iter().map(move |more| format!("{text}{more}"))).collect()
    })
}

/// Cuts a decomposed text where nothing can join what stands on the two sides.
fn stretches(decomposed: &[char]) -> impl Iterator<Item = &[char]> {
    let joins = &Compositions::get().later;
    decomposed.chunk_by(move |_, next| {
        unicode_normalization::char::canonical_combining_class(*next) != 0 || joins.contains(next)
    })
}

/// All texts that decompose into `stretch`; `None` where there are too many to look for.
fn spellings_of_stretch(stretch: &[char]) -> Option<Vec<String>> {
    let mut left: BTreeMap<char, usize> = BTreeMap::new();
    for &c in stretch {
        *left.entry(c).or_default() += 1;
    }
    let composed = left.keys().filter_map(|first| Compositions::get().by_first.get(first)).flatten();
    let fits = |parts: &[char]| parts.iter().all(|part| count(parts, *part) <= left.get(part).copied().unwrap_or(0));
    let alphabet: Vec<(char, Vec<char>)> =
        left.keys().map(|&c| (c, vec![c])).chain(composed.filter(|(_, parts)| fits(parts)).cloned()).collect();
    let mut search = Search { stretch, alphabet: &alphabet, n_steps: 0, found: BTreeSet::new() };
    search.extend(&mut String::new(), &mut left, stretch.len())?;
    Some(search.found.into_iter().collect())
}

fn count(parts: &[char], wanted: char) -> usize {
    parts.iter().filter(|part| **part == wanted).count()
}

/// A search for texts made of `alphabet` that decompose into `stretch`.
struct Search<'a> {
    stretch: &'a [char],
    alphabet: &'a [(char, Vec<char>)],
    n_steps: usize,
    found: BTreeSet<String>,
}

impl Search<'_> {
    /// Adds to `text` what `left` still holds, in every order; `None` when that takes too long.
    fn extend(&mut self, text: &mut String, left: &mut BTreeMap<char, usize>, n_left: usize) -> Option<()> {
        self.n_steps += 1;
        if self.n_steps > MAX_STEPS {
            return None;
        }
        if n_left == 0 {
            if text.nfd().eq(self.stretch.iter().copied()) {
                self.found.insert(text.clone());
            }
            return Some(());
        }
        for (c, parts) in self.alphabet {
            if parts.iter().any(|part| count(parts, *part) > left.get(part).copied().unwrap_or(0)) {
                continue;
            }
            for part in parts {
                *left.entry(*part).or_default() -= 1;
            }
            text.push(*c);
            let done = self.extend(text, left, n_left - parts.len());
            text.pop();
            for part in parts {
                *left.entry(*part).or_default() += 1;
            }
            done?;
        }
        Some(())
    }
}

/// Every code point that stands for others, from the tables of Unicode.
struct Compositions {
    /// By the first code point it decomposes into: the code point and all it decomposes into.
    by_first: BTreeMap<char, Vec<(char, Vec<char>)>>,
    /// Code points that are joined to one before them.
    later: BTreeSet<char>,
}

impl Compositions {
    fn get() -> &'static Self {
        static COMPOSITIONS: OnceLock<Compositions> = OnceLock::new();
        COMPOSITIONS.get_or_init(|| {
            let mut compositions = Self { by_first: BTreeMap::new(), later: BTreeSet::new() };
            for c in char::MIN..=char::MAX {
                let parts: Vec<char> = std::iter::once(c).nfd().collect();
                if parts == [c] {
                    continue;
                }
                let Some((&first, later)) = parts.split_first() else { continue };
                compositions.later.extend(later);
                compositions.by_first.entry(first).or_default().push((c, parts));
            }
            compositions
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::When;

    fn texts(text: &str) -> Vec<String> {
        let spellings = spellings_of(text);
        assert!(spellings.are_all, "{text}");
        spellings.texts
    }

    #[test]
    fn a_letter_with_a_mark_is_one_code_point_or_two() {
        assert_eq!(texts("für"), ["für", "fu\u{308}r"]);
        assert_eq!(texts("Å"), ["\u{c5}", "A\u{30a}", "\u{212b}"], "the Ångström sign too");
        assert_eq!(texts("approved"), ["approved"]);
        assert_eq!(texts("OK"), ["OK", "O\u{212a}"], "the Kelvin sign is a K");
        assert_eq!(texts("예"), ["예", "\u{110b}\u{1168}"]);
        assert_eq!(texts("산"), ["산", "\u{1109}\u{1161}\u{11ab}", "사\u{11ab}"]);
    }

    #[test]
    fn texts_with_too_many_spellings_are_named() {
        let mut card = crate::card::tests::example_card();
        assert_eq!(note(&card), None);
        let long = "예산이 승인됨".repeat(3);
        card.criteria[0].levels[1].when = When::OneOf(vec!["none".to_owned(), long.clone()]);
        assert!(note(&card).is_some_and(|note| note.contains(&long) && !note.contains("none")));
    }

    #[test]
    fn two_marks_may_come_in_either_order() {
        // A dot below (class 220) and an acute (class 230) on an e: any order, joined or not.
        let found = texts("\u{1eb9}\u{301}");
        // Four with U+0301, three more with its twin U+0341, which no composed letter takes.
        assert_eq!(found.len(), 7);
        for spelling in ["e\u{301}\u{323}", "e\u{323}\u{301}", "\u{e9}\u{323}"] {
            assert!(found.contains(&spelling.to_owned()), "{spelling:?}");
        }
    }

    #[test]
    fn every_spelling_comes_to_the_text() {
        for text in ["Größe", "ΐ", "가각", "q\u{307}\u{323}", "\u{9cb}", "ὕδωρ", "<\u{338}"] {
            let text: String = text.nfc().collect();
            for spelling in spellings_of(&text).texts {
                assert_eq!(spelling.nfc().collect::<String>(), text, "{spelling:?}");
            }
        }
    }

    /// Every text of up to three code points that could come to `text`, tried one by one.
    #[test]
    fn brute_force_finds_no_other() {
        let alphabet: Vec<char> = "AaKeo"
            .chars()
            .chain("\u{30a}\u{301}\u{323}\u{308}\u{c5}\u{212b}\u{212a}\u{e9}\u{1eb9}\u{f6}\u{e4}".chars())
            .collect();
        let mut by_text: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for a in &alphabet {
            for b in &alphabet {
                for c in &alphabet {
                    let text: String = [*a, *b, *c].iter().collect();
                    by_text.entry(text.nfc().collect()).or_default().insert(text);
                }
            }
        }
        for (text, tried) in by_text {
            let found = spellings_of(&text);
            if found.are_all {
                let found: BTreeSet<String> = found.texts.into_iter().collect();
                assert!(tried.is_subset(&found), "{text:?}: {tried:?} and {found:?}");
            }
        }
    }

    #[test]
    fn a_text_with_too_many_spellings_has_two_and_says_so() {
        let spellings = spellings_of(&"예산이 승인됨".repeat(3));
        assert!(!spellings.are_all);
        assert_eq!(spellings.texts.len(), 2);
        assert!(!spellings_of(&format!("a{}", "\u{301}\u{323}".repeat(20)).nfc().collect::<String>()).are_all);
    }
}
