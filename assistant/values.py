"""The checkable things of a text as values that compare: numbers with units, dates, times, phones, mails, names.

Left to others: whether they stand where they should (`checking`, `evaluation.matching`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from assistant import wording
from corpus import concepts, dates
from corpus.entities import Entity, Kind, find, number_value

Value = tuple[str, str]
_DIGITS = re.compile(r"\d[\d.,]*\d|\d")
_SCALES = {"mio": 1e6, "million": 1e6, "millioner": 1e6, "mia": 1e9, "milliard": 1e9, "milliarder": 1e9, "t.kr": 1e3, "tkr": 1e3, "tusind": 1e3}
_FORMS = {Kind.MAIL: "mail", Kind.URL: "mail", Kind.ADDRESS: "place"}


@lru_cache(maxsize=50_000)
def values(text: str, year: int | None = None) -> frozenset[Value]:
    """Every checkable thing in `text`, as (kind, value). `year`: what a date without one is in.

    >>> sorted(values("Kl. 12.30 ringer Ida Ny på 12 34 56 78"))
    [('name', 'ida ny'), ('phone', '12345678'), ('time', '12.5')]
    """
    return frozenset(value for entity in find(text, year or 2000) for value in _of(entity, year))


def _of(entity: Entity, year: int | None) -> Iterable[Value]:
    text = entity.text.casefold()
    if entity.kind is Kind.DATE:
        return _of_date(entity.text, year)
    if entity.kind in (Kind.ROLE, Kind.PLACE):
        return ()
    if entity.kind is Kind.PHONE:
        return [("phone", re.sub(r"\D", "", text)[-8:])]
    if entity.kind is Kind.PERSON:
        return [("name", " ".join(text.replace("’", "'").removesuffix("s").removesuffix("'").split()))]
    if entity.kind in _FORMS:
        return [(_FORMS[entity.kind], " ".join(text.split()).rstrip("./"))]
    if entity.kind is Kind.TIME:
        return [("time", clock) for span in dates.times(text) for clock in _clocks(text[slice(*span)])]
    return _of_number(entity.kind, text)


def _of_date(text: str, year: int | None) -> list[Value]:
    """A day as ISO writes it, its year left out where none is known; a week, month or year as it is written."""
    found: list[Value] = [] if dates.mentions(text, year or 2000) else [("number", digits) for digits in _DIGITS.findall(text)]
    for mention in dates.mentions(text, year or 2000):
        known = mention.certain or year is not None
        found += [("date", day.isoformat() if known else f"{day:--%m-%d}") for day in mention.days]
        if not mention.days:
            found += [("number", f"{number_value(digits):.10g}") for digits in _DIGITS.findall(text) if number_value(digits) is not None]
        if mention.time:
            found += [("time", clock) for clock in _clocks(mention.time)]
    return found


def _clocks(text: str) -> list[str]:
    """Times of day in hours: "12.30" is 12.5."""
    found = []
    for hours, minutes in re.findall(r"(\d{1,2})(?:[.:](\d{2}))?", text):
        found.append(f"{int(hours) + int(minutes or 0) / 60:.4g}")
    return found


def _of_number(kind: Kind, text: str) -> list[Value]:
    """A number with what it counts: an amount in kroner, a per cent, a duration with its unit, or bare."""
    numbers = [number_value(part) for part in _DIGITS.findall(text)] or [number_value(word) for word in re.findall(r"\w+", text)]
    scale = next((worth for name, worth in _SCALES.items() if re.search(rf"\b{re.escape(name)}\b", text)), 1.0)
    unit = {Kind.AMOUNT: "kr", Kind.PERCENT: "%"}.get(kind) or (concepts.key(re.findall(r"\w+", text)[-1]) if kind is Kind.DURATION else "")
    return [("number", f"{number * scale:.10g}{unit}") for number in numbers if number is not None]


def bare(value: Value) -> Value:
    """A number without its unit, for a unit that stands elsewhere (in a column's header, a label)."""
    match = re.match(r"[\d.e+]+", value[1]) if value[0] == "number" else None
    return ("number", match.group()) if match else value


def same(said: Value, stands: Value) -> bool:
    """Whether what is said may be what stands: equal, or one of the two is a number that leaves its unit out.

    >>> same(("number", "72"), ("number", "72timer")), same(("number", "72dage"), ("number", "72timer"))
    (True, False)
    """
    return said == stands or (bare(said) == bare(stands) and (said == bare(said) or stands == bare(stands)))


def derived(there: Iterable[Value], today: date) -> frozenset[Value]:
    """What the named rules make of the dates in `there`: how far off each is, in days and in words."""
    days = [date.fromisoformat(text) for kind, text in there if kind == "date" and not text.startswith("--")]
    said = [wording.distance(day, today, language) for day in days for language in ("da", "en") if day >= today]
    return frozenset(value for text in said for value in values(text))
