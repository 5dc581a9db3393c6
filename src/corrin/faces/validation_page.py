"""One self-contained HTML page that sets the model beside every published observation."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from math import isfinite
from typing import TYPE_CHECKING, Any

from corrin.evidence.observations import FOLD, THEMES
from corrin.evidence.predictive import INTERVAL
from corrin.evidence.validate import Row, misses, records, summary
from corrin.faces import validation_plot as plot
from corrin.faces.page import made_with, page, section
from corrin.faces.wording import number, percent, quantity, unit_text

if TYPE_CHECKING:
    import pandas as pd

#: What the two uses are called, validation first.
USES = {"validate": "Validation", "calibrate": "Calibration"}

_MEANING = (
    "<b>Agrees</b>: the prediction lies within the published spread of people, cohorts or "
    f"methods, or within {FOLD:g}-fold of the value where none is published. A confidence interval "
    "is no such spread: it tells how well a mean is known, and only widens that range, unless the "
    "value is an effect such as a ratio. The 95 % interval of counted people does the same.",
    "<b>Validation</b>: observations that may only be compared with, never fitted to. "
    "<b>Calibration</b>: observations that may be fitted to; their agreement is no proof.",
    "<b>In view</b>: the value was known when structure or numbers of the model were chosen by "
    "hand. Agreement with it proves less, whatever its use; such rows are counted apart.",
    f"<b>Interval</b>: {INTERVAL:.0%} of the values that a study would publish if the model were "
    "right: uncertainty of parameters (the ensemble), error of the study, differences between "
    "laboratories, and what the model lacks, as far as fitted observations of the theme show it. "
    "<b>Coverage</b>: share of published values that lie within it.",
    "<b>Fold</b>: predicted over published. The fold of several observations is the factor within "
    "which half of the predictions lie.",
    "Observations differ in unit and in weight, and several may come from one study: the counts "
    "are no test of significance.",
)


def validation_page(table: pd.DataFrame, manifest: Mapping[str, Any]) -> str:
    """Return the page of a validation.

    Parameters
    ----------
    table : DataFrame
        What `corrin.evidence.validate.validation` returned.
    manifest : mapping of str to Any
        What it was made with.

    Returns
    -------
    str
        A complete page that needs nothing from outside.
    """
    counts = summary(table)
    meaning = "".join(f"<li>{words}</li>" for words in _MEANING)
    parts = (
        _hero(table, counts),
        _overview(table),
        section("agreement", "How often it agrees", "", _counts(counts)),
        section("misses", "What the model misses", *_missed(table)),
        *(_theme(table, theme) for theme in THEMES),
        section("meaning", "How to read this", "", f'<ul class="plain">{meaning}</ul>'),
        section("manifest", "How this was made", "", _manifest(manifest)),
    )
    return page(
        "The model against what is published", str(manifest["corrin"]), "\n".join(parts), _FOOTER
    )


_FOOTER = (
    "Predictions come from a computer model; agreement with published groups says nothing about "
    "a single patient."
)


def _hero(table: pd.DataFrame, counts: pd.DataFrame) -> str:
    """Return the answer first: how many observations agree, those not in view before all."""
    overall = counts[counts["theme"] == counts["theme"].iloc[0]] if len(counts) else counts
    facts = []
    for use, name in USES.items():
        for known in (False, True):
            rows = overall[(overall["use"] == use) & (overall["known"] == known)]
            if len(rows):
                view = "in view" if known else "not in view"
                facts.append((f"{name}, {view}", f"{_share(records(rows)[0])} agree"))
    new = overall[(overall["use"] == "validate") & ~overall["known"].astype(bool)]
    head = "No observation was kept for validation and out of view"
    if len(new):
        count = records(new)[0]
        head = (
            f"{count['agree']} of {count['observations']} observations agree that were kept for "
            "validation and not in view"
        )
    listed = "".join(f"<div><dt>{name}</dt><dd>{words}</dd></div>" for name, words in facts)
    lede = (
        f"{len(table)} published observations, replayed as scenarios with the dose, the time and "
        "the kind of people of each study. In view means that the number was known when the model "
        "was built."
    )
    return (
        '<div class="hero"><div><h1><span class="eyebrow">The model against what is published'
        f'</span> {head}</h1><p class="lede">{lede}</p></div>'
        f'<dl class="facts wide">{listed}</dl></div>'
    )


def _share(count: Row) -> str:
    """Say how many of some observations agree."""
    return f"{count['agree']} of {count['observations']} ({percent(count['share'])})"


def _overview(table: pd.DataFrame) -> str:
    """Return the two pictures of all observations, validation and calibration side by side."""
    ends = plot.ends(table)
    themes = [theme for theme in THEMES if (table["theme"] == theme).any()]
    points, strips = "", ""
    for use, name in USES.items():
        rows = table[table["use"] == use]
        if rows.empty:
            continue
        shown = int((rows["fold"] > 0).sum())
        told = f"{int(rows['agrees'].sum())} of {len(rows)} observations agree"
        left = f"; {len(rows) - shown} at 0 or of the other sign are not drawn"
        head = f'<figcaption><p class="panel-name"><b>{name}</b></p><p class="ends">'
        drawn = plot.scatter(rows, ends, f"{name}: {told}; predicted against published.")
        points += (
            f'<figure class="panel">{head}{told}{left if shown < len(rows) else ""}</p>'
            f"</figcaption>{drawn}</figure>"
        )
        beyond = int(((rows["fold"] > plot.FURTHEST) | (rows["fold"] < 1 / plot.FURTHEST)).sum())
        outside = f"{beyond} beyond {plot.FURTHEST:g}-fold, at the edge" if beyond else ""
        strips += (
            f'<figure class="panel">{head}{outside or "all within 8-fold"}</p></figcaption>'
            f"{plot.ratios(rows, f'{name}: predicted over published by theme.')}</figure>"
        )
    scale = (
        f"Both axes logarithmic, each observation in its own unit. Solid: identity; dashed: "
        f"{FOLD:g}-fold. Over so many powers of ten everything looks close: the ratios below tell "
        "more."
    )
    return section(
        "overview",
        "Predicted against published",
        scale,
        f'{plot.legend(themes)}<div class="grid2">{points}</div>'
        f'<h3 class="apart">Predicted over published</h3><p class="note">Shaded: within '
        f'{FOLD:g}-fold.</p><div class="grid2">{strips}</div>',
        "validation",
    )


def _counts(counts: pd.DataFrame) -> str:
    """Return the table of agreement by use and theme, values in view and not in view apart."""
    body = ""
    for use, name in USES.items():
        rows = counts[counts["use"] == use]
        if len(rows):
            body += f'<tr class="group"><th scope="colgroup" colspan="9">{name}</th></tr>'
        for theme in rows["theme"].unique():
            cells = ""
            for known in (False, True):
                own = records(rows[(rows["theme"] == theme) & (rows["known"] == known)])
                cells += _count(own[0]) if own else '<td class="n">–</td>' + 3 * "<td></td>"
            label = "all themes" if theme == "all" else theme
            body += f'<tr><th scope="row">{label}</th>{cells}</tr>'
    heads = "".join(
        f'<th scope="col" class="n">{head}</th>'
        for head in 2 * ("agree", "studies", "fold", "coverage")
    )
    return (
        '<div class="table"><table class="sourced"><thead><tr><th></th>'
        '<th scope="colgroup" colspan="4" class="n">Not in view</th>'
        '<th scope="colgroup" colspan="4" class="n">In view</th></tr>'
        f'<tr><th scope="col">Theme</th>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _count(count: Row) -> str:
    """Return the cells of one count."""
    covered = percent(count["coverage"]) if isfinite(count["coverage"]) else "–"
    cells = (_share(count), count["studies"], number(count["fold"]), covered)
    return "".join(f'<td class="n">{cell}</td>' for cell in cells)


def _missed(table: pd.DataFrame) -> tuple[str, str]:
    """Return note and table of what does not agree, with the reason where one is known."""
    body = ""
    for use, name in USES.items():
        rows = misses(table, use)
        if len(rows):
            body += f'<tr class="group"><th scope="colgroup" colspan="4">{name}</th></tr>'
        for row in records(rows):
            body += (
                f"{_head(row)}{_published(row)}"
                f'<td class="n">{_predicted(row)}</td><td class="why">{escape(row["note"])}</td>'
                "</tr>"
            )
    if not body:
        return "Nothing: all observations agree.", " "
    return "Misses are left as they are, with what is known of their cause.", (
        '<div class="table"><table class="sourced"><thead><tr><th scope="col">Observation</th>'
        '<th scope="col" class="n">Published</th><th scope="col" class="n">Model</th>'
        '<th scope="col" class="why">How it was compared, and why it misses</th></tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _theme(table: pd.DataFrame, theme: str) -> str:
    """Return all observations of one theme, validation and calibration apart."""
    content = ""
    for use, name in USES.items():
        rows = table[(table["theme"] == theme) & (table["use"] == use)]
        if rows.empty:
            continue
        body = "".join(
            f"{_head(row)}{_published(row)}"
            f'<td class="n">{_predicted(row)}</td><td class="strip">{plot.forest(row)}</td>'
            f'<td class="n">{_verdict(row)}</td></tr>'
            for row in records(rows)
        )
        content += (
            f"<h3>{name}: {int(rows['agrees'].sum())} of {len(rows)} agree</h3>"
            '<div class="table"><table class="sourced"><thead><tr><th scope="col">Observation</th>'
            '<th scope="col" class="n">Published</th><th scope="col" class="n">Model</th>'
            '<th scope="col" class="strip">Predicted over published'
            f'<span class="marks-of-ratio">{plot.ratio_marks()}</span></th>'
            '<th scope="col" class="n">Fold</th></tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )
    note = "Shaded: the published spread, or 1.5-fold. Dot: the model; bar: its interval."
    return section(theme, theme.capitalize(), note, content, "validation")


def _head(row: Row) -> str:
    """Return the first cell of a row: what was observed, in whom, by whom."""
    told = [row["population"], row["source"]]
    told += ["recalled, not read"] if row["grade"] == "memory" else []
    told += ["in view"] if row["known"] else []
    small = " · ".join(escape(words) for words in told if words)
    return f'<tr><th scope="row">{escape(row["quantity"])}<small>{small}</small></th>'


def _published(row: Row) -> str:
    """Return the cell of the published value with its spread."""
    small = published_spread(row)
    words = escape(quantity(row["value"], row["unit"]))
    return f'<td class="n">{words}<small>{escape(small)}</small></td>'


def published_spread(row: Row) -> str:
    """Return the published spread and the number of people in words, nothing where not told."""
    told = []
    if isfinite(row["low"]) or isfinite(row["high"]):
        if not isfinite(row["high"]):
            words = f"{number(row['low'])} or more"
        elif not isfinite(row["low"]):
            words = f"up to {number(row['high'])}"
        else:
            words = f"{number(row['low'])} to {number(row['high'])}"
        told.append(f"{row['spread']} {words}".strip())
    if isinstance(row["n"], int):
        told.append(f"n = {row['n']}")
    return ", ".join(told)


def _predicted(row: Row) -> str:
    """Return what the model gives, with its interval."""
    if not isfinite(row["predicted"]):
        return '<span class="warn">no solution</span>'
    words = f"{number(row['predicted'])} {unit_text(row['unit'])}".rstrip()
    if not isfinite(row["interval_low"]):
        return escape(words)
    bar = f"{number(row['interval_low'])} to {number(row['interval_high'])}"
    return f"{escape(words)}<small>{bar}</small>"


def _verdict(row: Row) -> str:
    """Return the fold, and whether the row agrees."""
    shown = number(row["fold"]) if isfinite(row["fold"]) else "–"
    return shown if row["agrees"] else f'{shown}<small class="warn">miss</small>'


def _manifest(manifest: Mapping[str, Any]) -> str:
    """Return how to make the page again."""
    return (
        '<div class="two-columns"><div><h3>Make it again</h3>'
        "<pre>corrin validate --report validation.html</pre></div>"
        f"<div><h3>Made with</h3>{made_with(manifest)}</div></div>"
    )
