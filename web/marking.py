"""A profile's canonical text → what a page shows: headings, lists, tables, paragraphs, with the cited span marked.

Nothing is searched for: a mark is a stretch of characters, cut at the block's (or the cell's) own borders. Joined, the marks of a
span and the gaps between them are exactly its quote. Left to others: the HTML (`templates/_profile.html`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from assistant.answering import Profile

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some of the text, `text[start:start + len(before + marked + after)]`, of which `marked` is cited (or empty).

    Where the cited span runs on over what parts it from the next stretch, `space` is the white space there and `sign` a list's dash
    or number, which the page shows in its own way.
    """

    start: int
    before: str
    marked: str = ""
    after: str = ""
    space: str = ""
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row; in a header row all cells are headers."""

    cells: tuple[Stretch, ...]
    header: bool = False

    @property
    def alone(self) -> bool:
        """Whether it is a header with words in its first cell only: the table's name, set across it."""
        return self.header and not any(cell.before or cell.marked or cell.after for cell in self.cells[1:])


@dataclass(frozen=True, slots=True)
class Item:
    """A list's item, `depth` from 0; `number` as it stands in the text ("2."), or empty for a bullet."""

    body: Stretch
    depth: int = 0
    number: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One element of the page: `kind` is heading, paragraph, list or table; `level` an HTML heading's, from 3."""

    kind: str
    body: Stretch | None = None
    level: int = 0
    items: tuple[Item, ...] = ()
    rows: tuple[Row, ...] = field(default=())


def shown(profile: Profile, span: Span | None = None) -> list[Shown]:
    """The profile's elements in order, with `span` marked where there is one."""
    levels = sorted({block.level for block in profile.blocks if block.kind.value == "heading"})
    cells = [cell for block in profile.blocks for cell in block.cells or ((block.start, block.end),)]
    cut = {own: _cut(profile.text, own, _following(cells[index + 1 :], profile.text), span) for index, own in enumerate(cells)}
    leads = dict(zip((block.start for block in profile.blocks), [0, *(block.end for block in profile.blocks)], strict=False))
    found: list[Shown] = []
    for kind, group in groupby(profile.blocks, key=lambda block: block.kind.value):
        blocks = list(group)
        bodies = [cut.get((block.start, block.end)) for block in blocks]
        if kind == "item":
            numbers = [_number(profile.text[leads[block.start] : block.start]) for block in blocks]
            found.append(Shown("list", items=tuple(Item(body, min(block.level, 3), number) for block, body, number in zip(blocks, bodies, numbers, strict=True) if body)))
        elif kind == "row":
            found.append(Shown("table", rows=tuple(Row(tuple(cut[cell] for cell in block.cells), block.level == 1) for block in blocks)))
        else:
            found += [Shown(kind, body, min(6, 3 + levels.index(block.level)) if kind == "heading" else 0) for block, body in zip(blocks, bodies, strict=True)]
    return found


def span_of(profile: Profile, start: str | None, end: str | None) -> Span | None:
    """The span that an address names, or None when the profile has no such place."""
    if start is None or end is None or not all(re.fullmatch(r"[0-9]{1,9}", number) for number in (start, end)):
        return None
    span = int(start), int(end)
    return span if span[0] < span[1] <= len(profile.text) else None


def contact(profile: Profile) -> Span | None:
    """Where the profile says whom to ask: the first fact whose label says so, else the first passage with a telephone number."""
    labels = re.compile(r"kontakt|oplysninger|spørgsmål", re.IGNORECASE)
    phone = re.compile(r"(?<!\d)\d\d ?\d\d ?\d\d ?\d\d(?!\d)")
    labelled = [passage for passage in profile.passages if passage.label and labels.search(passage.label)]
    called = [passage for passage in profile.passages if phone.search(profile.quote(passage))]
    for passage in [*(one for one in labelled if one in called), *labelled, *called]:
        return passage.start, passage.end
    return None


def _following(cells: Sequence[Span], text: str) -> int:
    """Where the next stretch with words begins."""
    return next((start for start, end in cells if start < end), len(text))


def _cut(text: str, own: Span, following: int, span: Span | None) -> Stretch:
    """A stretch of the text, cut where the marked span begins and ends in it; the next stretch begins at `following`."""
    start, end = own
    first, last = (max(start, span[0]), min(end, span[1])) if span else (end, end)
    if span is None or first >= last:
        return Stretch(start, text[start:end])
    gap = text[end : min(following, span[1])]
    sign = gap.lstrip()
    return Stretch(start, text[start:first], text[first:last], text[last:end], gap[: len(gap) - len(sign)], sign)


def _number(lead: str) -> str:
    """The number in what stands before an item, if it is numbered."""
    mark = lead.split("\n")[-1].strip()
    return mark if re.match(r"\(?[0-9a-z]+[.)]", mark) else ""


def first_mark(elements: Sequence[Shown]) -> int | None:
    """Where the first mark begins, in characters: the page's anchor; None when nothing is marked."""
    stretches = [stretch for element in elements for stretch in _stretches(element) if stretch.marked]
    return stretches[0].start if stretches else None


def _stretches(element: Shown) -> list[Stretch]:
    own = [element.body] if element.body else []
    return [*own, *(item.body for item in element.items), *(cell for row in element.rows for cell in row.cells)]
