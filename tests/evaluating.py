"""What the tests of evaluation share: three small profiles, their questions, and an encoder that can be computed in the head."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from assistant.answering import Assistant
from assistant.answers import Answer
from corpus.danish import STOP_WORDS, parts, rarity, words
from index.embedding import Encoded, Floats
from index.library import Library, Shard

PROFILE = """---
title: Centerchef til Prøveby
---
# Centerchef til Prøveby

| Felt | Oplysning |
|---|---|
| Ansøgningsfrist | Mandag den 5. februar 2024 kl. 12.00 |
| Tiltrædelse | 1. maj 2024 |
| Refererer til | Direktør Ida Ny |
| Løn | Efter aftale, løntrin 51 |

## Opgaver

Du leder 73 medarbejdere og har ansvaret for et budget på 37 mio. kr. Kendskab til regnskab er ikke et krav.

Centret har tre afdelinger:

- Drift og service
- Børn og familie
- Plan og byggeri

Spørgsmål besvares af direktør Ida Ny på 12 34 56 78.
"""
ROWS = [
    ("fact", "Hvornår er ansøgningsfristen?", [["5. februar"]], ["Mandag den 5. februar 2024"], []),
    ("fact", "Hvornår er der tiltrædelse?", [["1. maj"]], ["1. maj 2024"], []),
    ("fact", "Hvor mange medarbejdere leder man?", [["73"]], ["73 medarbejdere"], []),
    ("list", "Hvilke afdelinger har centret?", [["Drift"], ["Børn"], ["Plan"]], ["Drift og service", "Børn og familie", "Plan og byggeri"], []),
    ("keyword", "løn?", [["løntrin 51"]], ["Efter aftale, løntrin 51"], []),
    ("followup", "Og hvad er nummeret?", [["12 34 56 78"]], ["Ida Ny på 12 34 56 78"], ["Hvem kan man stille spørgsmål til?"]),
    ("unanswerable", "Er der en firmabil?", [], [], []),
]
TODAY = date(2024, 1, 20)


class Words:
    """An encoder: a dimension for every word's first letters, nothing learnt; a question's tokens weigh what their words say."""

    identity, name = "words", "words"

    def questions(self, texts: Sequence[str]) -> Floats:
        return np.stack([_unit(self._weights(text) @ self._tokens(text)) for text in texts])

    def read_questions(self, texts: Sequence[str]) -> Encoded:
        return Encoded(self.questions(texts), [self._tokens(text) * self._weights(text)[:, None] for text in texts])

    def read_passages(self, texts: Sequence[str]) -> Encoded:
        return Encoded(self.questions(texts), [self._tokens(text) for text in texts])

    @staticmethod
    def _parts(text: str) -> list[str]:
        return [part for word in words(text) for part in parts(word)] or [""]

    def _tokens(self, text: str) -> Floats:
        rows = np.full((len(self._parts(text)), 256), 1e-3, np.float32)
        for row, part in zip(rows, self._parts(text), strict=True):
            row[sum(at * ord(letter) for at, letter in enumerate(part[:4], 1)) % 256] += 1
        return _unit(rows)

    def _weights(self, text: str) -> Floats:
        weights = np.array([0.01 if part in STOP_WORDS else rarity(part) ** 2 + 0.1 for part in self._parts(text)], np.float32)
        return np.asarray(weights / weights.sum(), np.float32)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float32)


def small_assistant() -> Assistant:
    return Assistant(Library(Path("nowhere"), Words()), today=lambda: TODAY)


def broken_assistant() -> Assistant:
    assistant = small_assistant()
    usual: Callable[..., Answer] = assistant.answer

    def answer(question: str, shard: Shard, earlier: Sequence[str] = (), threshold: float | None = None) -> Answer:
        if "løn" in question:
            raise RuntimeError("i stykker")
        return usual(question, shard, earlier, threshold)

    assistant.answer = answer  # type: ignore[method-assign]
    return assistant


def furnish(folder: Path) -> Path:
    """Three profiles and their questions in a folder."""
    for at, town in enumerate(("Prøveby", "Nærby", "Fjernby")):
        (folder / f"{at}.md").write_text(PROFILE.replace("Prøveby", town).replace("73", str(73 + at)), encoding="utf-8")
    rows = [_row(f"q{at}-{n}", f"{at}.md", row, at) for at in range(3) for n, row in enumerate(ROWS)]
    (folder / "questions.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return folder


def _row(name: str, document: str, row: tuple[str, str, Any, Any, Any], at: int) -> dict[str, Any]:
    kind, question, answers, evidence, conversation = row
    text = json.dumps({"answers": answers, "evidence": evidence}, ensure_ascii=False).replace("73", str(73 + at))
    return {"id": name, "document": document, "conversation": conversation, "question": question, "kind": kind, "answerable": bool(answers), **json.loads(text)}
