"""What has been encoded before, by its content: the vectors of passages and of profiles' words, kept in one SQLite file beside the index.

The same text is encoded once, whichever profile it stands in, whatever becomes of the work: an indexing that was interrupted goes on where
it was, and a word that a hundred profiles share costs one run of the model. Nobody's questions are kept. The file may be deleted.
Left to others: the vectors that are served (`engines`).
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.embedding import Encoded, Floats
from index.shards import Encoder

Side = Literal["passages", "words"]
Progress = Callable[[int, int], None]
BATCH = 32
_ASKED = 500
"""Texts: how many are encoded between two lines to the disk, and how many are looked up at once."""


class Kept(NamedTuple):
    """A text as it is kept: its vector, (dim,) float16, and its tokens', (tokens, width) float16; a word has none."""

    vector: NDArray[np.float16]
    tokens: NDArray[np.float16]


class Remembered:
    """An encoder's passages and words, remembered in the file `path`, rounded to float16. A file that cannot be used costs time, nothing else."""

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self._encoder, self.path = encoder, path

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Encoded:
        """Passages, whole and by token. `progress(done, all)` counts the texts that are encoded, not those that were known."""
        kept = self._encoded("passages", texts, self._read, progress)
        return Encoded(_stacked([one.vector for one in kept]), [one.tokens.astype(np.float32) for one in kept])

    def _read(self, texts: Sequence[str]) -> Iterator[Kept]:
        vectors, tokens = self._encoder.read_passages(texts)
        return map(Kept, _halves(vectors), _halves(tokens))

    def words(self, words: Sequence[str]) -> Floats:
        """(n, dim) float32: unit rows of single words."""
        none = np.zeros((0, 0), np.float16)
        return _stacked([one.vector for one in self._encoded("words", words, lambda batch: (Kept(row, none) for row in _halves(self._encoder.questions(batch))))])

    def forget_others(self) -> None:
        """Drops what other models' vectors are kept."""
        self._tried(lambda database: database.execute("DELETE FROM encoded WHERE model <> ?", (self._encoder.identity,)))

    def _encoded(self, side: Side, texts: Sequence[str], model: Callable[[Sequence[str]], Iterator[Kept]], progress: Progress | None = None) -> list[Kept]:
        """Every text, what was not known encoded, and kept a batch at a time."""
        known = self._recalled(side, list(dict.fromkeys(texts)))
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        for at in range(0, len(missing), BATCH):
            batch = missing[at : at + BATCH]
            new = dict(zip(batch, model(batch), strict=True))
            self._keep(side, new)
            known |= new
            if progress:
                progress(min(at + BATCH, len(missing)), len(missing))
        return [known[text] for text in texts]

    def _recalled(self, side: Side, texts: Sequence[str]) -> dict[str, Kept]:
        found: dict[str, Kept] = {}
        keys = {_key(side, text): text for text in texts}

        def look(database: sqlite3.Connection) -> None:
            asked = list(keys)
            for at in range(0, len(asked), _ASKED):
                some = asked[at : at + _ASKED]
                for key, packed in database.execute(f"SELECT text, vectors FROM encoded WHERE model = ? AND text IN ({','.join('?' * len(some))})", (self._encoder.identity, *some)):
                    if key in keys and (one := _unpacked(key, packed)):
                        found[keys[key]] = one

        self._tried(look)
        return found

    def _keep(self, side: Side, new: dict[str, Kept]) -> None:
        rows = [(self._encoder.identity, key := _key(side, text), _packed(key, one)) for text, one in new.items()]
        self._tried(lambda database: database.executemany("INSERT OR REPLACE INTO encoded VALUES (?, ?, ?)", rows))

    def _tried(self, do: Callable[[sqlite3.Connection], object]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=2.0)) as database, database:
                database.execute("CREATE TABLE IF NOT EXISTS encoded (model TEXT, text BLOB, vectors BLOB, PRIMARY KEY (model, text))")
                do(database)
        except (sqlite3.Error, OSError):
            return


def _key(side: Side, text: str) -> bytes:
    """A text by its content, 16 bytes."""
    return _digest(f"{side}\0{text}".encode("utf-8", "surrogatepass"))


def _packed(key: bytes, one: Kept) -> bytes:
    """A text's vectors as they are kept: a checksum, how many tokens of which width, the tokens, the vector."""
    body = np.array(one.tokens.shape, "<i4").tobytes() + one.tokens.tobytes() + one.vector.tobytes()
    return _digest(key + body) + body


def _unpacked(key: bytes, packed: object) -> Kept | None:
    """What was packed; None when it isn't what was packed for this text."""
    if not isinstance(packed, bytes) or packed[:16] != _digest(key + packed[16:]):
        return None
    (count, width), rows = np.frombuffer(packed[16:24], "<i4"), np.frombuffer(packed[24:], np.float16)
    return Kept(rows[count * width :], rows[: count * width].reshape(count, width))


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]


def _halves(rows: Sequence[Floats] | Floats) -> Iterator[NDArray[np.float16]]:
    """Each in half precision."""
    return (np.asarray(row, np.float16) for row in rows)


def _stacked(rows: Sequence[NDArray[np.float16]]) -> Floats:
    """(n, dim) float32: rows under one another."""
    return np.stack(rows).astype(np.float32) if rows else np.zeros((0, 0), np.float32)
