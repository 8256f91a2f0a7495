"""For administrators: who may sit at the desk, and the log of what was done there."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from assistant.users import ROLES, UserError
from web.desk.access import Seat, Seated, number
from web.desk.failing import DeskError

router = APIRouter(include_in_schema=False)


@router.get("/konsulent/brugere")
def users(seat: Seated) -> Response:
    """Everybody, and the form to add one."""
    return _page(seat)


@router.post("/konsulent/brugere")
def add(seat: Seated) -> Response:
    """A new user, with a first password that the administrator chooses and hands over."""
    role = next((one for one in ROLES if one == seat.text("rolle", 20)), None)
    try:
        user = seat.desk.users.add(seat.text("navn", 200), seat.text("kode", 400), role)
    except UserError as error:
        return _page(seat, f"user.{error.code}", 422)
    seat.note("user_added", f"{user.name} ({user.role})")
    return seat.onwards("brugere", gjort="added")


@router.post("/konsulent/brugere/{number}")
def change(number: str, seat: Seated) -> Response:
    """Another role, shut out, let in again, a new password, or only: all sessions end."""
    user = _user(seat, number)
    deed = seat.text("handling", 20)
    try:
        if deed == "sessioner":
            seat.desk.sessions.end_all(user)
        elif deed in ("luk", "aabn"):
            seat.desk.users.change(user, active=deed == "aabn")
        elif deed in ROLES:
            seat.desk.users.change(user, role=next(one for one in ROLES if one == deed))
        elif deed == "kode":
            seat.desk.users.set_password(next(one.name for one in seat.desk.users.all() if one.id == user), seat.text("kode", 400))
        else:
            raise DeskError("invalid")
    except UserError as error:
        return _page(seat, f"user.{error.code}", 422)
    names = {one.id: one.name for one in seat.desk.users.all()}
    seat.note("user_changed", f"{names.get(user, '')}: {deed}")
    return seat.onwards("brugere", gjort="saved")


@router.get("/konsulent/log")
def log(seat: Seated) -> Response:
    """The audit log, latest first."""
    return seat.page("log.html", rows=seat.desk.audit.latest(300))


def _user(seat: Seat, given: str) -> int:
    known = {one.id for one in seat.desk.users.all()}
    user = number(given)
    if user not in known:
        raise DeskError("gone")
    return user


def _page(seat: Seat, complaint: str = "", code: int = 200) -> Response:
    return seat.page("users.html", code, users=seat.desk.users.all(), complaint=complaint, now=seat.desk.users.moment())
