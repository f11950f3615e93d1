"""What comes back, what goes wrong, and who is told."""

from __future__ import annotations

import doctest
import json
import logging
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings
from typing import Any

import numpy as np
import polars as pl
import pytest
from conftest import DATA

import bantam
import bantam._api
import bantam._tables
import bantam.sklearn


def leads(n: int = 400, strength: float = 2.0) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    budget = rng.choice(["none", "asked", "approved"], n)
    size = rng.lognormal(3, 1, n).round(1) + 1
    odds = -1.5 + strength * (budget == "approved") + 0.3 * (np.log(size) - 3)
    return {"budget": budget, "size": size, "won": rng.random(n) < 1 / (1 + np.exp(-odds))}


def test_a_dict_of_columns_makes_a_card() -> None:
    run = bantam.calibrate(leads(), converted="won")
    assert run.card.criteria and run.verdict["use_it"] in ("usable", "weak", "do_not_use")
    assert isinstance(run.frontier, bantam.Table)
    assert "criteria" in repr(run) and "<table>" in run.card._repr_html_() and "<iframe" in run._repr_html_()
    assert run.summary and "\x1b" not in run.summary
    assert run.report().startswith("<!DOCTYPE html>")
    answer = run.card.score({"budget": "approved", "size": 20})
    assert 0 < answer["probability"] < 1
    explained = run.card.explain([{"budget": "none", "size": float("nan")}])[0]
    assert sum(explained["points"].values()) + run.card.to_dict()["base_points"] == explained["score"]


def test_a_card_is_its_json(run: bantam.Run, tmp_path: pathlib.Path) -> None:
    card = run.card
    assert bantam.Card.from_json(card.to_json()) == card
    assert pickle.loads(pickle.dumps(card)) == card
    card.save(tmp_path / "card.json")
    assert bantam.Card.load(tmp_path) == card
    assert (tmp_path / "card.json").read_text() == card.to_json()
    python = card.export("python")
    assert isinstance(python, str) and "def " in python
    assert card.export("sql", tmp_path / "card.sql", dialect="duckdb")[0] == str(tmp_path / "card.sql")


def test_policies_and_thresholds(run: bantam.Run) -> None:
    played = run.compare("top 50/month", "top 100/month", draws=200)
    assert [scenario["policy"] for scenario in played["forecast"]["scenarios"]] == ["top 50/month", "top 100/month"]
    at = run.what_if(60)
    row = run.frontier.filter(pl.col("threshold") >= 60).row(0, named=True)
    assert at["conversion"] == row["conversion"] and at["forecast"]["rule"] == "at least 60 points"
    with pytest.raises(bantam.UsageError, match="no lead had 1000 points"):
        run.what_if(1000)
    with pytest.raises(bantam.UsageError, match="there is no picture 'x'"):
        run.chart("x")


def test_check_feedback_and_monitor_tell_what_the_commands_tell(
    command: str, run: bantam.Run, run_folder: pathlib.Path, tables: dict[str, pl.DataFrame], tmp_path: pathlib.Path
) -> None:
    config = DATA / "bantam.toml"
    frames = (tables["leads"], tables["outcomes"], tables["events"])

    def told(*arguments: object) -> Any:
        said = subprocess.run([command, *arguments, "--format", "json", "--quiet"], capture_output=True, text=True, cwd=tmp_path)
        return json.loads(said.stdout)

    checked, theirs = bantam.check(*frames, config=config), told("check", config)
    assert checked["columns"] == theirs["columns"] and checked["leads"] == theirs["leads"]
    fed = bantam.feedback(*frames, config=config)
    of_command = told("feedback", config, "-o", tmp_path / "feedback")
    fingerprints = fed.pop("data_sha256"), of_command.pop("data_sha256")
    assert fed == of_command
    page = (tmp_path / "feedback/feedback.html").read_text()
    assert fed.page == page.replace(fingerprints[1], fingerprints[0])
    fed.save(tmp_path / "page.html")
    card = run_folder / "card.json"
    since = {"since": "2026-01-01"}
    watched = bantam.monitor(card, *frames, config=config, **since)
    theirs = told("monitor", card, "--config", config, "--since", "2026-01-01")
    assert {key: value for key, value in watched.items() if key not in ("inputs", "files")}.keys() == {
        key for key in theirs if key not in ("inputs", "files")
    }
    assert watched["gates"] == theirs["gates"]
    assert bantam.monitor(run.card, *frames, config=config, **since)["gates"] == theirs["gates"]


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: bantam.calibrate("nowhere.parquet"), bantam.DataError, "there is no file or folder nowhere.parquet"),
        (lambda: bantam.calibrate(leads(), converted="wonn"), bantam.DataError, "but the lead table has no such column"),
        (lambda: bantam.calibrate(leads(20), converted="won"), bantam.DataError, "a card needs at least 20 of each"),
        (lambda: bantam.calibrate(leads(), config={"points": {"totl": 1}}), bantam.UsageError, "did you mean `total`"),
        (lambda: bantam.calibrate(leads(), converted="won", folds="x"), bantam.UsageError, "write time, time:5"),
        (lambda: bantam.calibrate(leads(), converted="won", size="big"), bantam.UsageError, "invalid value 'big'"),
        (lambda: bantam.calibrate(leads(), None, leads(), converted="won"), bantam.UsageError, r"add \[events\]"),
        (lambda: bantam.calibrate(), bantam.UsageError, "there are no leads"),
        (lambda: bantam.calibrate({"a": [], "won": []}, converted="won"), bantam.DataError, "not a single row"),
        (lambda: bantam.calibrate(leads(), converted="won", out="/no/such/folder"), bantam.EnvironmentFailure, "cannot make the folder"),
        (lambda: bantam.Card.from_json("{}"), bantam.DataError, r"cannot use card \(in memory\)"),
        (lambda: bantam.Card.load("nowhere.json"), bantam.DataError, "there is no card nowhere.json"),
        (lambda: bantam.calibrate(3), TypeError, "int is no table"),
    ],
)
def test_errors_have_the_words_of_the_command(call: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        call()


def test_a_column_the_card_reads_has_to_be_there(run: bantam.Run) -> None:
    with pytest.raises(bantam.DataError, match="does not fit the card(.|\n)*budgt(.|\n)*|did you mean"):
        run.card.score({"budgt": ["approved"]})


def test_a_card_not_to_be_used_is_a_warning_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    table = leads(600, strength=0.0)
    table["size"] = np.exp(np.random.default_rng(5).normal(size=600))
    table["weak"] = np.where(table["won"], np.random.default_rng(6).random(600) < 0.6, np.random.default_rng(7).random(600) < 0.45)
    with caplog.at_level(logging.INFO, "bantam"), pytest.warns(bantam.DoNotUseWarning, match="no better than promising every lead"):
        run = bantam.calibrate(table, converted="won")
    assert run.verdict["use_it"] == "do_not_use"
    *notes, last = [record.getMessage() for record in caplog.records]
    assert notes == run.notes and last.startswith("do not use this card: ")
    with warnings.catch_warnings():
        warnings.simplefilter("error", bantam.DoNotUseWarning)
        assert bantam.calibrate(leads(), converted="won").verdict["use_it"] != "do_not_use"


def test_nothing_of_a_frame_library_is_needed() -> None:
    blocked = "import sys\nfor name in ('pandas', 'polars', 'pyarrow', 'numpy', 'sklearn', 'duckdb'): sys.modules[name] = None\n"
    program = blocked + (
        "import bantam\n"
        "won = [i % 3 == 0 for i in range(300)]\n"
        "run = bantam.calibrate({'size': [float(i % 7 + 3 * w) for i, w in enumerate(won)], 'won': won}, converted='won')\n"
        "print(run.card.criteria)\n"
    )
    said = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True)
    assert said.stdout == "['size']\n", said.stderr


def test_an_interrupt_is_answered_within_a_second(tmp_path: pathlib.Path) -> None:
    # A shell starts what runs in the background deaf to interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    n = 300_000
    rng = np.random.default_rng(0)
    columns = {f"c{at}": rng.normal(size=n) for at in range(15)}
    odds = sum(columns.values()) * 0.3
    table = bantam.Table({**columns, "won": rng.random(n) < 1 / (1 + np.exp(-odds))})
    for after in (0.2, 0.6, 1.2):
        sent: list[float] = []

        def interrupt() -> None:
            time.sleep(after)
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        sender = threading.Thread(target=interrupt)
        sender.start()
        # The same folder each time: the work that was told to stop has let go of it.
        with pytest.raises(KeyboardInterrupt):
            bantam.calibrate(table, converted="won", out=tmp_path / "out")
            sender.join()
        assert time.monotonic() - sent[0] < 1.0
    assert not (tmp_path / "out/current").exists()
    # And the next call works.
    assert bantam.check(leads(), converted="won")["columns"]


def test_the_lock_is_free_while_the_engine_works() -> None:
    n_ticks = 0
    is_done = threading.Event()

    def tick() -> None:
        nonlocal n_ticks
        while not is_done.wait(0.005):
            n_ticks += 1

    ticker = threading.Thread(target=tick)
    ticker.start()
    bantam.calibrate(leads(4000), converted="won")
    is_done.set()
    ticker.join()
    assert n_ticks > 5


def test_a_forked_process_works_as_well() -> None:
    import multiprocessing

    bantam.check(leads(), converted="won")
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(columns_of, ()).get(timeout=60) == 3


def columns_of() -> int:
    return len(bantam.check(leads(), converted="won")["columns"])


@pytest.mark.parametrize("module", [bantam, bantam._api, bantam._tables, bantam.sklearn])
def test_the_examples_run(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


def test_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DATA.parent)
    text = (pathlib.Path(__file__).parents[1] / "README.md").read_text()
    blocks = [block.partition("```")[0] for block in text.split("```python\n")[1:]]
    assert blocks
    known: dict[str, Any] = {}
    for block in blocks:
        exec(block, known)
