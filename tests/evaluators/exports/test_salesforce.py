"""`bantam export --to salesforce`: the formulas run by formulon, an independent reader of Salesforce's formulas.

formulon is no Salesforce, and this is what it gets wrong or leaves out:
- It reads no backslash in a text. Salesforce writes `\\"` and `\\\\` within quotes, so this test decodes each text as Salesforce
  documents it and hands formulon stand-ins for quotes and backslashes, the same in formulas and leads.
- It works out CASE even where IF does not take it, and fails on a field that is null. An empty text is an empty text in
  Salesforce's formulas, so empty texts and picklists are given to formulon as "".
- It takes twice as long for every IF within an IF, so salesforce.mjs gives it long chains line by line from the inside out.
- It compiles nothing, so sizes are reckoned by the export alone.
"""

import json
import os
import pathlib
import re
import subprocess

import pytest

import formula_cases
from cases import cases  # noqa: F401

HOLDS = formula_cases.Holds(places=18, bound=1e18, max_text=255, empty_booleans=False)
N_PEOPLE = 2
STAND_INS = {"\\": "\ue001", '"': "\ue002", "'": "\ue003"}
LITERAL = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)


def stand_in(text):
    return "".join(STAND_INS.get(c, c) for c in text)


def decoded(formula):
    """A formula whose texts have stand-ins where Salesforce needs a backslash."""
    return LITERAL.sub(lambda found: '"' + stand_in(re.sub(r"\\(.)", r"\1", found[1])) + '"', formula)


def literal(kind, value):
    """A value of a field as formulon takes it."""
    if kind == "boolean":
        return {"type": "literal", "dataType": "checkbox", "value": value, "options": {}}
    if kind == "text":
        text = stand_in(value or "")
        n_units = len(text.encode("utf-16-le")) // 2  # formulon compares lengths too, as JavaScript counts them
        return {"type": "literal", "dataType": "text", "value": text, "options": {"length": n_units}}
    if value is None:
        return {"type": "literal", "dataType": "null", "value": None, "options": {}}
    return {"type": "literal", "dataType": "number", "value": value, "options": {"length": 18, "scale": 18}}


def picklist(_, value):
    """The same for a picklist."""
    text = stand_in(value or "")
    return {"type": "literal", "dataType": "picklist", "value": text, "options": {"values": [text]}}


@pytest.fixture(scope="module")
def made(bantam, run, tmp_path_factory):
    return formula_cases.formula_cases(bantam, tmp_path_factory.mktemp("cards"), run.json("card.json"), HOLDS)


def export(bantam, case, folder, *more):
    bantam("export", case.path, "--to", "salesforce", "-o", folder, "--quiet", *more)
    return formula_cases.read(folder, case, N_PEOPLE, decoded)


def evaluator(case, exported, leads, literal=literal):
    """Values of every field for every lead, looked up by lead."""
    kinds = {exported.fields[column]: kind for column, kind in case.kinds.items()}
    scopes = [{field: literal(kinds[field], value) for field, value in lead.items()} for lead in leads]
    text = json.dumps({"formulas": list(exported.formulas.items()), "leads": scopes})
    script = pathlib.Path(__file__).with_name("salesforce.mjs")
    done = subprocess.run(["node", script, os.environ["NODE_TOOLS"]], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    back = str.maketrans({there: here for here, there in STAND_INS.items()})
    known = {}
    for lead, values in zip(leads, json.loads(done.stdout), strict=True):
        plain = {name: value.translate(back) if isinstance(value, str) else value for name, value in values.items()}
        known[json.dumps(lead, sort_keys=True)] = plain
    return lambda lead: known[json.dumps(lead, sort_keys=True)]


def by_field(case, exported):
    return [{exported.fields[column]: value for column, value in lead.items()} for lead in case.leads]


def test_every_lead_gets_the_points_of_the_engine(made, bantam, tmp_path):
    for case in made:
        exported = export(bantam, case, tmp_path / case.name)
        evaluate = evaluator(case, exported, by_field(case, exported))
        formula_cases.assert_leads(case, exported, evaluate)


def test_the_made_up_leads_to_import_are_right(made, bantam, tmp_path):
    for case in made:
        exported = export(bantam, case, tmp_path / case.name)
        evaluate = evaluator(case, exported, formula_cases.golden_leads(case, exported, N_PEOPLE))
        formula_cases.assert_golden(case, exported, evaluate, N_PEOPLE)


def test_a_picklist_is_read_by_its_own_functions(made, bantam, tmp_path):
    case = made[0]
    at, column = next((i, c["inputs"][0]["column"]) for i, c in enumerate(case.card["criteria"]) if c["inputs"][0]["kind"] == "text")
    exported = export(bantam, case, tmp_path / "picklist", "--column", f"{column}=TEXT(Pick__c)")
    assert exported.fields[column] == "Pick__c"
    name = exported.results[at]
    assert 'IF(ISPICKVAL(Pick__c, "")' in exported.formulas[name]
    exported.formulas = {name: exported.formulas[name]}
    leads = [{"Pick__c": lead[column]} for lead in case.leads]
    evaluate = evaluator(case, exported, leads, picklist)
    assert [evaluate(lead)[name] for lead in leads] == [points[at] for points in case.points]


def test_no_formula_is_longer_than_salesforce_takes(made, bantam, tmp_path):
    for case in made:
        folder = tmp_path / case.name
        export(bantam, case, folder)
        formulas = [path.read_text() for path in folder.glob("*.txt")]
        assert formulas
        assert all(len(text) <= 3_900 and len(text.encode()) <= 4_000 for text in formulas), case.name


def test_a_card_is_exported_or_refused_in_words(cases, bantam, tmp_path):
    for case in cases:
        formula_cases.assert_exported_or_refused(bantam, case.path, "salesforce", tmp_path / case.name)
