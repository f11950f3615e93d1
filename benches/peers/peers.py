#!/usr/bin/env python3
"""Bantam beside other tools, on real public data, as tables.

    python3 benches/peers/peers.py [SET ...]     # accuracy and calibration out of fold, then the five-criteria cards
    python3 benches/peers/peers.py --live        # also times FasterRisk and OptBinning on this machine, side by side
    python3 benches/peers/peers.py --json FILE   # keep the figures too

Data and the peers' results are not part of this repository: they are looked for in `../shared` next to it, or where
BANTAM_SHARED points. The binary is BANTAM, or `cargo build --release` makes it. Needs nothing but Python; `--live` times
what it finds installed and says what it does not. FasterRisk and OptBinning want different versions of pandas, so each
needs a virtual environment of its own, with `fasterrisk==0.1.10 polars pyarrow` or `optbinning==1.0.0 polars pyarrow`.

Every set has its own fold numbers; a card judges only leads of a fold it was not fitted on, and so did the peers.
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The bars. OptBinning's float card is to be beaten everywhere, LightGBM on the small sets; on the large ones the card may
# lose this share of LightGBM's log loss.
BELOW_LIGHTGBM = {"german", "riskslim_mammo", "riskslim_breastcancer"}
WITHIN_OF_LIGHTGBM = {"bank": 0.02, "taiwan": 0.02, "adult": 0.02}
SLOPE = (0.95, 1.05)
OBSERVED_OVER_EXPECTED = (0.97, 1.03)
OBSERVED_OVER_EXPECTED_AT_THRESHOLD = (0.9, 1.1)
# Five criteria, points in -5..5: not above FasterRisk's training log loss, in a hundredth of its time.
FIVE_CRITERIA = "[points]\nrange = [-5, 5]\nmax_criteria = 5\n"
TIMES_FASTER = 100


def main():
    options = arguments()
    shared = pathlib.Path(os.environ.get("BANTAM_SHARED", ROOT.parent / "shared"))
    reference = shared / "reference" / "peers.json"
    if not reference.exists():
        print(f"Nothing to compare with: {reference} does not exist. Point BANTAM_SHARED at the folder with `data` and `reference`.")
        return
    peers = json.loads(reference.read_text())
    unknown = set(options.sets) - set(peers)
    if unknown:
        sys.exit(f"no such set: {', '.join(sorted(unknown))}; there are {', '.join(peers)}")
    names = options.sets or list(peers)
    bantam = binary()
    figures = {"accuracy": {}, "five_criteria": {}, "live": {}}

    print("Out of fold, default settings. Log loss in nats, lower is better; whole points for us, `float` is OptBinning's card unrounded.")
    accuracy = Table("set", "leads", "Bantam", "OptB float", "OptB points", "LightGBM", "AUC", "AUC OptB", "AUC LGBM", "plain logistic",
                     "slope", "O/E", "O/E at thr.", "criteria", "rows", "seconds", "bars")
    for name in names:
        metrics, seconds = calibrate(bantam, shared / "data" / f"{name}.parquet")
        ours, theirs, card = metrics["out_of_fold"], peers[name], metrics["card"]
        thresholds = [at["observed_over_expected"] for at in metrics["at_threshold"]]
        accuracy.row(
            name, metrics["n_leads"], f"{ours['log_loss']:.5f}", f"{theirs['optbinning']['log_loss']:.5f}",
            f"{theirs['optbinning_pts']['log_loss']:.5f}", f"{theirs['lightgbm']['log_loss']:.5f}", f"{ours['auc']:.4f}",
            f"{theirs['optbinning']['auc']:.4f}", f"{theirs['lightgbm']['auc']:.4f}", f"{metrics['baseline_logistic']['log_loss']:.5f}",
            f"{ours['calibration_slope']:.3f}", f"{ours['observed_over_expected']:.3f}",
            " ".join(f"{value:.2f}" for value in thresholds) or "none", card["n_criteria"], card["n_rows"], f"{seconds:.2f}",
            verdict(missed_bars(name, ours, thresholds, theirs)))
        figures["accuracy"][name] = {"metrics": {k: metrics[k] for k in ("n_leads", "out_of_fold", "baseline_logistic", "card", "at_threshold")},
                                     "seconds": seconds}
    accuracy.end()

    fasterrisk = json.loads((shared / "reference" / "fasterrisk.json").read_text())
    small = [name for name in names if isinstance(fasterrisk.get(name), dict)]
    if small:
        print("\nFive criteria, points in -5..5. Mean training log loss of the five folds' cards; seconds are the whole command (five folds,")
        print("the card that ships, all files), `a card` is a sixth of it; FasterRisk's are one fit, from its reference file.")
        five = Table("set", "Bantam", "FasterRisk", "best float five", "judged", "judged FR", "s", "s a card", "s FasterRisk", "times faster", "bars")
        for name in small:
            metrics, seconds = calibrate(bantam, shared / "data" / f"{name}.parquet", FIVE_CRITERIA)
            theirs = fasterrisk[name]
            fit = statistics.fmean(fold["log_loss_fit"] for fold in metrics["folds"])
            judged = statistics.fmean(fold["log_loss_judged"] for fold in metrics["folds"])
            a_card = seconds / (len(metrics["folds"]) + 1)
            faster = theirs["seconds"] / a_card
            # The reference is kept to four decimals, so that is what is compared.
            missed = [f"log loss +{fit - theirs['train_log_loss']:.4f}"] * (round(fit, 4) > theirs["train_log_loss"])
            missed += [f"{faster:.0f} times"] * (faster < TIMES_FASTER)
            best = theirs.get("best_float_five_train_log_loss")
            five.row(name, f"{fit:.4f}", f"{theirs['train_log_loss']:.4f}", f"{best:.4f}" if best else "", f"{judged:.4f}", f"{theirs['test_log_loss']:.4f}",
                     f"{seconds:.3f}", f"{a_card:.4f}", f"{theirs['seconds']:.2f}", f"{faster:.0f}", verdict(missed))
            figures["five_criteria"][name] = {"train_log_loss": fit, "judged_log_loss": judged, "seconds": seconds, "card": metrics["card"]}
        five.end()

    if options.live:
        figures["live"] = live(bantam, shared / "data", names, small)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="SET", help="names of data sets; all when left out")
    parser.add_argument("--live", action="store_true", help="time FasterRisk and OptBinning here, if they are installed")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there as well")
    return parser.parse_args()


def binary():
    if "BANTAM" in os.environ:
        return os.environ["BANTAM"]
    built = subprocess.run(["cargo", "build", "--release", "--message-format", "json"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    executables = [message.get("executable") for message in map(json.loads, built.stdout.splitlines())]
    return next(path for path in reversed(executables) if path)


def calibrate(bantam, data, config=None):
    """metrics.json of a run on `data` with its own folds, and the seconds of the whole command."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        what = [data, "--converted", "converted", "--folds", "column:fold"]
        if config:
            toml = folder / "bantam.toml"
            # A JSON string is a TOML string too.
            toml.write_text(f"[leads]\npath = {json.dumps(str(data))}\n[outcome]\nconverted = \"converted\"\n[folds]\nby = \"column\"\ncolumn = \"fold\"\n{config}")
            what = [toml]
        start = time.perf_counter()
        done = subprocess.run([bantam, "--quiet", "calibrate", *what, "--out", folder / "out"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        seconds = time.perf_counter() - start
        if done.returncode != 0:
            sys.exit(f"bantam calibrate {data.name} ended with {done.returncode}:\n{done.stdout}")
        return json.loads((folder / "out" / "current" / "metrics.json").read_text()), seconds


def missed_bars(name, ours, thresholds, theirs):
    missed = []
    over = ours["log_loss"] - theirs["optbinning"]["log_loss"]
    if over >= 0:
        missed.append(f"OptBinning +{over:.5f}")
    share = ours["log_loss"] / theirs["lightgbm"]["log_loss"] - 1
    if name in BELOW_LIGHTGBM and share >= 0 or share > WITHIN_OF_LIGHTGBM.get(name, math.inf):
        missed.append(f"LightGBM {share:+.1%}")
    if not SLOPE[0] <= ours["calibration_slope"] <= SLOPE[1]:
        missed.append("slope")
    if not OBSERVED_OVER_EXPECTED[0] <= ours["observed_over_expected"] <= OBSERVED_OVER_EXPECTED[1]:
        missed.append("O/E")
    low, high = OBSERVED_OVER_EXPECTED_AT_THRESHOLD
    if not all(low <= value <= high for value in thresholds):
        missed.append("O/E at threshold")
    return missed


def verdict(missed):
    return "missed: " + ", ".join(missed) if missed else "met"


def live(bantam, data, names, small):
    """One fit of each peer on the first fold's training part, right before and after ours, on this machine as it is now."""
    try:
        import polars
    except ImportError:
        print("\n--live needs polars to read the data: pip install polars pyarrow")
        return {}
    timed = {"FasterRisk": (small, time_fasterrisk, FIVE_CRITERIA), "OptBinning": (names, time_optbinning, None)}
    figures = {}
    for tool, (sets, fit, config) in timed.items():
        try:
            __import__(tool.lower())
        except ImportError as missing:
            print(f"\n{tool} is not timed: {missing}")
            continue
        print(f"\nSeconds of one fit on four folds, side by side on this machine; {tool} from values in memory, Bantam a sixth of the whole command.")
        table = Table("set", "Bantam", tool, "times faster")
        for name in sets:
            rows = polars.read_parquet(data / f"{name}.parquet").filter(polars.col("fold") != 0)
            theirs = fit(rows.drop("row_id", "fold", "converted"), rows["converted"].to_numpy())
            metrics, seconds = calibrate(bantam, data / f"{name}.parquet", config)
            ours = seconds / (len(metrics["folds"]) + 1)
            table.row(name, f"{ours:.4f}", f"{theirs:.3f}", f"{theirs / ours:.0f}")
            figures.setdefault(tool, {})[name] = {"bantam_seconds_a_card": ours, "peer_seconds_a_fit": theirs}
        table.end()
    return figures


def time_fasterrisk(rows, converted):
    from fasterrisk.fasterrisk import RiskScoreOptimizer

    x = rows.cast({name: float for name in rows.columns}).to_numpy()
    start = time.perf_counter()
    RiskScoreOptimizer(X=x, y=converted * 2.0 - 1.0, k=5, lb=-5, ub=5).optimize()
    return time.perf_counter() - start


def time_optbinning(rows, converted):
    import polars
    from optbinning import BinningProcess, Scorecard
    from sklearn.linear_model import LogisticRegression

    rows = rows.with_columns(polars.col(polars.Boolean).cast(polars.Int8))
    text = [name for name, kind in rows.schema.items() if kind == polars.String]
    frame = rows.to_pandas()
    frame[text] = frame[text].astype(object)
    start = time.perf_counter()
    Scorecard(
        binning_process=BinningProcess(list(frame.columns), categorical_variables=text), estimator=LogisticRegression(max_iter=500),
        scaling_method="min_max", scaling_method_params={"min": 0, "max": 100}, rounding=True, reverse_scorecard=True,
    ).fit(frame, converted.astype(int), metric_missing="empirical", metric_special="empirical")
    return time.perf_counter() - start


class Table:
    """Rows of a Markdown table, printed once all are there and their widths known."""

    def __init__(self, *head):
        self.rows = [head]

    def row(self, *cells):
        self.rows.append(tuple(str(cell) for cell in cells))
        print(f"\r  {cells[0]} ... ", end="", file=sys.stderr, flush=True)

    def end(self):
        print("\r", " " * 40, "\r", end="", file=sys.stderr)
        widths = [max(len(row[k]) for row in self.rows) for k in range(len(self.rows[0]))]
        words = (0, len(widths) - 1)
        for at, row in enumerate(self.rows):
            print("| " + " | ".join(cell.ljust(w) if k in words else cell.rjust(w) for k, (cell, w) in enumerate(zip(row, widths))) + " |")
            if at == 0:
                print("|" + "|".join(("-" * (w + 2)) if k in words else ("-" * (w + 1) + ":") for k, w in enumerate(widths)) + "|")


if __name__ == "__main__":
    main()
