"""Silence and sureness: risk over coverage, and whether a confidence of 0.8 is right four times in five.

All functions take arrays with one entry a question: `sure` (n,) in 0-1, `right` or `loss` (n,) in 0-1. Order does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BINS = 10


def brier(sure: Array, right: Array) -> float:
    """Mean squared distance of confidence and outcome: 0 is perfect."""
    return float(np.mean((sure - right) ** 2)) if len(sure) else float("nan")


def _bins(sure: Array, right: Array) -> list[tuple[Array, Array]]:
    """Ten bins of equal mass by confidence; equal confidences share their mean outcome, so that order does not matter."""
    order = np.argsort(sure, kind="stable")
    even = _tied(sure[order], right[order])
    return [(s, r) for s, r in zip(np.array_split(sure[order], BINS), np.array_split(even, BINS), strict=True) if len(s)]


def _tied(ordered: Array, values: Array) -> Array:
    """`values` with each run of equal `ordered` averaged."""
    if not len(ordered):
        return values
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(np.append(starts, len(ordered)))
    return np.asarray(np.repeat(np.add.reduceat(values, starts) / sizes, sizes), np.float64)


def calibration_error(sure: Array, right: Array) -> float:
    """ECE: the mean distance of confidence and outcome over ten bins of equal mass, weighed by size."""
    gaps = [len(s) * abs(float(s.mean()) - float(r.mean())) for s, r in _bins(sure, right)]
    return sum(gaps) / len(sure) if len(sure) else float("nan")


def reliability(sure: Array, right: Array) -> list[dict[str, float]]:
    """The bins of a reliability diagram: mean confidence, share right, n."""
    return [{"confidence": float(s.mean()), "right": float(r.mean()), "n": float(len(s))} for s, r in _bins(sure, right)]


def risk_coverage(sure: Array, loss: Array) -> Array:
    """(n,): risk_k, the mean loss of the k surest; equal confidences share their mean loss."""
    order = np.argsort(-sure, kind="stable")
    even = _tied(-sure[order], loss[order])
    return np.asarray(np.cumsum(even) / np.arange(1, len(loss) + 1), np.float64)


def aurc(sure: Array, loss: Array) -> float:
    """The mean of risk over coverage (1/N · Σ risk_k): 0 is perfect."""
    return float(risk_coverage(sure, loss).mean()) if len(loss) else float("nan")


def excess_aurc(sure: Array, loss: Array) -> float:
    """AURC less what the best possible order of the same losses has."""
    return aurc(sure, loss) - aurc(-loss, loss)


def augrc(sure: Array, loss: Array) -> float:
    """The mean over coverage of the share of all questions that are answered and wrong."""
    n = len(loss)
    return float((risk_coverage(sure, loss) * np.arange(1, n + 1) / n).mean()) if n else float("nan")


def risk_at(sure: Array, loss: Array, coverage: float) -> float:
    """The risk when the surest `coverage` (0-1) of the questions are answered."""
    n = len(loss)
    return float(risk_coverage(sure, loss)[max(1, int(np.ceil(coverage * n))) - 1]) if n else float("nan")


def coverage_at(sure: Array, loss: Array, risk: float) -> float:
    """The largest share of questions that can be answered at a risk of at most `risk`; 0 when none can."""
    fine = np.flatnonzero(risk_coverage(sure, loss) <= risk + 1e-12)
    return float((fine[-1] + 1) / len(loss)) if len(fine) else 0.0


def sweep(holds: Array, right: Array, answerable: Sequence[bool], thresholds: Sequence[float]) -> list[dict[str, float]]:
    """Answers and refusals over the threshold on `holds` (n,), what refusing is decided by. `right`: the answer given without a threshold is right.

    A line each: threshold, total (right answers and right refusals), answered rightly, refused, false answers, refusals too many.
    """
    can = np.array(answerable, bool)
    good = right.astype(bool)
    lines = []
    for threshold in thresholds:
        answered = holds >= threshold
        lines.append(
            {
                "threshold": float(threshold),
                "total": float(np.mean(np.where(can, answered & good, ~answered))),
                "answered_right": _share(answered & good, can),
                "refused": float(np.mean(~answered)),
                "false_answers": _share(answered, ~can),
                "over_abstention": _share(~answered, can),
            }
        )
    return lines


def _share(of: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    return float(of[among].mean()) if among.any() else float("nan")
