"""What is not solved is refused by name, and bad input is one clear line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corrin.engine import UnsupportedSBML, load_sbml
from corrin.engine.solve_command import solve_file
from corrin.errors import InputError, SolverError

from .conftest import sbml

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><sbml xmlns="http://www.sbml.org/sbml/level3/version{v}'
    '/core" level="3" version="{v}"{more}><model>{body}</model></sbml>'
)
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'
P = '<listOfParameters><parameter id="p" value="1" constant="false"/></listOfParameters>'
BOX = (
    '<listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments>'
    '<listOfSpecies><species id="s" compartment="c" initialAmount="1" boundaryCondition="false" '
    'hasOnlySubstanceUnits="false" constant="false"/></listOfSpecies>'
)
DELAY = (
    '<apply><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/delay"> d '
    "</csymbol><ci>p</ci><cn>1</cn></apply>"
)


def document(body: str, *, version: int = 2, more: str = "") -> str:
    return HEAD.format(v=version, body=body, more=more)


def rule(kind: str, content: str) -> str:
    name = "" if kind == "algebraicRule" else ' variable="p"'
    return f"<listOfRules><{kind}{name}>{MATH.format(content)}</{kind}></listOfRules>"


REFUSED = {
    "algebraic": document(P + rule("algebraicRule", "<apply><minus/><ci>p</ci><cn>2</cn></apply>")),
    "delay": document(P + rule("rateRule", DELAY)),
    "fast": document(
        BOX + '<listOfReactions><reaction id="r" reversible="false" fast="true">'
        '<listOfReactants><speciesReference species="s" stoichiometry="1" constant="true"/>'
        f"</listOfReactants><kineticLaw>{MATH.format('<ci>s</ci>')}</kineticLaw>"
        "</reaction></listOfReactions>",
        version=1,
    ),
    "comp": document(
        P,
        version=1,
        more=' xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" '
        'comp:required="true"',
    ),
    "http://example.org/odd": document(
        P, more=' xmlns:odd="http://example.org/odd" odd:required="true"'
    ),
    "loop": document(P + rule("assignmentRule", "<apply><plus/><ci>p</ci><cn>1</cn></apply>")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_by_name(what: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.xml"
    path.write_text(REFUSED[what], encoding="utf-8")
    with pytest.raises(UnsupportedSBML) as caught:
        load_sbml(path)
    assert what in str(caught.value)
    assert "odd.xml" in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "XML"),
        ("no XML at all", "XML"),
        ("<sbml><model></sbml>", "line"),
        (document(P + "<listOfRules>"), "line"),
        (document(P + rule("rateRule", "<ci>q</ci>")), "q"),
        (document(BOX + P.replace('"p"', '"s"')), "s"),
    ],
)
def test_malformed_sbml_is_an_input_error(text: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_sbml(path)
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.xml"):
        load_sbml(tmp_path / "nothing.xml")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "m.xml"
    path.write_text(sbml("model m; S = 1; J: S -> ; k*S; k = 1; end"), encoding="utf-8")
    return path


def test_the_command_writes_a_table(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert solve_file(model, end=2, steps=4, out=out, rtol=1e-9) == 5
    table = np.genfromtxt(out, delimiter=",", names=True)
    np.testing.assert_allclose(table["time"], [0, 0.5, 1, 1.5, 2])
    np.testing.assert_allclose(table["S"], np.exp(-table["time"]), rtol=1e-7)


@pytest.mark.parametrize(
    "wrong",
    [
        {"end": 0},
        {"end": float("nan")},
        {"steps": 0},
        {"steps": 2.5},
        {"rtol": 2.0},
        {"rtol": float("nan")},
        {"atol": -1.0},
        {"out": Path("no/such/folder/x.csv")},
    ],
)
def test_the_command_refuses_bad_arguments(
    model: Path, tmp_path: Path, wrong: dict[str, object]
) -> None:
    out = tmp_path / "out.csv"
    arguments: dict[str, object] = {"end": 1.0, "steps": 2, "out": out, **wrong}
    with pytest.raises(InputError):
        solve_file(model, **arguments)  # type: ignore[arg-type]
    assert not out.exists()


def test_nothing_is_written_when_the_run_fails(tmp_path: Path) -> None:
    path, out = tmp_path / "m.xml", tmp_path / "out.csv"
    path.write_text(sbml("model m; x = 1; x' = x^2; end"), encoding="utf-8")
    with pytest.raises(SolverError, match="in x"):
        solve_file(path, end=3, steps=3, out=out)
    assert not out.exists()
