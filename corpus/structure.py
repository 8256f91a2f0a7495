"""Lines → blocks: headings, rows, list items, paragraphs. The canonical text is the blocks written one after another.

A reader of a format hands over `Piece`s (what it knows of a stretch: a heading, an item …); plain text hands over
lines, and `from_lines` reads their shape. `compose` writes the pieces as the canonical text and keeps every span.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace

from corpus.danish import MONTHS, sentences
from corpus.profiles import Block, BlockKind

BULLET = re.compile(r"^(\s*)(?:[-*•–▪◦●·‣○■]|o(?=\s{1,4}[A-ZÆØÅa-zæøå]))\s+(?=\S)")
NUMBERED = re.compile(r"^(\s*)(?:\(?\d{1,2}[.)]|[a-z]\))\s+(?=\S)")
_LABEL_LINE = re.compile(r"^(?P<label>(?:\d{1,2}\. )?[A-ZÆØÅ][^:\t.!?]{1,55}):(?=\s|$)[ \t]*(?P<value>.*)$")
_KNOWN_LABEL = re.compile(
    r"^(?P<label>(?:Stilling(?:en)?|Stillingsbetegnelse|Titel|Arbejdsgiver|Opdragsgiver|Ansættelsessted|Arbejdssted|Tjenestested|Adresse|Refererer til|Reference|Nærmeste leder|Leder|Løn(?: og \w+)?|Lønforhold|Aflønning|"
    r"Ansættelsesvilkår|Ansættelsesforhold|Ansættelsesform|Ansøgningsfrist|Frist|Samtaler|\d\. samtale[r]?|Første samtale|Anden samtale|Test|Tiltrædelse|Start|Opstart|Flere oplysninger|Yderligere oplysninger|Kontakt(?:person(?:er)?)?|"
    r"Arbejdstid|Hjemmeside|Telefon|Proces(?:sen)?(?:s forløb)?|Tidsplan|Budget|Antal (?:ansatte|medarbejdere)|Ansøgning|Referencer|Åremål|Pension))"
    r":?[ \t]+(?P<value>(?=[A-ZÆØÅ\d\"»(]).+)$"
)
_PAGE_LINE = re.compile(r"^\W*(?:(?:side|page|s\.)\s*)?\d{1,3}(?:\s*(?:af|of|/)\s*\d{1,3})?\W*$", re.IGNORECASE)
_DAY_END = re.compile(r"(?:^|\s)\d{1,2}\.$")
_DAY = re.compile(rf"\b\d{{1,2}}\.? (?:{'|'.join(MONTHS)})\b")
_SENTENCE_END = re.compile(r"[.!?…:;][\"”»’')\]]*$")
_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE0000, 0xE0080)])


@dataclass(frozen=True, slots=True)
class Piece:
    """A block before it has a place: its role and words. `cells` for rows, `level` as in `Block`."""

    kind: BlockKind
    text: str
    level: int = 0
    cells: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    page: int | None = None
    mark: str = ""


def clean(text: str) -> str:
    """NFC, one kind of line end, nothing invisible, ligatures and odd spaces written plainly."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.translate(_INVISIBLE).replace("\u00a0", " ").replace("\u202f", " ").replace("\u2028", "\n").replace("\x85", "\n")
    for ligature, letters in (("ﬁ", "fi"), ("ﬂ", "fl"), ("ﬀ", "ff"), ("ﬃ", "ffi"), ("ﬄ", "ffl")):
        text = text.replace(ligature, letters)
    return "".join(c for c in text if c in "\n\t\f" or unicodedata.category(c) not in {"Cc", "Cs", "Co"})


def compose(pieces: list[Piece]) -> tuple[str, tuple[Block, ...]]:
    """The canonical text and its blocks. Pieces are parted by a line; headings and paragraphs by an empty one."""
    out: list[str] = []
    blocks: list[Block] = []
    at = 0
    previous: Piece | None = None
    for piece in pieces:
        if previous is not None:
            close = previous.kind == piece.kind and piece.kind in (BlockKind.ITEM, BlockKind.ROW)
            gap = "\n" if close else "\n\n"
            out.append(gap)
            at += len(gap)
        lead = "  " * piece.level + piece.mark + " " if piece.kind is BlockKind.ITEM and piece.mark else ""
        body = "\t".join(piece.cells) if piece.kind is BlockKind.ROW else piece.text
        out.append(lead + body)
        start = at + len(lead)
        cells = []
        if piece.kind is BlockKind.ROW:
            offset = start
            for cell in piece.cells:
                cells.append((offset, offset + len(cell)))
                offset += len(cell) + 1
        blocks.append(Block(piece.kind, start, start + len(body), piece.level, tuple(cells), piece.headers, piece.page))
        at = start + len(body)
        previous = piece
    return "".join(out), tuple(blocks)


def from_lines(text: str, base_level: int = 1) -> list[Piece]:
    """Plain text → pieces, by the shape of its lines.

    Blank lines, tabs, bullets, `Label:` and short bare lines carry the structure; lines of one broken paragraph
    are joined, words broken over lines too; running headers and page numbers go.
    """
    pages = clean(text).split("\f")
    running = _running_lines(pages)
    lines: list[tuple[str, int | None]] = []
    for number, page in enumerate(pages, 1):
        for line in page.split("\n"):
            if line.strip() in running:
                continue
            lines.append((_plain(line), number if len(pages) > 1 else None))
    wrapped = _is_wrapped([line for line, _ in lines])
    pieces: list[Piece] = []
    for paragraph in _paragraphs(lines, wrapped):
        pieces += _shape([line for line, _ in paragraph], wrapped, paragraph[0][1], base_level)
    return _mend(pieces)


def _running_lines(pages: list[str]) -> set[str]:
    """Lines that recur as headers and footers do: the same words (numbers aside) three times or more."""
    lines = [line.strip() for page in pages for line in page.split("\n") if line.strip()]
    shape = Counter(re.sub(r"\d+", "#", line) for line in lines if len(line) < 90)
    numbers = [line for line in lines if _PAGE_LINE.match(line) and not (line.isdecimal() and _PAGE_LINE.match(line) and len(_counting(lines)) < 3)]
    recurring = {s for s, count in shape.items() if count >= 3 and len(s) > 3 and not BULLET.match(s) and ":" not in s and "\t" not in s}
    found = {line for line in lines if re.sub(r"\d+", "#", line) in recurring}
    return found | (set(numbers) if len(numbers) >= 2 else set())


def _counting(lines: list[str]) -> list[int]:
    """The lines that are only a number and count on from one to the next, as page numbers do."""
    numbers = [int(line) for line in lines if line.isdecimal() and len(line) < 4]
    return numbers if all(b - a == 1 for a, b in zip(numbers, numbers[1:], strict=False)) else []


def _plain(line: str) -> str:
    """The line without Markdown emphasis and with links as their words."""
    line = re.sub(r"!?\[([^\]\n]*)\]\((?:[^)\s]*)\)", r"\1", line)
    line = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", line)
    return re.sub(r"^\*\*|\*\*$", "", line).rstrip()


def _is_wrapped(lines: list[str]) -> bool:
    """Whether paragraphs are broken over lines, as text out of a PDF is: full lines that end in mid-sentence."""
    full = [line for line in lines if len(line) > 25 and "\t" not in line]
    longest = max((len(line) for line in full), default=0)
    if not full or longest > 140:
        return False
    pairs = [(a, b) for a, b in zip(lines, lines[1:], strict=False) if a.strip() and b.strip() and len(a) > 25]
    running_on = sum(1 for a, b in pairs if not _SENTENCE_END.search(a) and (b.strip()[0].islower() or a.endswith("-")))
    return running_on >= max(3, len(full) // 10)


def _paragraphs(lines: list[tuple[str, int | None]], wrapped: bool) -> list[list[tuple[str, int | None]]]:
    """Runs of lines without a blank one; in wrapped text a sentence that runs over a blank line stays one run."""
    runs: list[list[tuple[str, int | None]]] = []
    gap = True
    for line, page in lines:
        if not line.strip():
            gap = True
            continue
        broken = gap and runs and _runs_on(runs[-1][-1][0], line)
        if gap and not broken:
            runs.append([])
        runs[-1].append((line, page))
        gap = False
    return runs


def _runs_on(before: str, after: str) -> bool:
    """Whether `after` continues the sentence that `before` left open."""
    return len(before) > 25 and not _SENTENCE_END.search(before) and after.strip()[:1].islower() and not BULLET.match(after) and "\t" not in before + after


def _shape(lines: list[str], wrapped: bool, page: int | None, level: int) -> list[Piece]:
    """One run of lines → pieces."""
    pieces: list[Piece] = []
    width = _width(lines)
    index = 0
    while index < len(lines):
        line = lines[index]
        bare = line.strip()
        marked = BULLET.match(line) or (NUMBERED.match(line) if _numbered(lines, index) else None)
        label = _LABEL_LINE.match(bare) or (_KNOWN_LABEL.match(bare) if wrapped and not marked else None)
        values = _values_below(lines, index) if label and not label["value"] else 0
        if "\t" in line.strip("\n ") and any(cell.strip() for cell in line.split("\t")) and not marked:
            pieces.append(Piece(BlockKind.ROW, "", cells=tuple(cell.strip() for cell in line.rstrip().split("\t")), page=page))
        elif marked:
            mark = line[: marked.end()].strip()
            pieces.append(Piece(BlockKind.ITEM, line[marked.end() :].strip(), min(3, len(marked[1].expandtabs(4)) // 2), page=page, mark=mark))
        elif bare.startswith("#") and re.match(r"#{1,6} \S", bare):
            pieces.append(Piece(BlockKind.HEADING, bare.lstrip("# "), len(bare) - len(bare.lstrip("#")), page=page))
        elif label and values:
            value = " ".join(part.strip() for part in lines[index + 1 : index + 1 + values])
            pieces.append(Piece(BlockKind.ROW, "", cells=(label["label"] + ":", value), page=page))
            index += values
        elif wrapped and label and label["value"] and len(label["label"].split()) <= 4 and (label.re is _KNOWN_LABEL or len(bare) < 60):
            mark = "" if label.re is _KNOWN_LABEL else ":"
            pieces.append(Piece(BlockKind.ROW, "", cells=(label["label"] + mark, label["value"].strip()), page=page))
        elif wrapped and _opens(lines, index, width):
            heading = _is_heading(bare, True) and index + 1 < len(lines) and not _SENTENCE_END.search(bare) and lines[index + 1].strip()[:1].isupper()
            kind = BlockKind.HEADING if heading and len(bare) < 0.8 * width else BlockKind.PARAGRAPH
            pieces.append(Piece(kind, bare, level + 1 if kind is BlockKind.HEADING else 0, page=page))
        elif pieces and _continues(pieces[-1], bare, wrapped, line):
            pieces[-1] = _joined(pieces[-1], bare)
        elif label and label["value"] and len(label["label"].split()) <= 6 and not wrapped and len(lines) > 1:
            pieces.append(Piece(BlockKind.ROW, "", cells=(label["label"] + ":", label["value"].strip()), page=page))
        elif _is_heading(bare, wrapped) and (len(lines) == 1 or index == 0 or not wrapped or bare.isupper() or index == len(lines) - 1):
            pieces.append(Piece(BlockKind.HEADING, bare, level + (0 if bare.isupper() else 2 if bare.endswith(":") else 1), page=page))
        else:
            pieces.append(Piece(BlockKind.PARAGRAPH, bare, page=page))
        index += 1
    return _headed(pieces)


def _headed(pieces: list[Piece]) -> list[Piece]:
    """A table's first row as its column headers: no figures in it, figures below."""
    rows = [piece for piece in pieces if piece.kind is BlockKind.ROW]
    if len(rows) < 3 or len(rows) != len(pieces) or not rows[0].cells[0] or any(len(row.cells) != len(rows[0].cells) for row in rows):
        return pieces
    first, rest = rows[0].cells[1:], [cell for row in rows[1:] for cell in row.cells[1:]]
    if any(re.search(r"\d{2}", cell) and not re.fullmatch(r"\D*\b20\d\d", cell) for cell in first) or any(len(cell) > 40 for cell in first):
        return pieces
    if len(rows[0].cells) == 2 and not all(re.search(r"\d", cell) for cell in rest):
        return pieces
    return [replace(rows[0], level=1), *(replace(row, headers=rows[0].cells) for row in rows[1:])]


def _width(lines: list[str]) -> float:
    """How wide the column is that a run of lines was set in, in characters (its nine-in-ten line)."""
    lengths = sorted(len(line.strip()) for line in lines)
    return float(lengths[int(0.9 * (len(lengths) - 1))])


def _values_below(lines: list[str], index: int) -> int:
    """How many lines under a bare `Label:` line are its value: short ones, up to the next label, list or long line."""
    count = 0
    for line in lines[index + 1 :]:
        bare = line.strip()
        if count == 4 or len(bare) > 130 or BULLET.match(line) or "\t" in line or bare.endswith(":") or bare.isupper() or _LABEL_LINE.match(bare):
            break
        count += 1
    return count


def _opens(lines: list[str], index: int, width: float) -> bool:
    """In wrapped text: whether a line opens a paragraph (or is a heading), the one before having run out."""
    bare = lines[index].strip()
    if index == 0:
        return True
    before = lines[index - 1].strip()
    if not (bare[:1].isupper() or bare[:1] in "\"'»“") or before.endswith("-"):
        return False
    if _SENTENCE_END.search(before):
        short = len(bare) < 0.7 * width and not _SENTENCE_END.search(bare) and index + 1 < len(lines) and lines[index + 1].strip()[:1].isupper()
        return len(before) < 0.75 * width or (short and _is_heading(bare, True))
    return _is_heading(before, True) and len(before) < 0.6 * width and (index == 1 or bool(_SENTENCE_END.search(lines[index - 2].strip())))


def _numbered(lines: list[str], index: int) -> bool:
    """Whether a line that begins "2. " belongs to a numbered list: a neighbour counts on or back."""
    own = re.match(r"\s*\(?(\d{1,2})[.)]\s+\S", lines[index])
    if not own:
        return bool(re.match(r"\s*[a-z]\)\s", lines[index]))
    numbers = {int(m[1]) for line in lines if (m := re.match(r"\s*\(?(\d{1,2})[.)]\s+\S", line))}
    return (int(own[1]) + 1 in numbers or int(own[1]) - 1 in numbers) and not re.match(r"\s*\d{1,2}\. (?:[a-zæøå]+ )?(?:samtale|runde)", lines[index])


def _continues(piece: Piece, line: str, wrapped: bool, raw: str) -> bool:
    """Whether a line goes on with the piece before it."""
    if piece.kind is BlockKind.ITEM:
        return line[0].islower() or (raw.startswith("  ") and not _SENTENCE_END.search(piece.text)) or (wrapped and len(piece.text) > 30 and not _SENTENCE_END.search(piece.text))
    if piece.kind is BlockKind.PARAGRAPH:
        if not wrapped:
            return line[0].islower() and _unfinished(piece.text, line)
        return not (_is_heading(line, True) and _SENTENCE_END.search(piece.text) and len(piece.text) > 60 and line.isupper())
    if piece.kind is BlockKind.ROW:
        return wrapped and len(piece.cells) == 2 and _unfinished(piece.cells[1], line)
    return wrapped and line[0].islower() and len(piece.text) > 30


def _unfinished(text: str, line: str) -> bool:
    """Whether a line may go on with a text: it has not ended, or ends in the day of a date whose month is to come ("den 19.")."""
    return not _SENTENCE_END.search(text) or (line[0].islower() and bool(_DAY_END.search(text)))


def _joined(piece: Piece, line: str) -> Piece:
    """The piece with a further line, a word broken by a hyphen made whole ("sam-" + "arbejde"), "Skole- og" kept."""
    text = piece.cells[-1] if piece.kind is BlockKind.ROW else piece.text
    if text.endswith("-") and len(text) > 2 and text[-2].isalpha() and line[:1].islower() and not re.match(r"(?:og|eller|samt|til)\b", line):
        joined = text[:-1] + line
    else:
        joined = f"{text} {line}"
    if piece.kind is BlockKind.ROW:
        return replace(piece, cells=(*piece.cells[:-1], joined))
    return replace(piece, text=joined, kind=BlockKind.PARAGRAPH if piece.kind is BlockKind.HEADING and len(joined) > 90 else piece.kind)


def _is_heading(line: str, wrapped: bool) -> bool:
    """Whether a bare line reads as a heading: short, capitalised, and no sentence."""
    if len(line) > (60 if wrapped else 80) or len(line.split()) > 10 or not re.match(r"[\"'»“(\[]?[A-ZÆØÅ\d]", line):
        return False
    if re.match(r"\d+[.)]?\s*\d*$", line) or re.search(r"[.,;]$", line) or not re.search(r"[A-Za-zæøåÆØÅ]{2}", line):
        return False
    if len(line.split()) >= 5 and re.match(r"(?:Vi|Du|Jeg|De|Det|Den|Der|Han|Hun|Man|Alle|Som|I) [a-zæøå]", line) and not line.endswith((":", "?")):
        return False
    if re.search(r"@|\b\d{2} \d{2} \d{2} \d{2}\b|www\.", line):
        return False
    return not (_DAY.search(line) and len(line.split()) >= 5)  # what says when is told, not named


def _mend(pieces: list[Piece]) -> list[Piece]:
    """Second look with the neighbours known: a label line above its value is a row; a lone last line is no heading."""
    mended: list[Piece] = []
    for index, piece in enumerate(pieces):
        following = pieces[index + 1] if index + 1 < len(pieces) else None
        if piece.kind is BlockKind.HEADING and (following is None or (_is_value(piece.text) and following.kind is BlockKind.HEADING)):
            piece = replace(piece, kind=BlockKind.PARAGRAPH, level=0)
        if piece.kind is BlockKind.HEADING and piece.text.endswith(":") and following and following.kind is BlockKind.ITEM:
            piece = replace(piece, kind=BlockKind.PARAGRAPH, level=0)
        if piece.kind is BlockKind.ROW and not any(piece.cells):
            continue
        mended.append(piece)
    return _bare_lists(mended)


def _bare_lists(pieces: list[Piece]) -> list[Piece]:
    """A run of one-sentence paragraphs under a line that ends in a colon is a list that lost its marks."""
    found = list(pieces)
    index = 0
    while index < len(found):
        if found[index].kind in (BlockKind.PARAGRAPH, BlockKind.HEADING) and found[index].text.endswith(":"):
            stop = index + 1
            while stop < len(found) and found[stop].kind is BlockKind.PARAGRAPH and len(found[stop].text) < 260 and len(sentences(found[stop].text)) == 1 and not found[stop].text.endswith(":"):
                stop += 1
            if stop - index > 2:
                found[index] = replace(found[index], kind=BlockKind.PARAGRAPH, level=0) if found[index].kind is BlockKind.PARAGRAPH else found[index]
                found[index + 1 : stop] = [replace(piece, kind=BlockKind.ITEM, mark="") for piece in found[index + 1 : stop]]
            index = stop - 1
        index += 1
    return found


def _is_value(line: str) -> bool:
    """Whether a short line is a value (a date, a number) and not a title."""
    return bool(re.search(r"\d", line))
