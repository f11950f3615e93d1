"""The classifier among scikit-learn's own tools."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bantam import ScorecardClassifier


@pytest.fixture(scope="module")
def cancer() -> tuple[Any, Any]:
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    return X[X.columns[:8]], y


def mixed(n: int = 600) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Leads with text, gaps, yes and no."""
    rng = np.random.default_rng(1)
    budget = rng.choice(["none", "asked", "approved"], n)
    size = rng.lognormal(3, 1, n)
    size[rng.random(n) < 0.2] = np.nan
    called = rng.random(n) < 0.5
    odds = -1.5 + 2.0 * (budget == "approved") + 0.5 * called + np.nan_to_num((np.log(size) - 3) * 0.5)
    won = np.where(rng.random(n) < 1 / (1 + np.exp(-odds)), "won", "lost")
    frame = pd.DataFrame({"budget": budget, "size": size, "called": called})
    frame["budget"] = frame["budget"].where(rng.random(n) > 0.1)
    return frame, won


def test_it_works_in_every_tool(cancer: tuple[Any, Any]) -> None:
    X, y = cancer
    model = ScorecardClassifier(folds=3)
    assert cross_val_score(model, X, y, cv=3, scoring="roc_auc").mean() > 0.95
    assert make_pipeline(StandardScaler(), model).fit(X, y).score(X, y) > 0.9
    grid = GridSearchCV(model, {"total": [20, 100], "size": ["simple", "balanced"]}, cv=2).fit(X, y)
    assert grid.best_params_["total"] in (20, 100)
    assert CalibratedClassifierCV(model, cv=2).fit(X, y).predict_proba(X).shape == (len(y), 2)
    tuned = TunedThresholdClassifierCV(model, cv=2).fit(X, y)
    assert 0 <= tuned.best_threshold_ <= 1
    importance = permutation_importance(model.fit(X, y), X, y, n_repeats=2, random_state=0)
    assert importance.importances_mean.max() > 0


def test_frames_of_any_library_and_columns_of_any_kind() -> None:
    X, y = mixed()
    model = ScorecardClassifier().fit(X, y)
    assert model.classes_.tolist() == ["lost", "won"]
    assert model.feature_names_in_.tolist() == ["budget", "size", "called"]
    assert "budget" in model.card_.criteria
    chances = model.predict_proba(X)
    in_polars = ScorecardClassifier().fit(pl.from_pandas(X), y)
    assert np.array_equal(in_polars.predict_proba(pl.from_pandas(X)), chances)
    as_categories = X.assign(budget=X["budget"].astype("category"))
    assert np.array_equal(ScorecardClassifier().fit(as_categories, y).predict_proba(as_categories), chances)
    as_objects = np.array(X.astype(object))
    assert np.allclose(ScorecardClassifier().fit(as_objects, y).predict_proba(as_objects), chances)


def test_a_pickle_holds_the_card_as_its_json() -> None:
    X, y = mixed()
    model = ScorecardClassifier().fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    assert again.card_ == model.card_
    assert np.array_equal(again.decision_function(X), model.decision_function(X))
    assert not hasattr(clone(model), "card_")


def test_weights_are_rows_written_as_often() -> None:
    X, y = mixed()
    weight = np.random.default_rng(2).integers(0, 3, len(y))
    weighted = ScorecardClassifier().fit(X, y, sample_weight=weight)
    rows = np.repeat(np.arange(len(y)), weight)
    written = ScorecardClassifier().fit(X.iloc[rows], y[rows])
    assert np.corrcoef(weighted.decision_function(X), written.decision_function(X))[0, 1] > 0.95
    with pytest.raises(ValueError, match="whole numbers"):
        ScorecardClassifier().fit(X, y, sample_weight=np.full(len(y), 0.5))


def test_where_nothing_tells_the_classes_apart_every_row_gets_their_share() -> None:
    rng = np.random.default_rng(3)
    X, y = rng.random((200, 2)), rng.integers(0, 2, 200)
    with pytest.warns(UserWarning, match="every row gets the share"):
        model = ScorecardClassifier().fit(X, y)
    assert model.card_ is None
    assert np.allclose(model.predict_proba(X)[:, 1], y.mean())
    with pytest.warns(UserWarning, match="10 rows of a class are too few"):
        ScorecardClassifier().fit(X[:40], np.arange(40) < 10)
    with pytest.raises(ValueError, match="Only binary classification is supported"):
        ScorecardClassifier().fit(X, rng.integers(0, 3, 200))


def test_conventions_hold_where_there_is_a_card() -> None:
    """Most of scikit-learn's own checks fit fewer than twenty rows of a class, which make no card."""
    X, y = mixed()
    model = ScorecardClassifier().fit(X, y)
    assert model.card_ is not None
    chances = model.predict_proba(X)
    assert np.allclose(chances.sum(axis=1), 1) and np.all((chances >= 0) & (chances <= 1))
    assert np.array_equal(model.predict(X), model.classes_[(model.decision_function(X) > 0).astype(int)])
    assert np.array_equal(model.fit(X, y).predict_proba(X), chances), "fitted again"
    parts = [model.predict_proba(X.iloc[at : at + 7]) for at in range(0, len(X), 7)]
    assert np.array_equal(np.concatenate(parts), chances), "part by part"
    order = np.random.default_rng(4).permutation(len(X))
    assert np.array_equal(model.predict_proba(X.iloc[order]), chances[order]), "in another order"
    assert np.array_equal(ScorecardClassifier().fit(X, np.where(y == "won", 1, -1)).predict_proba(X), chances)
    numbers = np.column_stack([X["size"], X["called"].astype(float), np.random.default_rng(5).normal(size=len(X))])
    of_numbers = ScorecardClassifier().fit(numbers, y)
    for form in (np.asfortranarray(numbers), numbers.tolist(), np.repeat(numbers, 2, axis=0)[::2]):
        assert np.array_equal(of_numbers.predict_proba(form), of_numbers.predict_proba(numbers))
    with pytest.raises(ValueError, match="X has 2 features"):
        of_numbers.predict(numbers[:, :2])
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X.rename(columns={"size": "sise"}))
