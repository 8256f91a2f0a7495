"""Misspelt question words and the words that are meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.concepts import key
from corpus.danish import skeleton
from corpus.spelling import mend

PROFILE = ("ansøgningsfrist", "samtale", "rekruttering", "birkelund")
FOLDED = {skeleton(word): word for word in PROFILE}


@pytest.mark.parametrize(
    ("typed", "meant"), [("ansogningsfrist", "ansøgningsfrist"), ("ansøgnigsfrist", "ansøgningsfrist"), ("samtlae", "samtale"), ("rekrutering", "rekruttering"), ("birkelnud", "birkelund"), ("hvornaar", "hvornår"), ("hvornor", "hvornår")]
)
def test_a_slip_is_mended(typed: str, meant: str) -> None:
    assert key(mend(typed, PROFILE, FOLDED)) == key(meant)


@pytest.mark.parametrize("word", ["samtale", "og", "børn", "skole", "2027", "hvem", "løn"])
def test_what_is_right_stays(word: str) -> None:
    assert mend(word, PROFILE, FOLDED) == word


@given(st.text(st.characters(codec="utf-8", categories=["Ll", "Nd"]), min_size=1, max_size=20))
def test_any_word_stays_a_word(word: str) -> None:
    assert mend(word, PROFILE, FOLDED)
