"""How often `[champion]` says the right thing: keep, shift the curve, or refit, on made-up companies whose truth is known.

    python benches/honesty/champion.py BANTAM [--histories 100] [--work FOLDER] [--cases nothing,accounts,odds,answers]

Needs numpy and a built `bantam`. A history of 24 months is drawn; the champion is calibrated on the first 18 months as a company would,
then the new card on all 24 with the champion in use. What happened in the last 6 months is the case:

- `nothing`: nothing changed;
- `accounts`: nothing changed, and leads come in accounts of four on average, with the same industry and size and a common
  log-odds;
- `odds`: all odds are 1.5 times as high;
- `answers`: two answers are worth 1 log-odds less, and more.

Printed per case: the advice, the share of the card's rows with other points, and the reasons given for them. Seeds are fixed, and the
generator has no part of Bantam in it.
"""

import argparse
import collections
import concurrent.futures
import datetime
import json
import pathlib
import subprocess
import tempfile

import numpy as np

MONTHS, LEARNED, PER_MONTH = 24, 18, 170
INDUSTRIES = {"software": 0.5, "retail": -0.4, "finance": 0.2, "health": 0.0, "building": -0.6, "transport": -0.1}
SOURCES = {"web": 0.0, "fair": -0.5, "partner": 0.7, "advert": -0.8, "call": 0.3}
BUDGETS = {"none": -0.6, "asked": 0.3, "approved": 1.1, "": -0.2}
ROLES = {"chief": 0.6, "head": 0.3, "staff": -0.3, "student": -1.2}
CASES = ("nothing", "accounts", "odds", "answers")


def drawn(rng, effects, n, shares):
    names = list(effects)
    at = rng.choice(len(names), size=n, p=shares)
    return np.array(names)[at], np.array(list(effects.values()))[at]


def history(case, seed):
    """The leads of one company: a table, oldest first, with the month of each."""
    rng = np.random.default_rng([20261129, seed])
    n = MONTHS * PER_MONTH
    account = np.arange(n)
    if case == "accounts":
        sizes = 1 + rng.poisson(3, n)
        account = np.repeat(np.arange(n), sizes)[:n]
    start = np.sort(rng.uniform(0, MONTHS, n))[np.unique(account, return_index=True)[1]][
        np.unique(account, return_inverse=True)[1]
    ]
    moment = np.minimum(start + (rng.uniform(0, 0.5, n) if case == "accounts" else 0), MONTHS - 1e-6)
    of_account = lambda values: values[account]
    industry, by_industry = drawn(rng, INDUSTRIES, n, [0.25, 0.2, 0.15, 0.15, 0.15, 0.1])
    industry, by_industry = of_account(industry), of_account(by_industry)
    size = of_account(np.round(np.exp(rng.normal(4.5, 1.2, n)))) + 1
    source, by_source = drawn(rng, SOURCES, n, [0.4, 0.2, 0.1, 0.2, 0.1])
    budget, by_budget = drawn(rng, BUDGETS, n, [0.4, 0.25, 0.15, 0.2])
    role, by_role = drawn(rng, ROLES, n, [0.15, 0.3, 0.4, 0.15])
    clicks = rng.poisson(2, n)
    log_odds = (
        -2.6 + by_industry + by_source + by_budget + by_role + 0.35 * (np.log(size) - 4.5) + 0.2 * np.minimum(clicks, 5)
    )
    log_odds = log_odds + 0.4 * (rng.random(n) - 0.5)
    late = moment >= LEARNED
    if case == "accounts":
        log_odds = log_odds + of_account(rng.normal(0, 1, n))
    if case == "odds":
        log_odds = log_odds + np.log(1.5) * late
    if case == "answers":
        log_odds = log_odds + late * (1.0 * (source == "advert") - 1.0 * (budget == "approved"))
    won = rng.random(n) < 1 / (1 + np.exp(-log_odds))
    first = datetime.datetime(2024, 1, 1)
    order = np.argsort(moment, kind="stable")
    rows = []
    for at in order:
        when = first + datetime.timedelta(days=float(moment[at]) * 30.4375)
        fields = [
            f"L{at:05}",
            when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            industry[at],
            int(size[at]),
            source[at],
            budget[at],
            role[at],
        ]
        rows.append((moment[at], ",".join(map(str, [*fields, int(clicks[at]), str(bool(won[at])).lower()]))))
    return rows


HEAD = "lead_id,handed_off_at,industry,employees,source,budget,role,clicks,won"
CONFIG = """
[leads]
path = "leads.csv"
id = "lead_id"
as_of = "handed_off_at"

[outcome]
converted = "won"
"""


def calibrated(bantam, folder, rows, extra=""):
    folder.mkdir(parents=True)
    (folder / "leads.csv").write_text("\n".join([HEAD, *rows]) + "\n")
    (folder / "bantam.toml").write_text(CONFIG + extra)
    run = [bantam, "calibrate", folder / "bantam.toml", "--out", folder / "out", "--quiet"]
    done = subprocess.run(run, capture_output=True, text=True)
    # 1: a gate failed, such as a card that is no better than the overall rate.
    assert done.returncode in (0, 1), done.stderr
    return folder / "out" / "current"


def one(bantam, case, seed, work):
    """What is said of one history."""
    with tempfile.TemporaryDirectory(dir=work) as folder:
        folder = pathlib.Path(folder)
        rows = history(case, seed)
        before = calibrated(bantam, folder / "champion", [row for month, row in rows if month < LEARNED])
        extra = f'\n[champion]\ncard = "{(before / "card.json").resolve()}"\n'
        after = calibrated(bantam, folder / "new", [row for _, row in rows], extra)
        return json.loads((after / "metrics.json").read_text())["champion"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bantam")
    parser.add_argument("--histories", type=int, default=100)
    parser.add_argument("--work", default=None)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--at-once", type=int, default=2)
    asked = parser.parse_args()
    print("case      histories   keep  shift  refit   rows changed: mean, most   reasons of changed rows", flush=True)
    for case in asked.cases.split(","):
        with concurrent.futures.ThreadPoolExecutor(asked.at_once) as pool:
            found = list(pool.map(lambda seed: one(asked.bantam, case, seed, asked.work), range(asked.histories)))
        actions = collections.Counter(champion["advice"]["action"] for champion in found)
        changed = [c["points_changed"] / max(c["points_changed"] + c["points_kept"], 1) for c in found]
        reasons = collections.Counter(change["reason"] for c in found for change in c["changes"])
        n_reasons = max(sum(reasons.values()), 1)
        said = ", ".join(f"{reason} {n / n_reasons:.0%}" for reason, n in reasons.most_common())
        share = lambda action: f"{actions[action] / len(found):6.0%}"
        print(
            f"{case:9} {len(found):9} {share('keep')} {share('shift')} {share('refit')}"
            f"   {np.mean(changed):8.0%} {np.max(changed):8.0%}           {said}",
            flush=True,
        )


if __name__ == "__main__":
    main()
