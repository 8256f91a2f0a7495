"""What each component earns: taken out one at a time, the same questions asked again; and the search refitted without it.

A component stays in the product only while taking it out costs something. What is taken out of the search weighs nothing there, and says to
the decision (answer or refuse) what it says on average. Every line tells how many questions were met otherwise at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager as Context
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from assistant import answering, deciding, extractive, questions, retrieving
from assistant.evaluation import fitting, scoring
from assistant.evaluation.command_wording import decimal, part, say
from assistant.evaluation.comparing import difference
from assistant.evaluation.gold import Gold, load
from assistant.evaluation.intervals import Resamples, clusters
from assistant.evaluation.observing import Factory, Observed
from assistant.evaluation.working import Progress, over_documents
from assistant.opening import Opened
from assistant.questions import Question
from assistant.retrieving import FEATURES
from index import danish_model, words
from index.library import Shard

GROUPS: dict[str, tuple[str, ...]] = {
    "words": ("cover_", "bm25", "top_cover", "weak_context", "gap", "rare_", "above_cover"),
    "vectors": ("cosine",),
    "late interaction": ("late",),
    "concepts": ("concept_", "main_concept"),
    "word meanings": ("soft_", "both_cover"),
    "expectation": ("holds", "lacks", "person", "counts", "must_lack"),
    "head word": ("head_", "role_person"),
    "labels and headings": ("label_", "title", "heading"),
    "ordinals": ("ordinal",),
    "nearness in the talk": ("near",),
    "form": ("fact", "item", "short", "long", "leads", "list_lead", "early", "second_person", "asks"),
    "names": ("names",),
}
SIGNALS: dict[str, tuple[str, ...]] = {
    "words": ("gap", "front_only"),
    "vectors": ("cosine", "cosine_gap"),
    "late interaction": ("late", "late_gap", "late_behind"),
    "concepts": ("concept", "concept_missing", "concept_nowhere", "field_absent"),
    "word meanings": ("soft_cover", "soft_gap"),
    "expectation": ("holds", "lacks", "amount_lacks", "person_lacks", "where_lacks", "time_lacks", "counts_not"),
    "head word": ("head", "role_uncovered"),
    "ordinals": ("ordinal_off", "ordinal_missing"),
    "names": ("name_missing",),
}
PARTS: dict[str, tuple[tuple[Any, str, Any], ...]] = {
    "no parting of questions": ((answering, "several", lambda text: [text]),),
    "no mending of spelling": ((questions, "mend", lambda word, *_: word), (questions, "mend_english", lambda word, *_: word), (words.WordIndex, "_misspelt", lambda *_: [])),
    "no rule of what must be there": ((deciding, "misses_its_kind", lambda *_: False),),
    "no whole lists": ((extractive, "asked_list", lambda *_: []), (extractive, "list_of_several", lambda *_: []), (extractive.Writer, "_announced", lambda *_: [])),
    "no yes or no": ((extractive, "_verdict", lambda *_: None),),
    "no further passages": ((extractive.Writer, "_adds", lambda *_: False),),
    "no sentence for the deadline": ((extractive.Writer, "_deadline", lambda *_: None),),
    "no sentences for contacts": ((extractive.Writer, "_contacts", lambda *_: []),),
    "no check of sentences": ((answering, "keep", lambda sentences, *_: list(sentences)),),
}
UNTAUGHT = "no taught model"


class Outcome(NamedTuple):
    """How one question fared: shares 0-1, NaN where it does not apply; `mark` tells two answers, or the searches behind them, apart."""

    right: float
    correct: float
    first: float
    mark: float


def group_of(feature: str) -> str:
    """The component a feature belongs to; a new one that no prefix covers stands for itself."""
    return next((name for name, prefixes in GROUPS.items() if feature.startswith(prefixes)), feature)


def groups() -> dict[str, list[int]]:
    """Component → the places of its features."""
    table: dict[str, list[int]] = {}
    for at, feature in enumerate(FEATURES):
        table.setdefault(group_of(feature), []).append(at)
    return table


def variants() -> list[str]:
    """What can be taken out, the whole first."""
    return ["whole", *(f"search without {name}" for name in groups()), "no concepts at all", "no compounds", "no translation", "no earlier questions", *PARTS, "no refusal"]


@contextmanager
def swapped(owner: ModuleType | type, name: str, value: Any) -> Iterator[None]:
    """Inside, a name of a module or a class stands for something else."""
    usual = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, usual)


def without(variant: str, observed: Observed, shard: Shard, usual: Mapping[str, float]) -> Context[Any]:
    """Inside, the assistant works without the component. `usual`: what each signal says on average."""
    if variant.startswith("search without "):
        return _lighter(variant.removeprefix("search without "), usual)
    table: dict[str, Callable[[], Context[Any]]] = {
        "no concepts at all": lambda: _no_concepts(usual),
        "no compounds": lambda: _no_compounds(shard),
        "no translation": lambda: _no_translation(observed),
    }
    return table[variant]() if variant in table else _swaps(PARTS.get(variant, ()))


@contextmanager
def _swaps(parts: Sequence[tuple[Any, str, Any]]) -> Iterator[None]:
    """Inside, several names stand for something else."""
    with ExitStack() as stack:
        for part_of in parts:
            stack.enter_context(swapped(*part_of))
        yield


@contextmanager
def _lighter(group: str, usual: Mapping[str, float]) -> Iterator[None]:
    """Inside, the group's features weigh nothing, and its signals say what they usually do."""
    weights = retrieving.learnt().copy()
    weights[groups()[group]] = 0.0
    spoken, silenced = deciding.signals, {name: usual[name] for name in SIGNALS.get(group, ()) if name in usual}
    with swapped(retrieving, "learnt", lambda: weights), swapped(deciding, "signals", lambda found: {**spoken(found), **silenced}):
        yield


@contextmanager
def _no_compounds(shard: Shard) -> Iterator[None]:
    """Inside, a word is one word: nobody looks into its parts."""
    index, heads, parts = shard.words, shard.words.by_head, shard.words.by_part
    index.by_head, index.by_part = {}, {}
    try:
        with swapped(words, "parts", lambda word: (word,)):
            yield
    finally:
        index.by_head, index.by_part = heads, parts


@contextmanager
def _no_concepts(usual: Mapping[str, float]) -> Iterator[None]:
    """Inside, no question speaks of any concept, and their features weigh nothing."""
    understand = vars(answering)["understand"]

    def plain(*given: Any) -> Question:
        understood: Question = understand(*given)
        return replace(understood, spoken=())

    with ExitStack() as stack:
        stack.enter_context(swapped(answering, "understand", plain))
        stack.enter_context(_lighter("concepts", usual))
        yield


@contextmanager
def _no_translation(observed: Observed) -> Iterator[None]:
    """Inside, English words have no Danish ones."""
    observed.library.translating = False
    try:
        yield
    finally:
        observed.library.translating = True


def _all_variants(observed: Observed, shard: Shard, golds: Sequence[Gold]) -> list[dict[str, Outcome]]:
    """Every variant of every question of a document."""
    found: list[dict[str, Outcome]] = [{} for _ in golds]
    heard: list[dict[str, float]] = []
    usual: dict[str, float] = {}
    for variant in variants():
        with without(variant, observed, shard, usual):
            for at, gold in enumerate(golds):
                asked = replace(gold, conversation=()) if variant == "no earlier questions" else gold
                found[at][variant] = _outcome(observed, shard, gold, asked, refusing=variant != "no refusal")
                if variant == "whole" and observed.found is not None and observed.found.hits:
                    heard.append(deciding.signals(observed.found))
        usual = usual or {name: float(np.mean([row[name] for row in heard])) for name in (heard[0] if heard else ())}
    return found


def _as_it_is(observed: Observed, shard: Shard, golds: Sequence[Gold]) -> list[Outcome]:
    """Every question of a document, nothing taken out."""
    return [_outcome(observed, shard, gold, gold, refusing=True) for gold in golds]


def _outcome(observed: Observed, shard: Shard, gold: Gold, asked: Gold, refusing: bool) -> Outcome:
    answer = observed.ask(asked, shard)
    if not refusing and answer.abstained and observed.found is not None:
        answer = observed.unrefused(asked, shard)
    verdict = scoring.judge(gold, answer.to_json())
    rows = fitting.gold_rows(shard.profile, gold.evidence) if gold.answerable else set()
    first = observed.found is not None and observed.found.hits[0].row in rows
    seen = [(hit.row, round(hit.score, 4)) for hit in observed.found.hits] if observed.found else []
    holds = round(deciding.answerable(observed.found), 4) if observed.found else 0.0
    mark = crc32(repr((answer.answer, answer.confidence, holds, [(one.start, one.end) for one in answer.citations], seen)).encode())
    return Outcome(float(verdict.correct and verdict.cited is not False), float(verdict.correct), float(first) if gold.answerable else float("nan"), float(mark))


def untaught(factory: Factory) -> Factory | None:
    """The same assistant with the Danish model as it was before it was taught anything (built once); None when it has another model."""
    if not isinstance(factory, Opened) or factory.settings.embedding:
        return None
    folder = factory.settings.data / "model-untaught"
    if not danish_model.is_current(folder, adapter=Path()):
        danish_model.build(folder, adapter=Path())
    return Opened(replace(factory.settings, embedding=str(folder)))


def ablate(
    files: Sequence[Path], folders: Sequence[Path], factory: Factory, progress: Progress | None = None, processes: int | None = None, refit: bool = True, plain: Factory | None = None
) -> list[dict[str, Any]]:
    """A line a component: what the whole scores, and the paired differences without it, with intervals.

    `plain` makes the assistant whose model was taught nothing. `changed`: how many questions were answered or searched otherwise at all.
    `refitted_hit@1`: the right passage first for profiles left out, when the ranking is fitted without the component (None when not asked
    for, with fewer than three documents, or for what is no feature of the search).
    """
    golds = load(files)
    found = over_documents(golds, folders, factory, _all_variants, progress, processes, keep=True)
    if plain:
        for row, outcome in zip(found, over_documents(golds, folders, plain, _as_it_is, progress, processes, keep=True), strict=True):
            row[UNTAUGHT] = outcome
    draws = Resamples(clusters(golds)[1])
    columns = {variant: np.array([row[variant] for row in found]) for variant in found[0]}
    refitted = _refitted(golds, folders, factory, processes) if refit and len({gold.document for gold in golds}) >= 3 else {}
    return [_line(variant, own, columns["whole"], draws, refitted) for variant, own in columns.items()]


def _line(variant: str, own: Any, whole: Any, draws: Resamples, refitted: dict[str, float]) -> dict[str, Any]:
    """One line of the table; a difference below zero is what the component earns."""
    row: dict[str, Any] = {"variant": variant, "changed": int((own[:, 3] != whole[:, 3]).sum()), "refitted_hit@1": refitted.get(variant)}
    for at, name in enumerate(("right", "correct", "hit@1")):
        applies = ~np.isnan(whole[:, at])
        row[name] = round(float(own[applies, at].mean()), 4) if applies.any() else None
        row[f"{name}.difference"] = difference(whole[:, at], own[:, at], draws) if variant != "whole" else None
    return row


def _refitted(golds: Sequence[Gold], folders: Sequence[Path], factory: Factory, processes: int | None) -> dict[str, float]:
    """The right passage first, for profiles left out of a fit without each component."""
    examples = fitting.gather(golds, folders, factory, None, processes)
    whole = fitting.left_out_weights(examples)
    fits = {"whole": whole, **{f"search without {name}": fitting.left_out_weights(examples, places, whole) for name, places in groups().items()}}
    return {variant: round(fitting.first_hits(examples, weights), 4) for variant, weights in fits.items()}


def told(table: Sequence[dict[str, Any]], language: str = "da") -> str:
    """The table in lines for a reader, what costs most first."""
    ordered = sorted(table, key=lambda row: (row["variant"] != "whole", (row["right.difference"] or {}).get("difference") or 0.0))
    head = [say(key, language) for key in ("col_right", "difference", "col_correct", "col_hit", "col_refitted", "col_changed")]
    lines = [say("earns", language), f"{'':36s} {head[0]:>7s} {head[1]:>28s} {head[2]:>8s} {head[3]:>7s} {head[4]:>9s} {head[5]:>8s}"]
    for row in ordered:
        gap = row["right.difference"]
        said = f"{gap['difference']:+.3f} [{gap['low']:+.3f}; {gap['high']:+.3f}]" if gap and gap["n"] else ""
        numbers = "".join(f"{'–' if row[name] is None else f'{row[name]:.3f}':>{width}s}" for name, width in (("correct", 9), ("hit@1", 8), ("refitted_hit@1", 10)))
        lines.append(f"{part(row['variant'], language):36s} " + decimal(f"{row['right']:7.3f} {said:>28s}{numbers} {row['changed']:8d}", language))
    return "\n".join(lines)
