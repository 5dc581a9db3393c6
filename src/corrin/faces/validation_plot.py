"""Pictures of predicted against published values, drawn in SVG without a library.

Strokes and dots keep their size while the drawing stretches with its column, as in `chart`;
colours are the page's, one per theme. A hollow dot is a miss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING

from corrin.evidence.observations import FOLD, THEMES
from corrin.evidence.validate import Row, records
from corrin.faces.chart import HEIGHT, WIDTH
from corrin.faces.wording import number, quantity

if TYPE_CHECKING:
    import pandas as pd

#: Ratios of predicted to published at the edges of pictures of ratios, and the marks between.
FURTHEST = 8.0
RATIO_MARKS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LANES = 3  # dots of one theme are spread over this many heights


@dataclass(frozen=True)
class _Axis:
    """A logarithmic axis between two positive ends."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Return where a value lies between the ends, 0 to 1; what is beyond is at the end."""
        if value <= self.low:
            return 0.0
        return min(1.0, log10(value / self.low) / log10(self.high / self.low))


_RATIO = _Axis(1 / FURTHEST, FURTHEST)


def scatter(rows: pd.DataFrame, ends: tuple[float, float], told: str) -> str:
    """Draw predicted against published values, both logarithmic.

    Parameters
    ----------
    rows : DataFrame
        Rows of a validation; those whose values have not one sign, or are 0, are left out.
    ends : tuple of float
        Smallest and largest value of both axes, powers of ten.
    told : str
        What the picture shows, for those who do not see it.

    Returns
    -------
    str
        An HTML ``div``.
    """
    axis = _Axis(*ends)

    def at(published: float, predicted: float) -> tuple[float, float]:
        return WIDTH * axis.share(published), HEIGHT * (1 - axis.share(predicted))

    powers = [10.0**e for e in range(round(log10(axis.low)), round(log10(axis.high)) + 1)]
    drawn = "".join(
        f'<path class="grid" d="M0 {at(axis.low, p)[1]:.0f}H{WIDTH}'
        f'M{at(p, axis.low)[0]:.0f} 0V{HEIGHT}"/>'
        for p in powers
    )
    drawn += f'<path class="identity" d="M0 {HEIGHT}L{WIDTH} 0"/>'
    for start, stop in (
        (at(axis.low, axis.low * FOLD), at(axis.high / FOLD, axis.high)),
        (at(axis.low * FOLD, axis.low), at(axis.high, axis.high / FOLD)),
    ):
        ends_of_line = f"M{start[0]:.0f} {start[1]:.0f}L{stop[0]:.0f} {stop[1]:.0f}"
        drawn += f'<path class="fold" d="{ends_of_line}"/>'
    for row in records(rows):
        if comparable(row):
            x, y = at(abs(row["value"]), abs(row["predicted"]))
            bars = ""
            if isfinite(row["interval_low"]):
                _, low = at(axis.low, abs(row["interval_low"]))
                _, high = at(axis.low, abs(row["interval_high"]))
                bars = f'<path class="interval" d="M{x:.1f} {low:.1f}V{high:.1f}"/>'
            drawn += _dot(row, x, y, bars)
    # Every second power of ten where the axis is long, so that its words do not touch.
    words = {power_text(p): axis.share(p) for p in powers[:: ceil(len(powers) / 8)]}
    xs = "".join(f'<span style="left:{100 * s:.1f}%">{w}</span>' for w, s in words.items())
    ys = "".join(f'<span style="top:{100 * (1 - s):.1f}%">{w}</span>' for w, s in words.items())
    return _framed("scatter", drawn, told, xs, ys, ("published", "model"))


def ratios(rows: pd.DataFrame, told: str) -> str:
    """Draw predicted over published, one line per theme; beyond `FURTHEST` at the edge.

    Parameters
    ----------
    rows : DataFrame
        Rows of a validation of one use.
    told : str
        What the picture shows, for those who do not see it.

    Returns
    -------
    str
        An HTML ``div``.
    """
    themes = [theme for theme in THEMES if (rows["theme"] == theme).any()]
    height = HEIGHT / max(len(themes), 1)
    drawn = _ratio_grid(HEIGHT)
    for place, theme in enumerate(themes):
        own = rows[(rows["theme"] == theme) & rows["fold"].notna()].sort_values("fold")
        for i, row in enumerate(records(own)):
            x = WIDTH * _RATIO.share(row["fold"])
            y = height * (place + 0.5 + 0.24 * (i % _LANES - (_LANES - 1) / 2))
            drawn += _dot(row, x, y)
    xs = ratio_marks()
    ys = "".join(
        f'<span style="top:{100 * (i + 0.5) / len(themes):.1f}%">{theme}</span>'
        for i, theme in enumerate(themes)
    )
    return _framed("ratios", drawn, told, xs, ys)


def forest(row: Row) -> str:
    """Draw one comparison as a strip: the limits, the published value, interval and prediction.

    All are shown as ratios to the published value, from 1/8 to 8; a row without a ratio gives
    nothing.
    """
    if not isfinite(row["fold"]):
        return ""
    value = row["value"]
    low, high = sorted(_RATIO.share(row[end] / value) for end in ("limit_low", "limit_high"))
    width = WIDTH * (high - low)
    drawn = f'<rect class="band" x="{WIDTH * low:.0f}" y="10" width="{width:.0f}" height="80"/>'
    drawn += f'<path class="identity" d="M{WIDTH / 2:.0f} 0V100"/>'
    bar = ""
    if isfinite(row["interval_low"]):
        ends = sorted(_RATIO.share(row[f"interval_{end}"] / value) for end in ("low", "high"))
        bar = f'<path class="interval" d="M{WIDTH * ends[0]:.0f} 50H{WIDTH * ends[1]:.0f}"/>'
    drawn += _dot(row, WIDTH * _RATIO.share(row["fold"]), 50, bar)
    said = f"predicted over published {number(row['fold'])}"
    return (
        f'<svg class="forest" viewBox="0 0 {WIDTH} 100" preserveAspectRatio="none" role="img" '
        f'aria-label="{said}">{drawn}</svg>'
    )


def ratio_marks() -> str:
    """Return the numbers of an axis of ratios."""
    words = {0.125: "⅛", 0.25: "¼", 0.5: "½"}
    return "".join(
        f'<span style="left:{100 * _RATIO.share(mark):.1f}%">{words.get(mark, f"{mark:g}")}</span>'
        for mark in RATIO_MARKS
    )


def comparable(row: Row) -> bool:
    """Return whether a row has a place in a picture with logarithmic axes."""
    return isfinite(row["fold"]) and row["fold"] > 0


def ends(rows: pd.DataFrame) -> tuple[float, float]:
    """Return the powers of ten between which all values of some rows lie."""
    shown = rows[rows["fold"] > 0]
    if shown.empty:
        return 1.0, 10.0
    values = [abs(v) for name in ("value", "predicted") for v in shown[name]]
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return 10.0**low, 10.0 ** max(high, low + 1)


def power_text(value: float) -> str:
    """Return a power of ten as an axis shows it: 0.1, 1, 10, 100, else 10 with its exponent."""
    exponent = round(log10(value))
    if -1 <= exponent <= 2:
        return f"{value:g}"
    return f"10{str(exponent).translate(_SUPERSCRIPT)}"


def legend(themes: Sequence[str]) -> str:
    """Return what the colours and the filling of dots mean."""
    items = "".join(
        f'<li><i class="dot theme-{THEMES.index(theme)}"></i>{theme}</li>' for theme in themes
    )
    return (
        f'<ul class="legend keys">{items}<li><i class="dot ring"></i>hollow: outside the published '
        "range</li></ul>"
    )


def _dot(row: Row, x: float, y: float, beside: str = "") -> str:
    """Return the mark of a row, filled where it agrees, with its numbers for the pointer."""
    words = (
        f"{row['quantity']}: published {quantity(row['value'], row['unit'])}, "
        f"model {quantity(row['predicted'], row['unit'])}"
    )
    place = f'd="M{x:.1f} {y:.1f}h.01"'
    hollow = "" if row["agrees"] else f'<path class="hole" {place}/>'
    return (
        f'<g class="theme-{THEMES.index(row["theme"])}"><title>{escape(words)}</title>{beside}'
        f'<path class="mark" {place}/>{hollow}</g>'
    )


def _ratio_grid(height: float) -> str:
    """Return the 1.5-fold band and the marks of an axis of ratios."""
    low, high = (WIDTH * _RATIO.share(ratio) for ratio in (1 / FOLD, FOLD))
    drawn = f'<rect class="band" x="{low:.0f}" y="0" width="{high - low:.0f}" height="{height}"/>'
    for mark in RATIO_MARKS:
        kind = "identity" if mark == 1 else "grid"
        drawn += f'<path class="{kind}" d="M{WIDTH * _RATIO.share(mark):.0f} 0V{height}"/>'
    return drawn


def _framed(
    kind: str, drawn: str, told: str, xs: str, ys: str, names: tuple[str, str] = ("", "")
) -> str:
    """Return a drawing with the words of its axes as HTML."""
    across, up = (f'<p class="axis-name">{name}</p>' if name else "" for name in names)
    return (
        f'<div class="plot {kind}">{up}<div class="ys" aria-hidden="true">{ys}</div>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(told, quote=True)}">{drawn}</svg>'
        f'<div class="xs" aria-hidden="true">{xs}</div>{across}</div>'
    )
