"""The shapes of questions and answers, as the OpenAPI schema shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from corrin.server.limits import HORIZON, MEMBERS, PLANS, YAML

Words = Annotated[str, Field(min_length=1, max_length=300)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Years = Annotated[float, Field(ge=0, le=HORIZON)]
#: A number of years, or a text such as ``5.5y`` or ``18mo``.
When = Years | Annotated[str, Field(min_length=1, max_length=30)]


class Shape(BaseModel):
    """A question: unknown keys and numbers that are not finite are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class CauseChoice(Shape):
    """A cause or a drug with its time."""

    name: Words
    level: Words | None = None
    amount: Annotated[float, Field(ge=0, le=1e6)] | None = None
    start: Years = 0.0
    until: Years | None = None


class TreatmentChoice(Shape):
    """A treatment: a name of the library or a line such as ``cyanocobalamin 1 mg oral daily``."""

    product: Words
    start: Years = 0.0
    until: Years | None = None


class ChoicesShape(Shape):
    """What plain controls say."""

    age: Annotated[float, Field(ge=0, le=150)]
    sex: Literal["female", "male"]
    until: Annotated[float, Field(gt=0, le=HORIZON)]
    diet: Words = "omnivore"
    diet_before: Words | None = None
    height: Annotated[float, Field(ge=0, le=300)] | None = None
    weight: Annotated[float, Field(ge=0, le=500)] | None = None
    egfr: Annotated[float, Field(ge=0, le=300)] | None = None
    causes: Annotated[list[CauseChoice], Field(max_length=20)] = []
    drugs: Annotated[list[CauseChoice], Field(max_length=20)] = []
    treatment: Annotated[list[TreatmentChoice], Field(max_length=20)] = []
    name: Annotated[str, Field(max_length=200)] = ""


class Subject(Shape):
    """Who is asked about: exactly one of a shipped name, a YAML text, and choices."""

    scenario: Name | None = Field(None, description="Name of a shipped scenario, never a path.")
    yaml: Annotated[str, Field(min_length=1, max_length=YAML)] | None = None
    choices: ChoicesShape | None = None


class RunQuestion(Subject):
    """Simulate a person."""


class WhyQuestion(Subject):
    """Share a symptom among the mechanisms that cause it."""

    symptom: Name | None = None
    at: When | None = Field(None, description="Years, or a text; when it is worst if left out.")
    members: Annotated[int, Field(ge=0, le=MEMBERS)] = 0


class NerveQuestion(Subject):
    """Examine a person's nerves."""

    at: When | None = None
    tract: Name = "dorsal_columns"


class CompareQuestion(Subject):
    """Show plans side by side."""

    plans: Annotated[list[Words], Field(min_length=1, max_length=PLANS)]
    start: When | None = None
    until: When | None = None
    members: Annotated[int, Field(ge=0, le=MEMBERS)] = 0
    last: bool = True


class InterpretQuestion(Shape):
    """Read a person's results."""

    values: Annotated[dict[Name, Words], Field(max_length=40)] = {}
    fhir: dict[str, Any] | Annotated[str, Field(max_length=1_000_000)] | None = None
    csv: Annotated[str, Field(max_length=500_000)] | None = None
    age: Annotated[float, Field(ge=0, le=150)] | None = None
    sex: Literal["female", "male"] | None = None
    present: Annotated[list[Words], Field(max_length=60)] = []
    absent: Annotated[list[Words], Field(max_length=60)] = []
    causes: Annotated[list[Words], Field(max_length=20)] = []
    without: Annotated[list[Words], Field(max_length=20)] = []
    laboratory: Name = "default"
    courses: bool = False
    treat: Annotated[list[Words], Field(max_length=PLANS)] = []
    guidelines: Annotated[list[Name], Field(max_length=20)] = []


class Fault(BaseModel):
    """What went wrong, and what to do."""

    message: str
    hint: str


class Failure(BaseModel):
    """An error."""

    error: Fault


class Health(BaseModel):
    """How the server is."""

    version: str
    model: str
    ready: bool
    workers: int
    waiting: int
    ensemble: bool
    population: Literal["ready", "making", "missing", "unknown"]
    limits: dict[str, Any]


class Cancelled(BaseModel):
    """Whether there was a computation to cancel."""

    cancelled: bool
