"""Natural experiments: people and animals in whom only a part of the chain is broken.

The model meets them with no special case: each is a scenario like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log
from typing import TYPE_CHECKING

from corrin.errors import SolverError
from corrin.evidence.bench import YEAR, Bench
from corrin.evidence.readings.common import cause, diet, treated

if TYPE_CHECKING:
    import pandas as pd

#: A pattern counts as held with certainty when what is judged is this far beyond its threshold.
CLEARLY = 1.15
#: Standard deviation of a pattern's threshold, on the log scale.
THRESHOLD = 0.1
#: Distance of a run that fails, and the largest of one that does not.
FAILED, FARTHEST = 10.0, 60.0
_BODY = (", homocysteine", ", MMA", ", cell volume", ", red cells")

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
    # Anaemia alone, of lack of iron: no series of it shows combined degeneration.
    Experiment(
        "iron-deficiency anaemia",
        "oxygen supply",
        "person: {iron_status: 0.3}\ntimeline: []",
        3 * YEAR,
        False,
        False,
        False,
        False,
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
    before, after, masked, start = _folic_acid(bench)
    harmed, spared, protected, time = _methionine(bench)
    folic = _row(_pattern("folic acid in B12 lack", "trap bypassed", masked, start + YEAR), after)
    folic["holds"] = after["hematocrit"] > before["hematocrit"] and after["nerve"] > before["nerve"]
    rescue = _row(
        _pattern("methionine under nitrous oxide", "methionine synthase", protected, time), spared
    )
    rescue["holds"] = spared["nerve"] < 0.5 * harmed["nerve"]
    return [folic, rescue]


Contrast = tuple[dict[str, float], dict[str, float], str, float]


def _folic_acid(bench: Bench) -> Contrast:
    """Return what is seen before and after a year of folic acid in anaemia of gastritis."""
    gastritis = cause("autoimmune gastritis")
    start = bench.crossing(gastritis, "hematocrit", 36, until=15 * YEAR, rising=False)
    start = min(start, 6 * YEAR)
    masked = treated(gastritis, start, "folic acid 5 mg oral daily")
    return (
        observe(bench, gastritis, start),
        observe(bench, masked, start + YEAR),
        masked,
        start,
    )


def _methionine(bench: Bench) -> Contrast:
    """Return what is seen after nine months of nitrous oxide without and with methionine."""
    exposed = cause("nitrous oxide 8 kg weekly")
    protected = treated(exposed, 0, "methionine 3 g oral daily")
    time = 0.75 * YEAR
    return observe(bench, exposed, time), observe(bench, protected, time), protected, time


def _pattern(name: str, broken: str, text: str, time: float) -> Experiment:
    return Experiment(name, broken, text, time, None, None, None, None)


@dataclass(frozen=True)
class Margin:
    """How clearly one statement of a pattern holds.

    Attributes
    ----------
    name : str
        Experiment and what is judged.
    value, threshold : float
        What the model gives, and what it is judged against.
    above : bool
        Whether the value must lie above the threshold.
    """

    name: str
    value: float
    threshold: float
    above: bool

    @property
    def stage(self) -> str:
        """Part of the fit that it belongs to: ``nerve`` where nerve or symptoms are judged."""
        return "body" if self.name.endswith(_BODY) else "nerve"

    @property
    def distance(self) -> float:
        """Standard deviations by which the statement fails to hold clearly; 0 where it does."""
        if not isfinite(self.value):
            return FAILED
        beyond = log(max(self.value, 1e-6) / self.threshold) * (1 if self.above else -1)
        return min(max((log(CLEARLY) - beyond) / THRESHOLD, 0.0), FARTHEST)


def margins(bench: Bench) -> list[Margin]:
    """Return every statement of the natural experiments with how clearly it holds."""
    found = []
    for experiment in EXPERIMENTS:
        try:
            seen = observe(bench, experiment.text, experiment.time)
        except SolverError:
            seen = dict.fromkeys((*_READ, "nerve"), float("nan"))
        judged = (
            ("homocysteine", experiment.homocysteine, "total_homocysteine", RAISED_HOMOCYSTEINE),
            ("MMA", experiment.mma, "methylmalonic_acid", RAISED_MMA),
            ("cell volume", experiment.megaloblastic, "mean_cell_volume", LARGE_CELLS),
            ("nerve", experiment.nerve, "nerve", DAMAGED),
        )
        for what, wanted, name, threshold in judged:
            if wanted is not None:
                # Cell volume moves within a fifth of its value: compare what exceeds health.
                offset = 90.0 if what == "cell volume" else 0.0
                found.append(
                    Margin(
                        f"{experiment.name}, {what}",
                        seen[name] - offset,
                        threshold - offset,
                        wanted,
                    )
                )
    return [*found, *_clinical(bench)]


def _clinical(bench: Bench) -> list[Margin]:
    """Folic acid, methionine, feet before hands, and treatment in time or too late."""
    try:
        found = _judged(bench)
    except SolverError:
        found = [float("nan")] * len(_CLINICAL)
    return [
        Margin(name, value, threshold, above)
        for (name, threshold, above), value in zip(_CLINICAL, found, strict=True)
    ]


#: What is judged beside the patterns: name, threshold, and whether the value must lie above it.
_CLINICAL = (
    ("folic acid in B12 lack, red cells", 1.0, True),
    ("folic acid in B12 lack, nerve", 1.0, True),
    ("methionine under nitrous oxide", 0.5, False),
    ("gastritis, feet before hands", 1.0, True),
    ("gastritis, years to numb feet", 10.0, False),
    ("treated after 4 months, share that remains", 0.5, False),
    ("treated after 24 months, share that remains", 0.1, True),
)


def _judged(bench: Bench) -> list[float]:
    """Return the values of `_CLINICAL`."""
    before, after, *_ = _folic_acid(bench)
    harmed, spared, *_ = _methionine(bench)
    gastritis = cause("autoimmune gastritis")
    feet, hands = (
        bench.crossing(gastritis, f"numbness_{part}", 1.0, until=20 * YEAR)
        for part in ("feet", "hands")
    )
    remains = []
    for months in (4, 24):
        start = min(feet, 15 * YEAR) + months * YEAR / 12
        line = "hydroxocobalamin 1 mg im every 2 days for 2 weeks then every 2 months"
        text = treated(gastritis, start, line)
        scores = bench.course(text, [start, start + 2 * YEAR], ["disability_score"])[0]
        remains.append(float(scores[1] / max(scores[0], 1e-6)))
    return [
        after["hematocrit"] - before["hematocrit"],
        after["nerve"] / before["nerve"],
        spared["nerve"] / harmed["nerve"],
        min(hands, 20 * YEAR) / feet,
        feet / YEAR,
        *remains,
    ]
