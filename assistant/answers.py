"""What a reader gets: an answer, its citations, and their JSON form (the contract's section 3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MARK = re.compile(r"\s*\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Citation:
    """The place an answer rests on: `quote` is exactly `text[start:end]` of the profile's canonical text."""

    number: int
    profile: str
    section: str | None
    page: int | None
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Drafted:
    """What became of a chat model's draft: the sentences it wrote, how many the checker stopped, and the fault when the answer is not the model's."""

    sentences: int = 0
    stopped: int = 0
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it is shown and stored. `seconds` is wall time; `confidence` is 0-1, also when abstained.

    `drafted` is for the evaluation: None when no chat model was asked; it is no part of the JSON.
    """

    question: str
    profile: str | None
    language: str
    answer: str
    abstained: bool
    confidence: float
    citations: tuple[Citation, ...] = ()
    suggestions: tuple[str, ...] = ()
    writer: str = "extractive"
    notice: str | None = None
    seconds: float = 0.0
    drafted: Drafted | None = None

    def to_json(self) -> dict[str, Any]:
        """The contract's object, ready for `json.dumps`."""
        plain = {name: value for name, value in asdict(self).items() if name != "drafted"}
        return {**plain, "citations": [asdict(c) for c in self.citations], "suggestions": list(self.suggestions)}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer before it is numbered: its words and the spans `(start, end)` it rests on.

    `bullet` sets it on a line of its own; `derived` names the rule behind a word that stands in no span.
    """

    text: str
    spans: tuple[tuple[int, int], ...] = ()
    bullet: bool = False
    derived: frozenset[str] = field(default_factory=frozenset)


def joined(answers: Sequence[Sequence[Sentence]]) -> list[Sentence]:
    """Several answers as one; a sentence that rests on spans already cited is not said twice."""
    said: list[Sentence] = []
    for sentence in (sentence for answer in answers for sentence in answer):
        cited = {span for other in said for span in other.spans}
        if not sentence.spans or not set(sentence.spans) <= cited:
            said.append(sentence)
    return said


def number(sentences: Sequence[Sentence], cite: Any) -> tuple[str, tuple[Citation, ...]]:
    """Sentences → the text with its `[n]` marks, and the citations 1…n in order of first use.

    `cite(number, span)` makes the citation of a span. Equal spans share a number.
    """
    numbers: dict[tuple[int, int], int] = {}
    lines: list[str] = []
    for sentence in sentences:
        marks = "".join(f" [{numbers.setdefault(span, len(numbers) + 1)}]" for span in sentence.spans)
        words = f"- {sentence.text}{marks}" if sentence.bullet else f"{sentence.text}{marks}"
        gap = "\n" if sentence.bullet or (lines and lines[-1].lstrip("\n").startswith("- ")) else " "
        lines.append((gap if lines else "") + words)
    return "".join(lines), tuple(cite(n, span) for span, n in numbers.items())
