"""Whether two questions ask the same: their vectors, their subjects and the form of the question, weighed together.

The threshold is measured on pairs of questions about one document (`tests/test_likeness.py`): at `SAME` hardly any two different
questions meet, which matters more here than finding every paraphrase.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.questions import Ask, understand
from corpus import concepts

Floats = NDArray[np.float32]
SAME, ALIKE, VECTOR_ONLY = 1.0, 0.85, 0.86
_LOOSE = frozenset({Ask.KEYWORD, Ask.YES_NO, Ask.WHAT})


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as it is compared: its unit vector and, unless its words are gone, what they say."""

    vector: Floats
    keys: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    ask: Ask | None = None
    ordinal: int | None = None


def read(text: str, vector: Floats) -> Reading:
    """The reading of a question; `vector` is its unit row."""
    question = understand(text)
    telling = [term for term in question.terms if term.weight >= 1 and len(term.word) > 2]
    names = frozenset(concepts.key(term.word) for term in telling if term.name)
    return Reading(vector, frozenset(concepts.key(term.word) for term in telling), names, question.concept_names, question.ask, question.ordinal)


_LEANS = re.compile(
    r"^(?:og|men|så|eller|hvad med|hvad så|and|but|or|what about|how about)\b|\b(?:han|hun|ham|hende|hans|hendes|vedkommende|denne|dette|disse|bagefter|derefter|he|she|him|his|they|afterwards)\b"
    r"|\b(?:den|det|dem|dér|dertil|it|that|them|those)\W*$",
    re.IGNORECASE,
)


def alone(text: str) -> bool:
    """Whether a question plainly says all it asks about, without the talk before it.

    >>> alone("Er der kantine?"), alone("Og anden?"), alone("Hvem deltager i den?")
    (True, False, False)
    """
    return not _LEANS.search(text.strip()) and any(term.weight >= 1 for term in understand(text).terms)


def likeness(one: Reading, other: Reading) -> float:
    """How surely two questions ask the same: the cosine and a bonus for common words and subjects; 0 when they name different things."""
    cosine = float(one.vector @ other.vector)
    if one.ask is None or other.ask is None:
        return cosine + SAME - VECTOR_ONLY
    if one.ordinal != other.ordinal or one.names != other.names or not _compatible(one.ask, other.ask):
        return 0.0
    return cosine + 0.2 * _overlap(one.subjects, other.subjects) + 0.3 * _overlap(one.keys, other.keys) + 0.1 * (one.ask is other.ask)


def _compatible(one: Ask, other: Ask) -> bool:
    """Whether two forms may ask the same ("prøvetid" and "hvor lang er prøvetiden"), rather than "hvor mange" and "hvem"."""
    return one is other or one in _LOOSE or other in _LOOSE


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0
