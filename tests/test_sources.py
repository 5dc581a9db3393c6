"""Sources: every number says where it comes from, and every name of a source or row exists."""

import csv
import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corrin.errors import InputError, ModelError
from corrin.evidence import sources as src
from corrin.evidence.cite import LEAST, cite, entry
from corrin.evidence.sources import Source, cited, evidence_ids, fact, facts, sources, sources_of
from corrin.faces.cli import app
from corrin.model.compose import read_table, read_units
from corrin.model.loader import MODULES, read_edges

SHARED = Path(__file__).parents[2] / "shared" / "evidence"
SHARED_THEMES = {"kinetics": 289, "metabolism": 337, "neuro": 242, "care": 304}
TABLES = ("causes", "combining", "diets", "drugs", "effects", "food_groups", "foods", "genotypes")
# What stands in a source column without being a publication.
NO_PAPER = (
    "definition", "molar mass", "natural experiments", "brainkart.com",
    "axon solver (corrin.nerve.signal)",
)  # fmt: skip
PARAMETERS = [row for module in MODULES for row in read_table(module)]


def run(*args):
    """Return the answer of the command line."""
    return CliRunner().invoke(app, ["cite", *args])


def table(name):
    """Return the rows of a table of the study."""
    path = files("corrin.study") / "data" / f"{name}.csv"
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.fixture(scope="module")
def vegan():
    """What the vegan's run stands on."""
    return cite("vegan")


def test_every_evidence_row_is_there():
    counts = {theme: sum(f.theme == theme for f in facts().values()) for theme in src.THEMES}
    assert {theme: counts[theme] for theme in SHARED_THEMES} == SHARED_THEMES
    assert sum(SHARED_THEMES.values()) == 1172
    letters = {one.theme: re.match(r"[A-Z]+", one.id)[0] for one in facts().values()}
    assert letters == dict(zip(src.THEMES, ("K", "MET", "N", "C", "T"), strict=True))


def test_facts_name_sources_and_sources_have_facts():
    named = {key for one in facts().values() for key in one.sources}
    assert named == set(sources())


def test_a_source_is_not_known_better_than_its_best_row():
    best = {key: "memory" for key in sources()}
    for one in facts().values():
        for key in one.sources:
            best[key] = min(best[key], one.grade, key=src.GRADES.index)
    for source in sources().values():
        if source.checked in ("looked up", "evidence table"):
            assert best[source.key] == "seen", source.key
        if best[source.key] == "memory":
            assert source.checked == "no", source.key


def test_identifiers_are_well_formed():
    for source in sources().values():
        assert re.fullmatch(r"[a-z0-9-]+", source.key)
        assert re.fullmatch(r"(10\.\d{4,}/\S+)?", source.doi), source.key
        assert re.fullmatch(r"\d*", source.pmid), source.key
        assert re.fullmatch(r"(1[89]|20)\d\d|", source.year), source.key
        assert source.url == "" or source.url.startswith("http"), source.key
        if source.checked == "looked up":
            assert source.title or source.doi, source.key
        if source.checked in ("no", "derived"):
            assert source.note or source.authors or source.doi, source.key


@pytest.mark.parametrize("column", ["doi", "pmid"])
def test_one_paper_has_one_key(column):
    known = [getattr(s, column).lower() for s in sources().values() if getattr(s, column)]
    assert len(known) == len(set(known))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the evidence tables of the project are not here")
def test_rows_agree_with_the_tables_that_they_come_from():
    count = 0
    for theme in SHARED_THEMES:
        with (SHARED / f"{theme}.csv").open(encoding="utf-8") as handle:
            for row in csv.DictReader(handle):
                one = fact(row["id"])
                for column in ("topic", "quantity", "value", "low", "high", "unit", "population"):
                    assert getattr(one, column) == row[column], row["id"]
                assert (one.grade, one.use) == (row["grade"], row["use"]), row["id"]
                assert one.note.startswith(row["note"]), row["id"]
                # An identifier is that of the row's own source, unless it was read elsewhere.
                found = re.search(r"10\.\d{4,}/\S+", row["reference"])
                if found and row["reference"].startswith(("10.", "doi:10.")):
                    known = {sources()[key].doi for key in one.sources}
                    assert found[0] in known, row["id"]
                count += 1
    assert count == sum(SHARED_THEMES.values())


def test_ranges_of_rows_are_written_out():
    assert evidence_ids("Schenk 1996 (evidence K098-K102)") == ("K098", "K099", "K100", "K101",
                                                                "K102")  # fmt: skip
    # K107 and K108 do not exist.
    assert evidence_ids("K106-K109, MET235-236") == ("K106", "K109", "MET235", "MET236")
    assert evidence_ids("MTHFR C677T; N018; N018") == ("N018",)
    for text in ("K102-K098", "K098-N102"):
        with pytest.raises(ModelError, match=re.escape(text)):
            evidence_ids(text)


def test_a_fact_that_is_not_there_is_named():
    with pytest.raises(InputError, match="K999"):
        fact("K999")


def test_sources_are_found_by_row_doi_and_name():
    assert [s.key for s in sources_of(["K054", "K055"])] == ["adams1971", "iom1998"]
    assert [s.key for s in cited("Garrod 2019, 10.3390/nu11092148")] == ["garrod2019"]
    keys = {s.key for s in cited("de Jager 2010; von Castel-Dunwoody 2005; Nobody 1901")}
    assert keys == {"dejager2010", "voncasteldunwoody2005"}
    assert [s.key for s in cited("NIH ODS table (newer)")] == ["nih-ods"]


@pytest.mark.parametrize("row", PARAMETERS, ids=lambda row: f"{row.module}.{row.name}")
def test_every_parameter_says_where_it_comes_from(row):
    assert row.unit in read_units()
    assert row.grade in ("measured", "fitted", "assumed")
    assert row.source or len(row.note) > 3, "neither source nor reason"
    if row.source:
        assert cited(row.source) or row.source in NO_PAPER, row.source
    for name in evidence_ids(f"{row.source} {row.note}"):
        assert fact(name)
    if row.grade == "measured" and row.note not in ("definition",):
        assert row.source or "molar mass" in row.note


def test_a_measured_value_has_a_row_that_was_seen():
    for row in PARAMETERS:
        if row.grade == "measured" and evidence_ids(row.source):
            grades = {fact(i).grade for i in evidence_ids(row.source)}
            assert grades - {"memory"}, row.name


def test_every_edge_has_evidence():
    for edge in read_edges().values():
        assert edge.rows, edge.name
        assert sources_of(edge.rows), edge.name
        assert len(edge.rows) == len(set(edge.rows)), edge.name


def test_observations_name_rows_that_exist():
    # The tables themselves: an observation needs no reading to name its rows.
    tables = sorted((files("corrin.evidence") / "data" / "observations").iterdir(), key=str)
    assert tables
    for path in tables:
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            for name in row["rows"].split():
                assert fact(name), row["id"]


def test_tables_of_the_study_name_rows_that_exist():
    found = sorted(Path(str(files("corrin.study") / "data")).rglob("*.csv"))
    assert {path.stem for path in found} >= set(TABLES)
    for path in found:
        for name in evidence_ids(path.read_text(encoding="utf-8")):
            assert fact(name), path.name


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_the_study_name_known_sources(name):
    for row in table(name):
        if row.get("source") and not row["source"].startswith(NO_PAPER):
            assert cited(row["source"]), row["source"]


def test_only_what_matters_to_the_run_is_cited(vegan):
    names = {one.name for one in vegan.used}
    assert {"uptake_capacity", "gain_intrinsic_factor_uptake"} <= names
    # A vegan has a stomach, no injections and breathes air.
    assert not names & {"bypass_intrinsic_factor_loss", "depot_release", "synthase_inactivation",
                        "gain_nitrous_oxide", "metformin_half", "hematocrit_female"}  # fmt: skip
    assert all(one.effect > LEAST for one in vegan.used if one.effect is not None)
    assert 0 < len(vegan.of_kind("parameter")) < vegan.tried
    keys = {source.key for source in vegan.by_source()}
    assert {"gilsing2010", "adams1971"} <= keys
    assert "dejager2010" not in keys


def test_the_cause_brings_its_own_sources():
    used = cite("metformin")
    assert "metformin_half" in {one.name for one in used.used}
    assert "dejager2010" in {source.key for source in used.by_source()}


def test_a_repeated_question_has_the_same_answer(vegan):
    again = cite("vegan")
    assert again.used == vegan.used


def test_parameters_without_source_are_counted_and_say_why(vegan):
    unsourced = vegan.unsourced()
    assert all(one.note and one.grade in ("assumed", "fitted", "measured") for one in unsourced)
    answer = vegan.to_dict()
    assert answer["parameters"]["without_source"] == len(unsourced)
    behind = {name for source in answer["sources"] for name in source["behind"]}
    assert not behind & {one.name for one in unsourced}


def test_foods_and_tablets_bring_their_sources(tmp_path):
    path = tmp_path / "eater.yaml"
    path.write_text(
        "name: Eater\nperson: {genotype: {TCN2: 776GG}}\ntimeline:\n"
        "  - {at: 0 y, diet: {foods: {eggs: 3 weekly, milk: 300 mL daily}}}\n"
        "  - {at: 1 mo, treat: cyanocobalamin 50 ug oral daily}\nuntil: 3 mo\n"
    )
    found = cite(str(path))
    kinds = {one.kind for one in found.used}
    assert {"parameter", "edge", "diet", "product", "genotype"} <= kinds
    keys = {source.key for source in found.by_source()}
    assert {"garrod2019", "nih-ods", "voncasteldunwoody2005"} <= keys


def test_bibtex_reads_back(vegan):
    text = vegan.bibtex()
    entries = re.findall(r"^@(article|misc)\{([a-z0-9-]+),$", text, re.MULTILINE)
    works = [source.key for source in vegan.by_source() if source.citable]
    assert [key for _, key in entries] == works
    head = text.splitlines()[0]
    assert head.startswith(f"% Without a work to cite: {len(vegan.by_source()) - len(works)} ")
    text = text.removeprefix(head)
    depth = 0
    for before, sign in zip(" " + text, text, strict=False):
        if sign in "{}" and before != "\\":
            depth += 1 if sign == "{" else -1
            assert depth >= 0
    assert depth == 0
    assert not re.search(r"(?<!\\)[&%#_$]", text)
    assert "Gilsing, A. M. J. and Crowe, F. L." in text


def test_bibtex_escapes_what_tex_would_read():
    odd = Source("odd1", "R&D Group; Müller A", "2001", "50% of {all} #1_2 ~^\\", "J & K", "", "",
                 "", "no", "")  # fmt: skip
    text = entry(odd)
    assert r"50\% of \{all\} \#1\_2 \textasciitilde{}\textasciicircum{}\textbackslash{}" in text
    assert r"J \& K" in text
    assert "Müller, A." in text
    assert "from memory, not checked" in text


def test_command_line_prints_text(vegan):
    result = run("vegan")
    assert result.exit_code == 0
    assert f"{len(vegan.of_kind('parameter'))} of {vegan.tried}" in result.stdout
    assert "https://doi.org/10.1038/ejcn.2010.142" in result.stdout
    assert "stand on no source" in result.stdout
    assert "Davey 2003 from memory" in result.stdout


def test_command_line_prints_json():
    result = run("vegan", "--json")
    answer = json.loads(result.stdout)
    assert answer["manifest"]["model"]
    assert answer["manifest"]["use"]
    assert answer["sources"][0]["key"]


@pytest.mark.parametrize(("suffix", "sign"), [(".bib", "@article{"), (".json", '"sources"'),
                                              (".txt", "stands on")])  # fmt: skip
def test_command_line_writes_files(tmp_path, suffix, sign):
    path = tmp_path / f"sources{suffix}"
    assert run("vegan", "--bibtex", "--out", str(path)).exit_code == 0
    assert sign in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("vegn",), ["'vegn'", "'vegan'"]),
        (("vegan", "--out", "sources.pdf"), [".pdf", "--out"]),
        (("vegan", "--json", "--bibtex"), ["--json", "leave one out"]),
        (("no/such/file.yaml",), ["no/such/file.yaml"]),
    ],
)
def test_bad_input_is_one_line(args, words):
    result = run(*args)
    assert result.exit_code == 2
    text = result.stderr.strip()
    assert len(text.splitlines()) == 1
    assert all(word in text for word in words)
    assert "Traceback" not in text
