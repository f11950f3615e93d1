"""What every export is judged on: cards, leads, and the points each lead has to get.

    from cases import Case, cases

`cases` is a fixture: the sample's card and a few random ones, each with golden, random and adversarial leads. The expected
points come from card_scorer.py and have been compared with those of `bantam score --explain`, so that an export that equals
them equals the engine.
"""

import dataclasses
import pathlib
import random

import polars as pl
import pytest

import card_scorer
import cards
import hostile

N_RANDOM_CARDS = 4
MAX_LEADS = 600
TYPES = {"number": pl.Float64, "text": pl.String, "boolean": pl.Boolean}


@dataclasses.dataclass
class Case:
    """One card and its leads."""

    name: str
    card: dict
    path: pathlib.Path  # card.json
    leads: pl.DataFrame  # `lead_id` 0.. and the columns of the card; number columns are Float64 or Int64
    points: list  # per lead: points per criterion, in the order of the card
    scored: list  # per lead: {score, probability, band, reasons}

    @property
    def columns(self):
        return [name for name in self.leads.columns if name != ID]

    def rows(self):
        """Leads as dictionaries, without the id."""
        return self.leads.drop(ID).to_dicts()

    def untidy(self):
        """Positions of leads with a text that is not as a card has it: white space at an end, or not NFC."""
        texts = [column for column, dtype in self.leads.schema.items() if dtype == pl.String]
        rows = self.leads.to_dicts()
        return {i for i, row in enumerate(rows) if any(t is not None and card_scorer.tidy(t) != t for t in (row[c] for c in texts))}

    def part(self, keep):
        """The same case with the leads at these positions only."""
        keep = sorted(keep)
        return dataclasses.replace(
            self,
            leads=self.leads[keep],
            points=[self.points[i] for i in keep],
            scored=[self.scored[i] for i in keep],
        )


ID = "lead_id"


def make_case(bantam, folder, name, card, seed):
    path = cards.write(card, folder / f"{name}.json")
    leads = adversarial_leads(card, seed)
    points, scored = expected(card, leads)
    assert_engine_agrees(bantam, folder, path, card, leads, points, scored)
    return Case(name, card, path, leads, points, scored)


def adversarial_leads(card, seed):
    """Golden rows' inputs, then every adversarial value of every column at least once, in random company."""
    rng = random.Random(seed)
    kinds = card_scorer.kinds(card)
    listed, dtypes = {}, {}
    for position, (column, kind) in enumerate(kinds.items()):
        criteria = [c for c in card_scorer.readers(card) if c["inputs"][0]["column"] == column]
        # Every third column of numbers holds 64-bit whole ones.
        whole = kind == "number" and position % 3 == 2 and all(abs(e) < 2**53 for c in criteria for e in edges_of(c))
        dtypes[column] = pl.Int64 if whole else TYPES[kind]
        listed[column] = [v for c in criteria for v in hostile.values(c, whole=whole)]
        if kind == "number":
            listed[column] += [rng.randint(-5, 60) if whole else rng.uniform(-5, 60) for _ in range(20)]
    n_leads = min(MAX_LEADS, 2 * max(map(len, listed.values())))
    columns = {}
    for column, values in listed.items():
        shuffled = [v for _ in range(1 + n_leads // len(values)) for v in rng.sample(values, len(values))][:n_leads]
        columns[column] = shuffled
    if MAX_LEADS >= n_leads:
        for row in card["golden"]:
            for column in columns:
                value = row["inputs"][column]
                is_whole = dtypes[column] == pl.Int64
                fits = not is_whole or value is None or float(value).is_integer() and abs(value) < 2**53
                value = value if fits else None
                columns[column].append(int(value) if is_whole and value is not None else value)
    frame = {column: pl.Series(values, dtype=dtypes[column], strict=False) for column, values in columns.items()}
    return pl.DataFrame(frame).with_row_index(ID).with_columns(pl.col(ID).cast(pl.Int64))


def edges_of(criterion):
    return [level["when"]["below"] for level in criterion["levels"] if "below" in level["when"]]


def expected(card, leads):
    points, scored = [], []
    for lead in leads.iter_rows(named=True):
        levels = card_scorer.levels_of(card, lead)
        points.append([level["points"] for level in levels])
        worth = card_scorer.worth(card, levels)
        scored.append({**worth, "reasons": card_scorer.reasons(card, levels)})
    return points, scored


def assert_engine_agrees(bantam, folder, path, card, leads, points, scored):
    leads.write_parquet(folder / "leads.parquet")
    bantam("score", path, folder / "leads.parquet", "-o", folder / "scored.parquet", "--id", ID, "--explain", "--quiet")
    found = pl.read_parquet(folder / "scored.parquet")
    by_criterion = [found[f"points_{criterion['name']}"].to_list() for criterion in card["criteria"]]
    assert list(map(list, zip(*by_criterion, strict=True))) == points
    for key in ["score", "probability", "band"]:
        assert found[key].to_list() == [lead[key] for lead in scored], key
    asks = [lead["band"] == "ask first" for lead in scored]
    assert not all(asks) and any(asks) == ("known_at_least" in card), "some leads are asked first where the card says so"
    assert found["reasons"].to_list() == ["; ".join(lead["reasons"]) for lead in scored]


_made = {}


@pytest.fixture(scope="session")
def cases(bantam, run, tmp_path_factory):
    if not _made:
        folder = tmp_path_factory.mktemp("cases")
        sample = run.json("card.json")
        _made["sample"] = make_case(bantam, folder, "sample", sample, seed=0)
        for seed in range(1, 1 + N_RANDOM_CARDS):
            _made[f"random-{seed}"] = make_case(bantam, folder, f"random-{seed}", cards.random_card(seed), seed)
    return list(_made.values())
