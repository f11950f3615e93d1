"""Pairs with rules over text: one shares the rules of another criterion, one looks at a column that nothing else looks at.

The random cards of `cases` have no rules over text, so the engine's own points are what each export is held against; how the rules read
a text is tested beside the code."""

import importlib.util
import itertools
import json
import sqlite3
import subprocess
import unicodedata

import duckdb
import pytest

import cards

RULES = [
    {"match": "vp|vice president", "to": "executive"},
    {"match": "*leiter|*führer", "to": "head"},
    {"match": "engineer*|c#", "to": "technical"},
]
ROLES = {"rules": RULES, "missing": ["N/A"]}
URGENCY = {"rules": [{"match": "urgent*|now", "to": "urgent"}], "missing": ["-"]}
TITLES = [None, "VP", "Vice-President, Sales", "VERTRIEBSLEITER", "C# Engineer", "Clerk", "N/A", "", " vp\t", "Geschäftsfu\u0308hrer"]
CLICKS = [None, 0, 0.5, 1, 2, 3, 1e9]
NOTES = [None, "URGENT!", "now", "later", "-"]


def level(when, label, points):
    return {"when": when, "label": label, "points": points, "n_leads": 9, "n_converted": 1}


def side(criterion, *parts, **rules):
    return {"criterion": criterion, **rules, "parts": [{"when": when, "label": str(when)} for when in parts]}


def mapped_card():
    title, clicks, note = ({"column": c, "kind": kind} for c, kind in [("job_title", "text"), ("clicks", "number"), ("note", "text")])
    criteria = [
        {
            "name": "role",
            "inputs": [title],
            "map": ROLES,
            "levels": [
                level("missing", "missing", 3),
                level({"one_of": ["executive"]}, "executive", 20),
                level({"one_of": ["head", "technical"]}, "head, technical", 10),
                level("else", "other", 0),
            ],
        },
        {
            "name": "role and clicks",
            "inputs": [title, clicks],
            "grid": {
                "rows": side("role", "missing", {"one_of": ["executive", "head"]}, "else", map=ROLES),
                "columns": side("clicks", "missing", {"below": 0.5}, {"below": 3.0}, "else"),
            },
            "levels": [
                level("missing", "missing", 0),
                level({"cells": [[1, 2], [1, 3]]}, "leads who click", 4),
                level({"cells": [[2, 1]]}, "others who do not", -3),
                level("else", "all else", 0),
            ],
        },
        {
            "name": "clicks and note",
            "inputs": [clicks, note],
            "grid": {
                "rows": side("clicks", "missing", {"below": 1.0}, "else"),
                "columns": side("note", "missing", {"one_of": ["urgent"]}, "else", map=URGENCY),
            },
            "levels": [level("missing", "missing", 0), level({"cells": [[2, 1]]}, "urgent, active", 6), level("else", "all else", 1)],
        },
    ]
    points = [[one["points"] for one in criterion["levels"]] for criterion in criteria]
    scores = range(sum(map(min, points)), sum(map(max, points)) + 1)
    return {
        "format": 4,
        "base_points": 0,
        "criteria": criteria,
        "curve": [{"score": s, "probability_bp": 1000 + s, "low_bp": 0, "high_bp": 9000, "n_leads": 3} for s in scores],
        "thresholds": [],
        "bands": [{"name": "hot", "from": 20}, {"name": "no"}],
        "text": "nfc-trim",
        "id_column": "lead_id",
        "provenance": cards.provenance(1),
        "golden": [{"inputs": {"job_title": None, "clicks": None, "note": None}, "points": [3, 0, 0], "score": 3}],
    }


@pytest.fixture(scope="module")
def scored(bantam, tmp_path_factory):
    """The card, its leads and the engine's scores of them."""
    path = tmp_path_factory.mktemp("mapped") / "card.json"
    path.write_text(json.dumps(mapped_card()))
    combinations = itertools.product(TITLES, CLICKS, NOTES)
    leads = [{"lead_id": at, "job_title": t, "clicks": c, "note": n} for at, (t, c, n) in enumerate(combinations)]
    answers = bantam("score", path, "-", "--quiet", stdin="\n".join(map(json.dumps, leads)))
    scores = [json.loads(line)["score"] for line in answers.splitlines()]
    assert len(scores) == len(leads) and len(set(scores)) > 10
    return path, leads, scores


def test_python_and_javascript_score_alike(scored, bantam, tmp_path):
    path, leads, scores = scored
    bantam("export", path, "--to", "python", "-o", tmp_path / "card_of_pairs.py", "--quiet")
    spec = importlib.util.spec_from_file_location("card_of_pairs", tmp_path / "card_of_pairs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert [module.score(lead).score for lead in leads] == scores
    bantam("export", path, "--to", "javascript", "-o", tmp_path / "card.mjs", "--quiet")
    run = "import { readFileSync } from 'node:fs'; import { scoreAll } from './card.mjs';\n"
    run += "console.log(JSON.stringify(scoreAll(JSON.parse(readFileSync(0, 'utf8'))).map(({ score }) => score)));"
    (tmp_path / "run.mjs").write_text(run)
    done = subprocess.run(["node", "run.mjs"], cwd=tmp_path, input=json.dumps(leads), capture_output=True, text=True)
    assert done.returncode == 0 and json.loads(done.stdout) == scores, done.stderr


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
def test_databases_score_alike(scored, bantam, dialect):
    path, leads, scores = scored
    connection = duckdb.connect() if dialect == "duckdb" else sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE leads (lead_id BIGINT, job_title VARCHAR, clicks DOUBLE, note VARCHAR)")
    # SQLite cannot normalise Unicode, and the export says that such texts must arrive composed.
    tidy = lambda text: text and unicodedata.normalize("NFC", text)
    rows = [(lead["lead_id"], tidy(lead["job_title"]), lead["clicks"], tidy(lead["note"])) for lead in leads]
    connection.executemany("INSERT INTO leads VALUES (?, ?, ?, ?)", rows)
    export = lambda form: bantam("export", path, "--to", "sql", "--dialect", dialect, "--form", form, "--table", "leads", "--quiet")
    statement = export("statement").rstrip().rstrip(";")
    assert [score for (score,) in connection.execute(f"SELECT score FROM ({statement}) ORDER BY lead_id").fetchall()] == scores
    expression = export("expression")
    assert [score for (score,) in connection.execute(f"SELECT {expression} AS score FROM leads ORDER BY lead_id").fetchall()] == scores


def test_systems_without_a_contains_are_told_which_columns_they_read(scored, bantam, tmp_path):
    path, *_ = scored
    done = subprocess.run([bantam.path, "export", path, "--to", "onnx", "-o", tmp_path / "card.onnx"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("column `role` must arrive as") == 1 and "column `note` must arrive as" in done.stderr
    done = subprocess.run([bantam.path, "export", path, "--to", "marketo", "-o", tmp_path / "x"], capture_output=True, text=True)
    assert done.returncode != 0 and "`role and clicks` looks at two answers at once" in done.stderr
