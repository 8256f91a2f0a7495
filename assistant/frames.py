"""One word put for another: "mest torsk og jomfruhummer" where the source has "mest rødspætte og jomfruhummer".

The words round it are the source's own, in their order; the word itself the source never says. Sharing most words does not make that true.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from assistant.meaning import Words, carries
from corpus import concepts
from corpus.danish import words

LEAST = 3


def replaced(text: str, sources: Iterable[str], language: str = "da") -> bool:
    """Whether a telling word of `text` stands where a source's own line, word for word round it, has another.

    >>> replaced("Der landes mest torsk og jomfruhummer.", ["Der landes fisk, mest rødspætte og jomfruhummer."])
    True
    >>> replaced("Der landes mest jomfruhummer.", ["Der landes fisk, mest rødspætte og jomfruhummer."])
    False
    """
    said = _keyed(text)
    for source in sources:
        own, there = _keyed(source.rsplit("\n", 1)[-1]), Words.of(source)
        here = Words.of(text)
        for at, (word, _) in enumerate(said):
            if carries(word) and not there.says(word, language) and any(carries(other) and not here.says(other, language) and _framed(said, at, own, place) for place, (other, _) in enumerate(own)):
                return True
    return False


@lru_cache(maxsize=20_000)
def _keyed(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((word, concepts.key(word)) for word in words(text))


def _framed(said: tuple[tuple[str, str], ...], at: int, own: tuple[tuple[str, str], ...], place: int) -> bool:
    """Whether the words on both sides are the same, three or more in all; an end of the text may stand for a side."""
    left = right = 0
    while at - left > 0 and place - left > 0 and said[at - left - 1][1] == own[place - left - 1][1]:
        left += 1
    while at + right < len(said) - 1 and place + right < len(own) - 1 and said[at + right + 1][1] == own[place + right + 1][1]:
        right += 1
    return left + right >= LEAST and (left > 0 or at == 0) and (right > 0 or at == len(said) - 1)
