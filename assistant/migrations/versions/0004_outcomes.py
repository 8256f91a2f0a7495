"""How each turn ended and how long it took, as columns: the inbox and the overview read them for a million turns, and no longer the answers themselves."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
BATCH = 2000
_TURNS = sa.table("turns", sa.column("id", sa.Integer), sa.column("answer", sa.Text), sa.column("outcome", sa.String), sa.column("seconds", sa.Float))


def upgrade() -> None:
    """Two columns, filled from the answers there are, and an index for each of the two readers."""
    op.add_column("turns", sa.Column("outcome", sa.String(10), nullable=False, server_default="answered"))
    op.add_column("turns", sa.Column("seconds", sa.Float, nullable=False, server_default="0"))
    connection, last = op.get_bind(), 0
    while rows := connection.execute(sa.select(_TURNS.c.id, _TURNS.c.answer).where(_TURNS.c.id > last).order_by(_TURNS.c.id).limit(BATCH)).all():
        last = rows[-1].id
        known = [_known(row.id, json.loads(row.answer)) for row in rows]
        connection.execute(sa.update(_TURNS).where(_TURNS.c.id == sa.bindparam("turn")).values(outcome=sa.bindparam("ended"), seconds=sa.bindparam("took")), known)
    op.create_index("ix_turns_outcome", "turns", ["outcome", "id"])
    op.create_index("ix_turns_asked", "turns", ["asked", "outcome", "seconds", "conversation_id"])


def _known(turn: int, answer: dict[str, Any]) -> dict[str, Any]:
    """What a stored answer says of itself, as `assistant.outcomes` had it when this was written."""
    sure = float(answer.get("confidence") or 0)
    if answer.get("abstained"):
        ended = "refused" if answer.get("citations") or sure > 0 else "scope"
    else:
        ended = "unsure" if 0 < sure < 0.5 else "answered"
    return {"turn": turn, "ended": ended, "took": float(answer.get("seconds") or 0)}


def downgrade() -> None:
    """Drops them."""
    op.drop_index("ix_turns_asked", "turns")
    op.drop_index("ix_turns_outcome", "turns")
    op.drop_column("turns", "seconds")
    op.drop_column("turns", "outcome")
