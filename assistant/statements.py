"""An answer's text → the sentences that state something, and the numbers that each cites.

Used on finished answers (evaluation) and on what a chat model writes. Left to others: whether they hold (`checking`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant import wording
from corpus.danish import sentences

Span = tuple[int, int]
MARK = re.compile(r"\s*\[(\d{1,3})\]")
VERDICT = re.compile(r"^(?:ja|nej|yes|no)[.,]\s*", re.IGNORECASE)
_SET_PIECES = ("hello", "thanks", "bye", "help", "calm", "off_topic", "assess", "absent", "absent_amount", "rest")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an answer, without marks, and the numbers that it cites."""

    text: str
    marks: tuple[int, ...]


def statements(answer: str) -> list[Statement]:
    """The sentences of an answer that state something; a mark after the full stop belongs to the sentence before it.

    Greetings, refusals and counter-questions are set pieces and left out. "Ja." belongs to the sentence after it.

    >>> statements("Ja. Det er et krav. [1] Ring f.eks. til Ida. [2][3]")
    [Statement(text='Ja. Det er et krav.', marks=(1,)), Statement(text='Ring f.eks. til Ida.', marks=(2, 3))]
    """
    if is_set_piece(answer):
        return []
    found = [one for line in answer.split("\n") for one in of_line(line)]
    return [one for one in found if not is_set_piece(one.text)]


def is_set_piece(text: str) -> bool:
    """Whether a text is one of our own sentences that state nothing about a profile."""
    plain = " ".join(MARK.sub("", text).split())
    return not re.search(r"\w", plain) or plain in _said() or any(plain.startswith(table["which"]) for table in wording.SAYINGS.values())


@lru_cache(maxsize=1)
def _said() -> frozenset[str]:
    whole = {table[key] for table in wording.SAYINGS.values() for key in _SET_PIECES if key in table}
    return frozenset(whole | {text[a:b] for text in whole for a, b in sentences(text)})


def of_line(line: str) -> list[Statement]:
    """The statements of one line, set pieces and all."""
    line = re.sub(r"^\s*- ", "", line)
    plain, marks = "", []
    for piece in re.split(r"(\s*\[\d{1,3}\])", line):
        if match := MARK.fullmatch(piece):
            marks.append((len(plain), int(match[1])))
        else:
            plain += piece
    spans = _joined([span for span in sentences(plain) if re.search(r"\w", plain[slice(*span)])], plain)
    owned: dict[int, list[int]] = {at: [] for at in range(len(spans))}
    for place, number in marks:
        owner = max((at for at, (start, _) in enumerate(spans) if start < place), default=0)
        owned.setdefault(owner, []).append(number)
    return [Statement(plain[start:end], tuple(owned[at])) for at, (start, end) in enumerate(spans)]


def _joined(spans: Sequence[Span], text: str) -> list[Span]:
    """The spans, a bare "Ja." joined to what follows it."""
    out: list[Span] = []
    for start, end in spans:
        if out and VERDICT.fullmatch(text[slice(*out[-1])] + " "):
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out
