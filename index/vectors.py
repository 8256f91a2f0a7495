"""FAISS over one profile's passages. The same as a LangChain `VectorStore`: `vector_store`."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Vectors:
    """Unit vectors, kept as float16 and searched exactly by inner product (the cosine). Row i is passage i."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def of(cls, rows: Floats) -> Vectors:
        """From (n, dim) float32 unit rows."""
        index = faiss.IndexScalarQuantizer(rows.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        index.add(np.ascontiguousarray(rows, np.float32))
        return cls(index)

    @classmethod
    def load(cls, written: bytes) -> Vectors:
        """From what `dump` gave; its checksum must have been compared before."""
        return cls(faiss.deserialize_index(np.frombuffer(written, np.uint8)))

    def dump(self) -> bytes:
        """What FAISS's own file holds: no pickle."""
        return bytes(faiss.serialize_index(self._index).tobytes())

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def cosines(self, question: Floats) -> Floats:
        """(n,) float32: every passage's cosine with the question (dim,)."""
        scores, rows = self._index.search(question.reshape(1, -1).astype(np.float32), len(self))
        out = np.zeros(len(self), np.float32)
        out[rows[0]] = scores[0]
        return out

    def rows(self) -> Floats:
        """(n, dim) float32: the vectors themselves, as they were rounded."""
        return np.asarray(self._index.reconstruct_n(0, len(self)), np.float32)
