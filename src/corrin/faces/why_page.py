"""The page that answers why: shares, pathway, words, what would have been and what would tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from corrin.faces.page import made_with, page, section
from corrin.faces.why_svg import STYLE, pathway_svg, shares_svg
from corrin.faces.wording import percent
from corrin.insight.members import ENOUGH
from corrin.insight.shapley import FLOOR, LEAST
from corrin.units import format_time

if TYPE_CHECKING:
    from corrin.insight.answer import Attribution, Mechanism
    from corrin.insight.pathway import Pathway
    from corrin.insight.tell import Expected
    from corrin.insight.why import Explanation
    from corrin.insight.words import Words

#: Experiments shown, the most telling first.
_MOST = 8
#: Smallest part of the total of an event that is shown.
_SEEN = 0.005


def strongest(found: Explanation) -> Attribution:
    """Return the answer about what is worst; the first where nothing is explained."""
    explained = [a for a in found.answers if a.explained and a.layer == "mechanism"]
    return max(explained, key=lambda a: a.total, default=found.answers[0])


def why_page(
    found: Explanation,
    spoken: Sequence[Words],
    graph: Pathway,
    telling: Sequence[Expected],
    manifest: Mapping[str, Any],
) -> str:
    """Return the page.

    Parameters
    ----------
    found : Explanation
        Answers.
    spoken : sequence of Words
        Words of each answer, in the same order.
    graph : Pathway
        With the effects on what is worst.
    telling : sequence of Expected
        Experiments that would tell about it, the most telling first.
    manifest : mapping
        How it was made.

    Returns
    -------
    str
        A complete page that needs nothing from outside; what a user wrote is escaped.
    """
    parts = [
        f"<style>{STYLE}{_OWN}</style>",
        _hero(found, spoken),
        "".join(
            _answer(answer, words) for answer, words in zip(found.answers, spoken, strict=True)
        ),
        _graph(found, graph),
        _tell(telling, graph),
        _specialist(found, spoken),
        _evidence(graph),
        _method(found),
        section("manifest", "How this was made", "", made_with(manifest)),
    ]
    return page(f"Why: {found.scenario.name}", str(manifest["corrin"]), "\n".join(parts))


_OWN = """
.answer{display:grid;grid-template-columns:minmax(0,7fr) minmax(0,5fr);gap:28px;align-items:start}
.answer ul{padding-left:18px}.answer li{margin-bottom:6px}
.key-line{display:inline-block;width:34px;border-top:5px solid;vertical-align:middle;
margin-right:6px}
.wide{overflow-x:auto}.wide .pathway{min-width:900px}
@media (max-width:900px){.answer{grid-template-columns:1fr}}
"""


def _hero(found: Explanation, spoken: Sequence[Words]) -> str:
    """Return the question, and the first sentence of the answer."""
    answer = strongest(found)
    words = next(w for w in spoken if w.symptom == answer.symptom)
    lede = " ".join(words.of("plain")[:2])
    count = len(found.chosen)
    who = (
        f"the central parameter set only ({found.chosen.reason}), so without ranges"
        if found.chosen.central
        else f"{count} versions of the model that fit what is published"
    )
    facts = [
        ("When", format_time(found.time)),
        ("Asked", who),
        (
            "Events",
            "; ".join(e.text for e in found.scenario.timeline if e.kind != "stop") or "no cause",
        ),
    ]
    rows = "".join(f"<div><dt>{h}</dt><dd>{escape(w)}</dd></div>" for h, w in facts)
    return (
        f'<div class="hero"><div><h1><span class="eyebrow">{escape(found.scenario.name)}</span> '
        f'Why?</h1><p class="lede">{escape(lede)}</p></div><dl class="facts">{rows}</dl></div>'
    )


def _answer(answer: Attribution, words: Words) -> str:
    """Return one output: its shares beside the words."""
    told = "".join(f"<li>{escape(text)}</li>" for text in words.of("plain"))
    if not answer.explained:
        return section(answer.symptom, escape(answer.label), "", f"<ul>{told}</ul>")
    note = "Bar and dot: mean share. "
    note += (
        "The central parameter set alone has no interval."
        if answer.central
        else f"Line: 90 % of the versions; left out where fewer than {ENOUGH} stand behind it, "
        "and a rank only where it is wider than half of the total."
    )
    acting = [m for m in answer.mechanisms if abs(m.part) > 1e-6]
    events = [m for m in answer.events if abs(m.part) >= _SEEN]
    rest = [
        _small_table("By enzyme (a sum of its own)", answer.enzymes),
        _small_table("By event (a sum of its own)", events if len(events) > 1 else ()),
    ]
    content = (
        f'<div class="answer"><div>{shares_svg(answer, acting)}{"".join(rest)}</div>'
        f"<ul>{told}</ul></div>"
    )
    return section(answer.symptom, escape(answer.label), note, content)


def _small_table(title: str, rows: Sequence[Mechanism]) -> str:
    """Return one further sum of the same total."""
    if not rows:
        return ""
    body = "".join(
        f'<tr><th scope="row">{escape(m.name)}</th><td class="n">'
        f"{'rank only' if m.ranks_only else _signed(m.part)}</td>"
        f'<td class="n">{_between(m)}</td></tr>'
        for m in rows
    )
    return (
        f'<div class="table"><table><caption>{title}</caption><thead><tr><th scope="col"></th>'
        '<th scope="col" class="n">part</th><th scope="col" class="n">90 % of versions</th></tr>'
        f"</thead><tbody>{body}</tbody></table></div>"
    )


def _signed(part: float) -> str:
    """Return a part of the total in percent; negative where it protects."""
    return f"−{percent(-part)}" if part <= -0.005 else percent(max(part, 0.0))


def _between(m: Mechanism) -> str:
    if m.part_low is None or m.part_high is None:
        return ""
    return f"{_signed(m.part_low)} to {_signed(m.part_high)}"


def _graph(found: Explanation, graph: Pathway) -> str:
    """Return the pathway."""
    label = next(a.label for a in found.answers if a.symptom == graph.symptom)
    note = (
        f"{escape(label)} at {format_time(found.time)}. "
        '<i class="key-line" style="color:var(--harm)"></i>share of the effect, from the '
        "mechanisms on, adds up over a column. "
        '<i class="key-line" style="color:var(--cool)"></i>what cutting this edge alone would take '
        "away (dashed: cutting it does harm); does not add up. Thin: less than 1 %, or a link "
        "without a gain of its own. Point at an edge for its numbers and evidence."
    )
    drawn = f'<div class="wide">{pathway_svg(graph, alone=False)}</div>'
    return section("pathway", "Along which path", note, drawn)


def _tell(telling: Sequence[Expected], graph: Pathway) -> str:
    """Return which experiments would tell."""
    if not telling:
        return ""
    names = sorted(telling[0].by_mechanism, key=lambda n: -max(e.by_mechanism[n] for e in telling))
    names = names[:5]
    head = "".join(f'<th scope="col" class="n">{escape(n)}</th>' for n in names)
    body = "".join(
        f'<tr><th scope="row">{escape(e.candidate.words)}</th><td class="n">'
        f"{percent(max(e.reduction, 0.0))}</td>"
        + "".join(f'<td class="n">{percent(max(e.by_mechanism[n], 0.0))}</td>' for n in names)
        + "</tr>"
        for e in telling[:_MOST]
    )
    note = (
        "How much of the variance of the shares (in what is drawn above) the result of an "
        "experiment would take away, on average over what the versions of the model predict."
    )
    return section(
        "tell",
        "Which experiment would tell",
        note,
        '<div class="table"><table><thead><tr><th scope="col">Experiment</th>'
        f'<th scope="col" class="n">all shares</th>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div>",
    )


def _specialist(found: Explanation, spoken: Sequence[Words]) -> str:
    """Return the words for a specialist."""
    blocks = ""
    for answer, words in zip(found.answers, spoken, strict=True):
        told = "".join(f"<li>{escape(text)}</li>" for text in words.of("specialist"))
        blocks += f"<h3>{escape(answer.label)}</h3><ul>{told}</ul>"
    content = f"<details><summary>Show all</summary>{blocks}</details>"
    return section("specialist", "For a specialist", "", content)


def _evidence(graph: Pathway) -> str:
    """Return the sources of every edge with a gain."""
    body = "".join(
        f'<tr><th scope="row">{escape(link.words)}<small>{escape(link.gain)}</small></th>'
        f"<td>{escape(link.mechanism)}</td><td>{escape(' '.join(link.rows))}</td>"
        f"<td>{escape(link.grade)}</td></tr>"
        for link in graph.links
        if link.gain
    )
    table = (
        '<details><summary>Show all edges</summary><div class="table"><table><thead><tr>'
        '<th scope="col">Edge</th><th scope="col">Mechanism</th><th scope="col">Evidence</th>'
        f'<th scope="col">Best grade</th></tr></thead><tbody>{body}</tbody></table></div></details>'
    )
    note = (
        "Rows of the evidence tables that bear on each edge; <b>corrin cite</b> prints them with "
        "their sources. How strongly a mechanism weighs on a tract is fitted or assumed, and "
        "varies over the versions."
    )
    return section("evidence", "What each edge rests on", note, table)


def _method(found: Explanation) -> str:
    """Return what a share is and is not."""
    told = (
        "A mechanism is cut by setting its edge into nerve, brain and vessels to nothing; every "
        "combination of cuts is simulated. What is shared is the log odds of the deficit (with a "
        f"floor of {FLOOR:g}) beyond that of the same person without causes and treatment; shares "
        "are Shapley values, scaled to the unit of the symptom.",
        f"Below a deficit of {LEAST:g} of the scale nothing is shared.",
        "A share is neither a probability, nor how severe a cause is, nor how well it can be "
        "treated.",
        "The versions are those of this model that fit what is published. What the model leaves "
        "out, no version knows.",
    )
    items = "".join(f"<li>{text}</li>" for text in told)
    return section("method", "How to read this", "", f'<ul class="plain">{items}</ul>')
