"""What systems with formula fields are judged on: cards and leads within what their fields can hold.

    from formula_cases import Holds, formula_cases

A field of a CRM does not hold every value that a file does. `Holds` is that rule, as the notes of an export word it; leads here have
values that keep it, and every case counts the values that were left out. The points come from card_scorer.py and are compared
with those of the engine, like all cases.
"""

import csv
import dataclasses
import decimal
import math
import random
import re
import subprocess
import typing
import unicodedata

import polars as pl

import card_scorer
import cards
import cases
import hostile

SEEDS = range(11, 15)
MAX_LEADS = 200


@dataclasses.dataclass
class Holds:
    """What a field holds exactly."""

    places: int = 400
    bound: float = math.inf  # every number lies strictly within
    max_text: int = 65_536
    empty_booleans: bool = True
    speaks: typing.Callable = lambda text: True  # whether a formula can say a text

    def __call__(self, kind, value):
        if value is None:
            return kind != "boolean" or self.empty_booleans
        if kind == "text":
            is_plain = not any(unicodedata.category(c) == "Cc" for c in value)
            is_tidy = value.strip(card_scorer.WHITE_SPACE) == value
            return is_plain and is_tidy and len(value) <= self.max_text and self.speaks(value)
        if kind == "boolean":
            return True
        if not math.isfinite(value):
            return False
        number = decimal.Decimal(repr(value)).normalize()
        _, digits, exponent = number.as_tuple()
        return abs(value) < self.bound and -exponent <= self.places and len(digits) <= 15


@dataclasses.dataclass
class FormulaCase:
    name: str
    card: dict
    path: typing.Any
    leads: list  # dictionaries by column of the card
    points: list
    scored: list
    n_left_out: int  # values that no field holds

    @property
    def columns(self):
        return list(self.kinds)

    @property
    def kinds(self):
        return card_scorer.kinds(self.card)


def tame(card, seed, holds):
    """A random card with edges a person could have typed and texts that a formula can say; its score stays narrow."""
    rng = random.Random(seed)
    for criterion in card["criteria"]:
        if "grid" in criterion:
            tame_sides(criterion, holds)
        levels = [rule for rule in tamed(criterion["levels"], holds) if rule]
        criterion["levels"] = [{**level, "points": rng.randint(-3, 9)} for level in levels]
    if "known_at_least" in card:
        cards.limit(card)
    card["curve"] = cards.random_curve(rng, card)
    middle = card["curve"][len(card["curve"]) // 2]["score"]
    for band, start in zip(card["bands"], [middle, middle - 3], strict=False):
        band["from"] = start
    card["golden"] = cards.golden_rows(card)
    return card


def tamed(rules, holds):
    """Levels of a criterion, or parts of a pair's side; `None` in place of one that is left out."""
    last = -math.inf
    for rule in rules:
        when = rule["when"]
        if "below" in when:
            edge = round(max(-1e6, min(1e6, float(f"{when['below']:.5g}"))), 4)
            last, is_new = max(last, edge), edge > last
            rule = {**rule, "when": {"below": edge}} if is_new else None
        elif "one_of" in when:
            texts = [text for text in when["one_of"] if holds("text", text)]
            rule = {**rule, "when": {"one_of": texts}} if texts else None
        yield rule


def tame_sides(pair, holds):
    """The sides of a pair, tamed, and its cells where the parts are now."""
    places = []
    for side in pair["grid"].values():
        parts = list(tamed(side["parts"], holds))
        kept = [at for at, part in enumerate(parts) if part]
        places.append({at: place for place, at in enumerate(kept)})
        side["parts"] = [part for part in parts if part]
    rows, columns = places
    for level in pair["levels"]:
        if "cells" in level["when"]:
            cells = [[rows[r], columns[c]] for r, c in level["when"]["cells"] if r in rows and c in columns]
            level["when"] = {"cells": cells}
    pair["levels"] = [level for level in pair["levels"] if level["when"] in ("missing", "else") or level["when"]["cells"]]


def near(edge):
    """The edge and its neighbours in the last of 15 digits."""
    exact = decimal.Decimal(repr(edge))
    step = decimal.Decimal(1).scaleb(exact.adjusted() - 14) if exact else decimal.Decimal("1e-9")
    coarse = decimal.Decimal("1e-9")
    return [float(exact + d) for d in (-coarse, -step, 0, step, coarse)]


def leads_of(card, seed, holds):
    """Values that the fields hold, every one at least once, in random company; and how many were left out."""
    rng = random.Random(seed)
    values, n_left_out = {}, 0
    for criterion in card_scorer.readers(card):
        column, kind = criterion["inputs"][0]["column"], criterion["inputs"][0]["kind"]
        tried = hostile.values(criterion)
        if kind == "number":
            tried += [x for edge in cases.edges_of(criterion) for x in near(edge)]
            tried += [round(rng.uniform(-5, 60), 3) for _ in range(20)]
        held = [value for value in tried if holds(kind, value)]
        n_left_out += len(tried) - len(held)
        values.setdefault(column, []).extend(held)
    n_leads = min(MAX_LEADS, 2 * max(map(len, values.values())))
    columns = {
        column: [v for _ in range(1 + n_leads // len(held)) for v in rng.sample(held, len(held))][:n_leads]
        for column, held in values.items()
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)], n_left_out


def make(bantam, folder, name, card, seed, holds):
    path = cards.write(card, folder / f"{name}.json")
    leads, n_left_out = leads_of(card, seed, holds)
    kinds = card_scorer.kinds(card)
    frame = pl.DataFrame({c: pl.Series([lead[c] for lead in leads], dtype=cases.TYPES[kinds[c]]) for c in kinds})
    frame = frame.with_row_index(cases.ID).with_columns(pl.col(cases.ID).cast(pl.Int64))
    points, scored = cases.expected(card, frame)
    cases.assert_engine_agrees(bantam, folder, path, card, frame, points, scored)
    return FormulaCase(name, card, path, leads, points, scored, n_left_out)


def formula_cases(bantam, folder, sample, holds, has_pairs=True):
    """The sample's card and random ones."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [make(bantam, folder, "sample", sample, 0, holds)]
    for seed in SEEDS:
        card = tame(cards.random_card(seed, has_pairs), seed, holds)
        made.append(make(bantam, folder, f"random-{seed}", card, seed, holds))
    assert all(case.n_left_out for case in made[1:]), "hostile values are many, and no CRM holds them all"
    return made


@dataclasses.dataclass
class Exported:
    """The folder of an export, read as whoever installs it reads it."""

    formulas: dict  # by field, in the order to create them
    fields: dict  # column of the card to field
    results: list  # field of each criterion, then score, probability, band
    golden: list
    guide: str


def read(folder, case, n_people, formula_of=lambda text: text):
    golden = list(csv.reader((folder / "golden.csv").open(newline="")))
    heads = golden[0][n_people:]
    results = [head.removeprefix("expected ") for head in heads if head.startswith("expected ")]
    fields = dict(zip(case.columns, heads[: len(case.columns)], strict=True))
    files = sorted(path for path in folder.iterdir() if re.match(r"\d+-", path.name))
    formulas = {path.name.split("-", 1)[1].rsplit(".", 1)[0]: formula_of(path.read_text()) for path in files}
    return Exported(formulas, fields, results, golden, (folder / "INSTALL.md").read_text())


def evaluator(exported, read):
    """Values of every formula field of a lead.

    - read: makes a function of the fields of a formula.
    """
    formulas = {name: read(text) for name, text in exported.formulas.items()}

    def evaluate(lead):
        values = {f: decimal.Decimal(repr(v)) if isinstance(v, float) else v for f, v in lead.items()}
        for name, value in formulas.items():
            values[name] = value(values)
        return values

    return evaluate


def assert_exported_or_refused(bantam, path, target, folder):
    """A card nobody would make is exported, or refused with a hint."""
    done = subprocess.run([bantam.path, "export", path, "--to", target, "-o", folder], capture_output=True, text=True)
    assert done.returncode == 0 or "cannot hold this card" in done.stderr and "hint: " in done.stderr, done.stderr


def assert_leads(case, exported, evaluate):
    """Every lead has its points, score, probability and band.

    - evaluate: takes a lead by field, gives the value of every formula field by name.
    """
    *criteria, score, probability, band = exported.results
    for lead, points, worth in zip(case.leads, case.points, case.scored, strict=True):
        got = evaluate({exported.fields[column]: value for column, value in lead.items()})
        assert [got[name] for name in criteria] == points, (case.name, lead)
        assert [got[score], got[band]] == [worth["score"], worth["band"]], (case.name, lead)
        assert float(got[probability]) == worth["probability"], (case.name, lead)


def golden_leads(case, exported, n_people):
    """The made-up leads of the file to import, as its cells say them."""
    read = {"number": float, "text": str, "boolean": lambda text: text == "true"}
    leads = []
    for row in exported.golden[1:]:
        cells = zip(case.columns, row[n_people : n_people + len(case.columns)], strict=True)
        leads.append({exported.fields[c]: read[case.kinds[c]](text) if text else None for c, text in cells})
    return leads


def assert_golden(case, exported, evaluate, n_people):
    """The file to import says what the formulas give."""
    assert len(exported.golden) > 3, case.name
    for row, lead in zip(exported.golden[1:], golden_leads(case, exported, n_people), strict=True):
        *points, probability, band = row[n_people + len(case.columns) :]
        got = evaluate(lead)
        *found, found_probability, found_band = [got[name] for name in exported.results]
        assert found == [int(text) for text in points], (case.name, lead)
        assert float(found_probability) == float(probability)
        assert band in (found_band, "'" + found_band)
