"""The database: one engine from one address, and its schema brought up to date. SQLite by default, PostgreSQL by its address alone.

Left to others: what is stored (`conversations`), how the schema grew (`migrations/`).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.exc import DatabaseError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_PRAGMAS = ("busy_timeout = 5000", "journal_mode = WAL", "foreign_keys = ON", "secure_delete = ON", "synchronous = NORMAL")


class NewerDatabase(Exception):
    """A database whose schema this version does not know: `found`, and the newest that it knows. Written for the operator."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(f"Databasen er skrevet af en nyere udgave (skema {found}, denne kender {known}). Opgradér assistenten, eller gendan en ældre sikkerhedskopi.")
        self.found, self.known = found, known


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
    """Brings the schema up to the newest migration (or another), in one transaction. Does nothing when it is there already.

    A SQLite database that has something in it is copied first, beside itself, as `….before-0003`. Raises `NewerDatabase`.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    wanted = known[0] if revision == "head" else revision
    with writing(engine).begin() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        if found and found not in known:
            raise NewerDatabase(found, known[0])
        if found and found != wanted and (file := file_of(engine)):
            copy(file, file.with_name(f"{file.name}.before-{wanted}"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def revision_of(engine: Engine) -> str | None:
    """The number of the migration that a database is at; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def file_of(engine: Engine) -> Path | None:
    """The file of a SQLite database; None for any other."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name and name != ":memory:" else None


def copy(source: Path, target: Path) -> None:
    """A SQLite database as of this moment, whole, as one file that only its owner may read; others may write to the source meanwhile."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    _private(temporary)
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(temporary)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE").fetchall()
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def damaged(engine: Engine) -> bool:
    """Whether a SQLite file holds something else than SQLite wrote (a page overwritten, an index that misses rows). Reads all of it: a tenth of a second for 100 MB in memory."""
    if engine.dialect.name != "sqlite":
        return False
    try:
        with engine.connect() as connection:
            return connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok"
    except DatabaseError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return True
        raise


@contextmanager
def alone(address: str, what: int) -> Iterator[None]:
    """One process at a time, on all machines that share a PostgreSQL database, which lets go when a process dies. SQLite is one machine's: nothing to do.

    `what` is a number that all of them know. Raises `sqlalchemy.exc.SQLAlchemyError` when the database is not there or nobody lets go for a minute.
    """
    if make_url(address).get_backend_name() != "postgresql":
        yield
        return
    engine = connect(address)
    try:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(select(func.pg_advisory_xact_lock(what)))
            yield
    finally:
        engine.dispose()


def forget_traces(engine: Engine) -> None:
    """After a deletion: empties SQLite's write-ahead log, so that no deleted byte stays in a file. Elsewhere: nothing to do."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


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
