"""The ensemble that ships with the model: parameter sets that all fit what is published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from corrin.errors import InputError, ModelError

FILE = "ensemble2026.parquet"


@dataclass(frozen=True)
class Ensemble:
    """Parameter sets that all fit, equally likely.

    Attributes
    ----------
    names : tuple of str
        What varies, as the priors name it.
    ids : mapping of str to tuple of str
        For each name, the parameters of the composed model that it sets.
    values : ndarray, shape (members, names)
        Values in the units of the model.
    manifest : mapping
        How the ensemble was made: command, seed, draws tried and kept, hash of the model.
    """

    names: tuple[str, ...]
    ids: Mapping[str, tuple[str, ...]]
    values: np.ndarray
    manifest: Mapping[str, Any]

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.values)

    def member(self, index: int) -> dict[str, float]:
        """Return the overrides of the model that make one member.

        Parameters
        ----------
        index : int
            From 0 to one less than the number of members.

        Raises
        ------
        InputError
            When there is no such member.
        """
        if not 0 <= index < len(self):
            raise InputError(
                f"no member {index} in the ensemble", hint=f"it has members 0 to {len(self) - 1}"
            )
        return {
            parameter: float(value)
            for name, value in zip(self.names, self.values[index], strict=True)
            for parameter in self.ids[name]
        }


@cache
def ensemble() -> Ensemble:
    """Return the shipped ensemble."""
    from pyarrow import parquet  # type: ignore[import-untyped]

    if not _path().is_file():
        raise ModelError(
            "no ensemble of parameter sets is there: use the central one, or make it with "
            "'corrin calibrate --ensemble'"
        )
    try:
        table = parquet.read_table(_path())
    except OSError as error:
        raise ModelError("the ensemble cannot be read", where=FILE) from error
    manifest = json.loads(table.schema.metadata[b"manifest"])
    ids = {name: tuple(found) for name, found in manifest.pop("ids").items()}
    values = np.column_stack([column.to_numpy() for column in table.columns]).astype(float)
    return Ensemble(tuple(table.column_names), ids, values, manifest)


def write_ensemble(made: Ensemble) -> None:
    """Write an ensemble as the one that ships (a source checkout only)."""
    import pyarrow as pa
    from pyarrow import parquet

    manifest = {**made.manifest, "ids": {k: list(v) for k, v in made.ids.items()}}
    columns = [pa.array(column.astype(np.float32)) for column in made.values.T]
    table = pa.table(columns, names=list(made.names))
    parquet.write_table(table.replace_schema_metadata({"manifest": json.dumps(manifest)}), _path())


def _path() -> Path:
    return Path(str(files("corrin.model"))) / FILE
