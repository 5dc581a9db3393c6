"""The figure of a result: axes with units, reference ranges, the timeline."""

from __future__ import annotations

import re

import numpy as np
import pytest

from corrin.errors import InputError
from corrin.faces.curves import curves
from corrin.faces.plot import plot_result
from corrin.units import YEAR
from synthetic_result import many_injections, treated_late


@pytest.fixture(scope="module")
def late():
    return treated_late()


def test_every_axis_has_its_unit_and_time(late):
    names = ["serum_b12", "methylmalonic_acid", "hemoglobin", "balance", "myelin_optic"]
    figure = plot_result(late, names)
    panels = figure.axes[1:]
    assert [axes.get_ylabel() for axes in panels] == [
        "pmol/L, log", "µmol/L", "g/L", "grade 0 to 4", "relative",
    ]  # fmt: skip
    assert {axes.get_xlabel() for axes in figure.axes} == {"time [year]"}
    assert [axes.get_title(loc="left") for axes in panels][0] == "Serum vitamin B12"


def test_log_axis_exactly_where_values_span_more_than_twenty(late):
    figure = plot_result(late, ["serum_b12", "hemoglobin"])
    b12, hemoglobin = figure.axes[1:]
    assert b12.get_yscale() == "log" and "log" in b12.get_ylabel()
    assert hemoglobin.get_yscale() == "linear" and "log" not in hemoglobin.get_ylabel()
    values = late.dataset["serum_b12"].values
    assert values.max() / values.min() > 20


def test_reference_range_lies_where_the_catalogue_says(late):
    axes = plot_result(late, ["mean_cell_volume"]).axes[1]
    (band,) = [patch for patch in axes.patches if patch.get_label() == "reference range"]
    low, high = band.get_y(), band.get_y() + band.get_height()
    assert (low, high) == pytest.approx((80, 100))
    low_end, high_end = axes.get_ylim()
    assert low_end < 80 and high_end > late.dataset["mean_cell_volume"].values.max()


def test_default_shows_the_four_groups_and_no_probability(late):
    figure = plot_result(late)
    titles = " ".join(axes.get_title(loc="left") for axes in figure.axes).replace("\n", " ")
    for words in (
        "Serum vitamin B12",
        "Serotonin tone",
        "Myelin of the optic nerve",
        "Axons of the dorsal columns",
        "Blurred or disturbed vision",
    ):
        assert words in titles
    assert "Probability" not in titles and "Loss of function" not in titles


def test_timeline_names_cause_and_treatment(late):
    strip = plot_result(late, ["serum_b12"]).axes[0]
    words = [text.get_text() for text in strip.texts]
    assert any("autoimmune gastritis" in word for word in words)
    assert any("hydroxocobalamin 1 mg im" in word for word in words)
    starts = sorted(bar.get_x() for bar in strip.patches)
    assert starts == pytest.approx([0, 0.5, 4])


def test_close_doses_become_a_band_between_trough_and_peak():
    result = many_injections()
    axes = plot_result(result, ["serum_b12"]).axes[1]
    (band,) = axes.collections
    heights = band.get_paths()[0].vertices[:, 1]
    late_values = result.dataset["serum_b12"].sel(time=slice(25 * YEAR, 39 * YEAR)).values
    assert heights.max() >= late_values.max() * 0.99
    trough = axes.lines[0].get_ydata()[axes.lines[0].get_xdata() > 25]
    assert np.all(trough < np.median(late_values))


def test_writes_a_whole_file_with_text_as_text(late, tmp_path):
    path = tmp_path / "figure.svg"
    plot_result(late, ["serum_b12"], path)
    text = path.read_text(encoding="utf-8")
    assert "Serum vitamin B12" in re.sub(r"<[^>]+>", "", text)
    assert [p.name for p in tmp_path.iterdir()] == ["figure.svg"]


def test_dollar_signs_of_a_name_are_not_typeset():
    figure = plot_result(treated_late(r"$\frac{1}$ a day"), ["serum_b12"])
    figure.canvas.draw()
    assert "frac" in figure.get_suptitle()


@pytest.mark.parametrize(("names", "path", "words"), [
    (["serum_b21"], None, "serum_b12"),
    ([], None, "nothing to draw"),
    (["serum_b12"], "figure.xyz", ".png"),
])  # fmt: skip
def test_what_cannot_be_drawn_is_one_clear_error(late, tmp_path, names, path, words):
    with pytest.raises(InputError, match=re.escape(words)):
        plot_result(late, names, None if path is None else tmp_path / path)
    assert list(tmp_path.iterdir()) == []


def test_curves_know_the_anaemia_limit_of_the_sex(late):
    assert curves(late)["hemoglobin"].low == 120
    assert curves(many_injections())["hemoglobin"].low == 130
