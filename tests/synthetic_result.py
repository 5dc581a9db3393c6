"""A made-up result with plausible curves, for tests of the pictures alone.

No model computes these numbers; they only have the shapes that the pictures must cope with.
The scenario and the labels are real.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corrin.engine.protocol import Dose, Trajectory
from corrin.study import Result, Scenario
from corrin.units import YEAR
from corrin.variables import catalogue

_TRACTS = {
    "sensory_foot": (1.0, 0.55),
    "sensory_hand": (0.55, 0.3),
    "motor_leg": (0.5, 0.2),
    "dorsal_columns": (1.1, 0.6),
    "corticospinal": (0.8, 0.4),
    "optic": (0.4, 0.15),
    "white_matter": (0.45, 0.2),
}


def make(
    scenario: Scenario,
    severity: np.ndarray,
    times: np.ndarray,
    *,
    permanent: float = 0.3,
    names: Sequence[str] | None = None,
) -> Result:
    """Return a result whose curves all follow `severity` (0 in health, 1 when severe).

    Parameters
    ----------
    scenario : Scenario
        What was run.
    severity : ndarray, shape (n,)
        Course of the disease.
    times : ndarray, shape (n,)
        Times [day].
    permanent : float
        Share of the largest severity that stays as axons lost.
    names : sequence of str, optional
        Variables to keep; all by default.
    """
    columns = _values(severity, times, scenario.protocol().doses, permanent)
    chosen = [name for name in catalogue() if names is None or name in names]
    stamp = {"corrin": "0.1.0", "model": "0" * 64, "engine": "none", "overrides": {}, "seed": None}
    stamp["scenario"] = scenario.to_yaml()
    trajectory = Trajectory(times, {name: columns[name] for name in chosen})
    return Result.label(scenario, trajectory, stamp)


def _values(
    s: np.ndarray, times: np.ndarray, doses: Sequence[Dose], permanent: float
) -> dict[str, np.ndarray]:
    """Return made-up columns for every variable of the table."""
    level = np.zeros_like(times)
    for dose in doses:
        after = times - dose.time
        level += np.where(after > 0, 900 * np.exp(-np.maximum(after, 0) / 20), 0.0)
    lost = np.maximum.accumulate(s) * permanent
    out = {
        "serum_b12": 320 * np.exp(-2.2 * s) + level,
        "holotranscobalamin": 70 * np.exp(-3 * s) + level / 5,
        "methylmalonic_acid": 0.15 * np.exp(3.6 * s),
        "total_homocysteine": 9 * np.exp(1.9 * s),
        "plasma_methionine": 25 - 8 * s,
        "serum_folate": 20 + 8 * s,
        "hemoglobin": 138 - 50 * s**2,
        "hematocrit": 41 - 14 * s**2,
        "mean_cell_volume": 90 + 22 * s,
        "reticulocytes": 1.2 - 0.9 * s + 400 * np.maximum(-np.gradient(s, times), 0),
        "neutrophil_lobes": 3 + 1.4 * s,
        "platelets": 250 - 120 * s**2,
        "body_b12": 2500 * np.exp(-2.5 * s) + level,
        "liver_b12": 1500 * np.exp(-2.7 * s) + level / 2,
        "methionine_synthase_activity_nerve": 1 - 0.85 * s,
        "mutase_cofactor_saturation": 0.9 - 0.8 * s,
        "sam_sah_ratio_nerve": 4 - 3.2 * s,
        "serum_sam": 110 - 30 * s,
        "serum_sah": 14 + 25 * s,
        "dna_methylation_index": 1 - 0.3 * s,
        "dna_synthesis_marrow": 1 - 0.6 * s,
        "micronuclei_relative": 1 + 2 * s,
        "serotonin_tone": 1 - 0.4 * s,
        "catecholamine_tone": 1 - 0.3 * s,
        "stroke_relative_risk": 1 + 0.5 * s,
        "heart_disease_relative_risk": 1 + 0.3 * s,
        "brain_atrophy_rate": 0.4 + 0.6 * s,
    }
    for tract, (gain, _) in _TRACTS.items():
        out[f"axons_{tract}"] = 1 - gain * lost * 0.5
        out[f"myelin_{tract}"] = 1 - np.clip(0.5 * gain * s, 0, 1)
        out[f"swelling_{tract}"] = np.clip(0.4 * gain * s, 0, 1)
        out[f"remade_{tract}"] = np.clip(0.3 * gain * s, 0, 1)
        out[f"axons_large_{tract}"] = 1 - gain * lost * 0.6
        out[f"axons_small_{tract}"] = 1 - gain * lost * 0.4
        out[f"deficit_{tract}"] = 1 - out[f"axons_{tract}"] * out[f"myelin_{tract}"]
    linked = {
        "numbness_feet": "sensory_foot",
        "numbness_hands": "sensory_hand",
        "leg_weakness": "corticospinal",
        "balance": "dorsal_columns",
        "cognition": "white_matter",
        "mood": "motor_leg",
        "vision": "optic",
    }
    for symptom, tract in linked.items():
        out[symptom] = 4 * np.clip(1.6 * out[f"deficit_{tract}"], 0, 1)
        out[f"{symptom}_probability"] = np.clip(out[symptom] / 4.2, 0, 1)
    out["disability_score"] = np.clip(sum(out[name] for name in linked) / 1.75, 0, 16)
    return out


def course(times: np.ndarray, onset: float, treated: float | None) -> np.ndarray:
    """Return a severity 0 to 1 that rises around `onset` [day] and falls after `treated` [day]."""
    rise = 1 / (1 + np.exp(-(times - onset) / 180))
    rise -= rise[0]
    if treated is None:
        return rise
    stays = np.interp(treated, times, rise) * np.exp(-np.maximum(times - treated, 0) / 90)
    return np.where(times < treated, rise, stays)


def healthy() -> Result:
    """Return ten years in which nothing happens."""
    scenario = Scenario.from_text(
        "name: Healthy\nperson: {age: 30}\ntimeline: [{at: 0 y, diet: omnivore}]\nuntil: 10 y"
    )
    times = np.linspace(0, 10 * YEAR, 521)
    return make(scenario, np.zeros_like(times), times)


def treated_late(name: str = "Autoimmune gastritis, treated late") -> Result:
    """Return autoimmune gastritis treated by injections when symptoms are severe."""
    scenario = Scenario.from_mapping(
        {
            "name": name,
            "description": f"{name}: antibodies destroy the cells that make intrinsic factor.",
            "person": {"age": 58, "sex": "female", "height": "165 cm"},
            "timeline": [
                {"at": "0 y", "diet": "omnivore"},
                {"at": "0.5 y", "cause": "autoimmune gastritis"},
                {
                    "at": "4 y",
                    "treat": "hydroxocobalamin 1 mg im every 2 days for 2 weeks "
                    "then every 2 months",
                },
            ],
            "until": "8 y",
        }
    )
    times = np.append(np.arange(0, 8 * YEAR, 7.0), 8 * YEAR)
    return make(scenario, course(times, 3.2 * YEAR, 4 * YEAR), times)


def many_injections() -> Result:
    """Return forty years with many causes, and a dose every two weeks for the last twenty."""
    gas = [
        {
            "at": f"{4 + 3 * k} y",
            "until": f"{4.2 + 3 * k:.1f} y",
            "cause": "nitrous oxide 4 kg weekly",
        }
        for k in range(6)
    ]
    scenario = Scenario.from_mapping(
        {
            "name": "Long run",
            "person": {"age": 25, "egfr": 40, "genotype": {"MTHFR": "677TT"}, "diet": "vegan"},
            "timeline": [
                {"at": "0 y", "diet": "vegan"},
                {"at": "2 y", "cause": "metformin 2550 mg daily"},
                *gas,
                {"at": "20 y", "treat": "hydroxocobalamin 1 mg im every 2 weeks"},
                {"at": "39.8 y", "diet": "omnivore"},
            ],
            "until": "40 y",
        }
    )
    times = np.linspace(0, 40 * YEAR, 8000)
    return make(scenario, course(times, 15 * YEAR, 20 * YEAR), times)
