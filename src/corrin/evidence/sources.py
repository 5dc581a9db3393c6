"""Sources: who published what, and which rows of the evidence tables stand on them.

A `Fact` is one row of the evidence tables (``data/rows``), a `Source` one publication, label or
code system (``data/sources.csv``). Other tables name facts by their ids, in text such as
``Gilsing 2010 (evidence K186-K188)``; `cited` finds the sources behind such a text.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from corrin.errors import ModelError, unknown

#: Tables of facts; `treatment` holds what was found after the others were made.
THEMES = ("kinetics", "metabolism", "neuro", "care", "treatment")
#: How a fact is known, best first.
GRADES = ("seen", "secondary", "derived", "memory")
#: How a source is known, best first.
CHECKS = ("looked up", "evidence table", "secondary", "derived", "no")

_IDS = re.compile(r"\b(K|MET|N|C|T)(\d{3})(?:-(?:(K|MET|N|C|T)(\d{3})|(\d{3})))?\b")
_DOI = re.compile(r"\b10\.\d{4,}/[^\s,;]*[^\s,;.)]")
_YEAR = re.compile(
    r"((?:(?:van|der|von|de|El|Del)\s)*\w[\w'-]+)(?:\s(?:&|and)\s[\w'-]+)?\s(\d{4})\b"
)
#: Sources that tables name without a year.
_NAMES = MappingProxyType({"NIH ODS": "nih-ods", "web compilation": "food-compilation"})


@dataclass(frozen=True)
class Source:
    """One publication, label or code system.

    Attributes
    ----------
    key : str
        Short name, unique.
    authors : str
        ``Surname AB`` separated by semicolons; only the first author where no more is known.
    year, title, journal, doi, pmid, url : str
        Empty where neither the evidence tables nor a look-up gave them.
    checked : str
        How it is known, one of `CHECKS`.
    note : str
        What else a reader must know.
    """

    key: str
    authors: str
    year: str
    title: str
    journal: str
    doi: str
    pmid: str
    url: str
    checked: str
    note: str

    @property
    def link(self) -> str:
        """The most lasting address that is known; empty if none is."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        return self.url

    @property
    def citable(self) -> bool:
        """Whether it is a work that one can cite, not a recollection or a calculation."""
        return bool(self.authors or self.doi) or self.checked not in ("no", "derived")

    @property
    def label(self) -> str:
        """Author and year, or the key where there is no author."""
        if not self.authors:
            return " ".join(part for part in (self.title or self.key, self.year) if part)
        names = [name.strip() for name in self.authors.split(";")]
        first = re.sub(r"\s[A-Z]{1,4}$", "", names[0])
        return f"{first}{' et al.' if len(names) > 1 else ''} {self.year}".strip()

    @property
    def text(self) -> str:
        """The source as one line of a list of references."""
        title = self.title if self.authors else ""
        parts = (self.label, title, self.journal, self.link)
        return ". ".join(part.rstrip(".") for part in parts if part)


@dataclass(frozen=True)
class Fact:
    """One row of the evidence tables.

    Attributes
    ----------
    id : str
        Such as ``K054``; the letters name the table.
    theme : str
        Table, one of `THEMES`.
    topic, quantity : str
        What it is about, in words.
    value, low, high : str
        As written: a number, a direction or a pattern; empty where there is none.
    unit, population : str
        Of the value; who or what was observed.
    sources : tuple of str
        Keys of the sources; where one quotes another, the quoted one comes first.
    grade : str
        How it is known, one of `GRADES`.
    use : str
        ``calibrate``, ``validate`` or ``rule``.
    note : str
        What a reader must mind.
    """

    id: str
    theme: str
    topic: str
    quantity: str
    value: str
    low: str
    high: str
    unit: str
    population: str
    sources: tuple[str, ...]
    grade: str
    use: str
    note: str


@cache
def sources() -> Mapping[str, Source]:
    """Return all sources by key."""
    found: dict[str, Source] = {}
    for row in _read("sources.csv"):
        source = Source(**row)
        if source.key in found or source.checked not in CHECKS:
            raise ModelError(f"{source.key!r} twice or not checked", where="sources.csv")
        found[source.key] = source
    return MappingProxyType(found)


@cache
def facts() -> Mapping[str, Fact]:
    """Return all rows of the evidence tables by id."""
    found: dict[str, Fact] = {}
    for theme in THEMES:
        for row in _read(f"rows/{theme}.csv"):
            keys = tuple(row.pop("source").split(";"))
            one = Fact(theme=theme, sources=keys, **row)
            if one.id in found or one.grade not in GRADES:
                raise ModelError(f"{one.id!r} twice or of no known grade", where=f"{theme}.csv")
            found[one.id] = one
    return MappingProxyType(found)


def fact(name: str) -> Fact:
    """Return one row of the evidence tables by its id."""
    if name not in facts():
        raise unknown("evidence row", name, facts())
    return facts()[name]


def evidence_ids(text: str) -> tuple[str, ...]:
    """Return the ids of evidence rows that a text names, ranges written out.

    Parameters
    ----------
    text : str
        Such as ``Refsum 2006; Risch 2015 (evidence K172-K175, MET028)``. Both ends of a range
        count; between them, the ids that exist.

    Raises
    ------
    ModelError
        For a range that runs backwards or from one table to another.
    """
    found: dict[str, None] = {}
    for match in _IDS.finditer(text):
        table, first, other, last, short = match.groups()
        end = last or short or first
        if (other and other != table) or int(end) < int(first):
            raise ModelError(f"{match[0]!r} is not a range of evidence rows", where=repr(text))
        ids = [f"{table}{number:03d}" for number in range(int(first), int(end) + 1)]
        found |= dict.fromkeys(i for i in ids if i in (ids[0], ids[-1]) or i in facts())
    return tuple(found)


def sources_of(rows: Iterable[str]) -> tuple[Source, ...]:
    """Return the sources behind some evidence rows, each once, in the order of the rows."""
    keys = dict.fromkeys(key for row in rows for key in fact(row).sources)
    return tuple(sources()[key] for key in keys)


def cited(text: str) -> tuple[Source, ...]:
    """Return the sources that a text names by evidence rows, DOI, or author and year."""
    found = {source.key: source for source in sources_of(evidence_ids(text))}
    by_doi = {source.doi.lower(): source for source in sources().values() if source.doi}
    keys = [by_doi[doi.lower()].key for doi in _DOI.findall(text) if doi.lower() in by_doi]
    keys += [f"{_plain(name)}{year}" for name, year in _YEAR.findall(text)]
    keys += [key for name, key in _NAMES.items() if name in text]
    found |= {key: sources()[key] for key in keys if key in sources()}
    return tuple(found.values())


def _plain(name: str) -> str:
    """Return a surname in the letters of a key."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", ascii_name.lower())


def _read(name: str) -> list[dict[str, str]]:
    path = files("corrin.evidence") / "data" / name
    with path.open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))
