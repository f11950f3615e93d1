"""report.html in a real browser, opened from disk: the slider, no script, dark, paper, phone, and what it may not do."""

import re
import shutil

import polars as pl
import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from browser import opened
from places import CONFIG


# Cells of the row that the slider points at, and what the explorer shows of them, both as a reader sees them.
SHOWN = """
const read = (element) => element.textContent.replace(/\\s+/g, " ").trim();
const cells = document.querySelectorAll("#lines tbody tr")[document.getElementById("line").value].cells;
return [...document.querySelectorAll("#explorer [data-cell]")].map((copy) => [
    copy.closest(".said") ? "said" : copy.closest("dl") ? "figure" : "label",
    copy.dataset.cell, read(copy), read(cells[copy.dataset.cell]),
]);
"""
MOVE = """
const line = document.getElementById("line");
line.value = arguments[0];
line.dispatchEvent(new Event("input", { bubbles: true }));
"""


@pytest.fixture(scope="module")
def report(run):
    return run.folder / "report.html"


@pytest.fixture(scope="module")
def page(report):
    with opened(report) as page:
        yield page


def value(page):
    return int(page.one("#line").get_attribute("value"))


def assert_explorer_shows_its_row(page):
    """Every figure at once, the sentence for screen readers once the slider rests."""
    shown = page.script(SHOWN)
    assert len(shown) > 8
    for place, column, copy, cell in shown:
        assert place == "said" or (copy and copy == cell), f"column {column}: {copy!r} is not {cell!r}"
    WebDriverWait(page.driver, 5).until(lambda _: all(copy == cell for _, _, copy, cell in page.script(SHOWN)))


def test_it_opens_without_a_word_on_the_console_and_asks_for_nothing_else(report):
    with opened(report) as page:
        assert page.console() == []
        assert page.requests() == [report.as_uri()]
        assert page.script("return document.querySelectorAll('[src], link, iframe, object, embed').length") == 0


def test_the_slider_shows_the_row_it_points_at(page, metrics):
    last = int(page.one("#line").get_attribute("max"))
    assert page.script("return document.querySelectorAll('#lines tbody tr').length") == last + 1
    recommended = metrics["forecast"]["recommended"]
    if recommended:
        points = int(page.one("#explorer label [data-cell]").text)
        assert points == recommended["scenario"]["thresholds"][0]["score"]
    for row in (0, 1, last // 3, last // 2, last - 1, last):
        page.script(MOVE, row)
        assert value(page) == row
        assert_explorer_shows_its_row(page)
    assert page.console() == []


def test_the_slider_moves_by_keyboard(page):
    slider = page.one("#line")
    last = int(slider.get_attribute("max"))
    for keys, expected in (
        (Keys.HOME, 0),
        (Keys.ARROW_RIGHT * 3, 3),
        (Keys.ARROW_LEFT, 2),
        (Keys.END, last),
        (Keys.ARROW_DOWN, last - 1),
    ):
        slider.send_keys(keys)
        assert value(page) == expected
        assert_explorer_shows_its_row(page)
    points = page.one("#explorer label [data-cell]").text
    assert slider.get_attribute("aria-valuetext") == f"{points} points"
    outline = page.script("return getComputedStyle(document.activeElement).outlineStyle")
    assert page.script("return document.activeElement.id") == "line" and outline != "none"


def test_a_policy_moves_the_slider_to_its_line(page):
    buttons = page.all("#explorer .jumps button")
    assert buttons
    for button in buttons:
        button.click()
        assert value(page) == int(button.get_attribute("data-row"))
        assert button.get_attribute("aria-pressed") == "true"
        row = page.script("return document.querySelectorAll('#lines tbody tr')[arguments[0]].textContent", value(page))
        assert button.text in row
        assert_explorer_shows_its_row(page)


def money(text):
    return int(re.sub(r"[^0-9]", "", text)) * (-1 if "−" in text else 1)


def test_what_is_typed_moves_the_line_and_the_money(page, metrics):
    sales = metrics["forecast"]["sales"]
    page.script(MOVE, 0)
    points = page.one("#typed-points")
    for typed in ("39", "51"):
        points.send_keys(Keys.CONTROL + "a")
        points.send_keys(typed + Keys.ENTER)
        assert page.one("#explorer label [data-cell]").text == typed
    at = page.script("return document.querySelectorAll('#lines tbody tr')[arguments[0]].dataset.n", value(page)).split()
    leads, wins = float(at[1]), float(at[2])
    net = page.one("[data-money=net]")
    assert money(net.text) == pytest.approx(wins * sales["value_per_win"] - leads * sales["cost_per_lead"], rel=0.006)
    worth, before = page.one("#typed-worth"), page.one(".pays").text
    kept = worth.get_attribute("value")
    worth.send_keys(Keys.CONTROL + "a", Keys.BACKSPACE)
    assert net.text == "type cost and worth" and page.one(".pays").text == ""
    worth.send_keys(str(2 * sales["value_per_win"]))
    assert money(net.text) == pytest.approx(2 * wins * sales["value_per_win"] - leads * sales["cost_per_lead"], rel=0.006)
    lowest = [int(re.search(r"from (-?\d+) points", text).group(1)) for text in (before, page.one(".pays").text)]
    assert lowest[1] < lowest[0], "a win that is worth more pays for poorer leads"
    worth.send_keys(Keys.CONTROL + "a", kept)
    assert page.console() == []


def test_two_lines_are_held_side_by_side(page):
    buttons = page.all("#explorer .jumps button")
    buttons[1].click()
    page.one("#hold").click()
    held = value(page)
    assert page.one("#held p").text.startswith("This line is held")
    buttons[2].click()
    now = value(page)
    rows = page.script(
        "return [...document.querySelectorAll('#held tbody tr')].map((row) => [...row.cells].map((c) => c.textContent))"
    )
    told = page.script(
        "return arguments[0].map((row) => document.querySelectorAll('#lines tbody tr')[row].dataset.n.split(' ').map(Number))",
        [held, now],
    )
    for row, figure in ((1, 1), (2, 2)):
        difference = float(rows[row][3].replace("−", "-"))
        assert difference == pytest.approx(told[1][figure] - told[0][figure], abs=0.51)
    share = (told[1][2] - told[0][2]) / (told[1][1] - told[0][1]) * 100
    said = page.one("#held p").text
    assert float(re.search(r"of these leads ([\d.]+) of 100 convert", said).group(1)) == pytest.approx(share, abs=0.06)
    assert "After costs that is" in said
    assert page.console() == []


def test_the_decision_is_short_and_the_page_is_small(report):
    """What stands there before anything is unfolded: at most 1,200 words, pictures aside; the file under 250 kB."""
    assert report.stat().st_size < 250_000
    with opened(report) as page:
        n_words = page.script("""
            document.querySelectorAll("main svg").forEach((picture) => picture.remove());
            const decision = [...document.querySelectorAll("main > section")].filter((s) => !s.querySelector(":scope > details.fold"));
            return decision.map((s) => s.innerText.trim().split(/\\s+/).length).reduce((a, b) => a + b, 0);
        """)
        assert 600 < n_words <= 1_200


def test_the_marker_on_the_picture_follows_the_slider(page):
    def middle():
        """Of the marker, in per cent of the picture."""
        return page.script("""
            const ring = document.getElementById("marker").getBoundingClientRect();
            const picture = document.querySelector("#frontier .chart").getBoundingClientRect();
            return [((ring.left + ring.right) / 2 - picture.left) / picture.width * 100,
                    ((ring.top + ring.bottom) / 2 - picture.top) / picture.height * 100];
        """)

    last = int(page.one("#line").get_attribute("max"))
    places = []
    for row in (last // 2, last * 2 // 3, last):
        page.script(MOVE, row)
        places.append(middle())
        assert page.one("#marker").get_attribute("visibility") == "visible"
        told = page.script("return {...document.querySelectorAll('#lines tbody tr')[arguments[0]].dataset}", row)
        assert places[-1] == pytest.approx([float(told["x"].strip("%")), float(told["y"].strip("%"))], abs=0.2)
    assert places[0][0] < places[1][0] < places[2][0], "more leads lie to the right"
    assert places[0][1] < places[1][1] < places[2][1], "a lower conversion lies below"


def test_the_table_is_the_frontier_file(page, run):
    frontier = pl.read_parquet(run.folder / "frontier.parquet")
    rows = page.script(
        "return [...document.querySelectorAll('#lines tbody tr')].map((row) => [...row.cells].map((c) => c.textContent))"
    )
    by_points = {int(row[0]): row for row in rows}
    # The best leads first. Up to 120 lines are all shown; the sample has fewer.
    assert list(by_points) == frontier["threshold"].to_list()[::-1]
    for line in frontier.iter_rows(named=True):
        low, high = line["conversion_low"] * 100, line["conversion_high"] * 100
        assert by_points[line["threshold"]][3] == f"{line['conversion'] * 100:.1f} % ({low:.1f}-{high:.1f})"


# Whether the link's place is at the top of the screen, or the page is at its end.
ARRIVED = """
const top = document.querySelector(arguments[0].hash).getBoundingClientRect().top;
return Math.abs(top) < 60 || innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
"""


def test_links_lead_somewhere_and_open_what_is_folded_away(page):
    for link in page.all("nav a"):
        link.click()
        # A click is answered before the browser has scrolled.
        WebDriverWait(page.driver, 10).until(lambda _, link=link: page.script(ARRIVED, link), link.text)
    criterion = page.one("#card caption a")
    criterion.click()
    folded = page.one("#" + criterion.get_attribute("href").split("#")[1])
    WebDriverWait(page.driver, 10).until(lambda _: folded.get_attribute("open") is not None)
    assert folded.is_displayed()


def test_the_policy_stops_any_other_script_and_style(report):
    with opened(report) as page:
        page.script(
            "const script = document.createElement('script');"
            "script.textContent = 'window.ran = true';"
            "document.body.append(script);"
            "document.body.insertAdjacentHTML('beforeend', '<p id=intruder style=\"display:none\" onclick=\"1\">x</p>');"
        )
        assert page.script("return window.ran") is None
        assert page.one("#intruder").is_displayed()
        assert any("Content Security Policy" in message for message in page.console())


def test_without_a_script_the_tables_are_there_and_the_slider_is_not(report):
    with opened(report, scripts=False) as page:
        assert not page.one("#explorer").is_displayed()
        folded = page.one("#frontier details")
        folded.find_element("css selector", "summary").click()
        assert folded.find_element("css selector", "tbody tr").is_displayed()
        assert len(page.all("main > section h2")) == len(page.all("nav li")) >= 12
        for section in ("scenarios", "card", "trust", "data"):
            for folded in page.all(f"#{section} > details:not([open]) > summary"):
                folded.click()
            assert any(table.is_displayed() for table in page.all(f"#{section} table")), section


def test_it_is_dark_where_the_reader_likes_it_dark(report):
    def brightness(page, what):
        colour = page.script("return getComputedStyle(document.body)[arguments[0]]", what)
        return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3

    with opened(report) as light, opened(report, dark=True) as dark:
        assert brightness(light, "backgroundColor") > 220 > 80 > brightness(light, "color")
        assert brightness(dark, "backgroundColor") < 60 < 180 < brightness(dark, "color")


def test_the_page_never_scrolls_sideways(report):
    with opened(report) as page:
        page.unfold()
        for width in (320, 360, 768, 1024, 1600):
            page.resize(width)
            assert page.script("return [innerWidth, document.documentElement.scrollWidth]") == [width, width]


@pytest.mark.parametrize("scripts", [True, False])
def test_paper_has_the_decision_on_about_four_pages_and_nothing_cut(report, scripts):
    with opened(report, scripts=scripts, media="print", dark=True) as page:
        assert not page.one("nav").is_displayed() and not page.one("#explorer").is_displayed()
        page.command("Emulation.setScriptExecutionDisabled", value=False)
        for section in ("answer", "frontier", "scenarios", "card", "trust"):
            assert page.one(f"#{section}").is_displayed(), section
        assert not page.one("#data").is_displayed() and not page.one("#lines").is_displayed(), "an appendix that nobody opened"
        page.resize(680)
        assert page.script("return document.documentElement.scrollWidth") == 680, "nothing is cut on the right"
        assert page.script("return getComputedStyle(document.body).color") == "rgb(28, 34, 39)", "dark ink on paper"
        n_pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf()))
        assert 3 <= n_pages <= 5


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_stands_in_the_way_of_a_reader_who_sees_or_moves_little(report, width, dark):
    """Contrast, names, landmarks, order of headings, tables: the rules of axe-core."""
    with opened(report, width=width, dark=dark) as page:
        page.unfold()
        found = page.judged_by_axe()
        assert len(found["passes"]) > 20
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_card_in_use_and_compared_groups_stand_in_nobodys_way(run, bantam, tmp_path, width):
    """The sample's own card as the card in use, with segments that borrow and regions compared."""
    data = shutil.copytree(CONFIG.parent, tmp_path / "data")
    with (data / "bantam.toml").open("a") as config:
        config.write('\n[segments]\noffsets = true\nfairness = ["region"]\n')
    bantam("calibrate", data / "bantam.toml", "--champion", run.folder / "card.json", "--out", tmp_path / "out", "--quiet")
    with opened(tmp_path / "out" / "current" / "report.html", width=width) as page:
        assert page.one("#champion h2").text == "Beside the card in use"
        assert page.one("#segments h2").text == "Segments and fairness"
        page.unfold()
        found = page.judged_by_axe()
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
        assert page.script("return document.documentElement.scrollWidth <= window.innerWidth")
