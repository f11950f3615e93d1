"""`bantam sql` and `bantam calibrate --patterns`: counted by DuckDB, SQLite, a PostgreSQL server, ZetaSQL (BigQuery's dialect)
and Sail (Spark's), leads give the card that they give as files, byte for byte.

Results come as each database's page says: `psql`, `sqlite3` and `duckdb` print CSV, the others keep Parquet.
"""

import functools
import json
import os
import re
import shutil
import subprocess

import polars as pl
import pytest

from databases import Duckdb, Googlesql, Sqlite, postgres, quoted, sail  # noqa: F401
from odd_history import IN_SQL, odd_history
from places import CONFIG

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


class Program(Engine):
    """A database whose own program prints the results; `{sql}` in its command is the file of a statement."""

    def __init__(self, database, *command):
        super().__init__(database)
        self.command = command

    def keep(self, sql, stem, folder):
        command = [str(word).format(sql=sql) for word in self.command]
        with open(folder / f"{stem}.csv", "w") as printed, open(sql) as statement:
            done = subprocess.run(command, stdin=statement, stdout=printed, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0 or done.stderr:
            raise RuntimeError(done.stderr)


class DuckdbProgram(Program):
    """The `duckdb` program, in a database that it has written itself: its version is another than that of the package."""

    def __init__(self, folder):
        self.folder, path = folder, folder / "leads.duckdb"
        super().__init__(Duckdb(), "duckdb", "-readonly", "-csv", path, "-f", "{sql}")

    def load(self, tables):
        super().load(tables)
        for name, table in tables.items():
            file = self.folder / "table.parquet"
            table.write_parquet(file)
            sql = f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT * FROM '{file}'"
            subprocess.run(["duckdb", self.folder / "leads.duckdb", "-c", sql], check=True, capture_output=True)


def result_of(rows):
    """A result as a table, with the types that a database would give it."""
    table = pl.DataFrame(rows, infer_schema_length=None)
    types = {"low": pl.Float64, "high": pl.Float64, "answer": pl.String, "day": pl.Int64}
    return table.cast({name: dtype for name, dtype in types.items() if name in table.columns})


IN_PROCESS = ["duckdb", "sqlite", "postgres", "bigquery", "spark"]
PROGRAMS = ["duckdb -csv", "sqlite3 -csv", "psql --csv"]


@pytest.fixture(scope="module", params=[*IN_PROCESS, *PROGRAMS])
def engine(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("database")

    def psql():
        server = request.getfixturevalue("postgres")
        return Program(server.connect(), "psql", server.address(), "-X", "-v", "ON_ERROR_STOP=1", "--csv", "-f", "{sql}")

    def sqlite3():
        path = folder / "leads.sqlite"
        return Program(Sqlite(path), "sqlite3", "-readonly", "-csv", "-header", path)

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
    command = ["sql", config, "--dialect", engine.dialect, "--out", folder, "--quiet"]
    bantam(*command)
    assert engine.query((folder / "verify.sql").read_text()) == []
    engine.keep(folder / "1-values.sql", "values", folder)
    bantam(*command)
    engine.keep(folder / "2-patterns.sql", "patterns", folder)
    engine.keep(folder / "3-totals.sql", "totals", folder)


def made_of(run):
    """What a run says, whoever counted its leads: all but how long it took."""
    metrics = json.loads((run / "metrics.json").read_text())
    del metrics["seconds"]
    files = ["card.json", "out_of_fold.parquet", "frontier.parquet"]
    return metrics, {name: (run / name).read_bytes() for name in files}


def calibrated(bantam, config, out, *more):
    bantam("calibrate", config, "--out", out, "--quiet", *more)
    return made_of((out / "current").resolve(strict=True))


def config_of_sample():
    """The sample's config for a warehouse, which counts no amounts of deals."""
    kept = CONFIG.read_text().replace('value = "deal_value"\n', "").replace("[sales]", "[sales]\nvalue_per_win = 20000")
    return kept + WAREHOUSE


def keep(tables, config, folder):
    """Tables and config as files; gives the config's."""
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")
    (folder / "bantam.toml").write_text(config)
    return folder / "bantam.toml"


@pytest.fixture(scope="module")
def sample(bantam, tmp_path_factory):
    """The sample or every so-many-th lead of it: its tables, its config and what its files come to."""

    @functools.cache
    def sample(every=1):
        folder = tmp_path_factory.mktemp("sample")
        tables = {name: pl.read_parquet(CONFIG.parent / f"{name}.parquet") for name in ["leads", "outcomes", "events"]}
        some = tables["leads"].select("lead_id").unique(maintain_order=True).gather_every(every)
        tables = {name: table.join(some, on="lead_id", how="semi", maintain_order="left") for name, table in tables.items()}
        config = keep(tables, config_of_sample(), folder)
        return tables, config, calibrated(bantam, config, folder / "runs")

    return sample


def test_the_sample_gives_one_card_wherever_it_is_counted(bantam, sample, engine, tmp_path):
    # ZetaSQL holds every event against every lead.
    tables, config, of_files = sample(8 if engine.dialect == "bigquery" else 1)
    engine.load(tables)
    count(bantam, config, engine, tmp_path)
    assert calibrated(bantam, config, tmp_path / "runs", "--patterns", tmp_path) == of_files


ODD = {
    "moments with a zone": {"as_of": "moment with zone", "converted": "moment"},
    "moments": {"as_of": "moment", "converted": "moment", "ids": "text"},
    "conversions by the day": {"as_of": "moment", "converted": "day"},
    "days": {"as_of": "day", "converted": "day"},
    "hand-offs by the day": {"as_of": "day", "converted": "moment", "ids": "text"},
    "no hand-offs": {"as_of": None, "converted": "flag", "ids": "text"},
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_history_is_counted_alike(bantam, engine, kind, tmp_path):
    tables, text = odd_history(**ODD[kind], n=600 if engine.dialect == "bigquery" else 3000)
    config = keep(tables, text, tmp_path)
    engine.load({IN_SQL[name]: table for name, table in tables.items()})
    count(bantam, config, engine, tmp_path / "warehouse")
    of_files = calibrated(bantam, config, tmp_path / "files")
    assert calibrated(bantam, config, tmp_path / "runs", "--patterns", tmp_path / "warehouse") == of_files


@pytest.mark.parametrize("engine", ["duckdb", "postgres", "spark"], indirect=True)
def test_numbers_and_moments_of_every_type_are_counted_alike(bantam, engine, tmp_path):
    tables, text = odd_history("moment", "moment")
    small = pl.when(pl.col("number").is_finite() & (pl.col("number").abs() < 1e6)).then("number")
    tables["leads"] = tables["leads"].with_columns(
        pl.col("at").dt.cast_time_unit("ms"),
        pl.col("it's a `number`").clip(0, 1e5).cast(pl.Float32),
        small.cast(pl.Decimal(12, 2)).alias("number"),
        pl.col("back\\slash").clip(-9, 30000).cast(pl.Int16),
        pl.col("fold").cast(pl.Float64),
    )
    tables["events"] = tables["events"].with_columns(pl.col("cents").cast(pl.Decimal(20, 0)))
    config = keep(tables, text, tmp_path)
    engine.load({IN_SQL[name]: table for name, table in tables.items()})
    count(bantam, config, engine, tmp_path / "warehouse")
    of_files = calibrated(bantam, config, tmp_path / "files")
    assert calibrated(bantam, config, tmp_path / "runs", "--patterns", tmp_path / "warehouse") == of_files


@pytest.mark.parametrize("engine", ["spark"], indirect=True)
def test_a_session_that_is_not_in_utc_is_seen(bantam, sample, engine, tmp_path):
    _, config, _ = sample(8)
    bantam("sql", config, "--dialect", engine.dialect, "--out", tmp_path, "--quiet")
    verify = (tmp_path / "verify.sql").read_text()
    engine.database.session.conf.set("spark.sql.session.timeZone", "Europe/Berlin")
    [row] = engine.query(verify)
    engine.database.session.conf.set("spark.sql.session.timeZone", "UTC")
    assert row["wrong"].startswith("moments are not in UTC") and engine.query(verify) == []


# What SQLite, which has no types for them, may hold in the place of a moment, a number and a flag.
OTHERS = {
    "a moment in another zone": (
        "at",
        "2025-01-02 03:04:05+02:00",
        'column "at" (lead table) holds something else than days or moments',
    ),
    "a day as it is written elsewhere": (
        "at",
        "02.01.2025",
        'column "at" (lead table) holds something else than days or moments',
    ),
    "no moment": ("at", "soon", 'column "at" (lead table) holds something else than days or moments'),
    "a number as text": ("number", "12,5", 'column "number" (lead table) holds something else than a number'),
    "a word for a flag": ("order", "yes", 'column "order" (lead table) holds something else than true or false'),
    "a number for a flag": ("order", 2, 'column "order" (lead table) holds something else than true or false'),
}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", OTHERS)
def test_a_value_of_another_type_is_counted_where_the_database_takes_any(bantam, engine, refused, what, tmp_path):
    column, value, sentence = OTHERS[what]
    tables, text = odd_history("moment", "moment", n=200)
    config = keep(tables, text, tmp_path)
    engine.load({IN_SQL[name]: table for name, table in tables.items()})
    leads = quoted(IN_SQL["leads"])
    engine.database.connection.execute(f"UPDATE {leads} SET {quoted(column)} = ? WHERE rowid = 7", [value])
    count(bantam, config, engine, tmp_path / "warehouse")
    assert f"1 row: {sentence}" in refused(config, "--patterns", tmp_path / "warehouse")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_an_empty_text_is_no_moment(bantam, engine, tmp_path):
    tables, text = odd_history("moment", "moment")
    config = keep(tables, text, tmp_path)
    engine.load({IN_SQL[name]: table for name, table in tables.items()})
    outcomes = quoted(IN_SQL["outcomes"])
    engine.database.connection.execute(f'UPDATE {outcomes} SET "won at" = \'\' WHERE "won at" IS NULL')
    count(bantam, config, engine, tmp_path / "warehouse")
    of_files = calibrated(bantam, config, tmp_path / "files")
    assert calibrated(bantam, config, tmp_path / "runs", "--patterns", tmp_path / "warehouse") == of_files


@pytest.fixture(scope="module")
def counted(bantam, sample, tmp_path_factory):
    """The config of a part of the sample, and a folder with what DuckDB counted of it."""
    tables, config, _ = sample(8)
    folder, engine = tmp_path_factory.mktemp("counted"), Engine(Duckdb())
    engine.load(tables)
    count(bantam, config, engine, folder)
    return config, folder


def change(stem, make):
    """Spoils a result: `make` makes another table of it."""

    def spoil(folder):
        path = folder / f"{stem}.parquet"
        make(pl.read_parquet(path)).write_parquet(path)

    return spoil


def cut(stem, share):
    """A result as CSV, of which so much arrived."""

    def spoil(folder):
        path = folder / f"{stem}.parquet"
        text = pl.read_parquet(path).write_csv().encode()
        path.unlink()
        path.with_suffix(".csv").write_bytes(text[: int(len(text) * share)])

    return spoil


def first(column, value):
    """A table with another value in its first row."""
    return lambda table: table.with_columns(
        pl.when(pl.int_range(pl.len()) == 0).then(value).otherwise(pl.col(column)).alias(column)
    )


def day(of):
    return pl.col("what") == "day" if of else pl.col("what") != "day"


SPOILT = {
    "a pattern is missing": (change("patterns", lambda table: table[1:]), "the patterns count .* leads?, and the totals"),
    "a pattern is there twice": (change("patterns", lambda table: table.vstack(table[:1])), "rows 1 and .* are one pattern"),
    "fewer than no leads": (change("patterns", first("n", -1)), "row 1: n is -1"),
    "no leads": (change("patterns", first("n", 0)), "row 1 counts no lead"),
    "a code beyond the grid": (change("patterns", first("p2", 99)), "row 1 has code 99 for .*, whose codes go from 0 to"),
    "a code below the grid": (change("patterns", first("p2", -1)), "row 1 has code -1 for"),
    "no code": (change("patterns", first("p2", None)), "row 1 has code -1 for"),
    "half a code": (
        change("patterns", lambda table: table.with_columns(pl.col("p2") + 0.5)),
        "column p2 holds something else than whole numbers",
    ),
    "codes of words": (
        change("patterns", lambda table: table.with_columns(p2=pl.lit("none"))),
        "column p2 holds something else than whole numbers",
    ),
    "a column is missing": (change("patterns", lambda table: table.drop("p3")), "has no column p3; it has plan, p1"),
    "the plan is missing": (change("patterns", lambda table: table.drop("plan")), "has no column plan"),
    "another plan": (
        change("patterns", first("plan", pl.lit("plan-0"))),
        "row 1 was counted by plan plan-0, and this config asks for",
    ),
    "no patterns": (change("patterns", lambda table: table[:0]), "not a single row"),
    "patterns that were not fetched": (
        lambda folder: (folder / "patterns.parquet").unlink(),
        "patterns.parquet or .csv: is not there",
    ),
    "patterns as CSV, cut": (cut("patterns", 0.5), "patterns"),
    "patterns as CSV, cut at its end": (cut("patterns", 0.9999), "patterns"),
    "patterns as CSV, of which nothing arrived": (cut("patterns", 0), "patterns.csv"),
    "patterns twice": (
        lambda folder: shutil.copy(folder / "patterns.parquet", folder / "patterns.csv"),
        "there is .*csv as well",
    ),
    "no Parquet": (lambda folder: (folder / "patterns.parquet").write_text("p1,n"), "patterns.parquet"),
    "values that were not fetched": (
        lambda folder: (folder / "values.parquet").unlink(),
        "values.parquet or .csv: is not there",
    ),
    "a value is missing": (change("values", lambda table: table[1:]), "so it is not whole"),
    "values of another day": (change("values", lambda table: table.with_columns(pl.col("high") + 0.5)), "was counted by plan"),
    "cells that overlap": (change("values", lambda table: table.with_columns(pl.col("high") + 99)), "overlap"),
    "a part that is none": (change("values", first("part", 99)), "row 1: there is no part 99"),
    "a text without its mark": (
        change("values", lambda table: table.with_columns(pl.col("answer").str.strip_chars("t"))),
        "is no text of the statement",
    ),
    "values as CSV, cut": (cut("values", 0.5), "values"),
    "totals that were not fetched": (
        lambda folder: (folder / "totals.parquet").unlink(),
        "totals.parquet or .csv: is not there",
    ),
    "totals as CSV, cut": (cut("totals", 0.5), "totals|patterns"),
    "totals of days alone": (change("totals", lambda table: table.filter(day(True))), "does not say"),
    "totals without days": (change("totals", lambda table: table.filter(day(False))), "there are .* more than by the totals"),
    "a day of the totals": (
        change("totals", lambda table: table.filter(day(True).cum_sum() != 1)),
        "there are .* more than by the totals",
    ),
    "a lead twice": (
        change(
            "totals",
            lambda table: table.with_columns(
                pl.when(pl.col("what").str.starts_with("repeated")).then(2).otherwise("n").alias("n")
            ),
        ),
        "2 repeated hand-offs: nobody can say which of the rows counts",
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_result_that_is_not_whole_is_refused_in_one_sentence(counted, refused, what, tmp_path):
    config, folder = counted
    spoil, sentence = SPOILT[what]
    shutil.copytree(folder, tmp_path / "warehouse")
    spoil(tmp_path / "warehouse")
    assert re.search(sentence, refused(config, "--patterns", tmp_path / "warehouse"))


def test_results_of_another_config_are_refused(counted, refused, tmp_path):
    config, folder = counted
    for name in ["leads", "outcomes", "events"]:
        shutil.copy(config.parent / f"{name}.parquet", tmp_path)
    (tmp_path / "bantam.toml").write_text(config.read_text().replace('within = "90d"', 'within = "60d"'))
    assert "this config asks for plan" in refused(tmp_path / "bantam.toml", "--patterns", folder)


def altered(table, **columns):
    """Tables of which one has other columns."""
    return lambda tables, config: (tables | {table: tables[table].with_columns(**columns)}, config)


def repeated(table):
    """Tables of which one has a row twice."""
    return lambda tables, config: (tables | {table: tables[table].vstack(tables[table].tail(1))}, config)


UNCOUNTABLE = {
    "amounts with a fraction": (altered("events", cents=pl.col("cents") + 0.5), "whole number"),
    "amounts without end": (altered("events", cents=pl.lit(float("inf"))), "whole number"),
    "amounts beyond 64 bits": (altered("events", cents=pl.lit(2**62)), "more than 64 bits hold"),
    "a kind that no event has": (lambda tables, config: (tables, config.replace('"visit"', '"visits"')), "no event is of kind"),
    "a fold and a half": (altered("leads", fold=pl.col("fold") + 0.5), "whole number"),
    "a hand-off twice": (repeated("leads"), "row"),
    "an outcome twice": (repeated("outcomes"), "row"),
}


@pytest.mark.parametrize("engine", IN_PROCESS, indirect=True)
@pytest.mark.parametrize("what", UNCOUNTABLE)
def test_what_cannot_be_counted_is_refused_in_files_and_in_a_database(bantam, engine, refused, what, tmp_path):
    alter, words = UNCOUNTABLE[what]
    tables, text = alter(*odd_history("moment", "day", n=200))
    config = keep(tables, text, tmp_path)
    assert words in refused(config)
    engine.load({IN_SQL[name]: table for name, table in tables.items()})
    if what == "amounts beyond 64 bits" and engine.dialect != "spark":
        with pytest.raises(Exception, match="(?i)out of range|overflow"):
            count(bantam, config, engine, tmp_path / "warehouse")
        return
    count(bantam, config, engine, tmp_path / "warehouse")
    assert words in refused(config, "--patterns", tmp_path / "warehouse")


@pytest.fixture
def refused(tmp_path):
    """Calibrates what cannot be; gives what is said of it."""

    def refused(config, *more):
        runs = tmp_path / "refused"
        command = [os.environ["BANTAM"], "calibrate", config, "--out", runs, *more]
        done = subprocess.run([*map(str, command), "--quiet"], capture_output=True, text=True)
        assert done.returncode == 3, done.stderr
        assert not [path for path in runs.rglob("*") if path.is_file() and path.name != ".lock"], "a run was written"
        said = done.stderr.splitlines()
        assert len(said) <= 3 and said[0].startswith("error: "), done.stderr
        return done.stderr

    return refused
