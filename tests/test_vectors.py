"""FAISS over one profile, and LangChain's view of it."""

from __future__ import annotations

import faiss
import numpy as np
import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from index.embedding import SentenceTransformerEmbeddings, WrappedEmbeddings, packaged
from index.vector_store import ProfileVectorStore
from index.vectors import Vectors


@pytest.fixture(scope="module")
def model() -> SentenceTransformerEmbeddings:
    """The model that comes with the package registry."""
    return SentenceTransformerEmbeddings(packaged())


def unit(rows: int, columns: int = 16) -> np.ndarray:
    """Rows of length one, the same every time."""
    found = np.random.default_rng(3).normal(size=(rows, columns)).astype(np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def half(rows: np.ndarray) -> np.ndarray:
    """Rows as float16 keeps them."""
    return rows.astype(np.float16).astype(np.float32)


def test_an_index_of_an_older_version_is_read() -> None:
    rows = unit(7)
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    assert np.array_equal(Vectors.load(faiss.serialize_index(flat).tobytes()).rows(), rows)


def test_cosines_are_inner_products_in_row_order() -> None:
    rows, question = unit(40), unit(1)[0]
    assert np.allclose(Vectors.of(rows).cosines(question), half(rows) @ question, atol=1e-6)


def test_vectors_come_back_from_disk() -> None:
    rows = unit(7)
    written = Vectors.of(rows).dump()
    assert np.array_equal(Vectors.load(written).rows(), half(rows))
    assert len(Vectors.load(written)) == 7


def test_the_model_gives_unit_rows_and_both_sides_agree(model: SentenceTransformerEmbeddings) -> None:
    rows = model.passages(["Hvad er fristen?", "Løn"])
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(model.embed_documents(["Løn"])[0], rows[1], atol=1e-4)
    assert np.allclose(model.embed_query("Løn"), model.questions(["Løn"])[0], atol=1e-5)
    assert model.passages([]).shape[0] == 0


def test_a_family_of_models_gets_the_prefixes_it_was_trained_with() -> None:
    e5 = SentenceTransformerEmbeddings("intfloat/multilingual-e5-small")
    assert (e5._question, e5._passage) == ("query: ", "passage: ")
    assert (SentenceTransformerEmbeddings("BAAI/bge-m3")._question) == ""


class Lengths(Embeddings):
    """Anyone's embeddings, computed in the head: (length, 1)."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [float(len(text)), 1.0]


def test_anyones_embeddings_become_unit_rows() -> None:
    rows = WrappedEmbeddings(Lengths(), "lengths").passages(["abc", "abcd"])
    assert np.allclose(rows, [[3 / 10**0.5, 1 / 10**0.5], [4 / 17**0.5, 1 / 17**0.5]])


def test_the_store_is_a_langchain_vector_store(model: SentenceTransformerEmbeddings) -> None:
    store = ProfileVectorStore.from_texts(["The salary is by agreement.", "The school has 412 pupils."], model, [{"n": 1}, {"n": 2}])
    assert isinstance(store, VectorStore)
    assert store.embeddings is model
    ((best, cosine), _) = store.similarity_search_with_score("How many pupils?", 2)
    assert best == Document(page_content="The school has 412 pupils.", metadata={"n": 2})
    assert 0 < cosine <= 1
    assert store.add_texts(["The deadline is 1 May."]) == ["2"]
    assert store.as_retriever(search_kwargs={"k": 1}).invoke("When is the deadline?")[0].page_content.startswith("The deadline")


def test_an_empty_store_finds_nothing(model: SentenceTransformerEmbeddings) -> None:
    assert ProfileVectorStore(model).similarity_search("løn") == []
