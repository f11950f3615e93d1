"""Tables of leads for the benches: `python tables.py KIND OUT ARGUMENTS`; the last line printed is JSON.

Needs numpy, polars and pyarrow. A process of its own, because whoever measures memory must stay small.
"""

import json
import sys

import numpy as np
import polars as pl

DAY_US = 86_400_000_000
KINDS = ["email_open", "email_click", "visit", "download", "call"]
EVENTS_PER_GROUP = 2_000_000


def mixed(out, n_leads, n_criteria):
    """Three texts of 8 levels, four counts and three numbers in ten criteria, one number in twenty missing."""
    rng = np.random.default_rng(n_criteria)
    interest = rng.normal(size=n_leads)
    columns, log_odds = {}, np.full(n_leads, -1.5)
    # Criteria share one effect on the outcome, so that leads are as hard to tell apart with many criteria as with few.
    reach = 1.5 / np.sqrt(n_criteria)
    for at in range(n_criteria):
        own = 0.4 * interest + rng.normal(size=n_leads)
        if at % 10 in (0, 3, 6):
            values = np.clip(np.floor(own * 1.5 + 4), 0, 7).astype(int)
            columns[f"text_{at}"] = pl.Series(np.array([f"level {level}" for level in range(8)])[values])
            log_odds += reach * rng.normal(size=8)[values]
        elif at % 10 in (1, 4, 7, 9):
            columns[f"count_{at}"] = np.floor(rng.exponential(size=n_leads) * 3 * np.exp(0.3 * own)).astype(np.int64)
            log_odds += reach * rng.normal() * np.log1p(columns[f"count_{at}"])
        else:
            columns[f"number_{at}"] = pl.Series(np.exp(own)).set(pl.Series(rng.random(n_leads) < 0.05), None)
            log_odds += reach * rng.normal() * own
    return write_leads(out, columns, log_odds, rng)


def numeric(out, n_leads, n_criteria):
    """Numbers alone, each value another, one in twenty missing; every third says something."""
    rng = np.random.default_rng(n_criteria)
    interest = rng.normal(size=n_leads)
    columns, log_odds = {}, np.full(n_leads, -1.2)
    for at in range(n_criteria):
        own = 0.4 * interest + rng.normal(size=n_leads)
        if at % 3 == 0:
            log_odds += 1.5 / np.sqrt(n_criteria / 3) * rng.normal() * own
        columns[f"number_{at}"] = pl.Series(np.exp(own)).set(pl.Series(rng.random(n_leads) < 0.05), None)
    return write_leads(out, columns, log_odds, rng)


def levels(out, n_leads, n_levels):
    """One text of so many levels, the commonest a hundred times as common as the rarest, beside four numbers."""
    rng = np.random.default_rng(n_levels)
    share = np.geomspace(1, 0.01, n_levels)
    level = rng.choice(n_levels, size=n_leads, p=share / share.sum())
    log_odds = -1.5 + 0.6 * rng.normal(size=n_levels)[level]
    columns = {"text": pl.Series(np.array([f"level {at}" for at in range(n_levels)])[level])}
    for at in range(4):
        columns[f"number_{at}"] = rng.normal(size=n_leads)
        log_odds += 0.3 * columns[f"number_{at}"]
    return write_leads(out, columns, log_odds, rng)


def write_leads(out, columns, log_odds, rng):
    converted = rng.random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))
    ids = np.arange(len(log_odds))
    pl.DataFrame({"id": ids, **columns, "converted": converted}).write_parquet(out, row_group_size=131_072)
    return {"converted": float(converted.mean())}


def events(out, n_leads, n_events):
    """Leads with a hand-off, in a folder, and what they did in 120 days before it and 30 after, in no order of leads.

    How much a lead does goes along with whether it converts; groups of rows are made and written one after the other.
    """
    import pathlib

    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = pathlib.Path(out)
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(n_events)
    as_of = 1_735_689_600_000_000 + rng.integers(0, 365 * DAY_US, size=n_leads)
    interest = rng.normal(size=n_leads)
    leads = {
        "id": np.arange(n_leads),
        "as_of": pl.Series(as_of).cast(pl.Datetime("us", "UTC")),
        "converted": rng.random(n_leads) < 1 / (1 + np.exp(1.8 - interest)),
    }
    pl.DataFrame(leads).write_parquet(folder / "leads.parquet", row_group_size=131_072)
    # Drawing from a sorted list of shares takes a logarithm of the number of leads an event, and little memory.
    share = np.cumsum(np.exp(0.7 * interest))
    share /= share[-1]
    schema = pa.schema(
        [("lead", pa.int64()), ("at", pa.timestamp("us", "UTC")), ("kind", pa.string()), ("pages", pa.int64())]
    )
    with pq.ParquetWriter(folder / "events.parquet", schema, compression="zstd") as writer:
        for first in range(0, n_events, EVENTS_PER_GROUP):
            n = min(EVENTS_PER_GROUP, n_events - first)
            lead = np.searchsorted(share, rng.random(n)).clip(max=n_leads - 1)
            at = as_of[lead] + rng.integers(-120 * DAY_US, 30 * DAY_US, size=n)
            kind = pa.DictionaryArray.from_arrays(rng.integers(0, len(KINDS), size=n).astype(np.int32), KINDS)
            group = [pa.array(lead), pa.array(at).cast(schema.field("at").type), kind.cast(pa.string())]
            writer.write_table(pa.table([*group, pa.array(1 + rng.geometric(0.4, size=n))], schema=schema))
    return {"converted": float(leads["converted"].mean())}


def folds(out, leads, out_of_fold):
    """The fold of each lead, as one run of Bantam dealt them, and how well its cards tell apart leads they had not seen."""
    from tools import auc_by_fold

    judged = pl.read_parquet(out_of_fold)
    ids = pl.read_parquet(leads, columns=["id"])["id"]
    assert (ids == judged["id"]).all(), "every lead is judged once, in the order of the file"
    fold_of = judged["fold"].to_numpy().astype(np.int8)
    np.save(out, fold_of)
    return {"auc": auc_by_fold(judged["score"].to_numpy(), judged["converted"].to_numpy(), fold_of)}


def fold_column(out, leads):
    """The fold of each lead, as its table has it."""
    np.save(out, pl.read_parquet(leads, columns=["fold"])["fold"].to_numpy())
    return {}


def yes_or_no(out, leads):
    """What FasterRisk takes: a column per level, nine thresholds per number, and one for missing."""
    table = pl.read_parquet(leads)
    columns = {"id": table["id"], "converted": table["converted"]}
    for values in table.drop("id", "converted"):
        if values.dtype == pl.String:
            columns |= {f"{values.name} = {level}": values == level for level in values.unique().sort()}
            continue
        cuts = sorted({values.quantile(tenth / 10) for tenth in range(1, 10)})
        columns |= {f"{values.name} >= {cut}": (values >= cut).fill_null(False) for cut in cuts}
        if values.null_count():
            columns[f"{values.name} is missing"] = values.is_null()
    pl.DataFrame(columns).write_parquet(out)
    return {"columns": len(columns) - 2}


MAKERS = {maker.__name__: maker for maker in [mixed, numeric, levels, events, folds, fold_column, yes_or_no]}

if __name__ == "__main__":
    kind, out, *wishes = sys.argv[1:]
    print(json.dumps(MAKERS[kind](out, *(int(wish) if wish.isdigit() else wish for wish in wishes))))
