"""A card of whole points as a scikit-learn classifier."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import (
    _check_feature_names,
    _check_n_features,
    _check_sample_weight,
    check_array,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from bantam import _bantam
from bantam._api import Card, _asked, _Line, _typed
from bantam._tables import source_of
from bantam.errors import DataError

__all__ = ["ScorecardClassifier"]

#: Nearest to 0 and 1 that a chance of whole basis points is taken for, so that log-odds are finite.
_HALF_A_BASIS_POINT = 0.5e-4


class ScorecardClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A card of whole points, fitted as :func:`bantam.calibrate` does, without what is said beside the card.

    Every column is a criterion: numbers, text, yes and no, dates, with missing values as they come. Two classes; the
    second of ``classes_`` is the one that converts. With fewer than twenty rows of either there is no card.

    - ``total``, ``size``, ``pairs``, ``max_criteria``, ``max_rows``: as on the command line.
    - ``folds``: parts in which rows are held out to learn what a score is worth.
    - ``config``: more of ``bantam.toml``, as a dict.
    - ``random_state``: start of every random choice; None is 0, so that two fits are alike.

    Fitted: ``card_``, the :class:`bantam.Card`; None where nothing tells one class from the other, or there are too few rows:
    a warning says so, and every row gets the share of the second class. ``classes_``, ``n_features_in_`` and ``feature_names_in_`` as everywhere.

    >>> from sklearn.datasets import load_breast_cancer
    >>> from bantam import ScorecardClassifier
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> model = ScorecardClassifier().fit(X, y)
    >>> bool(model.score(X, y) > 0.95)
    True
    """

    def __init__(
        self,
        *,
        total: int | str | None = None,
        size: str | None = None,
        pairs: int | str | None = None,
        max_criteria: int | None = None,
        max_rows: int | None = None,
        folds: int = 5,
        config: Mapping[str, Any] | None = None,
        random_state: Any = None,
    ) -> None:
        self.total = total
        self.size = size
        self.pairs = pairs
        self.max_criteria = max_criteria
        self.max_rows = max_rows
        self.folds = folds
        self.config = config
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ScorecardClassifier:
        """Fits the card. ``sample_weight``: for how many rows each row counts, whole numbers."""
        if y is None:
            raise ValueError(
                f"requires y to be passed, but the target y is None: {type(self).__name__} requires y to be passed"
            )
        columns, n_rows = self._columns(X, reset=True)
        y = column_or_1d(y, warn=True)
        check_consistent_length(np.empty(n_rows), y)
        check_classification_targets(y)
        if n_rows < 2:
            raise ValueError(f"n_samples = {n_rows}: one sample is too few to learn from")
        self.classes_, converted = np.unique(y, return_inverse=True)
        if len(self.classes_) > 2:
            raise ValueError(
                f"Only binary classification is supported. The type of the target is {type_of_target(y)}."
            )
        if len(self.classes_) < 2:
            raise ValueError("y has one class only; a card tells two classes apart")
        weight = None if sample_weight is None else self._counts(sample_weight, n_rows)
        n_of_class = np.bincount(converted, weights=weight, minlength=2)
        if n_of_class.min() == 0:
            raise ValueError("y has one class only once rows of weight 0 are left out; a card tells two classes apart")
        names = [name for name, _, _ in columns]
        outcome, of_weight = _free_name("converted", names), _free_name("weight", names)
        # Rows that are alike are rows all the same.
        of_row = _free_name("row", [*names, outcome, of_weight])
        table = [(of_row, "int", np.arange(n_rows)), *columns, (outcome, "bool", converted.astype("uint8"))]
        if weight is not None:
            table.append((of_weight, "int", weight))
        config: dict[str, Any] = {"criterion": [{"name": name} for name in names], **(self.config or {})}
        typed = _typed(
            converted=outcome,
            id=of_row,
            weight=None if weight is None else of_weight,
            folds=f"random:{self.folds}",
            total=self.total,
            size=self.size,
            pairs=self.pairs,
            max_criteria=self.max_criteria,
            max_rows=self.max_rows,
            seed=self._seed(),
        )
        leads = _bantam.table_of_columns(table, n_rows)
        asked = _asked(_Held(leads), None, None, config, [None, *typed])
        self._share = float(n_of_class[1] / n_of_class.sum())
        self.card_: Card | None = None
        if n_of_class.min() < _FEWEST_OF_A_CLASS:
            self._warn(f"{n_of_class.min():.0f} rows of a class are too few for a card, which takes {_FEWEST_OF_A_CLASS}")
            return self
        try:
            with _Line(False) as watch:
                self.card_ = Card.from_json(_bantam.fit_card(asked, watch))
        except DataError as error:
            if not any(words in str(error) for words in _NOTHING_TO_TELL):
                raise
            self._warn(str(error))
        return self

    def _warn(self, why: str) -> None:
        warnings.warn(f"{why}\nno card: every row gets the share of the second class", UserWarning, stacklevel=3)

    def _seed(self) -> int:
        if self.random_state is None:
            return 0
        if isinstance(self.random_state, (int, np.integer)):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _counts(self, sample_weight: Any, n_rows: int) -> Any:
        weight = _check_sample_weight(sample_weight, np.empty((n_rows, 1)))
        if np.any(weight < 0) or np.any(weight != np.floor(weight)):
            raise ValueError(
                "sample_weight has to be whole numbers: a row counts for so many rows, and a card is fitted on whole leads; "
                "fractional weights would need half a lead"
            )
        return weight.astype("int64")

    def _columns(self, X: Any, *, reset: bool) -> tuple[list[tuple[str, str, Any]], int]:
        """The columns of X as the engine takes them, and the number of rows."""
        _check_feature_names(self, X, reset=reset)
        if hasattr(X, "columns") and hasattr(X, "__getitem__") and not hasattr(X, "todense"):
            _check_n_features(self, X, reset=reset)
            names = [str(name) for name in X.columns]
            held = source_of(X)
            assert isinstance(held, _bantam.Table)
            if len(held) == 0:
                raise ValueError(f"Found array with 0 sample(s) (shape=(0, {len(names)})) while a minimum of 1 is required.")
            return [(name, "table", held) for name in names], len(held)
        array = check_array(
            X, dtype=None, ensure_all_finite="allow-nan", ensure_2d=True, estimator=self, input_name="X"
        )
        _check_n_features(self, array, reset=reset)
        if array.dtype.kind == "c":
            raise ValueError("Complex data not supported")
        known = getattr(self, "feature_names_in_", None)
        names = [f"x{at}" for at in range(array.shape[1])] if known is None else [str(name) for name in known]
        return [(name, *_kind(array[:, at])) for at, name in enumerate(names)], array.shape[0]

    def _probability(self, X: Any) -> Any:
        check_is_fitted(self, "classes_")
        columns, n_rows = self._columns(X, reset=False)
        if self.card_ is None:
            return np.full(n_rows, self._share)
        of_row = (str(self.card_.to_dict()["id_column"]), "int", np.arange(n_rows))
        table = _bantam.table_of_columns([of_row, *columns], n_rows)
        held = self.card_._held
        asked = _asked(_Held(table), None, None, None, [held.shown, None])
        scored, _notes = held.score(asked)
        return np.frombuffer(scored.number_bytes("probability") or b"", dtype="float64")

    def predict_proba(self, X: Any) -> Any:
        """Chances of the two classes, in whole basis points."""
        probability = self._probability(X)
        return np.column_stack([1.0 - probability, probability])

    def decision_function(self, X: Any) -> Any:
        """Log-odds of the second class."""
        probability = np.clip(self._probability(X), _HALF_A_BASIS_POINT, 1.0 - _HALF_A_BASIS_POINT)
        return np.log(probability / (1.0 - probability))

    def predict(self, X: Any) -> Any:
        """The likelier class."""
        is_second = self.decision_function(X) > 0
        return self.classes_[is_second.astype(int)]


#: Rows of either class that a card takes, as everywhere in Bantam.
_FEWEST_OF_A_CLASS = 20

#: Words of the engine where the best card is an empty one.
_NOTHING_TO_TELL = ("the best card is an empty one", "no column of the lead table can be a criterion")


class _Held:
    """A table that is the engine's own already."""

    def __init__(self, table: _bantam.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def _kind(values: Any) -> tuple[str, Any]:
    from bantam._tables import _kind_of

    if values.dtype.kind == "O":
        for value in values:
            if not isinstance(value, (str, bytes, int, float, bool, np.number, np.bool_, type(None))):
                if value != value or type(value).__name__ in ("NAType", "NaTType") or hasattr(value, "isoformat"):
                    continue
                raise TypeError(f"argument must be a string or a number, not {type(value).__name__!r}")
        return "objects", values.tolist()
    return _kind_of(values)


def _free_name(wanted: str, names: list[str]) -> str:
    while wanted in names:
        wanted += "_"
    return wanted


