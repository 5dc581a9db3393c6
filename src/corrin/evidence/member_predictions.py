"""What members of the ensemble give for every observation: read once, and kept with the package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corrin.evidence.cheap_runs import read_many
from corrin.evidence.observations import observation, observations, predict
from corrin.model.ensemble import Ensemble

if TYPE_CHECKING:
    import pandas as pd

#: Themes whose observations are read off groups of people, and members that those and the others
#: are read for.
GROUPS = ("nerve", "population")
GROUP_MEMBERS, SINGLE_MEMBERS = 8, 100


@cache
def predictions() -> pd.DataFrame:
    """Return what members of the ensemble give for every observation.

    Returns
    -------
    DataFrame
        One row for each observation, by its id; one column for each of the first members.
        Observations over groups of people are costly and known for fewer; the rest is missing.
    """
    import pandas as pd

    return pd.read_parquet(_path())


def write_predictions(
    made: Ensemble, workers: Executor, progress: Callable[[str, float], None] | None = None
) -> None:
    """Read every observation off the members and write what came out."""
    import pandas as pd

    single = [o for o in observations() if o.theme not in GROUPS]
    groups = [o for o in observations() if o.theme in GROUPS]
    frames = []
    for some, most, chunk in ((single, SINGLE_MEMBERS, 16), (groups, GROUP_MEMBERS, 1)):
        count = min(most, len(made))
        # Single precision is what the file keeps of the members.
        kept = Ensemble(made.names, made.ids, made.values.astype(np.float32).astype(float), {})
        sets = [kept.member(i) for i in range(count)]
        parts = [sets[i : i + chunk] for i in range(0, count, chunk)]
        # Readings cannot be sent to a process, their names can.
        jobs = partial(_predict, tuple(o.id for o in some))
        rows = [row for part in workers.map(jobs, parts) for row in part]
        frames.append(pd.DataFrame(np.array(rows, dtype=np.float32).T, [o.id for o in some]))
        if progress is not None:
            progress(f"predictions of {len(some)} observations", float(count))
    frame = pd.concat(frames)
    frame.columns = frame.columns.map(str)
    frame.to_parquet(_path())


def _predict(ids: Sequence[str], sets: Sequence[dict[str, float]]) -> list[list[float]]:
    return read_many(sets, [partial(predict, observation(name)) for name in ids])


def _path() -> Path:
    return Path(str(files("corrin.evidence"))) / "fits" / "predictions2026.parquet"
