"""Retrieval measured on gold quotes, never on passage numbers, so that cutting a text otherwise does not break the gold.

A passage's relevance is 2 when it holds a whole gold quote, 1 when it holds at least half of one, else 0. Agreement with
ir_measures is shown in a test; ties keep the order that was served.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation.gold import Span
from assistant.retrieving import FEATURES, Retrieved

Order = NDArray[np.int64]
Grades = NDArray[np.int64]
ORDERS = ("dense", "bm25", "hybrid", "ranked")
DEPTH = 10
CUTS = (1, 3, 5, 10)


def relevance(passages: Sequence[Span], quotes: Sequence[Sequence[Span]]) -> Grades:
    """(passages,) 0, 1 or 2. `quotes`: for each gold quote, every place where it stands."""
    share = np.zeros(len(passages))
    for places in quotes:
        for start, end in places:
            held = np.array([max(0, min(end, b) - max(start, a)) for a, b in passages]) / max(end - start, 1)
            share = np.maximum(share, held)
    return np.where(share >= 1, 2, np.where(share >= 0.5, 1, 0)).astype(np.int64)


def orders(found: Retrieved) -> dict[str, Order]:
    """The passages' rows, best first: by vectors alone, by words alone, both halved together, and as served."""
    dense = found.features[:, FEATURES.index("cosine_scaled")]
    words = found.features[:, FEATURES.index("bm25")]
    table = {"dense": found.cosines, "bm25": words, "hybrid": 0.5 * dense + 0.5 * words}
    by_score = {name: np.argsort(-scores, kind="stable").astype(np.int64) for name, scores in table.items()}
    return {**by_score, "ranked": np.array([hit.row for hit in found.hits], np.int64)}


def first(grades: Sequence[int]) -> int | None:
    """The rank (from 1) of the first relevant one of `grades`, which are in served order; None when none is."""
    return next((rank for rank, grade in enumerate(grades, 1) if grade >= 1), None)


def hit(grades: Sequence[int], k: int) -> float:
    """1 when a relevant passage is among the first `k`."""
    rank = first(grades[:k])
    return float(rank is not None)


def reciprocal_rank(grades: Sequence[int], k: int = DEPTH) -> float:
    """1 over the rank of the first relevant passage among the first `k`, else 0."""
    rank = first(grades[:k])
    return 1 / rank if rank else 0.0


def ndcg(grades: Sequence[int], k: int = DEPTH) -> float:
    """Gain over log2(rank + 1), over the first `k`, as a share of the best possible; 0 when nothing is relevant."""
    best = _gain(sorted(grades, reverse=True)[:k])
    return _gain(grades[:k]) / best if best else 0.0


def _gain(grades: Sequence[int]) -> float:
    return float(sum(grade / np.log2(rank + 1) for rank, grade in enumerate(grades, 1)))


def evidence_recall(order: Sequence[int], passages: Sequence[Span], quotes: Sequence[Sequence[Span]], k: int) -> float:
    """The share of gold quotes that the first `k` passages together hold (nine characters in ten, in one place)."""
    shown = [passages[row] for row in order[:k]]
    held = [any(_held(place, shown) >= 0.9 for place in places) for places in quotes]
    return sum(held) / len(held) if held else 0.0


def _held(place: Span, shown: Sequence[Span]) -> float:
    """The share of a place's characters that the passages hold together."""
    inside: set[int] = set()
    for start, end in shown:
        inside.update(range(max(start, place[0]), min(end, place[1])))
    return len(inside) / max(place[1] - place[0], 1)


def measure(found: Retrieved | None, quotes: Sequence[Sequence[Span]]) -> dict[str, float]:
    """Every retrieval metric of one answerable question, by order ("ranked.hit@3"); all 0 when nothing was searched."""
    if found is None:
        return {f"{name}.{metric}": 0.0 for name in ORDERS for metric in _NAMES}
    passages = [(p.start, p.end) for p in found.shard.profile.passages]
    grades = relevance(passages, quotes)
    out: dict[str, float] = {}
    for name, order in orders(found).items():
        served = grades[order].tolist()
        values = [hit(served, k) for k in CUTS] + [reciprocal_rank(served), ndcg(served)]
        values += [evidence_recall(order.tolist(), passages, quotes, k) for k in (5, 10)]
        out |= {f"{name}.{metric}": value for metric, value in zip(_NAMES, values, strict=True)}
    return out


_NAMES = (*(f"hit@{k}" for k in CUTS), "mrr@10", "ndcg@10", "recall@5", "recall@10")


def first_ranks(found: Retrieved | None, quotes: Sequence[Sequence[Span]]) -> dict[str, int | None]:
    """The rank of the first relevant passage in each order, for the curve of hits over depth."""
    if found is None:
        return dict.fromkeys(ORDERS)
    grades = relevance([(p.start, p.end) for p in found.shard.profile.passages], quotes)
    return {name: first(grades[order].tolist()) for name, order in orders(found).items()}
