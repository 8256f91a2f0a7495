"""Who visits which profile, how: its page or its widget, in which language, and which conversation is theirs.

On the page a conversation belongs to whoever holds its cookie. The widget works without any cookie: there the same key (the
conversation's id and its owner's secret) travels in the forms' own hidden field.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from assistant.answering import Profile
from web import asking, reading
from web.asking import Key
from web.errors import WebError, language
from web.pages import path
from web.parts import Given, Parts
from web.security import same_origin
from web.wording import Language

PAGE, WIDGET = "p", "widget"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request about a profile. `fields` are its form's (empty for a link), `own` the visitor's conversation."""

    request: Request
    parts: Parts
    profile: Profile
    language: Language
    place: str
    fields: dict[str, str]
    own: Key | None = None

    @property
    def widget(self) -> bool:
        """Whether it comes from the widget, where nothing may need a cookie."""
        return self.place == WIDGET

    @property
    def fragment(self) -> bool:
        """Whether the page's own script asks, which wants only what has changed."""
        return self.request.headers.get("x-fragment") == "1"

    def to(self, *parts: str, **query: object) -> str:
        """An address below this profile's page (or widget), in the page's language."""
        return path(self.language, self.place, self.profile.slug, *parts, **query)

    def with_own(self, key: Key) -> Visit:
        """The same visit, its conversation begun."""
        return replace(self, own=key)

    def owned(self) -> Key:
        """The visitor's conversation, by a form that may change it. Raises `WebError`: 404 without one, 403 without the form's token."""
        if self.own is None:
            raise WebError("unknown_conversation")
        if not hmac.compare_digest(self.fields.get("token", "").encode(), token(self.own).encode()):
            raise WebError("foreign_origin")
        return self.own


def token(key: Key) -> str:
    """The token of forms behind a conversation: who holds the secret can make it, nobody else can."""
    return hashlib.sha256(f"form:{key.secret}".encode()).hexdigest()[:32]


async def _read(slug: str, request: Request, parts: Given) -> Visit:
    """A visit by a link."""
    return await run_in_threadpool(_visit, slug, request, parts, {})


async def _posted(slug: str, request: Request, parts: Given) -> Visit:
    """A visit by a form of our own page."""
    same_origin(request, parts.settings.url)
    fields = await reading.form(request)
    return await run_in_threadpool(_visit, slug, request, parts, fields)


def _visit(slug: str, request: Request, parts: Parts, fields: dict[str, str]) -> Visit:
    place = WIDGET if request.url.path.startswith(f"/{WIDGET}/") else PAGE
    profile = parts.assistant.library.profile(slug)
    key = asking.key(fields.get("samtale", "")) if place == WIDGET else asking.kept_key(request, slug)
    return Visit(request, parts, profile, language(request), place, fields, asking.own(parts, key, slug))


Read = Annotated[Visit, Depends(_read)]
Posted = Annotated[Visit, Depends(_posted)]
