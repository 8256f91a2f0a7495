"""How settings become the parts that work."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import JOB, python

from assistant import opening
from assistant.conversations import StorageError
from assistant.settings import Settings
from corpus.profiles import CorpusError
from index.embedding import EmbeddingError
from index.library import Encoder, Library, UnknownProfile


@pytest.fixture
def here(plain: Settings, tmp_path: Path) -> Settings:
    """The default settings over an empty data folder."""
    return replace(plain, data=tmp_path, database=f"sqlite:///{tmp_path}/conversations.sqlite")


def test_nothing_is_made_before_it_is_needed(here: Settings) -> None:
    made: list[str] = []
    later = opening.Later(lambda: made.append("made") or opening.encoder(here))  # type: ignore[func-returns-value]
    Library(here.data, later).profiles()
    assert made == []
    assert later.identity == later.identity
    assert made == ["made"]


def test_another_embedding_model_is_a_setting(here: Settings) -> None:
    with pytest.raises(EmbeddingError, match="findes ikke"):
        _ = opening.encoder(replace(here, embedding="/intet/her")).identity
    assert opening.encoder(replace(here, embedding="intfloat/multilingual-e5-small")).identity != opening.encoder(here).identity


def test_a_file_is_a_library_of_one_that_writes_nothing(job_file: Path, encoder: Encoder) -> None:
    before = sorted(job_file.parent.iterdir())
    library = opening.OneFile(job_file, encoder)
    assert [profile.slug for profile in library.profiles()] == ["birkelund-skoleleder"]
    assert len(library.shard("birkelund-skoleleder").vectors) == len(library.profile("birkelund-skoleleder").passages)
    with pytest.raises(UnknownProfile):
        library.profile("nix")
    with pytest.raises(CorpusError):
        opening.OneFile(job_file.with_name("nix.md"), encoder)
    assert sorted(job_file.parent.iterdir()) == before


def test_what_is_shipped_is_indexed_when_nothing_is_and_stays_removed(here: Settings, encoder: Encoder, tmp_path: Path) -> None:
    library = Library(here.data / "index", encoder)
    first = opening.shipped(library)
    assert len(first) >= 5
    small = min(first, key=lambda path: path.stat().st_size)
    library.remove(library.add(small).slug)
    assert small not in opening.shipped(library)
    own = tmp_path / "eget.md"
    own.write_text(JOB, encoding="utf-8")
    library.add(own)
    assert opening.shipped(library) == []


def test_a_database_that_cannot_be_opened_is_said_without_its_password(here: Settings) -> None:
    for address in ("nonsense", "postgresql+nodriver://bruger:hemmelig@vært/x", f"sqlite:///{here.data}"):
        with pytest.raises(StorageError) as refused:
            opening.conversations(replace(here, database=address))
        assert "hemmelig" not in str(refused.value)


def test_conversations_are_kept_in_the_data_folder(here: Settings) -> None:
    conversations = opening.conversations(here)
    started = conversations.start("x")
    assert opening.conversations(here).get(started.id).profile == "x"
    assert (here.data / "conversations.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_recipe_travels_to_another_process(here: Settings) -> None:
    import pickle

    assert pickle.loads(pickle.dumps(opening.Opened(here))) == opening.Opened(here)


def test_making_ready_says_what_is_wrong(tmp_path: Path) -> None:
    assert python("-m", "assistant.opening", ASSISTANT_DATA=str(tmp_path)).returncode == 0
    wrong = python("-m", "assistant.opening", ASSISTANT_EMBEDDING="/intet/her")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)


def test_the_default_settings_do_not_load_torch_until_asked(here: Settings) -> None:
    code = "import sys; from assistant import opening, settings; opening.library(settings.load()).profiles(); sys.exit('torch' in sys.modules)"
    assert python("-c", code, ASSISTANT_DATA=str(here.data)).returncode == 0
    assert "assistant.opening" in sys.modules
