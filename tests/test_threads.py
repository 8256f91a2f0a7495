"""Many threads, one assistant: each gets the answers that one thread alone would."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import pytest
from conftest import ROOT

from assistant import opening
from assistant.answering import Assistant
from assistant.evaluation.gold import load
from assistant.settings import Settings
from corpus import concepts, danish
from corpus.stemming import snowball
from index.library import Library

THREADS = 8
Asked = tuple[str, str, Sequence[str]]
GOLDS = [gold for file in sorted((ROOT / "tests/questions").glob("*.jsonl")) for gold in load([file]) if (ROOT / "corpus/profiles" / gold.document).is_file()]


QUESTIONS = ("Hvornår er ansøgningsfristen?", "Hvem kan jeg ringe til?", "Hvor mange medarbejdere er der?", "what are the main tasks", "Hvad lægges der vægt på i lederskabet?", "Får jeg firmabil?")


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads take turns twenty times as often as they usually do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(before / 20)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hurried")
def test_stems_are_the_same_in_every_thread() -> None:
    words = [f"{front}{tail}" for front in ("stilling", "afdeling", "undervisning", "medarbejder", "kommun") for tail in ("erne", "ens", "heden", "ernes", "er", "en")]
    alone = [snowball(word, "danish") for word in words]
    with ThreadPoolExecutor(THREADS) as pool:
        assert all(stems == alone for stems in pool.map(lambda _: [snowball(word, "danish") for word in words], range(40)))


@pytest.mark.usefixtures("hurried")
def test_threads_that_begin_together_answer_as_one_does(job_assistant: Assistant) -> None:
    asked = [(question, "birkelund-skoleleder", ()) for question in QUESTIONS]
    alone = answers(job_assistant, asked)
    assert asked_together(job_assistant, asked, 1) == [alone] * THREADS


@pytest.mark.slow
@pytest.mark.usefixtures("hurried")
def test_eight_threads_and_ten_thousand_questions_answer_as_one_thread_does(plain: Settings, stocked: Library) -> None:
    asked = [(gold.question, gold.document.rpartition(".")[0], gold.conversation) for gold in GOLDS]
    rounds = -(-10_000 // (THREADS * len(asked)))
    alone = answers(opening.assistant(plain, stocked), asked)
    every = asked_together(opening.assistant(plain, Library(stocked.folder, stocked.encoder)), asked, rounds)
    assert len(every) * len(asked) >= 10_000
    assert all(each == alone for each in every)


def asked_together(assistant: Assistant, asked: Sequence[Asked], rounds: int) -> list[list[str]]:
    """The answers that each of the threads got to every question in each round, asked in an order of its own, with nothing remembered."""
    for remembered in (danish.stem, danish.parts, concepts.key, concepts.english_key, concepts._in_words):
        remembered.cache_clear()
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda seed: shuffled(assistant, asked, seed), range(THREADS * rounds)))


def shuffled(assistant: Assistant, asked: Sequence[Asked], seed: int) -> list[str]:
    """The answers in the questions' order, asked in another."""
    order = list(range(len(asked)))
    Random(seed).shuffle(order)
    said = dict(zip(order, answers(assistant, [asked[at] for at in order]), strict=True))
    return [said[at] for at in range(len(asked))]


def answers(assistant: Assistant, asked: Sequence[Asked]) -> list[str]:
    """Each answer as it is sent, but for the time it took."""
    return [json.dumps(replace(assistant.ask(*one), seconds=0.0).to_json(), ensure_ascii=False) for one in asked]
