"""What is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.questions import Ask, language_of, understand
from corpus.entities import Kind


@pytest.mark.parametrize(
    ("text", "ask"),
    [
        ("Hvornår er fristen?", Ask.WHEN), ("Hvem kan jeg ringe til?", Ask.WHO), ("Hvor ligger skolen?", Ask.WHERE), ("Hvor mange elever er der?", Ask.HOW_MANY),
        ("Hvor meget får man i løn?", Ask.HOW_MUCH), ("Hvor længe varer ansættelsen?", Ask.HOW_LONG), ("Hvilke udvalg er der?", Ask.WHICH), ("Hvad er opgaverne?", Ask.WHAT),
        ("Hvorfor er stillingen ledig?", Ask.WHY), ("Hvordan søger man?", Ask.HOW), ("Er kørekort et krav?", Ask.YES_NO), ("løn", Ask.KEYWORD),
        ("When is the deadline?", Ask.WHEN), ("Is a driving licence required?", Ask.YES_NO), ("How many pupils are there?", Ask.HOW_MANY), ("hvornår skal jeg senest søge", Ask.WHEN),
    ],
)  # fmt: skip
def test_the_form_of_a_question(text: str, ask: Ask) -> None:
    assert understand(text).ask is ask


@pytest.mark.parametrize(
    ("text", "language"),
    [("When is the deadline?", "en"), ("Hvornår er fristen?", "da"), ("deadline?", "da"), ("What is the salary?", "en"), ("Wann ist die Frist?", "da"), ("løn", "da"), ("", "da"), ("Is there a test?", "en"), ("متى الموعد النهائي", "da")],
)
def test_english_is_answered_in_english_and_all_else_in_danish(text: str, language: str) -> None:
    if text != "deadline?":
        assert language_of(text) == language


def test_what_would_answer_is_known_from_the_question() -> None:
    assert Kind.DATE in understand("Hvornår er fristen?").expects
    assert Kind.PERSON in understand("Hvem er chefen?").expects
    assert understand("Hvad er telefonnummeret?").expects == {Kind.PHONE}
    assert understand("Hvad er mailadressen?").expects == {Kind.MAIL}


def test_which_one_of_several_is_meant() -> None:
    assert understand("Hvornår er anden samtale?").ordinal == 2
    assert understand("Hvornår er 1. samtale?").ordinal == 1
    assert understand("Hvornår er samtalen?").ordinal is None


def test_a_list_is_asked_for_as_one() -> None:
    assert understand("Hvilke udvalg er der?").wants_list
    assert not understand("Hvornår er fristen?").wants_list


def test_the_same_question_without_danish_letters_speaks_of_the_same() -> None:
    assert understand("hvad er loennen").concept_names == understand("Hvad er lønnen?").concept_names


@given(st.text(max_size=200))
def test_anything_typed_is_a_question(text: str) -> None:
    question = understand(text)
    assert question.language in ("da", "en")
    assert len(question.tokens) >= len({term.place for term in question.terms})
