"""What the pages show, made ready for the templates: deadlines in words, the card, the turns of a conversation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from assistant.answering import Profile
from assistant.conversations import Turn
from assistant.factcard import Card, Value
from assistant.feedback import Verdict
from assistant.forwarding import Forwarded
from assistant.processing import Event
from web.speaking import Stanza, spoken
from web.wording import Language, day, distance, say, weekday


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline in words. `passed` is None when it is not known."""

    words: str
    distance: str = ""
    passed: bool | None = None
    iso: str = ""


@dataclass(frozen=True, slots=True)
class Date:
    """A date of the process in words, with its place in the profile."""

    words: str
    title: str
    iso: str
    passed: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the fact card: its label, and the profile's own words (empty: not stated)."""

    label: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A turn as the page shows it. `stale` are the citations whose words the profile no longer has there; `refused` is "not in the profile"."""

    turn: Turn
    stanzas: list[Stanza]
    refused: bool
    stale: frozenset[int]
    verdict: Verdict | None
    forwarded: Forwarded | None
    copied: str


def deadline(language: Language, iso: str | None, today: date) -> Deadline:
    """A profile's deadline (ISO, or however it was written) in words."""
    if not iso:
        return Deadline(say(language, "deadline.none"))
    try:
        moment = date.fromisoformat(iso[:10])
    except ValueError:
        return Deadline(iso)
    return Deadline(day(language, moment), distance(language, moment, today), moment < today, moment.isoformat())


def lines(language: Language, card: Card) -> list[Line]:
    """The card's facts with their labels, in order."""
    return [Line(say(language, f"fact.{fact.name}"), fact.values) for fact in card.facts]


def title(language: Language, event: Event) -> str:
    """What happens, in a few words."""
    return event.label if event.kind == "date" and event.label else say(language, f"event.{event.kind}")


def dates(language: Language, events: Iterable[Event], today: date) -> list[Date]:
    """The dates of the process in words, with weekday and time."""
    found = []
    for event in events:
        clock = f" {say(language, 'clock', time=event.begins.strftime('%H.%M' if language == 'da' else '%H:%M'))}" if event.begins else ""
        words = f"{weekday(language, event.day)} {day(language, event.day)}{clock}"
        found.append(Date(words, title(language, event), event.day.isoformat(), event.day < today, event.start, event.end))
    return found


def shown(profile: Profile, turns: Iterable[Turn], verdicts: dict[int, Verdict], forwarded: dict[int, Forwarded], root: str) -> list[Shown]:
    """The turns with all that hangs on them. `root` is our address, for the links in what is copied."""
    return [_shown(profile, turn, verdicts.get(turn.number), forwarded.get(turn.number), root) for turn in turns]


def _shown(profile: Profile, turn: Turn, verdict: Verdict | None, forwarded: Forwarded | None, root: str) -> Shown:
    answer = turn.answer
    stale = frozenset(one.number for one in answer.citations if profile.text[one.start : one.end] != one.quote)
    refused = answer.abstained and (bool(answer.citations) or answer.confidence > 0)
    return Shown(turn, spoken(answer), refused, stale, verdict, forwarded, copied(turn, root))


def copied(turn: Turn, root: str) -> str:
    """An answer as plain text that keeps its citations: each with its quote and its permanent address.

    >>> from assistant.answers import Answer, Citation
    >>> one = Citation(1, "job", "Frist", None, "5. maj", 3, 9)
    >>> print(copied(Turn(1, "Hvornår?", Answer("Hvornår?", "job", "da", "Den 5. maj. [1]", False, 1.0, (one,)), None), "https://job.example"))
    Den 5. maj. [1]
    <BLANKLINE>
    [1] »5. maj« (Frist) https://job.example/p/job?start=3&end=9
    """
    notes = [f"[{one.number}] »{one.quote}«{f' ({one.section})' if one.section else ''} {root}/p/{one.profile}?start={one.start}&end={one.end}" for one in turn.answer.citations]
    return "\n".join([turn.answer.answer, *(["", *notes] if notes else [])])
