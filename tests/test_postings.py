"""Words held sparsely say what a matrix of counts would."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.postings import Inventory, Postings

WORDS = 5
rows = st.lists(st.lists(st.integers(0, WORDS - 1), max_size=6), max_size=6)
met = st.dictionaries(st.integers(0, WORDS - 1), st.sampled_from([0.25, 0.5, 1.0]))


@given(rows, met)
def test_meeting_words_gives_the_strongest_at_each_place_and_all_their_counts(places: list[list[int]], ids: dict[int, float]) -> None:
    strength, counted = Postings.of(places, WORDS).meet(ids)
    assert strength.tolist() == [max((ids[i] for i in place if i in ids), default=0.0) for place in places]
    assert counted.tolist() == [sum(ids.get(i, 0.0) for i in place) for place in places]


@given(rows)
def test_the_strongest_word_of_a_passage_is_its_own(passages: list[list[int]]) -> None:
    near = np.array([[-0.5, 0.1, 0.2, 0.3, 0.9], [0.4, -0.1, -0.2, -0.3, -0.4]], np.float32)
    found = Inventory.of(passages, WORDS).strongest(near)
    assert found.shape == (2, len(passages))
    assert found.tolist() == [[max([0.0, *(float(row[i]) for i in passage)]) for passage in passages] for row in near]
