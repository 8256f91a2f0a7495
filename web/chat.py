"""The candidates' pages: for each position a chat beside its profile, on its page or in the widget. All of it works without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from assistant import originals
from assistant.answering import QuestionError
from assistant.answers import Answer
from assistant.calendar_file import calendar_file
from web import asking, reading, showing, viewing
from web.asking import Inquiry, Key
from web.errors import WebError, error_object, known, wants_page
from web.parts import Given
from web.security import PDF_POLICY
from web.streaming import Stream, event
from web.visiting import PAGE, WIDGET, Posted, Read, Visit
from web.wording import say

router = APIRouter(include_in_schema=False)


def _limit(request: Request, parts: Given) -> None:
    asking.limit(parts, request)


@router.api_route(f"/{PAGE}/{{slug}}", methods=["GET", "HEAD"])
@router.api_route(f"/{WIDGET}/{{slug}}", methods=["GET", "HEAD"])
def chat(visit: Read) -> Response:
    """A profile's chat, with what the visitor has asked; `start` and `end` mark a place in the profile."""
    return showing.chat(visit)


@router.post(f"/{PAGE}/{{slug}}")
@router.post(f"/{WIDGET}/{{slug}}")
def ask(visit: Posted) -> Response:
    """A question from the page's form, answered as a whole page; a question that cannot be asked is refused beside its field.

    A browser is sent on to the page (so that reload and back ask nothing again), a program gets it at once.
    """
    try:
        asking.limit(visit.parts, visit.request)
        inquiry = _inquiry(visit)
        if not asking.repeated(visit.parts, inquiry):
            asking.answer(visit.parts, inquiry)
    except (WebError, QuestionError) as error:
        refusal = known(error)
        if not wants_page(visit.request) or refusal.status not in (422, 429):
            raise
        return showing.chat(visit, refusal)
    begun = _begun(visit, inquiry)
    response = _onwards(begun) if visit.request.headers.get("sec-fetch-mode") == "navigate" and not visit.widget else showing.chat(begun)
    return _remembered(visit, response, inquiry)


@router.post(f"/{PAGE}/{{slug}}/svar", dependencies=[Depends(_limit)])
@router.post(f"/{WIDGET}/{{slug}}/svar", dependencies=[Depends(_limit)])
def answer(visit: Posted) -> Response:
    """The same for the page's own script, as server-sent events: `begun`, the answer's text as it comes (`delta`), then `changed`: the HTML of what changed; or `error`."""
    inquiry = _inquiry(visit)
    begun = _begun(visit, inquiry)
    after = visit.fields.get("efter", "")
    events = _events(begun, inquiry, int(after) if after.isdecimal() and len(after) < 7 else 0)
    return _remembered(visit, Stream(lambda: events, visit.parts.streams, inquiry.conversation), inquiry)


@router.get(f"/{PAGE}/{{slug}}/kalender.ics")
@router.get(f"/{WIDGET}/{{slug}}/kalender.ics")
def calendar(visit: Read) -> Response:
    """The dates of the process as a calendar file, each event quoting its sentence."""
    profile, root = visit.profile, showing.root(visit)
    where = profile.title if not profile.employer or profile.employer in profile.title else f"{profile.title}, {profile.employer}"
    data = calendar_file(
        profile,
        showing.card(visit).events,
        lambda event: f"{viewing.title(visit.language, event)}: {where}",
        lambda event: f"{root}/{PAGE}/{quote(profile.slug, safe='')}?start={event.place[0]}&end={event.place[1]}",
    )
    return Response(data, media_type="text/calendar; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{profile.slug}.ics"'})


@router.get(f"/{PAGE}/{{slug}}/original.pdf")
def original(visit: Read) -> Response:
    """The PDF file that the profile was read from, so that a citation can be seen on its page."""
    found = originals.pdf(visit.parts.assistant.library, visit.profile)
    if found is None:
        raise WebError("not_found")
    return FileResponse(found, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{visit.profile.slug}.pdf"', "Content-Security-Policy": PDF_POLICY})


@router.get(f"/{PAGE}/{{slug}}/original.docx")
def original_word(visit: Read) -> Response:
    """The Word file that the profile was read from, to be fetched: it has no pages that a browser could open."""
    found = originals.word(visit.parts.assistant.library, visit.profile)
    if found is None:
        raise WebError("not_found")
    media = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return FileResponse(found, media_type=media, headers={"Content-Disposition": f'attachment; filename="{visit.profile.slug}.docx"'})


def _inquiry(visit: Visit) -> Inquiry:
    return asking.prepare(visit.parts, reading.clean(visit.fields.get("question", "")), visit.profile.slug, visit.own.id if visit.own else None)


def _begun(visit: Visit, inquiry: Inquiry) -> Visit:
    return visit.with_own(Key(inquiry.conversation, inquiry.owner)) if inquiry.owner else visit


def _onwards(visit: Visit) -> Response:
    number = len(visit.parts.conversations.turns(visit.own.id)) if visit.own else 0
    return RedirectResponse(visit.to(svar=number) + f"#svar-{number}", 303)


def _remembered(visit: Visit, response: Response, inquiry: Inquiry) -> Response:
    """The response with the cookie of a conversation that has just begun; the widget sets none."""
    if not visit.widget:
        asking.remember(visit.parts, visit.request, response, inquiry)
    return response


def _events(visit: Visit, inquiry: Inquiry, after: int) -> Iterator[str]:
    """The stream's events. What breaks under way becomes its last one."""
    yield event("begun", {"key": f"{visit.own.id}.{visit.own.secret}" if visit.own and visit.widget else "", "fresh": bool(inquiry.owner)})
    after = 0 if inquiry.owner else after
    try:
        if not asking.repeated(visit.parts, inquiry):
            for piece in asking.stream(visit.parts, inquiry):
                if piece and not isinstance(piece, Answer):
                    yield event("delta", {"text": piece})
        else:
            after = min(after, len(visit.parts.conversations.turns(inquiry.conversation)) - 1)
        yield event("changed", {"html": showing.changed(visit, after), "said": say(visit.language, "chat.done")})
    except Exception as error:
        yield event("error", error_object(known(error), visit.language))
