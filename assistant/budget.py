"""What a chat model may cost: tokens a day, and of these a share a conversation. Counted in a small SQLite file that all workers share.

A count that cannot be kept is a budget that is spent: no model is asked.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

SHARE = 0.1
WAIT = 2.0


class Budget:
    """`tokens` a day in all (0: no limit), a tenth of it for one conversation. `today` is the clock."""

    def __init__(self, path: Path, tokens: int, today: Callable[[], date] = date.today) -> None:
        self._path, self.tokens, self._today = path, tokens, today

    def allows(self, conversation: str | None) -> bool:
        """Whether the day and the conversation have tokens left."""
        if not self.tokens:
            return True
        try:
            day, own = self._spent(_named(conversation))
        except sqlite3.Error:
            return False
        return day < self.tokens and (conversation is None or own < self.tokens * SHARE)

    def spend(self, conversation: str | None, tokens: int) -> None:
        """Counts tokens that were used; earlier days are forgotten."""
        if not self.tokens:
            return
        try:
            with closing(self._open()) as database, database:
                database.execute("DELETE FROM spent WHERE day < ?", (self._today().isoformat(),))
                database.execute(
                    "INSERT INTO spent VALUES (?, ?, ?) ON CONFLICT (day, conversation) DO UPDATE SET tokens = tokens + excluded.tokens", (self._today().isoformat(), _named(conversation), tokens)
                )
        except sqlite3.Error:
            return

    def _spent(self, name: str) -> tuple[int, int]:
        with closing(self._open()) as database:
            rows = database.execute("SELECT conversation, tokens FROM spent WHERE day = ?", (self._today().isoformat(),)).fetchall()
        return sum(tokens for _, tokens in rows), sum(tokens for one, tokens in rows if one == name)

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path, timeout=WAIT)
        database.execute("CREATE TABLE IF NOT EXISTS spent (day TEXT, conversation TEXT, tokens INTEGER, PRIMARY KEY (day, conversation))")
        return database


def _named(conversation: str | None) -> str:
    """A conversation as it is counted: its id is a key to it, so only a digest is kept."""
    return hashlib.sha256(conversation.encode()).hexdigest() if conversation else ""
