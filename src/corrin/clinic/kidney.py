"""Filtration from creatinine: the CKD-EPI equation of 2021.

Inker LA et al. N Engl J Med 2021;385:1737-1749, as restated by the National Kidney Foundation
(kidney.org/ckd-epi-creatinine-equation-2021).
"""

from __future__ import annotations

#: Weight of creatinine: 1 mg/dL [umol/L].
UMOL_PER_MG_DL = 88.42


def egfr(creatinine: float, age: float, sex: str) -> float:
    """Return the estimated glomerular filtration rate [mL/min/1.73m2].

    Parameters
    ----------
    creatinine : float
        Serum creatinine [umol/L], standardised.
    age : float
        Age [year], adults only.
    sex : str
        ``female`` or ``male``.
    """
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "female" else (0.9, -0.302, 1.0)
    ratio = creatinine / UMOL_PER_MG_DL / kappa
    kept = min(ratio, 1.0) ** alpha * max(ratio, 1.0) ** -1.2
    return float(142.0 * kept * 0.9938**age * factor)


def creatinine(filtration: float, age: float, sex: str) -> float:
    """Return the serum creatinine [umol/L] that gives a filtration [mL/min/1.73m2]."""
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "female" else (0.9, -0.302, 1.0)
    level = filtration / (142.0 * 0.9938**age * factor)
    ratio = level ** (1 / alpha) if level > 1 else level ** (1 / -1.2)
    return float(ratio * kappa * UMOL_PER_MG_DL)
