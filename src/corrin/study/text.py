"""YAML read so that every value is text and every key knows its line.

Numbers, dates and yes or no stay as they were written: the reader of each key decides what they
mean. Keys that come twice, anchors and aliases are refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from corrin.errors import InputError

#: Size of the largest scenario that is read [byte].
LARGEST = 1_000_000
#: Parser in C where there is one: several times as quick.
QUICK: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Lined(dict[str, Any]):
    """A mapping of YAML; `lines` holds the line of each key."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, int] = {}


def read_file(path: Path) -> str:
    """Return the text of a scenario file."""
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"is larger than {LARGEST // 1_000_000} MB", where=str(path))
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise InputError(f"cannot be read: {reason}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("is not text in UTF-8", where=str(path)) from error


def read_yaml(text: str, where: str, loader: Any = yaml.SafeLoader) -> Any:
    """Return the value of a YAML text, all scalars as text.

    Parameters
    ----------
    text : str
        One YAML document.
    where : str
        File or other origin, for errors.
    loader : type, optional
        Parser. That of `QUICK` is for corrin's own texts: it guards against no deep nest.
    """
    if len(text) > LARGEST:
        raise InputError(f"is larger than {LARGEST // 1_000_000} MB", where=where)
    try:
        node = yaml.compose(text, Loader=loader)
        return None if node is None else _plain(node, set())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        here = f"{where}, line {mark.line + 1}" if mark else where
        problem = " ".join(str(error.problem or error.context).split())
        raise InputError(f"cannot be read as YAML: {problem}", where=here) from error
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise InputError(f"cannot be read as YAML: {problem}", where=where) from error
    except RecursionError as error:
        raise InputError("cannot be read as YAML: nested too deeply", where=where) from error


def line(container: object, key: str, where: str) -> str:
    """Return where `key` stands: the origin and, if known, the line."""
    number = getattr(container, "lines", {}).get(key)
    return where if number is None else f"{where}, line {number}"


def _plain(node: yaml.Node, seen: set[int]) -> Any:
    """Return a node by its shape, whatever its tag says."""
    if id(node) in seen:
        raise _at(node, "aliases are not supported")
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, seen) for item in node.value]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    found = Lined()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _at(key, "a key is not a word")
        if key.value in found:
            raise _at(key, f"the key {key.value!r} comes twice")
        found[key.value] = _plain(value, seen)
        found.lines[key.value] = key.start_mark.line + 1
    return found


def _at(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    """Return an error about a node."""
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
