"""The HTTP interface for programs, and for the page's own script: JSON and server-sent events."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from assistant.answers import Answer
from assistant.conversations import StorageError
from web import asking, reading
from web.errors import error_object, known
from web.parts import Given, Parts
from web.reading import Asked
from web.streaming import Stream, event
from web.wording import Language, preferred, say

router = APIRouter()
log = logging.getLogger("profilassistenten.web")


class CitationObject(BaseModel):
    """Where the answer stands: `quote` is exactly `text[start:end]` of the profile's canonical text."""

    number: int
    profile: str
    section: str | None
    page: int | None
    quote: str
    start: int
    end: int


class AnswerObject(BaseModel):
    """One answer."""

    question: str
    profile: str | None
    language: str
    answer: str
    abstained: bool
    confidence: float
    citations: list[CitationObject]
    suggestions: list[str]
    writer: str
    notice: str | None
    seconds: float
    conversation_id: str


class ProfileObject(BaseModel):
    """A position that can be asked about."""

    slug: str
    title: str
    employer: str | None
    deadline: str | None


class HealthObject(BaseModel):
    """Whether the service can answer."""

    status: str = Field(examples=["ok"])
    profiles: int
    passages: int
    reasons: list[str]


class Complaint(BaseModel):
    """What was wrong."""

    code: str = Field(examples=["empty"])
    message: str = Field(examples=["Skriv et spørgsmål."])


class ErrorObject(BaseModel):
    """Every error looks like this."""

    error: Complaint


Body = Annotated[Asked, Depends(reading.asked)]
_REQUEST = {"requestBody": {"required": True, "content": {"application/json": {"schema": Asked.model_json_schema()}}}}
_ERRORS: dict[int | str, dict[str, Any]] = {code: {"model": ErrorObject, "description": "Error"} for code in (400, 404, 409, 413, 415, 422, 429, 503)}
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "Error", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorObject"}}}}}
_STREAM = 'Server-sent events: `delta` with `{"text"}`, any number; then one `answer` with the answer object, or one `error` with the error object.'


def _limit(request: Request, parts: Given) -> None:
    asking.limit(parts, request)


@router.post("/api/ask", response_model=AnswerObject, responses=_ERRORS, openapi_extra=_REQUEST, summary="Ask a question", dependencies=[Depends(_limit)])
def ask(request: Request, parts: Given, body: Body) -> Response:
    """One answer, with its citations. `conversation_id` in the next question makes it a follow-up."""
    inquiry = asking.prepare(parts, body.question, body.profile, body.conversation_id)
    response = JSONResponse({**asking.answer(parts, inquiry).to_json(), "conversation_id": inquiry.conversation})
    asking.remember(parts, request, response, inquiry)
    return response


@router.post(
    "/api/ask/stream",
    response_class=StreamingResponse,
    responses={**_ERRORS, 200: {"content": {"text/event-stream": {}}, "description": _STREAM}},
    openapi_extra=_REQUEST,
    summary="Ask a question, answered while it is written",
    dependencies=[Depends(_limit)],
)
def ask_stream(request: Request, parts: Given, body: Body) -> Response:
    """The same answer as server-sent events. The pieces of text add up to the answer's own."""
    inquiry = asking.prepare(parts, body.question, body.profile, body.conversation_id)
    events = _events(parts, inquiry, request.headers.get("accept-language", ""))
    response = Stream(lambda: events, parts.streams, inquiry.conversation)
    asking.remember(parts, request, response, inquiry)
    return response


@router.get("/api/profiles", response_model=list[ProfileObject], summary="The positions")
def profiles(parts: Given) -> Response:
    """All profiles, by slug."""
    found = parts.assistant.library.profiles()
    return JSONResponse([{"slug": one.slug, "title": one.title, "employer": one.employer, "deadline": one.deadline} for one in found])


@router.get("/api/profiles/{slug}/text", response_class=PlainTextResponse, responses=_UNKNOWN, summary="A profile's canonical text")
def text(slug: str, parts: Given) -> Response:
    """The text that every citation's `start` and `end` count in, characters from 0; nothing added."""
    return PlainTextResponse(parts.assistant.library.profile(slug).text)


@router.get("/health", response_model=HealthObject, responses={503: {"model": HealthObject, "description": "It cannot answer, and why"}}, summary="Whether it can answer")
def health(request: Request, parts: Given) -> Response:
    """200 when questions can be answered, else 503. `degraded`: they can, and the operator has something to see to."""
    counts, missing = _counts(parts), list[str]()
    if counts is None:
        missing.append("health.index")
    elif counts[0] == 0:
        missing.append("health.profiles")
    try:
        parts.conversations.count()
    except StorageError:
        missing.append("health.database")
    spoken = preferred(request.headers.get("accept-language", ""))
    reasons = [*(say(spoken, key) for key in missing), *_ailing(parts, spoken)]
    status = "down" if missing else "degraded" if reasons else "ok"
    found = {"status": status, "profiles": (counts or (0, 0))[0], "passages": (counts or (0, 0))[1], "reasons": reasons}
    return JSONResponse(found, 503 if missing else 200)


def _counts(parts: Parts) -> tuple[int, int] | None:
    """How many profiles and passages there are; None when the index cannot be read."""
    try:
        found = parts.assistant.library.profiles()
    except Exception as error:
        log.error("health: %s", type(error).__name__)
        return None
    return len(found), sum(len(profile.passages) for profile in found)


def _ailing(parts: Parts, spoken: Language) -> list[str]:
    """What keeps nobody from an answer: damaged parts of the index, conversations that can't be stored at present, a chat model that fails."""
    mended, broken, held = getattr(parts.assistant.library, "mended", []), getattr(parts.assistant.library, "broken", {}), parts.conversations.settle()
    said = [say(spoken, "health.broken", slug=slug) for slug in sorted(broken)]
    said += [say(spoken, "health.mended", slug=slug) if slug else say(spoken, "health.manifest") for slug in sorted(set(mended) - set(broken))]
    said += [say(spoken, "health.held", n=held)] if held else []
    return said + ([say(spoken, "health.model")] if parts.model.notice else [])


def _events(parts: Parts, inquiry: asking.Inquiry, accept_language: str) -> Iterator[str]:
    """The stream's events. What breaks under way becomes its last one."""
    try:
        for piece in asking.stream(parts, inquiry):
            if isinstance(piece, Answer):
                yield event("answer", {**piece.to_json(), "conversation_id": inquiry.conversation})
            elif piece:
                yield event("delta", {"text": piece})
    except Exception as error:
        yield event("error", error_object(known(error), accept_language))

