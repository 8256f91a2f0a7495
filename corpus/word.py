"""A Word document (.docx) → pieces: paragraphs, headings by style, lists, tables, text boxes, headers and footers.

Not seen, so not text: deleted and hidden runs, white and tiny ones, comments, field codes, metadata.
The archive is checked (`archive`) before anything in it is unpacked. Left to others: what a paragraph's lines mean.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from corpus import structure
from corpus.archive import members
from corpus.markdown import paragraph
from corpus.profiles import BlockKind, CorpusError, damaged
from corpus.seen import Look, colour, painted
from corpus.structure import BULLET, Piece, clean
from corpus.tables import rows_of

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_SKIPPED = {"del", "moveFrom", "instrText", "delText", "delInstrText", "rPr", "pPr", "sdtPr", "commentReference", "footnoteRef", "endnoteRef", "fldData", "tblPr", "tcPr", "trPr", "Fallback"}
_SYMBOLS = dict.fromkeys([0xF0B7, 0xF0A7, 0xF0D8, 0xF076, 0xF0FC, 0xF02D, 0xF0A8], "•")
_PAGE_FIELD = re.compile(r"\b(?:PAGE|NUMPAGES|SECTIONPAGES|FILENAME|DATE|TIME)\b")


def read(data: bytes, name: str) -> tuple[dict[str, str], list[Piece]]:
    """A .docx file → its metadata (none) and its pieces. Raises `CorpusError` for an archive that is none, or unsafe."""
    parts = members(data, name)
    if "word/document.xml" not in parts:
        raise CorpusError(f"{name}: filen er et zip-arkiv, men ikke et Word-dokument. Gem profilen som .docx fra Word.", "type")
    roots = {part: _tree(content, name) for part, content in parts.items() if re.fullmatch(r"word/(?:document|styles|numbering|(?:header|footer|footnotes|endnotes)\d*)\.xml", part)}
    document = _Document(_styles(roots.get("word/styles.xml")), _numbering(roots.get("word/numbering.xml")))
    body = roots["word/document.xml"].find(f"{_W}body")
    pieces = document.blocks(body) if body is not None else []
    for part in sorted(roots):
        if re.match(r"word/(?:footnotes|endnotes)", part):
            pieces += document.notes(roots[part])
    margins = [piece for part in sorted(roots) if re.match(r"word/(?:header|footer)", part) for piece in document.blocks(roots[part])]
    return {}, structure._mend([*_news(margins, pieces), *pieces])


def _news(margins: list[Piece], pieces: list[Piece]) -> list[Piece]:
    """What headers and footers say that the document does not say itself, once; a running title or a page number is no news."""
    said = {word for piece in pieces for word in _words(piece)}
    found: dict[str, Piece] = {}
    for piece in margins:
        words = _words(piece)
        fresh = [word for word in words if word not in said]
        if words and (not pieces or len(fresh) * 3 >= len(words)) and not re.fullmatch(r"(?:side|s|page)?(?:\d|af|of)*", "".join(words)):
            found.setdefault(" ".join(words), replace(piece, kind=BlockKind.PARAGRAPH, level=0) if piece.kind is BlockKind.HEADING else piece)
    return list(found.values())


def _words(piece: Piece) -> list[str]:
    return re.findall(r"\w+", " ".join([piece.text, *piece.cells]).casefold())


def _tree(content: bytes, name: str) -> Any:
    """A part of the document as a tree. Raises `CorpusError`; no entity is resolved and nothing is fetched."""
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", content[:4096]) or b"<!ENTITY" in content:
        raise CorpusError(f"{name}: dokumentet indeholder en XML-konstruktion, der ikke hører til i et Word-dokument, og er afvist. Gem det på ny fra Word.", "unsafe")
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True)
        return etree.fromstring(content.replace(_STRICT.encode(), _W[1:-1].encode()), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise CorpusError(damaged(name), "damaged") from error


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph or character style says: heading level, list level, list kind, and the look of its text."""

    heading: int = 0
    numbering: tuple[str, int] | None = None
    bullet: str = ""
    run: tuple[Any, ...] = ()


def _styles(root: Any) -> dict[str, _Style]:
    """Style id → what it says, what it is based on included."""
    if root is None:
        return {}
    by_id = {style.get(f"{_W}styleId"): style for style in root.iter(f"{_W}style")}
    return {name: _style(style, by_id) for name, style in by_id.items() if name}


def _style(style: Any, by_id: dict[str, Any]) -> _Style:
    chain: list[Any] = []
    while style is not None and style not in chain and len(chain) < 20:
        chain.append(style)
        based = style.find(f"{_W}basedOn")
        style = by_id.get(based.get(f"{_W}val")) if based is not None else None
    heading, bullet, numbering = 0, "", None
    for link in chain:
        named = link.find(f"{_W}name")
        called = (named.get(f"{_W}val") if named is not None else "" or "").casefold()
        outline = link.find(f"{_W}pPr/{_W}outlineLvl")
        if not heading and (match := re.match(r"(?:heading|overskrift) ?(\d)", called)):
            heading = min(6, int(match[1]) + 1)
        elif not heading and called in ("title", "titel"):
            heading = 1
        elif not heading and outline is not None and _number(outline) < 6:
            heading = _number(outline) + 2
        if not bullet and (match := re.match(r"(list bullet|list number|opstilling - punkttegn|opstilling - talpunkt|punktopstilling)(?: (\d))?", called)):
            bullet = ("1" if "number" in match[1] or "tal" in match[1] else "-") + (match[2] or "1")
        numbering = numbering or _numbered(link.find(f"{_W}pPr"))
    return _Style(heading, numbering, bullet, tuple(link.find(f"{_W}rPr") for link in reversed(chain) if link.find(f"{_W}rPr") is not None))


def _number(element: Any, default: int = 0) -> int:
    """An element's `w:val` as a number."""
    try:
        return int(element.get(f"{_W}val"))
    except (TypeError, ValueError, AttributeError):
        return default


def _numbered(properties: Any) -> tuple[str, int] | None:
    """(list, level) of a paragraph's own numbering; list "0" takes a style's numbering away."""
    found = properties.find(f"{_W}numPr") if properties is not None else None
    if found is None:
        return None
    number = found.find(f"{_W}numId")
    return (number.get(f"{_W}val") or "0" if number is not None else "0", min(5, max(0, _number(found.find(f"{_W}ilvl")))))


def _numbering(root: Any) -> dict[tuple[str, int], str]:
    """(list, level) → its number format ("bullet", "decimal" …)."""
    if root is None:
        return {}
    formats: dict[tuple[str, int], str] = {}
    for abstract in root.iter(f"{_W}abstractNum"):
        for level in abstract.iter(f"{_W}lvl"):
            kind = level.find(f"{_W}numFmt")
            formats[abstract.get(f"{_W}abstractNumId") or "", int(level.get(f"{_W}ilvl") or 0)] = (kind.get(f"{_W}val") if kind is not None else "") or "decimal"
    found: dict[tuple[str, int], str] = {}
    for number in root.iter(f"{_W}num"):
        abstract = number.find(f"{_W}abstractNumId")
        for (own, level), kind in formats.items():
            if abstract is not None and abstract.get(f"{_W}val") == own:
                found[number.get(f"{_W}numId") or "", level] = kind
    return found


@dataclass(slots=True)
class _Document:
    """A walk through the body: what styles and lists mean, and how far each numbered list has counted."""

    styles: dict[str, _Style]
    lists: dict[tuple[str, int], str]
    counts: Counter[tuple[str, int]] = field(default_factory=Counter)
    heading: int = 1

    def blocks(self, parent: Any) -> list[Piece]:
        """The pieces of a body, a cell, a text box, a header or a footer."""
        pieces: list[Piece] = []
        for child in _children(parent):
            if child.tag == f"{_W}p":
                pieces += self.paragraph(child)
            elif child.tag == f"{_W}tbl":
                pieces += self.table(child)
        return pieces

    def paragraph(self, element: Any) -> list[Piece]:
        """One paragraph's pieces, then those of the text boxes that are anchored in it."""
        boxes = [piece for box in _boxes(element) for piece in self.blocks(box)]
        properties = element.find(f"{_W}pPr")
        name = properties.find(f"{_W}pStyle") if properties is not None else None
        style = self.styles.get(name.get(f"{_W}val") if name is not None else "Normal", _Style())
        text, strong = self.text(element, style)
        if not text.strip():
            return boxes
        flat = " ".join(text.split())
        outline = properties.find(f"{_W}outlineLvl") if properties is not None else None
        level = style.heading or (_number(outline) + 2 if outline is not None and _number(outline, 9) < 6 else 0)
        if level and len(flat) < 200:
            self.heading = level
            return [Piece(BlockKind.HEADING, flat, level), *boxes]
        own = _numbered(properties)
        numbering = own or style.numbering
        if (numbering and numbering[0] != "0") or (style.bullet and own is None):
            return [self.item(flat, numbering, style.bullet), *boxes]
        return [*self.plain(text, flat, strong), *boxes]

    def item(self, text: str, numbering: tuple[str, int] | None, bullet: str) -> Piece:
        """A list item with the mark that Word shows before it."""
        number, level = numbering or (bullet[:1], 0)
        level = max(level, int(bullet[1:] or 1) - 1)
        kind = self.lists.get((number, level)) if numbering else None
        counted = (kind not in (None, "bullet", "none")) if kind else bullet.startswith("1")
        self.counts[number, level] += 1
        for deeper in [key for key in self.counts if key[0] == number and key[1] > level]:
            del self.counts[deeper]
        return Piece(BlockKind.ITEM, text, level, mark=f"{self.counts[number, level]}." if counted else "-")

    def plain(self, text: str, flat: str, strong: bool) -> list[Piece]:
        """A paragraph without a style that says what it is."""
        self.counts.clear()
        if match := BULLET.match(text):
            return [Piece(BlockKind.ITEM, " ".join(text[match.end() :].split()), mark="-")]
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        if lines and all("\t" in line for line in lines) and all(len(line.split("\t")[0]) < 60 for line in lines):
            return [Piece(BlockKind.ROW, "", cells=_cells(line)) for line in lines]
        if strong and "\n" not in text.strip() and len(flat) < 90 and not flat.endswith((".", ",")):
            return [Piece(BlockKind.HEADING, flat.rstrip(":"), min(6, self.heading + 1))]
        return paragraph("\n".join(" ".join(line.split()) for line in lines))

    def text(self, element: Any, style: _Style) -> tuple[str, bool]:
        """The words of a paragraph that are seen, and whether all of them are bold."""
        out: list[str] = []
        plain = False
        field_code: list[str] = []
        ground = _shade(element.find(f"{_W}pPr"))
        for run in _runs(element):
            look = self.look(run, style, ground)
            for child in run:
                kind = etree.QName(child).localname
                if kind == "fldChar":
                    _field(child, field_code)
                elif kind == "instrText" and field_code:
                    field_code[-1] += child.text or ""
                elif look is not None and not (field_code and _PAGE_FIELD.search("".join(field_code))):
                    word = _glyphs(child, kind)
                    out.append(word)
                    plain = plain or (not look.strong and bool(word.strip(" :\n\t")))
        text = clean("".join(out).translate(_SYMBOLS))
        return text, bool(text.strip()) and not plain

    def look(self, run: Any, style: _Style, ground: tuple[int, int, int] | None) -> Look | None:
        """How a run looks; None when it is not seen."""
        look = Look(ground=ground) if ground else Look()
        own = run.find(f"{_W}rPr")
        named = own.find(f"{_W}rStyle") if own is not None else None
        character = self.styles.get(named.get(f"{_W}val"), _Style()).run if named is not None else ()
        for properties in (*style.run, *character, own):
            if properties is not None:
                look = _changed(look, properties)
        return look if painted(look) else None

    def table(self, element: Any) -> list[Piece]:
        """A table's rows; one that only arranges the page gives what is in its cells."""
        rows = list(_rows(element))
        cells = [[cell for cell in _children(row) if cell.tag == f"{_W}tc"] for row in rows]
        nested = next(element.iterdescendants(f"{_W}tbl"), None) is not None
        content = [[self.blocks(cell) for cell in row] for row in cells]
        arranged = nested or max((len(row) for row in cells), default=0) < 2 or any(piece.kind is BlockKind.HEADING and piece.level <= 3 for row in content for cell in row for piece in cell[1:])
        if arranged or sum(len(piece.text) for row in content for cell in row for piece in cell) > 3_000 * max(1, len(rows)):
            return [piece for row in content for cell in row for piece in cell]
        found = []
        for row, cell_pieces in zip(rows, content, strict=True):
            header = row.find(f"{_W}trPr/{_W}tblHeader") is not None
            found.append((header, tuple(tuple(_line(piece) for piece in cell) for cell in cell_pieces)))
        return rows_of(found)

    def notes(self, root: Any) -> list[Piece]:
        """Footnotes and endnotes, each a paragraph."""
        return [replace(piece, kind=BlockKind.PARAGRAPH) if piece.kind is BlockKind.HEADING else piece for note in root if note.get(f"{_W}type") is None for piece in self.blocks(note)]


def _children(parent: Any) -> Iterator[Any]:
    """The paragraphs, tables, rows and cells under an element, through content controls and insertions."""
    for child in parent:
        kind = etree.QName(child).localname
        if kind in ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml", "hdr", "ftr", "AlternateContent", "Choice"):
            yield from _children(child)
        elif kind in ("p", "tbl", "tr", "tc"):
            yield child


def _rows(table: Any) -> Iterator[Any]:
    """The rows of a table that have not been deleted."""
    for row in _children(table):
        if row.tag == f"{_W}tr" and row.find(f"{_W}trPr/{_W}del") is None:
            yield row


def _runs(element: Any) -> Iterator[Any]:
    """The runs of a paragraph that are not deleted, in order; those of text boxes aside."""
    for child in element:
        kind = etree.QName(child).localname
        if kind == "r":
            yield child
        elif kind not in _SKIPPED and kind not in ("drawing", "pict", "object"):
            yield from _runs(child)


def _boxes(element: Any) -> Iterator[Any]:
    """The contents of the text boxes anchored in a paragraph, each once (its fallback for older programs is the same text)."""
    for box in element.iter(f"{_W}txbxContent"):
        ancestors = [etree.QName(above).localname for above in box.iterancestors()]
        if "Fallback" not in ancestors and not {"del", "moveFrom"} & set(ancestors) and ancestors.count("txbxContent") == 0:
            yield box


def _glyphs(child: Any, kind: str) -> str:
    """What one child of a run writes."""
    if kind == "t":
        return child.text or ""
    if kind == "sym":
        return "•"
    return {"tab": "\t", "ptab": "\t", "br": "\n" if child.get(f"{_W}type") != "page" else " ", "cr": "\n", "noBreakHyphen": "-"}.get(kind, "")


def _field(child: Any, codes: list[str]) -> None:
    """Keeps account of the fields (page numbers, dates …) that a run is inside."""
    kind = child.get(f"{_W}fldCharType")
    if kind == "begin":
        codes.append("")
    elif kind == "end" and codes:
        codes.pop()


def _shade(properties: Any) -> tuple[int, int, int] | None:
    """The colour a paragraph or run stands on."""
    shade = properties.find(f"{_W}shd") if properties is not None else None
    return colour(shade.get(f"{_W}fill") or "") if shade is not None else None


def _changed(look: Look, properties: Any) -> Look:
    """A look with the run properties of one style applied."""
    for child in properties:
        kind, value = etree.QName(child).localname, child.get(f"{_W}val")
        on = value not in ("0", "false", "off", "none")
        if kind in ("vanish", "webHidden", "specVanish"):
            look = replace(look, visible=look.visible and not on) if on else replace(look, visible=True)
        elif kind == "b":
            look = replace(look, strong=on)
        elif kind == "color" and (found := colour(value or "")):
            look = replace(look, colour=found)
        elif kind == "sz":
            look = replace(look, points=_number(child, 24) / 2)
        elif kind == "shd" and (ground := colour(child.get(f"{_W}fill") or "")):
            look = replace(look, ground=ground)
        elif kind == "highlight" and on:
            look = replace(look, ground=colour(value or "") or (128, 128, 128))
    return look


def _cells(line: str) -> tuple[str, ...]:
    """A line with tabs as cells: the label, and what follows."""
    parts = [" ".join(part.split()) for part in line.split("\t") if part.strip()]
    return tuple(parts) if len(parts) > 1 else (parts[0] if parts else "", "")


def _line(piece: Piece) -> str:
    return piece.text or " ".join(cell for cell in piece.cells if cell)


__all__ = ["read"]
