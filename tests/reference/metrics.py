"""Numbers that `src/metrics/` must agree with, from scikit-learn and statsmodels.

Run it by hand; its output is kept beside it:

    python tests/reference/metrics.py > tests/reference/metrics.json
"""

import json
import platform

import numpy as np
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from statsmodels.stats.proportion import proportion_confint

SEED = 20260930


def case(name: str, n_leads: int, intercept: float, slope: float) -> dict:
    """Leads whose true log-odds are `intercept + slope * predicted log-odds`."""
    rng = np.random.default_rng([SEED, n_leads])
    score = np.clip(np.round(rng.normal(45, 16, n_leads)), 0, 100).astype(int)
    predicted_log_odds = np.round((score - 70) / 14, 6)
    probability = 1 / (1 + np.exp(-predicted_log_odds))
    truth = 1 / (1 + np.exp(-(intercept + slope * predicted_log_odds)))
    converted = (rng.random(n_leads) < truth).astype(int)

    with_slope = sm.GLM(converted, sm.add_constant(predicted_log_odds), family=sm.families.Binomial()).fit(tol=1e-14)
    slope_held = sm.GLM(
        converted, np.ones(n_leads), family=sm.families.Binomial(), offset=predicted_log_odds
    ).fit(tol=1e-14)
    return {
        "name": name,
        "score": score.tolist(),
        "probability": probability.tolist(),
        "converted": converted.tolist(),
        "log_loss": log_loss(converted, probability),
        "auc": roc_auc_score(converted, score),
        "brier": brier_score_loss(converted, probability),
        "calibration_slope": float(with_slope.params[1]),
        "calibration_intercept": float(slope_held.params[0]),
        "observed_over_expected": float(converted.sum() / probability.sum()),
    }


def wilson() -> list[dict]:
    rows = []
    for n_hits, n_trials in [(0, 5), (1, 10), (3, 12), (50, 400), (399, 400), (7, 7)]:
        low, high = proportion_confint(n_hits, n_trials, alpha=0.1, method="wilson")
        rows.append({"n_hits": n_hits, "n_trials": n_trials, "low": float(low), "high": float(high)})
    return rows


def student() -> list[dict]:
    return [{"degrees": d, "quantile": float(scipy.stats.t.ppf(0.95, d))} for d in (2, 3, 5, 9, 15, 27, 120)]


print(
    json.dumps(
        {
            "made_by": {
                "script": "tests/reference/metrics.py",
                "seed": SEED,
                "python": platform.python_version(),
                "numpy": np.__version__,
                "scipy": scipy.__version__,
                "scikit-learn": sklearn.__version__,
                "statsmodels": statsmodels.__version__,
            },
            "cases": [case("right", 300, 0.0, 1.0), case("too extreme", 420, -0.3, 0.6), case("too timid", 260, 0.4, 1.7)],
            "wilson_90": wilson(),
            "student_95": student(),
        },
        indent=1,
    )
)
