"""Long work at the desk: what is under way, how far it has come, how it ended. Rows, so that every web worker can tell.

A job is done by a thread of the process that started it. One whose process died is told as interrupted.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

from sqlalchemy import delete, insert, select, update

from assistant.desk_tables import JOBS
from assistant.storing import Store

SILENT, KEPT = timedelta(minutes=5), timedelta(days=30)
log = logging.getLogger("profilassistenten.desk")
Report = Callable[[str, int, int], None]


class Refused(Exception):
    """Why a job came to nothing, for the person who started it."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job. `stage`: waiting, reading, indexing, asking, done, refused, failed, interrupted; `result` is what it gave, or why not."""

    id: str
    kind: str
    about: str
    stage: str
    done: int
    total: int
    result: Any
    started_by: str
    started: datetime

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.stage in ("done", "refused", "failed", "interrupted")


class Jobs(Store):
    """The jobs in a migrated database."""

    def start(self, kind: str, about: str, by: str, work: Callable[[Report], Any]) -> str:
        """Begins a job in a thread; its id. `work` is handed a function that tells (stage, done, total), and returns what `json` can write."""
        job, moment = secrets.token_hex(16), self._moment()
        with self._writing() as connection:
            connection.execute(delete(JOBS).where(JOBS.c.started < moment - KEPT))
            connection.execute(insert(JOBS).values(id=job, kind=kind, about=about[:300], stage="waiting", done=0, total=0, started_by=by, started=moment, touched=moment))
        Thread(target=self._run, args=(job, work), daemon=True, name=f"desk-{kind}").start()
        return job

    def get(self, job: str) -> Job | None:
        """A job, or None."""
        with self._reading() as connection:
            row = connection.execute(select(JOBS).where(JOBS.c.id == job)).one_or_none()
        return self._job(row) if row else None

    def latest(self, kind: str, about: str | None = None, most: int = 20) -> list[Job]:
        """The latest jobs of a kind, latest first."""
        query = select(JOBS).where(JOBS.c.kind == kind, *([JOBS.c.about == about] if about is not None else [])).order_by(JOBS.c.started.desc()).limit(most)
        with self._reading() as connection:
            return [self._job(row) for row in connection.execute(query)]

    def _run(self, job: str, work: Callable[[Report], Any]) -> None:
        def report(stage: str, done: int, total: int) -> None:
            self._set(job, stage=stage, done=done, total=total)

        try:
            result = work(report)
            self._set(job, stage="done", result=json.dumps(result, ensure_ascii=False))
        except Refused as error:
            self._set(job, stage="refused", result=json.dumps(str(error), ensure_ascii=False))
        except Exception as error:
            log.exception("job failed: %s", type(error).__name__)
            self._set(job, stage="failed")

    def _set(self, job: str, **values: Any) -> None:
        with self._writing() as connection:
            connection.execute(update(JOBS).where(JOBS.c.id == job).values(touched=self._moment(), **values))

    def _job(self, row: Any) -> Job:
        over = row.stage in ("done", "refused", "failed")
        stage = row.stage if over or self._moment() - row.touched < SILENT else "interrupted"
        return Job(row.id, row.kind, row.about, stage, row.done, row.total, json.loads(row.result) if row.result else None, row.started_by, row.started.replace(tzinfo=UTC))
