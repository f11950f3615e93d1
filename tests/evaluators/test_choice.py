"""What can be chosen between, computed once more with polars and numpy: histogram, bands, funnels, past periods, scenarios."""

import json

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

import history

N_FUTURES = 20_000


@pytest.fixture(scope="module")
def judged(run, config):
    """The judged leads with month, source, segment and team, from the lead table."""
    leads = config["leads"]
    table = history.hand_offs(config).select(
        pl.col(leads["id"]),
        pl.col(history.AS_OF).dt.replace_time_zone("UTC").dt.cast_time_unit("us").alias("as_of"),
        *(pl.col(leads[by]).fill_null("(missing)").alias(by) for by in ("source", "segment", "team")),
    )
    found = pl.read_parquet(run.folder / "out_of_fold.parquet").join(table, on=[leads["id"], "as_of"], how="left")
    return found.with_columns(month=pl.col("as_of").dt.strftime("%Y-%m"))


def test_the_histogram_counts_every_judged_lead(run, judged):
    by = ["score", "month", "segment", "team"]
    counted = (
        judged.group_by(by)
        .agg(leads=pl.len().cast(pl.Int64), converted=pl.col("converted").sum().cast(pl.Int64), sum=pl.sum("probability"))
        .sort(by)
    )
    found = pl.read_parquet(run.folder / "histogram.parquet").sort(by)
    assert found.select(*by, "leads", "converted").equals(counted.select(*by, "leads", "converted"))
    assert np.allclose(found["expected_billionths"] / 1e9, counted["sum"], atol=1e-6)


def in_band(bands):
    """The band of a score, as an expression."""
    expression = pl.lit(bands[-1]["band"])
    for band in reversed(bands[:-1]):
        expression = pl.when(pl.col("score") >= band["from"]).then(pl.lit(band["band"])).otherwise(expression)
    return expression.alias("band")


def test_bands_are_counted_overall_and_by_month(metrics, judged):
    counted = judged.with_columns(in_band(metrics["bands"]))
    for keys, rows in ((["band"], metrics["bands"]), (["month", "band"], metrics["bands_by_month"])):
        counts = {
            row[: len(keys)]: row[len(keys) :]
            for row in counted.group_by(keys).agg(pl.len(), pl.sum("converted"), pl.sum("probability")).iter_rows()
        }
        for row in rows:
            n_leads, n_converted, n_expected = counts.pop(tuple(row[key] for key in keys), (0, 0, 0.0))
            assert (row["n_leads"], row["n_converted"]) == (n_leads, n_converted)
            assert row["n_expected"] == pytest.approx(n_expected, abs=1e-6)
        assert not counts


def test_funnels_are_counted_by_source_segment_and_team(metrics, judged):
    counted = judged.with_columns(in_band(metrics["bands"]))
    for by in ("source", "segment", "team"):
        rows = [row for row in metrics["funnels"] if row["by"] == by]
        assert [row["n_leads"] for row in rows] == sorted((row["n_leads"] for row in rows), reverse=True)
        for row in rows:
            leads = counted.filter(pl.col(by) == row["name"])
            hot = leads.filter(pl.col("band") == "hot")
            assert (row["n_leads"], row["n_converted"]) == (len(leads), leads["converted"].sum())
            assert (row["n_hot"], row["n_hot_converted"]) == (len(hot), hot["converted"].sum())
        assert sum(row["n_leads"] for row in rows) == len(judged)


def test_past_periods_brought_what_the_back_test_says(metrics, judged):
    periods = [fold["fold"] for fold in metrics["folds"]]
    assert {row["period"] for row in metrics["back_test"]} == set(periods[1:])
    for row in metrics["back_test"]:
        leads = judged.filter(pl.col("fold") == periods.index(row["period"]))
        above = leads.filter(pl.col("score") > row["threshold"])
        tied = leads.filter(pl.col("score") == row["threshold"])
        share = (row["leads"] - len(above)) / max(len(tied), 1)
        assert -1e-9 <= share <= 1 + 1e-9, row
        wins = above["converted"].sum() + share * tied["converted"].sum()
        assert row["wins"] == pytest.approx(wins, abs=1e-6)
        # The threshold is the one at which the periods before had as many leads a month as the policy asks for.
        before = judged.filter(pl.col("fold") < periods.index(row["period"]))
        n_days = (before["as_of"].max().date() - before["as_of"].min().date()).days + 1
        wanted = {"selective": 50, "wide": 100}[row["policy"]] * n_days / 30.4375
        assert before.filter(pl.col("score") > row["threshold"]).height <= wanted + 1e-6
        assert before.filter(pl.col("score") >= row["threshold"]).height >= wanted - 1e-6


def test_a_plain_simulation_of_next_quarter_comes_out_alike(metrics, judged, card):
    """Months drawn again, outcomes drawn from the curve, the threshold as it is: without the finer parts of the forecast."""
    random = np.random.default_rng(3)
    months = [frame for _, frame in judged.group_by("month", maintain_order=True)]
    chance = {entry["score"]: entry["probability_bp"] / 1e4 for entry in card["curve"]}
    # Months cut off at the ends are no months to draw.
    n_days = [frame["as_of"].dt.date().n_unique() for frame in months]
    months = [frame for frame, days in zip(months, n_days) if days >= 20]
    for scenario in metrics["forecast"]["scenarios"]:
        line = scenario["thresholds"][0]
        counts = np.array([
            [
                (frame["score"] > line["score"]).sum() + line["share_of_tied"] * (frame["score"] == line["score"]).sum(),
                sum(chance[score] for score in frame["score"] if score > line["score"])
                + line["share_of_tied"] * (frame["score"] == line["score"]).sum() * chance[line["score"]],
            ]
            for frame in months
        ])
        drawn = counts[random.integers(0, len(counts), (N_FUTURES, 3))].sum(axis=1)
        wins = random.binomial(drawn[:, 0].round().astype(int), np.clip(drawn[:, 1] / drawn[:, 0], 0, 1))
        # Centres agree to a few per cent; our interval also holds what a short history does not know, so it is wider, not
        # narrower, and not by half.
        assert scenario["leads"]["expected"] == pytest.approx(drawn[:, 0].mean(), rel=0.05)
        assert scenario["wins"]["expected"] == pytest.approx(wins.mean(), rel=0.05)
        width = np.subtract(*np.percentile(wins, [95, 5]))
        assert 1.0 <= (scenario["wins"]["high"] - scenario["wins"]["low"]) / width <= 1.6, scenario["policy"]


def test_two_typed_deals_are_two_binomials(bantam):
    found = json.loads(bantam("compare", "--a", "50@25%", "--b", "100@10%", "--format", "json"))
    wins = np.arange(51)
    a_wins_more = np.sum(binom.pmf(wins, 50, 0.25) * binom.cdf(wins - 1, 100, 0.1))
    assert found["a_wins_more"] == pytest.approx(a_wins_more, abs=1e-12)
    assert (found["a"]["wins"]["low"], found["a"]["wins"]["high"]) == tuple(binom.ppf([0.05, 0.95], 50, 0.25))


def test_compare_gives_the_forecast_of_the_run_and_a_table_that_polars_reads(bantam, run, metrics, tmp_path):
    out = tmp_path / "scenarios.parquet"
    found = json.loads(bantam("compare", run.folder, "--format", "json", "--out", out))
    assert found["forecast"] == metrics["forecast"]
    table = pl.read_parquet(out)
    assert table["policy"].to_list() == [scenario["policy"] for scenario in metrics["forecast"]["scenarios"]]
    assert table["wins_low"].to_list() == [scenario["wins"]["low"] for scenario in metrics["forecast"]["scenarios"]]
    assert table["optimism"].to_list() == [0.0, 0.0]
