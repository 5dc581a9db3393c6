"""Compose the Antimony modules and their tables into one SBML model.

Each process is one file ``modules/NAME.ant`` with its table ``modules/NAME.csv``. A process that
stands once in the body shares one namespace with the others (one name for one thing everywhere);
a process that is repeated (one-carbon metabolism of a tissue, a nerve tract) keeps its declared
ports and is instantiated by ``modules/main.ant``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from corrin.errors import ModelError

#: Order of the chain: food to symptom.
PROCESSES = (
    "absorption",
    "cobalamin",
    "cofactors",
    "plasma",
    "propionate",
    "methylation",
    "blood",
    "transmitters",
    "injury",
    "vessels",
    "symptoms",
    "observables",
)
#: Processes that `main` instantiates once per tissue or tract.
REPEATED = ("one_carbon", "tract")
_HEADER = re.compile(r"^\s*model\s+(\w+)\(([^)]*)\)\s*$", re.MULTILINE)
_MODEL_UNITS = """
  unit substance = 1e-9 mole; unit extent = 1e-9 mole;
  unit volume = 1e-3 litre; unit time_unit = 86400 second;
"""


@dataclass(frozen=True)
class Module:
    """One Antimony file: its name, ports and the text between ``model`` and ``end``."""

    name: str
    ports: tuple[str, ...]
    body: str
    comment: str


@dataclass(frozen=True)
class Row:
    """One parameter of one module's table."""

    module: str
    name: str
    value: float
    unit: str
    spread: float | None
    grade: str
    source: str
    note: str


def _folder() -> Traversable:
    return files("corrin.model") / "modules"


def read_module(name: str) -> Module:
    """Read the Antimony file of one process."""
    text = (_folder() / f"{name}.ant").read_text(encoding="utf-8")
    header = _HEADER.search(text)
    if header is None:
        raise ModelError("no 'model NAME(ports)' line", where=f"modules/{name}.ant")
    body = text[header.end() :].rsplit("end", 1)[0]
    comment = " ".join(line.lstrip("/ ") for line in text[: header.start()].splitlines())
    ports = tuple(port.strip() for port in header[2].split(",") if port.strip())
    return Module(name, ports, body, comment.strip())


@cache
def read_table(name: str) -> tuple[Row, ...]:
    """Read the parameter table of one process."""
    with (_folder() / f"{name}.csv").open(encoding="utf-8") as handle:
        rows = []
        for line in csv.DictReader(handle):
            try:
                spread = float(line["spread"]) if line["spread"] else None
                rows.append(
                    Row(
                        name,
                        line["name"],
                        float(line["value"]),
                        line["unit"],
                        spread,
                        line["grade"],
                        line["source"],
                        line["note"],
                    )
                )
            except (KeyError, ValueError, TypeError) as error:
                raise ModelError(f"cannot read {line}: {error}", where=f"{name}.csv") from None
    return tuple(rows)


def read_units() -> dict[str, str]:
    """Return the units of the model by name, as Antimony definitions, in order of definition."""
    with (_folder() / "units.csv").open(encoding="utf-8") as handle:
        return {row["unit"]: row["definition"] for row in csv.DictReader(handle)}


def _unit_lines(text: str) -> str:
    """Define the units that a module's text uses, and those that they are built from."""
    units = read_units()
    wanted = set(re.findall(r"\bhas\s+(\w+)", re.sub(r"//.*", "", text)))
    missing = wanted - units.keys()
    if missing:
        raise ModelError(f"unit {sorted(missing)} is not in modules/units.csv")
    for name in reversed(units):
        if name in wanted:
            wanted |= set(re.findall(r"[A-Za-z_]\w*", units[name])) & units.keys()
    return "\n".join(f"  unit {u} = {units[u]};" for u in units if u in wanted) + "\n"


def _assignments(rows: Iterable[Row]) -> str:
    return "".join(f"  {r.name} = {r.value!r}; {r.name} has {r.unit};\n" for r in rows)


def _repeated(name: str) -> str:
    """Text of a process that is instantiated: defaults inside, values per instance outside."""
    module = read_module(name)
    rows = read_table(name)
    dotted = {row.name.split(".", 1)[1]: row for row in rows if "." in row.name}
    inside = [row for row in rows if "." not in row.name]
    known = {row.name for row in inside}
    text = module.body + _assignments(inside)
    # Parameters that have a value only per instance still need a unit in the module.
    text += "".join(
        f"  {n} = 1; {n} has {row.unit};\n" for n, row in dotted.items() if n not in known
    )
    return f"model {name}({', '.join(module.ports)})\n{_unit_lines(text)}{text}end\n"


def _exports(chain: str) -> str:
    """Give the parts of instances that other processes use their plain name.

    ``nerve.sam_sah_ratio`` is known to the rest of the body as ``nerve_sam_sah_ratio``.
    """
    used = set(re.findall(r"[A-Za-z_]\w*", chain))
    own = {name: _symbols(name) for name in REPEATED}
    lines = []
    for instance, process in instances().items():
        names = sorted(used & {f"{instance}_{s}" for s in own[process]})
        lines += [f"  {instance}.{n.removeprefix(instance + '_')} is {n};\n" for n in names]
    return "".join(lines)


def _symbols(process: str) -> set[str]:
    """Names that a process defines by species, rules, initial values and its table."""
    body = re.sub(r"//.*", "", read_module(process).body)
    written = set(re.findall(r"([A-Za-z_]\w*)\s*(?::=|=|')", body))
    return written | {row.name.split(".")[-1] for row in read_table(process)}


@cache
def instances() -> dict[str, str]:
    """Return the instances that `main` makes, as instance name to process name."""
    body = read_module("main").body
    found = re.findall(rf"^\s*(\w+):\s*({'|'.join(REPEATED)})\(", body, re.MULTILINE)
    return dict(found)


def antimony_text(inputs: Sequence[tuple[str, float, str]]) -> str:
    """Return the whole model as Antimony text.

    Parameters
    ----------
    inputs : sequence of (name, value, unit)
        Parameters that a scenario may set or change in time.
    """
    chain = "".join(f"  // ---- {n} ----\n{read_module(n).body}" for n in PROCESSES)
    # Instances come first: Antimony must know them before another process names their parts.
    text = read_module("main").body + _exports(chain) + chain
    rows = [row for n in (*PROCESSES, "main") for row in read_table(n)]
    text += _assignments(rows)
    text += "".join(
        f"  {r.name} = {r.value!r};\n" for n in REPEATED for r in read_table(n) if "." in r.name
    )
    text += "".join(f"  {n} = {v!r}; {n} has {u};\n" for n, v, u in inputs)
    submodels = "".join(_repeated(name) for name in REPEATED)
    return f"{submodels}model corrin()\n{_MODEL_UNITS}{_unit_lines(text)}{text}end\n"
