"""What the product says with an interval or a chance, held against what is true.

A [`Row`] is one such claim of one history. Counts of leads share those tied at a threshold as the product does: 40 % of
the leads with 62 points are 40 % of each.
"""

import dataclasses

import numpy as np

from product import chosen_shares, shown_policies

NOMINAL = 0.9


@dataclasses.dataclass
class Row:
    """One claim held against one truth, or against several futures: then coverage and the like are shares of them."""

    claim: str
    about: str  # policy or score
    expected: float
    low: float = np.nan
    high: float = np.nan
    truth: float = np.nan  # mean over the futures
    is_below: float = np.nan  # share of futures in which the truth lies below the interval
    is_above: float = np.nan
    off_factor: float = np.nan  # mean of |ln(truth / expected)|
    weight: float = 1.0
    said: float = np.nan  # a chance, for claims that are one; `truth` is then the share of futures in which it came


def interval(claim, about, expected, low, high, truths, weight=1.0):
    """- `truths`: one per future; those that are no number are left out, infinite ones lie above and are in no mean."""
    truths = np.atleast_1d(np.asarray(truths, float))
    truths = truths[~np.isnan(truths)]
    finite = truths[np.isfinite(truths)]
    if not len(truths):
        return None
    # Figures of metrics.json are exact; a billionth of their size is rounding.
    slack = 1e-9 * max(1.0, abs(low), abs(high)) if np.isfinite(low) else 0.0
    positive = finite[finite > 0] if expected > 0 else []
    return Row(
        claim,
        about,
        expected,
        low,
        high,
        finite.mean() if len(finite) else np.nan,
        (truths < low - slack).mean() if np.isfinite(low) else np.nan,
        (truths > high + slack).mean() if np.isfinite(high) else np.nan,
        np.abs(np.log(positive / expected)).mean() if len(positive) else np.nan,
        weight,
    )


def of_estimate(claim, about, estimate, truths, factor=1.0):
    if estimate is None:
        return None
    return interval(claim, about, *(estimate[end] * factor for end in ("expected", "low", "high")), truths)


@dataclasses.dataclass
class Scored:
    """Leads with the points of the card that shipped, their true chances, and what came of them."""

    score: np.ndarray
    chance: np.ndarray = None  # None where nobody knows, as with real data
    converted: np.ndarray = None
    group: np.ndarray = None  # team or segment, where thresholds differ by it

    def leads(self, share):
        return share.sum()

    def wins(self, share):
        return (share * self.converted).sum()

    def conversion(self, share):
        return (share * self.converted).sum() / share.sum() if share.sum() > 0 else np.nan

    def true_conversion(self, share):
        return (share * self.chance).sum() / share.sum() if share.sum() > 0 else np.nan


def check(run, futures, like_history=None, like_future=None, units_ahead=3.0):
    """All claims of a run, as rows.

    - `futures`: [`Scored`] leads of the time ahead, one per future; `like_history`, `like_future`: large samples with
      true chances, the latter one per future or one for all; `units_ahead`: months (thousands of leads) ahead.
    """
    rows = [
        *forecast_rows(run, futures),
        *summary_rows(run, futures, like_history, units_ahead),
        *back_test_rows(run),
    ]
    if like_history is not None:
        rows += truth_rows(run, like_history, like_future)
    return [row for row in rows if row is not None]


def scenarios_of(run):
    forecast = run.metrics["forecast"]
    recommended = forecast.get("recommended")
    return forecast["scenarios"] + ([recommended["scenario"]] if recommended else [])


def forecast_rows(run, futures):
    """Next quarter under each policy, and each two of them in the same futures."""
    forecast, bands = run.metrics["forecast"], run.card["bands"]
    nurture = next((band.get("from", -(10**9)) for band in bands if band["name"] == "nurture"), 10**9)
    sales = forecast["sales"]
    outcomes = {}
    for scenario in scenarios_of(run):
        name = scenario["policy"]
        shares = [chosen_shares(scenario["thresholds"], future.score, future.group) for future in futures]
        leads = np.array([future.leads(share) for future, share in zip(futures, shares)])
        wins = np.array([future.wins(share) for future, share in zip(futures, shares)])
        nurtured = np.array([((1 - share) * (future.score >= nurture)).sum() for future, share in zip(futures, shares)])
        rejected = np.array([((1 - share) * (future.score < nurture)).sum() for future, share in zip(futures, shares)])
        conversion = np.array([future.conversion(share) for future, share in zip(futures, shares)])
        outcomes[name] = leads, wins
        yield of_estimate("forecast leads", name, scenario["leads"], leads)
        yield of_estimate("forecast wins", name, scenario["wins"], wins)
        yield of_estimate("forecast conversion", name, scenario["conversion"], conversion)
        yield of_estimate("forecast to nurture", name, scenario["to_nurture"], nurtured)
        yield of_estimate("forecast rejected", name, scenario["rejected"], rejected)
        if scenario.get("net_value"):
            net_value = sales["value_per_win"] * wins - sales["cost_per_lead"] * leads
            yield of_estimate("forecast net value", name, scenario["net_value"], net_value)
        if scenario.get("cost_per_win"):
            cost = np.where(wins > 0, sales["cost_per_lead"] * leads / np.maximum(wins, 1e-9), np.inf)
            yield of_estimate("forecast cost per win", name, scenario["cost_per_win"], cost)
    for pair in forecast["pairs"]:
        (leads_a, wins_a), (leads_b, wins_b) = outcomes[pair["a"]], outcomes[pair["b"]]
        name, wins = f"{pair['a']} - {pair['b']}", wins_a - wins_b
        yield of_estimate("pair wins difference", name, pair["wins_difference"], wins)
        yield of_estimate("pair leads difference", name, pair["leads_difference"], leads_a - leads_b)
        if pair["contained"] is None:
            claims = ["pair wins more"]
            if pair["a"].endswith("_by") != pair["b"].endswith("_by"):
                claims.append("pair wins more, lines by group against one line")
            if not pair.get("wins_too_close"):
                claims.append("pair wins more, called")
            for said, came in ((pair["a_wins_more"], wins > 1e-9), (pair["b_wins_more"], wins < -1e-9)):
                for claim in claims:
                    yield Row(claim, name, np.nan, truth=came.mean(), said=said)
        if pair.get("net_value_difference"):
            value = sales["value_per_win"] * wins - sales["cost_per_lead"] * (leads_a - leads_b)
            yield of_estimate("pair net value difference", name, pair["net_value_difference"], value)
            claims = ["pair worth more"]
            if pair["contained"] is not None:
                claims.append("pair worth more, nested")
            if not pair.get("worth_too_close"):
                claims.append("pair worth more, called")
            for said, came in ((pair["a_worth_more"], value > 1e-9), (1 - pair["a_worth_more"], value <= 1e-9)):
                for claim in claims:
                    yield Row(claim, name, np.nan, truth=came.mean(), said=said)


def summary_rows(run, futures, like_history, units_ahead):
    """What the terminal shows per policy, read as its reader would: as next quarter, and as the usual."""
    thresholds = {scenario["policy"]: scenario["thresholds"] for scenario in scenarios_of(run)}
    shown = shown_policies(run.summary, thresholds)
    share_of = lambda name, leads: chosen_shares(thresholds[name], leads.score, leads.group)
    for name, figures in shown.items():
        if name == "extra leads":
            continue
        shares = [share_of(name, future) for future in futures]
        conversion = [future.conversion(share) for future, share in zip(futures, shares)]
        wins = np.array([future.wins(share) for future, share in zip(futures, shares)])
        all_wins = np.array([future.converted.sum() for future in futures])
        yield interval("summary conversion, next quarter", name, *figures["conversion"], conversion)
        yield interval("summary wins, next quarter", name, *figures["wins"], wins / units_ahead)
        yield interval(
            "summary share of wins, next quarter", name, *figures["share_of_wins"], wins / np.maximum(all_wins, 1)
        )
        if like_history is not None:
            share = share_of(name, like_history)
            yield interval(
                "summary conversion, like history", name, *figures["conversion"], like_history.true_conversion(share)
            )
            true_share = (share * like_history.chance).sum() / like_history.chance.sum()
            yield interval("summary share of wins, like history", name, *figures["share_of_wins"], true_share)
    names = [policy["name"] for policy in run.metrics["policies"] if policy["name"] in thresholds][:2]
    if "extra leads" in shown and len(names) == 2:
        shares = [[share_of(name, future) for name in names] for future in futures]
        extra = [np.abs(one - other) for one, other in shares]
        conversion = [future.conversion(share) for future, share in zip(futures, extra)]
        figures = shown["extra leads"]["conversion"]
        yield interval("summary extra leads, next quarter", " and ".join(names), *figures, conversion)
        if like_history is not None:
            share = np.abs(share_of(names[0], like_history) - share_of(names[1], like_history))
            yield interval(
                "summary extra leads, like history", " and ".join(names), *figures, like_history.true_conversion(share)
            )


def back_test_rows(run):
    """The promises that the run itself holds against its past."""
    for row in run.metrics["back_test"]:
        about = row["policy"]
        for figure in ("leads", "wins", "conversion"):
            truth = row[figure] if figure != "conversion" or row["leads"] > 0 else np.nan
            yield of_estimate(f"back-test {figure}", about, row[f"promised_{figure}"], truth)
        ratio = row["observed_over_expected"]
        if row["leads"] > 0 and ratio > 0:
            ends = row["observed_over_expected_low"], row["observed_over_expected_high"]
            yield interval("back-test came over promised is 1", about, ratio, *ends, 1.0)


# Leads of the large samples that a score needs before its mean chance is looked at.
MIN_LEADS = 100


def truth_rows(run, like_history, like_future):
    """Claims about chances, held against the true ones: of such leads as the history had, and of the next quarter's."""
    for when, samples in (("like history", [like_history]), ("next quarter", like_future)):
        yield from curve_rows(run, when, samples)
        yield from frontier_rows(run, when, samples)
        yield from threshold_rows(run, when, samples)
        yield from group_rows(run, when, samples)
        yield from overall_rows(run, when, samples)
        yield from segment_rows(run, when, samples)


def curve_rows(run, when, samples):
    """The score table, each score by its share of the leads."""
    first, size = run.first_score, len(run.n_judged)
    counts = np.bincount(samples[0].score - first, minlength=size)
    sums = [np.bincount(sample.score - first, sample.chance, minlength=size) for sample in samples]
    curve = run.curve_ahead if when == "next quarter" else run.curve
    for at in np.flatnonzero(counts >= MIN_LEADS):
        ends = (curve[name][at] for name in ("probability", "low", "high"))
        yield interval(
            f"score table, {when}", str(first + at), *ends, [total[at] / counts[at] for total in sums], counts[at]
        )


def frontier_rows(run, when, samples):
    """Conversion at thresholds that choose 5 % to 80 % of the leads."""
    frontier = run.frontier
    for at, threshold in enumerate(frontier["threshold"]):
        is_chosen = samples[0].score >= threshold
        if 0.05 <= is_chosen.mean() <= 0.8:
            ends = (frontier[name][at] for name in ("conversion", "conversion_low", "conversion_high"))
            yield interval(
                f"frontier conversion, {when}",
                str(threshold),
                *ends,
                [sample.chance[is_chosen].mean() for sample in samples],
            )


def threshold_rows(run, when, samples):
    """Conversions seen for each one promised, at the line of each policy."""
    for row in run.metrics["at_threshold"]:
        is_chosen = samples[0].score >= row["score"]
        if is_chosen.sum() >= MIN_LEADS:
            promised = run.probability(samples[0].score[is_chosen]).mean()
            truths = [sample.chance[is_chosen].mean() / promised for sample in samples]
            figures = (row[name] for name in ("observed_over_expected", "low", "high"))
            yield interval(f"calibration at threshold, {when}", row["policy"], *figures, truths)


def group_rows(run, when, samples):
    """Shares that converted, by tenth of the leads, by band and by team."""
    score = samples[0].score

    def row(claim, about, is_in, value, low, high):
        if is_in.sum() >= MIN_LEADS:
            return interval(
                f"{claim}, {when}", about, value, low, high, [sample.chance[is_in].mean() for sample in samples]
            )
        return None

    for tenth in run.metrics["reliability"]:
        is_in = (score >= tenth["score_from"]) & (score <= tenth["score_to"])
        yield row(
            "reliability by tenth",
            str(tenth["score_from"]),
            is_in,
            *(tenth[name] for name in ("observed", "observed_low", "observed_high")),
        )
    above = 10**9
    for band in run.metrics["bands"]:
        lowest = -(10**9) if band["from"] is None else band["from"]
        is_in = (score >= lowest) & (score < above)
        above = lowest
        if band["n_leads"]:
            yield row("bands", band["band"], is_in, band["n_converted"] / band["n_leads"], band["low"], band["high"])
    for group in run.metrics["funnels"]:
        if group["by"] in ("team", "segment") and samples[0].group is not None and group["n_leads"]:
            is_in = samples[0].group == group["name"]
            yield row(
                f"funnel by {group['by']}",
                group["name"],
                is_in,
                group["n_converted"] / group["n_leads"],
                group["low"],
                group["high"],
            )


def segment_rows(run, when, samples):
    """Promised and come in each segment, and whether high and low scores are worth there what they say."""
    for row in (run.metrics.get("segments") or {"reliability": []})["reliability"]:
        is_in = samples[0].group == row["segment"]
        if samples[0].group is None or is_in.sum() < MIN_LEADS:
            continue
        predicted = run.probability(samples[0].score[is_in])
        if row["observed_over_expected"] > 0:
            truths = [sample.chance[is_in].mean() / predicted.mean() for sample in samples]
            figures = (row[name] for name in ("observed_over_expected", "low", "high"))
            yield interval(f"segment came over promised, {when}", row["segment"], *figures, truths)
        if row["calibration_slope"] is not None and row["slope_low"] is not None:
            truths = [true_slope(np.log(predicted / (1 - predicted)), sample.chance[is_in]) for sample in samples]
            figures = (row[name] for name in ("calibration_slope", "slope_low", "slope_high"))
            yield interval(f"segment slope, {when}", row["segment"], *figures, truths)


def young_rows(run, n_young_converting, share_seen):
    """Leads too young to say: how many will have converted, and how long conversions take.

    - `n_young_converting`: of the young leads, how many convert within their horizon; `share_seen`: days to the true
      share of the conversions that have come by then.
    """
    maturity = run.metrics.get("maturity")
    if maturity is None:
        return
    if maturity["n_open_expected"] is not None:
        yield interval(
            "young leads that will convert", "", maturity["n_open_expected"], np.nan, np.nan, n_young_converting
        )
    for row in maturity["seen"]:
        if row["share"] > 0:
            yield interval(
                "share of conversions seen by age",
                f"{row['days']:.0f} days",
                row["share"],
                row["low"],
                row["high"],
                share_seen(row["days"]),
            )


def question_rows(run, criterion, claim, with_it, without_it):
    """What a criterion is worth at the volume of each policy: wins of the card less those of the card made without it.

    - `with_it`, `without_it`: the same large sample, scored by either card.
    """
    questions = run.metrics.get("questions") or {"criteria": []}
    worth = next((row for row in questions["criteria"] if row["criterion"] == criterion), None)
    if worth is None:
        return
    per_month = run.frontier["leads_per_month"][0]
    n_leads = 1000.0 if per_month is None else per_month
    for line, at in zip(questions["lines"], worth["at"]):
        wins = [
            (best_share(leads.score, line["leads_per"] / n_leads) * leads.chance).mean() * n_leads
            for leads in (with_it, without_it)
        ]
        yield of_estimate(claim, line["policy"], at["gain"], wins[0] - wins[1])


def best_share(score, share):
    """The share of each lead that is chosen when the best leads are; those tied at the line share the last places."""
    wanted = share * len(score)
    line = np.sort(score)[::-1][min(len(score), int(np.ceil(wanted))) - 1]
    above, on = (score > line).sum(), (score == line).sum()
    return np.where(score == line, np.clip((wanted - above) / on, 0, 1), (score > line).astype(float))


def overall_rows(run, when, samples):
    """Measures of the whole card. Those without an interval show their bias alone."""
    measured = run.metrics["out_of_fold"]
    predicted = run.probability(samples[0].score)
    log_odds = np.log(predicted / (1 - predicted))

    def row(name, truths):
        value = measured.get(name)
        if value is None:
            return None
        ends = (measured.get(f"{name}_{end}") for end in ("low", "high"))
        low, high = (np.nan if end is None else end for end in ends)
        return interval(f"{name.replace('_', ' ')}, {when}", "", value, low, high, truths)

    yield row("observed_over_expected", [sample.chance.mean() / predicted.mean() for sample in samples])
    yield row("calibration_slope", [true_slope(log_odds, sample.chance) for sample in samples])
    losses = [
        -(sample.chance * np.log(predicted) + (1 - sample.chance) * np.log(1 - predicted)).mean() for sample in samples
    ]
    yield row("log_loss", losses)
    yield row("auc", [true_auc(samples[0].score, sample.chance) for sample in samples])


def true_slope(log_odds, chance):
    """Slope of a logistic regression of outcomes with these chances, by Newton's method."""
    design = np.stack([np.ones_like(log_odds), log_odds], 1)
    weights = np.array([0.0, 1.0])
    for _ in range(25):
        fitted = 1 / (1 + np.exp(-design @ weights))
        curvature = (design * (fitted * (1 - fitted))[:, None]).T @ design
        step = np.linalg.solve(curvature, design.T @ (chance - fitted))
        weights += step
        if np.abs(step).max() < 1e-9:
            break
    return weights[1]


def true_auc(score, chance):
    """Chance that a lead that converts has the higher score, ties half, of leads with these chances."""
    order = np.unique(score)
    at = np.searchsorted(order, score)
    won, lost = np.bincount(at, chance), np.bincount(at, 1 - chance)
    below = np.cumsum(lost) - lost
    return (won * (below + lost / 2)).sum() / (won.sum() * lost.sum())
