"""How many questions an address has asked lately, counted by all workers together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table: a bucket's name, and when it will be full again, seconds since 1970."""
    op.create_table("buckets", sa.Column("name", sa.String(32), primary_key=True), sa.Column("full", sa.Double, nullable=False, index=True))


def downgrade() -> None:
    """Drops it."""
    op.drop_table("buckets")
