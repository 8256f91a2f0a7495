"""What an operator takes from us: the unit, the Containerfile, the audit; and a machine of which only the data folder may be written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from auditing import NOT_AUDITED, told
from conftest import JOB, ROOT, TODAY

DEPLOY = ROOT / "docs" / "deploy"
UNIT = DEPLOY / "profilassistenten.service"


def unit() -> ConfigParser:
    parsed = ConfigParser(strict=True, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read(UNIT, encoding="utf-8")
    return parsed


def test_the_unit_gives_away_as_little_as_it_can() -> None:
    service = unit()["Service"]
    assert service["ExecStart"].startswith("/srv/profilassistenten/.venv/bin/assistant serve --host 127.0.0.1")
    assert (service["DynamicUser"], service["NoNewPrivileges"], service["ProtectSystem"], service["CapabilityBoundingSet"]) == ("yes", "yes", "strict", "")
    assert f"ASSISTANT_DATA=/var/lib/{service['StateDirectory']}" in service["Environment"]
    from web.serving import LAST_SECONDS

    assert int(service["TimeoutStopSec"]) > LAST_SECONDS


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze (apt-get install systemd)")
def test_systemd_knows_every_option_and_finds_the_unit_well_closed(tmp_path: Path) -> None:
    here = tmp_path / UNIT.name
    here.write_text(UNIT.read_text(encoding="utf-8").replace("/srv/profilassistenten/.venv/bin/assistant", "/bin/true").replace("/srv/profilassistenten", "/"), encoding="utf-8")
    for command in (["verify", "--man=no"], ["security", "--offline=true", "--no-pager", "--threshold=20"]):
        ran = subprocess.run(["systemd-analyze", *command, str(here)], capture_output=True, text=True, check=False, timeout=60)
        assert ran.returncode == 0 and "Unknown" not in ran.stderr, ran.stdout[-500:] + ran.stderr


def instructions() -> list[tuple[str, str]]:
    """The Containerfile's, in order."""
    text = re.sub(r"\\\n", " ", "\n".join(line for line in (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines() if not line.startswith("#")))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line.strip())]


def test_the_container_is_nobodys_and_writes_only_its_volume() -> None:
    found = instructions()
    words = [word for word, _ in found]
    known = set("FROM ARG ENV RUN WORKDIR COPY USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD".split())
    assert set(words) <= known and words[0] == "FROM" and words.index("USER") > max(n for n, word in enumerate(words) if word in ("RUN", "COPY"))
    values = dict(found)
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", values["USER"]) and values["VOLUME"] == "/data" and "ASSISTANT_DATA=/data" in values["ENV"]
    assert json.loads(values["ENTRYPOINT"]) == ["assistant"] and json.loads(values["CMD"])[:2] == ["serve", "--host"]
    copied = [source for word, rest in found if word == "COPY" for source in rest.split()[:-1]]
    assert all((ROOT / source).exists() for source in copied) and {"corpus", "index", "assistant", "web"} <= set(copied)
    pinned = re.search(r"^TORCH := (\S+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert pinned and pinned[1] in " ".join(rest for word, rest in found if word == "RUN")


def can_remount() -> bool:
    """Whether this machine lets us see its own files read-only."""
    return os.geteuid() == 0 and shutil.which("unshare") is not None and subprocess.run(["unshare", "-m", "sh", "-c", "mount --make-rprivate / && mount -o remount,ro,bind /"], capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not can_remount(), reason="needs root and unshare")
def test_only_the_data_folder_need_be_writable(tmp_path: Path) -> None:
    (tmp_path / "job.md").write_text(JOB, encoding="utf-8")
    script = f"""set -e
mount --make-rprivate /; cp "{tmp_path}/job.md" /dev/shm/job.md; mkdir -p "{tmp_path}/data"; mount -t tmpfs tmpfs "{tmp_path}/data"; mount -o remount,ro,bind /
! touch "{ROOT}/skrevet" 2>/dev/null
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all sh -c '"{sys.executable}" -m assistant add /dev/shm/job.md && "{sys.executable}" -m assistant ask "Hvornår er ansøgningsfristen?" --json && "{sys.executable}" -m assistant forget x'
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "ASSISTANT_DATA": str(tmp_path / "data"), "ASSISTANT_TODAY": TODAY.isoformat()}
    ran = subprocess.run(["unshare", "-m", "sh", "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=280)
    assert ran.returncode == 2 and ran.stderr.count("\n") == 1, ran.stderr[-800:]
    assert "1. marts 2027" in json.loads(ran.stdout.splitlines()[-1])["answer"]


# -- what we depend on


@pytest.mark.slow
def test_bandit_finds_nothing_grave() -> None:
    ran = subprocess.run([sys.executable, "-m", "bandit", "-q", "-r", "corpus", "index", "assistant", "web", "-lll"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    assert ran.returncode == 0, ran.stdout[-2000:]


def package(**more: object) -> dict[str, object]:
    return {"name": "a", "version": "1", "vulns": [], **more}


@pytest.mark.parametrize(
    ("report", "status", "words"),
    [
        (None, 2, NOT_AUDITED),
        ("", 2, NOT_AUDITED),
        ("<html>", 2, NOT_AUDITED),
        ({"dependencies": []}, 2, NOT_AUDITED),
        ({"dependencies": [package(), {"name": "b", "skip_reason": "not found"}]}, 2, NOT_AUDITED),
        ({"dependencies": [package()]}, 0, "1 packages audited, 0 known vulnerabilities"),
        ({"dependencies": [package(vulns=[{"id": "CVE-1"}])]}, 1, "a 1: CVE-1\n1 packages audited, 1 known vulnerabilities"),
    ],
)
def test_nothing_is_called_audited_that_was_not(tmp_path: Path, report: object, status: int, words: str) -> None:
    if report is not None:
        (tmp_path / "found.json").write_text(report if isinstance(report, str) else json.dumps(report), encoding="utf-8")
    assert told(tmp_path / "found.json") == (words, status)
    assert "clean" not in words


def test_the_audit_gates_nothing() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "audit" not in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert not [line for line in makefile.splitlines() if re.match(r"(setup|run|test|check|\$\(VENV\)\S*):.*audit", line)]


def test_every_test_that_the_rows_name_is_there() -> None:
    rows = (ROOT / "docs" / "hardening.md").read_text(encoding="utf-8")
    named = [(file, name) for file, words in re.findall(r"`(\w+)`: ([^;|]+)", rows) for name in re.findall(r"[a-z0-9]+(?:_[a-z0-9]+)+", words)]
    missing = [(file, name) for file, name in named if not re.search(rf"def test_\w*{name}", (ROOT / "tests" / f"test_{file}.py").read_text(encoding="utf-8"))]
    assert len(named) > 70 and missing == []
    assert {f"{letter}{number}" for letter, last in (("T", 26), ("Q", 24), ("H", 20)) for number in range(1, last + 1)} <= set(re.findall(r"\b[TQH]\d+\b", rows))
