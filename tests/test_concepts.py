"""The field's vocabulary: data that holds together, and what a text speaks of."""

from __future__ import annotations

import re

from corpus.concepts import concepts, in_words, key
from corpus.danish import words
from corpus.entities import Kind


def spoken(text: str, source: str = "danish") -> set[str]:
    """The names of the concepts in a text."""
    return {found.name for found in in_words(words(text), source)}


def test_every_concept_has_a_plain_name_words_and_a_known_kind() -> None:
    assert len(concepts()) > 50
    for name, concept in concepts().items():
        assert re.fullmatch(r"[a-z0-9_]+", name)
        assert concept.words
        assert concept.expects is None or concept.expects in {kind.value for kind in Kind}
        assert all(words(phrase) for phrase in (*concept.words, *concept.asked, *concept.english)), name


def test_danish_and_english_speak_of_the_same() -> None:
    assert "deadline" in spoken("Hvornår er ansøgningsfristen?") & spoken("When is the application deadline?", "english") & spoken("Ansøgningsfrist", "profile")
    assert "salary" in spoken("Hvad er lønnen?") & spoken("What is the salary?", "english")


def test_a_compound_speaks_of_its_head_less_surely() -> None:
    whole = {f.name: f.strength for f in in_words(words("fristen"), "profile")}
    part = {f.name: f.strength for f in in_words(words("klagefristen"), "profile")}
    assert whole.get("deadline", 0) > part.get("deadline", 0)


def test_nothing_is_spoken_of_in_nothing() -> None:
    assert in_words([], "danish") == []
    assert spoken("qwertyuiop zxcvbnm") == set()


def test_keys_fold_and_stem() -> None:
    assert key("fristen") == key("frister") == key("frist")
