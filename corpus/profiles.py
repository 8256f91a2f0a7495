"""The words of the corpus: a profile is one canonical text, and everything else is a span of it.

Left to others: how a file becomes a profile (`reading`, `structure`), how passages are cut (`splitting`).
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class CorpusError(Exception):
    """A file that cannot become a profile. Written for the person who added it (Danish: which file, why, the way out).

    `reason` is one word for programs: missing, special, unreadable, empty, scan, type, encrypted, damaged, unsafe, large, slow, memory,
    or fault, when the reader itself failed.
    """

    def __init__(self, message: str, reason: str = "unreadable") -> None:
        super().__init__(message)
        self.reason = reason

    def to_json(self) -> dict[str, str]:
        """The refusal as plain data."""
        return {"refused": str(self), "reason": self.reason}

    @classmethod
    def from_json(cls, data: dict[str, str]) -> CorpusError:
        """The refusal that `to_json` wrote. Raises `KeyError` for other data."""
        return cls(data["refused"], data["reason"])


def damaged(name: str) -> str:
    """The sentence for a file that its reader can make nothing of."""
    return f"{name}: filen er beskadiget og kan ikke læses. Gem den på ny fra det program, den er skrevet i, og prøv igen."


class BlockKind(StrEnum):
    """What a stretch of the canonical text is to its reader."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the canonical text with one role, `text[start:end]`, in characters.

    `level` is the depth: 1-6 for headings, 0, 1 … for (nested) list items, 1 for a table's header row. `cells` are the spans of a row's
    cells, `headers` the wording of its table's header row. `page` counts from 1 where the file has pages.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    cells: tuple[tuple[int, int], ...] = ()
    headers: tuple[str, ...] = ()
    page: int | None = None


class PassageKind(StrEnum):
    """The smallest things that answer a question."""

    FACT = "fact"
    ITEM = "item"
    SENTENCE = "sentence"
    HEADING = "heading"


@dataclass(frozen=True, slots=True)
class Passage:
    """A quotable span of a profile with the context it is read in.

    `section` is the path of headings above it, outermost first; `label` the fact label it is the value of;
    `lead` the sentence that introduces its list. Passages of one list, table, cell or paragraph share `group`.
    """

    kind: PassageKind
    start: int
    end: int
    section: tuple[str, ...] = ()
    label: str | None = None
    lead: str | None = None
    lead_span: tuple[int, int] | None = None
    group: int = 0
    level: int = 0
    page: int | None = None
    headers: tuple[str, ...] = ()

    @property
    def heading(self) -> str | None:
        """The nearest heading or fact label, as citations show it."""
        return self.label or (self.section[-1] if self.section else None)


@dataclass(frozen=True, slots=True)
class Profile:
    """One job's document: canonical text, its blocks and passages, and what its front matter says.

    Every offset counts characters of `text`. `source` is the file's name; `fingerprint` the sha256 of its bytes.
    """

    slug: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    passages: tuple[Passage, ...]
    employer: str | None = None
    deadline: str | None = None
    source: str = ""
    fingerprint: str = ""
    metadata: dict[str, str] = field(default_factory=dict)

    def quote(self, passage: Passage) -> str:
        """The passage's own words: exactly `text[start:end]`."""
        return self.text[passage.start : passage.end]

    def context(self, passage: Passage) -> str:
        """The words a passage is read under: headings, lead-in, label and column headers, then the passage itself."""
        above = [*passage.section[-2:], passage.lead or "", passage.label or "", *passage.headers]
        return "\n".join([*(line for line in above if line), self.quote(passage)])


def to_json(profile: Profile) -> dict[str, Any]:
    """A profile as plain data."""
    return asdict(profile)


def from_json(data: dict[str, Any]) -> Profile:
    """The profile that `to_json` wrote, before or after a way through JSON."""
    blocks = tuple(Block(**{**b, "kind": BlockKind(b["kind"]), "cells": tuple((c[0], c[1]) for c in b["cells"]), "headers": tuple(b["headers"])}) for b in data["blocks"])
    passages = tuple(
        Passage(**{**p, "kind": PassageKind(p["kind"]), "section": tuple(p["section"]), "headers": tuple(p["headers"]), "lead_span": tuple(p["lead_span"]) if p["lead_span"] else None})
        for p in data["passages"]
    )
    return Profile(**{**data, "blocks": blocks, "passages": passages})


_LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "Æ": "ae", "Ø": "oe", "Å": "aa", "é": "e", "ü": "u", "ö": "oe", "ä": "ae"})


def slugify(name: str) -> str:
    """A readable address for a profile.

    >>> slugify("Skoleleder på Ågård")
    'skoleleder-paa-aagaard'
    """
    plain = re.sub(r"[^a-z0-9]+", "-", name.translate(_LETTERS).lower())
    return plain.strip("-")[:80].strip("-") or "profil"
