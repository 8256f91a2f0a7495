"""No sentence without support: every number, date, name, phone, mail and address in it stands in what it cites.

Words that stand in no span must come from a named rule ("weekday", "year", "distance", "passed"), which is recomputed here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from assistant import wording
from assistant.answers import Sentence
from corpus import dates
from corpus.entities import Kind, find, number_value
from corpus.profiles import Profile


def supported(sentence: Sentence, profile: Profile, today: date) -> bool:
    """Whether every fact of `sentence` stands in its spans (their label and table headers read along), or is derived."""
    if not sentence.spans:
        return not [entity for entity in find(sentence.text) if entity.kind is not Kind.ROLE]
    source = " ".join(_surroundings(profile, span) for span in sentence.spans)
    year = dates.usual_year(profile.text)
    days = [day for mention in dates.mentions(source, year) for day in mention.days]
    derived = {part for day in days for part in _derived(day, today)}
    plain = _plain(source)
    for entity in find(sentence.text, year):
        if entity.kind is Kind.ROLE:
            continue
        if entity.kind is Kind.TIME:
            if all(_plain(entity.text[slice(*clock)]).removeprefix("kl ") in plain for clock in dates.times(entity.text)):
                continue
            return False
        if entity.kind is Kind.DATE:
            meant = [day for mention in dates.mentions(entity.text, year) for day in mention.days]
            if _plain(entity.text) in plain or (meant and all(day in days for day in meant)):
                continue
            return False
        if _plain(entity.text) in plain or any(_plain(entity.text) in _plain(part) for part in derived):
            continue
        if entity.kind in (Kind.NUMBER, Kind.DURATION) and _same_number(entity.text, source):
            continue
        return False
    return True


def _surroundings(profile: Profile, span: tuple[int, int]) -> str:
    """The span, with the label, lead-in and column headers that its passage is read under."""
    read = [profile.context(p) for p in profile.passages if p.start < span[1] and span[0] < p.end]
    return "\n".join([profile.text[span[0] : span[1]], *read])


def _derived(day: date, today: date) -> list[str]:
    """What the rules make of a date: its weekday and year in words, how far off it is, that it has passed."""
    said = [wording.spoken_date(day, language) for language in ("da", "en")]
    if day >= today:
        said += [wording.distance(day, today, language) for language in ("da", "en")]
    return said


def _same_number(text: str, source: str) -> bool:
    values = {number_value(word) for word in re.findall(r"\d[\d.,]*\d|\d|\w+", text)} - {None}
    there = {number_value(word) for word in re.findall(r"\d[\d.,]*\d|\d|\w+", source)}
    return bool(values) and values <= there


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def keep(sentences: Sequence[Sentence], profile: Profile, today: date) -> list[Sentence]:
    """The sentences that hold, in order."""
    return [sentence for sentence in sentences if supported(sentence, profile, today)]
