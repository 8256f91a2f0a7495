"""Answer or refuse: the estimated probability that the profile answers and the best passages say it.

A transparent logistic model over what the search saw; `weights.json` holds its coefficients, fitted with the ranking's.
"""

from __future__ import annotations

import json
from functools import cache
from math import exp
from pathlib import Path

from assistant.questions import ROLE_WORD, Ask
from assistant.retrieving import FEATURES, Retrieved
from corpus import concepts
from corpus.entities import Kind

SIGNALS = (
    "bias", "head", "gap", "holds", "lacks", "share", "score", "cosine", "concept", "concept_missing", "name_missing", "ordinal_off", "yes_no", "terms", "lists",
    "amount_lacks", "person_lacks", "where_lacks", "soft_cover", "soft_gap", "counts_not", "concept_nowhere", "cosine_gap", "front_only", "time_lacks", "field_absent",
    "ordinal_missing", "vague", "role_uncovered", "late", "late_gap", "late_behind",
    "cosine_out", "stands_out",
)  # fmt: skip


def signals(found: Retrieved) -> dict[str, float]:
    """What speaks for and against an answer, each about 0-1."""
    top, question = found.hits[0].row, found.question
    own_terms = [at for at, term in enumerate(question.terms) if not term.carried and term.weight >= 1]
    covered = found.covered[:, top]
    own_name = found.shard.columns.own  # said of course, by whoever asks about this employer
    names = [at for at, term in enumerate(question.terms) if term.name and not term.carried and concepts.key(term.word) not in own_name]
    lacks = found.value(top, "lacks")
    concept = max((float(found.matched[k][top]) for k in ("label", "body", "above")), default=0.0)
    weights = found.weights
    return {
        "bias": 1.0,
        "head": found.value(top, "head_all"),
        "gap": found.value(top, "gap"),
        "holds": found.value(top, "holds"),
        "lacks": lacks,
        "share": found.hits[0].share,
        "score": found.hits[0].score / 10,
        "cosine": found.value(top, "cosine"),
        "concept": concept,
        "concept_missing": float(bool(question.spoken) and concept < 0.5),
        "name_missing": max((1 - float(covered[at]) for at in names), default=0.0),
        "ordinal_off": found.value(top, "ordinal_off") if question.ordinal else 0.0,
        "yes_no": float(question.ask is Ask.YES_NO),
        "terms": min(len(own_terms), 6) / 6,
        "lists": float(question.wants_list),
        "amount_lacks": lacks * float(question.ask in (Ask.HOW_MANY, Ask.HOW_MUCH, Ask.HOW_LONG)),
        "person_lacks": (1 - found.value(top, "person")) * float(question.ask is Ask.WHO),
        "where_lacks": lacks * float(question.ask is Ask.WHEN),
        "soft_cover": found.value(top, "soft_cover"),
        "soft_gap": found.value(top, "soft_gap"),
        "counts_not": (1 - found.value(top, "counts")) * float(question.ask is Ask.HOW_MANY),
        "concept_nowhere": _nowhere(found),
        "cosine_gap": float(found.cosines.max()) - found.value(top, "cosine"),
        "front_only": max((float(weights[at]) for at in own_terms if 0 < float(covered[at]) < 0.7), default=0.0),
        "field_absent": _field_absent(found),
        "ordinal_missing": float(bool(question.ordinal and question.ordinal > 1 and not found.value(top, "ordinal"))),
        "role_uncovered": (1 - found.value(top, "head_all")) * float(any(term.head and ROLE_WORD.search(term.word) for term in question.terms)),
        "vague": float(not own_terms and not question.follows),
        "late": found.value(top, "late"),
        "late_gap": found.value(top, "late_gap"),
        "late_behind": float(found.features[:, FEATURES.index("late")].max()) - found.value(top, "late"),
        "cosine_out": (found.value(top, "cosine") - float(found.cosines.mean())) / (5 * float(found.cosines.std()) + 1e-6),
        "stands_out": (found.hits[0].score - found.hits[len(found.hits) // 2].score) / 10,
        "time_lacks": lacks * float(question.expects == {Kind.TIME}),
    }


_SAID, _NOTHING_ELSE = 0.75, 0.95


def _nowhere(found: Retrieved) -> float:
    """How surely the question speaks of something of the field that this profile never mentions."""
    table = found.shard.words.concepts
    heads = {term.place for term in found.question.terms if term.head}
    said = [spoken for spoken in found.question.spoken if spoken.places & heads or len(spoken.places) > 1]
    if not said:
        return 0.0
    strongest = [max((float(rows.max()) for rows in table[s.name].values()), default=0.0) if s.name in table else 0.0 for s in said[:2]]
    return 1.0 - max(strongest)


def _field_absent(found: Retrieved) -> float:
    """The weight of the question's heaviest field word ("prøvetid", "firmabil") that the profile has no word for."""
    absent = 0.0
    for at, term in enumerate(found.question.terms):
        said = [s for s in found.question.spoken if term.place in s.places and (s.strength == 1.0 or s.strength == 0.8)]
        here = max((_mentioned(found, s.name) for s in said), default=1.0)
        if said and here < _SAID and float(found.covered[at].max()) < _SAID:
            absent = max(absent, float(found.weights[at]))
    return absent


def _mentioned(found: Retrieved, concept: str) -> float:
    table = found.shard.words.concepts.get(concept)
    return max(float(rows.max()) for rows in table.values()) if table else 0.0


@cache
def _learnt() -> tuple[dict[str, dict[str, float]], float]:
    table = json.loads(Path(__file__).with_name("weights.json").read_text(encoding="utf-8"))
    return {name: table[name] for name in ("confidence", "answerable")}, float(table["threshold"])


def threshold() -> float:
    """Where the profile holds an answer less surely than this, it is a refusal."""
    return _learnt()[1]


def confidence(found: Retrieved) -> float:
    """The estimated probability (0-1) that the profile answers and the best passage says it."""
    return _probability(found, "confidence")


def answerable(found: Retrieved) -> float:
    """The estimated probability (0-1) that the profile holds an answer at all: what refusing is decided by."""
    if misses_its_kind(found):
        return 0.0
    return max(_probability(found, "answerable"), _NOTHING_ELSE if asks_nothing_else(found) else 0.0)


def asks_nothing_else(found: Retrieved) -> bool:
    """Whether the question is nothing but words of the field that the best passage itself speaks of: "hvad tjener man?" is about pay.

    On our questions in `tests/questions/dev`, 97 % of such questions are answered by the profile.
    """
    if not found.hits:
        return False
    table, top = found.shard.words.concepts, found.hits[0].row
    met = {place for s in found.question.spoken if s.name in table and s.strength * max(float(table[s.name][field][top]) for field in ("label", "body")) >= _SAID for place in s.places}
    own = [at for at, term in enumerate(found.question.terms) if not term.carried]
    total = sum(float(found.weights[at]) for at in own)
    return total > 0 and sum(float(found.weights[at]) for at in own if found.question.terms[at].place in met) >= 0.85 * total


def misses_its_kind(found: Retrieved) -> bool:
    """Whether the question asks for a kind of thing that nothing else can stand for, and the best passage holds none.

    A number for "hvor mange", a mail address, an amount, a time of day, the name behind a role: on our training
    questions no right answer was ever without it.
    """
    return bool(found.hits) and found.value(found.hits[0].row, "must_lack") > 0


def _probability(found: Retrieved, model: str) -> float:
    weights = _learnt()[0].get(model, {})
    if not found.hits or (not found.question.terms and not found.question.spoken and not found.question.follows):
        return 0.0
    odds = sum(weights.get(name, 0.0) * value for name, value in signals(found).items())
    return 1 / (1 + exp(-max(-30.0, min(30.0, odds))))
