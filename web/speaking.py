"""An answer → what a page shows: paragraphs and lists of words and citations, with addresses for the places they rest on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from assistant.answers import Answer, Citation

_MARK = re.compile(r"\s*\[(\d{1,3})\]")
_LAST = re.compile(r"(?:(?<!\d)(?:\d\d ){3}\d\d\W?|\S+)$")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words, or a citation of them; `bound` is the word before a citation that stays on its line."""

    text: str = ""
    citation: Citation | None = None
    bound: str = ""


@dataclass(frozen=True, slots=True)
class Stanza:
    """A paragraph (one line), or a list (its items' lines)."""

    lines: tuple[tuple[Piece, ...], ...]
    bullets: bool = False


def spoken(answer: Answer) -> list[Stanza]:
    """The answer's text with its `[n]` marks as citations; lines that begin with "- " are a list's items."""
    lines = [line.strip() for line in answer.answer.split("\n") if line.strip()]
    found: list[Stanza] = []
    for bullets, group in groupby(lines, key=lambda line: line.startswith("- ")):
        pieces = [_pieces(line.removeprefix("- "), answer) for line in group]
        found += [Stanza(tuple(pieces), True)] if bullets else [Stanza((one,)) for one in pieces]
    return found


def _pieces(line: str, answer: Answer) -> tuple[Piece, ...]:
    """A line, parted at its marks; a mark without a citation stays words."""
    known = {citation.number: citation for citation in answer.citations}
    found, at = [], 0
    for mark in _MARK.finditer(line):
        if int(mark[1]) in known:
            head, bound = _parted(line[at : mark.start()])
            found += [Piece(head), Piece(citation=known[int(mark[1])], bound=bound)]
            at = mark.end()
    return tuple(piece for piece in [*found, Piece(line[at:])] if piece.text or piece.citation)


def _parted(words: str) -> tuple[str, str]:
    """Words and their last one (a telephone number counts as one), when it is short enough to be kept whole.

    >>> _parted("den 5. maj"), _parted("på 40 17 93 65.")
    (('den 5. ', 'maj'), ('på ', '40 17 93 65.'))
    """
    tail = _LAST.search(words)
    return (words[: tail.start()], tail[0]) if tail and tail.start() and len(tail[0]) <= 20 else (words, "")
