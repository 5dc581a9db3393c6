"""``corrin solve FILE.xml --end T --steps N --out FILE.csv`` as a function."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from corrin.engine.solve import RTOL, check_tolerances, load_sbml
from corrin.errors import InputError
from corrin.files import write_whole

#: Most rows that the command writes.
MOST_STEPS = 10_000_000


def solve_file(
    path: str | Path,
    *,
    end: float,
    steps: int,
    out: str | Path,
    rtol: float = RTOL,
    atol: float | None = None,
    amounts: bool = False,
) -> int:
    """Solve an SBML file from time 0 and write the table as CSV.

    Parameters
    ----------
    path : str or Path
        SBML file.
    end : float
        End of the run [time unit of the model].
    steps : int
        Number of intervals between outputs; the table has one row more.
    out : str or Path
        CSV file to be written, whole or not at all.
    rtol : float
        Relative tolerance.
    atol : float, optional
        Absolute tolerance of each state; from the size of the states if not given.
    amounts : bool
        Whether species are given as amounts rather than concentrations.

    Returns
    -------
    int
        Number of rows written.

    Raises
    ------
    InputError
        If an argument or the file cannot be used (`UnsupportedSBML` if the model is refused).
    SolverError
        If the run cannot be finished.
    """
    if not (isinstance(end, int | float) and 0 < end < math.inf):
        raise InputError(f"the end is {end}", where="--end", hint="give a time after 0")
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= MOST_STEPS:
        raise InputError(
            f"the number of steps is {steps}",
            where="--steps",
            hint=f"give a whole number from 1 to {MOST_STEPS}",
        )
    check_tolerances(rtol, atol)
    target = Path(out)
    if not target.parent.is_dir():
        raise InputError(
            f"the folder {target.parent} does not exist", where="--out", hint="make it first"
        )
    if target.is_dir():
        raise InputError(f"{target} is a folder", where="--out", hint="name a file in it")
    table = load_sbml(path).simulate(
        np.linspace(0.0, float(end), steps + 1), rtol=rtol, atol=atol, amounts=amounts
    )
    text = table.to_csv(index=False, lineterminator="\n", float_format="%.17g")
    _write(target, text)
    return len(table)


def _write(target: Path, text: str) -> None:
    try:
        write_whole(target, text.encode())
    except OSError as error:
        raise InputError(
            f"cannot write the file ({error.strerror})", where=str(target), hint="choose another"
        ) from None
