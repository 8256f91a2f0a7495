"""Question → ranked passages of one profile: words, concepts and vectors read side by side, weighed by learnt weights.

`FEATURES` names every signal; `weights.json` holds what each is worth, fitted by `assistant.evaluation.fitting` on our own
training questions. Left to others: the words that are said (`extractive`), whether to answer at all (`deciding`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.questions import Ask, Question
from corpus import concepts
from corpus.entities import Kind
from corpus.profiles import Passage
from index.embedding import Encoded
from index.library import Shard

Floats = NDArray[np.float32]

FEATURES = (
    "cover_own", "cover_all", "bm25", "cosine", "cosine_scaled", "head_all", "holds", "lacks", "concept_label", "concept_body",
    "concept_above", "label_fit", "fact", "item", "short", "long", "ordinal", "ordinal_off", "names", "near", "gap", "leads", "top_cover", "early",
    "holds_cover", "weak_context", "main_concept", "second_person", "person", "label_cover", "above_cover", "list_lead", "near_weak", "title", "soft_cover", "soft_head", "soft_gap", "both_cover", "counts", "heading", "asks", "role_person", "must_lack",
    "late", "late_scaled", "late_gap",
)  # fmt: skip
_COLUMN = {name: at for at, name in enumerate(FEATURES)}
CONCEPT, IDIOM, OWN_TITLE, SOFT = 0.8, 0.7, 0.35, 0.8
_CARRIES = frozenset({Kind.PHONE, Kind.MAIL, Kind.ADDRESS, Kind.URL})


class Hit(NamedTuple):
    """A passage and how well it meets the question: `score` is a log-odds, `share` its part of all hits (0-1)."""

    row: int
    passage: Passage
    score: float
    share: float


@dataclass(slots=True)
class Retrieved:
    """Everything the search knows of one question in one profile. Matrices are (terms, passages), vectors (passages,)."""

    shard: Shard
    question: Question
    hits: list[Hit]
    features: Floats
    own: Floats
    covered: Floats
    weights: Floats
    cosines: Floats
    matched: dict[str, Floats]
    strength: dict[str, Floats]
    soft: Floats

    def quote(self, hit: Hit) -> str:
        """The hit's own words."""
        return self.shard.profile.quote(hit.passage)

    def value(self, row: int, name: str) -> float:
        """One feature of one passage."""
        return float(self.features[row, _COLUMN[name]])


def retrieve(question: Question, shard: Shard, read: Encoded, meanings: Floats, near: Sequence[int] = (), translate: Callable[[str], Sequence[str]] | None = None, weights: Floats | None = None) -> Retrieved:
    """Every passage of the profile, best first. `read`: the question, encoded; `meanings`: the unit rows of its terms; `near`: rows the talk is at."""
    words = shard.words
    terms = question.terms
    matches = words.match([term.word for term in terms], translate if question.language == "en" else None)
    strength = dict(matches.strength)
    by_concept = _concept_fields(question, shard)
    for at, term in enumerate(terms):
        if term.place in question.idiom:
            for name in strength:
                strength[name][at] *= IDIOM
        for spoken in question.spoken:
            if term.place in spoken.places and spoken.name in words.concepts:
                worth = spoken.strength * (1.0 if term.place in question.idiom else CONCEPT)
                for name in strength:
                    strength[name][at] = np.maximum(strength[name][at], worth * words.concepts[spoken.name][name])
            if term.place in spoken.places and (kind := _kind(spoken.name)) in _CARRIES and question.expects & _CARRIES:
                holds = shard.columns.holds({kind})
                for name in strength:
                    strength[name][at] *= 0.3
                strength["body"][at] = np.maximum(strength["body"][at], holds)
    weigh = np.array(
        [term.weight * (0.35 if term.carried else 1.0) * (OWN_TITLE if concepts.key(term.word) in shard.columns.own and not term.head else 1.0) * (0.05 + float(matches.idf[at]) ** 2) for at, term in enumerate(terms)], np.float32
    )
    own = np.maximum(strength["body"], strength["label"])
    above = np.maximum.reduce([0.8 * strength["lead"], 0.65 * strength["section"], 0.5 * strength["before"]])
    covered = np.maximum(own, above)
    cosines = shard.vectors.cosines(read.vectors[0])
    met = shard.tokens.met(read.tokens[0])
    missed = (np.linalg.norm(read.tokens[0], axis=1)[:, None] - met).max(axis=0)
    soft = words.soften(meanings)
    features = _features(question, shard, strength, own, covered, weigh, matches.bm25, cosines, met.sum(axis=0), missed, by_concept, near, soft)
    scores = features @ (learnt() if weights is None else weights)
    order = np.argsort(-scores, kind="stable")
    odds = np.exp(scores - scores.max())
    odds /= odds.sum()
    passages = shard.profile.passages
    hits = [Hit(row, passages[row], score, share) for row, score, share in zip(order.tolist(), scores[order].tolist(), odds[order].tolist(), strict=True)]
    return Retrieved(shard, question, hits, features, own, covered, weigh, cosines, by_concept, strength, soft)


@cache
def learnt() -> Floats:
    """(features,) float32: the fitted weights, in the order of `FEATURES`."""
    table = json.loads(Path(__file__).with_name("weights.json").read_text(encoding="utf-8"))["ranking"]
    return np.array([table.get(name, 0.0) for name in FEATURES], np.float32)


def _kind(concept: str) -> Kind | None:
    expects = concepts.concepts()[concept].expects
    return Kind(expects) if expects else None


def _concept_fields(question: Question, shard: Shard) -> dict[str, Floats]:
    """How strongly the question's concepts stand in each passage's label, body, and above it."""
    size = shard.words.size
    out = {name: np.zeros(size, np.float32) for name in ("label", "body", "above", "main")}
    for at, spoken in enumerate(question.spoken):
        table = shard.words.concepts.get(spoken.name)
        if table is None:
            continue
        out["label"] = np.maximum(out["label"], spoken.strength * table["label"])
        out["body"] = np.maximum(out["body"], spoken.strength * table["body"])
        above = np.maximum.reduce([table["lead"], table["section"], 0.7 * table["before"]])
        out["above"] = np.maximum(out["above"], spoken.strength * above)
        if at == 0:
            out["main"] = np.maximum.reduce([table["label"], table["body"], 0.7 * above])
    return out


def _features(
    question: Question, shard: Shard, strength: dict[str, Floats], own: Floats, covered: Floats, weigh: Floats, bm25: Floats, cosines: Floats, late: Floats, missed: Floats, by_concept: dict[str, Floats], near: Sequence[int], soft: Floats
) -> Floats:
    """(passages, features) float32."""
    words, columns = shard.words, shard.columns
    total = max(float(weigh.sum()), 1e-6)
    cover = {name: weigh @ m / total for name, m in (("body", strength["body"]), ("own", own), ("all", covered))} if len(weigh) else {n: np.zeros(words.size, np.float32) for n in ("body", "own", "all")}
    heads = [at for at, term in enumerate(question.terms) if term.head]
    named = [at for at, term in enumerate(question.terms) if term.name and not term.carried]
    zero = np.zeros(words.size, np.float32)
    holds = columns.holds(question.expects) if question.expects else zero
    person = columns.holds({Kind.PERSON}) if question.ask is Ask.WHO else zero
    ordinal, ordinal_off = columns.ordinal(question.ordinal) if question.ordinal else (zero, zero)
    around = columns.near(near) if near else zero
    column = {
        "cover_own": cover["own"],
        "cover_all": cover["all"],
        "bm25": bm25 / max(float(bm25.max()), 1e-6),
        "cosine": cosines,
        "cosine_scaled": _scaled(cosines),
        "late": late,
        "late_scaled": _scaled(late),
        "late_gap": missed,
        "head_all": covered[heads].max(axis=0) if heads else zero,
        "holds": holds,
        "lacks": 1 - holds if question.expects else zero,
        "concept_label": by_concept["label"],
        "concept_body": by_concept["body"],
        "concept_above": by_concept["above"],
        "label_fit": _label_fit(question, shard),
        "fact": columns.fact,
        "item": columns.item,
        "short": columns.short,
        "long": columns.long,
        "ordinal": ordinal,
        "ordinal_off": ordinal_off,
        "names": own[named].min(axis=0) if named else zero,
        "near": around,
        "gap": (weigh[:, None] * (1 - covered)).max(axis=0) / max(float(weigh.max()), 1e-6) if len(weigh) else zero,
        "leads": columns.leads,
        "top_cover": (cover["all"] >= cover["all"].max() - 1e-6).astype(np.float32),
        "early": columns.early,
        "holds_cover": holds * cover["all"],
        "weak_context": np.maximum(cover["all"] - cover["own"], 0),
        "main_concept": by_concept["main"],
        "second_person": columns.second_person * float(question.ask in (Ask.WHAT, Ask.HOW, Ask.WHICH, Ask.YES_NO)),
        "person": person,
        "label_cover": weigh @ strength["label"] / total if len(weigh) else zero,
        "above_cover": weigh @ np.maximum(strength["lead"], strength["section"]) / total if len(weigh) else zero,
        "near_weak": around * (1 - cover["own"]),
        "soft_cover": weigh @ soft / total if len(weigh) else zero,
        "soft_head": soft[heads].max(axis=0) if heads else zero,
        "soft_gap": (weigh[:, None] * (1 - np.maximum(soft, covered))).max(axis=0) / max(float(weigh.max()), 1e-6) if len(weigh) else zero,
        "both_cover": weigh @ np.maximum(covered, SOFT * soft) / total if len(weigh) else zero,
        "counts": _counts(question, shard) if question.ask is Ask.HOW_MANY else zero,
        "role_person": person * own[heads].max(axis=0) if heads else zero,
        "must_lack": _must_lack(question, shard),
        "heading": columns.heading,
        "asks": columns.asks,
        "title": columns.title,
        "list_lead": columns.in_list * float(question.wants_list),
    }
    table = np.empty((len(FEATURES), words.size), np.float32)
    for at, name in enumerate(FEATURES):
        table[at] = column[name]
    return np.ascontiguousarray(table.T)


def _scaled(scores: Floats) -> Floats:
    """From 0, the least of a profile's passages, to 1, the most."""
    return np.asarray((scores - scores.min()) / (float(scores.max() - scores.min()) or 1.0), np.float32)


def _must_lack(question: Question, shard: Shard) -> Floats:
    """1 where a passage holds nothing of the kind that the answer cannot do without; an amount must be of what is asked for."""
    if not question.must_hold:
        return np.zeros(shard.words.size, np.float32)
    holds = shard.columns.holds(question.must_hold) > 0
    if question.must_hold == {Kind.AMOUNT} and question.spoken and (table := shard.words.concepts.get(question.spoken[0].name)):
        holds &= np.maximum.reduce([table[name] for name in ("label", "body", "lead", "section")]) > 0
    return (~holds).astype(np.float32)


def _label_fit(question: Question, shard: Shard) -> Floats:
    """How much of a fact's label the question says: 1 when all of it."""
    said = {concepts.key(term.word) for term in question.terms}
    out = np.zeros(shard.words.size, np.float32)
    for keys, rows in shard.columns.labels:
        out[rows] = sum(key in said for key in keys) / max(len(keys), 1)
    return out


def _counts(question: Question, shard: Shard) -> Floats:
    """1 where a figure stands beside the very thing that is counted ("31 teamledere"), or beside its concept at 0.8."""
    heads = [term.word for term in question.terms if term.head]
    named = frozenset(spoken.name for spoken in question.spoken[:2])
    met = {i: s for word in heads for i, s in shard.words.meet(word).items() if s >= 0.5}
    out = np.zeros(shard.words.size, np.float32)
    for row, counted in enumerate(shard.words.counted):
        said = 0.8 * float(bool(shard.words.counted_concepts[row] & named))
        out[row] = max((met[i] for i in counted & met.keys()), default=0.0)
        out[row] = max(out[row], said)
    return out
