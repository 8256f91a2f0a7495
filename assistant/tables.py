"""The tables of the database as the stores read and write them; `migrations/` is what makes them.

Whatever hangs on a conversation goes when it goes (`ON DELETE CASCADE`). Approved answers are the consultants' own and stay.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, Double, Float, ForeignKey, Integer, MetaData, String, Table, Text

METADATA = MetaData()
CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("owner_hash", String(64), nullable=False),
    Column("profile", String(200)),
    Column("created", DateTime, nullable=False),
    Column("touched", DateTime, nullable=False, index=True),
)
TURNS = Table(
    "turns",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("asked", DateTime, nullable=False),
    Column("outcome", String(10), nullable=False, server_default="answered"),
    Column("seconds", Float, nullable=False, server_default="0"),
)
FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("turn_id", Integer, ForeignKey("turns.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("profile", String(200), index=True),
    Column("verdict", String(4), nullable=False),
    Column("reason", Text),
    Column("given", DateTime, nullable=False),
)
APPROVED = Table(
    "approved_answers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("profile", String(200), nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("approved_by", String(200), nullable=False),
    Column("approved", DateTime, nullable=False),
    Column("valid_until", Date),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("withdrawn", DateTime),
)
FORWARDED = Table(
    "forwarded_questions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("turn_id", Integer, ForeignKey("turns.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("conversation_id", String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("profile", String(200), nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("forwarded", DateTime, nullable=False),
    Column("closed", DateTime),
    Column("approved_id", Integer, ForeignKey("approved_answers.id", ondelete="SET NULL")),
    Column("seen", DateTime),
)
ADDRESSES = Table(
    "reply_addresses",
    METADATA,
    Column("forwarded_id", Integer, ForeignKey("forwarded_questions.id", ondelete="CASCADE"), primary_key=True),
    Column("mail", String(320), nullable=False),
)
BUCKETS = Table(
    "buckets",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("full", Double, nullable=False, index=True),
)
