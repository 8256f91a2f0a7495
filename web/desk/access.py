"""The desk's one door: who sits there, whether they may, and whether a form is theirs. Every route below passes it; what has no policy is closed.

Left to others: the sessions themselves (`assistant.sessions`), logging in (`login`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Annotated, Any, cast
from urllib.parse import parse_qsl, quote

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Scope

from assistant.desk import Desk
from assistant.sessions import ABSOLUTE, Session
from assistant.users import User
from web.desk.failing import DeskError
from web.desk.showing import render
from web.errors import WebError, language
from web.pages import path
from web.parts import Given, Parts
from web.policies import policy_of
from web.security import same_origin
from web.wording import Language

COOKIE, HOME, LOGIN = "konsulent", "/konsulent", "/konsulent/log-ind"
MOST_FIELDS, MOST_TEXT, MOST_FORM, MOST_UPLOAD, MOST_FILES = 700, 40_000, 400_000, 20_500_000, 20
Fields = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Seat:
    """A request at the desk by somebody who may. `fields` are its form's (empty for a link), `uploads` the files it brought (name, bytes)."""

    request: Request
    parts: Parts
    desk: Desk
    session: Session
    language: Language
    fields: Fields = field(default_factory=dict)
    uploads: tuple[tuple[str, bytes], ...] = ()

    @property
    def user(self) -> User:
        """Who it is."""
        return self.session.user

    def text(self, name: str, most: int = MOST_TEXT) -> str:
        """A field of the form, trimmed; empty when it is not there. Raises `DeskError` when it is too long."""
        value = (self.fields.get(name) or [""])[0].strip()
        if len(value) > most or "\x00" in value:
            raise DeskError("too_long" if len(value) > most else "invalid")
        return value

    def number(self, name: str) -> int:
        """A field that is a number. Raises `DeskError`."""
        return number(self.text(name, 12))

    def numbers(self, name: str) -> list[int]:
        """Every value of a repeated field that is a number. Raises `DeskError`."""
        return [number(value) for value in self.fields.get(name, [])]

    def to(self, *parts: str, **query: object) -> str:
        """An address at the desk, in the page's language."""
        return path(self.language, "konsulent", *parts, **query)

    def page(self, template: str, code: int = 200, **values: Any) -> Response:
        """One of the desk's pages."""
        return self.kept(render(template, self.language, code, seat=self, **values))

    def onwards(self, *parts: str, **query: object) -> Response:
        """To another page of the desk, after something was done."""
        return self.kept(RedirectResponse(self.to(*parts, **query), 303))

    def note(self, action: str, target: object = "") -> None:
        """A line in the audit log."""
        self.desk.audit.note(self.user.name, action, target)

    def kept(self, response: Response) -> Response:
        """The response, with the session's new token when it has one."""
        if self.session.renewed:
            keep(response, self.request, self.parts, self.session.renewed)
        return response


def number(value: str) -> int:
    """A number in an address or a form. Raises `DeskError` for anything else."""
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise DeskError("not_found")
    return int(value)


async def enter(request: Request, parts: Given) -> Seat:
    """Who asks, if the route's policy lets them. Raises `DeskError`: 401 without a session, 403 for another's form or too little a role, 404 for a route without policy."""
    route = request.scope.get("route")
    policy = policy_of(request.method, getattr(route, "path", ""))
    if policy not in ("consultant", "administrator"):
        raise DeskError("not_found")
    session = await run_in_threadpool(session_of, request)
    if session is None:
        raise DeskError("login")
    if policy == "administrator" and session.user.role != "administrator":
        raise DeskError("role")
    seat = Seat(request, parts, desk_of(request), session, language(request))
    return seat if request.method in ("GET", "HEAD") else await _posted(seat)


Seated = Annotated[Seat, Depends(enter)]


def session_of(request: Request) -> Session | None:
    """The session that the request's cookie opens."""
    token = request.cookies.get(COOKIE, "")
    return desk_of(request).sessions.open(token) if 20 < len(token) < 100 else None


def desk_of(request: Request) -> Desk:
    """The desk of this application."""
    return cast(Desk, request.app.state.desk)


def keep(response: Response, request: Request, parts: Parts, token: str) -> None:
    """Sets the session's cookie: for the desk only, out of scripts' reach."""
    response.set_cookie(COOKIE, token, max_age=int(ABSOLUTE.total_seconds()), path=HOME, httponly=True, samesite="lax", secure=_secure(request, parts))


def drop(response: Response, request: Request, parts: Parts) -> None:
    """Takes the session's cookie back."""
    response.delete_cookie(COOKIE, path=HOME, httponly=True, samesite="lax", secure=_secure(request, parts))


def _secure(request: Request, parts: Parts) -> bool:
    return request.url.scheme == "https" or (parts.settings.url or "").startswith("https:")


def from_here(request: Request, parts: Parts) -> None:
    """Raises `DeskError` unless the browser says that the form was sent from our own page; one that says nothing is turned away too."""
    if "origin" not in request.headers and "sec-fetch-site" not in request.headers:
        raise DeskError("form")
    try:
        same_origin(request, parts.settings.url)
    except WebError:
        raise DeskError("form") from None


async def fields_of(request: Request) -> Fields:
    """A form's fields, each with its values. Raises `DeskError`."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise DeskError("content_type")
    try:
        pairs = parse_qsl((await request.body()).decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise DeskError("invalid") from None
    found: Fields = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


async def _posted(seat: Seat) -> Seat:
    """The seat with its form, if it is theirs: sent from our page, with their session's token."""
    from_here(seat.request, seat.parts)
    if seat.request.headers.get("content-type", "").startswith("multipart/form-data"):
        fields, uploads = await _uploaded(seat.request)
    else:
        fields, uploads = await fields_of(seat.request), ()
    if not compare_digest((fields.get("token") or [""])[0].encode(), seat.session.form.encode()):
        raise DeskError("form")
    return Seat(seat.request, seat.parts, seat.desk, seat.session, seat.language, fields, uploads)


async def _uploaded(request: Request) -> tuple[Fields, tuple[tuple[str, bytes], ...]]:
    """The fields and the files of a form that brings some. Raises `DeskError` when they are too many."""
    fields: Fields = {}
    uploads = []
    try:
        async with request.form(max_files=MOST_FILES, max_fields=20, max_part_size=100_000) as form:
            for name, value in form.multi_items():
                if not isinstance(value, UploadFile):
                    fields.setdefault(name, []).append(value)
                elif value.filename:
                    uploads.append((value.filename, await value.read()))
    except HTTPException:
        raise DeskError("files") from None
    return fields, tuple(uploads)


def allowance(scope: Scope, most: int, app: Any) -> int:
    """How many bytes a request's body may hold: more at the desk, and a file's worth only for somebody who is logged in."""
    if scope["method"] != "POST" or not scope["path"].startswith(HOME + "/") or scope["path"] == LOGIN:
        return most
    request = Request({**scope, "app": app})
    if session_of(request) is None:
        return most
    return MOST_UPLOAD if scope["path"].startswith(HOME + "/profiler") else MOST_FORM


def refused(request: Request, error: DeskError) -> Response:
    """What somebody who was turned away gets: the login page by way of a redirect, a page, or the error as JSON."""
    headers: Mapping[str, str] = {"Vary": "Accept, Accept-Language"}
    accepted, said = request.headers.get("accept", ""), language(request)
    machine = request.url.path.endswith((".json", ".jsonl", ".csv")) or ("application/json" in accepted and "text/html" not in accepted)
    if machine:
        from web.desk.wording import say

        return JSONResponse({"error": {"code": error.code, "message": say(said, f"error.{error.code}")}}, error.status, dict(headers))
    if error.code == "login":
        wanted = request.url.path if request.method == "GET" and request.url.path != HOME else ""
        query: dict[str, object] = {"naeste": wanted} if wanted else {}
        if COOKIE in request.cookies:
            query["udloebet"] = 1
        return RedirectResponse(path(said, "konsulent", "log-ind", **query), 303, dict(headers))
    return render("error.html", said, error.status, dict(headers), seat=None, error=error, path=quote(request.url.path))
