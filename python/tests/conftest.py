"""The command beside the package, and the sample data."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import polars as pl
import pytest

import bantam

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
# Random cards and adversarial leads, as the exports are judged on.
sys.path[:0] = [str(ROOT / "tests/evaluators"), str(ROOT / "tests/evaluators/exports")]


@pytest.fixture(scope="session")
def command() -> str:
    """The program that `cargo build` made."""
    return os.environ["BANTAM"]


@pytest.fixture(scope="session")
def run_folder(command: str, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The sample, calibrated by the command."""
    out = tmp_path_factory.mktemp("command")
    subprocess.run([command, "calibrate", DATA / "bantam.toml", "--out", out, "--quiet"], check=True)
    return out / "current"


@pytest.fixture(scope="session")
def tables() -> dict[str, pl.DataFrame]:
    """The sample's tables, as polars frames."""
    return {name: pl.read_parquet(DATA / f"{name}.parquet") for name in ("leads", "outcomes", "events")}


@pytest.fixture(scope="session")
def run(tables: dict[str, pl.DataFrame]) -> bantam.Run:
    """The sample, calibrated from frames."""
    return bantam.calibrate(tables["leads"], tables["outcomes"], tables["events"], config=DATA / "bantam.toml")
