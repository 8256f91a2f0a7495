"""What the README shows is true: every command runs, every make target, setting, file and module is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from conftest import ROOT, TODAY

from assistant import settings
from assistant.cli import main, parser

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [line.split(" #")[0].strip() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines() if line.strip()]
COMMANDS = [shlex.split(line.removeprefix(".venv/bin/assistant ")) for line in BLOCKS if line.startswith(".venv/bin/assistant ")]
SHOWN = [shlex.split(line.split(".venv/bin/assistant ", 1)[1]) for line in BLOCKS if ".venv/bin/assistant " in line]


def test_every_command_in_it_runs_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for room in ("corpus", "tests"):
        (tmp_path / room).symlink_to(ROOT / room)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSISTANT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ASSISTANT_TODAY", TODAY.isoformat())
    assert len(COMMANDS) > 8
    for arguments in COMMANDS:
        assert main(arguments) == 0, (arguments, capsys.readouterr().err)
        assert capsys.readouterr().out.strip(), arguments


@pytest.mark.parametrize("arguments", SHOWN, ids=" ".join)
def test_every_command_in_it_is_understood(arguments: list[str]) -> None:
    parser().parse_args(arguments)


def test_every_make_target_in_it_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for pair in re.findall(r"^(?:PORT=\d+ )?make ([a-z]+)|`(?:PORT=\d+ )?make ([a-z]+)", README, re.MULTILINE) for name in pair if name}
    assert named <= targets
    assert {"setup", "run", "test", "check", "fit", "clean"} <= targets


def test_every_setting_in_it_is_read_and_the_other_way_round() -> None:
    source = Path(str(settings.__file__)).read_text(encoding="utf-8")
    read = set(re.findall(r"ASSISTANT_[A-Z_]+", source))
    assert set(re.findall(r"`(ASSISTANT_[A-Z_]+)`", README)) == read
    assert set(re.findall(r"#(ASSISTANT_[A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"))) == read


def test_the_defaults_in_it_are_the_defaults(tmp_path: Path) -> None:
    found = settings.load(None, {}, tmp_path)
    for name, value in (("RETENTION_DAYS", found.retention_days), ("RATE", found.rate)):
        assert f"| `ASSISTANT_{name}` | {value} |" in README
    assert f"efter {found.retention_days} dage" in README


def test_every_file_and_module_in_it_is_there() -> None:
    for path in re.findall(r"\]\(((?!http)[^)#]+)\)", README):
        assert (ROOT / path).exists() or path == "docs/screenshot.png", path
    for name in re.findall(r"`([\w/]+\.(?:py|toml|tsv|json|txt|md))`", README):
        assert list(ROOT.glob(name)) or [p for room in ("corpus", "index", "assistant") for p in (ROOT / room).rglob(Path(name).name)] or name.startswith("run/"), name


def test_nothing_in_it_belongs_to_one_machine() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "Makefile", ROOT / "constraints.txt", ROOT / "pyproject.toml", ROOT / ".env.example"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.])/(?:home|root|work|tmp|opt|Users)/|file:/|https?://(?!127\.0\.0\.1|[\w.]+\.example)", text), path


def test_the_python_in_it_runs(stocked: object, plain: settings.Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ASSISTANT_DATA", str(plain.data))
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert "[1]" in capsys.readouterr().out
