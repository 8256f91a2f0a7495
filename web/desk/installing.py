"""The desk, put into the application: its pages, its errors, its sweeping."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import Response

from assistant.buckets import Buckets
from assistant.desk import Desk
from web.desk import administration, answers, drafts, evaluation, inbox, login, overview, profiles
from web.desk.access import refused
from web.desk.failing import DeskError


def install(app: FastAPI, desk: Desk) -> None:
    """Adds the desk's routes to the application; `app.state.desk` is the desk."""
    app.state.desk, app.state.desk_tries = desk, Buckets(desk.users.engine, login.TRIES_A_MINUTE, "logins")
    for module in (login, inbox, answers, drafts, profiles, overview, evaluation, administration):
        app.include_router(module.router)
    app.include_router(login.public)

    async def handle(request: Request, error: Exception) -> Response:
        assert isinstance(error, DeskError)
        return refused(request, error)

    app.add_exception_handler(DeskError, handle)
