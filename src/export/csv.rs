//! The points as a table, one line per level, for people and spreadsheets.
//!
//! Always true: no cell starts with a character that a spreadsheet takes for a formula, and yet every value is there exactly:
//! `when` and `column` are JSON, which starts with a quote, a brace or a letter.

use serde_json::json;

use super::{Export, ExportError, Proof, known, sentences};
use crate::card::{Card, Criterion, Level, When, make_golden};

const HEADS: [&str; 8] = ["criterion", "level", "points", "column", "when", "group", "n_leads", "n_converted"];

/// The table as CSV, read back and compared with the card before it is handed on.
///
/// # Errors
/// [`ExportError::Wrong`] if what was read back scores differently; a fault of ours.
pub(super) fn export(card: &Card) -> Result<Export, ExportError> {
    let text = write(card)?;
    check(card, &text)?;
    let mut notes = sentences([
        "`column` and `when` are JSON and exact; `criterion`, `level` and `group` are for reading: where one starts like a \
         formula, an apostrophe stands before it",
    ]);
    if card.criteria.iter().any(Criterion::is_pair) {
        notes.push(
            "a criterion over two columns has the parts of its rows and of its columns first, on lines without points; `cells` are pairs \
             of their numbers, counted from 0, and a lead of which either is missing is at its level `missing`"
                .to_owned(),
        );
    }
    if card.base_points != 0 {
        notes.push(format!("every lead starts with {} points, which no line shows", card.base_points));
    }
    notes.extend(known::note(card, "the table has no bands and"));
    Ok(Export::file(text, &[], Proof::Done, notes))
}

/// Records as CSV.
///
/// # Errors
/// [`ExportError::Wrong`] if they cannot be written; a fault of ours.
pub(super) fn csv_text(records: impl IntoIterator<Item = Vec<String>>) -> Result<String, ExportError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    records.into_iter().try_for_each(|record| table.write_record(record)).map_err(ExportError::wrong)?;
    String::from_utf8(table.into_inner().map_err(ExportError::wrong)?).map_err(ExportError::wrong)
}

fn write(card: &Card) -> Result<String, ExportError> {
    let mut records = vec![HEADS.map(str::to_owned).to_vec()];
    for criterion in &card.criteria {
        let column = match criterion.inputs.as_slice() {
            [one] => json!(one.column),
            inputs => json!(inputs.iter().map(|input| &input.column).collect::<Vec<_>>()),
        };
        for (side, (axis, input)) in ["rows", "columns"].iter().zip(criterion.axes()) {
            for part in &axis.parts {
                records.push(vec![
                    as_text(&criterion.name),
                    as_text(&format!("{side}: {}", part.label)),
                    String::new(),
                    json!(input.column).to_string(),
                    json!(part.when).to_string(),
                    as_text(criterion.group.as_deref().unwrap_or_default()),
                    String::new(),
                    String::new(),
                ]);
            }
        }
        for level in &criterion.levels {
            records.push(vec![
                as_text(&criterion.name),
                as_text(&level.label),
                level.points.to_string(),
                column.to_string(),
                json!(level.when).to_string(),
                as_text(criterion.group.as_deref().unwrap_or_default()),
                level.n_leads.to_string(),
                level.n_converted.to_string(),
            ]);
        }
    }
    csv_text(records)
}

/// `text` with an apostrophe before it where a spreadsheet would calculate it. See OWASP, "CSV injection".
pub(super) fn as_text(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
}

/// The points and rules of the table are the card's.
fn check(card: &Card, text: &str) -> Result<(), ExportError> {
    let mut lines = csv::Reader::from_reader(text.as_bytes()).into_records();
    let mut criteria: Vec<Criterion> = card.criteria.clone();
    let mut next = || {
        let line = lines.next().ok_or_else(|| ExportError::wrong("a line is not there"))?;
        line.map_err(ExportError::wrong)
    };
    let strange = |line: &csv::StringRecord| ExportError::wrong(format!("line {line:?}"));
    for criterion in &mut criteria {
        let axes = criterion.grid.iter_mut().flat_map(|grid| [&mut grid.rows, &mut grid.columns]);
        for part in axes.flat_map(|axis| &mut axis.parts) {
            let line = next()?;
            part.when = when_in(&line).ok_or_else(|| strange(&line))?;
        }
        for level in &mut criterion.levels {
            let line = next()?;
            *level = read(level, &line).ok_or_else(|| strange(&line))?;
        }
    }
    let expected = make_golden(card.base_points, &card.criteria);
    if lines.next().is_some() || make_golden(card.base_points, &criteria) != expected {
        return Err(ExportError::wrong("the table read back is another card"));
    }
    Ok(())
}

/// The rule of a line.
fn when_in(line: &csv::StringRecord) -> Option<When> {
    serde_json::from_str(line.get(4)?).ok()
}

/// The level of a line; what only people read is taken from `level`.
fn read(level: &Level, line: &csv::StringRecord) -> Option<Level> {
    let when = when_in(line)?;
    Some(Level { when, points: line.get(2)?.parse().ok()?, ..level.clone() })
}

#[cfg(test)]
mod tests {
    use super::super::Layout;
    use super::*;
    use crate::card::tests::{example_card, paired_card};

    fn table(card: &Card) -> String {
        let Layout::File { bytes, .. } = export(card).expect("a table").layout else { panic!("one file") };
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn a_line_per_level_with_its_rule() {
        let text = table(&example_card());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 16);
        assert_eq!(lines[0], "criterion,level,points,column,when,group,n_leads,n_converted");
        assert_eq!(
            lines[2],
            r#"budget,none or unknown,0,"""budget""","{""one_of"":[""none"",""unknown""]}",BANT,100,10"#
        );
        assert_eq!(lines[6], r#"clicks_30d,below 1,0,"""clicks_30d""","{""below"":1.0}",,100,10"#);
    }

    #[test]
    fn a_pair_comes_with_the_parts_of_both_sides() {
        let text = table(&paired_card());
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("budget and clicks,")).collect();
        assert_eq!(lines.len(), 4 + 3 + 4);
        assert_eq!(
            lines[2],
            r#"budget and clicks,rows: approved,,"""budget""","{""one_of"":[""approved"",""bewilligt für 2026""]}",,,"#
        );
        assert_eq!(lines[9].split(',').nth(2), Some("-2"));
        assert!(lines[9].contains(r#"{""cells"":[[2,1],[3,1]]}"#), "{}", lines[9]);
    }

    #[test]
    fn a_table_without_bands_says_whom_to_ask_first() {
        let notes = |card: &Card| export(card).expect("a table").notes.join("\n");
        let card = example_card();
        assert!(!notes(&card).contains("ask first"));
        let card = Card { known_at_least: Some(6), ..card };
        assert!(notes(&card).contains("the table has no bands and does not know `ask first`"), "{}", notes(&card));
    }

    #[test]
    fn no_cell_starts_like_a_formula() {
        let mut card = example_card();
        card.criteria[0].name = "=cmd|' /C calc'!A0".to_owned();
        card.criteria[1].levels[1].label = "-1 to 3".to_owned();
        card.criteria[0].group = Some("@SUM(A1)".to_owned());
        let text = table(&card);
        let mut lines = csv::Reader::from_reader(text.as_bytes()).into_records();
        let points_idx = 2;
        assert!(lines.all(|line| {
            let line = line.expect("a line");
            line.iter().enumerate().all(|(idx, cell)| idx == points_idx || !cell.starts_with(['=', '+', '-', '@']))
        }));
    }
}
