"""Figures of a run, computed once more from its Parquet files with scikit-learn and numpy."""

import numpy as np
import polars as pl
import pyarrow.parquet
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

Z90 = 1.6448536269514722


@pytest.fixture(scope="module")
def judged(run):
    return pl.read_parquet(run.folder / "out_of_fold.parquet")


@pytest.fixture(scope="module")
def frontier(run):
    return pl.read_parquet(run.folder / "frontier.parquet")


def test_two_parquet_readers_see_the_same(run):
    for name in ("out_of_fold.parquet", "frontier.parquet"):
        by_arrow = pl.from_arrow(pyarrow.parquet.read_table(run.folder / name))
        assert by_arrow.equals(pl.read_parquet(run.folder / name)), name


def test_log_loss_auc_and_brier_are_those_of_scikit_learn(metrics, judged):
    converted, probability = judged["converted"].to_numpy(), judged["probability"].to_numpy()
    found = metrics["out_of_fold"]
    assert (found["n_leads"], found["n_converted"]) == (len(judged), converted.sum())
    assert found["log_loss"] == pytest.approx(log_loss(converted, probability), abs=1e-12)
    assert found["brier"] == pytest.approx(brier_score_loss(converted, probability), abs=1e-12)
    assert found["auc"] == pytest.approx(roc_auc_score(converted, judged["score"].to_numpy()), abs=1e-12)
    rate = converted.mean()
    assert found["brier_uncertainty"] == pytest.approx(rate * (1 - rate), abs=1e-12)


def test_calibration_is_that_of_a_logistic_regression_on_the_log_odds(metrics, judged):
    converted, probability = judged["converted"].to_numpy(), judged["probability"].to_numpy()
    log_odds = np.log(probability / (1 - probability))
    found = metrics["out_of_fold"]
    slope = (
        LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(log_odds[:, None], converted).coef_[0, 0]
    )
    # scikit-learn stops at a relative tolerance; six digits are more than anyone reads.
    assert found["calibration_slope"] == pytest.approx(slope, abs=1e-6)
    assert found["observed_over_expected"] == pytest.approx(converted.sum() / probability.sum(), rel=1e-9)
    # At the intercept with slope 1 as many conversions are promised as were seen.
    promised = 1 / (1 + np.exp(-(log_odds + found["calibration_intercept"])))
    assert promised.sum() == pytest.approx(converted.sum(), rel=1e-9)


def test_every_fold_judged_the_leads_it_says(metrics, judged):
    folds = (
        judged.group_by("fold")
        .agg(
            n_judged=pl.len(),
            promised=pl.col("probability").sum(),
            first=pl.col("as_of").min(),
            last=pl.col("as_of").max(),
        )
        .sort("fold")
    )
    assert [fold["n_judged"] for fold in metrics["folds"]] == folds["n_judged"].to_list()
    # Folds of the sample are periods: each begins after the one before has ended.
    assert (folds["first"][1:] > folds["last"][:-1]).all()


def test_reliability_counts_the_leads_of_each_group(metrics, judged):
    assert sum(group["n_leads"] for group in metrics["reliability"]) == len(judged)
    for group in metrics["reliability"]:
        leads = judged.filter(pl.col("score").is_between(group["score_from"], group["score_to"]))
        n, k = len(leads), leads["converted"].sum()
        assert (group["n_leads"], group["n_converted"]) == (n, k)
        assert group["predicted"] == pytest.approx(leads["probability"].mean(), abs=1e-8)
        assert group["observed"] == pytest.approx(k / n, abs=1e-12)
        assert (group["observed_low"], group["observed_high"]) == pytest.approx(wilson(k, n), abs=1e-9)


def test_every_threshold_of_the_frontier_counts_the_leads_above_it(run, metrics, judged, frontier):
    assert frontier["threshold"].to_list() == judged["score"].unique().sort().to_list()
    # Volume is that of the last months by the card that ships, at as many leads a month as are expected.
    forecast = metrics["forecast"]
    window = pl.read_parquet(run.folder / "histogram.parquet")
    window = window.filter(pl.col("month").is_between(pl.lit(forecast["window_from"]), pl.lit(forecast["window_to"])))
    per_lead = forecast["leads_per"] / window["handed_off"].sum()
    n_wins = judged["converted"].sum()
    for row in frontier.iter_rows(named=True):
        chosen = judged.filter(pl.col("score") >= row["threshold"])
        n, k = len(chosen), chosen["converted"].sum()
        assert (row["leads"], row["wins"]) == (n, k)
        leads_per_month = window.filter(pl.col("score") >= row["threshold"])["handed_off"].sum() * per_lead
        assert row["leads_per_month"] == pytest.approx(leads_per_month, rel=1e-9)
        assert row["wins_per_month"] == pytest.approx(leads_per_month * k / n, rel=1e-9)
        assert row["conversion"] == pytest.approx(k / n, abs=1e-12)
        assert row["share_of_wins"] == pytest.approx(k / n_wins, abs=1e-12)
        assert row["predicted_conversion"] == pytest.approx(chosen["probability"].mean(), abs=1e-8)
        assert (row["conversion_low"], row["conversion_high"]) == pytest.approx(wilson(k, n), abs=1e-9)
        assert (row["share_of_wins_low"], row["share_of_wins_high"]) == pytest.approx(wilson(k, n_wins), abs=1e-9)
        assert row["wins_per_month_low"] <= row["wins_per_month"] <= row["wins_per_month_high"]


def test_calibration_at_each_threshold_counts_the_leads_above_it(metrics, judged):
    assert metrics["at_threshold"], "the sample has policies"
    for at in metrics["at_threshold"]:
        chosen = judged.filter(pl.col("score") >= at["score"])
        assert (at["n_leads"], at["n_converted"]) == (len(chosen), chosen["converted"].sum())
        assert at["observed_over_expected"] == pytest.approx(
            chosen["converted"].sum() / chosen["probability"].sum(), rel=1e-6
        )
        assert at["low"] <= at["observed_over_expected"] <= at["high"]


def test_the_curve_of_the_card_counts_the_judged_leads(card, judged):
    counts = dict(judged["score"].value_counts().iter_rows())
    reachable = {entry["score"]: entry for entry in card["curve"]}
    for score, entry in reachable.items():
        assert entry["n_leads"] == counts.get(score, 0)
        assert entry["low_bp"] <= entry["probability_bp"] <= entry["high_bp"]
    steps = [entry["probability_bp"] for entry in card["curve"]]
    assert steps == sorted(steps), "more points never mean a lower probability"


def wilson(k, n):
    """90 % interval of a share."""
    middle, half = k + Z90**2 / 2, Z90 * np.sqrt(k * (n - k) / n + Z90**2 / 4)
    return ((middle - half) / (n + Z90**2), (middle + half) / (n + Z90**2))
