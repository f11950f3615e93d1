"""`bantam export --to dbt`: models and unit tests run by dbt-core over DuckDB."""

import json
import subprocess

import duckdb
import pytest

from cases import ID, cases  # noqa: F401
from databases import quoted


class Project:
    """A dbt project of the tests' own, over a DuckDB file."""

    def __init__(self, folder):
        self.folder = folder
        self.database = folder / "leads.duckdb"
        (folder / "models").mkdir()
        self.write("dbt_project.yml", {"name": "company", "profile": "company", "version": "1.0.0"})
        target = {"type": "duckdb", "path": str(self.database), "threads": 2}
        self.write("profiles.yml", {"company": {"target": "here", "outputs": {"here": target}}})

    def write(self, name, content):
        (self.folder / name).write_text(json.dumps(content))

    def dbt(self, *arguments):
        place = ["--project-dir", self.folder, "--profiles-dir", self.folder, "--no-use-colors", "--no-send-anonymous-usage-stats"]
        return subprocess.run(["dbt", *arguments, *place], cwd=self.folder, capture_output=True, text=True)

    def load(self, schema, table, leads):
        arrow = leads.to_arrow()  # noqa: F841, DuckDB finds it by its name
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            connection.execute(f"CREATE TABLE {schema}.{quoted(table)} AS SELECT * FROM arrow")

    def query(self, sql):
        with duckdb.connect(str(self.database)) as connection:
            found = connection.execute(sql)
            return [column[0] for column in found.description], found.fetchall()


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def table_of(case):
    return case.name.replace("-", "_")


def renamed(case):
    """Other names for the columns that dbt cannot take."""
    return {column: f"renamed_{idx}" for idx, column in enumerate(case.columns) if "\\" in column}


def export(bantam, case, table, folder):
    names = [part for pair in renamed(case).items() for part in ("--column", "=".join(pair))]
    options = ["--to", "dbt", "--dialect", "duckdb", "--table", table, "--id", ID, "--quiet", *names]
    bantam("export", case.path, "-o", folder, *options)


def test_every_lead_gets_the_points_of_the_engine(cases, bantam, project):
    for case in cases:
        project.load("crm", table_of(case), case.leads.rename(renamed(case)))
        export(bantam, case, f"crm.{table_of(case)}", project.folder / "models" / case.name)
    sources = [path for path in sorted(project.folder.rglob("*_source.yml"))]
    assert len(sources) == len(cases)
    # One project knows a source once: one file lists all its tables.
    for path in sources:
        path.unlink()
    tables = [{"name": table_of(case)} for case in cases]
    project.write("models/source.yml", {"sources": [{"name": "crm", "tables": tables}]})
    built = project.dbt("build")
    assert built.returncode == 0, built.stdout
    # A model, its unit test and the test of its score, per card.
    assert f"PASS={3 * len(cases)} WARN=0 ERROR=0 SKIP=0" in built.stdout, built.stdout
    for case in cases:
        names, rows = project.query(f"SELECT * FROM {table_of(case)}_scored ORDER BY {quoted(ID)}")
        n_criteria = len(case.card["criteria"])
        assert names[0] == ID and names[1 + n_criteria :] == ["score", "probability", "band", "reasons"]
        assert [list(row[1 : 1 + n_criteria]) for row in rows] == case.points, case.name
        expected = [(s["score"], s["probability"], s["band"], "; ".join(s["reasons"])) for s in case.scored]
        assert [row[1 + n_criteria :] for row in rows] == expected, case.name


def test_a_column_that_dbt_would_misread_is_refused(cases, bantam, tmp_path):
    case = next(case for case in cases if renamed(case))
    options = ["--to", "dbt", "--dialect", "duckdb", "-o", tmp_path / "models"]
    done = subprocess.run([bantam.path, "export", case.path, *options], capture_output=True, text=True)
    assert done.returncode == 3
    assert "has a backslash in its name" in done.stderr and "--column" in done.stderr
    assert not (tmp_path / "models").exists()


def test_a_changed_point_fails_the_unit_test_and_the_model_is_not_built(cases, bantam, project):
    case = next(case for case in cases if case.name == "sample")
    project.load("crm", "leads", case.leads)
    export(bantam, case, "crm.leads", project.folder / "models")
    path = project.folder / "models" / "leads_scored.sql"
    points = case.card["criteria"][0]["levels"][-1]["points"]
    text = path.read_text()
    assert f"ELSE {points} END AS points_1" in text
    path.write_text(text.replace(f"ELSE {points} END AS points_1", f"ELSE {points + 1} END AS points_1", 1))
    built = project.dbt("build")
    assert built.returncode == 1
    assert "leads_scored_gives_made_up_leads_their_points" in built.stdout
    assert project.query("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'leads_scored'")[1] == [(0,)]


def test_a_name_without_schema_is_a_model_of_the_project(cases, bantam, project):
    case = next(case for case in cases if case.name == "sample")
    project.load("raw", "arrived", case.leads)
    (project.folder / "models" / "leads.sql").write_text("SELECT * FROM raw.arrived")
    export(bantam, case, "leads", project.folder / "models")
    assert sorted(path.name for path in (project.folder / "models").iterdir()) == ["leads.sql", "leads_scored.sql", "leads_scored.yml"]
    built = project.dbt("build")
    assert built.returncode == 0, built.stdout
    _, rows = project.query(f"SELECT score FROM leads_scored ORDER BY {quoted(ID)}")
    assert [score for (score,) in rows] == [lead["score"] for lead in case.scored]
