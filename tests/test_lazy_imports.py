"""An answer on the command line pays only for what it uses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import ROOT

HEAVY = ("torch", "transformers", "sentence_transformers", "onnx", "langchain", "langchain_core", "langsmith", "sqlalchemy", "alembic", "fastapi", "scipy", "pypdfium2", "wordfreq")
ASKING = f"""
import sys
from assistant.cli import main
status = main(sys.argv[1:])
print(status, sorted(set({HEAVY}) & sys.modules.keys()))
"""


def test_an_answer_imports_no_torch_no_langchain_and_no_database(job_file: Path, tmp_path: Path) -> None:
    asked = ["ask", "Hvornår er ansøgningsfristen?", "--profile", str(job_file), "--data", str(tmp_path)]
    run = subprocess.run([sys.executable, "-c", ASKING, *asked], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.splitlines()[-1] == "0 []", run.stdout
    assert "1. marts 2027" in run.stdout
