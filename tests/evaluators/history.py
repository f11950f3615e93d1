"""The sample's history put together by hand, with polars: outcomes, and criteria up to the hand-off.

Written from what config and card say they mean, not from Bantam's code. Reads the tables that data/bantam.toml names. A
lead that comes back is handed over again: one row per hand-off, the same id.
"""

import datetime
import re

import polars as pl

from places import CONFIG

ROW, AS_OF = "_row", "_as_of"


def hand_offs(config):
    """The lead table with a number per row and the moment of hand-off."""
    leads = config["leads"]
    return read(config, "leads").with_row_index(ROW).with_columns(utc(leads["as_of"]).alias(AS_OF))


def labelled_leads(config):
    """Row and outcome of the hand-offs that have a fair outcome: touched by sales, and old enough."""
    lead_id, outcome = config["leads"]["id"], config["outcome"]
    horizon = span(outcome["horizon"])
    # A bare day is known to its end.
    until = datetime.datetime.fromisoformat(outcome["observed_until"]) + datetime.timedelta(days=1, microseconds=-1)
    table = hand_offs(config).join(read(config, "outcome"), on=lead_id, how="left", maintain_order="left")
    as_of, won_at = pl.col(AS_OF), utc(outcome["converted_at"])
    # The outcome of a person belongs to the latest hand-off before it, or the latest of all where nothing was won.
    could_have = as_of.filter(won_at.is_null() | (as_of <= won_at))
    is_owner = as_of == could_have.max().over(lead_id)
    is_untouched = pl.col(outcome["disposition"]).eq_missing("untouched")
    return (
        table.with_columns(
            _open=as_of + horizon > until,
            _untouched=is_untouched & is_owner,
            converted=(is_owner & (won_at <= as_of + horizon)).fill_null(False),
        )
        .filter(~pl.col("_untouched") & ~pl.col("_open"))
        .select(ROW, "converted")
    )


def derived_leads(config):
    """The lead table with a column for every criterion that is counted from events."""
    table = hand_offs(config)
    events = config["events"]
    at = utc(events["at"])
    history = read(config, "events").rename({events["lead"]: "_lead"})
    history = history.join(table.select(ROW, AS_OF, _lead=config["leads"]["id"]), on="_lead").filter(
        at <= pl.col(AS_OF)
    )
    for criterion in config["criterion"]:
        if "events" not in criterion:
            continue
        wanted, used = criterion["events"], history
        if "kind" in wanted:
            used = used.filter(pl.col(events["kind"]) == wanted["kind"])
        if "within" in wanted:
            used = used.filter(at > pl.col(AS_OF) - span(wanted["within"]))
        measured = used.group_by(ROW).agg(measure(wanted["measure"], at).alias(criterion["name"]))
        table = table.join(measured, on=ROW, how="left", maintain_order="left")
        if wanted["measure"] != "days_since_last":  # nothing happened: that is a 0, while no last event has no age
            table = table.with_columns(pl.col(criterion["name"]).fill_null(0))
    return table.drop(AS_OF)


def measure(name, at):
    if name == "count":
        return pl.len()
    if name == "active_days":
        return at.dt.date().n_unique()
    if name == "days_since_last":
        return (pl.col(AS_OF).first() - at.max()).dt.total_days()
    return pl.col(name.removeprefix("sum:")).sum()


def read(config, table):
    return pl.read_parquet(CONFIG.parent / config[table]["path"])


def span(text):
    """ "90d" as a duration."""
    count, unit = re.fullmatch(r"(\d+)([dhw])", text).groups()
    return datetime.timedelta(**{{"d": "days", "h": "hours", "w": "weeks"}[unit]: int(count)})


def utc(column):
    """Times without a zone are UTC."""
    return pl.col(column).cast(pl.Datetime("us"))
