"""What candidates asked, in numbers: a day and a profile at a time, answered or refused, thumbs, how fast, and what is asked most.

Numbers only: nobody's conversation can be told from another's here. A question is listed only when at least `LEAST` conversations asked it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select

from assistant.likeness import ALIKE, Reading, likeness
from assistant.storing import Store, now, stored
from assistant.tables import CONVERSATIONS, FEEDBACK, TURNS

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
LEAST = 2
GROUPED = 1500
FRESH = timedelta(seconds=60)
Told = tuple[str, Reading]


@dataclass(slots=True)
class Tally:
    """Counts of questions: `seconds` says how many answers took so long, in hundredths of a second."""

    asked: int = 0
    answered: int = 0
    refused: int = 0
    scope: int = 0
    up: int = 0
    down: int = 0
    seconds: Counter[int] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        """The time (seconds) within which this share of answers came; 0 when there were none."""
        left = ceil(share * self.seconds.total())
        for hundredths in sorted(self.seconds):
            left -= self.seconds[hundredths]
            if left <= 0:
                return hundredths / 100
        return 0.0

    def add(self, other: Tally) -> None:
        """Counts another tally's questions with these."""
        for name in ("asked", "answered", "refused", "scope", "up", "down"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.seconds.update(other.seconds)


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
    """Counts what is in a migrated database; `readings` and `alike` tell which questions are alike.

    A day that is over is counted once and kept until `forget`; so is, for a minute, what is asked most.
    """

    def __init__(self, engine: Engine, readings: Callable[[Sequence[str]], list[Reading]], clock: Callable[[], datetime] = now, alike: Callable[[Told, Told], float] | None = None) -> None:
        super().__init__(engine, clock)
        self._readings, self._alike = readings, alike or (lambda one, other: likeness(one[1], other[1]))
        self._counted: dict[date, dict[str, Tally]] = {}
        self._asked: dict[tuple[date, date, str | None], tuple[datetime, tuple[Often, ...]]] = {}

    def of(self, first: date, last: date, profile: str | None = None) -> Overview:
        """The numbers from `first` to `last`, both included; of one profile or of all."""
        days = {first + timedelta(days=n): Tally() for n in range((last - first).days + 1)}
        profiles: dict[str, Tally] = {}
        total = Tally()
        for day, sum_of_day in days.items():
            for slug, tally in self._day(day).items():
                if profile is None or slug == profile:
                    for one in (total, sum_of_day, profiles.setdefault(slug, Tally())):
                        one.add(tally)
        return Overview(days, profiles, total, self._most(first, last, profile))

    def forget(self) -> None:
        """Lets go of what was counted, for what has been deleted since."""
        self._counted.clear()
        self._asked.clear()

    def _day(self, day: date) -> dict[str, Tally]:
        """A day's numbers by profile."""
        if day in self._counted:
            return self._counted[day]
        begin, end = (stored(datetime(one.year, one.month, one.day, tzinfo=COPENHAGEN)) for one in (day, day + timedelta(days=1)))
        of_day, found = (TURNS.c.asked >= begin, TURNS.c.asked < end), dict[str, Tally]()
        hundredths = func.round(TURNS.c.seconds * 100)
        counts = select(CONVERSATIONS.c.profile, TURNS.c.outcome, hundredths, func.count()).select_from(TURNS.join(CONVERSATIONS)).where(*of_day).group_by(CONVERSATIONS.c.profile, TURNS.c.outcome, hundredths)
        thumbs = select(CONVERSATIONS.c.profile, FEEDBACK.c.verdict, func.count()).select_from(TURNS.join(CONVERSATIONS).join(FEEDBACK)).where(*of_day).group_by(CONVERSATIONS.c.profile, FEEDBACK.c.verdict)
        with self._reading() as connection:
            for slug, outcome, took, count in connection.execute(counts):
                tally = found.setdefault(slug or "", Tally())
                name = "answered" if outcome == "unsure" else outcome
                tally.asked += count
                setattr(tally, name, getattr(tally, name) + count)
                tally.seconds[int(took)] += count
            for slug, verdict, count in connection.execute(thumbs):
                setattr(found.setdefault(slug or "", Tally()), verdict, count)
        if day < self._clock().astimezone(COPENHAGEN).date():
            self._counted[day] = found
        return found

    def _most(self, first: date, last: date, profile: str | None) -> tuple[Often, ...]:
        """What is asked most among the latest questions of the period."""
        key, moment = (first, last, profile), self._clock()
        kept = self._asked.get(key)
        if kept and timedelta() <= moment - kept[0] < FRESH:
            return kept[1]
        begin, end = (stored(datetime(day.year, day.month, day.day, tzinfo=COPENHAGEN)) for day in (first, last + timedelta(days=1)))
        only = [TURNS.c.asked >= begin, TURNS.c.asked < end, *([CONVERSATIONS.c.profile == profile] if profile else [])]
        query = select(TURNS.c.conversation_id, CONVERSATIONS.c.profile, TURNS.c.question).select_from(TURNS.join(CONVERSATIONS)).where(*only).order_by(TURNS.c.asked.desc(), TURNS.c.id.desc()).limit(GROUPED)
        with self._reading() as connection:
            seen = [_Seen(*row) for row in connection.execute(query)]
        found = self._often(seen)
        if len(seen) == GROUPED:
            self._asked[key] = moment, found
        return found

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
            head = next((text for text, other in heads if self._alike((question, reading), (text, other)) >= ALIKE), None)
            if head is None:
                heads.append((question, reading))
            who.setdefault(head or question, set()).update(asked[question])
        return list(Counter({question: len(conversations) for question, conversations in who.items()}).items())
