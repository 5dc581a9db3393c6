"""Pictures of nerves: recordings side by side, and an action potential on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corrin.errors import InputError
from corrin.files import whole_file
from corrin.provenance import PURPOSE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from corrin.nerve.axon import Array
    from corrin.nerve.lesions import Lesion
    from corrin.nerve.studies import Examination

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

    matched(examinations, labels)
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


def _colours() -> list[str]:
    return list(COLOURS)


def matched(examinations: Sequence[Examination], labels: Sequence[str]) -> None:
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
