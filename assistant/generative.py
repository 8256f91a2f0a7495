"""The generative writer: a chat model writes from numbered sources, and every sentence is checked before anyone sees it.

The model names source numbers and never writes a quote; refusing is decided before it is asked. What its citation doesn't support is
dropped. Whatever goes wrong (down, slow, silent, endless …) ends within the deadline as a `Drafted.fault`, and the extractive answer
stands. Left to others: what the model is told (`prompting`), whole sentences out of pieces (`streaming`), support (`checking`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from assistant import prompting
from assistant.answers import Drafted, Sentence
from assistant.budget import Budget
from assistant.checking import Reading, supported
from assistant.models import Fault, ModelFault, fault_of
from assistant.prompting import Source
from assistant.retrieving import Retrieved
from assistant.statements import VERDICT
from assistant.streaming import Arrived, Arriving
from corpus.danish import words

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

MOST_CHARACTERS, MOST_SENTENCES = 4_000, 24
LONGEST_QUESTION = 300
_ENDS = ("finish_reason", "stop_reason", "done_reason")
_CUT = ("length", "max_tokens", "content_filter")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What the line brought: text, the tokens counted so far, why it ended; or what broke."""

    text: str = ""
    tokens: int = 0
    ended: str | None = None
    over: bool = False
    broken: BaseException | None = None


class Generative:
    """Writes with a chat model. `open_model` makes it on first use; `at_once` calls run together, `waiting` more may wait; `deadline` in seconds.

    `strict`: a reply whose end nobody announced counts as cut off. `more` is added to the rules.
    """

    def __init__(
        self, open_model: Callable[[], BaseChatModel], budget: Budget | None = None, deadline: float = 20.0, at_once: int = 4, waiting: int = 8, strict: bool = True, more: str = ""
    ) -> None:
        self._open_model, self._budget, self._deadline, self._strict, self._more = open_model, budget, deadline, strict, more
        self._model: BaseChatModel | None = None
        self._lock, self._slots, self._queue = Lock(), BoundedSemaphore(at_once), BoundedSemaphore(at_once + waiting)

    def write(self, found: Retrieved, parts: Sequence[Sequence[Sentence]], today: date, conversation: str | None = None) -> Generator[Sentence, None, Drafted]:
        """The model's sentences that hold, as they come; returns what became of the draft. `parts`: the extractive answer to each question in it."""
        given = prompting.sources(found, [sentence for part in parts for sentence in part], today)
        reading, language = Reading.of(found.shard.profile, today), found.question.language
        if not given:
            return Drafted(fault=Fault.UNSUPPORTED)
        draft = _Draft(given, reading, language, parts)
        try:
            for arrived in self._sentences(prompting.messages(found, given, today, self._more), conversation):
                yield from draft.take(arrived)
        except ModelFault as fault:
            return Drafted(draft.written, draft.stopped, fault.fault)
        draft.finish()
        return Drafted(draft.written, draft.stopped, draft.fault())

    def rewrite(self, question: str, earlier: Sequence[str], conversation: str | None = None) -> str | None:
        """A follow-up as a question that stands alone; None when the model gives none that can be used."""
        try:
            text = "".join(self._text(prompting.rewriting(question, earlier[-4:]), conversation, self._deadline / 4))
        except ModelFault:
            return None
        lines = [line.strip(" \"'»«*") for line in text.split("\n") if line.strip()]
        return lines[0] if len(lines) == 1 and words(lines[0]) and len(lines[0]) <= LONGEST_QUESTION else None

    def _sentences(self, asked: list[BaseMessage], conversation: str | None) -> Iterator[Arrived]:
        """The reply's sentences, each when it is whole."""
        arriving, count = Arriving(), 0
        for text in self._text(asked, conversation, self._deadline):
            for arrived in arriving.feed(text):
                count += 1
                if count > MOST_SENTENCES:
                    raise ModelFault(Fault.BROKEN)
                yield arrived
        if not arriving.text.strip():
            raise ModelFault(Fault.BROKEN)
        yield from arriving.rest()

    def _text(self, asked: list[BaseMessage], conversation: str | None, seconds: float) -> Iterator[str]:
        """The reply, piece by piece, within so many seconds. Raises `ModelFault`."""
        if self._budget and not self._budget.allows(conversation):
            raise ModelFault(Fault.SPENT)
        until = time.monotonic() + seconds
        stop, pieces, length, tokens = Event(), SimpleQueue[_Piece](), 0, 0
        self._begin(asked, pieces, stop, until)
        try:
            for piece in _arrivals(pieces, until, self._strict):
                length, tokens = length + len(piece.text), max(tokens, piece.tokens)
                if length > MOST_CHARACTERS:
                    raise ModelFault(Fault.BROKEN)
                yield piece.text
        finally:
            stop.set()
            if self._budget:
                self._budget.spend(conversation, tokens or (length + sum(len(str(message.content)) for message in asked)) // 3)

    def _begin(self, asked: list[BaseMessage], pieces: SimpleQueue[_Piece], stop: Event, until: float) -> None:
        """Asks on a thread of its own, once there is room. Raises `ModelFault` when too many wait, or for too long."""
        if not self._queue.acquire(blocking=False):
            raise ModelFault(Fault.BUSY)
        if not self._slots.acquire(timeout=max(0.0, until - time.monotonic())):
            self._queue.release()
            raise ModelFault(Fault.BUSY)
        Thread(target=self._ask, args=(asked, pieces, stop), daemon=True, name="chat-model").start()

    def _ask(self, asked: list[BaseMessage], pieces: SimpleQueue[_Piece], stop: Event) -> None:
        """The thread: passes on what comes until it ends, breaks, or nobody listens."""
        try:
            stream = self._opened().stream(asked)
            for chunk in stream:
                if stop.is_set():
                    stream.close()  # type: ignore[attr-defined]
                    break
                pieces.put(_Piece(str(chunk.text), _tokens(chunk), _ending(chunk)))
            pieces.put(_Piece(over=True))
        except BaseException as error:  # whatever a provider raises is a fault of the model's, never of the answer
            pieces.put(_Piece(broken=error))
        finally:
            self._slots.release()
            self._queue.release()

    def _opened(self) -> BaseChatModel:
        with self._lock:
            if self._model is None:
                self._model = self._open_model()
            return self._model


class _Draft:
    """A reply under way: which sentences hold, and how many do not."""

    def __init__(self, given: Sequence[Source], reading: Reading, language: str, parts: Sequence[Sequence[Sentence]]) -> None:
        self._spans = {source.number: source.span for source in given}
        self._reading, self._language, self._parts = reading, language, parts
        self._verdicts = [(verdict, part) for part in parts if (verdict := _verdict(part))]
        self._waiting: list[Arrived] = []
        self._kept: list[Sentence] = []
        self._silent = False
        self.written = self.stopped = 0

    def take(self, arrived: Arrived) -> Iterator[Sentence]:
        """The sentences that hold, now that this one has come. One without a mark waits for the next one's."""
        if arrived.statement.text.strip(" .") == prompting.NOTHING:
            self._silent = True
            return
        self.written += 1
        self._waiting.append(arrived)
        if not arrived.statement.marks:
            return
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            sentence = self._sentence(one, arrived.statement.marks)
            if sentence and supported(sentence, self._reading, self._language) and all(sentence.text != kept.text for kept in self._kept):
                sentence = self._settled(sentence)
                self._kept.append(sentence)
                yield sentence
            else:
                self.stopped += 1

    def finish(self) -> None:
        """What still waits for a mark cites nothing."""
        self.stopped += len(self._waiting)
        self._waiting = []

    def fault(self) -> Fault | None:
        """Why the draft cannot be the answer: nothing held, nothing was said, a list lost items, or one of several questions was passed over."""
        if not self._kept:
            return Fault.SILENT if self._silent and not self.written else Fault.UNSUPPORTED
        items = [span for part in self._parts for sentence in part if sentence.bullet for span in sentence.spans]
        whole = all(_meet([span], self._kept) for span in items)
        every = len(self._parts) == 1 or all(_meet([span for sentence in part for span in sentence.spans], self._kept) for part in self._parts)
        return None if whole and every else Fault.INCOMPLETE

    def _sentence(self, arrived: Arrived, marks: Sequence[int]) -> Sentence | None:
        """The sentence with the spans behind its numbers; None when a number has none. Its "Ja" or "Nej" is left out: that is ours to say."""
        numbers = arrived.statement.marks or marks
        if not numbers or any(number not in self._spans for number in numbers):
            return None
        text = VERDICT.sub("", " ".join(arrived.statement.text.split()))
        text = text[:1].upper() + text[1:] if not arrived.bullet else text
        return Sentence(text if arrived.bullet or re.search(r"[.!?…:]$", text) else f"{text}.", tuple(dict.fromkeys(self._spans[number] for number in numbers)), arrived.bullet) if words(text) else None

    def _settled(self, sentence: Sentence) -> Sentence:
        """The first sentence of a part behind the verdict that the profile settled for that part, if it did."""
        for at, (verdict, part) in enumerate(self._verdicts):
            if len(self._parts) == 1 or _meet([span for one in part for span in one.spans], [sentence]):
                del self._verdicts[at]
                return Sentence(f"{verdict} {sentence.text}", sentence.spans, sentence.bullet)
        return sentence


def _meet(spans: Sequence[tuple[int, int]], said: Sequence[Sentence]) -> bool:
    """Whether the sentences cite anything of the spans."""
    return any(a < end and start < b for start, end in spans for sentence in said for a, b in sentence.spans)


def _verdict(plain: Sequence[Sentence]) -> str:
    """The "Ja." or "Nej." that the extractive answer begins with."""
    match = VERDICT.match(plain[0].text) if plain else None
    return match.group().strip() if match else ""


def _arrivals(pieces: SimpleQueue[_Piece], until: float, strict: bool) -> Iterator[_Piece]:
    """What comes, until it is over. Raises `ModelFault` when it breaks, is cut off, or time runs out."""
    ended: str | None = None
    while True:
        try:
            piece = pieces.get(timeout=max(0.0, until - time.monotonic()))
        except Empty:
            raise ModelFault(Fault.SLOW) from None
        if piece.broken is not None:
            raise ModelFault(fault_of(piece.broken))
        if piece.over:
            if ended in _CUT or (strict and ended is None):
                raise ModelFault(Fault.BROKEN)
            return
        ended = piece.ended or ended
        yield piece


def _tokens(chunk: Any) -> int:
    usage = getattr(chunk, "usage_metadata", None)
    return int(usage.get("total_tokens") or 0) if usage else 0


def _ending(chunk: Any) -> str | None:
    """Why the reply ended, when this piece says so."""
    said = getattr(chunk, "response_metadata", None) or {}
    return next((str(said[name]) for name in _ENDS if said.get(name)), None)
