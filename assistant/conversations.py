"""Conversations: what was asked and answered, for as long as the candidate and the retention period allow.

Questions are personal data. They are masked before the first write, an owner's secret is stored as a hash only, and what is
deleted is gone from the files. Left to others: the database itself (`database`), cookies and pages (`web`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Callable, Set
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from assistant import forgetting
from assistant.answers import Answer, Citation
from assistant.feedback import Feedback
from assistant.forwarding import Forwarding
from assistant.holding import Held, Holding
from assistant.masking import masked
from assistant.outcomes import outcome
from assistant.storing import ConversationError, StorageError, Store, UnknownConversation, Unwritable, now, stored
from assistant.tables import CONVERSATIONS, TURNS

__all__ = ["Conversation", "ConversationError", "Conversations", "Started", "StorageError", "Turn", "UnknownConversation", "masked"]
log = logging.getLogger("profilassistenten.conversations")
Result = TypeVar("Result")


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
    """The conversations in a migrated database, with what hangs on them: `feedback` (thumbs) and `forwarding` (questions to the consultant).

    What cannot be written at present is held in memory, read like the rest, and stored as soon as the database can be written again.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = now) -> None:
        super().__init__(engine, clock)
        self._holding = Holding()
        self.feedback = Feedback(engine, clock)
        self.forwarding = Forwarding(engine, clock)
        self._lingering = False

    @property
    def lingering(self) -> bool:
        """Whether erased words may still lie in SQLite's log, since somebody was reading. `forget_traces` and every `expire` try again."""
        return self._lingering

    def forget_traces(self) -> bool:
        """Empties the database's log of what was erased; whether it is done, see `lingering`."""
        self._lingering = True
        self._lingering = not self._forget_traces()
        return not self._lingering

    def start(self, profile: str | None = None) -> Started:
        """A new conversation about a profile (its slug). Raises `StorageError`, as everything here does."""
        started = Started(secrets.token_hex(16), secrets.token_urlsafe(32))
        moment = self._moment()
        row = {"id": started.id, "owner_hash": _hashed(started.owner), "profile": profile, "created": moment, "touched": moment}
        if self._tried(lambda connection: connection.execute(insert(CONVERSATIONS).values(**row))) is None:
            self._holding.of(started.id).row = row
        return started

    def get(self, conversation: str) -> Conversation:
        """The conversation with this id. Raises `UnknownConversation`."""
        if (held := self._holding.get(conversation)) and held.row:
            row: Any = SimpleNamespace(**held.row)
        else:
            with self._reading() as connection:
                row = connection.execute(select(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation)).one_or_none()
        if row is None:
            raise UnknownConversation
        return Conversation(row.id, row.profile, row.created.replace(tzinfo=UTC), row.touched.replace(tzinfo=UTC))

    def owns(self, conversation: str, owner: str) -> bool:
        """Whether `owner` is this conversation's secret; False when there is no such conversation."""
        if (held := self._holding.get(conversation)) and held.row:
            return hmac.compare_digest(held.row["owner_hash"], _hashed(owner))
        with self._reading() as connection:
            known = connection.execute(select(CONVERSATIONS.c.owner_hash).where(CONVERSATIONS.c.id == conversation)).scalar_one_or_none()
        return known is not None and hmac.compare_digest(known, _hashed(owner))

    def append(self, conversation: str, question: str, answer: Answer) -> Turn:
        """Stores the next turn, its question masked (in the answer's object too). Raises `UnknownConversation`."""
        moment = self._moment()
        question = masked(question)
        kept = replace(answer, question=question)
        row: dict[str, Any] = {"conversation_id": conversation, "question": question, "answer": json.dumps(kept.to_json(), ensure_ascii=False), "asked": moment}
        row |= {"outcome": outcome(kept), "seconds": kept.seconds}
        return Turn(self._kept(conversation, row), question, kept, moment.replace(tzinfo=UTC))

    def _kept(self, conversation: str, row: dict[str, Any]) -> int:
        """Stores a turn, or holds it when that can't be done at present; its number."""
        self.settle()
        if self._holding.get(conversation) is None:
            number = self._tried(lambda connection: _stored(connection, conversation, row))
            if number is not None:
                return number
        self.get(conversation)
        with self._holding.lock:
            number = len(self.turns(conversation)) + 1
            self._holding.of(conversation).turns.append({**row, "number": number})
            return number

    def settle(self) -> int:
        """Stores what is held, when that can be done now; how many conversations still wait."""
        if len(self._holding) and self._holding.lock.acquire(blocking=False):
            try:
                for conversation in self._holding.ids():
                    held = self._holding.of(conversation)
                    if self._tried(partial(_settled, conversation, held)) is None:
                        break
                    self._holding.drop(conversation)
            finally:
                self._holding.lock.release()
        return len(self._holding)

    def _tried(self, work: Callable[[Connection], Result]) -> Result | None:
        """What `work` gives in a transaction that writes; None when the database can't be written at present."""
        if self._holding.resting():
            return None
        try:
            with self._writing() as connection:
                return work(connection)
        except Unwritable as error:
            self._holding.rest()
            log.error("conversations cannot be stored, they are held in memory: %s", type(error.__cause__).__name__)
            return None

    def turns(self, conversation: str) -> list[Turn]:
        """The turns so far, oldest first; none for an unknown conversation."""
        with self._reading() as connection:
            rows: list[Any] = list(connection.execute(select(TURNS).where(TURNS.c.conversation_id == conversation).order_by(TURNS.c.number)))
        rows += self._waiting(conversation)
        return [Turn(row.number, row.question, _answer(row.answer), row.asked.replace(tzinfo=UTC)) for row in rows]

    def _waiting(self, conversation: str) -> list[SimpleNamespace]:
        """The turns of a conversation that are held."""
        held = self._holding.get(conversation)
        return [SimpleNamespace(**row) for row in held.turns] if held else []

    def earlier(self, conversation: str, limit: int = 10) -> tuple[str, ...]:
        """The latest questions, oldest first, as the assistant takes them to understand a follow-up."""
        newest = select(TURNS.c.question).where(TURNS.c.conversation_id == conversation).order_by(TURNS.c.number.desc()).limit(limit)
        with self._reading() as connection:
            known = tuple(reversed(connection.execute(newest).scalars().all()))
        return (*known, *(row.question for row in self._waiting(conversation)))[-limit:]

    def delete(self, conversation: str) -> bool:
        """Erases a conversation and its turns from the files, copies beside the database too (see `lingering`); False when there was none."""
        held = self._holding.drop(conversation)
        with self._writing() as connection:
            connection.execute(delete(TURNS).where(TURNS.c.conversation_id == conversation))
            gone = connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation)).rowcount
        self.forget_traces()
        if gone:
            forgetting.note(self._engine, conversation)
        forgetting.in_copies(self._engine, lambda copy: Conversations(copy).delete(conversation), (StorageError,))
        return gone > 0 or held

    def expire(self, before: datetime) -> int:
        """Erases the conversations whose last question came before a moment; how many they were."""
        self._holding.expire(stored(before))
        old = select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.touched < stored(before))
        with self._writing() as connection:
            connection.execute(delete(TURNS).where(TURNS.c.conversation_id.in_(old)))
            gone = connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.touched < stored(before))).rowcount
        with suppress(Unwritable):
            self.forget_traces()
        forgetting.in_copies(self._engine, lambda copy: Conversations(copy).expire(before), (StorageError,))
        return gone

    def forget_again(self, hashes: Set[str]) -> int:
        """Erases the conversations with these hashes (`forgetting.hashed`): they were deleted before, and came back with a backup."""
        with self._reading() as connection:
            known = connection.execute(select(CONVERSATIONS.c.id)).scalars().all()
        return sum(self.delete(one) for one in known if forgetting.hashed(one) in hashes)

    def count(self) -> int:
        """How many conversations are kept."""
        with self._reading() as connection:
            return connection.execute(select(func.count()).select_from(CONVERSATIONS)).scalar_one()


def _stored(connection: Connection, conversation: str, row: dict[str, Any]) -> int:
    """Inserts a turn; its number. Raises `UnknownConversation`."""
    touched = update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation).values(touched=row["asked"])
    if connection.execute(touched).rowcount == 0:
        raise UnknownConversation
    last = connection.execute(select(func.max(TURNS.c.number)).where(TURNS.c.conversation_id == conversation)).scalar()
    number = int(last or 0) + 1
    connection.execute(insert(TURNS).values(**{**row, "number": number}))
    return number


def _settled(conversation: str, held: Held, connection: Connection) -> bool:
    """Inserts what was held of a conversation, unless it has been deleted meanwhile."""
    if held.row:
        connection.execute(insert(CONVERSATIONS).values(**held.row))
    with suppress(UnknownConversation):
        for row in held.turns:
            _stored(connection, conversation, row)
    return True


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
