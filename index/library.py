"""The room's front desk: add a file, take a profile out, open one for search."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Protocol

import numpy as np

from corpus.limits import Limits
from corpus.profiles import Profile
from corpus.reading import LIMITS, contents, read_bytes
from index import dictionary, snapshots, words
from index.columns import Columns
from index.embedding import Floats
from index.snapshots import Entry, Manifest, SnapshotError
from index.vectors import Vectors

if TYPE_CHECKING:
    from langchain_core.documents import Document

REMEMBERED = 5_000  # words whose vectors are kept at hand


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
    columns: Columns = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", Columns.of(self.profile, self.words.entities))

    def documents(self) -> list[Document]:
        """The passages as LangChain documents, in order, with slug, span, section and page as metadata."""
        from langchain_core.documents import Document

        p = self.profile
        return [
            Document(page_content=p.quote(x), metadata={"profile": p.slug, "start": x.start, "end": x.end, "section": x.heading, "page": x.page, "kind": x.kind.value}) for x in p.passages
        ]


class Library:
    """Profiles on disk in `folder`, each a shard. Safe to read from many threads while another process adds."""

    def __init__(self, folder: Path, encoder: Encoder, limits: Limits = LIMITS) -> None:
        self.folder, self.encoder, self.limits = folder, encoder, limits
        self._open: dict[str, Shard] = {}
        self._read: dict[str, tuple[Profile, Vectors, Vectors]] = {}
        self._meant: dict[str, Floats] = {}
        self._lock = RLock()
        self._stamp: tuple[int, int] | None = None
        self._manifest = Manifest()
        self._served: dict[str, Shard] = {}
        self._matched = False

    def meanings(self, terms: Sequence[str], there: words.WordIndex | None = None) -> Floats:
        """(n, dim) float32: the unit rows of single words: those of a profile's words (`there`) stand with it, others are encoded once while remembered."""
        if not terms:
            return np.zeros((0, 0), np.float32)
        own = {term: there.meanings[there.vocabulary[term]] for term in terms if term in there.vocabulary} if there and there.meanings is not None else {}
        known = self._meant if len(self._meant) < REMEMBERED else {}
        if missing := [term for term in dict.fromkeys(terms) if term not in known and term not in own]:
            known = known | dict(zip(missing, self.encoder.questions(missing), strict=True))
            self._meant = known
        return np.stack([own[term] if term in own else known[term] for term in terms])

    def translate(self, word: str) -> Sequence[str]:
        """The Danish words that an English one may stand for (the dictionary of the embedding model, read backwards)."""
        return dictionary.danish_for(word)

    def manifest(self) -> Manifest:
        """What is in force now, read again when the file has changed."""
        with self._lock:
            path = self.folder / "manifest.json"
            stat = path.stat() if path.exists() else None
            stamp = (stat.st_mtime_ns, stat.st_ino) if stat else None
            if stamp != self._stamp:
                self._manifest, self._stamp = snapshots.read_manifest(self.folder), stamp
            return self._manifest

    def profiles(self) -> list[Profile]:
        """Every indexed profile, by slug."""
        return [self.profile(slug) for slug in sorted(self.manifest().entries)]

    def profile(self, slug: str) -> Profile:
        """One profile, without making it ready to be searched. Raises `UnknownProfile`, or `SnapshotError` when its files are damaged."""
        with self._lock:
            return self._files(slug)[1][0]

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
            folder, (profile, vectors, meanings) = self._files(slug)
            if folder not in self._open:
                self._open = {name: shard for name, shard in self._open.items() if name in self._read}
                self._open[folder] = Shard(profile, analysed(profile, meanings.rows()), vectors)
            self._served[slug] = self._open[folder]
            return self._open[folder]

    def _as_it_was(self, slug: str) -> Shard:
        """A profile from before another process encoded the index with another model. Raises `SnapshotError` when it was not open."""
        if slug not in self._served:
            raise SnapshotError("Indekset er imens lavet om med en anden embeddingmodel. Start serveren igen.")
        return self._served[slug]

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> bool:
        """Encodes every profile again when the index was made with another model, and says whether it was. `progress(done, all)` in passages.

        The old index stays in force, for whoever reads it, until the new one is whole. Raises `SnapshotError` when somebody else is building.
        """
        if not self.manifest().entries or self.manifest().embedding == self.encoder.identity:
            return False
        with self._lock, snapshots.builder(self.folder):
            self._same_model(snapshots.read_manifest(self.folder), progress)
        return True

    def _files(self, slug: str) -> tuple[str, tuple[Profile, Vectors, Vectors]]:
        """A shard's folder and what its files hold, each file read once while it is in force."""
        entries = self.manifest().entries
        if slug not in entries:
            raise UnknownProfile(slug, sorted(entries))
        folder = entries[slug].folder
        if folder not in self._read:
            named = {entry.folder for entry in entries.values()}
            self._read = {name: files for name, files in self._read.items() if name in named}
            self._read[folder] = snapshots.read_shard(self.folder, entries[slug])
        return folder, self._read[folder]

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
            entries = self.manifest().entries
            if slug not in entries:
                raise UnknownProfile(slug, sorted(entries))
            return snapshots.original(self.folder, entries[slug])

    def _add(self, data: bytes, name: str, source: str, progress: Callable[[int, int], None] | None, replaces: str | None = None, announce: Callable[[str], None] | None = None) -> Profile:
        profile = read_bytes(data, name, self.limits)
        origin = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()
        with self._lock, snapshots.builder(self.folder):
            manifest = snapshots.read_manifest(self.folder)
            self._same_model(manifest)
            if replaces is not None and replaces not in manifest.entries:
                raise UnknownProfile(replaces, sorted(manifest.entries))
            old = manifest.entries[replaces] if replaces else next((entry for entry in manifest.entries.values() if entry.origin == origin), None)
            taken = {slug for slug, entry in manifest.entries.items() if entry is not old}
            profile, origin = replace(profile, slug=replaces or _free(profile.slug, taken)), old.origin if old else origin
            if announce:
                announce(profile.slug)
            if old and old.slug == profile.slug and self._sound(old) and snapshots.original(self.folder, old) and self.profile(old.slug) == profile:
                return profile
            entry = self._write(profile, old, origin, progress, (Path(name).suffix.lower(), data))
            entries = {slug: e for slug, e in manifest.entries.items() if e is not old} | {profile.slug: entry}
            snapshots.write_manifest(self.folder, Manifest(self.encoder.identity, entries, [o for o in manifest.removed if o != origin]))
        return profile

    def remove(self, slug: str) -> None:
        """Take a profile out, for good: what shipped with us does not come back. Raises `UnknownProfile`."""
        with self._lock, snapshots.builder(self.folder):
            manifest = snapshots.read_manifest(self.folder)
            if slug not in manifest.entries:
                raise UnknownProfile(slug, sorted(manifest.entries))
            entry = manifest.entries.pop(slug)
            snapshots.write_manifest(self.folder, replace_removed(manifest, entry))

    def was_removed(self, path: Path) -> bool:
        """Whether the profile that came from `path` was taken out on purpose."""
        return hashlib.sha256(str(path.resolve()).encode()).hexdigest() in self.manifest().removed

    def _sound(self, entry: Entry) -> bool:
        try:
            snapshots.read_shard(self.folder, entry)
        except SnapshotError:
            return False
        return True

    def _same_model(self, manifest: Manifest, progress: Callable[[int, int], None] | None = None) -> None:
        """Vectors of two models never meet: with another model than the index's, everything is encoded again, and put in force when it is whole."""
        if not manifest.entries or manifest.embedding == self.encoder.identity:
            return
        profiles = {slug: snapshots.read_shard(self.folder, entry)[0] for slug, entry in manifest.entries.items()}
        count, done = sum(len(profile.passages) for profile in profiles.values()), 0
        for slug, profile in profiles.items():
            entry = manifest.entries[slug]
            kept = snapshots.original(self.folder, entry)
            manifest.entries[slug] = self._write(profile, None, entry.origin, None, (kept.suffix, kept.read_bytes()) if kept else None)
            done += len(profile.passages)
            if progress:
                progress(done, count)
        manifest.embedding = self.encoder.identity
        snapshots.write_manifest(self.folder, manifest)

    def _write(self, profile: Profile, old: Entry | None, origin: str, progress: Callable[[int, int], None] | None, original: tuple[str, bytes] | None) -> Entry:
        """A profile's shard on disk, not yet in force."""
        meanings = Vectors.of(self.encoder.questions(vocabulary(profile)))
        return snapshots.write_shard(self.folder, profile, Vectors.of(self._encode(profile, old, progress)), meanings, origin, self.encoder.identity, original)

    def _encode(self, profile: Profile, old: Entry | None, progress: Callable[[int, int], None] | None) -> Floats:
        """(passages, dim): every passage in its context; what stood in the old shard is not encoded again."""
        texts = [profile.context(passage) for passage in profile.passages]
        known: dict[str, Floats] = {}
        if old and self.manifest().embedding == self.encoder.identity and self._sound(old):
            before, vectors, _ = snapshots.read_shard(self.folder, old)
            known = dict(zip((before.context(p) for p in before.passages), vectors.rows(), strict=True))
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        for at in range(0, len(missing), 32):
            batch = missing[at : at + 32]
            known |= dict(zip(batch, self.encoder.passages(batch), strict=True))
            if progress:
                progress(min(at + 32, len(missing)), len(missing))
        return np.stack([known[text] for text in texts])


def replace_removed(manifest: Manifest, entry: Entry) -> Manifest:
    """The manifest that remembers `entry` as taken out."""
    return Manifest(manifest.embedding, manifest.entries, [*manifest.removed, entry.origin])


def shard_of(profile: Profile, encoder: Encoder) -> Shard:
    """A profile read on the spot, searchable without being added anywhere."""
    rows = encoder.passages([profile.context(passage) for passage in profile.passages])
    return Shard(profile, analysed(profile, encoder.questions(vocabulary(profile))), Vectors.of(rows))


def vocabulary(profile: Profile) -> list[str]:
    """The profile's words, in the order in which their vectors are kept."""
    return list(words.build(profile).vocabulary)


def analysed(profile: Profile, meanings: Floats) -> words.WordIndex:
    """The profile's words with their meanings, (vocabulary, dim) unit rows in the order of `vocabulary`."""
    return replace(words.build(profile), meanings=meanings)


def _free(slug: str, taken: set[str]) -> str:
    if slug not in taken:
        return slug
    return next(f"{slug}-{n}" for n in range(2, 10_000) if f"{slug}-{n}" not in taken)


__all__ = ["Encoder", "Library", "Shard", "SnapshotError", "UnknownProfile", "shard_of"]
