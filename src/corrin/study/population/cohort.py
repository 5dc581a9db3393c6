"""A group simulated: people drawn, solved side by side and put into one labelled table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from corrin.engine.protocol import Trajectory
from corrin.errors import InputError, SolverError, unknown
from corrin.files import whole_file
from corrin.provenance import manifest
from corrin.study.population.assay import assays, measure
from corrin.study.population.group import Group
from corrin.study.population.people import Member, sample
from corrin.variables import catalogue

if TYPE_CHECKING:
    import xarray

    from corrin.engine import CompiledEngine

#: File endings that a simulated group can be saved under.
SUFFIXES = (".csv", ".parquet", ".nc")

_BLOCK = 250  # people solved at a time, so that progress can be shown
_UNITS = {
    "age": "year", "height": "cm", "weight": "kg", "egfr": "mL/min/1.73m2",
    "b12_intake": "ug/day", "folate_intake": "1",
}  # fmt: skip


def simulate_group(
    group: Group | str,
    n: int = 300,
    seed: int = 1,
    times: Sequence[float] | np.ndarray = (0.0,),
    outputs: Sequence[str] | None = None,
    parameters: Mapping[str, float] | None = None,
    measured: bool = True,
    *,
    spread: Mapping[str, float] | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> xarray.Dataset:
    """Simulate a group of people.

    Parameters
    ----------
    group : Group or str
        Who they are; a text names a shipped group or a file.
    n : int
        How many people.
    seed : int
        Seed; the same seed gives the same people, whatever their number and the threads.
    times : sequence of float
        Output times [day], rising from 0 on.
    outputs : sequence of str, optional
        Names of outputs; all public ones if not given.
    parameters : mapping of str to float, optional
        Parameters of the model to override: medians where people differ.
    measured : bool
        Whether laboratory values carry the error of the method and the variation of a person
        from week to week.
    spread : mapping of str to float, optional
        Spreads between people to override, by the name in the tables.
    threads : int, optional
        Threads at work; as many as there are cores if not given.
    progress : callable, optional
        Called with the number of people solved and of all.

    Returns
    -------
    xarray.Dataset
        Every output over ``person`` and ``time`` [day] with its unit, long name and reference
        limits; traits of the people as coordinates. Who could not be solved is not a number
        everywhere; their count is the attribute ``failed``.
    """
    from corrin.engine import default_engine
    from corrin.model import load_model
    from corrin.model.loader import PARAMETER_SET

    group = Group.load(group) if isinstance(group, str) else group
    grid = _times(times)
    names = list(outputs) if outputs is not None else list(catalogue())
    model = load_model()
    engine = cast("CompiledEngine", default_engine(model))
    known = {*catalogue(), *model.parameters["name"], *model.inputs, *model.edges}
    for name in parameters or {}:
        if name not in known:
            raise unknown("parameter", name, known)
    people = sample(
        group, n, seed, until=float(grid[-1]), parameters=parameters, spread=spread
    )  # fmt: skip
    found: list[Trajectory | None] = []
    for start in range(0, n, _BLOCK):
        block = [member.protocol() for member in people[start : start + _BLOCK]]
        outcomes = engine.solve_many(block, grid + group.history, names, threads=threads)
        found += [outcome.trajectory for outcome in outcomes]
        if progress is not None:
            progress(len(found), n)
    if not any(found):
        raise SolverError(f"none of {n} people could be solved", where=group.name)
    stamp = manifest(
        scenario=group.text,
        model_hash=model.hash,
        parameters=PARAMETER_SET,
        engine=engine.name,
        engine_version=engine.version,
        overrides=dict(parameters or {}),
        until=float(grid[-1]),
        outputs=names,
        times=grid.tolist(),
        seed=seed,
    )
    stamp |= {"people": n, "measured": measured, "spread": dict(spread or {})}
    truth = _label(group, people, found, grid, names, stamp)
    return measured_dataset(truth, seed, group) if measured else truth


def measured_dataset(truth: xarray.Dataset, seed: int, group: Group | str) -> xarray.Dataset:
    """Return a simulated group as its laboratory would measure it, for all that has an assay."""
    group = Group.load(group) if isinstance(group, str) else group
    noisy = {
        name: (
            truth[name].dims,
            measure(
                name,
                truth[name].values,
                truth["time"].values.tolist(),
                seed,
                group.assay.get(name),
            ),
            truth[name].attrs,
        )
        for name in assays()
        if name in truth
    }
    return truth.assign(noisy)


def save_group(dataset: xarray.Dataset, path: str | Path) -> None:
    """Write a simulated group: CSV or Parquet with one row per person and time, or NetCDF."""
    target = Path(path)
    if target.suffix not in SUFFIXES:
        raise unknown("file ending", target.suffix or target.name, SUFFIXES, str(target))
    with whole_file(target) as part:
        if target.suffix == ".nc":
            dataset.to_netcdf(part, engine="h5netcdf")
            return
        table = dataset.to_dataframe().reset_index()
        if target.suffix == ".csv":
            table.to_csv(part, index=False)
        else:
            table.to_parquet(part)


def _label(
    group: Group,
    people: Sequence[Member],
    found: Sequence[Trajectory | None],
    times: np.ndarray,
    names: Sequence[str],
    stamp: Mapping[str, Any],
) -> xarray.Dataset:
    """Return the solved people with names, units, limits and traits."""
    import xarray

    variables = {}
    gap = np.full(len(times), np.nan)
    for name in names:
        values = np.array([gap if t is None else np.asarray(t.values[name]) for t in found])
        attributes: dict[str, Any] = {}
        if name in catalogue():
            known = catalogue()[name]
            attributes = {"units": known.unit, "long_name": known.long_name}
            limits = {"reference_low": known.low, "reference_high": known.high}
            attributes |= {key: limit for key, limit in limits.items() if limit is not None}
        variables[name] = (("person", "time"), values, attributes)
    coordinates: dict[str, Any] = {
        "person": ("person", np.arange(len(people))),
        "time": ("time", times, {"units": "day", "long_name": "Time"}),
    }
    for trait in people[0].traits:
        column = np.array([member.traits[trait] for member in people])
        unit = {"units": _UNITS[trait]} if trait in _UNITS else {}
        coordinates[trait] = ("person", column, unit)
    failed = sum(one is None for one in found)
    attributes = {"title": group.name, "failed": failed, "manifest": json.dumps(stamp)}
    return xarray.Dataset(variables, coords=coordinates, attrs=attributes)


def _times(times: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return output times [day] that rise from 0 on."""
    grid = np.asarray(list(times), dtype=float)
    if grid.size == 0 or not np.isfinite(grid).all() or (np.diff(grid) <= 0).any() or grid[0] < 0:
        raise InputError("output times must rise from 0 on", where="times")
    return grid
