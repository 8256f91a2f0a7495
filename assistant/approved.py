"""Answers that consultants approve: kept, edited, withdrawn, and found again for whoever asks the same in other words, of the same profile.

A candidate's own wording is never copied: while the conversation lives, an answer refers to its turn; of its meaning a vector stays.
Left to others: where a question meets an approved answer (`fronting`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Row, delete, func, insert, or_, select, update

from assistant.desk_tables import HANDLED, SOURCES, VECTORS
from assistant.likeness import SAME, Reading, likeness, read
from assistant.masking import masked
from assistant.publishing import Outdated
from assistant.storing import Store, now
from assistant.tables import APPROVED, CONVERSATIONS, FORWARDED, TURNS
from corpus.danish import words
from index.library import Encoder


class UnknownAnswer(Exception):
    """There is no such approved answer, or the question it was to answer is gone."""


class Taken(Exception):
    """Somebody else has dealt with the question in between."""


@dataclass(frozen=True, slots=True)
class ApprovedAnswer:
    """A consultant's answer about one profile. `question` is empty when it was a candidate's own and their conversation is erased."""

    id: int
    profile: str
    question: str
    others: tuple[str, ...]
    answer: str
    approved_by: str
    approved: datetime
    valid_until: date | None
    version: int
    withdrawn: datetime | None = None

    def valid(self, today: date) -> bool:
        """Whether candidates get it."""
        return self.withdrawn is None and (self.valid_until is None or today <= self.valid_until)


class ApprovedAnswers(Store):
    """The approved answers in a migrated database; `encoder` gives the vectors by which paraphrases are found."""

    def __init__(self, engine: Engine, encoder: Callable[[], Encoder], clock: Callable[[], datetime] = now) -> None:
        super().__init__(engine, clock)
        self._encoder = encoder

    def approve(self, profile: str, question: str, answer: str, by: str, valid_until: date | None = None, others: Sequence[str] = (), turns: Collection[int] = ()) -> int:
        """Stores an answer, and with it deals with these turns of the profile; its id.

        Raises `Taken` when somebody has dealt with one of them already, `UnknownAnswer` when all of them are gone.
        """
        with self._writing() as connection:
            sources = self._turns(connection, profile, turns)
            if turns and not sources:
                raise UnknownAnswer
            if connection.execute(select(HANDLED.c.turn_id).where(HANDLED.c.turn_id.in_(list(sources)))).first():
                raise Taken
            named = next((turn for turn, wording in sources.items() if _same(wording, question)), None)
            fields = {"profile": profile, "question": "" if named else question, "answer": answer, "approved_by": by, "approved": self._moment(), "valid_until": valid_until}
            approved: int = connection.execute(insert(APPROVED).values(**fields).returning(APPROVED.c.id)).scalar_one()
            self._link(connection, approved, sources, named, by)
            self._index(connection, approved, "" if named else question, others, sources)
        return approved

    def edit(self, approved: int, question: str, answer: str, by: str, valid_until: date | None, others: Sequence[str], version: int) -> None:
        """Changes an answer that was read as `version`; candidates get the new one at once. Raises `Outdated`, `UnknownAnswer`."""
        with self._writing() as connection:
            sources = {row.turn_id: row.question for row in connection.execute(_sources(approved))}
            named = next((turn for turn, wording in sources.items() if _same(wording, question)), None)
            fields = {"question": "" if named else question, "answer": answer, "approved_by": by, "approved": self._moment(), "valid_until": valid_until, "withdrawn": None}
            self._change(connection, approved, version, fields)
            connection.execute(update(SOURCES).where(SOURCES.c.approved_id == approved).values(named=SOURCES.c.turn_id == (named or 0)))
            connection.execute(update(FORWARDED).where(FORWARDED.c.turn_id.in_(list(sources))).values(approved_id=approved, closed=self._moment(), seen=None))
            gone = connection.execute(select(VECTORS).where(VECTORS.c.approved_id == approved, VECTORS.c.wording.is_(None), VECTORS.c.turn_id.is_(None))).all()
            connection.execute(delete(VECTORS).where(VECTORS.c.approved_id == approved))
            self._index(connection, approved, "" if named else question, others, sources)
            for row in gone:
                connection.execute(insert(VECTORS).values(approved_id=approved, embedding=row.embedding, vector=row.vector))

    def withdraw(self, approved: int, version: int) -> None:
        """Takes an answer back: from now on no candidate gets it, and its questions wait again. Raises `Outdated`, `UnknownAnswer`."""
        with self._writing() as connection:
            self._change(connection, approved, version, {"withdrawn": self._moment()})
            waiting = select(SOURCES.c.turn_id).where(SOURCES.c.approved_id == approved)
            connection.execute(delete(HANDLED).where(HANDLED.c.turn_id.in_(waiting)))
            connection.execute(update(FORWARDED).where(FORWARDED.c.approved_id == approved).values(approved_id=None, closed=None, seen=None))

    def match(self, profile: str, question: str, today: date) -> ApprovedAnswer | None:
        """The valid answer of this profile to this question, asked in these words or others; None when there is none."""
        rows = self._valid(profile, today)
        if not rows:
            return None
        asked = read(question, self._encoder().questions([question])[0])
        scored = [(likeness(asked, self._read(row)), row.approved_id) for row in rows]
        best, approved = max(scored)
        return self.get(approved) if best >= SAME else None

    def turns(self, approved: int) -> list[int]:
        """The turns that an answer came from and that are still there."""
        with self._reading() as connection:
            return list(connection.execute(select(SOURCES.c.turn_id).where(SOURCES.c.approved_id == approved)).scalars())

    def of(self, turn: int) -> ApprovedAnswer | None:
        """The answer that dealt with a turn, unless it was withdrawn; None when there is none."""
        with self._reading() as connection:
            approved = connection.execute(select(SOURCES.c.approved_id).where(SOURCES.c.turn_id == turn)).scalar_one_or_none()
        found = self._found(APPROVED.c.id == approved, APPROVED.c.withdrawn.is_(None)) if approved else []
        return found[0] if found else None

    def get(self, approved: int) -> ApprovedAnswer:
        """One answer. Raises `UnknownAnswer`."""
        found = self._found(APPROVED.c.id == approved)
        if not found:
            raise UnknownAnswer
        return found[0]

    def all(self, profile: str | None = None) -> list[ApprovedAnswer]:
        """Every answer, latest first; of one profile, or of all."""
        return self._found(*([APPROVED.c.profile == profile] if profile else []))

    def _found(self, *conditions: Any) -> list[ApprovedAnswer]:
        with self._reading() as connection:
            rows = connection.execute(select(APPROVED).where(*conditions).order_by(APPROVED.c.approved.desc(), APPROVED.c.id.desc())).all()
            ids = [row.id for row in rows]
            named = select(SOURCES.c.approved_id, TURNS.c.question).join(TURNS, TURNS.c.id == SOURCES.c.turn_id).where(SOURCES.c.named.is_(True), SOURCES.c.approved_id.in_(ids))
            wordings = {row.approved_id: row.question for row in connection.execute(named)}
            others: dict[int, list[str]] = {}
            for row in connection.execute(select(VECTORS.c.approved_id, VECTORS.c.wording).where(VECTORS.c.wording.is_not(None), VECTORS.c.approved_id.in_(ids)).order_by(VECTORS.c.id)):
                others.setdefault(row.approved_id, []).append(row.wording)
        return [_answer(row, row.question or wordings.get(row.id, ""), others.get(row.id, [])) for row in rows]

    def _valid(self, profile: str, today: date) -> list[Row[Any]]:
        """The vectors of a profile's valid answers, each with its wording where there still is one."""
        valid = (APPROVED.c.profile == profile, APPROVED.c.withdrawn.is_(None), or_(APPROVED.c.valid_until.is_(None), APPROVED.c.valid_until >= today))
        columns = (VECTORS.c.approved_id, func.coalesce(VECTORS.c.wording, TURNS.c.question).label("wording"), VECTORS.c.embedding, VECTORS.c.vector)
        tables = VECTORS.join(APPROVED, APPROVED.c.id == VECTORS.c.approved_id).outerjoin(TURNS, TURNS.c.id == VECTORS.c.turn_id)
        with self._reading() as connection:
            return list(connection.execute(select(*columns).select_from(tables).where(*valid)))

    def _read(self, row: Row[Any]) -> Reading:
        """A stored vector as it is compared; one of another embedding model is made anew, while its words are there."""
        if row.embedding == self._encoder().identity:
            vector = np.frombuffer(row.vector, np.float32)
            return read(row.wording, vector) if row.wording else Reading(vector)
        return read(row.wording, self._encoder().questions([row.wording])[0]) if row.wording else Reading(np.zeros_like(self._encoder().questions(["?"])[0]))

    def _turns(self, connection: Connection, profile: str, turns: Collection[int]) -> dict[int, str]:
        """The wordings of turns, of this profile only. Two who answer them at once take turns (SQLite lets one write at a time anyway)."""
        query = select(TURNS.c.id, TURNS.c.question).join(CONVERSATIONS).where(TURNS.c.id.in_(list(turns)), CONVERSATIONS.c.profile == profile).order_by(TURNS.c.id).with_for_update(of=TURNS)
        return {row.id: row.question for row in connection.execute(query)}

    def _link(self, connection: Connection, approved: int, sources: dict[int, str], named: int | None, by: str) -> None:
        """Turns are dealt with by an answer: it says where it came from, they leave the inbox, who forwarded them gets it."""
        for table in (SOURCES, HANDLED):
            connection.execute(delete(table).where(table.c.turn_id.in_(list(sources))))
        for turn in sources:
            connection.execute(insert(SOURCES).values(turn_id=turn, approved_id=approved, named=turn == named))
            connection.execute(insert(HANDLED).values(turn_id=turn, handled=self._moment(), handled_by=by))
        connection.execute(update(FORWARDED).where(FORWARDED.c.turn_id.in_(list(sources))).values(approved_id=approved, closed=self._moment(), seen=None))

    def _index(self, connection: Connection, approved: int, question: str, others: Sequence[str], sources: dict[int, str]) -> None:
        """The vectors of every wording: the consultant's with their words, the candidates' by reference."""
        own = [text for text in dict.fromkeys([question, *others]) if text and not any(_same(text, wording) for wording in sources.values())]
        texts = [*own, *sources.values()]
        if not texts:
            return
        rows, turns = self._encoder().questions(texts), [None] * len(own) + list(sources)
        for at, (row, turn) in enumerate(zip(rows, turns, strict=True)):
            fields = {"wording": texts[at] if turn is None else None, "turn_id": turn, "embedding": self._encoder().identity, "vector": np.asarray(row, np.float32).tobytes()}
            connection.execute(insert(VECTORS).values(approved_id=approved, **fields))

    def _change(self, connection: Connection, approved: int, version: int, fields: dict[str, Any]) -> None:
        if connection.execute(update(APPROVED).where(APPROVED.c.id == approved, APPROVED.c.version == version).values(version=version + 1, **fields)).rowcount == 0:
            known = connection.execute(select(APPROVED.c.id).where(APPROVED.c.id == approved)).first()
            raise Outdated if known else UnknownAnswer


def _sources(approved: int) -> Any:
    return select(SOURCES.c.turn_id, TURNS.c.question).join(TURNS, TURNS.c.id == SOURCES.c.turn_id).where(SOURCES.c.approved_id == approved)


def _same(wording: str, text: str) -> bool:
    """Whether a text is a candidate's wording, whatever its case, signs and masks.

    >>> _same("Er der  kantine?", "er der kantine")
    True
    """
    return words(masked(wording)) == words(masked(text))


def _answer(row: Row[Any], question: str, others: Sequence[str]) -> ApprovedAnswer:
    withdrawn = row.withdrawn.replace(tzinfo=UTC) if row.withdrawn else None
    more = tuple(other for other in others if other != question)
    return ApprovedAnswer(row.id, row.profile, question, more, row.answer, row.approved_by, row.approved.replace(tzinfo=UTC), row.valid_until, row.version, withdrawn)
