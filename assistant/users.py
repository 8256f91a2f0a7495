"""Those who may sit at the consultants' desk: their names, roles and passwords (argon2id), and a lock after too many wrong ones.

Left to others: their sessions (`sessions`), what they did (`auditing`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, Row, delete, func, insert, select, update

from assistant.desk_tables import SESSIONS, USERS
from assistant.storing import Store, now

Role = Literal["consultant", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
LEAST, MOST = 12, 200
TRIES, LOCKED = 5, timedelta(minutes=15)
_NAME = re.compile(r"[\w][\w .@'-]{0,78}[\w.]|\w")


class UserError(Exception):
    """Why a user cannot be made or changed, by `code`: name, taken, short, long, plain, unknown, last, role. For the person who asked."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in. `locked` is the moment until which nobody may, in this name."""

    id: int
    name: str
    role: Role
    created: datetime
    active: bool = True
    locked: datetime | None = None


class Users(Store):
    """The users in a migrated database. `hasher` is argon2id with the library's own costs unless another is given."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = now, hasher: PasswordHasher | None = None) -> None:
        super().__init__(engine, clock)
        self._hasher = hasher or PasswordHasher()

    def add(self, name: str, password: str, role: Role | None = None) -> User:
        """A new user; the first one is an administrator unless said otherwise. Raises `UserError`."""
        name, kept = tidy(name), self._hasher.hash(checked(name, password))
        with self._writing() as connection:
            taken = connection.execute(select(USERS.c.id).where(func.lower(USERS.c.name) == name.lower())).first()
            if taken:
                raise UserError("taken")
            first = connection.execute(select(func.count()).select_from(USERS)).scalar_one() == 0
            fields = {"name": name, "password": kept, "role": role or ("administrator" if first else "consultant"), "created": self._moment(), "failures": 0, "active": True}
            row = connection.execute(insert(USERS).values(**fields).returning(USERS)).one()
        return _user(row)

    def check(self, name: str, password: str) -> User | None:
        """The user, if name and password belong together and nothing is locked. Takes as long whether or not the name exists."""
        with self._reading() as connection:
            row = connection.execute(select(USERS).where(func.lower(USERS.c.name) == name.strip().lower()[:MOST])).one_or_none()
        right = self._verified(row.password if row else self._nobody, password[: MOST + 1])
        if row is None or not row.active or (row.locked is not None and row.locked > self._moment()):
            return None
        if not right:
            self._failed(row.id)
            return None
        self._succeeded(row, password)
        return _user(row)

    def set_password(self, name: str, password: str) -> User:
        """A new password; every session of the user ends, and the lock opens. Raises `UserError`."""
        user = self.named(name)
        kept = self._hasher.hash(checked(user.name, password))
        with self._writing() as connection:
            connection.execute(update(USERS).where(USERS.c.id == user.id).values(password=kept, failures=0, locked=None))
            connection.execute(delete(SESSIONS).where(SESSIONS.c.user_id == user.id))
        return user

    def change(self, user: int, role: Role | None = None, active: bool | None = None) -> User:
        """Another role, shut out or let in again; every session of the user ends. Raises `UserError` for the last administrator."""
        if role is not None and role not in ROLES:
            raise UserError("role")
        values: dict[str, Any] = {name: value for name, value in (("role", role), ("active", active)) if value is not None}
        with self._writing() as connection:
            if connection.execute(update(USERS).where(USERS.c.id == user).values(**values)).rowcount == 0:
                raise UserError("unknown")
            left = select(func.count()).select_from(USERS).where(USERS.c.role == "administrator", USERS.c.active.is_(True))
            if connection.execute(left).scalar_one() == 0:
                raise UserError("last")
            connection.execute(delete(SESSIONS).where(SESSIONS.c.user_id == user))
            row = connection.execute(select(USERS).where(USERS.c.id == user)).one()
        return _user(row)

    def moment(self) -> datetime:
        """Now, by the clock that locks go by."""
        return self._clock()

    def named(self, name: str) -> User:
        """The user of this name. Raises `UserError`."""
        with self._reading() as connection:
            row = connection.execute(select(USERS).where(func.lower(USERS.c.name) == name.strip().lower())).one_or_none()
        if row is None:
            raise UserError("unknown")
        return _user(row)

    def all(self) -> list[User]:
        """Everybody, by name."""
        with self._reading() as connection:
            return [_user(row) for row in connection.execute(select(USERS).order_by(USERS.c.name))]

    @cached_property
    def _nobody(self) -> str:
        """The hash that a name which doesn't exist is checked against, so that it takes as long."""
        return self._hasher.hash("nobody at all")

    def _verified(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password.encode("utf-8", "replace"))
        except (VerificationError, InvalidHashError):
            return False

    def _failed(self, user: int) -> None:
        """Counts a wrong password in the database itself, so that parallel tries count; the last one allowed locks."""
        with self._writing() as connection:
            tried = connection.execute(update(USERS).where(USERS.c.id == user).values(failures=USERS.c.failures + 1).returning(USERS.c.failures)).scalar_one()
            if tried >= TRIES:
                connection.execute(update(USERS).where(USERS.c.id == user).values(failures=0, locked=self._moment() + LOCKED))

    def _succeeded(self, row: Row[Any], password: str) -> None:
        """The count begins anew; a hash of older costs is made again."""
        values: dict[str, Any] = {"failures": 0, "locked": None}
        if self._hasher.check_needs_rehash(row.password):
            values["password"] = self._hasher.hash(password)
        with self._writing() as connection:
            connection.execute(update(USERS).where(USERS.c.id == row.id).values(**values))


def tidy(name: str) -> str:
    """A name as it is kept. Raises `UserError` for one that is none.

    >>> tidy("  Lis   Kvist ")
    'Lis Kvist'
    """
    found = " ".join(unicodedata.normalize("NFC", name).split())
    if not _NAME.fullmatch(found):
        raise UserError("name")
    return found


def checked(name: str, password: str) -> str:
    """A password that may be used: 12-200 characters, not the name, not one character over and over. Raises `UserError`."""
    if len(password) < LEAST:
        raise UserError("short")
    if len(password) > MOST:
        raise UserError("long")
    if len(set(password)) < 5 or name.casefold() in password.casefold() and len(password) < len(name) + 6:
        raise UserError("plain")
    return password


def _user(row: Row[Any]) -> User:
    locked = row.locked.replace(tzinfo=UTC) if row.locked else None
    return User(row.id, row.name, row.role, row.created.replace(tzinfo=UTC), row.active, locked)
