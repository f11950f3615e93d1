"""bantam feedback on the sample: its counts made once more in polars, its schema, and feedback.html in a real browser."""

import json

import jsonschema
import polars as pl
import pytest

from browser import opened
from places import CONFIG


@pytest.fixture(scope="module")
def told(bantam, run, tmp_path_factory):
    out = tmp_path_factory.mktemp("feedback")
    bantam("feedback", CONFIG, "--run", run.folder, "--out", out, "--quiet")
    return out


@pytest.fixture(scope="module")
def feedback(told):
    return json.loads((told / "feedback.json").read_text())


@pytest.fixture(scope="module")
def page(told):
    return told / "feedback.html"


def test_the_file_keeps_its_schema(bantam, feedback):
    jsonschema.validate(feedback, json.loads(bantam("schema", "feedback")))


def test_the_funnel_is_what_the_tables_say(feedback, config):
    folder = CONFIG.parent
    leads = pl.read_parquet(folder / config["leads"]["path"])
    outcomes = pl.read_parquet(folder / config["outcome"]["path"])
    # The outcome of a lead is that of its last hand-off; in the sample no conversion lies between two of them.
    last = leads.sort("handed_off_at").with_columns(is_last=pl.col("handed_off_at") == pl.col("handed_off_at").max().over("lead_id"))
    joined = last.join(outcomes.select("lead_id", "disposition"), on="lead_id", how="left").with_columns(
        did=pl.when("is_last").then("disposition")
    )
    for by, column in (("source", "source"), ("segment", "industry"), ("team", "region")):
        counted = {
            name: [len(rows), *((rows["did"] == word).sum() for word in ("accepted", "rejected", "recycled", "untouched"))]
            for (name,), rows in joined.group_by(column)
        }
        told = {
            row["name"]: [row[f"n_{what}"] for what in ("leads", "accepted", "rejected", "recycled", "untouched")]
            for row in feedback["funnel"]["groups"]
            if row["by"] == by
        }
        assert told == counted, by
    months = {row["name"]: row["n_leads"] for row in feedback["funnel"]["groups"] if row["by"] == "month"}
    expected = leads.group_by(pl.col("handed_off_at").dt.strftime("%Y-%m")).len()
    assert months == dict(expected.iter_rows())


def test_the_reasons_are_those_of_the_table(feedback):
    outcomes = pl.read_parquet(CONFIG.parent / "outcomes.parquet").filter(pl.col("rejection_reason").is_not_null())
    expected = dict(outcomes.group_by("rejection_reason").len().iter_rows())
    assert {row["reason"]: row["share"]["hits"] for row in feedback["reasons"]["all"]} == expected


def test_every_interval_is_around_its_share(feedback):
    for row in feedback["funnel"]["groups"]:
        for what in ("accepted", "converted", "accepted_converted", "turned_down_converted", "untouched"):
            share = row[what].get("share")
            assert (share is None) == (row[what]["n"] == 0)
            assert share is None or 0 <= share["low"] <= share["expected"] <= share["high"] <= 1


def test_it_opens_without_a_word_on_the_console_and_asks_for_nothing_else(page):
    with opened(page) as opened_page:
        assert opened_page.console() == []
        assert opened_page.requests() == [page.as_uri()]


def test_every_source_has_its_section_and_every_link_leads_there(page, feedback):
    sources = [row["name"] for row in feedback["funnel"]["groups"] if row["by"] == "source"]
    with opened(page) as opened_page:
        headings = [heading.text for heading in opened_page.all("main > section > h2")]
        assert [f"For {name}" for name in sources] == [text for text in headings if text.startswith("For ")]
        assert len(opened_page.all("nav a")) == len(headings)
        for link in opened_page.all("nav a"):
            assert opened_page.script("return document.querySelector(arguments[0].hash) !== null", link)


def test_without_a_script_everything_is_there(page):
    with opened(page, scripts=False) as opened_page:
        assert any(table.is_displayed() for table in opened_page.all("#funnel table"))
        assert any(table.is_displayed() for table in opened_page.all("#source-1 table"))


def test_the_page_never_scrolls_sideways(page):
    with opened(page) as opened_page:
        opened_page.unfold()
        for width in (320, 768, 1600):
            opened_page.resize(width)
            assert opened_page.script("return [innerWidth, document.documentElement.scrollWidth]") == [width, width]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_stands_in_the_way_of_a_reader_who_sees_or_moves_little(page, width, dark):
    with opened(page, width=width, dark=dark) as opened_page:
        opened_page.unfold()
        found = opened_page.judged_by_axe()
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
