"""Are citations right? As ALCE meant them, repaired: recall, precision with invalid ones counted, faithfulness. No model is the judge.

Whether a text supports a sentence is said in `assistant.checking`, which the run-time checker asks too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.checking import TAU, Reading, supports, values_stand
from assistant.evaluation.gold import Span
from assistant.statements import MARK, VERDICT, Statement, is_set_piece, statements
from corpus.profiles import Profile

RETRIEVED = 10


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
    marks = [int(n) for n in MARK.findall(text)]
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
    return not values_stand(VERDICT.sub("", text), sources or [""], reading)


def _overlaps(span: Span, quotes: Sequence[Sequence[Span]]) -> bool:
    return any(span[0] < end and start < span[1] for places in quotes for start, end in places)


def _mean(flags: Sequence[bool], empty: float | None) -> float | None:
    return sum(flags) / len(flags) if flags else empty


__all__ = ["RETRIEVED", "TAU", "Cited", "Reading", "Statement", "cited", "is_set_piece", "statements", "supports", "valid"]
