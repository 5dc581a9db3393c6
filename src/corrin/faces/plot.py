"""Figures of a result: small multiples with units, reference ranges and the timeline on top."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corrin.errors import InputError, unknown
from corrin.faces.chart import Frame, outline
from corrin.faces.curves import Curve, curves
from corrin.faces.timeline import KINDS, spans
from corrin.faces.wording import Clock
from corrin.files import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corrin.study import Result, Scenario

#: Groups drawn when no variable is named; of the nerve group myelin and axons, of the symptoms
#: the grades.
GROUPS = ("laboratory", "chemistry", "nerve", "symptom")
_LEFT_OUT = ("deficit_", "swelling_", "remade_", "axons_large_", "axons_small_")

_INK, _SECOND, _THIRD, _RANGE, _HARM = "#1C2027", "#474D59", "#656B78", "#DCE8E4", "#B4470F"
_KINDS = {"diet": "#C9C1AE", "cause": "#474D59", "treat": "#A3194A"}
_FORMATS = (".png", ".svg", ".pdf")
_STYLE: Any = {  # matplotlib types the keys as literals
    "font.family": "sans-serif",
    "font.sans-serif": ["Inter", "Segoe UI", "Helvetica Neue", "Arial", "DejaVu Sans"],
    "font.size": 9,
    "svg.fonttype": "none",
    "axes.edgecolor": "#A89E8B",
    "axes.labelcolor": _SECOND,
    "axes.titlecolor": _INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _THIRD,
    "ytick.color": _THIRD,
    "figure.facecolor": "#FBFAF6",
    "axes.facecolor": "#FBFAF6",
}


def plot_result(
    result: Result, variables: Sequence[str] | None = None, path: str | Path | None = None
) -> Figure:
    """Draw outputs of a run as small multiples under its causes and treatments.

    Parameters
    ----------
    result : Result
        What was simulated.
    variables : sequence of str, optional
        Names of the outputs to draw; by default laboratory values, chemistry, myelin and
        axons of the tracts, and symptom grades.
    path : str or Path, optional
        File to write as well, ``.png``, ``.svg`` or ``.pdf``; whole or not at all.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, bound to no window.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    if path is not None and Path(path).suffix.lower() not in _FORMATS:
        raise InputError(
            f"cannot write a figure as {Path(path).suffix or 'a file without ending'}",
            where=str(path),
            hint="let the name end in .png, .svg or .pdf",
        )
    drawn = _chosen(curves(result), variables)
    end = float(drawn[0].times[-1])
    clock = Clock.spanning(end - float(drawn[0].times[0]))
    columns = min(4, len(drawn))
    rows = -(-len(drawn) // columns)
    strip = 0.5 + 0.26 * max(1, len(spans(result.scenario, end)))
    heights = [strip, *([1.75] * rows)]
    with rc_context(rc=_STYLE):
        figure = Figure(figsize=(max(3.1 * columns, 6.2), sum(heights) + 0.7), layout="constrained")
        figure.suptitle(
            result.scenario.name.replace("$", r"\$"), x=0.01, ha="left", color=_INK, weight="bold"
        )
        layout = figure.add_gridspec(rows + 1, columns, height_ratios=heights)
        _draw_timeline(figure.add_subplot(layout[0, :]), result.scenario, end, clock)
        for index, curve in enumerate(drawn):
            axes = figure.add_subplot(layout[1 + index // columns, index % columns])
            draw_curve(axes, curve, clock)
        if path is not None:
            with whole_file(Path(path)) as beside:
                figure.savefig(beside, dpi=150)
    return figure


def draw_curve(axes: Axes, curve: Curve, clock: Clock) -> None:
    """Draw one output with its unit, its reference range and what lies outside it.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    curve : Curve
        What to draw.
    clock : Clock
        Unit of the time axis.
    """
    import numpy as np

    times = curve.times / clock.days
    low, high = curve.limits()
    if curve.logarithmic:
        axes.set_yscale("log")
    if curve.low is not None or curve.high is not None:
        bottom = low if curve.low is None else curve.low
        top = high if curve.high is None else curve.high
        axes.axhspan(bottom, top, color=_RANGE, zorder=0, label="reference range")
    frame = Frame(curve.times[0], curve.times[-1], low, high, curve.logarithmic)
    shown = outline(frame, curve.times, curve.values, curve.edge)
    days, values = shown.times / clock.days, shown.edge
    if (shown.edge != shown.other).any():
        label = "rise and fall between doses"
        axes.fill_between(days, shown.edge, shown.other, color=_SECOND, alpha=0.28, label=label)
    else:
        days, values = times, curve.values
    axes.plot(days, values, color=_SECOND, linewidth=1.3)
    outside = np.where(curve.harmed(values), values, np.nan)
    if np.isfinite(outside).any():
        axes.plot(days, outside, color=_HARM, linewidth=1.7, label="outside the reference range")
    axes.set_ylim(low, high)
    axes.set_xlim(times[0], times[-1])
    axes.set_title(_wrapped(curve.title))
    axes.set_ylabel(curve.label)
    axes.set_xlabel(f"time [{clock.name}]")


def _chosen(known: dict[str, Curve], variables: Sequence[str] | None) -> list[Curve]:
    """Return the curves to draw."""
    if variables is not None:
        for name in variables:
            if name not in known:
                raise unknown("variable", name, known, "plot")
        chosen = [known[name] for name in variables]
    else:
        chosen = [
            curve
            for curve in known.values()
            if curve.group in GROUPS
            and not curve.name.startswith(_LEFT_OUT)
            and not curve.is_probability
        ] or list(known.values())
    if not chosen:
        raise InputError(
            "there is nothing to draw", where="plot", hint="name at least one variable"
        )
    return chosen


def _draw_timeline(axes: Axes, scenario: Scenario, end: float, clock: Clock) -> None:
    """Draw diets, causes and treatments as bars, one row each, on the time axis of the run."""
    entries = spans(scenario, end)
    for row, span in enumerate(entries):
        left, right = span.begin / clock.days, span.stop / clock.days
        width = max(right - left, 0.004 * end / clock.days)
        axes.barh(row, width, left=left, height=0.32, color=_KINDS[span.kind])
        late = span.begin > 0.4 * end
        axes.annotate(
            f"{KINDS[span.kind]}: {span.text}".replace("$", r"\$"),
            (right if late else left, row - 0.24),
            ha="right" if late else "left",
            va="bottom",
            fontsize=8,
            color=_INK,
        )
    axes.set_ylim(max(1, len(entries)) - 0.4, -0.95)
    axes.set_xlim(0, end / clock.days)
    axes.set_yticks([])
    axes.set_xlabel(f"time [{clock.name}]")
    axes.spines["left"].set_visible(False)


def _wrapped(text: str, width: int = 34) -> str:
    """Break a long title into lines."""
    from textwrap import fill

    return fill(text.replace("$", r"\$"), width)
