"""Does the cited text say it? Support by span verification, citations as ALCE meant them, faithfulness. No model is the judge.

supp(s, P) is 1 when every number, date and name of sentence s stands in P or follows from P and today by a named rule, at
least `TAU` of its content stems stand in P within two sentences, and it neither negates what P affirms nor the reverse. P is a
cited quote with what it is read under (headings, label, lead-in, column headers).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from assistant import wording
from assistant.evaluation.gold import Span
from assistant.evaluation.values import Value, bare, derived, values
from corpus import concepts, dates
from corpus.danish import STOP_WORDS, parts, sentences, words
from corpus.profiles import Profile
from index.dictionary import danish_for

TAU = 0.6
RETRIEVED = 10
_MARK = re.compile(r"\s*\[(\d{1,3})\]")
_NEGATION = re.compile(r"\b(?:ikke|ingen|intet|uden|kun|hverken|aldrig|not|no|none|without|only|never|neither)\b", re.IGNORECASE)
_VERDICT = re.compile(r"^(?:ja|nej|yes|no)[.,]\s*", re.IGNORECASE)
_SET_PIECES = ("hello", "thanks", "bye", "help", "calm", "off_topic", "assess", "absent", "absent_amount")
_FRAMES = ("ask_contact", "ask_contact_phone", "in_days", "today", "tomorrow", "passed", "yes", "no", "close", "count")
_FRAME = frozenset(word for table in wording.SAYINGS.values() for key in _FRAMES for word in words(re.sub(r"\{\w+\}", "", table.get(key, ""))))


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an answer, without marks, and the numbers that it cites."""

    text: str
    marks: tuple[int, ...]


def statements(answer: str) -> list[Statement]:
    """The sentences of an answer that state something; a mark after the full stop belongs to the sentence before it.

    Greetings, refusals and counter-questions are set pieces and left out. "Ja." belongs to the sentence after it.

    >>> statements("Ja. Det er et krav. [1] Ring f.eks. til Ida. [2][3]")
    [Statement(text='Ja. Det er et krav.', marks=(1,)), Statement(text='Ring f.eks. til Ida.', marks=(2, 3))]
    """
    if is_set_piece(answer):
        return []
    found = [one for line in answer.split("\n") for one in _of_line(line)]
    return [one for one in found if not is_set_piece(one.text)]


def is_set_piece(text: str) -> bool:
    """Whether a text is one of our own sentences that state nothing about a profile."""
    plain = " ".join(_MARK.sub("", text).split())
    return not re.search(r"\w", plain) or plain in _said() or any(plain.startswith(table["which"]) for table in wording.SAYINGS.values())


@lru_cache(maxsize=1)
def _said() -> frozenset[str]:
    whole = {table[key] for table in wording.SAYINGS.values() for key in _SET_PIECES if key in table}
    return frozenset(whole | {text[a:b] for text in whole for a, b in sentences(text)})


def _of_line(line: str) -> list[Statement]:
    line = re.sub(r"^\s*- ", "", line)
    plain, marks = "", []
    for piece in re.split(r"(\s*\[\d{1,3}\])", line):
        if match := _MARK.fullmatch(piece):
            marks.append((len(plain), int(match[1])))
        else:
            plain += piece
    spans = _joined([span for span in sentences(plain) if re.search(r"\w", plain[slice(*span)])], plain)
    owned: dict[int, list[int]] = {at: [] for at in range(len(spans))}
    for place, number in marks:
        owner = max((at for at, (start, _) in enumerate(spans) if start < place), default=0)
        owned.setdefault(owner, []).append(number)
    return [Statement(plain[start:end], tuple(owned[at])) for at, (start, end) in enumerate(spans)]


def _joined(spans: Sequence[Span], text: str) -> list[Span]:
    """The spans, a bare "Ja." joined to what follows it."""
    out: list[Span] = []
    for start, end in spans:
        if out and _VERDICT.fullmatch(text[slice(*out[-1])] + " "):
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


@dataclass(slots=True)
class Reading:
    """What the verification needs of one profile on one day: `year` is what a date without one is in."""

    profile: Profile
    today: date
    year: int | None
    _sources: dict[Span, str] = field(default_factory=dict)

    @classmethod
    def of(cls, profile: Profile, today: date) -> Reading:
        """A profile read on `today`."""
        return cls(profile, today, dates.usual_year(profile.text))

    def source(self, span: Span) -> str:
        """A span's words as the last line; above it, a line each, what they are read under."""
        if span not in self._sources:
            inside = [p for p in self.profile.passages if p.start < span[1] and span[0] < p.end]
            above = [line.replace("\n", " ") for p in inside for line in (*p.section[-2:], p.lead or "", p.label or "", *p.headers) if line]
            own = self.profile.text[span[0] : span[1]].replace("\n", " ")
            self._sources[span] = "\n".join([*dict.fromkeys(above), own])
        return self._sources[span]


def supports(text: str, sources: Sequence[str], reading: Reading, language: str = "da") -> bool:
    """supp(s, P): whether the sources together say the sentence."""
    if not sources:
        return False
    body = _VERDICT.sub("", text)
    if any(_plain(body) in _plain(source) for source in sources):
        return True
    if not _values_stand(body, sources, reading):
        return False
    windows = sorted((_best_window(body, source, language) for source in sources), key=lambda pair: -pair[0])[:2]
    near = " ".join(window for _, window in windows)
    return _aligned(body, near, language) >= TAU and bool(_NEGATION.search(body)) == _negated(body, near)


@lru_cache(maxsize=20_000)
def _plain(text: str) -> str:
    return " " + " ".join(words(text)) + " "


def _values_stand(text: str, sources: Sequence[str], reading: Reading) -> bool:
    """Every checkable thing of `text` is in the sources, or derived from them."""
    there: frozenset[Value] = frozenset().union(*(values(source, reading.year) for source in sources))
    said = values(text, reading.year) - there - derived(there, reading.today)
    loose = {bare(value) for value in there}
    plain = " ".join(_plain(source) for source in sources)
    return all(bare(value) in loose or f" {' '.join(words(value[1]))} " in plain for value in said)


@lru_cache(maxsize=50_000)
def _stems(text: str) -> frozenset[str]:
    """The keys of the content words, and of the parts of their compounds."""
    found = [word for word in words(text) if word not in STOP_WORDS]
    return frozenset(concepts.key(piece) for word in found for piece in (word, *parts(word)))


def _aligned(text: str, source: str, language: str) -> float:
    """The share of the text's content words that stand in the source (an English one by its Danish translations)."""
    content = [word for word in words(text) if word not in STOP_WORDS and word not in _FRAME and not word[0].isdigit()]
    there = _stems(source)
    met = [any(concepts.key(form) in there for form in (word, *(danish_for(word) if language == "en" else ()))) for word in content]
    return sum(met) / len(met) if met else 1.0


def _best_window(text: str, source: str, language: str) -> tuple[float, str]:
    """The two neighbouring sentences of a source's last paragraph, with the lines above it, that hold most of the text."""
    *above, body = source.split("\n")
    spans = sentences(body) or [(0, len(body))]
    heads = " ".join(above)
    windows = [f"{heads} {body[spans[at][0] : spans[min(at + 1, len(spans) - 1)][1]]}" for at in range(max(1, len(spans) - 1))]
    return max(((_aligned(text, window, language), window) for window in windows), key=lambda pair: pair[0])


def _negated(text: str, window: str) -> bool:
    """Whether what the text rests on negates: of the window's sentences, the one that holds most of it."""
    found = [window[a:b] for a, b in sentences(window)] or [window]
    return bool(_NEGATION.search(max(found, key=lambda sentence: _aligned(text, sentence, "da"))))


def valid(citation: Mapping[str, Any], profile: Profile) -> bool:
    """Whether a citation's document and page exist and its quote equals the stored text."""
    start, end, quote = citation.get("start"), citation.get("end"), citation.get("quote")
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(profile.text):
        return False
    pages = {p.page for p in profile.passages if p.start < end and start < p.end}
    return citation.get("profile") == profile.slug and quote == profile.text[start:end] and (citation.get("page") in pages or not pages)


@dataclass(frozen=True, slots=True)
class Cited:
    """What the citations of one answer came to; the shares are None where the answer states nothing.

    `invalid` counts citations that do not hold, marks without a citation and citations without a mark.
    """

    statements: int
    set_pieces: bool
    recall: float | None
    precision: float | None
    faithful: float | None
    fabricated: bool
    invalid: int
    gold_hit: bool
    noise: float | None


def cited(answer: Mapping[str, Any], reading: Reading, retrieved: Sequence[Span], quotes: Sequence[Sequence[Span]]) -> Cited:
    """Citation recall and precision (invalid ones counted), faithfulness to what was retrieved, gold-source hit."""
    text, language = str(answer.get("answer") or ""), str(answer.get("language") or "da")
    told = statements(text)
    table = {int(c["number"]): c for c in answer.get("citations") or () if isinstance(c.get("number"), int)}
    good = {n: reading.source((c["start"], c["end"])) for n, c in table.items() if valid(c, reading.profile)}
    marks = [int(n) for n in _MARK.findall(text)]
    invalid = len(set(marks) - set(good)) + len(set(table) - set(marks)) + len(answer.get("citations") or ()) - len(table)
    backed = [bool(one.marks) and all(n in good for n in one.marks) and supports(one.text, [good[n] for n in one.marks], reading, language) for one in told]
    found = [reading.source(span) for span in retrieved]
    faithful = [back or supports(one.text, found, reading, language) for one, back in zip(told, backed, strict=True)]
    spans = {n: (table[n]["start"], table[n]["end"]) for n in good}
    on_gold = [any(_overlaps(spans[n], quotes) for n in one.marks if n in spans) for one in told]
    empty = 0.0 if not text.strip() else None
    return Cited(
        len(told), not told, _mean(backed, empty), _precision(told, backed, lambda one, n: _needed(one, n, good, reading, language), set(good), invalid, empty), _mean(faithful, empty),
        any(_fabricated(one.text, [*found, *good.values()], reading) for one in told), invalid, any(_overlaps(span, quotes) for span in spans.values()),
        _mean([true and not gold for true, gold in zip(faithful, on_gold, strict=True)], empty),
    )  # fmt: skip


def _precision(told: Sequence[Statement], backed: Sequence[bool], needed: Callable[[Statement, int], bool], good: set[int], invalid: int, empty: float | None) -> float | None:
    """The share of citations that their sentence needs: it supports alone, or without it the others do not. Invalid ones count against."""
    earned = total = 0
    for one, back in zip(told, backed, strict=True):
        total += len(one.marks)
        earned += sum(back and needed(one, n) for n in one.marks)
    loose = invalid - sum(n not in good for one in told for n in set(one.marks))
    total += max(loose, 0)
    return earned / total if total else (0.0 if told else empty)


def _needed(one: Statement, number: int, good: Mapping[int, str], reading: Reading, language: str) -> bool:
    others = [good[n] for n in one.marks if n != number]
    return supports(one.text, [good[number]], reading, language) or not supports(one.text, others, reading, language)


def _fabricated(text: str, sources: Sequence[str], reading: Reading) -> bool:
    """Whether a sentence has a number or a name that none of the sources has."""
    return not _values_stand(_VERDICT.sub("", text), sources or [""], reading)


def _overlaps(span: Span, quotes: Sequence[Sequence[Span]]) -> bool:
    return any(span[0] < end and start < span[1] for places in quotes for start, end in places)


def _mean(flags: Sequence[bool], empty: float | None) -> float | None:
    return sum(flags) / len(flags) if flags else empty
