"""Who does it to whom, told by the pronouns: "du refererer til hende" is not "hun refererer til dig", and "vi betaler" not "du betaler"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from assistant.polarity import clauses
from corpus import concepts
from corpus.danish import STOP_WORDS, words

_SUBJECTS = frozenset("du vi han hun de jeg".split())
_FORMS = {"du": "dig", "vi": "os", "jeg": "mig"}
_VERB = re.compile(r"[a-zæøå]{3,}(?:er|ede|te)$")
_EMPTY = frozenset("kommer giver ligger tager sidder holder bliver skriver foregår efter under over eller leder".split())


def turned(text: str, sources: Sequence[str]) -> bool:
    """Whether somebody does in `text` what in the source is done to them, or what another pronoun does there.

    >>> turned("Ida Ny refererer til dig.", ["Du refererer til Ida Ny."])
    True
    """
    there = [one for source in sources for one in _acts(source.rsplit("\n", 1)[-1])]
    for verb, subjects, objects in _acts(text):
        same = [(s, o) for other, s, o in there if other == verb]
        if same and all(_crossed(subjects, objects, *one) for one in same):
            return True
    return False


def _crossed(subjects: frozenset[str], objects: frozenset[str], theirs: frozenset[str], their_objects: frozenset[str]) -> bool:
    if any(_FORMS[one] in objects and one not in subjects and one in theirs and _FORMS[one] not in their_objects for one in _FORMS):
        return True
    if any(one in subjects and _FORMS[one] not in objects and _FORMS[one] in their_objects and one not in theirs for one in _FORMS):
        return True
    return bool(subjects and theirs) and not subjects & theirs and {*subjects, *theirs} == {"du", "vi"}


@lru_cache(maxsize=20_000)
def _acts(text: str) -> tuple[tuple[str, frozenset[str], frozenset[str]], ...]:
    """Each clause's telling verb, by key, with its subject and object pronouns."""
    found: list[tuple[str, frozenset[str], frozenset[str]]] = []
    for clause in clauses(text):
        here = words(clause.text)
        pronouns, objects = _SUBJECTS & set(here), frozenset(_FORMS.values()) & set(here)
        found += [(concepts.key(word), frozenset(pronouns), objects) for word in here if _VERB.fullmatch(word) and word not in STOP_WORDS and word not in _EMPTY]
    return tuple(found)
