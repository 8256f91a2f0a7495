"""Where shards lie: the least that the library asks of an engine, and the default one, FAISS files in a folder.

A profile is a shard, independent of all others. The ranking wants every passage of one profile (words are matched in all of them), so an
engine keeps shards and says which are in force; a worker reads a shard whole, once, and searches it in memory.
Left to others: what the files look like (`snapshots`), the same in a database that many machines share (`milvus`), making a damaged
shard again (`library`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from corpus.profiles import Profile
from index import snapshots
from index.snapshots import Entry, Files, Manifest, SnapshotError

Original = tuple[str, bytes]
"""The file that a profile was read from: its suffix (".pdf") and its bytes."""


class Engine(Protocol):
    """Shards, and which of them are in force. Any thread may read. Everything may raise `SnapshotError`, and `Damaged` what reads a shard."""

    def manifest(self) -> Manifest:
        """What is in force; what another process has changed shows within a second."""

    def building(self, wait: bool = True) -> AbstractContextManager[Manifest]:
        """One builder at a time, on all machines: what is in force, exactly, and nobody changes it meanwhile. With `wait` it waits its turn."""

    def write(self, shard: Files, origin: str, embedding: str, original: Original | None) -> Entry:
        """A shard, not yet in force; written again as it was, it is whole again."""

    def enforce(self, manifest: Manifest) -> None:
        """Puts a manifest in force, while `building`; shards that it doesn't name are cleared away."""

    def check(self, entry: Entry) -> None:
        """Raises `Damaged` when a look at a shard, short of reading it, shows that it is."""

    def profile(self, entry: Entry) -> Profile:
        """A shard's profile, whatever has become of the rest."""

    def shard(self, entry: Entry) -> Files:
        """All that is searched of a shard."""

    def original(self, entry: Entry) -> Path | None:
        """The file that it was read from; None for a shard of an older version."""


class FaissFolder:
    """Shards as plain files in a folder: FAISS indexes, JSON, the originals. `tell` hears in a sentence that a damaged manifest was put right."""

    def __init__(self, folder: Path, tell: Callable[[str], None] = lambda sentence: None) -> None:
        self.folder, self._tell = folder, tell
        self._stamp: tuple[int, int] | None = (0, 0)
        self._manifest = Manifest()

    def manifest(self) -> Manifest:
        """What is in force now, read again when the file has changed."""
        if (stamp := self._stamped()) != self._stamp:
            self._manifest = snapshots.read_manifest(self.folder)
            self._stamp = stamp if snapshots.whole(self.folder) else self._rewritten(stamp)
        return self._manifest

    def _stamped(self) -> tuple[int, int] | None:
        """What changes whenever another manifest comes into force."""
        try:
            stat = (self.folder / snapshots.MANIFEST).stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino

    def _rewritten(self, stamp: tuple[int, int] | None) -> tuple[int, int] | None:
        """The manifest and its spare written again, because one of them is damaged; where they can't be, what was read serves."""
        with suppress(SnapshotError, OSError), snapshots.builder(self.folder, wait=False):
            self._manifest = snapshots.read_manifest(self.folder)
            damaged = snapshots.damaged(self.folder)
            if damaged or not snapshots.whole(self.folder):
                snapshots.write_manifest(self.folder, self._manifest)
            if damaged:
                self._tell("Indeksets fortegnelse var beskadiget og er skrevet igen.")
            return self._stamped()
        return stamp

    @contextmanager
    def building(self, wait: bool = True) -> Iterator[Manifest]:
        """Whoever holds the folder's lock."""
        with snapshots.builder(self.folder, wait):
            yield snapshots.read_manifest(self.folder)

    def write(self, shard: Files, origin: str, embedding: str, original: Original | None) -> Entry:
        """A folder of its own beside the others."""
        return snapshots.write_shard(self.folder, shard, origin, embedding, original)

    def enforce(self, manifest: Manifest) -> None:
        """Replaces the manifest's file, and its spare."""
        snapshots.write_manifest(self.folder, manifest)

    def check(self, entry: Entry) -> None:
        """Compares every file's checksum."""
        snapshots.check(self.folder, entry)

    def profile(self, entry: Entry) -> Profile:
        """From its JSON."""
        return snapshots.read_profile(self.folder, entry)

    def shard(self, entry: Entry) -> Files:
        """From its files, the original's checksum compared too."""
        return snapshots.read_shard(self.folder, entry)

    def original(self, entry: Entry) -> Path | None:
        """Where it lies beside the index."""
        return snapshots.original(self.folder, entry)
