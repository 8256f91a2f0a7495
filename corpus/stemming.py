"""Snowball stems (snowballstem.org). A stemmer keeps the word at hand in itself, so every thread has its own."""

from __future__ import annotations

from threading import local
from typing import Literal

import snowballstemmer


class _Stemmers(local):
    def __init__(self) -> None:
        self.of = {language: snowballstemmer.stemmer(language) for language in ("danish", "english")}


_STEMMERS = _Stemmers()


def snowball(word: str, language: Literal["danish", "english"]) -> str:
    """The stem of a lower-case word.

    >>> snowball("stillingerne", "danish")
    'stilling'
    """
    return str(_STEMMERS.of[language].stemWord(word))
