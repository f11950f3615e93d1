"""`bantam export --to dataverse`: the formulas run by a small reader written from Microsoft's documentation of Power Fx.

This is weaker proof than the other exports have: Dataverse compiles formula columns to a query of its own database, and none runs
here. The reader takes what the exporter's formulas may use, as documented for formula columns, and two things as the published
compiler has them: an empty number counts as 0 in a comparison, an empty text as "". `exactin` is tried code point by code point
and once more with the spellings of a letter alike, because a database may see it either way.
"""

import decimal
import unicodedata

import pytest

import formula_cases
from cases import cases  # noqa: F401
from formula_reader import Tokens, binary, reckon

INVISIBLE = "\xad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff"
HOLDS = formula_cases.Holds(
    places=10,
    bound=100_000_000_000.00001,
    max_text=4_000,
    speaks=lambda text: all(c <= "\uffff" and c not in INVISIBLE for c in text),
)
N_PEOPLE = 2
KINDS = {
    "space": r"\s+",
    "text": r'"(?:[^"]|"")*"',
    "name": r"'(?:[^']|'')*'",
    "number": r"\d+(?:\.\d+)?",
    "word": r"[A-Za-z_][A-Za-z0-9_]*",
    "sign": r"&&|\|\||<=|>=|<>|[<>=+\-*/(),]",
}


class Reader:
    """Reads a formula into a function of the columns.

    - same: how a text is seen by `exactin`.
    """

    def __init__(self, text, same):
        self.tokens, self.same = Tokens(text, KINDS), same
        self.value = self.both()
        self.tokens.ends()

    def both(self):
        return binary(self.tokens, ["&&"], self.test, lambda _, a, b: lambda lead: bool(a(lead)) and bool(b(lead)))

    def test(self):
        return binary(self.tokens, ["<", ">=", "=", "exactin"], self.sum, self.compare)

    def sum(self):
        return binary(self.tokens, ["+", "-"], self.product, self.reckon)

    def product(self):
        return binary(self.tokens, ["*", "/"], self.single, self.reckon)

    def single(self):
        kind, text = self.tokens.next()
        if kind == "number":
            return lambda lead: decimal.Decimal(text)
        if kind == "text":
            return lambda lead: text[1:-1].replace('""', '"')
        if text == "-":
            value = self.single()
            return lambda lead: -number(value(lead))
        if text == "(":
            value = self.both()
            self.tokens.needs(")")
            return value
        if kind == "word" and self.tokens.peek()[1] == "(":
            return FUNCTIONS[text](*self.tokens.arguments(self.both))
        assert kind in ("word", "name"), f"{text!r} is no value"
        name = text if kind == "word" else text[1:-1].replace("''", "'")
        return lambda lead: lead[name]

    def compare(self, sign, left, right):
        if sign == "exactin":
            return lambda lead: self.same(left(lead)) in self.same(right(lead) or "")
        tests = {"<": lambda a, b: a < b, ">=": lambda a, b: a >= b, "=": lambda a, b: self.seen(a) == self.seen(b)}
        return lambda lead: tests[sign](number(left(lead)), number(right(lead)))

    @staticmethod
    def reckon(sign, left, right):
        return reckon(sign, lambda lead: number(left(lead)), lambda lead: number(right(lead)))

    def seen(self, value):
        """A value as `=` compares it: the database takes capitals for small letters and does not count spaces at the end."""
        return self.same(value).casefold().rstrip(" ") if isinstance(value, str) else value


def number(value):
    """An empty number counts as 0."""
    return decimal.Decimal(0) if value is None else value


def choose(*arguments):
    """If(test, value, test, value, ..., otherwise)."""
    assert len(arguments) % 2 == 1 and len(arguments) >= 3
    pairs = list(zip(arguments[0:-1:2], arguments[1::2], strict=True))
    return lambda lead: next((value for test, value in pairs if test(lead)), arguments[-1])(lead)


def middle(text, start, length):
    def cut(lead):
        first, n = int(start(lead)), int(length(lead))
        assert first >= 1 and n >= 0
        return text(lead)[first - 1 : first - 1 + n]

    return cut


FUNCTIONS = {
    "If": choose,
    "IsBlank": lambda value: lambda lead: value(lead) is None or value(lead) == "",
    "Len": lambda value: lambda lead: decimal.Decimal(len((value(lead) or "").encode("utf-16-le")) // 2),
    "Mid": middle,
    "Value": lambda value: lambda lead: decimal.Decimal(int(value(lead))),
}


@pytest.fixture(scope="module")
def made(bantam, run, tmp_path_factory):
    return formula_cases.formula_cases(bantam, tmp_path_factory.mktemp("cards"), run.json("card.json"), HOLDS)


def export(bantam, case, folder):
    bantam("export", case.path, "--to", "dataverse", "-o", folder, "--quiet")
    return formula_cases.read(folder, case, N_PEOPLE)


@pytest.mark.parametrize("form", [None, "NFC"])
def test_every_lead_gets_the_points_of_the_engine(made, bantam, tmp_path, form):
    same = (lambda text: unicodedata.normalize(form, text)) if form else (lambda text: text)
    for case in made:
        exported = export(bantam, case, tmp_path / case.name)
        formula_cases.assert_leads(case, exported, formula_cases.evaluator(exported, lambda text: Reader(text, same).value))


def test_the_made_up_leads_to_import_are_right(made, bantam, tmp_path):
    for case in made:
        exported = export(bantam, case, tmp_path / case.name)
        formula_cases.assert_golden(case, exported, formula_cases.evaluator(exported, lambda text: Reader(text, str).value), N_PEOPLE)


def test_no_formula_is_longer_than_dataverse_takes(made, bantam, tmp_path):
    for case in made:
        folder = tmp_path / case.name
        export(bantam, case, folder)
        formulas = [path.read_text() for path in folder.glob("*.txt")]
        assert formulas and all(len(text) <= 1_000 for text in formulas), case.name
    assert any("_part_2" in path.name for path in tmp_path.rglob("*.txt")), "a criterion or a curve was cut in parts"


def test_a_card_is_exported_or_refused_in_words(cases, bantam, tmp_path):
    for case in cases:
        formula_cases.assert_exported_or_refused(bantam, case.path, "dataverse", tmp_path / case.name)
