"""The gate over our own questions, with the assistant that everybody gets: what `make test` does not let through."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from assistant.answering import Assistant
from assistant.evaluation import gate, running
from corpus.reading import READERS
from index.library import Encoder, Library

HERE = Path(__file__).parent
PROFILES = HERE.parent / "corpus" / "profiles"
TODAY = date(2026, 11, 22)


def test_our_own_questions_pass_the_gate(encoder: Encoder, tmp_path: Path) -> None:
    shipped = {path.name for path in PROFILES.iterdir() if path.suffix in READERS}
    golds = [gold for gold in running.load([HERE / "questions"]) if gold.document in shipped]
    assert {gold.document for gold in golds} == shipped

    def factory() -> Assistant:
        return Assistant(Library(tmp_path, encoder), lambda: TODAY)

    run = running.run_over(golds, [PROFILES], factory)
    status, checks = gate.guard(run, profiles=[PROFILES])
    assert status == gate.PASS, "\n".join(one.said for one in checks if not one.passed)
