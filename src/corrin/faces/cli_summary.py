"""The summary of one run that `corrin run` prints: laboratory, tracts, symptoms, key dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

from corrin.faces.curves import HARM, Curve, curves
from corrin.faces.findings import TRACTS, key_dates, losses
from corrin.faces.wording import Clock, grade_text, number, percent, quantity, unit_text

if TYPE_CHECKING:
    from corrin.study import Result

LABORATORY = ("laboratory", "stores")  # groups of the catalogue
NOISE = 5e-4  # relative change, or share of a whole, that is the solver's and not the body's
MARKS = {"low": " L", "high": " H", "": "  "}  # as laboratories print them


def print_summary(result: Result, console: Console) -> None:
    """Print the summary of `result` to `console`."""
    drawn = curves(result)
    clock = Clock.spanning(float(result.dataset["time"].to_numpy()[-1]))
    title = f"{result.scenario.name}: from the start to {clock.text(_last(result))}"
    console.print(title, style="bold", highlight=False, markup=False)
    for build in (laboratory, tracts, symptoms, dates):
        table = build(drawn, clock)
        if table.row_count:
            console.print()
            console.print(table, highlight=False)


def laboratory(drawn: dict[str, Curve], clock: Clock) -> Table:
    """Return the table of laboratory values: reference range, start, worst, end."""
    table = _table("Laboratory value", "<unit", "reference", "start", "worst", clock.name, "end")
    for curve in drawn.values():
        if curve.group in LABORATORY:
            index = worst(curve)
            table.add_row(
                curve.long_name,
                unit_text(curve.unit),
                _reference(curve),
                _marked(curve, 0),
                _marked(curve, index),
                clock.number(curve.times[index]) if _moved(curve, index) else "-",
                _marked(curve, -1),
            )
    return table


def tracts(drawn: dict[str, Curve], clock: Clock) -> Table:
    """Return the table of nerve tracts: shares of function lost, and what cannot come back."""
    table = _table("Nerve tract", "function lost, worst", clock.name, "end", "lost for good, end")
    for loss in losses(drawn):
        index = int(np.argmax(loss.total))
        table.add_row(
            TRACTS[loss.tract][0],
            _share(loss.total[index]),
            clock.number(loss.times[index]) if loss.total[index] > NOISE else "-",
            _share(loss.total[-1]),
            _share(loss.permanent[-1]),
        )
    return table


def symptoms(drawn: dict[str, Curve], clock: Clock) -> Table:
    """Return the table of symptoms: grade in word and number, and the chance of a report."""
    table = _table("Symptom", "worst", clock.name, "end", "chance reported then")
    for name, curve in drawn.items():
        if curve.group != "symptom" or curve.is_probability or name == "disability_score":
            continue
        index = int(np.nanargmax(curve.values))
        chance = drawn.get(f"{name}_probability")
        table.add_row(
            curve.long_name.removesuffix(" (0 to 4)"),
            grade_text(curve.values[index]),
            clock.number(curve.times[index]) if curve.values[index] > NOISE else "-",
            grade_text(curve.values[-1]),
            _share(chance.values[index]) if chance is not None else "-",
        )
    score = drawn.get("disability_score")
    if score is not None:
        index = int(np.nanargmax(score.values))
        table.add_row(
            score.long_name.removesuffix(" (0 to 16)"),
            f"{score.values[index]:.1f} of 16",
            clock.number(score.times[index]) if score.values[index] > NOISE else "-",
            f"{score.values[-1]:.1f} of 16",
            "",
        )
    return table


def dates(drawn: dict[str, Curve], clock: Clock) -> Table:
    """Return the table of limits: when each is first crossed, and when it is over for good."""
    table = _table("What happens", "<limit", f"first, {clock.name}", f"over, {clock.name}")
    for date in key_dates(drawn):
        if date.first is not None:
            side = "below" if date.side == "low" else "above"
            table.add_row(
                date.event,
                f"{side} {quantity(date.limit, date.curve.unit)}",
                clock.number(date.first),
                "-" if date.over is None else clock.number(date.over),
            )
    return table


def worst(curve: Curve) -> int:
    """Return the index of the value furthest out on the side of harm, shape of `values` (n,).

    Without a reference range it is the value furthest from the first one.
    """
    harm = HARM.get(curve.name, "both")
    gaps = []
    if curve.low and harm != "high":
        gaps.append(1 - curve.values / curve.low)
    if curve.high and harm != "low":
        gaps.append(curve.values / curve.high - 1)
    return int(np.nanargmax(np.max(gaps or [abs(curve.values - curve.values[0])], axis=0)))


def _last(result: Result) -> float:
    """Return the end of the run [day]."""
    return float(result.dataset["time"].to_numpy()[-1])


def _table(first: str, *others: str) -> Table:
    """Return an empty table: names, then numbers to the right (to the left after a '<')."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first)
    for title in others:
        table.add_column(title.lstrip("<"), justify="left" if title[0] == "<" else "right")
    return table


def _share(share: float) -> str:
    """Return a share in percent, 0 where only the solver sees more."""
    return percent(share if share > NOISE else 0.0)


def _moved(curve: Curve, index: int) -> bool:
    """Tell whether a value differs from the first one."""
    first = curve.values[0]
    return bool(abs(curve.values[index] - first) > NOISE * abs(first))


def _marked(curve: Curve, index: int) -> str:
    """Return a value with its mark, L or H, where it tells of harm."""
    value = float(curve.values[index])
    return number(value) + MARKS[curve.side(value)]


def _reference(curve: Curve) -> str:
    """Return the reference range in words."""
    low, high = curve.low, curve.high
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return f"from {low:g}" if low is not None else f"up to {high:g}" if high is not None else ""
