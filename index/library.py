"""The room's front desk: add a file, take a profile out, open one for search."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import TypeVar

import numpy as np

from corpus.limits import Limits
from corpus.profiles import CorpusError, Profile
from corpus.reading import LIMITS, contents, read_bytes
from index import dictionary, words
from index.embedding import Floats
from index.engines import Engine, FaissFolder, Original
from index.late import Tokens
from index.remembered import Remembered
from index.shards import Encoder, Shard, contexts, searchable, shard_of, vocabulary
from index.snapshots import Damaged, Entry, Files, Manifest, SnapshotError
from index.vectors import Vectors

REMEMBERED = 5_000  # words whose vectors are kept at hand
OPEN = 1_000  # profiles that are kept ready to be searched, those asked about last
TRIES = 5  # another process may replace what is being read, this many times in a row
T = TypeVar("T")
log = logging.getLogger("profilassistenten.index")


class UnknownProfile(Exception):
    """A slug that no indexed profile has. `slug` is what was asked for, `known` what there is."""

    def __init__(self, slug: str, known: Sequence[str] = ()) -> None:
        super().__init__(f"Profilen {slug!r} findes ikke. Se de indekserede profiler med: assistant list")
        self.slug, self.known = slug, tuple(known)


class Library:
    """Profiles in an engine (files in `folder` unless another is given), each a shard. Safe to read from many threads while other processes add.

    What is damaged is never served. It is made again from what is kept beside it, and `mended` names it ("": the list of profiles itself);
    `broken` says of what cannot be. Each is said in one line of the log too.
    """

    def __init__(self, folder: Path, encoder: Encoder, limits: Limits = LIMITS, engine: Engine | None = None) -> None:
        self.folder, self.encoder, self.limits = folder, encoder, limits
        self.engine = engine or FaissFolder(folder, lambda sentence: self._tell("", sentence))
        self.mended: list[str] = []
        self.broken: dict[str, str] = {}
        self._remembered = Remembered(encoder, folder / "embeddings.sqlite")
        self._open: OrderedDict[str, tuple[str, Shard]] = OrderedDict()
        self._read: dict[str, Profile] = {}
        self._meant: dict[str, Floats] = {}
        self._lock = RLock()
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
        """What is in force now. Raises `SnapshotError` when it cannot be read."""
        with self._lock:
            return self.engine.manifest()

    def profiles(self) -> list[Profile]:
        """Every indexed profile that can be read, by slug; of any other `broken` says why not."""
        found = []
        for slug in sorted(self.manifest().entries):
            try:
                found.append(self.profile(slug))
            except UnknownProfile:
                continue
            except SnapshotError:
                if slug not in self.broken:
                    raise
        return found

    def profile(self, slug: str) -> Profile:
        """One profile, without making it ready to be searched. Raises `UnknownProfile`, or `SnapshotError` when its files are damaged."""
        with self._lock:
            return self._whole(slug, self._listed)

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

    def _whole(self, slug: str, read: Callable[[Entry], T], mend: bool = True) -> T:
        """What is read of a profile's shard: of the one now in force when another process replaces it meanwhile, made again when it is damaged."""
        for _ in range(TRIES):
            entry = _entry(self.manifest(), slug)
            try:
                return read(entry)
            except Damaged as damage:
                if _entry(self.manifest(), slug) != entry:
                    continue
                if not mend:
                    raise
                self._mend(entry, damage)
        raise self._given_up(slug, SnapshotError("Indekset bliver lavet om lige nu. Prøv igen."))

    def _listed(self, entry: Entry) -> Profile:
        """A shard's profile, the shard looked at and the profile read once while it is in force."""
        if entry.folder not in self._read:
            self.engine.check(entry)
            self._keep(entry, self.engine.profile(entry))
        return self._read[entry.folder]

    def _ready(self, entry: Entry) -> Shard:
        """A shard ready to be searched, kept at hand until others have been asked about."""
        if entry.slug not in self._open or self._open[entry.slug][0] != entry.folder:
            files = self.engine.shard(entry)
            self._open[entry.slug] = entry.folder, searchable(files._replace(profile=self._keep(entry, files.profile)))
            while len(self._open) > OPEN:
                self._open.popitem(last=False)
        self._open.move_to_end(entry.slug)
        return self._open[entry.slug][1]

    def _keep(self, entry: Entry, profile: Profile) -> Profile:
        """The one copy of a sound shard's profile. What is no longer in force is let go of."""
        self.broken.pop(entry.slug, None)
        entries = self.manifest().entries
        if len(self._read) > len(entries):
            named = {one.folder for one in entries.values()}
            self._read = {folder: kept for folder, kept in self._read.items() if folder in named}
        return self._read.setdefault(entry.folder, profile)

    def _mend(self, entry: Entry, damage: Damaged) -> None:
        """A damaged shard made again. Raises `SnapshotError` when nothing that is kept of it is whole, it cannot be written, or somebody else is building."""
        try:
            with self.engine.building(wait=False) as manifest:
                if manifest.entries.get(entry.slug) != entry:
                    return
                if self._matched and manifest.embedding != self.encoder.identity:
                    raise damage
                self._same_model(manifest)
                if manifest.entries[entry.slug] == entry:
                    manifest.entries[entry.slug] = self._again(entry)
                    self.engine.enforce(manifest)
                self._tell(entry.slug, f"Profilen {entry.slug} var beskadiget i indekset og er lavet igen ud fra det, der er gemt.")
        except (SnapshotError, OSError) as error:
            self._given_up(entry.slug, damage)
            raise error if isinstance(error, SnapshotError) else damage from error

    def _given_up(self, slug: str, why: SnapshotError) -> SnapshotError:
        """Says once why a profile cannot be served."""
        if self.broken.get(slug) != str(why):
            self.broken[slug] = str(why)
            log.warning(str(why))
        return why

    def _tell(self, slug: str, sentence: str) -> None:
        self.mended.append(slug)
        log.warning(sentence)

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
            return self._whole(slug, self.engine.original, mend=False)

    def _add(self, data: bytes, name: str, source: str, progress: Callable[[int, int], None] | None, replaces: str | None = None, announce: Callable[[str], None] | None = None) -> Profile:
        profile = read_bytes(data, name, self.limits)
        origin = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()
        shard = self._encoded(profile, progress)
        with self.engine.building() as manifest:
            self._same_model(manifest)
            old = _entry(manifest, replaces) if replaces else next((entry for entry in manifest.entries.values() if entry.origin == origin), None)
            taken = {slug for slug, entry in manifest.entries.items() if entry is not old}
            profile, origin = replace(profile, slug=replaces or _free(profile.slug, taken)), old.origin if old else origin
            if announce:
                announce(profile.slug)
            if old and old.slug == profile.slug and self._holds(old, profile):
                return profile
            entry = self.engine.write(shard._replace(profile=profile), origin, self.encoder.identity, (Path(name).suffix.lower(), data))
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
            return self.engine.original(entry) is not None and self.engine.shard(entry).profile == profile
        except Damaged:
            return False

    def _same_model(self, manifest: Manifest, progress: Callable[[int, int], None] | None = None) -> None:
        """Vectors of two models never meet: with another model than the index's, everything is encoded again, and put in force when it is whole."""
        if not manifest.entries or manifest.embedding == self.encoder.identity:
            return
        for done, (slug, entry) in enumerate(list(manifest.entries.items()), 1):
            manifest.entries[slug] = self._again(entry)
            if progress:
                progress(done, len(manifest.entries))
        manifest.embedding = self.encoder.identity
        self.engine.enforce(manifest)
        self._remembered.forget_others()

    def _again(self, entry: Entry) -> Entry:
        """A shard written anew, not yet in force, from what is whole of what is kept. Raises `Damaged` when nothing is."""
        try:
            path = self.engine.original(entry)
        except Damaged:
            path = None
        original = (path.suffix, path.read_bytes()) if path else None
        return self.engine.write(self._encoded(self._kept(entry, original)), entry.origin, self.encoder.identity, original)

    def _kept(self, entry: Entry, original: Original | None) -> Profile:
        """A shard's profile, read again from the original when its own file is damaged. Raises `Damaged`."""
        try:
            return self.engine.profile(entry)
        except Damaged:
            if original is None:
                raise
            suffix, data = original
            with suppress(CorpusError):
                return replace(read_bytes(data, f"{entry.slug}{suffix}", self.limits), slug=entry.slug)
            raise

    def _encoded(self, profile: Profile, progress: Callable[[int, int], None] | None = None) -> Files:
        """A profile with the vectors of its passages in their context and of its words. What was encoded before is not encoded again."""
        read = self._remembered.passages(contexts(profile), progress)
        return Files(profile, Vectors.of(read.vectors), Tokens.of(read.tokens), Vectors.of(self._remembered.words(vocabulary(profile))))


def _entry(manifest: Manifest, slug: str) -> Entry:
    """A profile's entry. Raises `UnknownProfile`."""
    if slug not in manifest.entries:
        raise UnknownProfile(slug, sorted(manifest.entries))
    return manifest.entries[slug]


def _free(slug: str, taken: set[str]) -> str:
    if slug not in taken:
        return slug
    return next(f"{slug}-{n}" for n in range(2, 10_000) if f"{slug}-{n}" not in taken)


__all__ = ["Encoder", "Library", "Shard", "SnapshotError", "UnknownProfile", "shard_of"]
