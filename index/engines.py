"""Where shards lie: the least that the library asks of an engine, and the default one, FAISS files in a folder.

A profile is a shard, independent of all others. The ranking wants every passage of one profile (words are matched in all of them), so an
engine keeps shards and says which are in force; a worker reads a shard whole, once, and searches it in memory.
Left to others: what the files look like (`snapshots`), the same in a database that many machines share (`milvus`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.profiles import Profile
from index import snapshots
from index.snapshots import Entry, Manifest
from index.vectors import Vectors

Floats = NDArray[np.float32]
Original = tuple[str, bytes]
"""The file that a profile was read from: its suffix (".pdf") and its bytes."""


class Engine(Protocol):
    """Shards, and which of them are in force. Any thread may read. Everything may raise `SnapshotError`."""

    def manifest(self) -> Manifest:
        """What is in force; what another process has changed shows within a second."""

    def building(self) -> AbstractContextManager[Manifest]:
        """One builder at a time, on all machines: what is in force, exactly, and nobody changes it meanwhile."""

    def write(self, profile: Profile, vectors: Floats, words: dict[str, Floats], origin: str, embedding: str, original: Original | None) -> Entry:
        """A shard, not yet in force: the vectors of the passages, (passages, dim) unit rows, and of the profile's words, in their order."""

    def enforce(self, manifest: Manifest) -> None:
        """Puts a manifest in force, while `building`; shards that it doesn't name are cleared away."""

    def profile(self, entry: Entry) -> Profile:
        """A shard's profile; every file of the shard is sound."""

    def vectors(self, entry: Entry) -> Vectors:
        """Its passages' vectors."""

    def meanings(self, entry: Entry, words: Sequence[str]) -> Floats:
        """(words, dim) float32: the vectors of its words, which are given as they were written."""

    def original(self, entry: Entry) -> Path | None:
        """The file that it was read from; None for a shard of an older version."""


def stacked(rows: dict[str, Floats]) -> Floats:
    """(n, dim) float32: rows under one another, in their order."""
    return np.stack(list(rows.values())) if rows else np.zeros((0, 0), np.float32)


class FaissFolder:
    """Shards as plain files in a folder: FAISS indexes, JSON, the originals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stamp: tuple[int, int] | None = None
        self._manifest = Manifest()

    def manifest(self) -> Manifest:
        """What is in force now, read again when the file has changed."""
        path = self.folder / "manifest.json"
        stat = path.stat() if path.exists() else None
        stamp = (stat.st_mtime_ns, stat.st_ino) if stat else None
        if stamp != self._stamp:
            self._manifest, self._stamp = snapshots.read_manifest(self.folder), stamp
        return self._manifest

    @contextmanager
    def building(self) -> Iterator[Manifest]:
        """Whoever holds the folder's lock."""
        with snapshots.builder(self.folder):
            yield snapshots.read_manifest(self.folder)

    def write(self, profile: Profile, vectors: Floats, words: dict[str, Floats], origin: str, embedding: str, original: Original | None) -> Entry:
        """A folder of its own beside the others."""
        return snapshots.write_shard(self.folder, profile, Vectors.of(vectors), Vectors.of(stacked(words)), origin, embedding, original)

    def enforce(self, manifest: Manifest) -> None:
        """Replaces the manifest's file."""
        snapshots.write_manifest(self.folder, manifest)

    def profile(self, entry: Entry) -> Profile:
        """From its JSON, after every file's checksum was compared."""
        return snapshots.read_profile(self.folder, entry)

    def vectors(self, entry: Entry) -> Vectors:
        """As FAISS keeps them."""
        return snapshots.read_vectors(self.folder, entry, "vectors.faiss")

    def meanings(self, entry: Entry, words: Sequence[str]) -> Floats:
        """In the order in which they were written."""
        return snapshots.read_vectors(self.folder, entry, "words.faiss").rows()

    def original(self, entry: Entry) -> Path | None:
        """Where it lies beside the index."""
        return snapshots.original(self.folder, entry)
