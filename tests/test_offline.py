"""Asking needs no network: proven with the network cut."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import python

from assistant.settings import Settings
from index.library import Library

CUT = "import socket\n\n_connect = socket.socket.connect\n\n\ndef _cut(self, address):\n    if self.family != socket.AF_UNIX:\n        raise OSError(f'the network is cut: {address}')\n    return _connect(self, address)\n\n\nsocket.socket.connect = socket.socket.connect_ex = _cut\nsocket.getaddrinfo = lambda *a, **k: (_ for _ in ()).throw(OSError('the network is cut'))\n"
ASK = ("-m", "assistant", "ask", "Hvornår er ansøgningsfristen?", "--profile", "helsingoer-direktoer", "--json")


def answered(ran: subprocess.CompletedProcess[str]) -> None:
    """The right answer came, and nothing was complained of."""
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "5. februar 2024" in json.loads(ran.stdout)["answer"]


def can_unshare() -> bool:
    """Whether this machine lets us make a network of our own without a way out."""
    return os.geteuid() == 0 and shutil.which("unshare") is not None and subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode == 0


def test_ask_answers_when_every_connection_fails(plain: Settings, stocked: Library, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(CUT, encoding="utf-8")
    from conftest import ROOT

    answered(python(*ASK, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}", ASSISTANT_DATA=str(plain.data), HF_HUB_OFFLINE="0"))


@pytest.mark.slow
@pytest.mark.skipif(not can_unshare(), reason="needs root and unshare")
def test_ask_answers_in_a_machine_without_a_network(plain: Settings, stocked: Library) -> None:
    answered(python(*ASK, before=("unshare", "-n"), ASSISTANT_DATA=str(plain.data), HF_HUB_OFFLINE="0"))


def test_asking_tells_nobody_and_leaves_nothing_behind(plain: Settings, stocked: Library, tmp_path: Path) -> None:
    answered(python(*ASK, ASSISTANT_DATA=str(plain.data), HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache"), XDG_DATA_HOME=str(tmp_path / "share")))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
