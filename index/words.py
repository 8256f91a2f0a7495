"""BM25 over Danish analysis inside one profile: how strongly each word of a question stands in each passage.

A question word meets a profile's words by its stem, its folded spelling, the parts of compounds, a small
misspelling, or (in English) a translation; each meeting has a strength. Every measure here is read off that one
matrix of terms by passages: BM25, coverage, the head word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from corpus import concepts
from corpus.danish import STOP_WORDS, frequencies, parts, rarity, skeleton, words
from corpus.entities import NUMBER_WORDS, Kind, find
from corpus.profiles import Passage, PassageKind, Profile
from index.postings import Inventory, Postings

Floats = NDArray[np.float32]

EXACT, COMPOUND_HEAD, COMPOUND_FRONT, MISSPELT, TRANSLATED = 1.0, 0.8, 0.45, 0.85, 0.8


@dataclass(slots=True)
class Fields:
    """Where a passage's words stand: in itself, its label, its lead-in, its headings, the sentence before it."""

    body: list[str]
    label: list[str]
    lead: list[str]
    section: list[str]
    before: list[str]

    def content(self) -> Fields:
        """The same without the words that say nothing."""
        return Fields(*(_content(getattr(self, name)) for name in FIELD_NAMES))


FIELD_NAMES = ("body", "label", "lead", "section", "before")
_SAID = FIELD_NAMES[:4]


@dataclass(slots=True)
class Matches:
    """What a question's terms meet: `strength[f]` is (terms, passages) float32, 0-1, one matrix a field."""

    strength: dict[str, Floats]
    idf: Floats
    bm25: Floats

    def best(self, weights: dict[str, float]) -> Floats:
        """(terms, passages): the strongest meeting over the fields, each weighed."""
        return np.asarray(np.max([self.strength[name] * weight for name, weight in weights.items()], axis=0), np.float32)


@dataclass(slots=True)
class WordIndex:
    """The words of one profile's passages, and what typed things and concepts each passage holds."""

    size: int
    vocabulary: dict[str, int]
    by_key: dict[str, list[int]]
    by_head: dict[str, list[int]]
    by_part: dict[str, list[int]]
    postings: Postings
    inventory: Inventory
    lengths: Floats
    document_frequency: Floats
    entities: list[frozenset[Kind]]
    concepts: dict[str, dict[str, Floats]]
    spelled: dict[str, dict[int, str]] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    meanings: Floats | None = None
    counted: list[frozenset[int]] = field(default_factory=list)
    counted_concepts: list[frozenset[str]] = field(default_factory=list)

    def match(self, terms: Sequence[str], translate: Callable[[str], Sequence[str]] | None = None) -> Matches:
        """Meet each term (lower-case word) with the profile's words."""
        strength = np.zeros((len(FIELD_NAMES), len(terms), self.size), np.float32)
        scores, idf = np.zeros(self.size, np.float32), np.zeros(len(terms), np.float32)
        average = float(self.lengths.mean()) or 1.0
        for row, term in enumerate(terms):
            ids = self.meet(term, translate)
            idf[row] = self.idf(term, ids)
            if not ids:
                continue
            met, times = (each.reshape(len(FIELD_NAMES), -1) for each in self.postings.meet(ids))
            strength[:, row] = met
            counted = times[0] + 0.6 * times[1]
            counted += 0.4 * times[2] + 0.3 * times[3]
            scores += idf[row] * counted * 2.2 / (counted + 1.2 * (0.4 + 0.6 * self.lengths / average))
        return Matches(dict(zip(FIELD_NAMES, strength, strict=True)), idf, scores)

    def soften(self, vectors: Floats) -> Floats:
        """(terms, passages): how near in meaning each passage comes to each term, by its own nearest word.

        `vectors`: the terms' unit rows. Without word vectors, zeros.
        """
        if self.meanings is None or not len(vectors):
            return np.zeros((len(vectors), self.size), np.float32)
        return self.inventory.strongest(vectors @ self.meanings.T)

    def meet(self, term: str, translate: Callable[[str], Sequence[str]] | None = None) -> dict[int, float]:
        """The profile's words that `term` may stand for, with a strength each."""
        ids: dict[int, float] = {}

        def add(found: Sequence[int], strength: float) -> None:
            for i in found:
                ids[i] = max(ids.get(i, 0.0), strength)

        own = concepts.key(term)
        add(self.by_key.get(own, ()), EXACT)
        if len(own) > 2:
            add(self.by_head.get(own, ()), COMPOUND_HEAD)
            add(self.by_part.get(own, ()), COMPOUND_FRONT)
        pieces = parts(term)
        if len(pieces) > 1:
            head, front = concepts.key(pieces[-1]), concepts.key(pieces[0])
            add([i for i in self.by_head.get(head, ()) if i in set(self.by_part.get(front, ()))], 0.95)
            add(self.by_key.get(head, ()), 0.6)
            add(self.by_head.get(head, ()), 0.5)
            for piece in pieces[:-1]:
                add(self.by_key.get(concepts.key(piece), ()), 0.5)
                add(self.by_part.get(concepts.key(piece), ()), 0.35)
        for word in translate(term) if translate else ():
            for i, strength in self.meet(word).items():
                ids[i] = max(ids.get(i, 0.0), TRANSLATED * strength)
        if not ids or max(ids.values()) < EXACT:
            add(self._misspelt(skeleton(term)), MISSPELT)
        return ids

    def _misspelt(self, own: str) -> list[int]:
        """The words one slip away (two in long ones): a letter more, less, other or swapped."""
        if len(own) < 5 or own.isdigit():
            return []
        near = process.extract(own, self.spelled.get(own[:1], {}), scorer=OSA.distance, score_cutoff=1 if len(own) < 9 else 2, limit=8)
        return [i for _, _, i in near]

    def idf(self, term: str, ids: dict[int, float]) -> float:
        """How much a term says: rare in the profile and in Danish at large; what the profile lacks says most."""
        seen = max((float(self.document_frequency[i]) for i, s in ids.items() if s >= COMPOUND_HEAD), default=0.0)
        local = log(1 + (self.size - seen + 0.5) / (seen + 0.5)) / log(1 + (self.size + 0.5) / 0.5)
        return 0.5 * local + 0.5 * rarity(term)


def build(profile: Profile) -> WordIndex:
    """Analyse a profile's passages."""
    counted = [_counted(profile, p) for p in profile.passages]
    spoken = [_fields(profile, at) for at in range(len(profile.passages))]
    fields = [each.content() for each in spoken]
    vocabulary: dict[str, int] = {}
    for each in fields:
        for name in FIELD_NAMES:
            for word in getattr(each, name):
                vocabulary.setdefault(word, len(vocabulary))
    ids = {name: [[vocabulary[word] for word in getattr(each, name)] for each in fields] for name in FIELD_NAMES}
    by_key, by_head, by_part = defaultdict(list), defaultdict(list), defaultdict(list)
    for word, i in vocabulary.items():
        by_key[concepts.key(word)].append(i)
        pieces = parts(word)
        if len(pieces) > 1:
            by_head[concepts.key(pieces[-1])].append(i)
            for piece in pieces[:-1]:
                by_part[concepts.key(piece)].append(i)
    size, words_there = len(fields), len(vocabulary)
    lengths = np.array([len(each) for each in ids["body"]], np.float32) + 1
    postings = Postings.of([each for name in FIELD_NAMES for each in ids[name]], words_there)
    inventory = Inventory.of([[i for name in _SAID for i in ids[name][at]] for at in range(size)], words_there)
    seen = np.bincount(np.array([i for at in range(size) for i in {*ids["body"][at], *ids["label"][at]}], np.intp), minlength=words_there).astype(np.float32)
    return WordIndex(
        size, vocabulary, dict(by_key), dict(by_head), dict(by_part), postings, inventory, lengths, seen, [_entities(profile, p) for p in profile.passages], _concepts(spoken), _by_initial(vocabulary),
        {skeleton(word): word for word in vocabulary if len(word) > 3}, _names(profile), None, [frozenset(vocabulary[word] for spot in spots for word in spot if word in vocabulary) for spots in counted], [_of_concepts(spots) for spots in counted],
    )


def _by_initial(vocabulary: dict[str, int]) -> dict[str, dict[int, str]]:
    """First letter → word id → folded spelling, of the words long enough to be misspelt."""
    table: dict[str, dict[int, str]] = defaultdict(dict)
    for word, i in vocabulary.items():
        if len(spelled := skeleton(word)) > 3:
            table[spelled[:1]][i] = spelled
    return dict(table)


def _fields(profile: Profile, at: int) -> Fields:
    passage = profile.passages[at]
    before = profile.passages[at - 1] if at else None
    near = before is not None and before.group == passage.group and passage.kind is PassageKind.SENTENCE
    title = len(passage.section) > 1
    return Fields(
        _spaced(profile.quote(passage)),
        words(passage.label or ""),
        words(" ".join((passage.lead or "", *passage.headers))),
        words(" ".join(passage.section[1:] if title else passage.section)),
        _spaced(profile.quote(before)) if near and before else [],
    )


def _spaced(text: str) -> list[str]:
    """The words of a text, two that lost the space between them parted again."""
    return [piece for word in words(text) for piece in (word, *_unglued(word))]


def _content(tokens: list[str]) -> list[str]:
    """The words that say something, hyphenated ones also in their parts."""
    found = [word for word in tokens if word not in STOP_WORDS]
    return found + [piece for word in found if "-" in word for piece in word.split("-") if len(piece) > 2 and piece not in STOP_WORDS]


def _entities(profile: Profile, passage: Passage) -> frozenset[Kind]:
    return frozenset(entity.kind for entity in find(profile.quote(passage), 2000))


def _names(profile: Profile) -> frozenset[str]:
    """The lower-case words of the persons' names, and capitalised words that never stand uncapitalised."""
    persons = {word for entity in find(profile.text, 2000) if entity.kind is Kind.PERSON for word in words(entity.text)}
    inside = {match.casefold() for match in re.findall(r"(?<=[a-zæøå,] )[A-ZÆØÅ][\wæøåÆØÅ-]+", profile.text)}
    lower = set(re.findall(r"(?<![\w])[a-zæøå][\wæøå-]+", profile.text))
    return frozenset(persons | {word for word in inside if word not in lower and rarity(word) > 0.6})


def _counted(profile: Profile, passage: Passage) -> tuple[tuple[str, ...], ...]:
    """For each figure in a passage, the words around it that it may count: two before, four after."""
    tokens = words(profile.quote(passage).replace("\t", " "))
    spots = [at for at, token in enumerate(tokens) if token[:1].isdigit() or token in NUMBER_WORDS]
    head = words(" ".join((passage.label or "", *passage.headers)))
    return tuple((*tokens[max(0, at - 3) : at], *tokens[at + 1 : at + 5], *head) for at in spots)


def _of_concepts(spots: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    """The concepts that the words around a passage's figures speak of in the profiles' own words."""
    return frozenset(spoken.name for spot in spots for spoken in concepts.in_words(spot, "profile") if spoken.strength >= 0.75)


def _unglued(word: str) -> list[str]:
    """The parts of two words that lost the space between them, when one of them is a small word ("budgetpå")."""
    if len(word) < 6 or frequencies().get(word, 0.0) > 0:
        return []
    for cut in range(2, len(word) - 1):
        left, right = word[:cut], word[cut:]
        small, large = (left, right) if left in STOP_WORDS else (right, left)
        if small in STOP_WORDS and len(large) > 3 and frequencies().get(large, 0.0) > 1e-6:
            return [large]
    return []


def _concepts(fields: list[Fields]) -> dict[str, dict[str, Floats]]:
    """Concept → field → (passages,) strengths."""
    table: dict[str, dict[str, Floats]] = {}
    spoken: dict[tuple[str, ...], list[concepts.Spoken]] = {}
    for at, each in enumerate(fields):
        for name in FIELD_NAMES:
            tokens = tuple(getattr(each, name))
            for found in spoken.setdefault(tokens, concepts.in_words(tokens, "profile")) if tokens else ():
                rows = table.setdefault(found.name, {n: np.zeros(len(fields), np.float32) for n in FIELD_NAMES})
                rows[name][at] = max(rows[name][at], found.strength)
    return table
