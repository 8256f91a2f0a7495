"""How many questions one address may ask, counted by all workers together. On PostgreSQL too (`test_postgresql`)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from databases import address
from sqlalchemy import Engine, select

from assistant.buckets import Buckets
from assistant.database import connect, migrate
from assistant.tables import BUCKETS


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """A migrated database."""
    engine = connect(address(tmp_path))
    migrate(engine)
    return engine


def test_many_workers_at_once_take_no_token_twice(engine: Engine) -> None:
    buckets = [Buckets(connect(engine.url.render_as_string(False)), 20, clock=lambda: 1e9) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda n: buckets[n % 4].take("a"), range(60)))
    assert (waits.count(0), min(filter(None, waits))) == (40, 3)


def test_buckets_refill_with_time_and_are_forgotten(engine: Engine) -> None:
    now = [0.0]
    buckets = Buckets(engine, 60, clock=lambda: now[0])
    assert [buckets.take("a") for _ in range(121)] == [0] * 120 + [1]
    assert buckets.take("b") == 0
    now[0] = 1.0
    assert [buckets.take("a"), buckets.take("a")] == [0, 1]
    assert Buckets(engine, 60, "logins", lambda: now[0]).take("a") == 0
    assert {Buckets(engine, 0).take("a") for _ in range(1000)} == {0}
    now[0] = 200.0
    buckets.sweep()
    with engine.connect() as connection:
        assert connection.execute(select(BUCKETS)).all() == []


def test_no_address_is_kept(engine: Engine) -> None:
    Buckets(engine, 60).take("192.0.2.7")
    with engine.connect() as connection:
        ((name,),) = connection.execute(select(BUCKETS.c.name)).all()
    assert len(name) == 32 and "192" not in name


@pytest.mark.parametrize("rate", [1, 7, 59, 61, 1000])
def test_a_burst_is_twice_the_rate_and_then_it_drips(engine: Engine, rate: int) -> None:
    now = [1.8e9]
    buckets = Buckets(engine, rate, clock=lambda: now[0])
    assert [buckets.take("a") for _ in range(2 * rate)] == [0] * (2 * rate)
    wait = buckets.take("a")
    assert wait == -(-60 // rate)
    now[0] += wait
    assert buckets.take("a") == 0
