"""What has been encoded before, by its content: the vectors of passages and of profiles' words, kept in one SQLite file beside the index.

The same text is encoded once, whichever profile it stands in, whatever becomes of the work: an indexing that was interrupted goes on where
it was, and a word that a hundred profiles share costs one run of the model. Nobody's questions are kept. The file may be deleted.
Left to others: the vectors that are served (`engines`).
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Side = Literal["passages", "words"]
BATCH = 32
_ASKED = 500
"""Texts: how many are encoded between two lines to the disk, and how many are looked up at once."""


class Encoding(Protocol):
    """What is asked of an embedding model here."""

    @property
    def identity(self) -> str:
        """Whose vectors these are."""

    def questions(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""

    def passages(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""


class Remembered:
    """An encoder's passages and words, remembered in the file `path` as float16. A file that cannot be used costs time, nothing else."""

    def __init__(self, encoder: Encoding, path: Path) -> None:
        self._encoder, self.path = encoder, path

    def encode(self, side: Side, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> dict[str, Floats]:
        """Every text's vector, (dim,) float32, rounded to float16. `progress(done, all)` counts the texts that are encoded, not those that were known."""
        known = self._recalled(side, list(dict.fromkeys(texts)))
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        model = self._encoder.passages if side == "passages" else self._encoder.questions
        for at in range(0, len(missing), BATCH):
            batch = missing[at : at + BATCH]
            new = dict(zip(batch, np.asarray(model(batch), np.float16), strict=True))
            self._keep(side, new)
            known |= {text: row.astype(np.float32) for text, row in new.items()}
            if progress:
                progress(min(at + BATCH, len(missing)), len(missing))
        return {text: known[text] for text in texts}

    def forget_others(self) -> None:
        """Drops what other models' vectors are kept."""
        self._tried(lambda database: database.execute("DELETE FROM vectors WHERE model <> ?", (self._encoder.identity,)))

    def _recalled(self, side: Side, texts: Sequence[str]) -> dict[str, Floats]:
        found: dict[bytes, bytes] = {}
        keys = {_key(side, text): text for text in texts}

        def look(database: sqlite3.Connection) -> None:
            asked = list(keys)
            for at in range(0, len(asked), _ASKED):
                some = asked[at : at + _ASKED]
                found.update(database.execute(f"SELECT text, vector FROM vectors WHERE model = ? AND text IN ({','.join('?' * len(some))})", (self._encoder.identity, *some)))

        self._tried(look)
        return {keys[key]: np.frombuffer(vector, np.float16).astype(np.float32) for key, vector in found.items()}

    def _keep(self, side: Side, new: dict[str, NDArray[np.float16]]) -> None:
        rows = [(self._encoder.identity, _key(side, text), row.tobytes()) for text, row in new.items()]
        self._tried(lambda database: database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows))

    def _tried(self, do: Callable[[sqlite3.Connection], object]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=2.0)) as database, database:
                database.execute("CREATE TABLE IF NOT EXISTS vectors (model TEXT, text BLOB, vector BLOB, PRIMARY KEY (model, text)) WITHOUT ROWID")
                do(database)
        except (sqlite3.Error, OSError):
            return


def _key(side: Side, text: str) -> bytes:
    """A text by its content, 16 bytes."""
    return hashlib.sha256(f"{side}\0{text}".encode("utf-8", "surrogatepass")).digest()[:16]
