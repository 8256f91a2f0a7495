"""Fits what the search and the refusal weigh, on our own questions as candidates ask them: `python -m assistant.evaluation.fitting`.

Ranking: a listwise softmax over a profile's passages (the log share of the gold ones), L2. Deciding: two logistic
regressions on what speaks for and against an answer, L2: is this answer right, and does the profile hold one at all (which refusing is by).
Every figure printed is for profiles left out of the fit (leave one profile out).
Never fitted on: tests/questions/test, and anything outside the project.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant.deciding import SIGNALS, signals
from assistant.evaluation import scoring
from assistant.evaluation.gold import Gold, load, spans
from assistant.evaluation.observing import Factory, Observed
from assistant.evaluation.refusing import brier, calibration_error, reliability
from assistant.evaluation.working import Progress, over_documents
from assistant.opening import Opened
from assistant.retrieving import FEATURES, Hit, Retrieved
from assistant.settings import load as load_settings
from corpus.profiles import Profile
from index.library import Shard
from index.vectors import Vectors

Array = NDArray[np.float64]
HOME = Path(__file__).resolve().parents[2]
TRAINING = (HOME / "tests/questions", HOME / "tests/questions/dev", HOME / "tests/questions/training")
ASKED = TRAINING[:2]
"""Questions as candidates ask them. Those in `training` are written to be hard, to teach the model with: what a signal is worth in talk, they don't tell."""
PROFILES = (HOME / "corpus/profiles", HOME / "tests/profiles", HOME / "tests/profiles/training")
FOLDS = HOME / "data/tuning"
WEIGHTS = HOME / "assistant/weights.json"
RANKING_L2, DECIDING_L2 = 2.0, 1.0
THRESHOLDS = np.round(np.arange(0.20, 0.95, 0.01), 2)
# What may only raise a passage's score and what may only lower it: with few profiles, a weight of the wrong sign is an accident of theirs.
RAISES = frozenset(
    """cover_own cover_all bm25 cosine cosine_scaled head_all holds concept_label concept_body concept_above label_fit ordinal names near top_cover
    holds_cover main_concept person label_cover above_cover near_weak soft_cover soft_head both_cover counts list_lead role_person late late_scaled""".split()
)
LOWERS = frozenset("lacks ordinal_off gap leads soft_gap short asks late_gap".split())
SPEAKS_FOR = frozenset("head holds share score cosine concept soft_cover late".split())
SPEAKS_AGAINST = frozenset(
    """gap lacks concept_missing name_missing ordinal_off amount_lacks person_lacks where_lacks soft_gap counts_not concept_nowhere cosine_gap front_only
    time_lacks field_absent ordinal_missing vague role_uncovered late_gap late_behind""".split()
)


# "Anden samtale" is never the first: logic, of which the few questions with an ordinal could persuade nobody.
SETTLED: dict[str, tuple[float | None, float | None]] = {"ordinal": (2.0, None), "ordinal_off": (None, -2.0), "ordinal_missing": (None, -1.5), "must_lack": (None, -3.0)}


def _bounds(names: Sequence[str], up: frozenset[str], down: frozenset[str]) -> list[tuple[float | None, float | None]]:
    """The range of each name's weight."""
    return [SETTLED.get(name, (0.0, None) if name in up else (None, 0.0) if name in down else (None, None)) for name in names]


@dataclass(slots=True)
class Example:
    """A question as the search saw it. `gold`: the rows that hold its evidence; `right`: those and their lead-ins.

    `answered`: what the present weights' answer is, were nothing refused. `found` carries no vectors, so that it travels between processes.
    """

    gold_id: str
    document: str
    kind: str
    answerable: bool
    gold: tuple[int, ...]
    right: frozenset[int]
    answered: bool
    found: Retrieved


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights in the order of `FEATURES` and (twice) of `SIGNALS`, and the threshold below which we refuse.

    `confidence` estimates that this answer is right; `answerable` that the profile holds one at all, which refusing is decided by.
    """

    ranking: Array
    confidence: Array
    answerable: Array
    threshold: float

    def to_json(self) -> dict[str, object]:
        """As `weights.json` holds it."""
        tables = (("ranking", FEATURES, self.ranking), ("confidence", SIGNALS, self.confidence), ("answerable", SIGNALS, self.answerable))
        rounded = {key: {name: round(float(value), 3) for name, value in zip(names, weights, strict=True)} for key, names, weights in tables}
        return {**rounded, "threshold": round(self.threshold, 2)}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What the questions of profiles left out of the fit came to: arrays of one entry a question, in order.

    `rank`: of the first gold row from 0 (-1: no gold); `sure`: confidence; `holds`: the probability that the profile holds an answer;
    `right`: an answerable question that is answered rightly when it is not refused; `answerable`.
    """

    rank: NDArray[np.int64]
    sure: Array
    holds: Array
    right: NDArray[np.bool_]
    answerable: NDArray[np.bool_]

    def total(self, threshold: float) -> float:
        """The share of questions answered rightly or refused rightly at a threshold."""
        answered = self.holds >= threshold
        return float(np.mean(np.where(self.answerable, answered & self.right, ~answered)))

    def best_threshold(self, slack: float = 0.002) -> float:
        """The highest threshold whose total, smoothed over its neighbours (±0.04), is within `slack` of the best."""
        smooth = np.array([np.mean([self.total(t + step) for step in np.arange(-0.04, 0.05, 0.01)]) for t in THRESHOLDS])
        return float(THRESHOLDS[smooth >= smooth.max() - slack].max())


def gather(golds: Sequence[Gold], folders: Sequence[Path], factory: Factory, progress: Progress | None = None, processes: int | None = None) -> list[Example]:
    """Every question searched once, with the rows that hold its gold."""
    return over_documents(golds, folders, factory, _examples, progress, processes)


def gather_unseen(golds: Sequence[Gold], folders: Sequence[Path], folds: Path, progress: Progress | None = None) -> list[Example]:
    """Every question searched with the model that was not taught on its profile (`tuning`); with the usual one where there is none."""
    parts = folds / "parts.json"
    models: dict[str, str] = json.loads(parts.read_text(encoding="utf-8")) if parts.is_file() else {}
    found: dict[str, Example] = {}
    for model in dict.fromkeys(models.get(gold.document) for gold in golds):
        own = [gold for gold in golds if models.get(gold.document) == model]
        found |= {example.gold_id: example for example in gather(own, folders, usual(model), progress)}
    return [found[gold.id] for gold in golds]


def _examples(observed: Observed, shard: Shard, golds: Sequence[Gold]) -> list[Example]:
    light = replace(shard, vectors=cast(Vectors, None))
    return [_example(observed, shard, light, gold) for gold in golds]


def _example(observed: Observed, shard: Shard, light: Shard, gold: Gold) -> Example:
    observed.library.hold(shard)
    found = observed.assistant.search(gold.question, shard, gold.conversation)
    said = observed.assistant.answer(gold.question, shard, gold.conversation, threshold=0.0)
    answered = gold.answerable and not said.abstained and scoring.judge(gold, said.to_json()).correct
    rows = gold_rows(shard.profile, gold.evidence)
    passages = shard.profile.passages
    leads = {row for row, p in enumerate(passages) for at in rows if passages[at].lead_span == (p.start, p.end)}
    bare = replace(found, shard=light)
    return Example(gold.id, gold.document, gold.kind, gold.answerable, tuple(sorted(rows)), frozenset(rows | leads), answered, bare)


def gold_rows(profile: Profile, evidence: Sequence[str]) -> set[int]:
    """The passages that share a character with a gold quote."""
    places = [span for quote in evidence for span in spans(profile.text, quote)]
    return {row for row, p in enumerate(profile.passages) for start, end in places if p.start < end and start < p.end}


class _Stack:
    """The training examples of a softmax as one matrix: rows (all passages, features), groups by question."""

    def __init__(self, examples: Sequence[Example], dropped: Sequence[int] = ()) -> None:
        used = [(_features(e), e.gold) for e in examples if e.gold and e.answerable]
        if not used:
            raise ValueError("no question with gold to fit on")
        self.x = np.vstack([features for features, _ in used])
        self.x[:, list(dropped)] = 0.0
        sizes = np.array([len(features) for features, _ in used])
        self.starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self.group = np.repeat(np.arange(len(used)), sizes)
        self.gold = np.zeros(len(self.x))
        for start, (_, rows) in zip(self.starts, used, strict=True):
            self.gold[start + np.array(rows)] = 1.0

    def loss(self, weights: Array, l2: float) -> tuple[float, Array]:
        """Minus the log share of the gold passages, summed over questions, and its gradient."""
        scores = self.x @ weights
        scores -= np.maximum.reduceat(scores, self.starts)[self.group]
        odds = np.exp(scores)
        total = np.add.reduceat(odds, self.starts)
        right = np.maximum(np.add.reduceat(odds * self.gold, self.starts), 1e-300)
        pull = odds / total[self.group] - odds * self.gold / right[self.group]
        value = float(np.sum(np.log(total) - np.log(right)) + l2 * weights @ weights / 2)
        return value, self.x.T @ pull + l2 * weights


def _features(example: Example) -> Array:
    return np.asarray(example.found.features, np.float64)


def fit_ranking(examples: Sequence[Example], dropped: Sequence[int] = (), l2: float = RANKING_L2, start: Array | None = None) -> Array:
    """(features,): the weights under which gold passages have the largest share. `dropped`: features held at zero; `start`: where to begin."""
    stack = _Stack(examples, dropped)
    begin = np.zeros(len(FEATURES)) if start is None else start
    found = minimize(stack.loss, begin, args=(l2,), jac=True, method="L-BFGS-B", bounds=_bounds(FEATURES, RAISES, LOWERS), options={"maxiter": 200})
    weights = np.asarray(found.x, np.float64)
    weights[list(dropped)] = 0.0
    return weights


def fit_deciding(rows: Array, right: Array, l2: float = DECIDING_L2) -> Array:
    """(signals,): logistic regression of `right` (n,) 0/1 on `rows` (n, signals)."""

    def loss(weights: Array) -> tuple[float, Array]:
        odds = rows @ weights
        sure = 1 / (1 + np.exp(-odds))
        return float(np.sum(np.logaddexp(0, odds) - right * odds) + l2 * weights @ weights / 2), rows.T @ (sure - right) + l2 * weights

    bounds = _bounds(SIGNALS, SPEAKS_FOR, SPEAKS_AGAINST)
    return np.asarray(minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds).x, np.float64)


def reranked(found: Retrieved, weights: Array) -> Retrieved:
    """The same search with the passages in the order that other weights give."""
    scores = np.asarray(found.features, np.float64) @ weights
    odds = np.exp(scores - scores.max())
    odds /= odds.sum()
    passages = {hit.row: hit.passage for hit in found.hits}
    hits = [Hit(int(row), passages[int(row)], float(scores[row]), float(odds[row])) for row in np.argsort(-scores, kind="stable")]
    return replace(found, hits=hits)


def _signal_row(found: Retrieved) -> Array:
    table = signals(found)
    return np.array([table[name] for name in SIGNALS])


def _seen(examples: Sequence[Example], weights: Array) -> tuple[Array, NDArray[np.bool_], NDArray[np.int64]]:
    """Signals (n, signals), whether the answer is right, and the rank of the first gold passage, under ranking weights.

    Where the weights put another passage first than the present ones, the answer counts as right when that passage is.
    """
    rows, right, ranks = [], [], []
    for example in examples:
        found = reranked(example.found, weights)
        order = [hit.row for hit in found.hits]
        rows.append(_signal_row(found))
        right.append(example.answered if order[0] == example.found.hits[0].row else example.answerable and order[0] in example.right)
        ranks.append(next((at for at, row in enumerate(order) if row in example.gold), -1) if example.gold else -1)
    return np.array(rows), np.array(right, bool), np.array(ranks, np.int64)


def leave_one_out(examples: Sequence[Example], dropped: Sequence[int] = ()) -> LeftOut:
    """Each profile's questions under weights fitted on the others'."""
    papers = np.array([example.document for example in examples])
    rank = np.full(len(examples), -1, np.int64)
    sure, holds, right = np.zeros(len(examples)), np.zeros(len(examples)), np.zeros(len(examples), bool)
    answerable = np.array([example.answerable for example in examples])
    for paper in dict.fromkeys(papers.tolist()):
        out = papers == paper
        weights = fit_ranking([example for example, skip in zip(examples, out, strict=True) if not skip], dropped)
        rows, good, ranks = _seen(examples, weights)
        sure[out] = _sure(rows[out], fit_deciding(rows[~out], good[~out].astype(np.float64)))
        holds[out] = _sure(rows[out], fit_deciding(rows[~out], answerable[~out].astype(np.float64)))
        rank[out], right[out] = ranks[out], good[out]
    return LeftOut(rank, sure, holds, right, answerable)


def left_out_weights(examples: Sequence[Example], dropped: Sequence[int] = (), starts: dict[str, Array] | None = None) -> dict[str, Array]:
    """For each profile, the ranking weights fitted on the others, begun from `starts`."""
    papers = dict.fromkeys(example.document for example in examples)
    return {paper: fit_ranking([e for e in examples if e.document != paper], dropped, start=(starts or {}).get(paper)) for paper in papers}


def first_hits(examples: Sequence[Example], weights: dict[str, Array]) -> float:
    """The share of answerable questions with a gold passage first, each profile under its own weights."""
    can = [example for example in examples if example.answerable]
    return float(np.mean([int(np.argmax(_features(example) @ weights[example.document])) in example.gold for example in can]))


def _sure(rows: Array, weights: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-(rows @ weights))), np.float64)


def fit(examples: Sequence[Example]) -> tuple[Fit, LeftOut]:
    """The weights of all examples, and what questions of profiles left out came to."""
    left_out = leave_one_out(examples)
    ranking = fit_ranking(examples)
    rows, right, _ = _seen(examples, ranking)
    confidence, answerable = (fit_deciding(rows, outcome.astype(np.float64)) for outcome in (right, left_out.answerable))
    return Fit(ranking, confidence, answerable, left_out.best_threshold()), left_out


def report(examples: Sequence[Example], fitted: Fit, left_out: LeftOut) -> str:
    """What was fitted, in lines for a reader: ranking and calibration on profiles left out, then the weights."""
    lines = [f"{len(examples)} questions over {len({e.document for e in examples})} profiles; every figure is for a profile left out of the fit", "", *_ranking_lines(examples, left_out), ""]
    lines += [*_calibration_lines(left_out), "", *_threshold_lines(left_out, fitted.threshold), ""]
    for name, names, weights in (("ranking", FEATURES, fitted.ranking), ("confidence", SIGNALS, fitted.confidence), ("answerable", SIGNALS, fitted.answerable)):
        ordered = sorted(zip(names, weights, strict=True), key=lambda pair: -abs(pair[1]))
        lines.append(f"{name}: " + " ".join(f"{label}={value:.2f}" for label, value in ordered))
    return "\n".join(lines)


def _ranking_lines(examples: Sequence[Example], left_out: LeftOut) -> list[str]:
    kinds = np.array([example.kind for example in examples])
    has_gold = np.array([example.answerable and bool(example.gold) for example in examples])
    lines = [f"{'gold passage among the first':28s}    n     1     3     5"]
    for kind in [*dict.fromkeys(kinds[has_gold].tolist()), "all"]:
        ranks = left_out.rank[has_gold & ((kinds == kind) | (kind == "all"))]
        lines.append(f"{kind:28s} {len(ranks):4d} " + " ".join(f"{np.mean((ranks >= 0) & (ranks < k)):.3f}" for k in (1, 3, 5)))
    lost = [e.gold_id for e in examples if e.answerable and not e.gold]
    return lines + ([f"evidence not found in the text, left out: {', '.join(lost)}"] if lost else [])


def _calibration_lines(left_out: LeftOut) -> list[str]:
    sure, right = left_out.sure, left_out.right.astype(np.float64)
    lines = [f"calibration: ECE {calibration_error(sure, right):.3f}  Brier {brier(sure, right):.3f}", "confidence  right    n"]
    return lines + [f"{row['confidence']:10.2f} {row['right']:6.2f} {row['n']:4.0f}" for row in reliability(sure, right)]


def _threshold_lines(left_out: LeftOut, chosen: float) -> list[str]:
    lines = ["threshold  total  refused: unanswerable  answerable"]
    for threshold in sorted({0.3, 0.4, 0.5, 0.6, 0.7, 0.8, chosen}):
        refused = left_out.holds < threshold
        shares = f"{np.mean(refused[~left_out.answerable]):17.3f} {np.mean(refused[left_out.answerable]):11.3f}"
        lines.append(f"{threshold:9.2f} {left_out.total(threshold):6.3f} {shares}{'  <- chosen' if threshold == chosen else ''}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Fits, prints, writes `assistant/weights.json` (not with `--dry-run`)."""
    parser = argparse.ArgumentParser(prog="python -m assistant.evaluation.fitting", description=__doc__)
    parser.add_argument("--questions", type=Path, nargs="+", default=list(ASKED), help="files or folders of questions")
    parser.add_argument("--profiles", type=Path, nargs="+", default=list(PROFILES), help="folders with their documents")
    parser.add_argument("--folds", type=Path, default=FOLDS, help="where the models of the parts are (`tuning` makes them)")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--dry-run", action="store_true")
    asked = parser.parse_args(arguments)
    golds = load(asked.questions)
    examples = gather_unseen(golds, asked.profiles, asked.folds, _progress if sys.stderr.isatty() else None)
    fitted, left_out = fit(examples)
    print(report(examples, fitted, left_out))
    if not asked.dry_run:
        asked.out.write_text(json.dumps(fitted.to_json(), indent=1) + "\n", encoding="utf-8")
        print(f"written: {asked.out}")
    return 0


def usual(embedding: str | None = None) -> Factory:
    """The assistant that the settings choose, with another embedding model when one is named."""
    settings = load_settings()
    return Opened(replace(settings, embedding=embedding) if embedding else settings)


def _progress(done: int, total: int) -> None:
    print(f"\r{done}/{total}", end="" if done < total else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
