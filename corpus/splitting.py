"""Blocks → passages: the smallest spans that answer, each with the headings, label and lead-in it is read under.

A row of two cells is a label and its facts; a wider row is one fact under its column headers; a list item keeps the
sentence that introduces it; a paragraph gives its sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from corpus.danish import STOP_WORDS, frequencies, sentences, trim
from corpus.entities import Kind, find
from corpus.profiles import Block, BlockKind, Passage, PassageKind

_SUB_LABEL = re.compile(r"(?:(?<=^)|(?<=[\s]))((?:\d{1,2}\.\s)?[^\W\d_][^\d:.,;!?\n\t]{1,60}?):(?=\s)")
_LOST_BREAK = re.compile(r"(?<=\b(?:19|20)\d\d )(?=[A-ZÆØÅ][a-zæøå]+ [a-zæøå])")


# Where a list has lost its lines, an item begins with a capital where no sentence has ended: "… på brugerniveau Er serviceminded Kan arbejde …"
_RUN_ON, _ENDLESS, _COMMON, _LONGEST = 150, 20_000, 3e-6, 40
_LOST_ITEM = re.compile(r"(?<=[^\W\d_]|[\d)\]:])\s+(?=([A-ZÆØÅ][a-zæøå]+)\s+[a-zæøå])")


@dataclass(slots=True)
class _Place:
    """Where the reader is: the headings above, the last label, the sentence that may lead a list in."""

    sections: list[tuple[int, str]] = field(default_factory=list)
    label: str | None = None
    lead: tuple[int, int] | None = None
    parents: dict[int, tuple[int, int]] = field(default_factory=dict)
    group: int = 0


def split(text: str, blocks: tuple[Block, ...]) -> tuple[Passage, ...]:
    """Every passage of a profile, in reading order. Spans are into `text`, trimmed of white space, never empty."""
    passages: list[Passage] = []
    place = _Place()
    for index, block in enumerate(blocks):
        before = blocks[index - 1].kind if index else None
        if block.kind is BlockKind.HEADING:
            _enter(place, block, text)
            place.group += 1
            if len(text[block.start : block.end].split()) >= 3:
                passages.append(_passage(PassageKind.HEADING, trim(text, block.start, block.end), block, place))
        elif block.kind is BlockKind.ITEM:
            if before is not BlockKind.ITEM:
                place.group += 1
                place.parents.clear()
            passages += _item(text, block, place)
        else:
            place.group += 0 if before is BlockKind.ROW and block.kind is BlockKind.ROW and block.headers else 1
            found = _row(text, block, place) if block.kind is BlockKind.ROW else _paragraph(text, block, place)
            passages += found
            last = found[-1] if found else None
            if block.kind is BlockKind.PARAGRAPH:
                place.lead = (last.start, last.end) if last else None
    return tuple(_labelled(passages))


def _labelled(passages: list[Passage]) -> list[Passage]:
    """A heading over no more than three sentences is their label, as a fact's is."""
    runs: dict[tuple[str, ...], list[int]] = {}
    for at, passage in enumerate(passages):
        runs.setdefault(passage.section, []).append(at)
    out = list(passages)
    for section, found in runs.items():
        rows = [row for row in found if out[row].kind is not PassageKind.HEADING]
        if section and rows and len(rows) <= 3 and all(out[row].kind is PassageKind.SENTENCE and out[row].label is None for row in rows):
            for row in rows:
                out[row] = replace(out[row], label=section[-1])
    return out


def _enter(place: _Place, block: Block, text: str) -> None:
    while place.sections and place.sections[-1][0] >= block.level:
        place.sections.pop()
    place.sections.append((block.level, text[block.start : block.end].strip()))
    place.label = None
    place.lead = (block.start, block.end) if text[block.start : block.end].endswith(":") else None


def _led(text: str, lead: tuple[int, int] | None) -> dict[str, object]:
    return {"lead": text[lead[0] : lead[1]] if lead else None, "lead_span": lead}


def _passage(kind: PassageKind, span: tuple[int, int], block: Block, place: _Place, **more: object) -> Passage:
    section = tuple(name for _, name in place.sections)
    return Passage(kind, *span, section=section, group=place.group, page=block.page, **more)  # type: ignore[arg-type]


def _row(text: str, block: Block, place: _Place) -> list[Passage]:
    """A table's or fact list's row."""
    if block.level:
        return []
    filled = [cell for cell in block.cells if text[cell[0] : cell[1]].strip()]
    if not filled:
        return []
    first = text[block.cells[0][0] : block.cells[0][1]].strip().rstrip(":").strip()
    if len(block.cells) > 2 and len(filled) > 2 or (block.headers and len(block.cells) > 2):
        return [_passage(PassageKind.FACT, trim(text, filled[0][0], filled[-1][1]), block, place, label=first or None, headers=block.headers, **_led(text, place.lead))]
    if len(filled) == 1 and filled[0] == block.cells[0]:
        place.label = None
        return _facts(text, filled[0], block, place, None)
    place.label = first or place.label
    return [fact for cell in filled if cell != block.cells[0] for fact in _facts(text, cell, block, place, place.label)]


def _facts(text: str, span: tuple[int, int], block: Block, place: _Place, label: str | None) -> list[Passage]:
    """The facts in one cell: its sentences, and within them the parts that begin with a label of their own."""
    spans = [piece for sentence in sentences(text, *span) for piece in sub_facts(text, *sentence)]
    return [_passage(PassageKind.FACT, piece, block, place, label=label) for piece in spans]


def sub_facts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The spans of the labelled parts of a stretch, or the stretch itself.

    "1. samtale: fredag den 9. maj Test: torsdag" is two facts; "Om jobbet: Ida" is one.
    """
    cuts = [start]
    at = start
    for lost in _LOST_BREAK.finditer(text, start, end):
        cuts.append(lost.start())
    while match := _SUB_LABEL.search(text, at, end):
        label_start = match.start(1)
        words = list(re.finditer(r"(?:\d{1,2}\.\s\S+|\S+)", text[label_start : match.end(1)]))
        opening = next((word.start() for word in words if word.group()[0].isupper() or word.group()[0].isdigit()), None)
        if opening is not None and label_start + opening > start:
            cuts.append(label_start + opening)
        at = match.end()
    return _between(text, start, sorted(set(cuts) - {start}), end) or [trim(text, start, end)]


def run_on(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The items of a list that runs on without lines or stops, its lead-in first; or the stretch itself, when it is short, endless or no such list."""
    if end - start >= _ENDLESS:
        return [(start, end)]
    lost = [cut.start() for cut in _LOST_BREAK.finditer(text, start, end)]
    if end - start < _RUN_ON:
        return _between(text, start, lost, end)
    cuts = [cut.end() for cut in _LOST_ITEM.finditer(text, start, end) if _begins_item(text, start, cut)]
    people = [(person.start + start, person.end + start) for person in find(text[start:end], 2000) if person.kind is Kind.PERSON] if len(cuts) > 1 else []
    cuts = [cut for cut in cuts if not any(a <= cut < b for a, b in people)]
    return _between(text, start, sorted({*lost, *(cuts if len(cuts) > 1 else [])}), end)


def _between(text: str, start: int, cuts: list[int], end: int) -> list[tuple[int, int]]:
    """The spans between cuts, trimmed."""
    spans = [trim(text, a, b) for a, b in zip([start, *cuts], [*cuts, end], strict=True)]
    return [span for span in spans if span[1] > span[0]]


def _begins_item(text: str, start: int, cut: re.Match[str]) -> bool:
    """Whether a common word with a capital begins an item: the word before it is no name, and none that something must follow."""
    before = text[max(start, cut.start() - _LONGEST) : cut.start()].split()[-1]
    if before.endswith(":"):
        return True
    return not before[:1].isupper() and before.casefold() not in STOP_WORDS and frequencies().get(cut[1].casefold(), 0.0) >= _COMMON


def _item(text: str, block: Block, place: _Place) -> list[Passage]:
    """A list item: its first sentence as the item, further sentences under it."""
    lead = place.parents.get(block.level - 1) if block.level else place.lead
    place.parents[block.level] = (block.start, block.end)
    spans = sentences(text, block.start, block.end)
    more = {**_led(text, lead), "level": block.level}
    if len(spans) == 2 and block.end - block.start < 160:
        spans = [(block.start, block.end)]
    first = text[spans[0][0] : spans[0][1]] if spans else ""
    under = first.rstrip(".:") if len(spans) > 1 and len(first) < 70 else None
    found = [_passage(PassageKind.ITEM, span, block, place, label=None, **more) for span in spans[:1]]
    return found + [_passage(PassageKind.SENTENCE, span, block, place, label=under, **{**more, "lead": first if under is None else None, "lead_span": None}) for span in spans[1:]]


def _paragraph(text: str, block: Block, place: _Place) -> list[Passage]:
    """A paragraph's sentences; in one that holds labelled parts ("Test: … Samtale: …") the parts; of a list that runs on, lead-in and items."""
    place.label = None
    spans: list[tuple[int, int]] = []
    leads: dict[tuple[int, int], tuple[int, int]] = {}
    for sentence in sentences(text, block.start, block.end):
        pieces = sub_facts(text, *sentence) if text.count(":", *sentence) > 2 else []
        pieces = pieces if len(pieces) > 2 else run_on(text, *sentence)
        if text[pieces[0][1] - 1] == ":":
            leads |= dict.fromkeys(pieces[1:], pieces[0])
        spans += pieces
    found, asked = [], None
    for span in spans:
        lead, asks = leads.get(span), text[span[1] - 1] == "?"
        found.append(_passage(PassageKind.ITEM if lead else PassageKind.SENTENCE, span, block, place, label=None if asks else asked, **_led(text, lead)))
        asked = text[span[0] : span[1]].rstrip("?") if asks else asked
    return found
