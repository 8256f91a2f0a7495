"""No sentence without support: the one place that says whether sources say a sentence. No model is the judge.

supp(s, P) holds when (a) every number, date, unit, name, role and address of s stands in P or follows from P and today by a named
rule, and belongs there to what s says it of (`belonging`), (b) at least `TAU` of the content words of s are said in P within two
sentences (`meaning`), and (c) s neither denies what P affirms nor the reverse (`polarity`). P is a cited span with what it is read
under: headings, lead-in, label, column headers. The run-time checker and the evaluation both ask here; docs/models.md has the
precision and recall.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from assistant import belonging, frames, meaning, measures, polarity, pronouns, wording
from assistant.answers import Sentence
from assistant.evenly import evened
from assistant.meaning import Words
from assistant.statements import VERDICT
from assistant.values import Value, derived, same, values
from corpus import concepts, dates
from corpus.danish import MONTHS, STOP_WORDS, frequencies, parts, sentences, words
from corpus.dates import WEEKDAYS
from corpus.profiles import Passage, Profile

TAU = 0.6
Span = tuple[int, int]
_GENERIC_ROLES = frozenset("leder chef person medarbejder".split())
_ORDINALS = {
    number: re.compile(rf"\b(?:{names})\b|(?<![\d.,]){number}\.(?=\s*[a-zæøå])", re.IGNORECASE)
    for number, names in enumerate(("første|first", "anden|andet|andre|second", "tredje|third", "fjerde|fourth", "femte|fifth", "sjette|sixth", "syvende|seventh", "ottende|eighth", "niende|ninth", "tiende|tenth"), 1)
}  # fmt: skip
_OTHER = re.compile(r"\bblandt and(?:et|re)\b|\ben anden\b|\bet andet\b|\bandre\b", re.IGNORECASE)
_DAYS = (WEEKDAYS, tuple(day.casefold() for day in wording.ENGLISH_DAYS))
_MONTHS = (MONTHS, tuple(month.casefold() for month in wording.ENGLISH_MONTHS))
_PASSED = re.compile(r"\b(?:overskredet|udløbet|passed|expired)\b", re.IGNORECASE)
_QUOTED = re.compile(r"[»“\"]([^»«“”\"]{4,})[«”\"]")
_CAPITAL = re.compile(r"(?<=[\wæøå,;:»“\"(-] )[»“\"(]?([A-ZÆØÅ][\wæøåé]*(?:[-&/][\wæøåé]+)*)")
_PAIR = re.compile(r"(?=\b([A-ZÆØÅ][\wæøåé-]+) ([A-ZÆØÅ][\wæøåé-]+))")
_TWICE = re.compile(r"\b(\w{4,}) (?:og|and) \1\b", re.IGNORECASE)
_COMMON = 1e-5
_POINTS_BACK = re.compile(r"(?:den|det|de|han|hun|her|disse|dette|dertil|indtil da|i to af dem|til gengæld|dog|it|they|he|she)\b", re.IGNORECASE)
_EMPLOYER = re.compile(r"(?:[A-ZÆØÅ][\wæøåé-]+ )+(?:A/S|ApS|Kommune|Region)\b|\bRegion [A-ZÆØÅ]\w+")
_ADDRESSED = re.compile(r"^(?:ask|call|contact|phone|write|kontakt|ring|spørg|skriv) (?:til |to )?", re.IGNORECASE)
_ENGLISH_CAPITALS = frozenset("i danish english denmark cv hr it you your".split())


@dataclass(slots=True)
class Reading:
    """What the verification needs of one profile on one day: `year` is what a date without one is in."""

    profile: Profile
    today: date
    year: int | None
    _sources: dict[Span, str] = field(default_factory=dict)

    @classmethod
    def of(cls, profile: Profile, today: date) -> Reading:
        """A profile read on `today`."""
        return cls(profile, today, dates.usual_year(profile.text))

    @property
    def subject(self) -> str:
        """What the whole profile is about, which no sentence of it needs to repeat."""
        return " ".join([self.profile.title, self.profile.employer or "", *_EMPLOYER.findall(self.profile.text[:400])])

    def source(self, span: Span) -> str:
        """A span's words as the last line; above it, a line each, what they are read under."""
        if span not in self._sources:
            inside = [p for p in self.profile.passages if p.start < span[1] and span[0] < p.end]
            above = [line.replace("\n", " ") for p in inside for line in (*p.section[-2:], p.lead or "", p.label or "", *p.headers) if line]
            own = self.profile.text[span[0] : span[1]].replace("\n", " ")
            above += [self.profile.quote(p).replace("\n", " ") for p in inside if p.start < span[0] or span[1] < p.end]
            if inside and _POINTS_BACK.match(own):
                above.append(self._before(inside[0]))
            self._sources[span] = "\n".join([*dict.fromkeys(line for line in above if line), own])
        return self._sources[span]

    def _before(self, passage: Passage) -> str:
        """The sentence before one that points back to it ("Den koster …"), in the same paragraph."""
        ends = [p for p in self.profile.passages if p.group == passage.group and p.end <= passage.start]
        return self.profile.quote(ends[-1]).replace("\n", " ") if ends else ""


def keep(said: Sequence[Sentence], profile: Profile, today: date, language: str = "da") -> list[Sentence]:
    """The sentences that hold, in order."""
    reading = Reading.of(profile, today)
    return [sentence for sentence in said if supported(sentence, reading, language)]


def supported(sentence: Sentence, reading: Reading, language: str = "da") -> bool:
    """Whether the spans that a sentence cites say it. One that cites nothing may state no fact."""
    if not sentence.spans:
        return not values(sentence.text, reading.year)
    return supports(sentence.text, [reading.source(span) for span in sentence.spans], reading, language)


def supports(text: str, sources: Sequence[str], reading: Reading, language: str = "da") -> bool:
    """supp(s, P): whether the sources together say the sentence. Each source: its own words as the last line, what it is read under above."""
    if not sources:
        return False
    body = VERDICT.sub("", text)
    if any(_verbatim(body, source) for source in sources):
        return True
    body, even = evened(body, language), [evened(source) for source in sources]
    return values_stand(body, even, reading, language) and _said(body, even, reading, language)


def _said(text: str, sources: Sequence[str], reading: Reading, language: str) -> bool:
    """Whether words, polarity and belonging agree with the two sources that say most of the text."""
    windows = sorted((_best_window(text, source, language) for source in sources), key=lambda pair: -pair[0])[:2]
    shown = [window for _, window in windows]
    near = "\n".join(shown)
    own = " ".join(window.rsplit("\n", 1)[-1] for _, window in windows)
    told = meaning.content(text)
    facts = values(text, reading.year)
    if not told and not facts and not _nearly(text, own):
        return False
    named = frozenset(word for kind, name in facts if kind == "name" for word in words(name))
    if meaning.share(text, Words.of(f"{near}\n{reading.subject}"), language, min(2, len(facts)), named) < TAU or not _rests(text, told, own, reading, language):
        return False
    return not polarity.clashes(text, shown, language) and not frames.replaced(text, sources, language) and not pronouns.turned(text, sources) and not belonging.swapped(text, sources, reading.year, language)


def _nearly(text: str, own: str) -> bool:
    """Whether a text of nothing but small words is the source's own, give or take one in five."""
    said, there = [concepts.key(word) for word in words(text)], {concepts.key(word) for word in words(own)}
    return sum(key in there for key in said) >= 0.8 * len(said)


def _rests(text: str, told: Sequence[str], own: str, reading: Reading, language: str) -> bool:
    """Whether the text rests on the source's own words, not only on the headings above them."""
    here = Words.of(own)
    return any(here.says(word, language) for word in told) or any(same(a, b) for a in values(text, reading.year) for b in values(own, reading.year)) or not told


@lru_cache(maxsize=20_000)
def _plain(text: str) -> str:
    return " " + " ".join(words(text)) + " "


def _verbatim(text: str, source: str) -> bool:
    """Whether the text is a whole sentence, a whole span, or a whole span behind its label, word for word."""
    said, lines = _plain(text), source.split("\n")
    own = lines[-1]
    whole = [own, *(own[a:b] for a, b in sentences(own)), *(" ".join(lines[at:]) for at in range(len(lines))), *(f"{line} {own}" for line in lines[:-1])]
    return any(said == _plain(one) for one in whole) or ("\t" in own and _row(said, own, lines[:-1]))


def _row(said: str, own: str, above: Sequence[str]) -> bool:
    """Whether a text is a table's row: its cells in order, and between them nothing but the headers."""
    rest, at = "", 0
    for cell in filter(str.strip, own.split("\t")):
        place = said.find(_plain(cell), at)
        if place < 0:
            return False
        rest += said[at : place + 1]
        at = place + len(_plain(cell)) - 1
    return set((rest + said[at:]).split()) <= {word for line in above for word in words(line)}


def values_stand(text: str, sources: Sequence[str], reading: Reading, language: str = "da") -> bool:
    """Every checkable thing of `text` is in the sources, or follows from them by a rule."""
    source = "\n".join(sources)
    there: frozenset[Value] = frozenset().union(*(values(one, reading.year) for one in sources))
    ruled = derived(there, reading.today)
    plain = " ".join(_plain(one) for one in sources)
    said = values(text, reading.year)
    for value in said:
        if value not in ruled and not any(same(value, other) for other in there) and not _written(value, plain, there, reading):
            return False
    days = [date.fromisoformat(value) for kind, value in there if kind == "date" and not value.startswith("--")]
    return _calendar_stands(text, source, days, said, reading) and (bool(said & ruled) or measures.stand(text, source)) and _names_stand(text, source, reading, language) and _quotes_stand(text, plain)


def _written(value: Value, plain: str, there: Iterable[Value], reading: Reading) -> bool:
    """Whether a name, a mail or a phone stands in the source's words, though not as one thing; of a person never half a name."""
    if value[0] in ("number", "date", "time"):
        return False
    name = words(_ADDRESSED.sub("", value[1]))
    people = {word for kind, one in there if kind == "name" for word in words(one)}
    if value[0] == "name" and len(name) > 1 and name[0] not in people and re.search(r"(?:erne|ene|en|et)$", name[0]) and concepts.key(name[0]) in map(concepts.key, plain.split()):
        name = name[1:]
    where = f"{plain} {_plain(reading.subject)}"
    if f" {' '.join(name)} " in where:
        return True
    return value[0] == "name" and not people & set(name) and all(f" {word} " in where or f" {word.split(chr(39))[0]} " in where for word in name)


def _calendar_stands(text: str, source: str, days: Sequence[date], said: Iterable[Value], reading: Reading) -> bool:
    """Weekdays, months and ordinals: written in the source, or those of a date that is."""
    named = [date.fromisoformat(value) for kind, value in said if kind == "date" and not value.startswith("--")] or list(days)
    here, there = _days_bare(text), _days_bare(source)
    for at in range(7):
        if here & {names[at] for names in _DAYS} and not there & {names[at] for names in _DAYS} and all(day.weekday() != at for day in named):
            return False
    for at in range(12):
        if here & {names[at] for names in _MONTHS} and not there & {names[at] for names in _MONTHS} and all(day.month != at + 1 for day in days) and not re.search(rf"\b{MONTHS[at][:3]}\b", source, re.IGNORECASE):
            return False
    if _weekday_beside_date(text, reading):
        return False
    if _PASSED.search(text) and not _PASSED.search(source) and all(day >= reading.today for day in days):
        return False
    plain = _undated(text, reading)
    return all(not pattern.search(plain) or pattern.search(source) for pattern in _ORDINALS.values())


def _days_bare(text: str) -> set[str]:
    """The words of a text, "torsdagen" and "lørdagskørsel" as "torsdag" and "lørdag"."""
    return {next((day for day in WEEKDAYS if word.startswith(day)), word) for word in words(text)}


def _undated(text: str, reading: Reading) -> str:
    """The text without its dates and without "blandt andet", in which no ordinal counts anything."""
    for mention in reversed(dates.mentions(text, reading.year)):
        text = text[: mention.start] + text[mention.end :]
    return _OTHER.sub("", text)


def _weekday_beside_date(text: str, reading: Reading) -> bool:
    """Whether a date is given a weekday that it does not have."""
    for mention in dates.mentions(text, reading.year):
        written = text[mention.start : mention.end].casefold()
        weekday = next((name for name in WEEKDAYS if written.startswith(name)), None)
        if weekday and len(mention.days) == 1 and WEEKDAYS[mention.days[0].weekday()] != weekday:
            return True
    return False


def _names_stand(text: str, source: str, reading: Reading, language: str) -> bool:
    """Roles and single names stand in the source, or in what the whole profile is about."""
    where = f"{source}\n{reading.subject}"
    keyed = {form for word in words(where) for form in (word, word.removesuffix("s"), concepts.key(word))}
    if language == "da" and not _roles_stand(text, source, reading):
        return False
    first = [name for name in _first_name(text) if name not in wording.openings(language)]
    for name in (*_CAPITAL.findall(text), *first):
        word = name.casefold()
        if word in STOP_WORDS or meaning.is_calendar(word) or (language == "en" and (word in _ENGLISH_CAPITALS or Words.of(where).says(word, "en"))):
            continue
        if not {word, word.removesuffix("s"), word.rstrip("'’"), word.rstrip("-"), concepts.key(word)} & keyed and not (name in first and (Words.of(where).says(word, language) or _headed(word, where))):
            return False
    return not _patched(text, where) and not _TWICE.search(text)


def _headed(word: str, where: str) -> bool:
    """Whether a compound is one of something that the source names ("årsbudgettet", of "budget")."""
    split = parts(word)
    return len(split) > 1 and concepts.key(split[-1]) in map(concepts.key, words(where))


def _patched(text: str, where: str) -> bool:
    """Whether two names that the source has apart stand together in the text, as one."""
    plain = _plain(where)
    pairs = [(one.casefold(), other.casefold()) for one, other in _PAIR.findall(text) if not meaning.ROLE.fullmatch(one)]
    return any(f" {one} {other}" not in plain and f" {one} " in plain and f" {other} " in plain and frequencies().get(one, 0.0) < _COMMON for one, other in pairs)


def _roles_stand(text: str, source: str, reading: Reading) -> bool:
    """Every role is one that the source names (the position's own where it names none), and nobody is given another's."""
    named = {concepts.key(role.casefold()) for line in source.split("\n") if not reading.profile.title or reading.profile.title not in line for role in meaning.ROLE.findall(line)}
    keyed = named or {concepts.key(role.casefold()) for role in meaning.ROLE.findall(reading.subject)}
    for role in meaning.ROLE.findall(text):
        word = role.casefold()
        if concepts.key(word) not in keyed and not _general(word, keyed):
            return False
    held = belonging.offices(source)
    return all(not held.get(name) or roles & held[name] or all(_general(role, held[name]) for role in roles) for name, roles in belonging.offices(text).items())


def _first_name(text: str) -> list[str]:
    """The word that begins the text, when it reads as a name: no word of the language, or followed by another capital."""
    match = re.match(r"([A-ZÆØÅ][\wæøåé-]+)(\s[A-ZÆØÅ])?", text)
    known = match and frequencies().get(match[1].casefold(), 0.0) > 0
    return [match[1]] if match and (match[2] or not known) else []


def _general(word: str, keyed: Iterable[str]) -> bool:
    """A plain "leder" or "chef" where the source says which kind."""
    stem = next((role for role in _GENERIC_ROLES if re.fullmatch(rf"{role}(?:en|n|e|s)?", word)), None)
    if stem is None:
        return False
    kinds = ["leder", "chef", "direkt"] if stem in ("leder", "chef") else [stem]
    return any(kind in key for kind in kinds for key in keyed)


def _quotes_stand(text: str, plain: str) -> bool:
    """What stands between quotation marks stands so in the source."""
    return all(_plain(quoted).strip() in plain for quoted in _QUOTED.findall(text))


def _best_window(text: str, source: str, language: str) -> tuple[float, str]:
    """The two neighbouring sentences of a source's last line, under the lines above it, that hold most of the text."""
    *above, body = source.split("\n")
    spans = sentences(body) or [(0, len(body))]
    heads = "\n".join(above)
    windows = [f"{heads}\n{body[spans[at][0] : spans[min(at + 1, len(spans) - 1)][1]]}" for at in range(max(1, len(spans) - 1))]
    return max(((meaning.share(text, Words.of(window), language), window) for window in windows), key=lambda pair: pair[0])


__all__ = ["TAU", "Reading", "keep", "supported", "supports", "values_stand"]
