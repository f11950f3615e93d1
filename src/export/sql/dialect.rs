//! How each database writes names, texts and numbers, and what it needs to read a column as the card reads it.
//!
//! Always true: a literal is the card's value to the last bit, whatever the settings of the server; a name is taken as it stands.

use super::Dialect;
use crate::card::InputKind;
use crate::export::source::is_invisible;
use crate::export::spellings::{Spellings, spellings_of};

/// Every number of at most so many whole units is a double as well: 2^53.
const EXACT_WHOLE: f64 = 9_007_199_254_740_992.0;
/// One more than the largest whole number of 64 bits with a sign: 2^63.
const BEYOND_BIGINT: f64 = 9_223_372_036_854_775_808.0;
/// Beyond the largest whole number of 64 bits, 2^64, no column holds one.
const BEYOND_WHOLE: f64 = 18_446_744_073_709_551_616.0;

/// What Unicode calls `White_Space`, which a card trims.
const WHITE_SPACE: &str = "\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\
     \u{2008}\u{2009}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

impl Dialect {
    /// What a person calls the database.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Duckdb => "DuckDB",
            Self::Sqlite => "SQLite",
            Self::Snowflake => "Snowflake",
            Self::Bigquery => "BigQuery",
            Self::Spark => "Spark SQL",
        }
    }

    /// A name in quotes.
    pub(crate) fn identifier(self, name: &str) -> String {
        match self {
            Self::Postgres | Self::Duckdb | Self::Snowflake => format!("\"{}\"", name.replace('"', "\"\"")),
            // SQLite reads a name in double quotes that no column has as a text; one in backticks stays a name.
            Self::Sqlite | Self::Spark => format!("`{}`", name.replace('`', "``")),
            Self::Bigquery => format!("`{}`", backslashed(name, '`', |c| format!("\\U{:08x}", u32::from(c)))),
        }
    }

    /// Whether `Budget` and `budget` are two columns.
    pub(super) fn minds_case_of_names(self) -> bool {
        matches!(self, Self::Postgres | Self::Snowflake)
    }

    /// What is left of a name that the database cuts.
    pub(super) fn cut(self, name: &str) -> &str {
        if self != Self::Postgres {
            return name;
        }
        let fits = |end: &usize| *end <= MAX_NAME_BYTES && name.is_char_boundary(*end);
        let end = (0..=name.len()).rev().find(fits).unwrap_or(0);
        name.get(..end).unwrap_or(name)
    }

    /// A text literal. Quotes, backslashes and what cannot be seen are written so that no setting of the server reads them
    /// otherwise.
    pub(crate) fn text(self, text: &str) -> String {
        let is_plain = |c: char| !is_hidden(c) && c != '\\';
        let four_digits = |c: char| format!("\\u{:04x}", u32::from(c));
        match self {
            Self::Postgres if text.chars().all(is_plain) => format!("'{}'", text.replace('\'', "''")),
            Self::Postgres => format!("E'{}'", backslashed(text, '\'', four_digits)),
            Self::Duckdb => joined_text(text, "chr(", ") || chr("),
            Self::Sqlite => joined_text(text, "char(", ", "),
            Self::Snowflake | Self::Bigquery => format!("'{}'", backslashed(text, '\'', four_digits)),
            // A setting decides whether Spark knows backslashes, `''` is two literals to some versions, and `${` is a variable.
            Self::Spark if text.chars().all(|c| is_plain(c) && c != '\'') && !text.contains("${") => {
                format!("'{text}'")
            }
            Self::Spark => {
                let hex: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
                format!("CAST(X'{hex}' AS STRING)")
            }
        }
    }

    /// Type of a float of 64 bits.
    pub(crate) fn double(self) -> &'static str {
        match self {
            Self::Postgres => "DOUBLE PRECISION",
            Self::Duckdb | Self::Snowflake | Self::Spark => "DOUBLE",
            Self::Sqlite => "REAL",
            Self::Bigquery => "FLOAT64",
        }
    }

    /// Type of a whole number of 64 bits.
    pub(crate) fn bigint(self) -> &'static str {
        if self == Self::Bigquery { "INT64" } else { "BIGINT" }
    }

    /// Type of an input.
    pub(crate) fn type_of(self, kind: InputKind) -> &'static str {
        match (kind, self) {
            (InputKind::Number, _) => self.double(),
            (InputKind::Text, Self::Bigquery | Self::Spark) => "STRING",
            (InputKind::Text, Self::Duckdb | Self::Snowflake) => "VARCHAR",
            (InputKind::Text, Self::Postgres | Self::Sqlite) => "TEXT",
            (InputKind::Boolean, Self::Bigquery) => "BOOL",
            (InputKind::Boolean, Self::Sqlite) => "INTEGER",
            (InputKind::Boolean, _) => "BOOLEAN",
        }
    }

    /// A finite float, exactly.
    pub(crate) fn number(self, number: f64) -> String {
        if number.fract() == 0.0 && number.abs() <= EXACT_WHOLE {
            // -0.0 is 0 to a comparison.
            format!("CAST({} AS {})", number as i64, self.double())
        } else if self == Self::Sqlite {
            sqlite_number(number)
        } else {
            format!("CAST('{number:?}' AS {})", self.double())
        }
    }

    /// Whether column `x` lies strictly below `edge`, exact for floats and for whole numbers of any size.
    ///
    /// A whole number that is compared with a float is rounded to one first. That changes nothing while the edge is at most
    /// 2^53, because rounding keeps the order and every such edge is itself a float. Beyond, a whole edge stands there as a
    /// whole number too.
    pub(crate) fn is_below(self, x: &str, edge: f64) -> String {
        let as_float = format!("{x} < {}", self.number(edge));
        let is_exact =
            self == Self::Sqlite || (-EXACT_WHOLE < edge && edge <= EXACT_WHOLE) || edge.abs() > BEYOND_WHOLE;
        if is_exact {
            return as_float;
        }
        if self == Self::Spark && edge.abs() >= BEYOND_BIGINT {
            // Its widest whole number lies below 2^63; a literal of more digits is a decimal, which infinity is not compared with.
            let is_at_end = edge == BEYOND_BIGINT;
            return if is_at_end { format!("(typeof({x}) = 'bigint' OR {as_float})") } else { as_float };
        }
        let whole = edge as i128;
        let whole = if self == Self::Bigquery { format!("NUMERIC '{whole}'") } else { whole.to_string() };
        format!("({x} < {whole} OR {as_float})")
    }

    /// Whether the column `x` holds no value. NaN sorts above every number in most databases.
    pub(crate) fn is_missing(self, kind: InputKind, x: &str) -> String {
        let is_nan = match self {
            _ if kind != InputKind::Number => None,
            Self::Postgres | Self::Snowflake => Some(format!("{x} = CAST('NaN' AS {})", self.double())),
            Self::Duckdb | Self::Spark => Some(format!("isnan({x})")),
            Self::Bigquery => Some(format!("IS_NAN({x})")),
            // SQLite stores NaN as NULL.
            Self::Sqlite => None,
        };
        is_nan.map_or_else(|| format!("{x} IS NULL"), |is_nan| format!("{x} IS NULL OR {is_nan}"))
    }

    /// Whether `x`, which is not NULL, is of another type than the card reads; `None` where the database raises by itself.
    pub(crate) fn is_of_other_type(self, kind: InputKind, x: &str) -> Option<String> {
        match (self, kind) {
            (Self::Sqlite, InputKind::Number) => Some(format!("typeof({x}) NOT IN ('integer', 'real')")),
            (Self::Sqlite, InputKind::Text) => Some(format!("typeof({x}) <> 'text'")),
            (Self::Sqlite, InputKind::Boolean) => Some(format!("typeof({x}) <> 'integer' OR {x} NOT IN (0, 1)")),
            (Self::Snowflake, InputKind::Number) => {
                Some(format!("TYPEOF(TO_VARIANT({x})) NOT IN ('INTEGER', 'DECIMAL', 'DOUBLE')"))
            }
            (Self::Snowflake, InputKind::Text) => Some(format!("TYPEOF(TO_VARIANT({x})) <> 'VARCHAR'")),
            (Self::Snowflake, InputKind::Boolean) => Some(format!("TYPEOF(TO_VARIANT({x})) <> 'BOOLEAN'")),
            _ => None,
        }
    }

    /// Column `x` as a value that raises where its type is another than the card reads and the database would convert it.
    pub(crate) fn checked(self, kind: InputKind, x: &str) -> String {
        let is_right = match (self, kind) {
            (Self::Duckdb, InputKind::Boolean) => format!("typeof({x}) = 'BOOLEAN'"),
            (Self::Spark, InputKind::Boolean) => format!("typeof({x}) = 'boolean'"),
            (Self::Spark, InputKind::Text) => format!("typeof({x}) = 'string'"),
            (Self::Spark, InputKind::Number) => format!(
                "typeof({x}) IN ('double', 'float', 'bigint', 'int', 'smallint', 'tinyint') OR typeof({x}) LIKE 'decimal%'"
            ),
            _ => return x.to_owned(),
        };
        let raise = if self == Self::Duckdb { "error" } else { "raise_error" };
        let sentence = self.text(&format!("a column holds something else than {}", kind.in_words()));
        format!("CASE WHEN {is_right} THEN {x} ELSE {raise}({sentence}) END")
    }

    /// The text `x` compared by what is written, whatever rules of comparison its column has.
    #[cfg(feature = "engine")]
    pub(crate) fn as_written(self, x: &str) -> String {
        match self {
            Self::Postgres => format!("{x} COLLATE \"C\""),
            Self::Duckdb => format!("{x} COLLATE \"binary\""),
            Self::Sqlite => format!("{x} COLLATE BINARY"),
            Self::Snowflake => format!("COLLATE({x}, 'utf8')"),
            Self::Bigquery => format!("CAST(CAST({x} AS BYTES) AS STRING)"),
            Self::Spark => x.to_owned(),
        }
    }

    /// The text of column `x` as a card compares it; empty where there is none. Where [`Dialect::spellings`] are listed, it is
    /// trimmed only.
    pub(crate) fn tidied(self, x: &str) -> String {
        let spaces = self.text(WHITE_SPACE);
        let x = self.checked(InputKind::Text, x);
        let tidied = match self {
            Self::Postgres => format!("normalize(btrim({x}, {spaces}), NFC) COLLATE \"C\""),
            Self::Duckdb => format!("nfc_normalize(trim({x}, {spaces})) COLLATE \"binary\""),
            Self::Sqlite => format!("trim({x}, {spaces})"),
            Self::Snowflake => format!("TRIM(COLLATE({x}, 'utf8'), {spaces})"),
            Self::Bigquery => format!("NORMALIZE(TRIM({x}, {spaces}), NFC)"),
            Self::Spark => format!("trim(BOTH {spaces} FROM {x})"),
        };
        format!("coalesce({tidied}, '')")
    }

    /// The tidy text `x` with some characters replaced, and one blank before, between and behind its words.
    ///
    /// - `replaced`: what each character becomes; the signs `<` and `>` become blanks.
    pub(super) fn plain_text(self, x: &str, replaced: &[(char, char)]) -> String {
        // Runs of blanks become one by way of signs that are there no more.
        let with_single_blanks = |x: &str| format!("replace(replace(replace({x}, ' ', '<>'), '><', ''), '<>', ' ')");
        if self != Self::Sqlite {
            let (from, to): (String, String) = replaced.iter().copied().unzip();
            return with_single_blanks(&format!(
                "' ' || translate({x}, {}, {}) || ' '",
                self.text(&from),
                self.text(&to)
            ));
        }
        // Few at a time, each step over the result of the one before: its parser takes no hundred brackets.
        const AT_ONCE: usize = 4;
        let mut steps = vec![format!("step_0(text) AS (SELECT {x})")];
        for (nth, some) in replaced.chunks(AT_ONCE).enumerate() {
            let one = |text: String, (c, plain): &(char, char)| {
                format!("replace({text}, {}, {})", self.text(&c.to_string()), self.text(&plain.to_string()))
            };
            let replaced = some.iter().fold("text".to_owned(), one);
            steps.push(format!("step_{}(text) AS (SELECT {replaced} FROM step_{nth})", nth + 1));
        }
        let last = steps.len() - 1;
        format!("(WITH {} SELECT {} FROM step_{last})", steps.join(", "), with_single_blanks("' ' || text || ' '"))
    }

    /// Whether `needle`, or another spelling of it, stands in the text `x`.
    pub(super) fn holds(self, x: &str, needle: &str) -> String {
        let one = |text: &String| match self {
            Self::Postgres | Self::Bigquery => format!("strpos({x}, {}) > 0", self.text(text)),
            Self::Sqlite | Self::Spark => format!("instr({x}, {}) > 0", self.text(text)),
            Self::Duckdb | Self::Snowflake => format!("contains({x}, {})", self.text(text)),
        };
        self.spellings(needle).texts.iter().map(one).collect::<Vec<_>>().join(" OR ")
    }

    /// Whether the database can normalise Unicode.
    pub(super) fn normalises(self) -> bool {
        matches!(self, Self::Postgres | Self::Duckdb | Self::Bigquery)
    }

    /// What `text` is compared with: itself where the database normalises, all its spellings where it does not.
    pub(crate) fn spellings(self, text: &str) -> Spellings {
        if self.normalises() { Spellings { texts: vec![text.to_owned()], are_all: true } } else { spellings_of(text) }
    }

    /// The largest of some numbers.
    pub(super) fn greatest(self) -> &'static str {
        if self == Self::Sqlite { "max" } else { "greatest" }
    }

    /// Whether a lead may come out without a score, because a value was of another type.
    pub(super) fn may_not_score(self) -> bool {
        matches!(self, Self::Sqlite | Self::Snowflake)
    }
}

/// Postgres cuts names after so many bytes.
pub(super) const MAX_NAME_BYTES: usize = 63;

/// `text` with backslashes before `quote` and themselves, and everything that cannot be seen as `escape` writes it.
fn backslashed(text: &str, quote: char, escape: impl Fn(char) -> String) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Not as two of them: some tools between, dbt among them, take the second for one that escapes the quote behind it.
            '\\' => escaped.push_str(&escape(c)),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            c if c == quote => {
                escaped.push('\\');
                escaped.push(c);
            }
            c if is_hidden(c) => escaped.push_str(&escape(c)),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Whether a reader of the SQL cannot see `c`, an editor may change it, or a template takes it for the start of a command: dbt reads the
/// made-up leads of a unit test as one, and what that comes to as another.
fn is_hidden(c: char) -> bool {
    c.is_control() || is_invisible(c) || c.is_whitespace() && c != ' ' || c == '{'
}

/// Literals and calls that make a character of its number, put together: no escapes are needed.
///
/// - `first`, `next`: what stands before the first number of a stretch, and between two.
fn joined_text(text: &str, first: &str, next: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    // A backslash is plain to both databases, but some tools between, dbt among them, take it for an escape.
    let is_numbered = |c: &char| is_hidden(*c) || *c == '\\';
    let parts: Vec<String> = characters
        .chunk_by(|a, b| is_numbered(a) == is_numbered(b))
        .map(|part| {
            if part.first().is_some_and(is_numbered) {
                let numbers: Vec<String> = part.iter().map(|c| u32::from(*c).to_string()).collect();
                format!("{first}{})", numbers.join(next))
            } else {
                format!("'{}'", part.iter().collect::<String>().replace('\'', "''"))
            }
        })
        .collect();
    match parts.as_slice() {
        [] => "''".to_owned(),
        [one] => one.clone(),
        parts => format!("({})", parts.join(" || ")),
    }
}

/// A float as a whole number and divisions by powers of two, each exact: SQLite reads decimals through a float of 80 bits, which
/// is the next float to the right one now and then.
fn sqlite_number(number: f64) -> String {
    const STEP: u32 = 62;
    let (mut mantissa, mut exponent) = parts_of(number);
    while mantissa % 2 == 0 && mantissa != 0 {
        mantissa /= 2;
        exponent += 1;
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let operator = if exponent < 0 { '/' } else { '*' };
    let mut text = format!("CAST({sign}{mantissa} AS REAL)");
    let mut left = exponent.unsigned_abs();
    while left > 0 {
        let step = left.min(STEP);
        text.push_str(&format!(" {operator} {}", 1_u64 << step));
        left -= step;
    }
    format!("({text} /* {number:?} */)")
}

/// Whole mantissa and exponent of two of a finite float's absolute value.
fn parts_of(number: f64) -> (u64, i32) {
    const MANTISSA_BITS: u32 = 52;
    let bits = number.abs().to_bits();
    let exponent = (bits >> MANTISSA_BITS) as i32;
    let fraction = bits & ((1 << MANTISSA_BITS) - 1);
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << MANTISSA_BITS, exponent - 1075) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Dialect; 6] =
        [Dialect::Postgres, Dialect::Duckdb, Dialect::Sqlite, Dialect::Snowflake, Dialect::Bigquery, Dialect::Spark];

    #[test]
    fn a_plain_text_stands_in_quotes_everywhere() {
        assert_eq!(ALL.map(|dialect| dialect.text("für 2026")), ["'für 2026'"; 6]);
        assert_eq!(Dialect::Postgres.text("it's"), "'it''s'");
        assert_eq!(Dialect::Bigquery.text("it's"), r"'it\'s'");
        assert_eq!(Dialect::Spark.text("it's"), "CAST(X'69742773' AS STRING)");
    }

    #[test]
    fn backslashes_and_hidden_characters_do_not_depend_on_a_setting() {
        assert_eq!(
            ALL.map(|dialect| dialect.text("\\n\u{202e}")),
            [
                r"E'\u005cn\u202e'",
                "(chr(92) || 'n' || chr(8238))",
                "(char(92) || 'n' || char(8238))",
                r"'\u005cn\u202e'",
                r"'\u005cn\u202e'",
                "CAST(X'5C6EE280AE' AS STRING)",
            ]
        );
        assert_eq!(Dialect::Spark.text("${env:HOME}"), "CAST(X'247B656E763A484F4D457D' AS STRING)");
        assert_eq!(Dialect::Duckdb.text("{% raw %}"), "(chr(123) || '% raw %}')", "no command to a template");
        assert_eq!(Dialect::Sqlite.text("\r\n"), "char(13, 10)");
        assert_eq!(Dialect::Sqlite.text(""), "''");
    }

    #[test]
    fn names_stay_names() {
        assert_eq!(
            ALL.map(|dialect| dialect.identifier("a\"`b\\")),
            ["\"a\"\"`b\\\"", "\"a\"\"`b\\\"", "`a\"``b\\`", "\"a\"\"`b\\\"", r#"`a"\`b\U0000005c`"#, "`a\"``b\\`"]
        );
        assert_eq!(Dialect::Postgres.cut(&"ü".repeat(40)), "ü".repeat(31), "63 bytes hold 31 letters of two");
        assert_eq!(Dialect::Duckdb.cut(&"ü".repeat(40)), "ü".repeat(40));
    }

    #[test]
    fn edges_beyond_whole_floats_are_compared_as_whole_numbers_too() {
        let at = |dialect: Dialect, edge| dialect.is_below("x", edge);
        assert_eq!(at(Dialect::Duckdb, 3.0), "x < CAST(3 AS DOUBLE)");
        assert_eq!(at(Dialect::Duckdb, -0.0), "x < CAST(0 AS DOUBLE)");
        assert_eq!(at(Dialect::Postgres, 0.3), "x < CAST('0.3' AS DOUBLE PRECISION)");
        assert_eq!(at(Dialect::Spark, 1e18), "(x < 1000000000000000000 OR x < CAST('1e18' AS DOUBLE))");
        assert_eq!(
            at(Dialect::Bigquery, 9_223_372_036_854_775_808.0),
            "(x < NUMERIC '9223372036854775808' OR x < CAST('9.223372036854776e18' AS FLOAT64))"
        );
        assert_eq!(
            at(Dialect::Postgres, 1e300),
            "x < CAST('1e300' AS DOUBLE PRECISION)",
            "no whole number is as large"
        );
        assert_eq!(at(Dialect::Sqlite, 3.5), "x < (CAST(7 AS REAL) / 2 /* 3.5 */)");
    }

    proptest! {
        #[test]
        fn sqlite_comes_to_the_same_float(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            let text = sqlite_number(number);
            let sum = text.trim_start_matches("(CAST(").split(" /*").next().unwrap_or_default().replace(" AS REAL)", "");
            let mut parts = sum.split(' ');
            let mut value: f64 = parts.next().unwrap_or_default().parse().expect("a mantissa");
            while let (Some(operator), Some(power)) = (parts.next(), parts.next()) {
                let power: f64 = power.parse().expect("a power of two");
                value = if operator == "/" { value / power } else { value * power };
            }
            prop_assert_eq!(value, number, "{}", text);
        }
    }
}
