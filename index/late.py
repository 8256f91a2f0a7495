"""Late interaction: every word of a question looks for its nearest in each passage (ColBERT's MaxSim; Khattab and Zaharia 2020).

One vector a text tells what it is about; one a token tells whether *this* word of the question is met. A passage's tokens are kept
with the number of their passage, in FAISS's own file, at half precision.
Left to others: making the vectors (`embedding`, `onnx_encoder`), what meeting a word is worth (assistant).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Tokens:
    """The token vectors of one profile's passages, in the order of the passages; each passage has at least one."""

    def __init__(self, rows: NDArray[np.float16], owners: NDArray[np.int64]) -> None:
        self._rows, self._owners = rows, owners
        self._starts = np.flatnonzero(np.diff(owners, prepend=-1))

    @classmethod
    def of(cls, passages: Sequence[Floats]) -> Tokens:
        """From one (tokens, width) array of unit rows a passage."""
        owners = np.repeat(np.arange(len(passages)), [len(tokens) for tokens in passages])
        return cls(np.concatenate(passages).astype(np.float16), owners.astype(np.int64))

    @classmethod
    def load(cls, written: bytes) -> Tokens:
        """From what `dump` gave; its checksum must have been compared before."""
        kept: Any = faiss.deserialize_index(np.frombuffer(written, np.uint8))
        rows = kept.index.reconstruct_n(0, kept.ntotal)
        return cls(np.asarray(rows, np.float16), faiss.vector_to_array(kept.id_map))

    def dump(self) -> bytes:
        """What FAISS's own file holds: a flat half-precision index, each row under the number of its passage."""
        flat = faiss.IndexScalarQuantizer(self._rows.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        kept = faiss.IndexIDMap(flat)
        kept.add_with_ids(self._rows.astype(np.float32), self._owners)
        return bytes(faiss.serialize_index(kept).tobytes())

    def __len__(self) -> int:
        """How many passages."""
        return len(self._starts)

    def met(self, question: Floats) -> Floats:
        """(tokens of the question, passages) float32: how near the nearest token of each passage comes to each of `question` (tokens, width)."""
        return np.asarray(np.maximum.reduceat(question @ self._rows.astype(np.float32).T, self._starts, axis=1), np.float32)

    def passages(self) -> list[Floats]:
        """What `of` was made from, rounded to half precision."""
        return [np.asarray(rows, np.float32) for rows in np.split(self._rows, self._starts[1:])]
