"""A file → its canonical text and blocks. One reader a format, chosen by the file's suffix.

Left to others: what the lines of plain text mean (`structure`), how passages are cut (`splitting`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus import structure
from corpus.concepts import in_words
from corpus.danish import words
from corpus.dates import mentions, usual_year
from corpus.profiles import Block, BlockKind, CorpusError, Passage, Profile, slugify
from corpus.splitting import split
from corpus.structure import Piece, clean, compose, from_lines

MAX_BYTES = 20_000_000
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)


def read(path: Path) -> Profile:
    """The profile in a file. Raises `CorpusError` with a Danish sentence for whoever added the file."""
    reader = READERS.get(path.suffix.lower())
    try:
        if not path.is_file():
            raise CorpusError(f"{path.name}: filen findes ikke. Tjek stien.")
        if path.stat().st_size > MAX_BYTES:
            raise CorpusError(f"{path.name}: filen er større end {MAX_BYTES // 1_000_000} MB. Læg profilen ind som en mindre fil.")
        data = path.read_bytes()
    except PermissionError as error:
        raise CorpusError(f"{path.name}: filen kan ikke læses. Giv læseadgang til den, og prøv igen.") from error
    except OSError as error:
        raise CorpusError(f"{path.name}: filen kan ikke læses ({error.strerror}).") from error
    if reader is None:
        raise CorpusError(f"{path.name}: filtypen {path.suffix or '(ingen)'} kan ikke læses. Brug en af {', '.join(sorted(READERS))}.")
    metadata, pieces = reader(data, path.name)
    return build(pieces, path.stem, metadata, path.name, hashlib.sha256(data).hexdigest())


def build(pieces: list[Piece], stem: str, metadata: dict[str, str], source: str, fingerprint: str) -> Profile:
    """Pieces → the profile: canonical text, blocks and passages. Raises `CorpusError` when there is nothing to read."""
    text, blocks = compose([piece for piece in pieces if piece.text.strip() or any(cell.strip() for cell in piece.cells)])
    passages = split(text, blocks)
    if not passages or not re.search(r"[^\W\d_]{2}", text):
        raise CorpusError(f"{source}: filen er tom eller indeholder ingen læsbar tekst. Læg en fil med profilens tekst ind.")
    slug = slugify(metadata.get("slug") or stem)
    return Profile(slug, _title(text, blocks, metadata, stem), text, blocks, passages, metadata.get("employer"), metadata.get("deadline") or _deadline(text, passages), source, fingerprint, metadata)


def decode(data: bytes, name: str) -> str:
    """Bytes → text: UTF-8 (with or without BOM), UTF-16 with BOM, else CP1252. Raises `CorpusError` for binary data."""
    if not data.strip():
        raise CorpusError(f"{name}: filen er tom. Læg en fil med profilens tekst ind.")
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise CorpusError(f"{name}: teksten er beskadiget og kan ikke læses som {encoding}. Gem filen som UTF-8.") from error
    if b"\x00" in data or data.startswith((b"%PDF", b"PK\x03\x04", b"\x89PNG", b"\x7fELF", b"\xd0\xcf\x11\xe0", b"GIF8", b"\xff\xd8\xff")):
        raise CorpusError(f"{name}: filen er ikke tekst, selv om den hedder det. Gem profilen som tekst, og prøv igen.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _text(data: bytes, name: str) -> tuple[dict[str, str], list[Piece]]:
    metadata, body = _front_matter(clean(decode(data, name)), name)
    return metadata, from_lines(body)


def _front_matter(text: str, name: str) -> tuple[dict[str, str], str]:
    """The metadata above the text, and the text. What is no mapping of YAML is text."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    try:
        loaded = yaml.safe_load(match[1])
    except yaml.YAMLError:
        return {}, text
    if not isinstance(loaded, dict):
        return {}, text
    return {str(key): str(value) for key, value in loaded.items() if value is not None}, text[match.end() :]


def _markdown(data: bytes, name: str) -> tuple[dict[str, str], list[Piece]]:
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
                pieces += _lines_of_paragraph(text)
    return pieces


def _lines_of_paragraph(text: str) -> list[Piece]:
    """A Markdown paragraph: lines that each begin with a label are rows, else one paragraph."""
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


def _deadline(text: str, passages: tuple[Passage, ...]) -> str | None:
    """The day a profile's own words call its deadline, ISO, when its front matter doesn't say; None when none does."""
    year = usual_year(text)
    for passage in passages:
        own = words(text[passage.start : passage.end])
        said = {spoken.name: spoken.strength for spoken in in_words([*words(passage.label or ""), *own], "profile")}
        days = [mention.days[-1] for mention in mentions(text[passage.start : passage.end], year) if mention.days]
        if said.get("deadline", 0.0) >= 1.0 and days:
            return days[0].isoformat()
    return None


def _title(text: str, blocks: tuple[Block, ...], metadata: dict[str, str], stem: str) -> str:
    """What the profile is called: its front matter, its position, its first heading, its file name."""
    if metadata.get("title"):
        return metadata["title"]
    for block in blocks:
        if block.kind is BlockKind.ROW and len(block.cells) >= 2:
            label, value = (text[start:end].strip(" :").casefold() for start, end in block.cells[:2])
            if label in ("stilling", "stillingen", "stillingsbetegnelse", "titel") and 2 < len(value) < 80:
                start, end = block.cells[1]
                return text[start:end].strip()
    first = next((text[block.start : block.end] for block in blocks if block.kind is BlockKind.HEADING), "")
    first = first.capitalize() if first.isupper() else first
    return first if 3 <= len(first) <= 90 else stem.replace("_", " ").replace("-", " ").strip().capitalize()


READERS: dict[str, Callable[[bytes, str], tuple[dict[str, str], list[Piece]]]] = {".txt": _text, ".md": _markdown}
