"""Logging in and out, and one's own account."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from assistant.buckets import Buckets
from assistant.users import UserError
from web.desk.access import COOKIE, HOME, Seated, desk_of, drop, fields_of, from_here, keep, session_of
from web.desk.showing import render
from web.errors import language
from web.pages import path
from web.parts import Given

public = APIRouter(include_in_schema=False)
router = APIRouter(include_in_schema=False)
TRIES_A_MINUTE = 20


@public.get("/konsulent/log-ind")
def login(request: Request) -> Response:
    """The login page; to the desk at once for somebody who is logged in already."""
    if session_of(request):
        return RedirectResponse(_wanted(request), 303)
    return _asked(request)


@public.post("/konsulent/log-ind")
async def enter(request: Request, parts: Given) -> Response:
    """Name and password → a session of its own; an old one ends. Wrong ones all get the same answer."""
    from_here(request, parts)
    fields = await fields_of(request)
    tries: Buckets = request.app.state.desk_tries
    wait = await run_in_threadpool(tries.take, request.client.host if request.client else "")
    if wait:
        return _asked(request, "login.wait", 429, {"Retry-After": str(wait)})
    desk, name = desk_of(request), (fields.get("navn") or [""])[0][:200]
    user = await run_in_threadpool(desk.users.check, name, (fields.get("kode") or [""])[0])
    if user is None:
        await run_in_threadpool(desk.audit.note, "", "login_failed")
        return _asked(request, "login.wrong", 401)
    token = await run_in_threadpool(desk.sessions.begin, user, request.cookies.get(COOKIE))
    await run_in_threadpool(desk.audit.note, user.name, "login")
    response = RedirectResponse(_wanted(request), 303)
    keep(response, request, parts, token)
    return response


@router.post("/konsulent/log-ud")
def leave(seat: Seated) -> Response:
    """Ends the session, on the server."""
    seat.desk.sessions.end(seat.request.cookies.get(COOKIE, ""))
    seat.note("logout")
    response = RedirectResponse(path(seat.language, "konsulent", "log-ind", ude=1), 303)
    drop(response, seat.request, seat.parts)
    return response


@router.get("/konsulent/konto")
def account(seat: Seated) -> Response:
    """One's own password."""
    return seat.page("account.html", complaint="")


@router.post("/konsulent/konto")
def change(seat: Seated) -> Response:
    """A new password, by the old one; all sessions end and a new one begins. With `alle` only the sessions end."""
    if seat.text("alle", 5):
        seat.desk.sessions.end_all(seat.user.id)
        seat.note("sessions_ended", seat.user.name)
        return _again(seat)
    try:
        if seat.desk.users.check(seat.user.name, seat.text("gammel", 400)) is None:
            return seat.page("account.html", 422, complaint="account.wrong")
        seat.desk.users.set_password(seat.user.name, seat.text("ny", 400))
    except UserError as error:
        return seat.page("account.html", 422, complaint=f"user.{error.code}")
    seat.note("password_changed", seat.user.name)
    return _again(seat)


def _again(seat: Seated) -> Response:
    """A new session for somebody whose sessions have all ended."""
    response = RedirectResponse(seat.to("konto", gjort="saved"), 303)
    keep(response, seat.request, seat.parts, seat.desk.sessions.begin(seat.user))
    return response


def _asked(request: Request, complaint: str = "", code: int = 200, headers: dict[str, str] | None = None) -> Response:
    query = request.query_params
    told = complaint or ("login.expired" if "udloebet" in query else "login.out" if "ude" in query else "")
    empty = not desk_of(request).users.all()
    return render("login.html", language(request), code, headers, seat=None, request=request, told=told, wrong=bool(complaint), wanted=query.get("naeste", ""), empty=empty)


def _wanted(request: Request) -> str:
    """Where somebody was going: a page of the desk, never another address."""
    said, wanted = language(request), request.query_params.get("naeste", "")
    if wanted.startswith(HOME + "/") and "//" not in wanted and "\\" not in wanted and wanted.isprintable() and len(wanted) < 300:
        return wanted + ("?sprog=en" if said == "en" else "")
    return path(said, "konsulent")
