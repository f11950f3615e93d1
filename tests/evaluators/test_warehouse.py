"""`bantam sql` and `bantam calibrate --patterns`: counted by DuckDB, SQLite, a PostgreSQL server, ZetaSQL (BigQuery's dialect) and
Sail (Spark's), leads give the card that they give as files, byte for byte.

Results come as each database's page says: `psql`, `sqlite3` and `duckdb` print CSV, the others keep Parquet.
"""

import json
import shutil
import subprocess

import polars as pl
import pytest

from databases import Duckdb, Googlesql, Sqlite, postgres, sail  # noqa: F401
from places import CONFIG

TABLES = ["leads", "outcomes", "events"]
RESULTS = {"1-values.sql": "values", "2-patterns.sql": "patterns", "3-totals.sql": "totals"}
WAREHOUSE = '\n[warehouse]\nleads = "leads"\noutcomes = "outcomes"\nevents = "events"\n'


class Engine:
    """A database of the tests with the tables of a history in it; `keep` puts the result of a statement into a folder."""

    def __init__(self, database):
        self.database, self.dialect = database, database.dialect

    def load(self, tables):
        for name, table in tables.items():
            self.database.load(table, name)

    def query(self, sql):
        return self.database.query(sql)

    def keep(self, sql, stem, folder):
        result_of(self.query(sql.read_text())).write_parquet(folder / f"{stem}.parquet")


class Printing(Engine):
    """A database whose own program prints the results."""

    def __init__(self, database, *command, **where):
        super().__init__(database)
        self.command, self.where = command, where

    def keep(self, sql, stem, folder):
        with open(folder / f"{stem}.csv", "w") as printed, open(sql) as statement:
            done = subprocess.run([*self.command], stdin=statement, stdout=printed, stderr=subprocess.PIPE, text=True, **self.where)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr


class DuckdbProgram(Engine):
    """The `duckdb` program, in a database of its own: what it reads was written by its own version."""

    def __init__(self, folder):
        super().__init__(Duckdb())
        self.folder, self.path = folder, folder / "leads.duckdb"

    def load(self, tables):
        super().load(tables)
        for name, table in tables.items():
            file = self.folder / "table.parquet"
            table.write_parquet(file)
            name = name.replace('"', '""')
            sql = f"CREATE OR REPLACE TABLE \"{name}\" AS SELECT * FROM '{file}'"
            subprocess.run(["duckdb", self.path, "-c", sql], check=True, capture_output=True)

    def keep(self, sql, stem, folder):
        with open(folder / f"{stem}.csv", "w") as printed:
            subprocess.run(["duckdb", "-readonly", "-csv", self.path, "-f", sql], stdout=printed, check=True)


def result_of(rows):
    """A result as a table, with the types that a database would give it."""
    table = pl.DataFrame(rows, infer_schema_length=None)
    types = {"low": pl.Float64, "high": pl.Float64, "answer": pl.String, "day": pl.Int64}
    return table.cast({name: dtype for name, dtype in types.items() if name in table.columns})


ENGINES = ["duckdb", "duckdb -csv", "sqlite", "sqlite3 -csv", "postgres", "psql --csv", "bigquery", "spark"]


@pytest.fixture(scope="module", params=ENGINES)
def engine(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("database")

    def psql():
        server = request.getfixturevalue("postgres")
        command = ["psql", server.address(), "-X", "-v", "ON_ERROR_STOP=1", "--csv", "-f", "-"]
        return Printing(server.connect(), *command)

    def sqlite3():
        path = folder / "leads.sqlite"
        return Printing(Sqlite(path), "sqlite3", "-readonly", "-csv", "-header", path)

    made = {
        "duckdb": lambda: Engine(Duckdb()),
        "duckdb -csv": lambda: DuckdbProgram(folder),
        "sqlite": lambda: Engine(Sqlite()),
        "sqlite3 -csv": sqlite3,
        "postgres": lambda: Engine(request.getfixturevalue("postgres").connect()),
        "psql --csv": psql,
        "bigquery": lambda: Engine(Googlesql()),
        "spark": lambda: Engine(request.getfixturevalue("sail").connect()),
    }
    return made[request.param]()


def count(bantam, config, engine, folder):
    """Both passes, as the page that `bantam sql` writes says."""
    sql = lambda: bantam("sql", config, "--dialect", engine.dialect, "--out", folder, "--quiet")  # noqa: E731
    sql()
    assert engine.query((folder / "verify.sql").read_text()) == []
    for file, stem in RESULTS.items():
        engine.keep(folder / file, stem, folder)
        sql()


def made_of(run):
    """What a run says, whoever counted its leads: all but how long it took."""
    metrics = json.loads((run / "metrics.json").read_text())
    del metrics["seconds"]
    files = ["card.json", "out_of_fold.parquet", "frontier.parquet"]
    return metrics, {name: (run / name).read_bytes() for name in files}


def calibrated(bantam, config, out, *more):
    bantam("calibrate", config, "--out", out, "--quiet", *more)
    return made_of((out / "current").resolve(strict=True))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The sample, its tables being in a warehouse as well."""
    folder = tmp_path_factory.mktemp("sample")
    for name in TABLES:
        shutil.copy(CONFIG.parent / f"{name}.parquet", folder)
    kept = [line for line in CONFIG.read_text().splitlines() if not line.startswith(("value = ", "value="))]
    (folder / "bantam.toml").write_text("\n".join(kept).replace("[sales]", "[sales]\nvalue_per_win = 20000") + WAREHOUSE)
    return folder / "bantam.toml"


@pytest.fixture(scope="module")
def of_files(bantam, sample, tmp_path_factory):
    return calibrated(bantam, sample, tmp_path_factory.mktemp("files"))


def test_the_sample_gives_one_card_wherever_it_is_counted(bantam, sample, of_files, engine, tmp_path):
    engine.load({name: pl.read_parquet(sample.parent / f"{name}.parquet") for name in TABLES})
    count(bantam, sample, engine, tmp_path)
    assert calibrated(bantam, sample, tmp_path / "runs", "--patterns", tmp_path) == of_files
