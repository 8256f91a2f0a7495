"""What to ask next: the usual questions that this profile answers (the assistant tries them), those nearest to what was just asked first."""

from __future__ import annotations

from collections.abc import Sequence

from corpus import concepts
from corpus.danish import words
from index.library import Shard

_USUAL: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("deadline",), "Hvornår er ansøgningsfristen?", "When is the application deadline?"),
    (("how_to_apply",), "Hvordan søger jeg stillingen?", "How do I apply?"),
    (("first_interview", "interview_dates"), "Hvornår er samtalerne?", "When are the interviews?"),
    (("test_personality", "leadership_test", "test_ability"), "Skal man igennem en test?", "Is there a test?"),
    (("start_date",), "Hvornår er der tiltrædelse?", "When does the job start?"),
    (("salary", "salary_amount", "employment_terms"), "Hvad står der om løn?", "What does it say about salary?"),
    (("must_haves", "education_requirement", "experience_requirement"), "Hvilke krav er der til ansøgerne?", "What are the requirements?"),
    (("leadership_style", "personal_qualities"), "Hvilken ledelsesstil lægges der vægt på?", "What leadership style is wanted?"),
    (("tasks", "main_responsibility"), "Hvad er de vigtigste opgaver?", "What are the main tasks?"),
    (("challenges", "goals"), "Hvilke udfordringer venter der?", "What challenges lie ahead?"),
    (("nearest_manager",), "Hvem refererer man til?", "Who does the position report to?"),
    (("number_of_employees", "direct_reports"), "Hvor mange medarbejdere er der?", "How many employees are there?"),
    (("workplace_address", "workplace_place"), "Hvor er arbejdsstedet?", "Where is the workplace?"),
    (("contact_questions",), "Hvem kan jeg kontakte?", "Who can I contact?"),
)


def usual(shard: Shard, language: str) -> list[str]:
    """The usual questions whose subject this profile mentions, in a candidate's order."""
    there = [(da, en) for names, da, en in _USUAL if any(name in shard.words.concepts for name in names)]
    return [en if language == "en" else da for da, en in there]


def following(questions: Sequence[str], last: str | None, most: int = 3) -> tuple[str, ...]:
    """Up to `most` of the questions: those that come after what was last asked (in these words or others) first, itself left out."""
    near = _nearest(questions, last) if last else None
    at = questions.index(near) + 1 if near else 0
    return tuple(question for question in (*questions[at:], *questions[:at]) if question not in (last, near))[:most]


def _nearest(questions: Sequence[str], last: str) -> str | None:
    """The usual question with the subject of the last one; None when it has a subject of its own."""
    if last in questions:
        return last
    spoken = {one.name: one.strength for language in ("english", "danish") for one in concepts.in_words(words(last), language)}
    subjects = {wording: max((spoken.get(name, 0.0) for name in names), default=0.0) for names, *wordings in _USUAL for wording in wordings}
    best = max(questions, key=lambda question: subjects.get(question, 0.0), default=None)
    return best if best and subjects.get(best, 0.0) >= 0.5 else None
