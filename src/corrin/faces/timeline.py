"""A person's timeline drawn to scale: key dates, diets, causes, treatments, worst symptom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from corrin.faces import chart
from corrin.faces.bodymap import REGIONS
from corrin.faces.curves import Curve
from corrin.faces.findings import KeyDate, Worst
from corrin.faces.wording import Clock, level, number

if TYPE_CHECKING:
    from corrin.study import Scenario

#: Kinds of timeline entries in the order they are drawn, with their heading.
KINDS: Mapping[str, str] = {"diet": "Diet", "cause": "Cause", "treat": "Treatment"}


@dataclass(frozen=True)
class Span:
    """One diet, cause or treatment of a timeline.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    text : str
        What it is, as written.
    begin, stop : float
        From when to when [day], within the run.
    lasting : bool
        Whether it goes on at the end of the run.
    """

    kind: str
    text: str
    begin: float
    stop: float
    lasting: bool


def spans(scenario: Scenario, end: float) -> list[Span]:
    """Return what happens up to `end` [day], by kind, each kind in order of time.

    Parameters
    ----------
    scenario : Scenario
        Whose timeline is told.
    end : float
        Last time of the run [day].

    Returns
    -------
    list of Span
        Diets last until the next diet, causes and treatments until they stop.
    """
    from corrin.study.timeline import running

    lasting = [(event, stop) for event, stop in running(scenario.timeline) if event.at <= end]
    diets = [event.at for event, _ in lasting if event.kind == "diet"]
    found = []
    for event, stop in lasting:
        if event.kind == "diet":
            stop = min((at for at in diets if at > event.at), default=stop)
        found.append(Span(event.kind, event.text, event.at, min(stop, end), stop >= end))
    order = list(KINDS)
    return sorted(found, key=lambda span: (order.index(span.kind), span.begin))


def timeline(
    scenario: Scenario,
    curves: Mapping[str, Curve],
    dates: Sequence[KeyDate],
    moment: Worst | None,
    clock: Clock,
    end: float,
) -> str:
    """Draw what happened to a person over a run, one row for each entry.

    Parameters
    ----------
    scenario : Scenario
        The run's scenario.
    curves : mapping of str to Curve
        Its outputs.
    dates : sequence of KeyDate
        Its key dates.
    moment : Worst or None
        Its worst moment.
    clock : Clock
        Unit of time.
    end : float
        Last time [day].

    Returns
    -------
    str
        HTML; every word of the scenario is escaped.
    """
    rows = [_dates(dates, clock, end)]
    told = spans(scenario, end)
    for kind, heading in KINDS.items():
        bars = "".join(_bar(span, clock, end) for span in told if span.kind == kind)
        if bars:
            rows.append(_row(heading, bars))
    ticks = _doses(scenario, end)
    if ticks:
        rows.append(_row("Doses", ticks))
    rows.append(_symptom(curves, moment, clock, end))
    rows.append(_axis(clock, end))
    return f'<div class="lanes">{"".join(rows)}</div>'


def _row(heading: str, content: str, style: str = "") -> str:
    """Return one lane."""
    return (
        f'<div class="lane {style}"><p class="lane-name">{escape(heading)}</p>'
        f'<div class="track">{content}</div></div>'
    )


def _place(begin: float, stop: float, end: float) -> tuple[float, float]:
    """Return left edge and width of an interval [day] in percent of the track."""
    left = 100 * min(max(begin, 0.0), end) / end
    return left, max(100 * min(stop, end) / end - left, 0.4)


def _bar(span: Span, clock: Clock, end: float) -> str:
    """Return one entry: its words above a bar from its beginning to its end."""
    left, width = _place(span.begin, span.stop, end)
    when = f"from {clock.text(span.begin)}"
    when += "" if span.lasting else f" to {clock.text(span.stop)}"
    words = f"{escape(span.text)} <span>{when}</span>"
    if left > 50:  # no room to the right of the beginning: words end where the bar ends
        style = f"margin-right:{max(0.0, 100 - left - width):.2f}%;text-align:right"
    else:
        style = f"margin-left:{left:.2f}%"
    return (
        f'<p class="entry" style="{style}">{words}</p>'
        f'<div class="rail"><i class="bar {span.kind}" '
        f'style="left:{left:.2f}%;width:{width:.2f}%"></i></div>'
    )


def _doses(scenario: Scenario, end: float) -> str:
    """Return a mark for every injected or single dose; too many to tell apart become a band."""
    times = sorted({float(dose.time) for dose in scenario.protocol().doses if dose.time <= end})
    if not times:
        return ""
    frame = chart.Frame(0.0, end, 0.0, 1.0)
    xs = frame.x(np.array(times))
    close = bool(len(xs) > 2 and float(np.median(np.diff(xs))) < chart.WIDTH / 160)
    height = chart.HEIGHT
    marks = "".join(f'<path class="dose" d="M{x:.1f} 0V{height}"/>' for x in xs)
    if close:
        left, right = xs[0], xs[-1]
        marks = f'<rect class="doses" x="{left:.1f}" width="{right - left:.1f}" height="{height}"/>'
    text = f"{len(times)} doses" if len(times) > 1 else "one dose"
    return (
        f'<p class="entry" style="margin-left:{min(60.0, 100 * times[0] / end):.2f}%">{text}</p>'
        f'<svg class="marks" viewBox="0 0 {chart.WIDTH} {height}" preserveAspectRatio="none" '
        f'role="img" aria-label="{text}">{marks}</svg>'
    )


def _dates(dates: Sequence[KeyDate], clock: Clock, end: float) -> str:
    """Return the laboratory key dates as points, each on a line of its own."""
    found = [d for d in dates if d.first is not None and d.curve.group == "laboratory"]
    points = []
    for date in found:
        left, _ = _place(date.first or 0.0, date.first or 0.0, end)
        flip = left > 60
        where = f"right:{100 - left:.2f}%" if flip else f"left:{left:.2f}%"
        points.append(
            f'<p class="point{" flip" if flip else ""}" style="{where}">{escape(date.event)} '
            f"<span>{clock.text(date.first or 0.0)}</span></p>"
        )
    rows = "".join(f'<div class="point-row">{point}</div>' for point in points)
    return _row("In the blood", rows or '<p class="entry">no value passes its limit</p>')


def _symptom(curves: Mapping[str, Curve], moment: Worst | None, clock: Clock, end: float) -> str:
    """Return the course of the worst symptom as an area, 0 to 4."""
    felt = {name: curves[name] for name in REGIONS if name in curves}
    time = end if moment is None else moment.time
    if not felt:
        return ""
    name = max(felt, key=lambda key: felt[key].at(time))
    curve = felt[name]
    if all(level(value) == 0 for value in curve.values):
        return _row("Symptoms", '<p class="entry">none</p>')
    frame = chart.Frame(0.0, end, 0.0, 4.0)
    shape = chart.area(frame, curve.times, curve.values, 0 * curve.values, "felt")
    if moment is not None:
        shape += chart.upright(frame, moment.time)
    peak = number(float(curve.values.max()), 2)
    return _row(
        f"{REGIONS[name].word}, 0 to 4",
        f'<svg class="course" viewBox="0 0 {chart.WIDTH} {chart.HEIGHT}" '
        f'preserveAspectRatio="none" role="img" aria-label="{escape(curve.long_name)}: '
        f'largest {peak}, {clock.text(float(curve.times[int(curve.values.argmax())]))}">'
        f"{shape}</svg>",
        "felt-lane",
    )


def _axis(clock: Clock, end: float) -> str:
    """Return the time axis."""
    marks = chart.time_marks(chart.Frame(0.0, end, 0.0, 1.0), clock.days, 8)
    return _row(clock.name.capitalize(), f'<div class="axis">{marks}</div>', "axis-lane")
