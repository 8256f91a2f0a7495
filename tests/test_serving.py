"""The server on a real socket: clients that are slow, greedy or speak no HTTP, and the end. Deadlines are short here, so that nobody waits."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from conftest import JOB, ROOT, TODAY
from fastapi import FastAPI
from test_web import TEXT, FakeAssistant, FakeLibrary, settings

from assistant.answers import Answer
from assistant.conversations import Conversations
from assistant.database import connect, migrate
from corpus.reading import read
from web import serving
from web.app import create_app
from web.security import Guard
from web.serving import Deadlines
from web.streaming import MOST_STREAMS

LONG = "stor"


class Paced(FakeAssistant):
    """Stops in the middle of an answer to "… vent" until it may go on."""

    go = threading.Event()

    def stream(self, question: str, profile: str | None = None, earlier: Sequence[str] = (), conversation: str | None = None) -> Iterator[str | Answer]:
        for piece in super().stream(question, profile, earlier):
            yield piece
            if question.endswith("vent"):
                self.go.wait(30)


@dataclass
class Running:
    """A server that runs: its port, its application."""

    port: int
    app: FastAPI
    server: serving.Server
    conversations: Conversations

    def connect(self) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        line.settimeout(30)
        return line

    def say(self, data: bytes) -> bytes:
        """Everything that comes back until the line is closed."""
        with closing(self.connect()) as line:
            with suppress(BrokenPipeError, ConnectionResetError):
                line.sendall(data)
            return all_of(line)

    def idle(self) -> bool:
        """Whether every connection is over, or becomes so soon."""
        return eventually(lambda: not self.server.server_state.connections)


def all_of(line: socket.socket) -> bytes:
    found = b""
    with suppress(ConnectionResetError):
        while piece := line.recv(65_536):
            found += piece
    return found


def eventually(true: Callable[[], bool]) -> bool:
    for _ in range(300):
        if true():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "direktoer.md").write_text(TEXT, encoding="utf-8")
    profile = read(folder / "direktoer.md")
    long = replace(profile, slug=LONG, text="Lang tekst. " * 2_500_000)
    engine = connect(settings(folder).database)
    migrate(engine)
    conversations = Conversations(engine)
    app = create_app(Paced(FakeLibrary([profile, long])), conversations, settings(folder))
    next(one for one in app.user_middleware if one.cls is Guard).kwargs["seconds"] = 1.0
    listening = socket.create_server(("127.0.0.1", 0))
    patch = pytest.MonkeyPatch()
    for name, value in (("head_seconds", 1.0), ("read_seconds", 2.0), ("every", 0.1)):
        patch.setattr(Deadlines, name, value)
    server = serving.server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert eventually(lambda: server.started)
    yield Running(listening.getsockname()[1], app, server, conversations)
    server.should_exit = True
    thread.join(20)
    patch.undo()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def request(path: str = "/health", method: str = "GET", headers: str = "", body: bytes = b"") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n".encode("latin-1") + body


def question(text: str, **more: str) -> bytes:
    body = json.dumps({"question": text, "profile": "direktoer", **more}).encode()
    return request("/api/ask/stream", "POST", f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n", body)


# -- slow clients

HEAD = b"POST /api/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"


@pytest.mark.parametrize(
    ("first", "expected"),
    [(b"", 0), (b"GET /health HTT", 408), (b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: ", 408), (HEAD + b"\r\n{", 408), (HEAD.replace(b"Content-Length: 1000", b"Transfer-Encoding: chunked") + b"\r\nfff\r\n{", 408)],
    ids=["silent", "line", "headers", "body", "chunks"],
)
def test_a_client_that_drips_is_dropped_and_others_are_served(running: Running, first: bytes, expected: int) -> None:
    lines = [running.connect() for _ in range(20)]
    for line in lines:
        line.sendall(first)
    assert status(running.say(request())) == 200

    def drip() -> None:
        for _ in range(200):
            for line in lines:
                with suppress(OSError):
                    line.send(b" " if first else b"")
            time.sleep(0.1)

    threading.Thread(target=drip, daemon=True).start()
    assert {status(all_of(line)) for line in lines} <= {expected, 0}
    for line in lines:
        line.close()
    assert running.idle()


def test_a_body_that_nobody_waits_for_does_not_hold_the_line(running: Running) -> None:
    with closing(running.connect()) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        assert status(line.recv(65_536)) == 200
        for _ in range(200):
            try:
                line.send(b"x")
            except OSError:
                break
            time.sleep(0.1)
        else:
            pytest.fail("the line is still open")


@pytest.mark.slow
def test_who_does_not_read_is_cut_off_and_who_reads_slowly_gets_everything(running: Running) -> None:
    with closing(socket.socket()) as stuck, closing(running.connect()) as slow:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.connect(("127.0.0.1", running.port))
        stuck.sendall(request(f"/api/profiles/{LONG}/text"))
        slow.sendall(request(f"/api/profiles/{LONG}/text"))
        got = 0
        while piece := slow.recv(400_000):
            got += len(piece)
            time.sleep(0.01)
        assert got > 30_000_000
        assert running.idle()
        stuck.settimeout(30)
        assert len(all_of(stuck)) < 30_000_000


def test_a_kept_connection_that_asks_again_has_its_deadline_anew(running: Running) -> None:
    with closing(HTTPConnection("127.0.0.1", running.port, timeout=30)) as kept:
        for _ in range(3):
            kept.request("GET", "/health")
            assert kept.getresponse().read()
            time.sleep(0.5)
        kept.sock.sendall(b"GET /health HT")
        assert status(all_of(kept.sock)) == 408


# -- what is no request, or too much of one

SECRET = "hemmelig-42"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x16\x03\x01\x02\x00hemmelig-42\r\n\r\n", {400}),
        (b"GET / HTTP/9.9 hemmelig-42\r\n\r\n", {400}),
        (b"GET /?hemmelig-42 HTTP/1.1\r\n\r\n", {400}),
        (request(headers="X: hemmelig-42\x00\r\n"), {400}),
        (request("/api/ask", "POST", "Content-Length: -5\r\nX: hemmelig-42\r\n"), {400}),
        (request("/api/ask", "POST", "Content-Length: 5\r\nContent-Length: 6\r\n", SECRET.encode()), {400}),
        (request("/api/ask", "POST", "Content-Length: x\r\n", SECRET.encode()), {400}),
        (request("/api/ask", "POST", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"5\r\nhemme\r\n0\r\n\r\n"), {400}),
        (request("/api/ask", "POST", "Transfer-Encoding: chunked\r\n", b"hemmelig-42\r\n"), {400}),
        (request("/api/ask", "POST", "Transfer-Encoding: gzip\r\n", SECRET.encode()), {400, 501}),
        (request("/api/ask", "POST", "Content-Type: application/json\r\nContent-Length: 20000000\r\n", SECRET.encode()), {413}),
        (request("/api/ask", "POST", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n", b"fffff\r\n" + b"hemmelig-42" * 90_000), {413}),
        (request(headers=f"X: {SECRET}{'x' * 100_000}\r\n"), {431}),
        (request(headers=f"X: {SECRET}\r\n" * 1000), {431}),
        (request(headers="Cookie: " + "; ".join(f"n{n}={SECRET}" for n in range(500)) + "\r\n"), {431}),
        (request(f"/p/{SECRET}{'x' * 100_000}"), {431}),
        (request(f"/?q={SECRET}{'x' * 100_000}"), {431}),
        (request(f"/p/{SECRET}{'x' * 10_000}"), {404}),
        (request(f"/p/{SECRET}/..%2f..%2fetc/passwd"), {404}),
        (request("/p/%ed%a0%80%00%5c..%5chemmelig-42"), {404}),
        (request("/p/direktoer", "TRACE", f"X: {SECRET}\r\n"), {405}),
        (request("/api/ask", SECRET.upper()), {405}),
        (request("/static/style.css", "DELETE", f"X: {SECRET}\r\n"), {405}),
        (request("/", "OPTIONS", f"Origin: https://{SECRET}.example\r\n"), {405}),
        (b"CONNECT hemmelig-42.example:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 404, 405}),
    ],
)
def test_what_cannot_be_answered_is_refused_briefly_and_never_echoed(running: Running, data: bytes, expected: set[int]) -> None:
    answer = running.say(data)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert status(answer) in expected, answer[:300]
    assert len(answer) < 2_000 and SECRET.encode() not in answer.lower() and b"application/json" in head
    assert set(json.loads(body)) == {"error"} and b"connection: close" in head.lower()


@pytest.mark.parametrize("name", [".git/config", "conversations.sqlite", "c.sqlite", "index/manifest.json", "debug", "static/../app.py", "static/%2e%2e/%2e%2e/pyproject.toml", "static//etc/passwd", "redoc", "static"])
def test_what_is_ours_alone_is_not_served(running: Running, name: str) -> None:
    assert status(running.say(request(f"/{name}"))) in (404, 405)


@pytest.mark.parametrize("ranges", ["bytes=" + ",".join(f"{n}-{n + 1}" for n in range(0, 5000, 2)), "bytes=" + "0-," * 2000 + "0-", "bytes=-1,9-1,x", "bytes=999999999-", "lines=1-2", "bytes=" + "-" * 20_000])
def test_a_range_bomb_costs_no_more_than_the_file(running: Running, ranges: str) -> None:
    whole = running.say(request("/static/style.css"))
    answer = running.say(request("/static/style.css", headers=f"Range: {ranges}\r\n"))
    assert status(answer) in (200, 206, 400, 416) and len(answer) < 20 * len(whole)


def test_what_the_client_calls_us_or_says_of_itself_is_not_believed(running: Running) -> None:
    forged = "X-Forwarded-Host: ond.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 6.6.6.6\r\nForwarded: host=ond.example\r\n"
    data = b"question=Hvorn%C3%A5r+er+februar%3F"
    posted = request("/p/direktoer", "POST", f"{forged}Accept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(data)}\r\n", data).replace(b"Host: x", b"Host: ond.example")
    for sent in (posted, request("http://ond.example/p/direktoer", headers=forged), request("/p/direktoer/kalender.ics", headers=forged).replace(b"Host: x", b"Host: ond.example")):
        answer = running.say(sent)
        assert status(answer) in (200, 404) and b"ond.example" not in answer and b"Secure" not in answer
    assert f"http://127.0.0.1:{running.port}/p/direktoer?start".encode() in running.say(request("/p/direktoer/kalender.ics").replace(b"Host: x", b"Host: ond.example")).replace(b"\r\n ", b"")


# -- streams


def test_a_conversation_has_three_answers_at_once_and_no_more(running: Running) -> None:
    Paced.go.clear()
    first = running.say(question("Hvornår er februar?"))
    found = re.search(rb'"conversation_id": "(\w+)"', first)
    assert found
    talk = found[1].decode()
    lines = [running.connect() for _ in range(MOST_STREAMS)]
    for line in lines:
        line.sendall(question("Hvornår er strategi vent", conversation_id=talk))
        assert status(line.recv(65_536)) == 200
    refused = running.say(question("Hvad er ro?", conversation_id=talk))
    assert status(refused) == 429 and b"retry-after" in refused.lower() and b"streams" in refused
    assert status(running.say(question("Hvad er ro?"))) == 200
    Paced.go.set()
    assert all(b"event: answer" in all_of(line) for line in lines)
    assert eventually(lambda: not running.app.state.parts.streams._open)
    assert status(running.say(question("Hvad er ro?", conversation_id=talk))) == 200


def test_when_the_reader_goes_the_work_ends_and_the_row_is_whole_or_not_there(running: Running) -> None:
    Paced.go.clear()
    before = running.conversations.count()
    with closing(running.connect()) as line:
        line.sendall(question("Hvornår er strategi vent"))
        assert status(line.recv(65_536)) == 200
    assert eventually(lambda: not running.app.state.parts.streams._open)
    Paced.go.set()
    assert running.idle() and running.conversations.count() == before + 1


@pytest.mark.slow
def test_many_open_streams_are_all_answered(running: Running) -> None:
    Paced.go.set()
    lines = [running.connect() for _ in range(100)]
    for line in lines:
        line.sendall(question("Hvornår er februar?"))
    assert [b"event: answer" in all_of(line) for line in lines] == [True] * 100


# -- the end


@pytest.mark.slow
def test_a_server_ends_in_ten_seconds_and_its_log_says_nothing_personal(tmp_path: Path) -> None:
    (tmp_path / "job.md").write_text(JOB, encoding="utf-8")
    env: dict[str, Any] = {**os.environ, "PYTHONPATH": str(ROOT), "ASSISTANT_DATA": str(tmp_path / "data"), "ASSISTANT_TODAY": TODAY.isoformat()}
    run = (sys.executable, "-m", "assistant")
    subprocess.run([*run, "add", str(tmp_path / "job.md")], cwd=ROOT, env=env, check=True, capture_output=True, timeout=280)
    server = subprocess.Popen([*run, "serve", "--port", "0"], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout and server.stderr
    found = re.search(r":(\d+) ", server.stdout.readline())
    assert found
    port = int(found[1])
    body = json.dumps({"question": "Hemmeligt: er der kantine?"}).encode()
    with closing(socket.create_connection(("127.0.0.1", port), timeout=60)) as line:
        line.sendall(request("/api/ask?hemmeligt=1", "POST", f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nUser-Agent: hemmelig\r\n", body))
        assert status(all_of(line)) == 200
    with closing(socket.create_connection(("127.0.0.1", port), timeout=60)) as dripping:
        dripping.sendall(HEAD + b"\r\n{")
        assert subprocess.run([*run, "restore", str(tmp_path / "job.md")], cwd=ROOT, env=env, capture_output=True, check=False, timeout=60).returncode == 2
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=10)
    log = server.stderr.read()
    lines = [json.loads(line) for line in log.splitlines()]
    asked = next(line for line in lines if line.get("route") == "/api/ask")
    assert asked.keys() == {"time", "level", "logger", "message", "request", "method", "route", "status", "ms"} and asked["status"] == 200
    assert "emmelig" not in log and "127.0.0.1" not in log
