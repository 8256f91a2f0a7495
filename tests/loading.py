"""Candidates by the dozen against a real server (`assistant serve`): how long they wait, and what the server grows by.

It is a program.

    loading.py load SECONDS     50 chats at once, each asking, reading, thinking a while, asking on; then 200 open streams; then far too many
    loading.py soak SECONDS     five questions a second, evenly; memory, files and threads of the server all the while

It prints one JSON object. The client is bare sockets, so that it takes little of the processor that it shares with the server.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
PROFILES = ("helsingoer-direktoer.md", "skoleleder-havrebjerg.md")
QUESTIONS = (
    "Hvornår er ansøgningsfristen?", "Hvem kan jeg ringe til?", "Hvad er lønnen?", "Hvornår er første samtale?", "Hvilke opgaver er der?", "Hvem deltager i den?", "Hvor mange ansatte er der?",
    "Hvad lægges der vægt på i ledelsesstilen?", "Er der en kantine?", "When is the deadline?", "Hvad er budgettet?", "Hvordan søger jeg?", "Er kørekort et krav?", "Hvem vinder valget?",
)  # fmt: skip
THINKS = (1.0, 3.0)  # seconds between an answer and the next question
PATIENCE = 60.0


@dataclass
class Told:
    """One answer as its reader met it: when it was asked for (s), its status (0: the line broke), seconds to the first text and to the end."""

    at: float
    status: int
    first: float
    whole: float
    conversation: str | None = None


@dataclass
class Serving:
    """A running server."""

    host: str
    port: int
    pid: int
    began: float = field(default_factory=time.monotonic)

    def usage(self) -> tuple[int, int, int]:
        """(memory in kB, open files, threads)."""
        status = dict(line.split(":", 1) for line in Path(f"/proc/{self.pid}/status").read_text().splitlines() if ":" in line)
        return int(status["VmRSS"].split()[0]), len(os.listdir(f"/proc/{self.pid}/fd")), int(status["Threads"])


@contextmanager
def serving(**environment: str) -> Iterator[Serving]:
    """A server over two profiles, in a data folder of its own, for as long as the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "PYTHONPATH": str(ROOT), "ASSISTANT_DATA": folder, "ASSISTANT_TODAY": "2024-01-20", "ASSISTANT_RATE": "0", **environment}
        assistant = [sys.executable, "-m", "assistant"]
        there = [path for path in (ROOT / "corpus" / "profiles" / name for name in PROFILES) if path.is_file()] or sorted((ROOT / "corpus" / "profiles").iterdir())[:2]
        subprocess.run([*assistant, "add", *map(str, there)], cwd=folder, env=env, check=True, capture_output=True)
        with open(Path(folder) / "said", "wb") as said, subprocess.Popen([*assistant, "serve", "--port", "0"], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=said, text=True) as process:
            try:
                assert process.stdout
                address = next((word for line in process.stdout for word in line.split() if word.startswith("http")), "")
                if not address:
                    raise RuntimeError((Path(folder) / "said").read_text())
                url = urlsplit(address)
                yield Serving(url.hostname or "", url.port or 0, process.pid)
            finally:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()


async def ask(server: Serving, question: str, profile: str | None, conversation: str | None = None) -> Told:
    """One question, its answer read to the end."""
    begun = time.monotonic()
    body = json.dumps({"question": question, "profile": profile, "conversation_id": conversation}).encode()
    head = f"POST /api/ask/stream HTTP/1.1\r\nHost: {server.host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    first, read = 0.0, bytearray()
    try:
        async with asyncio.timeout(PATIENCE), _line(server) as (reader, writer):
            writer.write(head + body)
            await writer.drain()
            while piece := await reader.read(65_536):
                read += piece
                if not first and b"event: delta" in read:
                    first = time.monotonic() - begun
    except (OSError, TimeoutError):
        return Told(begun - server.began, 0, 0.0, time.monotonic() - begun)
    status, whole = int(read[9:12] or b"0"), time.monotonic() - begun
    found = read.partition(b'"conversation_id": "')[2][:32].decode()
    ended = status != 200 or b"event: answer" in read
    return Told(begun - server.began, status if ended else 0, first or whole, whole, found or conversation)


@asynccontextmanager
async def _line(server: Serving) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def chats(server: Serving, profiles: Sequence[str], count: int, seconds: float) -> list[Told]:
    """So many candidates at once, each with a conversation of its own, for so many seconds."""
    told: list[Told] = []
    end = time.monotonic() + seconds

    async def chat(number: int) -> None:
        chance, conversation = random.Random(number), None
        profile = profiles[number % len(profiles)]
        await asyncio.sleep(chance.uniform(0, THINKS[1]))
        while time.monotonic() < end:
            told.append(await ask(server, chance.choice(QUESTIONS), profile, conversation))
            conversation = told[-1].conversation
            await asyncio.sleep(chance.uniform(*THINKS))

    await asyncio.gather(*(chat(number) for number in range(count)))
    return told


async def evenly(server: Serving, profiles: Sequence[str], rate: float, seconds: float) -> tuple[list[Told], list[tuple[float, int, int, int]]]:
    """Questions at a steady rate, and (s, kB, files, threads) every few seconds."""
    asked: list[asyncio.Task[Told]] = []
    seen: list[tuple[float, int, int, int]] = []
    begun = time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        asked.append(asyncio.create_task(ask(server, QUESTIONS[number % len(QUESTIONS)], profiles[number % len(profiles)])))
        if number % int(rate * 5) == 0:
            seen.append((time.monotonic() - begun, *server.usage()))
    return list(await asyncio.gather(*asked)), seen


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values doesn't exceed."""
    return round(sorted(values)[max(0, int(len(values) * share + 0.999) - 1)], 3) if values else 0.0


def summed(told: Sequence[Told]) -> dict[str, Any]:
    """What came of the questions."""
    good = [one for one in told if one.status == 200]
    return {
        "asked": len(told),
        "statuses": dict(Counter(str(one.status) for one in told)),
        "first": {str(share): percentile([one.first for one in good], share) for share in (0.5, 0.95, 0.99)},
        "whole": {str(share): percentile([one.whole for one in good], share) for share in (0.5, 0.95, 0.99)},
    }


async def known(server: Serving) -> list[str]:
    """The slugs that the server knows."""
    async with _line(server) as (reader, writer):
        writer.write(f"GET /api/profiles HTTP/1.1\r\nHost: {server.host}\r\nConnection: close\r\n\r\n".encode())
        return [one["slug"] for one in json.loads((await reader.read()).partition(b"\r\n\r\n")[2])]


async def load(server: Serving, seconds: float) -> dict[str, Any]:
    """50 chats; 200 streams at once; 600 at once, and how soon a single question is answered as before."""
    profiles = await known(server)
    await chats(server, profiles, 10, 3)
    found: dict[str, Any] = {"load": summed(await chats(server, profiles, 50, seconds))}
    found["streams"] = summed(await asyncio.gather(*(ask(server, QUESTIONS[n % 14], profiles[n % len(profiles)]) for n in range(200))))
    found["overload"] = summed(await asyncio.gather(*(ask(server, QUESTIONS[n % 14], profiles[n % len(profiles)]) for n in range(600))))
    begun = time.monotonic()
    after = await ask(server, QUESTIONS[0], profiles[0])
    found["recovered"] = {"status": after.status, "seconds": round(time.monotonic() - begun, 3)}
    return found


async def soak(server: Serving, seconds: float) -> dict[str, Any]:
    """Five questions a second. The first fifth warms up; growth is from there to the end."""
    told, seen = await evenly(server, await known(server), 5, seconds)
    warm = [one for one in seen if one[0] >= seconds / 5]
    third = max(1, len(told) // 3)
    kept = [row[1] for row in warm]
    return {
        **summed(told),
        "memory_mb": {"warm": round(kept[0] / 1024, 1), "end": round(kept[-1] / 1024, 1), "growth_percent": round(100 * (kept[-1] / kept[0] - 1), 2)},
        "files": {"warm": warm[0][2], "end": warm[-1][2], "most": max(row[2] for row in warm)},
        "threads": {"warm": warm[0][3], "end": warm[-1][3], "most": max(row[3] for row in warm)},
        "p95_drift": {"first_third": percentile([one.whole for one in told[:third]], 0.95), "last_third": percentile([one.whole for one in told[-third:]], 0.95)},
    }


if __name__ == "__main__":
    with serving() as running:
        print(json.dumps(asyncio.run({"load": load, "soak": soak}[sys.argv[1]](running, float(sys.argv[2]))), indent=1))
