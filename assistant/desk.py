"""The consultants' desk as one thing: every store it works with, and the assistant as candidates meet it. Made once, where the web is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from assistant.approved import ApprovedAnswers
from assistant.auditing import Audit
from assistant.casebook import Casebook
from assistant.fronting import Fronted
from assistant.inbox import Inbox
from assistant.jobs import Jobs
from assistant.overview import Overviews
from assistant.publishing import Publishing
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.users import Users


@dataclass(frozen=True, slots=True)
class Desk:
    """`fronted` is what candidates reach; `assistant` is behind it, with every profile, the hidden ones too."""

    users: Users
    sessions: Sessions
    audit: Audit
    publishing: Publishing
    approved: ApprovedAnswers
    inbox: Inbox
    jobs: Jobs
    casebook: Casebook
    overviews: Overviews
    assistant: Any
    fronted: Fronted
    evaluations: Path

    @classmethod
    def over(cls, engine: Engine, assistant: Any, settings: Settings) -> Desk:
        """The desk over a migrated database."""
        publishing = Publishing(engine)
        approved = ApprovedAnswers(engine, lambda: assistant.library.encoder)
        fronted = Fronted(assistant, approved, publishing, settings.day)
        inbox = Inbox(engine, lambda: assistant.library.encoder)
        return cls(
            Users(engine),
            Sessions(engine),
            Audit(engine),
            publishing,
            approved,
            inbox,
            Jobs(engine),
            Casebook(engine),
            Overviews(engine, inbox.readings, alike=inbox.alike),
            assistant,
            fronted,
            settings.data / "evaluations",
        )

    def sweep(self) -> None:
        """What is over is removed: sessions, old lines of the log."""
        self.sessions.sweep()
        self.audit.sweep()
        self.inbox.forget()
        self.overviews.forget()
