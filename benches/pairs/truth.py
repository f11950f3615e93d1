#!/usr/bin/env python3
"""Are pairs found where there are any, and none where there are none?

    python3 benches/pairs/truth.py [--tables N] [--leads N] [--together LOG_ODDS]

Makes tables of leads whose truth is known: four numbers and four texts, each with a worth of its own, and where `--together` is above 0 the
first number and the first text say something together, of that size. Runs the command on each and counts the cards that have a pair, and
those that have the right one. Needs numpy; the binary is BANTAM, or `cargo build --release` makes it.
"""

import argparse
import csv
import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
RIGHT = {"number 0", "text 0"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=60)
    parser.add_argument("--leads", type=int, default=1500)
    parser.add_argument("--together", type=float, default=0.0, metavar="LOG_ODDS")
    options = parser.parse_args()
    program = os.environ.get("BANTAM") or build()
    pairs = [pairs_found(program, *table(seed, options.leads, options.together)) for seed in range(options.tables)]
    n_right = sum(RIGHT in found for found in pairs)
    n_other = sum(len(found) - (RIGHT in found) for found in pairs)
    print(
        f"{options.tables} tables of {options.leads} leads, {options.together} together: {sum(map(bool, pairs))} cards with a pair, "
        f"{n_right} with the right one, {n_other} pairs that are none"
    )


def build():
    subprocess.run(["cargo", "build", "--release"], cwd=ROOT, check=True)
    metadata = subprocess.run(["cargo", "metadata", "--format-version", "1", "--no-deps"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return pathlib.Path(json.loads(metadata.stdout)["target_directory"]) / "release" / "bantam"


def table(seed, n_leads, together):
    """Columns by name, and who converted."""
    rng = np.random.default_rng(1000 + seed)
    columns, log_odds = {}, np.full(n_leads, -1.2)
    for at in range(4):
        numbers = rng.normal(size=n_leads) if at % 2 else rng.gamma(2, 2, size=n_leads).round(1)
        standard = (numbers - numbers.mean()) / numbers.std()
        log_odds += rng.normal() * 0.6 * standard + rng.normal() * 0.3 * np.sin(2 * standard)
        columns[f"number {at}"] = numbers
    for at in range(4):
        n_levels = rng.integers(2, 9)
        levels = rng.integers(0, n_levels, size=n_leads)
        log_odds += rng.normal(size=n_levels)[levels] * 0.5
        columns[f"text {at}"] = np.array([f"level {level}" for level in levels])
    is_high = np.where(columns["number 0"] > np.median(columns["number 0"]), 1.0, -1.0)
    log_odds += together * is_high * np.where(columns["text 0"] == "level 0", 1.5, -0.5)
    return columns, rng.random(n_leads) < 1 / (1 + np.exp(-log_odds))


def pairs_found(program, columns, converted):
    """Names of the two criteria of each pair on the card."""
    with tempfile.TemporaryDirectory() as folder:
        leads = pathlib.Path(folder) / "leads.csv"
        with leads.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["id", *columns, "won"])
            rows.writerows(zip(range(len(converted)), *columns.values(), converted.astype(int), strict=True))
        out = pathlib.Path(folder) / "out"
        # 1: a gate failed; there is a card all the same.
        done = subprocess.run([program, "calibrate", leads, "--converted", "won", "--id", "id", "--out", out, "--quiet"])
        assert done.returncode in (0, 1), done.returncode
        card = json.loads((out / "current" / "card.json").read_text())
    grids = [criterion["grid"] for criterion in card["criteria"] if "grid" in criterion]
    return [{grid["rows"]["criterion"], grid["columns"]["criterion"]} for grid in grids]


if __name__ == "__main__":
    main()
