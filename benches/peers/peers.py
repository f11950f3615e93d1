#!/usr/bin/env python3
"""Bantam beside other tools, on real public data, as tables.

    python3 benches/peers/peers.py [SET ...]     # accuracy and calibration out of fold, pairs, then the five-criteria cards
    python3 benches/peers/peers.py --live        # also times FasterRisk and OptBinning on this machine, side by side
    python3 benches/peers/peers.py --json FILE   # keep the figures too

Data and the peers' results are not part of this repository: they are looked for in `../shared` next to it, or where
BANTAM_SHARED points. The binary is BANTAM, or `cargo build --release` makes it. Needs nothing but Python; `--live`
times what it finds installed and says what it does not. FasterRisk and OptBinning want different versions of pandas, so
each needs a virtual environment of its own: `fasterrisk==0.1.10 polars pyarrow`, `optbinning==1.0.0 polars pyarrow`.

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

from live import time_peers
from table import Table

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The bars. OptBinning's float card is to be beaten everywhere, LightGBM on the small sets; on the large ones the card
# may lose this share of LightGBM's log loss.
BELOW_LIGHTGBM = {"german", "riskslim_mammo", "riskslim_breastcancer"}
WITHIN_OF_LIGHTGBM = {"bank": 0.02, "taiwan": 0.02, "adult": 0.02}
SLOPE = (0.95, 1.05)
OBSERVED_OVER_EXPECTED = (0.97, 1.03)
OBSERVED_OVER_EXPECTED_AT_THRESHOLD = (0.9, 1.1)
# Pairs may make no set worse than this.
WORSE_BY_PAIRS = 0.0005
# Five criteria, points in -5..5: not above FasterRisk's log loss on judged leads, in a hundredth of its time.
FIVE_CRITERIA = "range = [-5, 5]\nmax_criteria = 5\n"
TIMES_FASTER = 100

ACCURACY = """
Out of fold, default settings. Log loss in nats, lower is better. Ours is in whole points; OptBinning's card stands
there unrounded (float) and in whole points. O/E: conversions seen / promised, over all and at the thresholds.
"""
FIVE = """
Five criteria, points in -5..5: log loss of the five folds' cards on the leads they were fitted on (train) and on those
they judged, means over folds. A criterion of FasterRisk is a column with one weight; one of ours may have several levels
(that matters on breastcancer and spambase, whose columns are not all yes or no). Seconds: the whole command (five
folds, the card that ships, all files), a sixth of that for one card, and one fit of FasterRisk as its reference file
has it.
"""


PAIRS = """
What two answers say together. Out of fold, log loss in nats: our card without pairs (`pairs = 0`) and by default, the
explainable boosting machine (EBM) without and with pairs as its reference file has it, LightGBM. Pairs are those of the
card that ships.
"""


def main():
    options = arguments()
    shared = pathlib.Path(os.environ.get("BANTAM_SHARED", ROOT.parent / "shared"))
    reference = shared / "reference" / "peers.json"
    if not reference.exists():
        print(f"Nothing to compare with: there is no {reference}. BANTAM_SHARED can name the folder that has it.")
        return
    peers = json.loads(reference.read_text())
    ebm = json.loads((shared / "reference" / "ebm.json").read_text())
    fasterrisk = json.loads((shared / "reference" / "fasterrisk.json").read_text())
    unknown = set(options.sets) - set(peers)
    if unknown:
        sys.exit(f"no such set: {', '.join(sorted(unknown))}; there are {', '.join(peers)}")
    names = options.sets or list(peers)
    small = [name for name in names if isinstance(fasterrisk.get(name), dict)]
    bantam = Bantam(shared / "data")

    figures = {"accuracy": compare_accuracy(bantam, names, peers)}
    figures["pairs"] = compare_pairs(bantam, figures["accuracy"], peers, ebm)
    if small:
        figures["five_criteria"] = compare_five_criteria(bantam, small, fasterrisk)
    if options.live:
        figures["live"] = time_peers(
            shared,
            {"FasterRisk": small, "OptBinning": names},
            lambda tool, name: bantam.calibrate(name, FIVE_CRITERIA if tool == "FasterRisk" else "")["seconds_a_card"],
        )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="SET", help="names of data sets; all when left out")
    parser.add_argument(
        "--live", action="store_true", help="time FasterRisk and OptBinning here, if they are installed"
    )
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there as well")
    return parser.parse_args()


class Bantam:
    """The command, run on a data set with the set's own folds."""

    def __init__(self, data):
        self.data = data
        self.program = os.environ.get("BANTAM") or self.build()

    @staticmethod
    def build():
        command = ["cargo", "build", "--release", "--message-format", "json"]
        built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        artefacts = [json.loads(line) for line in built.stdout.splitlines()]
        return next(artefact["executable"] for artefact in reversed(artefacts) if artefact.get("executable"))

    def calibrate(self, name, points=""):
        """metrics.json of a run, with `seconds_in_all` and `seconds_a_card` of the whole command.

        - `points`: keys of `[points]`; without any, the run has no config at all.
        """
        data = self.data / f"{name}.parquet"
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "out"
            what = [data, "--converted", "converted", "--folds", "column:fold"]
            if points:
                what = [pathlib.Path(folder) / "bantam.toml"]
                what[0].write_text(
                    # A JSON string is a TOML string too.
                    f"[leads]\npath = {json.dumps(str(data))}\n[outcome]\nconverted = 'converted'\n"
                    f"[folds]\nby = 'column'\ncolumn = 'fold'\n[points]\n{points}"
                )
            start = time.perf_counter()
            done = subprocess.run([self.program, "calibrate", *what, "--out", out], capture_output=True, text=True)
            seconds = time.perf_counter() - start
            # 1: a gate failed. Some sets are so easy that the card is called too good to be true; their columns are what they are.
            if done.returncode not in (0, 1) or not (out / "current" / "metrics.json").exists():
                sys.exit(f"bantam calibrate {name} ended with {done.returncode}:\n{done.stderr}")
            metrics = json.loads((out / "current" / "metrics.json").read_text())
        n_cards = len(metrics["folds"]) + 1
        return metrics | {"seconds_in_all": seconds, "seconds_a_card": seconds / n_cards}


def compare_accuracy(bantam, names, peers):
    table = Table(
        *("set<", "leads", "Bantam", "OptB float", "OptB points", "LightGBM", "plain logistic"),
        *("AUC", "OptB AUC", "LGBM AUC", "slope", "O/E", "at thresholds<", "criteria", "rows", "seconds", "bars<"),
    )
    figures = {}
    for name in names:
        metrics, theirs = bantam.calibrate(name), peers[name]
        ours, card = metrics["out_of_fold"], metrics["card"]
        at_thresholds = [at["observed_over_expected"] for at in metrics["at_threshold"]]
        table.row(
            name,
            metrics["n_leads"],
            f"{ours['log_loss']:.5f}",
            *(f"{theirs[tool]['log_loss']:.5f}" for tool in ("optbinning", "optbinning_pts", "lightgbm")),
            f"{metrics['baseline_logistic']['log_loss']:.5f}",
            *(f"{model['auc']:.4f}" for model in (ours, theirs["optbinning"], theirs["lightgbm"])),
            "none" if ours["calibration_slope"] is None else f"{ours['calibration_slope']:.3f}",
            f"{ours['observed_over_expected']:.3f}",
            " ".join(f"{value:.2f}" for value in at_thresholds) or "none",
            card["n_criteria"],
            card["n_rows"],
            f"{metrics['seconds_in_all']:.2f}",
            verdict(missed_accuracy(name, ours, at_thresholds, theirs)),
        )
        kept = ("n_leads", "out_of_fold", "baseline_logistic", "card", "at_threshold", "seconds", "seconds_in_all")
        figures[name] = {key: metrics[key] for key in kept}
    print(ACCURACY.strip() + "\n")
    table.show()
    return figures


def compare_pairs(bantam, by_default, peers, ebm):
    table = Table("set<", "no pairs", "Bantam", "pairs", "EBM mains", "EBM pairs", "LightGBM", "over LightGBM", "worse by pairs<")
    figures = {}
    for name, ours in by_default.items():
        with_pairs = ours["out_of_fold"]["log_loss"]
        without = bantam.calibrate(name, "pairs = 0\n")["out_of_fold"]["log_loss"]
        lightgbm = peers[name]["lightgbm"]["log_loss"]
        theirs = [ebm.get(name, {}).get(kind) for kind in ("mains", "pairs")]
        table.row(
            name,
            f"{without:.5f}",
            f"{with_pairs:.5f}",
            ours["card"]["n_pairs"],
            *("unknown" if loss is None else f"{loss:.5f}" for loss in theirs),
            f"{lightgbm:.5f}",
            f"{with_pairs / lightgbm - 1:+.1%}",
            f"missed: {with_pairs - without:+.5f}" if with_pairs - without > WORSE_BY_PAIRS else "no",
        )
        figures[name] = {"log_loss_without_pairs": without, "log_loss": with_pairs, "n_pairs": ours["card"]["n_pairs"]}
    print(PAIRS.strip() + "\n")
    table.show()
    return figures


def missed_accuracy(name, ours, at_thresholds, theirs):
    missed = []
    over = ours["log_loss"] - theirs["optbinning"]["log_loss"]
    if over >= 0:
        missed.append(f"OptBinning +{over:.5f}")
    share = ours["log_loss"] / theirs["lightgbm"]["log_loss"] - 1
    if (name in BELOW_LIGHTGBM and share >= 0) or share > WITHIN_OF_LIGHTGBM.get(name, math.inf):
        missed.append(f"LightGBM {share:+.1%}")
    slope = ours["calibration_slope"]
    # A card that tells all leads apart has no slope: its log-odds could be stretched without end.
    if slope is not None and not SLOPE[0] <= slope <= SLOPE[1]:
        missed.append("slope")
    if not OBSERVED_OVER_EXPECTED[0] <= ours["observed_over_expected"] <= OBSERVED_OVER_EXPECTED[1]:
        missed.append("O/E")
    low, high = OBSERVED_OVER_EXPECTED_AT_THRESHOLD
    if not all(low <= value <= high for value in at_thresholds):
        missed.append("O/E at a threshold")
    return missed


def compare_five_criteria(bantam, names, fasterrisk):
    table = Table(
        *("set<", "train", "FasterRisk", "best float five", "judged", "FasterRisk judged"),
        *("seconds", "a card", "FasterRisk fit", "times faster", "bars<"),
    )
    figures = {}
    for name in names:
        metrics, theirs = bantam.calibrate(name, FIVE_CRITERIA), fasterrisk[name]
        train, judged = (
            statistics.fmean(fold[loss] for fold in metrics["folds"]) for loss in ("log_loss_fit", "log_loss_judged")
        )
        faster = theirs["seconds"] / metrics["seconds_a_card"]
        missed = []
        # The reference is kept to four decimals, so that is what is compared.
        if round(judged, 4) > theirs["test_log_loss"]:
            missed.append(f"log loss +{judged - theirs['test_log_loss']:.4f}")
        if faster < TIMES_FASTER:
            missed.append(f"{faster:.0f} times")
        table.row(
            name,
            f"{train:.4f}",
            f"{theirs['train_log_loss']:.4f}",
            theirs.get("best_float_five_train_log_loss", "unknown"),
            f"{judged:.4f}",
            f"{theirs['test_log_loss']:.4f}",
            f"{metrics['seconds_in_all']:.3f}",
            f"{metrics['seconds_a_card']:.4f}",
            f"{theirs['seconds']:.2f}",
            f"{faster:.0f}",
            verdict(missed),
        )
        figures[name] = {"train_log_loss": train, "judged_log_loss": judged, "card": metrics["card"]}
        figures[name] |= {key: metrics[key] for key in ("seconds", "seconds_in_all", "seconds_a_card")}
    print(FIVE.strip() + "\n")
    table.show()
    return figures


def verdict(missed):
    return "missed: " + ", ".join(missed) if missed else "met"


if __name__ == "__main__":
    main()
