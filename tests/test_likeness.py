"""Which questions ask the same: measured on our own pairs of questions about one document."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from assistant.likeness import SAME, likeness, read
from index.library import Encoder

KNOWN_SAME = {"indstillingsudvalget", "starter man i stillingen", "opsigelsesvarslet når prøvetiden"}


@pytest.fixture(scope="module")
def scored(encoder: Encoder) -> tuple[list[float], list[tuple[float, str, str]]]:
    """Pairs of the same group, and pairs of different ones that rest on different places: their likeness."""
    documents: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in sorted((ROOT / "tests/questions").glob("*.jsonl")):
        for row in map(json.loads, Path(path).read_text(encoding="utf-8").splitlines()):
            if not row["conversation"]:
                documents[row["document"]].append({**row, "group": row.get("group") or row["id"]})
    same, different = [], []
    for rows in documents.values():
        vectors = encoder.questions([row["question"] for row in rows])
        readings = [read(row["question"], vector) for row, vector in zip(rows, vectors, strict=True)]
        for i, j in combinations(range(len(rows)), 2):
            one, other = rows[i], rows[j]
            if one["group"] == other["group"]:
                same.append(likeness(readings[i], readings[j]))
            elif not set(one["evidence"]) & set(other["evidence"]):
                different.append((likeness(readings[i], readings[j]), one["question"], other["question"]))
    return same, different


def test_different_questions_hardly_ever_meet(scored: tuple[list[float], list[tuple[float, str, str]]]) -> None:
    _, different = scored
    met = [pair for pair in different if pair[0] >= SAME and not any(known in pair[1] + pair[2] for known in KNOWN_SAME)]
    assert len(different) > 5000 and len(met) / len(different) < 0.001, met


def test_many_paraphrases_and_misspellings_are_found(scored: tuple[list[float], list[tuple[float, str, str]]]) -> None:
    same, _ = scored
    assert sum(one >= SAME for one in same) / len(same) > 0.25


@pytest.mark.parametrize(
    ("one", "other", "met"),
    [
        ("Er der en kantine?", "Har I kantine?", True),
        ("Er der en kantine?", "Findes der en kantine på stedet?", True),
        ("Må man have hund med?", "Må jeg tage min hund med på arbejde?", True),
        ("Er der en kantine?", "Er der parkering?", False),
        ("Hvornår er første samtale?", "Hvornår er anden samtale?", False),
        ("Hvor mange elever er der?", "Hvem er eleverne?", False),
    ],
)
def test_examples(encoder: Encoder, one: str, other: str, met: bool) -> None:
    vectors = encoder.questions([one, other])
    assert (likeness(read(one, vectors[0]), read(other, vectors[1])) >= SAME) is met
