"""The candidates' pages: the positions, and for each a chat beside its profile. All of it works without JavaScript."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from assistant.answering import Profile, QuestionError
from web import asking, marking, reading
from web.errors import WebError, known, wants_page
from web.pages import path, render
from web.parts import Given, Parts
from web.security import same_origin
from web.speaking import spoken
from web.wording import Language, day, distance, say

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline in words. `passed` is None when it is not known."""

    words: str
    distance: str = ""
    passed: bool | None = None
    iso: str = ""


def language(request: Request) -> Language:
    """The page's language: Danish, or English when the address says so."""
    return "en" if request.query_params.get("sprog") == "en" else "da"


def _form(request: Request, parts: Given) -> None:
    """What a question's form must pass before its fields are read."""
    same_origin(request, parts.settings.url)


@router.api_route("/", methods=["GET", "HEAD"])
def front(request: Request, parts: Given) -> Response:
    """The positions, soonest deadline first; with one, its chat."""
    profiles = parts.assistant.library.profiles()
    if len(profiles) == 1:
        return _chat(request, parts, profiles[0])
    spoken_language, today = language(request), parts.settings.day()
    listed = [(profile, deadline(spoken_language, profile.deadline, today)) for profile in sorted(profiles, key=lambda one: (one.deadline or "9999", one.title))]
    return render("front.html", spoken_language, current=[one for one in listed if not one[1].passed], passed=[one for one in listed if one[1].passed])


@router.api_route("/p/{slug}", methods=["GET", "HEAD"])
def chat(slug: str, request: Request, parts: Given) -> Response:
    """A profile's chat page, with what the visitor has asked; `start` and `end` mark a place in the profile."""
    return _chat(request, parts, parts.assistant.library.profile(slug))


@router.post("/p/{slug}", dependencies=[Depends(_form)])
async def ask(slug: str, request: Request, parts: Given) -> Response:
    """A question from the page's form, answered as a whole page."""
    profile = await run_in_threadpool(parts.assistant.library.profile, slug)
    fields = await reading.form(request)
    return await run_in_threadpool(_asked, request, parts, profile, fields)


@router.post("/p/{slug}/slet", dependencies=[Depends(_form)])
def erase(slug: str, request: Request, parts: Given, fields: Annotated[dict[str, str], Depends(reading.form)]) -> Response:
    """Erases the visitor's own conversation, which takes its cookie and the token of the page's form."""
    mine = asking.own(parts, request, slug)
    if mine is None:
        raise WebError("unknown_conversation")
    if not hmac.compare_digest(fields.get("token", "").encode(), _token(mine[1]).encode()):
        raise WebError("foreign_origin")
    parts.conversations.delete(mine[0])
    response = RedirectResponse(path(language(request), "p", slug, slettet=1), 303)
    asking.forget(response, slug)
    return response


def _asked(request: Request, parts: Parts, profile: Profile, fields: dict[str, str]) -> Response:
    """The page after a question; a question that cannot be asked is refused beside its field."""
    try:
        asking.limit(parts, request)
        mine = asking.own(parts, request, profile.slug)
        inquiry = asking.prepare(parts, reading.clean(fields.get("question", "")), profile.slug, mine[0] if mine else None)
        asking.answer(parts, inquiry)
    except (WebError, QuestionError) as error:
        refusal = known(error)
        if not wants_page(request) or refusal.status not in (422, 429):
            raise
        return _chat(request, parts, profile, refusal)
    own = (inquiry.conversation, inquiry.owner) if inquiry.owner else mine
    response = _chat(request, parts, profile, own=own)
    asking.remember(parts, request, response, inquiry)
    return response


def _chat(request: Request, parts: Parts, profile: Profile, error: WebError | None = None, own: tuple[str, str] | None = None) -> Response:
    """The chat page as it stands for this visitor."""
    spoken_language, query = language(request), request.query_params
    own = own or asking.own(parts, request, profile.slug)
    turns = parts.conversations.turns(own[0]) if own else []
    span = marking.span_of(profile, query.get("start"), query.get("end"))
    elements = marking.shown(profile, span)
    latest = turns[-1].answer.suggestions if turns else ()
    return render(
        "chat.html",
        spoken_language,
        error.status if error else 200,
        error.headers if error else None,
        profile=profile,
        alone=len(parts.assistant.library.profiles()) == 1,
        deadline=deadline(spoken_language, profile.deadline, parts.settings.day()),
        elements=elements,
        first=marking.first_mark(elements),
        gone=span is None and ("start" in query or "end" in query),
        contact=marking.contact(profile),
        turns=[(turn, spoken(turn.answer)) for turn in turns],
        suggestions=latest or parts.assistant.suggestions(profile.slug, spoken_language),
        conversation=own[0] if own else "",
        token=_token(own[1]) if own else "",
        deleted="slettet" in query and not turns,
        days=parts.settings.retention_days,
        error=say(spoken_language, f"error.{error.code}") if error else "",
    )


def deadline(spoken_language: Language, iso: str | None, today: date) -> Deadline:
    """A profile's deadline (ISO, or however it was written) in words."""
    if not iso:
        return Deadline(say(spoken_language, "deadline.none"))
    try:
        moment = date.fromisoformat(iso[:10])
    except ValueError:
        return Deadline(iso)
    return Deadline(day(spoken_language, moment), distance(spoken_language, moment, today), moment < today, moment.isoformat())


def _token(owner: str) -> str:
    """The token of forms behind a conversation's cookie: who holds the secret can make it, nobody else can."""
    return hashlib.sha256(f"form:{owner}".encode()).hexdigest()[:32]
