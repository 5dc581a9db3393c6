"""Readings of the theme nerve: symptoms, tracts and nerve studies.

Single people (`single`) stand for the mean of a study, virtual `patients` for its shares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import spearmanr

from corrin.evidence.bench import MONTH, YEAR, Bench
from corrin.evidence.readings.common import (
    B12,
    GASTRITIS,
    HCT,
    HCY,
    MCV,
    MMA,
    Reading,
    cause,
)
from corrin.evidence.readings.groups import above, below, both, women
from corrin.evidence.readings.patients import (
    BRIGHT,
    COMPLAINS,
    FOLLOWED,
    NERVE_FEELING,
    SIGN,
    Patients,
    abnormal,
    examined,
    patients,
    share,
)
from corrin.evidence.readings.population import numb_on_metformin, odds_of_mood
from corrin.evidence.readings.single import (
    MAN,
    OLD,
    WOMAN,
    YOUNG,
    against_health,
    ataxia_when_depleted,
    colder_is_steeper,
    column_over_foot,
    half_life,
    lamellae_at_block,
    myelin_without_synthesis,
    norm,
    per_micrometre,
    slope,
    velocity_gained,
)
from corrin.nerve import Examination, Subject

#: Studies of the periphery, and quantities of each evoked potential.
_PERIPHERY = ("sural", "median_sensory", "tibial", "peroneal", "median_motor")
_AMPLITUDES = ("sural_amplitude", "tibial_amplitude", "peroneal_amplitude")
_MOTOR = ("tibial_velocity", "peroneal_velocity", "median_motor_velocity")
_SENSORY = ("sural_velocity", "median_sensory_velocity")
_LEG_SEP, _ARM_SEP = ("n22_p40", "p40"), ("n13_n20", "n20")
_VEP, _MEP = ("p100_men", "p100_women"), ("cmct_leg", "cmct_arm")
#: Hematocrit at which megaloblastic anaemia is found in hospital (assumed) [%].
_ANAEMIC = 30.0
#: Disability that rounds to none, and that is moderate (assumed) [points of 16].
_NONE, _MODERATE = 0.5, 4.0
#: Change of a grade or of disability that a rater sees (assumed).
_SEEN = 0.5
_WHOLE_YEAR = FOLLOWED[-1]
_ATROPHIC = cause("atrophic gastritis severe")


def cord(p: Patients) -> np.ndarray:
    """Whether each has signs of the cord."""
    return _any_sign(p, "dorsal_columns", "corticospinal")


def nerves(p: Patients) -> np.ndarray:
    """Whether each has signs of peripheral nerves.

    Neuropathy was found by examination: altered feeling in stocking or glove, or weakness. Feeling
    that only the columns alter does not count; tingling of nerves does.
    """
    return _nerve_sign(p.now)


def _nerve_sign(at: Callable[[str], np.ndarray]) -> np.ndarray:
    names = (*NERVE_FEELING, "deficit_motor_leg")
    return np.asarray(np.any([at(name) >= SIGN for name in names], axis=0))


def _any_sign(p: Patients, *tracts: str) -> np.ndarray:
    return np.asarray(np.any([p.now(f"deficit_{t}") >= SIGN for t in tracts], axis=0))


def bright(tract: str, among: Callable[[Patients], np.ndarray] | None = None) -> Reading:
    """Share of a series of patients whose tract is bright on a T2 image; of SCD with `among`."""
    return _among(lambda p: p.now(f"swelling_{tract}") >= BRIGHT, among)("combined")


def _among(
    holds: Callable[[Patients], np.ndarray], among: Callable[[Patients], np.ndarray] | None
) -> Callable[[str], Reading]:
    def of(series: str) -> Reading:
        def read(bench: Bench) -> float:
            p = patients(bench, series)
            chosen = np.ones(len(p), bool) if among is None else among(p)
            return 100 * float(np.mean(holds(p)[chosen]))

        return read

    return of


def studied(
    series: str,
    only: Sequence[str],
    holds: Callable[[Examination], bool],
    *,
    scd: bool = False,
    days: float = 0.0,
) -> Reading:
    """Share of a series in whose studies something holds [%]; of those with signs of the cord."""

    def read(bench: Bench) -> float:
        among = cord(patients(bench, series)) if scd else None
        return 100 * float(np.mean([holds(e) for e in examined(bench, series, only, days, among)]))

    return read


def beyond(*quantities: str) -> Callable[[Examination], bool]:
    """Whether any of these quantities is beyond its limit or absent."""
    return lambda found: abnormal(found, *quantities)


def demyelinating(found: Examination) -> bool:
    """Whether two motor nerves are slower than loss of large axons explains.

    Below 80 % of the lower limit, or 70 % where the amplitude is below 80 % of its own (criterion 1
    of the American Academy of Neurology, 1991).
    """
    limit = {f.limit.quantity: f for f in found.findings}
    slow = 0
    for name in _MOTOR:
        velocity, amplitude = limit[name], limit[name.replace("_velocity", "_amplitude")]
        weak = amplitude.value < 0.8 * amplitude.limit.low
        slow += not velocity.value >= (0.7 if weak else 0.8) * velocity.limit.low
    return slow >= 2


def axonal(found: Examination) -> bool:
    """Whether amplitudes are low without slowing of that degree."""
    return abnormal(found, *_AMPLITUDES) and not demyelinating(found)


def first_complaint(*exactly: str) -> Reading:
    """Share of patients with just these complaints in the first month [%]."""
    return share("gastritis", lambda p: np.array([f == frozenset(exactly) for f in p.first()]))


def mean_probability(series: str, *names: str) -> Reading:
    """Mean probability of reporting the likeliest of some symptoms [%]."""
    return share(series, lambda p: np.max([p.now(f"{n}_probability") for n in names], axis=0))


def left(p: Patients, days: float = _WHOLE_YEAR) -> np.ndarray:
    """Disability after so many days of treatment."""
    return p.after("disability_score", days)


def start(p: Patients) -> np.ndarray:
    """Disability at the examination."""
    return p.now("disability_score")


def correlation(
    one: Callable[[Patients], np.ndarray],
    other: Callable[[Patients], np.ndarray],
    series: str = "gastritis",
) -> Reading:
    """Rank correlation between two numbers of the patients of a series."""

    def read(bench: Bench) -> float:
        p = patients(bench, series)
        return float(spearmanr(one(p), other(p)).statistic)

    return read


def disability(series: str) -> Reading:
    """Median disability of those of a series with combined degeneration: signs of the cord."""

    def read(bench: Bench) -> float:
        p = patients(bench, series)
        return float(np.median(start(p)[cord(p)]))

    return read


def first_response(bench: Bench) -> float:
    """Median time until disability is seen to fall [month]."""
    p = patients(bench, "gastritis")
    fallen = start(p)[:, None] - p.treated["disability_score"] >= 0.1 * start(p)[:, None]
    days = np.where(fallen.any(axis=1), np.array(FOLLOWED)[fallen.argmax(axis=1)], np.inf)
    return float(np.median(days)) / MONTH


def late_over_early(bench: Bench) -> float:
    """Share of disability that a year takes away, begun after 6 months over begun before."""
    p = patients(bench, "combined")
    gain, late = 1 - left(p) / start(p), p.duration > 6
    return float(gain[late].mean() / gain[~late].mean())


def thinking_improved(days: float) -> Reading:
    """Share of patients with impaired memory whose grade is seen to fall [%]."""
    return _among(
        lambda p: p.now("cognition") - p.after("cognition", days) >= _SEEN,
        lambda p: p.now("cognition") >= COMPLAINS,
    )("gastritis")


def when_anaemic(holds: Callable[[Callable[[str], np.ndarray]], np.ndarray]) -> Reading:
    """Share of people with gastritis of whom something holds when first anaemic [%]."""

    def read(bench: Bench) -> float:
        p = patients(bench, "gastritis")
        low = p.untreated[HCT] < _ANAEMIC
        person = np.flatnonzero(low.any(axis=1))
        column = low.argmax(axis=1)[person]
        return 100 * float(np.mean(holds(lambda name: p.untreated[name][person, column])))

    return read


def _anaemic_sign(*tracts: str) -> Callable[[Callable[[str], np.ndarray]], np.ndarray]:
    return lambda at: np.any([at(f"deficit_{t}") >= SIGN for t in tracts], axis=0)


def _anaemic_unhurt(at: Callable[[str], np.ndarray]) -> np.ndarray:
    """Probability of neither sign nor complaint."""
    names = ("numbness_feet", "numbness_hands", "balance", "leg_weakness", "cognition", "mood")
    free = np.prod([1 - at(f"{n}_probability") for n in names], axis=0)
    hurt = _nerve_sign(at) | _anaemic_sign("dorsal_columns", "corticospinal")(at)
    return np.where(hurt, 0.0, free)


def _anaemic_atrophy(at: Callable[[str], np.ndarray]) -> np.ndarray:
    """Whether a quarter of the axons of the optic nerve is gone."""
    lost = 1 - (at("axons_large_optic") + at("axons_small_optic")) / 2
    return np.asarray(lost >= SIGN)


def normal_hematocrit(p: Patients) -> np.ndarray:
    """Whether hematocrit is at least 41 % (men) or 36 % (women)."""
    return p.now(HCT) >= np.array([36.0 if s.sex == "female" else 41.0 for s in p.subjects])


def normal_volume(p: Patients) -> np.ndarray:
    """Whether mean cell volume is at most 100 fL."""
    return p.now(MCV) <= 100.0


#: Readings by the id of their row in ``data/observations/nerve.csv``.
READINGS: dict[str, Reading] = {
    # Healthy people.
    "mewat2025-p100-men": norm("p100_men", "visual"),
    "mewat2025-p100-women": norm("p100_women", "visual", WOMAN),
    "mewat2025-p100-amplitude": norm("p100_amplitude", "visual", WOMAN),
    "kim2022-tibial-velocity": norm("tibial_velocity", "tibial", YOUNG),
    "kim2022-tibial-amplitude": norm("tibial_amplitude", "tibial", YOUNG),
    "kim2022-tibial-distal-latency": norm("tibial_distal_latency", "tibial", YOUNG),
    "kim2022-sural-amplitude": norm("sural_amplitude", "sural", YOUNG),
    "falck1991-sural-velocity": norm("sural_velocity", "sural"),
    "falck1991-sural-amplitude": norm("sural_amplitude", "sural"),
    "falck1991-peroneal-velocity": norm("peroneal_velocity", "peroneal"),
    "falck1991-peroneal-amplitude": norm("peroneal_amplitude", "peroneal"),
    "falck1991-median-motor-velocity": norm("median_motor_velocity", "median_motor"),
    "falck1991-median-motor-amplitude": norm("median_motor_amplitude", "median_motor"),
    "falck1991-radial-sensory-velocity": norm("median_sensory_velocity", "median_sensory"),
    "trondheim-median-n9": norm("n9", "sep_arm"),
    "trondheim-median-n13": norm("n13", "sep_arm"),
    "trondheim-median-n20": norm("n20", "sep_arm"),
    "trondheim-median-n13-n20": norm("n13_n20", "sep_arm"),
    "trondheim-tibial-n22": norm("n22", "sep_leg"),
    "trondheim-tibial-p40": norm("p40", "sep_leg"),
    "trondheim-tibial-n22-p40": norm("n22_p40", "sep_leg"),
    "trondheim-tibial-p40-amplitude": norm("p40_amplitude", "sep_leg"),
    "spanish1999-central-motor-time-hand": norm("cmct_arm", "mep_arm"),
    "textbook-central-motor-time-leg": norm("cmct_leg", "mep_leg"),
    "textbook-tibial-f-latency": norm("tibial_f_latency", "tibial"),
    "textbook-median-f-latency": norm("median_f_latency", "median_motor"),
    "leishear2012-peroneal-velocity-not-deficient": norm("peroneal_velocity", "peroneal", OLD),
    "wu1993-median-velocity-per-degree": slope(
        "median_motor_velocity",
        "median_motor",
        Subject(skin_temperature=22.0),
        Subject(skin_temperature=33.0),
        11.0,
    ),
    "kim2006-distal-latency-per-degree-of-cooling": slope(
        "tibial_distal_latency",
        "tibial",
        Subject(skin_temperature=33.0),
        Subject(skin_temperature=28.0),
        5.0,
    ),
    "todnem1989-steeper-when-cold": colder_is_steeper,
    "norwegian-guideline-velocity-per-height": slope(
        "tibial_velocity", "tibial", Subject(height=166.0), Subject(height=176.0), 1.0
    ),
    "tackmann1976-sural-velocity-per-diameter": per_micrometre(10.0, 33.0),
    "hursh1939-velocity-per-diameter": per_micrometre(12.0, 37.0),
    "bundle-model-2003-lamellae-at-block": lamellae_at_block(37.0),
    "bundle-model-2003-lamellae-at-block-2-degrees-warmer": lamellae_at_block(39.0),
    # Myelin that is not replaced.
    "meschkat2022-myelin-lost-in-20-weeks": lambda bench: (
        100 * (1 - myelin_without_synthesis(bench)(140.0))
    ),
    "plp-half-life": half_life,
    "label-left-after-6-months": lambda bench: 100 * myelin_without_synthesis(bench)(6 * MONTH),
    "vanderwesthuyzen1982-time-to-ataxia-depleted": ataxia_when_depleted,
    # One person with a cause.
    "leishear2012-peroneal-velocity-difference": against_health(
        "peroneal_velocity",
        "peroneal",
        _ATROPHIC,
        OLD,
        MMA,
        0.271,
        rising=True,
        later=5 * YEAR,
    ),
    "priya2019-sural-velocity-gained": velocity_gained("sural_velocity", "sural"),
    "priya2019-median-velocity-gained": velocity_gained(
        "median_sensory_velocity", "median_sensory"
    ),
    "omu2023-p100-later": against_health("p100_men", "visual", GASTRITIS, MAN, B12, 71.0),
    "omu2023-p100-amplitude": against_health(
        "p100_amplitude", "visual", GASTRITIS, MAN, B12, 71.0, relative=True
    ),
    "jpmrs2020-columns-before-periphery": column_over_foot,
    "penninx2000-odds-of-severe-depression": odds_of_mood(
        both(above(MMA, 0.271), below(B12, 258.0)), 0.15, women
    ),
    "petridou2016-odds-of-depression": odds_of_mood(below(B12, 148.0), 0.15),
    "kashmir2022-neuropathy-added-by-metformin": numb_on_metformin,
    # Patients with gastritis: complaints and signs.
    "healton1991-normal-hematocrit": share("gastritis", normal_hematocrit),
    "healton1991-normal-cell-volume": share("gastritis", normal_volume),
    "healton1991-numbness-first": first_complaint("feeling"),
    "healton1991-gait-first": first_complaint("walking"),
    "healton1991-mind-first": first_complaint("mind"),
    "healton1991-cord-and-nerves": share("gastritis", lambda p: cord(p) & nerves(p)),
    "healton1991-nerves-only": share("gastritis", lambda p: ~cord(p) & nerves(p)),
    "healton1991-cord-only": share("gastritis", lambda p: cord(p) & ~nerves(p)),
    "healton1991-severity-grows-with-duration": correlation(start, lambda p: p.duration),
    "savage1995-vibration-lost": share(
        "gastritis", lambda p: _any_sign(p, "dorsal_columns", "sensory_foot")
    ),
    "gaohan2021-disability": disability("combined"),
    "chinese-scd-severity-and-hemoglobin": correlation(
        start, lambda p: p.now("hemoglobin"), "combined"
    ),
    "chinese-scd-severity-and-serum-b12": correlation(start, lambda p: p.now(B12), "combined"),
    "linazi2022-severity-and-homocysteine": correlation(start, lambda p: p.now(HCY), "combined"),
    "shorvon1980-neuropathy": when_anaemic(_nerve_sign),
    "shorvon1980-cord": when_anaemic(_anaemic_sign("dorsal_columns", "corticospinal")),
    "shorvon1980-optic-atrophy": when_anaemic(_anaemic_atrophy),
    "shorvon1980-affective-disorder": when_anaemic(lambda at: at("mood_probability")),
    "shorvon1980-mental-change": when_anaemic(lambda at: at("cognition_probability")),
    "shorvon1980-nothing": when_anaemic(_anaemic_unhurt),
    # The same: recovery.
    "healton1991-complete-recovery": share("gastritis", lambda p: left(p) <= _NONE),
    "healton1991-any-response": share("gastritis", lambda p: left(p) < 0.9 * start(p)),
    "healton1991-halved": share("gastritis", lambda p: left(p) <= start(p) / 2),
    "healton1991-moderate-or-severe-left": share("gastritis", lambda p: left(p) >= _MODERATE),
    "healton1991-worse-at-first": share(
        "gastritis", lambda p: p.treated["disability_score"].max(axis=1) > start(p) + _SEEN
    ),
    "savage1995-first-response": first_response,
    "savage1995-left-and-severity": correlation(left, start),
    "savage1995-left-and-duration": correlation(left, lambda p: p.duration),
    "savage1995-left-and-hemoglobin": correlation(left, lambda p: p.now("hemoglobin")),
    "lindenbaum1988-improved-without-anaemia": _among(
        lambda p: left(p) < 0.9 * start(p), normal_hematocrit
    )("gastritis"),
    "chinese-scd-late-treatment-gains-less": late_over_early,
    "jatoi2020-thinking-improved": thinking_improved(91.0),
    "martin1992-thinking-improved": thinking_improved(_WHOLE_YEAR),
    # The same: images and nerve studies.
    "hemmer1998-cord-bright": bright("dorsal_columns", cord),
    "chinese-scd-cord-bright": bright("dorsal_columns", cord),
    "linazi2022-cord-bright": bright("dorsal_columns", cord),
    "eurspinej2014-cord-bright": bright("dorsal_columns", cord),
    "minn2012-sep": studied("gastritis", ("sep_leg", "sep_arm"), beyond(*_LEG_SEP, *_ARM_SEP)),
    "minn2012-vep": studied("gastritis", ("visual",), beyond(*_VEP)),
    "minn2012-conduction": studied(
        "gastritis", _PERIPHERY, beyond(*_AMPLITUDES, *_MOTOR, *_SENSORY)
    ),
    "hemmer1998-columns": studied(
        "combined", ("sep_leg", "sep_arm"), beyond(*_LEG_SEP, *_ARM_SEP), scd=True
    ),
    "hemmer1998-central-motor": studied(
        "combined", ("mep_leg", "mep_arm"), beyond(*_MEP), scd=True
    ),
    "hemmer1998-axonal-neuropathy": studied("combined", _PERIPHERY, axonal, scd=True),
    "hemmer1998-demyelinating-neuropathy": studied("combined", _PERIPHERY, demyelinating, scd=True),
    "hemmer1998-tibial-sep-stays": studied(
        "combined", ("sep_leg",), beyond(*_LEG_SEP), scd=True, days=_WHOLE_YEAR
    ),
    "hemmer1998-median-sep-left": studied(
        "combined", ("sep_arm",), beyond(*_ARM_SEP), scd=True, days=_WHOLE_YEAR
    ),
    "hemmer1998-central-motor-left": studied(
        "combined", ("mep_leg", "mep_arm"), beyond(*_MEP), scd=True, days=_WHOLE_YEAR
    ),
    "chinese-scd-any-evoked-potential": studied(
        "combined",
        ("sep_leg", "sep_arm", "visual", "mep_leg", "mep_arm"),
        beyond(*_LEG_SEP, *_ARM_SEP, *_VEP, *_MEP),
        scd=True,
    ),
    # Patients who ate no animal food.
    "misra2007-conduction": studied(
        "vegetarian", _PERIPHERY, beyond(*_AMPLITUDES, *_MOTOR, *_SENSORY)
    ),
    "misra2007-mep": studied("vegetarian", ("mep_leg",), beyond("cmct_leg")),
    "misra2007-tibial-sep": studied("vegetarian", ("sep_leg",), beyond(*_LEG_SEP)),
    "misra2007-vep": studied("vegetarian", ("visual",), beyond(*_VEP)),
    "misra2007-cord-bright": share(
        "vegetarian", lambda p: p.now("swelling_dorsal_columns") >= BRIGHT
    ),
    "aaron2005-cord-and-nerves": share("vegetarian", lambda p: cord(p) & nerves(p)),
    "aaron2005-nerves-only": share("vegetarian", lambda p: ~cord(p) & nerves(p)),
    "aaron2005-dementia": mean_probability("vegetarian", "cognition"),
    "aaron2005-neuropsychiatric": mean_probability("vegetarian", "cognition", "mood"),
    "aaron2005-normal-blood": share(
        "vegetarian", lambda p: normal_hematocrit(p) & normal_volume(p)
    ),
    "aaron2005-improved": share("vegetarian", lambda p: start(p) - left(p, 183.0) >= 2 * _SEEN),
    # Patients who breathed nitrous oxide.
    "oussalah2019-paraesthesia": mean_probability("nitrous", "numbness_feet", "numbness_hands"),
    "oussalah2019-gait": mean_probability("nitrous", "balance"),
    "oussalah2019-weakness": mean_probability("nitrous", "leg_weakness"),
    "oussalah2019-cord-bright": share(
        "nitrous", lambda p: p.now("swelling_dorsal_columns") >= BRIGHT
    ),
    "mair2023-paraesthesia": mean_probability("nitrous", "numbness_feet", "numbness_hands"),
    "gaohan2021-disability-nitrous": disability("nitrous"),
    "gbs-comparison-sural-amplitude-low": studied("nitrous", ("sural",), beyond("sural_amplitude")),
    "bao2020-cord-bright": share("nitrous", lambda p: p.now("swelling_dorsal_columns") >= BRIGHT),
    "bao2020-brain-bright": share("nitrous", lambda p: p.now("swelling_white_matter") >= BRIGHT),
}
