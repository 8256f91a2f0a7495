"""What candidates asked, in numbers: a day and a profile at a time, answered or refused, thumbs, how fast, and what is asked most.

Numbers only: nobody's conversation can be told from another's here. A question is listed only when at least `LEAST` conversations asked it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from assistant.likeness import ALIKE, Reading, likeness
from assistant.storing import Store, now, stored
from assistant.tables import CONVERSATIONS, FEEDBACK, TURNS

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
LEAST = 2
GROUPED = 1500


@dataclass(slots=True)
class Tally:
    """Counts of questions: `seconds` are how long each answer took."""

    asked: int = 0
    answered: int = 0
    refused: int = 0
    scope: int = 0
    up: int = 0
    down: int = 0
    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """The time (seconds) within which this share of answers came; 0 when there were none."""
        ordered = sorted(self.seconds)
        return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class Often:
    """A question asked in these and other words, how many times, of which profile."""

    profile: str
    question: str
    times: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A period's numbers: every day of it (in Copenhagen), every profile that was asked about, the whole, and what is asked most."""

    days: dict[date, Tally]
    profiles: dict[str, Tally]
    total: Tally
    often: tuple[Often, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    conversation: str
    profile: str | None
    question: str


class Overviews(Store):
    """Counts what is in a migrated database; `readings` tells which questions are alike."""

    def __init__(self, engine: Engine, readings: Callable[[Sequence[str]], list[Reading]], clock: Callable[[], datetime] = now) -> None:
        super().__init__(engine, clock)
        self._readings = readings

    def of(self, first: date, last: date, profile: str | None = None) -> Overview:
        """The numbers from `first` to `last`, both included; of one profile or of all."""
        days = {first + timedelta(days=n): Tally() for n in range((last - first).days + 1)}
        profiles: dict[str, Tally] = {}
        total, seen = Tally(), list[_Seen]()
        begin, end = (stored(datetime(day.year, day.month, day.day, tzinfo=COPENHAGEN)) for day in (first, last + timedelta(days=1)))
        columns = (TURNS.c.asked, TURNS.c.answer, TURNS.c.question, TURNS.c.conversation_id, CONVERSATIONS.c.profile, FEEDBACK.c.verdict)
        only = [TURNS.c.asked >= begin, TURNS.c.asked < end, *([CONVERSATIONS.c.profile == profile] if profile else [])]
        query = select(*columns).select_from(TURNS.join(CONVERSATIONS).outerjoin(FEEDBACK, FEEDBACK.c.turn_id == TURNS.c.id)).where(*only).order_by(TURNS.c.id)
        with self._reading() as connection:
            for row in connection.execute(query):
                answer, slug = json.loads(row.answer), row.profile or ""
                day = row.asked.replace(tzinfo=UTC).astimezone(COPENHAGEN).date()
                for tally in (total, days.get(day), profiles.setdefault(slug, Tally())):
                    if tally is not None:
                        _count(tally, answer, row.verdict)
                seen.append(_Seen(row.conversation_id, row.profile, row.question))
        return Overview(days, profiles, total, self._often(seen[-GROUPED:]))

    def _often(self, seen: Sequence[_Seen], most: int = 15) -> tuple[Often, ...]:
        """What is asked most: the same question in other words counts with it, a conversation once."""
        found: list[Often] = []
        for profile in {one.profile for one in seen if one.profile}:
            asked: dict[str, set[str]] = {}
            for one in seen:
                if one.profile == profile:
                    asked.setdefault(one.question, set()).add(one.conversation)
            found += [Often(profile, question, times) for question, times in self._grouped(asked) if times >= LEAST]
        return tuple(sorted(found, key=lambda one: (-one.times, one.question))[:most])

    def _grouped(self, asked: dict[str, set[str]]) -> list[tuple[str, int]]:
        """Questions with who asked them → (the wording used most, how many conversations), like with like."""
        ordered = sorted(asked, key=lambda question: (-len(asked[question]), question))[:400]
        readings = self._readings(ordered)
        heads: list[tuple[str, Reading]] = []
        who: dict[str, set[str]] = {}
        for question, reading in zip(ordered, readings, strict=True):
            head = next((text for text, other in heads if likeness(reading, other) >= ALIKE), None)
            if head is None:
                heads.append((question, reading))
            who.setdefault(head or question, set()).update(asked[question])
        return list(Counter({question: len(conversations) for question, conversations in who.items()}).items())


def _count(tally: Tally, answer: dict[str, object], verdict: str | None) -> None:
    """Counts one turn."""
    confidence = answer.get("confidence", 0)
    refused = bool(answer["abstained"])
    inside = bool(answer.get("citations")) or (isinstance(confidence, (int, float)) and confidence > 0)
    tally.asked += 1
    tally.answered += not refused
    tally.refused += refused and inside
    tally.scope += refused and not inside
    tally.up += verdict == "up"
    tally.down += verdict == "down"
    seconds = answer.get("seconds", 0.0)
    tally.seconds.append(float(seconds) if isinstance(seconds, (int, float)) else 0.0)
