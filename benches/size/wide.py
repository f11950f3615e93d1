#!/usr/bin/env python3
"""Many criteria, few leads: seconds, CPU seconds and peak memory of one `bantam calibrate` each.

    venv/bin/python benches/size/wide.py
    venv/bin/python benches/size/wide.py --sizes 60x2000 100x2000 --limit 60

Criteria are numbers with a value of its own for every lead, one in twenty missing; every third says something. The two sets of
yes and no come from ../shared (or BANTAM_SHARED). Everything is on, as it is by default: five folds, settings, questions, all files.
A run that takes more than --limit seconds or --memory MiB is stopped, and its row says at what. Of --repeat runs each, medians are
shown.

The binary is BANTAM, or `cargo build --release` makes it. The tables need numpy and polars.
"""

import argparse
import json
import pathlib
import sys
import tempfile

from process import bantam_command, calibrate, in_turns, machine, machine_in_words, make, medians, shared, stages
from table import Table

# Seconds that are aimed at, and MiB where memory is what fails first.
GOALS = {
    "60 x 2,000": (2, None),
    "100 x 2,000": (4, None),
    "1,000 x 2,000": (30, 1024),
    "2,000 x 20,000": (60, None),
    "riskslim_mushroom": (2, None),
    "riskslim_spambase": (2, None),
}
SETS = ["riskslim_mushroom", "riskslim_spambase"]
N_STAGES = 3


def main():
    options = arguments()
    bantam = bantam_command()
    figures = {"machine": machine(bantam), "rows": []}
    limits = {"most_seconds": options.limit, "most_mib": options.memory}
    table = Table("criteria x leads<", "seconds", "CPU s", "MiB", "goal<", "log loss", "on the card", "longest stages<")

    def measure(name, what):
        runs = in_turns({name: lambda: calibrate(bantam, what, **limits)}, options.repeat, options.once_over)[name]
        row = {"name": name, **medians(runs)}
        goal = in_words(GOALS.get(name))
        if "trouble" in row:
            # What it had taken by then.
            row |= {key: runs[0][key] for key in ("wall", "cpu", "mib")}
            table.row(name, row["trouble"], f"{row['cpu']:.1f}", f"{row['mib']:,.0f}", goal, "-", "-", "")
        else:
            metrics, seconds = runs[0]["metrics"], stages(runs[0])
            longest = sorted(seconds, key=seconds.get, reverse=True)[:N_STAGES]
            row |= {"log_loss": metrics["out_of_fold"]["log_loss"], "card": metrics["card"], "stages": seconds}
            table.row(
                name,
                *(f"{row['wall']:.2f}", f"{row['cpu']:.2f}", f"{row['mib']:,.0f}", goal),
                *(f"{row['log_loss']:.4f}", metrics["card"]["n_criteria"]),
                ", ".join(f"{stage} {seconds[stage]:.1f}" for stage in longest),
            )
        figures["rows"].append(row)

    with tempfile.TemporaryDirectory() as folder:
        for n_criteria, n_leads in options.sizes:
            leads = make(sys.executable, "numeric", pathlib.Path(folder) / "leads.parquet", n_leads, n_criteria)
            what = [leads, "--converted", "converted", "--id", "id", "--folds", "random:5"]
            measure(f"{n_criteria:,} x {n_leads:,}", what)
    for name in options.sets:
        path = shared() / "data" / f"{name}.parquet"
        if path.exists():
            measure(name, [path, "--converted", "converted", "--folds", "column:fold"])
        else:
            print(f"{name} is not measured: there is no {path}; BANTAM_SHARED can name the folder that has data/", file=sys.stderr)
    text = f"{machine_in_words(figures['machine'])}\n\n{table}"
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


def in_words(goal):
    if goal is None:
        return ""
    seconds, mib = goal
    return f"{seconds} s" + (f", {mib:,} MiB" if mib else "")


def size(text):
    n_criteria, n_leads = text.split("x")
    return int(n_criteria), int(n_leads)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sizes = "60x2000 100x2000 300x2000 1000x2000 2000x20000".split()
    parser.add_argument("--sizes", type=size, nargs="*", default=[size(text) for text in sizes], metavar="CRITERIAxLEADS")
    parser.add_argument("--sets", nargs="*", default=SETS, metavar="SET")
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--once-over", type=float, default=20, metavar="S", help="what takes longer runs once")
    parser.add_argument("--limit", type=float, default=180, metavar="S", help="what takes longer is stopped")
    parser.add_argument("--memory", type=float, default=8192, metavar="MIB", help="what takes more is stopped")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="keep the figures")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="write the table there as well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
