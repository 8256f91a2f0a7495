"""The drawn lines of a page → the grids of its tables.

Where a stretch of one row of pixels differs from the row below it, a line or the edge of a shaded band is drawn; the same
for columns. Three levels of lines with lines down between them make a grid of cells. Works on the page as drawn, whatever
drew it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]
_ACROSS = re.compile(rb"[^\x00]{40,}")
_DOWN = re.compile(rb"[^\x00]{20,}")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table's box in points and its rows: (top, bottom, the x of every line down that crosses the row, ends included)."""

    box: Box
    rows: tuple[tuple[float, float, tuple[float, ...]], ...]


@dataclass(slots=True)
class _Edge:
    """A stretch of a drawn line: its place across, and from where to where."""

    at: float
    start: float
    end: float


def grids(ink: bytes, stride: int, width: int, scale: float, pictures: Sequence[Box]) -> list[Grid]:
    """The grids on a page of grey pixels (`stride` bytes a row, `width` of them shown, `scale` pixels a point)."""
    across = [edge for edge in _edges_across(ink, stride, width, scale) if not _within(pictures, (edge.start + edge.end) / 2, edge.at)]
    if len({round(edge.at) for edge in across}) < 3 or len(across) > 2000:
        return []
    down = [edge for edge in _edges_down(ink, stride, width, scale) if not _within(pictures, edge.at, (edge.start + edge.end) / 2)]
    if len(down) > 2000:
        return []
    return [grid for group in _groups(across) if (grid := _grid(group, down))]


def _within(pictures: Sequence[Box], x: float, y: float) -> bool:
    return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in pictures)


def _edges_across(ink: bytes, stride: int, width: int, scale: float) -> list[_Edge]:
    rows = [int.from_bytes(ink[at : at + width], "big") for at in range(0, len(ink) - stride + 1, stride)]
    found: list[_Edge] = []
    for y, (above, below) in enumerate(zip(rows, rows[1:], strict=False)):
        if above != below:
            for run in _ACROSS.finditer((above ^ below).to_bytes(width, "big")):
                found.append(_Edge((y + 1) / scale, run.start() / scale, run.end() / scale))
    return _joined(found)


def _edges_down(ink: bytes, stride: int, width: int, scale: float) -> list[_Edge]:
    height = len(ink) // stride
    columns = [int.from_bytes(ink[x : height * stride : stride], "big") for x in range(width)]
    found: list[_Edge] = []
    for x, (left, right) in enumerate(zip(columns, columns[1:], strict=False)):
        if left != right:
            for run in _DOWN.finditer((left ^ right).to_bytes(height, "big")):
                found.append(_Edge((x + 1) / scale, run.start() / scale, run.end() / scale))
    return [edge for edge in _joined(found) if edge.end - edge.start >= 10]


def _joined(edges: list[_Edge]) -> list[_Edge]:
    """Edges within three points of each other as one line; stretches of it with little room between as one stretch."""
    found: list[_Edge] = []
    for edge in sorted(edges, key=lambda edge: (edge.at, edge.start)):
        near = next((other for other in reversed(found[-60:]) if edge.at - other.at <= 3 and edge.start <= other.end + 4 and edge.end >= other.start - 4), None)
        if near is None:
            found.append(edge)
        else:
            near.start, near.end = min(near.start, edge.start), max(near.end, edge.end)
    return found


def _groups(across: list[_Edge]) -> list[list[_Edge]]:
    """Lines across that begin and end at the same places, near enough below each other to belong to one table."""
    groups: list[list[_Edge]] = []
    for edge in sorted(across, key=lambda edge: edge.at):
        same = next((group for group in reversed(groups) if abs(group[-1].start - edge.start) < 4 and abs(group[-1].end - edge.end) < 4 and edge.at - group[-1].at < 250), None)
        if same is None:
            groups.append([edge])
        else:
            same.append(edge)
    return [group for group in groups if len(group) >= 3]


def _grid(across: list[_Edge], down: list[_Edge]) -> Grid | None:
    """The grid of lines across with the lines down between them; None when nothing parts its columns."""
    x0, x1 = across[0].start, across[0].end
    rows = []
    for above, below in zip(across, across[1:], strict=False):
        if below.at - above.at < 6:
            continue
        inner = sorted({round(edge.at, 1) for edge in down if edge.start <= above.at + 2.5 and edge.end >= below.at - 2.5 and x0 + 4 < edge.at < x1 - 4})
        parted = [x for i, x in enumerate(inner) if i == 0 or x - inner[i - 1] > 4]
        rows.append((above.at, below.at, (x0, *parted, x1)))
    if len(rows) < 2 or max(len(lines) for _, _, lines in rows) < 3:
        return None
    return Grid((x0, across[0].at, x1, across[-1].at), tuple(rows))
