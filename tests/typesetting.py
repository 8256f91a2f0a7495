"""Sets a Markdown profile in two columns as a consultancy would: running headers, page numbers, justified lines, broken words.

For tests. The PDF is written by reportlab; lines are broken here, because that is what is being tested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

REGULAR, BOLD = "Times-Roman", "Times-Bold"
MARGIN, GUTTER, TOP, BOTTOM = 50.0, 20.0, 80.0, 70.0
VOWELS = "aeiouyæøå"


@dataclass
class Setter:
    """A canvas with a cursor that runs down one column and on into the next."""

    out: Path
    header: str
    columns: int = 2
    page: int = 0
    column: int = 0
    y: float = 0.0
    canvas: Canvas = field(init=False)

    def __post_init__(self) -> None:
        self.canvas = Canvas(str(self.out), pagesize=A4, invariant=1)
        self.width = (A4[0] - 2 * MARGIN - (self.columns - 1) * GUTTER) / self.columns
        self.new_page()

    def new_page(self) -> None:
        if self.page:
            self.canvas.showPage()
        self.page, self.column, self.y = self.page + 1, 0, A4[1] - TOP
        self.canvas.setFont(REGULAR, 8)
        self.canvas.drawString(MARGIN, A4[1] - 40, self.header)
        self.canvas.drawRightString(A4[0] - MARGIN, A4[1] - 40, "Stillings- og personprofil")
        self.canvas.drawCentredString(A4[0] / 2, 35, f"Side {self.page}")

    def room(self, height: float) -> None:
        """Makes sure that so much fits below, else goes on in the next column."""
        if self.y - height < BOTTOM:
            self.column += 1
            self.y = A4[1] - TOP
            if self.column == self.columns:
                self.new_page()

    @property
    def x(self) -> float:
        return MARGIN + self.column * (self.width + GUTTER)

    def text(self, text: str, size: float = 10.0, bold: bool = False, indent: float = 0.0, mark: str = "", justify: bool = True) -> None:
        """A paragraph (bold words between asterisks) in lines as wide as the column, each word put where it belongs."""
        room = self.width - indent
        lines = list(broken(fonts(text, bold), size, room, hyphens=size <= 11))
        for number, line in enumerate(lines):
            self.room(1.25 * size)
            self.y -= 1.25 * size
            if mark and number == 0:
                self.put(self.x + indent - 12, mark, REGULAR, size)
            used = sum(stringWidth(word, font, size) for word, font in line)
            gap = (room - used) / (len(line) - 1) if justify and number + 1 < len(lines) and len(line) > 1 else stringWidth(" ", REGULAR, size)
            x = self.x + indent
            for word, font in line:
                self.put(x, word, font, size)
                x += stringWidth(word, font, size) + gap

    def put(self, x: float, text: str, font: str, size: float) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self.y, text)

    def space(self, height: float) -> None:
        self.y -= height

    def row(self, cells: list[str], shares: list[float], bold: bool = False) -> None:
        """A row of a table: every cell broken into lines of its own, the first column bold."""
        size = 9.0
        widths = [share * self.width for share in shares]
        columns = [list(broken(fonts(cell, bold or n == 0), size, width - 6, hyphens=False)) for n, (cell, width) in enumerate(zip(cells, widths, strict=True))]
        height = 1.2 * size * max(len(lines) for lines in columns)
        self.room(height + 4)
        top = self.y
        for n, lines in enumerate(columns):
            for number, line in enumerate(lines, 1):
                self.y = top - 1.2 * size * number
                self.put(self.x + sum(widths[:n]), " ".join(word for word, _ in line), line[0][1], size)
        self.y = top - height - 4


Words = list[tuple[str, str]]


def fonts(text: str, bold: bool) -> Words:
    """The words of a paragraph with the font of each."""
    found: Words = []
    for n, part in enumerate(re.split(r"\*\*", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text))):
        words = [word.replace("*", "") for word in part.split()]
        if found and words and not part[0].isspace() and not words[0][0].isalnum():
            found[-1] = (found[-1][0] + words.pop(0), found[-1][1])
        found += [(word, BOLD if bold or n % 2 else REGULAR) for word in words]
    return found


def broken(words: Words, size: float, room: float, hyphens: bool) -> Iterator[Words]:
    """The lines of a paragraph; a word that doesn't fit is broken where Danish breaks it."""
    line: Words = []

    def width(more: str, font: str) -> float:
        return sum(stringWidth(word, own, size) + stringWidth(" ", own, size) for word, own in line) + stringWidth(more, font, size)

    for word, font in words:
        while line and width(word, font) > room:
            head = next((word[:cut] for cut in reversed(cuts(word)) if width(word[:cut] + "-", font) <= room), "") if hyphens else ""
            yield [*line, (head.removesuffix("-") + "-", font)] if head else line
            word, line = word[len(head) :], []
        line.append((word, font))
    if line:
        yield line


def cuts(word: str) -> list[int]:
    """Where a word may be broken: before the last consonant between two vowels, three letters from either end; after a hyphen."""
    if not re.fullmatch(r"[^\W\d_]{7,}[.,;:]?", word):
        return [at + 1 for at, letter in enumerate(word) if letter == "-" and 1 < at < len(word) - 2 and word[at - 1].isalpha()]
    low = word.lower()
    return [at for at in range(3, len(word) - 2) if low[at] not in VOWELS and low[at + 1] in VOWELS and any(c in VOWELS for c in low[:at]) and low[at].isalpha()]


def typeset(source: Path, out: Path, columns: int = 2) -> Path:
    """The Markdown profile in `source` as a PDF in columns."""
    body = re.sub(r"\A---\n.*?\n---\n", "", source.read_text(encoding="utf-8"), flags=re.DOTALL)
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    title = next(tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open")
    setter = Setter(out, title, columns)
    depth, marks, counts, row, rows = 0, [""], [0], [], []
    for at, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
            counts.append(0)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
            counts.pop()
            if not depth:
                setter.space(6)
        elif token.type == "list_item_open":
            counts[-1] += 1
            marks[-1] = token.info and f"{counts[-1]}." or "•"
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            rows.append(row)
        elif token.type == "table_close":
            longest = [max(stringWidth(word, BOLD, 9.5) for cells in rows for word in f"{cells[n]} x".split()) + 0.4 * max(len(cells[n]) for cells in rows) for n in range(len(rows[0]))]
            shares = [length / sum(longest) for length in longest] if len(longest) > 2 else [0.38, 0.62]
            for number, cells in enumerate(rows):
                setter.row(cells, shares, number == 0)
            setter.space(8)
            rows = []
        elif token.type == "inline":
            before = tokens[at - 1].type
            text = token.content
            if before in ("td_open", "th_open"):
                row.append(text)
            elif before == "heading_open":
                level = int(tokens[at - 1].tag[1])
                setter.space(8)
                setter.room(40)
                setter.text(text, {1: 18.0, 2: 13.0}.get(level, 11.0), bold=True, justify=False)
                setter.space(4)
            elif depth:
                setter.text(text.replace("\n", " "), indent=12.0 + 12 * (depth - 1), mark=marks[-1])
            else:
                for line in re.split(r"(?: {2}|\\\\)\n", token.content):
                    setter.text(line.replace("\n", " "))
                setter.space(6)
    setter.canvas.save()
    return out
