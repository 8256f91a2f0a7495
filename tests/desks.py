"""What the tests of the desk share: a desk in a folder of its own, over real profiles, and people who sit there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from databases import address
from fastapi import FastAPI
from starlette.testclient import TestClient

from assistant import opening
from assistant.conversations import Conversations
from assistant.desk import Desk
from assistant.settings import Settings
from assistant.users import Users
from index.library import Encoder, Library
from web.app import create_app

PASSWORD = "fire glade ord her"
HTML = {"Accept": "text/html"}
FORM = {**HTML, "Origin": "http://testserver"}
QUICK = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
JOB = """---
title: {title}
employer: {employer}
slug: {slug}
---
# {title}

| Fakta | |
|---|---|
| Ansøgningsfrist | Mandag den 1. marts 2027 kl. 12.00 |
| Flere oplysninger | Skolechef Ida Holm, tlf. 20 30 40 50 |

## Opgaverne

Skolelederen har ansvaret for {pupils} elever og 58 medarbejdere.

## Processen

Første samtale er tirsdag den 9. marts 2027. Anden samtale er torsdag den 18. marts 2027.
"""


@dataclass
class Room:
    """A desk with its application, and what a test may turn."""

    app: FastAPI
    desk: Desk
    conversations: Conversations
    library: Library
    settings: Settings

    def client(self) -> TestClient:
        return TestClient(self.app, follow_redirects=False)

    def seated(self, name: str = "Lis Kvist") -> Person:
        """Somebody who has logged in."""
        person = Person(self.client(), name)
        response = person.client.post("/konsulent/log-ind", data={"navn": name, "kode": PASSWORD}, headers=FORM)
        assert response.status_code == 303, response.text
        return person

    def asked(self, question: str, slug: str = "skole-a") -> str:
        """A candidate asks; the conversation's id."""
        response = self.client().post("/api/ask", json={"question": question, "profile": slug})
        assert response.status_code == 200, response.text
        return str(response.json()["conversation_id"])

    def answer(self, question: str, slug: str = "skole-a") -> dict[str, Any]:
        """What a candidate who asks gets."""
        found: dict[str, Any] = self.client().post("/api/ask", json={"question": question, "profile": slug}).json()
        return found


@dataclass
class Person:
    """A browser at the desk."""

    client: TestClient
    name: str
    token: str = ""

    def get(self, path: str, code: int = 200) -> str:
        response = self.client.get(path, headers=HTML)
        assert response.status_code == code, (path, response.status_code, response.text[:500])
        if found := re.search(r'name="token" value="([^"]+)"', response.text):
            self.token = found[1]
        return response.text

    def post(self, path: str, code: int = 303, **fields: Any) -> Any:
        if not self.token:
            self.get("/konsulent/konto")
        response = self.client.post(path, data={"token": self.token, **fields}, headers=FORM)
        assert response.status_code == code, (path, response.status_code, response.text[:800])
        return response


def stocked(folder: Path, encoder: Encoder) -> Library:
    """Two schools that differ in little."""
    library = Library(folder / "index", encoder)
    for slug, title, employer, pupils in (("skole-a", "Skoleleder til Aaskolen", "Aaby Kommune", 412), ("skole-b", "Skoleleder til Bækskolen", "Bækby Kommune", 288)):
        path = folder / f"{slug}.md"
        path.write_text(JOB.format(slug=slug, title=title, employer=employer, pupils=pupils), encoding="utf-8")
        library.add(path)
        path.unlink()
    return library


def room(plain: Settings, library: Library, folder: Path, database: str | None = None) -> Room:
    """A desk over a library, with Lis (administrator) and Per (consultant)."""
    settings = replace(plain, data=folder, database=database or address(folder), rate=0)
    conversations = opening.conversations(settings)
    app = create_app(opening.assistant(settings, library), conversations, settings)
    users = Users(conversations.engine, hasher=QUICK)
    for name in ("Lis Kvist", "Per Dahl"):
        users.add(name, PASSWORD)
    return Room(app, app.state.desk, conversations, library, settings)
