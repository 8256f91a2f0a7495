"""A backup: one file that holds the index (profiles, vectors, the files they were read from) and the SQLite database, and how it comes back.

    profilassistenten-backup 1 <sha256 of all that follows>\\n
    a ZIP archive: index/manifest.json · index/<shard>/<file>… · database.sqlite · forgotten · backup.json

Whatever is changed in the file is seen before anything is unpacked. What is not in it: the embedding model and the reports of
evaluations, which are made again; a database that is not SQLite, which has tools of its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from io import BufferedIOBase
from pathlib import Path

from sqlalchemy import Engine

from assistant import forgetting
from assistant.conversations import Conversations
from assistant.database import connect, copy, file_of, migrate, revision_of
from index import snapshots

FORMAT = 1
DATABASE, FORGOTTEN, ABOUT = "database.sqlite", "forgotten", "backup.json"
_HEAD = re.compile(rb"profilassistenten-backup (\d{1,9}) ([0-9a-f]{64})\n")
_WIDTH = len(b"profilassistenten-backup 1 \n") + 64
_PLAIN = re.compile(r"[^/\\\0.][^/\\\0]*")


class BackupError(Exception):
    """Why a backup cannot be made or brought back, by its code (`backup.<code>` in the wording). Written for the operator."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass(frozen=True, slots=True)
class Held:
    """What a backup holds, or brought back. `database` is its schema's number, None without one; `forgotten` and `expired` count what did not come back."""

    made: str
    program: str
    profiles: int
    conversations: int
    database: str | None
    forgotten: int = 0
    expired: int = 0


def write(target: Path, index: Path, engine: Engine, program: str) -> Held:
    """Makes a backup while others read and write. Raises `BackupError`, `SnapshotError` (a damaged index, or one being built) or `OSError`."""
    if target.exists() and not _is_backup(target):
        raise BackupError("taken", file=target)
    with ExitStack() as stack:
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        file = stack.enter_context(open(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b"))
        stack.callback(temporary.unlink, missing_ok=True)
        stack.enter_context(snapshots.builder(index))
        file.write(b" " * _WIDTH)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            held = _pack(archive, index, engine, program)
        file.seek(_WIDTH)
        digest = _digest(file)
        file.seek(0)
        file.write(f"profilassistenten-backup {FORMAT} {digest}\n".encode())
        file.flush()
        os.fsync(file.fileno())
        os.replace(temporary, target)
    return held


def restore(source: Path, data: Path, engine: Engine, retention: timedelta, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Held:
    """Brings a backup back: unpacked beside, checked, brought up to date, and only then put in the place of what there is.

    What there was stays as `index.before-restore` and `….before-restore`. Raises `BackupError`, `SnapshotError`, `NewerDatabase` or
    `OSError`, each before anything was changed.
    """
    with in_use(data, alone=True), _room(data) as room, _opened(source) as archive:
        held = _unpack(archive, room, source, data)
        restored = _checked(room, source)
        if restored != (held.profiles, held.database):
            raise BackupError("damaged", file=source)
        file = file_of(engine)
        if held.database and file is None:
            raise BackupError("other_database", file=source)
        counts = _brought_up(room, engine, now() - retention) if held.database else (0, 0, 0)
        engine.dispose()
        _swap(room, data / "index", file if held.database else None)
    return Held(held.made, held.program, held.profiles, counts[0], held.database, counts[1], counts[2])


@contextmanager
def in_use(data: Path, alone: bool = False) -> Iterator[None]:
    """The data folder in use by a server; `alone`: by nobody else. Raises `BackupError` when a server is at work, or a restoration."""
    data.mkdir(parents=True, exist_ok=True)
    with open(data / ".in-use", "a") as lock:
        try:
            fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError("served" if alone else "restoring", folder=data) from None
        yield


def _pack(archive: zipfile.ZipFile, index: Path, engine: Engine, program: str) -> Held:
    manifest = snapshots.read_manifest(index)
    for entry in manifest.entries.values():
        snapshots.read_shard(index, entry)
        for name in entry.files:
            archive.write(index / entry.folder / name, f"index/{entry.folder}/{name}")
    if manifest.entries or manifest.removed:
        archive.write(index / "manifest.json", "index/manifest.json")
    database, count, file = None, 0, file_of(engine)
    if file:
        with tempfile.TemporaryDirectory(prefix=".backing-", dir=file.parent) as room:
            whole = Path(room) / DATABASE
            copy(file, whole)
            copied = connect(f"sqlite:///{whole}")
            database, count = revision_of(copied), Conversations(copied).count()
            copied.dispose()
            archive.write(whole, DATABASE)
        archive.writestr(FORGOTTEN, "\n".join(sorted(forgetting.noted(engine))))
    held = Held(datetime.now(UTC).isoformat(timespec="seconds"), program, len(manifest.entries), count, database)
    archive.writestr(ABOUT, json.dumps(asdict(held)))
    return held


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    """The archive in a backup, every byte of it checked. Raises `BackupError`."""
    with open(source, "rb") as file:
        head = _HEAD.fullmatch(file.read(_WIDTH))
        newer = None if head else re.match(rb"profilassistenten-backup (\d{1,9}) ", _start(file))
        if newer or (head and int(head[1]) > FORMAT):
            raise BackupError("newer", file=source)
        if head is None:
            raise BackupError("no_backup", file=source)
        if _digest(file) != head[2].decode():
            raise BackupError("damaged", file=source)
        try:
            with zipfile.ZipFile(file) as archive:
                yield archive
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError) as error:
            raise BackupError("damaged", file=source) from error


def _start(file: BufferedIOBase) -> bytes:
    file.seek(0)
    return file.read(40)


def _unpack(archive: zipfile.ZipFile, room: Path, source: Path, data: Path) -> Held:
    """Every member that belongs in a backup, as plain files in `room`. Raises `BackupError` for a member that doesn't, or for want of room."""
    members = archive.infolist()
    names = [member.filename for member in members]
    if len(set(names)) != len(names) or not all(_belongs(name) for name in names) or ABOUT not in names:
        raise BackupError("damaged", file=source)
    if sum(member.file_size for member in members) * 2 > shutil.disk_usage(data).free:
        raise BackupError("no_room", folder=data)
    for member in members:
        target = room / member.filename
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as packed, open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            shutil.copyfileobj(packed, out)
    try:
        return Held(**json.loads((room / ABOUT).read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise BackupError("damaged", file=source) from error


def _belongs(name: str) -> bool:
    """Whether a member's name is one that we give.

    >>> _belongs("index/job-1/profile.json"), _belongs("index/../../etc/x"), _belongs("/etc/x")
    (True, False, False)
    """
    first, *rest = name.split("/")
    if not rest:
        return first in (DATABASE, FORGOTTEN, ABOUT)
    return first == "index" and len(rest) <= 2 and all(_PLAIN.fullmatch(part) for part in rest) and (len(rest) == 2 or rest == ["manifest.json"])


def _checked(room: Path, source: Path) -> tuple[int, str | None]:
    """How many profiles and which schema were unpacked, all of it whole. Raises `BackupError`, or `SnapshotError` for an index of a newer version."""
    index = room / "index"
    index.mkdir(exist_ok=True)
    manifest = snapshots.read_manifest(index)
    named = {f"{entry.folder}/{name}" for entry in manifest.entries.values() for name in entry.files}
    there = {path.relative_to(index).as_posix() for path in index.rglob("*") if path.is_file()} - {"manifest.json"}
    if named != there:
        raise BackupError("damaged", file=source)
    for entry in manifest.entries.values():
        snapshots.read_shard(index, entry)
    return len(manifest.entries), _revision(room / DATABASE, source)


def _revision(database: Path, source: Path) -> str | None:
    """The schema of the database that was unpacked, when there is one."""
    if not database.exists():
        return None
    try:
        with closing(sqlite3.connect(database)) as opened:
            if opened.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise BackupError("damaged", file=source)
            return str(opened.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite3.DatabaseError, TypeError) as error:
        raise BackupError("damaged", file=source) from error


def _brought_up(room: Path, present: Engine, before: datetime) -> tuple[int, int, int]:
    """The database that was unpacked, made ours: today's schema, without what was deleted here since, without what has expired. How many stay, went so, went so."""
    there = forgetting.noted(present) | set((room / FORGOTTEN).read_text(encoding="ascii").split() if (room / FORGOTTEN).exists() else ())
    engine = connect(f"sqlite:///{room / DATABASE}")
    try:
        migrate(engine)
        conversations = Conversations(engine)
        expired = conversations.expire(before)
        forgotten = conversations.forget_again(there)
        count = conversations.count()
    finally:
        engine.dispose()
    for left in room.glob(f"{DATABASE}.*"):
        left.unlink()
    (room / FORGOTTEN).write_text("".join(f"{one}\n" for one in sorted(there)), encoding="ascii")
    return count, forgotten, expired


def _swap(room: Path, index: Path, file: Path | None) -> None:
    """Puts what was unpacked in the place of what there is; when a step fails, what was there is put back."""
    with ExitStack() as back:
        if file:
            beside = file.with_name(f".{file.name}.restored")
            copy(room / DATABASE, beside)
            back.callback(beside.unlink, missing_ok=True)
        if index.exists():
            with snapshots.builder(index):
                _aside(index, back)
        os.rename(room / "index", index)
        back.callback(shutil.rmtree, index, ignore_errors=True)
        if file:
            for suffix in ("", "-wal", "-shm"):
                _aside(file, back, suffix)
            shutil.copyfile(room / FORGOTTEN, file.with_name(f"{file.name}.forgotten"))
            os.replace(beside, file)
        back.pop_all()


def _aside(path: Path, back: ExitStack, suffix: str = "") -> None:
    """Moves a file or a folder to `….before-restore`, and remembers how to move it back."""
    here, there = Path(f"{path}{suffix}"), Path(f"{path}.before-restore{suffix}")
    shutil.rmtree(there, ignore_errors=True) if there.is_dir() else there.unlink(missing_ok=True)
    if here.is_dir() or (here.exists() and here.stat().st_size):
        os.rename(here, there)
        back.callback(os.rename, there, here)


@contextmanager
def _room(data: Path) -> Iterator[Path]:
    for left in data.glob(".restoring-*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=data) as room:
        yield Path(room)


def _is_backup(path: Path) -> bool:
    with suppress(OSError), open(path, "rb") as file:
        return bool(_HEAD.fullmatch(file.read(_WIDTH)))
    return False


def _digest(file: BufferedIOBase) -> str:
    """The sha256 of the rest of a file."""
    return hashlib.file_digest(file, "sha256").hexdigest()

