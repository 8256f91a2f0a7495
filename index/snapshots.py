"""The index on disk: a folder of immutable shards, one a profile, and one manifest that says which are in force.

    index/manifest.json                      version, embedding, every shard with the sha256 of its files
    index/<slug>-<digest>/profile.json       the profile: text, blocks, passages
    index/<slug>-<digest>/vectors.faiss      its passages' vectors
    index/<slug>-<digest>/words.faiss        its words' vectors, in the order of its word index's vocabulary
    index/<slug>-<digest>/original.pdf       the file it was read from, as it was added

A change writes new shards beside the old ones and then replaces the manifest, so a reader sees the old index or the
new one, never a mixture. No pickle anywhere.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

from corpus.profiles import Profile, from_json, to_json
from index.vectors import Vectors

VERSION = 1
PATIENCE, PAUSE = 60.0, 0.05  # seconds


class SnapshotError(Exception):
    """An index that cannot be read or written. Written for the operator: what, why, and the command that repairs it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One shard in the manifest. `origin` is a hash of the file's absolute path: the same file again replaces it."""

    slug: str
    folder: str
    origin: str
    fingerprint: str
    files: dict[str, str]


@dataclass(slots=True)
class Manifest:
    """What is in force: the embedding the vectors were made with, the shards by slug, the origins taken out for good."""

    embedding: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)


def read_manifest(folder: Path) -> Manifest:
    """The manifest in `folder`, or an empty one. Raises `SnapshotError` when it is broken or from a newer version."""
    path = folder / "manifest.json"
    if not path.exists():
        return Manifest()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        body = json.dumps(data["body"], ensure_ascii=False, sort_keys=True)
        if data["version"] > VERSION:
            raise SnapshotError(f"Indekset er skrevet af en nyere udgave (version {data['version']}, denne læser {VERSION}). Opgradér assistenten.")
        if hashlib.sha256(body.encode()).hexdigest() != data["sha256"]:
            raise SnapshotError("Indeksets fortegnelse er beskadiget. Slet mappen index i datamappen, og tilføj profilerne igen med: assistant add FIL")
        entries = {slug: Entry(**entry) for slug, entry in data["body"]["entries"].items()}
        return Manifest(data["body"]["embedding"], entries, data["body"]["removed"])
    except (ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise SnapshotError("Indeksets fortegnelse kan ikke læses. Slet mappen index i datamappen, og tilføj profilerne igen med: assistant add FIL") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in force, atomically, then clear away shards that nothing names."""
    body = {"embedding": manifest.embedding, "entries": {slug: asdict(entry) for slug, entry in sorted(manifest.entries.items())}, "removed": sorted(manifest.removed)}
    digest = hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    _write(folder / "manifest.json", json.dumps({"version": VERSION, "sha256": digest, "body": body}, ensure_ascii=False, indent=1, sort_keys=True).encode())
    named = {entry.folder for entry in manifest.entries.values()}
    for shard in folder.iterdir():
        if shard.is_dir() and shard.name not in named:
            shutil.rmtree(shard, ignore_errors=True)


def write_shard(folder: Path, profile: Profile, vectors: Vectors, words: Vectors, origin: str, embedding: str, original: tuple[str, bytes] | None = None) -> Entry:
    """A profile, its vectors and the file it came from (suffix, bytes) as files on disk, not yet in force."""
    content = json.dumps(to_json(profile), ensure_ascii=False, sort_keys=True).encode()
    name = f"{profile.slug}-{hashlib.sha256(content + embedding.encode()).hexdigest()[:12]}"
    shard = folder / name
    shard.mkdir(parents=True, exist_ok=True)
    _write(shard / "profile.json", content)
    for rows, file in ((vectors, "vectors.faiss"), (words, "words.faiss")):
        temporary = shard / f"{file}.{os.getpid()}.tmp"
        rows.save(temporary)
        os.replace(temporary, shard / file)
    kept = f"original{original[0]}" if original else ""
    if original:
        _write(shard / kept, original[1])
    files = {file: _digest(shard / file) for file in ("profile.json", "vectors.faiss", "words.faiss", kept) if file}
    return Entry(profile.slug, name, origin, profile.fingerprint, files)


def read_profile(folder: Path, entry: Entry) -> Profile:
    """A shard's profile, every file's checksum compared first. Raises `SnapshotError`."""
    for file in entry.files:
        _sound(folder, entry, file)
    return from_json(json.loads((folder / entry.folder / "profile.json").read_text(encoding="utf-8")))


def read_vectors(folder: Path, entry: Entry, file: str) -> Vectors:
    """A shard's vectors, of its passages ("vectors.faiss") or of its words ("words.faiss"), the checksum compared first. Raises `SnapshotError`."""
    return Vectors.load(_sound(folder, entry, file))


def original(folder: Path, entry: Entry) -> Path | None:
    """The kept file that a shard was read from; None for a shard of an older version. Raises `SnapshotError` when it is damaged."""
    kept = next((file for file in entry.files if file.startswith("original")), None)
    if kept is None:
        return None
    return _sound(folder, entry, kept)


def _sound(folder: Path, entry: Entry, file: str) -> Path:
    """Where a shard's file lies, if it is what was written. Raises `SnapshotError`."""
    path = folder / entry.folder / file
    if not path.is_file() or _digest(path) != entry.files.get(file):
        raise damaged(f"{entry.folder}/{file}")
    return path


def damaged(file: str) -> SnapshotError:
    """What is said of a part of a shard that is not what was written."""
    return SnapshotError(f"Indeksfilen {file} mangler eller er beskadiget. Tilføj profilen igen med: assistant add FIL")


@contextmanager
def builder(folder: Path) -> Iterator[None]:
    """One builder at a time; another waits its turn. Raises `SnapshotError` after `PATIENCE` seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        until = time.monotonic() + PATIENCE
        while not _taken(lock):
            if time.monotonic() >= until:
                raise SnapshotError("En anden indeksering er i gang. Vent, til den er færdig, og prøv igen.")
            time.sleep(PAUSE)
        yield


def _taken(lock: TextIO) -> bool:
    """Whether the lock is ours from now on."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a temporary file, flushed to disk, put in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with open(temporary, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
