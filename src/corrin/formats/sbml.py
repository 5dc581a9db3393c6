"""The model as a file for other simulators: SBML as it is solved here, or Antimony text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corrin.errors import ModelError
from corrin.files import whole_file

if TYPE_CHECKING:
    from corrin.model import Model


@dataclass(frozen=True)
class Consistency:
    """What libSBML's checker says of a model, units included.

    Attributes
    ----------
    errors, warnings : tuple of str
        One line for each finding.
    """

    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def consistency(sbml: str) -> Consistency:
    """Check a model with every validator of libSBML, those of units included.

    Parameters
    ----------
    sbml : str
        The model as SBML text.

    Returns
    -------
    Consistency
        Errors and warnings, in the order of the text.
    """
    import libsbml

    document = libsbml.readSBMLFromString(sbml)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    errors: list[str] = []
    warnings: list[str] = []
    for index in range(document.getNumErrors()):
        finding = document.getError(index)
        line = f"line {finding.getLine()}: {' '.join(finding.getMessage().split())}"
        severe = finding.getSeverity() >= libsbml.LIBSBML_SEV_ERROR
        (errors if severe else warnings).append(line)
    return Consistency(tuple(errors), tuple(warnings))


def sbml_text(model: Model) -> str:
    """Return the model as SBML Level 3 Version 2."""
    return model.sbml


def antimony_text(model: Model) -> str:
    """Return the composed model as one Antimony text."""
    import antimony

    antimony.clearPreviousLoads()
    if antimony.loadSBMLString(model.sbml) < 0:
        raise ModelError(f"antimony cannot read the model: {antimony.getLastError()}")
    return str(antimony.getAntimonyString(antimony.getMainModuleName()))


@dataclass(frozen=True)
class Format:
    """A way to write the model: its text and the file endings that fit."""

    text: Callable[[Model], str]
    suffixes: tuple[str, ...]


FORMATS = {
    "sbml": Format(sbml_text, (".xml", ".sbml")),
    "antimony": Format(antimony_text, (".ant", ".txt")),
}


def export_model(model: Model, form: str, path: Path) -> None:
    """Write the model to `path`, whole or not at all.

    Parameters
    ----------
    model : Model
        What to write.
    form : str
        A name in `FORMATS`.
    path : Path
        Where to write it.
    """
    text = FORMATS[form].text(model)
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
