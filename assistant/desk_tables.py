"""The consultants' tables as the stores read and write them; `migrations/` is what makes them.

Nothing here holds a candidate's wording: what comes from a conversation is a reference to its turn, and goes when the turn goes.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, DateTime, ForeignKey, Integer, LargeBinary, String, Table, Text

from assistant.tables import METADATA

USERS = Table(
    "users",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("password", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("created", DateTime, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked", DateTime),
    Column("active", Boolean, nullable=False),
)
SESSIONS = Table(
    "desk_sessions",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("family", String(64), nullable=False, index=True),
    Column("began", DateTime, nullable=False),
    Column("issued", DateTime, nullable=False),
    Column("seen", DateTime, nullable=False),
    Column("ends", DateTime),
)
AUDIT = Table(
    "audit_log",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("moment", DateTime, nullable=False, index=True),
    Column("who", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("target", String(300), nullable=False),
)
SOURCES = Table(
    "approved_sources",
    METADATA,
    Column("turn_id", Integer, ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    Column("approved_id", Integer, ForeignKey("approved_answers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("named", Boolean, nullable=False),
)
VECTORS = Table(
    "approved_vectors",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("approved_id", Integer, ForeignKey("approved_answers.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("wording", Text),
    Column("turn_id", Integer, ForeignKey("turns.id", ondelete="SET NULL")),
    Column("embedding", String(200), nullable=False),
    Column("vector", LargeBinary, nullable=False),
)
HANDLED = Table(
    "handled_turns",
    METADATA,
    Column("turn_id", Integer, ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    Column("handled", DateTime, nullable=False),
    Column("handled_by", String(80), nullable=False),
)
STATES = Table(
    "profile_states",
    METADATA,
    Column("slug", String(200), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("closes", Date),
    Column("changed", DateTime, nullable=False),
    Column("changed_by", String(80), nullable=False),
    Column("version", Integer, nullable=False),
)
JOBS = Table(
    "desk_jobs",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("about", String(300), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("result", Text),
    Column("started_by", String(80), nullable=False),
    Column("started", DateTime, nullable=False),
    Column("touched", DateTime, nullable=False),
)
CASES = Table(
    "test_cases",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("turn_id", Integer, ForeignKey("turns.id", ondelete="CASCADE"), unique=True),
    Column("profile", String(200), nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("answerable", Boolean, nullable=False),
    Column("answers", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("written_by", String(80)),
    Column("written", DateTime),
    Column("reviewed_by", String(80)),
    Column("reviewed", DateTime),
    Column("version", Integer, nullable=False),
    Column("conversation", Text),
    Column("before", Text),
)
