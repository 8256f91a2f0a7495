"""One profile, ready to be searched: its passages' words, vectors and token vectors, and what makes them of a profile and an encoder.

Left to others: where shards lie (`engines`), what is remembered of their making (`remembered`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from corpus.profiles import Profile
from index import words
from index.columns import Columns
from index.embedding import Encoded, Floats
from index.late import Tokens
from index.snapshots import Files
from index.vectors import Vectors

if TYPE_CHECKING:
    from langchain_core.documents import Document


class Encoder(Protocol):
    """What the library asks of an embedding model: unit rows for single words, and texts whole and by token."""

    @property
    def identity(self) -> str:
        """What an index must have been built with to be searched with this model."""

    def questions(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""

    def read_questions(self, texts: Sequence[str]) -> Encoded:
        """Questions, whole and by token."""

    def read_passages(self, texts: Sequence[str]) -> Encoded:
        """Passages, whole and by token."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One profile, ready to be searched: its passages' words, vectors and token vectors (row i is passage i)."""

    profile: Profile
    words: words.WordIndex
    vectors: Vectors
    tokens: Tokens
    columns: Columns = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", Columns.of(self.profile, self.words.entities))

    def documents(self) -> list[Document]:
        """The passages as LangChain documents, in order, with slug, span, section and page as metadata."""
        from langchain_core.documents import Document

        p = self.profile
        return [
            Document(page_content=p.quote(x), metadata={"profile": p.slug, "start": x.start, "end": x.end, "section": x.heading, "page": x.page, "kind": x.kind.value}) for x in p.passages
        ]


def shard_of(profile: Profile, encoder: Encoder) -> Shard:
    """A profile read on the spot, searchable without being added anywhere."""
    read = encoder.read_passages(contexts(profile))
    return searchable(Files(profile, Vectors.of(read.vectors), Tokens.of(read.tokens), Vectors.of(encoder.questions(vocabulary(profile)))))


def searchable(files: Files) -> Shard:
    """What the files of a shard hold, its words analysed."""
    return Shard(files.profile, replace(words.build(files.profile), meanings=files.words.rows()), files.vectors, files.tokens)


def contexts(profile: Profile) -> list[str]:
    """The passages as they are encoded."""
    return [profile.context(passage) for passage in profile.passages]


def vocabulary(profile: Profile) -> list[str]:
    """The profile's words, in the order in which their vectors are kept."""
    return list(words.build(profile).vocabulary)
