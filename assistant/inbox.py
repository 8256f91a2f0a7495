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

from sqlalchemy import Engine, insert, or_, select, update

from assistant.desk_tables import HANDLED
from assistant.likeness import ALIKE, Reading, likeness, read
from assistant.storing import Store, now
from assistant.tables import ADDRESSES, CONVERSATIONS, FEEDBACK, FORWARDED, TURNS
from index.library import Encoder

UNSURE = 0.5
MOST = 500
_UNSURE_JSON = [f'%"confidence": 0.{digit}%' for digit in range(int(UNSURE * 10))]


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
        columns = (TURNS.c.id, TURNS.c.question, TURNS.c.answer, TURNS.c.asked, CONVERSATIONS.c.profile, FEEDBACK.c.verdict, FEEDBACK.c.reason, FORWARDED.c.id.label("forwarded"), FORWARDED.c.closed, ADDRESSES.c.mail)
        tables = TURNS.join(CONVERSATIONS).outerjoin(FEEDBACK, FEEDBACK.c.turn_id == TURNS.c.id).outerjoin(FORWARDED, FORWARDED.c.turn_id == TURNS.c.id)
        tables = tables.outerjoin(ADDRESSES, ADDRESSES.c.forwarded_id == FORWARDED.c.id).outerjoin(HANDLED, HANDLED.c.turn_id == TURNS.c.id)
        poor = or_(FEEDBACK.c.verdict == "down", FORWARDED.c.id.is_not(None), TURNS.c.answer.like('%"abstained": true%'), *(TURNS.c.answer.like(one) for one in _UNSURE_JSON))
        only = [CONVERSATIONS.c.profile.is_not(None), HANDLED.c.turn_id.is_(None), poor]
        only += [CONVERSATIONS.c.profile == profile] if profile else []
        only += [TURNS.c.id == turn] if turn is not None else []
        with self._reading() as connection:
            rows = connection.execute(select(*columns).select_from(tables).where(*only).order_by(TURNS.c.id.desc()).limit(MOST)).all()
        found = [_item(row) for row in rows if row.forwarded is None or row.closed is None]
        return [item for item in found if item.reasons]

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
        heads: list[Reading] = []
        for item, reading in zip(items, readings, strict=True):
            scores = [likeness(reading, head) for head in heads]
            at = max(range(len(scores)), key=scores.__getitem__) if scores else -1
            if at >= 0 and scores[at] >= ALIKE:
                groups[at].append(item)
            else:
                groups.append([item])
                heads.append(reading)
        return groups

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


def _item(row: Any) -> Item:
    answer = json.loads(row.answer)
    reasons = [name for name, there in (("forwarded", row.forwarded is not None), ("down", row.verdict == "down"), *_own(answer)) if there]
    return Item(row.id, row.profile, row.question, row.asked.replace(tzinfo=UTC), tuple(reasons), answer, row.reason, row.forwarded, row.mail is not None)


def _own(answer: dict[str, Any]) -> list[tuple[str, bool]]:
    """What the answer itself says: refused as "not in the profile" (out of scope is nobody's work), or answered unsurely."""
    refused = bool(answer["abstained"]) and (bool(answer["citations"]) or answer["confidence"] > 0)
    unsure = not answer["abstained"] and 0 < answer["confidence"] < UNSURE
    return [("refused", refused), ("unsure", unsure)]
