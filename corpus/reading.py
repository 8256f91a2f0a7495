"""A file on disk → its profile. The one door that every file comes in by.

Checks what can be told without looking inside (a plain file, its size, its type), reads the bytes once and hands them
to a child process (`confined`), where the reader of the format (`formats`) does its work within limits.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from corpus import confined
from corpus.formats import READERS
from corpus.limits import Limits
from corpus.profiles import CorpusError, Profile

LIMITS = Limits()


def read(path: Path, limits: Limits = LIMITS) -> Profile:
    """The profile in a file. Raises `CorpusError` with a Danish sentence for whoever added the file."""
    return read_bytes(contents(path, limits), path.name, limits)


def read_bytes(data: bytes, name: str, limits: Limits = LIMITS) -> Profile:
    """The profile in the bytes of a file of this name, as an upload gives them. Raises `CorpusError`."""
    shown, suffix = spoken(name), Path(name).suffix.lower()
    if suffix not in READERS:
        raise _unknown(shown, suffix)
    if len(data) > limits.bytes:
        raise _large(shown, limits)
    return confined.read(data, shown, suffix, limits)


def contents(path: Path, limits: Limits = LIMITS) -> bytes:
    """The bytes of a file that may hold a profile. Raises `CorpusError` for what is no plain file of a type we read, or too large.

    A link is followed to a file whose own name has such a type, and to nothing else.
    """
    name = spoken(path.name or str(path))
    try:
        if path.is_symlink() and path.resolve(strict=True).suffix.lower() not in READERS:
            raise CorpusError(f"{name}: filen er en genvej til noget, der ikke er en profil. Angiv selve filen.", "special")
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if stat.S_ISDIR(found.st_mode):
                raise CorpusError(f"{name}: det er en mappe. Angiv filerne i den.", "special")
            if not stat.S_ISREG(found.st_mode):
                raise CorpusError(f"{name}: det er ikke en almindelig fil. Angiv en fil med profilens tekst.", "special")
            if path.suffix.lower() not in READERS:
                raise _unknown(name, path.suffix)
            if found.st_size > limits.bytes:
                raise _large(name, limits)
            return file.read(limits.bytes + 1)
    except PermissionError as error:
        raise CorpusError(f"{name}: filen kan ikke læses. Giv læseadgang til den, og prøv igen.", "unreadable") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise _not_there(name, error) from error


def spoken(name: str) -> str:
    """A file's name as a sentence can hold it: one line, nothing unprintable, not too long."""
    plain = name.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "?" for c in plain)[:200]


def _unknown(name: str, suffix: str) -> CorpusError:
    if suffix.lower() in (".doc", ".docm", ".rtf", ".odt", ".dot", ".dotx", ".dotm"):
        return CorpusError(f"{name}: filtypen {suffix} kan ikke læses. Åbn filen, og gem den som .docx.", "type")
    return CorpusError(f"{name}: filtypen {spoken(suffix) or '(ingen)'} kan ikke læses. Brug en af {', '.join(sorted(READERS))}.", "type")


def _large(name: str, limits: Limits) -> CorpusError:
    return CorpusError(f"{name}: filen er større end {limits.bytes // 1_000_000} MB. Læg profilen ind som en mindre fil.", "large")


def _not_there(name: str, error: Exception) -> CorpusError:
    number = error.errno if isinstance(error, OSError) else errno.ELOOP if isinstance(error, RuntimeError) else errno.ENOENT
    if number in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        return CorpusError(f"{name}: filen findes ikke. Tjek stien.", "missing")
    if number == errno.ELOOP:
        return CorpusError(f"{name}: filen er en genvej, der peger på sig selv. Angiv selve filen.", "special")
    if number == errno.ENXIO:
        return CorpusError(f"{name}: det er ikke en almindelig fil. Angiv en fil med profilens tekst.", "special")
    return CorpusError(f"{name}: filen kan ikke læses ({os.strerror(number or errno.EIO)}).", "unreadable")
