"""What belongs to what: in a source with several numbers, dates or names, a sentence must give each its own.

"21 ingeniører og 9 landinspektører" says nothing of 9 ingeniører. By nearness: the words around a value in the sentence must be
nearer to that value in the source than to another of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.meaning import LIGHT, ROLE, is_calendar, keys, related
from assistant.values import Value, same, values
from corpus import concepts
from corpus.danish import STOP_WORDS
from corpus.entities import Kind, find
from index.dictionary import danish_for

_GROUPS = {Kind.NUMBER: "number", Kind.DURATION: "number", Kind.AMOUNT: "number", Kind.PERCENT: "number", Kind.DATE: "date", Kind.PERSON: "person", Kind.PHONE: "phone", Kind.MAIL: "phone", Kind.TIME: "time"}
_TOKEN = re.compile(r"[^\W_]+(?:[-'’&/][^\W_]+)*|[,;:.()\t\n]")
_GAPS = {",": 3, ";": 6, ":": 1, ".": 6, "(": 1, ")": 2, "\t": 1, "\n": 2, "og": 3, "men": 4, "eller": 3, "samt": 3, "mens": 4, "end": 4, "mod": 4}
_ORDINALS = frozenset("første anden andet tredje fjerde femte sjette first second third".split())
_DIRECTIONS = frozenset("op ned up down fra".split())
_OFFICE = rf"({ROLE.pattern[2:-2]})"
_BEFORE = re.compile(rf"\b{_OFFICE}(?:\s+(?:er|hedder|bliver|is)|:|,)?\s+$", re.IGNORECASE)
_AFTER = re.compile(rf"(?:,| \(| er| bliver| som er| is)(?: (?:din|jeres|vores|the|ny|nærmeste|som))*\s*{_OFFICE}(?![\wæøå])", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_PARTITIVE = re.compile(r"(\w+)\s+(?:af|of)\s+(?:(?:de|dem|vores|the|our)\b\s*)?(?:\w+(?:erne|ene|rne)\b)?")
MARGIN = 1.3


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A text laid out in steps: each value with its group and the steps it begins and ends at, each word with its step."""

    held: tuple[tuple[str, frozenset[Value], float, float], ...]
    told: tuple[tuple[str, float], ...]
    strong: frozenset[str] = frozenset()


@lru_cache(maxsize=20_000)
def _laid(text: str, year: int | None) -> _Stretch:
    entities = [entity for entity in find(text, year or 2000) if entity.kind in _GROUPS]
    steps: list[tuple[int, float]] = []
    told: list[tuple[str, float]] = []
    strong: set[str] = set()
    at = 0.0
    for match in _TOKEN.finditer(text):
        word = match.group().casefold()
        at += 0 if not word[0].isalnum() else 1
        if word in _GAPS:
            inside = any(entity.start < match.start() < entity.end for entity in entities)
            dotted = word == "." and not re.match(r"\s+[A-ZÆØÅ]", text[match.end() :])
            at += 0 if inside or dotted else _GAPS[word] - (1 if word[0].isalnum() else 0)
        steps.append((match.start(), at))
        if word[0].isalpha() and (word in _ORDINALS or word in _DIRECTIONS or (word not in STOP_WORDS and word not in LIGHT and not is_calendar(word))):
            told.append((word, at))
            if word in _ORDINALS or ROLE.fullmatch(word) or (match.start() and match.group()[0].isupper()):
                strong.add(word)
    held = []
    for entity in entities:
        within = [step for start, step in steps if entity.start <= start < entity.end]
        if within and (found := values(entity.text, year)):
            held.append(("date" if _YEAR.fullmatch(entity.text) else _GROUPS[entity.kind], found, within[0], within[-1]))
    return _Stretch(tuple(held), tuple(told), frozenset(strong))


def swapped(text: str, sources: Sequence[str], year: int | None, language: str = "da") -> bool:
    """Whether a value of `text` stands in the sources among words that belong to another of its kind."""
    said = _laid(_PARTITIVE.sub(r"\1", text), year)
    own = [re.sub(r"^[^\t]*\t", "", source.rsplit("\n", 1)[-1]) for source in sources]
    for group, value, start, end in said.held:
        near = [(word, 1.0 if word in said.strong else 1 / max(1.0, _far(step, start, end))) for word, step in said.told if not any(kind == group and a <= step <= b for kind, _, a, b in said.held) and _owner(said, group, step) == (start, end)]
        laid = [_laid(source, year) for source in own if _stands(group, value, _laid(source, year))] or [_laid(source, year) for source in sources if _stands(group, value, _laid(source, year))]
        if near and any(_belongs_elsewhere(group, value, near, one, language) for one in laid) and not any(_fits(group, value, near, one, language) for one in laid):
            return True
    return False


@lru_cache(maxsize=20_000)
def offices(text: str) -> dict[str, frozenset[str]]:
    """Who is said to be what: a person's name → the keys of the roles beside it ("skolechef Ida Ny", "Ida Ny er formand")."""
    found: dict[str, frozenset[str]] = {}
    for person in (entity for entity in find(text) if entity.kind is Kind.PERSON):
        before, after = _BEFORE.search(text[: person.start]), _AFTER.match(text[person.end :])
        roles = frozenset(concepts.key(match[1].casefold()) for match in (before, after) if match)
        found[person.text.casefold()] = found.get(person.text.casefold(), frozenset()) | roles
    return {name: roles for name, roles in found.items() if roles}


def _far(step: float, start: float, end: float) -> float:
    return start - step if step < start else step - end if step > end else 0.5


def _owner(laid: _Stretch, group: str, step: float) -> tuple[float, float]:
    """The nearest value of a group."""
    return min(((_far(step, start, end), start, end) for kind, _, start, end in laid.held if kind == group), default=(0.0, 0.0, 0.0))[1:]


def _equal(one: frozenset[Value], other: frozenset[Value]) -> bool:
    return any(same(a, b) for a in one for b in other)


def _stands(group: str, value: frozenset[Value], source: _Stretch) -> bool:
    return any(kind == group and _equal(value, other) for kind, other, _, _ in source.held)


def _belongs_elsewhere(group: str, value: frozenset[Value], near: Sequence[tuple[str, float]], source: _Stretch, language: str) -> bool:
    own, rival = _pulls(group, value, near, source, language)
    return rival > own * MARGIN


def _fits(group: str, value: frozenset[Value], near: Sequence[tuple[str, float]], source: _Stretch, language: str) -> bool:
    own, rival = _pulls(group, value, near, source, language)
    return own > 0 and rival <= own * MARGIN


def _pulls(group: str, value: frozenset[Value], near: Sequence[tuple[str, float]], source: _Stretch, language: str) -> tuple[float, float]:
    """How strongly the words are drawn to the value in the source, and to its strongest rival there."""
    places = {word: steps for word, _ in near if len(steps := _places(word, source, language)) == 1}
    own, rivals = 0.0, [0.0]
    for kind, other, start, end in source.held:
        if kind != group:
            continue
        pull = sum(weight / max(1.0, _far(places[word][0], start, end)) for word, weight in near if word in places)
        if _equal(value, other):
            own = max(own, pull)
        else:
            rivals.append(pull)
    return own, max(rivals)


def _places(word: str, source: _Stretch, language: str) -> list[float]:
    """Where a word stands in the source: as itself, else as what may say the same."""
    exact = [step for other, step in source.told if concepts.key(word) == concepts.key(other)]
    nearly = [step for other, step in source.told if related(concepts.key(word), concepts.key(other)) and not ROLE.fullmatch(other)]
    return exact or nearly or [step for other, step in source.told if _alike(word, other, language)]


@lru_cache(maxsize=100_000)
def _alike(word: str, other: str, language: str) -> bool:
    if word in _ORDINALS or other in _ORDINALS or ROLE.fullmatch(word) or ROLE.fullmatch(other):
        return False
    return bool(keys(word) & keys(other)) or (language == "en" and any(keys(form) & keys(other) for form in danish_for(word)))
