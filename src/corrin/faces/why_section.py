"""Why, as a section of a run's report: shares of what is worst, in the parameter set of the run."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from corrin.faces.page import section
from corrin.faces.why_svg import STYLE, shares_svg

if TYPE_CHECKING:
    from corrin.study import Result

#: Symptoms are explained from this grade on.
_LEAST = 0.5


def why_section(result: Result, time: float) -> str:
    """Return the section; nothing where the run cannot be taken apart or has no symptom.

    Parameters
    ----------
    result : Result
        A run of this very model without overrides: else the shares would be those of another.
    time : float
        When to ask [day].
    """
    from corrin.insight.targets import symptoms
    from corrin.model import load_model

    manifest = result.manifest
    if manifest.get("model") != load_model().hash or manifest.get("overrides"):
        return ""
    known = [name for name in symptoms() if name in result.dataset]
    grades = {name: result.at(time, name) for name in known}
    worst = max(grades, key=lambda name: grades[name], default="")
    if not worst or grades[worst] < _LEAST or time <= 0:
        return ""
    from corrin.insight.members import Members, one_set
    from corrin.insight.why import explain
    from corrin.insight.words import words

    chosen = one_set("a report shows one run")
    if isinstance(manifest.get("member"), int):
        from corrin.model.ensemble import ensemble

        own = ensemble().member(manifest["member"])
        chosen = Members((own,), chosen.weights, "central", chosen.reason)
    answer = explain([worst], result.scenario, time, chosen=chosen).answers[0]
    if not answer.explained:
        return ""
    told = "".join(f"<li>{escape(text)}</li>" for text in words(answer).of("plain"))
    told = told.replace(" (no range known)", "")
    drawn = shares_svg(answer, [m for m in answer.mechanisms if abs(m.part) > 1e-6])
    note = (
        "The worst symptom, shared among the mechanisms that make it by cutting each in every "
        "combination, in the parameter set of this run alone: how sure the shares are is not told "
        "here. All symptoms, ranges, paths and what would have prevented it: "
        "<b>corrin why scenario.yaml --report why.html</b>."
    )
    content = f"<style>{STYLE}</style>{drawn}<ul class='plain'>{told}</ul>"
    return section("why", f"Why: {escape(answer.label)}", note, content)
