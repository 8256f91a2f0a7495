"""A web page → pieces: what a visitor sees of its text, without the chrome around it.

Not seen, so not text: scripts, styles, comments, templates, `hidden`, what inline style or the page's own style sheet
hides, shrinks, moves off the page or paints in the colour of its ground. Chrome: navigation, banner, footer, buttons.
Left to others: what a paragraph's lines mean (`markdown.paragraph`), encodings (`encodings`).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, Tag, XMLParsedAsHTMLWarning
from bs4.element import NavigableString
from soupsieve import SelectorSyntaxError

from corpus import structure
from corpus.encodings import decode
from corpus.markdown import paragraph
from corpus.profiles import BlockKind
from corpus.seen import Look, hidden_by, painted
from corpus.structure import Piece, clean
from corpus.tables import rows_of

_SILENT = {"script", "style", "template", "noscript", "head", "iframe", "object", "svg", "canvas", "video", "audio", "select", "button", "input", "textarea", "math", "dialog", "map"}
_CHROME = {"nav", "footer", "menu"}
_CHROME_ROLES = {"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu", "menubar"}
_CHROME_NAMES = re.compile(r"(?:^|[-_ ])(?:cookies?|consent|breadcrumbs?|nav(?:bar|igation)?|menu|sidebar-nav|share|social|newsletter|skip-?link|footer|site-header|masthead|advert|banner)(?:$|[-_ ])", re.IGNORECASE)
_BLOCKS = {
    "p", "div", "section", "article", "main", "aside", "header", "footer", "nav", "form", "fieldset", "figure", "figcaption", "blockquote", "address", "details", "summary", "center", "body", "html",
    "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr",
}  # fmt: skip


def read(data: bytes, name: str) -> tuple[dict[str, str], list[Piece]]:
    """An HTML file → its metadata (none yet) and its pieces."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        soup = BeautifulSoup(clean(decode(data, name)), "lxml")
    page = _Page(_rules(soup))
    body = _main(soup.body or soup)
    page.walk(body, Look(), 0)
    page.flush()
    return {}, structure._mend(page.pieces)


def _main(body: Tag) -> Tag:
    """The element that holds the text proper: `<main>`, or the only `<article>`, when most of the words are in it."""
    everything = len(_spoken(body))
    for found in (body.select("main, [role=main]"), body.select("article")):
        if len(found) == 1 and len(_spoken(found[0])) > 0.4 * everything:
            return found[0]
    return body


def _spoken(tag: Tag) -> str:
    return " ".join("".join(s for s in tag.strings if s.parent is not None and s.parent.name not in _SILENT).split())


def _rules(soup: BeautifulSoup) -> dict[int, str]:
    """Element (by identity) → the declarations that the page's own style sheets give it."""
    found: dict[int, str] = {}
    sheets = "\n".join(style.get_text() for style in soup.find_all("style"))
    sheets = re.sub(r"/\*.*?\*/|@(?:import|charset)[^;]*;|@(?:media|supports)[^{]*(?:print|speech)[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", sheets, flags=re.DOTALL)
    for selectors, declarations in re.findall(r"([^{}@;]+)\{([^{}]*)\}", sheets)[:2000]:
        if not re.search(r"display|visib|opac|size|color|background|position|indent|clip|left|top|transform|height|width", declarations):
            continue
        try:
            for element in soup.select(selectors.strip(), limit=5000):
                found[id(element)] = found.get(id(element), "") + ";" + declarations
        except (SelectorSyntaxError, NotImplementedError, ValueError):
            continue
    return found


@dataclass(slots=True)
class _Page:
    """A walk through the page: the pieces so far, and the words of the paragraph that is being read."""

    rules: dict[int, str]
    pieces: list[Piece] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    plain: bool = False
    heading: int = 1
    lines: bool = False

    def walk(self, tag: Tag, look: Look, depth: int) -> None:
        """Reads one element's children; block elements part paragraphs."""
        for child in tag.children:
            if isinstance(child, Tag):
                seen = self.look(child, look)
                if seen is None:
                    continue
                self.element(child, seen, depth)
            elif type(child) is NavigableString and painted(look):
                self.words.append(re.sub(r"\s+", " ", child) if tag.name != "pre" else str(child))
                self.plain = self.plain or (not look.strong and bool(child.strip(" :\n\t\r")))

    def look(self, tag: Tag, above: Look) -> Look | None:
        """How an element looks under another; None when nothing of it is seen, or it is chrome."""
        if tag.name in _SILENT or _is_chrome(tag) or tag.has_attr("hidden"):
            return None
        style = f"{self.rules.get(id(tag), '')};{tag.get('style') or ''}"
        if tag.name == "font" and tag.get("color"):
            style += f";color:{tag['color']}"
        if tag.get("bgcolor"):
            style += f";background-color:{tag['bgcolor']}"
        look = hidden_by(style, above) if style != ";" else above
        return replace(look, strong=True) if look and tag.name in ("b", "strong", "th") and not look.strong else look

    def element(self, tag: Tag, look: Look, depth: int) -> None:
        """One child element that is seen."""
        if tag.name == "br":
            self.words.append("\n")
        elif re.fullmatch(r"h[1-6]", tag.name):
            self.flush()
            if text := " ".join(self.inside(tag, look).split()):
                self.heading = int(tag.name[1])
                self.pieces.append(Piece(BlockKind.HEADING, text, self.heading))
        elif tag.name in ("ul", "ol"):
            self.list(tag, look, depth)
        elif tag.name == "dl":
            self.definitions(tag, look)
        elif tag.name == "table":
            self.table(tag, look, depth)
        elif tag.name == "pre":
            self.flush()
            self.pieces += structure.from_lines(self.inside(tag, look))
        elif tag.name in _BLOCKS:
            self.flush()
            self.walk(tag, look, depth)
            self.flush()
        else:
            self.walk(tag, look, depth)

    def inside(self, tag: Tag, look: Look) -> str:
        """The words of an element alone, a line a paragraph or break."""
        page = _Page(self.rules, lines=True)
        page.walk(tag, look, 0)
        page.flush()
        return "\n".join(piece.text or "\t".join(piece.cells) for piece in page.pieces)

    def flush(self) -> None:
        """Ends the paragraph that is being read."""
        text = re.sub(r"[ ]*\n[ ]*", "\n", "".join(self.words)).strip()
        strong, self.words, self.plain = not self.plain, [], False
        if not text:
            return
        if self.lines:
            self.pieces += [Piece(BlockKind.PARAGRAPH, line) for line in text.split("\n") if line.strip()]
        elif strong and "\n" not in text and len(text) < 90 and not text.endswith((".", ",")):
            self.pieces.append(Piece(BlockKind.HEADING, text.rstrip(":"), min(6, self.heading + 1)))
        else:
            self.pieces += paragraph(text)

    def list(self, tag: Tag, look: Look, depth: int) -> None:
        """A list: each entry's words, then the lists within it one step in."""
        self.flush()
        number = 0
        for entry in _shown(tag, self, look):
            item, seen = entry
            number += 1
            inner = _Page(self.rules, heading=self.heading)
            inner.walk(item, seen, depth + 1)
            inner.flush()
            mark = f"{number}." if tag.name == "ol" else "-"
            for piece in inner.pieces:
                if piece.kind is BlockKind.ITEM:
                    self.pieces.append(piece)
                    continue
                text = " ".join((piece.text or ": ".join(cell.rstrip(":") for cell in piece.cells if cell)).split())
                self.pieces.append(Piece(BlockKind.ITEM, text, depth, mark=mark))
                mark = ""

    def definitions(self, tag: Tag, look: Look) -> None:
        """A definition list: each term with its first description is a row, further ones belong to it."""
        self.flush()
        label = ""
        for entry in tag.find_all(["dt", "dd"]):
            seen = self.look(entry, look)
            text = " ".join(self.inside(entry, seen).split()) if seen else ""
            if entry.name == "dt":
                label = text
            elif text:
                self.pieces.append(Piece(BlockKind.ROW, "", cells=(label, text)))
                label = ""

    def table(self, tag: Tag, look: Look, depth: int) -> None:
        """A table: rows of cells, or, when it only arranges the page, what is in its cells."""
        self.flush()
        rows = [row for row in tag.find_all("tr") if row.find_parent("table") is tag]
        if len(rows) < 2 or tag.find("table") or tag.find(re.compile("h[1-3]")) or max(len(_cells(row)) for row in rows) < 2:
            for row in rows:
                for cell in _cells(row):
                    if seen := self.look(cell, look):
                        self.walk(cell, seen, depth)
                        self.flush()
            return
        found: list[tuple[bool, tuple[tuple[str, ...], ...]]] = []
        for row in rows:
            if seen := self.look(row, look):
                shown = [(cell, self.look(cell, seen)) for cell in _cells(row)]
                lines = [tuple(line for line in self.inside(cell, s).split("\n") if line.strip()) if s else () for cell, s in shown]
                found.append((all(cell.name == "th" for cell, _ in shown), tuple(lines)))
        self.pieces += rows_of(found)


def _cells(row: Tag) -> list[Tag]:
    return [cell for cell in row.find_all(["td", "th"]) if cell.find_parent("tr") is row]


def _shown(tag: Tag, page: _Page, look: Look) -> Iterator[tuple[Tag, Look]]:
    for child in tag.children:
        if isinstance(child, Tag) and (seen := page.look(child, look)):
            yield child, seen


def _is_chrome(tag: Tag) -> bool:
    """Whether an element is of the site and not of the text: by name, by role, or a short block named for it."""
    if tag.name in _CHROME or tag.get("role") in _CHROME_ROLES or tag.get("aria-modal") == "true":
        return True
    if tag.name == "header" and tag.find_parent(["article", "main"]) is None:
        return tag.find(["h1"]) is None
    if tag.name in ("body", "main", "article", "h1", "h2", "h3", "table", "td"):
        return False
    names = " ".join([*(tag.get_attribute_list("class")), str(tag.get("id") or "")] if tag.get("class") or tag.get("id") else [])
    return bool(names and _CHROME_NAMES.search(names)) and len(_spoken(tag)) < 1500 and not tag.find("h1")
