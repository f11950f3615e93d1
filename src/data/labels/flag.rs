//! The flag: which rows say yes.

use crate::data::DataError;
use crate::data::columns::{NO_TEXT, Texts, UserColumn, in_quotes};
use crate::data::table::Content;
use crate::nearest::nearest;
use crate::notes::{Note, count, counted};

/// Texts that mean yes and no when `converted_values` is left out, whatever their capitals.
const PLAIN_YES: [&str; 5] = ["true", "yes", "y", "t", "1"];
const PLAIN_NO: [&str; 5] = ["false", "no", "n", "f", "0"];

/// What the flag says of each row; `None` where it says nothing.
///
/// # Errors
/// A [`DataError`] that shows what is in the column when it is not a flag.
pub(super) fn read_flag(
    column: UserColumn<'_>,
    converted_values: &[String],
    notes: &mut Vec<Note>,
) -> Result<Vec<Option<bool>>, DataError> {
    if !converted_values.is_empty() {
        return flag_of_values(column, converted_values, notes);
    }
    match column.content() {
        Content::Booleans(_) => Ok(column.to_booleans()?),
        Content::Texts(_) => flag_of_plain_text(column, notes),
        _ => flag_of_numbers(column),
    }
}

fn flag_of_numbers(column: UserColumn<'_>) -> Result<Vec<Option<bool>>, DataError> {
    let numbers = column.to_numbers().map_err(|_| column.wrong_type("true or false, 0 or 1, or text"))?;
    let to_flag = |(row_idx, &value): (usize, &f64)| match value {
        0.0 => Ok(Some(false)),
        1.0 => Ok(Some(true)),
        value if value.is_nan() => Ok(None),
        value => {
            let (name, table, row) = (column.name(), column.table, row_idx + 1);
            Err(DataError::new(format!(
                "column {name:?} should say who converted, and row {row} of the {table} table is {value}\n\
                 hint: a flag is true or false, 0 or 1, or text (or a code) with `outcome.converted_values`"
            )))
        }
    };
    numbers.iter().enumerate().map(to_flag).collect()
}

fn flag_of_plain_text(column: UserColumn<'_>, notes: &mut Vec<Note>) -> Result<Vec<Option<bool>>, DataError> {
    let texts = column.to_texts()?;
    let plain = |level: &String| {
        let lower = level.to_lowercase();
        if PLAIN_YES.contains(&lower.as_str()) {
            Some(true)
        } else if PLAIN_NO.contains(&lower.as_str()) {
            Some(false)
        } else {
            None
        }
    };
    let means: Vec<Option<bool>> = texts.levels.iter().map(plain).collect();
    if let Some(strange) = means.iter().position(Option::is_none) {
        let (name, seen, example) = (column.name(), seen(&texts), &texts.levels[strange]);
        return Err(DataError::new(format!(
            "column {name:?} should say who converted, and it holds text: {seen}\n\
             hint: say which of them mean yes, as in `converted_values = [{example:?}]`"
        )));
    }
    let yes: Vec<&String> =
        texts.levels.iter().zip(&means).filter(|(_, yes)| **yes == Some(true)).map(|(l, _)| l).collect();
    notes.push(Note::new(
        "labels",
        format!("column {:?} is text; {} means converted", column.name(), in_quotes(&yes, 5)),
    ));
    Ok(flag_of_levels(&texts, &means))
}

fn flag_of_values(
    column: UserColumn<'_>,
    converted_values: &[String],
    notes: &mut Vec<Note>,
) -> Result<Vec<Option<bool>>, DataError> {
    let texts = column.to_texts()?;
    let wanted: Vec<String> =
        converted_values.iter().map(|text| crate::card::normalise_text(text).into_owned()).collect();
    let counts = texts.counts();
    for (level, &n_rows) in texts.levels.iter().zip(&counts).filter(|(level, _)| !wanted.contains(level)) {
        if let Some(alike) = wanted.iter().find(|wanted| plain(wanted) == plain(level)) {
            return Err(DataError::new(format!(
                "{level:?} in {} of column {:?} differs from {alike:?} in `outcome.converted_values` only in capitals or spaces\n\
                 hint: add {level:?} to `outcome.converted_values` if it means yes as well; clean the column if it does not",
                counted(n_rows as u64, "row"),
                column.name()
            )));
        }
    }
    let never_seen: Vec<&String> = wanted.iter().filter(|wanted| !texts.levels.contains(wanted)).collect();
    let near = |wanted: &String| {
        nearest(wanted, texts.levels.iter().map(String::as_str)).first().map(|near| (*near).to_owned())
    };
    if never_seen.len() == wanted.len() {
        let hint = wanted.iter().find_map(near).map_or(String::new(), |near| format!("\nhint: did you mean {near:?}?"));
        let (wanted, name, seen) = (in_quotes(&wanted, 5), column.name(), seen(&texts));
        return Err(DataError::new(format!(
            "none of `outcome.converted_values` ({wanted}) is in column {name:?}, which holds {seen}{hint}"
        )));
    }
    for wanted in never_seen {
        let near = near(wanted).map_or(String::new(), |near| format!(" (the nearest level is {near:?})"));
        let text = format!("{wanted:?} of `outcome.converted_values` is nowhere in column {:?}{near}", column.name());
        notes.push(Note::new("labels", text));
    }
    let means: Vec<Option<bool>> = texts.levels.iter().map(|level| Some(wanted.contains(level))).collect();
    let others = Texts {
        positions: texts
            .positions
            .iter()
            .map(|&at| if at != NO_TEXT && means[at as usize] == Some(true) { NO_TEXT } else { at })
            .collect(),
        levels: texts.levels.clone(),
    };
    if others.positions.iter().any(|&at| at != NO_TEXT) {
        notes.push(Note::new(
            "labels",
            format!("column {:?}: every other text counts as not converted: {}", column.name(), seen(&others)),
        ));
    }
    Ok(flag_of_levels(&texts, &means))
}

fn flag_of_levels(texts: &Texts, means: &[Option<bool>]) -> Vec<Option<bool>> {
    texts.positions.iter().map(|&at| if at == NO_TEXT { None } else { means[at as usize] }).collect()
}

/// The levels with their counts, commonest first.
fn seen(texts: &Texts) -> String {
    const MOST: usize = 8;
    let mut levels: Vec<(usize, &String)> =
        texts.counts().into_iter().zip(&texts.levels).filter(|&(n_rows, _)| n_rows > 0).collect();
    levels.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    if levels.is_empty() {
        return "nothing at all".to_owned();
    }
    let shown: Vec<String> =
        levels.iter().take(MOST).map(|(n_rows, level)| format!("{level:?} ({})", count(*n_rows as u64))).collect();
    match levels.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        n_more => format!("{} and {n_more} more", shown.join(", ")),
    }
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
