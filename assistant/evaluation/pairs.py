"""How often the checker judges as people did: precision and recall over labelled pairs of a source and a sentence.

    python -m assistant.evaluation.pairs tests/pairs/test.jsonl
    python -m assistant.evaluation.pairs tests/pairs/{blind,dev,test}.jsonl --write    # the figures that every run and report shows

A line: {"source": "heading\\nits words", "text": "the sentence", "language": "da", "kind": "number", "supported": false}.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from assistant.checking import TAU, Reading, supports
from corpus.profiles import Profile

TODAY = date(2026, 12, 1)
KEPT = Path(__file__).with_name("pairs.json")


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


def figures(files: Sequence[Path]) -> dict[str, Any]:
    """What is published beside every number that the checker makes: its threshold, and how it judges all the pairs and each file's."""
    sets = {file.name: load(file) for file in files}
    found = score([pair for pairs in sets.values() for pair in pairs])
    return {"tau": TAU, "labelled_pairs": found.pairs, **_rates(found), "files": {name: {"pairs": len(pairs), **_rates(score(pairs))} for name, pairs in sets.items()}}


def _rates(found: Score) -> dict[str, float]:
    return {"precision": round(found.precision, 4), "recall": round(found.recall, 4)}


@cache
def published() -> dict[str, Any]:
    """The figures as they were last written by `--write`; a test holds them against the pairs."""
    kept: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return kept


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints each file's figures, and what was judged otherwise; with `--write` keeps the figures."""
    parser = argparse.ArgumentParser(prog="python -m assistant.evaluation.pairs", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {KEPT.name}, for runs and reports to show")
    asked = parser.parse_args(arguments)
    for file in asked.files:
        found = score(load(file))
        print(f"{file}: {found.pairs} pairs, precision {found.precision:.3f}, recall {found.recall:.3f}")
        for pair in found.wrong:
            print(f"  {'dropped' if pair.supported else 'let through'} ({pair.kind}): {pair.text}")
    if asked.write:
        KEPT.write_text(json.dumps(figures(asked.files), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
