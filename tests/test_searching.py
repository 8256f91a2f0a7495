"""One question to many profiles."""

from __future__ import annotations

from assistant.answers import Answer, Citation
from assistant.searching import SURE, across

SAID = {"a": 0.8, "b": 0.95, "unsure": SURE - 0.01, "c": SURE}


def ask(question: str, slug: str) -> Answer:
    """Answers as sure as the profile's name says; "refused" refuses, "hello" cites nothing."""
    if slug in ("refused", "hello"):
        return Answer(question, slug, "da", "", slug == "refused", 1.0, (Citation(1, slug, None, None, "x", 0, 1),) if slug == "refused" else ())
    return Answer(question, slug, "da", "x [1]", False, SAID[slug], (Citation(1, slug, None, None, "x", 0, 1),))


def test_the_surest_come_first_and_only_cited_answers_count() -> None:
    found = across(ask, "Hvad?", ["refused", *SAID, "hello"])
    assert [answer.profile for answer in found] == ["b", "a", "c"]
    assert [answer.profile for answer in across(ask, "Hvad?", list(SAID), most=1)] == ["b"]
    assert across(ask, "Hvad?", ["refused"]) == []


def test_a_consultants_answer_counts_though_it_quotes_nothing() -> None:
    def consultants(question: str, slug: str) -> Answer:
        return Answer(question, slug, "da", "Ja.", False, 1.0, writer="consultant" if slug == "a" else "extractive")

    assert [answer.profile for answer in across(consultants, "Er der kantine?", ["a", "b"])] == ["a"]
