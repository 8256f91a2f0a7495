"""The database: one engine from one address, and its schema brought up to date. SQLite by default, PostgreSQL by its address alone.

Left to others: what is stored (`conversations`), how the schema grew (`migrations/`).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_PRAGMAS = ("busy_timeout = 5000", "journal_mode = WAL", "foreign_keys = ON", "secure_delete = ON", "synchronous = NORMAL")


def connect(address: str) -> Engine:
    """The engine for an SQLAlchemy address, such as `sqlite:////var/lib/assistant/conversations.sqlite` or `postgresql+psycopg://…`.

    A SQLite file is made readable and writable by its owner only; its folder is made when it is missing.
    """
    url = make_url(address)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        _private(Path(url.database))
    engine = create_engine(url)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write: on SQLite they queue for the lock at once, rather than fail half-way."""
    return engine.execution_options(writes=True)


def migrate(engine: Engine, revision: str = "head") -> None:
    """Brings the schema up to the newest migration (or another), in one transaction. Does nothing when it is there already."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def forget_traces(engine: Engine) -> bool:
    """After a deletion: empties SQLite's write-ahead log, so that no deleted byte stays in a file. Elsewhere: nothing to do.

    Whether it is done: False while another connection reads what was there before, after waiting for it `busy_timeout`.
    """
    if engine.dialect.name != "sqlite":
        return True
    with closing(engine.raw_connection()) as raw:
        busy, _, _ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _private(path: Path) -> None:
    """Makes a database file that only its owner may read; SQLite gives its companions (`-wal`, `-shm`) the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    """Each new SQLite connection: our pragmas, and transactions that begin when we say so (DDL included)."""
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
