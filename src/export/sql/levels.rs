//! Criteria as `CASE`: the levels of the card, read top down. Those of a pair look at the sum of two codes.

use super::Dialect;
use crate::card::text_map::OTHER;
use crate::card::{Criterion, InputKind, TextMap, When};
use crate::export::maps::{needles_of, replaced_characters};
use crate::export::pairs::{Coded, codes_of_levels};

/// What a criterion's value comes to: `results` has one SQL value per level, in order.
///
/// - `value`: a column as [`read`] makes it; for a pair the sum of the codes of [`cell_of`].
pub(super) fn case_of(dialect: Dialect, criterion: &Criterion, value: &str, results: &[String]) -> String {
    if criterion.is_pair() {
        return case_of_cells(dialect, criterion, value, results);
    }
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
            When::Cells(_) => {}
        }
    }
    format!("{case} ELSE {rest} END")
}

/// What a pair's cell comes to: below 0 where either answer is missing.
fn case_of_cells(dialect: Dialect, pair: &Criterion, cell: &str, results: &[String]) -> String {
    let mut case = String::from("CASE");
    if dialect.may_not_score() {
        case.push_str(&format!(" WHEN {cell} IS NULL THEN NULL"));
    }
    let mut rest = "NULL";
    for ((level, codes), result) in pair.levels.iter().zip(codes_of_levels(pair)).zip(results) {
        match level.when {
            When::Missing => case.push_str(&format!(" WHEN {cell} < 0 THEN {result}")),
            When::Else => rest = result,
            _ => case.push_str(&format!(" WHEN {cell} IN ({}) THEN {result}", numbers(&codes).join(", "))),
        }
    }
    format!("{case} ELSE {rest} END")
}

/// The cell of a lead: the sum of a code for either answer.
///
/// - `values`: both columns as [`read`] makes them, and what a map made of them.
pub(super) fn cell_of(dialect: Dialect, coded: &Coded, values: &[String]) -> String {
    let codes = |(axis, value): (&Criterion, &String)| case_of(dialect, axis, value, &points_of(axis));
    coded.axes.iter().zip(values).map(codes).collect::<Vec<_>>().join(" + ")
}

fn numbers(codes: &[i32]) -> Vec<String> {
    codes.iter().map(i32::to_string).collect()
}

fn points_of(criterion: &Criterion) -> Vec<String> {
    criterion.levels.iter().map(|level| level.points.to_string()).collect()
}

/// Points of a pair over both columns, each looked at once.
pub(super) fn points_of_pair(dialect: Dialect, pair: &Criterion, coded: &Coded, columns: &[String]) -> String {
    let codes: Vec<String> =
        coded.axes.iter().zip(columns).map(|(axis, column)| points_of_column(dialect, axis, column)).collect();
    let sum = codes.join(" + ");
    let mut case = format!("CASE {}({sum}, 0)", dialect.greatest());
    for ((level, codes), points) in pair.levels.iter().zip(codes_of_levels(pair)).zip(points_of(pair)) {
        match level.when {
            When::Missing => case.push_str(&format!(" WHEN 0 THEN {points}")),
            When::Else => case.push_str(&format!(" ELSE {points} END")),
            _ => codes.iter().for_each(|code| case.push_str(&format!(" WHEN {code} THEN {points}"))),
        }
    }
    if dialect.may_not_score() { format!("CASE WHEN {sum} IS NULL THEN NULL ELSE {case} END") } else { case }
}

/// Points of a criterion over the column itself. A text is made tidy once, whatever the number of levels.
pub(super) fn points_of_column(dialect: Dialect, criterion: &Criterion, column: &str) -> String {
    let points = points_of(criterion);
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
            When::Below(_) | When::Cells(_) => {}
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
