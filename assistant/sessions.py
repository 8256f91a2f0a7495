"""Sessions at the desk, kept by the server: a random token whose hash is a row, new at every login and from time to time after.

A session ends when nothing has happened for `IDLE`, `ABSOLUTE` after it began, at logout, and when its user's password changes.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from assistant.desk_tables import SESSIONS, USERS
from assistant.storing import Store
from assistant.users import User

IDLE, ABSOLUTE = timedelta(minutes=60), timedelta(hours=10)
ROTATED, OVERLAP, NOTED = timedelta(minutes=15), timedelta(seconds=60), timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Session:
    """Who sits at the desk. `form` is the token of their forms; `renewed` the token to set instead of the one that came, if any."""

    user: User
    form: str
    renewed: str | None = None


class Sessions(Store):
    """The sessions in a migrated database."""

    def begin(self, user: User, before: str | None = None) -> str:
        """A new session's token, 256 random bits, shown this once. The session of `before`, if any, ends."""
        if before:
            self.end(before)
        token, moment = secrets.token_urlsafe(32), self._moment()
        with self._writing() as connection:
            connection.execute(insert(SESSIONS).values(id=_hashed(token), user_id=user.id, family=secrets.token_hex(32), began=moment, issued=moment, seen=moment))
        return token

    def open(self, token: str) -> Session | None:
        """The session that a token opens, or None: unknown, ended, idle too long, or its user shut out. The use is noted."""
        moment, key = self._moment(), _hashed(token)
        query = select(SESSIONS, USERS).join(USERS, USERS.c.id == SESSIONS.c.user_id).where(SESSIONS.c.id == key)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or not row.active or not self._alive(row):
            return None
        renewed = None
        if row.ends is None and moment - row.issued > ROTATED:
            renewed = self._rotate(row, key)
        elif moment - row.seen > NOTED:
            with self._writing() as connection:
                connection.execute(update(SESSIONS).where(SESSIONS.c.id == key).values(seen=moment))
        return Session(_owner(row), hashlib.sha256(f"desk-form:{row.family}".encode()).hexdigest()[:40], renewed)

    def end(self, token: str) -> None:
        """Ends a session, with every token it has had."""
        with self._writing() as connection:
            family = connection.execute(select(SESSIONS.c.family).where(SESSIONS.c.id == _hashed(token))).scalar_one_or_none()
            if family:
                connection.execute(delete(SESSIONS).where(SESSIONS.c.family == family))

    def end_all(self, user: int) -> int:
        """Ends all sessions of a user; how many tokens they were."""
        with self._writing() as connection:
            return connection.execute(delete(SESSIONS).where(SESSIONS.c.user_id == user)).rowcount

    def sweep(self) -> int:
        """Removes the rows of sessions that are over; how many."""
        moment = self._moment()
        over = or_(SESSIONS.c.seen < moment - IDLE, SESSIONS.c.began < moment - ABSOLUTE, SESSIONS.c.ends < moment)
        with self._writing() as connection:
            return connection.execute(delete(SESSIONS).where(over)).rowcount

    def _alive(self, row: Row[Any]) -> bool:
        moment = self._moment()
        return bool(moment - row.seen <= IDLE and moment - row.began <= ABSOLUTE and (row.ends is None or moment <= row.ends))

    def _rotate(self, row: Row[Any], key: str) -> str | None:
        """A new token for the session; the old one works for `OVERLAP` yet, since pages load several things at once."""
        token, moment = secrets.token_urlsafe(32), self._moment()
        with self._writing() as connection:
            if connection.execute(update(SESSIONS).where(SESSIONS.c.id == key, SESSIONS.c.ends.is_(None)).values(ends=moment + OVERLAP, seen=moment)).rowcount == 0:
                return None
            connection.execute(insert(SESSIONS).values(id=_hashed(token), user_id=row.user_id, family=row.family, began=row.began, issued=moment, seen=moment))
        return token


def _hashed(token: str) -> str:
    """256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _owner(row: Row[Any]) -> User:
    """The user's columns of a joined row."""
    mapping = row._mapping
    return User(mapping[USERS.c.id], mapping[USERS.c.name], mapping[USERS.c.role], mapping[USERS.c.created], mapping[USERS.c.active])
