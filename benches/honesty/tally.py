"""From rows of many histories to coverage, width and bias per claim, as JSON and as a table."""

import collections
import math

import numpy as np

from claims import NOMINAL

# Ends of the groups of chances that were said: 0.03 to 0.1 and so on.
CHANCE_EDGES = (0.0, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0 + 1e-9)

# Differences can be about 0, so their bias is told in widths of their interval.
IN_WIDTHS = ("difference", "net value", "question")


def tally(histories):
    """- `histories`: rows by the number of the history; returns claim to figures."""
    by_claim = collections.defaultdict(lambda: collections.defaultdict(list))
    # In the order of their numbers, so that sums of floats do not depend on which came first.
    for number in sorted(histories):
        for row in histories[number]:
            by_claim[row.claim][number].append(row)
    figures = {}
    for claim, found in by_claim.items():
        if not math.isnan(next(iter(found.values()))[0].said):
            figures |= tally_chances(claim, list(found.values()))
        else:
            figures[claim] = tally_intervals(claim, found)
    return figures


def tally_intervals(claim, histories):
    """Each history counts the same, its rows by their weight. The Monte Carlo error is that of histories, because rows
    and futures of one history err together."""

    def per_history(value):
        means = {}
        for number, rows in histories.items():
            pairs = [(value(row), row.weight) for row in rows]
            pairs = [(value, weight) for value, weight in pairs if value is not None and math.isfinite(value)]
            if pairs:
                means[number] = sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs)
        return means

    is_difference = any(word in claim for word in IN_WIDTHS)

    def bias(row):
        off = row.truth - row.expected
        if is_difference:
            return off / (row.high - row.low) if row.high > row.low else None
        return off / row.expected if row.expected > 1e-9 else None

    all_rows = [row for rows in histories.values() for row in rows]
    widths = [row.high - row.low for row in all_rows if math.isfinite(row.high - row.low)]
    relative = [
        (row.high - row.low) / row.expected
        for row in all_rows
        if row.expected > 1e-9 and math.isfinite(row.high - row.low)
    ]
    coverages, biases = per_history(lambda row: 1 - row.is_below - row.is_above), per_history(bias)
    coverage, coverage_error = mean_and_error(coverages.values())
    bias_mean, bias_error = mean_and_error(biases.values())
    off = list(per_history(lambda row: row.off_factor).values())
    return {
        "nominal": NOMINAL if widths else None,
        "n_histories": len(histories),
        "coverage": coverage,
        "coverage_error": coverage_error,
        "below": mean_and_error(per_history(lambda row: row.is_below).values())[0],
        "above": mean_and_error(per_history(lambda row: row.is_above).values())[0],
        "median_width": float(np.median(widths)) if widths else None,
        "median_relative_width": float(np.median(relative)) if relative and not is_difference else None,
        "bias": bias_mean,
        "bias_error": bias_error,
        "bias_unit": "interval widths" if is_difference else "share of what was expected",
        "typical_factor": float(np.exp(np.median(off))) if off and not is_difference else None,
        "coverage_of_histories": coverages,
    }


def mean_and_error(values):
    """Mean and its standard error; `None` where there are too few."""
    values = np.array(list(values))
    if not len(values):
        return None, None
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else None


def tally_chances(claim, histories):
    """A group of chances said becomes a claim of its own: nominal is their mean, coverage the share that came."""
    figures = {}
    for low, high in zip(CHANCE_EDGES, CHANCE_EDGES[1:]):
        said, came, errors = [], [], []
        for rows in histories:
            inside = [row for row in rows if low <= row.said < high]
            if inside:
                said.append(np.mean([row.said for row in inside]))
                came.append(np.mean([row.truth for row in inside]))
                errors.append(came[-1] - said[-1])
        if said:
            figures[f"{claim}, said {low:.2f} to {min(high, 1.0):.2f}"] = {
                "nominal": float(np.mean(said)),
                "n_histories": len(said),
                "coverage": float(np.mean(came)),
                "coverage_error": float(np.std(errors, ddof=1) / math.sqrt(len(errors))) if len(errors) > 1 else None,
            }
    return figures


def markdown(kinds, only=None, against=None):
    """A table with a line per kind and claim.

    - `kinds`: kind to figures by claim; `only`: part of a claim's name; `against`: the same of another run, beside.
    """
    heads = ["kind", "claim", "n", "nominal", "coverage", "±", "below", "above", "width", "bias", "±", "factor"]
    if against is not None:
        heads += ["coverage then", "change", "±", "width then", "bias then"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "|".join(["---", "---"] + ["--:"] * (len(heads) - 2)) + "|"]
    for kind, claims in kinds.items():
        for claim, found in sorted(claims.items()):
            if only and only not in claim:
                continue
            cells = [
                kind,
                claim,
                str(found["n_histories"]),
                share(found["nominal"]),
                share(found["coverage"]),
                share(found["coverage_error"]),
            ]
            cells += [share(found.get("below")), share(found.get("above")), width(found)]
            cells += [
                per_cent(found.get("bias")),
                per_cent(found.get("bias_error"), ""),
                factor(found.get("typical_factor")),
            ]
            if against is not None:
                then = against.get(kind, {}).get(claim, {})
                cells += [share(then.get("coverage")), *change(found, then), width(then), per_cent(then.get("bias"))]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def change(now, then):
    """How coverage changed in the histories that both runs have, and its error."""
    after, before = now.get("coverage_of_histories", {}), then.get("coverage_of_histories", {})
    # JSON knows no other keys than texts.
    pairs = [covered - before[str(number)] for number, covered in after.items() if str(number) in before]
    mean, error = mean_and_error(pairs)
    return ["" if mean is None else f"{mean:+.3f}", share(error)]


def share(value):
    return "" if value is None or math.isnan(value) else f"{value:.3f}"


def per_cent(value, sign="+"):
    return "" if value is None or math.isnan(value) else f"{value * 100:{sign}.1f} %"


def factor(value):
    return "" if value is None else f"{value:.3f}"


def width(found):
    if found.get("median_relative_width") is not None:
        return f"{found['median_relative_width'] * 100:.0f} %"
    return "" if found.get("median_width") is None else f"{found['median_width']:.3g}"
