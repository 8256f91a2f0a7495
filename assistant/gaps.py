"""The gap report: forty questions that candidates always ask, asked of one profile, and which of them it doesn't answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assistant.answers import Answer
from assistant.drafting import SURE

Told = Callable[[str, int, int], None]
STANDARD: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "process",
        (
            ("Hvornår er ansøgningsfristen?", "When is the application deadline?"),
            ("Hvordan sender man sin ansøgning?", "How do I send my application?"),
            ("Hvilke bilag skal ansøgningen indeholde?", "What must be enclosed with the application?"),
            ("Hvornår er første samtale?", "When is the first interview?"),
            ("Hvornår er anden samtale?", "When is the second interview?"),
            ("Skal man igennem en test?", "Is there a test?"),
            ("Hvem sidder i ansættelsesudvalget?", "Who is on the hiring committee?"),
            ("Indhentes der referencer?", "Are references taken?"),
            ("Hvor holdes samtalerne?", "Where are the interviews held?"),
            ("Hvem kan jeg kontakte med spørgsmål?", "Whom can I contact with questions?"),
        ),
    ),
    (
        "terms",
        (
            ("Hvornår er der tiltrædelse?", "When does the job start?"),
            ("Hvad er lønnen?", "What is the salary?"),
            ("Hvilken overenskomst gælder?", "Which collective agreement applies?"),
            ("Er der pension?", "Is there a pension?"),
            ("Er stillingen tidsbegrænset eller på åremål?", "Is the position limited in time?"),
            ("Hvad er den ugentlige arbejdstid?", "What are the weekly working hours?"),
            ("Er der en prøvetid?", "Is there a trial period?"),
            ("Er der mulighed for hjemmearbejde?", "Can one work from home?"),
            ("Er der mange rejsedage?", "Is there much travelling?"),
            ("Følger der bil eller andre goder med?", "Does a car or other benefits come with it?"),
        ),
    ),
    (
        "job",
        (
            ("Hvad er de vigtigste opgaver?", "What are the main tasks?"),
            ("Hvem refererer man til?", "Who does the position report to?"),
            ("Hvor mange medarbejdere har man ansvar for?", "How many employees is one responsible for?"),
            ("Hvor stort er budgettet?", "How large is the budget?"),
            ("Hvad er målene for det første år?", "What are the goals for the first year?"),
            ("Hvilke udfordringer venter der?", "What challenges lie ahead?"),
            ("Hvilket ledelsesrum har man?", "What room does one have to lead?"),
            ("Hvem skal man samarbejde med?", "Whom does one work with?"),
            ("Hvorfor er stillingen ledig?", "Why is the position vacant?"),
            ("Hvor er arbejdsstedet?", "Where is the workplace?"),
        ),
    ),
    (
        "person",
        (
            ("Hvilken uddannelse kræves der?", "What education is required?"),
            ("Hvor mange års ledelseserfaring kræves der?", "How many years of leadership experience are required?"),
            ("Hvilke faglige kompetencer lægges der vægt på?", "What professional skills are wanted?"),
            ("Hvilke personlige egenskaber lægges der vægt på?", "What personal qualities are wanted?"),
            ("Hvilken ledelsesstil ønskes der?", "What leadership style is wanted?"),
            ("Er kørekort et krav?", "Is a driving licence required?"),
            ("Er der krav om straffeattest?", "Is a criminal record check required?"),
            ("Skal man bo i området?", "Must one live in the area?"),
        ),
    ),
    (
        "workplace",
        (
            ("Hvor mange ansatte er der i organisationen?", "How many employees does the organisation have?"),
            ("Hvad er organisationens værdier?", "What are the organisation's values?"),
            ("Hvordan er organisationen opbygget?", "How is the organisation structured?"),
            ("Hvem er i ledelsesgruppen?", "Who is in the management team?"),
        ),
    ),
)
"""Subject → its questions, (Danish, English), in the order in which candidates come to them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A standard question and how the profile met it: `state` is answered, unsure or missing; `quote` the first place that was cited."""

    subject: str
    question: str
    state: str
    answer: str
    quote: str | None
    start: int | None
    end: int | None


def report(ask: Callable[[str], Answer], tell: Told = lambda stage, done, total: None, language: str = "da") -> list[dict[str, Any]]:
    """The report as plain data, a row a question in order (the fields of `Asked`). `ask` answers one question from the profile."""
    every = [(subject, pair[language == "en"]) for subject, pairs in STANDARD for pair in pairs]
    found = []
    for number, (subject, question) in enumerate(every):
        tell("asking", number, len(every))
        found.append(_row(subject, question, ask(question)))
    return found


def _row(subject: str, question: str, answer: Answer) -> dict[str, Any]:
    state = "missing" if answer.abstained or not (answer.citations or answer.writer == "consultant") else "unsure" if answer.confidence < SURE else "answered"
    first = answer.citations[0] if answer.citations and not answer.abstained else None
    one = Asked(subject, question, state, answer.answer, first.quote if first else None, first.start if first else None, first.end if first else None)
    return {name: getattr(one, name) for name in Asked.__slots__}
