"""How often `bantam monitor --challenger` calls one of two cards better, on made-up leads whose chances are known.

    python benches/honesty/challenger.py [--years 1000]

Needs numpy and scipy. Years of 50 leads a week with an outcome, looked at every week. Both cards err about the true log-odds, each lead on its
own and by a common amount; the interval is computed here once more (Choe and Ramdas 2024, theorem 2), and `tests/reference` holds the engine
to the same numbers. Printed per case: the share of the years in which a card was called better at any look, after 26 and 52 weeks, and how
often it was the wrong one.
"""

import argparse
import math

import numpy as np
from scipy.special import gammainc, gammaln

PER_WEEK, WEEKS = 50, 52
MISSES, MOST, BEST_AT_VARIANCE = 0.05, 0.3, 5.0


def log_lower_gamma(a, x):
    return gammaln(a) + np.log(gammainc(a, x))


def farthest(variance, scale=2 * MOST):
    """Where the gamma-exponential mixture reaches 2 / MISSES, for many variances at once."""
    log = -math.log(MISSES)
    start = BEST_AT_VARIANCE / (2 * log + math.log(1 + 2 * log)) / scale**2
    density = start * math.log(start) - log_lower_gamma(start, start)

    def log_mixture(strayed):
        shape, gained = start + variance / scale**2, (scale * strayed + variance) / scale**2
        rate = start + gained
        return density + gained + log_lower_gamma(shape, rate) - shape * np.log(rate)

    low, high = np.zeros_like(variance), np.full_like(variance, 1e3)
    for _ in range(50):
        middle = (low + high) / 2
        is_below = log_mixture(middle) < math.log(2 / MISSES)
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return high


def year(rng, of_lead, of_all):
    n = PER_WEEK * WEEKS
    truth = rng.normal(-1.9, 1.0, n)
    chance = lambda log_odds: 1 / (1 + np.exp(-log_odds))
    p, q = (chance(truth + rng.normal(0, sd, n) + shift) for sd, shift in zip(of_lead, of_all))
    won = (rng.random(n) < chance(truth)).astype(float)
    weight = np.minimum(1, MOST / np.maximum(np.abs(p - q) * np.maximum(p + q, 2 - p - q), 1e-12))
    value = weight * ((p - won) ** 2 - (q - won) ** 2)
    before = np.concatenate([[0], np.cumsum(value)[:-1] / np.arange(1, n)])
    at = np.arange(PER_WEEK - 1, n, PER_WEEK)
    variance, total, weights = (np.cumsum(of)[at] for of in ((value - before) ** 2, value, weight))
    far = farthest(variance)
    expected = np.cumsum(weight * ((p - chance(truth)) ** 2 - (q - chance(truth)) ** 2))[at]
    # The interval misses where what was to be expected of the leads so far lies outside it.
    return total > far, total < -far, np.abs(total - expected) > far


CASES = {
    "as good: both err by 0.4 a lead": ((0.4, 0.4), (0.0, 0.0)),
    "as good: odds 1.3 times too high, too low": ((0.2, 0.2), (0.262, -0.3)),
    "the same card twice, but for rounding": ((0.02, 0.02), (0.0, 0.0)),
    "in use off by odds of 1.5": ((0.2, 0.2), (0.405, 0.0)),
    "in use off by odds of 2": ((0.2, 0.2), (0.693, 0.0)),
    "in use errs by 0.8 a lead": ((0.8, 0.2), (0.0, 0.0)),
    "in use errs by 1.2 a lead": ((1.2, 0.2), (0.0, 0.0)),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--years", type=int, default=1000)
    years = parser.parse_args().years
    print(f"{'case':44} challenger in 26  in 52   in use in 52   interval missed at any look")
    for at, (case, (of_lead, of_all)) in enumerate(CASES.items()):
        rng = np.random.default_rng([20261130, at])
        found = [year(rng, of_lead, of_all) for _ in range(years)]
        share = lambda of: f"{100 * np.mean([of(one) for one in found]):6.1f} %"
        print(
            f"{case:44} {share(lambda one: one[0][:26].any())}       {share(lambda one: one[0].any())}   "
            f"{share(lambda one: one[1].any())}       {share(lambda one: one[2].any())}"
        )


if __name__ == "__main__":
    main()
