"""Which sets of parameter values describe a body at all.

Health is an exact steady state because a few fluxes close its balances. Values under which one of
them is negative describe nobody: a person drawn with them is drawn again. Where the export of
homocysteine from a tissue is negative, it would take up the more the more it holds, and empty
plasma.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Fluxes that close the balances of the reference person, and must flow forward; each with a
#: flux of the size of those that it is a remainder of.
CLOSING = {
    "shedding_reference": "turnover_reference",
    "slow_export_reference": "turnover_reference",
    "liver_export_reference": "turnover_reference",
    "homocysteine_clearance_reference": "periphery_mat_flux",
    "liver_homocysteine_export_reference": "liver_mat_flux",
    "marrow_homocysteine_export_reference": "marrow_mat_flux",
    "nerve_homocysteine_export_reference": "nerve_mat_flux",
    "periphery_homocysteine_export_reference": "periphery_mat_flux",
    "mutase_flux": "propionate_flux",
}


def feasible(derived: Mapping[str, float]) -> bool:
    """Return whether the balances of a body can close.

    Parameters
    ----------
    derived : mapping of str to float
        Values of the symbols of the model at time 0, at least of `CLOSING` [nmol/day].
    """
    return all(derived[name] > 0 for name in CLOSING)
