"""`make audit`: asks pip-audit about every pinned package, and says "not audited" where no vulnerability service answers."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

NOT_AUDITED = "not audited: no vulnerability service answered for every package, so nothing is known"


def told(found: Path) -> tuple[str, int]:
    """What pip-audit found, from the report it wrote, and the exit status: 0 none, 1 some, 2 nothing is known."""
    try:
        packages = json.loads(found.read_text(encoding="utf-8"))["dependencies"]
        if not packages or any("skip_reason" in package for package in packages):
            return NOT_AUDITED, 2
        holes = [f"{package['name']} {package['version']}: {hole['id']}" for package in packages for hole in package["vulns"]]
    except (OSError, ValueError, KeyError, TypeError):
        return NOT_AUDITED, 2
    return "\n".join([*holes, f"{len(packages)} packages audited, {len(holes)} known vulnerabilities"]), 1 if holes else 0


def main(constraints: str) -> int:
    """Runs pip-audit on the pins in a file."""
    with tempfile.TemporaryDirectory() as room:
        found = Path(room) / "found.json"
        command = [sys.executable, "-m", "pip_audit", "--strict", "--no-deps", "--disable-pip", "--progress-spinner", "off", "-r", constraints, "-f", "json", "-o", str(found)]
        subprocess.run(command, check=False, timeout=600)
        words, status = told(found)
    print(words)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
