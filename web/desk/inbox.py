"""The inbox: what candidates got no good answer to, and "Besvar": one answer for everybody who asks the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from assistant.answering import Profile, UnknownProfile
from assistant.answers import Answer
from assistant.approved import Taken, UnknownAnswer
from assistant.casebook import CaseError
from assistant.gaps import STANDARD
from assistant.inbox import Group
from web.desk.access import Seat, Seated, number
from web.desk.failing import DeskError

router = APIRouter(include_in_schema=False)
MOST_QUESTION, MOST_ANSWER = 300, 4000
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Near:
    """The place in the profile that lies nearest to a question."""

    quote: str
    section: str | None
    start: int
    end: int


@router.get("/konsulent")
@router.get("/konsulent/indbakke")
def inbox(seat: Seated) -> Response:
    """The questions that wait, the same ones together; of one profile with `profil=`."""
    profile = seat.request.query_params.get("profil") or None
    titles = {one.slug: one.title for one in seat.desk.assistant.library.profiles()}
    groups = seat.desk.inbox.groups(profile if profile in titles else None)
    shown = [(group, near(seat, group)) for group in groups[:SHOWN]]
    return seat.page("inbox.html", groups=shown, more=len(groups) - len(shown), titles=titles, profile=profile or "", total=len(groups))


@router.get("/konsulent/indbakke/{turn}")
def group(turn: str, seat: Seated) -> Response:
    """One question with everybody who asked it, and the form to answer it."""
    return _page(seat, _group(seat, turn))


@router.post("/konsulent/indbakke/{turn}/besvar")
def answer(turn: str, seat: Seated) -> Response:
    """Stores an approved answer for the chosen questions of the group; candidates get it from now on."""
    question, text, until, wrong = form(seat)
    found = seat.desk.inbox.group(number(turn))
    if found is None:
        return late(seat, [number(turn)])
    chosen = [one for one in seat.numbers("valgt") if any(item.turn == one for item in found.items)] or [found.first.turn]
    if wrong:
        return _page(seat, found, wrong, {"question": question, "answer": text, "until": seat.text("til", 10)}, 422)
    try:
        mails = seat.desk.inbox.mails(chosen)
        approved = seat.desk.approved.approve(found.first.profile, question, text, seat.user.name, until, others(seat), chosen)
    except (Taken, UnknownAnswer):
        return late(seat, chosen)
    seat.note("answer_approved", f"{found.first.profile} #{approved}")
    return seat.onwards("svar", str(approved), gjort="mails" if mails else "approved")


@router.post("/konsulent/indbakke/{turn}/luk")
def dismiss(turn: str, seat: Seated) -> Response:
    """Takes a question off the desk without an answer."""
    found = _group(seat, turn)
    seat.desk.inbox.dismiss([item.turn for item in found.items], seat.user.name)
    seat.note("questions_closed", f"{found.first.profile} ({len(found.items)})")
    return seat.onwards("indbakke", gjort="closed")


@router.post("/konsulent/indbakke/{turn}/testsag")
def case(turn: str, seat: Seated) -> Response:
    """Makes a test case of a question; its gold is written on the next page."""
    try:
        taken = seat.desk.casebook.take(number(turn))
    except CaseError:
        raise DeskError("gone") from None
    seat.note("case_made", f"#{taken}")
    return seat.onwards("evaluering", "sager", str(taken))


def form(seat: Seat) -> tuple[str, str, date | None, str]:
    """An answer's form: question, answer, last day, and the key of what is wrong with it (empty: nothing)."""
    question, text, last = seat.text("spoergsmaal", MOST_QUESTION), seat.text("svar", MOST_ANSWER), seat.text("til", 10)
    if not question or not text:
        return question, text, None, "answer.empty"
    try:
        until = date.fromisoformat(last) if last else None
    except ValueError:
        return question, text, None, "answer.date"
    return question, text, until, "answer.past" if until and until < seat.parts.settings.day() else ""


def typed(seat: Seat) -> dict[str, str]:
    """An answer's form as it was filled in."""
    return {"question": seat.text("spoergsmaal", MOST_QUESTION), "answer": seat.text("svar", MOST_ANSWER), "until": seat.text("til", 10), "others": seat.text("andre", 3000)}


def late(seat: Seat, turns: list[int]) -> Response:
    """When somebody else dealt with the question in between: their answer with what was typed beside it, or a form that keeps what was typed.

    In the latter the question is left empty: it may be a candidate's wording, which is gone with the conversation.
    """
    from web.desk import answers

    taken = next((one for one in map(seat.desk.approved.of, turns) if one), None)
    if taken:
        return answers.shown(seat, taken, 409, "answer.taken", typed(seat))
    if profile_of(seat, seat.text("profil", 200)) is None:
        raise DeskError("gone")
    return answers.fresh(seat, seat.text("profil", 200), {**typed(seat), "question": ""}, "answer.closed", 409)


def others(seat: Seat) -> list[str]:
    """The further wordings of the question, a line each."""
    return [line.strip() for line in seat.text("andre", 3000).splitlines() if line.strip()][:20]


def near(seat: Seat, group: Group) -> Near | None:
    """What the answer cited, else the passage that the search finds nearest."""
    profile = profile_of(seat, group.first.profile)
    if profile is None:
        return None
    cited = [one for one in group.first.answer["citations"] if profile.text[one["start"] : one["end"]] == one["quote"]]
    if cited and not group.first.answer["abstained"]:
        return Near(cited[0]["quote"], cited[0]["section"], cited[0]["start"], cited[0]["end"])
    search = getattr(seat.desk.assistant, "search", None)
    if search is None:
        return None
    question, shard = group.first.question, seat.desk.assistant.library.shard(profile.slug)

    def found() -> Near | None:
        hits = search(question, shard).hits
        return Near(profile.quote(hits[0].passage), hits[0].passage.heading, hits[0].passage.start, hits[0].passage.end) if hits else None

    remembered: Near | None = seat.desk.inbox.remembered((question, f"{profile.slug} {profile.fingerprint}"), found)
    return remembered


def profile_of(seat: Seat, slug: str) -> Profile | None:
    """A profile, hidden ones too; None when it is no longer there."""
    try:
        found: Profile = seat.desk.assistant.library.profile(slug)
    except UnknownProfile:
        return None
    return found


def _group(seat: Seat, turn: str) -> Group:
    found = seat.desk.inbox.group(number(turn))
    if found is None:
        raise DeskError("gone")
    return found


def _page(seat: Seat, found: Group, complaint: str = "", given: dict[str, Any] | None = None, code: int = 200) -> Response:
    profile = profile_of(seat, found.first.profile)
    said = Answer(**{**found.first.answer, "citations": ()}).answer
    standard = [pair[seat.language == "en"] for _, pairs in STANDARD for pair in pairs]
    values = {"question": found.first.question, "answer": "", "until": ""} | (given or {})
    return seat.page("question.html", code, group=found, profile=profile, near=near(seat, found), said=said, complaint=complaint, given=values, standard=standard, most=(MOST_QUESTION, MOST_ANSWER))
