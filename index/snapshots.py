"""The index on disk: a folder of immutable shards, one a profile, and one manifest that says which are in force.

    index/manifest.json                      version, embedding, every shard with the sha256 of its files
    index/manifest-spare.json                the same, for the day when the first is damaged
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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from corpus.profiles import Profile, from_json, to_json
from index.vectors import Vectors

VERSION = 1
MANIFEST, SPARE = "manifest.json", "manifest-spare.json"
_LOST = "Slet mappen index i datamappen, og tilføj profilerne igen med: assistant add FIL"


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
        if _bytes(found) == written:
            return found
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SnapshotError(f"Indeksets fortegnelse kan ikke læses. {_LOST}") from error
    raise SnapshotError(f"Indeksets fortegnelse er beskadiget. {_LOST}")


def _bytes(manifest: Manifest) -> bytes:
    """A manifest as it is written, with the checksum of what it says."""
    body = {"embedding": manifest.embedding, "entries": {slug: asdict(entry) for slug, entry in sorted(manifest.entries.items())}, "removed": sorted(manifest.removed)}
    digest = hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    return json.dumps({"version": VERSION, "sha256": digest, "body": body}, ensure_ascii=False, indent=1, sort_keys=True).encode()


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


def write_shard(folder: Path, profile: Profile, vectors: Vectors, words: Vectors, origin: str, embedding: str, original: tuple[str, bytes] | None = None) -> Entry:
    """A profile, its vectors and the file it came from (suffix, bytes) as files on disk, not yet in force.

    The folder is named by what its files hold, so one that is in force is never written over with something else.
    """
    content = json.dumps(to_json(profile), ensure_ascii=False, sort_keys=True).encode()
    files = {"profile.json": content, "vectors.faiss": vectors.dump(), "words.faiss": words.dump()} | ({f"original{original[0]}": original[1]} if original else {})
    digests = {file: hashlib.sha256(written).hexdigest() for file, written in files.items()}
    name = f"{profile.slug}-{hashlib.sha256(' '.join((embedding, *digests.values())).encode()).hexdigest()[:12]}"
    for file, written in files.items():
        _write(folder / name / file, written)
    return Entry(profile.slug, name, origin, profile.fingerprint, digests)


def read_shard(folder: Path, entry: Entry) -> tuple[Profile, Vectors, Vectors]:
    """The profile, its passages' and its words' vectors, every file's checksum compared first. Raises `SnapshotError`."""
    for file in entry.files:
        if not _sound(folder, entry, file):
            raise _damaged(entry, file)
    shard = folder / entry.folder
    return _profile(shard), Vectors.load(shard / "vectors.faiss"), Vectors.load(shard / "words.faiss")


def read_profile(folder: Path, entry: Entry) -> Profile | None:
    """The profile alone, whatever has become of the files beside it; None when its own is damaged."""
    return _profile(folder / entry.folder) if _sound(folder, entry, "profile.json") else None


def original(folder: Path, entry: Entry) -> Path | None:
    """The kept file that a shard was read from; None for a shard of an older version. Raises `SnapshotError` when it is damaged."""
    kept = next((file for file in entry.files if file.startswith("original")), None)
    if kept is None:
        return None
    if not _sound(folder, entry, kept):
        raise _damaged(entry, kept)
    return folder / entry.folder / kept


def _profile(shard: Path) -> Profile:
    return from_json(json.loads((shard / "profile.json").read_text(encoding="utf-8")))


def _sound(folder: Path, entry: Entry, file: str) -> bool:
    """Whether a file of a shard holds what was written."""
    try:
        return hashlib.sha256((folder / entry.folder / file).read_bytes()).hexdigest() == entry.files[file]
    except OSError:
        return False


def _damaged(entry: Entry, file: str) -> SnapshotError:
    return SnapshotError(f"Indeksfilen {entry.folder}/{file} mangler eller er beskadiget. Tilføj profilen igen med: assistant add FIL")


@contextmanager
def builder(folder: Path) -> Iterator[None]:
    """One builder at a time. Raises `SnapshotError` when another is at work."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SnapshotError("En anden indeksering er i gang. Vent, til den er færdig, og prøv igen.") from error
        yield


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
