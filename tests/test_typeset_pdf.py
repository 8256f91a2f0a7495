"""A profile set in two columns, with running headers and broken words, answers as its source does; pages are kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import ROOT, SHIPPED
from typesetting import typeset

from assistant import opening
from assistant.evaluation.running import evaluate
from assistant.settings import Settings
from corpus.profiles import Profile
from corpus.reading import read

NAMES = ["centerleder-rehabilitering", "vicedirektoer-boligforening", "skoleleder-havrebjerg"]


@pytest.fixture(scope="module", params=NAMES)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A profile's name, and the folder of its PDF in two columns."""
    folder = tmp_path_factory.mktemp("typeset")
    typeset(SHIPPED / f"{request.param}.md", folder / f"{request.param}.pdf")
    return request.param, folder


def both(pair: tuple[str, Path]) -> tuple[Profile, Profile]:
    name, folder = pair
    return read(SHIPPED / f"{name}.md"), read(folder / f"{name}.pdf")


def test_nearly_every_line_of_the_source_is_in_the_pdf(pair: tuple[str, Path]) -> None:
    source, pdf = both(pair)
    lines = [line for line in source.text.split("\n") if line.strip()]
    kept = [line for line in lines if line in pdf.text]
    assert len(kept) >= 0.97 * len(lines)


def test_running_headers_page_numbers_and_hyphens_are_gone(pair: tuple[str, Path]) -> None:
    _, pdf = both(pair)
    assert "Side 1" not in pdf.text
    assert pdf.text.count("Stillings- og personprofil") <= 1
    assert not [line for line in pdf.text.split("\n") if line.endswith("-")]


def test_every_passage_has_its_page(pair: tuple[str, Path]) -> None:
    _, pdf = both(pair)
    pages = [passage.page for passage in pdf.passages]
    assert None not in pages
    assert pages[0] == 1 and (pages[-1] or 0) >= 2
    assert all(b >= a for a, b in zip(pages, pages[1:], strict=False) if a and b)


def test_the_same_file_twice_is_the_same_profile(pair: tuple[str, Path]) -> None:
    name, folder = pair
    assert read(folder / f"{name}.pdf") == read(folder / f"{name}.pdf")


@pytest.mark.slow
def test_answers_differ_for_three_questions_at_most(pair: tuple[str, Path], plain: Settings) -> None:
    name, folder = pair
    asked = (ROOT / "tests" / "questions" / f"{name}.jsonl").read_text(encoding="utf-8")
    questions = folder / "questions.jsonl"
    questions.write_text(asked.replace(f'"{name}.md"', f'"{name}.pdf"'), encoding="utf-8")
    factory = opening.Opened(plain)
    source = evaluate([ROOT / "tests" / "questions" / f"{name}.jsonl"], SHIPPED, factory, processes=1)
    typeset_one = evaluate([questions], folder, factory, processes=1)
    right = [json.dumps(case.outcome) for case in source.cases], [json.dumps(case.outcome) for case in typeset_one.cases]
    assert sum(a != b for a, b in zip(*right, strict=True)) <= 3
