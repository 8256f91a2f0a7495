"""What many tests share: the model once a session, the shipped profiles indexed once, and the command line as a function."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

for _name in [name for name in os.environ if name.startswith("ASSISTANT_")]:
    del os.environ[_name]
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest  # noqa: E402

from assistant import opening, settings  # noqa: E402
from assistant.answering import Assistant  # noqa: E402
from assistant.settings import Settings  # noqa: E402
from corpus.profiles import Profile  # noqa: E402
from corpus.reading import read  # noqa: E402
from index.library import Encoder, Library, Shard, shard_of  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "corpus" / "profiles"
SHARED = ROOT.parent / "shared"
TODAY = date(2024, 1, 20)
JOB = """---
title: Skoleleder
employer: Birkelund Kommune
deadline: 2027-03-01
slug: birkelund-skoleleder
---
# Skoleleder til Birkelund Skole

| Fakta | |
|---|---|
| Ansøgningsfrist | Mandag den 1. marts 2027 kl. 12.00 |
| Løn | Aflønning sker efter overenskomst |
| Flere oplysninger | Skolechef Ida Holm, tlf. 20 30 40 50, eller konsulent Bo Strand, tlf. 60 70 80 90 |

## Opgaverne

Skolelederen har ansvaret for 412 elever og 58 medarbejdere. Kørekort er ikke et krav.

Du skal blandt andet:

- udvikle den faglige kvalitet
- styrke samarbejdet med forældrene
- sikre en stabil økonomi

## Processen

Første samtale er tirsdag den 9. marts 2027. Anden samtale er torsdag den 18. marts 2027.
"""


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The default settings, on a fixed day, with a data folder of their own."""
    return settings.load(tmp_path_factory.mktemp("data"), {"ASSISTANT_TODAY": TODAY.isoformat()}, ROOT / "tests")


@pytest.fixture(scope="session")
def encoder(plain: Settings) -> Encoder:
    """The embedding model that everybody gets by default."""
    return opening.encoder(plain)


@pytest.fixture(scope="session")
def stocked(plain: Settings, encoder: Encoder) -> Library:
    """A library on disk with every shipped profile in it. Read only: others use it too."""
    library = Library(plain.data / "index", encoder)
    for path in opening.shipped(library):
        library.add(path)
    return library


@pytest.fixture(scope="session")
def assistant(plain: Settings, stocked: Library) -> Assistant:
    """The assistant over the shipped profiles, on 20 January 2024."""
    return opening.assistant(plain, stocked)


@pytest.fixture(scope="session")
def shipped(stocked: Library) -> Shard:
    """The profile the project ships, ready to be searched."""
    return stocked.shard("helsingoer-direktoer")


@pytest.fixture(scope="session")
def job_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short profile of our own, as a file."""
    path = tmp_path_factory.mktemp("job") / "skoleleder.md"
    path.write_text(JOB, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def job(job_file: Path) -> Profile:
    """The short profile, read."""
    return read(job_file)


@pytest.fixture(scope="session")
def job_shard(job: Profile, encoder: Encoder) -> Shard:
    """The short profile, ready to be searched."""
    return shard_of(job, encoder)


@pytest.fixture(scope="session")
def job_assistant(plain: Settings, job_file: Path, encoder: Encoder) -> Assistant:
    """An assistant that knows the short profile only."""
    return opening.assistant(plain, opening.OneFile(job_file, encoder))


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`assistant …` within this process, in an empty folder with an empty data folder."""
    from assistant.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSISTANT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ASSISTANT_TODAY", TODAY.isoformat())

    def run(*arguments: str | Path, **environment: str) -> Ran:
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            status = main([str(argument) for argument in arguments])
        caught = capsys.readouterr()
        return Ran(status, caught.out, caught.err)

    return run


def python(*arguments: str, cwd: Path = ROOT, before: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs this Python in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "ASSISTANT_TODAY": TODAY.isoformat(), **environment}
    return subprocess.run([*before, sys.executable, *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=280, check=False)
