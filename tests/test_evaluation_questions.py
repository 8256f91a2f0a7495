"""Questions proposed by machine, and what is wrong with a file of questions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import SHIPPED, Command
from evaluating import furnish, small_assistant

from assistant import evaluation
from assistant.evaluation import proposing, validating
from assistant.evaluation.gold import Gold, load, spans
from corpus.reading import read

NAMES = sorted(path.name for path in SHIPPED.iterdir())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("questions"))


# --- proposing


def test_proposed_questions_are_sound_and_marked_as_made(home: Path) -> None:
    made = proposing.make(read(home / "0.md"), "0.md")
    assert validating.check(made, [home]) == []
    assert all(gold.origin == "template" for gold in made) and {"fact", "list", "unanswerable", "typo"} == {gold.kind for gold in made}
    assert any("ansøgningsfrist" in gold.question for gold in made)
    assert len({gold.question for gold in made}) == len(made)


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_profile_gets_sound_questions(name: str, tmp_path: Path) -> None:
    profile = read(SHIPPED / name)
    made = proposing.make(profile, name)
    copy, text, misses = proposing.take_out(profile, name)
    (tmp_path / copy).write_text(text, encoding="utf-8")
    assert len(made) > 8 and validating.check([*made, *misses], [SHIPPED, tmp_path]) == []
    assert all(not gold.answerable and gold.document == copy for gold in misses)


def test_a_field_that_is_taken_out_is_nowhere_in_the_copy(home: Path) -> None:
    profile = read(home / "0.md")
    _, text, misses = proposing.take_out(profile, "0.md")
    asked = {gold.question: gold for gold in proposing.make(profile, "0.md") if gold.answerable}
    assert misses and len(text) < len(profile.text)
    for miss in misses:
        whole = asked[miss.question]
        assert spans(profile.text, whole.evidence[0]) and whole.answers[0][0].casefold() not in text.casefold()


def test_variants_are_typed_as_people_type_and_share_a_group(home: Path) -> None:
    made = proposing.make(read(home / "0.md"), "0.md")
    about = [gold for gold in made if gold.group == next(g.group for g in made if "ansøgningsfrist" in g.question)]
    questions = {gold.question for gold in about}
    assert "Hvad staar der om ansoegningsfrist" in questions and "Hvad står der om ansøgnings frist" in questions and len(questions) == 4
    assert {gold.answers for gold in about} == {about[0].answers}


def test_machine_made_questions_stay_out_of_the_headline(home: Path, tmp_path: Path) -> None:
    made = [replace(gold, id=f"m{at}") for at, gold in enumerate(proposing.make(read(home / "0.md"), "0.md"))]
    people = load([home / "questions.jsonl"])
    (tmp_path / "both.jsonl").write_text("\n".join(json.dumps(gold.to_json()) for gold in (*people, *made)), encoding="utf-8")
    (tmp_path / "made.jsonl").write_text("\n".join(json.dumps(gold.to_json()) for gold in made), encoding="utf-8")
    alone, both, only = (evaluation.evaluate([file], home, small_assistant).scores for file in (home / "questions.jsonl", tmp_path / "both.jsonl", tmp_path / "made.jsonl"))
    assert both["metrics"]["right"] == alone["metrics"]["right"] and both["machine_made"]["n"] == len(made) and not both["machine_made"]["alone"]
    assert sum(row["n"] for row in both["machine_made"]["kinds"].values()) == len(made)
    assert only["machine_made"]["alone"] and alone["machine_made"]["n"] == 0


def test_make_writes_questions_and_a_copy_that_evaluates(command: Command, home: Path, tmp_path: Path) -> None:
    ran = command("questions", "make", home / "0.md", "--out", tmp_path / "made")
    assert ran.status == 0 and "taget ud" in ran.out
    golds = load([tmp_path / "made/0.jsonl"])
    assert {gold.document for gold in golds} == {"0.md", "0-uden.txt"} and (tmp_path / "made/0-uden.txt").is_file()
    printed = [json.loads(line) for line in command("questions", "make", home / "0.md").out.splitlines()]
    assert printed == [json.loads(json.dumps(gold.to_json())) for gold in golds if gold.document == "0.md"]
    assert command("questions", "make", home / "none.md").status == 2


# --- validating


def _good(home: Path) -> Gold:
    return load([home / "questions.jsonl"])[0]


FAULTS: dict[str, Callable[[Gold], list[Gold]]] = {
    "bruges 2 gange": lambda good: [good, replace(good, question="En anden?")],
    "det samme spørgsmål": lambda good: [good, replace(good, id="b")],
    "citatet står ikke": lambda good: [replace(good, evidence=("ikke der",))],
    "ukendt kind": lambda good: [replace(good, kind="gåde")],
    "ukendt origin": lambda good: [replace(good, origin="drøm")],
    "dokumentet væk.md findes ikke": lambda good: [replace(good, document="væk.md")],
    "er ændret, siden": lambda good: [replace(good, document_sha256="0" * 64)],
    "answerable skal være sand": lambda good: [replace(good, answers=())],
    "kind og answerable": lambda good: [replace(good, kind="unanswerable")],
    "uden conversation": lambda good: [replace(good, kind="followup")],
    "tomt svaralternativ": lambda good: [replace(good, answers=((" ",),))],
    "en tom tekst": lambda good: [replace(good, must_not=("",))],
    "id'et er tomt": lambda good: [replace(good, id="")],
    "spørgsmålet er tomt": lambda good: [replace(good, question=" ")],
    "gruppen g ligger i flere dele: dev, test": lambda good: [replace(good, id=split, question=split, group="g", split=split) for split in ("dev", "test")],
    "dokumentet 0.md ligger i flere dele": lambda good: [replace(good, id=split, question=split, split=split) for split in ("dev", "test")],
    "gruppen g blander": lambda good: [replace(good, group="g"), replace(good, id="b", group="g", kind="unanswerable", answerable=False, answers=(), evidence=())],
}


@pytest.mark.parametrize("said", FAULTS)
def test_every_fault_is_said(home: Path, said: str) -> None:
    found = validating.check(FAULTS[said](_good(home)), [home])
    assert any(said in line for line in found)
    assert validating.check([_good(home)], [home]) == []


BROKEN = ['{"id": "a"}', "{", "[]", '{"id": 1, "document": "0.md", "conversation": [], "question": "q", "kind": "fact", "answerable": true, "answers": [], "evidence": []}']


def test_check_says_every_fault_of_a_file_not_only_the_first(command: Command, home: Path) -> None:
    lines = (home / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    row: dict[str, Any] = json.loads(lines[0])
    more = [json.dumps({**row, "id": "x", "question": "Andet?", "evidence": ["ikke der"], "kind": "gåde"}), json.dumps({**row, "question": "Tredje?"})]
    (home / "wrong.jsonl").write_text("\n".join([*lines, *BROKEN, *more]), encoding="utf-8")
    ran = command("questions", "check", home / "wrong.jsonl")
    assert ran.status == 2 and ran.out.count("wrong.jsonl, linje") == 4 and ran.out.splitlines()[-1] == "23 spørgsmål, 7 fejl"
    assert all(word in ran.out for word in ("x: citatet", "x: ukendt kind", "q0-0: id'et bruges 2 gange"))
    in_english = command("questions", "check", home / "wrong.jsonl", ASSISTANT_LANGUAGE="en")
    assert in_english.status == 2 and in_english.out.splitlines()[-1] == "23 questions, 7 faults" and "spørgsmål" not in in_english.out and "linje" not in in_english.out
    (home / "wrong.jsonl").unlink()
    assert command("questions", "check", home / "questions.jsonl").out == "21 spørgsmål, 0 fejl\n"
    assert command("questions", "check", home / "none.jsonl").status == 2


def test_the_folder_names_the_split(home: Path, tmp_path: Path) -> None:
    row = _good(home).to_json()
    for split in ("dev", "test"):
        (tmp_path / split).mkdir()
        (tmp_path / split / "q.jsonl").write_text(json.dumps({**row, "id": split, "question": split}), encoding="utf-8")
    golds, problems = validating.read_all([tmp_path / "dev", tmp_path / "test"])
    assert problems == [] and [gold.split for gold in golds] == ["dev", "test"]
    assert any("ligger i flere dele" in line for line in validating.check(golds, [home]))
