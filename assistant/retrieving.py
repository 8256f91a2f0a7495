"""Question → ranked passages of one profile: words, concepts and vectors read side by side, weighed by learnt weights.

`FEATURES` names every signal; `weights.json` holds what each is worth, fitted by `assistant.evaluation.fitting` on our own
training questions. Left to others: the words that are said (`extractive`), whether to answer at all (`deciding`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.questions import Ask, Question
from corpus import concepts
from corpus.danish import words as tokens
from corpus.entities import Kind
from corpus.profiles import Passage, PassageKind
from index.library import Shard

Floats = NDArray[np.float32]

FEATURES = (
    "cover_own", "cover_all", "bm25", "cosine", "cosine_scaled", "head_all", "holds", "lacks", "concept_label", "concept_body",
    "concept_above", "label_fit", "fact", "item", "short", "long", "ordinal", "ordinal_off", "names", "near", "gap", "leads", "top_cover", "early",
    "holds_cover", "weak_context", "main_concept", "second_person", "person", "label_cover", "above_cover", "list_lead", "near_weak", "title", "soft_cover", "soft_head", "soft_gap", "both_cover", "counts", "heading", "asks", "role_person", "must_lack",
)  # fmt: skip
CONCEPT, IDIOM, OWN_TITLE, SOFT = 0.8, 0.7, 0.35, 0.8
_CARRIES = frozenset({Kind.PHONE, Kind.MAIL, Kind.ADDRESS, Kind.URL})


@dataclass(frozen=True, slots=True)
class Hit:
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
        return float(self.features[row, FEATURES.index(name)])


def retrieve(question: Question, shard: Shard, vector: Floats, meanings: Floats, near: Sequence[int] = (), translate: Callable[[str], Sequence[str]] | None = None, weights: Floats | None = None) -> Retrieved:
    """Every passage of the profile, best first. `vector`, `meanings`: the unit rows of the question and of its terms; `near`: rows the talk is at."""
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
                holds = np.array([kind in held for held in words.entities], np.float32)
                for name in strength:
                    strength[name][at] *= 0.3
                strength["body"][at] = np.maximum(strength["body"][at], holds)
    owned = _title_keys(shard)
    weigh = np.array(
        [term.weight * (0.35 if term.carried else 1.0) * (OWN_TITLE if concepts.key(term.word) in owned and not term.head else 1.0) * (0.05 + float(matches.idf[at]) ** 2) for at, term in enumerate(terms)], np.float32
    )
    own = np.maximum(strength["body"], strength["label"])
    above = np.maximum.reduce([0.8 * strength["lead"], 0.65 * strength["section"], 0.5 * strength["before"]])
    covered = np.maximum(own, above)
    cosines = shard.vectors.cosines(vector)
    soft = words.soften(meanings)
    features = _features(question, shard, strength, own, covered, weigh, matches.bm25, cosines, by_concept, near, soft)
    scores = features @ (learnt() if weights is None else weights)
    order = np.argsort(-scores, kind="stable")
    odds = np.exp(scores - scores.max())
    odds /= odds.sum()
    hits = [Hit(int(row), shard.profile.passages[row], float(scores[row]), float(odds[row])) for row in order]
    return Retrieved(shard, question, hits, features, own, covered, weigh, cosines, by_concept, strength, soft)


@cache
def learnt() -> Floats:
    """(features,) float32: the fitted weights, in the order of `FEATURES`."""
    table = json.loads(Path(__file__).with_name("weights.json").read_text(encoding="utf-8"))["ranking"]
    return np.array([table.get(name, 0.0) for name in FEATURES], np.float32)


def _title_keys(shard: Shard) -> frozenset[str]:
    """The words of the position's title and the employer's name: they stand everywhere and tell little."""
    profile = shard.profile
    return frozenset(concepts.key(word) for word in tokens(f"{profile.title} {profile.employer or ''}"))


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
    question: Question, shard: Shard, strength: dict[str, Floats], own: Floats, covered: Floats, weigh: Floats, bm25: Floats, cosines: Floats, by_concept: dict[str, Floats], near: Sequence[int], soft: Floats
) -> Floats:
    """(passages, features) float32."""
    words, passages = shard.words, shard.profile.passages
    total = max(float(weigh.sum()), 1e-6)
    cover = {name: weigh @ m / total for name, m in (("body", strength["body"]), ("own", own), ("all", covered))} if len(weigh) else {n: np.zeros(words.size, np.float32) for n in ("body", "own", "all")}
    heads = [at for at, term in enumerate(question.terms) if term.head]
    named = [at for at, term in enumerate(question.terms) if term.name and not term.carried]
    zero = np.zeros(words.size, np.float32)
    holds = np.array([bool(question.expects & held) for held in words.entities], np.float32) if question.expects else zero
    lengths = np.array([p.end - p.start for p in passages], np.float32)
    ordinals = np.array([_ordinal_sign(question.ordinal, p, shard.profile.quote(p)) for p in passages], np.float32) if question.ordinal else zero
    spread = float(cosines.max() - cosines.min()) or 1.0
    column = {
        "cover_own": cover["own"],
        "cover_all": cover["all"],
        "bm25": bm25 / max(float(bm25.max()), 1e-6),
        "cosine": cosines,
        "cosine_scaled": (cosines - cosines.min()) / spread,
        "head_all": covered[heads].max(axis=0) if heads else zero,
        "holds": holds,
        "lacks": 1 - holds if question.expects else zero,
        "concept_label": by_concept["label"],
        "concept_body": by_concept["body"],
        "concept_above": by_concept["above"],
        "label_fit": _label_fit(question, shard),
        "fact": np.array([p.kind is PassageKind.FACT for p in passages], np.float32),
        "item": np.array([p.kind is PassageKind.ITEM for p in passages], np.float32),
        "short": (lengths < 25).astype(np.float32),
        "long": np.maximum(0, lengths - 200) / 200,
        "ordinal": np.maximum(ordinals, 0),
        "ordinal_off": np.maximum(-ordinals, 0),
        "names": own[named].min(axis=0) if named else zero,
        "near": _near(near, shard) if near else zero,
        "gap": (weigh[:, None] * (1 - covered)).max(axis=0) / max(float(weigh.max()), 1e-6) if len(weigh) else zero,
        "leads": np.array([shard.profile.quote(p).endswith(":") for p in passages], np.float32),
        "top_cover": (cover["all"] >= cover["all"].max() - 1e-6).astype(np.float32),
        "early": np.linspace(1, 0, words.size, dtype=np.float32),
        "holds_cover": holds * cover["all"],
        "weak_context": np.maximum(cover["all"] - cover["own"], 0),
        "main_concept": by_concept["main"],
        "second_person": np.array([bool(re.search(r"\b(?:du|dig|din|dit|dine|direktøren|lederen|chefen)\b", shard.profile.quote(p), re.IGNORECASE)) for p in passages], np.float32)
        * float(question.ask in (Ask.WHAT, Ask.HOW, Ask.WHICH, Ask.YES_NO)),
        "person": np.array([Kind.PERSON in held for held in words.entities], np.float32) * float(question.ask is Ask.WHO),
        "label_cover": weigh @ strength["label"] / total if len(weigh) else zero,
        "above_cover": weigh @ np.maximum(strength["lead"], strength["section"]) / total if len(weigh) else zero,
        "near_weak": (_near(near, shard) if near else zero) * (1 - cover["own"]),
        "soft_cover": weigh @ soft / total if len(weigh) else zero,
        "soft_head": soft[heads].max(axis=0) if heads else zero,
        "soft_gap": (weigh[:, None] * (1 - np.maximum(soft, covered))).max(axis=0) / max(float(weigh.max()), 1e-6) if len(weigh) else zero,
        "both_cover": weigh @ np.maximum(covered, SOFT * soft) / total if len(weigh) else zero,
        "counts": _counts(question, shard) if question.ask is Ask.HOW_MANY else zero,
        "role_person": np.array([Kind.PERSON in held for held in words.entities], np.float32) * own[heads].max(axis=0) if heads and question.ask is Ask.WHO else zero,
        "must_lack": _must_lack(question, shard),
        "heading": np.array([p.kind is PassageKind.HEADING for p in passages], np.float32),
        "asks": np.array([shard.profile.text[p.end - 1] == "?" for p in passages], np.float32),
        "title": _titles(shard),
        "list_lead": np.array([p.kind is PassageKind.ITEM or bool(p.headers) or shard.profile.quote(p).endswith(":") for p in passages], np.float32) * float(question.wants_list),
    }
    return np.stack([column[name].astype(np.float32) for name in FEATURES], axis=1)


def _must_lack(question: Question, shard: Shard) -> Floats:
    """1 where a passage holds nothing of the kind that the answer cannot do without; an amount must be of what is asked for."""
    if not question.must_hold:
        return np.zeros(shard.words.size, np.float32)
    holds = np.array([bool(question.must_hold & held) for held in shard.words.entities])
    if question.must_hold == {Kind.AMOUNT} and question.spoken and (table := shard.words.concepts.get(question.spoken[0].name)):
        holds &= np.maximum.reduce([table[name] for name in ("label", "body", "lead", "section")]) > 0
    return (~holds).astype(np.float32)


def _label_fit(question: Question, shard: Shard) -> Floats:
    """How much of a fact's label the question says: 1 when all of it."""
    said = {concepts.key(term.word) for term in question.terms}
    out = np.zeros(shard.words.size, np.float32)
    memo: dict[str, float] = {}
    for row, passage in enumerate(shard.profile.passages):
        if passage.label:
            if passage.label not in memo:
                tokens = [concepts.key(w) for w in re.findall(r"\w+", passage.label.casefold())]
                memo[passage.label] = sum(t in said for t in tokens) / max(len(tokens), 1)
            out[row] = memo[passage.label]
    return out


_ORDINAL_SIGNS = {
    1: r"\b1\.\s|\bførste\b|\brunde 1\b|\bindledende\b|\b1\. samtale", 2: r"\b2\.\s|\banden\b|\bandet\b|\brunde 2\b|\bafsluttende\b", 3: r"\b3\.\s|\btredje\b|\brunde 3\b", 4: r"\b4\.\s|\bfjerde\b|\brunde 4\b",
}  # fmt: skip


def _ordinal_sign(ordinal: int | None, passage: Passage, quote: str) -> float:
    """+1 when the passage says the ordinal asked for, -1 when it says another and not this one, else 0."""
    text = f"{passage.label or ''} {quote}".casefold()
    text = re.sub(r"\d{1,2}\.\s*(?=januar|februar|marts|april|maj|juni|juli|august|sept|okt|nov|dec)", "", text)
    said = {n for n, pattern in _ORDINAL_SIGNS.items() if re.search(pattern, text)}
    if ordinal in said:
        return 1.0
    return -1.0 if said else 0.0


def _counts(question: Question, shard: Shard) -> Floats:
    """1 where a figure stands beside the very thing that is counted ("31 teamledere"), or beside its concept at 0.8."""
    heads = [term.word for term in question.terms if term.head]
    named = frozenset(spoken.name for spoken in question.spoken[:2])
    ids = {i: s for word in heads for i, s in shard.words.meet(word).items() if s >= 0.5}
    strength = {word: ids[i] for word, i in shard.words.vocabulary.items() if i in ids}
    out = np.zeros(shard.words.size, np.float32)
    for row, spots in enumerate(shard.words.counted):
        said = 0.8 * float(bool(shard.words.counted_concepts[row] & named))
        out[row] = max((strength.get(word, 0.0) for spot in spots for word in spot), default=0.0)
        out[row] = max(out[row], said)
    return out


def _titles(shard: Shard) -> Floats:
    """1 where a passage is only the title of those that follow it."""
    passages = shard.profile.passages
    labels = {(p.group, p.label) for p in passages if p.label}
    return np.array([(p.group, shard.profile.quote(p).rstrip(".:")) in labels for p in passages], np.float32)


def _near(near: Sequence[int], shard: Shard) -> Floats:
    """1 at the passages the talk is at, less around them in reading order and in the same list or paragraph."""
    passages = shard.profile.passages
    out = np.zeros(len(passages), np.float32)
    for at in near:
        for row in range(len(passages)):
            same = passages[row].group == passages[at].group
            out[row] = max(out[row], 1.0 if row == at else 0.8 if same else 0.6 if abs(row - at) <= 2 else 0.4 if abs(row - at) <= 4 else 0.2 if passages[row].section == passages[at].section else 0.0)
    return out
