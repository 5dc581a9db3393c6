"""Parts of the report that show curves: laboratory panels, rows of tracts and of symptoms."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np

from corrin.faces import chart
from corrin.faces.bodymap import REGIONS
from corrin.faces.curves import Curve
from corrin.faces.findings import TRACTS, Loss, Worst
from corrin.faces.wording import Clock, grade_text, number, percent, quantity, unit_text

_FLAGS = {"low": "▼ low", "high": "▲ high", "": ""}


def range_text(curve: Curve) -> str:
    """Return the reference range of a curve in words, nothing where it has none."""
    if curve.low is not None and curve.high is not None:
        return f"{number(curve.low)} to {number(curve.high)}"
    if curve.low is not None:
        return f"{number(curve.low)} or more"
    return f"up to {number(curve.high)}" if curve.high is not None else ""


def summary(curve: Curve, moment: Worst | None, clock: Clock) -> str:
    """Return in words what a chart of `curve` shows."""
    start, end = float(curve.times[0]), float(curve.times[-1])
    said = [f"{quantity(curve.values[0], curve.unit)} at the start"]
    if moment is not None and start < moment.time < end:
        said.append(f"{quantity(curve.at(moment.time), curve.unit)} at {clock.text(moment.time)}")
    said.append(f"{quantity(curve.values[-1], curve.unit)} at {clock.text(end)}")
    limits = range_text(curve)
    tail = f"; reference range {limits}" if limits else ""
    scale = ", logarithmic scale" if curve.logarithmic else ""
    return f"{curve.long_name}{scale}: {', '.join(said)}{tail}."


def panel(curve: Curve, moment: Worst | None, clock: Clock) -> str:
    """Draw one output with its reference range, its value at the worst moment and at the end.

    Parameters
    ----------
    curve : Curve
        What to draw.
    moment : Worst or None
        Moment to mark; the end when None.
    clock : Clock
        Unit of the time axis.

    Returns
    -------
    str
        An HTML ``figure``.
    """
    start, end = float(curve.times[0]), float(curve.times[-1])
    time = end if moment is None else moment.time
    value = curve.at(time)
    flag = _FLAGS[curve.side(value)]
    unit = ", ".join(t for t in (unit_text(curve.unit), "log" if curve.logarithmic else "") if t)
    last = f"{number(curve.values[-1])} at the end" if time < end else "at the end"
    limits = range_text(curve)
    ends = f"{last}{' · reference ' + limits if limits else ''}"
    frame = chart.Frame(start, end, *curve.limits(), log=curve.logarithmic)
    content = (
        chart.band(frame, curve.low, curve.high)
        + chart.line(frame, curve.times, curve.values, curve.harmed, curve.edge)
        + (chart.upright(frame, time) if moment is not None else "")
        + chart.dot(frame, time, value, "dot harm" if flag else "dot")
    )
    warning = f'<span class="warn">{flag}</span>' if flag else ""
    return (
        '<figure class="panel"><figcaption>'
        f'<p class="panel-name"><b>{escape(curve.long_name)}</b></p>'
        f'<p class="key">{number(value)} <span>{escape(unit)}</span>{warning}</p>'
        f'<p class="ends">{ends}</p></figcaption>'
        f"{chart.plot(frame, content, summary(curve, moment, clock), clock.days)}</figure>"
    )


def grid(curves: list[Curve], moment: Worst | None, clock: Clock) -> str:
    """Return panels side by side."""
    return f'<div class="grid4">{"".join(panel(c, moment, clock) for c in curves)}</div>'


def tract_rows(
    losses: list[Loss], curves: Mapping[str, Curve], moment: Worst | None, clock: Clock
) -> str:
    """Draw what each tract has lost: striped what can mend, solid what is gone for good.

    Parameters
    ----------
    losses : list of Loss
        One for each tract, in the order to show.
    curves : mapping of str to Curve
        Outputs of the run, for myelin and axons in numbers.
    moment : Worst or None
        Moment to mark; the end when None.
    clock : Clock
        Unit of the time axis.

    Returns
    -------
    str
        HTML; all tracts share one axis.
    """
    top = max(0.6, *(float(loss.total.max()) for loss in losses))
    rows = []
    for loss in losses:
        name, purpose, central = TRACTS[loss.tract]
        end = float(loss.times[-1])
        time = end if moment is None else moment.time
        frame = chart.Frame(float(loss.times[0]), end, 0.0, top)
        nothing = np.zeros_like(loss.total)
        total = float(np.interp(time, loss.times, loss.total))
        permanent = float(np.interp(time, loss.times, loss.permanent))
        content = chart.area(frame, loss.times, loss.total, loss.permanent, "mends")
        content += chart.area(frame, loss.times, loss.permanent, nothing, "gone")
        content += chart.upright(frame, time) if moment is not None else ""
        final = f"{percent(loss.total[-1])} at the end" if time < end else ""
        last_gone = (
            f"{percent(loss.permanent[-1])} for good"
            if central
            else ("can mend" if total >= 0.005 else "")
        )
        fibres = [
            f"{word} {percent(curves[key].at(time))}"
            for word, key in (("myelin", f"myelin_{loss.tract}"), ("axons", f"axons_{loss.tract}"))
            if key in curves
        ]
        told = (
            f"{name}: {percent(total)} of function lost at {clock.text(time)}, "
            f"{percent(permanent)} for good; {percent(loss.total[-1])} lost at the end."
        )
        drawn = chart.plot(frame, content, told, clock.days, labels={0.0: "0", 0.5: "50 %"})
        rows.append(
            f'<div class="tract"><p><b>{name}</b><small>{purpose}</small></p>{drawn}'
            f'<p class="right"><b>{percent(total)} lost</b>'
            f"<small>{', '.join(t for t in (final, last_gone) if t)}</small>"
            f"<small>{', '.join(fibres)} left</small></p></div>"
        )
    return f'<div class="rows">{"".join(rows)}</div>'


def symptom_rows(curves: Mapping[str, Curve], moment: Worst | None, clock: Clock) -> str:
    """Draw every symptom: its grade, and the chance that a person reports it.

    Parameters
    ----------
    curves : mapping of str to Curve
        Outputs of the run.
    moment : Worst or None
        Moment to mark; the end when None.
    clock : Clock
        Unit of the time axis.

    Returns
    -------
    str
        HTML; all grades share one axis, and so do all probabilities.
    """
    felt = [curves[name] for name in REGIONS if name in curves]
    end = float(felt[0].times[-1])
    time = end if moment is None else moment.time
    rows = []
    for curve in sorted(felt, key=lambda c: -c.at(time)):
        frame = chart.Frame(float(curve.times[0]), end, 0.0, 4.0)
        content = chart.area(frame, curve.times, curve.values, 0 * curve.values, "felt")
        content += chart.upright(frame, time) if moment is not None else ""
        drawn = chart.plot(
            frame,
            content,
            summary(curve, moment, clock),
            clock.days,
            labels={0.0: "0", 2.0: "2", 4.0: "4"},
        )
        chance = curves.get(f"{curve.name}_probability")
        second, told = "<div></div>", ""
        if chance is not None:
            frame = chart.Frame(float(chance.times[0]), end, 0.0, 1.0)
            content = chart.line(frame, chance.times, chance.values)
            content += chart.upright(frame, time) if moment is not None else ""
            content += chart.dot(frame, time, chance.at(time))
            words = (
                f"{chance.long_name}: {percent(chance.values[0])} at the start, "
                f"{percent(chance.at(time))} at {clock.text(time)}, "
                f"{percent(chance.values[-1])} at the end."
            )
            second = chart.plot(
                frame, content, words, clock.days, labels={0.0: "0", 0.5: "50 %", 1.0: "100 %"}
            )
            told = f"<small>chance of reporting {percent(chance.at(time))}</small>"
        left = f"<small>{grade_text(curve.values[-1])} at the end</small>" if time < end else ""
        rows.append(
            f'<div class="symptom"><p><b>{REGIONS[curve.name].word}</b>'
            f"<small>{escape(curve.title)}</small></p>"
            f'<div><p class="colhead">grade, 0 to 4</p>{drawn}</div>'
            f'<div><p class="colhead">{"chance of reporting" if told else ""}</p>'
            f"{second}</div>"
            f'<p class="right"><b>{grade_text(curve.at(time))}</b>{told}{left}</p></div>'
        )
    return f'<div class="rows">{"".join(rows)}</div>'
