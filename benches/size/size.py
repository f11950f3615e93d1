#!/usr/bin/env python3
"""Seconds and memory of Bantam beside other tools at the same work, in one run, and its own seconds stage by stage.

    venv/bin/python benches/size/size.py                            # 100,000, 1,000,000 and 10,000,000 leads: an hour or two
    venv/bin/python benches/size/size.py --leads 10000 --events 100000     # a quick look
    venv/bin/python benches/size/size.py --json now.json --before then.json --markdown tables.md
    venv/bin/python benches/size/size.py --only calibrate --tools Bantam polars     # after a change of Bantam's own

The binary is BANTAM, or `cargo build --release` makes it. The Python that runs this file needs optbinning, scikit-learn, lightgbm,
duckdb, polars and pyarrow; FasterRisk wants another one (--fasterrisk-python). README.md has the versions. What is not installed
is said and left out.

Leads: `bantam synth --wide`, 6 texts, 8 counts, 6 numbers with 5 % missing. Every tool works in a process of its own, the tools
in turn, --repeat times each unless one takes more than --once-over seconds; shown are medians. Files are warm: each has been read
before. A tool that takes more than --limit seconds or --memory MiB is stopped, and that is what its row says.

What is counted. Bantam: the whole command, from start to end of the process. Tools in Python: from after their imports to the end
of the job, so that half a second to four of loading libraries are not held against them. Memory: peak of the process, imports
included (60 to 300 MiB of it in Python). All use all cores.

calibrate
  Bantam                   reads; verdicts on every column; a card on all leads and one for each of five folds, settings chosen
                           inside each; held-out scores, curve, frontier, forecast, what questions are worth; writes all files
  OptBinning               reads; bins, logistic regression, whole points on all leads and for each of the same five folds;
                           scores the leads of each fold and all. No settings are chosen, nothing is measured or written
  LightGBM                 the same with 300 trees of 15 leaves in place of a card
  polars read              reads the file into memory. "x read" is against this
score
  Bantam                   `bantam score` of the file with a card made from 100,000 other leads: score, probability, band to Parquet
  DuckDB                   the same card as `bantam export` writes it in SQL, Parquet to Parquet; outputs are compared
five criteria, fit alone
  Bantam                   the stage `fit` of `bantam calibrate` with five criteria and points in -5..5: on all leads, bins
                           and settings included. On the made-up leads it takes texts and numbers as they come
  FasterRisk               the optimiser alone, k = 5, -5..5, on all folds but one, from a matrix in memory. On the made-up
                           leads it is given a column per level and nine thresholds per number, whose making is not counted
                           Log loss: both on the same fold, by cards not fitted on it
event features
  Bantam                   the stages of `bantam calibrate` that read leads and events and count seven measures as of every
                           hand-off; memory is that of the whole command
  DuckDB                   the same measures in SQL, from Parquet to a table in memory
events to scores
  Bantam                   `bantam score --config`: reads leads and events, counts, scores, writes Parquet
  DuckDB                   the same measures and the card's SQL, Parquet to Parquet; outputs are compared

LightGBM's threads wait for each other by spinning: on a machine that does other things it can take 20 times as
long. The load is said.
"""

import argparse
import json
import math
import pathlib
import sys
import tempfile

from process import (
    bantam_command,
    calibrate,
    in_python,
    in_turns,
    machine,
    machine_in_words,
    make,
    medians,
    memory_mib,
    shared,
    stages,
    timed,
)
from score import PLAIN, assert_equal, synth
from score import calibrate as card_of_other_leads
from table import Table

JOBS = ["calibrate", "score", "five criteria", "events"]
SETS_OF_YES_AND_NO = ["riskslim_mammo", "riskslim_breastcancer", "riskslim_mushroom", "riskslim_spambase", "riskslim_adult"]
FIVE_CRITERIA = "range = [-5, 5]\nmax_criteria = 5\n"
FEATURES = {
    "opens_30d": {"kind": "email_open", "within": 30, "measure": "count"},
    "clicks_30d": {"kind": "email_click", "within": 30, "measure": "count"},
    "visits_30d": {"kind": "visit", "within": 30, "measure": "count"},
    "pages_30d": {"kind": "visit", "within": 30, "measure": "sum:pages"},
    "calls_90d": {"kind": "call", "within": 90, "measure": "count"},
    "days_since_last_visit": {"kind": "visit", "within": None, "measure": "days_since_last"},
    "active_days_90d": {"kind": None, "within": 90, "measure": "active_days"},
}
IN_NO_STAGE = "in no stage (start, writing the files, end)"
WHOLE = "whole command"
SMALL = 0.001
SMALL_ONES = "all stages under 1 ms each"


def main():
    options = arguments()
    bench = Bench(options)
    print(machine_in_words(bench.figures["machine"]) + "\n", flush=True)
    if bench.figures["machine"]["load"] > 0.5:
        print("something else is running here: figures will be too high, LightGBM's most of all", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        bench.folder = pathlib.Path(folder)
        if "five criteria" in options.only:
            bench.five_criteria()
        if "events" in options.only:
            for n_events in options.events:
                bench.events(n_events)
        for n_leads in options.leads:
            leads = synth(bench.bantam, bench.folder, n_leads, seed=7)
            if "calibrate" in options.only:
                bench.calibrate(leads, n_leads)
            if "score" in options.only:
                bench.score(leads, n_leads)
            leads.unlink()
    figures = bench.figures
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    parts = [machine_in_words(figures["machine"]), table_of(figures["rows"])]
    if figures["stages"]:
        parts.append(table_of_stages(figures["stages"]))
    if options.before:
        before = json.loads(options.before.read_text())
        parts += [f"Before: {machine_in_words(before['machine'])}", *changes(before, figures)]
    text = "\n\n".join(str(part).rstrip() for part in parts) + "\n"
    print(text.split("\n\n", 1)[1], end="")
    if options.markdown:
        options.markdown.write_text(text)


class Bench:
    def __init__(self, options):
        self.options = options
        self.bantam = bantam_command()
        self.python = sys.executable
        self.limits = {"most_seconds": options.limit, "most_mib": options.memory}
        self.card = None
        self.figures = {"machine": machine(self.bantam), "rows": [], "stages": {}}

    def turns(self, jobs):
        wanted = {name: job for name, job in jobs.items() if not self.options.tools or name.split()[0] in self.options.tools}
        return in_turns(wanted, self.options.repeat, self.options.once_over)

    def row(self, size, job, tool, runs, quality=None):
        """Keeps the medians of some runs, and says them."""
        figures = medians(runs)
        quality = None if "trouble" in figures or quality is None else quality(runs[0])
        self.figures["rows"].append({"size": size, "job": job, "tool": tool, "quality": quality, **figures})

    def calibrate(self, leads, n_leads):
        size, folds = f"{n_leads:,} leads", self.folder / "folds.npy"
        ours = {}

        def deal_folds(run_folder):
            # The others take the folds that Bantam dealt.
            if not ours:
                made = in_python(self.python, "tables.py", "folds", folds, leads, run_folder / "out_of_fold.parquet")
                ours.update(made)
                if made["code"] != 0:
                    sys.exit(made["stderr"])

        what = [leads, "--converted", "converted", "--id", "id", "--folds", "random:5"]
        peers = {
            "OptBinning": lambda: in_python(self.python, "tools.py", "optbinning", leads, folds, **self.limits),
            "LightGBM": lambda: in_python(self.python, "tools.py", "lightgbm", leads, folds, **self.limits),
        }
        read = self.reader(leads)
        read()
        found = self.turns(
            {
                "Bantam": lambda: calibrate(self.bantam, what, keep=deal_folds, **self.limits),
                "polars read": read,
                # Without a run of Bantam there are no folds.
                **{name: (lambda job=job: job() if folds.exists() else NO_FOLDS) for name, job in peers.items()},
            }
        )
        for tool, runs in found.items():
            quality = None if tool == "polars read" else lambda run: f"AUC {run.get('auc') or ours['auc']:.4f}"
            self.row(size, "calibrate", tool, runs, quality)
        finished = [run for run in found.get("Bantam", []) if "metrics" in run]
        if finished:
            self.figures["stages"][size] = median_stages(finished)
        folds.unlink(missing_ok=True)

    def reader(self, *files):
        return lambda: in_python(self.python, "tools.py", "read", *files, **self.limits)

    def score(self, leads, n_leads):
        if self.card is None:
            # In a folder of their own: there may be as many of them.
            others = self.folder / "others"
            others.mkdir()
            self.card = card_of_other_leads(self.bantam, others)
        sql = self.export(self.card)
        ours, theirs = self.folder / "ours.parquet", self.folder / "theirs.parquet"
        read = self.reader(leads)
        read()
        found = self.turns(
            {
                "Bantam": lambda: timed([self.bantam, "score", self.card, leads, "-o", ours, "--quiet"], **self.limits),
                "DuckDB": lambda: in_python(self.python, "tools.py", "scores", leads, sql, PLAIN, theirs, **self.limits),
            }
        )
        self.rows_of_outputs(f"{n_leads:,} leads", "score", found, ours, theirs, n_leads)
        if not any(row["size"] == f"{n_leads:,} leads" and row["tool"] == "polars read" for row in self.figures["rows"]):
            for tool, runs in self.turns({"polars read": read}).items():
                self.row(f"{n_leads:,} leads", "score", tool, runs)

    def rows_of_outputs(self, size, job, found, ours, theirs, n_leads):
        for tool, runs in found.items():
            self.row(size, job, tool, runs)
        if ours.exists() and theirs.exists() and all("trouble" not in medians(runs) for runs in found.values()):
            assert_equal(ours, theirs, PLAIN, n_leads)
            self.figures["rows"][-1]["quality"] = "the same output"
        ours.unlink(missing_ok=True)
        theirs.unlink(missing_ok=True)

    def export(self, card):
        sql = self.folder / "card.sql"
        how = ["--to", "sql", "--dialect", "duckdb", "--form", "statement", "--table", "leads", "-o", sql, "--quiet"]
        run = timed([self.bantam, "export", card, *how])
        if run["code"] != 0:
            sys.exit(f"the card was not exported:\n{run['stderr']}")
        return sql

    def five_criteria(self):
        n_leads = self.options.fasterrisk_leads
        leads = synth(self.bantam, self.folder, n_leads, seed=7)
        self.five_criteria_of(f"{n_leads:,} made-up leads", leads, {"by": "random"}, has_id=True)
        leads.unlink()
        for name in SETS_OF_YES_AND_NO:
            path = shared() / "data" / f"{name}.parquet"
            if path.exists():
                self.five_criteria_of(name, path, {"by": "column", "column": "fold"}, has_id=False)
            else:
                self.row(name, "five criteria, fit alone", "Bantam", [left_out(f"there is no {name}.parquet; BANTAM_SHARED")])

    def five_criteria_of(self, size, leads, dealt, has_id):
        folds, matrix, config = (self.folder / name for name in ("folds.npy", "matrix.parquet", "five.toml"))
        sections = {"leads": {"path": str(leads)} | ({"id": "id"} if has_id else {})}
        sections |= {"outcome": {"converted": "converted"}, "folds": dealt}
        config.write_text(toml(sections) + "[points]\n" + FIVE_CRITERIA)

        def deal_folds(run_folder):
            if not folds.exists() and has_id:
                make(self.python, "folds", folds, leads, run_folder / "out_of_fold.parquet")

        def fit_alone():
            run = calibrate(self.bantam, [config], keep=deal_folds, **self.limits)
            return run | ({"wall": stages(run)["fit"], "cpu": None} if "metrics" in run else {})

        if has_id:
            make(self.python, "yes_or_no", matrix, leads)
        else:
            make(self.python, "fold_column", folds, leads)
        python = self.options.fasterrisk_python
        rows = matrix if has_id else leads
        found = self.turns(
            {
                "Bantam": fit_alone,
                "FasterRisk": lambda: (
                    in_python(python, "tools.py", "fasterrisk", rows, folds, **self.limits)
                    if python and folds.exists()
                    else left_out("not timed: --fasterrisk-python says where it is installed")
                ),
            }
        )

        def loss(run):
            judged = run["metrics"]["folds"][0]["log_loss_judged"] if "metrics" in run else run["log_loss_judged"]
            return f"log loss {judged:.4f}"

        for tool, runs in found.items():
            self.row(size, "five criteria, fit alone", tool, runs, loss)
        folds.unlink(missing_ok=True)
        matrix.unlink(missing_ok=True)

    def events(self, n_events):
        n_leads = max(1, n_events // self.options.events_per_lead)
        size = f"{n_leads:,} leads, {n_events:,} events"
        tables = make(self.python, "events", self.folder / "events", n_leads, n_events)
        leads, events, config = (tables / name for name in ("leads.parquet", "events.parquet", "bantam.toml"))
        config.write_text(events_config(leads, events))
        card, features = self.folder / "events-card.json", json.dumps(FEATURES)

        def keep_card(run_folder):
            card.write_bytes((run_folder / "card.json").read_bytes())

        def count_events():
            run = calibrate(self.bantam, [config], keep=keep_card, **self.limits)
            if "metrics" in run:
                # Of the leads too, because the SQL reads them as well.
                own = [seconds for stage, seconds in stages(run).items() if is_of_events(stage)]
                run |= {"whole": run["wall"], "wall": sum(own), "cpu": None}
            return run

        read = self.reader(leads, events)
        read()
        found = self.turns(
            {
                "Bantam": count_events,
                "DuckDB": lambda: in_python(
                    self.python, "tools.py", "event_features", leads, events, features, **self.limits
                ),
                "polars read": read,
            }
        )
        for tool, runs in found.items():
            whole = (lambda run: f"whole calibration {run['whole']:.2f} s") if tool == "Bantam" else None
            self.row(size, "event features", tool, runs, whole)
        if card.exists():
            sql = self.export(card)
            ours, theirs = self.folder / "ours.parquet", self.folder / "theirs.parquet"
            score = [self.bantam, "score", card, leads, "--config", config, "-o", ours, "--quiet"]
            query = ["event_scores", leads, events, features, sql, PLAIN, theirs]
            found = self.turns(
                {
                    "Bantam": lambda: timed(score, **self.limits),
                    "DuckDB": lambda: in_python(self.python, "tools.py", *query, **self.limits),
                }
            )
            self.rows_of_outputs(size, "events to scores", found, ours, theirs, n_leads)
            card.unlink()
        for path in (leads, events, config):
            path.unlink()


def is_of_events(stage):
    """Stages between the files and the values of criteria, whatever else they are called one day."""
    return stage in ("read leads", "criteria", "criteria of others") or "event" in stage


def left_out(why):
    """A run that did not take place."""
    return {"over": None, "code": 0, "missing": why, "wall": 0.0}


NO_FOLDS = left_out("not timed: Bantam left no folds")


def toml(sections):
    """Sections of texts; a JSON string is a TOML string too."""
    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        for name, keys in sections.items()
    )


def events_config(leads, events):
    sections = {
        "leads": {"path": str(leads), "id": "id", "as_of": "as_of"},
        "outcome": {"converted": "converted"},
        "events": {"path": str(events), "lead": "lead", "at": "at", "kind": "kind"},
        "folds": {"by": "random"},
    }
    lines = [toml(sections)]
    for name, wanted in FEATURES.items():
        rule = {"measure": wanted["measure"]}
        rule |= {"kind": wanted["kind"]} if wanted["kind"] else {}
        rule |= {"within": f"{wanted['within']}d"} if wanted["within"] else {}
        inline = ", ".join(f"{key} = {json.dumps(value)}" for key, value in rule.items())
        lines.append(f"[[criterion]]\nname = {json.dumps(name)}\nevents = {{ {inline} }}\n")
    return "".join(lines)


def median_stages(runs):
    """Seconds by stage of the run of median length, what is in no stage, and the whole."""
    run = sorted(runs, key=lambda run: run["wall"])[len(runs) // 2]
    seconds = stages(run)
    return seconds | {IN_NO_STAGE: run["wall"] - sum(seconds.values()), WHOLE: run["wall"]}


def table_of(rows):
    table = Table("size<", "job<", "tool<", "seconds", "CPU s", "MiB", "x Bantam", "x read", "runs", "what came of it<")
    for row in rows:
        head = row["size"], row["job"], row["tool"]
        if "trouble" in row:
            table.add(*head, "-", "-", "-", "-", "-", "-", row["trouble"])
            continue
        same = [other for other in rows if other["size"] == row["size"] and "trouble" not in other]
        ours = next((other for other in same if (other["job"], other["tool"]) == (row["job"], "Bantam")), None)
        read = next((other for other in same if other["tool"] == "polars read"), None)
        table.add(
            *head,
            in_digits(row["wall"]),
            in_digits(row["cpu"]),
            f"{row['mib']:,.0f}",
            times(row, ours),
            times(row, read),
            row["n_runs"],
            row["quality"] or "",
        )
    return table


def table_of_stages(sizes):
    table = Table("stage<", *(f"{size}, s" for size in sizes), *(f"{size}, %" for size in sizes))
    sizes = {size: with_small_ones_together(of_stage, sizes.values()) for size, of_stage in sizes.items()}
    for stage in names_of_stages(sizes.values()):
        seconds = [of_stage.get(stage, 0.0) for of_stage in sizes.values()]
        shares = [f"{own / of_stage[WHOLE]:.1%}" for own, of_stage in zip(seconds, sizes.values(), strict=True)]
        table.add(stage, *(f"{own:.3f}" for own in seconds), *shares)
    return table


def with_small_ones_together(seconds, all_of_them):
    """One line for the stages that take next to nothing at any size."""
    small = [stage for stage in seconds if all(other.get(stage, 0.0) < SMALL for other in all_of_them)]
    kept = {stage: own for stage, own in seconds.items() if stage not in small}
    return kept | ({SMALL_ONES: sum(seconds[stage] for stage in small)} if small else {})


def names_of_stages(all_of_them):
    """In the order of the runs; the two lines that are no stages last."""
    names = {stage: None for of_stage in all_of_them for stage in of_stage}
    return [name for name in names if name not in (IN_NO_STAGE, WHOLE)] + [IN_NO_STAGE, WHOLE]


def changes(before, now):
    """Tables of what both runs have: jobs, and the stages of each size."""
    table = Table(
        *("size<", "job<", "tool<", "s before", "s now", "times as fast"),
        *("CPU s before", "CPU s now", "MiB before", "MiB now"),
    )
    earlier = {(row["size"], row["job"], row["tool"]): row for row in before["rows"]}
    for row in now["rows"]:
        key = row["size"], row["job"], row["tool"]
        if key not in earlier:
            continue
        then = earlier[key]
        table.add(
            *key,
            *(found.get("trouble") or in_digits(found["wall"]) for found in (then, row)),
            "-" if "trouble" in then or "trouble" in row else in_digits(then["wall"] / row["wall"]),
            *(in_digits(found.get("cpu")) for found in (then, row)),
            *("-" if "trouble" in found else f"{found['mib']:,.0f}" for found in (then, row)),
        )
    tables = [table]
    for size in now["stages"]:
        if size in before["stages"]:
            pair = before["stages"][size], now["stages"][size]
            then, own = (with_small_ones_together(seconds, pair) for seconds in pair)
            of_stages = Table(f"stage, {size}<", "s before", "s now", "saved")
            for stage in names_of_stages([then, own]):
                seconds = then.get(stage, 0.0), own.get(stage, 0.0)
                of_stages.add(stage, *(f"{second:.3f}" for second in seconds), f"{seconds[0] - seconds[1]:+.3f}")
            tables.append(of_stages)
    return tables


def times(row, other):
    return "-" if other is None or not other["wall"] else in_digits(row["wall"] / other["wall"])


def in_digits(value):
    """Three digits that count; a dash for what was not measured."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000], metavar="N")
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000, 100_000_000], metavar="N")
    parser.add_argument("--events-per-lead", type=int, default=50, metavar="N")
    parser.add_argument("--fasterrisk-leads", type=int, default=10_000, metavar="N", help="made-up leads it is given")
    parser.add_argument("--fasterrisk-python", type=pathlib.Path, metavar="FILE", help="the Python that has FasterRisk")
    parser.add_argument("--only", nargs="+", choices=JOBS, default=JOBS, metavar="JOB", help=", ".join(JOBS))
    parser.add_argument("--tools", nargs="+", metavar="NAME", help="Bantam polars OptBinning LightGBM FasterRisk DuckDB")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs of each tool at each job")
    parser.add_argument("--once-over", type=float, default=60, metavar="S", help="what takes longer runs once")
    parser.add_argument("--limit", type=float, default=1800, metavar="S", help="what takes longer is stopped")
    parser.add_argument("--memory", type=float, default=0.85 * memory_mib(), metavar="MIB", help="what takes more is stopped")
    parser.add_argument("--folder", type=pathlib.Path, metavar="DIR", help="where tables go: 3 GB at 10,000,000 leads")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="keep the figures")
    parser.add_argument("--before", type=pathlib.Path, metavar="FILE", help="figures of an earlier --json beside these")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="write the tables there as well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
