"""Every file is read in a process of its own, held to limits: one that hangs, swells or crashes is a refusal and nothing else.

Starting Python for each file would cost half a second. So one process, clean and single-threaded, imports the readers
once and from then on forks a child for each file (a few milliseconds). A request is one byte and a socket; on it travel
the bytes of the file one way and the profile as JSON the other, then a line from the server that says how the child ended.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from threading import Lock
from typing import Any

from corpus.limits import Limits, confine
from corpus.profiles import CorpusError, Profile, damaged, from_json, to_json

GRACE = 10.0
_OUT_OF_MEMORY = 86
_BROKEN = 1 << 8
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[2]); from corpus.confined import serve; serve(int(sys.argv[1]))"


def read(data: bytes, name: str, suffix: str, limits: Limits) -> Profile:
    """The profile in a file's bytes, read by a child process. Raises `CorpusError` when it cannot be, whatever the reason."""
    answer, status = _ask({"name": name, "suffix": suffix, "limits": asdict(limits)}, data, limits.seconds)
    with suppress(ValueError, KeyError, TypeError):
        found = json.loads(answer)
        if "profile" in found:
            return from_json(found["profile"])
        raise CorpusError.from_json(found)
    raise _ended(name, status, limits)


def _ended(name: str, status: int | None, limits: Limits) -> CorpusError:
    """Why a child that gave no answer ended."""
    number = os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else 0
    if status is None or number in (signal.SIGALRM, signal.SIGXCPU):
        return CorpusError(f"{name}: filen tog mere end {limits.seconds} sekunder at læse. Gem den på ny fra det program, den er skrevet i, og prøv igen.", "slow")
    if number == signal.SIGKILL or (os.WIFEXITED(status) and os.WEXITSTATUS(status) == _OUT_OF_MEMORY):
        return CorpusError(f"{name}: filen bruger mere end {limits.memory // 1_000_000} MB hukommelse at læse. Gem den på ny fra det program, den er skrevet i, og prøv igen.", "memory")
    return CorpusError(damaged(name), "damaged")


class _Server:
    """The process that forks a child for each file, started when it is first needed."""

    def __init__(self) -> None:
        self.lock, self.owner = Lock(), 0
        self.socket: socket.socket | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def submit(self, theirs: socket.socket) -> None:
        """Hands over one end of a pair of sockets. A server that has died is started again, once."""
        with self.lock:
            if self.socket is None or self.process is None or self.owner != os.getpid() or self.process.poll() is not None:
                self._start()
            assert self.socket is not None
            try:
                socket.send_fds(self.socket, [b"."], [theirs.fileno()])
            except OSError:
                self._start()
                socket.send_fds(self.socket, [b"."], [theirs.fileno()])

    def _start(self) -> None:
        self.stop()
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-c", _START, str(theirs.fileno()), json.dumps(sys.path)]
            self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.socket, self.owner = ours, os.getpid()

    def stop(self) -> None:
        """Ends the server by closing its line; what it is reading for somebody else is read to the end."""
        if self.socket is not None:
            self.socket.close()
        if self.process is not None and self.owner == os.getpid():
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
        self.socket = self.process = None


_server = _Server()
atexit.register(_server.stop)


def _ask(request: dict[str, Any], data: bytes, seconds: int) -> tuple[bytes, int | None]:
    """A child's answer (empty when it gave none) and its wait status (None: it was still at it when time was up)."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            _server.submit(theirs)
        ours.settimeout(seconds + GRACE)
        head = json.dumps(request).encode()
        received = bytearray()
        with suppress(OSError):
            ours.sendall(struct.pack("!QQ", len(head), len(data)) + head + data)
        try:
            while chunk := ours.recv(1 << 20):
                received += chunk
        except TimeoutError:
            return b"", None
        except OSError:
            received.clear()
    if len(received) < 4:
        return b"", _BROKEN
    return bytes(received[:-4]), int(struct.unpack("!i", received[-4:])[0])


def serve(line: int) -> None:
    """The server: until its line closes, forks a child for every socket that comes in and says on it how the child ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _warm()
    control = socket.socket(fileno=line)
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting: dict[int, socket.socket] = {}
    while True:
        for ready in select.select([control.fileno(), woken], [], [])[0]:
            if ready == woken:
                with suppress(BlockingIOError):
                    os.read(woken, 4096)
            else:
                message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
                if not message:
                    os._exit(0)
                for descriptor in descriptors:
                    client = socket.socket(fileno=descriptor)
                    pid = os.fork()
                    if pid == 0:
                        for other in (control, *waiting.values()):
                            other.close()
                        _child(client)
                    waiting[pid] = client
        _report(waiting)


def _report(waiting: dict[int, socket.socket]) -> None:
    """Says how each child that has ended did so, to whoever waits for it."""
    with suppress(ChildProcessError):
        while waiting:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with suppress(OSError), waiting.pop(pid) as client:
                client.settimeout(5)
                client.sendall(struct.pack("!i", status))


def _warm() -> None:
    """Imports what the readers need, so that no child has to."""
    import bs4  # noqa: F401
    import lxml.html
    import pypdfium2  # noqa: F401

    from corpus import building, formats  # noqa: F401
    from corpus.concepts import in_words

    in_words(["ansøgningsfristen"], "profile")
    lxml.html.fromstring("<p>x</p>")


def _child(client: socket.socket) -> None:
    """Reads one file and ends this process."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        with client.makefile("rb") as incoming:
            head, body = struct.unpack("!QQ", incoming.read(16))
            request = json.loads(incoming.read(head))
            data = incoming.read(body)
        limits = Limits(**request["limits"])
        confine(limits)
        client.sendall(_answer(data, request["name"], request["suffix"], limits))
        status = 0
    except MemoryError:
        status = _OUT_OF_MEMORY
    except BaseException:  # whatever it is, the process that asked must hear of it as a refusal
        status = 1
    finally:
        os._exit(status)


def _answer(data: bytes, name: str, suffix: str, limits: Limits) -> bytes:
    from corpus.formats import profile_of

    try:
        return json.dumps({"profile": to_json(profile_of(data, name, suffix, limits))}).encode()
    except CorpusError as error:
        return json.dumps(error.to_json()).encode()
    except (MemoryError, OSError):
        raise
    except Exception as error:  # a fault of ours; whoever added the file is helped by the same advice
        reason = "damaged" if isinstance(error, RecursionError) else "fault"
        return json.dumps(CorpusError(damaged(name), reason).to_json()).encode()
