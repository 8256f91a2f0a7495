"""Proposes evaluation questions from a profile's structure: facts, contacts, figures, lists, near-misses, and variants of spelling.

What is made by machine says so (`origin: template`), is proposed for a human to read through, and is kept out of the headline.
Gold is only ever taken from the profile, never from the system's own answers. Left to others: whether a set is sound (`validating`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.evaluation.gold import Gold
from corpus import concepts
from corpus.danish import STOP_WORDS, parts, words
from corpus.entities import Entity, Kind, find
from corpus.profiles import Block, Passage, PassageKind, Profile

LONGEST_VALUE = 90
MOST_TAKEN_OUT = 8
YEAR = 2000  # what a date without a year is read in; no question asks for one
_FOLDS = (("æ", "ae"), ("ø", "oe"), ("å", "aa"), ("Æ", "Ae"), ("Ø", "Oe"), ("Å", "Aa"))
_REACH = ((Kind.PHONE, "telefonnummer"), (Kind.MAIL, "mailadresse"))
_COUNTED = re.compile(r"(\d{1,3}(?:\.\d{3})*|\d+) ([a-zæøå]{4,}(?:er|re|te|de|ne|ere))\b")
_NAME = re.compile(r"[^\W\d]+(?: [^\W\d.]+)+")


def make(profile: Profile, document: str) -> list[Gold]:
    """Proposed questions about a profile as it stands: what it says, near-misses, and misspelt variants of what it says."""
    facts = [*_facts(profile, document), *_contacts(profile, document), *_counts(profile, document)]
    return _numbered(profile, [*facts, *_lists(profile, document), *_misses(profile, document), *_misspelt(facts)])


def take_out(profile: Profile, document: str) -> tuple[str, str, list[Gold]]:
    """A copy of the profile without up to eight of its fields: the copy's file name, its text, and a near-miss for each field.

    A field is taken only when the rest of the profile says neither its value nor its label; with none, the text is the whole.
    """
    name, text = f"{Path(document).stem}-uden.txt", profile.text
    misses: list[Gold] = []
    found = [*_facts(profile, document), *_contacts(profile, document)]
    for gold in found:
        rest = text.replace(_gone(profile, gold), "", 1)
        if len(misses) < MOST_TAKEN_OUT and rest != text and not _still_said(gold, rest):
            text = rest
            misses.append(replace(gold, document=name, kind="unanswerable", answerable=False, answers=(), evidence=(), group=None))
    return name, text, _numbered(profile, misses, "u")


def _gone(profile: Profile, gold: Gold) -> str:
    """What to take out: a fact's whole line; of a contact only the number or the address."""
    if gold.answers[0][0] != gold.evidence[0].rstrip(" ."):
        return gold.answers[0][0]
    start = profile.text.index(gold.evidence[0])
    block: Block | None = next((block for block in profile.blocks if block.start <= start < block.end), None)
    return profile.text[block.start : block.end] + "\n" if block else gold.evidence[0]


def _still_said(gold: Gold, rest: str) -> bool:
    """Whether what is left says the value, or speaks of everything the question asks for by name (a contact's name may stay)."""
    if gold.answers[0][0].casefold() in rest.casefold():
        return True
    asked = [concepts.key(word) for word in words(gold.question) if word not in STOP_WORDS and word not in ("står", "hvad")]
    left = {concepts.key(piece) for word in words(rest) for piece in (word, *parts(word))}
    return bool(asked) and all(key in left for key in asked)


def _numbered(profile: Profile, golds: Sequence[Gold], letter: str = "m") -> list[Gold]:
    """Each question once, the first of equals, with ids."""
    first = {gold.question.casefold(): gold for gold in reversed(golds)}
    kept = [gold for gold in golds if first[gold.question.casefold()] is gold]
    return [replace(gold, id=f"{profile.slug}-{letter}{number:03d}") for number, gold in enumerate(kept, 1)]


def _facts(profile: Profile, document: str) -> Iterator[Gold]:
    """A question for every label of one field with a short value; of a value in several sentences, one will do."""
    fields: dict[str, list[Passage]] = {}
    for passage in profile.passages:
        if passage.kind is PassageKind.FACT and passage.label and not passage.headers:
            fields.setdefault(passage.label, []).append(passage)
    for label, passages in fields.items():
        values = tuple(profile.quote(passage) for passage in passages)
        if len({p.group for p in passages}) == 1 and all(1 < len(value) <= LONGEST_VALUE and re.search(r"\w", value) for value in values):
            yield _gold(document, _about(label), "fact", (tuple(value.rstrip(" .") for value in values),), values, f"{document}:{passages[0].start}")


def _about(label: str) -> str:
    """What asks for a label's value; its first letter is small inside a sentence, unless the word is an abbreviation."""
    label = label.strip(" :?.")
    if re.match(r"(?:hv\w+|sådan|når|om)\b", label, re.IGNORECASE):
        return f"Hvad står der under »{label}«?"
    return f"Hvad står der om {label if label[:2].isupper() else label[:1].lower() + label[1:]}?"


def _contacts(profile: Profile, document: str) -> Iterator[Gold]:
    """The number and the address of everybody whom one passage names alone, with one of them."""
    for passage in profile.passages:
        quote = profile.quote(passage)
        held = find(quote, YEAR)
        people = [entity.text for entity in held if entity.kind is Kind.PERSON and _NAME.fullmatch(entity.text)]
        for kind, word in _REACH:
            reach = [entity.text for entity in held if entity.kind is kind]
            if len(people) == 1 == len(reach) and len(quote) <= 2 * LONGEST_VALUE:
                yield _gold(document, f"Hvad er {people[0]}{_genitive(people[0])} {word}?", "fact", ((reach[0], reach[0].replace(" ", "")),), (quote,), f"{document}:{passage.start}:{word}")


def _counts(profile: Profile, document: str) -> Iterator[Gold]:
    """How many there are of what is counted once ("126 ansatte")."""
    counted = [(match[1], match[2], match.group()) for p in profile.passages for match in _COUNTED.finditer(profile.quote(p)) if _is_bare(match, profile.quote(p))]
    nouns = Counter(noun for _, noun, _ in counted)
    for number, noun, words_of in counted:
        if nouns[noun] == 1 and profile.text.count(words_of) == 1:
            yield _gold(document, f"Hvor mange {noun} er der?", "fact", ((number, number.replace(".", "")),), (words_of,), f"{document}:{noun}")


def _is_bare(match: re.Match[str], quote: str) -> bool:
    """Whether the number counts things: no date, time, amount, per cent or span of time."""
    held: list[Entity] = find(quote, YEAR)
    return any(entity.kind is Kind.NUMBER and entity.start == match.start(1) for entity in held)


def _lists(profile: Profile, document: str) -> Iterator[Gold]:
    """A question for every list with a lead-in or, failing that, a heading of its own: all of its items."""
    groups: dict[int, list[Passage]] = {}
    for passage in profile.passages:
        if passage.kind is PassageKind.ITEM:
            groups.setdefault(passage.group, []).append(passage)
    leads = Counter(_lead(profile, items[0]) for items in groups.values())
    for items in groups.values():
        quotes, lead = [profile.quote(item).rstrip(" .,;") for item in items], _lead(profile, items[0])
        if lead and leads[lead] == 1 and 2 <= len(items) <= 12 and all(len(quote) <= LONGEST_VALUE for quote in quotes):
            yield _gold(document, f"Hvad hører med til: {lead[-110:].strip()}?", "list", tuple((quote,) for quote in quotes), tuple(quotes), None)


def _lead(profile: Profile, item: Passage) -> str:
    """What a list is introduced by, without its colon."""
    lead = profile.text[slice(*item.lead_span)] if item.lead_span else item.section[-1] if item.section else ""
    return " ".join(lead.strip(" :.").split())


def _misses(profile: Profile, document: str) -> Iterator[Gold]:
    """Near-misses: what a named person's entry could hold and no passage that names the person does."""
    for person in dict.fromkeys(e.text for e in find(profile.text, YEAR) if e.kind is Kind.PERSON and _NAME.fullmatch(e.text)):
        near = " ".join(profile.quote(p) for p in profile.passages if person in profile.quote(p))
        held = {entity.kind for entity in find(near, YEAR)}
        lacking = [word for kind, word in _REACH if kind not in held]
        if lacking:
            yield _gold(document, f"Hvad er {person}{_genitive(person)} {lacking[0]}?", "unanswerable", (), (), None)


def _genitive(name: str) -> str:
    return "\u2019" if name[-1] in "sxz" else "s"


def _misspelt(golds: Sequence[Gold]) -> Iterator[Gold]:
    """The questions as typed without æ, ø and å, with two letters swapped, and with a compound cut in two: a group with what they vary."""
    for at, gold in enumerate(golds):
        variants: list[Callable[[str], str]] = [_folded, lambda text, at=at: _swapped(text, at), _cut]  # type: ignore[misc]
        for variant in variants:
            if (question := variant(gold.question)) != gold.question:
                yield replace(gold, question=question.rstrip("?"), kind="typo")


def _folded(question: str) -> str:
    """æ, ø and å as ae, oe and aa."""
    for danish, folded in _FOLDS:
        question = question.replace(danish, folded)
    return question


def _swapped(question: str, seed: int) -> str:
    """The longest word with two neighbouring letters inside it swapped."""
    word = max(re.findall(r"[^\W\d]+", question), key=len)
    if len(word) < 6:
        return question
    cut = 2 + seed % (len(word) - 4)
    return question.replace(word, word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :], 1)


def _cut(question: str) -> str:
    """The first compound written as two words, as many write it ("ansøgnings frist")."""
    for word in re.findall(r"[^\W\d]{7,}", question):
        pieces = parts(word.casefold())
        if len(pieces) > 1 and word[0].islower() and (at := word.casefold().rfind(pieces[-1])) > 2:
            return question.replace(word, f"{word[:at]} {word[at:]}", 1)
    return question


def _gold(document: str, question: str, kind: str, answers: tuple[tuple[str, ...], ...], evidence: tuple[str, ...], group: str | None) -> Gold:
    return Gold("", document, question, kind, bool(evidence), (), answers, evidence, group, origin="template")
