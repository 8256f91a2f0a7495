"""The front page: the open positions, soonest deadline first, passed ones apart, and a search across all of them; and the page about us."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from assistant.answering import Profile, QuestionError
from assistant.answers import Answer
from assistant.models import outside
from assistant.searching import across
from web import asking, reading, showing
from web.errors import WebError, known, language
from web.pages import render, script
from web.parts import Given, Parts
from web.speaking import spoken
from web.viewing import Deadline, deadline
from web.visiting import PAGE, Visit
from web.wording import Language, say

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
def front(request: Request, parts: Given) -> Response:
    """The positions; with one, its chat. `q` asks them all."""
    profiles = parts.assistant.library.profiles()
    if len(profiles) == 1:
        key = asking.own(parts, asking.kept_key(request, profiles[0].slug), profiles[0].slug)
        return showing.chat(Visit(request, parts, profiles[0], language(request), PAGE, {}, key))
    said, found, error = language(request), [], None
    listed = positions(said, parts, profiles)
    question = request.query_params.get("q")
    if question is not None:
        try:
            found = _asked(request, parts, question, [one for one, _ in listed])
        except (WebError, QuestionError) as refused:
            error = known(refused)
    news = {one.slug for one in profiles if _news(request, parts, one)}
    return render(
        "front.html",
        said,
        error.status if error else 200,
        error.headers if error else None,
        current=[one for one in listed if not one[1].passed],
        passed=[one for one in listed if one[1].passed],
        question=question or "",
        asked=question is not None and error is None,
        found=[(answer, spoken(answer), parts.assistant.library.profile(answer.profile or "")) for answer in found],
        most=MOST,
        news=news,
        error=say(said, f"error.{error.code}") if error else "",
        request=request,
    )


MOST = 60


@router.api_route("/om", methods=["GET", "HEAD"])
def about(request: Request, parts: Given) -> Response:
    """That it is a machine, what it stores, for how long, and who is told."""
    model, url = parts.settings.model, parts.settings.model_url
    return render("about.html", language(request), days=parts.settings.retention_days, model=model, outside=outside(model, url), request=request)


@router.api_route("/widget.js", methods=["GET", "HEAD"])
def widget_script() -> Response:
    """The one line that an employer's page needs: it puts the chat in a frame after itself."""
    return Response(script("widget.js"), media_type="text/javascript; charset=utf-8", headers={"Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"})


def positions(said: Language, parts: Parts, profiles: list[Profile]) -> list[tuple[Profile, Deadline]]:
    """The positions with their deadlines: open ones soonest first, then those without, then passed ones, latest first."""
    listed = [(one, deadline(said, one.deadline, parts.settings.day())) for one in profiles]
    current = sorted((one for one in listed if not one[1].passed), key=lambda one: (one[1].iso or "9999", one[0].title))
    return current + sorted((one for one in listed if one[1].passed), key=lambda one: one[1].iso, reverse=True)


def _asked(request: Request, parts: Parts, question: str, profiles: list[Profile]) -> list[Answer]:
    asking.limit(parts, request)
    return across(parts.assistant.ask, reading.clean(question), [one.slug for one in profiles[:MOST]])


def _news(request: Request, parts: Parts, profile: Profile) -> bool:
    """Whether a consultant has answered something since the visitor was here."""
    key = asking.own(parts, asking.kept_key(request, profile.slug), profile.slug)
    return key is not None and any(one.new for one in parts.conversations.forwarding.of(key.id, parts.settings.day()).values())
