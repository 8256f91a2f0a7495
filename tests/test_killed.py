"""Killed (SIGKILL) a hundred times at a random moment: while the index is built, while turns are stored. And two who change the index at once."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from conftest import JOB, ROOT, python

from assistant import opening
from assistant.settings import Settings
from index import snapshots
from index.library import Encoder, Library, SnapshotError

TIMES = 100


def ran(what: str, folder: Path) -> dict[str, Any]:
    """What `killing.py` found."""
    done = python(str(ROOT / "tests" / "killing.py"), what, str(folder), str(TIMES))
    assert done.returncode == 0, done.stderr
    print(what, done.stdout)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_a_killed_builder_leaves_the_old_index_or_the_new(tmp_path: Path) -> None:
    found = ran("build", tmp_path / "index")
    assert found["killed"] > TIMES / 2
    assert (found["wrong"], found["torn"]) == (0, 0) and found["reads"] > TIMES
    assert [name.partition("-")[0] for name in found["names"]] == [".lock", "embeddings.sqlite", "leder", "manifest", "manifest.json"]


@pytest.mark.slow
def test_a_killed_server_has_every_turn_that_it_acknowledged(tmp_path: Path) -> None:
    found = ran("log", tmp_path)
    assert found["told"] > TIMES
    assert (found["lost"], found["unsound"], found["in_order"]) == (0, 0, True)


def test_what_a_killed_builder_left_is_gone_after_the_next_build(tmp_path: Path, job_file: Path, encoder: Encoder) -> None:
    library = Library(tmp_path, encoder)
    slug = library.add(job_file).slug
    (tmp_path / "half-built-0123").mkdir()
    (tmp_path / "half-built-0123" / "profile.json").write_text("{")
    (tmp_path / "manifest.json.4711.tmp").write_text("{")
    (tmp_path / library.manifest().entries[slug].folder / "vectors.faiss.4711.tmp").write_text("x")
    library.remove(slug)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "embeddings.sqlite", "manifest-spare.json", "manifest.json"]


def test_a_builder_killed_between_the_manifest_and_its_spare_is_no_damage(tmp_path: Path, job_file: Path, encoder: Encoder) -> None:
    library = Library(tmp_path, encoder)
    library.add(job_file)
    behind = (tmp_path / snapshots.SPARE).read_bytes()
    library.remove("birkelund-skoleleder")
    (tmp_path / snapshots.SPARE).write_bytes(behind)
    fresh = Library(tmp_path, encoder)
    assert fresh.profiles() == [] and not fresh.mended and snapshots.whole(tmp_path)


def test_chats_meet_the_old_profile_or_the_new_and_never_a_mixture(plain: Settings, tmp_path: Path, encoder: Encoder) -> None:
    path = tmp_path / "skoleleder.md"
    versions = [JOB, JOB.replace("412 elever", "1.555 elever")]
    path.write_text(versions[0], encoding="utf-8")
    library = Library(tmp_path / "index", encoder)
    slug = library.add(path).slug
    assistant = opening.assistant(plain, library)
    answers, over = list[str](), threading.Event()

    def chat() -> None:
        while not over.is_set():
            found = assistant.ask("Hvor mange elever er der?", slug)
            (cited,) = {one.quote for one in found.citations}
            answers.append(" ".join({number for number in ("412", "1.555") if number in found.answer and number in cited}) or "mixed")
            time.sleep(0.02)

    chats = [threading.Thread(target=chat) for _ in range(2)]
    for one in chats:
        one.start()
    busy = 0
    for turn in range(1, 6):
        path.write_text(versions[turn % 2], encoding="utf-8")
        try:
            Library(tmp_path / "index", encoder).add(path)
        except SnapshotError:
            busy += 1
    over.set()
    for one in chats:
        one.join()
    assert set(answers) <= {"412", "1.555"} and len(answers) > 4 and busy == 0 and not library.mended and not library.broken


def test_of_two_builders_the_second_waits_its_turn(tmp_path: Path, job_file: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        with snapshots.builder(tmp_path / "index"):
            second = pool.submit(python, "-m", "assistant", "add", str(job_file), "--data", str(tmp_path))
            assert not wait([second], 0.5).done
        assert second.result().returncode == 0, second.result().stderr
