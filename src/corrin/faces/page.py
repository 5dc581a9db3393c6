"""The frame of every page: head, styles for light, dark and paper, purpose, footer."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from string import Template

from corrin.provenance import PURPOSE


def page(title: str, version: str, content: str) -> str:
    """Return a complete page that needs nothing from outside.

    Parameters
    ----------
    title : str
        What the page is about, plain text.
    version : str
        Version of corrin that computed what it shows.
    content : str
        HTML of its sections.

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
        footer=(
            f"<p><b>What this is.</b> {PURPOSE} Curves come from a computer model of one person; "
            "they are not results of a patient and must not guide anyone's care.</p>"
        ),
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


def _asset(name: str) -> str:
    """Return the text of a file that belongs to the pages."""
    return files("corrin.faces").joinpath(f"assets/{name}").read_text(encoding="utf-8")
