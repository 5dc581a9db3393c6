"""Running a result again from its manifest, and saying whether the same numbers come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from corrin.engine.protocol import Engine
from corrin.errors import InputError, unknown
from corrin.study.result import Result
from corrin.study.scenario import Scenario
from corrin.study.simulate import simulate
from corrin.study.stored import Stored, of_result, read_stored
from corrin.variables import catalogue

#: What may have changed between the two runs, as the manifest names it.
MADE_WITH = (
    "corrin", "model", "parameters", "engine", "engine_version",
    "numpy", "llvmlite", "python", "machine",
)  # fmt: skip

# Engines by the name that they give themselves in a manifest.
_ENGINES = {"corrin": "compiled", "corrin-cuda": "cuda", "libRoadRunner": "roadrunner"}


@dataclass(frozen=True)
class Difference:
    """One output that did not come out the same.

    Attributes
    ----------
    output : str
        Its name, or ``time``.
    unit : str
        Its unit.
    count : int
        How many of its values differ.
    largest : float
        Largest absolute difference [unit]; NaN where a number stands against none.
    relative : float
        The same as a share of the stored value; NaN where that is 0 or missing.
    time : float
        When that is [day].
    missing : str
        ``stored`` or ``computed`` where the whole output is missing there, else empty.
    """

    output: str
    unit: str
    count: int
    largest: float = float("nan")
    relative: float = float("nan")
    time: float = float("nan")
    missing: str = ""

    def __str__(self) -> str:
        if self.missing:
            there = "stored" if self.missing == "computed" else "computed"
            return f"{self.output}: {there} but not {self.missing}"
        values = "1 value" if self.count == 1 else f"{self.count} values"
        if not isfinite(self.largest):
            return f"{self.output}: {values}, a number against none"
        share = f" ({self.relative:.3g} of it)" if isfinite(self.relative) else ""
        return (
            f"{self.output}: {values}, by up to {self.largest:.3g} {self.unit}".removesuffix(" 1")
            + f"{share} at day {self.time:.6g}"
        )


@dataclass(frozen=True)
class Rerun:
    """A result run again, beside what was stored.

    Attributes
    ----------
    result : Result
        What came out now.
    differences : tuple of Difference
        Outputs that differ in any bit, the largest relative difference first.
    changed : tuple of (str, str, str)
        What the two were made with where it differs: name in the manifest, then, now.
    """

    result: Result
    differences: tuple[Difference, ...]
    changed: tuple[tuple[str, str, str], ...]

    @property
    def identical(self) -> bool:
        """Whether all times and all values are the same to the last bit."""
        return not self.differences

    def text(self) -> str:
        """Return the outcome in words."""
        count, times = len(self.result.dataset.data_vars), self.result.dataset["time"].size
        told = [f"identical: {count} outputs at {times} times"]
        if not self.identical:
            told = [f"different: {len(self.differences)} of {count} outputs"]
            told += [f"  {difference}" for difference in self.differences]
        if self.changed:
            may = "and need not give the same numbers" if self.identical else "which may be why"
            what = "; ".join(f"{name} was {then}, is {now}" for name, then, now in self.changed)
            told.append(f"made with something else, {may}: {what}")
        elif not self.identical:
            told.append(
                "made with the same model and versions: the file was altered, or another "
                "processor rounds otherwise"
            )
        return "\n".join(told)

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as plain values that JSON can hold, NaN aside."""
        return {
            "identical": self.identical,
            "outputs": len(self.result.dataset.data_vars),
            "differences": [vars(difference) for difference in self.differences],
            "changed": [{"name": n, "then": then, "now": now} for n, then, now in self.changed],
        }


def rerun(stored: Result | str | Path, *, engine: Engine | None = None) -> Rerun:
    """Run a result again as its manifest says and compare every number.

    Parameters
    ----------
    stored : Result, str or Path
        A result, or a file that one was saved in: ``.json``, ``.nc`` or ``.parquet``.
    engine : Engine, optional
        What solves it; the engine that the manifest names if not given.

    Returns
    -------
    Rerun
        The new result, and where it differs from the old one.

    Raises
    ------
    InputError
        When the file cannot be read or its manifest cannot be run.
    """
    old = of_result(stored) if isinstance(stored, Result) else read_stored(stored)
    order = _Order.read(old.manifest, old.where)
    result = simulate(
        Scenario.from_text(order.scenario, f"{old.where}, scenario"),
        until=order.until,
        outputs=order.outputs,
        times=order.times,
        parameters=order.overrides,
        engine=engine or _engine(order.engine, old.where),
        member=order.member,
    )
    new = of_result(result)
    return Rerun(result, _differences(old, new), _changed(old.manifest, result.manifest))


@dataclass(frozen=True)
class _Order:
    """What a manifest says is to be run, in the types that a simulation takes."""

    scenario: str
    engine: str
    until: float
    outputs: list[str] | None
    times: list[float] | None
    overrides: dict[str, float]
    member: int | None

    @classmethod
    def read(cls, manifest: Mapping[str, Any], where: str) -> _Order:
        """Read an order from a manifest that anyone may have written."""
        here = f"{where}, manifest"
        for key in ("scenario", "engine", "until"):
            if key not in manifest:
                raise InputError(
                    f"the key {key!r} is missing", where=here, hint="it cannot be run again"
                )
        outputs, times = manifest.get("outputs"), manifest.get("times")
        overrides, member = manifest.get("overrides") or {}, manifest.get("member")
        if not isinstance(overrides, Mapping):
            raise InputError("'overrides' is not a table of numbers", where=here)
        if not isinstance(member, int | None) or isinstance(member, bool):
            raise InputError(f"{str(member)[:80]!r} is not a member", where=here)
        return cls(
            scenario=_text(manifest["scenario"], "scenario", here),
            engine=_text(manifest["engine"], "engine", here),
            until=_number(manifest["until"], "until", here),
            outputs=_list(outputs, "outputs", here, _text),
            times=_list(times, "times", here, _number),
            overrides={str(k): _number(v, str(k), here) for k, v in overrides.items()},
            member=member,
        )


def _text(value: object, key: str, where: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"{key!r} is not a text", where=where)
    return value


def _number(value: object, key: str, where: str) -> float:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            return float(value)
    except OverflowError:  # JSON holds whole numbers of any length
        pass
    raise InputError(f"{key!r} is not a number", where=where)


def _list(value: object, key: str, where: str, read: Any) -> list[Any] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise InputError(f"{key!r} is not a list", where=where)
    return [read(item, key, where) for item in value]


def _engine(name: str, where: str) -> Engine:
    """Return the engine that a manifest names."""
    from corrin.engine import choose_engine
    from corrin.model import load_model

    if name not in _ENGINES:
        raise unknown("engine", name[:80], _ENGINES, f"{where}, manifest")
    return choose_engine(_ENGINES[name], load_model())


def _differences(old: Stored, new: Stored) -> tuple[Difference, ...]:
    """Return what differs, the largest relative difference first."""
    if old.times.shape != new.times.shape:
        return (Difference("time", "day", abs(old.times.size - new.times.size)),)
    found = [_difference("time", "day", old.times, new.times, old.times)]
    for name in {**old.values, **new.values}:
        unit = catalogue()[name].unit if name in catalogue() else ""
        if name not in new.values or name not in old.values:
            missing = "computed" if name in old.values else "stored"
            found.append(Difference(name, unit, old.times.size, missing=missing))
        else:
            found.append(_difference(name, unit, old.values[name], new.values[name], old.times))
    differing = [difference for difference in found if difference is not None]
    return tuple(
        sorted(differing, key=lambda d: -d.relative if isfinite(d.relative) else float("inf"))
    )


def _difference(
    name: str, unit: str, old: np.ndarray, new: np.ndarray, times: np.ndarray
) -> Difference | None:
    """Return the difference of two columns, None where they are the same.

    What is not finite counts as missing on both sides, since JSON has no word for it.
    """
    then, now = (np.where(np.isfinite(a), a, np.nan) for a in (old, new))
    differ = ~((then == now) | (np.isnan(then) & np.isnan(now)))
    if not differ.any():
        return None
    gap = np.abs(now - then)
    if not np.isfinite(gap[differ]).any():
        return Difference(name, unit, int(differ.sum()))
    at = int(np.nanargmax(gap))
    relative = float(gap[at] / abs(then[at])) if then[at] else float("nan")
    return Difference(name, unit, int(differ.sum()), float(gap[at]), relative, float(times[at]))


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Return what two results were made with where it differs."""
    return tuple(
        (name.replace("_", " "), str(old.get(name, "not told"))[:80], str(new[name]))
        for name in MADE_WITH
        if old.get(name) != new[name]
    )
