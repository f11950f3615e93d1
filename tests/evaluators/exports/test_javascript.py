"""`bantam export --to javascript`: the module imported and run by Node."""

import json
import math
import re
import subprocess

import pytest

from cases import cases  # noqa: F401

# Numbers that JSON has no word for travel as tagged texts; whole numbers as BigInt where the column holds 64-bit ones.
RUN = """
import { readFileSync } from "node:fs";
const card = await import(process.argv[2]);
const number = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const revive = (_, value) => {
  if (value === null || typeof value !== "object" || !Object.hasOwn(value, "$")) return value;
  return value.$ in number ? number[value.$] : BigInt(value.$);
};
const leads = JSON.parse(readFileSync(0, "utf8"), revive);
const answer = (lead) => {
  try {
    const scored = card.score(lead);
    return { ...scored, points: card.CARD.criteria.map(({ name }) => scored.points[name]) };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
};
console.log(JSON.stringify(leads.map(answer)));
"""


def tagged(value):
    if isinstance(value, float) and not math.isfinite(value):
        return {"$": "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"}
    return {"$": str(value)} if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.fixture(scope="module")
def score(bantam, tmp_path_factory):
    """Exports a card and scores leads with it in Node."""

    def score(card, leads):
        folder = tmp_path_factory.mktemp("javascript")
        bantam("export", card, "--to", "javascript", "-o", folder / "card.mjs", "--quiet")
        (folder / "run.mjs").write_text(RUN)
        text = json.dumps([{key: tagged(value) for key, value in lead.items()} for lead in leads])
        done = subprocess.run(["node", folder / "run.mjs", "./card.mjs"], input=text, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return score


def test_every_lead_gets_the_points_of_the_engine(cases, score):
    for case in cases:
        scored = score(case.path, case.rows())
        assert [lead.get("points", lead) for lead in scored] == case.points, case.name
        for lead, expected in zip(scored, case.scored, strict=True):
            assert {key: lead[key] for key in expected} == expected, case.name


def test_the_golden_rows_prove_the_module_and_a_changed_point_disproves_it(cases, bantam, tmp_path):
    for case in cases:
        path = tmp_path / "card.mjs"
        bantam("export", case.path, "--to", "javascript", "-o", path, "--verify", "--quiet")
        text = path.read_text()
        first = case.card["criteria"][0]["levels"][1]["points"]
        path.write_text(text.replace(f'"points":{first},', f'"points":{first + 1},', 1))
        done = subprocess.run(["node", tmp_path / "card.verify.mjs", path], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (1, ""), case.name
        assert done.stdout.startswith("row ")


def test_what_does_not_fit_is_named_and_never_taken_for_missing(cases, score):
    case = next(case for case in cases if case.name == "sample")
    lead = dict(case.card["golden"][3]["inputs"])
    by_kind = {c["inputs"][0]["kind"]: c["inputs"][0]["column"] for c in case.card["criteria"]}
    number, text = by_kind["number"], by_kind["text"]
    without = {key: value for key, value in lead.items() if key != text}
    answers = score(case.path, [{**lead, number: "3"}, {**lead, number: True}, {**lead, text: False}, without])
    said = [f'`{number}` holds "3"', f"`{number}` holds true", f"`{text}` holds false", f"`{text}` is not there"]
    for answer, words in zip(answers, said, strict=True):
        assert answer["error"].startswith(f"LeadError: {words}")


def test_days_are_made_from_times_as_the_engine_makes_them(bantam, score, tmp_path):
    levels = [("missing", 0), ({"below": 2.0}, 1), ("else", 5)]
    criterion = {
        "name": "days",
        "inputs": [{"column": "days", "kind": "number", "derivation": {"days_before": {"column": "seen_at"}}}],
        "levels": [{"when": w, "label": "x", "points": p, "n_leads": 1, "n_converted": 0} for w, p in levels],
    }
    curve = [{"score": s, "probability_bp": s, "low_bp": 0, "high_bp": 9, "n_leads": 1} for s in range(6)]
    provenance = {"engine": "e", "data_sha256": "0", "config_sha256": "1", "n_leads": 3, "n_converted": 0}
    card = {
        **{"format": 2, "base_points": 0, "criteria": [criterion], "curve": curve, "thresholds": []},
        **{"bands": [{"name": "all"}], "text": "nfc-trim", "as_of_column": "at"},
        "provenance": {**provenance, "points_per_log_odds": 1.0, "seed": 0},
        "golden": [{"inputs": {"days": 2.0}, "points": [5], "score": 5}],
    }
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card))
    times = ["2026-03-08T12:00:00Z", "2026-03-08T12:00:00.000001Z", "2026-03-08 14:00:00+02:00", "2026-03-09", None]
    leads = [{"seen_at": t, "at": "2026-03-10T12:00:00Z"} for t in [*times, "2026-03-10T12:00:00.000001Z", "1969-12-31"]]
    leads.append({"days": 3})
    for lead, scored in zip(leads, score(path, leads), strict=True):
        # The tagging above makes a BigInt of 3; the engine reads a plain number.
        assert scored["score"] == json.loads(bantam("score", path, "-", stdin=json.dumps(lead)))["score"], lead
    [refused] = score(path, [{"seen_at": "2026-02-30", "at": "2026-03-10"}])
    assert "no time" in refused["error"]


def test_the_types_name_what_the_module_exports(bantam, cases, tmp_path):
    bantam("export", cases[0].path, "--to", "javascript", "-o", tmp_path / "card.mjs", "--quiet")
    exported = re.compile(r"^export (?:const|class|function) (\w+)", re.MULTILINE)
    module, types = (exported.findall((tmp_path / name).read_text()) for name in ["card.mjs", "card.d.mts"])
    assert sorted(module) == sorted(types)
