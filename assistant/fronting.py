"""What candidates reach: the profiles that are open to them, and a consultant's approved answer before the assistant's own.

The one place where the desk's decisions meet the candidates' pages and interface; it keeps the contract of `answering.Assistant`.
"""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from assistant import wording
from assistant.answering import Assistant
from assistant.answers import Answer
from assistant.approved import ApprovedAnswer, ApprovedAnswers
from assistant.conversations import StorageError
from assistant.likeness import alone
from assistant.manners import manner
from assistant.publishing import Publishing
from assistant.questions import language_of
from corpus.danish import MONTHS
from corpus.profiles import Profile
from index.library import UnknownProfile

WRITER = "consultant"


class OpenProfiles:
    """A library of which only the open profiles are seen; for everything else it is the library it was given."""

    def __init__(self, library: Any, publishing: Publishing, today: Callable[[], date]) -> None:
        self._library, self._publishing, self._today = library, publishing, today

    def profiles(self) -> list[Profile]:
        """The open ones, by slug."""
        known, today = self._publishing.all(), self._today()
        return [one for one in self._library.profiles() if one.slug not in known or known[one.slug].open(today)]

    def profile(self, slug: str) -> Profile:
        """One that is open. Raises `UnknownProfile`."""
        self._expect(slug)
        found: Profile = self._library.profile(slug)
        return found

    def shard(self, slug: str) -> Any:
        """One that is open, ready to be searched. Raises `UnknownProfile`."""
        self._expect(slug)
        return self._library.shard(slug)

    def _expect(self, slug: str) -> None:
        if not self._publishing.of(slug).open(self._today()):
            raise UnknownProfile(slug)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)


class Fronted:
    """An assistant as candidates meet it."""

    def __init__(self, assistant: Any, approved: ApprovedAnswers, publishing: Publishing, today: Callable[[], date]) -> None:
        self.library = OpenProfiles(assistant.library, publishing, today)
        if isinstance(assistant, Assistant):
            assistant = copy.copy(assistant)
            assistant.library = self.library
        self._assistant, self._approved, self._today = assistant, approved, today

    def ask(self, question: str, profile: str | None = None, earlier: Sequence[str] = (), conversation: str | None = None) -> Answer:
        """One answer: the consultant's when there is one, else the assistant's. Raises as `Assistant.ask` does, and `UnknownProfile` for one that is not open."""
        self._expect(profile)
        found = self.consultants(question, profile, earlier)
        return self._followed(found) if found else self._own(self._assistant.ask, question, profile, earlier, conversation)

    def stream(self, question: str, profile: str | None = None, earlier: Sequence[str] = (), conversation: str | None = None) -> Iterator[str | Answer]:
        """Pieces of the answer's text, then the answer that they add up to."""
        self._expect(profile)
        found = self.consultants(question, profile, earlier)
        if found is None:
            yield from self._own(self._assistant.stream, question, profile, earlier, conversation)
            return
        found = self._followed(found)
        yield from re.findall(r"\S+\s*|\s+", found.answer)
        yield found

    def suggestions(self, profile: str | None, language: str = "da") -> tuple[str, ...]:
        """Questions that fit a profile."""
        found: tuple[str, ...] = self._assistant.suggestions(profile, language)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._assistant, name)

    def _own(self, ask: Callable[..., Any], question: str, profile: str | None, earlier: Sequence[str], conversation: str | None) -> Any:
        """The assistant's answer; a question that names no profile goes to the only one that is open."""
        if profile is None and len(there := self.library.profiles()) == 1:
            profile = there[0].slug
        return ask(question, profile, earlier, **({"conversation": conversation} if conversation else {}))

    def _expect(self, profile: str | None) -> None:
        """Raises `UnknownProfile` for one that is not open."""
        if profile is not None:
            self.library.profile(profile)

    def consultants(self, question: str, profile: str | None, earlier: Sequence[str]) -> Answer | None:
        """The approved answer to a question that stands on its own. When the desk's tables cannot be read, the assistant answers."""
        started = time.perf_counter()
        if profile is None or not question.strip() or len(question) > 2000 or manner(question) or (earlier and not alone(question)):
            return None
        try:
            found = self._approved.match(profile, question, self._today())
        except StorageError:
            return None
        if found is None:
            return None
        return said(found, question, round(time.perf_counter() - started, 4))

    def _followed(self, answer: Answer) -> Answer:
        """The answer with questions that may come next."""
        return replace(answer, suggestions=self._assistant.suggestions(answer.profile, answer.language))


def said(found: ApprovedAnswer, question: str, seconds: float = 0.0) -> Answer:
    """An approved answer as an answer: named as the consultant's, with its day. It quotes nothing of the profile, so it has no citation."""
    language = language_of(question)
    day = _day(found.approved.date(), language)
    until = _UNTIL[language].format(day=_day(found.valid_until, language)) if found.valid_until else ""
    by = _BY[language].format(name=found.approved_by, day=day) + until
    return Answer(question, found.profile, language, f"{found.answer.strip()}\n\n{by}", False, 1.0, writer=WRITER, seconds=seconds)


_BY = {"da": "Svar fra konsulenten {name}, {day}.", "en": "Answer from the consultant {name}, {day}."}
_UNTIL = {"da": " Gælder til og med {day}.", "en": " Valid until {day}."}


def _day(moment: date, language: str) -> str:
    """A date as people write it.

    >>> _day(date(2027, 1, 8), "da"), _day(date(2027, 1, 8), "en")
    ('8. januar 2027', '8 January 2027')
    """
    month = (wording.ENGLISH_MONTHS if language == "en" else MONTHS)[moment.month - 1]
    return f"{moment.day}{'' if language == 'en' else '.'} {month} {moment.year}"
