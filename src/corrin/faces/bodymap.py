"""Front view of a person, each region filled by the grade of the symptom felt there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from corrin.errors import unknown
from corrin.faces.wording import grade_text, level, listing, percent

#: Severity 0 to 4 on light paper; a page that defines ``--severity-0`` to ``-4`` overrides it.
SEVERITY = ("#E4DFD3", "#F7CF97", "#EC9A4C", "#C9581F", "#832713")

_WIDTH, _HEIGHT, _BODY_LEFT, _TEXT_RIGHT = 344, 580, 128, 112


@dataclass(frozen=True)
class Region:
    """A part of the body that a symptom is felt in.

    Attributes
    ----------
    word : str
        Label.
    text_y : float
        Height of the label in the drawing.
    anchor : tuple of float
        Where the line from the label ends, x and y in the drawing.
    """

    word: str
    text_y: float
    anchor: tuple[float, float]


#: Symptom to the region it is drawn in, from head to foot.
REGIONS: Mapping[str, Region] = {
    "cognition": Region("Memory", 22, (216, 28)),
    "mood": Region("Mood", 80, (229, 36)),
    "vision": Region("Sight", 138, (220, 55)),
    "balance": Region("Balance", 222, (233, 232)),
    "numbness_hands": Region("Hands", 318, (137, 320)),
    "leg_weakness": Region("Legs", 400, (202, 346)),
    "numbness_feet": Region("Feet", 496, (201, 540)),
}

# Class that the drawing gives to the parts of each region.
_PARTS = {
    "cognition": "cognition",
    "mood": "mood",
    "vision": "vision",
    "balance": "balance",
    "numbness_hands": "hands",
    "leg_weakness": "legs",
    "numbness_feet": "feet",
}


def bodymap(
    grades: Mapping[str, float],
    probabilities: Mapping[str, float] | None = None,
    *,
    caption: str,
) -> str:
    """Draw a person with every symptom in its place, in colour, word and number.

    Parameters
    ----------
    grades : mapping of str to float
        Grade 0 to 4 by name of symptom; regions without a grade say "not computed".
    probabilities : mapping of str to float, optional
        Probability 0 to 1 of being reported, by name of symptom.
    caption : str
        Plain text below the drawing.

    Returns
    -------
    str
        An HTML ``figure`` that needs nothing from outside.
    """
    chances = probabilities or {}
    for name in (*grades, *chances):
        if name not in REGIONS:
            raise unknown("symptom", name, REGIONS, "body map")
    identity = sha256(repr((sorted(grades.items()), sorted(chances.items()), caption)).encode())
    key = "b" + identity.hexdigest()[:10]
    body = Template(_drawing()).substitute(id=key)
    labels = "".join(_label(name, grades.get(name), chances.get(name)) for name in REGIONS)
    return (
        f'<figure class="bodymap"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" id="{key}" '
        f'aria-labelledby="{key}-title {key}-desc">'
        f'<title id="{key}-title">{escape(caption)}</title>'
        f'<desc id="{key}-desc">{escape(describe(grades, probabilities))}</desc>'
        f"<style>{_style(key, grades)}</style>"
        f'<g transform="translate({_BODY_LEFT} 2)">{body}</g>{labels}</svg>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def describe(grades: Mapping[str, float], probabilities: Mapping[str, float] | None = None) -> str:
    """Return in words what the map shows, such as ``Feet: marked, 2.6 of 4.`` and what is quiet.

    Parameters
    ----------
    grades : mapping of str to float
        Grade 0 to 4 by name of symptom.
    probabilities : mapping of str to float, optional
        Probability 0 to 1 of being reported, by name of symptom.

    Returns
    -------
    str
        Plain text, worst symptom first.
    """
    felt = sorted((n for n in grades if level(grades[n]) > 0), key=lambda n: -grades[n])
    chances = probabilities or {}
    said = [
        f"{REGIONS[name].word}: {grade_text(grades[name])}"
        + (f", chance of reporting {percent(chances[name])}" if name in chances else "")
        for name in felt
    ]
    quiet = [region.word for name, region in REGIONS.items() if name in grades and name not in felt]
    if quiet:
        said.append(f"No symptom: {listing([word.lower() for word in quiet])}")
    return ". ".join(said) + "." if said else "No symptom was computed."


def _label(name: str, grade: float | None, chance: float | None) -> str:
    """Return the label of a region with its colour bar and the line to its place."""
    region = REGIONS[name]
    x, y = region.anchor
    top = region.text_y
    lines = [f'<tspan class="name">{region.word}</tspan>']
    words = "not computed" if grade is None else grade_text(grade)
    lines.append(f'<tspan x="12" dy="17">{words}</tspan>')
    if chance is not None:
        lines.append(f'<tspan x="12" dy="16">chance {percent(chance)}</tspan>')
    height = 20 + 16 * (len(lines) - 1)
    bend = min(_TEXT_RIGHT + 12, x - 4)
    middle = top - 4
    start = 14 + 10 * len(region.word)
    return (
        f'<g class="label"><path class="leader" d="M{start} {middle}H{bend}L{x} {y}"/>'
        f'<circle class="leader-end" cx="{x}" cy="{y}" r="2"/>'
        f'<rect class="{_PARTS[name]}" x="0" y="{top - 13}" width="5" height="{height}" rx="2"/>'
        f'<text x="12" y="{top}">{"".join(lines)}</text></g>'
    )


def _style(key: str, grades: Mapping[str, float]) -> str:
    """Return the rules of one drawing, bound to its id `key`."""
    rules = [
        "text{font:12px Inter,system-ui,sans-serif;fill:var(--second,#474D59)}",
        ".name{font-size:14px;font-weight:600;fill:var(--ink,#1C2027)}",
        ".skin{fill:var(--skin,#F3EEE4)}",
        ".outline{fill:none;stroke:var(--contour,#A89E8B);stroke-width:1.5}",
        ".form{fill:none;stroke:var(--contour,#A89E8B);stroke-width:.8;opacity:.6}",
        ".leader{fill:none;stroke:var(--third,#656B78);stroke-width:.8;opacity:.6}",
        ".leader-end{fill:var(--third,#656B78)}",
    ]
    for name, part in _PARTS.items():
        step = level(grades.get(name, 0.0))
        colour = f"var(--severity-{step},{SEVERITY[step]})"
        if part == "balance":
            rules.append(
                f"path.balance{{fill:none;stroke:{colour};stroke-width:5;stroke-dasharray:8 2.4}}"
            )
            rules.append(f"rect.balance{{fill:{colour}}}")
        elif part in ("hands", "feet"):
            rules.append(f".{part}{{stop-color:{colour};fill:{colour}}}")
        else:
            edge = "stroke:var(--contour,#A89E8B);stroke-width:.8"
            rules.append(f".{part}{{fill:{colour};{edge}}}")
    return "".join(f"#{key} {rule}" for rule in rules)


@cache
def _drawing() -> str:
    """Return what is inside the ``svg`` element of the drawn body."""
    text = files("corrin.faces").joinpath("assets/body.svg").read_text(encoding="utf-8")
    return text[text.index(">") + 1 : text.rindex("</svg>")].strip()
