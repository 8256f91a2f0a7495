"""Processes that are killed (SIGKILL) at a random moment, over and over, and what is found after each. A program: `killing.py build|log FOLDER TIMES`.

It prints one JSON object. It is a program of its own because it forks, which a process with threads should not.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.reading import read_bytes
from index import library as front_desk
from index.embedding import OneVector
from index.library import Library, SnapshotError

TEXTS = [f"# Leder\n\nFristen er den {day}. maj 2027.\n\nStedet har {day * 100} ansatte.\n".encode() for day in (3, 8)]


class Letters(OneVector):
    """An encoder that can be computed in the head, so that a build is mostly writing."""

    identity = "letters"

    def questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.eye(400, dtype=np.float32)[[len(text) % 400 for text in texts]]

    passages = questions


def forked(work: Callable[[], None]) -> int:
    """A child that does some work and ends; its process id."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def killed(pid: int, seconds: float) -> bool:
    """Kills a child after a while; False when it was done before."""
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def build(folder: Path, times: int) -> dict[str, Any]:
    """Kills a builder that puts one text in the place of another, while a reader reads."""
    profiles = {data: read_bytes(data, "leder.txt") for data in TEXTS}
    # reading a file has its own tests; here every moment that is killed is one of writing
    front_desk.read_bytes = lambda data, name, limits: profiles[data]  # type: ignore[attr-defined]
    Library(folder, Letters()).add_upload(TEXTS[0], "leder.txt")
    known = {profile.text for profile in profiles.values()}

    def change(texts: Sequence[bytes]) -> None:
        for data in texts:
            Library(folder, Letters()).add_upload(data, "leder.txt")

    begun = time.perf_counter()
    change(TEXTS * 5)
    took = (time.perf_counter() - begun) / 5
    out, into = os.pipe()
    reader = forked(lambda: _read(folder, known, into))
    chance, ended, wrong = random.Random(7), 0, 0
    for _ in range(times):
        ended += killed(forked(lambda: change(TEXTS * 50)), chance.uniform(0, 3 * took))
        fresh = Library(folder, Letters())
        wrong += fresh.shard("leder").profile.text not in known or bool(fresh.mended or fresh.broken)
    os.kill(reader, signal.SIGTERM)
    os.waitpid(reader, 0)
    os.close(into)
    reads = os.read(out, 1 << 20)
    litter = len(list(folder.iterdir()))
    change([b for b in TEXTS if profiles[b].text != Library(folder, Letters()).profile("leder").text])
    left = sorted(path.name for path in folder.iterdir())
    return {"killed": ended, "wrong": wrong, "reads": reads.count(b"."), "torn": reads.count(b"!"), "before": litter, "left": len(left), "names": left}


def _read(folder: Path, known: set[str], into: int) -> None:
    """Reads the index until it is told to end: a dot for what it should be, an exclamation mark for anything else."""
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
    while not ended:
        try:
            reader = Library(folder, Letters())
            right = reader.shard("leder").profile.text in known and not reader.mended and not reader.broken
        except SnapshotError:
            right = False
        if select.select([], [into], [], 0)[1]:
            os.write(into, b"." if right else b"!")
        time.sleep(0.005)


def log(folder: Path, times: int) -> dict[str, Any]:
    """Kills a process that stores turns; every turn that it told of must be there."""
    from assistant.answers import Answer
    from assistant.conversations import Conversations
    from assistant.database import connect, migrate

    address = f"sqlite:///{folder / 'conversations.sqlite'}"
    migrate(connect(address))
    conversation = Conversations(connect(address)).start("leder").id

    def ask(number: int, into: int) -> None:
        conversations = Conversations(connect(address))
        for at in range(10_000):
            conversations.append(conversation, f"{number}.{at}", Answer(f"{number}.{at}", "leder", "da", "Ja. " * 200, False, 0.9))
            os.write(into, f"{number}.{at}\n".encode())

    chance, told, slowest, unsound = random.Random(8), list[str](), 0.0, 0
    for number in range(times):
        out, into = os.pipe()
        pid = forked(lambda number=number, into=into: ask(number, into))  # type: ignore[misc]
        os.close(into)
        select.select([out], [], [], 30)
        killed(pid, chance.uniform(0, 0.06))
        with os.fdopen(out) as lines:
            told += [line.strip() for line in lines if line.endswith("\n")]
        begun = time.perf_counter()
        engine = connect(address)
        migrate(engine)
        with engine.connect() as connection:
            unsound += connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok"
        slowest = max(slowest, time.perf_counter() - begun)
        engine.dispose()
    kept = {turn.question for turn in Conversations(connect(address)).turns(conversation)}
    numbers = [turn.number for turn in Conversations(connect(address)).turns(conversation)]
    return {"told": len(told), "lost": len(set(told) - kept), "unsound": unsound, "in_order": numbers == list(range(1, len(numbers) + 1)), "slowest": round(slowest, 2)}


if __name__ == "__main__":
    print(json.dumps({"build": build, "log": log}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))))
