"""Two more providers through `init_chat_model`, each official client against a server on loopback that speaks its provider's protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from assistant import opening
from assistant.answering import Assistant
from assistant.answers import Answer
from assistant.generative import Generative
from assistant.models import open_model
from index.library import Encoder

KEY = "sk-ant-hemmelig-0123"
SAID = ["Skolen har 412 ", "elever [1]. Den har 99 lærere [1]."]
Asked = list[tuple[str, dict[str, Any], dict[str, str]]]


def ollama_lines() -> list[str]:
    """A reply in Ollama's protocol: a line of JSON a piece, the last one saying why it ended."""
    pieces = [{"model": "x", "created_at": "2027-01-08T00:00:00Z", "message": {"role": "assistant", "content": text}, "done": False} for text in SAID]
    return [json.dumps(one) + "\n" for one in [*pieces, {**pieces[0], "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop", "prompt_eval_count": 90, "eval_count": 9}]]


def anthropic_lines() -> list[str]:
    """A reply in Anthropic's protocol: named server-sent events."""
    start = {"id": "m", "type": "message", "role": "assistant", "model": "x", "content": [], "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 90, "output_tokens": 1}}
    events = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}} for text in SAID),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    ]
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]


@pytest.fixture
def server() -> Iterator[tuple[str, Asked]]:
    """A server's address, and what it was asked: path, body and headers."""
    asked: Asked = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

        def do_POST(self) -> None:
            asked.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"]))), {name.lower(): value for name, value in self.headers.items()}))
            ollama = self.path == "/api/chat"
            self.send_response(200)
            self.send_header("Content-Type", "application/x-ndjson" if ollama else "text/event-stream")
            self.end_headers()
            for line in ollama_lines() if ollama else anthropic_lines():
                self.wfile.write(line.encode())
                self.wfile.flush()

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}", asked
    http.shutdown()
    http.server_close()


@pytest.mark.parametrize(("provider", "path"), [("ollama", "/api/chat"), ("anthropic", "/v1/messages")])
def test_a_provider_s_own_client_writes_under_the_same_checker(server: tuple[str, Asked], job_file: Path, encoder: Encoder, provider: str, path: str) -> None:
    pytest.importorskip(f"langchain_{provider}", reason=f"pip install 'profilassistenten[{provider}]'")
    url, asked = server
    model = open_model(f"{provider}:x", url, SecretStr(KEY))
    assistant = Assistant(opening.OneFile(job_file, encoder), lambda: date(2027, 2, 20), writer=Generative(lambda: model, deadline=60.0))
    *shown, answer = assistant.stream("Hvor mange elever har skolen?")
    assert isinstance(answer, Answer) and answer.answer == "".join(map(str, shown)) == "Skolen har 412 elever. [1]"
    assert answer.writer == "generative" and answer.notice == "En sætning er taget væk, fordi profilen ikke støtter den."
    assert [one for one, _, _ in asked] == [path] and asked[0][1]["stream"] is True
    assert KEY not in repr(model)
