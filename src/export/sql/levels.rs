//! Criteria as `CASE`: the levels of the card, read top down.

use super::Dialect;
use crate::card::text_map::OTHER;
use crate::card::{Criterion, InputKind, TextMap, When};
use crate::export::maps::{needles_of, replaced_characters};

/// What a criterion's value comes to: `results` has one SQL value per level, in order.
///
/// - `value`: a column as [`read`] makes it.
pub(super) fn case_of(dialect: Dialect, criterion: &Criterion, value: &str, results: &[String]) -> String {
    let kind = criterion.kind();
    let mut case = String::from("CASE");
    let mut when = |condition: &str, result: &str| case.push_str(&format!(" WHEN {condition} THEN {result}"));
    let mut rest = "NULL";
    for (level, result) in criterion.levels.iter().zip(results) {
        match &level.when {
            When::Missing if kind == InputKind::Text => {
                if dialect.may_not_score() {
                    when(&format!("{value} IS NULL"), "NULL");
                }
                when(&format!("{value} = ''"), result);
            }
            When::Missing => {
                when(&dialect.is_missing(kind, value), result);
                if let Some(is_of_other_type) = dialect.is_of_other_type(kind, value) {
                    when(&is_of_other_type, "NULL");
                }
            }
            When::Below(edge) => when(&dialect.is_below(value, *edge), result),
            When::OneOf(texts) if kind == InputKind::Boolean => {
                let flags: Vec<String> =
                    texts.iter().map(|text| format!("{value} = {}", text.to_uppercase())).collect();
                when(&flags.join(" OR "), result);
            }
            When::OneOf(texts) => when(&format!("{value} IN ({})", literals(dialect, texts).join(", ")), result),
            When::Else => rest = result,
        }
    }
    format!("{case} ELSE {rest} END")
}

/// Points of a criterion over the column itself. A text is made tidy once, whatever the number of levels.
pub(super) fn points_of_column(dialect: Dialect, criterion: &Criterion, column: &str) -> String {
    let points: Vec<String> = criterion.levels.iter().map(|level| level.points.to_string()).collect();
    if criterion.kind() != InputKind::Text {
        return case_of(dialect, criterion, &dialect.checked(criterion.kind(), column), &points);
    }
    let tidied = dialect.tidied(column);
    let value = match &criterion.map {
        Some(map) => answer_of(dialect, map, &tidied, &plain_text(dialect, map, &tidied)),
        None => tidied,
    };
    let mut case = format!("CASE {value}");
    for (level, points) in criterion.levels.iter().zip(&points) {
        match &level.when {
            When::Missing => case.push_str(&format!(" WHEN '' THEN {points}")),
            When::OneOf(texts) => {
                for text in literals(dialect, texts) {
                    case.push_str(&format!(" WHEN {text} THEN {points}"));
                }
            }
            When::Else => case.push_str(&format!(" ELSE {points} END")),
            When::Below(_) => {}
        }
    }
    match dialect.is_of_other_type(InputKind::Text, column) {
        Some(other) => format!("CASE WHEN {column} IS NOT NULL AND {other} THEN NULL ELSE {case} END"),
        None => case,
    }
}

/// The value of a column as [`case_of`] takes it: a tidy text, empty where there is none, NULL where it is no text; or the number
/// or truth value itself.
pub(super) fn read(dialect: Dialect, kind: InputKind, column: &str) -> String {
    if kind != InputKind::Text {
        return dialect.checked(kind, column);
    }
    let tidied = dialect.tidied(column);
    match dialect.is_of_other_type(kind, column) {
        Some(other) => format!("CASE WHEN {column} IS NOT NULL AND {other} THEN NULL ELSE {tidied} END"),
        None => tidied,
    }
}

/// What a map looks into: the words of a tidy text, as far as it minds them.
pub(super) fn plain_text(dialect: Dialect, map: &TextMap, value: &str) -> String {
    dialect.plain_text(value, &replaced_characters(map, dialect.normalises()))
}

/// What a map makes of a text: empty where nothing is known.
///
/// - `value`: the text as [`read`] makes it; `plain`: the same as [`plain_text`] makes it.
pub(super) fn answer_of(dialect: Dialect, map: &TextMap, value: &str, plain: &str) -> String {
    let mut case = String::from("CASE");
    if dialect.may_not_score() {
        case.push_str(&format!(" WHEN {value} IS NULL THEN NULL"));
    }
    let missing =
        std::iter::once("''".to_owned()).chain(literals(dialect, &map.missing)).collect::<Vec<_>>().join(", ");
    case.push_str(&format!(" WHEN {value} IN ({missing}) THEN ''"));
    for (needles, to) in needles_of(map) {
        let holds: Vec<String> = needles.iter().map(|needle| dialect.holds(plain, needle)).collect();
        case.push_str(&format!(" WHEN {} THEN {}", holds.join(" OR "), dialect.text(to)));
    }
    format!("{case} ELSE {} END", dialect.text(OTHER))
}

/// The texts and, where the database does not normalise, their other spellings.
fn literals(dialect: Dialect, texts: &[String]) -> Vec<String> {
    texts.iter().flat_map(|text| dialect.spellings(text).texts).map(|text| dialect.text(&text)).collect()
}
