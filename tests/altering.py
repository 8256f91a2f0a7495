"""An adversary that computes: takes a faithful sentence and alters one thing in it, or has it cite another source.

A number, date, amount, name, role, negation, unit or comparison; one person's part given to another; any other source, or the likest.
`altered(pairs, seed)` gives the same alterations for the same seed. Nothing here knows how the checker works.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from corpus import dates
from corpus.danish import MONTHS, words
from corpus.dates import WEEKDAYS
from corpus.entities import NUMBER_WORDS, Kind, find
from corpus.profiles import Profile

PAIRS = Path(__file__).with_name("pairs")
Span = tuple[int, int]
KINDS = ("number", "date", "amount", "name", "role", "negation", "source")
MORE = ("unit", "comparison", "part", "likeness")
ROLES = ("kommunaldirektør", "vicedirektør", "direktør", "formand", "næstformand", "skoleleder", "viceskoleleder", "kontorchef", "driftschef", "økonomichef", "sekretær", "borgmester", "HR-konsulent", "udskolingsleder", "pladschef")
NAMES = ("Mikkel Brandt", "Lise Overgård", "Tangby", "Solvej Kirk", "Poul Erik Lund", "Nørrestrand", "Asger Holt")
_ROLE = re.compile(r"\b[a-zæøåA-ZÆØÅ-]*(?:direktør|chef|leder|formand|sekretær|borgmester|konsulent|mentor|partner|tillidsmand)(?:en)?\b")
_VERB = re.compile(r"\b(?:er|har|skal|kan|bliver|får|må|ligger|holdes|hører|kommer|sendes|søger|følger|indgår|indhenter|tager|mødes|går|varer)\b")
_UNITS = ("minutter", "timer", "dage", "uger", "måneder", "år")
_EACH = ("om dagen", "om ugen", "om måneden", "om året")
_TURNED = ("højere lavere", "flere færre", "mindst højst", "større mindre", "før efter", "længere kortere", "op ned", "senest tidligst", "først sidst", "første sidste", "størst mindst", "største mindste", "bedre dårligere", "stiger falder", "overskud underskud", "fast midlertidig", "tidligere senere", "åben lukket")
_NUMBERS = {value: word for word, value in NUMBER_WORDS.items() if word.isalpha() and 2 <= value <= 12 and word not in ("begge", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")}


@dataclass(frozen=True)
class Pair:
    """A faithful sentence and the spans of the profile that it cites."""

    profile: Profile
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Altered:
    """A sentence that is no longer true, or no longer where it says."""

    kind: str
    pair: Pair
    text: str
    spans: tuple[Span, ...]


def load(profiles: dict[str, Profile]) -> list[Pair]:
    """The hand-written paraphrases, each with the whole passages that its quotes stand in."""
    rows = [json.loads(line) for line in (PAIRS / "paraphrases.jsonl").read_text(encoding="utf-8").splitlines()]
    return [Pair(profiles[row["profile"]], row["text"], tuple(_passage(profiles[row["profile"]], quote) for quote in row["quotes"])) for row in rows]


def _passage(profile: Profile, quote: str) -> Span:
    at = profile.text.index(quote)
    return next((p.start, p.end) for p in profile.passages if p.start < at + len(quote) and at < p.end)


def altered(pairs: list[Pair], seed: int, count: int, kinds: tuple[str, ...] = KINDS) -> Iterator[Altered]:
    """`count` alterations, their kinds in turn; a sentence without such a thing is passed over."""
    random = Random(seed)
    made = 0
    while made < count:
        kind, pair = kinds[made % len(kinds)], random.choice(pairs)
        if kind in ("source", "likeness"):
            place = _elsewhere(random, pair) if kind == "source" else _alike(random, pair)
            if place is None:
                continue
            yield Altered(kind, pair, pair.text, (place,))
        elif (text := _ALTER[kind](random, pair)) and text != pair.text:
            yield Altered(kind, pair, text, pair.spans)
        else:
            continue
        made += 1


def _elsewhere(random: Random, pair: Pair) -> Span:
    """Another passage, not of the same list, table or paragraph."""
    groups = {p.group for p in pair.profile.passages if (p.start, p.end) in pair.spans}
    other = random.choice([p for p in pair.profile.passages if p.group not in groups])
    return other.start, other.end


def _alike(random: Random, pair: Pair) -> Span | None:
    """One of the three passages that share most words with the true one and lack one of the sentence's values; None when it has no value."""
    told = [entity.text for entity in find(pair.text) if entity.kind not in (Kind.ROLE, Kind.PLACE)]
    groups = {p.group for p in pair.profile.passages if (p.start, p.end) in pair.spans}
    own = set(words(pair.text))
    others = [p for p in pair.profile.passages if p.group not in groups and any(one not in pair.profile.quote(p) for one in told)]
    others.sort(key=lambda p: (-len(own & set(words(pair.profile.quote(p)))), p.start))
    chosen = random.choice(others[:3]) if told and others else None
    return (chosen.start, chosen.end) if chosen else None


def _put(text: str, span: Span, new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


def _digits(random: Random, written: str, profile: Profile) -> str:
    """Another number in the same dress: one off, two digits changed about, or one that stands elsewhere in the profile."""
    way = random.randrange(3)
    if way == 0 and written.isdigit():
        return str(int(written) + random.choice((1, 2, 10, -1 if int(written) > 1 else 3)))
    if way == 1:
        others = sorted(set(re.findall(r"(?<![\d.,/])\d+(?:[.,]\d+)?(?![\d/])", profile.text)) - {written, written.rstrip("0")})
        return random.choice(others)
    at = random.choice([i for i, sign in enumerate(written) if sign.isdigit()])
    return written[:at] + random.choice([d for d in "123456789" if d != written[at]]) + written[at + 1 :]


def _number(random: Random, pair: Pair) -> str | None:
    spans = [(e.start, e.end) for e in find(pair.text) if e.kind in (Kind.NUMBER, Kind.DURATION, Kind.PERCENT, Kind.PHONE)]
    if not spans:
        return None
    start, end = random.choice(spans)
    stretch = pair.text[start:end]
    found = list(re.finditer(r"\d[\d.,]*\d|\d|\b(?:" + "|".join(_NUMBERS.values()) + r")\b", stretch))
    if not found:
        return None
    one = random.choice(found)
    new = _digits(random, one.group(), pair.profile) if one.group()[0].isdigit() else random.choice([word for word in _NUMBERS.values() if word != one.group()])
    return None if re.search(rf"(?<!\w){re.escape(new)}(?!\w)", pair.text) else _put(pair.text, (start + one.start(), start + one.end()), new)


def _amount(random: Random, pair: Pair) -> str | None:
    spans = [(e.start, e.end) for e in find(pair.text) if e.kind is Kind.AMOUNT]
    if not spans:
        return None
    start, end = random.choice(spans)
    stretch = pair.text[start:end]
    if "mio" in stretch and random.random() < 0.3:
        return _put(pair.text, (start, end), stretch.replace("mio", "mia"))
    one = next(re.finditer(r"\d[\d.,]*\d|\d", stretch))
    return _put(pair.text, (start + one.start(), start + one.end()), _digits(random, one.group(), pair.profile))


def _date(random: Random, pair: Pair) -> str | None:
    found = dates.mentions(pair.text, 2027)
    if not found:
        return None
    mention = random.choice(found)
    written = pair.text[mention.start : mention.end]
    way = random.randrange(4)
    if way == 0 and (day := next((d for d in WEEKDAYS if d in written.casefold()), None)):
        new = re.sub(day, random.choice([d for d in WEEKDAYS if d != day]), written, flags=re.IGNORECASE)
    elif way == 1 and (month := next((m for m in MONTHS if m in written.casefold()), None)):
        new = written.replace(month, random.choice([m for m in MONTHS if m != month]))
    elif way == 2 and (year := re.search(r"(?:19|20)\d\d", written)):
        new = written.replace(year.group(), str(int(year.group()) + random.choice((-1, 1, 2))))
    elif number := re.search(r"\d{1,2}(?!\d)", written):
        new = written[: number.start()] + str(random.choice([n for n in range(1, 29) if n != int(number.group())])) + written[number.end() :]
    else:
        return None
    return _put(pair.text, (mention.start, mention.end), new)


@cache
def _people(text: str, employer: str | None) -> tuple[str, ...]:
    """Everyone whom a profile names, its employer left out."""
    return tuple(sorted({e.text for e in find(text) if e.kind is Kind.PERSON and e.text not in f"{employer} {text[:120]}"}))


def _name(random: Random, pair: Pair) -> str | None:
    people = _people(pair.profile.text, pair.profile.employer)
    spans = [(e.start, e.end) for e in find(pair.text) if e.kind is Kind.PERSON] or [m.span(1) for m in re.finditer(r"(?<=[a-zæøå,] )([A-ZÆØÅ][a-zæøå]{3,})", pair.text)]
    if not spans:
        return None
    start, end = random.choice(spans)
    old = pair.text[start:end]
    if random.random() < 0.3:
        at = random.choice([i for i, letter in enumerate(old) if letter.islower()])
        return _put(pair.text, (start, end), old[:at] + random.choice([c for c in "bdgklmnprst" if c != old[at]]) + old[at + 1 :])
    return _put(pair.text, (start, end), random.choice([name for name in (*people, *NAMES) if name not in pair.text and old not in name]))


def _role(random: Random, pair: Pair) -> str | None:
    spans = [m.span() for m in _ROLE.finditer(pair.text) if m.group() not in ("leder",)]
    if not spans:
        return None
    start, end = random.choice(spans)
    old = pair.text[start:end].casefold()
    new = random.choice([role for role in ROLES if role.casefold() not in old and old.removesuffix("en") not in role.casefold()])
    new += "en" if old.endswith("en") else ""
    return _put(pair.text, (start, end), new[0].upper() + new[1:] if pair.text[start].isupper() else new)


def _negation(random: Random, pair: Pair) -> str | None:
    text = pair.text
    ways = []
    for old, new in ((r"\bikke ", ""), (r"\bingen ", "en "), (r"\bIngen ", "En "), (r"\buden ", "med "), (r"\bhverken ", "både ")):
        ways += [_put(text, m.span(), new) for m in re.finditer(old, text)]
    if not ways:
        ways = [_put(text, m.span(), m.group() + " ikke") for m in list(_VERB.finditer(text))[:1]]
    return random.choice(ways) if ways else None


def _unit(random: Random, pair: Pair) -> str | None:
    """Another unit after a number, or another "om …"."""
    ways = []
    for forms in (_UNITS, _EACH):
        for match in re.finditer(rf"\b(?:{'|'.join(forms)})\b", pair.text):
            if forms is _EACH or re.search(rf"(?:\d|\b(?:{'|'.join(NUMBER_WORDS)})) $", pair.text[: match.start()]):
                ways.append(_put(pair.text, match.span(), random.choice([one for one in forms if one != match.group()])))
    return random.choice(ways) if ways else None


def _comparison(random: Random, pair: Pair) -> str | None:
    """The opposite of a word that compares."""
    ways = []
    for one, other in (side for pair_of in _TURNED for side in (pair_of.split(), pair_of.split()[::-1])):
        ways += [_put(pair.text, match.span(), other) for match in re.finditer(rf"\b{one}\b(?! hvad)", pair.text)]
    return random.choice(ways) if ways else None


def _part(random: Random, pair: Pair) -> str | None:
    """Somebody else, named in the same passages, in a person's place; of two persons, each in the other's."""
    here = [e for e in find(pair.text) if e.kind is Kind.PERSON]
    if len({one.text for one in here}) == 2:
        first, last = here[0], here[-1]
        return pair.text[: first.start] + last.text + pair.text[first.end : last.start] + first.text + pair.text[last.end :]
    cited = " ".join(pair.profile.text[start:end] for start, end in pair.spans)
    others = sorted({e.text for e in find(cited) if e.kind is Kind.PERSON and e.text not in pair.text and not any(one.text in e.text for one in here)})
    return _put(pair.text, (here[0].start, here[0].end), random.choice(others)) if here and others else None


_ALTER = {"number": _number, "amount": _amount, "date": _date, "name": _name, "role": _role, "negation": _negation, "unit": _unit, "comparison": _comparison, "part": _part}
