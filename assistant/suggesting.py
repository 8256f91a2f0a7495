"""Questions to suggest: those of the usual ones that this profile answers (the assistant tries them), what was just asked left out."""

from __future__ import annotations

from collections.abc import Sequence

from index.library import Shard

_USUAL: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("deadline",), "Hvornår er ansøgningsfristen?", "When is the application deadline?"),
    (("first_interview", "interview_dates"), "Hvornår er samtalerne?", "When are the interviews?"),
    (("start_date",), "Hvornår er der tiltrædelse?", "When does the job start?"),
    (("salary",), "Hvad står der om løn?", "What does it say about salary?"),
    (("must_haves", "education_requirement"), "Hvilke krav er der til ansøgerne?", "What are the requirements?"),
    (("leadership_style", "personal_qualities"), "Hvilken ledelsesstil lægges der vægt på?", "What leadership style is wanted?"),
    (("tasks", "main_responsibility"), "Hvad er de vigtigste opgaver?", "What are the main tasks?"),
    (("nearest_manager",), "Hvem refererer man til?", "Who does the position report to?"),
    (("number_of_employees",), "Hvor mange medarbejdere er der?", "How many employees are there?"),
    (("contact_questions",), "Hvem kan jeg kontakte?", "Who can I contact?"),
    (("test_personality", "leadership_test", "test_ability"), "Skal man igennem en test?", "Is there a test?"),
)


def usual(shard: Shard, language: str) -> list[str]:
    """The usual questions whose subject this profile mentions, in a candidate's order."""
    there = [(da, en) for names, da, en in _USUAL if any(name in shard.words.concepts for name in names)]
    return [en if language == "en" else da for da, en in there]


def following(questions: Sequence[str], last: str | None, most: int = 3) -> tuple[str, ...]:
    """Up to `most` of the questions, those after the last one first, itself left out."""
    at = questions.index(last) + 1 if last in questions else 0
    return tuple(question for question in (*questions[at:], *questions[:at]) if question != last)[:most]
