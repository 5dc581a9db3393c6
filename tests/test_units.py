"""Quantities in words: what is read, what is refused, and that times read back alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corrin.errors import InputError
from corrin.units import (
    MONTH,
    YEAR,
    b12_nmol,
    b12_pmol_per_l,
    b12_ug,
    format_time,
    parse_number,
    parse_quantity,
    parse_rate,
    parse_time,
)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("0 y", 0), ("0", 0), ("1 y", 365.25), ("10y", 3652.5), ("0.5 y", 182.625),
        ("18 mo", 547.875), ("3 weeks", 21), ("1 w", 7), ("10 d", 10), ("6 h", 0.25),
        ("2 years", 730.5), ("1 month", 30.4375), ("90 min", 0.0625), ("1e1 d", 10),
    ],
)  # fmt: skip
def test_times(text, days):
    assert parse_time(text) == pytest.approx(days, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("165 cm", "cm", 165), ("1.65 m", "cm", 165), ("70 kg", "kg", 70), ("70000 g", "kg", 70),
        ("1 mg", "ug", 1000), ("1000 mcg", "mg", 1), ("1000 µg", "mg", 1), ("1000 μg", "mg", 1),
        ("1000ug", "mg", 1), ("500 ng", "ug", 0.5), ("2%", "%", 2), ("1 L", "mL", 1000),
    ],
)  # fmt: skip
def test_quantities(text, unit, value):
    assert parse_quantity(text, unit) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1.2 ug daily", "ug daily", 1.2), ("2550 mg daily", "mg daily", 2550),
        ("2.55 g/day", "mg daily", 2550), ("4 kg weekly", "kg weekly", 4),
        ("4 kg weekly", "kg daily", 4 / 7), ("850 mg 3 times a day", "mg daily", 2550),
        ("850 mg twice daily", "mg daily", 1700), ("300 mL/d", "mL daily", 300),
        ("7 ug every week", "ug daily", 1), ("2 ug every other day", "ug daily", 1),
        ("30.4375 ug monthly", "ug daily", 1), ("3 ug per 3 days", None, None),
    ],
)  # fmt: skip
def test_rates(text, unit, value):
    if unit is None:
        with pytest.raises(InputError):
            parse_rate(text, "ug daily")
    else:
        assert parse_rate(text, unit) == pytest.approx(value, rel=1e-12)


NOT_TIMES = [
    "", "y", "1", "1 2 y", "y 1", "1 yy", "1 y ago", "--1 y", "1,5 y", "nan y", "inf y",
    None, True, [1], {"y": 1}, 3, 2.5,
]  # fmt: skip


@pytest.mark.parametrize("wrong", NOT_TIMES)
def test_what_is_not_a_time_is_refused_in_one_line(wrong):
    with pytest.raises(InputError) as caught:
        parse_time(wrong, "here")
    assert str(caught.value).startswith("here: ") and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "offers"),
    [("1 ugg daily", "'ug'"), ("1 Ug daily", "'ug'"), ("1 microgramm daily", "'micrograms'")],
)
def test_near_units_are_offered(text, offers):
    with pytest.raises(InputError, match=offers):
        parse_rate(text, "ug daily")


@pytest.mark.parametrize("wrong", ["", "1 cm", "one", "1,5", float("nan"), float("inf"), True])
def test_what_is_not_a_plain_number_is_refused(wrong):
    with pytest.raises(InputError):
        parse_number(wrong)


def test_cobalamin_by_weight_and_amount():
    # 6.0 ug of the reference diet are 4.43 nmol; 1 pg/mL is 0.738 pmol/L.
    assert b12_nmol(6.0) == pytest.approx(4.43, abs=0.005)
    assert b12_ug(b12_nmol(2500.0)) == pytest.approx(2500.0)
    assert b12_pmol_per_l(1.0) == pytest.approx(0.738, abs=5e-4)


@given(st.floats(0, 120 * YEAR))
def test_any_time_reads_back(days):
    assert parse_time(format_time(days)) == days


@pytest.mark.parametrize(
    ("days", "text"), [(YEAR, "1 y"), (MONTH, "1 mo"), (21, "3 weeks"), (10, "10 d"), (0, "0 y")]
)
def test_times_are_short(days, text):
    assert format_time(days) == text
