"""What every store shares: an engine, a clock, transactions that read or write, and foreign errors in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from assistant.database import forget_traces, writing

_AT_PRESENT = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}


class ConversationError(Exception):
    """What can go wrong with a conversation and what hangs on it."""


class UnknownConversation(ConversationError):
    """No conversation has this id (or no such turn): never made, deleted or expired. For the visitor: 404, whoever asks."""


class StorageError(ConversationError):
    """The database could not be read or written. For the operator; the cause is kept."""


class Unwritable(StorageError):
    """The database can't be written at present: it is locked, read-only, full, or not there. What was to be stored may be tried again."""


def now() -> datetime:
    """The moment, aware."""
    return datetime.now(UTC)


def stored(moment: datetime) -> datetime:
    """A moment as it is stored: UTC, without its zone (SQLite keeps none)."""
    return moment.astimezone(UTC).replace(tzinfo=None)


class Store:
    """Tables in a migrated database. `clock` tells the moment (aware); any thread may call. Everything may raise `StorageError`."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = now) -> None:
        self._engine = engine
        self._clock = clock

    @property
    def engine(self) -> Engine:
        """The database that this store works on."""
        return self._engine

    def _moment(self) -> datetime:
        return stored(self._clock())

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
        kind = Unwritable if _passing(error) else StorageError
        raise kind("Databasen kan ikke læses eller skrives.") from error


def _passing(error: Exception) -> bool:
    """Whether an error speaks of the machine at present, and not of what was asked of the database or of damage."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in _AT_PRESENT
    return isinstance(error, OperationalError)
