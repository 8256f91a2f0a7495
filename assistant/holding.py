"""Turns that could not be stored when they were made (the disk is full, the database locked or read-only): held in memory until they can be.

A candidate gets an answer and can ask on; nothing that was answered is lost while the process lives. Left to others: storing (`conversations`).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from time import monotonic
from typing import Any

REST = 5.0  # seconds without a new attempt after one that failed, so that not everybody waits for the same lock
MOST = 1000  # conversations; the one that has waited longest is let go of first


@dataclass(slots=True)
class Held:
    """What waits of a conversation: its row, when that is not stored either, and rows of turns as the tables have them."""

    row: dict[str, Any] | None = None
    turns: list[dict[str, Any]] = field(default_factory=list)


class Holding:
    """Conversations that wait, by id. Any thread may call; `lock` is held by whoever adds to one or stores it."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._until = 0.0
        self.lock = RLock()

    def rest(self) -> None:
        """Nobody shall try to write for a while."""
        self._until = monotonic() + REST

    def resting(self) -> bool:
        """Whether it is too soon to try again."""
        return monotonic() < self._until

    def __len__(self) -> int:
        return len(self._held)

    def get(self, conversation: str) -> Held | None:
        """What waits of a conversation."""
        return self._held.get(conversation)

    def ids(self) -> list[str]:
        """The conversations that wait, oldest first."""
        with self.lock:
            return list(self._held)

    def of(self, conversation: str) -> Held:
        """What waits of a conversation, to be added to."""
        with self.lock:
            found = self._held.setdefault(conversation, Held())
            while len(self._held) > MOST:
                self._held.popitem(last=False)
            return found

    def drop(self, conversation: str) -> bool:
        """Lets go of a conversation; False when it wasn't held."""
        with self.lock:
            return self._held.pop(conversation, None) is not None

    def expire(self, before: datetime) -> int:
        """Lets go of conversations last asked in before a moment (as it is stored); how many were held only here."""
        with self.lock:
            old = [name for name, held in self._held.items() if (held.turns[-1]["asked"] if held.turns else held.row["created"] if held.row else before) < before]
            return sum(held.row is not None for held in (self._held.pop(name) for name in old))
