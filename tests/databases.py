"""The database that a test works on: a SQLite file of its own, or, where `TEST_POSTGRESQL` names a server, a database of its own there.

`server()` is Debian's PostgreSQL, started by the tests as a user of its own, on a socket in a folder of its own.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import create_engine, make_url, text

SERVER = os.environ.get("TEST_POSTGRESQL", "")
on_sqlite = pytest.mark.skipif(bool(SERVER), reason="looks into SQLite's own files")


def address(folder: Path) -> str:
    """An empty database's address."""
    if not SERVER:
        return f"sqlite:///{folder / 'conversations.sqlite'}"
    name = f"t{secrets.token_hex(8)}"
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(SERVER).set(database=name).render_as_string(hide_password=False)


def missing(said: str) -> NoReturn:
    """Skips a test for want of something, saying so; with `REQUIRE_ALL=1` it fails."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(said)
    pytest.skip(said)


def programs() -> Path | None:
    """Where PostgreSQL's programs are: on the path, or where Debian puts them; None when they aren't there."""
    found = shutil.which("initdb")
    if found and shutil.which("postgres"):
        return Path(found).parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return debian[-1].parent if debian else None


@contextmanager
def server() -> Iterator[str]:
    """The address of a server that runs while the tests do. As root it runs as the user `postgres`, which the package makes."""
    there = programs()
    if there is None:
        missing("PostgreSQL is missing, so the database is tried on SQLite only: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    before: list[str] = []
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        before = ["runuser", "-u", "postgres", "--"]

    def run(*command: str) -> None:
        subprocess.run([*before, *command], check=True, capture_output=True, cwd=folder, timeout=120)

    try:
        run(str(there / "initdb"), "-D", str(folder / "data"), "-U", "prover", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=200"
        run(str(there / "pg_ctl"), "-D", str(folder / "data"), "-o", options, "-l", str(folder / "log"), "-w", "start")
        yield f"postgresql+psycopg://prover@/postgres?host={folder}"
    finally:
        subprocess.run([*before, str(there / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop"], check=False, capture_output=True, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)
