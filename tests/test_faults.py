"""Faults of the machine: a full disk, a data folder that can't be written, a database that is locked, damaged, older or newer. Nobody loses anything, and it is said."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import JOB, Command, python
from databases import on_sqlite
from starlette.testclient import TestClient

from assistant import holding, opening
from assistant.answering import Assistant
from assistant.answers import Answer
from assistant.buckets import Buckets
from assistant.conversations import Conversations, StorageError, UnknownConversation
from assistant.database import connect, migrate
from assistant.settings import Settings
from index.embedding import EmbeddingError
from index.library import Encoder, Library
from index.onnx_encoder import OnnxEmbeddings
from web.app import create_app

SLUG = "birkelund-skoleleder"
QUESTION = {"question": "Hvornår er ansøgningsfristen?", "profile": SLUG}
pytestmark = on_sqlite


@pytest.fixture
def here(plain: Settings, tmp_path: Path) -> Settings:
    """Settings over a data folder of one's own."""
    return replace(plain, data=tmp_path, database=f"sqlite:///{tmp_path}/conversations.sqlite")


@pytest.fixture
def conversations(here: Settings) -> Conversations:
    return opening.conversations(here)


@pytest.fixture
def client(job_assistant: Assistant, conversations: Conversations, here: Settings) -> TestClient:
    """The chat over the short profile, its database in the data folder."""
    return TestClient(create_app(job_assistant, conversations, here))


def answer(question: str) -> Answer:
    return Answer(question, SLUG, "da", "Ja. " * 300, False, 0.9)


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes, as on a full disk: a limit of the process that the kernel keeps."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again at once, rather than after a while."""
    monkeypatch.setattr(holding, "REST", 0.0)


# -- nothing can be written


@pytest.mark.usefixtures("impatient")
def test_a_full_disk_costs_no_answer_and_no_turn(client: TestClient, conversations: Conversations) -> None:
    first = client.post("/api/ask", json=QUESTION).json()
    with files_end_at(1000):
        second = client.post("/api/ask", json={"question": "Hvornår er første samtale?", "conversation_id": first["conversation_id"]}).json()
        other = client.post("/api/ask", json=QUESTION).json()
        follow = client.post("/api/ask", json={"question": "Hvad er lønnen?", "conversation_id": other["conversation_id"]})
        page = client.post(f"/p/{SLUG}", data={"question": "Hvem kan jeg ringe til?"}, headers={"Accept": "text/html"})
        ill = client.get("/health")
        assert other["answer"] == first["answer"] and "9. marts 2027" in second["answer"] and follow.status_code == 200
        assert page.status_code == 200 and "20 30 40 50" in page.text and page.text.count("data-answer") == 3
        assert ill.status_code == 200 and ill.json()["status"] == "degraded" and "2" in ill.json()["reasons"][0]
    assert client.get("/health").json()["status"] == "ok"
    for conversation, count in ((first["conversation_id"], 2), (other["conversation_id"], 3)):
        assert [turn.number for turn in Conversations(conversations.engine).turns(conversation)] == list(range(1, count + 1))
    assert Conversations(conversations.engine).count() == 2


def test_a_full_disk_lifts_no_limit(conversations: Conversations) -> None:
    buckets = Buckets(conversations.engine, 30, clock=lambda: 1e9)
    with files_end_at(1000):
        assert [buckets.take("a") for _ in range(62)] == [0] * 60 + [2, 2]
        assert buckets.take("b") == 0


@pytest.mark.usefixtures("impatient")
def test_what_is_held_is_owned_masked_read_and_deleted_like_the_rest(conversations: Conversations) -> None:
    with files_end_at(1000):
        started = conversations.start(SLUG)
        conversations.append(started.id, "Jeg er 251248-9996. Er der kantine?", answer("?"))
        conversations.append(started.id, "Og anden?", answer("?"))
        assert conversations.get(started.id).profile == SLUG
        assert conversations.owns(started.id, started.owner) and not conversations.owns(started.id, "x")
        assert [turn.question for turn in conversations.turns(started.id)] == ["Jeg er [CPR-nummer]. Er der kantine?", "Og anden?"]
        assert conversations.earlier(started.id, 1) == ("Og anden?",)
        with pytest.raises(UnknownConversation):
            conversations.append("0" * 32, "?", answer("?"))
        gone = conversations.start(SLUG)
        with pytest.raises(StorageError):
            conversations.delete(gone.id)
    assert conversations.settle() == 0 and conversations.count() == 1
    with pytest.raises(UnknownConversation):
        conversations.get(gone.id)


@pytest.mark.usefixtures("impatient")
def test_what_is_held_expires_too_and_there_is_a_limit(conversations: Conversations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "MOST", 3)
    with files_end_at(1000):
        started = [conversations.start(SLUG) for _ in range(5)]
        assert conversations.settle() == 3
        with pytest.raises(UnknownConversation):
            conversations.get(started[0].id)
        assert conversations.expire(datetime.now(UTC) + timedelta(days=1)) == 0
    assert conversations.settle() == 0 and conversations.count() == 0


def test_while_one_waits_the_others_do_not_wait_for_the_same_lock(conversations: Conversations, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    writing = conversations._writing

    def counted() -> Any:
        tried.append(1)
        return writing()

    monkeypatch.setattr(conversations, "_writing", counted)
    with files_end_at(1000):
        for _ in range(5):
            conversations.append(conversations.start(SLUG).id, "?", answer("?"))
    assert len(tried) == 1


def test_an_index_that_cannot_be_written_keeps_serving_the_old(tmp_path: Path, encoder: Encoder) -> None:
    path = tmp_path / "skoleleder.md"
    path.write_text(JOB, encoding="utf-8")
    library = Library(tmp_path / "index", encoder)
    library.add(path)
    path.write_text(JOB.replace("412", "555"), encoding="utf-8")
    with files_end_at(3000), pytest.raises(OSError, match="large"):
        library.add(path)
    fresh = Library(tmp_path / "index", encoder)
    assert "412" in fresh.profile(SLUG).text and not fresh.mended and not fresh.broken
    assert "555" in fresh.add(path).text
    assert len([one for one in (tmp_path / "index").iterdir() if one.is_dir()]) == 1 and not list((tmp_path / "index").rglob("*.tmp"))


def test_a_damaged_profile_that_cannot_be_written_again_is_refused(tmp_path: Path, encoder: Encoder, job_file: Path) -> None:
    library = Library(tmp_path / "index", encoder)
    library.add(job_file)
    next(library.folder.rglob("vectors.faiss")).write_bytes(b"")
    fresh = Library(library.folder, encoder)
    with files_end_at(1000):
        assert fresh.profiles() == [] and fresh.broken
    assert len(fresh.profiles()) == 1 and not fresh.broken


def test_a_report_that_cannot_be_written_leaves_the_last_one(command: Command, tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "skoleleder.md").write_text(JOB, encoding="utf-8")
    line = {"id": "a", "document": "skoleleder.md", "conversation": [], "question": "Hvornår er fristen?", "kind": "fact", "answerable": True, "answers": [["1. marts 2027"]], "evidence": ["Mandag den 1. marts 2027"]}
    (tmp_path / "q.jsonl").write_text(json.dumps(line, ensure_ascii=False) + "\n", encoding="utf-8")
    evaluate: Callable[[], Any] = lambda: command("evaluate", "q.jsonl", "--profiles", "profiles", "--out", "out")  # noqa: E731
    assert evaluate().status == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with files_end_at(200):
        ran = evaluate()
    assert ran.status == 2 and ran.err.count("\n") == 1 and "Traceback" not in ran.err
    assert (tmp_path / "out" / "report.html").read_bytes() == before["report.html"]


def in_a_small_world(script: str, folder: Path, mount: str) -> subprocess.CompletedProcess[str]:
    """Runs Python in a process whose view of `folder` is another: a small disk, or one that can only be read."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        said = "unshare -m is not allowed here, so no disk is filled and none is read-only"
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(said)
        pytest.skip(said)
    code = folder.parent / "script.py"
    code.write_text(script, encoding="utf-8")
    return python(str(code), before=("unshare", "-m", "sh", "-c", f'{mount.format(folder=folder)} && exec "$@"', "sh"), ASSISTANT_DATA=str(folder))


FILL = """
import json, sys
from pathlib import Path
from starlette.testclient import TestClient
from assistant import holding, opening, settings
from assistant.cli import main
from web.app import create_app
holding.REST = 0.0
chosen = settings.load()
folder = chosen.data
job = folder.parent / "skoleleder.md"
said = {"added": main(["add", str(job)])}
conversations = opening.conversations(chosen)
client = TestClient(create_app(opening.assistant(chosen), conversations, chosen))
ask = {"question": "Hvornår er ansøgningsfristen?", "profile": "birkelund-skoleleder"}
first = client.post("/api/ask", json=ask).json()
try:
    with open(folder / "fill", "wb") as fill:
        while True:
            fill.write(b"x" * 4096)
            fill.flush()
except OSError as error:
    said["full"] = error.errno
job.write_text(job.read_text("utf-8").replace("412", "555"), "utf-8")
said["again"] = main(["add", str(job)])
answers = [client.post("/api/ask", json={**ask, "question": f"{ask['question']} {n}", "conversation_id": first["conversation_id"]}) for n in range(30)]
said["statuses"] = sorted({one.status_code for one in answers})
said["same"] = all("1. marts 2027" in one.json()["answer"] for one in answers)
said["ill"] = client.get("/health").json()
(folder / "fill").unlink()
said["well"] = client.get("/health").json()["status"]
said["turns"] = len(type(conversations)(conversations.engine).turns(first["conversation_id"]))
said["text"] = "412" in client.get("/api/profiles/birkelund-skoleleder/text").text
said["later"] = main(["add", str(job)])
print(json.dumps(said))
"""


@pytest.mark.slow
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "skoleleder.md").write_text(JOB, encoding="utf-8")
    ran = in_a_small_world(FILL, folder, "mount -t tmpfs -o size=2m tmpfs {folder}")
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout.splitlines()[-1])
    assert (said["added"], said["full"], said["again"], said["later"]) == (0, 28, 2, 0), said
    assert "disken er fuld" in ran.stderr and "Traceback" not in ran.stderr
    assert said["statuses"] == [200] and said["same"] and said["text"] and said["well"] == "ok" and said["turns"] == 31
    assert said["ill"]["status"] == "degraded"


READ = """
import sys
from assistant.cli import main
sys.exit(10 * main(["ask", "Hvornår er fristen?"]) + main(["serve", "--port", "0"]))
"""


@pytest.mark.slow
def test_a_folder_that_can_only_be_read_answers_and_serves_nothing(tmp_path: Path, encoder: Encoder, job_file: Path) -> None:
    folder = tmp_path / "data"
    Library(folder / "index", encoder).add(job_file)
    ran = in_a_small_world(READ, folder, "mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}")
    assert ran.returncode == 2 and "1. marts 2027" in ran.stdout, ran.stderr
    assert ran.stderr.count("\n") == 1 and ran.stderr.startswith("assistant: ") and "conversations.sqlite" in ran.stderr


def test_something_in_the_data_folders_place_is_one_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    for given in (("list",), ("serve", "--port", "0"), ("add", "x.md")):
        ran = command(*given)
        assert ran.status == 2 and ran.err.count("\n") == 1 and "data" in ran.err


# -- the database


@pytest.mark.slow
def test_a_locked_database_is_waited_for_and_then_answered_without(client: TestClient, conversations: Conversations, here: Settings) -> None:
    first = client.post("/api/ask", json=QUESTION).json()
    with closing(sqlite3.connect(here.data / "conversations.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        late = client.post("/api/ask", json={"question": "Hvornår er første samtale?", "conversation_id": first["conversation_id"]})
        waited = time.monotonic() - begun
        assert late.status_code == 200 and "9. marts 2027" in late.json()["answer"] and 4 < waited < 20
        begun = time.monotonic()
        assert client.post("/api/ask", json=QUESTION).status_code == 200
        assert time.monotonic() - begun < 20
        told = client.get("/health", headers={"Accept-Language": "da"}).json()
        assert told["status"] == "degraded" and "Databasen kan ikke skrives" in told["reasons"][0]
        with pytest.raises(StorageError, match="Databasen"):
            opening.conversations(here).delete(first["conversation_id"])
        other.execute("ROLLBACK")
    time.sleep(holding.REST)
    assert client.get("/health").json()["status"] == "ok"
    assert len(Conversations(conversations.engine).turns(first["conversation_id"])) == 2 and conversations.count() == 2


def test_a_damaged_page_is_found_at_the_start_and_the_way_out_named(here: Settings, conversations: Conversations) -> None:
    started = conversations.start(SLUG)
    for number in range(60):
        conversations.append(started.id, str(number), answer("?"))
    conversations.engine.dispose()
    path = here.data / "conversations.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    for damage in (whole[:20_480] + b"\xff" * 8192 + whole[28_672:], b"Ikke en database. " * 500, whole[: len(whole) // 2]):
        path.write_bytes(damage)
        with pytest.raises(StorageError, match="assistant restore"):
            opening.conversations(here)
        assert path.read_bytes() == damage
    path.write_bytes(whole)
    assert len(opening.conversations(here).turns(started.id)) == 60


def test_without_its_log_the_database_is_what_it_was_before(here: Settings, conversations: Conversations, tmp_path: Path) -> None:
    kept = conversations.start(SLUG)
    with closing(sqlite3.connect(here.data / "conversations.sqlite")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conversations.append(kept.id, "?", answer("?"))
    shutil.copyfile(here.data / "conversations.sqlite", tmp_path / "alone.sqlite")
    alone = opening.conversations(replace(here, database=f"sqlite:///{tmp_path / 'alone.sqlite'}"))
    assert alone.get(kept.id).profile == SLUG and alone.turns(kept.id) == [] and len(conversations.turns(kept.id)) == 1


def test_a_database_of_a_newer_version_is_refused_untouched(here: Settings, conversations: Conversations) -> None:
    with closing(sqlite3.connect(here.data / "conversations.sqlite")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="nyere udgave"):
        opening.conversations(here)
    with closing(sqlite3.connect(here.data / "conversations.sqlite")) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def test_when_the_clock_goes_back_a_day_turns_keep_their_order(here: Settings) -> None:
    engine = connect(here.database)
    migrate(engine)
    clock = [datetime(2026, 11, 22, 12, tzinfo=UTC)]
    conversations = Conversations(engine, lambda: clock[0])
    started = conversations.start(SLUG)
    for number in range(4):
        conversations.append(started.id, str(number), answer("?"))
        clock[0] -= timedelta(days=1)
    assert [turn.question for turn in conversations.turns(started.id)] == ["0", "1", "2", "3"]
    assert conversations.earlier(started.id, 2) == ("2", "3")


def test_expiring_twice_and_deleting_twice_is_expiring_and_deleting_once(conversations: Conversations) -> None:
    one, _ = conversations.start(SLUG), conversations.start(SLUG)
    assert (conversations.delete(one.id), conversations.delete(one.id)) == (True, False)
    later = datetime.now(UTC) + timedelta(days=1)
    assert (conversations.expire(later), conversations.expire(later)) == (1, 0)


def test_a_conversation_that_is_deleted_while_it_is_answered_stays_deleted(job_assistant: Assistant, conversations: Conversations, here: Settings) -> None:
    class Deleting:
        library = job_assistant.library

        def ask(self, question: str, profile: str | None = None, earlier: Sequence[str] = (), conversation: str | None = None) -> Answer:
            assert conversations.delete(conversation or "")
            return job_assistant.ask(question, profile, earlier)

        def stream(self, *given: Any, **named: Any) -> Iterator[str | Answer]:
            yield self.ask(*given, **named)

        def suggestions(self, profile: str | None, language: str = "da") -> tuple[str, ...]:
            return ()

    client = TestClient(create_app(Deleting(), conversations, here))
    for path in ("/api/ask", "/api/ask/stream"):
        told = client.post(path, json=QUESTION)
        assert told.status_code == 200 and "1. marts 2027" in told.text, told.text
        assert conversations.count() == 0 and conversations.settle() == 0


def test_the_database_waits_its_turn_and_keeps_a_log(conversations: Conversations) -> None:
    with conversations.engine.connect() as connection:
        told = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "busy_timeout", "foreign_keys", "secure_delete", "synchronous")}
    assert told == {"journal_mode": "wal", "busy_timeout": 5000, "foreign_keys": 1, "secure_delete": 1, "synchronous": 1}


# -- the model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """What a server needs of the model, in a folder of its own."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("manifest.json", "tokenizer.json", "model-int8.onnx"):
        shutil.copyfile(opening.HOME / "data" / "model" / name, folder / name)
    return folder


@pytest.mark.parametrize("name", ["tokenizer.json", "model-int8.onnx"])
def test_a_model_of_the_same_length_but_other_bytes_is_refused(model: Path, name: str) -> None:
    assert OnnxEmbeddings(model).questions(["frist"]).shape == (1, 384)
    with (model / name).open("r+b") as file:
        file.seek(-1000, os.SEEK_END)
        found = file.read(1)
        file.seek(-1000, os.SEEK_END)
        file.write(bytes([found[0] ^ 1]))
    with pytest.raises(EmbeddingError, match="make setup"):
        OnnxEmbeddings(model).questions(["frist"])
    (model / name).unlink()
    with pytest.raises(EmbeddingError, match="make setup"):
        OnnxEmbeddings(model).questions(["frist"])
