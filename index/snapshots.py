"""The index on disk: a folder of immutable shards, one a profile, and one manifest that says which are in force.

    index/manifest.json                      version, embedding, every shard with the sha256 of its files
    index/manifest-spare.json                the same, for the day when the first is damaged
    index/<slug>-<digest>/profile.json       the profile: text, blocks, passages
    index/<slug>-<digest>/vectors.faiss      its passages' vectors
    index/<slug>-<digest>/tokens.faiss       its passages' token vectors, each under the number of its passage
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
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, TextIO

from corpus.profiles import Profile, from_json, to_json
from index.late import Tokens
from index.vectors import Vectors

VERSION = 2  # 1: without the passages' tokens; it is encoded again
MANIFEST, SPARE = "manifest.json", "manifest-spare.json"
PATIENCE, PAUSE = 60.0, 0.05  # seconds
_ROWS = ("vectors", "tokens", "words")


class SnapshotError(Exception):
    """An index that cannot be read or written. Written for the operator: what, why, and the command that repairs it."""


class Damaged(SnapshotError):
    """A part of a shard (`file`) that is not there as it was written."""

    def __init__(self, file: str) -> None:
        super().__init__(f"Indeksfilen {file} mangler eller er beskadiget. Tilføj profilen igen med: assistant add FIL")


@dataclass(frozen=True, slots=True)
class Entry:
    """One shard in the manifest. `origin` is a hash of the file's absolute path: the same file again replaces it."""

    slug: str
    folder: str
    origin: str
    fingerprint: str
    files: dict[str, str]


class Files(NamedTuple):
    """What the files of one shard hold: a profile, its passages' vectors and token vectors, its words' vectors."""

    profile: Profile
    vectors: Vectors
    tokens: Tokens
    words: Vectors


@dataclass(slots=True)
class Manifest:
    """What is in force: the embedding the vectors were made with, the shards by slug, the origins taken out for good."""

    embedding: str = ""
    entries: dict[str, Entry] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)


def read_manifest(folder: Path) -> Manifest:
    """The manifest in `folder`, from its spare when it is missing or damaged; an empty one where there is neither.

    Raises `SnapshotError` when what there is is damaged, or from a newer version.
    """
    written = [(folder / name).read_bytes() for name in (MANIFEST, SPARE) if (folder / name).exists()]
    refused: SnapshotError | None = None
    for at, one in enumerate(written):
        try:
            found = _manifest(one)
            if refused and _newer(written[0]) and not _same_body(written[0], written[at]):
                break
            return found
        except SnapshotError as error:
            refused = refused or error
    if refused:
        raise refused
    return Manifest()


def _newer(written: bytes) -> bool:
    """Whether a manifest says that a newer version wrote it, if it says anything."""
    try:
        return bool(json.loads(written)["version"] > VERSION)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _same_body(one: bytes, other: bytes) -> bool:
    """Whether two manifests name the same shards, whichever version they say they are of."""
    return bool(json.loads(one).get("body") == json.loads(other).get("body"))


def whole(folder: Path) -> bool:
    """Whether the manifest and its spare are both there and the same, or neither is there."""
    first, spare = ((folder / name).read_bytes() if (folder / name).exists() else b"" for name in (MANIFEST, SPARE))
    return first == spare


def damaged(folder: Path) -> bool:
    """Whether the manifest or its spare cannot be read, or the manifest is gone. A spare that is behind or not there yet is no damage."""
    if not (folder / MANIFEST).exists():
        return (folder / SPARE).exists()
    try:
        return not [_manifest((folder / name).read_bytes()) for name in (MANIFEST, SPARE) if (folder / name).exists()]
    except SnapshotError:
        return True


def _manifest(written: bytes) -> Manifest:
    """The manifest in the bytes of its file. Only the very bytes that `write_manifest` writes will do: each flipped bit is noticed."""
    try:
        data = json.loads(written)
        if _newer(written):
            raise SnapshotError(f"Indekset er skrevet af en nyere udgave (version {data['version']}, denne læser {VERSION}). Opgradér assistenten.")
        entries = {slug: Entry(**entry) for slug, entry in data["body"]["entries"].items()}
        found = Manifest(data["body"]["embedding"], entries, data["body"]["removed"])
        if _bytes(found, data["version"]) == written:
            return found if data["version"] == VERSION else replace(found, embedding="")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _lost() from error
    raise _lost()


def _lost() -> SnapshotError:
    """What is said of a manifest that holds nothing to go on with."""
    return SnapshotError("Indeksets fortegnelse er beskadiget. Slet mappen index i datamappen, og tilføj profilerne igen med: assistant add FIL")


def _bytes(manifest: Manifest, version: int = VERSION) -> bytes:
    """A manifest as it is written, with the checksum of what it says."""
    body = {"embedding": manifest.embedding, "entries": {slug: asdict(entry) for slug, entry in sorted(manifest.entries.items())}, "removed": sorted(manifest.removed)}
    digest = hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    return json.dumps({"version": version, "sha256": digest, "body": body}, ensure_ascii=False, indent=1, sort_keys=True).encode()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put a manifest in force, atomically, then its spare, then clear away what nothing names."""
    for name in (MANIFEST, SPARE):
        _write(folder / name, _bytes(manifest))
    named = {entry.folder for entry in manifest.entries.values()}
    for there in folder.iterdir():
        if there.is_dir() and there.name not in named:
            shutil.rmtree(there, ignore_errors=True)
    for left in (path for path in folder.rglob("*.tmp") if path.is_file()):
        left.unlink(missing_ok=True)


def write_shard(folder: Path, shard: Files, origin: str, embedding: str, original: tuple[str, bytes] | None = None) -> Entry:
    """A shard and the file that it came from (suffix, bytes) as files on disk, not yet in force.

    The folder is named by what its files hold, so one that is in force is never written over with something else.
    """
    profile, content = shard.profile, json.dumps(to_json(shard.profile), ensure_ascii=False, sort_keys=True).encode()
    files = {"profile.json": content} | {f"{name}.faiss": getattr(shard, name).dump() for name in _ROWS}
    files |= {f"original{original[0]}": original[1]} if original else {}
    digests = {file: hashlib.sha256(written).hexdigest() for file, written in files.items()}
    name = f"{profile.slug}-{hashlib.sha256(' '.join((embedding, *digests.values())).encode()).hexdigest()[:12]}"
    for file, written in files.items():
        _write(folder / name / file, written)
    return Entry(profile.slug, name, origin, profile.fingerprint, digests)


def check(folder: Path, entry: Entry) -> None:
    """Compares the checksum of every file of a shard. Raises `Damaged`."""
    for file in entry.files:
        _sound(folder, entry, file)


def read_shard(folder: Path, entry: Entry) -> Files:
    """What a shard's files hold, every file's checksum compared first. Raises `Damaged`."""
    sound = {file: _sound(folder, entry, file) for file in dict.fromkeys((*entry.files, "profile.json", *(f"{name}.faiss" for name in _ROWS)))}
    vectors, tokens, words = (sound[f"{name}.faiss"] for name in _ROWS)
    return Files(_profile(sound["profile.json"]), Vectors.load(vectors), Tokens.load(tokens), Vectors.load(words))


def read_profile(folder: Path, entry: Entry) -> Profile:
    """The profile alone, whatever has become of the files beside it. Raises `Damaged`."""
    return _profile(_sound(folder, entry, "profile.json"))


def original(folder: Path, entry: Entry) -> Path | None:
    """The kept file that a shard was read from; None for a shard of an older version. Raises `Damaged`."""
    kept = next((file for file in entry.files if file.startswith("original")), None)
    if kept is None:
        return None
    _sound(folder, entry, kept)
    return folder / entry.folder / kept


def _profile(written: bytes) -> Profile:
    return from_json(json.loads(written))


def _sound(folder: Path, entry: Entry, file: str) -> bytes:
    """What a file of a shard holds, if it is what was written. Raises `Damaged`."""
    try:
        there = (folder / entry.folder / file).read_bytes()
    except OSError as error:
        raise Damaged(f"{entry.folder}/{file}") from error
    if hashlib.sha256(there).hexdigest() != entry.files.get(file):
        raise Damaged(f"{entry.folder}/{file}")
    return there


@contextmanager
def builder(folder: Path, wait: bool = True) -> Iterator[None]:
    """One builder at a time; another waits its turn, `PATIENCE` seconds at most, or not at all. Raises `SnapshotError` when it doesn't come."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        until = time.monotonic() + PATIENCE * wait
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
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
