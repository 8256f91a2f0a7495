"""The dates of the process: what happens on which day, each with the sentence it stands in.

Only days that the profile writes count, and only where its words say what happens: the nearest ones in the same clause, else the label,
lead-in or headings above. Left to others: the calendar file (`calendar_file`), the card (`factcard`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta

from corpus.dates import Mention, mentions, usual_year
from corpus.profiles import Passage, PassageKind, Profile

_KINDS: tuple[tuple[str, str], ...] = (
    ("deadline", r"ansøgningsfrist\w*|\bfrist(?:en)?\b|\bsenest\b|deadline|vil(?:le)? (?:gerne )?have din ansøgning|skal have din ansøgning|have din ansøgning"),
    ("shortlist", r"\budvælg\w*|\bindkald\w*|(?:skal|videre|indbydes|kandidater|ansøgere|kommer) til (?:første )?samtale\b|\bhvem der skal til\b"),
    ("first", r"(?:første|1\.|indledende) (?:\w+ ){0,1}?(?:samtale\w*|runde|interview)|første samtalerunde|\b1\. (?:job)?samtale|\bførste runde\b"),
    ("second", r"(?:anden|andet|2\.) (?:\w+ ){0,1}?(?:samtale\w*|runde|interview)|\banden samtalerunde|\b2\. (?:job)?samtale|\banden runde\b"),
    ("third", r"(?:tredje|3\.) (?:\w+ ){0,1}?(?:samtale\w*|runde|interview)"),
    ("final", r"(?:afsluttende|sidste|endelig\w*) (?:\w+ )?(?:samtale\w*|runde)"),
    ("meeting_first", r"\b(?:første|1\.) møde\b"),
    ("meeting_second", r"\b(?:andet|2\.) møde\b"),
    ("test", r"\b(?!\w*attest|protest)\w*test(?:s|en|ene|ning|es)?\b|\bpersonlighedsprofil\b"),
    ("feedback", r"\btilbagemelding\w*"),
    ("interview", r"\w*samtale(?!r? med alle)\w*|\binterview\w*"),
    ("visit", r"åbent (?:hus|for alle)|rundvisning|viser (?:\w+ )?rundt|kom (?:gerne )?forbi|\bpå besøg\b|\bbesøgsdag\w*|informationsmøde\w*|orienteringsmøde\w*"),
    ("answer", r"\bsvar senest\b|\bbesked\b|\bafgørelse\w*|\bbeslutning (?:om ansættelse|træffes)|\b(?:vedtager|beslutter|godkender) ansættelsen|\bansættelsen? (?:vedtages|besluttes|godkendes)|\bendelig ansættelse"),
    ("start", r"tiltrædelse\w*|\bdu tiltræder\b|\btiltræde(?:s|r stillingen)?\b|\b(?:du|og) (?:begynder|starter)\b|\bbegynder (?:du )?(?:den|d\.)|første arbejdsdag|startdato|til besættelse|\bstart\b(?= ?:)"),
)
_KIND = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _KINDS), re.IGNORECASE)
_PROCESS = re.compile(r"proces|forløb(?!er)|tidsplan|kalender|vigtige datoer|samtale|ansættelsesudvalg|rekruttering|overblik|ansøgningsfrist|runde", re.IGNORECASE)
MONTHS = timedelta(days=90)
_VAGUE = ("date", "interview")
_CLOCK = re.compile(r"\b(?:kl\.?|klokken)\s*(\d{1,2})(?:[.:](\d{2}))?(?:\s*(?:-|–|til)\s*(?:kl\.?\s*)?(\d{1,2})(?:[.:](\d{2}))?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Event:
    """Something of the process on a day. `kind` is a key of the wording, `text[start:end]` the date as written, `quote` its sentence (`place` its span).

    `begins` and `ends` are times of day where the profile says them; `certain` is false where the date's year is inferred.
    """

    kind: str
    day: date
    begins: time | None
    ends: time | None
    start: int
    end: int
    quote: str
    place: tuple[int, int]
    label: str | None = None
    certain: bool = True


def events(profile: Profile) -> list[Event]:
    """The dates of the process, soonest first; a day and a kind once, at the place that says most (a time, a label)."""
    year = usual_year(profile.text)
    deadline = (profile.deadline or "")[:10]
    found = [event for passage in _units(profile) for event in _in_passage(profile, passage, year, deadline)]
    best: dict[tuple[date, str], Event] = {}
    for event in found:
        known = best.get((event.day, event.kind))
        if known is None or (event.begins is not None, event.certain) > (known.begins is not None, known.certain):
            best[event.day, event.kind] = event
    kept = [event for event in best.values() if _fits(event, deadline)]
    named = {event.day for event in kept if event.kind not in _VAGUE}
    return sorted((event for event in kept if event.kind not in _VAGUE or event.day not in named), key=lambda event: (event.day, event.begins or time(), event.start))


def _fits(event: Event, deadline: str) -> bool:
    """Whether an event agrees with the profile's deadline (ISO, or empty): one deadline, visits come before it, nobody starts before it, a first meeting comes soon after it."""
    day = event.day.isoformat()
    if event.kind.startswith("meeting"):
        return bool(deadline) and deadline < day <= (date.fromisoformat(deadline) + MONTHS).isoformat()
    return not deadline or {"deadline": day == deadline, "start": day > deadline, "visit": day <= deadline}.get(event.kind, True)


def _units(profile: Profile) -> list[Passage]:
    """The passages that say something, none inside another: the smallest that stand on their own."""
    words = [one for one in profile.passages if one.kind is not PassageKind.HEADING]
    return [one for one in words if not any(other is not one and one.start <= other.start and other.end <= one.end and (other.end - other.start) < (one.end - one.start) for other in words)]


def _in_passage(profile: Profile, passage: Passage, year: int | None, deadline: str) -> list[Event]:
    """The events of one passage; a date takes the kind of its own clause, else the one before it, else what it is read under."""
    quote = profile.quote(passage)
    dated = [one for one in mentions(quote, year) if one.days]
    above = _above(passage)
    found: list[Event] = []
    last: str | None = None
    for at, mention in enumerate(dated):
        before = dated[at - 1].end if at else 0
        after = dated[at + 1].start if at + 1 < len(dated) else len(quote)
        kind = _kind(quote, mention, before, after) or last or above
        if deadline in {day.isoformat() for day in mention.days} and kind in (None, "date"):
            kind = "deadline"
        last = kind or last
        if kind is None or (kind == "date" and passage.kind is PassageKind.SENTENCE):
            continue
        begins, ends = _times(mention, quote[mention.end : after])
        span = (passage.start + mention.start, passage.start + mention.end)
        found += [Event(kind, day, begins, ends, *span, quote, (passage.start, passage.end), passage.label, mention.certain) for day in mention.days]
    return found


def _kind(quote: str, mention: Mention, before: int, after: int) -> str | None:
    """The kind that the words nearest to a date name: those before it in its clause, else those after it."""
    lead = [match for match in _KIND.finditer(quote, before, mention.start) if not re.search(r"[.;!?]\s", quote[match.end() : mention.start])]
    if lead:
        other = [one for one in lead if one.lastgroup != "deadline"]
        return other[-1].lastgroup if other and lead[-1][0].casefold() == "senest" else lead[-1].lastgroup
    tail = next(iter(_KIND.finditer(quote, mention.end, after)), None)
    return tail.lastgroup if tail and not re.search(r"[.;!?]\s", quote[mention.end : tail.start()]) else None


def _above(passage: Passage) -> str | None:
    """The kind that a passage's label, lead-in or headings name; "date" where they only speak of the process."""
    for words in (passage.label, passage.lead, *reversed(passage.section)):
        if words and (match := _KIND.search(words)):
            return match.lastgroup
        if words and _PROCESS.search(words):
            return "date"
    return None


def _times(mention: Mention, following: str) -> tuple[time | None, time | None]:
    """From when until when, as far as the profile says: beside the date, or in the words right after it."""
    found = _CLOCK.search(f"kl. {mention.time}") if mention.time else _CLOCK.search(re.split(r"[.;!?]\s", following)[0])
    if not found:
        return None, None
    hours = [_clock(found[1], found[2]), _clock(found[3], found[4]) if found[3] else None]
    return hours[0], hours[1] if hours[0] and hours[1] and hours[0] < hours[1] else None


def _clock(hour: str, minute: str | None) -> time | None:
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        return None
