"""The consultants' desk: users and their sessions, what they did, and what hangs on questions, answers and profiles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
_NEW = ("test_cases", "desk_jobs", "profile_states", "handled_turns", "approved_vectors", "approved_sources", "audit_log", "desk_sessions", "users")


def upgrade() -> None:
    """Nine tables, and a version and a withdrawal for approved answers. What comes from a turn goes with it."""
    op.add_column("approved_answers", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.add_column("approved_answers", sa.Column("withdrawn", sa.DateTime))
    _people()
    _answers()
    _work()


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked", sa.DateTime),
        sa.Column("active", sa.Boolean, nullable=False),
    )
    op.create_table(
        "desk_sessions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("family", sa.String(64), nullable=False, index=True),
        sa.Column("began", sa.DateTime, nullable=False),
        sa.Column("issued", sa.DateTime, nullable=False),
        sa.Column("seen", sa.DateTime, nullable=False),
        sa.Column("ends", sa.DateTime),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("moment", sa.DateTime, nullable=False, index=True),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("target", sa.String(300), nullable=False),
    )


def _answers() -> None:
    op.create_table(
        "approved_sources",
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("approved_id", sa.Integer, sa.ForeignKey("approved_answers.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("named", sa.Boolean, nullable=False),
    )
    op.create_table(
        "approved_vectors",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("approved_id", sa.Integer, sa.ForeignKey("approved_answers.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("wording", sa.Text),
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="SET NULL")),
        sa.Column("embedding", sa.String(200), nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "handled_turns",
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("handled", sa.DateTime, nullable=False),
        sa.Column("handled_by", sa.String(80), nullable=False),
    )


def _work() -> None:
    op.create_table(
        "profile_states",
        sa.Column("slug", sa.String(200), primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("closes", sa.Date),
        sa.Column("changed", sa.DateTime, nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "desk_jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("about", sa.String(300), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("started_by", sa.String(80), nullable=False),
        sa.Column("started", sa.DateTime, nullable=False),
        sa.Column("touched", sa.DateTime, nullable=False),
    )
    op.create_table(
        "test_cases",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="CASCADE"), unique=True),
        sa.Column("profile", sa.String(200), nullable=False, index=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("answerable", sa.Boolean, nullable=False),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("written_by", sa.String(80)),
        sa.Column("written", sa.DateTime),
        sa.Column("reviewed_by", sa.String(80)),
        sa.Column("reviewed", sa.DateTime),
        sa.Column("version", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drops what the desk has added."""
    for name in _NEW:
        op.drop_table(name)
    op.drop_column("approved_answers", "withdrawn")
    op.drop_column("approved_answers", "version")
