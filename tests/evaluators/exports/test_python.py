"""`bantam export --to python`: the file imported and run by Python itself."""

import datetime
import decimal
import importlib.util
import json
import subprocess
import sys

import pytest

from cases import ID, cases  # noqa: F401


@pytest.fixture(scope="module")
def load(bantam, tmp_path_factory):
    """Exports a card and imports what was written."""

    def load(card, *more):
        path = tmp_path_factory.mktemp("python") / "card.py"
        bantam("export", card, "--to", "python", "-o", path, "--quiet", *more)
        spec = importlib.util.spec_from_file_location("card", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules["card"] = module
        spec.loader.exec_module(module)
        return module

    return load


def test_every_lead_gets_the_points_of_the_engine(cases, load):
    for case in cases:
        module = load(case.path)
        scored = module.score_all(case.rows())
        assert [list(lead.points.values()) for lead in scored] == case.points, case.name
        for lead, expected in zip(scored, case.scored, strict=True):
            assert {key: getattr(lead, key) for key in expected} == expected, case.name


def test_the_golden_rows_prove_the_file_and_a_changed_point_disproves_it(cases, bantam, tmp_path):
    for case in cases:
        path = tmp_path / "card.py"
        bantam("export", case.path, "--to", "python", "-o", path, "--verify", "--quiet")
        text = path.read_text()
        first = case.card["criteria"][0]["levels"][1]["points"]
        path.write_text(text.replace(f'"points":{first},', f'"points":{first + 1},', 1))
        done = subprocess.run([sys.executable, path, "--verify"], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (1, ""), case.name
        assert done.stdout.startswith("row ")


def test_leads_on_stdin_are_scored_line_by_line(cases, load):
    case = next(case for case in cases if case.name == "sample")
    module = load(case.path)
    lead = case.card["golden"][3]["inputs"]
    done = subprocess.run(
        [sys.executable, module.__file__], input=json.dumps(lead) + "\n", capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == vars(module.score(lead))


def test_what_does_not_fit_is_named_and_never_taken_for_missing(cases, load):
    case = next(case for case in cases if case.name == "sample")
    module = load(case.path)
    lead = dict(case.card["golden"][3]["inputs"])
    by_kind = {c["inputs"][0]["kind"]: c["inputs"][0]["column"] for c in case.card["criteria"]}
    for kind, wrong in [("number", "3"), ("number", True), ("text", 3), ("text", False)]:
        with pytest.raises(module.LeadError, match=f"`{by_kind[kind]}` holds {wrong!r}"):
            module.score({**lead, by_kind[kind]: wrong})
    del lead[by_kind["text"]]
    with pytest.raises(module.LeadError, match=f"`{by_kind['text']}` is not there"):
        module.score(lead)
    assert module.score(lead, allow_missing=True) == module.score({**lead, by_kind["text"]: None})


def test_numbers_of_other_types_are_compared_exactly(tmp_path, load):
    card = json.loads(CARD_OF_ONE_NUMBER)
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card))
    module = load(path)
    edge = decimal.Decimal(0.3)
    for number, points in [
        (edge, 5),
        (edge - decimal.Decimal("1e-40"), 1),
        (10**400, 5),
        (-(10**400), 1),
        (0, 1),
        (1, 5),
        (decimal.Decimal("NaN"), 0),
    ]:
        assert module.score({"amount": number}).score == points, number


def test_what_tables_write_for_a_missing_value_is_missing(cases, load):
    class NAType:
        """As pandas calls the type of its NA."""

    case = next(case for case in cases if case.name == "sample")
    module = load(case.path)
    lead = case.card["golden"][0]["inputs"]
    missing = module.score(dict.fromkeys(lead)).score
    for nothing in (float("nan"), decimal.Decimal("NaN"), NAType()):
        assert module.score(dict.fromkeys(lead, nothing)).score == missing, nothing


def test_days_are_made_from_times_as_the_engine_makes_them(bantam, tmp_path, load):
    card = json.loads(CARD_OF_ONE_NUMBER)
    card["as_of_column"] = "handed_off_at"
    card["criteria"][0]["inputs"][0]["derivation"] = {"days_before": {"column": "seen_at"}}
    card["criteria"][0]["levels"][1]["when"] = {"below": 2.0}
    card["golden"] = [{"inputs": {"amount": 2.0}, "points": [5], "score": 5}]
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card))
    module = load(path)
    as_of = "2026-03-10T12:00:00Z"
    for seen in [
        "2026-03-08T12:00:00Z",
        "2026-03-08T12:00:00.000001Z",
        "2026-03-08 14:00:00+02:00",
        "2026-03-09",
        "2026-03-10T12:00:00.000001Z",
        "1969-12-31",
        None,
    ]:
        lead = {"seen_at": seen, "handed_off_at": as_of}
        engine = json.loads(bantam("score", path, "-", stdin=json.dumps(lead)))["score"]
        assert module.score(lead).score == engine, seen
    utc = datetime.timezone.utc
    moment = datetime.datetime(2026, 3, 10, 12, tzinfo=utc)
    assert module.score({"seen_at": datetime.date(2026, 3, 9), "handed_off_at": moment}).score == 1
    assert module.score({"seen_at": moment - datetime.timedelta(days=2), "handed_off_at": moment}).score == 5
    assert module.score({"amount": 3}).score == 5, "or the days themselves"
    with pytest.raises(module.LeadError, match="no time"):
        module.score({"seen_at": "soon", "handed_off_at": as_of})
    with pytest.raises(module.LeadError, match="give it, or both `seen_at` and `handed_off_at`"):
        module.score({"seen_at": "2026-03-09"})


def test_a_renamed_column_is_read_under_its_new_name(cases, load):
    case = next(case for case in cases if case.name == "sample")
    column = case.columns[0]
    module = load(case.path, "--column", f"{column}=Renamed__c")
    row = case.rows()[0]
    row["Renamed__c"] = row.pop(column)
    assert list(module.score(row).points.values()) == case.points[0]
    assert ID not in row


CARD_OF_ONE_NUMBER = json.dumps(
    {
        "format": 1,
        "base_points": 0,
        "criteria": [
            {
                "name": "amount",
                "inputs": [{"column": "amount", "kind": "number"}],
                "levels": [
                    {"when": "missing", "label": "missing", "points": 0, "n_leads": 1, "n_converted": 0},
                    {"when": {"below": 0.3}, "label": "low", "points": 1, "n_leads": 1, "n_converted": 0},
                    {"when": "else", "label": "high", "points": 5, "n_leads": 1, "n_converted": 0},
                ],
            }
        ],
        "curve": [
            {"score": s, "probability_bp": 100 * s, "low_bp": 0, "high_bp": 900, "n_leads": 1} for s in range(6)
        ],
        "thresholds": [],
        "bands": [{"name": "all"}],
        "text": "nfc-trim",
        "provenance": {
            "engine": "bantam 0.1.0",
            "data_sha256": "0" * 64,
            "config_sha256": "1" * 64,
            "n_leads": 3,
            "n_converted": 0,
            "points_per_log_odds": 10.0,
            "seed": 0,
        },
        "golden": [{"inputs": {"amount": 0.3}, "points": [5], "score": 5}],
    }
)
