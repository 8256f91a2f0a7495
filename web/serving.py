"""The server: uvicorn, with deadlines for clients that send or read too slowly, and an end within seconds.

Left to others: how large a request may be and how long its body may take (`security`), what is logged (`observing`).
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import threading
from types import FrameType
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from web.errors import WebError, error_object
from web.security import MOST_HEAD

HEAD_SECONDS = 10.0  # from the first byte of a request (or the connection's beginning) to the end of its headers
READ_SECONDS, LEAST = 30.0, 32 * 1024  # in which a reader must have taken all that waits for it, or so many bytes
KEEP_SECONDS = 5  # for the next request on the same connection
GRACE_SECONDS = 5  # for what is under way when the server is told to stop
LAST_SECONDS = 9.0  # after which it ends, whatever still hangs


class Deadlines(H11Protocol):
    """One connection. A request whose head does not come in time gets 408; who does not read what was answered is cut off."""

    head_seconds, read_seconds, every = HEAD_SECONDS, READ_SECONDS, 1.0
    _begun: float | None = None
    _moved, _left = 0.0, 0
    _watching: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The clock starts with the connection: who says nothing is let go too."""
        super().connection_made(transport)
        self._begun = self._moved = self.loop.time()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing left to watch."""
        if self._watching:
            self._watching.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request, which has begun with the first of them."""
        self._begun = self._begun or self.loop.time()
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._begun = None

    def resume_writing(self) -> None:
        """The reader has taken most of what waited."""
        self._moved = self.loop.time()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP, or has too large a head, is refused in our own form."""
        long = len(self.conn.trailing_data[0]) > MOST_HEAD
        self._refuse("headers" if long else "bad_request")

    def _watch(self) -> None:
        """Once a second: whether the request has come, and whether the answer is being read."""
        now, left = self.loop.time(), self.transport.get_write_buffer_size()
        if not left or left <= self._left - LEAST:
            self._moved, self._left = now, left
        self._left = max(self._left, left)
        if now - self._moved > self.read_seconds:
            self.transport.abort()
        if self._begun is not None and now - self._begun > self.head_seconds and not self.transport.is_closing():
            self._late()
        self._watching = self.loop.call_later(self.every, self._watch)

    def _late(self) -> None:
        """Time is up for a head that is not whole, or for a body that nobody waits for any more; a body that is waited for is `Guard`'s."""
        if self.conn.their_state is h11.IDLE:
            self._refuse("timeout") if self.conn.trailing_data[0] else self.transport.close()
        elif self.cycle is None or self.cycle.response_complete:
            self.transport.abort()

    def _refuse(self, code: str) -> None:
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        refusal = WebError(code)
        body = _json(error_object(refusal, ""))
        headers = [("content-type", "application/json"), ("content-length", str(len(body))), ("connection", "close"), ("x-content-type-options", "nosniff"), ("cache-control", "no-store")]
        for event in (h11.Response(status_code=refusal.status, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class Server(uvicorn.Server):
    """uvicorn's server, that ends `LAST_SECONDS` after it was told to, even when a thread of ours hangs."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT."""
        super().handle_exit(sig, frame)
        last = threading.Timer(LAST_SECONDS, os._exit, (128 + signal.Signals(sig),))
        last.daemon = True
        last.start()


def server(app: ASGIApp, behind: bool = False, **more: Any) -> Server:
    """A server for the application. `behind`: it stands behind another one on this machine, whose `X-Forwarded-For` and `-Proto` count."""
    return Server(
        uvicorn.Config(
            app,
            http=Deadlines,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=behind,
            timeout_keep_alive=KEEP_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
            h11_max_incomplete_event_size=MOST_HEAD,
            **more,
        )
    )


def serve(app: ASGIApp, listening: socket.socket, behind: bool = False) -> None:
    """Serves on a socket that listens, until it is told to stop."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65_536)), hard))
    server(app, behind).run(sockets=[listening])


def _json(data: dict[str, Any]) -> bytes:
    import json

    return json.dumps(data, ensure_ascii=False).encode()
