"""The fact card: what every candidate looks for first, each value a span of the profile; what is not there is None, never a guess.

A fact is read from its label when the profile has one, else from a sentence whose words leave no doubt. Left to others: the dates of
the process (`processing`), how a card is shown (`web`).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from assistant.facts import Contact, contacts
from assistant.processing import Event, events
from corpus.dates import mentions, usual_year
from corpus.profiles import Passage, PassageKind, Profile
from index.library import Shard

__all__ = ["Card", "Cards", "Fact", "Shard", "Value", "card", "deadline"]
Span = tuple[int, int]
MOST = 3


@dataclass(frozen=True, slots=True)
class Value:
    """Words of the profile, `text[start:end]`; `section` and `page` say where they stand."""

    quote: str
    start: int
    end: int
    section: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the card: `name` is its key in the wording, `values` are empty where the profile says nothing."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """What the profile says first: facts in a fixed order, the deadline's place, the people to ask, the dates of the process."""

    facts: tuple[Fact, ...]
    deadline: Value | None
    people: tuple[tuple[Contact, Value], ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a fact is found: by its label, by its sentence (both searched for), and what takes a sentence out again."""

    name: str
    label: re.Pattern[str]
    sentence: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None


def _rule(name: str, label: str, sentence: str = "", unless: str = "") -> _Rule:
    compiled = [re.compile(one, re.IGNORECASE) if one else None for one in (rf"^\W*(?:{label})\W*$", sentence, unless)]
    assert compiled[0]
    return _Rule(name, compiled[0], compiled[1], compiled[2])


_START = r"\btiltrædelse\w*|\bdu tiltræder\b|\btiltræde(?:s|r stillingen)?\b|\bdu (?:begynder|starter)\b|\bbegynder (?:du )?den\b|\bstart(?:dato| er|er)? (?:den )?\d|\bførste arbejdsdag\b|\btil besættelse\b"
_RULES = (
    _rule("position", r"stilling(?:en|sbetegnelse)?|stillingens titel|titel|jobtitel"),
    _rule("employer", r"opdragsgiver|arbejdsgiver|virksomhed(?:en)?|ansættelsesmyndighed|organisation|ansættende myndighed"),
    _rule("place", r"arbejdssted(?:et)?|arbejdsplads(?:en)?|ansættelsessted|tjenestested|lokation|dit skrivebord|adresse|besøgsadresse|hvor du møder ind", r"\b(?:dit|primære?|fast(?:e)?) (?:arbejds|tjeneste)sted\b|\barbejdssted(?:et)?\b"),
    _rule("start", r"(?:forventet )?(?:tiltrædelse|start|startdato|ansættelsesdato|tiltrædelsesdato|begyndelse)(?:stidspunkt)?", _START),
    _rule(
        "terms",
        r"(?:løn(?:nen)?|ansættelse|vilkår|ansættelsesforhold|ansættelsesvilkår|ansættelsesform|lønvilkår|lønforhold|aflønning|stillingstype|løn[- ]og (?:øvrige )?ansættelses(?:vilkår|forhold)|ansættelses-? og lønvilkår)",
        r"^\W*(?:løn(?:nen)?\b.{12}|(?:samlet )?årsløn\w*|aflønning\w*|ansættelsen (?:sker|er|følger)|overenskomstansættelse|åremålsansættelse)|^\W*\d[\d.]* kr\. (?:om måneden|pr\. måned|månedligt)"
        r"|^\W*(?:du|stillingen) (?:ansættes|bliver ansat|aflønnes|lønnes)\b",
        r"^\W*løn og ansættelsesvilkår\W*$",
    ),
    _rule(
        "reports",
        r"refer(?:er)?er til|reference(?:forhold)?(?: til)?|nærmeste (?:leder|chef|overordnede)|din (?:nærmeste )?(?:leder|chef)",
        r"\b(?:du|stillingen)\b[^.;:]{0,40}\brefererer\b[^.;]{0,30}\btil\b|\brefererer (?:du|stillingen)\b|\bdin (?:nærmeste )?(?:leder|chef)\b|\bbliver din (?:nærmeste )?(?:leder|chef)\b|\bmed reference til\b",
        r"\brefererer direkte til dig\b|\bhar hidtil\b",
    ),
)


def card(shard: Shard) -> Card:
    """The card of a profile."""
    profile = shard.profile
    facts = tuple(_fact(profile, rule) for rule in _RULES)
    named = dict(zip(("position", "employer"), (profile.title, profile.employer), strict=True))
    facts = tuple(_named(profile, fact, named[fact.name]) if fact.name in named else fact for fact in facts)
    found = tuple(events(profile))
    people = tuple((one, _value(profile, (one.start, one.end))) for one in contacts(shard))
    return Card(facts, deadline(profile), people, found)


def deadline(profile: Profile) -> Value | None:
    """Where the profile says its own deadline: the place of that day that speaks of a deadline. None when it has none, or it stands nowhere."""
    if not profile.deadline:
        return None
    year = usual_year(profile.text)
    there = [one for one in mentions(profile.text, year) if profile.deadline[:10] in {day.isoformat() for day in one.days}]
    if not there:
        return None
    about = re.compile(r"frist|senest|deadline|inden|i hænde", re.IGNORECASE)
    best = max(there, key=lambda one: (bool(about.search(_context(profile, (one.start, one.end)))), -one.start))
    return _value(profile, (best.start, best.end))


def _context(profile: Profile, span: Span) -> str:
    """The words that a span is read under: its passage with label, lead and headings."""
    return " ".join(profile.context(one) for one in profile.passages if one.start <= span[0] < one.end)


def _fact(profile: Profile, rule: _Rule) -> Fact:
    """A fact from its label, else from the sentences that say it."""
    words = [one for one in profile.passages if one.kind is not PassageKind.HEADING and profile.quote(one).strip()]
    labelled = [one for one in words if one.label and rule.label.search(one.label)]
    if rule.name == "start":
        labelled = labelled or [one for one in words if one.label and rule.sentence and rule.sentence.search(profile.quote(one)) and _dated(profile, one)]
    if rule.name == "terms":
        labelled = [one for one in labelled if not re.search(_START, profile.quote(one), re.IGNORECASE)] or labelled
    if not labelled and rule.sentence:
        labelled = [one for one in words if _says(profile, one, rule)]
    chosen = _apart(labelled)[: MOST if rule.name == "terms" else 1]
    return Fact(rule.name, tuple(_value(profile, _with_antecedent(profile, one)) for one in chosen))


def _with_antecedent(profile: Profile, passage: Passage) -> Span:
    """A sentence's span; one that begins with "han" or "hun" takes the sentence before it along, so that the reader knows who."""
    before = [one for one in profile.passages if one.group == passage.group and one.end <= passage.start and one.kind is passage.kind]
    if before and re.match(r"(?:han|hun|de|vedkommende)\b", profile.quote(passage), re.IGNORECASE):
        return before[-1].start, passage.end
    return passage.start, passage.end


def _says(profile: Profile, passage: Passage, rule: _Rule) -> bool:
    """Whether a sentence says this fact beyond doubt; one about the start must hold a date."""
    quote = profile.quote(passage)
    if not rule.sentence or not rule.sentence.search(quote) or (rule.unless and rule.unless.search(quote)):
        return False
    return rule.name != "start" or _dated(profile, passage)


def _dated(profile: Profile, passage: Passage) -> bool:
    return bool(mentions(profile.quote(passage), usual_year(profile.text)))


def _named(profile: Profile, fact: Fact, name: str | None) -> Fact:
    """What the profile calls itself (its front matter or first heading), at the first place where it stands; else what its label gave."""
    at = profile.text.find(name) if name else -1
    if fact.values and (fact.name == "employer" or at < 0):
        return Fact(fact.name, fact.values[:1])
    if name and at >= 0:
        return Fact(fact.name, (_value(profile, (at, at + len(name))),))
    heading = next((block for block in profile.blocks if block.kind.value == "heading"), None)
    if fact.name == "position" and heading:
        return Fact(fact.name, (_value(profile, (heading.start, heading.end)),))
    return fact


def _apart(passages: list[Passage]) -> list[Passage]:
    """Passages that don't overlap, in order; of two, the first."""
    found: list[Passage] = []
    for one in sorted(passages, key=lambda passage: (passage.start, -passage.end)):
        if not found or found[-1].end <= one.start:
            found.append(one)
    return found


def _value(profile: Profile, span: Span) -> Value:
    """A span with its section and page."""
    inside = next((one for one in profile.passages if one.start < span[1] and span[0] < one.end), None)
    return Value(profile.text[span[0] : span[1]], *span, inside.heading if inside else None, inside.page if inside else None)


class Cards:
    """Cards, made once a profile and kept while it is unchanged (the latest `most` of them). Any thread may call."""

    def __init__(self, most: int = 200) -> None:
        self._most, self._made, self._lock = most, OrderedDict[tuple[str, str], Card](), Lock()

    def of(self, shard: Shard) -> Card:
        """The card of a profile."""
        key = (shard.profile.slug, shard.profile.fingerprint)
        with self._lock:
            known = self._made.get(key)
        if known is None:
            known = card(shard)
            with self._lock:
                self._made[key] = known
                while len(self._made) > self._most:
                    self._made.popitem(last=False)
        return known
