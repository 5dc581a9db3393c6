"""The SBML Test Suite: every case passes or is refused by name."""

from __future__ import annotations

import pytest
from benchmarks.conformance import cases, run_case

from .conftest import SHARED

SUITE = SHARED / "sbml-test-suite"
CASES = cases(SUITE) if SUITE.is_dir() else []
SLICES = [CASES[i : i + 100] for i in range(0, len(CASES), 100)] or [[]]

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not CASES, reason="the SBML Test Suite is not beside the repository"),
]


@pytest.mark.parametrize("part", SLICES, ids=lambda p: p[0].name if p else "none")
def test_no_case_is_wrong(part: list) -> None:
    verdicts = [run_case(case) for case in part]
    assert [f"{v.case}: {v.detail}" for v in verdicts if v.outcome == "wrong"] == []
    passed = sum(v.outcome == "pass" for v in verdicts)
    assert passed >= 0.3 * len(part)  # parts with one feature throughout are refused in the main
    assert all(v.detail for v in verdicts if v.outcome == "refused")
