//! The lead table as the user names it: `leads`, `sales.leads`, `"odd.name"`.

use super::Dialect;
use super::dialect::MAX_NAME_BYTES;
use crate::export::ExportError;

/// Ending of the view's name.
const SCORED: &str = "_scored";

/// A table in parts: catalog, schema, table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table(Vec<String>);

impl Table {
    /// Reads a name: parts between dots, a part with a dot in it in `"` or `` ` ``.
    ///
    /// # Errors
    /// [`ExportError::Unsupported`] for an empty part and for a quote that does not end.
    pub(crate) fn parse(name: &str) -> Result<Self, ExportError> {
        const HINT: &str = "write schema and table with a dot between them, sales.leads, and a part with a dot or a quote in \
                            it in double quotes, sales.\"my.leads\"";
        let odd = |problem: &str| ExportError::unsupported("sql", format!("--table {name:?} {problem}"), HINT);
        let mut parts = Vec::new();
        let mut rest = name.trim();
        loop {
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '`'));
            let (part, after) = match quote {
                Some(quote) => quoted_part(rest, quote).ok_or_else(|| odd("has a quote that does not end"))?,
                None => {
                    let end = rest.find('.').unwrap_or(rest.len());
                    (rest.get(..end).unwrap_or_default().trim().to_owned(), rest.get(end..).unwrap_or_default())
                }
            };
            if part.is_empty() {
                return Err(odd("has an empty part"));
            }
            if part.contains('\0') {
                return Err(odd("holds the character U+0000"));
            }
            parts.push(part);
            match after.trim_start().strip_prefix('.') {
                Some(more) => rest = more.trim_start(),
                None if after.trim().is_empty() => return Ok(Self(parts)),
                None => return Err(odd("goes on after a quote")),
            }
        }
    }

    /// Its parts, the table last.
    pub(in crate::export) fn parts(&self) -> &[String] {
        &self.0
    }

    /// The name in SQL.
    pub(crate) fn sql(&self, dialect: Dialect) -> String {
        let quoted: Vec<String> = self.0.iter().map(|part| dialect.identifier(part)).collect();
        quoted.join(".")
    }

    /// The view beside it: same schema, `_scored` after the name.
    pub(super) fn scored(&self, dialect: Dialect) -> Self {
        let mut parts = self.0.clone();
        if let Some(last) = parts.last_mut() {
            if dialect == Dialect::Postgres {
                while last.len() + SCORED.len() > MAX_NAME_BYTES {
                    last.pop();
                }
            }
            last.push_str(SCORED);
        }
        Self(parts)
    }
}

/// The part in quotes at the start, a doubled quote in it being one, and what follows.
fn quoted_part(text: &str, quote: char) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c != quote {
            part.push(c);
        } else if characters.peek().is_some_and(|(_, next)| *next == quote) {
            characters.next();
            part.push(quote);
        } else {
            return Some((part, text.get(at + quote.len_utf8()..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(name: &str, dialect: Dialect) -> String {
        Table::parse(name).expect("a name").sql(dialect)
    }

    #[test]
    fn a_name_is_taken_part_by_part_as_it_stands() {
        assert_eq!(sql("leads", Dialect::Postgres), "\"leads\"");
        assert_eq!(sql("Sales.order", Dialect::Postgres), "\"Sales\".\"order\"");
        assert_eq!(sql(" sales . \"my.leads\" ", Dialect::Duckdb), "\"sales\".\"my.leads\"");
        assert_eq!(sql("\"a\"\"b\"", Dialect::Duckdb), "\"a\"\"b\"");
        assert_eq!(sql("my-project.crm.leads", Dialect::Bigquery), "`my-project`.`crm`.`leads`");
        assert_eq!(sql("`a``b`", Dialect::Sqlite), "`a``b`");
        assert_eq!(sql("leads; DROP TABLE leads", Dialect::Sqlite), "`leads; DROP TABLE leads`");
    }

    #[test]
    fn an_odd_name_is_refused_with_a_way_out() {
        for name in ["", ".", "sales.", ".leads", "a..b", "\"open", "\"a\"b", "\"\"", "a.\0"] {
            let refused = Table::parse(name).expect_err(name).to_string();
            assert!(refused.contains("--table") && refused.contains("sales.\"my.leads\""), "{refused}");
        }
    }

    #[test]
    fn a_view_stands_beside_its_table_within_the_limit_of_names() {
        let table = Table::parse(&format!("sales.{}", "ü".repeat(40))).expect("a name");
        assert_eq!(table.scored(Dialect::Postgres).0, ["sales".to_owned(), format!("{}_scored", "ü".repeat(28))]);
        assert_eq!(table.scored(Dialect::Duckdb).0[1], format!("{}_scored", "ü".repeat(40)));
    }
}
