"""Markdown and plain text → metadata and pieces. Front matter is metadata, never text.

Left to others: what the lines of plain text mean (`structure`), encodings (`encodings`).
"""

from __future__ import annotations

import re
from datetime import date

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus import structure
from corpus.encodings import decode
from corpus.profiles import BlockKind
from corpus.structure import Piece, clean, from_lines

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)


def read_plain(data: bytes, name: str) -> tuple[dict[str, str], list[Piece]]:
    """A plain text file → its front matter and its pieces."""
    metadata, body = _front_matter(clean(decode(data, name)), name)
    return metadata, from_lines(body)


def _front_matter(text: str, name: str) -> tuple[dict[str, str], str]:
    """The metadata above the text, and the text. What is no mapping is text."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    try:
        loaded = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        loaded = _pairs(match[1])
    if not isinstance(loaded, dict):
        return {}, text
    return {str(key): str(value) for key, value in loaded.items() if isinstance(value, (str, int, float, date))}, text[match.end() :]


def _pairs(block: str) -> dict[str, str] | None:
    """`key: value` lines that are no YAML ("title: Leder: nu"); None when they are not that either."""
    lines = [line for line in block.split("\n") if line.strip()]
    pairs = [re.match(r"([A-Za-z_][\w -]{0,40}):\s*(.*)$", line) for line in lines]
    return {pair[1]: pair[2] for pair in pairs if pair and not pair[2].startswith("!")} if lines and all(pairs) else None


def read(data: bytes, name: str) -> tuple[dict[str, str], list[Piece]]:
    """A Markdown file → its front matter and its pieces."""
    metadata, body = _front_matter(clean(decode(data, name)), name)
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(body)
    return metadata, structure._mend(_from_tokens(tokens))


def _from_tokens(tokens: list[Token]) -> list[Piece]:
    """Markdown's tokens → pieces: headings, tables, lists with their depth, paragraphs."""
    pieces: list[Piece] = []
    depth, heading, marks = -1, 1, [""]
    row: list[str] = []
    headers: tuple[str, ...] = ()
    in_head = False
    for index, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
            marks.append("-")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
            marks.pop()
        elif token.type == "list_item_open":
            marks[-1] = f"{token.info}." if token.info else "-"
        elif token.type == "thead_open":
            in_head = True
        elif token.type == "tr_open":
            row = []
        elif token.type == "thead_close":
            in_head = False
            headers = tuple(row) if len(row) > 2 or any(row[1:]) else ()
            if any(row):
                pieces.append(Piece(BlockKind.ROW, "", cells=tuple(row), level=1))
        elif token.type == "tr_close" and not in_head:
            pieces.append(Piece(BlockKind.ROW, "", cells=tuple(row), headers=headers))
        elif token.type in ("fence", "code_block"):
            pieces += from_lines(token.content)
        elif token.type == "inline":
            text, strong = _inline(token)
            before = tokens[index - 1]
            if before.type in ("td_open", "th_open"):
                row.append(" ".join(text.split()))
            elif before.type == "heading_open":
                heading = int(before.tag[1])
                pieces.append(Piece(BlockKind.HEADING, " ".join(text.split()), heading))
            elif depth >= 0:
                pieces.append(Piece(BlockKind.ITEM, " ".join(text.split()), depth, mark=marks[-1]))
                marks[-1] = ""
            elif strong and "\n" not in text and len(text) < 90 and not text.endswith((".", ",")):
                pieces.append(Piece(BlockKind.HEADING, text.rstrip(":"), min(6, heading + 1)))
            else:
                pieces += paragraph(text)
    return pieces


def paragraph(text: str) -> list[Piece]:
    """A paragraph that knows its lines: those that each begin with a label are rows, else one paragraph."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    labelled = [structure._LABEL_LINE.match(line) for line in lines]
    if len(lines) > 1 and sum(1 for label in labelled if label and label["value"]) >= max(2, (len(lines) + 1) // 2):
        pieces: list[Piece] = []
        for line, label in zip(lines, labelled, strict=True):
            if label and label["value"]:
                pieces.append(Piece(BlockKind.ROW, "", cells=(label["label"] + ":", label["value"])))
            elif pieces and pieces[-1].cells:
                cells = (*pieces[-1].cells[:-1], f"{pieces[-1].cells[-1]} {line}")
                pieces[-1] = Piece(BlockKind.ROW, "", cells=cells)
            else:
                pieces.append(Piece(BlockKind.PARAGRAPH, line))
        return pieces
    if len(lines) == 1 and labelled[0] and labelled[0]["value"] and len(labelled[0]["label"].split()) <= 5:
        return [Piece(BlockKind.ROW, "", cells=(labelled[0]["label"] + ":", labelled[0]["value"]))]
    return [Piece(BlockKind.PARAGRAPH, " ".join(lines))]


def _inline(token: Token) -> tuple[str, bool]:
    """The visible words of an inline token, and whether all of them are bold."""
    out, plain, strong = [], False, 0
    for child in token.children or []:
        if child.type == "strong_open":
            strong += 1
        elif child.type == "strong_close":
            strong -= 1
        elif child.type in ("softbreak", "hardbreak"):
            out.append("\n")
        elif child.content and child.type in ("text", "code_inline", "html_inline"):
            out.append(child.content)
            plain = plain or (not strong and bool(child.content.strip(" :")))
    return "".join(out), not plain
