"""The inbox: questions that candidates got no good answer to, the same question asked by several shown as one, with what lies nearest.

A question comes here when it was refused, answered unsurely, thumbed down, or sent on by the candidate. It is read from the turns, so
it goes when its conversation goes. Left to others: answering them (`approved`).
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from sqlalchemy import Engine, and_, exists, insert, select, union, update

from assistant.desk_tables import HANDLED
from assistant.likeness import ALIKE, Reading, likeness, read
from assistant.storing import Store, now
from assistant.tables import ADDRESSES, CONVERSATIONS, FEEDBACK, FORWARDED, TURNS
from index.library import Encoder

MOST = 500
COMPARED = 300_000  # pairs of questions whose likeness is kept at hand


@dataclass(frozen=True, slots=True)
class Item:
    """A question in the inbox. `turn` is its number in the database; `reasons` say why it is here: forwarded, down, refused, unsure."""

    turn: int
    profile: str
    question: str
    asked: datetime
    reasons: tuple[str, ...]
    answer: dict[str, Any]
    complaint: str | None = None
    forwarded: int | None = None
    wants_mail: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The same question, asked by one or several: its items, latest first. The first item stands for the group."""

    items: tuple[Item, ...]

    @property
    def first(self) -> Item:
        """The item that stands for it: one that was sent on, else the latest."""
        return next((item for item in self.items if item.forwarded), self.items[0])

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is here, the weightiest first."""
        return tuple(name for name in ("forwarded", "down", "refused", "unsure") if any(name in item.reasons for item in self.items))


class Inbox(Store):
    """The open questions in a migrated database; `encoder` tells which are alike."""

    def __init__(self, engine: Engine, encoder: Callable[[], Encoder], clock: Callable[[], datetime] = now) -> None:
        super().__init__(engine, clock)
        self._encoder, self._read, self._near, self._lock = encoder, OrderedDict[str, Reading](), dict[tuple[str, str], Any](), Lock()
        self._compared: dict[tuple[str, str], float] = {}

    def groups(self, profile: str | None = None) -> list[Group]:
        """The open questions of one profile or of all, grouped within each profile: sent on first, then those asked most, then the latest."""
        by_profile: dict[str, list[Item]] = {}
        for item in self.items(profile):
            by_profile.setdefault(item.profile, []).append(item)
        found = [Group(tuple(group)) for items in by_profile.values() for group in self._grouped(items)]
        return sorted(found, key=lambda group: ("forwarded" not in group.reasons, -len(group.items), -group.first.asked.timestamp()))

    def group(self, turn: int) -> Group | None:
        """The group that holds a turn; None when it has left the inbox."""
        item = next(iter(self.items(turn=turn)), None)
        return next((group for group in self.groups(item.profile) if any(one.turn == turn for one in group.items)), None) if item else None

    def items(self, profile: str | None = None, turn: int | None = None) -> list[Item]:
        """The open questions, latest first, `MOST` of them."""
        columns = (TURNS.c.id, TURNS.c.question, TURNS.c.answer, TURNS.c.outcome, TURNS.c.asked, CONVERSATIONS.c.profile, FEEDBACK.c.verdict, FEEDBACK.c.reason, FORWARDED.c.id.label("forwarded"), ADDRESSES.c.mail)
        tables = TURNS.join(CONVERSATIONS).outerjoin(FEEDBACK, FEEDBACK.c.turn_id == TURNS.c.id).outerjoin(FORWARDED, and_(FORWARDED.c.turn_id == TURNS.c.id, FORWARDED.c.closed.is_(None)))
        tables = tables.outerjoin(ADDRESSES, ADDRESSES.c.forwarded_id == FORWARDED.c.id)
        query = select(*columns).select_from(tables).where(TURNS.c.id.in_(_waiting(profile, turn))).order_by(TURNS.c.id.desc()).limit(MOST)
        with self._reading() as connection:
            return [_item(row) for row in connection.execute(query)]

    def dismiss(self, turns: Iterable[int], by: str) -> None:
        """Takes questions off the desk without an answer."""
        with self._writing() as connection:
            known = connection.execute(select(TURNS.c.id).where(TURNS.c.id.in_(list(turns)))).scalars().all()
            done = set(connection.execute(select(HANDLED.c.turn_id).where(HANDLED.c.turn_id.in_(known))).scalars())
            for turn in known:
                if turn not in done:
                    connection.execute(insert(HANDLED).values(turn_id=turn, handled=self._moment(), handled_by=by))
            connection.execute(update(FORWARDED).where(FORWARDED.c.turn_id.in_(known), FORWARDED.c.closed.is_(None)).values(closed=self._moment()))

    def mails(self, turns: Iterable[int]) -> list[str]:
        """The addresses that candidates left with these questions, to be told of the answer."""
        query = select(ADDRESSES.c.mail).join(FORWARDED, FORWARDED.c.id == ADDRESSES.c.forwarded_id).where(FORWARDED.c.turn_id.in_(list(turns)))
        with self._reading() as connection:
            return list(dict.fromkeys(connection.execute(query).scalars()))

    def _grouped(self, items: Sequence[Item]) -> list[list[Item]]:
        """Items that ask the same, together: each joins the group whose first member it is most like."""
        groups: list[list[Item]] = []
        readings = self.readings([item.question for item in items])
        heads: list[tuple[str, Reading]] = []
        for item, reading in zip(items, readings, strict=True):
            scores = [self.alike((item.question, reading), head) for head in heads]
            at = max(range(len(scores)), key=scores.__getitem__) if scores else -1
            if at >= 0 and scores[at] >= ALIKE:
                groups[at].append(item)
            else:
                groups.append([item])
                heads.append((item.question, reading))
        return groups

    def alike(self, one: tuple[str, Reading], other: tuple[str, Reading]) -> float:
        """How surely two questions ask the same, worked out once while it is kept in memory."""
        key = (one[0], other[0])
        found = self._compared.get(key)
        if found is None:
            if len(self._compared) >= COMPARED:
                self._compared = {}
            found = self._compared[key] = likeness(one[1], other[1])
        return found

    def readings(self, texts: Sequence[str]) -> list[Reading]:
        """Each question's reading; those of the latest questions are kept in memory."""
        with self._lock:
            missing = [text for text in dict.fromkeys(texts) if text not in self._read]
            known = {text: self._read[text] for text in texts if text in self._read}
        for at in range(0, len(missing), 64):
            batch = missing[at : at + 64]
            known |= {text: read(text, row) for text, row in zip(batch, self._encoder().questions(batch), strict=True)}
        with self._lock:
            self._read.update({text: known[text] for text in missing})
            while len(self._read) > 4 * MOST:
                self._read.popitem(last=False)
        return [known[text] for text in texts]

    def remembered(self, key: tuple[str, str], make: Callable[[], Any]) -> Any:
        """What `make` gave for a key (a question and its profile as it is), made once while it is kept in memory."""
        with self._lock:
            if key in self._near:
                return self._near[key]
        made = make()
        with self._lock:
            self._near[key] = made
            while len(self._near) > MOST:
                del self._near[next(iter(self._near))]
        return made

    def forget(self) -> None:
        """Lets go of what is kept in memory."""
        with self._lock:
            self._read.clear()
            self._near.clear()
            self._compared.clear()


def _waiting(profile: str | None, turn: int | None) -> Any:
    """The turns that wait, latest first: of each kind no more than are shown, so that a long history costs nothing."""

    def latest(column: Any, table: Any, *only: Any) -> Any:
        about = [exists().where(CONVERSATIONS.c.id == TURNS.c.conversation_id, CONVERSATIONS.c.profile == profile if profile else CONVERSATIONS.c.profile.is_not(None))]
        about += [column == turn] if turn is not None else []
        over = (~exists().where(HANDLED.c.turn_id == column), ~exists().where(closed.c.turn_id == column, closed.c.closed.is_not(None)))
        return select(select(column.label("id")).select_from(table).where(*only, *about, *over).order_by(column.desc()).limit(MOST).subquery().c.id)

    closed = FORWARDED.alias()
    own = [latest(TURNS.c.id, TURNS, TURNS.c.outcome == outcome) for outcome in ("refused", "unsure")]
    down = latest(FEEDBACK.c.turn_id, FEEDBACK.join(TURNS, TURNS.c.id == FEEDBACK.c.turn_id), FEEDBACK.c.verdict == "down")
    sent = latest(FORWARDED.c.turn_id, FORWARDED.join(TURNS, TURNS.c.id == FORWARDED.c.turn_id), FORWARDED.c.closed.is_(None))
    return union(*own, down, sent)


def _item(row: Any) -> Item:
    reasons = [name for name, there in (("forwarded", row.forwarded is not None), ("down", row.verdict == "down"), (row.outcome, row.outcome in ("refused", "unsure"))) if there]
    return Item(row.id, row.profile, row.question, row.asked.replace(tzinfo=UTC), tuple(reasons), json.loads(row.answer), row.reason, row.forwarded, row.mail is not None)
