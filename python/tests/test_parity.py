"""The same as the command: bytes of a run, and scores of every kind of lead."""

from __future__ import annotations

import json
import math
import pathlib
import subprocess
from typing import Any

import cards
import cases
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
from conftest import DATA

import bantam

SEEDS = range(6)


def files_of(folder: pathlib.Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_run_from_files_has_the_bytes_of_the_command(run_folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    bantam.calibrate(DATA / "bantam.toml", out=tmp_path / "out")
    ours, theirs = files_of(tmp_path / "out/current"), files_of(run_folder)
    assert ours.keys() == theirs.keys()
    # Both hold seconds.
    differing = {name for name in ours if ours[name] != theirs[name]}
    assert differing <= {"metrics.json", "MANIFEST.json"}
    without = lambda text: {key: value for key, value in json.loads(text).items() if key != "seconds"}  # noqa: E731
    assert without(ours["metrics.json"]) == without(theirs["metrics.json"])


def test_a_run_from_frames_differs_in_the_names_of_its_inputs_alone(run: bantam.Run, run_folder: pathlib.Path) -> None:
    theirs = json.loads((run_folder / "card.json").read_text())
    ours = run.card.to_dict()
    assert ours["provenance"].pop("data_sha256") != theirs["provenance"].pop("data_sha256")
    assert ours == theirs
    metrics = json.loads((run_folder / "metrics.json").read_text())
    for key in metrics.keys() - {"inputs", "seconds"}:
        assert run.metrics[key] == metrics[key], key
    assert run.frontier.equals(pl.read_parquet(run_folder / "frontier.parquet"))
    assert run.out_of_fold.equals(pl.read_parquet(run_folder / "out_of_fold.parquet"))
    for name in run.charts:
        assert run.chart(name) == json.loads((run_folder / f"charts/{name}.vl.json").read_text())


def test_chunks_and_libraries_do_not_change_the_fingerprint(tables: dict[str, pl.DataFrame]) -> None:
    leads = tables["leads"].with_columns(won=pl.int_range(pl.len()) % 3 == 0)
    forms = [leads, leads.lazy(), leads.to_arrow(), pl.concat([leads[:100], leads[100:]], rechunk=False)]
    prints = {bantam.check(form, converted="won")["inputs"][0]["sha256"] for form in forms}
    assert len(prints) == 1


def scored_by_command(command: str, card: pathlib.Path, leads: pl.DataFrame, folder: pathlib.Path) -> pl.DataFrame:
    leads.write_parquet(folder / "leads.parquet")
    arguments = ["score", card, folder / "leads.parquet", "-o", folder / "scored.parquet", "--explain", "--quiet"]
    subprocess.run([command, *arguments], check=True)
    return pl.read_parquet(folder / "scored.parquet")


@pytest.mark.parametrize("seed", SEEDS)
def test_scores_equal_those_of_the_command(command: str, seed: int, tmp_path: pathlib.Path) -> None:
    random_card = cards.random_card(seed)
    path = tmp_path / "card.json"
    cards.write(random_card, path)
    leads = cases.adversarial_leads(random_card, seed)
    theirs = scored_by_command(command, path, leads, tmp_path)
    card = bantam.Card.load(path)
    assert card.explain(leads).equals(theirs)
    in_pyarrow = card.explain(leads.to_arrow())
    assert isinstance(in_pyarrow, pa.Table)
    assert pl.DataFrame(in_pyarrow).equals(theirs)
    assert pl.DataFrame(card.explain(tmp_path / "leads.parquet")).equals(theirs)
    for row, lead in zip(theirs.iter_rows(named=True), leads.iter_rows(named=True), strict=True):
        if any(isinstance(value, float) and math.isinf(value) for value in lead.values()):
            continue
        one = card.score(lead)
        assert (one["score"], one["probability"], one["band"]) == (row["score"], row["probability"], row["band"])


def test_every_library_gets_its_own_frames_back(run: bantam.Run, tables: dict[str, pl.DataFrame]) -> None:
    leads, options = tables["leads"], {"config": DATA / "bantam.toml", "events": tables["events"]}
    scores = run.card.score(leads, **options)["score"].to_list()
    in_pandas = run.card.score(leads.to_pandas(), **options)
    assert isinstance(in_pandas, pd.DataFrame) and in_pandas["score"].to_list() == scores
    in_pyarrow = run.card.score(leads.to_arrow(), **options)
    assert isinstance(in_pyarrow, pa.Table) and in_pyarrow["score"].to_pylist() == scores
    relation = duckdb.sql(f"select * from '{DATA}/leads.parquet'")
    scored = run.card.score(relation, **options)
    assert isinstance(scored, bantam.Table) and scored.to_polars()["score"].to_list() == scores
    assert sum(duckdb.sql("select score from scored").fetchall(), ()) == tuple(scores)


def test_an_index_of_pandas_is_no_column(run: bantam.Run, tables: dict[str, pl.DataFrame]) -> None:
    shuffled = tables["leads"].to_pandas().sample(frac=1, random_state=0)
    assert "__index_level_0__" not in bantam.Table(shuffled).column_names
    assert bantam.Table(shuffled.set_index("lead_id")).column_names.count("lead_id") == 1


def test_the_installed_command_is_the_command(run_folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    import sys

    script = pathlib.Path(sys.executable).with_name("bantam")
    said = subprocess.run([script, "calibrate", "nowhere.parquet"], capture_output=True, text=True, cwd=tmp_path)
    assert said.returncode == 3 and "there is no file or folder nowhere.parquet" in said.stderr
    assert subprocess.run([script, "--version"], capture_output=True, text=True).stdout == "bantam 0.1.0\n"
