"""Virtual people that several files of tests share."""

from __future__ import annotations

import pytest

from corrin.clinic.reference import Population, simulate_courses


@pytest.fixture(scope="session")
def people() -> Population:
    """Enough chunks for every stratum, and several of autoimmune gastritis."""
    return simulate_courses(range(30))
