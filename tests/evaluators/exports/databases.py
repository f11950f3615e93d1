"""Databases that run exported SQL, each with the same few words: load leads, run, query.

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


def quoted(name, quote='"'):
    return quote + name.replace(quote, quote * 2) + quote


class Duckdb:
    dialect = "duckdb"
    types = {pl.Int64: "BIGINT", pl.Float64: "DOUBLE", pl.String: "VARCHAR", pl.Boolean: "BOOLEAN"}

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
    types = {pl.Int64: "INTEGER", pl.Float64: "REAL", pl.String: "TEXT COLLATE NOCASE", pl.Boolean: "BOOLEAN"}

    def __init__(self):
        self.connection = sqlite3.connect(":memory:")

    def load(self, leads, table="leads"):
        columns = ", ".join(f"{quoted(name)} {self.types[dtype]}" for name, dtype in leads.schema.items())
        self.connection.execute(f"DROP TABLE IF EXISTS {quoted(table)}")
        self.connection.execute(f"CREATE TABLE {quoted(table)} ({columns})")
        places = ", ".join("?" for _ in leads.columns)
        self.connection.executemany(f"INSERT INTO {quoted(table)} VALUES ({places})", leads.rows())

    def run(self, sql):
        self.connection.executescript(sql)

    def query(self, sql):
        found = self.connection.execute(sql)
        return [dict(zip([column[0] for column in found.description], row, strict=True)) for row in found.fetchall()]


class Postgres:
    """A database of a server."""

    dialect = "postgres"
    types = {pl.Int64: "bigint", pl.Float64: "double precision", pl.String: "text", pl.Boolean: "boolean"}

    def __init__(self, connection):
        self.connection = connection

    def load(self, leads, table="leads"):
        columns = ", ".join(f"{quoted(name)} {self.types[dtype]}" for name, dtype in leads.schema.items())
        with self.connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {quoted(table)} CASCADE")
            cursor.execute(f"CREATE TABLE {quoted(table)} ({columns})")
            with cursor.copy(f"COPY {quoted(table)} FROM STDIN") as copy:
                for row in leads.iter_rows():
                    copy.write_row(row)

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
    kinds = {
        pl.Int64: zetasql.types.TypeKind.TYPE_INT64,
        pl.Float64: zetasql.types.TypeKind.TYPE_DOUBLE,
        pl.String: zetasql.types.TypeKind.TYPE_STRING,
        pl.Boolean: zetasql.types.TypeKind.TYPE_BOOL,
    }

    def __init__(self):
        self.language = zetasql.types.LanguageOptions.maximum_features()
        self.views = {}

    def load(self, leads, table="leads"):
        made = zetasql.api.TableBuilder(table)
        for name, dtype in leads.schema.items():
            made = made.add_column(name, self.kinds[dtype.base_type()])
        builtin = zetasql.types.ZetaSQLBuiltinFunctionOptions(language_options=self.language)
        self.catalog = zetasql.api.CatalogBuilder("here").add_table(made.build()).with_builtin_functions(builtin).build()
        self.content = {table: zetasql.api.create_table_content([list(row) for row in leads.iter_rows()])}

    def run(self, sql):
        head, select = sql.split(" AS\nSELECT", 1)
        name = head.rsplit("VIEW `", 1)[1].rstrip("`")
        self.views[name] = "SELECT" + select.rstrip().rstrip(";")

    def query(self, sql):
        for name, select in self.views.items():
            sql = sql.replace(f"FROM {name}", f"FROM ({select})")
        options = zetasql.types.AnalyzerOptions(language_options=self.language)
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
