"""From a question to a stored answer: whose conversation it is, what was asked before, and the cookie that says who owns it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from assistant.answers import Answer
from assistant.conversations import Conversation, UnknownConversation, masked
from web.errors import WebError
from web.parts import Parts

COOKIE = "samtale"
AGAIN = timedelta(seconds=60)


class Key(NamedTuple):
    """What makes a conversation one's own: its id and its owner's secret."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question that may be asked: its profile (None: to be resolved), its conversation, and the owner's secret when it is new."""

    question: str
    profile: str | None
    conversation: str
    earlier: tuple[str, ...] = ()
    owner: str | None = None


def limit(parts: Parts, request: Request) -> None:
    """Counts a question against its address. Raises `WebError` 429, with the seconds to wait."""
    _pace(parts, request.client.host if request.client else "")


def _pace(parts: Parts, who: str) -> None:
    """Counts a question against an address or a conversation."""
    wait = parts.buckets.take(who)
    if wait:
        raise WebError("too_many", {"Retry-After": str(wait)})


def prepare(parts: Parts, question: str, profile: str | None, conversation: str | None) -> Inquiry:
    """The inquiry, its conversation begun when none is given.

    Raises `UnknownProfile`, `UnknownConversation`, and `WebError` 409 when the conversation is about another profile.
    """
    if profile is not None:
        parts.assistant.library.profile(profile)
    if conversation is None:
        profile = profile or _only(parts)
        started = parts.conversations.start(profile)
        return Inquiry(question, profile, started.id, owner=started.owner)
    known = parts.conversations.get(conversation)
    _pace(parts, known.id)
    if profile and known.profile and profile != known.profile:
        raise WebError("other_profile")
    about = profile or known.profile or _latest(parts, known)
    return Inquiry(question, about, known.id, parts.conversations.earlier(known.id))


def answer(parts: Parts, inquiry: Inquiry) -> Answer:
    """Asks, and stores the turn."""
    found = parts.assistant.ask(inquiry.question, inquiry.profile, inquiry.earlier, inquiry.conversation)
    keep(parts, inquiry, found)
    return found


def stream(parts: Parts, inquiry: Inquiry) -> Iterator[str | Answer]:
    """Asks, piece by piece; the turn is stored before its last piece, the answer, is handed on."""
    for piece in parts.assistant.stream(inquiry.question, inquiry.profile, inquiry.earlier, inquiry.conversation):
        if isinstance(piece, Answer):
            keep(parts, inquiry, piece)
        yield piece


def repeated(parts: Parts, inquiry: Inquiry) -> bool:
    """Whether the conversation's last question was this one, a moment ago: sent twice, or tried again after the line broke."""
    turns = [] if inquiry.owner else parts.conversations.turns(inquiry.conversation)
    return bool(turns) and turns[-1].question == masked(inquiry.question) and datetime.now(UTC) - turns[-1].asked < AGAIN


def keep(parts: Parts, inquiry: Inquiry, found: Answer) -> None:
    """Notes whether the chat model wrote, and stores the turn, unless the conversation was deleted while the answer was found, or the same question was stored meanwhile (sent twice)."""
    if parts.settings.model:
        parts.model.notice = found.notice
    with suppress(UnknownConversation):
        if not repeated(parts, inquiry):
            parts.conversations.append(inquiry.conversation, inquiry.question, found)


def _only(parts: Parts) -> str | None:
    """The only profile that there is."""
    profiles = parts.assistant.library.profiles()
    return profiles[0].slug if len(profiles) == 1 else None


def _latest(parts: Parts, known: Conversation) -> str | None:
    """The profile that the latest answers of an open conversation were about."""
    return next((turn.answer.profile for turn in reversed(parts.conversations.turns(known.id)) if turn.answer.profile), None)


def remember(parts: Parts, request: Request, response: Response, inquiry: Inquiry) -> None:
    """Sets the cookie of a conversation that has just begun: its id and its owner's secret, for as long as it is kept."""
    if inquiry.owner is None:
        return
    secure = request.url.scheme == "https" or (parts.settings.url or "").startswith("https:")
    age = max(1, parts.settings.retention_days) * 86_400
    response.set_cookie(_name(inquiry.profile), f"{inquiry.conversation}.{inquiry.owner}", max_age=age, path="/", httponly=True, samesite="lax", secure=secure)


def forget(response: Response, profile: str) -> None:
    """Takes the cookie back."""
    response.delete_cookie(_name(profile), path="/", httponly=True, samesite="lax")


def kept_key(request: Request, profile: str) -> Key | None:
    """The key in the visitor's cookie about a profile."""
    return key(request.cookies.get(_name(profile), ""))


def key(text: str) -> Key | None:
    """A key as it is written down, `id.secret`; None when it can't be one."""
    conversation, _, secret = text.partition(".")
    return Key(conversation, secret) if conversation and secret else None


def own(parts: Parts, key: Key | None, profile: str) -> Key | None:
    """The key, if it opens a conversation about this profile; else None."""
    if key is None or not parts.conversations.owns(key.id, key.secret):
        return None
    return key if parts.conversations.get(key.id).profile == profile else None


def _name(profile: str | None) -> str:
    """A cookie per profile, so that two conversations in two tabs don't meet."""
    return f"{COOKIE}-{quote(profile, safe='')}" if profile else COOKIE
