"""Made-up companies whose truth is known, written without a look at the engine's own generator.

A kind of company is a [`Kind`]: what differs from a company where nothing ever changes. `simulate` draws one company of
a kind (how often leads convert, what each answer is worth), its history up to today, and several futures: what the next
quarter (the next 1,000 leads, without dates) could bring to the same company after the same history.

Leads are dicts of arrays, one per criterion: positions into the levels of a text, or numbers, NaN where there is none.
"""

import copy
import dataclasses
import math
import zlib

import numpy as np

TODAY = np.datetime64("2026-07-01")  # a first of month: history ends the day before
DAYS_PER_YEAR = 365.25
N_MONTHS_AHEAD = 3
N_AHEAD_UNDATED = 1_000
HORIZON_DAYS = 90
N_POPULATION = (
    40_000  # leads by whose true chances the mean chance of a score is known, to about 0.2 points at most scores
)
N_LEVEL_OUT = 20_000  # leads by which the usual rate is set


@dataclasses.dataclass(frozen=True)
class Kind:
    """What is true of a company. Ranges are drawn from evenly, once a company."""

    name: str
    about: str
    n_months: tuple = (24, 36)
    leads_a_month: tuple = (80, 100)
    base_rate: tuple = (0.10, 0.20)
    volume_sd: float = 0.1  # months differ in volume by so much beyond chance, as a share
    growth_a_year: float = 0.0  # of volume
    season_volume: float = 0.0  # share by which the busiest month lies above the mean
    season_log_odds: float = 0.0  # and the month that converts best
    trend_a_year: float = 0.0  # of the log-odds
    jump: float = 0.0  # log-odds by which the last two months and the future differ
    month_sd: float = 0.0  # of the log-odds, the same for all leads of a month
    account_size: float = 1.0  # leads of an account, on average
    account_sd: float = 0.0  # of the log-odds, the same for all leads of an account
    recycled: float = 0.0  # share of unconverted leads that come back
    contact_sd: float = 0.0  # of the log-odds, the same whenever a contact comes
    has_dates: bool = True
    is_shuffled: bool = False
    delay_days: tuple = ()  # median days to conversion: at first, and today; () where only a flag is known
    teams: tuple = ()  # log-odds of each team against the average lead
    segment_sd: float = 0.0  # of the log-odds of industries, which then are segments
    noise_criteria: int = 0  # further criteria that mean nothing
    interaction: float = 0.0  # log-odds of budget and timing together, which no sum of points can say
    mix_a_year: float = 0.0  # log-odds by which the best source becomes more frequent


KINDS = [
    Kind("stationary", "10 criteria, 80 to 100 leads a month, 24 to 36 months; nothing changes"),
    Kind(
        "accounts", "about 4 leads an account within four months, one effect shared", account_size=4.0, account_sd=1.0
    ),
    Kind("recycled", "four in ten unconverted leads come back after 100 to 300 days", recycled=0.4, contact_sd=0.7),
    Kind("small", "300 leads in all", n_months=(24, 24), leads_a_month=(12.5, 12.5), base_rate=(0.18, 0.22)),
    Kind("falling", "the rate falls by 0.5 log-odds a year", trend_a_year=-0.5),
    Kind(
        "season",
        "volume 30 % and odds e^0.4 above the mean at the height of the year",
        season_volume=0.3,
        season_log_odds=0.4,
    ),
    Kind("growing", "volume grows by 60 % a year", growth_a_year=0.6),
    Kind("undated", "no dates, rows in random order", has_dates=False, is_shuffled=True),
    Kind(
        "undated_drift",
        "no dates, rows in order, the rate falls by 0.5 log-odds a year",
        has_dates=False,
        trend_a_year=-0.5,
    ),
    Kind("months", "months differ by a standard deviation of 0.18 log-odds", month_sd=0.18),
    Kind("delays", "dates of conversion, 90 days' horizon, median 30 days", delay_days=(30.0, 30.0)),
    Kind("faster", "the same, median from 45 days down to 15 over the last nine months", delay_days=(45.0, 15.0)),
    Kind("teams", "four teams with odds of their own, thresholds by team", teams=(-0.7, -0.2, 0.2, 0.6)),
    Kind(
        "segments",
        "six industries that differ by 0.6 log-odds, named as segments, thresholds by segment",
        segment_sd=0.6,
    ),
    Kind(
        "rare",
        "2 to 3 % convert, 500 leads a month",
        base_rate=(0.02, 0.03),
        leads_a_month=(450, 550),
        n_months=(24, 24),
    ),
    Kind("jump", "the rate fell by 0.5 log-odds two months ago", jump=-0.5),
    Kind("mix", "the best source becomes more frequent by a log-odds a year", mix_a_year=1.0),
    Kind("noise", "15 further criteria that mean nothing", noise_criteria=15),
    Kind("interaction", "budget and timing together are worth what no sum of points says", interaction=1.2),
]


@dataclasses.dataclass(frozen=True)
class Criterion:
    """A column of the lead table, and what its values are worth in log-odds."""

    name: str
    levels: tuple = ()  # of a text; () for a number
    chances: tuple = ()  # how often each level occurs
    effects: tuple = ()  # log-odds of each level
    draw: object = None  # of a number: rng, n -> values
    slope: float = 0.0  # log-odds per standard deviation of the transformed number
    scale: tuple = (0.0, 1.0)  # mean and standard deviation of log1p
    missing: float = 0.0  # share without a value
    missing_effect: float = 0.0

    def values(self, rng, n):
        if self.levels:
            return rng.choice(len(self.levels), n, p=self.chances)
        values = self.draw(rng, n).astype(float)
        if self.missing:
            values[rng.random(n) < self.missing] = np.nan
        return values

    def worth(self, values):
        if self.levels:
            return np.asarray(self.effects)[values]
        seen = (np.log1p(np.nan_to_num(values)) - self.scale[0]) / self.scale[1] * self.slope
        return np.where(np.isnan(values), self.missing_effect, seen)


def make_criteria(rng, kind):
    """Ten criteria that a lead table has, with effects drawn anew for every company."""

    def text(name, levels, chances, sd, ordered):
        effects = rng.normal(0.0, sd, len(levels))
        effects = np.sort(effects) if ordered else effects
        return Criterion(
            name,
            tuple(levels),
            tuple(np.array(chances) / sum(chances)),
            tuple(effects - effects @ chances / sum(chances)),
        )

    def number(name, draw, mean, sd, missing=0.0):
        draw_scale = np.log1p(draw(np.random.default_rng(1), 20_000))
        return Criterion(
            name,
            draw=draw,
            slope=rng.normal(mean, sd),
            scale=(float(draw_scale.mean()), float(draw_scale.std())),
            missing=missing,
            missing_effect=rng.normal(-0.2, 0.2) if missing else 0.0,
        )

    criteria = [
        text("budget", ["none", "unknown", "requested", "approved"], [3, 4, 2, 1], 0.7, True),
        text("authority", ["gatekeeper", "influencer", "decision maker"], [3, 4, 3], 0.5, True),
        text("need", ["none", "vague", "clear", "urgent"], [2, 4, 3, 1], 0.6, True),
        text("timing", ["no plan", "this year", "this quarter", "now"], [4, 3, 2, 1], 0.5, True),
        text("source", ["ads", "event", "partner", "search", "webinar"], [4, 1, 1, 3, 2], 0.4, False),
        text(
            "industry",
            ["energy", "finance", "health", "industry", "public", "retail"],
            [1, 2, 2, 3, 1, 2],
            kind.segment_sd or 0.25,
            False,
        ),
        text("asked_for_demo", ["no", "yes"], [4, 1], 0.6, True),
        number("employees", lambda rng, n: np.floor(np.exp(rng.normal(4.0, 1.3, n))) + 1, 0.2, 0.1),
        number("visits", lambda rng, n: rng.negative_binomial(1, 0.25, n), 0.35, 0.1),
        number("days_since_visit", lambda rng, n: np.floor(rng.exponential(20.0, n)), -0.2, 0.1, missing=0.2),
    ]
    for at in range(kind.noise_criteria):
        levels = [f"level {level}" for level in range(3 + at % 4)]
        criteria.append(text(f"noise_{at}", levels, [1] * len(levels), 0.0, False))
    return criteria


class Company:
    """One company of a kind: its criteria, its usual rate, its months."""

    def __init__(self, kind, rng):
        self.kind = kind
        self.n_months = int(rng.choice(np.arange(kind.n_months[0], kind.n_months[1] + 1, 6)))
        self.leads_a_month = rng.uniform(*kind.leads_a_month)
        self.base_rate = rng.uniform(*kind.base_rate)
        self.criteria = make_criteria(rng, kind)
        self.start = (TODAY.astype("M8[M]") - self.n_months).astype("M8[D]")
        self.n_days = int((TODAY - self.start) / np.timedelta64(1, "D"))
        self.month_effects = rng.normal(0.0, kind.month_sd, self.n_months) if kind.month_sd else np.zeros(self.n_months)
        # The height of the year falls into any month.
        self.peak = rng.uniform(0.0, DAYS_PER_YEAR)
        self.intercept = 0.0
        self._level_out(rng)

    def _level_out(self, rng):
        """The intercept at which leads convert at the base rate over the history."""
        n = N_LEVEL_OUT
        log_odds = self.log_odds(self.draw_features(rng, n, np.zeros(n)), rng.uniform(0.0, self.n_days, n))
        log_odds += rng.normal(0.0, np.hypot(self.kind.account_sd, self.kind.contact_sd), n)
        low, high = -12.0, 6.0
        for _ in range(50):
            self.intercept = (low + high) / 2
            if chance(log_odds + self.intercept).mean() > self.base_rate:
                high = self.intercept
            else:
                low = self.intercept

    @property
    def has_teams(self):
        return bool(self.kind.teams)

    @property
    def group(self):
        """What thresholds differ by: "team", "segment", or nothing."""
        return "team" if self.has_teams else "segment" if self.kind.segment_sd else None

    def group_names(self, leads):
        """Team or segment of each lead; `None` where there are none."""
        if self.has_teams:
            return self.team_names[leads["team"]]
        if self.kind.segment_sd:
            industry = next(criterion for criterion in self.criteria if criterion.name == "industry")
            return np.array(industry.levels)[leads["industry"]]
        return None

    @property
    def team_names(self):
        return np.array([f"team {at + 1}" for at in range(len(self.kind.teams))])

    def draw_features(self, rng, n, day):
        """- `day`: since the start, one per lead."""
        leads = {criterion.name: criterion.values(rng, n) for criterion in self.criteria}
        if self.kind.mix_a_year:
            source = next(criterion for criterion in self.criteria if criterion.name == "source")
            best = int(np.argmax(source.effects))
            odds = source.chances[best] / (1 - source.chances[best])
            share = chance(np.log(odds) + self.kind.mix_a_year * (day - self.n_days / 2) / DAYS_PER_YEAR)
            others = np.array(source.chances)
            others[best] = 0.0
            leads["source"] = np.where(rng.random(n) < share, best, rng.choice(len(others), n, p=others / others.sum()))
        if self.has_teams:
            leads["team"] = rng.choice(len(self.kind.teams), n)
        return leads

    def log_odds(self, leads, day):
        """Of leads handed off on a day since the start, without what months, accounts and contacts add."""
        kind = self.kind
        log_odds = self.intercept + sum(criterion.worth(leads[criterion.name]) for criterion in self.criteria)
        if self.has_teams:
            log_odds = log_odds + np.asarray(kind.teams)[leads["team"]]
        if kind.interaction:
            log_odds = log_odds + kind.interaction * ((leads["budget"] >= 2) & (leads["timing"] >= 2))
        if kind.trend_a_year:
            log_odds = log_odds + kind.trend_a_year * (day - self.n_days / 2) / DAYS_PER_YEAR
        if kind.season_log_odds:
            log_odds = log_odds + kind.season_log_odds * np.cos(2 * np.pi * (day - self.peak) / DAYS_PER_YEAR)
        if kind.jump:
            log_odds = log_odds + kind.jump * (day >= self.n_days - 61)
        return log_odds

    def month_of(self, day):
        """Month since the start; 0 is the first."""
        return ((self.start + np.floor(day).astype(int)).astype("M8[M]") - self.start.astype("M8[M]")).astype(int)

    def draw_days(self, rng, from_month, to_month, per_month):
        """Moments of `per_month` hand-offs a month, as volume goes, in days since the start; ascending."""
        kind, days = self.kind, []
        for month in range(from_month, to_month):
            first = (self.start.astype("M8[M]") + month).astype("M8[D]")
            last = (self.start.astype("M8[M]") + month + 1).astype("M8[D]")
            begin, end = ((at - self.start) / np.timedelta64(1, "D") for at in (first, last))
            middle = (begin + end) / 2
            volume = per_month * (end - begin) / (DAYS_PER_YEAR / 12)
            volume *= (1 + kind.growth_a_year) ** ((middle - self.n_days / 2) / DAYS_PER_YEAR)
            volume *= 1 + kind.season_volume * np.cos(2 * np.pi * (middle - self.peak) / DAYS_PER_YEAR)
            if kind.volume_sd:
                volume *= rng.gamma(1 / kind.volume_sd**2, kind.volume_sd**2)
            days.append(rng.uniform(begin, end, rng.poisson(volume)))
        return np.sort(np.concatenate(days))


@dataclasses.dataclass
class Leads:
    """Leads with their true chances."""

    features: dict
    day: np.ndarray
    chance: np.ndarray
    converted: np.ndarray = None
    contact: np.ndarray = None

    def __len__(self):
        return len(self.day)


@dataclasses.dataclass
class Case:
    """A company, its history, and what could come."""

    company: Company
    history: Leads
    won_day: (
        np.ndarray
    )  # day of conversion, NaN where there is none or it lies after today; None where only a flag is known
    futures: list  # Leads of the time ahead, one per future
    like_history: Leads  # a large sample of such leads as the history had
    like_future: list  # Leads per future: a large sample with the chances of that future


def chance(log_odds):
    return 1.0 / (1.0 + np.exp(-log_odds))


def simulate(kind, seed, number, n_futures):
    """Company `number` of a kind: the same seed and number give the same company, whatever else is run."""
    rng = np.random.default_rng([seed, zlib.crc32(kind.name.encode()), number])
    company = Company(kind, rng)
    if not kind.has_dates:
        return simulate_undated(company, rng, n_futures)
    draw = draw_accounts if kind.account_sd else draw_contacts if kind.recycled else draw_single
    history, futures = draw(company, rng, n_futures)
    month_effects = [
        rng.normal(0.0, kind.month_sd, N_MONTHS_AHEAD) if kind.month_sd else np.zeros(N_MONTHS_AHEAD) for _ in futures
    ]
    add_months(company, history, company.month_effects)
    for future, effects in zip(futures, month_effects):
        add_months(company, future, effects)
    for leads in (history, *futures):
        if leads.converted is None:
            leads.converted = rng.random(len(leads)) < leads.chance
    if kind.recycled:
        # Who comes back is not like who comes: the same company, many times as large.
        large = copy.copy(company)
        large.leads_a_month *= np.ceil(N_POPULATION / len(history))
        like_history, (ahead,) = draw(large, rng, 1)
        like_future = [ahead]
    else:
        n = N_POPULATION
        like_history = population(company, rng, rng.choice(history.day, n), company.month_effects)
        day = rng.choice(np.concatenate([future.day for future in futures]), n)
        like_future = population_of_futures(company, rng, day, month_effects)
    return Case(company, history, draw_won_days(company, rng, history), futures, like_history, like_future)


def add_months(company, leads, effects):
    """Moves the chances of leads by what their month is worth. The months ahead follow those of the history."""
    month = company.month_of(leads.day)
    month = np.where(leads.day >= company.n_days, month - company.n_months, month)
    leads.chance = chance(np.log(leads.chance / (1 - leads.chance)) + effects[month])


def population(company, rng, day, month_effects):
    """A large sample of leads handed off on these days; those with an effect of their own are averaged over it."""
    features = company.draw_features(rng, len(day), day)
    sd = np.hypot(company.kind.account_sd, company.kind.contact_sd)
    log_odds = company.log_odds(features, day) + (rng.normal(0.0, sd, len(day)) if sd else 0.0)
    leads = Leads(features, day, chance(log_odds))
    add_months(company, leads, month_effects)
    return leads


def population_of_futures(company, rng, day, month_effects):
    """The same leads with the chances of each future."""
    first = population(company, rng, day, np.zeros(N_MONTHS_AHEAD))
    futures = []
    for effects in month_effects:
        leads = Leads(first.features, day, first.chance)
        add_months(company, leads, effects)
        futures.append(leads)
    return futures if company.kind.month_sd else futures[:1]


def draw_single(company, rng, n_futures):
    """Leads that have nothing to do with each other."""

    def draw(from_month, to_month):
        day = company.draw_days(rng, from_month, to_month, company.leads_a_month)
        features = company.draw_features(rng, len(day), day)
        return Leads(features, day, chance(company.log_odds(features, day)))

    n = company.n_months
    return draw(0, n), [draw(n, n + N_MONTHS_AHEAD) for _ in range(n_futures)]


ACCOUNT_DAYS = 120


def draw_accounts(company, rng, n_futures):
    """Accounts begin at any time, also before the history; their leads come within four months and share an effect, the
    industry and the size of the company."""
    kind = company.kind
    end = company.n_days + (company.start.astype("M8[M]") + company.n_months + N_MONTHS_AHEAD - TODAY).astype(int)

    def draw(begin, days):
        size = 1 + rng.poisson(kind.account_size - 1, len(begin))
        account = np.repeat(np.arange(len(begin)), size)
        day = begin[account] + rng.uniform(0, ACCOUNT_DAYS, len(account))
        features = company.draw_features(rng, len(account), day)
        shared = company.draw_features(rng, len(begin), begin)
        for name in ("industry", "employees"):
            features[name] = shared[name][account]
        effect = rng.normal(0.0, kind.account_sd, len(begin))[account]
        leads = Leads(features, day, chance(company.log_odds(features, day) + effect))
        return select(leads, (day >= days[0]) & (day < days[1]))

    per_month = company.leads_a_month / kind.account_size
    early = rng.uniform(-ACCOUNT_DAYS, 0, rng.poisson(per_month * ACCOUNT_DAYS / (DAYS_PER_YEAR / 12)))
    begun = np.concatenate([early, company.draw_days(rng, 0, company.n_months, per_month)])
    known = draw(begun, (0, end))
    history, later = select(known, known.day < company.n_days), select(known, known.day >= company.n_days)
    futures = []
    for _ in range(n_futures):
        begun = company.draw_days(rng, company.n_months, company.n_months + N_MONTHS_AHEAD, per_month)
        futures.append(joined([later, draw(begun, (company.n_days, end))]))
    return in_time(history), futures


def draw_contacts(company, rng, n_futures):
    """Contacts that were not won come back with the same answers, but for budget and timing, and the same effect."""
    kind = company.kind
    n, end = company.n_months, company.n_days + 92
    # What came of a hand-off decides who comes back, so outcomes are drawn here. Ten months before the history fill it
    # with contacts that come back.
    per_month = company.leads_a_month * (1 - kind.recycled * (1 - company.base_rate))

    def first_time(from_month, to_month, first_contact):
        day = company.draw_days(rng, from_month, to_month, per_month)
        contact = np.arange(first_contact, first_contact + len(day))
        return company.draw_features(rng, len(day), day), day, contact, rng.normal(0.0, kind.contact_sd, len(day))

    def hand_off(features, day, contact, effect):
        leads = Leads(features, day, chance(company.log_odds(features, day) + effect), contact=contact)
        leads.converted = rng.random(len(day)) < leads.chance
        return leads

    features, day, contact, effect = first_time(-10, n, 0)
    hand_offs, ahead = [], []
    while len(day):
        leads = hand_off(features, day, contact, effect)
        is_known = day < company.n_days
        hand_offs.append(select(leads, is_known & (day >= 0)))
        ahead.append(select(leads, ~is_known))
        back = is_known & ~leads.converted & (rng.random(len(day)) < kind.recycled)
        features = {name: values[back] for name, values in features.items()}
        day, contact, effect = day[back] + rng.uniform(100, 300, back.sum()), contact[back], effect[back]
        fresh = company.draw_features(rng, len(day), day)
        features |= {name: fresh[name] for name in ("budget", "timing")}
        soon = day < end
        features = {name: values[soon] for name, values in features.items()}
        day, contact, effect = day[soon], contact[soon], effect[soon]
    history, later = in_time(joined(hand_offs)), joined(ahead)
    futures = []
    for _ in range(n_futures):
        new = hand_off(*first_time(n, n + N_MONTHS_AHEAD, 10_000_000))
        futures.append(joined([later, new]))
    return history, futures


def simulate_undated(company, rng, n_futures):
    """Rows without dates; the days only say where on the way of the rate a lead stands."""
    kind = company.kind
    n_leads = int(company.n_months * company.leads_a_month)
    per_day = n_leads / company.n_days

    def draw(day):
        features = company.draw_features(rng, len(day), day)
        leads = Leads(features, day, chance(company.log_odds(features, day)))
        leads.converted = rng.random(len(day)) < leads.chance
        return leads

    day = np.arange(n_leads) / per_day
    history = draw(rng.permutation(day) if kind.is_shuffled else day)
    ahead = company.n_days + np.arange(N_AHEAD_UNDATED) / per_day
    futures = [draw(ahead) for _ in range(n_futures)]
    like_history, like_future = draw(rng.choice(day, N_POPULATION)), draw(rng.choice(ahead, N_POPULATION))
    return Case(company, history, None, futures, like_history, [like_future])


DELAY_SPREAD = 0.8  # standard deviation of the logarithm of the days to conversion


def draw_won_days(company, rng, history):
    """When converted leads converted, within the horizon; what lies after today is not known yet."""
    if not company.kind.delay_days:
        return None
    median = median_delay(company, history.day)
    delay = median * np.exp(rng.normal(0.0, DELAY_SPREAD, len(history)))
    for _ in range(200):
        late = delay > HORIZON_DAYS
        if not late.any():
            break
        delay[late] = median[late] * np.exp(rng.normal(0.0, DELAY_SPREAD, late.sum()))
    won = history.day + np.minimum(delay, HORIZON_DAYS)
    return np.where(history.converted & (won < company.n_days), won, np.nan)


def median_delay(company, day):
    """Days after which half of the conversions had come, without a horizon; it moves over the last nine months."""
    at_first, today = company.kind.delay_days
    months_ago = (company.n_days - day) / (DAYS_PER_YEAR / 12)
    return np.where(months_ago < 9, today + (at_first - today) * np.clip(months_ago / 9, 0, 1), at_first)


def share_seen(company, handed_off, days):
    """Share of the conversions within the horizon that have come by so many days, of leads handed off on these days."""
    below = np.vectorize(
        lambda days_over_median: 0.5 * (1 + math.erf(math.log(days_over_median) / DELAY_SPREAD / math.sqrt(2)))
    )
    median = median_delay(company, handed_off)
    return (
        float((below(np.minimum(days, HORIZON_DAYS) / median) / below(HORIZON_DAYS / median)).mean())
        if days > 0
        else 0.0
    )


def select(leads, keep):
    pick = lambda values: None if values is None else values[keep]
    return Leads(
        {name: values[keep] for name, values in leads.features.items()},
        *map(pick, (leads.day, leads.chance, leads.converted, leads.contact)),
    )


def joined(parts):
    features = {name: np.concatenate([part.features[name] for part in parts]) for name in parts[0].features}
    join = lambda name: (
        None if getattr(parts[0], name) is None else np.concatenate([getattr(part, name) for part in parts])
    )
    return Leads(features, *map(join, ("day", "chance", "converted", "contact")))


def in_time(leads):
    return select(leads, np.argsort(leads.day, kind="stable"))
