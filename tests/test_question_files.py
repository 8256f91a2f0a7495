"""Every file of evaluation questions is valid: fields, kinds, evidence verbatim in its document."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SHIPPED

QUESTIONS = ROOT / "tests" / "questions"
DOCUMENTS = (SHIPPED, ROOT / "tests" / "profiles", ROOT / "tests" / "profiles" / "training")
FILES = sorted(QUESTIONS.rglob("*.jsonl"))
FIELDS = {"id", "document", "conversation", "question", "kind", "answerable", "answers", "evidence"}
MORE = {"group", "split", "items", "must_not", "origin", "reviewed_by", "document_sha256"}
KINDS = {"fact", "list", "descriptive", "paraphrase", "typo", "keyword", "followup", "yesno", "english", "unanswerable"}


def rows(path: Path) -> list[dict[str, Any]]:
    """A file's questions."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def plain(text: str) -> str:
    """With white space as single spaces."""
    return " ".join(text.split())


def problems(row: dict[str, Any]) -> list[str]:
    """What is wrong with one question."""
    document = next((folder / row["document"] for folder in DOCUMENTS if (folder / row["document"]).exists()), None)
    text = plain(document.read_text(encoding="utf-8")) if document else ""
    checks = {
        "fields": FIELDS <= set(row) <= FIELDS | MORE,
        "kind": row["kind"] in KINDS,
        "document": document is not None,
        "question": bool(row["question"].strip()),
        "evidence": all(plain(evidence) in text for evidence in row["evidence"]),
        "answerable exactly with evidence": row["answerable"] == bool(row["evidence"]) == bool(row["answers"]) == (row["kind"] != "unanswerable"),
        "a follow-up follows": row["kind"] != "followup" or bool(row["conversation"]),
        "alternatives": all(group and all(text.strip() for text in group) for group in row["answers"]),
    }
    return [what for what, holds in checks.items() if not holds]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_question_is_valid(path: Path) -> None:
    assert [(row["id"], problems(row)) for row in rows(path) if problems(row)] == []


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name != "training"], ids=lambda path: path.stem)
def test_every_profile_has_questions_of_all_kinds_near_misses_among_them(path: Path) -> None:
    counted = Counter(row["kind"] for row in rows(path))
    assert sum(counted.values()) >= 30
    assert counted.keys() == KINDS or path.stem == "groups"
    assert 0.05 <= counted["unanswerable"] / sum(counted.values()) <= 0.35


def test_no_two_questions_share_an_id() -> None:
    ids = Counter(row["id"] for path in FILES for row in rows(path))
    assert [one for one, times in ids.items() if times > 1] == []


def test_every_shipped_profile_has_its_questions() -> None:
    asked = {row["document"] for path in QUESTIONS.glob("*.jsonl") for row in rows(path)}
    assert asked == {path.name for path in SHIPPED.iterdir()}
    assert not any(re.search(r"\s", name) for name in asked)
