"""The dates of the process → a calendar file (iCalendar, RFC 5545), each event quoting its sentence. Times are Copenhagen's.

Left to others: which dates there are (`processing`), the addresses and the wording (handed in).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar

from assistant.processing import Event
from corpus.profiles import Profile

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def calendar_file(profile: Profile, events: Sequence[Event], title: Callable[[Event], str], address: Callable[[Event], str], now: datetime | None = None) -> bytes:
    """The file's bytes. `title(event)` and `address(event)` word an event and its place in the profile; an event without a time is a whole day."""
    found = icalendar.Calendar()
    found.add("prodid", "-//Profilassistenten//DA")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    for event in events:
        found.add_component(_entry(profile, event, title(event), address(event), now or datetime.now(UTC)))
    found.add_missing_timezones()
    return bytes(found.to_ical())


def _entry(profile: Profile, event: Event, title: str, address: str, now: datetime) -> icalendar.Event:
    """One event. What isn't said isn't made up: without an end, it has none."""
    entry = icalendar.Event()
    entry.add("uid", hashlib.sha256(f"{profile.slug} {event.kind} {event.day} {event.quote}".encode()).hexdigest()[:32] + "@profilassistenten")
    entry.add("dtstamp", now)
    entry.add("summary", title)
    entry.add("description", f"»{event.quote}«\n\n{address}")
    entry.add("url", address)
    if event.begins is None:
        entry.add("dtstart", event.day)
        entry.add("dtend", event.day + timedelta(days=1))
        entry.add("transp", "TRANSPARENT")
        return entry
    entry.add("dtstart", datetime.combine(event.day, event.begins, COPENHAGEN))
    if event.ends is not None:
        entry.add("dtend", datetime.combine(event.day, event.ends, COPENHAGEN))
    return entry
