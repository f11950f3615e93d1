"""`bantam score` against a card read literally from its JSON (card_scorer.py), for real, made-up and hostile leads."""

import json
import math

import polars as pl
import pytest

import card_scorer
import hostile
from history import ROW, derived_leads, labelled_leads
from places import CONFIG


@pytest.fixture(scope="module")
def score(bantam, run, tmp_path_factory):
    """Scores a table with the card of the run; the rows of the result as dictionaries."""

    def score(leads, *more):
        folder = tmp_path_factory.mktemp("score")
        leads.write_parquet(folder / "leads.parquet")
        bantam("score", run.folder / "card.json", folder / "leads.parquet", "-o", folder / "scored.parquet", *more)
        return pl.read_parquet(folder / "scored.parquet")

    return score


def test_every_lead_of_the_sample_gets_the_points_of_the_card_as_written(card, score, config):
    leads = derived_leads(config)
    scored = score(leads)
    assert scored[config["leads"]["id"]].to_list() == leads[config["leads"]["id"]].to_list()
    assert_as_written(card, leads, scored)


def test_events_are_counted_up_to_the_hand_off(bantam, card, run, config, tmp_path):
    """The lead table as it is and the events of the config, against events counted here."""
    leads = CONFIG.parent / config["leads"]["path"]
    bantam("score", run.folder / "card.json", leads, "-o", tmp_path / "scored.parquet", "--config", CONFIG)
    assert_as_written(card, derived_leads(config), pl.read_parquet(tmp_path / "scored.parquet"))


def test_levels_of_the_card_count_the_leads_of_the_sample(card, config):
    """Labels, features up to the hand-off and levels, all computed here: every count beside a level has to come out."""
    leads = derived_leads(config).join(labelled_leads(config), on=ROW, maintain_order="left")
    assert (len(leads), leads["converted"].sum()) == (card["provenance"]["n_leads"], card["provenance"]["n_converted"])
    for criterion in card["criteria"]:
        columns = [source["column"] for source in criterion["inputs"]]
        counts = {id(level): [0, 0] for level in criterion["levels"]}
        for *values, converted in leads.select(*columns, "converted").iter_rows():
            count = counts[id(card_scorer.level_of_lead(criterion, dict(zip(columns, values))))]
            count[0] += 1
            count[1] += converted
        listed = [[level["n_leads"], level["n_converted"]] for level in criterion["levels"]]
        assert listed == list(counts.values()), criterion["name"]


def test_golden_rows_hold_when_the_card_is_read_literally(card):
    assert card["golden"]
    for row in card["golden"]:
        levels = card_scorer.levels_of(card, row["inputs"])
        assert [level["points"] for level in levels] == row["points"]
        assert card["base_points"] + sum(row["points"]) == row["score"]


def test_hostile_leads_get_the_points_of_the_card_as_written(card, score):
    """Values one step either side of every edge, infinities, NaN, unseen texts, texts typed in other ways."""
    listed = {}
    for reader in card_scorer.readers(card):
        listed.setdefault(reader["inputs"][0]["column"], []).extend(hostile.values(reader))
    n_leads = 3 * max(map(len, listed.values()))
    # Lists of different length, so that values of different columns meet in many combinations.
    columns = {
        column: pl.Series([listed[column][lead % len(listed[column])] for lead in range(n_leads)], dtype=TYPES[kind])
        for column, kind in card_scorer.kinds(card).items()
    }
    leads = pl.DataFrame(columns).with_columns(id_column(card, n_leads))
    assert_as_written(card, leads, score(leads))


def test_a_single_lead_on_stdin_gets_the_points_it_gets_in_a_table(bantam, card, run, config):
    columns = list(card_scorer.kinds(card))
    for lead in derived_leads(config).select(columns).head(20).iter_rows(named=True):
        lead = {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in lead.items()}
        answer = json.loads(bantam("score", run.folder / "card.json", "-", stdin=json.dumps(lead)))
        expected = card_scorer.worth(card, card_scorer.levels_of(card, lead))
        assert {key: answer[key] for key in expected} == expected


def test_points_per_criterion_add_up_to_the_score(card, score, config):
    scored = score(derived_leads(config), "--explain")
    points = sum((scored[f"points_{criterion['name']}"] for criterion in card["criteria"]), start=card["base_points"])
    assert (points == scored["score"]).all()


TYPES = {"number": pl.Float64, "text": pl.String, "boolean": pl.Boolean}


def assert_as_written(card, leads, scored):
    for lead, found in zip(leads.iter_rows(named=True), scored.iter_rows(named=True), strict=True):
        expected = card_scorer.worth(card, card_scorer.levels_of(card, lead))
        assert {key: found[key] for key in expected} == expected, lead


def id_column(card, n_leads):
    return pl.int_range(n_leads, dtype=pl.Int64, eager=True).alias(card.get("id_column") or "row")
