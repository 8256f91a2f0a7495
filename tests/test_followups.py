"""What a follow-up takes from the talk before it."""

from __future__ import annotations

import pytest

from assistant.answering import Assistant
from assistant.followups import leans, resolve
from assistant.questions import Question, understand

SLUG = "birkelund-skoleleder"


def terms(question: Question) -> set[str]:
    """The words a question stands on."""
    return {term.word for term in question.terms}


@pytest.mark.parametrize("text", ["Og anden?", "Hvad med løn?", "Hvad er hans nummer?", "Og hvornår?"])
def test_a_follow_up_leans_on_what_was_said(text: str) -> None:
    assert leans(understand(text), first=False)
    assert not leans(understand(text), first=True)


@pytest.mark.parametrize("text", ["Hvornår er ansøgningsfristen?", "Hvor mange medarbejdere og elever har skolen?"])
def test_a_question_that_stands_alone_does_not(text: str) -> None:
    assert not leans(understand(text), first=False)


def test_an_ellipsis_takes_the_place_of_its_like() -> None:
    resolved = resolve(understand("Og anden?"), understand("Hvornår er første samtale?"), understand)
    assert resolved.ordinal == 2
    assert "samtale" in terms(resolved)
    assert resolved.ask is understand("Hvornår er første samtale?").ask


def test_a_pronoun_carries_the_words_along() -> None:
    before = understand("Hvem er Ida Holm?")
    resolved = resolve(understand("Hvad er hendes nummer?"), before, understand)
    assert {"ida", "holm", "nummer"} <= terms(resolved)
    assert resolved.follows


@pytest.mark.parametrize(
    ("earlier", "question", "words"),
    [
        (["Hvornår er første samtale?"], "Og anden?", "18. marts 2027"),
        (["Hvornår er anden samtale?"], "Og den første?", "9. marts 2027"),
        (["Hvem er Bo Strand?"], "Hvad er hans telefonnummer?", "60 70 80 90"),
        (["Hvor mange elever er der?"], "Og medarbejdere?", "58 medarbejdere"),
    ],
)
def test_a_follow_up_is_answered_as_the_whole_question_would_be(job_assistant: Assistant, earlier: list[str], question: str, words: str) -> None:
    answer = job_assistant.ask(question, SLUG, earlier)
    assert words in " ".join(c.quote for c in answer.citations)


def test_a_follow_up_as_the_first_turn_and_after_many_is_still_answered(job_assistant: Assistant) -> None:
    assert job_assistant.ask("Og hvad er lønnen?", SLUG).answer
    assert "overenskomst" in job_assistant.ask("Hvad med løn?", SLUG, ["Hvornår er fristen?", "tak", "hej"] * 20).answer
