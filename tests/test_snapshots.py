"""The index on disk: what is written comes back, and what is damaged is never served."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.profiles import Profile
from index import snapshots
from index.late import Tokens
from index.snapshots import Files, Manifest, SnapshotError
from index.vectors import Vectors


@pytest.fixture
def folder(tmp_path: Path, job: Profile) -> Path:
    """An index with one shard in force."""
    rows = np.eye(len(job.passages), 384, dtype=np.float32)
    tokens = [np.eye(2, 8, at % 6, dtype=np.float32) for at in range(len(rows))]
    entry = snapshots.write_shard(tmp_path, Files(job, Vectors.of(rows), Tokens.of(tokens), Vectors.of(rows[:3])), "origin", "model")
    snapshots.write_manifest(tmp_path, Manifest("model", {job.slug: entry}, ["gone"]))
    return tmp_path


def opened(folder: Path) -> Files:
    """The one shard, as a reader opens it."""
    (entry,) = snapshots.read_manifest(folder).entries.values()
    return snapshots.read_shard(folder, entry)


def test_what_was_written_comes_back(folder: Path, job: Profile) -> None:
    manifest = snapshots.read_manifest(folder)
    profile, vectors, tokens, words = opened(folder)
    assert (manifest.embedding, manifest.removed) == ("model", ["gone"])
    assert profile == job
    assert np.array_equal(vectors.rows(), np.eye(len(job.passages), 384, dtype=np.float32))
    assert [part.tolist() for part in tokens.passages()] == [np.eye(2, 8, at % 6).tolist() for at in range(len(job.passages))]
    assert len(words) == 3


def test_an_index_of_the_version_before_is_read_and_encoded_again(folder: Path) -> None:
    found = snapshots.read_manifest(folder)
    for name in (snapshots.MANIFEST, snapshots.SPARE):
        (folder / name).write_bytes(snapshots._bytes(found, snapshots.VERSION - 1))
    assert snapshots.read_manifest(folder) == replace(found, embedding="")


def test_without_a_manifest_there_is_nothing(tmp_path: Path) -> None:
    assert snapshots.read_manifest(tmp_path) == Manifest()


@pytest.mark.parametrize("name", ["profile.json", "vectors.faiss", "tokens.faiss", "words.faiss"])
@pytest.mark.parametrize("content", [b"", b"\x80\x04\x95cos\nsystem\n", None])
def test_a_truncated_foreign_or_missing_file_is_refused_with_its_repair(folder: Path, name: str, content: bytes | None) -> None:
    (path,) = folder.rglob(name)
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(SnapshotError, match="assistant add"):
        opened(folder)


BROKEN = ["", "{", "[]", "null", '{"version": 1}', '{"version": 1, "sha256": "0", "body": {}}', '{"version": 1, "sha256": "0", "body": {"entries": [], "embedding": "", "removed": []}}', "[" * 100_000]


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_manifest_is_refused_and_its_spare_serves(folder: Path, content: str) -> None:
    whole = snapshots.read_manifest(folder)
    (folder / snapshots.MANIFEST).write_text(content)
    assert snapshots.read_manifest(folder) == whole and not snapshots.whole(folder)
    (folder / snapshots.SPARE).write_text(content)
    with pytest.raises(SnapshotError, match="assistant add"):
        snapshots.read_manifest(folder)


def test_a_newer_version_is_refused_and_not_mistaken_for_damage(folder: Path) -> None:
    written = json.loads((folder / snapshots.MANIFEST).read_text())
    newer = json.dumps({**written, "version": snapshots.VERSION + 1, "body": {"other": "shape"}})
    for name in (snapshots.MANIFEST, snapshots.SPARE):
        (folder / name).write_text(newer)
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
