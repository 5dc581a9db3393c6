"""A bench on which published situations are replayed: scenario texts in, numbers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from corrin.engine import Engine, Protocol, default_engine
from corrin.model import load_model
from corrin.model.feasible import CLOSING
from corrin.study.scenario import Scenario
from corrin.study.text import QUICK, read_yaml
from corrin.variables import catalogue

if TYPE_CHECKING:
    import xarray

YEAR = 365.25
MONTH = YEAR / 12

_RELEASED = ("recent", "liver", "slow", "periphery", "marrow", "nerve")
#: Flows among the pools of cobalamin in health: where from, and where to (nothing: out of it).
FLOWS = {
    "pass_enterocyte": ("enterocyte_cobalamin", "enterocyte_second"),
    "pass_second": ("enterocyte_second", "enterocyte_third"),
    "pass_third": ("enterocyte_third", "enterocyte_last"),
    "enter_blood": ("enterocyte_last", "holotranscobalamin_amount"),
    "first_pass": ("enterocyte_last", "recent_cobalamin"),
    "renal_loss": ("holotranscobalamin_amount", ""),
    **{f"uptake_{p}": ("holotranscobalamin_amount", f"{p}_cobalamin") for p in _RELEASED},
    **{f"release_{p}": (f"{p}_cobalamin", "holotranscobalamin_amount") for p in _RELEASED},
    "haptocorrin_recent": ("recent_cobalamin", "holohaptocorrin_amount"),
    "haptocorrin_liver": ("liver_cobalamin", "holohaptocorrin_amount"),
    "haptocorrin_uptake": ("holohaptocorrin_amount", "liver_cobalamin"),
    "bile_return": ("liver_cobalamin", "enterocyte_cobalamin"),
    "bile_loss": ("liver_cobalamin", ""),
    "shedding": ("slow_cobalamin", ""),
}

#: Everything that readings ask for: the public outputs and what kinetic studies measure.
OUTPUTS = (
    *catalogue(),
    "stored_cobalamin",
    "cobalamin_absorption",
    "tablet_efficiency",
    "urinary_cobalamin",
    "fetal_cobalamin",
    "absorbed_share_of_intake",
    "acid_pepsin",
    "active_uptake",
    # Inside marrow and cells.
    "marrow_folate_relative",
    "marrow_drive",
    "effective_production",
    "red_cells",
    "uracil_in_dna",
    "synthase_intact",
    "methionine_synthase_activity_liver",
    "free_transcobalamin",
    "free_haptocorrin",
    # Feeling that the nerves alone change.
    "feet_nerve_drive",
    "hands_nerve_drive",
    "depot_cyanocobalamin",
    "depot_hydroxocobalamin",
    *FLOWS,
    *dict.fromkeys(source for source, _ in FLOWS.values()),
    # What closes the balances of health, and what it is a remainder of.
    *CLOSING,
    *dict.fromkeys(CLOSING.values()),
)
#: What is kept of the people of a group: what a survey can find.
GROUP_OUTPUTS = tuple(
    name
    for name, known in catalogue().items()
    if known.group in ("laboratory", "stores", "symptom")
    and (
        not name.endswith("_probability")
        or name in ("mood_probability", "numbness_feet_probability")
    )
)


@lru_cache(maxsize=8192)
def plain_protocol(text: str, until: float) -> Protocol:
    """Return the protocol of a scenario text under the shipped parameters."""
    data = read_yaml(f"name: bench\n{text}\nuntil: {until} d\n", "bench", QUICK)
    return Scenario.from_mapping(data, "bench").protocol()


@dataclass
class Bench:
    """Runs scenarios under one set of parameter values and remembers what it ran.

    Attributes
    ----------
    parameters : mapping of str to float
        Overrides of the shipped parameter set.
    spread : mapping of str to float
        Overrides of the spreads between people, by the name in the tables.
    """

    parameters: Mapping[str, float] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)
    _runs: dict[tuple[str, tuple[float, ...]], dict[str, np.ndarray]] = field(
        default_factory=dict, repr=False
    )
    _groups: dict[
        tuple[str, int, int, tuple[float, ...]], tuple[xarray.Dataset, xarray.Dataset]
    ] = field(default_factory=dict, repr=False)

    @cached_property
    def engine(self) -> Engine:
        """Engine of the whole model, shared by all benches of the process."""
        return default_engine(load_model())

    def protocol(self, text: str, until: float) -> Protocol:
        """Return the protocol of a scenario text with this bench's parameters."""
        protocol = plain_protocol(text, until)
        return replace(protocol, parameters={**protocol.parameters, **self.parameters})

    def course(
        self, text: str, times: Sequence[float] | np.ndarray, names: Sequence[str]
    ) -> np.ndarray:
        """Return the values of `names` at `times` [day], shape (len(names), len(times))."""
        key = (text, tuple(np.asarray(times, float).tolist()))
        run = self._runs.setdefault(key, {})
        missing = [n for n in names if n not in run]
        if missing:
            protocol = self.protocol(text, key[1][-1] + 1.0)
            # One set of outputs for all: an engine prepares itself anew for each set.
            outputs = [*OUTPUTS, *(n for n in missing if n not in OUTPUTS)]
            run |= dict(self.engine.solve(protocol, key[1], outputs).values)
        return np.array([run[n] for n in names])

    def at(self, text: str, time: float, name: str) -> float:
        """Return one value at one time [day]."""
        return float(self.course(text, [time], [name])[0, 0])

    def crossing(
        self, text: str, name: str, level: float, *, until: float, rising: bool = True
    ) -> float:
        """Return the first time [day] at which `name` crosses `level`; infinity if never."""
        times = np.arange(0.0, until, 7.0)
        values = self.course(text, times, [name])[0]
        return _crossing(times, values if rising else -values, level if rising else -level)

    def nearest(
        self, text: str, name: str, level: float, *, until: float, rising: bool = True
    ) -> float:
        """Return the first time [day] at which `name` crosses `level`, or is nearest to it."""
        found = self.crossing(text, name, level, until=until, rising=rising)
        if np.isfinite(found):
            return found
        times = np.arange(0.0, until, 7.0)
        away = np.abs(self.course(text, times, [name])[0] - level)
        return float(times[np.argmin(away)])

    def when(
        self, text: str, name: str, level: float, *, until: float, of: Sequence[str]
    ) -> list[float]:
        """Return the values of `of` at the first time `name` has fallen to `level`."""
        times = np.arange(0.0, until, 7.0)
        rows = self.course(text, times, [name, *of])
        time = _crossing(times, -rows[0], -level)
        if not np.isfinite(time):
            return [float("nan")] * len(of)
        return [float(np.interp(time, times, row)) for row in rows[1:]]

    def group(
        self,
        name: str,
        *,
        n: int = 300,
        seed: int = 1,
        times: Sequence[float] | np.ndarray = (0.0,),
        measured: bool = True,
    ) -> xarray.Dataset:
        """Return a simulated group under this bench's parameters and spreads; it runs once.

        Parameters
        ----------
        name : str
            Group that is shipped (``study/data/groups``).
        n, seed : int
            How many people, and the seed of the sample.
        times : sequence of float
            Output times [day].
        measured : bool
            Whether laboratory values carry the noise of the laboratory.

        Returns
        -------
        xarray.Dataset
            Laboratory values, stores and symptoms over ``person`` and ``time``; traits as
            coordinates.
        """
        from corrin.study.population.cohort import measured_dataset, simulate_group

        key = (name, n, seed, tuple(float(t) for t in times))
        if key not in self._groups:
            truth = simulate_group(
                name, n, seed, key[3], GROUP_OUTPUTS, self.parameters, False, spread=self.spread
            )
            self._groups[key] = (truth, measured_dataset(truth, seed, name))
        return self._groups[key][int(measured)]


def _crossing(times: np.ndarray, values: np.ndarray, level: float) -> float:
    """First time at which `values` rise to `level`, between the samples; infinity if never."""
    beyond = values >= level
    if not beyond.any():
        return float("inf")
    i = int(np.argmax(beyond))
    if i == 0:
        return float(times[0])
    share = (level - values[i - 1]) / (values[i] - values[i - 1])
    return float(times[i - 1] + share * (times[i] - times[i - 1]))
