"""One real engine, for the protocol and the streaming: `transformers serve` with a tiny model of random weights, made on the spot."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from assistant import opening
from assistant.answering import Assistant
from assistant.generative import Generative
from assistant.models import open_model
from index.library import Encoder

pytestmark = pytest.mark.slow
TEMPLATE = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant: "
START = 120


def model_folder(folder: Path) -> Path:
    """A Llama of two layers that has learnt nothing, with a tokenizer of bytes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(0)
    letters = Tokenizer(models.BPE(unk_token="<unk>"))
    letters.pre_tokenizer, letters.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    letters.train_from_iterator(["Skolen har elever."], trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>", "<s>", "</s>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=letters, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="</s>")
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 16_384}
    LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), bos_token_id=1, eos_token_id=2, **size)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The engine's address and its model's name."""
    if missing := [name for name in ("accelerate", "langchain_openai") if importlib.util.find_spec(name) is None]:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(f"transformers serve needs {', '.join(missing)}")
        pytest.skip(f"transformers serve needs {', '.join(missing)}: pip install accelerate 'profilassistenten[openai]'")
    folder = model_folder(tmp_path_factory.mktemp("model"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    log = (folder.parent / "serve.log").open("wb")
    running = subprocess.Popen(command, env={**os.environ, "HF_HUB_OFFLINE": "1"}, stdout=log, stderr=log, cwd=folder.parent)
    try:
        _await(f"http://127.0.0.1:{port}/health", running, Path(log.name))
        yield f"http://127.0.0.1:{port}/v1", str(folder)
    finally:
        running.terminate()
        running.wait(20)


def _await(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until and running.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.5)
    pytest.fail(f"transformers serve did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def test_the_engine_streams_through_the_official_client(engine: tuple[str, str]) -> None:
    url, name = engine
    model = open_model(f"openai:{name}", url, None, seconds=60.0)
    pieces = list(model.bind(max_tokens=24, extra_body={"max_tokens": 24}).stream("Hej"))
    assert len(pieces) > 3 and any(piece.text for piece in pieces)
    assert [piece for piece in pieces if piece.response_metadata.get("finish_reason")]


def test_what_a_model_without_sense_writes_never_reaches_the_reader(engine: tuple[str, str], job_file: Path, encoder: Encoder) -> None:
    url, name = engine
    model = open_model(f"openai:{name}", url, None, seconds=60.0)
    assistant = Assistant(opening.OneFile(job_file, encoder), lambda: date(2027, 2, 20), writer=Generative(lambda: model, deadline=60.0))
    *shown, answer = assistant.stream("Hvor mange elever har skolen?")
    assert answer.writer == "extractive" and answer.notice and answer.drafted and answer.drafted.fault  # type: ignore[union-attr]
    assert "".join(map(str, shown)) == answer.answer == "Skolelederen har ansvaret for 412 elever og 58 medarbejdere. [1]"  # type: ignore[union-attr]
