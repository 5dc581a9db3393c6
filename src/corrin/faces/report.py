"""One self-contained HTML page that tells what a run found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from corrin.errors import InputError
from corrin.faces import findings, panels
from corrin.faces.bodymap import REGIONS, bodymap
from corrin.faces.curves import Curve, curves
from corrin.faces.findings import KeyDate, Worst
from corrin.faces.page import made_with, page, section
from corrin.faces.timeline import KINDS, spans, timeline
from corrin.faces.wording import (
    GRADES,
    Clock,
    grade_text,
    level,
    listing,
    number,
    percent,
    quantity,
    unit_text,
)
from corrin.files import whole_file
from corrin.units import format_time

if TYPE_CHECKING:
    from corrin.study import Person, Result


_OWNERS = {"female": "her", "male": "his"}
_PEOPLE = {"female": "woman", "male": "man"}

_GENERAL = (
    "One person is simulated, with the parameter set named below; real people differ from one "
    "another and from this one.",
    "Every cause, diet and treatment acts exactly as written, with no missed dose.",
    "A grade from 0 to 4 and the chance of reporting are outputs of this model, not of an "
    "examination.",
    "Reference ranges are those of the catalogue of outputs; every laboratory has its own.",
)

_GROUPS = {
    "laboratory": "Laboratory",
    "stores": "Stores",
    "chemistry": "Metabolism",
    "nerve": "Tracts",
    "vessels": "Vessels and brain",
    "symptom": "Symptoms",
    "other": "Other outputs",
}


@dataclass(frozen=True)
class _View:
    """What every section looks at."""

    result: Result
    curves: Mapping[str, Curve]
    dates: list[KeyDate]
    moment: Worst | None
    clock: Clock
    end: float

    def group(self, *names: str) -> list[Curve]:
        """Return the curves of some groups."""
        return [curve for curve in self.curves.values() if curve.group in names]

    def moments(self) -> list[tuple[str, float]]:
        """Return heading and time [day] of the moments that tables and maps show."""
        return findings.moments(self.curves, self.moment, self.clock)


def write_report(result: Result, path: str | Path) -> None:
    """Write the report of a run: one HTML file that needs nothing from outside.

    Parameters
    ----------
    result : Result
        What was simulated.
    path : str or Path
        File to write, whole or not at all.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise InputError(
            f"a report is an HTML file, not {target.suffix or 'a name without ending'}",
            where=str(path),
            hint="let the name end in .html",
        )
    text = report_html(result)
    with whole_file(target) as beside:
        beside.write_text(text, encoding="utf-8")


def report_html(result: Result) -> str:
    """Return the report of a run as HTML text.

    Parameters
    ----------
    result : Result
        What was simulated.

    Returns
    -------
    str
        A complete page; every word that a user wrote is escaped.
    """
    drawn = curves(result)
    if not drawn:
        raise InputError("the result holds no output to report", where="report")
    times = next(iter(drawn.values())).times
    end = float(times[-1])
    view = _View(
        result=result,
        curves=drawn,
        dates=findings.key_dates(drawn),
        moment=findings.worst(drawn),
        clock=Clock.spanning(end - float(times[0])),
        end=end,
    )
    sections = (
        _hero,
        _timeline,
        _maps,
        _dates,
        _laboratory,
        _metabolism,
        _tracts,
        _nerve,
        _symptoms,
        _why,
        _vessels,
        _numbers,
        _assumed,
        _manifest,
    )
    return page(
        result.scenario.name,
        str(result.manifest["corrin"]),
        "\n".join(part(view) for part in sections),
    )


def _hero(view: _View) -> str:
    """Return the answer first: what happens to whom, and when."""
    scenario = view.result.scenario
    person = scenario.person
    head, lede = findings.headline(view.curves, view.moment, _OWNERS[person.sex], view.clock)
    who = f"a simulated {_PEOPLE[person.sex]} of {number(person.age)}"
    facts = [("Person", _person(person))]
    told = spans(scenario, view.end)
    for kind, heading in KINDS.items():
        items = [span for span in told if span.kind == kind]
        if items:
            words = f"{items[0].text}, from {view.clock.text(items[0].begin)}"
            words += f", and {len(items) - 1} more" if len(items) > 1 else ""
            facts.append((heading, words))
    rows = "".join(f"<div><dt>{h}</dt><dd>{escape(words)}</dd></div>" for h, words in facts)
    about = scenario.description
    described = f'<p class="note about">{escape(about)}</p>' if about else ""
    return (
        f'<div class="hero"><div><h1><span class="eyebrow">{escape(scenario.name)}: {who}</span> '
        f'{escape(head)}</h1><p class="lede">{escape(lede)}</p>{described}</div>'
        f'<dl class="facts">{rows}</dl></div>'
    )


def _person(person: Person) -> str:
    """Return a person in words: who, and in what they differ from the default adult."""
    told = [f"{_PEOPLE[person.sex].capitalize()} of {number(person.age)}"]
    plain = person.plain()
    told += [str(plain[name]) for name in ("height", "weight") if name in plain]
    if "egfr" in plain:
        told.append(f"eGFR {number(person.egfr)} mL/min/1.73 m²")
    if "iron_status" in plain:
        told.append(f"iron supply {number(person.iron_status)} of need")
    told += [f"{gene} {allele}" for gene, allele in person.genotype.items()]
    if person.diet is not None:
        told.append(f"ate before: {person.diet.text}")
    return ", ".join(told)


def _timeline(view: _View) -> str:
    """Return causes and treatments to scale."""
    drawn = timeline(
        view.result.scenario, view.curves, view.dates, view.moment, view.clock, view.end
    )
    return section("timeline", "What happened", "", drawn, "flush")


def _maps(view: _View) -> str:
    """Return body maps at the start, the worst moment and the end."""
    if not any(name in view.curves for name in REGIONS):
        return ""
    felt = any(level(curve.values.max()) > 0 for n, curve in view.curves.items() if n in REGIONS)
    moments = view.moments()
    if not felt:  # the worst moment is then one of the laboratory's
        moments = [moments[0], (f"End, {view.clock.text(view.end)}", view.end)]
    maps = "".join(
        bodymap(
            findings.grades(view.curves, time),
            findings.chances(view.curves, time) or None,
            caption=heading,
        )
        for heading, time in moments
    )
    legend = "".join(
        f'<li><i style="background:var(--severity-{i})"></i>{i} {word}</li>'
        for i, word in enumerate(GRADES)
    )
    few = " two" if len(moments) < 3 else ""
    note = "Grade of each symptom, and the chance that a person reports it, in this model."
    note += "" if felt else " No symptom in this run."
    return section(
        "body",
        "Where it is felt",
        note,
        f'<div class="maps{few}">{maps}</div><ul class="legend" aria-label="Grades">{legend}</ul>',
    )


def _dates(view: _View) -> str:
    """Return the table of key dates."""
    rows, never = [], []
    for date in view.dates:
        unit = date.curve.unit
        limit = f"{'below' if date.side == 'low' else 'above'} {quantity(date.limit, unit)}"
        extreme = quantity(date.extreme, unit)
        if date.curve.group == "symptom":
            limit, extreme = f"grade {number(date.limit)} or more", grade_text(date.extreme)
        if date.first is None:
            if date.curve.group != "symptom":
                never.append(f"{date.event} ({limit})")
            continue
        over = "not in this run" if date.over is None else view.clock.text(date.over)
        rows.append(
            f'<tr><th scope="row">{date.event}<small>{limit}</small></th>'
            f'<td class="when">{view.clock.text(date.first)}</td><td class="when">{over}</td>'
            f"<td>{extreme}<small>{view.clock.text(date.extreme_at)}</small></td></tr>"
        )
    quiet = [d for d in view.dates if d.first is None and d.curve.group == "symptom"]
    if quiet:
        felt = len(quiet) < sum(d.curve.group == "symptom" for d in view.dates)
        words = listing([REGIONS[d.curve.name].word.lower() for d in quiet])
        never.append(f"grade 1 or more {'of ' + words if felt else 'of any symptom'}")
    content = ""
    if rows:
        content = (
            '<div class="table"><table><caption>Computed from the curves, interpolated between '
            "two outputs.</caption>"
            '<thead><tr><th scope="col">Event</th><th scope="col">First</th>'
            '<th scope="col">Over for good</th><th scope="col">Most extreme</th></tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table></div>"
        )
    if never:
        content += f'<p class="note never">Never in this run: {listing(never)}.</p>'
    return section("dates", "When things change", "", content)


def _when(view: _View) -> str:
    """Say which moment the large numbers and the upright lines belong to."""
    if view.moment is None:
        return f"Time in {view.clock.name}s. Large number: the end, {view.clock.text(view.end)}."
    return (
        f"Time in {view.clock.name}s. Upright line and large number: "
        f"{view.clock.text(view.moment.time)}, {escape(view.moment.reason)}."
    )


def _laboratory(view: _View) -> str:
    """Return laboratory values with reference ranges."""
    drawn = view.group("laboratory")
    note = f"Shaded band: reference range. Orange: outside it on the side of harm. {_when(view)}"
    if len(view.result.scenario.protocol().doses) > 1:
        note += " Grey: rise and fall between doses too close to draw apart."
    return section(
        "laboratory",
        "What the laboratory sees",
        note,
        panels.grid(drawn, view.moment, view.clock) if drawn else "",
    )


def _metabolism(view: _View) -> str:
    """Return stores, cofactors, methylation, DNA synthesis, transmitters."""
    drawn = view.group("stores", "chemistry")
    note = "Stores, the two cofactors, methyl groups, DNA synthesis and transmitters."
    return section(
        "metabolism",
        "What happens in the cells",
        f"{note} {_when(view)}",
        panels.grid(drawn, view.moment, view.clock) if drawn else "",
    )


def _tracts(view: _View) -> str:
    """Return what the tracts lose, and what of it can mend."""
    lost = findings.losses(view.curves)
    note = (
        "Share of function lost. Striped can mend. Solid is lost for good: axons of the brain "
        f"and the cord do not grow back. {_when(view)}"
    )
    return section(
        "tracts",
        "What the nerves lose",
        note,
        panels.tract_rows(lost, view.curves, view.moment, view.clock) if lost else "",
    )


def _nerve(view: _View) -> str:
    """Return what the nerve laboratory would find; nothing where the tracts were not computed."""
    if not all(f"myelin_{tract}" in view.curves for tract in findings.TRACTS):
        return ""
    from corrin.faces.nerve_section import CHOSEN, assumed, nerve_report_section
    from corrin.nerve import run_nerve

    moments = view.moments()
    try:
        found = run_nerve(view.result, [time for _, time in moments])
    except InputError as error:  # older than the norms of the laboratory go
        title = "What the nerve laboratory would find"
        return section("nerve", title, f"Not examined: {escape(str(error))}.", " ")
    note = (
        "The average person of that age, height and sex, without noise of measurement. "
        f"{escape('. '.join(assumed(found)))}. All recordings: "
        "<b>corrin nerve scenario.yaml --report nerve.html</b>."
    )
    labels = [heading for heading, _ in moments]
    return nerve_report_section(found, labels, recordings=CHOSEN, sources=False, note=note)


def _symptoms(view: _View) -> str:
    """Return symptoms with their probability of being reported."""
    if not any(name in view.curves for name in REGIONS):
        return ""
    rows = panels.symptom_rows(view.curves, view.moment, view.clock)
    score = view.curves.get("disability_score")
    if score is not None:
        rows += f'<div class="grid4 score">{panels.panel(score, view.moment, view.clock)}</div>'
    felt = any(date.first is not None for date in view.dates if date.curve.group == "symptom")
    note = "" if felt else "No symptom reaches grade 1 in this run. "
    return section("symptoms", "What is felt", f"{note}{_when(view)}", rows)


def _why(view: _View) -> str:
    """Return which mechanisms make the worst symptom; nothing where there is none."""
    from corrin.faces.why_section import why_section

    return "" if view.moment is None else why_section(view.result, view.moment.time)


def _vessels(view: _View) -> str:
    """Return vessels and brain, and any output outside the catalogue."""
    drawn = view.group("vessels")
    text = section(
        "vessels",
        "Vessels and brain",
        f"Relative risks compare with this person in health, in this model. {_when(view)}",
        panels.grid(drawn, view.moment, view.clock) if drawn else "",
    )
    other = view.group("other")
    return text + section(
        "other",
        "Other outputs",
        _when(view),
        panels.grid(other, view.moment, view.clock) if other else "",
    )


def _numbers(view: _View) -> str:
    """Return every output at every moment shown, as a table."""
    moments = view.moments()
    head = "".join(f'<th scope="col" class="n">{heading}</th>' for heading, _ in moments)
    body = ""
    for group, title in _GROUPS.items():
        drawn = view.group(group)
        if drawn:
            body += (
                f'<tr class="group"><th scope="colgroup" colspan="{len(moments) + 1}">{title}</th>'
                "</tr>"
            )
        for curve in drawn:
            cells = "".join(_cell(curve, time) for _, time in moments)
            limits = panels.range_text(curve)
            said = [curve.name, unit_text(curve.unit), f"reference {limits}" if limits else ""]
            small = escape(", ".join(word for word in said if word))
            body += (
                f'<tr><th scope="row">{escape(curve.long_name)}'
                f"<small>{small}</small></th>{cells}</tr>"
            )
    table = (
        '<details><summary>Show all outputs</summary><div class="table"><table>'
        f'<thead><tr><th scope="col">Output</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></details>"
    )
    return section("numbers", "Every number", "", table)


def _cell(curve: Curve, time: float) -> str:
    """Return the table cell of a curve at a time [day]."""
    value = curve.at(time)
    shown = percent(value) if curve.is_probability else number(value)
    side = curve.side(value)
    return f'<td class="n">{shown}{f"<small>{side}</small>" if side else ""}</td>'


def _assumed(view: _View) -> str:
    """Return what was assumed, for this run and in general."""
    own = [escape(str(text)) for text in view.result.scenario.assumptions()]
    first = "".join(f"<li>{text}</li>" for text in own) or "<li>Nothing was left open.</li>"
    second = "".join(f"<li>{text}</li>" for text in _GENERAL)
    content = (
        f'<div class="two-columns"><div><h3>For this run</h3><ul class="plain">{first}</ul></div>'
        f'<div><h3>In every run</h3><ul class="plain">{second}</ul></div></div>'
    )
    return section("assumed", "What was assumed", "", content)


def _manifest(view: _View) -> str:
    """Return how to run it again."""
    text = str(view.result.manifest["scenario"])
    shortened = view.end != view.result.scenario.until
    until = f" --until {format_time(view.end).replace(' ', '')}" if shortened else ""
    content = (
        '<div class="two-columns"><div><h3>Run it again</h3>'
        '<p class="small">Save this as scenario.yaml:</p>'
        f"<pre>{escape(text.strip())}</pre>"
        f'<p class="small">then</p><pre>corrin run scenario.yaml{until} --report report.html</pre>'
        "</div>"
        f"<div><h3>Made with</h3>{made_with(view.result.manifest)}</div></div>"
    )
    return section("manifest", "How this was made", "", content)
