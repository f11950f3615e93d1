"""Numbers that `src/measures/confidence_sequence.rs` must agree with: the empirical Bernstein confidence sequence of Choe and Ramdas.

Run it by hand; its output is kept beside it:

    python tests/reference/confidence_sequence.py > tests/reference/confidence_sequence.json

The mixture is integrated over the rate of the bets by quadrature, from its definition (Howard et al. 2021, section 3), and not by the closed
form that the engine uses.
"""

import json
import math
import platform

import numpy as np
import scipy
from scipy.integrate import quad
from scipy.optimize import brentq

BEST_AT_VARIANCE = 5.0


def rho(misses: float) -> float:
    log = -math.log(misses)
    return BEST_AT_VARIANCE / (2 * log + math.log(1 + 2 * log))


def log_mixture(strayed: float, variance: float, scale: float, misses: float) -> float:
    """Log of the mean of exp(l s - psi(l) v) over l in [0, 1 / c), with density proportional to (1 - c l)^(a - 1) exp(-a (1 - c l))."""
    a = rho(misses) / scale**2

    def log_density(u):
        return (a - 1) * math.log(u) - a * u

    def log_bet(u):  # u = 1 - c l
        rate = (1 - u) / scale
        return rate * strayed - (-math.log(u) - (1 - u)) / scale**2 * variance

    grid = np.linspace(1e-6, 1, 4001)
    peak = max(log_density(u) + log_bet(u) for u in grid)
    at = max(grid, key=lambda u: log_density(u) + log_bet(u))
    # The substitution u = t^(1/a) takes away the pole at 0.
    def over(t, bet):
        u = t ** (1 / a)
        return math.exp(-a * u + (bet(u) - shift)) / a if u > 0 else 0.0

    shift = 0.0
    whole, _ = quad(lambda t: over(t, lambda u: 0.0), 0, 1, epsabs=0, epsrel=1e-12, limit=400)
    shift = peak
    won, _ = quad(lambda t: over(t, log_bet), 0, 1, points=[at**a], epsabs=0, epsrel=1e-11, limit=2000)
    return math.log(won) + shift - math.log(whole)


def farthest(variance: float, scale: float, misses: float) -> float:
    wanted = math.log(2 / misses)
    high = scale
    while log_mixture(high, variance, scale, misses) < wanted:
        high *= 2
    return brentq(lambda s: log_mixture(s, variance, scale, misses) - wanted, 0, high, xtol=1e-12, rtol=1e-12)


def sequence() -> dict:
    """Brier score of one forecaster less that of another, lead by lead, with weights of leads on which they are far apart."""
    rng = np.random.default_rng(20261130)
    n = 60
    truth = rng.uniform(0.02, 0.6, n)
    one, other = np.clip(truth + rng.normal(0, 0.2, n), 0.01, 0.95), np.clip(truth + rng.normal(0, 0.05, n), 0.01, 0.95)
    won = (rng.random(n) < truth).astype(float)
    most = np.abs(one - other) * np.maximum(one + other, 2 - one - other)
    weight = 1 / np.maximum(1, most / 0.5)
    value = weight * ((one - won) ** 2 - (other - won) ** 2)
    low, high, variance = [], [], 0.0
    for t in range(n):
        before = value[:t].mean() if t else 0.0
        variance += (value[t] - before) ** 2
        far = farthest(variance, 1.0, 0.05) / weight[: t + 1].sum()
        mean = value[: t + 1].sum() / weight[: t + 1].sum()
        low.append(mean - far)
        high.append(mean + far)
    as_list = lambda array: [float(x) for x in array]
    return {"value": as_list(value), "weight": as_list(weight), "low": low, "high": high}


def bounds() -> list:
    cases = [(bound, misses, v) for bound in (0.5, 1.0) for misses in (0.05, 0.1) for v in (0.01, 0.5, 5.0, 60.0)]
    return [
        {"bound": bound, "misses": misses, "variance": v, "farthest": farthest(v, 2 * bound, misses)}
        for bound, misses, v in cases
    ]


if __name__ == "__main__":
    made_by = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
    print(json.dumps({"made_by": made_by, "bounds": bounds(), "sequence": sequence()}, indent=1))
