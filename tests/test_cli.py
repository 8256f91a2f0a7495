"""The command line, as the contract's sections 2 and 3 have it."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import JOB, ROOT, SHIPPED, TODAY, Command, python

from assistant import commands_wording
from assistant.cli import main, version
from assistant.settings import Settings
from index.library import Library

KEYS = ["question", "profile", "language", "answer", "abstained", "confidence", "citations", "suggestions", "writer", "notice", "seconds"]


def one_line(text: str) -> bool:
    """Whether this is one line that says something, and no traceback."""
    return text.count("\n") == 1 and len(text) > 20 and text.startswith("assistant: ") and "Traceback" not in text


@pytest.fixture
def job_path(tmp_path: Path) -> Path:
    """The short profile in the folder the command runs in."""
    path = tmp_path / "skoleleder.md"
    path.write_text(JOB, encoding="utf-8")
    return path


def test_add_list_ask_remove(command: Command, job_path: Path) -> None:
    added = command("add", job_path)
    assert (added.status, added.err) == (0, "")
    slug, title, passages, seconds, employer, deadline, contacts = added.out.strip().split("\t")
    assert (slug, title) == ("birkelund-skoleleder", "Skoleleder")
    assert re.fullmatch(r"\d+ tekststeder", passages)
    assert re.fullmatch(r"\d+,\d s", seconds)
    assert (employer, deadline) == ("arbejdsgiver: Birkelund Kommune", "frist: 2027-03-01")
    assert contacts == "kontakt: Ida Holm, 20 30 40 50; Bo Strand, 60 70 80 90"
    assert command("list").out == "birkelund-skoleleder\tSkoleleder\tBirkelund Kommune\t2027-03-01\n"
    assert "1. marts 2027" in command("ask", "Hvornår er ansøgningsfristen?").out
    assert command("remove", "birkelund-skoleleder").status == 0
    assert command("list").out == ""


def test_add_does_the_others_when_one_is_refused(command: Command, job_path: Path, tmp_path: Path) -> None:
    (tmp_path / "tom.md").touch()
    ran = command("add", "tom.md", job_path, "nix.txt")
    assert ran.status == 2
    assert ran.out.count("\n") == 1
    assert "tom.md" in ran.err
    assert "nix.txt" in ran.err
    assert ran.err.count("\n") == 2
    assert command("list").out.count("\n") == 1


def test_read_prints_the_canonical_text_and_indexes_nothing(command: Command, job_path: Path, tmp_path: Path) -> None:
    text = command("read", job_path).out.rstrip("\n")
    data = json.loads(command("read", job_path, "--json").out)
    assert list(data) == ["text", "passages"]
    assert data["text"] == text
    for passage in data["passages"]:
        assert list(passage) == ["kind", "section", "start", "end"]
        assert text[passage["start"] : passage["end"]].strip()
    assert "Løn" in {passage["section"] for passage in data["passages"]}
    assert not (tmp_path / "data").exists()


def test_ask_as_json_is_the_contracts_object(command: Command, job_path: Path, tmp_path: Path) -> None:
    ran = command("ask", "Hvem kan jeg ringe til?", "--profile", job_path, "--json")
    answer = json.loads(ran.out)
    assert list(answer) == KEYS
    assert answer["profile"] == "birkelund-skoleleder"
    assert answer["question"] == "Hvem kan jeg ringe til?"
    text = command("read", job_path).out
    assert answer["citations"]
    assert all(c["quote"] == text[c["start"] : c["end"]] for c in answer["citations"])
    assert not (tmp_path / "data").exists()


def test_ask_shows_each_citation_under_the_answer(command: Command, job_path: Path) -> None:
    lines = command("ask", "Hvornår er ansøgningsfristen?", "--profile", job_path).out.splitlines()
    assert lines[0].endswith("[1]")
    assert lines[1] == ""
    assert re.fullmatch(r'\[1\] Ansøgningsfrist: ".*1\. marts 2027.*"', lines[2])


def test_earlier_questions_are_taken_into_account(command: Command, job_path: Path) -> None:
    ran = command("ask", "Hvad er hans telefonnummer?", "--profile", job_path, "--earlier", "Hvornår er fristen?", "--earlier", "Hvem er Bo Strand?", "--json")
    assert "60 70 80 90" in json.loads(ran.out)["answer"]


def test_with_several_profiles_it_asks_back(plain: Settings, stocked: Library, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "Hvornår er fristen?", "--json", "--data", str(plain.data)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["profile"], answer["abstained"], answer["citations"]) == (None, False, [])


def test_data_is_taken_before_and_after_the_command(plain: Settings, stocked: Library, capsys: pytest.CaptureFixture[str]) -> None:
    shown = []
    for arguments in (["--data", str(plain.data), "list"], ["list", "--data", str(plain.data)], ["--data", "/intet", "list", "--data", str(plain.data)]):
        assert main(arguments) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1] == shown[2]
    assert "helsingoer-direktoer\t" in shown[0]


@pytest.mark.parametrize(
    "arguments",
    [
        (), ("frobnicate",), ("ask",), ("ask", "hej", "--profile"), ("ask", "hej", "--nix"), ("add",), ("remove", "nix"), ("serve", "--port", "x"), ("serve", "--port", "70000"), ("ask", ""), ("ask", "x" * 2001),
        ("ask", "hej"), ("ask", "hej", "--profile", "nix"), ("ask", "hej", "--profile", "nix.md"), ("ask", "hej", "--profile", "/"), ("add", "nix.md"), ("add", "."), ("read", "nix.md"), ("forget", "nix"),
        ("evaluate", "nix.jsonl", "--profiles", "."), ("evaluate", "nix.jsonl"), ("list", "--data", "/dev/null"), ("list", "--js"), ("ask", "\ud800", "--profile", "x"), ("add", "a\0b"),
    ],
)  # fmt: skip
def test_every_mistake_is_one_clear_line_and_status_2(command: Command, arguments: tuple[str, ...]) -> None:
    ran = command(*arguments)
    assert ran.status == 2
    assert ran.out == ""
    assert one_line(ran.err) or (arguments[0] == "evaluate" and ran.err.count("\n") == 1)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\0", b"   \n", bytes(range(256))])
def test_a_bad_file_is_named_whatever_is_wrong_with_it(command: Command, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "fil.md").write_bytes(content)
    for arguments in (("add", "fil.md"), ("read", "fil.md"), ("ask", "hej", "--profile", "fil.md")):
        ran = command(*arguments)
        assert ran.status == 2
        assert one_line(ran.err)
        assert "fil.md" in ran.err


@pytest.mark.parametrize(("name", "value"), [("ASSISTANT_TODAY", "snart"), ("ASSISTANT_RATE", "x"), ("ASSISTANT_LANGUAGE", "de"), ("ASSISTANT_EMBEDDING", "/intet/her")])
def test_a_bad_setting_is_named(command: Command, job_path: Path, name: str, value: str) -> None:
    ran = command("ask", "Hvornår er fristen?", "--profile", job_path, **{name: value})
    assert ran.status == 2
    assert one_line(ran.err)
    assert name in ran.err


def test_a_damaged_index_says_how_it_is_mended(command: Command, job_path: Path, tmp_path: Path) -> None:
    command("add", job_path)
    for kept in ("profile.json", "original.md"):  # what it would be made again from
        next((tmp_path / "data").rglob(kept)).write_bytes(b"x")
    ran = command("ask", "Hvornår er fristen?")
    assert ran.status == 2
    assert one_line(ran.err)
    assert "assistant add" in ran.err


def test_messages_are_english_on_request(command: Command, job_path: Path) -> None:
    for arguments in (("ask",), ("frobnicate",), ("remove", "nix"), ("ask", ""), ("list",), ("forget", "nix")):
        danish, english = command(*arguments), command(*arguments, ASSISTANT_LANGUAGE="en")
        assert english.err != danish.err
        assert not re.search(r"[æøå]|\b(?:ikke|mangler|findes|Skriv|Ingen)\b", english.err)
    assert "usage:" in command("--help", ASSISTANT_LANGUAGE="en").out
    assert "brug:" in command("--help").out


def test_every_message_is_said_in_both_languages() -> None:
    danish, english = commands_wording.SAYINGS["da"], commands_wording.SAYINGS["en"]
    assert danish.keys() == english.keys()
    for key, text in danish.items():
        assert sorted(re.findall(r"\{(\w*)", text)) == sorted(re.findall(r"\{(\w*)", english[key])), key


ROOMS_ERRORS = {"CorpusError", "SnapshotError", "EmbeddingError", "StorageError", "SettingsError"}


def raised() -> list[str]:
    """Every sentence that a lower room's error is made with, what it fills in written as X."""
    found = []
    for path in (path for room in ("corpus", "index", "assistant") for path in (ROOT / room).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ROOMS_ERRORS and node.args:
                said = node.args[0]
                parts = said.values if isinstance(said, ast.JoinedStr) else [said]
                found.append("".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in parts))
    return [sentence for sentence in found if sentence != "X"]  # "X": a sentence that another function made


def test_every_error_of_a_lower_room_is_said_in_english_too() -> None:
    assert len(raised()) > 20
    assert [sentence for sentence in raised() if commands_wording.english(sentence) == sentence] == [], "say it in assistant/commands_wording.py too"


def test_a_refused_file_is_told_in_english(command: Command, tmp_path: Path) -> None:
    (tmp_path / "tom.md").touch()
    ran = command("add", "nix.md", "tom.md", ASSISTANT_LANGUAGE="en")
    assert ran.err == "assistant: nix.md: there is no such file. Check the path.\nassistant: tom.md: the file is empty. Give a file with the profile's text.\n"
    assert "ASSISTANT_RATE is 'x'; write a whole number." in command("list", ASSISTANT_LANGUAGE="en", ASSISTANT_RATE="x").err


def test_version_and_help_end_well(command: Command) -> None:
    assert command("--version").out == f"assistant {version()}\n"
    for name in ("serve", "add", "list", "remove", "read", "ask", "evaluate", "forget"):
        ran = command(name, "--help")
        assert ran.status == 0
        assert "--data" in ran.out
        assert name in command("--help").out


def test_forget_erases_a_conversation(command: Command, tmp_path: Path) -> None:
    from assistant import opening, settings

    conversations = opening.conversations(settings.load(tmp_path / "data"))
    started = conversations.start("x")
    assert command("forget", started.id).status == 0
    assert conversations.count() == 0
    assert command("forget", started.id).status == 2


def test_evaluate_writes_a_scored_run(command: Command, job_path: Path, tmp_path: Path) -> None:
    row = {
        "id": "a-1", "document": "skoleleder.md", "conversation": [], "question": "Hvornår er ansøgningsfristen?", "kind": "fact", "answerable": True,
        "answers": [["1. marts 2027"]], "evidence": ["Mandag den 1. marts 2027"],
    }  # fmt: skip
    (tmp_path / "q.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    ran = command("evaluate", "q.jsonl", "--profiles", ".", "--out", "run")
    assert ran.status == 0, ran.err
    (answer,) = [json.loads(line) for line in (tmp_path / "run/answers.jsonl").read_text(encoding="utf-8").splitlines()]
    assert set(KEYS) | {"id", "document"} == set(answer)
    assert json.loads((tmp_path / "run/scores.json").read_text())["score"]["total"]["correct"] == 1
    assert not (tmp_path / "data").exists()


def test_help_and_list_load_no_model_and_no_web() -> None:
    code = "import sys; from assistant.cli import main; main(sys.argv[1:]); print(sorted({'torch', 'sentence_transformers', 'transformers', 'uvicorn', 'faiss'} & set(sys.modules)), file=sys.stderr)"
    assert python("-c", code, "--help").stderr == "[]\n"
    listed = python("-c", code, "list", ASSISTANT_DATA="/tmp/intet-her")
    assert "torch" not in listed.stderr
    assert "sentence_transformers" not in listed.stderr


def test_output_is_utf8_whatever_the_locale() -> None:
    ran = subprocess.run([sys.executable, "-m", "assistant", "--help"], cwd=ROOT, env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, capture_output=True, check=True)
    assert "indekserer" in ran.stdout.decode("utf-8")


def test_a_reader_that_closes_early_is_no_fault(job_path: Path) -> None:
    code = f"import sys, time; sys.argv = ['assistant', 'read', {str(job_path)!r}]; from assistant.cli import main; time.sleep(.5); sys.exit(main())"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) == 141


def test_an_interrupt_ends_with_130(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant import commands

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "list_profiles", interrupted)
    ran = command("list")
    assert (ran.status, ran.out, ran.err) == (130, "", "")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    """A server over one small profile, started as `make run` starts it: its address, what it printed, its data folder."""
    folder = tmp_path_factory.mktemp("served")
    environment = {"ASSISTANT_DATA": str(folder), "PYTHONUNBUFFERED": "1"}
    assert python("-m", "assistant", "add", str(SHIPPED / "teamleder-affald.txt"), **environment).returncode == 0
    with subprocess.Popen(
        [sys.executable, "-m", "assistant", "serve", "--port", "0", "--example"], cwd=ROOT, env={**os.environ, **environment, "ASSISTANT_TODAY": TODAY.isoformat()}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        printed = ""
        while "http://" not in printed and (line := running.stdout.readline()):
            printed += line
        match = re.search(r"http://\S+", printed)
        assert match, running.stderr and running.stderr.read()
        yield match.group(), printed, folder
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0


def test_serve_shows_one_answer_with_its_citation_before_it_opens(served: tuple[str, str, Path]) -> None:
    before = served[1].split("http://")[0]
    assert "Hvornår er ansøgningsfristen?" in before
    assert re.search(r'^\[1\] .*".+"$', before, re.MULTILINE)


def test_serve_answers_over_http_and_the_command_line_may_share_its_data(served: tuple[str, str, Path]) -> None:
    address, _, folder = served
    body = json.dumps({"question": "Hvornår er ansøgningsfristen?"}).encode()
    request = urllib.request.Request(f"{address}/api/ask", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        answer = json.load(response)
    assert answer["citations"]
    with urllib.request.urlopen(f"{address}/health", timeout=30) as response:
        assert json.load(response)["profiles"] == 1
    with urllib.request.urlopen(f"{address}/", timeout=30) as response:
        assert "<form" in response.read().decode()
    ran = python("-m", "assistant", "--data", str(folder), "ask", "Hvornår er ansøgningsfristen?", "--json")
    assert json.loads(ran.stdout)["answer"] == answer["answer"]


def test_a_port_that_is_taken_is_said(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        started = time.monotonic()
        ran = command("serve", "--port", str(taken.getsockname()[1]))
    assert ran.status == 2
    assert one_line(ran.err)
    assert "--port" in ran.err
    assert time.monotonic() - started < 30
