"""Right or wrong, cited or not, silent or not: our own computation of what the contract's `score` holds.

A right answer meets every inner list of the gold, is no refusal and no page poured out; a citation counts when it
holds a gold quote, or at least 20 characters of one. A question without an answer is wrong and not silent.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from assistant.evaluation.gold import KINDS, Gold
from corpus.danish import MONTHS

_MONTHS = frozenset((*MONTHS, "january", "february", "march", "may", "june", "july", "october"))
_BETWEEN = r"(?:\s|,|-|og\b|eller\b|samt\b|til\b|and\b|or\b|den\b|d\.|(?:man|tirs|ons|tors|fre|lør|søn)dag|\d{1,2}(?:st|nd|rd|th)?\.?(?!\d))*"
_BROKEN = re.compile(r"(?<=[a-zæøåéü])- (?!og\b|eller\b|samt\b)(?=[a-zæøåéü])")
_MARKUP = re.compile(r"[*_`|]+")
_LIST_SIGNS = re.compile(r"[*_`|#>•◦▪\u2022]+|(?<!\S)[-o](?=\s)")
_MARK = re.compile(r"\s*\[\d{1,3}\]")
LONGEST = 500


def norm(text: str | None) -> str:
    """NFKC, lower case, dashes unified, soft hyphens out, white space collapsed."""
    plain = unicodedata.normalize("NFKC", text or "").replace("\u00ad", "").lower()
    return " ".join(re.sub("[\u2010-\u2015\u2212]", "-", plain).split())


def _variants(text: str) -> set[str]:
    """The text as it stands and without Markdown signs, each also with broken words joined."""
    forms = (norm(text), norm(_MARKUP.sub(" ", text)))
    return {*forms, *(_BROKEN.sub("", form) for form in forms)}


@lru_cache(maxsize=50_000)
def alternative(text: str) -> re.Pattern[str]:
    """What an alternative matches: itself, guarded at digits; short words whole; a date also inside a joint one."""
    wanted = norm(text)
    if (day_first := re.fullmatch(r"(\d{1,2})\.? ([a-z]+)", wanted)) and day_first[2] in _MONTHS:
        return re.compile(rf"(?<!\d){day_first[1]}(?!\d)\.?{_BETWEEN}{day_first[2]}")
    if (month_first := re.fullmatch(r"([a-z]+) (\d{1,2})", wanted)) and month_first[1] in _MONTHS:
        return re.compile(rf"{month_first[1]}{_BETWEEN}(?<!\d){month_first[2]}(?!\d)")
    before, after = _guards(wanted)
    return re.compile(before + re.escape(wanted) + after)


def _guards(wanted: str) -> tuple[str, str]:
    """What may not stand before and after an alternative."""
    plain = bool(re.fullmatch(r"\d+([.,]\d+)*", wanted))
    before = (r"(?<!\d)(?<!\d[.,])" if plain else r"(?<!\d)") if wanted[:1].isdigit() else ""
    after = (r"(?!\d)(?![.,]\d)" if plain else r"(?!\d)") if wanted[-1:].isdigit() else ""
    if len(wanted) <= 3 and wanted.isalpha():
        return rf"(?<!\w){before}", rf"{after}(?!\w)"
    return before, after


def met(answer: str, answers: Sequence[Sequence[str]]) -> list[bool]:
    """Which of the required things an answer says, citation marks set aside."""
    forms = _variants(_MARK.sub("", answer or ""))
    return [any(alternative(choice).search(form) for choice in choices for form in forms) for choices in answers]


def too_long(answer: str, evidence: Sequence[str]) -> bool:
    """Whether an answer is longer than 500 characters and than three times its evidence."""
    return len(answer) > max(LONGEST, 3 * len(" ".join(evidence)))


def _citable(text: str) -> str:
    plain = norm(_LIST_SIGNS.sub(" ", norm(text)))
    return re.sub(r"- ", "-", _BROKEN.sub("", plain))


def quote_of(citation: Any) -> str:
    """The words of a citation, as an object with `quote` (or `text`) or as a string."""
    return citation if isinstance(citation, str) else str(citation.get("quote") or citation.get("text") or "")


def cites(citations: Iterable[Any] | None, evidence: Sequence[str]) -> bool:
    """Whether a citation holds a gold quote, or at least 20 characters of one, and is no whole page."""
    gold = [_citable(quote) for quote in evidence]
    most = max(LONGEST, 3 * sum(map(len, gold)))
    quotes = [_citable(quote_of(citation)) for citation in citations or ()]
    return any(0 < len(quote) <= most and any(one in quote or (len(quote) >= 20 and quote in one) for one in gold) for quote in quotes)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one question went. `cited` and `answer_ok` are None where the question has no answer."""

    id: str
    document: str
    kind: str
    answerable: bool
    missing: bool
    abstained: bool
    chars: int
    correct: bool
    answer_ok: bool | None = None
    cited: bool | None = None
    too_long: bool = False
    cite_chars: tuple[int, ...] = ()


def judge(gold: Gold, answer: Mapping[str, Any] | None) -> Verdict:
    """One question's verdict; `answer` is the contract's object, or None where there is no line for it."""
    said = str((answer or {}).get("answer") or "")
    citations = list((answer or {}).get("citations") or ())
    silent = answer is not None and answer.get("abstained") is True
    lengths = tuple(len(quote_of(citation)) for citation in citations)
    if not gold.answerable:
        return Verdict(gold.id, gold.document, gold.kind, False, answer is None, silent, len(said), silent, cite_chars=lengths)
    over = too_long(said, gold.evidence)
    right = answer is not None and not silent and not over and all(met(said, gold.answers))
    return Verdict(gold.id, gold.document, gold.kind, True, answer is None, silent, len(said), right, right, cites(citations, gold.evidence), over, lengths)


def _rate(values: Sequence[bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _median(values: Sequence[int]) -> float | None:
    return round(statistics.median(values), 1) if values else None


def _block(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The rates of a set of verdicts; None where nothing can be counted."""
    can = [v for v in verdicts if v.answerable]
    cannot = [v for v in verdicts if not v.answerable]
    return {
        "n": len(verdicts),
        "answerable": len(can),
        "answer_accuracy": _rate([bool(v.answer_ok) for v in can]),
        "citation_recall": _rate([bool(v.cited) for v in can]),
        "median_chars": _median([v.chars for v in verdicts if not v.abstained and not v.missing]),
        "abstained_answerable": _rate([v.abstained for v in can]),
        "abstained_unanswerable": _rate([v.abstained for v in cannot]),
        "correct": _rate([v.correct for v in verdicts]),
    }


def _abstention(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Precision, recall and F1 of silence, the unanswerable questions being the positive ones."""
    hits = sum(v.abstained and not v.answerable for v in verdicts)
    silent, wanted = sum(v.abstained for v in verdicts), sum(not v.answerable for v in verdicts)
    precision = hits / silent if silent else None
    recall = hits / wanted if wanted else None
    f1 = 2 * precision * recall / (precision + recall) if precision and recall else (0.0 if wanted else None)
    rounded = {name: value if value is None else round(value, 4) for name, value in (("precision", precision), ("recall", recall), ("f1", f1))}
    return {**rounded, "abstained": silent, "unanswerable": wanted}


def score(golds: Sequence[Gold], answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The contract's `score`: totals, silence, per kind and per document. `answers` by question id."""
    verdicts = [judge(gold, answers.get(gold.id)) for gold in golds]
    kinds = [kind for kind in KINDS if any(v.kind == kind for v in verdicts)]
    papers = list(dict.fromkeys(v.document for v in verdicts))
    return {
        "total": _block(verdicts),
        "abstention": _abstention(verdicts),
        "by_kind": {kind: _block([v for v in verdicts if v.kind == kind]) for kind in kinds},
        "by_document": {paper: _block([v for v in verdicts if v.document == paper]) for paper in papers},
        "missing": sum(v.missing for v in verdicts),
        "too_long": sum(v.too_long for v in verdicts),
        "median_citation_chars": _median([size for v in verdicts for size in v.cite_chars]),
        "unknown_output_ids": len(set(answers) - {v.id for v in verdicts}),
    }
