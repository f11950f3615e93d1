"""Numbers that `src/measures/chi_square.rs` must agree with, from scipy; degrees of freedom need not be whole.

Run it by hand; its output is kept beside it:

    python tests/reference/chi_square.py > tests/reference/chi_square.json
"""

import json
import platform

import scipy
from scipy import stats

TAILS = [0.95, 0.5, 0.05, 0.05 / 18, 1e-9]
DEGREES = [1, 1.01, 1.5, 2, 3, 4.75, 5, 7.3, 10, 20.4, 61.9, 200, 203.7]

cases = [
    {"tail": tail, "df": df, "exceeded": float(stats.chi2.isf(tail, df))} for df in DEGREES for tail in TAILS
]
for case in cases:
    assert abs(stats.chi2.sf(case["exceeded"], case["df"]) / case["tail"] - 1) < 1e-11
versions = {"python": platform.python_version(), "scipy": scipy.__version__}
print(json.dumps({"versions": versions, "cases": cases}, indent=1))
