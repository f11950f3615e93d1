"""The sample's history put together by hand, with polars: outcomes, and criteria up to the hand-off.

Written from the config's documentation, not from Bantam's code. Reads the tables that data/bantam.toml names.
"""

import datetime
import re

import polars as pl

from places import CONFIG


def read(config, table):
    path = CONFIG.parent / config[table]["path"]
    return pl.read_parquet(path)


def labelled_leads(config):
    """Id and outcome of the leads that have a fair outcome: touched by sales, and old enough."""
    leads, outcome = config["leads"], config["outcome"]
    table = read(config, "leads").join(
        read(config, "outcome"), left_on=leads["id"], right_on=outcome.get("id", leads["id"]), how="left"
    )
    horizon = span(outcome["horizon"])
    # A bare day is known to its end.
    until = datetime.datetime.fromisoformat(outcome["observed_until"]) + datetime.timedelta(days=1, microseconds=-1)
    as_of, converted_at = utc(leads["as_of"]), utc(outcome["converted_at"])
    return (
        table.filter(pl.col(outcome["disposition"]).ne_missing("untouched"))
        .filter(as_of + horizon <= until)
        .filter(converted_at.is_null() | (converted_at >= as_of))
        .select(leads["id"], converted=(converted_at.is_not_null() & (converted_at <= as_of + horizon)))
    )


def derived_leads(config):
    """The lead table with a column for every criterion that is counted from events."""
    lead_id, as_of = config["leads"]["id"], config["leads"]["as_of"]
    table = read(config, "leads")
    events = read(config, "events").rename({config["events"]["lead"]: lead_id})
    at = utc(config["events"]["at"])
    before = events.join(table.select(lead_id, utc(as_of).alias("_as_of")), on=lead_id).filter(at <= pl.col("_as_of"))
    for criterion in config["criterion"]:
        if "events" not in criterion:
            continue
        wanted, used = criterion["events"], before
        if "kind" in wanted:
            used = used.filter(pl.col(config["events"]["kind"]) == wanted["kind"])
        if "within" in wanted:
            used = used.filter(at > pl.col("_as_of") - span(wanted["within"]))
        measured = used.group_by(lead_id).agg(measure(wanted["measure"], at).alias(criterion["name"]))
        table = table.join(measured, on=lead_id, how="left", maintain_order="left")
        if wanted["measure"] != "days_since_last":  # nothing happened: that is a 0, while no last event has no age
            table = table.with_columns(pl.col(criterion["name"]).fill_null(0))
    return table


def measure(name, at):
    if name == "count":
        return pl.len()
    if name == "active_days":
        return at.dt.date().n_unique()
    if name == "days_since_last":
        return (pl.col("_as_of").first() - at.max()).dt.total_days()
    return pl.col(name.removeprefix("sum:")).sum()


def span(text):
    """ "90d" as a duration."""
    count, unit = re.fullmatch(r"(\d+)([dhw])", text).groups()
    return datetime.timedelta(**{{"d": "days", "h": "hours", "w": "weeks"}[unit]: int(count)})


def utc(column):
    """Times without a zone are UTC."""
    return pl.col(column).cast(pl.Datetime("us"))
