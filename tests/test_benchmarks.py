"""What the benchmarks measure with: the profiles they make, the table and the picture."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

from conftest import ROOT

sys.path.append(str(ROOT / "tests/benchmarks"))

import plotting
import speed
import varied

ROWS = [("question, p50", "ms", {"ours": 4.0, "floor": 2.0, "langchain": 16.0}), ("questions a second", "1/s", {"ours": 300.0, "langchain": 100.0}), ("over HTTP", "ms", {"ours": 9.0})]


def test_made_profiles_are_the_projects_own_with_other_names_and_figures() -> None:
    text = "Ring til Ida Holm, hvis du vil høre om de 4800 elever. Fristen er den 5. marts 2027."
    other = varied.varied(text, 7)
    assert varied.varied(text, 0) == text
    assert other == varied.varied(text, 7) != text
    assert "4800" not in other
    assert other.endswith("Fristen er den 5. marts 2027.")


def test_every_question_is_put_to_a_profile_that_is_made() -> None:
    made = {varied.slug(path, at) for at, path in enumerate(varied.sources())}
    asked = list(varied.questions(len(made), 1))
    assert len(asked) > 300
    assert {one.profile for one in asked} <= made


def test_the_table_says_how_many_times_the_stock_pipelines_each_figure_is() -> None:
    lines = speed.table(ROWS).splitlines()
    assert lines[0] == "| | ours | floor | langchain |"
    assert lines[2] == "| question, p50 | 4 ms (0.25) | 2 ms (0.12) | 16 ms (1.00) |"
    assert lines[4] == "| over HTTP | 9 ms |  |  |"


def test_the_picture_is_an_svg_with_a_point_for_every_ratio() -> None:
    tree = ElementTree.fromstring(plotting.ratios(ROWS, "langchain"))
    told = [title.text for title in tree.iter("{http://www.w3.org/2000/svg}title")]
    assert {"ours: 0.25×", "floor: 0.12×", "ours: 0.33×"} <= set(told)
