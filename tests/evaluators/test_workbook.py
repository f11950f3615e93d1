"""`scorecard.xlsx` opened by openpyxl and calculated by LibreOffice and Formulon.

Points have to be those of card_scorer.py, figures those of the other files of the run.
"""

import json
import math
import re
import unicodedata
import zipfile

import polars as pl
import pytest
from openpyxl.formula import Tokenizer
from openpyxl.utils import get_column_letter

import card_scorer
from conftest import Run
from history import derived_leads
from office import ByFormulon, Formula, by_libreoffice, edited, harmless, open_workbook, unescaped

SHEETS = ["Decision", "Card", "Calculator", "Leads", "Frontier", "Scenarios", "Notes", "Levels", "Curve"]

# Functions and words that formulas may contain. Words from the data are in none of them.
FUNCTIONS = set(
    "AND CHAR COLUMN COUNT COUNTA EXACT FIND FREQUENCY IF INDEX ISERROR ISLOGICAL ISNUMBER ISTEXT LARGE LEFT LEN LOWER MATCH "
    "MAX MID MOD NOT OR REPT RIGHT ROW ROWS SUM SUMPRODUCT TRIM".split()
)
WORDS = {
    "",
    " ",
    "ask first",
    "true",
    "false",
    "“",
    "”",
    "check the answers",
    "not a number",
    "TRUE or FALSE: type it as text",
    "a number: type it as text",
    "too much white space",
    ": ",
    "write true or false",
    "the answer is an error",
    "no lead has so many points",
    "no score is worth so much",
    "type a score",
    "none is open",
    "up to ",
    " points more",
}

# What is said of a lead of which little is known has the card's own figures in it.
KNOWN_POINTS = re.compile(r" of \d+ points are known; below \d+: ask first")

HOSTILE_NAMES = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\"quoted\", 'twice'",
    "line one\nline two",
    "<r><t>not ours</t></r>",
    "_x0041_ & <b> ]]>",
    "\u202etfel ot thgir",
    "😀 emoji 😀",
]
HOSTILE_TEXTS = [
    *HOSTILE_NAMES,
    "approved",
    "Approved",
    "app*",
    "a?proved",
    "~approved",
    "two  blanks",
    "two blanks",
    "Größe",
    "2024",
    "1e5",
    "inf",
    "TRUE",
    "#N/A",
    "bell\u0007 and \u0001 control",
    "long " * 100,
]


@pytest.fixture(scope="session")
def hostile_run(bantam, tmp_path_factory):
    """A run on leads whose every name is an attempt: criteria, levels, policies, and no dates."""
    folder = tmp_path_factory.mktemp("hostile")
    n_leads = 40 * len(HOSTILE_TEXTS)
    chance = [0.1 + 0.6 * ((lead * 7) % len(HOSTILE_TEXTS)) / len(HOSTILE_TEXTS) for lead in range(n_leads)]
    numbers = [[0.1, 0.25, 1.5, 1e-7, -3.0, 1e9, None][(lead * 11) % 7] for lead in range(n_leads)]
    columns = {
        "=1+1": [HOSTILE_TEXTS[(lead * 7) % len(HOSTILE_TEXTS)] for lead in range(n_leads)],
        "line one\nline two": [HOSTILE_NAMES[(lead * 3 + lead // 7) % len(HOSTILE_NAMES)] for lead in range(n_leads)],
        "<b>&\"'": numbers,
        "asked": [[True, False, None][(lead * 5 + lead // 3) % 3] for lead in range(n_leads)],
    }
    # A lead converts when its chance passes a mark that runs evenly through 0..1.
    lift = [
        0.25 * (asked is True) + 0.2 * ((number or 0) > 1)
        for asked, number in zip(columns["asked"], numbers, strict=True)
    ]
    won = [(lead * 617) % 1000 / 1000 < min(chance[lead] + min(lift[lead], 0.4), 0.95) for lead in range(n_leads)]
    pl.DataFrame({**columns, "won": won}).write_parquet(folder / "leads.parquet")
    policies = "\n".join(
        f"[[policy]]\nname = {json.dumps(name)}\nshare = {share}\n"
        for name, share in zip(["=HYPERLINK(1)", "<r><t>x</t></r>", "-1 \u202e"], [0.2, 0.5, 0.7], strict=True)
    )
    (folder / "bantam.toml").write_text(
        f'[leads]\npath = "leads.parquet"\n[outcome]\nconverted = "won"\n[folds]\nby = "random"\n'
        f'[sales]\nhours_per_lead = 2.5\ncost_per_lead = 60\nvalue_per_win = 4000\ncurrency = "=EUR"\n{policies}'
    )
    bantam("calibrate", folder / "bantam.toml", "--out", folder / "out")
    return Run((folder / "out" / "current").resolve(strict=True))


@pytest.fixture(scope="session", params=["sample", "hostile"])
def book(request):
    return Book(request.getfixturevalue("run" if request.param == "sample" else "hostile_run"))


class Book:
    """A run's workbook: its formulas, and the results that the file carries."""

    def __init__(self, run):
        self.run = run
        self.path = run.folder / "scorecard.xlsx"
        self.formulas = open_workbook(self.path, values=False)
        self.cached = open_workbook(self.path, values=True)

    @property
    def card(self):
        return self.run.json("card.json")

    @property
    def formula_cells(self):
        for sheet in self.formulas:
            for row in sheet.iter_rows():
                yield from (cell for cell in row if cell.data_type == "f")

    def after(self, changes, folder, calculated=None):
        """What an evaluator makes of the workbook with other contents in cells: `{"Leads": {(row, column): 3.5}}`."""
        folder.mkdir()
        named = {
            sheet: {f"{get_column_letter(column)}{row}": value for (row, column), value in cells.items()}
            for sheet, cells in changes.items()
        }
        return (calculated or by_libreoffice)(edited(self.path, named, folder / self.path.name))


def test_the_workbook_has_its_sheets(book):
    has_pairs = any("grid" in criterion for criterion in book.card["criteria"])
    assert book.formulas.sheetnames == [*SHEETS[:2], *["Pairs"] * has_pairs, *SHEETS[2:]]
    assert all(sheet.sheet_state == "visible" for sheet in book.formulas)
    assert all(sheet.page_setup.orientation == "landscape" for sheet in book.formulas)


def test_no_formula_was_made_from_data(book):
    n_formulas = 0
    for cell in book.formula_cells:
        n_formulas += 1
        for token in Tokenizer(cell.value).items:
            if token.type == "FUNC" and token.subtype == "OPEN":
                assert token.value[:-1] in FUNCTIONS, cell
            if token.type == "OPERAND" and token.subtype == "TEXT":
                words = token.value[1:-1]
                assert words in WORDS or KNOWN_POINTS.fullmatch(words), cell
            if token.type == "OPERAND" and token.subtype == "NUMBER":
                # Counts of cells, and 100 hours. Edges, points and chances stand in cells.
                assert re.fullmatch(r"\d{1,4}", token.value), cell
    assert n_formulas > 1000


def test_drop_downs_refer_to_cells(book):
    lists = [rule for sheet in book.formulas for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert lists
    for rule in lists:
        assert re.fullmatch(r"(Levels|Frontier)!\$[A-Z]+\$\d+:\$[A-Z]+\$\d+", rule.formula1), rule.formula1


def test_names_of_the_workbook_are_our_own(book):
    ours = {"places", "white_space"}
    assert set(book.formulas.defined_names) == ours


def test_every_text_and_edge_of_the_card_has_a_cell(book):
    blocks = levels_of(book)
    # Behind all criteria stand the sides of the pairs, with codes for points; a pair is compared with such codes.
    sides = [side for criterion in book.card["criteria"] for side in card_scorer.axes(criterion)]
    for criterion in [*book.card["criteria"], *sides]:
        listed = blocks.pop(0)
        edges = [level["when"]["below"] for level in criterion["levels"] if "below" in level["when"]]
        texts = [text for level in criterion["levels"] if "one_of" in level["when"] for text in level["when"]["one_of"]]
        apart = [unicodedata.normalize("NFD", text) for text in texts]
        wanted = edges + texts + [text for text in apart if text not in texts]
        # openpyxl takes the mark off text that looks like an escape, so that both sides are read alike.
        wanted = [unescaped(value) for value in wanted]
        found = [line["compared"] for line in listed if line["compared"] is not None]
        assert found == wanted or "grid" in criterion, criterion["name"]
        if criterion in sides:
            continue
        points = [level["points"] for level in criterion["levels"]]
        assert sorted({line["points"] for line in listed}) == sorted(set(points))
    assert not blocks


def test_the_typical_lead_has_the_points_of_the_card_as_written(book):
    assert_calculator(book, book.cached["Calculator"])


def test_every_formula_carries_what_libreoffice_makes_of_it(book, tmp_path):
    # Without its results the file has nothing that LibreOffice could repeat.
    without = tmp_path / book.path.name
    with zipfile.ZipFile(book.path) as old, zipfile.ZipFile(without, "w") as new:
        for entry in old.infolist():
            text = old.read(entry)
            if entry.filename.startswith("xl/worksheets/sheet"):
                text = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1<v>0</v>", text.replace(b' t="str"><f>', b"><f>"))
            new.writestr(entry, text)
    found = by_libreoffice(without)
    differing = {}
    for cell in book.formula_cells:
        carried = book.cached[cell.parent.title][cell.coordinate].value
        made = found[cell.parent.title][cell.coordinate].value
        if not is_same(carried, made):
            differing[f"{cell.parent.title}!{cell.coordinate}"] = (carried, made)
    assert not differing


def test_the_frontier_is_the_table_of_the_run(book):
    table = pl.read_parquet(book.run.folder / "frontier.parquet")
    rows = table_below(book.cached["Frontier"], "from score", n_columns=13)
    assert [row[0] for row in rows] == table["threshold"].to_list()
    for column, name in [(1, "leads"), (4, "wins")]:
        assert [row[column] for row in rows] == pytest.approx(per_unit(table, name), rel=1e-12), name
    for name, column in [("conversion", 7), ("conversion_low", 8), ("conversion_high", 9), ("share_of_wins", 10)]:
        assert [row[column] for row in rows] == pytest.approx(table[name].to_list(), rel=1e-12), name


def test_scenarios_are_those_of_the_forecast(book):
    forecast = book.run.json("metrics.json")["forecast"]
    scenarios = [*forecast["scenarios"], *([forecast["recommended"]["scenario"]] if forecast["recommended"] else [])]
    assert scenarios
    sheet = book.cached["Scenarios"]
    currency = f", {forecast['sales']['currency']}" if forecast["sales"]["currency"] else ""
    rows = {
        "leads handed to sales": "leads",
        "wins": "wins",
        "conversion": "conversion",
        "leads for nurture": "to_nurture",
        "leads to reject": "rejected",
        "hours of sales work": "hours",
        "hours for each of the sales people": "hours_per_rep",
        "wins for each of the sales people": "wins_per_rep",
        "wins for 100 hours of work": "wins_per_100_hours",
        f"cost of working the leads{currency}": "cost",
        f"cost of a win{currency}": "cost_per_win",
        f"net value, as simulated{currency}": "net_value",
    }
    n_found = 0
    for label, key in rows.items():
        at = rows_of(sheet, label)
        for idx, scenario in enumerate(scenarios):
            wanted = scenario[key]
            ends = [wanted[end] for end in ("expected", "low", "high")] if wanted else [None] * 3
            found = [sheet.cell(at[0], 2 + 3 * idx + end).value if at else None for end in range(3)]
            assert all(is_same(*pair) for pair in zip(found, ends, strict=True)), (
                label,
                scenario["policy"],
                found,
                ends,
            )
            n_found += wanted is not None
    assert n_found >= 5 * len(scenarios)


@pytest.mark.parametrize("calculated", [by_libreoffice, ByFormulon])
def test_leads_get_the_points_of_the_card_as_written(book, tmp_path, calculated):
    """Numbers on every edge, one step and a little beside it, unseen texts, texts typed in other ways, no answers."""
    card = book.card
    answers = hostile_columns(card)
    columns, first, n_rows = layout(book)
    n_leads = max(map(len, answers.values()))
    for start in range(0, n_leads, n_rows):
        # Lists of different length, so that answers of different columns meet in many combinations.
        leads = [
            [values[lead % len(values)] for values in answers.values()]
            for lead in range(start, min(start + n_rows, n_leads))
        ]
        cells = {(first + row, 1): f"lead {row}" for row in range(len(leads))}
        for row, lead in enumerate(leads):
            cells |= {(first + row, column): typed for column, (typed, _) in zip(columns["answers"], lead, strict=True)}
        found = book.after({"Leads": cells}, tmp_path / f"from {start}", calculated)["Leads"]
        for row, lead in enumerate(leads):
            values = dict(zip(answers, [value for _, value in lead], strict=True))
            assert_lead(card, found, first + row, columns, values)
        assert found.cell(first + len(leads), 2).value in (None, "") or len(leads) == n_rows


def test_leads_of_the_sample_get_their_points(run, card, config, tmp_path):
    book = Book(run)
    columns, first, n_rows = layout(book)
    inputs = list(card_scorer.kinds(card))
    leads = derived_leads(config).select(inputs).head(n_rows).rows()
    leads = [[None if isinstance(value, float) and math.isnan(value) else value for value in lead] for lead in leads]
    cells = {
        (first + row, column): value
        for row, lead in enumerate(leads)
        for column, value in zip(columns["answers"], lead, strict=True)
    }
    found = book.after({"Leads": cells}, tmp_path / "leads")["Leads"]
    for row, lead in enumerate(leads):
        assert_lead(card, found, first + row, columns, dict(zip(inputs, lead, strict=True)))


def test_the_calculator_follows_its_answers(book, tmp_path):
    rows = answer_rows(book)
    for step in (1, 2, 3):
        chosen = {column: values[(step * 5) % len(values)] for column, values in hostile_columns(book.card).items()}
        cells = {(rows[column], 2): typed for column, (typed, _) in chosen.items()}
        found = book.after({"Calculator": cells}, tmp_path / f"step {step}")
        assert_calculator(book, found["Calculator"], {column: value for column, (_, value) in chosen.items()})


def test_the_calculator_says_how_far_the_line_is_and_what_to_ask(book, tmp_path):
    rows = calculator_rows(book)
    blank = {(row, 2): None for row in answer_rows(book).values()}
    found = book.after({"Calculator": blank}, tmp_path / "blank")["Calculator"]
    score = found.cell(rows_of(found, "Score")[0], 2).value
    # Where every lead is hot there is no line.
    line = next(band.get("from") for band in book.card["bands"] if band["name"] == "hot")
    if line is None:
        assert not rows_of(found, "Points to the line")
    else:
        assert found.cell(rows_of(found, "Points to the line")[0], 2).value == max(0, line - score)
    gains = {}
    for row, criterion in zip(rows, book.card["criteria"], strict=True):
        points = [level["points"] for level in criterion["levels"]]
        counted = "derivation" in criterion["inputs"][0] and "question" not in criterion
        if "grid" not in criterion and criterion.get("asked", not counted):
            gains[found.cell(row, 1).value] = max(points) - found.cell(row, 4).value
    most = max(gains.values())
    asked = unescaped(found.cell(rows_of(found, "Best next question")[0], 2).value).strip("“”")
    assert most == 0 or gains[asked] == most


def test_the_decision_follows_the_costs_that_are_typed(book, tmp_path):
    sheet = book.formulas["Scenarios"]
    cost = rows_of(sheet, "Cost of working a lead", starts=True)[0]
    worth = rows_of(sheet, "Value of a win", starts=True)[0]
    told = []
    for step, share in enumerate((0.1, 0.3)):
        found = book.after({"Scenarios": {(cost, 2): 1_000 * share, (worth, 2): 1_000}}, tmp_path / f"costs {step}")
        follows = rows_of(found["Decision"], "A lead is worth its cost from score")[0]
        told.append(found["Decision"].cell(follows, 2).value)
        assert told[-1] == found["Scenarios"].cell(rows_of(found["Scenarios"], "which is from score")[0], 2).value
    assert told[0] != told[1]


def test_nothing_typed_comes_to_an_error(book, tmp_path):
    error = Formula("1/0")
    typed = ["text", error, Formula("NA()"), True, " \u00a0 ", Formula('""'), "2024-01-01", -1e308, "*", "12,5"]
    columns, first, _ = layout(book)
    sheet = book.formulas["Scenarios"]
    assumed = {"Hours of sales work for a lead": 0, "Sales people": 0, "Value of a win": "much"}
    what_if = rows_of(sheet, "from score")[-1]
    changes = {
        "Leads": {(first + row, column): value for row, value in enumerate(typed) for column in columns["answers"]},
        "Calculator": {(row, 2): error for row in answer_rows(book).values()},
        "Scenarios": {(row, 2): value for label, value in assumed.items() for row in rows_of(sheet, label, starts=True)}
        | {(what_if, 2): error, (what_if, 5): "many"},
    }
    found = book.after(changes, tmp_path / "typed")
    for cell in book.formula_cells:
        value = found[cell.parent.title][cell.coordinate].value
        assert not str(value).startswith("#"), (cell.parent.title, cell.coordinate, value)
    for column, criterion in zip(columns["points"], book.card["criteria"], strict=True):
        if "grid" in criterion:
            continue
        kind = criterion["inputs"][0]["kind"]
        said = [found["Leads"].cell(first + row, column).value for row in range(len(typed))]
        missing = criterion["levels"][0]["points"]
        assert said[1] == said[2] == "the answer is an error"
        assert said[4] == said[5] == missing
        if kind == "number":
            assert said[0] == said[3] == said[8] == said[9] == "not a number"
        if kind == "boolean":
            assert said[0] == said[8] == "write true or false"
    name = displayed(shown_name(book.card["criteria"][0]))
    assert unescaped(found["Leads"].cell(first + 1, 2).value) == f"{name}: the answer is an error"
    assert found["Calculator"].cell(rows_of(found["Calculator"], "Score")[0], 2).value == "check the answers"


def test_assumptions_move_what_depends_on_them(book, tmp_path):
    forecast = book.run.json("metrics.json")["forecast"]
    n_months = forecast["n_months"] or 1
    labels = [
        "Hours of sales work for a lead",
        "Cost of working a lead",
        "Value of a win",
        "Sales people",
        "Hours that sales has",
    ]
    values = [1.5, 40, 2500, 3, 100]

    cells = [(rows_of(book.formulas["Scenarios"], label, starts=True)[0], 2) for label in labels]
    sheet = book.after({"Scenarios": dict(zip(cells, values, strict=True))}, tmp_path / "filled")["Scenarios"]
    scenario = forecast["scenarios"][0]
    leads, wins = scenario["leads"]["expected"], scenario["wins"]["expected"]

    def shown(label):
        return sheet.cell(rows_of(sheet, label, starts=True)[0], 2).value

    assert shown("hours of sales work") == pytest.approx(1.5 * leads)
    assert shown("hours for each of the sales people") == pytest.approx(1.5 * leads / 3)
    assert shown("hours over (+) or under (-)") == pytest.approx(1.5 * leads - 100 * n_months)
    assert shown("share of the hours sales has") == pytest.approx(1.5 * leads / (100 * n_months))
    assert shown("wins for each of the sales people") == pytest.approx(wins / 3)
    assert shown("cost of working the leads") == pytest.approx(40 * leads)
    assert shown("cost of a win") == pytest.approx(40 / scenario["conversion"]["expected"])
    assert shown("net value: wins less cost") == pytest.approx(2500 * wins - 40 * leads)
    assert shown("A lead is worth its cost from a chance of") == pytest.approx(40 / 2500)
    worth = next(entry["score"] for entry in book.card["curve"] if entry["probability_bp"] >= 160)
    assert shown("which is from score") == worth

    sheet = book.after({"Scenarios": dict.fromkeys(cells)}, tmp_path / "cleared")["Scenarios"]
    for label in [
        "hours of sales work",
        "hours over (+)",
        "wins for each",
        "cost of working the leads",
        "cost of a win",
        "net value: wins less cost",
    ]:
        assert not shown(label), label


def test_what_if_takes_any_score(book, tmp_path):
    table = pl.read_parquet(book.run.folder / "frontier.parquet")
    thresholds = table["threshold"].to_list()
    middle = len(thresholds) // 2

    row = rows_of(book.formulas["Scenarios"], "from score")[-1]
    # Between two scores the next one counts; above all of them there is nobody.
    picked = {(row, 2): thresholds[middle] - 0.5, (row, 5): thresholds[-1] + 1}
    sheet = book.after({"Scenarios": picked}, tmp_path / "picked")["Scenarios"]
    assert sheet.cell(row + 1, 2).value == middle + 1
    assert sheet.cell(row + 3, 2).value == pytest.approx(per_unit(table, "leads")[middle])
    assert sheet.cell(row + 1, 5).value == "no lead has so many points"
    assert sheet.cell(row + 3, 5).value in (None, "")
    assert sheet.cell(row + 3, 8).value in (None, ""), "no difference without both"


def test_text_of_the_data_is_text(book):
    """No cell that holds a name became a formula, a number or nothing."""
    names = {
        cell.value for sheet in book.formulas for row in sheet.iter_rows() for cell in row if cell.data_type == "s"
    }
    metrics = book.run.json("metrics.json")
    for scenario in metrics["forecast"]["scenarios"]:
        assert scenario["policy"].replace("\u202e", "\ufffd") in names
    for criterion in book.card["criteria"]:
        assert re.sub(r"[\n\u202e]", "\ufffd", shown_name(criterion)) in names


def shown_name(criterion):
    """What people read of a criterion."""
    return criterion.get("label", criterion["name"])


def per_unit(table, name):
    """Leads or wins of the frontier a month, or of 1,000 leads where the leads have no dates."""
    if table[f"{name}_per_month"].null_count() == 0:
        return table[f"{name}_per_month"].to_list()
    return table[f"{name}_per_1000"].to_list()


# Where things stand, found by their headings.


def rows_of(sheet, label, starts=False):
    cells = [cell for (cell,) in sheet.iter_rows(min_col=1, max_col=1)]
    is_label = (lambda text: text.startswith(label)) if starts else (lambda text: text == label)
    return [cell.row for cell in cells if isinstance(cell.value, str) and is_label(cell.value)]


def table_below(sheet, heading, n_columns):
    row = rows_of(sheet, heading)[0] + 1
    rows = []
    while sheet.cell(row, 1).value is not None:
        rows.append([sheet.cell(row, column).value for column in range(1, n_columns + 1)])
        row += 1
    return rows


def levels_of(book):
    """The blocks of `Levels`, one per criterion: lines with what they are compared with, and points."""
    sheet = book.formulas["Levels"]
    row = rows_of(sheet, "criterion")[0] + 1
    blocks = []
    while sheet.cell(row, 4).value is not None:
        if sheet.cell(row, 1).value is not None:
            blocks.append([])
        compared = sheet.cell(row, 3).value
        blocks[-1].append({"compared": unescaped(compared), "points": sheet.cell(row, 4).value})
        row += 1
    return blocks


def layout(book):
    """Columns of answers and points on `Leads`, its first row, and how many rows there are."""
    sheet = book.formulas["Leads"]
    head = rows_of(sheet, "lead")[0]
    titles = {cell.value: cell.column for cell in sheet[head - 1] if cell.value}
    counts = {"Answers": len(card_scorer.kinds(book.card)), "Points": len(book.card["criteria"])}
    columns = {name.lower(): range(titles[name], titles[name] + count) for name, count in counts.items()}
    names = [sheet.cell(head, column).value for column in columns["points"]]
    plain = [name for name, criterion in zip(names, book.card["criteria"], strict=True) if "grid" not in criterion]
    assert [sheet.cell(head, column).value for column in columns["answers"]][: len(plain)] == plain
    return columns, head + 1, sheet.max_row - head


def calculator_rows(book):
    """Rows of the criteria on `Calculator`, in the order of the card."""
    sheet = book.formulas["Calculator"]
    head = rows_of(sheet, "criterion")[0]
    rows = {}
    for row in range(head + 1, sheet.max_row + 1):
        if sheet.cell(row, 5).value is not None:
            rows[sheet.cell(row, 1).value] = row
    shown = [re.sub(r"[\n\u202e]", "\ufffd", shown_name(criterion)) for criterion in book.card["criteria"]]
    return [rows[name] for name in shown]


def answer_rows(book):
    """Rows of the yellow cells on `Calculator`, by the column that they stand for."""
    criteria = zip(book.card["criteria"], calculator_rows(book), strict=True)
    rows = {c["inputs"][0]["column"]: row for c, row in criteria if "grid" not in c}
    for side in (side for c in book.card["criteria"] for side in card_scorer.axes(c)):
        column = side["inputs"][0]["column"]
        if column not in rows:
            rows[column] = rows_of(book.formulas["Calculator"], displayed(side["name"]))[0]
    return rows


# What is typed, and what a scorer is given for it.


def hostile_columns(card):
    """By column of the card: what is typed and the value it stands for."""
    listed = {}
    for reader in card_scorer.readers(card):
        listed.setdefault(reader["inputs"][0]["column"], []).extend(hostile_answers(reader))
    # In the order of the columns of `Leads`.
    return {column: listed[column] for column in card_scorer.kinds(card)}


def hostile_answers(criterion):
    """Pairs of what is typed into a cell and the value it stands for."""
    kind = criterion["inputs"][0]["kind"]
    missing = [(None, None), ("  ", None), ("\u00a0\t \u3000", None)]
    if kind == "boolean":
        return [*missing, ("true", True), ("false", False), (True, True), (False, False), (" TRUE ", True)]
    if kind == "number":
        edges = [level["when"]["below"] for level in criterion["levels"] if "below" in level["when"]]
        near = [pair for edge in edges for pair in beside(edge)]
        return [*near, *missing, (0, 0.0), (-1, -1.0), (1e300, 1e300), (-1e300, -1e300), (2**53, 2.0**53)]
    texts = [text for level in criterion["levels"] if "one_of" in level["when"] for text in level["when"]["one_of"]]
    typed = [(change(text), change(text)) for text in texts for change in TYPED_OTHERWISE]
    unseen = [
        "nobody has ever seen this",
        "'; --",
        '"',
        "\\",
        "е",
        "NULL",
        "missing",
        "other",
        "=",
        "*",
        "?",
        "~",
        "x" * 4000,
    ]
    return [*typed, *missing, *((text, text) for text in unseen)]


def beside(edge):
    """The edge, one step beside it, and the next numbers of 15 digits, which is what Excel can be told.

    LibreOffice reads numbers with an error of a step, so the steps are calculated in the cell.
    """
    low, high = Formula(f"{edge!r}*(1-2^-53)"), Formula(f"{edge!r}*(1+2^-52)")
    if edge < 0:
        low, high = high, low
    if edge == 0:
        low, high = Formula("-1E-300"), Formula("1E-300")
    step = 10 ** (math.floor(math.log10(abs(edge))) - 13) if edge else 1e-14
    below, above = float(f"{edge - step:.14g}"), float(f"{edge + step:.14g}")
    return [
        (low, math.nextafter(edge, -math.inf)),
        (edge, edge),
        (high, math.nextafter(edge, math.inf)),
        (below, below),
        (above, above),
    ]


TYPED_OTHERWISE = [
    str,
    lambda text: f" {text}\t" if "\n" not in text else f" {text} ",
    lambda text: f"\u00a0{text}\u3000",
    lambda text: f"\u2003\u2028{text}\u0085",
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: f"\ufeff{text}",
    lambda text: f"{text}.",
    str.upper,
    str.swapcase,
]


# What has to come out.


def assert_lead(card, sheet, row, columns, lead):
    levels = card_scorer.levels_of(card, lead)
    points = [level["points"] for level in levels]
    assert [sheet.cell(row, column).value for column in columns["points"]] == points, lead
    assert_worth(card, [sheet.cell(row, column).value for column in range(2, 7)], levels)


def assert_worth(card, found, levels):
    worth = card_scorer.worth(card, levels)
    score = worth["score"]
    entry = card["curve"][score - card["curve"][0]["score"]]
    assert found == [score, worth["probability"], entry["low_bp"] / 10_000, entry["high_bp"] / 10_000, worth["band"]]


def assert_calculator(book, sheet, lead=None):
    rows = calculator_rows(book)
    if lead is None:
        kinds = card_scorer.kinds(book.card)
        lead = {column: unescaped(sheet.cell(row, 2).value) for column, row in answer_rows(book).items()}
        lead = {column: v == "true" if kinds[column] == "boolean" and v else v for column, v in lead.items()}
    levels = card_scorer.levels_of(book.card, lead)
    points = [sheet.cell(row, 4).value for row in rows]
    assert points == [level["points"] for level in levels], lead
    assert [sheet.cell(row, 5).value for row in rows] == [
        max(level["points"] for level in c["levels"]) for c in book.card["criteria"]
    ]
    for row, level in zip(rows, levels, strict=True):
        assert unescaped(sheet.cell(row, 3).value) == f"“{displayed(level.get('words', level['label']))}”"
    at = rows_of(sheet, "Score")[0]
    shown = [
        sheet.cell(at, 2),
        sheet.cell(at + 1, 2),
        sheet.cell(at + 2, 2),
        sheet.cell(at + 2, 3),
        sheet.cell(at + 3, 2),
    ]
    assert_worth(book.card, [cell.value for cell in shown], levels)


def displayed(label):
    """A name as sheets show it: harmless characters only, and cut where it is long."""
    label = harmless(label)
    units = label.encode("utf-16-le")
    if len(units) <= 500:
        return label
    kept = units[:380].decode("utf-16-le", errors="ignore")
    return f"{kept}… (cut: {(len(units) - len(kept.encode('utf-16-le'))) // 2:,} more characters)"


def is_same(carried, made):
    if isinstance(carried, (int, float)) and isinstance(made, (int, float)):
        return carried == pytest.approx(made, rel=1e-12, abs=1e-12)
    return (unescaped(carried) or None) == (unescaped(made) or None)
