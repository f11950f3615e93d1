//! Expressions and queries: what every dialect can say alike, and how each writes it.
//!
//! Always true: names and values go through [`Dialect`]; a whole number stays one, so that no result depends on how an engine adds floats.

use std::fmt::Write;

use crate::card::InputKind;
use crate::export::Dialect;
use crate::settings::US_PER_DAY;

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// A column that a query before named.
    Name(String),
    /// A column of the user's table, which is called `of` here.
    Column {
        /// What the table is called in the query.
        of: &'static str,
        /// The user's column.
        name: String,
    },
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// Nothing, of a type.
    Nothing(SqlType),
    /// The first that holds.
    Case(Vec<(Expression, Expression)>, Option<Box<Expression>>),
    /// Two values and what is between them.
    Pair(Box<Expression>, &'static str, Box<Expression>),
    /// A whole number divided by one above 0, rounded down; neither is below 0.
    Quotient(Box<Expression>, Box<Expression>),
    /// Whether there is no value.
    IsMissing(InputKind, Box<Expression>),
    /// Whether there is a value.
    IsThere(Box<Expression>),
    /// Whether a number lies strictly below another.
    IsBelow(Box<Expression>, f64),
    /// An id, compared by what is written.
    Identity(Box<Expression>),
    /// A text, compared by what is written.
    AsWritten(Box<Expression>),
    /// A value of a column that the database would take for one of this kind, or an error.
    Checked(InputKind, Box<Expression>),
    /// Whether a value is none of the kind that its column should hold, where the database does not see to that.
    IsOther(InputKind, Box<Expression>),
    /// Whether a value is neither day nor moment, where the database has no types for them.
    IsNoTime(Box<Expression>),
    /// Whether there is a day or moment.
    HasTime(Box<Expression>),
    /// A text as texts are compared: without blanks around it, and as far as the dialect can, normalised.
    Tidy(Box<Expression>),
    /// Whether a tidy text is another, however that is normalised.
    IsText(Box<Expression>, String),
    /// A value as another type.
    As(SqlType, Box<Expression>),
    /// A day or moment in microseconds since 1970 UTC.
    Micros(Box<Expression>),
    /// A function of values.
    Call(&'static str, Vec<Expression>),
    /// How many different values there are.
    Different(Box<Expression>),
    /// A function over rows that share `of`, up to this row in the order of `by`, or over all of them.
    Over {
        /// The function.
        what: Box<Expression>,
        /// What they share.
        of: Box<Expression>,
        /// Their order.
        by: Option<Box<Expression>>,
    },
    /// A number as text or number that reads back to the last bit, however results are printed.
    Exact(Box<Expression>),
    /// Two texts, one after the other.
    Joined(Box<Expression>, Box<Expression>),
}

/// Types that every dialect has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SqlType {
    /// 64 bits with a sign.
    Whole,
    /// A float of 64 bits.
    Number,
    /// A text.
    Text,
    /// A day with a time.
    Moment,
}

pub(super) fn name(name: impl Into<String>) -> Expression {
    Expression::Name(name.into())
}

pub(super) fn column(of: &'static str, name: &str) -> Expression {
    Expression::Column { of, name: name.to_owned() }
}

pub(super) fn whole(number: i64) -> Expression {
    Expression::Whole(number)
}

pub(super) fn when(arms: Vec<(Expression, Expression)>) -> Expression {
    Expression::Case(arms, None)
}

impl Expression {
    pub(super) fn pair(self, between: &'static str, other: Self) -> Self {
        Self::Pair(Box::new(self), between, Box::new(other))
    }

    pub(super) fn otherwise(self, other: Self) -> Self {
        match self {
            Self::Case(arms, _) => Self::Case(arms, Some(Box::new(other))),
            other => other,
        }
    }

    pub(super) fn has_no(self, kind: InputKind) -> Self {
        Self::IsMissing(kind, Box::new(self))
    }

    /// Whether there is any value.
    pub(super) fn has_nothing(self) -> Self {
        self.has_no(InputKind::Text)
    }

    /// Whether there is any value; planners of databases know what to make of this form.
    pub(super) fn has_value(self) -> Self {
        Self::IsThere(Box::new(self))
    }

    pub(super) fn cast_to(self, of: SqlType) -> Self {
        Self::As(of, Box::new(self))
    }

    /// Divided by a whole number above 0 and rounded down, also below 0: no engine agrees with another on that, so 10,000 years
    /// are added first.
    pub(super) fn days(self) -> Self {
        const DAYS: i64 = 3_652_425;
        let shifted = self.pair("+", whole(DAYS * US_PER_DAY));
        Self::Quotient(Box::new(shifted), Box::new(whole(US_PER_DAY))).pair("-", whole(DAYS))
    }

    pub(super) fn sum(self) -> Self {
        Self::Call("SUM", vec![self]).cast_to(SqlType::Whole)
    }

    pub(super) fn over(self, of: Self, by: Option<Self>) -> Self {
        Self::Over { what: Box::new(self), of: Box::new(of), by: by.map(Box::new) }
    }

    /// In the dialect.
    pub(super) fn sql(&self, dialect: Dialect) -> String {
        let sql = |expression: &Self| expression.sql(dialect);
        match self {
            Self::Name(name) => name.clone(),
            Self::Column { of, name } => format!("{of}.{}", dialect.identifier(name)),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => dialect.number(*number),
            Self::Text(text) => dialect.text(text),
            Self::Nothing(of) => format!("CAST(NULL AS {})", of.sql(dialect)),
            Self::Case(arms, otherwise) => {
                let mut text = "CASE".to_owned();
                for (when, then) in arms {
                    let _ = write!(text, " WHEN {} THEN {}", sql(when), sql(then));
                }
                if let Some(otherwise) = otherwise {
                    let _ = write!(text, " ELSE {}", sql(otherwise));
                }
                text + " END"
            }
            Self::Pair(one, between, other) => format!("({} {between} {})", sql(one), sql(other)),
            Self::Quotient(one, by) => match dialect {
                Dialect::Postgres | Dialect::Sqlite => format!("({} / {})", sql(one), sql(by)),
                Dialect::Duckdb => format!("({} // {})", sql(one), sql(by)),
                Dialect::Spark => format!("({} div {})", sql(one), sql(by)),
                Dialect::Bigquery => format!("DIV({}, {})", sql(one), sql(by)),
                // Its division rounds to six digits.
                Dialect::Snowflake => format!("CAST(({0} - MOD({0}, {1})) / {1} AS BIGINT)", sql(one), sql(by)),
            },
            Self::IsMissing(kind, one) => format!("({})", dialect.is_missing(*kind, &sql(one))),
            Self::IsThere(one) => format!("({} IS NOT NULL)", sql(one)),
            Self::IsBelow(one, edge) => format!("({})", dialect.is_below(&sql(one), *edge)),
            // Its columns may have rules of comparison, also those of whole numbers; those of the others are rare.
            Self::Identity(one) if dialect == Dialect::Sqlite => dialect.as_written(&sql(one)),
            Self::Identity(one) => sql(one),
            Self::AsWritten(one) => dialect.as_written(&sql(one)),
            Self::Checked(kind, one) => dialect.checked(*kind, &sql(one)),
            Self::IsOther(kind, one) => {
                let one = sql(one);
                let is_other = dialect.is_of_other_type(*kind, &one);
                is_other.map_or_else(|| NEVER.to_owned(), |is_other| format!("({one} IS NOT NULL AND ({is_other}))"))
            }
            Self::IsNoTime(one) if dialect == Dialect::Sqlite => is_no_time_in_sqlite(&sql(one)),
            Self::IsNoTime(_) => NEVER.to_owned(),
            Self::HasTime(one) if dialect == Dialect::Sqlite => format!("({} IS NOT NULL)", micros(dialect, &sql(one))),
            Self::HasTime(one) => format!("({} IS NOT NULL)", sql(one)),
            Self::Tidy(one) => dialect.tidied(&sql(one)),
            Self::IsText(one, text) => {
                let texts: Vec<String> = dialect.spellings(text).texts.iter().map(|text| dialect.text(text)).collect();
                format!("({} IN ({}))", sql(one), texts.join(", "))
            }
            Self::As(of, one) => format!("CAST({} AS {})", sql(one), of.sql(dialect)),
            Self::Micros(one) => micros(dialect, &sql(one)),
            Self::Call(function, values) => {
                let values: Vec<String> = values.iter().map(sql).collect();
                format!(
                    "{function}({})",
                    if values.is_empty() && *function == "COUNT" { "*".to_owned() } else { values.join(", ") }
                )
            }
            Self::Different(one) => format!("COUNT(DISTINCT {})", sql(one)),
            Self::Over { what, of, by } => {
                let what = sql(what);
                let by = by.as_ref().map_or_else(String::new, |by| format!(" ORDER BY {}", sql(by)));
                format!("{what} OVER (PARTITION BY {}{by})", sql(of))
            }
            Self::Exact(one) => match dialect {
                Dialect::Sqlite => format!("printf('%!.17g', {})", sql(one)),
                _ => sql(one),
            },
            Self::Joined(one, other) => format!("({} || {})", sql(one), sql(other)),
        }
    }
}

/// What no row is.
const NEVER: &str = "(1 = 0)";

/// Whether a text in SQLite is none of 2026-01-02, 2026-01-02 03:04:05 and 2026-01-02T03:04:05.678901Z. One with another zone is none
/// either: its day depends on who reads it.
fn is_no_time_in_sqlite(x: &str) -> String {
    let digits = |pattern: &str| pattern.replace('0', "[0-9]");
    let rest = format!("rtrim(substr({x}, 20), 'Z')");
    format!(
        "({x} IS NOT NULL AND trim({x}) <> '' AND NOT (typeof({x}) = 'text' AND strftime('%s', substr({x}, 1, 19)) IS NOT NULL AND \
         ({x} GLOB '{}' OR (substr({x}, 1, 19) GLOB '{}' AND ({rest} = '' OR {rest} GLOB '.[0-9]*' AND \
         NOT substr({rest}, 2) GLOB '*[^0-9]*')))))",
        digits("0000-00-00"),
        digits("0000-00-00[ T]00:00:00"),
    )
}

impl SqlType {
    fn sql(self, dialect: Dialect) -> &'static str {
        match self {
            Self::Whole => dialect.bigint(),
            Self::Number => dialect.double(),
            Self::Text => dialect.type_of(InputKind::Text),
            Self::Moment if dialect == Dialect::Snowflake => "TIMESTAMP_NTZ",
            Self::Moment => "TIMESTAMP",
        }
    }
}

/// Microseconds since 1970 UTC of a day or moment.
fn micros(dialect: Dialect, x: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("CAST(EXTRACT(EPOCH FROM {x}) * 1000000 AS BIGINT)"),
        Dialect::Duckdb => format!("epoch_us({x})"),
        // It has no times, only texts of them, and its functions stop at milliseconds.
        Dialect::Sqlite => format!(
            "(CAST(strftime('%s', substr({x}, 1, 19)) AS INTEGER) * 1000000 + CASE WHEN substr({x}, 20, 1) = '.' \
             THEN CAST(substr(rtrim(substr({x}, 21), 'Z') || '000000', 1, 6) AS INTEGER) ELSE 0 END)"
        ),
        Dialect::Spark => format!("unix_micros(CAST({x} AS TIMESTAMP))"),
        Dialect::Bigquery => format!("UNIX_MICROS(CAST({x} AS TIMESTAMP))"),
        Dialect::Snowflake => format!("CAST(DATE_PART(EPOCH_MICROSECOND, {x}) AS BIGINT)"),
    }
}

/// Where a query takes its rows from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum From {
    /// A query before.
    Query(&'static str),
    /// A table of the user's, as SQL writes its name, and what it is called in the query.
    Table(String, &'static str),
    /// The whole numbers from 1 to so many, as `part`.
    Parts(usize),
}

/// Rows put beside others.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Join {
    /// Each with each.
    Cross(From),
    /// Those that fit.
    Inner(From, Expression),
    /// Those that fit; rows that none fits stay.
    Left(From, Expression),
}

/// A SELECT.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    /// Values and their names.
    pub values: Vec<(Expression, String)>,
    /// Where rows come from.
    pub from: From,
    /// What stands beside them.
    pub joins: Vec<Join>,
    /// Rows that count.
    pub only: Vec<Expression>,
    /// Rows that are put together: names of columns.
    pub by: Vec<String>,
    /// Groups that count.
    pub having: Option<Expression>,
}

impl Query {
    pub(super) fn of(from: From, values: Vec<(Expression, String)>) -> Self {
        Self { values, from, joins: Vec::new(), only: Vec::new(), by: Vec::new(), having: None }
    }

    pub(super) fn by(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.by = names.into_iter().map(Into::into).collect();
        self
    }

    pub(super) fn only(mut self, condition: Expression) -> Self {
        self.only.push(condition);
        self
    }

    pub(super) fn join(mut self, join: Join) -> Self {
        self.joins.push(join);
        self
    }

    /// In the dialect, one value per line.
    pub(super) fn sql(&self, dialect: Dialect) -> String {
        let values: Vec<String> =
            self.values.iter().map(|(value, name)| format!("{} AS {name}", value.sql(dialect))).collect();
        let mut sql = format!("SELECT\n  {}\nFROM {}", values.join(",\n  "), self.from.sql());
        for join in &self.joins {
            let _ = match join {
                Join::Cross(from) => write!(sql, "\nCROSS JOIN {}", from.sql()),
                Join::Inner(from, on) => write!(sql, "\nJOIN {} ON {}", from.sql(), on.sql(dialect)),
                Join::Left(from, on) => write!(sql, "\nLEFT JOIN {} ON {}", from.sql(), on.sql(dialect)),
            };
        }
        if !self.only.is_empty() {
            let conditions: Vec<String> = self.only.iter().map(|condition| condition.sql(dialect)).collect();
            let _ = write!(sql, "\nWHERE {}", conditions.join("\n  AND "));
        }
        if !self.by.is_empty() {
            let _ = write!(sql, "\nGROUP BY {}", self.by.join(", "));
        }
        if let Some(having) = &self.having {
            let _ = write!(sql, "\nHAVING {}", having.sql(dialect));
        }
        sql
    }
}

impl From {
    fn sql(&self) -> String {
        match self {
            Self::Query(name) => (*name).to_owned(),
            Self::Table(table, name) => format!("{table} AS {name}"),
            Self::Parts(n) => {
                let rows: Vec<String> = (1..=*n)
                    .map(|part| if part == 1 { "SELECT 1 AS part".to_owned() } else { format!("SELECT {part}") })
                    .collect();
                format!("({}) AS parts", rows.join(" UNION ALL "))
            }
        }
    }
}

/// Named queries, each of which may read those before it, and a last one put together of several.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    /// The named ones.
    pub before: Vec<(&'static str, Query)>,
    /// The results, one under the other.
    pub results: Vec<Query>,
}

impl Statement {
    /// In the dialect, with a semicolon.
    pub(super) fn sql(&self, dialect: Dialect) -> String {
        let before: Vec<String> =
            self.before.iter().map(|(name, query)| format!("{name} AS (\n{}\n)", query.sql(dialect))).collect();
        let results: Vec<String> = self.results.iter().map(|query| query.sql(dialect)).collect();
        let with = if before.is_empty() { String::new() } else { format!("WITH {}\n", before.join(",\n")) };
        format!("{with}{}\n;\n", results.join("\nUNION ALL\n"))
    }
}
