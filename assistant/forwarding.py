"""Questions that the profile doesn't answer, forwarded to the consultant, and the answers that a consultant approves.

A question is stored masked, on its turn, and goes when its conversation goes; so does the mail address that a candidate may leave, in a
table of its own. Left to others: the consultants' pages (`web`), sending mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from assistant.storing import Store, UnknownConversation
from assistant.tables import ADDRESSES, APPROVED, CONVERSATIONS, FORWARDED, TURNS

_MAIL = re.compile(r"[^@\s<>\",;:]{1,64}@[^@\s<>\",;:]{1,250}\.[^@\s<>\",;:.]{2,}")


@dataclass(frozen=True, slots=True)
class Approved:
    """An answer that a consultant stands behind, by name, from `approved` until the end of `valid_until` (None: until the position closes)."""

    answer: str
    approved_by: str
    approved: datetime
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A forwarded question. `answer` is None until a consultant approves one; `new` until the candidate has seen it. `profile` is a slug."""

    id: int
    number: int
    profile: str
    question: str
    forwarded: datetime
    answer: Approved | None = None
    new: bool = False


def is_mail(text: str) -> bool:
    """Whether a text can be a mail address.

    >>> is_mail("bo@firma.example"), is_mail("bo@firma"), is_mail("bo@firma.example; rm")
    (True, False, False)
    """
    return len(text) <= 254 and bool(_MAIL.fullmatch(text))


class Forwarding(Store):
    """The forwarded questions and the approved answers."""

    def forward(self, conversation: str, number: int, mail: str | None = None) -> None:
        """Forwards a turn's question, once; a mail address given later is added. Raises `UnknownConversation` when there is no such turn."""
        there = select(TURNS.c.id, TURNS.c.question, CONVERSATIONS.c.profile).join(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation, TURNS.c.number == number)
        with self._writing() as connection:
            turn = connection.execute(there).one_or_none()
            if turn is None or turn.profile is None:
                raise UnknownConversation
            known = connection.execute(select(FORWARDED.c.id).where(FORWARDED.c.turn_id == turn.id)).scalar_one_or_none()
            if known is None:
                fields = {"turn_id": turn.id, "conversation_id": conversation, "profile": turn.profile, "question": turn.question, "forwarded": self._moment()}
                known = connection.execute(insert(FORWARDED).values(**fields).returning(FORWARDED.c.id)).scalar_one()
            if mail and connection.execute(update(ADDRESSES).where(ADDRESSES.c.forwarded_id == known).values(mail=mail)).rowcount == 0:
                connection.execute(insert(ADDRESSES).values(forwarded_id=known, mail=mail))

    def of(self, conversation: str, today: date) -> dict[int, Forwarded]:
        """A conversation's forwarded questions, by turn number; an answer that is no longer valid is left out."""
        return {one.number: one for one in self._found(today, FORWARDED.c.conversation_id == conversation)}

    def waiting(self, today: date, profile: str | None = None) -> list[Forwarded]:
        """The questions that no consultant has dealt with, oldest first; of one profile, or of all."""
        return self._found(today, FORWARDED.c.closed.is_(None), *([FORWARDED.c.profile == profile] if profile else []))

    def mail(self, forwarded: int) -> str | None:
        """The address that the candidate left for the answer to a forwarded question, if any."""
        with self._reading() as connection:
            return connection.execute(select(ADDRESSES.c.mail).where(ADDRESSES.c.forwarded_id == forwarded)).scalar_one_or_none()

    def approve(self, forwarded: int, question: str, answer: str, by: str, valid_until: date | None = None) -> int:
        """A consultant's answer to a forwarded question, under the question in the consultant's own words; its id.

        The candidate sees it at the next visit. Raises `UnknownConversation` when the question was deleted meanwhile.
        """
        with self._writing() as connection:
            profile = connection.execute(select(FORWARDED.c.profile).where(FORWARDED.c.id == forwarded)).scalar_one_or_none()
            if profile is None:
                raise UnknownConversation
            now = self._moment()
            fields = {"profile": profile, "question": question, "answer": answer, "approved_by": by, "approved": now, "valid_until": valid_until}
            approved: int = connection.execute(insert(APPROVED).values(**fields).returning(APPROVED.c.id)).scalar_one()
            connection.execute(update(FORWARDED).where(FORWARDED.c.id == forwarded).values(approved_id=approved, closed=now, seen=None))
        return approved

    def dismiss(self, forwarded: int) -> None:
        """Takes a question off the desk without an answer."""
        with self._writing() as connection:
            connection.execute(update(FORWARDED).where(FORWARDED.c.id == forwarded).values(closed=self._moment()))

    def see(self, conversation: str) -> None:
        """The candidate has seen the answers so far: they are new no longer."""
        unseen = (FORWARDED.c.conversation_id == conversation) & FORWARDED.c.approved_id.is_not(None) & FORWARDED.c.seen.is_(None)
        with self._writing() as connection:
            connection.execute(update(FORWARDED).where(unseen).values(seen=self._moment()))

    def _found(self, today: date, *conditions: object) -> list[Forwarded]:
        chosen = (FORWARDED.c.id, TURNS.c.number, FORWARDED.c.profile, FORWARDED.c.question, FORWARDED.c.forwarded, FORWARDED.c.seen)
        answers = (APPROVED.c.answer, APPROVED.c.approved_by, APPROVED.c.approved, APPROVED.c.valid_until)
        tables = FORWARDED.join(TURNS, TURNS.c.id == FORWARDED.c.turn_id).outerjoin(APPROVED, APPROVED.c.id == FORWARDED.c.approved_id)
        query = select(*chosen, *answers).select_from(tables).where(*conditions).order_by(FORWARDED.c.id)  # type: ignore[arg-type]
        with self._reading() as connection:
            return [_forwarded(row, today) for row in connection.execute(query)]


def _forwarded(row: Row[*tuple[Any, ...]], today: date) -> Forwarded:
    valid = row.answer is not None and (row.valid_until is None or row.valid_until >= today)
    answer = Approved(row.answer, row.approved_by, row.approved.replace(tzinfo=UTC), row.valid_until) if valid else None
    return Forwarded(row.id, row.number, row.profile, row.question, row.forwarded.replace(tzinfo=UTC), answer, valid and row.seen is None)
