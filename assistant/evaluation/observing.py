"""An assistant under observation: one document at a time, read on the spot, with what it found and how long each stage took.

Left to others: which questions are asked (`running`), what is measured (`metrics`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from assistant.answering import Assistant
from assistant.answers import Answer
from assistant.evaluation.gold import Gold
from assistant.retrieving import Retrieved
from corpus.profiles import Profile
from index.embedding import Encoded, Floats
from index.library import Encoder, Library, Shard, UnknownProfile

Factory = Callable[[], Assistant]


class TimedEncoder:
    """An encoder that counts the seconds it takes over questions, and with `keep` encodes equal ones once."""

    def __init__(self, inner: Encoder, keep: bool = False) -> None:
        self.inner, self.identity, self.seconds = inner, inner.identity, 0.0
        self._known: dict[tuple[str, ...], Encoded] | None = {} if keep else None

    def questions(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""
        return self.read_questions(texts).vectors

    def read_questions(self, texts: Sequence[str]) -> Encoded:
        """Questions, whole and by token."""
        started = time.perf_counter()
        known = self._known.get(tuple(texts)) if self._known is not None else None
        read = self.inner.read_questions(texts) if known is None else known
        if self._known is not None:
            self._known[tuple(texts)] = read
        self.seconds += time.perf_counter() - started
        return read

    def read_passages(self, texts: Sequence[str]) -> Encoded:
        """Passages, whole and by token."""
        return self.inner.read_passages(texts)


class OnTheSpot(Library):
    """A library of the one profile that is being asked about; writes nothing anywhere."""

    def __init__(self, inner: Library, keep: bool = False) -> None:
        self.timed = TimedEncoder(inner.encoder, keep)
        super().__init__(inner.folder, self.timed)
        self._inner, self._held, self.translating = inner, None, True

    _held: Shard | None

    def hold(self, shard: Shard) -> None:
        """The profile that is asked about from now on."""
        self._held = shard

    def translate(self, word: str) -> Sequence[str]:
        """As the library that the assistant came with; nothing while not `translating`."""
        return self._inner.translate(word) if self.translating else ()

    def profiles(self) -> list[Profile]:
        """The one profile."""
        return [self._held.profile] if self._held else []

    def shard(self, slug: str) -> Shard:
        """The one profile, ready to be searched. Raises `UnknownProfile` for any other."""
        if self._held is None or self._held.profile.slug != slug:
            raise UnknownProfile(slug)
        return self._held


class Observed:
    """Asks an assistant, remembering what it found and how many seconds each stage took.

    `found` is None when the last question was answered without a search (a greeting, a question out of scope).
    """

    def __init__(self, assistant: Assistant, keep: bool = False) -> None:
        self.assistant, self.library = assistant, OnTheSpot(assistant.library, keep)
        self.found: Retrieved | None = None
        self.stages: dict[str, float] = {}
        self._search = assistant.search
        self._asked: tuple[object, ...] = ()
        assistant.library = self.library
        assistant.search = self._searched  # type: ignore[method-assign]

    def ask(self, gold: Gold, shard: Shard) -> Answer:
        """One answer, from scratch; `found` and `stages` (seconds by stage) are about it afterwards."""
        self.library.hold(shard)
        self.found, self._asked, self.stages = None, (gold.question, shard.profile.slug, gold.conversation), {}
        self.library.timed.seconds = 0.0
        started = time.perf_counter()
        first, answer = self._streamed(gold, shard)
        total = time.perf_counter() - started
        embed, search = self.stages.get("embed", 0.0), self.stages.get("search", 0.0)
        self.stages = {"embed": embed, "search": max(search - embed, 0.0), "write": max(total - search, 0.0), "first": first - started, "total": total}
        return answer

    def _streamed(self, gold: Gold, shard: Shard) -> tuple[float, Answer]:
        """When the first piece of the answer was there (the clock's seconds), and the answer when all of it was."""
        first: float | None = None
        for piece in self.assistant.stream(gold.question, shard.profile.slug, gold.conversation):
            first = first or time.perf_counter()
            if isinstance(piece, Answer):
                return first, piece
        raise RuntimeError("a stream that ends without an answer")

    def warm(self, shard: Shard, languages: Iterable[str] = ("da",)) -> None:
        """What is worked out once a profile (its suggestions), so that no question's time holds it."""
        self.library.hold(shard)
        for language in languages:
            self.assistant.suggestions(shard.profile.slug, language)

    def unrefused(self, gold: Gold, shard: Shard) -> Answer:
        """The answer it would have given to the last question, which it searched for, with no threshold; the search is not made again."""
        return self.assistant.answer(gold.question, shard, gold.conversation, threshold=0.0)

    def _searched(self, question: str, shard: Shard, earlier: Sequence[str] = ()) -> Retrieved:
        """A search; that of the question asked is remembered, and not made twice. Others (for suggestions) pass by."""
        if (question, shard.profile.slug, tuple(earlier)) != self._asked:
            return self._search(question, shard, earlier)
        if self.found is None:
            started = time.perf_counter()
            self.found = self._search(question, shard, earlier)
            self.stages["search"], self.stages["embed"] = time.perf_counter() - started, self.library.timed.seconds
        return self.found
