"""Which profiles candidates may see: published, hidden or archived, and closed by a date. A profile that nobody has touched is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import Row, delete, insert, select, update

from assistant.desk_tables import STATES
from assistant.storing import Store

State = Literal["published", "hidden", "archived"]
STATE_NAMES: tuple[State, ...] = get_args(State)


class Outdated(Exception):
    """Somebody else has changed it since it was read. For the person who was about to overwrite that."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a profile stands: its state, the last day candidates may ask (None: no end), and who set it so. `version` 0: nobody yet."""

    slug: str
    state: State = "published"
    closes: date | None = None
    changed: datetime | None = None
    changed_by: str = ""
    version: int = 0

    def open(self, today: date) -> bool:
        """Whether candidates may ask."""
        return self.state == "published" and (self.closes is None or today <= self.closes)


class Publishing(Store):
    """The standings in a migrated database."""

    def of(self, slug: str) -> Standing:
        """How one profile stands."""
        with self._reading() as connection:
            row = connection.execute(select(STATES).where(STATES.c.slug == slug)).one_or_none()
        return _standing(row) if row else Standing(slug)

    def all(self) -> dict[str, Standing]:
        """Every standing that somebody has set, by slug."""
        with self._reading() as connection:
            return {row.slug: _standing(row) for row in connection.execute(select(STATES))}

    def set(self, slug: str, state: State, closes: date | None, by: str, version: int) -> Standing:
        """Sets a standing that was read as `version`. Raises `Outdated`."""
        values: dict[str, Any] = {"state": state, "closes": closes, "changed": self._moment(), "changed_by": by, "version": version + 1}
        with self._writing() as connection:
            known = connection.execute(select(STATES.c.version).where(STATES.c.slug == slug)).scalar_one_or_none()
            if (known or 0) != version:
                raise Outdated
            if known is None:
                connection.execute(insert(STATES).values(slug=slug, **values))
            elif connection.execute(update(STATES).where(STATES.c.slug == slug, STATES.c.version == version).values(**values)).rowcount == 0:
                raise Outdated
        return self.of(slug)

    def drop(self, slug: str) -> None:
        """Forgets a profile that is no longer there."""
        with self._writing() as connection:
            connection.execute(delete(STATES).where(STATES.c.slug == slug))


def _standing(row: Row[Any]) -> Standing:
    return Standing(row.slug, row.state, row.closes, row.changed.replace(tzinfo=UTC), row.changed_by, row.version)
