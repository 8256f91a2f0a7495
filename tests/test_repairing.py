"""A damaged index: never served, made again from what is kept of the profiles, and said in one line; else refused with the command that repairs it."""

from __future__ import annotations

import logging
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import JOB
from numpy.typing import NDArray

from corpus.profiles import Profile
from index import snapshots
from index.embedding import OneVector
from index.library import Encoder, Library, SnapshotError

SLUG = "birkelund-skoleleder"
FILES = ["manifest.json", "manifest-spare.json", "profile.json", "vectors.faiss", "tokens.faiss", "words.faiss", "original.md"]


class Letters(OneVector):
    """An encoder that can be computed in the head: a one at the length of the text."""

    identity = "letters"

    def questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.eye(400, dtype=np.float32)[[len(text) % 400 for text in texts]]

    passages = questions


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Profile]:
    """An index with one profile in it, and the profile."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "skoleleder.md").write_text(JOB, encoding="utf-8")
    return folder / "index", Library(folder / "index", Letters()).add(folder / "skoleleder.md")


@pytest.fixture
def index(made: tuple[Path, Profile], tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    shutil.copytree(made[0], tmp_path / "index")
    return tmp_path / "index"


def file(index: Path, name: str) -> Path:
    (found,) = index.rglob(name)
    return found


def same(one: Profile, other: Profile) -> bool:
    """Whether two profiles are the same, but for the name of the file."""
    return replace(one, source="") == replace(other, source="")


def flipped(whole: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(whole))
    return whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "flipped": lambda whole: flipped(whole, random.Random(1)),
    "truncated": lambda whole: whole[: len(whole) // 2],
    "zeroed": lambda whole: bytes(len(whole)),
    "empty": lambda whole: b"",
    "longer": lambda whole: whole + b"\0",
    "pickled": lambda whole: b"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x05false\x94\x85\x94R\x94.",
    "missing": lambda whole: None,
}


def damage(path: Path, kind: str) -> None:
    content = DAMAGES[kind](path.read_bytes())
    path.unlink() if content is None else path.write_bytes(content)


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_one_damaged_file_is_noticed_and_made_again(index: Path, made: tuple[Path, Profile], name: str, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    damage(file(index, name), kind)
    library = Library(index, Letters())
    shard = library.shard(SLUG)
    assert same(shard.profile, made[1]) and len(shard.vectors) == len(made[1].passages)
    told = [] if (name, kind) == ("manifest-spare.json", "missing") else ["" if name.startswith("manifest") else SLUG]  # a spare that isn't there yet is no damage
    assert library.mended == told and not library.broken and snapshots.whole(index)
    assert [record.levelno for record in caplog.records if record.name == "profilassistenten.index"] == [logging.WARNING] * len(told)
    again = Library(index, Letters())
    assert same(again.profile(SLUG), made[1]) and not again.mended
    kept = again.original(SLUG)
    assert kept is None if name == "original.md" else kept and kept.read_text("utf-8") == JOB


def test_what_nothing_is_kept_of_is_refused_and_the_other_profiles_serve(index: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    other = tmp_path / "anden.md"
    other.write_text("# Anden stilling\n\nFristen er den 3. maj 2027.\n", encoding="utf-8")
    Library(index, Letters()).add(other)
    for name in ("profile.json", "original.md"):
        next(path for path in index.rglob(name) if SLUG in path.parent.name).write_bytes(b"{}")
    library = Library(index, Letters())
    for _ in range(2):
        assert [profile.slug for profile in library.profiles()] == ["anden"]
        with pytest.raises(SnapshotError, match="assistant add"):
            library.shard(SLUG)
    assert "assistant add" in library.broken[SLUG] and len(caplog.records) == 1


def test_a_damaged_manifest_without_its_spare_is_refused_with_its_repair(index: Path) -> None:
    for name in FILES[:2]:
        file(index, name).write_bytes(b"{}")
    with pytest.raises(SnapshotError, match="assistant add"):
        Library(index, Letters()).profiles()


def test_a_shard_of_another_dimension_is_never_served(index: Path, tmp_path: Path, made: tuple[Path, Profile]) -> None:
    class Wide(Letters):
        def questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return np.eye(500, dtype=np.float32)[[len(text) % 500 for text in texts]]

        passages = questions

    (tmp_path / "skoleleder.md").write_text(JOB, encoding="utf-8")
    Library(tmp_path / "foreign", Wide()).add(tmp_path / "skoleleder.md")
    shutil.copyfile(file(tmp_path / "foreign", "vectors.faiss"), file(index, "vectors.faiss"))
    assert Library(index, Letters()).shard(SLUG).vectors.rows().shape == (len(made[1].passages), 400)


def test_a_damaged_index_of_another_model_is_made_again_with_this_one(index: Path, encoder: Encoder, made: tuple[Path, Profile]) -> None:
    file(index, "profile.json").write_bytes(b"")
    library = Library(index, encoder)
    assert same(library.profile(SLUG), made[1])
    assert library.shard(SLUG).vectors.rows().shape == (len(made[1].passages), 384) and library.manifest().embedding == encoder.identity


def test_while_somebody_builds_a_damaged_profile_waits_its_turn(index: Path) -> None:
    damage(file(index, "vectors.faiss"), "zeroed")
    library = Library(index, Letters())
    with snapshots.builder(index):
        with pytest.raises(SnapshotError, match="i gang"):
            library.shard(SLUG)
        assert library.broken
    assert library.shard(SLUG) and not library.broken and library.mended == [SLUG]


def flips(index: Path, made: tuple[Path, Profile], times: int) -> tuple[int, int]:
    """(noticed, silent) of this many single flipped bits over the files of an index, whole again before each."""
    files = {path: path.read_bytes() for path in sorted(made[0].rglob("*")) if path.is_file() and path.suffix in {".json", ".faiss", ".md"}}
    chance, noticed = random.Random(5), 0
    for _ in range(times):
        shutil.rmtree(index)
        shutil.copytree(made[0], index)
        hit = chance.choice(list(files))
        (index / hit.relative_to(made[0])).write_bytes(flipped(files[hit], chance))
        library = Library(index, Letters())
        assert same(library.shard(SLUG).profile, made[1])
        noticed += bool(library.mended)
    return noticed, times - noticed


def test_every_flipped_bit_is_noticed(index: Path, made: tuple[Path, Profile]) -> None:
    assert flips(index, made, 30) == (30, 0)


@pytest.mark.slow
def test_a_thousand_flipped_bits_are_noticed(index: Path, made: tuple[Path, Profile]) -> None:
    noticed, silent = flips(index, made, 1000)
    print(f"1,000 flipped bits: {noticed} noticed, {silent} silent")
    assert (noticed, silent) == (1000, 0)
