#!/usr/bin/env python3
"""The same claims on real leads: history is cut at many dates, calibrated on what was known, held against what came.

    python3 benches/honesty/real.py --data FOLDER --binary target/release/bantam
    python3 benches/honesty/real.py --data FOLDER --sets olist,bank --only forecast

FOLDER holds the public sets that README.md names; none of them is part of the project. Nobody knows the true chances of
real leads, so only promises of what would come are checked. Cuts of one set share most of their leads: twelve cuts are
worth far fewer than twelve histories, and the Monte Carlo error knows nothing of that.
"""

import argparse
import concurrent.futures
import dataclasses
import datetime
import functools
import json
import multiprocessing
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import polars as pl

import claims
import product
import tally

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAYS_PER_MONTH = 30.436875
QUARTER = datetime.timedelta(days=3 * DAYS_PER_MONTH)


@dataclasses.dataclass
class Cut:
    """What was known at one time, and what came."""

    name: str
    known: pl.DataFrame
    came: pl.DataFrame  # with `converted`
    outcome: dict  # keys of [outcome]
    columns: dict  # keys of [leads]
    units_ahead: float


def main():
    options = arguments()
    tasks = [
        (name, at, options) for name in options.sets for at in chosen_cuts(len(SETS[name](options.data)), options.cuts)
    ]
    found = {name: {} for name in options.sets}
    with concurrent.futures.ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        for (name, at, _), (rows, words) in zip(tasks, pool.map(one_cut, *zip(*tasks))):
            if words is None:
                found[name][at] = rows
            else:
                print(f"{name}, cut {at + 1}: {words}", file=sys.stderr)
    figures = {name: tally.tally(cuts) for name, cuts in found.items()}
    against = json.loads(options.against.read_text())["kinds"] if options.against else None
    print(tally.markdown(figures, options.only, against))
    if options.out:
        options.out.write_text(json.dumps({"kinds": figures}, indent=1) + "\n")


def chosen_cuts(n_cuts, at_most):
    """Evenly spread where there are more than are wanted."""
    return (
        range(n_cuts)
        if at_most is None or at_most >= n_cuts
        else np.linspace(0, n_cuts - 1, at_most).round().astype(int).tolist()
    )


def one_cut(name, at, options):
    cut = SETS[name](options.data)[at]()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="honesty-"))
    try:
        run = product.calibrate(
            options.binary, folder, dict(zip(cut.known.columns, cut.known.to_arrow().columns)), config_of(cut)
        )
        cut.came.drop("converted").write_parquet(folder / "came.parquet")
        command = [
            options.binary,
            "score",
            run.folder / "card.json",
            folder / "came.parquet",
            "--out",
            folder / "scored.parquet",
        ]
        subprocess.run(command, check=True, capture_output=True)
        score = pl.read_parquet(folder / "scored.parquet")["score"].to_numpy()
        came = claims.Scored(score, converted=cut.came["converted"].to_numpy().astype(float))
        return claims.check(run, [came], units_ahead=cut.units_ahead), None
    except product.Refused as refused:
        return [], str(refused)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def config_of(cut):
    """Two volumes, a share and a conversion, from what was known."""
    if "as_of" in cut.columns:
        times = cut.known[cut.columns["as_of"]]
        recent = (times > times.max() - datetime.timedelta(days=182)).sum()
        span = min(182.0, (times.max() - times.min()).total_seconds() / 86_400)
        volume = recent / span * DAYS_PER_MONTH
        policies = [
            {"name": "selective", "top": f"{max(1, round(volume / 4))}/month"},
            {"name": "wide", "top": f"{max(2, round(volume / 2))}/month"},
        ]
    else:
        policies = [{"name": "quarter", "share": 0.25}, {"name": "half", "share": 0.5}]
    won = cut.known[cut.outcome.get("converted") or cut.outcome["converted_at"]]
    rate = won.mean() if won.dtype == pl.Boolean else won.is_not_null().mean()
    policies += [
        {"name": "fifth", "share": 0.2},
        {"name": "sure", "conversion_at_least": round(min(0.95, 1.5 * rate), 3)},
    ]
    return product.config_text(cut.columns, policies, cut.outcome)


def dated_cuts(frame, cuts, horizon_days, stretch=1.0):
    """Cuts of leads with dates.

    - `frame`: leads with `as_of` and `won_at`; `cuts`: moments; `stretch`: a day counts as so many, which makes short
      histories long enough for months and quarters without changing what follows what.
    """
    start = frame["as_of"].min()
    stretched = lambda column: (start + (pl.col(column) - start) * stretch).alias(column)
    frame = frame.with_columns(stretched("as_of"), stretched("won_at")).sort("as_of").with_row_index("lead_id")
    return [functools.partial(dated_cut, frame, start + (cut - start) * stretch, horizon_days) for cut in cuts]


def dated_cut(frame, cut, horizon_days):
    known = frame.filter(pl.col("as_of") < cut).with_columns(won_at=pl.when(pl.col("won_at") < cut).then("won_at"))
    came = frame.filter((pl.col("as_of") >= cut) & (pl.col("as_of") < cut + QUARTER))
    converted = (pl.col("won_at") - pl.col("as_of") <= datetime.timedelta(days=horizon_days)).fill_null(False)
    came = came.with_columns(converted=converted).drop("won_at")
    until = (cut - datetime.timedelta(days=1)).date().isoformat()
    outcome = {"converted_at": "won_at", "horizon": f"{horizon_days}d", "observed_until": until}
    return Cut(f"{cut:%Y-%m-%d}", known, came, outcome, {"id": "lead_id", "as_of": "as_of"}, 3.0)


def days(first, last, step):
    first, last = (datetime.datetime.fromisoformat(day) for day in (first, last))
    return [first + datetime.timedelta(days=day) for day in range(0, (last - first).days + 1, step)]


def olist(data):
    """Two criteria; leads from December 2017 on, because earlier wins are missing; a day taken for three."""
    won = pl.read_parquet(data / "olist_closed_deals.parquet").select("mql_id", won_at="won_date")
    frame = pl.read_parquet(data / "olist_mqls.parquet").join(won, on="mql_id", how="left")
    frame = frame.select(
        as_of=pl.col("first_contact_date").cast(pl.Datetime("us")),
        won_at="won_at",
        landing_page="landing_page_id",
        origin="origin",
    )
    frame = frame.filter(pl.col("as_of") >= datetime.datetime(2017, 12, 1))
    return dated_cuts(frame, days("2018-02-18", "2018-04-28", 4), 90, stretch=3.0)


def school(data):
    """A year of an online school. Deals that were paid without a day of closing are left out."""
    known = ["Page", "Campaign", "Content", "Term", "Source"]
    day = lambda name: pl.col(name).str.to_datetime("%d.%m.%Y", strict=False, time_unit="us")
    frame = pl.read_csv(data / "school_deals.csv", infer_schema_length=0)
    paid = pl.col("Stage") == "Payment Done"
    frame = frame.with_columns(as_of=day("Created"), won_at=pl.when(paid).then(day("Closing Date")))
    frame = frame.filter(~paid.fill_null(False) | (pl.col("won_at") >= pl.col("as_of"))).select(
        "as_of", "won_at", *known
    )
    return dated_cuts(frame, days("2023-11-15", "2024-02-05", 6), 45)


def bpic2012(data):
    """Loan applications over five months, a day taken for six; what was done within an hour is known."""
    cases = pl.read_parquet(data / "bpic2012_cases.parquet").with_columns(pl.col("first_ts").dt.replace_time_zone(None))
    events = pl.read_parquet(data / "bpic2012_events.parquet").with_columns(
        pl.col("timestamp").dt.replace_time_zone(None)
    )
    events = events.join(cases.select("case_id", "first_ts"), on="case_id")
    won = events.filter(pl.col("activity") == "A_APPROVED").group_by("case_id").agg(won_at=pl.col("timestamp").min())
    early = (
        events.filter(pl.col("timestamp") <= pl.col("first_ts") + datetime.timedelta(hours=1))
        .group_by("case_id")
        .agg(
            n_early=pl.len(),
            last_early=pl.col("activity").sort_by("timestamp").last(),
            first_resource=pl.col("resource").sort_by("timestamp").first(),
        )
    )
    frame = (
        cases.join(early, on="case_id", how="left")
        .join(won, on="case_id", how="left")
        .select(
            as_of=(pl.col("first_ts") + datetime.timedelta(hours=1)).cast(pl.Datetime("us")),
            won_at=pl.col("won_at").cast(pl.Datetime("us")),
            amount="AMOUNT_REQ",
            n_early="n_early",
            last_early="last_early",
            first_resource="first_resource",
            hour=pl.col("first_ts").dt.hour(),
            weekday=pl.col("first_ts").dt.weekday(),
        )
    )
    frame = frame.filter(pl.col("won_at").is_null() | (pl.col("won_at") >= pl.col("as_of")))
    return dated_cuts(frame, days("2011-11-20", "2012-01-28", 5), 120, stretch=6.0)


def rows_of(frame, n_known, firsts, seed=None):
    """Cuts without dates: `n_known` rows from each of `firsts` on, then the next 1,000.

    - `seed`: every cut is then another shuffle.
    """
    return [functools.partial(row_cut, frame, n_known, first, seed) for first in firsts]


def row_cut(frame, n_known, first, seed):
    part, at = (
        (frame, first) if seed is None else (frame.sample(fraction=1.0, shuffle=True, seed=seed * 1000 + first), 0)
    )
    known, came = part.slice(at, n_known), part.slice(at + n_known, 1000)
    return Cut(f"{n_known} rows from {first}", known, came, {"converted": "converted"}, {}, 1.0)


def fold_set(data, name):
    return pl.read_parquet(data / f"{name}.parquet").drop("row_id", "fold")


def bank(data):
    """Calls in the order of two and a half years, in which everything drifts: 4,000 rows, then the next 1,000."""
    return rows_of(fold_set(data, "bank"), 4_000, range(0, 36_000, 1_200))


def shoppers(data):
    """Web sessions at random: 3,000 rows, then another 1,000."""
    return rows_of(fold_set(data, "shoppers"), 3_000, range(30), seed=1)


def adult(data):
    """The census at random."""
    return rows_of(fold_set(data, "adult"), 3_000, range(30), seed=2)


def taiwan(data):
    """Credit at random."""
    return rows_of(fold_set(data, "taiwan"), 3_000, range(30), seed=3)


SETS = {set_of.__name__: set_of for set_of in (olist, school, bpic2012, bank, shoppers, adult, taiwan)}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of the public sets")
    parser.add_argument(
        "--sets", type=lambda text: text.split(","), default=list(SETS), help="with commas between; all when left out"
    )
    parser.add_argument("--cuts", type=int, help="at most so many of each set, evenly spread")
    parser.add_argument(
        "--binary",
        default=os.environ.get("BANTAM", str(ROOT / "target/release/bantam")),
        help="default: BANTAM, or target/release/bantam",
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cuts at a time")
    parser.add_argument("--only", metavar="TEXT", help="show only claims with this in their name")
    parser.add_argument("--out", type=pathlib.Path, metavar="FILE", help="write all figures as JSON")
    parser.add_argument("--against", type=pathlib.Path, metavar="FILE", help="JSON of an earlier run, shown beside")
    options = parser.parse_args()
    unknown = [name for name in options.sets if name not in SETS]
    if unknown:
        parser.error(f"no such set: {', '.join(unknown)}; there are: {', '.join(SETS)}")
    return options


if __name__ == "__main__":
    main()
