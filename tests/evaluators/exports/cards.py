"""Cards that no analyst would make: random shapes, hostile names, edges anywhere among the floats."""

import json
import random

import card_scorer
import hostile


def random_card(seed, has_pairs=True):
    """A card that Bantam accepts, with golden rows computed by card_scorer.py. Equal seeds, equal cards."""
    rng = random.Random(seed)
    names = rng.sample(hostile.NAMES, 8)
    columns = [f"c{idx} {name}"[:40] for idx, name in enumerate(rng.sample(hostile.NAMES, 8))]
    criteria = [random_criterion(rng, name, column) for name, column in zip(names, columns, strict=True)]
    # Two criteria on one column, each with edges of its own.
    criteria.append({**random_criterion(rng, "again", columns[0], kind=criteria[0]["inputs"][0]["kind"])})
    if has_pairs:
        criteria += random_pairs(random.Random(f"pairs of {seed}"), criteria, has_words=seed % 2)
    word(random.Random(f"words of {seed}"), criteria)
    card = {
        "format": 4 if has_pairs else 1,
        "base_points": rng.choice([0, 0, 600, -40]),
        "criteria": criteria,
        "thresholds": [],
        "bands": [],
        "text": "nfc-trim",
        "id_column": "lead_id",
        "provenance": provenance(seed),
    }
    card["curve"] = random_curve(rng, card)
    if seed % 2:
        ask_first(card, random.Random(seed))
    middle = card["curve"][len(card["curve"]) // 2]["score"]
    card["bands"] = [{"name": "hot 'n' \"ready\"", "from": middle}, {"name": "warm", "from": middle - 3}, {"name": "no"}]
    card["golden"] = golden_rows(card)
    return card


def provenance(seed):
    """Where a made-up card says it comes from."""
    return {
        "engine": "bantam 0.1.0",
        "data_sha256": "0" * 64,
        "config_sha256": "1" * 64,
        "n_leads": 1000,
        "n_converted": 100,
        "points_per_log_odds": 10.0,
        "seed": seed,
    }


def plainest_card(seed):
    """A random card with nothing left that can be left out: two levels per criterion, one band, one probability."""
    card = random_card(seed)
    for criterion in card["criteria"]:
        criterion["levels"] = [criterion["levels"][0], criterion["levels"][-1]]
        for side in criterion.get("grid", {}).values():
            side["parts"] = [side["parts"][0], side["parts"][-1]]
    card["curve"] = [{**entry, "probability_bp": 1234, "low_bp": 0, "high_bp": 10_000} for entry in random_curve(random.Random(seed), card)]
    card["bands"] = [{"name": "all & \"one\""}]
    del card["known_at_least"]
    card["golden"] = golden_rows(card)
    return card


def random_criterion(rng, name, column, kind=None):
    kind = kind or rng.choice(["number", "number", "text", "text", "boolean"])
    if kind == "number":
        edges = sorted({random_edge(rng) for _ in range(rng.randint(1, 12))})
        rules = [{"below": edge} for edge in edges]
    elif kind == "text":
        listed = [text for text in rng.sample(hostile.TEXTS, rng.randint(2, 12)) if is_tidy(text)]
        cuts = sorted(rng.sample(range(1, len(listed)), min(rng.randint(0, 3), len(listed) - 1)))
        rules = [{"one_of": listed[a:b]} for a, b in zip([0, *cuts], [*cuts, len(listed)], strict=True)]
    else:
        rules = [{"one_of": [rng.choice(["true", "false"])]}]
    levels = [
        {"when": when, "label": rng.choice(hostile.NAMES), "points": rng.randint(-9, 30), "n_leads": 9, "n_converted": 1}
        for when in ["missing", *rules, "else"]
    ]
    return {"name": name, "inputs": [{"column": column, "kind": kind}], "levels": levels}


PAIRS = [("text", "number"), ("number", "number"), ("text", "boolean")]


def random_pairs(rng, criteria, has_words):
    """Pairs over columns of other criteria where there are such, and over columns that nothing else looks at."""
    pairs, at_hand = [], {}
    for criterion in criteria:
        at_hand.setdefault(criterion["inputs"][0]["kind"], []).append(criterion["inputs"][0]["column"])
    for idx, kinds in enumerate(PAIRS):
        columns = []
        for side, kind in enumerate(kinds):
            known = [column for column in at_hand.get(kind, []) if column not in columns]
            # The last column of the last pair is always a new one.
            is_new = not known or (idx, side) == (len(PAIRS) - 1, 1)
            columns.append(f"side {side} of pair {idx}" if is_new else rng.choice(known))
        pairs.append(random_pair(rng, f"pair {idx} {rng.choice(hostile.NAMES)}"[:60], kinds, columns, has_words))
    return pairs


def random_pair(rng, name, kinds, columns, has_words):
    sides = []
    for kind, column in zip(kinds, columns, strict=True):
        parts = [
            {"when": level["when"], "label": level["label"]} for level in random_criterion(rng, name, column, kind)["levels"]
        ]
        parts = [*parts[:8], parts[-1]] if len(parts) > 9 else parts
        if kind == "text" and has_words:
            words = ["n/a", "not known"]
            parts.insert(1, {"when": {"one_of": words}, "label": card_scorer.label_of_missing_words(words)})
        sides.append({"criterion": f"{column[:20]}, in parts", "parts": parts})
    answers = [[at for at, part in enumerate(side["parts"]) if not card_scorer.says_missing(part)] for side in sides]
    levels = [[] for _ in range(4)]
    for row in answers[0]:
        for column in answers[1]:
            rng.choice(levels).append([row, column])
    # The cells of the last are those that no level names.
    rules = ["missing", *({"cells": cells} for cells in levels[:-1] if cells), "else"]
    return {
        "name": name,
        "inputs": [{"column": column, "kind": kind} for column, kind in zip(columns, kinds, strict=True)],
        "grid": {"rows": sides[0], "columns": sides[1]},
        "levels": [
            {"when": when, "label": rng.choice(hostile.NAMES), "points": rng.randint(-9, 9), "n_leads": 9, "n_converted": 1}
            for when in rules
        ],
    }


def word(rng, criteria):
    """Gives some criteria and levels what people read in their place. Labels differ, as the config has it."""
    for idx, criterion in enumerate(criteria):
        if rng.random() < 0.3:
            criterion["label"] = f"{rng.choice(hostile.NAMES)} {idx}"
        for level in criterion["levels"]:
            if rng.random() < 0.3:
                level["words"] = rng.choice(hostile.NAMES)


def ask_first(card, rng):
    """Leads of which too little is known are asked first; some answers nobody gave, and some words say that there is none."""
    for criterion in card["criteria"]:
        if "grid" not in criterion and criterion["inputs"][0]["kind"] == "text":
            missing, words = criterion["levels"][0], ["n/a", "not known"]
            label = card_scorer.label_of_missing_words(words)
            criterion["levels"].insert(1, {**missing, "when": {"one_of": words}, "label": label})
        for level in criterion["levels"][1:]:
            if rng.random() < 0.2:
                level["n_leads"] = level["n_converted"] = 0
    limit(card)


def limit(card):
    """Of a card that asks, at least two thirds of what it spans have to be known."""
    card["known_at_least"] = 2 * sum(map(card_scorer.span, card["criteria"])) // 3


def random_edge(rng):
    return rng.choice(
        [
            lambda: float(rng.randint(-5, 50)),
            lambda: rng.randint(-500, 500) / 10,
            lambda: rng.uniform(-1, 1) * 10 ** rng.randint(-300, 300),
            lambda: rng.choice([0.1 + 0.2, 0.3, 5e-324, 2.0**53 - 1, -(2.0**53) + 1, 1e22, 1e23, 1.7976931348623157e308]),
        ]
    )()


def is_tidy(text):
    return card_scorer.tidy(text) == text


def random_curve(rng, card):
    lowest, highest = card_scorer.score_range(card)
    probability, curve = 0, []
    for score in range(lowest, highest + 1):
        probability = min(10_000, probability + rng.choice([0, 0, 1, 40, 111]))
        entry = {"score": score, "probability_bp": probability, "low_bp": probability // 2}
        curve.append({**entry, "high_bp": min(10_000, probability + 50), "n_leads": 3})
    return curve


def golden_rows(card):
    """A row per level and a little more; values JSON can hold, texts in every spelling."""
    columns = {}
    for criterion in card_scorer.readers(card):
        listed = [v for v in hostile.values(criterion) if v is None or v == v and v not in (float("inf"), float("-inf"))]
        columns.setdefault(criterion["inputs"][0]["column"], []).extend(listed)
    rows = []
    of_row = lambda idx: {column: listed[(idx + 7 * at) % len(listed)] for at, (column, listed) in enumerate(columns.items())}
    made = [of_row(idx) for idx in range(max(map(len, columns.values())))]
    # Nothing known, and one answer alone.
    for inputs in [dict.fromkeys(columns), {**dict.fromkeys(columns), next(iter(columns)): next(iter(columns.values()))[-1]}, *made]:
        levels = card_scorer.levels_of(card, inputs)
        points = [level["points"] for level in levels]
        rows.append({"inputs": inputs, "points": points, "score": card["base_points"] + sum(points)})
    return rows


def write(card, path):
    path.write_text(json.dumps(card, ensure_ascii=False))
    return path
