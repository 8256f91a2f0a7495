"""The web room with a fake assistant that can be computed in the head: every route of the contract, and what must never happen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from starlette.testclient import TestClient

from assistant.answering import Assistant, Profile, QuestionError, UnknownProfile
from assistant.answers import Answer, Citation
from assistant.conversations import Conversations
from assistant.database import connect, migrate
from assistant.settings import Settings
from corpus.reading import read
from index import words
from index.library import Shard
from web import marking, wording
from web.app import create_app
from web.pages import HERE
from web.parts import Answering
from web.security import Guard

HTML = {"Accept": "text/html"}
TEXT = """---
title: Direktør for Børn & Unge
employer: Havnby Kommune
deadline: 2024-02-05
---
# Direktør for Børn & Unge

| Fakta | |
|---|---|
| Ansøgningsfrist | Mandag den 5. februar 2024 |
| Kontakt | Kommunaldirektør Else Holm, 40 22 87 18 |

## Opgaven

Direktøren leder 1.200 medarbejdere 🙂. Byrådet har besluttet en ny strategi <b>for hele</b> området.

1. Skabe ro
2. Skabe retning
   - sammen med lederne

| Runde | Dato | Sted |
|---|---|---|
| Første | 12. februar | Rådhuset |
| Anden | 20. februar | Rådhuset |
"""
OTHER = "---\ntitle: Skoleleder\nemployer: Havnby Kommune\ndeadline: 2024-01-01\n---\n# Skoleleder\n\nSkolen har 512 elever og 60 medarbejdere.\n"


@dataclass
class FakeLibrary:
    """The profiles it is given."""

    known: list[Profile]

    def profiles(self) -> list[Profile]:
        return self.known

    def profile(self, slug: str) -> Profile:
        return next((one for one in self.known if one.slug == slug), None) or self._missing(slug)

    def shard(self, slug: str) -> Shard:
        profile = self.profile(slug)
        return Shard(profile, words.build(profile), None, None)  # type: ignore[arg-type]

    def original(self, slug: str) -> Path | None:
        return None

    def _missing(self, slug: str) -> Profile:
        raise UnknownProfile(slug)


@dataclass
class FakeAssistant:
    """Answers with the first passage that holds the question's last word, cited; else it abstains. Remembers what it was asked."""

    library: FakeLibrary
    heard: list[tuple[str, str | None, tuple[str, ...]]] = field(default_factory=list)

    def ask(self, question: str, profile: str | None = None, earlier: Sequence[str] = (), conversation: str | None = None) -> Answer:
        self.heard.append((question, profile, tuple(earlier)))
        word = question.rstrip("?").split()[-1]
        if word == "bryd":
            raise RuntimeError(question)
        if word == "nægt":
            raise QuestionError("Nej.", "empty")
        about = self.library.profile(profile) if profile else self.library.profiles()[0]
        passage = next((one for one in about.passages if word in about.quote(one)), None)
        if passage is None:
            return Answer(question, about.slug, "da", "Det fremgår ikke af profilen.", True, 0.1)
        quote = about.quote(passage)
        return Answer(question, about.slug, "da", f"{quote} [1]", False, 0.9, (Citation(1, about.slug, "Fakta", None, quote, passage.start, passage.end),), ("Hvad er strategi?",))

    def stream(self, question: str, profile: str | None = None, earlier: Sequence[str] = (), conversation: str | None = None) -> Iterator[str | Answer]:
        answer = self.ask(question, profile, earlier)
        yield from re.findall(r"\S+\s*|\s+", answer.answer)
        yield answer

    def suggestions(self, profile: str | None, language: str = "da") -> tuple[str, ...]:
        return ("Hvornår er februar?",)


def settings(folder: Path, rate: int = 0, url: str | None = None) -> Settings:
    return Settings(folder, f"sqlite:///{folder / 'c.sqlite'}", None, "da", date(2024, 1, 20), 90, rate, url)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    (tmp_path / "direktoer.md").write_text(TEXT, encoding="utf-8")
    return read(tmp_path / "direktoer.md")


@pytest.fixture
def other(tmp_path: Path) -> Profile:
    (tmp_path / "skoleleder.md").write_text(OTHER, encoding="utf-8")
    return read(tmp_path / "skoleleder.md")


@pytest.fixture
def fake(profile: Profile, other: Profile) -> FakeAssistant:
    return FakeAssistant(FakeLibrary([profile, other]))


@pytest.fixture
def conversations(tmp_path: Path) -> Conversations:
    engine = connect(settings(tmp_path).database)
    migrate(engine)
    return Conversations(engine)


@pytest.fixture
def app(fake: FakeAssistant, conversations: Conversations, tmp_path: Path) -> FastAPI:
    return create_app(fake, conversations, settings(tmp_path))


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


def ask(client: TestClient, question: str = "Hvornår er februar?", **more: object) -> dict[str, object]:
    response = client.post("/api/ask", json={"question": question, "profile": "direktoer", **more})
    assert response.status_code == 200, response.text
    found: dict[str, object] = response.json()
    return found


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "lxml")


def events(body: str) -> list[tuple[str, dict[str, object]]]:
    parts = [part.split("\n") for part in body.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in parts]


# -- the contract's routes


def test_the_front_page_lists_the_positions_soonest_first_and_passed_ones_apart(client: TestClient) -> None:
    page = soup(client.get("/", headers=HTML).text)
    assert [link["href"] for link in page.select(".positions a")] == ["/p/direktoer", "/p/skoleleder"]
    assert page.select(".passed a")[0]["href"] == "/p/skoleleder"
    assert "Ansøgningsfrist 5. februar 2024 om 16 dage" in " ".join(page.get_text(" ", strip=True).split())


def test_with_one_profile_the_front_page_is_its_chat(fake: FakeAssistant, client: TestClient) -> None:
    fake.library.known = fake.library.known[:1]
    page = soup(client.get("/", headers=HTML).text)
    assert page.select_one("form#ask")["action"].startswith("/p/direktoer")  # type: ignore[index, union-attr]


def test_without_profiles_the_front_page_says_so_and_health_is_down(fake: FakeAssistant, client: TestClient) -> None:
    fake.library.known = []
    assert wording.say("da", "front.empty") in client.get("/", headers=HTML).text
    health = client.get("/health")
    assert health.status_code == 503 and health.json()["status"] == "down" and health.json()["reasons"]


def test_asking_gives_the_object_of_the_contract(client: TestClient, profile: Profile) -> None:
    found = ask(client)
    assert list(found) == ["question", "profile", "language", "answer", "abstained", "confidence", "citations", "suggestions", "writer", "notice", "seconds", "conversation_id"]
    citations: list[dict[str, Any]] = found["citations"]  # type: ignore[assignment]
    (citation,) = citations
    assert citation["quote"] == profile.text[citation["start"] : citation["end"]] == "Mandag den 5. februar 2024"
    assert re.fullmatch("[0-9a-f]{32}", str(found["conversation_id"]))


def test_the_stream_ends_in_the_text_that_is_stored(client: TestClient, conversations: Conversations) -> None:
    response = client.post("/api/ask/stream", json={"question": "Hvornår er februar?", "profile": "direktoer"})
    assert response.headers["content-type"].startswith("text/event-stream")
    *deltas, (last, answer) = events(response.text)
    assert {name for name, _ in deltas} == {"delta"} and last == "answer"
    assert "".join(str(data["text"]) for _, data in deltas) == answer["answer"]
    assert conversations.turns(str(answer["conversation_id"]))[0].answer.answer == answer["answer"]


def test_a_stream_that_breaks_ends_in_an_error(client: TestClient) -> None:
    response = client.post("/api/ask/stream", json={"question": "gå bryd", "profile": "direktoer"})
    assert [name for name, _ in events(response.text)] == ["error"]
    assert "hemmelig" not in response.text and "bryd" not in response.text


def test_profiles_text_and_health(client: TestClient, profile: Profile, other: Profile) -> None:
    first, second = client.get("/api/profiles").json()
    assert first == {"slug": "direktoer", "title": "Direktør for Børn & Unge", "employer": "Havnby Kommune", "deadline": "2024-02-05"}
    text = client.get("/api/profiles/direktoer/text")
    assert text.content.decode() == profile.text and text.headers["content-type"] == "text/plain; charset=utf-8"
    passages = len(profile.passages) + len(other.passages)
    assert client.get("/health").json() == {"status": "ok", "profiles": 2, "passages": passages, "reasons": []}


def test_the_documentation_needs_nothing_from_elsewhere(client: TestClient) -> None:
    paths = set(client.get("/openapi.json").json()["paths"])
    assert paths == {"/api/ask", "/api/ask/stream", "/api/profiles", "/api/profiles/{slug}/text", "/health"}
    page = client.get("/docs", headers=HTML).text
    assert all(path in page for path in paths) and "conversation_id" in page
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page) and "<script" not in page


# -- conversations


def test_a_follow_up_is_asked_with_what_came_before(client: TestClient, fake: FakeAssistant) -> None:
    first = ask(client)
    ask(client, "Og strategi?", conversation_id=first["conversation_id"])
    assert fake.heard[-1] == ("Og strategi?", "direktoer", ("Hvornår er februar?",))
    client.post("/api/ask", json={"question": "Og ro?", "conversation_id": first["conversation_id"]})
    assert fake.heard[-1][1] == "direktoer"


def test_a_conversation_is_about_one_profile(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": "Hvor mange elever?", "profile": "skoleleder", "conversation_id": ask(client)["conversation_id"]})
    assert (response.status_code, response.json()["error"]["code"]) == (409, "other_profile")


@pytest.mark.parametrize("conversation", ["0" * 32, "x", "../..", "-1", str(2**63), "%00", "1" * 150])
def test_an_unknown_conversation_is_not_found(client: TestClient, conversation: str) -> None:
    response = client.post("/api/ask", json={"question": "Hvad?", "profile": "direktoer", "conversation_id": conversation})
    assert (response.status_code, response.json()["error"]["code"]) == (404, "unknown_conversation")


def test_the_page_works_without_javascript(client: TestClient, profile: Profile) -> None:
    assert "set-cookie" not in client.get("/p/direktoer", headers=HTML).headers
    response = client.post("/p/direktoer", data={"question": "Hvornår er februar?"}, headers=HTML)
    (article,) = soup(response.text).select("article[data-answer]")
    assert response.text.count("data-answer") == 1
    assert "Mandag den 5. februar 2024" in article.get_text()
    opened = client.get(str(article.select_one("a.chip")["href"]), headers=HTML)  # type: ignore[index]
    marks = soup(opened.text).select("mark")
    assert "".join(mark.get_text() for mark in marks) == "Mandag den 5. februar 2024" and marks[0]["id"] == "kilde"
    again = client.post("/p/direktoer", data={"question": "Hvad er strategi?"}, headers=HTML)
    assert len(soup(again.text).select("article[data-answer]")) == 2
    assert len(soup(client.get("/p/direktoer", headers=HTML).text).select("article[data-answer]")) == 2
    assert len(soup(client.get("/p/skoleleder", headers=HTML).text).select("article[data-answer]")) == 0


def test_the_suggestions_are_buttons_that_ask(client: TestClient) -> None:
    buttons = soup(client.get("/p/direktoer", headers=HTML).text).select("#suggestions button[name=question]")
    assert [button["value"] for button in buttons] == ["Hvornår er februar?"]


def test_the_cookie_is_private_and_comes_with_the_first_question(client: TestClient) -> None:
    cookie = client.post("/p/direktoer", data={"question": "Hvornår er februar?"}, headers=HTML).headers["set-cookie"]
    assert "HttpOnly" in cookie and "samesite=lax" in cookie.lower() and "Secure" not in cookie and "Max-Age=7776000" in cookie
    assert "set-cookie" not in client.post("/p/direktoer", data={"question": "Hvad er ro?"}, headers=HTML).headers


def test_the_cookie_is_secure_where_the_address_is(fake: FakeAssistant, conversations: Conversations, tmp_path: Path) -> None:
    for client in (
        TestClient(create_app(fake, conversations, settings(tmp_path)), base_url="https://testserver"),
        TestClient(create_app(fake, conversations, settings(tmp_path, url="https://job.example"))),
    ):
        assert "Secure" in client.post("/api/ask", json={"question": "Hvad er ro?", "profile": "direktoer"}).headers["set-cookie"]


def test_an_answer_from_the_interface_is_on_its_owners_page_only(app: FastAPI, client: TestClient) -> None:
    found = ask(client)
    assert len(soup(client.get("/p/direktoer", headers=HTML).text).select("article")) == 1
    stranger = TestClient(app)
    assert "data-answer" not in stranger.get("/p/direktoer", headers=HTML).text
    stranger.cookies.set("samtale-direktoer", f"{found['conversation_id']}.guess")
    page = stranger.get("/p/direktoer", headers=HTML).text
    assert str(found["conversation_id"]) not in page and not soup(page).select("ol.turns > li")


def test_an_owner_can_delete_and_nobody_else(app: FastAPI, client: TestClient, conversations: Conversations) -> None:
    found = ask(client)
    button = soup(client.get("/p/direktoer", headers=HTML).text).select_one("#slet")
    assert button is not None
    token = str(button.select_one("input[name=token]")["value"])  # type: ignore[index]
    assert TestClient(app).post("/p/direktoer/slet", data={"token": token}).status_code == 404
    assert client.post("/p/direktoer/slet", data={"token": "x"}).status_code == 403
    assert client.post("/p/direktoer/slet", data={"token": token}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert conversations.get(str(found["conversation_id"]))
    done = client.post(str(button["action"]), data={"token": token}, headers=HTML, follow_redirects=False)
    assert done.status_code == 303 and conversations.count() == 0
    assert wording.say("da", "chat.deleted") in client.get(done.headers["location"], headers=HTML).text
    assert client.post("/api/ask", json={"question": "Hvad?", "conversation_id": found["conversation_id"]}).status_code == 404


def test_what_has_expired_is_erased_when_the_service_starts(fake: FakeAssistant, tmp_path: Path) -> None:
    engine = connect(settings(tmp_path).database)
    migrate(engine)
    old = Conversations(engine, lambda: datetime.now(UTC) - timedelta(days=91))
    old.start("direktoer")
    with TestClient(create_app(fake, Conversations(engine), settings(tmp_path))) as client:
        for _ in range(100):
            if not old.count():
                break
            client.get("/health")
    assert old.count() == 0


# -- what is refused


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"question": ""}', 422, "empty"),
        ('{"question": " \u00a0\u200b\ufeff"}'.encode(), 422, "empty"),
        (json.dumps({"question": "x" * 2001}).encode(), 422, "too_long"),
        (b'{"question": "\\ud800"}', 422, "characters"),
        (b'{"question": "a\\u0000b"}', 422, "characters"),
        (b'{"question": "a\\u001bb"}', 422, "characters"),
        (b'{"question": NaN}', 422, "invalid"),
        (b'{"question": "a", "n": Infinity}', 422, "invalid"),
        (b'{"question": 1}', 422, "invalid"),
        (b'{"question": null}', 422, "invalid"),
        (b'{"question": "a", "question": "b"}', 422, "invalid"),
        (b'{"question": "a", "other": 1}', 422, "invalid"),
        (b'{"question": "a", "profile": "\\ud800"}', 422, "invalid"),
        (b'{"question": "a", "profile": "b\\u0000"}', 422, "invalid"),
        (b'{"question": "a", "profile": ["b"]}', 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b'{"question": "a"} x', 400, "bad_json"),
        (b'{"question": "\xff"}', 400, "bad_json"),
        (b"[" * 60_000, 400, "bad_json"),
        (b'{"question": ' + b"9" * 5000 + b"}", 400, "bad_json"),
        (b'{"question": "' + b"x" * 70_000 + b'"}', 413, "too_large"),
    ],
)
@pytest.mark.parametrize("path", ["/api/ask", "/api/ask/stream"])
def test_a_body_that_cannot_be_asked(client: TestClient, conversations: Conversations, path: str, body: bytes, status: int, code: str) -> None:
    response = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert set(response.json()) == {"error"} and set(response.json()["error"]) == {"code", "message"}
    assert len(response.content) < 300 and conversations.count() == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-7", "application/problem+json", ""])
def test_only_json_is_json(client: TestClient, kind: str) -> None:
    response = client.post("/api/ask", content=b'{"question": "a"}', headers={"Content-Type": kind})
    assert (response.status_code, response.json()["error"]["code"]) == (415, "content_type")


def test_a_body_without_a_length_is_counted_too(client: TestClient) -> None:
    response = client.post("/api/ask", content=(b"x" * 1000 for _ in range(1000)), headers={"Content-Type": "application/json"})
    assert response.status_code == 413


def test_a_body_that_never_ends_is_given_up(app: FastAPI) -> None:
    import asyncio

    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        await asyncio.sleep(60)
        return {}

    async def send(message: object) -> None:
        sent.append(message)  # type: ignore[arg-type]

    scope = {"type": "http", "method": "POST", "path": "/api/ask", "headers": [], "query_string": b"", "http_version": "1.1", "scheme": "http", "server": ("a", 1)}
    asyncio.run(Guard(app, seconds=0.01)(scope, receive, send))
    assert sent[0]["status"] == 408


@pytest.mark.parametrize(("fields", "status"), [({"question": "  "}, 422), ({"question": "x" * 2001}, 422), ({"other": "x"}, 422), ({"question": "\x00"}, 422), ({"question": "y" * 70_000}, 413)])
def test_a_form_that_cannot_be_asked(client: TestClient, conversations: Conversations, fields: dict[str, str], status: int) -> None:
    response = client.post("/p/direktoer", data=fields, headers=HTML)
    assert response.status_code == status and "xxx" not in response.text and "yyy" not in response.text
    assert conversations.count() == 0 and "set-cookie" not in response.headers
    assert client.post("/p/direktoer", data=fields).json()["error"]["message"]


def test_a_refused_question_is_told_beside_its_field(client: TestClient) -> None:
    page = soup(client.post("/p/direktoer", data={"question": " "}, headers=HTML).text)
    alert = page.select_one("[role=alert]")
    assert alert is not None and alert.get_text() == "Skriv et spørgsmål." and page.select_one("textarea")["aria-describedby"] == alert["id"]  # type: ignore[index]


def test_a_form_takes_only_a_form(client: TestClient) -> None:
    assert client.post("/p/direktoer", json={"question": "a"}).status_code == 415
    assert client.post("/p/direktoer", files={"question": b"a"}).status_code == 415
    assert client.post("/p/direktoer", content=b"question=%ff", headers={"Content-Type": "application/x-www-form-urlencoded"}).status_code == 422


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "https://job.example"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_form_comes_from_our_own_page(fake: FakeAssistant, conversations: Conversations, tmp_path: Path, headers: dict[str, str], status: int) -> None:
    client = TestClient(create_app(fake, conversations, settings(tmp_path, url="https://job.example/")))
    assert client.post("/p/direktoer", data={"question": "Hvad er ro?"}, headers={**HTML, **headers}).status_code == status


@pytest.mark.parametrize(
    "path", ["/p/findes-ikke", "/nej", "/p/..%2f..%2fetc", "/p/%00", "/p/" + "x" * 9000, "/api/profiles/nej/text", "/api/nej", "/static/../app.py", "/static/%2e%2e/app.py", "/p/direktoer/", "/redoc"]
)
def test_what_is_not_there(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404 and set(response.json()["error"]) == {"code", "message"}
    page = client.get(path, headers=HTML)
    assert page.status_code == 404 and "xxx" not in page.text


def test_errors_speak_the_visitors_language(client: TestClient) -> None:
    assert client.get("/p/nej").json()["error"]["message"] == wording.say("da", "error.unknown_profile")
    assert client.get("/p/nej", headers={"Accept-Language": "en-GB,en;q=0.9,da;q=0.5"}).json()["error"]["message"] == wording.say("en", "error.unknown_profile")
    danish = client.get("/p/nej", headers={**HTML, "Accept-Language": "de,da;q=0.8"})
    assert danish.headers["content-type"].startswith("text/html") and '<html lang="da">' in danish.text and wording.say("da", "error.unknown_profile") in danish.text
    assert '<html lang="en">' in client.get("/p/nej", headers={**HTML, "Accept-Language": "en"}).text


def test_a_wrong_method_says_which(client: TestClient) -> None:
    response = client.get("/api/ask")
    assert (response.status_code, response.json()["error"]["code"], response.headers["allow"]) == (405, "method", "POST")


@pytest.mark.parametrize("path", ["/api/ask", "/p/direktoer"])
def test_what_breaks_is_told_without_what_was_typed(client: TestClient, caplog: pytest.LogCaptureFixture, path: str) -> None:
    body = {"question": "min hemmelighed bryd", "profile": "direktoer"}
    response = client.post(path, json=body) if path == "/api/ask" else client.post(path, data=body)
    assert (response.status_code, response.json()["error"]["code"]) == (500, "internal")
    assert "hemmelig" not in response.text + caplog.text and "RuntimeError" in caplog.text and "RuntimeError" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_the_assistants_own_refusal_is_a_422(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": "nægt", "profile": "direktoer"})
    assert (response.status_code, response.json()["error"]["code"]) == (422, "empty")


def test_a_database_that_fails_is_503_in_our_words(fake: FakeAssistant, tmp_path: Path) -> None:
    client = TestClient(create_app(fake, Conversations(connect(f"sqlite:///{tmp_path / 'unmigrated.sqlite'}")), settings(tmp_path)))
    response = client.post("/api/ask", json={"question": "Hvad?", "profile": "direktoer"})
    assert (response.status_code, response.json()["error"]["code"]) == (503, "unavailable")
    assert client.get("/health").status_code == 503


def test_too_many_questions(fake: FakeAssistant, conversations: Conversations, tmp_path: Path) -> None:
    client = TestClient(create_app(fake, conversations, settings(tmp_path, rate=2)))
    statuses = [client.post("/api/ask", json={"question": "Hvad er ro?", "profile": "direktoer"}).status_code for _ in range(6)]
    assert statuses == [200, 200, 200, 200, 429, 429]
    refused = client.post("/p/direktoer", data={"question": "Hvad er ro?"}, headers=HTML)
    assert refused.status_code == 429 and 1 <= int(refused.headers["retry-after"]) <= 30


def test_two_workers_on_one_database_count_together(fake: FakeAssistant, conversations: Conversations, tmp_path: Path) -> None:
    workers = [TestClient(create_app(fake, Conversations(connect(conversations.engine.url.render_as_string(False))), settings(tmp_path, rate=2))) for _ in range(2)]
    ask = [workers[n % 2].post("/api/ask", json={"question": "Hvad er ro?", "profile": "direktoer"}) for n in range(6)]
    assert [response.status_code for response in ask] == [200, 200, 200, 200, 429, 429]


# -- what is shown


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "[x](javascript:alert(1))", "{{ 7*7 }}", "'; DROP TABLE turns;--", "🙂", "42", "?!", "a"])
def test_what_is_typed_is_shown_as_text(client: TestClient, conversations: Conversations, typed: str) -> None:
    page = soup(client.post("/p/direktoer", data={"question": typed}, headers=HTML).text)
    question = page.select_one(".question")
    assert question is not None and typed in question.get_text()
    assert page.select("script:not([src]), img, a[href^='javascript:']") == []
    assert conversations.count() == 1


def test_what_cannot_be_seen_is_left_out(client: TestClient, fake: FakeAssistant) -> None:
    ask(client, "a\u202eb\U000e0041c" + "\u0301" * 1000)
    assert fake.heard[-1][0] == "abć\u0301\u0301"


def test_a_cpr_number_is_never_stored(client: TestClient, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    page = client.post("/p/direktoer", data={"question": "Jeg er 251248-9996, hvornår er februar?"}, headers=HTML)
    assert "[CPR-nummer]" in page.text and "9996" not in page.text + caplog.text
    assert all(b"9996" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", ["/", "/p/direktoer", "/p/nej", "/api/profiles", "/health", "/docs", "/openapi.json", "/static/chat.js"])
def test_every_response_is_guarded(client: TestClient, path: str) -> None:
    headers = client.get(path, headers=HTML).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "img-src 'self' data:" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] and "server" not in headers
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


def test_the_first_page_is_small_and_all_ours(client: TestClient) -> None:
    page = client.get("/p/direktoer", headers=HTML)
    found = soup(page.text)
    linked = [str(tag.get("src") or tag.get("href")) for tag in found.select("script[src], link[href], img")]
    assert len(linked) + 1 <= 5 and all(address.startswith("/static/") for address in linked)
    parts = [client.get(address) for address in linked]
    assert all("immutable" in part.headers["cache-control"] for part in parts)
    assert len(page.content) + sum(len(part.content) for part in parts) < 60_000
    assert found.select("[style], style, [onclick]") == []


def test_the_page_begins_by_saying_that_it_is_a_machine(client: TestClient, profile: Profile) -> None:
    notice = soup(client.get("/p/direktoer", headers=HTML).text).select_one("#samtale .notice")
    assert notice is not None and notice.get_text().startswith(wording.say("da", "chat.machine"))
    span = marking.contact(profile)
    assert span is not None and profile.text[slice(*span)] == "Kommunaldirektør Else Holm, 40 22 87 18"


def test_the_page_in_english(client: TestClient) -> None:
    page = client.get("/p/direktoer?sprog=en", headers=HTML).text
    assert '<html lang="en">' in page and "A machine answers here" in page and 'action="/p/direktoer?sprog=en#svar-1"' in page


# -- the profile beside the chat


def test_every_word_of_the_profile_is_shown_in_order(client: TestClient, profile: Profile) -> None:
    shown = soup(client.get("/p/direktoer", headers=HTML).text).select_one("#text")
    assert shown is not None
    assert shown.get_text(" ").split() == re.sub(r"^\s*- ", "", profile.text, flags=re.MULTILINE).split()
    for element in shown.select("[data-at]"):
        at = int(str(element["data-at"]))
        assert profile.text[at : at + len(element.get_text())] == element.get_text()


@examples(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_marks_are_exactly_the_span(client: TestClient, profile: Profile, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(profile.text) - 1))
    end = data.draw(st.integers(start + 1, len(profile.text)))
    cells = [cell for block in profile.blocks for cell in (block.cells or ((block.start, block.end),)) if max(start, cell[0]) < min(end, cell[1])]
    page = soup(client.get(f"/p/direktoer?start={start}&end={end}", headers=HTML).text)
    marks = page.select("#text mark")
    assert len(marks) == len(cells) and len(page.select("#kilde")) == bool(cells)
    if cells:
        assert "".join(mark.get_text() for mark in marks) == profile.text[max(start, cells[0][0]) : end]


def test_every_passage_can_be_marked_whole(client: TestClient, profile: Profile) -> None:
    for passage in profile.passages:
        page = soup(client.get(f"/p/direktoer?start={passage.start}&end={passage.end}", headers=HTML).text)
        assert "".join(mark.get_text() for mark in page.select("mark")) == profile.quote(passage)


@pytest.mark.parametrize("query", ["start=5&end=5", "start=9&end=3", "start=-1&end=4", "start=a&end=b", "start=0&end=99999999", f"start=0&end={2**63}", "start=0", "start=١&end=٢"])
def test_a_place_that_is_not_there_is_told(client: TestClient, query: str) -> None:
    page = client.get(f"/p/direktoer?{query}", headers=HTML)
    assert page.status_code == 200 and wording.say("da", "profile.gone") in page.text and "<mark" not in page.text


# -- the parts


def test_the_real_assistant_is_what_the_web_asks_for() -> None:
    def conforms(real: Assistant) -> Answering:  # mypy checks the signatures
        return real

    assert conforms is not None
    assert {"ask", "stream", "suggestions"} <= set(dir(Assistant))


@pytest.mark.parametrize("said", ["da", "en"])
def test_the_page_about_us_says_who_is_told_as_the_chat_does(fake: FakeAssistant, conversations: Conversations, tmp_path: Path, said: str) -> None:
    def shown(model: str | None, url: str | None = None) -> str:
        chosen = replace(settings(tmp_path), model=model, model_url=url)
        return soup(TestClient(create_app(fake, conversations, chosen)).get(f"/om?sprog={said}", headers=HTML).text).get_text()

    def sentence(key: str, where: str = "") -> str:
        return wording.say(said, f"about.{key}.text", where=where)  # type: ignore[arg-type]

    plain, near, far = shown(None), shown("openai:x", "http://127.0.0.1:8080/v1"), shown("openai:x", "https://eu.example/v1")
    assert sentence("machine") in plain and sentence("seen") in plain
    assert sentence("machine.model") in near and sentence("machine") not in near and sentence("seen") in near
    assert sentence("machine.model") in far and sentence("seen.outside", "eu.example") in far and sentence("seen") not in far


# -- the words


def test_both_languages_say_everything_and_templates_say_only_that() -> None:
    danish, english = wording.TEXTS["da"], wording.TEXTS["en"]
    assert danish.keys() == english.keys()
    for key in danish:
        assert set(re.findall(r"{(\w+)}", danish[key])) == set(re.findall(r"{(\w+)}", english[key])), key
    said = {key for path in (HERE / "templates").glob("*.html") for key in re.findall(r"say\(['\"]([\w.]+)['\"]", path.read_text(encoding="utf-8"))}
    assert said and all(key in danish or (key.endswith(".") and any(one.startswith(key) for one in danish)) for key in said)


def test_the_script_writes_text_only() -> None:
    script = (HERE / "static" / "chat.js").read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://", script)
