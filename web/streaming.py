"""A generator that works in a thread → an asynchronous one, for server-sent events: one thread an answer, and none that outlives its reader for long.

When the reader goes away mid-answer, the work has `GRACE` seconds to come to its end, so that a finished answer is stored and found again.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from threading import Event
from typing import Any

from starlette.concurrency import run_in_threadpool

GRACE = 1.0
_END = object()


async def streamed(make: Callable[[], Iterator[str]]) -> AsyncIterator[str]:
    """What `make()` yields, in order, each piece when it is there; its error is raised here."""
    loop, waiting, gone = asyncio.get_running_loop(), asyncio.Queue[Any](), Event()

    def hand(piece: object) -> None:
        if not gone.is_set():
            loop.call_soon_threadsafe(waiting.put_nowait, piece)

    working = asyncio.ensure_future(run_in_threadpool(_work, make, hand, gone))
    try:
        while (piece := await waiting.get()) is not _END:
            if isinstance(piece, Exception):
                raise piece
            yield piece
    finally:
        gone.set()
        working.add_done_callback(lambda done: done.cancelled() or done.exception())


def _work(make: Callable[[], Iterator[str]], hand: Callable[[object], None], gone: Event) -> None:
    """Runs the generator, to its end or for `GRACE` seconds after the reader has gone."""
    left: float | None = None
    try:
        for piece in make():
            hand(piece)
            if gone.is_set():
                left = left or time.monotonic() + GRACE
                if time.monotonic() > left:
                    return
    except Exception as error:
        hand(error)
    else:
        hand(_END)


def event(name: str, data: dict[str, Any]) -> str:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
