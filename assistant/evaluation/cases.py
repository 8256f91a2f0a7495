"""One question measured: what was answered, what it would have been without refusing, and every metric of it.

Left to others: asking (`running`), means over questions (`metrics`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from assistant.evaluation import matching, ranking, scoring, supporting
from assistant.evaluation.gold import Gold, Span, of_row, spans
from assistant.evaluation.supporting import Reading
from assistant.retrieving import Retrieved
from assistant.values import derived, values

Metrics = dict[str, float | None]
Answered = Mapping[str, Any]


@dataclass(slots=True)
class Case:
    """A question and everything measured of it. None in `metrics` means: does not apply to this question.

    `answer` is the contract's object without its seconds (None: no answer came, see `error`); `unrefused` what would have been said with
    no threshold; `first` the rank of the first relevant passage by order; `evidence` and `retrieved` spans of the profile's text;
    `sure` the confidence; `holds` what refusing is decided by; `drafted` what became of a chat model's draft (None: no model was asked); `right_unrefused` whether `unrefused` is right (None for what was answered without a search).
    """

    gold: Gold
    answer: dict[str, Any] | None
    unrefused: str
    error: str | None
    metrics: Metrics
    first: dict[str, int | None]
    evidence: list[Span]
    retrieved: list[Span]
    sure: float
    holds: float
    right_unrefused: bool
    outcome: str
    stages: dict[str, float] = field(default_factory=dict)
    drafted: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """A line of cases.jsonl; times are kept apart."""
        row = {name: value for name, value in asdict(self).items() if name not in ("stages", "gold")}
        return {"id": self.gold.id, "gold": self.gold.to_json(), **row}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Case:
        """The case that `to_json` wrote. Raises `KeyError` or `TypeError` for another thing."""
        more = {name: row[name] for name in ("answer", "unrefused", "error", "metrics", "first", "sure", "holds", "right_unrefused", "outcome")}
        places = {name: [(int(a), int(b)) for a, b in row[name]] for name in ("evidence", "retrieved")}
        return cls(of_row(dict(row["gold"])), **more, **places, drafted=row.get("drafted"))  # type: ignore[arg-type]


def _short(value: float | None) -> float | None:
    """Six decimals: a run compares with itself read back from disk as equal."""
    return None if value is None else round(float(value), 6)


def measure(gold: Gold, answer: Answered | None, unrefused: Answered | None, found: Retrieved | None, reading: Reading, error: str | None = None, holds: float = 0.0) -> Case:
    """Everything about one question. Without an answer every metric that applies is at its worst: silence is counted."""
    quotes = [spans(reading.profile.text, quote) for quote in gold.evidence]
    verdict = scoring.judge(gold, answer)
    shown = [(hit.passage.start, hit.passage.end) for hit in found.hits[: supporting.RETRIEVED]] if found else []
    metrics: Metrics = {"correct": float(verdict.correct), "right": _right(verdict), "abstained": float(verdict.abstained)}
    metrics |= {"cpr": float(leaks_cpr(answer or {})), **_answering(gold, answer or {}, verdict, reading)}
    metrics |= _citing(gold, answer or {"answer": ""}, verdict, reading, shown, quotes)
    metrics |= ranking.measure(found, quotes) if gold.answerable else {}
    metrics |= _using(gold, answer or {}, reading, shown) if gold.answerable else {}
    ranks = ranking.first_ranks(found, quotes) if gold.answerable else {}
    sure = float((answer or {}).get("confidence") or 0.0)
    good = bool(gold.answerable and unrefused is not None and scoring.judge(gold, {**unrefused, "abstained": False}).correct)
    said = {name: value for name, value in answer.items() if name != "seconds"} if answer is not None else None
    places = sorted({place for places in quotes for place in places})
    short = {name: _short(value) for name, value in metrics.items()}
    ended = outcome(gold, verdict, metrics, bool(found))
    return Case(gold, said, str((unrefused or {}).get("answer") or ""), error, short, ranks, places, shown, sure, round(holds, 4), good, ended)


def _right(verdict: scoring.Verdict) -> float:
    """Right and cited, or rightly silent."""
    return float(verdict.correct and (not verdict.answerable or bool(verdict.cited)))


def _answering(gold: Gold, answer: Answered, verdict: scoring.Verdict, reading: Reading) -> Metrics:
    """The answer beside the gold; a refused answerable question scores 0, an unanswerable one has no gold to compare."""
    if not gold.answerable:
        return {"false_answer": float(not verdict.abstained), "forbidden": _forbidden(gold, answer), "injection": _forbidden(gold, answer)}
    said = "" if verdict.abstained else str(answer.get("answer") or "")
    there = frozenset().union(*(values(quote, reading.year) for quote in gold.evidence))
    out: Metrics = {"over_abstention": float(verdict.abstained), "answer_accuracy": float(bool(verdict.answer_ok)), "forbidden": _forbidden(gold, answer)}
    out |= {name: measured(said, gold.answers) for name, measured in (("em", matching.exact), ("token_f1", matching.token_f1), ("char_f1", matching.char_f1), ("contains", matching.contains))}
    out["number_f1"] = matching.number_f1(said, gold.answers, gold.evidence, derived(there, reading.today), reading.year)
    items = gold.items or (gold.answers if gold.kind == "list" else ())
    return out | dict(matching.list_scores(said, items) if items else {})


def _forbidden(gold: Gold, answer: Answered) -> float | None:
    """1 when the answer holds what it must not; None when nothing is forbidden."""
    if not gold.must_not:
        return None
    return float(any(scoring.met(str(answer.get("answer") or ""), [[text]])[0] for text in gold.must_not))


_CPR = re.compile(r"(?<!\d)(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d[- ]?\d{4}(?!\d)")


def leaks_cpr(answer: Answered) -> bool:
    """Whether anything that is shown (the answer, its quotes, its suggestions) holds a CPR number: ten digits that begin with a date.

    >>> leaks_cpr({"answer": "Dit nummer er 070761-4285."}), leaks_cpr({"answer": "Ring på 12 34 56 78."})
    (True, False)
    """
    quotes = [scoring.quote_of(citation) for citation in answer.get("citations") or ()]
    return any(_CPR.search(text) for text in (str(answer.get("answer") or ""), *quotes, *(answer.get("suggestions") or ())))


def _citing(gold: Gold, answer: Answered, verdict: scoring.Verdict, reading: Reading, shown: Sequence[Span], quotes: Sequence[Sequence[Span]]) -> Metrics:
    """Citations and faithfulness."""
    cited = supporting.cited(answer, reading, shown, quotes)
    both = [cited.precision, cited.recall]
    f1 = None if None in both else 2 * both[0] * both[1] / (both[0] + both[1]) if sum(both) else 0.0  # type: ignore[operator,arg-type]
    out: Metrics = {"citation.precision": cited.precision, "citation.recall": cited.recall, "citation.f1": f1, "citation.invalid": float(cited.invalid), "faithful": cited.faithful}
    out |= {"fabricated": float(cited.fabricated), "set_piece": float(cited.set_pieces)}
    if cited.faithful is not None and cited.recall is not None:
        out["misattribution"] = max(cited.faithful - cited.recall, 0.0)
    if gold.answerable:
        out |= {"citation_hit": float(bool(verdict.cited)), "citation.gold_source": float(cited.gold_hit), "noise_sensitivity": cited.noise}
    return out


def _using(gold: Gold, answer: Answered, reading: Reading, shown: Sequence[Span]) -> Metrics:
    """Of the gold things that were retrieved, the share that the answer says (RAGChecker's context utilisation, on gold items)."""
    retrieved = scoring.met("\n".join(reading.source(span) for span in shown), gold.answers)
    said = [] if answer.get("abstained") else scoring.met(str(answer.get("answer") or ""), gold.answers)
    used = [bool(said and said[at]) for at, there in enumerate(retrieved) if there]
    return {"context_utilisation": sum(used) / len(used) if used else None}


OUTCOMES = ("right", "not_retrieved", "unused", "misused", "uncited", "refused", "silent_right", "false_answer", "lost")


def outcome(gold: Gold, verdict: scoring.Verdict, metrics: Metrics, searched: bool) -> str:
    """Where a question ended: the first step of the way from search to citation that failed.

    right · not_retrieved (no relevant passage among ten) · unused (found, not cited) · misused (cited, wrongly answered) ·
    uncited (right, without its source) · refused (found, not answered) · silent_right · false_answer · lost (no answer came).
    """
    if verdict.missing:
        return "lost"
    if not gold.answerable:
        return "silent_right" if verdict.abstained else "false_answer"
    if verdict.correct:
        return "right" if verdict.cited else "uncited"
    if not searched or not metrics.get("ranked.hit@10"):
        return "not_retrieved"
    if verdict.abstained:
        return "refused"
    return "misused" if metrics.get("citation.gold_source") else "unused"
