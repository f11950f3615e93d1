"""The crate without the engine as a WebAssembly module (tests/wasm), run by Node: 32-bit addresses, no system below it."""

import json
import math
import pathlib
import subprocess

import pytest

from cases import cases  # noqa: F401

ROOT = pathlib.Path(__file__).resolve().parents[3]

RUN = """
import { readFileSync } from "node:fs";
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) throw new Error(`the module wants ${JSON.stringify(imports)}`);
const { push, score, answer_at } = new WebAssembly.Instance(module).exports;
for (const byte of readFileSync(0)) push(byte);
const answer = Uint8Array.from({ length: score() }, (_, position) => answer_at(position));
process.stdout.write(answer);
"""


@pytest.fixture(scope="session")
def answer(tmp_path_factory):
    """What the module answers to a request."""
    built = subprocess.run([ROOT / "tests" / "wasm" / "build"], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    script = tmp_path_factory.mktemp("wasm") / "run.mjs"
    script.write_text(RUN)

    def answer(request):
        command = ["node", script, built.stdout.strip()]
        done = subprocess.run(command, input=json.dumps(request, allow_nan=False).encode(), capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return answer


def sayable(value):
    """JSON has no NaN and no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"$": "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"}
    return value


def test_every_lead_gets_the_points_of_the_engine_alone_and_in_a_batch(cases, answer):
    for case in cases:
        rows = case.rows()
        leads = [{column: sayable(value) for column, value in row.items()} for row in rows]
        answered = answer({"card": case.path.read_text(), "leads": leads})
        assert "error" not in answered, (case.name, answered)
        expected = [
            {
                "points": points,
                "score": scored["score"],
                "probability_bp": round(10_000 * scored["probability"]),
                "band": scored["band"],
                "reasons": "; ".join(scored["reasons"]),
            }
            for points, scored in zip(case.points, case.scored, strict=True)
        ]
        assert answered["batch"] == expected, case.name
        # A lead with a number that JSON cannot say is scored in the batch only.
        unsayable = [any(isinstance(value, dict) for value in lead.values()) for lead in leads]
        assert not all(unsayable)
        assert answered["one_by_one"] == [
            None if skipped else lead for skipped, lead in zip(unsayable, expected, strict=True)
        ], case.name


def test_an_edited_card_and_a_wrong_lead_are_refused_and_not_trapped(cases, answer):
    case = next(case for case in cases if case.name == "sample")
    edited = json.loads(case.path.read_text())
    edited["criteria"][0]["levels"][1]["points"] += 1
    assert "golden rows do not get the points" in answer({"card": json.dumps(edited), "leads": []})["error"]
    assert answer({"card": "", "leads": []})["error"] == "this is not a card that Bantam wrote: it is empty"
