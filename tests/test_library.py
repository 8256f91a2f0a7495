"""The front desk of the index: add, replace, remove, open."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import JOB

from corpus.profiles import CorpusError
from index import snapshots
from index.embedding import Encoded, Floats, OneVector
from index.library import Encoder, Library, SnapshotError, UnknownProfile, shard_of
from index.vectors import Vectors


@pytest.fixture
def library(tmp_path: Path, encoder: Encoder) -> Library:
    """An empty library."""
    return Library(tmp_path / "index", encoder)


def job_in(folder: Path, text: str = JOB) -> Path:
    """The short profile as a file in a folder of its own."""
    folder.mkdir(exist_ok=True)
    path = folder / "skoleleder.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_added_is_there_for_everybody(library: Library, tmp_path: Path) -> None:
    profile = library.add(job_in(tmp_path / "a"))
    other = Library(library.folder, library.encoder)
    assert [p.slug for p in other.profiles()] == ["birkelund-skoleleder"]
    assert other.profile(profile.slug) == profile
    assert len(other.shard(profile.slug).vectors) == len(profile.passages)


def test_the_same_path_replaces_and_another_gets_a_number(library: Library, tmp_path: Path) -> None:
    first = job_in(tmp_path / "a")
    library.add(first)
    assert library.add(job_in(tmp_path / "b")).slug == "birkelund-skoleleder-2"
    library.add(job_in(tmp_path / "a", JOB.replace("412 elever", "555 elever")))
    assert sorted(library.manifest().entries) == ["birkelund-skoleleder", "birkelund-skoleleder-2"]
    assert "555 elever" in library.profile("birkelund-skoleleder").text
    assert "412 elever" in library.profile("birkelund-skoleleder-2").text


def test_an_unchanged_file_is_not_encoded_again_and_a_changed_one_only_in_part(library: Library, tmp_path: Path) -> None:
    library.add(job_in(tmp_path / "a"))
    done: list[tuple[int, int]] = []
    library.add(job_in(tmp_path / "a"), lambda *step: done.append(step))
    assert done == []
    library.add(job_in(tmp_path / "a", JOB.replace("412 elever", "555 elever")), lambda *step: done.append(step))
    assert 0 < done[-1][1] < 4


def test_what_is_kept_from_before_is_that_of_a_fresh_index(library: Library, tmp_path: Path) -> None:
    library.add(job_in(tmp_path / "a", JOB.replace("412", "555")))
    profile = library.add(job_in(tmp_path / "a"))
    kept, fresh = library.shard(profile.slug), shard_of(profile, library.encoder)
    assert kept.vectors.dump() == fresh.vectors.dump() and kept.tokens.dump() == fresh.tokens.dump()


def test_what_is_removed_is_gone_and_stays_known_as_removed(library: Library, tmp_path: Path) -> None:
    path = job_in(tmp_path / "a")
    library.add(path)
    library.remove("birkelund-skoleleder")
    assert library.profiles() == []
    assert library.was_removed(path)
    with pytest.raises(UnknownProfile):
        library.profile("birkelund-skoleleder")
    library.add(path)
    assert not library.was_removed(path)


def test_an_unknown_slug_says_what_there_is(library: Library, tmp_path: Path) -> None:
    library.add(job_in(tmp_path / "a"))
    for act in (library.profile, library.shard, library.remove):
        with pytest.raises(UnknownProfile) as unknown:
            act("nix")
        assert unknown.value.known == ("birkelund-skoleleder",)


def test_a_refused_file_changes_nothing(library: Library, tmp_path: Path) -> None:
    library.add(job_in(tmp_path / "a"))
    before = (library.folder / "manifest.json").read_bytes()
    empty = tmp_path / "tom.md"
    empty.touch()
    with pytest.raises(CorpusError):
        library.add(empty)
    assert (library.folder / "manifest.json").read_bytes() == before


def test_a_second_builder_waits_its_turn(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "PATIENCE", 0.1)
    with snapshots.builder(library.folder), pytest.raises(SnapshotError, match="i gang"):
        library.add(job_in(tmp_path / "a"))


def test_a_reader_sees_what_another_has_changed(library: Library, tmp_path: Path) -> None:
    reader = Library(library.folder, library.encoder)
    assert reader.profiles() == []
    library.add(job_in(tmp_path / "a"))
    assert len(reader.profiles()) == 1
    library.remove("birkelund-skoleleder")
    assert reader.profiles() == []


def test_a_damaged_shard_without_its_original_is_made_again_by_adding_its_file(library: Library, tmp_path: Path) -> None:
    path = job_in(tmp_path / "a")
    library.add(path)
    for name in ("profile.json", "original.md"):
        next(library.folder.rglob(name)).write_bytes(b"")
    with pytest.raises(SnapshotError, match="assistant add"):
        Library(library.folder, library.encoder).profile("birkelund-skoleleder")
    Library(library.folder, library.encoder).add(path)
    assert len(Library(library.folder, library.encoder).profiles()) == 1


class Counting:
    """The model, and every text that it was asked to encode."""

    def __init__(self, inner: Encoder) -> None:
        self.inner, self.identity = inner, inner.identity
        self.encoded: list[str] = []

    def questions(self, texts: Sequence[str]) -> Floats:
        self.encoded += texts
        return self.inner.questions(texts)

    def read_questions(self, texts: Sequence[str]) -> Encoded:
        return self.inner.read_questions(texts)

    def read_passages(self, texts: Sequence[str]) -> Encoded:
        self.encoded += texts
        return self.inner.read_passages(texts)


def test_an_indexing_that_was_interrupted_goes_on_where_it_was(tmp_path: Path, encoder: Encoder) -> None:
    path = tmp_path / "lang.md"
    path.write_text("# Leder\n\n" + "\n\n".join(f"Afsnit {n} handler om opgave {n}." for n in range(80)), encoding="utf-8")
    first, again = Counting(encoder), Counting(encoder)

    def interrupt(done: int, of: int) -> None:
        if done > of / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Library(tmp_path / "index", first).add(path, interrupt)
    library = Library(tmp_path / "index", again)
    assert library.profiles() == []
    library.add(path)
    assert len(first.encoded) > 30
    assert not set(first.encoded) & set(again.encoded)
    assert not again.encoded.count("") and len(again.encoded) == len(set(again.encoded))


def test_what_another_profile_says_too_is_not_encoded_again_and_questions_are_not_kept(tmp_path: Path, encoder: Encoder) -> None:
    counting = Counting(encoder)
    library = Library(tmp_path / "index", counting)
    library.add(job_in(tmp_path / "a"))
    before = len(counting.encoded)
    library.add(job_in(tmp_path / "b"))
    assert len(counting.encoded) == before
    size = library._remembered.path.stat().st_size
    library.meanings(["hemmelig", "sygdom"])
    assert library._remembered.path.stat().st_size == size


def test_a_memory_that_is_damaged_costs_time_and_nothing_else(tmp_path: Path, encoder: Encoder) -> None:
    library = Library(tmp_path / "index", encoder)
    library.folder.mkdir()
    library._remembered.path.write_bytes(b"no database at all" * 100)
    profile = library.add(job_in(tmp_path / "a"))
    assert library.shard(profile.slug).vectors.dump() == shard_of(profile, encoder).vectors.dump()


def test_no_flipped_bit_of_the_memory_reaches_the_index(library: Library, tmp_path: Path) -> None:
    whole, chance = library.shard(library.add(job_in(tmp_path / "a")).slug), random.Random(3)
    memory = library._remembered.path.read_bytes()
    for _ in range(10):
        at = chance.randrange(len(memory))
        library._remembered.path.write_bytes(memory[:at] + bytes([memory[at] ^ 1 << chance.randrange(8)]) + memory[at + 1 :])
        again = library._encoded(whole.profile)
        assert again.vectors.dump() == whole.vectors.dump() and again.tokens.dump() == whole.tokens.dump()


def test_a_library_keeps_at_hand_what_was_asked_about_last(tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.library.OPEN", 2)
    library = Library(tmp_path / "index", encoder)
    slugs = [library.add(job_in(tmp_path / name)).slug for name in "abc"]
    first, second = library.shard(slugs[0]), library.shard(slugs[1])
    assert library.shard(slugs[0]) is first
    library.shard(slugs[2])
    assert library.shard(slugs[0]) is first
    assert library.shard(slugs[1]) is not second


class Letters(OneVector):
    """An encoder that can be computed in the head: a one at the length of the text, and another name."""

    identity = "letters"

    def questions(self, texts: list[str]) -> np.ndarray:
        return np.eye(400, dtype=np.float32)[[len(text) % 400 for text in texts]]

    passages = questions


def test_vectors_of_two_models_never_meet(library: Library, tmp_path: Path) -> None:
    library.add(job_in(tmp_path / "a"))
    other = Library(library.folder, Letters())  # type: ignore[arg-type]
    other.add(job_in(tmp_path / "b"))
    assert {len(other.shard(slug).vectors.rows()[0]) for slug in other.manifest().entries} == {400}


def test_a_shard_shows_its_passages_as_langchain_documents(library: Library, tmp_path: Path) -> None:
    profile = library.add(job_in(tmp_path / "a"))
    documents = library.shard(profile.slug).documents()
    assert len(documents) == len(profile.passages)
    assert all(d.page_content == profile.text[d.metadata["start"] : d.metadata["end"]] for d in documents)


def test_the_folder_holds_plain_files_and_no_pickle(stocked: Library) -> None:
    files = [path for path in stocked.folder.rglob("*") if path.is_file()]
    assert {path.suffix or path.name for path in files} == {".json", ".faiss", ".lock", ".md", ".txt", ".sqlite"}
    assert not [path for path in files if path.read_bytes().startswith(b"\x80\x04")]
    assert Vectors.load(next(path for path in files if path.name == "vectors.faiss").read_bytes()).rows().shape[1] > 0


def test_the_original_is_kept_beside_the_profile(tmp_path: Path, encoder: Encoder) -> None:
    library = Library(tmp_path / "index", encoder)
    path = tmp_path / "leder.txt"
    path.write_bytes(b"Leder\n\nFristen er den 1. maj 2027.\n")
    library.add(path)
    kept = library.original("leder")
    assert kept is not None and kept.read_bytes() == path.read_bytes()
    assert kept.suffix == ".txt"
    kept.write_bytes(b"andet")
    with pytest.raises(SnapshotError):
        library.original("leder")
    with pytest.raises(UnknownProfile):
        library.original("nix")


def test_an_upload_is_added_by_its_name(tmp_path: Path, encoder: Encoder) -> None:
    library = Library(tmp_path / "index", encoder)
    first = library.add_upload(b"Leder\n\nFristen er den 1. maj 2027.\n", "leder.txt")
    again = library.add_upload(b"Leder\n\nFristen er den 2. maj 2027.\n", "leder.txt")
    assert (first.slug, again.slug, [profile.slug for profile in library.profiles()]) == ("leder", "leder", ["leder"])
    assert "2. maj" in library.profile("leder").text
