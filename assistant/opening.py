"""How settings become what the rooms work with: encoder, library, assistant, conversations. One place, for every command and the web.

`python -m assistant.opening` makes the embedding model ready, as `make setup` does.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from assistant.answering import Assistant
from assistant.budget import Budget
from assistant.generative import Generative
from assistant.models import EXTRAS, open_model
from assistant.settings import Settings, SettingsError, load
from corpus.formats import READERS
from corpus.limits import Limits
from corpus.profiles import Profile
from corpus.reading import LIMITS, read
from index import danish_model
from index.embedding import EmbeddingError, Encoded, Floats, SentenceTransformerEmbeddings, WrappedEmbeddings
from index.engines import Engine
from index.library import Encoder, Library, Shard, UnknownProfile, shard_of
from index.onnx_encoder import MANIFEST, OnnxEmbeddings

if TYPE_CHECKING:
    from sqlalchemy import Engine as Database

    from assistant.conversations import Conversations

HOME = Path(__file__).resolve().parent.parent
SHIPPED = HOME / "corpus" / "profiles"
BUILDERS = 5_090_627  # the number of the lock that those who build an index hold, in PostgreSQL
CHECKED = 300_000_000  # bytes: a larger database is opened without being read through
Progress = Callable[[int, int], None]


class Later:
    """An encoder that is made when it is first needed, so that listing profiles or a refusal loads no model."""

    def __init__(self, make: Callable[[], Encoder]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Encoder:
        return self._make()

    @property
    def identity(self) -> str:
        """Of the encoder behind it."""
        return self._made.identity

    @property
    def name(self) -> str:
        """What the model behind it calls itself."""
        return str(getattr(self._made, "name", type(self._made).__name__))

    def questions(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""
        return self._made.questions(texts)

    def read_questions(self, texts: Sequence[str]) -> Encoded:
        """Questions, whole and by token."""
        return self._made.read_questions(texts)

    def read_passages(self, texts: Sequence[str]) -> Encoded:
        """Passages, whole and by token."""
        return self._made.read_passages(texts)


class OneFile(Library):
    """A library of one profile that was read on the spot. It writes nothing anywhere."""

    def __init__(self, path: Path, encoder: Encoder, limits: Limits = LIMITS) -> None:
        super().__init__(path.parent, encoder, limits)
        self._profile = read(path, limits)

    @cached_property
    def _shard(self) -> Shard:
        return shard_of(self._profile, self.encoder)

    def profiles(self) -> list[Profile]:
        """The one."""
        return [self._profile]

    def profile(self, slug: str) -> Profile:
        """The one profile. Raises `UnknownProfile` for any other slug."""
        if slug != self._profile.slug:
            raise UnknownProfile(slug, [self._profile.slug])
        return self._profile

    def shard(self, slug: str) -> Shard:
        """The one profile, ready to be searched. Raises `UnknownProfile` for any other slug."""
        self.profile(slug)
        return self._shard


@dataclass(frozen=True, slots=True)
class Opened:
    """A recipe for an assistant that travels between processes: called, it makes one."""

    settings: Settings

    def __call__(self) -> Assistant:
        """The assistant of the settings."""
        return assistant(self.settings)


def encoder(settings: Settings) -> Encoder:
    """The embedding model that the settings choose. Loaded on first use; `EmbeddingError` then, when it can't be."""
    return Later(lambda: _model(settings))


def library(settings: Settings) -> Library:
    """The indexed profiles, in the data folder. Raises `NotADirectoryError` when that is something else."""
    if settings.data.exists() and not settings.data.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(settings.data))
    return Library(settings.data / "index", encoder(settings), limits(settings), engine(settings))


def engine(settings: Settings) -> Engine | None:
    """The engine that the settings name; None for files in the data folder. Connected on first use; `SnapshotError` then, when it can't be."""
    if not settings.index:
        return None
    from index.milvus import Milvus

    return Milvus(settings.index.removeprefix("milvus:"), settings.data / "index", lambda: _alone(settings.database))


@contextmanager
def _alone(database: str) -> Iterator[None]:
    """The lock of everybody who builds an index, on all machines. Raises `StorageError` when the database doesn't give it."""
    from sqlalchemy.exc import SQLAlchemyError

    from assistant.conversations import StorageError
    from assistant.database import alone

    try:
        with alone(database, BUILDERS):
            yield
    except (SQLAlchemyError, ImportError) as error:
        raise StorageError("Databasen kan ikke læses eller skrives.") from error


def limits(settings: Settings) -> Limits:
    """What reading one file may cost, and whether scans are read."""
    return replace(LIMITS, ocr=settings.ocr)


def assistant(settings: Settings, profiles: Library | None = None) -> Assistant:
    """The assistant over a library: the indexed profiles unless another is handed in."""
    return Assistant(profiles or library(settings), settings.day, settings.language, writer(settings))


def writer(settings: Settings) -> Generative | None:
    """The writer with the chat model that the settings name, or None: the extractive one. Raises `ModelError` when there is no such model."""
    if not settings.model:
        return None
    model = open_model(settings.model, settings.model_url, settings.model_key)
    budget = Budget(settings.data / "budget.sqlite", settings.tokens_per_day, settings.day)
    return Generative(lambda: model, budget, strict=settings.model.partition(":")[0] in EXTRAS)


def conversations(settings: Settings) -> Conversations:
    """The conversations, their database brought up to date. Raises `StorageError` when it cannot be opened."""
    from assistant.conversations import Conversations, StorageError
    from assistant.database import connect, damaged, migrate

    with _opened(settings):
        engine = connect(settings.database)
        if _small(engine.url.database) and damaged(engine):
            raise StorageError(f"Databasen {_named(settings)} er beskadiget. Gendan den fra en sikkerhedskopi med: assistant restore FIL")
        migrate(engine)
    return Conversations(engine)


def database(settings: Settings) -> Database:
    """The database as it is, not brought up to date. Raises `StorageError` when its address is none."""
    from assistant.database import connect

    with _opened(settings):
        return connect(settings.database)


@contextmanager
def _opened(settings: Settings) -> Iterator[None]:
    """Whatever goes wrong with the database's address, in our words and without its password."""
    from sqlalchemy.exc import SQLAlchemyError

    from assistant.conversations import StorageError
    from assistant.database import NewerDatabase

    try:
        yield
    except NewerDatabase as error:
        raise StorageError(str(error)) from error
    except (SQLAlchemyError, ImportError, OSError) as error:
        raise StorageError(f"Databasen {_named(settings)} kan ikke åbnes. Se ASSISTANT_DATABASE og datamappen.") from error


def _named(settings: Settings) -> str:
    """The database's address without its password."""
    return settings.database.split("@")[-1]


def _small(database: str | None) -> bool:
    """Whether a database is a file that can be read through in a second or two."""
    path = Path(database or "")
    return path.is_file() and path.stat().st_size < CHECKED


def _model(settings: Settings) -> Encoder:
    """The model of the settings, else the packaged one made Danish. A folder that is not there is said at once, no hub is asked for it."""
    name = settings.embedding
    if not name:
        return OnnxEmbeddings(_danish(settings))
    if re.fullmatch(r"[a-z][a-z0-9_-]+:[^/\\]\S*", name):
        return _langchain(name)
    if name.startswith(("/", ".", "~")) and not Path(name).expanduser().is_dir():
        raise EmbeddingError(f"Embeddingmodellens mappe {name} findes ikke. Ret ASSISTANT_EMBEDDING.")
    folder = Path(name).expanduser()
    if (folder / MANIFEST).is_file():
        return OnnxEmbeddings(folder)
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    return SentenceTransformerEmbeddings(str(folder))


def _langchain(name: str) -> Encoder:
    """LangChain's own `Embeddings`, provider:name. Raises `EmbeddingError` when that provider is not installed or won't be made."""
    from langchain.embeddings import init_embeddings

    try:
        return WrappedEmbeddings(init_embeddings(name), hashlib.sha256(name.encode()).hexdigest()[:16])
    except Exception as error:  # every provider complains in its own way, some with the key in the message
        raise EmbeddingError(f"Embeddingmodellen {name!r} kan ikke bruges ({type(error).__name__}). Ret ASSISTANT_EMBEDDING, eller installér udbyderens langchain-pakke.") from None


def _danish(settings: Settings) -> Path:
    """The folder of the Danish model: one that is ready beside the project or in the data folder, else built in the first of these that may be written."""
    beside, own = HOME / "data" / "model", settings.data / "model"
    folder = next((one for one in (beside, own) if danish_model.is_current(one)), beside if _writable(beside) else own)
    if not danish_model.is_current(folder):
        with tqdm(desc="Embeddingmodel", total=len(danish_model.STEPS), disable=not sys.stderr.isatty(), leave=False) as bar:
            danish_model.build(folder, lambda step, done, of: (bar.set_postfix_str(step), bar.update(done - bar.n))[0])
    return folder


def _writable(folder: Path) -> bool:
    """Whether a folder can be made or changed, going by the nearest one there is."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def shipped(profiles: Library) -> list[Path]:
    """The files to index before serving: with nothing indexed those that come with us, less those taken out on purpose."""
    if profiles.manifest().entries:
        return []
    files = sorted(path for path in SHIPPED.iterdir() if path.suffix in READERS)
    return [path for path in files if not profiles.was_removed(path)]


def prepare() -> int:
    """Makes the embedding model ready for every data folder; one line and status 2 when it cannot be."""
    try:
        encoder(load()).identity  # noqa: B018
    except (SettingsError, EmbeddingError, OSError) as error:
        print(f"assistant: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(prepare())
