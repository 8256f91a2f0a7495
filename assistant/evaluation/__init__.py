"""Offline evaluation that people can decide from. Deterministic, no judge model; a missing value is a failure and is counted.

>>> from assistant import evaluation
>>> run = evaluation.evaluate([questions], profiles, factory)          # doctest: +SKIP
>>> run.scores["metrics"]["right"], run.cases[0].metrics               # doctest: +SKIP
>>> evaluation.compare(evaluation.read_run(before), run)["changed"]    # doctest: +SKIP

Reading order: gold (the questions) → running (asks them) → cases (one measured) → metrics (means) → comparing, gate, report.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.evaluation.cases import Case as Case
    from assistant.evaluation.comparing import compare as compare
    from assistant.evaluation.gate import guard as guard
    from assistant.evaluation.gold import DatasetError as DatasetError
    from assistant.evaluation.gold import Gold as Gold
    from assistant.evaluation.gold import load as load
    from assistant.evaluation.running import Run as Run
    from assistant.evaluation.running import evaluate as evaluate
    from assistant.evaluation.running import read_run as read_run
    from assistant.evaluation.scoring import score as score

_HOMES = {
    "Case": "cases", "compare": "comparing", "guard": "gate", "DatasetError": "gold", "Gold": "gold", "load": "gold", "Run": "running", "evaluate": "running",
    "read_run": "running", "score": "scoring",
}  # fmt: skip
__all__ = ["Case", "DatasetError", "Gold", "Run", "compare", "evaluate", "guard", "load", "read_run", "score"]


def __getattr__(name: str) -> Any:
    """Loads a public name when it is first used, so that importing the package is cheap."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
