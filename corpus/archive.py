"""A zip archive that somebody sent: what it claims is checked before anything in it is unpacked, and unpacking is counted.

Nothing is ever written to disk, so a member's name (`../../x`) is a name and no place.
"""

from __future__ import annotations

import io
import zipfile
import zlib

from corpus.profiles import CorpusError, damaged

MOST_ENTRIES = 1_000
MOST_BYTES = 100_000_000
MOST_TIMES = 200
SMALL = 1_000_000


def members(data: bytes, name: str) -> dict[str, bytes]:
    """The XML parts of an Office document by name. Raises `CorpusError` for what is no archive, is locked, carries macros, or is a bomb."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries, len(data), name)
            return {entry.filename: _unpacked(archive, entry) for entry in entries if entry.filename.startswith("word/") and entry.filename.endswith(".xml")}
    except CorpusError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, KeyError, IndexError, OverflowError) as error:
        raise CorpusError(damaged(name), "damaged") from error


def _check(entries: list[zipfile.ZipInfo], size: int, name: str) -> None:
    """Raises `CorpusError` by what the central directory says."""
    names = {entry.filename for entry in entries}
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or total > MOST_BYTES or any(entry.file_size > SMALL and entry.file_size > MOST_TIMES * max(1, entry.compress_size) for entry in entries):
        raise CorpusError(f"{name}: dokumentet fylder unormalt meget, når det pakkes ud, og er afvist. Gem det på ny fra Word.", "unsafe")
    if any(entry.flag_bits & 1 for entry in entries):
        raise CorpusError(f"{name}: filen er beskyttet med adgangskode. Gem den uden adgangskode, og prøv igen.", "encrypted")
    if any(member.lower().endswith("vbaproject.bin") for member in names):
        raise CorpusError(f"{name}: dokumentet indeholder makroer og er afvist. Gem det som .docx uden makroer.", "unsafe")
    if "word/document.xml" not in names:
        raise CorpusError(f"{name}: filen er et zip-arkiv, men ikke et Word-dokument. Gem profilen som .docx fra Word.", "type")


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """A member's bytes, no more of them than it said."""
    with archive.open(entry) as member:
        content = member.read(entry.file_size + 1)
    if len(content) > entry.file_size:
        raise zipfile.BadZipFile("a member is larger than it says")
    return content
