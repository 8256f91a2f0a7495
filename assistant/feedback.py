"""Thumbs: what a candidate thought of an answer, with a reason if they gave one (masked). It goes when its conversation goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import delete, insert, select

from assistant.masking import masked
from assistant.storing import Store, UnknownConversation
from assistant.tables import CONVERSATIONS, FEEDBACK, TURNS

Thumb = Literal["up", "down"]
THUMBS: tuple[Thumb, ...] = get_args(Thumb)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A thumb, and why."""

    thumb: Thumb
    reason: str | None = None


class Feedback(Store):
    """The thumbs, one a turn; a new one replaces the one before."""

    def give(self, conversation: str, number: int, thumb: Thumb, reason: str | None = None) -> Verdict:
        """Stores a thumb for a turn. Raises `UnknownConversation` when there is no such turn."""
        verdict = Verdict(thumb, masked(reason.strip()) if reason and reason.strip() else None)
        there = select(TURNS.c.id, CONVERSATIONS.c.profile).join(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation, TURNS.c.number == number)
        with self._writing() as connection:
            row = connection.execute(there).one_or_none()
            if row is None:
                raise UnknownConversation
            connection.execute(delete(FEEDBACK).where(FEEDBACK.c.turn_id == row.id))
            connection.execute(insert(FEEDBACK).values(turn_id=row.id, profile=row.profile, verdict=thumb, reason=verdict.reason, given=self._moment()))
        return verdict

    def of(self, conversation: str) -> dict[int, Verdict]:
        """A conversation's thumbs, by turn number."""
        found = select(TURNS.c.number, FEEDBACK.c.verdict, FEEDBACK.c.reason).join(FEEDBACK).where(TURNS.c.conversation_id == conversation)
        with self._reading() as connection:
            return {row.number: Verdict(row.verdict, row.reason) for row in connection.execute(found)}
