"""The field's bilingual vocabulary (`concepts.toml`): which concepts a question or a passage speaks of.

Left to others: what a shared concept is worth (index, assistant).
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from corpus.danish import parts, skeleton, stem, words
from corpus.stemming import snowball

_GAP = 2
_FILE = Path(__file__).with_name("concepts.toml")


@dataclass(frozen=True, slots=True)
class Concept:
    """One idea of the field, the words for it, and the kind of thing that answers a question about it."""

    name: str
    words: tuple[str, ...]
    asked: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    expects: str | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """A concept found in a text: how surely (0-1) and by which of the text's words (their places)."""

    name: str
    strength: float
    places: frozenset[int]


@cache
def concepts() -> dict[str, Concept]:
    """Every concept by name, as the data file has them."""
    with _FILE.open("rb") as file:
        tables = tomllib.load(file)["concept"]
    return {t["name"]: Concept(t["name"], tuple(t["words"]), tuple(t.get("asked", ())), tuple(t.get("english", ())), t.get("expects")) for t in tables}


@lru_cache(maxsize=50_000)
def key(word: str) -> str:
    """What Danish words are compared by: the folded stem."""
    return skeleton(stem(word))


@lru_cache(maxsize=20_000)
def english_key(word: str) -> str:
    """What English words are compared by: their Snowball stem."""
    return snowball(word, "english")


@cache
def _phrases(source: str) -> dict[str, list[tuple[tuple[str, ...], str, float]]]:
    """First key → (keys of the phrase, concept, strength). `source`: "profile", "danish" or "english"."""
    table: dict[str, list[tuple[tuple[str, ...], str, float]]] = defaultdict(list)
    for concept in concepts().values():
        pools = [(concept.words, 1.0)]
        if source == "english":
            pools.append((concept.english, 1.0))
        else:
            pools.append((concept.asked, 0.9 if source == "danish" else 0.55))
        for phrases, strength in pools:
            english = source == "english" and phrases is concept.english
            for phrase in phrases:
                keys = tuple((english_key if english else key)(word) for word in words(phrase))
                if keys:
                    table[keys[0]].append((keys, concept.name, strength))
    return dict(table)


def in_words(tokens: Sequence[str], source: str) -> list[Spoken]:
    """The concepts that lower-case `tokens` speak of, each once, surest first.

    `source` says whose words they are: "profile" (what askers say counts 0.55 there), "danish" or "english".
    The last part of a compound counts for a one-word phrase, at 0.8.
    """
    return list(_in_words(tuple(tokens), source))


@lru_cache(maxsize=2_000)
def _in_words(tokens: tuple[str, ...], source: str) -> tuple[Spoken, ...]:
    """`in_words`, remembered: understanding, writing and checking ask it of the same question."""
    table = _phrases(source)
    keys = [key(token) for token in tokens]
    english = [english_key(token) for token in tokens] if source == "english" else keys
    there = {*keys, *english}
    best: dict[str, Spoken] = {}
    for place, token in enumerate(tokens):
        heads = parts(token)
        tail = key(heads[-1]) if len(heads) > 1 else ""
        for first, whole in {(keys[place], True), (english[place], True), (tail, False)}:
            for phrase, name, strength in table.get(first, ()):
                if len(phrase) > 1 and not (whole and there.issuperset(phrase)):
                    continue
                places = _match(phrase, keys, english, place)
                worth = strength * (1.0 if whole else 0.8)
                if places and (name not in best or worth * len(places) > best[name].strength * len(best[name].places)):
                    best[name] = Spoken(name, worth, frozenset(places))
    return tuple(sorted(best.values(), key=lambda spoken: (-spoken.strength, spoken.name)))


def _match(phrase: tuple[str, ...], keys: Sequence[str], english: Sequence[str], place: int) -> list[int]:
    """The places of a phrase's words from `place` on, with at most two other words between; empty when not there."""
    places = [place]
    for wanted in phrase[1:]:
        ahead = range(places[-1] + 1, min(len(keys), places[-1] + 2 + _GAP))
        found = next((at for at in ahead if keys[at] == wanted or english[at] == wanted), None)
        if found is None:
            return []
        places.append(found)
    return places
