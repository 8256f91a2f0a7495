"""Gold questions: reading the files, their fingerprint, and where their evidence stands in a canonical text.

Left to others: how an answer is scored (`scoring`, `metrics`), proposing and validating questions (`proposing`, `validating`).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

KINDS = ("fact", "list", "descriptive", "paraphrase", "typo", "keyword", "followup", "yesno", "english", "unanswerable")
REQUIRED = ("id", "document", "conversation", "question", "kind", "answerable", "answers", "evidence")
OPTIONAL = ("group", "split", "items", "must_not", "origin", "reviewed_by", "document_sha256")

ORIGINS = ("human", "template", "log")

Span = tuple[int, int]


class DatasetError(Exception):
    """Questions or runs that cannot be evaluated. Written for the person at the keyboard (Danish, one sentence)."""


@dataclass(frozen=True, slots=True)
class Gold:
    """One question with its gold. Every inner tuple of `answers` must be met by one of its alternatives.

    `group` ties variants of one question together; `origin` is human, template or log; `must_not` are strings that
    no answer may hold; `document_sha256` is of the document's bytes.
    """

    id: str
    document: str
    question: str
    kind: str
    answerable: bool
    conversation: tuple[str, ...] = ()
    answers: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[str, ...] = ()
    group: str | None = None
    items: tuple[tuple[str, ...], ...] = ()
    must_not: tuple[str, ...] = ()
    origin: str = "human"
    split: str | None = None
    document_sha256: str | None = None
    reviewed_by: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As a line of a questions file (optional fields only where they say something)."""
        row = asdict(self)
        usual = Gold("", "", "", "", True)
        return {name: row[name] for name in row if name in REQUIRED or row[name] != getattr(usual, name)}


def load(paths: Sequence[Path]) -> list[Gold]:
    """Every question of the files (a folder stands for its `*.jsonl`), in order.

    Raises `DatasetError` for an unreadable file, a line that is no question, and an id used twice.
    """
    golds = [gold for path in paths for file in _files(path) for gold in _read(file)]
    seen: set[str] = set()
    for gold in golds:
        if gold.id in seen:
            raise DatasetError(f"Spørgsmålet {gold.id} står to gange. Giv hvert spørgsmål sit eget id.")
        seen.add(gold.id)
    if not golds:
        raise DatasetError(f"Der er ingen spørgsmål i {', '.join(str(path) for path in paths) or 'de angivne filer'}.")
    return golds


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.jsonl")) if path.is_dir() else [path]


def _read(file: Path) -> Iterator[Gold]:
    return (of_line(line, place) for place, line in lines(file))


def lines(file: Path) -> list[tuple[str, str]]:
    """The lines of a questions file that hold anything, each with its place. Raises `DatasetError` for a file that cannot be read."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{file.name}: spørgsmålene kan ikke læses. Tjek stien, og at filen er UTF-8.") from error
    return [(f"{file.name}, linje {number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def of_line(line: str, place: str = "spørgsmål") -> Gold:
    """One line of a questions file. Raises `DatasetError` naming `place` and what is wrong."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise DatasetError(f"{place}: ikke gyldig JSON.") from error
    missing = [name for name in REQUIRED if not isinstance(row, dict) or name not in row]
    if missing:
        raise DatasetError(f"{place}: feltet {missing[0]!r} mangler.")
    try:
        return of_row(row)
    except (TypeError, ValueError, AttributeError) as error:
        raise DatasetError(f"{place}: et felt har forkert type ({error}).") from error


def of_row(row: dict[str, Any]) -> Gold:
    """A question from its parsed line. Raises `TypeError` or `ValueError` for fields of another type."""
    texts = {name: row[name] for name in ("id", "document", "question", "kind")}
    wrong = [name for name, value in texts.items() if not isinstance(value, str)]
    if wrong or not isinstance(row["answerable"], bool):
        raise TypeError((wrong or ["answerable"])[0])
    nested = {name: tuple(_strings(inner) for inner in row.get(name) or ()) for name in ("answers", "items")}
    flat = {name: _strings(row.get(name) or ()) for name in ("conversation", "evidence", "must_not")}
    more = {name: str(row[name]) for name in ("group", "split", "origin", "document_sha256", "reviewed_by") if row.get(name) is not None}
    return Gold(**texts, answerable=row["answerable"], **nested, **flat, **more)  # type: ignore[arg-type]


def _strings(values: Any) -> tuple[str, ...]:
    values = [values] if isinstance(values, str) else list(values)
    if not all(isinstance(value, str) for value in values):
        raise TypeError("tekst ventet")
    return tuple(values)


def fingerprint(golds: Sequence[Gold]) -> str:
    """sha256 of the questions, whatever order they come in: two runs over the same set share it."""
    rows = sorted(json.dumps(gold.to_json(), ensure_ascii=False, sort_keys=True) for gold in golds)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def spans(text: str, quote: str) -> list[Span]:
    """Every place of `quote` in `text`, by its words: white space, punctuation and hyphenated line breaks set aside.

    >>> spans("Frist: **mandag den 5. maj**", "mandag den 5. maj")
    [(9, 26)]
    """
    joined = re.sub(r"(?<=\w)-\s+(?!og\b|eller\b|samt\b)(?=[a-zæøå])", "", unicodedata.normalize("NFC", quote))
    words = re.findall(r"\w+", joined)
    if not words:
        return []
    body = r"\W+".join(map(re.escape, words))
    whole = [match.span() for match in re.finditer(rf"(?<!\w){body}(?!\w)", text, re.IGNORECASE)]
    return whole or [match.span() for match in re.finditer(body, text, re.IGNORECASE)]


def documents(golds: Sequence[Gold]) -> dict[str, list[Gold]]:
    """The questions of each document, documents in order of first mention."""
    table: dict[str, list[Gold]] = {}
    for gold in golds:
        table.setdefault(gold.document, []).append(gold)
    return table


def find_document(name: str, folders: Sequence[Path]) -> Path:
    """The file a question names, in the first folder that has it. Raises `DatasetError` when none has, or the name leaves them."""
    for folder in folders:
        path = folder / name
        if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            return path
    raise DatasetError(f"Dokumentet {name} findes ikke i {', '.join(str(folder) for folder in folders)}. Angiv mappen med --profiles.")
