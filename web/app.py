"""The web application, made from its parts: `create_app(assistant, conversations, settings)`.

Left to others: the pages (`chat`), the interface for programs (`api`), what every request passes (`security`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib import metadata

from fastapi import Depends, FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from assistant.buckets import Buckets
from assistant.conversations import ConversationError, Conversations
from assistant.desk import Desk
from assistant.factcard import Cards
from assistant.settings import Settings
from web import api, chat, conversing, errors, front, observing
from web.describing import described
from web.desk import installing
from web.desk.access import allowance
from web.observing import Numbers, Observed
from web.pages import STATIC, render
from web.parts import Answering, Parts
from web.security import Guard, door

HOUR = 3600.0
log = logging.getLogger("profilassistenten.web")


class Statics(StaticFiles):
    """Our own files. An address with a fingerprint may be kept for good, any other is asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, told how long it keeps."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if scope["query_string"].startswith(b"v=") else "no-cache"
        return response


def create_app(assistant: Answering, conversations: Conversations, settings: Settings) -> FastAPI:
    """The application for these parts; its database is migrated already. Conversations expire while it runs."""
    app = FastAPI(title="Profilassistenten", version=_version(), docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=_lifespan, dependencies=[Depends(door)])
    desk = Desk.over(conversations.engine, assistant, settings)
    app.state.parts = Parts(desk.fronted, conversations, settings, Buckets(conversations.engine, settings.rate), Cards())
    for router in (front.router, chat.router, conversing.router, observing.router):
        app.include_router(router)
    app.include_router(api.router)
    installing.install(app, desk)
    app.add_api_route("/docs", _docs, include_in_schema=False)
    app.mount("/static", Statics(directory=STATIC), name="static")
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(Guard, allow=lambda scope, most: allowance(scope, most, app))
    app.state.numbers = Numbers()
    app.add_middleware(Observed, numbers=app.state.numbers)
    errors.install(app)
    return app


def _docs(request: Request) -> Response:
    """A readable page of the OpenAPI document, from our own templates alone."""
    return render("docs.html", errors.language(request), document=described(request.app.openapi()), request=request)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Erases what has expired, at the start and every hour."""
    parts: Parts = app.state.parts
    sweeping = asyncio.create_task(_sweep(parts, app.state.desk))
    yield
    sweeping.cancel()


async def _sweep(parts: Parts, desk: Desk) -> None:
    while True:
        try:
            gone = await run_in_threadpool(parts.conversations.expire, datetime.now(UTC) - timedelta(days=parts.settings.retention_days))
            log.info("expired conversations erased: %d", gone)
            await run_in_threadpool(parts.buckets.sweep)
            await run_in_threadpool(desk.sweep)
        except ConversationError as error:
            log.error("conversations could not be expired: %s", type(error.__cause__).__name__)
        await asyncio.sleep(HOUR)


def _version() -> str:
    try:
        return metadata.version("profilassistenten")
    except metadata.PackageNotFoundError:
        return "0"
