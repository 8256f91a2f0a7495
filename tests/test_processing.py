"""The dates of the process: each with its kind, its time and its sentence, and no day that the profile doesn't write."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from assistant.processing import events
from corpus.profiles import Profile
from corpus.reading import read
from index.library import Library, Shard


def found(tmp_path: Path, text: str, deadline: str | None = None) -> list[tuple[str, date]]:
    matter = f"---\ndeadline: {deadline}\n---\n" if deadline else ""
    (tmp_path / "job.md").write_text(f"{matter}# Leder\n\n{text}\n", encoding="utf-8")
    return [(event.kind, event.day) for event in events(read(tmp_path / "job.md"))]


def test_the_short_profile(job: Profile) -> None:
    assert [(event.kind, event.day, event.begins) for event in events(job)] == [
        ("deadline", date(2027, 3, 1), time(12)),
        ("first", date(2027, 3, 9), None),
        ("second", date(2027, 3, 18), None),
    ]


def test_the_shipped_profile(shipped: Shard) -> None:
    kinds = [(event.kind, event.day.isoformat()) for event in events(shipped.profile)]
    assert kinds == [("deadline", "2024-02-05"), ("first", "2024-02-09"), ("test", "2024-02-15"), ("interview", "2024-02-19"), ("second", "2024-02-23"), ("start", "2024-04-01")]


def test_every_event_stands_in_its_sentence(stocked: Library) -> None:
    for profile in stocked.profiles():
        for event in events(profile):
            assert profile.text[slice(*event.place)] == event.quote
            assert event.place[0] <= event.start < event.end <= event.place[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Du får svar senest mandag den 8. februar 2027 og begynder den 1. marts 2027.", [("answer", date(2027, 2, 8)), ("start", date(2027, 3, 1))]),
        ("Vi holder samtaler tirsdag den 2. og onsdag den 3. februar 2027.", [("interview", date(2027, 2, 2)), ("interview", date(2027, 2, 3))]),
        ("Udvalget beslutter torsdag den 21. januar 2027, hvem der skal til samtale.", [("shortlist", date(2027, 1, 21))]),
        ("Du tager en test hjemmefra senest tirsdag den 26. januar 2027.", [("test", date(2027, 1, 26))]),
        ("Du tager en test og får en tilbagemelding torsdag den 28. januar 2027.", [("feedback", date(2027, 1, 28))]),
        ("Fredag den 3. september 2027 fylder skolen 100 år.", []),
        ("Den tidligere leder tiltræder den 1. februar 2027 en stilling i udlandet.", []),
        ("Straffeattesten skal være her den 1. februar 2027.", []),
        ("Museet har åbent fra 1. april 2027 til 31. oktober 2027.", []),
        ("Første samtale er tirsdag i uge 10 2027.", [("first", date(2027, 3, 9))]),
        ("- Første samtale: 9. marts 2027\n- Test: 10. marts 2027", [("first", date(2027, 3, 9)), ("test", date(2027, 3, 10))]),
    ],
)
def test_a_date_takes_the_kind_of_its_own_clause(tmp_path: Path, text: str, expected: list[tuple[str, date]]) -> None:
    assert found(tmp_path, text) == expected


def test_there_is_one_deadline_and_nobody_starts_before_it(tmp_path: Path) -> None:
    text = "Ansøgningsfristen er den 1. marts 2027. Søg om kursus senest den 4. maj 2027. Hun fik stillingen med tiltrædelse den 1. januar 2020."
    assert found(tmp_path, text, "2027-03-01") == [("deadline", date(2027, 3, 1))]


def test_the_deadlines_own_day_is_the_deadline_whatever_it_is_called(tmp_path: Path) -> None:
    assert found(tmp_path, "| Fakta | |\n|---|---|\n| Sidste udkald | 10. januar 2027 |", "2027-01-10") == [("deadline", date(2027, 1, 10))]


@pytest.mark.parametrize(("day", "expected"), [("21. januar 2027", [("meeting_first", date(2027, 1, 21))]), ("1. december 2027", [])])
def test_a_first_meeting_counts_when_it_comes_soon_after_the_deadline(tmp_path: Path, day: str, expected: list[tuple[str, date]]) -> None:
    assert found(tmp_path, f"Første møde er den {day}.", "2027-01-10") == expected


def test_every_kind_has_its_words() -> None:
    from assistant.processing import _KINDS
    from web.wording import TEXTS

    assert all(f"event.{kind}" in TEXTS[language] for kind in [*(name for name, _ in _KINDS), "date"] for language in TEXTS)


def test_times_are_the_profiles_own(tmp_path: Path) -> None:
    (tmp_path / "job.md").write_text("# Leder\n\nÅbent hus er lørdag den 6. februar 2027 kl. 10-13. Første samtale er den 9. marts 2027.\n", encoding="utf-8")
    visit, first = events(read(tmp_path / "job.md"))
    assert (visit.begins, visit.ends, first.begins) == (time(10), time(13), None)
