"""Written dates, times and weeks, and the calendar days they mean.

Left to others: which date answers a question (assistant), how a date is worded (assistant's wording).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from corpus.danish import MONTHS

WEEKDAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
_MONTH_NUMBER = {name: number for number, name in enumerate(MONTHS, 1)}
_MONTH_NUMBER |= {name[:3]: number for name, number in tuple(_MONTH_NUMBER.items())} | {"sept": 9}
_ENGLISH = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_MONTH_NUMBER |= {name: number for number, name in enumerate(_ENGLISH, 1)}

_DAY = r"(?:man|tirs|ons|tors|fre|lør|søn)dag"
_MONTH = r"(?:jan(?:uar)?|feb(?:ruar)?|mar(?:ts)?|apr(?:il)?|maj|jun(?:i)?|jul(?:i)?|aug(?:ust)?|sep(?:t(?:ember)?)?|okt(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
_YEAR = r"(?:\s*,?\s*(?P<year>(?:19|20)\d\d)\b)?"
_TIME = r"(?:,?\s*(?:kl\.?|klokken)\s*(?P<time>\d{1,2}(?:[.:]\d{2})?(?:\s*(?:-|–|til|og)\s*(?:kl\.?\s*)?\d{1,2}(?:[.:]\d{2})?)?))?"
_WRITTEN = re.compile(
    rf"(?:(?P<weekday>{_DAY})\s*,?\s*)?(?:(?:den|d\.)\s*)?(?<![\d.,/])(?P<day>\d{{1,2}})\.?"
    rf"(?:\s*(?:-|–|og|eller|samt|til)\s*(?:{_DAY}\s+)?(?:den\s+|d\.\s*)?(?P<second>\d{{1,2}})\.?)?\s*(?P<month>{_MONTH}){_YEAR}{_TIME}",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    rf"(?:(?P<weekday>{_DAY})\s*,?\s*)?(?:(?:den|d\.)\s*)?(?<![\d.,/-])(?P<day>\d{{1,2}})(?P<sep>[/.-])(?P<month>\d{{1,2}})(?:(?P=sep)|[-/ .])(?P<year>(?:20)?\d\d)\b(?![.,]?\d){_TIME}",
    re.IGNORECASE,
)
_SHORT = re.compile(rf"(?:(?P<weekday>{_DAY})\s*,?\s*(?:(?:den|d\.)\s*)?|(?:den|d\.|senest)\s*)(?<![\d.,/-])(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}})(?![\d/-]){_TIME}", re.IGNORECASE)
_ISO = re.compile(r"(?<!\d)(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)")
_WEEK = re.compile(rf"(?:(?P<weekday>{_DAY})\s+i\s+)?\buge\s+(?P<week>\d{{1,2}})(?:\s*(?:-|–|og|eller)\s*(?P<second>\d{{1,2}}))?(?:\s*(?:,|i)?\s*(?P<year>20\d\d))?\b{_TIME}", re.IGNORECASE)
_PART = re.compile(
    rf"\b(?:(?:primo|medio|ultimo|i starten af|i slutningen af|i løbet af|sommeren|foråret|efteråret|vinteren|begyndelsen af)\s+(?:{_MONTH}\s*)?(?P<year>(?:19|20)\d\d)?|(?P<month>{_MONTH})\s+(?P<year2>(?:19|20)\d\d))(?=\W|$)",
    re.IGNORECASE,
)
_BARE_YEAR = re.compile(r"(?:\b(?:i|siden|fra|år|inden|til|udgangen af|frem mod|mod)\s+)(?P<year>(?:19|20)\d\d)(?!\d)", re.IGNORECASE)
_CLOCK = re.compile(r"\b(?:kl\.?|klokken)\s*\d{1,2}(?:[.:]\d{2})?(?:\s*(?:-|–|til|og)\s*\d{1,2}(?:[.:]\d{2})?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """A date as written, `text[start:end]`, and the days it means (empty when only a month, week or year is said).

    `certain` is false where the year is inferred from the other dates of the profile.
    """

    start: int
    end: int
    days: tuple[date, ...] = ()
    weekday: bool = False
    time: str | None = None
    certain: bool = True


def mentions(text: str, year: int | None = None) -> list[Mention]:
    """Every date in `text`, in order, without overlaps. `year` is what a date without one is taken to be in.

    >>> [m.days for m in mentions("onsdag den 3. september 2025")]
    [(datetime.date(2025, 9, 3),)]
    """
    found: list[Mention] = []
    for pattern, read in ((_ISO, _written), (_WRITTEN, _written), (_NUMERIC, _written), (_SHORT, _written), (_WEEK, _week), (_PART, _part), (_BARE_YEAR, _year)):
        for match in pattern.finditer(text):
            span = match.span()
            if pattern is _BARE_YEAR:
                span = match.span("year")
            if any(span[0] < other.end and other.start < span[1] for other in found):
                continue
            mention = read(match, span, year)
            if mention:
                found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def times(text: str) -> list[tuple[int, int]]:
    """The spans of the times of day in `text` ("kl. 9.00", "kl. 15-17")."""
    return [match.span() for match in _CLOCK.finditer(text)]


@lru_cache(maxsize=512)
def usual_year(text: str) -> int | None:
    """The year most dates of a text carry: what its dates without a year mean. None when none does."""
    years = [mention.days[0].year for mention in mentions(text) if mention.days and mention.certain]
    return max(set(years), key=lambda year: (years.count(year), year)) if years else None


def _written(match: re.Match[str], span: tuple[int, int], year: int | None) -> Mention | None:
    groups = match.groupdict()
    month_text = groups["month"].casefold().rstrip(".")
    month = int(month_text) if month_text.isdigit() else _MONTH_NUMBER.get(month_text, 0)
    stated = groups.get("year")
    number = int(stated) + (2000 if int(stated) < 100 else 0) if stated else year
    if number is not None and not stated and groups.get("weekday"):
        number = _fitting_year(number, month, int(groups["day"]), groups["weekday"].casefold())
    days = []
    for day in filter(None, (groups["day"], groups.get("second"))):
        if number is None:
            if not (1 <= int(day) <= 31 and 1 <= month <= 12):
                return None
            continue
        try:
            days.append(date(number, month, int(day)))
        except ValueError:
            return None
    return Mention(*span, tuple(days), bool(groups.get("weekday")), groups.get("time"), bool(stated))


def _fitting_year(year: int, month: int, day: int, weekday: str) -> int:
    """The year nearest to `year` in which the day falls on the weekday written before it."""
    for candidate in (year, year - 1, year + 1, year - 2, year + 2):
        try:
            if WEEKDAYS[date(candidate, month, day).weekday()] == weekday:
                return candidate
        except ValueError:
            continue
    return year


def _week(match: re.Match[str], span: tuple[int, int], year: int | None) -> Mention | None:
    stated = match["year"]
    number = int(stated) if stated else year
    if not 1 <= int(match["week"]) <= 53:
        return None
    if number is None or not match["weekday"]:
        return Mention(*span, (), bool(match["weekday"]), match["time"], bool(stated))
    return Mention(*span, (day_of_week(number, int(match["week"]), match["weekday"].casefold()),), True, match["time"], bool(stated))


def _part(match: re.Match[str], span: tuple[int, int], year: int | None) -> Mention | None:
    return Mention(*span) if match["year"] or match["year2"] or match["month"] or re.search(_MONTH, match.group(), re.IGNORECASE) else None


def _year(match: re.Match[str], span: tuple[int, int], year: int | None) -> Mention | None:
    return Mention(*span)


def day_of_week(year: int, week: int, weekday: str) -> date:
    """The calendar day of a weekday in an ISO week.

    >>> day_of_week(2025, 36, "onsdag")
    datetime.date(2025, 9, 3)
    """
    return date.fromisocalendar(year, 1, 1) + timedelta(weeks=week - 1, days=WEEKDAYS.index(weekday))
