"""The same suite on PostgreSQL: the tests of conversations, users and the desk, each on a database of its own of a server that we start.

Slow: part of `make check`. Skipped, saying so, where PostgreSQL is missing; with `REQUIRE_ALL=1` that is a failure.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT
from databases import server

pytestmark = pytest.mark.slow
SUITE = ["tests/test_alone.py", "tests/test_buckets.py", "tests/test_conversations.py", "tests/test_users.py", "tests/test_inbox.py", "tests/test_web_desk.py"]


def test_the_same_suite_passes_on_postgresql() -> None:
    pytest.importorskip("psycopg", reason="psycopg is missing: pip install '.[postgresql]'")
    with server() as address:
        environment = {**os.environ, "TEST_POSTGRESQL": address, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SUITE], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:]
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed and int(passed[1]) > 80, ran.stdout[-2000:]
