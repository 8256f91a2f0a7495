"""Proposes evaluation questions from a profile's structure, and checks question files.

What is made by machine says so (`origin: template`), is proposed for a human to read through, and is kept out of the headline.
Gold is only ever taken from the profile, never from the system's own answers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.evaluation.gold import KINDS, DatasetError, Gold, find_document, spans
from corpus.entities import Kind, find
from corpus.profiles import CorpusError, Passage, PassageKind, Profile
from corpus.reading import read

LONGEST_VALUE = 90
_FOLDS = (("æ", "ae"), ("ø", "oe"), ("å", "aa"), ("Æ", "Ae"), ("Ø", "Oe"), ("Å", "Aa"))
_NEAR_MISSES = ((Kind.PHONE, "telefonnummer"), (Kind.MAIL, "mailadresse"))


def make(profile: Profile, document: str) -> list[Gold]:
    """Proposed questions about a profile: its facts, its lists, near-misses, and misspelt variants of the facts."""
    facts = list(_facts(profile, document))
    proposed = [*facts, *_lists(profile, document), *_misses(profile, document), *_misspelt(facts)]
    unique = {gold.question.casefold(): gold for gold in reversed(proposed)}
    kept = [gold for gold in proposed if unique[gold.question.casefold()] is gold]
    return [replace(gold, id=f"{profile.slug}-m{number:03d}") for number, gold in enumerate(kept, 1)]


def _facts(profile: Profile, document: str) -> Iterator[Gold]:
    """A question for every label with one short value."""
    labelled = [p for p in profile.passages if p.kind is PassageKind.FACT and p.label and not p.headers]
    once = {label for label, count in Counter(p.label for p in labelled).items() if count == 1}
    for passage in labelled:
        value = profile.quote(passage)
        if passage.label in once and 1 < len(value) <= LONGEST_VALUE and re.search(r"\w", value):
            yield _gold(document, f"Hvad står der om {_inside(str(passage.label))}?", "fact", ((value.rstrip(" ."),),), (value,), f"{document}:{passage.start}")


def _inside(label: str) -> str:
    """A label as it stands inside a sentence: small first letter, unless the word is an abbreviation."""
    label = label.strip(" :?.")
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _lists(profile: Profile, document: str) -> Iterator[Gold]:
    """A question for every list with a lead-in: all of its items."""
    groups: dict[tuple[int, tuple[int, int]], list[Passage]] = {}
    for passage in profile.passages:
        if passage.kind is PassageKind.ITEM and passage.lead_span:
            groups.setdefault((passage.group, passage.lead_span), []).append(passage)
    for (_, lead), items in groups.items():
        quotes = [profile.quote(item).rstrip(" .,;") for item in items]
        if 2 <= len(items) <= 12 and all(len(quote) <= LONGEST_VALUE for quote in quotes):
            asked = profile.text[slice(*lead)].strip(" :")
            yield _gold(document, f"Hvad hører med til: {asked[-110:].strip()}?", "list", tuple((quote,) for quote in quotes), tuple(quotes), None)


def _misses(profile: Profile, document: str) -> Iterator[Gold]:
    """Near-misses: what a named person's entry could hold and no passage that names the person does."""
    people = dict.fromkeys(e.text for e in find(profile.text, 2000) if e.kind is Kind.PERSON and re.fullmatch(r"[^\W\d]+(?: [^\W\d.]+)+", e.text))
    for person in people:
        near = " ".join(profile.quote(p) for p in profile.passages if person in profile.quote(p))
        held = {entity.kind for entity in find(near, 2000)}
        for kind, word in _NEAR_MISSES:
            if kind not in held:
                yield _gold(document, f"Hvad er {person}{_genitive(person)} {word}?", "unanswerable", (), (), None)


def _genitive(name: str) -> str:
    return "\u2019" if name[-1] in "sxz" else "s"


def _misspelt(facts: Sequence[Gold]) -> Iterator[Gold]:
    """The facts again as typed without æ, ø and å, and with two letters swapped; a group with what they vary."""
    for at, gold in enumerate(facts):
        plain = gold.question
        for danish, folded in _FOLDS:
            plain = plain.replace(danish, folded)
        for variant in {plain, _swapped(gold.question, at)} - {gold.question}:
            yield replace(gold, question=variant.rstrip("?"), kind="typo")


def _swapped(question: str, seed: int) -> str:
    """The longest word with two neighbouring letters inside it swapped."""
    word = max(re.findall(r"\w+", question), key=len)
    if len(word) < 6:
        return question
    cut = 2 + seed % (len(word) - 4)
    return question.replace(word, word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :], 1)


def _gold(document: str, question: str, kind: str, answers: tuple[tuple[str, ...], ...], evidence: tuple[str, ...], group: str | None) -> Gold:
    return Gold("", document, question, kind, bool(evidence), (), answers, evidence, group, origin="template")


def check(golds: Sequence[Gold], profiles: Sequence[Path]) -> list[str]:
    """What is wrong with a set of questions, a Danish line each; empty when it is sound.

    Every gold quote stands in its document, ids are unique, kinds known, answerable exactly with evidence and answers, follow-ups
    have a conversation, and no paraphrase group has variants in two splits.
    """
    found = [f"{name}: id'et bruges {count} gange" for name, count in Counter(gold.id for gold in golds).items() if count > 1]
    texts: dict[str, str | None] = {}
    for gold in golds:
        if gold.document not in texts:
            texts[gold.document] = _text(gold.document, profiles)
        found += [f"{gold.id}: {problem}" for problem in _problems(gold, texts[gold.document])]
    return found + _split_groups(golds)


def _text(document: str, profiles: Sequence[Path]) -> str | None:
    try:
        return read(find_document(document, profiles)).text
    except (DatasetError, CorpusError):
        return None


def _problems(gold: Gold, text: str | None) -> Iterator[str]:
    if text is None:
        yield f"dokumentet {gold.document} findes ikke eller kan ikke læses"
    if gold.kind not in KINDS:
        yield f"ukendt kind {gold.kind!r}"
    if not gold.question.strip():
        yield "spørgsmålet er tomt"
    if gold.answerable != bool(gold.evidence) or gold.answerable != bool(gold.answers):
        yield "answerable skal være sand, netop når der er answers og evidence"
    if (gold.kind == "unanswerable") == gold.answerable:
        yield "kind og answerable siger hver sit"
    if gold.kind == "followup" and not gold.conversation:
        yield "et opfølgende spørgsmål uden conversation"
    if any(not choices or not all(choice.strip() for choice in choices) for choices in gold.answers):
        yield "et tomt svaralternativ"
    yield from (f"citatet står ikke i dokumentet: {quote[:80]!r}" for quote in gold.evidence if text is not None and not spans(text, quote))


def _split_groups(golds: Sequence[Gold]) -> list[str]:
    """Paraphrase groups with variants in two splits (a model tuned on one has seen the other)."""
    splits: dict[str, set[str]] = {}
    for gold in golds:
        if gold.group and gold.split:
            splits.setdefault(gold.group, set()).add(gold.split)
    return [f"gruppen {group} ligger i flere dele: {', '.join(sorted(names))}" for group, names in splits.items() if len(names) > 1]
