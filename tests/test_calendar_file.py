"""The calendar file, read back as a calendar program reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import icalendar

from assistant.calendar_file import calendar_file
from assistant.processing import Event, events
from corpus.profiles import Profile

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def written(job: Profile) -> bytes:
    return calendar_file(job, events(job), lambda event: f"{event.kind}: {job.title}", lambda event: f"https://job.example/p/x?start={event.start}", NOON)


def test_every_event_quotes_its_sentence_and_says_where_it_stands(job: Profile) -> None:
    read = icalendar.Calendar.from_ical(written(job))
    for entry, event in zip(read.walk("VEVENT"), events(job), strict=True):
        assert event.quote in entry["description"] and f"?start={event.start}" in entry["url"]
        assert entry["summary"] == f"{event.kind}: Skoleleder"


def test_a_time_is_copenhagens_and_no_time_is_the_whole_day(job: Profile) -> None:
    deadline, first, _ = icalendar.Calendar.from_ical(written(job)).walk("VEVENT")
    assert deadline["dtstart"].dt == datetime.fromisoformat("2027-03-01T12:00:00+01:00") and deadline["dtstart"].params["TZID"] == "Europe/Copenhagen" and "dtend" not in deadline
    assert first["dtstart"].dt == date(2027, 3, 9) and first["dtend"].dt == date(2027, 3, 10)
    assert b"BEGIN:VTIMEZONE" in written(job)


def test_the_same_dates_are_the_same_entries(job: Profile) -> None:
    ids = [entry["uid"] for entry in icalendar.Calendar.from_ical(written(job)).walk("VEVENT")]
    assert len(set(ids)) == 3 and written(job) == written(job)


def test_lines_are_folded_and_a_hostile_sentence_stays_one_value(job: Profile) -> None:
    event = Event("first", date(2027, 3, 9), None, None, 0, 1, "Linje\r\nEND:VEVENT\nBEGIN:VALARM; å" * 9, (0, 1))
    data = calendar_file(job, [event], lambda _: "x\r\nATTACH:http://evil.example", lambda _: "https://job.example/", NOON)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    (entry,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert "ATTACH" not in entry and entry.subcomponents == [] and "END:VEVENT" in entry["description"]
