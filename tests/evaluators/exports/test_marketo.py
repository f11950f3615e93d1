"""`bantam export --to marketo`: the choices of the build sheet read back, and every lead run through them.

This is weaker proof than the other exports have: nobody builds a campaign here. The reader does what Marketo's documentation says of
a flow step: choices are tried from the first, texts are compared without regard to upper and lower case.
"""

import collections
import csv
import decimal
import json

import pytest

import card_scorer
import formula_cases
import hostile
from cases import cases  # noqa: F401

# Texts that differ from another in upper and lower case alone make a card that is refused.
LOWER = collections.Counter(text.lower() for text in hostile.TEXTS)
HOLDS = formula_cases.Holds(max_text=255, empty_booleans=False, speaks=lambda text: LOWER[text.lower()] < 2)
N_PEOPLE = 1


@pytest.fixture(scope="module")
def made(bantam, run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cards")
    return formula_cases.formula_cases(bantam, folder, run.json("card.json"), HOLDS, has_pairs=False)


class Flow:
    """The flow steps of choices.csv."""

    def __init__(self, folder):
        lines = list(csv.DictReader((folder / "choices.csv").open(newline="")))
        self.steps = collections.defaultdict(lambda: collections.defaultdict(list))
        for line in lines:
            self.steps[int(line["step"])][line["choice"]].append(line)

    def run(self, lead):
        """Fields of a lead after the flow, and what each step with choices on the lead added."""
        fields, added = dict(lead), []
        for _, choices in sorted(self.steps.items()):
            taken = next((lines for choice, lines in choices.items() if choice == "default" or fits(lines, fields)))
            line = taken[0]
            change = line["change"].removeprefix("'")
            if line["action"] == "Change Data Value":
                fields[line["sets"]] = change
            elif change.startswith("="):
                fields[line["sets"]] = int(change[1:])
            elif line["sets"].startswith("known of "):
                fields["Bantam Known"] += int(change)
            else:
                fields["Bantam Score"] += int(change)
                added.append(int(change))
        return fields, added


def fits(lines, fields):
    value, operator = fields[lines[0]["field"].removeprefix("'")], lines[0]["operator"]
    if operator == "is empty":
        return value is None or value == ""
    if value is None or value == "":
        return False
    wanted = [json.loads(line["value"]) for line in lines]
    if operator == "is":
        text = str(value).lower()
        return any(text == one.lower() for one in wanted)
    number = decimal.Decimal(repr(value))
    return number < decimal.Decimal(wanted[0]) if operator == "less than" else number >= decimal.Decimal(wanted[0])


def is_told_apart(case, lead):
    """Whether no text of a lead differs from one of the card in upper and lower case or in the spelling of a letter alone."""
    for criterion in case.card["criteria"]:
        value = lead[criterion["inputs"][0]["column"]]
        listed = {t for level in criterion["levels"] if "one_of" in level["when"] for t in level["when"]["one_of"]}
        if isinstance(value, str) and value not in listed:
            if any(card_scorer.tidy(value).lower() == one.lower() for one in listed):
                return False
    return True


def export(bantam, case, folder):
    bantam("export", case.path, "--to", "marketo", "-o", folder, "--quiet")
    return Flow(folder)


def test_every_lead_gets_the_points_of_the_engine(made, bantam, tmp_path):
    n_left_out = 0
    for case in made:
        flow = export(bantam, case, tmp_path / case.name)
        has_curve = "Bantam Probability" in (tmp_path / case.name / "choices.csv").read_text()
        n_run = 0
        for lead, points, worth in zip(case.leads, case.points, case.scored, strict=True):
            if not is_told_apart(case, lead):
                n_left_out += 1
                continue
            n_run += 1
            fields, added = flow.run(lead)
            assert added == points, (case.name, lead)
            assert (fields["Bantam Score"], fields["Bantam Band"]) == (worth["score"], worth["band"])
            assert not has_curve or float(fields["Bantam Probability"]) == worth["probability"]
        assert n_run >= 20, case.name
    assert n_left_out, "texts in other letters are among the leads, and a note says that Marketo cannot tell them apart"


def test_the_build_sheet_says_every_choice(made, bantam, tmp_path):
    for case in made:
        flow = export(bantam, case, tmp_path / case.name)
        sheet = (tmp_path / case.name / "BUILD.md").read_text()
        for number, choices in flow.steps.items():
            section = sheet.split(f"**Step {number} · ")[1].split("**Step ")[0].split("\n## ")[0]
            rows = [line for line in section.splitlines() if line.startswith("| ")]
            starts = {line["change"] for lines in choices.values() for line in lines} <= {f"'={case.card['base_points']}", "'=0"}
            assert starts or len(rows) == len(choices) + 1, (case.name, number)


def test_the_made_up_people_have_what_the_flow_gives(made, bantam, tmp_path):
    for case in made:
        folder = tmp_path / case.name
        flow = export(bantam, case, folder)
        heads, *rows = csv.reader((folder / "test-people.csv").open(newline=""))
        scores = list(csv.DictReader((folder / "scores-template.csv").open(newline="")))
        assert len(rows) == len(scores) > 3
        read = {"number": float, "text": str, "boolean": lambda text: text == "true"}
        for row, of_template in zip(rows, scores, strict=True):
            cells = zip(case.columns, row[N_PEOPLE:], strict=False)
            lead = {column: read[case.kinds[column]](text) if text else None for column, text in cells}
            expected = row[N_PEOPLE + len(case.columns) :]
            assert of_template["Bantam Score"] == expected[-3] and of_template["Email Address"] == row[0]
            if is_told_apart(case, lead):
                fields, added = flow.run(lead)
                assert [*added, fields["Bantam Score"]] == [int(text) for text in expected[:-2]], case.name
                assert expected[-1] in (fields["Bantam Band"], "'" + fields["Bantam Band"]), case.name
        assert heads[0] == "Email Address"


def test_no_cell_starts_like_a_formula(made, bantam, tmp_path):
    for case in made:
        export(bantam, case, tmp_path / case.name)
        for path in (tmp_path / case.name).glob("*.csv"):
            for row in csv.reader(path.open(newline="")):
                assert not any(cell.startswith(("=", "@", "\t", "\r")) for cell in row), path.name


def test_a_card_is_exported_or_refused_in_words(cases, bantam, tmp_path):
    for case in cases:
        formula_cases.assert_exported_or_refused(bantam, case.path, "marketo", tmp_path / case.name)
