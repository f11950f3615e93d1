"""A made-up history in which everything is odd that may be: names, texts, numbers, moments, leads that come back.

    tables, config = odd_history("moment with zone", converted="moment")

Always true: a seed gives one history; where its hand-offs are days, all of them are midnights of the same moments.
"""

import datetime
import random

import polars as pl

DAY = datetime.timedelta(days=1)
STEP = datetime.timedelta(microseconds=1)
HORIZON = 60 * DAY
START = datetime.datetime(2024, 1, 1)

# The tables' names in a database, and as a config writes them.
IN_SQL = {"leads": 'my "leads".2026', "outcomes": "Ergebnis für 'wen'", "events": "select"}
IN_CONFIG = {"leads": '"my ""leads"".2026"', "outcomes": "Ergebnis für 'wen'", "events": "select"}

# What leads answer, and how often that converts.
ANSWERS = {
    "approved": 0.6,
    "Approved": 0.5,
    " approved ": 0.6,
    "\u00a0approved": 0.5,
    'it\'s "so"': 0.05,
    "back\\slash \\n": 0.1,
    "Größe": 0.6,
    "Gro\u0308ße": 0.5,
    "😀 yes": 0.6,
    "預算已核准": 0.05,
    "two\nlines\tand a tab": 0.1,
    "null": 0.05,
    "NULL": 0.1,
    "NaN": 0.05,
    "0012": 0.1,
    "12": 0.5,
    "t": 0.05,
    "'; DROP TABLE leads; --": 0.5,
    "${x} {{ y }} %s ?": 0.05,
    "": 0.05,
}

NUMBERS = [
    *[None, float("nan"), -0.0, 0.0, float("inf"), float("-inf"), 1e308, -1e308, 5e-324, 0.1 + 0.2, 0.3, 1 / 3],
    *[2.0**53, 2.0**53 + 2, 123456.789, 1e-7],
]

WHOLE = [None, 0, -1, 2**53 + 1, 2**60 + 1, -(2**60) - 1, 7]

KINDS = ["visit", " visit ", "VISIT", "öffnen", "o\u0308ffnen", "call's", "nobody's kind", "", None]


def odd_history(as_of, converted, ids="whole", n=3000, seed=18):
    """Tables and config.

    - as_of: "moment with zone", "moment", "day" or None.
    - converted: "moment", "day", or "flag" in the lead table.
    - ids: "whole" or "text".
    """
    random_ = random.Random(seed)
    hand_offs = [hand_off(random_, at, as_of == "day") for at in range(n)]
    # Some leads come back, once or twice.
    lead_of = [at if at % 7 or at < 100 else random_.randrange(at) for at in range(n)]
    written = (lambda lead: f"{'Aa'[lead % 2]}-{lead // 2} 'ß'") if ids == "text" else (lambda lead: lead * 3 - 50)
    if as_of is None:
        lead_of = list(range(n))
    leads, won = [], {}
    for row, (at, lead) in enumerate(zip(hand_offs, lead_of)):
        answer, number = random_.choice(list(ANSWERS)), random_.choice(NUMBERS + [round(random_.gauss(50, 20), 2)] * 60)
        flag, whole = random_.choice([True, False, None]), random_.choice(WHOLE + [random_.randrange(40)] * 20)
        chance = ANSWERS[answer] + 0.3 * (flag is True) + (0.1 if number is not None and number > 60 else 0)
        is_won = random_.random() < chance
        if is_won and (lead not in won or random_.random() < 0.5):
            won[lead] = conversion(random_, at, converted)
        leads.append(
            {
                "select": written(lead) if random_.random() > 0.005 else None,
                "at": at if random_.random() > 0.005 else None,
                'values "quoted"': answer,
                "預算": random_.choice(["hot", "Hot", "cold", None]),
                "number": number,
                "it's a `number`": random_.choice([random_.paretovariate(1.1), float(random_.randrange(9)), None]),
                "back\\slash": whole,
                "order": flag,
                "value_1": random_.choice([0.5, 1.5, 2.5]),
                "group by": at - random_.randrange(-20, 400) * DAY if random_.random() > 0.1 else None,
                "since when?": at - random_.randrange(-10, 90) * DAY / 2 + random_.choice([-STEP, 0 * STEP, STEP]),
                "source": random_.choice(["web", "Web ", "fair", "it's"]),
                "segment": random_.choice(["small", "größe", "grö\u00dfe", "large"]),
                "team": random_.choice(["north", "south"]),
                "fair?": random_.choice(["x", "y", "z"]),
                "fold": row % 4 + 1,
                "won": is_won,
            }
        )
    moment = pl.Datetime("us", "UTC") if as_of == "moment with zone" else pl.Datetime("us")
    of_day = pl.Date if as_of == "day" else moment
    schema = {"at": of_day, "group by": pl.Date, "since when?": moment, "back\\slash": pl.Int64, "number": pl.Float64}
    tables = {"leads": table(leads, schema)}
    if as_of is None:
        tables["leads"] = tables["leads"].drop("at", "group by", "since when?")
    if converted != "flag":
        of_won = pl.Date if converted == "day" else pl.Datetime("us", "UTC")
        outcomes = [
            {
                "lead's id": written(lead),
                "won at": won.get(lead),
                "what sales did": random_.choice(["accepted", "Untouched", None]),
            }
            for lead in sorted(set(lead_of))
            if random_.random() > 0.1
        ]
        outcomes += [{"lead's id": written(-at), "won at": START, "what sales did": "accepted"} for at in range(1, 9)]
        random_.shuffle(outcomes)
        tables["outcomes"] = table(outcomes, {"won at": of_won})
        tables["leads"] = tables["leads"].drop("won")
    if as_of is not None:
        tables["events"] = table(
            [event for at, lead in zip(hand_offs, lead_of) for event in events(random_, at, written(lead))]
            + [
                {"lead": None, "when": START, "values": "visit", "cents": 5},
                {"lead": written(-7), "when": START, "values": "visit", "cents": 5},
            ],
            {"when": pl.Datetime("us", "UTC"), "cents": pl.Int64},
        )
    return tables, config(as_of, converted)


def table(rows, schema):
    """Rows as a table; moments are given a zone, or become days, where the schema says so."""
    frame = pl.DataFrame(
        [
            {
                name: value.replace(tzinfo=datetime.UTC) if isinstance(value, datetime.datetime) else value
                for name, value in row.items()
            }
            for row in rows
        ],
        schema_overrides={name: pl.Datetime("us", "UTC") if dtype.is_temporal() else dtype for name, dtype in schema.items()},
        infer_schema_length=None,
    )
    days = [pl.col(name).dt.date() for name, dtype in schema.items() if dtype == pl.Date and name in frame.columns]
    zoneless = [pl.col(name).dt.replace_time_zone(None) for name, dtype in schema.items() if dtype == pl.Datetime("us")]
    return frame.with_columns(*days, *zoneless)


def hand_off(random_, at, is_day):
    moment = START + random_.randrange(540) * DAY
    return moment if is_day else moment + datetime.timedelta(microseconds=random_.randrange(86_400_000_000)) * (at % 5 > 0)


def conversion(random_, at, kind):
    """Before the hand-off, with it, within the horizon, exactly at its end, a moment beyond."""
    kinds = [at - 3 * DAY, at - STEP, at, at + STEP, at + HORIZON - STEP, at + HORIZON, at + HORIZON + STEP, at + HORIZON + DAY]
    found = random_.choice([*kinds, *[at + random_.random() * HORIZON for _ in range(30)]])
    return found.replace(hour=0, minute=0, second=0, microsecond=0) if kind == "day" else found


def events(random_, at, lead):
    """With the hand-off, after it, at both ends of a window of 30 days, before 1970."""
    moments = [
        at,
        at + STEP,
        at - 30 * DAY,
        at - 30 * DAY + STEP,
        at - 30 * DAY - STEP,
        at - DAY,
        datetime.datetime(1969, 12, 31, 23, 59, 59, 999999),
        None,
    ]
    for _ in range(random_.randrange(5)):
        when = random_.choice([*moments, *[at - random_.random() * 90 * DAY for _ in range(6)]])
        yield {
            "lead": lead,
            "when": when,
            "values": random_.choice(KINDS),
            "cents": random_.choice([None, 0, 5, -3, 10**12, random_.randrange(100)]),
        }


def config(as_of, converted):
    """The config that counts all of it."""
    criteria = ['values "quoted"', "預算", "number", "it's a `number`", "back\\slash", "order", "value_1"]
    criteria += ["group by", "since when?"] if as_of else []
    lines = ["seed = 7", "[leads]", 'path = "leads.parquet"', 'id = "select"', *(['as_of = "at"'] if as_of else [])]
    lines += ['source = "source"', 'segment = "segment"', 'team = "team"', "[outcome]"]
    if converted == "flag":
        lines += ['converted = "won"']
    else:
        lines += ['path = "outcomes.parquet"', 'id = "lead\'s id"', 'converted_at = "won at"', 'disposition = "what sales did"']
        lines += ['horizon = "60d"', 'observed_until = "2025-07-31"']
    lines += ["[warehouse]", "cells = 64", f"leads = '''{IN_CONFIG['leads']}'''"]
    lines += [f"outcomes = '''{IN_CONFIG['outcomes']}'''"] if converted != "flag" else []
    if as_of:
        lines += [
            f"events = '''{IN_CONFIG['events']}'''",
            "[events]",
            'path = "events.parquet"',
            'lead = "lead"',
            'at = "when"',
            'kind = "values"',
        ]
    lines += [
        "[segments]",
        'fairness = ["fair?"]',
        "[folds]",
        'by = "time"' if as_of and converted != "day" else 'by = "column"\ncolumn = "fold"',
    ]
    for name in criteria:
        lines += ["[[criterion]]", f"name = '''{name}'''"]
    if as_of:
        for name, rule in {
            "visits": 'kind = "visit", within = "30d", measure = "count"',
            "openings": 'kind = "öffnen", measure = "count"',
            "cents of calls": 'kind = "call\'s", measure = "sum:cents"',
            "all cents": 'within = "30d", measure = "sum:cents"',
            "days": 'within = "45d", measure = "active_days"',
            "last": 'kind = "visit", measure = "days_since_last"',
        }.items():
            lines += ["[[criterion]]", f'name = "{name}"', f"events = {{ {rule} }}"]
    return "\n".join(lines) + "\n"
