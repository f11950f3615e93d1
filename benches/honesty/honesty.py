#!/usr/bin/env python3
"""Does Bantam keep its promises? Made-up companies with known truth, and how often each interval holds it.

    python3 benches/honesty/honesty.py --binary target/release/bantam --histories 100
    python3 benches/honesty/honesty.py --kinds stationary,months --only forecast --against before.json

Every history is one `bantam calibrate` on one core; the same seed makes the same companies for every binary. README.md
says what is measured.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import multiprocessing
import os
import pathlib
import shutil
import sys
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pyarrow as pa

import claims
import companies
import product
import tally

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    options = arguments()
    figures, refused = measure(options)
    against = json.loads(options.against.read_text())["kinds"] if options.against else None
    print(tally.markdown(figures, options.only, against))
    for kind, words in refused.items():
        if words:
            print(f"\n{kind}: {len(words)} histories were refused: {words[0]}")
    if options.out:
        settings = {"histories": options.histories, "futures": options.futures, "seed": options.seed}
        counts = {kind: len(words) for kind, words in refused.items()}
        options.out.write_text(json.dumps({"settings": settings, "refused": counts, "kinds": figures}, indent=1) + "\n")


def measure(options):
    """Figures by kind and claim, and the words of the command by kind where it refused a history."""
    kinds = [kind for kind in companies.KINDS if options.kinds is None or kind.name in options.kinds]
    rows = {kind.name: {} for kind in kinds}
    refused = {kind.name: [] for kind in kinds}
    start = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        waiting = [
            pool.submit(one_history, kind, number, options) for number in range(options.histories) for kind in kinds
        ]
        for n_done, done in enumerate(concurrent.futures.as_completed(waiting), 1):
            if done.cancelled():
                continue
            if options.minutes and time.monotonic() - start > options.minutes * 60:
                for task in waiting:
                    task.cancel()
            kind, number, found, words = done.result()
            if words is None:
                rows[kind][number] = found
            else:
                refused[kind].append(words)
            if not options.quiet:
                print(
                    f"\r{n_done} of {len(waiting)} histories, {time.monotonic() - start:.0f} s", end="", file=sys.stderr
                )
    if not options.quiet:
        print(file=sys.stderr)
    return {kind: tally.tally(found) for kind, found in rows.items()}, refused


def one_history(kind, number, options):
    """Kind, number, and rows; or the words of a command that refused."""
    case = companies.simulate(kind, options.seed, number, options.futures)
    folder = tempfile.mkdtemp(prefix="honesty-")
    try:
        run = product.calibrate(options.binary, folder, table_of(case), config_of(case, number))
        if options.check_scores:
            check_scores(options.binary, run, case)
        futures = [scored(run, case.company, future) for future in case.futures]
        like_history = scored(run, case.company, like_judged(run, case))
        score_ahead = scored(run, case.company, case.like_future[0])
        like_future = [dataclasses.replace(score_ahead, chance=leads.chance) for leads in case.like_future]
        units_ahead = float(companies.N_MONTHS_AHEAD) if kind.has_dates else 1.0
        rows = claims.check(run, futures, like_history, like_future, units_ahead)
        if case.won_day is not None:
            history = case.history
            is_young = history.day > case.company.n_days - companies.HORIZON_DAYS
            share_seen = lambda days: companies.share_seen(case.company, history.day[~is_young], days)
            rows += claims.young_rows(run, history.converted[is_young].sum(), share_seen)
        if options.questions:
            rows += questions(run, case, number, options, folder)
        return kind.name, number, [row for row in rows if row is not None], None
    except product.Refused as refused:
        return kind.name, number, [], str(refused)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def questions(run, case, number, options, folder):
    """Makes the card once more without the criterion that is said to bring most, and without another one."""
    names = [row["criterion"] for row in (run.metrics.get("questions") or {"criteria": []})["criteria"]]
    rng = np.random.default_rng([options.seed, number])
    chosen = {
        "question worth, said to bring most": names[:1],
        "question worth, any other": list(rng.permutation(names[1:])[:1]),
    }
    like_history = like_judged(run, case)
    rows = []
    for claim, criteria in chosen.items():
        for criterion in criteria:
            other = pathlib.Path(folder) / criterion
            other.mkdir()
            table = {name: values for name, values in table_of(case).items() if name != criterion}
            without = product.calibrate(options.binary, other, table, config_of(case, number))
            both = (scored(card_of, case.company, like_history) for card_of in (run, without))
            rows += claims.question_rows(run, criterion, claim, *both)
    return rows


def like_judged(run, case):
    """Of the large sample those of a time whose leads were judged; the first ones were only learnt from."""
    if run.first_judged is None:
        return case.like_history
    first_day = (np.datetime64(run.first_judged) - case.company.start) / np.timedelta64(1, "D")
    return companies.select(case.like_history, case.like_history.day >= np.floor(first_day))


def table_of(case):
    """The lead table as a company would hand it in today."""
    company, leads = case.company, case.history
    table = {"lead_id": pa.array(np.arange(len(leads)) if leads.contact is None else leads.contact)}
    if company.kind.has_dates:
        table["handed_off_at"] = moments(company, leads.day)
    table |= columns_of(company, leads)
    if case.won_day is None:
        table["won"] = pa.array(leads.converted)
    else:
        table["won_at"] = moments(company, case.won_day)
    return table


def columns_of(company, leads):
    """The criteria and the team, as texts and numbers."""
    columns = {}
    for criterion in company.criteria:
        values = leads.features[criterion.name]
        columns[criterion.name] = pa.array(
            np.array(criterion.levels)[values] if criterion.levels else values, from_pandas=True
        )
    if company.has_teams:
        columns["team"] = pa.array(company.group_names(leads.features))
    return columns


def moments(company, day):
    """Days since the start as microseconds, null for NaN."""
    is_known = np.isfinite(day)
    at = company.start.astype("M8[us]").astype(np.int64) + (np.nan_to_num(day) * 86_400e6).astype(np.int64)
    return pa.array(at, pa.timestamp("us", tz="UTC"), mask=~is_known)


def config_of(case, number):
    """Two volumes, a share, a score, a conversion; by team where there are teams."""
    company = case.company
    columns = {"id": "lead_id"}
    outcome = {"converted": "won"}
    if company.kind.has_dates:
        columns["as_of"] = "handed_off_at"
    if company.group:
        columns[company.group] = "team" if company.has_teams else "industry"
    if case.won_day is not None:
        observed_until = str((companies.TODAY - 1).astype("M8[D]"))
        outcome = {"converted_at": "won_at", "horizon": f"{companies.HORIZON_DAYS}d", "observed_until": observed_until}
    # What a company knows of itself by heart: leads a month in the last year, and the usual rate.
    recent = case.history.day >= company.n_days - 365
    volume = recent.mean() * len(case.history) / 12
    if company.kind.has_dates:
        policies = [
            {"name": "selective", "top": f"{max(1, round(volume / 4))}/month"},
            {"name": "wide", "top": f"{max(2, round(volume / 2))}/month"},
            {"name": "fifth", "share": 0.2},
        ]
    else:
        policies = [{"name": "quarter", "share": 0.25}, {"name": "half", "share": 0.5}, {"name": "fifth", "share": 0.2}]
    policies += [
        {"name": "points", "points_at_least": 50},
        {"name": "sure", "conversion_at_least": round(1.75 * company.base_rate, 3)},
    ]
    if company.group:
        by = {"by": company.group}
        policies += [policy | by | {"name": policy["name"] + "_by"} for policy in (policies[0], policies[4])]
    sales = {"cost_per_lead": 100.0, "value_per_win": round(100.0 / (1.3 * company.base_rate))}
    return product.config_text(columns, policies, outcome, sales, seed=number)


def scored(run, company, leads):
    """Leads with the points of the card that shipped."""
    levels = {criterion.name: criterion.levels for criterion in company.criteria if criterion.levels}
    levels["team"] = tuple(company.team_names)
    score = product.scores(run.card, leads.features, levels)
    return claims.Scored(score, leads.chance, leads.converted, company.group_names(leads.features))


def check_scores(binary, run, case):
    """Fails where `bantam score` gives a lead other points or another chance than we do."""
    import subprocess

    import pyarrow.parquet as pq

    future, folder = case.futures[0], run.folder.parent
    table = {"lead_id": pa.array(np.arange(len(future)))} | columns_of(case.company, future)
    pq.write_table(pa.table(table), folder / "future.parquet")
    command = [binary, "score", run.folder / "card.json", folder / "future.parquet", "--out", folder / "scored.parquet"]
    subprocess.run(command, check=True, capture_output=True)
    theirs = pq.read_table(folder / "scored.parquet").to_pydict()
    ours = scored(run, case.company, future).score
    assert theirs["score"] == ours.tolist(), "other points"
    assert np.allclose(theirs["probability"], run.probability(ours)), "other chances"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--kinds", type=lambda text: text.split(","), help="kinds of company, with commas between; all when left out"
    )
    parser.add_argument("--histories", type=int, default=100, help="histories of each kind (default: 100)")
    parser.add_argument(
        "--minutes", type=float, help="begin no more histories after so many; kinds then have about as many each"
    )
    parser.add_argument("--futures", type=int, default=8, help="futures of each history (default: 8)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--binary",
        default=os.environ.get("BANTAM", str(ROOT / "target/release/bantam")),
        help="default: BANTAM, or target/release/bantam",
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="histories at a time")
    parser.add_argument("--only", metavar="TEXT", help="show only claims with this in their name")
    parser.add_argument("--out", type=pathlib.Path, metavar="FILE", help="write all figures as JSON")
    parser.add_argument("--against", type=pathlib.Path, metavar="FILE", help="JSON of an earlier run, shown beside")
    parser.add_argument(
        "--check-scores", action="store_true", help="hold the points of the card against `bantam score`"
    )
    parser.add_argument(
        "--questions", action="store_true", help="also what a question is worth, which takes two more cards a history"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")
    options = parser.parse_args()
    known = [kind.name for kind in companies.KINDS]
    unknown = [name for name in options.kinds or [] if name not in known]
    if unknown:
        parser.error(f"no such kind: {', '.join(unknown)}; there are: {', '.join(known)}")
    options.binary = (
        str(pathlib.Path(options.binary).resolve())
        if os.sep in options.binary
        else shutil.which(options.binary) or options.binary
    )
    return options


if __name__ == "__main__":
    main()
