//! Connect: statements run where the tables are, through an ADBC driver that is loaded when it is asked for.
//!
//! Always true: a driver is named by whoever types the command, never by a config; where it is a path, by an absolute one. An address is
//! never shown, since it may hold a password. A statement only reads, and its result is used whole or not at all.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use adbc_core::error::{Error, Status};
use adbc_core::options::{AdbcVersion, OptionConnection, OptionDatabase, OptionStatement, OptionValue};
use adbc_core::{
    CancelHandle, Connection as _, Database as _, Driver as _, LOAD_FLAG_SEARCH_ENV, LOAD_FLAG_SEARCH_SYSTEM,
    LOAD_FLAG_SEARCH_USER, Optionable as _, Statement as _,
};
use adbc_driver_manager::{ManagedConnection, ManagedDatabase, ManagedDriver};
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, DataType, SchemaRef};

use super::WarehouseError;
use super::layout::{TableRole, has_outcome_table};
use super::results::ResultFile;
use super::sql::no_row_of;
use crate::data::read::{Columns, ReadOptions, read_table};
use crate::export::Dialect;
use crate::settings::{ColumnType, LeadsConfig, Settings, TableInMemory, WarehouseConfig};

/// More than any first pass has.
const MANY_ROWS: i64 = 1 << 20;

/// How often a statement is begun again after the connection broke off.
const ATTEMPTS: usize = 3;

/// Where a warehouse is and how it is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// What ADBC takes: an address of the database, or `profile://NAME`.
    uri: String,
    /// The driver's name, or its absolute path; that of a profile where it has one.
    driver: Option<String>,
    dialect: Dialect,
}

/// Without the address, which may hold a password.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an address of {:?}", self.dialect)
    }
}

/// What a scheme stands for: its driver, where that is to be had, and its dialect.
struct Scheme {
    names: &'static [&'static str],
    driver: &'static str,
    comes_by: &'static str,
    dialect: Dialect,
}

const SCHEMES: [Scheme; 6] = [
    Scheme {
        names: &["postgresql", "postgres"],
        driver: "adbc_driver_postgresql",
        comes_by: "`pip install adbc-driver-postgresql` brings it",
        dialect: Dialect::Postgres,
    },
    Scheme {
        names: &["sqlite", "file"],
        driver: "adbc_driver_sqlite",
        comes_by: "`pip install adbc-driver-sqlite` brings it",
        dialect: Dialect::Sqlite,
    },
    Scheme {
        names: &["duckdb"],
        driver: "duckdb",
        comes_by: "the libduckdb of DuckDB's downloads is it",
        dialect: Dialect::Duckdb,
    },
    Scheme {
        names: &["snowflake"],
        driver: "adbc_driver_snowflake",
        comes_by: "`pip install adbc-driver-snowflake` brings it",
        dialect: Dialect::Snowflake,
    },
    Scheme {
        names: &["bigquery"],
        driver: "adbc_driver_bigquery",
        comes_by: "`pip install adbc-driver-bigquery` brings it",
        dialect: Dialect::Bigquery,
    },
    Scheme {
        names: &["databricks", "spark"],
        driver: "databricks",
        comes_by: "`dbc install databricks` brings it",
        dialect: Dialect::Spark,
    },
];

/// Reads what was typed.
///
/// - `typed`: an address such as `postgresql://user@host/database`, `profile://NAME`, or `env:NAME` for an environment variable with
///   either. `driver`: its name or absolute path, where the scheme does not say. `dialect`: likewise.
///
/// # Errors
/// What is wrong with it, and what helps; never the address itself.
pub fn parse_address(typed: &str, driver: Option<&str>, dialect: Option<Dialect>) -> Result<Address, String> {
    let uri = match typed.strip_prefix("env:") {
        Some(name) => std::env::var(name).map_err(|_| {
            format!("--connect env:{name}: there is no environment variable {name}\nhint: export {name}=postgresql://... first")
        })?,
        None => typed.to_owned(),
    };
    let scheme = uri.split(':').next().filter(|scheme| scheme.len() < uri.len()).unwrap_or_default().to_lowercase();
    let known = SCHEMES.iter().find(|known| known.names.contains(&scheme.as_str()));
    if known.is_none() && scheme != "profile" && driver.is_none() {
        let schemes: Vec<&str> = SCHEMES.iter().map(|known| known.names[0]).collect();
        return Err(format!(
            "--connect: the address does not begin with a known kind of database\nhint: {}:..., profile://NAME, or a --driver and its \
             --dialect beside it",
            schemes.join(":..., ")
        ));
    }
    let dialect = dialect.or(known.map(|known| known.dialect)).ok_or_else(|| {
        "--connect: a profile or driver does not say which SQL its database speaks\nhint: add --dialect".to_owned()
    })?;
    let is_path = |driver: &str| driver.contains(['/', '\\']);
    if let Some(driver) = driver.filter(|driver| is_path(driver) && !std::path::Path::new(driver).is_absolute()) {
        return Err(format!(
            "--driver {driver:?} is a path from this folder, and whatever lies there would be loaded\nhint: give its absolute path, \
             or the name of an installed driver"
        ));
    }
    if let Some(profile) =
        uri.strip_prefix("profile://").filter(|profile| is_path(profile) && !profile.starts_with('/'))
    {
        return Err(format!(
            "--connect: profile {profile:?} is a path from this folder\nhint: name a profile of yours, or give its absolute path"
        ));
    }
    let driver = driver.or(known.map(|known| known.driver)).map(str::to_owned);
    Ok(Address { uri, driver, dialect })
}

/// A warehouse that can be asked.
pub struct Connection {
    address: Address,
    open: ManagedConnection,
    /// What was begun anew, and why.
    pub retries: Vec<String>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "connected by {:?}", self.address)
    }
}

impl Connection {
    /// Loads the driver and connects.
    ///
    /// # Errors
    /// [`WarehouseError::Connection`], with the package that has a driver which is missing.
    pub fn open(address: Address) -> Result<Self, WarehouseError> {
        let open = connect(&address)?;
        Ok(Self { address, open, retries: Vec::new() })
    }

    /// The SQL it speaks.
    pub(super) fn dialect(&self) -> Dialect {
        self.address.dialect
    }

    /// The result of a statement, whole. A connection that breaks off is opened again, and the statement begun anew: nothing of the first
    /// attempt is kept.
    ///
    /// # Errors
    /// [`WarehouseError::Connection`] with what the database says.
    pub(super) fn result(&mut self, stem: &str, sql: &str) -> Result<ResultFile, WarehouseError> {
        let (schema, batches) = self.run(stem, sql)?;
        let shown = format!("{stem} (from the warehouse)");
        let table = TableInMemory::new(schema, batches);
        let options = ReadOptions::new(&LeadsConfig::default(), None).of_table(Some(&table));
        let read = read_table(&shown, stem, Columns::All, &options)?;
        Ok(ResultFile::of_table(shown, read.table))
    }

    fn run(&mut self, stem: &str, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), WarehouseError> {
        let mut attempt = 1;
        loop {
            match run_once(&mut self.open, sql) {
                Ok(found) => return Ok(found),
                Err(Failed::Broken(said)) if attempt < ATTEMPTS => {
                    attempt += 1;
                    self.retries.push(format!(
                        "the connection broke off while {stem} was counted, which was begun anew: {said}"
                    ));
                    self.open = connect(&self.address)?;
                }
                Err(Failed::Broken(said)) => {
                    let what = format!("the connection broke off {attempt} times while {stem} was counted");
                    let hint = "look after network and server, and run it again; nothing was written".to_owned();
                    return Err(WarehouseError::Connection { what, said, hint });
                }
                Err(Failed::Refused(said)) => {
                    let hint = "the statement is that of `bantam sql`; verify.sql beside it says whether this database counts as expected";
                    let what = format!("the warehouse cannot count {stem}");
                    return Err(WarehouseError::Connection { what, said, hint: hint.to_owned() });
                }
            }
        }
    }

    /// What the columns of the tables hold.
    pub(super) fn types(
        &mut self,
        settings: &Settings,
        warehouse: &WarehouseConfig,
    ) -> Result<BTreeMap<TableRole, BTreeMap<String, ColumnType>>, WarehouseError> {
        // Its columns have no types, only values.
        if self.address.dialect == Dialect::Sqlite {
            return Ok(BTreeMap::new());
        }
        let outcomes = warehouse.outcomes.as_ref().filter(|_| has_outcome_table(settings));
        let tables = [Some((TableRole::Leads, &warehouse.leads)), outcomes.map(|table| (TableRole::Outcomes, table))];
        let mut types = BTreeMap::new();
        for (role, table) in tables.into_iter().flatten() {
            let (schema, _) = self.run("types", &no_row_of(table, self.address.dialect)?)?;
            let of_column =
                schema.fields().iter().filter_map(|field| Some((field.name().clone(), type_of(field.data_type())?)));
            types.insert(role, of_column.collect());
        }
        Ok(types)
    }
}

/// Why a statement gave nothing.
enum Failed {
    /// The connection broke off: another attempt may do.
    Broken(String),
    /// The database does not take it.
    Refused(String),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let said = error.message.trim().to_owned();
        match error.status {
            Status::IO | Status::Timeout => Self::Broken(said),
            _ => Self::Refused(said),
        }
    }
}

impl From<ArrowError> for Failed {
    fn from(error: ArrowError) -> Self {
        // What a driver says while rows come in reaches us like this, without its kind.
        Self::Broken(error.to_string())
    }
}

fn run_once(connection: &mut ManagedConnection, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), Failed> {
    let mut statement = connection.new_statement()?;
    // The driver of SQLite takes the types of a result from its first rows; no other knows the option.
    let _ = statement
        .set_option(OptionStatement::Other("adbc.sqlite.query.batch_rows".to_owned()), OptionValue::Int(MANY_ROWS));
    statement.set_sql_query(sql.trim_end().trim_end_matches(';'))?;
    let _running = Running::of(statement.get_cancel_handle());
    let reader = statement.execute()?;
    let schema = reader.schema();
    Ok((schema, reader.collect::<Result<_, _>>()?))
}

/// The statement that the warehouse works on.
static RUNNING: Mutex<Option<Box<dyn CancelHandle>>> = Mutex::new(None);

/// Keeps a statement where [`cancel_running`] finds it, as long as it runs.
struct Running;

impl Running {
    fn of(handle: Box<dyn CancelHandle>) -> Self {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Tells the warehouse to give up the statement it works on, if there is one.
pub fn cancel_running() {
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    // A driver that cannot cancel leaves the statement to its server, which ends it with the connection.
    let _ = running.as_ref().map(|handle| handle.try_cancel());
}

fn connect(address: &Address) -> Result<ManagedConnection, WarehouseError> {
    // Not the current folder: whatever lies there would be loaded.
    let search = LOAD_FLAG_SEARCH_ENV | LOAD_FLAG_SEARCH_USER | LOAD_FLAG_SEARCH_SYSTEM;
    let version = AdbcVersion::V110;
    let database = if address.uri.starts_with("profile://") {
        ManagedDatabase::from_uri(&address.uri, None, version, search, None)
            .map_err(|error| no_driver(address, &error))?
    } else {
        let name = address.driver.as_deref().unwrap_or_default();
        let entry: Option<&[u8]> = (address.dialect == Dialect::Duckdb).then_some(b"duckdb_adbc_init");
        let mut driver = ManagedDriver::load_from_name(name, entry, version, search, None)
            .map_err(|error| no_driver(address, &error))?;
        driver.new_database_with_opts(options(address)).map_err(|error| no_connection(&error))?
    };
    let mut connection = database.new_connection().map_err(|error| no_connection(&error))?;
    // Statements only read; where a driver can hold them to it, it does.
    let _ = connection.set_option(OptionConnection::ReadOnly, OptionValue::String("true".to_owned()));
    let session = match address.dialect {
        Dialect::Postgres => &["SET default_transaction_read_only = on"][..],
        Dialect::Spark => &["SET TIME ZONE 'UTC'"],
        Dialect::Snowflake => &["ALTER SESSION SET TIMEZONE = 'UTC'"],
        Dialect::Duckdb | Dialect::Sqlite | Dialect::Bigquery => &[],
    };
    for sql in session {
        let set = |connection: &mut ManagedConnection| {
            let mut statement = connection.new_statement()?;
            statement.set_sql_query(sql)?;
            statement.execute_update()
        };
        set(&mut connection).map_err(|error| no_connection(&error))?;
    }
    Ok(connection)
}

/// What the driver is told of the database.
fn options(address: &Address) -> Vec<(OptionDatabase, OptionValue)> {
    let text = |text: &str| OptionValue::String(text.to_owned());
    let path = || {
        let rest = address.uri.split_once(':').map_or("", |(_, rest)| rest);
        rest.strip_prefix("//").unwrap_or(rest).to_owned()
    };
    match address.dialect {
        Dialect::Duckdb if address.uri.starts_with("duckdb:") => vec![
            (OptionDatabase::Other("path".to_owned()), text(&path())),
            (OptionDatabase::Other("access_mode".to_owned()), text("READ_ONLY")),
        ],
        Dialect::Sqlite if address.uri.starts_with("sqlite:") => {
            vec![(OptionDatabase::Uri, text(&format!("file:{}?mode=ro", path())))]
        }
        _ => vec![(OptionDatabase::Uri, text(&address.uri))],
    }
}

fn no_driver(address: &Address, error: &Error) -> WarehouseError {
    let known = SCHEMES.iter().find(|known| Some(known.driver) == address.driver.as_deref());
    let hint = match known {
        Some(Scheme { comes_by, .. }) => {
            format!(
                "{comes_by}: name its library in --driver by its absolute path, or install it with a driver manifest"
            )
        }
        None => "give --driver the name of an installed ADBC driver or the absolute path of its library".to_owned(),
    };
    let what = format!("the driver {} cannot be loaded", address.driver.as_deref().unwrap_or("of the profile"));
    WarehouseError::Connection { what, said: first_line(&error.message), hint }
}

fn no_connection(error: &Error) -> WarehouseError {
    WarehouseError::Connection {
        what: "the warehouse cannot be reached".to_owned(),
        said: first_line(&error.message),
        hint: "look after address, user and password; `env:NAME` takes the address from an environment variable"
            .to_owned(),
    }
}

fn first_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().to_owned()
}

/// What a column holds, by its type on the way here.
fn type_of(data_type: &DataType) -> Option<ColumnType> {
    Some(match data_type {
        DataType::Boolean => ColumnType::Boolean,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ColumnType::Text,
        DataType::Dictionary(_, values) => return type_of(values),
        DataType::Date32 | DataType::Date64 => ColumnType::Day,
        DataType::Timestamp(..) => ColumnType::Moment,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            ColumnType::Number
        }
        number if number.is_numeric() => ColumnType::Number,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_driver_and_dialect() {
        let address = parse_address("postgresql://me@host/db", None, None).expect("an address");
        assert_eq!((address.driver.as_deref(), address.dialect), (Some("adbc_driver_postgresql"), Dialect::Postgres));
        let own = parse_address("duckdb:/data/x.db", Some("/opt/libduckdb.so"), None).expect("an address");
        assert_eq!((own.driver.as_deref(), own.dialect), (Some("/opt/libduckdb.so"), Dialect::Duckdb));
        let profile = parse_address("profile://crm", None, Some(Dialect::Snowflake)).expect("an address");
        assert_eq!((profile.driver, profile.dialect), (None, Dialect::Snowflake));
    }

    #[test]
    fn no_path_from_this_folder_is_loaded_and_no_password_shown() {
        for (typed, driver, expected) in [
            ("postgresql://x", Some("./evil.so"), "--driver \"./evil.so\" is a path from this folder"),
            ("postgresql://x", Some("lib/evil.so"), "absolute path"),
            ("profile://../evil.toml", None, "is a path from this folder"),
        ] {
            let error = parse_address(typed, driver, Some(Dialect::Postgres)).expect_err(typed);
            assert!(error.contains(expected), "{error}");
        }
        let error = parse_address("mysql://me:secret@host/db", None, None).expect_err("unknown");
        assert!(error.contains("known kind of database") && !error.contains("secret"), "{error}");
        let address = parse_address("postgresql://me:secret@host/db", None, None).expect("an address");
        assert!(!format!("{address:?}").contains("secret"));
        let error = parse_address("env:BANTAM_NO_SUCH", None, None).expect_err("not set");
        assert!(error.contains("there is no environment variable BANTAM_NO_SUCH"), "{error}");
    }
}
