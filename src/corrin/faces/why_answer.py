"""The answer to why as plain values: what `corrin why --json` prints and the explorer shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from corrin.provenance import PURPOSE, versions

if TYPE_CHECKING:
    from corrin.insight.tell import Expected
    from corrin.insight.why import Explanation
    from corrin.insight.words import Words


def spoken(found: Explanation) -> list[Words]:
    """Return the words of every answer, with what would have been.

    The last chance is a search through years of injections: in the central set only.
    """
    from corrin.insight.counterfactual import counterfactuals, last_chances
    from corrin.insight.members import one_set
    from corrin.insight.words import words

    others = counterfactuals(found)
    asked = [a.symptom for a in found.answers if a.explained and a.layer == "mechanism"]
    chances = last_chances(found.scenario, asked, found.time, one_set("a slow search"))
    return [words(answer, others, chances.get(answer.symptom)) for answer in found.answers]


def row(found: Explanation, words: Words) -> dict[str, Any]:
    """Return one answer for a machine."""
    answer = next(a for a in found.answers if a.symptom == words.symptom)
    return {
        **answer.to_dict(),
        "sentences": [
            {"level": s.level, "text": s.text, "values": list(s.keys)} for s in words.sentences
        ],
        "values": {
            key: {"number": v.number, "text": v.text} for key, v in words.values.items()
        },
        "manifest": stamp(found),
    }  # fmt: skip


def rows(found: Explanation, told: Sequence[Words]) -> list[dict[str, Any]]:
    """Return all answers for a machine."""
    return [row(found, words) for words in told]


def stamp(found: Explanation | None = None) -> dict[str, Any]:
    """Return what an answer is stamped with."""
    from corrin.model import load_model

    made: dict[str, Any] = {**versions(), "model": load_model().hash, "use": PURPOSE}
    if found is not None:
        made |= {
            "scenario": found.scenario.to_yaml(),
            "time": found.time,
            "versions": len(found.chosen),
            "parameters": found.chosen.source,
        }
    return made


def telling(found: Explanation, name: str) -> list[Expected]:
    """Return which experiments would tell about one output; none for too few versions."""
    from corrin.insight.game import Game
    from corrin.insight.tell import FEWEST, ranking

    game = Game.of(name, found.person, found.twin, True)
    weights = found.weights(name) * game.enough
    if int((weights > 0).sum()) < FEWEST:
        return []
    return ranking(game.names, game.parts, weights, found.chosen)
