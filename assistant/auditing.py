"""The audit log: who did what at the desk, to what, when. It names users, slugs and numbers; never a candidate's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select

from assistant.desk_tables import AUDIT
from assistant.storing import Store

KEPT = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Noted:
    """One thing that was done."""

    moment: datetime
    who: str
    action: str
    target: str


class Audit(Store):
    """The log, latest first. Rows are only added; what is older than `KEPT` is swept away."""

    def note(self, who: str, action: str, target: object = "") -> None:
        """Adds a line."""
        plain = "".join(character for character in str(target) if character.isprintable())[:300]
        with self._writing() as connection:
            connection.execute(insert(AUDIT).values(moment=self._moment(), who=who[:80], action=action, target=plain))

    def latest(self, most: int = 200, before: int | None = None) -> list[Noted]:
        """The latest lines."""
        query = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(most)
        with self._reading() as connection:
            return [Noted(row.moment.replace(tzinfo=UTC), row.who, row.action, row.target) for row in connection.execute(query if before is None else query.where(AUDIT.c.id < before))]

    def sweep(self) -> int:
        """Removes what has been kept long enough; how many lines."""
        with self._writing() as connection:
            return connection.execute(delete(AUDIT).where(AUDIT.c.moment < self._moment() - KEPT)).rowcount
