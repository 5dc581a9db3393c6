"""Saving every view, links that restore it, and the tour."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from .conftest import DESKTOP, Server

Visit = Callable[..., Any]

SCENARIO = "treated-late"
STATE = f"scenario={SCENARIO}&t=5.5&symptom=numbness_feet"
LONG = 120_000  # ms that an answer may take on a busy machine
_IMPORT = "async ([module, name, args]) => (await import(`/js/${module}.js`))[name](...args)"


def plain(text: str) -> str:
    """Text with one kind of blank."""
    return re.sub(r"[\s\u00a0\u2009]+", " ", text).strip()


def save(page: Any, view: str, kind: str) -> Any:
    section = page.locator(f"#{view}")
    toggle = section.locator(".save-toggle")
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.click()
    with page.expect_download(timeout=LONG) as waiting:
        section.locator(".save-actions").get_by_role("button", name=kind, exact=True).click()
    return waiting.value


@pytest.mark.parametrize("view", ["figure", "measures", "nerve", "why", "treatment", "model"])
def test_every_view_can_be_saved(visit: Visit, view: str, tmp_path: Path) -> None:
    ready = {
        "why": "#why .share", "treatment": "#treatment .last-safe li", "model": "#model .found",
    }  # fmt: skip
    page = visit(f"{STATE}&view={view}")
    page.locator(f"#{view}").scroll_into_view_if_needed()
    if view in ready:
        page.wait_for_selector(ready[view], timeout=LONG)
    heading = plain(page.locator(f"#{view}").locator("h1, h2").first.inner_text())
    for kind, ending in (("PNG", "png"), ("SVG", "svg"), ("CSV", "csv"), ("Scenario YAML", "yaml")):
        found = save(page, view, kind)
        assert found.suggested_filename.endswith(f".{ending}")
        file = tmp_path / found.suggested_filename
        found.save_as(file)
        if kind == "PNG":
            data = file.read_bytes()
            assert data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) > 10_000
        elif kind == "SVG":
            root = ElementTree.parse(file).getroot()
            words = plain(" ".join(root.itertext()))
            assert heading in words and "not a medical device" in words
            refers = [v for node in root.iter() for k, v in node.items() if k.endswith("href")]
            assert all(one.startswith(("#", "data:")) for one in refers)
            assert "url(http" not in file.read_text() and "<script" not in file.read_text()
        elif kind == "CSV":
            lines = file.read_text().splitlines()
            assert lines[0].startswith("# corrin ")
            rows = list(csv.reader(io.StringIO("\n".join(lines[1:]))))
            assert len(rows) > 3 and len({len(row) for row in rows}) == 1
        else:
            assert "autoimmune gastritis" in file.read_text()


def test_the_curves_in_a_file_are_those_of_the_server(
    visit: Visit, server: Server, tmp_path: Path
) -> None:
    page = visit(STATE)
    found = save(page, "measures", "CSV")
    found.save_as(tmp_path / "curves.csv")
    lines = (tmp_path / "curves.csv").read_text().splitlines()
    rows = list(csv.DictReader(lines[1:]))
    run = server.post("run", {"scenario": SCENARIO})
    assert [float(row["year"]) for row in rows] == run["time"]
    column = [float(row["serum_b12 [pmol/L]"]) for row in rows]
    assert column == run["curves"]["serum_b12"]["values"]


def test_what_a_user_wrote_starts_no_formula(visit: Visit) -> None:
    page = visit(STATE)
    rows = [["name", "value"], ["=1+1", -2.5], ["@x, y", "-1+cmd"], ["plain", "−3"]]
    text = page.evaluate(_IMPORT, ["download", "text", [rows, {"run": None, "t": None}]])
    assert text.splitlines()[1:] == ["name,value", "'=1+1,-2.5", '"\'@x, y",-1+cmd', "plain,−3"]


def test_a_link_restores_the_view(visit: Visit) -> None:
    page = visit(
        f"{STATE}&level=clinical&theme=dark", permissions=["clipboard-read", "clipboard-write"]
    )
    page.locator("#treatment").scroll_into_view_if_needed()
    page.locator("#plan-a-start").fill("2")
    page.keyboard.press("Tab")
    page.locator("#why").get_by_role("radio", name="Balance").click()
    page.wait_for_timeout(500)
    section = page.locator("#treatment")
    section.locator(".save-toggle").click()
    section.get_by_role("button", name="Copy link").click()
    section.locator(".save-actions [role=status]", has_text="Link copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    other = visit(urlsplit(link).fragment)
    other.wait_for_timeout(1500)
    assert other.locator("#plan-a-start").input_value() == "2"
    assert other.locator("#why [aria-checked=true]").inner_text() == "Balance"
    assert other.get_by_role("radio", name="Clinical").get_attribute("aria-checked") == "true"
    assert other.evaluate("document.documentElement.dataset.theme") == "dark"
    top = other.evaluate("document.getElementById('treatment').getBoundingClientRect().top")
    assert -50 < top < 0.5 * DESKTOP["height"]


def test_the_command_is_that_of_the_server(visit: Visit, server: Server) -> None:
    page = visit(f"{STATE}&view=why")
    page.wait_for_selector("#why .share", timeout=LONG)
    answer = server.post("why", {"scenario": SCENARIO, "at": 5.5, "symptom": "numbness_feet"})
    page.locator("#why .save-toggle").click()
    assert page.locator("#why code.command").inner_text() == answer["command"]


# Tour.


@pytest.fixture
def stranger(server: Server, chromium: Any) -> Any:
    context = chromium.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.goto(f"{server.url}#{STATE}")
    page.wait_for_selector("#sentence:not(:empty)", timeout=LONG)
    yield page
    context.close()


def test_the_tour_is_offered_once_and_never_blocks(stranger: Any) -> None:
    page = stranger
    page.locator(".tour").wait_for()
    assert page.evaluate("document.activeElement === document.body")  # it takes no focus
    page.get_by_role("radio", name="Clinical").click()  # and covers nothing that is in use
    page.get_by_role("button", name="Not now").click()
    assert page.locator(".tour").is_hidden()
    assert page.evaluate("Object.keys(localStorage)") == ["corrin-tour"]
    page.reload()
    page.wait_for_selector("#sentence:not(:empty)", timeout=LONG)
    assert page.locator(".tour").is_hidden()


def test_the_tour_is_walked_by_keyboard(stranger: Any) -> None:
    page = stranger
    page.get_by_role("button", name="Take the tour").focus()
    page.keyboard.press("Enter")
    first = page.locator(".tour-title").inner_text()
    assert page.evaluate("document.activeElement.className") == "tour-title"
    page.keyboard.press("ArrowRight")
    assert page.locator(".tour-title").inner_text() != first
    assert page.locator(".tour-here").count() == 1
    count = int(re.findall(r"of (\d+)", page.locator(".tour").inner_text())[0])
    assert count == 7
    for _ in range(count - 2):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Done").click()
    assert page.locator(".tour").is_hidden()
    assert page.locator(".tour-here").count() == 0
    page.locator("#tour-start").click()
    assert page.locator(".tour-title").inner_text() == first
    page.keyboard.press("Escape")
    assert page.locator(".tour").is_hidden()
    assert page.evaluate("document.activeElement.id") == "tour-start"


def test_the_tour_takes_about_a_minute(stranger: Any) -> None:
    page = stranger
    page.get_by_role("button", name="Take the tour").click()
    words = 0
    for _ in range(6):
        words += len(page.locator(".tour").inner_text().split())
        page.keyboard.press("ArrowRight")
    words += len(page.locator(".tour").inner_text().split())
    assert 100 < words < 250  # at some 200 words a minute
