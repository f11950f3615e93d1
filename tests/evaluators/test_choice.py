"""What can be chosen between, computed once more with polars and numpy: histogram, bands, funnels, past periods, scenarios."""

import json

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

import card_scorer
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
    found = pl.read_parquet(run.folder / "histogram.parquet").filter(pl.col("leads") > 0).sort(by)
    assert found.select(*by, "leads", "converted").equals(counted.select(*by, "leads", "converted"))
    assert np.allclose(found["expected_billionths"] / 1e9, counted["sum"], atol=1e-6)


def test_the_histogram_counts_every_hand_off_by_the_card_that_ships(run, config, card):
    scored = [card_scorer.score(card, lead) for lead in history.derived_leads(config).to_dicts()]
    hand_offs = history.hand_offs(config).select(month=pl.col(history.AS_OF).dt.strftime("%Y-%m"), score=pl.Series(scored))
    counted = hand_offs.group_by("score", "month").len().sort("score", "month")
    found = pl.read_parquet(run.folder / "histogram.parquet").filter(pl.col("handed_off") > 0)
    found = found.group_by("score", "month").agg(pl.sum("handed_off")).sort("score", "month")
    assert found.select("score", "month").equals(counted.select(pl.col("score").cast(pl.Int32), "month"))
    assert found["handed_off"].to_list() == counted["len"].to_list()


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
    held = 0
    for row in metrics["back_test"]:
        leads = judged.filter(pl.col("fold") == periods.index(row["period"]))
        above = leads.filter(pl.col("score") > row["threshold"])
        tied = leads.filter(pl.col("score") == row["threshold"])
        # The share of the tied leads that is chosen is not told: the conversion lies between none and all of them.
        ends = [(above["converted"].sum() + share * tied["converted"].sum()) / (len(above) + share * len(tied)) for share in (0, 1)]
        assert min(ends) - 1e-9 <= row["conversion"] <= max(ends) + 1e-9, row
        assert row["wins"] == pytest.approx(row["conversion"] * row["leads"], abs=1e-6)
        # Untouched leads came as well.
        assert row["leads"] >= len(above) - 1e-9
        for figure in ("leads", "wins", "conversion"):
            promised = row[f"promised_{figure}"]
            held += promised["low"] <= row[figure] <= promised["high"]
    assert metrics["past_promises"]["n_promises"] == 3 * len(metrics["back_test"])
    assert metrics["past_promises"]["n_held"] == held


def test_lines_are_drawn_on_the_card_that_ships(run, metrics):
    """Top 50 and top 100 a month: so many of the leads of the last months, at as many a month as are expected."""
    forecast = metrics["forecast"]
    hand_offs = pl.read_parquet(run.folder / "histogram.parquet")
    window = hand_offs.filter(pl.col("month").is_between(pl.lit(forecast["window_from"]), pl.lit(forecast["window_to"])))
    for scenario, wanted in zip(forecast["scenarios"], (50, 100)):
        line = scenario["thresholds"][0]
        above = window.filter(pl.col("score") > line["score"])["handed_off"].sum()
        tied = window.filter(pl.col("score") == line["score"])["handed_off"].sum()
        share = (above + line["share_of_tied"] * tied) / window["handed_off"].sum()
        assert share * forecast["leads_per"] == pytest.approx(wanted, rel=1e-9)
        assert scenario["leads"]["expected"] == pytest.approx(3 * wanted, rel=1e-9)
    # How many leads come is a forecast of its own; the months before are not far from it.
    months = hand_offs.group_by("month").agg(pl.sum("handed_off")).sort("month")
    assert forecast["leads_per"] == pytest.approx(months["handed_off"][-7:-1].mean(), rel=0.15)


def test_a_plain_simulation_of_next_quarter_comes_out_alike(run, metrics, judged, card):
    """Months of hand-offs drawn again, outcomes drawn from the curve: without the finer parts of the forecast."""
    random = np.random.default_rng(3)
    chance = {entry["score"]: entry["probability_bp"] / 1e4 for entry in card["curve"]}
    hand_offs = pl.read_parquet(run.folder / "histogram.parquet")
    # Months cut off at the ends are no months to draw.
    months = [frame for _, frame in hand_offs.group_by("month", maintain_order=True)]
    months = sorted(months, key=lambda frame: frame["month"][0])[1:-1]
    for scenario in metrics["forecast"]["scenarios"]:
        line = scenario["thresholds"][0]
        counts = []
        for frame in months:
            weight = (frame["score"] > line["score"]) + line["share_of_tied"] * (frame["score"] == line["score"])
            leads = weight * frame["handed_off"]
            counts.append([leads.sum(), (leads * np.array([chance[score] for score in frame["score"]])).sum()])
        counts = np.array(counts)
        drawn = counts[random.integers(0, len(counts), (N_FUTURES, 3))].sum(axis=1)
        wins = random.binomial(drawn[:, 0].round().astype(int), np.clip(drawn[:, 1] / drawn[:, 0], 0, 1))
        # Centres agree to some per cent, as the level of all months is not that of the last; our interval also holds what a short
        # history does not know, so it is wider, not narrower, and not twice as wide.
        assert scenario["leads"]["expected"] == pytest.approx(drawn[:, 0].mean(), rel=0.12)
        assert scenario["wins"]["expected"] == pytest.approx(wins.mean(), rel=0.15)
        width = np.subtract(*np.percentile(wins, [95, 5]))
        assert 1.0 <= (scenario["wins"]["high"] - scenario["wins"]["low"]) / width <= 2.0, scenario["policy"]


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
