"""The room's front desk: add a file, take a profile out, open one for search."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Protocol

import numpy as np

from corpus.limits import Limits
from corpus.profiles import CorpusError, Profile
from corpus.reading import LIMITS, contents, read_bytes
from index import dictionary, snapshots, words
from index.columns import Columns
from index.embedding import Encoded, Floats
from index.late import Tokens
from index.snapshots import Entry, Files, Manifest, SnapshotError
from index.vectors import Vectors

if TYPE_CHECKING:
    from langchain_core.documents import Document

REMEMBERED = 5_000  # words whose vectors are kept at hand
TRIES = 5  # another process may replace what is being read, this many times in a row
log = logging.getLogger("profilassistenten.index")


class UnknownProfile(Exception):
    """A slug that no indexed profile has. `slug` is what was asked for, `known` what there is."""

    def __init__(self, slug: str, known: Sequence[str] = ()) -> None:
        super().__init__(f"Profilen {slug!r} findes ikke. Se de indekserede profiler med: assistant list")
        self.slug, self.known = slug, tuple(known)


class Encoder(Protocol):
    """What the library asks of an embedding model: unit rows for single words, and texts whole and by token."""

    @property
    def identity(self) -> str:
        """What an index must have been built with to be searched with this model."""

    def questions(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""

    def read_questions(self, texts: Sequence[str]) -> Encoded:
        """Questions, whole and by token."""

    def read_passages(self, texts: Sequence[str]) -> Encoded:
        """Passages, whole and by token."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One profile, ready to be searched: its passages' words, vectors and token vectors (row i is passage i)."""

    profile: Profile
    words: words.WordIndex
    vectors: Vectors
    tokens: Tokens
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
    """Profiles on disk in `folder`, each a shard. Safe to read from many threads while another process adds.

    What is damaged is never served. It is made again from what is kept beside it, and `mended` names it; `broken` says of what cannot be.
    Each is said in one line of the log too.
    """

    def __init__(self, folder: Path, encoder: Encoder, limits: Limits = LIMITS) -> None:
        self.folder, self.encoder, self.limits = folder, encoder, limits
        self.mended: list[str] = []
        self.broken: dict[str, str] = {}
        self._open: dict[str, Shard] = {}
        self._read: dict[str, Files] = {}
        self._meant: dict[str, Floats] = {}
        self._lock = RLock()
        self._stamp: tuple[int, int] | None = (0, 0)
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
        """What is in force now, read again when the file has changed. Raises `SnapshotError` when it cannot be read."""
        with self._lock:
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
        with suppress(SnapshotError, OSError), snapshots.builder(self.folder):
            self._manifest = snapshots.read_manifest(self.folder)
            if not snapshots.whole(self.folder):
                snapshots.write_manifest(self.folder, self._manifest)
                self._tell("", "Indeksets fortegnelse var beskadiget og er skrevet igen.")
            return self._stamped()
        return stamp

    def profiles(self) -> list[Profile]:
        """Every indexed profile that can be read, by slug; of any other `broken` says why not."""
        found = []
        for slug in sorted(self.manifest().entries):
            with suppress(UnknownProfile, SnapshotError):
                found.append(self.profile(slug))
        return found

    def profile(self, slug: str) -> Profile:
        """One profile, without making it ready to be searched. Raises `UnknownProfile`, or `SnapshotError` when its files are damaged."""
        with self._lock:
            return self._files(slug)[1].profile

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
            folder, files = self._files(slug)
            if folder not in self._open:
                self._open = {name: shard for name, shard in self._open.items() if name in self._read}
                self._open[folder] = Shard(files.profile, analysed(files.profile, files.words.rows()), files.vectors, files.tokens)
            self._served[slug] = self._open[folder]
            return self._open[folder]

    def _as_it_was(self, slug: str) -> Shard:
        """A profile from before another process encoded the index with another model. Raises `SnapshotError` when it was not open."""
        if slug not in self._served:
            raise SnapshotError("Indekset er imens lavet om med en anden embeddingmodel. Start serveren igen.")
        return self._served[slug]

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> bool:
        """Encodes every profile again when the index was made with another model, and says whether it was. `progress(done, all)` in profiles.

        The old index stays in force, for whoever reads it, until the new one is whole. Raises `SnapshotError` when somebody else is building.
        """
        if not self.manifest().entries or self.manifest().embedding == self.encoder.identity:
            return False
        with self._lock, snapshots.builder(self.folder):
            self._same_model(snapshots.read_manifest(self.folder), progress)
        return True

    def _files(self, slug: str) -> tuple[str, Files]:
        """A shard's folder and what its files hold, each file read once while it is in force."""
        entry = self._entry(slug)
        if entry.folder not in self._read:
            named = {entry.folder for entry in self.manifest().entries.values()}
            self._read = {name: files for name, files in self._read.items() if name in named}
            entry, self._read[entry.folder] = self._opened(slug)
        return entry.folder, self._read[entry.folder]

    def _entry(self, slug: str) -> Entry:
        entries = self.manifest().entries
        if slug not in entries:
            raise UnknownProfile(slug, sorted(entries))
        return entries[slug]

    def _opened(self, slug: str) -> tuple[Entry, Files]:
        """A shard's files: those now in force when another process replaces them meanwhile, made again when they are damaged."""
        for _ in range(TRIES):
            entry = self._entry(slug)
            try:
                files = snapshots.read_shard(self.folder, entry)
                self.broken.pop(slug, None)
                return entry, files
            except SnapshotError as damage:
                if self._entry(slug) == entry:
                    self._mend(slug, entry, damage)
        raise SnapshotError("Indekset bliver lavet om lige nu. Prøv igen.")

    def _mend(self, slug: str, entry: Entry, damage: SnapshotError) -> None:
        """A damaged shard made again, from its profile or the file that was kept. Raises `SnapshotError` when neither is whole, or it cannot be written."""
        try:
            with snapshots.builder(self.folder):
                manifest = snapshots.read_manifest(self.folder)
                if manifest.entries.get(slug) == entry:
                    if self._matched and manifest.embedding != self.encoder.identity:
                        raise damage
                    self._same_model(manifest)
                    if manifest.entries[slug] == entry:
                        manifest.entries[slug] = self._again(entry, damage)
                        snapshots.write_manifest(self.folder, manifest)
                    self._tell(slug, f"Profilen {slug} var beskadiget i indekset og er lavet igen ud fra det, der er gemt.")
        except OSError as error:
            self._give_up(slug, damage)
            raise damage from error
        except SnapshotError:
            self._give_up(slug, damage)
            raise

    def _again(self, entry: Entry, damage: SnapshotError | None = None) -> Entry:
        """A shard written anew. Raises `damage`, or what is wrong, when nothing that is kept of it is whole."""
        try:
            kept = snapshots.original(self.folder, entry)
        except SnapshotError as error:
            kept, damage = None, damage or error
        original = (kept.suffix, kept.read_bytes()) if kept else None
        profile = snapshots.read_profile(self.folder, entry)
        if profile is None and original:
            with suppress(CorpusError):
                profile = replace(read_bytes(original[1], f"{entry.slug}{original[0]}", self.limits), slug=entry.slug)
        if profile is None:
            raise damage or SnapshotError(f"Indeksfilen {entry.folder}/profile.json mangler eller er beskadiget. Tilføj profilen igen med: assistant add FIL")
        return self._write(profile, None, entry.origin, None, original)

    def _tell(self, slug: str, line: str) -> None:
        self.mended.append(slug)
        log.warning(line)

    def _give_up(self, slug: str, damage: SnapshotError) -> None:
        if self.broken.get(slug) != str(damage):
            self.broken[slug] = str(damage)
            log.warning(str(damage))

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
            return snapshots.original(self.folder, self._entry(slug))

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
        for done, (slug, entry) in enumerate(list(manifest.entries.items()), 1):
            manifest.entries[slug] = self._again(entry)
            if progress:
                progress(done, len(manifest.entries))
        manifest.embedding = self.encoder.identity
        snapshots.write_manifest(self.folder, manifest)

    def _write(self, profile: Profile, old: Entry | None, origin: str, progress: Callable[[int, int], None] | None, original: tuple[str, bytes] | None) -> Entry:
        """A profile's shard on disk, not yet in force."""
        meanings = Vectors.of(self.encoder.questions(vocabulary(profile)))
        read = self._encode(profile, old, progress)
        return snapshots.write_shard(self.folder, Files(profile, Vectors.of(read.vectors), Tokens.of(read.tokens), meanings), origin, self.encoder.identity, original)

    def _encode(self, profile: Profile, old: Entry | None, progress: Callable[[int, int], None] | None) -> Encoded:
        """Every passage in its context; what stood in the old shard is not encoded again."""
        texts = [profile.context(passage) for passage in profile.passages]
        known: dict[str, tuple[Floats, Floats]] = {}
        if old and self.manifest().embedding == self.encoder.identity and self._sound(old):
            before = snapshots.read_shard(self.folder, old)
            rows = zip(before.vectors.rows(), before.tokens.passages(), strict=True)
            known = dict(zip((before.profile.context(p) for p in before.profile.passages), rows, strict=True))
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        for at in range(0, len(missing), 32):
            batch = missing[at : at + 32]
            known |= dict(zip(batch, zip(*self.encoder.read_passages(batch), strict=True), strict=True))
            if progress:
                progress(min(at + 32, len(missing)), len(missing))
        return Encoded(np.stack([known[text][0] for text in texts]), [known[text][1] for text in texts])


def replace_removed(manifest: Manifest, entry: Entry) -> Manifest:
    """The manifest that remembers `entry` as taken out."""
    return Manifest(manifest.embedding, manifest.entries, [*manifest.removed, entry.origin])


def shard_of(profile: Profile, encoder: Encoder) -> Shard:
    """A profile read on the spot, searchable without being added anywhere."""
    read = encoder.read_passages([profile.context(passage) for passage in profile.passages])
    return Shard(profile, analysed(profile, encoder.questions(vocabulary(profile))), Vectors.of(read.vectors), Tokens.of(read.tokens))


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
