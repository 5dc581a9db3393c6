"""Figures of sensitivity: what matters to each output, and what the data say of each parameter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corrin.evidence.sensitivity import TOP, direction, strongest, words
from corrin.faces.wording import unit_text
from corrin.files import whole_file
from corrin.provenance import PURPOSE
from corrin.units import format_time

if TYPE_CHECKING:
    import pandas as pd
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _SECOND, _PAPER, _LINE = "#1C2027", "#474D59", "#FBFAF6", "#DDD6C8"
#: Colour and mark of each direction; the marks tell them apart without colour.
_DIRECTIONS = {
    "raises": ("#B4470F", ">", "more of it raises the output"),
    "lowers": ("#1F6F78", "<", "more of it lowers the output"),
    "either": ("#656B78", "o", "raises or lowers, as the others are"),
}
_STYLE: Any = {  # matplotlib types the keys as literals
    "font.family": "sans-serif",
    "font.sans-serif": ["Inter", "Segoe UI", "Helvetica Neue", "Arial", "DejaVu Sans"],
    "font.size": 8.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "corrin",
    "axes.edgecolor": "#A89E8B",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": _INK,
    "axes.labelcolor": _SECOND,
    "xtick.color": _SECOND,
    "ytick.color": _INK,
    "figure.facecolor": _PAPER,
    "axes.facecolor": _PAPER,
}
_FACTORS = (1, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 1000)


def plot_effects(effects: xarray.Dataset, path: str | Path | None = None) -> Figure:
    """Draw, for each output, the ten parameters that matter most.

    Parameters
    ----------
    effects : Dataset
        What `corrin.evidence.sensitivity.morris` returned.
    path : str or Path, optional
        File to write as well, ``.png`` or ``.svg``; whole or not at all.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, bound to no window.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    names = [str(name) for name in effects["output"].values]
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    with rc_context(rc=_STYLE):
        figure = Figure(figsize=(5.6 * columns, 2.35 * rows + 1.1), layout="constrained")
        when = format_time(float(effects.attrs["time"]))
        figure.suptitle(
            f"{effects.attrs['title']}, at {when}: parameters that matter".replace("$", r"\$"),
            x=0.01, ha="left", color=_INK, weight="bold",
        )  # fmt: skip
        grid = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes, name in zip(grid, names, strict=False):
            _draw_effects(axes, effects, name)
        for axes in grid[len(names) :]:
            axes.set_visible(False)
        marks = [
            Line2D([], [], color=colour, marker=mark, linestyle="", label=label)
            for colour, mark, label in _DIRECTIONS.values()
        ]
        marks.append(Line2D([], [], color=_SECOND, linewidth=1.1, label="95 % interval"))
        figure.legend(handles=marks, loc="outside lower left", ncols=4, frameon=False)
        _write(figure, path, f" Model {json.loads(effects.attrs['manifest'])['model']}.")
    return figure


def _draw_effects(axes: Axes, effects: xarray.Dataset, output: str) -> None:
    """Draw the ten parameters that matter most to one output."""
    one = effects.sel(output=output)
    chosen = strongest(effects, output)
    sizes = one["mu_star"].sel(parameter=chosen).values
    errors = one["mu_star_conf"].sel(parameter=chosen).values
    means = one["mu"].sel(parameter=chosen).values
    axes.set_title(str(one["long_name"].item()).replace("$", r"\$"))
    for place, (size, error, mean) in enumerate(zip(sizes, errors, means, strict=True)):
        colour, mark, _ = _DIRECTIONS[direction(float(mean), float(size))]
        axes.plot([0, size], [place, place], color=_LINE, linewidth=3.5, zorder=1)
        low = max(size - error, 0)
        axes.plot([low, size + error], [place, place], color=colour, linewidth=1.1, zorder=2)
        axes.plot(size, place, mark, color=colour, markersize=5.5, zorder=3)
    axes.set_yticks(range(len(chosen)), [words(name) for name in chosen])
    axes.set_ylim(max(len(chosen), TOP) - 0.4, -0.6)
    edge = 1.08 * float(np.max(sizes + errors)) if len(chosen) else 1.0
    axes.set_xlim(0, edge)
    if str(one["scale"].item()) == "log":
        shown = [factor for factor in _FACTORS if np.log(factor) <= edge]
        kept = _apart([float(np.log(f)) for f in shown], 0.11 * edge)
        axes.set_xticks([np.log(shown[i]) for i in kept], [f"×{shown[i]:g}" for i in kept])
        axes.set_xlabel("factor over the range of the parameter")
    else:
        unit = unit_text(str(one["unit"].item()))
        axes.set_xlabel("change over the range of the parameter" + (f" [{unit}]" if unit else ""))
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _apart(places: list[float], least: float) -> list[int]:
    """Return which of some rising places to mark so that no two marks touch."""
    kept: list[int] = []
    for i, place in enumerate(places):
        if not kept or place - places[kept[-1]] >= least:
            kept.append(i)
    return kept


def plot_told(rows: pd.DataFrame, path: str | Path | None = None) -> Figure:
    """Draw how much the data say of each parameter.

    Parameters
    ----------
    rows : DataFrame
        What `corrin.evidence.identifiability.identifiability` returned.
    path : str or Path, optional
        File to write as well, ``.png`` or ``.svg``; whole or not at all.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, bound to no window.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    columns = 4 if len(rows) > 40 else 1
    height = max(-(-len(rows) // columns), 1)
    with rc_context(rc={**_STYLE, "font.size": 7.0}):
        figure = Figure(figsize=(3.3 * columns, 0.145 * height + 1.3), layout="constrained")
        figure.suptitle(
            "Share of the prior variance that the data removed", x=0.01, ha="left", color=_INK,
            weight="bold",
        )  # fmt: skip
        grid = figure.subplots(1, columns, squeeze=False).ravel()
        for column, axes in enumerate(grid):
            part = rows.iloc[column * height : (column + 1) * height]
            told = part["told_by_data"].to_numpy(float).clip(0, 1)
            places = np.arange(len(part))
            axes.barh(places, told, height=0.62, color="#A3C9C4")
            if "told_by_members" in part:
                members = part["told_by_members"].to_numpy(float).clip(0, 1)
                axes.plot(members, places, "o", color="#A03A08", markersize=2.6)
            axes.set_yticks(places, [words(str(name)) for name in part["parameter"]])
            axes.set_ylim(height - 0.4, -0.6)
            axes.set_xlim(0, 1)
            axes.set_xticks([0, 0.5, 1], ["0", "50 %", "100 %"])
            axes.tick_params(axis="y", length=0)
            axes.spines[["top", "right", "left"]].set_visible(False)
        if "told_by_members" in rows:
            figure.supxlabel(
                "bar: by the slope of the fit; dot: by the spread of the ensemble",
                x=0.01, ha="left", fontsize=8, color=_SECOND,
            )  # fmt: skip
        _write(figure, path)
    return figure


def _write(figure: Figure, path: str | Path | None, made_with: str = "") -> None:
    if path is not None:
        with whole_file(Path(path)) as part:
            date = {"Date": None} if Path(path).suffix == ".svg" else {}
            figure.savefig(part, dpi=150, metadata={**date, "Description": PURPOSE + made_with})
