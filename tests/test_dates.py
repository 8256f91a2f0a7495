"""Written dates and the days they mean."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.danish import MONTHS
from corpus.dates import WEEKDAYS, day_of_week, mentions, usual_year


@pytest.mark.parametrize(
    "text", ["3. september 2025", "onsdag den 3. september 2025", "d. 3. sept. 2025", "3/9-2025", "3.9.2025", "3/9 2025", "2025-09-03", "onsdag i uge 36, 2025", "Onsdag d. 3. sep 2025"]
)
def test_one_day_in_many_spellings(text: str) -> None:
    assert [m.days for m in mentions(text)] == [(date(2025, 9, 3),)]


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_any_day_in_words_comes_back(day: date) -> None:
    text = f"Fristen er {WEEKDAYS[day.weekday()]} den {day.day}. {MONTHS[day.month - 1]} {day.year}."
    (found,) = mentions(text)
    assert found.days == (day,)
    assert found.certain
    assert str(day.year) in text[found.start : found.end]


@given(st.dates(date(2001, 1, 1), date(2098, 12, 31)))
def test_weeks_are_the_calendars(day: date) -> None:
    year, week, weekday = day.isocalendar()
    assert day_of_week(year, week, WEEKDAYS[weekday - 1]) == day


@given(st.text(st.sampled_from("0123456789./- maj den kl 2027")))
def test_mentions_never_overlap_and_never_fail(text: str) -> None:
    at = 0
    for found in mentions(text, 2027):
        assert at <= found.start < found.end <= len(text)
        at = found.end


def test_what_is_no_date_is_none() -> None:
    assert [m.days for m in mentions("31. februar 2025")] in ([], [()])
    assert mentions("Budgettet er 4.7.") == []
    assert mentions("20 30 40 50") == []


def test_a_date_without_a_year_takes_the_usual_one_and_says_so() -> None:
    text = "Frist: 1. maj 2027. Samtaler: 9. maj. Start: 1. august 2027."
    assert usual_year(text) == 2027
    second = mentions(text, usual_year(text))[1]
    assert second.days == (date(2027, 5, 9),)
    assert not second.certain
    assert mentions("9. maj")[0].days == ()


def test_two_days_of_one_month_are_both_meant() -> None:
    assert mentions("den 8. og 9. maj 2027")[0].days == (date(2027, 5, 8), date(2027, 5, 9))


def test_the_time_belongs_to_its_date() -> None:
    assert mentions("mandag den 3. maj 2027 kl. 12.00")[0].time == "12.00"
