"""Conversations: what was asked and answered, for as long as the candidate and the retention period allow.

Questions are personal data. They are masked before the first write, an owner's secret is stored as a hash only, and what is
deleted is gone from the files. Left to others: the database itself (`database`), cookies and pages (`web`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine, delete, func, insert, select, update

from assistant.answers import Answer, Citation
from assistant.feedback import Feedback
from assistant.forwarding import Forwarding
from assistant.masking import masked
from assistant.storing import ConversationError, StorageError, Store, UnknownConversation, now, stored
from assistant.tables import CONVERSATIONS, TURNS

__all__ = ["Conversation", "ConversationError", "Conversations", "Started", "StorageError", "Turn", "UnknownConversation", "masked"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """One candidate's conversation. `profile` is the slug that it is about, or None when it was left open."""

    id: str
    profile: str | None
    created: datetime
    touched: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was stored (masked) and its answer. `number` counts from 1 within the conversation."""

    number: int
    question: str
    answer: Answer
    asked: datetime


class Started(NamedTuple):
    """A new conversation's id (128 random bits) and its owner's secret, which is shown this once."""

    id: str
    owner: str


class Conversations(Store):
    """The conversations in a migrated database, with what hangs on them: `feedback` (thumbs) and `forwarding` (questions to the consultant)."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = now) -> None:
        super().__init__(engine, clock)
        self.feedback = Feedback(engine, clock)
        self.forwarding = Forwarding(engine, clock)
        self._lingering = False

    @property
    def lingering(self) -> bool:
        """Whether erased words may still lie in SQLite's log, since somebody was reading. `forget_traces` and every `expire` try again."""
        return self._lingering

    def forget_traces(self) -> bool:
        """Empties the database's log of what was erased; whether it is done, see `lingering`."""
        self._lingering = not self._forget_traces()
        return not self._lingering

    def start(self, profile: str | None = None) -> Started:
        """A new conversation about a profile (its slug). Raises `StorageError`, as everything here does."""
        started = Started(secrets.token_hex(16), secrets.token_urlsafe(32))
        moment = self._moment()
        with self._writing() as connection:
            connection.execute(insert(CONVERSATIONS).values(id=started.id, owner_hash=_hashed(started.owner), profile=profile, created=moment, touched=moment))
        return started

    def get(self, conversation: str) -> Conversation:
        """The conversation with this id. Raises `UnknownConversation`."""
        with self._reading() as connection:
            row = connection.execute(select(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation)).one_or_none()
        if row is None:
            raise UnknownConversation
        return Conversation(row.id, row.profile, row.created.replace(tzinfo=UTC), row.touched.replace(tzinfo=UTC))

    def owns(self, conversation: str, owner: str) -> bool:
        """Whether `owner` is this conversation's secret; False when there is no such conversation."""
        with self._reading() as connection:
            known = connection.execute(select(CONVERSATIONS.c.owner_hash).where(CONVERSATIONS.c.id == conversation)).scalar_one_or_none()
        return known is not None and hmac.compare_digest(known, _hashed(owner))

    def append(self, conversation: str, question: str, answer: Answer) -> Turn:
        """Stores the next turn, its question masked (in the answer's object too). Raises `UnknownConversation`."""
        moment = self._moment()
        question = masked(question)
        kept = replace(answer, question=question)
        with self._writing() as connection:
            touched = update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation).values(touched=moment)
            if connection.execute(touched).rowcount == 0:
                raise UnknownConversation
            last = connection.execute(select(func.max(TURNS.c.number)).where(TURNS.c.conversation_id == conversation)).scalar()
            number = (last or 0) + 1
            text = json.dumps(kept.to_json(), ensure_ascii=False)
            connection.execute(insert(TURNS).values(conversation_id=conversation, number=number, question=question, answer=text, asked=moment))
        return Turn(number, question, kept, moment.replace(tzinfo=UTC))

    def turns(self, conversation: str) -> list[Turn]:
        """The turns so far, oldest first; none for an unknown conversation."""
        with self._reading() as connection:
            rows = connection.execute(select(TURNS).where(TURNS.c.conversation_id == conversation).order_by(TURNS.c.number)).all()
        return [Turn(row.number, row.question, _answer(row.answer), row.asked.replace(tzinfo=UTC)) for row in rows]

    def earlier(self, conversation: str, limit: int = 10) -> tuple[str, ...]:
        """The latest questions, oldest first, as the assistant takes them to understand a follow-up."""
        newest = select(TURNS.c.question).where(TURNS.c.conversation_id == conversation).order_by(TURNS.c.number.desc()).limit(limit)
        with self._reading() as connection:
            return tuple(reversed(connection.execute(newest).scalars().all()))

    def delete(self, conversation: str) -> bool:
        """Erases a conversation and its turns from the files (see `lingering`); False when there was none."""
        with self._writing() as connection:
            connection.execute(delete(TURNS).where(TURNS.c.conversation_id == conversation))
            gone = connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation)).rowcount
        self.forget_traces()
        return gone > 0

    def expire(self, before: datetime) -> int:
        """Erases the conversations whose last question came before a moment; how many they were."""
        old = select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.touched < stored(before))
        with self._writing() as connection:
            connection.execute(delete(TURNS).where(TURNS.c.conversation_id.in_(old)))
            gone = connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.touched < stored(before))).rowcount
        self.forget_traces()
        return gone

    def count(self) -> int:
        """How many conversations are kept."""
        with self._reading() as connection:
            return connection.execute(select(func.count()).select_from(CONVERSATIONS)).scalar_one()


def _hashed(owner: str) -> str:
    """A secret of 256 random bits needs no salt and no slow hash."""
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()


def _answer(text: str) -> Answer:
    """The stored object → the answer; what a later version added is left out."""
    data = json.loads(text)
    data["citations"] = tuple(Citation(**_known(Citation, one)) for one in data["citations"])
    data["suggestions"] = tuple(data["suggestions"])
    return Answer(**_known(Answer, data))


def _known(kind: type, data: dict[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in data.items() if name in names}
