"""Bytes → text, in whatever a Danish office saved it: UTF-8, UTF-16, CP1252, a mixture, or the code pages of older machines.

Wrong letters are worse than no letters: what cannot be told is refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from corpus.profiles import CorpusError

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_OLDER = ("cp1252", "mac_roman", "cp850")
_DANISH = frozenset("æøåÆØÅéÉüÜöÖäÄ")
_PUNCTUATION = frozenset("–—‘’“”„…•·«»§°½´`¨²³€£©®™\xa0­×÷±¿¡")
_TWICE = re.compile(r"Ã[\u0080-\u00bf†˜…–‰œ]|Â[\u00a0-\u00bf]|â€[\u0080-\u009f™œ“”˜¦¢]")
_UNDEFINED = frozenset("\x81\x8d\x8f\x90\x9d")


def decode(data: bytes, name: str) -> str:
    """The text in a file's bytes. Raises `CorpusError` when they are no text, or a damaged one.

    >>> decode("på Ågård".encode("cp1252"), "a.txt")
    'på Ågård'
    """
    if not data.strip():
        raise _empty(name)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding, name)
    if b"\x00" in data:
        return _wide(data, name)
    text = _utf8(data)
    if text.count("\ufffd") > max(2, len(text) // 500):
        raise CorpusError(f"{name}: teksten er beskadiget: bogstaver som æ, ø og å er gået tabt. Hent teksten på ny, og gem filen som UTF-8.", "damaged")
    return text


def _empty(name: str) -> CorpusError:
    return CorpusError(f"{name}: filen er tom. Læg en fil med profilens tekst ind.", "empty")


def _strictly(data: bytes, encoding: str, name: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise CorpusError(f"{name}: teksten er beskadiget og kan ikke læses som {encoding}. Gem filen som UTF-8.", "damaged") from error
    if not text.strip():
        raise _empty(name)
    return text


def _wide(data: bytes, name: str) -> str:
    """UTF-16 without its mark: every second byte of Danish text is zero. Anything else with zeros in it is no text."""
    half = max(1, len(data) // 2)
    for encoding, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[0::2])):
        if len(data) % 2 == 0 and zeros.count(0) > 0.9 * half:
            text = _strictly(data, encoding, name)
            if sum(c.isprintable() or c in "\r\n\t\f" for c in text) > 0.99 * len(text):
                return text
    raise CorpusError(f"{name}: filen er ikke tekst, selv om den hedder det. Gem profilen som tekst, og prøv igen.", "type")


def _utf8(data: bytes) -> str:
    """UTF-8; where a byte is none, that of an older code page: the one in which the most of them are Danish letters."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = max((data.decode("utf-8", errors=f"older-{encoding}") for encoding in _OLDER), key=_danish)
    return _TWICE.sub(_once, text)


def _byte(encoding: str) -> Callable[[UnicodeError], tuple[str, int]]:
    """What stands in for a byte that is no UTF-8: its letter in `encoding`."""

    def letter(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        return error.object[error.start : error.start + 1].decode(encoding, "replace"), error.start + 1

    return letter


for _encoding in _OLDER:
    codecs.register_error(f"older-{_encoding}", _byte(_encoding))


def _danish(text: str) -> int:
    """How Danish the letters beyond ASCII are: letters of ours for, others against, and against an apostrophe within a word."""
    odd = [c for c in text if ord(c) > 127]
    inside = sum(2 for match in re.finditer(r"[^\W\d_]([^\x00-\x7f])(?=[^\W\d_])", text) if not match[1].isalpha() and match[1] not in "’­")
    return sum(1 if c in _DANISH else 0 if c in _PUNCTUATION else -1 for c in odd) - inside


def _once(match: re.Match[str]) -> str:
    """A letter that was written as UTF-8 and read as CP1252, put right ("Ã¥" → "å")."""
    try:
        return b"".join(c.encode("cp1252") if c not in _UNDEFINED else bytes([ord(c)]) for c in match[0]).decode("utf-8")
    except UnicodeError:
        return match[0]

