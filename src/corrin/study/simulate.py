"""The only door to a simulation: a scenario in, a labelled result out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from corrin.engine.protocol import Engine, Protocol
from corrin.errors import InputError, unknown
from corrin.provenance import manifest
from corrin.study.person import SETTLE
from corrin.study.result import Result
from corrin.study.scenario import Scenario, check_horizon
from corrin.study.times import output_times
from corrin.units import parse_time
from corrin.variables import catalogue

if TYPE_CHECKING:
    from corrin.model import Model

# Overrides that leave the steady state of the model as it is.
_STEADY = {"age", "female", "height", "pregnancy"}


def simulate(
    scenario: Scenario,
    *,
    until: float | str | None = None,
    outputs: Sequence[str] | None = None,
    times: Sequence[float] | np.ndarray | None = None,
    parameters: Mapping[str, float] | None = None,
    member: int | None = None,
    engine: Engine | None = None,
) -> Result:
    """Simulate one person.

    Parameters
    ----------
    scenario : Scenario
        Person and timeline.
    until : float or str, optional
        End of the run [day], or a text such as ``10 y``; that of the scenario if not given.
    outputs : sequence of str, optional
        Public names; all if not given.
    times : sequence of float, optional
        Output times [day]; those of `output_times` if not given. They only choose what is
        shown: the solution does not depend on them.
    parameters : mapping of str to float, optional
        Parameters of the model to override for the whole run, settling included.
    member : int, optional
        Member of the shipped ensemble; the central parameter set if not given.
    engine : Engine, optional
        What solves it; the default engine if not given.

    Returns
    -------
    Result
        Labelled time courses with their manifest.

    Raises
    ------
    InputError
        For names that are unknown and times that cannot be.
    """
    from corrin.model import load_model
    from corrin.model.loader import PARAMETER_SET

    end = scenario.until if until is None else _end(until)
    names = _outputs(outputs)
    chosen = None if times is None else _times(times)
    overrides = dict(parameters or {})
    model = load_model()
    protocol = scenario.protocol(end if chosen is None else max(end, float(chosen[-1])))
    doses = [dose.time for dose in protocol.doses]
    grid = output_times(end, doses) if chosen is None else chosen
    if member is not None:
        from corrin.model.ensemble import ensemble

        # Every member has its own steady state of health: it need not settle.
        values = ensemble().member(member)
        protocol = replace(protocol, parameters={**values, **protocol.parameters})
    protocol = _overridden(protocol, overrides, model)
    if engine is None:
        from corrin.engine import default_engine

        engine = default_engine(model)
    trajectory = engine.solve(protocol, grid, names)
    return Result.label(
        scenario,
        trajectory,
        manifest(
            scenario=scenario.to_yaml(),
            model_hash=model.hash,
            parameters=PARAMETER_SET,
            engine=engine.name,
            engine_version=engine.version,
            overrides=overrides,
            until=end,
            outputs=None if outputs is None else names,
            times=None if chosen is None else grid.tolist(),
            member=member,
        ),
    )


def _end(until: float | str) -> float:
    """Return the end of a run [day]."""
    end = parse_time(until, "until") if isinstance(until, str) else float(until)
    check_horizon(end, "until")
    return end


def _outputs(outputs: Sequence[str] | None) -> list[str]:
    """Return the names of the outputs asked for, each known."""
    if outputs is None:
        return list(catalogue())
    names = [outputs] if isinstance(outputs, str) else list(outputs)
    for name in names:
        if name not in catalogue():
            raise unknown("output", str(name), catalogue())
    return names


def _times(times: Iterable[float]) -> np.ndarray:
    """Return output times [day] that rise from 0 on."""
    grid = np.asarray(list(times), dtype=float)
    if grid.size == 0 or not np.isfinite(grid).all() or (np.diff(grid) <= 0).any() or grid[0] < 0:
        raise InputError("output times must rise from 0 on", where="times")
    if grid[-1] > 0:
        check_horizon(float(grid[-1]), "times")
    return grid


def _overridden(protocol: Protocol, overrides: Mapping[str, float], model: Model) -> Protocol:
    """Return the protocol with parameters overridden, and time to settle if they need it."""
    if not overrides:
        return protocol
    known = {*model.inputs, *model.edges, *model.parameters["name"]}
    for name, value in overrides.items():
        if name not in known:
            raise unknown("parameter", name, known)
        if not np.isfinite(value):
            raise InputError(f"{value} is not a finite number", where=name)
    # Cutting an edge changes nothing in health, where no loss travels along it.
    unsteady = set(overrides) - set(model.edges) - _STEADY
    return replace(
        protocol,
        parameters={**protocol.parameters, **overrides},
        settle=SETTLE if unsteady else protocol.settle,
    )
