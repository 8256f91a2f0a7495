"""Words of a page → lines in reading order, column after column, and tables where words stand in rows.

A gutter is a strip that words on both sides keep clear of over several lines. Bands between lines that cross it are read
left, then right; where the left side holds short labels on the right side's lines it is a table instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from corpus.hyphens import joined
from corpus.rulings import Grid

LEAST_LINES = 3
LABEL = 30
_MARK = re.compile(r"[-*•–▪◦●·‣○■\uf0b7]|\(?(?:\d{1,2}|[a-z])[.)]")


@dataclass(frozen=True, slots=True)
class Box:
    """Text on a page: its box and the line it stands on, in points from the top left corner."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    base: float


@dataclass(frozen=True, slots=True)
class Word(Box):
    """A word on a page, its size in points."""

    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Line(Word):
    """Words in a row. `label`: the bold words it begins with when the rest is not bold. `left`, `right`: its column; `region` numbers that on its page."""

    label: str = ""
    left: float = 0.0
    right: float = 0.0
    region: int = 0
    page: int = 0
    table: Table | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row: for each column the lines in its cell. `bold`: all of it is."""

    cells: tuple[tuple[str, ...], ...]
    bold: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells on a page."""

    rows: tuple[Row, ...]
    page: int = 0


def rows_on(words: Sequence[Word]) -> list[Line]:
    """The words as stretches of lines: parted where the room between two words is wider than a space can be."""
    lines: list[Line] = []
    for row in _baselines(words):
        part: list[Word] = []
        row = sorted(row, key=lambda word: word.x0)
        gaps = [b.x0 - a.x1 for a, b in zip(row, row[1:], strict=False)]
        for at, word in enumerate(row):
            if part and _parts(part, word, gaps, at - 1):
                lines.append(_line(part))
                part = []
            part.append(word)
        lines.append(_line(part))
    return sorted(lines, key=lambda line: (line.base, line.x0))


def _parts(part: Sequence[Word], word: Word, gaps: Sequence[float], at: int) -> bool:
    """Whether the room before a word parts it from the words before. In a line set wide to fill its column every room is the same."""
    size = max(part[-1].size, word.size)
    if len(part) == 1 and _MARK.fullmatch(part[0].text):
        return gaps[at] > 3.5 * size
    if gaps[at] <= max(0.85 * size, 5.0):
        return False
    beside = [gaps[other] for other in (at - 1, at + 1) if 0 <= other < len(gaps)]
    return gaps[at] > 1.3 * size or not any(abs(gap - gaps[at]) < 0.7 for gap in beside)


def _baselines(words: Sequence[Word]) -> list[list[Word]]:
    """Words that stand on one line, whatever the column; what is raised or lowered by a little is on it too."""
    rows: list[list[Word]] = []
    foot = 0.0
    for word in sorted(words, key=lambda word: (word.base, word.x0)):
        if rows and word.base - foot <= max(1.0, 0.22 * max(word.size, rows[-1][0].size)):
            rows[-1].append(word)
        else:
            rows.append([word])
            foot = word.base
    return rows


def _line(words: Sequence[Word]) -> Line:
    """Words side by side as a line; letters set apart (S T I L L I N G) as the word they spell."""
    letters = sum(len(word.text) for word in words)
    size = max({word.size for word in words}, key=lambda size: sum(len(word.text) for word in words if word.size == size))
    bold = sum(len(word.text) for word in words if word.bold) > 0.8 * letters
    text = " ".join(word.text for word in words)
    if len(words) > 4 and all(len(word.text) == 1 for word in words):
        gaps = [b.x0 - a.x1 for a, b in zip(words, words[1:], strict=False)]
        usual = median(gaps)
        text = words[0].text + "".join((" " if gap > 1.7 * usual + 0.5 else "") + word.text for gap, word in zip(gaps, words[1:], strict=True))
    return Line(text, words[0].x0, min(word.top for word in words), max(word.x1 for word in words), max(word.bottom for word in words), median(word.base for word in words), size, bold, "" if bold else _label(words), words=tuple(words))


def _label(words: Sequence[Word]) -> str:
    """The bold words that a line begins with."""
    count = next((at for at, word in enumerate(words) if not word.bold), len(words))
    return " ".join(word.text for word in words[:count])


def in_order(lines: Sequence[Line]) -> list[Line | Table]:
    """The lines of a page in reading order, each in its region, tables in their place."""
    found: list[Line | Table] = []
    for number, region in enumerate(_regions(list(lines), 0)):
        found += [region] if isinstance(region, Table) else _placed(region, number)
    return found


def ruled(words: Sequence[Word], grid: Grid) -> Line | None:
    """The words in a drawn grid as a table that takes a line's place; None when its cells hold more than a table's do."""
    rows: list[Row] = []
    for top, bottom, edges in grid.rows:
        cells = []
        for left, right in zip(edges, edges[1:], strict=False):
            inside = [word for word in words if left <= (word.x0 + word.x1) / 2 < right and top <= (word.top + word.bottom) / 2 < bottom]
            lines = [line for part in in_order(rows_on(inside)) if isinstance(part, Line) for line in [part]] if inside else []
            cells.append((lines, sum(len(line.text) for line in lines)))
        if any(size > 1200 for _, size in cells):
            return None
        rows.append(Row(tuple(_cell(lines) for lines, _ in cells), bool(cells) and all(line.bold for lines, _ in cells for line in lines)))
    if not any(any(row.cells) for row in rows):
        return None
    x0, top, x1, bottom = grid.box
    return Line("", x0, top, x1, bottom, bottom - 4, 10.0, False, table=Table(tuple(rows)))


def _regions(lines: list[Line], depth: int) -> list[list[Line] | Table]:
    """Lines → runs of lines that are read from the top down, and tables."""
    gutter = _gutter(lines) if depth < 4 and len(lines) >= 2 * LEAST_LINES - 2 else None
    if gutter is None:
        return [lines] if lines else []
    found: list[list[Line] | Table] = []
    band: list[Line] = []
    for line in [*sorted(lines, key=lambda line: line.base), None]:
        if line is None or line.x0 < gutter < line.x1:
            found += _band(band, gutter, depth)
            band = []
            if line is not None:
                if found and isinstance(found[-1], list) and found[-1][-1].x0 < gutter < found[-1][-1].x1:
                    found[-1].append(line)
                else:
                    found.append([line])
        else:
            band.append(line)
    return found


def _band(band: list[Line], gutter: float, depth: int) -> list[list[Line] | Table]:
    """Lines that keep clear of a gutter: a table, two columns, or lines on one side only."""
    left, right = [line for line in band if line.x1 <= gutter], [line for line in band if line.x0 >= gutter]
    if not left or not right:
        return _regions(band, depth + 1) if band else []
    inner = _gutter(left)
    if _is_table(left, right) or (inner and _is_table([line for line in left if line.x1 <= inner], [line for line in band if line.x0 >= inner])):
        return [_table(band)]
    return [*_regions(left, depth + 1), *_regions(right, depth + 1)]


def _gutter(lines: Sequence[Line]) -> float | None:
    """The x that the fewest lines cross and that has lines on both sides of it at the same heights; None when there is none."""
    starts = sorted({round(line.x0) for line in lines})
    best: tuple[float, float] | None = None
    for start in starts:
        right = [line for line in lines if line.x0 >= start - 1]
        left = [line for line in lines if line.x1 <= start - 1]
        if min(len(left), len(right)) < 2:
            continue
        crossing = len(lines) - len(left) - len(right)
        shared = _shared(left, right)
        if len(shared) < LEAST_LINES and not (len(shared) == 2 and crossing == 0) or crossing > len(shared):
            continue
        score = len(shared) - 4 * crossing
        edge = max(line.x1 for line in left)
        if best is None or score > best[0]:
            best = (score, (edge + start - 1) / 2 if edge < start - 1 else start - 1.0)
    return best[1] if best else None


def _shared(left: Sequence[Line], right: Sequence[Line]) -> list[Line]:
    """The lines of the thinner side that stand within the height of the other."""
    few, many = sorted((left, right), key=len)
    top, bottom = min(line.top for line in many), max(line.bottom for line in many)
    return [line for line in few if line.bottom > top and line.top < bottom]


def _is_table(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether the left side is labels to the right side's text: short, each on a line of the right side, none a sentence's middle."""
    level = sum(any(abs(line.base - other.base) < 0.35 * line.size for other in right) for line in left)
    short = median(len(line.text) for line in left) <= LABEL
    running = sum(line.text[:1].islower() for line in left) > 0.34 * len(left)
    wide = median(line.x1 - line.x0 for line in left) > 0.8 * median(line.x1 - line.x0 for line in right) and median(len(line.text) for line in left) > 20
    return short and level >= 0.7 * len(left) and not running and not wide


def _table(band: Sequence[Line]) -> Table:
    """Lines in rows and columns as a table. A new row begins where the first column says something new."""
    by_row = _levels(band)
    edges = _column_edges(by_row)
    steps = [0.0, *(b[0].base - a[0].base for a, b in zip(by_row, by_row[1:], strict=False))]
    far = 1.3 * min(steps[1:], default=0.0)
    spaced = max(steps) > far
    rows: list[list[list[Line]]] = []
    for step, level in zip(steps, by_row, strict=True):
        parts = _split(level, edges)
        first = next((line.text for column, line in parts if column == 0), "")
        new = step > far if spaced and first[:1].islower() or spaced and len(parts) == 1 else bool(first)
        if not rows or new or (spaced and step > far and len(parts) > 1):
            rows.append([[] for _ in range(len(edges) + 1)])
        for column, line in parts:
            rows[-1][column].append(line)
    return Table(tuple(Row(tuple(_cell(cell) for cell in row), all(line.bold for cell in row for line in cell)) for row in rows))


def _levels(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that stand on one level, from left to right; the levels from the top down."""
    levels: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.base, line.x0)):
        if levels and abs(levels[-1][0].base - line.base) < 0.35 * line.size:
            levels[-1].append(line)
        else:
            levels.append([line])
    return [sorted(level, key=lambda line: line.x0) for level in levels]


def _column_edges(rows: Sequence[Sequence[Line]]) -> list[float]:
    """Where the second and later columns begin: the ends of the strips that no word stands in and that wide gaps mark in some rows."""
    spans: list[list[float]] = []
    for word in sorted((word for row in rows for line in row for word in line.words), key=lambda word: word.x0):
        if spans and word.x0 < spans[-1][1] + 2:
            spans[-1][1] = max(spans[-1][1], word.x1)
        else:
            spans.append([word.x0, word.x1])
    edges = []
    for (_, end), (start, _) in zip(spans, spans[1:], strict=False):
        both = [row for row in rows if row[0].x0 < end and row[-1].x1 > start]
        wide = [row for row in both if not any(line.x0 < end and line.x1 > start for line in row)]
        if wide and len(wide) >= 0.3 * len(both):
            edges.append(start - 1)
    return edges


def _split(row: Sequence[Line], edges: Sequence[float]) -> list[tuple[int, Line]]:
    """A row's lines cut at the columns' edges: (column, line)."""
    found: list[tuple[int, Line]] = []
    for line in row:
        parts: dict[int, list[Word]] = {}
        for word in line.words:
            parts.setdefault(sum(word.x0 >= edge for edge in edges), []).append(word)
        found += [(column, _line(words)) for column, words in sorted(parts.items())]
    return found


def _cell(lines: Sequence[Line]) -> tuple[str, ...]:
    """The lines of a cell as its facts: a line that stops short of the cell's width ends one."""
    if not lines:
        return ()
    right = max(line.x1 for line in lines)
    facts: list[list[str]] = []
    before: Line | None = None
    for line in lines:
        short = before is not None and before.x1 < right - 0.25 * (right - before.x0) and not before.text.endswith(("-", "\u00ad", ","))
        if before is None or (short and not line.text[:1].islower()):
            facts.append([])
        facts[-1].append(line.text)
        before = line
    return tuple(joined(fact) for fact in facts)


def _placed(lines: Sequence[Line], number: int) -> list[Line | Table]:
    """The lines of a region from the top down; stretches of one line put together again, or, far apart, a row of two."""
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    found: list[Line | Table] = []
    levels = _levels(lines)
    at = 0
    while at < len(levels):
        row = levels[at]
        stop = _table_end(levels, at)
        if row[0].table is not None:
            found += [line.table for line in row if line.table is not None]
            row = [line for line in row if line.table is None]
        if stop > at:
            found.append(_table([line for level in levels[at:stop] for line in level]))
        elif row:
            whole = replace(row[0], text=" ".join(line.text for line in row), x1=row[-1].x1, top=min(line.top for line in row), bottom=max(line.bottom for line in row))
            whole = replace(whole, words=tuple(word for line in row for word in line.words), bold=all(line.bold for line in row))
            found.append(replace(whole, left=left, right=right, region=number))
        at = max(stop, at + 1)
    return found


def _table_end(levels: Sequence[Sequence[Line]], at: int) -> int:
    """Where the table ends that begins at a level: at it, when none does. Its rows have words on both sides of one edge."""
    first = levels[at]
    if len(first) < 2 or any(line.table for line in first) or len(first[0].text) > LABEL or len(first[0].text.strip()) < 3:
        return at
    edge, parted, stop = first[1].x0, 1, at + 1
    for here, level in enumerate(levels[at + 1 :], at + 1):
        starts = [word.x0 for line in level for word in line.words]
        runs_over = any(line.x0 < edge - 2 and line.x1 > edge and len(line.text) > 1.5 * LABEL for line in level)
        if runs_over or any(line.table for line in level) or level[0].base - levels[here - 1][0].base > 3 * level[0].size or any(word.x0 < edge - 2 and word.x1 > edge + 1 for line in level for word in line.words):
            break
        on_edge = any(abs(start - edge) < 2.5 for start in starts)
        if min(starts) >= edge - 2 or (on_edge and len(" ".join(word.text for line in level for word in line.words if word.x0 < edge - 2)) <= LABEL):
            parted += on_edge and min(starts) < edge - 2
            stop = here + 1
        elif max(word.x1 for line in level for word in line.words) < edge and len(first) > 1 and here + 1 < len(levels) and levels[here + 1][0].base - level[0].base < 2 * level[0].size:
            continue
        else:
            break
    if parted == 1:
        return at + 1 if len(first) == 2 and first[1].x0 - first[0].x1 > 1.6 * first[0].size else at
    return stop
