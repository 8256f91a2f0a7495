"""The parts that the web is handed by whoever starts it, and the least it asks of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

from assistant.answering import Profile
from assistant.answers import Answer
from assistant.buckets import Buckets
from assistant.conversations import Conversations
from assistant.factcard import Cards, Shard
from assistant.settings import Settings
from web.streaming import Streams


class Profiles(Protocol):
    """Where the profiles are: what the web needs of a library."""

    def profiles(self) -> list[Profile]:
        """All profiles, by slug."""

    def profile(self, slug: str) -> Profile:
        """One of them. Raises `UnknownProfile`."""

    def shard(self, slug: str) -> Shard:
        """One of them, its words read. Raises `UnknownProfile`."""

    def original(self, slug: str) -> Path | None:
        """The file that it was read from, when it is kept."""


class Answering(Protocol):
    """Who answers: what the web needs of an assistant."""

    @property
    def library(self) -> Profiles:
        """The profiles that can be asked about."""

    def ask(self, question: str, profile: str | None = None, earlier: Sequence[str] = (), conversation: str | None = None) -> Answer:
        """One answer, whole."""

    def stream(self, question: str, profile: str | None = None, earlier: Sequence[str] = (), conversation: str | None = None) -> Iterator[str | Answer]:
        """Pieces of the answer's text, then the answer that they add up to."""

    def suggestions(self, profile: str | None, language: str = "da") -> tuple[str, ...]:
        """Questions that fit a profile."""


@dataclass(slots=True)
class Condition:
    """Whether the chat model that is asked for wrote the latest answer, or why not (the answer's `notice`)."""

    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a request needs."""

    assistant: Answering
    conversations: Conversations
    settings: Settings
    buckets: Buckets
    cards: Cards
    streams: Streams = field(default_factory=Streams)
    model: Condition = field(default_factory=Condition)


def _parts(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)


Given = Annotated[Parts, Depends(_parts)]
