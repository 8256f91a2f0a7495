"""What each component earns: taken out one at a time, the same questions asked again; and the search refitted without it.

A component stays in the product only while taking it out costs something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager as Context
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from assistant import answering, retrieving
from assistant.evaluation import fitting, scoring
from assistant.evaluation.command_wording import decimal, part, say
from assistant.evaluation.comparing import difference
from assistant.evaluation.gold import Gold, load
from assistant.evaluation.intervals import Resamples, clusters
from assistant.evaluation.observing import Factory, Observed
from assistant.evaluation.working import Progress, over_documents
from assistant.questions import Question
from assistant.retrieving import FEATURES
from index.library import Shard

GROUPS: dict[str, tuple[str, ...]] = {
    "words": ("cover_", "bm25", "top_cover", "weak_context", "gap", "rare_", "above_cover"),
    "vectors": ("cosine",),
    "concepts": ("concept_", "main_concept"),
    "word meanings": ("soft_", "both_cover"),
    "expectation": ("holds", "lacks", "person", "counts"),
    "head word": ("head_",),
    "labels and headings": ("label_", "title", "heading"),
    "ordinals": ("ordinal",),
    "nearness in the talk": ("near",),
    "form": ("fact", "item", "short", "long", "leads", "list_lead", "early", "second_person", "asks"),
    "names": ("names",),
}
Outcome = tuple[float, float, float]


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
    return ["whole", *(f"search without {name}" for name in groups()), "no concepts at all", "no translation", "no earlier questions", "no check of sentences", "no refusal"]


@contextmanager
def swapped(module: ModuleType, name: str, value: Any) -> Iterator[None]:
    """Inside, a module's name stands for something else."""
    names = vars(module)
    usual = names[name]
    names[name] = value
    try:
        yield
    finally:
        names[name] = usual


def without(variant: str, observed: Observed) -> Context[Any]:
    """Inside, the assistant works without the component."""
    if variant.startswith("search without "):
        return _lighter(groups()[variant.removeprefix("search without ")])
    table: dict[str, Callable[[], Context[Any]]] = {
        "no concepts at all": _no_concepts,
        "no translation": lambda: _no_translation(observed),
        "no check of sentences": lambda: swapped(answering, "keep", lambda sentences, *_: list(sentences)),
    }
    return table.get(variant, nullcontext)()


@contextmanager
def _lighter(places: Sequence[int]) -> Iterator[None]:
    """Inside, the features at `places` weigh nothing."""
    weights = retrieving.learnt().copy()
    weights[list(places)] = 0.0
    with swapped(retrieving, "learnt", lambda: weights):
        yield


@contextmanager
def _no_concepts() -> Iterator[None]:
    """Inside, no question speaks of any concept, and their features weigh nothing."""
    names = vars(answering)
    usual = names["understand"]

    def plain(*given: Any) -> Question:
        understood: Question = usual(*given)
        return replace(understood, spoken=())

    with ExitStack() as stack:
        stack.enter_context(swapped(answering, "understand", plain))
        stack.enter_context(_lighter(groups()["concepts"]))
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
    """Every variant of every question of a document: (right and cited, correct, relevant passage first)."""
    found: list[dict[str, Outcome]] = [{} for _ in golds]
    for variant in variants():
        with without(variant, observed):
            for at, gold in enumerate(golds):
                asked = replace(gold, conversation=()) if variant == "no earlier questions" else gold
                found[at][variant] = _outcome(observed, shard, gold, asked, refusing=variant != "no refusal")
    return found


def _outcome(observed: Observed, shard: Shard, gold: Gold, asked: Gold, refusing: bool) -> Outcome:
    answer = observed.ask(asked, shard)
    if not refusing and answer.abstained and observed.found is not None:
        answer = observed.unrefused(asked, shard)
    verdict = scoring.judge(gold, answer.to_json())
    rows = fitting.gold_rows(shard.profile, gold.evidence) if gold.answerable else set()
    first = observed.found is not None and observed.found.hits[0].row in rows
    return float(verdict.correct and verdict.cited is not False), float(verdict.correct), float(first) if gold.answerable else float("nan")


def ablate(files: Sequence[Path], folders: Sequence[Path], factory: Factory, progress: Progress | None = None, processes: int | None = None, refit: bool = True) -> list[dict[str, Any]]:
    """A line a component: what the whole scores, and the paired differences without it, with intervals.

    `refitted_hit@1`: the right passage first for profiles left out, when the ranking is fitted without the component (None when not asked
    for, with fewer than three documents, or for what is no feature of the search).
    """
    golds = load(files)
    found = over_documents(golds, folders, factory, _all_variants, progress, processes, keep=True)
    draws = Resamples(clusters(golds)[1])
    columns = {variant: np.array([row[variant] for row in found]) for variant in variants()}
    refitted = _refitted(golds, folders, factory, processes) if refit and len({gold.document for gold in golds}) >= 3 else {}
    return [_line(variant, columns[variant], columns["whole"], draws, refitted) for variant in variants()]


def _line(variant: str, own: Any, whole: Any, draws: Resamples, refitted: dict[str, float]) -> dict[str, Any]:
    """One line of the table; a difference below zero is what the component earns."""
    row: dict[str, Any] = {"variant": variant, "refitted_hit@1": refitted.get(variant)}
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
    head = [say(key, language) for key in ("col_right", "difference", "col_correct", "col_hit", "col_refitted")]
    lines = [say("earns", language), f"{'':36s} {head[0]:>7s} {head[1]:>28s} {head[2]:>8s} {head[3]:>7s} {head[4]:>9s}"]
    for row in ordered:
        gap = row["right.difference"]
        said = f"{gap['difference']:+.3f} [{gap['low']:+.3f}; {gap['high']:+.3f}]" if gap and gap["n"] else ""
        numbers = "".join(f"{'–' if row[name] is None else f'{row[name]:.3f}':>{width}s}" for name, width in (("correct", 9), ("hit@1", 8), ("refitted_hit@1", 10)))
        lines.append(f"{part(row['variant'], language):36s} " + decimal(f"{row['right']:7.3f} {said:>28s}{numbers}", language))
    return "\n".join(lines)
