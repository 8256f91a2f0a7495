"""What belongs to what: in a source with several numbers, dates or names, a sentence must give each its own.

"21 ingeniører og 9 landinspektører" says nothing of 9 ingeniører. A text falls into sentences and these into stretches (between commas,
"og", "mens" …); a value's ground is its stretch and those beside it that hold no value. The words that the sentence says round a value
must lie on that value's ground in the source at least as surely as on that of another of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from assistant.meaning import LIGHT, ROLE, is_calendar, keys, related
from assistant.values import Value, bare, same, values
from corpus import concepts
from corpus.danish import ABBREVIATIONS, STOP_WORDS
from corpus.entities import Entity, Kind, find
from index.dictionary import danish_for

_GROUPS = {Kind.NUMBER: "number", Kind.DURATION: "number", Kind.AMOUNT: "number", Kind.PERCENT: "number", Kind.DATE: "date", Kind.PERSON: "person", Kind.PHONE: "phone", Kind.MAIL: "phone", Kind.TIME: "time"}
_TOKEN = re.compile(r"[^\W_]+(?:[-'’&/][^\W_]+)*|[,;.()\t\n–|]|(?<=\s)-(?=\s)")
_VERB = re.compile(r"er|har|fik|får|går|står|kan|skal|må|vil|var|blev|havde|\w+(?:er|ede|es)")
_ENDS, _TURNS = frozenset(".;\n"), frozenset([*",()\t–|-", "og", "men", "eller", "samt", "mens", "mod", "plus", "and", "but", "or", "while"])
_ORDINALS = frozenset("første anden andet tredje fjerde femte sjette syvende ottende niende tiende first second third".split())
_DIRECTIONS = frozenset("op ned up down fra".split())
_OFFICE = rf"({ROLE.pattern[2:-2]})"
_BEFORE = re.compile(rf"\b{_OFFICE}(?:\s+(?:er|hedder|bliver|is)|:|,)?\s+$", re.IGNORECASE)
_AFTER = re.compile(rf"(?:,| \(| er| bliver| som er| is)(?: (?:din|jeres|vores|the|ny|nærmeste|som))*\s*{_OFFICE}(?![\wæøå])", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_PARTITIVE = re.compile(r"(\w+)\s+(?:af|of)\s+(?:(?:de|dem|vores|the|our)\b\s*)?(?:\w+(?:erne|ene|rne)\b)?")
_OWN, _SHARED, _NEAR, _FAR = 1.0, 0.7, 0.35, 0.15
_RICH, _STRONG = 3, 1.5
MARGIN, LEAST = 1.25, 0.3


@dataclass(frozen=True, slots=True)
class _Word:
    """A telling word: its place among the tokens, its stretch and its sentence; `strong` when it tells things apart by itself.

    `found` when it is a value, which tells values of other kinds apart.
    """

    text: str
    place: int
    stretch: int
    sentence: int
    strong: bool
    found: frozenset[Value] = frozenset()


@dataclass(frozen=True, slots=True)
class _Held:
    """A value in its place. `ground` is its stretch, or, where that has no word of its own, that of the value before ("Ida Ny, Bo Gren").

    `head` are the places of the words before the value before, where its own stretch begins with it or with a verb ("… 46 dage her og 21 der").
    """

    group: str
    found: frozenset[Value]
    start: int
    end: int
    stretch: int
    sentence: int
    ground: int = 0
    head: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Laid:
    """A text laid out: its values, its telling words, and which sentence each stretch is in."""

    held: tuple[_Held, ...]
    told: tuple[_Word, ...]
    sentences: tuple[int, ...]


@lru_cache(maxsize=20_000)
def _laid(text: str, year: int | None) -> _Laid:
    entities = [entity for entity in find(text, year or 2000) if entity.kind in _GROUPS]
    places: list[tuple[int, int, int, int]] = []
    told: list[_Word] = []
    sentences = [0]
    for place, match in enumerate(_TOKEN.finditer(text)):
        word = match.group().casefold()
        inside = any(entity.start < match.start() < entity.end for entity in entities)
        if not inside and (word in _TURNS or (word in _ENDS and not _dotted(text, match))):
            sentences.append(sentences[-1] + (1 if word in _ENDS else 0))
        stretch = len(sentences) - 1
        places.append((match.start(), place, stretch, sentences[-1]))
        if _tells(word):
            strong = word in _ORDINALS or bool(ROLE.fullmatch(word)) or (match.start() > 0 and match.group()[0].isupper() and text[: match.start()].rstrip()[-1:] != ".")
            told.append(_Word(word, place, stretch, sentences[-1], strong))
    held = []
    for entity in entities:
        within = [one for one in places if entity.start <= one[0] < entity.end]
        if within and (found := values(entity.text, year)):
            held.append(_Held("date" if _YEAR.fullmatch(entity.text) else _GROUPS[entity.kind], found, within[0][1], within[-1][1], within[0][2], within[0][3]))
    held += _actors(text, entities, places)
    verbs = frozenset(place for (start, place, _, _), match in zip(places, _TOKEN.finditer(text), strict=True) if _VERB.fullmatch(match.group()))
    heads = {stretch: min(place for _, place, one, _ in places if one == stretch) for stretch in {one[2] for one in places}}
    grounded = _grounded(held, told, verbs, heads)
    told += [_Word("", one.start, one.stretch, one.sentence, True, one.found) for one in held if one.group != "actor"]
    return _Laid(tuple(grounded), tuple(told), tuple(sentences))


def _actors(text: str, entities: Sequence[Entity], places: Sequence[tuple[int, int, int, int]]) -> list[_Held]:
    """Who does something: "du", persons, and what stands before a verb where a stretch begins, or a name beside one."""
    tokens = [match.group() for match in _TOKEN.finditer(text)]
    people = {place for one in entities if one.kind is Kind.PERSON for start, place, _, _ in places if one.start <= start < one.end}
    found: list[_Held] = []
    for (_, place, stretch, sentence), word in zip(places, tokens, strict=True):
        low = word.casefold()
        first = place == 0 or places[place - 1][2] != stretch or (tokens[place - 1].casefold() in _TURNS and (place == 1 or places[place - 2][2] != stretch))
        after = place + 1 < len(tokens) and bool(_VERB.fullmatch(tokens[place + 1]))
        beside = not first and word[0].isupper() and (after or bool(_VERB.fullmatch(tokens[place - 1])))
        turned = place + 2 < len(tokens) and (tokens[place + 2][0].isupper() or tokens[place + 2].casefold() in ("du", "you"))
        acts = ((first and after and not turned) or beside) and _tells(low) and low not in _ORDINALS
        you = low in ("du", "you") or (low == "dig" and place > 0 and tokens[place - 1].casefold() == "er")
        if you or place in people or acts:
            found.append(_Held("actor", frozenset([("actor", "du" if you else concepts.key(low))]), place, place, stretch, sentence))
    return found


def _grounded(held: Sequence[_Held], told: Sequence[_Word], verbs: frozenset[int], begins: dict[int, int]) -> list[_Held]:
    """The values with their grounds and heads. `begins`: the first place of each stretch, the word that parts it included."""
    found: list[_Held] = []
    for one in held:
        around = [word.place for word in told if word.stretch == one.stretch and not one.start <= word.place <= one.end]
        before = next((other for other in reversed(found) if other.group == one.group and other.sentence == one.sentence), None)
        leads = not any(place < one.start for place in around) or bool({begins[one.stretch], begins[one.stretch] + 1} & verbs)
        head = frozenset(word.place for word in told if before and word.stretch == before.stretch and word.place < before.start) | before.head if before and leads else frozenset()
        found.append(replace(one, ground=before.ground if before and not around else one.stretch, head=head))
    return found


def _dotted(text: str, match: re.Match[str]) -> bool:
    """Whether a full stop ends no sentence."""
    before = re.search(r"(\w+)$", text[: match.start()])
    return match.group() == "." and (not re.match(r"\s+[A-ZÆØÅ0-9»\"]", text[match.end() :]) or bool(before and before[1].casefold() in ABBREVIATIONS))


def _tells(word: str) -> bool:
    return word[0].isalpha() and (word in _ORDINALS or word in _DIRECTIONS or (word not in STOP_WORDS and word not in LIGHT and word not in _TURNS and not is_calendar(word)))


def swapped(text: str, sources: Sequence[str], year: int | None, language: str = "da") -> bool:
    """Whether a value of `text` stands in the sources among words that belong to another of its kind."""
    said = _laid(_PARTITIVE.sub(r"\1 ", text), year)
    own = [re.sub(r"^[^\t]*\t", "", source.rsplit("\n", 1)[-1]) for source in sources]
    for value in said.held:
        laid = [_laid(source, year) for source in own if _standing(value, _laid(source, year))] or [_laid(source, year) for source in sources if value.group != "actor" and _standing(value, _laid(source, year))]
        if laid and all(_elsewhere(value, said, one, language) for one in laid):
            return True
    return False


def _elsewhere(value: _Held, said: _Laid, source: _Laid, language: str) -> bool:
    """Whether the words round a value lie rather on another's ground; where the text has that one too, whether the two would fit better changed about."""
    near = _round(value, said)
    own = _pull(value.found, value.group, near, source, language)
    for rival in source.held:
        if not _rivals(value, rival):
            continue
        other = _pull(rival.found, value.group, near, source, language)
        if other <= own * MARGIN or other - own < LEAST:
            continue
        beside = next((one for one in said.held if one.group == value.group and _equal(one.found, rival.found)), None)
        if beside is None:
            return True
        theirs = _round(beside, said)
        if own + _pull(rival.found, value.group, theirs, source, language) < other + _pull(value.found, value.group, theirs, source, language):
            return True
    return False


def _round(value: _Held, said: _Laid) -> list[tuple[_Word, float]]:
    """The words on a value's ground in the text, the nearest and the strongest weighing most; a long stretch with no value says something of its own."""
    rich = {stretch for stretch in range(len(said.sentences)) if sum(word.stretch == stretch and not word.found for word in said.told) >= _RICH and not any(one.stretch == stretch for one in said.held)}
    mine = [word for word in said.told if not any(one.group == value.group and one.found is word.found for one in said.held) and not value.start <= word.place <= value.end and word.stretch not in rich and _ground(word, value, said) >= _OWN]
    return [(word, _STRONG if word.strong else 1 / (1 + 0.15 * (_far(word.place, value) - 1))) for word in mine]


def _ground(word: _Word, value: _Held, laid: _Laid) -> float:
    """How surely a word lies on a value's ground."""
    peers = [one for one in laid.held if one.group == value.group and one.sentence == word.sentence]
    if word.sentence != value.sentence:
        return _FAR if peers else _NEAR
    if word.place in value.head:
        return _OWN
    home = next((one.ground for one in reversed(peers) if one.stretch <= word.stretch), peers[0].ground)
    if value.ground != home:
        return _NEAR
    beside = [_far(word.place, one) for one in peers if one.stretch == word.stretch == value.stretch]
    return _OWN if not beside or _far(word.place, value) <= min(beside) else _SHARED


def _pull(found: frozenset[Value], group: str, near: Sequence[tuple[_Word, float]], source: _Laid, language: str) -> float:
    """How surely the words lie on a value's ground in the source: where it stands several times, on the best."""
    standing = [one for one in source.held if one.group == group and _equal(found, one.found)]
    return max((sum(weight * max((_ground(place, one, source) for place in _places(word, source, language) if not one.start <= place.place <= one.end), default=0.0) for word, weight in near) for one in standing), default=0.0)


def _rivals(value: _Held, other: _Held) -> bool:
    """Whether one might be taken for the other: of one kind and of one unit, or one has none."""
    if value.group != other.group or _equal(value.found, other.found):
        return False
    if value.group != "number":
        return True
    units = [{one[1].removeprefix(bare(one)[1]) for one in held.found if one[0] == "number"} for held in (value, other)]
    return bool(units[0] & units[1]) or "" in units[0] | units[1]


def _standing(value: _Held, source: _Laid) -> bool:
    return any(one.group == value.group and _equal(value.found, one.found) for one in source.held)


@lru_cache(maxsize=20_000)
def offices(text: str) -> dict[str, frozenset[str]]:
    """Who is said to be what: a person's name → the keys of the roles beside it ("skolechef Ida Ny", "Ida Ny er formand")."""
    found: dict[str, frozenset[str]] = {}
    for person in (entity for entity in find(text) if entity.kind is Kind.PERSON):
        before, after = _BEFORE.search(text[: person.start]), _AFTER.match(text[person.end :])
        roles = frozenset(concepts.key(match[1].casefold()) for match in (before, after) if match)
        found[person.text.casefold()] = found.get(person.text.casefold(), frozenset()) | roles
    return {name: roles for name, roles in found.items() if roles}


def _far(place: int, value: _Held) -> float:
    return float(value.start - place if place < value.start else place - value.end if place > value.end else 1)


def _equal(one: frozenset[Value], other: frozenset[Value]) -> bool:
    return any(same(a, b) for a in one for b in other)


def _places(word: _Word, source: _Laid, language: str) -> list[_Word]:
    """Where a word stands in the source: as itself, else as what may say the same."""
    if word.found:
        return [other for other in source.told if other.found and _equal(word.found, other.found)]
    key, told = concepts.key(word.text), [other for other in source.told if not other.found]
    exact = [other for other in told if key == concepts.key(other.text)]
    nearly = [other for other in told if related(key, concepts.key(other.text)) and not ROLE.fullmatch(other.text)]
    return exact or nearly or [other for other in told if _alike(word.text, other.text, language)]


@lru_cache(maxsize=100_000)
def _alike(word: str, other: str, language: str) -> bool:
    if word in _ORDINALS or other in _ORDINALS or ROLE.fullmatch(word) or ROLE.fullmatch(other):
        return False
    return bool(keys(word) & keys(other)) or (language == "en" and any(keys(form) & keys(other) for form in danish_for(word)))
