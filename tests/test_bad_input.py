"""What a user can write wrong: each gives one clear line that names it, and never a traceback."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corrin.errors import InputError
from corrin.study import Cause, Diet, Regimen, Scenario
from corrin.study.text import LARGEST

GOOD = """name: Test
person: {age: 58, sex: female, height: 165 cm}
timeline:
  - {at: 0 y, diet: omnivore}
  - {at: 1 y, cause: autoimmune gastritis}
until: 8 y
"""


def item(text):
    """Return a scenario with one more item on its timeline."""
    return GOOD.replace("until: 8 y", f"  - {{{text}}}\nuntil: 8 y")


def person(text):
    """Return a scenario with another person."""
    return re.sub(r"person: .*", f"person: {{{text}}}", GOOD)


# What is written, what the error has to name, and what it has to offer.
CASES = {
    "unknown key": (GOOD + "untill: 9 y\n", "'untill'", "'until'"),
    "missing until": (GOOD.replace("until: 8 y\n", ""), "'until'", "missing"),
    "missing name": (GOOD.replace("name: Test\n", ""), "'name'", "missing"),
    "key twice": (GOOD + "until: 9 y\n", "'until'", "line 7"),
    "key of an item twice": (item("at: 1 y, at: 2 y, cause: cblC"), "'at'", "line 6"),
    "not YAML": ("name: [1, 2\nuntil: 8 y", "YAML", "line"),
    "not a mapping": ("- 1\n- 2\n", "not a scenario", "name"),
    "empty": ("", "not a scenario", "name"),
    "only text": ("hello", "not a scenario", "name"),
    "two documents": (GOOD + "---\n" + GOOD, "YAML", "line"),
    "alias": ("name: &a Test\ndescription: *a\nuntil: 1 y", "aliases", "line"),
    "key is a list": ("? [1, 2]\n: 3\n", "key", "line 1"),
    "control character": ('name: "a\\x07b"\nuntil: 1 y', "control", "name"),
    "nested too deeply": ("name: " + "[" * 5000, "YAML", ""),
    "too large": ("#" * (LARGEST + 1), "1 MB", ""),
    "name is a list": (GOOD.replace("name: Test", "name: [a, b]"), "name", "text"),
    "timeline is text": (re.sub(r"timeline:(.|\n)*until", "timeline: vegan\nuntil", GOOD),
                         "timeline", "list"),
    "item is text": (GOOD.replace("- {at: 0 y, diet: omnivore}", "- vegan"), "'vegan'", "item 1"),
    "until without unit": (GOOD.replace("until: 8 y", "until: 8"), "'8'", "18 mo"),
    "until negative": (GOOD.replace("until: 8 y", "until: -8 y"), "-8 y", "120"),
    "until zero": (GOOD.replace("until: 8 y", "until: 0 y"), "0 y", "120"),
    "until too far": (GOOD.replace("until: 8 y", "until: 121 y"), "121 y", "120"),
    "until infinite": (GOOD.replace("until: 8 y", "until: 1e999 y"), "1e999", "large"),
    "unknown unit of time": (GOOD.replace("until: 8 y", "until: 8 yeers"), "'yeers'", "'years'"),
    "wrong kind of unit": (GOOD.replace("until: 8 y", "until: 8 kg"), "'kg'", "time"),
    "item without at": (item("cause: cblC"), "'at'", "item 3"),
    "item without anything": (item("at: 1 y"), "diet, cause, treat, stop", "exactly one"),
    "item with two": (item("at: 1 y, cause: cblC, diet: vegan"), "more than one", "exactly one"),
    "unknown key of an item": (item("at: 1 y, couse: cblC"), "'couse'", "'cause'"),
    "event before time 0": (item("at: -1 y, cause: cblC"), "before time 0", "person"),
    "treatment before time 0": (item("at: -1 mo, treat: cyanocobalamin 1 mg im weekly"),
                                "before time 0", "cyanocobalamin"),
    "event after the end": (item("at: 9 y, cause: cblC"), "9 y", "8 y"),
    "until before at": (item("at: 2 y, cause: bacterial overgrowth, until: 1 y"), "until", "at"),
    "diet with until": (item("at: 2 y, diet: vegan, until: 3 y"), "until", "diet"),
    "unknown diet": (item("at: 1 y, diet: vegn"), "'vegn'", "'vegan'"),
    "diet of a list": (item("at: 1 y, diet: [vegan]"), "not a diet", "vegan"),
    "unknown key of a diet": (item("at: 1 y, diet: {b13: 1 ug daily}"), "'b13'", "'b12'"),
    "diet without b12": (item("at: 1 y, diet: {folate: 1}"), "b12 or foods", "1.2 ug daily"),
    "diet with both": (item("at: 1 y, diet: {b12: 1 ug daily, foods: {milk: 1 L daily}}"),
                       "b12 or foods", "1.2 ug daily"),
    "negative intake": (item("at: 1 y, diet: {b12: -1 ug daily}"), "negative", "-1 ug daily"),
    "absurd intake": (item("at: 1 y, diet: {b12: 6 mg daily}"), "6000 ug", "treat"),
    "intake without period": (item("at: 1 y, diet: {b12: 1 ug}"), "how often", "daily"),
    "negative folate": (item("at: 1 y, diet: {b12: 1 ug daily, folate: -1}"), "folate", "-1"),
    "unknown food": (item("at: 1 y, diet: {foods: {mlik: 1 L daily}}"), "'mlik'", "'milk'"),
    "food in the wrong unit": (item("at: 1 y, diet: {foods: {beef: 3 cm daily}}"), "'cm'", "mass"),
    "food by unknown pieces": (item("at: 1 y, diet: {foods: {beef: 3 weekly}}"), "weekly", "mass"),
    "negative food": (item("at: 1 y, diet: {foods: {beef: -3 g weekly}}"), "negative", "beef"),
    "unknown cause": (item("at: 1 y, cause: auto-imune gastritis"), "auto-imune gastritis",
                      "'autoimmune gastritis'"),
    "misspelt cause with dose": (item("at: 1 y, cause: metfromin 2 g daily"), "'metfromin'",
                                 "'metformin'"),
    "cause lacks its amount": (item("at: 1 y, cause: ileal resection"), "amount", "60 cm"),
    "cause takes no amount": (item("at: 1 y, cause: coeliac disease 3 cm"), "'3 cm'", "coeliac"),
    "unknown level": (item("at: 1 y, cause: coeliac disease awful"), "'awful'", "mild"),
    "cause in the wrong unit": (item("at: 1 y, cause: ileal resection 60 kg"), "'kg'", "length"),
    "cause in an unknown unit": (item("at: 1 y, cause: ileal resection 60 cmm"), "'cmm'", "'cm'"),
    "negative resection": (item("at: 1 y, cause: ileal resection -6 cm"), "-6 cm", "more than 0"),
    "absurd resection": (item("at: 1 y, cause: ileal resection 60 m"), "60 m", "400 cm"),
    "dose of a cause without period": (item("at: 1 y, cause: metformin 2 g"), "how often", "daily"),
    "unknown dose of acid suppression": (item("at: 1 y, cause: omeprazole 30 mg daily"),
                                         "30 mg daily", "20 mg daily"),
    "stop of what does not run": (item("at: 2 y, stop: metformin"), "'metformin'",
                                  "autoimmune gastritis"),
    "stop of a misspelt cause": (item("at: 2 y, stop: autoimune gastritis"), "autoimune",
                                 "'autoimmune gastritis'"),
    "stop of an operation": (item("at: 1 y, cause: total gastrectomy, until: 2 y"),
                             "total gastrectomy", "cannot end"),
    "pregnancy of a man": (item("at: 1 y, cause: pregnancy").replace("female", "male"),
                           "pregnancy", "female"),
    "same cause at the same time": (item("at: 1 y, cause: autoimmune gastritis mild"),
                                    "same time", "autoimmune gastritis"),
    "unknown drug": (item("at: 1 y, treat: cianocobalamin 1 mg im weekly"), "'cianocobalamin'",
                     "'cyanocobalamin'"),
    "unknown route": (item("at: 1 y, treat: cyanocobalamin 1 mg orall weekly"), "'orall'",
                      "'oral'"),
    "impossible route": (item("at: 1 y, treat: folic acid 5 mg im daily"), "folic acid", "oral"),
    "missing route": (item("at: 1 y, treat: cyanocobalamin 1 mg daily"), "route", "sublingual"),
    "missing dose": (item("at: 1 y, treat: cyanocobalamin im daily"), "dose", "1 mg"),
    "negative dose": (item("at: 1 y, treat: cyanocobalamin -1 mg im weekly"), "-1 mg",
                      "more than 0"),
    "zero dose": (item("at: 1 y, treat: cyanocobalamin 0 mg im weekly"), "0 mg", "more than 0"),
    "dose in an unknown unit": (item("at: 1 y, treat: cyanocobalamin 1 mgs im weekly"), "'mgs'",
                                "'mg'"),
    "dose in the wrong unit": (item("at: 1 y, treat: cyanocobalamin 1 mL im weekly"), "'mL'",
                               "mass"),
    "absurd dose": (item("at: 1 y, treat: cyanocobalamin 1 g im weekly"), "1 g", "20 mg"),
    "dose with a comma": (item('at: 1 y, treat: "cyanocobalamin 1,000 ug im weekly"'), "comma",
                          "thousands"),
    "days without quotes": (item("at: 1 y, treat: cyanocobalamin 1 mg im on days 1, 3"), "'3'",
                            "quotes"),
    "missing schedule": (item("at: 1 y, treat: cyanocobalamin 1 mg im"), "how often", "daily"),
    "unknown schedule": (item("at: 1 y, treat: cyanocobalamin 1 mg im weakly"), "'weakly'",
                         "'weekly'"),
    "then without length": (item("at: 1 y, treat: cyanocobalamin 1 mg im weekly then monthly"),
                            "length", "for 2 weeks"),
    "words left over": (item("at: 1 y, treat: cyanocobalamin 1 mg im weekly please"), "'please'",
                        "not understood"),
    "days that fall": (item('at: 1 y, treat: "cyanocobalamin 1 mg im on days 7, 3"'), "days",
                       "rise"),
    "too many doses": (item("at: 1 y, treat: cyanocobalamin 1 mg im every 2 hours"), "20000",
                       "doses"),
    "every 0 days": (item("at: 1 y, treat: cyanocobalamin 1 mg im every 0 days"), "every 0",
                     "interval"),
    "third oral product": (
        item("at: 1 y, treat: cyanocobalamin 1 mg oral daily").replace(
            "until",
            "  - {at: 1 y, treat: methylcobalamin 1 mg oral daily}\n"
            "  - {at: 2 y, treat: hydroxocobalamin 1 mg oral daily}\nuntil"),
        "more than 2", "stop"),
    "empty treatment": (item("at: 1 y, treat: ''"), "treatment", "cyanocobalamin"),
    "unknown key of a person": (person("age: 50, hight: 165 cm"), "'hight'", "'height'"),
    "person is text": (GOOD.replace("{age: 58, sex: female, height: 165 cm}", "woman"), "'woman'",
                       "age: 58"),
    "a child": (person("age: 8"), "8", "between 18 and 110"),
    "age in words": (person("age: old"), "'old'", "number"),
    "unknown sex": (person("sex: femal"), "'femal'", "'female'"),
    "height without unit": (person("height: 165"), "165", "165 cm"),
    "height in kilograms": (person("height: 165 kg"), "'kg'", "length"),
    "absurd height": (person("height: 165 m"), "16500", "between 120 and 220"),
    "absurd kidney": (person("egfr: 0"), "0", "between 3 and 200"),
    "unknown gene": (person("genotype: {MTFHR: 677TT}"), "'MTFHR'", "'MTHFR'"),
    "unknown allele": (person("genotype: {MTHFR: 677TC}"), "'677TC'", "'677TT'"),
    "pregnancy as a trait": (person("pregnancy: 1"), "'pregnancy'", "cause: pregnancy"),
    "unknown diet of a person": (person("diet: vegn"), "'vegn'", "'vegan'"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_wrong_scenario_gives_one_clear_line(case):
    text, names, offers = CASES[case]
    with pytest.raises(InputError) as caught:
        Scenario.from_text(text, "my.yaml")
    message = str(caught.value)
    assert "\n" not in message
    assert names in message
    assert offers in message
    assert len(message) < 600


@pytest.mark.parametrize("case", CASES)
def test_errors_name_the_file(case):
    with pytest.raises(InputError, match=r"^my\.yaml"):
        Scenario.from_text(CASES[case][0], "my.yaml")


def test_line_of_an_item_is_named():
    with pytest.raises(InputError, match=r"my\.yaml, line 6, timeline item 3"):
        Scenario.from_text(item("at: 2 y, cause: nonsense"), "my.yaml")


def test_good_scenario_is_good():
    assert Scenario.from_text(GOOD).name == "Test"


@pytest.mark.parametrize(
    ("name", "offers"),
    [
        ("vegen", "'vegan'"),
        ("autoimune-gastritis", "'autoimmune-gastritis'"),
        ("missing.yaml", "no such file"),
        ("no/such/place", "no such file"),
    ],
)
def test_unknown_scenario(name, offers):
    with pytest.raises(InputError) as caught:
        Scenario.load(name)
    assert offers in str(caught.value) and name in str(caught.value)


def test_unreadable_files(tmp_path):
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00name: x")
    (tmp_path / "large.yaml").write_bytes(b"#" * (LARGEST + 1))
    for name, says in (("binary.yaml", "UTF-8"), ("large.yaml", "1 MB"), (".", "directory")):
        with pytest.raises(InputError, match=says):
            Scenario.load(tmp_path / name)


def test_tags_never_run_code(tmp_path):
    mark = tmp_path / "mark"
    tag = f"!!python/object/apply:os.system ['touch {mark}']"
    with pytest.raises(InputError, match="line 1, name"):
        Scenario.from_text(f"name: {tag}\nuntil: 1 y")
    assert not mark.exists()


PIECES = [
    "cyanocobalamin", "folic", "acid", "1", "0", "-1", "1e9", ".5", "1,5", "mg", "ug", "kg", "im",
    "oral", "nasal", "daily", "every", "other", "2", "days", "for", "weeks", "then", "on", ",",
    "and", "times", "over", "a", "per", "/", "once", "metformin", "ileal", "resection", "cm",
    "egfr", "residual", "%", "nitrous", "oxide", "anaesthetic", "h", "kidney", "disease", "mild",
    "µg", "nan", "inf", "1e999", "é", "'",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join), st.text(max_size=40))
)
def test_any_words_are_understood_or_refused(text):
    for reader in (Regimen, Cause, Diet):
        try:
            found = reader.parse(text)
        except InputError as error:
            assert len(str(error).splitlines()) == 1
        else:
            assert reader.parse(found.text) == found


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}[]:,-#&*!|>'\"%@` \n\tabcuntilname0123y", max_size=60))
def test_any_text_is_a_scenario_or_refused(text):
    for written in (text, f"name: x\nuntil: 1 y\n{text}"):
        try:
            Scenario.from_text(written)
        except InputError as error:
            assert len(str(error).splitlines()) == 1
