"""Two runs over the same questions: what got better, what got worse, and whether it is luck.

Paired cluster bootstrap of the mean difference (95 % percentile interval, p = (1 + extreme) / (draws + 1)), cross-checked by flipping
signs of whole clusters; exact McNemar for yes/no metrics; Holm over the metrics that the gate looks at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from assistant.evaluation import metrics
from assistant.evaluation.cases import Case
from assistant.evaluation.command_wording import decimal, kind, say
from assistant.evaluation.gold import KINDS, DatasetError, fingerprint
from assistant.evaluation.intervals import SEED, Resamples, clusters
from assistant.evaluation.running import Run

Array = NDArray[np.float64]
DRAWS = 10_000
GATED = ("right", "correct", "answer_accuracy", "citation_hit", "false_answer", "number_f1", "citation.precision", "citation.recall", "faithful", "ranked.hit@3")
POWER = 2.8


def compare(before: Run, after: Run) -> dict[str, Any]:
    """What `after` is beside `before`, metric by metric. Raises `DatasetError` when their questions differ."""
    old, new = _paired(before, after)
    unit, labels = clusters([case.gold for case in new])
    draws = Resamples(labels, DRAWS)
    table = {name: difference(metrics.column(old, name), metrics.column(new, name), draws) for name in metrics.HEADLINE}
    found = {name: row for name, row in table.items() if row["n"]}
    for name, adjusted in holm({name: found[name]["p"] for name in GATED if name in found}).items():
        found[name]["p_holm"] = adjusted
    for name, row in found.items():
        row["better"] = _better(name, row)
    kinds = _by_kind(old, new, draws)
    return {"questions": len(new), "resampled": unit, "draws": DRAWS, "metrics": found, "by_kind": kinds, "changed": _changed(old, new), "settings": settings_diff(before, after)}


def _by_kind(old: Sequence[Case], new: Sequence[Case], draws: Resamples) -> dict[str, Any]:
    """The difference of `right` in each kind of question."""
    one, two = metrics.column(old, "right"), metrics.column(new, "right")
    table: dict[str, Any] = {}
    for name in KINDS:
        of_kind = np.array([case.gold.kind == name for case in new])
        if of_kind.any():
            row = difference(np.where(of_kind, one, np.nan), np.where(of_kind, two, np.nan), draws)
            table |= {name: {**row, "better": _better("right", row)}} if row["n"] else {}
    return table


def _paired(before: Run, after: Run) -> tuple[list[Case], list[Case]]:
    """The cases of both runs in the same order. Raises `DatasetError` naming what differs."""
    old, new = ({case.gold.id: case for case in run.cases} for run in (before, after))
    if old.keys() != new.keys():
        odd = sorted(old.keys() ^ new.keys())
        raise DatasetError(f"De to kørsler har ikke de samme spørgsmål ({len(odd)} findes kun i den ene, fx {odd[0]}). Kør begge over de samme filer.")
    if fingerprint(metrics.golds_of(list(old.values()))) != fingerprint(metrics.golds_of(list(new.values()))):
        changed = next(name for name in sorted(new) if old[name].gold != new[name].gold)
        raise DatasetError(f"Spørgsmålet {changed} er ændret mellem de to kørsler. Kør begge over de samme filer.")
    papers = [{name: paper["sha256"] for name, paper in run.scores["dataset"]["documents"].items()} for run in (before, after)]
    if papers[0] != papers[1]:
        raise DatasetError("Dokumenterne er ændret mellem de to kørsler. Kør begge over de samme filer.")
    return [old[name] for name in sorted(new)], [new[name] for name in sorted(new)]


def difference(old: Array, new: Array, draws: Resamples) -> dict[str, Any]:
    """The paired difference of a metric over questions: (n,) arrays in the same order, NaN where it does not apply.

    A metric that applies in one run only (the other stated nothing) counts as 0 where it is missing, so that it cannot hide.
    """
    either = ~(np.isnan(old) & np.isnan(new))
    gaps = np.where(either, np.nan_to_num(new) - np.nan_to_num(old), np.nan)
    n = int(either.sum())
    if not n:
        return {"n": 0}
    own = gaps[either]
    drawn = draws.means(gaps)
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    spread = float(own.std(ddof=1)) if n > 1 else 0.0
    row: dict[str, Any] = {"n": n, "before": _mean(old), "after": _mean(new), "difference": _r(own.mean()), "low": _r(low), "high": _r(high)}
    row |= {"p": _r(_bootstrap_p(drawn, float(own.mean()))), "p_signs": _r(_sign_flip(gaps, draws)), "wins": int((own > 1e-12).sum()), "losses": int((own < -1e-12).sum())}
    row |= {"ties": n - row["wins"] - row["losses"], "detectable": _r(POWER * spread / np.sqrt(n))}
    if set(np.unique(np.concatenate([np.nan_to_num(old[either]), np.nan_to_num(new[either])]))) <= {0.0, 1.0}:
        row["p_mcnemar"] = _r(mcnemar(row["wins"], row["losses"]))
    return row


def _bootstrap_p(drawn: Array, mean: float) -> float:
    """Two-sided: how often a resample, moved so that its mean difference is none, is as far from none as what was seen."""
    centred = drawn[~np.isnan(drawn)] - mean
    return float((1 + (np.abs(centred) >= abs(mean) - 1e-12).sum()) / (len(centred) + 1))


def _sign_flip(gaps: Array, draws: Resamples) -> float:
    """Two-sided: the same with the signs of whole clusters flipped at random."""
    sums = np.bincount(draws.of, np.nan_to_num(gaps), draws.weights.shape[1])
    signs = np.random.default_rng(SEED + 1).choice([-1.0, 1.0], (DRAWS, len(sums)))
    return float((1 + (np.abs(signs @ sums) >= abs(sums.sum()) - 1e-12).sum()) / (DRAWS + 1))


def mcnemar(wins: int, losses: int) -> float:
    """Exact two-sided p of the discordant pairs; 1 when there are none."""
    return float(binomtest(wins, wins + losses, 0.5).pvalue) if wins + losses else 1.0


def holm(values: dict[str, float]) -> dict[str, float]:
    """p-values adjusted for their number (Holm 1979)."""
    adjusted, highest = {}, 0.0
    for rank, (name, p) in enumerate(sorted(values.items(), key=lambda pair: pair[1])):
        highest = max(highest, min(1.0, (len(values) - rank) * p))
        adjusted[name] = _r(highest)
    return adjusted


def _better(name: str, row: dict[str, Any]) -> str:
    """`better`, `worse`, or `unclear` when the interval holds zero."""
    sign = -1 if name in metrics.LOWER_IS_BETTER else 1
    if row["low"] <= 0 <= row["high"]:
        return "unclear"
    return "better" if sign * row["difference"] > 0 else "worse"


def _changed(old: Sequence[Case], new: Sequence[Case]) -> dict[str, list[str]]:
    """The questions that became right, and those that became wrong."""
    moves = [(b.gold.id, (b.metrics["right"] or 0) - (a.metrics["right"] or 0)) for a, b in zip(old, new, strict=True)]
    return {"won": [name for name, move in moves if move > 0], "lost": [name for name, move in moves if move < 0]}


def settings_diff(before: Run, after: Run) -> dict[str, list[Any]]:
    """What the run cards say differently: name → [before, after]."""
    one, two = before.scores.get("card", {}), after.scores.get("card", {})
    return {name: [one.get(name), two.get(name)] for name in sorted({*one, *two}) if one.get(name) != two.get(name)}


def _mean(values: Array) -> float | None:
    return _r(np.nanmean(values)) if (~np.isnan(values)).any() else None


def _r(value: Any) -> float:
    return round(float(value), 5)


def told(found: dict[str, Any], language: str = "da") -> str:
    """A comparison in lines for a reader: the gated metrics, and every other that has changed; then `right` of each kind."""
    head = {key: say(key, language) for key in ("before", "after", "difference", "interval", "wins", "visible")}
    lines = [say("compared", language, n=found["questions"], unit=say(found["resampled"], language))]
    lines.append(f"{'':24s} {head['before']:>7} {head['after']:>7} {head['difference']:>8} {head['interval']:>18} {'p':>7} {'Holm':>7}  {head['wins']}  {head['visible']:>7}")
    shown = [name for name in metrics.HEADLINE if name in found["metrics"] and (name in GATED or found["metrics"][name]["better"] != "unclear")]
    lines += [_line(name, found["metrics"][name], language) for name in shown]
    lines += [_line(f"right: {kind(name, language)}", row, language) for name, row in found["by_kind"].items()]
    if found["settings"]:
        lines.append(say("settings", language, names=", ".join(found["settings"])))
    return "\n".join(lines)


def _line(name: str, row: dict[str, Any], language: str) -> str:
    numbers = f"{_n(row['before'])} {_n(row['after'])} {row['difference']:+8.3f} [{row['low']:+.3f}; {row['high']:+.3f}] {row['p']:7.4f} {_n(row.get('p_holm'))}"
    counts = f"{row['wins']}/{row['losses']}/{row['ties']}"
    return f"{name:24s} {decimal(numbers, language)}  {counts:5s}  {decimal(format(row['detectable'], '7.3f'), language)}  {say(row['better'], language)}".rstrip()


def _n(value: float | None) -> str:
    return "      –" if value is None else f"{value:7.3f}"
