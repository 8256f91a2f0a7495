"""One body over every engine: files in a folder, and Milvus (Milvus Lite, which speaks Milvus's own protocol, in this process or as a server).

What is tried on Milvus is slow: part of `make check`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import JOB, TODAY, python
from starlette.testclient import TestClient

from assistant import opening
from assistant.answering import Assistant
from assistant.settings import Settings, SettingsError, load
from corpus.profiles import CorpusError
from index.embedding import OneVector
from index.engines import FaissFolder
from index.library import Encoder, Library, SnapshotError, UnknownProfile
from web.app import create_app

MILVUS = pytest.param("milvus", marks=pytest.mark.slow)
OTHER = JOB.replace("birkelund-skoleleder", "anden-skoleleder").replace("412 elever", "333 elever")
QUESTIONS = ["Hvornår er ansøgningsfristen?", "Hvor mange elever er der?", "Hvem kan jeg ringe til?", "Hvad skal jeg lave?", "Er der krav om kørekort?", "Hvad er farven på bussen?"]


class Somewhere:
    """An index that any number of libraries may open, each as a worker with a disk of its own."""

    def __init__(self, kind: str, folder: Path, encoder: Encoder) -> None:
        self.kind, self.folder, self.encoder, self.workers = kind, folder, encoder, 0
        self.alone = threading.Lock()  # what a PostgreSQL that all machines share gives them

    def open(self, encoder: Encoder | None = None) -> Library:
        """One more worker: Milvus's has an empty disk, a folder's shares the folder."""
        if self.kind == "faiss":
            return Library(self.folder / "index", encoder or self.encoder)
        from index.milvus import Milvus

        self.workers += 1
        own = self.folder / f"worker-{self.workers}"
        return Library(own, encoder or self.encoder, engine=Milvus(str(self.folder / "index.db"), own, lambda: self.alone))


@pytest.fixture(params=["faiss", MILVUS])
def somewhere(request: pytest.FixtureRequest, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Somewhere:
    """An empty index in each engine; what others change is looked up at once."""
    if request.param == "milvus":
        pytest.importorskip("pymilvus", reason="pymilvus is missing: pip install '.[milvus]'") if os.environ.get("REQUIRE_ALL") != "1" else None
        monkeypatch.setattr("index.milvus.FRESH", 0.0)
    return Somewhere(request.param, tmp_path, encoder)


def file_in(folder: Path, text: str = JOB) -> Path:
    """A profile as a file in a folder of its own."""
    folder.mkdir(exist_ok=True)
    path = folder / "skoleleder.md"
    path.write_text(text, encoding="utf-8")
    return path


def answers(library: Library) -> list[dict[str, object]]:
    """What is answered about every profile, less the time that it took."""
    assistant = Assistant(library, lambda: TODAY)
    found = [assistant.ask(question, slug).to_json() for slug in sorted(library.manifest().entries) for question in QUESTIONS]
    return [{name: value for name, value in answer.items() if name != "seconds"} for answer in found]


def test_a_profile_lives_its_life_and_every_worker_sees_it(somewhere: Somewhere, tmp_path: Path) -> None:
    one, other, folder = somewhere.open(), somewhere.open(), Library(tmp_path / "beside", somewhere.encoder)
    assert other.profiles() == []
    first, second = file_in(tmp_path / "a"), file_in(tmp_path / "b", OTHER)
    for path in (first, second):
        assert one.add(path) == folder.add(path)
    assert [profile.slug for profile in other.profiles()] == ["anden-skoleleder", "birkelund-skoleleder"]
    assert answers(other) == answers(one) == answers(folder)

    changed = JOB.replace("412 elever", "555 elever").replace("- sikre en stabil økonomi\n", "")
    for library in (one, folder):
        assert library.add(file_in(tmp_path / "a", changed)).slug == "birkelund-skoleleder"
    assert answers(other) == answers(folder)
    assert any("555 elever" in str(answer["answer"]) for answer in answers(other))
    assert not any("412" in str(answer["citations"]) for answer in answers(other))
    kept = other.original("birkelund-skoleleder")
    assert kept is not None and kept.read_text(encoding="utf-8") == changed

    other.remove("birkelund-skoleleder")
    assert list(one.manifest().entries) == ["anden-skoleleder"]
    assert one.was_removed(first) and not one.was_removed(second)
    for act in (one.profile, one.shard, one.original, one.remove):
        with pytest.raises(UnknownProfile):
            act("birkelund-skoleleder")
    again = somewhere.open()
    assert answers(again) == answers(one)
    assert again.add(first).slug == "birkelund-skoleleder" and not one.was_removed(first)


def test_what_comes_back_is_what_was_written_to_the_bit(somewhere: Somewhere, tmp_path: Path) -> None:
    one, folder = somewhere.open(), FaissFolder(tmp_path / "beside")
    profile = one.add(file_in(tmp_path / "a"))
    there, here = somewhere.open().shard(profile.slug), one.shard(profile.slug)
    Library(folder.folder, somewhere.encoder).add(file_in(tmp_path / "a"))
    entry = folder.manifest().entries[profile.slug]
    files = folder.shard(entry)
    assert there.profile == here.profile == profile == files.profile == folder.profile(entry)
    assert there.vectors.dump() == files.vectors.dump() and there.tokens.dump() == files.tokens.dump()
    assert there.words.meanings is not None and np.array_equal(there.words.meanings, files.words.rows())


def test_a_taken_slug_gets_a_number_and_a_refused_file_changes_nothing(somewhere: Somewhere, tmp_path: Path) -> None:
    one = somewhere.open()
    assert [one.add(file_in(tmp_path / name)).slug for name in "ab"] == ["birkelund-skoleleder", "birkelund-skoleleder-2"]
    before = one.manifest()
    (tmp_path / "tom.md").touch()
    with pytest.raises(CorpusError):
        one.add(tmp_path / "tom.md")
    assert one.manifest() == before


def test_workers_that_add_at_once_are_all_served(somewhere: Somewhere, tmp_path: Path) -> None:
    files = [file_in(tmp_path / f"d{n}", JOB.replace("412 elever", f"{n}12 elever").replace("slug: birkelund-skoleleder\n", "")) for n in range(1, 7)]
    workers = [somewhere.open() for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        slugs = list(pool.map(lambda n: workers[n % 3].add(files[n]).slug, range(6)))
    assert sorted(slugs) == ["skoleleder", *(f"skoleleder-{n}" for n in range(2, 7))]
    texts = [somewhere.open().profile(slug).text for slug in slugs]
    assert all(f"{n}12 elever" in text for n, text in enumerate(texts, 1))


class Letters(OneVector):
    """An encoder that can be computed in the head: a one at the length of the text, and another name."""

    identity = "letters"

    def questions(self, texts: list[str]) -> np.ndarray:
        return np.eye(400, dtype=np.float32)[[len(text) % 400 for text in texts]]

    passages = questions


def test_vectors_of_two_models_never_meet(somewhere: Somewhere, tmp_path: Path) -> None:
    one = somewhere.open()
    slug = one.add(file_in(tmp_path / "a")).slug
    before = one.shard(slug)
    other = somewhere.open(Letters())  # type: ignore[arg-type]
    told: list[tuple[int, int]] = []
    assert other.rebuild(lambda *step: told.append(step)) and told == [(1, 1)]
    assert other.shard(slug).vectors.rows().shape[1] == 400
    assert other.manifest().embedding == "letters"
    assert one.shard(slug) is before
    other.add(file_in(tmp_path / "b", OTHER))
    assert {other.shard(each).vectors.rows().shape[1] for each in other.manifest().entries} == {400}
    with pytest.raises(SnapshotError, match="embeddingmodel"):
        one.shard("anden-skoleleder")


# -- Milvus alone


@contextmanager
def milvus_server(folder: Path) -> Iterator[str]:
    """The address of a Milvus Lite that serves other processes, on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(1800):
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.mark.slow
def test_processes_with_empty_disks_share_an_index_by_its_address(tmp_path: Path) -> None:
    files = [file_in(tmp_path / "a"), file_in(tmp_path / "b", OTHER)]

    def run(worker: str, *arguments: str | Path, index: str = "") -> subprocess.CompletedProcess[str]:
        return python("-m", "assistant", "--data", str(tmp_path / worker), *map(str, arguments), ASSISTANT_INDEX=index, ASSISTANT_TODAY="2027-01-20")

    with milvus_server(tmp_path / "milvus") as address:
        index = f"milvus:{address}"
        with ThreadPoolExecutor(2) as pool:
            added = list(pool.map(lambda n: run(f"worker-{n}", "add", files[n], index=index), range(2)))
        assert [ran.returncode for ran in added] == [0, 0], [ran.stderr for ran in added]
        listed = run("third", "list", index=index)
        assert listed.stdout.count("\n") == 2, listed.stderr
        shared = run("third", "ask", QUESTIONS[1], "--profile", "anden-skoleleder", "--json", index=index)
    assert run("folder", "add", files[1]).returncode == 0
    alone = run("folder", "ask", QUESTIONS[1], "--profile", "anden-skoleleder", "--json")
    told = [{**json.loads(ran.stdout), "seconds": 0} for ran in (shared, alone)]
    assert told[0] == told[1] and "333" in told[0]["answer"]
    down = run("third", "ask", QUESTIONS[1], "--profile", "anden-skoleleder", index=index)
    assert (down.returncode, down.stdout, down.stderr.count("\n")) == (2, "", 1)
    assert down.stderr.startswith("assistant: Indekset i Milvus på http://127.0.0.1")


@pytest.mark.slow
def test_an_engine_that_is_down_foreign_or_newer_is_one_sentence(plain: Settings, tmp_path: Path, encoder: Encoder) -> None:
    from pymilvus import MilvusClient

    from index.milvus import Milvus

    newer, foreign = str(tmp_path / "newer.db"), str(tmp_path / "foreign.db")
    MilvusClient(newer).create_collection("profilassistenten_v9_profiles", dimension=2)
    MilvusClient(foreign).create_collection("profilassistenten_v1_profiles", dimension=2)
    (tmp_path / "file.db").write_text("no database", encoding="utf-8")
    for address, said in ((newer, "version 9"), (foreign, "er ikke denne assistents"), (str(tmp_path / "file.db"), "kan ikke nås"), ("http://user:hemmelig@127.0.0.1:9", "kan ikke nås")):
        library = Library(tmp_path / "disk", encoder, engine=Milvus(address, tmp_path / "disk"))
        for act in (library.profiles, lambda library=library: library.add(file_in(tmp_path / "a"))):
            with pytest.raises(SnapshotError, match=said) as refused:
                act()
            assert "hemmelig" not in str(refused.value)


@pytest.mark.slow
def test_an_index_that_goes_away_is_503_and_comes_back_whole(plain: Settings, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.milvus.FRESH", 0.0)
    somewhere = Somewhere("milvus", tmp_path, encoder)
    library = somewhere.open()
    library.add(file_in(tmp_path / "a"))
    here = replace(plain, data=tmp_path, database=f"sqlite:///{tmp_path}/c.sqlite")
    client = TestClient(create_app(opening.assistant(here, library), opening.conversations(here), here))
    body = {"question": QUESTIONS[0], "profile": "birkelund-skoleleder"}

    def gone(call: Callable[[object], object]) -> object:
        raise SnapshotError("Indekset i Milvus kan ikke nås.")

    assert client.post("/api/ask", json=body).status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr(library.engine, "_do", gone)
        assert client.post("/api/ask", json=body).json()["error"]["code"] == "unavailable"
        assert client.post("/api/ask", json=body).status_code == client.get("/health").status_code == 503
    assert client.post("/api/ask", json=body).status_code == 200


@pytest.mark.slow
def test_what_is_damaged_in_milvus_is_never_served_and_made_again(tmp_path: Path, encoder: Encoder) -> None:
    somewhere = Somewhere("milvus", tmp_path, encoder)
    library = somewhere.open()
    path = file_in(tmp_path / "a")
    slug = library.add(path).slug
    whole, client = library.shard(slug), library.engine._client()  # type: ignore[attr-defined]

    def lose(kind: str, named: str) -> None:
        collection = next(name for name in client.list_collections() if f"_{kind}" in name)
        victims = [row["id"] for row in client.query(collection, filter='id != ""', output_fields=["id"]) if named in row["id"]]
        client.delete(collection, ids=victims[:1])

    for kind, named in (("passages", ""), ("words", ""), ("files", "/tokens.faiss/"), ("files", "/profile.json/")):
        lose(kind, named)
        worker = somewhere.open()
        again = worker.shard(slug)
        assert worker.mended == [slug] and not worker.broken
        assert again.profile.text == whole.profile.text and again.vectors.dump() == whole.vectors.dump() and again.tokens.dump() == whole.tokens.dump()
        assert somewhere.open().shard(slug) and not somewhere.open().mended

    for named in ("/profile.json/", "/original.md/"):
        lose("files", named)
    worker = somewhere.open()
    for _ in range(2):
        with pytest.raises(SnapshotError, match="assistant add"):
            worker.shard(slug)
    assert list(worker.broken) == [slug] and worker.profiles() == []
    library.add(path)
    assert len(worker.shard(slug).vectors) == len(whole.profile.passages) and not worker.broken


def test_the_setting_is_understood_or_refused_without_its_password(tmp_path: Path) -> None:
    for address in ("milvus:http://127.0.0.1:19530", "milvus:https://u:p@milvus.example", "milvus:indeks.db", "milvus:/data/indeks.db"):
        assert load(None, {"ASSISTANT_INDEX": address}, tmp_path).index == address
    for address in ("qdrant:http://127.0.0.1", "http://u:hemmelig@milvus.example", "milvus:", "milvus:ftp://u:hemmelig@x.db"):
        with pytest.raises(SettingsError, match="ASSISTANT_INDEX") as refused:
            load(None, {"ASSISTANT_INDEX": address}, tmp_path)
        assert "hemmelig" not in str(refused.value)


def test_without_pymilvus_it_names_the_extra(tmp_path: Path, job_file: Path) -> None:
    code = "import sys; sys.modules['pymilvus'] = None; from assistant.cli import main; sys.exit(main())"
    ran = python("-c", code, "list", ASSISTANT_INDEX=f"milvus:{tmp_path / 'x.db'}", ASSISTANT_DATA=str(tmp_path))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "profilassistenten[milvus]" in ran.stderr and ran.stderr.count("\n") == 1
