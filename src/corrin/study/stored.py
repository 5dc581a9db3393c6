"""Saved results read back: numbers and manifest of a file that anyone may have written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corrin.errors import CorrinError, InputError, unknown

if TYPE_CHECKING:
    from corrin.study.result import Result

#: Largest file [byte] and largest table [numbers] that is read.
LARGEST = 1_000_000_000
MOST_NUMBERS = 100_000_000

_NO_MANIFEST = ".csv"


@dataclass(frozen=True)
class Stored:
    """Numbers of a run and what it was made from.

    Attributes
    ----------
    where : str
        Where it was read, for errors.
    times : ndarray, shape (n,)
        Output times [day].
    values : mapping of str to ndarray, shape (n,)
        Outputs by name; missing numbers are NaN.
    manifest : mapping of str to Any
        The manifest as it was found.
    """

    where: str
    times: np.ndarray
    values: Mapping[str, np.ndarray]
    manifest: Mapping[str, Any]


def of_result(result: Result) -> Stored:
    """Return the numbers and the manifest of a result in memory."""
    columns = result.dataset.data_vars
    values = {str(name): np.asarray(column.values, float) for name, column in columns.items()}
    times = np.asarray(result.dataset["time"].values, float)
    return Stored("result", times, values, result.manifest)


def read_stored(path: str | Path) -> Stored:
    """Read a result that was saved as JSON, NetCDF or Parquet.

    Parameters
    ----------
    path : str or Path
        A file of `Result.save` or of ``corrin run --json``.

    Returns
    -------
    Stored
        Its numbers and its manifest.

    Raises
    ------
    InputError
        When the file cannot be read, is no result, or has no manifest.
    """
    source = Path(path)
    where = str(source)
    if source.suffix == _NO_MANIFEST:
        raise InputError(
            "a .csv file has no manifest", where=where, hint="save as .json, .nc or .parquet"
        )
    if source.suffix not in _READERS:
        raise unknown("file ending", source.suffix or source.name, _READERS, where)
    try:
        if source.stat().st_size > LARGEST:
            raise InputError(f"is larger than {LARGEST // 10**9} GB", where=where)
        times, values, manifest = _READERS[source.suffix](source)
        return Stored(where, *_checked(times, values, where), _mapping(manifest))
    except CorrinError:
        raise
    except FileNotFoundError as error:
        raise InputError("there is no such file", where=where) from error
    except Exception as error:  # what decoders raise on damaged files is not enumerable
        told = getattr(error, "strerror", None) or str(error) or type(error).__name__
        reason = " ".join(str(told).split())[:160]
        raise InputError(
            f"is not a result that can be read: {reason}",
            where=where,
            hint="it may be cut short; save it anew",
        ) from error


_Read = tuple[Any, Mapping[str, Any], Any]


def _json(path: Path) -> _Read:
    found = _mapping(json.loads(path.read_text(encoding="utf-8")))
    columns = {name: _mapping(c)["values"] for name, c in _mapping(found["variables"]).items()}
    return found["times"], columns, found["manifest"]


def _netcdf(path: Path) -> _Read:
    import xarray

    with path.open("rb") as handle:  # named by its first bytes, whatever else is installed
        engine = "scipy" if handle.read(3) == b"CDF" else "h5netcdf"
    with xarray.open_dataset(
        path, engine=engine, decode_times=False, mask_and_scale=False
    ) as found:
        _check_size(sum(column.size for column in found.variables.values()))
        columns = {str(name): column.values for name, column in found.data_vars.items()}
        return found["time"].values, columns, json.loads(found.attrs["manifest"])


def _parquet(path: Path) -> _Read:
    from pyarrow import parquet  # type: ignore[import-untyped]

    with parquet.ParquetFile(path) as found:
        # A few bytes can stand for many equal numbers: counted before anything is unpacked.
        _check_size(found.metadata.num_rows * found.metadata.num_columns)
        manifest = json.loads(found.schema_arrow.metadata[b"manifest"])
        table = found.read()
    columns = {name: table[name].to_numpy() for name in table.column_names}
    return columns.pop("time"), columns, manifest


_READERS: Mapping[str, Callable[[Path], _Read]] = {
    ".json": _json,
    ".nc": _netcdf,
    ".parquet": _parquet,
}


def _check_size(count: int) -> None:
    """Refuse a table too large to be a result."""
    if count > MOST_NUMBERS:
        raise ValueError(f"more than {MOST_NUMBERS // 10**6} million numbers")


def _mapping(value: Any) -> Mapping[str, Any]:
    """Return what has to be a mapping with names as keys."""
    if not isinstance(value, Mapping):
        raise ValueError("a table of names is missing")
    return value


def _checked(
    times: Any, values: Mapping[str, Any], where: str
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return times and columns as numbers of one length."""
    grid = np.asarray(times, dtype=float)
    columns = {str(name): np.asarray(column, dtype=float) for name, column in values.items()}
    if grid.ndim != 1 or not grid.size or not columns:
        raise InputError("holds no time course", where=where)
    odd = next((name for name, column in columns.items() if column.shape != grid.shape), None)
    if odd is not None:
        raise InputError(f"{odd!r} has not one value for each time", where=where)
    return grid, columns
