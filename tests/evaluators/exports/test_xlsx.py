"""`bantam export --to xlsx`: leads pasted into the workbook, calculated by LibreOffice and Formulon."""

import json
import math
import os
import re
import subprocess

import openpyxl
import pytest
from openpyxl.formula import Tokenizer
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter

import card_scorer
import cards
from cases import cases  # noqa: F401
from office import ByFormulon, Formula, by_libreoffice, edited, harmless, open_workbook, unescaped

EVALUATORS = pytest.mark.parametrize("calculated", [by_libreoffice, ByFormulon])
SHEETS = ["Leads", "Calculator", "Check", "Levels", "Curve"]
KINDS = ["number", "text", "boolean"]


class Book:
    """An exported workbook, and where things stand on its sheets."""

    def __init__(self, path, card):
        self.path, self.card = path, card
        self.inputs = list(card_scorer.kinds(card).items())
        sheet = open_workbook(path, values=False)["Leads"]
        self.head = next(row for row in range(1, 20) if sheet.cell(row, 1).value == "lead")
        titles = {cell.value: cell.column for cell in sheet[self.head - 1] if cell.value}
        n_criteria = len(card["criteria"])
        self.answers = range(titles["Answers"], titles["Answers"] + len(self.inputs))
        self.reasons = range(titles["Why not more points"], titles["Why not more points"] + card_scorer.MAX_REASONS)
        self.points = range(titles["Points"], titles["Points"] + n_criteria)
        n_sides = sum(len(card_scorer.axes(criterion)) for criterion in card["criteria"])
        self.last_column = titles.get("Codes of two answers", titles["Lines on Levels"]) + (n_sides or n_criteria) - 1
        self.columns = self.head + 1
        self.first = self.head + 2
        self.n_rows = sheet.max_row - self.first + 1

    def after(self, cells, folder, calculated, sheet="Leads"):
        """What an evaluator makes of it with other contents in cells: `{(row, column): 3.5}`."""
        folder.mkdir()
        named = {f"{get_column_letter(column)}{row}": value for (row, column), value in cells.items()}
        return calculated(edited(self.path, {sheet: named}, folder / self.path.name))

    def scored(self, found, idx):
        """The lead in the row `idx`, as the harness has it."""
        sheet, row = found["Leads"], self.first + idx
        score, probability, _, _, band = (sheet.cell(row, column).value for column in range(2, 7))
        reasons = [plain(sheet.cell(row, column).value) for column in self.reasons]
        return {"score": score, "probability": probability, "band": band, "reasons": [r for r in reasons if r]}

    def points_of(self, found, idx):
        return [found["Leads"].cell(self.first + idx, column).value for column in self.points]

    def spellings(self):
        """Every text that the sheet `Levels` lists, by criterion, and behind them by side of a pair."""
        sheet = open_workbook(self.path, values=False)["Levels"]
        head = next(row for row in range(1, 20) if sheet.cell(row, 1).value == "criterion")
        listed, row = [], head + 1
        while sheet.cell(row, 4).value is not None:
            if sheet.cell(row, 1).value is not None:
                listed.append(set())
            listed[-1].add(unescaped(sheet.cell(row, 3).value))
            row += 1
        return listed


@pytest.fixture(scope="module")
def book(bantam, tmp_path_factory):
    """Exports a card, once."""
    made = {}

    def book(case):
        if case.name not in made:
            path = tmp_path_factory.mktemp("xlsx") / "card.xlsx"
            bantam("export", case.path, "--to", "xlsx", "-o", path, "--quiet")
            made[case.name] = Book(path, case.card)
        return made[case.name]

    return book


@EVALUATORS
def test_every_lead_gets_the_points_of_the_engine(cases, book, tmp_path, calculated):
    left_out = {}
    # Formulon takes a minute or two for a workbook of a thousand rows: the sample's and one other.
    is_slow = calculated is ByFormulon
    for case in cases[:2] if is_slow else cases:
        exported = book(case)
        listed = exported.spellings()
        why = [why_not_in_cells(exported, listed, lead) for lead in case.rows()]
        for reason in filter(None, why):
            left_out[reason] = left_out.get(reason, 0) + 1
        kept = case.part({idx for idx, reason in enumerate(why) if reason is None})
        assert len(kept.leads) >= 50, case.name
        assert len(kept.leads) < exported.n_rows, case.name

        cells = {}
        for idx, lead in enumerate(kept.rows()):
            cells[exported.first + idx, 1] = f"lead {idx}"
            for at, (column, _) in zip(exported.answers, exported.inputs, strict=True):
                cells[exported.first + idx, at] = typed(lead[column])
        found = exported.after(cells, tmp_path / case.name, calculated)
        differing = {}
        for idx, (points, scored) in enumerate(zip(kept.points, kept.scored, strict=True)):
            wanted = {**scored, "reasons": [plain(harmless(reason)) for reason in scored["reasons"]]}
            made = exported.scored(found, idx)
            if exported.points_of(found, idx) != points or made != wanted:
                differing[idx] = (kept.rows()[idx], exported.points_of(found, idx), points, made, wanted)
        assert not differing, (case.name, len(differing), next(iter(differing.values())))
        assert found["Leads"].cell(exported.first + len(kept.leads), 2).value in (None, ""), "an empty row has no score"
        assert_golden_rows_are_right(found, case)
        assert_every_result_is_that_of_the_file(exported, found)
    # The rules are those that the notes of the export name; each is needed, and none takes most of the leads.
    needed, rules = set(left_out) - {"a spelling"}, {"not finite", "subnormal", "beyond 2^53", "a tab and a line break"}
    assert needed <= rules if is_slow else needed == rules, left_out
    assert sum(left_out.values()) < sum(len(case.leads) for case in cases) / 2, left_out


def test_notes_say_which_leads_a_workbook_cannot_hold(cases, bantam, tmp_path):
    case = next(case for case in cases if case.name == "sample")
    path = tmp_path / "card.xlsx"
    done = subprocess.run(
        [os.environ["BANTAM"], "export", case.path, "--to", "xlsx", "-o", path], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    for said in ["no NaN and no infinity", "2^53", "2.2e-308", "1,000 rows", "a tab in a cell that also has a line break"]:
        assert said in done.stderr, said


def test_the_file_shows_right_results_before_anything_calculates(cases, book):
    for case in cases:
        exported = book(case)
        cached = open_workbook(exported.path, values=True)
        assert cached.sheetnames == SHEETS
        assert_golden_rows_are_right(cached, case)


def test_a_changed_point_disproves_the_workbook(cases, book, tmp_path):
    case = next(case for case in cases if case.name == "sample")
    exported = book(case)
    levels = open_workbook(exported.path, values=True)["Levels"]
    head = next(row for row in range(1, 20) if levels.cell(row, 1).value == "criterion")
    points = levels.cell(head + 2, 4).value
    found = exported.after({(head + 2, 4): points + 1}, tmp_path / "changed", by_libreoffice, sheet="Levels")
    said = verdict(found)
    assert re.fullmatch(r"\d+ of \d+ made-up leads get other points than the card gives them: do not .*", said), said
    assert found["Leads"].cell(4, 1).value == f"Checked: {said}"
    n_differ = int(said.split()[0])
    verdicts = [found["Check"].cell(row, 2).value for row in range(1, 400)]
    assert 0 < n_differ == verdicts.count("differs") < len(case.card["golden"])


@EVALUATORS
def test_what_was_typed_wrongly_is_named_and_never_scored(cases, book, tmp_path, calculated):
    names = {}
    for case in cases:
        exported = book(case)
        for kind in KINDS:
            wrong = [at for at, (_, k) in zip(exported.answers, exported.inputs, strict=True) if k == kind]
            if wrong and kind not in names:
                names[kind] = (case, exported, wrong[0])
    assert set(names) == set(KINDS)
    truth = "a number: type it as text" if calculated is by_libreoffice else "TRUE or FALSE: type it as text"
    typed_wrongly = {
        "number": [("3", "not a number"), ("much", "not a number"), ("NaN", "not a number"), (True, None)],
        "text": [(2024, "a number: type it as text"), (True, truth), (" " * 700 + "x", "too much white space")],
        "boolean": [("maybe", "write true or false"), (2, "write true or false")],
    }
    for kind, (case, exported, column) in names.items():
        listed = [*typed_wrongly[kind], (Formula("1/0"), "the answer is an error")]
        cells = {(exported.first + idx, column): value for idx, (value, _) in enumerate(listed)}
        found = exported.after(cells, tmp_path / kind, calculated)
        reading = exported.inputs[column - exported.answers[0]][0]
        name = next(
            c.get("label", c["name"]) for c in case.card["criteria"] if reading in [source["column"] for source in c["inputs"]]
        )
        for idx, (value, words) in enumerate(listed):
            scored = exported.scored(found, idx)
            if words is None:
                # LibreOffice has no truth values in cells that are not formatted so, only 1 and 0.
                words = "not a number" if calculated is ByFormulon else None
            if words is not None:
                assert plain(scored["score"]) == plain(f"{harmless(name)}: {words}"), (kind, value)
                assert not (scored["probability"] or scored["band"] or scored["reasons"]), (kind, value)


def test_a_column_with_another_name_is_named_and_never_scored(cases, book, tmp_path):
    case = next(case for case in cases if case.name == "sample")
    exported = book(case)
    lead = case.card["golden"][3]["inputs"]
    cells = {}
    for at, (column, _) in zip(exported.answers, exported.inputs, strict=True):
        cells[exported.columns, at] = column
        cells[exported.first, at] = typed(lead[column])
    right = exported.after(cells, tmp_path / "right", by_libreoffice)
    assert exported.scored(right, 0)["score"] == case.card["golden"][3]["score"]
    # Two columns in the other order, which no type betrays.
    second, third = exported.answers[1], exported.answers[2]
    cells[exported.columns, second], cells[exported.columns, third] = exported.inputs[2][0], exported.inputs[1][0]
    swapped = exported.after(cells, tmp_path / "swapped", by_libreoffice)
    first_wrong = next(
        c.get("label", c["name"]) for c in case.card["criteria"] if c["inputs"][0]["column"] in (exported.inputs[1][0], exported.inputs[2][0])
    )
    assert exported.scored(swapped, 0)["score"] == f"{first_wrong}: the column has another name"


def test_the_last_row_can_be_filled_down(cases, book, tmp_path):
    case = next(case for case in cases if case.name == "sample")
    exported = book(case)
    workbook = openpyxl.load_workbook(exported.path)
    sheet = workbook["Leads"]
    last = exported.first + exported.n_rows - 1
    for column in range(1, exported.last_column + 1):
        source, copy = sheet.cell(last, column), sheet.cell(last + 40, column)
        copy._style = source._style
        if source.data_type == "f":
            copy.value = Translator(source.value, source.coordinate).translate_formula(copy.coordinate)
    # The lead with most answers, of those whose numbers a cell takes as they are.
    answers = [(row, row["inputs"].values()) for row in case.card["golden"]]
    plain_rows = [(row, row_of) for row, row_of in answers if not any(isinstance(typed(value), Formula) for value in row_of)]
    lead, _ = max(plain_rows, key=lambda one: sum(value is not None for value in one[1]))
    for at, (column, _) in zip(exported.answers, exported.inputs, strict=True):
        sheet.cell(last + 40, at).value = lead["inputs"][column]
    (tmp_path / "filled").mkdir()
    workbook.save(tmp_path / "filled" / "card.xlsx")
    found = by_libreoffice(tmp_path / "filled" / "card.xlsx")
    assert found["Leads"].cell(last + 40, 2).value == lead["score"]


def test_nothing_of_the_card_stands_in_a_formula(cases, book):
    ours = re.compile(
        r"[ “”]?|: |true|false|right|differs|all |Checked: | of | made-up leads get .*|check the answers|not a number|"
        r"(TRUE or FALSE|a number): type it as text|too much white space|write true or false|the answer is an error|"
        r"the column has another name|none is open|up to | points more|ask first| of \d+ points are known; below \d+: ask first"
    )
    for case in cases:
        exported = book(case)
        workbook = open_workbook(exported.path, values=False)
        assert set(workbook.defined_names) == {"places", "white_space"}
        n_formulas = 0
        for sheet in workbook:
            for row in sheet.iter_rows(max_row=exported.first + 1):
                for cell in row:
                    if cell.data_type != "f":
                        continue
                    n_formulas += 1
                    assert len(cell.value) <= 8_192, cell
                    for token in Tokenizer(cell.value).items:
                        if token.type == "OPERAND" and token.subtype == "TEXT":
                            assert ours.fullmatch(token.value[1:-1]), (cell, token.value)
                        if token.type == "OPERAND" and token.subtype == "NUMBER":
                            assert re.fullmatch(r"\d{1,4}", token.value), (cell, token.value)
        assert n_formulas > 50


def test_a_card_with_numbers_that_excel_cannot_hold_scores_those_it_can(cases, bantam, tmp_path):
    """Edges closer to 0 than any number of Excel: 0 lies below them, the next number does not."""
    card = dict(cases[0].card)
    edges = [-1e-310, 5e-324, 1e-309, 1.0]
    rules = ["missing", *({"below": edge} for edge in edges), "else"]
    levels = [
        {"when": when, "label": str(idx), "points": idx, "n_leads": 1, "n_converted": 0} for idx, when in enumerate(rules)
    ]
    card["criteria"] = [{"name": "x", "inputs": [{"column": "x", "kind": "number"}], "levels": levels}]
    card["base_points"] = 0
    card["overrides"] = []
    del card["known_at_least"]
    card["curve"] = [{"score": s, "probability_bp": s, "low_bp": 0, "high_bp": 9, "n_leads": 1} for s in range(len(rules))]
    card["golden"] = cards.golden_rows(card)
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card))
    bantam("export", path, "--to", "xlsx", "-o", tmp_path / "card.xlsx", "--quiet")
    exported = Book(tmp_path / "card.xlsx", card)
    numbers = [-1.0, -2.2250738585072014e-308, 0.0, 2.2250738585072014e-308, 0.5, 1.0, 1.7976931348623157e308]
    cells = {(exported.first + idx, exported.answers[0]): typed(number) for idx, number in enumerate(numbers)}
    for calculated in (by_libreoffice, ByFormulon):
        found = exported.after(cells, tmp_path / calculated.__name__, calculated)
        wanted = [card_scorer.score(card, {"x": number}) for number in numbers]
        assert [exported.scored(found, idx)["score"] for idx in range(len(numbers))] == wanted


# What is pasted.


def typed(value):
    """A value as a cell gets it. Numbers of more than 15 digits are calculated from whole ones, which no reader rounds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    value = float(value)
    if value == 0 or float(f"{value:.15g}") == value and 1e-300 < abs(value) < 1e300:
        return value
    mantissa, exponent = math.frexp(value)
    high, low = divmod(abs(int(mantissa * 2**53)), 2**27)
    return Formula(f"{'-' if value < 0 else ''}({high}*134217728+{low})*2^-52*2^{exponent - 1}")


def why_not_in_cells(exported, listed, lead):
    """Why the cells of a workbook cannot hold the lead, in the words of the rules; `None` where they can."""
    criteria = exported.card["criteria"]
    sides = [side for criterion in criteria for side in card_scorer.axes(criterion)]
    for criterion, texts in zip([*criteria, *sides], listed, strict=True):
        if "grid" in criterion:
            continue
        value = lead[criterion["inputs"][0]["column"]]
        match value:
            case int() if abs(value) > 2**53:
                return "beyond 2^53"
            case float() if not math.isfinite(value):
                return "not finite"
            case float() if value != 0 and abs(value) < 2.2250738585072014e-308:
                return "subnormal"
            case str() if "\t" in value and re.search(r"[\r\n]", value):
                return "a tab and a line break"
            case str():
                of_card = {text for level in criterion["levels"] if "one_of" in level["when"] for text in level["when"]["one_of"]}
                spelled = unescaped(value.strip(card_scorer.WHITE_SPACE))
                if card_scorer.tidy(value) in of_card and spelled not in texts:
                    return "a spelling"
    return None


# What has to come out.


def plain(text):
    """Evaluators write a text that looks like an escape of the file format with and without a mark of its own."""
    return unescaped(unescaped(text))


def verdict(found):
    return next(
        value for row in range(1, 10) if "made-up leads get" in str(value := found["Check"].cell(row, 1).value)
    )


def assert_golden_rows_are_right(found, case):
    said = verdict(found)
    n_right = int(re.fullmatch(r"all (\d+) made-up leads get the points of the card", said)[1])
    assert len(case.card["golden"]) * 0.4 < n_right <= len(case.card["golden"]), (case.name, n_right)
    assert [found["Check"].cell(row, 2).value for row in range(1, 800)].count("right") == n_right


def assert_every_result_is_that_of_the_file(exported, found):
    formulas, cached = (open_workbook(exported.path, values=values) for values in (False, True))
    differing = {}
    for name in ("Check", "Calculator", "Levels"):
        for row in formulas[name].iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    carried, made = (one[name].cell(cell.row, cell.column).value for one in (cached, found))
                    if (plain(carried) or None) != (plain(made) or None):
                        differing[f"{name}!{cell.coordinate}"] = (carried, made)
    assert not differing


