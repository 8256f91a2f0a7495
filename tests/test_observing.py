"""What the operator sees, what is limited, and that neither says anything of a candidate."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.responses import Response
from starlette.testclient import TestClient
from test_web import FakeAssistant, FakeLibrary, settings

from assistant.conversations import Conversations
from assistant.database import connect, migrate
from corpus.profiles import Profile
from corpus.reading import read
from web import observing
from web.app import create_app
from web.errors import WebError
from web.observing import Lines, Written
from web.policies import POLICIES
from web.security import Guard, door
from web.streaming import Streams, streamed

HERE = ("127.0.0.1", 5000)


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    path = tmp_path_factory.mktemp("profile") / "direktoer.md"
    path.write_text("# Direktør\n\nSamtalerne er i februar.\n", encoding="utf-8")
    return read(path)


@pytest.fixture
def app(profile: Profile, tmp_path: Path) -> FastAPI:
    return made(profile, tmp_path)


def made(profile: Profile, folder: Path, rate: int = 0, **more: object) -> FastAPI:
    engine = connect(settings(folder).database)
    migrate(engine)
    return create_app(FakeAssistant(FakeLibrary([profile])), Conversations(engine), replace(settings(folder, rate), **more))  # type: ignore[arg-type]


def asked(client: TestClient, question: str = "Hvornår er februar?", **more: str) -> Response:
    return client.post("/api/ask?hemmeligt=1", json={"question": question, **more})  # type: ignore[return-value]


# -- the log


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the log says of ours, a line of JSON each."""
    stream, logger = io.StringIO(), logging.getLogger("profilassistenten")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines())
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_a_request_is_one_line_without_what_was_asked_or_by_whom(app: FastAPI, lines: io.StringIO) -> None:
    client = TestClient(app, client=("203.0.113.7", 1))
    one = asked(client, "Hemmeligt: jeg hedder Ane, februar?")
    client.get("/p/direktoer/svar?q=hemmeligt", headers={"User-Agent": "hemmelig"})
    client.request("HEMMELIG", "/p/hemmelig")
    found = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in found if line["message"] == "request"] == [("POST", "/api/ask", 200), ("GET", "/p/{slug}/svar", 405), ("other", "/p/{slug}", 405)]
    assert found[0]["request"] == one.headers["x-request-id"] and re.fullmatch("[0-9a-f]{16}", found[0]["request"])
    assert not re.search("emmelig|Ane|203.0|februar", lines.getvalue())


def test_a_fault_is_logged_by_kind_and_place_with_its_request(app: FastAPI, lines: io.StringIO) -> None:
    answer = asked(TestClient(app), "min hemmelighed bryd")
    first = json.loads(lines.getvalue().splitlines()[0])
    assert answer.status_code == 500 and first["level"] == "error" and "RuntimeError" in first["message"]
    assert first["request"] == answer.headers["x-request-id"] and "hemmelig" not in lines.getvalue()


def test_no_control_character_and_no_errors_own_words_get_into_the_log() -> None:
    own_words = "hemmeligt spørgsmål"
    try:
        raise ValueError(own_words)
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "a\r\nb\x1b[2J\x85\u2028%s", ("æ",), (ValueError, error, error.__traceback__))
    line = Lines().format(record)
    assert line.isascii() and line.isprintable() and json.loads(line)["message"].endswith("æ")
    assert "hemmeligt" not in line and json.loads(line)["error"] == "ValueError" and "test_observing" in json.loads(line)["where"]


def test_a_log_that_nobody_reads_holds_nobody_up() -> None:
    read_on, written = threading.Event(), threading.Event()

    class Stuck(io.StringIO):
        def write(self, line: str) -> int:
            read_on.wait(30)
            count = super().write(line)
            written.set()
            return count

    stream = Stuck()
    handler = Written(stream, most=100)
    for number in range(5000):
        handler.emit(logging.LogRecord("x", logging.INFO, "f", 1, "%d", (number,), None))
    assert not written.is_set()
    read_on.set()
    assert written.wait(30) and json.loads(stream.getvalue().splitlines()[0])["message"] == "0"


def test_at_a_terminal_only_warnings_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    root, ours = logging.getLogger(), logging.getLogger("profilassistenten")
    before = root.handlers[:], root.level, ours.level
    try:
        for terminal, said in ((True, logging.WARNING), (False, logging.INFO)):
            stream = io.StringIO()
            monkeypatch.setattr(stream, "isatty", lambda terminal=terminal: terminal)
            observing.configure(stream)
            assert ours.level == said and root.level == logging.WARNING
    finally:
        root.handlers[:], ours.level = before[0], before[2]
        root.setLevel(before[1])


# -- the numbers


def test_metrics_are_for_this_machine_and_name_routes_not_requests(app: FastAPI) -> None:
    asked(TestClient(app), "Hvornår er februar?")
    TestClient(app).get("/p/hemmelig-profil")
    TestClient(app).get("/hemmelig/.git")
    TestClient(app).request("HEMMELIG", "/")
    page = TestClient(app, client=HERE).get("/metrics")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/plain") and "hemmelig" not in page.text.lower()
    counted = {tuple(sample.labels.values()): sample.value for family in text_string_to_metric_families(page.text) for sample in family.samples if sample.name == "profilassistenten_requests_total"}
    assert counted[("POST", "/api/ask", "200")] == 1 and counted[("GET", "/p/{slug}", "404")] == 1 and counted[("GET", "-", "404")] == 1
    assert counted[("other", "/", "405")] == 1
    assert "process_open_fds" in page.text and "profilassistenten_request_seconds_bucket" in page.text


@pytest.mark.parametrize(("client", "headers"), [(("203.0.113.7", 1), {}), (("testclient", 1), {}), (HERE, {"X-Forwarded-For": "127.0.0.1"}), (HERE, {"Forwarded": "for=x"}), (HERE, {"Via": "1.1 x"}), (HERE, {"X-Real-IP": "127.0.0.1"})])
def test_metrics_are_not_there_for_anybody_else(app: FastAPI, client: tuple[str, int], headers: dict[str, str]) -> None:
    response = TestClient(app, client=client).get("/metrics", headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_a_chat_model_that_fails_makes_the_service_degraded_until_it_writes_again(profile: Profile, tmp_path: Path) -> None:
    app = made(profile, tmp_path, model="openai:x")
    client, fake = TestClient(app), app.state.desk.assistant
    write = fake.ask
    fake.ask = lambda *words, **more: replace(write(*words, **more), notice="Sprogmodellen svarer ikke.")
    asked(client)
    health = client.get("/health")
    assert (health.status_code, health.json()["status"], len(health.json()["reasons"])) == (200, "degraded", 1)
    fake.ask = write
    asked(client)
    assert client.get("/health").json()["status"] == "ok"


# -- the doors


def test_a_route_that_nobody_declared_is_closed(app: FastAPI) -> None:
    app.add_api_route("/glemt", lambda: Response("hemmeligt"))
    response = TestClient(app, client=HERE).get("/glemt")
    assert response.status_code == 404 and "hemmeligt" not in response.text


def test_every_route_passes_the_door_and_every_answer_is_guarded(app: FastAPI) -> None:
    client = TestClient(app)
    assert door in [one.dependency for one in app.router.dependencies]
    for method, path in POLICIES:
        response = client.request(method, path.replace("{slug}", "direktoer").replace("{", "").replace("}", ""))
        assert response.headers["x-content-type-options"] == "nosniff" and response.headers["content-security-policy"] and "x-request-id" in response.headers


@pytest.mark.slow
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_refusal_is_small_whatever_is_asked(app: FastAPI, accept: str) -> None:
    client, long = TestClient(app), "hemmelig" * 900
    for method, path in POLICIES:
        if (method, path) in {("POST", "/p/{slug}"), ("POST", "/widget/{slug}")} and accept == "text/html":
            continue  # the whole page, with what is wrong beside its field
        address = re.sub(r"{\w+}", long, path)
        for options in ({}, {"content": b"{" + b"hemmelig" * 1000, "headers": {"Content-Type": "application/json"}}, {"data": {"question": long, "slug": long, "token": long}}):
            headers = {"Accept": accept, **options.get("headers", {})}  # type: ignore[dict-item]
            response = client.request(method, address, follow_redirects=False, **{**options, "headers": headers} if method == "POST" else {"headers": headers})  # type: ignore[arg-type]
            if 400 <= response.status_code < 500 and "/konsulent/log-ind" not in path:
                assert len(response.content) < 2_000 and "hemmelighemmelig" not in response.text, (method, path, response.status_code, len(response.content))


# -- the limits


def test_a_conversation_is_counted_as_an_address_is(profile: Profile, tmp_path: Path) -> None:
    app = made(profile, tmp_path, rate=2)
    talk = asked(TestClient(app, client=("203.0.113.1", 1))).json()["conversation_id"]  # type: ignore[attr-defined]
    answers = [asked(TestClient(app, client=(f"203.0.113.{n}", 1)), conversation_id=talk) for n in range(2, 8)]
    assert [one.status_code for one in answers] == [200] * 4 + [429] * 2
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 30


def test_when_too_many_ask_at_once_the_next_are_told_to_come_back() -> None:
    sent: list[dict[str, object]] = []

    async def crowd() -> None:
        may = asyncio.Event()

        async def slow(scope: object, receive: object, send: object) -> None:
            await may.wait()
            await Response("ok")(scope, receive, send)  # type: ignore[arg-type]

        guard = Guard(slow, at_once=2)

        async def one() -> int:
            mine: list[dict[str, object]] = []

            async def send(message: object) -> None:
                mine.append(message)  # type: ignore[arg-type]
                sent.append(message)  # type: ignore[arg-type]

            async def receive() -> dict[str, object]:
                return {"type": "http.request", "body": b"", "more_body": False}

            await guard({"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b"", "scheme": "http", "server": ("a", 1)}, receive, send)  # type: ignore[arg-type]
            return int(str(mine[0]["status"]))

        tasks = [asyncio.create_task(one()) for _ in range(5)]
        await asyncio.sleep(0.05)
        may.set()
        assert sorted(await asyncio.gather(*tasks)) == [200, 200, 503, 503, 503]
        assert await one() == 200

    asyncio.run(crowd())
    refused = next(message for message in sent if message.get("status") == 503)
    assert (b"retry-after", b"2") in refused["headers"]  # type: ignore[operator]


def test_a_stream_in_which_nothing_comes_is_kept_alive() -> None:
    go = threading.Event()

    def slow() -> Iterator[str]:
        yield "a"
        go.wait(10)
        yield "b"

    async def heard() -> list[str]:
        found: list[str] = []
        async for piece in streamed(slow, beat=0.01):
            found.append(piece)
            if len(found) == 4:
                go.set()
        return found

    pieces = asyncio.run(heard())
    assert [piece for piece in pieces if piece != ": \n\n"] == ["a", "b"] and len(pieces) > 4


def test_streams_are_counted_by_conversation() -> None:
    streams = Streams(most=2)
    for conversation in ("a", "a", "b"):
        streams.enter(conversation)
    with pytest.raises(WebError, match="streams"):
        streams.enter("a")
    for conversation in ("a", "a", "b"):
        streams.leave(conversation)
    assert streams._open == {}
