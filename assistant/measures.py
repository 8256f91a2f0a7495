"""What a number measures: "seks uger" is not six days, "60 kW" not 60 MW, "om året" not "om måneden", "mindst 10" not "op til 10".

Texts come in one form (`evenly`). Left to others: whether the number itself stands (`checking`) and of what it is said (`belonging`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from corpus.danish import words
from corpus.entities import NUMBER_WORDS, number_value

_UNITS = {
    unit: re.compile(pattern, re.IGNORECASE)
    for unit, pattern in {
        "år": r"\bår(?:et|ene|s|lig|ligt|lige|ligt)?\b|årlig|\b\w*årets?\b|\bårs(?:løn|budget|omsætning|regnskab|pris)\w*|\byears?\b|\byearly\b|\bannual", "måned": r"\w*måned\w*|\bmonths?\b|\bmonthly\b",
        "uge": r"\b(?:arbejds|sommer)?uge(?:n|r|rs|rne|ntlig|ntligt|s)?\b|\bweeks?\b|\bweekly\b", "time": r"\btime(?:r|n|rs)\b|\b(?:en|pr\.?|hver|1,5) time\b|\btimeløn\w*|\bhours?\b|\bhourly\b",
        "minut": r"\bminut(?:ter|ters)?\b|\bminutes?\b", "døgn": r"\bdøgn\w*", "kvartal": r"\bkvartal\w*|\bquarter", "weekend": r"\bweekend\w*", "nat": r"\bnat(?:ten)?\b",
        "krone": r"\b(?:kr|kroner|dkk)\b", "pct": r"%|\bpct\b|\bprocent\b|\bper ?cent\b",
    }.items()
}  # fmt: skip
_PHYSICAL = {
    form: name
    for name, forms in {
        "m2": "m2 m² kvm kvadratmeter", "m3": "m3 m³ kubikmeter", "km": "km kilometer kilometers", "m": "meter", "cm": "cm centimeter", "ha": "hektar ha", "kg": "kg kilo kilogram", "ton": "ton tons",
        "liter": "liter", "mw": "mw megawatt", "kw": "kw kilowatt", "gw": "gw gigawatt", "kwh": "kwh", "mwh": "mwh",
    }.items()
    for form in forms.split()
}  # fmt: skip
_NUMBER = rf"(?:\d[\d.,]*\d|\d|\b(?:{'|'.join(NUMBER_WORDS)})\b)"
_MEASURE = re.compile(rf"({_NUMBER}|gang om|hver)\s+(minut|time|dag|døgn|uge|måned|år|kvartal)", re.IGNORECASE)
_OF = re.compile(rf"({_NUMBER})\s*({'|'.join(sorted(_PHYSICAL, key=len, reverse=True))})(?![\w²³])", re.IGNORECASE)
_PERIOD = r"(døgn|dag|uge|måned|år|kvartal|day|week|month|year|hour|time)"
_PER = re.compile(rf"({_NUMBER}|\ben|\bet)(?:-\d[\d.,]*)?\s*(?:mio\.?|million(?:er)?)?\s*(?:kr\.?|m²|m2|[a-zæøå]+)?\s*(?:om|pr\.?|hver|a|per)\s+{_PERIOD}", re.IGNORECASE)
_BEFORE = re.compile(r"\b(måneds|års|time|uge|monthly|annual|weekly|hourly)[ ]?(?:løn|budget|omsætning|pris|arbejdstid|salary|pay|budget)\w*[^\d.;]{0,25}?(\d[\d.,]*\d|\d)", re.IGNORECASE)
_DANISH = {"day": "dag", "døgn": "dag", "week": "uge", "month": "måned", "year": "år", "hour": "time", "måneds": "måned", "års": "år", "monthly": "måned", "annual": "år", "weekly": "uge", "hourly": "time"}
_AMOUNTS = re.compile(r"nul|zero|halv\w*|half|dobbelt\w*|double|dusin\w*|snes\w*|hundredvis|tusindvis|flertal\w*|mindretal\w*")
_EVERY = re.compile(r"\b(?:hver|hvert|every)\s+((?:anden|andet|second|other|tredje|third|fjerde|fourth|femte|fifth|sjette|sixth)\s+)?(dag|uge|måned|år|kvartal|weekend|day|week|month|year)", re.IGNORECASE)
_LEAST = r"mindst|minimum|tidligst|mere end|efter|at least|no less than|more than|after|no earlier than"
_MOST = r"højst|højest|maksimalt|maks\.?|max\.?|op til|inden for|indenfor|inden|senest|før|mindre end|up til|at most|within|no more than|before|by|no later than"
_STEPS = r"(?:(?:på|den|d\.|kl\.|om|the|mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag)\s+){0,3}"
_BOUND = re.compile(rf"\b(?:({_LEAST})|({_MOST}))\s+{_STEPS}({_NUMBER})", re.IGNORECASE)
_EARLIEST, _FROM = re.compile(r"\btidligst|\bearliest", re.IGNORECASE), re.compile(r"\b(?:tidligst|først|fra|efter|from|after|earliest)\b", re.IGNORECASE)


def stand(text: str, source: str) -> bool:
    """Whether what `text` measures, `source` measures so: its units, its periods, its limits."""
    if any(word not in words(source) for word in words(text) if _AMOUNTS.fullmatch(word)):
        return False
    apart = any(not_shared(said, there) for said, there in ((_measured(text), _measured(source)), (_periods(text), _periods(source))))
    return not apart and _physical(text, source) and _bounded(text, source) and _often(text, source) and all(not pattern.search(text) or pattern.search(source) for pattern in _UNITS.values())


def not_shared(said: dict[str, frozenset[str]], there: dict[str, frozenset[str]]) -> bool:
    """Whether a number is measured in something else than there."""
    return any(there.get(head) and not units & there[head] for head, units in said.items())


def _named(number: str) -> str:
    value = 1.0 if number.casefold() in ("en", "et") else number_value(number)
    return f"{value:g}" if value is not None else " ".join(number.casefold().split())


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for number, unit in pairs:
        name = _named(number)
        found[name] = found.get(name, frozenset()) | {unit.casefold()}
    return found


@lru_cache(maxsize=20_000)
def _measured(text: str) -> dict[str, frozenset[str]]:
    """What is measured in what: "seks ugers ferie, en gang om måneden" → {"6": {"uge"}, "gang om": {"måned"}}."""
    return _gathered(_MEASURE.findall(text))


@lru_cache(maxsize=20_000)
def _periods(text: str) -> dict[str, frozenset[str]]:
    """What a number is counted over: "52.300 kr. om måneden" and "månedsløn 52.300" → {"52300": {"måned"}}."""
    pairs = [*_PER.findall(text), *((number, period) for period, number in _BEFORE.findall(text))]
    return _gathered([(number, _DANISH.get(period.casefold(), period)) for number, period in pairs])


def _physical(text: str, source: str) -> bool:
    """Whether a number in kilo, megawatt or square metres is so in the source, beside the number or in a header above it."""
    there = _gathered([(number, _PHYSICAL[unit.casefold()]) for number, unit in _OF.findall(source)])
    loose = {_PHYSICAL[word] for word in words(source) if word in _PHYSICAL}
    return all(_PHYSICAL[unit.casefold()] in there.get(_named(number), loose) for number, unit in _OF.findall(text))


def _bounded(text: str, source: str) -> bool:
    """Whether a limit set in the text ("mindst", "op til") is not the other way round in the source."""
    if _EARLIEST.search(text) and not _FROM.search(source):
        return False
    there: dict[str, set[bool]] = {}
    for least, _, number in _BOUND.findall(source):
        there.setdefault(_named(number), set()).add(bool(least))
    return all(bool(least) in there.get(_named(number), {bool(least)}) for least, _, number in _BOUND.findall(text))


def _often(text: str, source: str) -> bool:
    """Whether "hver uge" is not "hver anden uge" in the source."""
    there = {(" ".join(nth.split()).casefold(), unit.casefold()) for nth, unit in _EVERY.findall(source)}
    said = {(" ".join(nth.split()).casefold(), unit.casefold()) for nth, unit in _EVERY.findall(text)}
    return all(one in there or all(unit != one[1] for _, unit in there) for one in said)
