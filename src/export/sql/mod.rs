//! SQL: the card as an expression, a view or a statement, per dialect.
//!
//! In: a checked card. Out: the SQL, and beside it a statement over the golden rows that returns nothing when they get their points.
//! Start at [`export`]. `dialect` writes names and literals, `table` reads the user's name of the lead table, `levels` makes a
//! criterion a `CASE`, `query` puts them together, `verify` wraps the golden rows around it, `notes` and
//! `derived` say what to know.
//!
//! Always true: `CASE`, `<`, `=`, `IN`, whole numbers and texts do all the work: no exp(), no rounding, no window functions.

mod derived;
mod dialect;
mod levels;
mod notes;
mod query;
mod table;
mod verify;

pub(super) use query::{outputs_of, select};
pub(crate) use table::Table;
pub(super) use verify::{MadeUpLeads, made_up_leads};

use super::source::head_lines;
use super::{Argument, Export, ExportError, Proof};
use crate::card::Card;

/// A database's way to write SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// DuckDB.
    Duckdb,
    /// SQLite.
    Sqlite,
    /// Snowflake.
    Snowflake,
    /// BigQuery (GoogleSQL).
    Bigquery,
    /// Spark SQL and Databricks.
    Spark,
}

/// What the SQL is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The score as one expression over the columns of a lead.
    Expression,
    /// A view with id, points, score, probability, band and reasons.
    View,
    /// The same as one SELECT.
    Statement,
}

/// How the SQL is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlOptions {
    /// The database.
    pub dialect: Dialect,
    /// Expression, view or statement.
    pub form: Form,
    /// Table with one row per lead; a name may have parts: `sales.leads`.
    pub table: String,
}

pub(super) fn export(card: &Card, options: &SqlOptions) -> Result<Export, ExportError> {
    let SqlOptions { dialect, form, table } = options;
    let table = Table::parse(table)?;
    dialect.check(card)?;
    let head: String = head_lines(card).iter().map(|line| format!("-- {line}\n")).collect();
    let select = || select(card, *dialect, &table.sql(*dialect));
    let sql = match form {
        Form::Expression => query::expression(card, *dialect),
        Form::Statement => format!("{};", select()),
        Form::View => {
            let view = table.scored(*dialect).sql(*dialect);
            let create = match dialect {
                Dialect::Sqlite => format!("DROP VIEW IF EXISTS {view};\nCREATE VIEW {view} AS"),
                _ => format!("CREATE OR REPLACE VIEW {view} AS"),
            };
            format!("{create}\n{};", select())
        }
    };
    let verification = verify::verification(card, *dialect, *form)?;
    let verify = format!(
        "-- Made-up leads and their points. Returns no rows when all is right; changes nothing.\n{verification};\n"
    );
    let notes = notes::notes(card, options, &table);
    Ok(Export::file(format!("{head}{sql}\n"), &[(VERIFY_ENDING, &verify)], proof(*dialect), notes))
}

const VERIFY_ENDING: &str = ".verify.sql";

fn proof(dialect: Dialect) -> Proof {
    let program = |program, before: &[&'static str]| {
        let after = [Argument::Companion(VERIFY_ENDING), Argument::Text(":memory:")];
        Proof::Program { program, arguments: before.iter().copied().map(Argument::Text).chain(after).collect() }
    };
    match dialect {
        Dialect::Sqlite => program("sqlite3", &["-batch", "-bail", "-init"]),
        Dialect::Duckdb => program("duckdb", &["-batch", "-bail", "-csv", "-noheader", "-f"]),
        other => Proof::ByHand(format!(
            "run the file that ends in {VERIFY_ENDING} in {}; it returns no rows when all is right",
            other.in_words()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Companion, Layout};
    use super::*;
    use crate::card::tests::{card_of, criterion, example_card, graded_card, level, mapped_card, one_of, paired_card};
    use crate::card::{InputKind, When};

    const ALL: [Dialect; 6] =
        [Dialect::Postgres, Dialect::Duckdb, Dialect::Sqlite, Dialect::Snowflake, Dialect::Bigquery, Dialect::Spark];

    fn exported(card: &Card, dialect: Dialect, form: Form) -> Result<(String, String, Vec<String>), ExportError> {
        let made = export(card, &SqlOptions { dialect, form, table: "sales.leads".to_owned() })?;
        let Layout::File { bytes, companions } = made.layout else { panic!("one file and its companion") };
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let [verify] = <[Companion; 1]>::try_from(companions).expect("one companion");
        Ok((text(bytes), text(verify.bytes), made.notes))
    }

    /// A card whose curve has few steps, so that a person can review what is made of it.
    fn small_card() -> Card {
        let mut card = example_card();
        for entry in &mut card.curve {
            entry.probability_bp = if entry.score < 20 { 400 } else { 2_500 };
            entry.low_bp = 300;
            entry.high_bp = 3_000;
        }
        card
    }

    #[test]
    fn every_dialect_reads_like_this() {
        for dialect in ALL {
            let (view, _, notes) = exported(&small_card(), dialect, Form::View).expect("a view");
            let (expression, ..) = exported(&small_card(), dialect, Form::Expression).expect("an expression");
            let expression = expression.rsplit_once("again.\n").map_or("", |(_, sql)| sql);
            let shown = format!("{view}\n-- as an expression\n{expression}\n{}", notes.join("\n"));
            insta::assert_snapshot!(format!("{dialect:?}").to_lowercase(), shown);
        }
    }

    #[test]
    fn rules_over_text_read_like_this() {
        let mut card = mapped_card();
        card.criteria.truncate(1);
        let card = card_of(0, card.criteria);
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let (expression, ..) = exported(&card, dialect, Form::Expression).expect("an expression");
            let (view, _, notes) = exported(&card, dialect, Form::View).expect("a view");
            assert!(view.contains("AS words_in_1") && view.contains("AS answer_1"), "{view}");
            let holds = if dialect == Dialect::Postgres { "strpos" } else { "instr" };
            for sql in [&expression, &view] {
                assert!(sql.contains(holds) && sql.contains("' vice president ') > 0 THEN 'executive'"), "{sql}");
                assert!(sql.contains("'leiter ')") && sql.contains("' engineer')"), "{sql}");
                assert!(sql.contains("IN ('', 'N/A') THEN ''"), "{sql}");
            }
            assert_eq!(notes.iter().any(|note| note.contains("(NFC)")), dialect == Dialect::Sqlite, "{notes:?}");
        }
    }

    #[test]
    fn pairs_read_like_this() {
        let card = Card { known_at_least: Some(6), ..paired_card() };
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let (view, ..) = exported(&card, dialect, Form::View).expect("a view");
            let (expression, ..) = exported(&card, dialect, Form::Expression).expect("an expression");
            let of_pairs = |line: &&str| line.contains("cell_5") && !line.contains("words_5");
            let lines: Vec<&str> = view.lines().filter(of_pairs).map(str::trim).collect();
            let last = expression.lines().rfind(|line| line.contains("CASE")).unwrap_or_default();
            // The rules of the map, which replace thousands of characters, are tested above.
            let last = last.rsplit_once(", 0)").map_or("", |(_, rest)| rest);
            insta::assert_snapshot!(
                format!("pairs_{dialect:?}").to_lowercase(),
                format!("{}\n\n{last}", lines.join("\n"))
            );
            assert!(view.contains("answer_6_rows") && view.contains("AS cell_6"), "{view}");
        }
    }

    #[test]
    fn a_card_that_asks_first_looks_at_what_is_known() {
        let mut card = small_card();
        (card.criteria[1].levels[1].n_leads, card.criteria[1].levels[1].n_converted) = (0, 0);
        card.known_at_least = Some(6);
        for dialect in [Dialect::Duckdb, Dialect::Postgres] {
            let (view, verify, notes) = exported(&card, dialect, Form::View).expect("a view");
            let known = view.lines().filter(|line| line.contains("known") || line.contains(" AS band"));
            insta::assert_snapshot!(
                format!("ask_first_{dialect:?}").to_lowercase(),
                known.map(str::trim).collect::<Vec<_>>().join("\n")
            );
            assert!(verify.contains("'ask first'"), "a made-up lead has the band");
            assert!(!notes.iter().any(|note| note.contains("ask first")), "{notes:?}");
        }
        let (.., notes) = exported(&card, Dialect::Sqlite, Form::Expression).expect("an expression");
        assert!(
            notes[0].starts_with("the expression gives the score alone and does not know `ask first`"),
            "{notes:?}"
        );
    }

    #[test]
    fn the_made_up_leads_go_through_the_same_rules() {
        for dialect in ALL {
            for form in [Form::Expression, Form::View, Form::Statement] {
                let (sql, verify, _) = exported(&example_card(), dialect, form).expect("exported");
                let rules: Vec<&str> =
                    sql.lines().filter(|line| line.contains("CASE")).map(|line| line.trim_end_matches(';')).collect();
                assert!(rules.len() >= 4, "{dialect:?} {form:?}");
                assert!(rules.iter().all(|rule| verify.contains(rule)), "{dialect:?} {form:?}");
            }
        }
    }

    #[test]
    fn grades_stand_behind_the_reasons_and_are_proved() {
        for dialect in ALL {
            let (sql, verify, notes) = exported(&graded_card(), dialect, Form::View).expect("a view");
            assert!(sql.contains("WHEN ") && sql.contains(" AS score_bant,") && sql.contains(" AS score_engagement,"));
            assert!(sql.contains(" >= 20 THEN CASE WHEN ") && sql.contains(" AS grade"), "{sql}");
            assert!(verify.contains("scored.grade = expected.expected_grade") && verify.contains("'B3'"), "{verify}");
            assert!(!notes.iter().any(|note| note.contains("grades")), "{notes:?}");
            let (plain, ..) = exported(&example_card(), dialect, Form::View).expect("a view");
            assert!(!plain.contains("grade") && !plain.contains("score_"));
        }
    }

    #[test]
    fn what_no_database_can_hold_is_refused() {
        let mut card = example_card();
        card.criteria[0].levels[1].label = "a\0b".to_owned();
        let refused = exported(&card, Dialect::Postgres, Form::View).expect_err("refused").to_string();
        assert_eq!(
            refused,
            "PostgreSQL cannot hold this card: the text \"a\\0b\" holds the character U+0000\nhint: clean the column that it comes \
             from and calibrate again"
        );
    }

    #[test]
    fn columns_that_are_one_to_the_database_are_refused() {
        let numbers = |names: [&str; 2]| {
            let levels = || vec![level(When::Missing, "missing", 0), level(When::Else, "any", 1)];
            card_of(0, names.map(|name| criterion(name, InputKind::Number, levels())).to_vec())
        };
        let cased = numbers(["Budget", "budget"]);
        assert!(exported(&cased, Dialect::Postgres, Form::View).is_ok(), "capitals count in quotes");
        let refused = exported(&cased, Dialect::Duckdb, Form::View).expect_err("one name").to_string();
        assert!(
            refused.contains("\"Budget\" and \"budget\" are one name there") && refused.contains("--column"),
            "{refused}"
        );
        let [a, b] = ["1", "2"].map(|end| "x".repeat(63) + end);
        let long = numbers([&a, &b]);
        assert!(exported(&long, Dialect::Duckdb, Form::View).is_ok());
        assert!(exported(&long, Dialect::Postgres, Form::View).is_err(), "cut after 63 bytes");
    }

    #[test]
    fn texts_with_too_many_spellings_are_named() {
        let text = "예산이 승인됨".repeat(3);
        let levels = vec![
            level(When::Missing, "missing", 0),
            level(one_of(&[text.as_str(), "OK"]), "approved", 5),
            level(When::Else, "other", 1),
        ];
        let card = card_of(0, vec![criterion("budget", InputKind::Text, levels)]);
        let (sql, _, notes) = exported(&card, Dialect::Sqlite, Form::View).expect("a view");
        assert!(sql.contains("'O\u{212a}'"), "the Kelvin sign is a K");
        assert!(notes.iter().any(|note| note.contains(&text) && !note.contains("OK")), "{notes:?}");
        let (.., notes) = exported(&card, Dialect::Postgres, Form::View).expect("a view");
        assert!(!notes.iter().any(|note| note.contains(&text)), "PostgreSQL normalises");
    }

    #[test]
    fn an_id_with_the_name_of_a_result_gets_another() {
        let mut card = example_card();
        card.id_column = Some("Score".to_owned());
        let (sql, ..) = exported(&card, Dialect::Duckdb, Form::Statement).expect("a statement");
        assert!(sql.contains("id AS \"lead_Score\",") && sql.contains("lead.\"Score\" AS id,"), "{sql}");
        card.id_column = None;
        let (sql, _, notes) = exported(&card, Dialect::Duckdb, Form::Statement).expect("a statement");
        assert!(!sql.contains(" AS id"));
        assert!(notes.iter().any(|note| note.contains("no column with the id")), "{notes:?}");
    }
}
