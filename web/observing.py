"""What the operator sees of the requests: a line of JSON each, and numbers for Prometheus. Never what was asked, by whom, or a query string.

    {"time": "…", "level": "info", "logger": "profilassistenten.web", "message": "request", "request": "6f1c2a9be04d7a55",
     "method": "POST", "route": "/p/{slug}", "status": 200, "ms": 41}

Left to others: what the visitor is told (`errors`).
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
import threading
import time
import traceback
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from ipaddress import ip_address
from queue import Full, Queue
from typing import TextIO

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS".split())
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
router = APIRouter(include_in_schema=False)
log = logging.getLogger("profilassistenten.web")
_REQUEST: ContextVar[str] = ContextVar("request", default="")


class Numbers:
    """What is counted, in a registry of this application's own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter("profilassistenten_requests", "Requests that were answered.", ("method", "route", "status"), registry=self.registry)
        self.seconds = Histogram("profilassistenten_request_seconds", "Seconds from a request to the end of its answer.", ("route",), registry=self.registry)
        self.open = Gauge("profilassistenten_requests_open", "Requests that are being answered.", registry=self.registry)


class Observed:
    """The outermost layer: gives each request an id (`X-Request-Id`), times it, logs it, counts it."""

    def __init__(self, app: ASGIApp, numbers: Numbers) -> None:
        self.app, self.numbers = app, numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, identifier, started = 0, secrets.token_hex(8), time.perf_counter()
        _REQUEST.set(identifier)

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = identifier
            await send(message)

        self.numbers.open.inc()
        try:
            await self.app(scope, receive, seen)
        finally:
            self.numbers.open.dec()
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = route_of(scope)
        self.numbers.requests.labels(method, route, str(status)).inc()
        self.numbers.seconds.labels(route).observe(seconds)
        log.info("request", extra={"fields": {"method": method, "route": route, "status": status, "ms": round(seconds * 1000)}})


def route_of(scope: Scope) -> str:
    """The route as it is declared, so that no name, number or word of a request is kept: `/p/{slug}`; "-" when there is none."""
    declared = getattr(scope.get("route"), "path", None)
    return declared if isinstance(declared, str) else "/static" if scope["path"].startswith("/static/") else "-"


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """The numbers, for Prometheus on this machine."""
    numbers: Numbers = request.app.state.numbers
    return Response(generate_latest(numbers.registry), media_type=CONTENT_TYPE_LATEST)


def is_local(request: Request) -> bool:
    """Whether a program on this machine asks, and not somebody through a server in front of us."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class Lines(logging.Formatter):
    """A record as one line of JSON in ASCII: no control character gets through. Of an error its kind and where it happened; its own words may be a candidate's."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry: dict[str, object] = {"time": moment, "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        if request := _REQUEST.get():
            entry["request"] = request
        if record.exc_info and record.exc_info[0]:
            entry["error"] = record.exc_info[0].__name__
            entry["where"] = "".join(traceback.format_tb(record.exc_info[2]))
        return json.dumps(entry | getattr(record, "fields", {}))


class Written(logging.Handler):
    """Writes lines on a thread of its own. When nobody reads them on (a full pipe), lines are lost, and no request waits."""

    def __init__(self, stream: TextIO, most: int = 10_000) -> None:
        super().__init__()
        self.setFormatter(Lines())
        self._stream, self._waiting = stream, Queue[str](most)
        threading.Thread(target=self._write, daemon=True, name="log").start()

    def emit(self, record: logging.LogRecord) -> None:
        """Hands the line over, if there is room for it."""
        with suppress(Full):
            self._waiting.put_nowait(self.format(record) + "\n")

    def _write(self) -> None:
        while True:
            with suppress(OSError, ValueError):
                self._stream.write(self._waiting.get())
                self._stream.flush()


def configure(stream: TextIO = sys.stderr) -> None:
    """Logs as lines of JSON: every request where a program reads them, warnings only at a terminal."""
    logging.basicConfig(handlers=[Written(stream)], level=logging.WARNING, force=True)
    logging.getLogger("profilassistenten").setLevel(logging.WARNING if stream.isatty() else logging.INFO)
