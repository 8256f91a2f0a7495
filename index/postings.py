"""Where each word of a vocabulary stands, held sparsely: word → the places and how often, all fields of all passages in one row of places.

Place `field * passages + passage` of a row is one field of one passage, so one look-up answers for every field at once.
Left to others: which words a question's term may stand for (`words`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Postings:
    """Word i stands at `places[starts[i]:starts[i + 1]]`, `counts` times each; `width` is fields times passages."""

    width: int
    starts: list[int]
    places: Ids
    counts: Floats

    @classmethod
    def of(cls, rows: Sequence[Iterable[int]], words: int) -> Postings:
        """From the word ids that stand at each place, in order; `words` is how many there are."""
        found: list[dict[int, int]] = [{} for _ in range(words)]
        for place, ids in enumerate(rows):
            for i in ids:
                found[i][place] = found[i].get(place, 0) + 1
        starts = np.cumsum([0, *map(len, found)]).tolist()
        places = np.array([place for each in found for place in each], np.int32)
        return cls(len(rows), starts, places, np.array([count for each in found for count in each.values()], np.float32))

    def meet(self, ids: Mapping[int, float]) -> tuple[Floats, Floats]:
        """Two rows of places: the strongest of the words `ids` (word → strength) that stands there, and their counts, each times its strength."""
        strength, counted = np.zeros(self.width, np.float32), np.zeros(self.width, np.float32)
        for i, worth in ids.items():
            at = slice(self.starts[i], self.starts[i + 1])
            there, weight = self.places[at], np.float32(worth)
            strength[there] = np.maximum(strength[there], weight)
            counted[there] += self.counts[at] * weight
        return strength, counted


@dataclass(frozen=True, slots=True)
class Inventory:
    """The words of each passage: passage p has `ids[starts[p]:starts[p + 1]]`; one past the last word ends each, so none is empty."""

    words: int
    starts: NDArray[np.intp]
    ids: Ids

    @classmethod
    def of(cls, rows: Sequence[Iterable[int]], words: int) -> Inventory:
        """From the word ids of each passage."""
        held = [[*sorted(set(ids)), words] for ids in rows]
        starts = np.cumsum([0, *map(len, held)])[: len(held)].astype(np.intp)
        return cls(words, starts, np.array([i for each in held for i in each], np.int32))

    def strongest(self, near: Floats) -> Floats:
        """(terms, passages): the greatest of (terms, words) among each passage's words, 0 where none is above it."""
        if not len(self.starts):
            return np.zeros((len(near), 0), np.float32)
        ended = np.concatenate([near, np.zeros((len(near), 1), np.float32)], axis=1)
        return np.asarray(np.maximum.reduceat(ended[:, self.ids], self.starts, axis=1), np.float32)
