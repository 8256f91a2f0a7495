"""What a candidate may do with a conversation: judge an answer, send a question on to the consultant, take everything along, delete it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from assistant.feedback import THUMBS
from assistant.forwarding import is_mail
from web import asking, exporting, showing
from web.errors import WebError
from web.reading import MOST_CHARACTERS, clean
from web.visiting import PAGE, WIDGET, Posted, Visit

router = APIRouter(include_in_schema=False)
MOST_REASON = 1000


@router.post(f"/{PAGE}/{{slug}}/bedoem")
@router.post(f"/{WIDGET}/{{slug}}/bedoem")
def judge(visit: Posted) -> Response:
    """A thumb for an answer, with or without a reason."""
    own, number = visit.owned(), _number(visit)
    thumb = next((one for one in THUMBS if one == visit.fields.get("dom")), None)
    reason = visit.fields.get("grund", "").strip()
    if thumb is None or len(reason) > MOST_REASON:
        raise WebError("invalid" if thumb is None else "too_long")
    asking.limit(visit.parts, visit.request)
    visit.parts.conversations.feedback.give(own.id, number, thumb, clean(reason) if reason else None)
    return _again(visit, number)


@router.post(f"/{PAGE}/{{slug}}/send")
@router.post(f"/{WIDGET}/{{slug}}/send")
def forward(visit: Posted) -> Response:
    """A question that the profile doesn't answer, sent to the consultant; a mail address only if the candidate gives one."""
    own, number = visit.owned(), _number(visit)
    mail = visit.fields.get("mail", "").strip()
    if mail and (len(mail) > MOST_CHARACTERS or not is_mail(mail)):
        raise WebError("mail")
    asking.limit(visit.parts, visit.request)
    visit.parts.conversations.forwarding.forward(own.id, number, mail or None)
    return _again(visit, number)


@router.post(f"/{PAGE}/{{slug}}/eksport")
@router.post(f"/{WIDGET}/{{slug}}/eksport")
def export(visit: Posted) -> Response:
    """The conversation as a text file."""
    visit.owned()
    text = exporting.exported(visit.language, visit.profile.title, showing.turns(visit))
    return Response(text, media_type="text/plain; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="samtale-{visit.profile.slug}.txt"'})


@router.post(f"/{PAGE}/{{slug}}/slet")
@router.post(f"/{WIDGET}/{{slug}}/slet")
def erase(visit: Posted) -> Response:
    """Erases the visitor's own conversation and all that hangs on it; its cookie is taken back."""
    visit.parts.conversations.delete(visit.owned().id)
    response = RedirectResponse(visit.to(slettet=1), 303)
    asking.forget(response, visit.profile.slug)
    return response


def _number(visit: Visit) -> int:
    number = visit.fields.get("nummer", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 7):
        raise WebError("invalid")
    return int(number)


def _again(visit: Visit, number: int) -> Response:
    """The turn anew for the page's script, the page for everybody else (the widget has no cookie to come back with)."""
    if visit.fragment:
        return showing.turn(visit, number)
    if visit.widget:
        return showing.chat(visit)
    return RedirectResponse(visit.to() + f"#svar-{number}", 303)
