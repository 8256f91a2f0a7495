"""How often the checker judges as people did: precision and recall over labelled pairs of a source and a sentence.

    python -m assistant.evaluation.pairs tests/pairs/test.jsonl

A line: {"source": "heading\\nits words", "text": "the sentence", "language": "da", "kind": "number", "supported": false}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assistant.checking import Reading, supports
from corpus.profiles import Profile

TODAY = date(2026, 12, 1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A source (its own words last, what they are read under above), a sentence, and whether people say that it supports it."""

    source: str
    text: str
    language: str
    kind: str
    supported: bool


@dataclass(frozen=True, slots=True)
class Score:
    """`precision`: of what was let through, the share that is supported; `recall`: of what is supported, the share let through."""

    pairs: int
    precision: float
    recall: float
    kinds: frozenset[str]
    wrong: tuple[Pair, ...]


def load(path: Path) -> list[Pair]:
    """The pairs of a file."""
    return [Pair(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line]


def score(pairs: Sequence[Pair]) -> Score:
    """How the checker judges them."""
    reading = Reading(Profile("", "", "", (), ()), TODAY, 2027)
    judged = [supports(pair.text, [pair.source], reading, pair.language) for pair in pairs]
    right = sum(said and pair.supported for said, pair in zip(judged, pairs, strict=True))
    wrong = tuple(pair for said, pair in zip(judged, pairs, strict=True) if said != pair.supported)
    return Score(len(pairs), right / max(1, sum(judged)), right / max(1, sum(pair.supported for pair in pairs)), frozenset(pair.kind for pair in pairs), wrong)


def main(files: Sequence[str]) -> int:
    """Prints each file's figures, and what was judged otherwise."""
    for file in files:
        found = score(load(Path(file)))
        print(f"{file}: {found.pairs} pairs, precision {found.precision:.3f}, recall {found.recall:.3f}")
        for pair in found.wrong:
            print(f"  {'dropped' if pair.supported else 'let through'} ({pair.kind}): {pair.text}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
