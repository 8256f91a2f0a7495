"""How many questions one address may ask: a bucket of tokens an address, refilled steadily, kept in the database so that all workers count together.

A bucket is one number, the moment at which it will be full again; taking a token moves that moment, in one statement, so two workers
never take the same token (the generic cell rate algorithm, ITU-T I.371). No address is kept, only a digest, and that for two minutes.
While the database cannot be written each worker counts by itself: nobody is refused for it, and no limit is lifted.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from ipaddress import AddressValueError, IPv6Address, IPv6Network
from threading import Lock

from sqlalchemy import Engine, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from assistant import holding
from assistant.storing import Store, Unwritable
from assistant.tables import BUCKETS

MINUTE, EMPTY = 60.0, 120.0
"""Seconds: what `rate` counts in, and how far from full a bucket may be (twice the rate)."""
MOST = 10_000  # buckets of a process's own, before those that are full again are forgotten
_ROUNDING = 1e-3


class Buckets(Store):
    """`rate` tokens a minute for one address, twice that in a burst; 0 is no limit. `what` they are for; `clock` counts seconds, alike in all workers."""

    def __init__(self, engine: Engine, rate: int, what: str = "questions", clock: Callable[[], float] = time.time) -> None:
        super().__init__(engine)
        self._rate, self._what, self._seconds = rate, what, clock
        self._here: dict[str, float] = {}
        self._lock, self._until = Lock(), 0.0

    def take(self, address: str) -> int:
        """Takes a token; 0 when there was one, else the whole seconds until there is. Raises `StorageError`."""
        if not self._rate:
            return 0
        name = hashlib.sha256(f"{self._what} {neighbourhood(address)}".encode()).hexdigest()[:32]
        now, step = self._seconds(), MINUTE / self._rate
        if time.monotonic() >= self._until:
            try:
                return self._together(name, now, step)
            except Unwritable:
                self._until = time.monotonic() + holding.REST
        return self._alone(name, now, step)

    def _together(self, name: str, now: float, step: float) -> int:
        """A token of the bucket that all workers share. Raises `StorageError`."""
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        full = case((BUCKETS.c.full > now, BUCKETS.c.full), else_=now) + step
        taking = insert(BUCKETS).values(name=name, full=now + step)
        taking = taking.on_conflict_do_update(index_elements=[BUCKETS.c.name], set_={"full": full}, where=full <= now + EMPTY + _ROUNDING)
        with self._writing() as connection:
            if connection.execute(taking.returning(BUCKETS.c.full)).scalar_one_or_none() is not None:
                return 0
            due: float = connection.execute(select(BUCKETS.c.full).where(BUCKETS.c.name == name)).scalar_one()
        return max(1, math.ceil(due + step - EMPTY - now))

    def _alone(self, name: str, now: float, step: float) -> int:
        """A token of a bucket of this process's own."""
        with self._lock:
            if len(self._here) >= MOST:
                self._here = {one: full for one, full in self._here.items() if full > now}
            due = max(self._here.get(name, now), now) + step
            if due > now + EMPTY + _ROUNDING:
                return max(1, math.ceil(due - EMPTY - now))
            self._here[name] = due
        return 0

    def sweep(self) -> None:
        """Forgets the buckets that are full again."""
        with self._writing() as connection:
            connection.execute(delete(BUCKETS).where(BUCKETS.c.full < self._seconds()))


def neighbourhood(address: str) -> str:
    """What counts as one address: of IPv6 the first 64 bits, since a household holds them all.

    >>> neighbourhood("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::/64'
    """
    try:
        return str(IPv6Network((IPv6Address(address).packed[:8] + bytes(8), 64)))
    except AddressValueError:
        return address
