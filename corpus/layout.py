"""Words on pages → pieces in reading order: running headers gone, columns one after another, tables as rows, lines as paragraphs.

Left to others: which words a page shows (`pdf`), the finding of columns and tables (`columns`), what a paragraph's own
lines mean (`markdown.paragraph`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from corpus import structure
from corpus.columns import Line, Table, Word, in_order, rows_on, ruled
from corpus.danish import MONTHS
from corpus.hyphens import joined
from corpus.markdown import paragraph
from corpus.profiles import BlockKind
from corpus.rulings import Grid
from corpus.structure import BULLET, Piece, clean
from corpus.tables import rows_of

_END = re.compile(r"[.!?…:;][\"”»’')\]]*$")
_PAGE_NUMBER = re.compile(r"^\W*(?:(?:side|page|s\.)\s*)?\d{1,3}(?:\s*(?:af|of|/|\|)\s*\d{1,3})?\W*$", re.IGNORECASE)
_MARGIN = 0.13
_COUNTED = r"\(?(\d{1,2}|[a-z])[.)]\s+\S"
_ORDINAL = r"\d{1,2}\. (?:" + "|".join(MONTHS) + r"|samtale|runde)"


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows: its number from 1, its size in points, its words. `is_picture`: an image covers it and no text does."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    is_picture: bool = False
    grids: tuple[Grid, ...] = ()

    def lines(self) -> list[Line]:
        """The page's lines; a table in a drawn grid takes the place of one."""
        words, found = list(self.words), []
        for grid in self.grids:
            x0, top, x1, bottom = grid.box
            inside = [word for word in words if x0 <= (word.x0 + word.x1) / 2 <= x1 and top <= (word.top + word.bottom) / 2 <= bottom]
            if table := ruled(inside, grid):
                found.append(table)
                words = [word for word in words if word not in inside]
        return sorted([*rows_on(words), *found], key=lambda line: (line.base, line.x0))


def pieces_of(pages: Sequence[Page]) -> list[Piece]:
    """The pages' pieces, in the order in which they are read."""
    shown = [(page, page.lines()) for page in pages]
    running = _running(shown)
    flow: list[Line | Table] = []
    for page, lines in shown:
        kept = [line for line in lines if (page.number, line) not in running]
        flow += [replace(part, page=page.number) for part in in_order(kept)]
    return structure._mend(_Composer([part for part in flow if isinstance(part, Line)]).compose(flow))


def _running(shown: Sequence[tuple[Page, list[Line]]]) -> set[tuple[int, Line]]:
    """The running headers, footers and page numbers: what stands in the same place of the margin on several pages, numbers aside."""
    margins = [(page, line) for page, lines in shown for line in lines if line.bottom < _MARGIN * page.height or line.top > (1 - _MARGIN) * page.height]
    keys = {(page.number, line): (re.sub(r"\d+", "#", clean(line.text)).strip(), round(line.base / 6), line.top > page.height / 2) for page, line in margins}
    pages_of: dict[tuple[str, bool], set[int]] = {}
    for (number, _), (text, _, low) in keys.items():
        pages_of.setdefault((text, low), set()).add(number)
    needed = max(2, round(0.3 * len(shown)))
    found = {key for key, (text, _, low) in keys.items() if len(pages_of[text, low]) >= needed and len(shown) > 1}
    places = {(keys[key][1], keys[key][0]) for key in found}
    steady = {key for key in found if sum((keys[key][1] + near, keys[key][0]) in places for near in (-1, 0, 1)) and _placed(key, keys) >= 2}
    return steady | {(page.number, line) for page, line in margins if _PAGE_NUMBER.match(clean(line.text)) and _alone(line, page, shown)}


def _placed(key: tuple[int, Line], keys: dict[tuple[int, Line], tuple[str, int, bool]]) -> int:
    """On how many pages a line's words stand at its height and in its size."""
    text, place, low = keys[key]
    return len({number for (number, line), (other, at, side) in keys.items() if other == text and side == low and abs(at - place) <= 1 and abs(line.size - key[1].size) < 0.6})


def _alone(line: Line, page: Page, shown: Sequence[tuple[Page, list[Line]]]) -> bool:
    """Whether a line that could be a page number stands at the very edge of the text."""
    others = next(lines for found, lines in shown if found is page)
    return all(other.top <= line.bottom + 1 for other in others) or all(other.bottom >= line.top - 1 for other in others)


def _count(number: str) -> int:
    return int(number) if number.isdigit() else ord(number) - 96


class _Composer:
    """Lines and tables in reading order → pieces. Knows the size of the body text and the ranks of the sizes above it."""

    def __init__(self, lines: Sequence[Line]) -> None:
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[line.size] += len(line.text)
        self.body = sizes.most_common(1)[0][0] if sizes else 10.0
        weight: Counter[bool] = Counter()
        for line in lines:
            weight[line.bold] += len(line.text) if abs(line.size - self.body) < 0.6 else 0
        self.bold_body = weight[True] > weight[False]
        larger = sorted({round(line.size) for line in lines if line.size > 1.1 * self.body}, reverse=True)
        self.ranks = {size: rank for rank, size in enumerate(larger, 1)}
        deltas = [b.base - a.base for a, b in zip(lines, lines[1:], strict=False) if a.page == b.page and 0 < b.base - a.base < 3 * a.size and abs(a.size - self.body) < 0.6 and abs(b.size - self.body) < 0.6]
        self.leading = min(median(deltas), 2.2 * self.body) if deltas else 1.3 * self.body
        self.pieces: list[Piece] = []
        self.run: list[Line] = []
        self.kind = BlockKind.PARAGRAPH
        self.indents: list[float] = []
        self.counted = 0

    def compose(self, flow: Sequence[Line | Table]) -> list[Piece]:
        """The pieces of lines and tables."""
        for part, following in zip(flow, [*flow[1:], None], strict=True):
            if isinstance(part, Table):
                self.flush()
                self.table(part)
                continue
            self.line(part, following if isinstance(following, Line) else None)
        self.flush()
        return self.pieces

    def table(self, table: Table) -> None:
        """Adds a table; one that goes on from the page before, its header repeated, goes on under the same header."""
        rows = [(row.bold, row.cells) for row in table.rows]
        last = self.pieces[-1] if self.pieces else None
        if last is not None and last.headers and table.page != last.page and tuple(" ".join(cell) for cell in rows[0][1]) == last.headers:
            self.pieces += [replace(piece, headers=last.headers, level=0, page=table.page) for piece in rows_of([(False, ()), *rows[1:]])]
            return
        self.pieces += [replace(piece, page=table.page) for piece in rows_of(rows)]

    def line(self, line: Line, following: Line | None) -> None:
        """Adds one line: to what is being read, or as the beginning of something new."""
        kind = self.kind_of(line, following)
        if self.run and not self.goes_on(line, kind):
            self.flush()
        if not self.run:
            self.kind = kind
        if kind is BlockKind.ITEM and (number := re.match(_COUNTED, clean(line.text).strip())):
            self.counted = _count(number[1])
        self.run.append(line)

    def kind_of(self, line: Line, following: Line | None) -> BlockKind:
        """What a line would begin."""
        text = clean(line.text).strip()
        if (BULLET.match(text) and not self.is_dash(text)) or (re.match(_COUNTED, text) and self.is_numbered(line, text)):
            return BlockKind.ITEM
        if self.is_heading(line, text) and not (following is not None and following.label and following.size == line.size and self.full(line, following)):
            return BlockKind.HEADING
        return BlockKind.PARAGRAPH

    def is_dash(self, text: str) -> bool:
        """Whether a line begins with the dash of a sentence that is going on, and no list's."""
        return bool(self.run) and self.kind is not BlockKind.HEADING and text[0] in "–-" and not _END.search(clean(self.run[-1].text).strip()) and text[1:].strip()[:1].islower()

    def is_numbered(self, line: Line, text: str) -> bool:
        """Whether a line that begins "2. " is a list's: it counts on from the item before it, or is body text that opens a list."""
        if (line.bold and not self.bold_body) or line.size > 1.1 * self.body or re.match(_ORDINAL, text) or (self.run and re.search(r"[^\W_]-$", clean(self.run[-1].text).strip())):
            return False
        own = re.match(_COUNTED, text)
        return own is not None and _count(own[1]) in (1, self.counted + 1)

    def is_heading(self, line: Line, text: str) -> bool:
        """Whether a line looks like a heading: larger than the body, or bold and short with more to say below."""
        if not re.search(r"[^\W\d_]{2}", text) or len(text) > 140:
            return False
        if line.size > 1.1 * self.body:
            return True
        return line.bold and not self.bold_body and len(text) < 90 and not text.endswith((".", ",")) and line.size > 0.9 * self.body

    def goes_on(self, line: Line, kind: BlockKind) -> bool:
        """Whether a line belongs to what is being read."""
        before, text = self.run[-1], clean(line.text).strip()
        step = line.base - before.base
        near = line.page == before.page and line.region == before.region and 0 < step <= 1.28 * max(self.leading * line.size / self.body, 1.1 * line.size)
        if kind is BlockKind.HEADING or self.kind is BlockKind.HEADING:
            return kind is self.kind and near and abs(line.size - before.size) < 0.6 and line.bold == before.bold and not _END.search(clean(before.text).strip())
        if kind is BlockKind.ITEM:
            return False
        broken = re.search(r"[^\W_]-$", clean(before.text).strip()) is not None or before.text.endswith("\u00ad")
        open_sentence = not _END.search(clean(before.text).strip())
        lower = text[:1].islower() or text[:1] in ",;)–"
        if line.page != before.page or line.region != before.region:
            return abs(line.size - before.size) < 0.6 and not self.named(line, text) and (broken or (open_sentence and lower) or self.full(before, line))
        if not near:
            return False
        if broken or (open_sentence and lower):
            return True
        if not self.full(before, line) or self.named(line, text) and (not open_sentence or self.named(self.run[0], clean(self.run[0].text).strip())):
            return False
        if self.kind is BlockKind.ITEM:
            return line.x0 > self.run[0].x0 + 0.3 * line.size or open_sentence
        return line.x0 <= before.x0 + 0.9 * line.size or before.x0 > before.left + 1

    def full(self, before: Line, after: Line) -> bool:
        """Whether a line ran on to the next: its first word would not have fitted on the line."""
        first = after.words[0] if after.words else None
        room = (first.x1 - first.x0 if first else 0.0) + 0.2 * before.size
        return before.x1 + room > before.right - 3

    def named(self, line: Line, text: str) -> bool:
        """Whether a line begins with a label of its own ("Frist: 1. maj"), or with words that are set bold as one."""
        match = structure._LABEL_LINE.match(text)
        return bool(match and match["value"] and len(match["label"].split()) <= 4) or (len(line.label) > 2 and line.label[-1] in ".:?")

    def flush(self) -> None:
        """Ends what is being read and makes its pieces."""
        if not self.run:
            return
        first = self.run[0]
        text = " ".join(clean(joined([line.text for line in self.run])).split())
        if self.kind is BlockKind.HEADING and len(text) < 160:
            self.counted = 0
            self.pieces.append(Piece(BlockKind.HEADING, text.rstrip(":") if first.size <= 1.1 * self.body else text, self.level(first), page=first.page))
        elif self.kind is BlockKind.ITEM:
            mark = re.match(r"\s*(\S+)\s+", text)
            own = mark[1] if mark else "-"
            words = text[mark.end() :] if mark else text
            self.pieces.append(Piece(BlockKind.ITEM, words, self.depth(first), page=first.page, mark=own if own[0].isalnum() or own[0] == "(" else "-"))
        elif first.label.endswith(":") and len(first.label.split()) < 10 and text.startswith(first.label) and len(text) > len(first.label) + 1:
            self.pieces.append(Piece(BlockKind.ROW, "", cells=(first.label, text[len(first.label) :].strip()), page=first.page))
        elif text:
            self.pieces += [replace(piece, page=first.page) for piece in paragraph(text)]
        self.run = []

    def level(self, line: Line) -> int:
        """A heading's level by the rank of its size; bold body text ranks below every larger size."""
        return min(6, self.ranks.get(round(line.size), len(self.ranks) + 1))

    def depth(self, line: Line) -> int:
        """How deep in its list an item stands, by the indentation of the item before it."""
        last = self.pieces[-1] if self.pieces else None
        if last is None or last.kind is not BlockKind.ITEM:
            self.indents = [line.x0 - line.left]
            return 0
        offset = line.x0 - line.left
        while len(self.indents) > 1 and offset < self.indents[-1] - 0.5 * line.size:
            self.indents.pop()
        if offset > self.indents[-1] + 0.8 * line.size:
            self.indents.append(offset)
        return min(3, len(self.indents) - 1)

