//! `card.txt`: the card as a person reads it. Plain text, at most 100 columns, points first.
//!
//! In: a checked [`Card`]. Out: text whose columns line up in any script; control characters of level names are escaped.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{ASK_FIRST, Band, Card, Criterion, CurveEntry, Derivation, Grid, GridBlock, Level, Part, Recalibrated};
use crate::notes::{count, counted};

/// Widest line.
const WIDTH: usize = 100;

/// Columns of a level's label.
const LABEL_WIDTH: usize = 56;

/// Scores in the table of what a score is worth.
const N_WORTH: i64 = 11;

/// The card as `card.txt`.
pub fn render(card: &Card) -> String {
    let mut text = String::new();
    write_head(card, &mut text);
    for (heading, criteria) in in_groups(&card.criteria) {
        if let Some(heading) = heading {
            let heading = plain(heading).to_uppercase();
            push_line(&mut text, &format!("\n{heading}"));
        }
        for criterion in criteria {
            write_criterion(card, criterion, &mut text);
        }
    }
    write_worth(card, &mut text);
    write_bands(card, &mut text);
    write_grades(card, &mut text);
    write_thresholds(card, &mut text);
    write_overrides(card, &mut text);
    write_provenance(card, &mut text);
    text
}

fn write_head(card: &Card, text: &mut String) {
    let (lowest, highest) = card.score_range();
    let criteria = counted(card.criteria.len() as u64, "criterion");
    push_line(
        text,
        &format!("Card: {criteria}, {} rows, scores from {lowest} to {highest}", count(card.n_printed_rows() as u64)),
    );
    let how = match card.base_points {
        0 => "Add up the points of one row per criterion: that is the lead's score.".to_owned(),
        base => format!("Start with {base} points and add those of one row per criterion: that is the lead's score."),
    };
    push_line(text, &how);
    push_line(
        text,
        "Rows are read from the top: the first that fits counts. An answer without a row was never seen: it",
    );
    push_line(text, "gets the fewest points of its criterion.");
    if let Some(limit) = card.known_at_least {
        let spanned = card.span_in_words();
        let words = format!(
            "A lead of which nothing is known scores {}, and that says nothing. Where the answers that are known could bring less than {limit} of the \
             {} points {spanned}, ask first: the band is `{ASK_FIRST}`, whatever the score.",
            card.blank_score(),
            card.span()
        );
        wrapped(&words, WIDTH).iter().for_each(|line| push_line(text, line));
    }
}

/// Criteria under their headings, in the order the headings appear; those without one last, headed only beside others.
pub(crate) fn in_groups(criteria: &[Criterion]) -> Vec<(Option<&str>, Vec<&Criterion>)> {
    let mut groups: Vec<(&str, Vec<&Criterion>)> = Vec::new();
    for criterion in criteria {
        let Some(name) = criterion.group.as_deref() else { continue };
        match groups.iter_mut().find(|(other, _)| *other == name) {
            Some((_, members)) => members.push(criterion),
            None => groups.push((name, vec![criterion])),
        }
    }
    let without: Vec<&Criterion> = criteria.iter().filter(|criterion| criterion.group.is_none()).collect();
    let heading = (!groups.is_empty()).then_some("Other criteria");
    let mut all: Vec<_> = groups.into_iter().map(|(name, members)| (Some(name), members)).collect();
    if !without.is_empty() {
        all.push((heading, without));
    }
    all
}

fn write_criterion(card: &Card, criterion: &Criterion, text: &mut String) {
    push_line(text, "");
    let mut title = wrapped(&plain(criterion.shown()), LABEL_WIDTH + 2).into_iter();
    let first = padded(&title.next().unwrap_or_default(), LABEL_WIDTH + 2);
    push_line(text, &format!("  {first}  points         leads  converted"));
    title.for_each(|more| push_line(text, &format!("  {more}")));
    if let Some(note) = how_made(criterion) {
        wrapped(&note, WIDTH - 4).iter().for_each(|line| push_line(text, &format!("    {line}")));
    }
    if let Some(grid) = &criterion.grid {
        write_grid(card, criterion, grid, text);
    }
    for level in criterion.printed_levels() {
        write_level(level, text);
    }
}

/// Before a line of a grid.
const INDENT: &str = "    ";

/// Columns of the answers that stand beside a grid.
const GRID_LABEL_WIDTH: usize = 24;

/// What a pair says, and its points as a table: a line for every answer of its rows, a column for every answer of its columns. Below the
/// points stand leads and conversion, once for a level, where there is room.
fn write_grid(card: &Card, pair: &Criterion, grid: &Grid, text: &mut String) {
    for sentence in pair.pair_sentences(card) {
        for line in wrapped(&plain(&sentence), WIDTH - INDENT.len()) {
            push_line(text, &format!("{INDENT}{line}"));
        }
    }
    let columns: Vec<(usize, &Part)> = grid.columns.answers().collect();
    let n_columns = columns.len();
    // Two columns stay free between two of them.
    let width = ((WIDTH - INDENT.len() - GRID_LABEL_WIDTH) / n_columns.max(1)).min(16);
    let at_right = |cell: &str| " ".repeat(width.saturating_sub(cell.width())) + cell;
    let labels = |label: &str| wrapped(&plain(label), GRID_LABEL_WIDTH - 2);
    write_grid_heads(&columns, width, text);
    let blocks = pair.blocks();
    let counts: Vec<Vec<String>> = (0..grid.rows.answers().count())
        .map(|row| (0..n_columns).map(|column| counts_at(pair, &blocks, [row, column])).collect())
        .collect();
    let has_room = counts.iter().flatten().all(|cell| cell.width() + 2 <= width);
    for ((row, part), counts) in grid.rows.answers().zip(&counts) {
        let points = |column: usize| pair.level_of_cell([row, column]).map_or(0, |level| pair.levels[level].points);
        let cells: String = columns.iter().map(|(column, _)| at_right(&points(*column).to_string())).collect();
        let mut labels = labels(&part.label).into_iter();
        push_line(text, &format!("{INDENT}{}{cells}", padded(&labels.next().unwrap_or_default(), GRID_LABEL_WIDTH)));
        if has_room && counts.iter().any(|cell| !cell.is_empty()) {
            let more = labels.next().map_or_else(String::new, |more| format!("  {more}"));
            let counts: String = counts.iter().map(|cell| at_right(cell)).collect();
            push_line(text, &format!("{INDENT}{}{counts}", padded(&more, GRID_LABEL_WIDTH)));
        }
        labels.for_each(|more| push_line(text, &format!("{INDENT}  {more}")));
    }
    if has_room {
        let what = "Below the points: leads and conversion, in the first of the cells that count as one.";
        push_line(text, &format!("{INDENT}{what}"));
    }
    push_line(text, "");
}

/// The answers above a grid, broken into lines; what is short stands at the bottom.
fn write_grid_heads(columns: &[(usize, &Part)], width: usize, text: &mut String) {
    let heads: Vec<Vec<String>> =
        columns.iter().map(|(_, part)| wrapped(&plain(&part.label), width.saturating_sub(2).max(1))).collect();
    let n_lines = heads.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..n_lines {
        let cell = |head: &Vec<String>| {
            let words = (line + head.len()).checked_sub(n_lines).and_then(|line| head.get(line).cloned());
            let words = words.unwrap_or_default();
            " ".repeat(width.saturating_sub(words.width())) + &words
        };
        let cells: String = heads.iter().map(cell).collect();
        push_line(text, &format!("{INDENT}{}{cells}", " ".repeat(GRID_LABEL_WIDTH)));
    }
}

/// Leads and conversion of the level that first stands at this place of a grid.
fn counts_at(pair: &Criterion, blocks: &[GridBlock], place: [usize; 2]) -> String {
    pair.level_counted_at(blocks, place)
        .map_or_else(String::new, |level| format!("{}: {}", count(level.n_leads), conversion(level)))
}

/// Share of the leads of a level that converted.
fn conversion(level: &Level) -> String {
    match level.n_leads {
        0 => "-".to_owned(),
        n_leads => format!("{:.1} %", 100.0 * level.n_converted as f64 / n_leads as f64),
    }
}

fn write_level(level: &Level, text: &mut String) {
    let label = plain(level.shown());
    let mut lines = wrapped(&label, LABEL_WIDTH).into_iter();
    let first = padded(&lines.next().unwrap_or_default(), LABEL_WIDTH);
    let converted = conversion(level);
    push_line(text, &format!("    {first}{:>8}  {:>12}  {converted:>9}", level.points, count(level.n_leads)));
    lines.for_each(|more| push_line(text, &format!("      {more}")));
}

/// How a derived value is made, and the column where it is not called like the criterion.
pub(crate) fn how_made(criterion: &Criterion) -> Option<String> {
    if let Some(grid) = &criterion.grid {
        let [rows, columns] = grid.axes().map(|axis| plain(&axis.criterion));
        return Some(format!("what {rows} and {columns} say together, beside the points of either"));
    }
    let input = criterion.input()?;
    match &input.derivation {
        Some(Derivation::DaysBefore { column }) => Some(format!("whole days from `{}` to the hand-off", plain(column))),
        Some(Derivation::Events { kind, within_us, measure }) => {
            let kind = kind.as_deref().map_or_else(|| "all".to_owned(), |kind| format!("`{}`", plain(kind)));
            let within = within_us.map_or_else(String::new, |us| {
                let days = us as f64 / 86_400_000_000.0;
                format!(" of the last {days} days")
            });
            Some(format!("{} of {kind} events{within} up to the hand-off", plain(&measure.to_string())))
        }
        None if criterion.map.is_some() => criterion.map.as_ref().map(|map| {
            let rules: Vec<String> =
                map.rules.iter().map(|rule| format!("{} is {}", plain(&rule.phrases), plain(&rule.to))).collect();
            format!(
                "made of the words in column `{}`: {}; any other text is other",
                plain(&input.column),
                rules.join("; ")
            )
        }),
        None if input.column != criterion.name => Some(format!("column `{}`", plain(&input.column))),
        None => None,
    }
}

/// About ten scores, evenly over the range, highest first.
fn write_worth(card: &Card, text: &mut String) {
    push_line(text, "\nWHAT A SCORE IS WORTH\n");
    push_line(text, "     score  converts  90 % interval        band");
    for entry in worth_rows(&card.curve).into_iter().rev() {
        let interval = format!("{} to {}", percent(entry.low_bp), percent(entry.high_bp));
        let band = plain(card.band_name(entry.score));
        let row = format!("  {:>8}  {:>8}  {interval:<19}  {band}", entry.score, percent(entry.probability_bp));
        push_line(text, &cut(&row, WIDTH));
    }
}

/// Up to [`N_WORTH`] entries, evenly spaced, the first and the last among them.
fn worth_rows(curve: &[CurveEntry]) -> Vec<&CurveEntry> {
    let last = curve.len() as i64 - 1;
    let n_steps = (N_WORTH - 1).min(last).max(1);
    let mut idxs: Vec<i64> = (0..=n_steps).map(|step| (step * last + n_steps / 2) / n_steps).collect();
    idxs.dedup();
    idxs.into_iter().filter_map(|idx| curve.get(usize::try_from(idx).ok()?)).collect()
}

fn write_bands(card: &Card, text: &mut String) {
    push_line(text, "\nBANDS\n");
    for (band, scores) in card.bands.iter().zip(scores_of_bands(&card.bands)) {
        write_named(&band.name, &scores, text);
    }
}

/// The scores of each band in words: "51 and more", "26 to 50", "below 26".
pub(crate) fn scores_of_bands(bands: &[Band]) -> Vec<String> {
    let mut above: Option<i32> = None;
    let scores = |band: &Band| {
        let scores = match (band.from, above) {
            (Some(from), None) => format!("{from} and more"),
            (Some(from), Some(above)) if above - 1 > from => format!("{from} to {}", above - 1),
            (Some(from), Some(_)) => format!("{from}"),
            (None, Some(above)) => format!("below {above}"),
            (None, None) => "every score".to_owned(),
        };
        above = band.from.or(above);
        scores
    };
    bands.iter().map(scores).collect()
}

/// The grid cell by cell: which sub-scores, and what leads of the grade came to.
fn write_grades(card: &Card, text: &mut String) {
    let Some(grades) = &card.grades else { return };
    let [rows, columns] = grades.axes();
    push_line(text, "\nGRADES\n");
    let words = format!(
        "Add up the points in {} for the letter and those in {} for the number; A1 is best.",
        plain(&rows.group),
        plain(&columns.group)
    );
    wrapped(&words, WIDTH - 2).iter().for_each(|line| push_line(text, &format!("  {line}")));
    let line = |grade: &str, [row, column]: [&str; 2], leads: &str, [converts, interval]: [&str; 2]| {
        format!("  {grade:<5}  {}  {}  {leads:>10}  {converts:>9}  {interval}", padded(row, 18), padded(column, 18))
    };
    let heads = [rows, columns].map(|axis| wrapped(&plain(&axis.group), 18).into_iter().next().unwrap_or_default());
    push_line(text, "");
    push_line(text, &line("grade", heads.each_ref().map(String::as_str), "leads", ["converted", "90 % interval"]));
    for (at, cell) in grades.cells.iter().enumerate() {
        let row = rows.sub_scores_in_words(at / columns.n_classes());
        let column = columns.sub_scores_in_words(at % columns.n_classes());
        let (converted, interval) = match cell.conversion() {
            Some(share) => {
                (format!("{:.1} %", share * 100.0), format!("{} to {}", percent(cell.low_bp), percent(cell.high_bp)))
            }
            None => ("-".to_owned(), String::new()),
        };
        push_line(text, &line(&cell.grade, [&row, &column], &count(cell.n_leads), [&converted, &interval]));
    }
}

fn write_thresholds(card: &Card, text: &mut String) {
    if card.thresholds.is_empty() {
        return;
    }
    push_line(text, "\nTHRESHOLDS\n");
    for threshold in &card.thresholds {
        let worth = card.worth_of(threshold.score).map_or_else(String::new, |entry| {
            format!("; {} convert at just that score", percent(entry.probability_bp))
        });
        let words = format!("{} points and more ({}){worth}", threshold.score, plain(&threshold.rule));
        write_named(&threshold.name, &words, text);
    }
}

fn write_overrides(card: &Card, text: &mut String) {
    if card.overrides.is_empty() {
        return;
    }
    push_line(text, "\nPOINTS SET BY HAND\n");
    for one in &card.overrides {
        let until = one.until.as_deref().map_or_else(String::new, |until| format!(", until {}", plain(until)));
        let words = format!(
            "{}: {} instead of {} points (by {}{until}): {}",
            plain(card.shown_level(&one.criterion, &one.level)),
            one.points,
            one.fitted_points,
            plain(&one.author),
            plain(&one.reason)
        );
        write_named(card.shown_name(&one.criterion), &words, text);
    }
}

/// A name in its own column and words beside it, wrapped under themselves.
fn write_named(name: &str, words: &str, text: &mut String) {
    const NAME_WIDTH: usize = 20;
    let mut name_lines = wrapped(&plain(name), NAME_WIDTH).into_iter();
    let mut word_lines = wrapped(words, WIDTH - NAME_WIDTH - 4).into_iter();
    loop {
        let (name, words) = (name_lines.next(), word_lines.next());
        if name.is_none() && words.is_none() {
            return;
        }
        push_line(text, &format!("  {}  {}", padded(&name.unwrap_or_default(), NAME_WIDTH), words.unwrap_or_default()));
    }
}

fn write_provenance(card: &Card, text: &mut String) {
    let from = &card.provenance;
    push_line(text, "\nWHERE IT COMES FROM\n");
    let rate = match from.n_leads {
        0 => String::new(),
        n_leads => format!(" ({:.1} %)", 100.0 * from.n_converted as f64 / n_leads as f64),
    };
    let leads = counted(from.n_leads, "lead");
    push_line(text, &format!("  Fitted on {leads}, of which {} converted{rate}.", count(from.n_converted)));
    if let Some(Recalibrated { from_sha256, points_until, n_leads, n_converted }) = &from.recalibrated {
        let until =
            points_until.as_ref().map_or_else(String::new, |until| format!(", handed off until {}", plain(until)));
        push_line(text, &format!("  Its points are those of the card {}{until}.", short(from_sha256)));
        let (leads, won) = (counted(*n_leads, "lead"), count(*n_converted));
        push_line(text, &format!("  What a score is worth was learnt anew from {leads}, of which {won} converted."));
    }
    if let (Some(first), Some(last)) = (&from.first_as_of, &from.last_as_of) {
        push_line(text, &format!("  Handed off from {} to {}.", plain(first), plain(last)));
    }
    push_line(
        text,
        &format!(
            "  Made by {}; data {}, config {}.",
            plain(&from.engine),
            short(&from.data_sha256),
            short(&from.config_sha256)
        ),
    );
    let doubling = from.points_per_log_odds * std::f64::consts::LN_2;
    push_line(text, &format!("  Every {doubling:.1} points double the odds of conversion."));
    wrapped(
        "Text is compared letter by letter (Unicode NFC), capitals count, white space at the ends does not.",
        WIDTH - 2,
    )
    .iter()
    .for_each(|line| push_line(text, &format!("  {line}")));
}

/// Adds a line without white space at its end.
fn push_line(text: &mut String, line: &str) {
    text.push_str(line.trim_end_matches(' '));
    text.push('\n');
}

/// First twelve characters of a fingerprint, which is what people compare.
fn short(sha256: &str) -> String {
    plain(sha256).chars().take(12).collect()
}

/// One decimal, two below 1 %.
fn percent(basis_points: u32) -> String {
    match f64::from(basis_points) / 100.0 {
        small if basis_points < 100 => format!("{small:.2} %"),
        share => format!("{share:.1} %"),
    }
}

/// Control characters and marks that reverse the direction of text, written out: a level's name cannot disturb the page.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        let reverses = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || reverses || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') {
            // Writing to a String never fails.
            let _ = write!(plain, "{}", c.escape_default());
        } else {
            plain.push(c);
        }
    }
    plain
}

fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

/// The front of `text` that fits into `width` columns.
fn cut(text: &str, width: usize) -> String {
    wrapped(text, width).into_iter().next().unwrap_or_default()
}

/// `text` in lines of at most `width` columns, broken at spaces, and inside a word only where it is longer than a line.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in words_of(text) {
        let word_width = word.trim_end_matches(' ').width();
        if used > 0 && used + word_width > width {
            lines.push(String::new());
            used = 0;
        }
        for c in word.chars() {
            let c_width = c.width().unwrap_or(0);
            // A space may hang over the end; it is trimmed when the line is written.
            if used + c_width > width && c != ' ' {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
                used += c_width;
            }
        }
    }
    lines.iter().map(|line| line.trim_end_matches(' ').to_owned()).collect()
}

/// The words of `text` with the spaces behind them; a percent sign belongs to its number.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let is_end = |&(at, _): &(usize, &str)| !rest[at + 1..].starts_with('%');
        let end = rest.match_indices(' ').find(is_end).map_or(rest.len(), |(at, _)| at + 1);
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{card_of, criterion, example_card, level, one_of, paired_card};
    use super::super::{Band, InputKind, When};
    use super::*;

    #[test]
    fn a_card_reads_like_this() {
        let mut card = example_card();
        card.bands.insert(1, Band { name: "nurture".to_owned(), from: Some(12) });
        insta::assert_snapshot!(render(&card));
    }

    #[test]
    fn a_pair_is_a_grid_of_points() {
        let mut card = paired_card();
        card.criteria.drain(..4);
        let text = render(&card);
        let pairs = text.split_once("\nWHAT A SCORE").map_or("", |(pairs, _)| pairs);
        insta::assert_snapshot!(pairs);
    }

    #[test]
    fn base_points_come_first() {
        let text = render(&card_of(600, super::super::tests::example_criteria()));
        assert!(text.contains("Start with 600 points and add those of one row per criterion"), "{text}");
        assert!(text.starts_with("Card: 4 criteria, 15 rows, scores from 600 to 665\n"), "{text}");
    }

    #[test]
    fn hostile_names_cannot_disturb_the_page() {
        let mut levels = vec![level(When::Missing, "missing\u{1b}[31m\nred\u{202e}", 0)];
        levels.push(level(one_of(&["預算"]), &"預算已核准 ".repeat(20), -7));
        levels.push(level(When::Else, &"x".repeat(300), 12));
        levels[2].n_leads = 1_234_567;
        let text = render(&card_of(0, vec![criterion("budget\tper\r\nyear", InputKind::Text, levels)]));
        assert!(text.contains("missing\\u{1b}[31m\\nred\\u{202e}"), "{text}");
        assert!(text.contains("budget\\tper\\r\\nyear"), "{text}");
        assert!(text.contains("1,234,567"), "{text}");
        for line in text.lines() {
            assert!(line.width() <= WIDTH && !line.ends_with(' '), "{line:?}");
        }
    }

    #[test]
    fn the_table_of_scores_has_both_ends_and_about_ten_rows() {
        let card = example_card();
        let scores = |curve: &[CurveEntry]| worth_rows(curve).iter().map(|entry| entry.score).collect::<Vec<_>>();
        assert_eq!(scores(&card.curve), [0, 7, 13, 20, 26, 33, 39, 46, 52, 59, 65]);
        assert_eq!(scores(&card.curve[..3]), [0, 1, 2]);
        assert_eq!(scores(&card.curve[..1]), [0]);
        assert!(scores(&[]).is_empty());
    }

    #[test]
    fn points_set_by_hand_are_listed_with_who_and_why() {
        let mut card = example_card();
        assert!(!render(&card).contains("BY HAND"));
        card.overrides = vec![crate::card::Override {
            criterion: "budget".to_owned(),
            level: "approved".to_owned(),
            points: 30,
            fitted_points: 22,
            author: "Ann".to_owned(),
            reason: "agreed with sales".to_owned(),
            until: Some("2026-12-31".to_owned()),
        }];
        let text = render(&card);
        let section = text.split("POINTS SET BY HAND\n\n").nth(1).expect("a section of its own");
        let words: Vec<&str> = section.lines().take(2).flat_map(str::split_whitespace).collect();
        let said = "budget approved: 30 instead of 22 points (by Ann, until 2026-12-31): agreed with sales";
        assert!(words.join(" ").starts_with(said), "{section}");
    }

    #[test]
    fn what_people_read_stands_in_place_of_names() {
        let mut card = example_card();
        card.criteria[0].label = Some("Money set aside".to_owned());
        card.criteria[0].levels[2].words = Some("yes, approved".to_owned());
        let text = render(&card);
        assert!(text.contains("\n  Money set aside  ") && text.contains("\n    yes, approved  "), "{text}");
        assert!(!text.contains("\n  budget ") && !text.contains("\n    approved"), "{text}");
    }

    #[test]
    fn a_percent_sign_stays_with_its_number() {
        assert_eq!(wrapped("about 25 % of 9 leads", 9), ["about", "25 % of 9", "leads"]);
        assert_eq!([5, 99, 100, 3_146, 10_000].map(percent), ["0.05 %", "0.99 %", "1.0 %", "31.5 %", "100.0 %"]);
    }

    proptest! {
        #[test]
        fn wrapping_keeps_every_word_and_the_width(text in "(\\PC{0,9} ){0,12}", width in 2..40_usize) {
            let lines = wrapped(&text, width);
            let squeeze = |text: &str| text.replace(' ', "");
            prop_assert_eq!(squeeze(&lines.concat()), squeeze(&text));
            for line in &lines {
                let width_of = |line: &str| line.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>();
                prop_assert!(width_of(line) <= width, "{:?}", line);
            }
        }
    }
}
