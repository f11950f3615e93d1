"""A card read literally: points of a lead from card.json alone, written from the format and not from Bantam's code.

Levels are read top down and the first that fits gives the points: `missing` (no value, NaN, or a text of
nothing but white space), `{"below": edge}`
(numbers strictly below the edge), `{"one_of": [texts]}` (after Unicode NFC and trimming), `else` (whatever is left).

A pair has a `grid` over two columns. The parts of its `rows` and of its `columns` are read as levels are; a lead of which either is
missing is at the first level, every other at the first that has the positions of its parts among its `{"cells": [[row, column]]}`,
or at `else`.
"""

import itertools
import math
import unicodedata

# What Unicode calls White_Space; Python's own strip() would also take the separators U+001C to U+001F.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"


# Most reasons for one lead.
MAX_REASONS = 3


def tidy(text):
    """A text as a card compares it."""
    return unicodedata.normalize("NFC", text).strip(WHITE_SPACE)


def level_of(criterion, value):
    """The level of a criterion that takes the value: a number, a text, a truth value or None."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, str):
        value = tidy(value)
    is_missing = value is None or value == "" or isinstance(value, float) and math.isnan(value)
    for level in criterion["levels"]:
        when = level["when"]
        if when == "missing" and is_missing:
            return level
        if is_missing:
            continue
        if when == "else" or "below" in when and value < when["below"] or "one_of" in when and value in when["one_of"]:
            return level
    raise ValueError(f"no level of {criterion['name']} takes {value!r}")


def axes(criterion):
    """The two sides of a pair in the form of criteria with one column; nothing for other criteria."""
    sides = [criterion["grid"][side] for side in ("rows", "columns")] if "grid" in criterion else []
    named = zip(sides, criterion["inputs"], strict=True) if sides else []
    return [{"name": side["criterion"], "inputs": [source], "levels": side["parts"]} for side, source in named]


def readers(card):
    """Everything that looks at one column: criteria, and the sides of pairs in the form of criteria."""
    return [reader for c in card["criteria"] for reader in (axes(c) or [c])]


def kinds(card):
    """The columns of a card, each with what it holds."""
    return {source["column"]: source["kind"] for c in card["criteria"] for source in c["inputs"]}


def level_of_lead(criterion, lead):
    """The level of a criterion that takes the lead, a mapping from column to value."""
    if "grid" not in criterion:
        return level_of(criterion, lead[criterion["inputs"][0]["column"]])
    parts = [level_of(side, lead[side["inputs"][0]["column"]]) for side in axes(criterion)]
    if any(map(says_missing, parts)):
        return criterion["levels"][0]
    cell = [side["levels"].index(part) for side, part in zip(axes(criterion), parts, strict=True)]
    holds = lambda when: when == "else" or when != "missing" and cell in when["cells"]
    return next(level for level in criterion["levels"] if holds(level["when"]))


def levels_of(card, lead):
    """The level of a lead on each criterion; the lead is a mapping from column to value."""
    return [level_of_lead(c, lead) for c in card["criteria"]]


def score(card, lead):
    """Points of a lead, given as a mapping from column to value."""
    return card["base_points"] + sum(level["points"] for level in levels_of(card, lead))


def score_range(card):
    """The lowest and the highest score, by trying every combination of answers that pairs look at together.

    Any other criterion has its worst and its best level, whatever else looks at its column.
    """
    columns, pairs = {}, [c for c in card["criteria"] if "grid" in c]
    looked_at = {source["column"] for pair in pairs for source in pair["inputs"]}
    for reader in readers(card):
        if (column := reader["inputs"][0]["column"]) in looked_at:
            columns.setdefault(column, []).append(reader)
    plain = [c for c in card["criteria"] if "grid" not in c]
    answers = {}
    for column, on_column in columns.items():
        own = [c for c in plain if c["inputs"][0]["column"] == column]
        sides = [side for pair in pairs for side in axes(pair) if side["inputs"][0]["column"] == column]
        # Of answers in the same parts only the best and the worst matter.
        by_parts = {}
        for value in answers_told_apart(on_column):
            parts = tuple(side["levels"].index(level_of(side, value)) for side in sides)
            answer = (sum(level_of(c, value)["points"] for c in own), value)
            low, high = by_parts.get(parts, (answer, answer))
            points_of = lambda one: one[0]
            by_parts[parts] = (min(low, answer, key=points_of), max(high, answer, key=points_of))
        answers[column] = list(by_parts.values())
    apart = [[level["points"] for level in c["levels"]] for c in plain if c["inputs"][0]["column"] not in looked_at]
    lowest = card["base_points"] + sum(map(min, apart))
    highest = card["base_points"] + sum(map(max, apart))
    for group in linked(columns, pairs):
        together = [pair for pair in pairs if pair["inputs"][0]["column"] in group]
        for end in (0, 1):
            best = [
                sum(points for points, _ in chosen)
                + sum(level_of_lead(pair, {column: value for column, (_, value) in zip(group, chosen, strict=True)})["points"] for pair in together)
                for chosen in itertools.product(*([ends[end] for ends in answers[column]] for column in group))
            ]
            if end == 0:
                lowest += min(best)
            else:
                highest += max(best)
    return lowest, highest


def answers_told_apart(on_column):
    """A value of every kind that some criteria on one column tell apart."""
    if on_column[0]["inputs"][0]["kind"] == "boolean":
        return [None, True, False]
    whens = [level["when"] for c in on_column for level in c["levels"] if isinstance(level["when"], dict)]
    edges = [when["below"] for when in whens if "below" in when]
    if on_column[0]["inputs"][0]["kind"] == "number":
        return [None, 0.0, *edges, *(math.nextafter(edge, -math.inf) for edge in edges)]
    return [None, "a text that no card names", *(text for when in whens for text in when.get("one_of", []))]


def linked(columns, pairs):
    """Columns in groups: those that a chain of pairs links are together."""
    group_of = {column: [column] for column in columns}
    for pair in pairs:
        one, other = (group_of[source["column"]] for source in pair["inputs"])
        if one is not other:
            one.extend(other)
            group_of.update(dict.fromkeys(other, one))
    return list({id(group): group for group in group_of.values()}.values())


def span(criterion):
    """Points between the best and the worst level."""
    points = [level["points"] for level in criterion["levels"]]
    return max(points) - min(points)


def label_of_missing_words(words):
    """What a level is called whose texts say that there is no answer; for texts that need no escaping and no cutting."""
    more = [f"and {len(words) - 4} more"] if len(words) > 4 else []
    return f"missing ({', '.join(words[:4] + more)})"


def says_missing(level):
    """Whether a lead at this level, or this part of a pair's side, has no answer."""
    when = level["when"]
    return when == "missing" or "one_of" in when and level["label"] == label_of_missing_words(when["one_of"])


def is_known(level):
    """Whether a lead at this level gave an answer, and one that the history saw."""
    return not says_missing(level) and level["n_leads"] > 0


def is_ask_first(card, levels):
    """Whether too little is known of a lead at these levels for a band by its score."""
    known = sum(span(criterion) for criterion, level in zip(card["criteria"], levels, strict=True) if is_known(level))
    return known < card.get("known_at_least", 0)


def worth(card, levels):
    """What the curve says of a lead at these levels, and its band."""
    score = card["base_points"] + sum(level["points"] for level in levels)
    entry = card["curve"][score - card["curve"][0]["score"]]
    assert entry["score"] == score, "one entry per whole number, lowest first"
    band = next(band["name"] for band in card["bands"] if "from" not in band or score >= band["from"])
    return {
        "score": score,
        "probability": entry["probability_bp"] / 10_000,
        "band": "ask first" if is_ask_first(card, levels) else band,
    }


def shown(level):
    """What people read of a level."""
    return level.get("words", level["label"])


def reasons(card, levels):
    """Where a lead loses most against the best level, largest loss first; ties in the order of the card.

    - levels: the level of each criterion, in the order of the card.
    """
    losses = []
    for criterion, level in zip(card["criteria"], levels, strict=True):
        best = max(criterion["levels"], key=lambda one: one["points"])
        loss = best["points"] - level["points"]
        if loss:
            unit = "point" if loss == 1 else "points"
            name = criterion.get("label", criterion["name"])
            losses.append((loss, f"{name}: {shown(level)} ({loss} {unit} below {shown(best)})"))
    return [words for _, words in sorted(losses, key=lambda loss: -loss[0])[:MAX_REASONS]]
