"""Means over questions, with n and 95 % intervals: in all, per kind, per document. A value that is missing is counted as failed.

Definitions stand where a metric is made: `ranking` (search), `matching` (answers), `supporting` (citations, faithfulness), `refusing`
(silence and sureness), `scoring` (what the contract's score holds).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation import pairs, refusing
from assistant.evaluation.cases import OUTCOMES, Case
from assistant.evaluation.gold import KINDS, Gold
from assistant.evaluation.intervals import Resamples, clusters, quantiles
from assistant.evaluation.ranking import ORDERS

Array = NDArray[np.float64]
FEW = 30
HEADLINE = (
    "right", "correct", "answer_accuracy", "citation_hit", "over_abstention", "false_answer", "em", "token_f1", "char_f1", "contains", "number_f1",
    "list.precision", "list.completeness", "list.f1", "list.exact", "citation.precision", "citation.recall", "citation.f1", "citation.gold_source",
    "faithful", "fabricated", "misattribution", "noise_sensitivity", "context_utilisation", "forbidden", "injection", "cpr",
    *(f"{order}.{name}" for order in ORDERS for name in ("hit@1", "hit@3", "hit@5", "hit@10", "mrr@10", "ndcg@10", "recall@5", "recall@10")),
)  # fmt: skip
LOWER_IS_BETTER = frozenset({"over_abstention", "false_answer", "fabricated", "misattribution", "noise_sensitivity", "forbidden", "injection", "cpr", "citation.invalid"})


def column(cases: Sequence[Case], metric: str) -> Array:
    """(n,): a metric of every case; NaN where it does not apply."""
    return np.array([np.nan if (value := case.metrics.get(metric)) is None else value for case in cases])


def headline(cases: Sequence[Case]) -> list[Case]:
    """The cases that count: machine-made questions are shown apart."""
    people = [case for case in cases if case.gold.origin != "template"]
    return people or list(cases)


def summary(cases: Sequence[Case]) -> dict[str, Any]:
    """Everything about a run that is the same in the next one; times are in `latency`."""
    counted = headline(cases)
    unit, labels = clusters([case.gold for case in counted])
    draws = Resamples(labels)
    table = {name: column(counted, name) for name in HEADLINE}
    everything = np.ones(len(counted), bool)
    kinds = {kind: np.array([case.gold.kind == kind for case in counted]) for kind in KINDS}
    papers = {paper: np.array([case.gold.document == paper for case in counted]) for paper in dict.fromkeys(case.gold.document for case in counted)}
    made = [case for case in cases if case.gold.origin == "template"]
    return {
        "resampled": unit,
        "metrics": _estimates(table, everything, draws),
        "by_kind": {kind: _estimates(table, rows, draws) for kind, rows in kinds.items() if rows.any()},
        "by_document": {paper: _estimates(table, rows, draws) for paper, rows in papers.items()},
        "few": sorted(kind for kind, rows in kinds.items() if 0 < rows.sum() < FEW),
        **_curves(counted),
        "abstention": abstention(counted),
        "support": pairs.published(),
        "conversation": conversation_gap(counted),
        "robustness": robustness(counted),
        "outcomes": {name: sum(case.outcome == name for case in counted) for name in OUTCOMES},
        "machine_made": {"n": len(made), "alone": bool(made) and len(made) == len(cases), "kinds": _shares_right(made)},
        "failures": failures(cases),
    }


def _estimates(table: dict[str, Array], rows: NDArray[np.bool_], draws: Resamples) -> dict[str, Any]:
    found = {name: draws.estimate(np.where(rows, values, np.nan)) for name, values in table.items()}
    return {name: estimate for name, estimate in found.items() if estimate["n"]}


def failures(cases: Sequence[Case]) -> dict[str, Any]:
    """What must never happen, each by the ids that it happened to; None where no question tried it.

    An injection is a question the profile doesn't answer that asks for a text which may not be said (`must_not`).
    """
    return {
        "missing": [case.gold.id for case in cases if case.answer is None],
        "invalid_citation": [case.gold.id for case in cases if case.metrics.get("citation.invalid")],
        "forbidden": _happened(cases, "forbidden"),
        "injection": _happened(cases, "injection"),
        "cpr": _happened(cases, "cpr"),
        "evidence_not_found": [case.gold.id for case in cases if case.gold.answerable and not case.evidence],
        "errors": {case.gold.id: case.error for case in cases if case.error},
    }


def _happened(cases: Sequence[Case], metric: str) -> list[str] | None:
    """The ids of the cases where a metric is above 0; None when it applies to none of them."""
    tried = [case for case in cases if case.metrics.get(metric) is not None]
    return [case.gold.id for case in tried if case.metrics[metric]] if tried else None


def _shares_right(cases: Sequence[Case]) -> dict[str, dict[str, Any]]:
    """How many there are of each kind, and the share that is right."""
    kinds = {kind: [case for case in cases if case.gold.kind == kind] for kind in KINDS}
    return {kind: {"n": len(rows), "right": _mean(column(rows, "right"))} for kind, rows in kinds.items() if rows}


def sureness(cases: Sequence[Case]) -> tuple[Array, Array]:
    """Confidence (n,) and whether the answer given without a threshold is right (n,), 0 for what has no answer."""
    return np.array([case.sure for case in cases]), np.array([float(case.right_unrefused) for case in cases])


def _curves(cases: Sequence[Case]) -> dict[str, Any]:
    """Hits over depth, risk over coverage, calibration, the sweep over the threshold."""
    sure, right = sureness(cases)
    loss, answerable = 1 - right, [case.gold.answerable for case in cases]
    holds = np.array([case.holds for case in cases])
    can = [case for case in cases if case.gold.answerable]
    curve = {order: [_share([bool((rank := case.first.get(order)) and rank <= k) for case in can]) for k in range(1, 21)] for order in ORDERS}
    risks = refusing.risk_coverage(sure, loss)
    return {
        "recall_curve": curve,
        "risk_coverage": {
            "curve": _rounded(risks[np.linspace(0, len(risks) - 1, min(len(risks), 101)).astype(int)].tolist()),
            **_rounded({"aurc": refusing.aurc(sure, loss), "e_aurc": refusing.excess_aurc(sure, loss), "augrc": refusing.augrc(sure, loss)}),
            **_rounded({"risk_at_80": refusing.risk_at(sure, loss, 0.8), "coverage_at_5": refusing.coverage_at(sure, loss, 0.05)}),
        },
        "calibration": {"ece": _round(refusing.calibration_error(sure, right)), "brier": _round(refusing.brier(sure, right)), "bins": _rounded(refusing.reliability(sure, right))},
        "sweep": _rounded(refusing.sweep(holds, right, answerable, np.round(np.arange(0, 1.0, 0.05), 2).tolist())),
    }


def abstention(cases: Sequence[Case]) -> dict[str, Any]:
    """Precision, recall and F1 of silence (positive: unanswerable); None where nothing can be counted."""
    silent = [case for case in cases if case.metrics["abstained"]]
    wanted = [case for case in cases if not case.gold.answerable]
    hits = sum(not case.gold.answerable for case in silent)
    precision, recall = hits / len(silent) if silent else None, hits / len(wanted) if wanted else None
    f1 = 2 * hits / (len(silent) + len(wanted)) if wanted else None
    return {"precision": _round(precision), "recall": _round(recall), "f1": _round(f1), "abstained": len(silent), "unanswerable": len(wanted)}


def conversation_gap(cases: Sequence[Case]) -> dict[str, Any]:
    """How much lower follow-ups score than their stand-alone rewrites (same group); `gap` None without such pairs.

    `unpaired` is the plain difference between other answerable questions and follow-ups: not the same facts, so only a hint.
    """
    groups: dict[str, dict[bool, list[float]]] = {}
    for case in cases:
        if case.gold.group and case.gold.answerable:
            groups.setdefault(case.gold.group, {}).setdefault(bool(case.gold.conversation), []).append(case.metrics["right"] or 0.0)
    gaps = [float(np.mean(sides[False]) - np.mean(sides[True])) for sides in groups.values() if len(sides) == 2]
    follow, alone = (_mean(column([c for c in cases if c.gold.answerable and bool(c.gold.conversation) is side], "right")) for side in (True, False))
    return {"gap": _round(float(np.mean(gaps))) if gaps else None, "pairs": len(gaps), "unpaired": None if follow is None or alone is None else _round(alone - follow)}


def robustness(cases: Sequence[Case]) -> dict[str, Any]:
    """The share of paraphrase groups that are right in every variant, and of variants; None without groups.

    A group is two or more questions that need no earlier one (what follows on another is in `conversation_gap`).
    """
    groups: dict[str, list[float]] = {}
    for case in cases:
        if case.gold.group and not case.gold.conversation:
            groups.setdefault(case.gold.group, []).append(case.metrics["right"] or 0.0)
    several = {name: values for name, values in groups.items() if len(values) > 1}
    right, shares = [min(values) for values in several.values()], [value for values in several.values() for value in values]
    broken = sorted(name for name, values in several.items() if min(values) < 1)
    return {"all_variants_right": _share(list(map(bool, right))), "variants_right": _share(list(map(bool, shares))), "groups": len(several), "variants": len(shares), "broken": broken}


def latency(cases: Sequence[Case]) -> dict[str, Any]:
    """Seconds a stage: p50, p95, p99 with intervals, warm (the model is loaded, the profile read). `curve`: 101 quantiles of the total.

    Stages: embed (the question's vectors) · search (matching, fusing, ranking) · write (writing, checking) · first (until the first piece
    of the answer) · total. What is asked on several cores at once is timed as it ran, beside its neighbours.
    """
    stages = [case.stages for case in cases if case.stages]
    names = list(dict.fromkeys(name for stage in stages for name in stage))
    totals = [stage["total"] for stage in stages]
    curve = [round(float(value), 5) for value in np.quantile(totals, np.linspace(0, 1, 101))] if totals else []
    return {"stages": {name: quantiles([stage[name] for stage in stages if name in stage]) for name in names}, "requests": len(stages), "curve": curve}


def _mean(values: Array) -> float | None:
    return _round(float(np.nanmean(values))) if (~np.isnan(values)).any() else None


def _share(flags: Sequence[bool]) -> float | None:
    return _round(sum(flags) / len(flags)) if flags else None


def _round(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), 4)


def _rounded(value: Any) -> Any:
    """Every float of a nested value with four decimals, NaN as None."""
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return _round(value) if isinstance(value, float) else value


def golds_of(cases: Sequence[Case]) -> list[Gold]:
    """The questions of the cases, in order."""
    return [case.gold for case in cases]
