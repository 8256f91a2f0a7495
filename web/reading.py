"""What comes in → a question that can be asked: strict JSON or form fields, checked, never echoed.

Left to others: the number of bytes (`security`), what is done with it (`asking`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from web.errors import WebError

MOST_CHARACTERS = 2000
_UNSEEN = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF, *range(0xE0000, 0xE0080)])
_TOWERS = re.compile(r"([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{2})[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+")


class Asked(BaseModel):
    """The body of a question in JSON."""

    model_config = ConfigDict(extra="forbid", strict=True, title="Question")
    question: str = Field(description="Up to 2,000 characters.", examples=["Hvornår er ansøgningsfristen?"], json_schema_extra={"minLength": 1, "maxLength": MOST_CHARACTERS})
    profile: str | None = Field(None, description="The profile's slug. Without it: the conversation's, the only one there is, or the one that the question names.", examples=["helsingoer-direktoer"])
    conversation_id: str | None = Field(None, description="Continues a conversation, so that follow-up questions are understood.")


async def asked(request: Request) -> Asked:
    """The question in a JSON body. Raises `WebError`: 415, 400 or 422."""
    _expect(request, "application/json")
    try:
        data = json.loads((await request.body()).decode("utf-8"), parse_constant=_constant, object_pairs_hook=_pairs)
    except (ValueError, RecursionError):
        raise WebError("bad_json") from None
    try:
        body = Asked.model_validate(data)
    except (ValidationError, RecursionError):
        raise WebError("characters" if _halved(data) else "invalid") from None
    return Asked(question=clean(body.question), profile=_plain(body.profile), conversation_id=_plain(body.conversation_id))


async def form(request: Request) -> dict[str, str]:
    """The fields of a form; of a repeated one the first. Raises `WebError`: 415 or 422."""
    _expect(request, "application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl((await request.body()).decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise WebError("invalid") from None
    return dict(reversed(pairs))


def clean(question: str) -> str:
    """The question as it is asked: trimmed, without what cannot be seen, its accents stacked two high at most.

    Raises `WebError` when nothing is left, when it is too long, or when it holds characters that no keyboard writes.
    """
    if len(question) > MOST_CHARACTERS:
        raise WebError("too_long")
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r" for character in question):
        raise WebError("characters")
    visible = _TOWERS.sub(r"\1", unicodedata.normalize("NFC", question).translate(_UNSEEN)).strip()
    if not visible:
        raise WebError("empty")
    return visible


def _expect(request: Request, kind: str) -> None:
    """Raises `WebError` for another content type, or another character set than UTF-8."""
    given, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    charsets = [parameter.partition("=")[2].strip('"') for parameter in parameters if parameter.startswith("charset")]
    if given != kind or any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise WebError("content_type")


def _constant(_name: str) -> NoReturn:
    """JSON has no NaN and no Infinity, whatever Python's reader thinks."""
    raise WebError("invalid")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise WebError("invalid")
    return found


def _halved(data: Any) -> bool:
    """Whether the question holds half a character (`"\\ud800"`), which no text can."""
    question = data.get("question") if isinstance(data, dict) else None
    return isinstance(question, str) and bool(re.search(r"[\ud800-\udfff]", question))


def _plain(value: str | None) -> str | None:
    """A name, if it can be one; empty is none. Raises `WebError` for characters that no name has."""
    if value and (len(value) > 200 or not value.isprintable()):
        raise WebError("invalid")
    return value or None
