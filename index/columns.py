"""What the passages of a profile are, whatever is asked: kind, length, ordinals, typed things, neighbours. Read once, an entry a passage.

Left to others: where words stand (`words`), what any of it is worth to a question (assistant).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus import concepts
from corpus.danish import words
from corpus.entities import Kind
from corpus.profiles import PassageKind, Profile

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Span = tuple[int, int]

_BITS = {kind: 1 << at for at, kind in enumerate(Kind)}
_ORDINALS = {
    1: r"\b1\.\s|\bførste\b|\brunde 1\b|\bindledende\b|\b1\. samtale", 2: r"\b2\.\s|\banden\b|\bandet\b|\brunde 2\b|\bafsluttende\b", 3: r"\b3\.\s|\btredje\b|\brunde 3\b", 4: r"\b4\.\s|\bfjerde\b|\brunde 4\b",
}  # fmt: skip
_DATES = re.compile(r"\d{1,2}\.\s*(?=januar|februar|marts|april|maj|juni|juli|august|sept|okt|nov|dec)")
_SECOND_PERSON = re.compile(r"\b(?:du|dig|din|dit|dine|direktøren|lederen|chefen)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """Truths are 0 or 1, (passages,) float32. `long`: how many times 200 characters beyond the first 200; `early`: 1 for the first passage to 0 for the last.

    `labels`: the distinct fact labels in comparable words, each with its rows. `led`: the rows of the list that each lead-in leads.
    `own`: the words of the title and the employer's name, which stand everywhere.
    """

    fact: Floats
    item: Floats
    heading: Floats
    short: Floats
    long: Floats
    leads: Floats
    asks: Floats
    early: Floats
    title: Floats
    in_list: Floats
    second_person: Floats
    labels: tuple[tuple[tuple[str, ...], Ints], ...]
    led: dict[Span, list[int]]
    own: frozenset[str]
    _held: Ints
    _ordinals: Ints
    _groups: Ints
    _sections: Ints

    @classmethod
    def of(cls, profile: Profile, entities: Sequence[Collection[Kind]]) -> Columns:
        """From a profile and the typed things that each of its passages holds."""
        passages, quotes = profile.passages, [profile.quote(p) for p in profile.passages]
        lengths = np.array([len(quote) for quote in quotes], np.float32)
        leads = _truths(quote.endswith(":") for quote in quotes)
        titles = {(p.group, p.label) for p in passages if p.label}
        return cls(
            fact=_truths(p.kind is PassageKind.FACT for p in passages),
            item=_truths(p.kind is PassageKind.ITEM for p in passages),
            heading=_truths(p.kind is PassageKind.HEADING for p in passages),
            short=(lengths < 25).astype(np.float32),
            long=(np.maximum(0, lengths - 200) / 200).astype(np.float32),
            leads=leads,
            asks=_truths(quote.endswith("?") for quote in quotes),
            early=np.linspace(1, 0, len(passages), dtype=np.float32),
            title=_truths((p.group, quote.rstrip(".:")) in titles for p, quote in zip(passages, quotes, strict=True)),
            in_list=np.maximum(leads, _truths(p.kind is PassageKind.ITEM or bool(p.headers) for p in passages)),
            second_person=_truths(bool(_SECOND_PERSON.search(quote)) for quote in quotes),
            labels=_labels(profile),
            led=_led(profile),
            own=frozenset(concepts.key(word) for word in words(f"{profile.title} {profile.employer or ''}")),
            _held=np.array([sum(_BITS[kind] for kind in held) for held in entities], np.int32),
            _ordinals=np.array([_said(f"{p.label or ''} {quote}") for p, quote in zip(passages, quotes, strict=True)], np.int32),
            _groups=np.array([p.group for p in passages], np.int32),
            _sections=_numbered([p.section for p in passages]),
        )

    def holds(self, kinds: Collection[Kind]) -> Floats:
        """1 where a passage holds a thing of one of the kinds."""
        bits = sum(_BITS[kind] for kind in kinds)
        return np.asarray((self._held & bits) != 0, np.float32)

    def ordinal(self, number: int) -> tuple[Floats, Floats]:
        """1 where a passage says the ordinal ("2. samtale", 1 to 4); and 1 where it says another and not this one."""
        said = (self._ordinals & 1 << number) != 0
        return said.astype(np.float32), ((self._ordinals != 0) & ~said).astype(np.float32)

    def near(self, rows: Sequence[int]) -> Floats:
        """1 at the rows, less around them in reading order, in the same list or paragraph and under the same heading."""
        out, every = np.zeros(len(self.fact), np.float32), np.arange(len(self.fact))
        for at in rows:
            far = np.abs(every - at)
            levels = ((far == 0, 1.0), (self._groups == self._groups[at], 0.8), (far <= 2, 0.6), (far <= 4, 0.4), (self._sections == self._sections[at], 0.2))
            out = np.maximum(out, np.select([where for where, _ in levels], [worth for _, worth in levels]).astype(np.float32))
        return out


def _truths(values: Iterable[bool]) -> Floats:
    return np.fromiter(values, np.float32)


def _numbered(values: Iterable[Hashable]) -> Ints:
    """Equal values get equal numbers."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], np.int32)


def _said(text: str) -> int:
    """The ordinals that a text says, as bits."""
    plain = _DATES.sub("", text.casefold())
    return sum(1 << number for number, pattern in _ORDINALS.items() if re.search(pattern, plain))


def _labels(profile: Profile) -> tuple[tuple[tuple[str, ...], Ints], ...]:
    rows: dict[str, list[int]] = {}
    for row, passage in enumerate(profile.passages):
        if passage.label:
            rows.setdefault(passage.label, []).append(row)
    return tuple((tuple(concepts.key(word) for word in re.findall(r"\w+", label.casefold())), np.array(at, np.int32)) for label, at in rows.items())


def _led(profile: Profile) -> dict[Span, list[int]]:
    rows: dict[Span, list[int]] = {}
    for row, passage in enumerate(profile.passages):
        if passage.lead_span and (passage.kind is PassageKind.ITEM or passage.headers):
            rows.setdefault(passage.lead_span, []).append(row)
    return rows
