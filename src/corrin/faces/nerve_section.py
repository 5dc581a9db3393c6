"""What the nerve laboratory found, as parts of a page: recordings, spikes on their way, table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from corrin.faces import chart
from corrin.faces.nerve_plot import COLOURS, WINDOWS, Course, matched
from corrin.faces.page import made_with, page, section
from corrin.faces.wording import listing, number, unit_text
from corrin.provenance import PURPOSE

if TYPE_CHECKING:
    from corrin.nerve.studies import Examination, Finding, Limit
    from corrin.study import Result

#: Most examinations that can be told apart in one chart.
MOST = len(COLOURS)

#: Recordings of the run's report, the rest being on the page of the nerve laboratory.
CHOSEN = ("P40", "sural", "P100")

_WORDS = {
    "sural": "Sural nerve, foot to calf",
    "tibial distal": "Tibial nerve, ankle to foot",
    "tibial proximal": "Tibial nerve, knee to foot",
    "N9": "N9, median nerve to shoulder",
    "N20": "N20, median nerve to cortex",
    "N22": "N22, tibial nerve to cord",
    "P40": "P40, tibial nerve to cortex",
    "P100": "P100, eye to cortex",
    "MEP arm": "Motor cortex to hand",
    "MEP leg": "Motor cortex to leg",
}
_SIDES = {"low": "▼ low", "high": "▲ high"}
_REACHED = -20.0  # voltage [mV] that only a spike passes
_SPIKE = 110.0  # height of a spike [mV]


def nerve_page(
    result: Result,
    examinations: Sequence[Examination],
    labels: Sequence[str],
    courses: Sequence[Course],
) -> str:
    """Return the page of the nerve laboratory for one run.

    Parameters
    ----------
    result : Result
        What was simulated.
    examinations : sequence of Examination
        Examinations of its person.
    labels : sequence of str
        What to call each.
    courses : sequence of Course
        Fibres to show an action potential on.

    Returns
    -------
    str
        A complete page that needs nothing from outside.
    """
    matched(examinations, labels)
    name, seed = result.scenario.name, examinations[0].seed
    who = "the average person of that age, height and sex" if seed is None else f"person {seed}"
    told = [
        "Each recording is computed from the myelin, swelling and axons of the tracts in this run.",
        f"Who was examined: {who}, "
        + ("without noise." if seed is None else "with noise of measurement."),
        *(f"{words}." for words in assumed(examinations)),
        *map(str, result.scenario.assumptions()),
    ]
    hero = (
        f'<div class="hero"><div><h1><span class="eyebrow">{escape(name)}</span> '
        "What the nerve laboratory would find</h1>"
        f'<p class="lede">{escape(verdict(examinations, labels))}</p></div></div>'
    )
    parts = (
        hero,
        nerve_report_section(
            examinations, labels, courses, title="Conduction studies and evoked potentials"
        ),
        section("assumed", "What was assumed", "", _list(told)),
        section("manifest", "How this was made", "", _manifest(result, seed)),
    )
    return page(f"{name}, nerve laboratory", str(result.manifest["corrin"]), "\n".join(parts))


def nerve_report_section(
    examinations: Sequence[Examination],
    labels: Sequence[str],
    courses: Sequence[Course] = (),
    recordings: Iterable[str] = WINDOWS,
    sources: bool = True,
    note: str = "",
    title: str = "What the nerve laboratory would find",
) -> str:
    """Return the part of a page that shows recordings, propagation and the laboratory's table.

    Parameters
    ----------
    examinations : sequence of Examination
        One or more, such as those of one person at several times.
    labels : sequence of str
        What to call each.
    courses : sequence of Course
        Fibres to show an action potential on; none leaves that picture out.
    recordings : iterable of str
        Names of the recordings to draw.
    sources : bool
        Whether the table names where its limits come from.
    note : str
        HTML to say first.
    title : str
        Its heading.

    Returns
    -------
    str
        An HTML ``section`` that needs nothing from outside.
    """
    matched(examinations, labels)
    keys = "".join(
        f'<li><svg class="swatch trace-{i}" viewBox="0 0 30 12" aria-hidden="true">'
        f'<path class="line" d="M0 6H30"/></svg>{escape(label)}</li>'
        for i, label in enumerate(labels)
    )
    charts = "".join(_recording(examinations, labels, name) for name in recordings)
    runs = "".join(_course(shown) for shown in courses)
    if runs:
        runs = (
            "<h3>An action potential on its way</h3>"
            '<p class="note">Membrane voltage at every fourth node, the place of stimulation on '
            "top. Time in ms, place in mm along the fibre.</p>"
            f'<div class="grid2 propagation">{runs}</div>'
        )
    content = (
        f'<ul class="legend keys">{keys}</ul><div class="grid4">{charts}</div>{runs}'
        f"<h3>The laboratory's table</h3>{_table(examinations, labels, sources)}"
    )
    said = f"{note} Time in ms after the stimulus. {PURPOSE}".strip()
    return section("nerve", title, said, content, "nerve")


def verdict(examinations: Sequence[Examination], labels: Sequence[str]) -> str:
    """Return in one or two sentences what is outside the normal limits."""
    said = []
    for found, label in zip(examinations, labels, strict=True):
        absent = [f for f in found.findings if f.flag == "absent"]
        odd = [f for f in found.findings if f.flag == "abnormal"]
        words = f"{len(odd)} abnormal, {len(absent)} absent" if odd or absent else "all normal"
        said.append(f"{label}: {words} of {len(found.findings)}.")
    return " ".join(said)


def assumed(examinations: Sequence[Examination]) -> list[str]:
    """Return what the examinations took for granted, each once."""
    return sorted({a.replace("_", " ").capitalize() for e in examinations for a in e.assumptions})


def limit_text(limit: Limit) -> str:
    """Return normal limits in words, without their unit."""
    low, high = np.isfinite(limit.low), np.isfinite(limit.high)
    if low and high:
        return f"{number(limit.low)} to {number(limit.high)}"
    if low:
        return f"{number(limit.low)} or more"
    return f"up to {number(limit.high)}" if high else ""


def value_text(found: Finding) -> str:
    """Return a value as the laboratory prints it: three digits, or that there is no response."""
    return "absent" if found.flag == "absent" else number(found.value)


def _recording(examinations: Sequence[Examination], labels: Sequence[str], name: str) -> str:
    """Draw one recording of all examinations over one another."""
    start, end = WINDOWS[name]
    traces = [next(t for t in e.traces if t.name == name) for e in examinations]
    inside = [(t.time >= start) & (t.time <= end) for t in traces]
    values = [t.value[k] for t, k in zip(traces, inside, strict=True)]
    low = min(0.0, *(float(v.min()) for v in values))
    high = max(0.0, *(float(v.max()) for v in values))
    margin = 0.06 * (high - low) or 1.0
    frame = chart.Frame(float(start), float(end), low - margin, high + margin)
    drawn, said = "", []
    for i, (trace, seen, value) in enumerate(zip(traces, inside, values, strict=True)):
        drawn += f'<g class="trace-{i}">{chart.line(frame, trace.time[seen], value)}</g>'
        at = listing([number(moment) for moment in trace.marks.values()])
        said.append(at or "none")
    unit = "relative to health" if traces[0].unit == "1" else unit_text(traces[0].unit)
    each = "; ".join(f"{label} {at}" for label, at in zip(labels, said, strict=True))
    told = f"{_WORDS[name]}, {start:g} to {end:g} ms. Response at, in ms: {each}."
    ticks = {v: number(v) for v in chart.ticks(frame.low, frame.high, 4)}
    return (
        f'<figure class="panel"><figcaption><p class="panel-name"><b>{_WORDS[name]}</b></p>'
        f'<p class="ends">{unit} · at {", ".join(said)} ms</p></figcaption>'
        f"{chart.plot(frame, drawn, told, 1.0, labels=ticks)}</figure>"
    )


def _course(shown: Course) -> str:
    """Draw voltage against time at every fourth node, each node a line lower."""
    found = propagation(shown)
    along = found.nodes
    place, length = shown.position, float(shown.position[along[-1]])
    height = length / 8
    frame = chart.Frame(0.0, float(shown.time[-1]), -length - 0.2 * height, 1.1 * height)
    drawn = "".join(
        chart.line(
            frame,
            shown.time,
            -place[i] + height * (shown.voltage[:, i] - shown.voltage[0, i]) / _SPIKE,
        )
        for i in along[::4]
    )
    fate = found.words
    labels = {-v: number(v) for v in chart.ticks(0.0, length, 4)}
    told = f"{shown.title}: {fate}."
    return (
        f'<figure class="panel"><figcaption><p class="panel-name"><b>{escape(shown.title)}</b></p>'
        f'<p class="ends">{fate}</p></figcaption>'
        f"{chart.plot(frame, drawn, told, 1.0, labels=labels)}</figure>"
    )


@dataclass(frozen=True)
class Propagation:
    """How far an action potential comes along a fibre, and how fast.

    Attributes
    ----------
    nodes : tuple of int
        Nodes of the path; the ends of a cable are sealed and not part of it.
    crossed : tuple of float
        When it passes each of them [ms], NaN where it never does.
    reached : float
        The last place that it passes [mm], 0 where none starts.
    velocity : float
        Its velocity up to there [m/s], NaN where none starts.
    arrives : bool
        Whether it comes to the end.
    """

    nodes: tuple[int, ...]
    crossed: tuple[float, ...]
    reached: float
    velocity: float
    arrives: bool

    @property
    def words(self) -> str:
        """What becomes of it, in words."""
        if not np.isfinite(self.velocity):
            return "no action potential starts"
        if self.arrives:
            return f"arrives, {number(self.velocity)} m/s"
        return f"stops after {number(self.reached)} mm, {number(self.velocity)} m/s until then"


def propagation(shown: Course) -> Propagation:
    """Return how far and how fast the action potential of a course comes."""
    last = len(shown.position) - 8
    along = tuple(i for i in range(last) if shown.position[i] >= 0)
    crossed = tuple(_crossing(shown, i) for i in along)
    there = [k for k, time in enumerate(crossed) if np.isfinite(time)]
    if len(there) < 2:
        return Propagation(along, crossed, 0.0, np.nan, False)
    begin, stop = there[0], there[-1]
    way = float(shown.position[along[stop]] - shown.position[along[begin]])
    speed = way / max(crossed[stop] - crossed[begin], 1e-9)
    reached = float(shown.position[along[stop]])
    return Propagation(along, crossed, reached, speed, along[stop] == along[-1])


def _crossing(shown: Course, node: int) -> float:
    """Return when a spike passes a node [ms], between the times kept; NaN where none does."""
    voltage = shown.voltage[:, node]
    if voltage.max() <= _REACHED:
        return float("nan")
    k = max(1, int(np.argmax(voltage > _REACHED)))
    return float(np.interp(_REACHED, voltage[k - 1 : k + 1], shown.time[k - 1 : k + 1]))


def _table(examinations: Sequence[Examination], labels: Sequence[str], sources: bool) -> str:
    """Return the laboratory's table, one column for each examination."""
    heads = "".join(f'<th scope="col" class="n">{escape(label)}</th>' for label in labels)
    body = ""
    for row in zip(*(e.findings for e in examinations), strict=True):
        limit = row[0].limit
        limits = limit_text(limit)
        small = f"{unit_text(limit.unit)}, normal {limits or 'limits not known'}"
        cells = "".join(f'<td class="n {found.flag}">{_value(found)}</td>' for found in row)
        source = f'<td class="small source">{escape(limit.source)} ({escape(limit.grade)})</td>'
        body += (
            f'<tr><th scope="row">{escape(limit.long_name)}<small>{small}</small></th>{cells}'
            f"{source if sources else ''}</tr>"
        )
    last = '<th scope="col" class="source">Limits from</th>' if sources else ""
    kind = ' class="sourced"' if sources else ""
    return (
        f'<div class="table"><table{kind}><thead><tr><th scope="col">Study</th>'
        f"{heads}{last}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _value(found: Finding) -> str:
    """Return the content of a table cell: a value, and what is wrong with it."""
    if found.flag == "absent":
        return '<span class="warn">absent</span>'
    text = number(found.value)
    if found.flag == "abnormal":
        return f'{text}<small class="warn">{_SIDES[found.limit.harm]}</small>'
    return text


def _list(items: Iterable[str]) -> str:
    """Return sentences as a list."""
    return f'<ul class="plain">{"".join(f"<li>{escape(item)}</li>" for item in items)}</ul>'


def _manifest(result: Result, seed: int | None) -> str:
    """Return how to make the page again."""
    text = str(result.manifest["scenario"])
    table = made_with({**result.manifest, "seed": seed})
    return f'<div class="two-columns"><pre>{escape(text.strip())}</pre>{table}</div>'
