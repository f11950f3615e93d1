"""Databases that run the SQL that Bantam writes, each with the same few words: load a table, run, query.

    from databases import postgres

`postgres` is a fixture: a server of the tests' own, on a socket in a folder of its own; `sail` is one as well. The others are made
on the spot.
"""

import glob
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import duckdb
import polars as pl
import psycopg
import pytest
import zetasql.api
import zetasql.types
from google.protobuf import timestamp_pb2


def quoted(name, quote='"'):
    return quote + name.replace(quote, quote * 2) + quote


def columns_of(table, types):
    """Names and types, as CREATE TABLE takes them."""
    named = ((name, types.get(dtype) or types[dtype.base_type()]) for name, dtype in table.schema.items())
    return ", ".join(f"{quoted(name)} {kind}" for name, kind in named)


class Duckdb:
    dialect = "duckdb"

    def __init__(self):
        self.connection = duckdb.connect()

    def load(self, leads, table="leads"):
        arrow = leads.to_arrow()  # noqa: F841, DuckDB finds it by its name
        self.connection.execute(f"CREATE OR REPLACE TABLE {quoted(table)} AS SELECT * FROM arrow")

    def run(self, sql):
        self.connection.execute(sql)

    def query(self, sql):
        found = self.connection.execute(sql)
        return [dict(zip([column[0] for column in found.description], row, strict=True)) for row in found.fetchall()]


class Sqlite:
    dialect = "sqlite"
    # Days and moments are texts to it.
    types = {
        **{pl.Int32: "INTEGER", pl.Int64: "INTEGER", pl.Float64: "REAL", pl.String: "TEXT COLLATE NOCASE"},
        **{pl.Boolean: "BOOLEAN", pl.Date: "TEXT", pl.Datetime: "TEXT"},
    }

    def __init__(self, path=":memory:"):
        self.connection = sqlite3.connect(path)

    def load(self, leads, table="leads"):
        self.connection.execute(f"DROP TABLE IF EXISTS {quoted(table)}")
        self.connection.execute(f"CREATE TABLE {quoted(table)} ({columns_of(leads, self.types)})")
        places = ", ".join("?" for _ in leads.columns)
        moments = pl.selectors.datetime().dt.strftime("%Y-%m-%d %H:%M:%S%.6f")
        written = leads.with_columns(moments, pl.selectors.date().dt.strftime("%Y-%m-%d"))
        self.connection.executemany(f"INSERT INTO {quoted(table)} VALUES ({places})", written.rows())
        self.connection.commit()

    def run(self, sql):
        self.connection.executescript(sql)

    def query(self, sql):
        found = self.connection.execute(sql)
        return [dict(zip([column[0] for column in found.description], row, strict=True)) for row in found.fetchall()]


class Postgres:
    """A database of a server."""

    dialect = "postgres"
    types = {
        **{pl.Int32: "integer", pl.Int64: "bigint", pl.Float64: "double precision", pl.String: "text", pl.Boolean: "boolean"},
        **{pl.Date: "date", pl.Datetime: "timestamp", pl.Datetime("us", "UTC"): "timestamptz"},
        **{pl.Int16: "smallint", pl.Float32: "real", pl.Decimal: "numeric"},
    }

    def __init__(self, connection):
        self.connection = connection

    def load(self, leads, table="leads"):
        with self.connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {quoted(table)} CASCADE")
            cursor.execute(f"CREATE TABLE {quoted(table)} ({columns_of(leads, self.types)})")
            with cursor.copy(f"COPY {quoted(table)} FROM STDIN") as copy:
                for row in leads.iter_rows():
                    copy.write_row(row)
            # Planners of databases choose badly among tables they know nothing of.
            cursor.execute(f"ANALYZE {quoted(table)}")

    def run(self, sql):
        self.connection.execute(sql)

    def query(self, sql):
        with self.connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            return cursor.execute(sql).fetchall()


class PostgresServer:
    """A server on a socket in a folder of its own; `psql` and every driver reach it through `host`."""

    def __init__(self):
        self.programs = max(pathlib.Path(folder) for folder in glob.glob("/usr/lib/postgresql/*/bin"))
        # The path of a socket is short by law, so no folder of pytest's.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bantam-pg-"))
        # A server does not run as root.
        self.user = "postgres" if os.getuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user)
        self.host, self.port, self.role = str(self.folder), 5432, "postgres"
        self.program("initdb", "-D", self.folder / "data", "-U", self.role, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "-N")
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        self.program("pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o", options, "start")

    def program(self, name, *arguments):
        command = [str(self.programs / name), *map(str, arguments)]
        done = subprocess.run(command, user=self.user, cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"

    def address(self, database="postgres"):
        return f"host={self.host} port={self.port} user={self.role} dbname={database}"

    def connect(self, database="postgres"):
        return Postgres(psycopg.connect(self.address(database), autocommit=True))

    def stop(self):
        self.program("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)


@pytest.fixture(scope="session")
def postgres():
    server = PostgresServer()
    # A second database whose texts are sorted and compared by a language's rules.
    server.connect().run("CREATE DATABASE english TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'")
    yield server
    server.stop()


class Googlesql:
    """BigQuery's dialect in ZetaSQL, which knows no views: the SELECT of one is run in its place."""

    dialect = "bigquery"
    # Per type of a column what it is called, and which field of a cell holds it.
    kinds = {
        pl.Int32: (zetasql.types.TypeKind.TYPE_INT64, "int64_value"),
        pl.Int64: (zetasql.types.TypeKind.TYPE_INT64, "int64_value"),
        pl.Float64: (zetasql.types.TypeKind.TYPE_DOUBLE, "double_value"),
        pl.String: (zetasql.types.TypeKind.TYPE_STRING, "string_value"),
        pl.Boolean: (zetasql.types.TypeKind.TYPE_BOOL, "bool_value"),
        pl.Date: (zetasql.types.TypeKind.TYPE_DATE, "date_value"),
        pl.Datetime: (zetasql.types.TypeKind.TYPE_TIMESTAMP, "timestamp_value"),
    }

    def __init__(self):
        self.language = zetasql.types.LanguageOptions.maximum_features()
        self.tables, self.content, self.views = {}, {}, {}

    def load(self, leads, table="leads"):
        made = zetasql.api.TableBuilder(table)
        kinds = [self.kinds[dtype.base_type()] for dtype in leads.dtypes]
        for name, (kind, _) in zip(leads.columns, kinds, strict=True):
            made = made.add_column(name, kind)
        self.tables[table] = made.build()
        builtin = zetasql.types.ZetaSQLBuiltinFunctionOptions(language_options=self.language)
        catalog = zetasql.api.CatalogBuilder("here").with_builtin_functions(builtin)
        for known in self.tables.values():
            catalog = catalog.add_table(known)
        self.catalog = catalog.build()
        micros = pl.selectors.datetime().dt.timestamp("us")
        written = leads.with_columns(pl.selectors.date().to_physical(), micros)
        fields = [field for _, field in kinds]
        rows = [zetasql.types.TableData.Row(cell=[self.cell(*cell) for cell in zip(fields, row)]) for row in written.iter_rows()]
        self.content[table] = zetasql.types.TableContent(table_data=zetasql.types.TableData(row=rows))

    @staticmethod
    def cell(field, value):
        if value is None:
            return zetasql.types.Value()
        if field == "timestamp_value":
            moment = timestamp_pb2.Timestamp()
            moment.FromMicroseconds(value)
            value = moment
        return zetasql.types.Value(**{field: value})

    def run(self, sql):
        head, select = sql.split(" AS\nSELECT", 1)
        name = head.rsplit("VIEW `", 1)[1].rstrip("`")
        self.views[name] = "SELECT" + select.rstrip().rstrip(";")

    def query(self, sql):
        for name, select in self.views.items():
            sql = sql.replace(f"FROM {name}", f"FROM ({select})")
        options = zetasql.types.AnalyzerOptions(language_options=self.language, default_timezone="UTC")
        query = zetasql.api.PreparedQuery.builder().set_sql(sql.rstrip().rstrip(";")).set_analyzer_options(options)
        with query.set_catalog(self.catalog).set_table_content(self.content).prepare() as prepared:
            names = [column.name for column in prepared.columns]
            found = prepared.execute().content.table_data
        rows = found.row if found else []
        return [dict(zip(names, map(self.value, row.cell), strict=True)) for row in rows]

    @staticmethod
    def value(cell):
        kinds = [cell.int64_value, cell.double_value, cell.string_value, cell.bool_value]
        return next((value for value in kinds if value is not None), None)


class Spark:
    """A session that speaks Spark SQL. Tables and views are temporary ones, since there is no catalog to keep them."""

    dialect = "spark"

    def __init__(self, session):
        self.session = session

    def load(self, leads, table="leads"):
        self.session.createDataFrame(leads.to_arrow()).createOrReplaceTempView(table)

    def run(self, sql):
        self.session.sql(sql.rstrip().rstrip(";").replace("CREATE OR REPLACE VIEW", "CREATE OR REPLACE TEMPORARY VIEW", 1))

    def query(self, sql):
        return [row.asDict() for row in self.session.sql(sql.rstrip().rstrip(";")).collect()]


class SailServer:
    """Sail, a server of Spark Connect in Rust; in a process of its own, which takes its threads along when it ends."""

    serve = """
import sys
from pysail.spark import SparkConnectServer
server = SparkConnectServer("127.0.0.1", 0)
server.start()
print(server.listening_address[1], flush=True)
sys.stdin.read()
"""

    def __init__(self):
        command = [sys.executable, "-c", self.serve]
        self.server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.server.stdout.readline())
        self.session = None

    def connect(self):
        from pyspark.sql import SparkSession

        self.session = SparkSession.builder.remote(f"sc://127.0.0.1:{self.port}").getOrCreate()
        # A moment without a zone is read in that of the session.
        self.session.conf.set("spark.sql.session.timeZone", "UTC")
        return Spark(self.session)

    def stop(self):
        # The session first: it says goodbye to its server.
        if self.session:
            self.session.stop()
        self.server.kill()
        self.server.wait()


@pytest.fixture(scope="session")
def sail():
    server = SailServer()
    yield server
    server.stop()
