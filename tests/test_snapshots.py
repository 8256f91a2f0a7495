"""The index on disk: what is written comes back, and what is damaged is never served."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from corpus.profiles import Profile
from index import snapshots
from index.snapshots import Manifest, SnapshotError
from index.vectors import Vectors


@pytest.fixture
def folder(tmp_path: Path, job: Profile) -> Path:
    """An index with one shard in force."""
    rows = np.eye(len(job.passages), 384, dtype=np.float32)
    entry = snapshots.write_shard(tmp_path, job, Vectors.of(rows), Vectors.of(rows[:3]), "origin", "model")
    snapshots.write_manifest(tmp_path, Manifest("model", {job.slug: entry}, ["gone"]))
    return tmp_path


def opened(folder: Path) -> tuple[Profile, Vectors, Vectors]:
    """The one shard, as a reader opens it."""
    (entry,) = snapshots.read_manifest(folder).entries.values()
    return snapshots.read_profile(folder, entry), snapshots.read_vectors(folder, entry, "vectors.faiss"), snapshots.read_vectors(folder, entry, "words.faiss")


def test_what_was_written_comes_back(folder: Path, job: Profile) -> None:
    manifest = snapshots.read_manifest(folder)
    profile, vectors, words = opened(folder)
    assert (manifest.embedding, manifest.removed) == ("model", ["gone"])
    assert profile == job
    assert np.array_equal(vectors.rows(), np.eye(len(job.passages), 384, dtype=np.float32))
    assert len(words) == 3


def test_without_a_manifest_there_is_nothing(tmp_path: Path) -> None:
    assert snapshots.read_manifest(tmp_path) == Manifest()


def test_every_flipped_bit_is_noticed(folder: Path, job: Profile) -> None:
    chance = random.Random(5)
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"):
        whole = path.read_bytes()
        for _ in range(25):
            at = chance.randrange(len(whole))
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
            try:
                served = opened(folder)[0]
            except (SnapshotError, ValueError):
                continue
            finally:
                path.write_bytes(whole)
            assert path.name == "manifest.json"
            assert served == job


@pytest.mark.parametrize("name", ["profile.json", "vectors.faiss", "words.faiss"])
@pytest.mark.parametrize("content", [b"", b"\x80\x04\x95cos\nsystem\n", None])
def test_a_truncated_foreign_or_missing_file_is_refused_with_its_repair(folder: Path, name: str, content: bytes | None) -> None:
    (path,) = folder.rglob(name)
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(SnapshotError, match="assistant add"):
        opened(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"version": 1}', '{"version": 1, "sha256": "0", "body": {}}'])
def test_a_broken_manifest_is_refused(folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content)
    with pytest.raises(SnapshotError):
        snapshots.read_manifest(folder)


def test_a_newer_version_is_refused(folder: Path) -> None:
    data = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**data, "version": snapshots.VERSION + 1}))
    with pytest.raises(SnapshotError, match=str(snapshots.VERSION + 1)):
        snapshots.read_manifest(folder)


def test_a_change_that_fails_half_way_leaves_the_old_index(folder: Path, job: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshots.os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        snapshots.write_manifest(folder, Manifest("other", {}, []))
    monkeypatch.undo()
    assert opened(folder)[0] == job


def test_a_change_clears_away_what_nothing_names(folder: Path) -> None:
    snapshots.write_manifest(folder, Manifest("model", {}, []))
    assert [path.name for path in folder.iterdir() if path.is_dir()] == []


def test_one_builder_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "PATIENCE", 0.1)
    with snapshots.builder(tmp_path), pytest.raises(SnapshotError, match="i gang"), snapshots.builder(tmp_path):
        pass
    with snapshots.builder(tmp_path):
        pass
