"""The gate over our own questions, with the assistant that everybody gets: what `make test` does not let through.

Each check is written to build/gate.xml (JUnit), what was measured beside its bound. `tests/questions/baseline.json` is what was kept at the last `make fit`:

    assistant evaluate tests/questions/*.jsonl --profiles corpus/profiles --out run
    python -m assistant.evaluation.gate run --profiles corpus/profiles --keep tests/questions/baseline.json
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from assistant.answering import Assistant
from assistant.evaluation import gate, running
from corpus.reading import READERS
from index.library import Encoder, Library

HERE = Path(__file__).parent
PROFILES = HERE.parent / "corpus" / "profiles"
BASELINE = HERE / "questions" / "baseline.json"
REPORT = HERE.parent / "build" / "gate.xml"
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def run(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> running.Run:
    """Our own questions on the shipped profiles."""
    folder = tmp_path_factory.mktemp("gate")
    shipped = {path.name for path in PROFILES.iterdir() if path.suffix in READERS}
    golds = [gold for gold in running.load([HERE / "questions"]) if gold.document in shipped]
    assert {gold.document for gold in golds} == shipped

    def factory() -> Assistant:
        return Assistant(Library(folder, encoder), lambda: TODAY)

    return running.run_over(golds, [PROFILES], factory)


def test_our_own_questions_pass_the_gate(run: running.Run) -> None:
    status, checks = gate.guard(run, profiles=[PROFILES])
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(gate.junit(checks), encoding="utf-8")
    print(gate.told(checks))
    assert status == gate.PASS, "\n".join(one.said for one in checks if not one.passed)


def test_our_own_questions_fare_no_worse_than_when_the_weights_were_fitted(run: running.Run) -> None:
    if not BASELINE.is_file():
        why = "tests/questions/baseline.json is not there: make it as this file's first lines say"
        pytest.fail(why) if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip(why)
    margins = {"margins": gate.rules()["margins"]}
    checks = gate.examine(run, margins, gate.read_baseline(BASELINE))
    REPORT.with_name("gate-margins.xml").write_text(gate.junit(checks), encoding="utf-8")
    print(gate.told(checks))
    assert gate.status(checks) == gate.PASS, gate.told(checks)
