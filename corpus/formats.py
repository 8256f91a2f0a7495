"""Which reader a file gets: by its suffix, once its first bytes agree with it.

Runs in the child process that reads one file (`confined`). Left to others: the formats themselves, and what pieces
become (`building`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from corpus.building import build, too_long
from corpus.limits import Limits
from corpus.profiles import CorpusError, Profile
from corpus.structure import Piece

Read = tuple[dict[str, str], list[Piece]]
Reader = Callable[[bytes, str, Limits], Read]


def profile_of(data: bytes, name: str, suffix: str, limits: Limits) -> Profile:
    """The profile in a file's bytes. Raises `CorpusError`."""
    expect(data, name, suffix)
    if len(data) > _BYTES_A_CHARACTER.get(suffix, limits.bytes) * limits.characters:
        raise too_long(name, limits)
    metadata, pieces = READERS[suffix](data, name, limits)
    return build(pieces, name.rsplit(".", 1)[0] or name, metadata, name, hashlib.sha256(data).hexdigest(), limits)


def expect(data: bytes, name: str, suffix: str) -> None:
    """Raises `CorpusError` for a file that is empty, or whose first bytes are another format's than its name says."""
    if not data.strip(b"\x00\t\n\r\x0c ") or not data.removeprefix(b"\xef\xbb\xbf").strip():
        raise CorpusError(f"{name}: filen er tom. Læg en fil med profilens tekst ind.", "empty")
    found = kind_of(data)
    if found == _EXPECTED.get(suffix, "text"):
        return
    if found == "cfb" and suffix == ".docx":
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise CorpusError(f"{name}: filen er beskyttet med adgangskode. Gem den uden adgangskode, og prøv igen.", "encrypted")
        raise CorpusError(f"{name}: filen er i det gamle Word-format. Åbn den i Word, og gem den som .docx.", "type")
    if found == "text" and suffix in _EXPECTED:
        raise CorpusError(f"{name}: filen hedder {suffix}, men er ren tekst. Gem den på ny som {suffix}, eller omdøb den til .txt.", "type")
    raise CorpusError(f"{name}: filen hedder {suffix}, men er {_CALLED[found]}. Gem profilen som {suffix}, eller giv filen dens rette navn.", "type")


def kind_of(data: bytes) -> str:
    """What the first bytes of a file say that it is: a key of `_CALLED`."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    return "pdf" if b"%PDF-" in data[:1024] else "text"


_MAGIC = (
    (b"%PDF-", "pdf"), (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "cfb"), (b"{\\rtf", "rtf"),
    (b"\x89PNG", "image"), (b"GIF8", "image"), (b"\xff\xd8\xff", "image"), (b"BM6", "image"), (b"II*\x00", "image"), (b"MM\x00*", "image"), (b"RIFF", "image"),
    (b"\x7fELF", "program"), (b"MZ\x90\x00", "program"), (b"\xcf\xfa\xed\xfe", "program"), (b"\x1f\x8b\x08", "archive"), (b"7z\xbc\xaf", "archive"), (b"Rar!\x1a", "archive"), (b"BZh9", "archive"), (b"\xfd7zXZ", "archive"),
)  # fmt: skip
_CALLED = {
    "pdf": "en PDF", "zip": "et zip-arkiv eller et Office-dokument", "cfb": "et gammelt Office-dokument", "rtf": "i formatet RTF", "image": "et billede", "program": "et program", "archive": "et arkiv", "text": "ren tekst",
}  # fmt: skip
_BYTES_A_CHARACTER = {".txt": 2, ".md": 2, ".html": 12, ".htm": 12}
_EXPECTED = {".pdf": "pdf", ".docx": "zip"}


def _text(data: bytes, name: str, limits: Limits) -> Read:
    from corpus import markdown

    return markdown.read_plain(data, name)


def _markdown(data: bytes, name: str, limits: Limits) -> Read:
    from corpus import markdown

    return markdown.read(data, name)


def _webpage(data: bytes, name: str, limits: Limits) -> Read:
    from corpus import webpage

    return webpage.read(data, name)


def _word(data: bytes, name: str, limits: Limits) -> Read:
    from corpus import word

    return word.read(data, name)


def _pdf(data: bytes, name: str, limits: Limits) -> Read:
    from corpus import pdf

    return pdf.read(data, name, limits)


READERS: dict[str, Reader] = {".txt": _text, ".md": _markdown, ".html": _webpage, ".htm": _webpage, ".docx": _word, ".pdf": _pdf}
