"""A run in the formats of RAGAS, DeepEval and promptfoo; the first two are loaded by the tools themselves, each in a venv of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from evaluating import furnish, small_assistant

from assistant import evaluation
from assistant.evaluation import exporting, running

READ_RAGAS = """
import sys
from ragas import EvaluationDataset
data = EvaluationDataset.from_jsonl(sys.argv[1])
print(len(data), data[0].user_input, len(data[0].retrieved_contexts), data[0].reference, sep="|")
"""
READ_DEEPEVAL = """
import sys
from deepeval.dataset import EvaluationDataset
data = EvaluationDataset()
names = dict(input_key_name="input", actual_output_key_name="actual_output", expected_output_key_name="expected_output")
data.add_test_cases_from_json_file(sys.argv[1], context_key_name="context", retrieval_context_key_name="retrieval_context", **names)
one = data.test_cases[0]
print(len(data.test_cases), one.input, len(one.retrieval_context), one.expected_output, sep="|")
"""
# RAGAS 0.4.3 imports what langchain-community 0.4 no longer has
TOOLS = {
    "ragas.jsonl": (READ_RAGAS, ("ragas==0.4.3", "langchain-community<0.4"), {"RAGAS_DO_NOT_TRACK": "true"}),
    "deepeval.json": (READ_DEEPEVAL, ("deepeval==4.3.1",), {"DEEPEVAL_TELEMETRY_OPT_OUT": "YES", "DEEPEVAL_UPDATE_WARNING_OPT_OUT": "YES"}),
}
PROMPTFOO_CHECKS = {"icontains-any", "equals"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="module")
def run(home: Path) -> running.Run:
    return evaluation.evaluate([home / "questions.jsonl"], home, small_assistant, home / "run")


def test_exports_have_what_the_tools_read(run: running.Run, tmp_path: Path) -> None:
    paths = exporting.write(run, tmp_path)
    ragas = [json.loads(line) for line in paths[0].read_text(encoding="utf-8").splitlines()]
    assert all(set(row) == {"user_input", "response", "retrieved_contexts", "reference", "reference_contexts"} and row["retrieved_contexts"] for row in ragas)
    assert len(json.loads(paths[1].read_text(encoding="utf-8"))) == len(run.cases)
    tests = yaml.safe_load(paths[2].read_text(encoding="utf-8"))["tests"]
    assert all(check.get("threshold") == 1 for test in tests for check in test["assert"])


def test_exporting_as_a_command(run: running.Run, home: Path, tmp_path: Path) -> None:
    exporting.write(run, tmp_path / "direct")
    assert exporting.main([str(home / "run"), "--profiles", str(home), "--out", str(tmp_path / "again")]) == 0
    for path in (tmp_path / "direct").iterdir():
        assert path.read_text(encoding="utf-8") == (tmp_path / "again" / path.name).read_text(encoding="utf-8")
    assert exporting.main([str(home), "--profiles", str(home), "--out", str(tmp_path)]) == 2


def test_a_promptfoo_configuration_has_its_shape(run: running.Run) -> None:
    config = yaml.safe_load(yaml.safe_dump(exporting.promptfoo(run)))
    assert set(config) == {"description", "prompts", "providers", "tests"} and config["providers"] == ["echo"] and config["prompts"] == ["{{answer}}"]
    for test, case in zip(config["tests"], run.cases, strict=True):
        assert set(test) == {"description", "vars", "assert"} and all(isinstance(value, str) for value in test["vars"].values())
        assert test["assert"] and {check["type"] for check in test["assert"]} <= PROMPTFOO_CHECKS
        assert len(test["assert"]) == max(len(case.gold.answers), 1)
        assert all(isinstance(check["value"], list if check["type"] == "icontains-any" else str) for check in test["assert"])


@pytest.mark.slow
@pytest.mark.parametrize("name", TOOLS)
def test_the_tool_itself_loads_the_export(name: str, run: running.Run, tmp_path: Path) -> None:
    reading, packages, quiet = TOOLS[name]
    python = _venv(tmp_path / "venv", packages)
    exporting.write(run, tmp_path)
    environment = {**{key: value for key, value in os.environ.items() if key != "PYTHONPATH"}, **quiet}
    said = subprocess.run([str(python), "-c", reading, str(tmp_path / name)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240, check=True, encoding="utf-8")
    count, question, passages, reference = said.stdout.strip().splitlines()[-1].split("|")
    assert (int(count), question, reference) == (len(run.cases), run.cases[0].gold.question, "5. februar") and int(passages) > 0
    rows = (tmp_path / "ragas.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) == len(run.cases) and json.loads(rows[0])["user_input"] == question


def _venv(folder: Path, packages: tuple[str, ...]) -> Path:
    """A Python with these packages and nothing of ours; the test is skipped where they cannot be had, unless REQUIRE_ALL=1."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    asked = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    try:
        subprocess.run(asked, check=True, capture_output=True, text=True, timeout=400)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        if os.environ.get("REQUIRE_ALL") == "1":
            raise
        pytest.skip(f"{packages[0]} cannot be installed here: {str(error.stderr or error)[-200:]}")
    return python
