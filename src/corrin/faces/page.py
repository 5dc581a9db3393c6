"""The frame of every page: head, styles for light, dark and paper, purpose, footer."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from corrin.provenance import PURPOSE
from corrin.units import format_time

#: What a page on one simulated person says at its foot.
ONE_PERSON = (
    "Curves come from a computer model of one person; they are not results of a patient and must "
    "not guide anyone's care."
)

# Words of a manifest for what was not set.
_UNSET = {"outputs": "all", "times": "the usual ones", "member": "none, the central set"}


def page(title: str, version: str, content: str, foot: str = ONE_PERSON) -> str:
    """Return a complete page that needs nothing from outside.

    Parameters
    ----------
    title : str
        What the page is about, plain text.
    version : str
        Version of corrin that computed what it shows.
    content : str
        HTML of its sections.
    foot : str
        What its footer says beside the purpose, HTML.

    Returns
    -------
    str
        HTML text.
    """
    return Template(_asset("report.html")).substitute(
        title=escape(f"{title} · corrin"),
        generator=escape(f"corrin {version}"),
        style=_asset("report.css"),
        purpose=PURPOSE,
        content=content,
        footer=f"<p><b>What this is.</b> {PURPOSE} {foot}</p>",
    )


def section(key: str, title: str, note: str, content: str, style: str = "") -> str:
    """Return a titled section, nothing when it has no content."""
    if not content:
        return ""
    words = f'<p class="note">{note}</p>' if note else ""
    kind = f' class="{style}"' if style else ""
    return (
        f'<section id="{key}" aria-labelledby="{key}-title"{kind}><h2 id="{key}-title">{title}</h2>'
        f"{words}{content}</section>"
    )


def made_with(manifest: Mapping[str, Any]) -> str:
    """Return the table of a manifest; the scenario, which is long, is left out."""
    rows = "".join(
        f'<tr><th scope="row">{escape(str(key).replace("_", " "))}</th>'
        f'<td class="code">{escape(_told(key, value))}</td></tr>'
        for key, value in manifest.items()
        if key != "scenario"
    )
    return f'<div class="table"><table><tbody>{rows}</tbody></table></div>'


def _told(key: str, value: object) -> str:
    """Return one entry of a manifest in words."""
    if value is None or value == {}:
        return _UNSET.get(key, "none")
    if key == "until" and isinstance(value, float):
        return format_time(value)
    if isinstance(value, list):
        return f"{len(value)} of its own"
    return str(value)


def _asset(name: str) -> str:
    """Return the text of a file that belongs to the pages."""
    return files("corrin.faces").joinpath(f"assets/{name}").read_text(encoding="utf-8")
