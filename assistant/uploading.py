"""An uploaded file → a profile of the library, hidden until somebody publishes it; one that replaces another keeps that one's standing."""

from __future__ import annotations

from pathlib import PurePath

from assistant.commands_wording import english
from assistant.jobs import Refused, Report
from assistant.publishing import Outdated, Publishing
from corpus.profiles import CorpusError
from corpus.reading import spoken
from index.library import Library, UnknownProfile
from index.snapshots import SnapshotError


def take(library: Library, publishing: Publishing, data: bytes, name: str, by: str, tell: Report, replaces: str | None = None, in_english: bool = False) -> str:
    """Reads and indexes the file; the profile's slug. `tell` hears how far it has come. Raises `Refused` with the reason."""

    def announce(slug: str) -> None:
        tell("indexing", 0, 0)
        if replaces is None:
            standing = publishing.of(slug)
            publishing.set(slug, "hidden", None, by, standing.version)

    tell("reading", 0, 0)
    try:
        return library.put(data, spoken(PurePath(name.replace("\\", "/")).name), lambda done, total: tell("indexing", done, total), replaces, announce).slug
    except (CorpusError, SnapshotError, UnknownProfile, Outdated) as error:
        said = str(error) or "Profilen blev ændret i mellemtiden. Prøv igen."
        raise Refused(english(said) if in_english else said) from error
