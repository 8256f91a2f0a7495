"""What may not cost much more than answering does: evaluating, and drafting a reply; each measured beside answering, in one run.

Slow: part of `make check`. The benchmarks measure exactly; here the bound on evaluating is wide, for a machine that does other work too.
"""

from __future__ import annotations

import sys

import pytest
from conftest import ROOT, python

sys.path.append(str(ROOT / "tests/benchmarks"))

from drafting import test_six_questions_take_at_most_eight_times_one  # noqa: F401 - collected here

pytestmark = pytest.mark.slow


def test_evaluating_takes_at_most_twice_as_long_as_answering() -> None:
    ran = python("tests/benchmarks/evaluating.py", "--most", "2.0", "--rounds", "2", "--each", "20")
    print(ran.stdout)
    assert "times as long, at most 2.0" in ran.stdout, ran.stderr
    assert ran.returncode == 0, ran.stdout
