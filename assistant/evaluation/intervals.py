"""How sure a mean is: percentile bootstrap over clusters, the same resamples for every metric, from a fixed seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation.gold import Gold

Array = NDArray[np.float64]
SEED = 20_240_205
FEWEST = 5


def clusters(golds: Sequence[Gold]) -> tuple[str, list[str]]:
    """What is drawn, and each question's cluster: its paraphrase group; else its document; with under five documents, itself."""
    papers = {gold.document for gold in golds}
    if len(papers) >= FEWEST:
        return "document", [gold.document for gold in golds]
    return "question", [gold.group or gold.id for gold in golds]


class Resamples:
    """`draws` resamples of the clusters, with replacement; the same for everything that is asked of it."""

    def __init__(self, labels: Sequence[str], draws: int = 2000, seed: int = SEED) -> None:
        names = {name: at for at, name in enumerate(dict.fromkeys(sorted(labels)))}
        self.of = np.array([names[label] for label in labels], np.int64)
        size = max(len(names), 1)
        self.weights = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), draws).astype(np.float64)

    def means(self, values: Array) -> Array:
        """(draws,): the mean of `values` (n,), NaN entries left out, in each resample; NaN where nothing was drawn."""
        there = ~np.isnan(values)
        sums = np.bincount(self.of, np.where(there, values, 0.0), self.weights.shape[1])
        counts = np.bincount(self.of, there.astype(np.float64), self.weights.shape[1])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((self.weights @ sums) / (self.weights @ counts), np.float64)

    def estimate(self, values: Array, digits: int = 4) -> dict[str, float | int | None]:
        """Mean, 95 % interval and n of `values` (n,); NaN entries are not applicable and left out."""
        n = int((~np.isnan(values)).sum())
        if not n:
            return {"mean": None, "low": None, "high": None, "n": 0}
        low, high = np.nanpercentile(self.means(values), [2.5, 97.5])
        return {"mean": round(float(np.nanmean(values)), digits), "low": round(float(low), digits), "high": round(float(high), digits), "n": n}


def quantiles(values: Sequence[float], draws: int = 500) -> dict[str, dict[str, float] | int]:
    """p50, p95 and p99 of `values`, each with a bootstrap interval."""
    if not values:
        return {"n": 0}
    own = np.array(values)
    drawn = np.random.default_rng(SEED).choice(own, (draws, len(own)))
    out: dict[str, dict[str, float] | int] = {"n": len(own)}
    for share in (50, 95, 99):
        low, high = np.percentile(np.percentile(drawn, share, axis=1), [2.5, 97.5])
        out[f"p{share}"] = {"value": round(float(np.percentile(own, share)), 5), "low": round(float(low), 5), "high": round(float(high), 5)}
    return out
