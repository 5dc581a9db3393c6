"""The JSON interface against its own OpenAPI schema: no input makes it fail."""

from __future__ import annotations

from typing import Any

import pytest

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from schemathesis import GenerationMode  # noqa: E402
from schemathesis import checks as known  # noqa: E402

from corrin.server.app import create  # noqa: E402

from .inline import InlineDesk  # noqa: E402

pytestmark = pytest.mark.api

#: What must hold of every answer. That any body of the right shape is accepted is not asked: a
#: scenario has to make sense as well.
CHECKS = [
    known.not_a_server_error,
    known.status_code_conformance,
    known.content_type_conformance,
    known.response_schema_conformance,
    known.negative_data_rejection,
    known.unsupported_method,
]


SCHEMA = schemathesis.openapi.from_dict(create(desk=InlineDesk()).app.openapi())  # type: ignore[arg-type]
OPERATIONS = {one.ok().label: one.ok() for one in SCHEMA.get_all_operations()}


#: Every operation with bodies of the right shape and, where something is sent, of a wrong one.
ASKED = [
    pytest.param(label, mode, id=f"{label} {mode.value}")
    for label in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or label.startswith("POST") or "{" in label
]


@pytest.mark.parametrize(("label", "mode"), ASKED)
def test_no_input_breaks_the_interface(explorer: str, label: str, mode: Any) -> None:
    strategy = OPERATIONS[label].as_strategy(generation_mode=mode)

    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=strategy)
    def holds(case: Any) -> None:
        if case.path_parameters.get("topic") == "validation":
            return  # minutes on first use; the shape is that of the other topics
        response = case.call(base_url=explorer.rstrip("/"), timeout=180)
        if response.status_code == 413:
            return  # too large to be read: a refusal that the checks do not know of
        case.validate_response(response, checks=CHECKS)
        assert response.status_code < 500
        assert "Traceback" not in response.text

    holds()
