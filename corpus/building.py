"""Pieces of a document → its profile: canonical text, blocks, passages, title, employer and deadline.

Left to others: what the pieces are (the readers of formats), how passages are cut (`splitting`).
"""

from __future__ import annotations

import re
from dataclasses import replace

from corpus.concepts import in_words
from corpus.danish import words
from corpus.dates import mentions, usual_year
from corpus.limits import Limits
from corpus.profiles import Block, BlockKind, CorpusError, Passage, Profile, slugify
from corpus.splitting import split
from corpus.structure import Piece, compose

LONGEST = 2_000


def build(pieces: list[Piece], stem: str, metadata: dict[str, str], source: str, fingerprint: str, limits: Limits) -> Profile:
    """Pieces → the profile. Raises `CorpusError` when there is nothing to read, or more than the limits allow."""
    text, blocks = compose([piece for piece in pieces if piece.text.strip() or any(cell.strip() for cell in piece.cells)])
    if len(text) > limits.characters:
        raise too_long(source, limits)
    passages = _bounded(text, split(text, blocks))
    if len(passages) > limits.passages:
        raise too_long(source, limits)
    if not passages or not re.search(r"[^\W\d_]{2}", text):
        raise CorpusError(f"{source}: filen er tom eller indeholder ingen læsbar tekst. Læg en fil med profilens tekst ind.", "empty")
    slug = slugify(metadata.get("slug") or stem)
    return Profile(slug, _title(text, blocks, metadata, stem), text, blocks, passages, metadata.get("employer") or _employer(text, blocks), metadata.get("deadline") or _deadline(text, passages), source, fingerprint, metadata)


def too_long(source: str, limits: Limits) -> CorpusError:
    """The refusal of a document with more text than a profile has."""
    return CorpusError(f"{source}: filen rummer for meget tekst til at være en profil (højst {limits.characters} tegn og {limits.passages} passager). Læg kun profilen ind.", "large")


def _bounded(text: str, passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """The passages, each of a length that can be quoted: one without an end is cut at a space, or wherever it must be."""
    found: list[Passage] = []
    for passage in passages:
        start = passage.start
        while passage.end - start > LONGEST:
            space = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
            cut = space if space > 0 else start + LONGEST
            found.append(replace(passage, start=start, end=cut))
            start = cut + (space > 0)
        found.append(replace(passage, start=start) if start != passage.start else passage)
    return tuple(passage for passage in found if text[passage.start : passage.end].strip())


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


_EMPLOYER_LABELS = ("arbejdsgiver", "arbejdsgiveren", "virksomhed", "organisation", "ansættende myndighed", "opdragsgiver")
_NAMED = r"[A-ZÆØÅ][^\W\d_]+(?:-[A-ZÆØÅ]?[^\W\d_]+)*"
_ORGANISATION = re.compile(rf"\b(Region {_NAMED}|{_NAMED} Kommune|(?:{_NAMED} ){{1,3}}(?:A/S|ApS|a\.m\.b\.a\.))(?!\w)")


def _employer(text: str, blocks: tuple[Block, ...]) -> str | None:
    """Who offers the job, when a fact row says it, or an authority or company is named at the head of the document; None when neither does."""
    for block in blocks:
        if block.kind is BlockKind.ROW and len(block.cells) >= 2:
            label, value = (text[start:end].strip(" :") for start, end in block.cells[:2])
            if label.casefold() in _EMPLOYER_LABELS and 2 < len(value) < 80:
                return value
    found = _ORGANISATION.search(text[:400])
    return found[1] if found else None


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
