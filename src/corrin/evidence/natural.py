"""Natural experiments: people and animals in whom only a part of the chain is broken.

The model meets them with no special case: each is a scenario like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corrin.evidence.bench import YEAR, Bench
from corrin.evidence.readings.common import cause, diet, treated

if TYPE_CHECKING:
    import pandas as pd

_READ = ("total_homocysteine", "methylmalonic_acid", "hematocrit", "mean_cell_volume")
_NERVE = ("deficit_dorsal_columns", "deficit_sensory_foot", "deficit_white_matter")


@dataclass(frozen=True)
class Experiment:
    """One natural experiment and the pattern that it must show.

    Attributes
    ----------
    name, broken : str
        What happened, and which part of the chain that breaks.
    text : str
        Scenario.
    time : float
        When it is looked at [day].
    homocysteine, mma, megaloblastic, nerve : bool or None
        Whether each is raised or present; None where the pattern leaves it open.
    """

    name: str
    broken: str
    text: str
    time: float
    homocysteine: bool | None
    mma: bool | None
    megaloblastic: bool | None
    nerve: bool | None


EXPERIMENTS = (
    Experiment(
        "autoimmune gastritis",
        "all",
        cause("autoimmune gastritis"),
        7 * YEAR,
        True,
        True,
        True,
        True,
    ),
    Experiment(
        "total gastrectomy", "all", cause("total gastrectomy"), 7 * YEAR, True, True, True, True
    ),
    Experiment(
        "diet without B12",
        "all",
        diet("zero b12"),
        14 * YEAR,
        True,
        True,
        True,
        True,
    ),
    Experiment(
        "transcobalamin deficiency",
        "all",
        cause("transcobalamin deficiency"),
        2 * YEAR,
        True,
        True,
        True,
        True,
    ),
    Experiment(
        "nitrous oxide",
        "methionine synthase",
        cause("nitrous oxide 8 kg weekly"),
        0.75 * YEAR,
        True,
        None,
        None,
        True,
    ),
    Experiment("cblG", "methionine synthase", cause("cblG"), 2 * YEAR, True, False, True, True),
    Experiment("cblE", "methionine synthase", cause("cblE"), 2 * YEAR, True, False, True, True),
    Experiment(
        "MUT deficiency",
        "methylmalonyl-CoA mutase",
        cause("MUT deficiency"),
        3 * YEAR,
        False,
        True,
        False,
        False,
    ),
    Experiment(
        "MTHFR deficiency",
        "5-methyl-THF supply",
        cause("MTHFR deficiency"),
        2 * YEAR,
        True,
        False,
        False,
        True,
    ),
    Experiment("cblC", "both enzymes", cause("cblC"), 2 * YEAR, True, True, True, True),
    Experiment(
        "folate lack",
        "folate",
        diet("folate poor"),
        240.0,
        True,
        False,
        True,
        False,
    ),
)

#: What counts as raised, megaloblastic and damaged.
RAISED_HOMOCYSTEINE = 15.0  # umol/L, usual upper limit (evidence MET033)
RAISED_MMA = 0.271  # umol/L (evidence MET015)
LARGE_CELLS = 100.0  # fL
DAMAGED = 0.1  # deficit of the worst of dorsal columns, feet and white matter


def observe(bench: Bench, text: str, time: float) -> dict[str, float]:
    """Return what the pattern is judged on: homocysteine, MMA, blood and the worst tract."""
    values = bench.course(text, [time], [*_READ, *_NERVE])[:, 0]
    found = dict(zip(_READ, map(float, values), strict=False))
    found["nerve"] = float(values[len(_READ) :].max())
    return found


def table(bench: Bench | None = None) -> pd.DataFrame:
    """Return the natural experiments with what the model shows and whether the pattern holds.

    Returns
    -------
    DataFrame
        Columns experiment, broken, homocysteine [umol/L], mma [umol/L], hematocrit [%],
        mean_cell_volume [fL], nerve [deficit 0 to 1], holds.
    """
    import pandas as pd

    bench = bench or Bench()
    rows = []
    for experiment in EXPERIMENTS:
        seen = observe(bench, experiment.text, experiment.time)
        rows.append(_row(experiment, seen))
    rows.extend(_interventions(bench))
    return pd.DataFrame(rows)


def _row(experiment: Experiment, seen: dict[str, float]) -> dict[str, object]:
    judged: tuple[tuple[bool | None, bool], ...] = (
        (experiment.homocysteine, seen["total_homocysteine"] > RAISED_HOMOCYSTEINE),
        (experiment.mma, seen["methylmalonic_acid"] > RAISED_MMA),
        (experiment.megaloblastic, seen["mean_cell_volume"] > LARGE_CELLS),
        (experiment.nerve, seen["nerve"] > DAMAGED),
    )
    return {
        "experiment": experiment.name,
        "broken": experiment.broken,
        "homocysteine": seen["total_homocysteine"],
        "mma": seen["methylmalonic_acid"],
        "hematocrit": seen["hematocrit"],
        "mean_cell_volume": seen["mean_cell_volume"],
        "nerve": seen["nerve"],
        "holds": all(found == wanted for wanted, found in judged if wanted is not None),
    }


def _interventions(bench: Bench) -> list[dict[str, object]]:
    """Folic acid in B12 lack, and methionine under nitrous oxide: judged against the untreated."""
    gastritis = cause("autoimmune gastritis")
    start = bench.crossing(gastritis, "hematocrit", 36, until=15 * YEAR, rising=False)
    if start == float("inf"):
        start = 6 * YEAR
    masked = treated(gastritis, start, "folic acid 5 mg oral daily")
    before = observe(bench, gastritis, start)
    after = observe(bench, masked, start + YEAR)
    folic = _row(_pattern("folic acid in B12 lack", "trap bypassed", masked, start + YEAR), after)
    folic["holds"] = after["hematocrit"] > before["hematocrit"] and after["nerve"] > before["nerve"]

    exposed = cause("nitrous oxide 8 kg weekly")
    protected = treated(exposed, 0, "methionine 3 g oral daily")
    time = 0.75 * YEAR
    harmed, spared = observe(bench, exposed, time), observe(bench, protected, time)
    rescue = _row(
        _pattern("methionine under nitrous oxide", "methionine synthase", protected, time), spared
    )
    rescue["holds"] = spared["nerve"] < 0.5 * harmed["nerve"]
    return [folic, rescue]


def _pattern(name: str, broken: str, text: str, time: float) -> Experiment:
    return Experiment(name, broken, text, time, None, None, None, None)
