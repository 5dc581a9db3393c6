"""Pictures of an explanation as SVG: the pathway with its edges by effect, and shares as bars."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from corrin.faces.wording import number, percent

if TYPE_CHECKING:
    from corrin.insight.answer import Attribution, Mechanism
    from corrin.insight.pathway import Link, Node, Pathway

_WIDTH, _HEIGHT = 1100, 800
_BOX, _TALL = 136.0, 36.0
_THICK = 14.0  # width of an edge that carries all of the effect
_WORSE = 0.25  # widest that an edge is drawn that does good
#: An edge below this part of the total is drawn as if it did nothing.
_SEEN = 0.01

#: Styles of the pathway for a file of its own; a page has its own colours of the same names.
_ALONE = """:root{--ink:#1C2027;--second:#474D59;--third:#656B78;--hair:#DCD8CE;--surface:#FFFFFF;
--paper:#FBFAF6;--harm:#B4470F;--cool:#1F6F8B;--b12:#A3194A;--empty:#ECE8DE;--range:#DCE8E4;
--contour:#A89E8B}svg{background:#FBFAF6}"""

STYLE = """
.pathway{display:block;width:100%;height:auto;font-family:Inter,system-ui,sans-serif}
.pathway text{font-size:12.5px;fill:var(--ink)}
.pathway .head{font-size:12px;fill:var(--third)}
.pathway rect{fill:var(--surface);stroke:var(--contour)}
.pathway .mechanism rect{fill:var(--range)}
.pathway .tract rect{fill:var(--empty)}
.pathway .asked rect{stroke:var(--harm);stroke-width:2.5}
.pathway .aside{opacity:.45}
.pathway path{fill:none;stroke:var(--hair);stroke-width:1}
.pathway path.share{stroke:var(--harm);opacity:.78}
.pathway path.cut{stroke:var(--cool);opacity:.78}
.pathway path.worse{stroke:var(--cool);stroke-dasharray:5 4;opacity:.78}
.pathway path.chain{stroke:var(--contour);stroke-width:1.2}
.shares text{font-size:13px;fill:var(--ink)}
.shares .small{font-size:12px;fill:var(--third)}
.shares rect{fill:var(--harm);opacity:.28}
.shares .dot{fill:var(--harm)}
.shares .span{stroke:var(--harm);stroke-width:2}
.shares .axis{stroke:var(--hair)}
.shares{display:block;width:100%;max-width:860px;height:auto;
font-family:Inter,system-ui,sans-serif}
"""


def pathway_svg(graph: Pathway, alone: bool = True) -> str:
    """Return the pathway as SVG, edges as thick as their effect on the symptom.

    Parameters
    ----------
    graph : Pathway
        With effects, or without (then all edges are thin).
    alone : bool
        Whether it is a file of its own and brings its colours along.
    """
    heads = (
        (78, "What goes in"), (243, "B12 and its enzymes"), (424, "In the cell"),
        (606, "What does harm"), (800, "Nerve and brain"), (1010, "What is felt"),
    )  # fmt: skip
    shown = sorted(graph.links, key=_size)  # the strongest on top
    parts = [f'<text class="head" x="{x}" y="18" text-anchor="middle">{t}</text>' for x, t in heads]
    parts += [_edge(link, graph) for link in shown]
    parts += [_node(node, graph) for node in graph.nodes.values()]
    what = f"Pathway from B12 to symptoms{': ' + graph.title if graph.title else ''}"
    style = f"<style>{_ALONE}{STYLE}</style>" if alone else ""
    return (
        f'<svg class="pathway" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}"><title>{escape(what)}</title>{style}'
        f"{''.join(parts)}</svg>"
    )


def _size(link: Link) -> float:
    return abs(link.effect or 0.0)


def _edge(link: Link, graph: Pathway) -> str:
    """Return one edge with its words for a pointer."""
    a, b = graph.nodes[link.source], graph.nodes[link.target]
    effect = link.effect
    kind, width = "chain", 1.2
    if effect is not None:
        seen = abs(effect) >= _SEEN
        kind = ("worse" if effect < 0 else link.effect_kind) if seen else "none"
        most = _WORSE if effect < 0 else 1.2
        width = max(1.0, min(abs(effect), most) * _THICK) if seen else 1.0
    elif link.layer != "chain":
        kind = "none"
    told = [link.words]
    if effect is not None:
        unit = "of the effect" if link.effect_kind == "share" else "of the effect if cut alone"
        told.append(
            f"{percent(abs(effect))} {unit}" + (", cutting it does harm" if effect < 0 else "")
        )
    if link.rows or link.grade:
        told.append(f"evidence: {' '.join(link.rows) or 'parameter'} ({link.grade})")
    return (
        f'<path class="{kind}" d="{_curve(a, b, graph)}" style="stroke-width:{width:.1f}">'
        f"<title>{escape('; '.join(told))}</title></path>"
    )


def _curve(a: Node, b: Node, graph: Pathway) -> str:
    """Return a smooth line from the side of one box to the side of another."""
    if abs(a.x - b.x) < _BOX / 2:  # in one column: from below to above, or round the left side
        down = b.y > a.y
        y0, y1 = (a.y + _TALL / 2, b.y - _TALL / 2) if down else (a.y - _TALL / 2, b.y + _TALL / 2)
        between = (min(a.y, b.y), max(a.y, b.y))
        crowded = any(
            abs(n.x - a.x) < _BOX / 2 and between[0] < n.y < between[1]
            for n in graph.nodes.values()
        )
        bend = -0.9 * _BOX if crowded else 0.0
        middle = (y0 + y1) / 2
        return f"M{a.x:g} {y0:g}C{a.x + bend:g} {middle:g} {b.x + bend:g} {middle:g} {b.x:g} {y1:g}"
    right = b.x > a.x
    x0, x1 = (a.x + _BOX / 2, b.x - _BOX / 2) if right else (a.x - _BOX / 2, b.x + _BOX / 2)
    reach = 0.5 * (x1 - x0)
    return f"M{x0:g} {a.y:g}C{x0 + reach:g} {a.y:g} {x1 - reach:g} {b.y:g} {x1:g} {b.y:g}"


def _node(node: Node, graph: Pathway) -> str:
    """Return one box with its label on at most two lines."""
    asked = graph.symptom in (node.id, node.symbol)
    aside = node.kind == "symptom" and graph.symptom and not asked
    words = node.label.split()
    lines = [node.label]
    if len(node.label) > 19 and len(words) > 1:
        cut = min(
            range(1, len(words)),
            key=lambda i: abs(len(" ".join(words[:i])) - len(" ".join(words[i:]))),
        )
        lines = [" ".join(words[:cut]), " ".join(words[cut:])]
    first = node.y + 4.5 - 7.5 * (len(lines) - 1)
    text = "".join(
        f'<text x="{node.x:g}" y="{first + 15 * i:g}" text-anchor="middle">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    kinds = " ".join([node.kind, *(["asked"] if asked else []), *(["aside"] if aside else [])])
    return (
        f'<g class="{kinds}"><rect x="{node.x - _BOX / 2:g}" y="{node.y - _TALL / 2:g}" '
        f'width="{_BOX:g}" height="{_TALL:g}" rx="4"/>{text}</g>'
    )


def shares_svg(answer: Attribution, rows: Sequence[Mechanism]) -> str:
    """Return shares as bars with their intervals; a rank where the interval is too wide."""
    left, right, line = 300.0, 640.0, 30.0
    ends = [m.high if m.high is not None else m.share for m in rows if not m.ranks_only]
    starts = [m.low if m.low is not None else m.share for m in rows if not m.ranks_only]
    top = max([*ends, answer.total, 1e-9])
    bottom = min([0.0, *starts])

    def x(value: float) -> float:
        return left + (right - left) * (value - bottom) / (top - bottom)

    height = line * len(rows) + 34
    parts = [f'<line class="axis" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="4" y2="{height - 26:.1f}"/>']
    for i, m in enumerate(rows):
        y = line * i + line / 2 + 4
        parts.append(
            f'<text x="{left - 12:g}" y="{y + 4:.1f}" text-anchor="end">{escape(m.name)}</text>'
        )
        if m.ranks_only:
            words = f"rank only: first in {percent(m.first)}"
            parts.append(f'<text class="small" x="{x(0) + 8:.1f}" y="{y + 4:.1f}">{words}</text>')
            continue
        a, b = sorted((x(0), x(m.share)))
        parts.append(
            f'<rect x="{a:.1f}" y="{y - 8:.1f}" width="{max(b - a, 0.5):.1f}" height="16"/>'
        )
        if m.low is not None and m.high is not None:
            parts.append(
                f'<line class="span" x1="{x(m.low):.1f}" x2="{x(m.high):.1f}" y1="{y:.1f}" '
                f'y2="{y:.1f}"/>'
            )
        parts.append(f'<circle class="dot" cx="{x(m.share):.1f}" cy="{y:.1f}" r="3.5"/>')
        said = f"{m.share:.2f}".replace("-0.00", "0.00")
        if m.low is not None and m.high is not None:
            said += f"  ({m.low:.2f} to {m.high:.2f})".replace("-0.00", "0.00")
        parts.append(f'<text class="small" x="{right + 14:g}" y="{y + 4:.1f}">{said}</text>')
    base = height - 12
    for value in (0.0, top):
        anchor = "middle" if value == 0 else "end"
        parts.append(
            f'<text class="small" x="{x(value):.1f}" y="{base:.1f}" '
            f'text-anchor="{anchor}">{number(value, 2)}</text>'
        )
    return (
        f'<svg class="shares" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="0 0 860 {height:.0f}"><title>Shares in {escape(answer.label)}</title>'
        f"{''.join(parts)}</svg>"
    )
