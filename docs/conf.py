"""Sphinx set-up; tables of parameters, inputs and variables are made from the data files."""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import measured  # noqa: E402

PACKAGE = HERE.parent / "src" / "corrin"
TABLES = HERE / "model-tables"

project = "corrin"
author = "the corrin authors"
copyright = "2026, the corrin authors"
release = re.search(r'__version__ = "(.+)"', (PACKAGE / "__init__.py").read_text())[1]
version = release

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "substitution"]
myst_substitutions = measured.substitutions()
myst_heading_anchors = 3
exclude_patterns = ["engine-conformance.md", "_build", "model-tables"]
source_suffix = {".md": "markdown"}

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_sidebars = {"**": []}
html_title = f"corrin {release}"
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_show_sourcelink = False


def cell(text: str) -> str:
    """Return text as it can stand in a cell of a Markdown table, every mark taken literally."""
    return re.sub(r"([\\`*_{}\[\]<>#$|~])", r"\\\1", " ".join(text.split()))


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a data file."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def table(path: Path, columns: dict[str, str], first: str = "name") -> str:
    """Return chosen columns of a data file as a Markdown table, the column `first` as code."""
    lines = ["| " + " | ".join(columns.values()) + " |", "|" + " --- |" * len(columns)]
    for row in rows(path):
        cells = [f"`{row[k]}`" if k == first else cell(row[k] or "") for k in columns]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write_tables(_app: object) -> None:
    """Make the tables that the pages include."""
    TABLES.mkdir(exist_ok=True)
    described = {"name": "name", "unit": "unit", "long_name": "what it is"}
    limits = {"low": "from", "high": "to"}
    (TABLES / "variables.md").write_text(
        table(PACKAGE / "variables.csv", {**described, **limits, "group": "group"})
    )
    (TABLES / "inputs.md").write_text(
        table(PACKAGE / "model" / "inputs.csv", {**described, "value": "in health", **limits})
    )
    study = PACKAGE / "study" / "data"
    amounts = {"cause": "cause", "aliases": "also", "argument": "amount", "unit": "unit"}
    (TABLES / "causes.md").write_text(table(study / "causes.csv", amounts, "cause"))
    values = {"diet": "diet", "input": "sets", "value": "to", "unit": "unit"}
    sources = {"grade": "grade", "source": "source", "note": "note"}
    (TABLES / "diets.md").write_text(table(study / "diets.csv", {**values, **sources}, "diet"))
    columns = ["name", "value", "unit", "grade", "source", "note"]
    parts = []
    for module in sorted((PACKAGE / "model" / "modules").glob("*.ant")):
        path = module.with_suffix(".csv")
        if path.exists():  # a module that only joins others has no parameters
            name = path.stem.replace("_", " ")
            parts.append(f"### {name}\n\n{table(path, {c: c for c in columns})}")
    (TABLES / "parameters.md").write_text("\n".join(parts))
    for name, text in measured.tables().items():
        (TABLES / f"{name}.md").write_text(text)


def setup(app):  # noqa: ANN001, ANN201
    app.connect("builder-inited", write_tables)
