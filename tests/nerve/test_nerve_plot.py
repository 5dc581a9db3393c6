"""Pictures of nerves: what they show, and that they are written whole or not at all."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from corrin.errors import InputError
from corrin.faces.nerve_plot import (
    PURPOSE,
    WINDOWS,
    course,
    plot_propagation,
    plot_traces,
)
from corrin.faces.nerve_section import nerve_report_section
from corrin.nerve import Lesion, examine


@pytest.fixture(scope="module")
def pair():
    return [examine(), examine({"dorsal_columns": {"myelin": 0.05}})]


@pytest.fixture(scope="module")
def courses():
    hurt = Lesion(share=0.4, fraction=0.03)
    return [course("healthy", until=2.5), course("damaged <fibre>", hurt, until=2.5)]


def test_a_course_runs_in_health_and_stops_in_a_lesion(courses):
    reached = [(c.voltage.max(axis=0) > -20) for c in courses]
    assert reached[0].all()
    assert not reached[1][-10:].any()
    assert courses[0].voltage.shape == (len(courses[0].time), len(courses[0].position))


def test_the_section_is_whole_and_says_what_it_is(pair, courses):
    html = nerve_report_section(pair, ["start", "5 years"], courses)
    root = ElementTree.fromstring(html)
    assert len(root.findall(".//figure//svg")) == len(WINDOWS) + len(courses)
    assert PURPOSE in html
    assert "damaged &lt;fibre&gt;" in html
    rows = root.findall(".//tbody/tr")
    assert len(rows) == len(pair[0].findings)
    p40 = next(r for r in rows if r[0].text == "Tibial SEP P40")
    assert [cell.get("class") for cell in p40[1:3]] == ["n normal", "n absent"]
    assert "http" not in html


def test_traces_are_drawn_for_each_examination(pair, tmp_path):
    target = tmp_path / "traces.png"
    figure = plot_traces(pair, ["start", "5 years"], target)
    assert target.stat().st_size > 10_000
    assert len(figure.axes) == len(WINDOWS)
    sural = figure.axes[0]
    peak = max(np.max(line.get_ydata()) for line in sural.get_lines() if len(line.get_ydata()) > 2)
    assert peak == pytest.approx(pair[0].value("sural_amplitude"), rel=0.01)


def test_propagation_is_drawn(courses, tmp_path):
    target = tmp_path / "run.svg"
    plot_propagation(courses, target)
    assert "healthy" in target.read_text(encoding="utf-8") or target.stat().st_size > 10_000


def test_what_cannot_be_drawn_is_one_clear_line(pair, tmp_path):
    with pytest.raises(InputError, match="one label"):
        nerve_report_section(pair, ["start"])
    with pytest.raises(InputError, match="cannot write a figure as .txt"):
        plot_traces(pair, ["a", "b"], tmp_path / "x.txt")
    assert not list(tmp_path.iterdir())
