"""One run of `bantam calibrate` on a table of leads, and the card it ships applied in numpy."""

import json
import os
import pathlib
import re
import subprocess
import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


class Refused(Exception):
    """The command ended with an error; its words."""


class Run:
    """A run folder, read."""

    def __init__(self, folder, summary):
        self.folder = folder
        self.summary = summary
        self.metrics = json.loads((folder / "metrics.json").read_text())
        self.card = json.loads((folder / "card.json").read_text())
        self.frontier = pq.read_table(folder / "frontier.parquet").to_pydict()
        judged = pq.read_table(folder / "out_of_fold.parquet", columns=["as_of"])["as_of"]
        # Without dates there is no first one.
        self.first_judged = pc.min(judged).cast(pa.timestamp("us")).as_py()
        curve = self.card["curve"]
        self.first_score = curve[0]["score"]
        self.curve = {
            name: np.array([entry[f"{name}_bp"] for entry in curve]) / 10_000 for name in ("probability", "low", "high")
        }
        self.n_judged = np.array([entry["n_leads"] for entry in curve])
        self.curve_ahead = self.next_quarter()

    def next_quarter(self):
        """The column "next quarter" of the summary; the curve itself where the leads have no dates."""
        shift = self.metrics["forecast"].get("rate_shift")
        if not shift:
            return self.curve
        log_odds = {name: np.log(share / (1 - share)) for name, share in self.curve.items()}
        half_width = np.hypot((log_odds["high"] - log_odds["low"]) / 2, (shift["high"] - shift["low"]) / 2)
        middle = log_odds["probability"] + shift["expected"]
        ends = {"probability": middle, "low": middle - half_width, "high": middle + half_width}
        return {name: 1 / (1 + np.exp(-value)) for name, value in ends.items()}

    def probability(self, score):
        return self.curve["probability"][score - self.first_score]


def calibrate(binary, folder, table, config):
    """Writes the table and the config into a folder and runs `bantam calibrate` there, on one core.

    - `table`: column name to pyarrow array; `config`: text of bantam.toml, whose `leads.path` is "leads.parquet".
    """
    folder = pathlib.Path(folder)
    pq.write_table(pa.table(table), folder / "leads.parquet")
    (folder / "bantam.toml").write_text(config)
    done = subprocess.run(
        [binary, "calibrate", "bantam.toml"],
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"RAYON_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "NO_COLOR": "1"},
    )
    # 1: a card that is no better than the overall rate, written all the same.
    if done.returncode not in (0, 1) or not (folder / "bantam-out/current").exists():
        raise Refused(done.stderr.strip())
    return Run((folder / "bantam-out/current").resolve(), done.stdout)


def config_text(columns, policies, outcome, sales=None, seed=0):
    """A bantam.toml of roles, policies and nothing else: criteria and settings are those the engine takes by itself.

    - `columns`, `outcome`, `sales`: keys of `[leads]`, `[outcome]` and `[sales]`; `policies`: a dict per `[[policy]]`.
    """
    lines = [f"seed = {seed}", "[leads]", 'path = "leads.parquet"', *map(key, columns.items())]
    lines += ["[outcome]", *map(key, outcome.items())]
    if sales:
        lines += ["[sales]", *map(key, sales.items())]
    for policy in policies:
        lines += ["[[policy]]", *map(key, policy.items())]
    return "\n".join(lines) + "\n"


def key(item):
    return f"{item[0]} = {json.dumps(item[1])}"


def scores(card, features, levels):
    """Points of leads, from card.json alone.

    - `features`: an array per column; `levels`: the texts that positions of a column stand for, for texts.
    """
    n = len(next(iter(features.values())))
    return card["base_points"] + sum((points_of(c, features, levels) for c in card["criteria"]), np.zeros(n, int))


def points_of(criterion, features, levels):
    """Points of leads on one criterion; a pair has them by part of its first and part of its second column."""
    points = np.array([level["points"] for level in criterion["levels"]])
    columns = [source["column"] for source in criterion["inputs"]]
    if "grid" not in criterion:
        return points[positions(criterion["levels"], columns[0], features, levels)]
    sides = [criterion["grid"][side]["parts"] for side in ("rows", "columns")]
    grid = np.array([[points[level_of_cell(criterion, sides, cell)] for cell in row] for row in cells(*sides)])
    return grid[tuple(positions(parts, column, features, levels) for parts, column in zip(sides, columns, strict=True))]


def cells(rows, columns):
    return [[(row, column) for column in range(len(columns))] for row in range(len(rows))]


def level_of_cell(pair, sides, cell):
    """The level of a pair that takes a cell: the first one where a side is missing, else the first that has it."""
    if any(parts[part]["when"] == "missing" for parts, part in zip(sides, cell, strict=True)):
        return 0
    holds = lambda when: when == "else" or when != "missing" and list(cell) in when["cells"]
    return next(number for number, level in enumerate(pair["levels"]) if holds(level["when"]))


def positions(whens, column, features, levels):
    """Which of the levels, or of the parts of a pair's side, takes each lead."""
    if column not in levels:
        return positions_of_numbers(whens, np.asarray(features[column], float))
    return np.array([position_of_text(whens, text) for text in levels[column]])[features[column]]


def position_of_text(whens, text):
    text = None if text is None else unicodedata.normalize("NFC", text).strip()
    for number, when in enumerate(level["when"] for level in whens):
        if (
            when == "else"
            or (when == "missing" and not text)
            or (isinstance(when, dict) and text and text in when["one_of"])
        ):
            return number
    raise ValueError(f"no level takes {text!r}")


def positions_of_numbers(whens, values):
    found = np.zeros(len(values), int)
    open_leads = np.ones(len(values), bool)
    for number, when in enumerate(level["when"] for level in whens):
        if when == "missing":
            fits = np.isnan(values)
        elif when == "else":
            fits = open_leads
        else:
            fits = values < when["below"]
        found[fits & open_leads] = number
        open_leads &= ~fits
    return found


def chosen_shares(thresholds, score, group=None):
    """The share of each lead that a policy chooses: 1 above its line, `share_of_tied` on it, 0 below.

    - `thresholds`: of a scenario in metrics.json; `group`: name of each lead's team, where lines differ.
    """
    share = np.zeros(len(score))
    for line in thresholds:
        of_line = np.where(score == line["score"], line["share_of_tied"], (score > line["score"]).astype(float))
        share = of_line if line["group"] is None else np.where(group == line["group"], of_line, share)
    return share


NUMBER = r"(-?[\d,]+(?:\.\d+)?)"
RANGE = rf"\({NUMBER}-{NUMBER}\)"


def shown_policies(summary, names):
    """What the terminal shows by policy: value, low and high of conversion, wins a month and share of wins."""
    shown = {}
    section = summary.partition("How many leads, how many wins")[2]
    for line in section.splitlines():
        found = re.match(
            rf"\s+(\S+)\s+(-?\d+)\s+{NUMBER}\s+{NUMBER} % {RANGE}\s+{NUMBER} {RANGE}\s+{NUMBER} % {RANGE}\s*$", line
        )
        if found and found[1] in names and found[1] not in shown:
            figures = [float(text.replace(",", "")) for text in found.groups()[2:]]
            shown[found[1]] = {
                "conversion": [figure / 100 for figure in figures[1:4]],
                "wins": figures[4:7],
                "share_of_wins": [figure / 100 for figure in figures[7:10]],
            }
    extra = re.search(rf"they\s+convert\s+at\s+{NUMBER}\s+%\s+{RANGE}", section)
    if extra:
        shown["extra leads"] = {"conversion": [float(text.replace(",", "")) / 100 for text in extra.groups()]}
    return shown
