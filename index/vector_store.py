"""What LangChain's own parts take: our vectors as a `VectorStore`, our models as `Embeddings`. Only who wants LangChain imports it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from index.embedding import SentenceTransformerEmbeddings
from index.onnx_encoder import OnnxEmbeddings
from index.vectors import Vectors

Embeddings.register(OnnxEmbeddings)
Embeddings.register(SentenceTransformerEmbeddings)


class ProfileVectorStore(VectorStore):
    """LangChain's view of vectors and the documents they stand for, so that anyone's retriever plugs in."""

    def __init__(self, embedding: Embeddings, documents: list[Document] | None = None, vectors: Vectors | None = None) -> None:
        self._embedding = embedding
        self._documents = documents or []
        self._vectors = vectors

    @property
    def embeddings(self) -> Embeddings:
        """The model that questions are encoded with."""
        return self._embedding

    def add_texts(self, texts: Iterable[str], metadatas: list[dict[str, Any]] | None = None, **kwargs: Any) -> list[str]:
        """Add texts; returns their ids, the row numbers."""
        new = list(texts)
        rows = np.asarray(self._embedding.embed_documents(new), np.float32)
        kept = [self._vectors.rows(), rows] if self._vectors else [rows]
        self._vectors = Vectors.of(np.concatenate(kept))
        first = len(self._documents)
        self._documents += [Document(page_content=text, metadata=(metadatas or [{}] * len(new))[i]) for i, text in enumerate(new)]
        return [str(i) for i in range(first, len(self._documents))]

    def similarity_search_with_score(self, query: str, k: int = 4, **kwargs: Any) -> list[tuple[Document, float]]:
        """The `k` nearest documents, best first, with their cosine."""
        if self._vectors is None:
            return []
        scores = self._vectors.cosines(np.asarray(self._embedding.embed_query(query), np.float32))
        return [(self._documents[i], float(scores[i])) for i in np.argsort(-scores, kind="stable")[:k]]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """The `k` nearest documents, best first."""
        return [document for document, _ in self.similarity_search_with_score(query, k)]

    @classmethod
    def from_texts(cls, texts: list[str], embedding: Embeddings, metadatas: list[dict[str, Any]] | None = None, **kwargs: Any) -> ProfileVectorStore:
        """A store of `texts`."""
        store = cls(embedding)
        store.add_texts(texts, metadatas)
        return store
