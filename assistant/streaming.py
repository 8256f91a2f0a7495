"""Pieces of text as a chat model sends them → whole sentences, each with the numbers it cites.

A half-received marker, a sentence that may go on and a model's thinking aloud (`<think>`) are held back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.statements import Statement, of_line

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|$)", re.DOTALL)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_DRESS = re.compile(r"[*_`#]+|[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_MARKS = re.compile(r"[\[(](?:kilde|source|nr\.?)?\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)[\])]", re.IGNORECASE)
_SETTLED = 12


@dataclass(frozen=True, slots=True)
class Arrived:
    """A whole sentence; `bullet` when it is a line of a list."""

    statement: Statement
    bullet: bool


class Arriving:
    """Collects pieces. `feed` gives the sentences that are whole by now, `rest` what is left at the end."""

    def __init__(self) -> None:
        self.text = ""
        self._given = 0

    def feed(self, piece: str) -> list[Arrived]:
        """The sentences that this piece completes.

        >>> arriving = Arriving()
        >>> [arriving.feed(piece) for piece in ("Der er 412 elev", "er. [", "1", "] Skolen lig")]
        [[], [], [], []]
        >>> [arrived.statement for arrived in arriving.feed("ger i Birkelund. [2]")]
        [Statement(text='Der er 412 elever.', marks=(1,))]
        """
        self.text += piece
        *lines, last = self._visible().split("\n")
        whole = [one for line in lines for one in _read(line)]
        open_ones = _read(last)
        begun = open_ones[-1].statement.text if open_ones else ""
        settled = len(begun) >= _SETTLED and not begun.startswith(("[", "(")) and not last.rstrip().endswith("[")
        return self._new([*whole, *(open_ones[:-1] if settled else open_ones[:-2])])

    def rest(self) -> list[Arrived]:
        """What is left when no more comes."""
        return self._new([one for line in self._visible().split("\n") for one in _read(line)])

    def _new(self, found: list[Arrived]) -> list[Arrived]:
        new = found[self._given :]
        self._given = max(self._given, len(found))
        return new

    def _visible(self) -> str:
        """The text without thoughts; what may become a tag waits."""
        text = _THOUGHT.sub("", self.text)
        at = text.rfind("<")
        return text[:at] if at >= 0 and "<thinking>".startswith(text[at:].casefold()) else text


def _read(line: str) -> list[Arrived]:
    """The sentences of a line, Markdown's dress taken off, "[1, 2]" and "(kilde 1)" read as marks."""
    bullet = bool(_BULLET.match(line))
    plain = _MARKS.sub(_apart, _DRESS.sub("", _BULLET.sub("", line)))
    return [Arrived(one, bullet) for one in of_line(plain)]


def _apart(match: re.Match[str]) -> str:
    """"[1, 2]" as "[1][2]"; a bare "(2027)" stays."""
    if match.group()[0] == "(" and re.fullmatch(r"\(\d+\)", match.group()):
        return match.group()
    return "".join(f"[{number}]" for number in re.findall(r"\d+", match[1]))
