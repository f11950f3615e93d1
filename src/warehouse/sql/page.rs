//! The page beside the statements: what to run, in which order, and where results go.

use crate::export::Dialect;
use crate::settings::WarehouseConfig;
use crate::warehouse::results::{PATTERNS, TOTALS, VALUES};

/// The page.
///
/// - `has_values`: whether the first pass is done.
pub(super) fn page(dialect: Dialect, warehouse: &WarehouseConfig, has_values: bool) -> String {
    let run = |file: &str, result: &str| format!("```sh\n{}\n```\n", command(dialect, file, result));
    let tables: Vec<&str> = [Some(&warehouse.leads), warehouse.outcomes.as_ref(), warehouse.events.as_ref()]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let again = "```sh\nbantam sql CONFIG --dialect DIALECT --out THIS_FOLDER\n```\n";
    let second = if has_values {
        format!(
            "`{VALUES}` is there, and the statements of the second pass stand beside this page.\n\n{}{}",
            run("2-patterns.sql", PATTERNS),
            run("3-totals.sql", TOTALS)
        )
    } else {
        format!(
            "Once `{VALUES}` is in this folder, this writes the statements of the second pass and says here how they are run:\n\n{again}"
        )
    };
    format!(
        "# A card from {where_}\n\n\
         The statements here only read: {tables}. What comes out are counts: how many leads have which value, and how many are alike. \
         No id and no time of day; a lead that is like no other is a row all the same, without its name.\n\n\
         ## Before: does this database count as expected?\n\n{verify}\nThe result has no rows if it does.\n\n\
         ## First pass: values, for the edges\n\n{first}\n\
         ## Second pass: patterns and totals\n\n{second}\n\
         ## The card\n\n```sh\nbantam calibrate CONFIG --patterns THIS_FOLDER\n```\n\n\
         It refuses results of another config, of another day, or with a part missing, and says which. The same config on the same \
         leads in files gives the same card.\n\n{notes}",
        where_ = dialect.in_words(),
        tables = tables.join(", "),
        verify = run("verify.sql", "verify"),
        first = run("1-values.sql", VALUES),
        notes = notes(dialect),
    )
}

/// What runs a statement and keeps its result.
fn command(dialect: Dialect, file: &str, result: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("psql DATABASE -X -v ON_ERROR_STOP=1 --csv -f {file} -o {result}.csv"),
        Dialect::Duckdb => format!("duckdb -readonly -csv DATABASE -f {file} > {result}.csv"),
        Dialect::Sqlite => format!("sqlite3 -readonly -csv -header DATABASE < {file} > {result}.csv"),
        Dialect::Snowflake => format!("snow sql --format csv -f {file} > {result}.csv"),
        Dialect::Bigquery => {
            format!("bq query --nouse_legacy_sql --format=csv --max_rows=100000000 < {file} > {result}.csv")
        }
        Dialect::Spark => format!(
            "python3 -c \"from pyspark.sql import SparkSession as S; s = S.builder.config('spark.sql.session.timeZone', 'UTC').getOrCreate(); \
             s.sql(open('{file}').read().rstrip().rstrip(';')).toPandas().to_parquet('{result}.parquet')\""
        ),
    }
}

fn notes(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Spark => {
            "Moments without a zone are read in the session's time zone: it has to be UTC (`spark.sql.session.timeZone`), which `verify.sql` checks.\n"
        }
        Dialect::Sqlite => {
            "Moments are texts such as 2026-01-02 03:04:05.678901, in UTC; one with another offset has to be written in UTC in a view.\n"
        }
        Dialect::Bigquery | Dialect::Snowflake => {
            "A large result is better kept as Parquet: save it as a table, export that, and put it here as patterns.parquet; names of columns may be capitals.\n"
        }
        Dialect::Postgres | Dialect::Duckdb => "",
    }
}
