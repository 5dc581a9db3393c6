"""Small charts for the report, drawn in SVG without a library.

The drawing stretches with its column while lines, dots and words keep their size: strokes
are non-scaling and all text is HTML beside the SVG. Colours are the page's CSS variables,
so one drawing serves light, dark and paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

import numpy as np

from corrin.faces.wording import number

#: Size of the drawing in its own units; the page gives it a size in pixels.
WIDTH, HEIGHT = 1000, 500

# How many columns a curve is reduced to; each keeps its smallest and largest value.
_COLUMNS = 300

# From this many turns on, closer together than `_CLOSE` drawing units, saw-teeth become a band.
_TEETH, _CLOSE = 12, 30.0

# How far a drawn line may pass from a point left out, in drawing units (about 0.1 pixel).
_FINE = 0.6


@dataclass(frozen=True)
class Frame:
    """Window of a chart.

    Attributes
    ----------
    start, end : float
        Times [day] at its left and right edge.
    low, high : float
        Values at its lower and upper edge, both positive when `log`.
    log : bool
        Whether the value axis is logarithmic.
    """

    start: float
    end: float
    low: float
    high: float
    log: bool = False

    def x(self, times: np.ndarray | float) -> np.ndarray:
        """Return horizontal positions of `times` [day], in drawing units."""
        span = (self.end - self.start) or 1.0
        return np.asarray((np.asarray(times, dtype=float) - self.start) / span * WIDTH)

    def y(self, values: np.ndarray | float) -> np.ndarray:
        """Return vertical positions of `values`, in drawing units from the top, clipped."""
        shown = np.clip(np.asarray(values, dtype=float), self.low, self.high)
        low, high = self.low, self.high
        if self.log:
            shown, low, high = np.log(shown), math.log(low), math.log(high)
        return np.asarray(HEIGHT - (shown - low) / ((high - low) or 1.0) * HEIGHT)


def ticks(low: float, high: float, count: int = 3) -> list[float]:
    """Return round values between `low` and `high`, about `count` of them.

    Parameters
    ----------
    low, high : float
        Ends of the axis.
    count : int
        How many ticks are wanted.

    Returns
    -------
    list of float
        Multiples of 1, 2 or 5 times a power of ten, ascending.
    """
    raw = (high - low) / max(count, 1)
    if raw <= 0 or not math.isfinite(raw):
        return [low]
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(f * power for f in (1, 2, 5, 10) if f * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def log_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Return round values for a logarithmic axis from `low` to `high`, at most about `count`.

    Parameters
    ----------
    low, high : float
        Ends of the axis, both positive.
    count : int
        How many ticks are wanted at most.

    Returns
    -------
    list of float
        Powers of ten, or 1, 2 and 5 times them where the axis is short, ascending.
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for multiples in ((1, 2, 5), (1, 3), (1,)):
        found = [
            m * 10.0**e
            for e in range(first, last + 1)
            for m in multiples
            if low <= m * 10.0**e <= high
        ]
        if len(found) <= count:
            return found
    return found[:: math.ceil(len(found) / count)]


def reduced(times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Reduce a curve to what a small chart can show, keeping every peak and trough.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Times, ascending.
    values : ndarray, shape (n,)
        Values; those that are not finite are left out.

    Returns
    -------
    times, values : ndarray, shape (m,)
        The points kept, m at most two per column and the ends.
    """
    known = np.isfinite(values)
    times, values = times[known], values[known]
    if times.size <= 4 * _COLUMNS:
        return times, values
    edges = np.linspace(times[0], times[-1], _COLUMNS + 1)[1:-1]
    parts = np.split(np.arange(times.size), np.searchsorted(times, edges))
    kept = {0, times.size - 1}
    for part in parts:
        if part.size:
            kept |= {int(part[np.argmin(values[part])]), int(part[np.argmax(values[part])])}
    chosen = np.array(sorted(kept))
    return times[chosen], values[chosen]


@dataclass(frozen=True)
class Outline:
    """A curve as a small chart shows it.

    Attributes
    ----------
    times : ndarray, shape (m,)
        Times, ascending.
    edge : ndarray, shape (m,)
        The line to draw.
    other : ndarray, shape (m,)
        Other edge of the band between peaks and troughs, equal to `edge` outside saw-teeth.
    """

    times: np.ndarray
    edge: np.ndarray
    other: np.ndarray


def outline(frame: Frame, times: np.ndarray, values: np.ndarray, side: str = "low") -> Outline:
    """Reduce a curve, turning saw-teeth too close to tell apart into a band.

    Parameters
    ----------
    frame : Frame
        Window of the chart.
    times, values : ndarray, shape (n,)
        The curve.
    side : str
        Whether the line follows the ``low`` or the ``high`` edge of such a band.

    Returns
    -------
    Outline
        What to draw.
    """
    times, values = reduced(times, values)
    xs, ys = frame.x(times), frame.y(values)
    turns = _teeth(xs, ys)
    if not turns.size:
        return Outline(times, values, values)
    heights = ys[turns]
    beside = np.concatenate((heights[1:2], (heights[:-2] + heights[2:]) / 2, heights[-2:-1]))
    peaks, troughs = turns[heights < beside], turns[heights >= beside]
    rest = xs[-1] - xs[turns[-1]] < 2 * _CLOSE  # too short to tell from the band
    inner = slice(turns[0], None if rest else turns[-1] + 1)
    upper, lower = values.copy(), values.copy()
    upper[inner] = np.interp(times[inner], times[peaks], values[peaks])
    lower[inner] = np.interp(times[inner], times[troughs], values[troughs])
    upper, lower = np.maximum(upper, lower), np.minimum(upper, lower)
    return Outline(times, lower, upper) if side == "low" else Outline(times, upper, lower)


def line(
    frame: Frame,
    times: np.ndarray,
    values: np.ndarray,
    harmed: Callable[[np.ndarray], np.ndarray] | None = None,
    side: str = "low",
) -> str:
    """Return the SVG of a curve, marked where it tells of harm.

    Parameters
    ----------
    frame : Frame
        Window of the chart.
    times, values : ndarray, shape (n,)
        The curve.
    harmed : callable, optional
        Gives for values, shape (m,), where they tell of harm, shape (m,), bool.
    side : str
        Edge that the line follows where the curve is a band: ``low`` or ``high``.

    Returns
    -------
    str
        SVG paths.
    """
    shown = outline(frame, times, values, side)
    xs, ys = frame.x(shown.times), frame.y(shown.edge)
    drawn = ""
    apart = np.flatnonzero(shown.edge != shown.other)
    if apart.size:
        part = slice(apart[0], apart[-1] + 1)
        drawn = (
            f'<path class="teeth" d="{_polygon(xs[part], ys[part], frame.y(shown.other[part]))}"/>'
        )
    drawn += _stroke(xs, ys, "line")
    if harmed is not None:
        mask = harmed(shown.edge).astype(int)
        bounds = np.flatnonzero(np.diff(np.concatenate(([0], mask, [0]))))
        for begin, stop in zip(bounds[::2], bounds[1::2], strict=True):
            drawn += _stroke(xs[begin:stop], ys[begin:stop], "line harm")
    return drawn


def area(frame: Frame, times: np.ndarray, top: np.ndarray, bottom: np.ndarray, style: str) -> str:
    """Return the SVG of the area between two curves (shape (n,)) over the same times."""
    picked, _ = reduced(times, top)
    xs = frame.x(picked)
    upper = frame.y(np.interp(picked, times, top))
    lower = frame.y(np.interp(picked, times, bottom))
    return f'<path class="{style}" d="{_polygon(xs, upper, lower)}"/>'


def dot(frame: Frame, time: float, value: float, style: str = "dot") -> str:
    """Return the SVG of a round mark at `time` [day] and `value`."""
    x, y = float(frame.x(time)), float(frame.y(value))
    return f'<path class="{style}" d="M{x:.0f} {y:.0f}h.01"/>'


def band(frame: Frame, low: float | None, high: float | None) -> str:
    """Return the SVG of a reference range; an open side reaches the edge of the chart."""
    if low is None and high is None:
        return ""
    top = 0.0 if high is None else float(frame.y(high))
    bottom = float(HEIGHT) if low is None else float(frame.y(low))
    return f'<rect class="band" x="0" y="{top:.0f}" width="{WIDTH}" height="{bottom - top:.0f}"/>'


def upright(frame: Frame, time: float) -> str:
    """Return the SVG of the line that marks one moment [day] in every chart."""
    return f'<path class="moment" d="M{float(frame.x(time)):.0f} 0V{HEIGHT}"/>'


def plot(
    frame: Frame,
    content: str,
    description: str,
    clock_days: float,
    *,
    labels: Mapping[float, str] | None = None,
) -> str:
    """Return a chart with its axes as HTML.

    Parameters
    ----------
    frame : Frame
        Window of the chart.
    content : str
        SVG to show in it.
    description : str
        What the chart shows, for those who do not see it (plain text).
    clock_days : float
        Unit of the time axis [day].
    labels : mapping of float to str, optional
        Ticks of the value axis with their words; round numbers by default.

    Returns
    -------
    str
        An HTML ``div``.
    """
    if labels is None:
        make = log_ticks if frame.log else ticks
        labels = {value: number(value) for value in make(frame.low, frame.high)}
    heights = [float(frame.y(value)) / HEIGHT * 100 for value in labels]
    rules = "".join(f'<path class="grid" d="M0 {h * HEIGHT / 100:.0f}H{WIDTH}"/>' for h in heights)
    marks = "".join(
        f'<span style="top:{height:.1f}%">{escape(word)}</span>'
        for height, word in zip(heights, labels.values(), strict=True)
    )
    return (
        f'<div class="plot"><div class="ys" aria-hidden="true">{marks}</div>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(description, quote=True)}">{rules}{content}</svg>'
        f'<div class="xs" aria-hidden="true">{time_marks(frame, clock_days, 4)}</div></div>'
    )


def time_marks(frame: Frame, clock_days: float, count: int) -> str:
    """Return the numbers of a time axis, about `count`, in units of `clock_days` [day]."""
    marks = []
    for moment in ticks(frame.start / clock_days, frame.end / clock_days, count):
        left = float(frame.x(moment * clock_days)) / WIDTH * 100
        edge = ' class="last"' if left > 97 else ""  # stays inside its column
        marks.append(f'<span{edge} style="left:{left:.1f}%">{number(moment)}</span>')
    return "".join(marks)


def _stroke(xs: np.ndarray, ys: np.ndarray, style: str) -> str:
    """Return an open path through points in drawing units."""
    if not xs.size:
        return ""
    return f'<path class="{style}" d="M{_points(xs, ys)}"/>'


def _polygon(xs: np.ndarray, top: np.ndarray, bottom: np.ndarray) -> str:
    """Return the path data of the area between two curves in drawing units."""
    return f"M{_points(xs, top)}L{_points(xs[::-1], bottom[::-1])}Z"


def _points(xs: np.ndarray, ys: np.ndarray) -> str:
    """Return points as path data, without those that straight lines pass within `_FINE`."""
    keep = np.zeros(xs.size, dtype=bool)
    keep[[0, -1]] = True
    parts = [(0, xs.size - 1)]
    while parts:  # Douglas and Peucker's division, without recursion
        first, last = parts.pop()
        if last - first < 2:
            continue
        inner = slice(first + 1, last)
        straight = np.interp(xs[inner], xs[[first, last]], ys[[first, last]])
        if xs[last] < xs[first]:
            straight = np.interp(-xs[inner], -xs[[first, last]], ys[[first, last]])
        off = np.abs(ys[inner] - straight)
        worst = first + 1 + int(np.argmax(off))
        if off[worst - first - 1] > _FINE:
            keep[worst] = True
            parts += [(first, worst), (worst, last)]
    return " ".join(f"{x:.1f} {y:.0f}" for x, y in zip(xs[keep], ys[keep], strict=True))


def _turns(ys: np.ndarray) -> np.ndarray:
    """Return the indices of peaks and troughs after which the curve comes back by 1.5 %."""
    found: list[int] = []
    downward: bool | None = None
    extreme = 0
    for i in range(1, ys.size):
        step = ys[i] - ys[extreme]
        far = abs(step) > 0.015 * HEIGHT
        if downward is None:
            if far:
                downward, extreme = bool(step > 0), i
        elif step != 0 and (step > 0) == downward:
            extreme = i
        elif far:
            found.append(extreme)
            downward, extreme = not downward, i
    return np.array(found, dtype=int)


def _teeth(xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    """Return the peaks and troughs of the longest stretch of saw-teeth too close to tell apart."""
    turns = _turns(ys)
    if turns.size < _TEETH:
        return turns[:0]
    close = np.diff(xs[turns]) < _CLOSE
    bounds = np.flatnonzero(np.diff(np.concatenate(([0], close.astype(int), [0]))))
    runs = list(zip(bounds[::2], bounds[1::2], strict=True))
    begin, stop = max(runs, key=lambda run: run[1] - run[0], default=(0, 0))
    heights = ys[turns]
    # A step into or out of the stretch is no tooth: it is larger than the tooth beside it.
    while begin + 2 <= stop and _is_step(*heights[begin : begin + 3]):
        begin += 1
    while stop - 2 >= begin and _is_step(*heights[stop - 2 : stop + 1][::-1]):
        stop -= 1
    return turns[begin : stop + 1] if stop - begin >= _TEETH - 4 else turns[:0]


def _is_step(outer: float, middle: float, inner: float) -> bool:
    """Return whether the way from the outermost turn is a step rather than a tooth."""
    return abs(outer - inner) > abs(middle - inner)
