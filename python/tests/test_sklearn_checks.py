"""scikit-learn's own checks of the classifier. Most fit so few rows that there is no card; test_sklearn.py has the same for cards."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from bantam import ScorecardClassifier

#: Checks that fail, and why.
EXPECTED_FAILURES: dict[str, str] = {}


def expected(estimator: ScorecardClassifier) -> dict[str, str]:
    return EXPECTED_FAILURES


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([ScorecardClassifier()], expected_failed_checks=expected)
def test_conventions(estimator: ScorecardClassifier, check: object) -> None:
    check(estimator)  # type: ignore[operator]
