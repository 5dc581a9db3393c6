"""The page of a comparison: curves of all treatments, and the tables."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corrin.faces.page import made_with, page, section
from corrin.faces.wording import after, number, unit_text
from corrin.files import whole_file
from corrin.units import YEAR, format_time
from corrin.variables import catalogue

if TYPE_CHECKING:
    from corrin.clinic.compare import Comparison

_DRAWN = (
    "serum_b12", "methylmalonic_acid", "total_homocysteine", "hemoglobin", "numbness_feet",
    "balance", "cognition", "disability_score",
)  # fmt: skip
_LOGARITHMIC = ("serum_b12", "methylmalonic_acid", "total_homocysteine")
# Apart in lightness as well as in hue (Okabe and Ito 2008), and by dashes.
_COLOURS = ("#555555", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_DASHES = ("", "", "6 3", "2 3", "8 3 2 3", "1 4", "10 4")
_WIDE, _HIGH = 460.0, 220.0
_LEFT, _BOTTOM = 52.0, 28.0


def write_page(found: Comparison, path: str | Path) -> None:
    """Write the page of a comparison: one HTML file that needs nothing from outside."""
    charts = "".join(_chart(found, name) for name in _DRAWN)
    note = (
        "Lines: the central parameter set. Bands: 5 to 95 % of "
        f"{found.members} parameter sets that fit what is published."
        if found.members
        else "Lines: the central parameter set; no intervals."
    )
    content = (
        f"<section>{_who(found)}</section>"
        + section("courses", "Courses", note, _legend(found) + f'<div class="grid2">{charts}</div>')
        + section("table", "In numbers", "", _table(found))
        + section("burden", "What it asks", escape(f"Costs: {found.prices.origin}."), _asks(found))
        + section("made", "How it was made", "", made_with(found.manifest))
    )
    title = f"Treatments compared: {found.scenario.name}"
    with whole_file(Path(path)) as part:
        part.write_text(page(title, str(found.manifest["corrin"]), content), encoding="utf-8")


def _who(found: Comparison) -> str:
    lines = [
        f"{found.scenario.name}. Treatment starts at {format_time(found.start)}; followed until "
        f"{format_time(found.until)}.",
        *found.notes,
    ]
    head = f"<h1>{escape(f'Treatments compared: {found.scenario.name}')}</h1>"
    return head + "".join(f"<p>{escape(line)}</p>" for line in lines)


def _legend(found: Comparison) -> str:
    """Return the key of the curves."""
    items = "".join(
        f'<li><svg width="34" height="10" aria-hidden="true"><line x1="0" y1="5" x2="34" y2="5" '
        f'stroke="{_COLOURS[i % 7]}" stroke-width="2.5" stroke-dasharray="{_DASHES[i % 7]}"/>'
        f"</svg> {escape(course.plan.label)}</li>"
        for i, course in enumerate(found.courses)
    )
    return f'<ul style="list-style:none;padding:0">{items}</ul>'


def _chart(found: Comparison, name: str) -> str:
    """Return one chart as SVG."""
    known = catalogue()[name]
    log = name in _LOGARITHMIC
    spans = [course.interval(name) for course in found.courses]
    every = [course.central(name) for course in found.courses]
    every += [edge for span in spans if span is not None for edge in span]
    low, high = float(np.nanmin(every)), float(np.nanmax(every))
    if log:
        low, high = max(low, 1e-3), max(high, 1e-2)
    elif high - low < 1:
        high = low + 1
    unit = unit_text(known.unit)

    def x(day: np.ndarray | float) -> np.ndarray:
        return _LEFT + np.asarray(day) / found.until * (_WIDE - _LEFT - 8)

    def y(value: np.ndarray | float) -> np.ndarray:
        shown, bottom, top = np.clip(value, low, high), low, high
        if log:
            shown, bottom, top = np.log(shown), float(np.log(low)), float(np.log(high))
        share = (shown - bottom) / ((top - bottom) or 1)
        return np.asarray(8 + (1 - share) * (_HIGH - _BOTTOM - 8))

    parts = []
    for i, (course, span) in enumerate(zip(found.courses, spans, strict=True)):
        colour = _COLOURS[i % 7]
        if span is not None:
            edge = np.concatenate([found.times, found.times[::-1]])
            band = np.concatenate([span[0], span[1][::-1]])
            parts.append(f'<polygon points="{_points(x(edge), y(band))}" fill="{colour}" '
                         'fill-opacity="0.12"/>')  # fmt: skip
        parts.append(
            f'<polyline points="{_points(x(found.times), y(course.central(name)))}" fill="none" '
            f'stroke="{colour}" stroke-width="2" stroke-dasharray="{_DASHES[i % 7]}"/>'
        )
    ends = [(low, y(low)), (high, y(high))]
    marks = "".join(
        f'<text x="{_LEFT - 4}" y="{float(at) + 4:.1f}" text-anchor="end" font-size="11" '
        f'fill="currentColor">{escape(number(value, 2))}</text>'
        for value, at in ends
    )
    years = "".join(
        f'<text x="{float(x(day)):.1f}" y="{_HIGH - 8}" text-anchor="middle" font-size="11" '
        f'fill="currentColor">{day / YEAR:.3g} y</text>'
        for day in np.linspace(0, found.until, 5)
    )
    begin = float(x(found.start))
    start = (
        f'<line x1="{begin:.1f}" y1="8" x2="{begin:.1f}" y2="{_HIGH - _BOTTOM}" '
        'stroke="currentColor" stroke-dasharray="2 2" stroke-opacity="0.6"/>'
    )
    title = known.long_name + (f" [{unit}]" if unit else "")
    told = f"{title} over time, one line for each treatment"
    return (
        f'<figure style="margin:0"><figcaption>{escape(title)}</figcaption>'
        f'<svg viewBox="0 0 {_WIDE:g} {_HIGH:g}" role="img" aria-label="{escape(told)}" '
        f'style="width:100%;max-width:32rem">{start}{"".join(parts)}{marks}{years}</svg></figure>'
    )


def _points(x: np.ndarray, y: np.ndarray) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True) if np.isfinite(b))


def _table(found: Comparison) -> str:
    """Return the values at the shown moments."""
    from corrin.clinic.compare import BLOOD, SYMPTOMS

    head = "".join(f'<th scope="col">{escape(c.plan.text)}</th>' for c in found.courses)
    lines = []
    for name in (*BLOOD, *SYMPTOMS):
        known = catalogue()[name]
        for moment in (found.start, found.until):
            cells = "".join(
                f"<td>{escape(_cell(*found.at(course, name, moment)))}</td>"
                for course in found.courses
            )
            label = f"{known.long_name} {unit_text(known.unit)}, {after(moment, found.start)}"
            lines.append(f'<tr><th scope="row">{escape(label)}</th>{cells}</tr>')
    return (
        f'<div class="table"><table><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _cell(value: float, low: float, high: float) -> str:
    shown = "0" if abs(value) < 0.005 else number(value)
    if not np.isfinite(low):
        return shown
    return f"{shown} ({number(max(low, 0.0), 2)} to {number(max(high, 0.0), 2)})"


def _asks(found: Comparison) -> str:
    """Return burden and cost."""
    head = "".join(f'<th scope="col">{escape(c.plan.text)}</th>' for c in found.courses)
    lines = []
    for label, key in (("Injections", "injections"), ("Tablets", "tablets"), ("Visits", "visits")):
        cells = "".join(f"<td>{getattr(c.burden, key)}</td>" for c in found.courses)
        lines.append(f'<tr><th scope="row">{label}</th>{cells}</tr>')
    money = "".join(f"<td>{course.cost:.0f}</td>" for course in found.courses)
    lines.append(f'<tr><th scope="row">Cost [{escape(found.prices.currency)}]</th>{money}</tr>')
    return (
        f'<div class="table"><table><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
