"""Conversations: what was asked and answered, for as long as the candidate and the retention period allow.

Questions are personal data. They are masked before the first write, an owner's secret is stored as a hash only, and what is
deleted is gone from the files. Left to others: the database itself (`database`), cookies and pages (`web`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, DateTime, Engine, ForeignKey, Integer, MetaData, String, Table, Text, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from assistant.answers import Answer, Citation
from assistant.database import forget_traces, writing


class ConversationError(Exception):
    """What can go wrong with a conversation."""


class UnknownConversation(ConversationError):
    """No conversation has this id: never made, deleted or expired. For the visitor: 404, whoever asks."""


class StorageError(ConversationError):
    """The database could not be read or written. For the operator; the cause is kept."""


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


_METADATA = MetaData()
_CONVERSATIONS = Table(
    "conversations",
    _METADATA,
    Column("id", String(32), primary_key=True),
    Column("owner_hash", String(64), nullable=False),
    Column("profile", String(200)),
    Column("created", DateTime, nullable=False),
    Column("touched", DateTime, nullable=False, index=True),
)
_TURNS = Table(
    "turns",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("asked", DateTime, nullable=False),
)

_GAP = r"[ \t\u00a0\u202f.\-–/]"
_CPR = re.compile(rf"(?<!\d)(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01]){_GAP}?(?:0[1-9]|1[0-2]){_GAP}?\d{{2}}{_GAP}{{0,3}}\d{{4}}(?!\d)")
_MAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]+(?:@|[ \t]@[ \t]?|@[ \t])(?:[\w-]+\.)*[\w-]+")
_ABROAD = re.compile(rf"(?<![\d+])(?:\+|00)\d{{1,3}}(?:{_GAP}?\d){{6,12}}(?!\d)")
_HOME = re.compile(
    rf"(?<!\d)(?!(?:19|20)\d\d{_GAP}(?:19|20)\d\d(?!\d))[2-9](?:\d{{7}}|\d(?:{_GAP}\d\d){{3}}|\d{{3}}{_GAP}\d{{4}}|\d{{2}}[ \u00a0]\d{{3}}[ \u00a0]\d{{2}}|\d[ \u00a0]\d{{3}}[ \u00a0]\d{{3}})(?!\d)"
    r"(?!\s*(?:kr\b|kroner|mio\b|mia\b|,-))"
)


def masked(text: str) -> str:
    """The text without CPR numbers, mail addresses and telephone numbers. CPR numbers go by their date, since valid ones may fail the modulus check.

    >>> masked("Jeg hedder Bo, 251248-9996, bo@firma.example, tlf. 40 22 87 18")
    'Jeg hedder Bo, [CPR-nummer], [mail], tlf. [telefon]'
    """
    text = _MAIL.sub("[mail]", text)
    text = _ABROAD.sub("[telefon]", text)
    return _HOME.sub("[telefon]", _CPR.sub("[CPR-nummer]", text))


class Conversations:
    """The conversations in a migrated database. `clock` tells the moment (aware); any thread may call."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._clock = clock

    def start(self, profile: str | None = None) -> Started:
        """A new conversation about a profile (its slug). Raises `StorageError`, as everything here does."""
        started = Started(secrets.token_hex(16), secrets.token_urlsafe(32))
        now = _stored(self._clock())
        with self._writing() as connection:
            connection.execute(insert(_CONVERSATIONS).values(id=started.id, owner_hash=_hashed(started.owner), profile=profile, created=now, touched=now))
        return started

    def get(self, conversation: str) -> Conversation:
        """The conversation with this id. Raises `UnknownConversation`."""
        with self._reading() as connection:
            row = connection.execute(select(_CONVERSATIONS).where(_CONVERSATIONS.c.id == conversation)).one_or_none()
        if row is None:
            raise UnknownConversation
        return Conversation(row.id, row.profile, row.created.replace(tzinfo=UTC), row.touched.replace(tzinfo=UTC))

    def owns(self, conversation: str, owner: str) -> bool:
        """Whether `owner` is this conversation's secret; False when there is no such conversation."""
        with self._reading() as connection:
            known = connection.execute(select(_CONVERSATIONS.c.owner_hash).where(_CONVERSATIONS.c.id == conversation)).scalar_one_or_none()
        return known is not None and hmac.compare_digest(known, _hashed(owner))

    def append(self, conversation: str, question: str, answer: Answer) -> Turn:
        """Stores the next turn, its question masked (in the answer's object too). Raises `UnknownConversation`."""
        now = _stored(self._clock())
        question = masked(question)
        kept = replace(answer, question=question)
        with self._writing() as connection:
            touched = update(_CONVERSATIONS).where(_CONVERSATIONS.c.id == conversation).values(touched=now)
            if connection.execute(touched).rowcount == 0:
                raise UnknownConversation
            last = connection.execute(select(func.max(_TURNS.c.number)).where(_TURNS.c.conversation_id == conversation)).scalar()
            number = (last or 0) + 1
            text = json.dumps(kept.to_json(), ensure_ascii=False)
            connection.execute(insert(_TURNS).values(conversation_id=conversation, number=number, question=question, answer=text, asked=now))
        return Turn(number, question, kept, now.replace(tzinfo=UTC))

    def turns(self, conversation: str) -> list[Turn]:
        """The turns so far, oldest first; none for an unknown conversation."""
        with self._reading() as connection:
            rows = connection.execute(select(_TURNS).where(_TURNS.c.conversation_id == conversation).order_by(_TURNS.c.number)).all()
        return [Turn(row.number, row.question, _answer(row.answer), row.asked.replace(tzinfo=UTC)) for row in rows]

    def earlier(self, conversation: str, limit: int = 10) -> tuple[str, ...]:
        """The latest questions, oldest first, as the assistant takes them to understand a follow-up."""
        newest = select(_TURNS.c.question).where(_TURNS.c.conversation_id == conversation).order_by(_TURNS.c.number.desc()).limit(limit)
        with self._reading() as connection:
            return tuple(reversed(connection.execute(newest).scalars().all()))

    def delete(self, conversation: str) -> bool:
        """Erases a conversation and its turns from the files; False when there was none."""
        with self._writing() as connection:
            connection.execute(delete(_TURNS).where(_TURNS.c.conversation_id == conversation))
            gone = connection.execute(delete(_CONVERSATIONS).where(_CONVERSATIONS.c.id == conversation)).rowcount
        self._forget_traces()
        return gone > 0

    def expire(self, before: datetime) -> int:
        """Erases the conversations whose last question came before a moment; how many they were."""
        old = select(_CONVERSATIONS.c.id).where(_CONVERSATIONS.c.touched < _stored(before))
        with self._writing() as connection:
            connection.execute(delete(_TURNS).where(_TURNS.c.conversation_id.in_(old)))
            gone = connection.execute(delete(_CONVERSATIONS).where(_CONVERSATIONS.c.touched < _stored(before))).rowcount
        if gone:
            self._forget_traces()
        return gone

    def count(self) -> int:
        """How many conversations are kept."""
        with self._reading() as connection:
            return connection.execute(select(func.count()).select_from(_CONVERSATIONS)).scalar_one()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _translated(), writing(self._engine).begin() as connection:
            yield connection

    def _forget_traces(self) -> None:
        with _translated():
            forget_traces(self._engine)


@contextmanager
def _translated() -> Iterator[None]:
    """Foreign errors in our words; the original stays as the cause."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StorageError("Databasen kan ikke læses eller skrives.") from error


def _hashed(owner: str) -> str:
    """A secret of 256 random bits needs no salt and no slow hash."""
    return hashlib.sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()


def _stored(moment: datetime) -> datetime:
    """A moment as it is stored: UTC, without its zone (SQLite keeps none)."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _answer(text: str) -> Answer:
    """The stored object → the answer; what a later version added is left out."""
    data = json.loads(text)
    data["citations"] = tuple(Citation(**_known(Citation, one)) for one in data["citations"])
    data["suggestions"] = tuple(data["suggestions"])
    return Answer(**_known(Answer, data))


def _known(kind: type, data: dict[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in data.items() if name in names}
