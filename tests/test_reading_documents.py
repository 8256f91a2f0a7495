"""Every document of the hardening table gets what the table says, and none takes longer or more than it may."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import documents
import pytest
from conftest import Command, python
from documents import CASES, Case

from assistant.commands_wording import english
from corpus import confined
from corpus.profiles import CorpusError, Profile
from corpus.reading import LIMITS, read, read_bytes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Every document, made."""
    path = tmp_path_factory.mktemp("documents")
    documents.make(path)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def name(case: Case) -> str:
    return f"{case.row}-{case.name.encode('ascii', 'replace').decode()[:24]}"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_document_gets_what_the_table_says(case: Case, folder: Path) -> None:
    if case.reason == "unreadable" and os.geteuid() == 0:
        pytest.skip("root may read anything")
    wanted = case.reason if isinstance(case.reason, tuple) else (case.reason,)
    started = time.monotonic()
    try:
        profile = read(folder / case.name)
    except CorpusError as refused:
        assert refused.reason in wanted, str(refused)
        is_good_refusal(refused, case.name)
    else:
        assert None in wanted
        is_read_as_it_should(profile, case)
    assert time.monotonic() - started < 60


def is_good_refusal(refused: CorpusError, file: str) -> None:
    """It names the file, says why, and what would mend it; in English too."""
    line = str(refused)
    assert file in line
    assert line.isprintable()
    assert line.count(". ") >= 1 or refused.reason == "unreadable"
    assert english(line) != line


def is_read_as_it_should(profile: Profile, case: Case) -> None:
    """What is to be seen is there, what isn't is not, and every passage can be quoted."""
    for shown in case.holds:
        assert shown in profile.text
    for hidden in case.hides:
        assert hidden not in json.dumps(profile.text, ensure_ascii=False)
    assert all(0 < passage.end - passage.start <= 2000 for passage in profile.passages)
    assert profile.source.isprintable()


@pytest.mark.slow
def test_no_child_took_more_memory_than_it_may(folder: Path) -> None:
    script = "import sys, resource; from pathlib import Path; from corpus.reading import read\nfrom contextlib import suppress\nfrom corpus.profiles import CorpusError\nfor p in sorted(Path(sys.argv[1]).glob('*.*')):\n    with suppress(CorpusError): read(p)\nfrom corpus import confined\nconfined._server.stop()\nprint(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    ran = python("-c", script, str(folder))
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) * 1024 < LIMITS.memory


@pytest.mark.parametrize("case", documents.LIMITS, ids=name)
def test_a_known_limit_does_no_harm(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path / case.name)
    assert "Ågård" in read(tmp_path / case.name).text


def test_the_command_does_the_others_and_says_two(command: Command, tmp_path: Path) -> None:
    chosen = [case for case in CASES if case.row in ("D1", "D18", "D24", "D35", "D42", "D61", "D67", "D78", "D79")]
    documents.make(tmp_path, chosen)
    ran = command("add", *[case.name for case in chosen])
    refused = [case for case in chosen if case.reason]
    assert ran.status == 2
    assert ran.err.count("\n") == len(refused)
    assert all(f"assistant: {case.name}: " in ran.err for case in refused)
    assert ran.out.count("\n") == len(chosen) - len(refused)
    assert len(command("list").out.splitlines()) == len(chosen) - len(refused)


def test_names_that_bite_are_inert(command: Command, tmp_path: Path) -> None:
    odd = [case for case in CASES if case.row == "D77"]
    documents.make(tmp_path, odd)
    ran = command("add", "--", *[case.name for case in odd])
    slugs = [line.split("\t")[0] for line in ran.out.splitlines()]
    assert (ran.status, ran.err) == (0, "")
    assert len(set(slugs)) == len(odd)
    assert all(set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and len(slug) <= 83 for slug in slugs)
    assert {path.name for path in tmp_path.iterdir()} == {*(case.name for case in odd), "data"}


def test_two_files_of_the_same_text_are_two_profiles(command: Command, tmp_path: Path) -> None:
    documents.make(tmp_path, [case for case in CASES if case.row == "D76"])
    (tmp_path / "under").mkdir()
    shutil.copy(tmp_path / "dublet-1.md", tmp_path / "under" / "dublet-1.md")
    ran = command("add", "dublet-1.md", "dublet-2.md", "under/dublet-1.md")
    assert [line.split("\t")[0] for line in ran.out.splitlines()] == ["dublet-1", "dublet-2", "dublet-1-2"]


def test_nothing_is_fetched_and_nothing_written_outside(folder: Path) -> None:
    before = set(Path("/tmp").iterdir())
    for file in ("sti.docx", "skabelon.docx", "xxe.docx", "skjult.html", "xss.md", "yaml.md"):
        try:
            assert documents.SECRET not in read(folder / file).text
        except CorpusError as refused:
            assert refused.reason == "unsafe"
    assert not {path for path in set(Path("/tmp").iterdir()) - before if path.name in ("udenfor.xml", documents.SECRET)}


@pytest.mark.slow
def test_a_file_that_takes_too_long_is_refused_in_time() -> None:
    started = time.monotonic()
    with pytest.raises(CorpusError) as refused:
        read_bytes(documents.heavy(200_000), "lang.pdf", replace(LIMITS, seconds=1))
    assert refused.value.reason == "slow"
    assert time.monotonic() - started < 5


def test_a_file_that_takes_too_much_memory_is_refused() -> None:
    heavy = ("<p>" + "<b>a</b>" * 300_000 + "</p>").encode()
    with pytest.raises(CorpusError) as refused:
        read_bytes(heavy, "tung.html", replace(LIMITS, memory=250_000_000))
    assert refused.value.reason == "memory"


def test_a_killed_server_is_started_again(folder: Path) -> None:
    before = read(folder / "dublet-1.md")
    assert confined._server.process is not None
    confined._server.process.kill()
    confined._server.process.wait()
    assert read(folder / "dublet-1.md") == before


def test_many_threads_read_at_once(folder: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    files = [folder / case.name for case in CASES if case.row in ("D42", "D61", "D54", "D76")] * 3
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda path: read(path).text, files))
    assert found == [read(path).text for path in files]


@pytest.mark.slow
def test_a_slow_file_does_not_hold_up_the_others(folder: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(read_bytes, documents.heavy(200_000), "lang.pdf", replace(LIMITS, seconds=6))
        time.sleep(0.5)
        started = time.monotonic()
        read(folder / "dublet-1.md")
        assert time.monotonic() - started < 3
        assert not slow.done()
        with pytest.raises(CorpusError):
            slow.result()
