"""The dictionary (`dictionary.tsv`: Danish form → English words) read backwards: what an English word is in Danish."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

from corpus.concepts import english_key
from corpus.danish import STOP_WORDS, rarity

_MOST = 24
_FILE = Path(__file__).with_name("dictionary.tsv")


@cache
def forms() -> dict[str, str]:
    """Danish form → its English words, as the data file has them; empty without the file."""
    if not _FILE.exists():
        return {}
    lines = (line.split("\t") for line in _FILE.read_text(encoding="utf-8").splitlines() if "\t" in line)
    return {danish: english for danish, english in lines}  # noqa: C416


@cache
def _backwards() -> dict[str, tuple[str, ...]]:
    """English stem → Danish forms, those that mean little else first."""
    table: dict[str, list[tuple[int, float, str]]] = defaultdict(list)
    for danish, english in forms().items():
        meanings = english.split()
        if danish not in STOP_WORDS:
            for word in meanings:
                table[english_key(word)].append((len(meanings), rarity(danish), danish))
    return {stem: tuple(danish for _, _, danish in sorted(entries)[:_MOST]) for stem, entries in table.items()}


def danish_for(word: str) -> tuple[str, ...]:
    """Danish forms for an English word (lower case), by stem; empty when the dictionary has none.

    >>> "frist" in danish_for("deadlines") or not forms()
    True
    """
    return _backwards().get(english_key(word), ())
