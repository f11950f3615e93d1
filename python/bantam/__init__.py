"""Lead scores that sales and marketing can agree on.

>>> import bantam
>>> run = bantam.calibrate("data/bantam.toml")  # doctest: +SKIP
>>> run.card.score(new_leads)  # doctest: +SKIP
"""

from __future__ import annotations

from bantam._api import Card, Report, Run, calibrate, check, feedback, monitor
from bantam._bantam import __version__
from bantam._tables import Table
from bantam.errors import (
    BantamError,
    DataError,
    DoNotUseWarning,
    EnvironmentFailure,
    GateError,
    InternalError,
    UsageError,
)

__all__ = [
    "BantamError",
    "Card",
    "DataError",
    "DoNotUseWarning",
    "EnvironmentFailure",
    "GateError",
    "InternalError",
    "Report",
    "Run",
    "ScorecardClassifier",
    "Table",
    "UsageError",
    "__version__",
    "calibrate",
    "check",
    "feedback",
    "monitor",
]


def __getattr__(name: str) -> object:
    # scikit-learn is needed for this alone.
    if name == "ScorecardClassifier":
        from bantam.sklearn import ScorecardClassifier

        return ScorecardClassifier
    raise AttributeError(f"module 'bantam' has no attribute {name!r}")
