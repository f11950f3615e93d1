"""definition.html in a real browser: the sum and the stop rule as the card has them, no script, two pages on paper."""

import json
import re

import pytest

from browser import opened

TICK = "document.querySelector(`#call-form input[name='${arguments[0]}'][value='${arguments[1]}']`).click()"


@pytest.fixture(scope="module")
def definition(run):
    return run.folder / "definition.html"


@pytest.fixture(scope="module")
def card(run):
    return json.loads((run.folder / "card.json").read_text())


def is_asked(criterion):
    if "grid" in criterion:
        return False
    return criterion.get("asked", "question" in criterion or "events" not in (criterion["inputs"][0].get("derivation") or {}))


def is_asked_for_a_side(card, pair):
    """Whether a side of a pair is asked, so that the form has the pair among its questions."""
    sides = [next((c for c in card["criteria"] if c["inputs"] == [source]), {"inputs": [source]}) for source in pair["inputs"]]
    return any(map(is_asked, sides))


def test_it_asks_for_nothing_and_readers_find_no_fault(definition):
    for width, dark in ((1280, False), (375, True)):
        with opened(definition, width=width, dark=dark) as page:
            assert page.console() == []
            assert page.requests() == [definition.as_uri()]
            assert [one["id"] for one in page.judged_by_axe()["violations"]] == []
            assert page.script("return document.documentElement.scrollWidth <= innerWidth")


def test_ticks_add_up_and_the_form_says_when_to_stop(definition, card, metrics):
    threshold = metrics["forecast"]["recommended"]["scenario"]["thresholds"][0]
    # Of leads on the line itself only as many are handed over as there is room for.
    line = threshold["score"] + (threshold["share_of_tied"] < 1)
    points = [[level["points"] for level in one["levels"]] for one in card["criteria"]]
    with opened(definition) as page:
        choices = page.script(
            "return [...document.querySelectorAll('[data-most]')].map((one) => [one.getAttribute('aria-labelledby'), "
            "[...one.querySelectorAll('input')].map((input) => Number(input.value))])"
        )
        assert len(choices) == len(points)
        assert "Go on" in page.one("#verdict").text
        total = 0
        for name, values in choices:
            page.script(TICK, name, max(values))
            total += max(values)
            assert page.one("#points").text == str(total)
            assert ("Stop: hand over" in page.one("#verdict").text) == (line <= total < sum(map(max, points)))
        assert total == sum(map(max, points)) and page.one("#verdict").text == "Hand over."
        page.one("#again").click()
        assert page.one("#points").text == "0"
        for name, values in choices[: len(choices) - 1]:
            page.script(TICK, name, min(values))
        assert "Stop: at best" in page.one("#verdict").text
        assert page.console() == []


def test_questions_are_asked_and_the_rest_is_known(definition, card):
    with opened(definition, scripts=False) as page:
        asked = [one for one in card["criteria"] if is_asked(one)]
        assert len(page.all("#call-form [id^=question-]")) == len(asked)
        together = [one for one in card["criteria"] if "grid" in one and is_asked_for_a_side(card, one)]
        assert len(page.all("#call-form [id^=together-]")) == len(together)
        assert len(page.all("#call-form [id^=known-]")) == len(card["criteria"]) - len(asked) - len(together)
        assert not page.one("#so-far").is_displayed()
        for one in asked:
            assert one.get("question", one["name"]) in page.one("#call-form").text


def test_the_sample_prints_on_two_pages(definition):
    with opened(definition) as page:
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf())) == 2
