"""Mending misspelt question words against the words a profile, the field and everyday Danish know."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from corpus.concepts import concepts
from corpus.concepts import key as concepts_key
from corpus.danish import STOP_WORDS, frequencies, parts, skeleton, words

_COMMON = 4e-6
_QUESTION_WORDS = {skeleton(word): word for word in ("hvornår", "hvordan", "hvorfor", "hvilken", "hvilke", "hvilket", "hvor", "hvem", "hvad", "hvis")}


@cache
def _field() -> dict[str, str]:
    """Folded spelling → word, of every word the concepts use."""
    phrases = (phrase for c in concepts().values() for phrase in (*c.words, *c.asked, *c.english))
    return {skeleton(word): word for phrase in phrases for word in words(phrase) if len(word) > 3}


@cache
def _everyday() -> dict[str, str]:
    """Folded spelling → the usual Danish spelling, of common words."""
    table: dict[str, str] = {}
    for word, share in frequencies().items():
        if share > _COMMON and len(word) > 3:
            table.setdefault(skeleton(word), word)
    return table


def mend(word: str, profile: Collection[str], folded: dict[str, str]) -> str:
    """The word meant by `word` (lower case): itself when known, else the nearest known spelling within a slip or two.

    `profile` holds the profile's words, `folded` maps their folded spelling to them. Nearness ties go to the
    profile's words, then the field's, then everyday Danish.
    """
    if len(word) < 4 or word.isdigit() or word in profile or word in STOP_WORDS:
        return word
    if frequencies().get(word, 0.0) > _COMMON and any(letter in word for letter in "æøå"):
        return word
    bare = skeleton(word)
    for table in (folded, _QUESTION_WORDS, _field()):
        if bare in table:
            return table[bare]
    if frequencies().get(word, 0.0) > 5e-7 or len(parts(word)) > 1:
        return word
    if bare in _everyday():
        return _everyday()[bare]
    return _nearest(bare, concepts_key(word), folded) or word


def _nearest(bare: str, stem: str, folded: dict[str, str]) -> str | None:
    """The known word a slip or two away, whole or in its stem, or None."""
    best: tuple[float, str] | None = None
    for penalty, table, stems in ((0.0, folded, _stems(tuple(folded.values()))), (0.1, _field(), _field_stems()), (0.2, _everyday(), {})):
        if best and best[0] <= 1 + penalty and not stems:
            break  # a whole word that isn't known is a slip away at least
        for wanted, names, extra in ((bare, table, 0.0), (stem, stems, 0.05)):
            near = process.extractOne(wanted, names.keys(), scorer=OSA.distance, score_cutoff=1 if len(bare) < 8 else 2) if len(wanted) > 3 and names else None
            if near and near[0][:1] == wanted[:1] and len(near[0]) > 3 and (best is None or near[1] + penalty + extra < best[0]):
                best = (near[1] + penalty + extra, names[near[0]])
    return best[1] if best else None


@lru_cache(maxsize=64)
def _stems(known: tuple[str, ...]) -> dict[str, str]:
    return {concepts_key(word): word for word in known}


@cache
def _field_stems() -> dict[str, str]:
    return _stems(tuple(_field().values()))
