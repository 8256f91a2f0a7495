"""Test cases keep the earlier questions of their conversation, and the answer that failed, once a person has put them in other words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns: the earlier questions (JSON; none while they are the turn's own), and the answer that failed."""
    op.add_column("test_cases", sa.Column("conversation", sa.Text))
    op.add_column("test_cases", sa.Column("before", sa.Text))


def downgrade() -> None:
    """Drops them."""
    op.drop_column("test_cases", "before")
    op.drop_column("test_cases", "conversation")
