"""`bantam export --to hubspot`: the formulas run by a small reader written from HubSpot's documentation of `calculationFormula`.

This is weaker proof than the other exports have: no program outside HubSpot runs its formulas, and what the documentation leaves
open (how many digits a number keeps, what an empty property does in a branch that is not taken) is not proved. The reader takes
exactly what is documented, evaluates a branch only where it is taken, and fails where the value of an empty property is used.
"""

import decimal
import json

import pytest

import formula_cases
from cases import cases  # noqa: F401
from formula_reader import Tokens, binary, reckon

HOLDS = formula_cases.Holds(speaks=lambda text: "\\" not in text)
N_PEOPLE = 1
KINDS = {
    "space": r"\s+",
    "text": r"'[^']*'|\"[^\"]*\"",
    "number": r"\d+(?:\.\d+)?",
    "word": r"[A-Za-z_][A-Za-z0-9_]*",
    "sign": r"<=|>=|!=|[<>=+\-*/(),]",
}


class Empty(Exception):
    """The value of an empty property was used."""


class Reader:
    """Reads a formula into a function of the properties."""

    def __init__(self, text):
        self.tokens = Tokens(text, KINDS)
        self.value = self.statement()
        self.tokens.ends()

    def statement(self):
        if not self.tokens.takes("if"):
            return self.either()
        branches = [self.branch()]
        while self.tokens.takes("elseif"):
            branches.append(self.branch())
        if self.tokens.takes("else"):
            otherwise = self.statement()
        else:
            self.tokens.needs("endif")
            otherwise = empty

        def choose(lead):
            return next((value for test, value in branches if test(lead)), otherwise)(lead)

        return choose

    def branch(self):
        test = self.either()
        self.tokens.needs("then")
        return test, self.statement()

    def either(self):
        return binary(self.tokens, ["or"], self.both, lambda _, a, b: lambda lead: a(lead) or b(lead))

    def both(self):
        return binary(self.tokens, ["and"], self.negation, lambda _, a, b: lambda lead: a(lead) and b(lead))

    def negation(self):
        if self.tokens.takes("not"):
            value = self.negation()
            return lambda lead: not value(lead)
        return binary(self.tokens, ["<", ">", "<=", ">=", "=", "equals", "!="], self.sum, compare)

    def sum(self):
        return binary(self.tokens, ["+", "-"], self.product, reckon)

    def product(self):
        return binary(self.tokens, ["*", "/"], self.single, reckon)

    def single(self):
        kind, text = self.tokens.next()
        if kind == "number":
            return lambda lead: decimal.Decimal(text)
        if kind == "text":
            return lambda lead: text[1:-1]
        if text == "(":
            value = self.either()
            self.tokens.needs(")")
            return value
        assert kind == "word", f"{text!r} is no value"
        word = text.lower()
        if word in ("string", "bool"):
            self.tokens.needs("(")
            name = self.tokens.next()[1]
            self.tokens.needs(")")
            return of_property(name, str if word == "string" else bool)
        if word == "is_present":
            [value] = self.tokens.arguments(self.either)
            return lambda lead: is_present(value, lead)
        if word == "concatenate":
            values = self.tokens.arguments(self.either)
            assert 2 <= len(values) <= 100
            return lambda lead: "".join(value(lead) for value in values)
        return of_property(text, decimal.Decimal)


def empty(_):
    raise Empty


def of_property(name, kind):
    def value(lead):
        found = lead[name]
        if found is None or found == "" or not isinstance(found, kind):
            raise Empty(name)
        return found

    return value


def is_present(value, lead):
    try:
        value(lead)
    except Empty:
        return False
    return True


def compare(sign, left, right):
    tests = {
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
        "<=": lambda a, b: a <= b,
        ">=": lambda a, b: a >= b,
        "=": lambda a, b: a == b,
        "equals": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
    }
    return lambda lead: tests[sign](left(lead), right(lead))


@pytest.fixture(scope="module")
def made(bantam, run, tmp_path_factory):
    return formula_cases.formula_cases(bantam, tmp_path_factory.mktemp("cards"), run.json("card.json"), HOLDS)


def export(bantam, case, folder):
    bantam("export", case.path, "--to", "hubspot", "-o", folder, "--quiet")
    return formula_cases.read(folder, case, N_PEOPLE, lambda body: json.loads(body)["calculationFormula"])


def test_every_lead_gets_the_points_of_the_engine(made, bantam, tmp_path):
    for case in made:
        exported = export(bantam, case, tmp_path / case.name)
        formula_cases.assert_leads(case, exported, formula_cases.evaluator(exported, lambda text: Reader(text).value))


def test_the_made_up_contacts_to_import_are_right(made, bantam, tmp_path):
    for case in made:
        exported = export(bantam, case, tmp_path / case.name)
        formula_cases.assert_golden(case, exported, formula_cases.evaluator(exported, lambda text: Reader(text).value), N_PEOPLE)


def test_the_bodies_are_what_the_api_asks_for(made, bantam, tmp_path):
    for case in made:
        export(bantam, case, tmp_path / case.name)
        bodies = [json.loads(path.read_text()) for path in sorted((tmp_path / case.name).glob("*.json"))]
        assert [body["type"] for body in bodies].count("string") == 1
        assert len({body["name"] for body in bodies}) == len(bodies)
        for body in bodies:
            assert set(body) == {"name", "label", "groupName", "type", "fieldType", "calculationFormula"}
            assert body["fieldType"] == "calculation_equation"


def test_a_card_is_exported_or_refused_in_words(cases, bantam, tmp_path):
    for case in cases:
        formula_cases.assert_exported_or_refused(bantam, case.path, "hubspot", tmp_path / case.name)
