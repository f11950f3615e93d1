"""`bantam export --to pmml`: the document in two evaluators, PMML4S (pypmml) and JPMML (jpmml_evaluator), and against its schema.

Evaluators give the score and not the points of each criterion, so every criterion is also evaluated alone: the exported document
with all other characteristics taken out.
"""

import copy
import io
import math
import pathlib
import re
import subprocess
import zipfile

import jpmml_evaluator
import pandas
import pytest
from lxml import etree
from pypmml import Model
from pypmml.base import PMMLContext

import card_scorer
import cards
from cases import cases, make_case  # noqa: F401

NAMESPACE = {"p": "http://www.dmg.org/PMML-4_4"}
REASONS = ["reason_1", "reason_2", "reason_3"]
# XML 1.0 has no way to write these.
UNHOLDABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@pytest.fixture(scope="module")
def schema():
    """The schema of PMML 4.4 that JPMML carries: that of the Data Mining Group, with extensions whose names start with x-."""
    [jar] = (pathlib.Path(jpmml_evaluator.__file__).parent / "dependencies").glob("pmml-model-[0-9]*.jar")
    return etree.XMLSchema(etree.parse(io.BytesIO(zipfile.ZipFile(jar).read("pmml.xsd"))))


@pytest.fixture(scope="module")
def jpmml():
    """Leads through JPMML, all at once."""
    backend = jpmml_evaluator.make_backend("py4j")

    def load(document):
        evaluator = jpmml_evaluator.make_evaluator(document, backend=backend)

        def score(leads):
            frame = pandas.DataFrame({column: pandas.Series(values, dtype=object) for column, values in leads.items()})
            found, errors = evaluator.evaluateAll(frame, nan_as_missing=False, error_col=None)
            assert errors is None, errors.dropna()
            # pandas makes NaN of what is not there.
            return found.astype(object).where(found.notna(), None).to_dict("records")

        score.verify = evaluator.verify
        return score

    yield load
    # A Java started this way outlives the tests otherwise.
    backend.destroyGateway()


@pytest.fixture(scope="module")
def pmml4s():
    """Leads through PMML4S, one by one. In a Java of its own: one inside the interpreter crashes at its end once another library, such
    as the WebAssembly that runs ZetaSQL, has taken over the signals that Java lives by."""
    PMMLContext.getOrCreate(gateway="py4j")

    def load(document):
        model = Model.fromString(document.decode())

        def score(leads):
            rows = [dict(zip(leads, row, strict=True)) for row in zip(*leads.values(), strict=True)]
            answers = [model.predict(row) for row in rows]
            return [{str(key): answer[key] for key in answer} for answer in answers]

        return score

    return load


@pytest.fixture(scope="module")
def holdable(bantam, cases, tmp_path_factory):
    """The cases; where a card names a text that XML cannot hold, after its refusal, the card without the character. And one more."""
    folder = tmp_path_factory.mktemp("holdable")
    held = []
    for case in cases:
        rules = [rule for reader in card_scorer.readers(case.card) for rule in reader["levels"]]
        listed = [t for l in rules if "one_of" in l["when"] for t in l["when"]["one_of"]]
        if not any(map(UNHOLDABLE.search, listed)):
            held.append(case)
            continue
        refused = subprocess.run([bantam.path, "export", case.path, "--to", "pmml"], capture_output=True, text=True)
        assert (refused.returncode, refused.stdout) == (3, "")
        assert "which XML has no way to write" in refused.stderr
        card = copy.deepcopy(case.card)
        for reader in card_scorer.readers(card):
            for level in reader["levels"]:
                if "one_of" in level["when"]:
                    level["when"]["one_of"] = [UNHOLDABLE.sub("?", text) for text in level["when"]["one_of"]]
        card["golden"] = cards.golden_rows(card)
        held.append(make_case(bantam, folder, case.name, card, seed=card["provenance"]["seed"]))
    return [*held, make_case(bantam, folder, "plainest", cards.plainest_card(5), seed=5)]


@pytest.fixture(scope="module")
def export(bantam, tmp_path_factory):
    def export(path, *more):
        out = tmp_path_factory.mktemp("pmml") / "card.pmml"
        bantam("export", path, "--to", "pmml", "-o", out, "--quiet", *more)
        return out.read_bytes()

    return export


def leads_of(case):
    return {column: case.leads[column].to_list() for column in case.columns}


def alone(document, position):
    """The document with one characteristic, nothing to start with and nothing to report but the score."""
    tree = etree.fromstring(document)
    characteristics = tree.findall(".//p:Characteristic", NAMESPACE)
    for at, characteristic in enumerate(characteristics):
        if at != position:
            characteristic.getparent().remove(characteristic)
    tree.find("p:Scorecard", NAMESPACE).set("initialScore", "0")
    [verification] = tree.findall(".//p:ModelVerification", NAMESPACE)
    verification.getparent().remove(verification)
    for field in tree.findall(".//p:OutputField", NAMESPACE)[1:]:
        field.getparent().remove(field)
    return etree.tostring(tree, encoding="UTF-8", xml_declaration=True)


def test_every_document_is_valid(holdable, export, schema):
    for case in holdable:
        schema.assertValid(etree.fromstring(export(case.path)))


@pytest.mark.parametrize("evaluator", ["jpmml", "pmml4s"])
def test_every_lead_gets_the_points_of_the_engine(holdable, export, evaluator, request):
    load = request.getfixturevalue(evaluator)
    for case in holdable:
        document, leads = export(case.path), leads_of(case)
        for found, expected in zip(load(document)(leads), case.scored, strict=True):
            assert {key: found[key] for key in ["score", "probability", "band"]} == {k: expected[k] for k in expected if k != "reasons"}
            # Where there are fewer than three, JPMML leaves the rest empty and PMML4S repeats the last.
            rest = expected["reasons"][-1:] if evaluator == "pmml4s" else []
            padded = expected["reasons"] + (rest or [None]) * 3
            assert [found[key] for key in REASONS] == padded[:3], case.name
        for position, criterion in enumerate(case.card["criteria"]):
            if "grid" in criterion:
                continue
            column = criterion["inputs"][0]["column"]
            values = {repr(value): value for value in leads[column]}
            found = load(alone(document, position))({column: list(values.values())})
            points = {key: lead["score"] for key, lead in zip(values, found, strict=True)}
            found = [points[repr(value)] for value in leads[column]]
            assert found == [points[position] for points in case.points], (case.name, criterion["name"])


@pytest.mark.parametrize("evaluator", ["jpmml", "pmml4s"])
def test_what_is_left_out_is_missing(holdable, export, evaluator, request):
    load = request.getfixturevalue(evaluator)
    for case in holdable:
        missing = [card_scorer.level_of(criterion, None)["points"] for criterion in case.card["criteria"]]
        nothing = {"no column of the card": [1.0]}
        [found] = load(export(case.path))(nothing)
        assert found["score"] == case.card["base_points"] + sum(missing)


def test_the_golden_rows_prove_the_document_and_a_changed_point_disproves_it(holdable, export, jpmml):
    for case in holdable:
        document = export(case.path)
        jpmml(document).verify()
        tree = etree.fromstring(document)
        rows = tree.findall(".//p:InlineTable/p:row", NAMESPACE)
        held = [row for row in case.card["golden"] if not any(isinstance(v, str) and UNHOLDABLE.search(v) for v in row["inputs"].values())]
        assert len(rows) == len(held) > 0.8 * len(case.card["golden"]), case.name
        attribute = tree.find(".//p:Attribute", NAMESPACE)
        attribute.set("partialScore", str(int(attribute.get("partialScore")) + 1))
        with pytest.raises(jpmml_evaluator.JavaError):
            jpmml(etree.tostring(tree)).verify()


def test_no_column_shares_its_name(holdable, export, jpmml):
    case = next(case for case in holdable if case.name == "sample")
    column = case.columns[0]
    leads = leads_of(case)
    leads["score"] = leads.pop(column)
    found = jpmml(export(case.path, "--column", f"{column}=score"))(leads)
    assert [lead["score_2"] for lead in found] == [lead["score"] for lead in case.scored]


def test_numbers_are_not_cut_to_fewer_bits(holdable):
    """The leads above have what a careless reader cuts: whole numbers beyond 32 bits and doubles one step from an edge."""
    numbers = [v for case in holdable for values in leads_of(case).values() for v in values if isinstance(v, (int, float))]
    assert any(isinstance(v, int) and abs(v) > 2**53 for v in numbers)
    assert any(isinstance(v, float) and math.isnan(v) for v in numbers)
    assert any(isinstance(v, float) and abs(v) == 5e-324 for v in numbers)
