"""A chat model's server that follows a script, on loopback: it speaks the OpenAI protocol over real HTTP, and breaks it on request."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the server does with a question: `text` in pieces, `wait` seconds before it and `pause` between pieces, or a fault.

    `fault`: "error" (with `status`), "html", "garbage", "cut" (the line drops midway), "length" (cut off, and says so),
    "unended" (ends without saying why), "endless", "hang".
    """

    text: str = ""
    fault: str = ""
    status: int = 500
    wait: float = 0.0
    pause: float = 0.0
    size: int = 4


@dataclass
class Server:
    """A running server: its address, what it was asked, and what it will reply."""

    url: str
    reply: Callable[[Body], Reply]
    asked: list[Body] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serving(reply: Callable[[Body], Reply] = lambda body: Reply()) -> Iterator[Server]:
    """A server for as long as the block runs."""
    running = Server("", reply)

    class Handler(_Handler):
        server_of = running

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    running.url = f"http://127.0.0.1:{http.server_port}/v1"
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield running
    finally:
        http.shutdown()
        http.server_close()


def sources(body: Body) -> dict[int, str]:
    """The numbered sources of a question, as a model reads them."""
    return {row["kilde"]: row["tekst"] for row in data(body) if "kilde" in row}


def data(body: Body) -> list[dict[str, Any]]:
    """The lines of data between the fences."""
    lines = body["messages"][-1]["content"].split("\n")
    assert lines[0] == "<data>" and lines[-1] == "</data>"
    return [json.loads(line) for line in lines[1:-1]]


def cite(body: Body, words: str) -> int:
    """The number of the source that holds some words."""
    return next(number for number, text in sources(body).items() if words in text)


def rewriting(body: Body) -> bool:
    """Whether a follow-up is to be rewritten, not a question answered."""
    return "Omskriv" in body["messages"][0]["content"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of: Server

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server_of.asked.append(body)
        self.server_of.headers.append(dict(self.headers))
        reply = self.server_of.reply(body)
        with suppress(BrokenPipeError, ConnectionResetError):
            time.sleep(reply.wait)
            self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        if reply.fault == "error":
            return self._whole(reply.status, "application/json", json.dumps({"error": {"message": f"nej til {self.headers.get('Authorization')}", "type": "x"}}))
        if reply.fault in ("html", "garbage"):
            return self._whole(200, "text/html" if reply.fault == "html" else "application/json", "<html><body><h1>Log ind</h1></body></html>" if reply.fault == "html" else "{]")
        if reply.fault == "hang":
            return time.sleep(60)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._stream(reply)

    def _stream(self, reply: Reply) -> None:
        self._event({"role": "assistant", "content": ""})
        text = reply.text * (100_000 if reply.fault == "endless" else 1)
        for at in range(0, len(text), reply.size):
            if reply.fault == "cut" and at > len(text) / 2:
                self.close_connection = True
                self.connection.close()
                return
            self._event({"content": text[at : at + reply.size]})
            time.sleep(reply.pause)
        if reply.fault != "unended":
            self._event({}, "length" if reply.fault == "length" else "stop")
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, delta: dict[str, Any], ended: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": ended}
        self._chunk(f"data: {json.dumps({'id': 'x', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'scripted', 'choices': [choice]})}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _whole(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())
