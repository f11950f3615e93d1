"""Every picture of a run stands there twice: the Vega-Lite specification is drawn, and has the marks of its SVG twin."""

import collections
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest
import vl_convert

SVG = "{http://www.w3.org/2000/svg}"
EVERY = ["back_test", "bands_by_month", "card", "frontier", "maturity", "questions", "reliability", "scenarios", "scores"]
# Marks that explain the others, which Vega draws as a legend or not at all.
IN_A_LEGEND = {"back_test": 2}


def drawn(spec):
    """Marks of each kind in Vega's drawing: {"symbol": 30, "line": 1}."""
    marks = collections.Counter()
    for group in ElementTree.fromstring(vl_convert.vegalite_to_svg(spec)).iter(f"{SVG}g"):
        if kind := re.match(r"mark-(\w+) role-mark", group.get("class", "")):
            marks[kind[1]] += len(group)
    return marks


def elements(path, *prefixes):
    """Elements of the SVG file whose class begins with one of the prefixes."""
    classes = (element.get("class", "") for element in ElementTree.parse(path).iter())
    return sum(name.startswith(prefixes) for name in classes)


@pytest.fixture(scope="module")
def pictures(run):
    return {path.name.removesuffix(".vl.json"): path for path in sorted((run.folder / "charts").glob("*.vl.json"))}


def test_every_picture_has_both_files(run, pictures):
    assert list(pictures) == EVERY
    assert sorted(path.stem for path in (run.folder / "charts").glob("*.svg")) == EVERY


@pytest.mark.parametrize("name", EVERY)
def test_a_specification_is_drawn_without_the_network_and_says_what_its_twin_says(pictures, name):
    spec = json.loads(pictures[name].read_text())
    twin = ElementTree.parse(pictures[name].with_name(f"{name}.svg")).getroot()
    assert spec["title"]["text"] == twin.find(f"{SVG}title").text
    assert spec["description"] == twin.find(f"{SVG}desc").text
    assert "url" not in json.dumps(spec["datasets"]), "the data are inside"
    assert drawn(spec).total() > 0


@pytest.mark.parametrize("name", [name for name in EVERY if name not in ("card", "scores")])
def test_both_twins_have_a_mark_for_every_case(pictures, name):
    n_marks = elements(pictures[name].with_name(f"{name}.svg"), "c-mark", "c-few") - IN_A_LEGEND.get(name, 0)
    assert drawn(json.loads(pictures[name].read_text()))["symbol"] == n_marks > 0


def test_both_twins_have_a_bar_for_every_score(pictures):
    spec = json.loads(pictures["scores"].read_text())
    n_bars = elements(pictures["scores"].with_name("scores.svg"), "c-fill-", "c-bar")
    assert drawn(spec)["rect"] == n_bars > 20


def test_the_card_has_a_bar_for_every_level(pictures, card):
    levels = json.loads(pictures["card"].read_text())["datasets"]["levels"]
    # Levels that no lead of the history was at are the scorer's business.
    points = [level["points"] for criterion in card["criteria"] for level in criterion["levels"] if level["n_leads"]]
    assert sorted(level["points"] for level in levels) == sorted(points)
    assert drawn(json.loads(pictures["card"].read_text()))["rect"] == len(points)
    # The SVG leaves out answers that nobody gave and, on a long card, criteria that there is no room for.
    assert 0 < elements(pictures["card"].with_name("card.svg"), "c-bar") <= sum(value != 0 for value in points)
