"""One run of any SBML model in the subset: from a file to a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from corrin.engine.events import EventHost
from corrin.engine.kernel import Kernel, Shape
from corrin.engine.model import compile_model
from corrin.engine.outcome import Code, describe
from corrin.engine.run import Batch, Tolerance, run_batch
from corrin.errors import InputError, SolverError

if TYPE_CHECKING:
    import pandas as pd

#: Default relative tolerance of a single run.
RTOL = 1e-6
#: Error always allowed, as a share of rtol times the largest start among states of a kind.
SHARE = 1e-6
#: Longest step, as a share of the run, for models with conditions on time that are not lines.
WANDERING_SHARE = 1e-3


class SBMLProgram:
    """An SBML model ready to be simulated.

    Parameters
    ----------
    text : str
        SBML.
    where : str
        Name of the source, for messages.
    """

    def __init__(self, text: str, where: str = "SBML") -> None:
        self.text, self.where = text, where
        self._kernels: dict[bool, Kernel] = {False: self._compile(False)}

    def _compile(self, amounts: bool) -> Kernel:
        reading = "amounts" if amounts else "concentrations"
        return compile_model(self.text, None, reading=reading, where=self.where, lanes=1)

    @property
    def columns(self) -> tuple[str, ...]:
        """Ids of the columns that `simulate` gives, time apart."""
        return self._kernels[False].shape.outputs

    def simulate(
        self,
        times: Sequence[float] | np.ndarray,
        *,
        rtol: float = RTOL,
        atol: float | None = None,
        amounts: bool = False,
        max_steps: int = 1_000_000,
    ) -> pd.DataFrame:
        """Solve the model and return a table.

        Parameters
        ----------
        times : sequence of float, shape (n,)
            Output times [time unit of the model], ascending, from 0 on; the run begins at 0.
        rtol : float
            Relative tolerance of each state.
        atol : float, optional
            Absolute tolerance of each state [its unit; amounts for species that reactions
            change]. By default it follows the size of the states.
        amounts : bool
            Whether species are given as amounts rather than concentrations.
        max_steps : int
            Steps after which the run is given up.

        Returns
        -------
        pandas.DataFrame
            Column ``time`` and one column for each species, parameter, compartment, reaction
            and named stoichiometry.

        Raises
        ------
        InputError
            If an argument cannot be used.
        SolverError
            If the run cannot be finished.
        """
        import pandas as pd

        grid = checked_times(times)
        check_tolerances(rtol, atol)
        if amounts not in self._kernels:
            self._kernels[amounts] = self._compile(amounts)
        kernel = self._kernels[amounts]
        shape = kernel.shape
        empty = np.zeros(0)
        whole = np.zeros(0, np.int64)
        batch = Batch(
            given=np.array([shape.given], float),
            starts=np.zeros(1),
            first=np.zeros(2, np.int64),
            when=empty,
            kinds=whole,
            places=whole,
            amounts=empty,
            times=grid,
        )
        floor = default_floor(shape, rtol) if atol is None else np.full(len(shape.states), atol)
        solution = run_batch(
            kernel,
            batch,
            Tolerance(rtol, floor=floor),
            threads=1,
            host=EventHost,
            max_steps=max_steps,
            max_step=longest_step(shape, float(grid[-1])),
        )
        for error in solution.errors.values():
            raise SolverError(f"the run failed: {error!r}", where=self.where)
        code = Code(int(solution.result[0, 0]))
        if code is not Code.SUCCESS:
            place = int(solution.result[0, 1])
            state = shape.states[place] if place >= 0 else ""
            text = describe(code, 0, float(solution.reached[0]), state, unit="time")
            raise SolverError(text, where=self.where)
        table = {"time": grid} if "time" not in shape.outputs else {}
        table.update({n: solution.values[0, :, j] for j, n in enumerate(shape.outputs)})
        return pd.DataFrame(table, index=grid if "time" in shape.outputs else None)


def load_sbml(path: str | Path) -> SBMLProgram:
    """Return the model in an SBML file, ready to be simulated.

    Raises
    ------
    InputError
        If the file cannot be read or is not SBML.
    UnsupportedSBML
        If the model uses an element that the engine refuses; the message names it.
    """
    return SBMLProgram(read_text(path), str(path))


def read_text(path: str | Path) -> str:
    """Return the text of a file, or raise `InputError`."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot read the file ({error.strerror})", where=str(path), hint="check the path"
        ) from None
    except UnicodeDecodeError:
        raise InputError(
            "the file is not UTF-8 text", where=str(path), hint="give an SBML file"
        ) from None


def checked_times(times: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return `times` as an array, or raise `InputError`."""
    try:
        grid = np.ascontiguousarray(times, float)
    except (TypeError, ValueError):
        raise InputError("the output times are not numbers", where="times") from None
    if grid.ndim != 1 or len(grid) == 0:
        raise InputError("no output times", where="times", hint="give at least one")
    if not np.all(np.isfinite(grid)):
        raise InputError("an output time is not finite", where="times", hint="remove it")
    if np.any(np.diff(grid) < 0):
        raise InputError("the output times do not ascend", where="times", hint="sort them")
    if grid[0] < 0:
        raise InputError(f"output at time {grid[0]:g}", where="times", hint="begin at 0 or later")
    return grid


def check_tolerances(rtol: float, atol: float | None) -> None:
    """Raise `InputError` for a tolerance that cannot be used."""
    if not (isinstance(rtol, int | float) and 1e-13 <= rtol <= 0.1):
        raise InputError(f"rtol is {rtol}", where="rtol", hint="give one between 1e-13 and 0.1")
    if atol is not None and not (isinstance(atol, int | float) and 0 <= atol < math.inf):
        raise InputError(f"atol is {atol}", where="atol", hint="give 0 or a positive number")


def default_floor(shape: Shape, rtol: float) -> np.ndarray:
    """Return the error always allowed for each state [unit of the state].

    It is 1e-6·rtol times the state's start, or the largest start of any state where it begins
    at 0, so that a state that stays at 0 but for rounding cannot stop the run.
    """
    reference = np.array(shape.reference, float)
    largest = float(reference.max(initial=0.0)) or 1.0
    return rtol * SHARE * np.where(reference > 0, reference, largest)


def longest_step(shape: Shape, span: float) -> float:
    """Return the longest step [time unit of the model] that leaps over no condition on time."""
    return WANDERING_SHARE * span if shape.wandering and span > 0 else math.inf
