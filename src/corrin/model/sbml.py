"""From composed Antimony to checked SBML L3V2: units on everything, one unit table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from corrin.errors import ModelError

_DIMENSIONLESS = "dimensionless"
#: Terms of the Systems Biology Ontology.
_PHYSICAL_COMPARTMENT, _SIMPLE_CHEMICAL, _BIOCHEMICAL_OR_TRANSPORT = 290, 247, 167


def to_sbml(
    antimony_source: str,
    variable: Iterable[str],
    prefixes: Iterable[str],
    long_names: Mapping[str, str],
) -> str:
    """Translate Antimony to SBML and give every number and symbol its unit.

    Parameters
    ----------
    antimony_source : str
        Text with one main model.
    variable : iterable of str
        Parameters that may change during a run; they are marked as not constant.
    prefixes : iterable of str
        Names of instantiated submodels; their copies of unit definitions are folded into one.
    long_names : mapping of str to str
        What inputs and outputs are called in words.

    Returns
    -------
    str
        SBML Level 3 Version 2.
    """
    import antimony
    import libsbml

    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(antimony_source) < 0:
        raise ModelError(f"the composed Antimony text does not parse: {antimony.getLastError()}")
    text = antimony.getSBMLString(antimony.getMainModuleName())
    document = libsbml.readSBMLFromString(text)
    model = document.getModel()
    _fold_units(model, tuple(prefixes))
    _mark_literals(model, libsbml)
    for name in variable:
        parameter = model.getParameter(name)
        if parameter is None:
            raise ModelError(f"input {name!r} is no parameter of the model")
        parameter.setConstant(False)
    model.setAreaUnits(_DIMENSIONLESS)
    model.setLengthUnits(_DIMENSIONLESS)
    for compartment in model.getListOfCompartments():
        compartment.setUnits("mL")
        compartment.setSBOTerm(_PHYSICAL_COMPARTMENT)
    for species in model.getListOfSpecies():
        species.setSubstanceUnits("nmol")
        species.setSBOTerm(_SIMPLE_CHEMICAL)
    for reaction in model.getListOfReactions():
        reaction.setSBOTerm(_BIOCHEMICAL_OR_TRANSPORT)
    for name, words in long_names.items():
        model.getElementBySId(name).setName(words)
    return str(libsbml.writeSBMLToString(document))


def _fold_units(model: Any, prefixes: tuple[str, ...]) -> None:
    """Replace ``nerve_uM`` by ``uM``: the flattening copies unit definitions per instance."""
    own = re.compile(rf"^(?:{'|'.join(prefixes)})_(.+)$") if prefixes else None
    kept = {u.getId() for u in model.getListOfUnitDefinitions()}

    def plain(unit: str) -> str:
        match = own.match(unit) if own and unit else None
        return match[1] if match and match[1] in kept else unit

    for element in [*model.getListOfParameters(), *model.getListOfCompartments()]:
        element.setUnits(plain(element.getUnits()))
    for unit in sorted(kept):
        if plain(unit) != unit:
            model.removeUnitDefinition(unit)


def _mark_literals(model: Any, libsbml: Any) -> None:
    """Literals in the modules are dimensionless by convention; SBML wants it said."""

    def walk(node: Any) -> None:
        if node.isNumber() and not node.isSetUnits():
            node.setUnits(_DIMENSIONLESS)
        for index in range(node.getNumChildren()):
            walk(node.getChild(index))

    holders = [
        *model.getListOfRules(),
        *model.getListOfInitialAssignments(),
        *(reaction.getKineticLaw() for reaction in model.getListOfReactions()),
    ]
    for holder in holders:
        math = holder.getMath().deepCopy()
        walk(math)
        if holder.setMath(math) != libsbml.LIBSBML_OPERATION_SUCCESS:
            raise ModelError(f"cannot set the units of literals in {holder.getElementName()}")


def consistency(sbml: str) -> list[tuple[str, int, str]]:
    """Return libSBML's findings as (severity, number, message), units checked strictly."""
    import libsbml

    document = libsbml.readSBMLFromString(sbml)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    return [
        (error.getSeverityAsString(), error.getErrorId(), " ".join(error.getMessage().split()))
        for error in (document.getError(i) for i in range(document.getNumErrors()))
    ]
