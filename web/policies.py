"""Who may do what: every route of ours with its policy, in one table. What is not in it is nobody's.

`anyone`: no login · `visitor`: anyone, but what is personal needs the conversation's own key · `consultant`: a login · `administrator`: a
login with that role · `operator`: a program on this machine. Two doors read this table for every request, `web.security.door` and, for what needs a
login, `web.desk.access`; a test compares it with the routes there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

Policy = Literal["anyone", "visitor", "consultant", "administrator", "operator"]
Route = tuple[str, str]

_ANYONE = """GET / | GET /om | GET /widget.js | GET /health | GET /openapi.json | GET /docs | GET /api/profiles | GET /api/profiles/{slug}/text | GET /static
GET /p/{slug}/original.pdf | GET /p/{slug}/original.docx | GET /p/{slug}/kalender.ics | GET /widget/{slug}/kalender.ics | GET /konsulent/log-ind | POST /konsulent/log-ind"""
_VISITOR = """GET /p/{slug} | POST /p/{slug} | GET /widget/{slug} | POST /widget/{slug} | POST /p/{slug}/svar | POST /widget/{slug}/svar | POST /api/ask | POST /api/ask/stream
POST /p/{slug}/bedoem | POST /widget/{slug}/bedoem | POST /p/{slug}/send | POST /widget/{slug}/send | POST /p/{slug}/eksport | POST /widget/{slug}/eksport | POST /p/{slug}/slet | POST /widget/{slug}/slet"""
_CONSULTANT = """GET /konsulent | POST /konsulent/log-ud | GET /konsulent/konto | POST /konsulent/konto
GET /konsulent/indbakke | GET /konsulent/indbakke/{turn} | POST /konsulent/indbakke/{turn}/besvar | POST /konsulent/indbakke/{turn}/luk | POST /konsulent/indbakke/{turn}/testsag
GET /konsulent/svar | POST /konsulent/svar | GET /konsulent/svar/nyt | GET /konsulent/svar/{number} | POST /konsulent/svar/{number} | POST /konsulent/svar/{number}/tilbage
GET /konsulent/kladde | POST /konsulent/kladde
GET /konsulent/profiler | POST /konsulent/profiler | GET /konsulent/profiler/{slug} | POST /konsulent/profiler/{slug} | POST /konsulent/profiler/{slug}/erstat
GET /konsulent/profiler/{slug}/huller | POST /konsulent/profiler/{slug}/huller | GET /konsulent/opgaver/{job} | GET /konsulent/opgaver/{job}.json
GET /konsulent/overblik | GET /konsulent/overblik.csv
GET /konsulent/evaluering | POST /konsulent/evaluering | GET /konsulent/evaluering/koersel/{name} | GET /konsulent/evaluering/sager.jsonl
GET /konsulent/evaluering/sager/{number} | POST /konsulent/evaluering/sager/{number} | POST /konsulent/evaluering/sager/{number}/godkend | POST /konsulent/evaluering/sager/{number}/slet"""
_ADMINISTRATOR = "GET /konsulent/brugere | POST /konsulent/brugere | POST /konsulent/brugere/{number} | GET /konsulent/log"

_OPERATOR = "GET /metrics"


def _table(text: str, policy: Policy) -> dict[Route, Policy]:
    found: dict[Route, Policy] = {}
    for one in text.replace("\n", "|").split("|"):
        method, path = one.split()
        found[method, path] = policy
    return found


POLICIES: dict[Route, Policy] = {
    **_table(_ANYONE, "anyone"),
    **_table(_VISITOR, "visitor"),
    **_table(_CONSULTANT, "consultant"),
    **_table(_ADMINISTRATOR, "administrator"),
    **_table(_OPERATOR, "operator"),
}


def policy_of(method: str, path: str) -> Policy | None:
    """The policy of a route by its method and its path as it is declared; None when it has none. HEAD is a GET."""
    return POLICIES.get(("GET" if method == "HEAD" else method, path))


def routes_of(routes: Sequence[Any], prefix: str = "") -> Iterator[Route]:
    """Every route of an application, (method, path), those of included routers too; a mounted folder counts as GET."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner.routes, prefix + route.include_context.prefix)
        elif getattr(route, "methods", None):
            yield from ((method, prefix + route.path) for method in sorted(set(route.methods) - {"HEAD"}))
        else:
            yield "GET", prefix + route.path
