"""Thumbs, forwarded questions with their reply addresses apart, and the answers that consultants approve."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Four tables. What hangs on a turn goes with it; an approved answer stays."""
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("profile", sa.String(200), index=True),
        sa.Column("verdict", sa.String(4), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("given", sa.DateTime, nullable=False),
    )
    op.create_table(
        "approved_answers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("profile", sa.String(200), nullable=False, index=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("approved_by", sa.String(200), nullable=False),
        sa.Column("approved", sa.DateTime, nullable=False),
        sa.Column("valid_until", sa.Date),
    )
    op.create_table(
        "forwarded_questions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("profile", sa.String(200), nullable=False, index=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("forwarded", sa.DateTime, nullable=False),
        sa.Column("closed", sa.DateTime),
        sa.Column("approved_id", sa.Integer, sa.ForeignKey("approved_answers.id", ondelete="SET NULL")),
        sa.Column("seen", sa.DateTime),
    )
    op.create_table(
        "reply_addresses",
        sa.Column("forwarded_id", sa.Integer, sa.ForeignKey("forwarded_questions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("mail", sa.String(320), nullable=False),
    )


def downgrade() -> None:
    """Drops the four tables, and what was given with them."""
    for name in ("reply_addresses", "forwarded_questions", "approved_answers", "feedback"):
        op.drop_table(name)
