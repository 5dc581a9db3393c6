"""Shares of an effect as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corrin.errors import InputError
from corrin.faces.wording import percent
from corrin.files import whole_file
from corrin.provenance import PURPOSE
from corrin.units import format_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from corrin.insight.answer import Attribution

_FORMATS = (".png", ".svg", ".pdf")
_COLOUR = "#B4470F"


def plot_shares(answers: Sequence[Attribution], path: str | Path | None = None) -> Figure:
    """Draw the shares of mechanisms, one panel for each output, with 90 % of the versions.

    Parameters
    ----------
    answers : sequence of Attribution
        One or more.
    path : str or Path, optional
        File to write as well, ``.png``, ``.svg`` or ``.pdf``; whole or not at all.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, bound to no window.
    """
    from matplotlib.figure import Figure

    if not answers:
        raise InputError("nothing to draw", where="plot")
    figure = Figure(figsize=(8.2, 3.4 * len(answers)), layout="constrained")
    for axes, answer in zip(figure.subplots(len(answers), squeeze=False).ravel(), answers,
                            strict=True):  # fmt: skip
        _panel(axes, answer)
    figure.supxlabel(PURPOSE, fontsize=6, color="#656B78")
    if path is not None:
        target = Path(path)
        if target.suffix.lower() not in _FORMATS:
            raise InputError(
                f"cannot write a figure as {target.suffix or 'a file without ending'}",
                where=str(path),
                hint="let the name end in .png, .svg or .pdf",
            )
        with whole_file(target) as beside:
            figure.savefig(beside, dpi=150)
    return figure


def _panel(axes: Axes, answer: Attribution) -> None:
    """Draw the shares of one output."""
    title = f"{answer.label} at {format_time(answer.time)}"
    axes.set_title(f"{title}: {answer.value:.2f}", fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    if not answer.explained:
        axes.text(0.5, 0.5, "too little to explain", ha="center", transform=axes.transAxes)
        axes.set_xticks([])
        axes.set_yticks([])
        return
    rows = answer.mechanisms[::-1]
    for place, m in enumerate(rows):
        if m.ranks_only:
            words = f"rank only: first in {percent(m.first)}"
            axes.text(0.0, place, f" {words}", fontsize=8, va="center", color="#656B78")
            continue
        axes.barh(place, m.share, color=_COLOUR, alpha=0.3, height=0.6)
        axes.plot([m.share], [place], "o", color=_COLOUR, markersize=4)
        if m.low is not None and m.high is not None:
            axes.plot([m.low, m.high], [place, place], color=_COLOUR, linewidth=2)
    axes.axvline(0, color="#A89E8B", linewidth=0.8)
    axes.set_xlim(right=max(answer.total, axes.get_xlim()[1]))
    axes.set_yticks(range(len(rows)), [m.name for m in rows], fontsize=8)
    what = "share, central parameter set" if answer.central else "share (line: 90 % of versions)"
    axes.set_xlabel(f"{what}; all together {answer.total:.2f}", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
