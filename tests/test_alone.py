"""One builder at a time on all machines: the lock in PostgreSQL. On PostgreSQL too (`test_postgresql`)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from databases import SERVER, address
from sqlalchemy.exc import SQLAlchemyError

from assistant.database import alone


def test_on_postgresql_one_works_at_a_time_and_a_failure_lets_go(tmp_path: Path) -> None:
    there, told = address(tmp_path), list[int]()

    def work(n: int) -> None:
        with alone(there, 7):
            told.append(n)
            time.sleep(0.05)
            told.append(n)
            if n == 2:
                raise ZeroDivisionError

    with ThreadPoolExecutor(4) as pool:
        failures = [done.exception() for done in [pool.submit(work, n) for n in range(6)]]
    assert [type(failure) for failure in failures if failure] == [ZeroDivisionError]
    assert sorted(told) == sorted([*range(6)] * 2)
    assert told[::2] == told[1::2] or not SERVER


def test_a_database_that_is_not_there_is_said() -> None:
    with pytest.raises(SQLAlchemyError), alone("postgresql+psycopg://nobody@127.0.0.1:9/x?connect_timeout=2", 7):
        pass
