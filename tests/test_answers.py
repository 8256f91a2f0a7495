"""Answers, their numbers, and their JSON."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Answer, Citation, Sentence, number

SENTENCES = st.lists(
    st.builds(
        Sentence,
        st.text(st.sampled_from("abc "), min_size=1, max_size=8),
        st.lists(st.tuples(st.integers(0, 5), st.integers(6, 9)), max_size=3, unique=True).map(tuple),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def cite(n: int, span: tuple[int, int]) -> Citation:
    """A citation of `span` in a text of ten letters."""
    return Citation(n, "x", None, None, "0123456789"[slice(*span)], *span)


@given(SENTENCES)
def test_numbers_run_from_one_without_gaps_and_each_has_its_citation(sentences: list[Sentence]) -> None:
    text, citations = number(sentences, cite)
    assert [c.number for c in citations] == list(range(1, len(citations) + 1))
    assert {int(n) for n in re.findall(r"\[(\d+)\]", text)} == {c.number for c in citations}
    assert len({(c.start, c.end) for c in citations}) == len(citations)


def test_equal_places_share_a_number_and_items_stand_on_their_own_lines() -> None:
    text, citations = number([Sentence("Der er to:", ((0, 3),)), Sentence("a", ((4, 5),), bullet=True), Sentence("b", ((0, 3),), bullet=True), Sentence("Slut.")], cite)
    assert text == "Der er to: [1]\n- a [2]\n- b [1]\nSlut."
    assert [c.quote for c in citations] == ["012", "4"]


def test_the_json_is_the_contracts_object() -> None:
    answer = Answer("Hvornår?", "x", "da", "I dag. [1]", False, 0.9, (cite(1, (0, 3)),), ("Og så?",))
    data = json.loads(json.dumps(answer.to_json()))
    assert list(data) == ["question", "profile", "language", "answer", "abstained", "confidence", "citations", "suggestions", "writer", "notice", "seconds"]
    assert list(data["citations"][0]) == ["number", "profile", "section", "page", "quote", "start", "end"]
    assert data["suggestions"] == ["Og så?"]
