"""What every request passes on its way in and every response on its way out, as plain ASGI.

In: no more headers and bytes than allowed, within a time, and no more requests at once than can be answered. Out: the security headers; and when something unforeseen breaks, a page that says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.errors import WebError, known, respond
from web.observing import is_local
from web.policies import policy_of

MOST_BYTES = 64 * 1024
MOST_HEAD, MOST_HEADERS, MOST_COOKIES = 32 * 1024, 100, 200
MOST_AT_ONCE = 400
SECONDS = 20.0
POLICY = "default-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


def widget_policy(origins: Sequence[str]) -> str:
    """The policy of the page that others may embed: those origins and ours."""
    return POLICY.replace("frame-ancestors 'none'", " ".join(["frame-ancestors 'self'", *origins]))


class Guard:
    """The outermost layer. `most` bytes may a body hold; it is read whole, within `seconds`, before anybody parses it.

    `at_once` requests may be under way after that; the next are told to come back. `allow(scope, most)` may grant a request more bytes: to somebody who is logged in and uploads a file.
    """

    def __init__(self, app: ASGIApp, most: int = MOST_BYTES, seconds: float = SECONDS, allow: Callable[[Scope, int], int] | None = None, at_once: int = MOST_AT_ONCE) -> None:
        self.app, self.most, self.seconds, self.allow, self.at_once = app, most, seconds, allow, at_once
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            _expect(scope)
            body = await self._body(scope, receive)
            await self._answered(scope, _replayed(body, receive), guarded)
        except Exception as error:
            if begun:
                known(error)
                return
            await respond(Request(scope), error)(scope, receive, guarded)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The request, if there is room for it. Raises `WebError` when too many are under way."""
        if self._under_way >= self.at_once:
            raise WebError("busy", {"Retry-After": "2"})
        self._under_way += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._under_way -= 1

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The body, counted while it comes. Raises `WebError` when it is too large or too slow."""
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return b""
        most = await run_in_threadpool(self.allow, scope, self.most) if self.allow else self.most
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared[:20]) > most:
            raise WebError("too_large", {"Connection": "close"})
        try:
            async with asyncio.timeout(self.seconds * (6 if most > self.most else 1)):
                return await self._counted(receive, most)
        except TimeoutError:
            raise WebError("timeout", {"Connection": "close"}) from None

    async def _counted(self, receive: Receive, most: int) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > most:
                raise WebError("too_large", {"Connection": "close"})
            if message["type"] == "http.disconnect":
                raise WebError("bad_request")
            if not message.get("more_body", False):
                return bytes(body)


def _expect(scope: Scope) -> None:
    """Raises `WebError` when the head is too large, or says two things about the body's length."""
    headers = scope["headers"]
    size = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"]) + sum(len(name) + len(value) for name, value in headers)
    cookies = sum(value.count(b";") + 1 for name, value in headers if name == b"cookie")
    if size > MOST_HEAD or len(headers) > MOST_HEADERS or cookies > MOST_COOKIES:
        raise WebError("headers", {"Connection": "close"})
    if {b"content-length", b"transfer-encoding"} <= {name for name, _ in headers}:
        raise WebError("bad_request", {"Connection": "close"})


async def door(request: Request) -> None:
    """Every route passes here: one without a policy is closed, and the operator's are open to this machine only. Raises `WebError`."""
    policy = policy_of(request.method, getattr(request.scope.get("route"), "path", ""))
    if policy is None or (policy == "operator" and not is_local(request)):
        raise WebError("not_found")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands out the body that was read, then whatever else comes (a disconnect)."""
    waiting = True

    async def replay() -> Message:
        nonlocal waiting
        if waiting:
            waiting = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replay


def same_origin(request: Request, public: str | None = None) -> None:
    """Raises `WebError` when a browser says that a form was sent from another site. `public` is our own public address.

    Programs send neither header and pass: the routes that only ask this are anonymous.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise WebError("foreign_origin")
        return
    origin = request.headers.get("origin")
    ours = {request.headers.get("host", "").lower(), urlsplit(public or "").netloc.lower()} - {""}
    if origin is not None and urlsplit(origin).netloc.lower() not in ours:
        raise WebError("foreign_origin")
