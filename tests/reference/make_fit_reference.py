"""Writes fit.json: small penalised logistic fits with their solutions, found without Bantam. `src/fit` must agree.

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 statsmodels==0.15.0
    venv/bin/python tests/reference/make_fit_reference.py

Each case minimises, over an intercept `a` and one coefficient per bin `b`,

    sum_i w_i * loss(y_i, a + sum_j b[j, code_ij])
      + smoothness/2 * sum_j sum_k (b[j,k+1] - b[j,k])^2        over neighbouring bins 1 <= k < n_chained[j]
      + ridge/2 * sum b^2                                       over all bins; the intercept is free

with loss(y, x) = ln(1 + e^x) - y x, in nats. Code 0 (missing) and bins after n_chained[j] have no neighbour.

Two solvers that know nothing of each other have to agree before a case is written: scipy's trust-region Newton on the
dense design, and scikit-learn's LogisticRegression on that design turned so that the penalty is a plain ridge (a lead
with outcome y becomes two, with weights w y and w (1 - y)) or, where nothing is penalised, statsmodels' GLM on dummy
columns.

In fit.json, per case: `codes` (one list per criterion, one whole number per lead), `n_bins` and `n_chained` per
criterion, `y` and `weights` per lead, `smoothness`, `ridge`; then `objective`, `log_odds` per lead, `intercept` and
`coefficients` (all bins of criterion 0, then those of criterion 1, ...). The last two are null without a ridge: then
many coefficients give the same log-odds.
"""

import json
import pathlib

import numpy as np
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

SEED = 20260930
# All end at a gradient of about 1e-10, and the least curvature in these cases is about 1e-3 (a weak ridge).
AGREE = 1e-7


def draw(rng, n_leads, n_bins, missing=0.05):
    """Codes with about `missing` of the leads at code 0, and whether they converted under smooth random shapes."""
    codes, log_odds = [], np.full(n_leads, -0.8)
    for bins in n_bins:
        code = rng.integers(1, bins, n_leads) if bins > 1 else np.zeros(n_leads, int)
        code = np.where(rng.random(n_leads) < missing, 0, code)
        shape = np.cumsum(rng.normal(0, 0.5, bins))
        log_odds = log_odds + shape[code] - shape.mean()
        codes.append(code)
    return codes, (rng.random(n_leads) < expit(log_odds)).astype(float)


def one_hot(codes, n_bins):
    return np.hstack([np.eye(bins)[code] for code, bins in zip(codes, n_bins)])


def penalty_matrix(n_bins, n_chained, smoothness, ridge):
    matrix, first = ridge * np.eye(sum(n_bins)), 0
    for bins, chained in zip(n_bins, n_chained):
        for k in range(first + 1, first + chained):
            matrix[k : k + 2, k : k + 2] += smoothness * np.array([[1, -1], [-1, 1]])
        first += bins
    return matrix


def by_scipy(x, y, w, penalty):
    design = np.hstack([np.ones((len(y), 1)), x])
    full = np.zeros((design.shape[1],) * 2)
    full[1:, 1:] = penalty

    def value(theta):
        eta = design @ theta
        return w @ (np.logaddexp(0, eta) - y * eta) + 0.5 * theta @ full @ theta

    def gradient(theta):
        return design.T @ (w * (expit(design @ theta) - y)) + full @ theta

    def hessian(theta):
        p = expit(design @ theta)
        return design.T @ (design * (w * p * (1 - p))[:, None]) + full

    # Without a ridge, shifts of a whole criterion are flat directions: `lstsq` leaves them alone.
    theta = minimize(
        value,
        np.zeros(design.shape[1]),
        method="trust-exact",
        jac=gradient,
        hess=hessian,
        options={"gtol": 1e-6, "maxiter": 500},
    ).x
    for _ in range(8):  # the last digits
        theta = theta - np.linalg.lstsq(hessian(theta), gradient(theta), rcond=1e-9)[0]
    left = np.abs(gradient(theta)).max()
    assert left < 1e-10, f"scipy stopped at a gradient of {left}"
    return theta[0], theta[1:], value(theta), design @ theta


def by_scikit_learn(x, y, w, penalty):
    """With penalty = R'R and b = R^-1 v, the penalty on v is a plain ridge of 1."""
    root = cholesky(penalty)
    turned = solve_triangular(root, x.T, trans="T").T
    rows, labels = np.vstack([turned, turned]), np.repeat([1, 0], len(y))
    weights = np.concatenate([w * y, w * (1 - y)])
    used = weights > 0
    model = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    model.fit(rows[used], labels[used], sample_weight=weights[used])
    return model.intercept_[0], solve_triangular(root, model.coef_[0])


def by_statsmodels(codes, n_bins, y, w):
    """Unpenalised, the first bin of each criterion as the reference; weights of a binomial are case weights."""
    dummies = np.hstack([np.eye(bins)[code][:, 1:] for code, bins in zip(codes, n_bins)])
    design = sm.add_constant(dummies, has_constant="add")
    return (
        sm.GLM(y, design, family=sm.families.Binomial(), freq_weights=w)
        .fit(tol=1e-14, maxiter=200)
        .predict(which="linear")
    )


def solve(name, codes, n_bins, y, smoothness, ridge, weights=None, n_chained=None):
    w = np.ones(len(y)) if weights is None else np.asarray(weights, float)
    n_chained = [bins - 1 for bins in n_bins] if n_chained is None else n_chained
    x, penalty = one_hot(codes, n_bins), penalty_matrix(n_bins, n_chained, smoothness, ridge)
    intercept, coefficients, objective, log_odds = by_scipy(x, y, w, penalty)
    if ridge > 0:
        a, b = by_scikit_learn(x, y, w, penalty)
        apart = max(abs(a - intercept), np.abs(b - coefficients).max())
    else:
        assert smoothness == 0, "statsmodels has no difference penalty"
        apart = np.abs(by_statsmodels(codes, n_bins, y, w) - log_odds).max()
    assert apart < AGREE, f"{name}: two solvers differ by {apart}"
    print(f"{name}: {len(y)} leads, {sum(n_bins)} coefficients, objective {objective:.6f}, solvers within {apart:.1e}")
    unique = ridge > 0
    return {
        "name": name,
        "n_bins": n_bins,
        "n_chained": n_chained,
        "codes": [code.tolist() for code in codes],
        "y": y.tolist(),
        "weights": w.tolist(),
        "smoothness": smoothness,
        "ridge": ridge,
        "objective": objective,
        "log_odds": log_odds.tolist(),
        "intercept": intercept if unique else None,
        "coefficients": coefficients.tolist() if unique else None,
    }


def main():
    rng = np.random.default_rng(SEED)
    bins = [5, 8, 4]
    codes, y = draw(rng, 120, bins)
    some_weights = np.round(rng.gamma(2, 1, len(y)), 3) + 0.05
    expected = np.round(np.where(y == 1, 1.0, rng.random(len(y)) * 0.4), 3)  # as the maturity model makes them
    rare_codes, rare_y = draw(rng, 150, [6, 3])
    rare_y = np.where(np.arange(150) % 10 == 0, rare_y, 0.0)
    many_codes, many_y = draw(rng, 100, [25, 12])
    full_codes, full_y = draw(rng, 80, [4, 6], missing=0.0)
    cases = [
        solve("plain ridge 1", codes, bins, y, 0.0, 1.0),
        solve("weak ridge 0.01", codes, bins, y, 0.0, 0.01),
        solve("strong ridge 100", codes, bins, y, 0.0, 100.0),
        solve("smoothness 10 and ridge 1", codes, bins, y, 10.0, 1.0),
        solve("smoothness 1000 and ridge 0.1: almost one value per criterion", codes, bins, y, 1000.0, 0.1),
        solve("weights", codes, bins, y, 3.0, 1.0, weights=some_weights),
        solve("fractional outcomes", codes, bins, expected, 3.0, 1.0),
        solve("weights and fractional outcomes", codes, bins, expected, 1.0, 3.0, weights=some_weights),
        solve("the last bins of criterion 1 stand apart", codes, bins, y, 10.0, 1.0, n_chained=[4, 3, 3]),
        solve("few conversions", rare_codes, [6, 3], rare_y, 3.0, 1.0),
        solve("more bins than the leads can fill", many_codes, [25, 12], many_y, 30.0, 1.0),
        solve("bin 0 is empty", full_codes, [4, 6], full_y, 1.0, 1.0),
        solve("one criterion, hardly any ridge", [many_codes[1]], [12], many_y, 5.0, 1e-3),
        solve("no penalty at all", codes[1:], bins[1:], y, 0.0, 0.0, weights=some_weights),
    ]
    # Leads with the same codes counted once: `y` their share of conversions, `weights` their number. The solution is
    # that of "smoothness 10 and ridge 1".
    patterns, where = np.unique(np.stack(codes, 1), axis=0, return_inverse=True)
    counts = np.bincount(where.ravel()).astype(float)
    share = np.bincount(where.ravel(), weights=y) / counts
    cases.append(
        solve("smoothness 10 and ridge 1, leads grouped", list(patterns.T), bins, share, 10.0, 1.0, weights=counts)
    )
    assert np.allclose(cases[-1]["coefficients"], cases[3]["coefficients"], atol=1e-9)

    made_by = {
        "script": pathlib.Path(__file__).name,
        "seed": SEED,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        "statsmodels": statsmodels.__version__,
    }
    # One line per field, so that a change shows as the lines it touches.
    lines = [",\n".join(f"   {json.dumps(key)}: {json.dumps(value)}" for key, value in case.items()) for case in cases]
    body = ",\n".join("  {\n" + case + "\n  }" for case in lines)
    out = pathlib.Path(__file__).with_name("fit.json")
    out.write_text(f'{{\n "made_by": {json.dumps(made_by)},\n "cases": [\n{body}\n ]\n}}\n')


if __name__ == "__main__":
    main()
