"""A visit → its page: the chat with its profile and fact card, in the page's frame or the widget's, or only what has changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, Response

from assistant import originals
from assistant.factcard import Card
from assistant.models import outside
from web import marking, viewing
from web.errors import WebError
from web.pages import fragment, path, render
from web.security import widget_policy
from web.viewing import Shown
from web.visiting import PAGE, Visit, token
from web.wording import say


def chat(visit: Visit, error: WebError | None = None) -> Response:
    """The chat page as it stands for this visitor; an error is told beside the question's field."""
    query, profile = visit.request.query_params, visit.profile
    span = marking.span_of(profile, query.get("start"), query.get("end"))
    elements = marking.shown(profile, span)
    found = card(visit)
    more = {
        "elements": elements,
        "first": marking.first_mark(elements),
        "span": span,
        "gone": span is None and ("start" in query or "end" in query),
        "alone": len(visit.parts.assistant.library.profiles()) == 1,
        "lines": viewing.lines(visit.language, found),
        "card": found,
        "dates": viewing.dates(visit.language, found.events, visit.parts.settings.day()),
        "lost": "svar" in query and visit.own is None,
        "deleted": "slettet" in query and visit.own is None,
        "error": say(visit.language, f"error.{error.code}") if error else "",
    }
    headers = dict(error.headers) if error else {}
    if visit.widget:
        headers["Content-Security-Policy"] = widget_policy(visit.parts.settings.origins)
    return render("widget.html" if visit.widget else "chat.html", visit.language, error.status if error else 200, headers, **_shared(visit), **more)


def changed(visit: Visit, after: int) -> str:
    """What has changed on the page after the turn with this number: the turns since, what to ask next, the conversation's own buttons."""
    return fragment("_changed.html", visit.language, **_shared(visit, after))


def turn(visit: Visit, number: int) -> HTMLResponse:
    """One turn, anew."""
    return HTMLResponse(fragment("_turn.html", visit.language, **_shared(visit, only=number)))


def turns(visit: Visit) -> list[Shown]:
    """The visitor's conversation; an approved answer is new the first time."""
    if visit.own is None:
        return []
    store, key = visit.parts.conversations, visit.own
    forwarded = store.forwarding.of(key.id, visit.parts.settings.day())
    return viewing.shown(visit.profile, store.turns(key.id), store.feedback.of(key.id), forwarded, root(visit))


def card(visit: Visit) -> Card:
    """The profile's fact card."""
    return visit.parts.cards.of(visit.parts.assistant.library.shard(visit.profile.slug))


def root(visit: Visit) -> str:
    """Our own address, without a path: the public one, else the one that the connection came in on. What the client calls us (`Host`) is never repeated."""
    if visit.parts.settings.url:
        public = urlsplit(visit.parts.settings.url)
        return f"{public.scheme}://{public.netloc}"
    host, port = visit.request.scope.get("server") or ("127.0.0.1", 80)
    return f"{visit.request.url.scheme}://{f'[{host}]' if ':' in host else host}" + (f":{port}" if port and port not in (80, 443) else "")


def _shared(visit: Visit, after: int = 0, only: int | None = None) -> dict[str, Any]:
    """What the whole page and a part of it have in common. Of the turns: those after one, and those with a consultant's new answer; or only one."""
    found = turns(visit)
    news = [one.turn.number for one in found if one.forwarded and one.forwarded.new]
    if visit.own and news and only is None and visit.request.method != "HEAD":
        visit.parts.conversations.forwarding.see(visit.own.id)
    latest = found[-1].turn.answer.suggestions if found else ()
    asked = {one.turn.question.strip(" ?").casefold() for one in found}
    suggested = latest or visit.parts.assistant.suggestions(visit.profile.slug, visit.language)
    return {
        "visit": visit,
        "profile": visit.profile,
        "contact": marking.contact(visit.profile),
        "original": path(visit.language, PAGE, visit.profile.slug, "original.pdf") if originals.pdf(visit.parts.assistant.library, visit.profile) else None,
        "original_word": path(visit.language, PAGE, visit.profile.slug, "original.docx") if originals.word(visit.parts.assistant.library, visit.profile) else None,
        "deadline": viewing.deadline(visit.language, visit.profile.deadline, visit.parts.settings.day()),
        "turns": [one for one in found if (one.turn.number == only if only else one.turn.number > after or one.turn.number in news)],
        "count": len(found),
        "news": news,
        "suggestions": [question for question in suggested if question.strip(" ?").casefold() not in asked],
        "key": f"{visit.own.id}.{visit.own.secret}" if visit.own and visit.widget else "",
        "token": token(visit.own) if visit.own else "",
        "days": visit.parts.settings.retention_days,
        "outside": outside(visit.parts.settings.model, visit.parts.settings.model_url),
        "permanent": lambda start, end: path(visit.language, PAGE, visit.profile.slug, start=start, end=end) + "#kilde",
    }
