"""Our profile restates the original in our own words: no seven words in a row are the original's, but for names and titles."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from conftest import ROOT, SHARED, SHIPPED

ORIGINAL = SHARED / "profiles" / "helsingoer-direktoer.txt"
OURS = SHIPPED / "helsingoer-direktoer.md"
RUN = 7
Words = Callable[[str], list[str]]

pytestmark = pytest.mark.skipif(not ORIGINAL.exists(), reason="no ../shared: the original profile is not there")


def parted(text: str) -> list[str]:
    """The words, a punctuation mark parting them."""
    return re.findall(r"\w+", text.lower())


def joined(text: str) -> list[str]:
    """The words, punctuation inside them dropped."""
    return [word for word in (re.sub(r"\W", "", part) for part in text.lower().split()) if word]


def runs(words: list[str]) -> set[tuple[str, ...]]:
    """Every seven words in a row."""
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def without(words: list[str], allowed: list[list[str]]) -> list[str]:
    """The words with each allowed run cut out."""
    gone: set[int] = set()
    for run in allowed:
        gone |= {at + i for at in range(len(words) - len(run) + 1) if words[at : at + len(run)] == run for i in range(len(run))}
    return [word for at, word in enumerate(words) if at not in gone]


@pytest.mark.parametrize("split", [parted, joined])
def test_no_seven_words_in_a_row_are_the_originals(split: Words) -> None:
    allowed = [split(line) for line in (ROOT / "tests/allowed_runs.txt").read_text(encoding="utf-8").splitlines() if line.strip()]
    original, ours = split(ORIGINAL.read_text(encoding="utf-8")), split(OURS.read_text(encoding="utf-8"))
    assert runs(without(original, allowed)) & runs(ours) == set()
    assert runs(without(ours, allowed)) & runs(original) == set()


def test_every_figure_phone_and_year_of_the_original_is_in_ours() -> None:
    def figures(text: str) -> set[str]:
        return set(re.findall(r"\d[\d.,]*\d|\d", text))

    original, ours = figures(ORIGINAL.read_text(encoding="utf-8")), figures(OURS.read_text(encoding="utf-8"))
    assert {figure for figure in original if len(figure) > 2 and figure not in ours} == set()


def test_the_front_matter_says_that_it_is_a_restatement() -> None:
    head = OURS.read_text(encoding="utf-8").split("---")[1]
    assert "restatement_of" in head
    assert re.search(r"20\d\d", head)
