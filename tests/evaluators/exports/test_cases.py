"""The cases themselves: what the exports are judged on is what it says it is."""

import card_scorer
from cases import cases  # noqa: F401


def test_every_level_of_every_card_is_reached(cases):
    for case in cases:
        for at, criterion in enumerate(case.card["criteria"]):
            reached = {lead[at] for lead in case.points}
            levels = {id(card_scorer.level_of_lead(criterion, lead)) for lead in case.rows()}
            assert len(levels) >= min(3, len(criterion["levels"]) - 1), (case.name, criterion["name"], reached)


def test_the_leads_are_many_and_some_are_untidy(cases):
    for case in cases:
        assert len(case.leads) >= 100
        assert case.untidy()
        assert len(case.part(set(range(len(case.leads))) - case.untidy()).leads) >= 20
