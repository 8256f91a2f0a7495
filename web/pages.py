"""Templates → pages. They are found in this package's own folder, escape everything, and fail on a name that is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from web.wording import Language, say

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"


def _environment() -> Environment:
    found = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.globals.update(static=static, path=path)
    return found


@cache
def static(name: str) -> str:
    """A static file's address with its fingerprint, so that browsers may keep it for good."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]}"


def path(language: Language, *parts: str, **query: object) -> str:
    """An address of ours, escaped, that keeps the page's language.

    >>> path("en", "p", "job", start=3)
    '/p/job?start=3&sprog=en'
    """
    if language != "da":
        query["sprog"] = language
    address = "/" + "/".join(quote(part, safe="") for part in parts)
    return address + ("?" + "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items()) if query else "")


def render(name: str, language: Language, code: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> HTMLResponse:
    """A template as a response. Templates call `say(key)` for their words and `to(…)` for their addresses."""
    html = ENVIRONMENT.get_template(name).render(language=language, say=partial(say, language), to=partial(path, language), **values)
    return HTMLResponse(html, code, dict(headers or {}))


ENVIRONMENT = _environment()
