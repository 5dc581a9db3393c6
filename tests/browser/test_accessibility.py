"""The whole page for those who do not see it, or have no mouse: axe, keyboard, sizes, names."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from .conftest import DESKTOP, PHONE

Visit = Callable[..., Any]

STATE = "scenario=treated-late&t=5.5&symptom=numbness_feet"
LONG = 120_000  # ms that an answer may take on a busy machine
SMALLEST = 12.0  # px of text

pytestmark = pytest.mark.usefixtures("reference_people")


@pytest.fixture(scope="session")
def axe() -> str:
    package = pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    return (files(package.__name__) / "axe.min.js").read_text(encoding="utf-8")


def filled(visit: Visit, viewport: dict[str, int], theme: str) -> Any:
    """Open the page with every panel answered, details open and saving shown."""
    page = visit(f"{STATE}&theme={theme}", viewport)
    for view, ready in (
        ("measures", "#measures .lab svg[aria-label]"), ("nerve", "#nerve"),
        ("why", "#why .share"), ("treatment", "#treatment .last-safe li"),
        ("results", "#result-b12"), ("model", "#model .found"),
    ):  # fmt: skip
        page.locator(f"#{view}").scroll_into_view_if_needed()
        page.wait_for_selector(ready, timeout=LONG)
    page.locator("#result-b12").fill("118")
    page.locator("#result-b12").press("Enter")
    page.wait_for_selector("#results .tale", timeout=LONG)
    page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
    page.evaluate("document.querySelectorAll('.save-toggle').forEach((one) => one.click())")
    page.wait_for_timeout(500)
    return page


@pytest.mark.parametrize(
    ("viewport", "theme"),
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")],
    ids=["light", "dark", "phone", "phone-dark"],
)
def test_axe_has_no_serious_finding(
    visit: Visit, axe: str, viewport: dict[str, int], theme: str
) -> None:
    page = filled(visit, viewport, theme)
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    told = [
        f"{v['impact']}: {v['id']}: {v['help']}: {[n['target'] for n in v['nodes'][:4]]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert told == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_text_is_small_and_nothing_sticks_out(visit: Visit, viewport: dict[str, int]) -> None:
    page = filled(visit, viewport, "light")
    small = page.evaluate(
        """(least) => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const found = new Set();
          while (walker.nextNode()) {
            const { parentElement: parent, data } = walker.currentNode;
            if (!data.trim() || !parent.checkVisibility()) continue;
            const css = getComputedStyle(parent);
            const box = parent.getBoundingClientRect();
            if (box.width <= 1 || parent.closest("title, desc, script, noscript, option")) continue;
            let size = parseFloat(css.fontSize);
            const drawing = parent.closest("svg");
            if (drawing?.getScreenCTM) size *= parent.getScreenCTM?.()?.a ?? 1;
            if (size < least - 0.01) found.add(`${data.trim().slice(0, 40)}: ${size.toFixed(1)}`);
          }
          return [...found];
        }""",
        SMALLEST,
    )
    assert small == []
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


def test_targets_on_a_phone_can_be_hit(visit: Visit) -> None:
    page = filled(visit, PHONE, "light")
    tight = page.evaluate(
        """() => [...document.querySelectorAll("main :is(button, select, input, summary)")]
          .filter((one) => one.checkVisibility() && one.offsetParent && !one.closest(".unseen")
            && !["range", "file", "checkbox", "radio"].includes(one.type))
          .map((one) => [one, one.getBoundingClientRect()])
          .filter(([one, box]) => box.width > 1 && (box.height < 24 || box.width < 24))
          .map(([one, box]) => [one.className, one.textContent, box.width, box.height])"""
    )
    assert tight == []


def test_all_controls_are_reached_by_keyboard_and_seen(visit: Visit) -> None:
    page = visit(STATE, reduced_motion="reduce")  # so that scrolling takes no time
    page.wait_for_selector("#treatment .plan", timeout=LONG)
    page.evaluate("document.body.focus()")
    seen: list[str] = []
    for _ in range(400):
        page.keyboard.press("Tab")
        where = page.evaluate(
            """async () => {
              // What was near may just be filled in: the place is judged once it has settled.
              for (let i = 0; i < 20; i++) {
                await new Promise((next) => requestAnimationFrame(next));
                const at = document.activeElement.getBoundingClientRect();
                if (i && at.bottom > 0 && at.top < innerHeight) break;
              }
              const one = document.activeElement;
              if (!one || one === document.body) return null;
              const css = getComputedStyle(one);
              const label = one.closest("label");
              const ring = css.outlineStyle !== "none" && parseFloat(css.outlineWidth) > 0
                || one.matches(".range, .unseen") || label?.matches(":focus-within")
                || one instanceof SVGElement; // the figure draws rings of its own
              const section = one.closest("section[id], header, footer, .timeline, .hero, aside");
              const box = one.getBoundingClientRect();
              const shown = box.bottom > 0 && box.top < innerHeight;
              return [section?.id || section?.tagName || "", one.tagName, Boolean(ring), shown,
                one.getAttribute("aria-label") || one.textContent.slice(0, 40) || one.id];
            }"""
        )
        if where is None:
            break
        assert where[2], f"no focus ring on {where}"
        assert where[3], f"focus out of sight on {where}"
        seen.append(where[0])
    else:
        pytest.fail("the focus never leaves the page")
    order = list(dict.fromkeys(seen))
    wanted = ["timeline", "why", "treatment", "results", "model"]
    assert [one for one in order if one in wanted] == wanted


def test_headings_and_landmarks_have_an_order(visit: Visit) -> None:
    page = visit(STATE)
    page.wait_for_selector("#treatment .plan", timeout=LONG)
    assert page.locator("h1").count() == 1
    for role in ("banner", "navigation", "main", "contentinfo"):
        assert page.get_by_role(role).count() >= 1, role
    for view in ("why", "treatment", "results", "model"):
        name = page.locator(f"#{view}").get_attribute("aria-labelledby")
        assert page.locator(f"#{name}").inner_text().strip()


def test_what_changes_is_said(visit: Visit) -> None:
    page = visit(f"{STATE}&view=why")
    page.locator("#why .status", has_text="Answer for year 5.5").wait_for(timeout=LONG)
    assert page.locator("#why .status").get_attribute("role") == "status"
    for view in ("treatment", "results", "model"):
        assert page.locator(f"#{view} [role=status]").count() >= 1
