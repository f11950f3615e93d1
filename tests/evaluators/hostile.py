"""Names, texts and values that careless readers of a card get wrong."""

import math
import unicodedata

NAMES = [
    "=cmd|' /C calc'!A0",
    "\"quoted\", 'twice' and `thrice`",
    "back\\slash \\' \\n \\\\",
    "'; DROP TABLE leads; --",
    "{{ config() }} {% raw %} %s $1 ${x} :name ?",
    "<r><t>not ours</t></r> & ]]> _x0041_",
    "😀 emoji 😀",
    "Größe in m²",
    "預算已核准",
    "select",
    "__proto__",
    "constructor",
    "score",
    "null",
    "0",
    "a" * 90,
    "a" * 90 + " twice",
    "\u202etfel ot thgir",
    "/* open */ -- rest #",
    "@SUM(A1)",
]

TEXTS = [
    *NAMES,
    "approved",
    "Approved",
    "true",
    "NULL",
    "NaN",
    "-1",
    "1e5",
    "line one\nline two\ttab\r\n",
    "für",
    "Å\u0323",
    "OK",
    "예산이 승인됨",
    "\\",
    "'",
    "''",
    '"',
    "`",
    "\ufeffmark",
    "a\u00a0b",
    "%",
    "_",
    "hasOwnProperty",
    "toString",
    "\u0001",
    "x" * 300,
]

TYPED_OTHERWISE = [
    lambda text: f" {text}\t",
    lambda text: f"\u00a0{text}\u3000",
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: f"\ufeff{text}",
    lambda text: text.replace("K", "\u212a").replace(";", "\u037e").replace("`", "\u1fef"),
    str.upper,
    str.swapcase,
    lambda text: text + "\u0301",
]


def numbers(edges):
    """One step either side of every edge, and the numbers that floats are known for."""
    near = [x for edge in edges for x in (math.nextafter(edge, -math.inf), edge, math.nextafter(edge, math.inf))]
    ends = [5e-324, -5e-324, math.inf, -math.inf, math.nan, None, 2.0**53, -(2.0**53), 2.0**53 - 1, 1e308, -1e308]
    return [*near, 0.0, -0.0, *ends]


def whole_numbers(edges):
    """Whole numbers around every edge and at the ends of 64 bits."""
    near = [int(math.floor(edge)) + step for edge in edges if abs(edge) < 2**53 for step in (-1, 0, 1, 2)]
    return [*near, 0, None, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]


def texts(listed):
    """The texts of a card, the same typed in other ways, and texts no card has."""
    typed = [change(text) for text in listed for change in TYPED_OTHERWISE]
    strangers = ["", " ", None, "nobody has ever seen this", "'; --", '"', "\\", "缺", "е", "NULL", "missing", "other"]
    return [*listed, *typed, *strangers, "\u0085", "\u2003\t"]


def values(criterion, whole=False):
    """Values for one criterion.

    - whole: the column holds 64-bit whole numbers instead of floats.
    """
    kind = criterion["inputs"][0]["kind"]
    if kind == "boolean":
        return [True, False, None]
    if kind == "number":
        edges = [level["when"]["below"] for level in criterion["levels"] if "below" in level["when"]]
        return whole_numbers(edges) if whole else numbers(edges)
    return texts([t for level in criterion["levels"] if "one_of" in level["when"] for t in level["when"]["one_of"]])
