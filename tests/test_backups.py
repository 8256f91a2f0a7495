"""A backup comes back whole, on another path too; a bad one is refused and changes nothing; what was forgotten stays forgotten."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import JOB, Command
from databases import on_sqlite
from sqlalchemy import Engine

from assistant import backups, forgetting
from assistant.answers import Answer
from assistant.backups import BackupError
from assistant.conversations import Conversations
from assistant.database import NewerDatabase, connect, file_of, migrate, revision_of
from index import snapshots
from index.library import Encoder, Library

pytestmark = on_sqlite
YEAR = timedelta(days=365)


class House:
    """A data folder with a profile and a conversation in it."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.folder, self.encoder = folder, encoder
        folder.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = connect(f"sqlite:///{folder / 'conversations.sqlite'}")
        migrate(self.engine)
        self.conversations = Conversations(self.engine)

    def library(self) -> Library:
        return Library(self.folder / "index", self.encoder)

    def ask(self, question: str) -> str:
        one = self.conversations.start("birkelund-skoleleder").id
        self.conversations.append(one, question, Answer(question, "birkelund-skoleleder", "da", "Nej.", True, 0.1))
        return one

    def backup(self, target: Path) -> Path:
        backups.write(target, self.folder / "index", self.engine, "1")
        return target

    def restore(self, source: Path) -> backups.Held:
        return backups.restore(source, self.folder, self.engine, YEAR)


@pytest.fixture
def house(tmp_path: Path, job_file: Path, encoder: Encoder) -> House:
    house = House(tmp_path / "old", encoder)
    house.library().add(job_file)
    return house


@pytest.fixture
def other(tmp_path: Path, encoder: Encoder) -> House:
    return House(tmp_path / "elsewhere" / "data", encoder)


def state(folder: Path) -> dict[str, bytes]:
    """Every file that matters, and what is in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".") and not path.name.endswith(("-wal", "-shm"))}


def test_a_backup_comes_back_elsewhere(house: House, other: House, tmp_path: Path) -> None:
    one = house.ask("Er der kantine?")
    file = house.backup(tmp_path / "kopi.backup")
    assert file.stat().st_mode & 0o777 == 0o600
    assert str(tmp_path).encode() not in b"".join(zipfile.ZipFile(file).read(name) for name in zipfile.ZipFile(file).namelist())
    shutil.rmtree(house.folder)
    held = other.restore(file)
    assert (held.profiles, held.conversations, held.forgotten, held.expired) == (1, 1, 0, 0)
    assert [turn.question for turn in other.conversations.turns(one)] == ["Er der kantine?"]
    library = other.library()
    assert library.profile("birkelund-skoleleder").title == "Skoleleder" and len(library.shard("birkelund-skoleleder").vectors)
    original = library.original("birkelund-skoleleder")
    assert original and original.read_text(encoding="utf-8") == JOB
    assert (other.folder / "conversations.sqlite").stat().st_mode & 0o777 == 0o600


def test_what_was_there_is_set_aside_and_the_next_restoration_takes_its_place(house: House, tmp_path: Path) -> None:
    first = house.ask("Er der kantine?")
    file = house.backup(tmp_path / "kopi.backup")
    second = house.ask("Er der parkering?")
    for _ in range(2):
        house.restore(file)
        assert house.conversations.turns(first) and not house.conversations.turns(second)
        assert snapshots.read_manifest(house.folder / "index.before-restore").entries
    assert forgetting.copies(house.engine)


def test_a_backup_is_taken_while_others_write(house: House, other: House, tmp_path: Path) -> None:
    with house.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("INSERT INTO conversations VALUES ('x', 'y', NULL, '2024-01-01', '2024-01-01')")
        file = house.backup(tmp_path / "kopi.backup")
    assert house.conversations.count() == 1
    assert other.restore(file).conversations == 0


def test_every_changed_byte_is_seen_and_nothing_changes(house: House, other: House, tmp_path: Path) -> None:
    house.ask("Er der kantine?")
    file = house.backup(tmp_path / "kopi.backup")
    whole, chance = file.read_bytes(), random.Random(1)
    before = state(other.folder)
    broken = [whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :] for at in chance.sample(range(len(whole)), 100)]
    for data in [*broken, whole[:-1], whole[: len(whole) // 2], whole + b"x", whole[90:], b"", b"en anden fil"]:
        file.write_bytes(data)
        with pytest.raises(BackupError) as refused:
            other.restore(file)
        assert refused.value.code in ("damaged", "no_backup", "newer")
    assert state(other.folder) == before and not list(other.folder.glob(".restoring-*"))


def repacked(file: Path, change: Callable[[dict[str, bytes]], object], number: int = 1) -> Path:
    """The backup with its members changed by somebody who knows the format: the checksum is right."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    file.write_bytes(f"profilassistenten-backup {number} {hashlib.sha256(packed.getvalue()).hexdigest()}\n".encode() + packed.getvalue())
    return file


@pytest.mark.parametrize("name", ["../uden", "/tmp/uden", "index/../../uden", "index/x/../y", "index\\..\\x", "uden", "index/a/b/c", "index/.skjult/x"])
def test_a_member_that_points_elsewhere_is_refused(house: House, other: House, tmp_path: Path, name: str) -> None:
    file = repacked(house.backup(tmp_path / "kopi.backup"), lambda members: members.update({name: b"ond"}))
    before = state(tmp_path)
    with pytest.raises(BackupError, match="damaged"):
        other.restore(file)
    assert state(tmp_path) == before


def test_a_manifest_that_names_files_elsewhere_is_refused(house: House, other: House, tmp_path: Path) -> None:
    def point(members: dict[str, bytes]) -> None:
        manifest = snapshots.read_manifest(house.folder / "index")
        entries = {slug: replace(entry, folder="../../old/index") for slug, entry in manifest.entries.items()}
        (tmp_path / "forged").mkdir()
        snapshots.write_manifest(tmp_path / "forged", replace(manifest, entries=entries))
        members["index/manifest.json"] = (tmp_path / "forged" / "manifest.json").read_bytes()

    with pytest.raises(BackupError, match="damaged"):
        other.restore(repacked(house.backup(tmp_path / "kopi.backup"), point))


def test_what_is_newer_or_not_whole_is_refused(house: House, other: House, tmp_path: Path) -> None:
    file = house.backup(tmp_path / "kopi.backup")
    before = state(other.folder)
    with pytest.raises(BackupError, match="newer"):
        other.restore(repacked(file, lambda members: None, number=2))

    def later(members: dict[str, bytes]) -> None:
        path = tmp_path / "later.sqlite"
        path.write_bytes(members["database.sqlite"])
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
        members["database.sqlite"] = path.read_bytes()
        members["backup.json"] = json.dumps(json.loads(members["backup.json"]) | {"database": "9999"}).encode()

    with pytest.raises(NewerDatabase):
        other.restore(repacked(house.backup(file), later))
    for gone in ("backup.json", "database.sqlite", "index/manifest.json"):
        with pytest.raises(BackupError, match="damaged"):
            other.restore(repacked(house.backup(file), lambda members, gone=gone: members.pop(gone)))  # type: ignore[misc]
    assert state(other.folder) == before


def test_a_database_that_is_no_database_is_refused(house: House, other: House, tmp_path: Path) -> None:
    file = repacked(house.backup(tmp_path / "kopi.backup"), lambda members: members.update({"database.sqlite": b"SQLite format 3\0" + bytes(5000)}))
    with pytest.raises(BackupError, match="damaged"):
        other.restore(file)


def test_when_the_last_step_fails_everything_is_as_it_was(house: House, other: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = other.ask("Er der parkering?")
    other.library()._add(JOB.replace("birkelund-skoleleder", "en-anden").encode(), "en-anden.md", "x", None)
    file, replace = house.backup(tmp_path / "kopi.backup"), backups.os.replace

    def full(source: Path, target: Path) -> None:
        if Path(target).name == "conversations.sqlite":
            raise OSError(28, "No space left on device", str(target))
        replace(source, target)

    monkeypatch.setattr("assistant.backups.os.replace", full)
    with pytest.raises(OSError, match="No space"):
        other.restore(file)
    assert other.conversations.turns(kept) and list(other.library().manifest().entries) == ["en-anden"]


def test_what_was_forgotten_or_has_expired_does_not_come_back(house: House, tmp_path: Path, encoder: Encoder) -> None:
    kept, gone = house.ask("Er der kantine?"), house.ask("Hemmeligt spørgsmål?")
    old = Conversations(house.engine, lambda: datetime.now(UTC) - timedelta(days=400)).start("x").id
    file = house.backup(tmp_path / "kopi.backup")
    house.conversations.delete(gone)
    later = house.backup(tmp_path / "senere.backup")
    held = house.restore(file)
    assert (held.conversations, held.forgotten, held.expired) == (1, 1, 1)
    assert house.conversations.turns(kept) and not house.conversations.turns(gone) and old
    assert all(b"Hemmeligt" not in data for data in state(house.folder).values())
    fresh = House(tmp_path / "fresh", encoder)
    fresh.restore(later)
    assert fresh.restore(file).forgotten == 1


def test_what_is_forgotten_goes_from_the_copies_too(house: House, tmp_path: Path) -> None:
    one = house.ask("Hemmeligt spørgsmål?")
    house.restore(house.backup(tmp_path / "kopi.backup"))
    (copy,) = forgetting.copies(house.engine)
    assert b"Hemmeligt" in copy.read_bytes()
    assert house.conversations.delete(one)
    assert all(b"Hemmeligt" not in path.read_bytes() for path in house.folder.rglob("*") if path.is_file())
    assert one not in (house.folder / "conversations.sqlite.forgotten").read_text(encoding="ascii")


def test_a_copy_in_which_nothing_can_be_erased_is_removed(house: House) -> None:
    one = house.ask("Er der kantine?")
    copy = house.folder / "conversations.sqlite.before-restore"
    copy.write_bytes(b"Hemmeligt, men ingen database" * 100)
    assert house.conversations.delete(one)
    assert not copy.exists()


# -- growing


def revisions(engine: Engine) -> list[str]:
    """The numbers of the migrations, oldest first."""
    return sorted(path.name[:4] for path in (Path(backups.__file__).parent / "migrations" / "versions").glob("0*.py"))


def schema(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return [(table, *column) for table in tables for column in sorted(row[1:3] for row in database.execute(f"PRAGMA table_info({table})"))]


def test_every_older_database_grows_and_leaves_a_copy_of_itself(tmp_path: Path) -> None:
    newest = connect(f"sqlite:///{tmp_path / 'newest.sqlite'}")
    migrate(newest)
    *older, last = revisions(newest)
    assert older and not list(tmp_path.glob("*.before-*"))
    for number in older:
        engine = connect(f"sqlite:///{tmp_path / f'{number}.sqlite'}")
        migrate(engine, number)
        one = Conversations(engine).start("job").id
        migrate(engine)
        migrate(engine)
        copy = tmp_path / f"{number}.sqlite.before-{last}"
        assert revision_of(engine) == last and Conversations(engine).get(one).profile == "job"
        assert copy.stat().st_mode & 0o777 == 0o600 and revision_of(connect(f"sqlite:///{copy}")) == number
        file = file_of(engine)
        assert file and schema(file) == schema(tmp_path / "newest.sqlite")


def test_a_newer_database_is_refused_in_one_line(command: Command, tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'data' / 'conversations.sqlite'}")
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    before = state(tmp_path)
    ran = command("forget", "x")
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1) and "9999" in ran.err
    assert "newer" in command("forget", "x", ASSISTANT_LANGUAGE="en").err
    assert state(tmp_path) == before


# -- the commands


def test_backup_and_restore_as_commands(command: Command, tmp_path: Path) -> None:
    (tmp_path / "job.md").write_text(JOB, encoding="utf-8")
    assert command("add", "job.md").status == 0
    ran = command("backup", "kopi.backup")
    assert ran.status == 0 and "kopi.backup" in ran.out and ran.err == ""
    assert command("backup", "kopi.backup").status == 0
    assert command("restore", "kopi.backup", "--data", tmp_path / "nyt").status == 0
    assert command("list", "--data", tmp_path / "nyt").out == command("list").out
    asked = command("ask", "Hvornår er ansøgningsfristen?", "--data", tmp_path / "nyt", "--json")
    assert "1. marts 2027" in json.loads(asked.out)["answer"]


@pytest.mark.parametrize("language", ["da", "en"])
def test_mistakes_with_a_backup_are_one_line(command: Command, tmp_path: Path, language: str) -> None:
    (tmp_path / "cv.txt").write_text("mit", encoding="utf-8")
    with backups.in_use(tmp_path / "data"):
        assert command("backup", "kopi.backup").status == 0
        wrong = [command(*words, ASSISTANT_LANGUAGE=language) for words in (("backup", "cv.txt"), ("backup", "findes/ikke"), ("restore", "nix"), ("restore", "cv.txt"), ("restore", "kopi.backup"))]
    assert [(ran.status, ran.out, ran.err.count("\n")) for ran in wrong] == [(2, "", 1)] * len(wrong)
    assert (tmp_path / "cv.txt").read_text(encoding="utf-8") == "mit"
    elsewhere = command("restore", "kopi.backup", ASSISTANT_DATABASE="postgresql+psycopg://nobody@127.0.0.1:1/x", ASSISTANT_LANGUAGE=language)
    assert elsewhere.status == 2 and elsewhere.err.count("\n") == 1
    with backups.in_use(tmp_path / "data", alone=True), pytest.raises(BackupError, match="restoring"), backups.in_use(tmp_path / "data"):
        pass
