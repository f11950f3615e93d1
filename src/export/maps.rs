//! Rules over text: what targets with a "contains" need of them, and the card without them for all others.
//!
//! Always true: the characters that a rule depends on are replaced one for one and no others, so a target needs no table of
//! Unicode of its own; a card without rules comes with a sentence that says how each column is made.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;

use crate::card::text_map::plain_char;
use crate::card::{Card, Criterion, Input, TextMap, in_short};

/// The characters that a text map reads as others, in the order of Unicode: what each is, and what it is read as.
///
/// - `is_normalised`: whether texts arrive in NFC; otherwise single characters that NFC replaces are among them.
pub(super) fn replaced_characters(map: &TextMap, is_normalised: bool) -> Vec<(char, char)> {
    let needed: BTreeSet<char> =
        needles_of(map).flat_map(|(needles, _)| needles.join("").chars().collect::<Vec<_>>()).collect();
    let is_needed = |plain: char| plain == ' ' || needed.contains(&plain);
    let all = AllReplaced::get();
    let composed = all.by_normalising.iter().filter(|_| !is_normalised);
    let mut replaced: Vec<(char, char)> =
        all.plain.iter().chain(composed).copied().filter(|(_, plain)| is_needed(*plain)).collect();
    replaced.sort_unstable();
    replaced
}

/// What each rule looks for, and the answer it gives.
pub(super) fn needles_of(map: &TextMap) -> impl Iterator<Item = (Vec<String>, &str)> {
    map.rules.iter().map(|rule| (rule.needles().unwrap_or_default(), rule.to.as_str()))
}

/// Every character that is read as another one.
struct AllReplaced {
    /// As [`plain_char`] does.
    plain: Vec<(char, char)>,
    /// One that is another under NFC, and what that is read as.
    by_normalising: Vec<(char, char)>,
}

impl AllReplaced {
    fn get() -> &'static Self {
        static ALL: OnceLock<AllReplaced> = OnceLock::new();
        ALL.get_or_init(|| {
            let mut all = Self { plain: Vec::new(), by_normalising: Vec::new() };
            for c in char::MIN..=char::MAX {
                let mut composed = std::iter::once(c).nfc();
                match (composed.next(), composed.next()) {
                    (Some(other), None) if other != c => all.by_normalising.push((c, plain_char(other))),
                    _ if plain_char(c) != c => all.plain.push((c, plain_char(c))),
                    _ => {}
                }
            }
            all
        })
    }
}

/// The card with a column of answers in place of every text that its rules would look into: what a target reads that cannot.
pub(crate) fn with_mapped_columns(card: &Card) -> Card {
    let mut mapped = card.clone();
    let mut taken: BTreeSet<String> = card
        .criteria
        .iter()
        .flat_map(Criterion::inputs_and_maps)
        .filter(|(_, map)| map.is_none())
        .map(|(input, _)| input.column.clone())
        .chain([&card.id_column, &card.as_of_column].into_iter().flatten().cloned())
        .collect();
    // A column of answers by what it is made of, so that a pair reads that of the criterion with the same rules.
    let mut made: Vec<(String, TextMap, String)> = Vec::new();
    let mut answers = |name: &str, input: &mut Input, map: TextMap| {
        let same = made.iter().find(|(column, rules, _)| *column == input.column && *rules == map);
        input.column = same.map(|(.., answers)| answers.clone()).unwrap_or_else(|| {
            let mut column = name.to_owned();
            while !taken.insert(column.clone()) {
                column.push_str("_mapped");
            }
            made.push((input.column.clone(), map, column.clone()));
            column
        });
    };
    // Those of plain criteria first: they have their names.
    for criterion in &mut mapped.criteria {
        if let (Some(map), Some(input)) = (criterion.map.take(), criterion.inputs.first_mut()) {
            answers(&criterion.name, input, map);
        }
    }
    for criterion in &mut mapped.criteria {
        let axes = criterion.grid.iter_mut().flat_map(|grid| [&mut grid.rows, &mut grid.columns]);
        for (axis, input) in axes.zip(&mut criterion.inputs) {
            if let Some(map) = axis.map.take() {
                answers(&axis.criterion, input, map);
            }
        }
    }
    if !made.is_empty() {
        mapped.golden = mapped.golden_rows();
    }
    mapped
}

/// How each column of answers is made, one sentence each.
///
/// - `read`: the card as the target has it.
pub fn forms_of_mapped_columns(card: &Card, read: &Card) -> Vec<String> {
    let mut said: BTreeSet<&str> = BTreeSet::new();
    let mut forms = Vec::new();
    for (criterion, read) in card.criteria.iter().zip(&read.criteria) {
        for ((input, map), (answers, left)) in criterion.inputs_and_maps().zip(read.inputs_and_maps()) {
            // A pair reads the column of another criterion with the same rules, and says nothing new of it.
            if let (Some(map), None, true) = (map, left, said.insert(&answers.column)) {
                forms.push(form(&criterion.name, input, map, &answers.column));
            }
        }
    }
    forms
}

fn form(criterion: &str, input: &Input, map: &TextMap, column: &str) -> String {
    const MAX_SHOWN: usize = 12;
    let rules: Vec<String> = map
        .rules
        .iter()
        .take(MAX_SHOWN)
        .map(|rule| format!("\"{}\" is {}", in_short(&rule.phrases), in_short(&rule.to)))
        .collect();
    let more = match map.rules.len().saturating_sub(MAX_SHOWN) {
        0 => String::new(),
        n_more => format!(", and {n_more} more (`map` in card.json)"),
    };
    let missing: Vec<String> =
        map.missing.iter().take(MAX_SHOWN).map(|word| format!(", \"{}\"", in_short(word))).collect();
    format!(
        "column `{column}` must arrive as what the rules of criterion `{}` make of `{}`: the first that finds whole words in it, capitals \
         aside, counts: {}{more}; any other text is other; nothing{} is missing",
        in_short(criterion),
        in_short(&input.column),
        rules.join(", "),
        missing.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Card;
    use crate::card::tests::mapped_card;
    use crate::score::Scorer;

    #[test]
    fn only_what_a_rule_depends_on_is_replaced() {
        let card = mapped_card();
        let map = card.criteria[0].map.as_ref().expect("a map");
        let replaced = replaced_characters(map, true);
        let small = |c: char| replaced.iter().find(|(from, _)| *from == c).map(|(_, to)| *to);
        assert_eq!([small('V'), small('Ü'), small('/'), small('\u{a0}')], [Some('v'), Some('ü'), Some(' '), Some(' ')]);
        assert_eq!([small('Z'), small('v'), small('\u{212a}')], [None; 3]);
        assert!(replaced_characters(map, false).iter().all(|(from, to)| from != to));
    }

    #[test]
    fn a_target_that_cannot_look_into_texts_reads_their_answers() {
        let card = mapped_card();
        let read = with_mapped_columns(&card);
        Scorer::new(&read).expect("a sound card");
        assert_eq!(read.criteria[0].input().map(|input| input.column.as_str()), Some("role"));
        assert_eq!(
            forms_of_mapped_columns(&card, &read),
            [
                "column `role` must arrive as what the rules of criterion `role` make of `job_title`: the first that finds whole words \
                 in it, capitals aside, counts: \"vp|vice president\" is executive, \"*leiter|*führer\" is head, \"engineer*|c#\" is \
                 technical; any other text is other; nothing, \"N/A\" is missing"
            ]
        );
        assert_eq!(forms_of_mapped_columns(&card, &card), Vec::<String>::new(), "a target that can");
        let again: Card = with_mapped_columns(&read);
        assert_eq!(again, read);
    }
}
