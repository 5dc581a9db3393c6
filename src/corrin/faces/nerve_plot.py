"""Pictures of nerves: recordings side by side, and an action potential on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from corrin.errors import InputError
from corrin.files import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from corrin.nerve.axon import Array
    from corrin.nerve.lesions import Lesion
    from corrin.nerve.studies import Examination

PURPOSE = "For research and teaching. Not a medical device, not medical advice."

#: Recordings shown, with the stretch of time that matters [ms].
WINDOWS = {
    "sural": (0, 8),
    "tibial distal": (0, 20),
    "tibial proximal": (0, 40),
    "N9": (5, 25),
    "N20": (10, 45),
    "N22": (15, 50),
    "P40": (30, 90),
    "P100": (70, 200),
    "MEP arm": (10, 60),
    "MEP leg": (20, 90),
}
COLOURS = ("#474D59", "#B58900", "#B4470F", "#A3194A", "#5B2A86")
_FORMATS = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Course:
    """Voltage along a fibre in space and time.

    Parameters
    ----------
    title : str
        What fibre it is.
    time : numpy.ndarray, shape (times,)
        Time [ms].
    position : numpy.ndarray, shape (nodes,)
        Place of each node [mm].
    voltage : numpy.ndarray, shape (times, nodes)
        Voltage [mV].
    """

    title: str
    time: Array
    position: Array
    voltage: Array


def course(
    title: str,
    lesion: Lesion | None = None,
    *,
    diameter: float = 10.0,
    length: float = 60.0,
    temperature: float = 37.0,
    until: float = 4.0,
    seed: int = 1,
) -> Course:
    """Run an action potential along a fibre and keep the voltage everywhere.

    Parameters
    ----------
    title : str
        What fibre it is.
    lesion : Lesion, optional
        What happened to it; healthy by default.
    diameter, length : float
        Outer diameter [um] and length [mm].
    temperature, until : float
        Temperature [degC] and length of the recording [ms].
    seed : int
        Places of the lesions.

    Returns
    -------
    Course
        Voltage in space and time, every 20 us.
    """
    import numpy as np

    from corrin.nerve.axon import fibre
    from corrin.nerve.cable import record
    from corrin.nerve.lesions import Lesion, lay
    from corrin.nerve.velocity import lasts, stimulus

    built = lay(fibre(diameter), length, Lesion() if lesion is None else lesion, seed)
    step, every = 0.005, 4
    voltage = record(
        built.cable, temperature, step,
        until=until, current=float(stimulus([built.fibre])[0]),
        duration=float(lasts(np.array(temperature))), every=every,
    )  # fmt: skip
    time = np.linspace(step * every, until, len(voltage))
    return Course(title, time, built.position, voltage)


def plot_traces(
    examinations: Sequence[Examination],
    labels: Sequence[str],
    path: str | Path | None = None,
) -> Figure:
    """Draw the recordings of some examinations over one another.

    Parameters
    ----------
    examinations : sequence of Examination
        One or more, such as those of one person at several times.
    labels : sequence of str
        What to call each.
    path : str or Path, optional
        File to write as well, ``.png``, ``.svg`` or ``.pdf``; whole or not at all.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, bound to no window.
    """
    from matplotlib.figure import Figure

    _matched(examinations, labels)
    figure = Figure(figsize=(12.5, 5.2), layout="constrained")
    grid = figure.subplots(2, len(WINDOWS) // 2).ravel()
    for axes, (name, (low, high)) in zip(grid, WINDOWS.items(), strict=True):
        for examination, label, colour in zip(examinations, labels, _colours(), strict=False):
            trace = next(t for t in examination.traces if t.name == name)
            seen = (trace.time >= low) & (trace.time <= high)
            axes.plot(trace.time[seen], trace.value[seen], color=colour, label=label, linewidth=1.2)
            axes.set_ylabel(f"{'relative' if trace.unit == '1' else trace.unit}", fontsize=8)
            for moment in trace.marks.values():
                axes.axvline(moment, color=colour, linewidth=0.6, linestyle=":")
        axes.set_title(name, fontsize=9, loc="left")
        axes.set_xlabel("time [ms]", fontsize=8)
        axes.tick_params(labelsize=7)
        axes.spines[["top", "right"]].set_visible(False)
    grid[0].legend(fontsize=7, frameon=False)
    figure.supxlabel(PURPOSE, fontsize=6, color="#656B78")
    _save(figure, path)
    return figure


def plot_propagation(courses: Sequence[Course], path: str | Path | None = None) -> Figure:
    """Draw action potentials that run along fibres: one line for each moment's voltage.

    Parameters
    ----------
    courses : sequence of Course
        Fibres side by side, such as a healthy and a damaged one.
    path : str or Path, optional
        File to write as well, ``.png``, ``.svg`` or ``.pdf``; whole or not at all.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, bound to no window.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6 * len(courses), 4.2), layout="constrained")
    grid = figure.subplots(1, len(courses), sharey=True, squeeze=False).ravel()
    for axes, shown in zip(grid, courses, strict=True):
        image = axes.pcolormesh(
            shown.position, shown.time, shown.voltage, cmap="magma", vmin=-90, vmax=40,
            shading="nearest", rasterized=True,
        )  # fmt: skip
        axes.set_title(shown.title, fontsize=9, loc="left")
        axes.set_xlabel("place along the fibre [mm]")
        axes.set_xlim(0, shown.position[-8])
    grid[0].set_ylabel("time [ms]")
    figure.colorbar(image, ax=list(grid), label="membrane voltage at the nodes [mV]")
    _save(figure, path)
    return figure


def nerve_report_section(
    examinations: Sequence[Examination],
    labels: Sequence[str],
    courses: Sequence[Course] = (),
) -> str:
    """Return the part of a report that shows recordings, propagation and the laboratory's table.

    Parameters
    ----------
    examinations : sequence of Examination
        One or more, such as those of one person at several times.
    labels : sequence of str
        What to call each.
    courses : sequence of Course
        Fibres to show an action potential on; none leaves that picture out.

    Returns
    -------
    str
        An HTML ``section`` that needs nothing from outside.
    """
    _matched(examinations, labels)
    keys = "".join(
        f'<span style="color:{colour}">&#9632; {escape(label)}</span> '
        for label, colour in zip(labels, _colours(), strict=False)
    )
    charts = "".join(_chart(examinations, name, *WINDOWS[name]) for name in WINDOWS)
    runs = "".join(_waterfall(shown) for shown in courses)
    assumed = sorted({a for e in examinations for a in e.assumptions})
    notes = f"<p>Assumed: {escape('; '.join(assumed))}.</p>" if assumed else ""
    return (
        '<section class="nerve"><h2>Nerve conduction and evoked potentials</h2>'
        f"<p>{escape(PURPOSE)}</p><p>{keys}</p><div>{charts}</div><div>{runs}</div>"
        f"{_table(examinations, labels)}{notes}</section>"
    )


def _chart(examinations: Sequence[Examination], name: str, low: float, high: float) -> str:
    """Draw one recording of all examinations as SVG."""
    chosen = [next(t for t in e.traces if t.name == name) for e in examinations]
    inside = [(t.time >= low) & (t.time <= high) for t in chosen]
    bottom = min(float(t.value[k].min()) for t, k in zip(chosen, inside, strict=True))
    top = max(float(t.value[k].max()) for t, k in zip(chosen, inside, strict=True))
    scale = 78 / (top - bottom or 1.0)
    lines = []
    for trace, seen, colour in zip(chosen, inside, _colours(), strict=False):
        points = " ".join(
            f"{8 + 184 * (t - low) / (high - low):.1f},{104 - scale * (v - bottom):.1f}"
            for t, v in zip(trace.time[seen][::2], trace.value[seen][::2], strict=True)
        )
        lines.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
    unit = "relative" if chosen[0].unit == "1" else chosen[0].unit
    said = f"{name}, {low:g} to {high:g} ms, peak to peak {top - bottom:.3g} {unit}"
    return (
        f'<svg role="img" aria-label="{escape(said)}" viewBox="0 0 200 124" width="220" '
        f'font-size="9" font-family="sans-serif"><title>{escape(said)}</title>'
        f'<text x="8" y="14" font-weight="bold">{escape(name)}</text>'
        f'<line x1="8" x2="192" y1="108" y2="108" stroke="#A89E8B"/>{"".join(lines)}'
        f'<text x="8" y="119">{low:g} ms</text>'
        f'<text x="192" y="119" text-anchor="end">{high:g} ms</text></svg>'
    )


def _waterfall(shown: Course) -> str:
    """Draw voltage against time at every fourth node, each node a line higher, as SVG."""
    lines = []
    nodes = [i for i in range(0, len(shown.position), 4) if shown.position[i] >= 0]
    end = float(shown.time[-1])
    for row, node in enumerate(nodes):
        base = 24 + 196 * (row + 1) / len(nodes)
        points = " ".join(
            f"{8 + 264 * t / end:.1f},{base - 0.16 * (v + 80):.1f}"
            for t, v in zip(shown.time[::2], shown.voltage[::2, node], strict=True)
        )
        lines.append(f'<polyline points="{points}" fill="none" stroke="#474D59"/>')
    said = f"{shown.title}: an action potential over {shown.position[nodes[-1]]:.0f} mm, {end:g} ms"
    return (
        f'<svg role="img" aria-label="{escape(said)}" viewBox="0 0 280 240" width="320" '
        f'font-size="9" font-family="sans-serif"><title>{escape(said)}</title>'
        f'<text x="8" y="12" font-weight="bold">{escape(shown.title)}</text>{"".join(lines)}'
        f'<text x="8" y="236">0 ms</text>'
        f'<text x="272" y="236" text-anchor="end">{end:g} ms</text></svg>'
    )


def _table(examinations: Sequence[Examination], labels: Sequence[str]) -> str:
    """Return the laboratory's table, one column for each examination."""
    heads = "".join(f"<th>{escape(label)}</th>" for label in labels)
    rows = []
    for row in zip(*(e.findings for e in examinations), strict=True):
        limit = row[0].limit
        edges = [
            f"{word} {edge:g}"
            for word, edge in (("from", limit.low), ("to", limit.high))
            if edge == edge
        ]
        cells = "".join(
            f'<td class="{found.flag}">{_shown(found.value)}'
            f"{' ' + found.flag if found.flag in ('abnormal', 'absent') else ''}</td>"
            for found in row
        )
        rows.append(
            f"<tr><td>{escape(limit.long_name)}</td>{cells}<td>{escape(limit.unit)}</td>"
            f"<td>{' '.join(edges) or 'none known'}</td>"
            f"<td>{escape(limit.source)} ({escape(limit.grade)})</td></tr>"
        )
    return (
        f"<table><thead><tr><th>Study</th>{heads}<th>Unit</th><th>Normal</th><th>Source</th>"
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _shown(value: float) -> str:
    return "" if value != value or value == 0 else f"{value:.1f}"


def _colours() -> list[str]:
    return list(COLOURS)


def _matched(examinations: Sequence[Examination], labels: Sequence[str]) -> None:
    """Refuse what cannot be drawn."""
    if not examinations or len(examinations) != len(labels):
        raise InputError("each examination needs one label", where="nerve report")
    if len(examinations) > len(COLOURS):
        raise InputError(
            f"more than {len(COLOURS)} examinations cannot be told apart", where="nerve report"
        )


def _save(figure: Figure, path: str | Path | None) -> None:
    """Write a figure, whole or not at all."""
    if path is None:
        return
    target = Path(path)
    if target.suffix.lower() not in _FORMATS:
        raise InputError(
            f"cannot write a figure as {target.suffix or 'a file without ending'}",
            where=str(path),
            hint="let the name end in .png, .svg or .pdf",
        )
    with whole_file(target) as beside:
        figure.savefig(beside, dpi=150)
