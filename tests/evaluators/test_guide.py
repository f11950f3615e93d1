"""The guide in `docs/` says what the program says: every command on its pages is run, every config is read, every link leads somewhere.

A block that begins with ```sh is run, and the block of ```text behind it has to be what it printed; a line of `...` stands for any number
of lines. The pages are run in their order, in one folder with a copy of `data/`. What cannot run there is ```console.

    BANTAM=... python3 tests/evaluators/test_guide.py      # writes what is printed now into the pages; read the difference
"""

import dataclasses
import difflib
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import tomllib
import urllib.parse

import jsonschema
import pytest

from browser import opened
from places import ROOT

DOCS = ROOT / "docs"
PAGES = re.findall(r"\]\(([\w/]+\.md)\)", (DOCS / "SUMMARY.md").read_text())
# Its blocks are files and what is said of them; `tests/it/reading.rs` reads it.
READING = "reading.md"

FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GAP = "..."


@dataclasses.dataclass
class Step:
    """A block that is run, the words shown behind it, and what it came to."""

    command: str
    shown: re.Match | None
    exit_code: int
    printed: str
    said: str


def blocks(page, kind):
    return [block[2] for block in FENCE.finditer((DOCS / page).read_text()) if block[1] == kind]


def walk(folder):
    """Runs the commands of all pages in a folder; the steps of each page."""
    programs = folder / "programs"
    programs.mkdir()
    (programs / "bantam").symlink_to(pathlib.Path(os.environ["BANTAM"]).resolve())
    place = folder / "place"
    shutil.copytree(ROOT / "data", place / "data")
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    steps = {page: [] for page in PAGES}
    for page in PAGES:
        found = list(FENCE.finditer((DOCS / page).read_text()))
        for block, behind in zip(found, [*found[1:], None]):
            if block[1] != "sh":
                continue
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block[2]], cwd=place, env=environment, capture_output=True, text=True
            )
            shown = behind if behind and behind[1] == "text" else None
            steps[page].append(Step(block[2], shown, done.returncode, done.stdout, done.stderr))
    return steps


def lines_of(text):
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def parts_of(shown):
    """The lines between gaps."""
    parts = [[]]
    for line in lines_of(shown):
        if line.strip() == GAP:
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def is_printed(shown, printed):
    """Whether the lines shown are those printed, in order, with anything in the place of a gap."""
    parts, lines = parts_of(shown), lines_of(printed)
    if len(parts) == 1:
        return parts[0] == lines
    at = 0
    for part in parts:
        starts = (start for start in range(at, len(lines) - len(part) + 1) if lines[start : start + len(part)] == part)
        start = next(starts, None)
        if start is None:
            return False
        at = start + len(part)
    return (not parts[0] or lines[: len(parts[0])] == parts[0]) and (not parts[-1] or lines[-len(parts[-1]) :] == parts[-1])


@pytest.fixture(scope="session")
def steps(tmp_path_factory):
    return walk(tmp_path_factory.mktemp("guide"))


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """The guide as mdBook makes it, and what mdBook had to say."""
    folder = tmp_path_factory.mktemp("book")
    done = subprocess.run(["mdbook", "build", DOCS, "--dest-dir", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_guide_prints_what_the_guide_shows(steps, page):
    for step in steps[page]:
        assert step.exit_code == 0, f"{page}: {step.command}ended with {step.exit_code}:\n{step.printed}{step.said}"
        if step.shown:
            shown = step.shown[2]
            assert is_printed(shown, step.printed), f"{page}: {step.command}shows\n{shown}and prints\n{step.printed}"


@pytest.mark.parametrize("page", [page for page in PAGES if page != READING])
def test_no_output_stands_in_the_guide_without_its_command(page):
    kinds = [block[1] for block in FENCE.finditer((DOCS / page).read_text())]
    for before, kind in zip(["", *kinds], kinds):
        assert kind != "text" or before == "sh", page


def test_a_gap_stands_for_any_lines():
    assert is_printed("a\n...\nc\n", "a\nb\nb\nc\n")
    assert is_printed("...\nb\n...\n", "a\nb\nc\n")
    assert not is_printed("b\n...\n", "a\nb\nc\n")
    assert not is_printed("a\n...\nb\n", "a\nb\nc\n")
    assert not is_printed("...\nc\n...\na\n...\n", "a\nb\nc\n")
    assert not is_printed("a\n", "a\nb\n")


@pytest.fixture(scope="session")
def config_schema(bantam):
    return json.loads(bantam("schema", "config"))


@pytest.mark.parametrize("page", PAGES)
def test_every_config_of_the_guide_is_one(bantam, config_schema, page, tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    for text in blocks(page, "toml"):
        config = tomllib.loads(text)
        jsonschema.validate(config, config_schema)
        if "path" in config.get("leads", {}):
            (tmp_path / "bantam.toml").write_text(text)
            bantam("check", tmp_path / "bantam.toml")


def keys_of(schema):
    """Every key of the config, tables included."""
    named = [schema, *schema["$defs"].values()]
    return {key for table in named for key in table.get("properties", {})}


def test_every_key_of_the_config_is_in_the_guide(config_schema):
    page = (DOCS / "reference/config.md").read_text()
    told = set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) | set(re.findall(r"^## `\[+(\w+)\]", page, re.MULTILINE))
    assert told == keys_of(config_schema)


def test_every_command_and_option_of_the_program_is_in_the_guide(bantam):
    page = (DOCS / "reference/commands.md").read_text()
    sections = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    shared = "".join(text for title, text in sections.items() if not title.startswith("bantam "))
    commands = re.findall(r"^  (\w+) ", bantam("--help").split("Commands:")[1].split("Options:")[0], re.MULTILINE)
    assert {f"bantam {name}" for name in commands if name != "help"} == {title for title in sections if title.startswith("bantam ")}
    for name in commands:
        if name == "help":
            continue
        options = set(re.findall(r"(?:^|, )\s*(--[a-z-]+)", bantam(name, "--help").split("Examples:")[0], re.MULTILINE))
        told = set(re.findall(r"`(--[a-z-]+)", sections[f"bantam {name}"]))
        everywhere = set(re.findall(r"`(--[a-z-]+)", shared))
        assert options <= told | everywhere | {"--help"}, name
        assert told <= options, name


def test_the_book_is_built_without_a_warning(book):
    _, said = book
    assert not re.search(r"WARN|ERROR", said), said


class Page(html.parser.HTMLParser):
    """Where a page of the book leads to, and where one can be led to on it."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.places.add(value)
            if name in ("href", "src") and value and (tag, name) != ("base", "href"):
                self.links.add(value)


def test_every_link_of_the_book_leads_somewhere(book):
    folder, _ = book
    pages = {path: Page(path.read_text()) for path in folder.rglob("*.html")}
    for path, page in pages.items():
        # Its links stand as seen from the top of the book.
        if path.name in ("404.html", "toc.html"):
            continue
        for link in page.links:
            address = urllib.parse.urlsplit(link)
            if address.scheme or address.netloc:
                continue
            target = (path.parent / urllib.parse.unquote(address.path)).resolve() if address.path else path
            assert target.is_file(), f"{path.relative_to(folder)} leads to {link}"
            if address.fragment and target in pages:
                assert urllib.parse.unquote(address.fragment) in pages[target].places, f"{path.relative_to(folder)}: {link}"


def test_no_address_of_another_machine_is_asked_for_by_the_book(book):
    folder, _ = book
    for path in folder.rglob("*.html"):
        assert not re.search(r'<(?:script|img|link)[^>]*(?:src|href)="(?:https?:)?//', path.read_text()), path


def test_every_page_of_the_book_fits_a_phone_and_shows_its_pictures(book):
    folder, _ = book
    with opened(folder / "index.html", width=412) as browser:
        for name in PAGES:
            path = folder / ("index.html" if name == "README.md" else name.replace(".md", ".html"))
            browser.driver.get(path.as_uri())
            assert browser.script("return document.documentElement.scrollWidth") <= 412, name
            assert browser.script("return [...document.images].every((image) => image.naturalWidth > 0)"), name


def anchors(markdown):
    """The places in a page as code hosts and mdBook name them."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", markdown), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_every_link_of_the_readme_leads_somewhere():
    for link in re.findall(r"\]\(([^)]+)\)", (ROOT / "README.md").read_text()):
        path, _, place = link.partition("#")
        if ":" in path:
            continue
        target = ROOT / path if path else ROOT / "README.md"
        assert target.exists(), link
        assert not place or place in anchors(target.read_text()), link


@pytest.mark.parametrize("picture", sorted((DOCS / "pictures").glob("*.svg")), ids=lambda picture: picture.name)
def test_every_chart_of_the_guide_is_that_of_the_sample(run, picture):
    assert picture.read_bytes() == (run.folder / "charts" / picture.name).read_bytes()


def test_pictures_are_small():
    for picture in (DOCS / "pictures").iterdir():
        assert picture.stat().st_size < 200_000, picture


def nearest(lines, line, start):
    found = difflib.get_close_matches(line, lines[start:], n=1, cutoff=0.0)
    return start + lines[start:].index(found[0]) if found else start


def shown_now(shown, printed):
    """The excerpt as it would be of what is printed now: the same gaps, the nearest lines."""
    parts, lines = parts_of(shown), lines_of(printed)
    if len(parts) == 1:
        return "\n".join(lines) + "\n"
    at, now = 0, []
    for part in parts:
        if part:
            first = nearest(lines, part[0], at)
            last = max(first, nearest(lines, part[-1], first))
            now.append(lines[first : last + 1])
            at = last + 1
        else:
            now.append([])
    text = f"\n{GAP}\n".join("\n".join(part) for part in now)
    return text.strip("\n") + "\n"


def write():
    """Puts what is printed now into the pages."""
    with tempfile.TemporaryDirectory() as folder:
        for page, steps in walk(pathlib.Path(folder)).items():
            path = DOCS / page
            text = path.read_text()
            for step in reversed(steps):
                if step.exit_code != 0:
                    print(f"{page}: {step.command}ended with {step.exit_code}:\n{step.printed}{step.said}")
                elif step.shown and not is_printed(step.shown[2], step.printed):
                    text = text[: step.shown.start(2)] + shown_now(step.shown[2], step.printed) + text[step.shown.end(2) :]
                    print(f"{page}: written anew: {step.command}", end="")
            path.write_text(text)


if __name__ == "__main__":
    write()
