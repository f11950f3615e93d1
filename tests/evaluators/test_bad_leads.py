"""Leads and cards that `bantam score` has to refuse: in words that name the place, and without leaving an output behind."""

import datetime
import json
import subprocess

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest

LEADS = {"lead_id": [1, 2], "budget": ["approved", "none"], "clicks": [3, 0], "demo": [True, None]}
SCORES = [60, 0]


def level(when, label, points):
    return {"when": when, "label": label, "points": points, "n_leads": 1, "n_converted": 0}


def criterion(name, kind, *levels):
    missing, *between, last = levels
    rules = [("missing", missing), *between, ("else", last)]
    levels = [level(when, json.dumps(when), points) for when, points in rules]
    return {"name": name, "inputs": [{"column": name, "kind": kind}], "levels": levels}


CARD = {
    "format": 2,
    "base_points": 0,
    "criteria": [
        criterion("budget", "text", 4, ({"one_of": ["none"]}, 0), ({"one_of": ["approved"]}, 30), 12),
        criterion("clicks", "number", 2, ({"below": 1.0}, 0), 20),
        criterion("demo", "boolean", 0, ({"one_of": ["true"]}, 10), 1),
    ],
    "curve": [{"score": s, "probability_bp": s, "low_bp": 0, "high_bp": 99, "n_leads": 1} for s in range(61)],
    "thresholds": [],
    "bands": [{"name": "hot", "from": 30}, {"name": "rest"}],
    "text": "nfc-trim",
    "id_column": "lead_id",
    "provenance": {
        **{"engine": "bantam 0.1.0", "data_sha256": "0" * 64, "config_sha256": "1" * 64, "n_leads": 3, "n_converted": 0},
        **{"points_per_log_odds": 10.0, "seed": 0},
    },
    "golden": [{"inputs": {"budget": "approved", "clicks": 1.0, "demo": True}, "points": [30, 20, 10], "score": 60}],
}


@pytest.fixture
def score(bantam, tmp_path):
    """Exit code and words of `bantam score` on a file; on success the scores as well."""

    def score(leads, *more, card=None, stdin=None):
        path = tmp_path / "card.json"
        path.write_bytes(card if isinstance(card, bytes) else json.dumps(card or CARD).encode())
        out = tmp_path / "scored.parquet"
        where = ["-"] if leads is None else [leads, "-o", out]
        done = subprocess.run(
            [bantam.path, "score", path, *where, *more], input=stdin, capture_output=True, text=True, timeout=120
        )
        words = done.stderr.replace(str(tmp_path) + "/", "")
        assert out.exists() == (leads is not None and done.returncode == 0), "no output but a whole one"
        assert "panicked" not in words and "RUST_BACKTRACE" not in words
        scores = pyarrow.parquet.read_table(out)["score"].to_pylist() if out.exists() else None
        out.unlink(missing_ok=True)
        return done.returncode, words, scores

    return score


@pytest.fixture
def parquet(tmp_path):
    def parquet(columns):
        table = columns if isinstance(columns, pa.Table) else pa.table(columns)
        pyarrow.parquet.write_table(table, tmp_path / "leads.parquet")
        return tmp_path / "leads.parquet"

    return parquet


WRONG = {
    "text where numbers belong": ("clicks", ["3", "x"], "column `clicks` holds text; criterion `clicks` reads a number"),
    "true and false where numbers belong": ("clicks", [True, False], "column `clicks` holds true or false;"),
    "dates": ("clicks", [datetime.date(2026, 1, 1)] * 2, "column `clicks` holds dates;"),
    "times": ("clicks", [datetime.datetime(2026, 1, 1)] * 2, "column `clicks` holds times;"),
    "times of day": ("clicks", [datetime.time(1)] * 2, "column `clicks` holds times of day;"),
    "spans": ("clicks", [datetime.timedelta(1)] * 2, "column `clicks` holds spans of time;"),
    "numbers where text belongs": ("budget", [1, 2], "column `budget` holds numbers; criterion `budget` reads text"),
    "bytes": ("budget", [b"approved", b"none"], "column `budget` holds bytes;"),
    "lists": ("budget", [["approved"], ["none"]], "column `budget` holds lists or records;"),
    "records": ("budget", [{"a": "approved"}, {"a": "none"}], "column `budget` holds lists or records;"),
    "text where true and false belong": ("demo", ["true", "false"], "column `demo` holds text; criterion `demo` reads true or"),
    "numbers where true and false belong": ("demo", [1, 0], "column `demo` holds numbers;"),
}


@pytest.mark.parametrize("column, values, words", WRONG.values(), ids=WRONG.keys())
def test_a_column_of_another_type_is_named(score, parquet, tmp_path, column, values, words):
    columns = {**LEADS, column: values}
    code, said, _ = score(parquet(columns))
    assert (code, words in said) == (3, True), said
    assert "hint: give the column in the form it had in the leads the card was calibrated on" in said
    table = pa.table(columns)
    with pa.OSFile(str(tmp_path / "leads.arrow"), "wb") as file, pyarrow.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    code, said, _ = score(tmp_path / "leads.arrow", "--allow-missing")
    assert (code, words in said) == (3, True), "allowed to be missing is not allowed to be wrong: " + said


@pytest.mark.parametrize("name", ["click", "clicsk", "Clicks", "klicks", "clicks ", "clicks\0", "clicks\u200b"])
def test_a_column_renamed_by_a_letter_is_suggested(score, parquet, name):
    columns = {name if key == "clicks" else key: values for key, values in LEADS.items()}
    code, said, _ = score(parquet(columns))
    shown = name.replace("\0", "\\0").replace("\u200b", "\\u{200b}")
    assert code == 3
    assert f"column `clicks` is not there; criterion `clicks` reads it; did you mean `{shown}`?" in said
    assert score(parquet(columns), "--allow-missing")[2] == [42, 2]


def test_columns_that_hold_the_same_values_in_another_form_score_the_same(score, parquet):
    from decimal import Decimal

    for column, values in [
        ("clicks", [Decimal("3.00"), Decimal("0.99")]),
        ("clicks", pa.array([3, 0], pa.uint8())),
        ("clicks", pa.array([3, 0], pa.float32())),
        ("clicks", pa.array([3, 0]).dictionary_encode()),
        ("budget", pa.array(["approved", "none"]).dictionary_encode()),
        ("budget", pa.array([" approved\u00a0", "none\n"], pa.large_string())),
        ("budget", pa.array(["approved", "none"], pa.string_view())),
    ]:
        assert score(parquet({**LEADS, column: values}))[2] == SCORES, column
    assert score(parquet({**LEADS, "more": [1, 2]}))[2] == SCORES


def test_a_column_without_a_value_is_noted(score, parquet):
    for empty in [pa.nulls(2), pa.nulls(2, pa.float64()), pa.nulls(2, pa.int8())]:
        code, said, scores = score(parquet({**LEADS, "clicks": empty}))
        assert (code, scores) == (0, [42, 2])
        assert "note: column `clicks` of leads.parquet has no value in any row; it counts as missing for every lead" in said
    assert "note: " not in score(parquet(LEADS))[1]
    code, said, scores = score(parquet(pa.table(LEADS).slice(0, 0)))
    assert (code, scores, "note: " in said) == (0, [], False)


def test_two_columns_of_one_name_are_refused(score, parquet, tmp_path):
    names = [*LEADS, "clicks"]
    twice = pa.Table.from_arrays([*pa.table(LEADS).columns, pa.array([1, 2])], names=names)
    assert score(parquet(twice))[:2] == (
        3,
        'error: leads.parquet has 2 columns named "clicks"\nhint: rename them; Bantam could not tell which one is meant\n',
    )
    (tmp_path / "leads.csv").write_text(",".join(names) + "\n1,approved,3,true,3\n")
    assert 'leads.csv has 2 columns named "clicks"' in score(tmp_path / "leads.csv")[1]
    code, said, _ = score(None, stdin='{"budget": "a", "budget": "b", "clicks": 1, "demo": null}')
    assert (code, "lead 1 on stdin cannot be read: key `budget` stands there twice" in said) == (3, True), said


CSV = {
    "many": "row 1: column \"clicks\" holds \"many\", which is not a number",
    '"1,000"': "row 1: column \"clicks\" holds \"1,000\", which is not a number",
    "0x10": "row 1: column \"clicks\" holds \"0x10\", which is not a number",
    "3\0": "is not a CSV file",
    "3,true,1": "line 2 of ",
}


@pytest.mark.parametrize("clicks", CSV)
def test_a_csv_value_that_is_no_number_is_named_with_its_row(score, tmp_path, clicks):
    (tmp_path / "leads.csv").write_text(f"lead_id,budget,demo,clicks\n1,approved,true,{clicks}\n")
    code, said, _ = score(tmp_path / "leads.csv")
    assert (code, CSV[clicks] in said) == (3, True), said


def test_a_header_of_two_million_columns_is_refused(score, tmp_path):
    (tmp_path / "leads.csv").write_text(",".join(f"c{idx}" for idx in range(2_000_000)) + "\n")
    code, said, _ = score(tmp_path / "leads.csv")
    assert code == 3
    assert "its first line, which names the columns, does not end within a megabyte" in said


LINES = {
    '{"budget": null, "clicks": NaN, "demo": null}': "it is not sound JSON: expected value at line 1",
    '{"budget": null, "clicks": 1e999, "demo": null}': "it is not sound JSON: number out of range at line 1",
    '{"budget": ' + "[" * 100_000: "lists or objects stand within each other too deep at line 1",
    '{"budget": "approved"': "it ends too early at line 1",
    "[1]": "invalid type: sequence, expected an object at line 1",
    "budget=approved": "it is not sound JSON: expected value at line 1 column 1",
    '{"budget": 5, "clicks": null, "demo": null}': "column `budget` holds the number 5; criterion `budget` reads text",
    '{"budget": null, "clicks": "5", "demo": null}': 'column `clicks` holds the text "5"; criterion `clicks` reads a number',
    '{"budget": null, "clicks": null, "demo": "true"}': 'column `demo` holds the text "true"; criterion `demo` reads true or',
    '{"Budget": null, "clicks": null, "demo": null}': "criterion `budget` reads it; did you mean `Budget`?",
}


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_a_single_lead_that_does_not_fit_is_refused(score, line):
    code, said, _ = score(None, stdin=line)
    assert (code, LINES[line] in said) == (3, True), said


def edited(path, value):
    card = json.loads(json.dumps(CARD))
    *way, last = path
    place = card
    for step in way:
        place = place[step]
    place[last] = value
    return card


CARDS = {
    "empty": (b"", "this is not a card that Bantam wrote: it is empty"),
    "UTF-16": (json.dumps(CARD).encode("utf-16"), "it is text in UTF-16, and a card is JSON in UTF-8"),
    "Parquet": (b"PAR1\x15\x04\xff\xfe", "the card comes first, then the leads"),
    "cut": (json.dumps(CARD).encode()[:500], "it ends too early at line 1 column "),
    "depth bomb": (b"[" * 1_000_000, "this is not a card that Bantam wrote: "),
    "newer": ({**CARD, "format": 9, "grids": []}, "hint: score with the version that made the card, or a newer one"),
    "unknown key": ({**CARD, "\x1b[2J": 1}, "unknown field `\\u{1b}[2J`, expected one of `format`"),
    "missing key": ({k: v for k, v in CARD.items() if k != "bands"}, "missing field `bands`"),
    "edge as text": (edited(["criteria", 1, "levels", 1, "when", "below"], "1"), 'invalid type: string "1", expected f64'),
    "no edge": (edited(["criteria", 1, "levels", 1, "when", "below"], None), "invalid type: null, expected f64"),
    "same level twice": (
        edited(["criteria", 0, "levels", 2, "when"], {"one_of": ["none"]}),
        'criterion `budget`, level 3 (`{"one_of": ["approved"]}`): the text "none" is named twice in this criterion',
    ),
    "points by hand": (
        edited(["criteria", 0, "levels", 2, "points"], 29),
        "1 of 1 golden rows do not get the points written beside them: row 1: `budget` 29 instead of 30",
    ),
    "depth in a golden row": (
        edited(["golden", 0, "inputs", "budget"], json.loads("[" * 120 + "]" * 120)),
        "golden row 1: its value for column `budget` is not text",
    ),
    "points beyond": (edited(["base_points"], 2**31 - 1), "card: its base points are 2147483647, beyond 1000000"),
    "huge name": (edited(["criteria", 0, "name"], "x" * 100_000), "criterion 1: its name is longer than 10000 bytes"),
}


@pytest.mark.parametrize("card, words", CARDS.values(), ids=CARDS.keys())
def test_a_card_that_cannot_be_used_is_refused_in_a_sentence(score, parquet, card, words):
    code, said, _ = score(parquet(LEADS), card=card)
    assert (code, words in said) == (3, True), said
    assert len(said) < 1_000 and said.count("\n") <= 3, said
    assert not any(ord(letter) < 32 for letter in said.replace("\n", "")), said


def test_the_card_is_sound_to_begin_with(score, parquet):
    assert score(parquet(LEADS))[2] == SCORES
    assert score(parquet(LEADS), card={**CARD, "format": 1})[2] == SCORES
