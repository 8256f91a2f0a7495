"""What must stay forgotten: a candidate's deleted conversation also goes from the copies beside the database, and does not come back with a backup.

Beside a SQLite database lie copies of it, made before a migration or a restoration (`….before-0003`, `….before-restore`), and `….forgotten`:
the hashes of the conversations that were deleted. On another database there are none.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from assistant.database import connect, file_of

log = logging.getLogger("profilassistenten.forgetting")


def copies(engine: Engine) -> list[Path]:
    """The copies that lie beside the database."""
    file = file_of(engine)
    found = sorted(file.parent.glob(f"{file.name}.before-*")) if file else []
    return [path for path in found if not path.name.endswith(("-wal", "-shm", "-journal"))]


def in_copies(engine: Engine, erase: Callable[[Engine], object], failures: tuple[type[Exception], ...]) -> None:
    """Erases in every copy what was erased in the database; a copy in which nothing can be erased any more is removed."""
    for path in copies(engine):
        copy = connect(f"sqlite:///{path}")
        try:
            erase(copy)
        except failures:
            log.warning("%s cannot be read, and was removed", path.name)
            path.unlink(missing_ok=True)
        finally:
            copy.dispose()


def note(engine: Engine, conversation: str) -> None:
    """Remembers that a conversation was deleted, by its hash."""
    if (file := _list(engine)) is not None:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="ascii") as lines:
            lines.write(f"{hashed(conversation)}\n")


def noted(engine: Engine) -> set[str]:
    """The hashes of the conversations that were deleted here."""
    file = _list(engine)
    return set(file.read_text(encoding="ascii").split()) if file and file.is_file() else set()


def hashed(conversation: str) -> str:
    """What is remembered of a deleted conversation: of 128 random bits nobody can find the id again."""
    return hashlib.sha256(conversation.encode("utf-8", "surrogatepass")).hexdigest()


def _list(engine: Engine) -> Path | None:
    file = file_of(engine)
    return file.with_name(f"{file.name}.forgotten") if file and ".before-" not in file.name else None
