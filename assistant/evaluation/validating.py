"""Checks files of evaluation questions: every fault is said, not only the first.

Left to others: reading one file for a run (`gold.load`, which stops at the first fault), proposing questions (`proposing`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.evaluation.gold import KINDS, ORIGINS, DatasetError, Gold, find_document, lines, of_line, spans
from corpus.profiles import CorpusError, Profile
from corpus.reading import read

SPLITS = ("dev", "test", "train", "training")


def read_all(paths: Sequence[Path]) -> tuple[list[Gold], list[str]]:
    """Every question that can be read, and a Danish line for each that cannot (or for a file that cannot).

    A question that names no split has that of its folder, where the folder is called one.
    """
    golds: list[Gold] = []
    problems: list[str] = []
    for path in paths:
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            try:
                for place, line in lines(file):
                    try:
                        gold = of_line(line, place)
                        golds.append(replace(gold, split=gold.split or next((name for name in SPLITS if file.resolve().parent.name == name), None)))
                    except DatasetError as error:
                        problems.append(str(error))
            except DatasetError as error:
                problems.append(str(error))
    if not golds and not problems:
        problems.append(f"Der er ingen spørgsmål i {', '.join(str(path) for path in paths) or 'de angivne filer'}.")
    return golds, problems


def check(golds: Sequence[Gold], profiles: Sequence[Path]) -> list[str]:
    """What is wrong with a set of questions, a Danish line each; empty when it is sound.

    Every gold quote stands in its document (which has not changed), ids are unique, kinds known, a question answerable exactly with
    evidence and answers, follow-ups have a conversation, no question stands twice, and no document or group lies both in the test split and in another.
    """
    found = [f"{name}: id'et bruges {count} gange" for name, count in Counter(gold.id for gold in golds).items() if count > 1]
    texts = {name: _document(name, profiles) for name in dict.fromkeys(gold.document for gold in golds)}
    for gold in golds:
        found += [f"{gold.id}: {problem}" for problem in _problems(gold, texts[gold.document])]
    return [*found, *_twice(golds), *_groups(golds), *_splits(golds)]


def _document(name: str, profiles: Sequence[Path]) -> Profile | None:
    try:
        return read(find_document(name, profiles))
    except (DatasetError, CorpusError):
        return None


def _problems(gold: Gold, profile: Profile | None) -> Iterator[str]:
    """What is wrong with one question."""
    if profile is None:
        yield f"dokumentet {gold.document} findes ikke eller kan ikke læses"
    if profile is not None and gold.document_sha256 not in (None, profile.fingerprint):
        yield f"dokumentet {gold.document} er ændret, siden spørgsmålet blev skrevet"
    if gold.kind not in KINDS:
        yield f"ukendt kind {gold.kind!r}"
    if gold.origin not in ORIGINS:
        yield f"ukendt origin {gold.origin!r}"
    if not gold.id.strip():
        yield "id'et er tomt"
    if not gold.question.strip():
        yield "spørgsmålet er tomt"
    if gold.answerable != bool(gold.evidence) or gold.answerable != bool(gold.answers):
        yield "answerable skal være sand, netop når der er answers og evidence"
    if (gold.kind == "unanswerable") == gold.answerable:
        yield "kind og answerable siger hver sit"
    if gold.kind == "followup" and not gold.conversation:
        yield "et opfølgende spørgsmål uden conversation"
    if any(not choices or not all(choice.strip() for choice in choices) for choices in (*gold.answers, *gold.items)):
        yield "et tomt svaralternativ"
    if not all(text.strip() for text in (*gold.must_not, *gold.conversation, *gold.evidence)):
        yield "en tom tekst i must_not, conversation eller evidence"
    yield from (f"citatet står ikke i dokumentet: {quote[:80]!r}" for quote in gold.evidence if profile is not None and quote.strip() and not spans(profile.text, quote))


def _twice(golds: Sequence[Gold]) -> list[str]:
    """Questions that ask the same of the same document after the same talk."""
    asked: dict[tuple[object, ...], list[str]] = {}
    for gold in golds:
        asked.setdefault((gold.document, gold.conversation, " ".join(gold.question.casefold().split())), []).append(gold.id)
    return [f"{' og '.join(names)}: det samme spørgsmål" for names in asked.values() if len(set(names)) > 1]


def _groups(golds: Sequence[Gold]) -> list[str]:
    """Groups whose variants cannot be variants of one question."""
    groups: dict[str, list[Gold]] = {}
    for gold in golds:
        if gold.group:
            groups.setdefault(gold.group, []).append(gold)
    return [f"gruppen {name} blander dokumenter eller spørgsmål med og uden svar" for name, rows in groups.items() if len({(gold.document, gold.answerable) for gold in rows}) > 1]


def _splits(golds: Sequence[Gold]) -> list[str]:
    """Documents and groups with questions in the test split and in another (what was tuned on the other has seen them)."""
    places: dict[tuple[str, str], set[str]] = {}
    for gold in golds:
        for what, name in (("gruppen", gold.group), ("dokumentet", gold.document)):
            if name and gold.split:
                places.setdefault((what, name), set()).add(gold.split)
    return [f"{what} {name} ligger i flere dele: {', '.join(sorted(splits))}" for (what, name), splits in places.items() if "test" in splits and len(splits) > 1]
