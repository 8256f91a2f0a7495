"""Another embedding model: its prefixes, and an index that stays whole while it is made anew."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding

from assistant import opening
from assistant.settings import load
from index.embedding import EmbeddingError, Floats, OneVector, SentenceTransformerEmbeddings, WrappedEmbeddings, packaged
from index.library import Library
from index.snapshots import SnapshotError


class Hashed(OneVector):
    """Unit rows that can be worked out by hand: a text's bytes decide. Waits before each batch of passages, when asked to."""

    def __init__(self, identity: str, size: int, gate: threading.Event | None = None) -> None:
        self.identity, self.size, self.gate, self.asked = identity, size, gate, threading.Event()

    def questions(self, texts: Sequence[str]) -> Floats:
        rows = np.array([np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)[: self.size] for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True) if len(rows) else np.zeros((0, self.size), np.float32)

    def passages(self, texts: Sequence[str]) -> Floats:
        self.asked.set()
        if self.gate:
            assert self.gate.wait(20)
        return self.questions(texts)


def test_changing_the_model_rebuilds_and_the_old_index_serves_until_the_new_is_whole(tmp_path: Path, job_file: Path) -> None:
    old = Library(tmp_path, Hashed("old", 8))
    slug = old.add(job_file).slug
    assert old.shard(slug).vectors.rows().shape[1] == 8
    gate = threading.Event()
    encoder, told = Hashed("new", 16, gate), []
    new = Library(tmp_path, encoder)
    thread = threading.Thread(target=lambda: new.rebuild(lambda done, count: told.append((done, count))))
    thread.start()
    assert encoder.asked.wait(20)
    reader = Library(tmp_path, Hashed("old", 8))
    assert reader.manifest().embedding == "old" and reader.shard(slug).vectors.rows().shape[1] == 8
    gate.set()
    thread.join()
    assert told == [(1, 1)] and new.shard(slug).vectors.rows().shape[1] == 16
    assert old.manifest().embedding == "new" and old.shard(slug).vectors.rows().shape[1] == 8
    assert not new.rebuild()


def test_a_question_with_another_model_encodes_the_index_first(tmp_path: Path, job_file: Path) -> None:
    slug = Library(tmp_path, Hashed("old", 8)).add(job_file).slug
    other = Library(tmp_path, Hashed("new", 16))
    assert other.shard(slug).vectors.rows().shape[1] == 16 and other.manifest().embedding == "new"


def test_a_server_that_was_overtaken_says_so_for_what_it_never_opened(tmp_path: Path, job_file: Path) -> None:
    old = Library(tmp_path, Hashed("old", 8))
    slug = old.add(job_file).slug
    old.shard(slug)
    new = Library(tmp_path, Hashed("new", 16))
    other = job_file.with_name("anden.md")
    other.write_text("# Anden stilling\n\nFristen er den 3. maj 2027.\n", encoding="utf-8")
    added = new.add(other).slug
    assert old.shard(slug).profile.slug == slug
    with pytest.raises(SnapshotError, match="Start serveren igen"):
        old.shard(added)


def test_prefixes_are_those_the_model_names_else_those_of_its_family(tmp_path: Path) -> None:
    model = SentenceTransformerEmbeddings(packaged())
    plain, other = model.questions(["passage: frist"]), model.passages(["frist"])
    assert not np.allclose(plain, other)
    model._loaded().prompts = {"query": "query: ", "document": "passage: "}
    assert np.allclose(model.passages(["frist"]), plain, atol=1e-5)
    family = SentenceTransformerEmbeddings(packaged())
    named = SentenceTransformerEmbeddings(str(tmp_path / "multilingual-e5-small"))
    named._model = family._loaded()
    named._model.prompts = {}
    assert np.allclose(named.passages(["frist"]), plain, atol=1e-5)
    assert np.allclose(named.questions(["frist"]), family._encode(["query: frist"], "", ()), atol=1e-5)


def test_any_langchain_embeddings_will_do(tmp_path: Path, job_file: Path) -> None:
    library = Library(tmp_path, WrappedEmbeddings(DeterministicFakeEmbedding(size=12), "twelve"))
    rows = library.shard(library.add(job_file).slug).vectors.rows()
    assert rows.shape[1] == 12 and np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)


def test_an_embedding_provider_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match="findesikke:x"):
        opening.encoder(load(tmp_path, {"ASSISTANT_EMBEDDING": "findesikke:x"}, tmp_path)).questions(["hej"])
