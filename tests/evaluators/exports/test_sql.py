"""`bantam export --to sql`: run by DuckDB, SQLite, a PostgreSQL server, ZetaSQL (BigQuery's dialect) and Sail (Spark's)."""

import json
import math
import re
import subprocess

import polars as pl
import pytest

from cases import ID, cases  # noqa: F401
from databases import Duckdb, Googlesql, Sqlite, postgres, sail  # noqa: F401

DATABASES = ["duckdb", "sqlite", "postgres", "postgres-english", "bigquery", "spark"]


@pytest.fixture(scope="module", params=DATABASES)
def database(request):
    """Each database in turn; a fresh one, or a connection of the tests' own server."""
    made = {
        "duckdb": Duckdb,
        "sqlite": Sqlite,
        "postgres": lambda: request.getfixturevalue("postgres").connect(),
        "postgres-english": lambda: request.getfixturevalue("postgres").connect("english"),
        "bigquery": Googlesql,
        "spark": lambda: request.getfixturevalue("sail").connect(),
    }
    return made[request.param]()


@pytest.fixture(scope="module")
def export(bantam, tmp_path_factory):
    """The SQL of a card and the statement that verifies it."""

    def export(card, dialect, form, *more):
        path = tmp_path_factory.mktemp("sql") / "card.sql"
        bantam("export", card, "--to", "sql", "--dialect", dialect, "--form", form, "-o", path, "--quiet", *more)
        return path.read_text(), path.with_suffix(".verify.sql").read_text()

    return export


def assert_scored(rows, case):
    """Points of every criterion, score, probability, band and reasons of every lead."""
    rows = sorted(rows, key=lambda row: row[ID])
    assert [row[ID] for row in rows] == list(range(len(case.leads))), case.name
    points = [[value for name, value in row.items() if name.startswith("points_")] for row in rows]
    assert points == case.points, case.name
    found = [(row["score"], row["probability"], row["band"], row["reasons"]) for row in rows]
    assert found == [(s["score"], s["probability"], s["band"], "; ".join(s["reasons"])) for s in case.scored], case.name


@pytest.mark.parametrize("form", ["view", "statement"])
def test_every_lead_gets_the_points_of_the_engine(cases, export, database, form):
    for case in cases:
        sql, _ = export(case.path, database.dialect, form)
        database.load(case.leads)
        if form == "view":
            database.run(sql)
            sql = f"SELECT * FROM {LEADS_SCORED}"
        assert_scored(database.query(sql), case)


def test_the_expression_is_the_score(cases, export, database):
    for case in cases:
        sql, _ = export(case.path, database.dialect, "expression")
        database.load(case.leads)
        rows = database.query(f"SELECT {ID}, {sql} AS score FROM leads ORDER BY {ID}")
        assert [row["score"] for row in rows] == [lead["score"] for lead in case.scored], case.name


@pytest.mark.parametrize("form", ["view", "expression"])
def test_made_up_leads_prove_the_sql_and_a_changed_point_disproves_it(cases, export, database, form):
    for case in cases:
        sql, verify = export(case.path, database.dialect, form)
        rules = [line.strip().rstrip(",;") for line in sql.splitlines() if "CASE" in line]
        assert all(rule in verify for rule in rules), "what is verified is what was exported"
        database.load(case.leads)
        assert database.query(verify) == [], case.name
        lines = verify.splitlines()
        at = next(i for i, line in enumerate(lines) if "CASE" in line and (form == "expression" or "AS points_1" in line))
        first = case.card["criteria"][0]["levels"][0]["points"]
        lines[at] = lines[at].replace(f"THEN {first} ", f"THEN {first + 1} ", 1)
        rows = database.query("\n".join(lines))
        assert rows and all(row["score"] - row["expected_score"] == 1 for row in rows), case.name
        assert all("score" in row["differing"] for row in rows)


def test_whole_numbers_of_64_bits_meet_edges_beyond_53(export, database, tmp_path):
    edges = [-(2.0**63), -(2.0**53) - 2, -(2.0**53), 2.0**53, 2.0**53 + 2, 2.0**60, 2.0**63]
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card_of_one_number(edges)))
    wholes = [int(edge) + step for edge in edges for step in (-1025, -513, -2, -1, 0, 1, 2, 513)]
    wholes = [w for w in wholes if -(2**63) <= w < 2**63]
    floats = [x for edge in edges for x in (math.nextafter(edge, -math.inf), edge, math.nextafter(edge, math.inf))]
    floats += [math.inf, -math.inf, -0.0, 5e-324]
    sql, _ = export(path, database.dialect, "expression")
    for values, dtype in [(wholes, pl.Int64), (floats, pl.Float64)]:
        database.load(pl.DataFrame({ID: range(len(values)), "amount": pl.Series(values, dtype=dtype)}))
        rows = database.query(f"SELECT {ID}, {sql} AS score FROM leads ORDER BY {ID}")
        expected = [1 + sum(value >= edge for edge in edges) for value in values]
        assert [row["score"] for row in rows] == expected


def test_a_column_of_another_type_is_never_scored(cases, export, database):
    case = next(case for case in cases if case.name == "sample")
    by_kind = {c["inputs"][0]["kind"]: c["inputs"][0]["column"] for c in case.card["criteria"]}
    wrong = {"number": ["3", "3.5"], "text": [3, 4], "boolean": ["true", "false"]}
    sql, _ = export(case.path, database.dialect, "statement")
    for kind, column in by_kind.items():
        leads = case.leads.head(2).with_columns(pl.Series(column, wrong[kind]))
        database.load(leads)
        if database.dialect == "sqlite":
            rows = database.query(sql)
            assert [(row["score"], row["probability"], row["band"], row["reasons"]) for row in rows] == [(None,) * 4] * 2
        else:
            with pytest.raises(Exception, match="(?i)type|cast|operator|function|something else|signature"):
                database.query(sql)


def test_a_column_that_is_not_there_is_an_error(cases, export, database):
    case = next(case for case in cases if case.name == "sample")
    for form in ["statement", "expression"]:
        sql, _ = export(case.path, database.dialect, form)
        for column in case.columns:
            database.load(case.leads.head(2).drop(column))
            with pytest.raises(Exception, match=re.escape(column)):
                database.query(f"SELECT {sql} AS score FROM leads" if form == "expression" else sql)


def test_a_table_with_an_odd_name_is_read_and_its_view_stands_beside_it(cases, export, tmp_path):
    case = next(case for case in cases if case.name == "sample")
    database = Duckdb()
    database.load(case.leads, "my.leads")
    sql, _ = export(case.path, "duckdb", "view", "--table", 'main."my.leads"')
    database.run(sql)
    assert_scored(database.query('SELECT * FROM main."my.leads_scored"'), case)


def test_one_lead_is_looked_up_without_scoring_the_others(cases, export, postgres):
    case = next(case for case in cases if case.name == "sample")
    database = postgres.connect()
    database.load(case.leads)
    database.run(f"ALTER TABLE leads ADD PRIMARY KEY ({ID})")
    database.run("SET enable_seqscan = off")
    sql, _ = export(case.path, "postgres", "view")
    database.run(sql)
    plan = database.query(f"EXPLAIN SELECT score FROM {LEADS_SCORED} WHERE {ID} = 3")
    assert any("Index" in line["QUERY PLAN"] for line in plan), plan
    [row] = database.query(f"SELECT * FROM {LEADS_SCORED} WHERE {ID} = 3")
    assert row["score"] == case.scored[3]["score"]


def test_sqlite_verifies_what_was_written(cases, bantam, tmp_path):
    for case in cases:
        path = tmp_path / "card.sql"
        bantam("export", case.path, "--to", "sql", "--dialect", "sqlite", "-o", path, "--quiet")
        command = ["sqlite3", "-batch", "-bail", "-init", tmp_path / "card.verify.sql", ":memory:"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr


LEADS_SCORED = "leads_scored"


def card_of_one_number(edges):
    """Missing 0, below the first edge 1, one more from each edge on."""
    rules = ["missing", *({"below": edge} for edge in edges), "else"]
    levels = [
        {"when": when, "label": str(at), "points": at, "n_leads": 1, "n_converted": 0} for at, when in enumerate(rules)
    ]
    curve = [{"score": s, "probability_bp": s, "low_bp": 0, "high_bp": 99, "n_leads": 1} for s in range(len(rules))]
    provenance = {"engine": "e", "data_sha256": "0", "config_sha256": "1", "n_leads": 3, "n_converted": 0}
    criterion = {"name": "amount", "inputs": [{"column": "amount", "kind": "number"}], "levels": levels}
    return {
        **{"format": 2, "base_points": 0, "criteria": [criterion], "curve": curve, "thresholds": []},
        **{"bands": [{"name": "all"}], "text": "nfc-trim", "id_column": ID},
        "provenance": {**provenance, "points_per_log_odds": 1.0, "seed": 0},
        "golden": [{"inputs": {"amount": edges[0]}, "points": [2], "score": 2}],
    }
