
import datetime
import decimal
import json
import numbers
import re
import sys
import unicodedata
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Mapping, Optional

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
SIGNS = set("!\"$%&'()*,-./:;<=>?@[\\]^_`{|}~\u00a1\u00a7\u00ab\u00b4\u00b7\u00bb\u00bf\u2010\u2011\u2012\u2013\u2014\u2015\u2018\u2019\u201a"
            "\u201c\u201d\u201e\u2022\u2026\u2039\u203a\u2212\u3001\u3002") | set(WHITE_SPACE)
MAX_REASONS = 3
ASK_FIRST = "ask first"
DAY_US = 86_400_000_000
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class LeadError(ValueError):
    """A lead that does not fit the card; the message names every key that is missing or wrong."""


@dataclass(frozen=True)
class Scored:
    """Points of one lead and what they are worth."""

    score: int
    probability: float  # share of such leads that convert, 0..1
    low: float  # lower end of its 90 % interval
    high: float
    band: str
    points: Dict[str, int]  # per criterion
    reasons: List[str]  # where most points were lost, largest loss first


@dataclass(frozen=True)
class Graded(Scored):
    """The same on a card with grades."""

    sub_scores: Dict[str, int]  # points by group of criteria
    grade: str  # A1 is best on both


def score(lead: Mapping[str, Any], allow_missing: bool = False) -> Scored:
    """Points of one lead. `None` and NaN are missing; keys the card does not read are ignored.

    - allow_missing: a key that is not there counts as missing instead of being an error.
    """
    places, problems = [], []
    for criterion, cells in zip(CARD["criteria"], CELLS):
        try:
            places.append(_level_of(criterion, cells, lead, allow_missing))
        except LeadError as problem:
            problems.append(str(problem))
    if problems:
        raise LeadError("; ".join(problems))
    levels = [criterion["levels"][place] for criterion, place in zip(CARD["criteria"], places)]
    points = {criterion["name"]: level["points"] for criterion, level in zip(CARD["criteria"], levels)}
    total = CARD["base_points"] + sum(level["points"] for level in levels)
    worth = CARD["curve"][total - CARD["curve"][0]["score"]]
    band = next(band["name"] for band in CARD["bands"] if "from" not in band or total >= band["from"])
    if KNOWN and sum(known[place] for known, place in zip(KNOWN["points"], places)) < CARD["known_at_least"]:
        band = ASK_FIRST
    share = {key: worth[f"{key}_bp"] / 10_000 for key in ("probability", "low", "high")}
    scored = {"score": total, "band": band, "points": points, "reasons": _reasons(levels), **share}
    graded = _graded(levels)
    return Graded(**scored, **graded) if graded else Scored(**scored)


def score_all(leads: Iterable[Mapping[str, Any]], allow_missing: bool = False) -> List[Scored]:
    """Points of many leads, in their order."""
    return [score(lead, allow_missing) for lead in leads]


def verify() -> List[str]:
    """Scores the made-up leads of the card; what differs, in words. Empty when this file is right."""
    differing = []
    for number, row in enumerate(CARD["golden"], start=1):
        scored = score(row["inputs"])
        band = KNOWN["bands"][number - 1] if KNOWN else scored.band
        if list(scored.points.values()) != row["points"] or scored.score != row["score"]:
            differing.append(f"row {number}: {scored.points}, score {scored.score} instead of {row['score']}")
        elif scored.band != band:
            differing.append(f"row {number}: band {scored.band} instead of {band}")
        elif (grade := getattr(scored, "grade", None)) != row.get("grade"):
            differing.append(f"row {number}: grade {grade} instead of {row.get('grade')}")
    return differing


def _graded(levels: List[Mapping[str, Any]]) -> Dict[str, Any]:
    """Sub-scores by group of criteria, and the grade they come to; nothing on a card without grades."""
    grades = CARD.get("grades")
    if grades is None:
        return {}
    axes = (grades["rows"], grades["columns"])
    sums = [
        sum(level["points"] for criterion, level in zip(CARD["criteria"], levels) if criterion.get("group") == axis["group"])
        for axis in axes
    ]
    # Cuts fall: a class is the number of cuts that lie above the sub-score.
    row, column = (sum(points < cut for cut in axis["cuts"]) for axis, points in zip(axes, sums))
    grade = grades["cells"][row * (len(grades["columns"]["cuts"]) + 1) + column]["grade"]
    return {"sub_scores": {axis["group"]: points for axis, points in zip(axes, sums)}, "grade": grade}


def _level_of(
    criterion: Mapping[str, Any], cells: Optional[List[List[int]]], lead: Mapping[str, Any], allow_missing: bool
) -> int:
    """Position of the level of a lead: that of its answer, or of the cell that its two answers come to."""
    if cells is None:
        sides = [(criterion.get("map"), criterion["levels"])]
    else:
        sides = [(axis.get("map"), axis["parts"]) for axis in (criterion["grid"]["rows"], criterion["grid"]["columns"])]
    places = [
        _place_in(rules, _answer_of(texts, _value_of(criterion, source, lead, allow_missing)))
        for source, (texts, rules) in zip(criterion["inputs"], sides)
    ]
    return places[0] if cells is None else cells[places[0]][places[1]]


def _place_in(rules: List[Mapping[str, Any]], value: Any) -> int:
    """Position of the first rule that takes the value: levels of a criterion, or parts of an axis, are read top down."""
    if value is None:
        return 0
    for place, rule in enumerate(rules[1:-1], start=1):
        when = rule["when"]
        if value < when["below"] if "below" in when else value in when["one_of"]:
            return place
    return len(rules) - 1


def _answer_of(rules: Optional[Mapping[str, Any]], text: Optional[Any]) -> Optional[Any]:
    """What the rules of a criterion make of a text; without rules it is the answer itself."""
    if rules is None or text is None:
        return text
    if text in rules.get("missing", ()):
        return None
    plain = _plain(text)
    for rule in rules["rules"]:
        if any(_phrase(phrase) in plain for phrase in rule["match"].split("|")):
            return rule["to"]
    return "other"


def _plain(text: str) -> str:
    """The words of a text, small, with one blank before, between and behind them."""
    words = "".join(" " if c in SIGNS else _small(c) for c in text).split(" ")
    return " " + "".join(word + " " for word in words if word)


def _small(c: str) -> str:
    return c.lower() if ord(c) < 0x2000 and len(c.lower()) == 1 else c


def _phrase(phrase: str) -> str:
    """A phrase as it stands among plain words; a `*` at an end lets the word go on there."""
    phrase = phrase.strip(WHITE_SPACE)
    before, behind = phrase.startswith("*"), phrase.endswith("*")
    plain = _plain(unicodedata.normalize("NFC", phrase))
    plain = plain.lstrip(" ") if before else plain
    return plain.rstrip(" ") if behind else plain


def _value_of(criterion: Mapping[str, Any], source: Mapping[str, Any], lead: Mapping[str, Any], allow_missing: bool) -> Any:
    """The value of a column that a criterion reads: a number, a text, or None where it is missing."""
    column = source["column"]
    days = (source.get("derivation") or {}).get("days_before")
    if days and not (column in lead and (days["column"] != column or not _is_time(lead[column]))):
        as_of = CARD.get("as_of_column")
        if days["column"] in lead and as_of in lead:
            return _days(_time(days["column"], lead), _time(as_of, lead))
    elif column in lead:
        return _checked(criterion, source, lead[column])
    if allow_missing:
        return None
    made = f"; give it, or both `{days['column']}` and `{CARD.get('as_of_column')}`" if days else ""
    raise LeadError(f"`{column}` is not there; criterion `{criterion['name']}` reads it{made}")


def _checked(criterion: Mapping[str, Any], source: Mapping[str, Any], value: Any) -> Any:
    kind = source["kind"]
    if value is None or _is_nan(value):
        return None
    is_flag = isinstance(value, bool) or type(value).__name__ in ("bool_", "bool") and hasattr(value, "item")
    if kind == "boolean" and is_flag:
        return "true" if value else "false"
    if kind == "text" and isinstance(value, str):
        return unicodedata.normalize("NFC", value).strip(WHITE_SPACE) or None
    if kind == "number" and isinstance(value, (numbers.Real, decimal.Decimal)) and not is_flag:
        return value
    expected = {"boolean": "true or false", "text": "text", "number": "a number"}[kind]
    raise LeadError(f"`{source['column']}` holds {value!r}; criterion `{criterion['name']}` reads {expected}")


def _is_nan(value: Any) -> bool:
    """Whether it is what tables write for a missing value of any kind: NaN, or the NaT and NA of pandas."""
    if isinstance(value, (numbers.Real, decimal.Decimal, datetime.date)):
        return bool(value != value)
    return type(value).__name__ in ("NAType", "NaTType")


def _days(time: Optional[int], as_of: Optional[int]) -> Optional[int]:
    """Whole days between two times in microseconds; missing where the time was not known at the as-of."""
    return None if time is None or as_of is None or time > as_of else (as_of - time) // DAY_US


def _is_time(value: Any) -> bool:
    return isinstance(value, (str, datetime.date))


_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)? *(?:(Z)|([+-])(\d\d):?(\d\d))?)?", re.ASCII
)


def _time(column: str, lead: Mapping[str, Any]) -> Optional[int]:
    """Microseconds since 1970 of a date, a datetime or a text such as 2026-05-04T10:00:00Z; without a zone it is UTC."""
    value = lead[column]
    if value is None or _is_nan(value):
        return None
    try:
        if isinstance(value, str):
            value, more_us = _parsed(value)
        else:
            more_us = 0
            if not isinstance(value, datetime.datetime):
                value = datetime.datetime(value.year, value.month, value.day)
        if value.tzinfo is None:
            value = value.replace(tzinfo=datetime.timezone.utc)
        return (value - EPOCH) // datetime.timedelta(microseconds=1) + more_us
    except (AttributeError, TypeError, ValueError):
        raise LeadError(f"`{column}` holds {lead[column]!r}, which is no time") from None


def _parsed(text: str):
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, _, sign, zone_hours, zone_minutes = found.groups()
    time = datetime.datetime(*(int(part or 0) for part in (year, month, day, hour, minute, second)))
    offset = datetime.timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
    zone = datetime.timezone(-offset if sign == "-" else offset)
    return time.replace(tzinfo=zone), int((fraction or "").ljust(6, "0")[:6])


def _reasons(levels: List[Mapping[str, Any]]) -> List[str]:
    losses = []
    for criterion, level in zip(CARD["criteria"], levels):
        best = max(criterion["levels"], key=lambda one: one["points"])
        loss = best["points"] - level["points"]
        if loss > 0:
            unit = "point" if loss == 1 else "points"
            name = criterion.get("label", criterion["name"])
            losses.append((loss, f"{name}: {_shown(level)} ({loss} {unit} below {_shown(best)})"))
    return [words for _, words in sorted(losses, key=lambda loss: -loss[0])[:MAX_REASONS]]


def _shown(level: Mapping[str, Any]) -> str:
    """What people read of a level."""
    return level.get("words", level["label"])


def _main(arguments: List[str]) -> int:
    if arguments == ["--verify"]:
        differing = verify()
        print("\n".join(differing), end="\n" if differing else "")
        return 1 if differing else 0
    if arguments:
        print("give leads as JSON on stdin, one per line; or --verify", file=sys.stderr)
        return 2
    for number, line in enumerate(sys.stdin, start=1):
        try:
            print(json.dumps(vars(score(json.loads(line))), ensure_ascii=False))
        except ValueError as problem:
            print(f"lead {number}: {problem}", file=sys.stderr)
            return 3
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
