//! Columns of text, and what they turn out to be.

use proptest::prelude::*;

use super::*;
use crate::card::reading::{DecimalMark, NumberFormat, TimeFormat};
use crate::data::read::content::show_value;
use crate::settings::DateOrder;

fn column(name: &str, texts: &[&str]) -> Column {
    let filled = texts.iter().map(|text| Some(*text).filter(|text| !text.is_empty()));
    Column { name: name.to_owned(), content: Content::Texts(EncodedTexts::encode(filled)) }
}

fn settled(columns: Vec<Column>, options: &ReadOptions) -> Vec<Settled> {
    settle(columns, Surroundings { options, is_untyped: true })
}

fn one(name: &str, texts: &[&str]) -> Settled {
    settled(vec![column(name, texts)], &ReadOptions::default()).remove(0)
}

/// Kind and shown values of a column.
fn seen(settled: &Settled) -> (&str, Vec<String>) {
    let content = &settled.column.content;
    (content.in_words(), (0..content.n_rows()).map(|row| show_value(content, row)).collect())
}

fn number(decimal: DecimalMark, unit: Option<&str>) -> Option<Reading> {
    Some(Reading::Number(NumberFormat { decimal, unit: unit.map(str::to_owned) }))
}

#[test]
fn a_rule_of_writing_numbers_is_found_for_the_whole_column() {
    for (texts, values, reading) in [
        (vec!["$7,418.19", "$5", "-$1,000"], vec!["7418.19", "5.0", "-1000.0"], number(DecimalMark::Point, Some("$"))),
        (vec!["1.234,50 €", "3,25"], vec!["1234.5", "3.25"], number(DecimalMark::Comma, Some("€"))),
        (vec!["34%", "5%", "0"], vec!["34.0", "5.0", "0.0"], number(DecimalMark::Point, Some("%"))),
        (vec!["1,246", "12,400"], vec!["1246.0", "12400.0"], number(DecimalMark::Point, None)),
        (vec!["1.2M", "450k", "7"], vec!["1200000.0", "450000.0", "7.0"], number(DecimalMark::Point, None)),
        (vec!["(300)", "12"], vec!["-300.0", "12.0"], number(DecimalMark::Point, None)),
        (vec![" 12", "7 "], vec!["12.0", "7.0"], None),
    ] {
        let found = one("amount", &texts);
        let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
        let kind = if found.column.content.is_whole() { "whole numbers" } else { "numbers" };
        let plain = |value: &String| value.strip_suffix(".0").unwrap_or(value).to_owned();
        assert_eq!(seen(&found).1.iter().map(plain).collect::<Vec<_>>(), values.iter().map(plain).collect::<Vec<_>>());
        assert_eq!(seen(&found).0, kind, "{texts:?}");
        assert_eq!(found.reading, reading, "{texts:?}");
    }
}

#[test]
fn codes_and_mixed_amounts_stay_text() {
    for texts in [
        vec!["01", "1", "002", "A1"],
        vec!["007", "12"],
        vec!["1-10", "11-50", "1,001+"],
        vec!["+49 30 901820", "+49 30 901821"],
        vec!["1234567890123456", "1234567890123457"],
        vec!["1", "2", "A1"],
        vec!["$5", "€6"],
        vec!["34%", "0.34"],
        vec!["1.234,50", "1,234.50"],
        vec!["10:30", "11:45"],
        vec!["9.19E+11", "9.20E+11"],
    ] {
        let found = one("plan", &texts);
        assert_eq!((seen(&found).0, &found.reading), ("text", &None), "{texts:?}");
    }
    assert_eq!(one("budget", &["$5", "€6"]).told.stays_text.as_deref(), Some("amounts in $, €"));
}

#[test]
fn a_comma_in_another_column_settles_what_a_point_means() {
    let found = settled(
        vec![column("rate", &["0,5", "0,25"]), column("revenue", &["1.246", "12.400"])],
        &ReadOptions::default(),
    );
    assert_eq!(seen(&found[1]).1, ["1246.0", "12400.0"]);
    assert_eq!(seen(&one("revenue", &["1.246", "12.400"])).1, ["1.246", "12.4"], "alone it is what programs write");
}

#[test]
fn gaps_and_single_slips_are_missing_and_said() {
    let mut texts: Vec<String> = (0..400).map(|n| n.to_string()).collect();
    texts[7] = "about 50".to_owned();
    texts.extend(["NA".to_owned(), "unknown".to_owned(), "n/a".to_owned()]);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = one("employees", &texts);
    assert_eq!((found.column.content.in_words(), found.column.content.n_missing()), ("whole numbers", 4));
    assert_eq!(found.reading, number(DecimalMark::Point, None), "other readers need to know the gaps");
    let said: Vec<String> = notes_of("leads", &[found]).into_iter().map(|note| note.text).collect();
    assert_eq!(
        said,
        [
            "words that count as missing among numbers or dates: \"employees\" (\"NA\", \"unknown\", \"n/a\" in 3 rows)",
            "single cells that cannot be read count as missing: \"employees\" (\"about 50\" in row 8)",
        ]
    );
    // Of a few dozen, one is no slip.
    assert_eq!(seen(&one("plan", &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "gold"])).0, "text");
}

#[test]
fn dates_are_read_where_the_column_or_its_neighbours_prove_the_order() {
    for (texts, shown, formats) in [
        (vec!["03/25/2024", "01/02/2024"], "2024-03-25", vec!["%m/%d/%Y"]),
        (vec!["25/03/2024", "01/02/2024"], "2024-03-25", vec!["%d/%m/%Y"]),
        (vec!["05.03.2024", "06.03.2024"], "2024-03-05", vec!["%d.%m.%Y"]),
        (vec!["Mar 5, 2024", "Dec 31, 2024"], "2024-03-05", vec!["%B %d, %Y"]),
        (vec!["5. März 2024", "1. Mai 2024"], "2024-03-05", vec!["%d %B %Y"]),
        (vec!["5/3/24 9:05 AM", "5/31/24 1:00 PM"], "2024-05-03T09:05:00Z", vec!["%m/%d/%y %I:%M %p"]),
        (vec!["2024/03/05", "2024/03/06"], "2024-03-05", vec!["%Y/%m/%d"]),
        (
            vec!["2024-03-05T09:00:00.000+0000", "2024-03-06T09:00:00.000+0000"],
            "2024-03-05T09:00:00Z",
            vec!["%Y-%m-%dT%H:%M:%S%.f%#z"],
        ),
    ] {
        let found = one("x", &texts);
        assert!(found.column.content.is_time(), "{texts:?}: {:?}", found.told);
        assert_eq!(seen(&found).1[0], shown, "{texts:?}");
        let formats = formats.into_iter().map(str::to_owned).collect();
        let reading = found.reading.clone();
        let is_iso = texts[0].starts_with("2024-");
        assert!(is_iso || reading == Some(Reading::Time(TimeFormat::Text(formats))), "{texts:?}: {reading:?}");
    }
    let iso = one("x", &["2024-03-05", "2024-03-06"]);
    assert_eq!((seen(&iso).0, &iso.reading, &iso.told), ("dates", &None, &Told::default()));
}

#[test]
fn nobody_guesses_whether_the_day_comes_first() {
    let either = ["05/03/2024", "06/03/2024"];
    let found = one("created", &either);
    let doubt = Doubt { column: "created".to_owned(), example: "05/03/2024".to_owned() };
    assert_eq!((seen(&found).0, &found.told.doubt), ("text", &Some(doubt)));
    let beside = settled(
        vec![column("created", &either), column("closed", &["25/03/2024", "01/04/2024"])],
        &ReadOptions::default(),
    );
    assert_eq!(seen(&beside[0]).1[0], "2024-03-05", "another column proves it");
    for (order, day) in [(DateOrder::DayFirst, "2024-03-05"), (DateOrder::MonthFirst, "2024-05-03")] {
        let options = ReadOptions { dates: Some(order), ..ReadOptions::default() };
        assert_eq!(seen(&settled(vec![column("created", &either)], &options)[0]).1[0], day);
    }
    assert_eq!(
        seen(&one("created", &["05/05/2024", "06/06/2024"])).1[0],
        "2024-05-05",
        "either way it is the same day"
    );
}

#[test]
fn half_and_half_is_text() {
    let texts: Vec<String> =
        (1..=20).map(|day| if day <= 10 { format!("2024-03-{day:02}") } else { format!("{day}-03-2024") }).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(seen(&one("last_seen", &texts)).0, "text");
}

#[test]
fn moments_stored_as_numbers_are_known_by_their_name() {
    for (texts, shown) in [
        (["45351", "45352"], "2024-02-29"),
        (["20240229", "20240301"], "2024-02-29"),
        (["1709164800", "1709251200"], "2024-02-29"),
        (["1709164800000", "1709251200000"], "2024-02-29"),
    ] {
        assert_eq!(seen(&one("created", &texts)).1[0], shown, "{texts:?}");
        assert_eq!(seen(&one("employees", &texts)).0, "whole numbers", "{texts:?}");
    }
    assert_eq!(seen(&one("days_on_list", &["12", "45"])).0, "whole numbers");
}

#[test]
fn a_rule_that_a_card_states_holds_for_other_files() {
    let readings = [("budget".to_owned(), number(DecimalMark::Comma, None).expect("a rule"))];
    let options = ReadOptions { readings: readings.into_iter().collect(), ..ReadOptions::default() };
    let found = settled(vec![column("budget", &["1.246", "12.400"])], &options);
    assert_eq!(seen(&found[0]).1, ["1246.0", "12400.0"]);
}

proptest! {
    #[test]
    fn a_survey_says_what_all_rows_come_to(
        vocabulary in 0_usize..6,
        picks in proptest::collection::vec(0_usize..1000, 1..400),
        n_rows in 1_usize..90,
    ) {
        const VOCABULARIES: [&[&str]; 6] = [
            &["visit", "call", "visit", "call", "12"],
            &["lead-1", "lead-2", "lead 30", "2026-03-05"],
            &["1", "20", "-3", "400"],
            &["1", "007", "", "-"],
            &["2026-03-05", "2026-03-06", "05/06/2026"],
            &["1.5", "2,5", "x", "1", "unknown"],
        ];
        // A rare text among common ones.
        let words = VOCABULARIES[vocabulary];
        let word = |&pick: &usize| if pick == 999 { words[words.len() - 1] } else { words[pick % (words.len() - 1)] };
        let texts: Vec<&str> = picks.iter().map(word).collect();
        let mut survey = Survey::new("id", true, false, texts.len());
        for piece in texts.chunks(n_rows) {
            if survey.is_over() {
                break;
            }
            survey.look_at(&column("id", piece));
        }
        let around = Surroundings { options: &ReadOptions::default(), is_untyped: false };
        let settled = settle(vec![column("id", &texts)], around).remove(0);
        match survey.meaning() {
            Some(Meaning::AsTyped) => prop_assert_eq!(settled.column, column("id", &texts)),
            Some(Meaning::WholeNumbers) => {
                prop_assert!(matches!(settled.column.content, Content::Whole(_)), "{:?}", settled.column);
            }
            None => return Ok(()),
        }
        prop_assert_eq!(settled.told, Told::default());
    }
}

#[test]
fn a_survey_ends_as_soon_as_it_can() {
    let mut kinds = Survey::new("kind", true, false, 1_000);
    kinds.look_at(&column("kind", &["visit"; 5]));
    assert!(!kinds.is_over());
    kinds.look_at(&column("kind", &["call"; 5]));
    assert!(kinds.is_over(), "more than 1 in 200 is neither number nor day");
    let mut amounts = Survey::new("paid_on", false, true, 1_000);
    assert!(!amounts.is_over());
    amounts.look_at(&Column::new("paid_on", [20_260_305_i64]));
    assert!(!amounts.is_over(), "the digits of a day");
    amounts.look_at(&Column::new("paid_on", [7_i64]));
    assert!(amounts.is_over());
    assert!(Survey::new("amount", false, true, 1_000).is_over(), "nobody calls a day that");
}
