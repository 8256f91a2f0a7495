"""The file that a profile was read from: a PDF can be shown at a page, a Word file can be fetched; nothing else has pages or opens harmlessly."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from corpus.profiles import Profile
from index.library import SnapshotError, UnknownProfile


class Kept(Protocol):
    """Where originals are kept."""

    def original(self, slug: str) -> Path | None:
        """The file, or None."""


def pdf(library: Kept, profile: Profile) -> Path | None:
    """The profile's PDF file; None when it was read from something else, or when the file is not kept or damaged."""
    return _kept(library, profile, ".pdf")


def word(library: Kept, profile: Profile) -> Path | None:
    """The profile's Word file; None as for `pdf`."""
    return _kept(library, profile, ".docx")


def _kept(library: Kept, profile: Profile, suffix: str) -> Path | None:
    try:
        found = library.original(profile.slug)
    except (UnknownProfile, SnapshotError):
        return None
    return found if found and found.suffix == suffix else None
