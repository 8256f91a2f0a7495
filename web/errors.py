"""What can go wrong for whoever asks over HTTP, and how it is told: JSON for programs, a page for people, never their input.

The messages are written for the visitor; what the operator needs is logged (where it happened, never what was typed).
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from assistant.answering import EmbeddingError, QuestionError, SnapshotError, UnknownProfile
from assistant.conversations import StorageError, UnknownConversation
from web.pages import render
from web.wording import TEXTS, Language, preferred, say

log = logging.getLogger("profilassistenten.web")

STATUS = {
    "bad_json": 400,
    "bad_request": 400,
    "foreign_origin": 403,
    "not_found": 404,
    "unknown_profile": 404,
    "unknown_conversation": 404,
    "method": 405,
    "timeout": 408,
    "other_profile": 409,
    "too_large": 413,
    "content_type": 415,
    "invalid": 422,
    "empty": 422,
    "mail": 422,
    "too_long": 422,
    "characters": 422,
    "too_many": 429,
    "streams": 429,
    "headers": 431,
    "internal": 500,
    "busy": 503,
    "unavailable": 503,
}


class WebError(Exception):
    """A refusal by its code, one of `STATUS`; its sentence is `error.<code>` in `wording`."""

    def __init__(self, code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code, self.status, self.headers = code, STATUS[code], dict(headers or {})


def known(error: Exception) -> WebError:
    """Any error in the web's words; the original is its cause. Unforeseen ones are logged without what was typed."""
    if isinstance(error, WebError):
        return error
    refusal = _translated(error)
    refusal.__cause__ = error
    if refusal.status >= 500:
        log.error("%s: %s\n%s", refusal.code, type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return refusal


def _translated(error: Exception) -> WebError:
    if isinstance(error, UnknownProfile):
        return WebError("unknown_profile")
    if isinstance(error, UnknownConversation):
        return WebError("unknown_conversation")
    if isinstance(error, (StorageError, SnapshotError, EmbeddingError)):
        return WebError("unavailable")
    if isinstance(error, QuestionError):
        return WebError(error.code if STATUS.get(error.code) == 422 else "invalid")
    if isinstance(error, RequestValidationError):
        return WebError("invalid")
    if isinstance(error, HTTPException):
        codes = {404: "not_found", 405: "method", 413: "too_large", 415: "content_type", 503: "unavailable"}
        return WebError(codes.get(error.status_code, "bad_request"), error.headers)
    return WebError("internal")


def error_object(error: WebError, accept_language: str) -> dict[str, dict[str, str]]:
    """The contract's object: `{"error": {"code", "message"}}`."""
    return {"error": {"code": error.code, "message": say(preferred(accept_language), f"error.{error.code}")}}


def language(request: Request) -> Language:
    """The page's language: English when its address says so (`sprog=en`), else Danish."""
    return "en" if request.query_params.get("sprog") == "en" else "da"


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks (it accepts HTML, outside the API), rather than a program."""
    path = request.url.path
    return "text/html" in request.headers.get("accept", "") and not path.startswith(("/api/", "/health", "/openapi.json", "/static/"))


def respond(request: Request, error: Exception) -> Response:
    """The response to any error, as a page or as JSON."""
    refusal = known(error)
    accepted = request.headers.get("accept-language", "")
    headers = {**refusal.headers, "Vary": "Accept, Accept-Language"}
    if not wants_page(request):
        return JSONResponse(error_object(refusal, accepted), refusal.status, headers)
    spoken = "en" if language(request) == "en" else preferred(accepted)
    return render("error.html", spoken, refusal.status, headers, status=refusal.status, message=say(spoken, f"error.{refusal.code}"))


def install(app: FastAPI) -> None:
    """Makes the app answer every error this way. What none of these catches, `security.Guard` does."""

    async def handle(request: Request, error: Exception) -> Response:
        return respond(request, error)

    for kind in (WebError, HTTPException, RequestValidationError, UnknownProfile, UnknownConversation, StorageError, SnapshotError, EmbeddingError, QuestionError):
        app.add_exception_handler(kind, handle)


assert all(f"error.{code}" in TEXTS[language] for code in STATUS for language in TEXTS)
