"""The story of a question: understand → retrieve → write → check → answer. The one screen to read first."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from assistant import wording
from assistant.answers import Answer, Citation, Drafted, Sentence, joined, number
from assistant.checking import keep
from assistant.deciding import answerable, confidence, threshold
from assistant.extractive import Writer
from assistant.facts import contacts
from assistant.followups import leans, resolve
from assistant.generative import Generative
from assistant.manners import REFUSALS, manner
from assistant.masking import without_cpr
from assistant.prompting import guarded
from assistant.questions import MAX_CHARACTERS, Question, language_of, several, understand
from assistant.retrieving import Retrieved, retrieve
from assistant.suggesting import following, usual
from corpus.danish import words
from corpus.entities import Kind
from corpus.profiles import Profile
from index.embedding import EmbeddingError
from index.library import Library, Shard, SnapshotError, UnknownProfile

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

__all__ = ["Assistant", "EmbeddingError", "Profile", "QuestionError", "SnapshotError", "UnknownProfile"]


class QuestionError(Exception):
    """A question that cannot be asked. `code` is `empty` or `too_long`; written for the person who asks."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Turn:
    """An earlier question understood, and the rows its answer stood on."""

    question: Question
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question searched for all its parts: what the profile's own words answer to each, and what is said of the parts without an answer."""

    found: Retrieved
    parts: list[list[Sentence]]
    sure: float
    rest: Sequence[Sentence] = ()


class Assistant:
    """Answers questions about the profiles of a library. `today` is the clock; it is called for every answer.

    With a `writer` a chat model writes what the checker lets through; without one, or when it fails, the extractive writer does.
    """

    def __init__(self, library: Library, today: Callable[[], date] = date.today, language: str = "da", writer: Generative | None = None) -> None:
        self.library, self.today, self.language, self.writer = library, today, language, writer
        self._answered: dict[tuple[str, str], list[str]] = {}

    def ask(self, question: str, profile: str | None = None, earlier: Sequence[str] = (), conversation: str | None = None) -> Answer:
        """One answer. Raises `QuestionError` for an empty or overlong question, `UnknownProfile` for a slug not there."""
        return next(piece for piece in self.stream(question, profile, earlier, conversation) if isinstance(piece, Answer))

    def answer(self, question: str, shard: Shard, earlier: Sequence[str] = (), threshold: float | None = None) -> Answer:
        """One answer from one profile; refused below `threshold` (None: the learnt one; 0 refuses nothing for want of confidence)."""
        found = self.search(question, shard, earlier)
        sentences = self._together(found, threshold, earlier)
        return self._said(found, sentences, confidence(found)) if sentences else self._refused(found, confidence(found))

    def _together(self, found: Retrieved, least: float | None, earlier: Sequence[str]) -> list[Sentence]:
        """What can be said to a question, each of the questions in it answered after the ones before."""
        parts = several(found.question.text)
        if len(parts) == 1:
            return self._sentences(found, least)
        each = [self._sentences(self.search(part, found.shard, [*earlier, *parts[:at]]), least) for at, part in enumerate(parts)]
        if all(each):
            return joined(each)
        rest = [Sentence(wording.say("rest", found.question.language))]
        return self._sentences(found, least) or ([*joined(each), *rest] if any(each) else [])

    def _sentences(self, found: Retrieved, least: float | None = None) -> list[Sentence]:
        """What can be said and holds; nothing when the profile doesn't say."""
        if answerable(found) < (threshold() if least is None else least):
            return []
        sentences = keep(Writer(self.today()).write(found), found.shard.profile, self.today(), found.question.language)
        return sentences if any(sentence.spans for sentence in sentences) else []

    def search(self, question: str, shard: Shard, earlier: Sequence[str] = ()) -> Retrieved:
        """The ranked passages for a question as it stands after the earlier ones."""
        turn: _Turn | None = None
        for text in earlier[-4:]:
            if words(text) and not manner(text):
                found = self._one(text, shard, turn)
                turn = _Turn(found.question, tuple(hit.row for hit in found.hits[:1]))
        return self._one(question, shard, turn)

    def stream(self, question: str, profile: str | None = None, earlier: Sequence[str] = (), conversation: str | None = None) -> Iterator[str | Answer]:
        """Pieces of the answer's text, then the answer: what they add up to, unless it says in `notice` that it is another.

        `conversation` is whose budget a chat model draws on.
        """
        started = time.perf_counter()
        text = self._checked(question)
        language = language_of(text)
        if key := manner(text):
            answer = Answer(question, profile, language, wording.say(key, language), key in REFUSALS, 0.0 if key in REFUSALS else 1.0, suggestions=self.suggestions(profile, language))
        elif (slug := profile or self._meant(text)) is None:
            answer = self._which(question, language)
        elif self.writer is None:
            answer = self.answer(question, self.library.shard(slug), earlier)
        else:
            answer = yield from self._written(self.writer, question, self.library.shard(slug), earlier, conversation)
        if answer.drafted is None:
            yield from re.findall(r"\S+\s*|\s+", answer.answer)
        yield replace(answer, seconds=round(time.perf_counter() - started, 4))

    def _written(self, writer: Generative, question: str, shard: Shard, earlier: Sequence[str], conversation: str | None) -> Generator[str, None, Answer]:
        """An answer that a chat model writes, sentence by sentence as they hold; the extractive one when its draft cannot be the answer."""
        asked = self._asked(guarded(self._followed(writer, question, shard, earlier, conversation)), question, earlier)
        found, plain, sure = asked.found, joined(asked.parts), asked.sure
        if not plain:
            return replace(self._refused(found, sure), question=question)
        said: list[Sentence] = []
        shown, whole = "", any(sentence.bullet for sentence in plain)
        drafting = writer.write(found, asked.parts, self.today(), conversation)
        while True:
            try:
                said.append(next(drafting))
            except StopIteration as end:
                drafted: Drafted = end.value
                break
            text = number(said, lambda n, span: cite(shard.profile, n, span))[0]
            if not whole:
                yield text[len(shown) :]
                shown = text
        answer = self._said(found, [*(plain if drafted.fault else said), *asked.rest], sure)
        notice = f"notice_{drafted.fault}" if drafted.fault else "notice_withdrawn" if drafted.stopped else None
        if left := "" if shown and drafted.fault else answer.answer[len(shown) :]:
            yield left
        spoken = wording.say(notice, found.question.language) if notice else None
        return replace(answer, question=question, writer="extractive" if drafted.fault else "generative", notice=spoken, drafted=drafted)

    def _followed(self, writer: Generative, question: str, shard: Shard, earlier: Sequence[str], conversation: str | None) -> Retrieved:
        """The search for a follow-up as the model rewrites it, where the profile answers that; else as the rules understand it."""
        found = self.search(question, shard, earlier)
        rewritten = writer.rewrite(question, earlier, conversation) if found.question.follows else None
        other = self._one(rewritten, shard, None) if rewritten else found
        if other is found or answerable(other) < threshold():
            return found
        return replace(other, question=replace(other.question, language=found.question.language))

    def _asked(self, found: Retrieved, question: str, earlier: Sequence[str]) -> _Asked:
        """What a question asks for, part by part as `_together` answers it, and what no part of the profile answers."""
        parts, sure = several(found.question.text), confidence(found)
        before = earlier if found.question.text == question else ()
        each = [guarded(self.search(part, found.shard, [*before, *parts[:at]])) for at, part in enumerate(parts)] if len(parts) > 1 else [found]
        answers = [self._sentences(one) for one in each]
        if not all(answers) and len(parts) > 1 and (alone := self._sentences(found)):
            return _Asked(found, [alone], sure)
        kept = [(one, text, answer) for one, text, answer in zip(each, parts, answers, strict=True) if answer]
        if len(parts) == 1 or not kept:
            return _Asked(found, [answer for _, _, answer in kept], sure)
        turns = [hit for rank in zip_longest(*(one.hits for one, _, _ in kept)) for hit in rank if hit is not None]
        hits = list({hit.row: hit for hit in reversed(turns)}.values())[::-1]
        text = found.question.text if len(kept) == len(parts) else " ".join(f"{text.rstrip(' ?.')}?" for _, text, _ in kept)
        rest = [] if len(kept) == len(parts) else [Sentence(wording.say("rest", found.question.language))]
        return _Asked(replace(found, hits=hits, question=replace(found.question, text=text)), [answer for _, _, answer in kept], sure, rest)

    def as_runnable(self) -> Runnable[dict[str, Any], Answer]:
        """LangChain's view: `invoke({"question": …, "profile": …, "earlier": […]})` gives an `Answer`."""
        from langchain_core.runnables import RunnableLambda

        return RunnableLambda(lambda asked: self.ask(asked["question"], asked.get("profile"), asked.get("earlier", ())))

    def suggestions(self, profile: str | None, language: str = "da", last: str | None = None) -> tuple[str, ...]:
        """Questions that fit this profile, which it answers."""
        return self._suggested(self.library.shard(profile), language, last) if profile else ()

    def _suggested(self, shard: Shard, language: str, last: str | None) -> tuple[str, ...]:
        """What to ask next: of the usual questions, those that this profile answers (tried once a profile)."""
        key = (shard.profile.slug + shard.profile.fingerprint, language)
        if key not in self._answered:
            self._answered[key] = [question for question in usual(shard, language) if self._sentences(self.search(question, shard))]
        return following(self._answered[key], last)

    def _one(self, text: str, shard: Shard, before: _Turn | None) -> Retrieved:
        """Understand one question after another, and search."""
        def read(text: str) -> Question:
            return replace(understand(without_cpr(text), shard.words.vocabulary, shard.words.folded, shard.words.names), text=" ".join(text.split()))

        question = read(text)
        near: tuple[int, ...] = ()
        if before and leans(question, first=False):
            question, near = resolve(question, before.question, read), before.rows
        read_closely = self.library.encoder.read_questions([spelled_out(question)])
        return retrieve(question, shard, read_closely, self.library.meanings([term.word for term in question.terms], shard.words), near, self.library.translate)

    def _said(self, found: Retrieved, sentences: list[Sentence], sure: float) -> Answer:
        profile, question = found.shard.profile, found.question
        text, citations = number(sentences, lambda n, span: cite(profile, n, span))
        follow = self._suggested(found.shard, question.language, question.text)
        return Answer(question.text, profile.slug, question.language, text, False, round(sure, 4), citations, follow)

    def _refused(self, found: Retrieved, sure: float) -> Answer:
        """It does not stand in the profile; whom to ask, cited, when the profile names somebody."""
        profile, question = found.shard.profile, found.question
        amount = Kind.AMOUNT in question.expects and bool({"salary", "salary_amount", "budget", "bonus"} & question.concept_names)
        sentences = [Sentence(wording.say("absent_amount" if amount else "absent", question.language)), *self._close(found)]
        if people := contacts(found.shard):
            person = people[0]
            key = "ask_contact_phone" if person.phone else "ask_contact_mail" if person.mail else "ask_contact"
            saying = wording.say(key, question.language, who=person.who, reach=person.phone or person.mail)
            sentences.append(Sentence(saying, ((person.start, person.end),)))
        text, citations = number(sentences, lambda n, span: cite(profile, n, span))
        return Answer(question.text, profile.slug, question.language, text, True, round(sure, 4), citations, self._suggested(found.shard, question.language, None))

    def _close(self, found: Retrieved) -> list[Sentence]:
        """What the profile does say when it comes close: the terms where an amount was asked for."""
        about = (hit for hit in found.hits[:3] if found.value(hit.row, "concept_label") + found.value(hit.row, "concept_body") >= 0.7)
        if found.question.expects != {Kind.AMOUNT} or (hit := next(about, None)) is None:
            return []
        said = Writer(self.today()).sentence(found, hit)
        return [Sentence(wording.say("close", found.question.language, quote=said.text), said.spans)]

    def _meant(self, text: str) -> str | None:
        """The profile a question without one is about: the only one, or the one whose title and employer it names."""
        profiles = self.library.profiles()
        if len(profiles) == 1:
            return profiles[0].slug
        said = set(words(text))
        scores = {p.slug: len(said & set(words(f"{p.title} {p.employer or ''} {p.slug}"))) for p in profiles}
        best = max(scores.values(), default=0)
        leading = [slug for slug, score in scores.items() if score == best]
        return leading[0] if best > 0 and len(leading) == 1 else None

    def _which(self, question: str, language: str) -> Answer:
        titles = "; ".join(p.title if not p.employer or p.employer in p.title else f"{p.title}, {p.employer}" for p in self.library.profiles()[:8])
        return Answer(question, None, language, f"{wording.say('which', language)} {titles}.", False, 0.0)

    def _checked(self, question: str) -> str:
        if not words(question) and not question.strip():
            raise QuestionError(wording.say("empty", self.language), "empty")
        if len(question) > MAX_CHARACTERS:
            raise QuestionError(wording.say("long", self.language, n=MAX_CHARACTERS), "too_long")
        return question


def cite(profile: Profile, n: int, span: tuple[int, int]) -> Citation:
    """The citation of a span: its quote, and the nearest heading, label and page."""
    inside = next((p for p in profile.passages if p.start < span[1] and span[0] < p.end), None)
    return Citation(n, profile.slug, inside.heading if inside else None, inside.page if inside else None, profile.text[span[0] : span[1]], *span)


def spelled_out(question: Question) -> str:
    """The question as the embedding model reads it: its own words, mended, and those it carries along."""
    if not question.follows:
        return " ".join(question.tokens) if question.tokens else question.text
    return " ".join([*question.tokens, *(term.word for term in question.terms if term.place < 0)])
