"""One form for what can be written in several, so that a sentence and its source compare: "enogtredive" is 31, "den tiende juni" the 10.

Only for comparing; nobody reads it. Left to others: which values a text holds (`values`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from assistant import wording
from corpus.danish import MONTHS
from corpus.dates import WEEKDAYS
from corpus.entities import NUMBER_WORDS

_ONES = "en to tre fire fem seks syv otte ni".split()
_TENS = "tyve tredive fyrre halvtreds tres halvfjerds firs halvfems".split()
_ORDINALS = """første anden tredje fjerde femte sjette syvende ottende niende tiende ellevte tolvte trettende fjortende femtende sekstende syttende attende nittende tyvende
    enogtyvende toogtyvende treogtyvende fireogtyvende femogtyvende seksogtyvende syvogtyvende otteogtyvende niogtyvende tredivte enogtredivte""".split()
_SHARES = {"halvdel": 2, "tredjedel": 3, "fjerdedel": 4, "femtedel": 5, "tiendedel": 10, "half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_MONTH = "|".join(MONTHS)
_ENGLISH_DAYS = tuple(day.casefold() for day in wording.ENGLISH_DAYS)
_ENGLISH_MONTHS = tuple(month.casefold() for month in wording.ENGLISH_MONTHS)
_ENGLISH_DATE = re.compile(
    rf"(?:({'|'.join(wording.ENGLISH_DAYS)}),? )?(?:the )?(?:(\d{{1,2}})(?:st|nd|rd|th)?\.? (?:of )?({'|'.join(wording.ENGLISH_MONTHS)})|({'|'.join(wording.ENGLISH_MONTHS)}) (\d{{1,2}})(?!\d)(?:st|nd|rd|th)?)", re.IGNORECASE
)
_COMPOUND = re.compile(rf"\b({'|'.join(_ONES)})og({'|'.join(_TENS)})\b", re.IGNORECASE)
_DAY = re.compile(rf"\b({'|'.join(_ORDINALS)})(?= (?:{_MONTH})\b)", re.IGNORECASE)
_NTH = re.compile(r"(?<![\d.,])(\d{1,2})\.(?= (?:klasse|sal|gang|samtale|række|runde|semester|division|kvartal|plads|dag)\b)", re.IGNORECASE)
_SHARE = re.compile(r"\b(?:(en|to|tre|fire|one|two|three|four|a) )?(?:(halvdel|tredjedel|fjerdedel|femtedel|tiendedel)(?:en|e|s)?\b|(third|quarter|fifth|tenth)s?(?= of\b))", re.IGNORECASE)
_RANGE = re.compile(r"(?<![\d.,])(\d[\d.,]*\d|\d)(\s*(?:til|-|–)\s*|(?<=\d) og )(\d[\d.,]*\d|\d)\s*(procent|pct\.?|per cent|%|mio\. kr\.|kr\.?|kroner|kroners)(?!\w)", re.IGNORECASE)
_HOUR = re.compile(rf"\b(?:kl\.?|klokken)(?: slår)? ({'|'.join(word for word, number in NUMBER_WORDS.items() if number <= 12)})\b", re.IGNORECASE)
_HALVES = re.compile(r"\bhalvand(?:en|et)\b|\b(?:one and a half hours|an hour and a half)\b", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def evened(text: str, language: str = "da") -> str:
    """A text in the forms that are compared.

    >>> evened("Tre fjerdedele af de enogtredive kommer den tiende juni klokken otte og i 9. klasse")
    '75 procent af de 31 kommer den 10. juni kl. 8 og i niende klasse'
    """
    text = danish_dates(_dekroned(text)) if language == "en" else text
    text = _COMPOUND.sub(lambda m: str(_ONES.index(m[1].casefold()) + 1 + int(NUMBER_WORDS[m[2].casefold()])), text)
    text = _DAY.sub(lambda m: f"{_ORDINALS.index(m[1].casefold()) + 1}.", text)
    text = _HOUR.sub(lambda m: f"kl. {NUMBER_WORDS[m[1].casefold()]}", text)
    text = re.sub(r"\bklokken(?: slår)?\b", "kl.", text, flags=re.IGNORECASE)
    text = re.sub(r"\bhver (?:fjortende|14\.) dag\b", "hver anden uge", text, flags=re.IGNORECASE)
    text = _NTH.sub(lambda m: _ORDINALS[int(m[1]) - 1] if 1 <= int(m[1]) <= 12 else m[0], text)
    text = _HALVES.sub(lambda m: "1,5 timer" if "hour" in m[0].casefold() else "1,5", text)
    return _RANGE.sub(r"\1 \4\2\3 \4", _SHARE.sub(_percent, text))


def _percent(match: re.Match[str]) -> str:
    """"to tredjedele" as "67 procent"."""
    count = {"en": 1, "one": 1, "a": 1, "to": 2, "two": 2, "tre": 3, "three": 3, "fire": 4, "four": 4}.get((match[1] or "en").casefold(), 1)
    return f"{round(100 * count / _SHARES[(match[2] or match[3]).casefold()])} procent"


def _dekroned(text: str) -> str:
    """"DKK 780,000" as "780,000 kr"; and the English "to" is no number."""
    text = re.sub(r"\bDKK (\d[\d,.]*\d|\d)( million)?", lambda m: f"{m[1]}{m[2] or ''} kr", text)
    return re.sub(r"\bto\b", "til", text)


def danish_dates(text: str) -> str:
    """English dates and times as Danish writes them.

    >>> danish_dates("Friday 5 March 2027 at 12 or May 6, 2027")
    'fredag den 5. marts 2027 kl. 12 or 6. maj 2027'
    """
    text = _ENGLISH_DATE.sub(lambda m: f"{f'{WEEKDAYS[_ENGLISH_DAYS.index(m[1].casefold())]} den ' if m[1] else ''}{m[2] or m[5]}. {MONTHS[_ENGLISH_MONTHS.index((m[3] or m[4]).casefold())]}", text)
    return re.sub(r"\bat (?=\d)", "kl. ", re.sub(r"(?<=[a-z]),(?= (?:19|20)\d\d)", "", text))
