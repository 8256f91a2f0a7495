"""The desk's templates → pages, with the desk's own words and filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import HTMLResponse

from web.desk.wording import say
from web.pages import ENVIRONMENT, path
from web.wording import Language, day

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def render(name: str, language: Language, code: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> HTMLResponse:
    """One of the desk's templates as a response. `seat` is who asks, or None."""
    seat = values.get("seat")
    request = values.get("request") or (seat.request if seat else None)
    helpers = {
        "say": partial(say, language),
        "to": partial(path, language),
        "desk": partial(path, language, "konsulent"),
        "written": partial(written, language),
        "moment": partial(moment, language),
        "share": partial(share, language),
        "seconds": partial(seconds, language),
        "decimal": partial(decimal, language),
        "switch": _switch(request, language) if request is not None and request.method in ("GET", "HEAD") else "",
    }
    page = ENVIRONMENT.get_template(f"desk/{name}").render(language=language, **{"done": _done(request), **helpers, **values})
    return HTMLResponse(page, code, dict(headers or {}))


def written(language: Language, when: date | datetime) -> str:
    """A day as people write it; a moment's day is Copenhagen's."""
    return day(language, when.astimezone(COPENHAGEN).date() if isinstance(when, datetime) else when)


def moment(language: Language, when: datetime) -> str:
    """A moment in Copenhagen, as people write it.

    >>> from datetime import UTC
    >>> moment("da", datetime(2027, 1, 8, 11, 30, tzinfo=UTC))
    '8. januar 2027 kl. 12.30'
    """
    local = when.astimezone(COPENHAGEN)
    return f"{day(language, local.date())} " + (f"kl. {local:%H.%M}" if language == "da" else f"{local:%H:%M}")


def share(language: Language, part: float | None, whole: float = 1) -> str:
    """A part of a whole, in per cent.

    >>> share("da", 1, 3), share("en", None)
    ('33 %', '–')
    """
    if part is None or not whole:
        return "–"
    return f"{100 * part / whole:.0f}" + (" %" if language == "da" else "%")


def seconds(language: Language, value: float) -> str:
    """Seconds, with two decimals.

    >>> seconds("da", 0.123)
    '0,12 s'
    """
    return f"{decimal(language, value, 2)} s"


def decimal(language: Language, value: float, places: int) -> str:
    """A number with so many decimals, as people write it.

    >>> decimal("da", 1.5, 3), decimal("en", 1.5, 2)
    ('1,500', '1.50')
    """
    return f"{value:.{places}f}".replace(".", "," if language == "da" else ".")


def _switch(request: Any, language: Language) -> str:
    """The same page in the other language."""
    query = {name: value for name, value in request.query_params.items() if name not in ("sprog", "gjort")} | ({"sprog": "en"} if language == "da" else {})
    return str(request.url.path) + ("?" + urlencode(query) if query else "")


def _done(request: Any) -> str:
    """What was just done, as the address tells (`gjort=`): one of the wording's own keys."""
    from web.desk.wording import WORDS

    key = request.query_params.get("gjort", "") if request is not None else ""
    return key if f"done.{key}" in WORDS else ""
