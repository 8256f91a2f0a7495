"""A table's rows, as Word and web pages have them → pieces: fact rows, or rows under their column headers."""

from __future__ import annotations

from corpus import structure
from corpus.profiles import BlockKind
from corpus.structure import Piece


def rows_of(rows: list[tuple[bool, tuple[tuple[str, ...], ...]]]) -> list[Piece]:
    """A table's rows, each (is a header, the lines of each cell) → pieces. Two columns: every further line of a cell is a further fact."""
    pieces: list[Piece] = []
    headers: tuple[str, ...] = ()
    width = max((len(cells) for _, cells in rows), default=0)
    for index, (header, lines) in enumerate(rows):
        cells = tuple(" ".join(" ".join(part).split()) for part in lines)
        if not any(cells):
            continue
        if index == 0 and (header or not any(cells[1:])):
            headers = cells if len(cells) > 2 or (any(cells[1:]) and width == 2) else ()
            pieces.append(Piece(BlockKind.ROW, "", cells=cells, level=1))
        elif width == 2 and len(lines) == 2 and len(lines[1]) > 1 and not headers:
            pieces += [Piece(BlockKind.ROW, "", cells=(cells[0] if at == 0 else "", " ".join(line.split()))) for at, line in enumerate(lines[1])]
        else:
            pieces.append(Piece(BlockKind.ROW, "", cells=cells, headers=headers))
    return pieces if any(piece.level for piece in pieces) else structure._headed(pieces)
