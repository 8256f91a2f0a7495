"""A generator that works in a thread → an asynchronous one, for server-sent events: one thread an answer, and none that outlives its reader for long.

When the reader goes away mid-answer, the work has `GRACE` seconds to come to its end, so that a finished answer is stored and found again.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from threading import Event, Lock
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from web.errors import WebError

GRACE = 1.0
HEARTBEAT = 15.0
MOST_STREAMS = 3
_END = object()


class Streams:
    """How many answers a conversation is being given at once: `most`."""

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self.most, self._lock = most, Lock()
        self._open: dict[str, int] = {}

    def enter(self, conversation: str) -> None:
        """One more. Raises `WebError` 429 when it would be too many."""
        with self._lock:
            if self._open.get(conversation, 0) >= self.most:
                raise WebError("streams", {"Retry-After": "5"})
            self._open[conversation] = self._open.get(conversation, 0) + 1

    def leave(self, conversation: str) -> None:
        """One less."""
        with self._lock:
            self._open[conversation] -= 1
            if not self._open[conversation]:
                del self._open[conversation]


class Stream(StreamingResponse):
    """An answer as server-sent events, one of a conversation's `streams`. Raises `WebError` when it has too many."""

    def __init__(self, make: Callable[[], Iterator[str]], streams: Streams, conversation: str) -> None:
        streams.enter(conversation)
        self._streams, self._conversation = streams, conversation
        super().__init__(streamed(make), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it; whatever happens, the conversation has one stream less afterwards."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.leave(self._conversation)


async def streamed(make: Callable[[], Iterator[str]], beat: float = HEARTBEAT) -> AsyncIterator[str]:
    """What `make()` yields, in order, each piece when it is there; its error is raised here. A comment every `beat` seconds in which nothing comes."""
    loop, waiting, gone = asyncio.get_running_loop(), asyncio.Queue[Any](), Event()

    def hand(piece: object) -> None:
        if not gone.is_set():
            loop.call_soon_threadsafe(waiting.put_nowait, piece)

    working = asyncio.ensure_future(run_in_threadpool(_work, make, hand, gone))
    try:
        while (piece := await _next(waiting, beat)) is not _END:
            if isinstance(piece, Exception):
                raise piece
            yield piece
    finally:
        gone.set()
        working.add_done_callback(lambda done: done.cancelled() or done.exception())


async def _next(waiting: asyncio.Queue[Any], beat: float) -> Any:
    """The next piece, or a comment that keeps the line open."""
    try:
        async with asyncio.timeout(beat):
            return await waiting.get()
    except TimeoutError:
        return ": \n\n"


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
