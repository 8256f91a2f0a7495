"""Reply drafts: a candidate's mail in, a complete reply out, each answer with where it stands. Nothing of the mail is stored."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from fastapi import APIRouter
from starlette.responses import Response

from assistant.answers import Answer
from assistant.drafting import Draft, draft, meant
from assistant.fronting import WRITER
from web.desk.access import Seat, Seated
from web.desk.wording import reply

router = APIRouter(include_in_schema=False)
MOST_MAIL = 12_000


@router.get("/konsulent/kladde")
def empty(seat: Seated) -> Response:
    """The page to paste a mail into."""
    return _page(seat, seat.request.query_params.get("profil", ""))


@router.post("/konsulent/kladde")
def made(seat: Seated) -> Response:
    """The draft of a reply to the mail that was pasted."""
    mail, profile = seat.text("mail", MOST_MAIL), seat.text("profil", 200)
    if not mail:
        return _page(seat, profile, complaint="draft.empty", code=422)
    slugs = {one.slug: f"{one.title} {one.employer or ''}" for one in seat.desk.assistant.library.profiles()}
    profile = profile if profile in slugs else meant(mail, slugs)
    if not profile:
        return _page(seat, "", mail, complaint="draft.which", code=422)
    found = draft(mail, profile, lambda question, slug, earlier: _ask(seat, question, slug, earlier), seat.user.name, seat.user.name, reply, lambda answer: quotes(seat, answer))
    seat.note("reply_drafted", f"{profile} ({len(found.questions)})")
    return _page(seat, profile, mail, found)


def quotes(seat: Seat, answer: Answer) -> list[str]:
    """Where an answer stands, a line a citation, with the address that shows it, if candidates may see it."""
    if answer.writer == WRITER:
        return []
    public = urlsplit(seat.parts.settings.url or str(seat.request.base_url))
    root = f"{public.scheme}://{public.netloc}"
    lines = []
    for one in answer.citations:
        section = f"{one.section}: " if one.section else ""
        words = " ".join(one.quote.split())
        words = words if len(words) <= 160 else words[:150].rsplit(" ", 1)[0] + " …"
        place = f" {root}/p/{quote(one.profile, safe='')}?start={one.start}&end={one.end}" if _open(seat, one.profile) else ""
        lines.append(f"[{one.number}] {section}»{words}«{place}")
    return lines


def _open(seat: Seat, slug: str) -> bool:
    return seat.desk.publishing.of(slug).open(seat.parts.settings.day())


def _ask(seat: Seat, question: str, profile: str, earlier: Sequence[str]) -> Answer:
    """One question of the mail; of a profile that is hidden from candidates too."""
    found = seat.desk.fronted.consultants(question, profile, earlier)
    answer: Answer = found or seat.desk.assistant.ask(question, profile, earlier)
    return answer


def _page(seat: Seat, profile: str, mail: str = "", found: Draft | None = None, complaint: str = "", code: int = 200) -> Response:
    profiles = seat.desk.assistant.library.profiles()
    return seat.page("draft.html", code, profiles=profiles, profile=profile, mail=mail, draft=found, pieces=marked(mail, found), complaint=complaint, most=MOST_MAIL)


def marked(mail: str, found: Draft | None) -> list[tuple[str, int]]:
    """The mail in pieces: (text, the number of the question it is, or 0), which together are the mail."""
    text, pieces, at = mail.replace("\r\n", " \n").replace("\r", "\n"), list[tuple[str, int]](), 0
    for n, one in enumerate(found.questions if found else (), 1):
        if one.start >= at:
            pieces += [(text[at : one.start], 0), (text[one.start : one.end], n)]
            at = one.end
    return [piece for piece in [*pieces, (text[at:], 0)] if piece[0]]
