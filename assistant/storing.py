"""What every store shares: an engine, a clock, transactions that read or write, and foreign errors in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from assistant.database import forget_traces, writing


class ConversationError(Exception):
    """What can go wrong with a conversation and what hangs on it."""


class UnknownConversation(ConversationError):
    """No conversation has this id (or no such turn): never made, deleted or expired. For the visitor: 404, whoever asks."""


class StorageError(ConversationError):
    """The database could not be read or written. For the operator; the cause is kept."""


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

    def _forget_traces(self) -> bool:
        with _translated():
            return forget_traces(self._engine)


@contextmanager
def _translated() -> Iterator[None]:
    """Foreign errors in our words; the original stays as the cause."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StorageError("Databasen kan ikke læses eller skrives.") from error
