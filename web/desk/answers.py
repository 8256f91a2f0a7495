"""The approved answers: all of them, each to be edited or withdrawn. Two consultants on one answer never overwrite each other."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from assistant.approved import ApprovedAnswer, UnknownAnswer
from assistant.publishing import Outdated
from web.desk import inbox
from web.desk.access import Seat, Seated, number
from web.desk.failing import DeskError

router = APIRouter(include_in_schema=False)


@router.get("/konsulent/svar")
def answers(seat: Seated) -> Response:
    """Every approved answer, latest first; of one profile with `profil=`."""
    profile = seat.request.query_params.get("profil") or None
    titles = {one.slug: one.title for one in seat.desk.assistant.library.profiles()}
    return seat.page("answers.html", answers=seat.desk.approved.all(profile), titles=titles, profile=profile or "", today=seat.parts.settings.day())


@router.get("/konsulent/svar/nyt")
def blank(seat: Seated) -> Response:
    """An answer to a question that nobody has asked yet, such as one that the gap report found (`profil=`, `spoergsmaal=`)."""
    query = seat.request.query_params
    return fresh(seat, query.get("profil", ""), {"question": query.get("spoergsmaal", "")[: inbox.MOST_QUESTION], "answer": "", "until": "", "others": ""})


@router.post("/konsulent/svar")
def create(seat: Seated) -> Response:
    """Approves such an answer."""
    profile, (question, text, until, wrong) = seat.text("profil", 200), inbox.form(seat)
    if wrong:
        return fresh(seat, profile, inbox.typed(seat), wrong, 422)
    if inbox.profile_of(seat, profile) is None:
        raise DeskError("profile_gone")
    approved = seat.desk.approved.approve(profile, question, text, seat.user.name, until, inbox.others(seat))
    seat.note("answer_approved", f"{profile} #{approved}")
    return seat.onwards("svar", str(approved), gjort="approved")


@router.get("/konsulent/svar/{number}")
def answer(number: str, seat: Seated) -> Response:
    """One answer, to be edited."""
    return shown(seat, _found(seat, number))


@router.post("/konsulent/svar/{number}")
def edit(number: str, seat: Seated) -> Response:
    """Saves a change. When somebody else saved in between: both versions side by side, and nothing is lost."""
    found = _found(seat, number)
    question, text, until, wrong = inbox.form(seat)
    given = inbox.typed(seat)
    if wrong:
        return shown(seat, found, 422, wrong, given)
    try:
        seat.desk.approved.edit(found.id, question, text, seat.user.name, until, inbox.others(seat), seat.number("version"))
    except Outdated:
        return shown(seat, _found(seat, number), 409, "answer.outdated", given)
    seat.note("answer_edited", f"{found.profile} #{found.id}")
    return seat.onwards("svar", str(found.id), gjort="saved")


@router.post("/konsulent/svar/{number}/tilbage")
def withdraw(number: str, seat: Seated) -> Response:
    """Takes an answer back; its questions wait in the inbox again."""
    found = _found(seat, number)
    try:
        seat.desk.approved.withdraw(found.id, seat.number("version"))
    except Outdated:
        return shown(seat, _found(seat, number), 409, "answer.outdated")
    seat.note("answer_withdrawn", f"{found.profile} #{found.id}")
    return seat.onwards("svar", gjort="withdrawn")


def _found(seat: Seat, given: str) -> ApprovedAnswer:
    try:
        return seat.desk.approved.get(number(given))
    except UnknownAnswer:
        raise DeskError("gone") from None


def fresh(seat: Seat, slug: str, given: dict[str, str], complaint: str = "", code: int = 200) -> Response:
    """The form of a new answer, with what was typed."""
    profile = inbox.profile_of(seat, slug)
    if profile is None:
        raise DeskError("profile_gone")
    return seat.page("new.html", code, profile=profile, given=given, complaint=complaint, most=(inbox.MOST_QUESTION, inbox.MOST_ANSWER))


def shown(seat: Seat, found: ApprovedAnswer, code: int = 200, complaint: str = "", given: dict[str, str] | None = None) -> Response:
    """The answer's page; with `given`, what was typed beside what is stored now."""
    until = found.valid_until.isoformat() if found.valid_until else ""
    values = given or {"question": found.question, "answer": found.answer, "until": until, "others": "\n".join(found.others)}
    turns = seat.desk.approved.turns(found.id)
    mails = seat.desk.inbox.mails(turns)
    if mails:
        seat.note("addresses_seen", f"{found.profile} #{found.id}")
    profile = inbox.profile_of(seat, found.profile)
    return seat.page("answer.html", code, one=found, profile=profile, given=values, complaint=complaint, mails=mails, today=seat.parts.settings.day(), most=(inbox.MOST_QUESTION, inbox.MOST_ANSWER))
