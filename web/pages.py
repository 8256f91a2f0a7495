"""Templates → pages. They are found in this package's own folder, escape everything, and fail on a name that is missing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from web.wording import Language, day, say

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
_PHONE = re.compile(r"(?<![\d;#])(?:\+45 )?\d\d \d\d \d\d \d\d(?!\d)")


def _environment() -> Environment:
    found = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.globals.update(static=static)
    found.filters["unbroken"] = unbroken
    return found


def unbroken(words: str) -> Markup:
    """Words as HTML in which no telephone number breaks at a line's end.

    >>> unbroken("<Ring> 86 40 15 30.")
    Markup('&lt;Ring&gt; <span class="whole">86 40 15 30</span>.')
    """
    return Markup(_PHONE.sub(r'<span class="whole">\g<0></span>', str(escape(words))))


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
    return HTMLResponse(fragment(name, language, **values), code, dict(headers or {}))


def fragment(name: str, language: Language, **values: Any) -> str:
    """A template's HTML. `request` (or the visit's) tells the address that the other language has."""
    request = values.get("request") or (values["visit"].request if "visit" in values else None)
    switch = other(request.url.path, dict(request.query_params), language) if request and request.method in ("GET", "HEAD") else ""
    return ENVIRONMENT.get_template(name).render(language=language, say=partial(say, language), to=partial(path, language), written=partial(day, language), switch=switch, **{"original": None, "original_word": None, **values})


def other(address: str, query: dict[str, str], language: Language) -> str:
    """The same page in the other language.

    >>> other("/p/job", {"start": "3"}, "da")
    '/p/job?start=3&sprog=en'
    """
    kept = {name: value for name, value in query.items() if name in ("start", "end", "q")} | ({"sprog": "en"} if language == "da" else {})
    return quote(address) + ("?" + urlencode(kept) if kept else "")


def script(name: str) -> bytes:
    """A script of ours, as it is."""
    return (STATIC / name).read_bytes()


ENVIRONMENT = _environment()
