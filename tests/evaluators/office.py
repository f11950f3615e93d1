"""Second opinions on a workbook: LibreOffice and Formulon calculate it anew, whatever results the file carries."""

import dataclasses
import os
import re
import shutil
import subprocess
import warnings
import zipfile
from xml.sax.saxutils import escape

import formulon
import openpyxl

# Without these LibreOffice trusts the results in the file. 0 means: always calculate.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""


def open_workbook(path, values):
    """The workbook with what formulas come to (`values`), or with the formulas themselves."""
    with warnings.catch_warnings():
        # openpyxl knows data bars of 2007 only and says so.
        warnings.filterwarnings("ignore", message=".*extension is not supported.*", category=UserWarning)
        return openpyxl.load_workbook(path, data_only=values)


@dataclasses.dataclass
class Formula:
    """A formula to be put into a cell, without its equals sign."""

    text: str


def edited(path, changes, result):
    """Copies the workbook with other contents in some cells that are there already, keeping everything else as it is.

    openpyxl would do, but it loses charts and takes text that looks like an escape of the file format for one.

    - changes: by sheet and cell (`{"Leads": {"G5": 3.5}}`); `None` empties a cell.
    """
    sheets = open_workbook(path, values=True).sheetnames
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            number = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", entry.filename)
            if number and (cells := changes.get(sheets[int(number[1]) - 1])):
                data = with_cells(data.decode(), cells).encode()
            new.writestr(entry.filename, data)
    return result


def with_cells(xml, cells):
    left = dict(cells)

    def changed(found):
        name = found[1]
        if name not in left:
            return found[0]
        style = re.search(r' s="\d+"', found[0])
        return cell_xml(name, style[0] if style else "", left.pop(name))

    xml = re.sub(r'<c r="([A-Z]+\d+)"[^>]*?(?:/>|>.*?</c>)', changed, xml, flags=re.DOTALL)
    assert not left, f"the sheet has no cells {sorted(left)}"
    return xml


def cell_xml(name, style, value):
    match value:
        case None:
            return f'<c r="{name}"{style}/>'
        case bool():
            return f'<c r="{name}"{style} t="b"><v>{int(value)}</v></c>'
        case Formula(text):
            return f'<c r="{name}"{style}><f>{escape(text)}</f></c>'
        case str():
            text = escape(escaped(value))
            return f'<c r="{name}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
        case _:
            return f'<c r="{name}"{style}><v>{value!r}</v></c>'


def escaped(text):
    """Control characters, and what looks like one of them escaped, as the file format has them."""
    text = re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return re.sub("[\x00-\x08\x0b-\x1f]", lambda found: f"_x{ord(found[0]):04X}_", text)


def unescaped(text):
    """The opposite of `escaped`; whatever is no text stays what it is."""
    if not isinstance(text, str):
        return text
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def harmless(text):
    """Text from the data as sheets show it: what could move a cursor or turn the reading direction has a mark in its place."""
    return re.sub("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]", "\ufffd", text)


def by_libreoffice(path):
    """What every cell of the workbook comes to when LibreOffice calculates it; its files go beside the workbook."""
    folder = path.parent
    program = shutil.which("soffice")
    assert program, "LibreOffice (soffice) is not installed: apt-get install libreoffice-calc"
    (folder / "profile" / "user").mkdir(parents=True)
    (folder / "profile" / "user" / "registrymodifications.xcu").write_text(SETTINGS)
    done = subprocess.run(
        [
            program,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            folder / "calculated",
            path,
        ],
        # Numbers and function names must not depend on the machine.
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    result = folder / "calculated" / path.name
    assert result.exists(), f"LibreOffice made no {result.name}:\n{done.stdout}{done.stderr}"
    return open_workbook(result, values=True)


class ByFormulon:
    """The workbook as Formulon calculates it, which follows Excel; cells are read as openpyxl has them."""

    def __init__(self, path):
        self.sheets = open_workbook(path, values=True).sheetnames
        self.workbook = formulon.Workbook.load(path.read_bytes())
        self.workbook.recalc()

    def __getitem__(self, sheet):
        return ByFormulonSheet(self.workbook, self.sheets.index(sheet))


@dataclasses.dataclass
class ByFormulonSheet:
    workbook: formulon.Workbook
    number: int

    def cell(self, row, column):
        return ByFormulonCell(self.workbook.get_value(self.number, row - 1, column - 1).to_python())


@dataclasses.dataclass
class ByFormulonCell:
    value: object
