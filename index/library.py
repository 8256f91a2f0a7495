"""The room's front desk: add a file, take a profile out, open one for search."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from typing import Protocol, TypeVar

import numpy as np
from langchain_core.documents import Document

from corpus.limits import Limits
from corpus.profiles import Profile
from corpus.reading import LIMITS, contents, read_bytes
from index import dictionary, words
from index.embedding import Floats
from index.engines import Engine, FaissFolder
from index.remembered import Remembered
from index.snapshots import Entry, Manifest, SnapshotError
from index.vectors import Vectors

REMEMBERED = 5_000  # words whose vectors are kept at hand
OPEN = 1_000  # profiles that are kept ready to be searched, those asked about last
T = TypeVar("T")


class UnknownProfile(Exception):
    """A slug that no indexed profile has. `slug` is what was asked for, `known` what there is."""

    def __init__(self, slug: str, known: Sequence[str] = ()) -> None:
        super().__init__(f"Profilen {slug!r} findes ikke. Se de indekserede profiler med: assistant list")
        self.slug, self.known = slug, tuple(known)


class Encoder(Protocol):
    """What the library asks of an embedding model: unit rows for questions and for passages."""

    @property
    def identity(self) -> str:
        """What an index must have been built with to be searched with this model."""

    def questions(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""

    def passages(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One profile, ready to be searched: its passages' words and vectors (row i is passage i)."""

    profile: Profile
    words: words.WordIndex
    vectors: Vectors

    def documents(self) -> list[Document]:
        """The passages as LangChain documents, in order, with slug, span, section and page as metadata."""
        p = self.profile
        return [
            Document(page_content=p.quote(x), metadata={"profile": p.slug, "start": x.start, "end": x.end, "section": x.heading, "page": x.page, "kind": x.kind.value}) for x in p.passages
        ]


class Library:
    """Profiles in an engine (files in `folder` unless another is given), each a shard. Safe to read from many threads while other processes add."""

    def __init__(self, folder: Path, encoder: Encoder, limits: Limits = LIMITS, engine: Engine | None = None) -> None:
        self.folder, self.encoder, self.limits = folder, encoder, limits
        self.engine = engine or FaissFolder(folder)
        self._remembered = Remembered(encoder, folder / "embeddings.sqlite")
        self._open: OrderedDict[str, tuple[str, Shard]] = OrderedDict()
        self._read: dict[str, Profile] = {}
        self._pruned: Manifest | None = None
        self._meant: dict[str, Floats] = {}
        self._lock = RLock()
        self._matched = False

    def meanings(self, words: Sequence[str]) -> Floats:
        """(n, dim) float32: the unit rows of single words, each encoded once while it is remembered."""
        known = self._meant if len(self._meant) < REMEMBERED else {}
        if missing := [word for word in dict.fromkeys(words) if word not in known]:
            known = known | dict(zip(missing, self.encoder.questions(missing), strict=True))
            self._meant = known
        return np.stack([known[word] for word in words]) if words else np.zeros((0, 0), np.float32)

    def translate(self, word: str) -> Sequence[str]:
        """The Danish words that an English one may stand for (the dictionary of the embedding model, read backwards)."""
        return dictionary.danish_for(word)

    def manifest(self) -> Manifest:
        """What is in force now."""
        with self._lock:
            return self.engine.manifest()

    def profiles(self) -> list[Profile]:
        """Every indexed profile, by slug."""
        return [self.profile(slug) for slug in sorted(self.manifest().entries)]

    def profile(self, slug: str) -> Profile:
        """One profile, without making it ready to be searched. Raises `UnknownProfile`, or `SnapshotError` when its files are damaged."""
        with self._lock:
            return self._whole(slug, self._profile_of)

    def shard(self, slug: str) -> Shard:
        """The profile ready to be searched. Raises `UnknownProfile`, or `SnapshotError` when its files are damaged.

        An index of another model is encoded again first; one that another process has replaced meanwhile is served as it was.
        """
        with self._lock:
            manifest = self.manifest()
            if slug in manifest.entries and manifest.embedding != self.encoder.identity:
                if self._matched:
                    return self._as_it_was(slug)
                self.rebuild()
            self._matched = True
            return self._whole(slug, self._ready)

    def _as_it_was(self, slug: str) -> Shard:
        """A profile from before another process encoded the index with another model. Raises `SnapshotError` when it was not open."""
        if slug not in self._open:
            raise SnapshotError("Indekset er imens lavet om med en anden embeddingmodel. Start serveren igen.")
        return self._open[slug][1]

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> bool:
        """Encodes every profile again when the index was made with another model, and says whether it was. `progress(done, all)` in profiles.

        The old index stays in force, for whoever reads it, until the new one is whole; interrupted, it goes on where it was. Raises
        `SnapshotError` when somebody else is building.
        """
        if not self.manifest().entries or self.manifest().embedding == self.encoder.identity:
            return False
        with self.engine.building() as manifest:
            self._same_model(manifest, progress)
        return True

    def _whole(self, slug: str, read: Callable[[Entry], T]) -> T:
        """What is read of a profile's shard; read once more when another process has replaced the shard meanwhile."""
        entry = _entry(self.manifest(), slug)
        try:
            return read(entry)
        except SnapshotError:
            again = _entry(self.manifest(), slug)
            if again.folder == entry.folder:
                raise
            return read(again)

    def _profile_of(self, entry: Entry) -> Profile:
        """A shard's profile, read once while it is in force."""
        if entry.folder not in self._read:
            manifest = self.manifest()
            if manifest is not self._pruned:
                named = {one.folder for one in manifest.entries.values()}
                self._read, self._pruned = {folder: profile for folder, profile in self._read.items() if folder in named}, manifest
            self._read[entry.folder] = self.engine.profile(entry)
        return self._read[entry.folder]

    def _ready(self, entry: Entry) -> Shard:
        """A shard ready to be searched, kept at hand until others have been asked about."""
        if entry.slug not in self._open or self._open[entry.slug][0] != entry.folder:
            profile = self._profile_of(entry)
            read = words.build(profile)
            meanings = self.engine.meanings(entry, list(read.vocabulary))
            self._open[entry.slug] = entry.folder, Shard(profile, replace(read, meanings=meanings), self.engine.vectors(entry))
            while len(self._open) > OPEN:
                self._open.popitem(last=False)
        self._open.move_to_end(entry.slug)
        return self._open[entry.slug][1]

    def add(self, path: Path, progress: Callable[[int, int], None] | None = None) -> Profile:
        """Read a file and index it; the same path again replaces what it gave before.

        Raises `CorpusError` when the file gives no profile, `SnapshotError` when the index cannot be written.
        """
        return self._add(contents(path, self.limits), path.name, str(path.resolve()), progress)

    def add_upload(self, data: bytes, name: str, progress: Callable[[int, int], None] | None = None) -> Profile:
        """Index the bytes of a file that was sent; an upload of the same name replaces what it gave before. Raises as `add` does."""
        return self._add(data, name, f"upload:{name}", progress)

    def put(self, data: bytes, name: str, progress: Callable[[int, int], None] | None = None, replaces: str | None = None, announce: Callable[[str], None] | None = None) -> Profile:
        """Index the bytes of a file as a profile of its own, whatever its name, or in the place of the one that it `replaces`.

        `announce` is told the slug before anybody can find the profile. Raises as `add` does, and `UnknownProfile`.
        """
        return self._add(data, name, f"put:{secrets.token_hex(16)}", progress, replaces, announce)

    def original(self, slug: str) -> Path | None:
        """The file that a profile was read from, as it was added, kept beside the index; None when an older version indexed it.

        Raises `UnknownProfile`, or `SnapshotError` when the kept file is damaged.
        """
        with self._lock:
            return self._whole(slug, self.engine.original)

    def _add(self, data: bytes, name: str, source: str, progress: Callable[[int, int], None] | None, replaces: str | None = None, announce: Callable[[str], None] | None = None) -> Profile:
        profile = read_bytes(data, name, self.limits)
        origin = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()
        vectors, meanings = self._encoded(profile, progress)
        with self.engine.building() as manifest:
            self._same_model(manifest)
            old = _entry(manifest, replaces) if replaces else next((entry for entry in manifest.entries.values() if entry.origin == origin), None)
            taken = {slug for slug, entry in manifest.entries.items() if entry is not old}
            profile, origin = replace(profile, slug=replaces or _free(profile.slug, taken)), old.origin if old else origin
            if announce:
                announce(profile.slug)
            if old and old.slug == profile.slug and self._holds(old, profile):
                return profile
            entry = self.engine.write(profile, vectors, meanings, origin, self.encoder.identity, (Path(name).suffix.lower(), data))
            entries = {slug: e for slug, e in manifest.entries.items() if e is not old} | {profile.slug: entry}
            self.engine.enforce(Manifest(self.encoder.identity, entries, [o for o in manifest.removed if o != origin]))
        return profile

    def remove(self, slug: str) -> None:
        """Take a profile out, for good: what shipped with us does not come back. Raises `UnknownProfile`."""
        with self.engine.building() as manifest:
            entry = _entry(manifest, slug)
            entries = {other: e for other, e in manifest.entries.items() if e is not entry}
            self.engine.enforce(Manifest(manifest.embedding, entries, [*manifest.removed, entry.origin]))

    def was_removed(self, path: Path) -> bool:
        """Whether the profile that came from `path` was taken out on purpose."""
        return hashlib.sha256(str(path.resolve()).encode()).hexdigest() in self.manifest().removed

    def _holds(self, entry: Entry, profile: Profile) -> bool:
        """Whether a shard is whole, its original too, and this profile's."""
        try:
            self.engine.vectors(entry), self.engine.meanings(entry, list(words.build(profile).vocabulary))
            return self.engine.original(entry) is not None and self.engine.profile(entry) == profile
        except SnapshotError:
            return False

    def _same_model(self, manifest: Manifest, progress: Callable[[int, int], None] | None = None) -> None:
        """Vectors of two models never meet: with another model than the index's, everything is encoded again, and put in force when it is whole."""
        if not manifest.entries or manifest.embedding == self.encoder.identity:
            return
        for done, (slug, entry) in enumerate(list(manifest.entries.items()), 1):
            profile, kept = self.engine.profile(entry), self.engine.original(entry)
            original = (kept.suffix, kept.read_bytes()) if kept else None
            manifest.entries[slug] = self.engine.write(profile, *self._encoded(profile), entry.origin, self.encoder.identity, original)
            if progress:
                progress(done, len(manifest.entries))
        manifest.embedding = self.encoder.identity
        self.engine.enforce(manifest)
        self._remembered.forget_others()

    def _encoded(self, profile: Profile, progress: Callable[[int, int], None] | None = None) -> tuple[Floats, dict[str, Floats]]:
        """(passages, dim): every passage in its context; and the profile's words, each with its vector. What was encoded before is not encoded again."""
        texts = [profile.context(passage) for passage in profile.passages]
        passages = self._remembered.encode("passages", texts, progress)
        return np.stack([passages[text] for text in texts]), self._remembered.encode("words", list(words.build(profile).vocabulary))


def _entry(manifest: Manifest, slug: str) -> Entry:
    """A profile's entry. Raises `UnknownProfile`."""
    if slug not in manifest.entries:
        raise UnknownProfile(slug, sorted(manifest.entries))
    return manifest.entries[slug]


def shard_of(profile: Profile, encoder: Encoder) -> Shard:
    """A profile read on the spot, searchable without being added anywhere."""
    rows = encoder.passages([profile.context(passage) for passage in profile.passages])
    read = words.build(profile)
    meanings = Vectors.of(encoder.questions(list(read.vocabulary))).rows()
    return Shard(profile, replace(read, meanings=meanings), Vectors.of(rows))


def _free(slug: str, taken: set[str]) -> str:
    if slug not in taken:
        return slug
    return next(f"{slug}-{n}" for n in range(2, 10_000) if f"{slug}-{n}" not in taken)


__all__ = ["Encoder", "Library", "Shard", "SnapshotError", "UnknownProfile", "shard_of"]
