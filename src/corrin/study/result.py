"""The labelled outcome of one run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corrin.engine.protocol import Trajectory
from corrin.errors import InputError, unknown
from corrin.files import whole_file
from corrin.study.scenario import Scenario
from corrin.units import format_time, parse_time
from corrin.variables import catalogue

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

#: File endings that a result can be saved under.
SUFFIXES = (".nc", ".parquet", ".csv", ".json")


@dataclass(frozen=True)
class Result:
    """What came out of one run.

    Attributes
    ----------
    scenario : Scenario
        What was simulated.
    dataset : xarray.Dataset
        Every output over the dimension ``time`` [day], with its unit, long name and reference
        limits as attributes ``units``, ``long_name``, ``reference_low`` and ``reference_high``.
    manifest : dict
        Versions, model hash and parameters: enough to run it again.
    """

    scenario: Scenario
    dataset: xarray.Dataset
    manifest: dict[str, Any]

    @classmethod
    def label(cls, scenario: Scenario, trajectory: Trajectory, manifest: dict[str, Any]) -> Result:
        """Return the result of a run with names, units and reference limits put to its numbers."""
        import xarray

        variables = {}
        for name, values in trajectory.values.items():
            known = catalogue()[name]
            attributes: dict[str, Any] = {"units": known.unit, "long_name": known.long_name}
            if known.low is not None:
                attributes["reference_low"] = known.low
            if known.high is not None:
                attributes["reference_high"] = known.high
            variables[name] = ("time", np.asarray(values, dtype=float), attributes)
        time = ("time", np.asarray(trajectory.times, dtype=float), _TIME)
        dataset = xarray.Dataset(variables, coords={"time": time}, attrs={"title": scenario.name})
        return cls(scenario, dataset, manifest)

    def at(self, time: float | str, name: str) -> float:
        """Return one output at one time, interpolated between output times.

        Parameters
        ----------
        time : float or str
            Time [day], or a text such as ``5 y``.
        name : str
            Public name of the output.

        Returns
        -------
        float
            Value [unit of the output].
        """
        if name not in self.dataset:
            raise unknown("output", name, map(str, self.dataset.data_vars))
        day = parse_time(time) if isinstance(time, str) else float(time)
        times = self.dataset["time"].values
        if not times[0] <= day <= times[-1]:
            raise InputError(
                f"{format_time(day)} is not within the run",
                hint=f"it goes from {format_time(float(times[0]))} to "
                f"{format_time(float(times[-1]))}",
            )
        return float(np.interp(day, times, self.dataset[name].values))

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values that JSON can hold; what is not finite is None."""
        return {
            "scenario": self.scenario.name,
            "times": self.dataset["time"].values.tolist(),
            "variables": {
                str(name): {
                    "unit": column.attrs["units"],
                    "long_name": column.attrs["long_name"],
                    "values": [v if np.isfinite(v) else None for v in column.values.tolist()],
                }
                for name, column in self.dataset.data_vars.items()
            },
            "manifest": dict(self.manifest),
        }

    def save(self, path: str | Path) -> None:
        """Write the result whole: NetCDF, Parquet, CSV or JSON by the ending of `path`.

        CSV carries the unit in the heading of each column (``serum_b12 [pmol/L]``), Parquet in
        the metadata of each field.
        """
        target = Path(path)
        writers = {
            ".nc": self._netcdf,
            ".parquet": self._parquet,
            ".csv": self._csv,
            ".json": self._json,
        }
        if target.suffix not in writers:
            raise unknown("file ending", target.suffix or target.name, SUFFIXES, str(target))
        with whole_file(target) as part:
            writers[target.suffix](part)

    def plot(self, variables: list[str] | None = None, path: str | Path | None = None) -> Figure:
        """Draw the result: time courses with reference ranges, causes and treatment."""
        from corrin.faces.plot import plot_result

        return plot_result(self, variables, path)

    def _netcdf(self, path: Path) -> None:
        stamped = self.dataset.assign_attrs(
            title=self.scenario.name, manifest=json.dumps(self.manifest)
        )
        stamped.to_netcdf(path, engine="scipy")

    def _parquet(self, path: Path) -> None:
        import pyarrow as pa  # type: ignore[import-untyped]
        from pyarrow import parquet

        columns = {"time": self.dataset["time"], **self.dataset.data_vars}
        fields = [
            pa.field(str(name), pa.float64(), metadata={k: str(v) for k, v in c.attrs.items()})
            for name, c in columns.items()
        ]
        stamp = {"manifest": json.dumps(self.manifest), "title": self.scenario.name}
        arrays = [pa.array(column.values) for column in columns.values()]
        parquet.write_table(pa.table(arrays, pa.schema(fields, stamp)), path)

    def _csv(self, path: Path) -> None:
        columns = {"time": self.dataset["time"], **self.dataset.data_vars}
        heading = ",".join(f"{name} [{c.attrs['units']}]" for name, c in columns.items())
        table = np.column_stack([column.values for column in columns.values()])
        lines = [heading, *(",".join(repr(float(v)) for v in row) for row in table)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _json(self, path: Path) -> None:
        text = json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


_TIME = {"units": "day", "long_name": "Time"}
