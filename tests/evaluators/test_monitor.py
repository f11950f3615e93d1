"""`bantam monitor` on the sample, half a year on: its figures computed once more, and its page in a real browser."""

import dataclasses
import json
import math
import pathlib
import re

import jsonschema
import numpy as np
import polars as pl
import pytest
from scipy import stats

import card_scorer
from browser import opened
from history import AS_OF, ROW, derived_leads, hand_offs, labelled_leads
from places import CONFIG

EARLIER = "2025-12-31"


@dataclasses.dataclass
class Look:
    """A card of the end of 2025, and what the monitor finds with the outcomes of half a year later."""

    card: dict
    metrics: dict
    found: dict
    folder: pathlib.Path
    text: str


@pytest.fixture(scope="module")
def look(bantam, config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("monitor")
    here = CONFIG.read_text().replace('path = "', f'path = "{CONFIG.parent}/')
    until = config["outcome"]["observed_until"]
    (folder / "now.toml").write_text(here)
    (folder / "earlier.toml").write_text(here.replace(until, EARLIER))
    bantam("calibrate", folder / "earlier.toml", "--out", folder / "out", "--quiet")
    run = (folder / "out" / "current").resolve(strict=True)
    arguments = ("monitor", run / "card.json", "--config", folder / "now.toml")
    # Whether a gate fails is for the figures below to say, not for this fixture.
    found = json.loads(either(bantam, *arguments, "--format", "json", "-o", folder / "look"))
    text = either(bantam, *arguments)
    card, metrics = (json.loads((run / name).read_text()) for name in ("card.json", "metrics.json"))
    return Look(card, metrics, found, folder / "look", text)


def either(bantam, *arguments):
    """What a run prints whose gates passed, or failed."""
    try:
        return bantam(*arguments)
    except AssertionError:
        return bantam(*arguments, exit_code=1)


@pytest.fixture(scope="module")
def leads(look, config):
    """The leads after the history of the card, scored by the card as written, with what became of them; oldest first."""
    moments = hand_offs(config).select(ROW, AS_OF)
    touched = config | {"outcome": config["outcome"] | {"horizon": "1h"}}
    table = (
        derived_leads(config)
        .join(moments, on=ROW)
        .join(labelled_leads(config), on=ROW, how="left")
        # With a horizon of an hour nobody is too young, so who is left was touched.
        .join(labelled_leads(touched).select(ROW), on=ROW, how="semi")
        .filter(pl.col(AS_OF) > pl.lit(look.card["provenance"]["last_as_of"]).str.to_datetime("%Y-%m-%dT%H:%M:%SZ"))
        .sort(AS_OF, ROW)
    )
    columns = list(card_scorer.kinds(look.card))
    levels = [card_scorer.levels_of(look.card, dict(zip(columns, row))) for row in table.select(columns).iter_rows()]
    scores = [look.card["base_points"] + sum(level["points"] for level in of_lead) for of_lead in levels]
    first = look.card["curve"][0]["score"]
    entries = [look.card["curve"][score - first] for score in scores]
    return table.with_columns(
        score=pl.Series(scores),
        ask_first=pl.Series([card_scorer.is_ask_first(look.card, of_lead) for of_lead in levels]),
        promised=pl.Series([entry["probability_bp"] / 10_000 for entry in entries]),
        low=pl.Series([entry["low_bp"] / 10_000 for entry in entries]),
        high=pl.Series([entry["high_bp"] / 10_000 for entry in entries]),
    )


def test_what_is_written_follows_its_schema_and_is_what_is_printed(bantam, look):
    schema = json.loads(bantam("schema", "monitor"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(look.found)
    assert json.loads((look.folder / "monitor.json").read_text()) == look.found


def test_every_lead_is_counted(look, leads):
    judged = leads.filter(pl.col("converted").is_not_null())
    counts = look.found["leads"]
    assert counts["n_compared"] == len(leads) > 1_000
    assert counts["n_judged"] == len(judged) > 500
    assert counts["n_converted"] == judged["converted"].sum()
    assert counts["n_expected"] == pytest.approx(judged["promised"].sum())
    assert counts["n_too_young"] == len(leads) - len(judged)


def psi(before, now):
    """Index and degrees of freedom, levels with fewer than 5 leads expected in the smaller sample counted together."""
    n_before, n_now = sum(before), sum(now)
    least = 5 / min(n_before, n_now) * (n_before + n_now)
    large = [(b, n) for b, n in zip(before, now) if b + n >= least]
    rare = [(b, n) for b, n in zip(before, now) if b + n < least]
    if sum(b + n for b, n in rare) > 0:
        rest = (sum(b for b, _ in rare), sum(n for _, n in rare))
        if sum(rest) < least:
            smallest = min(large, key=sum)
            large.remove(smallest)
            rest = (rest[0] + smallest[0], rest[1] + smallest[1])
        large.append(rest)
    half = 0.5 if any(b == 0 or n == 0 for b, n in large) else 0
    shares = [
        ((b + half) / (n_before + half * len(large)), (n + half) / (n_now + half * len(large))) for b, n in large
    ]
    return sum((q - p) * math.log(q / p) for p, q in shares), len(large) - 1, 1 / n_before + 1 / n_now


def test_drift_and_its_limits_are_those_of_the_counts(look, leads):
    rows = {row["name"]: row for row in look.found["drift"]["rows"]}
    tail = 0.05 / len(rows)
    for criterion in look.card["criteria"]:
        columns = [source["column"] for source in criterion["inputs"]]
        places = {id(level): place for place, level in enumerate(criterion["levels"])}
        now = [0] * len(places)
        for lead in leads.select(columns).iter_rows(named=True):
            now[places[id(card_scorer.level_of_lead(criterion, lead))]] += 1
        index, df, scale = psi([level["n_leads"] for level in criterion["levels"]], now)
        row = rows[criterion["name"]]
        assert row["psi"] == pytest.approx(index, abs=1e-12), criterion["name"]
        assert row["limit"] == pytest.approx(stats.chi2.isf(tail, df) * scale, rel=1e-9)
        assert (row["verdict"] == "steady") == (index <= row["limit"])
    assert rows["score"]["is_score"] and rows["score"]["psi"] > 0


def test_bands_and_thresholds_are_counts_of_the_leads(look, leads):
    asked = leads.filter(pl.col("ask_first"))
    known = asked.filter(pl.col("converted").is_not_null())
    counts = {"n_leads": len(asked), "n_judged": len(known), "n_converted": int(known["converted"].sum())}
    assert look.found["leads"]["ask_first"] == counts
    judged = leads.filter(pl.col("converted").is_not_null() & ~pl.col("ask_first"))
    froms = [band.get("from", -math.inf) for band in look.card["bands"]]
    ends = [math.inf, *froms[:-1]]
    for band, low, high in zip(look.found["bands"], froms, ends, strict=True):
        inside = judged.filter((pl.col("score") >= low) & (pl.col("score") < high))
        assert (band["n_leads"], band["n_converted"]) == (len(inside), inside["converted"].sum())
        assert band["n_expected"] == pytest.approx(inside["promised"].sum())
    for threshold in look.found["at_threshold"]:
        above = judged.filter(pl.col("score") >= threshold["score"])
        assert (threshold["n_leads"], threshold["n_converted"]) == (len(above), above["converted"].sum())
        expected = above["promised"].sum()
        z = stats.norm.isf(0.025 / len(look.found["at_threshold"]))
        ratio = stats.binomtest(int(above["converted"].sum()), len(above)).proportion_ci(
            confidence_level=1 - 2 * stats.norm.sf(z), method="wilson"
        )
        assert threshold["low"] == pytest.approx(ratio.low * len(above) / expected)
        assert threshold["high"] == pytest.approx(ratio.high * len(above) / expected)
    assert sum(cell["n_leads"] for cell in look.found["bands_by_month"]) == len(judged)


def what_a_right_card_may_be_off_by(card, metrics):
    """Mean and covariance of what all leads of a month have in common (shift, two waves over the year, the month), log-odds."""
    logit = lambda bp: np.log(np.clip(bp, 1, 9999) / (10_000 - np.clip(bp, 1, 9999)))
    curve = {key: np.array([entry[key] for entry in card["curve"]], float) for key in card["curve"][0]}
    chance = np.clip(curve["probability_bp"], 1, 9999) / 10_000
    tells = (curve["n_leads"] + 1e-6) * chance * (1 - chance)
    middle = np.searchsorted(np.cumsum(tells), tells.sum() / 2)
    curve_sd = ((logit(curve["high_bp"]) - logit(curve["low_bp"])) / (2 * stats.norm.isf(0.05)))[middle]
    months = {}
    for cell in metrics["bands_by_month"]:
        year, month = map(int, cell["month"].split("-"))
        excess, tells = months.get(year * 12 + month - 1, (0, 0))
        promised = cell["n_expected"]
        tells += promised * (1 - promised / max(cell["n_leads"], 1))
        months[year * 12 + month - 1] = (excess + cell["n_converted"] - promised, tells)
    months = {number: month for number, month in sorted(months.items()) if month[1] > 0}
    numbers = np.array(list(months))
    excess, tells = np.array(list(months.values())).T
    shift = excess / tells - excess.sum() / tells.sum()
    n = len(months)
    waves = np.stack([np.cos(numbers % 12 * math.tau / 12), np.sin(numbers % 12 * math.tau / 12)], axis=1)
    centred = waves - waves.mean(axis=0)

    def season(size, variance):
        """A regression of the months on the waves, with a ridge of their size."""
        precision = np.eye(2) / size + centred.T @ (centred / (variance + 1 / tells)[:, None])
        return np.linalg.solve(precision, centred.T @ (shift / (variance + 1 / tells))), np.linalg.inv(precision)

    ordinary = 0.06**2
    shown, spread = season(1.0, ordinary)
    size = max((shown**2 - np.diag(spread)).mean(), 0.03**2) if n >= 10 else 0.1**2
    first, _ = season(size, ordinary)
    beside = shift - waves @ first + waves.mean(axis=0) @ first
    # Spreads of months, and how many companies have each: a mean as likely as the history makes them.
    sds, often = np.array([0.03, 0.06, 0.12, 0.24, 0.48]), np.array([0.5, 0.3, 0.12, 0.06, 0.02])
    of_months = sds[:, None] ** 2 + 1 / tells
    likely = np.log(often) - 0.5 * (np.log(of_months) + beside**2 * n / max(n - 1, 1) / of_months).sum(axis=1)
    variance = np.average(sds**2, weights=np.exp(likely - likely.max()))
    wave, of_waves = season(size, variance)
    mean = np.array([-waves.mean(axis=0) @ wave, *wave, 0.0])
    covariance = np.zeros((4, 4))
    covariance[0, 0] = curve_sd**2 + variance / n
    covariance[1:3, 1:3] = of_waves
    covariance[3, 3] = variance
    return mean, covariance, curve_sd


class Belief:
    """A Kalman filter for log-odds that have a shift, a season and a month in common."""

    def __init__(self, mean, covariance, shift):
        self.mean, self.covariance, self.month = mean + [shift, 0, 0, 0], covariance.copy(), covariance[3, 3]

    def begin_month(self):
        self.mean[3] = 0
        self.covariance[3, :] = self.covariance[:, 3] = 0
        self.covariance[3, 3] = self.month

    def expect(self, parts, log_odds):
        variance = parts @ self.covariance @ parts
        return 1 / (1 + math.exp(-(log_odds + parts @ self.mean) / math.sqrt(1 + math.pi * variance / 8)))

    def learn(self, parts, chance, converted, repeats):
        toward = self.covariance @ parts
        tells = chance * (1 - chance) / repeats
        left = 1 + tells * (parts @ toward)
        self.mean += toward * (converted - chance) / repeats / left
        self.covariance -= np.outer(toward, toward) * tells / left


BETS = [(times, 1, part) for times, part in ((1.2, 0.02), (1.4, 0.415), (2, 0.02), (3, 0.005))]
BETS += [(1 / times, 1, part) for times, _, part in BETS]
BETS += [(1, 1 / 3, 0.02), (1, 2 / 3, 0.04), (1, 1.5, 0.02)]


def test_the_weekly_test_is_the_bet_it_says_it_is(look, leads):
    """Eleven bets share the stake; card and bets learn from the leads before what the card cannot know."""
    from_history = look.card["provenance"]
    n_converted, n_leads = from_history["n_converted"], from_history["n_leads"]
    average = math.log((n_converted + 0.5) / (n_leads - n_converted + 0.5))
    mean, covariance, curve_sd = what_a_right_card_may_be_off_by(look.card, look.metrics)
    right = Belief(mean, covariance, 0)
    beliefs = [Belief(mean, covariance, math.log(times)) for times, _, _ in BETS]
    logs = np.zeros(len(BETS))
    highest, alarm_at, month, fortnight = 0.0, None, None, 0
    repeats, past, excess, variance = 1.0, [10.0, 10.0], 0.0, 0.0
    judged = leads.filter(pl.col("converted").is_not_null())
    first = judged[AS_OF][0]
    for at, lead in enumerate(judged.select(AS_OF, "promised", "converted").iter_rows(named=True), start=1):
        moment = lead[AS_OF]
        if month not in (None, moment.strftime("%Y-%m")):
            for belief in (right, *beliefs):
                belief.begin_month()
        month = moment.strftime("%Y-%m")
        if (moment - first).days // 14 != fortnight:
            past = [past[0] + excess**2 / variance, past[1] + 1]
            repeats = max(past[0] / past[1], 1)
            fortnight, excess, variance = (moment - first).days // 14, 0.0, 0.0
        angle = math.tau * ((moment.year * 12 + moment.month - 1) % 12) / 12
        parts = np.array([1, math.cos(angle), math.sin(angle), 1])
        x = math.log(lead["promised"] / (1 - lead["promised"]))
        given = lambda chance: math.log(chance if lead["converted"] else 1 - chance)
        chance = right.expect(parts, x)
        stakes = np.array([1.0, *(part for _, _, part in BETS)]) * np.exp(np.array([0.0, *logs]) - max(0, max(logs)))
        given_by = [chance]
        for place, ((_, spread, _), belief) in enumerate(zip(BETS, beliefs)):
            of_bet = belief.expect(parts, average + spread * (x - average))
            given_by.append(of_bet)
            logs[place] += (given(of_bet) - given(chance)) / repeats
            belief.learn(parts, of_bet, lead["converted"], repeats)
        right.learn(parts, chance, lead["converted"], repeats)
        likely = stakes @ given_by / stakes.sum()
        excess, variance = excess + lead["converted"] - likely, variance + likely * (1 - likely)
        evidence = math.log(sum(part * math.exp(log) for (_, _, part), log in zip(BETS, logs)))
        highest = max(highest, evidence)
        if alarm_at is None and evidence >= math.log(1 / look.found["weekly_test"]["false_alarms"]):
            alarm_at = at
    test = look.found["weekly_test"]
    assert test["n_leads"] == len(judged)
    assert test["allowed"]["curve_sd"] == pytest.approx(curve_sd)
    assert test["allowed"]["month_sd"] == pytest.approx(math.sqrt(covariance[3, 3]))
    assert test["allowed"]["repeats"] == pytest.approx(repeats)
    assert test["log10_evidence"] == pytest.approx(evidence / math.log(10))
    assert test["log10_highest"] == pytest.approx(highest / math.log(10))
    assert (test["alarm"] or {}).get("n_leads") == alarm_at
    assert test["looks"][-1]["n_converted"] == judged["converted"].sum()


def test_all_gates_share_one_chance_of_a_false_alarm(look):
    shares = [gate["false_alarms"] for gate in look.found["gates"]]
    assert sum(shares) == pytest.approx(look.found["settings"]["false_alarms"])


def test_months_add_up(look, leads):
    months = look.found["inflation"]["months"]
    by_month = leads.group_by(pl.col(AS_OF).dt.strftime("%Y-%m").alias("month")).agg(pl.len(), pl.col("score").mean())
    found = {month["month"]: (month["n_leads"], month["mean_score"]) for month in months}
    for month, n_leads, mean_score in by_month.iter_rows():
        assert found[month][0] == n_leads
        assert found[month][1] == pytest.approx(mean_score)


def test_the_exit_code_says_whether_a_gate_failed(bantam, look):
    failed = [gate["gate"] for gate in look.found["gates"] if gate["result"] == "failed"]
    assert look.text.startswith("Look at the card") == bool(failed)
    for gate in look.found["gates"]:
        assert (gate["advice"] is not None) == (gate["result"] == "failed")


@pytest.fixture(scope="module")
def report(look):
    return look.folder / "monitor.html"


def test_the_page_opens_without_a_word_on_the_console_and_asks_for_nothing_else(report):
    with opened(report) as page:
        assert page.console() == []
        assert page.requests() == [report.as_uri()]
        assert page.script("return document.querySelectorAll('[src], link, iframe, object, embed').length") == 0
        assert len(page.all("main > section h2")) == 7
        assert len(page.all("svg.chart")) == 4, "bands, reliability, evidence, drift"


def test_the_page_says_what_the_file_says(report, look):
    with opened(report) as page:
        rows = page.script(
            "return [...document.querySelectorAll('#who-comes tbody tr')].map((r) => [...r.cells].map((c) => c.textContent))"
        )
        shown_as = look.found.get("labels", {})
        names = [row["name"] for row in look.found["drift"]["rows"]]
        assert [row[0] for row in rows] == [shown_as.get(name, name) for name in names]
        for row, shown in zip(look.found["drift"]["rows"], rows):
            assert shown[1] == ("-" if row["psi"] is None else f"{row['psi']:.3f}")
        gates = page.script("return [...document.querySelectorAll('#verdict tbody tr')].map((r) => r.cells[1].textContent)")
        words = {"passed": "passed", "failed": "FAILED", "not_judged": "cannot say"}
        assert gates == [words[gate["result"]] for gate in look.found["gates"]]


def test_without_a_script_everything_is_there(report):
    with opened(report, scripts=False) as page:
        for section in ("verdict", "promises", "who-comes", "answers"):
            assert any(table.is_displayed() for table in page.all(f"#{section} table")), section


def test_the_page_never_scrolls_sideways(report):
    with opened(report) as page:
        page.unfold()
        for width in (320, 360, 768, 1024, 1600):
            page.resize(width)
            assert page.script("return [innerWidth, document.documentElement.scrollWidth]") == [width, width]


def test_on_paper_everything_is_unfolded(report):
    with opened(report, media="print") as page:
        heights = page.script("return [...document.querySelectorAll('details table')].map((table) => table.offsetHeight)")
        assert heights and all(height > 20 for height in heights)
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf())) >= 6


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_stands_in_the_way_of_a_reader_who_sees_or_moves_little(report, width, dark):
    """Contrast, names, landmarks, order of headings, tables: the rules of axe-core."""
    with opened(report, width=width, dark=dark) as page:
        page.unfold()
        found = page.judged_by_axe()
        assert len(found["passes"]) > 20
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
